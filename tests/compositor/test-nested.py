#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pvg-kiosk as a window of Weston and of Xvfb: what the parent shows, and what it sends.

test-nested.py KIOSK GUESTSIM CASE
"""
import glob
import os

from rig import TERM, Png, check, need, read_frame, run_case, wait_for
from xserver import XClient, start_xvfb

YELLOW = (255, 255, 0)


def start_weston(rig, width=1280, height=800):
    need("weston")
    weston = rig.start(["weston", "--backend=headless", "--renderer=pixman", f"--width={width}",
        f"--height={height}", "--socket=parent", "--shell=kiosk", "--debug", "--no-config",
        "--idle-time=0", "--log=weston.log"])
    wait_for(lambda: os.path.exists(rig.path("parent")), "weston's socket")
    return weston


def weston_screenshot(rig):
    need("weston-screenshooter")
    for old in glob.glob(rig.path("wayland-screenshot*.png")):
        os.unlink(old)
    program = rig.start(["weston-screenshooter"], env={**rig.env, "WAYLAND_DISPLAY": "parent"})
    check(program.wait() == 0, f"weston-screenshooter: {program.log}")
    return Png(glob.glob(rig.path("wayland-screenshot*.png"))[0])


def nested(rig, *args, command=None):
    return rig.kiosk(*args, backend=None, env={"WAYLAND_DISPLAY": "parent"}, command=command)


def weston_shows_the_guest_and_its_pointer(rig):
    start_weston(rig)
    kiosk = nested(rig, "--mode", "1280x800", "--stats", "stats.json")
    guest = rig.guest("--seconds", "50")
    kiosk.says("the guest shows 1280x800")
    picture = wait_for(lambda: shows_frame(weston_screenshot(rig)), "the guest in the screenshot")
    check((picture.width, picture.height) == (1280, 800), "size")
    check(picture.find(YELLOW) is not None, "no pointer")
    guest.signal(TERM)
    check(guest.wait() == 0, "guest")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")
    last = rig.stats()[-1]
    check(last["output_backend"] == "wayland" and last["flip_source"] == "output", "source")
    check(last["flips"] > 0 and last["watchdogs"] == 0, f"flips {last}")
    # A busy machine loses refreshes, but nothing may tick ahead of the parent's: in any span no more
    # intervals than refreshes, but for one that the jitter of its two ends makes room for.
    intervals = last["ticks"] - 1
    check(intervals > 0, f"ticks {last}")
    check(intervals <= intervals / last["tick_hz"] * 60.05 + 1, f"{last['tick_hz']} Hz, {last}")


def a_parent_that_decides_the_size_is_followed(rig):
    start_weston(rig, 1024, 640) # its kiosk shell ends clients with pictures of another size
    kiosk = nested(rig, "--mode", "1280x800", command=rig.sim("--seconds", "1"))
    check(kiosk.wait() == 0, "exit status")
    check("output WL-1: 1024x640" in kiosk.log, "size of the window")
    check("the guest shows 1024x640" in kiosk.log, "size of the guest")


def shows_frame(picture):
    return picture if picture.find((255, 0, 255)) and read_frame(picture) else None


def weston_gone_ends_the_kiosk(rig):
    weston = start_weston(rig)
    kiosk = nested(rig)
    kiosk.says("output WL-1:")
    weston.signal(TERM)
    check(kiosk.wait() == 3 and "the display went away" in kiosk.log, "exit status")


def xvfb_shows_the_guest_and_its_pointer(rig):
    display = start_xvfb(rig, 1280, 800)
    kiosk = rig.kiosk("--mode", "1280x800", "--stats", "stats.json", backend=None,
        env={"DISPLAY": display})
    guest = rig.guest("--seconds", "50")
    kiosk.says("the guest shows 1280x800")
    client = XClient(rig, display)
    picture = wait_for(lambda: shows_frame(client.screenshot()), "the guest in the root window")
    check(picture.find(YELLOW) is not None, "no pointer")
    guest.signal(TERM)
    check(guest.wait() == 0, "guest")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")
    last = rig.stats()[-1]
    check(last["output_backend"] == "x11" and last["flip_source"] == "output", "source")
    check(last["flips"] > 0, f"flips {last}")


def start_desktop(rig, name):
    """A compositor that people use, without a screen; returns the name of its socket."""
    need(name)
    env = dict(rig.env)
    if name in ("sway", "cage"):
        env.update(WLR_BACKENDS="headless", WLR_RENDERER="pixman")
    else:
        need("dbus-daemon")
        env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={rig.path('bus')}"
        rig.start(["dbus-daemon", "--session", "--nofork", "--nopidfile", "--nosyslog",
            f"--address={env['DBUS_SESSION_BUS_ADDRESS']}"])
        wait_for(lambda: os.path.exists(rig.path("bus")), "the bus")
    rig.start({
        "sway": ["sway", "-c", "/dev/null"],
        "cage": ["cage", "--", "sleep", "300"],
        "mutter": ["mutter", "--headless", "--wayland", "--no-x11", "--virtual-monitor", "1280x800",
            "--wayland-display", "wayland-0"],
        "kwin_wayland": ["kwin_wayland", "--virtual", "--width", "1280", "--height", "800",
            "--no-lockscreen", "--no-global-shortcuts", "--socket", "wayland-0"],
    }[name], env=env)
    found = wait_for(lambda: [n for n in os.listdir(rig.folder) if n.startswith("wayland-") and
        not n.endswith(".lock")], f"{name}'s socket")
    return found[0]


def in_desktop(rig, name, displays=2):
    socket = start_desktop(rig, name)
    kiosk = rig.kiosk("--mode", "640x480", "--displays", str(displays), "--stats", "stats.json",
        backend=None, env={"WAYLAND_DISPLAY": socket},
        command=rig.sim("--seconds", "3", "--scene", "two-displays" if displays == 2 else "barcode"))
    check(kiosk.wait() == 0, "exit status")
    for port in range(displays):
        check(f"display {port}: the guest shows" in kiosk.log, f"display {port} showed nothing")
    last = rig.stats()[-1]
    check(last["output_backend"] == "wayland" and last["flip_source"] == "output", f"{last}")
    check(last["flips"] > 10, f"flips {last}")


def sway_has_a_window_for_each_display(rig):
    in_desktop(rig, "sway")


def cage_shows_the_guest(rig):
    in_desktop(rig, "cage", 1) # one window is all it has


def mutter_has_a_window_for_each_display(rig):
    in_desktop(rig, "mutter")


def kwin_has_a_window_for_each_display(rig):
    in_desktop(rig, "kwin_wayland")


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
