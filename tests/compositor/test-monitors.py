#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Outputs and displays, the configuration file, wlr-randr:
test-monitors.py KIOSK GUESTSIM CASE KIOSK-CYCLES"""
import json
import os
import signal
import subprocess
import sys

from rig import PATIENCE, TERM, Png, check, need, read_frame, run_case, wait_for

CYCLES = os.path.abspath(sys.argv[4])


def config(rig, text, name="kiosk.conf"):
    with open(rig.path(name), "w", encoding="utf-8") as file:
        file.write(text)
    return rig.path(name)


def randr(rig, kiosk, *args, ok=True):
    """wlr-randr at the kiosk's own Wayland socket."""
    sockets = [name for name in os.listdir(rig.folder)
               if name.startswith("wayland-") and not name.endswith(".lock")]
    done = subprocess.run([need("wlr-randr"), *args], check=False, capture_output=True, text=True,
        timeout=PATIENCE, env={**rig.env, "WAYLAND_DISPLAY": sockets[0]})
    check((done.returncode == 0) == ok, f"wlr-randr {args}: {done.returncode} {done.stderr}")
    kiosk.read()
    return done.stdout


# ---- configuration ------------------------------------------------------------------------------


def all_errors_are_shown_and_nothing_starts(rig):
    path = config(rig, "[kiosk]\nscael = fit\nmode = 12\n[oputput DP-1]\n")
    kiosk = rig.kiosk("--config", path, ready=False)
    check(kiosk.wait() == 2, "exit status")
    for line in (f"{path}:2: scael: no such key in [kiosk]; is scale meant?",
                 f"{path}:3: mode = 12: not WIDTHxHEIGHT", f"{path}:4: [oputput]: no such section"):
        check(line in kiosk.log, f"no '{line}'\n{kiosk.log}")


def what_is_checked_is_printed(rig):
    path = config(rig, "[kiosk]\nscale = none\n[output DP-*]\ndisplay = 1\n")
    for extra, code in ((["--mode", "800x600"], 0), (["--mode", "8"], 2)):
        done = subprocess.run([rig.kiosk_program, "--config", path, "--check-config", *extra],
            check=False, capture_output=True, text=True, env=rig.env)
        check(done.returncode == code, f"exit status {done.returncode}")
        if code == 0:
            for line in ("scale = none", "mode = 800x600", "[output DP-*]", "display = 1",
                         "#enable = yes"):
                check(line in done.stdout.split("\n"), f"no '{line}'\n{done.stdout}")


def a_reload_changes_what_can_change(rig):
    path = config(rig, "[kiosk]\nmode = 800x600\nstats = a.json\n")
    kiosk = rig.kiosk("--config", path,
        command=rig.sim("--seconds", "0", "--progress", "1"))
    at = kiosk.says("the guest shows 800x600")
    config(rig, "[kiosk]\nmode = 1024x640\nstats = b.json\nsocket = /elsewhere\n"
           "[display 0]\nname = Other\n[output HEADLESS-*]\nppi = 200\n")
    kiosk.signal(signal.SIGHUP)
    at = kiosk.says("[kiosk] socket changed: it takes effect with the next start", at)
    # 1024x640 at 200 pixels an inch is 130 mm; whole centimetres of 8:5 are 160
    at = kiosk.says("described as Other, serial", at)
    check("160x100 mm" in kiosk.log[at:at + 60], kiosk.log[at:at + 60])
    at = kiosk.says("the guest shows 1024x640", at)
    config(rig, "[kiosk]\nmode = 1\n")
    kiosk.signal(signal.SIGHUP)
    at = kiosk.says(f"{path}:2: mode = 1: not WIDTHxHEIGHT", at)
    at = kiosk.says("errors: everything stays as it was", at)
    os.unlink(path)
    kiosk.signal(signal.SIGHUP)
    at = kiosk.says("No such file", at)
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")
    check(rig.stats("a.json") and rig.stats("b.json"), "statistics")


# ---- outputs and displays -----------------------------------------------------------------------


def four_outputs_show_four_displays(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--outputs", "4", "--screenshot", "shot.png",
        "--stats", "stats.json", command=rig.sim("--ports", "4", "--seconds", "4"))
    check(kiosk.wait() == 0, "exit status")
    for port, name in enumerate(("shot.png", "shot-1.png", "shot-2.png", "shot-3.png")):
        frame, mode = read_frame(Png(rig.path(name)))
        check(mode[:2] == (640, 480) and mode[3] == port, f"{name}: {mode}")
        check(frame > 3, f"{name}: frame {frame}")
        check(f"display {port}: on output HEADLESS-{port + 1}" in kiosk.log, f"display {port}")
    last = rig.stats()[-1]
    check(last["refusals"] == {} and last["flips"] > 12, f"{last}")


def two_outputs_show_one_display(rig):
    path = config(rig, "[output HEADLESS-1]\ndisplay = 1\nmode = 1280x960\n"
                  "[output HEADLESS-2]\ndisplay = 1\nprimary = yes\nmode = 640x480\n"
                  "[output HEADLESS-3]\nmode = 640x480\n")
    kiosk = rig.kiosk("--config", path, "--outputs", "3", "--screenshot", "shot.png",
        command=rig.sim("--ports", "2", "--seconds", "3"))
    check(kiosk.wait() == 0, "exit status")
    check("display 1: on output HEADLESS-2" in kiosk.log, "who drives display 1")
    check("output HEADLESS-1: shows display 1 too" in kiosk.log, "who shows it too")
    large, same, other = (Png(rig.path(name)) for name in ("shot.png", "shot-1.png", "shot-2.png"))
    check((large.width, large.height) == (1280, 960), "size of the large one")
    for picture, port in ((large, 1), (same, 1), (other, 0)):
        frame, mode = read_frame(picture)
        check(mode[:2] == (640, 480) and mode[3] == port and frame > 3, f"{frame} {mode}")


def outputs_without_a_display_are_idle_or_mirrors(rig):
    for extra, words in (("idle", None), ("mirror", "output HEADLESS-2: shows display 0 too")):
        path = config(rig, f"[kiosk]\nextra-outputs = {extra}\nmode = 640x480\n")
        kiosk = rig.kiosk("--config", path, "--outputs", "2", "--screenshot", "shot.png",
            command=rig.sim("--ports", "1", "--seconds", "2"))
        check(kiosk.wait() == 0, "exit status")
        second = Png(rig.path("shot-1.png"))
        if words is None:
            check("display 1: no longer on output HEADLESS-2" in kiosk.log, kiosk.log)
            check(2 <= second.colours() < 10, f"{second.colours()} colours: no message")
        else:
            check(words in kiosk.log, f"no '{words}'")
            check(read_frame(second)[1][3] == 0, "another display")


def mirrors_take_the_pictures_themselves(rig):
    # Three outputs of one size, one of another: each asks for itself.
    path = config(rig, "[kiosk]\nextra-outputs = mirror\nmode = 640x480\n"
                  "[output HEADLESS-4]\nmode = 1280x960\n")
    kiosk = rig.kiosk("--config", path, "--outputs", "4", "--log-level", "debug", "--screenshot",
        "shot.png", "--stats", "stats.json", command=rig.sim("--ports", "1", "--pointer", "0",
            "--seconds", "4"))
    check(kiosk.wait() == 0, "exit status")
    for name in ("HEADLESS-1", "HEADLESS-2", "HEADLESS-3"):
        check(f"output {name}: pictures are committed as they are" in kiosk.log, name)
        check(f"output {name}: pictures are composited" not in kiosk.log, name)
    check(kiosk.log.count("output HEADLESS-4: pictures are composited: another size") == 1, "size")
    last = rig.stats()[-1]
    check(last["ways"]["upload"] == last["flips"] > 20, f"{last['ways']}")
    # Pictures that a mirror still shows do not run out.
    check(last["refusals"] == {}, f"{last['refusals']}")
    for name in ("shot.png", "shot-1.png", "shot-2.png", "shot-3.png"):
        check(read_frame(Png(rig.path(name)))[1][:2] == (640, 480), name)


def a_mirror_shows_the_pointer_too(rig):
    path = config(rig, "[kiosk]\nextra-outputs = mirror\nmode = 640x480\n"
                  "[output HEADLESS-3]\nmode = 1280x960\n")
    need("grim")
    kiosk = rig.kiosk("--config", path, "--outputs", "3",
        command=rig.sim("--ports", "1", "--seconds", "0"))
    kiosk.says("the guest shows 640x480")
    sockets = [name for name in os.listdir(rig.folder)
               if name.startswith("wayland-") and not name.endswith(".lock")]
    for name in ("HEADLESS-2", "HEADLESS-3"):
        subprocess.run(["grim", "-o", name, rig.path("grim.png")], check=True, timeout=PATIENCE,
            env={**rig.env, "WAYLAND_DISPLAY": sockets[0]})
        check(Png(rig.path("grim.png")).find((255, 255, 0)) is not None, f"{name}: no pointer")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def a_parked_display_is_there_without_an_output(rig):
    path = config(rig, "[kiosk]\nmode = 640x480\n[display 1]\npark = yes\nmodes = 800x600@50\n")
    kiosk = rig.kiosk("--config", path, "--stats", "stats.json",
        command=rig.sim("--ports", "2", "--seconds", "2"))
    check(kiosk.wait() == 0, "exit status")
    check("display 1: the guest shows 800x600" in kiosk.log, "display 1")
    check(rig.stats()[-1]["presented"] > 20, "presents")


def without_any_output_the_guest_runs_and_is_shown_later(rig):
    # Nothing at all: the guest has its first display, at 60 Hz.
    kiosk = rig.kiosk("--stats", "stats.json", env={"WLR_HEADLESS_OUTPUTS": "0"},
        command=rig.sim("--ports", "1", "--seconds", "3"))
    check(kiosk.wait() == 0, "exit status")
    check("display 0: the guest shows 1920x1080" in kiosk.log, "display 0")
    check("display 1: described" not in kiosk.log, "a display for nobody")
    last = rig.stats()[-1]
    check(last["output"] is None and last["commits"] == 0, f"{last}")
    check(last["presented"] > 10 and last["refusals"] == {}, f"{last}")
    check(last["tick_hz"] < 60.05, f"{last['tick_hz']} Hz")
    # Panels come, go and come again: each is a display, lit, and the guest knows.
    host, lines = run_cycles(rig, "late", 12, env={"WLR_HEADLESS_OUTPUTS": "0"})
    check(host["elsewhere"] == 0, f"{host['elsewhere']} panels have another display")
    check([d["port"] for d in host["displays"]] == [0, 1, 2, 3], f"{host['displays']}")
    modes = {line["port"]: line for line in lines if line.get("event") == "modes"}
    for display in host["displays"]:
        check(display["output"].startswith(f"TEST-{display['port']}"), display["output"])
        check(display["flips"] > 5, f"{display['flips']} flips on display {display['port']}")
        check(modes[display["port"]]["modes"] == display["modes"], f"modes of {display}")
    for port in lines[-1]["ports"]:
        check(port["stale"] == 0 and port["online"] > 0, f"{port}")


# ---- wlr-randr ----------------------------------------------------------------------------------


def the_guest_follows_wlr_randr(rig):
    need("wlr-randr")
    kiosk = rig.kiosk("--mode", "640x480", command=rig.sim("--seconds", "0"))
    at = kiosk.says("the guest shows 640x480")
    check("640x480 px, 60.000000 Hz" in randr(rig, kiosk), "the mode is not listed")
    randr(rig, kiosk, "--output", "HEADLESS-1", "--custom-mode", "800x600@75")
    at = kiosk.says("modes from 800x600@75.000", at)
    kiosk.says("the guest shows 800x600", at)
    for args, why in ((("--scale", "2"), "no scale but 1"),
                      (("--transform", "90"), "no rotation"),
                      (("--custom-mode", "9000x600"), "it has no such mode"),
                      (("--custom-mode", "800x600@100000Hz"), "it has no such mode"),
                      (("--custom-mode", "800x600@0.001Hz"), "it has no such mode")):
        at = len(kiosk.log)
        randr(rig, kiosk, "--output", "HEADLESS-1", *args, ok=False)
        kiosk.says(f"refused to an output management client: {why}", at)
    check("800x600 px" in randr(rig, kiosk), "a refused change was made")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def the_last_display_outlives_its_output(rig):
    need("wlr-randr")
    kiosk = rig.kiosk("--mode", "640x480", "--outputs", "2", "--stats", "stats.json",
        "--screenshot", "shot.png", command=rig.sim("--ports", "2", "--seconds", "0"))
    at = kiosk.says("display 1: the guest shows")
    kiosk.says("display 0: the guest shows")
    randr(rig, kiosk, "--output", "HEADLESS-1", "--off")
    at = kiosk.says("output HEADLESS-1: off", at)
    at = kiosk.says("display 0: unplugged", at)
    randr(rig, kiosk, "--output", "HEADLESS-2", "--off")
    at = kiosk.says("output HEADLESS-2: off", at)

    def presents():
        with open(rig.path("stats.json"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        return lines[-1]["presented"] if lines else 0

    before = presents()
    wait_for(lambda: presents() > before + 60, "no frames on a clock of its own")
    kiosk.read()
    check("display 1: unplugged" not in kiosk.log, "the last display was unplugged")
    check("Enabled: no" in randr(rig, kiosk), "off is not listed")
    randr(rig, kiosk, "--output", "HEADLESS-1", "--on")
    at = kiosk.says("display 0: on output HEADLESS-1", at)
    at = kiosk.says("display 0: described", at)
    at = kiosk.says("display 1: unplugged", at)
    randr(rig, kiosk, "--output", "HEADLESS-2", "--on")
    at = kiosk.says("display 1: on output HEADLESS-2", at)
    kiosk.says("display 1: online", at)
    before = presents()
    wait_for(lambda: presents() > before + 10, "no frames after it")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")
    for name, port in (("shot.png", 0), ("shot-1.png", 1)):
        check(read_frame(Png(rig.path(name)))[1][3] == port, f"{name}")


def the_output_follows_the_guest(rig):
    path = config(rig, "[kiosk]\nmode = 1280x800\nfollow-guest = yes\n")
    kiosk = rig.kiosk("--config", path)
    guest = rig.guest("--mode", "640x480", "--seconds", "0", "--pointer", "0")
    at = kiosk.says("output HEADLESS-1: now 640x480")
    guest.signal(TERM)
    guest.wait()
    kiosk.says("output HEADLESS-1: now 1280x800", at)  # its own again
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")
    check(kiosk.log.count("described as") == 1, f"described again\n{kiosk.log}")


# ---- many times ---------------------------------------------------------------------------------


def run_cycles(rig, kind, count, *options, env=None):
    guest = rig.path("guest.json")
    with open(guest, "wb") as out, open(rig.path("cycles.json"), "wb") as result:
        program = rig.start([CYCLES, kind, str(count), "--backend", "headless", "--no-config",
            "--renderer", "none", "--log-level", "error", "--socket", rig.path("pvg.sock"), "--",
            "/bin/sh", "-c", 'exec "$@" >"$0"', guest,
            *rig.sim("--ports", "4", "--seconds", "0", "--progress", "1", "--fps", "30", *options)],
            stdout=result, env={**rig.env, "WLR_RENDERER": "pixman", **(env or {})})
        check(out and program.wait(seconds=8 * PATIENCE) == 0, "exit status")
    with open(rig.path("cycles.json"), encoding="utf-8") as file:
        host = json.load(file)
    with open(guest, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    check(host["done"] == count and host["refused"] == 0, f"{host}")
    check(host["guest"] == 0 and lines[-1]["ok"], f"the guest: {lines[-1]}")
    return host, lines


def cycle(rig, kind, count):
    host, lines = run_cycles(rig, kind, count)
    modes = {line["port"]: line for line in lines if line.get("event") == "modes"}
    print(kind, {key: host[key] for key in ("done", "fds", "rss_kb")},
        {port["port"]: (port["online"], port["offline"]) for port in lines[-1]["ports"]})
    # Pictures have one each, and there are more or fewer of them at any moment.
    check(abs(host["fds"][0] - host["fds"][1]) <= 8, f"descriptors: {host['fds']}")
    # A sanitizer keeps what was freed.
    check(host["sanitized"] or host["rss_kb"][1] - host["rss_kb"][0] < 4096,
        f"memory: {host['rss_kb']}")
    check(len(host["displays"]) == 4, f"{len(host['displays'])} displays")
    for display in host["displays"]:
        seen = modes[display["port"]]
        check(display["output"].startswith(f"TEST-{display['port']}"), display["output"])
        check(seen["modes"] == display["modes"], f"modes {seen['modes']}, {display['modes']}")
        check(seen["name"] == display["name"] and seen["serial"] == display["serial"],
            f"{seen} {display}")
        check(display["flips"] > 20, f"{display['flips']} flips")
    for port in lines[-1]["ports"]:
        check(port["stale"] == 0, f"events for nobody: {port}")
    return host, lines[-1]


def a_thousand_hotplugs(rig):
    host, guest = cycle(rig, "hotplug", 1000)
    check(host["elsewhere"] == 0, f"{host['elsewhere']} panels did not get their display again")
    check(any(port["offline"] > 2 for port in guest["ports"]), "the guest never saw one go")


def a_thousand_modes(rig):
    _, guest = cycle(rig, "modes", 1000)
    check(all(port["offline"] == 0 and port["online"] > 2 for port in guest["ports"]), "events")


def a_thousand_maps(rig):
    cycle(rig, "map", 1000)


run_case({name: value for name, value in globals().items() if callable(value)})
