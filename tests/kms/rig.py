# SPDX-License-Identifier: GPL-2.0-or-later
"""The KMS test machine: boots a Debian kernel under QEMU on the tree that we are in.

The guest's root is our own root over 9p, read-only below a tmpfs, so whatever is installed here is
installed there. rig.Guest runs one script of tests/kms/guest in it and serves its requests.
"""

import json
import os
import pathlib
import queue
import re
import select
import shutil
import socket
import struct
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent


class Cannot(Exception):
    """The tests cannot run on this machine; the text says why."""


class Failed(Exception):
    """The machine did not do what a script asked of it."""


def kernel_folder(cache):
    """Makes the guest kernel (make-kernel.sh) and returns its folder."""
    folder = pathlib.Path(cache) / "kms"
    done = subprocess.run([HERE / "make-kernel.sh", folder])
    if done.returncode == 77:
        raise Cannot("no guest kernel, see make-kernel above")
    if done.returncode != 0:
        raise Failed(f"make-kernel.sh ended with {done.returncode}")
    return folder


def accelerator(folder, qemu):
    """kvm where it boots this very kernel within some seconds, else tcg; remembered in @folder.

    /dev/kvm says nothing by itself: there are KVMs that start our bare guest but no Linux kernel.
    """
    try:
        machine = os.uname()
        key = f"{machine.release} {machine.version} {os.stat('/dev/kvm').st_rdev}"
    except OSError:
        return "tcg"
    memory = folder / "accelerator"
    try:
        accel, known = memory.read_text().strip().split(" ", 1)
        if known == key and accel in ("kvm", "tcg"):
            return accel
    except (OSError, ValueError):
        pass
    command = [qemu, "-accel", "kvm", "-cpu", "host", "-smp", "2", "-m", "512M", "-nodefaults",
        "-no-reboot", "-display", "none", "-serial", "stdio", "-kernel", folder / "vmlinuz",
        "-initrd", folder / "initrd.gz", "-append", "console=ttyS0 quiet panic=-1 pvg.probe"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        accel = "kvm" if b"GUEST-PROBE-OK" in done.stdout else "tcg"
    except subprocess.TimeoutExpired:
        accel = "tcg"
    memory.write_text(f"{accel} {key}\n")
    return accel


def find_qemu():
    qemu = os.environ.get("QEMU") or shutil.which("qemu-system-x86_64")
    if not qemu:
        raise Cannot("qemu-system-x86_64 is not installed")
    return qemu


class Qmp:
    """A QMP connection; commands are serialised."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rw")
        self.file.readline()
        self("qmp_capabilities")

    def __call__(self, command, **arguments):
        with self.lock:
            self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self.file.flush()
            while True:
                line = self.file.readline()
                if not line:
                    raise Failed("QEMU closed its monitor")
                answer = json.loads(line)
                if "error" in answer:
                    raise Failed(f"{command}: {answer['error']['desc']}")
                if "return" in answer:
                    return answer["return"]

    def close(self):
        self.sock.close()


class Vnc:
    """A VNC client that only says how large its window is.

    That is how QEMU learns that somebody looks at a head of virtio-gpu, which then plugs the
    connector in; size 0 pulls it out.
    """

    DESKTOP_SIZE = -308 # the pseudo-encoding that allows the request

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(path))
        self.read(12)
        self.sock.sendall(b"RFB 003.008\n")
        if 1 not in self.read(self.read(1)[0]):
            raise Failed("QEMU's VNC server wants a password")
        self.sock.sendall(b"\1") # no authentication
        if self.read(4) != bytes(4):
            raise Failed("QEMU's VNC server refused us")
        self.sock.sendall(b"\1") # shared
        header = self.read(24)
        self.read(struct.unpack(">I", header[20:])[0])
        self.sock.sendall(struct.pack(">BxHii", 2, 2, 0, self.DESKTOP_SIZE))

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            if not part:
                raise Failed("QEMU closed its VNC connection")
            data += part
        return data

    def resize(self, width, height):
        self.sock.sendall(struct.pack(">BxHHBxIHHHHI", 251, width, height, 1, 0, 0, 0, width, height,
            0))


class Guest:
    """One run of a guest script.

    @out: an empty folder of this run; the guest sees it as $OUT. The requests that a script makes
    with `host` go to self.commands: name -> function(arguments); an exception is a refusal.
    """

    def __init__(self, script, out, *, source, build, kernel, accel="tcg", devices=(), memory="2G",
            verbose=False, seconds=12):
        self.script = script
        self.seconds = seconds
        self.out = pathlib.Path(out)
        self.source, self.build, self.kernel = (str(pathlib.Path(p).resolve())
            for p in (source, build, kernel))
        self.accel = accel
        self.devices = list(devices)
        self.memory = memory
        self.verbose = verbose
        self.qmp = None
        self.serial = ""
        self.commands = {"screendump": self.screendump, "key": self.key, "move": self.move,
            "button": self.button, "plug": self.plug}
        self.vnc = None

    # ---- what scripts can ask for

    def screendump(self, args):
        """screendump NAME [HEAD]: the picture as the VM's user would see it, NAME.png in $OUT"""
        self.qmp("screendump", filename=str(self.out / f"{args[0]}.ppm"), format="ppm",
            **({"device": "gpu0", "head": int(args[1])} if len(args) > 1 else {}))

    def key(self, args):
        """key QCODE: press and release"""
        for down in (True, False):
            self.qmp("input-send-event", events=[{"type": "key", "data":
                {"down": down, "key": {"type": "qcode", "data": args[0]}}}])

    def button(self, args):
        """button left|right: press and release"""
        for down in (True, False):
            self.qmp("input-send-event", events=[{"type": "btn", "data":
                {"down": down, "button": args[0]}}])

    def move(self, args):
        """move X Y: absolute, 0..32767 across the screen"""
        self.qmp("input-send-event", events=[{"type": "abs", "data":
            {"axis": axis, "value": int(value)}} for axis, value in zip("xy", args)])

    def plug(self, args):
        """plug WIDTH HEIGHT: connect the second head of virtio-gpu; 0 0 pulls it out"""
        if self.vnc is None:
            self.vnc = Vnc(f"{self.run_dir}/vnc")
        self.vnc.resize(int(args[0]), int(args[1]))

    # ---- the machine

    def arguments(self, qemu):
        def share(tag, path, readonly):
            return ["-fsdev", f"local,id={tag},path={path},security_model=none,multidevs=remap" +
                (",readonly=on" if readonly else ""),
                "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        if self.accel == "kvm":
            accel = ["-accel", "kvm", "-cpu", "host"]
        else:
            # One instruction is one nanosecond of guest time and idle time is skipped: what else
            # this machine does can then delay the tests but not their frames. The price: waiting
            # for a file of the host counts as idle, so the guest's clock runs ahead meanwhile.
            # SSE4 at most, because TCG runs the 256-bit code slowly that llvmpipe would make.
            accel = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off",
                "-cpu", "Nehalem"]
        return [qemu, *accel, "-smp", "2", "-m", self.memory,
            "-nodefaults", "-no-reboot", "-display", "none",
            "-chardev", f"socket,id=console,path={self.run_dir}/console,server=on,wait=off",
            "-serial", "chardev:console",
            "-chardev", f"socket,id=host,path={self.run_dir}/host,server=on,wait=off",
            "-serial", "chardev:host",
            "-qmp", f"unix:{self.run_dir}/qmp,server=on,wait=off", "-S",
            "-kernel", f"{self.kernel}/vmlinuz", "-initrd", f"{self.kernel}/initrd.gz",
            "-append", "console=ttyS0 quiet panic=-1 mitigations=off "
            f"pvg.script={self.script} pvg.source={self.source} pvg.build={self.build} "
            f"pvg.kernel={self.kernel} pvg.seconds={self.seconds}",
            *share("root", "/", True), *share("source", self.source, True),
            *share("build", self.build, True), *share("kernel", self.kernel, True),
            *share("out", self.out.resolve(), False),
            "-device", "virtio-rng-pci",
            *[word.format(run=self.run_dir) for word in self.devices]]

    def connect(self, name, deadline):
        while True:
            try:
                sock = socket.socket(socket.AF_UNIX)
                sock.connect(f"{self.run_dir}/{name}")
                return sock
            except OSError:
                sock.close()
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"QEMU did not start: {self.log_tail()}") from None
                time.sleep(0.02)

    def log_tail(self):
        text = (self.out / "qemu.log").read_text(errors="replace")
        return text.strip().splitlines()[-1] if text.strip() else "it said nothing"

    def serve(self, line):
        words = line.split()
        if not words:
            return
        try:
            self.commands[words[0]](words[1:])
            answer = "ok"
        except KeyError:
            answer = f"no such request: {words[0]}"
        except (Failed, ValueError, IndexError, OSError) as error:
            answer = f"failed: {error}".replace("\n", " ")
        self.host.sendall(answer.encode() + b"\n")

    def run(self, limit_s):
        """Boots, waits for the script's end, returns its exit status."""
        self.out.mkdir(parents=True, exist_ok=True)
        # Socket paths are limited to 108 bytes: not in the build folder.
        self.run_dir = pathlib.Path(f"/tmp/pvg-kms-{os.getpid()}-{time.monotonic_ns()}")
        self.run_dir.mkdir(mode=0o700)
        with open(self.out / "qemu.log", "wb") as log:
            self.process = subprocess.Popen(self.arguments(find_qemu()), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        try:
            return self.loop(time.monotonic() + limit_s, limit_s)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            if self.qmp:
                self.qmp.close()
            (self.out / "serial.log").write_text(self.serial)
            shutil.rmtree(self.run_dir)

    def loop(self, deadline, limit_s):
        console = self.connect("console", deadline)
        self.host = self.connect("host", deadline)
        self.connect("qmp", deadline).close()
        self.qmp = Qmp(f"{self.run_dir}/qmp")
        self.qmp("cont")
        requests = b""
        shown = ""
        started = time.monotonic()
        open_sockets = {console, self.host}
        while console in open_sockets:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failed(f"{self.script}: not done after {limit_s} s; console ends with: " +
                    (self.serial.strip().splitlines() or ["nothing"])[-1])
            for sock in select.select(list(open_sockets), [], [], min(left, 5))[0]:
                data = sock.recv(65536)
                if not data:
                    open_sockets.discard(sock)
                elif sock is console:
                    text = data.decode(errors="replace").replace("\r", "")
                    self.serial += text
                    if self.verbose:
                        shown += text
                        while "\n" in shown:
                            line, shown = shown.split("\n", 1)
                            print(f"{time.monotonic() - started:6.1f} {line}", flush=True)
                else:
                    requests += data
                    while b"\n" in requests:
                        line, requests = requests.split(b"\n", 1)
                        self.serve(line.decode(errors="replace"))
        self.process.wait()
        for sock in (console, self.host, self.vnc and self.vnc.sock):
            if sock:
                sock.close()
        failure = re.search(r"^GUEST-FAIL (.*)$", self.serial, re.M)
        if failure:
            raise Failed(f"guest: {failure.group(1)}")
        status = re.search(r"^GUEST-STATUS (\d+)$", self.serial, re.M)
        if not status:
            raise Failed("the guest went away before its script ended; console ends with: " +
                (self.serial.strip().splitlines() or ["nothing"])[-1])
        return int(status.group(1))
