#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz targets for another machine: pack.py BUILD-fuzz WORKER ARCHIVE.tar.xz [CORPUS]

BUILD-fuzz: what tests/fuzz/run made. WORKER: pvg-shaderd of a build without sanitizers, whose
limits leave them no room. CORPUS: a folder with one of each target's name, to begin from. There,
with nothing but a kernel, a shell, tar and xz:

    tar xJf ARCHIVE.tar.xz && pvg-fuzz/run.sh SECONDS [JOBS [TARGET...]]

The programs bring their loader, libraries and Mesa's software driver. Corpus and findings are kept
in pvg-fuzz/corpus and pvg-fuzz/findings; the exit status is 1 when something was found.
"""
import glob
import lzma
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile

TARGETS = ["objects", "objects-gles", "render", "render-gles", "stream", "stream-gles"]
# What EGL loads by name.
LOADED = ["libEGL_mesa.so.0", "libgallium-*.so"]
PLACE = "/usr/lib/x86_64-linux-gnu"
# Jumps of x86 as xz likes them, and a dictionary in which the programs, which are much the same,
# find each other.
FILTERS = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 128 << 20}]

RUN = """#!/bin/sh
# run.sh SECONDS [JOBS [TARGET...]]: JOBS processes (one a core) for each target in turn
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:?seconds} jobs=${2:-$(nproc)}
shift; [ $# -eq 0 ] || shift
export PVG_SHADERD="$here/shaderd.sh" FUZZ_SHADER_CACHE="$here/shaders"
export __EGL_VENDOR_LIBRARY_FILENAMES="$here/mesa.json" LIBGL_ALWAYS_SOFTWARE=1 LP_NUM_THREADS=1
export MESA_SHADER_CACHE_DIR="$here/mesa-cache" HOME="$here" XDG_RUNTIME_DIR="$here"
export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1
unset DISPLAY WAYLAND_DISPLAY LD_LIBRARY_PATH
found=0
for target in ${*:-%s}; do
	mkdir -p "$here/corpus/$target" "$here/findings" "$here/logs" "$here/shaders"
	# Started through the loader, all code has its name: what a driver keeps cannot be told from
	# what we leak. ./dev fuzz looks for leaks, and handles are counted here too.
	case $target in *-gles) leaks=0 ;; *) leaks=1 ;; esac
	export ASAN_OPTIONS=quarantine_size_mb=16:detect_leaks=$leaks # at the end, too
	pids=
	job=0
	while [ $job -lt "$jobs" ]; do
		job=$((job + 1))
		"$here/lib/ld.so" --library-path "$here/lib" "$here/fuzz-$target" \\
			-max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -max_len=4096 -reload=1 \\
			-detect_leaks=$leaks \\
			-seed=$job -print_final_stats=1 -artifact_prefix="$here/findings/$target-" \\
			"$here/corpus/$target" "$here/seeds/$target" >"$here/logs/$target-$job.log" 2>&1 &
		pids="$pids $!"
	done
	bad=0
	for pid in $pids; do
		wait "$pid" || bad=$((bad + 1))
	done
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$here/logs/$target"-*.log |
		{ sum=0; while read -r n; do sum=$((sum + n)); done; echo $sum; })
	echo "$target: $jobs jobs of $seconds s, $runs runs, $bad ended by a finding," \\
		"$(ls "$here/corpus/$target" | wc -l) in the corpus"
	[ $bad = 0 ] || found=1
done
ls "$here/findings" 2>/dev/null
exit $found
"""
# Started by path and without an environment: through the loader that came along.
SHADERD = """#!/bin/sh
here=${0%/*}
exec "$here/lib/ld.so" --library-path "$here/lib" "$here/pvg-shaderd" "$@"
"""
VENDOR = '{ "file_format_version": "1.0.0", "ICD": { "library_path": "libEGL_mesa.so.0" } }\n'


def libraries(path):
    text = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"(?:=> |\t)(/\S+)", text))


def write(path, text, program=False):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    if program:
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def gather(build, worker, folder, corpus=None):
    lib = os.path.join(folder, "lib")
    os.makedirs(lib)
    shutil.copy(worker, os.path.join(folder, "pvg-shaderd"))
    wanted = libraries(worker)
    for name in TARGETS:
        program = os.path.join(build, "tests/fuzz", f"fuzz-{name}")
        wanted |= libraries(program)
        # Names of functions stay: a finding's stack is read there.
        subprocess.run(["strip", "-g", "-o", os.path.join(folder, f"fuzz-{name}"), program],
            check=True)
        seeds = os.path.join(folder, "seeds", name)
        os.makedirs(seeds)
        subprocess.run([program + "-smoke", "--write-seeds", seeds], check=True)
        if corpus and os.path.isdir(os.path.join(corpus, name)):
            shutil.copytree(os.path.join(corpus, name), os.path.join(folder, "corpus", name))
    for pattern in LOADED:
        for path in glob.glob(os.path.join(PLACE, pattern)):
            wanted |= {path} | libraries(path)
    for path in sorted(wanted):
        loader = os.path.basename(path).startswith("ld-linux")
        shutil.copy(os.path.realpath(path),
            os.path.join(lib, "ld.so" if loader else os.path.basename(path)))
    for name in os.listdir(lib):
        subprocess.run(["strip", os.path.join(lib, name)], stderr=subprocess.DEVNULL, check=False)
    write(os.path.join(folder, "mesa.json"), VENDOR)
    write(os.path.join(folder, "run.sh"), RUN % " ".join(TARGETS), True)
    write(os.path.join(folder, "shaderd.sh"), SHADERD, True)


def main():
    if len(sys.argv) not in (4, 5):
        print(__doc__, file=sys.stderr)
        return 2
    build, worker, archive = sys.argv[1:4]
    missing = [t for t in TARGETS
        if not os.path.exists(os.path.join(build, "tests/fuzz", f"fuzz-{t}"))]
    if missing:
        print(f"pack: not built: {', '.join(missing)}: FUZZ_SECONDS=1 ./dev fuzz", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "pvg-fuzz")
        os.makedirs(folder)
        gather(build, worker, folder, sys.argv[4] if len(sys.argv) > 4 else None)
        with lzma.open(archive, "wb", filters=FILTERS) as packed, \
                tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add(folder, "pvg-fuzz")
    print(f"{archive}: {os.path.getsize(archive) / 1048576:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
