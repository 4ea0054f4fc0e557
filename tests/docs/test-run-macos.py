#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""examples/run-macos.sh: what it prints, refuses and, where QEMU is there, whether QEMU takes it.

usage: test-run-macos.py ROOT
"""
import json
import os
import re
import select
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(sys.argv[1])
SCRIPT = os.path.join(ROOT, 'examples/run-macos.sh')
KEY = 'not-a-real-key,%s' % ('x' * 49)


class Case:
    """One folder with fake files, and the script run in it."""

    def __init__(self, folder):
        self.folder = folder
        self.write('disk.qcow2', b'QFI\xfb' + b'\0' * 60)
        self.write('loader.img', b'\0' * 512)
        self.write('code.fd', b'\0')
        self.write('vars.fd', b'\0')
        self.write('osk', KEY.encode() + b'\n')

    def write(self, name, data):
        with open(os.path.join(self.folder, name), 'wb') as file:
            file.write(data)

    def run(self, *args, defaults=True, env=None):
        command = ['sh', SCRIPT]
        if defaults:
            command += ['--disk', 'disk.qcow2', '--loader', 'loader.img', '--osk', 'osk',
                        '--ovmf-code', 'code.fd', '--ovmf-vars', 'vars.fd', '--dry-run']
        full = {k: v for k, v in os.environ.items() if k != 'PVG_OSK'}
        full.update(env or {})
        return subprocess.run(command + list(args), cwd=self.folder, env=full,
                              capture_output=True, text=True, timeout=60, check=False)

    def argv(self, *args, **more):
        done = self.run(*args, **more)
        assert done.returncode == 0, done.stderr
        return shlex.split(done.stdout.replace('\\\n', ' '))


def value_of(argv, option, start):
    return [v for o, v in zip(argv, argv[1:]) if o == option and v.startswith(start)]


def the_command_line_has_what_the_device_needs(case):
    argv = case.argv()
    assert argv[:3] == ['pvg-kiosk', '--', 'pvg-qemu'], argv[:3]
    assert 'memory-backend-memfd,id=ram,size=8G,share=on' in argv
    assert 'q35,memory-backend=ram' in argv
    assert argv[argv.index('-vga') + 1] == 'none'
    assert argv[argv.index('-display') + 1] == 'none'
    bridge = argv.index('pci-bridge,chassis_nr=5,id=gfxbr,bus=pcie.0,addr=1e.0')
    gpu = argv.index('{"driver":"apple-gfx-pci","bus":"gfxbr","addr":"0"}')
    assert bridge < gpu, 'the bridge comes before what sits behind it'
    assert 'kvm' == argv[argv.index('-accel') + 1]
    assert '4,sockets=1,cores=4,threads=1' in argv


def the_loader_boots_first_and_formats_are_named(case):
    argv = case.argv()
    assert 'id=loader,if=none,format=raw,file=loader.img' in argv
    assert 'id=disk,if=none,format=qcow2,file=disk.qcow2' in argv
    assert 'ide-hd,bus=sata.0,drive=loader,bootindex=1' in argv
    assert 'ide-hd,bus=sata.1,drive=disk,bootindex=2' in argv


def the_key_is_never_printed(case):
    done = case.run()
    assert KEY not in done.stdout + done.stderr
    assert 'isa-applesmc,osk=' in done.stdout
    done = case.run(env={'PVG_OSK': 'y' * 64})
    assert 'y' * 64 not in done.stdout + done.stderr


def a_missing_or_short_key_is_named(case):
    case.write('osk', b'short\n')
    done = case.run()
    assert done.returncode == 0 and '5 characters, not 64' in done.stderr, done.stderr
    done = case.run('--dry-run', '--disk', 'disk.qcow2', '--loader', 'loader.img', defaults=False)
    assert 'no SMC key' in done.stderr, done.stderr


def cpus_follow_the_host_or_the_option(case):
    intel = value_of(case.argv('--cpu', 'intel'), '-cpu', '')[0]
    amd = value_of(case.argv('--cpu', 'amd'), '-cpu', '')[0]
    assert intel.startswith('host,-pdpe1gb,+hypervisor'), intel
    assert amd.startswith('Haswell-v2,vendor=GenuineIntel'), amd
    assert value_of(case.argv('--cpu', 'Penryn,+ssse3'), '-cpu', '') == ['Penryn,+ssse3']
    assert value_of(case.argv(), '-cpu', '')[0] in (intel, amd)


def smp_rules_hold(case):
    assert case.run('--macos', '26', '--cpus', '16').returncode == 2
    assert case.run('--macos', '26', '--cpus', '8').returncode == 0
    done = case.run('--cpus', '6')
    assert done.returncode == 0 and 'unusual' in done.stderr
    for bad in ('0', 'four', '-1', ''):
        assert case.run('--cpus', bad).returncode == 2, bad


def modes_and_displays_reach_the_device(case):
    argv = case.argv('--modes', '2560x1440@60,1280x720@120', '--displays', '2')
    assert ('{"driver":"apple-gfx-pci","bus":"gfxbr","addr":"0",'
            '"display-modes":["2560x1440@60","1280x720@120"],"displays":2}') in argv, argv
    assert case.run('--modes', '1920x1080').returncode == 2
    assert case.run('--modes', '1920x1080@60"}').returncode == 2
    assert case.run('--displays', '9').returncode == 2


def options_of_the_user_go_last_and_through(case):
    argv = case.argv('--kiosk', '--stats', '--kiosk', "a b'c", '--', '-m', '4G', "it's")
    assert argv[:5] == ['pvg-kiosk', '--stats', "a b'c", '--', 'pvg-qemu'], argv[:5]
    assert argv[-3:] == ['-m', '4G', "it's"], argv[-3:]
    assert case.argv('--no-kiosk')[0] == 'pvg-qemu'


def bad_input_is_refused_in_plain_words(case):
    for args, text in ((['--disk', 'no-such'], 'no-such'), (['--ram', '8'], '--ram'),
                       (['--macos', '9'], '--macos'), (['--audio', 'tape'], '--audio'),
                       (['--ssh-port', '99999'], '--ssh-port'), (['--bogus'], '--bogus'),
                       (['--disk'], '--disk needs a value')):
        done = case.run(*args)
        assert done.returncode == 2 and text in done.stderr, (args, done.stderr)
    done = case.run('--dry-run', defaults=False)
    assert done.returncode == 2 and '--disk is missing' in done.stderr


def names_with_commas_and_quotes_survive(case):
    os.rename(os.path.join(case.folder, 'disk.qcow2'), os.path.join(case.folder, "a,b 'c'.qcow2"))
    argv = case.argv('--disk', "a,b 'c'.qcow2")
    assert "id=disk,if=none,format=qcow2,file=a,,b 'c'.qcow2" in argv, argv


def a_real_run_stops_at_a_problem_and_changes_nothing(case):
    case.write('osk', b'short\n')
    before = sorted(os.listdir(case.folder))
    done = case.run('--disk', 'disk.qcow2', '--loader', 'loader.img', '--osk', 'osk',
                    '--ovmf-code', 'code.fd', '--ovmf-vars', 'vars.fd', defaults=False)
    assert done.returncode == 1, done
    assert sorted(os.listdir(case.folder)) == before


def a_real_run_hands_everything_over(case):
    if not os.access('/dev/kvm', os.W_OK):
        return 'no /dev/kvm to write to'
    os.mkdir(os.path.join(case.folder, 'bin'))
    case.write('bin/pvg-qemu', b'#!/bin/sh\n')
    case.write('bin/pvg-kiosk', b'#!/bin/sh\nprintf "%s\\n" "$@"; echo "env ${PVG_OSK:-none}"\n')
    for name in ('pvg-qemu', 'pvg-kiosk'):
        os.chmod(os.path.join(case.folder, 'bin', name), 0o755)
    env = {'PATH': os.path.join(case.folder, 'bin') + ':' + os.environ['PATH'], 'PVG_OSK': KEY}
    given = ['--disk', 'disk.qcow2', '--loader', 'loader.img', '--ovmf-code', 'code.fd',
             '--ovmf-vars', 'vars.fd', '--modes', '1280x720@60']
    done = case.run(*given, defaults=False, env=env)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.rstrip('\n').split('\n')
    assert lines.pop() == 'env none', 'the key must not travel in the environment'
    printed = case.argv(*given, '--dry-run', defaults=False, env=env)
    masked = ['isa-applesmc,osk=(the SMC key)' if word.startswith('isa-applesmc') else word
              for word in lines]
    assert printed == ['pvg-kiosk'] + masked, (printed, lines)
    assert 'isa-applesmc,osk=' + KEY.replace(',', ',,') in lines, lines
    return None


def a_dry_run_changes_nothing(case):
    before = sorted(os.listdir(case.folder))
    case.run('--dry-run', '--disk', 'disk.qcow2', '--loader', 'loader.img', defaults=False)
    assert sorted(os.listdir(case.folder)) == before


def qemu_takes_the_options(case):
    """The real QEMU, paused, without the device that only the plugin brings."""
    qemu = shutil.which('qemu-system-x86_64')
    if qemu is None:
        return 'no qemu-system-x86_64 here'
    if shutil.which('qemu-img') is None:
        subprocess.run(['dd', 'if=/dev/zero', 'of=disk.qcow2', 'bs=1024', 'count=64'],
                       cwd=case.folder, check=True, capture_output=True)
    else:
        subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', 'disk.qcow2', '64M'],
                       cwd=case.folder, check=True)
    for name in ('code.fd', 'vars.fd'):
        case.write(name, b'\0' * (1 << 20))
    argv = case.argv('--cpu', 'amd', '--ram', '256M', '--ssh-port', '0', '--no-kiosk',
                     '--', '-S', '-qmp', 'stdio')
    assert argv[0] == 'pvg-qemu'
    command = [qemu]
    for option, value in zip(argv[1::2], argv[2::2] + ['']):
        if '"driver":"apple-gfx-pci"' in value:
            continue
        command += [option, 'tcg' if value == 'kvm' else value]
    tail = argv[argv.index('-S'):]
    command = command[:command.index('-S')] + tail if '-S' in command else command
    command = [word for word in command if word != '']
    done = subprocess.run(command, cwd=case.folder, capture_output=True, text=True, timeout=60,
                          check=False,
                          input='{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n')
    if re.search(r"'(user|slirp)' is not a valid|network backend 'user' is not compiled",
                 done.stderr):
        return 'this QEMU has no user network'
    assert done.returncode == 0 and '"return"' in done.stdout, done.stderr + done.stdout
    return None


def the_vm_reaches_the_kiosk(case):
    """The real programs, the VM paused: no guest code runs, so any KVM or none will do."""
    programs = os.environ.get('PVG_TEST_PROGRAMS')
    if not programs or shutil.which('qemu-system-x86_64') is None:
        return 'needs pvg-kiosk, the plugin and QEMU'
    if not os.access('/dev/kvm', os.W_OK):
        return 'no /dev/kvm to write to'
    for name in ('code.fd', 'vars.fd'):
        case.write(name, b'\0' * (1 << 20))
    case.write('disk.qcow2', b'\0' * (1 << 20))
    runtime = os.path.join(case.folder, 'run')
    os.mkdir(runtime, 0o700)
    env = {'PATH': programs + ':' + os.environ['PATH'], 'PVG_OSK': 'x' * 64,
           'XDG_RUNTIME_DIR': runtime}
    given = ['--disk', 'disk.qcow2', '--loader', 'loader.img', '--ovmf-code', 'code.fd',
             '--ovmf-vars', 'vars.fd', '--ram', '256M', '--ssh-port', '0', '--displays', '2',
             '--modes', '1280x720@60', '--qmp', 'qmp']
    for option in ('--backend', 'headless', '--mode', '640x480@60'):
        given += ['--kiosk', option]
    full = {k: v for k, v in os.environ.items() if k not in ('WAYLAND_DISPLAY', 'DISPLAY')}
    full.update(env)
    running = subprocess.Popen(['sh', SCRIPT] + given + ['--', '-S'], cwd=case.folder, env=full,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        text = b''
        while b'connected: process' not in text or b'displays\n' not in text:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([running.stdout], [], [], left)[0], text.decode()
            more = os.read(running.stdout.fileno(), 65536)
            assert more, text.decode()
            text += more
        assert b'VM macOS 15 connected' in text and b'2 displays' in text, text.decode()
        tree = ask_qemu(os.path.join(case.folder, 'qmp'))
        behind = tree[tree.index('dev: pci-bridge, id "gfxbr"'):]
        device = behind[behind.index('dev: apple-gfx-pci'):][:1500]
        assert 'displays = 2' in device and '106b:eeee' in device, device
        running.communicate(timeout=60)
    finally:
        if running.poll() is None:
            running.terminate()
            running.communicate(timeout=60)
    assert running.returncode == 0, running.returncode
    return None


def ask_qemu(path):
    """The device tree of the paused VM, which is then told to quit."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(30)
    sock.connect(path)
    with sock, sock.makefile('rw', encoding='utf-8') as stream:
        stream.readline()

        def command(name, **arguments):
            stream.write(json.dumps({'execute': name, 'arguments': arguments}) + '\n')
            stream.flush()
            while True:
                answer = json.loads(stream.readline())
                if 'return' in answer or 'error' in answer:
                    return answer.get('return')
        command('qmp_capabilities')
        # Not query-pci: without firmware the bridge has no number and nothing behind it.
        tree = command('human-monitor-command', **{'command-line': 'info qtree'})
        command('quit')
    return tree


CASES = [
    the_command_line_has_what_the_device_needs, the_loader_boots_first_and_formats_are_named,
    the_key_is_never_printed, a_missing_or_short_key_is_named, cpus_follow_the_host_or_the_option,
    smp_rules_hold, modes_and_displays_reach_the_device, options_of_the_user_go_last_and_through,
    bad_input_is_refused_in_plain_words, names_with_commas_and_quotes_survive,
    a_real_run_stops_at_a_problem_and_changes_nothing, a_real_run_hands_everything_over,
    a_dry_run_changes_nothing,
    qemu_takes_the_options, the_vm_reaches_the_kiosk,
]


def main():
    passed = failed = skipped = 0
    for test in CASES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                why = test(Case(folder))
            except AssertionError as error:
                failed += 1
                print(f'FAIL {test.__name__}: {error}')
                continue
        if why:
            skipped += 1
            print(f'SKIP {test.__name__}: {why}')
        else:
            passed += 1
            print(f'ok   {test.__name__}')
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or passed == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
