# SPDX-License-Identifier: GPL-2.0-or-later
# The machine without us: flips of udmabufs on vkms.
. "$SOURCE/tests/kms/guest/lib.sh"
modprobe vkms enable_cursor=1
udevadm settle
step probe
"$BUILD/tests/kms/kms-probe" "$(card vkms)" 240 > probe.json
cat probe.json
