#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qemu-headers.sh DEST - make the header tree that libpvg-shim.so is compiled against
#
# A plugin sees QEMU's structures, so it has to be compiled against the headers of the very minor
# series that will load it. No distribution ships them: they come from the source package of the
# installed QEMU. Result, for `meson setup -Dqemu-headers=DEST`:
#
#	DEST/VERSION      QEMU's version, one line, e.g. 10.0.13
#	DEST/PACKAGE      what it was made from; a second run compares this and does nothing
#	DEST/src/         *.h of the source tree (include/, host/include/, linux-headers/, ...)
#	DEST/build/       the generated *.h (config-host.h, qapi/, trace/, ...)
#
# Environment: QEMU_SOURCE=TREE instead of the source package, QEMU=BINARY.
# Work is done in DEST.work, which can be interrupted and is removed at the end. Needs dpkg-dev,
# gcc, ninja, meson, python3-venv, pkg-config, glib, pixman, zlib, flex, bison and patch.
set -eu

die() {
	printf 'qemu-headers: %s\n' "$*" >&2
	exit 1
}

[ $# -eq 1 ] || die "usage: qemu-headers.sh DEST"
here=$(cd "$(dirname "$0")" && pwd)
dest=$1
mkdir -p "$(dirname "$dest")"
dest=$(cd "$(dirname "$dest")" && pwd)/$(basename "$dest")
work=$dest.work

recipe=1 # counted up when the result of this script changes
if [ -n "${QEMU_SOURCE:-}" ]; then
	package="$QEMU_SOURCE $(cat "$QEMU_SOURCE/VERSION")"
else
	# shellcheck disable=SC2016 # the format is dpkg-query's, not the shell's
	package=$(dpkg-query -W -f '${source:Version}' qemu-system-x86 2>/dev/null) ||
		die "package qemu-system-x86 is not installed (or set QEMU_SOURCE)"
fi
package="$package recipe $recipe"
if [ -e "$dest/PACKAGE" ] && [ "$(cat "$dest/PACKAGE")" = "$package" ]; then
	exit 0
fi

mkdir -p "$work"
if [ ! -e "$work/PACKAGE" ] || [ "$(cat "$work/PACKAGE")" != "$package" ]; then
	rm -rf "$work"
	mkdir -p "$work"
	printf '%s\n' "$package" >"$work/PACKAGE"
fi
"$here/qemu-source.sh" "$work"

if [ ! -e "$work/configure.done" ]; then
	printf 'qemu-headers: configuring\n'
	rm -rf "$work/build"
	mkdir "$work/build"
	(cd "$work/build" && ../src/configure --target-list=x86_64-softmmu --without-default-features \
		--disable-docs --disable-download --disable-install-blobs --enable-system --enable-kvm \
		--enable-tcg --enable-plugins --enable-modules --enable-pixman --disable-relocatable \
		--prefix=/usr) >"$work/configure.log" 2>&1 || {
		tail -n 15 "$work/configure.log" >&2
		die "configure failed, see $work/configure.log"
	}
	touch "$work/configure.done"
fi

printf 'qemu-headers: generating headers\n'
targets=$(ninja -C "$work/build" -t targets all | sed -n 's/^\([^:]*\.h\): .*/\1/p' |
	grep -E '^(qapi|trace|ui)/.*\.h$|^[a-z-]*\.h$')
[ -n "$targets" ] || die "the build description names no generated header"
# shellcheck disable=SC2086 # one word per target is meant
ninja -C "$work/build" $targets >"$work/ninja.log" 2>&1 || {
	tail -n 15 "$work/ninja.log" >&2
	die "header generation failed, see $work/ninja.log"
}

printf 'qemu-headers: copying to %s\n' "$dest"
rm -rf "$dest.new"
mkdir -p "$dest.new/src" "$dest.new/build"
copy_headers() {
	(cd "$1" && find . \( -name .git -o -name tests -o -name roms -o -name debian -o -name subprojects \
		-o -name pyvenv -o -name meson-private -o -name qemu-bundle \) -prune -o \( -name '*.h' -o -name '*.h.inc' \) -print |
		tar -chf - -T -) | tar -xf - -C "$2"
}
copy_headers "$work/src" "$dest.new/src"
copy_headers "$work/build" "$dest.new/build"
cp "$work/src/VERSION" "$dest.new/VERSION"
cp "$work/PACKAGE" "$dest.new/PACKAGE"
rm -rf "$dest"
mv "$dest.new" "$dest"
rm -rf "$work"
printf 'qemu-headers: QEMU %s, %s\n' "$(cat "$dest/VERSION")" "$dest"
