// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rows of spec 02 section 8.2 that are about objects, check by check: an object that is good
 * but for one field is refused by the row's name, and taken once it is published well.
 */
#include "gpu-rig.h"

#include <inttypes.h>

#include "enc/pipeline.h"

#define REF 10u
#define BASE 11u
#define SURFACE 5u
#define VERTEX 20u

// One field of the descriptor of REF (or SURFACE) that makes it bad.
struct spoilt {
	const char *what;
	uint32_t at, width; // bytes
	uint64_t value;
};

typedef void (*declare_good)(struct gpu_rig *g);
typedef enum pvg_gpu_found (*look)(struct gpu_rig *g);

static uint8_t *descriptor_of(struct gpu_rig *g, uint32_t ref) {
	return g->rig->ram + DESC_GPA + (size_t)ref * 256;
}

// The descriptor has @size bytes now.
static void resize(struct gpu_rig *g, uint32_t ref, uint8_t type, uint32_t size) {
	struct bytes b = { .size = size };
	memcpy(b.at, descriptor_of(g, ref), size);
	declare(g, ref, type, &b);
}

static void expect(struct gpu_rig *g, look look_at, const char *what, enum pvg_refusal refusal,
	unsigned int count) {
	uint64_t before = rig_refused(g->rig, refusal);
	enum pvg_gpu_found found = look_at(g);
	if (found != PVG_GPU_MISSING || rig_refused(g->rig, refusal) != before + count) {
		fail_msg("%s: found %d, refused %" PRIu64 " times", what, (int)found,
			rig_refused(g->rig, refusal) - before);
	}
}

static void each(struct gpu_rig *g, declare_good good, look look_at, uint8_t *descriptor,
	const struct spoilt *rows, size_t count, enum pvg_refusal refusal) {
	for (size_t i = 0; i < count; i++) {
		good(g);
		memcpy(descriptor + rows[i].at, &rows[i].value, rows[i].width);
		expect(g, look_at, rows[i].what, refusal, 1);
		good(g);
		if (look_at(g) != PVG_GPU_FOUND) {
			fail_msg("%s: not taken when it is good again", rows[i].what);
		}
		forget(g, REF);
	}
}

#define EACH(g, good, look_at, descriptor, rows, refusal) \
	each(g, good, look_at, descriptor, rows, sizeof(rows) / sizeof(rows[0]), refusal)

static enum pvg_gpu_found as_texture(struct gpu_rig *g) {
	struct pvg_gpu_texture *t;
	return pvg_gpu_texture(g->gpu, TASK, REF, &t);
}

static enum pvg_gpu_found as_buffer(struct gpu_rig *g) {
	struct pvg_gpu_backing b;
	return pvg_gpu_buffer(g->gpu, TASK, REF, &b);
}

/* ---- type 1 ---------------------------------------------------------------------------------- */

static void good_buffer(struct gpu_rig *g) {
	declare_buffer(g, REF, 0, 0x1000);
}

static void buffers(void **state) {
	struct gpu_rig *g = *state;
	static const struct spoilt rows[] = {
		{ "size 0", 0, 8, 0 },
		{ "handle 0", 8, 4, 0 },
		{ "size that wraps", 0, 8, UINT64_MAX },
		{ "size that wraps with its place", 0, 8, UINT64_MAX - 0x1000 },
	};
	EACH(g, good_buffer, as_buffer, descriptor_of(g, REF), rows, PVG_REFUSAL_BUFFER);
	good_buffer(g);
	resize(g, REF, 1, 15);
	expect(g, as_buffer, "15 bytes", PVG_REFUSAL_DESCRIPTOR, 1);
	// The high half of the handle has no use; more pairs are not used.
	good_buffer(g);
	memset(descriptor_of(g, REF) + 12, 0xff, 4);
	memset(descriptor_of(g, REF) + 16, 0xff, 16);
	resize(g, REF, 1, 32);
	assert_int_equal(as_buffer(g), PVG_GPU_FOUND);
	assert_int_equal(backing(g, REF).gva, DATA_GVA);
	assert_int_equal(backing(g, REF).size_bytes, 0x1000);
}

/* ---- types 2 and 3 --------------------------------------------------------------------------- */

// 16x8 BGRA8, 2 levels, 2 layers: 36 bytes of head, 2 levels of 36, header and block.
static void good_linear(struct gpu_rig *g) {
	static const struct shape s = { .type = 3,
		.format = 80,
		.width = 16,
		.height = 8,
		.levels = 2,
		.layers = 2,
		.mode = 1,
		.usage = 5 };
	declare_linear(g, REF, 0, &s);
}

#define LEVEL(n) (36u + 36u * (n))
#define BLOCK (LEVEL(2) + 12u)

static void textures_in_memory(void **state) {
	struct gpu_rig *g = *state;
	static const struct spoilt rows[] = {
		{ "allocation", 0, 8, 64 * (8 + 4) * 2 - 1 },
		{ "handle", 8, 4, 0 },
		{ "no levels", 12, 2, 0 },
		{ "other levels than the declaration's", 12, 2, 1 },
		{ "17 levels", 12, 2, 17 },
		{ "cube faces", 12, 2, 2 | 1 << 14 },
		{ "slices", 14, 2, 3 },
		{ "base offset", 16, 8, 64 },
		{ "base offset that wraps", 16, 8, UINT64_MAX - 63 },
		{ "no pitch between slices", 24, 8, 0 },
		{ "pitch between slices", 24, 8, 64 * (8 + 4) - 1 },
		{ "pitch between slices that wraps", 24, 8, UINT64_MAX },
		{ "bytes per element", 35, 1, 2 },
		{ "level's offset", LEVEL(1), 8, 64 * 8 + 1 },
		{ "level's offset that wraps", LEVEL(1), 8, UINT64_MAX },
		{ "level's size", LEVEL(0) + 8, 8, 64 * 7 + 63 },
		{ "level's size that wraps", LEVEL(1) + 8, 8, UINT64_MAX },
		{ "stride below a row", LEVEL(0) + 16, 8, 60 },
		{ "stride that wraps", LEVEL(0) + 16, 8, UINT64_MAX / 2 },
		{ "level's width", LEVEL(1) + 24, 4, 7 },
		{ "level's height", LEVEL(1) + 28, 4, 8 },
		{ "level's depth", LEVEL(0) + 32, 4, 2 },
		{ "type", BLOCK, 1, 0x4a },
		{ "format", BLOCK + 2, 2, 9999 },
		{ "format 0", BLOCK + 2, 2, 0 },
		{ "width 0", BLOCK + 4, 4, 0 },
		{ "height 0", BLOCK + 8, 4, 0 },
		{ "depth 0", BLOCK + 12, 4, 0 },
		{ "depth of a flat one", BLOCK + 12, 4, 2 },
		{ "width", BLOCK + 4, 4, 16385 },
		{ "height", BLOCK + 8, 4, 0xffffffff },
		{ "levels of the declaration", BLOCK + 16, 2, 6 },
		{ "samples", BLOCK + 18, 2, 3 },
		{ "samples of a flat one", BLOCK + 18, 2, 4 },
		{ "no layers", BLOCK + 20, 2, 0 },
		{ "layers", BLOCK + 20, 2, 2049 },
	};
	EACH(g, good_linear, as_texture, descriptor_of(g, REF), rows, PVG_REFUSAL_TEXTURE);
	good_linear(g);
	resize(g, REF, 2, BLOCK + 31);
	expect(g, as_texture, "a byte short", PVG_REFUSAL_TEXTURE, 1);
	resize(g, REF, 2, 115);
	expect(g, as_texture, "shorter than one level's", PVG_REFUSAL_DESCRIPTOR, 1);
	// Too large for this host.
	struct pvg_gpu_caps *caps = &g->fake.renderer.caps, all = *caps;
	good_linear(g);
	caps->max_size_2d = 15;
	expect(g, as_texture, "the host's edge", PVG_REFUSAL_TEXTURE, 1);
	*caps = all;
	caps->max_layers = 1;
	expect(g, as_texture, "the host's layers", PVG_REFUSAL_TEXTURE, 1);
	*caps = all;
	assert_int_equal(as_texture(g), PVG_GPU_FOUND);
}

static void cubes_volumes_and_blocks(void **state) {
	struct gpu_rig *g = *state;
	struct shape s = { .type = 5, .format = 80, .width = 16, .height = 16, .mode = 1 };
	declare_linear(g, REF, 0, &s);
	assert_int_equal(as_texture(g), PVG_GPU_FOUND);
	s.height = 8;
	declare_linear(g, REF + 1, 0, &s);
	struct pvg_gpu_texture *t;
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, REF + 1, &t), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), 1); // not square
	// Planes of a volume that overlap.
	s = (struct shape){ .type = 7, .format = 80, .width = 16, .height = 8, .depth = 4 };
	forget(g, REF);
	declare_linear(g, REF, 0, &s);
	memcpy(descriptor_of(g, REF) + LEVEL(0) + 8, &(uint64_t){ 64 * 8 * 4 - 64 - 4 }, 8);
	expect(g, as_texture, "planes", PVG_REFUSAL_TEXTURE, 1);
	// A format that the host does not have.
	s = (struct shape){ .type = 2, .format = 160, .width = 16, .height = 8 };
	declare_linear(g, REF, 0, &s);
	expect(g, as_texture, "PVRTC", PVG_REFUSAL_TEXTURE, 1);
}

/* ---- types 4, 5 and 11 ----------------------------------------------------------------------- */

// 64x32 BGRA over a surface with rows of 256 bytes.
static void good_plane(struct gpu_rig *g) {
	static const struct shape s = {
		.type = 2, .format = 80, .width = 64, .height = 32, .mode = 1
	};
	declare_surface(g, SURFACE, 64, 32, 256);
	declare_plane(g, REF, SURFACE, &s);
}

// Of SURFACE, in a page of task 0 (rig_surface).
static uint8_t *surface_descriptor(struct gpu_rig *g) {
	const uint32_t words[3] = { 256 * 32, 0, (SURFACE_GVA + SURFACE * 0x400000u) >> 12 };
	good_plane(g);
	for (size_t at = 0; at + 36 <= RIG_RAM_BYTES; at += 64) {
		if (memcmp(g->rig->ram + at, words, sizeof(words)) == 0) {
			return g->rig->ram + at;
		}
	}
	fail();
	return NULL;
}

static void end_surface(struct gpu_rig *g) {
	RIG_SEND(g->rig, 1, 0x36, SURFACE, 0);
	forget(g, REF);
}

static void surfaces(void **state) {
	struct gpu_rig *g = *state;
	static const struct spoilt rows[] = {
		{ "length 0", 0, 8, 0 },
		{ "page 0", 8, 4, 0 },
		{ "length that wraps", 0, 8, UINT64_MAX },
		{ "9 planes", 16, 1, 9 },
		{ "2 planes in one's room", 16, 1, 2 },
		{ "no plane, with one's room", 16, 1, 0 },
		{ "plane's offset", 20, 4, 1 },
		{ "width 0", 24, 4, 0 },
		{ "height 0", 28, 4, 0 },
		{ "width", 24, 4, 16385 },
		{ "height", 28, 4, 16385 },
		{ "rows beyond the length", 28, 4, 33 },
		{ "row pitch", 32, 3, 257 },
		{ "bytes per element", 35, 1, 8 },
	};
	uint8_t *descriptor = surface_descriptor(g);
	end_surface(g);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		good_plane(g);
		memcpy(descriptor + rows[i].at, &rows[i].value, rows[i].width);
		expect(g, as_texture, rows[i].what, PVG_REFUSAL_TEXTURE, 1);
		expect(g, as_texture, rows[i].what, PVG_REFUSAL_TEXTURE, 1); // and with each use
		good_plane(g);
		assert_int_equal(as_texture(g), PVG_GPU_FOUND);
		end_surface(g);
	}
	// Not there yet: no fault, and found once it is.
	const struct shape s = { .type = 2, .format = 80, .width = 64, .height = 32 };
	declare_plane(g, REF, SURFACE + 1, &s);
	expect(g, as_texture, "a surface to come", PVG_REFUSAL_TEXTURE, 0);
	declare_surface(g, SURFACE + 1, 64, 32, 256);
	assert_int_equal(as_texture(g), PVG_GPU_FOUND);
}

static void planes_of_surfaces(void **state) {
	struct gpu_rig *g = *state;
	static const struct spoilt rows[] = {
		{ "no texture record", 8, 4, 0x09 },
		{ "nested length", 12, 4, 44 },
		{ "wide record in a narrow one's room", 8, 4, 0x39 },
		{ "plane", 52, 2, 1 },
		{ "plane beyond a byte", 52, 2, 0x100 },
		{ "rotation", 54, 1, 1 },
		{ "a format of more bytes than the rows have", 22, 2, 115 },
		{ "wider than the rows", 24, 4, 65 },
		{ "higher than the surface", 28, 4, 33 },
		{ "levels", 36, 2, 2 },
		{ "layers", 40, 2, 2 },
		{ "a cube", 20, 1, 0x45 },
		{ "a volume", 20, 1, 0x47 },
		{ "format", 22, 2, 9999 },
	};
	EACH(g, good_plane, as_texture, descriptor_of(g, REF), rows, PVG_REFUSAL_TEXTURE);
	good_plane(g);
	resize(g, REF, 5, 55);
	expect(g, as_texture, "a byte short", PVG_REFUSAL_TEXTURE, 1);
	good_plane(g);
	memcpy(descriptor_of(g, REF) + 4, &(uint32_t){ 3 }, 4);
	expect(g, as_texture, "a task that is not live", PVG_REFUSAL_TASK, 1);
	// The same record behind a mapper's reference is the system-bus device's.
	good_plane(g);
	resize(g, REF, 11, 56);
	expect(g, as_texture, "type 11", PVG_REFUSAL_TEXTURE, 1);
}

/* ---- derived textures ------------------------------------------------------------------------ */

static void good_over_buffer(struct gpu_rig *g) {
	static const struct shape s = { .type = 2, .format = 80, .width = 16, .height = 8 };
	declare_buffer(g, BASE, 0, 0x1000);
	declare_buffer_texture(g, REF, BASE, 0x1000 - 256 * 7 - 64, 256, &s);
}

static void textures_over_buffers(void **state) {
	struct gpu_rig *g = *state;
	static const struct spoilt rows[] = {
		{ "offset", 16, 8, 0x1000 - 256 * 7 - 63 },
		{ "offset that wraps", 16, 8, UINT64_MAX - 63 },
		{ "pitch", 24, 8, 260 },
		{ "pitch below a row", 24, 8, 60 },
		{ "pitch in parts of texels", 24, 8, 130 },
		{ "pitch that wraps", 24, 8, UINT64_MAX - 3 },
		{ "compressed", 34, 2, 130 },
		{ "a volume", 32, 1, 0x47 },
		{ "an array", 32, 1, 0x43 },
		{ "levels", 48, 2, 2 },
		{ "layers", 52, 2, 2 },
		{ "height", 40, 4, 9 },
	};
	enum pvg_refusal name = PVG_REFUSAL_TEXTURE;
	EACH(g, good_over_buffer, as_texture, descriptor_of(g, REF), rows, name);
	// The buffer is not there, and then something else.
	good_over_buffer(g);
	memcpy(descriptor_of(g, REF) + 12, &(uint32_t){ 77 }, 4);
	expect(g, as_texture, "no buffer", PVG_REFUSAL_TEXTURE, 0);
	declare_buffer(g, 77, 0, 0x1000);
	assert_int_equal(as_texture(g), PVG_GPU_FOUND);
	good_over_buffer(g);
	forget(g, REF);
	memcpy(descriptor_of(g, REF) + 12, &(uint32_t){ REF }, 4);
	expect(g, as_texture, "over itself", PVG_REFUSAL_OBJECT_TYPE, 1);
}

static void good_in_heap(struct gpu_rig *g) {
	struct bytes b = { .size = 0 };
	add(&b, 0x15, 4);
	add(&b, 60, 4);
	add(&b, REF, 4);
	add(&b, 4, 4);
	add_narrow(&b,
		&(struct shape){ .type = 2, .format = 80, .width = 8, .height = 8, .mode = 2 });
	add(&b, 1, 1);
	add(&b, 0xcbcbcb, 3);
	add(&b, 0, 8);
	declare(g, REF, 8, &b);
}

static void textures_in_heaps(void **state) {
	struct gpu_rig *g = *state;
	static const struct spoilt rows[] = {
		{ "no heap", 12, 4, 0 },
		{ "shared", 38, 2, 0x00 },
		{ "managed", 38, 2, 0x10 },
		{ "memoryless", 38, 2, 0x30 },
		{ "width 0", 20, 4, 0 },
		{ "format", 18, 2, 9999 },
		{ "layers", 36, 2, 2049 },
		{ "no creation record", 0, 4, 0x16 },
	};
	EACH(g, good_in_heap, as_texture, descriptor_of(g, REF), rows, PVG_REFUSAL_TEXTURE);
	good_in_heap(g);
	memcpy(descriptor_of(g, REF) + 4, &(uint32_t){ 68 }, 4);
	expect(g, as_texture, "record and slot disagree", PVG_REFUSAL_DESCRIPTOR, 1);
	resize(g, REF, 8, 68);
	expect(g, as_texture, "a longer record", PVG_REFUSAL_TEXTURE, 1);
}

static void views_in_chains_and_rings(void **state) {
	struct gpu_rig *g = *state;
	const struct shape s = { .type = 2, .format = 80, .width = 16, .height = 8 };
	struct pvg_gpu_texture *t;
	declare_linear(g, 30, 0, &s);
	for (uint32_t i = 1; i <= 9; i++) {
		declare_view(g, 30 + i, &(struct view){ .base = 30 + i - 1, .format = 81 });
	}
	// From the far end, so that none is made on the way: eight is the limit.
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, 39, &t), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), 1);
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, 38, &t), PVG_GPU_FOUND);
	declare_view(g, 50, &(struct view){ .base = 51, .format = 80 });
	declare_view(g, 51, &(struct view){ .base = 50, .format = 80 });
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, 50, &t), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), 2);
	// Of a buffer.
	declare_buffer(g, 52, 0, 0x1000);
	declare_view(g, 53, &(struct view){ .base = 52, .format = 80 });
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, 53, &t), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_OBJECT_TYPE), 1);
}

/* ---- states ---------------------------------------------------------------------------------- */

static void good_sampler(struct gpu_rig *g) {
	struct bytes b = { .size = 0 };
	add(&b, 3, 4);
	add(&b, 36, 4);
	add(&b, REF, 4);
	add(&b, 0x84000000, 4);
	add(&b, 0xcbcbcb01, 4);
	add(&b, 0x3f800000, 4); // 1 to 2
	add(&b, 0x40000000, 4);
	add(&b, UINT64_MAX, 8);
	declare(g, REF, 7, &b);
}

static enum pvg_gpu_found as_sampler(struct gpu_rig *g) {
	struct pvg_gpu_sampler *sampler;
	bool pixels;
	return pvg_gpu_sampler_state(g->gpu, TASK, REF, &sampler, &pixels);
}

static void end_state(struct gpu_rig *g, uint32_t ref, uint32_t destroy) {
	const uint32_t record[4] = { TASK, destroy, 12, ref };
	rig_send(g->rig, 1, 0x28, record, sizeof(record));
}

static void samplers(void **state) {
	struct gpu_rig *g = *state;
	static const struct spoilt rows[] = {
		{ "address s", 12, 4, 0x80000600 },
		{ "address t", 12, 4, 0x80007000 },
		{ "address r", 12, 4, 0x80060000 },
		{ "border", 12, 4, 0x80300000 },
		{ "mip filter", 12, 4, 0x83000000 },
		{ "least level is NaN", 20, 4, 0x7fc00000 },
		{ "last level is NaN", 24, 4, 0xffc00000 },
		{ "levels the wrong way round", 24, 4, 0x3f000000 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		good_sampler(g);
		memcpy(descriptor_of(g, REF) + rows[i].at, &rows[i].value, rows[i].width);
		expect(g, as_sampler, rows[i].what, PVG_REFUSAL_SAMPLER, 1);
		good_sampler(g);
		assert_int_equal(as_sampler(g), PVG_GPU_FOUND);
		end_state(g, REF, 0x3eb);
	}
	good_sampler(g);
	memcpy(descriptor_of(g, REF) + 4, &(uint32_t){ 40 }, 4);
	resize(g, REF, 7, 40);
	expect(g, as_sampler, "40 bytes", PVG_REFUSAL_SAMPLER, 1);
	// Bits that are written and say nothing.
	good_sampler(g);
	memcpy(descriptor_of(g, REF) + 12, &(uint32_t){ 0x84c8880a }, 4);
	assert_int_equal(as_sampler(g), PVG_GPU_FOUND);
}

static enum pvg_gpu_found as_depth_stencil(struct gpu_rig *g) {
	const struct pvg_gpu_depth_stencil *ds;
	return pvg_gpu_depth_stencil_state(g->gpu, TASK, REF, &ds);
}

static void depth_stencil_states(void **state) {
	struct gpu_rig *g = *state;
	for (uint32_t size = 36; size <= 44; size += 4) {
		struct bytes b = { .size = 0 };
		add(&b, 4, 4);
		add(&b, size, 4);
		while (b.size < size) {
			add(&b, 0xffffffff, 4); // masks are free, the rest says nothing
		}
		declare(g, REF, 7, &b);
		if (size == 40) {
			assert_int_equal(as_depth_stencil(g), PVG_GPU_FOUND);
			end_state(g, REF, 0x3ea);
		} else {
			expect(g, as_depth_stencil, "length", PVG_REFUSAL_DESCRIPTOR, 1);
		}
	}
}

/* ---- functions and pipelines ----------------------------------------------------------------- */

static void good_pipeline(struct gpu_rig *g) {
	struct bytes b = { .size = 0 };
	add(&b, DATA_GVA, 8);
	add(&b, 0x100, 4);
	add(&b, 0, 8);
	add(&b, 1, 4);
	declare(g, VERTEX, 6, &b);
	static const struct pvg_enc_render_pipeline pipeline = {
		.object_ref = REF,
		.vertex_function = VERTEX,
		.colour_count = 1,
		.colours = { { 0, 80, false, 1, 0, 0, 1, 0, 0, 0xf } },
	};
	b.size = pvg_enc_render_pipeline(&pipeline, b.at, sizeof(b.at));
	declare(g, REF, 7, &b);
}

static enum pvg_gpu_found as_pipeline(struct gpu_rig *g) {
	struct pvg_gpu_pipeline_state *p;
	return pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p);
}

static void functions(void **state) {
	struct gpu_rig *g = *state;
	static const struct spoilt rows[] = {
		{ "no library", 0, 8, 0 },
		{ "of no bytes", 8, 4, 0 },
		{ "above 16 MiB", 8, 4, (16u << 20) + 1 },
		{ "that wraps", 0, 8, UINT64_MAX - 0xff },
		{ "that is not mapped", 0, 8, 0x7f000000 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		good_pipeline(g);
		memcpy(descriptor_of(g, VERTEX) + rows[i].at, &rows[i].value, rows[i].width);
		expect(g, as_pipeline, rows[i].what, PVG_REFUSAL_PIPELINE, 1);
		good_pipeline(g);
		assert_int_equal(as_pipeline(g), PVG_GPU_FOUND);
		end_state(g, REF, 0x3ef);
		end_state(g, VERTEX, 0x3ed);
	}
	good_pipeline(g);
	resize(g, VERTEX, 6, 11);
	expect(g, as_pipeline, "11 bytes", PVG_REFUSAL_PIPELINE, 1);
	good_pipeline(g);
	declare_buffer(g, VERTEX, 0, 0x1000);
	expect(g, as_pipeline, "a buffer", PVG_REFUSAL_OBJECT_TYPE, 1);
}

// A pipeline of one property list that is written here: @size bytes of @list.
static void listed(struct gpu_rig *g, const uint8_t *list, uint32_t size) {
	struct bytes b = { .size = 0 };
	good_pipeline(g);
	add(&b, 0x0e, 4);
	add(&b, 16 + ((size + 3) & ~3u), 4);
	add(&b, REF, 4);
	add(&b, size, 4);
	memcpy(b.at + b.size, list, size);
	b.size = 16 + ((size + 3) & ~3u);
	declare(g, REF, 7, &b);
}

static void what_the_host_cannot_draw_into(void **state) {
	struct gpu_rig *g = *state;
	static const struct pvg_enc_render_pipeline blends = {
		.object_ref = REF,
		.vertex_function = VERTEX,
		.depth_format = 252,
		.colour_count = 2,
		.colours = { { 0, 125, true, 4, 5, 0, 1, 5, 0, 0xf },
			{ 7, 73, true, 4, 5, 0, 1, 5, 0, 0xf } },
	};
	static const uint32_t lacks[] = { PVG_GPU_BLEND, PVG_GPU_RENDER };
	struct bytes b = { .size = 0 };
	good_pipeline(g);
	b.size = pvg_enc_render_pipeline(&blends, b.at, sizeof(b.at));
	declare(g, REF, 7, &b);
	for (unsigned int i = 0; i < 2; i++) {
		g->fake.format_lacks = lacks[i];
		expect(g, as_pipeline, "format", PVG_REFUSAL_PIPELINE, 1);
	}
	g->fake.format_lacks = 0;
	g->fake.renderer.caps.max_colors = 7;
	expect(g, as_pipeline, "attachment 7", PVG_REFUSAL_PIPELINE, 1);
	g->fake.renderer.caps.max_colors = 8;
	assert_int_equal(as_pipeline(g), PVG_GPU_FOUND);
	end_state(g, REF, 0x3ef);
	// Only a depth attachment, of a format that is not there.
	static const struct pvg_enc_render_pipeline depth = {
		.object_ref = REF, .vertex_function = VERTEX, .depth_format = 255
	};
	b.size = pvg_enc_render_pipeline(&depth, b.at, sizeof(b.at));
	declare(g, REF, 7, &b);
	g->fake.format_lacks = PVG_GPU_RENDER;
	expect(g, as_pipeline, "depth", PVG_REFUSAL_PIPELINE, 1);
}

#define V 2, 0x01, 1, VERTEX // the vertex function, and one more

static void property_lists(void **state) {
	struct gpu_rig *g = *state;
	static const struct {
		const char *what;
		uint8_t size, list[40];
	} rows[] = {
		{ "empty", 0, { 0 } },
		{ "no functions", 1, { 0 } },
		{ "ends within a property", 6, { V, 0x04, 4 } },
		{ "ends behind a count", 4, { 3, 0x01, 1, VERTEX } },
		{ "9 bytes", 15, { V, 0x04, 9, 1 } },
		{ "sample count", 7, { V, 0x04, 1, 3 } },
		{ "topology", 7, { V, 0x0b, 1, 4 } },
		{ "partition", 7, { V, 0x0c, 1, 4 } },
		{ "factor", 7, { V, 0x0d, 1, 65 } },
		{ "factor format", 7, { V, 0x0f, 1, 1 } },
		{ "control point index", 7, { V, 0x10, 1, 3 } },
		{ "factor step", 7, { V, 0x11, 1, 4 } },
		{ "winding", 7, { V, 0x12, 1, 2 } },
		{ "depth of a colour format", 7, { V, 0x09, 1, 80 } },
		{ "stencil of an unknown format", 8, { V, 0x0a, 2, 0x0f, 0x27 } },
		{ "colours beyond the list", 7, { V, 0x08, 1, 40 } },
		{ "colours at the far end", 14,
			{ V, 0x08, 8, 255, 255, 255, 255, 255, 255, 255, 255 } },
		{ "an array without its count", 9, { V, 0x08, 1, 7, 1, 0 } },
		{ "an array longer than the list", 11, { V, 0x08, 1, 7, 2, 0, 0, 0 } },
		{ "9 colours", 11, { V, 0x08, 1, 7, 9, 0, 0, 0 } },
		{ "an entry beyond the list", 15, { V, 0x08, 1, 7, 1, 0, 0, 0, 99, 0, 0, 0 } },
		{ "colour attachment 8", 19,
			{ V, 0x08, 1, 7, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x00, 1, 8 } },
		{ "blend operation", 19, { V, 0x08, 1, 7, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x05, 1, 5 } },
		{ "blend factor", 19, { V, 0x08, 1, 7, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x03, 1, 19 } },
		{ "write mask", 19, { V, 0x08, 1, 7, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x09, 1, 16 } },
		{ "vertex descriptor beyond the list", 7, { V, 0x03, 1, 40 } },
		{ "layouts beyond the list", 11, { V, 0x03, 1, 7, 1, 0x01, 1, 99 } },
		{ "32 layouts", 15, { V, 0x03, 1, 7, 1, 0x01, 1, 4, 32, 0, 0, 0 } },
		{ "step function", 23,
			{ V, 0x03, 1, 7, 1, 0x01, 1, 4, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x01, 1, 5 } },
		{ "step rate 0", 23,
			{ V, 0x03, 1, 7, 1, 0x01, 1, 4, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x02, 1, 0 } },
		{ "layout's number", 23,
			{ V, 0x03, 1, 7, 1, 0x01, 1, 4, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x00, 1, 31 } },
		{ "attribute without a layout", 23,
			{ V, 0x03, 1, 7, 1, 0x00, 1, 4, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x01, 1, 30 } },
		{ "attribute's location", 23,
			{ V, 0x03, 1, 7, 1, 0x00, 1, 4, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x00, 1, 31 } },
		{ "attribute's buffer", 23,
			{ V, 0x03, 1, 7, 1, 0x00, 1, 4, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x03, 1, 31 } },
		{ "attribute's format", 23,
			{ V, 0x03, 1, 7, 1, 0x00, 1, 4, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0x01, 1, 56 } },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		listed(g, rows[i].list, rows[i].size);
		expect(g, as_pipeline, rows[i].what, PVG_REFUSAL_PIPELINE, 1);
	}
	// What is left out has its default; an unknown property is logged, and the rest is taken.
	const uint8_t good[] = { V, 0x77, 2, 0x34, 0x12 };
	listed(g, good, sizeof(good));
	struct pvg_gpu_pipeline_state *p = NULL;
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_FOUND);
	assert_int_equal(p->render.samples, 1);
	assert_true(p->render.rasterize);
	// A constant's rate is 0, and is said.
	const uint8_t constant[] = { V, 0x03, 1, 7, 1, 0x01, 1, 4, 1, 0, 0, 0, 8, 0, 0, 0, 2, 0x01,
		1, 0, 0x02, 1, 0 };
	listed(g, constant, sizeof(constant));
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_FOUND);
	assert_true(p->render.input.layouts[0].used);
	assert_int_equal(p->render.input.layouts[0].step, 0);
	assert_int_equal(p->render.input.layouts[0].rate, 0);
}

/* ---- every form of a texture ----------------------------------------------------------------- */

static void add_wide(struct bytes *b, const struct shape *s) {
	add(b, s->type | 0xc0u, 1); // the last bit is written in this form
	add(b, s->format, 2);
	add(b, s->usage, 4);
	add(b, s->width, 4);
	add(b, s->height, 4);
	add(b, 1, 4);
	add(b, 1, 2);
	add(b, 1, 2);
	add(b, 1, 2);
	add(b, (uint32_t)s->mode << 4, 2);
	add(b, 0, 8);
	add(b, 0x02010304, 4); // blue, green, one, red
	add(b, 0xcb, 1);
}

// A narrow or wide one, with something in the bit that is never written.
static void add_block(struct bytes *b, bool wide, const struct shape *s) {
	uint32_t at = b->size;
	if (wide) {
		add_wide(b, s);
		return;
	}
	add_narrow(b, s);
	b->at[at] |= 0x80; // never written
}

static void add_linear_head(struct bytes *b) {
	add(b, 256 * 32, 8);
	add(b, DATA_GVA >> 12, 4);
	add(b, 1, 2);
	add(b, 1, 2);
	add(b, 0, 8);
	add(b, 0, 8); // one slice needs no pitch
	add(b, 0xcbcbcb, 3);
	add(b, 0, 1); // or bytes per element
	add(b, 0, 8);
	add(b, 256 * 32, 8);
	add(b, 256, 8);
	add(b, 64, 4);
	add(b, 32, 4);
	add(b, 0, 4); // depth 0 means 1
}

static void each_form_says_the_same_texture(void **state) {
	struct gpu_rig *g = *state;
	static const struct {
		uint8_t type, record, length;
		bool wide;
	} forms[] = { { 2, 0x01, 44, false }, { 3, 0x01, 44, false }, { 2, 0x34, 52, true },
		{ 3, 0x34, 52, true }, { 5, 0x0c, 48, false }, { 5, 0x2f, 48, false },
		{ 5, 0x39, 56, true }, { 8, 0x09, 64, false }, { 8, 0x37, 72, true },
		{ 8, 0x15, 60, false }, { 8, 0x38, 68, true }, { 9, 0x01, 44, false },
		{ 9, 0x34, 52, true } };
	declare_surface(g, SURFACE, 64, 32, 256);
	declare_buffer(g, BASE, 0, 0x4000);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const uint8_t record = forms[i].record;
		struct shape s = { .type = 2, .format = 81, .width = 64, .height = 32, .usage = 5 };
		struct bytes b = { .size = 0 };
		s.mode = forms[i].type == 9 ? 3 : record == 0x15 || record == 0x38 ? 2 : 1;
		if (forms[i].type <= 3) {
			add_linear_head(&b);
		} else if (forms[i].type == 5) {
			add(&b, SURFACE, 4);
			add(&b, 0, 4);
		} else if (forms[i].type == 9) {
			add(&b, 0xcbcbcbcb, 8); // whatever stands in front
		}
		add(&b, record, 4);
		add(&b, forms[i].length, 4);
		add(&b, REF, 4);
		if (record == 0x09 || record == 0x37) {
			add(&b, BASE, 4);
			add(&b, 0x100, 8);
			add(&b, 256, 8);
		} else if (record == 0x15 || record == 0x38) {
			add(&b, 4, 4);
		}
		add_block(&b, forms[i].wide, &s);
		if (forms[i].type == 5) {
			add(&b, 0, 2); // plane
			add(&b, record == 0x0c ? 0xcb : 0, 1); // rotation, or nothing
			add(&b, 0xcb, 1);
		} else if (record == 0x15 || record == 0x38) {
			add(&b, 0xcbcbcbfe, 4); // not at an offset
			add(&b, UINT64_MAX, 8);
		}
		declare(g, REF, forms[i].type, &b);
		struct pvg_gpu_texture *t = NULL;
		if (pvg_gpu_texture(g->gpu, TASK, REF, &t) != PVG_GPU_FOUND) {
			fail_msg("type %u, record 0x%02x", forms[i].type, record);
		}
		assert_int_equal(t->desc.type, 2);
		assert_int_equal(t->desc.format, 81);
		assert_int_equal(t->desc.width, 64);
		assert_int_equal(t->desc.height, 32);
		assert_int_equal(t->desc.usage, 5);
		const uint8_t swizzle[2][4] = { { 2, 3, 4, 5 }, { 4, 3, 1, 2 } };
		assert_memory_equal(t->desc.swizzle, swizzle[forms[i].wide], 4);
		use(g, REF, PVG_GPU_READS);
		assert_memory_equal(g->fake.view.swizzle, swizzle[forms[i].wide], 4);
		pvg_gpu_commit(g->gpu);
		forget(g, REF);
	}
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), 0);
}

/* ---- packets about what nobody knows --------------------------------------------------------- */

static void what_nobody_knows_is_fresh_when_it_comes(void **state) {
	struct gpu_rig *g = *state;
	const struct shape s = { .type = 2, .format = 80, .width = 16, .height = 8, .mode = 1 };
	uint64_t refused[PVG_REFUSALS_MAX];
	for (unsigned int i = 0; i < PVG_REFUSALS_MAX; i++) {
		refused[i] = rig_refused(g->rig, (enum pvg_refusal)i);
	}
	RIG_SEND(g->rig, 1, 0x3c, TASK, REF);
	RIG_SEND(g->rig, 1, 0x34, TASK, 1, REF, 0x00000001);
	RIG_SEND(g->rig, 1, 0x34, TASK, 1, REF, 0x01000100); // "the host's copy is the newest"
	RIG_SEND(g->rig, 1, 0x35, TASK, 1, REF);
	RIG_SEND(g->rig, 1, 0x3f, TASK, 1, REF);
	for (unsigned int i = 0; i < PVG_REFUSALS_MAX; i++) {
		assert_int_equal(rig_refused(g->rig, (enum pvg_refusal)i), refused[i]);
	}
	memset(data_at(g, 0), 0x21, 64 * 8);
	declare_linear(g, REF, 0, &s);
	struct pvg_gpu_texture *t = use(g, REF, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 15, 7), 0x21212121);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(buffers),
		TEST(textures_in_memory),
		TEST(cubes_volumes_and_blocks),
		TEST(surfaces),
		TEST(planes_of_surfaces),
		TEST(textures_over_buffers),
		TEST(textures_in_heaps),
		TEST(views_in_chains_and_rings),
		TEST(samplers),
		TEST(depth_stencil_states),
		TEST(functions),
		TEST(what_the_host_cannot_draw_into),
		TEST(property_lists),
		TEST(each_form_says_the_same_texture),
		TEST(what_nobody_knows_is_fresh_when_it_comes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
