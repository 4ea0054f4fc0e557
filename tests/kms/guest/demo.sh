# SPDX-License-Identifier: GPL-2.0-or-later
# ./dev demo --kms: one scene on vkms; what it is stands in $OUT/demo.arguments.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe vkms enable_cursor=1
udevadm settle -t 3600
read -r SCENE MODE SECONDS_SHOWN < "$OUT/demo.arguments"

step "scene $SCENE, $MODE, $SECONDS_SHOWN s"
kiosk demo "$(card vkms)" --mode "$MODE" --screenshot "$OUT/demo.png"
guestsim demo --scene "$SCENE" --mode "$MODE" --seconds "$SECONDS_SHOWN" --patience 600
sim_end
kiosk_end
