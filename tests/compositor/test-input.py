#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user does in the kiosk's window, as the VM is told: test-input.py KIOSK GUESTSIM CASE"""
import struct

from peer import KEY, POINTER, POWER, Peer
from rig import TERM, check, run_case, wait_for
from xserver import WindowManager, XClient, start_xvfb

ESC, KEY_A, KEY_F, KEY_G, LEFTCTRL, LEFTALT, BACKSPACE, LEFTMETA = 1, 30, 33, 34, 29, 56, 14, 125
ADD, TOGGLE = 1, 2 # of _NET_WM_STATE
ABS, REL, BUTTON, WHEEL = 0, 1, 2, 3
BTN_LEFT, BTN_RIGHT, BTN_MIDDLE = 0x110, 0x111, 0x112


class Desk:
    """An X server of 1024x768, the kiosk's window of 800x600 in its corner, and a VM."""

    def __init__(self, rig, *args, managed=False):
        display = start_xvfb(rig, 1024, 768)
        self.x = XClient(rig, display)
        self.manager = WindowManager(rig, display) if managed else None
        # Atoms that a window manager would have made: wlroots only looks for them.
        for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"):
            self.x.atom(name)
        self.kiosk = rig.kiosk("--mode", "800x600", *args, backend="x11", env={"DISPLAY": display})
        self.kiosk.says("display 0: described")
        self.peer = Peer(rig.path("pvg-0.sock"))
        self.peer.attach()
        self.kiosk.says("VM peer connected")
        self.rig = rig

    def input(self):
        """The next message as (kind, ...)."""
        kind, payload = self.peer.receive()
        if kind == KEY:
            return ("key",) + struct.unpack("<II", payload)
        if kind == POINTER:
            return ("pointer",) + struct.unpack("<IiiI", payload)
        if kind == POWER:
            return ("power",) + struct.unpack("<I", payload)
        return (kind, payload)

    def expect(self, *wanted):
        """Skips what comes before."""
        seen = []
        for _ in range(200):
            seen.append(self.input())
            if seen[-1] == wanted:
                return seen
        check(False, f"{wanted} did not come, but {seen[-20:]}")

    def enter(self):
        """Moves in until the window is there and has the pointer."""
        def try_once():
            self.x.move(100, 100)
            self.x.move(400, 300)
            try:
                while True:
                    kind, payload = self.peer.receive(0.5)
                    if kind == POINTER and struct.unpack("<IiiI", payload)[1:3] == (16384, 16384):
                        return True
            except TimeoutError:
                return False
        wait_for(try_once, "the pointer in the window")

    def finish(self):
        self.kiosk.signal(TERM)
        check(self.kiosk.wait() == 0, "exit status")
        self.peer.close()
        if self.manager:
            self.manager.stop()


def keys_are_sent_as_evdev_codes(rig):
    desk = Desk(rig)
    desk.enter()
    for code in (KEY_A, LEFTMETA, ESC):
        desk.x.key(code, True)
        desk.expect("key", code, 1)
        desk.x.key(code, False)
        desk.expect("key", code, 0)
    desk.finish()


def a_held_key_does_not_repeat(rig):
    desk = Desk(rig)
    desk.enter()
    desk.x.key(KEY_A, True)
    desk.expect("key", KEY_A, 1)
    try:
        check(False, f"more came: {desk.peer.receive(1.5)}") # the server repeats after 0.66 s
    except TimeoutError:
        pass
    desk.x.key(KEY_A, False)
    desk.expect("key", KEY_A, 0)
    desk.finish()


def positions_are_fractions_of_the_picture(rig):
    desk = Desk(rig)
    desk.enter()
    # The picture is the whole window: 800x600.
    for x, y in ((0, 0), (200, 150), (799, 599), (600, 450)):
        desk.x.move(x, y)
        desk.expect("pointer", ABS, x * 32768 // 800, y * 32768 // 600, 0)
    desk.finish()


def buttons_and_wheel_are_sent(rig):
    desk = Desk(rig)
    desk.enter()
    for number, code in ((1, BTN_LEFT), (2, BTN_MIDDLE), (3, BTN_RIGHT)):
        desk.x.button(number, True)
        desk.expect("pointer", BUTTON, code, 1, 0)
        desk.x.button(number, False)
        desk.expect("pointer", BUTTON, code, 0, 0)
    for number, vertical in ((4, -120), (5, 120)): # wlroots takes no more from an X server
        desk.x.button(number, True)
        desk.x.button(number, False)
        desk.expect("pointer", WHEEL, vertical, 0, 0)
    desk.finish()


def a_chord_takes_the_input_and_leaves_no_key_down(rig):
    desk = Desk(rig)
    desk.enter()
    desk.x.key(KEY_A, True)
    desk.expect("key", KEY_A, 1)
    for code in (LEFTCTRL, LEFTALT):
        desk.x.key(code, True)
        desk.expect("key", code, 1)
    desk.x.key(KEY_G, True)
    up = {desk.input()[1:] for _ in range(3)}
    check(up == {(KEY_A, 0), (LEFTCTRL, 0), (LEFTALT, 0)}, f"released: {up}")
    desk.kiosk.says("input is taken from the guest")
    for code in (KEY_G, LEFTALT, LEFTCTRL, KEY_A):
        desk.x.key(code, False)
    desk.x.key(ESC, True)
    desk.x.key(ESC, False)
    desk.x.move(10, 10)
    desk.x.button(1, True)
    desk.x.button(1, False)
    # And back: nothing of the above may have been sent.
    for code in (LEFTCTRL, LEFTALT, KEY_G):
        desk.x.key(code, True)
    desk.kiosk.says("input goes to the guest")
    for code in (KEY_G, LEFTALT, LEFTCTRL):
        desk.x.key(code, False)
    desk.x.key(KEY_A, True)
    check(desk.input() == ("key", KEY_A, 1), "something came through")
    desk.x.key(KEY_A, False)
    desk.finish()


def closing_presses_the_power_button_then_quits(rig):
    desk = Desk(rig)
    desk.enter()

    def press_chord():
        for code in (LEFTCTRL, LEFTALT, BACKSPACE):
            desk.x.key(code, True)
        for code in (BACKSPACE, LEFTALT, LEFTCTRL):
            desk.x.key(code, False)

    press_chord()
    desk.expect("power", 0)
    press_chord()
    desk.expect("power", 1)
    check(desk.kiosk.wait() == 0, "exit status")
    desk.peer.close()


def a_closed_window_comes_back_once(rig):
    desk = Desk(rig)
    desk.enter()
    desk.x.close_window(desk.x.window_at(400, 300))
    desk.expect("power", 0)
    desk.kiosk.says("output X11-2:")
    desk.enter()
    desk.x.close_window(desk.x.window_at(400, 300))
    desk.expect("power", 1)
    check(desk.kiosk.wait() == 0, "exit status")
    desk.peer.close()


def a_chord_makes_the_window_full_screen_and_back(rig):
    desk = Desk(rig, managed=True)
    desk.enter()
    window = desk.x.window_at(400, 300)
    check(desk.x.class_of(window) == b"pvg-kiosk\0pvg-kiosk\0", f"{desk.x.class_of(window)}")

    def chord():
        for down in (True, False):
            for code in (LEFTCTRL, LEFTALT, KEY_F):
                desk.x.key(code, down)
    for size in ("1024x768", "800x600"):
        at = len(desk.kiosk.log)
        chord()
        desk.kiosk.says(f"modes from {size}", at)
    check(desk.manager.asked == [(TOGGLE, window)] * 2, f"{desk.manager.asked}")
    desk.finish()


def a_window_starts_full_screen(rig):
    desk = Desk(rig, "--fullscreen", managed=True)
    desk.kiosk.says("modes from 1024x768")
    check([action for action, _ in desk.manager.asked] == [ADD], f"{desk.manager.asked}")
    desk.finish()


def without_a_window_manager_nothing_is_full_screen(rig):
    desk = Desk(rig)
    desk.enter()
    for code in (LEFTCTRL, LEFTALT, KEY_F):
        desk.x.key(code, True)
    desk.kiosk.says("no window manager that knows full screen")
    desk.finish()


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
