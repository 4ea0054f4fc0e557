#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What has to be bound for a function changes only when somebody says so.

golden.py MKMETALLIB AIRC FOLDER [--corpus LIBRARIES] [--update]. Our own modules: the reflection in
both profiles, word for word, in golden/NAME.txt. The corpus: a digest of both for each function in
golden/corpus.txt, whose text pvg-airc --emit reflect shows. --update writes what there is now.
"""
import argparse
import difflib
import glob
import hashlib
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

PROFILES = ("gles", "vulkan")


def reflect(airc, profile, path, function=None):
    options = ["--function", function] if function else []
    run = subprocess.run([airc, "--in-process", "--profile", profile, "--emit", "reflect", *options,
                          path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         check=False, errors="replace")
    if run.returncode == 0:
        return run.stdout
    # "pvg-airc: file: function: reason: detail"
    refusal = [line for line in run.stderr.splitlines() if line.startswith("pvg-airc: ")]
    return f"refused: {refusal[-1].split(': ')[3]}\n" if refusal else f"ended: {run.returncode}\n"


def own(args):
    """Name -> text of every module of ours."""
    texts = {}
    sources = sorted(glob.glob(os.path.join(args.folder, "micro", "*.ll")) +
                     glob.glob(os.path.join(args.folder, "complete", "*.ll")) +
                     [os.path.join(args.folder, name) for name in ("two.ll", "micro.ll")])
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, "x.metallib")
        for source in sources:
            subprocess.run([args.mkmetallib, "-o", library, source], check=True)
            listed = subprocess.run([args.airc, "--in-process", "--list", library], check=True,
                                    stdout=subprocess.PIPE, text=True).stdout
            parts = []
            for line in listed.splitlines():
                function = line.split()[1]
                for profile in PROFILES:
                    parts.append(f"== {function} {profile}\n"
                                 f"{reflect(args.airc, profile, library, function)}")
            texts[os.path.basename(source)[:-3]] = "".join(parts)
    return texts


def corpus(args):
    files = sorted(glob.glob(os.path.join(args.corpus, "*.metallib")) +
                   glob.glob(os.path.join(args.corpus, "*.air")))
    names = []
    for path in files:
        run = subprocess.run([args.airc, "--in-process", "--list", path], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True, check=False, errors="replace")
        names += [(path, line.split()[1]) for line in run.stdout.splitlines()
                  if len(line.split()) > 1 and line.startswith(path)]

    def digest(name):
        text = "".join(reflect(args.airc, profile, *name) for profile in PROFILES)
        return (f"{os.path.basename(name[0])} {name[1]} "
                f"{hashlib.sha256(text.encode()).hexdigest()[:16]}\n")
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return "".join(pool.map(digest, names))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mkmetallib")
    parser.add_argument("airc")
    parser.add_argument("folder")
    parser.add_argument("--corpus")
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    golden = os.path.join(args.folder, "golden")
    texts = {"corpus": corpus(args)} if args.corpus else own(args)
    if texts.get("corpus") == "":
        print(f"skipped: no libraries in {args.corpus}")
        return 77
    passed = failed = 0
    for name, text in texts.items():
        path = os.path.join(golden, name + ".txt")
        if args.update:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            continue
        before = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                before = f.read()
        same = before == text
        passed += same
        failed += not same
        lines = difflib.unified_diff(before.splitlines(), text.splitlines(), f"golden/{name}.txt",
                                     "now", lineterm="", n=1)
        for line in list(lines)[:60]:
            print(line)
    if not args.corpus and not args.update:
        # A module that is gone takes its golden file with it.
        for path in glob.glob(os.path.join(golden, "*.txt")):
            name = os.path.basename(path)[:-4]
            if name not in texts and name != "corpus":
                print(f"golden/{name}.txt belongs to no module")
                failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
