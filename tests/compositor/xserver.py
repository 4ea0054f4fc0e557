# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of the X11 protocol as it takes to look at a root window and to move a pointer."""
import os
import select
import socket
import struct
import threading

from rig import Failure, check, need

KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION = 2, 3, 4, 5, 6
EVDEV_OFFSET = 8 # X keycodes are evdev codes and eight


def start_xvfb(rig, width, height):
    """Starts a server on a display of its own choice; returns its name."""
    need("Xvfb")
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    os.makedirs("/tmp/.X11-unix", mode=0o1777, exist_ok=True)
    program = rig.start(["sh", "-c", f'exec Xvfb -displayfd {write_end} -screen 0 '
        f'{width}x{height}x24 -nolisten tcp -noreset'], pass_fds=(write_end,))
    os.close(write_end)
    number = b""
    while not number.endswith(b"\n"):
        byte = os.read(read_end, 1)
        check(byte != b"", f"Xvfb did not start: {program.log}")
        number += byte
    os.close(read_end)
    return ":" + number.decode().strip()


class XClient:
    def __init__(self, rig, display):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(20)
        self.sock.connect(f"/tmp/.X11-unix/X{display[1:]}")
        self.sock.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0))
        head = self._read(8)
        status, length = head[0], struct.unpack_from("<H", head, 6)[0]
        body = self._read(4 * length)
        check(status == 1, f"the X server refuses: {body!r}")
        vendor, _, screens, formats = struct.unpack_from("<HHBB", body, 16)
        at = 32 + (vendor + 3) // 4 * 4 + 8 * formats
        self.root = struct.unpack_from("<I", body, at)[0]
        self.width, self.height = struct.unpack_from("<HH", body, at + 20)
        self.xtest = None

    def _read(self, size):
        data = b""
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            check(part != b"", "the X server hung up")
            data += part
        return data

    def _reply(self):
        while True:
            head = self._read(32)
            if head[0] == 0:
                raise Failure(f"X error {head[1]}")
            if head[0] == 1:
                return head + self._read(4 * struct.unpack_from("<I", head, 4)[0])

    def _request(self, opcode, data, payload=b""):
        size = (4 + len(payload)) // 4
        self.sock.sendall(struct.pack("<BBH", opcode, data, size) + payload)

    def screenshot(self):
        """GetImage of the root window."""
        self._request(73, 2, struct.pack("<IhhHHI", self.root, 0, 0, self.width, self.height,
            0xffffffff))
        return Image(self.width, self.height, self._reply()[32:])

    def fake(self, kind, detail=0, x=0, y=0):
        """XTEST FakeInput."""
        if self.xtest is None:
            name = b"XTEST"
            self._request(98, 0, struct.pack("<HH", len(name), 0) + name + b"\0" * 3)
            reply = self._reply()
            check(reply[8] == 1, "the X server has no XTEST")
            self.xtest = reply[9]
        self._request(self.xtest, 2, struct.pack("<BBxxIIxxxxxxxxhhxxxxxxxx", kind, detail, 0,
            self.root, x, y))

    def key(self, code, down):
        self.fake(KEY_PRESS if down else KEY_RELEASE, code + EVDEV_OFFSET)

    def button(self, number, down):
        self.fake(BUTTON_PRESS if down else BUTTON_RELEASE, number)

    def move(self, x, y):
        self.fake(MOTION, 0, x, y)


    def atom(self, name):
        self._request(16, 0, struct.pack("<HH", len(name), 0) + name +
            b"\0" * (-len(name) % 4))
        return struct.unpack_from("<I", self._reply(), 8)[0]

    def window_at(self, x, y):
        """TranslateCoordinates: the root's child there."""
        self._request(40, 0, struct.pack("<IIhh", self.root, self.root, x, y))
        return struct.unpack_from("<I", self._reply(), 8)[0]

    def class_of(self, window):
        """GetProperty WM_CLASS."""
        self._request(20, 0, struct.pack("<IIIII", window, 67, 31, 0, 64))
        reply = self._reply()
        return reply[32:32 + struct.unpack_from("<I", reply, 16)[0]]

    def close_window(self, window):
        """What a window manager does for the close button: SendEvent of WM_DELETE_WINDOW."""
        event = struct.pack("<BBHIIIIIII", 33, 32, 0, window, self.atom(b"WM_PROTOCOLS"),
            self.atom(b"WM_DELETE_WINDOW"), 0, 0, 0, 0)
        self._request(25, 0, struct.pack("<II", window, 0) + event)


class WindowManager(threading.Thread):
    """Shows what wants to be shown, and makes windows as large as the screen when they ask."""

    MAP_REQUEST, CONFIGURE_REQUEST, CLIENT_MESSAGE = 20, 23, 33

    def __init__(self, rig, display):
        super().__init__(daemon=True)
        self.x = XClient(rig, display)
        self.asked = [] # (action, window)
        self.stopping = False
        self.sizes = {} # window -> the one that it has when it is not full screen
        self.state, self.fullscreen, supported = (self.x.atom(name) for name in
            (b"_NET_WM_STATE", b"_NET_WM_STATE_FULLSCREEN", b"_NET_SUPPORTED"))
        # ChangeProperty of ATOMs (4), then ChangeWindowAttributes: SubstructureRedirect and Notify.
        self.x._request(18, 0, struct.pack("<IIIBxxxIII", self.x.root, supported, 4, 32, 2, self.state,
            self.fullscreen))
        self.x._request(2, 0, struct.pack("<III", self.x.root, 1 << 11, 1 << 20 | 1 << 19))
        self.start()

    def run(self):
        while not self.stopping:
            if not select.select([self.x.sock], [], [], 0.1)[0]:
                continue
            event = self.x.sock.recv(32, socket.MSG_WAITALL)
            if len(event) < 32:
                return
            kind = event[0] & 0x7f
            if kind == self.MAP_REQUEST:
                self.x._request(8, 0, event[8:12])
            elif kind == self.CONFIGURE_REQUEST:
                window, = struct.unpack_from("<I", event, 8)
                self.sizes[window] = struct.unpack_from("<HH", event, 20)
                self.resize(window, *self.sizes[window])
            elif kind == self.CLIENT_MESSAGE:
                window, message, action, first = struct.unpack_from("<IIII", event, 4)
                if (message, first) == (self.state, self.fullscreen):
                    full = len([1 for _, w in self.asked if w == window]) % 2 == 0
                    self.asked.append((action, window))
                    self.resize(window, *((self.x.width, self.x.height) if full else
                        self.sizes.get(window, (800, 600))))

    def resize(self, window, width, height):
        self.x._request(12, 0, struct.pack("<IHxxII", window, 4 | 8, width, height))

    def stop(self):
        self.stopping = True
        self.join(20)


class Image:
    """The interface of rig.Png over BGRX pixels."""

    def __init__(self, width, height, data):
        self.width, self.height = width, height
        rgb = bytearray(width * height * 3)
        for i in range(3):
            rgb[i::3] = data[2 - i:width * height * 4:4]
        self.pixels = bytes(rgb)

    def __call__(self, x, y):
        at = (y * self.width + x) * 3
        return tuple(self.pixels[at:at + 3])

    def find(self, colour):
        at = self.pixels.find(bytes(colour))
        while at >= 0 and at % 3 != 0:
            at = self.pixels.find(bytes(colour), at + 1)
        return None if at < 0 else (at // 3 % self.width, at // 3 // self.width)
