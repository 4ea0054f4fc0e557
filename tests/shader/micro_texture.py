# SPDX-License-Identifier: GPL-2.0-or-later
"""Micro cases of spec 05 §4.2: every texture operation in every dimension, both signature forms.

Textures hold the pattern described in micro-texture.c; what a call should give is worked out here.
"""
import struct

from micro_base import Module, f16, flat

# kind: directive kind, type name, coordinates, array, multisample, depth, size of level 0
KINDS = {
    "texture_1d": ("2d", "texture1d", 1, False, False, False, (8, 1, 1)),
    "texture_1d_array": ("2d_array", "texture1d_array", 1, True, False, False, (8, 1, 3)),
    "texture_2d": ("2d", "texture2d", 2, False, False, False, (8, 4, 1)),
    "texture_2d_array": ("2d_array", "texture2d_array", 2, True, False, False, (8, 4, 3)),
    "texture_3d": ("3d", "texture3d", 3, False, False, False, (8, 4, 2)),
    "texture_cube": ("cube", "texturecube", 3, False, False, False, (4, 4, 6)),
    "texture_cube_array": ("cube_array", "texturecube_array", 3, True, False, False, (4, 4, 12)),
    "texture_2d_ms": ("2d_ms", "texture2d_ms", 2, False, True, False, (4, 4, 1)),
    "texture_2d_ms_array": ("2d_ms_array", "texture2d_ms_array", 2, True, True, False, (4, 4, 2)),
    "texture_buffer_1d": ("buffer", "texture_buffer", 1, False, False, False, (9, 1, 1)),
    "depth_2d": ("2d", "depth2d", 2, False, False, True, (8, 4, 1)),
    "depth_2d_array": ("2d_array", "depth2d_array", 2, True, False, True, (8, 4, 3)),
    "depth_cube": ("cube", "depthcube", 3, False, False, True, (4, 4, 6)),
    "depth_cube_array": ("cube_array", "depthcube_array", 3, True, False, True, (4, 4, 12)),
    "depth_2d_ms": ("2d_ms", "depth2d_ms", 2, False, True, True, (4, 4, 1)),
    "depth_2d_ms_array": ("2d_ms_array", "depth2d_ms_array", 2, True, True, True, (4, 4, 2)),
}
# component: mark in names, LLVM element, Metal name, format
COMPONENTS = {
    "f32": ("v4f32", "float", "float", "rgba32f"), "f16": ("v4f16", "half", "half", "rgba16f"),
    "i32": ("s.v4i32", "i32", "int", "rgba32i"), "u32": ("u.v4i32", "i32", "uint", "rgba32ui"),
    "i16": ("s.v4i16", "i16", "short", "rgba16i"), "u16": ("u.v4i16", "i16", "ushort", "rgba16ui"),
}
OLD, NEW = (2, 1), (2, 7)


def number(value):
    """A float constant of LLVM text."""
    return f"0x{struct.unpack('Q', struct.pack('d', value))[0]:016X}"


def texel(component, x, y, z, s):
    """What the pattern has at a place; None where the format cannot hold it exactly."""
    place = x + 10 * y + 100 * z + 1000 * s
    if component == "depth":
        return (x + 4 * y + 16 * z + 64 * s) / 256
    if component in ("i32", "i16"):
        return tuple(-(place + 10000 * i) for i in range(4))
    if component in ("u32", "u16"):
        return tuple(place + 10000 * i for i in range(4))
    value = (place, place + 0.25, place + 0.5, 1.0)
    return tuple(f16(v) for v in value) if component == "f16" else value


def vec(element, parts):
    if len(parts) == 1:
        return f"{element} {parts[0]}"
    return f"<{len(parts)} x {element}> <" + ", ".join(f"{element} {p}" for p in parts) + ">"


def cube_direction(face, s, t):
    """A direction whose major axis is that of the face; s, t from 0 to 1."""
    sc, tc = 2 * s - 1, 2 * t - 1
    return ((1, -tc, -sc), (-1, -tc, sc), (sc, 1, tc), (sc, -1, -tc), (sc, -tc, 1),
            (-sc, -tc, -1))[face]


class TextureCase:
    """A kernel that does one operation at some places and stores what comes back."""

    def __init__(self, kind, component="f32", version=NEW, access="sample", levels=1, stage="kernel"):
        self.kind, self.component, self.version = kind, component, version
        (self.directive, type_name, self.n, self.array, self.ms, self.depth,
         self.size) = KINDS[kind]
        self.m = Module(stage, version)
        self.levels = levels
        mark, self.element, metal, fmt = COMPONENTS[component]
        self.mark = "f32" if self.depth else mark
        self.access = {"sample": 0, "read": 1, "write": 2, "read_write": 3}[access]
        self.tex = self.m.texture(0, f"{type_name}<{metal}, {access}>", access)
        fmt = "depth32f" if self.depth else fmt
        w, h, d = self.size
        extra = f" levels {levels}" if levels > 1 else ""
        self.texture_line = f"TEXTURE 0 {self.directive} {fmt} {w}x{h}x{d}{extra}"
        self.stored = []  # (values, element)
        self.pattern = "depth" if self.depth else component

    def result(self):
        """LLVM type of a fetched value, and of what the call returns."""
        value = "float" if self.depth else f"<4 x {self.element}>"
        return value, (f"{{ {value}, i8 }}" if self.version >= (2, 2) else value)

    def fetch(self, function, args, want, value=None):
        value = value or self.result()[0]
        ret = f"{{ {value}, i8 }}" if self.version >= (2, 2) else value
        got = self.m.call(f"air.{function}", ret, args)
        if ret != value:
            got = self.m.op(f"extractvalue {ret} {got}, 0")
        self.keep(value, got, want)

    def keep(self, ltype, value, want):
        self.stored.append((ltype, value, want))

    def place_args(self, face, layer):
        args = []
        if self.directive.startswith("cube"):
            args.append(f"i32 {face}")
        if self.array:
            args.append(f"i32 {layer}")
        return args

    def finish(self, c, name, comment, *directives, tol=""):
        m = self.m
        m.say(self.texture_line, *directives)
        if self.stored:
            m.buffer(1, "out", "read_write")
            m.say(f"SIZE 1 {16 * len(self.stored)}")
        for i, (ltype, value, want) in enumerate(self.stored):
            element = ltype.split()[-1].rstrip(">")
            size = {"float": 4, "half": 2, "i32": 4, "i16": 2, "i1": 1, "i64": 8}[element]
            at = m.op(f"getelementptr i8, ptr addrspace(1) %out, i64 {16 * i}")
            if element == "i1":
                value, ltype = m.op(f"zext i1 {value} to i8"), "i8"
            m.do(f"store {ltype} {value}, ptr addrspace(1) {at}, align {size}")
            values = flat(ltype, [want])
            kind = {"float": "f32", "half": "f16", "i32": "u32", "i16": "u16", "i1": "u8",
                    "i64": "u64"}[element]
            m.say(f"CHECK 1[{16 * i // size}] {kind}{tol}: {' '.join(values)}")
        c.add(name, comment, m)

    def texel(self, x, y, z, s=0):
        return texel(self.pattern, x, y, z, s)

    # -- sample, gather

    def coordinate(self, x, y, z, level=0):
        """Coordinates of the middle of a texel; z: slice, or face."""
        w, h, d = (max(size >> level, 1) for size in self.size)
        if self.directive.startswith("cube"):
            return cube_direction(z % 6, (x + 0.5) / w, (y + 0.5) / h)
        return ((x + 0.5) / w, (y + 0.5) / h, (z + 0.5) / d)[:self.n]

    def offset_args(self, offset):
        if self.directive.startswith("cube"):
            return []
        has = "false" if self.n == 1 else "true"
        if offset and self.n == 1:
            has = "true"
        parts = (list(offset) + [0, 0, 0])[:self.n] if offset else [0] * self.n
        return [f"i1 {has}", vec("i32", parts)]

    def sample(self, at, want, smp, lod=None, bias=0.0, offset=None, layer=0, minlod=0.0, ref=None,
               grad=None):
        """at: texel coordinates as floats of the call."""
        base = "sample_compare_" if ref is not None else "sample_"
        args = [self.tex, smp]
        if self.depth:
            args.append("i32 1")
        args.append(vec("float", [number(v) for v in at]))
        if self.array:
            args.append(f"i32 {layer}")
        if ref is not None:
            args.append(f"float {number(ref)}")
        tail = []
        if grad is not None:
            for d in grad:
                args.append(vec("float", [number(v) for v in d]))
            if self.version >= (2, 2):
                args.append(f"float {number(minlod)}")
            tail = self.offset_args(offset)
        else:
            tail = self.offset_args(offset)
            tail += [f"i1 {'true' if lod is not None else 'false'}",
                     f"float {number(lod if lod is not None else bias)}"]
            if self.version >= (2, 2):
                tail.append(f"float {number(minlod)}")
        args += tail
        if self.version >= (2, 0):
            args.append("i32 0")
        name = f"{base}{self.kind}{'_grad' if grad is not None else ''}.{self.mark}"
        self.fetch(name, args, want, "float" if ref is not None else None)

    def gather(self, at, want, smp, component=0, layer=0, offset=None, ref=None):
        args = [self.tex, smp]
        if self.depth:
            args.append("i32 1")
        args.append(vec("float", [number(v) for v in at]))
        if self.array:
            args.append(f"i32 {layer}")
        if ref is not None:
            args.append(f"float {number(ref)}")
        args += self.offset_args(offset)
        if not self.depth:
            args.append(f"i32 {component}")
        args.append("i32 0")
        if ref is not None:
            self.fetch(f"gather_compare_{self.kind}.f32", args, want, "<4 x float>")
        else:
            mark = "v4f32" if self.depth else self.mark
            value = "<4 x float>" if self.depth else None
            self.fetch(f"gather_{self.kind}.{mark}", args, want, value)

    # -- read, write

    def read(self, x, y, z, want, s=0, layer=0, face=0):
        """s: sample or level."""
        args = [self.tex]
        if self.depth:
            args.append("i32 1")
        n = 2 if self.directive.startswith("cube") else self.n
        args.append(vec("i32", [x, y, z][:n]))
        args += self.place_args(face, layer)
        if self.ms or self.kind != "texture_buffer_1d":
            args.append(f"i32 {s}")
        args.append(f"i32 {self.access}")
        self.fetch(f"read_{self.kind}.{self.mark}", args, want)


def zero(case):
    return 0.0 if case.depth else (0, 0, 0, 0)


def samples(c):
    for kind in KINDS:
        directive, _, _, array, ms, depth, (w, h, d) = KINDS[kind]
        if ms or directive == "buffer":
            continue
        components = ("f32",) if depth else ("f32", "f16", "i32", "u32", "u16")
        for component in components:
            for version in (OLD, NEW) if component == "f32" else (NEW,):
                t = TextureCase(kind, component, version, levels=2)
                smp = t.m.sampler(0)
                cube = directive.startswith("cube")
                places = [(0, 0, 0), (w - 1, h - 1, 0), (2, min(1, h - 1), 0)]
                if cube:
                    places = [(x, y, face) for face in range(6) for x, y in ((1, 0), (3, 2))]
                elif kind == "texture_3d":
                    places += [(3, 2, 1)]
                for x, y, z in places:
                    layer = 1 if array else 0
                    where = z + 6 * layer if cube else z + layer
                    t.sample(t.coordinate(x, y, z), t.texel(x, y, where), smp, lod=0.0, layer=layer)
                # The second level, and a bias that means nothing in a kernel.
                layer = 0
                if component != "f16":
                    t.sample(t.coordinate(1, 0, 0, 1), t.texel(1, 0, 0, 1), smp, lod=1.0)
                t.sample(t.coordinate(1, 0, 0), t.texel(1, 0, 0), smp, bias=1.0)
                if array:
                    last = d // 6 - 1 if cube else d - 1
                    t.sample(t.coordinate(1, 0, 0), t.texel(1, 0, 6 * last if cube else last), smp,
                             lod=0.0, layer=99)
                form = "old" if version == OLD else "new"
                t.finish(c, f"sample-{kind}-{component}-{form}",
                         f"sample_{kind}.{t.mark}, AIR {version[0]}.{version[1]}.",
                         "SAMPLER 0 nearest mipnearest")


def sample_forms(c):
    """Offsets, gradients, minimum level, filters, static samplers."""
    for kind in ("texture_1d", "texture_2d", "texture_2d_array", "texture_3d", "depth_2d",
                 "depth_2d_array"):
        t = TextureCase(kind)
        smp = t.m.sampler(0)
        one = (1, 0 if t.size[1] == 1 else 1)
        t.sample(t.coordinate(2, 0, 0), t.texel(3, one[1], 0), smp, lod=0.0, offset=one)
        t.sample(t.coordinate(2, 0, 0), t.texel(1, 0, 0), smp, lod=0.0, offset=(-1, 0))
        t.finish(c, f"sample-offset-{kind}", f"sample_{kind} with an offset.", "SAMPLER 0 nearest")
    t = TextureCase("texture_2d")
    smp = t.m.sampler(0)
    t.m.buffer(2, "in")
    dynamic = t.m.op("load <2 x i32>, ptr addrspace(1) %in, align 8")
    args = [t.tex, smp, vec("float", [number(v) for v in t.coordinate(2, 1, 0)]), "i1 true",
            f"<2 x i32> {dynamic}", "i1 true", f"float {number(0.0)}", f"float {number(0.0)}", "i32 0"]
    t.fetch("sample_texture_2d.v4f32", args, t.texel(5, 2, 0))
    t.finish(c, "sample-offset-dynamic", "An offset that is only known when it runs.",
             "SAMPLER 0 nearest", "IN 2 i32: 3 1")
    # A level that is not the first: GLSL ES has to be told by gradients, save for 2D.
    for kind in ("depth_2d", "depth_2d_array", "depth_cube"):
        t = TextureCase(kind, levels=2)
        smp = t.m.sampler(0)
        for x, y, z in [(1, 0, f) for f in range(6)] if kind == "depth_cube" else [(1, 0, 0)]:
            layer = 1 if t.array else 0
            for level, lod in ((0, 0.0), (0, 0.25), (1, 1.0)):
                value = t.texel(x, y, z + layer, level)
                for ref in (value - 1 / 1024, value + 1 / 1024):
                    t.sample(t.coordinate(x, y, z, level), 1.0 if ref <= value else 0.0, smp,
                             lod=lod, layer=layer, ref=ref)
        t.finish(c, f"sample-compare-level-{kind}", "The same on another level.",
                 "SAMPLER 0 nearest mipnearest lequal")
    t = TextureCase("depth_2d")
    smp = t.m.sampler(0)
    value = t.texel(2, 1, 0)
    t.sample(t.coordinate(2, 1, 0), value, smp, lod=0.0)
    t.sample(t.coordinate(2, 1, 0), 1.0, smp, lod=0.0, ref=value - 1 / 1024)
    t.finish(c, "sample-depth-both", "One depth texture read as a number and compared.",
             "SAMPLER 0 nearest lequal")
    for kind in ("texture_2d", "texture_2d_array", "texture_3d", "texture_cube", "depth_2d"):
        for version in (OLD, NEW):
            t = TextureCase(kind, version=version, levels=2)
            smp = t.m.sampler(0)
            wide = (2.0 / t.size[0], 0.0, 0.0)[:t.n]
            flat_d = (0.0,) * t.n
            if kind == "texture_cube":
                # Half a face per pixel pair: the second level.
                wide = (0.0, 0.0, 1.0)
                t.sample((1.0, 0.25, 0.25), t.texel(0, 0, 0, 1), smp, grad=(wide, flat_d))
                t.sample((1.0, 0.25, 0.25), t.texel(1, 1, 0, 0), smp, grad=(flat_d, flat_d))
            else:
                at = t.coordinate(2, 1, 0)
                t.sample(t.coordinate(1, 0, 0, 1), t.texel(1, 0, 0, 1), smp, grad=(wide, flat_d))
                t.sample(at, t.texel(2, 1, 0, 0), smp, grad=(flat_d, flat_d))
            t.finish(c, f"sample-grad-{kind}-{'old' if version == OLD else 'new'}",
                     f"sample_{kind}_grad, AIR {version[0]}.{version[1]}.",
                     "SAMPLER 0 nearest mipnearest")
    t = TextureCase("texture_2d", levels=2)
    smp = t.m.sampler(0)
    t.sample(t.coordinate(1, 0, 0, 1), t.texel(1, 0, 0, 1), smp, lod=0.0, minlod=1.0)
    t.sample(t.coordinate(1, 0, 0, 1), t.texel(1, 0, 0, 1), smp, minlod=1.0)
    t.finish(c, "sample-minlod", "The minimum level counts for explicit and absent levels.",
             "SAMPLER 0 nearest mipnearest")
    t = TextureCase("texture_2d")
    smp = t.m.sampler(0)
    # Between texels 2 and 3, and between rows 1 and 2.
    mean = tuple((a + b) / 2 for a, b in zip(t.texel(2, 1, 0), t.texel(3, 2, 0)))
    t.sample((3 / 8, 2 / 4), mean, smp, lod=0.0)
    t.sample((2.5 / 8, 1.5 / 4), t.texel(2, 1, 0), smp, lod=0.0)
    t.finish(c, "sample-linear", "Linear filtering between four texels.", "SAMPLER 0 linear")
    t = TextureCase("texture_2d")
    smp = t.m.sampler(0)
    t.sample((9.5 / 8, 0.5 / 4), t.texel(1, 0, 0), smp, lod=0.0)
    t.sample((-0.5 / 8, -1.5 / 4), t.texel(7, 2, 0), smp, lod=0.0)
    t.finish(c, "sample-repeat", "Coordinates outside 0 to 1 repeat.", "SAMPLER 0 nearest repeat")
    t = TextureCase("texture_2d")
    t.m.globals += ["@__air_sampler_state = internal addrspace(2) constant i64 "
                    f"{signed64(0x807BFF0000080049)}, align 8"]
    smp = "ptr addrspace(2) @__air_sampler_state"
    t.sample((2.5 / 8, 1.5 / 4), t.texel(2, 1, 0), smp, lod=0.0)
    t.sample((9.0, 9.0), t.texel(7, 3, 0), smp, lod=0.0)
    t.finish(c, "sample-static", "A static sampler: nearest, clamped to the edge.")
    # Pixel coordinates: nearest, clamp to edge, bit 15.
    t = TextureCase("texture_2d")
    t.m.globals += ["@__air_sampler_state = internal addrspace(2) constant i64 "
                    f"{signed64(0x807BFF0000088049)}, align 8"]
    t.sample((2.5, 1.5), t.texel(2, 1, 0), smp, lod=0.0)
    t.sample((100.0, 100.0), t.texel(7, 3, 0), smp, lod=0.0)
    t.finish(c, "sample-pixel", "A static sampler with coordinates in texels.")
    t = TextureCase("texture_2d")
    t.m.globals += ["@__air_sampler_state = internal addrspace(2) constant [2 x i64] "
                    f"[i64 {signed64(0x807BFF0000080049)}, i64 0], align 8"]
    t.sample((2.5 / 8, 1.5 / 4), t.texel(2, 1, 0), smp, lod=0.0)
    t.finish(c, "sample-static-128", "A static sampler of AIR 2.8: two words.")


def signed64(value):
    return value - (1 << 64) if value >> 63 else value


def compares(c):
    for kind in ("depth_2d", "depth_2d_array", "depth_cube", "depth_cube_array"):
        t = TextureCase(kind)
        smp = t.m.sampler(0)
        for x, y, z in ((1, 1, 0), (3, 2, 0)):
            layer = 1 if t.array else 0
            where = z + 6 * layer if kind.startswith("depth_cube") else z + layer
            value = t.texel(x, y, where)
            for ref in (value - 1 / 1024, value + 1 / 1024):
                t.sample(t.coordinate(x, y, z), 1.0 if ref <= value else 0.0, smp, lod=0.0,
                         layer=layer, ref=ref)
        t.finish(c, f"sample-compare-{kind}", f"sample_compare_{kind}: the reference is on the left.",
                 "SAMPLER 0 nearest lequal",
                 # GLSL ES has no explicit level there.
                 *(["REFUSE gles target_stage_feature"] if kind == "depth_cube_array" else []))
    t = TextureCase("depth_2d")
    smp = t.m.sampler(0)
    value = t.texel(2, 1, 0)
    t.sample(t.coordinate(2, 1, 0), 1.0, smp, ref=value + 1 / 1024)
    t.sample(t.coordinate(2, 1, 0), 0.0, smp, ref=value - 1 / 1024)
    t.finish(c, "sample-compare-greater", "Another comparison.", "SAMPLER 0 nearest greater")


def quad(t, x, y, z, pick):
    """The four texels of a gather around the corner (x, y): i0j1, i1j1, i1j0, i0j0."""
    return tuple(pick(t.texel(i, j, z)) for i, j in ((x - 1, y), (x, y), (x, y - 1), (x - 1, y - 1)))


def gathers(c):
    for kind in ("texture_2d", "texture_2d_array", "texture_cube", "texture_cube_array"):
        for component in ("f32", "i32", "u32"):
            t = TextureCase(kind, component)
            smp = t.m.sampler(0)
            layer = 1 if t.array else 0
            cube = "cube" in kind
            for channel in (0, 2):
                at = cube_direction(0, 0.5, 0.5) if cube else (2 / 8, 2 / 4)
                x = y = 2
                z = 6 * layer if cube else layer
                t.gather(at, quad(t, x, y, z, lambda v, i=channel: v[i]), smp, channel, layer)
            t.finish(c, f"gather-{kind}-{component}", f"gather_{kind}.{t.mark}.",
                     "SAMPLER 0 nearest")
    t = TextureCase("texture_2d")
    smp = t.m.sampler(0)
    t.gather((2 / 8, 2 / 4), quad(t, 3, 1, 0, lambda v: v[0]), smp, 0, offset=(1, -1))
    t.finish(c, "gather-offset", "gather with an offset.", "SAMPLER 0 nearest")
    for kind in ("depth_2d", "depth_2d_array", "depth_cube", "depth_cube_array"):
        layer = 1 if KINDS[kind][3] else 0
        cube = "cube" in kind
        at = cube_direction(0, 0.5, 0.5) if cube else (2 / 8, 2 / 4)
        z = 6 * layer if cube else layer
        t = TextureCase(kind)
        smp = t.m.sampler(0)
        t.gather(at, quad(t, 2, 2, z, lambda v: v), smp, layer=layer)
        t.finish(c, f"gather-{kind}", f"gather_{kind}.", "SAMPLER 0 nearest")
        t = TextureCase(kind)
        smp = t.m.sampler(0)
        ref = t.texel(1, 2, z) - 1 / 1024
        t.gather(at, quad(t, 2, 2, z, lambda v, r=ref: 1.0 if r <= v else 0.0), smp, layer=layer,
                 ref=ref)
        t.finish(c, f"gather-compare-{kind}", f"gather_compare_{kind}.", "SAMPLER 0 nearest lequal")


def reads(c):
    for kind in KINDS:
        directive, _, _, array, ms, depth, (w, h, d) = KINDS[kind]
        components = ("f32",) if depth else ("f32", "f16", "i32", "u32", "i16", "u16")
        for component in components:
            for version in (OLD, NEW) if component == "f32" else (NEW,):
                levels = 2 if not ms and directive != "buffer" and "1d" not in kind else 1
                if component in ("i16", "u16"):
                    levels = 1
                t = TextureCase(kind, component, version, "read", levels)
                cube = directive.startswith("cube")
                layer = 1 if array else 0
                places = [(0, 0, 0), (w - 1, h - 1, 0), (1, min(2, h - 1), 0)]
                if kind == "texture_3d":
                    places.append((3, 1, 1))
                for x, y, z in places:
                    for face in (0, 5) if cube else (0,):
                        where = z + face + 6 * layer if cube else z + layer
                        for s in (0, 3) if ms and component not in ("f16",) else (0,):
                            want = t.texel(x, y, where, s)
                            if ms and component == "i16":  # drawn, not uploaded: the least number
                                want = tuple(max(v, -0x8000) for v in want)
                            want = narrow(t, want, component)
                            t.read(x, y, z, want, s, layer, face)
                if levels > 1 and component != "f16":
                    t.read(1, 0, 0, t.texel(1, 0, 0, 1), 1, 0, 0)
                # Outside there is nothing, on every side.
                t.read(w, 0, 0, zero(t), 0, layer)
                t.read(-1, 0, 0, zero(t), 0, layer)
                form = "old" if version == OLD else "new"
                t.finish(c, f"read-{kind}-{component}-{form}",
                         f"read_{kind}.{t.mark}, AIR {version[0]}.{version[1]}; 0 outside.")


def narrow(t, want, component):
    """Components of 16 bits: what the format keeps of the pattern."""
    if component == "i16":
        return tuple((v + 0x8000) % 0x10000 - 0x8000 for v in want)
    if component == "u16":
        return tuple(v % 0x10000 for v in want)
    return want


def reads_with_sampler(c):
    """read_... of a texture that was declared for sampling: a sampler comes first."""
    for kind in ("texture_2d", "texture_2d_array", "texture_3d"):
        t = TextureCase(kind)
        smp = t.m.sampler(0)
        layer = 1 if t.array else 0
        args = [t.tex, smp, vec("i32", [2, 1, 0][:t.n])] + t.place_args(0, layer)
        t.fetch(f"read_{kind}.v4f32", args + ["i32 0", "i32 0"], t.texel(2, 1, layer))
        t.finish(c, f"read-sampler-{kind}", f"read_{kind} with a sampler in front.",
                 "SAMPLER 0 nearest")


VALUES = {
    "f32": (1.5, -2.25, 3.0, 0.5), "f16": (0.5, 1.5, -3.0, 1.0), "i32": (-1, 2, -3, 400000),
    "u32": (1, 2, 3, 4000000000), "i16": (-5, 6, -7, 8), "u16": (5, 60000, 7, 8),
}


def writes(c):
    for kind in ("texture_1d", "texture_1d_array", "texture_2d", "texture_2d_array", "texture_3d",
                 "texture_cube", "texture_cube_array"):
        for component in ("f32", "f16", "i32", "u32", "i16", "u16"):
            t = TextureCase(kind, component, NEW, "write")
            cube = t.directive.startswith("cube")
            fmt = COMPONENTS[component][3]
            values = VALUES[component]
            words = [number(v) for v in values] if component in ("f32", "f16") else values
            if component == "f16":
                words = [f"0xH{struct.unpack('H', struct.pack('e', v))[0]:04X}" for v in values]
            w, h, d = t.size
            x, y, face, layer = w - 2, h - 1, 2, 1
            z = 1 if kind == "texture_3d" else 0
            n = 2 if cube else t.n
            for at in ((x, y, z), (w, 0, 0), (-1, 0, 0)):
                args = [t.tex, vec("i32", list(at[:n]))] + t.place_args(face, layer)
                args += [vec(t.element, words), "i32 0", "i32 2"]
                t.m.call(f"air.write_{kind}.{t.mark}", "void", args)
            where = face + (6 if t.array else 0) if cube else (layer if t.array else z)
            t.texture_line += " zero"
            kind_of = {"f": "f32", "i": "i32", "u": "u32"}[component[0]]
            row = flat("float" if kind_of == "f32" else "i32", values)
            t.finish(c, f"write-{kind}-{component}", f"write_{kind}.{t.mark}; nothing outside.",
                     f"FORMAT 0 {fmt}",
                     f"CHECK texture 0 {x} {y} {where} 0 {kind_of}: {' '.join(row)}",
                     f"CHECK texture 0 0 0 {where} 0 {kind_of}: 0 0 0 0")
    t = TextureCase("texture_2d", "f32", NEW, "write")
    t.m.call("air.write_texture_2d.i16.v4f32", "void", [
        t.tex, vec("i16", [3, 2]), vec("float", [number(v) for v in VALUES["f32"]]), "i16 0",
        "i32 2"])
    t.texture_line += " zero"
    t.finish(c, "write-i16", "Coordinates of 16 bits.",
             "CHECK texture 0 3 2 0 0 f32: " + " ".join(flat("float", VALUES["f32"])))
    # Lanes nobody set: whatever is written there, the others arrive.
    t = TextureCase("texture_2d", "f32", NEW, "write")
    t.m.call("air.write_texture_2d.v4f32", "void", [
        t.tex, vec("i32", [3, 2]), f"<4 x float> <float {number(1.5)}, float {number(2.5)}, "
        "float undef, float poison>", "i32 0", "i32 2"])
    t.texture_line += " zero"
    t.finish(c, "write-undefined", "Undefined components.", "CHECK texture 0 3 2 0 0 f32: 1.5 2.5 ? ?")
    for component, fmt, value, mark in (("f32", "r32f", 7.5, "v4f32"), ("i32", "r32i", -9, "s.v4i32"),
                                        ("u32", "r32ui", 9, "u.v4i32")):
        t = TextureCase("texture_2d", component, NEW, "read_write")
        t.texture_line = f"TEXTURE 0 2d {fmt} 8x4x1"
        first = texel(component, 2, 1, 0, 0)[0]
        pad = 0.0 if component == "f32" else 0
        one = 1.0 if component == "f32" else 1
        t.read(2, 1, 0, (first, pad, pad, one))
        words = [number(value)] + [number(0.0)] * 3 if component == "f32" else [value, 0, 0, 0]
        t.m.call(f"air.write_texture_2d.{mark}", "void", [
            t.tex, vec("i32", [2, 1]), vec(t.element, words), "i32 0", "i32 3"])
        t.m.call("air.fence_texture_2d", "void", [t.tex])
        t.read(2, 1, 0, (value, pad, pad, one))
        t.finish(c, f"read-write-{component}", "A texture read and written, with a fence between.",
                 f"FORMAT 0 {fmt}")


def queries(c):
    for kind in KINDS:
        directive, _, _, array, ms, depth, (w, h, d) = KINDS[kind]
        levels = 2 if not ms and directive != "buffer" and "1d" not in kind else 1
        t = TextureCase(kind, access="read", levels=levels)
        mip = not ms and directive != "buffer"

        def ask(what, want, level=None):
            args = [t.tex] + ([f"i32 {level}"] if level is not None else [])
            t.keep("i32", t.m.call(f"air.get_{what}_{kind}", "i32", args), want)

        ask("width", w, 0 if mip else None)
        if "1d" not in kind:
            ask("height", h, 0 if mip else None)
            if levels > 1:
                ask("width", w // 2, 1)
                ask("height", h // 2, 1)
        if kind == "texture_3d":
            ask("depth", d, 0)
        if array:
            ask("array_size", d // 6 if "cube" in kind else d)
        if levels > 1:
            ask("num_mip_levels", levels)
        if ms:
            ask("num_samples", 4)
        t.keep("i1", t.m.call(f"air.is_null_{kind}", "i1", [t.tex]), 0)
        t.finish(c, f"query-{kind}", f"Sizes of {kind}, layers, levels, samples.")


def atomics(c):
    ops = {"add": lambda x, y: x + y, "sub": lambda x, y: x - y, "min": min, "max": max,
           "and": lambda x, y: x & y, "or": lambda x, y: x | y, "xor": lambda x, y: x ^ y}
    for component, fmt, mark in (("i32", "r32i", "s.v4i32"), ("u32", "r32ui", "u.v4i32")):
        for kind, where in (("texture_2d", (3, 2, 0)), ("texture_2d_array", (3, 2, 1)),
                            ("texture_3d", (3, 2, 1)), ("texture_1d", (3, 0, 0))):
            t = TextureCase(kind, component, NEW, "read_write")
            w, h, d = t.size
            t.texture_line = f"TEXTURE 0 {t.directive} {fmt} {w}x{h}x{d}"
            x, y, z = where
            value = texel(component, x, y, z, 0)[0]
            place = [vec("i32", [x, y, z][:t.n])] + ([f"i32 {z}"] if t.array else [])
            for name, f in ops.items():
                args = [t.tex, *place, vec("i32", [13, 0, 0, 0]), "i32 0", "i32 3"]
                got = t.m.call(f"air.atomic_fetch_{name}_explicit_{kind}.{mark}", "<4 x i32>", args)
                t.keep("i32", t.m.op(f"extractelement <4 x i32> {got}, i32 0"), value)
                value = f(value, 13)
            args = [t.tex, *place, vec("i32", [77, 0, 0, 0]), "i32 0", "i32 3"]
            got = t.m.call(f"air.atomic_exchange_explicit_{kind}.{mark}", "<4 x i32>", args)
            t.keep("i32", t.m.op(f"extractelement <4 x i32> {got}, i32 0"), value)
            value = 77
            # Compare and exchange: once with the right value, once with a wrong one.
            box = t.m.op("alloca <4 x i32>, align 16")
            for expected, new in ((77, 5), (76, 6)):
                t.m.do(f"store <4 x i32> <i32 {expected}, i32 0, i32 0, i32 0>, ptr {box}, align 16")
                args = [t.tex, *place, f"ptr {box}", vec("i32", [new, 0, 0, 0]), "i32 0", "i32 0",
                        "i32 3"]
                got = t.m.call(f"air.atomic_compare_exchange_weak_explicit_{kind}.{mark}", "i1", args)
                t.keep("i1", got, int(value == expected))
                seen = t.m.op(f"load i32, ptr {box}, align 16")
                t.keep("i32", seen, value)
                value = new if value == expected else value
            kind_of = "i32" if component == "i32" else "u32"
            # Without a format in the variant: there is only one that fits.
            t.finish(c, f"texture-atomic-{kind}-{component}", f"Atomics on {kind}.",
                     f"CHECK texture 0 {x} {y} {z} 0 {kind_of}: {value} ? ? ?")


def all_cases(c):
    samples(c)
    sample_forms(c)
    compares(c)
    gathers(c)
    reads(c)
    reads_with_sampler(c)
    writes(c)
    queries(c)
    atomics(c)
