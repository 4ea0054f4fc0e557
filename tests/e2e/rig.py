# SPDX-License-Identifier: GPL-2.0-or-later
"""What the end-to-end tests share: the kiosk, virtual machines, screenshots, deadlines.

Every process is started here, bounded in time and ended by its own process id.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guest"))
from probe import EXIT_NO_DEVICE, EXIT_OK, probe_boot

KIOSK = os.environ.get("PVG_KIOSK", "")
# PVG_QEMU with PVG_SHIM=builtin: an overlay build, which needs no plugin (docs/qemu.md).
QEMU = os.environ.get("PVG_QEMU", "qemu-system-x86_64")
BUILTIN = os.environ.get("PVG_SHIM") == "builtin"
PLUGIN = os.environ.get("PVG_PLUGIN", "")
KERNEL = os.environ.get("PVG_BAREGUEST", "")
GUESTSIM = os.environ.get("PVG_GUESTSIM", "")
BARCODE_READ = os.environ.get("PVG_BARCODE_READ", "")
SKIPPED = 77


class Failure(Exception):
    pass


class Skip(Exception):
    """Raised by a case that cannot run here, with the reason."""


def check(truth, what):
    if not truth:
        raise Failure(what)


def wait_for(what, condition, timeout):
    """Looks again until condition() is true or the deadline has passed; returns its value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {timeout} s")
        time.sleep(0.02)


class Process:
    """A child whose output is kept; lines that are JSON objects are parsed."""

    def __init__(self, name, command, env):
        self.name = name
        self.text = []
        self.lines = []
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, env=env)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for raw in self.child.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.text.append(line)
            if line.startswith("{"):
                try:
                    self.lines.append(json.loads(line))
                except ValueError:
                    pass

    def running(self):
        return self.child.poll() is None

    def events(self, name):
        return [line for line in self.lines if line.get("event") == name]

    def wait_event(self, name, timeout, after=0):
        """The first event of that name from the line with number after on."""
        def look():
            if not self.running() and not self.reader.is_alive():
                found = [e for e in self.lines[after:] if e.get("event") == name]
                check(found, f"{self.name} ended without {name}: {self.text[-3:]}")
                return found
            return [e for e in self.lines[after:] if e.get("event") == name]
        return wait_for(f"{self.name}: {name}", look, timeout)[0]

    def wait_exit(self, timeout):
        try:
            code = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} does not end: {self.text[-3:]}") from None
        self.reader.join(5)
        return code

    def kill(self, number=signal.SIGKILL):
        if self.running():
            self.child.send_signal(number)

    def finish(self):
        if self.running():
            self.child.terminate()
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.wait(10)
        self.reader.join(5)

    def finish_clean(self):
        """Ends it and looks whether a sanitizer or an exit status has something to say."""
        check(self.running(), f"{self.name} ended: {self.text[-3:]}")
        self.finish()
        said = [line for line in self.text if "Sanitizer" in line or "runtime error:" in line]
        check(not said, f"{self.name}: {said[:3]}")
        check(self.child.returncode == 0, f"{self.name}: exit status {self.child.returncode}")

    def summary(self):
        """What a guest said last."""
        check(self.lines and "scene" in self.lines[-1], f"{self.name}: no summary: {self.text[-3:]}")
        return self.lines[-1]


class Qmp:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        wait_for("QMP", lambda: self.connect(path), 20)
        self.file = self.sock.makefile("rwb")
        self.file.readline()
        self.command("qmp_capabilities")

    def connect(self, path):
        try:
            self.sock.connect(path)
            return True
        except OSError:
            return False

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "return" in answer:
                return answer["return"]
            check("error" not in answer, f"QMP {name}: {answer}")


class Rig:
    """One folder, one socket; kiosks and guests that come and go on it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pvg-e2e-")
        self.path = self.folder.name
        self.socket = os.path.join(self.path, "pvg.sock")
        self.env = dict(os.environ, XDG_RUNTIME_DIR=self.path, PVG_SOCKET=self.socket,
                        WLR_LIBINPUT_NO_DEVICES="1")
        for name in ("WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"):
            self.env.pop(name, None)
        self.processes = []
        self.pictures = 0
        self.kiosks = 0
        self.display = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for process in reversed(self.processes):
            process.finish()
        if value is not None:
            for process in self.processes:
                print(f"--- {process.name}, last lines:")
                for line in process.text[-25:]:
                    print("    " + line[:300])
        self.folder.cleanup()

    def start(self, name, command, env=None):
        process = Process(name, command, env or self.env)
        self.processes.append(process)
        return process

    def kiosk(self, mode="1280x800@60", *more):
        before = set(os.listdir(self.path))
        self.kiosks += 1
        self.stats_path = os.path.join(self.path, f"stats-{self.kiosks}.json")
        kiosk = self.start("kiosk", [KIOSK, "--no-config", "--backend", "headless", "--mode", mode, "--socket",
                                     self.socket, "--stats", self.stats_path, *more])

        def listening():
            check(kiosk.running(), f"kiosk does not start: {kiosk.text[-3:]}")
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
                    probe.connect(self.socket)
            except OSError:
                return None
            names = [n for n in os.listdir(self.path)
                     if n.startswith("wayland-") and not n.endswith(".lock")]
            fresh = [n for n in names if n not in before] or names
            return fresh[0] if fresh else None
        self.display = wait_for("kiosk listens", listening, 20)
        return kiosk

    def stats(self):
        """The summary that a kiosk wrote when it ended."""
        with open(self.stats_path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.strip()]
        check(lines and lines[-1].get("summary"), "no summary in --stats")
        return lines[-1]

    def vm(self, words, accel, displays=1, bridge=None, libraries=()):
        """A machine with the bare guest; bridge: -device of a bridge to put the display behind;
        libraries: files of Metal libraries for its scene."""
        self.qmp_path = os.path.join(self.path, "qmp.sock")
        device = f"apple-gfx-pci,socket={self.socket},displays={displays}"
        more = [] if BUILTIN else ["-plugin", f"file={PLUGIN}"]
        if bridge:
            more += ["-device", f"{bridge},id=behind"]
            device += ",bus=behind"
        if libraries:
            more += ["-initrd", ",".join(libraries)]
        return self.start("vm", [
            QEMU, "-accel", accel, "-m", "512", "-nodefaults", "-display", "none",
            "-vga", "none", "-object", "memory-backend-memfd,id=ram,size=512M,share=on",
            "-machine", "q35,memory-backend=ram", *more,
            "-device", device, "-kernel", KERNEL, "-append", words, "-debugcon", "stdio",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
            "-qmp", f"unix:{self.qmp_path},server=on,wait=off"])

    def press_power(self, vm):
        """Ends a scene of the bare guest as closing a window does; returns its summary."""
        Qmp(self.qmp_path).command("system_powerdown")
        code = vm.wait_exit(30)
        check(code == EXIT_OK, f"guest left with {code}: {vm.text[-1]}")
        return vm.summary()

    def guestsim(self, *args):
        return self.start("guestsim", [GUESTSIM, "--socket", self.socket, "--ram", "128", *args])

    def picture(self, output=None):
        """What is on an output now, read through the compositor's screencopy."""
        self.pictures += 1
        path = os.path.join(self.path, f"picture-{self.pictures % 4}.ppm")
        env = dict(self.env, WAYLAND_DISPLAY=self.display)
        command = ["grim", "-t", "ppm", "-c"] + (["-o", output] if output else []) + [path]
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=20, text=True)
        check(done.returncode == 0, f"grim: {done.stderr.strip()}")
        read = subprocess.run([BARCODE_READ, path], capture_output=True, timeout=20, text=True)
        check(read.returncode in (0, 1), f"barcode-read: {read.stderr.strip()}")
        return json.loads(read.stdout)

    def pixel(self, x, y):
        """Of the last picture, red, green, blue."""
        path = os.path.join(self.path, f"picture-{self.pictures % 4}.ppm")
        with open(path, "rb") as file:
            head, size, _ = file.readline(), file.readline(), file.readline()
            check(head == b"P6\n", f"{path}: {head}")
            file.seek((y * int(size.split()[0]) + x) * 3, os.SEEK_CUR)
            return tuple(file.read(3))

    def frame(self, timeout, output=None, condition=lambda picture: True):
        """The first picture with a frame number that meets the condition."""
        def look():
            picture = self.picture(output)
            return picture if picture["frame"] is not None and condition(picture) else None
        return wait_for("a frame on the output", look, timeout)

    def increasing_frames(self, count, output=None, timeout=30):
        """count pictures whose frame numbers increase; the same number twice is waited out."""
        pictures = [self.frame(timeout, output)]
        while len(pictures) < count:
            last = pictures[-1]["frame"]
            picture = self.frame(timeout, output, lambda p, last=last: p["frame"] != last)
            check(not picture["torn"], f"torn picture {picture}")
            check(picture["frame"] > last, f"frame {picture['frame']} after {last}")
            pictures.append(picture)
        return pictures


def cursor_near(picture):
    """The pointer is where the guest put it for this frame or one shortly before or after."""
    mode, cursor, number = picture["mode"], picture["cursor"], picture["frame"]
    if cursor is None or mode is None:
        return False
    for frame in range(number - 6, number + 7):
        x = 32 + frame * 3 % (mode["width"] - 64)
        y = mode["height"] * 5 // 8 + frame % (mode["height"] // 4) - 16
        if abs(x - cursor["x"]) <= 1 and abs(y - cursor["y"]) <= 1:
            return True
    return False


def choose_accel():
    """kvm where the bare guest boots and is not emulated instruction by instruction, else tcg."""
    if os.environ.get("PVG_ACCEL"):
        return os.environ["PVG_ACCEL"]
    return "kvm" if probe_boot(KERNEL, "kvm", 15) == EXIT_NO_DEVICE else "tcg"


def missing():
    """Why these tests cannot run here, or None."""
    for name, path in (("pvg-kiosk", KIOSK), ("the QEMU plugin", PLUGIN), ("pvg-bareguest", KERNEL),
                       ("pvg-guestsim", GUESTSIM), ("barcode-read (libpng)", BARCODE_READ)):
        if not path or not os.path.exists(path):
            return f"{name} was not built"
    for program in ("qemu-system-x86_64", "grim"):
        if not any(os.access(os.path.join(folder, program), os.X_OK)
                   for folder in os.environ["PATH"].split(":")):
            return f"{program} is not installed"
    return None


def run(cases):
    """Runs functions (accel) and exits; names on the command line choose among them."""
    why = missing()
    if why:
        print(f"skipped: {why}")
        sys.exit(SKIPPED)
    accel = choose_accel()
    print(f"accelerator: {accel}", flush=True)
    wanted = [case for case in cases if not sys.argv[1:] or case.__name__ in sys.argv[1:]]
    failed = skipped = 0
    for case in wanted:
        started = time.monotonic()
        try:
            case(accel)
            word = "ok"
        except Skip as reason:
            skipped += 1
            word = f"skipped: {reason}:"
        except Exception as error:
            failed += 1
            word = "FAILED"
            if not isinstance(error, Failure):
                traceback.print_exc(file=sys.stdout)
            else:
                print(f"    {error}")
        print(f"{word} {case.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
    passed = len(wanted) - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not wanted else SKIPPED if not passed else 0)
