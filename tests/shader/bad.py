#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules that nobody should have to translate: each gets a named answer in time, from the worker.

bad.py MKMETALLIB AIRC. AIRC finds its worker beside itself.
"""
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

MKMETALLIB, AIRC = sys.argv[1:3]
LIMIT_S = 120  # of one file: the worker's own deadline is 20 s a try, and there are two
failed = passed = 0

META = """
!air.kernel = !{!0}
!air.version = !{!9}
!0 = !{ptr @entry, !1, !2}
!1 = !{}
!2 = !{!3}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
!9 = !{i32 2, i32 7, i32 0}
"""
STORE = "  store i32 %r, ptr addrspace(1) %out, align 4\n  ret void\n}\n"
ENTRY = "define void @entry(ptr addrspace(1) %out) {\n"


def doubling(depth):
    """Each helper calls the next twice: inlined that is 2 to the power of depth."""
    text = ["define internal i32 @f0(i32 %x) {\n  %y = mul i32 %x, 3\n  ret i32 %y\n}"]
    for i in range(1, depth):
        text.append(f"define internal i32 @f{i}(i32 %x) {{\n"
                    f"  %a = call i32 @f{i - 1}(i32 %x)\n  %b = call i32 @f{i - 1}(i32 %a)\n"
                    "  ret i32 %b\n}")
    return "\n".join(text) + "\n" + ENTRY + \
        f"  %x = load i32, ptr addrspace(1) %out, align 4\n  %r = call i32 @f{depth - 1}(i32 %x)\n" + \
        STORE


def blocks(count):
    """A jump from everywhere to everywhere."""
    lines = [ENTRY + "  %n = load i32, ptr addrspace(1) %out, align 4\n  br label %b0"]
    for i in range(count):
        targets = " ".join(f"i32 {k}, label %b{(i * 7 + k * 13) % count}" for k in range(12))
        lines.append(f"b{i}:\n  %x{i} = load volatile i32, ptr addrspace(1) %out, align 4\n"
                     f"  switch i32 %x{i}, label %end [ {targets} ]")
    lines.append("end:\n  %r = add i32 %n, 1\n" + STORE)
    return "\n".join(lines)


CASES = {
    # name: text, what the answer may be
    "recursion": (
        "define internal i32 @f(i32 %x) {\n  %c = icmp eq i32 %x, 0\n"
        "  br i1 %c, label %a, label %b\na:\n  ret i32 1\nb:\n  %y = sub i32 %x, 1\n"
        "  %z = call i32 @f(i32 %y)\n  %w = mul i32 %z, %x\n  ret i32 %w\n}\n" + ENTRY +
        "  %x = load i32, ptr addrspace(1) %out, align 4\n  %r = call i32 @f(i32 %x)\n" + STORE +
        META, {"air_recursion"}),
    "mutual": (
        "define internal i32 @f(i32 %x) {\n  %y = add i32 %x, 1\n  %z = call i32 @g(i32 %y)\n"
        "  ret i32 %z\n}\ndefine internal i32 @g(i32 %x) {\n  %c = icmp ugt i32 %x, 9\n"
        "  br i1 %c, label %a, label %b\na:\n  ret i32 %x\nb:\n  %z = call i32 @f(i32 %x)\n"
        "  ret i32 %z\n}\n" + ENTRY + "  %x = load i32, ptr addrspace(1) %out, align 4\n"
        "  %r = call i32 @f(i32 %x)\n" + STORE + META, {"air_recursion"}),
    "itself": (ENTRY + "  call void @entry(ptr addrspace(1) %out)\n  ret void\n}\n" + META,
               {"air_recursion"}),
    "doubling": (doubling(34) + META, {"limit_module_size"}),
    "doubling-unused": (doubling(34).replace("@entry", "@other") + ENTRY + "  ret void\n}\n" + META,
                        {"ok"}),
    "nested": ("define internal i32 @f0(i32 %x) {\n  ret i32 %x\n}\n" + "".join(
        f"define internal i32 @f{i}(i32 %x) {{\n  %y = call i32 @f{i - 1}(i32 %x)\n"
        "  ret i32 %y\n}\n" for i in range(1, 3000)) + ENTRY +
        "  %x = load i32, ptr addrspace(1) %out, align 4\n  %r = call i32 @f2999(i32 %x)\n" + STORE +
        META, {"ok", "limit_module_size"}),
    "long": (ENTRY + "".join(
        f"  %v{i} = load volatile i32, ptr addrspace(1) %out, align 4\n" for i in range(250000)) +
        "  ret void\n}\n" + META, {"limit_module_size"}),
    "forever": (ENTRY + "  br label %loop\nloop:\n  br label %loop\n}\n" + META,
                {"ok", "air_control_flow"}),
    "forever-storing": (
        ENTRY + "  br label %loop\nloop:\n  %i = phi i32 [ 0, %0 ], [ %j, %loop ]\n"
        "  store volatile i32 %i, ptr addrspace(1) %out, align 4\n  %j = add i32 %i, 1\n"
        "  br label %loop\n}\n" + META, {"ok", "air_control_flow"}),
    "tangle": (blocks(60) + META, {"ok", "air_control_flow", "limit_output_size",
                                    "limit_module_size", "worker_timeout"}),
    "indirect": (
        "define internal i32 @f(i32 %x) {\n  ret i32 %x\n}\n"
        "define internal i32 @g(i32 %x) {\n  ret i32 7\n}\n" + ENTRY +
        "  %x = load i32, ptr addrspace(1) %out, align 4\n  %c = icmp eq i32 %x, 0\n"
        "  %p = select i1 %c, ptr @f, ptr @g\n  %r = call i32 %p(i32 %x)\n" + STORE + META,
        {"air_function_pointer", "ok"}),
    "big-array": (ENTRY + "  %a = alloca [4000000 x i32], align 4\n"
                  "  %x = load i32, ptr addrspace(1) %out, align 4\n"
                  "  %p = getelementptr [4000000 x i32], ptr %a, i32 0, i32 %x\n"
                  "  store volatile i32 1, ptr %p, align 4\n"
                  "  %r = load volatile i32, ptr %p, align 4\n" + STORE + META,
                  {"limit_module_size"}),
    "wide-struct": (ENTRY + "  %v = load [100000 x i32], ptr addrspace(1) %out, align 4\n"
                    "  %r = extractvalue [100000 x i32] %v, 9\n"
                    "  store volatile [100000 x i32] %v, ptr addrspace(1) %out, align 4\n" + STORE +
                    META, {"air_type_unsupported"}),
    "address-space": (ENTRY + "  %p = inttoptr i64 16 to ptr addrspace(9)\n"
                      "  %r = load volatile i32, ptr addrspace(9) %p, align 4\n" + STORE + META,
                      {"air_type_unsupported", "air_instruction_unsupported"}),
    "null-pointer": (ENTRY + "  %r = load volatile i32, ptr addrspace(1) null, align 4\n" + STORE +
                     META, {"ok", "air_pointer_root_unknown", "air_instruction_unsupported"}),
    # ---- metadata
    "unknown-keys": (
        ENTRY + "  ret void\n}\n" + META.replace(
            '!"air.read_write"', '!"air.from_the_future", i32 7, !"air.read_write", !4')
        + '!4 = !{!"anything", i64 -1}\n!air.unheard_of = !{!4}\n', {"ok"}),
    "unknown-role": (ENTRY + "  ret void\n}\n" + META.replace('!"air.buffer"', '!"air.wormhole"'),
                     {"air_argument_unsupported"}),
    "unknown-output": (
        ENTRY + "  ret void\n}\n" + META.replace("!1 = !{}", '!1 = !{!5}\n!5 = !{!"air.warp"}'),
        {"air_output_unsupported"}),
    "no-role": (ENTRY + "  ret void\n}\n" + META.replace('!"air.buffer", ', ""),
                {"air_argument_unsupported", "air_metadata_malformed"}),
    "no-argument": (ENTRY + "  ret void\n}\n" + META.replace("!3 = !{i32 0,", "!3 = !{i32 77,"),
                    {"air_metadata_malformed"}),
    "short-entry": (ENTRY + "  ret void\n}\n" + META.replace(", !1, !2}", "}"),
                    {"air_metadata_malformed"}),
    "no-version": (ENTRY + "  ret void\n}\n" +
                   META.replace("!air.version = !{!9}\n", "").replace(
                       "!9 = !{i32 2, i32 7, i32 0}\n", ""), {"ok"}),
    "itself-as-node": (ENTRY + "  ret void\n}\n" + META.replace("!2 = !{!3}", "!2 = distinct !{!2}"),
                       {"air_metadata_malformed"}),
    "huge-location": (ENTRY + "  store i32 1, ptr addrspace(1) %out, align 4\n  ret void\n}\n" +
                      META.replace("air.location_index\", i32 0", "air.location_index\", i32 -2"),
                      {"air_argument_unsupported", "limit_buffers", "air_metadata_malformed"}),
    "declaration": ("declare void @entry(ptr addrspace(1))\n" + META, {"air_bitcode_unreadable"}),
    "outputs-of-void": (
        ENTRY + "  ret void\n}\n" + META.replace(
            "!1 = !{}", '!1 = !{!5}\n!5 = !{!"air.position", !"air.arg_type_name", !"float4"}')
        .replace("air.kernel", "air.vertex"), {"air_metadata_malformed"}),
    "more-outputs": (
        "define <4 x float> @entry(ptr addrspace(1) %out) {\n  ret <4 x float> zeroinitializer\n}\n" +
        META.replace("!1 = !{}", '!1 = !{!5, !5}\n!5 = !{!"air.position"}')
        .replace("air.kernel", "air.vertex"), {"air_metadata_malformed"}),
}


def check(what, good):
    global failed, passed
    passed += bool(good)
    failed += not good
    if not good:
        print(f"failed: {what}")


def answer(path, profile):
    """The reason that pvg-airc names, "ok", or what else it said; and how long it took."""
    start = time.monotonic()
    try:
        run = subprocess.run([AIRC, "--check", "--no-gl", "--profile", profile, path],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             check=False, errors="replace", timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return "no answer", LIMIT_S
    seconds = time.monotonic() - start
    first = run.stdout.splitlines()[0] if run.stdout else f"nothing, {run.returncode}"
    if run.returncode not in (0, 1):
        return f"ended with {run.returncode}", seconds
    for word in (": refused: ", ": FAILED: "):
        if word in first:
            return first.split(word)[1].split(":")[0], seconds
    return ("ok" if ": ok " in first else first), seconds


def wrapped(bitcode):
    return struct.pack("<5I", 0x0b17c0de, 0, 20, len(bitcode), 0xffffffff) + bitcode


def nonsense(folder):
    """10 MiB that begin like something, and modules whose sizes lie."""
    rng = random.Random(3)
    size = 10 << 20
    noise = rng.randbytes(size - 32)
    yield "noise", rng.randbytes(size), {"container_magic"}
    yield "noise-bitcode", b"BC\xc0\xde" + noise, {"air_bitcode_unreadable"}
    yield "noise-wrapped", wrapped(b"BC\xc0\xde" + noise), {"air_bitcode_unreadable"}
    yield "noise-short", wrapped(b"BC\xc0\xde" + noise)[:-1], {"container_truncated"}
    yield "noise-library", b"MTLB" + noise, {
        "container_truncated", "container_malformed", "container_too_large"}
    yield "zeroes", bytes(size), {"container_magic"}
    yield "ones-bitcode", b"BC\xc0\xde" + b"\xff" * size, {"air_bitcode_unreadable"}
    yield "too-large", bytes(17 << 20), {"container_too_large"}
    yield "empty", b"", {"container_truncated"}
    good = os.path.join(folder, "good.metallib")
    with open(os.path.join(folder, "good.ll"), "w", encoding="utf-8") as f:
        f.write(ENTRY + "  store i32 1, ptr addrspace(1) %out, align 4\n  ret void\n}\n" + META)
    subprocess.run([MKMETALLIB, "-o", good, os.path.join(folder, "good.ll")], check=True)
    with open(good, "rb") as f:
        data = f.read()
    yield "good", data, {"ok"}
    # The bitcode followed by nonsense inside a wrapper that claims it all.
    start = data.index(b"BC\xc0\xde")
    yield "tail", wrapped(data[start:] + noise), {"air_bitcode_unreadable", "ok"}


def main():
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for name, (text, allowed) in CASES.items():
            source = os.path.join(folder, name + ".ll")
            with open(source, "w", encoding="utf-8") as f:
                f.write(text)
            path = os.path.join(folder, name + ".metallib")
            made = subprocess.run([MKMETALLIB, "-o", path, source], stderr=subprocess.PIPE, text=True,
                                  check=False)
            check(f"{name}: {made.stderr}", made.returncode == 0)
            jobs.append((name, path, allowed))
        for name, data, allowed in nonsense(folder):
            path = os.path.join(folder, name + ".bin")
            with open(path, "wb") as f:
                f.write(data)
            jobs.append((name, path, allowed))
        for name, path, allowed in jobs:
            for profile in ("gles", "vulkan"):
                reason, seconds = answer(path, profile)
                check(f"{name} {profile}: {reason} after {seconds:.1f} s, not one of "
                      f"{', '.join(sorted(allowed))}", reason in allowed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
