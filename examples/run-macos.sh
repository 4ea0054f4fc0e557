#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run-macos.sh: start your own macOS virtual machine with pvg-kiosk and pvg-qemu.
#
# You bring the disk, the boot loader and the SMC key string. Nothing is fetched and nothing is
# changed, except that a copy of the firmware's empty variable store is made beside the disk, once.
# The values and where they come from: docs/qemu.md, "06 §14".
set -eu

usage() {
	cat <<'EOF'
usage: run-macos.sh --disk FILE --loader FILE [options] [-- QEMU OPTION...]

  --disk FILE          the VM's disk (qcow2 or raw)
  --loader FILE        boot loader image, booted first (qcow2 or raw)
  --installer FILE     one more disk, for an installation
  --osk FILE           file that holds the SMC key string; or set PVG_OSK

  --macos N            release: 11 to 26 (default 15); decides network card and limits
  --ram SIZE           guest memory (default 8G)
  --cpus N             1, 2, 4 or 8 (default 4)
  --cpu KIND           intel, amd (default: what this host is), or a -cpu string of QEMU
  --ovmf-code FILE     firmware code; default: looked for where distributions put it
  --ovmf-vars FILE     this VM's variable store (default: DISK.vars.fd, made from the pair)
  --ssh-port N         port on 127.0.0.1 that reaches the guest's port 22 (default 2222, 0: none)
  --audio KIND         none (default), pipewire, pa or alsa
  --serial FILE        write the guest's serial port there
  --qmp PATH           QEMU monitor socket

  --displays N         ports of the device (default 1)
  --modes LIST         fixed modes such as 1920x1080@60,1280x720@60 (default: the output's own)
  --kiosk OPTION       one more option for pvg-kiosk; may be repeated
  --no-kiosk           start QEMU only; a kiosk is running elsewhere and PVG_SOCKET names it

  --dry-run            print what would be run, check, and stop
  --help               this text
EOF
}

say() {
	printf 'run-macos: %s\n' "$*" >&2
}

problems=0
# A problem stops a real run; a dry run lists them all.
problem() {
	say "$*"
	problems=$((problems + 1))
}

die() {
	say "$*"
	exit 2
}

is_number() {
	case $1 in
	'' | *[!0-9]*) return 1 ;;
	esac
}

# Prints one argument so that a shell reads it back.
quote() {
	case $1 in
	'' | *[!A-Za-z0-9_./:,=+@%-]*)
		printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
		;;
	*) printf '%s' "$1" ;;
	esac
}

# A comma would end QEMU's option there: QEMU reads two as one.
escape() {
	printf '%s' "$1" | sed 's/,/,,/g'
}

# Never let QEMU guess: a guest that writes a qcow2 header into a raw disk could name other files.
image_format() {
	if [ "$(od -An -tx1 -N4 "$1" 2>/dev/null | tr -d ' \n')" = 514649fb ]; then
		echo qcow2
	else
		echo raw
	fi
}

disk='' loader='' installer='' osk_file='' macos=15 ram=8G cpus=4 cpu='' code='' vars=''
ssh_port=2222 audio=none serial='' qmp='' displays=1 modes='' kiosk=yes kiosk_options='' dry=no

need() {
	[ "$2" -ge 2 ] || die "$1 needs a value; --help lists the options"
}

while [ $# -gt 0 ]; do
	case $1 in
	--disk | --loader | --installer | --osk | --macos | --ram | --cpus | --cpu | --ovmf-code | \
		--ovmf-vars | --ssh-port | --audio | --serial | --qmp | --displays | --modes | --kiosk)
		need "$1" $#
		;;
	esac
	case $1 in
	--disk) disk=$2 && shift ;;
	--loader) loader=$2 && shift ;;
	--installer) installer=$2 && shift ;;
	--osk) osk_file=$2 && shift ;;
	--macos) macos=$2 && shift ;;
	--ram) ram=$2 && shift ;;
	--cpus) cpus=$2 && shift ;;
	--cpu) cpu=$2 && shift ;;
	--ovmf-code) code=$2 && shift ;;
	--ovmf-vars) vars=$2 && shift ;;
	--ssh-port) ssh_port=$2 && shift ;;
	--audio) audio=$2 && shift ;;
	--serial) serial=$2 && shift ;;
	--qmp) qmp=$2 && shift ;;
	--displays) displays=$2 && shift ;;
	--modes) modes=$2 && shift ;;
	--kiosk) kiosk_options="$kiosk_options $(quote "$2")" && shift ;;
	--no-kiosk) kiosk=no ;;
	--dry-run) dry=yes ;;
	--help | -h)
		usage
		exit 0
		;;
	--)
		shift
		break
		;;
	*) die "unknown option $1; --help lists the options" ;;
	esac
	shift
done

# ---- what was given ------------------------------------------------------------------------------

[ -n "$disk" ] || die "--disk is missing: the disk image of your VM"
[ -n "$loader" ] || die "--loader is missing: a boot loader image (OpenCore), which you bring"
for file in "$disk" "$loader" ${installer:+"$installer"}; do
	[ -r "$file" ] || die "$file: not there, or not readable"
done
case $macos in 1[1-5] | 26) ;; *) die "--macos $macos: 11, 12, 13, 14, 15 or 26" ;; esac
{ is_number "$cpus" && [ "$cpus" -ge 1 ]; } || die "--cpus $cpus: not a number of CPUs"
{ is_number "$displays" && [ "$displays" -ge 1 ] && [ "$displays" -le 8 ]; } ||
	die "--displays $displays: 1 to 8"
{ is_number "$ssh_port" && [ "$ssh_port" -le 65535 ]; } || die "--ssh-port $ssh_port: not a port"
case $audio in none | pipewire | pa | alsa) ;; *) die "--audio $audio: none, pipewire, pa or alsa" ;; esac
printf '%s\n' "$ram" | grep -Eq '^[1-9][0-9]*[MG]$' || die "--ram $ram: a size such as 8G or 6144M"

case $cpus in
1 | 2 | 4 | 8) ;;
*)
	# Others who ran macOS 26 with this device stopped at 8.
	if [ "$cpus" -gt 8 ] && [ "$macos" = 26 ]; then
		die "--cpus $cpus: macOS 26 has not been run with more than 8 and this device"
	fi
	say "note: $cpus CPUs are unusual for macOS; 1, 2, 4 or 8 are known to work"
	;;
esac

if [ -n "$osk_file" ]; then
	[ -r "$osk_file" ] || die "$osk_file: not there, or not readable"
	PVG_OSK=$(tr -d '\r\n' <"$osk_file")
fi
osk=${PVG_OSK:-}
if [ -z "$osk" ]; then
	problem "no SMC key: put the 64-character string of your Mac into a file and name it with" \
		"--osk, or set PVG_OSK. It is not part of this project."
elif [ ${#osk} -ne 64 ]; then
	problem "the SMC key has ${#osk} characters, not 64"
fi
unset PVG_OSK

# ---- the host ------------------------------------------------------------------------------------

vendor=$(sed -n 's/^vendor_id[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -n 1)
flags=" $(sed -n 's/^flags[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -n 1) "
if [ -z "$cpu" ]; then
	case $vendor in
	AuthenticAMD | HygonGenuine) cpu=amd ;;
	*) cpu=intel ;;
	esac
fi
tsc=
case $flags in *' constant_tsc '*) tsc=,+invtsc ;; esac
case $cpu in
intel) cpu_string="host,-pdpe1gb,+hypervisor$tsc" ;;
amd)
	cpu_string="Haswell-v2,vendor=GenuineIntel,-pdpe1gb,+avx,+sse,+sse2,+ssse3"
	cpu_string="$cpu_string,vmware-cpuid-freq=on$tsc"
	;;
*) cpu_string=$cpu ;;
esac

if [ ! -e /dev/kvm ]; then
	problem "/dev/kvm is missing: switch on virtualisation in the firmware set-up, load kvm_intel" \
		"or kvm_amd"
elif [ ! -w /dev/kvm ]; then
	problem "/dev/kvm is not yours to use: sudo usermod -aG kvm \"\$USER\", then log in again"
fi
if [ "$(cat /sys/module/kvm/parameters/ignore_msrs 2>/dev/null || echo Y)" = N ]; then
	say "note: KVM stops macOS at registers it does not know; allow them (until the next boot):" \
		"echo 1 | sudo tee /sys/module/kvm/parameters/ignore_msrs"
fi
case $flags in
*' avx2 '*) ;;
*) [ "$macos" -lt 13 ] || say "note: this CPU has no AVX2, which macOS 13 and later need" ;;
esac
[ -n "$tsc" ] || say "note: no constant time stamp counter found; macOS may not boot without one"
for program in pvg-qemu $([ $kiosk = no ] || echo pvg-kiosk); do
	command -v "$program" >/dev/null 2>&1 ||
		problem "$program is not on PATH: start this through ./dev exec --"
done

# Code and variables must come from the same build, so they are looked for in pairs.
pairs="/usr/share/OVMF/OVMF_CODE_4M.fd:/usr/share/OVMF/OVMF_VARS_4M.fd
/usr/share/edk2/x64/OVMF_CODE.4m.fd:/usr/share/edk2/x64/OVMF_VARS.4m.fd
/usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2:/usr/share/edk2/ovmf/OVMF_VARS_4M.qcow2
/usr/share/edk2/ovmf/OVMF_CODE.fd:/usr/share/edk2/ovmf/OVMF_VARS.fd
/usr/share/edk2-ovmf/x64/OVMF_CODE.fd:/usr/share/edk2-ovmf/x64/OVMF_VARS.fd
/usr/share/qemu/ovmf-x86_64-4m-code.bin:/usr/share/qemu/ovmf-x86_64-4m-vars.bin
/usr/share/OVMF/OVMF_CODE.fd:/usr/share/OVMF/OVMF_VARS.fd"
template=
if [ -z "$code" ]; then
	for pair in $pairs; do
		if [ -r "${pair%%:*}" ] && [ -r "${pair#*:}" ]; then
			code=${pair%%:*} template=${pair#*:}
			break
		fi
	done
	[ -n "$code" ] || problem "no OVMF firmware found: install it (ovmf, edk2-ovmf) or name it with" \
		"--ovmf-code and --ovmf-vars"
elif [ ! -r "$code" ]; then
	die "$code: not there, or not readable"
fi
if [ -z "$vars" ]; then
	vars=$disk.vars.fd
	if [ ! -e "$vars" ] && [ -n "$code" ]; then
		if [ -z "$template" ]; then
			problem "--ovmf-code without --ovmf-vars: name the variable store that belongs to it"
		elif [ $dry = yes ]; then
			say "would copy $template to $vars"
		fi
	fi
elif [ ! -w "$vars" ]; then
	die "$vars: not there, or not writable"
fi

# ---- the command line ----------------------------------------------------------------------------

extra=$#
set -- "$@" \
	-name "macOS $macos" \
	-accel kvm \
	-machine q35,memory-backend=ram \
	-object "memory-backend-memfd,id=ram,size=$ram,share=on" \
	-m "$ram" \
	-cpu "$cpu_string" \
	-smp "$cpus,sockets=1,cores=$cpus,threads=1" \
	-smbios type=2 \
	-global kvm-pit.lost_tick_policy=discard \
	-global ICH9-LPC.disable_s3=1 \
	-device "isa-applesmc,osk=$(escape "$osk")"
code_format=raw vars_format=raw
case $code in *.qcow2) code_format=qcow2 ;; esac
case ${template:-$vars} in *.qcow2) vars_format=qcow2 ;; esac
set -- "$@" \
	-drive "if=pflash,format=$code_format,readonly=on,file=$(escape "$code")" \
	-drive "if=pflash,format=$vars_format,file=$(escape "$vars")" \
	-device ich9-ahci,id=sata \
	-drive "id=loader,if=none,format=$(image_format "$loader"),file=$(escape "$loader")" \
	-device ide-hd,bus=sata.0,drive=loader,bootindex=1 \
	-drive "id=disk,if=none,format=$(image_format "$disk"),file=$(escape "$disk")" \
	-device ide-hd,bus=sata.1,drive=disk,bootindex=2
if [ -n "$installer" ]; then
	set -- "$@" \
		-drive "id=inst,if=none,format=$(image_format "$installer"),file=$(escape "$installer")" \
		-device ide-hd,bus=sata.2,drive=inst
fi
set -- "$@" \
	-device qemu-xhci,id=xhci \
	-device usb-kbd,bus=xhci.0 \
	-device usb-tablet,bus=xhci.0
if [ "$ssh_port" = 0 ]; then
	set -- "$@" -netdev user,id=net,ipv6=off
else
	set -- "$@" -netdev "user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:$ssh_port-:22"
fi
# A fixed address, because macOS ties accounts to it.
set -- "$@" -device virtio-net-pci,netdev=net,mac=52:54:00:70:76:67
if [ "$audio" != none ]; then
	set -- "$@" -audiodev "$audio,id=sound" -device usb-audio,bus=xhci.0,audiodev=sound
fi

# Behind a conventional bridge, so that macOS does not take the GPU for an integrated one. The JSON
# form, because a list of modes cannot be given in the other.
json=
if [ -n "$modes" ]; then
	for mode in $(printf '%s' "$modes" | tr ',' ' '); do
		printf '%s\n' "$mode" | grep -Eq '^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}@[1-9][0-9]{0,4}$' ||
			die "--modes: $mode: write it as 1920x1080@60"
		json="$json${json:+,}\"$mode\""
	done
	json=",\"display-modes\":[$json]"
fi
[ "$displays" = 1 ] || json="$json,\"displays\":$displays"
set -- "$@" \
	-vga none \
	-device pci-bridge,chassis_nr=5,id=gfxbr,bus=pcie.0,addr=1e.0 \
	-device "{\"driver\":\"apple-gfx-pci\",\"bus\":\"gfxbr\",\"addr\":\"0\"$json}" \
	-display none
[ -z "$serial" ] || set -- "$@" -serial "file:$(escape "$serial")"
[ -z "$qmp" ] || set -- "$@" -qmp "unix:$(escape "$qmp"),server=on,wait=off"

# The caller's own options go last, where they win.
while [ $extra -gt 0 ]; do
	option=$1
	shift
	set -- "$@" "$option"
	extra=$((extra - 1))
done
set -- pvg-qemu "$@"
if [ $kiosk = yes ]; then
	eval "set -- pvg-kiosk$kiosk_options -- \"\$@\""
fi

if [ $dry = yes ]; then
	first=yes
	for option in "$@"; do
		case $option in
		isa-applesmc,osk=*) option='isa-applesmc,osk=(the SMC key)' ;;
		esac
		case $option in
		-*) [ $first = yes ] || printf ' \\\n\t' ;;
		*) [ $first = yes ] || printf ' ' ;;
		esac
		quote "$option"
		first=no
	done
	printf '\n'
	[ $problems = 0 ] || say "$problems problem(s); a real run would stop here"
	exit 0
fi

[ $problems = 0 ] || exit 1
[ -e "$vars" ] || cp "$template" "$vars"
exec "$@"
