# SPDX-License-Identifier: GPL-2.0-or-later
# vkms: a display with real vertical blanks, planes and a cursor plane, and dma-buf import.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe vkms enable_cursor=1
udevadm settle
CARD=$(card vkms)

step 'the machine alone'
"$BUILD/tests/kms/kms-probe" "$CARD" 240 > "$OUT/probe.json"

step 'frames at the rate of the display'
sed 's/i$//' "/sys/class/drm/${CARD##*/}-Virtual-1/modes" | awk '!seen[$0]++' > "$OUT/connector.modes"
kiosk frames "$CARD" --mode 1024x768 --screenshot "$OUT/frames.png"
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
step done
