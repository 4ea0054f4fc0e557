#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-uml.sh FOLDER: user-mode Linux with vkms, made once and kept in FOLDER/uml
#
# A Linux kernel that is an ordinary program of this machine: no QEMU, and code runs at the speed of
# the processor, so that the rates which the emulated machines cannot reach are seen there. Runs
# inside the Debian 13 tree (or on Debian 13) and takes the linux-source package that make-kernel.sh
# takes. FOLDER/uml ends up with the program linux and its stamp. Some minutes of CPU, once.
set -eu

FOLDER=${1:?usage: make-uml.sh FOLDER}/uml
HERE=$(cd "$(dirname "$0")" && pwd)

# Where there is no kernel to be had, the tests are skipped: 77 says so to the caller.
cannot() {
	echo "make-uml: $*" >&2
	exit 77
}

SOURCE=
for file in /usr/src/linux-source-*.tar.xz; do
	if [ -e "$file" ]; then
		SOURCE=$file # the last one in the list is the newest
	fi
done
[ -n "$SOURCE" ] || cannot 'no linux-source package is installed (linux-source-6.12)'

# One word for everything the result depends on. It runs with the C library it was linked with.
STAMP="$(basename "$SOURCE") $(stat -c %s "$SOURCE") $(cksum < "$HERE/make-uml.sh")"
if [ "$(cat "$FOLDER/stamp" 2>/dev/null || true)" = "$STAMP" ]; then
	exit 0
fi
[ "$(uname -m)" = x86_64 ] || cannot 'user-mode Linux is made for x86-64 only'
for tool in make gcc xz flex bison perl; do
	command -v "$tool" >/dev/null || cannot "$tool is not installed"
done

mkdir -p "$FOLDER"
exec 9> "$FOLDER/lock"
flock 9 # two test runs may start at once
if [ "$(cat "$FOLDER/stamp" 2>/dev/null || true)" = "$STAMP" ]; then
	exit 0
fi
rm -f "$FOLDER/stamp"
echo "make-uml: preparing user-mode Linux with vkms in $FOLDER (once, some minutes)"
WORK=$(mktemp -d "$FOLDER/work.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' HUP INT TERM

# Two thirds of the source are drivers that only their Kconfig files matter of.
tar xJf "$SOURCE" -C "$WORK" --strip-components=1 --wildcards \
	--exclude='*/Documentation/*/*' --exclude='*/tools/testing/*' \
	--exclude='*/drivers/gpu/drm/amd/*.[ch]' --exclude='*/drivers/gpu/drm/i915/*.[ch]' \
	--exclude='*/drivers/gpu/drm/nouveau/*.[ch]' --exclude='*/drivers/gpu/drm/xe/*.[ch]' \
	--exclude='*/drivers/net/*/*.[ch]' --exclude='*/drivers/media/*.[ch]' \
	--exclude='*/drivers/scsi/*.[ch]' --exclude='*/drivers/staging/*.[ch]' \
	--exclude='*/drivers/infiniband/*.[ch]' --exclude='*/drivers/iio/*.[ch]' \
	--exclude='linux-source-*/sound/*.[ch]' --exclude='*.dts' --exclude='*.dtsi'

# The registers that ptrace hands over are 11008 bytes on processors with AMX (leaf 0xd of cpuid
# says so); the kernel keeps them on its stack, which needs two more pages for that.
sed -i 's/(HOST_FP_SIZE, 2696)/(HOST_FP_SIZE, 11008)/' "$WORK/arch/x86/um/user-offsets.c"
grep -q 11008 "$WORK/arch/x86/um/user-offsets.c" ||
	echo 'make-uml: this source keeps registers in another way: left as it is' >&2

# vkms maps each frame into the kernel for its checksums and its writeback, which nobody asks for
# here. No display controller does that, and a page costs user-mode Linux a system call: 1 ms in each
# commit, and 25 ms without anything running, twice a second, when the mappings are taken down.
sed -i 's/return drm_gem_fb_vmap(fb, shadow_plane_state->map.*/(void)shadow_plane_state; return 0;/' \
	"$WORK/drivers/gpu/drm/vkms/vkms_plane.c"
grep -q '(void)shadow_plane_state' "$WORK/drivers/gpu/drm/vkms/vkms_plane.c" ||
	echo 'make-uml: this source maps frames in another way: left as it is' >&2

cat > "$WORK/fragment" <<'CONFIG'
CONFIG_64BIT=y
CONFIG_KERNEL_STACK_ORDER=3
CONFIG_UML_TIME_TRAVEL_SUPPORT=y
CONFIG_PRINTK=y
CONFIG_BUG=y
CONFIG_MULTIUSER=y
CONFIG_HIGH_RES_TIMERS=y
CONFIG_NO_HZ_IDLE=y
CONFIG_POSIX_TIMERS=y
CONFIG_FUTEX=y
CONFIG_EPOLL=y
CONFIG_SIGNALFD=y
CONFIG_TIMERFD=y
CONFIG_EVENTFD=y
CONFIG_SHMEM=y
CONFIG_AIO=y
CONFIG_ADVISE_SYSCALLS=y
CONFIG_MEMBARRIER=y
CONFIG_FHANDLE=y
CONFIG_FILE_LOCKING=y
CONFIG_INOTIFY_USER=y
CONFIG_BINFMT_ELF=y
CONFIG_BINFMT_SCRIPT=y
CONFIG_PROC_FS=y
CONFIG_PROC_SYSCTL=y
CONFIG_PROC_PAGE_MONITOR=y
CONFIG_SYSFS=y
CONFIG_TMPFS=y
CONFIG_DEVTMPFS=y
CONFIG_DEBUG_FS=y
CONFIG_HOSTFS=y
CONFIG_NET=y
CONFIG_SECCOMP=y
CONFIG_SECCOMP_FILTER=y
CONFIG_UNIX=y
CONFIG_STDERR_CONSOLE=y
CONFIG_SSL=y
CONFIG_NULL_CHAN=y
CONFIG_CON_CHAN="null"
CONFIG_SSL_CHAN="null"
CONFIG_TTY=y
CONFIG_UNIX98_PTYS=y
CONFIG_VIRTIO_MENU=y
CONFIG_VIRTIO_UML=y
CONFIG_UML_PCI_OVER_VIRTIO=y
CONFIG_INPUT=y
CONFIG_INPUT_EVDEV=y
CONFIG_INPUT_MISC=y
CONFIG_INPUT_UINPUT=y
CONFIG_DMABUF_HEAPS=y
CONFIG_UDMABUF=y
CONFIG_SYNC_FILE=y
CONFIG_DRM=y
CONFIG_DRM_VKMS=y
CONFIG_KALLSYMS=y
CONFIG
# Only what somebody asks for is built: a fifth of the usual configuration.
CC=gcc
if command -v ccache >/dev/null; then
	CC='ccache gcc'
fi
# The recipe computes four constants with bc.
mkdir "$WORK/path"
if ! command -v bc >/dev/null; then
	[ -x /usr/bin/busybox ] || cannot 'neither bc nor busybox is installed'
	printf '#!/bin/sh\nexec /usr/bin/busybox bc "$@"\n' > "$WORK/path/bc"
	chmod 755 "$WORK/path/bc"
fi
PATH=$WORK/path:$PATH
{
	make -C "$WORK" ARCH=um SUBARCH=x86_64 KCONFIG_ALLCONFIG=fragment allnoconfig &&
		nice make -C "$WORK" ARCH=um SUBARCH=x86_64 CC="$CC" -j"$(nproc)" linux
} > "$FOLDER/build.log" 2>&1 || {
	tail -20 "$FOLDER/build.log" >&2
	echo "make-uml: it does not build, see $FOLDER/build.log" >&2
	exit 1
}
missing=
for option in $(sed -n 's/=.*//p' "$WORK/fragment"); do
	grep -q "^$option=" "$WORK/.config" || missing="$missing $option"
done
[ -z "$missing" ] || echo "make-uml: this source has no$missing" >&2
cp "$WORK/linux" "$FOLDER/linux.new"
mv "$FOLDER/linux.new" "$FOLDER/linux" # the old one may be running
cp "$WORK/.config" "$FOLDER/config"
echo "$STAMP" > "$FOLDER/stamp"
