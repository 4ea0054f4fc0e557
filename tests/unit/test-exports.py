#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""libpvg.so exports what the public headers declare and define, the symbol map names the same."""
import glob
import os
import re
import shutil
import subprocess
import sys


def declared(folder):
    names = set()
    for path in glob.glob(os.path.join(folder, "*.h")):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        text = re.sub(r"//[^\n]*", "", text)
        text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)
        names.update(re.findall(r"\b(pvg_\w+)\s*\((?!\*)", text))
    return names


def main():
    folder, library = sys.argv[1:]
    nm = shutil.which("nm")
    if nm is None:
        print("skipped: no nm")
        return 77
    with open(os.path.join(folder, "libpvg.map"), encoding="utf-8") as f:
        mapped = set(re.findall(r"^\t(pvg_\w+);$", f.read(), flags=re.M))
    out = subprocess.run([nm, "-D", "--defined-only", library], check=True, capture_output=True,
                         text=True).stdout
    exported = set(re.findall(r"\sT (\w+)@@PVG_0$", out, flags=re.M))
    others = set(re.findall(r"\s[TDBRVW] (\w+)$", out, flags=re.M))
    want = declared(folder)
    failed = 0
    for title, names in (
        ("declared in a header, not in the map", want - mapped),
        ("in the map, declared nowhere", mapped - want),
        ("in the map, not defined", mapped - exported),
        ("exported, not in the map", (exported - mapped) | others),
    ):
        for name in sorted(names):
            print(f"{name}: {title}")
            failed += 1
    print(f"{len(want) - min(failed, len(want))} passed, {failed} failed")
    return 1 if failed or not want else 0


if __name__ == "__main__":
    sys.exit(main())
