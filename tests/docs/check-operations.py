#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/operations.md says of every record and packet what the code does with it.

usage: check-operations.py ROOT [--write]

Without --write: each row of pvg/wire/records.h and pvg/wire/opcodes.h has its row in the page, with
the verdict that the code's action column stands for. With it the tables are written anew; the words
behind a verdict are kept.
"""
import os
import re
import sys

VERDICTS = {
    'STATE': 'executed', 'DRAW': 'executed', 'PATCHES': 'executed', 'BIND_VERTEX': 'executed',
    'BIND_FRAGMENT': 'executed', 'BIND_KERNEL': 'executed', 'COMPUTE': 'executed', 'FLOW': 'executed',
    'BLIT': 'executed', 'BLIT_TEXTURE': 'executed', 'NOTE': 'executed', 'EVENT': 'executed',
    'QUERY': 'answered', 'OPENGL': 'executed', 'FEEDBACK': 'in part', 'HINT': 'nothing to do', 'FENCE': 'nothing to do',
    'REFUSE': 'refused', 'ELSEWHERE': 'object',
}
WORDS = {
    'HINT': 'execution in order gives what it asks for', 'FENCE': 'execution in order satisfies it',
    'FEEDBACK': '0, which is off; nothing names buffers to write to, so anything else is `not-supported`',
    'OPENGL': 'layout inferred',
    'QUERY': '[02 §5.1](protocol/encoders-info-and-events.md#02-51-info-segment-type-4)',
}
ROW = re.compile(r'X\((\w+), (0x[0-9a-f]+), "([^"]+)", [A-Z]+\([^)]*\),\s*\\?\s*([A-Z_]+)\)')
PACKET = re.compile(r'X\((0x[0-9a-f]+), "([^"]+)", (?:0x)?[0-9a-f]+, (\w+), (?:true|false)\)')
LINE = re.compile(r'^\| (\w+) \| `(0x[0-9a-f]+)` \| ([^|]+) \| ([^|:]+?)(?:: ([^|]+))? \|$', re.M)
BEGIN, END = '<!-- operations: begin -->', '<!-- operations: end -->'


def read(root, name):
    with open(os.path.join(root, name), encoding='utf-8') as file:
        return file.read()


def code_rows(root):
    rows = []
    for space, opcode, name, action in ROW.findall(read(root, 'pvg/wire/records.h')):
        rows.append((space.lower(), opcode, name, VERDICTS[action], WORDS.get(action)))
    for opcode, name, handler in PACKET.findall(read(root, 'pvg/wire/opcodes.h')):
        verdict = 'acknowledged' if handler == 'pvg_op_ack' else 'executed'
        rows.append(('packet', opcode, name, verdict, None))
    return rows


def main():
    root = sys.argv[1]
    page = read(root, 'docs/operations.md')
    found = {(space, opcode): (name.strip(), verdict.strip(), words)
             for space, opcode, name, verdict, words in LINE.findall(page)}
    rows = code_rows(root)
    if '--write' in sys.argv:
        lines = [BEGIN, '', '| space | number | operation | what happens |', '|---|---|---|---|']
        for space, opcode, name, verdict, words in rows:
            old = found.get((space, opcode))
            words = old[2] if old is not None and old[1] == verdict and old[2] else words
            lines.append(f'| {space} | `{opcode}` | {name} | {verdict}{": " + words if words else ""} |')
        table = '\n'.join(lines) + '\n\n' + END
        page = page[:page.index(BEGIN)] + table + page[page.index(END) + len(END):]
        with open(os.path.join(root, 'docs/operations.md'), 'w', encoding='utf-8') as file:
            file.write(page)
        return 0
    problems = []
    for space, opcode, name, verdict, _ in rows:
        row = found.pop((space, opcode), None)
        if row is None:
            problems.append(f'no row for {space} {opcode} {name}')
        elif (row[0], row[1]) != (name, verdict):
            problems.append(f'{space} {opcode} is {name}, {verdict}; the page says {row[0]}, {row[1]}')
        elif verdict in ('refused', 'in part') and not row[2]:
            problems.append(f'{space} {opcode} {name}: {verdict}, but the page does not say why')
    problems += [f'{space} {opcode}: no such operation' for space, opcode in found]
    records = sum(1 for row in rows if row[0] != 'packet')
    for problem in problems:
        print(f'docs/operations.md: {problem}')
    print(f'{records} records, {len(rows) - records} packets, {len(problems)} problems')
    return 1 if problems or records < 210 else 0


sys.exit(main())
