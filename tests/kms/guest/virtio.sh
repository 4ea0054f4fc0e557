# SPDX-License-Identifier: GPL-2.0-or-later
# virtio-gpu: what is on the screen is seen from outside, a second connector is plugged in, and
# there are devices to type and point with.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe virtio_gpu
udevadm settle
CARD=$(card virtio)
NAME=${CARD##*/}

step 'the picture from outside'
kiosk picture "$CARD" --mode 800x600
guestsim picture --seconds 60
said '"running"'
sleep 1
host screendump first
sleep 1
host screendump second

step 'typing and pointing'
host key a
said '"event":"key","code":30,"down":0'
host move 8192 24576
said '"event":"pointer","kind":0'
host button left
said '"event":"pointer","kind":2,"a":272,"b":0'
kill -TERM "$SIM_PID"
sim_end
kiosk_end

step 'a second connector'
cat "/sys/class/drm/$NAME-Virtual-2/status" > "$OUT/second.before"
kiosk hotplug "$CARD" --mode 800x600
guestsim hotplug --scene two-displays --seconds 60
said '"online"'
echo on > "/sys/class/drm/$NAME-Virtual-2/status"
echo 1 > "/sys/class/drm/$NAME/uevent" 2>/dev/null || true
udevadm trigger --action=change "/sys/class/drm/$NAME"
said '"running"'
sleep 1
host screendump hotplug0 0
host screendump hotplug1 1
echo off > "/sys/class/drm/$NAME-Virtual-2/status"
udevadm trigger --action=change "/sys/class/drm/$NAME"
sleep 2
host screendump unplugged 0
kill -TERM "$SIM_PID"
sim_end
kiosk_end
step done
