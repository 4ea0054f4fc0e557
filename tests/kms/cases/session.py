# SPDX-License-Identifier: GPL-2.0-or-later
"""A session of seatd's: session.sh."""

import json
import re

from .look import Skip, events, exit_status, expect, last_stats, lines, summary


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
