#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Metal libraries as C arrays, for guests without files: embed.py OUT.c TABLE IN.metallib..."""
import os
import sys


def main():
    out, table, inputs = sys.argv[1], sys.argv[2], sys.argv[3:]
    lines = ['#include "scene/shaders.h"', ""]
    rows = []
    for path in inputs:
        name = os.path.basename(path).removesuffix(".metallib")
        ident = name.replace(".", "_").replace("-", "_")
        with open(path, "rb") as f:
            data = f.read()
        lines.append(f"static const uint8_t {ident}[] = {{")
        lines += ["\t" + ", ".join(str(b) for b in data[i:i + 24]) + ","
            for i in range(0, len(data), 24)]
        lines += ["};", ""]
        rows.append(f'\t{{ "{name}", {ident}, sizeof({ident}) }},')
    lines += [f"extern const struct pvg_shader {table}[];", ""]
    lines += [f"const struct pvg_shader {table}[] = {{"] + rows
    lines += ["\t{ NULL, NULL, 0 },", "};", ""]
    with open(out, "w", encoding="ascii") as f:
        f.write("\n".join(lines))


if __name__ == "__main__":
    main()
