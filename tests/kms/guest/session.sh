# SPDX-License-Identifier: GPL-2.0-or-later
# A session as a distribution would start it: seatd hands out the screen and the devices, the kiosk
# and the guest are an ordinary user's. Devices of uinput go through libinput; other programs look at
# the screen. vkms has planes, vertical blanks and a look-up table, virtio-gpu has a plug.
. "$SOURCE/tests/kms/guest/lib.sh"
if ! command -v seatd > /dev/null; then
	echo 'no seatd here' > "$OUT/no-seatd"
	exit 0
fi
modprobe uinput
# A touch screen says which panel it lies on, as udev rules of such machines do.
mkdir -p /run/udev/rules.d
cat > /run/udev/rules.d/99-touch.rules << END
SUBSYSTEM=="input", ATTRS{name}=="pvg touch screen", ENV{WL_OUTPUT}="Virtual-2"
END
udevadm control --reload
modprobe vkms enable_cursor=1
modprobe virtio_gpu
mkfifo /run/hands
python3 "$SOURCE/tests/kms/guest/hands.py" /run/hands > "$WORK/hands.log" 2>&1 &
until_true 120 grep -q ready "$WORK/hands.log"
udevadm settle -t 3600
VKMS=$(card vkms)
VIRTIO=$(card virtio)
NAME=${VIRTIO##*/}
HERE=$(cat /sys/class/tty/tty0/active)

# Whose the kiosk is: nobody owns no device, and is in no group.
USER_DIR=/run/user-nobody
mkdir -m 700 "$USER_DIR"
chown nobody:nogroup "$USER_DIR" "$WORK"
PVG_SOCKET=$USER_DIR/pvg.sock
export PVG_SOCKET
cp "$BUILD/compositor/pvg-kiosk" "$BUILD/compositor/pvgctl" "$BUILD/tests/guest/pvg-guestsim" \
	"$USER_DIR/" # the build may be in a folder of root's
mkdir -p "$USER_DIR/source/tests/kms" "$USER_DIR/source/protocols"
cp -r "$SOURCE/tests/compositor" "$USER_DIR/source/tests/"
cp "$SOURCE/tests/kms/barcode.py" "$USER_DIR/source/tests/kms/"
cp "$SOURCE"/protocols/*.xml "$USER_DIR/source/protocols/"
cp "$SOURCE/tests/kms/guest/clients.py" "$USER_DIR/"
seatd -u nobody > "$OUT/seatd.log" 2>&1 &
until_true 120 test -S /run/seatd.sock
as_user() { # does not come back: for subshells
	exec setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs --bounding-set=-all \
		env HOME="$USER_DIR" XDG_RUNTIME_DIR="$USER_DIR" XDG_CONFIG_HOME="$USER_DIR" "$@"
}
user_kiosk() {
	KIOSK=$1
	card=$2
	shift 2
	rm -f "$PVG_SOCKET"
	as_user LIBSEAT_BACKEND=seatd WLR_RENDERER=pixman WLR_DRM_DEVICES="$card" \
		"$USER_DIR/pvg-kiosk" --backend drm --socket "$PVG_SOCKET" --log-level debug \
		--renderer none --stats "$USER_DIR/$KIOSK.stats" "$@" > "$WORK/$KIOSK.log" 2>&1 &
	KIOSK_PID=$!
	until_true 120 test -S "$PVG_SOCKET" || {
		tail -20 "$WORK/$KIOSK.log"
		return 1
	}
}
user_kiosk_end() {
	kiosk_end
	cp "$USER_DIR/$KIOSK.stats" "$OUT/"
}
user_guestsim() {
	SIM=$1
	shift
	: > "$WORK/$SIM.lines" # marks of ours are added to it
	as_user "$USER_DIR/pvg-guestsim" "$@" >> "$WORK/$SIM.lines" 2> "$WORK/$SIM.errors" &
	SIM_PID=$!
}
do_it() { # DEVICE DEED ARGUMENT...
	echo "$*" > /run/hands
}
heard() {
	said "$1" 120
}
pressed() { # KEYBOARD CODE
	do_it "$1" key "$2" 1
	do_it "$1" key "$2" 0
}

step 'a user of seatd'
(as_user "$USER_DIR/pvg-kiosk" --check --log-level error) > "$OUT/user-check.txt" || true # no KVM
user_kiosk user "$VKMS" --mode 640x480
grep -E '^(Uid|Groups|CapEff|NoNewPrivs):' "/proc/$KIOSK_PID/status" > "$OUT/user.status-file"
user_guestsim user --seconds 0 --fps 20
heard '"running"'

step 'keys and scrolling through libinput'
pressed keyboard 30
heard '"code":30,"down":0'
pressed keyboard 163 # the next song
heard '"code":163,"down":0'
# One key on two keyboards: up with the last of them.
do_it keyboard key 42 1
heard '"code":42,"down":1'
do_it keypad key 42 1
do_it keyboard key 42 0
pressed keypad 31
heard '"code":31,"down":0'
cp "$WORK/user.lines" "$OUT/user.held"
do_it keypad key 42 0
heard '"code":42,"down":0'
do_it mouse move 50 20
heard '"event":"pointer","kind":0'
do_it mouse wheel 30
do_it mouse wheel 120
heard '"event":"pointer","kind":3'
sleep 1
echo '{"event":"mark","what":"touchpad"}' >> "$WORK/user.lines"
do_it touchpad scroll 400
until_true 120 sh -c "sed '1,/touchpad/d' '$WORK/user.lines' | grep -q '\"kind\":3'"
sleep 1
# A keyboard is pulled out with a key down.
do_it keypad key 57 1
heard '"code":57,"down":1'
do_it keypad unplug
heard '"code":57,"down":0'

step 'another terminal by its chord, and back'
for code in 29 56; do
	do_it keyboard key $code 1
done
heard '"code":56,"down":1'
pressed keyboard 67 # F9
until_true 120 grep -q 'session switched away' "$WORK/user.log"
for code in 29 56; do
	do_it keyboard key $code 0
done
cat /sys/class/tty/tty0/active > "$OUT/user.terminal"
busybox chvt "${HERE#tty}"
until_true 120 sh -c "grep -A 999999 'session switched away' '$WORK/user.log' | grep -q 'session active'"
pressed keyboard 32
heard '"code":32,"down":0'

step 'programs of others'
mkfifo /run/clients
as_user python3 "$USER_DIR/clients.py" "$USER_DIR/source" "$USER_DIR/wayland-0" \
	"$USER_DIR/clients.json" < /run/clients > "$WORK/clients.log" 2>&1 &
exec 4> /run/clients
until_true 120 grep -q done "$WORK/clients.log"
sleep 1
python3 "$SOURCE/tests/kms/guest/lut.py" "$VKMS" > "$OUT/gamma.lut"
exec 4>&- # the program ends, and with it its table
sleep 1
python3 "$SOURCE/tests/kms/guest/lut.py" "$VKMS" > "$OUT/plain.lut"
cp "$USER_DIR/clients.json" "$OUT/"
kill -TERM "$SIM_PID"
sim_end
user_kiosk_end

step 'a finger on a panel that comes and goes'
second() {
	grep -qx "$1" "/sys/class/drm/$NAME-Virtual-2/status"
}
tap() {
	do_it screen down 300 210 # a quarter across and down
	do_it screen up
}
user_kiosk touch "$VIRTIO" --mode 640x480
user_guestsim touch --scene two-displays --seconds 0 --fps 10
heard '"online"'
mark() {
	echo "{\"event\":\"mark\",\"what\":\"$1\"}" >> "$WORK/touch.lines"
	pressed keyboard "$2" # what comes before it has arrived with it
	heard "\"code\":$2,\"down\":0"
}
mark unplugged 2
tap
mark plugging 3
host plug 640 480
until_true 120 second connected
until_true 120 grep -q 'display 1: online' "$WORK/touch.log"
mark plugged 4
tap
heard '"kind":2,"a":272,"b":0'
mark away 5
host plug 0 0
until_true 120 second disconnected
until_true 120 grep -q 'output Virtual-2: gone' "$WORK/touch.log"
tap
mark back 6
host plug 640 480
until_true 120 sh -c "grep -c 'output Virtual-2: panel' '$WORK/touch.log' | grep -q 2"
sleep 1
tap
sleep 1
mark end 7
kill -TERM "$SIM_PID"
sim_end
user_kiosk_end
step done
