#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""examples/link-hello against a shim made of a few lines of Python.

The layouts are written down here once more, from docs, so that the header is checked by a stranger.

usage: test-link-hello.py PROGRAM
"""
import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
HELLO, MEM_TABLE, READY, BYE, WELCOME = 0x01, 0x02, 0x03, 0x07, 0x41


def memfd(size, seals=SEALS):
    fd = os.memfd_create('test', os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def message(kind, payload=b'', fds=(), critical=True):
    return struct.pack('<HHIII', kind, len(fds), len(payload), 1, int(critical)) + payload


def hello(displays=1):
    return struct.pack('<IHHIIIIQ16s32sII', 0x31475650, 1, 0, 10 << 16 | 13, 12, 0x4000, 0, 5,
                       b'\0' * 16, b'a test', displays, 0)


class Peer:
    def __init__(self, folder):
        self.path = os.path.join(folder, 'socket')
        # "pipe" and not a file: the program must flush what a person waits for
        self.program = subprocess.Popen([PROGRAM, self.path], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.program.stdout.readline()
        assert line.startswith('listening'), line
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.settimeout(20)
        self.sock.connect(self.path)

    def send(self, kind, payload=b'', fds=()):
        socket.send_fds(self.sock, [message(kind, payload, fds)], list(fds))

    def finish(self):
        self.sock.close()
        out, err = self.program.communicate(timeout=20)
        return self.program.returncode, out, err


def hello_and_memory_are_printed_and_answered(folder):
    peer = Peer(folder)
    mode = os.stat(peer.path).st_mode & 0o777
    assert mode == 0o600, oct(mode)
    page, bell, irq, ram = memfd(0x10000), os.eventfd(0), os.eventfd(0), memfd(0x400000)
    peer.send(HELLO, hello(), (page, bell, irq))
    answer = peer.sock.recv(4096)
    kind, nfds, length, _, flags = struct.unpack_from('<HHIII', answer)
    assert (kind, nfds, length, flags & 1) == (WELCOME, 0, 16, 1), answer
    table = struct.pack('<IIII', 1, 2, 1, 0)
    table += struct.pack('<QQQIIQQ', 0, 0x200000, 0, 0, 3, 4096, 1)
    table += struct.pack('<QQQIIQQ', 0x100000000, 0x200000, 0x200000, 0, 3, 4096, 1)
    peer.send(MEM_TABLE, table, (ram,))
    peer.send(READY, struct.pack('<I', 1))
    peer.send(BYE, struct.pack('<I', 1))
    status, out, err = peer.finish()
    assert status == 0 and err == '', (status, err)
    assert 'HELLO 1.0 from "a test", QEMU 10.0.13, 1 display, features 0x0, epoch 5' in out, out
    assert 'MEM_TABLE generation 1: 2 regions in 1 file' in out, out
    assert 'gpa 0x100000000 + 0x000200000 <- file 0 at 0x200000' in out, out
    assert 'refused' not in out and 'READY' in out and 'BYE' in out, out
    assert not os.path.exists(peer.path), 'the socket is left behind'


def a_file_that_can_shrink_is_refused(folder):
    peer = Peer(folder)
    page = memfd(0x10000, seals=fcntl.F_SEAL_GROW)
    peer.send(HELLO, hello(), (page, os.eventfd(0), os.eventfd(0)))
    _, _, err = peer.finish()
    assert 'not sealed' in err or 'sealed against shrinking' in err, err


def a_short_hello_is_refused(folder):
    peer = Peer(folder)
    peer.send(HELLO, hello()[:-4], (memfd(0x10000), os.eventfd(0), os.eventfd(0)))
    status, _, err = peer.finish()
    assert status == 0 and 'refused: ' in err, (status, err)


def nine_displays_are_refused(folder):
    peer = Peer(folder)
    peer.send(HELLO, hello(displays=9), (memfd(0x10000), os.eventfd(0), os.eventfd(0)))
    _, _, err = peer.finish()
    assert 'refused: ' in err, err


def an_unknown_message_is_no_reason_to_go(folder):
    peer = Peer(folder)
    peer.sock.send(message(0x30, b'\0' * 8, critical=False))
    peer.send(BYE, struct.pack('<I', 0))
    status, out, err = peer.finish()
    assert status == 0 and 'ignored: ' in out and err == '', (out, err)


CASES = [hello_and_memory_are_printed_and_answered, a_file_that_can_shrink_is_refused,
         a_short_hello_is_refused, nine_displays_are_refused, an_unknown_message_is_no_reason_to_go]


def main():
    passed = failed = 0
    for test in CASES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(folder)
                passed += 1
                print(f'ok   {test.__name__}')
            except AssertionError as error:
                failed += 1
                print(f'FAIL {test.__name__}: {error}')
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
