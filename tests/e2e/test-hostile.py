#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that does everything wrong, then resets and works. PVG_SECONDS and PVG_SEEDS make it
longer; the summary counts what was sent."""
import os

from rig import EXIT_OK, Rig, check, run

SECONDS = os.environ.get("PVG_SECONDS", "4")
# What tests/guest/scene/hostile-rows.c provokes.
ROW_REFUSALS = ["binding", "blit", "command-buffer", "descriptor", "dispatch", "draw", "encoder-state",
    "not-supported", "object-type", "pass", "pipeline", "query", "record-length", "record-unknown",
    "sampler", "texture"]
SEEDS = os.environ.get("PVG_SEEDS", "1 2").split()


def outcome(rig, guest, kiosk, code, good):
    wrong = [e for e in guest.lines if e.get("event") in ("no-answer", "wrong", "no-attach")]
    check(not wrong, f"seed: {wrong[:3]}")
    check(code == good, f"exit status {code}: {guest.text[-1]}")
    check(guest.events("catalogue-done"), "the catalogue was not run through")
    check(kiosk.running(), f"kiosk ended: {kiosk.text[-3:]}")
    rows = guest.events("rows-done")[-1]
    gles = any("renderer: " in line and "null" not in line for line in kiosk.text)
    check(not gles or rows["shown"] == rows["rows"],
        f"good frames {rows}: {guest.events('row-not-shown')[:3]}")
    print(f"    {rows['rows']} rows, {rows['shown']} good frames after them", flush=True)
    records = guest.events("records-done")[-1]
    check(records["rows"] > 200, f"records {records}")
    check(not gles or records["shown"] == records["rows"],
        f"good frames {records}: {guest.events('row-not-shown')[:3]}")
    done = guest.events("storm-done")[-1]
    print(f"    {done['packets']} packets, {done['attaches']} attaches", flush=True)


def qemu_and_kiosk_survive(accel):
    for seed in SEEDS:
        with Rig() as rig:
            kiosk = rig.kiosk("800x600@60")
            vm = rig.vm(f"scene=hostile seconds={SECONDS} seed={seed}", accel)
            code = vm.wait_exit(120 + 2 * int(SECONDS))
            outcome(rig, vm, kiosk, code, EXIT_OK)
            kiosk.finish_clean()
            stats = rig.stats()
            # Each kind of nonsense has a name of its own.
            check(len(stats["refusals"]) >= 15, f"refusals {stats['refusals']}")
            if any("renderer: " in line for line in kiosk.text):
                missing = [name for name in ROW_REFUSALS if name not in stats["refusals"]]
                check(not missing, f"rows that nobody counted: {missing}")


def the_kiosk_survives_a_guest_without_qemu(accel):
    for seed in SEEDS:
        for style in ("macos11", "macos13", "macos26"):
            with Rig() as rig:
                kiosk = rig.kiosk("800x600@60")
                guest = rig.guestsim("--scene", "hostile", "--seconds", SECONDS, "--seed", seed,
                                     "--style", style)
                code = guest.wait_exit(120 + 2 * int(SECONDS))
                outcome(rig, guest, kiosk, code, 0)
                kiosk.finish_clean()


if __name__ == "__main__":
    run([qemu_and_kiosk_survive, the_kiosk_survives_a_guest_without_qemu])
