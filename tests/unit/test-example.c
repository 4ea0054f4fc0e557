// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worked example of spec 01 section 10, byte for byte: attach, display pipe, first user task
 * and submission, and the negative cases at its end. The whole device, addresses as in the text.
 */
#include "harness.h"

#define PAIRS(address, ...) \
	place(h, (address), (const uint8_t[]){ __VA_ARGS__ }, \
		sizeof((const uint8_t[]){ __VA_ARGS__ }))

#define STAMP(slot) (0x10000u + 4u * (slot))
#define RECORD(channel) (0x20400u + 0x14u * ((channel) - 1u))
#define SHARED 0xd1000u

static void place(struct harness *h, uint64_t address, const uint8_t *bytes, size_t size) {
	memcpy(gpa(h, address), bytes, size);
}

static void le32(struct harness *h, uint64_t address, uint32_t value) {
	set32(h, address, value);
}

// Section 10.1 and 10.2.
static void registers_and_memory(struct harness *h) {
	r32_is(h, 0x122c, 1);
	w32(h, 0x1034, 4);
	r32_is(h, 0x1034, 4);
	w32(h, 0x101c, 0x20);
	w32(h, 0x1030, 0x10);
	w32(h, 0x1004, 0x10000);
	w32(h, 0x1010, 0x1000);
	w32(h, 0x1000, 1);
	PAIRS(0x20400, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x30, 0, 0, 0);
	PAIRS(0x20414, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0x50, 0, 0, 0);
	PAIRS(0x20428, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0x70, 0, 0, 0);
	PAIRS(0x2043c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0x90, 0, 0, 0);
	for (uint32_t list = 0x30; list <= 0x90; list += 0x20) {
		for (uint32_t i = 0; i < 16; i++) {
			le32(h, (uint64_t)list * 0x1000 + 4 * i, list + 1 + i);
		}
	}
	memset(gpa(h, 0xd0000), 0xff, 0x1000);
}

// Section 10.3. @batch: one doorbell for all.
static void root_commands(struct harness *h, bool batch) {
	static const uint32_t written[] = { 0x10, 0x20, 0x30, 0x40, 0x5c, 0x74, 0x8c };

	PAIRS(0x11000, 0x30, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0);
	PAIRS(0x11010, 0x30, 0, 0, 0, 0x10, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0);
	PAIRS(0x11020, 0x30, 0, 0, 0, 0x10, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0);
	PAIRS(0x11030, 0x30, 0, 0, 0, 0x10, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0);
	PAIRS(0x11040, 0x38, 0, 0, 0, 0x1c, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0,
		0xc0, 0, 0, 0);
	PAIRS(0x1105c, 0x33, 0, 0, 0, 0x18, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10,
		0);
	PAIRS(0x11074, 0x3a, 0, 0, 0, 0x18, 0, 0, 0, 7, 0, 0, 0, 0x12, 0, 0, 0, 0, 2, 0, 0, 0xd0, 0,
		0, 0);
	for (size_t i = 0; i < 7; i++) {
		w32(h, 0x1008, written[i]);
		if (!batch) {
			run(h);
			r32_is(h, 0x100c, written[i]);
			assert_int_equal(mem32(h, STAMP(0)), i + 1);
		}
	}
	run(h);
}

static void attached(struct harness *h, bool batch) {
	registers_and_memory(h);
	root_commands(h, batch);
}

static void check_attached(struct harness *h) {
	bool seen[18] = { false };
	uint32_t i = 0;

	r32_is(h, 0x100c, 0x8c);
	// Keys 1 to 17, each at most once, then nothing but zeros.
	while (mem32(h, 0xd0000 + 8 * i) != 0) {
		uint32_t key = mem32(h, 0xd0000 + 8 * i);
		assert_in_range(key, 1, 17);
		assert_false(seen[key]);
		seen[key] = true;
		i++;
	}
	assert_true(i > 0);
	for (uint32_t at = 0xd0000 + 8 * i; at < 0xd1000; at++) {
		assert_int_equal(*gpa(h, at), 0);
	}
	assert_int_equal(mem32(h, STAMP(0)), 7);
	assert_true(h->irqs >= 1);
	r32_is(h, 0x1018, 1);
	r32_is(h, 0x1018, 0);
	r32_is(h, 0x1014, 0);
	r32_is(h, 0x102c, 0);
}

static void the_attach_is_answered_packet_by_packet(void **state) {
	struct harness *h = *state;

	attached(h, false);
	check_attached(h);
}

static void the_attach_is_answered_as_a_batch(void **state) {
	struct harness *h = *state;

	attached(h, true);
	check_attached(h);
}

static struct harness *observed;

static void reply_is_there_before_the_interrupt(struct harness *h) {
	if (atomic_load(&h->page->taken[0]) == 7) {
		assert_int_not_equal(*gpa(h, 0xd0fff), 0xff);
		assert_int_equal(mem32(h, STAMP(0)), 7);
		assert_int_equal(atomic_load(&h->page->intr_gpu), 1);
		observed = h;
	}
}

static void reply_stamp_status_and_msi_come_in_this_order(void **state) {
	struct harness *h = *state;

	observed = NULL;
	h->on_irq = reply_is_there_before_the_interrupt;
	attached(h, true);
	assert_ptr_equal(observed, h);
}

// Section 10.4.
static void display_pipe(struct harness *h) {
	(void)r32(h, 0x1018);
	PAIRS(0x20450, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0xb0, 0, 0, 0);
	PAIRS(0xb0000, 0xb1, 0, 0, 0, 0, 0, 0, 0);
	PAIRS(0x1108c, 0x30, 0, 0, 0, 0x10, 0, 0, 0, 8, 0, 0, 0, 5, 0, 0, 0);
	PAIRS(0xb1000, 1, 0, 0, 0, 0x14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xd1, 0, 0, 0);
	w32(h, 0x1008, 0x9c);
	w32(h, 0x1020, 5);
	run(h);
}

static void the_display_pipe_comes_online(void **state) {
	struct harness *h = *state;
	const struct pvg_display_desc desc = {
		.name = "example",
		.width_mm = 480,
		.height_mm = 270,
		.mode_count = 1,
		.modes = { { 1920, 1080, 60000 } },
	};

	pvg_display_set_desc(h->device, 0, &desc);
	attached(h, true);
	display_pipe(h);
	assert_int_equal(mem32(h, SHARED + 0x12) & 0xffff, 0);
	assert_int_equal(mem32(h, SHARED + 0x200), 1);
	assert_true((mem32(h, SHARED + 0x208) & 0xffff) >= 1);
	assert_int_equal(mem32(h, SHARED + 0x100), 0);
	assert_int_equal(mem32(h, 0x20454), 0x14);
	assert_int_equal(mem32(h, STAMP(5)), 1);
	r32_is(h, 0x1018, 0x21);

	// enable(): no MMIO access, no doorbell.
	le32(h, SHARED + 0x104, 0xc);
	h->irqs = 0;
	int64_t due = run(h);
	for (int i = 0; i < 10 && mem32(h, SHARED + 0x100) == 0; i++) {
		assert_true(due - h->now_ns <= 4000000);
		h->now_ns = due;
		due = run(h);
	}
	assert_int_equal(mem32(h, SHARED + 0x100), 4);
	assert_true(h->irqs >= 1);
	r32_is(h, 0x1014, 1);
	r32_is(h, 0x1014, 0);

	// The guest's handler, then the acknowledgement.
	le32(h, SHARED + 0x100, 0);
	PAIRS(0xb1014, 2, 0, 0, 0, 0x14, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
	le32(h, 0x20450, 0x28);
	w32(h, 0x1020, 5);
	run(h);
	assert_int_equal(mem32(h, 0x20454), 0x28);
	assert_int_equal(mem32(h, STAMP(5)), 2);
	assert_int_equal(pvg_display_get_state(h->device, 0), PVG_DISPLAY_ONLINE);
	for (int i = 0; i < 300; i++) {
		h->now_ns += 4000000;
		run(h);
	}
	assert_int_equal(mem32(h, SHARED + 0x100), 0); // no further online event
	// VBL events only while bit 0 is set.
	assert_false(pvg_display_tick(h->device, 0, h->now_ns).delivered);
	assert_int_equal(mem32(h, SHARED + 0x100), 0);
	le32(h, SHARED + 0x104, 0xd);
	assert_true(pvg_display_tick(h->device, 0, h->now_ns).delivered);
	assert_int_equal(mem32(h, SHARED + 0x100), 1);
	r32_is(h, 0x1014, 1);
}

// Section 10.5.
static void user_task(struct harness *h) {
	le32(h, 0x100000, 0x101);
	le32(h, 0x100004, 3);
	le32(h, 0x101000, 0x102);
	le32(h, 0x102000, 0x103);
	le32(h, 0x103004, 0x110);
	le32(h, 0x103008, 0x111);
	PAIRS(0x111000, 0x1c, 0, 0, 0, 3, 0, 0, 0, 0x91, 1, 0, 0, 0x14, 0, 0, 0, 7, 0, 0, 0, 1, 0,
		0, 0, 0, 0, 0, 0);
	PAIRS(0x1109c, 0x38, 0, 0, 0, 0x1c, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0,
		0, 1, 0, 0);
	w32(h, 0x1008, 0xb8);
	PAIRS(0x110b8, 0x33, 0, 0, 0, 0x18, 0, 0, 0, 0xa, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0,
		0x10, 0);
	w32(h, 0x1008, 0xd0);
	run(h);
	r32_is(h, 0x100c, 0xd0);
	assert_int_equal(mem32(h, STAMP(0)), 10);
}

static void the_first_submission_waits_for_its_mapping(void **state) {
	struct harness *h = *state;

	attached(h, true);
	display_pipe(h);
	user_task(h);
	PAIRS(0x31000, 0x37, 0, 1, 0, 0x30, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
		0, 0, 0, 0, 1, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0x1c, 0, 0, 0, 0, 0, 0, 0);
	le32(h, 0x20400, 0x30);
	w32(h, 0x1020, 1);
	run(h);
	assert_int_equal(mem32(h, 0x20404), 0);
	assert_int_equal(mem32(h, STAMP(1)), 0);
	(void)r32(h, 0x1018);

	PAIRS(0x51000, 0x39, 0, 0, 0, 0x20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0,
		0, 0, 0x10, 0, 0, 0, 0, 0, 0);
	le32(h, 0x20414, 0x20);
	w32(h, 0x1020, 2);
	run(h);
	assert_int_equal(mem32(h, 0x20418), 0x20);
	assert_int_equal(mem32(h, STAMP(2)), 1);
	assert_int_equal(mem32(h, 0x20404), 0x30); // without another doorbell
	assert_int_equal(mem32(h, STAMP(1)), 1);
	r32_is(h, 0x1018, 1u << 1 | 1u << 2);
	assert_true(counters(h).records >= 1);

	// The empty-ring race: no doorbell.
	PAIRS(0x31030, 0x1e, 0, 0, 0, 0xc, 0, 0, 0, 2, 0, 0, 0);
	le32(h, 0x20400, 0x3c);
	h->now_ns += 4000000;
	run(h);
	assert_int_equal(mem32(h, 0x20404), 0x3c);
	assert_int_equal(mem32(h, STAMP(1)), 2);
	// Nothing of all this was wrong.
	for (int i = 0; i < PVG_REFUSALS_MAX; i++) {
		if (refused(h, (enum pvg_refusal)i) != 0) {
			fail_msg("refused: %s", pvg_refusal_name((enum pvg_refusal)i));
		}
	}
}

/* ---- negative cases -------------------------------------------------------------------------- */

struct child {
	uint32_t written, signal;
};

// On channel 1's ring, pages 0x31 to 0x40.
static void send(struct harness *h, struct child *c, uint16_t opcode, const uint32_t *words,
	uint32_t count) {
	uint32_t header[3] = { opcode, 12 + 4 * count, ++c->signal };

	for (uint32_t i = 0; i < 3 + count; i++) {
		le32(h, 0x31000 + (c->written + 4 * i) % 0x10000, i < 3 ? header[i] : words[i - 3]);
	}
	c->written += header[1];
	le32(h, RECORD(1), c->written);
	w32(h, 0x1020, 1);
	run(h);
}

#define SEND(opcode, ...) \
	send(h, &c, (opcode), (const uint32_t[]){ __VA_ARGS__ }, \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void acknowledged(struct harness *h, const struct child *c) {
	assert_int_equal(mem32(h, RECORD(1) + 4), c->written);
	assert_int_equal(mem32(h, STAMP(1)), c->signal);
}

static void the_negative_cases_are_acknowledged(void **state) {
	struct harness *h = *state;
	struct child c = { 0 };

	attached(h, true);
	display_pipe(h);
	user_task(h);
	SEND(0x37, 1, 0, 0xffffffff);
	acknowledged(h, &c);
	assert_int_equal(refused(h, PVG_REFUSAL_COUNT), 1);
	assert_int_equal(counters(h).records, 0);
	SEND(0x22, 77, 0x2000, 0, 0x1000, 0);
	acknowledged(h, &c);
	assert_int_equal(refused(h, PVG_REFUSAL_TASK), 1);
	SEND(0x1f, 0);
	acknowledged(h, &c);
	assert_int_equal(refused(h, PVG_REFUSAL_OPCODE_RETIRED), 1);
	SEND(0x28, 1, 0x3eb, 0xfffffff0, 5);
	acknowledged(h, &c);
	assert_int_equal(refused(h, PVG_REFUSAL_DELETE), 1);
	SEND(0x30, 40);
	acknowledged(h, &c);
	assert_int_equal(refused(h, PVG_REFUSAL_CHANNEL_ID), 1);
}

static void a_stamp_slot_of_0x7000_writes_nothing(void **state) {
	struct harness *h = *state;
	struct child c = { 0 };
	static uint8_t before[RAM_LOW_BYTES];

	attached(h, true);
	le32(h, RECORD(1) + 12, 0x7000);
	le32(h, 0x31000, 0x1e);
	le32(h, 0x31004, 12);
	le32(h, 0x31008, 1);
	c.written = 12;
	le32(h, RECORD(1), c.written);
	memcpy(before, h->ram.low, RAM_LOW_BYTES);
	run(h);
	set32(h, RECORD(1) + 4, 0); // `read` is all that moved
	assert_memory_equal(before, h->ram.low, RAM_LOW_BYTES);
	assert_int_equal(refused(h, PVG_REFUSAL_STAMP_SLOT), 1);
}

static void loops_and_depth_9_in_a_directory_are_survived(void **state) {
	struct harness *h = *state;
	struct child c = { 0 };

	attached(h, true);
	display_pipe(h);
	user_task(h);
	le32(h, 0x100004, 9);
	SEND(0x37, 1, 0, 1, 0x2000, 0, 0x1c, 0);
	acknowledged(h, &c);
	assert_true(refused(h, PVG_REFUSAL_PAGE_TABLE) >= 1);
	le32(h, 0x100004, 4);
	for (uint32_t i = 0; i < 1024; i++) {
		le32(h, 0x101000 + 4 * i, 0x101);
	}
	SEND(0x37, 1, 0, 1, 0x2000, 0, 0x1c, 0);
	acknowledged(h, &c);
}

static void a_packet_split_8_bytes_before_the_end_is_whole(void **state) {
	struct harness *h = *state;
	struct child c = { 0 };

	attached(h, true);
	display_pipe(h);
	user_task(h);
	// Padding up to ring_size - 8.
	static const uint32_t zeros[1021];
	while (0x10000 - 8 - c.written >= 4096 + 12) {
		send(h, &c, 0x1e, zeros, 1021);
	}
	send(h, &c, 0x1e, zeros, (0x10000 - 8 - c.written - 12) / 4);
	assert_int_equal(c.written, 0x10000 - 8);
	acknowledged(h, &c);
	SEND(0x38, 6, 0, 4, 0x100);
	acknowledged(h, &c);
	SEND(0x39, 3, 0x2000, 0, 0x1000, 0);
	acknowledged(h, &c);
	assert_int_equal(refused(h, PVG_REFUSAL_TASK), 0); // task 3 was read whole
}

static void a_total_of_8_resynchronises(void **state) {
	struct harness *h = *state;
	struct child c = { 0 };

	attached(h, true);
	le32(h, 0x31000, 0x1e);
	le32(h, 0x31004, 8);
	le32(h, 0x31008, 1);
	c.written = 12;
	c.signal = 1;
	le32(h, RECORD(1), 12);
	w32(h, 0x1020, 1);
	run(h);
	assert_int_equal(mem32(h, STAMP(1)), 0);
	assert_int_equal(mem32(h, RECORD(1) + 4), 12);
	assert_int_equal(counters(h).resyncs, 1);
	SEND(0x1e, 0);
	acknowledged(h, &c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		T(the_attach_is_answered_packet_by_packet),
		T(the_attach_is_answered_as_a_batch),
		T(reply_stamp_status_and_msi_come_in_this_order),
		T(the_display_pipe_comes_online),
		T(the_first_submission_waits_for_its_mapping),
		T(the_negative_cases_are_acknowledged),
		T(a_stamp_slot_of_0x7000_writes_nothing),
		T(loops_and_depth_9_in_a_directory_are_survived),
		T(a_packet_split_8_bytes_before_the_end_is_whole),
		T(a_total_of_8_resynchronises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
