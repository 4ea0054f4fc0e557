#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/shader-tests.md names a micro case for each row of the intrinsics tables, and no other.

check-rows.py ROOT
"""
import fnmatch
import os
import re
import sys

ROOT = sys.argv[1]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from micro import collect  # noqa: E402

# Headings of the tables' first columns.
HEADINGS = {"piece", "op", "subject", "row", "what"}


def sections(path, level):
    """Heading -> first cells and second cells of the tables under it."""
    found, title = {}, None
    with open(path, encoding="utf-8") as f:
        for line in f:
            heading = re.match(rf"^{'#' * level} (05 §4\.\d+|Beyond)", line)
            if heading:
                title = heading.group(1)
            elif re.match(r"^#{1,%d} " % level, line):
                title = None
            elif title and line.startswith("|") and not re.match(r"^\|[\s:|-]+$", line):
                cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
                if cells[0] not in HEADINGS:
                    found.setdefault(title, []).append(cells)
    return found


def main():
    spec = sections(os.path.join(ROOT, "docs/protocol/shaders.md"), 3)
    ours = sections(os.path.join(ROOT, "docs/shader-tests.md"), 2)
    cases = collect(os.path.join(ROOT, "tests/shader/micro"))
    problems, named = [], set()
    for number in range(2, 10):
        title = f"05 §4.{number}"
        rows = [cells[0] for cells in spec.get(title, [])]
        mine = [cells[0] for cells in ours.get(title, [])]
        if not rows:
            problems.append(f"{title}: no table in the specification")
        # A row of ours is the beginning of a row there, in the same order.
        for i, row in enumerate(rows):
            known = i < len(mine) and row.startswith(mine[i].split(" past the end")[0])
            if not known:
                problems.append(f"{title}: no row for {row}")
                break
        if len(mine) > len(rows):
            problems.append(f"{title}: {mine[len(rows)]} is no row of the specification")
    for title, rows in ours.items():
        for cells in rows:
            patterns = re.findall(r"`([^`]+)`", cells[1])
            if not patterns:
                problems.append(f"{title}: {cells[0]}: no case")
            for pattern in patterns:
                hits = fnmatch.filter(cases, pattern)
                named.update(hits)
                if not hits:
                    problems.append(f"{title}: {cells[0]}: no case {pattern}")
    for name in sorted(set(cases) - named):
        problems.append(f"no row names the case {name}")
    for problem in problems:
        print(problem)
    print(f"{len(cases)} cases in {sum(len(r) for r in ours.values())} rows, "
          f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
