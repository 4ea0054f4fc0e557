#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules of the class of a desktop's largest shader: what one translation takes, worker included."""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

SEEDS = range(1, 7)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    build = parser.parse_args().build
    generator = os.path.join(build, "tests", "shader", "uber-gen")
    assemble = os.path.join(build, "tests", "pvg-mkmetallib")
    airc = os.path.join(build, "render", "shader", "pvg-airc")
    if not all(os.path.exists(p) for p in (generator, assemble, airc)):
        print("bench shader-uber: built without the translator", file=sys.stderr)
        return 77
    with tempfile.TemporaryDirectory() as folder:
        text, library = (os.path.join(folder, n) for n in ("uber.ll", "uber.metallib"))
        for profile in ("gles", "vulkan"):
            times, sizes = [], []
            for seed in SEEDS:
                with open(text, "wb") as f:
                    subprocess.run([generator, "--seed", str(seed), "--stage", "fragment"],
                        stdout=f, check=True)
                subprocess.run([assemble, "-o", library, text], check=True)
                said = subprocess.run([airc, "--check", "--no-gl", "--profile", profile, library],
                    capture_output=True, text=True, check=False).stdout
                found = re.search(r": ok ([\d.]+) ms", said)
                if not found:
                    print(f"bench shader-uber: seed {seed}: {said}", file=sys.stderr)
                    return 1
                times.append(float(found.group(1)))
                sizes.append(os.path.getsize(library))
            print(json.dumps({"bench": f"shader-uber-{profile}", "value": max(times),
                "unit": "ms", "median_ms": statistics.median(times),
                "bytes": [min(sizes), max(sizes)]}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
