// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reflection check, which every reply of the worker and every file of the disk cache passes
 * before anything reads it. Input: a byte that says which, then either the struct itself, or
 * changes (offset, width, value) to a good one, so that the depth of the checks is reached.
 */
#include <string.h>

#include "render/shader/reflect.h"

#include "fuzz.h"

static void fill(struct pvg_reflection *r) {
	*r = (struct pvg_reflection){
		.magic = PVG_REFLECTION_MAGIC,
		.version = PVG_REFLECTION_VERSION,
		.size_bytes = sizeof(*r),
		.stage = 1,
		.slot_count = 3,
		.attribute_count = 2,
		.varying_count = 2,
		.output_count = 2,
		.pair_count = 1,
	};
	r->slots[0] = (struct pvg_reflection_slot){
		.kind = PVG_SLOT_BUFFER, .access = PVG_SLOT_READ, .size_bytes = 64};
	r->slots[1] = (struct pvg_reflection_slot){
		.kind = PVG_SLOT_TEXTURE, .access = PVG_SLOT_READ, .dim = PVG_SLOT_DIM_2D};
	r->slots[2] = (struct pvg_reflection_slot){.kind = PVG_SLOT_SAMPLER, .metal_index = 1};
	r->attributes[0].components = r->attributes[1].components = 4;
	for (uint32_t i = 0; i < r->varying_count; i++) {
		r->varyings[i].components = 4;
		r->varyings[i].location = (uint8_t)i;
		memcpy(r->varyings[i].name, "user(locn0)", 12);
	}
	r->outputs[0].components = 4;
	r->outputs[1] = (struct pvg_reflection_output){.kind = PVG_OUTPUT_DEPTH, .components = 1};
	r->pairs[0] = (struct pvg_reflection_pair){.texture_slot = 1, .sampler_slot = 2};
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	struct fuzz_output out = {buffer, 0};
	struct pvg_reflection r;
	fill(&r);
	switch (index) {
	case 0: // the struct itself
		fuzz_put(&out, 0, 1);
		fuzz_put_bytes(&out, &r, sizeof(r));
		return out.size;
	case 1: // as it is
		fuzz_put(&out, 1, 1);
		return out.size;
	case 2: // more slots, whose bytes are zero
		fuzz_put(&out, 1, 1);
		fuzz_put(&out, offsetof(struct pvg_reflection, slot_count), 2);
		fuzz_put(&out, 2, 1);
		fuzz_put(&out, PVG_REFLECTION_SLOTS, 4);
		return out.size;
	case 3: // another pair
		fuzz_put(&out, 1, 1);
		fuzz_put(&out, offsetof(struct pvg_reflection, pair_count), 2);
		fuzz_put(&out, 2, 1);
		fuzz_put(&out, 2, 4);
		fuzz_put(&out, offsetof(struct pvg_reflection, pairs[1].texture_slot), 2);
		fuzz_put(&out, 0, 1);
		fuzz_put(&out, 1, 1);
		return out.size;
	default:
		return 0;
	}
}

/* What a renderer relies on, said once more and differently. */
static void use(const struct pvg_reflection *r, FILE *out) {
	FUZZ_CHECK(r->stage < 3);
	FUZZ_CHECK(r->local_size[0] <= 1024 && r->local_size[1] <= 1024 &&
		r->local_size[2] <= 1024);
	FUZZ_CHECK(r->slot_count <= PVG_REFLECTION_SLOTS);
	for (uint32_t i = 0; i < r->slot_count; i++) {
		FUZZ_CHECK(r->slots[i].kind < PVG_SLOT_KIND_COUNT);
		FUZZ_CHECK(r->slots[i].dim < PVG_SLOT_DIM_COUNT);
		FUZZ_CHECK(r->slots[i].metal_index < 128);
	}
	for (uint32_t i = 0; i < r->varying_count; i++) {
		FUZZ_CHECK(strlen(r->varyings[i].name) < PVG_REFLECTION_NAME_BYTES);
	}
	for (uint32_t i = 0; i < r->pair_count; i++) {
		FUZZ_CHECK(r->pairs[i].texture_slot < r->slot_count);
		FUZZ_CHECK(r->pairs[i].sampler_slot == UINT16_MAX ||
			r->pairs[i].sampler_slot < r->slot_count);
	}
	if (out != NULL) {
		pvg_reflection_print(r, out); // reads all of it
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static FILE *out;
	static char text[1 << 16];
	struct fuzz_input in = {data, data + size};
	struct pvg_reflection r;
	if (out == NULL) {
		out = fmemopen(text, sizeof(text), "w");
	}
	if (fuzz_take(&in, 1) % 2 == 0) {
		size_t left = (size_t)(in.end - in.cur);
		// From where it lies: at an odd address, and with nothing behind it.
		if (!pvg_reflection_check(in.cur, left)) {
			return 0;
		}
		memcpy(&r, in.cur, sizeof(r));
	} else {
		fill(&r);
		while (!fuzz_done(&in)) {
			size_t at = (size_t)fuzz_take(&in, 2), width = 1u << fuzz_take(&in, 1) % 4;
			uint64_t value = fuzz_take(&in, (unsigned int)width);
			if (at < sizeof(r) && width <= sizeof(r) - at) {
				memcpy((uint8_t *)&r + at, &value, width);
			}
		}
		if (!pvg_reflection_check(&r, sizeof(r))) {
			return 0;
		}
	}
	if (out != NULL) {
		rewind(out);
	}
	use(&r, out);
	return 0;
}
