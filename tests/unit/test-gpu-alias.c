// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same bytes under several names: buffers that overlap, textures over buffers, textures and
 * buffers over the pages of a surface, places of a heap.
 */
#include "gpu-rig.h"

#define A 10u
#define B 11u
#define C 12u
#define TEX 20u
#define OTHER 21u
#define SURFACE 5u

static enum pvg_gpu_found try_window(struct gpu_rig *g, uint32_t ref, uint64_t offset,
	uint64_t size, uint32_t use_bits, struct pvg_gpu_span *span) {
	struct pvg_gpu_backing b = backing(g, ref);
	return pvg_gpu_window(g->gpu, &b, offset, size, 16, use_bits, span);
}

static struct pvg_gpu_span window(struct gpu_rig *g, uint32_t ref, uint64_t offset, uint64_t size,
	uint32_t use_bits) {
	struct pvg_gpu_span span = { 0 };
	assert_int_equal(try_window(g, ref, offset, size, use_bits, &span), PVG_GPU_FOUND);
	assert_non_null(span.buffer);
	return span;
}

// What a kernel would do.
static void gpu_write(struct gpu_rig *g, const struct pvg_gpu_span *span, uint32_t value) {
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&g->gpu->list, PVG_GPU_OP_FILL_BUFFER);
	cmd->fill_buffer.span = *span;
	cmd->fill_buffer.pattern = value;
}

// What a kernel would read: bytes copied on the GPU, in the order of the list.
static const uint8_t *gpu_read(struct gpu_rig *g, const struct pvg_gpu_span *span) {
	const uint8_t *map;
	struct pvg_gpu_copy_buffer *copy = pvg_gpu_alloc(&g->gpu->list, sizeof(*copy));
	copy->from = *span;
	assert_true(pvg_gpu_readback_alloc(g->gpu, span->size_bytes, &copy->to, &map));
	pvg_gpu_emit(&g->gpu->list, PVG_GPU_OP_COPY_BUFFER)->copy_buffer = copy;
	return map;
}

static void finish(struct gpu_rig *g) {
	pvg_gpu_commit(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
}

/* ---- buffers --------------------------------------------------------------------------------- */

static void overlapping_buffers_see_each_others_writes(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, A, 0x1000, 0x3000);
	declare_buffer(g, B, 0x2000, 0x4000);
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, A, 0x1000, 0x800, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x11111111);
	// Not one yet: A's memory has to become larger, which waits for what runs on it.
	assert_int_equal(try_window(g, B, 0, 0x100, PVG_GPU_READS, &span), PVG_GPU_RETRY);
	pvg_gpu_abandon(g->gpu);
	// The same list again.
	span = window(g, A, 0x1000, 0x800, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x11111111);
	struct pvg_gpu_span other = window(g, B, 0, 0x100, PVG_GPU_READS);
	assert_ptr_equal(other.buffer, span.buffer);
	const uint8_t *seen = gpu_read(g, &other);
	// And the other way round, through the whole of them.
	other = window(g, B, 0x400, 0x3c00, PVG_GPU_WRITES);
	gpu_write(g, &other, 0x22222222);
	span = window(g, A, 0x1000, 0x2000, PVG_GPU_READS);
	const uint8_t *later = gpu_read(g, &span);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(data_at(g, 0x2000)[0], 0); // not before it has run
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(seen[0], 0x11);
	assert_int_equal(later[0x3ff], 0x11);
	assert_int_equal(later[0x400], 0x22);
	assert_int_equal(data_at(g, 0x2000)[0x3ff], 0x11);
	assert_int_equal(data_at(g, 0x2400)[0], 0x22);
	assert_int_equal(data_at(g, 0x5fff)[0], 0x22);
	assert_int_equal(data_at(g, 0x6000)[0], 0);
}

static void buffers_in_flight_become_one_when_they_can(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_span span;
	declare_buffer(g, A, 0x1000, 0x2000);
	declare_buffer(g, B, 0x4000, 0x2000);
	declare_buffer(g, C, 0x2000, 0x3000); // over both
	g->fake.held = true;
	span = window(g, A, 0, 0x2000, PVG_GPU_WRITES);
	gpu_write(g, &span, 0xaaaaaaaa);
	span = window(g, B, 0, 0x2000, PVG_GPU_WRITES);
	gpu_write(g, &span, 0xbbbbbbbb);
	pvg_gpu_commit(g->gpu);
	for (unsigned int i = 0; i < 3; i++) { // waits, whoever comes first
		assert_int_equal(try_window(g, C, 0, 0, PVG_GPU_READS, &span), PVG_GPU_RETRY);
		pvg_gpu_abandon(g->gpu);
		assert_int_equal(try_window(g, A, 0, 0, PVG_GPU_READS, &span), PVG_GPU_RETRY);
		pvg_gpu_abandon(g->gpu);
	}
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	span = window(g, A, 0, 0x2000, PVG_GPU_WRITES);
	struct pvg_gpu_span c = window(g, C, 0, 0, PVG_GPU_READS);
	const uint8_t *seen = gpu_read(g, &c);
	finish(g);
	assert_int_equal(seen[0], 0xaa);
	assert_int_equal(seen[0x1000], 0);
	assert_int_equal(seen[0x2000], 0xbb);
	assert_ptr_equal(c.buffer, span.buffer);
}

static void buffers_that_only_touch_are_two(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, A, 0x1000, 0x1000);
	declare_buffer(g, B, 0x2000, 0x1000);
	struct pvg_gpu_span a = window(g, A, 0, 0, PVG_GPU_WRITES);
	struct pvg_gpu_span b = window(g, B, 0, 0, PVG_GPU_WRITES);
	assert_ptr_not_equal(a.buffer, b.buffer);
	gpu_write(g, &a, 0x0a0a0a0a);
	gpu_write(g, &b, 0x0b0b0b0b);
	finish(g);
	assert_int_equal(data_at(g, 0x1fff)[0], 0x0a);
	assert_int_equal(data_at(g, 0x2000)[0], 0x0b);
}

static void bytes_that_another_buffer_writes_are_pending(void **state) {
	struct gpu_rig *g = *state;
	uint8_t args[16];
	declare_buffer(g, A, 0x1000, 0x3000);
	declare_buffer(g, B, 0x2000, 0x4000);
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, A, 0x1000, 0x10, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x44444444);
	struct pvg_gpu_backing b = backing(g, B);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0, args, 16), PVG_GPU_RETRY);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0x10, args, 16), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0, args, 16), PVG_GPU_RETRY);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0, args, 16), PVG_GPU_FOUND);
	assert_int_equal(args[15], 0x44);
}

/* ---- textures over buffers ------------------------------------------------------------------- */

static void two_textures_over_one_buffer_see_each_other(void **state) {
	struct gpu_rig *g = *state;
	const struct shape narrow = { .type = 2, .format = 70, .width = 32, .height = 8 };
	const struct shape wide = { .type = 2, .format = 123, .width = 8, .height = 8 };
	const struct shape srgb = { .type = 2, .format = 71, .width = 32, .height = 4 };
	declare_buffer(g, A, 0x1000, 0x4000);
	declare_buffer_texture(g, TEX, A, 0x100, 256, &narrow);
	declare_buffer_texture(g, OTHER, A, 0x100, 256, &wide); // the same bytes
	declare_buffer_texture(g, OTHER + 1, A, 0x500, 256, &srgb); // of the lower half
	use(g, OTHER, PVG_GPU_READS);
	paint(g, TEX, 0x0a0b0c0d);
	struct pvg_gpu_texture *t = use(g, OTHER, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 7, 7), 0x0a0b0c0d);
	// In other lists and back, with a buffer in between.
	paint(g, OTHER, 0x01020304);
	pvg_gpu_commit(g->gpu);
	t = use(g, TEX, PVG_GPU_READS);
	struct pvg_gpu_span span = window(g, A, 0x500, 64, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x55555555);
	struct pvg_gpu_texture *low = use(g, OTHER + 1, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 0, 4), 0x01020304); // read before that
	assert_int_equal(texel(low, 0, 0), 0x55555555);
	assert_int_equal(texel(low, 16, 0), 0x01020304);
	t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 0, 4), 0x55555555);
	assert_int_equal(texel(t, 16, 4), 0x01020304);
	// Drawn over in part: what the other wrote stays around it.
	paint(g, OTHER + 1, 0x0e0e0e0e);
	t = use(g, TEX, PVG_GPU_WRITES);
	finish(g);
	assert_int_equal(texel(t, 31, 7), 0x0e0e0e0e);
	assert_int_equal(texel(t, 31, 3), 0x01020304);
	assert_int_equal(word_of(data_at(g, 0x1500)), 0x0e0e0e0e);
	assert_int_equal(word_of(data_at(g, 0x1100)), 0x01020304);
}

static void a_texture_sees_what_an_overlapping_buffer_writes(void **state) {
	struct gpu_rig *g = *state;
	const struct shape s = { .type = 2, .format = 70, .width = 32, .height = 8 };
	declare_buffer(g, A, 0x1000, 0x4000);
	declare_buffer(g, B, 0x2000, 0x1000); // within A
	declare_buffer_texture(g, TEX, A, 0x1000, 256, &s);
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	struct pvg_gpu_span span = window(g, B, 0, 0x100, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x66666666);
	struct pvg_gpu_span whole = { 0 };
	if (try_window(g, A, 0, 0, PVG_GPU_READS, &whole) == PVG_GPU_RETRY) { // they become one
		pvg_gpu_abandon(g->gpu);
		span = window(g, B, 0, 0x100, PVG_GPU_WRITES);
		gpu_write(g, &span, 0x66666666);
	}
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 0, 0), 0x66666666);
	paint(g, TEX, 0x77777777);
	span = window(g, B, 0, 0x100, PVG_GPU_READS);
	const uint8_t *seen = gpu_read(g, &span);
	finish(g);
	assert_int_equal(word_of(seen), 0x77777777);
	assert_int_equal(word_of(data_at(g, 0x2000)), 0x77777777);
}

/* ---- surfaces -------------------------------------------------------------------------------- */

#define MAPPED 0x600000u // where the task has the surface's pages, in the data
#define STRIDE 256u

static const struct shape plane = { .type = 2, .format = 80, .width = 64, .height = 32, .mode = 1 };

static void declare_shared_surface(struct gpu_rig *g) {
	declare_surface(g, SURFACE, 64, 32, STRIDE);
	declare_plane(g, TEX, SURFACE, &plane);
	rig_map(g->rig, TASK, DATA_GVA + MAPPED, SURFACE_GPA + SURFACE * 0x400000, 0x2000);
	declare_buffer(g, A, MAPPED, 0x2000);
	memset(surface_at(g, SURFACE), 0x21, STRIDE * 32);
}

static void a_buffer_over_a_surface_shows_what_was_drawn(void **state) {
	struct gpu_rig *g = *state;
	declare_shared_surface(g);
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	g->fake.held = true;
	paint(g, TEX, 0x0c0c0c0c);
	struct pvg_gpu_span span = window(g, A, STRIDE * 3, STRIDE, PVG_GPU_READS);
	const uint8_t *seen = gpu_read(g, &span);
	finish(g);
	assert_int_equal(word_of(seen), 0x0c0c0c0c);
	assert_int_equal(word_of(surface_at(g, SURFACE)), 0x0c0c0c0c); // landed on the way
	// Once: unless it is drawn again.
	unsigned int reads = g->fake.commands[PVG_GPU_OP_READ];
	window(g, A, 0, STRIDE, PVG_GPU_READS);
	finish(g);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], reads);
	// Thrown away and built again: it lands again.
	paint(g, TEX, 0x0d0d0d0d);
	pvg_gpu_commit(g->gpu);
	window(g, A, 0, STRIDE, PVG_GPU_READS);
	pvg_gpu_abandon(g->gpu);
	span = window(g, A, 0, STRIDE, PVG_GPU_READS);
	seen = gpu_read(g, &span);
	finish(g);
	assert_int_equal(word_of(seen), 0x0d0d0d0d);
	// What the CPU is to use waits for it.
	paint(g, TEX, 0x0e0e0e0e);
	struct pvg_gpu_backing b = backing(g, A);
	uint32_t word;
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0, &word, 4), PVG_GPU_RETRY);
	finish(g);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0, &word, 4), PVG_GPU_FOUND);
	assert_int_equal(word, 0x0e0e0e0e);
	// On its way to guest memory because the guest asked: not there yet.
	paint(g, TEX, 0x0f0f0f0f);
	assert_int_equal(pvg_gpu_synchronize(g->gpu, TASK, TEX), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	span = window(g, A, 0, STRIDE, PVG_GPU_READS);
	seen = gpu_read(g, &span);
	finish(g);
	assert_int_equal(word_of(seen), 0x0f0f0f0f);
}

static void a_surface_shows_what_a_buffer_over_it_wrote(void **state) {
	struct gpu_rig *g = *state;
	declare_shared_surface(g);
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, A, STRIDE * 2, STRIDE, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x31313131);
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	// In flight, for the next list as well.
	span = window(g, A, STRIDE * 4, STRIDE, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x32323232);
	pvg_gpu_commit(g->gpu);
	use(g, TEX, PVG_GPU_READS);
	finish(g);
	assert_int_equal(texel(t, 5, 1), 0x21212121);
	assert_int_equal(texel(t, 5, 2), 0x31313131);
	assert_int_equal(texel(t, 5, 4), 0x32323232);
	assert_int_equal(word_of(surface_at(g, SURFACE) + STRIDE * 2), 0x31313131);
	// Drawn first, then written in part, then read: both are there.
	paint(g, TEX, 0x41414141);
	span = window(g, A, STRIDE * 6, STRIDE, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x42424242);
	t = use(g, TEX, PVG_GPU_READS);
	finish(g);
	assert_int_equal(texel(t, 5, 5), 0x41414141);
	assert_int_equal(texel(t, 5, 6), 0x42424242);
	assert_int_equal(word_of(surface_at(g, SURFACE) + STRIDE * 5), 0x41414141);
	assert_int_equal(word_of(surface_at(g, SURFACE) + STRIDE * 6), 0x42424242);
	// Landed long ago: guest memory has it.
	pvg_gpu_shadows_finish(g->gpu);
	span = window(g, A, 0, STRIDE, PVG_GPU_READS);
	assert_int_equal(word_of(span.buffer->map + span.offset_bytes), 0x41414141);
	pvg_gpu_commit(g->gpu);
}

static void an_alias_ends_with_its_buffer_surface_or_mapping(void **state) {
	struct gpu_rig *g = *state;
	declare_shared_surface(g);
	(void)backing(g, A); // before the surface was used: found later
	assert_null(g->gpu->memory->aliases);
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_null(g->gpu->memory->aliases);
	(void)backing(g, A);
	assert_non_null(g->gpu->memory->aliases);
	forget(g, A);
	assert_null(g->gpu->memory->aliases);
	(void)backing(g, A);
	assert_non_null(g->gpu->memory->aliases);
	// The task's pages are others.
	rig_map(g->rig, TASK, DATA_GVA + MAPPED, DATA_GPA + MAPPED, 0x2000);
	assert_null(g->gpu->memory->aliases);
	(void)backing(g, A);
	assert_null(g->gpu->memory->aliases);
	rig_map(g->rig, TASK, DATA_GVA + MAPPED, SURFACE_GPA + SURFACE * 0x400000, 0x2000);
	RIG_SEND(g->rig, 1, 0x3c, TASK, A);
	forget(g, A);
	(void)backing(g, A);
	// The surface's are.
	assert_non_null(g->gpu->memory->aliases);
	RIG_SEND(g->rig, 1, 0x3c, 0, SURFACE);
	assert_null(g->gpu->memory->aliases);
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	(void)backing(g, A);
	assert_non_null(g->gpu->memory->aliases);
	// And it is gone.
	RIG_SEND(g->rig, 1, 0x36, SURFACE, 0);
	forget(g, TEX);
	assert_null(g->gpu->memory->aliases);
	assert_int_equal(g->gpu->memory->indexed_pages, 0);
}

static void a_part_of_a_surface_and_pages_out_of_order_are_no_alias(void **state) {
	struct gpu_rig *g = *state;
	declare_shared_surface(g);
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	declare_buffer(g, B, MAPPED, 0x1000); // one of two pages
	(void)backing(g, B);
	rig_map(g->rig, TASK, DATA_GVA + 0x700000, SURFACE_GPA + SURFACE * 0x400000 + 0x1000,
		0x1000);
	rig_map(g->rig, TASK, DATA_GVA + 0x701000, SURFACE_GPA + SURFACE * 0x400000, 0x1000);
	declare_buffer(g, C, 0x700000, 0x2000);
	(void)backing(g, C);
	assert_null(g->gpu->memory->aliases);
	// Within a larger buffer, behind other pages.
	rig_map(g->rig, TASK, DATA_GVA + 0x703000, SURFACE_GPA + SURFACE * 0x400000, 0x2000);
	declare_buffer(g, C, 0x702000, 0x5000);
	RIG_SEND(g->rig, 1, 0x34, TASK, 1, C, 0);
	paint(g, TEX, 0x51515151);
	struct pvg_gpu_span span = window(g, C, 0x1000 + STRIDE, STRIDE, PVG_GPU_READS);
	const uint8_t *seen = gpu_read(g, &span);
	finish(g);
	assert_int_equal(word_of(seen), 0x51515151);
}

/* ---- heaps ----------------------------------------------------------------------------------- */

struct heap_place {
	uint32_t heap;
	bool placed;
	uint64_t offset;
	uint8_t mode;
};

static void declare_in_heap(struct gpu_rig *g, uint32_t ref, const struct heap_place *place) {
	struct bytes b = { .size = 0 };
	add(&b, 0x15, 4);
	add(&b, 60, 4);
	add(&b, ref, 4);
	add(&b, place->heap, 4);
	add_narrow(&b,
		&(struct shape){ .type = 2,
			.format = 80,
			.width = 256,
			.height = 256,
			.mode = place->mode });
	add(&b, place->placed ? 0xff : 0xfe, 1); // only bit 0 is written
	add(&b, 0xcbcbcb, 3);
	add(&b, place->offset, 8);
	declare(g, ref, 8, &b);
}

static void a_place_of_a_heap_is_its_last_writers(void **state) {
	struct gpu_rig *g = *state;
	const struct heap_place at_0 = { 4, true, 0, 2 }, beside = { 4, true, 0x40000, 2 };
	const struct heap_place half = { 4, true, 0x20000, 2 }, elsewhere = { 6, true, 0, 2 };
	declare_in_heap(g, TEX, &at_0);
	declare_in_heap(g, TEX + 1, &beside);
	declare_in_heap(g, TEX + 2, &elsewhere);
	declare_in_heap(g, TEX + 3, &half); // over the first two
	for (uint32_t i = 0; i < 3; i++) {
		paint(g, TEX + i, 0x01010101 * (i + 1));
		pvg_gpu_commit(g->gpu);
	}
	// Each has what was drawn into it, as long as nobody else was drawn at its place.
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(texel(use(g, TEX + i, PVG_GPU_READS), 9, 9), 0x01010101 * (i + 1));
	}
	pvg_gpu_commit(g->gpu);
	assert_false(pvg_gpu_storages_evict_one(g->gpu, UINT32_MAX));
	paint(g, TEX + 3, 0x77777777);
	// A list that may still name them.
	assert_false(pvg_gpu_storages_evict_one(g->gpu, UINT32_MAX));
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.images, 4);
	assert_true(pvg_gpu_storages_evict_one(g->gpu, UINT32_MAX));
	assert_true(pvg_gpu_storages_evict_one(g->gpu, UINT32_MAX));
	assert_false(pvg_gpu_storages_evict_one(g->gpu, UINT32_MAX));
	pvg_gpu_memory_reap(g->gpu);
	assert_int_equal(g->fake.images, 2);
	assert_int_equal(texel(use(g, TEX + 2, PVG_GPU_READS), 9, 9), 0x03030303);
	assert_int_equal(texel(use(g, TEX + 3, PVG_GPU_READS), 9, 9), 0x77777777);
	// Drawn again, it is good again and the other one is not.
	paint(g, TEX, 0x55555555);
	pvg_gpu_commit(g->gpu);
	assert_true(pvg_gpu_storages_evict_one(g->gpu, UINT32_MAX));
	assert_null(texture(g, TEX + 3)->storage->image);
	assert_int_equal(texel(use(g, TEX, PVG_GPU_READS), 9, 9), 0x55555555);
	pvg_gpu_commit(g->gpu);
}

static void textures_that_a_heap_places_itself_share_nothing(void **state) {
	struct gpu_rig *g = *state;
	const struct heap_place anywhere = { 4, false, 0, 2 };
	declare_in_heap(g, TEX, &anywhere);
	declare_in_heap(g, TEX + 1, &anywhere);
	paint(g, TEX, 0x11111111);
	pvg_gpu_commit(g->gpu);
	paint(g, TEX + 1, 0x22222222);
	pvg_gpu_commit(g->gpu);
	assert_false(pvg_gpu_storages_evict_one(g->gpu, UINT32_MAX));
	assert_int_equal(texel(use(g, TEX, PVG_GPU_READS), 0, 0), 0x11111111);
	pvg_gpu_commit(g->gpu);
}

static void heaps_that_the_guests_cpu_sees_are_refused(void **state) {
	struct gpu_rig *g = *state;
	static const struct heap_place bad[] = { { 4, true, 0, 0 }, { 4, true, 0, 1 },
		{ 4, false, 0, 3 }, { 0, false, 0, 2 } };
	struct pvg_gpu_texture *t;
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		declare_in_heap(g, TEX + i, &bad[i]);
		assert_int_equal(pvg_gpu_texture(g->gpu, TASK, TEX + i, &t), PVG_GPU_MISSING);
		assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), i + 1);
	}
	// A place at the end of all numbers is none that others could share.
	declare_in_heap(g, TEX, &(struct heap_place){ 4, true, UINT64_MAX - 5, 2 });
	paint(g, TEX, 1);
	pvg_gpu_commit(g->gpu);
	assert_null(g->gpu->memory->placed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(overlapping_buffers_see_each_others_writes),
		TEST(buffers_in_flight_become_one_when_they_can),
		TEST(buffers_that_only_touch_are_two),
		TEST(bytes_that_another_buffer_writes_are_pending),
		TEST(two_textures_over_one_buffer_see_each_other),
		TEST(a_texture_sees_what_an_overlapping_buffer_writes),
		TEST(a_buffer_over_a_surface_shows_what_was_drawn),
		TEST(a_surface_shows_what_a_buffer_over_it_wrote),
		TEST(an_alias_ends_with_its_buffer_surface_or_mapping),
		TEST(a_part_of_a_surface_and_pages_out_of_order_are_no_alias),
		TEST(a_place_of_a_heap_is_its_last_writers),
		TEST(textures_that_a_heap_places_itself_share_nothing),
		TEST(heaps_that_the_guests_cpu_sees_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
