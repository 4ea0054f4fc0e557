#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The example surfaceless-triangle: its picture has the triangle where it belongs.

test-triangle.py PROGRAM"""
import os
import struct
import subprocess
import sys
import tempfile
import zlib

BACKGROUND = (32, 32, 51)


def read_png(path):
    """Rows of (r, g, b) of an 8-bit PNG without interlacing."""
    with open(path, "rb") as f:
        data = f.read()
    at, body = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        chunk = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", chunk[:10])
        elif kind == b"IDAT":
            body += chunk
        at += 12 + size
    step = {2: 3, 6: 4}[color]
    assert depth == 8
    raw, rows, before = zlib.decompress(body), [], bytes(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        how, line = raw[start], bytearray(raw[start + 1:start + 1 + width * step])
        for i in range(len(line)):
            a = line[i - step] if i >= step else 0
            b = before[i]
            c = before[i - step] if i >= step else 0
            paeth = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line[i] = (line[i] + [0, a, b, (a + b) // 2, paeth][how]) & 255
        rows.append([tuple(line[x * step:x * step + 3]) for x in range(width)])
        before = line
    return rows


def near(a, b, within):
    return all(abs(x - y) <= within for x, y in zip(a, b))


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "triangle.png")
        result = subprocess.run([sys.argv[1], path], timeout=120, check=False)
        if result.returncode == 77:
            return 77
        assert result.returncode == 0, result.returncode
        rows = read_png(path)
    assert (len(rows[0]), len(rows)) == (320, 240)
    for x, y in ((2, 2), (317, 2), (2, 237), (317, 237), (160, 10)):
        assert near(rows[y][x], BACKGROUND, 1), (x, y, rows[y][x])
    # Near its corners it has their colours, in the middle a third of each.
    assert near(rows[200][40], (230, 60, 60), 25), rows[200][40]
    assert near(rows[200][279], (60, 200, 90), 25), rows[200][279]
    assert near(rows[32][160], (70, 90, 240), 25), rows[32][160]
    assert near(rows[144][160], (120, 117, 130), 20), rows[144][160]
    print("ok the triangle is where it belongs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
