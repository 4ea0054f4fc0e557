# SPDX-License-Identifier: GPL-2.0-or-later
"""A parent compositor of the smallest kind, to do to a nested kiosk what real ones do at bad times.

It speaks the Wayland protocol from its XML files, shows nothing, and notes what its client says.
Everything runs on a thread of its own; the test's thread goes through Parent.do().
"""
import array
import mmap
import os
import select
import socket
import struct
import threading
import time
import xml.etree.ElementTree as ET

from rig import Failure, Skip, check, wait_for

XML = ["/usr/share/wayland/wayland.xml"] + ["/usr/share/wayland-protocols/" + path for path in (
    "stable/presentation-time/presentation-time.xml", "stable/viewporter/viewporter.xml",
    "stable/xdg-shell/xdg-shell.xml", "staging/fractional-scale/fractional-scale-v1.xml",
    "staging/xdg-toplevel-icon/xdg-toplevel-icon-v1.xml",
    "unstable/keyboard-shortcuts-inhibit/keyboard-shortcuts-inhibit-unstable-v1.xml",
    "unstable/pointer-constraints/pointer-constraints-unstable-v1.xml",
    "unstable/relative-pointer/relative-pointer-unstable-v1.xml",
    "unstable/xdg-decoration/xdg-decoration-unstable-v1.xml")]

GLOBALS = {"wl_compositor": 4, "wl_shm": 1, "wl_seat": 5, "xdg_wm_base": 5, "wp_presentation": 1,
    "wl_data_device_manager": 3, "zxdg_decoration_manager_v1": 1, "wp_viewporter": 1,
    "wp_fractional_scale_manager_v1": 1, "xdg_toplevel_icon_manager_v1": 1,
    "zwp_keyboard_shortcuts_inhibit_manager_v1": 1, "zwp_pointer_constraints_v1": 1,
    "zwp_relative_pointer_manager_v1": 1}

SHIFT, CTRL, ALT, SUPER = 1, 4, 8, 64
KEY_MODS = {42: SHIFT, 29: CTRL, 56: ALT, 125: SUPER}
FULLSCREEN, ACTIVATED = 2, 4


def load():
    interfaces = {}
    for path in XML:
        if not os.path.exists(path):
            raise Skip(f"{path} is not installed")
        for interface in ET.parse(path).getroot().iter("interface"):
            def messages(kind):
                return [(m.get("name"), [(a.get("type"), a.get("interface")) for a in
                    m.findall("arg")], m.get("type") == "destructor") for m in
                    interface.findall(kind)]
            interfaces[interface.get("name")] = (messages("request"), messages("event"))
    return interfaces


class Object:
    def __init__(self, interface, number, version):
        self.interface, self.number, self.version = interface, number, version
        self.alive = True


class Window:
    """A toplevel: what the client said about it."""

    def __init__(self, toplevel, surface, xdg_surface):
        self.toplevel, self.surface, self.xdg_surface = toplevel, surface, xdg_surface
        self.title = self.app_id = self.icon = None
        self.configures = self.acked = 0
        self.fullscreen = self.inhibited = self.closed = False
        self.size = None        # of its newest buffer
        self.destination = None # of its viewport
        self.commits = self.buffers = 0
        self.pixels = None


class Parent(threading.Thread):
    def __init__(self, rig, name="parent", scale=120, fullscreen_size=(1600, 900), without=()):
        super().__init__(daemon=True)
        self.interfaces = load()
        self.scale, self.fullscreen_size = scale, fullscreen_size
        self.globals = {k: v for k, v in GLOBALS.items() if k not in without}
        self.path = os.path.join(rig.folder, name)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.wake_read, self.wake_write = os.pipe()
        self.work = []
        self.lock = threading.Lock()
        self.client = None
        self.error = None
        self.serial = self.hz = 0
        self.stopping = False
        self.reset()
        self.start()

    def reset(self):
        self.objects, self.fds, self.pending = {}, [], b""
        self.windows, self.bound = [], []
        self.pointer = self.keyboard = self.touch = self.relative = None
        self.lock_object = self.locked = self.hint = None
        self.cursor = None # "hidden", or (size of the glyph, size shown, hot spot, pixels)
        self.frames, self.feedbacks, self.releases = [], [], []
        self.mods = 0
        self.focus = None

    # ---- the test's side

    def do(self, function, *args):
        """Runs it on the parent's thread and returns what it returns."""
        done = threading.Event()
        box = []

        def run():
            try:
                box.append((True, function(*args)))
            except Exception as error: # pylint: disable=broad-except
                box.append((False, error))
            done.set()
        with self.lock:
            self.work.append(run)
        os.write(self.wake_write, b"x")
        check(done.wait(60), f"the parent compositor hangs: {self.error}")
        if not box[0][0]:
            raise Failure(f"parent: {box[0][1]}")
        return box[0][1]

    def ask(self, function, what, seconds=60):
        """Waits until it answers something true."""
        def once():
            check(self.error is None, f"parent: {self.error}")
            return self.do(function)
        return wait_for(once, what, seconds)

    def window(self, number=0):
        """A window that shows something."""
        return self.ask(lambda: len(self.windows) > number and self.windows[number].buffers > 0 and
            self.windows[number], f"window {number}")

    def die(self):
        """As a compositor that crashes: the sockets are closed without a word."""
        self.stopping = True
        os.write(self.wake_write, b"x")
        self.join(20)

    # ---- the loop

    def run(self):
        next_frame = time.monotonic()
        try:
            while not self.stopping:
                sockets = [self.wake_read, self.client or self.listener]
                left = max(0, next_frame - time.monotonic()) if self.client else 1
                ready = select.select(sockets, [], [], left)[0]
                if self.wake_read in ready:
                    os.read(self.wake_read, 4096)
                    with self.lock:
                        work, self.work = self.work, []
                    for function in work:
                        function()
                if self.listener in ready and self.client is None:
                    self.client = self.listener.accept()[0]
                    self.objects[1] = Object("wl_display", 1, 1)
                elif self.client in ready:
                    self.read()
                if time.monotonic() >= next_frame:
                    next_frame += 1 / 60
                    next_frame = max(next_frame, time.monotonic())
                    self.refresh()
        except Exception as error: # pylint: disable=broad-except
            self.error = repr(error)
            raise
        finally:
            if self.client:
                self.client.close()
            self.listener.close()

    def read(self):
        fds = array.array("i")
        try:
            data, control, _, _ = self.client.recvmsg(65536, socket.CMSG_SPACE(28 * 4))
        except ConnectionResetError:
            data, control = b"", []
        for level, kind, body in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(body[:len(body) - len(body) % 4])
        self.fds += list(fds)
        if not data:
            self.client.close()
            self.client = None
            for fd in self.fds:
                os.close(fd)
            self.reset()
            return
        self.pending += data
        while len(self.pending) >= 8:
            number, word = struct.unpack_from("<II", self.pending)
            if len(self.pending) < word >> 16:
                break
            body, self.pending = self.pending[8:word >> 16], self.pending[word >> 16:]
            self.request(self.objects[number], word & 0xffff, body)

    def request(self, target, opcode, body):
        name, types, destructor = self.interfaces[target.interface][0][opcode]
        args, at = [], 0

        def word(kind="<I"):
            nonlocal at
            at += 4
            return struct.unpack_from(kind, body, at - 4)[0]

        def text():
            nonlocal at
            length = word()
            value = body[at:at + length - 1].decode() if length else None
            at += (length + 3) // 4 * 4
            return value
        for kind, interface in types:
            if kind in ("int", "uint"):
                args.append(word("<i" if kind == "int" else "<I"))
            elif kind == "fixed":
                args.append(word("<i") / 256)
            elif kind == "string":
                args.append(text())
            elif kind == "object":
                args.append(self.objects.get(word()))
            elif kind == "fd":
                args.append(self.fds.pop(0))
            elif kind == "new_id":
                version = target.version
                if interface is None:
                    interface, version = text(), word()
                made = Object(interface, word(), version)
                self.objects[made.number] = made
                args.append(made)
            else:
                raise Failure(f"{target.interface}.{name}: type {kind}")
        handler = getattr(self, f"{target.interface}_{name}", None)
        if handler is not None:
            handler(target, *args)
        if destructor:
            target.alive = False
            del self.objects[target.number]
            self.event(self.objects[1], "delete_id", target.number)

    def event(self, target, name, *args, fd=None):
        if self.client is None or target is None or not target.alive:
            return
        names = self.interfaces[target.interface][1]
        opcode = [m[0] for m in names].index(name)
        body = b""
        for (kind, _), value in zip([t for t in names[opcode][1] if t[0] != "fd"], args):
            if kind == "int":
                body += struct.pack("<i", value)
            elif kind == "fixed":
                body += struct.pack("<i", round(value * 256))
            elif kind == "string":
                raw = value.encode() + b"\0"
                body += struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)
            elif kind == "array":
                body += struct.pack("<I", len(value)) + value + bytes(-len(value) % 4)
            elif kind == "object":
                body += struct.pack("<I", value.number if value else 0)
            else:
                body += struct.pack("<I", value & 0xffffffff)
        message = struct.pack("<II", target.number, (8 + len(body)) << 16 | opcode) + body
        control = [] if fd is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
            array.array("i", [fd]))]
        try:
            self.client.sendmsg([message], control)
        except (BrokenPipeError, ConnectionResetError):
            pass # the end of file follows

    def next_serial(self):
        self.serial += 1
        return self.serial

    def gone(self, target):
        if target.alive:
            target.alive = False
            self.objects.pop(target.number, None)
            self.event(self.objects[1], "delete_id", target.number)

    def refresh(self):
        """Sixty times a second: what was committed is on the screen."""
        now = time.monotonic_ns()
        frames, self.frames = self.frames, []
        feedbacks, self.feedbacks = self.feedbacks, []
        releases, self.releases = self.releases, []
        for callback in frames:
            self.event(callback, "done", now // 1000000 & 0xffffffff)
            self.gone(callback)
        for feedback in feedbacks:
            self.event(feedback, "presented", 0, now // 10**9, now % 10**9, 16666666, 0, 0, 1)
            self.gone(feedback)
        for buffer in releases:
            self.event(buffer, "release")

    # ---- requests

    def wl_display_sync(self, _, callback):
        self.event(callback, "done", 0)
        self.gone(callback)

    def wl_display_get_registry(self, _, registry):
        for name, (interface, version) in enumerate(self.globals.items(), 1):
            self.event(registry, "global", name, interface, version)

    def wl_registry_bind(self, _, name, made):
        check(list(self.globals)[name - 1] == made.interface, "bind of another type")
        self.bound.append(made.interface)
        if made.interface == "wl_shm":
            for code in (0, 1):
                self.event(made, "format", code)
        elif made.interface == "wl_seat":
            self.event(made, "capabilities", 7)
            self.event(made, "name", "seat0")
        elif made.interface == "wp_presentation":
            self.event(made, "clock_id", 1)

    def wl_seat_get_pointer(self, _, made):
        self.pointer = (self.pointer or []) + [made]

    def wl_pointer_set_cursor(self, _, serial, surface, hot_x, hot_y):
        buffer = surface and getattr(surface, "shown", None)
        if buffer is None: # wlroots hides it by a surface that shows nothing
            self.cursor = "hidden"
            return
        start, width, height, stride = buffer.place
        check(stride == width * 4, "stride of the pointer")
        self.cursor = ((width, height), getattr(surface, "destination", (width, height)),
            (hot_x, hot_y), bytes(buffer.memory[start:start + stride * height]))

    def wl_seat_get_keyboard(self, _, made):
        self.keyboard = (self.keyboard or []) + [made]
        fd = os.memfd_create("keymap")
        os.write(fd, b"\0")
        self.event(made, "keymap", 0, 1, fd=fd)
        os.close(fd)

    def wl_seat_get_touch(self, _, made):
        self.touch = (self.touch or []) + [made]

    def zwp_relative_pointer_manager_v1_get_relative_pointer(self, _, made, pointer):
        self.relative = made

    def wl_shm_create_pool(self, _, pool, fd, size):
        pool.memory = mmap.mmap(fd, size, prot=mmap.PROT_READ)
        os.close(fd)

    def wl_shm_pool_create_buffer(self, pool, buffer, offset, width, height, stride, form):
        buffer.memory, buffer.place = pool.memory, (offset, width, height, stride)

    def wl_surface_attach(self, surface, buffer, x, y):
        surface.attached = (buffer,)

    def wl_surface_frame(self, surface, callback):
        surface.callbacks = getattr(surface, "callbacks", []) + [callback]

    def wp_presentation_feedback(self, _, surface, feedback):
        surface.feedbacks = getattr(surface, "feedbacks", []) + [feedback]

    def wl_surface_commit(self, surface):
        window = getattr(surface, "window", None)
        self.frames += getattr(surface, "callbacks", [])
        self.feedbacks += getattr(surface, "feedbacks", [])
        surface.callbacks, surface.feedbacks = [], []
        buffer = getattr(surface, "attached", (None,))[0]
        surface.attached = (None,)
        if window is None:
            surface.shown = buffer
            return
        window.commits += 1
        if buffer is not None:
            window.buffers += 1
            window.size = buffer.place[1:3]
            window.pixels = buffer
            self.releases.append(buffer)
        elif window.configures == 0:
            self.configure(window, 0, 0)

    def xdg_wm_base_get_xdg_surface(self, _, made, surface):
        made.surface = surface

    def xdg_surface_get_toplevel(self, xdg_surface, made):
        window = Window(made, xdg_surface.surface, xdg_surface)
        made.window = xdg_surface.window = xdg_surface.surface.window = window
        self.windows.append(window)

    def xdg_surface_ack_configure(self, xdg_surface, serial):
        xdg_surface.window.acked = serial

    def xdg_toplevel_destroy(self, toplevel):
        toplevel.window.closed = True
        self.windows.remove(toplevel.window)
        if self.focus is toplevel.window:
            self.focus = None

    def xdg_toplevel_set_title(self, toplevel, title):
        toplevel.window.title = title

    def xdg_toplevel_set_app_id(self, toplevel, app_id):
        toplevel.window.app_id = app_id

    def xdg_toplevel_set_fullscreen(self, toplevel, output):
        toplevel.window.fullscreen = True
        self.configure(toplevel.window, *self.fullscreen_size)

    def xdg_toplevel_unset_fullscreen(self, toplevel):
        toplevel.window.fullscreen = False
        self.configure(toplevel.window, 800, 600)

    def xdg_toplevel_icon_v1_set_name(self, icon, name):
        icon.name = name

    def xdg_toplevel_icon_manager_v1_set_icon(self, _, toplevel, icon):
        toplevel.window.icon = icon.name

    def zxdg_decoration_manager_v1_get_toplevel_decoration(self, _, made, toplevel):
        self.event(made, "configure", 2)

    def wp_viewporter_get_viewport(self, _, made, surface):
        made.surface = surface

    def wp_viewport_set_destination(self, viewport, width, height):
        if hasattr(viewport.surface, "window"):
            viewport.surface.window.destination = (width, height)
        else:
            viewport.surface.destination = (width, height)

    def wp_fractional_scale_manager_v1_get_fractional_scale(self, _, made, surface):
        surface.fractional = made
        self.event(made, "preferred_scale", self.scale)

    def zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(self, _, made, surface, seat):
        check(not surface.window.inhibited, "shortcuts inhibited twice")
        made.window = surface.window
        made.window.inhibited = True
        self.event(made, "active")

    def zwp_keyboard_shortcuts_inhibitor_v1_destroy(self, inhibitor):
        inhibitor.window.inhibited = False

    def zwp_pointer_constraints_v1_lock_pointer(self, _, made, surface, pointer, region, lifetime):
        check(self.lock_object is None, "the pointer is locked twice")
        self.lock_object, self.locked = made, surface.window
        self.event(made, "locked")

    def zwp_locked_pointer_v1_set_cursor_position_hint(self, lock, x, y):
        self.hint = (x, y)

    def zwp_locked_pointer_v1_destroy(self, lock):
        self.lock_object = self.locked = None

    # ---- what the test makes the parent do

    def configure(self, window, width, height, activated=True):
        states = ([FULLSCREEN] if window.fullscreen else []) + ([ACTIVATED] if activated else [])
        window.configures += 1
        self.event(window.toplevel, "configure", width, height,
            b"".join(struct.pack("<I", state) for state in states))
        window.serial = self.next_serial()
        self.event(window.xdg_surface, "configure", window.serial)

    def close(self, window):
        self.event(window.toplevel, "close")

    def set_scale(self, window, scale):
        self.event(window.surface.fractional, "preferred_scale", scale)

    def enter(self, window, x=10, y=10):
        for pointer in self.pointer or []:
            self.event(pointer, "enter", self.next_serial(), window.surface, x, y)
            self.event(pointer, "frame")
        self.focus = window

    def leave(self, window):
        for pointer in self.pointer or []:
            self.event(pointer, "leave", self.next_serial(), window.surface)
            self.event(pointer, "frame")

    def move(self, x, y, dx=None, dy=None):
        """One motion, as real parents send it: as a difference and, unless locked, as a place."""
        now = time.monotonic_ns() // 1000
        if dx is not None:
            self.event(self.relative, "relative_motion", 0, now & 0xffffffff, dx, dy, dx, dy)
        for pointer in self.pointer or []:
            if self.lock_object is None:
                self.event(pointer, "motion", now // 1000 & 0xffffffff, x, y)
            self.event(pointer, "frame")

    def button(self, code, down):
        for pointer in self.pointer or []:
            self.event(pointer, "button", self.next_serial(), 0, code, int(down))
            self.event(pointer, "frame")

    def scroll(self, axis, value, discrete=None, source=0, stop=False):
        for pointer in self.pointer or []:
            self.event(pointer, "axis_source", source)
            if stop:
                self.event(pointer, "axis_stop", 0, axis)
            else:
                if discrete is not None:
                    self.event(pointer, "axis_discrete", axis, discrete)
                self.event(pointer, "axis", 0, axis, value)
            self.event(pointer, "frame")

    def give_keys(self, window, held=()):
        for keyboard in self.keyboard or []:
            self.event(keyboard, "enter", self.next_serial(), window.surface,
                b"".join(struct.pack("<I", code) for code in held))

    def take_keys(self, window):
        self.mods = 0
        for keyboard in self.keyboard or []:
            self.event(keyboard, "leave", self.next_serial(), window.surface)

    def key(self, code, down):
        for keyboard in self.keyboard or []:
            self.event(keyboard, "key", self.next_serial(), 0, code, int(down))
            if code in KEY_MODS:
                self.mods = self.mods | KEY_MODS[code] if down else self.mods & ~KEY_MODS[code]
                self.event(keyboard, "modifiers", self.next_serial(), self.mods, 0, 0, 0)

    def finger(self, what, window, number, x=0, y=0):
        for touch in self.touch or []:
            if what == "down":
                self.event(touch, "down", self.next_serial(), 0, window.surface, number, x, y)
            elif what == "move":
                self.event(touch, "motion", 0, number, x, y)
            elif what == "up":
                self.event(touch, "up", self.next_serial(), 0, number)
            else:
                self.event(touch, "cancel")
            if what != "cancel":
                self.event(touch, "frame")
