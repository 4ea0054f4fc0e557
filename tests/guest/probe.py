# SPDX-License-Identifier: GPL-2.0-or-later
"""What an accelerator makes of the bare guest: a boot without the device, bounded in time."""
import os
import subprocess

# isa-debug-exit's values, tests/guest/bare/bare.h
EXIT_OK = 33
EXIT_NO_DEVICE = 37
EXIT_SLOW = 41  # no device, and a CPU that is emulated instruction by instruction


def probe_boot(kernel, accel, timeout):
    """QEMU's exit status, or None when it does not start or end. A /dev/kvm proves nothing."""
    if accel == "kvm" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return None
    try:
        return subprocess.run(
            ["qemu-system-x86_64", "-accel", accel, "-machine", "q35", "-m", "128", "-nodefaults",
             "-display", "none", "-vga", "none", "-no-reboot", "-kernel", kernel, "-append",
             "scene=idle", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=timeout).returncode
    except (subprocess.TimeoutExpired, OSError):
        return None
