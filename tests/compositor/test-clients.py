#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Client windows beside the guest: test-clients.py KIOSK GUESTSIM CASE"""
import os
import re

from rig import TERM, USR1, Png, check, need, read_frame, run_case, wait_for

MAGENTA = (255, 0, 255)


def start(rig, *args):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png", "--stats", "stats.json", *args)
    name = wait_for(lambda: next((n for n in os.listdir(rig.folder)
        if re.fullmatch(r"wayland-\d+", n)), None), "the kiosk's Wayland socket")
    kiosk.says("display 0: described")
    return kiosk, {**rig.env, "WAYLAND_DISPLAY": name}


def shot(rig, kiosk):
    at = len(kiosk.log)
    kiosk.signal(USR1)
    kiosk.says("screenshot shot.png", at)
    return Png(rig.path("shot.png"))


def a_client_is_shown_while_there_is_no_guest(rig):
    kiosk, env = start(rig)
    client = rig.start([need("weston-simple-shm"), "-f"], env=env)
    kiosk.says("window ")
    wait_for(lambda: shot(rig, kiosk).colours() > 100, "the client's picture")
    client.signal(TERM)
    client.wait()
    picture = wait_for(lambda: (p := shot(rig, kiosk)).colours() == 2 and p, "the idle picture")
    check(picture(0, 0) == (0, 0, 0), "background")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def a_guest_comes_before_the_clients(rig):
    kiosk, env = start(rig)
    client = rig.start([need("weston-simple-shm"), "-f"], env=env)
    kiosk.says("window ")
    wait_for(lambda: shot(rig, kiosk).colours() > 100, "the client's picture")
    guest = rig.guest("--seconds", "50")
    kiosk.says("the guest shows 640x480")
    wait_for(lambda: shot(rig, kiosk).find(MAGENTA), "the guest's picture")
    read_frame(shot(rig, kiosk))
    guest.signal(TERM)
    guest.wait()
    wait_for(lambda: not (p := shot(rig, kiosk)).find(MAGENTA) and p.colours() > 100,
        "the client again")
    client.signal(TERM)
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def a_terminal_covers_the_output(rig):
    kiosk, env = start(rig)
    rig.start([need("foot"), "--config=/dev/null", "--override=colors.background=123456",
        "--override=colors.alpha=1.0", "sleep", "50"], env={**env, "LC_ALL": "C.UTF-8"})
    kiosk.says("window foot")

    def covered():
        picture = shot(rig, kiosk)
        corners = {picture(x, y) for x in (20, 636) for y in (3, 460)}
        return corners == {(0x12, 0x34, 0x56)}
    wait_for(covered, "the terminal in all corners")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def grim_captures_the_guest(rig):
    need("grim")
    kiosk, env = start(rig)
    guest = rig.guest("--seconds", "50")
    kiosk.says("the guest shows 640x480")

    def captured():
        grim = rig.start(["grim", rig.path("grim.png")], env=env)
        check(grim.wait() == 0, f"grim: {grim.log}")
        picture = Png(rig.path("grim.png"))
        return picture.find(MAGENTA) and picture.find((255, 255, 0)) and picture
    picture = wait_for(captured, "the guest and its pointer in grim's picture")
    read_frame(picture)
    guest.signal(TERM)
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
