#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What an idle guest costs the kiosk: CPU share and wake-ups a second, in three situations."""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

SECONDS = 10


def measure(name, command, folder):
    """Runs the kiosk with a command for a while; reads its own account of the last seconds."""
    stats = os.path.join(folder, name + ".json")
    kiosk = subprocess.Popen(
        ["pvg-kiosk", "--no-config", "--backend", "headless", "--mode", "1280x800@60", "--stats", stats,
         "--log-level", "error", "--socket", os.path.join(folder, name + ".sock")]
        + (["--"] + command if command else []),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(SECONDS + 3)
    finally:
        kiosk.send_signal(signal.SIGTERM)
        kiosk.wait(timeout=20)
    with open(stats, encoding="utf-8") as f:
        lines = [json.loads(line) for line in f if line.strip()]
    # The first seconds are set-up, the last line is the summary.
    window = [line for line in lines if not line["summary"]][2:]
    first, last = window[0], window[-1]
    seconds = last["seconds"] - first["seconds"]
    cpu = (last["cpu_seconds"] - first["cpu_seconds"]) / seconds
    wakeups = sum(line["wakeups_per_s"] for line in window[1:]) / len(window[1:])
    for value, unit, what in ((cpu * 100, "% of a core", "cpu"), (wakeups, "1/s", "wakeups")):
        print(json.dumps({"bench": f"idle-{name}-{what}", "value": round(value, 3), "unit": unit}),
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pvg-idle-") as folder:
        measure("no-vm", [], folder)
        measure("vm-without-display", ["pvg-qemu", "-accel", "tcg", "-machine", "q35", "-m", "256",
                                       "-nodefaults", "-S"], folder)
        measure("display-online", ["pvg-guestsim", "--scene", "idle", "--seconds", "60"], folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
