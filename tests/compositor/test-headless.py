#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pvg-kiosk without a screen, with pvg-guestsim as its VM: test-headless.py KIOSK GUESTSIM CASE"""
import os
import stat

from rig import (INT, KILL, TERM, USR1, Failure, Png, Skip, check, read_frame, run_case, wait_for)

YELLOW, BLUE = (255, 255, 0), (0, 0, 255)


def a_frame_and_the_pointer_are_in_the_screenshot(rig):
    kiosk = rig.kiosk("--mode", "1280x800", "--screenshot", "shot.png", "--stats", "stats.json",
        command=rig.sim("--seconds", "2"))
    check(kiosk.wait() == 0, "exit status")
    picture = Png(rig.path("shot.png"))
    check((picture.width, picture.height) == (1280, 800), "size of the screenshot")
    frame, mode = read_frame(picture)
    check(mode == (1280, 800, 60000, 0), f"mode {mode}")
    check(picture.find(YELLOW) is not None and picture.find(BLUE) is not None, "no pointer")
    last = rig.stats()[-1]
    # The VM may end between its last present and the flip.
    check(0 <= last["presented"] - frame <= 1, f"frame {frame}, {last['presented']} presented")
    check(last["presented"] > 10 and last["flips"] > 0.3 * last["presented"], f"flips {last}")
    check(sum(last["ways"].values()) == last["flips"], "ways do not add up to the flips")
    check(last["output_backend"] == "headless" and last["flip_source"] == "timer", "source")
    check(last["mode"] == "1280x800@60.000" and last["refusals"] == {}, "mode, refusals")


def what_the_guest_s_gpu_draws_is_shown(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--renderer", "gles", "--screenshot", "shot.png",
        "--stats", "stats.json", command=rig.sim("--scene", "triangle", "--seconds", "3"))
    status = kiosk.wait()
    if status == 3:
        raise Skip("no GLES renderer: " + kiosk.log.strip().splitlines()[-1])
    check(status == 0, "exit status")
    picture = Png(rig.path("shot.png"))
    frame, mode = read_frame(picture)
    check(mode[:2] == (640, 480) and frame > 1, f"frame {frame}, mode {mode}")
    # Strong corners: red at the top, blue at the lower right in the first second, then going round.
    corners = [picture(320, 90), picture(80, 378), picture(560, 378)]
    check(sorted(max(range(3), key=lambda c: corner[c]) for corner in corners) == [0, 1, 2],
        f"corners {corners}")
    check(picture(20, 240) == (16, 24, 48), f"background {picture(20, 240)}")
    last = rig.stats()[-1]
    check(last["refusals"] == {}, f"refusals {last['refusals']}")
    check(last["ways"]["readback"] == last["flips"] > 3, f"ways {last['ways']}")
    check(last["gpu"]["presents_read"] > 3, f"gpu {last['gpu']}")


def without_a_renderer_drawing_is_refused_by_name(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--renderer", "none", "--stats", "stats.json",
        command=rig.sim("--scene", "triangle", "--seconds", "1"))
    check(kiosk.wait() == 0, "exit status")
    refusals = rig.stats()[-1]["refusals"]
    check(list(refusals) == ["record-no-renderer"] and refusals["record-no-renderer"] > 10,
        f"refusals {refusals}")


def ticks_come_at_the_mode_s_rate(rig):
    kiosk = rig.kiosk("--mode", "640x480@75", "--stats", "stats.json",
        command=rig.sim("--seconds", "4"))
    check(kiosk.wait() == 0, "exit status")
    last = rig.stats()[-1]
    check(last["mode"] == "640x480@75.000", last["mode"])
    # On a busy machine refreshes are left out, by the kiosk (late, or so that pictures do not wait for
    # each other) or by a guest that is not armed yet. The mean falls behind by just those; it never
    # runs ahead.
    lost = last["missed"] + last["unarmed"] + last["pacing"]["drained"]
    least = 75 * last["ticks"] / (last["ticks"] + lost) - 0.05
    check(last["ticks"] > 60 and least <= last["tick_hz"] <= 75.05, f"{last['tick_hz']} Hz, {last}")


def a_picture_of_another_size_is_fitted_between_bars(rig):
    kiosk = rig.kiosk("--mode", "1600x960", "--screenshot", "shot.png", "--stats", "stats.json",
        command=rig.sim("--mode", "640x480", "--seconds", "1"))
    check(kiosk.wait() == 0, "exit status")
    picture = Png(rig.path("shot.png"))
    frame, mode = read_frame(picture)
    check(mode[:2] == (640, 480), f"mode {mode}")
    for x in (0, 159, 1440, 1599):
        check(picture(x, 480) == (0, 0, 0), f"no bar at {x}: {picture(x, 480)}")
    for x in (160, 1439):
        check(picture(x, 480) != (0, 0, 0), f"no picture at {x}")
    last = rig.stats()[-1]
    check(last["ways"]["composite"] == last["flips"] > 0, f"ways {last['ways']}")


def a_picture_without_pointer_is_committed_as_it_is(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png", "--stats", "stats.json",
        command=rig.sim("--seconds", "2", "--pointer", "0"))
    check(kiosk.wait() == 0, "exit status")
    picture = Png(rig.path("shot.png"))
    read_frame(picture)
    check(picture.find(YELLOW) is None, "a pointer")
    last = rig.stats()[-1]
    check(last["ways"]["upload"] == last["flips"] > 10, f"ways {last['ways']}")


def modes_change_with_their_frames(rig):
    kiosk = rig.kiosk("--mode", "1920x1200", "--scale", "none", "--screenshot", "shot.png",
        "--stats", "stats.json", command=rig.sim("--scene", "modes", "--seconds", "1"))
    check(kiosk.wait() == 0, "exit status")
    read_frame(Png(rig.path("shot.png")))
    last = rig.stats()[-1]
    check(sum(last["ways"].values()) == last["flips"], f"ways {last['ways']}")
    check(kiosk.log.count("pictures are composited: ") == 1, "the reason is not said once")
    shown = [line for line in kiosk.log.splitlines() if "the guest shows" in line]
    check(len({line.split()[-1] for line in shown}) >= 3, f"modes {shown}")


def two_displays_are_on_their_outputs(rig):
    kiosk = rig.kiosk("--mode", "800x600", "--outputs", "2", "--screenshot", "shot.png",
        command=rig.sim("--scene", "two-displays", "--ports", "2", "--seconds", "2"))
    check(kiosk.wait() == 0, "exit status")
    for name, port in (("shot.png", 0), ("shot-1.png", 1)):
        _, mode = read_frame(Png(rig.path(name)))
        check(mode[3] == port, f"{name} shows display {mode[3]}")
    check("display 0: on output HEADLESS-1" in kiosk.log, "display 0")
    check("display 1: on output HEADLESS-2" in kiosk.log, "display 1")


def two_tasks_draw_two_displays(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--outputs", "2", "--renderer", "gles",
        "--screenshot", "shot.png", "--stats", "stats.json",
        command=rig.sim("--scene", "triangle", "--second", "imgui", "--ports", "2", "--seconds", "4"))
    status = kiosk.wait()
    if status == 3:
        raise Skip("no GLES renderer: " + kiosk.log.strip().splitlines()[-1])
    check(status == 0, "exit status")
    first, second = Png(rig.path("shot.png")), Png(rig.path("shot-1.png"))
    for picture, port in ((first, 0), (second, 1)):
        _, mode = read_frame(picture)
        check(mode[3] == port, f"display {port} shows {mode}")
    check(first(20, 240) == (16, 24, 48), f"the triangle's background is {first(20, 240)}")
    check(second(20, 240) != first(20, 240), "both displays show the same")
    last = rig.stats()[-1]
    check(last["refusals"] == {} and last["gpu"]["presents_read"] > 6, f"{last}")


def a_screenshot_is_taken_at_the_frame_asked_for(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png", "--screenshot-at", "30",
        command=rig.sim("--seconds", "2"))
    check(kiosk.wait() == 0, "exit status")
    frame, _ = read_frame(Png(rig.path("shot.png")))
    check(30 <= frame <= 40, f"frame {frame}")


def a_frame_that_never_comes_is_an_error(rig):
    kiosk = rig.kiosk("--screenshot", "shot.png", "--screenshot-at", "100000",
        command=rig.sim("--seconds", "1"))
    check(kiosk.wait() == 1, "exit status")
    check("frame 100000 was never shown" in kiosk.log, "message")
    check(not os.path.exists(rig.path("shot.png")), "a screenshot all the same")


def a_signal_takes_a_screenshot_at_once(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png")
    guest = rig.guest("--seconds", "50")
    kiosk.says("the guest shows 640x480")
    kiosk.signal(USR1)
    kiosk.says("screenshot shot.png: 640x480")
    first, _ = read_frame(Png(rig.path("shot.png")))
    kiosk.signal(USR1)
    kiosk.says("screenshot shot.png", kiosk.says("screenshot shot.png"))
    second, _ = read_frame(Png(rig.path("shot.png")))
    check(second > first, f"frames {first}, {second}")
    guest.signal(TERM)
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")


def the_last_picture_of_a_vm_that_is_gone_is_kept(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png")
    check(rig.guest("--seconds", "1").wait() == 0, "guest")
    kiosk.says("is gone")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")
    read_frame(Png(rig.path("shot.png")))


def without_a_vm_the_kiosk_says_what_it_waits_for(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png")
    kiosk.signal(INT)
    check(kiosk.wait() == 0, "exit status")
    picture = Png(rig.path("shot.png"))
    check(picture(0, 0) == (0, 0, 0), "background")
    check(picture.find((0xb8, 0xc4, 0xd0)) is not None, "no words")
    check(picture.colours() == 2, "more than words")


def a_killed_vm_gives_way_to_the_next(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png", "--stats", "stats.json")
    at = 0
    for _ in range(3):
        guest = rig.guest("--seconds", "50")
        at = kiosk.says("the guest shows 640x480", at)
        guest.signal(KILL)
        at = kiosk.says("VM guestsim is gone", at)
    check(rig.guest("--seconds", "1", "--first-frame", "5000").wait() == 0, "the last guest")
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")
    frame, _ = read_frame(Png(rig.path("shot.png")))
    check(frame >= 5000, f"frame {frame} is of an earlier guest")
    check(rig.stats()[-1]["refusals"] == {}, "refusals")


def a_reset_shows_no_frame_of_the_life_before(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--stats", "stats.json",
        command=rig.sim("--scene", "reset", "--seconds", "1"))
    check(kiosk.wait() == 0, "exit status")
    check("the guest was reset" in kiosk.log, "no word of the reset")


def a_late_kiosk_is_found(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--screenshot", "shot.png",
        command=rig.sim("--scene", "late-kiosk", "--seconds", "1"))
    check(kiosk.wait() == 0, "exit status")
    read_frame(Png(rig.path("shot.png")))


def a_second_vm_is_refused_by_name_until_the_first_is_gone(rig):
    kiosk = rig.kiosk("--mode", "640x480")
    first = rig.guest("--seconds", "50")
    kiosk.says("the guest shows")
    second = rig.guest("--seconds", "1", "--patience", "30")
    at = kiosk.says("VM guestsim refused: another VM is shown")
    check(first.process.poll() is None, "the first VM was thrown out")
    first.signal(TERM)
    first.wait()
    # The second guest has tried its luck once; the next one gets in.
    second.wait()
    third = rig.guest("--seconds", "1")
    kiosk.says("the guest shows", at)
    check(third.wait() == 0, "the next VM")


def exit_statuses_are_passed_on(rig):
    for command, status in ((["sh", "-c", "exit 7"], 7), (["true"], 0),
            (["sh", "-c", "kill -9 $$"], 137), (["/nonexistent/program"], 127), (["/"], 126)):
        kiosk = rig.kiosk(command=command)
        got = kiosk.wait()
        check(got == status, f"{command}: exit status {got}, not {status}")


def own_failures_have_their_codes(rig):
    kiosk = rig.kiosk("--nonsense", ready=False)
    check(kiosk.wait() == 2 and "--nonsense" in kiosk.log, "usage")
    kiosk = rig.kiosk(backend="wayland", ready=False, env={"WAYLAND_DISPLAY": "nowhere"})
    check(kiosk.wait() == 3 and "WAYLAND_DISPLAY" in kiosk.log, "no display")
    with open(rig.path("file"), "w"):
        pass
    kiosk = rig.kiosk("--socket", rig.path("file"), ready=False)
    check(kiosk.wait() == 4 and "something else of that name" in kiosk.log, "socket")
    check(os.path.exists(rig.path("file")), "somebody's file was removed")
    kiosk = rig.kiosk("--socket", rig.path("x" * 200), ready=False)
    check(kiosk.wait() == 4, "a path that is too long")
    kiosk = rig.kiosk("--stats", rig.path("no/such/folder"), ready=False)
    check(kiosk.wait() == 1, "statistics that cannot be written")
    kiosk = rig.kiosk("--record", rig.path("no/such/folder"), ready=False)
    check(kiosk.wait() == 1, "a capture that cannot be written")
    kiosk = rig.kiosk("--screenshot", rig.path("no/such/folder.png"), command=["true"])
    check(kiosk.wait() == 1, "a screenshot that cannot be written")


def sockets_are_private_numbered_and_cleaned_up(rig):
    first = rig.kiosk()
    second = rig.kiosk()
    check(rig.path("pvg-0.sock") in first.log and rig.path("pvg-1.sock") in second.log, "numbers")
    mode = os.stat(rig.path("pvg-0.sock")).st_mode
    check(stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600, f"mode {mode:o}")
    taken = rig.kiosk("--socket", rig.path("pvg-0.sock"), ready=False)
    check(taken.wait() == 4 and "another pvg-kiosk listens there" in taken.log, "taken")
    first.signal(KILL)
    first.wait()
    check(os.path.exists(rig.path("pvg-0.sock")), "no stale socket to try")
    third = rig.kiosk()
    check(rig.path("pvg-0.sock") in third.log, "the stale socket was not taken over")
    for kiosk in (second, third):
        kiosk.signal(TERM)
        check(kiosk.wait() == 0, "exit status")
    left = [name for name in os.listdir(rig.folder) if name.startswith("pvg-")]
    check(left == [], f"left behind: {left}")


def the_command_ends_with_the_kiosk(rig):
    kiosk = rig.kiosk(command=["sh", "-c", "echo $$ > pid; exec sleep 1000"])
    pid = int(wait_for(lambda: os.path.exists(rig.path("pid")) and open(rig.path("pid")).read(),
        "the command's pid"))
    kiosk.signal(TERM)
    check(kiosk.wait() == 0, "exit status")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return
    raise Failure("the command goes on alone")


def the_command_knows_both_sockets_and_the_displays(rig):
    kiosk = rig.kiosk("--outputs", "3", "--displays", "2", command=["sh", "-c",
        'test -S "$PVG_SOCKET" && test -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" && '
        'test "$PVG_DISPLAYS" = 2'])
    check(kiosk.wait() == 0, "exit status")


def the_command_knows_how_many_displays_there_are(rig):
    kiosk = rig.kiosk("--outputs", "3", command=["sh", "-c", 'test "$PVG_DISPLAYS" = 3'])
    check(kiosk.wait() == 0, "three outputs")
    kiosk = rig.kiosk("--outputs", "3", "--displays", "2",
        command=["sh", "-c", 'test "$PVG_DISPLAYS" = 2'])
    check(kiosk.wait() == 0, "--displays 2")


def an_idle_guest_costs_next_to_nothing(rig, renderer="auto"):
    kiosk = rig.kiosk("--mode", "640x480", "--stats", "stats.json", "--renderer", renderer,
        command=rig.sim("--scene", "idle", "--seconds", "7"))
    status = kiosk.wait()
    if status == 3 and renderer == "gles":
        raise Skip("no GLES renderer: " + kiosk.log.strip().splitlines()[-1])
    check(status == 0, "exit status")
    lines = [line for line in rig.stats() if not line["summary"] and line["vm"]][3:]
    check(len(lines) >= 2, "too few seconds")
    best = min(line["wakeups_per_s"] for line in lines)
    check(best <= 70, f"{best} wake-ups a second at best")
    check(lines[-1]["commits"] == lines[0]["commits"], "something was committed without a change")
    spent = lines[-1]["cpu_seconds"] - lines[0]["cpu_seconds"]
    share = spent / (lines[-1]["seconds"] - lines[0]["seconds"])
    limit = 0.10 if "AddressSanitizer" in open(rig.kiosk_program, "rb").read().decode("latin-1") else 0.02
    check(share < limit, f"{share:.2%} of a core")


def an_idle_guest_costs_no_more_with_a_renderer(rig):
    an_idle_guest_costs_next_to_nothing(rig, "gles")


def nobody_costs_nothing(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--stats", "stats.json",
        command=["sh", "-c", "sleep 4"])
    check(kiosk.wait() == 0, "exit status")
    lines = [line for line in rig.stats() if not line["summary"]][1:]
    best = min(line["wakeups_per_s"] for line in lines)
    check(best <= 15, f"{best} wake-ups a second at best")
    check(lines[-1]["commits"] == lines[0]["commits"], "something was committed without a change")


def memory_without_guest_ram_is_small(rig):
    sanitized = "AddressSanitizer" in open(rig.kiosk_program, "rb").read().decode("latin-1")
    # A software renderer brings a compiler along, most of it pages of libraries.
    for renderer, limit_mib in (("none", 150), ("auto", 400)):
        kiosk = rig.kiosk("--mode", "1920x1080", "--renderer", renderer, "--stats", "stats.json",
            command=[rig.guestsim_program, "--ram", "1024", "--seconds", "3"])
        check(kiosk.wait() == 0, "exit status")
        kb = rig.stats()[-1]["rss_kb"]
        check(sanitized or 0 < kb < limit_mib * 1024, f"{kb} KiB resident, renderer {renderer}")


def a_capture_is_written(rig):
    kiosk = rig.kiosk("--mode", "640x480", "--record", "capture.pvg",
        command=rig.sim("--seconds", "1"))
    check(kiosk.wait() == 0, "exit status")
    check(os.stat(rig.path("capture.pvg")).st_size > 1000, "the capture is empty")


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
