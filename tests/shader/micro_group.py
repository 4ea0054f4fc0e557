# SPDX-License-Identifier: GPL-2.0-or-later
"""Micro cases of spec 05 §4.6 to §4.8, and of the built-ins of kernels: threads among each other."""
import math
import struct

from micro_base import ELEMENTS, Module, f16, flat, suffix

FIELDS = "i32 0, i32 2, i1 true"  # order relaxed, scope device, volatile


def as_float(bits):
    return struct.unpack("f", struct.pack("I", bits))[0]


def signed(value):
    return value - (1 << 32) if value >> 31 else value


def atomics(c):
    """One thread does each operation in turn and keeps the old values."""
    ops = (("add", "s", 5), ("add", "u", 7), ("sub", "s", 3), ("and", "u", 0xff0f), ("or", "u", 0x30),
           ("xor", "u", 0x1111), ("min", "s", -9), ("max", "u", 100), ("max", "s", 200),
           ("min", "u", 150))
    for space, where in ((1, "global"), (3, "local")):
        m = Module()
        m.buffer(0, "memory", "read_write")
        m.buffer(1, "out", "read_write")
        pointer = "%memory"
        if space == 3:
            m.buffer(0, "shared_memory", "read_write", 3)
            pointer = "%shared_memory"
        p = f"ptr addrspace({space}) {pointer}"
        m.do(f"store i32 10, {p}, align 4")
        value, wants = 10, []
        functions = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "and": lambda a, b: a & b,
                     "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b}
        for i, (op, kind, operand) in enumerate(ops):
            old = m.call(f"air.atomic.{where}.{op}.{kind}.i32", "i32",
                         [p, f"i32 {operand}", "i32 0", f"i32 {1 if space == 3 else 2}", "i1 true"])
            wants.append(value)
            if op in functions:
                value = functions[op](value, operand) & 0xffffffff
            elif kind == "s":
                value = (min if op == "min" else max)(signed(value), operand) & 0xffffffff
            else:
                value = (min if op == "min" else max)(value, operand)
            m.store("%out", "i32", old, i)
        n = len(ops)
        tail = ["i32 0", "i32 2", "i1 true"]
        m.store("%out", "i32", m.call(f"air.atomic.{where}.xchg.i32", "i32", [p, "i32 77", *tail]), n)
        wants.append(value)
        m.store("%out", "i32", m.call(f"air.atomic.{where}.load.i32", "i32", [p, *tail]), n + 1)
        wants.append(77)
        m.call(f"air.atomic.{where}.store.i32", "void", [p, "i32 78", *tail])
        box = m.op("alloca i32, align 4")
        for i, (expected, new) in enumerate(((78, 79), (1, 80))):
            m.do(f"store i32 {expected}, ptr {box}, align 4")
            old = m.call(f"air.atomic.{where}.cmpxchg.weak.i32", "i32",
                         [p, f"ptr {box}", f"i32 {new}", "i32 0", *tail])
            m.store("%out", "i32", old, n + 2 + 2 * i)
            m.store("%out", "i32", m.op(f"load i32, ptr {box}, align 4"), n + 3 + 2 * i)
            wants += [78 + i, 78 + i]
        m.store("%out", "i32", m.op(f"load i32, {p}, align 4"), n + 6)
        wants.append(79)
        m.call("air.atomic.fence", "void", ["i32 1", "i32 5", "i32 2"])
        m.say("SIZE 0 64", "SIZE 1 128", f"CHECK 1[0] u32: {' '.join(flat('i32', wants))}")
        c.add(f"atomic-{where}", f"Atomics on {where} memory: the old value comes back.", m)
        floats(c, space, where)
        contended(c, space, where)
    m = Module()
    m.buffer(0, "memory", "read_write")
    m.buffer(1, "out", "read_write")
    value = m.call("air.load.device_coherent.i32.p1i32", "i32", ["ptr addrspace(1) %memory"])
    m.call("air.store.device_coherent.i32.p1i32", "void", [f"i32 {value}", "ptr addrspace(1) %out"])
    m.say("IN 0 u32: 1234", "SIZE 1 16", "CHECK 1[0] u32: 1234")
    c.add("atomic-coherent", "Coherent loads and stores.", m)
    m = Module()
    m.buffer(0, "memory", "read_write")
    m.call("air.atomic.global.min.u.i64", "i64",
           ["ptr addrspace(1) %memory", "i64 5", "i32 0", "i32 2", "i1 true"])
    m.say("SIZE 0 64", "REFUSE all target_no_64_bit_atomics")
    c.add("atomic-64", "64-bit atomics are refused by name.", m)


def floats(c, space, where):
    m = Module()
    m.buffer(0, "memory", "read_write")
    m.buffer(1, "out", "read_write")
    if space == 3:
        m.buffer(0, "shared_memory", "read_write", 3)
    p = f"ptr addrspace({space}) {'%shared_memory' if space == 3 else '%memory'}"
    tail = ["i32 0", "i32 2", "i1 true"]
    m.do(f"store float 1.5, {p}, align 4")
    wants, value = [], 1.5
    for i, (op, operand) in enumerate((("add", 2.0), ("sub", 0.5), ("xchg", 9.0))):
        old = m.call(f"air.atomic.{where}.{op}.f32", "float", [p, f"float {operand}", *tail])
        m.store("%out", "float", old, i)
        wants.append(value)
        value = {"add": value + operand, "sub": value - operand, "xchg": operand}[op]
    m.store("%out", "float", m.call(f"air.atomic.{where}.load.f32", "float", [p, *tail]), 3)
    m.call(f"air.atomic.{where}.store.f32", "void", [p, "float 4.25", *tail])
    m.store("%out", "float", m.op(f"load float, {p}, align 4"), 4)
    wants += [9.0, 4.25]
    m.say("SIZE 0 64", "SIZE 1 64", f"CHECK 1[0] f32: {' '.join(flat('float', wants))}")
    c.add(f"atomic-{where}-float", f"Float atomics on {where} memory.", m)


def contended(c, space, where):
    m = Module()
    m.buffer(0, "memory", "read_write")
    m.builtin("thread_index_in_threadgroup", name="id")
    tail = ["i32 0", "i32 2", "i1 true"]
    if space == 1:
        m.call("air.atomic.global.add.u.i32", "i32", ["ptr addrspace(1) %memory", "i32 %id", *tail])
        m.say("THREADS 64 1 1", "GROUPS 3 1 1", "IN 0 u32: 1", f"CHECK 0[0] u32: {1 + 3 * 2016}")
    else:
        m.globals.append("@total = internal addrspace(3) global i32 undef, align 4")
        first = m.op("icmp eq i32 %id, 0")
        m.do(f"br i1 {first}, label %clear, label %go")
        m.body.append("clear:")
        m.do("store i32 0, ptr addrspace(3) @total, align 4")
        m.do("br label %go")
        m.body.append("go:")
        m.call("air.wg.barrier", "void", ["i32 2", "i32 1"])
        m.call("air.atomic.local.add.u.i32", "i32", ["ptr addrspace(3) @total", "i32 %id", *tail])
        m.call("air.wg.barrier", "void", ["i32 2", "i32 1"])
        total = m.op("load i32, ptr addrspace(3) @total, align 4")
        m.store("%memory", "i32", total, "%id")
        m.say("THREADS 64 1 1", "SIZE 0 256", f"CHECK 0[0] u32: {' '.join(['2016'] * 64)}")
    c.add(f"atomic-{where}-many", f"64 threads add to one word of {where} memory.", m)


def barriers(c):
    for flags in (0, 1, 2, 3, 4, 7):
        m = Module()
        m.buffer(0, "in", "read")
        m.buffer(1, "out", "read_write")
        m.buffer(0, "shared_memory", "read_write", 3)
        m.builtin("thread_index_in_threadgroup", name="id")
        value = m.load("%in", "i32", "%id")
        wide = m.op("zext i32 %id to i64")
        at = m.op(f"getelementptr i32, ptr addrspace(3) %shared_memory, i64 {wide}")
        m.do(f"store i32 {value}, ptr addrspace(3) {at}, align 4")
        m.call("air.wg.barrier", "void", [f"i32 {flags | 2}", "i32 1"])
        other = m.op(f"sub i64 63, {wide}")
        at = m.op(f"getelementptr i32, ptr addrspace(3) %shared_memory, i64 {other}")
        m.store("%out", "i32", m.op(f"load i32, ptr addrspace(3) {at}, align 4"), "%id")
        m.call("air.wg.barrier", "void", [f"i32 {flags}", "i32 1"])
        words = [i * 3 + 1 for i in range(64)]
        m.say("THREADS 64 1 1", f"IN 0 u32: {' '.join(map(str, words))}", "SIZE 1 256",
              f"CHECK 1[0] u32: {' '.join(str(w) for w in reversed(words))}")
        c.add(f"barrier-{flags}", f"wg.barrier with flags {flags}: threads see what others wrote.", m)
    for flags, scope in ((0, 1), (0, 4), (2, 1), (2, 4)):
        m = Module()
        m.buffer(1, "out", "read_write")
        m.buffer(0, "shared_memory", "read_write", 3)
        m.builtin("thread_index_in_simdgroup", name="id")
        wide = m.op("zext i32 %id to i64")
        at = m.op(f"getelementptr i32, ptr addrspace(3) %shared_memory, i64 {wide}")
        m.do(f"store i32 %id, ptr addrspace(3) {at}, align 4")
        m.call("air.simdgroup.barrier", "void", [f"i32 {flags}", f"i32 {scope}"])
        # A simd operation as well, so that lanes meet where they are emulated.
        m.call("air.simd_sum.u.i32", "i32", ["i32 1"])
        other = m.op(f"xor i64 {wide}, 5")
        at = m.op(f"getelementptr i32, ptr addrspace(3) %shared_memory, i64 {other}")
        m.store("%out", "i32", m.op(f"load i32, ptr addrspace(3) {at}, align 4"), "%id")
        m.say("THREADS 32 1 1", "SIZE 1 128",
              f"CHECK 1[0] u32: {' '.join(str(i ^ 5) for i in range(32))}")
        c.add(f"simdgroup-barrier-{flags}-{scope}", "simdgroup.barrier.", m)


# ---- simd groups --------------------------------------------------------------------------------

class Lanes:
    """A kernel of 64 threads: two simd groups. Each result is one array of 64."""

    def __init__(self, ltype, values):
        self.m = Module()
        self.ltype, self.values = ltype, values
        self.m.buffer(0, "in", "read")
        self.m.buffer(1, "out", "read_write")
        self.m.builtin("thread_index_in_threadgroup", name="id")
        self.value = self.m.load("%in", ltype, "%id")
        self.lines, self.at = [], 0

    def keep(self, ltype, value, wants, tol=""):
        size = ELEMENTS[ltype][2]
        self.at = (self.at + size - 1) // size * size
        index = self.m.op(f"add i32 %id, {self.at // size}")
        self.m.store("%out", ltype, value, index)
        self.lines.append(f"CHECK 1[{self.at // size}] {ELEMENTS[ltype][1]}{tol}: "
                          f"{' '.join(flat(ltype, wants))}")
        self.at += size * 64

    def call(self, name, args, wants, ret=None, tol=""):
        ret = ret or self.ltype
        got = self.m.call(name, ret, [f"{self.ltype} {self.value}", *args])
        self.keep(ret, got, wants, tol)

    def finish(self, c, name, comment, *directives):
        kind = ELEMENTS[self.ltype][1]
        self.m.say("THREADS 64 1 1", f"IN 0 {kind}: {' '.join(flat(self.ltype, self.values))}",
                   f"SIZE 1 {(self.at + 3) // 4 * 4}", *self.lines, *directives)
        c.add(name, comment, self.m)


def reduce(values, name):
    f = {"sum": sum, "product": math.prod, "min": min, "max": max}.get(name)
    if f is not None:
        return f(values)
    out = values[0]
    for v in values[1:]:
        out = {"and": out & v, "or": out | v, "xor": out ^ v}[name]
    return out


TYPES = {
    "float": ([float((i * 7) % 13 - 6) for i in range(64)], ""),
    "half": ([float((i * 5) % 7 - 3) for i in range(64)], ""),
    "i64": ([(i * 0x9e3779b97f4a7c15) % (1 << 64) for i in range(64)], ".u"),
    "i32": ([(i * 2654435761) % (1 << 32) for i in range(64)], ".u"),
    "i16": ([(i * 40503) % (1 << 16) for i in range(64)], ".u"),
    "i8": ([(i * 37) % 256 for i in range(64)], ".u"),
}


def simd(c):
    for ltype, (values, mark) in TYPES.items():
        width = ELEMENTS[ltype][2] * 8
        s = suffix(ltype)
        integer = mark != ""
        names = ["sum", "min", "max"] + (["and", "or", "xor"] if integer else [])

        def fit(x):
            return x % (1 << width) if integer else x

        for group, prefix in ((32, "simd"), (4, "quad")):
            lanes = Lanes(ltype, values)
            for name in names:
                wants = []
                for i in range(64):
                    start = i // group * group
                    wants.append(fit(reduce(values[start:start + group], name)))
                lanes.call(f"air.{prefix}_{name}{mark}.{s}", [], wants)
            if integer:
                for name in ("min", "max"):
                    def num(x):
                        return x - (1 << width) if x >> (width - 1) else x
                    wants = [fit(reduce([num(v) for v in values[i // group * group:][:group]], name))
                             for i in range(64)]
                    lanes.call(f"air.{prefix}_{name}.s.{s}", [], wants)
            lanes.finish(c, f"{prefix}-reduce-{s}", f"{prefix}_sum, min, max... of {s}.")
            lanes = Lanes(ltype, values)
            for kind in ("inclusive", "exclusive"):
                wants = []
                for i in range(64):
                    start = i // group * group
                    some = values[start:i + (kind == "inclusive")]
                    wants.append(fit(sum(some)))
                lanes.call(f"air.{prefix}_prefix_{kind}_sum{mark}.{s}", [], wants)
            lanes.finish(c, f"{prefix}-prefix-{s}", f"{prefix}_prefix_*_sum of {s}.")
            shuffles(c, ltype, values, mark, s, group, prefix)
    small = Lanes("i32", [i % 3 + 1 if i % 32 < 8 else 1 for i in range(64)])
    small.call("air.simd_product.u.i32", [],
               [math.prod(small.values[i // 32 * 32:][:32]) for i in range(64)])
    small.finish(c, "simd-product", "simd_product.")
    votes(c)
    divergent(c)


def shuffles(c, ltype, values, mark, s, group, prefix):
    lanes = Lanes(ltype, values)
    m = group - 1

    def at(i, lane):
        return values[i // group * group + lane % group]

    lanes.call(f"air.{prefix}_shuffle{mark}.{s}", ["i16 2"], [at(i, 2) for i in range(64)])
    lanes.call(f"air.{prefix}_shuffle_xor{mark}.{s}", ["i16 1"], [at(i, i % group ^ 1)
                                                                  for i in range(64)])
    # Lanes past the end have no defined value.
    lanes.call(f"air.{prefix}_shuffle_down{mark}.{s}", ["i16 1"],
               [at(i, i % group + 1) if i % group < m else None for i in range(64)])
    lanes.call(f"air.{prefix}_shuffle_up{mark}.{s}", ["i16 1"],
               [at(i, i % group - 1) if i % group > 0 else None for i in range(64)])
    lanes.call(f"air.{prefix}_shuffle_rotate_down{mark}.{s}", ["i16 1"],
               [at(i, (i % group + 1) % group) for i in range(64)])
    lanes.call(f"air.{prefix}_shuffle_rotate_up{mark}.{s}", ["i16 1"],
               [at(i, (i % group - 1) % group) for i in range(64)])
    lanes.call(f"air.{prefix}_broadcast{mark}.{s}", ["i16 3"], [at(i, 3) for i in range(64)])
    lanes.call(f"air.{prefix}_broadcast_first{mark}.{s}", [], [at(i, 0) for i in range(64)])
    lanes.finish(c, f"{prefix}-shuffle-{s}", f"{prefix}_shuffle*, broadcast of {s}.")
    lanes = Lanes(ltype, values)
    fill = lanes.m.load("%in", ltype, lanes.m.op("xor i32 %id, 1"))
    fills = [values[i ^ 1] for i in range(64)]
    # What comes from outside is taken from the fill of the lane at the other end.
    down, up = [], []
    for i in range(64):
        base, lane = i // group * group, i % group
        down.append(values[i + 2] if lane + 2 < group else fills[base + lane + 2 - group])
        up.append(values[i - 2] if lane >= 2 else fills[base + lane - 2 + group])
    for direction, wants in (("down", down), ("up", up)):
        lanes.call(f"air.{prefix}_shuffle_and_fill_{direction}{mark}.{s}",
                   [f"{ltype} {fill}", "i16 2", f"i16 {group}"], wants)
    lanes.finish(c, f"{prefix}-fill-{s}", f"{prefix}_shuffle_and_fill_* of {s}.")


def votes(c):
    values = [i * i % 5 for i in range(64)]
    for group, prefix in ((32, "simd"), (4, "quad")):
        lanes = Lanes("i32", values)
        m = lanes.m
        odd = m.op(f"trunc i32 {lanes.value} to i1")
        yes = m.op(f"icmp ult i32 {lanes.value}, 5")
        masks = []
        for i in range(64):
            base = i // group * group
            masks.append(sum((values[base + k] & 1) << k for k in range(group)))
        lanes.keep("i64", m.call(f"air.{prefix}_ballot.i64", "i64", [f"i1 {odd}"]), masks)
        full = (1 << group) - 1
        lanes.keep("i1", m.call(f"air.{prefix}_all", "i1", [f"i1 {odd}"]),
                   [int(v == full) for v in masks])
        lanes.keep("i1", m.call(f"air.{prefix}_all", "i1", [f"i1 {yes}"]), [1] * 64)
        lanes.keep("i1", m.call(f"air.{prefix}_any", "i1", [f"i1 {odd}"]),
                   [int(v != 0) for v in masks])
        lanes.keep("i1", m.call(f"air.{prefix}_is_first", "i1", []),
                   [int(i % group == 0) for i in range(64)])
        if prefix == "simd":
            lanes.keep("i64", m.call("air.simd_active_threads_mask.i64", "i64", []),
                       [0xffffffff] * 64)
            ballot = m.call("air.simd_ballot.i64", "i64", [f"i1 {yes}"])
            lanes.keep("i1", m.call("air.simd_vote_all.i64", "i1", [f"i64 {ballot}"]), [1] * 64)
            part = m.call("air.simd_ballot.i64", "i64", [f"i1 {odd}"])
            lanes.keep("i1", m.call("air.simd_vote_all.i64", "i1", [f"i64 {part}"]), [0] * 64)
            lanes.keep("i1", m.call("air.simd_vote_any.i64", "i1", [f"i64 {part}"]),
                       [int(v != 0) for v in masks])
            lanes.keep("i1", m.call("air.simd_is_helper_thread", "i1", []), [0] * 64)
        lanes.finish(c, f"{prefix}-votes", f"{prefix}_ballot, all, any, is_first.")


def divergent(c):
    """In a branch only the lanes that are in it take part."""
    values = [i + 1 for i in range(64)]
    lanes = Lanes("i32", values)
    m = lanes.m
    third = m.op(f"urem i32 {lanes.value}, 3")
    inside = m.op(f"icmp eq i32 {third}, 0")
    m.do(f"br i1 {inside}, label %then, label %end")
    m.body.append("then:")
    some = [[v for v in values[b:b + 32] if v % 3 == 0] for b in (0, 32)]
    lanes.call("air.simd_sum.u.i32", [], [sum(some[i // 32]) if values[i] % 3 == 0 else None
                                          for i in range(64)])
    lanes.call("air.simd_broadcast_first.u.i32", [],
               [some[i // 32][0] if values[i] % 3 == 0 else None for i in range(64)])
    m.do("br label %end")
    m.body.append("end:")
    lanes.call("air.simd_sum.u.i32", [], [sum(values[i // 32 * 32:][:32]) for i in range(64)])
    lanes.finish(c, "simd-divergent", "simd operations in a branch.")


def matrices(c):
    a = [float((i * 5) % 7 - 3) for i in range(64)]
    b = [float((i * 3) % 5 - 2) for i in range(64)]
    add = [float(i % 4) for i in range(64)]
    product = [sum(a[r * 8 + k] * b[k * 8 + q] for k in range(8)) + add[r * 8 + q]
               for r in range(8) for q in range(8)]
    for element, bits, width in (("float", "f32", "f32"), ("half", "f16", "f16")):
        m = Module()
        for i in range(3):
            m.buffer(i, f"in{i}", "read")
        m.buffer(3, "out", "read_write")
        t, v = f"<64 x {element}>", f"v64{bits}"
        load = f"air.simdgroup_matrix_8x8_load.{v}.p1{bits}"
        store = f"air.simdgroup_matrix_8x8_store.{v}.p1{bits}"
        size = 4 if element == "float" else 2

        def get(i, transpose="false"):
            return m.call(load, t, [f"ptr addrspace(1) %in{i}", "i64 8", "<2 x i64> zeroinitializer",
                                    f"i1 {transpose}"])

        def put(matrix, index):
            at = m.op(f"getelementptr i8, ptr addrspace(1) %out, i64 {index * 64 * size}")
            m.call(store, "void", [f"{t} {matrix}", f"ptr addrspace(1) {at}", "i64 8",
                                   "<2 x i64> zeroinitializer", "i1 false"])

        mma = f"air.simdgroup_matrix_8x8_multiply_accumulate.{v}.{v}.{v}.{v}"
        put(m.call(mma, t, [f"{t} {get(0)}", f"{t} {get(1)}", f"{t} {get(2)}"]), 0)
        put(get(0, "true"), 1)
        one = "0x3FF0000000000000" if element == "float" else "0xH3C00"
        put(m.call(f"air.simdgroup_matrix_8x8_init_filled.{v}.{bits}", t, [f"{element} {one}"]), 2)
        put(m.call(f"air.simdgroup_matrix_8x8_init_diag.{v}.{bits}", t, [f"{element} {one}"]), 3)
        results = product + [a[q * 8 + r] for r in range(8) for q in range(8)] + [1.0] * 64 + \
            [float(r == q) for r in range(8) for q in range(8)]
        m.say("THREADS 32 1 1", f"SIZE 3 {256 * size}",
              *[f"IN {i} {width}: {' '.join(flat(element, x))}" for i, x in enumerate((a, b, add))],
              f"CHECK 3[0] {width}: {' '.join(flat(element, results))}")
        c.add(f"simd-matrix-{bits}", f"simdgroup matrices of {element}: load, store, multiply.", m)
    m = Module()
    m.buffer(0, "in", "read")
    m.buffer(1, "out", "read_write")
    m.buffer(0, "shared_memory", "read_write", 3)
    m.builtin("thread_index_in_threadgroup", name="id")
    events = m.op("alloca ptr, align 8")
    event = m.call("air.simdgroup_async_copy_1d.p3i8.p1i8", "ptr",
                   ["i64 4", "i64 4", "ptr addrspace(3) %shared_memory", "ptr addrspace(1) %in",
                    "i64 48"])
    m.do(f"store ptr {event}, ptr {events}, align 8")
    m.call("air.wait_simdgroup_events", "void", ["i32 1", f"ptr {events}"])
    other = m.op("sub i32 47, %id")
    wide = m.op(f"zext i32 {other} to i64")
    at = m.op(f"getelementptr i32, ptr addrspace(3) %shared_memory, i64 {wide}")
    m.store("%out", "i32", m.op(f"load i32, ptr addrspace(3) {at}, align 4"), "%id")
    words = [i * 11 for i in range(48)]
    m.say("THREADS 32 1 1", f"IN 0 u32: {' '.join(map(str, words))}", "SIZE 1 128",
          f"CHECK 1[0] u32: {' '.join(str(w) for w in words[::-1][:32])}")
    c.add("simd-async-copy", "simdgroup_async_copy_1d and waiting for it.", m)


# ---- built-ins ----------------------------------------------------------------------------------

def builtins(c):
    """Local size 4 x 3 x 2, groups 2 x 2 x 1: every thread says where it is."""
    local, groups = (4, 3, 2), (2, 2, 1)
    grid = [a * b for a, b in zip(local, groups)]
    threads = 24
    facts = {
        "thread_position_in_grid": lambda p, t, g: p, "threadgroup_position_in_grid":
        lambda p, t, g: g, "thread_position_in_threadgroup": lambda p, t, g: t,
        "threads_per_threadgroup": lambda p, t, g: local,
        "dispatch_threads_per_threadgroup": lambda p, t, g: local,
        "threadgroups_per_grid": lambda p, t, g: groups, "threads_per_grid": lambda p, t, g: grid,
    }
    scalars = {
        "thread_index_in_threadgroup": lambda i: i, "thread_index_in_simdgroup": lambda i: i % 32,
        "simdgroup_index_in_threadgroup": lambda i: i // 32, "threads_per_simdgroup": lambda i: 32,
        "simdgroups_per_threadgroup": lambda i: 1, "dispatch_simdgroups_per_threadgroup":
        lambda i: 1, "thread_index_in_quadgroup": lambda i: i % 4,
        "quadgroup_index_in_threadgroup": lambda i: i // 4,
        "quadgroups_per_threadgroup": lambda i: 6,
    }
    order = []  # position in the grid, in the group, of the group; by linear number
    for number in range(threads * 4):
        x, y, z = number % grid[0], number // grid[0] % grid[1], number // (grid[0] * grid[1])
        t = (x % local[0], y % local[1], z % local[2])
        order.append(((x, y, z), t, (x // local[0], y // local[1], z // local[2])))
    for role, f in facts.items():
        for ltype in ("<3 x i32>", "<3 x i16>", "<2 x i32>", "i32", "i16"):
            m, linear = kernel_3d(grid)
            name = m.builtin(role, ltype, "asked")
            n = int(ltype[1]) if ltype[0] == "<" else 1
            parts = [f(*o)[k] for o in order for k in range(3)]
            for k in range(3):
                value = "0"
                if k < n:
                    value = name if n == 1 else m.op(f"extractelement {ltype} {name}, i32 {k}")
                    if "i16" in ltype:
                        value = m.op(f"zext i16 {value} to i32")
                at = m.op(f"mul i32 {linear}, 3")
                m.store("%out", "i32", value, m.op(f"add i32 {at}, {k}"))
            wants = [str(v) if i % 3 < n else "0" for i, v in enumerate(parts)]
            m.say("THREADS 4 3 2", "GROUPS 2 2 1", "SIZE 0 2048",
                  f"CHECK 0[0] u32: {' '.join(wants[:144])}",
                  f"CHECK 0[144] u32: {' '.join(wants[144:])}")
            c.add(f"builtin-{role}-{ltype.strip('<>').replace(' ', '')}", f"{role} as {ltype}.", m)
    for role, f in scalars.items():
        for ltype in ("i32", "i16"):
            m, linear = kernel_3d(grid)
            value = m.builtin(role, ltype, "asked")
            if ltype == "i16":
                value = m.op(f"zext i16 {value} to i32")
            m.store("%out", "i32", value, linear)
            wants = [f(t[0] + local[0] * (t[1] + local[1] * t[2])) for _, t, _ in order]
            m.say("THREADS 4 3 2", "GROUPS 2 2 1", "SIZE 0 2048",
                  f"CHECK 0[0] u32: {' '.join(map(str, wants))}")
            c.add(f"builtin-{role}-{ltype}", f"{role} as {ltype}.", m)


def kernel_3d(grid):
    m = Module()
    m.buffer(0, "out", "read_write")
    at = m.builtin("thread_position_in_grid", "<3 x i32>", "where")
    x, y, z = (m.op(f"extractelement <3 x i32> {at}, i32 {k}") for k in range(3))
    row = m.op(f"mul i32 {z}, {grid[1]}")
    row = m.op(f"add i32 {row}, {y}")
    row = m.op(f"mul i32 {row}, {grid[0]}")
    return m, m.op(f"add i32 {row}, {x}")


def all_cases(c):
    atomics(c)
    barriers(c)
    simd(c)
    matrices(c)
    builtins(c)
