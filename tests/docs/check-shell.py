#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""shellcheck over every shell script, warnings and errors. Exit 77 where it is missing.

usage: check-shell.py ROOT
"""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sourcetree import tracked  # noqa: E402


def is_shell(path):
    with open(path, 'rb') as file:
        first = file.readline(80)
    return re.match(rb'#!(/bin/(ba)?sh|/usr/bin/env bash)\b', first) is not None


def main():
    root = os.path.abspath(sys.argv[1])
    if shutil.which('shellcheck') is None:
        print('SKIP: no shellcheck found')
        return 77
    scripts = [name for name in tracked(root) if is_shell(os.path.join(root, name))]
    done = subprocess.run(['shellcheck', '--severity=warning', '--format=gcc'] + scripts, cwd=root,
                          capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr, end='')
    print(f'{len(scripts)} scripts, {len(done.stdout.splitlines())} problems')
    return 1 if done.returncode != 0 or not scripts else 0


if __name__ == '__main__':
    sys.exit(main())
