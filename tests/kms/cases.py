# SPDX-License-Identifier: GPL-2.0-or-later
"""What the KMS tests expect of the files that each machine leaves behind."""

import json
import re

import barcode

from dataclasses import dataclass, field


class Skip(Exception):
    """This case cannot be judged here; the text says why."""


class Wrong(Exception):
    """This case fails; the text says what was seen."""


@dataclass
class Machine:
    script: str
    cases: list
    devices: list = field(default_factory=list)
    limit_s: int = 400
    uml: str = None  # user-mode Linux (uml.py): "virtual" or "real" time; None: QEMU
    named: bool = False  # runs only when asked for by name
    seconds: int = 12  # how long it draws, in its own time, unless --seconds says otherwise


def expect(condition, text):
    if not condition:
        raise Wrong(text)


def load(folder, name):
    try:
        return json.loads((folder / name).read_text())
    except OSError:
        raise Wrong(f"{name} was not written") from None
    except ValueError as error:
        raise Wrong(f"{name} is not JSON: {error}") from None


def judge(case, folder, broken):
    """Returns (pass|fail|skip, text). What a broken run did leave is still looked at."""
    try:
        return "pass", case(folder)
    except Skip as reason:
        return "skip", str(reason)
    except Wrong as reason:
        return "fail", f"{reason}" + (f" ({broken})" if broken else "")
    except OSError as reason: # a run that broke early leaves less
        return "fail", f"{reason}" + (f" ({broken})" if broken else "")


def lines(folder, name):
    """The JSON lines of a file; what a killed program left half written is not looked at."""
    try:
        text = (folder / name).read_text(errors="replace")
    except OSError:
        raise Wrong(f"{name} was not written") from None
    out = []
    for line in text.splitlines():
        try:
            out.append(json.loads(line))
        except ValueError:
            continue
    return out


def summary(folder, name):
    """What a guest said at its end."""
    found = [line for line in lines(folder, f"{name}.lines") if "scene" in line]
    expect(found, f"{name}: the guest did not get to its end")
    return found[-1]


def events(folder, name, what):
    return [line for line in lines(folder, f"{name}.lines") if line.get("event") == what]


def trace(folder, name, kind, port=0):
    return [line for line in lines(folder, f"{name}.trace")
        if line.get("trace") == kind and line.get("port") == port]


def exit_status(folder, name):
    try:
        return int((folder / f"{name}.status").read_text())
    except (OSError, ValueError):
        raise Wrong(f"{name} did not end") from None


def planes(folder, name):
    """The planes of a debugfs state file: name -> what it says, and what its framebuffer says."""
    try:
        text = (folder / name).read_text()
    except OSError:
        raise Wrong(f"{name} was not written") from None
    found = {}
    for part in re.split(r"^plane\[\d+\]: ", text, flags=re.M)[1:]:
        part = re.split(r"^(?:crtc|connector)\[", part, flags=re.M)[0]
        plane = found.setdefault(part.split("\n", 1)[0].strip(), {})
        for key, value in re.findall(r"^\s+([\w -]+?)=(.*)$", part, flags=re.M):
            plane.setdefault(key, value.strip()) # later ones are about the memory behind it
    return found


# ---- the machine itself ------------------------------------------------------------------------


def machine_flips_udmabufs_at_the_modes_rate(folder):
    probe = load(folder, "probe.json")
    text = "{frames} flips of {mode} at {hz} Hz, {gaps} gaps, {off_grid_us} us off".format_map(probe)
    expect(probe["frames"] == 240, text)
    expect(abs(probe["hz"] - probe["refresh"]) < 0.05, text)
    expect(probe["gaps"] == 0, text)
    return text


# ---- vkms --------------------------------------------------------------------------------------

SETTLE = 30  # flips after the mode was set, before the guest and the display run in step


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


# ---- surfaces that the guest's GPU work draws, on vkms ------------------------------------------

FLAGS = 0xf # vsync, hw clock, hw completion, zero copy (presentation-time)


def shown(folder, name):
    """The flips that showed a frame."""
    flips = [flip for flip in trace(folder, name, "flip") if flip["way"]]
    expect(len(flips) >= 60, f"only {len(flips)} frames")
    return flips


def last_stats(folder, name):
    found = [line for line in lines(folder, f"{name}.stats") if line.get("summary")]
    expect(found, f"{name}: the kiosk wrote no summary")
    return found[-1]


def png(folder, name):
    try:
        return barcode.read_frame(barcode.Picture(folder / f"{name}.png"))
    except OSError:
        raise Wrong(f"no picture {name}") from None
    except barcode.Unreadable as reason:
        raise Wrong(f"{name}: {reason}") from None


def gl_draws_into_udmabufs(folder):
    try:
        text = (folder / "import.txt").read_text()
    except OSError:
        raise Wrong("test-import was not run") from None
    passed = re.search(r"\[  PASSED  \] (\d+) test", text)
    expect(passed and "FAILED" not in text and "SKIPPED" not in text and "failed with" not in text,
        (text.strip().splitlines() or ["it said nothing"])[-1])
    return f"{passed.group(1)} tests"


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


# ---- virtio-gpu --------------------------------------------------------------------------------


def in_use(folder, name):
    return {plane.get("size") for plane in planes(folder, name).values()
        if plane.get("crtc") not in (None, "(null)")}


def statistics_are_on_a_plane_of_their_own(folder):
    told = load(folder, "displays.json")["outputs"][0]
    expect(told["indirect"] == "direct", f"the picture is composited: {told['indirect']}")
    shown, after = in_use(folder, "osd.drm"), in_use(folder, "plain.drm")
    expect("640x480" in shown and "176x63" in shown, f"planes of {sorted(map(str, shown))}")
    expect("176x63" not in after, f"afterwards planes of {sorted(map(str, after))}")
    return "the picture is committed as it is beside it"


def seen(folder, name):
    try:
        return barcode.read_frame(barcode.Picture(folder / f"{name}.ppm"))
    except OSError:
        raise Wrong(f"no picture {name}") from None
    except barcode.Unreadable as reason:
        raise Wrong(f"{name}: {reason}") from None


def frames_are_seen_from_outside(folder):
    first, mode = seen(folder, "first")
    second, _ = seen(folder, "second")
    text = f"frames {first} and {second} of {mode[0]}x{mode[1]}, port {mode[3]}"
    expect(mode[:2] == (800, 600) and mode[3] == 0, text)
    expect(second > first > 0, text)
    return text


def a_refused_udmabuf_becomes_a_dumb_buffer(folder):
    log = (folder / "picture.log").read_text(errors="replace")
    expect("a udmabuf picture is not taken, trying dumb buffer" in log, "udmabufs were not refused")
    ways = [flip["way"] for flip in trace(folder, "picture", "flip") if flip["way"]]
    expect(len(ways) > 30, f"only {len(ways)} frames")
    expect(set(ways[5:]) == {"upload"}, f"frames went by {sorted(set(ways[5:]))}")
    return f"{ways.count('composite')} frames were composited before"


def drawn_surfaces_live_in_dumb_buffers(folder):
    first, mode = seen(folder, "drawn0")
    second, _ = seen(folder, "drawn1")
    expect(mode[:2] == (640, 480) and second > first > 0,
        f"frames {first} and {second} of {mode[0]}x{mode[1]}")
    stats = last_stats(folder, "drawn")
    gpu = stats["gpu"]
    text = f"{stats['ways']}, {gpu['homes']} moves, {gpu['renames']} renames"
    expect(gpu["presents_read"] == 0 and stats["cpu_bytes_shown"] == 0, text)
    # The output says only when it is asked that it takes no udmabuf: until then they composite.
    expect(stats["ways"]["plane"] >= 20 and stats["ways"]["composite"] <= 20, text)
    return f"frames {first} and {second} seen from outside; {text}"


def keys_reach_the_guest(folder):
    keys = [(key["code"], key["down"]) for key in events(folder, "picture", "key")]
    expect(keys[:2] == [(30, 1), (30, 0)], f"the guest got {keys}")
    return "KEY_A down and up"


def pointer_reaches_the_guest(folder):
    got = events(folder, "picture", "pointer")
    moves = [(move["a"], move["b"], move["c"]) for move in got if move["kind"] == 0]
    expect(moves, f"the guest got no absolute motion: {got}")
    x, y, port = moves[-1]
    expect(abs(x - 8192) < 64 and abs(y - 24576) < 64 and port == 0, f"the guest got {moves}")
    buttons = [(button["a"], button["b"]) for button in got if button["kind"] == 2]
    expect(buttons == [(0x110, 1), (0x110, 0)], f"the guest got buttons {buttons}")
    return f"at {x}, {y} after 8192, 24576 was sent; left button down and up"


def a_plugged_in_output_becomes_a_second_display(folder):
    expect((folder / "second.before").read_text().strip() == "disconnected", "it was connected before")
    first, mode0 = seen(folder, "hotplug0")
    second, mode1 = seen(folder, "hotplug1")
    text = (f"frame {first} of {mode0[0]}x{mode0[1]} on port {mode0[3]}, frame {second} of "
        f"{mode1[0]}x{mode1[1]} on port {mode1[3]}")
    expect(mode0[3] == 0 and mode1[3] == 1, text)
    return text


def a_pulled_out_output_leaves_the_first_running(folder):
    before, _ = seen(folder, "hotplug0")
    after, mode = seen(folder, "unplugged")
    expect(after > before and mode[3] == 0, f"frame {before}, then {after}")
    offline = [port for port in summary(folder, "hotplug")["ports"] if port["port"] == 1]
    expect(offline and offline[0]["offline"] >= 1, "the guest's port 1 was not told")
    return f"port 0 went from frame {before} to {after}, port 1 went offline"


def a_panel_that_comes_back_shows_its_display_again(folder):
    before, _ = seen(folder, "hotplug1")
    after, mode = seen(folder, "replugged")
    text = f"port {mode[3]}, frame {before}, then {after} of {mode[0]}x{mode[1]}"
    expect(mode[3] == 1 and after > before, text)
    ports = [port for port in summary(folder, "hotplug")["ports"] if port["port"] == 1]
    expect(ports and ports[0]["online"] >= 2, "the guest's port 1 was not told")
    expect(exit_status(folder, "hotplug") == 0, "the kiosk did not end well")
    return text


def two_connectors_show_one_display(folder):
    first, mode0 = seen(folder, "mirror0")
    second, mode1 = seen(folder, "mirror1")
    text = f"frames {first} and {second} of {mode0[0]}x{mode0[1]}, port {mode0[3]} and {mode1[3]}"
    expect(mode0[3] == 0 and mode1[3] == 0 and mode0[:2] == mode1[:2] == (640, 480), text)
    expect(abs(first - second) < 60 and second > 5, text)
    return text


def two_connectors_take_the_same_buffer(folder):
    first, mode0 = seen(folder, "twins0")
    second, mode1 = seen(folder, "twins1")
    text = f"frames {first} and {second} of {mode0[0]}x{mode0[1]}"
    expect(mode0 == mode1 and mode0[:2] == (640, 480), f"{text}: {mode0} {mode1}")
    expect(abs(first - second) < 60 and second > 5, text)
    log = (folder / "twins.log").read_text(errors="replace")
    direct = "output {}: pictures are committed as they are"
    for output in ("Virtual-1", "Virtual-2"):
        expect(direct.format(output) in log, f"{output} composites")
    # The first picture finds out that the device takes no udmabuf.
    first = "pictures are composited: the output does not take the buffer"
    expect(log.count("pictures are composited") == log.count(first), "something was composited")
    expect(summary(folder, "twins")["ok"] and exit_status(folder, "twins") == 0, "the end")
    return text


def a_start_without_a_panel_lights_up_the_one_that_comes(folder):
    expect((folder / "dark.before").read_text().strip() == "0", "there was an output")
    frame, mode = seen(folder, "dark")
    text = f"frame {frame} of {mode[0]}x{mode[1]}"
    expect(mode[:2] == (640, 480) and mode[3] == 0 and frame > 20, f"{text}: {mode}")
    port = summary(folder, "dark")["ports"][0]
    expect(port["online"] >= 1 and port["offline"] == 0, f"{port}")
    expect(exit_status(folder, "dark") == 0, "the kiosk did not end well")
    return text


# ---- a session of seatd's: session.sh ----------------------------------------------------------


def seat(folder):
    if (folder / "no-seatd").exists():
        raise Skip("seatd is not installed")


def between(folder, name, first, last):
    """What a guest was told between two marks of the script's."""
    told, on = [], False
    for line in lines(folder, f"{name}.lines"):
        if line.get("event") == "mark":
            on = line["what"] == first or (on and line["what"] != last)
        elif on and line.get("event") in ("key", "pointer"):
            told.append(line)
    return told


def an_ordinary_user_has_the_screen(folder):
    seat(folder)
    who = (folder / "user.status-file").read_text()
    expect(re.search(r"^Uid:\s+65534\s+65534", who, re.M), f"not nobody: {who}")
    expect(re.search(r"^CapEff:\s+0+$", who, re.M) and "NoNewPrivs:\t1" in who, f"with rights: {who}")
    check = (folder / "user-check.txt").read_text()
    expect("screens and input through seatd" in check, f"--check says {check}")
    done = summary(folder, "user")
    expect(done["ok"], f"the guest failed: {done['error']}")
    last = last_stats(folder, "user")
    expect(last["output_backend"] == "drm" and last["flips"] > 60, f"{last['flips']} flips")
    expect(exit_status(folder, "user") == 0, "the kiosk did not end well")
    return f"{last['flips']} flips, uid 65534, no group, no capability"


def keys_of_two_keyboards_go_up_with_the_last(folder):
    seat(folder)
    keys = [(key["code"], key["down"]) for key in events(folder, "user", "key")]
    expect(keys[:4] == [(30, 1), (30, 0), (163, 1), (163, 0)], f"the guest got {keys}")
    held = [json.loads(line) for line in (folder / "user.held").read_text().splitlines()]
    shift = [key["down"] for key in held if key.get("event") == "key" and key["code"] == 42]
    expect(shift == [1], f"shift was {shift} while the second keyboard held it")
    expect(keys.count((42, 1)) == 1 and keys.count((42, 0)) == 1, f"the guest got {keys}")
    expect((57, 0) in keys, "a key of a keyboard that was pulled out stayed down")
    return f"{len(keys)} key events, none of them twice"


def wheels_and_touchpads_scroll_through_libinput(folder):
    seat(folder)
    got = lines(folder, "user.lines")
    mark = next((i for i, line in enumerate(got) if line.get("event") == "mark"), None)
    expect(mark is not None, "the touchpad was not moved")
    def scrolled(part):
        return [line["a"] for line in part if line.get("event") == "pointer" and line["kind"] == 3]
    wheel, pad = scrolled(got[:mark]), scrolled(got[mark:])
    # A wheel that turns away from the user scrolls up, below zero; fingers that come nearer down.
    expect(sum(wheel) == -150, f"the wheel: {wheel}")
    expect(len(pad) > 5 and all(0 < units < 120 for units in pad), f"the touchpad: {pad}")
    return f"wheel {wheel}, touchpad {sum(pad)} in {len(pad)} steps"


def the_chord_switches_terminals_and_leaves_no_key_down(folder):
    seat(folder)
    expect((folder / "user.terminal").read_text().strip() == "tty9", "another terminal is shown")
    down = {}
    for key in events(folder, "user", "key"):
        down[key["code"]] = key["down"]
    expect(not any(down.values()), f"still down: {down}")
    expect(down.get(67) is None, "F9 was the guest's")
    expect(down.get(32) == 0, "no key after the way back")
    return "away with Ctrl+Alt+F9, nothing stayed down, and back"


def other_programs_see_the_screen_as_it_is(folder):
    seat(folder)
    seen_by = json.loads((folder / "clients.json").read_text())
    expect(seen_by["with"]["yellow"] > 20, f"no pointer in {seen_by['with']}")
    expect(seen_by["without"]["yellow"] == 0, f"a pointer in {seen_by['without']}")
    export = seen_by["export"]
    expect(not export.get("cancelled") and export["size"] == [640, 480] and
        export["objects"] == 1 and export["colours"] > 2, f"dmabuf: {export}")
    return (f"copies with and without the pointer, the screen's own buffer as dmabuf "
        f"({export['format']}, stride {export['stride']})")


def a_night_light_is_in_the_screens_table(folder):
    seat(folder)
    size = json.loads((folder / "clients.json").read_text())["gamma"].get("size")
    table = [[int(word) for word in line.split()] for line in
        (folder / "gamma.lut").read_text().splitlines()]
    expect(size and len(table) == size, f"{len(table)} entries, {size} asked for")
    red, green, blue = (column[-1] for column in zip(*table))
    text = f"{size} entries, the last one {red} {green} {blue}"
    expect(red == 65535 and abs(green - 32767) < 3 and blue == 0, text)
    after = [[int(word) for word in line.split()] for line in
        (folder / "plain.lut").read_text().splitlines()]
    expect(not after or after[-1] == [65535] * 3, f"after its end still {after[-1:]}")
    return text


def a_finger_stays_on_its_panel(folder):
    seat(folder)
    def taps(first, last):
        return [(p["kind"], p["a"], p["b"], p["c"]) for p in between(folder, "touch", first, last)
            if p["event"] == "pointer"]
    expect(taps("unplugged", "plugging") == [], f"without its panel: {taps('unplugged', 'plugging')}")
    for first, last in (("plugged", "away"), ("back", "end")):
        got = taps(first, last)
        text = f"{first}: {got}"
        expect([p[0] for p in got] == [0, 2, 2], text)
        expect(abs(got[0][1] - 8192) < 64 and abs(got[0][2] - 8192) < 64 and got[0][3] == 1, text)
        expect([p[1:3] for p in got[1:]] == [(0x110, 1), (0x110, 0)], text)
    expect(taps("away", "back") == [], f"with its panel gone: {taps('away', 'back')}")
    expect(exit_status(folder, "touch") == 0, "the kiosk did not end well")
    return "at a quarter of display 1, also after its panel came back; nothing while it was gone"


# ---- user-mode Linux ---------------------------------------------------------------------------

CONVERGED = 600  # pictures after which the offset has found its place


def genlock_flips(folder):
    flips = [flip for flip in trace(folder, "genlock", "flip")]
    first = next((i for i, flip in enumerate(flips) if flip["way"]), len(flips))
    flips = flips[first + CONVERGED:-2]
    expect(len(flips) >= 300, f"only {len(flips)} flips after the first {CONVERGED}")
    return flips


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def host(folder):
    try:
        return f"host load up to {(folder / 'host-load').read_text().strip()}"
    except OSError:
        raise Wrong("the machine did not end") from None


def at_most_one_vblank_in_10000_is_missed(folder):
    flips = genlock_flips(folder)
    vblanks = flips[-1]["seq"] - flips[0]["seq"]
    missed = vblanks + 1 - sum(1 for flip in flips if flip["way"])
    seconds = (flips[-1]["when_ns"] - flips[0]["when_ns"]) / 1e9
    text = (f"{missed} of {vblanks + 1} vblanks without a new picture, {vblanks / seconds:.4f} Hz, "
        f"{host(folder)}")
    expect(missed * 10000 <= max(vblanks, 10000), text)
    return text


def pictures_come_within_a_millisecond_before_the_latch(folder):
    commits = [commit for commit in trace(folder, "genlock", "commit")
        if commit["slack_ns"] is not None][CONVERGED:]
    expect(len(commits) >= 300, f"only {len(commits)} pictures after the first {CONVERGED}")
    errors = [abs(commit["slack_ns"]) / 1e3 for commit in commits]
    late = sum(1 for commit in commits if commit["slack_ns"] < 0)
    offsets = [commit["offset_ns"] / 1e6 for commit in commits]
    text = (f"p50 {percentile(errors, 0.5):.0f} us, p99 {percentile(errors, 0.99):.0f} us, most "
        f"{max(errors):.0f} us, {late} of {len(errors)} late; offset {min(offsets):.2f} to "
        f"{max(offsets):.2f} ms, {host(folder)}")
    expect(percentile(errors, 0.99) <= 1000, text)
    return text


def every_refresh_is_told_once(folder):
    flips = genlock_flips(folder)
    ticks = [tick for tick in trace(folder, "genlock", "tick") if tick["delivered"] and
        flips[0]["when_ns"] <= tick["when_ns"] <= flips[-1]["when_ns"]]
    vblanks = flips[-1]["seq"] - flips[0]["seq"] + 1
    late = [(tick["end_ns"] - tick["due_ns"]) / 1e3 for tick in ticks]
    text = (f"{len(ticks)} ticks for {vblanks} vblanks, sent {percentile(late, 0.5):.0f} us (p50), "
        f"{percentile(late, 0.99):.0f} us (p99) after they were due")
    expect(len({tick["when_ns"] for tick in ticks}) == len(ticks), text)
    expect(vblanks - len(ticks) <= max(1, vblanks // 10000), text)
    return text


def a_picture_is_committed_within_a_millisecond_of_its_doorbell(folder):
    took = [(commit["committed_ns"] - commit["arrived_ns"]) / 1e3
        for commit in trace(folder, "genlock", "commit")][CONVERGED:]
    expect(took, "no pictures")
    text = f"p50 {percentile(took, 0.5):.0f} us, p99 {percentile(took, 0.99):.0f} us, {host(folder)}"
    expect(percentile(took, 0.99) <= 1000, text)
    return text


GENLOCK = [
    machine_flips_udmabufs_at_the_modes_rate,
    at_most_one_vblank_in_10000_is_missed,
    pictures_come_within_a_millisecond_before_the_latch,
    every_refresh_is_told_once,
    a_picture_is_committed_within_a_millisecond_of_its_doorbell,
]

SCANOUT = [
    gl_draws_into_udmabufs,
    drawn_frames_are_on_the_plane_itself,
    nothing_is_copied_for_them,
    drawn_pixels_are_right,
    drawn_frames_and_the_pointer_share_the_refresh,
    a_pointer_without_a_plane_is_drawn_into_them,
]

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


REFUSALS = [
    what_the_plane_refuses_while_it_draws_is_replaced,
    commits_that_fail_after_their_test_cost_their_own_time_only,
    without_a_panel_it_waits_for_one,
]

MACHINES = {
    "vkms": Machine("vkms.sh", [
        machine_flips_udmabufs_at_the_modes_rate,
        frames_are_flipped_without_a_gap,
        the_guests_picture_is_on_the_primary_plane,
        ticks_have_the_flips_times,
        the_guest_sees_every_refresh,
        the_cursor_is_on_its_plane,
        the_mode_list_reaches_the_guest,
        the_kiosk_ends_well,
        a_killed_kiosk_is_replaced,
        ticks_go_on_while_another_terminal_is_shown,
        a_picture_of_another_size_is_scaled,
        what_the_screen_can_do_is_said,
    ]),
    "scanout": Machine("scanout.sh", SCANOUT, limit_s=900),
    "terminals": Machine("terminals.sh", [two_hundred_terminal_switches_lose_nothing]),
    "control": Machine("control.sh", [
        statistics_are_on_a_plane_of_their_own,
    ]),
    "virtio": Machine("virtio.sh", [
        frames_are_seen_from_outside,
        a_refused_udmabuf_becomes_a_dumb_buffer,
        keys_reach_the_guest,
        pointer_reaches_the_guest,
        a_plugged_in_output_becomes_a_second_display,
        a_panel_that_comes_back_shows_its_display_again,
        two_connectors_show_one_display,
        two_connectors_take_the_same_buffer,
        a_pulled_out_output_leaves_the_first_running,
        drawn_surfaces_live_in_dumb_buffers,
        a_start_without_a_panel_lights_up_the_one_that_comes,
    ], limit_s=900, devices=["-device", "virtio-gpu-pci,id=gpu0,max_outputs=2,xres=800,yres=600",
        "-vnc", "unix:{run}/vnc,display=gpu0,head=1",
        "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci"]),
    "session": Machine("session.sh", [
        an_ordinary_user_has_the_screen,
        keys_of_two_keyboards_go_up_with_the_last,
        wheels_and_touchpads_scroll_through_libinput,
        the_chord_switches_terminals_and_leaves_no_key_down,
        other_programs_see_the_screen_as_it_is,
        a_night_light_is_in_the_screens_table,
        a_finger_stays_on_its_panel,
    ], limit_s=900, devices=["-device", "virtio-gpu-pci,id=gpu0,max_outputs=2,xres=800,yres=600",
        "-vnc", "unix:{run}/vnc,display=gpu0,head=1"]),
    "gbm": Machine("gbm.sh", [surfaces_come_out_of_gbm], limit_s=900, devices=["-device",
        "virtio-gpu-pci,id=gpu0,xres=800,yres=600"]),
    # The same in both kinds of time. In the real one the host's other work shows.
    "uml": Machine("uml.sh", GENLOCK, uml="virtual", limit_s=900, seconds=180),
    "uml-real": Machine("uml.sh", GENLOCK, uml="real", limit_s=900, named=True, seconds=180),
    "scanout-uml": Machine("scanout.sh", SCANOUT, uml="virtual", limit_s=900, seconds=30),
    "refusals": Machine("refusals.sh", REFUSALS, uml="virtual", limit_s=900),
    "scanout-uml-real": Machine("scanout.sh", SCANOUT, uml="real", limit_s=900, named=True,
        seconds=60),
}
