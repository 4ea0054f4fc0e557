// SPDX-License-Identifier: GPL-2.0-or-later
#include "hostile.h"

#define NO_RAM_PFN 0x7ffffffu
#define IMM PVG_DRV_IMMEDIATE
#define DSP PVG_DRV_DISPLAY

#define PACKET(channel, opcode, ...) \
	do { \
		const uint32_t words_[] = { __VA_ARGS__ }; \
		pvg_storm_packet(s, channel, opcode, words_, PVG_ENC_COUNT(words_)); \
	} while (0)

static void access_of_wrong_width_or_offset(struct storm *s) {
	static const uint32_t offsets[] = { 0x0, 0xffc, 0x1000, 0x1002, 0x1014, 0x1018, 0x1033,
		0x1210, 0x1ffe, 0x2001, 0x3ff8, 0x3fff };
	if (s->drv->ops->mmio_access == NULL) {
		return;
	}
	for (unsigned int i = 0; i < PVG_ENC_COUNT(offsets); i++) {
		for (unsigned int size = 1; size <= 8; size *= 2) {
			if (offsets[i] + size > PVG_GUEST_BAR0_BYTES) {
				continue;
			}
			(void)s->drv->ops->mmio_access(s->drv->data, offsets[i], size, false, 0);
			// An aligned write of four bytes is a legal one: not here.
			if (size < 4 || offsets[i] % 4 != 0 || offsets[i] < 0x1000) {
				s->drv->ops->mmio_access(s->drv->data, offsets[i], size, true,
					0xffffffffffffffff);
			}
		}
	}
}

static void write_register(struct storm *s, uint32_t offset, uint32_t value) {
	s->drv->ops->mmio_write(s->drv->data, offset, value);
}

static void fifo_registers_without_sense(struct storm *s) {
	static const uint32_t lengths[] = { 0, 0x1000, 0x100b, 0x100000, 0x100001, 0xffffffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(lengths); i++) {
		write_register(s, REG_CONTROL_FIFO, 0);
		write_register(s, REG_FIFO_LENGTH, lengths[i]);
		write_register(s, REG_CONTROL_FIFO, 1);
		write_register(s, REG_FIFO_WRITTEN, 0x10);
	}
	write_register(s, REG_CONTROL_FIFO, 0);
	write_register(s, REG_FIFO_LENGTH, PVG_ENC_FIFO_BYTES);
	write_register(s, REG_FIFO_START, 0xfffffff0);
	write_register(s, REG_CONTROL_FIFO, 1);
}

static void fifo_base_that_is_not_ram(struct storm *s) {
	static const uint32_t pfns[] = { 0, NO_RAM_PFN, 0xffffffff, 0xfee00, 0xa0 };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(pfns); i++) {
		write_register(s, REG_CONTROL_FIFO, 0);
		write_register(s, REG_FIFO_BASE_PAGE, pfns[i]);
		write_register(s, REG_CONTROL_FIFO, 1);
		write_register(s, REG_FIFO_WRITTEN, 0x10);
	}
}

static void root_page_that_is_not_ram(struct storm *s) {
	write_register(s, REG_ROOT_PAGE, NO_RAM_PFN);
	PACKET(PVG_DRV_ROOT, 0x30, 6);
	write_register(s, REG_CHILD_DOORBELL, 1);
	write_register(s, REG_ROOT_PAGE, s->drv->root_pfn);
}

static void register_storm_beyond_the_ring(struct storm *s) {
	for (uint32_t i = 0; i < 3000; i++) {
		write_register(s, 0x1200 + 4 * (i % 2), i);
	}
}

static void channel_ids_out_of_range(struct storm *s) {
	static const uint32_t ids[] = { 0, 13, 31, 32, 40, 127, 128, 0xffffffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(ids); i++) {
		write_register(s, REG_CHILD_DOORBELL, ids[i]);
		write_register(s, 0x1028, ids[i]);
		PACKET(PVG_DRV_ROOT, 0x31, ids[i]);
		PACKET(PVG_DRV_ROOT, 0x30, ids[i]);
	}
}

static uint8_t *spare_record(struct storm *s, uint32_t channel) {
	uint8_t *record = pvg_enc_ring_record(s->drv->mem, s->drv->root_pfn, channel);
	memset(record, 0, PVG_ENC_CHILD_RECORD_BYTES);
	return record;
}

static void record_without_a_list(struct storm *s) {
	uint8_t *record = spare_record(s, 20);
	pvg_put(record, 0x40, 4);
	pvg_put(record + 0x0c, 20, 2);
	PACKET(PVG_DRV_ROOT, 0x30, 20);
	write_register(s, REG_CHILD_DOORBELL, 20);
}

static void page_list_that_is_empty_or_not_ram(struct storm *s) {
	static const uint32_t entries[] = { 0, NO_RAM_PFN, 0xfee00, 0xffffffff };
	uint8_t *list = pvg_enc_mem_page(s->drv->mem, s->prey_pfn);
	for (unsigned int i = 0; i < PVG_ENC_COUNT(entries); i++) {
		memset(list, 0, PVG_ENC_PAGE_BYTES);
		pvg_put(list, entries[i], 4);
		uint8_t *record = spare_record(s, 21);
		pvg_put(record + 0x0c, 21, 2);
		pvg_put(record + 0x10, i == 3 ? NO_RAM_PFN : s->prey_pfn, 4);
		PACKET(PVG_DRV_ROOT, 0x30, 21);
		pvg_put(record, 0x20, 4);
		write_register(s, REG_CHILD_DOORBELL, 21);
	}
	memset(list, 0xff, PVG_ENC_PAGE_BYTES); // 1024 entries, never terminated
	PACKET(PVG_DRV_ROOT, 0x30, 21);
	write_register(s, REG_CHILD_DOORBELL, 21);
}

static void counters_beyond_the_ring(struct storm *s) {
	struct pvg_drv_channel *channel = &s->drv->channels[PVG_DRV_UPLOADS];
	channel->ring.written += channel->ring.size_bytes + 4;
	__atomic_store_n((uint32_t *)(void *)channel->record, channel->ring.written,
		__ATOMIC_SEQ_CST);
	write_register(s, REG_CHILD_DOORBELL, PVG_DRV_UPLOADS);
}

static void packet_sizes_that_lie(struct storm *s) {
	static const uint32_t headers[][3] = {
		{ 0x1e, 8, 1 },          // smaller than its header
		{ 0x1e, 0, 1 },          //
		{ 0x1e, 13, 1 },         // not a multiple of four
		{ 0x1e, 0xfffffff0, 1 }, // larger than the ring
		{ 0x4001e, 12, 1 },      // waits that do not fit
		{ 0xffff001e, 16, 1 },   //
	};
	for (unsigned int i = 0; i < PVG_ENC_COUNT(headers); i++) {
		pvg_storm_bytes(s, PVG_DRV_UPLOADS, headers[i], sizeof(headers[i]));
		pvg_storm_bytes(s, PVG_DRV_ROOT, headers[i], sizeof(headers[i]));
	}
}

static void packet_that_is_never_completed(struct storm *s) {
	const uint32_t header[] = { 0x34, 0x200, 1 };
	pvg_storm_bytes(s, PVG_DRV_DOWNLOADS, header, sizeof(header));
	const uint32_t half[] = { 0x34 };
	pvg_storm_bytes(s, PVG_DRV_UPLOADS, half, sizeof(half));
}

static void waits_that_cannot_be_met(struct storm *s) {
	const uint32_t out_of_range[] = { 0x1001e, 20, ++s->drv->channels[IMM].issued, 0x7000, 1 };
	pvg_storm_bytes(s, IMM, out_of_range, sizeof(out_of_range));
	uint32_t many[3 + 2 * 100] = { 100u << 16 | 0x1e, sizeof(many),
		++s->drv->channels[IMM].issued };
	pvg_storm_bytes(s, IMM, many, sizeof(many)); // slot 0, value 0: met at once
	const uint32_t never[] = { 0x1001e, 20, 1, 4, 0x70000000 };
	pvg_storm_bytes(s, PVG_DRV_DOWNLOADS, never, sizeof(never));
}

static void opcodes_nobody_knows(struct storm *s) {
	static const uint16_t opcodes[] = { 0x03, 0x0b, 0x1d, 0x1f, 0x21, 0x23, 0x24, 0x26, 0x27,
		0x29, 0x2a, 0x2b, 0x2c, 0x2e, 0x2f, 0x32, 0x3d, 0x41, 0x42, 0x44, 0x100, 0xffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(opcodes); i++) {
		PACKET(IMM, opcodes[i], 1, 2, 3, 4);
		PACKET(DSP, opcodes[i], 0);
	}
}

static void payloads_cut_short(struct storm *s) {
	uint32_t words[16];
	for (unsigned int i = 0; i < PVG_ENC_COUNT(words); i++) {
		words[i] = pvg_storm_nasty(s);
	}
	for (uint16_t opcode = 0; opcode <= 0x41; opcode++) {
		if (opcode == 0x1e) {
			continue;
		}
		pvg_storm_packet(s, IMM, opcode, words, 0);
		// One word is what 0x20, 0x30 and 0x31 need: those have cases of their own.
		if (opcode != 0x20 && opcode != 0x30 && opcode != 0x31) {
			pvg_storm_packet(s, IMM, opcode, words, 1);
		}
	}
}

static void counts_beyond_the_payload(struct storm *s) {
	static const uint32_t counts[] = { 3, 0x10000000, 0x1fffffff, 0x20000000, 0x7fffffff,
		0x80000000, 0xffffffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(counts); i++) {
		PACKET(IMM, 0x34, 1, counts[i], 12, 0x01000001);
		PACKET(IMM, 0x35, 1, counts[i], 12);
		PACKET(IMM, 0x3e, 1, counts[i], 12);
		PACKET(IMM, 0x3f, 1, counts[i], 12);
		PACKET(PVG_DRV_EXEC, 0x37, 1, counts[i], 0);
		PACKET(PVG_DRV_EXEC, 0x37, 1, 0, counts[i]);
		PACKET(PVG_DRV_EXEC, 0x37, 1, counts[i], counts[i]);
	}
}

static void tasks_that_do_not_live(struct storm *s) {
	static const uint32_t ids[] = { 2, 77, 255, 256, 0x7fffffff, 0xffffffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(ids); i++) {
		PACKET(IMM, 0x22, ids[i], 0x2000, 0, 0x1000, 0);
		PACKET(IMM, 0x25, ids[i], 12);
		PACKET(IMM, 0x28, ids[i], 0x3eb, 12, 5);
		PACKET(IMM, 0x33, ids[i], 1, 0x100000);
		PACKET(IMM, 0x34, ids[i], 1, 12, 0x01000001);
		PACKET(IMM, 0x36, 7, ids[i]);
		PACKET(IMM, 0x39, ids[i], 0x2000, 0, 0x1000, 0);
		PACKET(IMM, 0x3b, ids[i], 9, 5, 6, 0x3000, 0);
		PACKET(IMM, 0x3c, ids[i], 12);
		PACKET(PVG_DRV_EXEC, 0x37, ids[i], 0, 1, 0x2000, 0, 0x1c, 0);
		PACKET(DSP, 0x04, 0, ids[i], 0x10000, 0, 0x1000, 0, 128, 0, 0x200020, 0x40004, 0);
		PACKET(IMM, 0x20, ids[i]);
	}
}

// Executes 64 bytes through a task whose directory page is the prey page.
static void try_directory(struct storm *s, uint32_t root, uint32_t depth) {
	uint8_t *dir = pvg_enc_mem_page(s->drv->mem, s->prey_pfn);
	pvg_put(dir, root, 4);
	pvg_put(dir + 4, depth, 4);
	PACKET(PVG_DRV_ROOT, 0x38, 9u << 1, 0, 4, s->prey_pfn);
	PACKET(PVG_DRV_ROOT, 0x33, 9, 1, 0x100000);
	PACKET(PVG_DRV_EXEC, 0x37, 9, 1, 1, 12, 0x00000101, 0, 0, 0, 0, 0x2000, 0, 0x40, 0);
	PACKET(IMM, 0x3b, 9, 9, 5, 6, 0x3000, 0);
	PACKET(IMM, 0x20, 9);
}

static void page_tables_without_sense(struct storm *s) {
	uint32_t node = s->prey_pfn + 1;
	uint8_t *table = pvg_enc_mem_page(s->drv->mem, node);
	for (uint32_t i = 0; i < 1024; i++) {
		pvg_put(table + 4 * i, node, 4); // every entry is the node itself: a loop
	}
	for (uint32_t depth = 0; depth <= 9; depth++) {
		try_directory(s, node, depth);
	}
	try_directory(s, 0, 3);
	try_directory(s, NO_RAM_PFN, 3);
	try_directory(s, 0xffffffff, 0xffffffff);
	for (uint32_t i = 0; i < 1024; i++) {
		pvg_put(table + 4 * i, 0x80000000, 4); // flag without a frame
	}
	try_directory(s, node, 1);
	try_directory(s, node, 3);
	for (uint32_t i = 0; i < 1024; i++) {
		pvg_put(table + 4 * i, NO_RAM_PFN - i, 4);
	}
	try_directory(s, node, 1);
	try_directory(s, node, 4);
	PACKET(PVG_DRV_ROOT, 0x38, 9u << 1, 0, 4, NO_RAM_PFN);
	PACKET(PVG_DRV_ROOT, 0x38, 0xfffffffe, 0, 4, s->prey_pfn);
	PACKET(IMM, 0x20, 9);
}

static void present(struct storm *s, uint32_t surface) {
	PACKET(DSP, 0x06, 0, surface, 0);
}

static void object_entries_without_sense(struct storm *s) {
	static const struct {
		uint8_t type;
		uint32_t bytes;
		uint64_t gva;
	} slots[] = {
		{ 4, 0, 0x1000000 },
		{ 4, 36, 0 },
		{ 4, 19, 0x1000000 },
		{ 4, 35, 0x1000000 },
		{ 0, 36, 0x1000000 },
		{ 9, 36, 0x1000000 },
		{ 255, 0xffffff, 0x1000000 },
		{ 4, 0xffffff, 0x1000000 },
		{ 4, 36, 0xffffffffffffffff },
		{ 4, 36, 0x7fffffffff000 },
		{ 1, 8, 0x1000000 },
		{ 7, 36, 0x1000000 },
	};
	for (unsigned int i = 0; i < PVG_ENC_COUNT(slots); i++) {
		uint32_t ref = 400 + i;
		if (pvg_enc_task_set_slot(&s->drv->kernel, ref, slots[i].type, slots[i].bytes,
			    slots[i].gva)) {
			present(s, ref);
			PACKET(IMM, 0x34, 0, 1, ref, 0x01000001);
			PACKET(IMM, 0x25, 0, ref);
		}
	}
	present(s, 0xfffff);    // in the list's range, its page is not mapped
	present(s, 0x100000);   // beyond the list
	present(s, 0xffffffff); // 12 times this wraps
}

static void surface_geometry(struct storm *s) {
	static const struct {
		uint64_t length;
		uint32_t pfn, format, planes, offset, width, height, pitch;
	} shapes[] = {
		{ 0x4000, 1, 0x42475241, 1, 0, 0, 64, 256 },
		{ 0x4000, 1, 0x42475241, 1, 0, 64, 0, 256 },
		{ 0x4000, 1, 0x42475241, 1, 0, 8193, 1, 256 },
		{ 0x4000, 1, 0x42475241, 1, 0, 64, 8193, 256 },
		{ 0x4000, 1, 0x42475241, 1, 0, 64, 65, 256 },
		{ 0x4000, 1, 0x42475241, 1, 0, 64, 64, 255 },
		{ 0x4000, 1, 0x42475241, 1, 0xffffffff, 64, 64, 256 },
		{ 0x4000, 1, 0x42475241, 1, 0, 0xffffffff, 0xffffffff, 0xffffff },
		{ 0xffffffffffffffff, 1, 0x42475241, 1, 0, 8192, 8192, 0x8000 },
		{ 0, 1, 0x42475241, 1, 0, 64, 64, 256 },
		{ 0x4000, 0, 0x42475241, 1, 0, 64, 64, 256 },
		{ 0x4000, 0xffffffff, 0x42475241, 1, 0, 64, 64, 256 },
		{ 0x4000, 1, 0, 1, 0, 64, 64, 256 },
		{ 0x4000, 1, 0x20202020, 1, 0, 64, 64, 256 },
		{ 0x4000, 1, 0x42475241, 9, 0, 64, 64, 256 },
		{ 0x4000, 1, 0x42475241, 255, 0, 64, 64, 256 },
		{ 0x4000, 1, 0x42475241, 0, 0, 64, 64, 256 },
	};
	const struct pvg_enc_record *record = pvg_enc_find(&pvg_enc_descriptor_table, 4);
	for (unsigned int i = 0; i < PVG_ENC_COUNT(shapes); i++) {
		uint8_t desc[64];
		uint32_t pfn =
			shapes[i].pfn == 1 ? (uint32_t)(s->surface.gva >> 12) : shapes[i].pfn;
		uint64_t head[] = { shapes[i].length, pfn, shapes[i].format, 1, 0, 0, 0 };
		uint64_t plane[] = { shapes[i].offset, shapes[i].width, shapes[i].height,
			shapes[i].pitch | 4u << 24 };
		struct pvg_enc_values values = {
			.head = head, .arrays = { plane }, .elements = { 1 }
		};
		uint32_t size = pvg_enc_encode(record, &values, desc, sizeof(desc));
		desc[16] = (uint8_t)shapes[i].planes;
		if (pvg_enc_task_declare(&s->drv->kernel, 500 + i, 4, desc, size)) {
			present(s, 500 + i);
		}
	}
}

// A page list that touches the rings: the host must not show its own protocol (01 section 6.5).
static void surface_over_the_rings(struct storm *s) {
	uint64_t gva = pvg_enc_task_reserve(&s->drv->kernel, 16);
	const uint32_t pfns[] = { s->drv->fifo_pfn, s->drv->fifo_pfn + 1, s->drv->root_pfn,
		s->drv->channels[1].ring.list_pfn, s->drv->ports[0].page_pfn, 0xfee00, NO_RAM_PFN };
	for (unsigned int i = 0; i < 16; i++) {
		pvg_enc_task_map_page(&s->drv->kernel, gva + ((uint64_t)i << 12),
			pfns[i % PVG_ENC_COUNT(pfns)]);
	}
	uint8_t desc[64];
	uint64_t head[] = { 0x10000, gva >> 12, 0x42475241, 1, 0, 0, 0 };
	uint64_t plane[] = { 0, 128, 128, 512 | 4u << 24 };
	struct pvg_enc_values values = { .head = head, .arrays = { plane }, .elements = { 1 } };
	uint32_t size = pvg_enc_encode(pvg_enc_find(&pvg_enc_descriptor_table, 4), &values, desc,
		sizeof(desc));
	if (pvg_enc_task_declare(&s->drv->kernel, 600, 4, desc, size)) {
		present(s, 600);
	}
}

static void stamp_slots_out_of_range(struct storm *s) {
	static const uint16_t slots[] = { 1024, 4095, 0x7000, 0xffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(slots); i++) {
		struct pvg_enc_ring ring;
		if (!pvg_enc_ring_init_child(&ring, s->drv->mem, 1)) {
			return;
		}
		pvg_enc_ring_write_record(&ring, s->drv->root_pfn, 22, slots[i]);
		const uint32_t nop[] = { 0x1e, 12, 1 };
		pvg_enc_ring_put(&ring, nop, sizeof(nop));
		pvg_put(pvg_enc_ring_record(s->drv->mem, s->drv->root_pfn, 22), ring.written, 4);
		PACKET(PVG_DRV_ROOT, 0x30, 22);
		write_register(s, REG_CHILD_DOORBELL, 22);
		PACKET(PVG_DRV_ROOT, 0x31, 22);
	}
}

static void delete_object_lengths(struct storm *s) {
	static const uint32_t lengths[] = { 0, 8, 11, 13, 0x7fffffff, 0xfffffff0, 0xffffffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(lengths); i++) {
		PACKET(IMM, 0x28, 1, 0x3eb, lengths[i], 5);
		PACKET(IMM, 0x28, 1, 0xffffffff, lengths[i], 0xffffffff);
	}
}

static void reply_pages_that_are_not_ram(struct storm *s) {
	static const uint32_t pfns[] = { NO_RAM_PFN, 0xfee00, 0xffffffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(pfns); i++) {
		PACKET(PVG_DRV_ROOT, 0x3a, 18, 512, pfns[i]);
		PACKET(PVG_DRV_ROOT, 0x2d, 512, pfns[i]);
	}
	PACKET(PVG_DRV_ROOT, 0x3a, 0xffffffff, 0xffffffff, s->prey_pfn);
	PACKET(PVG_DRV_ROOT, 0x3a, 0, 0, s->prey_pfn);
	PACKET(PVG_DRV_ROOT, 0x2d, 0xffffffff, s->prey_pfn);
	PACKET(IMM, 0x3b, 1, 9, 0xffffffff, 0xffffffff, 0xfffffff8, 0xffffffff);
	PACKET(IMM, 0x3b, 1, 9, 5, 0xffffffff, (uint32_t)s->prey_gva, 0);
	PACKET(IMM, 0x40, 1, 0xffffffff, 0xffffffff, 16, 0, 40, 0x16, 40, 0, 0, 0, 0, 0, 0, 0, 0);
	PACKET(IMM, 0x40, 1, (uint32_t)s->prey_gva, 0, 0, 0, 0xffffffff, 0x16, 40);
}

static void display_pages_and_ports(struct storm *s) { // N5, N6
	PACKET(DSP, 0x01, 9, s->prey_pfn);
	PACKET(DSP, 0x01, s->drv->port_count, s->prey_pfn);
	PACKET(DSP, 0x01, 0xffffffff, s->prey_pfn);
	PACKET(DSP, 0x01, 0, NO_RAM_PFN);
	PACKET(DSP, 0x01, 0, 0xfee00);
	PACKET(DSP, 0x01, 0, 0);
	PACKET(DSP, 0x02, 9, 1);
	PACKET(DSP, 0x06, 9, s->surface.id, 0);
	PACKET(DSP, 0x09, 9, 1);
}

static void presents_cut_or_unknown(struct storm *s) { // N1 to N5
	PACKET(DSP, 0x06, 0, s->surface.id);
	present(s, 0);
	present(s, 0x7777);
	present(s, 0x7777);
	PACKET(DSP, 0x06, 0, s->surface.id, 0, 1);
	PACKET(DSP, 0x06, 0, s->surface.id, 0xffffffff);
	PACKET(DSP, 0x08, 0, 0, s->surface.id, 0);
	PACKET(DSP, 0x08, 0, 0, 0, 1);
	present(s, s->surface.id);
}

static void gamma_tables_without_sense(struct storm *s) { // N13, N14
	uint32_t gva = (uint32_t)s->prey_gva, id = s->surface.id;
	uint8_t *table = pvg_enc_mem_page(s->drv->mem, s->prey_pfn);
	memset(table, 0, PVG_ENC_PAGE_BYTES);
	PACKET(DSP, 0x07, 0, 0, id, gva, 0, 0x4000, 0, 257, 1);
	pvg_put(table + 40, 0x7fc00000, 4); // not a number
	PACKET(DSP, 0x07, 0, 0, id, gva, 0, 0x4000, 0, 257, 2);
	pvg_put(table + 40, 0x7f800000, 4);
	PACKET(DSP, 0x07, 0, 0, id, gva, 0, 0x4000, 0, 257, 3);
	static const uint32_t entries[] = { 0, 1, 4097, 100000, 0xffffffff };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(entries); i++) {
		PACKET(DSP, 0x07, 0, 0, id, gva, 0, 0x4000, 0, entries[i], 4 + i);
	}
	PACKET(DSP, 0x07, 0, 0, id, gva, 0, 100, 0, 257, 20);
	PACKET(DSP, 0x07, 0, 0, id, 0xfffff000, 0xffffffff, 0x4000, 0, 257, 21);
	PACKET(DSP, 0x07, 0, 0, id);
}

static void glyphs_without_sense(struct storm *s) { // N9, N10
	uint32_t gva = (uint32_t)s->prey_gva;
	static const struct {
		uint32_t length, pitch, width, height, hot_x, hot_y, at;
	} glyphs[] = {
		{ 0x1000, 128, 0, 32, 0, 0, 0 },
		{ 0x1000, 128, 32, 0, 0, 0, 0 },
		{ 0x1000000, 2052, 513, 32, 0, 0, 0 },
		{ 0x1000000, 128, 32, 513, 0, 0, 0 },
		{ 0x1000, 100, 32, 32, 0, 0, 0 },
		{ 0x1000, 128, 32, 32, 32, 0, 0 },
		{ 0x1000, 128, 32, 32, 0, 32, 0 },
		{ 0xfff, 128, 32, 32, 0, 0, 0 },
		{ 0x1000, 128, 32, 32, 0, 0, 0x40000000 },
		{ 0xffffffff, 0xffffffff, 32, 32, 0, 0, 0 },
	};
	for (unsigned int i = 0; i < PVG_ENC_COUNT(glyphs); i++) {
		PACKET(DSP, 0x04, 0, 0, gva + glyphs[i].at, 0, glyphs[i].length, 0, glyphs[i].pitch,
			0, glyphs[i].height << 16 | glyphs[i].width,
			glyphs[i].hot_y << 16 | glyphs[i].hot_x, 0);
	}
	PACKET(DSP, 0x05, 0);
	PACKET(DSP, 0x05, 9, 1);
}

static void cursor_words_and_doorbells(struct storm *s) { // N11, N12
	static const uint32_t ports[] = { 0, 1, 7, 8, 31, 32, 0xffffffff };
	pvg_enc_page_hide_cursor(s->drv->ports[0].page);
	for (unsigned int i = 0; i < PVG_ENC_COUNT(ports); i++) {
		write_register(s, REG_CURSOR_KICK, ports[i]);
	}
	pvg_enc_page_set_cursor(s->drv->ports[0].page, 0xffff, 0x7fff, true);
	write_register(s, REG_CURSOR_KICK, 0);
}

// The handler leaves the page alone meanwhile, so what is pending is what the host put there.
static void enable_sweep(struct storm *s) { // N7
	struct pvg_drv_port *port = &s->drv->ports[0];
	port->registered = false;
	for (uint32_t mask = 0; mask < 16; mask++) {
		pvg_enc_page_set_enabled(port->page, mask);
		pvg_storm_pause(s, 5000000); // a signal of the old mask may still be on its way
		pvg_put((uint8_t *)port->page + 0x100, 0, 4);
		present(s, s->surface.id);
		pvg_storm_pause(s, 20000000);
		uint32_t pending = pvg_enc_page_pending(port->page);
		if ((pending & ~mask) != 0 || (pending & PVG_ENC_EVENT_OFFLINE) != 0) {
			s->wrong = "an event of a class that is not enabled";
		}
	}
	pvg_enc_page_set_enabled(port->page, 0);
	pvg_storm_pause(s, 5000000);
	pvg_put((uint8_t *)port->page + 0x100, 0, 4);
	pvg_enc_page_set_enabled(port->page, PVG_ENC_EVENT_REST);
	port->registered = true;
}

static void acknowledgements_nobody_asked_for(struct storm *s) { // N8
	PACKET(DSP, 0x02, 0, 0);
	PACKET(DSP, 0x02, 0, 0xffffffff);
	PACKET(DSP, 0x02, 0, s->drv->ports[0].desc.generation);
	PACKET(DSP, 0x02, 0, s->drv->ports[0].desc.generation);
	PACKET(DSP, 0x0a, 0, 1, 2, 3, 4, 5);
	PACKET(DSP, 0x09, 0, 1);
	PACKET(DSP, 0x09, 0, 0xffffffff);
	PACKET(DSP, 0x09, 0, 0);
}

static void a_page_that_is_recycled(struct storm *s) { // the guest frees it without a command
	uint8_t *page = s->drv->ports[0].page;
	s->drv->ports[0].registered = false;
	memset(page, 0xff, PVG_ENC_PAGE_BYTES);
	pvg_storm_pause(s, 5000000);
	memset(page, 0xff, PVG_ENC_PAGE_BYTES);
	present(s, s->surface.id);
	write_register(s, REG_CURSOR_KICK, 0);
	pvg_storm_pause(s, 60000000);
	for (unsigned int i = 0; i < PVG_ENC_PAGE_BYTES; i++) {
		if (page[i] != 0xff) {
			s->wrong = "a write into a display page that is no longer one";
		}
	}
}

static void registration_in_a_row(struct storm *s) { // N18
	for (unsigned int i = 0; i < 20; i++) {
		PACKET(DSP, 0x01, 0, s->prey_pfn + 2 + i % 8);
	}
	s->drv->ports[0].registered = false;
}

static void command_buffers_without_sense(struct storm *s) {
	uint64_t gva;
	uint8_t *buffer = pvg_enc_task_alloc(&s->task, 4 * PVG_ENC_PAGE_BYTES, &gva);
	if (buffer == NULL) {
		return;
	}
	static const uint32_t streams[][8] = {
		{ 0 },				   // a segment of length 0
		{ 7, 0 },				// shorter than its header
		{ 0xffffffff, 0 },                       // past the end
		{ 32, 6, 8, 8 },                         // unknown type
		{ 32, 0, 0x01, 4 },                      // record shorter than its header
		{ 32, 0, 0x01, 0xffffffff },             // past the segment
		{ 32, 0, 0x01, 13 },                     // not a multiple of four
		{ 32, 0, 0x01, 24, 3, 0, 3 },            // known opcode, wrong length
		{ 32, 0x100, 0x01, 16, 3, 0x30000 },     // continues what is not open
		{ 32, 0, 0x7d, 24, 0, 0xffffffff, 0 },   // bind count beyond the record
		{ 32, 2, 0x13e, 24, 1, 2, 3, 4 },        //
		{ 32, 3, 0x191, 24, 7, 1, 0, 0 },        // event of a wrong length
		{ 32, 4, 0x1c2, 24, 1, 2, 3, 4 },        // query into a buffer that is not there
		{ 8, 5, 1, 0, 32, 2, 0x133, 12 },        // envelope that says 8
		{ 31, 0, 0x85, 8, 0x85, 8, 0x85, 8 },
	};
	for (unsigned int i = 0; i < PVG_ENC_COUNT(streams); i++) {
		memcpy(buffer, streams[i], sizeof(streams[i]));
		for (uint32_t length = 4; length <= 32; length += 14) {
			PACKET(PVG_DRV_EXEC, 0x37, 1, 0, 1, (uint32_t)gva, 0, length, 0);
		}
	}
	static const uint32_t lengths[][2] = { { 0, 0 }, { 1, 0 }, { 0xffffffff, 0 },
		{ 0xffffffff, 0xffffffff }, { 0x4000001, 0 }, { 0x5000, 0 } };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(lengths); i++) {
		PACKET(PVG_DRV_EXEC, 0x37, 1, 0, 1, (uint32_t)gva, 0, lengths[i][0], lengths[i][1]);
	}
	PACKET(PVG_DRV_EXEC, 0x37, 1, 0, 1, 0xfffffff0, 0xffffffff, 0x40, 0);
	PACKET(PVG_DRV_EXEC, 0x37, 1, 0, 0);
}

static void map_ranges_without_sense(struct storm *s) {
	PACKET(IMM, 0x39, 1, 0xfffff000, 0xffffffff, 0x2000, 0);
	PACKET(IMM, 0x39, 1, 0, 0, 0xffffffff, 0xffffffff);
	PACKET(IMM, 0x22, 1, 0x1001, 0, 0xffffffff, 0x7fffffff);
	PACKET(IMM, 0x22, 0, 0, 0, 0, 0);
	PACKET(IMM, 0x33, 1, 0xffffffff, 0xffffffff);
	PACKET(IMM, 0x33, 1, 1, 0);
	PACKET(IMM, 0x33, 1, 1, 0x100000);
	PACKET(IMM, 0x35, 1, 2, 0xffffffff, 0);
	PACKET(IMM, 0x36, 0xffffffff, 0);
	PACKET(IMM, 0x3c, 1, 0xffffffff);
}

// Handing control back in the middle: what is in flight meets a device that is being torn down.
static void teardown_under_load(struct storm *s) {
	for (unsigned int i = 0; i < 50; i++) {
		present(s, s->surface.id);
		PACKET(IMM, 0x1e, 0);
	}
	write_register(s, REG_CONTROL_FIFO, 0);
	write_register(s, REG_CONTROL_FIFO, 1);
	write_register(s, REG_FIFO_WRITTEN, 0x7ffffff0);
}

static void versions_without_sense(struct storm *s) {
	static const uint32_t versions[] = { 0, 62, 63, 0x80000006, 0xffffffff, 4 };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(versions); i++) {
		write_register(s, REG_VERSION, versions[i]);
		(void)s->drv->ops->mmio_read(s->drv->data, REG_VERSION);
	}
}

#define CASE(name, breaks) { #name, name, breaks }

const struct storm_case pvg_storm_cases[] = {
	CASE(access_of_wrong_width_or_offset, false),
	CASE(fifo_registers_without_sense, true),
	CASE(fifo_base_that_is_not_ram, true),
	CASE(root_page_that_is_not_ram, true),
	CASE(register_storm_beyond_the_ring, true),
	CASE(channel_ids_out_of_range, true),
	CASE(record_without_a_list, false),
	CASE(page_list_that_is_empty_or_not_ram, false),
	CASE(counters_beyond_the_ring, false),
	CASE(packet_sizes_that_lie, true),
	CASE(packet_that_is_never_completed, true),
	CASE(waits_that_cannot_be_met, true),
	CASE(opcodes_nobody_knows, false),
	CASE(payloads_cut_short, false),
	CASE(counts_beyond_the_payload, false),
	CASE(tasks_that_do_not_live, false),
	CASE(page_tables_without_sense, false),
	CASE(object_entries_without_sense, false),
	CASE(surface_geometry, false),
	CASE(surface_over_the_rings, false),
	CASE(stamp_slots_out_of_range, false),
	CASE(delete_object_lengths, false),
	CASE(reply_pages_that_are_not_ram, false),
	CASE(display_pages_and_ports, true),
	CASE(presents_cut_or_unknown, false),
	CASE(gamma_tables_without_sense, false),
	CASE(glyphs_without_sense, false),
	CASE(cursor_words_and_doorbells, false),
	CASE(enable_sweep, false),
	CASE(acknowledgements_nobody_asked_for, false),
	CASE(a_page_that_is_recycled, true),
	CASE(registration_in_a_row, true),
	CASE(command_buffers_without_sense, false),
	CASE(map_ranges_without_sense, false),
	CASE(teardown_under_load, true),
	CASE(versions_without_sense, true),
};

const unsigned int pvg_storm_case_count = PVG_ENC_COUNT(pvg_storm_cases);
