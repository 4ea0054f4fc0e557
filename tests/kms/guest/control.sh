# SPDX-License-Identifier: GPL-2.0-or-later
# vkms with overlay planes: statistics on one of them, and what they do to the picture.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe vkms enable_cursor=1 enable_overlay=1
udevadm settle -t 3600
CARD=$(card vkms)
step 'statistics on an overlay plane'
kiosk osd "$CARD" --mode 640x480 --osd --renderer none --log-level info
guestsim osd --seconds 8
said '"running"'
sleep 5
drm_state osd.drm
"$BUILD/compositor/pvgctl" --json displays > "$OUT/displays.json"
"$BUILD/compositor/pvgctl" osd off
sleep 1
drm_state plain.drm
sim_end
kiosk_end
step done
