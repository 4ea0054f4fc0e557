# SPDX-License-Identifier: GPL-2.0-or-later
"""Text of AIR for the micro cases, and the bits of numbers.

Nothing here knows the translator. Expected values are computed with Python's own arithmetic from the
published definitions of the functions.
"""
import math
import re
import struct

ELEMENTS = {
    # LLVM type: (suffix in AIR names, type of the directives, bytes)
    "i1": ("i1", "u8", 1), "i8": ("i8", "u8", 1), "i16": ("i16", "u16", 2),
    "i32": ("i32", "u32", 4), "i64": ("i64", "u64", 8), "half": ("f16", "f16", 2),
    "bfloat": ("bf16", "bf16", 2), "float": ("f32", "f32", 4),
}
KINDS = {"float": "float", "half": "half", "bfloat": "bfloat", "i8": "char", "i16": "short",
         "i32": "int", "i64": "long", "i1": "bool"}


def split_type(ltype):
    """(element, count) of an LLVM type."""
    match = re.fullmatch(r"<(\d+) x (\w+)>", ltype)
    return (match.group(2), int(match.group(1))) if match else (ltype, 1)


def suffix(ltype):
    element, count = split_type(ltype)
    return (f"v{count}" if count > 1 else "") + ELEMENTS[element][0]


def f32(value):
    """The nearest float, as a Python number."""
    value = float(value)
    if math.isnan(value) or math.isinf(value):
        return value
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def f16(value):
    if math.isnan(value) or math.isinf(value):
        return value
    try:
        return struct.unpack("e", struct.pack("e", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def bf16(value):
    """Upper half of a float, rounded to nearest, ties to even."""
    if math.isnan(value) or math.isinf(value):
        return value
    bits = struct.unpack("I", struct.pack("f", value))[0]
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000
    return struct.unpack("f", struct.pack("I", bits))[0]


def round_to(element, value):
    return {"float": f32, "half": f16, "bfloat": bf16}[element](float(value))


def bits_of(element, value):
    """A value of a directive: bits in hexadecimal, nan, or ?."""
    if value is None:
        return "?"
    if element in ("float", "half", "bfloat"):
        if math.isnan(value):
            return "nan"
        if element == "float":
            return f"0x{struct.unpack('I', struct.pack('f', f32(value)))[0]:08x}"
        if element == "half":
            value = f16(value)
            if math.isinf(value):
                return "0x7c00" if value > 0 else "0xfc00"
            return f"0x{struct.unpack('H', struct.pack('e', value))[0]:04x}"
        return f"0x{struct.unpack('I', struct.pack('f', bf16(value)))[0] >> 16:04x}"
    width = ELEMENTS[element][2] * 8
    return f"0x{int(value) & (1 << width) - 1:x}"


def flat(ltype, values):
    """Values as they lie in memory: vectors of three have room for a fourth."""
    element, count = split_type(ltype)
    out = []
    for value in values:
        if count == 1:
            out.append(bits_of(element, value))
            continue
        parts = list(value) + ([None] if count == 3 else [])
        out += [bits_of(element, part) for part in parts]
    return out


class Module:
    """Functions, declarations and the metadata of one entry point."""

    def __init__(self, stage="kernel", version=(2, 7)):
        self.stage, self.version = stage, version
        self.declarations, self.globals = {}, []
        self.inputs, self.outputs = [], []  # (LLVM type, name, metadata), (LLVM type, metadata)
        self.body, self.directives, self.extras = [], [], []
        self.temps = 0
        self.returned = "void"
        self.options = []

    def say(self, *directives):
        self.directives += [f"; {line}" for line in directives]

    def temp(self):
        self.temps += 1
        return f"%t{self.temps}"

    def do(self, text):
        self.body.append("  " + text)

    def op(self, text):
        name = self.temp()
        self.do(f"{name} = {text}")
        return name

    def call(self, function, ret, args):
        """args: texts such as "float %x"."""
        types = ", ".join(arg[:arg.index(">") + 1] if arg.startswith("<")
                          else arg.rsplit(None, 1)[0] for arg in args)
        self.declarations[function] = f"declare {ret} @{function}({types}) #0"
        text = f"call {ret} @{function}({', '.join(args)})"
        if ret == "void":
            self.do(text)
            return None
        return self.op(text)

    def buffer(self, index, name, access="read", space=1, size=4, type_name="uint"):
        self.inputs.append((f"ptr addrspace({space})", name,
                            f'!"air.buffer", !"air.location_index", i32 {index}, i32 1, '
                            f'!"air.{access}", !"air.address_space", i32 {space}, '
                            f'!"air.arg_type_size", i32 {size}, !"air.arg_type_align_size", '
                            f'i32 {size}, !"air.arg_type_name", !"{type_name}", '
                            f'!"air.arg_name", !"{name}"'))
        return f"%{name}"

    def builtin(self, role, ltype="i32", name=None):
        name = name or role
        self.inputs.append((ltype, name, f'!"air.{role}", !"air.arg_type_name", !"uint", '
                            f'!"air.arg_name", !"{name}"'))
        return f"%{name}"

    def texture(self, index, type_name, access="sample"):
        name = f"tex{index}"
        self.inputs.append(("ptr addrspace(1)", name,
                            f'!"air.texture", !"air.location_index", i32 {index}, i32 1, '
                            f'!"air.{access}", !"air.arg_type_name", '
                            f'!"{type_name}", !"air.arg_name", !"{name}"'))
        return f"ptr addrspace(1) %{name}"

    def sampler(self, index):
        name = f"smp{index}"
        self.inputs.append(("ptr addrspace(2)", name,
                            f'!"air.sampler", !"air.location_index", i32 {index}, i32 1, '
                            f'!"air.arg_type_name", !"sampler", !"air.arg_name", !"{name}"'))
        return f"ptr addrspace(2) %{name}"

    def varying(self, semantic, ltype="<4 x float>", how='!"air.center", !"air.perspective"'):
        name = "in_" + re.sub(r"\W", "_", semantic)
        kind, count = split_type(ltype)
        self.inputs.append((ltype, name, f'!"air.fragment_input", !"{semantic}", {how}, '
                            f'!"air.arg_type_name", !"{KINDS.get(kind, "float")}'
                            f'{count if count > 1 else ""}", !"air.arg_name", !"{name}"'))
        return f"%{name}"

    def output(self, ltype, metadata):
        self.outputs.append((ltype, metadata))

    def place(self, pointer, ltype, index):
        """Address of element index (an i32) of an array of ltype."""
        wide = self.op(f"zext i32 {index} to i64")
        return self.op(f"getelementptr {ltype}, ptr addrspace(1) {pointer}, i64 {wide}")

    def load(self, pointer, ltype, index):
        element, _ = split_type(ltype)
        align = ELEMENTS[element][2]
        memory = ltype.replace("i1", "i8") if element == "i1" else ltype
        value = self.op(f"load {memory}, ptr addrspace(1) {self.place(pointer, memory, index)}, "
                        f"align {align}")
        return self.op(f"trunc {memory} {value} to {ltype}") if element == "i1" else value

    def store(self, pointer, ltype, value, index):
        element, _ = split_type(ltype)
        if element == "i1":
            memory = ltype.replace("i1", "i8")
            value = self.op(f"zext {ltype} {value} to {memory}")
            ltype = memory
        self.do(f"store {ltype} {value}, ptr addrspace(1) {self.place(pointer, ltype, index)}, "
                f"align {ELEMENTS[element][2]}")

    def text(self, comment):
        node, lines = 0, []

        def add(text):
            nonlocal node
            lines.append(f"!{node} = {text}")
            node += 1
            return node - 1

        inputs = [add(f"!{{i32 {i}, {text}}}") for i, (_, _, text) in enumerate(self.inputs)]
        outputs = [add(f"!{{{text}}}") for _, text in self.outputs]
        ins = add("!{" + ", ".join(f"!{i}" for i in inputs) + "}")
        outs = add("!{" + ", ".join(f"!{i}" for i in outputs) + "}")
        extras = "".join(f", {extra}" for extra in self.extras)
        entry = add(f"!{{ptr @main_function, !{outs}, !{ins}{extras}}}")
        version = add(f"!{{i32 {self.version[0]}, i32 {self.version[1]}, i32 0}}")
        named = [f"!air.{self.stage} = !{{!{entry}}}", f"!air.version = !{{!{version}}}"]
        options = [add(f'!{{!"air.compile.{option}"}}') for option in self.options]
        if options:
            named.append("!air.compile_options = !{" + ", ".join(f"!{i}" for i in options) + "}")
        parameters = ", ".join(f"{ltype} %{name}" for ltype, name, _ in self.inputs)
        body = list(self.body)
        if not body or not body[-1].lstrip().startswith("ret "):
            body.append("  ret void")
        return "\n".join([
            "; SPDX-License-Identifier: GPL-2.0-or-later", f"; {comment}", *self.directives, "",
            *self.globals, *self.declarations.values(), "",
            f"define {self.returned} @main_function({parameters}) {{", *body, "}", "",
            "attributes #0 = { convergent nounwind }", *named, *lines, "",
        ])


class Collection:
    """All cases, by name, and which rows of the specification they cover."""

    def __init__(self):
        self.cases = {}

    def add(self, name, comment, module):
        if name in self.cases:
            raise ValueError(f"two cases {name}")
        self.cases[name] = module.text(comment)

    def functions(self, name, comment, inputs, calls, options=()):
        """A kernel that applies functions to arrays, a thread an element.

        inputs: (LLVM type, values); calls: dictionaries with "fn" and "ret", or "op" (text with
        {0}, {1}... for the inputs) and "ret"; "args" (input numbers or texts, all inputs when left
        out), "want" (values), "tol" (of the check), "call" and "then" (the type that the call
        returns and what is made of it, where that is not what is stored).
        """
        m = Module()
        m.options = list(options)
        count = len(inputs[0][1])
        m.say(f"THREADS {count} 1 1")
        loaded = []
        for i, (ltype, values) in enumerate(inputs):
            assert len(values) == count, f"{name}: input {i}"
            words = flat(ltype, values)
            element = split_type(ltype)[0]
            m.say(f"IN {i} {ELEMENTS[element][1]}: {' '.join(w.replace('?', '0') for w in words)}")
            m.buffer(i, f"in{i}")
        m.buffer(14, "out", "read_write")
        m.builtin("thread_position_in_grid", name="id")
        for i, (ltype, _) in enumerate(inputs):
            loaded.append(m.load(f"%in{i}", ltype, "%id"))
        at = 0
        for call in calls:
            ret = call["ret"]
            element, width = split_type(ret)
            size = ELEMENTS[element][2] * (4 if width == 3 else width)
            at = (at + size - 1) // size * size
            if "op" in call:
                value = m.op(call["op"].format(*loaded))
            else:
                args = [arg if isinstance(arg, str) else f"{inputs[arg][0]} {loaded[arg]}"
                        for arg in call.get("args", range(len(inputs)))]
                value = m.call(call["fn"], call.get("call", ret), args)
            if "then" in call:  # of a result that is not what is stored
                value = m.op(call["then"].replace("{0}", value))
            assert len(call["want"]) == count, f"{name}: {call}"
            index = m.op(f"add i32 %id, {at // size}")
            m.store("%out", ret, value, index)
            words = flat(ret, call["want"])
            element_at = at // ELEMENTS[element][2]
            tol = (" " + call["tol"]) if call.get("tol") else ""
            m.say(f"CHECK 14[{element_at}] {ELEMENTS[element][1]}{tol}: {' '.join(words)}")
            at += size * count
        m.say(f"SIZE 14 {(at + 3) // 4 * 4}")
        self.add(name, comment, m)
