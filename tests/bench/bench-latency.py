#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From the guest's doorbell to its interrupt, and what register accesses cost, in the bare guest.

Each accelerator that boots it: doorbell by handler or ioeventfd, interrupt by irqfd or by QEMU's
main loop. "ratio" compares with the first row of the same accelerator. irqfd needs KVM.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guest"))
from probe import EXIT_NO_DEVICE, EXIT_OK, EXIT_SLOW, probe_boot


def run(kernel, accel, doorbell, irq, folder):
    console = os.path.join(folder, f"{accel}-{doorbell}-{irq}.log")
    device = {"driver": "apple-gfx-pci", "doorbell-eventfd": doorbell == "ioeventfd",
              "irqfd": irq == "irqfd"}
    code = subprocess.run(
        ["pvg-kiosk", "--no-config", "--backend", "headless", "--mode", "640x480", "--log-level", "error",
         "--socket", os.path.join(folder, "sock"), "--", "pvg-qemu", "-accel", accel, "-machine",
         "q35", "-m", "256", "-nodefaults", "-no-reboot", "-kernel", kernel, "-append",
         "scene=latency patience=60", "-debugcon", f"file:{console}", "-device",
         "isa-debug-exit,iobase=0xf4,iosize=0x04", "-device", json.dumps(device)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=240).returncode
    with open(console, encoding="utf-8") as f:
        rows = [json.loads(line) for line in f if line.startswith('{"bench"')]
    if code != EXIT_OK or not rows:
        print(f"latency {accel} {doorbell} {irq}: exit status {code}", file=sys.stderr)
        return None
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    kernel = os.path.join(parser.parse_args().build, "tests", "guest", "pvg-bareguest")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pvg-latency-") as folder:
        for accel in ("kvm", "tcg"):
            if probe_boot(kernel, accel, 30) not in (EXIT_NO_DEVICE, EXIT_SLOW):
                print(f"latency: {accel} does not boot the bare guest: left out", file=sys.stderr)
                continue
            base = {}
            for doorbell in ("handler", "ioeventfd"):
                for irq in ("irqfd", "mainloop") if accel == "kvm" else ("mainloop",):
                    rows = run(kernel, accel, doorbell, irq, folder)
                    failed += rows is None
                    for row in rows or []:
                        what = row["bench"]
                        base.setdefault(what, row["value"])
                        row["bench"] = f"latency-{accel}-{doorbell}-{irq}-{what}"
                        row["ratio"] = round(row["value"] / base[what], 3) if base[what] else 0
                        print(json.dumps(row), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
