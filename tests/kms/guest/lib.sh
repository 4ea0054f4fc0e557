# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the scripts that run inside the KMS test guest. Sourced; stops at the first error.
set -eu

# The device node of a DRM driver: card numbers change from boot to boot.
card() {
	for dir in /sys/class/drm/card[0-9]; do
		case $(readlink -f "$dir") in
		*"$1"*) echo "/dev/dri/${dir##*/}" ;;
		esac
	done
}

# host WORD...: ask the program outside for something, wait for its answer, fail when it refuses.
host() {
	echo "$*" > /dev/ttyS1
	read -r answer < /dev/ttyS1
	[ "$answer" = ok ] || {
		echo "host $*: $answer"
		return 1
	}
}

# step NAME: a line of progress outside, with the time
step() {
	echo "== $1 ($(cut -d' ' -f1 /proc/uptime) s)"
	echo "STEP $1 $(cut -d' ' -f1 /proc/uptime)" > /dev/ttyS0
}

# until_true SECONDS COMMAND...: try the command until it succeeds; fails when the time is over
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
