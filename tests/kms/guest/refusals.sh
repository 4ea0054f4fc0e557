# SPDX-License-Identifier: GPL-2.0-or-later
# vkms that refuses things (fault.c): a kind of memory while a guest draws, commits that a test
# accepted, and a panel that is not there at the start.
. "$SOURCE/tests/kms/guest/lib.sh"
if grep -q 'User Mode Linux' /proc/cpuinfo; then
	export SEATD_VTBOUND=0 WLR_LIBINPUT_NO_DEVICES=1 # no terminals, no input devices
else
	modprobe vkms enable_cursor=1
	udevadm settle -t 3600
fi
CARD=$(card vkms)
STATUS=/sys/class/drm/${CARD##*/}-Virtual-1/status
export XDG_CACHE_HOME=/run/cache
mkdir -p "$XDG_CACHE_HOME"
KMS_FAULT=$WORK/fault
export KMS_FAULT
KIOSK_PRELOAD=$BUILD/tests/kms/libkms-fault.so

step 'the plane refuses udmabufs from now on'
kiosk refused "$CARD" --mode 640x480 --screenshot "$WORK/refused.png"
guestsim refused --scene triangle --seconds 9
said '"running"'
sleep 3
cut -d' ' -f1 /proc/uptime > "$WORK/refused.from"
echo udmabuf > "$KMS_FAULT"
sim_end
kiosk_end
rm "$KMS_FAULT"

step 'commits fail that were tested'
kiosk failed "$CARD" --mode 640x480 --screenshot "$WORK/failed.png"
guestsim failed --seconds 9
said '"running"'
sleep 2
cut -d' ' -f1 /proc/uptime > "$WORK/failed.from"
echo commit > "$KMS_FAULT"
sleep 1
cut -d' ' -f1 /proc/uptime > "$WORK/failed.until"
rm "$KMS_FAULT"
sim_end
kiosk_end

step 'no panel at the start'
# vkms tells nobody that its panel changed; a real driver's event says HOTPLUG.
mkdir -p /run/udev/rules.d
echo 'SUBSYSTEM=="drm", ACTION=="change", ENV{HOTPLUG}="1"' > /run/udev/rules.d/99-panel.rules
udevadm control --reload
echo off > "$STATUS"
kiosk panel "$CARD" --mode 640x480 --screenshot "$WORK/panel.png"
cat "$STATUS" > "$OUT/panel.before"
guestsim panel --seconds 9
sleep 2
grep -c 'output Virtual-1' "$WORK/panel.log" > "$OUT/panel.outputs" || true
echo on > "$STATUS"
udevadm trigger --action=change "$CARD"
sim_end
kiosk_end
step done
