#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Translate hand-written AIR modules and compare what pvg-airc says about them.

dialect.py AIRC LLVM_AS FOLDER [NAME...]. Each .ll of FOLDER starts with comments: "; args:" begins
a run of pvg-airc, and the lines behind it say what must come out: "; want:" a line of the
reflection, "; glsl:" and "; no-glsl:" text in the GLSL, "; ir:" text in the own IR, "; has:" and
"; has-not:" capabilities that the SPIR-V declares, "; refused:" the name of the refusal, with a colon
and a piece of its details if they matter. Without the latter the module must be valid and, in the gles profile and where
there is an OpenGL ES 3.2, its GLSL must compile.
"""
import os
import subprocess
import sys
import tempfile

KINDS = ("want", "glsl", "no-glsl", "ir", "has", "has-not", "refused")
CAPABILITIES = {"Float16": 9, "Int64": 11, "Int64Atomics": 12, "Int16": 22, "Int8": 39,
                "StorageBuffer16BitAccess": 4433, "StorageBuffer8BitAccess": 4448}


def runs_of(path):
    runs = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            if not line.startswith(";"):
                break
            kind, _, rest = line[1:].strip().partition(": ")
            if kind == "args":
                runs.append((rest.split(), []))
            elif kind in KINDS and runs:
                runs[-1][1].append((kind, rest))
    return runs


def airc(program, *args):
    run = subprocess.run([program, "--in-process", *args], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, check=False, errors="replace")
    return run.returncode, run.stdout, run.stderr


def capabilities(program, args, module):
    """The numbers of the OpCapability instructions, which are the first ones of a module."""
    run = subprocess.run([program, "--in-process", *args, "--emit", "spirv", module],
                         stdout=subprocess.PIPE, check=False)
    words = [int.from_bytes(run.stdout[i:i + 4], "little") for i in range(20, len(run.stdout), 4)]
    found = []
    for i in range(0, len(words) - 1, 2):
        if words[i] != 2 << 16 | 17:
            break
        found.append(words[i + 1])
    return found


def check_run(program, module, args, wants):
    problems = []
    refused = [w for kind, w in wants if kind == "refused"]
    if refused:
        code, out, err = airc(program, *args, "--emit", "reflect", module)
        name, _, detail = refused[0].partition(": ")
        if code == 0 or f": {name}: " not in err or detail not in err:
            problems.append(f"not refused as {refused[0]}: {err.strip()}")
        return problems, False
    texts = {}
    declared = capabilities(program, args, module) if any("has" in kind for kind, _ in wants) else ()
    for what in {"want": "reflect", "glsl": "glsl", "no-glsl": "glsl", "ir": "ir"}.items():
        if what[0] in [kind for kind, _ in wants] or what[0] == "want":
            code, out, err = airc(program, *args, "--emit", what[1], module)
            texts[what[0]] = out
            if code != 0:
                return [err.strip() or f"pvg-airc ended with {code}"], False
    for kind, want in wants:
        if kind in ("has", "has-not"):
            found = all((CAPABILITIES[name] in declared) == (kind == "has") for name in want.split())
            texts[kind] = str(declared)
        elif kind == "want":
            found = want in texts[kind].splitlines()
        else:
            found = (want in texts[kind]) != (kind == "no-glsl")
        if not found:
            problems.append(f"{kind}: {want}: not so in\n{texts[kind]}")
    code, out, err = airc(program, *args, "--check", module)
    if code not in (0, 77):
        problems.append(out.strip() + err.strip())
    return problems, code == 77


def main():
    program, assembler, folder, *names = sys.argv[1:]
    count, failed, not_compiled = 0, 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".ll") or (names and name[:-3] not in names):
                continue
            path = os.path.join(folder, name)
            module = os.path.join(temporary, name[:-3] + ".air")
            subprocess.run([assembler, path, "-o", module], check=True)
            runs = runs_of(path)
            if not runs:
                print(f"{name}: says nothing")
                failed += 1
            for args, wants in runs:
                count += 1
                problems, skipped = check_run(program, module, args, wants)
                not_compiled += skipped
                failed += bool(problems)
                for problem in problems:
                    print(f"{name} {' '.join(args)}: {problem}")
    if not_compiled:
        print(f"{not_compiled} not given to a GLSL compiler: no OpenGL ES 3.2 here")
    print(f"{count} runs, {failed} failed")
    return 1 if failed or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
