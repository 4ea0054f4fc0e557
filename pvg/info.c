// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GetDeviceInfo: one row a key with its values, the reason, and where the facts come from.
 *
 * "proven" are the values with which desktops have run elsewhere (spec 01 section 2.6, column
 * "run"), "strict" promises nothing that is refused (spec 02 section 7.3, "First implementation").
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec-private.h"
#include "gpu/gpu-private.h"

#define KEY_PLANES 12
#define KEY_HEAP_BUFFERS 14
#define KEY_SURFACE_BUFFERS 17
// From these rungs on a guest acts on them (spec 01 section 2.4, 02 section 7.3).
#define VERSION_HEAPS 43
#define VERSION_SURFACE_BUFFERS 60
#define FORMAT_D24S8 255
#define OLD_FORM_KEY_LIMIT 7 // the lowest one seen; the old request does not say

enum promise {
	PROMISE_NONE, // a limit or a hint: any value is kept
	PROMISE_MORE, // above the kept value something is refused
	PROMISE_BITS, // outside the kept bits something is refused
};

struct row {
	struct pvg_info_key info;
	enum promise promise;
	uint32_t kept;
	const char *refused; // what is, when the promise is used
};

#define A PVG_INFO_ABSENT
#define ROW(key, field, proven, strict, why, spec, promise, kept, refused) \
	{ { key, field, proven, strict, why, spec }, promise, kept, refused }

static const struct row rows[] = {
	ROW(1, "MSAASamples", 8, 8, "must be >= 1; cut to the host's", "02 7.3", PROMISE_MORE, 8,
		"passes of more than 8 samples"),
	ROW(2, "D24S8Supported", 1, 1, "core in GLES", "02 7.3", PROMISE_NONE, 0, NULL),
	ROW(3, "MaxThreadsPerThreadgroupWidth", 1024, 1024, "GLES minimum with common drivers",
		"01 2.6", PROMISE_NONE, 0, NULL),
	ROW(4, "MaxThreadsPerThreadgroupHeight", 1024, 1024, "as width", "01 2.6", PROMISE_NONE, 0,
		NULL),
	ROW(5, "MaxThreadsPerThreadgroupDepth", 64, 64, "GLES minimum", "01 2.6", PROMISE_NONE, 0,
		NULL),
	ROW(6, "MaxThreadgroupMemoryLength", 32768, 32768, "common drivers' limit", "01 2.6",
		PROMISE_NONE, 0, NULL),
	ROW(7, "IsFramebufferReadSupported", 1, 1, "by an extension, or copies of the attachment",
		"02 7.3", PROMISE_NONE, 0, NULL),
	ROW(8, "IsRGB10A2GammaSupported", 1, 1, "the display path passes 10 bits on", "02 7.3",
		PROMISE_NONE, 0, NULL),
	ROW(9, "SupportsNativeHardwareFP16", 1, 1, "mediump or emulation", "02 7.3", PROMISE_NONE,
		0, NULL),
	ROW(10, "DeserializerVersion", 8, 8, "every record form is decoded; 8 is the highest",
		"02 7.2", PROMISE_NONE, 0, NULL),
	ROW(11, "PrimitiveTypeSupport", 0x1f, 0x1f, "point to triangle strip", "02 7.3",
		PROMISE_BITS, 0x1f, "other primitive types"),
	ROW(12, "SupportsMultiplaneTextures", A, A,
		"computed: 1 at VERSION 31, 41-43, 60-62, where the guest changes an object's shape",
		"01 2.6", PROMISE_MORE, 0, "two-plane textures (object type 12)"),
	ROW(13, "LinearTextureAlignment", 256, 256, "what hosts want; absent reads 16", "02 4.5",
		PROMISE_NONE, 0, NULL),
	ROW(14, "HeapBuffers", 1, 0,
		"buffers in heaps have no known layout; from VERSION 43 on 0 in every profile",
		"02 4.12", PROMISE_MORE, 0, "buffers in heaps"),
	ROW(15, "HeapBufferAlignment", 32, 256, "absent reads 256", "02 7.3", PROMISE_NONE, 0,
		NULL),
	ROW(16, "HeapTextures", 1, 1, "they have memory of their own; nothing without key 14",
		"02 4.10", PROMISE_NONE, 0, NULL),
	ROW(17, "BufferFromIOSurface", 1, 0,
		"object type without a known layout; from VERSION 60 on 0 in every profile",
		"02 4.12", PROMISE_MORE, 0, "buffers over surfaces"),
	ROW(18, "MaxMetalShaderVersion", 0x20007, 0x20007, "AIR 2.7, what running hosts answer",
		"02 7.3", PROMISE_NONE, 0, NULL),
	ROW(19, "SupportsSharedTextures", 1, 0, "no record for them is known", "02 7.3",
		PROMISE_MORE, 0, "shared textures"),
	ROW(20, "MaxVertexAmplificationCount", A, A, "absent: never sent", "02 7.3", PROMISE_MORE,
		0, "records 0x99, 0x9a"),
	ROW(21, "ProgrammableSamplePositions", 1, 0, "no GLES equivalent", "02 7.3", PROMISE_MORE,
		0, "record 0x20"),
	ROW(22, "RasterizationRateLayerCount", A, A, "absent: never sent", "02 4.24", PROMISE_MORE,
		0, "rate maps"),
	ROW(23, "TileShaders", 1, 0, "no GLES equivalent", "02 7.3", PROMISE_MORE, 0,
		"records 0x22-0x24, 0x9b-0xa4"),
	ROW(24, "ImageBlocks", 1, 0, "no GLES equivalent", "02 7.3", PROMISE_MORE, 0,
		"record 0xd8"),
	ROW(25, "RasterOrderGroups", 1, 0, "needs fragment interlock", "02 7.3", PROMISE_MORE, 0,
		"the order of fragments on memory: functions run without it"),
	ROW(26, "MemoryOrderAtomics", 1, 1, "barriers around the atomic", "02 7.3", PROMISE_NONE, 0,
		NULL),
	ROW(27, "LargeMRT", 1, 1, "8 attachments where the host has them", "02 7.3", PROMISE_NONE,
		0, NULL),
	ROW(28, "SupportFlags2023", 7, 6, "bits 1 and 2: dynamic strides, 2D multisample arrays",
		"02 7.3", PROMISE_BITS, 6, "Apple5 features"),
	ROW(29, "MaxTotalComputeThreadsPerThreadgroup", 1024, 1024, "common drivers' limit",
		"01 2.6", PROMISE_NONE, 0, NULL),
	ROW(30, "MaxComputeLocalMemorySizes", 32768, 32768, "common drivers' limit", "02 7.3",
		PROMISE_NONE, 0, NULL),
	ROW(31, "MaxComputeThreadgroupMemory", 32768, 32768, "common drivers' limit", "01 2.6",
		PROMISE_NONE, 0, NULL),
	ROW(32, "MaxComputeThreadgroupMemoryAlignmentBytes", 16, 16, "vec4", "01 2.6", PROMISE_NONE,
		0, NULL),
	ROW(33, "SupportFlags2024", 0xfff, 0x147,
		"bits 0, 1: page tables; 2: jumps of command buffers; 6, 8: SIMD kernels", "02 7.3",
		PROMISE_BITS, 0x147, "range buffers, heaps, argument buffers, shared textures"),
	ROW(34, "GpuCoreCount", 8, 8, "a hint", "02 7.3", PROMISE_NONE, 0, NULL),
	ROW(35, "MaxTextureLayers", 2048, 2048, "GLES minimum with common drivers", "02 7.3",
		PROMISE_NONE, 0, NULL),
	ROW(36, "MaxPredicatedNestingDepth", 16, 16, "goes with command buffer jumps", "02 7.3",
		PROMISE_NONE, 0, NULL),
	ROW(37, "HostGPUFamilyClamped", 1009, 1009,
		"no other value has been tried; must fit key 44", "02 7.3", PROMISE_NONE, 0, NULL),
	ROW(38, "ArgumentBuffersTier", A, A, "no reader found", "01 2.6", PROMISE_NONE, 0, NULL),
	ROW(39, "ArgumentBuffersMaxSamplerCount", A, A, "no reader found", "01 2.6", PROMISE_NONE,
		0, NULL),
	ROW(40, "MinimumLinearTextureAlignment", 256, 256, "as key 13", "02 7.3", PROMISE_NONE, 0,
		NULL),
	ROW(41, "SupportedTextureWriteRoundingModes", 7, 7, "what running hosts answer", "02 7.3",
		PROMISE_NONE, 0, NULL),
	ROW(42, "SupportFlags2025", 2, 0, "indirect command buffers have no known memory",
		"02 4.21", PROMISE_BITS, 0, "indirect command buffers, argument buffers"),
	ROW(44, "HostGPUFamilies", 0x1f, 0x1f, "Apple5 to Apple9, fits key 37", "01 2.6",
		PROMISE_NONE, 0, NULL),
};
#undef ROW
#undef A

#define ROWS_COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct row *find_row(uint32_t key) {
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if (rows[i].info.key == key) {
			return &rows[i];
		}
	}
	return NULL;
}

const struct pvg_info_key *pvg_info_key(uint32_t key) {
	const struct row *row = find_row(key);
	return row != NULL ? &row->info : NULL;
}

const char *pvg_info_promise(uint32_t key, uint32_t value) {
	const struct row *row = find_row(key);
	if (row == NULL) {
		return NULL;
	}
	switch (row->promise) {
	case PROMISE_NONE:
		return NULL;
	case PROMISE_MORE:
		return value > row->kept ? row->refused : NULL;
	case PROMISE_BITS:
		return (value & ~row->kept) != 0 ? row->refused : NULL;
	}
	return NULL;
}

bool pvg_info_profile(struct pvg_device_info *info, const char *name) {
	bool strict = strcmp(name, "strict") == 0;
	if (!strict && strcmp(name, "proven") != 0) {
		return false;
	}
	memset(info, 0, sizeof(*info));
	info->planes_by_version = true;
	info->heaps_by_version = true;
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		const struct pvg_info_key *key = &rows[i].info;
		int64_t value = strict ? key->strict : key->proven;
		if (value != PVG_INFO_ABSENT) {
			info->present[key->key] = true;
			info->value[key->key] = (uint32_t)value;
		}
	}
	return true;
}

static bool name_equal(const char *name, const char *text, size_t length) {
	if (strlen(name) != length) {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (tolower((unsigned char)name[i]) != tolower((unsigned char)text[i])) {
			return false;
		}
	}
	return true;
}

static const struct row *find_named(const char *text, size_t length) {
	char number[12];
	if (length > 0 && length < sizeof(number) && isdigit((unsigned char)text[0])) {
		memcpy(number, text, length);
		number[length] = '\0';
		char *end;
		unsigned long key = strtoul(number, &end, 10);
		return *end == '\0' && key < PVG_INFO_KEYS ? find_row((uint32_t)key) : NULL;
	}
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if (name_equal(rows[i].info.field, text, length)) {
			return &rows[i];
		}
	}
	return NULL;
}

static bool parse_u32(const char *text, uint32_t *value) {
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	if (!isxdigit((unsigned char)digits[0]) || strlen(digits) > 12) {
		return false;
	}
	char *end;
	unsigned long long wide = strtoull(digits, &end, hex ? 16 : 10);
	if (*end != '\0' || wide > UINT32_MAX) {
		return false;
	}
	*value = (uint32_t)wide;
	return true;
}

bool pvg_info_set(struct pvg_device_info *info, const char *assignment, char *error,
	size_t error_size) {
	const char *equals = strchr(assignment, '=');
	if (equals == NULL) {
		snprintf(error, error_size, "device info \"%s\": KEY=VALUE or KEY=absent expected",
			assignment);
		return false;
	}
	const struct row *row = find_named(assignment, (size_t)(equals - assignment));
	if (row == NULL) {
		snprintf(error, error_size, "device info \"%s\": no guest reads such a key",
			assignment);
		return false;
	}
	uint32_t key = row->info.key;
	const char *text = equals + 1;
	uint32_t value = 0;
	bool absent = strcmp(text, "absent") == 0;
	if (!absent && !parse_u32(text, &value)) {
		snprintf(error, error_size,
			"device info \"%s\": VALUE is a 32-bit number, decimal or 0x hex, or absent",
			assignment);
		return false;
	}
	info->present[key] = !absent;
	info->value[key] = value;
	if (key == KEY_PLANES) {
		info->planes_by_version = false;
	} else if (key == KEY_HEAP_BUFFERS || key == KEY_SURFACE_BUFFERS) {
		info->heaps_by_version = false;
	}
	return true;
}

/* ---- the reply ------------------------------------------------------------------------------- */

// Must match the rung, or objects come in another shape than announced (spec 01 section 2.6).
static uint32_t planes_at_version(uint32_t version) {
	switch (version) {
	case 31:
	case 41:
	case 42:
	case 43:
	case 60:
	case 61:
	case 62:
		return 1;
	}
	return 0;
}

static uint32_t least(uint32_t a, uint32_t b) {
	return a < b ? a : b;
}

// No more than the renderer has, whatever the profile says.
static uint32_t cut_to_host(struct pvg_renderer *renderer, uint32_t key, uint32_t value) {
	const struct pvg_gpu_caps *caps = &renderer->caps;
	switch (key) {
	case 1: // 0 divides
		return least(value, caps->max_samples != 0 ? caps->max_samples : 1);
	case 2:
		return (renderer->ops->format_caps(renderer, FORMAT_D24S8) & PVG_GPU_RENDER) != 0
			? value
			: 0;
	case 3:
	case 4:
	case 5:
		return least(value, caps->max_threads_axis[key - 3]);
	case 6:
	case 30:
	case 31:
		return least(value, caps->threadgroup_bytes);
	case 7:
		return caps->reads_attachments ? value : 0;
	case 27:
		return caps->max_colors == PVG_GPU_COLORS ? value : 0;
	case 29:
		return least(value, caps->max_threads);
	case 35:
		return least(value, caps->max_layers);
	default:
		return value;
	}
}

// Below these rungs guests do not look at the keys: desktops have run with 1 there.
static bool is_heard(uint32_t key, uint32_t version) {
	switch (key) {
	case KEY_HEAP_BUFFERS:
		return version >= VERSION_HEAPS;
	case KEY_SURFACE_BUFFERS:
		return version >= VERSION_SURFACE_BUFFERS;
	default:
		return true;
	}
}

static const char *promise_at(const struct pvg_device *device, uint32_t key, uint32_t value) {
	return is_heard(key, device->version) ? pvg_info_promise(key, value) : NULL;
}

static bool info_value(const struct pvg_device *device, uint32_t key, uint32_t *value) {
	const struct pvg_device_info *info = &device->config.info;
	if (key == KEY_PLANES && info->planes_by_version) {
		*value = planes_at_version(device->version);
		return true;
	}
	*value = info->value[key];
	if (info->heaps_by_version && (key == KEY_HEAP_BUFFERS || key == KEY_SURFACE_BUFFERS) &&
		is_heard(key, device->version)) {
		*value = 0; // what is refused is not offered
	}
	if (device->gpu != NULL) {
		*value = cut_to_host(pvg_gpu_renderer(device->gpu), key, *value);
	}
	return info->present[key];
}

static void log_table(struct pvg_device *device, uint32_t key_limit, uint32_t room) {
	char line[1024];
	size_t used = 0;
	uint32_t sent = 0;
	line[0] = '\0';
	for (uint32_t key = 1; key < PVG_INFO_KEYS && key < key_limit && sent < room; key++) {
		uint32_t value;
		if (!info_value(device, key, &value)) {
			continue;
		}
		sent++;
		int length =
			snprintf(line + used, sizeof(line) - used, " %" PRIu32 "=%" PRIu32 "%s",
				key, value, promise_at(device, key, value) != NULL ? "!" : "");
		if (length > 0 && (size_t)length < sizeof(line) - used) {
			used += (size_t)length;
		}
	}
	pvg_info("device info: version %" PRIu32 ", keys below %" PRIu32 ", sent%s",
		device->version, key_limit, line);
	sent = 0;
	for (uint32_t key = 1; key < PVG_INFO_KEYS && key < key_limit && sent < room; key++) {
		uint32_t value;
		if (!info_value(device, key, &value)) {
			continue;
		}
		sent++;
		const char *promise = promise_at(device, key, value);
		if (promise != NULL) {
			pvg_info("device info: key %" PRIu32 " %s = %" PRIu32
				 " promises what is refused: %s",
				key, find_row(key)->info.field, value, promise);
		}
	}
}

static void put32(uint8_t *at, uint32_t value) {
	for (unsigned int i = 0; i < 4; i++) {
		at[i] = (uint8_t)(value >> (8 * i));
	}
}

enum pvg_verdict pvg_op_device_info(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t key_limit = packet->opcode == 0x2d ? OLD_FORM_KEY_LIMIT : pvg_rd32(&c);
	uint32_t pair_count = pvg_rd32(&c);
	uint64_t reply_gpa = (uint64_t)pvg_rd32(&c) << device->config.page_shift;
	if (c.failed) {
		return PVG_DONE;
	}
	uint64_t page_bytes = UINT64_C(1) << device->config.page_shift;
	uint64_t room_bytes = (uint64_t)pair_count * 8;
	if (room_bytes > page_bytes) { // never past one page
		room_bytes = page_bytes;
	}
	if (room_bytes == 0 || reply_gpa == 0) {
		PVG_REFUSE(device, QUERY,
			"device info: %" PRIu32 " pairs at 0x%" PRIx64 ": nowhere to answer",
			pair_count, reply_gpa);
		return PVG_DONE;
	}
	/*
	 * Everything after the last pair is zero: old parsers stop at key 0, the newest walks all
	 * pairs, and the guest does not clear the buffer.
	 */
	uint8_t *reply = calloc(1, (size_t)room_bytes);
	if (reply == NULL) {
		PVG_REFUSE(device, QUERY, "device info: no memory");
		return PVG_DONE;
	}
	size_t at = 0;
	for (uint32_t key = 1; key < PVG_INFO_KEYS && key < key_limit; key++) {
		uint32_t value;
		if (info_value(device, key, &value) && at + 8 <= room_bytes) {
			put32(reply + at, key);
			put32(reply + at + 4, value);
			at += 8;
		}
	}
	enum pvg_access access = pvg_gpa_write(device, reply_gpa, reply, (size_t)room_bytes);
	free(reply);
	if (access == PVG_ACCESS_RETRY) {
		return PVG_RETRY;
	}
	if (access == PVG_ACCESS_OK && !device->exec->info_logged) {
		device->exec->info_logged = true;
		log_table(device, key_limit, (uint32_t)(room_bytes / 8));
	}
	return PVG_DONE;
}
