// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <string.h>

/*
 * Functions with more buffers than a stage has storage blocks, and one buffer bound to several of
 * their slots: what is written through one of them is there for the others, in the order of the
 * code, and no write is lost, whichever slots share a block.
 */

enum { SLOTS = 24, WORDS = 8 };
enum { TRIANGLE = 3 };

static const uint32_t before[WORDS] = { 1, 20, 300, 4000, 50000, 600000, 7000000, 80000000 };

static void fill(struct pvg_gpu_buffer *buffer) {
	memcpy(buffer->map, before, sizeof(before));
}

// What the kernel makes of a word through slot @n.
static uint32_t turn(uint32_t word, uint32_t n) {
	return word * 2 + n + 1;
}

/* Slots @low and @high have the same buffer, @apart words between them. */
static void two_slots(struct rig *rig, struct pvg_gpu_program *program,
	struct pvg_gpu_buffer *const buffers[SLOTS], uint32_t low, uint32_t high, uint32_t apart) {
	rig_use(rig, program);
	for (uint32_t i = 0; i < SLOTS; i++) {
		fill(buffers[i]);
		struct pvg_gpu_buffer *buffer = buffers[i == high ? low : i];
		uint32_t word = i == low ? 2 : i == high ? 2 + apart : 1;
		rig_bind(rig, PVG_GPU_KERNEL, (uint8_t)i, buffer, word * 4);
		rig->cmds[rig->count - 1].buffer.written = true;
	}
	static const struct pvg_gpu_dispatch one = { .grid = { 1, 1, 1 }, .exact = true };
	rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &one, sizeof(one));
	rig_run(rig);
	for (uint32_t i = 0; i < SLOTS; i++) {
		uint32_t want[WORDS];
		memcpy(want, before, sizeof(want));
		if (i == low) {
			want[2] = turn(want[2], low);
			want[2 + apart] = turn(want[2 + apart], high);
		} else if (i != high) {
			want[1] = turn(want[1], i);
		}
		if (memcmp(buffers[i]->map, want, sizeof(want)) != 0) {
			const uint32_t *got = (const uint32_t *)(const void *)buffers[i]->map;
			fail_msg("slots %u and %u, %u words apart: buffer %u has %u %u %u %u", low,
				high, apart, i, got[1], got[2], got[3], got[4]);
		}
	}
}

static void slots_of_one_buffer_agree(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_turns");
	const struct pvg_gpu_use use = { .local_size = { 1, 1, 1 } };
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct pvg_gpu_buffer *buffers[SLOTS];
	for (uint32_t i = 0; i < SLOTS; i++) {
		buffers[i] = rig_readback(rig, sizeof(before));
	}
	for (uint32_t high = 1; high < SLOTS; high++) {
		for (uint32_t low = 0; low < high; low++) {
			two_slots(rig, program, buffers, low, high, (low + high) % 3);
		}
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		rig->r->ops->buffer_destroy(rig->r, buffers[i]);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* All slots have one buffer, at the same word or at words of their own. */
static void all_slots_of_one_buffer_agree(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_pipeline *p = rig_kernel(rig, "k_turns");
	const struct pvg_gpu_use use = { .local_size = { 1, 1, 1 } };
	struct pvg_gpu_program *program = rig_program(rig, p, &use);
	struct pvg_gpu_buffer *buffer = rig_readback(rig, (SLOTS + 2) * 4);
	for (uint32_t own = 0; own < 2; own++) {
		uint32_t want[SLOTS + 2] = { 7 };
		memcpy(buffer->map, want, sizeof(want));
		rig_use(rig, program);
		for (uint32_t i = 0; i < SLOTS; i++) {
			rig_bind(rig, PVG_GPU_KERNEL, (uint8_t)i, buffer, 4 + own * i * 4);
			want[1 + own * i] = turn(want[1 + own * i], i);
		}
		static const struct pvg_gpu_dispatch one = { .grid = { 1, 1, 1 }, .exact = true };
		rig_add(rig, PVG_GPU_OP_DISPATCH)->dispatch = rig_keep(rig, &one, sizeof(one));
		rig_run(rig);
		assert_memory_equal(buffer->map, want, sizeof(want));
	}
	rig->r->ops->buffer_destroy(rig->r, buffer);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* The vertex stage writes one word of each buffer and the fragment stage another one. */
static void stages_do_not_undo_each_other(void **state) {
	struct rig *rig = *state;
	static const float corners[3][4] = { { -1, 3, 0.5f, 1 }, { -1, -1, 0.5f, 1 },
		{ 3, -1, 0.5f, 1 } };
	static const double black[4] = { 0, 0, 0, 0 };
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_words", "f_words", RIG_RGBA8);
	desc.input.attribute_count = 1;
	desc.input.attributes[0] =
		(struct pvg_gpu_attribute){ .format = 31, .buffer = 30, .used = true };
	desc.input.layouts[30] =
		(struct pvg_gpu_layout){ .step = 1, .used = true, .rate = 1, .stride_bytes = 16 };
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	const struct pvg_gpu_use use = { .primitive = TRIANGLE };
	const char *why = NULL;
	struct pvg_gpu_program *program;
	if (rig_prepare(rig, p, &use, &program, &why) != PVG_GPU_READY) {
		print_message("refused: %s\n", why); // a vertex stage may have no blocks at all
		rig->r->ops->pipeline_destroy(rig->r, p);
		return;
	}
	struct rig_image image = rig_image(rig, RIG_RGBA8, 1, 1, 1);
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, corners, sizeof(corners));
	struct pvg_gpu_buffer *buffers[SLOTS];
	for (uint32_t round = 0; round < 2; round++) {
		rig_begin(rig, &image, black);
		rig_use(rig, program);
		rig_bind(rig, PVG_GPU_VERTEX, 30, vertices, 0);
		for (uint32_t i = 0; i < SLOTS; i++) {
			buffers[i] = rig_readback(rig, sizeof(before));
			fill(buffers[i]);
		}
		for (uint32_t i = 0; i < SLOTS; i++) {
			// The other way round the first time.
			uint32_t n = round == 0 ? SLOTS - 1 - i : i;
			rig_bind(rig, PVG_GPU_VERTEX, (uint8_t)i, buffers[n], 8);
			rig_bind(rig, PVG_GPU_FRAGMENT, (uint8_t)i, buffers[i], 8);
		}
		rig_draw(rig, TRIANGLE, 0, 3);
		rig_end(rig);
		rig_run(rig);
		for (uint32_t i = 0; i < SLOTS; i++) {
			uint32_t want[WORDS];
			memcpy(want, before, sizeof(want));
			want[2] = 100 + (round == 0 ? SLOTS - 1 - i : i);
			want[3] = 200 + i;
			assert_memory_equal(buffers[i]->map, want, sizeof(want));
			rig->r->ops->buffer_destroy(rig->r, buffers[i]);
		}
	}
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &image);
}

static int set_up_without(void **state) {
	*state = rig_create("GL_EXT_buffer_storage GL_KHR_robustness GL_EXT_robustness");
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_of_one_buffer_agree),
		cmocka_unit_test(all_slots_of_one_buffer_agree),
		cmocka_unit_test(stages_do_not_undo_each_other),
	};
	return cmocka_run_group_tests_name("blocks", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("blocks without extensions", tests, set_up_without,
			rig_tear_down);
}
