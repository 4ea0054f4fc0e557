#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every link in the documentation resolves, and so does every section that code cites.

usage: check-links.py ROOT           check
       check-links.py ROOT --write   rewrite docs/protocol/sections.md
"""
import os
import re
import subprocess
import sys

SECTION = re.compile(r'^(0[1-6]) §(\d+(?:\.\d+)?) (.*)$')
# "spec 01 section 4.7", "spec 06 sections 6.2 and 6.4", "01 §4.7"
CITE = re.compile(r'\bspec (0[1-6]),? (?:sections?|§) ?(\d+(?:\.\d+)?)|\b(0[1-6]) §(\d+(?:\.\d+)?)')


def tracked(root):
    """Files of the work tree: tracked, and new ones that git does not ignore."""
    try:
        out = subprocess.run(['git', '-C', root, 'ls-files', '-co', '--exclude-standard'],
                             capture_output=True, text=True, check=True).stdout.split('\n')
        return sorted(f for f in set(out) if f and os.path.isfile(os.path.join(root, f)))
    except (OSError, subprocess.CalledProcessError):
        found = []
        for folder, dirs, files in os.walk(root):
            dirs[:] = [d for d in dirs if not d.startswith('.') and not d.startswith('build')]
            found += [os.path.relpath(os.path.join(folder, f), root) for f in files]
        return sorted(found)


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', heading)
    text = text.replace('`', '').strip().lower()
    return re.sub(r'[^\w\- ]', '', text).replace(' ', '-')


def prose(path):
    """(line number, text) outside fenced code, inline code removed."""
    fenced = False
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            if line.lstrip().startswith('```'):
                fenced = not fenced
            elif not fenced:
                yield number, line.rstrip('\n')


def headings(path):
    seen = {}
    for _, line in prose(path):
        match = re.match(r'(#+) (.*)', line)
        if match:
            anchor = slug(match.group(2))
            count = seen.get(anchor, 0)
            seen[anchor] = count + 1
            yield match.group(2), anchor if count == 0 else f'{anchor}-{count}'


def sections_page(root, pages):
    rows = []
    for page in pages:
        if not page.startswith('docs/'):
            continue
        for title, anchor in headings(os.path.join(root, page)):
            match = SECTION.match(title)
            if match:
                key = (match.group(1), [int(n) for n in match.group(2).split('.')])
                rows.append((key, match.group(1), match.group(2), match.group(3), page, anchor))
    rows.sort(key=lambda row: row[0])
    names = {'01': 'the device', '02': 'command buffers and objects', '03': 'encoders',
             '04': 'displays', '05': 'shaders', '06': 'QEMU (not protocol)'}
    out = ['# List of all sections', '',
           'Section numbers are stable. This page is written by `tests/docs/check-links.py . --write`.']
    part = None
    for _, number, section, title, page, anchor in rows:
        if number != part:
            part = number
            out += ['', f'## Part {part}: {names[part]}', '', '| section | title |', '|---|---|']
        target = os.path.relpath(page, 'docs/protocol')
        title = title.replace('|', '\\|')
        out.append(f'| [{number} §{section}]({target}#{anchor}) | {title} |')
    return '\n'.join(out) + '\n', {(row[1], row[2]) for row in rows}


def main():
    root = os.path.abspath(sys.argv[1])
    files = tracked(root)
    pages = [f for f in files if f.endswith('.md')]
    problems = []
    listing, sections = sections_page(root, pages)
    listing_path = os.path.join(root, 'docs/protocol/sections.md')
    if '--write' in sys.argv:
        with open(listing_path, 'w', encoding='utf-8') as file:
            file.write(listing)
        pages = sorted(set(pages) | {'docs/protocol/sections.md'})
    with open(listing_path, encoding='utf-8') as file:
        if file.read() != listing:
            problems.append('docs/protocol/sections.md: out of date, run check-links.py . --write')

    anchors = {page: {anchor for _, anchor in headings(os.path.join(root, page))}
               for page in pages}
    links = 0
    for page in pages:
        for number, line in prose(os.path.join(root, page)):
            line = re.sub(r'`[^`]*`', '', line)
            for target in re.findall(r'\]\(([^)\s]+)\)', line):
                if re.match(r'[a-z]+:', target):
                    continue
                links += 1
                path, _, anchor = target.partition('#')
                full = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
                where = f'{page}:{number}'
                if not os.path.exists(os.path.join(root, full)):
                    problems.append(f'{where}: no such file: {target}')
                elif anchor and full in anchors and anchor not in anchors[full]:
                    problems.append(f'{where}: no such heading: {target}')

    cites = 0
    for name in files:
        if not name.endswith(('.c', '.h', '.S', '.md', '.py', '.sh', '.scd', 'meson.build')):
            continue
        with open(os.path.join(root, name), encoding='utf-8') as file:
            text = file.read()
        for match in CITE.finditer(text):
            part, section = (match.group(1), match.group(2)) if match.group(1) else \
                (match.group(3), match.group(4))
            cites += 1
            if (part, section) not in sections:
                line = text.count('\n', 0, match.start()) + 1
                problems.append(f'{name}:{line}: cites {part} §{section}, which is no section')

    for problem in problems:
        print(problem)
    print(f'{len(pages)} pages, {links} links, {len(sections)} sections, {cites} citations, '
          f'{len(problems)} problems')
    if links == 0 or cites == 0:
        print('found nothing to check')
        return 1
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
