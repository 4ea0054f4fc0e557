#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qemu-source.sh DIR - put the source of the installed QEMU into DIR/src
#
# The source comes from the distribution's own source package of exactly the installed binary, or
# from QEMU_SOURCE, a tree that the user has. apt works on package lists of its own below DIR: this
# needs neither root nor a deb-src line, and leaves the system's lists alone. Each step leaves a mark in
# DIR and is skipped when its mark is there, so an interrupted run goes on where it stopped.
# Used by qemu-headers.sh and build-qemu.sh.
set -eu

die() {
	printf 'qemu-source: %s\n' "$*" >&2
	exit 1
}

[ $# -eq 1 ] || die "usage: qemu-source.sh DIR"
dir=$1
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
[ -e "$dir/src.done" ] && exit 0

if [ -n "${QEMU_SOURCE:-}" ]; then
	[ -e "$QEMU_SOURCE/VERSION" ] || die "QEMU_SOURCE=$QEMU_SOURCE is no QEMU source tree"
	rm -rf "$dir/src"
	cp -a "$QEMU_SOURCE" "$dir/src"
	touch "$dir/src.done"
	exit 0
fi

command -v dpkg-query >/dev/null 2>&1 ||
	die "no dpkg here: set QEMU_SOURCE to the source tree of the installed QEMU"
# shellcheck disable=SC2016 # the format is dpkg-query's, not the shell's
version=$(dpkg-query -W -f '${source:Version}' qemu-system-x86 2>/dev/null) ||
	die "package qemu-system-x86 is not installed"
command -v dpkg-source >/dev/null 2>&1 || die "dpkg-source is missing: install dpkg-dev"

cd "$dir"
if ! ls qemu_*.dsc >/dev/null 2>&1 || [ ! -e download.done ]; then
	printf 'qemu-source: downloading the source of qemu %s\n' "$version"
	mkdir -p apt/parts apt/lists/partial apt/cache/archives/partial
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		if [ -e "$list" ]; then
			sed -n 's/^deb /deb-src /p' "$list" >"apt/parts/$(basename "$list" .list).list"
		fi
	done
	for list in /etc/apt/sources.list.d/*.sources; do
		if [ -e "$list" ]; then
			sed 's/^Types:.*/Types: deb-src/' "$list" >"apt/parts/$(basename "$list")"
		fi
	done
	set -- -q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$dir/apt/parts" \
		-o "Dir::State::Lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache" \
		-o "APT::Sandbox::User=$(id -un)"
	if ! { apt-get "$@" update && apt-get "$@" source --download-only "qemu=$version"; } \
		>download.log 2>&1; then
		tail -n 5 download.log >&2
		die "the source package qemu $version cannot be downloaded, see $dir/download.log"
	fi
	touch download.done
	rm -rf apt
fi
rm -rf src
printf 'qemu-source: unpacking\n'
dpkg-source --no-check --skip-patches -x qemu_*.dsc src >unpack.log 2>&1 ||
	die "dpkg-source failed, see $dir/unpack.log"
# The +ds tarball lacks some blobs and test helpers; without these two configure stops.
for patch in disable-pycotap.patch skip-unpack-edk2-blobs.patch; do
	if [ -e "src/debian/patches/$patch" ]; then
		patch -s -p1 -d src <"src/debian/patches/$patch"
	fi
done
# 10.2 asks for device tree blobs that the tarball does not have either.
if [ -e src/pc-bios/dtb/meson.build ] && ! ls src/pc-bios/dtb/*.dts >/dev/null 2>&1; then
	: >src/pc-bios/dtb/meson.build
fi
touch src.done
