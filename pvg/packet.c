// SPDX-License-Identifier: GPL-2.0-or-later
#include "core.h"
#include "wire/opcodes.h"

#define OPCODES (PVG_PACKET_OPCODE_MAX + 1)

struct opcode {
	const char *name; // NULL: retired or unassigned
	pvg_packet_handler handler;
	uint32_t payload_min_bytes;
	bool heavy;
	bool retired;
};

static_assert(OPCODES == sizeof(((struct pvg_counters *)0)->opcodes) / sizeof(uint64_t),
	"one counter an opcode");

static const struct opcode opcodes[OPCODES] = {
#define X(op, opcode_name, min, func, is_heavy) \
	[op] = { \
		.name = (opcode_name), \
		.handler = (func), \
		.payload_min_bytes = (min), \
		.heavy = (is_heavy), \
	},
	PVG_PACKET_OPCODES(X)
#undef X
#define X(op) [op] = { .retired = true },
		PVG_PACKET_RETIRED(X)
#undef X
};

bool pvg_packet_is_heavy(uint16_t opcode) {
	return opcode < OPCODES && opcodes[opcode].heavy;
}

enum pvg_verdict pvg_op_ack(struct pvg_device *device, const struct pvg_packet *packet) {
	return PVG_DONE;
}

// Whatever it is, it is acknowledged (spec 01 section 5.6): only a handler may ask for a retry.
enum pvg_verdict pvg_packet_dispatch(struct pvg_device *device, const struct pvg_packet *packet) {
	if (device->tap != NULL && device->tap->packet != NULL) {
		device->tap->packet(device->tap->data, packet,
			packet->opcode < OPCODES ? opcodes[packet->opcode].name : NULL);
	}
	if (packet->opcode >= OPCODES) {
		PVG_REFUSE(device, OPCODE,
			"channel %u: opcode 0x%x: above every known one, the header "
			"is probably corrupt",
			packet->channel, packet->opcode);
		return PVG_DONE;
	}
	const struct opcode *opcode = &opcodes[packet->opcode];
	if (opcode->retired) {
		PVG_REFUSE(device, OPCODE_RETIRED, "channel %u: opcode 0x%x: retired",
			packet->channel, packet->opcode);
		return PVG_DONE;
	}
	if (opcode->handler == NULL) {
		PVG_REFUSE(device, OPCODE, "channel %u: opcode 0x%x: unassigned", packet->channel,
			packet->opcode);
		return PVG_DONE;
	}
	if (packet->payload_size < opcode->payload_min_bytes) {
		PVG_REFUSE(device, PAYLOAD_SHORT, "channel %u: %s: %zu bytes of %u",
			packet->channel, opcode->name, packet->payload_size,
			opcode->payload_min_bytes);
		return PVG_DONE;
	}
	return opcode->handler(device, packet);
}
