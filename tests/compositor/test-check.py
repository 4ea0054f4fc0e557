#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pvg-kiosk --check: a line for each thing that it uses, and what to do where one is missing.

test-check.py KIOSK GUESTSIM CASE
"""
import os
import re
import subprocess

from rig import check, run_case

TOPICS = ["KVM", "QEMU", "memfd", "udmabuf", "GLES 3.2", "shader cache", "runtime folder", "session"]


def look(rig, drop=(), **env):
    """The lines by topic as (word, text, fix), the words' counts, and the exit status."""
    merged = {**rig.env, **env}
    for name in drop:
        merged.pop(name, None)
    done = subprocess.run([rig.kiosk_program, "--check", "--log-level", "error"], env=merged,
        capture_output=True, text=True, timeout=120, check=False)
    lines = done.stdout.splitlines()
    check(lines, f"nothing was said: {done.stderr}")
    found = {}
    for line in lines[:-1]:
        m = re.fullmatch(r"(ok|note|bad) +([^:]+): (.*?)(?:; fix: (.+))?", line)
        check(m, f"not a finding: {line}")
        check(m[2] not in found, f"twice: {line}")
        found[m[2]] = (m[1], m[3], m[4])
    counts = re.fullmatch(r"(\d+) ok, (\d+) notes, (\d+) bad", lines[-1])
    check(counts, f"no sum: {lines[-1]}")
    numbers = [int(n) for n in counts.groups()]
    check(numbers == [sum(f[0] == w for f in found.values()) for w in ("ok", "note", "bad")],
        f"the sum is wrong: {done.stdout}")
    check(done.returncode == (1 if numbers[2] else 0), f"exit status {done.returncode}")
    return found


def everything_is_looked_at(rig):
    found = look(rig)
    for topic in TOPICS:
        check(topic in found, f"{topic} is missing in {sorted(found)}")
    for topic, (word, _, fix) in found.items():
        check((word != "ok") == bool(fix), f"{topic} is {word}, and what to do is: {fix}")
    check(found["memfd"][0] == "ok" and found["runtime folder"][0] == "ok", f"{found}")
    drm = [name for name in os.listdir("/dev/dri") if name.startswith("card")] \
        if os.path.isdir("/dev/dri") else []
    check(bool(drm) != ("screens" in found), f"{drm}, {found}")
    check((found["KVM"][0] == "bad") == (not os.access("/dev/kvm", os.W_OK)), f"{found['KVM']}")


def what_is_missing_is_named(rig):
    found = look(rig, drop=["XDG_RUNTIME_DIR", "HOME", "XDG_CACHE_HOME"], PATH=rig.folder)
    check(found["runtime folder"][0] == "bad" and "XDG_RUNTIME_DIR" in found["runtime folder"][1],
        f"{found['runtime folder']}")
    check(found["QEMU"][0] == "bad" and "pvg-qemu" in found["QEMU"][1], f"{found['QEMU']}")
    check(found["shader cache"][0] == "note" and "HOME" in found["shader cache"][2],
        f"{found['shader cache']}")
    os.mkdir(rig.path("home")) # of a user who never used a desktop
    found = look(rig, drop=["XDG_CACHE_HOME"], HOME=rig.path("home"))
    check(found["shader cache"] == ("ok", rig.path("home/.cache/pvg-linux/shaders"), None),
        f"{found['shader cache']}")
    found = look(rig, PVG_SHADERD=rig.path("nothing"), XDG_RUNTIME_DIR=rig.path("no/such/folder"))
    check(found["runtime folder"][0] == "bad", f"{found['runtime folder']}")
    if "shader translator" in found: # built with it
        check(found["shader translator"][0] == "bad" and found["GLES 3.2"][0] == "bad", f"{found}")


def a_pvg_qemu_that_fails_is_quoted(rig):
    program = rig.path("pvg-qemu")
    with open(program, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\necho 'pvg-qemu: no plugin for QEMU 7.2' >&2\nexit 1\n")
    os.chmod(program, 0o755)
    word, text, fix = look(rig, PATH=f"{rig.folder}:/usr/bin:/bin")["QEMU"]
    check(word == "bad" and "no plugin for QEMU 7.2" in text and "docs/qemu.md" in fix, text)


def sessions_are_told_apart(rig):
    check("Wayland session parent-7" in look(rig, WAYLAND_DISPLAY="parent-7")["session"][1], "wayland")
    check("X server :77" in look(rig, DISPLAY=":77")["session"][1], "x11")


if __name__ == "__main__":
    run_case(globals())
