// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two packets between a client and its translator: the request that the worker reads, and the
 * reply with its memory file that the client reads from a worker which may have been taken over.
 * Input: a byte that says which; changes (offset, width, value) to a good packet; for a reply the
 * rest is the memory file.
 */
#include <string.h>

#include "render/shader/cache.h"
#include "render/shader/wire.h"

#include "fuzz.h"

#define REQUEST_ID 77u

static void fill_request(struct pvg_shader_request *q) {
	*q = (struct pvg_shader_request){
		.magic = PVG_SHADER_WIRE_MAGIC,
		.version = PVG_SHADER_TRANSLATOR_VERSION,
		.id = REQUEST_ID,
		.module_bytes = 4096,
		.entry = "main0",
		.variant = {.local_size = {8, 8, 1}, .constant_count = 2},
	};
	memcpy(q->variant.constants[0].name, "flag", 5);
	q->variant.constants[0].count = 1;
	q->variant.constants[1].index = 3;
	q->variant.constants[1].count = 4;
}

static void fill_reply(struct pvg_shader_reply *r) {
	*r = (struct pvg_shader_reply){
		.magic = PVG_SHADER_WIRE_MAGIC,
		.id = REQUEST_ID,
		.spirv_words = 6,
		.glsl_bytes = 4,
		.reflection =
			{
				.magic = PVG_REFLECTION_MAGIC,
				.version = PVG_REFLECTION_VERSION,
				.size_bytes = sizeof(r->reflection),
			},
	};
}

static void put_change(struct fuzz_output *out, size_t offset, uint32_t value) {
	fuzz_put(out, offset, 4);
	fuzz_put(out, 2, 1);
	fuzz_put(out, value, 4);
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	struct fuzz_output out = {buffer, 0};
	fuzz_put(&out, index % 2, 1);
	fuzz_put(&out, index / 2, 1); // changes
	switch (index) {
	case 0: // a good request
		return out.size;
	case 1: // a good reply
		fuzz_put(&out, PVG_SHADER_SPIRV_MAGIC, 4);
		fuzz_put_bytes(&out, "\0\3\1\0\0\0\0\0\7\0\0\0\0\0\0\0\23\0\2\0", 20);
		fuzz_put_bytes(&out, "void", 4);
		return out.size;
	case 2:
		put_change(&out, offsetof(struct pvg_shader_request, variant.constant_count), 64);
		return out.size;
	case 3:
		put_change(&out, offsetof(struct pvg_shader_reply, spirv_words), 0x40000001);
		return out.size;
	case 4:
		put_change(&out, offsetof(struct pvg_shader_request, module_bytes), 0xffffffff);
		put_change(&out, offsetof(struct pvg_shader_request, variant.profile), 1);
		return out.size;
	case 5:
		put_change(&out, offsetof(struct pvg_shader_reply, reason), 8);
		put_change(&out, offsetof(struct pvg_shader_reply, detail), 0x41414141);
		return out.size;
	default:
		return 0;
	}
}

static size_t apply(struct fuzz_input *in, void *packet, size_t size) {
	for (uint64_t changes = fuzz_take(in, 1) % 32; changes > 0; changes--) {
		size_t at = (size_t)fuzz_take(in, 4);
		uint64_t how = fuzz_take(in, 1);
		size_t width = 1u << how % 4;
		uint64_t value = fuzz_take(in, (unsigned int)width);
		if (how == 0xff) {
			return at; // a packet of another size
		}
		at %= size;
		if (width <= size - at) {
			memcpy((uint8_t *)packet + at, &value, width);
		}
	}
	return size;
}

static void try_request(struct fuzz_input *in) {
	struct pvg_shader_status status = {0};
	static struct pvg_shader_request q;
	fill_request(&q);
	size_t size = apply(in, &q, sizeof(q));
	bool ok = pvg_shader_request_check(&q, size, &status);
	FUZZ_CHECK(ok == (status.reason == PVG_SHADER_OK));
	if (!ok) {
		FUZZ_CHECK(status.reason == PVG_SHADER_BAD_REQUEST);
		return;
	}
	FUZZ_CHECK(q.module_bytes > 0 && q.module_bytes <= PVG_SHADER_MAX_MODULE_BYTES);
	FUZZ_CHECK(strlen(q.entry) < sizeof(q.entry));
	FUZZ_CHECK(q.variant.constant_count <= PVG_MAX_FUNCTION_CONSTANTS);
	// Equal requests have equal keys, and every one has a key.
	struct pvg_shader_key a, b;
	pvg_shader_cache_key((const uint8_t *)"x", 1, q.entry, &q.variant, &a);
	pvg_shader_cache_key((const uint8_t *)"x", 1, q.entry, &q.variant, &b);
	FUZZ_CHECK(memcmp(&a, &b, sizeof(a)) == 0);
}

static void try_reply(struct fuzz_input *in) {
	static struct pvg_shader_reply r;
	struct pvg_shader_result result = {0};
	fill_reply(&r);
	size_t size = apply(in, &r, sizeof(r));
	if (!pvg_shader_reply_check(&r, size, REQUEST_ID)) {
		return;
	}
	FUZZ_CHECK(pvg_shader_reason_name((enum pvg_shader_reason)r.reason) != NULL);
	FUZZ_CHECK(strlen(r.detail) < sizeof(r.detail));
	if (pvg_shader_reply_take(&r, in->cur, (size_t)(in->end - in->cur), &result)) {
		FUZZ_CHECK(result.spirv_words >= 5 && result.spirv[0] == PVG_SHADER_SPIRV_MAGIC);
		FUZZ_CHECK(result.glsl_bytes == 0 || strlen(result.glsl) == result.glsl_bytes);
		free(result.spirv);
		free(result.glsl);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = {data, data + size};
	if (fuzz_take(&in, 1) % 2 == 0) {
		try_request(&in);
	} else {
		try_reply(&in);
	}
	return 0;
}
