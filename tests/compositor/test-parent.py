#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pvg-kiosk in windows of a parent compositor that does what the test wants.

test-parent.py KIOSK GUESTSIM CASE
"""
import os
import struct
import time

from parent import Parent
from peer import INPUT, KEY, POINTER, Peer
from rig import TERM, Png, check, need, run_case, wait_for

ABS, REL, BUTTON, WHEEL = 0, 1, 2, 3
BTN_LEFT = 0x110
KEY_A, KEY_F, KEY_G, LEFTCTRL, LEFTALT, LEFTSHIFT, VOLUMEUP = 30, 33, 34, 29, 56, 42, 115
ABSOLUTE, RELATIVE, PS2 = 1, 2, 4


class Desk:
    """A parent, the kiosk in it and, when wanted, a VM that only listens."""

    def __init__(self, rig, *args, vm=True, devices=ABSOLUTE | RELATIVE, windows=1, **kwargs):
        self.rig = rig
        self.parent = Parent(rig, **kwargs)
        self.kiosk = rig.kiosk("--mode", "800x600", *args, backend=None,
            env={"WAYLAND_DISPLAY": "parent"})
        self.kiosk.says("display 0: described")
        self.windows = [self.parent.window(i) for i in range(windows)]
        self.window = self.windows[0]
        self.peer = None
        if vm:
            self.peer = Peer(rig.path("pvg-0.sock"))
            self.peer.attach(displays=windows)
            self.peer.send(INPUT, struct.pack("<I", devices), flags=0)
            self.kiosk.says("VM peer connected")
            self.parent.ask(lambda: "of VM peer" in self.window.title, "the VM in the title")

    def do(self, name, *args):
        self.kiosk.read() # or it waits for somebody to take its words
        self.parent.do(getattr(self.parent, name), *args)

    def next(self, seconds=20):
        """The next message, (kind, ...); None when none comes."""
        try:
            kind, payload = self.peer.receive(seconds)
        except TimeoutError:
            return None
        if kind == KEY:
            return ("key",) + struct.unpack("<II", payload)
        if kind == POINTER:
            return ("pointer",) + struct.unpack("<IiiI", payload)
        return (kind, payload)

    def expect(self, *wanted):
        """Exactly these, in this order."""
        for want in wanted:
            got = self.next()
            check(got == want, f"{got} instead of {want}")

    def quiet(self):
        """Nothing is on its way: what is done next is all that comes."""
        got = self.next(0.3)
        check(got is None, f"{got} came")

    def finish(self):
        self.kiosk.signal(TERM)
        check(self.kiosk.wait() == 0, "exit status")
        if self.peer:
            self.peer.close()
        self.parent.die()
        check(self.parent.error is None, f"parent: {self.parent.error}")


def place(x, y, width=800, height=600):
    return x * 32768 // width, y * 32768 // height


def a_motion_said_twice_is_sent_once(rig):
    desk = Desk(rig)
    desk.do("enter", desk.window)
    desk.do("give_keys", desk.window)
    for x, y in ((100, 100), (300, 200), (799, 599)):
        desk.do("move", x, y, 10, 10) # the difference is another one: it must not count
        desk.expect(("pointer", ABS, *place(x, y), 0))
    desk.quiet()
    desk.finish()


def a_vm_without_a_tablet_gets_differences_and_the_parents_pointer(rig):
    desk = Desk(rig, devices=PS2)
    parent = desk.parent
    desk.do("enter", desk.window)
    desk.do("move", 100, 100, 5, -7)
    desk.expect(("pointer", REL, 5, -7, 0))
    check(parent.do(lambda: parent.locked) is None, "locked without a click")
    desk.do("button", BTN_LEFT, True)
    desk.expect(("pointer", BUTTON, BTN_LEFT, 1, 0))
    parent.ask(lambda: parent.locked is desk.window, "the lock")
    parent.ask(lambda: "Ctrl+Alt+G" in desk.window.title, "the way out in the title")
    desk.do("button", BTN_LEFT, False)
    desk.expect(("pointer", BUTTON, BTN_LEFT, 0, 0))
    for _ in range(3):
        desk.do("move", 0, 0, 1.5, 0.25) # fractions add up
    desk.expect(*[("pointer", REL, x, 0, 0) for x in (1, 2, 1)])
    desk.do("move", 0, 0, 0, 0.25)
    desk.expect(("pointer", REL, 0, 1, 0))
    # The chord lets go of it.
    for code in (LEFTCTRL, LEFTALT, KEY_G):
        desk.do("key", code, True)
    parent.ask(lambda: parent.locked is None, "the release")
    for code in (KEY_G, LEFTALT, LEFTCTRL):
        desk.do("key", code, False)
    desk.finish()


def a_hidden_pointer_makes_motion_relative_until_it_is_back(rig):
    desk = Desk(rig, vm=False)
    parent = desk.parent
    guest = rig.start(rig.sim("--socket", rig.path("pvg-0.sock"), "--seconds", "0", "--fps", "20",
        "--hide", "20", "--unhide", "200"), stdout=open(rig.path("lines"), "wb"))
    desk.kiosk.says("the guest shows 800x600")

    def lines(text):
        with open(rig.path("lines"), encoding="utf-8") as file:
            return [line for line in file if text in line]
    desk.do("enter", desk.window)
    wait_for(lambda: lines('"hidden"'), "the hidden pointer")

    def nudge():
        desk.do("move", 400, 300, 3, 4)
        return parent.do(lambda: parent.locked is desk.window)
    wait_for(nudge, "the lock")
    before = len(lines('"kind":1,"a":7,"b":-2'))
    desk.do("move", 0, 0, 7, -2)
    wait_for(lambda: len(lines('"kind":1,"a":7,"b":-2')) == before + 1, "relative motion")
    wait_for(lambda: lines('"unhidden"'), "the pointer again")
    parent.ask(lambda: parent.locked is None, "the release")
    check(parent.do(lambda: parent.hint) is not None, "the parent was not told where it goes")
    desk.do("move", 200, 150, 1, 1)
    wait_for(lambda: lines('"kind":0,"a":8192,"b":8192'), "absolute motion")
    guest.signal(TERM)
    guest.wait()
    desk.finish()


def carried(parent):
    """What the parent shows as its pointer, None while it hides it."""
    cursor = parent.do(lambda: parent.cursor)
    return None if cursor in (None, "hidden") else cursor


def captured_with_its_pointer(rig, kiosk):
    need("grim")
    kiosk.read()
    sockets = [name for name in os.listdir(rig.folder)
               if name.startswith("wayland-") and not name.endswith(".lock")]
    done = rig.start(["grim", "-c", rig.path("grim.png")],
        env={**rig.env, "WAYLAND_DISPLAY": sockets[0]})
    check(done.wait() == 0, f"grim: {done.log}")
    check(Png(rig.path("grim.png")).find((255, 255, 0)) is not None, "captured without it")


def the_guests_glyph_is_the_parents_pointer(rig):
    desk = Desk(rig, "--log-level", "debug", vm=False, scale=240)
    parent, kiosk = desk.parent, desk.kiosk
    width, height = 1600, 1200 # pixels of a window of 800x600
    guest = rig.guest("--pointer", "2", "--seconds", "0", "--hide", "100000000")
    at = kiosk.says(f"the guest shows {width}x{height}")
    desk.do("enter", desk.window, 100, 100)
    check(carried(parent) is None, "shown before the guest's pointer is there")
    desk.do("move", 200, 150)
    at = kiosk.says("shown by the session around us", at)
    cursor = wait_for(lambda: carried(parent), "the glyph as the parent's pointer")
    (glyph_width, glyph_height), shown, hot, pixels = cursor
    check(glyph_width == glyph_height and len(set(pixels[i:i + 4] for i in
        range(0, len(pixels), 4))) == 2, "not the guest's glyph")
    # It has the guest's pixels, which are half as large as the parent's units.
    check(shown == (glyph_width // 2, glyph_height // 2), f"{glyph_width} shown as {shown}")
    check(0 <= hot[0] < shown[0] and 0 <= hot[1] < shown[1], f"hot spot {hot}")
    # While it moves, quickly and with a guest behind, nothing changes.
    for i in range(60):
        desk.do("move", 20 + i * 12, 30 + i * 9)
        time.sleep(0.01)
    kiosk.read()
    check("drawn where the guest has it" not in kiosk.log[at:], "it was taken away while moving")
    # A capture with the pointer has it.
    captured_with_its_pointer(rig, kiosk)
    # In the other window, or none, it is where the guest says.
    desk.do("leave", desk.window)
    desk.do("enter", desk.window, 300, 300)
    desk.do("move", 310, 300)
    kiosk.says("shown by the session around us", at)
    guest.signal(TERM)
    guest.wait()
    wait_for(lambda: carried(parent) is None, "the parent's pointer after the guest")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def a_pointer_that_goes_its_own_way_is_drawn(rig):
    desk = Desk(rig, "--log-level", "debug", vm=False)
    parent, kiosk = desk.parent, desk.kiosk
    guest = rig.guest("--seconds", "0") # moves its pointer all the time
    kiosk.says("the guest shows 800x600")
    desk.do("enter", desk.window, 100, 100)
    for i in range(100):
        desk.do("move", 700, 20 + i % 7)
        time.sleep(0.01)
    kiosk.read()
    check("shown by the session around us" not in kiosk.log, "taken for the guest's")
    check(carried(parent) is None, "the parent shows it too")
    guest.signal(TERM)
    guest.wait()
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def wheels_and_touchpads_scroll(rig):
    desk = Desk(rig)
    desk.do("enter", desk.window)
    desk.do("scroll", 0, 15, 1)
    desk.expect(("pointer", WHEEL, 120, 0, 0))
    desk.do("scroll", 1, -15, -1)
    desk.expect(("pointer", WHEEL, 0, -120, 0))
    for _ in range(4):
        desk.do("scroll", 0, 0.05, None, 1)
    desk.expect(("pointer", WHEEL, 1, 0, 0)) # 4 * 0.05 / 15 of a notch
    desk.do("scroll", 0, 0, None, 1, True)
    desk.do("scroll", 0, -1.5, None, 1)
    desk.expect(("pointer", WHEEL, -12, 0, 0))
    desk.finish()


def a_finger_is_the_pointer_with_its_button(rig):
    desk = Desk(rig, "--displays", "2", windows=2)
    one, two = desk.windows
    desk.do("finger", "down", one, 3, 400, 300)
    desk.expect(("pointer", ABS, 16384, 16384, 0), ("pointer", BUTTON, BTN_LEFT, 1, 0))
    desk.do("finger", "down", one, 4, 10, 10) # another finger is nothing
    desk.do("finger", "move", one, 4, 20, 20)
    desk.do("finger", "move", one, 3, 200, 150)
    desk.expect(("pointer", ABS, 8192, 8192, 0))
    desk.do("finger", "up", one, 4)
    desk.do("finger", "up", one, 3)
    desk.expect(("pointer", BUTTON, BTN_LEFT, 0, 0))
    desk.do("finger", "down", two, 0, 200, 150)
    desk.expect(("pointer", ABS, 8192, 8192, 1), ("pointer", BUTTON, BTN_LEFT, 1, 0))
    desk.do("finger", "cancel", two, 0)
    desk.expect(("pointer", BUTTON, BTN_LEFT, 0, 0))
    desk.finish()


def each_window_is_a_display_with_its_own_pointer(rig):
    desk = Desk(rig, "--displays", "2", windows=2)
    check([w.title for w in desk.windows] == ["pvg-kiosk: display 1 of VM peer",
        "pvg-kiosk: display 2 of VM peer"], f"titles {[w.title for w in desk.windows]}")
    check({(w.app_id, w.icon) for w in desk.windows} == {("pvg-kiosk", "pvg-kiosk")}, "app id")
    for port, window in enumerate(desk.windows):
        desk.do("enter", window)
        desk.do("move", 200, 150, 1, 1)
        desk.expect(("pointer", ABS, 8192, 8192, port))
        # A drag that leaves the window to the right stays at the edge of its own display.
        desk.do("move", 1000, 300, 1, 1)
        desk.expect(("pointer", ABS, 32767, 16384, port))
        desk.do("leave", window)
    desk.finish()


def nothing_stays_down_when_the_keys_go_elsewhere(rig):
    desk = Desk(rig)
    desk.do("enter", desk.window)
    desk.do("give_keys", desk.window)
    for code in (KEY_A, LEFTSHIFT, VOLUMEUP):
        desk.do("key", code, True)
        desk.expect(("key", code, 1))
    desk.do("take_keys", desk.window)
    up = {desk.next() for _ in range(3)}
    check(up == {("key", code, 0) for code in (KEY_A, LEFTSHIFT, VOLUMEUP)}, f"{up}")
    desk.quiet()
    # The same with a window that is closed: it comes back without them.
    desk.do("give_keys", desk.window)
    desk.do("key", KEY_A, True)
    desk.expect(("key", KEY_A, 1))
    desk.do("take_keys", desk.window)
    desk.expect(("key", KEY_A, 0))
    desk.finish()


def the_parents_shortcuts_are_the_guests_while_it_has_the_keys(rig):
    desk = Desk(rig, vm=False)
    parent = desk.parent
    check(not desk.window.inhibited, "inhibited without a VM")
    desk.peer = Peer(rig.path("pvg-0.sock"))
    desk.peer.attach()
    parent.ask(lambda: desk.window.inhibited, "the shortcuts")
    desk.do("give_keys", desk.window)
    for code in (LEFTCTRL, LEFTALT, KEY_G):
        desk.do("key", code, True)
    parent.ask(lambda: not desk.window.inhibited, "their release")
    parent.ask(lambda: "Ctrl+Alt+G: keys and pointer to the VM" in desk.window.title, "the hint")
    check("wl_data_device_manager" not in parent.bound, "the parent's clipboard was touched")
    desk.finish()


def shortcuts_can_be_left_to_the_desktop_and_chords_moved(rig):
    desk = Desk(rig, "--keep-shortcuts", "--chord", "super+shift")
    desk.do("enter", desk.window)
    desk.do("give_keys", desk.window)
    for code in (LEFTCTRL, LEFTALT, KEY_G):
        desk.do("key", code, True)
        desk.expect(("key", code, 1))
    check(not desk.window.inhibited, "inhibited")
    for code in (LEFTCTRL, LEFTALT, KEY_G):
        desk.do("key", code, False)
        desk.expect(("key", code, 0))
    for code in (125, LEFTSHIFT, KEY_G):
        desk.do("key", code, True)
    desk.kiosk.says("input is taken from the guest")
    desk.finish()


def a_key_makes_the_window_full_screen_and_back(rig):
    desk = Desk(rig)
    parent = desk.parent
    desk.do("give_keys", desk.window)

    def press():
        for down in (True, False):
            for code in (LEFTCTRL, LEFTALT, KEY_F) if down else (KEY_F, LEFTALT, LEFTCTRL):
                desk.do("key", code, down)
    press()
    parent.ask(lambda: desk.window.fullscreen and desk.window.size == (1600, 900), "full screen")
    desk.kiosk.says("modes from 1600x900@")
    press()
    parent.ask(lambda: not desk.window.fullscreen and desk.window.size == (800, 600), "the window")
    check(parent.do(lambda: desk.window.acked == desk.window.serial), "an answer is missing")
    desk.finish()


def a_window_can_start_full_screen(rig):
    desk = Desk(rig, "--fullscreen")
    desk.parent.ask(lambda: desk.window.fullscreen and desk.window.size == (1600, 900),
        "full screen")
    desk.finish()


def pixels_are_the_hosts_where_the_parent_scales(rig):
    desk = Desk(rig, scale=180) # one and a half
    parent = desk.parent
    desk.do("configure", desk.window, 640, 480)
    parent.ask(lambda: desk.window.size == (960, 720) and desk.window.destination == (640, 480),
        "a picture in pixels")
    desk.do("enter", desk.window)
    desk.do("move", 160, 120, 1, 1)
    desk.expect(("pointer", ABS, 8192, 8192, 0))
    desk.do("set_scale", desk.window, 240)
    parent.ask(lambda: desk.window.size == (1280, 960), "the new scale")
    desk.do("move", 320, 240, 1, 1)
    desk.expect(("pointer", ABS, 16384, 16384, 0))
    desk.finish()


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="utf-8") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resizes(rig, *args):
    """A hundred sizes a second for ten seconds; returns (kiosk, sizes the guest showed)."""
    desk = Desk(rig, "--stats", "stats.json", *args, vm=False)
    parent, window = desk.parent, desk.window
    guest = rig.guest("--seconds", "0")
    desk.kiosk.says("the guest shows 800x600")

    def storm(seconds):
        for i in range(int(seconds * 100)):
            desk.do("configure", window, 640 + 7 * i % 320, 480 + 5 * i % 240)
            time.sleep(0.01)
    storm(2) # what a window of all these sizes takes for good
    settled = resident(desk.kiosk.pid), descriptors(desk.kiosk.pid)
    storm(10)
    mark = len(desk.kiosk.log)
    desk.do("configure", window, 900, 700)
    parent.ask(lambda: window.size == (900, 700), "the last size")
    check(parent.do(lambda: window.acked == window.serial), "an answer is missing")
    return desk, guest, settled, mark


def a_storm_of_resizes_ends_with_the_right_size_and_no_leak(rig):
    desk, guest, (memory, fds), mark = resizes(rig)
    desk.kiosk.says("from 900x700@", mark)
    desk.kiosk.says("the guest shows 900x700", mark)
    wait_for(lambda: descriptors(desk.kiosk.pid) <= fds + 4,
        f"descriptors: {fds} before, {descriptors(desk.kiosk.pid)} after")
    grown = (resident(desk.kiosk.pid) - memory) >> 20
    check(grown < 32, f"the kiosk grew by {grown} MiB")
    print(f"12 s of 100 sizes a second: {desk.window.buffers} pictures, memory {grown:+} MiB, "
        f"{fds} to {descriptors(desk.kiosk.pid)} descriptors")
    guest.signal(TERM)
    check(guest.wait() == 0, "the guest lost something")
    desk.finish()
    check(rig.stats()[-1]["watchdogs"] == 0, "flips were lost")


def a_resize_may_leave_the_guest_alone(rig):
    desk = Desk(rig, "--window-resize", "scale", vm=False)
    guest = rig.guest("--seconds", "0")
    desk.kiosk.says("the guest shows 800x600")
    desk.do("configure", desk.window, 1000, 500)
    desk.parent.ask(lambda: desk.window.size == (1000, 500), "the size")
    shown = desk.window.buffers
    wait_for(lambda: desk.window.buffers > shown + 60, "frames of a second") # it hears after 250 ms
    desk.kiosk.read()
    check("the guest shows 1000x500" not in desk.kiosk.log, "the guest followed")
    guest.signal(TERM)
    guest.wait()
    desk.finish()


def a_parent_that_dies_leaves_the_vm_alone(rig):
    parent = Parent(rig)
    kiosk = rig.kiosk("--mode", "640x480", backend=None, env={"WAYLAND_DISPLAY": "parent"},
        command=rig.sim("--seconds", "8"))
    kiosk.says("the guest shows 640x480")
    parent.die()
    check(kiosk.wait() == 3, "exit status")
    check("the display went away: the VM goes on" in kiosk.log, "the message")
    check("the command goes on as process" in kiosk.log, "what becomes of the command")
    check(f"--socket {rig.path('pvg-0.sock')}" in kiosk.log, "where it looks")
    pid = int(kiosk.log.split("the command goes on as process ")[1].split(";")[0])
    # Another kiosk on the same socket, and the VM is there again.
    after = rig.kiosk("--mode", "640x480", "--socket", rig.path("pvg-0.sock"))
    after.says("VM ")
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the VM's own end")
    after.signal(TERM)
    check(after.wait() == 0, "exit status of the second kiosk")


def a_parent_without_extras_will_do(rig):
    desk = Desk(rig, devices=PS2, without=("wp_viewporter", "wp_fractional_scale_manager_v1",
        "xdg_toplevel_icon_manager_v1", "zwp_keyboard_shortcuts_inhibit_manager_v1",
        "zwp_pointer_constraints_v1", "zwp_relative_pointer_manager_v1",
        "zxdg_decoration_manager_v1", "wp_presentation"))
    desk.do("enter", desk.window, 100, 100)
    desk.do("move", 100, 100)
    desk.do("move", 110, 90)
    seen = []
    while not seen or seen[-1] != ("pointer", REL, 10, -10, 0):
        seen.append(desk.next())
        check(seen[-1] is not None and seen[-1][:2] == ("pointer", REL), f"{seen}")
    desk.do("button", BTN_LEFT, True)
    desk.expect(("pointer", BUTTON, BTN_LEFT, 1, 0))
    desk.do("configure", desk.window, 1024, 768)
    desk.parent.ask(lambda: desk.window.size == (1024, 768), "the size")
    desk.finish()


def a_closed_window_comes_back_as_the_same_display(rig):
    desk = Desk(rig, "--displays", "2", windows=2)
    desk.do("close", desk.windows[0])
    check(desk.next()[0] == 0x45, "no power button")
    desk.parent.ask(lambda: len(desk.parent.windows) == 2 and
        desk.parent.windows[1].title == "pvg-kiosk: display 1 of VM peer", "the window again")
    desk.do("close", desk.windows[1])
    check(desk.next()[0] == 0x45, "no power button")
    check(desk.kiosk.wait() == 0, "exit status")
    desk.peer.close()
    desk.parent.die()
    check(desk.parent.error is None, f"parent: {desk.parent.error}")


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
