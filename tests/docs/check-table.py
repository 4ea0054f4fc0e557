#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/testing.md, docs/coverage.md and docs/limits.md say the truth about the code.

testing.md: each `file:name` names a function or a test that exists in that file; each register of
BAR0, packet opcode, display command, refusal and link message has its row.
coverage.md: the same for the rows of the protocol's validation tables; the refusals that a row names
exist, and a unit test of the row looks at the counter of each.
limits.md: each `file:NAME` is a constant of that value; each limit in the code has its row.

usage: check-table.py ROOT
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sourcetree import functions, tracked  # noqa: E402

REFERENCE = re.compile(r'`([\w./-]+\.(?:c|h|py|sh|S|build)|examples/[\w.-]+|tests/[\w./-]+):([\w.@-]+)`')
LIMIT_NAME = re.compile(r'^#define\s+(\w+_MAX(?:_BYTES|_MS|_NS|_US)?|(?:PVG_(?:LINK_)?)?MAX_(?!\w*_FALLBACK)[A-Z]\w+|\w*BUDGET\w*)'
                        r'\s+(\S.*)$', re.M)
LIMIT_FOLDERS = ('pvg/', 'protocols/', 'compositor/', 'qemu-shim/')


def number(text, source=''):
    """The value of a C constant expression, or None. Names are looked up in @source."""
    text = re.sub(r'//.*|/\*.*?\*/', '', text).strip()
    for name in set(re.findall(r'\b[A-Z][A-Z0-9_]+\b(?!\()', text)):
        define = re.search(rf'^#define\s+{name}\s+(\S.*)$', source, re.M)
        if define is not None:
            text = re.sub(rf'\b{name}\b', str(number(define.group(1))), text)
    text = re.sub(r'U?INT\d+_C\(([^)]*)\)', r'(\1)', text)
    text = re.sub(r'\b(0[xX][0-9a-fA-F]+|\d+)[uUlL]+\b', r'\1', text)
    if not re.fullmatch(r'[\s0-9a-fA-FxX()+*/<>|&~-]+', text):
        return None
    try:
        return int(eval(text.replace('/', '//'), {'__builtins__': {}}))  # digits and operators
    except (SyntaxError, ZeroDivisionError, TypeError):
        return None


class Tree:
    def __init__(self, root):
        self.root = root
        self.files = set(tracked(root))
        self.text = {}
        self.known = {}

    def read(self, name):
        if name not in self.text:
            with open(os.path.join(self.root, name), encoding='utf-8') as file:
                self.text[name] = file.read()
        return self.text[name]

    def has(self, name, symbol):
        """Does file @name define @symbol?"""
        if name not in self.files:
            return False
        text = self.read(name)
        if name.endswith(('.c', '.h')):
            if name not in self.known:
                self.known[name] = functions(text)
            return symbol in self.known[name]
        if name.endswith('.py'):
            return re.search(rf"^\s*def {re.escape(symbol)}\b|['\"]{re.escape(symbol)}['\"]", text,
                             re.M) is not None
        if name.endswith('.build'):
            return f"'{symbol}'" in text
        return re.search(rf'^\s*{re.escape(symbol)}\s*\(\)|\b{re.escape(symbol)}\b', text,
                         re.M) is not None


def rows(text):
    """(line number, cells) of the table rows of a page."""
    for line_number, line in enumerate(text.split('\n'), 1):
        if line.startswith('|') and not re.match(r'\|[\s:|-]+$', line):
            cells = re.split(r'(?<!\\)\|', line)[1:-1]
            yield line_number, [cell.strip() for cell in cells]


def check_references(tree, page, out):
    count = 0
    for line_number, cells in rows(tree.read(page)):
        for cell in cells:
            for name, symbol in REFERENCE.findall(cell):
                count += 1
                if name not in tree.files:
                    out.append(f'{page}:{line_number}: no file {name}')
                elif not tree.has(name, symbol):
                    out.append(f'{page}:{line_number}: {name} has no {symbol}')
    return count


def section(text, title):
    """The part of a page under the heading that starts with @title."""
    match = re.search(rf'^(#+) {re.escape(title)}[^\n]*\n(.*?)(?=^#{{1,3}} |\Z)', text,
                      re.M | re.S)
    return match.group(2) if match else None


def keys_of(cell, plain):
    """The keys that a row stands for: `0x1e` NOP, or 0x03, 0x1f, 0x29–0x2c retired."""
    text = cell.replace('`', '')
    if plain:
        return [text]
    if not text.startswith('0x'):
        return [text.split(' ')[0]]
    keys = []
    for first, last in re.findall(r'(0x[0-9a-f]{2,4})(?:–(0x[0-9a-f]{2}))?', text):
        if last:
            keys += [f'0x{n:02x}' for n in range(int(first, 16), int(last, 16) + 1)]
        else:
            keys.append(first)
    return keys


def check_reason(tree, cells, out):
    """The function that a refusal's row names does refuse by that name."""
    text = tree.read('pvg/include/pvg/counters.h')
    reason = cells[0].strip('`')
    word = re.search(rf'X\((\w+), "{re.escape(reason)}"\)', text)
    for name, symbol in REFERENCE.findall(cells[1]):
        if word is None or not tree.has(name, symbol) or name == 'pvg/regs.c':
            continue
        if word.group(1) not in tree.known[name][symbol]:
            out.append(f'docs/testing.md: Refusals: {name}:{symbol} does not refuse by {reason}')
    if word is None or reason.startswith('mmio-'):
        return  # those two are counted by the register file, not by the device
    tests = [(name, symbol) for name, symbol in REFERENCE.findall(cells[2])
             if tree.has(name, symbol) and name.endswith('.c')]
    if not any('PVG_REFUSAL_' + word.group(1) in tree.known[name][symbol]
               for name, symbol in tests):
        out.append(f'docs/testing.md: Refusals: no test named for {reason} looks at its counter')


def check_coverage(tree, out):
    """Each thing that the code knows has a row with an implementation and a test."""
    text = tree.read('docs/testing.md')

    registers = re.findall(r'PVG_REG_(\w+) = (0x[0-9a-f]+)', tree.read('pvg/include/pvg/regs.h'))
    opcodes = [f'0x{n:02x}' for n in range(0x42)]
    refusals = re.findall(r'X\(\w+, "([\w-]+)"\)', tree.read('pvg/include/pvg/counters.h'))
    messages = re.findall(r'PVG_LINK_([A-Z_]+) = 0x[0-9a-f]{2},',
                          re.search(r'enum pvg_link_type \{(.*?)\};',
                                    tree.read('protocols/pvg-link.h'), re.S).group(1))
    vectors = [f'N{n}' for n in range(1, 21)]
    wanted = [
        ('Registers', [offset for _, offset in registers], 2),
        ('Packet opcodes', opcodes, 2),
        ('Display commands', ['0x01', '0x02', '0x04', '0x05', '0x06', '0x07', '0x08', '0x09',
                              '0x0a', '0x1e', '0x1220'], 2),
        ('Refusals', refusals, 2),
        ('Malformed input, 01 §7.1', None, 1),
        ('Negative vectors, 04 §17', vectors, 1),
        ('Link messages', messages, 2),
        ('Rules of the link', [str(n) for n in range(1, 10)], 1),
    ]
    total = 0
    for title, keys, references in wanted:
        part = section(text, title)
        if part is None:
            out.append(f'docs/testing.md: no section "{title}"')
            continue
        found = {}
        for _, cells in list(rows(part))[1:]:
            count = len(REFERENCE.findall(' '.join(cells[1:])))
            reason = 'not tested:' in ' '.join(cells[1:])
            total += 1
            if count < references and not reason:
                out.append(f'docs/testing.md: {title}: row {cells[0]} names {count} of at least '
                           f'{references} functions and tests')
            if title == 'Refusals':
                check_reason(tree, cells, out)
            for key in keys_of(cells[0], keys is None):
                if key in found:
                    out.append(f'docs/testing.md: {title}: two rows for {key}')
                found[key] = True
        for key in keys or []:
            if key not in found:
                out.append(f'docs/testing.md: {title}: no row for {key}')
        for key in found:
            if keys is not None and key not in keys:
                out.append(f'docs/testing.md: {title}: {key} is nothing that the code knows')
    return total


# Tables of docs/protocol/malformed-input.md that have one in docs/coverage.md, row for row.
VALIDATION = ['02 §8.2', '03 §13.2']
SYMPTOMS = '03 §11'  # of docs/protocol/desktop-traffic.md, the same way


def check_validation(tree, out):
    """Each row of the protocol's validation tables has refusals and tests."""
    page = 'docs/coverage.md'
    names = dict((name, word) for word, name in re.findall(
        r'X\((\w+), "([\w-]+)"\)', tree.read('pvg/include/pvg/counters.h')))
    total = 0
    for title in VALIDATION:
        wanted = section(tree.read('docs/protocol/malformed-input.md'), title)
        part = section(tree.read(page), title)
        if wanted is None or part is None:
            out.append(f'{page}: no section "{title}"')
            continue
        keys = [cells[0] for _, cells in list(rows(wanted))[1:]]
        found = []
        for _, cells in list(rows(part))[1:]:
            found.append(cells[0])
            total += 1
            tests = [t for t in REFERENCE.findall(cells[2]) if tree.has(*t)]
            if not tests:
                out.append(f'{page}: {title}: row {cells[0]} names no test')
            bodies = [tree.known[name][symbol] for name, symbol in tests if name.endswith('.c')]
            refusals = re.findall(r'`([a-z-]+)`', cells[1])
            if not refusals and not cells[1].startswith('none'):
                out.append(f'{page}: {title}: row {cells[0]} names no refusal, nor that there is none')
            for refusal in refusals:
                if refusal not in names:
                    out.append(f'{page}: {title}: row {cells[0]}: no refusal {refusal}')
                elif not any('PVG_REFUSAL_' + names[refusal] in body for body in bodies):
                    out.append(f'{page}: {title}: row {cells[0]}: no test looks at the counter of '
                               f'{refusal}')
        out += [f'{page}: {title}: no row for {key}' for key in keys if key not in found]
        out += [f'{page}: {title}: two rows for {key}' for key in set(found) if found.count(key) > 1]
        out += [f'{page}: {title}: {key} is no row of the protocol' for key in found
                if key not in keys]
    return total


def check_symptoms(tree, out):
    """Each visual bug that others had has a test."""
    page = 'docs/coverage.md'
    wanted = section(tree.read('docs/protocol/desktop-traffic.md'), SYMPTOMS)
    part = section(tree.read(page), SYMPTOMS)
    if wanted is None or part is None:
        out.append(f'{page}: no section "{SYMPTOMS}"')
        return 0
    keys = [cells[0] for _, cells in list(rows(wanted))[1:]]
    found = [cells[0] for _, cells in list(rows(part))[1:]]
    for _, cells in list(rows(part))[1:]:
        if not any(tree.has(*test) for test in REFERENCE.findall(cells[1])):
            out.append(f'{page}: {SYMPTOMS}: row {cells[0]} names no test')
    if keys != found:
        out.append(f'{page}: {SYMPTOMS}: other rows than the protocol: '
                   f'{sorted(set(keys) ^ set(found))}')
    return len(found)


def check_limits(tree, out):
    page = 'docs/limits.md'
    listed = set()
    for line_number, cells in rows(tree.read(page)):
        match = re.fullmatch(r'`([\w./-]+):(\w+)`', cells[2]) if len(cells) == 4 else None
        if match is None:
            continue
        name, symbol = match.groups()
        listed.add((name, symbol))
        where = f'{page}:{line_number}'
        if name not in tree.files:
            out.append(f'{where}: no file {name}')
            continue
        define = re.search(rf'^#define\s+{symbol}\s+(\S.*)$|\b{symbol} = ([^,;]+)[,;]',
                           tree.read(name), re.M)
        if define is None:
            out.append(f'{where}: {name} defines no {symbol}')
            continue
        code = number(define.group(1) or define.group(2), tree.read(name))
        given = re.match(r'`([^`]+)`', cells[1])
        if given is None:
            out.append(f'{where}: the value is not in the form `number`')
        elif code is not None and number(given.group(1)) != code:
            out.append(f'{where}: {symbol} is {code} in the code, {given.group(1)} here')
    for name in sorted(tree.files):
        if name.startswith(LIMIT_FOLDERS) and name.endswith(('.c', '.h')):
            for match in LIMIT_NAME.finditer(tree.read(name)):
                if (name, match.group(1)) not in listed:
                    out.append(f'{name}: {match.group(1)} has no row in {page}')
    return len(listed)


VARIABLE = re.compile(r'getenv\("(\w+)"\)|environ(?:\.get\(|\[)"(\w+)"|\$\{?((?:PVG|FUZZ|BENCH)_[A-Z_]+)')


def check_variables(tree, out):
    """Each variable of ours that the code reads stands in environment.md."""
    page = tree.read('docs/environment.md')
    listed = set(re.findall(r'`(\w+)(?:=\w+)?`', page))
    read = {}
    for name in sorted(tree.files):
        if name == 'dev' or name.startswith(('compositor/', 'qemu-shim/', 'pvg/', 'tests/', 'examples/',
                                             'render/')):
            if name.endswith(('.png', '.bin')) or name.startswith('tests/docs/'):
                continue
            for groups in VARIABLE.findall(tree.read(name)):
                read.setdefault(next(word for word in groups if word), name)
    for word, name in sorted(read.items()):
        if word.startswith(('PVG_', 'FUZZ_', 'BENCH_')) and word not in listed:
            out.append(f'{name}: reads {word}, which docs/environment.md does not list')
    return len(read)


def main():
    tree = Tree(os.path.abspath(sys.argv[1]))
    out = []
    references = sum(check_references(tree, page, out)
                     for page in ('docs/testing.md', 'docs/coverage.md'))
    covered = check_coverage(tree, out) + check_validation(tree, out) + \
        check_symptoms(tree, out)
    limits = check_limits(tree, out)
    variables = check_variables(tree, out)
    for problem in out:
        print(problem)
    print(f'{references} functions and tests named, {covered} rows, {limits} limits, '
          f'{variables} environment variables, {len(out)} problems')
    return 1 if out or not all((references, covered, limits, variables)) else 0


if __name__ == '__main__':
    sys.exit(main())
