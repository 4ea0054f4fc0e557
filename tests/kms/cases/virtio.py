# SPDX-License-Identifier: GPL-2.0-or-later
"""virtio-gpu: pictures, input and hotplug from outside; planes of statistics on vkms."""

from .look import events, exit_status, expect, last_stats, load, planes, seen, summary, trace


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
