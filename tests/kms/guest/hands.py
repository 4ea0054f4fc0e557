# SPDX-License-Identifier: GPL-2.0-or-later
"""Input devices of the KMS test guest, made with uinput: hands.py FIFO

Each line of the FIFO is a deed: DEVICE DEED ARGUMENT... Says "ready" when the devices are there.
"""
import fcntl
import struct
import sys
import time

EV_SYN, EV_KEY, EV_REL, EV_ABS = 0, 1, 2, 3
UI_DEV_CREATE, UI_DEV_SETUP, UI_ABS_SETUP = 0x5501, 0x405c5503, 0x401c5504
UI_SET_EVBIT, UI_SET_KEYBIT, UI_SET_RELBIT, UI_SET_ABSBIT, UI_SET_PROPBIT = (0x40045564, 0x40045565,
    0x40045566, 0x40045567, 0x4004556e)
REL_X, REL_Y, REL_WHEEL, REL_WHEEL_HI_RES = 0, 1, 8, 11
ABS_X, ABS_Y, ABS_MT_SLOT, ABS_MT_X, ABS_MT_Y, ABS_MT_ID = 0, 1, 0x2f, 0x35, 0x36, 0x39
BTN_LEFT, BTN_RIGHT, BTN_TOOL_FINGER, BTN_TOUCH, BTN_TOOL_DOUBLETAP = 0x110, 0x111, 0x145, 0x14a, 0x14d
PROP_POINTER, PROP_DIRECT = 0, 1
WIDTH, HEIGHT, UNITS_PER_MM = 1200, 840, 12 # of both touch devices


class Device:
    def __init__(self, name, keys=(), rels=(), touch=None):
        self.file = open("/dev/uinput", "wb", buffering=0)
        for kind, codes, request in ((EV_KEY, keys, UI_SET_KEYBIT), (EV_REL, rels, UI_SET_RELBIT)):
            if codes:
                fcntl.ioctl(self.file, UI_SET_EVBIT, kind)
            for code in codes:
                fcntl.ioctl(self.file, request, code)
        if touch is not None:
            fcntl.ioctl(self.file, UI_SET_EVBIT, EV_ABS)
            fcntl.ioctl(self.file, UI_SET_PROPBIT, touch)
            for code, top, resolution in ((ABS_X, WIDTH, UNITS_PER_MM), (ABS_Y, HEIGHT, UNITS_PER_MM),
                    (ABS_MT_SLOT, 1, 0), (ABS_MT_X, WIDTH, UNITS_PER_MM),
                    (ABS_MT_Y, HEIGHT, UNITS_PER_MM), (ABS_MT_ID, 65535, 0)):
                fcntl.ioctl(self.file, UI_SET_ABSBIT, code)
                fcntl.ioctl(self.file, UI_ABS_SETUP,
                    struct.pack("<Hxxiiiiii", code, 0, 0, top, 0, 0, resolution))
        fcntl.ioctl(self.file, UI_DEV_SETUP,
            struct.pack("<HHHH80sI", 3, 0x7076, 0x6700, 1, name.encode(), 0))
        fcntl.ioctl(self.file, UI_DEV_CREATE)
        self.fingers = 0

    def send(self, *events):
        self.file.write(b"".join(struct.pack("<qqHHi", 0, 0, *event) for event in
            (*events, (EV_SYN, 0, 0))))

    # ---- deeds

    def key(self, code, down):
        self.send((EV_KEY, code, down))

    def move(self, x, y):
        self.send((EV_REL, REL_X, x), (EV_REL, REL_Y, y))

    def wheel(self, units):
        """120 to a notch, as wheels with a high resolution say it."""
        notches = [(EV_REL, REL_WHEEL, units // 120)] if units % 120 == 0 else []
        self.send((EV_REL, REL_WHEEL_HI_RES, units), *notches)

    def down(self, x, y):
        self.fingers += 1
        self.send((EV_ABS, ABS_MT_SLOT, 0), (EV_ABS, ABS_MT_ID, self.fingers), (EV_ABS, ABS_MT_X, x),
            (EV_ABS, ABS_MT_Y, y), (EV_ABS, ABS_X, x), (EV_ABS, ABS_Y, y), (EV_KEY, BTN_TOUCH, 1))

    def drag(self, x, y):
        self.send((EV_ABS, ABS_MT_SLOT, 0), (EV_ABS, ABS_MT_X, x), (EV_ABS, ABS_MT_Y, y),
            (EV_ABS, ABS_X, x), (EV_ABS, ABS_Y, y))

    def up(self):
        self.send((EV_ABS, ABS_MT_SLOT, 0), (EV_ABS, ABS_MT_ID, -1), (EV_KEY, BTN_TOUCH, 0))

    def scroll(self, way):
        """Two fingers on a touchpad go @way units down, slowly."""
        x = (500, 700)
        for slot in (0, 1):
            self.fingers += 1
            self.send((EV_ABS, ABS_MT_SLOT, slot), (EV_ABS, ABS_MT_ID, self.fingers),
                (EV_ABS, ABS_MT_X, x[slot]), (EV_ABS, ABS_MT_Y, 200), (EV_ABS, ABS_X, x[0]),
                (EV_ABS, ABS_Y, 200), (EV_KEY, BTN_TOUCH, 1), (EV_KEY, BTN_TOOL_FINGER, slot == 0),
                (EV_KEY, BTN_TOOL_DOUBLETAP, slot))
        for step in range(1, 41):
            y = 200 + way * step // 40
            time.sleep(0.012)
            self.send(*[event for slot in (0, 1) for event in ((EV_ABS, ABS_MT_SLOT, slot),
                (EV_ABS, ABS_MT_X, x[slot]), (EV_ABS, ABS_MT_Y, y))], (EV_ABS, ABS_Y, y))
        for slot in (1, 0):
            self.send((EV_ABS, ABS_MT_SLOT, slot), (EV_ABS, ABS_MT_ID, -1),
                (EV_KEY, BTN_TOUCH, slot), (EV_KEY, BTN_TOOL_DOUBLETAP, 0),
                (EV_KEY, BTN_TOOL_FINGER, slot))


def main():
    keys = range(1, 249)
    devices = {
        "keyboard": Device("pvg keyboard", keys),
        "keypad": Device("pvg second keyboard", keys),
        "mouse": Device("pvg mouse", (BTN_LEFT, BTN_RIGHT), (REL_X, REL_Y, REL_WHEEL,
            REL_WHEEL_HI_RES)),
        "touchpad": Device("pvg touchpad", (BTN_LEFT, BTN_TOUCH, BTN_TOOL_FINGER,
            BTN_TOOL_DOUBLETAP), touch=PROP_POINTER),
        "screen": Device("pvg touch screen", (BTN_TOUCH,), touch=PROP_DIRECT),
    }
    print("ready", flush=True)
    while True:
        with open(sys.argv[1], encoding="ascii") as fifo:
            for line in fifo:
                device, deed, *arguments = line.split()
                if deed == "unplug":
                    devices.pop(device).file.close()
                else:
                    getattr(devices[device], deed)(*(int(word) for word in arguments))


main()
