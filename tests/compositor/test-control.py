#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pvgctl and the kiosk's end of pvg-control-v1: test-control.py KIOSK GUESTSIM CASE"""
import json
import os
import re
import resource
import subprocess
import sys
import time

from peer import POWER, Peer
from rig import TERM, Png, Skip, check, read_frame, run_case, wait_for
from wlclient import Client, string, uint

PVGCTL = os.path.join(os.path.dirname(os.path.abspath(sys.argv[1])), "pvgctl")
MAGENTA = (255, 0, 255)
OK, REFUSED, USAGE, NO_KIOSK, BAD_FILE = range(5)


def start(rig, *args, **kwargs):
    kiosk = rig.kiosk("--mode", "640x480", *args, **kwargs)
    kiosk.says("display 0: described")
    kiosk.wayland = wait_for(lambda: next((n for n in os.listdir(rig.folder)
        if re.fullmatch(r"wayland-\d+", n)), None), "the kiosk's Wayland socket")
    return kiosk


def ctl(rig, *args, status=OK, env=None):
    """What pvgctl printed."""
    done = subprocess.run([PVGCTL, *args], env={**rig.env, **(env or {})}, cwd=rig.folder,
        capture_output=True, text=True, timeout=120, check=False)
    check(done.returncode == status,
        f"pvgctl {' '.join(args)}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    rig.said = done.stderr
    check("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr)
    return done.stdout


def ctl_json(rig, *args, status=OK):
    return json.loads(ctl(rig, "--json", *args, status=status))


def with_guest(rig, *args, scene=()):
    kiosk = start(rig, *args)
    guest = rig.guest("--seconds", "100", *scene)
    kiosk.says("the guest shows ")
    return kiosk, guest


def end(kiosk):
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def client(rig, kiosk):
    return Client(rig.path(kiosk.wayland))


def open_files(kiosk):
    return len(os.listdir(f"/proc/{kiosk.pid}/fd"))


def replay(rig, name):
    with open(rig.path(name), "rb") as file:
        data = file.read()
    check(data.startswith(b"PVGCAPT\n") and len(data) > 4096, f"{name} is no capture")
    # Its END chunk is there: it was written to its end.
    check(data[-24:-20] == b"\xff\xff\0\0", f"{name} was cut")
    program = os.path.join(os.path.dirname(PVGCTL), "..", "render", "replay", "pvg-replay")
    if not os.path.exists(program):
        raise Skip("pvg-replay was not built")
    done = subprocess.run([program, "--renderer", "null", rig.path(name)], env=rig.env,
        capture_output=True, text=True, timeout=120, check=False)
    check(done.returncode in (0, 1), f"{name}: {done.stdout[-500:]}{done.stderr[-2000:]}")
    return done


def presents(played):
    return int(re.search(r"^presents (\d+)", played.stdout, re.M)[1])


# ---- what pvgctl does ----------------------------------------------------------------------------


def status_says_what_there_is(rig):
    kiosk = start(rig, "--renderer", "null")
    told = ctl_json(rig, "status")
    check(told["pid"] == kiosk.pid and told["backend"] == "headless", f"kiosk {told}")
    check(told["renderer"] is not None and told["socket"] == rig.path("pvg-0.sock"), f"{told}")
    check(told["vm"]["state"] == "none" and told["vm"]["name"] is None, f"vm {told['vm']}")
    check("waiting for a VM on" in told["vm"]["message"], told["vm"]["message"])
    check(told["capture"] == "none" and told["osd"] is False, f"{told}")
    guest = rig.guest("--seconds", "100")
    kiosk.says("the guest shows ")
    told = ctl_json(rig, "status")
    check(told["vm"]["state"] == "running" and told["vm"]["displays"] == 1, f"vm {told['vm']}")
    check(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", told["vm"]["uuid"]), "uuid")
    text = ctl(rig, "status")
    check(f"process {kiosk.pid}" in text and "VM: " in text, text)
    guest.signal(TERM)
    guest.wait()
    wait_for(lambda: ctl_json(rig, "status")["vm"]["state"] == "none", "the VM's end")
    check("VM ended: " in ctl_json(rig, "status")["vm"]["message"], "why it ended")
    end(kiosk)


def displays_are_listed_with_outputs_and_modes(rig):
    kiosk = start(rig, "--outputs", "2")
    rig.guest("--scene", "two-displays", "--ports", "2", "--seconds", "100")
    wait_for(lambda: [d["width"] for d in ctl_json(rig, "displays")["displays"]] == [640, 640],
        "two pictures")
    told = ctl_json(rig, "displays")
    check([o["name"] for o in told["outputs"]] == ["HEADLESS-1", "HEADLESS-2"], f"{told}")
    check([o["display"] for o in told["outputs"]] == [0, 1], f"{told}")
    for output in told["outputs"]:
        check(output["on"] and (output["width"], output["height"]) == (640, 480), f"{output}")
        current = [m for m in output["modes"] if m["current"]]
        check(len(current) == 1 and current[0]["hz"] == 60.0, f"modes {output['modes']}")
    check([d["output"] for d in told["displays"]] == ["HEADLESS-1", "HEADLESS-2"], f"{told}")
    wait_for(lambda: all(d["way"] in ("upload", "composite") for d in
        ctl_json(rig, "displays")["displays"]), "the ways")
    check("output HEADLESS-2: 640x480@60.000" in ctl(rig, "displays"), "for people")
    end(kiosk)


def a_display_moves_to_another_output(rig):
    kiosk = start(rig, "--outputs", "2")
    rig.guest("--scene", "two-displays", "--ports", "2", "--seconds", "100")
    wait_for(lambda: [d["width"] for d in ctl_json(rig, "displays")["displays"]] == [640, 640],
        "two pictures")
    told = ctl_json(rig, "map", "0", "HEADLESS-2")
    check(told == {"command": "map", "done": True, "error": None}, f"{told}")
    check([o["display"] for o in ctl_json(rig, "displays")["outputs"]] == [1, 0], "not exchanged")

    def shows(display):
        ctl(rig, "screenshot", "--display", str(display), "shot.png")
        picture = Png(rig.path("shot.png"))
        return picture.find(MAGENTA) is not None and read_frame(picture)[1][3] == display
    wait_for(lambda: shows(0) and shows(1), "both pictures after the move")
    ctl(rig, "map", "0", "HEADLESS-2")  # as it is
    told = ctl_json(rig, "map", "0", "DP-7", status=REFUSED)
    check(told["done"] is False and "no output" in told["error"], f"{told}")
    ctl(rig, "map", "8", "HEADLESS-1", status=USAGE)
    end(kiosk)


def a_mode_is_set_and_the_guest_hears_of_it(rig):
    kiosk, _ = with_guest(rig)
    ctl(rig, "mode", "HEADLESS-1", "800x600@75")
    output = ctl_json(rig, "displays")["outputs"][0]
    check((output["width"], output["height"], output["hz"]) == (800, 600, 75.0), f"{output}")
    kiosk.says("modes from 800x600@75.000")
    ctl(rig, "mode", "DP-7", "800x600", status=REFUSED)
    check("no output of that name" in rig.said, rig.said)
    for bad in ("800", "0x600", "800x600@", "9000x600", "800x600@60x", "800x600@1001"):
        ctl(rig, "mode", "HEADLESS-1", bad, status=USAGE)
    end(kiosk)


def a_screenshot_shows_the_guest_and_its_pointer(rig):
    kiosk, _ = with_guest(rig)
    told = ctl_json(rig, "screenshot", "shot.png")
    check(told["done"] and (told["width"], told["height"]) == (640, 480), f"{told}")
    picture = wait_for(lambda: ctl(rig, "screenshot", "shot.png") == "" and
        (p := Png(rig.path("shot.png"))).find(MAGENTA) and p, "the guest in the picture")
    read_frame(picture)
    ctl(rig, "screenshot", "--display", "1", "no.png", status=REFUSED)
    check("on no output" in rig.said and not os.path.exists(rig.path("no.png")), rig.said)
    ctl(rig, "screenshot", "no/such/folder.png", status=BAD_FILE)
    ctl(rig, "screenshot", "--display", "9", "no.png", status=USAGE)
    end(kiosk)


def statistics_are_those_of_the_kiosk(rig):
    kiosk, _ = with_guest(rig, "--stats", "stats.json")
    told = ctl_json(rig, "stats", "--interval", "0.5")
    check(told["vm"] is True and told["mode"] == "640x480@60.000" and told["rss_kb"] > 0, f"{told}")
    check("tick_hz" in ctl(rig, "stats", "--interval", "0.2"), "for people")
    watch = rig.start([PVGCTL, "stats", "--watch", "--json", "--interval", "0.1"],
        stdout=subprocess.PIPE)
    lines = [json.loads(watch.process.stdout.readline()) for _ in range(3)]
    check(lines[0]["seconds"] < lines[1]["seconds"] < lines[2]["seconds"], f"{lines}")
    end(kiosk)
    check(watch.wait() == NO_KIOSK and "went away" in watch.log, f"the watcher: {watch.log}")
    written = rig.stats()[0]
    check(set(written) == set(lines[0]), f"other fields: {set(written) ^ set(lines[0])}")
    ctl(rig, "stats", "--interval", "0.01", status=NO_KIOSK)


def a_capture_is_begun_and_ended(rig):
    kiosk, guest = with_guest(rig, "--renderer", "null")
    check(ctl_json(rig, "record", "start", "part.pvgc")["done"], "start")
    check(ctl_json(rig, "status")["capture"] == "partial", "begun under a guest")
    ctl(rig, "record", "start", "second.pvgc", status=REFUSED)
    check("already" in rig.said, rig.said)
    time.sleep(0.5)  # some frames
    ctl(rig, "record", "stop")
    ctl(rig, "record", "stop", status=REFUSED)
    check(ctl_json(rig, "status")["capture"] == "none", "ended")
    guest.signal(TERM)
    guest.wait()
    kiosk.says("is gone")
    ctl(rig, "record", "start", "whole.pvgc")
    check(ctl_json(rig, "status")["capture"] == "whole", "begun before the guest")
    guest = rig.guest("--seconds", "100")
    kiosk.says("the guest shows ", kiosk.log.rfind("is gone"))
    time.sleep(0.5)
    ctl(rig, "record", "stop")
    check(os.stat(rig.path("whole.pvgc")).st_mode & 0o777 == 0o600, "others may read it")
    played = replay(rig, "whole.pvgc")
    check(played.returncode == 0 and presents(played) > 3, f"whole: {played.stdout}")
    # What the guest set up before is not in it: its packets are refused by name.
    played = replay(rig, "part.pvgc")
    check(played.returncode == 1 and presents(played) == 0 and "refused " in played.stdout,
        f"part: {played.stdout}")
    end(kiosk)


def a_capture_begun_under_a_guest_plays_from_its_next_reset_on(rig):
    kiosk = start(rig, "--renderer", "null")
    rig.guest("--scene", "reset", "--seconds", "3")
    kiosk.says("the guest shows ")
    ctl(rig, "record", "start", "reset.pvgc")
    at = kiosk.says("the guest was reset")
    kiosk.says("the guest shows ", at)
    kiosk.says("is gone", at)
    ctl(rig, "record", "stop")
    played = replay(rig, "reset.pvgc")
    check(presents(played) > 3, f"{played.stdout}")
    end(kiosk)


def captures_go_to_plain_files_alone(rig):
    kiosk = start(rig)
    os.mkfifo(rig.path("fifo"))
    for name, status in (("fifo", BAD_FILE), ("/dev/null", REFUSED), ("no/such", BAD_FILE)):
        ctl(rig, "record", "start", name, status=status)
    at = client(rig, kiosk)
    control = at.bind()
    fds = [os.open("/dev/null", os.O_RDWR), *os.pipe(), os.open(rig.path("r"), os.O_CREAT | os.O_RDONLY),
        os.open(rig.path("a"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)]
    for fd in fds:
        result = at.make(control, "start_capture", "pvg_control_result_v1", b"", [fd])
        check(at.wait(result, "done", "failed")[1][0] == 4, "the reason is not bad_file")
    check(ctl_json(rig, "status")["capture"] == "none", "a capture")
    end(kiosk)


def power_switches_an_output_off_and_on(rig):
    kiosk, _ = with_guest(rig, "--stats", "stats.json")
    ctl(rig, "power", "off", "HEADLESS-1")
    check(ctl_json(rig, "displays")["outputs"][0]["on"] is False, "still on")
    before = ctl_json(rig, "stats", "--interval", "0.5")
    after = ctl_json(rig, "stats", "--interval", "0.5")
    check(after["flips"] == before["flips"], "frames are shown while it is off")
    check(after["ticks"] > before["ticks"], "the guest's refresh events ended")
    ctl(rig, "power", "on", "HEADLESS-1")
    wait_for(lambda: ctl_json(rig, "stats", "--interval", "0.2")["flips"] > after["flips"],
        "frames again")
    ctl(rig, "power", "off", "DP-7", status=REFUSED)
    ctl(rig, "power", "dim", "HEADLESS-1", status=USAGE)
    end(kiosk)


def screens_go_off_when_nobody_does_anything(rig):
    # A guest that shows little is no film; one that shows much keeps the screen on.
    kiosk = start(rig, "--screen-off", "3", "--log-level", "debug")
    guest = rig.guest("--seconds", "200", "--fps", "2")
    kiosk.says("the screens are switched off")
    check(ctl_json(rig, "displays")["outputs"][0]["on"] is False, "still on")
    ctl(rig, "power", "on", "HEADLESS-1")
    check(ctl_json(rig, "displays")["outputs"][0]["on"] is True, "still off")
    guest.signal(TERM)
    guest.wait()
    rig.guest("--seconds", "200")
    at = kiosk.says("idle: inhibited")
    time.sleep(5)
    kiosk.read()
    check("the screens are switched off" not in kiosk.log[at:], "off during the film")
    end(kiosk)


def a_parent_is_kept_awake_while_the_guest_plays(rig):
    parent = start(rig, "--log-level", "debug")
    kiosk = rig.kiosk("--mode", "640x480", "--socket", rig.path("inner.sock"), backend="wayland",
        env={"WAYLAND_DISPLAY": parent.wayland})
    guest = rig.guest("--seconds", "200", socket="inner.sock")
    parent.says("idle: inhibited")
    guest.signal(TERM)
    guest.wait()
    parent.says("idle: possible")
    end(kiosk)
    end(parent)


def buttons_of_the_vm_are_pressed(rig):
    kiosk = start(rig)
    ctl(rig, "vm", "powerdown", status=REFUSED)
    check("no VM" in rig.said, rig.said)
    peer = Peer(rig.path("pvg-0.sock"))
    peer.attach()
    for action, number in (("powerdown", 0), ("reset", 2)):
        wait_for(lambda: ctl_json(rig, "status")["vm"]["state"] == "running", "the VM")
        ctl(rig, "vm", action)
        kind, payload = peer.receive()
        check(kind == POWER and payload == uint(number), f"{kind:x} {payload}")
    ctl(rig, "vm", "explode", status=USAGE)
    peer.close()
    end(kiosk)


def statistics_are_drawn_and_taken_away(rig):
    # The picture is otherwise committed as it is: the guest has no pointer.
    kiosk, _ = with_guest(rig, scene=("--pointer", "0"))
    wait_for(lambda: ctl_json(rig, "displays")["displays"][0]["way"] == "upload", "upload")
    ctl(rig, "osd", "on")
    check(ctl_json(rig, "status")["osd"] is True, "not on")
    wait_for(lambda: ctl_json(rig, "displays")["outputs"][0]["indirect"].startswith("statistics"),
        "statistics over the picture")
    wait_for(lambda: ctl_json(rig, "stats", "--interval", "0.2")["ways"]["composite"] > 0,
        "composited frames")
    ctl(rig, "osd", "off")
    wait_for(lambda: ctl_json(rig, "displays")["outputs"][0]["indirect"] == "direct",
        "the picture as it is")
    ctl(rig, "osd", "maybe", status=USAGE)
    end(kiosk)


def overlays_come_and_go_without_a_hitch(rig):
    kiosk, guest = with_guest(rig, "--stats", "stats.json", "--trace", "trace.json",
        scene=("--pointer", "0"))
    way = lambda: ctl_json(rig, "displays")["outputs"][0]["indirect"] # noqa: E731
    wait_for(lambda: way() == "direct", "the picture as it is")
    for i in range(4):
        ctl(rig, "osd", "on")
        wait_for(lambda: way().startswith("statistics"), "statistics over the picture")
        time.sleep(0.3)
        ctl(rig, "osd", "off")
        wait_for(lambda: way() == "direct", "the picture as it is again")
        time.sleep(0.3)
        ctl(rig, "screenshot", f"shot-{i}.png")
    guest.signal(TERM)
    guest.wait()
    end(kiosk)
    last = rig.stats()[-1]
    # Each picture was shown, as it was or with the statistics over it, but for what a busy machine
    # replaced and the end cut off.
    check(last["ways"]["upload"] > 5 and last["ways"]["composite"] > 5, f"{last['ways']}")
    check(last["presented"] - last["replaced"] - last["flips"] <= 2, f"{last}")
    # Ticks lost by the machine are the machine's; none by the kiosk's own work.
    late = last["late"]
    check(late["main"] == 0 and late["lock"] == 0 and last["watchdogs"] == 0, f"{late}")
    with open(rig.path("trace.json"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    ticks = [line["when_ns"] for line in lines if line.get("trace") == "tick" and line["delivered"]]
    period = 1e9 / 60
    lost = sum(round((b - a) / period) - 1 for a, b in zip(ticks, ticks[1:]))
    check(len(ticks) > 60, f"{len(ticks)} ticks")
    # A guest that is not armed at a tick gets the next one: no refresh is lost by the kiosk.
    unarmed = sum(1 for line in lines if line.get("trace") == "tick" and not line["delivered"])
    check(lost <= last["missed"] + unarmed, f"{lost} ticks lost, {last['missed']} missed, {unarmed}")


def quit_ends_the_kiosk_and_its_command(rig):
    kiosk = start(rig, command=rig.sim("--seconds", "100"))
    kiosk.says("the guest shows ")
    ctl(rig, "quit")
    check(kiosk.wait() == 0, "exit status")
    ctl(rig, "status", status=NO_KIOSK)
    check("no kiosk" in rig.said, rig.said)


def the_right_kiosk_is_found(rig):
    ctl(rig, "status", status=NO_KIOSK)
    one = start(rig)
    check(ctl_json(rig, "status")["pid"] == one.pid, "the only one")
    # A session's own variable that leads nowhere, or to somebody who is no kiosk.
    check(json.loads(ctl(rig, "--json", "status", env={"WAYLAND_DISPLAY": "wayland-9"}))["pid"] ==
        one.pid, "beside a session")
    two = rig.kiosk("--mode", "640x480", "--socket", rig.path("other.sock"))
    two.says("display 0: described")
    ctl(rig, "status", status=NO_KIOSK)
    check("several kiosks" in rig.said, rig.said)
    pids = {json.loads(ctl(rig, "--json", "--kiosk", n, "status"))["pid"]
        for n in os.listdir(rig.folder) if re.fullmatch(r"wayland-\d+", n)}
    check(pids == {one.pid, two.pid}, f"{pids}")
    end(one)
    end(two)


def wrong_usage_is_told(rig):
    kiosk = start(rig)
    for args in (["frobnicate"], [], ["--timeout", "0", "status"], ["status", "now"], ["quit", "now"],
            ["map"], ["mode", "HEADLESS-1"], ["record"], ["record", "start"], ["vm"], ["osd"],
            ["power", "on"], ["screenshot"], ["stats", "--often"], ["stats", "--interval", "0"],
            ["--no-such-option"]):
        ctl(rig, *args, status=USAGE)
    check("COMMAND" in ctl(rig, "--help") and "pvgctl" in ctl(rig, "--version"), "help")
    end(kiosk)


# ---- clients that misbehave ----------------------------------------------------------------------


def misuse_is_a_protocol_error_by_name(rig):
    kiosk = start(rig)
    cases = [
        ("take_screenshot", "screenshot", uint(8), "invalid_display"),
        ("take_screenshot", "screenshot", uint(0xffffffff), "invalid_display"),
        ("map_display", "result", uint(8) + string("HEADLESS-1"), "invalid_display"),
        ("set_mode", "result", string("HEADLESS-1") + uint(0, 480, 0), "invalid_mode"),
        ("set_mode", "result", string("HEADLESS-1") + uint(640, 8193, 0), "invalid_mode"),
        ("set_mode", "result", string("HEADLESS-1") + uint(640, 480, 1000001), "invalid_mode"),
        ("set_mode", "result", string("X") + uint(0x80000000, 0x80000000, 0x80000000), "invalid_mode"),
        ("get_statistics", "statistics", uint(99), "invalid_interval"),
        ("get_statistics", "statistics", uint(60001), "invalid_interval"),
        ("set_power", "result", string("HEADLESS-1") + uint(2), "invalid_switch"),
        ("set_osd", "result", uint(0xffffffff), "invalid_switch"),
        ("control_vm", "result", uint(2), "invalid_action"),
    ]
    for name, interface, payload, error in cases:
        at = client(rig, kiosk)
        at.make(at.bind(), name, f"pvg_control_{interface}_v1", payload)
        told = at.is_refused()
        check(told == error, f"{name}: {told} instead of {error}")
        at.close()
    check(ctl_json(rig, "displays")["outputs"][0]["width"] == 640, "something was changed")
    end(kiosk)


def broken_messages_cost_the_client_alone(rig):
    kiosk = start(rig)
    header = lambda target, opcode, size: uint(target, size << 16 | opcode)  # noqa: E731
    for what in ("opcode", "object", "short", "long", "string", "version", "id", "nofd"):
        at = client(rig, kiosk)
        control = at.bind()
        if what == "opcode":
            at.raw(header(control, 200, 8))
        elif what == "object":
            at.raw(header(4000, 0, 8))
        elif what == "short":
            at.raw(header(control, 3, 8))
        elif what == "long":
            at.raw(header(control, 3, 0xfffc))
            at.raw(b"x" * 0xfff4)
        elif what == "string":
            at.make(control, "set_power", "pvg_control_result_v1", uint(400) + b"HEAD" + uint(1))
        elif what == "version":
            at.bind(version=9)
        elif what == "id":
            at.request(control, "get_status", uint(control))
        elif what == "nofd":
            at.make(control, "start_capture", "pvg_control_result_v1")
        try:
            at.roundtrip(seconds=2 if what == "long" else 60)
        except TimeoutError: # the kiosk waits for the rest of that one
            check(what == "long", f"{what}: no answer")
        check(at.closed or at.error is not None or what == "long", f"{what} was taken")
        at.close()
        ctl(rig, "status")
    end(kiosk)


def names_of_outputs_are_only_compared(rig):
    kiosk = start(rig)
    at = client(rig, kiosk)
    control = at.bind()
    for name in ("", "x" * 3000, "%s%n%d", "../../etc", "HEADLESS-1\n", "HEADLESS-"):
        result = at.make(control, "set_power", "pvg_control_result_v1", string(name) + uint(0))
        event, arguments = at.wait(result, "done", "failed")
        check(event == "failed" and arguments[0] == 0, f"{name[:20]}: {event} {arguments}")
    check("%" not in kiosk.log.split("display 0: described")[1], "a name reached the log")
    end(kiosk)


def floods_are_limited_by_name(rig):
    kiosk = start(rig, "--renderer", "none")  # one that comes up meanwhile opens files too
    ctl(rig, "status")  # it has opened what it needs
    files = open_files(kiosk)
    for name, interface, payload in (("take_screenshot", "screenshot", uint(0)),
            ("get_statistics", "statistics", uint(60000))):
        at = client(rig, kiosk)
        control = at.bind()
        data = b""
        for _ in range(300):
            made = at.new(f"pvg_control_{interface}_v1")
            data += at.message(control, name, uint(made) + payload)
        try:
            at.raw(data)
        except OSError:
            pass  # it was faster
        told = at.is_refused()
        check(told == "too_many", f"{name}: {told}")
        at.close()
    # What may come as often as one likes is answered as often.
    at = client(rig, kiosk)
    control = at.bind()
    for _ in range(20):
        for _ in range(50):
            made = at.new("pvg_control_status_v1")
            at.request(control, "get_status", uint(made))
            at.request(made, "destroy")
        check(at.roundtrip(), "status")
    at.close()
    wait_for(lambda: open_files(kiosk) <= files + 1, "descriptors closed")
    check(ctl_json(rig, "displays")["outputs"][0]["on"], "the kiosk after it")
    end(kiosk)


def a_client_that_does_not_read_is_cut_off(rig):
    kiosk, _ = with_guest(rig)
    deaf = client(rig, kiosk)
    deaf.sock.setblocking(False)
    control = deaf.bind()
    try:
        for _ in range(20000):
            deaf.request(control, "get_status", uint(deaf.new("pvg_control_status_v1")))
    except (BlockingIOError, BrokenPipeError, ConnectionResetError):
        pass
    first = ctl_json(rig, "stats", "--interval", "0.3")
    second = ctl_json(rig, "stats", "--interval", "0.3")
    check(second["ticks"] > first["ticks"] and second["flips"] > first["flips"],
        "the guest stands still")
    deaf.close()
    end(kiosk)


def clients_may_leave_at_any_time(rig):
    kiosk, _ = with_guest(rig)
    ctl(rig, "status")  # it has opened what it needs
    files = open_files(kiosk)
    for number in range(60):
        at = client(rig, kiosk)
        control = at.bind()
        kind = number % 6
        if kind == 0:
            at.make(control, "take_screenshot", "pvg_control_screenshot_v1", uint(0))
        elif kind == 1:
            at.make(control, "get_statistics", "pvg_control_statistics_v1", uint(100))
        elif kind == 2:
            fd = os.open(rig.path("capture"), os.O_CREAT | os.O_WRONLY)
            at.make(control, "start_capture", "pvg_control_result_v1", b"", [fd])
            os.close(fd)
        elif kind == 3:
            at.make(control, "stop_capture", "pvg_control_result_v1")
        elif kind == 4:
            message = at.message(control, "get_status", uint(at.new("pvg_control_status_v1")))
            at.raw(message[:7])  # half a header
        else:
            shot = at.make(control, "take_screenshot", "pvg_control_screenshot_v1", uint(0))
            at.request(shot, "destroy")
            at.request(control, "destroy")
        if number % 3 == 0:
            at.sock.shutdown(1)  # half closed
        at.close()
    def is_quiet():
        # A capture that nobody ended goes on, and can be ended.
        if ctl_json(rig, "status")["capture"] != "none":
            subprocess.run([PVGCTL, "record", "stop"], env=rig.env, capture_output=True,
                timeout=120, check=False)
        return open_files(kiosk) <= files + 1
    wait_for(is_quiet, "descriptors closed")
    check(ctl_json(rig, "status")["capture"] == "none", "a capture that cannot be ended")
    end(kiosk)


def the_kiosk_may_end_while_clients_wait(rig):
    kiosk, _ = with_guest(rig)
    clients = [client(rig, kiosk) for _ in range(4)]
    controls = [at.bind() for at in clients]
    for at, control in zip(clients, controls):
        at.make(control, "take_screenshot", "pvg_control_screenshot_v1", uint(0))
        at.make(control, "get_statistics", "pvg_control_statistics_v1", uint(100))
        fd = os.open(rig.path("capture"), os.O_CREAT | os.O_WRONLY)
        at.make(control, "start_capture", "pvg_control_result_v1", b"", [fd])
        os.close(fd)
    for at, control in zip(clients, controls):
        try:
            at.make(control, "quit", "pvg_control_result_v1")
        except OSError:
            check(at is not clients[0], "nobody asked it to end")  # another one was faster
    check(kiosk.wait() == 0, "exit status")
    for at in clients:
        check(at.is_refused() is None, f"{at.error}")
        at.close()


def other_users_see_no_control(rig):
    if os.geteuid() != 0:
        raise Skip("only root can try to be somebody else")
    kiosk = start(rig)
    os.chmod(rig.folder, 0o755)
    os.chmod(rig.path(kiosk.wayland), 0o777)
    # Imported before: the other user may not be able to read the tests.
    script = ("import os, sys\n"
        f"sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})\n"
        "from wlclient import Client\nos.setgid(65534)\nos.setuid(65534)\n"
        f"at = Client({rig.path(kiosk.wayland)!r})\n"
        "print(' '.join(sorted(at.globals)))\n")
    done = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True,
        timeout=60, check=False)
    if done.returncode != 0 and "PermissionError" in done.stderr:
        raise Skip("this user may not become another one: " + done.stderr.splitlines()[-1])
    check(done.returncode == 0, done.stderr)
    seen = done.stdout.split()
    check("wl_compositor" in seen, f"{seen}")
    for name in seen:
        check(not re.search(r"control|screencopy|dmabuf_manager|export|power|idle|virtual|capture|"
            r"output_manager_v1$", name) or name == "zxdg_output_manager_v1", f"{name} is seen")
    check("pvg_control_v1" in client(rig, kiosk).globals, "our own user sees it")
    end(kiosk)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
