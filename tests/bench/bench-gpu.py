#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenes on a GPU of another machine: packs what is needed, the C library included.

Writes pvg-gpu-bench.tar.xz into the build folder. There:

    tar xJf pvg-gpu-bench.tar.xz && pvg-gpu-bench/run.sh

compares every scene with the same drawn by hand and measures both, as lines of JSON. Only the
machine's EGL driver is used; the programs bring their loader, libraries and shader translator.
"""
import argparse
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile

SCENES = ["angle-blits", "desktop", "imgui", "maps", "mrt-deferred", "msaa", "particles", "sdl2d",
    "shadow", "tess", "textured", "triangle", "video"]
PROGRAMS = ["tests/scenes/pvg-compare", "tests/scenes/bench-render", "render/shader/pvg-shaderd"]
# What EGL drivers ask for beside their own.
EXTRA = ["libX11.so.6", "libXext.so.6", "libgbm.so.1", "libdrm.so.2", "libwayland-client.so.0",
    "libwayland-server.so.0", "libdl.so.2", "libpthread.so.0", "librt.so.1"]

RUN = """#!/bin/sh
# Compares and measures the scenes on this machine's GPU: run.sh [SCENE...]
here=$(cd "$(dirname "$0")" && pwd)
export PVG_SHADERD="$here/shaderd.sh"
LD="$here/lib/ld.so" LIBS="$here/lib:/usr/lib/x86_64-linux-gnu:/usr/lib64:/usr/lib"
worst=0
for scene in ${*:-%s}; do
	"$LD" --library-path "$LIBS" "$here/pvg-compare" "$scene" --tolerance 2 2>"$here/$scene.log"
	code=$?
	[ $code -eq 0 ] || { worst=1; echo "$scene: exit status $code, see $here/$scene.log"; }
done
"$LD" --library-path "$LIBS" "$here/bench-render" || worst=1
exit $worst
"""
# The translator is started by path, without an environment: through the loader that came along.
SHADERD = """#!/bin/sh
here=${0%/*}
exec "$here/lib/ld.so" --library-path "$here/lib" "$here/pvg-shaderd" "$@"
"""


def libraries(path):
    text = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(?:=> |\t)(/\S+)", text)


def write_program(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def gather(build, folder):
    lib = os.path.join(folder, "lib")
    os.makedirs(lib)
    wanted = set()
    for program in PROGRAMS:
        path = os.path.join(build, program)
        shutil.copy(path, folder)
        wanted |= set(libraries(path))
    for name in EXTRA:
        for place in ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu"):
            path = os.path.join(place, name)
            if os.path.exists(path):
                wanted |= {path} | set(libraries(path))
                break
    for path in sorted(wanted):
        loader = os.path.basename(path).startswith("ld-linux")
        shutil.copy(os.path.realpath(path),
            os.path.join(lib, "ld.so" if loader else os.path.basename(path)))
    for name in os.listdir(lib) + [os.path.join("..", os.path.basename(p)) for p in PROGRAMS]:
        subprocess.run(["strip", os.path.join(lib, name)], stderr=subprocess.DEVNULL, check=False)
    write_program(os.path.join(folder, "run.sh"), RUN % " ".join(SCENES))
    write_program(os.path.join(folder, "shaderd.sh"), SHADERD)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    build = parser.parse_args().build
    missing = [p for p in PROGRAMS if not os.path.exists(os.path.join(build, p))]
    if missing:
        print(f"bench gpu: not built: {', '.join(missing)}", file=sys.stderr)
        return 77
    archive = os.path.join(build, "pvg-gpu-bench.tar.xz")
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "pvg-gpu-bench")
        os.makedirs(folder)
        gather(build, folder)
        with tarfile.open(archive, "w:xz", preset=3) as tar:
            tar.add(folder, "pvg-gpu-bench")
    print(json.dumps({"bench": "gpu-pack", "value": round(os.path.getsize(archive) / 1048576, 1),
        "unit": "MiB", "file": archive}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
