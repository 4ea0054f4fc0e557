#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the benches: programs bench-NAME of the build and scripts bench-NAME.py beside this file.

Each prints JSON lines {"bench", "value", "unit"[, "ratio"]} to stdout. Nothing here is judged:
absolute times on a shared machine are noise, ratios within one run are not.
"""
import argparse
import glob
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("name", nargs="*", help="all without one")
    args = parser.parse_args()
    found = {}
    built = [p for folder in ("bench", "scenes")
        for p in glob.glob(os.path.join(args.build, "tests", folder, "bench-*"))]
    for path in built:
        if os.path.isfile(path) and os.access(path, os.X_OK):
            found[os.path.basename(path)[len("bench-"):]] = [path]
    for path in glob.glob(os.path.join(HERE, "bench-*.py")):
        name = os.path.basename(path)[len("bench-"):-len(".py")]
        found[name] = [sys.executable, path, "--build", args.build]
    # A name stands for the benches whose names begin with it, too: shader for shader-uber.
    chosen = [[n for n in sorted(found) if n == name or n.startswith(name + "-")]
        for name in args.name]
    unknown = [name for name, some in zip(args.name, chosen) if not some]
    if unknown:
        sys.exit(f"no such bench: {' '.join(unknown)} (there are {' '.join(sorted(found))})")
    names = [n for some in chosen for n in some] if args.name else sorted(found)
    failed = 0
    for name in names:
        code = subprocess.call(found[name])
        if code == 77:
            print(f"bench {name}: skipped", file=sys.stderr)
        elif code:
            print(f"bench {name}: exit status {code}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
