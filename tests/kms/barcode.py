# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the numbers that the test guest paints (tests/guest/scene/barcode.h) out of a picture."""

BITS = 72
MARKER_CELLS = 2
CELLS = BITS + 2 * MARKER_CELLS
FRAME_START = (0xff, 0x00, 0xff)
MODE_START = (0xff, 0x80, 0x00)
END = (0x00, 0xff, 0x00)


class Unreadable(Exception):
    pass


class Picture:
    """A binary PPM as QEMU's screendump writes it."""

    def __init__(self, path):
        data = path.read_bytes()
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
