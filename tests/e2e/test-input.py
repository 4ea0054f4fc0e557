#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys and pointer of the compositor arrive at the guest's controller."""
import os

from rig import Rig, check, run, wait_for
from wayland import Client, Keyboard, Pointer

KEY_A, KEY_LEFTCTRL, KEY_RIGHT = 30, 29, 106
SCAN_A, SCAN_CTRL, SCAN_RIGHT = 0x1e, 0x1d, 0xe04d
BTN_LEFT = 0x110


def connect(rig):
    return Client(os.path.join(rig.path, rig.display))


def keys_reach_the_ps2_controller(accel):
    with Rig() as rig:
        rig.kiosk("800x600@60")
        vm = rig.vm("scene=barcode seconds=0", accel)
        vm.wait_event("running", 40)
        rig.frame(20)
        keyboard = Keyboard(connect(rig))
        wanted = []
        for code, scan in ((KEY_A, SCAN_A), (KEY_LEFTCTRL, SCAN_CTRL), (KEY_RIGHT, SCAN_RIGHT)):
            for down in (1, 0):
                keyboard.key(code, down)
                wanted.append((scan, down))

        def arrived():
            got = [(e["scancode"], e["down"]) for e in vm.events("ps2-key")]
            return got == wanted or (len(got) >= len(wanted) and got)
        got = wait_for("keys at the guest", arrived, 20)
        check(got is True, f"guest saw {got}, sent {wanted}")


def buttons_reach_the_ps2_mouse(accel):
    with Rig() as rig:
        rig.kiosk("800x600@60")
        vm = rig.vm("scene=barcode seconds=0", accel)
        vm.wait_event("running", 40)
        rig.frame(20)
        pointer = Pointer(connect(rig))
        pointer.move_to(400, 300, 800, 600)
        pointer.button(BTN_LEFT, True)
        wait_for("button down", lambda: any(e["buttons"] & 1 for e in vm.events("ps2-mouse")), 20)
        pointer.button(BTN_LEFT, False)
        wait_for("button up", lambda: vm.events("ps2-mouse")[-1]["buttons"] & 1 == 0, 20)


def motion_reaches_a_machine_that_has_a_mouse_only(accel):
    """The machine has a PS/2 mouse and no tablet: it says so, and gets differences."""
    with Rig() as rig:
        rig.kiosk("800x600@60")
        vm = rig.vm("scene=barcode seconds=0", accel)
        vm.wait_event("running", 40)
        rig.frame(20)
        pointer = Pointer(connect(rig))
        for dx, dy in ((40, 0), (0, -25), (-13, 7)):
            mark = len(vm.events("ps2-mouse"))
            pointer.move_by(dx, dy)

            def moved():
                got = vm.events("ps2-mouse")[mark:]
                return got and (sum(e["dx"] for e in got), sum(e["dy"] for e in got)) == (dx, -dy)
            wait_for(f"motion by ({dx}, {dy})", moved, 20) # PS/2 counts upwards


def the_wheel_is_sent_in_notches(accel):
    with Rig() as rig:
        rig.kiosk("800x600@60")
        guest = rig.guestsim("--seconds", "0")
        guest.wait_event("running", 20)
        pointer = Pointer(connect(rig))
        for axis, notches, want in ((0, 1, (120, 0)), (0, -2, (-240, 0)), (1, 1, (0, 120))):
            mark = len(guest.lines)
            pointer.wheel(axis, notches)
            event = guest.wait_event("pointer", 20, mark)
            check((event["kind"], event["a"], event["b"]) == (3, *want), f"{event}")


def the_pointer_passes_through_the_picture(accel):
    """A picture of another shape than the output: positions are the picture's, bars clamp."""
    with Rig() as rig:
        rig.kiosk("1000x600@60")
        guest = rig.guestsim("--seconds", "0", "--mode", "800x600")
        guest.wait_event("running", 20)
        picture = rig.frame(20)
        check(picture["mode"]["width"] == 800, f"{picture}")
        pointer = Pointer(connect(rig))
        # The picture is 100 to 900 of 1000 wide and as high as the output.
        for x, y, want_x, want_y in ((500, 300, 16384, 16384), (300, 150, 8192, 8192),
                                     (20, 300, 0, 16384), (990, 599, 32767, 32767)):
            mark = len(guest.lines)
            pointer.move_to(x, y, 1000, 600)
            event = guest.wait_event("pointer", 20, mark)
            check(event["kind"] == 0 and event["c"] == 0, f"{event}")
            check(abs(event["a"] - want_x) <= 64 and abs(event["b"] - want_y) <= 96,
                  f"({x}, {y}) became ({event['a']}, {event['b']}), not ({want_x}, {want_y})")
        mark = len(guest.lines)
        pointer.button(BTN_LEFT, True)
        event = guest.wait_event("pointer", 20, mark)
        check((event["kind"], event["a"], event["b"]) == (2, BTN_LEFT, 1), f"{event}")
        pointer.button(BTN_LEFT, False)
        keyboard = Keyboard(connect(rig))
        mark = len(guest.lines)
        keyboard.key(KEY_A, True)
        event = guest.wait_event("key", 20, mark)
        check((event["code"], event["down"]) == (KEY_A, 1), f"{event}")
        keyboard.key(KEY_A, False)


if __name__ == "__main__":
    run([keys_reach_the_ps2_controller, buttons_reach_the_ps2_mouse,
         motion_reaches_a_machine_that_has_a_mouse_only, the_wheel_is_sent_in_notches,
         the_pointer_passes_through_the_picture])
