# SPDX-License-Identifier: GPL-2.0-or-later
"""User-mode Linux as a KMS test machine: vkms at the speed of the processor, without QEMU.

The kernel is a program (make-uml.sh) whose root is our own root, read-only. Like rig.Guest it runs
one script of tests/kms/guest and keeps its files.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import time

import rig


def kernel(cache):
    """Makes the kernel and returns its program."""
    folder = pathlib.Path(cache) / "kms"
    done = subprocess.run([rig.HERE / "make-uml.sh", folder])
    if done.returncode == 77:
        raise rig.Cannot("no user-mode Linux, see make-uml above")
    if done.returncode != 0:
        raise rig.Failed(f"make-uml.sh ended with {done.returncode}")
    return folder / "uml" / "linux"


def first_in_line():
    """A command in front that puts the machine before everything else on this host, if allowed."""
    command = ["chrt", "-f", "10"]
    try:
        if subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return command
    except OSError:
        pass
    return []


class Uml:
    """One run of a script.

    @virtual: time passes only while everything waits: what else runs on this machine cannot make a
    frame late, and neither can the kiosk itself. Otherwise time is the real one, and the machine
    has real-time priority where it may.
    """

    def __init__(self, script, out, *, source, build, program, virtual, memory="1200M",
            parameters=(), verbose=False):
        self.out = pathlib.Path(out).resolve()
        self.verbose = verbose
        paths = {"source": source, "build": build, "out": self.out}
        self.command = [*([] if virtual else first_in_line()), str(program), f"mem={memory}", "root=/dev/root", "rootfstype=hostfs",
            "rootflags=/", "ro", f"init={source}/tests/kms/uml-init", "con0=null,fd:1", "con=null",
            "quiet", "panic=-1", f"pvg.script={script}",
            *[f"pvg.{name}={pathlib.Path(path).resolve()}" for name, path in paths.items()],
            *(["time-travel=inf-cpu"] if virtual else []), *parameters]

    def run(self, limit_s):
        self.out.mkdir(parents=True, exist_ok=True)
        load = [os.getloadavg()[0]]
        # The machine's memory is a file of its temporary folder.
        with tempfile.TemporaryDirectory(prefix="pvg-uml-") as folder, \
                open(self.out / "console.log", "wb") as log:
            process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, "TMPDIR": folder}, start_new_session=True)
            deadline = time.monotonic() + limit_s
            try:
                while process.poll() is None:
                    if time.monotonic() > deadline:
                        raise rig.Failed(f"not done after {limit_s} s")
                    time.sleep(0.2)
                    if time.monotonic() - getattr(self, "looked", 0) > 10:
                        self.looked = time.monotonic()
                        load.append(os.getloadavg()[0])
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, 9) # it has a process for each of the machine's
                process.wait()
        (self.out / "host-load").write_text(f"{max(load):.2f}\n")
        console = (self.out / "console.log").read_text(errors="replace")
        if self.verbose:
            print(console)
        status = re.search(r"^GUEST-STATUS (\d+)\r?$", console, re.M)
        if not status:
            raise rig.Failed("the machine went away before its script ended; console ends with: " +
                (console.strip().splitlines() or ["nothing"])[-1])
        return int(status.group(1))
