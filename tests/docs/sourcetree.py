# SPDX-License-Identifier: GPL-2.0-or-later
"""What the checks of this folder share: the list of files, and a C tokenizer."""
import os
import re
import subprocess


def tracked(root):
    """Files of the work tree: tracked, and new ones that git does not ignore."""
    try:
        out = subprocess.run(['git', '-C', root, 'ls-files', '-co', '--exclude-standard'],
                             capture_output=True, text=True, check=True).stdout.split('\n')
        found = [f for f in set(out) if f]
    except (OSError, subprocess.CalledProcessError):
        found = []
        for folder, dirs, files in os.walk(root):
            dirs[:] = [d for d in dirs if d == '.ci' or not d.startswith(('.', 'build', '__'))]
            found += [os.path.relpath(os.path.join(folder, f), root) for f in files
                      if not re.fullmatch(r'demo(-\d)?\.(png|json|log)', f)]
    return sorted(f for f in found if os.path.isfile(os.path.join(root, f)) and
                  not os.path.islink(os.path.join(root, f)))


TOKEN = re.compile(r'''
    (?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)
  | (?P<string>"(?:[^"\\\n]|\\.|\\\n)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<name>[A-Za-z_]\w*)
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<other>\S)
''', re.X | re.S)


def tokens(text):
    """(line number, kind, text) of C source without comments; kind is name, string, ..."""
    for match in TOKEN.finditer(text):
        if match.lastgroup != 'comment':
            yield text.count('\n', 0, match.start()) + 1, match.lastgroup, match.group(0)


def functions(text):
    """The functions that a C file defines: name, and the words of its body."""
    text = re.sub(r'^[ \t]*#(?:[^\n\\]|\\.|\\\n)*', '', text, flags=re.M | re.S)
    found_functions, braces, parens, candidate = {}, 0, 0, None
    found = list(tokens(text))
    skip = False
    for at, (_, kind, word) in enumerate(found):
        if word == '{':
            if braces == 0 and candidate is not None:
                found_functions.setdefault(candidate, set())
            braces += 1
        elif word == '}':
            braces -= 1
            if braces == 0:
                candidate = None
        elif braces > 0:
            if candidate is not None and kind == 'name':
                found_functions[candidate].add(word)
        elif word == '(':
            parens += 1
        elif word == ')':
            parens -= 1
            skip = skip and parens > 0
        elif parens == 0 and word in (';', '='):
            candidate = None
        elif parens == 0 and kind == 'name' and found[at + 1:at + 2] and found[at + 1][2] == '(':
            if word == '__attribute__':
                skip = True
            elif candidate is None and not skip:
                candidate = word
    return found_functions
