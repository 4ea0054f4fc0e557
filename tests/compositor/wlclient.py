# SPDX-License-Identifier: GPL-2.0-or-later
"""A Wayland client that says what it is told to, also what no library would: pvg-control-v1 by hand.

Requests and events are numbered as the protocol's XML has them, so the file itself is tested too.
learn() teaches it further protocols.
"""
import array
import os
import select
import socket
import struct
import xml.etree.ElementTree as ET

XML = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "protocols",
    "pvg-control-v1.xml")
# What the library's own objects have, as far as it is needed.
CORE = {
    "wl_display": (["sync", "get_registry"], {"error": ["object", "uint", "string"],
        "delete_id": ["uint"]}),
    "wl_registry": (["bind"], {"global": ["uint", "string", "uint"], "global_remove": ["uint"]}),
    "wl_callback": ([], {"done": ["uint"]}),
}


def load(path=XML):
    interfaces, errors = dict(CORE), {}
    for node in ET.parse(path).getroot().findall("interface"):
        events = {e.get("name"): [a.get("type") for a in e.findall("arg")]
            for e in node.findall("event")}
        interfaces[node.get("name")] = ([r.get("name") for r in node.findall("request")], events)
        for enum in node.findall("enum"):
            if enum.get("name") == "error":
                errors = {int(e.get("value"), 0): e.get("name") for e in enum.findall("entry")}
    return interfaces, errors


INTERFACES, ERRORS = load()
MADE = {} # (interface, event) -> interface of the object that the compositor makes with it


def learn(path):
    """Knows the interfaces of another protocol's XML file from now on."""
    for node in ET.parse(path).getroot().findall("interface"):
        name = node.get("name")
        if name in CORE:
            continue
        INTERFACES[name] = ([r.get("name") for r in node.findall("request")],
            {e.get("name"): [a.get("type") for a in e.findall("arg")]
                for e in node.findall("event")})
        for event in node.findall("event"):
            for argument in event.findall("arg"):
                if argument.get("type") == "new_id":
                    MADE[name, event.get("name")] = argument.get("interface")


def string(text):
    data = text.encode() + b"\0"
    return struct.pack("<I", len(data)) + data + b"\0" * (-len(data) % 4)


def uint(*values):
    return struct.pack(f"<{len(values)}I", *(v & 0xffffffff for v in values))


def fixed(value):
    return struct.pack("<i", round(value * 256))


class Client:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path)
        self.objects = {1: "wl_display"}
        self.next_id = 2
        self.buffer, self.fds = b"", []
        self.events = []  # (object, event, arguments)
        self.error = None  # (object's interface, code, message)
        self.closed = False
        self.globals = {}
        self.every = {} # interface -> the names of all its globals
        self.registry = self.new("wl_registry")
        self.request(1, "get_registry", uint(self.registry))
        self.roundtrip()

    def new(self, interface):
        self.objects[self.next_id] = interface
        self.next_id += 1
        return self.next_id - 1

    def raw(self, data, fds=()):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.sock.sendmsg([data], control)

    def message(self, target, name, payload=b""):
        opcode = INTERFACES[self.objects[target]][0].index(name)
        return struct.pack("<IHH", target, opcode, 8 + len(payload)) + payload

    def request(self, target, name, payload=b"", fds=()):
        self.raw(self.message(target, name, payload), fds)

    def bind(self, interface="pvg_control_v1", version=1, number=0):
        """@number: of several globals of the interface, in the order in which they came."""
        if interface not in self.globals:
            return None
        made = self.new(interface)
        self.request(self.registry, "bind",
            uint(self.every[interface][number]) + string(interface) + uint(version, made))
        return made

    def make(self, target, name, interface, payload=b"", fds=()):
        """A request whose first argument is a new object."""
        made = self.new(interface)
        self.request(target, name, uint(made) + payload, fds)
        return made

    def _parse(self, interface, event, body):
        name = list(INTERFACES[interface][1])[event]
        arguments, at = [], 0
        for kind in INTERFACES[interface][1][name]:
            if kind == "fd":
                arguments.append(self.fds.pop(0))
                continue
            value, = struct.unpack_from("<i" if kind == "int" else "<I", body, at)
            at += 4
            if kind == "string":
                arguments.append(body[at:at + value - 1].decode(errors="replace"))
                at += value + (-value % 4)
            elif kind == "array":
                arguments.append(body[at:at + value])
                at += value + (-value % 4)
            elif kind == "fixed":
                arguments.append(value / 256 if value < 1 << 31 else value / 256 - (1 << 24))
            elif kind == "new_id":
                self.objects[value] = MADE[interface, name]
                arguments.append(value)
            else:
                arguments.append(value)
        return name, arguments

    def read(self, seconds):
        """Takes in what is there; False when nothing came in time or the end is reached."""
        ready, _, _ = select.select([self.sock], [], [], seconds)
        if not ready:
            return False
        try:
            data, control, _, _ = self.sock.recvmsg(65536, 4096)
        except ConnectionResetError:
            data, control = b"", []
        for level, kind, payload in control:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(payload[:len(payload) - len(payload) % 4])
                self.fds += list(fds)
        if not data:
            self.closed = True
            return False
        self.buffer += data
        while len(self.buffer) >= 8:
            target, opcode, size = struct.unpack_from("<IHH", self.buffer)
            if len(self.buffer) < size:
                break
            body, self.buffer = self.buffer[8:size], self.buffer[size:]
            interface = self.objects.get(target)
            if interface is None:
                continue
            name, arguments = self._parse(interface, opcode, body)
            if interface == "wl_display" and name == "error":
                self.error = (self.objects.get(arguments[0]), arguments[1], arguments[2])
            elif interface == "wl_registry" and name == "global":
                self.globals[arguments[1]] = (arguments[0], arguments[2])
                self.every.setdefault(arguments[1], []).append(arguments[0])
            self.events.append((target, name, arguments))
        return True

    def wait(self, target, *names, seconds=60):
        """(event, arguments) of the first of these events; None when the connection ends.
        TimeoutError when none comes in time."""
        at = 0
        while True:
            for number in range(at, len(self.events)):
                if self.events[number][0] == target and self.events[number][1] in names:
                    return self.events[number][1:]
            at = len(self.events)
            if not self.read(seconds):
                if not self.closed:
                    raise TimeoutError(f"no {' or '.join(names)} within {seconds} s")
                return None

    def roundtrip(self, seconds=60):
        callback = self.new("wl_callback")
        try:
            self.request(1, "sync", uint(callback))
        except OSError:  # cut off already; why may still be there to be read
            while self.read(60):
                pass
            return False
        return self.wait(callback, "done", seconds=seconds) is not None

    def is_refused(self):
        """Reads to the end; the protocol error's name, None when there was none."""
        while self.read(60):
            pass
        if self.error is None:
            return None
        if self.error[0] == "pvg_control_v1":
            return ERRORS.get(self.error[1])
        return f"{self.error[0]}: {self.error[2]}"

    def close(self):
        self.sock.close()
        for fd in self.fds:
            os.close(fd)
