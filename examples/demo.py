#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""./dev demo: stock QEMU boots the bare guest, pvg-kiosk shows its frames.

Writes demo.png (the guest's picture, demo-1.png and so on for further displays), demo.json (the
numbers) and demo.log (what kiosk, QEMU and guest said) into the source folder and closes with the
numbers as a table. With --kms kiosk and guest run in a virtual machine whose screen is vkms: real
planes, page flips and vertical blanks.
"""
import argparse
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../tests/guest"), os.path.join(HERE, "../tests/kms")]
import rig  # noqa: E402
from probe import EXIT_NO_DEVICE, EXIT_OK, probe_boot  # noqa: E402

SOURCE = os.environ.get("PVG_SOURCE_DIR", os.getcwd())
BUILD = os.environ.get("PVG_BUILD_DIR", os.path.join(SOURCE, "build"))
CACHE = os.environ.get("PVG_CACHE_DIR") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pvg-linux")
KERNEL = os.path.join(BUILD, "tests", "guest", "pvg-bareguest")
PICTURE = os.path.join(SOURCE, "demo.png")
LOG = os.path.join(SOURCE, "demo.log")


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


def json_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as f:
        return [json.loads(line) for line in f if line.startswith("{")]


def last(lines, key):
    return next((line for line in reversed(lines) if line.get(key)), {})


def run_qemu(args, folder):
    """Exit status, the kiosk's summary, the guest's, and how the guest ran."""
    if not os.path.exists(KERNEL):
        sys.exit(f"demo: {KERNEL} is not there: the bare guest needs an x86-64 build")
    accel = args.accel or ("kvm" if probe_boot(KERNEL, "kvm", 10) == EXIT_NO_DEVICE else "tcg")
    print(f"demo: stock QEMU ({accel}) with the bare guest, scene {args.scene}, "
          f"{args.seconds} s …", flush=True)
    stats = os.path.join(folder, "stats.json")
    guest = os.path.join(folder, "guest.log")
    words = [f"scene={args.scene}", f"mode={args.mode}", f"seconds={args.seconds}",
             f"ports={args.displays}"]
    kiosk = ["pvg-kiosk", "--no-config", "--mode", args.mode, "--stats", stats,
             "--screenshot", PICTURE, "--screenshot-at", str(max(args.seconds * 3, 30))]
    if args.displays > 1:
        kiosk += ["--outputs", str(args.displays)]
        if args.second:
            words.append(f"second={args.second}")
    command = kiosk + [
        "--", "pvg-qemu", "-accel", accel, "-machine", "q35", "-m", "256", "-nodefaults",
        "-no-reboot", "-kernel", KERNEL, "-append", " ".join(words),
        "-debugcon", f"file:{guest}", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
    with open(LOG, "w", encoding="utf-8") as log:
        try:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  timeout=args.seconds + 90).returncode
        except subprocess.TimeoutExpired:
            sys.exit("demo: it did not end in time; what was said is in demo.log")
        log.write("---- the guest's console\n")
        if os.path.exists(guest):
            with open(guest, encoding="utf-8", errors="replace") as f:
                log.write(f.read())
    return (0 if code == EXIT_OK else code or 1, last(json_lines(stats), "summary"),
            last(json_lines(guest), "scene"), accel)


def run_kms(args, folder):
    """The same with pvg-guestsim as the guest: a QEMU in a QEMU would show nothing but patience."""
    out = pathlib.Path(folder) / "out"
    out.mkdir()
    (out / "demo.arguments").write_text(f"{args.scene} {args.mode} {args.seconds}\n")
    try:
        kernel = rig.kernel_folder(CACHE)
        accel = rig.accelerator(kernel, rig.find_qemu())
        print(f"demo: vkms in a virtual machine ({accel}), scene {args.scene}, {args.seconds} s of "
              "its time …", flush=True)
        guest = rig.Guest("demo.sh", out, source=SOURCE, build=BUILD, kernel=kernel, accel=accel)
        code = guest.run(args.seconds * 20 + 240)
    except rig.Cannot as reason:
        sys.exit(f"demo: --kms cannot run here: {reason}")
    except rig.Failed as reason:
        print(f"demo: {reason}", file=sys.stderr)
        code, accel = 1, "?"
    with open(LOG, "w", encoding="utf-8") as log:
        for name in ("guest.log", "demo.log", "demo.lines", "demo.errors"):
            if (out / name).exists():
                log.write(f"---- {name}\n{(out / name).read_text(errors='replace')}")
    if (out / "demo.png").exists():
        shutil.copy(out / "demo.png", PICTURE)
    return (code, last(json_lines(out / "demo.stats"), "summary"),
            last(json_lines(out / "demo.lines"), "scene"), accel)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    # Without the translator nothing is drawn: then the picture is painted by the guest's CPU.
    drawn = os.path.exists(os.path.join(BUILD, "render", "shader", "pvg-shaderd"))
    parser.add_argument("--scene", default="desktop" if drawn else "barcode")
    parser.add_argument("--second", default="imgui" if drawn else None, help="scene of display 1")
    parser.add_argument("--displays", type=int, choices=range(1, 9), default=1, metavar="1..8")
    parser.add_argument("--seconds", type=int, help="how long frames are shown (12)")
    parser.add_argument("--mode", help="size of the displays (1280x800; with --kms 640x480)")
    parser.add_argument("--accel", choices=["kvm", "tcg"], help="without it KVM when it works")
    parser.add_argument("--kms", action="store_true", help="on vkms, in a virtual machine")
    args = parser.parse_args()
    if args.kms and (args.displays > 1 or args.accel):
        parser.error("--kms has one display, and chooses its accelerator")
    args.seconds = args.seconds or (6 if args.kms else 12)
    args.mode = args.mode or ("640x480" if args.kms else "1280x800")
    for path in glob.glob(os.path.join(SOURCE, "demo*.png")) + [LOG, PICTURE[:-3] + "json"]:
        if os.path.exists(path):
            os.unlink(path)

    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pvg-demo-") as folder:
        code, summary, report, accel = (run_kms if args.kms else run_qemu)(args, folder)
    seconds = time.monotonic() - started
    if code != 0 or not summary:
        print(f"demo: failed, exit status {code}; the end of demo.log:", file=sys.stderr)
        with open(LOG, encoding="utf-8") as f:
            sys.stderr.writelines(f.readlines()[-15:])
        return 1
    shown = float(report.get("seconds") or args.seconds)
    result = {
        "scene": args.scene, "displays": args.displays, "seconds": shown,
        "wall_seconds": round(seconds, 1), "accel": accel,
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
    pictures = sorted(glob.glob(os.path.join(SOURCE, "demo*.png")), key=lambda p: (len(p), p))
    if len(pictures) != args.displays:
        print(f"demo: {len(pictures)} of {args.displays} pictures were taken", file=sys.stderr)
        return 1
    print(f"demo: {'the picture is' if len(pictures) == 1 else 'the pictures are'} "
          f"{' '.join(pictures)}, the numbers are in demo.json, the log is demo.log")
    return 0


if __name__ == "__main__":
    sys.exit(main())
