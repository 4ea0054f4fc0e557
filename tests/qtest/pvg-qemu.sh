#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pvg-qemu.sh WRAPPER - what pvg-qemu adds, leaves alone and refuses; and that QEMU takes it
set -eu
wrapper=$1
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "${PVG_SHIM:-}" ]; then
	printf 'SKIP: libpvg-shim.so was not built\n'
	exit 77
fi
command -v qemu-system-x86_64 >/dev/null 2>&1 || {
	printf 'SKIP: qemu-system-x86_64 is not installed\n'
	exit 77
}
unset PVG_SOCKET PVG_DISPLAYS PVG_QEMU PVG_SHIM_DIR

result() {
	if [ "$2" = 0 ]; then
		printf 'ok   %s\n' "$1"
		passed=$((passed + 1))
	else
		printf 'FAIL %s\n%s\n' "$1" "$3"
		failed=$((failed + 1))
	fi
}

# prints NAME PATTERN ARGS...: the printed command matches
prints() {
	what=$1
	pattern=$2
	shift 2
	out=$("$wrapper" --print "$@" 2>&1) && code=0 || code=$?
	if [ $code = 0 ] && printf '%s\n' "$out" | grep -q -e "$pattern"; then
		result "$what" 0
	else
		result "$what" 1 "no '$pattern' in: $out"
	fi
}

prints_not() {
	what=$1
	pattern=$2
	shift 2
	out=$("$wrapper" --print "$@" 2>&1) && code=0 || code=$?
	if [ $code = 0 ] && ! printf '%s\n' "$out" | grep -q -e "$pattern"; then
		result "$what" 0
	else
		result "$what" 1 "'$pattern' in: $out"
	fi
}

refuses() {
	what=$1
	pattern=$2
	shift 2
	out=$("$wrapper" "$@" 2>&1) && code=0 || code=$?
	if [ $code != 0 ] && printf '%s\n' "$out" | grep -q -e "$pattern"; then
		result "$what" 0
	else
		result "$what" 1 "exit $code: $out"
	fi
}

prints ram_is_a_shared_memfd_of_the_size_of_m \
	'memory-backend-memfd,id=pvg-ram,size=4G,share=on -machine memory-backend=pvg-ram' -m 4G
prints a_bare_number_is_mebibytes 'size=512M,share=on' -m 512
prints the_long_form_of_m_is_understood 'size=2G,share=on' -m size=2G,slots=2,maxmem=4G
prints without_m_it_is_qemus_default 'size=128M,share=on' -nodefaults
prints_not a_backend_of_the_user_is_left_alone 'pvg-ram' -machine q35,memory-backend=mine
prints_not numa_nodes_of_the_user_are_left_alone 'pvg-ram' -numa node,memdev=m0
prints the_plugin_of_this_qemu_is_loaded 'plugin file=.*/libpvg-shim-[0-9]*\.[0-9]*\.so'
prints_not a_plugin_of_the_user_is_not_doubled 'so .*libpvg-shim' -plugin file=/x/libpvg-shim-10.0.so
prints the_device_is_added '-device apple-gfx-pci$'
prints displays_reach_the_device '-device apple-gfx-pci,displays=2' --displays 2
prints_not a_device_of_the_user_is_not_doubled '-device apple-gfx-pci' \
	-device '{"driver":"apple-gfx-pci","addr":"5"}'
prints no_vga_beside_it '-vga none'
prints_not vga_of_the_user_stays '-vga none' -vga std
prints no_window_of_qemus '-display none'
prints_not a_display_of_the_user_stays '-display none' -vnc :7
prints socket_and_name_reach_the_plugin 'socket=/s,name=n' --socket /s --name n
prints a_comma_in_a_path_is_doubled 'socket=/a,,b' --socket /a,b
prints words_of_qemu_stay_as_they_are "-append 'a b'" -append 'a b'
prints after_two_dashes_all_is_qemus '-- --print' -- -append -- --print
prints_not help_is_passed_on 'apple-gfx' -version
refuses mem_path_is_refused_with_a_reason 'mem-path' --print -m 1G -mem-path /dev/shm
refuses a_bad_size_is_named 'not a size' --print -m lots
refuses a_missing_qemu_is_named 'not installed' --qemu /nonexistent/qemu
refuses a_qemu_that_is_none_is_named 'looks like a QEMU' --qemu true
refuses a_missing_plugin_file_is_named 'no such file' --plugin /nonexistent.so
refuses a_value_that_is_missing_is_named 'needs a value' --socket

# A QEMU of a series for which there is no plugin.
printf '#!/bin/sh\necho "QEMU emulator version 99.3.1"\n' >"$work/qemu"
chmod +x "$work/qemu"
refuses another_series_says_which_plugins_there_are 'no plugin for QEMU 99.3' --qemu "$work/qemu"

out=$("$wrapper" --device-help 2>&1) || true
for property in display-modes displays socket on-disconnect boot-fb; do
	if printf '%s\n' "$out" | grep -q "^  $property="; then
		result "device_help_lists_$property" 0
	else
		result "device_help_lists_$property" 1 "$out"
	fi
done

# QEMU starts with it and ends when told to.
out=$(printf 'info pci\nquit\n' | "$wrapper" --socket "$work/none" -m 64M -machine q35 -S -accel tcg \
	-monitor stdio 2>&1) && code=0 || code=$?
if [ $code = 0 ] && printf '%s\n' "$out" | grep -q '106b:eeee'; then
	result qemu_starts_with_the_device 0
else
	result qemu_starts_with_the_device 1 "exit $code: $out"
fi

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
