#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-kernel.sh FOLDER: a guest kernel for the KMS tests, made once and kept in FOLDER
#
# Runs inside the Debian 13 tree (or on Debian 13). Takes the kernel of the installed linux-headers
# package, because vkms, which Debian does not build, has to be compiled against those headers; the
# image comes from the installed package or is downloaded. FOLDER ends up with
#   version vmlinuz initrd.gz modules/ (the few modules the tests load, uncompressed, with vkms)
set -eu

FOLDER=${1:?usage: make-kernel.sh FOLDER}
HERE=$(cd "$(dirname "$0")" && pwd)
# Without it 64-bit guests of other sizes, other GPUs or a PS/2 mouse would bring dozens more.
MODULES='9pnet_virtio 9p overlay virtio_gpu virtio_input virtio_rng evdev uinput vgem drm_client_lib'

die() {
	echo "make-kernel: $*" >&2
	exit 1
}

# Where there is no kernel to be had, the tests are skipped: 77 says so to the caller.
cannot() {
	echo "make-kernel: $*" >&2
	exit 77
}

HEADERS=
for dir in /usr/src/linux-headers-*-amd64; do
	if [ -e "$dir/Makefile" ]; then
		HEADERS=$dir # the last one in the list is the newest
	fi
done
[ -n "$HEADERS" ] || cannot 'no linux-headers package for amd64 is installed (linux-headers-amd64)'
V=${HEADERS#/usr/src/linux-headers-}
SOURCE=/usr/src/linux-source-${V%%.*}.$(echo "$V" | cut -d. -f2).tar.xz

# One word for everything the result depends on: a new kernel or a new recipe makes it again.
STAMP="$V $(cksum < "$HERE/make-kernel.sh") $(cksum < "$HERE/initrd-init")"
if [ "$(cat "$FOLDER/stamp" 2>/dev/null || true)" = "$STAMP" ]; then
	exit 0
fi
for tool in make gcc xz cpio depmod modprobe; do
	command -v "$tool" >/dev/null || cannot "$tool is not installed"
done
[ -x /usr/bin/busybox ] || cannot 'busybox-static is not installed'
[ -e "$SOURCE" ] || cannot "$SOURCE is missing (package linux-source-${SOURCE##*-source-})"

mkdir -p "$FOLDER"
exec 9> "$FOLDER/lock"
flock 9 # two test runs may start at once
if [ "$(cat "$FOLDER/stamp" 2>/dev/null || true)" = "$STAMP" ]; then
	exit 0
fi
echo "make-kernel: preparing Linux $V with vkms in $FOLDER (once, about half a minute)"
WORK=$(mktemp -d "$FOLDER/work.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' HUP INT TERM
rm -f "$FOLDER/stamp"

# The image and its modules: installed, or from the archive.
if [ -r "/boot/vmlinuz-$V" ] && [ -d "/usr/lib/modules/$V/kernel" ]; then
	IMAGE=/boot/vmlinuz-$V
	BASE=/
else
	# Fresh trees have no package lists. No sandbox user: there may be no other user here.
	(
		cd "$WORK"
		fetch="apt-get -q -o APT::Sandbox::User=$(id -un)"
		$fetch download "linux-image-$V" || { $fetch update && $fetch download "linux-image-$V"; }
	) >&2 || cannot "linux-image-$V is neither installed nor downloadable"
	dpkg -x "$WORK"/linux-image-*.deb "$WORK/image"
	IMAGE=$WORK/image/boot/vmlinuz-$V
	BASE=$WORK/image
	# The package may be made for /lib; modprobe -d looks there.
	[ -e "$BASE/lib" ] || ln -s usr/lib "$BASE/lib"
	depmod -b "$BASE" "$V"
fi

# vkms out of the kernel's own source. The versions must match, or its structures do not.
tar xJf "$SOURCE" -C "$WORK" --wildcards '*/drivers/gpu/drm/vkms/*'
VKMS=$(echo "$WORK"/linux-source-*/drivers/gpu/drm/vkms)
make -s -C "/usr/lib/modules/$V/build" "M=$VKMS" CONFIG_DRM_VKMS=m modules > "$WORK/vkms.log" 2>&1 || {
	cat "$WORK/vkms.log" >&2
	die 'vkms does not build'
}

DEST=$WORK/modules/usr/lib/modules/$V
mkdir -p "$DEST/kernel" "$DEST/updates"
ln -s usr/lib "$WORK/modules/lib"
cp "$VKMS/vkms.ko" "$DEST/updates/"
for module in $MODULES $(modinfo -F depends "$VKMS/vkms.ko" | tr , ' '); do
	modprobe -d "$BASE" -S "$V" --show-depends "$module" 2>/dev/null || true
done | awk '/^insmod/ && !seen[$2]++ { print $2 }' > "$WORK/list"
while read -r file; do
	name=$(basename "$file")
	case $name in
	*.xz) xz -dc "$file" > "$DEST/kernel/${name%.xz}" ;;
	*.zst) zstd -qdc "$file" > "$DEST/kernel/${name%.zst}" ;;
	*) cp "$file" "$DEST/kernel/$name" ;;
	esac
done < "$WORK/list"
for module in 9p overlay virtio-gpu virtio_input; do
	[ -e "$DEST/kernel/$module.ko" ] || die "linux-image-$V has no module $module"
done
cp "$BASE"/usr/lib/modules/"$V"/modules.builtin* "$DEST/" 2>/dev/null ||
	cp "$BASE"/lib/modules/"$V"/modules.builtin* "$DEST/"
: > "$DEST/modules.order"
depmod -b "$WORK/modules" "$V"

# An initrd that mounts the tree over 9p below a tmpfs.
RAM=$WORK/ram
mkdir -p "$RAM/bin" "$RAM/mod" "$RAM/proc" "$RAM/sys" "$RAM/dev" "$RAM/lower" "$RAM/rw" "$RAM/root"
cp /usr/bin/busybox "$RAM/bin/busybox"
cp "$HERE/initrd-init" "$RAM/init"
chmod 755 "$RAM/init"
n=10
for module in 9pnet_virtio 9p overlay; do
	modprobe -d "$WORK/modules" -S "$V" --show-depends "$module"
done | awk '/^insmod/ && !seen[$2]++ { print $2 }' > "$WORK/list"
while read -r file; do
	n=$((n + 1))
	cp "$file" "$RAM/mod/$n-$(basename "$file")"
done < "$WORK/list"
(cd "$RAM" && find . | cpio -o -H newc 2>/dev/null | gzip -1) > "$WORK/initrd.gz"

rm -rf "$FOLDER/modules"
mv "$WORK/modules" "$FOLDER/modules"
mv "$WORK/initrd.gz" "$FOLDER/initrd.gz"
cp "$IMAGE" "$FOLDER/vmlinuz"
echo "$V" > "$FOLDER/version"
echo "$STAMP" > "$FOLDER/stamp"
