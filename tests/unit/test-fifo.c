// SPDX-License-Identifier: GPL-2.0-or-later
// Rings, waits and stamps (spec 01 sections 4, 5 and 7).
#include "core.h"
#include "fake-parts.h"
#include "harness.h"

static int setup(void **state) {
	fake_parts = (struct fake_parts){ 0 };
	return harness_setup(state);
}

/* ---- root geometry --------------------------------------------------------------------------- */

static void set_geometry(struct harness *h, uint32_t base_pfn, uint32_t length, uint32_t start) {
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	w32(h, PVG_REG_FIFO_WRITTEN, 0);
	w32(h, PVG_REG_FIFO_BASE_PAGE, base_pfn);
	w32(h, PVG_REG_FIFO_LENGTH, length);
	w32(h, PVG_REG_FIFO_START, start);
	w32(h, PVG_REG_CONTROL_FIFO, 1);
}

static void bad_geometry_keeps_the_fifo_off(void **state) {
	static const struct {
		uint32_t base, length, start;
	} bad[] = {
		{ 0, 0x10000, 0x1000 },
		{ 0x100, 0, 0x1000 },
		{ 0x100, 0x1000, 0x1000 },
		{ 0x100, 0x800, 0x1000 },
		{ 0x100, 0x100b, 0x1000 }, // less than a header
		{ 0x100, 0x100001, 0x1000 },
		{ 0x100, 0xffffffff, 0x1000 },
		{ 0x100, 0x10000, 0xffffffff },
		{ 0x100, 0x10000, 0 }, // the ring would be the stamps
		{ RAM_LOW_BYTES >> 12, 0x10000, 0x1000 },
		{ (RAM_LOW_BYTES >> 12) - 1, 0x10000, 0x1000 }, // only its first page is RAM
		{ 0xffffffff, 0x10000, 0x1000 },
	};
	struct harness *h = *state;

	attach_fifo(h);
	run(h);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_geometry(h, bad[i].base, bad[i].length, bad[i].start);
		w32(h, PVG_REG_FIFO_WRITTEN, 0x40);
		run(h);
		assert_int_equal(refused(h, PVG_REFUSAL_FIFO_GEOMETRY), i + 1);
		r32_is(h, PVG_REG_FIFO_READ, 0);
		run(h); // said once for each geometry
		assert_int_equal(refused(h, PVG_REFUSAL_FIFO_GEOMETRY), i + 1);
	}
	attach(h);
	assert_int_equal(refused(h, PVG_REFUSAL_FIFO_GEOMETRY), 12);
}

static void the_order_of_the_fifo_registers_does_not_matter(void **state) {
	struct harness *h = *state;

	w32(h, PVG_REG_CONTROL_FIFO, 1);
	run(h);
	h->root_pfn = pvg_enc_mem_alloc(&h->mem, 1);
	h->fifo_pfn = pvg_enc_mem_alloc(&h->mem, 16);
	pvg_enc_ring_init_root(&h->rings[0], &h->mem, h->fifo_pfn);
	w32(h, PVG_REG_FIFO_START, 0x1000);
	w32(h, PVG_REG_FIFO_LENGTH, 0x10000);
	w32(h, PVG_REG_ROOT_PAGE, h->root_pfn);
	w32(h, PVG_REG_FIFO_BASE_PAGE, h->fifo_pfn);
	PUT(h, 0, 0x1e, 0);
	run(h);
	assert_true(acked(h, 0));
}

static void another_buffer_ends_channels_and_moves_the_stamps(void **state) {
	struct harness *h = *state;

	attach(h);
	uint32_t old = h->fifo_pfn;
	uint32_t written = h->rings[0].written;
	h->fifo_pfn = pvg_enc_mem_alloc(&h->mem, 16);
	pvg_enc_ring_init_root(&h->rings[0], &h->mem, h->fifo_pfn);
	h->rings[0].written = written; // FIFO_WRITTEN goes on
	w32(h, PVG_REG_FIFO_BASE_PAGE, h->fifo_pfn);
	run(h);
	assert_int_equal(fake_parts.channels_freed, 0x1e);
	uint32_t before = mem32(h, (uint64_t)old << 12);
	PUT(h, 0, 0x1e, 0);
	run(h);
	assert_true(acked(h, 0));
	assert_int_equal(mem32(h, (uint64_t)old << 12), before);
}

/* ---- wrapping -------------------------------------------------------------------------------- */

static uint8_t seen_payload[64];
static size_t seen_bytes;
static uint32_t seen_count;

static void see_packet(struct pvg_device *device, const struct pvg_packet *packet) {
	seen_count++;
	seen_bytes = packet->payload_size;
	memcpy(seen_payload, packet->payload,
		packet->payload_size < 64 ? packet->payload_size : 64);
}

// One packet of 12 + 8 + 24 bytes at each position of the ring, checked byte by byte.
static void wrap_everywhere(struct harness *h, uint32_t channel) {
	const struct wait wait = { .slot = 3, .value = 0 };
	uint32_t ring_size = h->rings[channel].size_bytes;
	uint8_t payload[24];

	fake_parts.on_packet = see_packet;
	for (uint32_t end = 4; end <= 48; end += 4) {
		// Pad up to `end` bytes before the end of the ring.
		uint32_t position = h->rings[channel].written % ring_size;
		uint32_t pad = (2 * ring_size - end - position - 12) % ring_size;
		while (pad > 0) {
			static const uint8_t zeros[2048];
			uint32_t piece = pad > sizeof(zeros) ? 1024 : pad;
			if (piece < pad && pad - piece < 12) {
				piece = 512;
			}
			put(h, channel, 0x1e, zeros, piece - 12 < piece ? piece - 12 : 0);
			pad -= piece < 12 ? 12 : piece;
			run(h);
		}
		put(h, channel, 0x1e, NULL, 0);
		run(h);
		assert_int_equal(h->rings[channel].written % ring_size, ring_size - end);
		for (uint32_t i = 0; i < sizeof(payload); i++) {
			payload[i] = (uint8_t)(end * 7 + i);
		}
		seen_count = 0;
		put_waits(h, channel, 0x3a, &wait, 1, payload, sizeof(payload));
		run(h);
		assert_true(acked(h, channel));
		assert_int_equal(seen_count, 1);
		assert_int_equal(seen_bytes, sizeof(payload));
		assert_memory_equal(seen_payload, payload, sizeof(payload));
	}
	assert_int_equal(counters(h).resyncs, 0);
}

static void packets_wrap_at_every_offset_of_the_root_ring(void **state) {
	struct harness *h = *state;

	attach(h);
	wrap_everywhere(h, 0);
}

static void packets_wrap_at_every_offset_of_a_child_ring(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 6);
	run(h);
	wrap_everywhere(h, 6);
}

static void packets_cross_pages_that_are_not_neighbours(void **state) {
	struct harness *h = *state;
	uint8_t payload[40];

	attach(h);
	define_channel(h, 6, 3, 6);
	// Reverse the pages behind the encoder's back, before anything is in them.
	uint8_t *list = pvg_enc_mem_page(&h->mem, h->rings[6].list_pfn);
	uint64_t first = pvg_get(list, 4);
	pvg_put(list, pvg_get(list + 8, 4), 4);
	pvg_put(list + 8, first, 4);
	fake_parts.on_packet = see_packet;
	for (uint32_t i = 0; i < 1000; i++) {
		memset(payload, (int)i, sizeof(payload));
		put(h, 6, 0x3a, payload, sizeof(payload));
		run(h);
		assert_memory_equal(seen_payload, payload, sizeof(payload));
	}
	assert_true(acked(h, 6));
}

// Counters are 32 bits; where they wrap, positions jump unless the ring divides 2^32 (spec 01
// section 4.1). The length is odd so that the jump is not at a page's end.
static void the_counter_wraps_at_32_bits(void **state) {
	struct harness *h = *state;
	uint32_t start = 0xffffffe4u;
	uint8_t packet[44] = { 0x3a, 0, 0, 0, 44, 0, 0, 0, 1, 0, 0, 0 };

	attach_fifo(h);
	w32(h, PVG_REG_FIFO_LENGTH, 0xff9c);
	// FIFO_READ stands near the wrap: a host that came late takes it from the page.
	pvg_device_disconnect(h->device);
	atomic_store(&h->page->fifo_read, (uint64_t)atomic_load(&h->page->fifo_gen) << 32 | start);
	for (uint32_t i = 12; i < sizeof(packet); i++) {
		packet[i] = (uint8_t)i;
	}
	uint64_t ring = ((uint64_t)h->fifo_pfn << 12) + 0x1000;
	for (uint32_t i = 0; i < sizeof(packet); i++) {
		*gpa(h, ring + (start + i) % 0xef9cu) = packet[i];
	}
	assert_true(pvg_device_connect(h->device, h->page, 1, 1));
	fake_parts.on_packet = see_packet;
	w32(h, PVG_REG_FIFO_WRITTEN, start + (uint32_t)sizeof(packet));
	run(h);
	r32_is(h, PVG_REG_FIFO_READ, start + (uint32_t)sizeof(packet));
	assert_int_equal(seen_bytes, 32);
	assert_memory_equal(seen_payload, packet + 12, 32);
	assert_int_equal(stamp(h, 0), 1);
}

static void child_counters_wrap_at_32_bits(void **state) {
	struct harness *h = *state;

	attach(h);
	assert_true(pvg_enc_ring_init_child(&h->rings[6], &h->mem, 1));
	pvg_enc_ring_write_record(&h->rings[6], h->root_pfn, 6, 6);
	uint8_t *record = pvg_enc_ring_record(&h->mem, h->root_pfn, 6);
	h->rings[6].written = 0xfffffff0u;
	pvg_put(record, 0xfffffff0u, 4);
	pvg_put(record + 4, 0xfffffff0u, 4);
	PUT(h, 0, 0x30, 6);
	for (int i = 0; i < 5; i++) {
		PUT(h, 6, 0x1e, 0);
		run(h);
		assert_true(acked(h, 6));
	}
	assert_int_equal(child_read(h, 6), 0xfffffff0u + 5 * 16);
}

/* ---- child records --------------------------------------------------------------------------- */

static void a_list_that_is_not_there_yet_is_quiet(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 6);
	uint8_t *record = pvg_enc_ring_record(&h->mem, h->root_pfn, 6);
	pvg_put(record + 16, 0, 4);
	PUT(h, 6, 0x1e, 0);
	run(h);
	assert_false(acked(h, 6));
	assert_int_equal(refused(h, PVG_REFUSAL_RING_LIST), 0);
	pvg_put(record + 16, h->rings[6].list_pfn, 4);
	run(h);
	assert_true(acked(h, 6));
}

static void bad_lists_are_refused_and_tried_again(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 2, 6);
	uint8_t *list = pvg_enc_mem_page(&h->mem, h->rings[6].list_pfn);
	uint64_t first = pvg_get(list, 4), second = pvg_get(list + 4, 4);
	PUT(h, 6, 0x1e, 0);
	pvg_put(list, 0, 4);
	run(h);
	uint64_t before = refused(h, PVG_REFUSAL_RING_LIST);
	assert_true(before >= 1);
	pvg_put(list, first, 4);
	pvg_put(list + 4, 0x7fffffff, 4);
	run(h);
	assert_int_equal(refused(h, PVG_REFUSAL_RING_LIST), before + 1);
	assert_false(acked(h, 6));
	pvg_put(list + 4, second, 4);
	run(h);
	assert_true(acked(h, 6));
	// The list page itself is not RAM.
	pvg_put(pvg_enc_ring_record(&h->mem, h->root_pfn, 6) + 16, 0x7fffffff, 4);
	run(h);
	assert_int_equal(refused(h, PVG_REFUSAL_ADDRESS), 1);
}

static void a_full_page_of_frame_numbers_is_a_list(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 6);
	uint8_t *list = pvg_enc_mem_page(&h->mem, h->rings[6].list_pfn);
	for (uint32_t i = 1; i < 1024; i++) {
		pvg_put(list + 4 * i, pvg_get(list, 4), 4); // no zero anywhere
	}
	PUT(h, 6, 0x1e, 0);
	run(h);
	assert_true(acked(h, 6));
	assert_int_equal(h->device->core->fifo.channels[6].ring.size_bytes, 1024 * 4096);
}

static void the_list_is_cached_until_it_moves(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 6);
	PUT(h, 6, 0x1e, 0);
	run(h);
	// Scribbling over the list does not move the ring.
	PUT(h, 6, 0x1e, 0);
	memset(pvg_enc_mem_page(&h->mem, h->rings[6].list_pfn), 0xff, 4096);
	run(h);
	assert_true(acked(h, 6));
	// Another list does.
	uint32_t written = h->rings[6].written;
	assert_true(pvg_enc_ring_init_child(&h->rings[6], &h->mem, 2));
	h->rings[6].written = written;
	pvg_put(pvg_enc_ring_record(&h->mem, h->root_pfn, 6) + 16, h->rings[6].list_pfn, 4);
	PUT(h, 6, 0x1e, 0);
	run(h);
	assert_true(acked(h, 6));
}

static void a_redefinition_reads_list_and_head_again(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 6);
	PUT(h, 6, 0x1e, 0);
	run(h);
	assert_true(pvg_enc_ring_init_child(&h->rings[6], &h->mem, 1));
	pvg_enc_ring_write_record(&h->rings[6], h->root_pfn, 6, 6);
	PUT(h, 6, 0x1e, 0); // before the 0x30, no doorbell
	PUT(h, 0, 0x30, 6);
	run(h);
	assert_true(acked(h, 6));
	assert_int_equal(child_read(h, 6), 16);
	assert_int_equal(counters(h).resyncs, 0);
}

static void a_freed_channel_is_left_alone(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 6);
	PUT(h, 6, 0x1e, 0);
	run(h);
	PUT(h, 0, 0x31, 6);
	run(h);
	assert_int_equal(fake_parts.channels_freed, 1u << 6);
	PUT(h, 6, 0x1e, 0);
	ring_doorbell(h, 6);
	run(h);
	assert_false(acked(h, 6));
	assert_int_equal(refused(h, PVG_REFUSAL_CHANNEL_UNDEFINED), 1);
	PUT(h, 0, 0x31, 6); // twice is no error
	run(h);
	assert_true(acked(h, 0));
}

static void a_channel_may_free_or_redefine_itself(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 6);
	PUT(h, 6, 0x30, 6);
	PUT(h, 6, 0x1e, 0);
	run(h);
	assert_true(acked(h, 6));
	assert_int_equal(child_read(h, 6), 32);
	PUT(h, 6, 0x31, 6);
	PUT(h, 6, 0x1e, 0);
	run(h);
	assert_int_equal(stamp(h, 6), h->signals[6] - 1);
	assert_int_equal(child_read(h, 6), 48);
}

static void impossible_channel_ids_are_acknowledged(void **state) {
	static const uint32_t ids[] = { 0, 32, 40, 0x80000001u, 0xffffffffu };
	struct harness *h = *state;

	attach(h);
	for (size_t i = 0; i < 5; i++) {
		PUT(h, 0, 0x30, ids[i]);
		PUT(h, 0, 0x31, ids[i]);
	}
	run(h);
	assert_true(acked(h, 0));
	assert_int_equal(refused(h, PVG_REFUSAL_CHANNEL_ID), 10);
}

static void records_outside_ram_are_refused(void **state) {
	struct harness *h = *state;

	attach(h);
	w32(h, PVG_REG_ROOT_PAGE, 0x7fffffff);
	PUT(h, 0, 0x1e, 0);
	run(h);
	assert_true(acked(h, 0));
	assert_true(refused(h, PVG_REFUSAL_ADDRESS) >= 1);
	w32(h, PVG_REG_ROOT_PAGE, h->root_pfn);
	PUT(h, 1, 0x1e, 0);
	run(h);
	assert_true(acked(h, 1));
}

/* ---- framing and desynchronisation ----------------------------------------------------------- */

static void put_raw(struct harness *h, uint32_t channel, uint16_t n_wait, uint32_t total) {
	uint8_t header[12] = { 0x1e };

	pvg_put(header + 2, n_wait, 2);
	pvg_put(header + 4, total, 4);
	pvg_put(header + 8, 0x7777, 4);
	pvg_enc_ring_put(&h->rings[channel], header, sizeof(header));
	pvg_put(pvg_enc_ring_record(&h->mem, h->root_pfn, channel), h->rings[channel].written, 4);
}

static void impossible_sizes_resynchronise_the_ring(void **state) {
	static const struct {
		uint32_t total;
		uint16_t n_wait;
	} bad[] = { { 0, 0 }, { 8, 0 }, { 11, 0 }, { 13, 0 }, { 14, 0 }, { 12, 1 }, { 16, 1 },
		{ 0x10004, 0 }, { 0xfffffffc, 0 }, { 0xffffffff, 0 }, { 12, 0xffff },
		{ 0x80000, 0xffff } };
	struct harness *h = *state;

	attach(h);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t before = stamp(h, 2);
		put_raw(h, 2, bad[i].n_wait, bad[i].total);
		run(h);
		assert_int_equal(refused(h, PVG_REFUSAL_PACKET_SIZE), i + 1);
		assert_int_equal(counters(h).resyncs, i + 1);
		// Skipped, not stamped; what comes after is done.
		assert_int_equal(child_read(h, 2), h->rings[2].written);
		assert_int_equal(stamp(h, 2), before);
		PUT(h, 2, 0x1e, 0);
		run(h);
		assert_true(acked(h, 2));
	}
}

static void more_pending_than_the_ring_resynchronises(void **state) {
	struct harness *h = *state;

	attach(h);
	uint8_t *record = pvg_enc_ring_record(&h->mem, h->root_pfn, 2);
	h->rings[2].written += 0x10004;
	pvg_put(record, h->rings[2].written, 4);
	run(h);
	assert_int_equal(refused(h, PVG_REFUSAL_RING_DESYNC), 1);
	assert_int_equal(child_read(h, 2), h->rings[2].written);
	PUT(h, 2, 0x1e, 0);
	run(h);
	assert_true(acked(h, 2));
	// The root too, and the guest sees room again.
	h->rings[0].written += 0xf004;
	w32(h, PVG_REG_FIFO_WRITTEN, h->rings[0].written);
	run(h);
	r32_is(h, PVG_REG_FIFO_READ, h->rings[0].written);
	assert_int_equal(counters(h).resyncs, 2);
}

static void an_incomplete_packet_is_awaited_quietly(void **state) {
	struct harness *h = *state;

	attach(h);
	uint8_t *record = pvg_enc_ring_record(&h->mem, h->root_pfn, 2);
	uint32_t start = h->rings[2].written;
	PUT(h, 2, 0x1e, 1, 2, 3);
	for (uint32_t part = 0; part < 24; part++) {
		pvg_put(record, start + part, 4);
		run(h);
		assert_false(acked(h, 2));
		assert_int_equal(child_read(h, 2), start);
	}
	pvg_put(record, start + 24, 4);
	run(h);
	assert_true(acked(h, 2));
	assert_int_equal(counters(h).resyncs, 0);
}

static void a_packet_may_fill_the_ring(void **state) {
	static const uint8_t payload[4096 - 12];
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 6);
	run(h);
	for (int i = 0; i < 3; i++) {
		put(h, 6, 0x1e, payload, sizeof(payload));
		run(h);
		assert_true(acked(h, 6));
	}
}

static struct harness *rewriter;

static void rewrite_ring(struct pvg_device *device, const struct pvg_packet *packet) {
	// The guest changes the packet while it is handled.
	memset(pvg_enc_mem_page(&rewriter->mem,
		       (uint32_t)pvg_get(pvg_enc_mem_page(&rewriter->mem,
						 rewriter->rings[2].list_pfn),
			       4)),
		0xff, 4096);
	see_packet(device, packet);
}

static void a_packet_is_a_private_copy(void **state) {
	struct harness *h = *state;
	const uint32_t words[] = { 11, 22, 33 };

	attach(h);
	rewriter = h;
	fake_parts.on_packet = rewrite_ring;
	uint32_t signal = put(h, 2, 0x3a, words, sizeof(words));
	run(h);
	assert_memory_equal(seen_payload, words, sizeof(words));
	assert_int_equal(stamp(h, 2), signal);
	assert_int_equal(child_read(h, 2), 24);
}

/* ---- waits ----------------------------------------------------------------------------------- */

static void an_unmet_wait_holds_the_channel_and_no_other(void **state) {
	struct harness *h = *state;
	const struct wait wait = { .slot = 2, .value = 1 };

	attach(h);
	put_waits(h, 1, 0x37, &wait, 1, (uint32_t[3]){ 0 }, 12);
	run(h);
	assert_int_equal(child_read(h, 1), 0);
	assert_int_equal(stamp(h, 1), 0);
	assert_int_equal(fake_parts.calls[0x37], 0);
	assert_int_equal(counters(h).waits_held, 1);
	PUT(h, 3, 0x1e, 0);
	run(h);
	assert_true(acked(h, 3));
	assert_int_equal(counters(h).waits_held, 1);
	// The awaited stamp is published by a channel that is looked at later in the same run.
	PUT(h, 2, 0x1e, 0);
	run(h);
	assert_true(acked(h, 2));
	assert_true(acked(h, 1));
	assert_int_equal(fake_parts.calls[0x37], 1);
}

static void a_wait_is_met_by_distance_not_by_size(void **state) {
	static const struct {
		uint32_t stamp, value;
		bool met;
	} cases[] = {
		{ 5, 5, true },
		{ 6, 5, true },
		{ 4, 5, false },
		{ 0, 0, true },
		{ 2, 0xfffffffe, true },
		{ 0xfffffffe, 2, false },
		{ 0, 0x80000001u, true },
		{ 0, 0x7fffffff, false },
	};
	struct harness *h = *state;

	attach(h);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct wait wait = { .slot = 7, .value = cases[i].value };
		set32(h, ((uint64_t)h->fifo_pfn << 12) + 28, cases[i].stamp);
		put_waits(h, 1, 0x1e, &wait, 1, NULL, 0);
		run(h);
		assert_int_equal(acked(h, 1), cases[i].met);
		set32(h, ((uint64_t)h->fifo_pfn << 12) + 28, cases[i].value);
		run(h);
		assert_true(acked(h, 1));
	}
}

static void a_wait_that_cannot_be_decided_is_met(void **state) {
	struct harness *h = *state;
	const struct wait waits[] = { { 1024, 5 }, { 0xffffffff, 5 }, { 0, 0 } };

	attach(h);
	put_waits(h, 1, 0x1e, waits, 3, NULL, 0);
	run(h);
	assert_true(acked(h, 1));
	assert_int_equal(refused(h, PVG_REFUSAL_WAIT_SLOT), 2);
}

static void many_waits_are_legal(void **state) {
	static struct wait waits[1000];
	struct harness *h = *state;

	attach(h);
	waits[999] = (struct wait){ .slot = 4, .value = 1 };
	put_waits(h, 1, 0x1e, waits, 1000, NULL, 0);
	run(h);
	assert_false(acked(h, 1));
	PUT(h, 4, 0x1e, 0);
	run(h);
	assert_true(acked(h, 1));
}

static void waits_in_a_circle_hold_only_themselves(void **state) {
	struct harness *h = *state;
	const struct wait on2 = { 2, 1 }, on1 = { 1, 1 };

	attach(h);
	put_waits(h, 1, 0x1e, &on2, 1, NULL, 0);
	put_waits(h, 2, 0x1e, &on1, 1, NULL, 0);
	int64_t due = run(h);
	assert_true(due > h->now_ns);
	PUT(h, 3, 0x1e, 0);
	run(h);
	assert_true(acked(h, 3));
}

/* ---- stamps ---------------------------------------------------------------------------------- */

static void stamps_never_go_back(void **state) {
	struct harness *h = *state;

	attach(h);
	h->signals[2] = 9;
	PUT(h, 2, 0x1e, 0); // 10
	run(h);
	h->signals[2] = 4;
	PUT(h, 2, 0x1e, 0); // 5
	run(h);
	assert_int_equal(stamp(h, 2), 10);
	assert_int_equal(child_read(h, 2), 32);
	// The bit is set all the same, also for a value that repeats.
	(void)r32(h, PVG_REG_INTR_STATUS_GPU);
	h->signals[2] = 9;
	PUT(h, 2, 0x1e, 0);
	run(h);
	r32_is(h, PVG_REG_INTR_STATUS_GPU, 4);
	// Over the wrap it is forwards.
	set32(h, ((uint64_t)h->fifo_pfn << 12) + 8, 0xfffffff0u);
	h->signals[2] = 1;
	PUT(h, 2, 0x1e, 0);
	run(h);
	assert_int_equal(stamp(h, 2), 2);
}

static void the_slot_comes_from_the_record(void **state) {
	struct harness *h = *state;

	attach(h);
	define_channel(h, 6, 1, 77);
	// Only the low half of the word is the slot.
	pvg_put(pvg_enc_ring_record(&h->mem, h->root_pfn, 6) + 14, 0xffff, 2);
	(void)r32(h, PVG_REG_INTR_STATUS_GPU);
	PUT(h, 6, 0x1e, 0);
	run(h);
	assert_int_equal(stamp(h, 77), 1);
	assert_int_equal(r32(h, PVG_REG_INTR_STATUS_GPU) & ~1u, 1u << (77 & 31));
}

static void a_slot_outside_the_stamp_page_writes_nothing(void **state) {
	struct harness *h = *state;
	static const uint16_t slots[] = { 1024, 0x7000, 0xffff };

	attach(h);
	define_channel(h, 6, 1, 1023);
	PUT(h, 6, 0x1e, 0);
	run(h);
	assert_int_equal(stamp(h, 1023), 1);
	for (size_t i = 0; i < 3; i++) {
		uint8_t before[4096];
		memcpy(before, pvg_enc_mem_page(&h->mem, h->fifo_pfn), 4096);
		pvg_put(pvg_enc_ring_record(&h->mem, h->root_pfn, 6) + 12, slots[i], 2);
		PUT(h, 6, 0x1e, 0);
		run(h);
		assert_int_equal(refused(h, PVG_REFUSAL_STAMP_SLOT), i + 1);
		assert_memory_equal(before, pvg_enc_mem_page(&h->mem, h->fifo_pfn), 4096);
		assert_int_equal(child_read(h, 6), h->rings[6].written);
	}
	// Slot 1024 would have been the first word of the root ring.
	assert_int_equal(mem32(h, ((uint64_t)h->fifo_pfn << 12) + 4096) & 0xffff, 0x30);
}

static void a_completion_of_an_older_life_writes_nothing(void **state) {
	struct harness *h = *state;
	struct pvg_completion late = { .channel = 1, .slot = 7, .signal = 5 };

	attach(h);
	late.life = h->device->core->stamps.life;
	// The FIFO goes and comes back where it was, before the GPU is done.
	w32(h, PVG_REG_CONTROL_FIFO, 0);
	w32(h, PVG_REG_CONTROL_FIFO, 1);
	run(h);
	(void)r32(h, PVG_REG_INTR_STATUS_GPU);
	assert_true(pvg_gate_enter(h->device));
	pvg_stamp_complete(h->device, &late);
	assert_int_equal(stamp(h, 7), 0);
	assert_int_equal(atomic_load(&h->page->intr_gpu), 0);
	late.life = h->device->core->stamps.life;
	pvg_stamp_complete(h->device, &late);
	pvg_gate_leave(h->device);
	assert_int_equal(stamp(h, 7), 5);
	// Another memory table is the same life.
	pvg_device_set_ram(h->device, harness_ram_table(h, 2));
	late.signal = 6;
	assert_true(pvg_gate_enter(h->device));
	pvg_stamp_complete(h->device, &late);
	pvg_gate_leave(h->device);
	assert_int_equal(stamp(h, 7), 6);
}

static void sixteen_kib_pages_hold_4096_stamps(void **state) {
	struct harness big;
	struct harness *h = &big;

	harness_init(h, 14);
	// By hand: the encoder speaks 4 KiB pages. FIFO at 0x100000, root page 0x140000, ring
	// 0x180000.
	w32(h, PVG_REG_ROOT_PAGE, 0x140000 >> 14);
	w32(h, PVG_REG_FIFO_BASE_PAGE, 0x100000 >> 14);
	w32(h, PVG_REG_FIFO_LENGTH, 0x40000);
	w32(h, PVG_REG_FIFO_START, 0x4000);
	w32(h, PVG_REG_CONTROL_FIFO, 1);
	set32(h, 0x104000, 0x30);
	set32(h, 0x104004, 16);
	set32(h, 0x104008, 1);
	set32(h, 0x10400c, 1);
	set32(h, 0x140400, 12);
	set32(h, 0x14040c, 4095);
	set32(h, 0x140410, 0x17c000 >> 14);
	set32(h, 0x17c000, 0x180000 >> 14);
	set32(h, 0x180000, 0x1e);
	set32(h, 0x180004, 12);
	set32(h, 0x180008, 5);
	w32(h, PVG_REG_FIFO_WRITTEN, 16);
	run(h);
	assert_int_equal(mem32(h, 0x100000), 1);
	assert_int_equal(mem32(h, 0x100000 + 4 * 4095), 5);
	assert_int_equal(mem32(h, 0x140404), 12);
	harness_finish(h);
}

/* ---- retries and budgets --------------------------------------------------------------------- */

static void a_retried_packet_stays_and_others_go_on(void **state) {
	struct harness *h = *state;

	attach(h);
	fake_parts.verdict[0x37] = PVG_RETRY;
	PUT(h, 1, 0x37, 0, 0, 0);
	PUT(h, 3, 0x1e, 0);
	int64_t due = run(h);
	assert_int_equal(due - h->now_ns, 1000000);
	assert_int_equal(fake_parts.calls[0x37], 1); // not again in the same run
	assert_int_equal(child_read(h, 1), 0);
	assert_int_equal(stamp(h, 1), 0);
	assert_true(acked(h, 3));
	assert_int_equal(counters(h).retries, 1);
	run(h);
	assert_int_equal(fake_parts.calls[0x37], 2);
	fake_parts.verdict[0x37] = PVG_DONE;
	run(h);
	assert_true(acked(h, 1));
	assert_int_equal(counters(h).opcodes[0x37], 1);
}

static void a_busy_channel_gives_the_others_their_turn(void **state) {
	struct harness *h = *state;

	attach(h);
	h->clock_step_ns = 100000; // every look at the clock costs 0.1 ms
	for (int i = 0; i < 200; i++) {
		PUT(h, 1, 0x1e, 0);
	}
	PUT(h, 2, 0x1e, 0);
	int64_t due = run(h);
	assert_false(acked(h, 1));
	assert_true(acked(h, 2));
	assert_true(due <= h->now_ns);
	for (int i = 0; i < 50 && !acked(h, 1); i++) {
		run(h);
	}
	assert_true(acked(h, 1));
}

// Two channels that release each other packet by packet, and one whose long packet is looked at
// each time.
static void time_spent_on_waits_is_bounded_too(void **state) {
	static const uint8_t payload[0x8000];
	struct harness *h = *state;
	const struct wait never = { .slot = 9, .value = 1 };

	attach(h);
	h->clock_step_ns = 50000;
	put_waits(h, 3, 0x1e, &never, 1, payload, sizeof(payload));
	for (uint32_t i = 1; i <= 400; i++) {
		const struct wait on2 = { 2, i }, on1 = { 1, i - 1 };
		put_waits(h, 1, 0x1e, &on2, 1, NULL, 0);
		put_waits(h, 2, 0x1e, &on1, 1, NULL, 0);
	}
	int64_t start = h->now_ns;
	int64_t due = run(h);
	assert_true(due <= h->now_ns);
	// Five channels of 2 ms, and some for looking.
	assert_true(h->now_ns - start < 20000000);
	for (int i = 0; i < 500 && !acked(h, 1); i++) {
		run(h);
	}
	assert_true(acked(h, 1));
	assert_true(acked(h, 2));
	assert_false(acked(h, 3));
}

static struct harness *endless;

// A guest that adds a packet for each that is taken.
static void add_packet(struct pvg_device *device, const struct pvg_packet *packet) {
	PUT(endless, 1, 0x3a, 0, 0, 0);
}

static void an_endless_channel_ends_its_turn(void **state) {
	struct harness *h = *state;

	attach(h);
	endless = h;
	fake_parts.on_packet = add_packet;
	PUT(h, 1, 0x3a, 0, 0, 0);
	assert_true(run(h) <= h->now_ns); // the clock stands still: the count ends it
	fake_parts.on_packet = NULL;
	run(h);
	assert_true(acked(h, 1));
}

/* ---- which pages are the device's ------------------------------------------------------------ */

static void rings_lists_fifo_and_root_page_belong_to_the_device(void **state) {
	struct harness *h = *state;
	struct pvg_device *d = h->device;

	attach(h);
	define_channel(h, 6, 3, 6);
	PUT(h, 6, 0x1e, 0);
	run(h);
	for (uint32_t i = 0; i < 16; i++) {
		assert_true(pvg_fifo_owns_page(d, (uint64_t)(h->fifo_pfn + i) << 12));
	}
	assert_false(pvg_fifo_owns_page(d, 0x1000));
	assert_true(pvg_fifo_owns_page(d, ((uint64_t)h->root_pfn << 12) + 0x123));
	uint32_t list = h->rings[6].list_pfn;
	assert_true(pvg_fifo_owns_page(d, (uint64_t)list << 12));
	uint64_t page = pvg_get(pvg_enc_mem_page(&h->mem, list), 4) << 12;
	assert_true(pvg_fifo_owns_page(d, page));
	PUT(h, 0, 0x31, 6);
	run(h);
	assert_false(pvg_fifo_owns_page(d, page));
	assert_false(pvg_fifo_owns_page(d, (uint64_t)list << 12));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		T(bad_geometry_keeps_the_fifo_off),
		T(the_order_of_the_fifo_registers_does_not_matter),
		T(another_buffer_ends_channels_and_moves_the_stamps),
		T(packets_wrap_at_every_offset_of_the_root_ring),
		T(packets_wrap_at_every_offset_of_a_child_ring),
		T(packets_cross_pages_that_are_not_neighbours),
		T(the_counter_wraps_at_32_bits),
		T(child_counters_wrap_at_32_bits),
		T(a_list_that_is_not_there_yet_is_quiet),
		T(bad_lists_are_refused_and_tried_again),
		T(a_full_page_of_frame_numbers_is_a_list),
		T(the_list_is_cached_until_it_moves),
		T(a_redefinition_reads_list_and_head_again),
		T(a_freed_channel_is_left_alone),
		T(a_channel_may_free_or_redefine_itself),
		T(impossible_channel_ids_are_acknowledged),
		T(records_outside_ram_are_refused),
		T(impossible_sizes_resynchronise_the_ring),
		T(more_pending_than_the_ring_resynchronises),
		T(an_incomplete_packet_is_awaited_quietly),
		T(a_packet_may_fill_the_ring),
		T(a_packet_is_a_private_copy),
		T(an_unmet_wait_holds_the_channel_and_no_other),
		T(a_wait_is_met_by_distance_not_by_size),
		T(a_wait_that_cannot_be_decided_is_met),
		T(many_waits_are_legal),
		T(waits_in_a_circle_hold_only_themselves),
		T(stamps_never_go_back),
		T(the_slot_comes_from_the_record),
		T(a_slot_outside_the_stamp_page_writes_nothing),
		T(a_completion_of_an_older_life_writes_nothing),
		T(sixteen_kib_pages_hold_4096_stamps),
		T(a_retried_packet_stays_and_others_go_on),
		T(a_busy_channel_gives_the_others_their_turn),
		T(time_spent_on_waits_is_bounded_too),
		T(an_endless_channel_ends_its_turn),
		T(rings_lists_fifo_and_root_page_belong_to_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
