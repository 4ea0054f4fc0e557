// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The register file of BAR0 (spec 01 section 2, 06 section 6.2 and 6.4). Pure C over struct
 * pvg_link_page: libpvg-shim.so answers the guest with it, tests drive a device with it.
 *
 * The caller serialises pvg_regs_write, pvg_regs_reset and pvg_regs_rebase (QEMU: the BQL).
 * pvg_regs_read may run at the same time on any thread: it never waits.
 */
#ifndef PVG_REGS_H
#define PVG_REGS_H

#include <stdbool.h>
#include <stdint.h>

struct pvg_link_page;

#define PVG_BAR0_SIZE 0x4000u
#define PVG_VERSION_MAX 62u

enum pvg_reg {
	PVG_REG_CONTROL_FIFO = 0x1000,
	PVG_REG_FIFO_LENGTH = 0x1004,
	PVG_REG_FIFO_WRITTEN = 0x1008,
	PVG_REG_FIFO_READ = 0x100c,
	PVG_REG_FIFO_START = 0x1010,
	PVG_REG_INTR_STATUS_DISP = 0x1014,
	PVG_REG_INTR_STATUS_GPU = 0x1018,
	PVG_REG_ROOT_PAGE = 0x101c,
	PVG_REG_CHILD_DOORBELL = 0x1020,
	PVG_REG_MAIN_KICK = 0x1024,
	PVG_REG_CHILD_REPLAY_DOORBELL = 0x1028,
	PVG_REG_INTR_FAULT = 0x102c,
	PVG_REG_FIFO_BASE_PAGE = 0x1030,
	PVG_REG_VERSION = 0x1034,
	PVG_REG_EFI_DISPLAY = 0x1200,
	PVG_REG_MODE_COUNT = 0x1204,
	PVG_REG_MODE_SELECT = 0x1208,
	PVG_REG_MODE_SIZE = 0x120c,
	PVG_REG_FB_START = 0x1210,
	PVG_REG_FB_LENGTH = 0x1214,
	PVG_REG_FB_DEPTH = 0x1218,
	PVG_REG_FB_MODE = 0x121c,
	PVG_REG_CURSOR_KICK = 0x1220,
	PVG_REG_STRIDE_ALIGN = 0x1224,
	PVG_REG_FB_STRIDE = 0x1228,
	PVG_REG_DISPLAY_PORTS = 0x122c,
	PVG_REG_BUILTIN_CONNECTED = 0x1234,
};

struct pvg_regs {
	struct pvg_link_page *page; // borrowed
	uint32_t displays;          // 0x122c
	void (*doorbell)(void *data); // signal the doorbell eventfd; must not block
	void *data;
	// Says once what was refused: each width, offset and port kind, each channel id. NULL:
	// silent. Set after pvg_regs_init. Any thread that accesses the registers; must not block.
	void (*warn)(void *data, const char *what, uint32_t value);
	uint32_t sparse[(PVG_BAR0_SIZE - 0x2000) / 4]; // 0x2000..0x3fff, beyond the mirror
	uint64_t refused_width, refused_offset, refused_channel, refused_port;
	uint32_t warned; // bits of what was said
	uint32_t channels_warned[4]; // ids 0..127; all others share a bit of @warned
};

// Prepares a zeroed page for a first connection (epoch 1) and the register file over it.
void pvg_regs_init(struct pvg_regs *regs, struct pvg_link_page *page, uint32_t displays,
	void (*doorbell)(void *data), void *data);

/**
 * pvg_regs_read, pvg_regs_write - one access of @size bytes (1..8) at BAR0 @offset
 *
 * Widths other than 4 and 8, unaligned offsets and the MSI area below 0x1000 read 0 and ignore
 * writes. 8-byte accesses are two 4-byte ones, low half first; the high half of one at 0x1030 is
 * dropped (spec 01 section 2.1).
 */
uint64_t pvg_regs_read(struct pvg_regs *regs, uint32_t offset, unsigned int size);
void pvg_regs_write(struct pvg_regs *regs, uint32_t offset, unsigned int size, uint64_t value);

// Machine reset: everything zero, epoch and fifo_gen + 1, doorbell rung. The wait for the host's
// answer (page->epoch_seen) is the caller's.
void pvg_regs_reset(struct pvg_regs *regs);

// Moves to a fresh page for a new connection: mirror, FIFO_WRITTEN, FIFO_READ, unread status bits,
// pending doorbell and cursor bits and the table at 0x200 go along (spec 06 section 6.1).
void pvg_regs_rebase(struct pvg_regs *regs, struct pvg_link_page *new_page);

// True when the host put something into the page that no host may (spec 06 section 6.4 rule 6).
// Serialised like a write.
bool pvg_regs_host_is_bad(const struct pvg_regs *regs);

#endif
