#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad peers of pvg-kiosk: each is refused by name, alone, and leaves nothing behind.

test-link.py KIOSK GUESTSIM CASE
"""
import os
import struct

from peer import (BYE, HELLO, MEM_TABLE, MODES, PAGE_SIZE, POINTER, READY, RESET, RESET_ACK, RUNSTATE,
    SEAL_SEAL, SEAL_SHRINK, SEAL_WRITE, Peer, hello, mem_table, memfd, region)
from rig import TERM, check, run_case, wait_for


def descriptors(kiosk):
    return len(os.listdir(f"/proc/{kiosk.pid}/fd"))


def mappings(kiosk):
    with open(f"/proc/{kiosk.pid}/maps") as file:
        return sum("memfd:peer" in line for line in file)


class Bench:
    """A kiosk that outlives all its peers, and what it held before the first."""

    def __init__(self, rig):
        self.rig = rig
        self.kiosk = rig.kiosk("--mode", "320x240")
        self.kiosk.says("display 0: described")
        # One good peer first: what is made once is made now.
        self.at = 0
        peer = self.peer()
        peer.attach()
        self.kiosk.says("VM peer connected")
        peer.close()
        self.at = self.kiosk.says("VM peer is gone")
        self.held = wait_for(lambda: mappings(self.kiosk) == 0 and descriptors(self.kiosk),
            "the first peer's memory to go")

    def peer(self, **kwargs):
        return Peer(self.rig.path("pvg-0.sock"), **kwargs)

    def refuses(self, peer, why):
        """The connection ends, the log says why, and nothing stays open or mapped."""
        check(peer.is_closed(), f"'{why}': the connection stays")
        self.at = self.kiosk.says(f"refused: {why}", self.at)
        peer.close()
        wait_for(lambda: descriptors(self.kiosk) == self.held, f"'{why}': descriptors stay open")
        wait_for(lambda: mappings(self.kiosk) == 0, f"'{why}': memory stays mapped")

    def finish(self):
        guest = self.rig.guest("--seconds", "1")
        check(guest.wait() == 0, "a good VM is not served after the bad ones")
        self.kiosk.signal(TERM)
        check(self.kiosk.wait() == 0, "exit status")


def bad_hellos_are_refused(rig):
    bench = Bench(rig)

    def say(why, payload=None, fds=None, **kwargs):
        peer = bench.peer()
        peer.send(HELLO, hello(**kwargs) if payload is None else payload,
            peer.fds if fds is None else fds(peer))
        bench.refuses(peer, why)

    say("HELLO: magic is not PVG1", magic=0x12345678)
    say("HELLO: another major version", major=2)
    say("HELLO: page shift is not 12", page_shift=14)
    say("HELLO: BAR0 is not 16 KiB", bar0=0x8000)
    say("HELLO: display count is not 1..8", displays=0)
    say("HELLO: display count is not 1..8", displays=9)
    say("HELLO: name is not terminated", name=b"x" * 32)
    say("HELLO: descriptor count does not fit the features", features=1 << 2)
    say("wrong number of descriptors", fds=lambda peer: peer.fds[:2])
    say("wrong number of descriptors", fds=lambda peer: peer.fds * 2)
    say("wrong payload length", payload=hello()[:-1])
    say("wrong payload length", payload=hello() + b"\0" * 8)
    say("wrong payload length", payload=b"")
    bench.finish()


def bad_descriptors_of_hello_are_refused(rig):
    bench = Bench(rig)

    def say(why, replace):
        peer = bench.peer()
        fds = list(peer.fds)
        replace(peer, fds)
        peer.send(HELLO, hello(), fds)
        bench.refuses(peer, why)

    def put(index, fd):
        def replace(peer, fds):
            peer.own.append(fd)
            fds[index] = fd
        return replace

    say("descriptor is no eventfd", put(1, os.open("/dev/null", os.O_RDWR)))
    say("descriptor is no eventfd", put(2, memfd(4096)))
    say("descriptor is no eventfd", put(1, os.open("/", os.O_RDONLY | os.O_DIRECTORY)))
    say("descriptor is no memfd sealed against shrinking", put(0, memfd(PAGE_SIZE, 0)))
    say("descriptor is no memfd sealed against shrinking", put(0, os.open("/dev/zero", os.O_RDWR)))
    say("memfd is smaller than declared", put(0, memfd(4096)))
    say("HELLO: the page cannot be mapped", put(0, memfd(PAGE_SIZE, SEAL_SHRINK | SEAL_WRITE)))
    say("HELLO: the page has another layout", put(0, memfd(PAGE_SIZE)))
    peer = bench.peer(layout=7)
    peer.send(HELLO, hello(), peer.fds)
    bench.refuses(peer, "HELLO: the page has another layout")
    bench.finish()


def bad_memory_tables_are_refused(rig):
    bench = Bench(rig)
    size = 1 << 20

    def say(why, payload, fds):
        peer = bench.peer()
        peer.say_hello()
        peer.own += fds
        peer.send(MEM_TABLE, payload, fds)
        bench.refuses(peer, why)

    def ram(seals=SEAL_SHRINK | SEAL_SEAL):
        return memfd(size, seals)

    say("MEM_TABLE: descriptor count differs", mem_table([region(0, size)], nfd=2), [ram()])
    say("MEM_TABLE: fd_index out of range", mem_table([region(0, size, fd=1)]), [ram()])
    say("MEM_TABLE: region is empty or not page aligned", mem_table([region(0, 0)]), [ram()])
    say("MEM_TABLE: region is empty or not page aligned", mem_table([region(1, 4096)]), [ram()])
    say("MEM_TABLE: region is empty or not page aligned", mem_table([region(0, 4097)]), [ram()])
    say("MEM_TABLE: region wraps", mem_table([region((1 << 64) - 4096, 8192)]), [ram()])
    say("MEM_TABLE: region wraps", mem_table([region(0, 4096, offset=(1 << 64) - 4096)]), [ram()])
    say("MEM_TABLE: regions overlap", mem_table([region(0, 8192), region(4096, 4096)]), [ram()])
    say("MEM_TABLE: regions overlap", mem_table([region(8192, 4096), region(0, 4096)]), [ram()])
    say("too many entries", mem_table([region(i << 20, 4096) for i in range(33)]), [ram()])
    say("wrong payload length", mem_table([region(0, size)], count=2), [ram()])
    say("wrong payload length", mem_table([region(0, size)], count=0), [ram()])
    say("payload shorter than its fixed part", b"\0" * 8, [ram()])
    say("memfd is smaller than declared", mem_table([region(0, 2 * size)]), [ram()])
    say("memfd is smaller than declared", mem_table([region(0, 4096, offset=size)]), [ram()])
    say("descriptor is no memfd sealed against shrinking", mem_table([region(0, size)]), [ram(0)])
    say("MEM_TABLE: a RAM file cannot be mapped", mem_table([region(0, size)]),
        [ram(SEAL_SHRINK | SEAL_WRITE)])
    # The second file is bad: the mapping of the first must go again.
    say("descriptor is no memfd", mem_table([region(0, size), region(1 << 30, size, fd=1)], nfd=2),
        [ram(), os.open("/dev/null", os.O_RDWR)])
    bench.finish()


def messages_out_of_order_are_refused(rig):
    bench = Bench(rig)
    for kind, payload in ((MEM_TABLE, mem_table([], nfd=0)), (READY, b"\0" * 4),
            (RUNSTATE, b"\0" * 8), (RESET, b"\0" * 12), (MODES, b"\0" * 4), (BYE, b"\0" * 4)):
        peer = bench.peer()
        peer.send(kind, payload)
        bench.refuses(peer, "a message before HELLO")
    peer = bench.peer()
    peer.say_hello()
    peer.send(READY, b"\0" * 4)
    bench.refuses(peer, "READY before MEM_TABLE")
    peer = bench.peer()
    peer.say_hello()
    peer.send(HELLO, hello(), peer.fds)
    bench.refuses(peer, "a second HELLO")
    bench.finish()


def wrong_lengths_of_every_type_are_refused(rig):
    bench = Bench(rig)
    good = {READY: b"\0" * 4, RUNSTATE: b"\0" * 8, RESET: b"\0" * 12, BYE: b"\0" * 4}
    for kind, payload in good.items():
        for wrong in (payload[:-1], payload + b"\0", b""):
            peer = bench.peer()
            peer.attach()
            peer.send(kind, wrong)
            bench.refuses(peer, "wrong payload length")
        peer = bench.peer()
        peer.attach()
        peer.send(kind, payload, [peer.doorbell])
        bench.refuses(peer, "wrong number of descriptors")
    for wrong, why in ((struct.pack("<I", 65), "too many entries"),
            (struct.pack("<I", 2) + b"\0" * 8, "wrong payload length"), (b"", "payload shorter")):
        peer = bench.peer()
        peer.attach()
        peer.send(MODES, wrong)
        bench.refuses(peer, why)
    bench.finish()


def broken_packets_are_refused(rig):
    bench = Bench(rig)
    peer = bench.peer()
    peer.send_raw(b"short")
    bench.refuses(peer, "packet shorter than its header")
    peer = bench.peer()
    peer.send(READY, b"\0" * 4, length=400)
    bench.refuses(peer, "packet length differs")
    peer = bench.peer()
    peer.send(READY, b"\0" * 4, [peer.doorbell], nfds=0)
    bench.refuses(peer, "descriptor count differs")
    peer = bench.peer()
    peer.send_raw(b"x" * 8000)
    bench.refuses(peer, "packet or descriptors were truncated")
    peer = bench.peer()
    peer.send(READY, b"\0" * 4, [peer.doorbell] * 17)
    bench.refuses(peer, "descriptor count differs")
    peer = bench.peer()
    peer.send(0x7777)
    bench.refuses(peer, "unknown message type")
    peer = bench.peer()
    peer.send(POINTER, b"\0" * 16) # a host's message
    bench.refuses(peer, "unknown message type")
    bench.finish()


def unknown_messages_that_are_not_critical_are_skipped(rig):
    bench = Bench(rig)
    peer = bench.peer()
    peer.attach()
    peer.send(0x7777, b"whatever", [peer.doorbell], flags=0)
    peer.send(RESET, struct.pack("<III", 1, 0, 0))
    check(not peer.is_closed(0.5), "the connection ended")
    peer.close()
    bench.finish()


def a_hostile_ring_ends_the_connection(rig):
    bench = Bench(rig)
    peer = bench.peer()
    peer.attach()
    # An answer says that the device has taken over the ring: a head of before is where it starts.
    struct.pack_into("<I", peer.page, 0x0c, 2)
    peer.send(RESET, struct.pack("<III", 2, 0, 0))
    check(peer.receive()[0] == RESET_ACK, "no answer")
    struct.pack_into("<I", peer.page, 0xc0, 5000) # head - tail over 1024
    os.eventfd_write(peer.doorbell, 1)
    bench.refuses(peer, "") # the device says which rule
    bench.finish()


def a_reset_is_acknowledged_with_its_epoch(rig):
    bench = Bench(rig)
    peer = bench.peer()
    peer.attach()
    for epoch in (2, 3, 70):
        struct.pack_into("<I", peer.page, 0x0c, epoch)
        peer.send(RESET, struct.pack("<III", epoch, 0, 0))
        kind, payload = peer.receive()
        check(kind == RESET_ACK and struct.unpack("<Q", payload)[0] == epoch, f"{kind:x} {payload}")
        seen = struct.unpack_from("<I", peer.page, 0x50)[0]
        check(seen == epoch, f"epoch seen {seen}, not {epoch}")
    peer.close()
    bench.finish()


def silent_and_many_connections_are_limited(rig):
    bench = Bench(rig)
    peers = [bench.peer() for _ in range(8)]
    extra = bench.peer()
    check(extra.is_closed(), "a ninth connection stays")
    bench.kiosk.says("too many connections", bench.at)
    extra.close()
    for peer in peers:
        check(peer.is_closed(), "a silent connection stays")
        peer.close()
    bench.kiosk.says("no HELLO within 5 seconds", bench.at)
    bench.finish()


def the_users_modes_replace_the_outputs(rig):
    bench = Bench(rig)
    peer = bench.peer()
    peer.attach()
    modes = ((1280, 800, 60), (1024, 768, 0), (0, 5, 60), (9000, 1, 60), (640, 480, 2000))
    peer.send(MODES, struct.pack("<I", len(modes)) + b"".join(struct.pack("<HHHH", *m, 0)
        for m in modes))
    at = bench.kiosk.says("display-modes: 640x480@2000 left out", bench.at)
    bench.kiosk.says("2 modes from 1280x800@60.000", at)
    peer.close()
    bench.finish()


def a_paused_vm_says_so_and_a_new_one_runs(rig):
    bench = Bench(rig)
    peer = bench.peer()
    peer.attach()
    peer.send(RUNSTATE, struct.pack("<II", 0, 1))
    bench.kiosk.says("VM peer is paused", bench.at)
    peer.close()
    bench.finish() # the next VM is not paused


def memory_tables_are_exchanged_without_leaks(rig):
    bench = Bench(rig)
    peer = bench.peer()
    peer.attach()
    ram = memfd(4 << 20)
    peer.own.append(ram)
    for i in range(200):
        table = [region(0, 1 << 20), region(1 << 30, 1 << 20, fd=1, offset=(i % 4) << 20)]
        peer.send(MEM_TABLE, mem_table(table, nfd=2, generation=i + 2), [ram, ram])
    peer.send(RESET, struct.pack("<III", 1, 0, 0))
    wait_for(lambda: mappings(bench.kiosk) == 2, "one mapping of the RAM file beside the page's")
    peer.close()
    wait_for(lambda: descriptors(bench.kiosk) == bench.held and mappings(bench.kiosk) == 0,
        "everything of the peer's to go")
    bench.finish()


def a_guest_in_every_state_can_be_cut_off(rig):
    bench = Bench(rig)
    for stage in range(60):
        peer = bench.peer()
        if stage % 6 >= 1:
            peer.send(HELLO, hello(), peer.fds)
        if stage % 6 >= 2:
            ram = memfd(1 << 20)
            peer.own.append(ram)
            peer.send(MEM_TABLE, mem_table([region(0, 1 << 20)]), [ram])
        if stage % 6 >= 3:
            peer.send(READY, b"\0" * 4)
        if stage % 6 >= 4:
            struct.pack_into("<I", peer.page, 0x80, 0xffffffff)
            os.eventfd_write(peer.doorbell, 1)
        if stage % 6 >= 5:
            peer.send(BYE, b"\0" * 4)
        peer.close()
    wait_for(lambda: descriptors(bench.kiosk) == bench.held and mappings(bench.kiosk) == 0,
        "everything of the peers' to go")
    bench.finish()


if __name__ == "__main__":
    run_case({name: value for name, value in list(globals().items()) if callable(value) and
        getattr(value, "__module__", "") == "__main__"})
