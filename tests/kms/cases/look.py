# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cases look at: files that a machine left behind."""

import json
import re

import barcode

SETTLE = 30  # flips after the mode was set, before the guest and the display run in step


class Skip(Exception):
    """This case cannot be judged here; the text says why."""


class Wrong(Exception):
    """This case fails; the text says what was seen."""


def expect(condition, text):
    if not condition:
        raise Wrong(text)


def load(folder, name):
    try:
        return json.loads((folder / name).read_text())
    except OSError:
        raise Wrong(f"{name} was not written") from None
    except ValueError as error:
        raise Wrong(f"{name} is not JSON: {error}") from None


def judge(case, folder, broken):
    """Returns (pass|fail|skip, text). What a broken run did leave is still looked at."""
    try:
        return "pass", case(folder)
    except Skip as reason:
        return "skip", str(reason)
    except Wrong as reason:
        return "fail", f"{reason}" + (f" ({broken})" if broken else "")
    except OSError as reason: # a run that broke early leaves less
        return "fail", f"{reason}" + (f" ({broken})" if broken else "")


def lines(folder, name):
    """The JSON lines of a file; what a killed program left half written is not looked at."""
    try:
        text = (folder / name).read_text(errors="replace")
    except OSError:
        raise Wrong(f"{name} was not written") from None
    out = []
    for line in text.splitlines():
        try:
            out.append(json.loads(line))
        except ValueError:
            continue
    return out


def summary(folder, name):
    """What a guest said at its end."""
    found = [line for line in lines(folder, f"{name}.lines") if "scene" in line]
    expect(found, f"{name}: the guest did not get to its end")
    return found[-1]


def events(folder, name, what):
    return [line for line in lines(folder, f"{name}.lines") if line.get("event") == what]


def trace(folder, name, kind, port=0):
    return [line for line in lines(folder, f"{name}.trace")
        if line.get("trace") == kind and line.get("port") == port]


def exit_status(folder, name):
    try:
        return int((folder / f"{name}.status").read_text())
    except (OSError, ValueError):
        raise Wrong(f"{name} did not end") from None


def planes(folder, name):
    """The planes of a debugfs state file: name -> what it says, and what its framebuffer says."""
    try:
        text = (folder / name).read_text()
    except OSError:
        raise Wrong(f"{name} was not written") from None
    found = {}
    for part in re.split(r"^plane\[\d+\]: ", text, flags=re.M)[1:]:
        part = re.split(r"^(?:crtc|connector)\[", part, flags=re.M)[0]
        plane = found.setdefault(part.split("\n", 1)[0].strip(), {})
        for key, value in re.findall(r"^\s+([\w -]+?)=(.*)$", part, flags=re.M):
            plane.setdefault(key, value.strip()) # later ones are about the memory behind it
    return found


def last_stats(folder, name):
    found = [line for line in lines(folder, f"{name}.stats") if line.get("summary")]
    expect(found, f"{name}: the kiosk wrote no summary")
    return found[-1]


def seen(folder, name):
    try:
        return barcode.read_frame(barcode.Picture(folder / f"{name}.ppm"))
    except OSError:
        raise Wrong(f"no picture {name}") from None
    except barcode.Unreadable as reason:
        raise Wrong(f"{name}: {reason}") from None
