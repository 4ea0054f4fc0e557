#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Session files, the desktop entry and what belongs to it: judged by those who will read them.

usage: check-session.py ROOT PVG_KIOSK

desktop-file-validate, systemd-analyze and appstreamcli are used where they are installed.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ET

out, done = [], []


def ask(what, *command, **kwargs):
    """True when the program is there; its complaints are ours."""
    if shutil.which(command[0]) is None:
        print(f'{what}: not judged by {command[0]}, which is not installed')
        return
    answer = subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)
    # appstreamcli also warns that a project without a site has none.
    if answer.returncode != 0 and (command[0] != 'appstreamcli' or 'E: ' in answer.stdout):
        out.append(f'{what}: {command[0]}: {(answer.stdout + answer.stderr).strip()}')
    done.append(command[0])


def entry(path):
    with open(path, encoding='utf-8') as file:
        return dict(line.strip().split('=', 1) for line in file if '=' in line)


def check_command(what, line, options):
    words = line.split()
    if os.path.basename(words[0]) != 'pvg-kiosk':
        out.append(f'{what}: starts {words[0]}')
    for word in words[1:]:
        if word.startswith('--') and word[2:] not in options:
            out.append(f'{what}: {word} is no option of pvg-kiosk')
    done.append(what)


def check_unit(path, kiosk):
    """As systemd reads it, with the program that is built instead of the installed one."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        unit = os.path.join(folder, 'pvg-kiosk@mac.service')
        with open(unit, 'w', encoding='utf-8') as file:
            file.write(text.replace('/usr/bin/pvg-kiosk', os.path.abspath(kiosk)))
        ask(os.path.basename(path), 'systemd-analyze', 'verify', '--man=no', '--recursive-errors=no',
            unit, env={**os.environ, 'SYSTEMD_LOG_LEVEL': 'warning'})
    return re.search(r'^ExecStart=(.*)$', text, re.M).group(1)


def main():
    root, kiosk = sys.argv[1:3]
    text = subprocess.run([kiosk, '--help'], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r'--([a-z-]+)', text))

    def path(*parts):
        return os.path.join(root, 'examples', *parts)
    for folder in ('session', 'desktop'):
        file = path(folder, 'pvg-kiosk.desktop')
        if folder == 'session':
            # A session knows one key more than an application: DesktopNames.
            with tempfile.TemporaryDirectory() as place:
                copy = os.path.join(place, 'pvg-kiosk.desktop')
                with open(file, encoding='utf-8') as old, open(copy, 'w', encoding='utf-8') as new:
                    new.writelines(line for line in old if not line.startswith('DesktopNames='))
                ask(f'{folder}/pvg-kiosk.desktop', 'desktop-file-validate', copy)
        else:
            ask(f'{folder}/pvg-kiosk.desktop', 'desktop-file-validate', file)
        check_command(f'{folder}/pvg-kiosk.desktop', entry(file)['Exec'], options)
    application = entry(path('desktop', 'pvg-kiosk.desktop'))
    if application['Icon'] + '.svg' not in os.listdir(path('desktop')):
        out.append(f'no icon {application["Icon"]}.svg')
    ET.parse(path('desktop', 'pvg-kiosk.svg'))
    meta = path('desktop', 'pvg-kiosk.metainfo.xml')
    component = ET.parse(meta).getroot()
    if component.findtext('launchable') != 'pvg-kiosk.desktop' or \
            component.findtext('name') != application['Name']:
        out.append('metainfo and desktop entry are not about the same')
    ask('pvg-kiosk.metainfo.xml', 'appstreamcli', 'validate', '--no-net', meta)
    check_command('pvg-kiosk@.service', check_unit(path('session', 'pvg-kiosk@.service'), kiosk),
        options)
    with open(path('session', 'greetd.toml'), 'rb') as file:
        greetd = tomllib.load(file)
    if greetd['terminal']['vt'] != 1 or set(greetd) != {'terminal', 'initial_session',
            'default_session'}:
        out.append(f'greetd.toml: {greetd}')
    check_command('greetd.toml', greetd['initial_session']['command'], options)
    print('\n'.join(out + [f'{len(done)} judgements, {len(out)} complaints']))
    sys.exit(1 if out or len(done) < 4 else 0)


main()
