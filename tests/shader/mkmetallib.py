#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A library written by pvg-mkmetallib is read by pvg-airc, is the same each time, and translates.

mkmetallib.py MKMETALLIB AIRC FOLDER, FOLDER being the one with the .ll files.
"""
import os
import subprocess
import sys
import tempfile

MKMETALLIB, AIRC, FOLDER = sys.argv[1:4]
failed = passed = 0


def check(what, good):
    global failed, passed
    passed += bool(good)
    failed += not good
    if not good:
        print(f"failed: {what}")


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)


def main():
    two, micro = (os.path.join(FOLDER, name) for name in ("two.ll", "micro.ll"))
    with tempfile.TemporaryDirectory() as folder:
        out = [os.path.join(folder, name) for name in ("a.metallib", "b.metallib")]
        for path in out:
            check("assembles", run(MKMETALLIB, "-o", path, two, micro).returncode == 0)
        with open(out[0], "rb") as a, open(out[1], "rb") as b:
            check("same bytes twice", a.read() == b.read())
        listed = run(AIRC, "--in-process", "--list", out[0]).stdout.splitlines()
        facts = sorted(tuple(line.split()[1:6]) for line in listed)
        check(f"function list: {facts}", facts == [
            ("colour_fs", "fragment", "AIR", "2.7", "language"),
            ("micro", "kernel", "AIR", "2.7", "language"),
            ("triangle_vs", "vertex", "AIR", "2.7", "language"),
        ])
        for profile in ("gles", "vulkan"):
            result = run(AIRC, "--in-process", "--check", "--no-gl", "--profile", profile, out[0])
            check(f"{profile}: {result.stdout}{result.stderr}",
                  result.stdout.splitlines()[-1:] == ["3 passed, 0 failed"])
        # A module holds its own function only: the other entry point and its node are gone.
        one = os.path.join(folder, "one.metallib")
        check("one function", run(MKMETALLIB, "-o", one, "--function", "colour_fs", two)
              .returncode == 0)
        listed = run(AIRC, "--in-process", "--list", one).stdout.split()
        check(f"one function: {listed}", listed[1:2] == ["colour_fs"] and len(listed) == 9)
        with open(one, "rb") as f:
            check("no other entry point", b"triangle_vs" not in f.read())
        # Damage is seen: the hash is over the whole blob.
        with open(out[0], "r+b") as f:
            f.seek(-1, os.SEEK_END)
            f.write(b"\x55")
        result = run(AIRC, "--in-process", "--check", "--no-gl", out[0])
        check(f"damage: {result.stdout}", "container_hash_mismatch" in result.stdout)
        bare = os.path.join(folder, "two.air")
        check("bare", run(MKMETALLIB, "--bare", "-o", bare, two).returncode == 0)
        listed = run(AIRC, "--in-process", "--list", bare).stdout.splitlines()
        check(f"bare: {listed}", len(listed) == 2)
        # What is no AIR is refused with the place.
        bad = os.path.join(folder, "bad.ll")
        with open(bad, "w", encoding="utf-8") as f:
            f.write("define void @f() {\n  ret i32 0\n}\n")
        result = run(MKMETALLIB, "-o", out[1], bad)
        check(f"bad text: {result.stderr}", result.returncode == 1 and "bad.ll:2:" in result.stderr)
        with open(bad, "w", encoding="utf-8") as f:
            f.write("define void @f() {\n  ret void\n}\n")
        result = run(MKMETALLIB, "-o", out[1], bad)
        check(f"no entry: {result.stderr}", result.returncode == 1 and "no !air" in result.stderr)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
