#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""1920x1080 painted by the guest at 60 Hz, headless: late ticks by cause, memory, CPU a frame.

BENCH_SECONDS sets how long (60).
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.parse_args()
    seconds = int(os.environ.get("BENCH_SECONDS", "60"))
    with tempfile.TemporaryDirectory(prefix="pvg-frames-") as folder:
        stats = os.path.join(folder, "stats.json")
        done = subprocess.run(
            ["pvg-kiosk", "--no-config", "--backend", "headless", "--mode", "1920x1080@60", "--stats", stats,
             "--log-level", "error", "--socket", os.path.join(folder, "sock"), "--",
             "pvg-guestsim", "--scene", "barcode", "--mode", "1920x1080", "--seconds",
             str(seconds)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=seconds + 60)
        with open(stats, encoding="utf-8") as f:
            summary = json.loads(f.readlines()[-1])
    if done.returncode:
        return done.returncode
    late = summary["late"]
    rows = [
        ("presented", summary["presented"], "frames"),
        ("ticks", summary["ticks"], "ticks"),
        ("missed", summary["missed"], "vblanks"),
        ("delay-mean", summary["delay_us"]["mean"], "us"),
        ("delay-max", summary["delay_us"]["max"], "us"),
        ("rss", summary["rss_kb"] / 1024, "MiB"),
        ("cpu-per-frame", summary["cpu_seconds"] * 1e6 / max(summary["presented"], 1), "us"),
        ("copied-per-frame", summary["bytes_copied"] / max(summary["presented"], 1), "bytes"),
    ] + [(f"late-{cause}", n, "ticks") for cause, n in late.items()]
    for name, value, unit in rows:
        print(json.dumps({"bench": f"frames-1080p60-{name}", "value": round(value, 1),
                          "unit": unit}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
