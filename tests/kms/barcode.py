# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the numbers that the test guest paints (tests/guest/scene/barcode.h) out of a picture."""

import struct
import zlib

BITS = 72
MARKER_CELLS = 2
CELLS = BITS + 2 * MARKER_CELLS
FRAME_START = (0xff, 0x00, 0xff)
MODE_START = (0xff, 0x80, 0x00)
END = (0x00, 0xff, 0x00)


class Unreadable(Exception):
    pass


def png_pixels(data):
    """(width, height, RGB bytes) of a PNG with 8 bits a channel, as pvg-kiosk writes them."""
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", body)
            if depth != 8 or color not in (2, 6) or interlace:
                raise Unreadable(f"a PNG of depth {depth}, colour type {color}")
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    texel = 4 if color == 6 else 3
    raw, out, above = zlib.decompress(packed), bytearray(), bytearray(width * texel)
    for y in range(height):
        start = y * (width * texel + 1)
        filter_type, row = raw[start], bytearray(raw[start + 1:start + 1 + width * texel])
        for i in range(width * texel):
            left = row[i - texel] if i >= texel else 0
            corner = above[i - texel] if i >= texel else 0
            if filter_type == 1:
                row[i] = (row[i] + left) & 255
            elif filter_type == 2:
                row[i] = (row[i] + above[i]) & 255
            elif filter_type == 3:
                row[i] = (row[i] + (left + above[i]) // 2) & 255
            elif filter_type == 4:
                guess = left + above[i] - corner
                near = min((left, above[i], corner), key=lambda v: abs(guess - v))
                row[i] = (row[i] + near) & 255
        above = row
        for x in range(width):
            out += row[x * texel:x * texel + 3]
    return width, height, bytes(out)


class Picture:
    """A binary PPM as QEMU's screendump writes it, or a PNG of the kiosk's."""

    def __init__(self, path):
        data = path.read_bytes()
        if data.startswith(b"\x89PNG"):
            self.width, self.height, self.pixels = png_pixels(data)
            return
        words, at = [], 0
        while len(words) < 4:
            end = at
            while not data[end:end + 1].isspace():
                end += 1
            words.append(data[at:end])
            at = end + 1
        if words[0] != b"P6" or words[3] != b"255":
            raise Unreadable(f"{path.name} is no 8-bit binary PPM")
        self.width, self.height = int(words[1]), int(words[2])
        self.pixels = data[at:]
        if len(self.pixels) < self.width * self.height * 3:
            raise Unreadable(f"{path.name} is cut off")

    def __call__(self, x, y):
        at = (y * self.width + x) * 3
        return tuple(self.pixels[at:at + 3])


def checksum(value):
    total = 0x5a
    for i in range(8):
        total = (total * 31 + (value >> (8 * i) & 0xff)) & 0xffffffff
    return (total ^ total >> 8) & 0xff


def read_row(picture, y, start):
    """The number in this row's strip, None when there is no such strip."""
    row = picture.pixels[y * picture.width * 3:(y + 1) * picture.width * 3]
    at = row.find(bytes(start) * MARKER_CELLS)
    while at % 3 != 0 and at >= 0:
        at = row.find(bytes(start) * MARKER_CELLS, at + 1)
    if at < 0:
        return None
    x = at // 3
    marker = 0
    while x + marker < picture.width and picture(x + marker, y) == start:
        marker += 1
    cell = marker // MARKER_CELLS
    if cell == 0 or x + CELLS * cell > picture.width:
        return None
    if picture(x + (MARKER_CELLS + BITS) * cell + cell, y) != END:
        return None
    number = 0
    for i in range(BITS):
        pixel = picture(x + (MARKER_CELLS + i) * cell + cell // 2, y)
        number = number << 1 | (sum(pixel) > 3 * 128)
    value, check = number >> 8, number & 0xff
    if check != checksum(value):
        raise Unreadable(f"row {y}: checksum of {value} is wrong")
    return value


def read_frame(picture):
    """(frame number, (width, height, refresh in mHz, port)); a torn picture is unreadable."""
    frames = [n for n in (read_row(picture, y, FRAME_START) for y in range(picture.height))
        if n is not None]
    modes = [n for n in (read_row(picture, y, MODE_START) for y in range(picture.height))
        if n is not None]
    if not frames or not modes:
        raise Unreadable("no barcode in the picture")
    if len(set(frames)) != 1:
        raise Unreadable(f"torn picture: frames {min(frames)} and {max(frames)}")
    mode = modes[0]
    return frames[0], (mode >> 48, mode >> 32 & 0xffff, mode >> 8 & 0xffffff, mode & 0xff)
