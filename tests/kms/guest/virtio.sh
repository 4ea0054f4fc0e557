# SPDX-License-Identifier: GPL-2.0-or-later
# virtio-gpu: what is on the screen is seen from outside, a second connector is plugged in, and
# there are devices to type and point with.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe virtio_gpu
udevadm settle -t 3600
CARD=$(card virtio)
NAME=${CARD##*/}

step 'the picture from outside'
kiosk picture "$CARD" --mode 800x600
guestsim picture --fps 30 --seconds 60
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
second() {
	grep -qx "$1" "/sys/class/drm/$NAME-Virtual-2/status"
}
cat "/sys/class/drm/$NAME-Virtual-2/status" > "$OUT/second.before"
kiosk hotplug "$CARD" --mode 800x600
guestsim hotplug --scene two-displays --fps 20 --seconds 60
said '"online"'
host plug 640 480
until_true 600 second connected
said '"running"'
sleep 1
host screendump hotplug0 0
host screendump hotplug1 1
host plug 0 0
until_true 600 second disconnected
sleep 1
host screendump unplugged 0
# As by somebody who cannot make up his mind, then for good.
for size in 640 0 640 0 640; do
	host plug "$size" "$((size * 3 / 4))"
	until_true 600 second "$([ "$size" = 0 ] && echo disconnected || echo connected)"
done
until_true 600 grep -q 'display 1: online' "$WORK/hotplug.log"
sleep 2
host screendump replugged 1
kill -TERM "$SIM_PID"
sim_end
kiosk_end

step 'two connectors with one display'
cat > "$WORK/mirror.conf" <<END
[output Virtual-1]
display = 0
mode = 1280x960
[output Virtual-2]
display = 0
primary = yes
mode = 640x480
END
kiosk mirror "$CARD" --config "$WORK/mirror.conf"
guestsim mirror --fps 20 --seconds 60
said '"running"'
sleep 2
host screendump mirror0 0
host screendump mirror1 1
kill -TERM "$SIM_PID"
sim_end
kiosk_end

step 'two connectors with the same picture'
sed 's/1280x960/640x480/' "$WORK/mirror.conf" > "$WORK/twins.conf"
kiosk twins "$CARD" --config "$WORK/twins.conf"
guestsim twins --fps 20 --seconds 60
said '"running"'
sleep 2
host screendump twins0 0
host screendump twins1 1
kill -TERM "$SIM_PID"
sim_end
kiosk_end

step 'drawn surfaces'
export XDG_CACHE_HOME=/run/cache
mkdir -p "$XDG_CACHE_HOME"
preload "$BUILD/render/shader/pvg-shaderd" /usr/lib/*/libgallium-*.so /usr/lib/*/libEGL_mesa.so.0
kiosk drawn "$CARD" --mode 640x480
guestsim drawn --scene triangle --fps 20 --seconds 60
said '"running"'
sleep 2
host screendump drawn0
sleep 1
host screendump drawn1
kill -TERM "$SIM_PID"
sim_end
kiosk_end

step 'a start without a panel'
echo off > "/sys/class/drm/$NAME-Virtual-1/status"
host plug 0 0
until_true 600 second disconnected
kiosk dark "$CARD" --mode 640x480
guestsim dark --fps 20 --seconds 60
said '"running"'
sleep 1
grep -c 'output Virtual' "$WORK/dark.log" > "$OUT/dark.before" || true
host plug 640 480
until_true 600 grep -q 'display 0: on output Virtual-2' "$WORK/dark.log"
sleep 3
host screendump dark 1
kill -TERM "$SIM_PID"
sim_end
kiosk_end

step done
