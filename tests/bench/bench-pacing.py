#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where ticks and pictures lie in a refresh, and how long the kiosk takes for them.

Headless with pvg-guestsim, which paints 640x480 with the CPU: from a picture's doorbell to its
commit, from a move of the pointer to the commit that shows it, from where a tick was due to its
interrupt. All of it at real-time priority where that is allowed. Then, where its kernel was made (tests/kms/make-uml.sh), vkms in user-mode Linux: vblanks
without a new picture, and the picture against the latch, in virtual and in real time, with the
adapted offset and with offset 0. BENCH_SECONDS sets how long each run is (60).
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "kms"))
import cases  # noqa: E402
import rig  # noqa: E402
import uml  # noqa: E402

SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))


def row(name, value, unit):
    print(json.dumps({"bench": f"pacing-{name}", "value": round(value, 1), "unit": unit,
                      "host_load": round(os.getloadavg()[0], 2)}), flush=True)


def headless(name, *arguments):
    with tempfile.TemporaryDirectory(prefix="pvg-pacing-") as folder:
        stats = os.path.join(folder, "stats.json")
        done = subprocess.run(
            [*uml.first_in_line(), "pvg-kiosk", "--backend", "headless", "--mode", "640x480@60",
             "--stats", stats,
             "--no-config", "--log-level", "error", "--socket", os.path.join(folder, "sock"), "--",
             "pvg-guestsim", "--mode", "640x480", "--draw", "2000", "--seconds", str(SECONDS),
             *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=SECONDS + 120)
        with open(stats, encoding="utf-8") as f:
            summary = json.loads(f.readlines()[-1])
    if done.returncode:
        raise rig.Failed(f"{name}: exit status {done.returncode}")
    pacing = summary["pacing"]
    row(f"{name}-pictures", summary["presented"], "pictures")
    for what in ("commit_after", "cursor_after", "tick_late"):
        for share in ("p50", "p99", "max"):
            row(f"{name}-{what.replace('_', '-')}-{share}", pacing[what][f"{share}_us"], "us")
    moves = pacing["cursor_after"]["count"]
    row(f"{name}-cursor-over-a-refresh", 100 * pacing["cursor_over"] / max(moves, 1), "% of moves")
    row(f"{name}-missed", summary["missed"], "vblanks")


def on_vkms(name, program, build, virtual, phase):
    with tempfile.TemporaryDirectory(prefix="pvg-pacing-") as folder:
        out = pathlib.Path(folder)
        machine = uml.Uml("uml.sh", out, source=TESTS.parent, build=build, program=program,
            virtual=virtual, parameters=[f"pvg.seconds={SECONDS}", f"pvg.phase={phase}"])
        status = machine.run(SECONDS * 10 + 300)
        if status:
            raise rig.Failed(f"{name}: the script ended with {status}: " +
                (out / "guest.log").read_text(errors="replace"))
        flips = cases.genlock_flips(out)
        commits = [commit for commit in cases.trace(out, "genlock", "commit")
            if commit["slack_ns"] is not None][cases.CONVERGED:]
    vblanks = flips[-1]["seq"] - flips[0]["seq"] + 1
    errors = [abs(commit["slack_ns"]) / 1e3 for commit in commits]
    row(f"{name}-vblanks", vblanks, "vblanks")
    row(f"{name}-missed", vblanks - sum(1 for flip in flips if flip["way"]), "vblanks")
    row(f"{name}-late", sum(commit["slack_ns"] < 0 for commit in commits), "pictures")
    row(f"{name}-offset", commits[-1]["offset_ns"] / 1e3, "us")
    for share, value in (("p50", 0.5), ("p99", 0.99)):
        row(f"{name}-error-{share}", cases.percentile(errors, value), "us")
    row(f"{name}-error-max", max(errors), "us")
    took = [(commit["committed_ns"] - commit["arrived_ns"]) / 1e3 for commit in commits]
    row(f"{name}-commit-after-p99", cases.percentile(took, 0.99), "us")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    build = parser.parse_args().build
    cache = os.environ.get("PVG_CACHE_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pvg-linux")
    program = pathlib.Path(cache) / "kms" / "uml" / "linux"
    failed = 0
    runs = [("headless", headless, ())]
    if program.exists():
        for time in ("virtual", "real"):
            for phase in ("auto", "0"):
                runs.append((f"vkms-{time}-phase-{phase}", on_vkms,
                    (program, build, time == "virtual", phase)))
    else:
        print(f"pacing: no {program}: vkms is left out (tests/kms/make-uml.sh {cache}/kms)",
            file=sys.stderr)
    for name, run, arguments in runs:
        try:
            run(name, *arguments)
        except (rig.Failed, cases.Wrong) as error:
            print(f"pacing: {name}: {error}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
