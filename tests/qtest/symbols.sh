#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# symbols.sh PLUGIN SYMBOLS - the plugin uses exactly the QEMU symbols that are listed, and the
# installed QEMU exports each of them (spec 06 trap 11)
set -eu
plugin=$1
listed=$2
qemu=${PVG_QEMU:-qemu-system-x86_64}
qemu=$(command -v "$qemu") || {
	printf 'SKIP: qemu-system-x86_64 is not installed\n'
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail=0

# libc's symbols carry a version, glib's begin with g_, weak ones are the compiler's.
nm -D --undefined-only "$plugin" | awk '$1 == "U" { print $2 }' | grep -v -e '@' -e '^g_' |
	sort >"$work/used"
grep -v '^#' "$listed" | sort >"$work/listed"
if ! diff -u "$work/listed" "$work/used"; then
	printf 'FAIL: qemu-shim/symbols.txt (-) is not what the plugin uses (+)\n'
	fail=1
fi
nm -D --defined-only "$qemu" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u >"$work/exported"
missing=$(comm -23 "$work/used" "$work/exported")
if [ -n "$missing" ]; then
	printf 'FAIL: %s does not export:\n%s\n' "$qemu" "$missing"
	fail=1
fi
# Nothing but the two names that QEMU's loader looks for.
nm -D --defined-only "$plugin" | awk '{ print $3 }' | sort >"$work/ours"
printf 'qemu_plugin_install\nqemu_plugin_version\n' >"$work/wanted"
if ! diff -u "$work/wanted" "$work/ours"; then
	printf 'FAIL: the plugin exports something else\n'
	fail=1
fi
# libc only: QEMU brings the rest, and no graphics library may come in this way.
needed=$(readelf -d "$plugin" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^libc\.so' || true)
if [ -n "$needed" ]; then
	printf 'FAIL: the plugin is linked with %s\n' "$needed"
	fail=1
fi
printf '%s QEMU symbols used, all listed and exported\n' "$(wc -l <"$work/used")"
exit $fail
