# SPDX-License-Identifier: GPL-2.0-or-later
# vkms: surfaces that the guest's GPU work draws, on the plane themselves. llvmpipe draws into
# udmabufs here, so the size is small.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe vkms enable_cursor=1
udevadm settle -t 3600
CARD=$(card vkms)
preload "$BUILD/render/shader/pvg-shaderd" /usr/lib/*/libgallium-*.so /usr/lib/*/libEGL_mesa.so.0
export XDG_CACHE_HOME=/run/cache
mkdir -p "$XDG_CACHE_HOME"

step 'import of udmabufs'
"$BUILD/tests/render/test-render-import" > "$OUT/import.txt" 2>&1 || echo "failed with $?" >> "$OUT/import.txt"

step 'drawn surfaces'
kiosk drawn "$CARD" --mode 640x480 --screenshot "$OUT/drawn.png"
guestsim drawn --scene triangle --seconds "$DRAWN_SECONDS"
said '"running"'
sleep $((DRAWN_SECONDS - 3))
cut -d' ' -f1 /proc/uptime > "$OUT/drawn.until"
drm_state drawn.drm
sim_end
kiosk_end

step 'a pointer without a plane'
kiosk pointer "$CARD" --mode 640x480 --no-cursor-plane --screenshot "$OUT/pointer.png"
guestsim pointer --scene triangle --seconds 3
sim_end
kiosk_end
step done
