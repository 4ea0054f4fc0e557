// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages with several names that lie otherwise: two tasks, parts, other orders. Lists in flight make
 * the other name wait; what is alone never does.
 */
#include "gpu-rig.h"

#define OTHER_TASK 2u
#define OTHER_GVA 0x4000000u
#define OTHER_DESC_GVA 0xe00000u
#define OTHER_DESC_GPA 0x2d0000u
#define A 10u
#define B 11u
#define TEX 20u
#define SURFACE 5u
#define STRIDE 256u

struct place {
	uint32_t task, ref;
};

static struct pvg_gpu_backing buffer_of(struct gpu_rig *g, struct place place) {
	struct pvg_gpu_backing b = { 0 };
	assert_int_equal(pvg_gpu_buffer(g->gpu, place.task, place.ref, &b), PVG_GPU_FOUND);
	return b;
}

static enum pvg_gpu_found try_window(struct gpu_rig *g, struct place place, uint32_t use_bits,
	struct pvg_gpu_span *span) {
	struct pvg_gpu_backing b = buffer_of(g, place);
	g->gpu->memory->wants_commit = false;
	return pvg_gpu_window(g->gpu, &b, 0, 0, 16, use_bits, span);
}

static void waits(struct gpu_rig *g, struct place place, uint32_t use_bits) {
	struct pvg_gpu_span span;
	assert_int_equal(try_window(g, place, use_bits, &span), PVG_GPU_RETRY);
	assert_true(g->gpu->memory->wants_commit);
}

static struct pvg_gpu_span window(struct gpu_rig *g, struct place place, uint32_t use_bits) {
	struct pvg_gpu_span span = { 0 };
	assert_int_equal(try_window(g, place, use_bits, &span), PVG_GPU_FOUND);
	return span;
}

static void write(struct gpu_rig *g, struct place place, uint32_t value) {
	struct pvg_gpu_span span = window(g, place, PVG_GPU_WRITES);
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&g->gpu->list, PVG_GPU_OP_FILL_BUFFER);
	cmd->fill_buffer.span = span;
	cmd->fill_buffer.pattern = value;
}

static uint32_t first_word(const struct pvg_gpu_span *span) {
	return word_of(span->buffer->map + span->offset_bytes);
}

static void finish(struct gpu_rig *g) {
	pvg_gpu_commit(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
}

// A buffer of another task over the same data.
static void declare_other(struct gpu_rig *g, uint32_t ref, uint32_t offset, uint32_t size) {
	struct bytes b = { .size = 0 };
	rig_map(g->rig, OTHER_TASK, OTHER_GVA + offset, DATA_GPA + offset, size);
	add(&b, size, 8);
	add(&b, (OTHER_GVA + offset) >> 12, 8);
	rig_object(g->rig, OTHER_TASK, ref, 1, OTHER_DESC_GVA + ref * 256, b.at, b.size);
}

static void define_other(struct gpu_rig *g) {
	rig_define_task(g->rig, OTHER_TASK);
	rig_map(g->rig, OTHER_TASK, OTHER_DESC_GVA, OTHER_DESC_GPA, 0x8000);
}

static const struct place a = { TASK, A }, b = { TASK, B }, other = { OTHER_TASK, A };

/* ---- buffers --------------------------------------------------------------------------------- */

static void buffers_of_two_tasks_wait_for_each_other(void **state) {
	struct gpu_rig *g = *state;
	define_other(g);
	declare_buffer(g, A, 0x1000, 0x3000);
	declare_other(g, A, 0x2000, 0x3000); // its first two pages are the last two there
	declare_buffer(g, B, 0x8000, 0x1000); // nobody else's
	g->fake.held = true;
	window(g, other, PVG_GPU_READS);
	write(g, a, 0x11111111);
	write(g, b, 0x22222222);
	waits(g, other, PVG_GPU_READS); // for this list
	pvg_gpu_commit(g->gpu);
	waits(g, other, PVG_GPU_READS); // and while it runs
	waits(g, other, PVG_GPU_WRITES);
	struct pvg_gpu_backing backing = buffer_of(g, other);
	uint32_t word;
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &backing, 0, &word, 4), PVG_GPU_RETRY);
	assert_false(pvg_gpu_peek(g->gpu, &backing, 0, &word, 4));
	// What it does not share is free.
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &backing, 0x2000, &word, 4), PVG_GPU_FOUND);
	window(g, b, PVG_GPU_READS);
	pvg_gpu_abandon(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	struct pvg_gpu_span span = window(g, other, PVG_GPU_READS);
	assert_int_equal(first_word(&span), 0x11111111);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &backing, 0, &word, 4), PVG_GPU_FOUND);
	assert_int_equal(word, 0x11111111);
	// The other way round.
	write(g, other, 0x33333333);
	pvg_gpu_commit(g->gpu);
	waits(g, a, PVG_GPU_READS);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	window(g, a, PVG_GPU_READS | PVG_GPU_WRITES);
	assert_int_equal(word_of(data_at(g, 0x2000)), 0x33333333);
	assert_int_equal(word_of(data_at(g, 0x1000)), 0x11111111);
	pvg_gpu_abandon(g->gpu);
}

static void a_texture_over_the_others_buffer_is_waited_for(void **state) {
	struct gpu_rig *g = *state;
	const struct shape s = { .type = 2, .format = 70, .width = 32, .height = 8 };
	define_other(g);
	declare_buffer(g, A, 0x1000, 0x1000);
	declare_buffer_texture(g, TEX, A, 0, 256, &s);
	declare_other(g, A, 0x1000, 0x1000);
	window(g, other, PVG_GPU_READS);
	g->fake.held = true;
	paint(g, TEX, 0x0a0b0c0d);
	waits(g, other, PVG_GPU_READS);
	finish(g);
	struct pvg_gpu_span span = window(g, other, PVG_GPU_READS);
	assert_int_equal(first_word(&span), 0x0a0b0c0d);
	write(g, other, 0x44444444);
	pvg_gpu_commit(g->gpu);
	struct pvg_gpu_texture *t = texture(g, TEX);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 0, 0, 0, PVG_GPU_READS), PVG_GPU_RETRY);
	pvg_gpu_abandon(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	t = use(g, TEX, PVG_GPU_READS);
	finish(g);
	assert_int_equal(texel(t, 0, 0), 0x44444444);
}

static void twins_end_with_their_buffers_and_mappings(void **state) {
	struct gpu_rig *g = *state;
	define_other(g);
	declare_buffer(g, A, 0x1000, 0x1000);
	declare_buffer(g, B, 0x5000, 0x1000);
	declare_other(g, A, 0x1000, 0x1000);
	declare_other(g, B, 0x9000, 0x1000);
	buffer_of(g, a);
	buffer_of(g, b);
	buffer_of(g, (struct place){ OTHER_TASK, B });
	assert_null(g->gpu->memory->twins); // nobody has a second name yet
	buffer_of(g, other);
	assert_int_equal(g->gpu->memory->twins_count, 1);
	forget(g, A);
	assert_null(g->gpu->memory->twins);
	buffer_of(g, a);
	assert_int_equal(g->gpu->memory->twins_count, 1);
	// The other task's page becomes another one.
	rig_map(g->rig, OTHER_TASK, OTHER_GVA + 0x1000, DATA_GPA + 0x6000, 0x1000);
	assert_null(g->gpu->memory->twins);
	buffer_of(g, a);
	buffer_of(g, other);
	assert_null(g->gpu->memory->twins);
	// Declared again, where the other one is now.
	declare_buffer(g, A, 0x6000, 0x1000);
	clear_host(g, A);
	buffer_of(g, a);
	assert_int_equal(g->gpu->memory->twins_count, 1);
	RIG_SEND(g->rig, 0, 0x20, OTHER_TASK);
	assert_null(g->gpu->memory->twins);
}

static void a_large_buffer_with_a_hole_is_looked_at_when_something_is_mapped(void **state) {
	struct gpu_rig *g = *state;
	const uint32_t gva = 0x5000000, pages = 100;
	struct bytes desc = { .size = 0 };
	define_other(g);
	rig_map(g->rig, TASK, gva, DATA_GPA + 0x100000, (pages - 1) * 0x1000);
	add(&desc, pages * 0x1000, 8);
	add(&desc, gva >> 12, 8);
	declare(g, A, 1, &desc);
	declare_other(g, A, 0x1000, 0x1000);
	buffer_of(g, a);
	buffer_of(g, other);
	uint64_t walks = rig_counters(g->rig).walk_hits;
	for (unsigned int i = 0; i < 50; i++) {
		buffer_of(g, a);
	}
	assert_true(rig_counters(g->rig).walk_hits - walks < 50 * 20); // not page by page
	assert_null(g->gpu->memory->twins);
	rig_map(g->rig, TASK, gva + (pages - 1) * 0x1000, DATA_GPA + 0x1000, 0x1000);
	buffer_of(g, a);
	assert_int_equal(g->gpu->memory->twins_count, 1);
	write(g, other, 0x66666666);
	waits(g, a, PVG_GPU_READS);
	pvg_gpu_abandon(g->gpu);
}

/* ---- surfaces -------------------------------------------------------------------------------- */

static const struct shape plane = { .type = 2, .format = 80, .width = 64, .height = 64, .mode = 1 };

static void declare_pages(struct gpu_rig *g, uint32_t ref, const uint32_t *pages, uint32_t count) {
	uint32_t at = 0x400000 + ref * 0x10000;
	for (uint32_t i = 0; i < count; i++) {
		rig_map(g->rig, TASK, DATA_GVA + at + i * 0x1000,
			SURFACE_GPA + SURFACE * 0x400000 + pages[i] * 0x1000, 0x1000);
	}
	declare_buffer(g, ref, at, count * 0x1000);
}

static void a_part_of_a_surface_goes_through_guest_memory(void **state) {
	struct gpu_rig *g = *state;
	declare_surface(g, SURFACE, 64, 64, STRIDE); // four pages
	declare_plane(g, TEX, SURFACE, &plane);
	declare_pages(g, A, (const uint32_t[]){ 2, 1 }, 2);
	declare_pages(g, B, (const uint32_t[]){ 3 }, 1);
	memset(surface_at(g, SURFACE), 0x21, STRIDE * 64);
	g->fake.held = true;
	use(g, TEX, PVG_GPU_READS);
	finish(g);
	buffer_of(g, a);
	buffer_of(g, b);
	assert_null(g->gpu->memory->aliases);
	assert_int_equal(g->gpu->memory->twins_count, 2);
	// Drawn: it has to be in guest memory first. In the list that draws, that list ends first.
	paint(g, TEX, 0x0c0c0c0c);
	waits(g, a, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	waits(g, a, PVG_GPU_READS); // now it is on its way
	pvg_gpu_commit(g->gpu);
	waits(g, a, PVG_GPU_READS);
	waits(g, b, PVG_GPU_READS);
	finish(g);
	struct pvg_gpu_span span = window(g, a, PVG_GPU_READS);
	assert_int_equal(first_word(&span), 0x0c0c0c0c);
	assert_int_equal(word_of(surface_at(g, SURFACE)), 0x0c0c0c0c);
	// Written: the surface waits, and shows it then, with what was drawn around it.
	write(g, a, 0x31313131);
	struct pvg_gpu_texture *t = texture(g, TEX);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 0, 0, 0, PVG_GPU_READS), PVG_GPU_RETRY);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 0, 0, 0, PVG_GPU_READS), PVG_GPU_RETRY);
	pvg_gpu_abandon(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	t = use(g, TEX, PVG_GPU_READS);
	finish(g);
	assert_int_equal(texel(t, 9, 15), 0x0c0c0c0c);
	assert_int_equal(texel(t, 9, 16), 0x31313131);
	assert_int_equal(texel(t, 9, 47), 0x31313131);
	assert_int_equal(texel(t, 9, 48), 0x0c0c0c0c);
	// Nothing was written since: nobody waits, nothing is read back.
	unsigned int reads = g->fake.commands[PVG_GPU_OP_READ];
	window(g, a, PVG_GPU_READS);
	window(g, b, PVG_GPU_WRITES);
	finish(g);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], reads);
	// A record that would wait for what it does itself is told to go on.
	paint(g, TEX, 0x0d0d0d0d);
	g->gpu->memory->ignores_twins = true;
	window(g, a, PVG_GPU_READS);
	g->gpu->memory->ignores_twins = false;
	finish(g);
	RIG_SEND(g->rig, 1, 0x36, SURFACE, 0);
	forget(g, TEX);
	assert_null(g->gpu->memory->twins);
}

static void a_surface_that_comes_later_is_found(void **state) {
	struct gpu_rig *g = *state;
	declare_surface(g, SURFACE, 64, 64, STRIDE);
	declare_plane(g, TEX, SURFACE, &plane);
	declare_pages(g, A, (const uint32_t[]){ 1 }, 1);
	declare_buffer(g, B, 0x1000, 0x1000);
	buffer_of(g, a);
	buffer_of(g, b);
	uint32_t generation = g->gpu->memory->alias_generation;
	declare_surface(g, SURFACE + 1, 64, 64, STRIDE);
	declare_plane(g, TEX + 1, SURFACE + 1, &plane);
	use(g, TEX + 1, PVG_GPU_READS); // shows nothing that a buffer has: none is looked at again
	finish(g);
	assert_int_equal(g->gpu->memory->alias_generation, generation);
	use(g, TEX, PVG_GPU_READS);
	finish(g);
	assert_int_not_equal(g->gpu->memory->alias_generation, generation);
	assert_null(g->gpu->memory->twins);
	buffer_of(g, b);
	buffer_of(g, a);
	assert_int_equal(g->gpu->memory->twins_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(buffers_of_two_tasks_wait_for_each_other),
		TEST(a_texture_over_the_others_buffer_is_waited_for),
		TEST(twins_end_with_their_buffers_and_mappings),
		TEST(a_large_buffer_with_a_hole_is_looked_at_when_something_is_mapped),
		TEST(a_part_of_a_surface_goes_through_guest_memory),
		TEST(a_surface_that_comes_later_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
