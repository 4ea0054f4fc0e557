#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# apply-overlay.sh QEMU-TREE - put apple-gfx-pci into a QEMU source tree, 10.0 or later
#
# Lines are appended, nothing is patched by context, so one overlay fits every version. Applying it
# again brings the files up to date. Upstream's own apple-gfx (macOS hosts) is not touched.
set -eu

die() {
	printf 'apply-overlay: %s\n' "$*" >&2
	exit 1
}

[ $# -eq 1 ] || die "usage: apply-overlay.sh QEMU-TREE"
tree=$1
shim=$(cd "$(dirname "$0")/.." && pwd)
root=$(dirname "$shim")

[ -e "$tree/hw/display/Kconfig" ] || die "$tree is no QEMU source tree"
major=$(cut -d. -f1 "$tree/VERSION")
[ "$major" -ge 10 ] || die "QEMU $(cat "$tree/VERSION") is too old: 10.0 is the first"

pvg=$tree/hw/display/pvg
mkdir -p "$pvg/include/pvg"
# cp -u keeps times, so that a second build compiles what changed.
for file in "$shim"/shim*.c "$shim/shim.h" "$shim/compat.h" "$shim/entry-builtin.c" \
	"$root/pvg/regs.c" "$root/protocols/pvg-link-io.c" "$root/protocols/pvg-link-io.h" \
	"$root/protocols/pvg-link.h" "$shim/overlay/meson.build"; do
	cp -up "$file" "$pvg/"
done
cp -up "$root/pvg/include/pvg/regs.h" "$pvg/include/pvg/"

grep -q '^config PVG_LINUX' "$tree/hw/display/Kconfig" ||
	cat "$shim/overlay/Kconfig" >>"$tree/hw/display/Kconfig"
grep -q "^subdir('pvg')" "$tree/hw/display/meson.build" ||
	printf "\nsubdir('pvg')\n" >>"$tree/hw/display/meson.build"
printf 'apply-overlay: apple-gfx-pci is in %s (QEMU %s)\n' "$tree" "$(cat "$tree/VERSION")"
