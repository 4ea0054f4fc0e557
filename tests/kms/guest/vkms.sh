# SPDX-License-Identifier: GPL-2.0-or-later
# vkms: a display with real vertical blanks, planes and a cursor plane, and dma-buf import.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe vkms enable_cursor=1
udevadm settle -t 3600
CARD=$(card vkms)

step 'the machine alone'
"$BUILD/tests/kms/kms-probe" "$CARD" 240 > "$OUT/probe.json"
"$BUILD/compositor/pvg-kiosk" --check --log-level error > "$OUT/check.txt" || true # no KVM, no QEMU

step 'frames at the rate of the display'
sed 's/i$//' "/sys/class/drm/${CARD##*/}-Virtual-1/modes" | awk '!seen[$0]++' > "$OUT/connector.modes"
# Without a learned phase: an emulated processor that stops for two milliseconds costs a refresh near
# the latch, and that is not what is judged here.
kiosk frames "$CARD" --phase 0 --mode 1024x768 --screenshot "$OUT/frames.png"
guestsim frames --seconds 12
said '"running"'
sleep 10.5 # of the guest's time: what is judged
cut -d' ' -f1 /proc/uptime > "$OUT/frames.until"
drm_state frames.drm # takes the locks that a flip needs
sim_end
kiosk_end

step 'the kiosk is killed and another takes over'
kiosk killed "$CARD" --mode 800x600
guestsim killed --scene reset --seconds 12
said '"running"'
sleep 2
kiosk_end KILL
kiosk restarted "$CARD" --mode 800x600
said '"link-live"'
said '"resetting"'
sim_end
kiosk_end

step 'another virtual terminal and back'
kiosk terminal "$CARD" --mode 640x480
guestsim terminal --seconds 6
said '"running"'
sleep 1
chvt_to() {
	cut -d' ' -f1 /proc/uptime >> "$OUT/terminal.switches"
	busybox chvt "$1"
}
HERE=$(cat /sys/class/tty/tty0/active)
chvt_to 9
sleep 2
chvt_to "${HERE#tty}"
sim_end
kiosk_end

step 'a picture of another size'
kiosk scaled "$CARD" --mode 640x480 --screenshot "$OUT/scaled.png"
guestsim scaled --mode 320x240 --seconds 2
sim_end
kiosk_end
step done
