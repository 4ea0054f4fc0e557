// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake-parts.h"

#include <string.h>

#include "core.h"

struct fake_parts fake_parts;

static enum pvg_verdict handle(struct pvg_device *device, const struct pvg_packet *packet) {
	fake_parts.calls[packet->opcode]++;
	if (fake_parts.on_packet != NULL) {
		fake_parts.on_packet(device, packet);
	}
	return fake_parts.verdict[packet->opcode];
}

#define HANDLER(name) \
	enum pvg_verdict name(struct pvg_device *device, const struct pvg_packet *packet) { \
		return handle(device, packet); \
	}

HANDLER(pvg_op_display_set_page)
HANDLER(pvg_op_display_ack)
HANDLER(pvg_op_display_sleep)
HANDLER(pvg_op_display_properties)
HANDLER(pvg_op_present)
HANDLER(pvg_op_cursor_glyph)
HANDLER(pvg_op_cursor_show)
HANDLER(pvg_op_device_info)
HANDLER(pvg_op_compute_info)
HANDLER(pvg_op_heap_size)
HANDLER(pvg_op_exec)

struct pvg_displays *pvg_displays_create(struct pvg_device *device) {
	return (struct pvg_displays *)&fake_parts;
}

void pvg_displays_destroy(struct pvg_displays *displays) {
}

void pvg_displays_reset(struct pvg_displays *displays) {
	fake_parts.displays_resets++;
}

void pvg_displays_set_ram(struct pvg_displays *displays, struct pvg_ram *ram) {
	fake_parts.ram = ram;
}

void pvg_displays_get_counters(const struct pvg_displays *displays, struct pvg_counters *counters) {
}

void pvg_displays_channel_freed(struct pvg_displays *displays, uint32_t channel) {
	fake_parts.channels_freed |= 1u << channel;
}

void pvg_displays_cursor_kick(struct pvg_displays *displays, uint32_t ports) {
	fake_parts.cursor_ports |= ports;
	fake_parts.cursor_kicks++;
}

int64_t pvg_displays_poll(struct pvg_displays *displays, int64_t now_ns) {
	return fake_parts.poll_due_ns != 0 ? fake_parts.poll_due_ns : INT64_MAX;
}

bool pvg_displays_any_online(const struct pvg_displays *displays) {
	return fake_parts.online;
}

struct pvg_exec *pvg_exec_create(struct pvg_device *device) {
	return (struct pvg_exec *)&fake_parts;
}

void pvg_exec_destroy(struct pvg_exec *exec) {
}

void pvg_exec_reset(struct pvg_exec *exec) {
	fake_parts.exec_resets++;
}

void pvg_exec_channel_freed(struct pvg_exec *exec, uint32_t channel) {
}

void pvg_exec_task_deleted(struct pvg_exec *exec, uint32_t task) {
	fake_parts.tasks_deleted |= task < 32 ? 1u << task : 0;
}

void pvg_exec_get_counters(const struct pvg_exec *exec, struct pvg_counters *counters) {
}

bool pvg_info_profile(struct pvg_device_info *info, const char *name) {
	return true;
}

void pvg_record_register(struct pvg_device *device, uint32_t offset, uint32_t value,
	uint32_t fifo_written) {
	if (fake_parts.on_register != NULL) {
		fake_parts.on_register(device, offset);
	}
}

void pvg_record_doorbells(struct pvg_device *device, uint32_t channels, uint32_t cursor_ports) {
}

void pvg_record_read(struct pvg_device *device, uint64_t gpa, const void *bytes,
	size_t size_bytes) {
}

void pvg_record_write(struct pvg_device *device, uint64_t gpa, size_t size_bytes) {
}

void pvg_record_connect(struct pvg_device *device, uint64_t epoch) {
}

void pvg_record_ram(struct pvg_device *device, uint32_t generation,
	const struct pvg_ram_span *spans, size_t count) {
}

void pvg_record_packet(struct pvg_device *device, uint32_t channel, uint32_t position) {
}

void pvg_record_reset(struct pvg_device *device, uint64_t epoch) {
}
