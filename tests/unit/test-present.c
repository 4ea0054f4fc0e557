// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Presents, surfaces and gamma: spec 04 sections 8 and 10, and the negative vectors of section 17
 * about them.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "wire/surface.h"

#define PENDING (RIG_PAGE_GPA + 0x100)
#define ENABLE (RIG_PAGE_GPA + 0x104)
#define SURFACE_GVA 0x1000000u
#define SURFACE_GPA 0x800000u

#define FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define XR24 FOURCC('X', 'R', '2', '4')
#define XB24 FOURCC('X', 'B', '2', '4')
#define XR30 FOURCC('X', 'R', '3', '0')
#define XB30 FOURCC('X', 'B', '3', '0')

static int setup(void **state) {
	struct rig *rig = rig_create(1);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, &desc);
	rig_online(rig, 0);
	*state = rig;
	return 0;
}

static int teardown(void **state) {
	rig_destroy(*state);
	return 0;
}

static void small_surface(struct rig *rig, uint32_t ref) {
	rig_surface(rig, ref,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 64, 48, 256, 0, 4 });
}

static void n1_a_short_transaction_presents_nothing(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	RIG_SEND(rig, 5, 0x06, 0, 7);
	RIG_SEND(rig, 5, 0x07, 0, 0, 7, 0, 0, 0, 0, 2); // 32 of 36
	RIG_SEND(rig, 5, 0x08, 0, 0);
	assert_int_equal(rig->ports[0].presented, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PAYLOAD_SHORT), 3);
}

static void n2_surface_0_is_no_frame_and_no_fault(void **state) {
	struct rig *rig = *state;
	RIG_SEND(rig, 5, 0x06, 0, 0, 0);
	assert_int_equal(rig->ports[0].presented, 0);
	struct pvg_counters counters = rig_counters(rig);
	for (unsigned int i = 0; i < PVG_REFUSALS_MAX; i++) {
		assert_int_equal(counters.refusals[i], 0);
	}
}

static void n3_an_unknown_surface_leaves_the_old_frame(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	RIG_SEND(rig, 5, 0x06, 0, 0x7777, 0);
	assert_int_equal(rig->ports[0].presented, 1);
	assert_int_equal(rig->ports[0].frame.surface_id, 7);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SURFACE), 1);
	atomic_store(rig_word(rig, ENABLE), 0xd);
	assert_true(pvg_display_tick(rig->device, 0, rig->now_ns).delivered);
}

static void n4_a_long_transaction_is_read_from_its_front(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0, 0x55555555);
	assert_int_equal(rig->ports[0].presented, 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PAYLOAD_LONG), 1);
}

static void n5_an_unknown_port_is_refused(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	RIG_SEND(rig, 5, 0x06, 9, 7, 0);
	assert_int_equal(rig->ports[0].presented, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PORT), 1);
}

static void all_three_opcodes_name_a_surface(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	// The words of 0x07 are swapped against 0x06; gamma of 0 entries is refused, the frame is
	// not.
	RIG_SEND(rig, 5, 0x07, 0, 0, 7, 0, 0, 0, 0, 0, 0);
	assert_int_equal(rig->ports[0].presented, 2);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_GAMMA), 1);
	// The shortest 0x08 and the one that guests send.
	RIG_SEND(rig, 5, 0x08, 0, 0, 7);
	RIG_SEND(rig, 5, 0x08, 0, 0, 7, 0, 0x104000, 0, 0x4000, 0, 1, 0);
	assert_int_equal(rig->ports[0].presented, 4);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_GAMMA), 2);
	assert_int_equal(rig->ports[0].frame.sequence, 4);
}

/* ---- pixels ---------------------------------------------------------------------------------- */

static void offset_and_stride_are_applied(void **state) { // DSP-18
	struct rig *rig = *state;
	// Neither is a multiple of the pixel: pixels straddle pages.
	const struct rig_surface s = { SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 100, 70, 403, 4093, 4 };
	rig_surface(rig, 7, &s);
	for (uint32_t y = 0; y < s.height; y++) {
		for (uint32_t x = 0; x < s.width; x++) {
			uint32_t pixel = y << 16 | x;
			memcpy(rig->ram + s.gpa + s.offset + (size_t)y * s.stride + 4 * x, &pixel,
				4);
		}
	}
	const uint32_t fourccs[] = { 0, XR24 };
	for (size_t i = 0; i < 2; i++) {
		rig->force_fourcc = fourccs[i];
		RIG_SEND(rig, 5, 0x06, 0, 7, 0);
		struct rig_port *port = &rig->ports[0];
		for (uint32_t y = 0; y < s.height; y++) {
			for (uint32_t x = 0; x < s.width; x++) {
				uint32_t pixel;
				memcpy(&pixel, port->pixels + y * port->stride + 4 * x, 4);
				assert_int_equal(pixel, y << 16 | x);
			}
			assert_int_equal(port->pixels[y * port->stride + 400], 0xee);
		}
		assert_int_equal(port->frame.bytes_copied, 100 * 70 * 4);
	}
}

static void pages_may_lie_anywhere(void **state) {
	struct rig *rig = *state;
	// 16 rows of one page each, in reverse order of address.
	rig_surface(rig, 7,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 1024, 16, 4096, 0, 4 });
	for (uint32_t y = 0; y < 16; y++) {
		rig_map(rig, 0, SURFACE_GVA + y * 0x1000, SURFACE_GPA + (15 - y) * 0x1000, 0x1000);
		memset(rig->ram + SURFACE_GPA + (15 - y) * 0x1000, (int)y, 0x1000);
	}
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	struct rig_port *port = &rig->ports[0];
	for (uint32_t y = 0; y < 16; y++) {
		assert_int_equal(port->pixels[y * port->stride], y);
		assert_int_equal(port->pixels[y * port->stride + 4095], y);
	}
}

static void the_last_row_needs_no_padding(void **state) {
	struct rig *rig = *state;
	// length = stride * 9 + 40: the backing ends with the last pixel.
	rig_map(rig, 0, SURFACE_GVA, SURFACE_GPA, 0x1000);
	rig_map(rig, 0, 0xf00000, 0x2f0000, 0x1000);
	uint32_t words[9] = { 256 * 9 + 40, 0, SURFACE_GVA >> 12, RIG_BGRA, 1, 0, 10, 10,
		256 | 4u << 24 };
	rig_object(rig, 0, 7, 4, 0xf00000, words, sizeof(words));
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].presented, 1);
	words[0]--;
	rig_object(rig, 0, 8, 4, 0xf00040, words, sizeof(words));
	RIG_SEND(rig, 5, 0x06, 0, 8, 0);
	assert_int_equal(rig->ports[0].presented, 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SURFACE_GEOMETRY), 1);
}

static uint32_t shown(struct rig *rig, uint32_t format, uint32_t element, uint64_t pixel,
	uint32_t ref, uint32_t force, uint32_t *fourcc) {
	rig->force_fourcc = force;
	rig_surface(rig, ref, &(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, format, 3, 2, 64, 0,
		element });
	for (uint32_t i = 0; i < 3; i++) {
		memcpy(rig->ram + SURFACE_GPA + 64 + i * element, &pixel, element);
	}
	unsigned int before = rig->ports[0].presented;
	RIG_SEND(rig, 5, 0x06, 0, ref, 0);
	assert_int_equal(rig->ports[0].presented, before + 1);
	uint32_t value;
	memcpy(&value, rig->ports[0].pixels + rig->ports[0].stride + 8, 4);
	*fourcc = rig->ports[0].fourcc;
	rig->force_fourcc = 0;
	return value;
}

static void formats_arrive_in_their_own_or_as_xrgb8888(void **state) {
	struct rig *rig = *state;
	uint32_t fourcc;
	const uint32_t bgra8[] = { 80, 81, RIG_BGRA, 0x41524742 };
	const uint32_t rgba8[] = { 70, 71, 0x52474241 };
	uint32_t ref = 10;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(shown(rig, bgra8[i], 4, 0x80112233, ref++, 0, &fourcc),
			0x80112233);
		assert_int_equal(fourcc, XR24);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(shown(rig, rgba8[i], 4, 0x80332211, ref++, 0, &fourcc),
			0x80332211);
		assert_int_equal(fourcc, XB24);
		assert_int_equal(shown(rig, rgba8[i], 4, 0x80332211, ref++, XR24, &fourcc),
			0xff112233);
	}
	// Red 0x3ff, green 0x200, blue 0x004: as 8 bits 0xff, 0x80, 0x01.
	uint32_t rgb10a2 = 0x3ff | 0x200 << 10 | 0x004 << 20;
	assert_int_equal(shown(rig, 90, 4, rgb10a2, ref++, 0, &fourcc), rgb10a2);
	assert_int_equal(fourcc, XB30);
	assert_int_equal(shown(rig, 90, 4, rgb10a2, ref++, XR24, &fourcc), 0xffff8001);
	uint32_t bgr10a2 = 0x004 | 0x200 << 10 | 0x3ffu << 20;
	const uint32_t bgr10[] = { 94, 0x6c313072 };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(shown(rig, bgr10[i], 4, bgr10a2, ref++, 0, &fourcc), bgr10a2);
		assert_int_equal(fourcc, XR30);
		assert_int_equal(shown(rig, bgr10[i], 4, bgr10a2, ref++, XR24, &fourcc),
			0xffff8001);
	}
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SURFACE_FORMAT), 0);
}

static void half_floats_are_clamped(void **state) {
	struct rig *rig = *state;
	const struct {
		uint16_t half;
		uint8_t byte;
	} cases[] = {
		{ 0x0000, 0 },   // 0
		{ 0x3c00, 255 }, // 1
		{ 0x3800, 128 }, // 0.5
		{ 0x3400, 64 },  // 0.25
		{ 0x1c04, 1 },   // just over 1/255
		{ 0x0001, 0 },   // the smallest
		{ 0x03ff, 0 },   // the largest subnormal
		{ 0x4900, 255 }, // 10
		{ 0x7bff, 255 }, // 65504
		{ 0x7c00, 255 }, // infinity
		{ 0x7e00, 0 },   // NaN
		{ 0xbc00, 0 },   // -1
		{ 0x8000, 0 },   // -0
		{ 0xfc00, 0 },   // -infinity
	};
	const uint32_t formats[] = { 115, 0x52476841, 0x41684752 };
	uint32_t ref = 10;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		// red, green 0.5, blue 1
		uint64_t pixel = cases[i].half | 0x3800ull << 16 | 0x3c00ull << 32;
		uint32_t fourcc;
		uint32_t value = shown(rig, formats[i % 3], 8, pixel, ref++, 0, &fourcc);
		assert_int_equal(fourcc, XR24);
		assert_int_equal(value, 0xff0080ff | (uint32_t)cases[i].byte << 16);
	}
}

static void other_formats_are_refused_by_name(void **state) {
	struct rig *rig = *state;
	const uint32_t formats[] = { 0, 10, 94 + 1, 130, 0x34323066, 0x77333072, 0xffffffff };
	for (uint32_t i = 0; i < 7; i++) {
		rig_surface(rig, 10 + i,
			&(struct rig_surface){
				SURFACE_GVA, SURFACE_GPA, formats[i], 8, 8, 64, 0, 4 });
		RIG_SEND(rig, 5, 0x06, 0, 10 + i, 0);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_SURFACE_FORMAT), i + 1);
	}
	assert_int_equal(rig->ports[0].presented, 0);
}

static void bad_geometry_is_refused(void **state) {
	struct rig *rig = *state;
	rig_map(rig, 0, SURFACE_GVA, SURFACE_GPA, 0x10000);
	rig_map(rig, 0, 0xf00000, 0x2f0000, 0x2000);
	const struct {
		uint32_t words[9];
		uint32_t size;
	} bad[] = {
		// no length
		{ { 0, 0, 0x1000, RIG_BGRA, 1, 0, 10, 10, 256 | 4u << 24 }, 36 },
		// no backing
		{ { 0x10000, 0, 0, RIG_BGRA, 1, 0, 10, 10, 256 | 4u << 24 }, 36 },
		// width 0
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 0, 10, 256 | 4u << 24 }, 36 },
		// height 0
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 10, 0, 256 | 4u << 24 }, 36 },
		// too wide
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 8193, 1, 4u << 24 }, 36 },
		// too high
		{ { 0xffffffff, 0, 0x1000, RIG_BGRA, 1, 0, 1, 8193, 256 | 4u << 24 }, 36 },
		// too long
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 10, 257, 256 | 4u << 24 }, 36 },
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0xffffffff, 10, 10, 256 | 4u << 24 }, 36 },
		// rows overlap
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 65, 10, 256 | 4u << 24 }, 36 },
		// element
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 10, 10, 256 | 2u << 24 }, 36 },
		// no plane
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 0, 0, 0, 0, 0 }, 20 },
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 10, 10, 256 | 4u << 24 }, 32 },    // short
		// 9 planes
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 9, 0, 10, 10, 256 | 4u << 24 }, 36 },
		{ { 0xffffffff, 0xffffffff, 0x1000, RIG_BGRA, 1, 0, 10, 10, 256 }, 36 },   // wraps
		{ { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 10, 0xffffffff, 0xffffffff }, 36 },
	};
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_object(rig, 0, 10 + i, 4, 0xf00000 + 64 * i, bad[i].words, bad[i].size);
		RIG_SEND(rig, 5, 0x06, 0, 10 + i, 0);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_SURFACE_GEOMETRY) +
				rig_refused(rig, PVG_REFUSAL_DESCRIPTOR),
			i + 1);
	}
	// Two whole planes: nothing says how to show them.
	uint32_t two[13] = { 0x10000, 0, 0x1000, RIG_BGRA, 2, 0, 10, 10, 256 | 4u << 24, 0x1000, 10,
		10, 256 | 4u << 24 };
	rig_object(rig, 0, 60, 4, 0xf01000, two, sizeof(two));
	RIG_SEND(rig, 5, 0x06, 0, 60, 0);
	assert_int_equal(rig->ports[0].presented, 0);
	assert_int_equal(rig->ports[0].cancelled, 0);
	// And the same with what is right shows that the rest was not at fault.
	const uint32_t good[9] = { 0x10000, 0, 0x1000, RIG_BGRA, 1, 0, 10, 10, 256 | 4u << 24 };
	rig_object(rig, 0, 10, 4, 0xf00000, good, sizeof(good));
	RIG_SEND(rig, 5, 0x06, 0, 10, 0);
	assert_int_equal(rig->ports[0].presented, 1);
}

static void each_plane_must_lie_within_the_backing(void **state) {
	struct rig *rig = *state;
	uint32_t words[13] = { 0x2000, 0, 0x1000, 0x34323066, 2, 0, 16, 16, 64 | 1u << 24, 0x1000,
		8, 8, 64 | 2u << 24 };
	struct pvg_surface surface;
	const uint8_t *bytes = (const uint8_t *)words;
	assert_null(pvg_surface_parse(&surface, bytes, sizeof(words), 12));
	assert_int_equal(surface.planes[1].offset_bytes, 0x1000);
	assert_int_equal(surface.planes[1].element_bytes, 2);
	words[9] = 0x2000 - (64 * 7 + 16); // the last byte that fits
	assert_null(pvg_surface_parse(&surface, bytes, sizeof(words), 12));
	words[9]++;
	assert_non_null(pvg_surface_parse(&surface, bytes, sizeof(words), 12));
	for (size_t length = 0; length < sizeof(words); length++) {
		assert_non_null(pvg_surface_parse(&surface, bytes, length, 12));
	}
	// Where the element's size is not given the format's counts.
	rig_map(rig, 0, SURFACE_GVA, SURFACE_GPA, 0x1000);
	rig_map(rig, 0, 0xf00000, 0x2f0000, 0x1000);
	uint32_t one[9] = { 256 * 9 + 40, 0, SURFACE_GVA >> 12, RIG_BGRA, 1, 0, 10, 10, 256 };
	rig_object(rig, 0, 7, 4, 0xf00000, one, sizeof(one));
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].presented, 1);
	one[0]--;
	rig_object(rig, 0, 8, 4, 0xf00040, one, sizeof(one));
	RIG_SEND(rig, 5, 0x06, 0, 8, 0);
	assert_int_equal(rig->ports[0].presented, 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SURFACE_GEOMETRY), 1);
}

static void unmapped_pages_keep_the_old_frame(void **state) {
	struct rig *rig = *state;
	rig_surface(rig, 7,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 256, 64, 1024, 0, 4 });
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	rig_unmap(rig, 0, SURFACE_GVA + 0x8000, 0x1000);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].presented, 1);
	assert_int_equal(rig->ports[0].cancelled, 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_SURFACE), 1);
	// The mapping may be finished later; every present looks again.
	rig_map(rig, 0, SURFACE_GVA + 0x8000, SURFACE_GPA + 0x8000, 0x1000);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].presented, 2);
}

static void surfaces_over_the_devices_own_pages_are_refused(void **state) {
	struct rig *rig = *state;
	// Root page, stamp page, the FIFO's last page, ring list and ring of channel 1.
	const uint32_t pages[] = { 0x100000, 0x101000, 0x110000, 0x130000, 0x131000 };
	for (uint32_t i = 0; i < 5; i++) {
		rig_surface(rig, 10 + i,
			&(struct rig_surface){ SURFACE_GVA + i * 0x10000, SURFACE_GPA, RIG_BGRA, 64,
				32, 256, 0, 4 });
		rig_map(rig, 0, SURFACE_GVA + i * 0x10000 + 0x1000, pages[i], 0x1000);
		RIG_SEND(rig, 5, 0x06, 0, 10 + i, 0);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_SURFACE_PAGES) > i, 1);
	}
	assert_int_equal(rig->ports[0].presented, 0);
}

static void pages_outside_ram_are_refused(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	rig_map(rig, 0, SURFACE_GVA + 0x1000, 0x80000000, 0x1000);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].presented, 0);
	assert_true(rig_refused(rig, PVG_REFUSAL_ADDRESS) >= 1);
}

static void a_surface_of_the_packets_task_is_the_second_choice(void **state) {
	struct rig *rig = *state;
	rig_define_task(rig, 1);
	rig_map(rig, 1, SURFACE_GVA, SURFACE_GPA, 0x3000);
	rig_map(rig, 1, 0xf00000, 0x2e0000, 0x1000);
	const uint32_t words[9] = { 0x3000, 0, SURFACE_GVA >> 12, RIG_BGRA, 1, 0, 64, 48,
		256 | 4u << 24 };
	rig_object(rig, 1, 7, 4, 0xf00000, words, sizeof(words));
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].presented, 0);
	RIG_SEND(rig, 5, 0x06, 0, 7, 3); // a task that is not live
	assert_int_equal(rig->ports[0].presented, 0);
	RIG_SEND(rig, 5, 0x06, 0, 7, 1);
	assert_int_equal(rig->ports[0].presented, 1);
	// Task 0's comes first as soon as there is one.
	rig_surface(rig, 7, &(struct rig_surface){ SURFACE_GVA, 0x900000, RIG_BGRA, 32, 32, 256, 0,
		4 });
	RIG_SEND(rig, 5, 0x06, 0, 7, 1);
	assert_int_equal(rig->ports[0].width, 32);
}

/* ---- back-pressure --------------------------------------------------------------------------- */

static void without_a_picture_the_packet_waits_100_ms_then_its_frame_is_dropped(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	rig->images_free = 0;
	uint32_t signal = rig_publish(rig, 5, 0x06, (const uint32_t[]){ 0, 7, 0 }, 12);
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 5), signal - 1);
	rig_advance(rig, 99 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 5), signal - 1);
	assert_int_equal(rig_counters(rig).ports[0].image_waits, 1);
	rig_advance(rig, 1 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 5), signal);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_NO_IMAGE), 1);
	assert_int_equal(rig->ports[0].presented, 0);
	// The next one has 100 ms of its own.
	signal = rig_publish(rig, 5, 0x06, (const uint32_t[]){ 0, 7, 0 }, 12);
	rig_run(rig);
	rig_advance(rig, 50 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 5), signal - 1);
	rig->images_free = 1;
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 5), signal);
	assert_int_equal(rig->ports[0].presented, 1);
	assert_int_equal(rig_counters(rig).ports[0].image_waits, 2);
}

static void a_picture_that_does_not_fit_is_given_back(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	rig->force_fourcc = FOURCC('N', 'V', '1', '2');
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].cancelled, 1);
	assert_int_equal(rig->ports[0].presented, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_NO_IMAGE), 1);
}

static void n16_every_present_is_stamped_and_handed_over(void **state) {
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 3; i++) {
		rig_surface(rig, 10 + i, &(struct rig_surface){ SURFACE_GVA + i * 0x10000,
			SURFACE_GPA + i * 0x10000, RIG_BGRA, 16, 16, 64, 0, 4 });
		memset(rig->ram + SURFACE_GPA + i * 0x10000, (int)(i + 1), 0x1000);
	}
	uint32_t signal = 0;
	for (uint32_t i = 0; i < 3; i++) {
		signal = rig_publish(rig, 5, 0x06, (const uint32_t[]){ 0, 10 + i, 0 }, 12);
	}
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 5), signal);
	assert_int_equal(rig->ports[0].presented, 3);
	assert_int_equal(rig->ports[0].frame.sequence, 3);
	assert_int_equal(rig->ports[0].pixels[0], 3);
}

static void a_mode_change_comes_with_the_frame(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_true(rig->ports[0].frame.mode_changed);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_false(rig->ports[0].frame.mode_changed);
	rig_surface(rig, 8,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 64, 40, 256, 0, 4 });
	RIG_SEND(rig, 5, 0x06, 0, 8, 0);
	assert_true(rig->ports[0].frame.mode_changed);
	rig_surface(rig, 9,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, 70, 64, 40, 256, 0, 4 });
	RIG_SEND(rig, 5, 0x06, 0, 9, 0);
	assert_true(rig->ports[0].frame.mode_changed);
	assert_int_equal(rig_counters(rig).ports[0].mode_changes, 2);
}

/* ---- gamma ----------------------------------------------------------------------------------- */

static uint32_t put_table(struct rig *rig, uint32_t entries, float gain) {
	uint32_t sum = 0;
	for (uint32_t i = 0; i < 3 * entries; i++) {
		float value = (float)(i % entries) / (float)(entries - 1) * gain;
		uint32_t word;
		memcpy(&word, &value, 4);
		rig_put32(rig, 0x404000 + 4 * i, word);
		sum += word;
	}
	return sum;
}

static void send_gamma(struct rig *rig, uint64_t mapped, uint32_t entries, uint32_t sum) {
	RIG_SEND(rig, 5, 0x07, 0, 0, 7, 0x104000, 0, (uint32_t)mapped, (uint32_t)(mapped >> 32),
		entries, sum);
}

static void gamma_is_read_once_for_each_key(void **state) {
	struct rig *rig = *state;
	struct rig_port *port = &rig->ports[0];
	small_surface(rig, 7);
	rig_map(rig, 0, 0x104000, 0x404000, 0x10000);
	uint32_t sum = put_table(rig, 257, 1);
	assert_int_equal(sum, 0x48400000); // the one value that was recorded from a guest
	send_gamma(rig, 0x4000, 257, sum);
	assert_int_equal(port->gammas, 1);
	assert_true(port->gamma.identity);
	send_gamma(rig, 0x4000, 257, sum);
	assert_int_equal(port->gammas, 1);
	sum = put_table(rig, 257, 0.5f);
	send_gamma(rig, 0x4000, 257, sum);
	assert_int_equal(port->gammas, 2);
	assert_false(port->gamma.identity);
	assert_true(fabsf(port->gamma_red1 - 1.0f / 512) < 1e-6f);
	sum = put_table(rig, 4096, 2); // values above 1 are cut
	send_gamma(rig, 12 * 4096, 4096, sum);
	assert_int_equal(port->gammas, 3);
	assert_int_equal(port->gamma.entries, 4096);
	sum = put_table(rig, 2, 1);
	send_gamma(rig, 24, 2, sum);
	assert_int_equal(port->gammas, 4);
	assert_true(port->gamma.identity);
	assert_int_equal(port->presented, 5);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_GAMMA), 0);
}

static void n13_a_wrong_sum_is_applied_and_a_nan_is_not(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	rig_map(rig, 0, 0x104000, 0x404000, 0x4000);
	put_table(rig, 257, 1);
	send_gamma(rig, 0x4000, 257, 12345);
	assert_int_equal(rig->ports[0].gammas, 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_GAMMA), 0);
	const uint32_t wrong[] = { 0x7fc00000, 0x7f800000, 0xff800000, 0x7f800001 };
	for (uint32_t i = 0; i < 4; i++) {
		rig_put32(rig, 0x404000 + 4 * 100, wrong[i]);
		send_gamma(rig, 0x4000, 257, 54321);
		assert_int_equal(rig->ports[0].gammas, 1);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_GAMMA), i + 1);
	}
	assert_int_equal(rig->ports[0].presented, 5);
}

static void n14_impossible_tables_are_ignored(void **state) {
	struct rig *rig = *state;
	small_surface(rig, 7);
	rig_map(rig, 0, 0x104000, 0x404000, 0x4000);
	put_table(rig, 257, 1);
	send_gamma(rig, 0x4000, 0, 1);
	send_gamma(rig, 0x4000, 1, 1);
	send_gamma(rig, 0xffffffffffffffff, 100000, 1);
	send_gamma(rig, 0xffffffffffffffff, 4097, 1);
	send_gamma(rig, 12 * 257 - 1, 257, 1);
	send_gamma(rig, 0xffffffffffffffff, 4096, 1); // reaches beyond what is mapped
	assert_int_equal(rig->ports[0].gammas, 0);
	assert_int_equal(rig->ports[0].presented, 6);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_GAMMA), 6);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(n1_a_short_transaction_presents_nothing),
		CASE(n2_surface_0_is_no_frame_and_no_fault),
		CASE(n3_an_unknown_surface_leaves_the_old_frame),
		CASE(n4_a_long_transaction_is_read_from_its_front),
		CASE(n5_an_unknown_port_is_refused),
		CASE(all_three_opcodes_name_a_surface),
		CASE(offset_and_stride_are_applied),
		CASE(pages_may_lie_anywhere),
		CASE(the_last_row_needs_no_padding),
		CASE(formats_arrive_in_their_own_or_as_xrgb8888),
		CASE(half_floats_are_clamped),
		CASE(other_formats_are_refused_by_name),
		CASE(bad_geometry_is_refused),
		CASE(each_plane_must_lie_within_the_backing),
		CASE(unmapped_pages_keep_the_old_frame),
		CASE(surfaces_over_the_devices_own_pages_are_refused),
		CASE(pages_outside_ram_are_refused),
		CASE(a_surface_of_the_packets_task_is_the_second_choice),
		CASE(without_a_picture_the_packet_waits_100_ms_then_its_frame_is_dropped),
		CASE(a_picture_that_does_not_fit_is_given_back),
		CASE(n16_every_present_is_stamped_and_handed_over),
		CASE(a_mode_change_comes_with_the_frame),
		CASE(gamma_is_read_once_for_each_key),
		CASE(n13_a_wrong_sum_is_applied_and_a_nan_is_not),
		CASE(n14_impossible_tables_are_ignored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
