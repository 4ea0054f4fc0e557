// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers between guest memory and the GPU: windows that are read, shadows that are written, what
 * goes back and what does not.
 */
#include "gpu-rig.h"

#define BUFFER 10u

static struct pvg_gpu_span window(struct gpu_rig *g, uint32_t ref, uint64_t offset, uint64_t size,
	uint32_t use_bits) {
	struct pvg_gpu_backing b = backing(g, ref);
	struct pvg_gpu_span span = { 0 };
	assert_int_equal(pvg_gpu_window(g->gpu, &b, offset, size, 16, use_bits, &span),
		PVG_GPU_FOUND);
	assert_non_null(span.buffer);
	assert_int_equal(span.offset_bytes % 16, 0);
	return span;
}

static const uint8_t *bytes_of(const struct pvg_gpu_span *span) {
	return span->buffer->map + span->offset_bytes;
}

static void pattern(struct gpu_rig *g, uint32_t offset, uint32_t size, uint8_t first) {
	for (uint32_t i = 0; i < size; i++) {
		data_at(g, offset)[i] = (uint8_t)(first + i * 7);
	}
}

// What a kernel would do.
static void gpu_write(struct gpu_rig *g, const struct pvg_gpu_span *span, uint64_t offset,
	uint64_t size, uint32_t value) {
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(&g->gpu->list, PVG_GPU_OP_FILL_BUFFER);
	cmd->fill_buffer.span = (struct pvg_gpu_span){
		.buffer = span->buffer,
		.offset_bytes = span->offset_bytes + offset,
		.size_bytes = size,
	};
	cmd->fill_buffer.pattern = value;
}

static void a_window_holds_the_guests_bytes(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x3000);
	pattern(g, 0x1000, 0x3000, 1);
	struct pvg_gpu_span span = window(g, BUFFER, 0x30, 0x100, PVG_GPU_READS);
	assert_int_equal(span.size_bytes, 0x100);
	assert_memory_equal(bytes_of(&span), data_at(g, 0x1030), 0x100);
	// To the end, and wanted beyond it: cut there.
	span = window(g, BUFFER, 0x2000, 0, PVG_GPU_READS);
	assert_int_equal(span.size_bytes, 0x1000);
	span = window(g, BUFFER, 0x2ff0, 0x1000, PVG_GPU_READS);
	assert_int_equal(span.size_bytes, 0x10);
	pvg_gpu_abandon(g->gpu);
}

static void a_window_is_taken_once_a_list(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x3000);
	struct pvg_gpu_span a = window(g, BUFFER, 0x100, 0x100, PVG_GPU_READS);
	struct pvg_gpu_span b = window(g, BUFFER, 0x100, 0x100, PVG_GPU_READS);
	assert_ptr_equal(bytes_of(&a), bytes_of(&b));
	assert_int_equal(gpu_counters(g).uploads, 1);
	// Within a larger one, at the same distance.
	struct pvg_gpu_span c = window(g, BUFFER, 0x1000, 0x2000, PVG_GPU_READS);
	struct pvg_gpu_span d = window(g, BUFFER, 0x1200, 0x80, PVG_GPU_READS);
	assert_ptr_equal(bytes_of(&d), bytes_of(&c) + 0x200);
	assert_int_equal(gpu_counters(g).uploads, 2);
	pvg_gpu_abandon(g->gpu);
}

static void overlapping_windows_do_not_add_up(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0, 0x100000);
	for (uint32_t i = 0; i < 256; i++) {
		window(g, BUFFER, i * 0x1000, 0, PVG_GPU_READS); // from here to the end
	}
	assert_true(gpu_counters(g).bytes_uploaded <= 3 * 0x100000);
	pvg_gpu_abandon(g->gpu);
}

static void unchanged_bytes_are_not_uploaded_again(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x3000);
	pattern(g, 0x1000, 0x3000, 1);
	for (unsigned int i = 0; i < 10; i++) {
		struct pvg_gpu_span span = window(g, BUFFER, 0, 0x3000, PVG_GPU_READS);
		assert_memory_equal(bytes_of(&span), data_at(g, 0x1000), 0x3000);
		pvg_gpu_commit(g->gpu);
	}
	uint64_t uploads = gpu_counters(g).uploads;
	assert_true(uploads <= 3);
	assert_int_equal(gpu_counters(g).uploads_skipped, 10 - uploads);
	// One byte: the next list has it.
	data_at(g, 0x1000)[0x2fff] ^= 1;
	struct pvg_gpu_span span = window(g, BUFFER, 0, 0x3000, PVG_GPU_READS);
	assert_memory_equal(bytes_of(&span), data_at(g, 0x1000), 0x3000);
	assert_int_equal(gpu_counters(g).uploads, uploads + 1);
	pvg_gpu_abandon(g->gpu);
}

static void what_lists_in_flight_read_stays_as_it_was(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x1000);
	g->fake.held = true;
	for (unsigned int i = 0; i < 6; i++) { // long enough to be given a lasting place
		data_at(g, 0x1000)[0] = 1;
		window(g, BUFFER, 0, 0x1000, PVG_GPU_READS);
		pvg_gpu_emit(&g->gpu->list, PVG_GPU_OP_FILL_BUFFER)->fill_buffer.span =
			window(g, BUFFER, 0, 0x1000, PVG_GPU_READS);
		g->gpu->list.count = 0; // nothing is to run, only time is to pass
		pvg_gpu_commit(g->gpu);
	}
	struct pvg_gpu_span before = window(g, BUFFER, 0, 0x1000, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	data_at(g, 0x1000)[0] = 2;
	struct pvg_gpu_span after = window(g, BUFFER, 0, 0x1000, PVG_GPU_READS);
	assert_int_equal(bytes_of(&before)[0], 1);
	assert_int_equal(bytes_of(&after)[0], 2);
	pvg_gpu_abandon(g->gpu);
}

static void what_the_gpu_wrote_reaches_guest_memory_and_nothing_else(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x3000);
	pattern(g, 0x1000, 0x3000, 3);
	uint8_t before[0x3000];
	memcpy(before, data_at(g, 0x1000), sizeof(before));
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, BUFFER, 0x100, 0x2000, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x40, 0x20, 0x5a5a5a5a);
	pvg_gpu_commit(g->gpu);
	assert_memory_equal(data_at(g, 0x1000), before, sizeof(before));
	// The guest's CPU goes on writing elsewhere in the same page.
	data_at(g, 0x1000)[0x800] ^= 0xff;
	before[0x800] ^= 0xff;
	fake_gpu_complete(&g->fake);
	assert_true(pvg_gpu_poll(g->gpu));
	memset(before + 0x140, 0x5a, 0x20);
	assert_memory_equal(data_at(g, 0x1000), before, sizeof(before));
	assert_int_equal(gpu_counters(g).bytes_written_back, 0x20);
}

static void later_windows_see_what_the_gpu_wrote(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x3000);
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, BUFFER, 0, 0x1000, PVG_GPU_WRITES);
	gpu_write(g, &span, 0, 0x100, 0x77777777);
	struct pvg_gpu_span same = window(g, BUFFER, 0x80, 0x10, PVG_GPU_READS);
	assert_ptr_equal(same.buffer, span.buffer);
	pvg_gpu_commit(g->gpu);
	// In flight: the next list reads behind it, where the bytes are.
	struct pvg_gpu_span next = window(g, BUFFER, 0x80, 0x10, PVG_GPU_READS);
	assert_ptr_equal(next.buffer, span.buffer);
	assert_int_equal(bytes_of(&next)[0], 0x77);
	pvg_gpu_abandon(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	// The guest overwrites it afterwards.
	data_at(g, 0x1000)[0x80] = 9;
	next = window(g, BUFFER, 0x80, 0x10, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(bytes_of(&next)[0], 9);
	assert_int_equal(data_at(g, 0x1000)[0x80], 9);
}

static void a_page_written_by_both_sides_waits(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_backing b;
	struct pvg_gpu_span span;
	declare_buffer(g, BUFFER, 0x1000, 0x3000);
	g->fake.held = true;
	span = window(g, BUFFER, 0, 0x100, PVG_GPU_WRITES);
	gpu_write(g, &span, 0, 0x10, 0x11111111);
	pvg_gpu_commit(g->gpu);
	data_at(g, 0x1000)[0x200] = 0x22;
	b = backing(g, BUFFER);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0, 0x300, 16, PVG_GPU_READS, &span),
		PVG_GPU_RETRY);
	pvg_gpu_abandon(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	span = window(g, BUFFER, 0, 0x300, PVG_GPU_READS);
	assert_int_equal(bytes_of(&span)[0], 0x11);
	assert_int_equal(bytes_of(&span)[0x200], 0x22);
	pvg_gpu_abandon(g->gpu);
}

static void a_change_under_lists_that_only_read_is_patched_in_order(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x3000);
	struct pvg_gpu_span span = window(g, BUFFER, 0, 0x100, PVG_GPU_WRITES);
	gpu_write(g, &span, 0, 0x10, 0x11111111);
	pvg_gpu_commit(g->gpu);
	g->fake.held = true;
	window(g, BUFFER, 0, 0x100, PVG_GPU_READS);
	gpu_write(g, &(struct pvg_gpu_span){ span.buffer, 0x2000, 1 }, 0, 1, 0); // something runs
	pvg_gpu_commit(g->gpu);
	data_at(g, 0x1000)[0x20] = 0x33;
	unsigned int copies = g->fake.commands[PVG_GPU_OP_COPY_BUFFER];
	// Thrown away once: the second try patches again.
	window(g, BUFFER, 0, 0x100, PVG_GPU_READS);
	pvg_gpu_abandon(g->gpu);
	span = window(g, BUFFER, 0, 0x100, PVG_GPU_READS);
	assert_int_equal(bytes_of(&span)[0x20], 0); // not before the list runs
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.commands[PVG_GPU_OP_COPY_BUFFER], copies + 1);
	assert_int_equal(bytes_of(&span)[0x20], 0x33);
	assert_int_equal(bytes_of(&span)[0], 0x11);
}

static void bytes_that_the_gpu_writes_are_read_once_they_are_there(void **state) {
	struct gpu_rig *g = *state;
	uint8_t args[16];
	declare_buffer(g, BUFFER, 0x1000, 0x1000);
	pattern(g, 0x1000, 0x1000, 9);
	struct pvg_gpu_backing b = backing(g, BUFFER);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0x10, args, 16), PVG_GPU_FOUND);
	assert_memory_equal(args, data_at(g, 0x1010), 16);
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, BUFFER, 0, 0x100, PVG_GPU_WRITES);
	gpu_write(g, &span, 0x10, 16, 0x44444444);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0x10, args, 16), PVG_GPU_RETRY);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0x10, args, 16), PVG_GPU_RETRY);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0x10, args, 16), PVG_GPU_FOUND);
	assert_int_equal(args[0], 0x44);
}

static void ranges_outside_of_a_buffer_are_refused(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_span span;
	uint8_t byte;
	declare_buffer(g, BUFFER, 0x1000, 0x1000);
	struct pvg_gpu_backing b = backing(g, BUFFER);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0x1000, 0, 16, PVG_GPU_READS, &span),
		PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, UINT64_MAX, 16, 16, PVG_GPU_WRITES, &span),
		PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, 0xfff, &byte, 2), PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_read_bytes(g->gpu, &b, UINT64_MAX - 1, &byte, 16),
		PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 8, 16, 16, PVG_GPU_WRITES, &span),
		PVG_GPU_MISSING); // a place that the host cannot bind
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_BUFFER), 5);
	// Larger than anybody's memory: not even looked at.
	struct bytes huge = { .size = 0 };
	add(&huge, UINT64_C(1) << 44, 8);
	add(&huge, DATA_GVA >> 12, 8);
	declare(g, BUFFER + 2, 1, &huge);
	b = backing(g, BUFFER + 2);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0, 0, 16, PVG_GPU_READS, &span),
		PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0, 0, 16, PVG_GPU_WRITES, &span),
		PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_BUFFER), 7);
	pvg_gpu_abandon(g->gpu);
	// No backing at all, then declared well: what failed is not remembered.
	struct bytes bad = { .size = 0 };
	add(&bad, 0x1000, 8);
	add(&bad, 0, 8);
	declare(g, BUFFER + 1, 1, &bad);
	assert_int_equal(pvg_gpu_buffer(g->gpu, TASK, BUFFER + 1, &b), PVG_GPU_MISSING);
	declare_buffer(g, BUFFER + 1, 0x2000, 0x1000);
	assert_int_equal(pvg_gpu_buffer(g->gpu, TASK, BUFFER + 1, &b), PVG_GPU_FOUND);
}

static void a_written_window_that_is_not_aligned_for_reading_is_moved(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_span span;
	declare_buffer(g, BUFFER, 0x1000, 0x1000);
	pattern(g, 0x1000, 0x1000, 5);
	window(g, BUFFER, 0, 0x100, PVG_GPU_WRITES);
	struct pvg_gpu_backing b = backing(g, BUFFER);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0x14, 0x40, 256, PVG_GPU_READS, &span),
		PVG_GPU_FOUND);
	assert_int_equal(span.offset_bytes % 256, 0);
	pvg_gpu_commit(g->gpu);
	assert_memory_equal(bytes_of(&span), data_at(g, 0x1014), 0x40);
}

static void nothing_is_written_where_the_guest_mapped_anew(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x3000);
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, BUFFER, 0, 0x3000, PVG_GPU_WRITES);
	gpu_write(g, &span, 0, 0x3000, 0x55555555);
	pvg_gpu_commit(g->gpu);
	// The second page only.
	RIG_SEND(g->rig, 1, 0x39, TASK, DATA_GVA + 0x2000, 0, 0x1000, 0);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(data_at(g, 0x1000)[0xfff], 0x55);
	assert_int_equal(data_at(g, 0x2000)[0], 0);
	assert_int_equal(data_at(g, 0x2000)[0xfff], 0);
	assert_int_equal(data_at(g, 0x3000)[0], 0x55);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_WRITE_BACK), 1);
	// What the guest has there now is what the next list reads.
	data_at(g, 0x2000)[4] = 1;
	span = window(g, BUFFER, 0x1000, 0x10, PVG_GPU_READS);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(bytes_of(&span)[4], 1);
}

static void nothing_is_written_for_a_task_or_guest_that_is_gone(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x1000);
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, BUFFER, 0, 0x1000, PVG_GPU_WRITES);
	gpu_write(g, &span, 0, 0x1000, 0x55555555);
	pvg_gpu_commit(g->gpu);
	RIG_SEND(g->rig, 0, 0x20, TASK);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(data_at(g, 0x1000)[0], 0);

	rig_define_task(g->rig, TASK);
	rig_map(g->rig, TASK, DATA_GVA, DATA_GPA, DATA_BYTES);
	rig_map(g->rig, TASK, DESC_GVA, DESC_GPA, DESC_BYTES);
	declare_buffer(g, BUFFER, 0x1000, 0x1000);
	span = window(g, BUFFER, 0, 0x1000, PVG_GPU_WRITES);
	gpu_write(g, &span, 0, 0x1000, 0x66666666);
	pvg_gpu_commit(g->gpu);
	pvg_gpu_reset(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(data_at(g, 0x1000)[0], 0);
}

static void a_list_without_end_is_refused_memory(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_span span;
	uint8_t *map;
	g->gpu->memory->limit_bytes = 64 << 20;
	unsigned int taken = 0;
	while (taken < 1000 && pvg_gpu_ring_alloc(g->gpu, 4 << 20, 256, &span, &map)) {
		taken++;
	}
	assert_true(taken >= 8 && taken <= 16);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_GPU_MEMORY), 1);
	pvg_gpu_abandon(g->gpu);
	// And given back what it had.
	assert_true(pvg_gpu_ring_alloc(g->gpu, 4 << 20, 256, &span, &map));
	pvg_gpu_abandon(g->gpu);
	declare_buffer(g, BUFFER, 0, 0x800000);
	g->gpu->memory->limit_bytes = 1 << 20;
	struct pvg_gpu_backing b = backing(g, BUFFER);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0, 0, 16, PVG_GPU_WRITES, &span),
		PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_GPU_MEMORY), 2);
	pvg_gpu_abandon(g->gpu);
}

static void ring_memory_comes_back(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_span span;
	uint8_t *map;
	for (unsigned int i = 0; i < 300; i++) { // a GiB and more
		assert_true(pvg_gpu_ring_alloc(g->gpu, 3 << 20, 256, &span, &map));
		gpu_write(g, &span, 0, 16, i);
		assert_true(pvg_gpu_ring_alloc(g->gpu, 1 << 20, 256, &span, &map));
		if (i % 3 == 0) {
			pvg_gpu_abandon(g->gpu);
		} else {
			pvg_gpu_commit(g->gpu);
		}
	}
	assert_true(g->gpu->memory->upload.bytes <= 6 * PVG_GPU_SLAB_BYTES);
}

static void what_a_peak_left_is_given_back(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_ring *ring = &g->gpu->memory->upload;
	struct pvg_gpu_span span;
	uint8_t *map;
	g->fake.held = true; // nothing completes: each list needs a slab more
	for (unsigned int i = 0; i < 8; i++) {
		assert_true(pvg_gpu_ring_alloc(g->gpu, 4 << 20, 256, &span, &map));
		gpu_write(g, &span, 0, 16, i);
		pvg_gpu_commit(g->gpu);
	}
	assert_true(ring->bytes >= 4 * PVG_GPU_SLAB_BYTES);
	g->fake.held = false;
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	uint64_t counted = gpu_counters(g).memory_bytes, had = ring->bytes;
	// What two slabs are enough for keeps those, however long it takes.
	for (unsigned int i = 0; i < 3 * PVG_GPU_RING_COMMITS; i++) {
		assert_true(pvg_gpu_ring_alloc(g->gpu, 3 << 20, 256, &span, &map));
		gpu_write(g, &span, 0, 16, i);
		pvg_gpu_commit(g->gpu);
	}
	assert_in_range(ring->bytes, PVG_GPU_SLAB_BYTES, 2 * PVG_GPU_SLAB_BYTES);
	assert_true(gpu_counters(g).memory_bytes <= counted - (had - ring->bytes));
	int buffers = g->fake.buffers;
	for (unsigned int i = 0; i < 3 * PVG_GPU_RING_COMMITS; i++) {
		assert_true(pvg_gpu_ring_alloc(g->gpu, 3 << 20, 256, &span, &map));
		gpu_write(g, &span, 0, 16, i);
		pvg_gpu_commit(g->gpu);
	}
	assert_int_equal(g->fake.buffers, buffers);
}

static void lists_without_commands_hold_no_memory(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0, 0x400000);
	for (unsigned int i = 0; i < 400; i++) { // windows of draws that were all refused
		data_at(g, 0)[i % 7]++;
		window(g, BUFFER, 0, 0, PVG_GPU_READS);
		pvg_gpu_commit(g->gpu);
	}
	assert_int_equal(g->fake.submitted, 0);
	assert_true(g->gpu->memory->upload.bytes <= 6 * PVG_GPU_SLAB_BYTES);
	assert_true(gpu_counters(g).memory_bytes <= 20 * PVG_GPU_SLAB_BYTES);
}

static void a_large_buffer_is_written_in_two_places_by_one_list_070d1b7e(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0, 0x2000000); // more than is taken as a whole
	struct pvg_gpu_backing b = backing(g, BUFFER);
	struct pvg_gpu_span first, second;
	enum pvg_gpu_found found = PVG_GPU_RETRY;
	unsigned int rounds = 0;
	for (; found == PVG_GPU_RETRY && rounds < 4; rounds++) {
		first = window(g, BUFFER, 0x400000, 0x100, PVG_GPU_WRITES);
		gpu_write(g, &first, 0, 0x100, 0x11111111);
		found = pvg_gpu_window(g->gpu, &b, 0x10000, 0x100, 16, PVG_GPU_WRITES, &second);
		if (found == PVG_GPU_RETRY) {
			pvg_gpu_abandon(g->gpu);
		}
	}
	assert_int_equal(found, PVG_GPU_FOUND);
	assert_int_equal(rounds, 2);
	gpu_write(g, &second, 0, 0x100, 0x22222222);
	pvg_gpu_commit(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_int_equal(data_at(g, 0x400000)[0xff], 0x11);
	assert_int_equal(data_at(g, 0x10000)[0xff], 0x22);
	// What there is no memory for is refused, and is not wanted by the next list.
	g->gpu->memory->limit_bytes = g->gpu->memory->used_bytes + (1 << 20);
	declare_buffer(g, BUFFER + 1, 0x1000000, 0x2000000);
	b = backing(g, BUFFER + 1);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0, 0x1000000, 16, PVG_GPU_WRITES, &first),
		PVG_GPU_MISSING);
	pvg_gpu_abandon(g->gpu);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0, 0x100, 16, PVG_GPU_WRITES, &first),
		PVG_GPU_FOUND);
	pvg_gpu_abandon(g->gpu);
}

// What a thrown away list waits for is not evicted before its next try, by its own transfers.
static void what_a_list_waits_for_is_not_evicted(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0, 0x2000000);
	struct pvg_gpu_backing b = backing(g, BUFFER);
	struct pvg_gpu_span span;
	for (unsigned int round = 0; round < 2; round++) {
		window(g, BUFFER, 0x40, 0x100, PVG_GPU_WRITES);
		enum pvg_gpu_found found =
			pvg_gpu_window(g->gpu, &b, 0x2d410, 0x40, 16, PVG_GPU_WRITES, &span);
		assert_int_equal(found, round == 0 ? PVG_GPU_RETRY : PVG_GPU_FOUND);
		if (round == 0) {
			pvg_gpu_abandon(g->gpu);
			assert_false(pvg_gpu_shadow_evict(g->gpu));
		}
	}
	pvg_gpu_commit(g->gpu);
	fake_gpu_complete(&g->fake);
	pvg_gpu_poll(g->gpu);
	assert_true(pvg_gpu_shadow_evict(g->gpu));
	// One that nobody comes for any more goes after a while.
	window(g, BUFFER, 0x40, 0x100, PVG_GPU_WRITES);
	assert_int_equal(pvg_gpu_window(g->gpu, &b, 0x2d410, 0x40, 16, PVG_GPU_WRITES, &span),
		PVG_GPU_RETRY);
	unsigned int lists = 0;
	do {
		pvg_gpu_abandon(g->gpu);
		lists++;
	} while (lists < 100 && !pvg_gpu_shadow_evict(g->gpu));
	assert_in_range(lists, 2, 20);
}

// Two parts fit, what reaches over both does not: one of them is refused, nothing waits.
static void parts_that_do_not_fit_together_are_refused(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0, 0x2000000);
	struct pvg_gpu_backing b = backing(g, BUFFER);
	static const uint64_t offsets[] = { 0x40, 0x1000000, 0x40 };
	struct pvg_gpu_span span;
	bool again = true;
	unsigned int rounds = 0;
	g->gpu->memory->limit_bytes = g->gpu->memory->used_bytes + (1 << 20);
	for (; again && rounds < 10; rounds++) {
		again = false;
		for (unsigned int i = 0; i < 3 && !again; i++) {
			again = pvg_gpu_window(g->gpu, &b, offsets[i], 0x100, 16, PVG_GPU_WRITES,
					&span) == PVG_GPU_RETRY;
		}
		if (again) {
			pvg_gpu_abandon(g->gpu);
		}
	}
	assert_in_range(rounds, 2, 4);
	assert_true(rig_refused(g->rig, PVG_REFUSAL_GPU_MEMORY) > 0);
	pvg_gpu_abandon(g->gpu);
}

static void a_lost_context_is_made_again_from_guest_memory(void **state) {
	struct gpu_rig *g = *state;
	declare_buffer(g, BUFFER, 0x1000, 0x1000);
	pattern(g, 0x1000, 0x1000, 5);
	g->fake.held = true;
	struct pvg_gpu_span span = window(g, BUFFER, 0, 0x1000, PVG_GPU_WRITES);
	gpu_write(g, &span, 0, 0x1000, 0x12345678);
	pvg_gpu_commit(g->gpu);
	uint8_t before[0x1000];
	memcpy(before, data_at(g, 0x1000), sizeof(before));
	g->fake.lost = true;
	pvg_gpu_poll(g->gpu);
	assert_int_equal(gpu_counters(g).contexts_lost, 1);
	assert_memory_equal(data_at(g, 0x1000), before, sizeof(before)); // nothing half done
	assert_int_equal(g->fake.buffers, 0);
	g->fake.lost = false;
	pvg_gpu_poll(g->gpu);
	span = window(g, BUFFER, 0, 0x1000, PVG_GPU_READS);
	assert_memory_equal(bytes_of(&span), before, sizeof(before));
	pvg_gpu_abandon(g->gpu);
	assert_int_equal(gpu_counters(g).contexts_lost, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_window_holds_the_guests_bytes),
		TEST(a_window_is_taken_once_a_list),
		TEST(overlapping_windows_do_not_add_up),
		TEST(unchanged_bytes_are_not_uploaded_again),
		TEST(what_lists_in_flight_read_stays_as_it_was),
		TEST(what_the_gpu_wrote_reaches_guest_memory_and_nothing_else),
		TEST(later_windows_see_what_the_gpu_wrote),
		TEST(a_page_written_by_both_sides_waits),
		TEST(a_change_under_lists_that_only_read_is_patched_in_order),
		TEST(bytes_that_the_gpu_writes_are_read_once_they_are_there),
		TEST(ranges_outside_of_a_buffer_are_refused),
		TEST(a_written_window_that_is_not_aligned_for_reading_is_moved),
		TEST(nothing_is_written_where_the_guest_mapped_anew),
		TEST(nothing_is_written_for_a_task_or_guest_that_is_gone),
		TEST(a_list_without_end_is_refused_memory),
		TEST(ring_memory_comes_back),
		TEST(a_large_buffer_is_written_in_two_places_by_one_list_070d1b7e),
		TEST(what_a_list_waits_for_is_not_evicted),
		TEST(parts_that_do_not_fit_together_are_refused),
		TEST(what_a_peak_left_is_given_back),
		TEST(lists_without_commands_hold_no_memory),
		TEST(a_lost_context_is_made_again_from_guest_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
