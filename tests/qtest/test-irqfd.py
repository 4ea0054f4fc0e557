#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Interrupts and doorbells under KVM, with real vCPUs: test-irqfd.py KERNEL TESTHOST WRAPPER

The bare guest in front of testhost. QEMU's trace points say whether KVM was given the interrupt.
Skipped where KVM does not boot the bare guest.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guest"))
from probe import EXIT_NO_DEVICE, EXIT_OK, EXIT_SLOW, probe_boot

PATIENCE = 300
KERNEL, TESTHOST, WRAPPER = sys.argv[1:4]
EXIT_DEVICE = ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


class Machine:
    def __init__(self, folder, options, scene):
        self.folder = folder
        self.socket = os.path.join(folder, "s")
        self.host = None
        self.start_host()
        self.console = os.path.join(folder, "console")
        self.trace = os.path.join(folder, "trace")
        with open(self.trace, "wb") as trace:
            self.qemu = subprocess.Popen(
                [WRAPPER, "-accel", "kvm", "-machine", "q35", "-m", "256", "-nodefaults",
                 "-no-reboot", "-kernel", KERNEL, "-append", scene, "-debugcon",
                 f"file:{self.console}", *EXIT_DEVICE, "-trace", "kvm_irqchip_*", "-device",
                 f"apple-gfx-pci,socket={self.socket},{options}"],
                stdin=subprocess.DEVNULL, stdout=trace, stderr=trace)

    def start_host(self):
        if self.host is not None:
            self.host.kill()
            self.host.wait()
        self.host = subprocess.Popen([TESTHOST, self.socket], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)

    def read(self, path):
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def routes(self):
        return self.read(self.trace).count("kvm_irqchip_add_msi_route dev apple-gfx-pci")

    def wait_routes(self, count):
        deadline = time.monotonic() + PATIENCE
        while self.routes() < count and self.qemu.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.routes() >= count

    def result(self):
        lines = [json.loads(line) for line in self.read(self.console).splitlines()
                 if line.startswith("{")]
        return lines[-1] if lines else {}

    def close(self):
        for process in (self.qemu, self.host):
            if process.poll() is None:
                process.kill()
            process.wait()


def check(name, good, machine):
    print(f"{'ok' if good else 'FAILED'} {name}")
    if not good:
        print(machine.read(machine.trace)[-3000:])
        print(machine.read(machine.console)[-1000:])
    return 0 if good else 1


def interrupts_arrive(options, routes):
    with tempfile.TemporaryDirectory(prefix="pvg-irqfd-") as folder:
        machine = Machine(folder, options, "scene=barcode mode=640x480 seconds=2 patience=200")
        try:
            code = machine.qemu.wait(PATIENCE)
            result = machine.result()
            good = (code == EXIT_OK and result.get("irqs", 0) > 0 and machine.routes() == routes
                    and machine.read(machine.trace).count("kvm_irqchip_release_virq") == routes)
            return check(f"interrupts_arrive_with_{options}", good, machine)
        finally:
            machine.close()


def a_new_host_gets_an_irqfd_of_its_own():
    with tempfile.TemporaryDirectory(prefix="pvg-irqfd-") as folder:
        machine = Machine(folder, "irqfd=on", "scene=idle seconds=600 patience=600")
        try:
            good = machine.wait_routes(1)
            for lives in (2, 3):
                machine.start_host()
                good = good and machine.wait_routes(lives)
            trace = machine.read(machine.trace)
            good = good and trace.count("kvm_irqchip_release_virq") == 2
            return check("a_new_host_gets_an_irqfd_of_its_own", good, machine)
        finally:
            machine.close()


def main():
    if not os.environ.get("PVG_SHIM"):
        skip("libpvg-shim.so was not built")
    if probe_boot(KERNEL, "kvm", 60) not in (EXIT_NO_DEVICE, EXIT_SLOW):
        skip("KVM does not boot the bare guest here")
    failed = interrupts_arrive("irqfd=on", 1)
    failed += interrupts_arrive("irqfd=off", 0)
    failed += interrupts_arrive("irqfd=on,doorbell-eventfd=on", 1)
    failed += a_new_host_gets_an_irqfd_of_its_own()
    print(f"{4 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
