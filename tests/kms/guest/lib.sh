# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the scripts that run inside the KMS test guest. Sourced; stops at the first error.
set -eu

# The device node of a DRM driver: card numbers change from boot to boot.
card() {
	for dir in /sys/class/drm/card[0-9]; do
		case "$(readlink -f "$dir") $(readlink "$dir/device/driver")" in
		*"$1"*) echo "/dev/dri/${dir##*/}" ;;
		esac
	done | grep . || {
		echo "no card of $1" >&2
		return 1
	}
}

# Held open: closing a terminal throws away what has arrived. User-mode Linux has none: nobody is
# asked for anything there.
if [ -e /dev/ttyS1 ]; then
	exec 3<> /dev/ttyS1
	stty raw -echo <&3
fi

# host WORD...: ask the program outside for something, wait for its answer, fail when it refuses.
host() {
	echo "$*" >&3
	read -r answer <&3
	[ "$answer" = ok ] || {
		echo "host $*: $answer"
		return 1
	}
}

# step NAME: a line of progress outside, with the time
step() {
	echo "== $1 ($(cut -d' ' -f1 /proc/uptime) s)"
	[ ! -e /dev/ttyS0 ] || echo "STEP $1 $(cut -d' ' -f1 /proc/uptime)" > /dev/ttyS0
}

# until_true SECONDS COMMAND...: try the command until it succeeds; fails when the time is over.
# Generous: the guest's time runs ahead while it waits for the host's files (rig.py).
until_true() {
	deadline=$(($(cut -d. -f1 /proc/uptime) + $1))
	shift
	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt "$deadline" ] || {
			echo "gave up waiting for: $*"
			return 1
		}
		sleep 0.1
	done
}

# Everything that is written often stays in memory until the end: with virtual time, waiting for
# the host's files is time that the guest's clock does not see pass.
WORK=/run/work
mkdir -p "$WORK"
PVG_SOCKET=$WORK/pvg.sock
XDG_CONFIG_HOME=$WORK # the root is the host's, its user's settings are not meant
export PVG_SOCKET XDG_CONFIG_HOME
trap 'cp "$WORK"/*.* "$OUT/" 2>/dev/null' EXIT # whatever happens, there is something to read

# Programs and their libraries into memory, so that nothing waits for them later.
preload() {
	for program in "$@"; do
		ldd "$program" | awk '$3 ~ /^\// { print $3 }'
		echo "$program"
	done | sort -u | xargs cat > /dev/null
}
preload "$BUILD/compositor/pvg-kiosk" "$BUILD/tests/guest/pvg-guestsim" "$BUILD/tests/kms/kms-probe"
find /usr/share/X11/xkb /usr/share/libinput -type f -exec cat {} + > /dev/null

# kiosk NAME CARD ARGUMENT...: start it and wait for its socket. NAME.log, .stats and .trace in $OUT
# after kiosk_end.
kiosk() {
	KIOSK=$1
	card=$2
	shift 2
	rm -f "$PVG_SOCKET"
	LIBSEAT_BACKEND=builtin WLR_RENDERER="${KIOSK_RENDERER:-pixman}" WLR_DRM_DEVICES="$card" \
		LD_PRELOAD="${KIOSK_PRELOAD:-}" \
		"$BUILD/compositor/pvg-kiosk" --backend drm --socket "$PVG_SOCKET" --log-level debug \
		--stats "$WORK/$KIOSK.stats" --trace "$WORK/$KIOSK.trace" "$@" > "$WORK/$KIOSK.log" 2>&1 &
	KIOSK_PID=$!
	until_true 600 test -S "$PVG_SOCKET" || {
		tail -20 "$WORK/$KIOSK.log"
		return 1
	}
}

# kiosk_end [SIGNAL]: end it, say with what status, keep its files
kiosk_end() {
	kill "-${1:-TERM}" "$KIOSK_PID"
	status=0
	wait "$KIOSK_PID" || status=$?
	echo "$KIOSK ended with status $status"
	echo "$status" > "$OUT/$KIOSK.status"
	cp "$WORK/$KIOSK".* "$OUT/"
}

# guestsim NAME ARGUMENT...: a guest in the background, its lines in NAME.lines
guestsim() {
	SIM=$1
	shift
	"$BUILD/tests/guest/pvg-guestsim" "$@" > "$WORK/$SIM.lines" 2> "$WORK/$SIM.errors" &
	SIM_PID=$!
}

# said PATTERN [SECONDS]: wait until the guest said it
said() {
	until_true "${2:-600}" grep -q -- "$1" "$WORK/$SIM.lines"
}

# sim_end: wait for its scene to end
sim_end() {
	status=0
	wait "$SIM_PID" || status=$?
	echo "$SIM ended with status $status"
	echo "$status" > "$OUT/$SIM.status"
	cp "$WORK/$SIM".* "$OUT/"
}

# What the kernel shows now. Each card has its folder twice, by number and by name.
drm_state() {
	cat /sys/kernel/debug/dri/[0-9]*/state > "$WORK/$1" 2>/dev/null
	cp "$WORK/$1" "$OUT/$1"
}
