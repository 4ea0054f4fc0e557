// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stand-ins for display, exec, info, query and record, for tests of the rest: each handler returns
 * what the test says and counts its calls.
 */
#ifndef TESTS_UNIT_FAKE_PARTS_H
#define TESTS_UNIT_FAKE_PARTS_H

#include "device-private.h"

struct fake_parts {
	enum pvg_verdict verdict[0x42]; // for handlers of the other parts
	unsigned int calls[0x42];
	void (*on_packet)(struct pvg_device *device, const struct pvg_packet *packet);
	void (*on_register)(struct pvg_device *device,
		uint32_t offset); // as the device takes it in
	unsigned int displays_resets, exec_resets;
	uint32_t channels_freed; // bits
	uint32_t tasks_deleted;  // bits of ids 0..31
	uint32_t cursor_ports;   // OR of all kicks
	unsigned int cursor_kicks;
	bool online;
	int64_t poll_due_ns; // 0: INT64_MAX
	struct pvg_ram *ram; // borrowed: what set_ram said
};

extern struct fake_parts fake_parts;

#endif
