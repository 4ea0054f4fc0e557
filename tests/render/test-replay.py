#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of pvg-kiosk played back: test-replay.py KIOSK GUESTSIM CASE REPLAY DUMP"""
import os
import random
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "compositor"))
from rig import PATIENCE, Png, Skip, check, has_sanitizer_report, read_frame, run_case  # noqa: E402

REPLAY, DUMP = (os.path.abspath(path) for path in sys.argv[4:6])
NO_RENDERER = 3


def run(rig, *args):
    """Exit status, lines of output, error output."""
    done = subprocess.run(args, env=rig.env, cwd=rig.folder, capture_output=True, timeout=PATIENCE,
        check=False)
    errors = done.stderr.decode(errors="replace")
    check(not has_sanitizer_report(errors), f"sanitizer report\n{errors[-4000:]}")
    return done.returncode, done.stdout.decode().splitlines(), errors


def play(rig, capture, *options):
    """The lines of presents, after a replay without a difference."""
    status, lines, errors = run(rig, REPLAY, *options, capture)
    if status == NO_RENDERER:
        raise Skip("no GLES renderer")
    check(status == 0 and errors == "", f"status {status}\n{errors}")
    check(not any(line.startswith("refused") for line in lines), f"refusals {lines[-5:]}")
    return [line for line in lines if line.startswith("present ")]


def record(rig, scene, renderer="gles"):
    """A capture, and the picture that was on the screen when the guest ended."""
    return record_command(rig, rig.sim("--scene", scene, "--seconds", "2", "--pointer", "0"), renderer)


def record_command(rig, command, renderer="gles"):
    kiosk = rig.kiosk("--mode", "320x240", "--renderer", renderer, "--record", "a.pvgcap",
        "--screenshot", "shot.png", command=command)
    status = kiosk.wait()
    if status == 3:
        raise Skip("no GLES renderer: " + kiosk.log.strip().splitlines()[-1])
    driver = os.environ.get("PVG_TEST_DRIVER", "")
    if driver and f"gles: {driver}" not in kiosk.log:
        raise Skip(f"no {driver} here")
    check(status == 0, "exit status of the kiosk")
    return Png(rig.path("shot.png"))


def check_scene(rig, scene):
    shown = record(rig, scene)
    first = play(rig, "a.pvgcap", "--picture", "last.png")
    check(len(first) > 3, f"{len(first)} presents")
    check(len({line.split()[-1] for line in first}) > 3, "the pictures do not change")
    check(play(rig, "a.pvgcap") == first, "another replay has other pictures")
    nothing = play(rig, "a.pvgcap", "--renderer", "null")
    check(len(nothing) == len(first), f"{len(nothing)} presents of {len(first)} without drawing")
    # The picture that the kiosk showed last is the one of that frame.
    frame, mode = read_frame(shown)
    check(play(rig, "a.pvgcap", "--presents", str(frame), "--picture", "at.png") == first[:frame],
        "a replay that stops early has other pictures")
    replayed = Png(rig.path("at.png"))
    check(read_frame(replayed) == (frame, mode), "another frame")
    check(replayed.pixels == shown.pixels, "not the picture that was shown")


def what_the_cpu_painted_is_replayed(rig):
    check_scene(rig, "barcode")


def what_the_gpu_drew_is_replayed(rig):
    check_scene(rig, "triangle")


def a_replay_goes_on_over_resets_and_a_second_guest(rig):
    record(rig, "reset")
    first = play(rig, "a.pvgcap")
    check(len(first) > 3, f"{len(first)} presents of a guest that was reset")
    check(any("reset epoch" in line for line in run(rig, DUMP, "a.pvgcap")[1]),
        "no reset in the capture")
    guest = shlex.join(rig.sim("--scene", "triangle", "--seconds", "2", "--pointer", "0"))
    shown = record_command(rig, ["sh", "-c", f"{guest}; {guest}"])
    lines = play(rig, "a.pvgcap", "--picture", "last.png")
    dump = run(rig, DUMP, "a.pvgcap")[1]
    guests = [i for i, line in enumerate(dump) if "connect epoch" in line]
    check(len(guests) == 2, f"{len(guests)} guests in the capture")
    frame, _ = read_frame(shown)
    check(frame < len(lines), "the second guest's frames are not counted behind the first one's")
    check(read_frame(Png(rig.path("last.png")))[0] >= frame, "the last picture is not the second guest's")
    check(play(rig, "a.pvgcap") == lines, "another replay has other pictures")


def a_dump_names_packets_and_records(rig):
    record(rig, "triangle")
    status, lines, errors = run(rig, DUMP, "a.pvgcap")
    check(status == 0 and errors == "", f"status {status}\n{errors}")
    text = "\n".join(lines)
    for words in ("connect epoch", "FIFO_WRITTEN", "doorbells channels", "packet 0x30 DefineFIFO",
            "packet 0x37 ExecIndirect2", "segment render", "draw-primitives",
            "set-render-pipeline-state", "present 2 port 0", "tick port 0"):
        check(words in text, f"no '{words}' in the dump")


def broken_captures_are_refused_by_name(rig):
    record(rig, "barcode", "null")
    with open(rig.path("a.pvgcap"), "rb") as file:
        good = file.read()
    cases = {
        b"": "this is no capture",
        b"PVGCAPT?" + good[8:]: "this is no capture",
        good[:32] + b"\x03\0\0\0" + b"\xff" * 12: "a chunk is longer",
        good[:len(good) // 2]: "cut",
    }
    for data, words in cases.items():
        with open(rig.path("b.pvgcap"), "wb") as file:
            file.write(data)
        status, lines, errors = run(rig, REPLAY, "--renderer", "null", "b.pvgcap")
        if words == "cut":
            check(lines[-1] == "cut off", f"{lines[-3:]}")
        else:
            check(status == 2 and words in errors, f"status {status}, '{errors}' without '{words}'")
        check(run(rig, DUMP, "b.pvgcap")[0] == (1 if words == "cut" else 2), "status of the dump")
    check(run(rig, REPLAY, "--renderer", "null", "no-such-file")[0] == 2, "a missing file")
    check(run(rig, REPLAY)[0] == 64, "no file")


def damaged_captures_end(rig):
    record(rig, "triangle", "null")
    with open(rig.path("a.pvgcap"), "rb") as file:
        good = file.read(400000)
    chance = random.Random(1)
    for _ in range(30):
        data = bytearray(good)
        for _ in range(chance.choice((1, 8, 64))):
            data[chance.randrange(32, len(data))] = chance.choice((0, 1, 0x7f, 0xff))
        with open(rig.path("b.pvgcap"), "wb") as file:
            file.write(data)
        status, _, errors = run(rig, REPLAY, "--renderer", "null", "b.pvgcap")
        check(status in (0, 1, 2), f"status {status}\n{errors}")


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
