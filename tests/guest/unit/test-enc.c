// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The encoder against bytes that the specification gives: the worked examples of 01 section 10 and
 * 04 section 16, and the captured lengths of 02 section 4.24.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "enc/display.h"
#include "enc/pipeline.h"
#include "enc/record.h"
#include "enc/ring.h"
#include "enc/stream.h"
#include "enc/task.h"

#define RAM_BYTES (4u << 20)

static struct pvg_enc_mem mem;

static int make_ram(void **state) {
	void *ram = calloc(1, RAM_BYTES);
	if (ram == NULL) {
		return -1;
	}
	*state = ram;
	pvg_enc_mem_init(&mem, ram, 0, RAM_BYTES);
	return 0;
}

static int free_ram(void **state) {
	free(*state);
	return 0;
}

// "30 00 | 00": two hexadecimal digits a byte, anything else is skipped.
static size_t parse_hex(const char *hex, uint8_t *out) {
	size_t length = 0;
	unsigned int digits = 0, value = 0;
	for (; *hex != '\0'; hex++) {
		const char *digit = strchr("0123456789abcdef", *hex);
		if (digit == NULL) {
			continue;
		}
		value = value << 4 | (unsigned int)(digit - strchr("0123456789abcdef", '0'));
		if (++digits % 2 == 0) {
			out[length++] = (uint8_t)value;
			value = 0;
		}
	}
	return length;
}

static void assert_bytes(const void *bytes, size_t size, const char *hex) {
	uint8_t want[1024];
	size_t want_size = parse_hex(hex, want);
	assert_int_equal(size, want_size);
	assert_memory_equal(bytes, want, size);
}

static void assert_packet(const struct pvg_enc_table *table, uint16_t opcode, uint32_t signal,
	const uint64_t *head, const char *hex) {
	uint8_t packet[256];
	struct pvg_enc_values values = { .head = head };
	uint32_t size = pvg_enc_packet(pvg_enc_find(table, opcode), &values, signal, NULL, 0,
		packet, sizeof(packet));
	assert_bytes(packet, size, hex);
}

static void root_commands_of_the_attach_example(void **state) {
	const struct pvg_enc_table *t = &pvg_enc_packet_table;
	assert_packet(t, 0x30, 1, (uint64_t[]){ 1 }, "30000000 10000000 01000000 01000000");
	assert_packet(t, 0x38, 5, (uint64_t[]){ 1, 0x400000000, 0xc0 },
		"38000000 1c000000 05000000 01000000 00000000 04000000 c0000000");
	assert_packet(t, 0x33, 6, (uint64_t[]){ 0, 1, 0x100000 },
		"33000000 18000000 06000000 00000000 01000000 00001000");
	assert_packet(t, 0x3a, 7, (uint64_t[]){ 18, 512, 0xd0 },
		"3a000000 18000000 07000000 12000000 00020000 d0000000");
	assert_packet(t, 0x39, 1, (uint64_t[]){ 1, 0x2000, 0x1000 },
		"39000000 20000000 01000000 01000000 00200000 00000000 00100000 00000000");
	assert_packet(t, 0x1e, 2, NULL, "1e000000 0c000000 02000000");
}

static void exec_packet_with_a_wait(void **state) {
	uint8_t packet[256];
	const uint64_t head[] = { 1, 0, 0 };
	const uint64_t cmdbuf[] = { 0x2000, 0x1c };
	const struct pvg_enc_wait wait = { 2, 1 };
	struct pvg_enc_values values = {
		.head = head, .arrays = { NULL, cmdbuf }, .elements = { 0, 1 }
	};
	uint32_t size = pvg_enc_packet(pvg_enc_find(&pvg_enc_packet_table, 0x37), &values, 1, &wait,
		1, packet, sizeof(packet));
	assert_bytes(packet, size,
		"37000100 30000000 01000000 | 02000000 01000000 | 01000000 00000000 01000000 | "
		"00200000 00000000 1c000000 00000000");
}

static void event_segment_of_the_example(void **state) {
	uint8_t bytes[64];
	struct pvg_enc_stream stream = pvg_enc_stream_init(bytes, sizeof(bytes));
	const uint64_t head[] = { 7, 1 };
	struct pvg_enc_values values = { .head = head };
	pvg_enc_stream_begin(&stream, PVG_ENC_SEGMENT_EVENT, false, false);
	bytes[7] = 0; // never written by a guest; the example shows a zero there
	pvg_enc_stream_record(&stream, pvg_enc_find(&pvg_enc_misc_table, 0x191), &values);
	pvg_enc_stream_end(&stream);
	assert_false(stream.failed);
	assert_bytes(bytes, stream.length,
		"1c000000 03000000 | 91010000 14000000 07000000 01000000 00000000");
}

static void display_commands_of_the_example(void **state) {
	const struct pvg_enc_table *t = &pvg_enc_display_table;
	assert_packet(t, 0x01, 1, (uint64_t[]){ 0, 0x120 },
		"01000000 14000000 01000000 00000000 20010000");
	assert_packet(t, 0x02, 2, (uint64_t[]){ 0, 1 },
		"02000000 14000000 02000000 00000000 01000000");
	assert_packet(t, 0x05, 3, (uint64_t[]){ 0, 1 },
		"05000000 14000000 03000000 00000000 01000000");
	assert_packet(t, 0x04, 4,
		(uint64_t[]){ 0, 0, 0x10000, 0x1000, 0x80, 32, 32, 4, 4, 0xfffffc00 },
		"04000000 38000000 04000000 00000000 00000000 00000100 00000000 00100000 00000000 "
		"80000000 00000000 20002000 04000400 00fcffff");
	assert_packet(t, 0x06, 5, (uint64_t[]){ 0, 7, 0 },
		"06000000 18000000 05000000 00000000 07000000 00000000");
	assert_packet(t, 0x07, 7, (uint64_t[]){ 0, 0, 7, 0x104000, 0x4000, 257, 0x48400000 },
		"07000000 30000000 07000000 00000000 00000000 07000000 00401000 00000000 00400000 "
		"00000000 01010000 00004048");
	assert_packet(t, 0x08, 0x500, (uint64_t[]){ 0, 0, 3, 0x104000, 0x4000, 257, 0x48400000 },
		"08000000 34000000 00050000 00000000 00000000 03000000 00000000 00401000 00000000 "
		"00400000 00000000 01010000 00004048");
	assert_packet(t, 0x09, 11, (uint64_t[]){ 0, 1 },
		"09000000 14000000 0b000000 00000000 01000000");
}

static void present_that_waits_for_another_channel(void **state) {
	uint8_t packet[64];
	const uint64_t head[] = { 0, 8, 0 };
	const struct pvg_enc_wait wait = { 1, 0x10 };
	struct pvg_enc_values values = { .head = head };
	uint32_t size = pvg_enc_packet(pvg_enc_find(&pvg_enc_display_table, 0x06), &values, 6,
		&wait, 1, packet, sizeof(packet));
	assert_bytes(packet, size,
		"06000100 20000000 06000000 01000000 10000000 00000000 08000000 00000000");
}

static void channel_record_of_the_example(void **state) {
	struct pvg_enc_ring ring = { .mem = &mem, .list_pfn = 0x30, .size_bytes = 0x10000 };
	pvg_enc_ring_write_record(&ring, 0x20, 1, 1);
	assert_bytes((uint8_t *)*state + 0x20400, 20,
		"00000000 00000000 00000000 01000000 30000000");
	ring.list_pfn = 0xb0;
	pvg_enc_ring_write_record(&ring, 0x20, 5, 5);
	assert_bytes((uint8_t *)*state + 0x20450, 20,
		"00000000 00000000 00000000 05000000 b0000000");
}

static void page_table_of_the_example(void **state) {
	struct pvg_enc_task task = { .mem = &mem, .id = 1, .depth = 3, .root_pfn = 0x101 };
	mem.holes[0] = (struct pvg_enc_extent){ 0x102, 0x100 };
	assert_true(pvg_enc_task_map(&task, 0x1000, 0x110, 2));
	assert_bytes((uint8_t *)*state + 0x101000, 4, "02010000");
	assert_bytes((uint8_t *)*state + 0x102000, 4, "03010000");
	assert_bytes((uint8_t *)*state + 0x103000, 12, "00000000 10010000 11010000");
	task.id = 0;
	assert_int_equal(pvg_enc_task_word(&task), 1);
	task.id = 3;
	assert_int_equal(pvg_enc_task_word(&task), 6);
}

static void a_task_directory_names_root_and_depth(void **state) {
	for (uint32_t depth = 1; depth <= 4; depth++) {
		struct pvg_enc_task task;
		assert_true(pvg_enc_task_init(&task, &mem, depth, depth));
		const uint8_t *dir = pvg_enc_mem_page(&mem, task.dir_pfn);
		assert_int_equal(pvg_get(dir, 4), task.root_pfn);
		assert_int_equal(pvg_get(dir + 4, 4), depth);
		uint64_t gva;
		uint8_t *bytes = pvg_enc_task_alloc(&task, 3 * 4096, &gva);
		assert_non_null(bytes);
		memset(bytes, 0x11 * (int)depth, 3 * 4096);
		for (unsigned int page = 0; page < 3; page++) {
			uint32_t pte = pvg_enc_task_pte(&task, gva + 4096u * page);
			assert_ptr_equal(pvg_enc_mem_page(&mem, pte), bytes + 4096 * page);
		}
		assert_int_equal(pvg_enc_task_pte(&task, gva + 3 * 4096), 0);
		pvg_enc_task_unmap(&task, gva, 3);
		assert_int_equal(pvg_enc_task_pte(&task, gva), 0);
	}
}

static void a_slot_may_straddle_two_pages(void **state) {
	struct pvg_enc_task task;
	assert_true(pvg_enc_task_init(&task, &mem, 1, 3));
	const uint32_t ref = 341; // 12 * 341 = 4092
	assert_true(pvg_enc_task_set_slot(&task, ref, 4, 36, 0x1122334455667788));
	uint64_t gva = task.list_gva + 12ull * ref;
	const uint8_t *first = pvg_enc_mem_page(&mem, pvg_enc_task_pte(&task, gva));
	const uint8_t *second = pvg_enc_mem_page(&mem, pvg_enc_task_pte(&task, gva + 4));
	assert_ptr_not_equal(first, second);
	assert_int_equal(pvg_get(first + 4092, 4), 4 | 36 << 8);
	assert_int_equal(pvg_get(second, 8), 0x1122334455667788);
	assert_int_equal(pvg_enc_task_pte(&task, gva + 4096 * 3), 0);
}

static void packets_wrap_at_any_byte_of_a_ring(void **state) {
	for (uint32_t start = 0; start < 24; start++) {
		struct pvg_enc_ring ring;
		assert_true(pvg_enc_ring_init_child(&ring, &mem, 2));
		ring.written = ring.size_bytes - start; // and once over the end of a page
		uint8_t bytes[24];
		for (unsigned int i = 0; i < sizeof(bytes); i++) {
			bytes[i] = (uint8_t)(i + 1);
		}
		pvg_enc_ring_put(&ring, bytes, sizeof(bytes));
		assert_int_equal(ring.written, ring.size_bytes - start + 24);
		assert_int_equal(pvg_enc_ring_room(&ring, ring.written - 24), ring.size_bytes - 24);
		const uint8_t *list = pvg_enc_mem_page(&mem, ring.list_pfn);
		assert_int_equal(pvg_get(list + 8, 4), 0);
		for (uint32_t i = 0; i < sizeof(bytes); i++) {
			uint32_t at = (ring.size_bytes - start + i) % ring.size_bytes;
			const uint8_t *page =
				pvg_enc_mem_page(&mem, (uint32_t)pvg_get(list + 4 * (at >> 12), 4));
			assert_int_equal(page[at & 4095], i + 1);
		}
	}
}

static void the_root_ring_is_the_buffer_less_its_first_page(void **state) {
	struct pvg_enc_ring ring;
	pvg_enc_ring_init_root(&ring, &mem, 0x10);
	assert_int_equal(ring.size_bytes, 0xf000);
	ring.written = 0xeff8;
	pvg_enc_ring_put(&ring, "0123456789abcdef", 16);
	assert_memory_equal((uint8_t *)*state + 0x1fff8, "01234567", 8);
	assert_memory_equal((uint8_t *)*state + 0x11000, "89abcdef", 8);
}

static void freed_pages_are_handed_out_again(void **state) {
	uint32_t a = pvg_enc_mem_alloc(&mem, 10), b = pvg_enc_mem_alloc(&mem, 10);
	uint32_t c = pvg_enc_mem_alloc(&mem, 10);
	assert_int_not_equal(a, 0);
	pvg_enc_mem_free(&mem, a, 10);
	pvg_enc_mem_free(&mem, c, 10);
	pvg_enc_mem_free(&mem, b, 10);
	assert_int_equal(mem.hole_count, 1);
	assert_int_equal(pvg_enc_mem_alloc(&mem, 30), a);
	assert_int_equal(pvg_enc_mem_alloc(&mem, RAM_BYTES >> 12), 0);
}

static void only_enabled_events_are_taken(void **state) {
	uint8_t *page = *state;
	pvg_enc_page_seed(page);
	for (uint32_t enabled = 0; enabled < 16; enabled++) {
		for (uint32_t pending = 0; pending < 16; pending++) {
			uint32_t stale;
			pvg_enc_page_set_enabled(page, enabled);
			pvg_put(page + 0x100, pending, 4);
			assert_int_equal(pvg_enc_page_take_events(page, &stale), pending & enabled);
			assert_int_equal(stale, pending & ~enabled);
			assert_int_equal(pvg_enc_page_pending(page), pending & ~enabled);
		}
	}
}

static void a_display_page_is_read_at_the_known_offsets(void **state) {
	uint8_t *page = *state;
	struct pvg_enc_display display;
	uint8_t bytes[64];
	pvg_enc_page_seed(page);
	// Step 1 of the display example, where the host has filled the page.
	memcpy(page, bytes,
		parse_hex("01000000 70766720646973706c6179000000 0000 e0010e01 00010001 "
			  "00000000 03000000 0000f043 00008743",
			bytes));
	memcpy(page + 0x200, bytes, parse_hex("01000000", bytes));
	memcpy(page + 0x208, bytes, parse_hex("0200", bytes));
	memcpy(page + 0x210, bytes, parse_hex("8007380400003c000000000000000000", bytes));
	memcpy(page + 0x220, bytes, parse_hex("0005d00200003c000000000000000000", bytes));
	pvg_enc_page_read(page, &display);
	assert_int_equal(display.serial, 1);
	assert_string_equal(display.name, "pvg display");
	assert_int_equal(display.width_mm, 480);
	assert_int_equal(display.height_mm, 270);
	assert_int_equal(display.cursor_max_width, 256);
	assert_int_equal(display.cursor_features, 3);
	assert_int_equal(display.generation, 1);
	assert_int_equal(display.mode_count, 2);
	assert_int_equal(display.modes[0].width, 1920);
	assert_int_equal(display.modes[1].height, 720);
	assert_int_equal(display.modes[1].refresh_16_16, 60 << 16);
	pvg_enc_page_set_cursor(page, 320, 240, true);
	assert_int_equal(pvg_get(page + 0xe00, 4), 0x00f00140);
	assert_int_equal(page[0xe04], 1);
	pvg_enc_page_hide_cursor(page);
	assert_int_equal(pvg_get(page + 0xe00, 4), 0xffffffff);
}

static const struct pvg_enc_table *const tables[] = {
	&pvg_enc_packet_table,
	&pvg_enc_display_table,
	&pvg_enc_descriptor_table,
	&pvg_enc_object_table,
	&pvg_enc_render_table,
	&pvg_enc_compute_table,
	&pvg_enc_blit_table,
	&pvg_enc_misc_table,
};

static void mark(uint8_t *cover, uint32_t room, const struct pvg_enc_field *fields,
	uint16_t count) {
	for (unsigned int i = 0; i < count; i++) {
		unsigned int size = pvg_enc_type_bytes(fields[i].type);
		assert_true(fields[i].offset + size <= room);
		for (unsigned int j = 0; j < size; j++) {
			assert_int_equal(cover[fields[i].offset + j], 0);
			cover[fields[i].offset + j] = 1;
		}
	}
}

static void no_field_leaves_its_record_or_overlaps(void **state) {
	for (size_t i = 0; i < PVG_ENC_COUNT(tables); i++) {
		for (size_t j = 0; j < tables[i]->count; j++) {
			const struct pvg_enc_record *r = &tables[i]->records[j];
			uint8_t cover[1024] = { 0 };
			uint32_t head =
				r->length - pvg_enc_header_bytes(r->space) - r->tail - r->extra;
			mark(cover, head, r->fields, r->field_count);
			memset(cover, 0, sizeof(cover));
			mark(cover, r->tail, r->tail_fields, r->tail_field_count);
			for (unsigned int k = 0; k < PVG_ENC_MAX_ARRAYS; k++) {
				memset(cover, 0, sizeof(cover));
				mark(cover, r->arrays[k].element_bytes, r->arrays[k].fields,
					r->arrays[k].field_count);
			}
			if (r->space != PVG_ENC_DESCRIPTOR) {
				assert_int_equal(r->length % 4, 0);
			}
		}
	}
}

static void names_are_unique_in_their_space(void **state) {
	for (size_t i = 0; i < PVG_ENC_COUNT(tables); i++) {
		for (size_t j = 0; j < tables[i]->count; j++) {
			const struct pvg_enc_record *r = &tables[i]->records[j];
			assert_ptr_equal(pvg_enc_find_name(tables[i], r->space, r->name), r);
		}
	}
}

static void unwritten_bytes_keep_the_pattern(void **state) {
	uint8_t bytes[64];
	struct pvg_enc_values values = { .elements = { 2 }, .unwritten = 0xcb };
	uint32_t size = pvg_enc_encode(pvg_enc_find(&pvg_enc_render_table, 0x1b), &values, bytes,
		sizeof(bytes));
	assert_bytes(bytes, size, "1b000000 18000000 02000000 0300 0c000000 0d000000 cbcb");
	size = pvg_enc_encode(pvg_enc_find(&pvg_enc_compute_table, 0xd7), &values, bytes,
		sizeof(bytes));
	assert_bytes(bytes, size, "d7000000 0c000000 0300 cbcb");
}

static void a_record_that_does_not_fit_is_not_written(void **state) {
	uint8_t bytes[16] = { 0 };
	struct pvg_enc_values values = { 0 };
	const struct pvg_enc_record *draw = pvg_enc_find(&pvg_enc_render_table, 0x01);
	assert_int_equal(pvg_enc_encode(draw, &values, bytes, 15), 0);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(pvg_enc_encode(draw, &values, bytes, 16), 16);
}

static void rate_maps_have_the_captured_lengths(void **state) {
	const uint32_t qualities[16] = { 0 };
	uint8_t bytes[128];
	assert_int_equal(pvg_enc_rate_map(1, 2, 2, (struct pvg_enc_rate_layer[]){ { 2, 2 } }, 1,
				 qualities, 0, bytes, sizeof(bytes)),
		64);
	assert_int_equal(pvg_enc_rate_map(1, 2, 2, (struct pvg_enc_rate_layer[]){ { 4, 3 } }, 1,
				 qualities, 0, bytes, sizeof(bytes)),
		76);
	assert_int_equal(pvg_enc_rate_map(1, 2, 2,
				 (struct pvg_enc_rate_layer[]){ { 2, 2 }, { 3, 4 } }, 2, qualities,
				 0, bytes, sizeof(bytes)),
		96);
}

// The value of @tag in the entry at @entry; fails when it is not there.
static uint32_t property(const uint8_t *entry, uint8_t tag) {
	const uint8_t *p = entry + 1;
	for (unsigned int i = 0; i < entry[0]; i++, p += 2 + p[1]) {
		if (p[0] == tag) {
			return (uint32_t)pvg_get(p + 2, p[1]);
		}
	}
	fail_msg("no property %u", tag);
	return 0;
}

static void a_pipeline_is_found_through_its_offsets(void **state) {
	uint8_t bytes[512];
	const struct pvg_enc_render_pipeline pipeline = {
		.object_ref = 20,
		.label = "quad",
		.vertex_function = 21,
		.attribute_count = 2,
		.attributes = { { 0, 29, 0, 0 }, { 1, 31, 8, 0 } },
		.layout_count = 1,
		.layouts = { { 0, 1, 1, 24 } },
		.colour_count = 1,
		.colours = { { 0, 80, true, 4, 5, 0, 1, 5, 0, 0xf } },
	};
	uint32_t size = pvg_enc_render_pipeline(&pipeline, bytes, sizeof(bytes));
	assert_int_not_equal(size, 0);
	assert_int_equal(pvg_get(bytes, 4), 0x0e);
	assert_int_equal(pvg_get(bytes + 4, 4), size);
	assert_int_equal(size, 16 + ((pvg_get(bytes + 12, 4) + 3) & ~3ull));
	const uint8_t *top = bytes + 16;
	assert_string_equal((const char *)top + property(top, 0x00), "quad");
	assert_int_equal(property(top, 0x01), 21);
	const uint8_t *vertex = top + property(top, 0x03);
	const uint8_t *attributes = vertex + property(vertex, 0x00);
	assert_int_equal(pvg_get(attributes, 4), 2);
	const uint8_t *second = attributes + pvg_get(attributes + 8, 4);
	assert_int_equal(property(second, 0x01), 31);
	assert_int_equal(property(second, 0x02), 8);
	const uint8_t *layouts = vertex + property(vertex, 0x01);
	const uint8_t *layout = layouts + pvg_get(layouts + 4, 4);
	assert_int_equal(property(layout, 0x03), 24);
	assert_int_equal(layout[0], 2); // step function and rate are at their defaults
	const uint8_t *colours = top + property(top, 0x08);
	const uint8_t *colour = colours + pvg_get(colours + 4, 4);
	assert_int_equal(property(colour, 0x04), 5);
	for (uint32_t room = 0; room < size; room++) {
		assert_int_equal(pvg_enc_render_pipeline(&pipeline, bytes, room), 0);
	}
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, make_ram, free_ram)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(root_commands_of_the_attach_example),
		CASE(exec_packet_with_a_wait),
		CASE(event_segment_of_the_example),
		CASE(display_commands_of_the_example),
		CASE(present_that_waits_for_another_channel),
		CASE(channel_record_of_the_example),
		CASE(page_table_of_the_example),
		CASE(a_task_directory_names_root_and_depth),
		CASE(a_slot_may_straddle_two_pages),
		CASE(packets_wrap_at_any_byte_of_a_ring),
		CASE(the_root_ring_is_the_buffer_less_its_first_page),
		CASE(freed_pages_are_handed_out_again),
		CASE(only_enabled_events_are_taken),
		CASE(a_display_page_is_read_at_the_known_offsets),
		CASE(no_field_leaves_its_record_or_overlaps),
		CASE(names_are_unique_in_their_space),
		CASE(unwritten_bytes_keep_the_pattern),
		CASE(a_record_that_does_not_fit_is_not_written),
		CASE(rate_maps_have_the_captured_lengths),
		CASE(a_pipeline_is_found_through_its_offsets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
