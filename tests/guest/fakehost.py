#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A PVG host of the simplest kind, to test guests against something that is not pvg/.

It takes one connection of pvg-link, drains rings, acknowledges every packet, answers GetDeviceInfo,
runs the ONLINE handshake, ticks at a fixed rate and decodes the barcode of each presented surface.
Everything is checked more strictly than a host should, because here the guest is what is tested.
"""
import array
import json
import mmap
import os
import select
import socket
import struct
import sys
import time

HEADER = struct.Struct("<HHIII")
HELLO = struct.Struct("<IHHIIIIQ16s32sII")
REGION = struct.Struct("<QQQIIQQ")


class Failure(Exception):
    pass


def check(truth, what):
    if not truth:
        raise Failure(what)


class Ram:
    def __init__(self):
        self.spans = []

    def find(self, gpa, size):
        for start, length, view in self.spans:
            if start <= gpa and gpa + size <= start + length:
                return view, gpa - start
        raise Failure(f"address {gpa:#x}+{size:#x} is not RAM")

    def read(self, gpa, size):
        view, at = self.find(gpa, size)
        return bytes(view[at:at + size])

    def write(self, gpa, data):
        view, at = self.find(gpa, len(data))
        view[at:at + len(data)] = data

    def u32(self, gpa):
        return struct.unpack("<I", self.read(gpa, 4))[0]

    def put32(self, gpa, value):
        self.write(gpa, struct.pack("<I", value & 0xffffffff))


class Channel:
    def __init__(self, record):
        self.record = record
        self.head = 0
        self.pages = None


class Host:
    def __init__(self, path, modes, gamma=0, hz=60.0):
        self.path = path
        self.modes = modes
        self.gamma = gamma
        self.hz = hz
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(1)
        self.sock = None
        self.serial = 0
        self.opcodes = {}
        self.frames = []  # (port, width, height, frame number)
        self.lives = 0

    # ---- link ------------------------------------------------------------------------------

    def receive(self):
        fds = array.array("i")
        data, ancillary, flags, _ = self.sock.recvmsg(4096, socket.CMSG_SPACE(16 * 4))
        for level, kind, body in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(body[:len(body) - len(body) % 4])
        if not data:
            return None, b"", []
        kind, nfds, length, _, _ = HEADER.unpack_from(data)
        check(length == len(data) - HEADER.size and nfds == len(fds), "malformed message")
        return kind, data[HEADER.size:], list(fds)

    def send(self, kind, payload):
        self.serial += 1
        self.sock.send(HEADER.pack(kind, 0, len(payload), self.serial, 1) + payload)

    def accept(self, timeout):
        self.listener.settimeout(timeout)
        self.sock, _ = self.listener.accept()
        kind, payload, fds = self.receive()
        check(kind == 1, "first message is not HELLO")
        hello = HELLO.unpack(payload)
        check(hello[0] == 0x31475650 and hello[5] == 0x4000, "HELLO")
        self.displays = hello[10]
        page, self.doorbell, self.irq = fds[:3]
        self.page = mmap.mmap(page, 0x10000)
        self.send(0x41, struct.pack("<HHIQ", 1, 0, 0, 0))
        kind, payload, fds = self.receive()
        check(kind == 2, "no MEM_TABLE after WELCOME")
        _, count, nfd, _ = struct.unpack_from("<IIII", payload)
        check(nfd == len(fds), "MEM_TABLE descriptors")
        self.ram = Ram()
        for i in range(count):
            gpa, size, offset, index, _, _, _ = REGION.unpack_from(payload, 16 + 48 * i)
            self.ram.spans.append((gpa, size, mmap.mmap(fds[index], size, offset=offset)))
        check(self.receive()[0] == 3, "no READY")
        self.sock.setblocking(False)
        self.forget()

    def forget(self):
        self.epoch = self.word(0x0c)
        self.fifo = None
        self.channels = {}
        self.ports = {}
        self.tasks = {}
        self.lives += 1
        self.put(0x44, 0)
        self.put(0x40, 0)
        self.put(0x50, self.epoch)

    def word(self, offset):
        return struct.unpack_from("<I", self.page, offset)[0]

    def put(self, offset, value):
        struct.pack_into("<I", self.page, offset, value)

    def mirror(self, register):
        return self.word(0x5000 + register - 0x1000)

    def raise_irq(self):
        os.write(self.irq, struct.pack("<Q", 1))

    # ---- rings -----------------------------------------------------------------------------

    def stamp(self, slot, value):
        at = self.fifo_gpa + 4 * slot
        if (value - self.ram.u32(at)) & 0xffffffff < 0x80000000:
            self.ram.put32(at, value)
        self.put(0x44, self.word(0x44) | 1 << slot)
        self.raise_irq()

    def ring_bytes(self, channel, size):
        data = b""
        while len(data) < size:
            position = (channel.head + len(data)) % self.ring_size(channel)
            chunk = min(size - len(data), 4096 - (position & 0xfff))
            data += self.ram.read(channel.pages[position >> 12] + (position & 0xfff), chunk)
        return data

    def ring_size(self, channel):
        return len(channel.pages) << 12

    def drain(self):
        if self.mirror(0x1000) == 0:
            self.fifo = None
            return
        if self.fifo is None:
            self.fifo_gpa = self.mirror(0x1030) << 12
            length, start = self.mirror(0x1004), self.mirror(0x1010)
            check(length == 0x10000 and start == 0x1000, "FIFO geometry")
            self.fifo = Channel(None)
            self.fifo.pages = [self.fifo_gpa + i for i in range(start, length, 4096)]
            self.root_page = self.mirror(0x101c) << 12
            self.channels = {0: self.fifo}
        progress = True
        while progress:
            progress = False
            for number in sorted(self.channels):
                if number in self.channels and self.one(number, self.channels[number]):
                    progress = True

    def one(self, number, channel):
        written = self.word(0x84) if number == 0 else self.ram.u32(channel.record)
        available = (written - channel.head) & 0xffffffff
        if available == 0:
            return False
        check(12 <= available <= self.ring_size(channel), "ring counters")
        opcode, waits, total, signal = struct.unpack("<HHII", self.ring_bytes(channel, 12))
        check(12 + 8 * waits <= total <= available and total % 4 == 0, "packet size")
        packet = self.ring_bytes(channel, total)
        for i in range(waits):
            slot, value = struct.unpack_from("<II", packet, 12 + 8 * i)
            if (self.ram.u32(self.fifo_gpa + 4 * slot) - value) & 0x80000000:
                return False
        self.opcodes[opcode] = self.opcodes.get(opcode, 0) + 1
        self.execute(opcode, packet[12 + 8 * waits:])
        channel.head = (channel.head + total) & 0xffffffff
        if number == 0:
            struct.pack_into("<II", self.page, 0x48, channel.head, self.word(0xc8))
            self.stamp(0, signal)
        else:
            self.ram.put32(channel.record + 4, channel.head)
            self.stamp(self.ram.u32(channel.record + 12) & 0xffff, signal)
        return True

    # ---- packets ---------------------------------------------------------------------------

    def execute(self, opcode, p):
        if opcode == 0x30:
            number, = struct.unpack("<I", p)
            record = self.root_page + 0x400 + (number - 1) * 0x14
            channel = Channel(record)
            pages = struct.unpack("<1024I", self.ram.read(self.ram.u32(record + 16) << 12, 4096))
            channel.pages = [pfn << 12 for pfn in pages[:pages.index(0)]]
            self.channels[number] = channel
        elif opcode == 0x3a:
            limit, pairs, pfn = struct.unpack("<III", p)
            check(pairs == 512, "pair count")
            reply = struct.pack("<IIII", 1, 4, 6, 32768)
            self.ram.write(pfn << 12, reply + bytes(4096 - len(reply)))
        elif opcode == 0x38:
            word, _, pfn = struct.unpack("<IQI", p)
            root, depth = struct.unpack("<II", self.ram.read(pfn << 12, 8))
            self.tasks[word >> 1] = {"root": root, "depth": depth, "list": None}
        elif opcode == 0x33:
            task, pfn, _ = struct.unpack("<III", p)
            self.tasks[task]["list"] = pfn << 12
        elif opcode == 0x01:
            self.register(*struct.unpack("<II", p))
        elif opcode == 0x02:
            port, generation = struct.unpack("<II", p)
            check(generation == self.ports[port]["generation"], "acknowledged generation")
            self.ports[port]["online"] = True
        elif opcode == 0x04:
            port, task, gva, length, pitch, w, h, hx, hy, total = struct.unpack("<IIQQQHHHHI", p)
            pixels = b"".join(self.task_read(task, gva + y * pitch, 4 * w) for y in range(h))
            check(sum(struct.unpack(f"<{w * h}I", pixels)) & 0xffffffff == total, "glyph sum")
            check(hx < w and hy < h and length >= (h - 1) * pitch + 4 * w, "glyph geometry")
        elif opcode == 0x06:
            port, surface, _ = struct.unpack("<III", p)
            self.present(port, surface)
        elif opcode == 0x07:
            port, _, surface, gva, length, entries, total = struct.unpack("<IIIQQII", p)
            table = struct.unpack(f"<{3 * entries}I", self.task_read(0, gva, 12 * entries))
            check(sum(table) & 0xffffffff == total and length >= 12 * entries, "gamma table")
            self.present(port, surface)

    def task_read(self, task, gva, size):
        data = b""
        while size > 0:
            chunk = min(size, 4096 - (gva & 0xfff))
            data += self.ram.read(self.translate(task, gva), chunk)
            gva += chunk
            size -= chunk
        return data

    def translate(self, task, gva):
        pfn, depth = self.tasks[task]["root"], self.tasks[task]["depth"]
        for level in range(depth):
            index = (gva >> 12 >> (10 * (depth - 1 - level))) & 1023
            pfn = self.ram.u32((pfn << 12) + 4 * index) & 0x7fffffff
            check(pfn != 0, f"task {task}: {gva:#x} is not mapped")
        return (pfn << 12) + (gva & 0xfff)

    def register(self, port, pfn):
        page = pfn << 12
        self.ram.write(page, struct.pack("<I14sHHHHHII", port + 1, b"fake", port, 480, 270, 64, 64,
                                         self.gamma, 3))
        self.ram.write(page + 0x24, struct.pack("<ff", 480.0, 270.0))
        for i, (w, h) in enumerate(self.modes):
            self.ram.write(page + 0x210 + 16 * i,
                           struct.pack("<HHIQ", w, h, round(self.hz * 65536), 0))
        self.ram.write(page + 0x208, struct.pack("<H", len(self.modes)))
        self.ram.put32(page + 0x200, 1)
        self.ports[port] = {"page": page, "generation": 1, "online": False, "ticks": 0}

    def signal(self, port, bits):
        page = self.ports[port]["page"]
        bits &= self.ram.u32(page + 0x104)
        if bits == 0:
            return False
        self.ram.put32(page + 0x100, self.ram.u32(page + 0x100) | bits)
        self.put(0x40, self.word(0x40) | 1 << port)
        self.raise_irq()
        return True

    def present(self, port, surface):
        slot = self.tasks[0]["list"] + 12 * surface
        type_len, gva = struct.unpack("<IQ", self.task_read(0, slot, 12))
        check(type_len & 0xff == 4 and type_len >> 8 == 36, "surface slot")
        d = self.task_read(0, gva, 36)
        length, pfn, fourcc, planes = struct.unpack_from("<QIIB", d)
        offset, width, height, packed = struct.unpack_from("<IIII", d, 20)
        pitch = packed & 0xffffff
        check(fourcc == 0x42475241 and planes == 1 and packed >> 24 == 4, "surface descriptor")
        check(offset + pitch * (height - 1) + 4 * width <= length, "surface length")
        strip = max(4, height // 32)
        rows = [strip + strip // 2, height - 2 * strip + strip // 2]
        numbers = [self.barcode(pfn << 12, pitch, width, y) for y in rows]
        check(numbers[0] is not None and numbers[0] == numbers[1], f"barcode {numbers}")
        self.frames.append((port, width, height, numbers[0]))

    def barcode(self, gva, pitch, width, y):
        row = struct.unpack(f"<{width}I", self.task_read(0, gva + y * pitch, 4 * width))
        cell = max(1, width * 7 // 8 // 76)
        start = row.index(0xffff00ff) + 2 * cell + cell // 2
        bits = [1 if row[start + i * cell] == 0xfff0f0f0 else 0 for i in range(72)]
        value = int("".join(map(str, bits[:64])), 2)
        total = 0x5a
        for i in range(8):
            total = (total * 31 + (value >> (8 * i) & 0xff)) & 0xffffffff
        return value if (total ^ total >> 8) & 0xff == int("".join(map(str, bits[64:])), 2) else None

    # ---- loop ------------------------------------------------------------------------------

    def run(self, seconds):
        """Serves until the guest is gone. Returns what was seen."""
        self.accept(seconds)
        deadline = time.monotonic() + seconds
        tick = time.monotonic() + 1 / self.hz
        while True:
            check(time.monotonic() < deadline, "guest did not end")
            wait = max(0.0, min(tick - time.monotonic(), 0.004))
            readable, _, _ = select.select([self.sock, self.doorbell], [], [], wait)
            if self.doorbell in readable:
                os.read(self.doorbell, 8)
            if self.sock in readable:
                kind, _, _ = self.receive()
                if kind is None or kind == 7:
                    break
            if self.word(0x0c) != self.epoch:
                self.forget()
            self.drain()
            for port, state in self.ports.items():
                if not state["online"]:
                    if self.ram.u32(state["page"] + 0x100) & 4 == 0:
                        self.signal(port, 4)
            if time.monotonic() >= tick:
                tick += 1 / self.hz
                for port, state in self.ports.items():
                    if state["online"] and self.signal(port, 3):
                        state["ticks"] += 1
        return {"frames": self.frames, "opcodes": self.opcodes, "lives": self.lives}


def main():
    """fakehost.py SOCKET SECONDS: one guest, then what it did as JSON."""
    host = Host(sys.argv[1], [(1280, 800), (640, 480)])
    print(json.dumps(host.run(float(sys.argv[2]))))


if __name__ == "__main__":
    main()
