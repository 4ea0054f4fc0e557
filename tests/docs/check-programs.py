#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs say with --help, their manual pages and their shell completions are the same.

usage: check-programs.py ROOT PROGRAM...
"""
import os
import re
import shutil
import subprocess
import sys

LONG = r'--([a-z][a-z-]*)'


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8') as file:
        return file.read()


def options_of_page(text):
    """Those in headings, of their own or of a command."""
    heads = re.findall(r'^\*.*$', text, re.M)
    return {name for head in heads for name in re.findall(r'\*' + LONG, head)}


def compare(what, said, written, out):
    out += [f'{what}: nothing about {name}' for name in sorted(said - written)]
    out += [f'{what}: {name} is not in --help' for name in sorted(written - said)]


def commands_of_help(text):
    """{command: its words} of pvgctl: 'power on|off OUTPUT' has the words on and off."""
    found = {}
    for line in re.findall(r'^  ([a-z].*?)(?:  .*)?$', text, re.M):
        command, *rest = line.split()
        found[command] = {word for part in rest for word in part.split('|')
            if re.fullmatch('[a-z]+', word)}
        found[command] |= {'--' + name for name in re.findall(LONG, line)}
    return found


def commands_of_page(text):
    section = text.split('\n# COMMANDS\n')[1].split('\n# ')[0]
    found = {}
    for head in re.findall(r'^\*.*$', section, re.M):
        for form in head.split(', '):
            command, *rest = re.findall(r'[a-z-]+', ' '.join(re.findall(r'\*([^*]+)\*', form)))
            found.setdefault(command, set()).update(rest)
    return found


def complete(path, *words):
    """What bash offers behind these words."""
    script = f'''. {path}; COMP_WORDS=(pvgctl {' '.join(words)} ''); COMP_CWORD={len(words) + 1}
        compopt() {{ :; }}; pvgctl() {{ :; }}; _pvgctl; printf '%s\\n' "${{COMPREPLY[@]}}"'''
    done = subprocess.run(['bash', '--norc', '-c', script], capture_output=True, text=True,
        check=True)
    return set(done.stdout.split())


def check_completions(root, commands, options, out):
    folder = os.path.join(root, 'compositor/completions')
    path = os.path.join(folder, 'pvgctl.bash')
    compare('bash completion', set(commands) | {'--' + name for name in options}, complete(path), out)
    for command, words in commands.items():
        plain = {word for word in words if not word.startswith('--')}
        if plain and not plain <= complete(path, command):
            out.append(f'bash completion: {command}: {complete(path, command)}, not {plain}')
    for shell in ('zsh', 'fish'):
        text = read(folder, f'pvgctl.{shell}')
        words = set(re.findall(r'[a-z-]+', text))
        missing = (set(commands) | options | {word.lstrip('-') for all_words in commands.values()
            for word in all_words}) - words - {name.lstrip('-') for name in words}
        out += [f'{shell} completion: nothing about {word}' for word in sorted(missing)]
        if shutil.which(shell):
            done = subprocess.run([shell, '-n', os.path.join(folder, f'pvgctl.{shell}')],
                capture_output=True, text=True, check=False)
            if done.returncode != 0:
                out.append(f'{shell} completion: {done.stderr.strip()}')


def main():
    root, programs = sys.argv[1], sys.argv[2:]
    out, count = [], 0
    for program in programs:
        name = os.path.basename(program)
        done = subprocess.run([program, '--help'], capture_output=True, text=True, check=False)
        text = done.stdout + done.stderr
        page = read(root, f'docs/{name}.1.scd')
        said = set(re.findall(LONG, text)) - {'help', 'version'}
        count += len(said)
        compare(f'{name}(1)', said, options_of_page(page) - {'help', 'version'}, out)
        if name != 'pvgctl':
            continue
        commands = commands_of_help(text)
        written = commands_of_page(page)
        compare(f'{name}(1), commands', set(commands), set(written), out)
        for command in set(commands) & set(written):
            said_words = {word.lstrip('-') for word in commands[command]}
            written_words = {word.lstrip('-') for word in written[command]}
            compare(f'{name}(1), {command}', said_words, written_words, out)
        own = {'json', 'kiosk', 'timeout', 'version', 'help'}
        check_completions(root, commands, own, out)
        count += len(commands)
    print('\n'.join(out + [f'{len(programs)} programs, {count} options and commands, '
        f'{len(out)} complaints']))
    if count == 0:
        sys.exit('nothing was compared')
    sys.exit(1 if out else 0)


main()
