#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each protocol that the kiosk offers to other programs, spoken by hand.

test-protocols.py KIOSK GUESTSIM CASE
"""
import ctypes
import ctypes.util
import mmap
import os
import re
import struct
import time

import wlproto
from parent import Parent
from peer import KEY, POINTER, Peer
from rig import TERM, Skip, check, need, read_frame, run_case, wait_for
from wlclient import Client, fixed, uint

ABS, BUTTON, WHEEL = 0, 2, 3
KEY_A, LEFTSHIFT, BTN_LEFT = 30, 42, 0x110
MAGENTA, YELLOW = (255, 0, 255), (255, 255, 0)
XRGB8888 = 1


class Desk:
    """A kiosk and a client of it."""

    def __init__(self, rig, *args, **kwargs):
        wlproto.learn_core()
        wlproto.learn_wlr()
        self.rig = rig
        self.kiosk = rig.kiosk("--mode", "640x480", *args, **kwargs)
        name = wait_for(lambda: next((n for n in os.listdir(rig.folder)
            if re.fullmatch(r"wayland-\d+", n)), None), "the kiosk's Wayland socket")
        self.kiosk.says("display 0: described")
        self.socket = rig.path(name)
        self.client = self.connect()
        self.guest = None

    def connect(self):
        return Client(self.socket)

    def show(self, *args):
        self.guest = self.rig.guest("--seconds", "0", *args)
        self.kiosk.says("the guest shows 640x480")

    def finish(self):
        self.client.close()
        if self.guest:
            self.guest.signal(TERM)
            self.guest.wait()
        self.kiosk.signal(TERM)
        check(self.kiosk.wait() == 0, "exit status")


class Window:
    """A client's window with one picture of one colour."""

    def __init__(self, client):
        self.client = client
        self.surface = client.make(client.bind("wl_compositor", 4), "create_surface", "wl_surface")
        base = client.bind("xdg_wm_base", 1)
        xdg = client.make(base, "get_xdg_surface", "xdg_surface", uint(self.surface))
        client.make(xdg, "get_toplevel", "xdg_toplevel")
        client.request(self.surface, "commit")
        serial = client.wait(xdg, "configure")[1][0]
        client.request(xdg, "ack_configure", uint(serial))
        self.buffer, _ = shm_buffer(client, 640, 480)
        self.commit()

    def commit(self):
        self.client.request(self.surface, "attach", uint(self.buffer, 0, 0))
        self.client.request(self.surface, "damage", uint(0, 0, 640, 480))
        self.client.request(self.surface, "commit")


def shm_buffer(client, width, height, stride=None, form=XRGB8888):
    """(buffer, its memory)"""
    stride = stride or width * 4
    fd = os.memfd_create("buffer")
    os.ftruncate(fd, stride * height)
    memory = mmap.mmap(fd, stride * height)
    shm = client.bind("wl_shm", 1)
    pool = client.new("wl_shm_pool")
    client.request(shm, "create_pool", uint(pool, stride * height), [fd])
    os.close(fd)
    return client.make(pool, "create_buffer", "wl_buffer", uint(0, width, height, stride, form)), \
        memory


class Pixels:
    """The interface of rig.Png over BGRX pixels."""

    def __init__(self, memory, width, height, stride):
        self.width, self.height = width, height
        rows = [memory[y * stride:y * stride + width * 4] for y in range(height)]
        rgb = bytearray(width * height * 3)
        for i in range(3):
            rgb[i::3] = b"".join(row[2 - i::4] for row in rows)
        self.pixels = bytes(rgb)

    def __call__(self, x, y):
        at = (y * self.width + x) * 3
        return tuple(self.pixels[at:at + 3])

    def count(self, colour):
        return sum(self.pixels[i:i + 3] == bytes(colour) for i in range(0, len(self.pixels), 3))


# ---- looking at the screen -----------------------------------------------------------------------

def copy_screen(client, pointer):
    manager = client.bind("zwlr_screencopy_manager_v1", 3)
    output = client.bind("wl_output", 1)
    frame = client.make(manager, "capture_output", "zwlr_screencopy_frame_v1", uint(pointer, output))
    form, width, height, stride = client.wait(frame, "buffer")[1]
    check((width, height) == (640, 480), f"{width}x{height}")
    check(client.wait(frame, "buffer_done", "failed")[0] == "buffer_done", "no buffers are taken")
    buffer, memory = shm_buffer(client, width, height, stride, form)
    client.request(frame, "copy", uint(buffer))
    check(client.wait(frame, "ready", "failed")[0] == "ready", "the copy failed")
    flags = client.wait(frame, "flags")[1][0]
    check(flags == 0, f"flags {flags}")
    client.request(frame, "destroy")
    return Pixels(memory, width, height, stride)


def the_guests_picture_is_copied_with_its_pointer(rig):
    desk = Desk(rig)
    desk.show()
    with_pointer = wait_for(lambda: (p := copy_screen(desk.client, 1)).count(MAGENTA) and
        p.count(YELLOW) and p, "the guest and its pointer")
    read_frame(with_pointer)
    # Without a cursor plane it is part of what the output shows, asked for or not.
    first = read_frame(copy_screen(desk.client, 0))
    wait_for(lambda: read_frame(copy_screen(desk.client, 0)) > first, "the next frame")
    desk.finish()


def a_copy_into_the_wrong_memory_is_an_error(rig):
    desk = Desk(rig)
    desk.show()
    for width, height, form in ((320, 480, XRGB8888), (640, 480, 0x36314752)): # RG16
        client = desk.connect()
        manager = client.bind("zwlr_screencopy_manager_v1", 3)
        frame = client.make(manager, "capture_output", "zwlr_screencopy_frame_v1",
            uint(1, client.bind("wl_output", 1)))
        check(client.wait(frame, "buffer_done", "failed")[0] == "buffer_done", "no buffers")
        buffer, _ = shm_buffer(client, width, height, 640 * 4, form)
        client.request(frame, "copy", uint(buffer))
        check(client.is_refused(), "it was taken")
        client.close()
    copy_screen(desk.client, 1) # nobody else has been cut off
    desk.finish()


def a_screen_without_dmabufs_says_so(rig):
    desk = Desk(rig)
    desk.show()
    client = desk.client
    manager = client.bind("zwlr_export_dmabuf_manager_v1")
    for _ in range(3):
        frame = client.make(manager, "capture_output", "zwlr_export_dmabuf_frame_v1",
            uint(1, client.bind("wl_output", 1)))
        answer = client.wait(frame, "cancel", "ready")
        if answer[0] == "ready":
            raise Skip("this machine's headless outputs have dmabufs")
        client.request(frame, "destroy")
    desk.finish()


def a_picture_of_a_session_is_copied(rig):
    """ext-image-copy-capture, which wlroots has from 0.19 on."""
    wlproto.learn("staging/ext-image-capture-source/ext-image-capture-source-v1.xml",
        "staging/ext-image-copy-capture/ext-image-copy-capture-v1.xml")
    desk = Desk(rig)
    client = desk.client
    if "ext_image_copy_capture_manager_v1" not in client.globals:
        raise Skip("built with wlroots 0.18")
    desk.show()
    sources = client.bind("ext_output_image_capture_source_manager_v1")
    source = client.make(sources, "create_source", "ext_image_capture_source_v1",
        uint(client.bind("wl_output", 1)))
    manager = client.bind("ext_image_copy_capture_manager_v1")

    def take(session):
        client.wait(session, "done")
        width, height = client.wait(session, "buffer_size")[1]
        buffer, memory = shm_buffer(client, width, height)
        frame = client.make(session, "create_frame", "ext_image_copy_capture_frame_v1")
        client.request(frame, "attach_buffer", uint(buffer))
        client.request(frame, "damage_buffer", uint(0, 0, width, height))
        client.request(frame, "capture")
        answer = client.wait(frame, "ready", "failed")
        check(answer[0] == "ready", f"failed: {answer[1]}")
        client.request(frame, "destroy")
        return Pixels(memory, width, height, width * 4)
    paint_cursors = 1
    session = client.make(manager, "create_session", "ext_image_copy_capture_session_v1",
        uint(source, paint_cursors))
    seen = wait_for(lambda: (p := take(session)).count(YELLOW) and p, "the guest and its pointer")
    check((seen.width, seen.height) == (640, 480), f"{seen.width}x{seen.height}")
    read_frame(seen)
    plain = client.make(manager, "create_session", "ext_image_copy_capture_session_v1",
        uint(source, 0))
    read_frame(take(plain))
    # The pointer alone: its session says what it has, and ends when the client wants it to.
    seat = client.bind("wl_seat", 7)
    pointer = client.make(seat, "get_pointer", "wl_pointer")
    cursor = client.make(manager, "create_pointer_cursor_session",
        "ext_image_copy_capture_cursor_session_v1", uint(source, pointer))
    client.make(cursor, "get_capture_session", "ext_image_copy_capture_session_v1")
    check(client.roundtrip(), f"cut off: {client.error}")
    client.request(cursor, "destroy")
    desk.finish()


# ---- the screen itself ---------------------------------------------------------------------------

def power_is_one_clients_at_a_time(rig):
    desk = Desk(rig)

    def control_of(client):
        output = client.bind("wl_output", 1)
        manager = client.bind("zwlr_output_power_manager_v1")
        control = client.make(manager, "get_output_power", "zwlr_output_power_v1", uint(output))
        return control, client.wait(control, "mode", "failed")
    one, two = desk.client, desk.connect()
    control, answer = control_of(one)
    check(answer == ("mode", [1]), f"{answer}: it is not on")
    check(control_of(two)[1] == ("failed", []), "two clients switch one output")
    one.events.clear()
    one.request(control, "set_mode", uint(0))
    check(one.wait(control, "mode", "failed") == ("mode", [0]), "it is not off")
    desk.kiosk.says("output HEADLESS-1: switched off")
    one.events.clear()
    one.request(control, "set_mode", uint(1))
    check(one.wait(control, "mode", "failed") == ("mode", [1]), "it is not on again")
    one.request(control, "set_mode", uint(7))
    check(one.is_refused(), "mode 7 was taken")
    one.close()
    # It ended, so that it is somebody else's turn.
    wait_for(lambda: control_of(two)[1] == ("mode", [1]), "the other client's turn")
    desk.client = two
    desk.finish()


def gamma_without_a_table_is_refused_at_once(rig):
    desk = Desk(rig)
    client = desk.client
    manager = client.bind("zwlr_gamma_control_manager_v1")
    control = client.make(manager, "get_gamma_control", "zwlr_gamma_control_v1",
        uint(client.bind("wl_output", 1)))
    check(client.wait(control, "failed", "gamma_size")[0] == "failed", "a table of what?")
    fd = os.memfd_create("gamma")
    os.ftruncate(fd, 6)
    client.request(control, "set_gamma", b"", [fd]) # an inert object takes anything
    os.close(fd)
    check(client.roundtrip(), f"cut off: {client.error}")
    desk.finish()


def a_clients_pictures_have_the_times_of_the_screen(rig):
    wlproto.learn("stable/presentation-time/presentation-time.xml")
    desk = Desk(rig)
    client = desk.client
    presentation = client.bind("wp_presentation")
    check(client.wait(presentation, "clock_id")[1] == [time.CLOCK_MONOTONIC], "another clock")
    window = Window(client)
    last = 0
    for _ in range(5):
        feedback = client.new("wp_presentation_feedback")
        client.request(presentation, "feedback", uint(window.surface, feedback))
        before = time.monotonic_ns()
        window.commit()
        name, args = client.wait(feedback, "presented", "discarded")
        check(name == "presented", "discarded")
        when = (args[0] << 32 | args[1]) * 10**9 + args[2]
        check(before <= when <= time.monotonic_ns() + 10**8, "a time that was not then")
        check(when > last, "times go backwards")
        check(args[3] == 0 or 16 * 10**6 <= args[3] <= 17 * 10**6, f"refresh {args[3]} ns")
        last = when
    desk.finish()


def idle_is_told_and_inhibited(rig):
    wlproto.learn("staging/ext-idle-notify/ext-idle-notify-v1.xml",
        "unstable/idle-inhibit/idle-inhibit-unstable-v1.xml")
    desk = Desk(rig)
    client = desk.client
    seat = client.bind("wl_seat", 7)
    notifier = client.bind("ext_idle_notifier_v1")
    idle = client.make(notifier, "get_idle_notification", "ext_idle_notification_v1",
        uint(300, seat))
    client.wait(idle, "idled")

    # A hand moves.
    pointers = client.bind("zwlr_virtual_pointer_manager_v1")
    pointer = client.new("zwlr_virtual_pointer_v1")
    client.request(pointers, "create_virtual_pointer", uint(seat, pointer))
    client.request(pointer, "motion", uint(0) + fixed(3) + fixed(4))
    client.request(pointer, "frame")
    client.wait(idle, "resumed")
    client.events.clear()
    client.wait(idle, "idled")

    # Somebody wants it awake.
    window = Window(client)
    manager = client.bind("zwp_idle_inhibit_manager_v1")
    client.events.clear()
    inhibitor = client.make(manager, "create_inhibitor", "zwp_idle_inhibitor_v1",
        uint(window.surface))
    client.wait(idle, "resumed")
    client.events.clear()
    check(not client.read(1.5) or not [e for e in client.events if e[1] == "idled"],
        "idle while it is inhibited")
    client.request(inhibitor, "destroy")
    client.wait(idle, "idled")

    # The guest plays.
    client.events.clear()
    desk.show()
    client.wait(idle, "resumed")
    desk.guest.signal(TERM)
    desk.guest.wait()
    desk.guest = None
    client.wait(idle, "idled")
    desk.finish()


def a_hand_keeps_the_screens_on_and_wakes_them(rig):
    desk = Desk(rig, "--screen-off", "2")
    client = desk.client
    output = client.bind("wl_output", 1)
    manager = client.bind("zwlr_output_power_manager_v1")
    control = client.make(manager, "get_output_power", "zwlr_output_power_v1", uint(output))
    check(client.wait(control, "mode") == ("mode", [1]), "it is not on")
    seat = client.bind("wl_seat", 7)
    pointers = client.bind("zwlr_virtual_pointer_manager_v1")
    pointer = client.new("zwlr_virtual_pointer_v1")
    client.request(pointers, "create_virtual_pointer", uint(seat, pointer))

    def move():
        client.request(pointer, "motion", uint(0) + fixed(3) + fixed(4))
        client.request(pointer, "frame")
    client.events.clear()
    for _ in range(20):
        move()
        client.read(0.2)
    check(not [e for e in client.events if e[0] == control], "off under a hand that moves")
    desk.kiosk.says("the screens are switched off")
    check(client.wait(control, "mode") == ("mode", [0]), "it is not off")
    client.events.clear()
    move()
    check(client.wait(control, "mode") == ("mode", [1]), "a hand does not wake it")
    desk.finish()


def an_output_that_goes_between_test_and_apply_harms_nobody(rig):
    """A window that is closed while programs hold on to its output in every way there is."""
    parent = Parent(rig)
    # A VM whose power button the closed window presses, so that the window comes back.
    desk = Desk(rig, backend=None, env={"WAYLAND_DISPLAY": "parent"})
    peer = Peer(rig.path("pvg-0.sock"))
    peer.attach()
    desk.kiosk.says("VM peer connected")
    window = parent.window()
    client = desk.client
    output = client.bind("wl_output", 1)
    screencopy = client.bind("zwlr_screencopy_manager_v1", 3)
    export = client.bind("zwlr_export_dmabuf_manager_v1")
    power = client.bind("zwlr_output_power_manager_v1")
    gamma = client.bind("zwlr_gamma_control_manager_v1")
    manager = client.bind("zwlr_output_manager_v1", 2)
    serial = client.wait(manager, "done")[1][0]
    head = client.wait(manager, "head")[1][0]

    def configure(what):
        config = client.make(manager, "create_configuration", "zwlr_output_configuration_v1",
            uint(serial))
        part = client.new("zwlr_output_configuration_head_v1")
        client.request(config, "enable_head", uint(part, head))
        client.request(config, what)
        return config
    config = configure("test")
    check(client.wait(config, "succeeded", "failed", "cancelled")[0] == "succeeded", "the test")
    held = [client.make(screencopy, "capture_output", "zwlr_screencopy_frame_v1", uint(1, output))
        for _ in range(2)]
    switch = client.make(power, "get_output_power", "zwlr_output_power_v1", uint(output))
    check(client.roundtrip(), f"cut off: {client.error}")

    parent.do(parent.close, window)
    desk.kiosk.says("output WL-1: gone")
    config = configure("apply")
    answer = client.wait(config, "succeeded", "failed", "cancelled")
    check(answer is not None and answer[0] != "succeeded", f"{answer}")
    late = client.make(screencopy, "capture_output", "zwlr_screencopy_frame_v1", uint(1, output))
    check(client.wait(late, "failed", "ready")[0] == "failed", "a copy of nothing")
    for frame in held:
        check(client.wait(frame, "failed", "ready")[0] == "failed", "a copy of nothing")
    lost = client.make(export, "capture_output", "zwlr_export_dmabuf_frame_v1", uint(1, output))
    check(client.wait(lost, "cancel", "ready")[0] == "cancel", "a buffer of nothing")
    client.request(switch, "set_mode", uint(0))
    client.make(gamma, "get_gamma_control", "zwlr_gamma_control_v1", uint(output))
    client.make(power, "get_output_power", "zwlr_output_power_v1", uint(output))
    check(client.roundtrip(), f"cut off: {client.error}")
    parent.ask(lambda: len(parent.windows) > 0 and parent.windows[-1].buffers > 0, "the window again")
    desk.finish()
    peer.close()
    parent.die()


# ---- input ---------------------------------------------------------------------------------------

class Hands:
    """A client's keyboard and pointer, and the VM that they are for."""

    def __init__(self, desk, displays=1, output=None):
        self.desk, self.client = desk, desk.client
        self.peer = Peer(desk.rig.path("pvg-0.sock"))
        self.peer.attach(displays=displays)
        desk.kiosk.says("VM peer connected")
        client = self.client
        self.seat = client.bind("wl_seat", 7)
        pointers = client.bind("zwlr_virtual_pointer_manager_v1", 2)
        screen = None if output is None else client.bind("wl_output", 4, output)
        self.pointer = client.new("zwlr_virtual_pointer_v1")
        if screen is None:
            client.request(pointers, "create_virtual_pointer", uint(self.seat, self.pointer))
        else:
            client.request(pointers, "create_virtual_pointer_with_output",
                uint(self.seat, screen, self.pointer))
            self.display = int(client.wait(screen, "name")[1][0].removeprefix("HEADLESS-")) - 1
        keyboards = client.bind("zwp_virtual_keyboard_manager_v1")
        self.keyboard = client.new("zwp_virtual_keyboard_v1")
        client.request(keyboards, "create_virtual_keyboard", uint(self.seat, self.keyboard))

    def keymap(self, text):
        fd = os.memfd_create("keymap")
        os.write(fd, text.encode() + b"\0")
        self.client.request(self.keyboard, "keymap", uint(1, len(text) + 1), [fd])
        os.close(fd)

    def key(self, code, down):
        self.client.request(self.keyboard, "key", uint(0, code, down))

    def next(self, seconds=20):
        try:
            answer = self.peer.receive(seconds)
        except TimeoutError:
            return None
        kind, payload = answer
        if kind == KEY:
            return ("key",) + struct.unpack("<II", payload)
        if kind == POINTER:
            return ("pointer",) + struct.unpack("<IiiI", payload)
        return answer

    def expect(self, *wanted):
        for want in wanted:
            got = self.next()
            check(got == want, f"{got} instead of {want}")

    def finish(self):
        self.desk.finish()
        self.peer.close()


def usual_keymap():
    """xkbcommon's default: a PC keyboard."""
    name = ctypes.util.find_library("xkbcommon")
    if name is None:
        raise Skip("no libxkbcommon to make a keymap with")
    xkb = ctypes.CDLL(name)
    for function in ("xkb_context_new", "xkb_keymap_new_from_names", "xkb_keymap_get_as_string"):
        getattr(xkb, function).restype = ctypes.c_void_p
    context = ctypes.c_void_p(xkb.xkb_context_new(0))
    keymap = ctypes.c_void_p(xkb.xkb_keymap_new_from_names(context, None, 0))
    return ctypes.string_at(xkb.xkb_keymap_get_as_string(keymap, 1)).decode()


# What a program that types makes: a key for each letter that it needs, from the first code on.
MADE_UP = """xkb_keymap {
xkb_keycodes "(unnamed)" { minimum = 8; maximum = 10; <K1> = 9; <K2> = 10; };
xkb_types "(unnamed)" { include "complete" };
xkb_compatibility "(unnamed)" { include "complete" };
xkb_symbols "(unnamed)" { key <K1> {[a]}; key <K2> {[b]}; };
};
"""


def keys_and_pointers_of_clients_reach_the_guest(rig):
    desk = Desk(rig)
    hands = Hands(desk)
    client = desk.client
    client.request(hands.pointer, "motion_absolute", uint(0, 320, 120, 640, 480))
    client.request(hands.pointer, "frame")
    hands.expect(("pointer", ABS, 16384, 8192, 0))
    client.request(hands.pointer, "button", uint(0, BTN_LEFT, 1))
    client.request(hands.pointer, "frame")
    hands.expect(("pointer", BUTTON, BTN_LEFT, 1, 0))
    client.request(hands.pointer, "axis_discrete", uint(0, 0) + fixed(15) + uint(1))
    client.request(hands.pointer, "frame")
    hands.expect(("pointer", WHEEL, 120, 0, 0))

    hands.keymap(usual_keymap())
    for code in (LEFTSHIFT, KEY_A):
        hands.key(code, 1)
        hands.expect(("key", code, 1))
    hands.key(KEY_A, 0)
    hands.expect(("key", KEY_A, 0))
    # The program ends with a key and a button down.
    client.close()
    left = {hands.next(), hands.next()}
    check(left == {("key", LEFTSHIFT, 0), ("pointer", BUTTON, BTN_LEFT, 0, 0)}, f"{left}")
    desk.client = desk.connect()
    hands.finish()


def a_pointer_of_one_output_stays_on_it(rig):
    desk = Desk(rig, "--outputs", "2")
    hands = Hands(desk, displays=2, output=1)
    client = desk.client

    def point(x, y):
        client.request(hands.pointer, "motion_absolute", uint(0, x, y, 640, 480))
        client.request(hands.pointer, "frame")
    point(320, 240)
    hands.expect(("pointer", ABS, 16384, 16384, hands.display))
    for switch in ("--off", "--on"): # nothing points at what is not there
        done = rig.start([need("wlr-randr"), "--output", f"HEADLESS-{hands.display + 1}", switch],
            env={**rig.env, "WAYLAND_DISPLAY": os.path.basename(desk.socket)})
        check(done.wait() == 0, f"wlr-randr: {done.log}")
        point(160, 120)
        got = hands.next()
        while got is not None and got[0] != "pointer":
            got = hands.next()
        mine = got == ("pointer", ABS, 8192, 8192, hands.display)
        check(mine == (switch == "--on"), f"{switch}: {got}")
    hands.finish()


def a_keymap_without_places_types_nothing(rig):
    desk = Desk(rig)
    hands = Hands(desk)
    hands.keymap(MADE_UP)
    for code in (1, 2): # Escape and 1 on every keyboard
        hands.key(code, 1)
        hands.key(code, 0)
    desk.kiosk.says("the guest does not get its keys")
    hands.keymap(usual_keymap())
    hands.key(KEY_A, 1)
    hands.expect(("key", KEY_A, 1))
    hands.finish()


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
