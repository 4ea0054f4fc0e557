# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kiosk's tests share: starting programs, waiting for their words, reading pictures."""
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kms"))
import barcode  # noqa: E402

SKIP = 77
PATIENCE = 60  # seconds; sanitizers and shared machines are slow


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def check(truth, what):
    if not truth:
        raise Failure(what)


def need(program):
    if shutil.which(program) is None:
        raise Skip(f"{program} is not installed")
    return program


def wait_for(truth, what, seconds=PATIENCE):
    """Asks again until there is an answer: for things that no event announces."""
    deadline = time.monotonic() + seconds
    while True:
        value = truth()
        if value:
            return value
        check(time.monotonic() < deadline, f"{what}: not within {seconds} s")
        time.sleep(0.01)


class Program:
    """A child whose error output is read as it comes."""

    def __init__(self, args, env=None, cwd=None, stdout=subprocess.DEVNULL, pass_fds=()):
        self.name = os.path.basename(args[0])
        self.log = ""
        self.process = subprocess.Popen(args, env=env, cwd=cwd, stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=subprocess.PIPE, pass_fds=pass_fds)
        os.set_blocking(self.process.stderr.fileno(), False)

    @property
    def pid(self):
        return self.process.pid

    def read(self, seconds=0.0):
        """Takes in what was said; returns False at the end of it."""
        ready, _, _ = select.select([self.process.stderr], [], [], seconds)
        if ready:
            data = self.process.stderr.read()
            if data == b"":
                return False
            if data is not None:
                self.log += data.decode(errors="replace")
        return True

    def says(self, text, after=0, seconds=PATIENCE):
        """Waits for a line; returns the place behind it."""
        deadline = time.monotonic() + seconds
        while True:
            at = self.log.find(text, after)
            if at >= 0:
                return at + len(text)
            left = deadline - time.monotonic()
            check(left > 0, f"{self.name} did not say '{text}'\n{self.log[-3000:]}")
            check(self.read(min(left, 0.5)), f"{self.name} ended without '{text}'\n{self.log[-3000:]}")

    def wait(self, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while self.read(0.1):
            check(time.monotonic() < deadline, f"{self.name} did not end\n{self.log[-3000:]}")
        return self.process.wait(seconds)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()


class Rig:
    """A folder and an environment of its own for one case."""

    def __init__(self, kiosk, guestsim):
        self.kiosk_program = os.path.abspath(kiosk)
        self.guestsim_program = os.path.abspath(guestsim)
        self.folder = tempfile.mkdtemp(prefix="pvg-kiosk-")
        self.programs = []
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("WLR_") and
            k not in ("WAYLAND_DISPLAY", "DISPLAY", "PVG_SOCKET", "WAYLAND_SOCKET")}
        self.env["XDG_RUNTIME_DIR"] = self.folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, args, **kwargs):
        kwargs.setdefault("env", self.env)
        program = Program(args, cwd=self.folder, **kwargs)
        self.programs.append(program)
        return program

    def kiosk(self, *args, backend="headless", command=None, env=None, ready=True):
        full = [self.kiosk_program]
        if backend is not None:
            full += ["--backend", backend]
        full += list(args)
        if not any("config" in arg for arg in args):
            full.append("--no-config")
        if command is not None:
            full += ["--"] + command
        program = self.start(full, env={**self.env, **(env or {})})
        if ready:
            program.says("listening for a VM on ")
        return program

    def sim(self, *args):
        return [self.guestsim_program, "--ram", "64"] + list(args)

    def guest(self, *args, socket="pvg-0.sock"):
        return self.start(self.sim("--socket", self.path(socket), *args))

    def stats(self, name="stats.json"):
        with open(self.path(name)) as file:
            lines = [json.loads(line) for line in file]
        check(lines and lines[-1]["summary"] is True, "statistics without a summary")
        return lines

    def finish(self):
        for program in reversed(self.programs):
            program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def has_sanitizer_report(log):
    return "Sanitizer" in log or "runtime error" in log


class Png:
    """An 8-bit RGB or RGBA picture; .pixels is RGB."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        check(data[:8] == b"\x89PNG\r\n\x1a\n", f"{path} is no PNG")
        at, body = 8, b""
        while at < len(data):
            size = int.from_bytes(data[at:at + 4], "big")
            kind, chunk = data[at + 4:at + 8], data[at + 8:at + 8 + size]
            if kind == b"IHDR":
                self.width = int.from_bytes(chunk[0:4], "big")
                self.height = int.from_bytes(chunk[4:8], "big")
                check(chunk[8] == 8 and chunk[9] in (2, 6) and chunk[12] == 0, "unusual PNG")
                step = 3 if chunk[9] == 2 else 4
            elif kind == b"IDAT":
                body += chunk
            at += 12 + size
        self.pixels = self._unfilter(zlib.decompress(body), step)

    def _unfilter(self, raw, step):
        stride = self.width * step
        before = bytearray(stride)
        out = bytearray()
        for y in range(self.height):
            at = y * (stride + 1)
            kind, row = raw[at], bytearray(raw[at + 1:at + 1 + stride])
            if kind == 1:
                for i in range(step, stride):
                    row[i] = row[i] + row[i - step] & 255
            elif kind == 2:
                row = bytearray([a + b & 255 for a, b in zip(row, before)])
            elif kind == 3:
                for i in range(stride):
                    left = row[i - step] if i >= step else 0
                    row[i] = row[i] + (left + before[i] >> 1) & 255
            elif kind == 4:
                for i in range(stride):
                    a = row[i - step] if i >= step else 0
                    b, c = before[i], before[i - step] if i >= step else 0
                    p = a + b - c
                    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
                    row[i] = row[i] + (a if pa <= pb and pa <= pc else b if pb <= pc else c) & 255
            before = row
            if step == 3:
                out += row
            else:
                rgb = bytearray(self.width * 3)
                for i in range(3):
                    rgb[i::3] = row[i::4]
                out += rgb
        return bytes(out)

    def __call__(self, x, y):
        at = (y * self.width + x) * 3
        return tuple(self.pixels[at:at + 3])

    def find(self, colour):
        """The first place of a colour, None when there is none."""
        at = self.pixels.find(bytes(colour))
        while at >= 0 and at % 3 != 0:
            at = self.pixels.find(bytes(colour), at + 1)
        return None if at < 0 else (at // 3 % self.width, at // 3 // self.width)

    def colours(self):
        return len({self.pixels[i:i + 3] for i in range(0, len(self.pixels), 3)})


def read_frame(picture):
    try:
        return barcode.read_frame(picture)
    except barcode.Unreadable as error:
        raise Failure(str(error)) from error


def run_case(cases):
    """main(): SCRIPT KIOSK GUESTSIM CASE"""
    kiosk, guestsim, name = sys.argv[1:4]
    rig = Rig(kiosk, guestsim)
    status = 0
    try:
        cases[name](rig)
        logs = "".join(program.log for program in rig.programs)
        check(not has_sanitizer_report(logs), f"sanitizer report\n{logs[-4000:]}")
        print(f"{name}: passed")
    except Skip as reason:
        print(f"{name}: skipped: {reason}")
        status = SKIP
    except (Failure, OSError, subprocess.SubprocessError, ValueError) as error:
        print(f"{name}: FAILED: {error}")
        for program in rig.programs:
            program.read()
            print(f"---- {program.name} {program.pid}\n{program.log[-3000:]}")
        status = 1
    finally:
        rig.finish()
    sys.exit(status)


TERM, KILL, INT, USR1 = signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGUSR1
