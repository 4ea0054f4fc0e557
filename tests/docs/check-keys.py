#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pvg-kiosk's options and keys, its manual pages, and their defaults say the same.

usage: check-keys.py ROOT PVG_KIOSK
"""
import os
import re
import subprocess
import sys


def ask(kiosk, *args):
    return subprocess.run([kiosk, *args], check=True, capture_output=True, text=True).stdout


def keys_of_program(text):
    """{(section, key): default} of pvg-kiosk --check-config --no-config."""
    keys, section = {}, None
    for line in text.split('\n'):
        header = re.fullmatch(r'#?\[(\w+).*\]', line)
        key = re.fullmatch(r'#([\w-]+) =(?: (.*))?', line)
        if header is not None:
            section = header.group(1)
        elif key is not None:
            keys[section, key.group(1)] = key.group(2) or ''
    return keys


def keys_of_page(text):
    """{(section, key): what is written about it} of pvg-kiosk.conf.5.scd."""
    keys, section, at = {}, None, None
    for line in text.split('\n'):
        header = re.fullmatch(r'# \[(\w+).*\]', line)
        key = re.match(r'\*([\w-]+)\* = ', line)
        if header is not None or line.startswith('# '):
            section, at = header.group(1) if header else None, None
        elif key is not None and section is not None:
            at = section, key.group(1)
            keys[at] = ''
        elif at is not None and (line.startswith('\t') or line == ''):
            keys[at] += ' ' + line.strip()
        else:
            at = None
    return keys


def main():
    root, kiosk = sys.argv[1:3]
    with open(os.path.join(root, 'docs/pvg-kiosk.conf.5.scd'), encoding='utf-8') as file:
        page = keys_of_page(file.read())
    with open(os.path.join(root, 'docs/pvg-kiosk.1.scd'), encoding='utf-8') as file:
        manual = file.read()
    program = keys_of_program(ask(kiosk, '--check-config', '--no-config'))
    out = []
    for section, key in sorted(set(program) - set(page)):
        out.append(f'pvg-kiosk.conf(5): nothing about {key} in [{section}]')
    for section, key in sorted(set(page) - set(program)):
        out.append(f'pvg-kiosk.conf(5): {key} in [{section}] is none of pvg-kiosk')
    for name in sorted(set(page) & set(program)):
        said = re.search(r'Default: (.*)', page[name])
        if said is None or (program[name] and
                            re.match(rf'{re.escape(program[name])}[.,;:]', said.group(1)) is None):
            out.append(f'pvg-kiosk.conf(5): [{name[0]}] {name[1]}: does not say '
                       f'"Default: {program[name]}"')
    options = set(re.findall(r'^ +--([\w-]+)|, --([\w-]+)', ask(kiosk, '--help'), re.M))
    options = {a or b for a, b in options}
    written = set(re.findall(r'^\*--([\w-]+)\*', manual, re.M))
    out += [f'pvg-kiosk(1): nothing about --{name}' for name in sorted(options - written)]
    out += [f'pvg-kiosk(1): --{name} is no option' for name in sorted(written - options)]
    known = {key for section, key in program if section in ('kiosk', 'vm')}
    out += [f'--{name}: no key of the configuration file' for name in sorted(options - known -
            {'check', 'config', 'no-config', 'check-config', 'version', 'help'})]
    print('\n'.join(out + [f'{len(program)} keys, {len(options)} options, {len(out)} complaints']))
    if not program or not options:
        sys.exit('nothing was compared')
    sys.exit(1 if out else 0)


main()
