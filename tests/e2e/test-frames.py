#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames of the bare guest in stock QEMU, read back from the pixels of pvg-kiosk's outputs."""
import os

from rig import EXIT_OK, Rig, Skip, check, cursor_near, run, wait_for

FEW = 6  # frames a second at least, whatever else the machine does; demo and benches say how many


def frames_increase_on_the_output(accel):
    with Rig() as rig:
        kiosk = rig.kiosk("1280x800@60")
        vm = rig.vm("scene=barcode seconds=0 mode=1280x800", accel)
        vm.wait_event("running", 40)
        pictures = rig.increasing_frames(8)
        for picture in pictures:
            check(picture["mode"] == {"width": 1280, "height": 800, "refresh_mhz": 60000, "port": 0},
                  f"mode {picture['mode']}")
            check(cursor_near(picture), f"cursor {picture['cursor']} at frame {picture['frame']}")
        summary = rig.press_power(vm)
        port = summary["ports"][0]
        check(port["stale"] == 0 and summary["faults"] == 0, f"guest: {summary}")
        check(port["presents"] >= summary["seconds"] * FEW, f"{summary}")
        kiosk.finish()
        stats = rig.stats()
        check(stats["refusals"] == {}, f"refusals {stats['refusals']}")
        check(stats["presented"] == port["presents"], f"kiosk counted {stats['presented']} of "
              f"{port['presents']} presents")


def transactions_pace_macos11(accel):
    with Rig() as rig:
        rig.kiosk("1024x768@60")
        vm = rig.vm("scene=barcode seconds=0 style=macos11", accel)
        vm.wait_event("running", 40)
        rig.increasing_frames(4)
        port = rig.press_power(vm)["ports"][0]
        check(port["vbl"] == 0 and port["transaction"] > FEW, f"guest: {port}")


def every_mode_of_the_list_is_shown(accel):
    with Rig() as rig:
        kiosk = rig.kiosk("1280x800@60")
        vm = rig.vm("scene=modes seconds=3", accel)
        modes = vm.wait_event("modes", 40)["modes"]
        sizes = [tuple(map(int, mode.split("@")[0].split("x"))) for mode in modes]
        seen = []

        def look():
            if vm.running():
                picture = rig.picture()
                if picture["mode"]:
                    seen.append((picture["mode"]["width"], picture["mode"]["height"]))
            return not vm.running()
        wait_for("the walk through the modes", look, 20 + 10 * len(sizes))
        check(vm.wait_exit(5) == EXIT_OK, f"guest: {vm.text[-1]}")
        order = list(dict.fromkeys(seen))
        check(order == list(dict.fromkeys(sizes)), f"seen {order}, list {sizes}")
        kiosk.finish()
        check(rig.stats()["refusals"] == {}, f"refusals {rig.stats()['refusals']}")


def two_ports_show_their_own_pictures(accel):
    with Rig() as rig:
        rig.kiosk("800x600@60", "--outputs", "2")
        vm = rig.vm("scene=two-displays seconds=0 mode=800x600", accel, 2)
        vm.wait_event("running", 40)
        for port, output in ((0, "HEADLESS-1"), (1, "HEADLESS-2")):
            for picture in rig.increasing_frames(3, output):
                check(picture["mode"]["port"] == port, f"{output} shows {picture}")
        for port in rig.press_power(vm)["ports"]:
            check(port["presents"] > FEW, f"guest: {port}")


def the_device_works_behind_bridges(accel):
    for bridge in ("pci-bridge,chassis_nr=1,addr=1e.0", "pcie-root-port,chassis=2,addr=1c.0"):
        with Rig() as rig:
            rig.kiosk("800x600@60")
            vm = rig.vm("scene=barcode seconds=0", accel, bridge=bridge)
            check(vm.wait_event("booted", 40)["bus"] > 0, "the device is on the root bus")
            vm.wait_event("running", 40)
            rig.increasing_frames(2)
            rig.press_power(vm)


def functions_of_an_application_draw(accel):
    library = os.path.join(os.environ.get("PVG_METALLIB_DIR", ""), "zhuowei-hello.metallib")
    if not os.path.exists(library):
        raise Skip(f"no {library}")
    with Rig() as rig:
        kiosk = rig.kiosk("640x480@60", "--renderer", "auto")
        vm = rig.vm("scene=triangle-hello seconds=0 mode=640x480", accel, libraries=[library])
        check(vm.wait_event("booted", 40)["libraries"] == 1, "the guest has no library")
        if not any("renderer: " in line and "null" not in line for line in kiosk.text):
            raise Skip("no GLES renderer")
        vm.wait_event("running", 60)
        rig.increasing_frames(2, timeout=120)
        check(rig.pixel(20, 240) == (16, 24, 48), f"background {rig.pixel(20, 240)}")
        corners = [rig.pixel(*at) for at in ((320, 90), (80, 378), (560, 378))]
        check(sorted(max(range(3), key=corner.__getitem__) for corner in corners) == [0, 1, 2],
              f"corners {corners}")
        check(rig.press_power(vm)["faults"] == 0, "the guest counted faults")
        kiosk.finish()
        check(rig.stats()["refusals"] == {}, f"refusals {rig.stats()['refusals']}")


if __name__ == "__main__":
    run([frames_increase_on_the_output, transactions_pace_macos11, every_mode_of_the_list_is_shown,
         two_ports_show_their_own_pictures, the_device_works_behind_bridges,
         functions_of_an_application_draw])
