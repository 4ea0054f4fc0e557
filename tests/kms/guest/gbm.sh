# SPDX-License-Identifier: GPL-2.0-or-later
# virtio-gpu: pictures out of wlroots' allocator (GBM), as with a GPU. Mesa draws on the CPU here.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe virtio_gpu
udevadm settle -t 3600
CARD=$(card virtio)
NODE=$(ls -d "/sys/class/drm/${CARD##*/}/device/drm"/renderD*)
export XDG_CACHE_HOME=/run/cache WLR_RENDERER_ALLOW_SOFTWARE=1
mkdir -p "$XDG_CACHE_HOME"
preload "$BUILD/render/shader/pvg-shaderd" /usr/lib/*/libgallium-*.so /usr/lib/*/libEGL_mesa.so.0 /usr/lib/*/gbm/*.so
KIOSK_RENDERER=gles2

step 'surfaces out of GBM'
kiosk gbm "$CARD" --mode 640x480 --render-node "/dev/dri/${NODE##*/}"
guestsim gbm --scene triangle --pointer 0 --fps 10 --seconds 40
said '"running"'
sleep 3
host screendump gbm0
sleep 2
host screendump gbm1
kill -TERM "$SIM_PID"
sim_end
kiosk_end
step done
