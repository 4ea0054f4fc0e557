// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/cursor.h"
#include "wire/records.h"

#define LEN(n) .rule = PVG_RULE_LEN, .length = (n)
#define EITHER(n, m) .rule = PVG_RULE_EITHER, .length = (n), .other = (m)
#define COUNTED(n, each, at, width) \
	.rule = PVG_RULE_COUNTED, .length = (n), .element = (each), .count_at = (at), \
	.count_bytes = (width)
// Head {u32 first, u32 n} (spec 03 section 1.1).
#define BIND(each) \
	.rule = PVG_RULE_BIND, .length = 16, .element = (each), .count_at = 4, .count_bytes = 4
#define OPEN(n) .rule = PVG_RULE_OPEN, .length = (n)

const struct pvg_record_info pvg_record_table[PVG_RECORDS_COUNT] = {
#define X(s, op, n, rule_fields, act) \
	[PVG_RECORD_##s##_##op] = { .space = PVG_SPACE_##s, .opcode = (op), .name = (n), \
		.action = PVG_RECORD_##act, rule_fields },
	PVG_RECORDS(X)
#undef X
};

#define SPACE_NUMBERS 0x100

#define BASE_OBJECT 0
#define BASE_RENDER 0
#define BASE_COMPUTE 0
#define BASE_BLIT 0x12c
#define BASE_EVENT 0x190
#define BASE_INFO 0x1c2
#define BASE_DESTROY 0x3e8

static const uint16_t bases[PVG_SPACES_MAX] = {
	[PVG_SPACE_OBJECT] = BASE_OBJECT,
	[PVG_SPACE_RENDER] = BASE_RENDER,
	[PVG_SPACE_COMPUTE] = BASE_COMPUTE,
	[PVG_SPACE_BLIT] = BASE_BLIT,
	[PVG_SPACE_EVENT] = BASE_EVENT,
	[PVG_SPACE_INFO] = BASE_INFO,
	[PVG_SPACE_DESTROY] = BASE_DESTROY,
};

// Row + 1 by opcode - base in each space, 0: unknown.
static const uint16_t rows[PVG_SPACES_MAX][SPACE_NUMBERS] = {
#define X(s, op, n, rule_fields, act) \
	[PVG_SPACE_##s][(op) - BASE_##s] = PVG_RECORD_##s##_##op + 1,
	PVG_RECORDS(X)
#undef X
};

const struct pvg_record_info *pvg_record_find(enum pvg_record_space space, uint32_t opcode) {
	// Declared on the encoder base class, so blit encoders have them too (spec 02 section 1.7).
	if (space == PVG_SPACE_BLIT && (opcode == 0x86 || opcode == 0x87)) {
		space = PVG_SPACE_COMPUTE;
	}
	uint32_t index = opcode - bases[space];
	if (index >= SPACE_NUMBERS || rows[space][index] == 0) {
		return NULL;
	}
	return &pvg_record_table[rows[space][index] - 1];
}

bool pvg_record_length_ok(const struct pvg_record_info *info, const uint8_t *payload,
	uint32_t length) {
	switch ((enum pvg_record_rule)info->rule) {
	case PVG_RULE_LEN:
		return length == info->length;
	case PVG_RULE_EITHER:
		return length == info->length || length == info->other;
	case PVG_RULE_OPEN:
		return length >= info->length;
	case PVG_RULE_COUNTED:
	case PVG_RULE_BIND:
		break;
	}
	if (length < info->length) {
		return false;
	}
	struct pvg_cursor c = pvg_cursor_init(payload, length - 8);
	pvg_rd_skip(&c, info->count_at);
	uint64_t count = info->count_bytes == 8 ? pvg_rd64(&c) : pvg_rd32(&c);
	uint64_t bytes;
	if (c.failed || (count == 0 && info->rule == PVG_RULE_BIND) ||
		!pvg_mul(count, info->element, &bytes) || !pvg_add(bytes, info->length, &bytes)) {
		return false;
	}
	return bytes == length;
}

const char *pvg_record_space_name(enum pvg_record_space space) {
	static const char *const names[PVG_SPACES_MAX] = {
		[PVG_SPACE_RENDER] = "render",
		[PVG_SPACE_COMPUTE] = "compute",
		[PVG_SPACE_BLIT] = "blit",
		[PVG_SPACE_EVENT] = "event",
		[PVG_SPACE_INFO] = "info",
		[PVG_SPACE_OBJECT] = "object",
		[PVG_SPACE_DESTROY] = "destroy",
	};
	return space < PVG_SPACES_MAX ? names[space] : "?";
}

const char *pvg_record_why(const struct pvg_record_info *info) {
	if (info->space == PVG_SPACE_INFO || info->opcode == 0x21) {
		return "no rasterization rate maps";
	}
	if (info->space == PVG_SPACE_BLIT || info->opcode == 0x14 || info->opcode == 0x15 ||
		info->opcode == 0xe4 || info->opcode == 0xe5) {
		return "no indirect command buffers";
	}
	if (info->opcode == 0x20) {
		return "no programmable sample positions";
	}
	if (info->opcode == 0x99 || info->opcode == 0x9a) {
		return "no vertex amplification";
	}
	return info->opcode == 0xd8 || info->opcode == 0x22 ? "no imageblocks" : "no tile shaders";
}
