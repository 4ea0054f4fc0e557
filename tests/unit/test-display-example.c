// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worked example of spec 04 section 16, step by step, for each way in which a guest arms its
 * refresh classes, and the grid test that follows it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

#define PENDING (RIG_PAGE_GPA + 0x100)
#define ENABLE (RIG_PAGE_GPA + 0x104)
#define T_NS INT64_C(16666667)

static void page_has(struct rig *rig, uint32_t offset, const char *hex) {
	char found[64];
	size_t length = strlen(hex);
	for (size_t i = 0; i < length; i += 2) {
		snprintf(found + i, 3, "%02x", rig->ram[RIG_PAGE_GPA + offset + i / 2]);
	}
	assert_string_equal(found, hex);
}

static void expect_display_irq(struct rig *rig, unsigned int count) {
	assert_int_equal(atomic_exchange(&rig->irqs, 0), count);
	assert_int_equal(pvg_regs_read(&rig->regs, PVG_REG_INTR_STATUS_DISP, 4),
		count != 0 ? 1 : 0);
	assert_int_equal(pvg_regs_read(&rig->regs, PVG_REG_INTR_STATUS_DISP, 4), 0);
}

// Publishes raw words, runs, checks tail, head and stamp.
static void packet(struct rig *rig, const uint32_t *words, uint32_t count, uint32_t tail,
	uint32_t stamp) {
	rig_publish_raw(rig, 5, words, count);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, 0x100450), tail);
	assert_int_equal(rig_get32(rig, 0x100454), tail);
	assert_int_equal(rig_stamp(rig, 5), stamp);
	assert_true(atomic_exchange(&rig->irqs, 0) >= 1);
	(void)pvg_regs_read(&rig->regs, PVG_REG_INTR_STATUS_GPU, 4);
}
#define PACKET(rig, tail, stamp, ...) \
	do { \
		const uint32_t words_[] = { __VA_ARGS__ }; \
		packet(rig, words_, sizeof(words_) / 4, tail, stamp); \
	} while (0)

// What the guest does in its interrupt: fetch and clear what it handles; 0.3 ms later arm again.
static void guest_answers(struct rig *rig, uint32_t armed) {
	atomic_fetch_and(rig_word(rig, PENDING), ~armed);
	atomic_store(rig_word(rig, ENABLE), 0xc);
	rig_advance(rig, 300000);
	atomic_store(rig_word(rig, ENABLE), armed);
}

// A refresh: what is armed is signalled once, with one interrupt.
static void refresh(struct rig *rig, uint32_t armed) {
	struct pvg_tick_result tick = pvg_display_tick(rig->device, 0, rig->now_ns);
	assert_true(tick.online && tick.armed && tick.delivered);
	assert_int_equal(rig_get32(rig, PENDING), armed & 3);
	expect_display_irq(rig, 1);
	guest_answers(rig, armed);
}

/*
 * A present in the copy model also retires the transaction at retain (section 8.5), so a guest that
 * arms bit 1 gets its event before the stamp.
 */
static void after_present(struct rig *rig, uint32_t armed) {
	assert_int_equal(rig_get32(rig, PENDING), armed & 2);
	assert_int_equal(pvg_regs_read(&rig->regs, PVG_REG_INTR_STATUS_DISP, 4), armed >> 1 & 1);
	if ((armed & 2) != 0) {
		guest_answers(rig, armed);
	}
	rig->irqs = 0;
}

static void worked_example(uint32_t armed) {
	struct rig *rig = rig_create(1);
	struct rig_port *port = &rig->ports[0];
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, &desc);
	rig_surface(rig, 7, &(struct rig_surface){ 0x1000000, 0x800000, RIG_BGRA, 1920, 1080, 7680,
		0, 4 });
	rig_surface(rig, 8, &(struct rig_surface){ 0x2000000, 0x1000000, RIG_BGRA, 1920, 1080, 7680,
		0, 4 });
	rig_surface(rig, 9, &(struct rig_surface){ 0x3000000, 0x1800000, RIG_BGRA, 2560, 1440,
		10240, 0, 4 });
	memset(rig->ram + 0x800000, 0x77, 1920 * 1080 * 4);
	memset(rig->ram + 0x1000000, 0x88, 1920 * 1080 * 4);
	memset(rig->ram + 0x1800000, 0x99, 2560 * 1440 * 4);
	rig_map(rig, 0, 0x10000, 0x400000, 0x1000);
	memset(rig->ram + 0x400000, 0xff, 0x1000);
	rig_map(rig, 0, 0x104000, 0x404000, 0x4000);
	for (uint32_t i = 0; i < 3 * 257; i++) {
		float ramp = (float)(i % 257) / 256;
		memcpy(rig->ram + 0x404000 + 4 * i, &ramp, 4);
	}
	memset(rig->ram + RIG_PAGE_GPA, 0x5a, 0x1000);
	rig_put32(rig, PENDING, 0);
	rig_put32(rig, ENABLE, 0);
	rig->irqs = 0;

	// 1
	PACKET(rig, 0x14, 1, 0x01, 0x14, 1, 0, 0x120);
	page_has(rig, 0x000, "01000000");
	page_has(rig, 0x004, "70766720646973706c6179000000");
	page_has(rig, 0x012, "0000");
	page_has(rig, 0x014, "e0010e01");
	page_has(rig, 0x018, "00010001");
	page_has(rig, 0x01c, "00000000");
	page_has(rig, 0x020, "03000000");
	page_has(rig, 0x024, "0000f043");
	page_has(rig, 0x028, "00008743");
	for (uint32_t i = 0x2c; i < 0x100; i++) {
		assert_int_equal(rig->ram[RIG_PAGE_GPA + i], 0x5a);
	}
	page_has(rig, 0x100, "00000000");
	page_has(rig, 0x200, "01000000");
	page_has(rig, 0x204, "5a5a5a5a");
	page_has(rig, 0x208, "0200");
	page_has(rig, 0x20a, "5a5a");
	page_has(rig, 0x210, "8007380400003c000000000000000000");
	page_has(rig, 0x220, "0005d00200003c000000000000000000");
	for (uint32_t i = 0x230; i < 0x1000; i++) {
		assert_int_equal(rig->ram[RIG_PAGE_GPA + i], 0x5a);
	}
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_REGISTERED);
	// 2
	rig_advance(rig, 4 * RIG_MS);
	int64_t due_ns = rig_run(rig);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	expect_display_irq(rig, 0);
	assert_true(due_ns - rig->now_ns <= 4 * RIG_MS);
	// 3, 4
	atomic_store(rig_word(rig, ENABLE), 0xc);
	rig_advance(rig, 4 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, PENDING), 4);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_PULSED);
	// 5
	expect_display_irq(rig, 1);
	// 6
	assert_int_equal(atomic_fetch_and(rig_word(rig, PENDING), ~0xcu), 4);
	// 7
	PACKET(rig, 0x28, 2, 0x02, 0x14, 2, 0, 1);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ONLINE);
	assert_int_equal(port->state, PVG_DISPLAY_ONLINE);
	// 8
	for (unsigned int i = 0; i < 3; i++) {
		rig_advance(rig, T_NS);
		struct pvg_tick_result tick = pvg_display_tick(rig->device, 0, rig->now_ns);
		assert_true(tick.online && !tick.armed && !tick.delivered);
		rig_run(rig);
	}
	assert_int_equal(rig_get32(rig, PENDING), 0);
	expect_display_irq(rig, 0);
	// 9
	PACKET(rig, 0x3c, 3, 0x05, 0x14, 3, 0, 1);
	assert_true(port->cursor.visible);
	// 10
	PACKET(rig, 0x74, 4, 0x04, 0x38, 4, 0, 0, 0x10000, 0, 0x1000, 0, 0x80, 0, 0x200020, 0x40004,
		0xfffffc00);
	assert_int_equal(port->glyphs, 1);
	assert_int_equal(port->glyph.width, 32);
	assert_int_equal(port->glyph.height, 32);
	assert_int_equal(port->glyph.hot_x, 4);
	assert_int_equal(port->glyph.hot_y, 4);
	assert_int_equal(port->glyph_last, 0xffffffff);
	// 11
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 0x00f00140);
	rig->ram[RIG_PAGE_GPA + 0xe04] = 1;
	pvg_regs_write(&rig->regs, PVG_REG_CURSOR_KICK, 4, 0);
	rig_run(rig);
	assert_true(port->cursor.visible);
	assert_int_equal(port->cursor.x, 320);
	assert_int_equal(port->cursor.y, 240);
	expect_display_irq(rig, 0);
	// 12, 13, 14
	atomic_store(rig_word(rig, ENABLE), armed);
	refresh(rig, armed);
	// 15
	PACKET(rig, 0x8c, 5, 0x06, 0x18, 5, 0, 7, 0);
	after_present(rig, armed);
	assert_int_equal(port->presented, 1);
	assert_int_equal(port->frame.surface_id, 7);
	assert_int_equal(port->frame.sequence, 1);
	assert_true(port->frame.mode_changed);
	assert_int_equal(port->width, 1920);
	assert_int_equal(port->height, 1080);
	assert_int_equal(port->pixels[0], 0x77);
	assert_int_equal(port->pixels[port->stride * 1079 + 1920 * 4 - 1], 0x77);
	// 16: the device makes no tick of its own
	rig_run(rig);
	expect_display_irq(rig, 0);
	// 17
	refresh(rig, armed);
	// 18
	rig_put32(rig, RIG_STAMP_GPA + 4, 0x0f);
	const uint32_t held[] = { 0x00010006, 0x20, 6, 1, 0x10, 0, 8, 0 };
	rig_publish_raw(rig, 5, held, 8);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, 0x100454), 0x8c);
	assert_int_equal(rig_stamp(rig, 5), 5);
	assert_int_equal(port->presented, 1);
	// 19
	rig_put32(rig, RIG_STAMP_GPA + 4, 0x10);
	rig_run(rig);
	after_present(rig, armed);
	assert_int_equal(rig_get32(rig, 0x100454), 0xac);
	assert_int_equal(rig_stamp(rig, 5), 6);
	assert_int_equal(port->presented, 2);
	assert_int_equal(port->frame.surface_id, 8);
	assert_false(port->frame.mode_changed);
	assert_int_equal(port->pixels[0], 0x88);
	// 20
	refresh(rig, armed);
	// 21
	PACKET(rig, 0xdc, 7, 0x07, 0x30, 7, 0, 0, 7, 0x104000, 0, 0x4000, 0, 0x101, 0x48400000);
	after_present(rig, armed);
	assert_int_equal(port->presented, 3);
	assert_int_equal(port->gammas, 1);
	assert_int_equal(port->gamma.entries, 257);
	assert_int_equal(port->gamma.sum, 0x48400000);
	assert_true(port->gamma.identity);
	// 22
	refresh(rig, armed);
	// 23
	struct pvg_display_desc larger = desc;
	larger.width_mm = 600;
	larger.height_mm = 340;
	larger.mode_count = 1;
	larger.modes[0] = (struct pvg_mode){ 2560, 1440, 60000 };
	pvg_display_set_desc(rig->device, 0, &larger);
	page_has(rig, 0x014, "58025401");
	page_has(rig, 0x024, "00001644");
	page_has(rig, 0x028, "0000aa43");
	page_has(rig, 0x208, "0100");
	page_has(rig, 0x210, "000aa00500003c000000000000000000");
	page_has(rig, 0x200, "02000000");
	assert_int_equal(rig_get32(rig, PENDING), 4);
	expect_display_irq(rig, 1);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_UPDATING);
	rig_run(rig);
	assert_int_equal(port->state, PVG_DISPLAY_UPDATING);
	// 24
	atomic_fetch_and(rig_word(rig, PENDING), ~0xcu);
	PACKET(rig, 0xf0, 8, 0x02, 0x14, 8, 0, 2);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ONLINE);
	// 25
	PACKET(rig, 0x108, 9, 0x06, 0x18, 9, 0, 9, 0);
	after_present(rig, armed);
	assert_int_equal(port->presented, 4);
	assert_true(port->frame.mode_changed);
	assert_int_equal(port->width, 2560);
	assert_int_equal(port->height, 1440);
	assert_int_equal(port->pixels[0], 0x99);
	// 26
	refresh(rig, armed);
	// 27
	PACKET(rig, 0x114, 10, 0x1e, 0x0c, 10);
	assert_int_equal(port->presented, 4);
	// 28
	PACKET(rig, 0x128, 11, 0x09, 0x14, 11, 0, 1);
	assert_int_equal(port->sleeps, 1);
	assert_true(port->asleep);
	refresh(rig, armed);
	// 29
	PACKET(rig, 0x13c, 12, 0x09, 0x14, 12, 0, 0);
	assert_int_equal(port->sleeps, 2);
	assert_false(port->asleep);

	struct pvg_counters counters = rig_counters(rig);
	for (unsigned int i = 0; i < PVG_REFUSALS_MAX; i++) {
		assert_int_equal(counters.refusals[i], 0);
	}
	assert_int_equal(counters.ports[0].presented, 4);
	assert_int_equal(counters.ports[0].mode_changes, 1);
	assert_int_equal(counters.ports[0].online_pulses, 2);
	assert_int_equal(counters.ports[0].ticks, 6);
	assert_int_equal(counters.ports[0].ticks_unarmed, 3);
	rig_destroy(rig);
}

static void the_worked_example_of_macos_13_runs(void **state) {
	worked_example(0xd);
}

static void variant_m11_gets_transactions_instead(void **state) {
	worked_example(0xe);
}

static void both_classes_share_one_interrupt(void **state) {
	worked_example(0xf);
}

/*
 * Grid test: T = 8.333333 ms, the guest arms again 0.3 ms after each delivery, 10 s. The grid
 * itself belongs to the caller of pvg_display_tick; what the device owes it is that a tick on a
 * disarmed port spends nothing.
 */
static unsigned int grid(struct rig *rig, int64_t step_ns, int64_t jitter_ns) {
	const int64_t period_ns = 8333333;
	int64_t start_ns = rig->now_ns;
	int64_t armed_at_ns = start_ns + 1;
	int64_t slot_ns = start_ns + period_ns; // the next one to be spent
	unsigned int deliveries = 0;
	uint32_t random = 1;
	atomic_store(rig_word(rig, ENABLE), 0xc);
	for (int64_t at_ns = start_ns + step_ns; at_ns < start_ns + INT64_C(10000000000);) {
		rig->now_ns = at_ns;
		if (armed_at_ns != 0 && at_ns >= armed_at_ns) {
			atomic_store(rig_word(rig, ENABLE), 0xd);
		}
		if (at_ns >= slot_ns && pvg_display_tick(rig->device, 0, at_ns).delivered) {
			deliveries++;
			assert_true(at_ns - slot_ns <= 6 * RIG_MS);
			assert_int_equal(atomic_fetch_and(rig_word(rig, PENDING), ~1u), 1);
			atomic_store(rig_word(rig, ENABLE), 0xc);
			armed_at_ns = at_ns + 300000;
			slot_ns += period_ns;
		}
		random = random * 1664525 + 1013904223;
		at_ns += step_ns;
		if (jitter_ns != 0) {
			at_ns += (int64_t)(random >> 8) % (2 * jitter_ns) - jitter_ns;
		}
	}
	return deliveries;
}

static void the_grid_is_delivered_exactly(void **state) {
	struct rig *rig = rig_create(1);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, &desc);
	rig_online(rig, 0);
	assert_in_range(grid(rig, 8333333, 0), 1199, 1200);
	atomic_store(rig_word(rig, PENDING), 0);
	assert_in_range(grid(rig, 4 * RIG_MS, RIG_MS), 1198, 1199);
	rig_destroy(rig);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worked_example_of_macos_13_runs),
		cmocka_unit_test(variant_m11_gets_transactions_instead),
		cmocka_unit_test(both_classes_share_one_interrupt),
		cmocka_unit_test(the_grid_is_delivered_exactly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
