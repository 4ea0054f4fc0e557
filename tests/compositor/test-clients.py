#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Client windows beside the guest: test-clients.py KIOSK GUESTSIM CASE"""
import os
import re
import socket
import struct

from rig import TERM, USR1, Png, check, need, read_frame, run_case, wait_for

MAGENTA = (255, 0, 255)


def start(rig, *args):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png", "--stats", "stats.json", *args)
    name = wait_for(lambda: next((n for n in os.listdir(rig.folder)
        if re.fullmatch(r"wayland-\d+", n)), None), "the kiosk's Wayland socket")
    kiosk.says("display 0: described")
    return kiosk, {**rig.env, "WAYLAND_DISPLAY": name}


def shot(rig, kiosk):
    at = len(kiosk.log)
    kiosk.signal(USR1)
    kiosk.says("screenshot shot.png", at)
    return Png(rig.path("shot.png"))


def a_client_is_shown_while_there_is_no_guest(rig):
    kiosk, env = start(rig)
    client = rig.start([need("weston-simple-shm"), "-f"], env=env)
    kiosk.says("window ")
    wait_for(lambda: shot(rig, kiosk).colours() > 100, "the client's picture")
    client.signal(TERM)
    client.wait()
    picture = wait_for(lambda: (p := shot(rig, kiosk)).colours() == 2 and p, "the idle picture")
    check(picture(0, 0) == (0, 0, 0), "background")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def a_guest_comes_before_the_clients(rig):
    kiosk, env = start(rig)
    client = rig.start([need("weston-simple-shm"), "-f"], env=env)
    kiosk.says("window ")
    wait_for(lambda: shot(rig, kiosk).colours() > 100, "the client's picture")
    guest = rig.guest("--seconds", "50")
    kiosk.says("the guest shows 640x480")
    wait_for(lambda: shot(rig, kiosk).find(MAGENTA), "the guest's picture")
    read_frame(shot(rig, kiosk))
    guest.signal(TERM)
    guest.wait()
    wait_for(lambda: not (p := shot(rig, kiosk)).find(MAGENTA) and p.colours() > 100,
        "the client again")
    client.signal(TERM)
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def a_terminal_covers_the_output(rig):
    kiosk, env = start(rig)
    rig.start([need("foot"), "--config=/dev/null", "--override=colors.background=123456",
        "--override=colors.alpha=1.0", "sleep", "50"], env={**env, "LC_ALL": "C.UTF-8"})
    kiosk.says("window foot")

    def covered():
        picture = shot(rig, kiosk)
        corners = {picture(x, y) for x in (20, 636) for y in (3, 460)}
        return corners == {(0x12, 0x34, 0x56)}
    wait_for(covered, "the terminal in all corners")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def grim_captures_the_guest(rig):
    need("grim")
    kiosk, env = start(rig)
    guest = rig.guest("--seconds", "50")
    kiosk.says("the guest shows 640x480")

    def captured():
        grim = rig.start(["grim", rig.path("grim.png")], env=env)
        check(grim.wait() == 0, f"grim: {grim.log}")
        picture = Png(rig.path("grim.png"))
        return picture.find(MAGENTA) and picture.find((255, 255, 0)) and picture
    picture = wait_for(captured, "the guest and its pointer in grim's picture")
    read_frame(picture)
    guest.signal(TERM)
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


class Viewer:
    """A VNC viewer of the simplest kind: whole pictures, no compression."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(path)
        self.read(12)
        self.sock.sendall(b"RFB 003.008\n")
        check(1 in self.read(self.read(1)[0]), "it wants a password")
        self.sock.sendall(b"\1")
        check(self.read(4) == bytes(4), "no entry")
        self.sock.sendall(b"\1")
        self.width, self.height = struct.unpack(">HH", self.read(4))
        self.read(16)
        self.read(struct.unpack(">I", self.read(4))[0])
        # Four bytes a pixel, red first.
        self.sock.sendall(struct.pack(">BxxxBBBBHHHBBBxxx", 0, 32, 24, 0, 1, 255, 255, 255, 0, 8, 16))
        self.sock.sendall(struct.pack(">BxHi", 2, 1, 0))

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            check(part, "the server hung up")
            data += part
        return data

    def look(self):
        """A picture with the interface of rig.Png."""
        self.sock.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
        while True:
            kind = self.read(1)[0]
            if kind == 0:
                break
            check(kind == 3, f"message {kind}") # the clipboard
            self.read(struct.unpack(">xxxI", self.read(7))[0])
        rows = [bytearray(self.width * 3) for _ in range(self.height)]
        for _ in range(struct.unpack(">xH", self.read(3))[0]):
            x, y, width, height, encoding = struct.unpack(">HHHHi", self.read(12))
            check(encoding == 0, f"encoding {encoding}")
            data = self.read(width * height * 4)
            for line in range(height):
                for i in range(3):
                    rows[y + line][x * 3 + i:(x + width) * 3:3] = \
                        data[line * width * 4 + i:(line + 1) * width * 4:4]
        picture = Png.__new__(Png)
        picture.width, picture.height, picture.pixels = self.width, self.height, b"".join(rows)
        return picture

    def point(self, x, y, buttons=0):
        self.sock.sendall(struct.pack(">BBHH", 5, buttons, x, y))

    def key(self, keysym, down):
        self.sock.sendall(struct.pack(">BBxxI", 4, down, keysym))


def wayvnc_shows_the_guest_and_takes_keys_and_pointer(rig):
    need("wayvnc")
    kiosk, env = start(rig)
    guest = rig.start(rig.sim("--socket", rig.path("pvg-0.sock"), "--seconds", "0"),
        stdout=open(rig.path("lines"), "wb"))
    kiosk.says("the guest shows 640x480")
    rig.start(["wayvnc", "--unix-socket", rig.path("vnc")], env=env)
    wait_for(lambda: os.path.exists(rig.path("vnc")), "wayvnc's socket")
    viewer = Viewer(rig.path("vnc"))
    check((viewer.width, viewer.height) == (640, 480), f"{viewer.width}x{viewer.height}")
    read_frame(wait_for(lambda: (p := viewer.look()).find(MAGENTA) and p, "the guest's picture"))

    def lines(text):
        with open(rig.path("lines"), encoding="utf-8") as file:
            return [line for line in file if text in line]

    def told(text):
        wait_for(lambda: lines(text), text)
    viewer.point(320, 120)
    told('"kind":0,"a":16384,"b":8192')
    viewer.point(320, 120, 1)
    told('"kind":2,"a":272,"b":1')
    viewer.point(320, 120, 0)
    told('"kind":2,"a":272,"b":0')
    viewer.point(320, 120, 8) # the wheel
    viewer.point(320, 120, 0)
    told('"kind":3,"a":-120')
    for keysym, code in ((0xffe1, 42), (ord("A"), 30)): # Shift, A
        viewer.key(keysym, 1)
        told(f'"code":{code},"down":1')
    viewer.sock.close() # with both held
    told('"code":30,"down":0')
    told('"code":42,"down":0')
    guest.signal(TERM)
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def kanshi_sets_modes_and_places(rig):
    need("kanshi")
    kiosk, env = start(rig, "--outputs", "2")
    with open(rig.path("kanshi"), "w", encoding="utf-8") as file:
        file.write("profile {\n"
            "output HEADLESS-1 mode --custom 800x600@60Hz position 0,0\n"
            "output HEADLESS-2 position 800,100\n}\n")
    rig.start(["kanshi", "-c", rig.path("kanshi")], env=env)
    kiosk.says("output HEADLESS-1: now 800x600")

    def placed():
        randr = rig.start([need("wlr-randr")], env=env, stdout=open(rig.path("randr"), "wb"))
        check(randr.wait() == 0, f"wlr-randr: {randr.log}")
        with open(rig.path("randr"), encoding="utf-8") as file:
            return "Position: 800,100" in file.read()
    wait_for(placed, "the place of the second output")
    # What the guest cannot have is refused, and everything stays.
    with open(rig.path("kanshi"), "w", encoding="utf-8") as file:
        file.write("profile {\noutput HEADLESS-1 scale 2\noutput HEADLESS-2 position 0,0\n}\n")
    rig.start(["kanshi", "-c", rig.path("kanshi")], env=env)
    kiosk.says("refused to an output management client: no scale but 1")
    check(placed(), "the other output moved")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def night_lights_are_told_that_there_is_no_table(rig):
    need("wlsunset")
    kiosk, env = start(rig)
    light = rig.start(["wlsunset", "-t", "3000", "-T", "3001"], env=env)
    light.says("gamma control of output")
    check("failed" in light.log, f"not refused: {light.log}")
    light.signal(TERM)
    light.wait()
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
