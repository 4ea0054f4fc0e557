# SPDX-License-Identifier: GPL-2.0-or-later
"""Surfaces that the guest's GPU work draws: on planes, refused (fault.c), out of GBM."""

import re

import barcode

from .look import SETTLE, Wrong, exit_status, expect, last_stats, planes, seen, summary, trace

FLAGS = 0xf # vsync, hw clock, hw completion, zero copy (presentation-time)


def shown(folder, name):
    """The flips that showed a frame."""
    flips = [flip for flip in trace(folder, name, "flip") if flip["way"]]
    expect(len(flips) >= 60, f"only {len(flips)} frames")
    return flips


def png(folder, name):
    try:
        return barcode.read_frame(barcode.Picture(folder / f"{name}.png"))
    except OSError:
        raise Wrong(f"no picture {name}") from None
    except barcode.Unreadable as reason:
        raise Wrong(f"{name}: {reason}") from None


def all_passed(folder, name, program):
    try:
        text = (folder / name).read_text()
    except OSError:
        raise Wrong(f"{program} was not run") from None
    passed = re.search(r"\[  PASSED  \] (\d+) test", text)
    expect(passed and "FAILED" not in text and "SKIPPED" not in text and "failed with" not in text,
        (text.strip().splitlines() or ["it said nothing"])[-1])
    return f"{passed.group(1)} tests"


def gl_draws_into_udmabufs(folder):
    return all_passed(folder, "import.txt", "test-import")


def surfaces_on_the_display_outlive_a_lost_context(folder):
    return all_passed(folder, "restore.txt", "test-restore")


def drawn_frames_are_on_the_plane_itself(folder):
    flips = shown(folder, "drawn")
    good = [flip for flip in flips
        if flip["way"] == "plane" and flip["cpu_bytes"] == 0 and flip["flags"] & FLAGS == FLAGS]
    ways = sorted({f"{flip['way']} {flip['cpu_bytes']} {flip['flags']:#x}" for flip in flips})
    text = f"{len(good)} of {len(flips)} frames on the plane, flags {FLAGS:#x}, no byte copied"
    expect(len(good) >= 0.999 * len(flips), f"{text}: way, bytes, flags: {ways}")
    stats = last_stats(folder, "drawn")
    expect(stats["ways"]["plane"] == len([f for f in flips if f["way"] == "plane"]),
        f"the kiosk counted {stats['ways']}")
    return text


def nothing_is_copied_for_them(folder):
    stats = last_stats(folder, "drawn")
    gpu = stats["gpu"]
    text = (f"{gpu['presents_shown']} presents, {gpu['homes']} moves, {gpu['renames']} renames")
    expect(stats["cpu_bytes_shown"] == 0 and stats["bytes_copied"] == 0,
        f"{stats['bytes_copied']} bytes copied")
    expect(gpu["presents_read"] == 0 and gpu["read_backs"] == {}, f"read back: {gpu['read_backs']}")
    expect(stats["left_plane"] is None, f"left the plane: {stats['left_plane']}")
    # While the first pictures are made the guest may be ahead of the display.
    expect(gpu["homes"] + gpu["renames"] <= 20, text)
    return text


def drawn_pixels_are_right(folder):
    number, mode = png(folder, "drawn")
    presents = summary(folder, "drawn")["ports"][0]["presents"]
    expect(mode[:2] == (640, 480), f"a picture of {mode[0]}x{mode[1]}")
    expect(presents - 4 <= number <= presents, f"frame {number} after {presents} presents")
    picture = barcode.Picture(folder / "drawn.png")
    background = picture(20, 240)
    expect(picture(320, 330) != background and max(picture(320, 330)) > 60,
        f"no triangle: {picture(320, 330)} on {background}")
    return f"frame {number} of {presents}"


def drawn_frames_and_the_pointer_share_the_refresh(folder):
    """The pointer moves with every frame, on its plane: no refresh is spent on it alone."""
    try:
        until_ns = float((folder / "drawn.until").read_text()) * 1e9
    except (OSError, ValueError):
        raise Wrong("the guest did not get far enough") from None
    flips = [flip for flip in trace(folder, "drawn", "flip") if flip["when_ns"] < until_ns]
    first = next((i for i, flip in enumerate(flips) if flip["way"]), len(flips))
    flips = flips[first + SETTLE:]
    expect(len(flips) >= 300, f"only {len(flips)} flips")
    alone = [flip for flip in flips if not flip["way"]]
    gaps = sum(b["seq"] - a["seq"] - 1 for a, b in zip(flips, flips[1:]))
    text = f"{len(flips)} flips, {len(alone)} without a new frame, {gaps} refreshes missed"
    expect(len(alone) <= len(flips) // 100 and gaps <= len(flips) // 100, text)
    found = planes(folder, "drawn.drm")
    used = {name: plane.get("size") for name, plane in found.items()
        if plane.get("crtc") not in (None, "(null)")}
    expect(sorted(used.values())[0] != "640x480" or len(used) == 2, f"planes in use: {used}")
    return text


def a_pointer_without_a_plane_is_drawn_into_them(folder):
    flips = shown(folder, "pointer")
    ways = sorted({flip["way"] for flip in flips})
    expect(ways == ["composite"] or ways == ["composite", "plane"], f"frames went by {ways}")
    composite = [flip for flip in flips if flip["way"] == "composite"]
    expect(len(composite) >= len(flips) - 5, f"{len(composite)} of {len(flips)} were composited")
    stats = last_stats(folder, "pointer")
    expect(stats["left_plane"] == "the pointer is drawn into the picture",
        f"the reason is {stats['left_plane']}")
    expect(stats["gpu"]["presents_read"] == 0, "frames were read back")
    number, _ = png(folder, "pointer")
    return f"{len(flips)} frames, the last one seen is {number}"


# ---- a device that refuses (fault.c) -------------------------------------------------------------


def moment(folder, name):
    try:
        return float((folder / name).read_text()) * 1e9
    except (OSError, ValueError):
        raise Wrong(f"{name}: the script did not get that far") from None


def what_the_plane_refuses_while_it_draws_is_replaced(folder):
    since_ns = moment(folder, "refused.from")
    flips = shown(folder, "refused")
    before = [flip["way"] for flip in flips if flip["when_ns"] < since_ns][-60:]
    after = [flip["way"] for flip in flips if flip["when_ns"] > since_ns]
    text = (f"{after.count('plane')} frames on the plane and {after.count('composite')} composited "
        f"after the refusal")
    expect(set(before) == {"plane"}, f"before it frames went by {sorted(set(before))}")
    expect("a udmabuf picture is not taken, trying dumb buffer" in
        (folder / "refused.log").read_text(errors="replace"), "udmabufs were not refused")
    expect(set(after[-60:]) == {"plane"} and len(after) > 200, f"{text}: {after[-60:]}")
    stats = last_stats(folder, "refused")
    expect(stats["gpu"]["presents_read"] == 0, f"{stats['gpu']['presents_read']} were read back")
    done = summary(folder, "refused")["ports"][0]
    expect(done["watchdogs"] == 0, f"the guest gave up {done['watchdogs']} times")
    number, _ = png(folder, "refused")
    expect(done["presents"] - 4 <= number <= done["presents"], f"frame {number} of {done['presents']}")
    return text


def commits_that_fail_after_their_test_cost_their_own_time_only(folder):
    from_ns, until_ns = moment(folder, "failed.from"), moment(folder, "failed.until")
    flips = shown(folder, "failed")
    during = [flip for flip in flips if from_ns + 100e6 < flip["when_ns"] < until_ns]
    after = [flip for flip in flips if flip["when_ns"] > until_ns + 50e6]
    ticks = [tick for tick in trace(folder, "failed", "tick")
        if tick["delivered"] and from_ns < tick["when_ns"] < until_ns]
    wait_ms = (after[0]["when_ns"] - until_ns) / 1e6 if after else None
    text = (f"{len(ticks)} ticks in {(until_ns - from_ns) / 1e9:.1f} s without a commit, "
        f"{len(after)} frames afterwards, the first after {wait_ms:.0f} ms" if after else "no frames")
    expect(not during, f"{len(during)} frames were flipped although commits failed")
    expect(len(ticks) >= 30, text) # a guest that gets none gives up
    expect(len(after) > 200 and wait_ms < 500, text)
    expect({flip["way"] for flip in after[-60:]} == {"upload"}, "frames are composited at the end")
    done = summary(folder, "failed")["ports"][0]
    expect(done["watchdogs"] == 0, f"the guest gave up {done['watchdogs']} times")
    expect(exit_status(folder, "failed") == 0, "the kiosk did not end well")
    return text


def without_a_panel_it_waits_for_one(folder):
    expect((folder / "panel.before").read_text().strip() == "disconnected", "there was a panel")
    expect((folder / "panel.outputs").read_text().strip() == "0", "it had an output at the start")
    done = summary(folder, "panel")
    flips = shown(folder, "panel")
    text = f"{len(flips)} frames after the panel came, {done['ports'][0]['presents']} presents"
    expect(done["ok"] and done["ports"][0]["watchdogs"] == 0, f"the guest failed: {done['error']}")
    expect(len(flips) > 120, text)
    png(folder, "panel")
    expect(exit_status(folder, "panel") == 0, "the kiosk did not end well")
    return text


# ---- out of GBM ----------------------------------------------------------------------------------


def surfaces_come_out_of_gbm(folder):
    log = (folder / "gbm.log").read_text(errors="replace")
    expect("shown as they are, made of GPU memory" in log, "homes were not made by the allocator")
    stats = last_stats(folder, "gbm")
    text = f"{stats['ways']}, {stats['gpu']['homes']} moves, {stats['gpu']['renames']} renames"
    expect(stats["ways"]["plane"] >= 20 and stats["gpu"]["presents_read"] == 0, text)
    first, mode = seen(folder, "gbm0")
    second, _ = seen(folder, "gbm1")
    expect(mode[:2] == (640, 480) and second > first > 0, f"frames {first} and {second}")
    return text
