# SPDX-License-Identifier: GPL-2.0-or-later
"""A Wayland client of the smallest kind: it types and moves the pointer of a compositor through
virtual-keyboard-unstable-v1 and wlr-virtual-pointer-unstable-v1, without any library."""
import array
import os
import socket
import struct
import time

KEYMAP = b"""xkb_keymap {
xkb_keycodes { include "evdev+aliases(qwerty)" };
xkb_types { include "complete" };
xkb_compat { include "complete" };
xkb_symbols { include "pc+us+inet(evdev)" };
};\0"""


def text(value):
    raw = value.encode() + b"\0"
    return struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)


class Client:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(path)
        self.next_id = 2
        self.pending = b""
        self.globals = {}
        registry = self.request(1, 1, new=True)
        self.registry = registry
        self.roundtrip()

    def request(self, target, opcode, payload=b"", new=False, fd=None):
        """Sends one request; with new the id of the object that it makes comes last and back."""
        number = None
        if new:
            number = self.next_id
            self.next_id += 1
            payload += struct.pack("<I", number)
        message = struct.pack("<II", target, (8 + len(payload)) << 16 | opcode) + payload
        ancillary = []
        if fd is not None:
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
        self.sock.sendmsg([message], ancillary)
        return number

    def events(self):
        """Reads what is there, at least one event."""
        while True:
            if len(self.pending) >= 8:
                target, word = struct.unpack_from("<II", self.pending)
                if len(self.pending) >= word >> 16:
                    break
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("the compositor closed the connection")
            self.pending += data
        while len(self.pending) >= 8:
            target, word = struct.unpack_from("<II", self.pending)
            size = word >> 16
            if len(self.pending) < size:
                return
            body, self.pending = self.pending[8:size], self.pending[size:]
            yield target, word & 0xffff, body

    def roundtrip(self):
        callback = self.request(1, 0, new=True)
        while True:
            for target, opcode, body in self.events():
                if target == 1 and opcode == 0:
                    raise ConnectionError(f"protocol error: {body!r}")
                if target == self.registry and opcode == 0:
                    name, length = struct.unpack_from("<II", body)
                    self.globals[body[8:8 + length - 1].decode()] = name
                if target == callback:
                    return

    def bind(self, interface, version):
        if interface not in self.globals:
            raise LookupError(f"the compositor has no {interface}")
        payload = struct.pack("<I", self.globals[interface]) + text(interface)
        return self.request(self.registry, 0, payload + struct.pack("<I", version), new=True)


def now_ms():
    return int(time.monotonic() * 1000) & 0xffffffff


class Keyboard:
    def __init__(self, client):
        self.client = client
        seat = client.bind("wl_seat", 1)
        manager = client.bind("zwp_virtual_keyboard_manager_v1", 1)
        self.keyboard = client.request(manager, 0, struct.pack("<I", seat), new=True)
        fd = os.memfd_create("keymap")
        os.write(fd, KEYMAP)
        client.request(self.keyboard, 0, struct.pack("<II", 1, len(KEYMAP)), fd=fd)
        os.close(fd)
        client.roundtrip()

    def key(self, code, down):
        self.client.request(self.keyboard, 1, struct.pack("<III", now_ms(), code, int(down)))
        self.client.roundtrip()


class Pointer:
    def __init__(self, client):
        self.client = client
        manager = client.bind("zwlr_virtual_pointer_manager_v1", 1)
        self.pointer = client.request(manager, 0, struct.pack("<I", 0), new=True)
        client.roundtrip()

    def frame(self):
        self.client.request(self.pointer, 4)
        self.client.roundtrip()

    def move_by(self, dx, dy):
        self.client.request(self.pointer, 0, struct.pack("<Iii", now_ms(), dx * 256, dy * 256))
        self.frame()

    def wheel(self, axis, notches):
        """axis 0: down is positive; 1: right is"""
        self.client.request(self.pointer, 5, struct.pack("<I", 0)) # source: a wheel
        self.client.request(self.pointer, 7, struct.pack("<IIii", now_ms(), axis,
            notches * 15 * 256, notches))
        self.frame()

    def move_to(self, x, y, width, height):
        self.client.request(self.pointer, 1, struct.pack("<IIIII", now_ms(), x, y, width, height))
        self.frame()

    def button(self, code, down):
        self.client.request(self.pointer, 2, struct.pack("<III", now_ms(), code, int(down)))
        self.frame()
