# SPDX-License-Identifier: GPL-2.0-or-later
# User-mode Linux with vkms: the guest's pictures against the vertical blank, as many as asked for.
. "$SOURCE/tests/kms/guest/lib.sh"
export SEATD_VTBOUND=0 WLR_LIBINPUT_NO_DEVICES=1 # no terminals, no input devices
CARD=$(card vkms)
SECONDS_LONG=$(sed -n 's/.*pvg\.seconds=\([^ ]*\).*/\1/p' /proc/cmdline)
PHASE=$(sed -n 's/.*pvg\.phase=\([^ ]*\).*/\1/p' /proc/cmdline)

step 'the machine alone'
"$BUILD/tests/kms/kms-probe" "$CARD" 240 > "$OUT/probe.json"

step 'pictures just before the latch'
kiosk genlock "$CARD" --mode 640x480 --phase "${PHASE:-auto}"
guestsim genlock --mode 640x480 --draw 4000 --draw-spread 300 --seconds "${SECONDS_LONG:-180}"
sim_end
kiosk_end
step done
