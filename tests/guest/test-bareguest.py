#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The bare guest in a plain QEMU without the device: test-bareguest.py KERNEL"""
import json
import os
import shutil
import subprocess
import sys

KERNEL = sys.argv[1]
EXIT_FAILED, EXIT_NO_DEVICE, EXIT_SLOW = 35, 37, 41


def boot(words, *more, accel="tcg"):
    """Returns (exit status, lines)."""
    command = ["qemu-system-x86_64", "-accel", accel, "-machine", "q35", "-m", "128", "-nodefaults",
               "-display", "none", "-vga", "none", "-no-reboot", "-debugcon", "stdio", "-kernel",
               KERNEL, "-append", words, "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", *more]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60,
                          text=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def main():
    if shutil.which("qemu-system-x86_64") is None:
        print("skipped: no qemu-system-x86_64")
        return 77
    failed = 0
    cases = [
        ("boots_and_sees_no_device", "scene=idle", (), EXIT_NO_DEVICE),
        ("boots_on_the_older_machine", "scene=idle", ("-machine", "pc"), EXIT_NO_DEVICE),
        ("refuses_a_wrong_word", "scene=nonsense", (), EXIT_FAILED),
    ]
    for name, words, more, status in cases:
        code, lines = boot(words, *more)
        good = (code == status and lines and lines[0]["event"] == "booted"
                and lines[0]["device"] is False and lines[0]["ram_mib"] > 100)
        failed += not good
        print(f"{'ok' if good else 'FAILED'} {name}" + ("" if good else f": {code} {lines}"))
    total = len(cases) + 1
    code, lines = boot("scene=idle", "-initrd", f"{KERNEL},{__file__} with words")
    good = code == EXIT_NO_DEVICE and lines and lines[0]["libraries"] == 2
    failed += not good
    print(f"{'ok' if good else 'FAILED'} takes_libraries_from_files" + ("" if good else f": {lines}"))
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        total += 1
        code, lines = boot("scene=idle", accel="kvm")
        good = code in (EXIT_NO_DEVICE, EXIT_SLOW) and lines[0]["device"] is False
        failed += not good
        speed = f"{lines[0]['step_ns']} ns a step" if lines else "no line"
        print(f"{'ok' if good else 'FAILED'} boots_under_kvm: {speed}, "
              f"{'usable' if code == EXIT_NO_DEVICE else 'too slow for pictures'}")
    else:
        print("no /dev/kvm: boots_under_kvm left out")
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
