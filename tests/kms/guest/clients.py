# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of others at a kiosk with a real screen: clients.py SOURCE SOCKET OUT.json

Copies of the screen with and without the pointer, the screen's own buffer as dmabufs, a gamma table
that stays until the end of the input.
"""
import json
import mmap
import os
import struct
import sys

sys.path.insert(0, os.path.join(sys.argv[1], "tests/compositor"))
import wlproto  # noqa: E402
from wlclient import Client, uint  # noqa: E402

YELLOW = bytes((0, 255, 255)) # the guest's pointer, blue first


def copy(client, output, pointer):
    """How many pixels of a copy have the pointer's colour; the copy's flags."""
    manager = client.bind("zwlr_screencopy_manager_v1", 3)
    shm = client.bind("wl_shm", 1)
    frame = client.make(manager, "capture_output", "zwlr_screencopy_frame_v1", uint(pointer, output))
    form, width, height, stride = client.wait(frame, "buffer")[1]
    if client.wait(frame, "buffer_done", "failed")[0] == "failed":
        return {"failed": True}
    fd = os.memfd_create("copy")
    os.ftruncate(fd, stride * height)
    pool = client.new("wl_shm_pool")
    client.request(shm, "create_pool", uint(pool, stride * height), [fd])
    buffer = client.make(pool, "create_buffer", "wl_buffer", uint(0, width, height, stride, form))
    client.request(frame, "copy", uint(buffer))
    if client.wait(frame, "ready", "failed")[0] == "failed":
        return {"failed": True}
    with mmap.mmap(fd, stride * height) as memory:
        yellow = sum(memory[i:i + 3] == YELLOW for i in range(0, stride * height, 4))
    os.close(fd)
    dmabuf = [args for target, name, args in client.events if (target, name) == (frame, "linux_dmabuf")]
    client.request(frame, "destroy")
    return {"size": [width, height], "yellow": yellow, "dmabuf": dmabuf}


def export(client, output):
    manager = client.bind("zwlr_export_dmabuf_manager_v1")
    frame = client.make(manager, "capture_output", "zwlr_export_dmabuf_frame_v1", uint(0, output))
    if client.wait(frame, "ready", "cancel")[0] == "cancel":
        return {"cancelled": True}
    width, height, _, _, _, _, form, high, low, count = client.wait(frame, "frame")[1]
    _, fd, size, _, stride, _ = client.wait(frame, "object")[1]
    with mmap.mmap(fd, stride * height, mmap.MAP_SHARED, mmap.PROT_READ) as memory:
        colours = len({memory[i:i + 3] for i in range(0, stride * height, 4 * 61)})
    os.close(fd)
    client.request(frame, "destroy")
    return {"size": [width, height], "format": struct.pack("<I", form).decode(), "objects": count,
        "modifier": high << 32 | low, "bytes": size, "stride": stride, "colours": colours}


def set_gamma(client, output):
    """A night light: red stays, green a half, blue nothing."""
    manager = client.bind("zwlr_gamma_control_manager_v1")
    control = client.make(manager, "get_gamma_control", "zwlr_gamma_control_v1", uint(output))
    answer = client.wait(control, "gamma_size", "failed")
    if answer[0] == "failed":
        return {"failed": True}
    size = answer[1][0]
    ramp = [i * 65535 // (size - 1) for i in range(size)]
    fd = os.memfd_create("gamma")
    os.write(fd, struct.pack(f"<{3 * size}H", *ramp, *(v // 2 for v in ramp), *([0] * size)))
    os.lseek(fd, 0, os.SEEK_SET)
    client.request(control, "set_gamma", b"", [fd])
    os.close(fd)
    client.roundtrip()
    return {"size": size}


def main():
    wlproto.learn_core()
    wlproto.learn_wlr()
    client = Client(sys.argv[2])
    output = client.bind("wl_output", 1)
    done = {"with": copy(client, output, 1), "without": copy(client, output, 0),
        "export": export(client, output), "gamma": set_gamma(client, output)}
    with open(sys.argv[3], "w", encoding="ascii") as file:
        json.dump(done, file)
    print("done", flush=True)
    sys.stdin.read()


main()
