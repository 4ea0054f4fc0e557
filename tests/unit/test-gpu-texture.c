// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Textures between guest memory and the GPU: what is uploaded and when, who owes whom, one storage
 * behind many names.
 */
#include "gpu-rig.h"

#define TEX 10u
#define VIEW 11u
#define PLANE_A 20u
#define PLANE_B 21u
#define SURFACE 5u

enum { SHARED, MANAGED, PRIVATE };

static const struct shape flat = { .type = 2, .format = 80, .width = 100, .height = 50, .mode = 1 };

static void fill_guest(uint8_t *at, uint32_t size, uint8_t first) {
	for (uint32_t i = 0; i < size; i++) {
		at[i] = (uint8_t)(first + i * 13);
	}
}

static void synchronize(struct gpu_rig *g, uint32_t ref) {
	assert_int_equal(pvg_gpu_synchronize(g->gpu, TASK, ref), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	pvg_gpu_poll(g->gpu);
}

static void the_image_has_the_guests_texels(void **state) {
	struct gpu_rig *g = *state;
	declare_linear(g, TEX, 0, &flat);
	fill_guest(data_at(g, 0), 448 * 50, 1);
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	for (uint32_t y = 0; y < 50; y++) {
		for (uint32_t x = 0; x < 100; x++) {
			assert_int_equal(texel(t, x, y), word_of(data_at(g, 448 * y + 4 * x)));
		}
	}
	assert_int_equal(gpu_counters(g).bytes_uploaded, 400 * 50);
	// Managed memory: nothing is looked at again before the guest says so.
	fill_guest(data_at(g, 0), 448 * 50, 99);
	use(g, TEX, PVG_GPU_READS);
	assert_int_equal(g->gpu->list.count, 0);
	clear_host(g, TEX);
	assert_true(pvg_gpu_texture_is_stale(texture(g, TEX)));
	t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 99, 49), word_of(data_at(g, 448 * 49 + 4 * 99)));
	assert_false(pvg_gpu_texture_is_stale(t));
}

static void every_level_and_slice_is_its_own(void **state) {
	struct gpu_rig *g = *state;
	const struct shape cube = {
		.type = 5, .format = 70, .width = 16, .height = 16, .levels = 3, .mode = MANAGED
	};
	uint32_t slice = declare_linear(g, TEX, 0, &cube);
	fill_guest(data_at(g, 0), slice * 6, 7);
	struct pvg_gpu_texture *t = texture(g, TEX);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 1, 1, 4, 1, PVG_GPU_READS), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.uploaded_bytes, 8 * 8 * 4);
	assert_int_equal(word_of(fake_gpu_texel(t->image, 1, 4, 7, 7)),
		word_of(data_at(g, slice * 4 + 64 * 16 + 64 * 7 + 4 * 7)));
	t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.uploaded_bytes, 6 * (16 * 16 + 8 * 8 + 4 * 4) * 4);
	assert_int_equal(word_of(fake_gpu_texel(t->image, 2, 5, 3, 3)),
		word_of(data_at(g, slice * 5 + 64 * 16 + 64 * 8 + 64 * 3 + 4 * 3)));
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 3, 1, 0, 1, PVG_GPU_READS),
		PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 1, 5, 2, PVG_GPU_READS),
		PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), 2);
}

static void planes_of_a_volume_follow_each_other(void **state) {
	struct gpu_rig *g = *state;
	const struct shape volume = {
		.type = 7, .format = 80, .width = 16, .height = 4, .depth = 3, .mode = MANAGED
	};
	declare_linear(g, TEX, 0, &volume);
	fill_guest(data_at(g, 0), 64 * 4 * 3, 2);
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_memory_equal(t->image->parts[0], data_at(g, 0), 64 * 4 * 3);
}

static void only_what_changed_is_uploaded(void **state) {
	struct gpu_rig *g = *state;
	const struct shape big = {
		.type = 2, .format = 80, .width = 1024, .height = 1024, .mode = SHARED
	};
	declare_linear(g, TEX, 0, &big);
	fill_guest(data_at(g, 0), 4 << 20, 3);
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.uploaded_bytes, 4 << 20);
	// Shared memory is looked at by each list, and once by one.
	use(g, TEX, PVG_GPU_READS);
	use(g, TEX, PVG_GPU_READS);
	assert_int_equal(g->gpu->list.count, 0);
	assert_int_equal(gpu_counters(g).uploads_skipped, 1);
	pvg_gpu_commit(g->gpu);
	data_at(g, 4096 * 500)[17] ^= 1;
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.uploaded_bytes, (4 << 20) + (64 << 10));
	assert_int_equal(texel(t, 4, 500), word_of(data_at(g, 4096 * 500 + 16)));
}

static void an_abandoned_list_is_built_again_whole(void **state) {
	struct gpu_rig *g = *state;
	declare_linear(g, TEX, 0, &flat);
	fill_guest(data_at(g, 0), 448 * 50, 1);
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_abandon(g->gpu);
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 3, 3), word_of(data_at(g, 448 * 3 + 12)));
	// A write that did not happen leaves nothing owed.
	paint(g, TEX, 0x11223344);
	pvg_gpu_abandon(g->gpu);
	synchronize(g, TEX);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], 0);
	t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 3, 3), word_of(data_at(g, 448 * 3 + 12)));
}

static void what_was_drawn_stays_on_the_host_until_it_is_asked_for(void **state) {
	struct gpu_rig *g = *state;
	declare_linear(g, TEX, 0, &flat);
	fill_guest(data_at(g, 0), 448 * 50, 1);
	uint8_t padding = data_at(g, 447)[0];
	paint(g, TEX, 0xcafef00d);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_UPLOAD], 0); // drawn whole
	pvg_gpu_commit(g->gpu);
	use(g, TEX, PVG_GPU_READS);
	assert_int_equal(g->gpu->list.count, 0);
	assert_int_not_equal(word_of(data_at(g, 0)), 0xcafef00d);
	g->fake.held = true;
	assert_int_equal(pvg_gpu_synchronize(g->gpu, TASK, TEX), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	pvg_gpu_poll(g->gpu);
	assert_int_not_equal(word_of(data_at(g, 0)), 0xcafef00d);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(data_at(g, 0)), 0xcafef00d);
	assert_int_equal(word_of(data_at(g, 448 * 49 + 396)), 0xcafef00d);
	assert_int_equal(data_at(g, 447)[0], padding);
	assert_int_equal(gpu_counters(g).bytes_written_back, 400 * 50);
	// Paid: a second time costs nothing.
	g->fake.held = false;
	synchronize(g, TEX);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], 1);
}

static void shared_storage_is_in_guest_memory_before_the_stamp(void **state) {
	struct gpu_rig *g = *state;
	const struct shape shared = {
		.type = 2, .format = 80, .width = 16, .height = 16, .levels = 2, .mode = SHARED
	};
	uint32_t slice = declare_linear(g, TEX, 0, &shared);
	memset(data_at(g, 0), 0x21, slice);
	g->fake.held = true;
	struct pvg_gpu_texture *t = texture(g, TEX);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 1, 0, 1,
				 PVG_GPU_WRITES | PVG_GPU_DISCARDS),
		PVG_GPU_FOUND);
	fill(g, t, 0x0a0a0a0a);
	fill(g, use(g, TEX, PVG_GPU_READS | PVG_GPU_WRITES), 0x0b0b0b0b); // read back once
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], 2); // a level each
	assert_int_equal(word_of(data_at(g, 0)), 0x21212121); // not before it has run
	// In flight, what guest memory says is not looked at.
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(data_at(g, 0)), 0x0b0b0b0b);
	assert_int_equal(word_of(data_at(g, 15 * 64 + 60)), 0x0b0b0b0b);
	assert_int_equal(word_of(data_at(g, 16 * 64)), 0x21212121); // level 1, as it was
	// It is known to be the same: nothing is uploaded again, until the CPU writes.
	unsigned int uploads = g->fake.commands[PVG_GPU_OP_UPLOAD];
	use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_UPLOAD], uploads);
	memset(data_at(g, 64), 0x44, 64);
	t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_UPLOAD], uploads + 1);
	assert_int_equal(texel(t, 3, 1), 0x44444444);
	// A list that is thrown away owes nothing, one whose texture goes neither.
	unsigned int reads = g->fake.commands[PVG_GPU_OP_READ];
	paint(g, TEX, 0x0c0c0c0c);
	pvg_gpu_abandon(g->gpu);
	assert_null(g->gpu->memory->due);
	paint(g, TEX, 0x0d0d0d0d);
	forget(g, TEX);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], reads);
	assert_int_equal(word_of(data_at(g, 0)), 0x0b0b0b0b);
	// Managed ones wait for 0x35, as surfaces do.
	declare_linear(g, TEX, 0, &flat);
	paint(g, TEX, 0x0e0e0e0e);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ], reads);
}

static void drawing_over_a_part_loads_the_rest_first(void **state) {
	struct gpu_rig *g = *state;
	declare_linear(g, TEX, 0, &flat);
	fill_guest(data_at(g, 0), 448 * 50, 1);
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_WRITES);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 5, 5), word_of(data_at(g, 448 * 5 + 20)));
}

static void the_later_of_two_writers_wins(void **state) {
	struct gpu_rig *g = *state;
	declare_linear(g, TEX, 0, &flat);
	// The host draws, then the guest says that its CPU wrote: the guest's bytes count.
	paint(g, TEX, 0x11111111);
	pvg_gpu_commit(g->gpu);
	fill_guest(data_at(g, 0), 448 * 50, 50);
	clear_host(g, TEX);
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	synchronize(g, TEX);
	assert_int_equal(texel(t, 1, 1), word_of(data_at(g, 448 + 4)));
	assert_int_not_equal(texel(t, 1, 1), 0x11111111);
	// The guest says so, then the host draws: the host's do.
	clear_host(g, TEX);
	paint(g, TEX, 0x22222222);
	pvg_gpu_commit(g->gpu);
	synchronize(g, TEX);
	assert_int_equal(word_of(data_at(g, 448 + 4)), 0x22222222);
	// A result on its way when the guest writes is dropped.
	paint(g, TEX, 0x33333333);
	pvg_gpu_commit(g->gpu);
	g->fake.held = true;
	assert_int_equal(pvg_gpu_synchronize(g->gpu, TASK, TEX), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	clear_host(g, TEX);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(data_at(g, 448 + 4)), 0x22222222);
}

static void debts_for_remapped_pages_are_void(void **state) {
	struct gpu_rig *g = *state;
	declare_linear(g, TEX, 0, &flat);
	paint(g, TEX, 0x44444444);
	pvg_gpu_commit(g->gpu);
	RIG_SEND(g->rig, 1, 0x39, TASK, DATA_GVA + 0x1000, 0, 0x1000, 0);
	synchronize(g, TEX);
	assert_int_equal(word_of(data_at(g, 0)), 0);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_WRITE_BACK), 1);
	// What the host has is still what it shows.
	assert_int_equal(texel(use(g, TEX, PVG_GPU_READS), 0, 0), 0x44444444);
	pvg_gpu_commit(g->gpu);
	// Between the read and its end.
	paint(g, TEX, 0x55555555);
	g->fake.held = true;
	assert_int_equal(pvg_gpu_synchronize(g->gpu, TASK, TEX), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	RIG_SEND(g->rig, 1, 0x22, TASK, DATA_GVA, 0, 0x1000, 0);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(data_at(g, 0)), 0);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_WRITE_BACK), 2);
}

static void pages_that_are_replaced_are_looked_at_and_paid(void **state) {
	struct gpu_rig *g = *state;
	declare_linear(g, TEX, 0, &flat);
	fill_guest(data_at(g, 0), 448 * 50, 1);
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	struct pvg_gpu_image *image = t->image;
	uint64_t uploaded = g->fake.uploaded_bytes;
	// Other pages with the same bytes: compared, not uploaded. The object stays.
	const uint32_t elsewhere = DATA_GPA + DATA_BYTES / 2;
	memcpy(g->rig->ram + elsewhere, data_at(g, 0), 448 * 50);
	rig_map(g->rig, TASK, DATA_GVA, elsewhere, 0x6000);
	RIG_SEND(g->rig, 1, 0x3c, TASK, TEX);
	t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_ptr_equal(t->image, image);
	assert_int_equal(g->fake.uploaded_bytes, uploaded);
	// With others: those.
	memset(g->rig->ram + elsewhere, 0x5c, 448 * 50);
	RIG_SEND(g->rig, 1, 0x3c, TASK, TEX);
	t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 7, 7), 0x5c5c5c5c);
	// What was drawn is owed to whatever pages the object has when it is asked for.
	paint(g, TEX, 0x44444444);
	pvg_gpu_commit(g->gpu);
	uint8_t *old = g->rig->ram + elsewhere;
	memset(data_at(g, 0), 0, 448 * 50);
	rig_map(g->rig, TASK, DATA_GVA, DATA_GPA, 0x6000);
	RIG_SEND(g->rig, 1, 0x3c, TASK, TEX);
	assert_int_equal(texel(use(g, TEX, PVG_GPU_READS), 0, 0), 0x44444444);
	synchronize(g, TEX);
	assert_int_equal(word_of(data_at(g, 0)), 0x44444444);
	assert_int_equal(word_of(old), 0x5c5c5c5c); // nothing late in recycled pages
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_WRITE_BACK), 0);
	// One that nobody knows is no error.
	RIG_SEND(g->rig, 1, 0x3c, TASK, 4711);
	RIG_SEND(g->rig, 1, 0x3c, TASK, 0);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_OBJECT), 0);
}

static void unmapped_pages_read_as_zeros_and_are_not_written(void **state) {
	struct gpu_rig *g = *state;
	declare_linear(g, TEX, 0, &flat);
	fill_guest(data_at(g, 0), 448 * 50, 1);
	rig_unmap(g->rig, TASK, DATA_GVA + 0x1000, 0x1000);
	RIG_SEND(g->rig, 1, 0x22, TASK, DATA_GVA + 0x1000, 0, 0x1000, 0);
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 0, 12), 0); // byte 5376
	assert_int_equal(texel(t, 0, 1), word_of(data_at(g, 448)));
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), 1);
	paint(g, TEX, 0x66666666);
	pvg_gpu_commit(g->gpu);
	synchronize(g, TEX);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_WRITE_BACK), 1);
}

static void a_surface_is_one_image_under_all_its_names(void **state) {
	struct gpu_rig *g = *state;
	struct shape plain = {
		.type = 2, .format = 80, .width = 64, .height = 32, .mode = MANAGED
	};
	struct shape srgb = plain;
	srgb.format = 81;
	declare_surface(g, SURFACE, 64, 32, 256);
	declare_plane(g, PLANE_A, SURFACE, &plain);
	declare_plane(g, PLANE_B, SURFACE, &srgb);
	fill_guest(surface_at(g, SURFACE), 256 * 32, 4);
	paint(g, PLANE_A, 0x77777777);
	struct pvg_gpu_texture *b = use(g, PLANE_B, PVG_GPU_READS);
	assert_ptr_equal(texture(g, PLANE_A)->image, b->image);
	assert_int_equal(b->image->desc.format, 80);
	assert_int_equal(b->view->desc.format, 81);
	assert_true((b->image->desc.usage & PVG_GPU_IMAGE_VIEWS) != 0);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(b, 63, 31), 0x77777777);
	assert_int_equal(g->fake.images, 1);
	// The texture goes, its surface keeps what was drawn.
	forget(g, PLANE_A);
	forget(g, PLANE_B);
	assert_int_equal(g->fake.views, 0);
	declare_plane(g, PLANE_A, SURFACE, &srgb);
	assert_int_equal(texel(use(g, PLANE_A, PVG_GPU_READS), 1, 1), 0x77777777);
	pvg_gpu_commit(g->gpu);
	// Named by its own id, the surface is paid.
	assert_int_equal(pvg_gpu_synchronize(g->gpu, 0, SURFACE), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(surface_at(g, SURFACE)), 0x77777777);
	// And gone, nothing is left.
	paint(g, PLANE_A, 0x12121212);
	pvg_gpu_commit(g->gpu);
	RIG_SEND(g->rig, 1, 0x36, SURFACE, 0);
	forget(g, PLANE_A);
	assert_int_equal(g->fake.images, 0);
	assert_int_equal(word_of(surface_at(g, SURFACE)), 0x77777777);
}

// Luma and chroma of one size and format: which is which is said, and not to be seen.
static void planes_go_by_their_number(void **state) {
	struct gpu_rig *g = *state;
	const struct shape s = {
		.type = 2, .format = 80, .width = 64, .height = 32, .mode = MANAGED
	};
	declare_surface(g, SURFACE, 64, 64, 256); // its memory
	const uint32_t words[13] = { 256 * 64, 0, (SURFACE_GVA + SURFACE * 0x400000u) >> 12,
		RIG_BGRA, 2, 0, 64, 32, 256 | 4 << 24, 256 * 32, 64, 32, 256 | 4 << 24 };
	const uint32_t at = 0x2000; // of task 1's data, seen by task 0 too
	rig_map(g->rig, 0, DATA_GVA, DATA_GPA, DATA_BYTES);
	rig_object(g->rig, 0, SURFACE, 4, DATA_GVA + at, words, sizeof(words));
	memset(surface_at(g, SURFACE), 0x11, 256 * 32);
	memset(surface_at(g, SURFACE) + 256 * 32, 0x22, 256 * 32);
	for (uint16_t plane = 2; plane-- > 0;) {
		declare_plane_of(g, PLANE_A + plane, SURFACE, plane, &s);
		struct pvg_gpu_texture *t = use(g, PLANE_A + plane, PVG_GPU_READS);
		pvg_gpu_commit(g->gpu);
		assert_int_equal(texel(t, 63, 31), plane == 0 ? 0x11111111 : 0x22222222);
	}
	// And what is drawn into one of them comes to its place.
	paint(g, PLANE_A + 1, 0x33333333);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(pvg_gpu_synchronize(g->gpu, TASK, PLANE_A + 1), PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(surface_at(g, SURFACE) + 256 * 31), 0x11111111);
	assert_int_equal(word_of(surface_at(g, SURFACE) + 256 * 32), 0x33333333);
}

static void texels_of_another_size_share_the_bytes(void **state) {
	struct gpu_rig *g = *state;
	struct shape narrow = {
		.type = 2, .format = 80, .width = 64, .height = 32, .mode = MANAGED
	};
	struct shape wide = {
		.type = 2, .format = 123, .width = 16, .height = 32, .mode = MANAGED
	};
	declare_surface(g, SURFACE, 64, 32, 256);
	declare_plane(g, PLANE_A, SURFACE, &narrow);
	declare_plane(g, PLANE_B, SURFACE, &wide);
	fill_guest(surface_at(g, SURFACE), 256 * 32, 4);
	use(g, PLANE_B, PVG_GPU_READS);
	paint(g, PLANE_A, 0x0a0b0c0d);
	struct pvg_gpu_texture *b = use(g, PLANE_B, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.images, 2);
	assert_int_equal(texel(b, 15, 31), 0x0a0b0c0d);
	// The other way round, and the debt is the newest writer's.
	paint(g, PLANE_B, 0x01020304);
	struct pvg_gpu_texture *a = use(g, PLANE_A, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(a, 63, 31), 0x01020304);
	synchronize(g, PLANE_A);
	assert_int_equal(word_of(surface_at(g, SURFACE) + 256 * 31), 0x01020304);
}

static void a_guest_write_is_heard_whoever_is_named(void **state) {
	struct gpu_rig *g = *state;
	struct shape plain = {
		.type = 2, .format = 80, .width = 64, .height = 32, .mode = MANAGED
	};
	declare_surface(g, SURFACE, 64, 32, 256);
	declare_plane(g, PLANE_A, SURFACE, &plain);
	declare_plane(g, PLANE_B, SURFACE, &plain);
	paint(g, PLANE_A, 0x77777777);
	pvg_gpu_commit(g->gpu);
	fill_guest(surface_at(g, SURFACE), 256 * 32, 4);
	clear_host(g, PLANE_B); // never used before
	struct pvg_gpu_texture *a = use(g, PLANE_A, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(a, 5, 5), word_of(surface_at(g, SURFACE) + 256 * 5 + 20));
	paint(g, PLANE_A, 0x77777777);
	pvg_gpu_commit(g->gpu);
	RIG_SEND(g->rig, 1, 0x34, 0, 1, SURFACE, 0x00000001);
	a = use(g, PLANE_A, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(a, 5, 5), word_of(surface_at(g, SURFACE) + 256 * 5 + 20));
}

static void a_surface_declared_again_elsewhere_is_another(void **state) {
	struct gpu_rig *g = *state;
	struct shape plain = {
		.type = 2, .format = 80, .width = 64, .height = 32, .mode = MANAGED
	};
	declare_surface(g, SURFACE, 64, 32, 256);
	declare_plane(g, PLANE_A, SURFACE, &plain);
	paint(g, PLANE_A, 0x77777777);
	pvg_gpu_commit(g->gpu);
	// The same words in another place: nothing changed.
	const uint32_t same[9] = { 256 * 32, 0, (SURFACE_GVA + SURFACE * 0x400000u) >> 12, RIG_BGRA,
		1, 0, 64, 32, 256 | 4u << 24 };
	rig_map(g->rig, 0, 0x20000000, 0x2f8000, 0x1000);
	rig_object(g->rig, 0, SURFACE, 4, 0x20000000, same, sizeof(same));
	assert_int_equal(texel(use(g, PLANE_A, PVG_GPU_READS), 1, 1), 0x77777777);
	pvg_gpu_commit(g->gpu);
	// Other memory.
	rig_map(g->rig, 0, 0x21000000, SURFACE_GPA, 0x10000);
	uint32_t other[9];
	memcpy(other, same, sizeof(other));
	other[2] = 0x21000000 >> 12;
	rig_object(g->rig, 0, SURFACE, 4, 0x20000040, other, sizeof(other));
	memset(g->rig->ram + SURFACE_GPA, 0x31, 256 * 32);
	struct pvg_gpu_texture *a = use(g, PLANE_A, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(a, 1, 1), 0x31313131);
}

static void views_of_views_see_their_part_of_the_base(void **state) {
	struct gpu_rig *g = *state;
	const struct shape array = { .type = 3,
		.format = 70,
		.width = 16,
		.height = 16,
		.levels = 3,
		.layers = 8,
		.mode = MANAGED };
	uint32_t slice = declare_linear(g, TEX, 0, &array);
	fill_guest(data_at(g, 0), slice * 8, 7);
	declare_view(g, VIEW,
		&(struct view){ .base = TEX,
			.format = 71,
			.type = 3,
			.level = 1,
			.levels = 2,
			.slice = 2,
			.slices = 6,
			.swizzle = { 4, 3, 2, 1 } });
	declare_view(g, VIEW + 1,
		&(struct view){ .base = VIEW,
			.format = 0,
			.type = 2,
			.level = 1,
			.levels = 1,
			.slice = 3,
			.slices = 1,
			.swizzle = { 2, 2, 0, 5 } });
	struct pvg_gpu_texture *v = use(g, VIEW + 1, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.uploaded_bytes, 4 * 4 * 4);
	assert_int_equal(g->fake.view.first_level, 2);
	assert_int_equal(g->fake.view.first_slice, 5);
	assert_int_equal(g->fake.view.slices, 1);
	assert_int_equal(g->fake.view.format, 71);
	const uint8_t swizzle[4] = { 4, 4, 0, 1 }; // of what VIEW shows: b, b, 0, one
	assert_memory_equal(g->fake.view.swizzle, swizzle, 4);
	assert_int_equal(v->desc.width, 4);
	assert_int_equal(texel(v, 3, 3),
		word_of(data_at(g, slice * 5 + 64 * 16 + 64 * 8 + 64 * 3 + 12)));
	// Drawn through the view, seen through the base.
	paint(g, VIEW + 1, 0xabcdabcd);
	struct pvg_gpu_texture *base = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(word_of(fake_gpu_texel(base->image, 2, 5, 1, 1)), 0xabcdabcd);
	// The base goes, the view keeps it.
	forget(g, TEX);
	assert_int_equal(texel(use(g, VIEW + 1, PVG_GPU_READS), 1, 1), 0xabcdabcd);
	pvg_gpu_commit(g->gpu);
}

static void views_that_do_not_fit_are_refused(void **state) {
	struct gpu_rig *g = *state;
	const struct shape array = { .type = 3,
		.format = 70,
		.width = 16,
		.height = 8,
		.levels = 2,
		.layers = 6,
		.mode = MANAGED };
	static const struct view bad[] = {
		{ .base = TEX,
			.format = 115,
			.type = 3,
			.levels = 1,
			.slices = 1 }, // 8 bytes a texel
		{ .base = TEX, .format = 999, .type = 3, .levels = 1, .slices = 1 },
		{ .base = TEX,
			.format = 252,
			.type = 3,
			.levels = 1,
			.slices = 1 }, // depth of colour
		{ .base = TEX, .format = 70, .type = 7, .levels = 1, .slices = 1 },
		{ .base = TEX, .format = 70, .type = 12, .levels = 1, .slices = 1 },
		{ .base = TEX, .format = 70, .type = 3, .levels = 3, .slices = 1 },
		{ .base = TEX, .format = 70, .type = 3, .level = 2, .levels = 1, .slices = 1 },
		{ .base = TEX, .format = 70, .type = 3, .levels = 1, .slice = 5, .slices = 2 },
		{ .base = TEX, .format = 70, .type = 3, .levels = 1, .slices = 0 },
		{ .base = TEX, .format = 70, .type = 2, .levels = 1, .slices = 2 },
		{ .base = TEX, .format = 70, .type = 5, .levels = 1, .slices = 6 }, // not square
		{ .base = TEX,
			.format = 70,
			.type = 3,
			.levels = 1,
			.slices = 1,
			.swizzle = { 6, 3, 4, 5 } },
	};
	declare_linear(g, TEX, 0, &array);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pvg_gpu_texture *t;
		declare_view(g, VIEW + (uint32_t)i, &bad[i]);
		assert_int_equal(pvg_gpu_texture(g->gpu, TASK, VIEW + (uint32_t)i, &t),
			PVG_GPU_MISSING);
		assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), i + 1);
	}
	// Of itself, and of what is not there.
	struct pvg_gpu_texture *t;
	declare_view(g, VIEW, &(struct view){ .base = VIEW, .format = 70 });
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, VIEW, &t), PVG_GPU_MISSING);
	uint64_t refused = rig_refused(g->rig, PVG_REFUSAL_TEXTURE);
	declare_view(g, VIEW + 1, &(struct view){ .base = 99, .format = 70 });
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, VIEW + 1, &t), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), refused); // not yet
	declare_linear(g, 99, 0, &array);
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, VIEW + 1, &t), PVG_GPU_FOUND);
}

static void a_texture_over_a_buffer_is_the_buffers_bytes(void **state) {
	struct gpu_rig *g = *state;
	const struct shape s = { .type = 2, .format = 70, .width = 32, .height = 8 };
	struct pvg_gpu_span span;
	declare_buffer(g, TEX, 0x1000, 0x4000);
	declare_buffer_texture(g, VIEW, TEX, 256, 256, &s);
	fill_guest(data_at(g, 0x1000), 0x4000, 8);
	struct pvg_gpu_texture *t = use(g, VIEW, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 31, 7), word_of(data_at(g, 0x1000 + 256 + 256 * 7 + 124)));
	// Written as a texture, read as a buffer in the same list, in guest memory at its end.
	uint8_t between = data_at(g, 0x1000 + 256 + 128)[0];
	g->fake.held = true;
	paint(g, VIEW, 0x91929394);
	struct pvg_gpu_backing b = backing(g, TEX);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 256, &(uint8_t){ 0 }, 1), PVG_GPU_RETRY);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 256, 128, 16, PVG_GPU_READS, &span),
		PVG_GPU_FOUND);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(word_of(span.buffer->map + span.offset_bytes), 0x91929394);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(data_at(g, 0x1000 + 256 + 256 * 7 + 124)), 0x91929394);
	assert_int_equal(data_at(g, 0x1000 + 256 + 128)[0], between);
	g->fake.held = false;
	// Written as a buffer, read as a texture in the same list.
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 256, 128, 16, PVG_GPU_WRITES, &span),
		PVG_GPU_FOUND);
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&g->gpu->list, PVG_GPU_OP_FILL_BUFFER);
	cmd->fill_buffer.span = span;
	cmd->fill_buffer.pattern = 0x0b0b0b0b;
	t = use(g, VIEW, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(texel(t, 0, 0), 0x0b0b0b0b);
	assert_int_equal(word_of(data_at(g, 0x1000 + 256)), 0x0b0b0b0b);
	// Sealed without anybody asking.
	paint(g, VIEW, 0x0c0c0c0c);
	pvg_gpu_commit(g->gpu);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(word_of(data_at(g, 0x1000 + 256)), 0x0c0c0c0c);
	// Beyond its buffer.
	declare_buffer_texture(g, VIEW + 1, TEX, 0x4000 - 256 * 7 - 124, 256, &s);
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, VIEW + 1, &t), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_TEXTURE), 1);
}

static void textures_without_guest_memory_keep_to_themselves(void **state) {
	struct gpu_rig *g = *state;
	struct bytes b = { .size = 0 };
	add(&b, 0x15, 4);
	add(&b, 60, 4);
	add(&b, TEX, 4);
	add(&b, 4, 4);
	add_narrow(&b,
		&(struct shape){ .type = 2, .format = 115, .width = 8, .height = 8, .mode = 2 });
	add(&b, 0xaa, 1);
	add(&b, 0xcbcbcb, 3);
	add(&b, UINT64_MAX, 8); // an offset that is not to be used
	declare(g, TEX, 8, &b);
	paint(g, TEX, 0x3c003c00);
	pvg_gpu_commit(g->gpu);
	clear_host(g, TEX);
	synchronize(g, TEX);
	assert_int_equal(texel(use(g, TEX, PVG_GPU_READS), 7, 7), 0x3c003c00);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_READ] + g->fake.commands[PVG_GPU_OP_UPLOAD],
		0);
	pvg_gpu_commit(g->gpu);
	// Multisample: nothing that a CPU could read.
	declare_linear(g, VIEW, 0,
		&(struct shape){ .type = 4, .format = 80, .width = 8, .height = 8, .samples = 4 });
	use(g, VIEW, PVG_GPU_READS);
	assert_int_equal(g->gpu->list.count, 0);
	pvg_gpu_commit(g->gpu);
	// Memoryless: the creation record at the end of an unknown layout.
	struct bytes m = { .size = 0 };
	add(&m, 0x1234567890, 8);
	add(&m, 1, 4);
	add(&m, 44, 4);
	add(&m, VIEW + 1, 4);
	add_narrow(&m,
		&(struct shape){ .type = 2, .format = 252, .width = 8, .height = 8, .mode = 3 });
	declare(g, VIEW + 1, 9, &m);
	use(g, VIEW + 1, PVG_GPU_WRITES);
	pvg_gpu_commit(g->gpu);
}

static void memory_is_limited_and_what_can_be_made_again_goes_first(void **state) {
	struct gpu_rig *g = *state;
	const struct shape s = {
		.type = 2, .format = 80, .width = 256, .height = 256, .mode = MANAGED
	};
	g->gpu->memory->limit_bytes = (9 << 20) + 4096; // a slab of the ring and four of these
	g->gpu->memory->task_limit_bytes = 9 << 20;
	for (uint32_t i = 0; i < 6; i++) {
		declare_linear(g, TEX + i, i << 18, &s);
		memset(data_at(g, i << 18), (int)i + 1, 1 << 18);
		use(g, TEX + i, PVG_GPU_READS);
		pvg_gpu_commit(g->gpu);
	}
	assert_int_equal(g->fake.images, 4);
	assert_int_equal(gpu_counters(g).evictions, 2);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_GPU_MEMORY), 0);
	// The first is made again, in place of the one that was not used for longest: 2.
	struct pvg_gpu_texture *t = use(g, TEX, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 255, 255), 0x01010101);
	assert_null(texture(g, TEX + 2)->storage->image);
	// What was drawn cannot be made again: then there is no memory.
	for (uint32_t i = 0; i < 4; i++) {
		paint(g, TEX + i, 0x99);
		pvg_gpu_commit(g->gpu);
	}
	t = texture(g, TEX + 5);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 0, 0, 0, PVG_GPU_READS),
		PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_GPU_MEMORY), 1);
	pvg_gpu_abandon(g->gpu);
	forget(g, TEX);
	t = use(g, TEX + 5, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(texel(t, 0, 0), 0x06060606);
	// A renderer that has none.
	forget(g, TEX + 5);
	declare_linear(g, TEX + 5, 0, &s);
	g->fake.refuse_images = true;
	t = texture(g, TEX + 5);
	assert_int_equal(pvg_gpu_texture_use(g->gpu, t, 0, 0, 0, 0, PVG_GPU_READS),
		PVG_GPU_MISSING);
	pvg_gpu_abandon(g->gpu);
}

static void creating_and_deleting_leaves_nothing(void **state) {
	struct gpu_rig *g = *state;
	struct shape s = { .type = 2, .format = 80, .width = 64, .height = 64, .mode = MANAGED };
	for (uint32_t i = 0; i < 500; i++) {
		s.width = 1 + i % 64;
		declare_linear(g, TEX, (i % 8) << 16, &s);
		declare_view(g, VIEW, &(struct view){ .base = TEX, .format = 81 });
		use(g, VIEW, PVG_GPU_READS);
		paint(g, TEX, i);
		pvg_gpu_commit(g->gpu);
		forget(g, TEX);
		forget(g, VIEW);
	}
	assert_int_equal(g->fake.images, 0);
	assert_int_equal(g->gpu->memory->storages_count, 0);
	assert_int_equal(g->gpu->memory->task_bytes[TASK], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(the_image_has_the_guests_texels),
		TEST(every_level_and_slice_is_its_own),
		TEST(planes_of_a_volume_follow_each_other),
		TEST(only_what_changed_is_uploaded),
		TEST(an_abandoned_list_is_built_again_whole),
		TEST(what_was_drawn_stays_on_the_host_until_it_is_asked_for),
		TEST(shared_storage_is_in_guest_memory_before_the_stamp),
		TEST(drawing_over_a_part_loads_the_rest_first),
		TEST(the_later_of_two_writers_wins),
		TEST(debts_for_remapped_pages_are_void),
		TEST(pages_that_are_replaced_are_looked_at_and_paid),
		TEST(unmapped_pages_read_as_zeros_and_are_not_written),
		TEST(a_surface_is_one_image_under_all_its_names),
		TEST(planes_go_by_their_number),
		TEST(texels_of_another_size_share_the_bytes),
		TEST(a_guest_write_is_heard_whoever_is_named),
		TEST(a_surface_declared_again_elsewhere_is_another),
		TEST(views_of_views_see_their_part_of_the_base),
		TEST(views_that_do_not_fit_are_refused),
		TEST(a_texture_over_a_buffer_is_the_buffers_bytes),
		TEST(textures_without_guest_memory_keep_to_themselves),
		TEST(memory_is_limited_and_what_can_be_made_again_goes_first),
		TEST(creating_and_deleting_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
