# SPDX-License-Identifier: GPL-2.0-or-later
"""The shim's end of pvg-link, to say anything to a host, also what no shim would say."""
import array
import fcntl
import mmap
import os
import select
import socket
import struct

HELLO, MEM_TABLE, READY, RUNSTATE, RESET, MODES, BYE, INPUT = 1, 2, 3, 4, 5, 6, 7, 8
WELCOME, RESET_ACK, KEY, POINTER, POWER = 0x41, 0x42, 0x43, 0x44, 0x45
CRITICAL = 1

F_ADD_SEALS, SEAL_SEAL, SEAL_SHRINK, SEAL_GROW, SEAL_WRITE = 1033, 1, 2, 4, 8
PAGE_SIZE = 0x10000
MAGIC, PAGE_MAGIC = 0x31475650, 0x50475650


def memfd(size, seals=SEAL_SHRINK | SEAL_GROW | SEAL_SEAL):
    fd = os.memfd_create("peer", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    if seals:
        fcntl.fcntl(fd, F_ADD_SEALS, seals)
    return fd


def hello(displays=1, name=b"peer", magic=MAGIC, major=1, page_shift=12, bar0=0x4000, features=0,
        epoch=1):
    return struct.pack("<IHHIIIIQ16s32sII", magic, major, 0, 0x0a0000, page_shift, bar0, features,
        epoch, b"u" * 16, name, displays, 0)


def region(gpa, size, fd=0, offset=0):
    return struct.pack("<QQQIIQQ", gpa, size, offset, fd, 3, 4096, 1)


def mem_table(regions, nfd=1, generation=1, count=None):
    count = len(regions) if count is None else count
    return struct.pack("<IIII", generation, count, nfd, 0) + b"".join(regions)


class Peer:
    def __init__(self, path, magic=PAGE_MAGIC, layout=1):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.connect(path)
        self.page_fd = memfd(PAGE_SIZE)
        self.page = mmap.mmap(self.page_fd, PAGE_SIZE)
        struct.pack_into("<IIII", self.page, 0, magic, layout, PAGE_SIZE, 1)
        self.doorbell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self.irq = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self.fds = [self.page_fd, self.doorbell, self.irq]
        self.own = list(self.fds)

    def send_raw(self, data, fds=()):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.sock.sendmsg([data], control)

    def send(self, kind, payload=b"", fds=(), nfds=None, length=None, flags=CRITICAL):
        header = struct.pack("<HHIII", kind, len(fds) if nfds is None else nfds,
            len(payload) if length is None else length, 1, flags)
        self.send_raw(header + payload, fds)

    def receive(self, seconds=20.0):
        """(kind, payload), or None when the host closed the connection."""
        ready, _, _ = select.select([self.sock], [], [], seconds)
        if not ready:
            raise TimeoutError("the host says nothing")
        try:
            data = self.sock.recv(4096)
        except ConnectionResetError:
            return None
        if not data:
            return None
        kind, _, length, _, _ = struct.unpack_from("<HHIII", data)
        return kind, data[16:16 + length]

    def is_closed(self, seconds=20.0):
        """Reads until the host closes; False when it does not."""
        while True:
            try:
                if self.receive(seconds) is None:
                    return True
            except TimeoutError:
                return False

    def say_hello(self, **kwargs):
        self.send(HELLO, hello(**kwargs), self.fds)
        answer = self.receive()
        if answer is None or answer[0] != WELCOME:
            raise ConnectionError(f"no WELCOME: {answer}")

    def attach(self, size=1 << 20, **kwargs):
        """Everything that a good shim says."""
        self.say_hello(**kwargs)
        ram = memfd(size)
        self.own.append(ram)
        self.send(MEM_TABLE, mem_table([region(0, size)]), [ram])
        self.send(READY, struct.pack("<I", 1))

    def close(self):
        self.sock.close()
        self.page.close()
        for fd in self.own:
            os.close(fd)
        self.own = []
