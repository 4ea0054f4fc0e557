# SPDX-License-Identifier: GPL-2.0-or-later
# vkms: surfaces that the guest's GPU work draws, on the plane themselves. llvmpipe draws into
# udmabufs here, so the size is small.
. "$SOURCE/tests/kms/guest/lib.sh"
if grep -q 'User Mode Linux' /proc/cpuinfo; then
	export SEATD_VTBOUND=0 WLR_LIBINPUT_NO_DEVICES=1 # no terminals, no input devices
else
	modprobe vkms enable_cursor=1
	udevadm settle -t 3600
	preload "$BUILD/render/shader/pvg-shaderd" /usr/lib/*/libgallium-*.so \
		/usr/lib/*/libEGL_mesa.so.0
fi
CARD=$(card vkms)
DRAWN_SECONDS=$(sed -n 's/.*pvg\.seconds=\([^ ]*\).*/\1/p' /proc/cmdline)
SCENE=$(sed -n 's/.*pvg\.scene=\([^ ]*\).*/\1/p' /proc/cmdline)
export XDG_CACHE_HOME=/run/cache
mkdir -p "$XDG_CACHE_HOME"

step 'import of udmabufs'
"$BUILD/tests/render/test-render-import" > "$WORK/import.txt" 2>&1 ||
	echo "failed with $?" >> "$WORK/import.txt"

step 'a lost context'
PVG_SHADERD="$BUILD/render/shader/pvg-shaderd" "$BUILD/tests/scenes/test-restore" \
	> "$WORK/restore.txt" 2>&1 || echo "failed with $?" >> "$WORK/restore.txt"

step 'drawn surfaces'
kiosk drawn "$CARD" --mode 640x480 --screenshot "$WORK/drawn.png"
guestsim drawn --scene "${SCENE:-triangle}" --seconds "$DRAWN_SECONDS"
said '"running"'
sleep $((DRAWN_SECONDS - 3))
cut -d' ' -f1 /proc/uptime > "$WORK/drawn.until"
drm_state drawn.drm
sim_end
kiosk_end

step 'a pointer without a plane'
kiosk pointer "$CARD" --mode 640x480 --no-cursor-plane --screenshot "$WORK/pointer.png"
guestsim pointer --scene triangle --seconds 3
sim_end
kiosk_end
step done
