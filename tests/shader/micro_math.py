# SPDX-License-Identifier: GPL-2.0-or-later
"""Micro cases of spec 05 §4.3 to §4.5: conversions, packing, floats, integers."""
import math
import struct

from micro_base import ELEMENTS, Module, bf16, f16, f32, flat, round_to, suffix

FLOATS = ("float", "half", "bfloat")
WIDTH = {"i1": 1, "i8": 8, "i16": 16, "i32": 32, "i64": 64}


def signed(value, width):
    value &= (1 << width) - 1
    return value - (1 << width) if value >> (width - 1) else value


def clamp(value, low, high):
    return min(max(value, low), high)


def bounds(width, is_signed):
    return (-(1 << width - 1), (1 << width - 1) - 1) if is_signed else (0, (1 << width) - 1)


# ---- conversions --------------------------------------------------------------------------------

def convert_value(value, source, source_signed, target, target_signed):
    """What convert.<dk>.<DT>.<sk>.<ST> gives for a value of the source type."""
    if source in FLOATS:
        value = round_to(source, value)
    else:
        value = signed(value, WIDTH[source]) if source_signed and source != "i1" else \
            value & ((1 << WIDTH[source]) - 1)
    if target in FLOATS:
        if source == "i64" or source == "i32":
            return round_to(target, value) if target == "float" else round_to(target, f32(value))
        return round_to(target, value)
    if target == "i1":
        return int(value != 0)
    if source not in FLOATS:
        return value
    if math.isnan(value):
        return 0
    low, high = bounds(WIDTH[target], target_signed)
    if math.isinf(value):
        return high if value > 0 else low
    return clamp(int(value), low, high)


def conversions(c):
    types = ("i1", "i8", "i16", "i32", "i64", "half", "bfloat", "float")
    samples = {
        "i1": [0, 1], "i8": [0, 1, 100, 127, 128, 200, 254, 255],
        "i16": [0, 1, 255, 256, 32767, 32768, 40000, 65535],
        "i32": [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x12345, 16777217, 70000],
        "i64": [0, 1, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x100000001,
                0xfffffffe00000000, 1 << 40],
        "half": [0.0, -0.0, 1.5, -1.5, 65504.0, -65504.0, 127.75, 255.5],
        "bfloat": [0.0, 1.0, -1.5, 255.0, -256.0, 65536.0, -3.0, 1.0e9],
        "float": [0.0, 1.999, -1.999, 300.7, -300.7, 70000.25, 3.0e9, -3.0e9],
    }
    for source in types:
        for kind in ("s", "u") if source not in FLOATS else ("f",):
            calls = []
            for target in types:
                for target_kind in ("s", "u") if target not in FLOATS else ("f",):
                    if target == source and source in FLOATS:
                        continue
                    if source in FLOATS and target == "i1":
                        continue
                    want = [convert_value(v, source, kind == "s", target, target_kind == "s")
                            for v in samples[source]]
                    calls.append({
                        "fn": f"air.convert.{target_kind}.{suffix(target)}.{kind}.{suffix(source)}",
                        "ret": target, "want": want,
                    })
            c.functions(f"convert-{kind}-{source}", f"Conversions from {source}, {kind}.",
                        [(source, samples[source])], calls)
    wild = [math.nan, math.inf, -math.inf, 1e30, -1e30, 0.49999997, -0.99999994, 2147483648.0]
    calls = []
    for target in ("i8", "i16", "i32"):
        for kind in ("s", "u"):
            calls.append({
                "fn": f"air.convert.{kind}.{target}.f.f32", "ret": target,
                "want": [convert_value(v, "float", False, target, kind == "s") for v in wild]})
    c.functions("convert-saturates", "Floats that no integer can be: the nearest one, 0 for NaN.",
                [("float", wild)], calls)
    narrow = [1.0009765625, 1.00048828125, 1.00146484375, 65519.0, 6.0e-8, 2.0e-5, -1.0 / 3, 0.1]
    c.functions("convert-narrow", "Rounding to half and bfloat is to nearest, ties to even.",
                [("float", narrow)], [
                    {"fn": "air.convert.f.f16.f.f32", "ret": "half",
                     "want": [f16(f32(v)) for v in narrow]},
                    {"fn": "air.convert.f.bf16.f.f32", "ret": "bfloat",
                     "want": [bf16(f32(v)) for v in narrow]},
                    {"op": "fptrunc float {0} to half", "ret": "half",
                     "want": [f16(f32(v)) for v in narrow]}])
    vectors = [(1.5, -2.5, 300.0, 0.0), (-1.0, 2.0, 1e9, 7.0)]
    c.functions("convert-vector", "Whole vectors.", [("<4 x float>", vectors)], [
        {"fn": "air.convert.s.v4i32.f.v4f32", "ret": "<4 x i32>",
         "want": [[int(x) for x in v] for v in vectors]},
        {"fn": "air.convert.u.v4i8.f.v4f32", "ret": "<4 x i8>",
         "want": [[clamp(int(x), 0, 255) for x in v] for v in vectors]},
        {"fn": "air.convert.f.v4f16.f.v4f32", "ret": "<4 x half>",
         "want": [[f16(x) for x in v] for v in vectors]}])
    numbers = [0, 1, 0x7f, 0x80, 0xff, 0x1234, 0x7fffffff, 0xffffffff]
    reals = [0.0, 1.75, -1.75, 100.0, 127.0, 0.5, 3.25, 99.9]
    c.functions("llvm-casts", "LLVM's own casts.", [("i32", numbers), ("float", reals)], [
        {"op": "trunc i32 {0} to i8", "ret": "i8", "want": [n & 255 for n in numbers]},
        {"op": "trunc i32 {0} to i16", "ret": "i16", "want": [n & 65535 for n in numbers]},
        {"op": "zext i32 {0} to i64", "ret": "i64", "want": numbers},
        {"op": "sext i32 {0} to i64", "ret": "i64", "want": [signed(n, 32) for n in numbers]},
        {"op": "sitofp i32 {0} to float", "ret": "float",
         "want": [f32(signed(n, 32)) for n in numbers]},
        {"op": "uitofp i32 {0} to float", "ret": "float", "want": [f32(n) for n in numbers]},
        {"op": "fptosi float {1} to i32", "ret": "i32", "want": [int(r) for r in reals]},
        {"op": "fptoui float {1} to i16", "ret": "i16", "want": [max(int(r), 0) for r in reals]},
        {"op": "fpext float {1} to double", "ret": "float", "then": "fptrunc double {0} to float",
         "want": [f32(r) for r in reals]},
        {"op": "bitcast i32 {0} to <4 x i8>", "ret": "<4 x i8>",
         "want": [[n >> 8 * i & 255 for i in range(4)] for n in numbers]},
        {"op": "bitcast float {1} to i32", "ret": "i32", "then": "add i32 {0}, 0",
         "want": [int.from_bytes(__import__("struct").pack("f", r), "little") for r in reals]},
    ])


# ---- packing ------------------------------------------------------------------------------------

def srgb_encode(x):
    return 12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055


def srgb_decode(x):
    return x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4


def rounded(x):
    """To the nearest integer, ties to even."""
    return int(round(x))


def pack(values, widths, is_signed, is_srgb=False):
    word = at = 0
    for i, (value, width) in enumerate(zip(values, widths)):
        scale = (1 << width - is_signed) - 1
        value = clamp(value, -1.0 if is_signed else 0.0, 1.0)
        if is_srgb and i < 3:
            value = srgb_encode(value)
        word |= (rounded(value * scale) & (1 << width) - 1) << at
        at += width
    return word


def unpack(word, widths, is_signed, is_srgb=False):
    out, at = [], 0
    for i, width in enumerate(widths):
        scale = (1 << width - is_signed) - 1
        value = word >> at & (1 << width) - 1
        value = signed(value, width) if is_signed else value
        value = max(value / scale, -1.0)
        out.append(srgb_decode(value) if is_srgb and i < 3 else value)
        at += width
    return out


def packing(c):
    words = [0, 0xffffffff, 0x80ff7f01, 0x01020304, 0x7f80c010, 0x12345678]
    vectors = [(0.0, 1.0, -1.0, 0.25), (0.5, 2.0, -3.0, 0.1), (0.2, 0.4, 0.6, 0.8),
               (0.001, 0.002, 0.9, 0.99), (-0.3, -0.7, 0.33, 0.66), (1.0, 0.75, 0.125, 0.0)]
    forms = (("unorm4x8", (8,) * 4, False, False), ("snorm4x8", (8,) * 4, True, False),
             ("unorm2x16", (16,) * 2, False, False), ("snorm2x16", (16,) * 2, True, False),
             ("unorm4x8.srgb", (8,) * 4, False, True),
             ("unorm4x16", (16,) * 4, False, False), ("snorm4x16", (16,) * 4, True, False),
             ("unorm.rgb10a2", (10, 10, 10, 2), False, False),
             ("snorm.rgb10a2", (10, 10, 10, 2), True, False),
             ("unorm.rgb565", (5, 6, 5), False, False),
             # Other spellings of the same, nobody has seen which one the compiler writes.
             ("unorm10a2", (10, 10, 10, 2), False, False), ("snorm.10a2", (10, 10, 10, 2), True, False),
             ("unorm565", (5, 6, 5), False, False))
    for name, widths, is_signed, is_srgb in forms:
        n = len(widths)
        values = [v[:n] for v in vectors]
        ret = f"i{sum(widths)}"
        given = [(w * 0x1234567 ^ w << 32) & (1 << 64) - 1 if ret == "i64" else
                 w & (1 << sum(widths)) - 1 for w in words]
        c.functions(f"pack-{name}", f"pack.{name}.", [(f"<{n} x float>", values)], [
            {"fn": f"air.pack.{name}.v{n}f32", "ret": ret,
             "want": [pack(v, widths, is_signed, is_srgb) for v in values]}])
        c.functions(f"unpack-{name}", f"unpack.{name}.", [(ret, given)], [
            {"fn": f"air.unpack.{name}.v{n}f32", "ret": f"<{n} x float>",
             "tol": "abs 2e-6" if is_srgb else "ulp 2",
             "want": [unpack(w, widths, is_signed, is_srgb) for w in given]}])


def halves(c):
    values = [(0.0, 1.0), (-2.5, 0.125), (65504.0, -0.0), (6e-8, 1024.0)]
    words = [struct.unpack("I", struct.pack("ee", *v))[0] for v in values]
    c.functions("pack-half2x16", "Two halves in a word.", [("<2 x float>", values)], [
        {"fn": "air.pack.half2x16.v2f32", "ret": "i32", "want": words}])
    c.functions("unpack-half2x16", "And out of it.", [("i32", words)], [
        {"fn": "air.unpack.half2x16.v2f32", "ret": "<2 x float>", "tol": "ulp 0",
         "want": [struct.unpack("ee", struct.pack("I", w)) for w in words]}])


def shared_formats(c):
    """rg11b10f and rgb9e5: floats without sign, and with one exponent for three."""
    values = [(0.0, 1.0, 0.5), (2.0, 3.0, 4.0), (65024.0, 64512.0, 0.25), (100.0, 0.125, 7.0)]

    def small_float(x, mantissa):
        if x == 0:
            return 0
        fraction, exponent = math.frexp(x)  # x = fraction * 2 ** exponent, 0.5 <= fraction < 1
        return exponent - 1 + 15 << mantissa | int((fraction * 2 - 1) * (1 << mantissa))

    def rg11b10(v):
        return small_float(v[0], 6) | small_float(v[1], 6) << 11 | small_float(v[2], 5) << 22

    def rgb9e5(v):
        exponent = max(max(math.frexp(x)[1] for x in v), -15) + 15
        scale = 2.0 ** (exponent - 15 - 9)
        return sum(int(x / scale + 0.5) << 9 * i for i, x in enumerate(v)) | exponent << 27

    for name, f in (("rg11b10f", rg11b10), ("rgb9e5", rgb9e5)):
        if name == "rgb9e5":
            exact = [(0.0, 1.0, 0.5), (2.0, 3.0, 4.0), (256.0, 255.0, 1.0), (0.125, 0.25, 0.0625)]
        else:
            exact = values
        c.functions(f"pack-{name}", f"pack.unorm.{name}.", [("<3 x float>", exact)], [
            {"fn": f"air.pack.unorm.{name}.v3f32", "ret": "i32", "want": [f(v) for v in exact]}])
        c.functions(f"unpack-{name}", f"unpack.unorm.{name}.", [("i32", [f(v) for v in exact])], [
            {"fn": f"air.unpack.unorm.{name}.v3f32", "ret": "<3 x float>", "want": exact}])


# ---- floats -------------------------------------------------------------------------------------

def round_away(x):
    return math.copysign(math.floor(abs(x) + 0.5), x) if abs(x) < 2 ** 23 else x


def nan_min(x, y):
    return y if math.isnan(x) else x if math.isnan(y) else min(x, y)


def nan_max(x, y):
    return y if math.isnan(x) else x if math.isnan(y) else max(x, y)


def median(x, y, z):
    return sorted((x, y, z))[1]


def metal_pow(x, y):
    if y == 0:
        return 1.0
    if x < 0 and y != int(y):
        return math.nan
    return math.pow(x, y)


def next_after(x, y):
    if x == y:
        return y
    if x == 0:
        return math.copysign(2.0 ** -149, y)
    bits = struct.unpack("i", struct.pack("f", x))[0]
    bits += 1 if (y > x) == (x > 0) else -1
    return struct.unpack("f", struct.pack("i", bits))[0]


X = [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.999, -7.25, 0.75, 1e-3, 100.5, -1.0, 2.0, 8388609.0,
     -0.1]
UNIT = [0.0, 0.1, -0.1, 0.25, -0.5, 0.7, 0.999, -0.999, 0.3, 0.6, -0.8, 0.45, 0.05, -0.3, 0.9, -1.0]
CURVE = [0.0, -0.0, 1e-6, -1e-3, 0.039, -0.2, 0.49, -0.6, 0.63, -0.99, 1.01, -2.5, 7.0, -12.0, 30.0,
         -60.0]
POSITIVE = [1.0, 0.5, 2.0, 3.0, 10.0, 1e-3, 1e6, 0.1, 7.5, 1.25, 0.9, 64.0, 1e-10, 1e10, 1.0001, 5]
Y = [1.0, 2.0, -1.0, 0.5, -2.0, 3.0, 1.5, -0.5, 0.25, 4.0, -3.0, 2.0, 7.0, 0.0, 1.0, -1.0]
Z = [0.0, 1.0, 0.5, 0.25, 2.0, -1.0, 0.75, 0.1, 3.0, -0.5, 1.0, 0.9, -2.0, 0.3, 0.6, 5.0]

# name, inputs, function, tolerance: of Metal's tables, or of what llvmpipe's polynomials reach
UNARY = (
    ("fabs", X, abs, ""), ("floor", X, math.floor, "ulp 0"), ("ceil", X, lambda x: math.copysign(
        math.ceil(x), x), "ulp 0"), ("trunc", X, lambda x: math.copysign(math.trunc(x), x), "ulp 0"),
    ("rint", X, lambda x: math.copysign(round(x), x), "ulp 0"), ("round", X, round_away, "ulp 0"),
    ("fract", X, lambda x: min(f32(x - math.floor(x)), 1 - 2 ** -24), "ulp 0"),
    ("sin", X[:12], math.sin, "abs 1e-5"), ("cos", X[:12], math.cos, "abs 1e-5"),
    ("tan", UNIT, math.tan, "abs 2e-5"), ("asin", UNIT, math.asin, "ulp 4"),
    ("acos", UNIT, math.acos, "ulp 4"), ("atan", X, math.atan, "ulp 5"),
    ("sinh", CURVE, math.sinh, "ulp 4"), ("cosh", CURVE, math.cosh, "ulp 4"),
    ("tanh", CURVE, math.tanh, "ulp 5"), ("asinh", CURVE, math.asinh, "ulp 4"),
    ("acosh", [1 + p for p in POSITIVE[:12]] + [1.5, 1.1, 9.0, 2.0], math.acosh, "ulp 4"),
    ("atanh", UNIT[:15] + [0.2], math.atanh, "ulp 5"),
    ("sinpi", X[:12], lambda x: math.sin(math.pi * x), "abs 2e-5"),
    ("cospi", X[:12], lambda x: math.cos(math.pi * x), "abs 2e-5"),
    ("tanpi", [x / 4 for x in UNIT], lambda x: math.tan(math.pi * x), "abs 2e-5"),
    ("exp", CURVE, math.exp, "ulp 4"), ("exp2", UNIT, lambda x: 2 ** x, "ulp 32"),
    ("exp10", UNIT, lambda x: 10 ** x, "ulp 64"), ("log", POSITIVE, math.log, "ulp 4"),
    ("log2", POSITIVE, math.log2, "abs 1e-5"), ("log10", POSITIVE, math.log10, "abs 1e-5"),
    ("sqrt", POSITIVE, math.sqrt, "ulp 4"), ("rsqrt", POSITIVE, lambda x: x ** -0.5, "ulp 4"),
    ("saturate", X, lambda x: clamp(x, 0.0, 1.0), "ulp 0"),
    ("sign", X, lambda x: (x > 0) - (x < 0), "ulp 0"),
    ("logb", POSITIVE, lambda x: math.floor(math.log2(x)), ""),
)
BINARY = (
    ("atan2", math.atan2, "ulp 6"), ("fmin", min, "ulp 0"), ("fmax", max, "ulp 0"),
    ("fmod", lambda x, y: math.fmod(x, y) if y else math.nan, "abs 1e-4"),
    ("copysign", math.copysign, ""), ("fdim", lambda x, y: max(x - y, 0.0), "ulp 1"),
    ("nextafter", next_after, ""),
)
TERNARY = (
    ("fma", lambda x, y, z: x * y + z, "ulp 1"),
    ("fmin3", lambda x, y, z: min(x, y, z), "ulp 0"),
    ("fmax3", lambda x, y, z: max(x, y, z), "ulp 0"), ("fmedian3", median, "ulp 0"),
    ("mix", lambda x, y, z: x + (y - x) * z, "abs 1e-5"),
)
# Names of which the library also has a fast form.
FAST = {"fabs", "floor", "ceil", "trunc", "rint", "round", "fract", "sin", "cos", "tan", "asin",
        "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sinpi", "cospi",
        "tanpi", "exp", "exp2", "exp10", "log", "log2", "log10", "sqrt", "rsqrt", "saturate",
        "sign", "atan2", "fmin", "fmax", "fmod", "fmin3", "fmax3", "fmedian3", "fdim"}

FAST_TOLERANCES = {"exp": "ulp 160", "log": "abs 1e-5"}


def float_calls(name, args, function, tol, element):
    want = [function(*values) for values in args]
    if element == "half":
        tol = "abs 0.02"
    calls = [{"fn": f"air.{name}.{ELEMENTS[element][0]}", "ret": element, "want": want, "tol": tol}]
    if name in FAST:
        calls.append({**calls[0], "fn": f"air.fast_{name}.{ELEMENTS[element][0]}"})
        if name in FAST_TOLERANCES and element == "float":
            calls[1]["tol"] = FAST_TOLERANCES[name]
    return calls


def floats(c):
    for name, xs, function, tol in UNARY:
        xs = [f32(x) for x in xs]
        c.functions(f"float-{name}", f"{name} of floats.", [("float", xs)],
                    float_calls(name, [(x,) for x in xs], function, tol, "float"))
        small = [f16(x) for x in xs if abs(x) <= 200 and (abs(x) > 1e-2 or x == 0)][:8]
        c.functions(f"half-{name}", f"{name} of halves.", [("half", small)],
                    float_calls(name, [(x,) for x in small], function, tol, "half"))
    for name, function, tol in BINARY:
        pairs = [(f32(x), f32(y)) for x, y in zip(X, Y)]
        c.functions(f"float-{name}", f"{name} of floats.",
                    [("float", [x for x, _ in pairs]), ("float", [y for _, y in pairs])],
                    float_calls(name, pairs, function, tol, "float"))
    for name, function, tol in TERNARY:
        triples = [(f32(x), f32(y), f32(z)) for x, y, z in zip(X[:14], Y, Z)]
        c.functions(f"float-{name}", f"{name} of floats.",
                    [("float", [t[i] for t in triples]) for i in range(3)],
                    float_calls(name, triples, function, tol, "float"))
    nan, inf = math.nan, math.inf
    c.functions("float-nan", "A NaN operand loses in fmin, fmax, clamp, saturate, sign.",
                [("float", [nan, 1.0, nan, -inf]), ("float", [2.0, nan, nan, 3.0])], [
                    {"fn": "air.fmin.f32", "ret": "float", "want": [2.0, 1.0, nan, -inf]},
                    {"fn": "air.fmax.f32", "ret": "float", "want": [2.0, 1.0, nan, 3.0]},
                    {"fn": "air.saturate.f32", "ret": "float", "args": [0],
                     "want": [0.0, 1.0, 0.0, 0.0], "tol": "ulp 0"},
                    {"fn": "air.sign.f32", "ret": "float", "args": [0],
                     "want": [0.0, 1.0, 0.0, -1.0], "tol": "ulp 0"}])
    xs = [-2.0, -2.0, -2.0, 2.0, 0.0, 3.0, -0.5, 10.0, 1.0, 0.5]
    ys = [2.0, 3.0, 0.5, 0.5, 0.0, 2.0, -2.0, -1.0, 100.0, 3.0]
    c.functions("float-pow", "pow of negative numbers, 0 to the 0.", [("float", xs), ("float", ys)],
                [{"fn": "air.pow.f32", "ret": "float", "tol": "abs 2e-4",
                  "want": [metal_pow(x, y) for x, y in zip(xs, ys)]}])
    bases = [2.0, 0.5, 3.0, 10.0, 1.0, 0.1, 100.0, 1.5]
    powers = [2.0, 3.0, -1.0, 0.5, 9.0, 2.0, -0.5, 2.5]
    want = [x ** y for x, y in zip(bases, powers)]
    c.functions("float-powr", "powr, and pow in a hurry: bases above 0.",
                [("float", bases), ("float", powers)], [
                    {"fn": f"air.{name}.f32", "ret": "float", "want": want, "tol": "abs 2e-4"}
                    for name in ("powr", "fast_powr", "fast_pow")])
    xs = [1.0, 0.75, -3.0, 0.0, 1.5, 100.0, -0.125, 3.5]
    ns = [0, 1, 2, 5, -3, -1, 10, -10]
    c.functions("float-ldexp", "ldexp, and ilogb.", [("float", xs), ("i32", ns)], [
        {"fn": "air.ldexp.f32", "ret": "float",
         "want": [math.ldexp(x, n) for x, n in zip(xs, ns)], "tol": "ulp 0"},
        {"fn": "air.ilogb.f32", "ret": "i32", "args": [0],
         "want": [None if x == 0 else math.frexp(x)[1] - 1 for x in xs]}])
    xs, lows, highs = [-1.0, 0.5, 3.0, 9.0], [0.0, 0.0, 4.0, -1.0], [1.0, 1.0, 5.0, 2.0]
    c.functions("float-clamp", "clamp.", [("float", xs), ("float", lows), ("float", highs)], [
        {"fn": f"air.{name}.f32", "ret": "float",
         "want": [clamp(*v) for v in zip(xs, lows, highs)]} for name in ("clamp", "fast_clamp")])
    xs = [math.nan, math.inf, -math.inf, 1.0, -0.0, 0.0, 2.0 ** -126, -1e30]
    tests = (("isnan", math.isnan), ("isinf", math.isinf), ("isfinite", math.isfinite),
             ("isnormal", lambda x: math.isfinite(x) and abs(x) >= 2.0 ** -126),
             ("signbit", lambda x: math.copysign(1, x) < 0))
    c.functions("float-classes", "isnan, isinf, isfinite, isnormal, signbit.", [("float", xs)], [
        {"fn": f"air.{name}.f32", "ret": "i1",
         "want": [None if name == "signbit" and math.isnan(x) else int(f(x)) for x in xs]}
        for name, f in tests])
    ys = [1.0, math.nan, math.inf, -2.0, 0.5, math.nan, -0.0, 3.0]
    c.functions("float-ordered", "isordered, isunordered.", [("float", xs), ("float", ys)], [
        {"fn": f"air.{name}.f32", "ret": "i1",
         "want": [int((math.isnan(x) or math.isnan(y)) == (name == "isunordered"))
                  for x, y in zip(xs, ys)]} for name in ("isordered", "isunordered")])
    xs, ys, zs = [1.0, -3.5, 100.0, 0.125], [3.0, 0.25, -7.0, 2.0], [0.5, 1.0, -2.0, 4.0]
    c.functions("float-divide", "divide, recip, mad.", [("float", v) for v in (xs, ys, zs)], [
        {"fn": f"air.{fast}divide.f32", "ret": "float", "args": [0, 1], "tol": "ulp 3",
         "want": [x / y for x, y in zip(xs, ys)]} for fast in ("", "fast_")] + [
        {"fn": "air.recip.f32", "ret": "float", "args": [1], "tol": "ulp 3",
         "want": [1 / y for y in ys]},
        {"fn": "air.mad.f32", "ret": "float", "tol": "ulp 1",
         "want": [x * y + z for x, y, z in zip(xs, ys, zs)]}])
    vectors(c)
    bent(c)
    pointer_results(c)


def pointer_results(c):
    """sincos, frexp, modf: one result comes back, the other through a pointer."""
    xs = [0.0, 1.0, -2.5, 3.75, 100.25, -0.125]
    rows = (
        ("sincos", "float", [math.sin(x) for x in xs], [math.cos(x) for x in xs], "abs 1e-5"),
        ("fast_sincos", "float", [math.sin(x) for x in xs], [math.cos(x) for x in xs], "abs 1e-5"),
        ("modf", "float", [math.modf(x)[0] for x in xs], [math.modf(x)[1] for x in xs], "ulp 0"),
        ("frexp", "i32", [math.frexp(x)[0] for x in xs], [math.frexp(x)[1] for x in xs], ""),
    )
    for name, other, first, second, tol in rows:
        m = Module()
        m.buffer(0, "in")
        m.buffer(1, "out", "read_write")
        m.builtin("thread_position_in_grid", name="id")
        box = m.op(f"alloca {other}, align 4")
        x = m.load("%in", "float", "%id")
        got = m.call(f"air.{name}.f32", "float", [f"float {x}", f"ptr {box}"])
        m.store("%out", "float", got, "%id")
        value = m.op(f"load {other}, ptr {box}, align 4")
        m.store("%out", other, value, m.op("add i32 %id, 8"))
        kind = "f32" if other == "float" else "i32"
        tol = f" {tol}" if tol else ""
        m.say(f"THREADS {len(xs)} 1 1", f"IN 0 f32: {' '.join(flat('float', xs))}", "SIZE 1 64",
              f"CHECK 1[0] f32{tol}: {' '.join(flat('float', first))}",
              f"CHECK 1[8] {kind}{tol}: {' '.join(flat(other, second))}")
        c.add(f"float-{name}", f"{name}: the second result is stored.", m)


def vectors(c):
    for n in (2, 3, 4):
        a = [tuple(float(i + k + 1) for i in range(n)) for k in range(4)]
        b = [tuple(float((i * 3 + k) % 5 - 2) for i in range(n)) for k in range(4)]
        dots = [sum(x * y for x, y in zip(p, q)) for p, q in zip(a, b)]
        lengths = [math.sqrt(sum(x * x for x in p)) for p in a]
        apart = [math.dist(p, q) for p, q in zip(a, b)]
        ltype = f"<{n} x float>"
        unit = [[x / m for x in p] for p, m in zip(a, lengths)]
        mirrored = [[x - 2 * d * y for x, y in zip(p, q)] for p, q, d in zip(a, b, dots)]
        s = f"v{n}f32"
        c.functions(f"vector-{n}", f"dot, length, distance, normalize, reflect of {n}.",
                    [(ltype, a), (ltype, b)], [
                        {"fn": f"air.dot.{s}", "ret": "float", "want": dots, "tol": "ulp 2"},
                        {"fn": f"air.length.{s}", "ret": "float", "args": [0], "want": lengths,
                         "tol": "ulp 4"},
                        {"fn": f"air.distance.{s}", "ret": "float", "want": apart, "tol": "ulp 4"},
                        {"fn": f"air.normalize.{s}", "ret": ltype, "args": [0], "want": unit,
                         "tol": "ulp 4"},
                        {"fn": f"air.reflect.{s}", "ret": ltype, "want": mirrored, "tol": "ulp 8"},
                        {"fn": f"air.fast_fmax.{s}", "ret": ltype,
                         "want": [[max(x, y) for x, y in zip(p, q)] for p, q in zip(a, b)]}])
    a, b = [(1.0, 2.0, 3.0), (0.0, 1.0, 0.0)], [(4.0, 5.0, 6.0), (1.0, 0.0, 0.0)]
    c.functions("vector-cross", "cross.", [("<3 x float>", a), ("<3 x float>", b)], [
        {"fn": "air.cross.v3f32", "ret": "<3 x float>",
         "want": [(-3.0, 6.0, -3.0), (0.0, 0.0, -1.0)], "tol": "ulp 1"}])


def bent(c):
    """faceforward, refract: the second one gives nothing where all light is reflected."""
    n, i = [(0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)], \
        [(0.6, -0.8, 0.0), (0.0, 0.6, 0.8), (0.96, -0.28, 0.0)]
    etas, ltype = [0.5, 1.0, 2.0], "<3 x float>"
    dots = [sum(x * y for x, y in zip(p, q)) for p, q in zip(n, i)]
    turned = [p if d < 0 else tuple(-x for x in p) for p, d in zip(n, dots)]
    refracted = []
    for p, q, d, eta in zip(i, n, dots, etas):
        k = 1 - eta * eta * (1 - d * d)
        refracted.append(tuple(0.0 if k < 0 else eta * x - (eta * d + math.sqrt(k)) * y
                               for x, y in zip(p, q)))
    c.functions("vector-bent", "faceforward, refract.",
                [(ltype, n), (ltype, i), ("float", etas)], [
                    {"fn": "air.faceforward.v3f32", "ret": ltype, "args": [0, 1, 0], "want": turned},
                    {"fn": "air.refract.v3f32", "ret": ltype, "args": [1, 0, 2], "want": refracted,
                     "tol": "abs 1e-6"}])
    squares = [sum(x * x for x in p) for p in i]
    apart = [sum((x - y) ** 2 for x, y in zip(p, q)) for p, q in zip(n, i)]
    c.functions("vector-squared", "length_squared, distance_squared.", [(ltype, n), (ltype, i)], [
        {"fn": "air.length_squared.v3f32", "ret": "float", "args": [1], "want": squares,
         "tol": "ulp 2"},
        {"fn": "air.distance_squared.v3f32", "ret": "float", "want": apart, "tol": "ulp 4"}])


# ---- integers -----------------------------------------------------------------------------------

def integer_samples(width):
    top = 1 << width - 1
    a = [0, 1, top - 1, top, (1 << width) - 1, 5, top + 3, 0x37, 100, (1 << width) - 7]
    b = [0, (1 << width) - 1, 1, top, (1 << width) - 1, 3, 9, 0x55, 28, 2]
    d = [1, 2, 3, 4, 5, 0, top, 7, 200 & (1 << width) - 1, 9]
    return a, b, d


def integer_functions(width, is_signed):
    low, high = bounds(width, is_signed)

    def num(x):
        return signed(x, width) if is_signed else x

    def sat(x):
        return clamp(x, low, high)

    def count_leading(x):
        return width - x.bit_length()

    two = {
        "abs_diff": lambda x, y: abs(num(x) - num(y)), "min": lambda x, y: min(num(x), num(y)),
        "max": lambda x, y: max(num(x), num(y)), "mul_hi": lambda x, y: num(x) * num(y) >> width,
        "add_sat": lambda x, y: sat(num(x) + num(y)), "sub_sat": lambda x, y: sat(num(x) - num(y)),
        "hadd": lambda x, y: num(x) + num(y) >> 1, "rhadd": lambda x, y: num(x) + num(y) + 1 >> 1,
        "rotate": lambda x, y: (x << y % width | x >> (width - y % width) % width) if y % width
        else x,
    }
    three = {
        "min3": lambda x, y, z: min(num(x), num(y), num(z)),
        "max3": lambda x, y, z: max(num(x), num(y), num(z)),
        "median3": lambda x, y, z: median(num(x), num(y), num(z)),
        "mad_hi": lambda x, y, z: (num(x) * num(y) >> width) + num(z),
        "mad_sat": lambda x, y, z: sat(num(x) * num(y) + num(z)),
    }
    one = {"popcount": lambda x: bin(x).count("1"), "abs": lambda x: abs(num(x)),
           "reverse_bits": lambda x: int(f"{x:0{width}b}"[::-1], 2)}
    counts = {"clz": count_leading, "ctz": lambda x: (x & -x).bit_length() - 1 if x else width}
    return one, two, three, counts


def integers(c):
    unsigned_names = {"popcount", "reverse_bits", "rotate"}
    for width in (8, 16, 32, 64):
        ltype = f"i{width}"
        a, b, d = integer_samples(width)
        for kind in ("s", "u"):
            one, two, three, counts = integer_functions(width, kind == "s")
            calls = []
            for name, f in one.items():
                mark = "" if name in unsigned_names else f".{kind}"
                calls.append({"fn": f"air.{name}{mark}.{ltype}", "ret": ltype, "args": [0],
                              "want": [f(x) for x in a]})
            for name, f in counts.items():
                calls.append({"fn": f"air.{name}.{ltype}", "ret": ltype, "args": [0, "i1 false"],
                              "want": [f(x) for x in a]})
            for name, f in two.items():
                mark = "" if name in unsigned_names else f".{kind}"
                calls.append({"fn": f"air.{name}{mark}.{ltype}", "ret": ltype, "args": [0, 1],
                              "want": [f(x, y) for x, y in zip(a, b)]})
            for name, f in three.items():
                calls.append({"fn": f"air.{name}.{kind}.{ltype}", "ret": ltype,
                              "want": [f(*t) for t in zip(a, b, d)]})
            low = [min(x, y, key=lambda v: signed(v, width) if kind == "s" else v)
                   for x, y in zip(b, d)]
            high = [max(x, y, key=lambda v: signed(v, width) if kind == "s" else v)
                    for x, y in zip(b, d)]
            half = len(calls) // 2
            for part, some in (("a", calls[:half]), ("b", calls[half:])):
                c.functions(f"int-{kind}{width}-{part}", f"Functions of {width}-bit integers, "
                            f"{kind}.", [(ltype, a), (ltype, b), (ltype, d)], some)
            c.functions(f"int-{kind}{width}-clamp", "clamp.",
                        [(ltype, a), (ltype, low), (ltype, high)],
                        [{"fn": f"air.clamp.{kind}.{ltype}", "ret": ltype,
                          "want": [three["median3"](*t) for t in zip(a, low, high)]}])
        bit_fields(c, width)
        llvm_integers(c, width, a, b)
    c.functions("int-all-any", "all, any of vectors of bool.", [("<4 x i1>", [
        (0, 0, 0, 0), (1, 1, 1, 1), (1, 0, 1, 1), (0, 0, 0, 1)])], [
            {"fn": "air.all.v4i1", "ret": "i1", "want": [0, 1, 0, 0]},
            {"fn": "air.any.v4i1", "ret": "i1", "want": [0, 1, 1, 1]}])


def bit_fields(c, width):
    full = (1 << width) - 1
    words = [0x12345678abcdef01 & full, full, 0x5a & full, full - 1, 0x80 & full, 0x7e & full]
    offsets = [0, 3, 1, width // 2, width - 1, 2]
    lengths = [width, 4, 0, width // 2, 1, 5]
    fields = [0, 0, 0xff & full, 0xa5 & full, 1, 0x1b & full]

    def extract(word, offset, n, is_signed):
        value = word >> offset & (1 << n) - 1
        return signed(value, n) if is_signed and n else value

    def insert(base, value, offset, n):
        mask = (1 << n) - 1
        return base & ~(mask << offset) | (value & mask) << offset

    ltype = f"i{width}"
    places = [("i32", offsets), ("i32", lengths)]
    c.functions(f"int-bits-{width}", "extract_bits, insert_bits; no bits, all bits, the top one.",
                [(ltype, words), (ltype, fields), *places], [
                    {"fn": f"air.extract_bits.u.{ltype}", "ret": ltype, "args": [0, 2, 3],
                     "want": [extract(w, o, n, False) for w, o, n in zip(words, offsets, lengths)]},
                    {"fn": f"air.extract_bits.s.{ltype}", "ret": ltype, "args": [0, 2, 3],
                     "want": [extract(w, o, n, True) for w, o, n in zip(words, offsets, lengths)]},
                    {"fn": f"air.insert_bits.u.{ltype}", "ret": ltype, "args": [0, 1, 2, 3],
                     "want": [insert(*v) for v in zip(words, fields, offsets, lengths)]}])


def llvm_integers(c, width, a, b):
    ltype, full = f"i{width}", (1 << width) - 1
    _, two, _, counts = integer_functions(width, True)
    _, utwo, _, _ = integer_functions(width, False)
    signs = [signed(x, width) for x in a]
    calls = [
        {"fn": f"llvm.smax.{ltype}", "want": [two["max"](x, y) for x, y in zip(a, b)]},
        {"fn": f"llvm.smin.{ltype}", "want": [two["min"](x, y) for x, y in zip(a, b)]},
        {"fn": f"llvm.umax.{ltype}", "want": [max(x, y) for x, y in zip(a, b)]},
        {"fn": f"llvm.umin.{ltype}", "want": [min(x, y) for x, y in zip(a, b)]},
        {"fn": f"llvm.usub.sat.{ltype}", "want": [utwo["sub_sat"](x, y) for x, y in zip(a, b)]},
        {"fn": f"llvm.uadd.sat.{ltype}", "want": [utwo["add_sat"](x, y) for x, y in zip(a, b)]},
        {"fn": f"llvm.ssub.sat.{ltype}", "want": [two["sub_sat"](x, y) for x, y in zip(a, b)]},
        {"fn": f"llvm.sadd.sat.{ltype}", "want": [two["add_sat"](x, y) for x, y in zip(a, b)]},
        {"fn": f"llvm.ctpop.{ltype}", "args": [0], "want": [bin(x).count("1") for x in a]},
        {"fn": f"llvm.bitreverse.{ltype}", "args": [0],
         "want": [int(f"{x:0{width}b}"[::-1], 2) for x in a]},
        {"fn": f"llvm.ctlz.{ltype}", "args": [0, "i1 false"], "want": [counts["clz"](x) for x in a]},
        {"fn": f"llvm.cttz.{ltype}", "args": [0, "i1 false"], "want": [counts["ctz"](x) for x in a]},
        {"fn": f"llvm.abs.{ltype}", "args": [0, "i1 false"], "want": [abs(x) for x in signs]},
        {"fn": f"llvm.fshl.{ltype}", "args": [0, 1, 2],
         "want": [(x << width | y) << n % width >> width & full
                  for x, y, n in zip(a, b, range(10))]},
        {"fn": f"llvm.fshr.{ltype}", "args": [0, 1, 2],
         "want": [(x << width | y) >> n % width & full for x, y, n in zip(a, b, range(10))]},
    ]
    if width > 8:
        calls.append({"fn": f"llvm.bswap.{ltype}", "args": [0],
                      "want": [int.from_bytes(x.to_bytes(width // 8, "little"), "big") for x in a]})
    for call in calls:
        call["ret"] = ltype
        call.setdefault("args", [0, 1])
    if width < 64:
        for name, f in (("umul", lambda x, y: x * y), ("uadd", lambda x, y: x + y)):
            both = f"{{ {ltype}, i1 }}"
            for field, ret in ((0, ltype), (1, "i1")):
                calls.append({
                    "fn": f"llvm.{name}.with.overflow.{ltype}", "ret": ret, "call": both,
                    "args": [0, 1], "then": f"extractvalue {both} {{0}}, {field}",
                    "want": [f(x, y) & full if field == 0 else int(f(x, y) > full)
                             for x, y in zip(a, b)]})
    c.functions(f"llvm-int-{width}", "What LLVM's passes make of integers.",
                [(ltype, a), (ltype, b), (ltype, list(range(10)))], calls)
    safe = [x or 1 for x in b]
    amounts = [0, 1, width - 1, 3, 2, width // 2, 1, 4, 5, 6]

    def sdiv(x, y):
        q = abs(x) // abs(y)
        return q if (x < 0) == (y < 0) else -q

    ops = {
        "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y,
        "udiv": lambda x, y: x // y, "urem": lambda x, y: x % y,
        "sdiv": lambda x, y: sdiv(signed(x, width), signed(y, width)),
        "srem": lambda x, y: signed(x, width) - signed(y, width) *
        sdiv(signed(x, width), signed(y, width)),
        "and": lambda x, y: x & y, "or": lambda x, y: x | y, "xor": lambda x, y: x ^ y,
    }
    calls = []
    for name, f in ops.items():
        # The one division that overflows has no defined result.
        want = [None if name in ("sdiv", "srem") and x == 1 << width - 1 and y == full else f(x, y)
                for x, y in zip(a, safe)]
        calls.append({"op": f"{name} {ltype} {{0}}, {{1}}", "ret": ltype, "want": want})
    for name, f in (("shl", lambda x, n: x << n), ("lshr", lambda x, n: x >> n),
                    ("ashr", lambda x, n: signed(x, width) >> n)):
        calls.append({"op": f"{name} {ltype} {{0}}, {{2}}", "ret": ltype,
                      "want": [f(x, n) for x, n in zip(a, amounts)]})
    for name, f in (("ult", lambda x, y: x < y), ("sge", lambda x, y: signed(x, width) >=
                                                  signed(y, width)), ("eq", lambda x, y: x == y),
                    ("slt", lambda x, y: signed(x, width) < signed(y, width))):
        calls.append({"op": f"icmp {name} {ltype} {{0}}, {{1}}", "ret": "i1",
                      "want": [int(f(x, y)) for x, y in zip(a, safe)]})
    c.functions(f"op-int-{width}", f"Instructions of {width}-bit integers.",
                [(ltype, a), (ltype, safe), (ltype, amounts)], calls)


def instructions(c):
    """Floating-point instructions and comparisons."""
    xs = [1.5, -2.0, 0.0, math.nan, math.inf, 7.0, 1e30, -0.5]
    ys = [2.0, 3.0, -1.0, 1.0, 2.0, 2.5, 1e30, -0.5]
    nan = math.isnan
    calls = [
        {"op": "fadd float {0}, {1}", "want": [x + y for x, y in zip(xs, ys)], "tol": "ulp 0"},
        {"op": "fsub float {0}, {1}", "want": [x - y for x, y in zip(xs, ys)], "tol": "ulp 0"},
        {"op": "fmul float {0}, {1}", "want": [f32(x * y) for x, y in zip(xs, ys)], "tol": "ulp 0"},
        {"op": "fdiv float {0}, {1}", "want": [f32(x / y) for x, y in zip(xs, ys)], "tol": "ulp 2"},
        {"op": "fneg float {0}", "want": [-x for x in xs]},
    ]
    for call in calls:
        call["ret"] = "float"
    predicates = {
        "oeq": lambda x, y: x == y, "olt": lambda x, y: x < y, "oge": lambda x, y: x >= y,
        "one": lambda x, y: not nan(x) and not nan(y) and x != y,
        "ult": lambda x, y: nan(x) or nan(y) or x < y, "une": lambda x, y: x != y,
        "ueq": lambda x, y: nan(x) or nan(y) or x == y, "uno": lambda x, y: nan(x) or nan(y),
        "ord": lambda x, y: not nan(x) and not nan(y),
    }
    for name, f in predicates.items():
        calls.append({"op": f"fcmp {name} float {{0}}, {{1}}", "ret": "i1",
                      "want": [int(f(x, y)) for x, y in zip(xs, ys)]})
    c.functions("op-float", "Instructions of floats.", [("float", xs), ("float", ys)], calls)
    xs, ys, zs = [1.0, -2.0, 3.0, 4.0], [3.0, 2.0, -1.0, 0.5], [0.5, 0.25, 1.0, -2.0]
    c.functions("llvm-float", "What LLVM's passes make of floats.",
                [("float", xs), ("float", ys), ("float", zs)], [
                    {"fn": "llvm.fmuladd.f32", "ret": "float", "tol": "ulp 1",
                     "want": [x * y + z for x, y, z in zip(xs, ys, zs)]},
                    {"fn": "llvm.fma.f32", "ret": "float", "tol": "ulp 1",
                     "want": [x * y + z for x, y, z in zip(xs, ys, zs)]},
                    {"fn": "llvm.maxnum.f32", "ret": "float", "args": [0, 1],
                     "want": [max(x, y) for x, y in zip(xs, ys)]},
                    {"fn": "llvm.minnum.f32", "ret": "float", "args": [0, 1],
                     "want": [min(x, y) for x, y in zip(xs, ys)]},
                    {"fn": "llvm.fabs.f32", "ret": "float", "args": [0], "want": [abs(x) for x in xs]},
                    {"fn": "llvm.floor.f32", "ret": "float", "args": [2],
                     "want": [math.floor(z) for z in zs], "tol": "ulp 0"},
                    {"fn": "llvm.sqrt.f32", "ret": "float", "args": ["float 4.0"],
                     "want": [2.0] * 4},
                    {"fn": "llvm.copysign.f32", "ret": "float", "args": [0, 1],
                     "want": [math.copysign(x, y) for x, y in zip(xs, ys)]}])
    vectors4 = [(1, 2, 3, 4), (0xffffffff, 5, 0x80000000, 7)]
    calls = []
    for name, f in (("add", sum), ("mul", math.prod), ("umax", max), ("umin", min),
                    ("and", lambda v: v[0] & v[1] & v[2] & v[3]),
                    ("or", lambda v: v[0] | v[1] | v[2] | v[3]),
                    ("xor", lambda v: v[0] ^ v[1] ^ v[2] ^ v[3]),
                    ("smax", lambda v: max(signed(x, 32) for x in v)),
                    ("smin", lambda v: min(signed(x, 32) for x in v))):
        calls.append({"fn": f"llvm.vector.reduce.{name}.v4i32", "ret": "i32",
                      "want": [f(v) for v in vectors4]})
    c.functions("llvm-reduce", "Reductions of vectors.", [("<4 x i32>", vectors4)], calls)


def all_cases(c):
    conversions(c)
    packing(c)
    shared_formats(c)
    halves(c)
    floats(c)
    integers(c)
    instructions(c)
