#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check every function of the libraries with pvg-airc and compare with what is known to be refused.

corpus.py AIRC FOLDER KNOWN [pvg-airc options]. KNOWN has one "file function: reason" a line. A
failure that is not a refusal, or a refusal that is not known, fails; a known one that passes now
has to leave the list: the difference may only shrink. The functions are dealt out to as many
pvg-airc as there are processors, four at most: the driver's compiler takes most of the time.
"""
import glob
import os
import subprocess
import sys

LIMIT_S = 900


def start(airc, shard, shards, options, files):
    return subprocess.Popen([airc, "--check", "--shard", f"{shard}/{shards}", *options, *files],
                            stdout=subprocess.PIPE, text=True, errors="replace",
                            env={**os.environ, "MESA_SHADER_CACHE_DISABLE": "true"})


def main():
    airc, folder, known_file, *options = sys.argv[1:]
    files = sorted(glob.glob(os.path.join(folder, "*.metallib")) +
                   glob.glob(os.path.join(folder, "*.air")))
    if not files:
        print(f"skipped: no libraries in {folder}")
        return 77
    with open(known_file, encoding="utf-8") as f:
        known = {line.strip() for line in f if line.strip() and not line.startswith("#")}
    shards = min(len(os.sched_getaffinity(0)), 4)
    runs = [start(airc, i, shards, options, files) for i in range(shards)]
    lines, codes = [], []
    for run in runs:
        try:
            out, _ = run.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            run.kill()
            out, _ = run.communicate()
            out += f"not ready after {LIMIT_S} s: FAILED: time\n"
        lines += out.splitlines()
        codes.append(run.returncode)
    if 77 in codes:
        print("skipped: no OpenGL ES 3.2 here")
        return 77
    seen, passed, failed = set(), 0, 0
    for line in lines:
        if ": ok " in line:
            passed += 1
        elif ": refused: " in line:
            name, rest = line.split(": refused: ", 1)
            entry = f"{name}: {rest.split(':')[0]}"
            seen.add(entry)
            if entry not in known:
                print(f"refused and not known to be: {line}")
                failed += 1
        elif ": FAILED: " in line:
            print(line)
            failed += 1
    for entry in sorted(known - seen):
        print(f"known to be refused, but passes or is gone: {entry}")
        failed += 1
    for line in lines:
        if " on average, " in line:
            print(line)
    if any(code not in (0, 1) for code in codes) or passed == 0:
        print(f"pvg-airc ended with {codes}")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
