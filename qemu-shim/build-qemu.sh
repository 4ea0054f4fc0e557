#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build-qemu.sh [--asan] DEST - a small x86_64 QEMU with apple-gfx-pci built in, DEST/bin/...
#
# The second way beside the plugin: for distributions whose QEMU exports no symbols, and with --asan
# for the tests (PVG_QEMU=DEST/bin/qemu-system-x86_64 PVG_SHIM=builtin). The source is that of the
# installed QEMU or QEMU_SOURCE, see qemu-source.sh. Work is done in DEST.work, which is kept: after
# a change of the shim a second run takes seconds. JOBS=N sets the number of compilers.
# Needs what qemu-headers.sh needs; libslirp, libseccomp are used when they are there.
set -eu

die() {
	printf 'build-qemu: %s\n' "$*" >&2
	exit 1
}

asan=
if [ "${1:-}" = --asan ]; then
	asan=--enable-asan
	shift
fi
[ $# -eq 1 ] || die "usage: build-qemu.sh [--asan] DEST"
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dest=$(cd "$1" && pwd)
work=$dest.work

"$here/qemu-source.sh" "$work"
"$here/overlay/apply-overlay.sh" "$work/src"

# One word per option is meant below.
options=$asan
pkg-config --exists slirp 2>/dev/null && options="$options --enable-slirp"
pkg-config --exists libseccomp 2>/dev/null && options="$options --enable-seccomp"
if [ ! -e "$work/configure.done" ] || [ "$(cat "$work/configure.done")" != "$options" ]; then
	printf 'build-qemu: configuring\n'
	rm -rf "$work/build"
	mkdir "$work/build"
	# shellcheck disable=SC2086
	(cd "$work/build" && ../src/configure --target-list=x86_64-softmmu --without-default-features \
		--disable-docs --disable-download --disable-install-blobs --enable-system --enable-kvm \
		--enable-tcg --enable-plugins --enable-pixman --enable-vhost-user --enable-vnc \
		--disable-relocatable --prefix="$dest" --with-pkgversion=pvg-linux \
		--firmwarepath=/usr/share/qemu:/usr/share/seabios:/usr/lib/ipxe/qemu \
		$options) >"$work/configure.log" 2>&1 || {
		tail -n 15 "$work/configure.log" >&2
		die "configure failed, see $work/configure.log"
	}
	printf '%s\n' "$options" >"$work/configure.done"
fi
printf 'build-qemu: compiling, log in %s\n' "$work/ninja.log"
ninja -C "$work/build" ${JOBS:+-j "$JOBS"} qemu-system-x86_64 >"$work/ninja.log" 2>&1 || {
	grep -m 5 -A 10 -e 'error:' -e FAILED "$work/ninja.log" >&2
	die "compilation failed, see $work/ninja.log"
}
mkdir -p "$dest/bin"
cp "$work/build/qemu-system-x86_64" "$dest/bin/"
"$dest/bin/qemu-system-x86_64" -device help 2>/dev/null | grep -q '"apple-gfx-pci"' ||
	die "the binary does not list apple-gfx-pci"
printf 'build-qemu: %s\n' "$dest/bin/qemu-system-x86_64"
