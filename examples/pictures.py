#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes docs/images/window.png and monitors.png again: pictures.py BUILD [FOLDER]

The first shows the kiosk in a window of weston's desktop, without any screen; the second two outputs
with a guest display each. What the guest draws goes through the whole device and llvmpipe.
"""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "compositor"))
from rig import Png, Rig, TERM, wait_for # noqa: E402

FRAME = 60 # of the guest's, by which its scene has begun to move
INK, EDGE = (0x1c, 0x20, 0x24), (0x45, 0x4d, 0x55)


def filtered(rows, width):
    """PNG's scan lines, each with the filter that leaves the smallest numbers."""
    before = bytes(width * 3)
    for row in rows:
        left = bytes(3) + row[:-3]
        choices = [row, bytes((a - b) & 255 for a, b in zip(row, left)),
            bytes((a - b) & 255 for a, b in zip(row, before)),
            bytes((a - (b + c >> 1)) & 255 for a, b, c in zip(row, left, before))]
        cost = [sum(min(v, 256 - v) for v in choice) for choice in choices]
        best = cost.index(min(cost))
        yield bytes([best]) + choices[best]
        before = row


def write_png(path, rows, width):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + \
            struct.pack(">I", zlib.crc32(kind + data))
    data = zlib.compress(b"".join(filtered(rows, width)), 9)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", data) + chunk(b"IEND", b""))
    print(f"{path}: {width}x{len(rows)}, {os.path.getsize(path)} bytes")


def rows_of(picture):
    stride = picture.width * 3
    return [picture.pixels[y * stride:(y + 1) * stride] for y in range(picture.height)]


def draw(rig, kiosk, *scene):
    """A guest that draws, and its FRAMEth frame on the screen."""
    rig.guest("--seconds", "0", "--fps", "20", *scene)
    kiosk.says("the guest shows")
    time.sleep(FRAME / 20)


def window(rig):
    weston = shutil.which("weston")
    if weston is None:
        sys.exit("weston is not installed")
    with open(rig.path("weston.ini"), "w", encoding="utf-8") as file:
        file.write("[shell]\nbackground-color=0xff31455a\npanel-position=top\nlocking=false\n"
            "clock-format=none\n")
    rig.start([weston, "--backend=headless", "--renderer=pixman", "--width=1024", "--height=680",
        "--socket=parent", "--shell=desktop", "--debug", f"--config={rig.path('weston.ini')}",
        "--idle-time=0", "--log=weston.log"])
    wait_for(lambda: os.path.exists(rig.path("parent")), "weston's socket")
    kiosk = rig.kiosk("--mode", "800x560", backend=None, env={"WAYLAND_DISPLAY": "parent"})
    draw(rig, kiosk, "--scene", "desktop", "--mode", "800x560")
    subprocess.run(["weston-screenshooter"], cwd=rig.folder, check=True,
        env={**rig.env, "WAYLAND_DISPLAY": "parent"})
    picture = Png(next(pathlib.Path(rig.folder).glob("wayland-screenshot*.png")))
    return rows_of(picture), picture.width


def monitors(rig):
    kiosk = rig.kiosk("--mode", "480x300", "--outputs", "2", "--screenshot", "shot.png")
    draw(rig, kiosk, "--ports", "2", "--scene", "desktop", "--second", "imgui", "--mode", "480x300")
    kiosk.says("display 1: the guest shows")
    kiosk.signal(TERM)
    kiosk.wait()
    pictures = [rows_of(Png(rig.path(name))) for name in ("shot.png", "shot-1.png")]
    border, gap = 8, 24
    empty = bytes(INK) * (2 * (480 + 2 * border) + 3 * gap)
    rows = [empty] * gap
    for y in range(-border, 300 + border):
        row = b""
        for picture in pictures:
            inside = picture[y] if 0 <= y < 300 else bytes(EDGE) * 480
            row += bytes(INK) * gap + bytes(EDGE) * border + inside + bytes(EDGE) * border
        rows.append(row + bytes(INK) * gap)
    return rows + [empty] * gap, len(empty) // 3


def main():
    build = pathlib.Path(sys.argv[1])
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs" / "images"
    for make in (window, monitors):
        rig = Rig(build / "compositor/pvg-kiosk", build / "tests/guest/pvg-guestsim")
        try:
            rows, width = make(rig)
            write_png(folder / f"{make.__name__}.png", rows, width)
        finally:
            rig.finish()


main()
