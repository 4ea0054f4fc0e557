// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What differs between the QEMU series the shim is built for (spec 06 section 3). Everything that
 * looks at a version number or at a field of a QEMU structure for which QEMU has no function is
 * here, so that a new series is one file's work.
 */
#ifndef QEMU_SHIM_COMPAT_H
#define QEMU_SHIM_COMPAT_H

#include "qemu/osdep.h"

#define SHIM_QEMU_AT_LEAST(major, minor) \
	(QEMU_VERSION_MAJOR > (major) || \
		(QEMU_VERSION_MAJOR == (major) && QEMU_VERSION_MINOR >= (minor)))

#if !SHIM_QEMU_AT_LEAST(10, 0)
#error "the shim needs QEMU 10.0 or later"
#endif

#if SHIM_QEMU_AT_LEAST(10, 2)
#include "system/address-spaces.h"
#include "system/memory.h"
#include "system/ramblock.h"
typedef const void ShimClassData;
#define SHIM_INTERFACES const InterfaceInfo
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "exec/ramblock.h"
typedef void ShimClassData;
#define SHIM_INTERFACES InterfaceInfo
#endif

#include "hw/pci/msi.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties-system.h"
#include "hw/qdev-properties.h"
#include "hw/resettable.h"
#include "migration/blocker.h"
#include "qapi/error.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-commands-ui.h"
#include "qapi/visitor.h"
#include "qemu/datadir.h"
#include "qemu/error-report.h"
#include "qemu/event_notifier.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "qemu/uuid.h"
#include "system/kvm.h"
#include "system/runstate.h"
#include "system/system.h"
#include "ui/console.h"
#include "ui/input.h"

static inline uint64_t shim_ram_fd_offset(RAMBlock *block) {
#if SHIM_QEMU_AT_LEAST(11, 1)
	return qemu_ram_get_fd_offset(block);
#else
	return block->fd_offset;
#endif
}

#if SHIM_QEMU_AT_LEAST(11, 1)
#define shim_console_create qemu_graphic_console_create
#define shim_console_close qemu_graphic_console_close
#define shim_console_update_full qemu_console_update_full
#define shim_console_set_cursor qemu_console_set_cursor
#define shim_console_set_mouse qemu_console_set_mouse
#define shim_send_linux_key(con, code, down) qemu_input_event_send_key_linux(con, code, down)
#define SHIM_GFX_UPDATE_RESULT bool
#define SHIM_GFX_UPDATE_DONE true
#else
#define shim_console_create graphic_console_init
#define shim_console_close graphic_console_close
#define shim_console_update_full dpy_gfx_update_full
#define shim_console_set_cursor dpy_cursor_define
#define shim_console_set_mouse dpy_mouse_set
#define SHIM_GFX_UPDATE_RESULT void
#define SHIM_GFX_UPDATE_DONE
static inline void shim_send_linux_key(QemuConsole *con, unsigned int code, bool down) {
	int qcode = qemu_input_linux_to_qcode(code);
	if (qcode != Q_KEY_CODE_UNMAPPED) {
		qemu_input_event_send_key_qcode(con, (QKeyCode)qcode, down);
	}
}
#endif

#endif
