#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the micro cases: the .ll files of a folder and the families made here.

micro.py MICRO FOLDER [--vulkan] [--shard I/N] [--only TEXT] [--keep FOLDER] [--list]
"""
import argparse
import os
import subprocess
import sys
import tempfile

import micro_group
import micro_math
import micro_stage
import micro_texture
from micro_base import Collection


def collect(folder):
    c = Collection()
    micro_math.all_cases(c)
    micro_texture.all_cases(c)
    micro_group.all_cases(c)
    micro_stage.all_cases(c)
    for name in sorted(os.listdir(folder)):
        if name.endswith(".ll"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                c.cases[name[:-3]] = f.read()
    return c.cases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("micro")
    parser.add_argument("folder")
    parser.add_argument("--vulkan", action="store_true")
    parser.add_argument("--shard", default="0/1")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    cases = collect(args.folder)
    if args.list:
        print("\n".join(cases))
        return 0
    shard, shards = (int(n) for n in args.shard.split("/"))
    names = [n for i, n in enumerate(sorted(cases)) if i % shards == shard and args.only in n]
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or temporary
        os.makedirs(folder, exist_ok=True)
        paths = [os.path.join(folder, name + ".ll") for name in names]
        for name, path in zip(names, paths):
            with open(path, "w", encoding="utf-8") as f:
                f.write(cases[name])
        options = ["--vulkan"] if args.vulkan else []
        return subprocess.run([args.micro, *options, *paths], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
