# SPDX-License-Identifier: GPL-2.0-or-later
"""What the KMS tests expect of the files that each machine leaves behind."""

import json

from dataclasses import dataclass, field


class Skip(Exception):
    """This case cannot be judged here; the text says why."""


class Wrong(Exception):
    """This case fails; the text says what was seen."""


@dataclass
class Machine:
    script: str
    cases: list
    devices: list = field(default_factory=list)
    limit_s: int = 240


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


# ---- the machine itself ------------------------------------------------------------------------


def udmabuf_flips_at_the_modes_rate(folder):
    probe = load(folder, "probe.json")
    text = "{frames} flips of {mode} at {hz} Hz, {gaps} gaps, {off_grid_us} us off".format_map(probe)
    expect(probe["frames"] == 240, text)
    expect(abs(probe["hz"] - probe["refresh"]) < 0.05, text)
    expect(probe["gaps"] == 0, text)
    return text


MACHINES = {
    "rig": Machine("rig.sh", [udmabuf_flips_at_the_modes_rate]),
}
