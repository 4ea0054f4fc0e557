# SPDX-License-Identifier: GPL-2.0-or-later
# vkms: switches between virtual terminals, many of them.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe vkms enable_cursor=1
udevadm settle -t 3600
CARD=$(card vkms)
HERE=$(cat /sys/class/tty/tty0/active)

# khugepaged makes huge pages of the GL driver's heap, of which a third is ever touched: resident
# memory that grows by some 40 MB in a minute and a half, whatever the kiosk does.
huge=/sys/kernel/mm/transparent_hugepage/enabled
[ ! -e $huge ] || echo never > $huge

step 'two hundred switches between terminals'
kiosk switches "$CARD" --mode 640x480
guestsim switches --seconds 0
said '"running"'
active() { # session lines of the kiosk so far
	grep -c "session $1" "$WORK/switches.log" || true
}
look() { # descriptors and resident pages
	echo "$(ls "/proc/$KIOSK_PID/fd" | wc -l) $(cut -d' ' -f2 "/proc/$KIOSK_PID/statm")" >> "$WORK/switches.look"
}
came() {
	[ "$(active "$1")" -ge "$2" ]
}
n=0
while [ $n -lt 100 ]; do
	n=$((n + 1))
	busybox chvt 9
	until_true 60 came 'switched away' $n
	busybox chvt "${HERE#tty}"
	until_true 60 came active $n
	case $n in 10 | 40 | 70 | 100) look ;; esac
done
sleep 2
kill -TERM "$SIM_PID"
sim_end
kiosk_end
step done
