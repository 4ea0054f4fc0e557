#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts that come late, machines that reset, processes that are killed."""
import os
import random
import time

from rig import EXIT_OK, Qmp, Rig, check, run, wait_for

KILLS = int(os.environ.get("PVG_KILLS", "6"))
SECOND_LIFE = 1 << 20  # the bare guest numbers its frames from here after a reset of its own


def a_late_kiosk_finds_a_guest_that_waits(accel):
    with Rig() as rig:
        vm = rig.vm("scene=late-kiosk seconds=0", accel)
        vm.wait_event("attaching", 40)
        rig.kiosk("1024x768@60")
        vm.wait_event("running", 30)
        rig.increasing_frames(4)
        rig.press_power(vm)


def a_reset_guest_shows_frames_again(accel):
    with Rig() as rig:
        kiosk = rig.kiosk("1024x768@60")
        vm = rig.vm("scene=reset seconds=12", accel)
        rig.frame(40, condition=lambda p: p["frame"] < SECOND_LIFE)
        vm.wait_event("resetting", 40)
        rig.frame(40, condition=lambda p: p["frame"] > SECOND_LIFE)
        rig.increasing_frames(3)
        check(vm.wait_exit(60) == EXIT_OK, f"guest: {vm.text[-1]}")
        check(vm.summary()["life"] == 1, f"guest: {vm.summary()}")
        kiosk.finish()
        check(rig.stats()["refusals"] == {}, f"refusals {rig.stats()['refusals']}")


def a_killed_kiosk_is_replaced(accel):
    """SIGKILL at random moments: the guest goes on, the next kiosk acknowledges everything, and
    after the guest's reset there are frames again."""
    seed = int(os.environ.get("PVG_SEED", time.time_ns() % 1000000))
    print(f"    seed {seed}, {KILLS} kills", flush=True)
    moments = random.Random(seed)
    with Rig() as rig:
        kiosk = rig.kiosk("800x600@60")
        vm = rig.vm("scene=barcode seconds=0 progress=1 patience=60", accel)
        qmp = Qmp(rig.qmp_path)
        vm.wait_event("running", 40)
        rig.frame(20)
        for kill in range(KILLS):
            time.sleep(moments.uniform(0.0, 1.2))  # the random moment itself, not a wait
            kiosk.kill()
            kiosk.wait_exit(10)
            check(vm.running(), f"kill {kill}: the VM went with the kiosk")
            mark = len(vm.lines)
            kiosk = rig.kiosk("800x600@60")

            def acknowledged():
                check(vm.running(), f"kill {kill}: the VM ended: {vm.text[-2:]}")
                # A present a second at most is under way: the watchdog's pace.
                late = [e for e in vm.lines[mark:] if e.get("event") == "progress"][1:]
                return late and late[-1]["behind"] <= 1 and late[-1]["behind_immediate"] <= 1
            wait_for(f"kill {kill}: every packet is acknowledged", acknowledged, 20)
            mark = len(vm.lines)
            qmp.command("system_reset")
            vm.wait_event("running", 40, mark)
            rig.increasing_frames(2)
        qmp.command("quit")
        check(vm.wait_exit(20) == 0, "QEMU did not quit")


def a_killed_machine_leaves_the_kiosk_ready(accel):
    with Rig() as rig:
        kiosk = rig.kiosk("1024x768@60")
        for _ in range(2):
            vm = rig.vm("scene=barcode seconds=0", accel)
            vm.wait_event("running", 40)
            rig.increasing_frames(2)
            vm.kill()
            vm.wait_exit(10)
            wait_for("the idle picture", lambda: rig.picture()["frame"] is None, 20)
        check(kiosk.running(), "the kiosk went with the machine")
        guest = rig.guestsim("--seconds", "3")
        guest.wait_event("running", 20)
        rig.increasing_frames(2)
        check(guest.wait_exit(30) == 0, f"guestsim: {guest.text[-1]}")
        kiosk.finish()


if __name__ == "__main__":
    run([a_late_kiosk_finds_a_guest_that_waits, a_reset_guest_shows_frames_again,
         a_killed_kiosk_is_replaced, a_killed_machine_leaves_the_kiosk_ready])
