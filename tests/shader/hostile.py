#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules made to hurt: each must get one of the answers that its second line expects, soon.

hostile.py AIRC LLVM_AS FOLDER
"""
import glob
import os
import subprocess
import sys
import tempfile
import time

SECONDS = 30  # the worker's deadline is 20


def expected(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("; expect: "):
                return line[len("; expect: "):].split()
    sys.exit(f"{path}: expects nothing")


def main():
    airc, llvm_as, folder = sys.argv[1:]
    paths = sorted(glob.glob(os.path.join(folder, "*.ll")))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pvg-hostile-") as temporary:
        for path in paths:
            name = os.path.basename(path)[:-len(".ll")]
            module = os.path.join(temporary, name + ".air")
            subprocess.run([llvm_as, "--disable-verify", path, "-o", module], check=True)
            for profile in ("gles", "vulkan"):
                start = time.monotonic()
                run = subprocess.run([airc, "--check", "--no-gl", "--profile", profile, module],
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                     text=True, errors="replace", timeout=SECONDS, check=False)
                seconds = time.monotonic() - start
                first = run.stdout.splitlines()[0] if run.stdout else ""
                words = first.replace(":", " ").split()
                answers = [a for a in expected(path) if a in words]
                if not answers or run.returncode not in (0, 1):
                    print(f"{name} {profile}: expected {' or '.join(expected(path))}: "
                          f"{first or 'nothing'} (exit status {run.returncode})")
                    failed += 1
                else:
                    print(f"{name} {profile}: {answers[0]} {seconds:.2f} s")
    print(f"{2 * len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
