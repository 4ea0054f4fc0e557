#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The VM that pvg-kiosk starts itself, from its configuration, as a session does.

test-autostart.py KIOSK GUESTSIM CASE
"""
import os
import shlex

from rig import Png, Skip, TERM, check, read_frame, run_case


def configure(rig, command, *lines):
    with open(rig.path("kiosk.conf"), "w", encoding="utf-8") as f:
        f.write("\n".join(["[kiosk]", "mode = 640x480", "[vm]", f"command = {command}", *lines, ""]))
    return ["--config", rig.path("kiosk.conf")]


def a_vm_of_the_configuration_is_shown(rig):
    sim = " ".join(shlex.quote(word) for word in rig.sim("--seconds", "2"))
    # The shell is there for quotes and variables, and gone afterwards.
    options = configure(rig, f"{sim} --socket \"$PVG_SOCKET\" --ports $PVG_DISPLAYS")
    kiosk = rig.kiosk(*options, "--screenshot", "shot.png")
    check(kiosk.wait() == 0, "exit status")
    _, mode = read_frame(Png(rig.path("shot.png")))
    check(mode[:2] == (640, 480), f"mode {mode}")
    check(kiosk.log.count("the command ended with status 0") == 1, "started again")


def a_command_that_fails_is_started_again(rig):
    script = rig.path("vm.sh")
    with open(script, "w", encoding="utf-8") as f:
        f.write("echo again >> starts\n[ $(wc -l < starts) -ge 3 ] || exit 7\n")
    kiosk = rig.kiosk(*configure(rig, f"sh {shlex.quote(script)}", "restart = failure"))
    check(kiosk.wait() == 0, "exit status")
    with open(rig.path("starts"), encoding="utf-8") as f:
        check(f.read() == "again\n" * 3, "number of starts")
    check(kiosk.log.count("status 7: started again") == 2, kiosk.log)


def a_storm_is_given_up_with_its_status(rig):
    kiosk = rig.kiosk(*configure(rig, "sh -c 'exit 9'", "restart = always"))
    check(kiosk.wait() == 9, "exit status")
    check(kiosk.log.count("started again") == 5 and "given up" in kiosk.log, kiosk.log)


def the_command_line_comes_first(rig):
    kiosk = rig.kiosk(*configure(rig, "sh -c 'exit 9'", "restart = always"),
        command=["sh", "-c", "exit 4"])
    check(kiosk.wait() == 4, "exit status")
    check("started again" not in kiosk.log, kiosk.log)


def an_ordinary_user_can_run_it(rig):
    if os.geteuid() != 0:
        raise Skip("the tests run as an ordinary user: all of them show it")
    nobody = 65534
    os.chown(rig.folder, nobody, nobody)
    sim = " ".join(shlex.quote(word) for word in rig.sim("--seconds", "2"))
    options = configure(rig, sim)
    kiosk = rig.start(["setpriv", "--reuid", str(nobody), "--regid", str(nobody), "--clear-groups",
        "--no-new-privs", rig.kiosk_program, "--backend", "headless", *options, "--screenshot",
        rig.path("shot.png")], env={**rig.env, "HOME": rig.folder})
    status = kiosk.wait()
    if status == 126 or status == 127:
        raise Skip("the build folder cannot be read by others")
    check(status == 0, f"exit status {status}")
    read_frame(Png(rig.path("shot.png")))


if __name__ == "__main__":
    run_case(globals())
