# SPDX-License-Identifier: GPL-2.0-or-later
"""vkms: flips, planes, ticks, a kiosk that is killed, terminals."""

import re

from .look import SETTLE, Wrong, events, exit_status, expect, load, planes, summary, trace


def machine_flips_udmabufs_at_the_modes_rate(folder):
    probe = load(folder, "probe.json")
    text = "{frames} flips of {mode} at {hz} Hz, {gaps} gaps, {off_grid_us} us off".format_map(probe)
    expect(probe["frames"] == 240, text)
    expect(abs(probe["hz"] - probe["refresh"]) < 0.05, text)
    expect(probe["gaps"] == 0, text)
    return text


def steady_flips(folder):
    """The flips between the guest's start and the moment when the rig looked into the kernel."""
    try:
        until_ns = float((folder / "frames.until").read_text()) * 1e9
    except (OSError, ValueError):
        raise Wrong("the guest did not get far enough") from None
    flips = [flip for flip in trace(folder, "frames", "flip")
        if flip["when_ns"] < until_ns]
    first = next((i for i, flip in enumerate(flips) if flip["way"]), len(flips))
    flips = flips[first + SETTLE:]
    expect(len(flips) >= 300, f"only {len(flips)} flips after the first {SETTLE}")
    return flips


def frames_are_flipped_without_a_gap(folder):
    flips = steady_flips(folder)
    gaps = [b["seq"] for a, b in zip(flips, flips[1:]) if b["seq"] != a["seq"] + 1]
    expect(not gaps, f"{len(gaps)} gaps in {len(flips)} flips, the first at {gaps[:1]}")
    seconds = (flips[-1]["when_ns"] - flips[0]["when_ns"]) / 1e9
    rate = (flips[-1]["seq"] - flips[0]["seq"]) / seconds
    text = f"{len(flips)} flips at {rate:.4f} Hz, no gap"
    expect(abs(rate - 60) <= 0.05, text)
    return text


def the_guests_picture_is_on_the_primary_plane(folder):
    flips = steady_flips(folder)
    ways = {flip["way"] or "no new frame" for flip in flips}
    expect(ways == {"upload"}, f"frames went by {sorted(ways)}")
    found = planes(folder, "frames.drm")
    shown = [plane for plane in found.values() if plane.get("size") == "1024x768"]
    expect(len(shown) == 1, f"{len(shown)} planes of 1024x768 in {list(found)}")
    expect("XR24" in shown[0].get("format", ""), f"format {shown[0].get('format')}")
    expect(shown[0].get("imported") == "yes", "the framebuffer is no imported dma-buf")
    return "imported dma-buf, XR24"


def the_cursor_is_on_its_plane(folder):
    found = planes(folder, "frames.drm")
    cursors = [(name, plane) for name, plane in found.items()
        if plane.get("crtc") not in (None, "(null)") and plane.get("size") not in (None, "1024x768")]
    expect(len(cursors) == 1, f"{len(cursors)} small planes in use of {list(found)}")
    return f"{cursors[0][0]}, {cursors[0][1]['size']} at {cursors[0][1].get('crtc-pos')}"


def ticks_have_the_flips_times(folder):
    flips = {flip["when_ns"] for flip in trace(folder, "frames", "flip")}
    ticks = [tick for tick in trace(folder, "frames", "tick") if tick["delivered"]][SETTLE:]
    expect(len(ticks) >= 300, f"only {len(ticks)} ticks")
    steady = {flip["when_ns"] for flip in steady_flips(folder)}
    inside = [tick for tick in ticks if min(steady) <= tick["when_ns"] <= max(steady)]
    strange = [tick for tick in inside if tick["when_ns"] not in flips]
    expect(not strange, f"{len(strange)} of {len(inside)} ticks have no flip's time")
    steps = [b["when_ns"] - a["when_ns"] for a, b in zip(inside, inside[1:])]
    period = (inside[-1]["when_ns"] - inside[0]["when_ns"]) / len(steps)
    expect(all(abs(step - period) < period / 20 for step in steps),
        f"tick intervals from {min(steps)} to {max(steps)} ns")
    expect(abs(1e9 / period - 60) <= 0.05, f"{1e9 / period:.4f} Hz")
    delays = sorted(tick["end_ns"] - tick["due_ns"] for tick in inside)
    expect(delays[-1] < period / 2, f"a tick was {delays[-1] / 1e6:.1f} ms late")
    return (f"{len(inside)} ticks at {1e9 / period:.4f} Hz; delivered after {delays[0] / 1e3:.0f} to "
        f"{delays[-1] / 1e3:.0f} us, median {delays[len(delays) // 2] / 1e3:.0f} us")


def the_guest_sees_every_refresh(folder):
    expect(exit_status(folder, "frames") == 0, f"status {exit_status(folder, 'frames')}")
    port = summary(folder, "frames")["ports"][0]
    text = (f"{port['presents']} presents, {port['vbl']} refresh events, intervals "
        f"{port['interval_us']['min']}..{port['interval_us']['mean']}..{port['interval_us']['max']} us")
    expect(port["watchdogs"] == 0 and port["stale"] == 0, text)
    # Of 12 s: an emulated machine may miss two or three while memory for the first pictures is made.
    expect(abs(port["interval_us"]["mean"] - 16666) < 80, text)
    expect(port["vbl"] >= 700, text)
    return text


def the_mode_list_reaches_the_guest(folder):
    connector = (folder / "connector.modes").read_text().split()
    expect(connector, "the connector has no modes")
    listed = events(folder, "frames", "modes")
    expect(listed, "the guest did not say what modes it was given")
    guest = []
    for mode in listed[0]["modes"]:
        size = mode.split("@")[0]
        if size not in guest:
            guest.append(size)
    expect(guest[0] == "1024x768", f"the guest's first mode is {guest[0]}")
    expect(set(guest) == set(connector), f"guest {guest}, connector {connector}")
    return f"{len(guest)} sizes"


def a_killed_kiosk_is_replaced(folder):
    expect(exit_status(folder, "killed") is not None, "")
    done = summary(folder, "killed")
    expect(done["ok"], f"the guest failed: {done['error']}")
    expect(len(events(folder, "killed", "link-lost")) == 1, "the link was not lost once")
    expect(len(events(folder, "killed", "link-live")) == 2, "there was no second connection")
    expect(done["life"] == 1, "the guest was not reset")
    flips = [flip for flip in trace(folder, "restarted", "flip") if flip["way"]]
    expect(len(flips) > 60, f"only {len(flips)} frames after the restart")
    expect(exit_status(folder, "restarted") == 0, "the second kiosk did not end well")
    return f"{len(flips)} frames by the second kiosk"


def ticks_go_on_while_another_terminal_is_shown(folder):
    try:
        away_ns, back_ns = (float(line) * 1e9 for line in
            (folder / "terminal.switches").read_text().split())
    except (OSError, ValueError):
        raise Wrong("the terminals were not switched") from None
    flips = [flip["when_ns"] for flip in trace(folder, "terminal", "flip") if flip["way"]]
    settle = 300e6 # the switch itself, a mode set
    away = [when for when in flips if away_ns + settle < when < back_ns]
    after = [when for when in flips if when > back_ns + settle]
    ticks = [tick for tick in trace(folder, "terminal", "tick")
        if tick["delivered"] and away_ns + settle < tick["when_ns"] < back_ns]
    expect(not away, f"{len(away)} frames were committed while another terminal was shown")
    expect(len(ticks) > 80, f"only {len(ticks)} ticks in {(back_ns - away_ns - settle) / 1e9:.1f} s")
    expect({tick["from"] for tick in ticks} == {"timer"}, "ticks came from flips")
    expect(len(after) > 60, f"only {len(after)} frames after the switch back")
    watchdogs = summary(folder, "terminal")["ports"][0]["watchdogs"]
    expect(watchdogs == 0, f"the guest gave up {watchdogs} times")
    return f"{len(ticks)} ticks from the timer while away, {len(after)} frames after"


def two_hundred_terminal_switches_lose_nothing(folder):
    expect(exit_status(folder, "switches") == 0, f"status {exit_status(folder, 'switches')}")
    done = summary(folder, "switches")
    expect(done["ok"], f"the guest failed: {done['error']}")
    port = done["ports"][0]
    expect(port["watchdogs"] == 0, f"the guest gave up {port['watchdogs']} times")
    log = (folder / "switches.log").read_text(errors="replace")
    back = len(re.findall(r"session active", log))
    away = len(re.findall(r"session switched away", log))
    expect(back >= 100 and away >= 100, f"{away} times away, {back} times back")
    looks = [[int(word) for word in line.split()] for line in
        (folder / "switches.look").read_text().split("\n") if line]
    (fds, _), (_, pages), _, (fds_after, pages_after) = looks # at 10, 40, 70 and 100 round trips
    text = (f"{away} times away and {back} back, {fds} to {fds_after} descriptors, "
        f"{(pages_after - pages) * 4} KiB more resident after the last 60")
    expect(fds_after <= fds + 1, text)
    # The trace's buffer fills up, 1 MiB. A keymap that stays each time would be 10 MiB.
    expect((pages_after - pages) * 4 <= 3072, text)
    last = [flip for flip in trace(folder, "switches", "flip") if flip["way"]][-60:]
    expect(len(last) == 60, "no frames at the end")
    return text


def a_picture_of_another_size_is_scaled(folder):
    ways = {flip["way"] for flip in trace(folder, "scaled", "flip") if flip["way"]}
    expect(ways == {"composite"}, f"frames went by {sorted(ways)}")
    log = (folder / "scaled.log").read_text(errors="replace")
    expect("composited: another size than the output's mode" in log, "the reason was not said")
    port = summary(folder, "scaled")["ports"][0]
    expect(port["watchdogs"] == 0 and port["presents"] > 20, f"{port['presents']} presents")
    return f"{port['presents']} presents of 320x240 on 640x480"


def the_kiosk_ends_well(folder):
    expect(exit_status(folder, "frames") == 0, f"status {exit_status(folder, 'frames')}")
    log = (folder / "frames.log").read_text(errors="replace")
    errors = [line for line in log.splitlines() if "error" in line.lower() and "egl" not in line.lower()]
    return f"{len(errors)} lines with errors in its log" if errors else None


def what_the_screen_can_do_is_said(folder):
    text = (folder / "check.txt").read_text(errors="replace")
    for want in (r"ok +card\d driver: vkms, 1 screens at most, atomic",
            r"ok +card\d panels: Virtual-1 ", r"ok +card\d planes: 1 primary \(XR24 .* 1 cursor of 512x512",
            r"ok +card\d scan-out: .*udmabuf", r"ok +udmabuf: works", r"ok +card\d gamma: a table of 256"):
        expect(re.search(want, text), f"{want} is not in:\n{text}")
