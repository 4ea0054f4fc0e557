// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same bytes under several names, drawn: a guest's objects, command buffers and presents
 * through the whole device to GLES, and every pixel of what comes out compared with what a machine
 * with one memory shows. tests/unit/test-gpu-alias.c has the same without pixels.
 *
 * Exit status 77: no GLES 3.2 here.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pvg/log.h>

#include "machine.h"
#include "process.h"
#include "render/renderer.h"
#include "render/shader/client.h"

enum { TASK = 2, TASKS = 2 };

static struct pvg_renderer *renderer;
static struct machine *machine;
static struct process processes[TASKS];
static uint8_t *library;
static size_t library_bytes;

/* ---- buffers and textures over them ------------------------------------------------------- */

static void a_texture_shows_what_a_kernel_wrote_into_its_buffer(void **state) {
	struct process *p = &processes[0];
	uint8_t *bytes;
	uint32_t buffer = pvg_mtl_buffer(&p->mtl, BYTES + PITCH, &bytes);
	uint32_t texture = over(p, buffer, PITCH, MTL_RGBA8);
	memset(bytes, 0x5a, BYTES + PITCH);
	sample(p, texture); // what the CPU wrote
	finish(p);
	expect_color(p->out_bytes, 0x5a5a5a5a, 0, SIDE);
	fill(p, buffer, PITCH, BYTES / 4);
	sample(p, texture);
	finish(p);
	expect(p->out_bytes, filled, 0, SIDE);
	expect(bytes + PITCH, filled, 0, SIDE); // in guest memory before the stamp
	// The CPU again, without a word, and half of it by the GPU in another command buffer.
	memset(bytes, 0x66, BYTES + PITCH);
	fill(p, buffer, PITCH, BYTES / 8);
	commit(p);
	sample(p, texture);
	finish(p);
	expect(p->out_bytes, filled, 0, SIDE / 2);
	expect_color(p->out_bytes, 0x66666666, SIDE / 2, SIDE);
}

static void a_drawn_texture_is_a_buffers_bytes(void **state) {
	struct process *p = &processes[0];
	uint8_t *bytes;
	uint32_t buffer = pvg_mtl_buffer(&p->mtl, 2 * BYTES, &bytes);
	uint32_t texture = over(p, buffer, BYTES, MTL_RGBA8);
	// Drawn, then read by a kernel.
	memset(bytes, 0x11, 2 * BYTES);
	clear(p, texture, 10, 20, 30, 40);
	copy(p, buffer, BYTES, p->out, 0, BYTES / 4);
	finish(p);
	expect_color(p->out_bytes, rgba(10, 20, 30, 40), 0, SIDE);
	expect_color(bytes + BYTES, rgba(10, 20, 30, 40), 0, SIDE);
	assert_int_equal(word(p->out_bytes, SIDE, 0), 0x11111111); // between the rows
	// Stored by a kernel, then copied by a blit, in two command buffers.
	begin_compute(p, p->image);
	pvg_mtl_bind(&p->mtl, PVG_ENC_COMPUTE, 0xce, 0, texture, 0);
	dispatch(p, SIDE, SIDE);
	commit(p);
	pvg_mtl_segment(&p->mtl, PVG_ENC_SEGMENT_BLIT);
	MTL_BLIT(&p->mtl, 0x12d, buffer, p->out, BYTES, 0, BYTES);
	finish(p);
	expect(p->out_bytes, painted, 0, SIDE);
}

// Points drawn into a texture of 32 bytes a vertex are the vertices of the next draw.
static void a_drawn_texture_is_fetched_as_vertices(void **state) {
	struct process *p = &processes[0];
	const struct pvg_mtl_texture t = {
		.type = 2,
		.usage = MTL_USAGE_READ | MTL_USAGE_TARGET,
		.format = RGBA32_FLOAT,
		.width = SIDE,
		.height = 1,
	};
	uint8_t *bytes, *vertex_bytes;
	uint32_t buffer = pvg_mtl_buffer(&p->mtl, BYTES, &bytes);
	uint32_t texture = pvg_mtl_buffer_texture(&p->mtl, buffer, 0, PITCH, &t);
	uint32_t vertices = pvg_mtl_buffer(&p->mtl, SIDE * 32, &vertex_bytes);
	// A strip of four vertices over the left half, in two texels each.
	static const float strip[8][4] = { { -1, 1, 0, 1 }, { 1, 0, 0, 1 }, { 0, 1, 0, 1 },
		{ 1, 0, 0, 1 }, { -1, -1, 0, 1 }, { 1, 0, 0, 1 }, { 0, -1, 0, 1 }, { 1, 0, 0, 1 } };
	for (uint32_t i = 0; i < 8; i++) {
		const float at[4] = { (2 * (float)i + 1) / SIDE - 1, 0, 0, 1 };
		memcpy(vertex_bytes + i * 32, at, 16);
		memcpy(vertex_bytes + i * 32 + 16, strip[i], 16);
	}
	struct pvg_mtl_pass pass = {
		.width = SIDE,
		.height = 1,
		.colors[0] = { .ref = texture, .load = MTL_CLEAR, .store = MTL_STORE },
	};
	pvg_mtl_pass(&p->mtl, &pass);
	pvg_mtl_viewport(&p->mtl, 0, 0, SIDE, 1);
	MTL_RENDER(&p->mtl, 0x74, p->points_float);
	pvg_mtl_bind(&p->mtl, PVG_ENC_RENDER, 0x7d, 0, vertices, 0);
	pvg_mtl_draw(&p->mtl, MTL_POINT, 0, 8, 1);
	uint32_t target = linear(p, MTL_BGRA8, 4);
	clear(p, target, 0, 0, 255, 255);
	MTL_RENDER(&p->mtl, 0x74, p->points);
	pvg_mtl_bind(&p->mtl, PVG_ENC_RENDER, 0x7d, 0, buffer, 0);
	pvg_mtl_draw(&p->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
	sample(p, target);
	finish(p);
	for (uint32_t y = 0; y < SIDE; y++) {
		for (uint32_t x = 0; x < SIDE; x++) {
			assert_int_equal(word(p->out_bytes, x, y),
				x < SIDE / 2 ? rgba(255, 0, 0, 255) : rgba(0, 0, 255, 255));
		}
	}
	assert_memory_equal(bytes, strip, sizeof(strip));
}

static void two_textures_over_one_buffer(void **state) {
	struct process *p = &processes[0];
	uint8_t *bytes;
	uint32_t buffer = pvg_mtl_buffer(&p->mtl, 2 * BYTES, &bytes);
	uint32_t low = over(p, buffer, 0, MTL_RGBA8);
	uint32_t high = over(p, buffer, BYTES / 2, MTL_BGRA8); // from the middle of the other on
	clear(p, low, 1, 2, 3, 4);
	clear(p, high, 5, 6, 7, 8);
	sample(p, low);
	finish(p);
	expect_color(p->out_bytes, rgba(1, 2, 3, 4), 0, SIDE / 2);
	expect_color(p->out_bytes, rgba(7, 6, 5, 8), SIDE / 2, SIDE);
	// And the other way round, drawn over in part only.
	begin_compute(p, p->image);
	pvg_mtl_bind(&p->mtl, PVG_ENC_COMPUTE, 0xce, 0, low, 0);
	dispatch(p, SIDE, SIDE / 2 + 2);
	sample(p, high);
	finish(p);
	for (uint32_t x = 0; x < SIDE; x++) {
		assert_int_equal(word(p->out_bytes, x, 0), swapped(painted(x, SIDE / 2)));
		assert_int_equal(word(p->out_bytes, x, 1), swapped(painted(x, SIDE / 2 + 1)));
	}
	expect_color(p->out_bytes, rgba(5, 6, 7, 8), 2, SIDE);
	expect_color(bytes + BYTES, swapped(rgba(5, 6, 7, 8)), 0, SIDE / 2);
}

static void a_kernel_writes_at_any_word(void **state) {
	struct process *p = &processes[0];
	uint8_t *bytes;
	uint32_t buffer = pvg_mtl_buffer(&p->mtl, BYTES, &bytes);
	memset(bytes, 0x33, BYTES);
	for (uint32_t n = 1; n < 32; n += 5) {
		fill(p, buffer, n * 68, 16);
	}
	finish(p);
	for (uint32_t i = 0; i < BYTES / 4; i++) {
		uint32_t n = i / 17, in = i % 17, value;
		memcpy(&value, bytes + i * 4, 4);
		assert_int_equal(value, n < 32 && n % 5 == 1 && in < 16 ? in + 1 : 0x33333333);
	}
}

static void overlapping_buffers(void **state) {
	struct process *p = &processes[0];
	uint8_t *bytes;
	uint64_t gva;
	uint32_t low = pvg_mtl_buffer(&p->mtl, 4 * PAGE, &bytes);
	gva = p->mtl.task.gva_next - 4 * PAGE; // what was given last
	uint32_t high = pvg_mtl_buffer_at(&p->mtl, gva + PAGE, 2 * PAGE);
	uint32_t texture = over(p, high, 0, MTL_RGBA8);
	memset(bytes, 0x22, 4 * PAGE);
	fill(p, low, PAGE, BYTES / 4);
	copy(p, high, 0, p->out, 0, BYTES / 4);
	finish(p);
	expect(p->out_bytes, filled, 0, SIDE);
	memset(p->out_bytes, 0, BYTES);
	fill(p, low, PAGE, BYTES / 8);
	clear(p, texture, 9, 8, 7, 6);
	fill(p, high, 0, BYTES / 8);
	copy(p, low, PAGE, p->out, 0, BYTES / 4);
	finish(p);
	expect(p->out_bytes, filled, 0, SIDE / 2);
	expect_color(p->out_bytes, rgba(9, 8, 7, 6), SIDE / 2, SIDE);
	assert_memory_equal(bytes + PAGE, p->out_bytes, BYTES);
	assert_int_equal(word(bytes, 0, 0), 0x22222222);
}

// Without a word, other bytes stand behind the buffer's name, and behind the texture's.
static void a_redeclared_object_is_another_one(void **state) {
	struct process *p = &processes[0];
	uint8_t *bytes, *other_bytes;
	uint32_t buffer = pvg_mtl_buffer(&p->mtl, 2 * BYTES, &bytes);
	uint32_t texture = over(p, buffer, 0, MTL_RGBA8);
	clear(p, texture, 1, 1, 1, 1);
	sample(p, texture);
	finish(p);
	(void)pvg_mtl_buffer(&p->mtl, 2 * BYTES, &other_bytes);
	uint64_t other_gva = p->mtl.task.gva_next - 2 * BYTES;
	uint32_t next = p->mtl.next_ref;
	memset(other_bytes, 0x77, 2 * BYTES);
	p->mtl.next_ref = buffer;
	assert_int_equal(pvg_mtl_buffer_at(&p->mtl, other_gva, 2 * BYTES), buffer);
	p->mtl.next_ref = texture;
	assert_int_equal(over(p, buffer, BYTES, MTL_RGBA8), texture);
	p->mtl.next_ref = next;
	sample(p, texture);
	finish(p);
	expect_color(p->out_bytes, 0x77777777, 0, SIDE);
	fill(p, buffer, BYTES, BYTES / 4);
	sample(p, texture);
	finish(p);
	expect(p->out_bytes, filled, 0, SIDE);
	expect(other_bytes + BYTES, filled, 0, SIDE);
	expect_color(bytes, 0x01010101, 0, SIDE);
}

// Within one encoder, with everything bound once.
static void bound_once_and_used_in_turns(void **state) {
	struct process *p = &processes[0];
	uint8_t *first_bytes, *second_bytes;
	uint32_t buffer = pvg_mtl_buffer(&p->mtl, BYTES, NULL);
	uint32_t texture = over(p, buffer, 0, MTL_RGBA8);
	uint32_t second = pvg_mtl_buffer(&p->mtl, BYTES, &second_bytes);
	uint32_t first = pvg_mtl_buffer(&p->mtl, SIDE * SIDE * 16, &first_bytes);
	begin_compute(p, p->image); // stores
	pvg_mtl_bind(&p->mtl, PVG_ENC_COMPUTE, 0xce, 0, texture, 0);
	bind_buffer(p, 0, buffer, 0);
	bind_buffer(p, 1, second, 0);
	dispatch(p, SIDE, SIDE);
	MTL_COMPUTE(&p->mtl, 0xd0, p->copy); // reads its buffer
	dispatch(p, BYTES / 4, 1);
	MTL_COMPUTE(&p->mtl, 0xd0, p->fill); // writes it
	dispatch(p, BYTES / 4, 1);
	MTL_COMPUTE(&p->mtl, 0xd0, p->image); // stores half of it again
	dispatch(p, SIDE, SIDE / 2);
	MTL_COMPUTE(&p->mtl, 0xd0, p->copy);
	bind_buffer(p, 1, p->out, 0);
	dispatch(p, BYTES / 4, 1);
	MTL_COMPUTE(&p->mtl, 0xd0, p->fill); // and writes the first rows
	dispatch(p, PITCH / 4, 1);
	MTL_COMPUTE(&p->mtl, 0xd0, p->read); // which are texels
	bind_buffer(p, 0, first, 0);
	dispatch(p, SIDE, SIDE);
	finish(p);
	expect(second_bytes, painted, 0, SIDE);
	expect(p->out_bytes, painted, 0, SIDE / 2);
	expect(p->out_bytes, filled, SIDE / 2, SIDE);
	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		uint32_t x = i % SIDE, y = i / SIDE;
		uint32_t want = y == 0 || y >= SIDE / 2 ? filled(x, y) : painted(x, y);
		float texel[4];
		memcpy(texel, first_bytes + i * 16, 16);
		for (uint32_t c = 0; c < 4; c++) {
			assert_int_equal((uint32_t)(texel[c] * 255 + 0.5f), want >> 8 * c & 0xff);
		}
	}
}

// The CPU may look at a texture in shared storage when the stamp is there, without another word.
static void a_shared_texture_is_in_guest_memory(void **state) {
	struct process *p = &processes[0];
	struct pvg_mtl_texture t = {
		.type = 2,
		.storage = MTL_SHARED,
		.usage = MTL_USAGE_READ | MTL_USAGE_WRITE | MTL_USAGE_TARGET,
		.format = MTL_RGBA8,
		.width = SIDE,
		.height = SIDE,
		.element_bytes = 4,
	};
	uint32_t texture = pvg_mtl_texture(&p->mtl, &t);
	for (uint32_t round = 0; round < 3; round++) {
		begin_compute(p, p->image);
		pvg_mtl_bind(&p->mtl, PVG_ENC_COMPUTE, 0xce, 0, texture, 0);
		dispatch(p, SIDE, SIDE);
		finish(p);
		for (uint32_t i = 0; i < SIDE * SIDE; i++) {
			uint32_t x = i % SIDE, y = i / SIDE, value;
			memcpy(&value, t.level[0] + y * t.pitch_bytes[0] + x * 4, 4);
			assert_int_equal(value, painted(x, y));
		}
		clear(p, texture, 1, 2, 3, (uint8_t)round);
		finish(p);
		uint32_t drawn;
		memcpy(&drawn, t.level[0] + (SIDE - 1) * t.pitch_bytes[0], 4);
		assert_int_equal(drawn, rgba(1, 2, 3, (uint8_t)round));
		memset(t.level[0], 0x55, t.pitch_bytes[0]); // the CPU's turn
		sample(p, texture);
		finish(p);
		expect_color(p->out_bytes, 0x55555555, 0, 1);
		expect_color(p->out_bytes, rgba(1, 2, 3, (uint8_t)round), 1, SIDE);
	}
}

/* ---- surfaces ----------------------------------------------------------------------------- */

// A surface whose rows are PITCH apart: a page.
struct shared {
	struct pvg_drv_surface surface;
	uint32_t texture, buffer; // BGRA8 over it, and its pages
};

// Pages of @surface in the order of @order, NULL: as they are.
static uint32_t buffer_over(struct process *p, const struct pvg_drv_surface *surface,
	const uint32_t *order, uint32_t count) {
	uint32_t pfns[16];
	for (uint32_t i = 0; i < count; i++) {
		pfns[i] = surface->pfn + (order != NULL ? order[i] : i);
	}
	uint64_t gva = pvg_mtl_map(&p->mtl, pfns, count);
	return pvg_mtl_buffer_at(&p->mtl, gva, count * PAGE);
}

static struct shared share(struct process *p) {
	struct shared s;
	assert_true(pvg_drv_surface_create(&machine->drv, &s.surface, PITCH / 4, SIDE));
	assert_int_equal(s.surface.pitch_bytes, PITCH);
	s.texture = pvg_mtl_plane(&p->mtl, &s.surface, 0, MTL_BGRA8, SIDE, SIDE);
	s.buffer = buffer_over(p, &s.surface, NULL, 1);
	return s;
}

static void a_surface_and_a_buffer_over_its_pages(void **state) {
	struct process *p = &processes[0];
	struct shared s = share(p);
	// Drawn, then read as a buffer: nothing was synchronized.
	clear(p, s.texture, 11, 22, 33, 44);
	copy(p, s.buffer, 0, p->out, 0, BYTES / 4);
	finish(p);
	expect_color(p->out_bytes, rgba(33, 22, 11, 44), 0, SIDE);
	// Written as a buffer, then sampled, and drawn over in the same command buffer.
	fill(p, s.buffer, PITCH * 4, BYTES / 8);
	sample(p, s.texture);
	finish(p);
	expect_color(p->out_bytes, rgba(11, 22, 33, 44), 0, 4);
	for (uint32_t y = 4; y < 12; y++) {
		for (uint32_t x = 0; x < SIDE; x++) {
			assert_int_equal(word(p->out_bytes, x, y), swapped(filled(x, y - 4)));
		}
	}
	expect_color(p->out_bytes, rgba(11, 22, 33, 44), 12, SIDE);
	clear(p, s.texture, 1, 2, 3, 4);
	fill(p, s.buffer, 0, PITCH / 4);
	commit(p);
	copy(p, s.buffer, 0, p->out, 0, BYTES / 4);
	finish(p);
	expect(p->out_bytes, filled, 0, 1);
	expect_color(p->out_bytes, rgba(3, 2, 1, 4), 1, SIDE);
}

static void a_surface_that_a_buffer_wrote_is_presented(void **state) {
	struct process *p = &processes[0];
	struct pvg_drv_surface surface;
	assert_true(pvg_drv_surface_create(&machine->drv, &surface, machine->width,
		machine->height));
	uint32_t texture = pvg_mtl_surface(&p->mtl, &surface, MTL_BGRA8);
	uint32_t words = surface.pages * (PAGE / 4), pfns[256];
	assert_in_range(surface.pages, 2, 256);
	for (uint32_t i = 0; i < surface.pages; i++) {
		pfns[i] = surface.pfn + i;
	}
	uint32_t buffer = pvg_mtl_buffer_at(&p->mtl, pvg_mtl_map(&p->mtl, pfns, surface.pages),
		surface.pages * PAGE);
	for (uint32_t round = 0; round < 2; round++) {
		begin_pass(p, texture, MTL_CLEAR, (const uint8_t[]){ 255, 0, 0, 255 });
		fill(p, buffer, round * 64, words / 2);
		uint32_t signal = commit(p);
		assert_true(pvg_drv_present_drawn(&machine->drv, 0, &surface, signal));
		assert_true(pvg_drv_wait_stamp(&machine->drv, PVG_DRV_DISPLAY, surface.presented));
		assert_non_null(machine->pixels);
		for (uint32_t i = 0; i < machine->width * machine->height; i++) {
			uint32_t x = i % machine->width, y = i / machine->width, shown;
			uint32_t n = y * surface.pitch_bytes / 4 + x, first = round * 16;
			bool written = n >= first && n < first + words / 2;
			bool drawn = x < SIDE && y < SIDE;
			memcpy(&shown, machine->pixels + i * 4, 4);
			if (!written && !drawn) {
				continue; // outside of the pass
			}
			uint32_t want = written ? n - first + 1 : 0xff0000;
			if ((shown & 0xffffff) != (want & 0xffffff)) {
				fail_msg("round %u: %u, %u is %08x, not %08x", round, x, y, shown,
					want);
			}
		}
	}
}

/* ---- parts, other orders, other tasks ------------------------------------------------------ */

enum { WIDE = 1024, WIDE_WORDS = WIDE / 4, PAGES = 4, ROWS = PAGE / WIDE }; // rows of a page

// A surface of four pages.
static struct shared share_wide(struct process *p) {
	struct shared s = { .buffer = 0 };
	assert_true(pvg_drv_surface_create(&machine->drv, &s.surface, WIDE_WORDS, SIDE));
	assert_int_equal(s.surface.pages, PAGES);
	s.texture = pvg_mtl_plane(&p->mtl, &s.surface, 0, MTL_BGRA8, SIDE, SIDE);
	return s;
}

/*
 * A texture over the surface and a buffer over @count of its pages in @order, of another process or
 * of the same one: what each wrote is what the other sees, in one command buffer.
 */
static void check_pages(struct process *p, struct process *other, const uint32_t *order,
	uint32_t count) {
	struct shared s = share_wide(p);
	uint8_t *seen;
	uint32_t out = pvg_mtl_buffer(&other->mtl, PAGES * PAGE, &seen);
	uint32_t buffer = buffer_over(other, &s.surface, order, count);
	bool shown[PAGES] = { false };
	for (uint32_t round = 0; round < 3; round++) {
		uint8_t level = (uint8_t)(10 * round);
		clear(p, s.texture, 1, 2, 3, level);
		if (p != other) {
			commit(p);
		}
		copy(other, buffer, 0, out, 0, count * PAGE / 4);
		fill(other, buffer, 0, count * PAGE / 4);
		if (p != other) {
			commit(other);
		}
		sample(p, s.texture);
		finish(p);
		for (uint32_t i = 0; i < count * PAGE / 4; i++) { // as it was drawn
			uint32_t x = i % WIDE_WORDS, value;
			memcpy(&value, seen + i * 4, 4);
			if (x < SIDE) {
				assert_int_equal(value, rgba(3, 2, 1, level));
			}
		}
		for (uint32_t n = 0; n < count; n++) {
			uint32_t page = order[n];
			shown[page] = true;
			for (uint32_t i = 0; i < ROWS * SIDE; i++) {
				uint32_t x = i % SIDE, y = page * ROWS + i / SIDE;
				uint32_t value = (n * ROWS + i / SIDE) * WIDE_WORDS + x + 1;
				if (word(p->out_bytes, x, y) != swapped(value)) {
					fail_msg("round %u: %u, %u is %08x, not %08x", round, x, y,
						word(p->out_bytes, x, y), swapped(value));
				}
			}
		}
		for (uint32_t page = 0; page < PAGES; page++) { // what the buffer does not show
			if (!shown[page]) {
				expect_color(p->out_bytes, rgba(1, 2, 3, level), page * ROWS,
					page * ROWS + ROWS);
			}
		}
	}
}

static void a_buffer_over_a_part_of_a_surface(void **state) {
	check_pages(&processes[0], &processes[0], (const uint32_t[]){ 1, 2 }, 2);
	check_pages(&processes[0], &processes[0], (const uint32_t[]){ 3 }, 1);
	check_pages(&processes[0], &processes[1], (const uint32_t[]){ 0, 1 }, 2);
}

static void a_buffer_over_a_surfaces_pages_in_another_order(void **state) {
	check_pages(&processes[0], &processes[0], (const uint32_t[]){ 3, 1, 0, 2 }, 4);
	check_pages(&processes[0], &processes[1], (const uint32_t[]){ 1, 0, 3, 2 }, 4);
}

static void a_surface_of_two_processes(void **state) {
	struct process *a = &processes[0], *b = &processes[1];
	struct shared s = share(a);
	uint32_t texture = pvg_mtl_plane(&b->mtl, &s.surface, 0, MTL_BGRA8_SRGB, SIDE, SIDE);
	uint32_t buffer = buffer_over(b, &s.surface, NULL, 1);
	for (uint32_t round = 0; round < 3; round++) {
		uint8_t level = (uint8_t)(round + 1);
		// One draws, the other samples, without a word to the host in between.
		clear(a, s.texture, level, 0, 0, level);
		commit(a);
		copy(b, buffer, 0, b->out, 0, BYTES / 4);
		finish(b);
		expect_color(b->out_bytes, rgba(0, 0, level, level), 0, SIDE);
		clear(a, s.texture, 255, 0, 0, level);
		commit(a);
		sample(b, texture);
		finish(b);
		expect_color(b->out_bytes, rgba(255, 0, 0, level), 0, SIDE);
		// One's buffer, the other's buffer, and the surface after both.
		fill(a, s.buffer, 0, BYTES / 4);
		commit(a);
		copy(b, buffer, 0, b->out, 0, BYTES / 4);
		fill(b, buffer, PITCH * 8, PITCH / 4);
		commit(b);
		sample(a, s.texture);
		finish(a);
		expect(b->out_bytes, filled, 0, SIDE);
		for (uint32_t i = 0; i < SIDE * SIDE; i++) {
			uint32_t x = i % SIDE, y = i / SIDE;
			assert_int_equal(word(a->out_bytes, x, y),
				swapped(filled(x, y == 8 ? 0 : y)));
		}
	}
}

// Memory that two processes share, or one has twice: buffers, and a texture over one of them.
static void check_shared_memory(struct process *a, struct process *b) {
	uint8_t *bytes;
	uint32_t first = pvg_mtl_buffer(&a->mtl, BYTES, &bytes);
	uint32_t pfn = pvg_enc_task_pte(&a->mtl.task, a->mtl.task.gva_next - PAGE) & 0x7fffffff;
	uint64_t gva = pvg_mtl_map(&b->mtl, &pfn, 1);
	uint32_t second = pvg_mtl_buffer_at(&b->mtl, gva, BYTES);
	uint32_t texture = over(b, second, 0, MTL_RGBA8);
	for (uint32_t round = 0; round < 3; round++) {
		memset(bytes, 0x44 + (int)round, BYTES);
		fill(a, first, 0, BYTES / 8);
		if (a != b) {
			commit(a);
		}
		copy(b, second, 0, b->out, 0, BYTES / 4);
		finish(b);
		expect(b->out_bytes, filled, 0, SIDE / 2);
		expect_color(b->out_bytes, 0x44444444 + 0x01010101 * round, SIDE / 2, SIDE);
		// Drawn by one, and then both wrote.
		clear(b, texture, 1, 2, (uint8_t)round, 4);
		if (a != b) {
			commit(b);
		}
		copy(a, first, 0, a->out, 0, BYTES / 4);
		fill(a, first, BYTES / 2, BYTES / 8);
		if (a != b) {
			commit(a);
		}
		sample(b, texture);
		finish(b);
		if (a != b) {
			finish(a);
			expect_color(a->out_bytes, rgba(1, 2, (uint8_t)round, 4), 0, SIDE);
		}
		expect_color(b->out_bytes, rgba(1, 2, (uint8_t)round, 4), 0, SIDE / 2);
		for (uint32_t i = 0; i < SIDE / 2 * SIDE; i++) {
			uint32_t x = i % SIDE, y = i / SIDE;
			assert_int_equal(word(b->out_bytes, x, y + SIDE / 2), filled(x, y));
		}
		assert_memory_equal(bytes, b->out_bytes, SIDE * 4);
	}
}

static void memory_that_two_processes_share(void **state) {
	check_shared_memory(&processes[0], &processes[1]);
	check_shared_memory(&processes[1], &processes[0]);
}

static void memory_that_is_mapped_twice(void **state) {
	check_shared_memory(&processes[0], &processes[0]);
}

// Two channels, ordered by nothing but the stamps that they wait for.
static void processes_on_two_channels(void **state) {
	struct process *a = &processes[0], *b = &processes[1];
	struct shared s = share(a);
	uint32_t texture = pvg_mtl_plane(&b->mtl, &s.surface, 0, MTL_BGRA8, SIDE, SIDE);
	uint32_t buffer = buffer_over(b, &s.surface, NULL, 1);
	b->mtl.channel = PVG_DRV_UPLOADS;
	for (uint32_t slot = 0; slot < PVG_MTL_SLOTS; slot++) {
		b->mtl.slots[slot].signal = 0; // all complete, and of the other channel
	}
	for (uint32_t round = 0; round < 4; round++) {
		uint8_t level = (uint8_t)(round * 60);
		// The waiting one is submitted last; what it waits for may still run.
		clear(a, s.texture, level, 1, 2, 3);
		b->mtl.after = (struct pvg_enc_wait){ machine->drv.channels[PVG_DRV_EXEC].slot,
			commit(a) };
		sample(b, texture);
		fill(b, buffer, 0, PITCH / 4);
		a->mtl.after = (struct pvg_enc_wait){ machine->drv.channels[PVG_DRV_UPLOADS].slot,
			commit(b) };
		sample(a, s.texture);
		finish(a);
		expect_color(b->out_bytes, rgba(level, 1, 2, 3), 0, SIDE);
		for (uint32_t x = 0; x < SIDE; x++) {
			assert_int_equal(word(a->out_bytes, x, 0), swapped(filled(x, 0)));
		}
		expect_color(a->out_bytes, rgba(level, 1, 2, 3), 1, SIDE);
	}
	assert_true(pvg_drv_flush(&machine->drv, PVG_DRV_UPLOADS));
	b->mtl.channel = PVG_DRV_EXEC;
	for (uint32_t slot = 0; slot < PVG_MTL_SLOTS; slot++) {
		b->mtl.slots[slot].signal = 0;
	}
}

// Undefined in Metal: a pass reads its own target as a buffer of which that is a part. It ends.
static void a_target_that_its_own_pass_reads_as_a_buffer(void **state) {
	struct process *p = &processes[0];
	struct shared s = share_wide(p);
	uint32_t buffer = buffer_over(p, &s.surface, (const uint32_t[]){ 1, 0 }, 2);
	memset(s.surface.pixels, 0, PAGES * PAGE);
	begin_pass(p, s.texture, MTL_CLEAR, (const uint8_t[]){ 9, 9, 9, 9 });
	MTL_RENDER(&p->mtl, 0x74, p->points);
	for (uint32_t i = 0; i < 3; i++) {
		pvg_mtl_bind(&p->mtl, PVG_ENC_RENDER, 0x7d, 0, buffer, 0);
		pvg_mtl_draw(&p->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
	}
	sample(p, s.texture);
	finish(p);
	expect_color(p->out_bytes, rgba(9, 9, 9, 9), 0, SIDE);
}

/* ---- the machine -------------------------------------------------------------------------- */

static int start(void **state) {
	const char *why;
	machine = machine_create(renderer, "triangle", 128, 64, &why);
	if (machine == NULL) {
		printf("no machine: %s\n", why);
		return 1;
	}
	for (uint32_t i = 0; i < TASKS; i++) {
		open_process(&processes[i], &machine->drv, TASK + i, library, library_bytes);
	}
	return 0;
}

static int stop(void **state) {
	struct pvg_counters counters = machine_counters(machine);
	unsigned int refused = 0;
	for (int i = 0; i < PVG_REFUSALS_MAX; i++) {
		if (counters.refusals[i] != 0) {
			printf("refused: %s %llu\n", pvg_refusal_name((enum pvg_refusal)i),
				(unsigned long long)counters.refusals[i]);
			refused++;
		}
	}
	machine_destroy(machine);
	return refused != 0;
}

static bool load_library(void) {
	const char *path = getenv("PVG_TEST_LIBRARY");
	FILE *file = path != NULL ? fopen(path, "rb") : NULL;
	if (file == NULL) {
		return false;
	}
	library = malloc(1 << 20);
	library_bytes = library != NULL ? fread(library, 1, 1 << 20, file) : 0;
	fclose(file);
	return library_bytes > 0;
}

static void say(enum pvg_log_level level, const char *fmt, va_list args) {
	vprintf(fmt, args);
	printf("\n");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_texture_shows_what_a_kernel_wrote_into_its_buffer),
		cmocka_unit_test(a_drawn_texture_is_a_buffers_bytes),
		cmocka_unit_test(a_drawn_texture_is_fetched_as_vertices),
		cmocka_unit_test(two_textures_over_one_buffer),
		cmocka_unit_test(a_kernel_writes_at_any_word),
		cmocka_unit_test(overlapping_buffers),
		cmocka_unit_test(a_redeclared_object_is_another_one),
		cmocka_unit_test(bound_once_and_used_in_turns),
		cmocka_unit_test(a_shared_texture_is_in_guest_memory),
		cmocka_unit_test(a_surface_and_a_buffer_over_its_pages),
		cmocka_unit_test(a_surface_that_a_buffer_wrote_is_presented),
		cmocka_unit_test(a_buffer_over_a_part_of_a_surface),
		cmocka_unit_test(a_buffer_over_a_surfaces_pages_in_another_order),
		cmocka_unit_test(a_surface_of_two_processes),
		cmocka_unit_test(memory_that_two_processes_share),
		cmocka_unit_test(memory_that_is_mapped_twice),
		cmocka_unit_test(processes_on_two_channels),
		cmocka_unit_test(a_target_that_its_own_pass_reads_as_a_buffer),
	};
	char error[256], worker[PATH_MAX];
	pvg_log_init(PVG_LOG_INFO, say);
	bool found = pvg_shader_find_worker(worker, sizeof(worker));
	const struct pvg_gles_options options = { .shader_worker = found ? worker : NULL };
	renderer = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (renderer == NULL) {
		printf("SKIP: %s\n", error);
		return 77;
	}
	if (!load_library()) {
		printf("PVG_TEST_LIBRARY names no library\n");
		return 1;
	}
	int failed = cmocka_run_group_tests(tests, start, stop);
	renderer->ops->destroy(renderer);
	free(library);
	return failed;
}
