// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that declares, uses, draws, synchronizes, maps and deletes at random, with a GPU that
 * completes late, loses its context and runs out of memory. Nothing may crash, leak, or be written
 * outside of the pages that the guest gave.
 */
#include "gpu-rig.h"
#include "wire/surface.h"

#define FIRST 10u
#define REFS 24u
#define SURFACES 4u
#define STEPS 12000u

static uint64_t seed;
static uint32_t signalled; // the newest packet of channel 1

// Stamps may wait for the GPU; packets go on.
static void send(struct gpu_rig *g, uint16_t opcode, const uint32_t *words, size_t bytes) {
	signalled = rig_publish(g->rig, 1, opcode, words, (uint32_t)bytes);
	rig_run(g->rig);
}

#define SEND(g, opcode, ...) \
	send((g), (opcode), (const uint32_t[]){ __VA_ARGS__ }, \
		sizeof((const uint32_t[]){ __VA_ARGS__ }))

// Whatever it was, it is acknowledged in the end.
static void settle(struct gpu_rig *g) {
	for (unsigned int i = 0; i < 4; i++) {
		fake_gpu_complete(&g->fake);
		pvg_gpu_poll(g->gpu);
		rig_advance(g->rig, 200 * RIG_MS);
		rig_run(g->rig);
	}
	assert_int_equal(rig_stamp(g->rig, 1), signalled);
}

static uint32_t roll(uint32_t below) {
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % below;
}

static const uint16_t formats[] = { 80, 81, 70, 71, 53, 55, 94 };

static struct shape any_shape(void) {
	static const uint8_t types[] = { 2, 2, 2, 3, 5, 7, 4 };
	struct shape s = {
		.type = types[roll(7)],
		.format = formats[roll(7)],
		.width = 1 + roll(80),
		.height = 1 + roll(80),
		.mode = (uint8_t)roll(3),
		.usage = (uint8_t)roll(32),
		.levels = (uint8_t)(1 + roll(3)),
	};
	if (s.type == 5) {
		s.height = s.width;
	}
	s.layers = s.type == 3 ? (uint8_t)(1 + roll(4)) : 1;
	s.depth = s.type == 7 ? 1 + roll(5) : 1;
	s.samples = s.type == 4 ? 2 : 1;
	s.levels = s.type == 4 ? 1 : s.levels;
	return s;
}

static void declare_any(struct gpu_rig *g, uint32_t ref) {
	struct shape s = any_shape();
	uint32_t other = FIRST + roll(REFS);
	switch (roll(6)) {
	case 0:
		declare_buffer(g, ref, roll(64) << 12, (1 + roll(40)) << 10);
		break;
	case 1:
		s.type = 2;
		s.levels = s.layers = s.samples = 1;
		declare_buffer_texture(g, ref, other, roll(8) * 64, 64 * (1 + roll(6)), &s);
		break;
	case 2:
		declare_view(g, ref,
			&(struct view){ .base = other,
				.format = formats[roll(7)],
				.type = (uint16_t)roll(10),
				.level = roll(2),
				.levels = roll(3),
				.slice = roll(3),
				.slices = 1 + roll(6) });
		break;
	case 3:
		s.type = 2;
		s.levels = s.layers = s.samples = 1;
		s.format = roll(4) == 0 ? 123 : s.format;
		declare_plane(g, ref, 1 + roll(SURFACES), &s);
		break;
	default:
		declare_linear(g, ref, roll(64) << 14, &s);
		break;
	}
}

static void use_any(struct gpu_rig *g, uint32_t ref) {
	static const uint32_t uses[] = { PVG_GPU_READS, PVG_GPU_WRITES, PVG_GPU_DISCARDS,
		PVG_GPU_WRITES | PVG_GPU_DISCARDS, PVG_GPU_READS | PVG_GPU_WRITES };
	struct pvg_gpu_texture *t;
	if (pvg_gpu_texture(g->gpu, TASK, ref, &t) != PVG_GPU_FOUND) {
		return;
	}
	uint16_t level = (uint16_t)roll(3), slice = (uint16_t)roll(3);
	uint32_t bits = uses[roll(5)];
	enum pvg_gpu_found found = pvg_gpu_texture_use(g->gpu, t, level, 0, slice, 0, bits);
	if (found == PVG_GPU_RETRY) {
		pvg_gpu_abandon(g->gpu);
	} else if (found == PVG_GPU_FOUND && level == 0 && slice == 0 &&
		(bits & PVG_GPU_WRITES) != 0) {
		fill(g, t, roll(1u << 30));
	}
	(void)pvg_gpu_texture_is_stale(t);
}

static void window_any(struct gpu_rig *g, uint32_t ref) {
	struct pvg_gpu_backing b;
	struct pvg_gpu_span span;
	uint8_t bytes[16];
	if (pvg_gpu_buffer(g->gpu, TASK, ref, &b) != PVG_GPU_FOUND) {
		return;
	}
	uint64_t offset = roll(48) << 10 | (roll(3) == 0 ? roll(64) * 4 : 0);
	bool write = roll(3) == 0;
	enum pvg_gpu_found found = pvg_gpu_window(g->gpu, &b, offset, roll(8192), 16,
		write ? PVG_GPU_WRITES : PVG_GPU_READS, &span);
	if (found == PVG_GPU_FOUND && write) {
		struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&g->gpu->list, PVG_GPU_OP_FILL_BUFFER);
		cmd->fill_buffer.span = span;
		cmd->fill_buffer.pattern = roll(1u << 30);
	}
	if (found != PVG_GPU_RETRY) {
		found = pvg_gpu_read_bytes(g->gpu, &b, offset, bytes, sizeof(bytes));
	}
	if (found == PVG_GPU_RETRY) {
		pvg_gpu_abandon(g->gpu);
	}
}

static void present_any(struct gpu_rig *g, uint32_t id) {
	struct pvg_surface surface = { .plane_count = 1 };
	const struct pvg_gpu_storage *storage = pvg_gpu_storage_first(g->gpu, 0, id);
	bool fits = storage != NULL && roll(8) != 0;
	surface.planes[0].width = fits ? storage->desc.width : 16 + roll(4) * 16;
	surface.planes[0].height = fits ? storage->desc.height : 16 + roll(4) * 16;
	const struct pvg_gpu_present_request request = {
		.port = roll(8) == 0,
		.id = id,
		.surface = &surface,
		.format = pvg_present_format(RIG_BGRA),
		.patient = roll(2) != 0,
	};
	struct pvg_image *shown = NULL;
	if (pvg_gpu_present(g->gpu, &request, &shown) == PVG_GPU_PRESENT_SHOW) {
		assert_non_null(shown);
		rig_home(g->rig, shown)->state |= PVG_HOME_SHOWN;
		pvg_gpu_present_shown(g->gpu, request.port);
	}
	for (unsigned int i = 0; i < RIG_HOMES; i++) { // flips go by, outputs change their minds
		if (roll(16) == 0) {
			g->rig->homes[i].state = roll(8) == 0 ? PVG_HOME_STALE : 0;
		}
	}
	g->rig->homes_free = roll(RIG_HOMES);
	g->fake.refuse_imports = roll(64) == 0;
	g->fake.has_fences = roll(2) == 0;
	g->rig->fence_taken = roll(2) == 0;
}

// What comes between packets: no list is being built then.
static void packet_any(struct gpu_rig *g, uint32_t ref) {
	if (roll(3) == 0) {
		pvg_gpu_abandon(g->gpu);
	} else {
		pvg_gpu_commit(g->gpu);
	}
	uint32_t gva = DATA_GVA + (roll(256) << 12), length = (1 + roll(20)) << 12;
	switch (roll(14)) {
	case 0:
		SEND(g, 0x25, TASK, ref);
		break;
	case 1:
		SEND(g, 0x34, TASK, 1, ref, roll(2) != 0 ? 0x01000001 : 0x0101);
		break;
	case 2:
	case 12:
	case 13:
		SEND(g, 0x35, TASK, 8, ref, FIRST, FIRST + 3, FIRST + 6, FIRST + 9, FIRST + 12,
			FIRST + 15, FIRST + 18);
		break;
	case 3:
		SEND(g, 0x3e, 0, 1, 1 + roll(SURFACES));
		break;
	case 4:
		SEND(g, 0x39, TASK, gva, 0, length, 0);
		break;
	case 5:
		SEND(g, 0x36, 1 + roll(SURFACES), 0);
		break;
	case 6:
		declare_surface(g, 1 + roll(SURFACES), 16 + roll(4) * 16, 16 + roll(4) * 16, 512);
		break;
	case 7:
		g->fake.held = !g->fake.held;
		break;
	case 8:
		g->fake.lost = roll(4) == 0;
		break;
	case 9:
		g->fake.refuse_images = roll(4) == 0;
		g->fake.refuse_buffers = roll(4) == 0;
		break;
	case 10:
		g->gpu->memory->limit_bytes = (9 + (uint64_t)roll(40)) << 20;
		g->gpu->memory->task_limit_bytes = (uint64_t)(1 + roll(8)) << 18;
		break;
	case 11:
		if (roll(10) == 0) {
			settle(g); // what is not acknowledged by a reset never will be
			pvg_gpu_reset(g->gpu);
		}
		break;
	}
	if (roll(3) == 0) {
		settle(g);
	}
	pvg_gpu_poll(g->gpu);
	present_any(g, 1 + roll(SURFACES));
}

// A frame: drawn into a surface, then shown.
static void frame_any(struct gpu_rig *g) {
	uint32_t id = 1 + roll(SURFACES), ref = FIRST + REFS + id;
	const struct shape s = { .type = 2, .format = formats[roll(2)], .width = 48, .height = 32 };
	if (roll(8) == 0) {
		declare_plane(g, ref, id, &s);
	}
	for (unsigned int i = 0; i <= roll(3); i++) {
		use_any(g, ref);
	}
	if (roll(8) == 0) {
		pvg_gpu_abandon(g->gpu);
	} else {
		pvg_gpu_commit(g->gpu);
	}
	present_any(g, id);
}

static void walk(struct gpu_rig *g, uint64_t first) {
	seed = first;
	g->rig->homes_never = false;
	for (uint32_t i = 1; i <= SURFACES; i++) {
		declare_surface(g, i, 64, 64, 512);
	}
	// What is not the guest's to be written: the memory between its data and its surfaces.
	uint8_t *fence = g->rig->ram + DATA_GPA + DATA_BYTES;
	size_t fence_bytes = SURFACE_GPA + 0x400000 - (DATA_GPA + DATA_BYTES);
	memset(fence, 0xfe, fence_bytes);
	for (unsigned int step = 0; step < STEPS; step++) {
		uint32_t ref = FIRST + roll(REFS);
		switch (roll(9)) {
		case 8:
			frame_any(g);
			break;
		case 0:
			declare_any(g, ref);
			break;
		case 1:
		case 2:
		case 3:
			use_any(g, ref);
			break;
		case 4:
		case 5:
			window_any(g, ref);
			break;
		case 6:
			data_at(g, roll(1 << 20))[0]++;
			break;
		case 7:
			packet_any(g, ref);
			break;
		}
	}
	pvg_gpu_commit(g->gpu);
	settle(g);
	struct pvg_gpu_counters counters = gpu_counters(g); // it did happen
	assert_true(counters.uploads > 100 && counters.write_backs > 10 && counters.evictions > 0);
	for (size_t i = 0; i < fence_bytes; i++) {
		assert_int_equal(fence[i], 0xfe);
	}
	for (uint32_t i = 0; i <= REFS + SURFACES; i++) {
		SEND(g, 0x25, TASK, FIRST + i);
	}
	for (uint32_t i = 1; i <= SURFACES; i++) {
		SEND(g, 0x36, i, 0);
	}
	settle(g);
	pvg_gpu_homes_clear(g->gpu); // spares
	pvg_gpu_memory_reap(g->gpu);
	settle(g);
	for (unsigned int i = 0; i < RIG_HOMES; i++) {
		assert_false(g->rig->homes[i].kept);
	}
	assert_true(counters.homes > 10 && counters.renames > 10);
	assert_int_equal(g->fake.images, 0);
	assert_int_equal(g->fake.views, 0);
	assert_int_equal(g->gpu->memory->storages_count, 0);
	assert_null(g->gpu->memory->aliases);
	assert_int_equal(g->gpu->memory->indexed_pages, 0);
}

static void random_guests_leave_nothing(void **state) {
	walk(*state, 1);
}

static void another_one(void **state) {
	walk(*state, 20260801);
}

static void and_a_third(void **state) {
	walk(*state, UINT64_C(0x9e3779b97f4a7c15));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(random_guests_leave_nothing),
		TEST(another_one),
		TEST(and_a_third),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
