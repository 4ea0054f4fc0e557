#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pvg-guestsim against fakehost.py: test-guestsim.py PROGRAM"""
import json
import os
import subprocess
import sys
import tempfile
import traceback

from fakehost import Host, check

PROGRAM = sys.argv[1]
LIMIT = 60  # seconds for one case
FEW = 8  # frames a second at least, at 60 Hz on a machine that has other work too


def run(args, modes=((1280, 800), (640, 480)), gamma=0, hz=60.0, host_first=True):
    """Returns (summary line, lines, what the host saw)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pvg.sock")
        host = Host(path, list(modes), gamma, hz) if host_first else None
        guest = subprocess.Popen([PROGRAM, "--socket", path, "--ram", "64"] + args,
                                 stdout=subprocess.PIPE, text=True)
        try:
            if host is None:
                line = json.loads(guest.stdout.readline())
                check(line.get("event") == "attaching", "late kiosk: guest did not attach first")
                host = Host(path, list(modes), gamma, hz)
            seen = host.run(LIMIT)
            out, _ = guest.communicate(timeout=LIMIT)
        finally:
            if guest.poll() is None:
                guest.kill()
                guest.wait()
    lines = [json.loads(line) for line in out.splitlines()]
    check(guest.returncode == 0, f"exit status {guest.returncode}: {lines[-1:]}")
    check(lines[-1]["ok"] is True and lines[-1]["error"] is None, f"summary {lines[-1]}")
    return lines[-1], lines, seen


def increasing(frames):
    numbers = [f[3] for f in frames]
    return all(b == a + 1 for a, b in zip(numbers, numbers[1:]))


def barcode_presents_every_refresh():
    summary, _, seen = run(["--seconds", "2"])
    port = summary["ports"][0]
    check(port["presents"] == len(seen["frames"]) > 2 * FEW, f"{len(seen['frames'])} frames")
    check(increasing(seen["frames"]), "frame numbers")
    check({f[1:3] for f in seen["frames"]} == {(1280, 800)}, "mode")
    check(port["stale"] == 0 and port["transaction"] == 0, "events")
    check(summary["faults"] == 0, "faults")


def macos11_arms_the_transaction_class():
    summary, _, seen = run(["--seconds", "1", "--style", "macos11", "--mode", "640x480"])
    port = summary["ports"][0]
    check(port["vbl"] == 0 and port["transaction"] > FEW, "classes")
    check({f[1:3] for f in seen["frames"]} == {(640, 480)}, "mode")


def gamma_in_the_page_makes_it_present_with_0x07():
    _, _, seen = run(["--seconds", "1", "--style", "macos26"], gamma=1024)
    check(seen["opcodes"].get(7, 0) > FEW and 6 not in seen["opcodes"], "opcodes")


def fps_limits_the_frames():
    summary, _, seen = run(["--seconds", "2", "--fps", "10"])
    check(FEW <= len(seen["frames"]) <= 22, f"{len(seen['frames'])} frames in 2 s at 10 fps")


def every_mode_of_the_list_is_shown():
    modes = ((800, 600), (1024, 768), (1366, 768))
    _, lines, seen = run(["--scene", "modes", "--seconds", "1"], modes)
    check(tuple(dict.fromkeys(f[1:3] for f in seen["frames"])) == modes, "modes in order")
    check(increasing(seen["frames"]), "frame numbers go on over mode changes")
    check(sum(line.get("event") == "mode-done" for line in lines) == 3, "events")
    check(seen["opcodes"].get(0x36, 0) == 9 and seen["opcodes"].get(0x22, 0) == 9, "surfaces")


def two_displays_run_side_by_side():
    _, _, seen = run(["--scene", "two-displays", "--seconds", "1", "--mode", "640x480"])
    for port in (0, 1):
        frames = [f for f in seen["frames"] if f[0] == port]
        check(len(frames) > FEW and increasing(frames), f"port {port}: {len(frames)} frames")


def a_host_that_comes_late_finds_the_rings():
    _, lines, seen = run(["--scene", "late-kiosk", "--seconds", "1"], host_first=False)
    check(len(seen["frames"]) > FEW, "frames")
    names = [line.get("event") for line in lines]
    check(names.index("link-live") < names.index("attached"), "order")


def a_reset_guest_attaches_again():
    _, lines, seen = run(["--scene", "reset", "--seconds", "2"])
    check(seen["lives"] == 2, f"{seen['lives']} lives")
    first = [f[3] for f in seen["frames"] if f[3] < 1 << 20]
    second = [f[3] for f in seen["frames"] if f[3] >= 1 << 20]
    check(len(first) > FEW and len(second) > FEW, "frames of both lives")


def an_idle_guest_gets_no_events():
    summary, _, seen = run(["--scene", "idle", "--seconds", "1"])
    port = summary["ports"][0]
    check(port["online"] == 1 and port["vbl"] + port["transaction"] == 0, "events")
    check(seen["frames"] == [], "frames")


def latency_reports_its_table():
    _, lines, _ = run(["--scene", "latency"], hz=10.0)
    names = [line["bench"] for line in lines if "bench" in line]
    check("doorbell-to-interrupt" in names and "bar-read-version" in names, f"{names}")


CASES = [barcode_presents_every_refresh, macos11_arms_the_transaction_class,
         gamma_in_the_page_makes_it_present_with_0x07, fps_limits_the_frames,
         every_mode_of_the_list_is_shown, two_displays_run_side_by_side,
         a_host_that_comes_late_finds_the_rings, a_reset_guest_attaches_again,
         an_idle_guest_gets_no_events, latency_reports_its_table]


def main():
    failed = 0
    for case in CASES:
        try:
            case()
            print(f"ok {case.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED {case.__name__}", flush=True)
            traceback.print_exc()
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
