# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures just before the latch, on vkms in user-mode Linux."""

from .look import Wrong, expect, trace

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
