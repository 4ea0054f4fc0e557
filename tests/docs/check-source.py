#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Source hygiene: licence lines, banned functions, line length, white space, file size, guards,
what pvg/ includes, and whether every man page is built.

usage: check-source.py ROOT
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sourcetree import tokens, tracked  # noqa: E402

MAX_COLUMNS = 100
MAX_LINES = 900
TAB = 8

BANNED = {
    'strcpy': 'no bound', 'strncpy': 'no terminator', 'strcat': 'no bound', 'strncat': 'bound misread',
    'sprintf': 'no bound', 'vsprintf': 'no bound', 'atoi': 'no error', 'atol': 'no error',
    'atof': 'no error', 'alloca': 'unbounded stack', 'gets': 'no bound', 'strtok': 'hidden state',
}

LICENCE = 'SPDX-License-Identifier: GPL-2.0-or-later'
SPDX_BY_SUFFIX = {
    '.c': '// ', '.h': '// ', '.S': '// ', '.py': '# ', '.sh': '# ', '.ld': '/* ',
}

# What a file under pvg/ may include: itself, the link's headers, libc, and POSIX of libc.
LIBC = {
    'assert.h', 'ctype.h', 'errno.h', 'fcntl.h', 'float.h', 'inttypes.h', 'limits.h', 'math.h', 'pthread.h',
    'signal.h', 'stdalign.h', 'stdarg.h', 'stdatomic.h', 'stdbool.h', 'stddef.h', 'stdint.h',
    'stdio.h', 'stdlib.h', 'string.h', 'time.h', 'unistd.h', 'sys/stat.h', 'sys/types.h',
    'sys/uio.h', 'sys/mman.h', 'endian.h', 'threads.h', 'getopt.h', 'poll.h', 'strings.h', 'sched.h',
}


def columns(line):
    at = 0
    for char in line:
        at = (at // TAB + 1) * TAB if char == '\t' else at + 1
    return at


def is_script(root, name):
    with open(os.path.join(root, name), 'rb') as file:
        return file.read(2) == b'#!'


def check_spdx(root, name, lines, out):
    suffix = os.path.splitext(name)[1]
    script = is_script(root, name)
    if suffix not in SPDX_BY_SUFFIX and not script:
        return
    at = 1 if script else 0
    first = lines[at] if len(lines) > at else ''
    if LICENCE not in first:
        out.append(f'{name}:{at + 1}: no "{LICENCE}"')
    elif suffix in ('.c', '.h', '.S') and not first.startswith('// '):
        out.append(f'{name}:{at + 1}: the licence line of C starts with //')


def too_long(line):
    """More than 100 columns, but not because of a text that one may want to search for."""
    text = re.sub(r'"(?:[^"\\]|\\.){40,}"', '""', line)
    return columns(line) > MAX_COLUMNS and columns(text) > MAX_COLUMNS - 40


def check_text(name, lines, out):
    code = name.endswith(('.c', '.h', '.S'))
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            out.append(f'{name}:{number}: white space at the end of the line')
        if '\r' in line:
            out.append(f'{name}:{number}: carriage return')
        if code and too_long(line):
            out.append(f'{name}:{number}: {columns(line)} columns, {MAX_COLUMNS} allowed')
        if code and re.match(r' {8,}\S', line):
            out.append(f'{name}:{number}: indented with spaces')
    if code and len(lines) > MAX_LINES:
        out.append(f'{name}: {len(lines)} lines, {MAX_LINES} allowed: split it')


def check_banned(name, text, out):
    found = list(tokens(text))
    for at, (number, kind, word) in enumerate(found):
        if kind != 'name' or word not in BANNED:
            continue
        if at + 1 < len(found) and found[at + 1][2] == '(':
            out.append(f'{name}:{number}: {word}() is banned: {BANNED[word]}')


def check_guard(name, text, out):
    if os.path.basename(name) == 'config-host.h':
        return  # stands in for a generated header of QEMU's, which has none
    match = re.search(r'^#ifndef (\w+)\n#define (\w+)\n', text, re.M)
    if match is None or match.group(1) != match.group(2):
        if '#pragma once' not in text:
            out.append(f'{name}: no include guard')
        return
    guard = match.group(1)
    if guard != guard.upper():
        out.append(f'{name}: guard {guard} is not in capitals')
    base = re.sub(r'\W', '_', os.path.basename(name)).upper()
    if not guard.rstrip('_').endswith(base):
        out.append(f'{name}: guard {guard} does not end in {base}')
    if not text.rstrip().endswith('#endif') and not re.search(r'#endif\s*(//.*|/\*.*\*/)\s*$',
                                                              text.rstrip()):
        out.append(f'{name}: text after the guard\'s #endif')


def check_includes(root, name, text, out):
    if not name.startswith('pvg/') or not name.endswith(('.c', '.h')):
        return
    for match in re.finditer(r'^#\s*include\s+([<"])([^>"]+)[>"]', text, re.M):
        quote, path = match.groups()
        number = text.count('\n', 0, match.start()) + 1
        if quote == '<':
            if path in LIBC:
                continue
            if path.startswith('pvg/') and os.path.isfile(os.path.join(root, 'pvg/include', path)):
                continue
        else:
            folders = [os.path.dirname(name), 'pvg', 'protocols', 'pvg/include']
            if any(os.path.isfile(os.path.join(root, folder, path)) for folder in folders):
                continue
        out.append(f'{name}:{number}: pvg/ includes {path}, which is neither its own, the '
                   'link\'s nor libc\'s')


def check_guards_unique(headers, out):
    seen = {}
    for name, text in headers:
        match = re.search(r'^#ifndef (\w+)\n#define \1\n', text, re.M)
        if match is None:
            continue
        if match.group(1) in seen:
            out.append(f'{name}: guard {match.group(1)} is also that of {seen[match.group(1)]}')
        seen[match.group(1)] = name


def check_man_pages(root, files, out):
    with open(os.path.join(root, 'docs/meson.build'), encoding='utf-8') as file:
        build = file.read()
    for name in files:
        if name.startswith('docs/') and name.endswith('.scd'):
            page = os.path.basename(name)[:-len('.scd')]
            if f"'{page}'" not in build:
                out.append(f'{name}: not listed in docs/meson.build')


def check_leaks(root, name, lines, out):
    """The place where something was written means nothing to a reader elsewhere."""
    # A folder like /src is nobody's in particular, and stands in links to other projects.
    places = [root + os.sep] if root.count(os.sep) > 1 else []
    if name.endswith('.md'):
        places.append('../shared')
    for number, line in enumerate(lines, 1):
        for place in places:
            if place in line:
                out.append(f'{name}:{number}: "{place}" means nothing outside the machine it was '
                           'written on')


def main():
    root = os.path.abspath(sys.argv[1])
    out, headers, checked = [], [], 0
    files = tracked(root)
    for name in files:
        path = os.path.join(root, name)
        try:
            with open(path, encoding='utf-8') as file:
                text = file.read()
        except UnicodeDecodeError:
            continue
        if name in ('LICENSE',) or name.endswith(('.svg', '.xml')):
            continue
        lines = text.split('\n')
        if lines and lines[-1] == '':
            lines.pop()
        elif text:
            out.append(f'{name}: no line end at the end of the file')
        checked += 1
        check_spdx(root, name, lines, out)
        check_text(name, lines, out)
        check_leaks(root, name, lines, out)
        check_includes(root, name, text, out)
        if name.endswith(('.c', '.h')):
            check_banned(name, text, out)
        if name.endswith('.h'):
            check_guard(name, text, out)
            headers.append((name, text))
    check_guards_unique(headers, out)
    check_man_pages(root, files, out)
    for problem in out:
        print(problem)
    print(f'{checked} files, {len(out)} problems')
    return 1 if out or checked == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
