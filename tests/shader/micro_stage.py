# SPDX-License-Identifier: GPL-2.0-or-later
"""Micro cases of spec 05 §3.4, §3.5, §4.9: vertex and fragment functions, function constants."""
from micro_base import Module, flat
from micro_texture import TextureCase, number

COLOR = '!"air.render_target", i32 {}, i32 {}, !"air.arg_type_name", !"float4"'


def fragment(ret="<4 x float>", outputs=None):
    m = Module("fragment")
    m.returned = ret
    if outputs is None:
        m.output(ret, COLOR.format(0, 0))
    for ltype, metadata in outputs or []:
        m.output(ltype, metadata)
    return m


def vec4(m, parts):
    """A <4 x float> of float values."""
    value = "zeroinitializer"
    for i, part in enumerate(parts):
        value = m.op(f"insertelement <4 x float> {value}, float {part}, i32 {i}")
    return value


def spread(m, value, ltype="<4 x float>", n=4):
    return [m.op(f"extractelement {ltype} {value}, i32 {i}") for i in range(n)]


def check_color(m, x, y, values, index=0, kind="f32", tol=""):
    element = "float" if kind == "f32" else "i32"
    m.say(f"CHECK color {index} {x} {y} {kind}{tol}: {' '.join(flat(element, values))}")


# ---- derivatives, discard -----------------------------------------------------------------------

def derivatives(c):
    # 4 x 4 pixels; the varying is (16 x, 8 y) over the target: 4 and 2 a pixel.
    for name, wants in (("dfdx", (4.0, 0.0)), ("dfdy", (0.0, 2.0)), ("fwidth", (4.0, 2.0))):
        for form in ("", "fast_"):
            m = fragment()
            at = m.varying("user(a)", "<2 x float>")
            d = m.call(f"air.{form}{name}.v2f32", "<2 x float>", [f"<2 x float> {at}"])
            x, y = spread(m, d, "<2 x float>", 2)
            one = m.call(f"air.{form}{name}.f32", "float",
                         [f"float {m.op(f'extractelement <2 x float> {at}, i32 0')}"])
            m.do(f"ret <4 x float> {vec4(m, [x, y, one])}")
            m.say("DRAW 4 4", "VARYING user(a) vec2 = p * vec2(16.0, 8.0)")
            check_color(m, 1, 2, (*wants, wants[0], 0.0), tol=" ulp 0")
            c.add(f"fragment-{form}{name}", f"{form}{name}.", m)
    m = fragment("<4 x half>")
    at = m.varying("user(a)", "<2 x half>")
    d = m.call("air.dfdx.v2f16", "<2 x half>", [f"<2 x half> {at}"])
    v = m.op(f"shufflevector <2 x half> {d}, <2 x half> {d}, <4 x i32> <i32 0, i32 1, i32 0, i32 1>")
    m.do(f"ret <4 x half> {v}")
    m.say("DRAW 4 4", "VARYING user(a) vec2 = p * vec2(16.0, 8.0)")
    check_color(m, 1, 2, (4.0, 0.0, 4.0, 0.0), tol=" ulp 0")
    c.add("fragment-dfdx-half", "dfdx of halves.", m)


def left_half(m, coordinate):
    x = m.op(f"extractelement <4 x float> {coordinate}, i32 0")
    return m.op(f"fcmp olt float {x}, 2.0")


def position(m):
    m.inputs.append(("<4 x float>", "where", '!"air.position", !"air.center", '
                     '!"air.no_perspective", !"air.arg_type_name", !"float4", '
                     '!"air.arg_name", !"where"'))
    return "%where"


def discards(c):
    """The left half of the pixels is discarded: nothing of them may be written afterwards."""
    for what in ("color", "store", "atomic", "image", "image-atomic"):
        m = fragment()
        at = position(m)
        say = []
        if what in ("store", "atomic"):
            m.buffer(1, "out", "read_write")
        if what == "image":
            m.texture(0, "texture2d<float, write>", "write")
            say = ["TEXTURE 0 2d rgba32f 4x4x1 zero"]
        if what == "image-atomic":
            m.texture(0, "texture2d<uint, read_write>", "read_write")
            say = ["TEXTURE 0 2d r32ui 4x4x1 zero", "FORMAT 0 r32ui"]
        left = left_half(m, at)
        m.do(f"br i1 {left}, label %kill, label %go")
        m.body.append("kill:")
        m.call("air.discard_fragment", "void", [])
        m.do("br label %go")
        m.body.append("go:")
        d = m.call("air.dfdx.f32", "float", [f"float {spread(m, at)[0]}"])
        x, y = (m.op(f"fptoui float {v} to i32") for v in spread(m, at)[:2])
        if what == "store":
            row = m.op(f"mul i32 {y}, 4")
            m.store("%out", "i32", "7", m.op(f"add i32 {row}, {x}"))
            m.say("IN 1 u32: " + " ".join(["1"] * 16), "CHECK 1[0] u32: " + "1 1 7 7 " * 4)
        elif what == "atomic":
            m.call("air.atomic.global.add.u.i32", "i32",
                   ["ptr addrspace(1) %out", "i32 1", "i32 0", "i32 2", "i1 true"])
            m.say("IN 1 u32: 0", "CHECK 1[0] u32: 8")
        elif what.startswith("image"):
            place = m.op(f"insertelement <2 x i32> undef, i32 {x}, i32 0")
            place = m.op(f"insertelement <2 x i32> {place}, i32 {y}, i32 1")
            if what == "image":
                value = "<4 x float> <float 1.0, float 2.0, float 3.0, float 4.0>"
                m.call("air.write_texture_2d.v4f32", "void",
                       ["ptr addrspace(1) %tex0", f"<2 x i32> {place}", value, "i32 0", "i32 2"])
                say += ["CHECK texture 0 1 1 0 0 f32: 0 0 0 0", "CHECK texture 0 2 1 0 0 f32: 1 2 3 4"]
            else:
                m.call("air.atomic_fetch_add_explicit_texture_2d.u.v4i32", "<4 x i32>",
                       ["ptr addrspace(1) %tex0", f"<2 x i32> {place}",
                        "<4 x i32> <i32 5, i32 0, i32 0, i32 0>", "i32 0", "i32 3"])
                say += ["CHECK texture 0 1 1 0 0 u32: 0 ? ? ?", "CHECK texture 0 2 1 0 0 u32: 5 ? ? ?"]
        m.do(f"ret <4 x float> {vec4(m, [d, d, d, d])}")
        m.say("DRAW 4 4", "CLEAR 9 9 9 9", *say)
        check_color(m, 1, 1, (9.0,) * 4)
        check_color(m, 2, 1, (1.0,) * 4)
        c.add(f"fragment-discard-{what}", f"discard_fragment before: {what}.", m)


# ---- fragment inputs ----------------------------------------------------------------------------

def inputs(c):
    m = fragment()
    m.do(f"ret <4 x float> {position(m)}")
    m.say("DRAW 4 4")
    check_color(m, 2, 1, (2.5, 1.5, 0.5, 1.0))
    c.add("fragment-position", "position: the middle of the pixel, depth, 1.", m)
    for winding, want in (("", 1.0), (" cw", 0.0)):
        m = fragment()
        m.inputs.append(("i1", "front", '!"air.front_facing", !"air.arg_type_name", !"bool", '
                         '!"air.arg_name", !"front"'))
        f = m.op("select i1 %front, float 1.0, float 0.0")
        m.do(f"ret <4 x float> {vec4(m, [f, f, f, f])}")
        m.say(f"DRAW 2 2{winding}")
        check_color(m, 0, 0, (want,) * 4)
        c.add(f"fragment-front-facing{winding.strip()}", "front_facing.", m)
    m = fragment()
    m.inputs.append(("<2 x float>", "at", '!"air.point_coord", !"air.arg_type_name", !"float2", '
                     '!"air.arg_name", !"at"'))
    x, y = spread(m, "%at", "<2 x float>", 2)
    m.do(f"ret <4 x float> {vec4(m, [x, y])}")
    m.say("DRAW 4 4 points")
    check_color(m, 2, 1, (0.625, None, 0.0, 0.0))
    c.add("fragment-point-coord", "point_coord across.", m)
    for ltype, kind, n in (("<4 x i32>", "int4", 4), ("i32", "uint", 1), ("<2 x i32>", "uint2", 2)):
        m = fragment()
        name = "flat_in"
        m.inputs.append((ltype, name, '!"air.fragment_input", !"user(n)", !"air.flat", '
                         f'!"air.arg_type_name", !"{kind}", !"air.arg_name", !"{name}"'))
        first = f"%{name}" if n == 1 else spread(m, f"%{name}", ltype, n)[n - 1]
        f = m.op(f"sitofp i32 {first} to float")
        m.do(f"ret <4 x float> {vec4(m, [f])}")
        glsl = {"int4": "ivec4", "uint": "uint", "uint2": "uvec2"}[kind]
        value = {"int4": "ivec4(1, 2, 3, -40)", "uint": "41u", "uint2": "uvec2(1u, 42u)"}[kind]
        m.say("DRAW 2 2", f"VARYING user(n) {glsl} = {value}")
        check_color(m, 1, 1, ({"int4": -40.0, "uint": 41.0, "uint2": 42.0}[kind], 0.0, 0.0, 0.0))
        c.add(f"fragment-flat-{kind}", f"A flat input of {kind}.", m)
    for how in ("center", "centroid"):
        for perspective in ("perspective", "no_perspective"):
            m = fragment()
            at = m.varying("user(a)", "<4 x float>", f'!"air.{how}", !"air.{perspective}"')
            m.do(f"ret <4 x float> {at}")
            both = "noperspective " if perspective == "no_perspective" else ""
            m.say("DRAW 4 4", f"VARYING user(a) {both}vec4 = vec4(p * 4.0, 1.0, 2.0)")
            check_color(m, 2, 1, (2.5, 1.5, 1.0, 2.0), tol=" ulp 4")
            c.add(f"fragment-input-{how}-{perspective}", f"An input: {how}, {perspective}.", m)
    samples(c)
    interpolants(c)


def samples(c):
    """Four samples: what each sees is written to a buffer by its number."""
    m = fragment()
    m.inputs.append(("i32", "sample", '!"air.sample_id", !"air.arg_type_name", !"uint", '
                     '!"air.arg_name", !"sample"'))
    m.inputs.append(("i32", "mask", '!"air.sample_mask_in", !"air.arg_type_name", !"uint", '
                     '!"air.arg_name", !"mask"'))
    m.buffer(1, "out", "read_write")
    m.store("%out", "i32", m.op("add i32 %sample, 100"), "%sample")
    m.store("%out", "i32", "%mask", m.op("add i32 %sample, 4"))
    m.store("%out", "i32", m.call("air.get_num_samples.i32", "i32", ["i32 0"]), 8)
    m.do("ret <4 x float> zeroinitializer")
    m.say("DRAW 1 1 samples 4", "SIZE 1 64", "CHECK 1[0] u32: 100 101 102 103 1 2 4 8 4")
    c.add("fragment-samples", "sample_id, sample_mask_in and get_num_samples.", m)
    m = fragment()
    m.buffer(1, "out", "read_write")
    m.store("%out", "i32", m.call("air.get_num_samples.i32", "i32", ["i32 0"]), 0)
    m.do("ret <4 x float> zeroinitializer")
    m.say("DRAW 1 1", "SAMPLECOUNT 8", "SIZE 1 64", "CHECK 1[0] u32: 8")
    c.add("fragment-sample-count", "The number of samples of the variant.", m)
    m = fragment("<{ <4 x float>, i32 }>", [
        ("<4 x float>", COLOR.format(0, 0)),
        ("i32", '!"air.sample_mask", !"air.arg_type_name", !"uint"')])
    m.do("ret <{ <4 x float>, i32 }> <{ <4 x float> <float 1.0, float 1.0, float 1.0, float 1.0>, "
         "i32 0 }>")
    m.say("DRAW 2 2", "CLEAR 3 3 3 3")
    # Without samples the mask does not count in GLES.
    check_color(m, 0, 0, (None,) * 4)
    c.add("fragment-sample-mask", "sample_mask as an output.", m)


def interpolants(c):
    """Pull-model inputs: the value at the centre, at the centroid, and beside."""
    forms = (("center", [], (2.5, 1.5)), ("centroid", [], (2.5, 1.5)),
             ("offset", ["<2 x float> <float 0.75, float 0.25>"], (2.75, 1.25)),
             ("offset-corner", ["<2 x float> zeroinitializer"], (2.0, 1.0)))
    for perspective in ("perspective", "no_perspective"):
        for name, args, want in forms:
            op = name.split("-")[0]
            m = fragment()
            m.inputs.append(("ptr addrspace(1)", "how", '!"air.fragment_input", !"user(a)", '
                             f'!"air.interpolation_function", !"air.{perspective}", '
                             '!"air.arg_type_name", !"float4", !"air.arg_name", !"how"'))
            value = m.call(f"air.interpolate_{op}_{perspective}.v4f32", "<4 x float>",
                           ["ptr addrspace(1) %how", *args])
            m.do(f"ret <4 x float> {value}")
            both = "noperspective " if perspective == "no_perspective" else ""
            m.say("DRAW 4 4", f"VARYING user(a) {both}vec4 = vec4(p * 4.0, 1.0, 2.0)")
            check_color(m, 2, 1, (*want, 1.0, 2.0), tol=" abs 0.01")
            c.add(f"fragment-interpolate-{name}-{perspective}", f"interpolate_{op}_{perspective}.", m)
    m = fragment()
    m.inputs.append(("ptr addrspace(1)", "how", '!"air.fragment_input", !"user(a)", '
                     '!"air.interpolation_function", !"air.perspective", '
                     '!"air.arg_type_name", !"float4", !"air.arg_name", !"how"'))
    m.buffer(1, "out", "read_write")
    for i in range(4):
        value = m.call("air.interpolate_sample_perspective.v4f32", "<4 x float>",
                       ["ptr addrspace(1) %how", f"i32 {i}"])
        m.store("%out", "float", spread(m, value)[0], i)
    m.do("ret <4 x float> zeroinitializer")
    # Mesa's four samples lie at 0.375, 0.875, 0.125 and 0.625 across.
    m.say("DRAW 1 1 samples 4", "SIZE 1 64", "VARYING user(a) vec4 = vec4(p, 0.0, 0.0)",
          "CHECK 1[0] f32 abs 0.01: 0.375 0.875 0.125 0.625")
    c.add("fragment-interpolate-sample", "interpolate_sample_perspective.", m)


# ---- fragment outputs ---------------------------------------------------------------------------

def outputs(c):
    m = fragment("<{ <4 x float>, <4 x float>, <4 x i32> }>", [
        ("<4 x float>", COLOR.format(2, 0)), ("<4 x float>", COLOR.format(0, 0)),
        ("<4 x i32>", COLOR.format(1, 0).replace("float4", "uint4"))])
    m.do("ret <{ <4 x float>, <4 x float>, <4 x i32> }> <{ "
         "<4 x float> <float 2.0, float 2.5, float 2.75, float 1.0>, "
         "<4 x float> <float 0.0, float 0.5, float 0.75, float 1.0>, "
         "<4 x i32> <i32 1, i32 2, i32 3, i32 -1> }>")
    m.say("DRAW 2 2")
    check_color(m, 1, 1, (2.0, 2.5, 2.75, 1.0), 2)
    check_color(m, 1, 1, (0.0, 0.5, 0.75, 1.0), 0)
    check_color(m, 1, 1, (1, 2, 3, 0xffffffff), 1, "u32")
    c.add("fragment-targets", "Three targets, not in order, of two classes.", m)
    for ltype, name, values in (("<2 x float>", "float2", (1.5, 2.5)), ("float", "float", (3.5,)),
                                ("<4 x half>", "half4", (1.5, 2.5, 3.5, 4.5))):
        m = fragment(ltype, [(ltype, COLOR.format(0, 0).replace("float4", name))])
        element = "half" if "half" in ltype else "float"
        text = [f"0xH{ {1.5: '3E00', 2.5: '4100', 3.5: '4300', 4.5: '4480'}[v] }"
                if element == "half" else str(v) for v in values]
        const = f"float {text[0]}" if ltype == "float" else \
            f"{ltype} <" + ", ".join(f"{element} {t}" for t in text) + ">"
        m.do(f"ret {const}")
        m.say("DRAW 2 2")
        check_color(m, 0, 1, (*values, None, None, None)[:4])
        c.add(f"fragment-target-{name}", f"A target of {name}.", m)
    m = fragment("<{ <4 x float>, <4 x float> }>", [
        ("<4 x float>", COLOR.format(0, 0)), ("<4 x float>", COLOR.format(0, 1))])
    m.do("ret <{ <4 x float>, <4 x float> }> <{ "
         "<4 x float> <float 1.0, float 1.0, float 1.0, float 1.0>, "
         "<4 x float> <float 0.5, float 0.25, float 2.0, float 1.0> }>")
    m.say("DRAW 2 2 blend", "CLEAR 8 8 8 8")
    check_color(m, 0, 0, (5.0, 3.0, 17.0, 9.0))
    c.add("fragment-dual-source", "A second colour for blending.", m)
    m = fragment()
    m.inputs.append(("<4 x float>", "dest", '!"air.render_target", i32 0, !"air.arg_type_name", '
                     '!"float4", !"air.arg_name", !"dest"'))
    double = m.op("fadd <4 x float> %dest, %dest")
    m.do(f"ret <4 x float> {double}")
    m.say("DRAW 2 2", "CLEAR 1 2 3 4")
    check_color(m, 1, 0, (2.0, 4.0, 6.0, 8.0))
    c.add("fragment-fetch", "The colour that is there as an input.", m)
    m = fragment("<{ <4 x float>, float }>", [
        ("<4 x float>", COLOR.format(0, 0)),
        ("float", '!"air.depth", !"air.depth_qualifier", !"air.any", !"air.arg_type_name", !"float"')])
    m.do("ret <{ <4 x float>, float }> <{ <4 x float> <float 1.0, float 1.0, float 1.0, float 1.0>, "
         "float 0.25 }>")
    m.say("DRAW 2 2")
    check_color(m, 1, 1, (1.0,) * 4)
    c.add("fragment-depth", "A depth beside the colour.", m)
    m = fragment("i32", [("i32", '!"air.stencil", !"air.arg_type_name", !"uint"')])
    m.do("ret i32 5")
    m.say("REFUSE gles target_stage_feature")
    c.add("fragment-stencil", "No stencil output in GLES.", m)


# ---- textures of the fragment stage -------------------------------------------------------------

def implicit(c):
    """The level follows from the derivatives of the coordinate."""
    for name, scale, bias, minlod, level in (
            ("level0", 1.0, 0.0, 0.0, 0), ("level1", 2.0, 0.0, 0.0, 1), ("bias", 1.0, 1.0, 0.0, 1),
            ("minlod", 1.0, 0.0, 1.0, 1)):
        t = TextureCase("texture_2d", levels=2, stage="fragment")
        t.size = (8, 4, 1)
        m = t.m
        m.returned = "<4 x float>"
        m.output("<4 x float>", COLOR.format(0, 0))
        smp = m.sampler(0)
        at = m.varying("user(a)", "<2 x float>")
        args = [t.tex, smp, f"<2 x float> {at}", "i1 true", "<2 x i32> zeroinitializer", "i1 false",
                f"float {number(bias)}", f"float {number(minlod)}", "i32 0"]
        got = m.call("air.sample_texture_2d.v4f32", "{ <4 x float>, i8 }", args)
        color = m.op(f"extractvalue {{ <4 x float>, i8 }} {got}, 0")
        m.do(f"ret <4 x float> {color}")
        # The target has as many pixels as the level has texels.
        w, h = (8, 4) if scale == 1.0 else (4, 2)
        m.say("TEXTURE 0 2d rgba32f 8x4x1 levels 2", "SAMPLER 0 nearest mipnearest",
              f"DRAW {w} {h}", "VARYING user(a) vec2 = p")
        x, y = (3, 1) if scale == 2.0 else (6, 2)
        tx, ty = (x, y) if scale == 2.0 else (x >> level, y >> level)
        place = tx + 10 * ty + 1000 * level
        check_color(m, x, y, (place, place + 0.25, place + 0.5, 1.0))
        c.add(f"sample-implicit-{name}", f"Implicit level: {name}.", m)
    # Twice as many texels as pixels, and four times: levels 1 and 2 of two.
    for name, wants in (("clamped", (1.0, 1.0)), ("unclamped", (1.0, 2.0))):
        for i, want in enumerate(wants):
            m = fragment()
            tex = m.texture(0, "texture2d<float, sample>")
            smp = m.sampler(0)
            at = m.varying("user(a)", "<2 x float>")
            lod = m.call(f"air.calculate_{name}_lod_texture_2d", "float",
                         [tex, smp, f"<2 x float> {at}", "i32 0"])
            m.do(f"ret <4 x float> {vec4(m, [lod])}")
            m.say("TEXTURE 0 2d rgba32f 8x8x1 levels 2", "SAMPLER 0 nearest mipnearest",
                  f"DRAW {4 >> i} {4 >> i}", "VARYING user(a) vec2 = p")
            check_color(m, 0, 0, (want, 0.0, 0.0, 0.0), tol=" abs 0.01")
            c.add(f"query-lod-{name}-{i}", f"calculate_{name}_lod.", m)
    m = Module()
    tex, smp = m.texture(0, "texture2d<float, sample>"), m.sampler(0)
    m.buffer(1, "out", "read_write")
    lod = m.call("air.calculate_clamped_lod_texture_2d", "float",
                 [tex, smp, "<2 x float> zeroinitializer", "i32 0"])
    m.store("%out", "float", lod, 0)
    m.say("REFUSE all target_stage_feature")
    c.add("query-lod-kernel", "A kernel has no derivatives to ask about.", m)


# ---- vertices -----------------------------------------------------------------------------------

POSITION = '!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"'


def vertex(ret="<4 x float>", outs=None):
    m = Module("vertex")
    m.returned = ret
    for ltype, metadata in outs or [("<4 x float>", POSITION)]:
        m.output(ltype, metadata)
    return m


def vertices(c):
    m = vertex()
    v, i = m.builtin("vertex_id"), m.builtin("instance_id")
    b, s = m.builtin("base_vertex"), m.builtin("base_instance")
    parts = [m.op(f"uitofp i32 {x} to float") for x in (v, i, b, s)]
    m.do(f"ret <4 x float> {vec4(m, parts)}")
    m.say("POINTS 3 2", "BASE 5 7")
    for n in range(6):
        m.say(f"CHECK position {n} f32: {5 + n % 3} {7 + n // 3} 5 7")
    c.add("vertex-ids", "vertex_id and instance_id count from their bases.", m)
    m = vertex()
    v = m.builtin("vertex_id", "i16")
    a, n = m.builtin("amplification_id"), m.builtin("amplification_count")
    parts = [m.op(f"uitofp i16 {v} to float"), m.op(f"uitofp i32 {a} to float"),
             m.op(f"uitofp i32 {n} to float")]
    m.do(f"ret <4 x float> {vec4(m, parts)}")
    m.say("POINTS 2 1", "CHECK position 1 f32: 1 0 1 0")
    c.add("vertex-ids-16", "16 bits; amplification is off.", m)
    attributes(c)
    m = vertex("<{ <2 x float>, <4 x float>, i32, half }>", [
        ("<2 x float>", '!"air.vertex_output", !"user(uv)", !"air.arg_type_name", !"float2"'),
        ("<4 x float>", POSITION),
        ("i32", '!"air.vertex_output", !"generated(n)", !"air.arg_type_name", !"int"'),
        ("half", '!"air.vertex_output", !"user(h)", !"air.arg_type_name", !"half"')])
    v = m.builtin("vertex_id")
    minus = m.op(f"sub i32 0, {v}")
    value = m.op("insertvalue <{ <2 x float>, <4 x float>, i32, half }> <{ "
                 "<2 x float> <float 0.5, float 0.25>, "
                 "<4 x float> <float 1.0, float 2.0, float 3.0, float 4.0>, i32 0, half 0xH3E00 }>, "
                 f"i32 {minus}, 2")
    m.do(f"ret <{{ <2 x float>, <4 x float>, i32, half }}> {value}")
    m.say("POINTS 3 1", "CHECK position 2 f32: 1 2 3 4", "CHECK varying user(uv) 2 f32: 0.5 0.25",
          "CHECK varying generated(n) 2 i32: -2", "CHECK varying user(h) 1 f32: 1.5")
    c.add("vertex-outputs", "Outputs in the order of the module, position second.", m)
    m = vertex()
    m.do("ret <4 x float> <float 1.0, float 2.0, float 3.0, float 4.0>")
    m.say("POINTS 1 1", "FEATURE 272", "CHECK position 0 f32: 1 -2 2 4")
    c.add("vertex-flip", "Without clip control: y the other way, depth from -w to w.", m)
    m = vertex()
    m.do("ret <4 x float> <float 1.0, float 2.0, float 3.0, float 4.0>")
    m.say("POINTS 1 1", "FEATURE 16", "CHECK position 0 f32: 1 -2 3 4")
    c.add("vertex-flip-only", "With it: the depth stays as it is.", m)
    m = vertex("<{ <4 x float>, i32 }>", [
        ("<4 x float>", POSITION),
        ("i32", '!"air.render_target_array_index", !"air.arg_type_name", !"uint"')])
    v = m.builtin("vertex_id")
    m.do("%r = insertvalue <{ <4 x float>, i32 }> zeroinitializer, i32 %vertex_id, 1")
    m.do("ret <{ <4 x float>, i32 }> %r")
    m.say("POINTS 2 1", "CHECK varying pvg(layer) 1 u32: 1")
    c.add("vertex-layer", "The layer goes on as a varying.", m)
    m = vertex("<{ <4 x float>, [2 x float], float }>", [
        ("<4 x float>", POSITION),
        ("[2 x float]", '!"air.clip_distance", !"air.clip_distance_array_size", i32 2, '
         '!"air.arg_type_name", !"float"'),
        ("float", '!"air.point_size", !"air.arg_type_name", !"float"')])
    m.do("ret <{ <4 x float>, [2 x float], float }> <{ <4 x float> <float 1.0, float 1.0, float 1.0, "
         "float 1.0>, [2 x float] [float 1.0, float 2.0], float 3.0 }>")
    m.say("POINTS 1 1", "CHECK position 0 f32: 1 1 1 1")
    c.add("vertex-clip", "Clip distances and a point size.", m)


def attributes(c):
    rows = (
        ("<4 x float>", "float4", "f32", "1 2 3 4 5 6 7 8", 4, (5.0, 6.0, 7.0, 8.0)),
        ("<2 x float>", "float2", "f32", "1 2 3 4", 2, (3.0, 4.0, 0.0, 0.0)),
        ("<4 x half>", "half4", "f32", "1 2 3 4 0.5 6 7 8", 4, (0.5, 6.0, 7.0, 8.0)),
        ("<4 x i32>", "int4", "i32", "1 2 3 4 -5 6 7 8", 4, (-5.0, 6.0, 7.0, 8.0)),
        ("<4 x i8>", "uchar4", "u8", "1 2 3 4 200 6 7 8", 4, (200.0, 6.0, 7.0, 8.0)),
        ("<2 x i16>", "short2", "i16", "1 2 -300 400", 2, (-300.0, 400.0, 0.0, 0.0)),
        ("i32", "uint", "u32", "1 70000", 1, (70000.0, 0.0, 0.0, 0.0)),
        # Two components for four: (0, 0, 0, 1) fills up.
        ("<4 x float>", "float4", "f32", "1 2 3 4", 2, (3.0, 4.0, 0.0, 1.0)),
    )
    for i, (ltype, name, kind, values, n, want) in enumerate(rows):
        m = vertex()
        m.inputs.append((ltype, "a", '!"air.vertex_input", !"air.location_index", i32 3, i32 1, '
                         f'!"air.arg_type_name", !"{name}", !"air.arg_name", !"a"'))
        count = int(ltype[1]) if ltype[0] == "<" else 1
        parts = ["%a"] if count == 1 else spread(m, "%a", ltype, count)
        element = ltype.split()[-1].rstrip(">")
        cast = {"float": None, "half": "fpext half {} to float"}.get(
            element, f"{'u' if name[0] == 'u' else 's'}itofp {element} {{}} to float")
        floats = [m.op(cast.format(p)) if cast else p for p in parts]
        m.do(f"ret <4 x float> {vec4(m, floats)}")
        m.say("POINTS 2 1", f"ATTRIBUTE 3 {kind} {n}: {values}",
              f"CHECK position 1 f32: {' '.join(map(str, want))}")
        c.add(f"vertex-attribute-{name}-{i}", f"An attribute of {name}.", m)


# ---- function constants -------------------------------------------------------------------------

def constants(c):
    """As Apple's compiler writes them: a constructor copies values and computes predicates."""
    for given in (True, False):
        m = Module()
        m.buffer(0, "out", "read_write")
        m.globals = [
            "@_Z4flag.MTL_FC_INIT_0_b = internal addrspace(2) externally_initialized global i8 undef, "
            "align 1",
            "@_Z5count.MTL_FC_INIT_1_j = internal addrspace(2) externally_initialized global i32 "
            "undef, align 4",
            "@flag = internal addrspace(2) global i8 undef, align 1",
            "@count = internal addrspace(2) global i32 undef, align 4",
            "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "
            "[{ i32, ptr, ptr } { i32 65535, ptr @_GLOBAL__sub_I_test, ptr null }]",
            "define internal void @_GLOBAL__sub_I_test() {",
            "  %f = load i8, ptr addrspace(2) @_Z4flag.MTL_FC_INIT_0_b, align 1",
            "  %n = call i8 @air.normalize_function_constant_predicate.i8(i8 %f)",
            "  store i8 %n, ptr addrspace(2) @flag, align 1",
            "  %c = load i32, ptr addrspace(2) @_Z5count.MTL_FC_INIT_1_j, align 4",
            "  %d = call i1 @air.is_function_constant_defined(ptr addrspace(2) "
            "@_Z5count.MTL_FC_INIT_1_j)",
            "  %e = select i1 %d, i32 %c, i32 55",
            "  store i32 %e, ptr addrspace(2) @count, align 4",
            "  ret void", "}",
            "declare i8 @air.normalize_function_constant_predicate.i8(i8)",
            "declare i1 @air.is_function_constant_defined(ptr addrspace(2))",
        ]
        flag = m.op("load i8, ptr addrspace(2) @flag, align 1")
        count = m.op("load i32, ptr addrspace(2) @count, align 4")
        m.store("%out", "i32", m.op(f"zext i8 {flag} to i32"), 0)
        m.store("%out", "i32", count, 1)
        m.body.append("  ret void")
        text = (["CONSTANT 0 1", "CONSTANT 1 9"] if given else [])
        m.say("SIZE 0 16", *text, f"CHECK 0[0] u32: {'1 9' if given else '0 55'}")
        m.fc = ('!air.function_constants = !{!900, !901}\n'
                '!900 = !{ptr addrspace(2) @_Z4flag.MTL_FC_INIT_0_b, !"bool", !"flag", i32 0, i1 false}\n'
                '!901 = !{ptr addrspace(2) @_Z5count.MTL_FC_INIT_1_j, !"uint", !"count", i32 1, '
                'i1 false}\n')
        name = f"constants-{'given' if given else 'absent'}"
        c.add(name, "Function constants, defined or not.", m)
        c.cases[name] += m.fc


# ---- memory, control ----------------------------------------------------------------------------

def memory(c):
    m = Module()
    m.buffer(0, "in", "read")
    m.buffer(1, "out", "read_write")
    for name, text in (
            ("llvm.memcpy.p1.p1.i64", "void @llvm.memcpy.p1.p1.i64(ptr addrspace(1), "
             "ptr addrspace(1), i64, i1 immarg)"),
            ("llvm.memset.p1.i64", "void @llvm.memset.p1.i64(ptr addrspace(1), i8, i64, i1 immarg)"),
            ("llvm.memmove.p1.p1.i64", "void @llvm.memmove.p1.p1.i64(ptr addrspace(1), "
             "ptr addrspace(1), i64, i1 immarg)")):
        m.declarations[name] = f"declare {text}"
    place = [m.op(f"getelementptr i8, ptr addrspace(1) %out, i64 {n}") for n in (32, 49, 64, 66)]
    m.do("call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) align 4 %out, ptr addrspace(1) align 4 "
         "%in, i64 24, i1 false)")
    m.do(f"call void @llvm.memset.p1.i64(ptr addrspace(1) align 4 {place[0]}, i8 -91, i64 16, "
         "i1 false)")
    m.do(f"call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) align 1 {place[1]}, "
         "ptr addrspace(1) align 1 %in, i64 7, i1 false)")
    m.do(f"call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) align 4 {place[2]}, ptr addrspace(1) "
         "align 4 %in, i64 8, i1 false)")
    m.do(f"call void @llvm.memmove.p1.p1.i64(ptr addrspace(1) align 2 {place[3]}, ptr addrspace(1) "
         f"align 4 {place[2]}, i64 8, i1 false)")
    given = bytes(range(1, 25))
    want = bytearray(b"\xcc" * 96)
    want[0:24] = given
    want[32:48] = b"\xa5" * 16
    want[49:56] = given[:7]
    want[64:72] = given[:8]
    want[66:74] = given[:8]
    m.say(f"IN 0 u8: {' '.join(map(str, given))}", "SIZE 1 96",
          f"CHECK 1[0] u8: {' '.join(map(str, want))}")
    c.add("memory-copies", "memcpy, memset, memmove with constant lengths.", m)
    m = Module()
    m.buffer(0, "in", "read")
    m.buffer(1, "out", "read_write")
    for name in ("llvm.lifetime.start.p0", "llvm.lifetime.end.p0"):
        m.declarations[name] = f"declare void @{name}(i64 immarg, ptr)"
    m.declarations["llvm.assume"] = "declare void @llvm.assume(i1)"
    m.declarations["llvm.memcpy"] = ("declare void @llvm.memcpy.p1.p1.i64(ptr addrspace(1), "
                                     "ptr addrspace(1), i64, i1 immarg)")
    length = m.op("load i32, ptr addrspace(1) %in, align 4")
    sure = m.op(f"icmp ult i32 {length}, 100")
    m.do(f"call void @llvm.assume(i1 {sure})")
    box = m.op("alloca [4 x i32], align 4")
    m.do(f"call void @llvm.lifetime.start.p0(i64 16, ptr {box})")
    for i in range(4):
        at = m.op(f"getelementptr [4 x i32], ptr {box}, i64 0, i64 {i}")
        m.do(f"store i32 {i * 10 + 1}, ptr {at}, align 4")
    wide = m.op(f"zext i32 {length} to i64")
    part = m.op(f"and i64 {wide}, 3")
    at = m.op(f"getelementptr [4 x i32], ptr {box}, i64 0, i64 {part}")
    got = m.op(f"load i32, ptr {at}, align 4")
    m.do(f"call void @llvm.lifetime.end.p0(i64 16, ptr {box})")
    m.store("%out", "i32", got, 0)
    to = m.op("getelementptr i8, ptr addrspace(1) %out, i64 8")
    m.do(f"call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) {to}, ptr addrspace(1) %in, i64 {wide}, "
         "i1 false)")
    m.say("IN 0 u32: 6 0x11223344", "SIZE 1 20", "CHECK 1[0] u32: 21 0xcccccccc 6 0xcccc3344 "
          "0xcccccccc")
    c.add("memory-dynamic", "A private array by a computed index, a copy of a computed length.", m)
    m = Module()
    m.buffer(0, "in", "read")
    m.buffer(1, "out", "read_write")
    m.declarations["llvm.trap"] = "declare void @llvm.trap()"
    value = m.op("load i32, ptr addrspace(1) %in, align 4")
    m.store("%out", "i32", "1", 0)
    bad = m.op(f"icmp eq i32 {value}, 99")
    m.do(f"br i1 {bad}, label %never, label %good")
    m.body.append("never:")
    m.do("call void @llvm.trap()")
    m.do("unreachable")
    m.body.append("good:")
    m.store("%out", "i32", "2", 1)
    m.say("IN 0 u32: 5", "SIZE 1 16", "CHECK 1[0] u32: 1 2")
    c.add("control-unreachable", "A branch that ends in a trap.", m)


def refused(c):
    """What no target of ours can do is refused by name."""
    table = (
        ("function-table", "i32", "air.get_size_visible_function_table", ["ptr addrspace(1) %in0"],
         "air_function_pointer"),
        ("intersect", "i32", "air.intersect.instancing", ["ptr addrspace(1) %in0"],
         "air_ray_tracing"),
        ("mesh", "void", "air.set_primitive_count_mesh", ["ptr addrspace(1) %in0", "i32 1"],
         "air_mesh"),
        ("imageblock", "i32", "air.load_imageblock.i32", ["ptr addrspace(1) %in0"],
         "air_imageblock"),
        ("render-command", "void", "air.set_pipeline_state_render_command",
         ["ptr addrspace(1) %in0", "i32 1"], "air_unknown_intrinsic"),
        ("null-texture", "ptr addrspace(1)", "air.get_null_texture_2d", [], "air_unknown_intrinsic"),
        ("unknown", "i32", "air.frobnicate.i32", ["i32 1"], "air_unknown_intrinsic"),
    )
    for name, ret, function, args, reason in table:
        m = Module()
        m.buffer(0, "in0", "read_write")
        got = m.call(function, ret, args)
        if got is not None and ret == "i32":
            m.store("%in0", "i32", got, 0)
        if ret.startswith("ptr"):
            m.declarations["w"] = ("declare i32 @air.get_width_texture_2d(ptr addrspace(1), i32)")
            width = m.op(f"call i32 @air.get_width_texture_2d(ptr addrspace(1) {got}, i32 0)")
            m.store("%in0", "i32", width, 0)
        m.say("SIZE 0 16", f"REFUSE all {reason}")
        c.add(f"refused-{name}", f"{function} is refused by name.", m)


def all_cases(c):
    derivatives(c)
    discards(c)
    inputs(c)
    outputs(c)
    implicit(c)
    vertices(c)
    constants(c)
    memory(c)
    refused(c)
