#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""./dev demo: stock QEMU boots the bare guest, pvg-kiosk shows its frames.

Writes demo.png (the guest's picture), demo.json (the numbers) and demo.log (what kiosk, QEMU and
guest said) into the source folder and closes with the numbers as a table.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/guest"))
from probe import EXIT_NO_DEVICE, EXIT_OK, probe_boot

SOURCE = os.environ.get("PVG_SOURCE_DIR", os.getcwd())
BUILD = os.environ.get("PVG_BUILD_DIR", os.path.join(SOURCE, "build"))
KERNEL = os.path.join(BUILD, "tests", "guest", "pvg-bareguest")


def qemu_version():
    text = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True,
                          check=True).stdout
    return text.splitlines()[0].removeprefix("QEMU emulator version ")


def table(result):
    headless = result["output_backend"] == "headless"
    rows = [
        ("scene", f"{result['scene']}, {result['mode']}, {result['seconds']:.1f} s"),
        ("QEMU", f"{result['qemu']}, {result['accel']}"),
        ("output", f"{result['output']} ({result['output_backend']})"),
        ("frames presented", f"{result['presented']} ({result['guest_fps']:.1f} a second)"),
        ("headless flips" if headless else "flips", str(result["flips"])),
        ("ticks to the guest", str(result["ticks"])),
        ("missed vblanks", str(result["missed"])),
    ]
    rows += [(f"frames by way: {way}", str(n)) for way, n in result["ways"].items()]
    refusals = result["refusals"]
    rows.append(("refusals", "none" if not refusals else
                 ", ".join(f"{name} {n}" for name, n in refusals.items())))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    # Without the translator nothing is drawn: then the picture is painted by the guest's CPU.
    drawn = os.path.exists(os.path.join(BUILD, "render", "shader", "pvg-shaderd"))
    parser.add_argument("--scene", default="desktop" if drawn else "barcode")
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--mode", default="1280x800")
    parser.add_argument("--accel", choices=["kvm", "tcg"], help="without it KVM when it works")
    args = parser.parse_args()
    if not os.path.exists(KERNEL):
        sys.exit(f"demo: {KERNEL} is not there: the bare guest needs an x86-64 build")

    accel = args.accel or ("kvm" if probe_boot(KERNEL, "kvm", 10) == EXIT_NO_DEVICE else "tcg")
    picture = os.path.join(SOURCE, "demo.png")
    for name in ("demo.png", "demo.json", "demo.log"):
        path = os.path.join(SOURCE, name)
        if os.path.exists(path):
            os.unlink(path)
    print(f"demo: stock QEMU ({accel}) with the bare guest, scene {args.scene}, "
          f"{args.seconds} s …", flush=True)

    with tempfile.TemporaryDirectory(prefix="pvg-demo-") as folder, \
            open(os.path.join(SOURCE, "demo.log"), "w", encoding="utf-8") as log:
        stats = os.path.join(folder, "stats.json")
        guest = os.path.join(folder, "guest.log")
        command = [
            "pvg-kiosk", "--no-config", "--mode", args.mode, "--stats", stats,
            "--screenshot", picture,
            "--screenshot-at", str(max(args.seconds * 3, 30)), "--",
            "pvg-qemu", "-accel", accel, "-machine", "q35", "-m", "256", "-nodefaults",
            "-no-reboot", "-kernel", KERNEL,
            "-append", f"scene={args.scene} mode={args.mode} seconds={args.seconds}",
            "-debugcon", f"file:{guest}", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        started = time.monotonic()
        try:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  timeout=args.seconds + 90).returncode
        except subprocess.TimeoutExpired:
            sys.exit("demo: it did not end in time; what was said is in demo.log")
        seconds = time.monotonic() - started
        guest_lines = []
        if os.path.exists(guest):
            with open(guest, encoding="utf-8", errors="replace") as f:
                guest_lines = f.read().splitlines()
            log.write("---- the guest's console\n" + "\n".join(guest_lines) + "\n")
        summary = {}
        if os.path.exists(stats):
            with open(stats, encoding="utf-8") as f:
                lines = [json.loads(line) for line in f if line.strip()]
            summary = lines[-1] if lines else {}

    if code != EXIT_OK or not summary.get("summary"):
        print(f"demo: failed, exit status {code}; the end of demo.log:", file=sys.stderr)
        with open(os.path.join(SOURCE, "demo.log"), encoding="utf-8") as f:
            sys.stderr.writelines(f.readlines()[-15:])
        return 1
    report = next((json.loads(line) for line in reversed(guest_lines)
                   if line.startswith('{"scene"')), {})
    shown = float(report.get("seconds") or args.seconds)
    result = {
        "scene": args.scene, "seconds": shown, "wall_seconds": round(seconds, 1), "accel": accel,
        "qemu": qemu_version(), "output": summary["output"], "mode": summary["mode"],
        "output_backend": summary["output_backend"], "flip_source": summary["flip_source"],
        "guest_fps": round(summary["presented"] / shown, 2),
        "presented": summary["presented"], "flips": summary["flips"], "ticks": summary["ticks"],
        "missed": summary["missed"], "ways": summary["ways"], "refusals": summary["refusals"],
    }
    with open(os.path.join(SOURCE, "demo.json"), "w", encoding="utf-8") as f:
        json.dump(result, f, indent=2)
        f.write("\n")
    print(table(result))
    if not os.path.exists(picture):
        print("demo: no picture was taken", file=sys.stderr)
        return 1
    print(f"demo: the picture is {picture}, the numbers are in demo.json, the log is demo.log")
    return 0


if __name__ == "__main__":
    sys.exit(main())
