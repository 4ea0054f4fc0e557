// SPDX-License-Identifier: GPL-2.0-or-later
#include "drv.h"

#define TYPE_SURFACE 4
#define FOURCC_BGRA 0x42475241u
#define FOURCC_420V 0x34323076u
#define PIECE_PAGES 4u // guest surfaces come in contiguous pieces of 16 KiB (01 section 6.5)
#define MAX_SURFACE_PAGES 32768u

/*
 * The frame of page @index: pieces in reverse order, so that following pieces are never contiguous.
 * Returns the identity for a surface that is not scattered.
 */
static uint32_t frame_of(const struct pvg_drv_surface *surface, uint32_t index) {
	uint32_t pieces = surface->pages / PIECE_PAGES;
	if (!surface->scattered || index >= pieces * PIECE_PAGES) {
		return surface->pfn + index;
	}
	uint32_t piece = pieces - 1 - index / PIECE_PAGES;
	return surface->pfn + piece * PIECE_PAGES + index % PIECE_PAGES;
}

static bool map_surface(struct pvg_drv *drv, struct pvg_drv_surface *surface) {
	surface->gva = pvg_enc_task_reserve(&drv->kernel, surface->pages);
	for (uint32_t i = 0; i < surface->pages; i++) {
		uint64_t gva = surface->gva + ((uint64_t)i << PVG_ENC_PAGE_SHIFT);
		if (!pvg_enc_task_map_page(&drv->kernel, gva, frame_of(surface, i))) {
			return false;
		}
	}
	if (!surface->scattered) {
		surface->pixels = pvg_enc_mem_page(drv->mem, surface->pfn);
		return true;
	}
	static uint32_t pfns[MAX_SURFACE_PAGES];
	for (uint32_t i = 0; i < surface->pages; i++) {
		pfns[i] = frame_of(surface, i);
	}
	surface->pixels = drv->ops->map_pages(drv->data, pfns, surface->pages);
	return surface->pixels != NULL;
}

static bool declare(struct pvg_drv *drv, const struct pvg_drv_surface *surface, uint64_t length) {
	const struct pvg_enc_record *record = pvg_enc_find(&pvg_enc_descriptor_table, TYPE_SURFACE);
	bool planar = surface->chroma_offset != 0;
	uint64_t head[] = { length, surface->gva >> PVG_ENC_PAGE_SHIFT,
		planar ? FOURCC_420V : FOURCC_BGRA, planar ? 2 : 1, 0, 0, 0 };
	uint64_t planes[] = { 0, surface->width, surface->height,
		surface->pitch_bytes | (planar ? 1u : 4u) << 24, surface->chroma_offset,
		surface->width / 2, surface->height / 2, surface->pitch_bytes | 2u << 24 };
	struct pvg_enc_values values = { .head = head, .arrays = { planes },
		.elements = { planar ? 2 : 1 } };
	uint8_t desc[64];
	uint32_t size = pvg_enc_encode(record, &values, desc, sizeof(desc));
	return pvg_enc_task_declare(&drv->kernel, surface->id, TYPE_SURFACE, desc, size);
}

// Pages, mapping, declaration and announcement of what @surface describes.
static bool make_surface(struct pvg_drv *drv, struct pvg_drv_surface *surface, uint64_t length) {
	uint64_t pages = (length + PVG_ENC_PAGE_BYTES - 1) >> PVG_ENC_PAGE_SHIFT;
	if (pages == 0 || pages > MAX_SURFACE_PAGES) {
		return pvg_drv_fail(drv, "surface too large");
	}
	surface->pages = (uint32_t)pages;
	surface->scattered = drv->ops->map_pages != NULL;
	surface->pfn = pvg_enc_mem_alloc(drv->mem, surface->pages);
	if (surface->pfn == 0) {
		return pvg_drv_fail(drv, "no memory for a surface");
	}
	surface->id = drv->next_surface_id++;
	if (!map_surface(drv, surface) || !declare(drv, surface, pages << PVG_ENC_PAGE_SHIFT)) {
		return pvg_drv_fail(drv, "no memory for a surface's page table");
	}
	uint64_t range[] = { drv->kernel.id, surface->gva, pages << PVG_ENC_PAGE_SHIFT };
	return pvg_drv_send_plain(drv, PVG_DRV_IMMEDIATE, &pvg_enc_packet_table, 0x39, range) != 0;
}

bool pvg_drv_surface_create(struct pvg_drv *drv, struct pvg_drv_surface *surface, uint32_t width,
	uint32_t height) {
	memset(surface, 0, sizeof(*surface));
	surface->width = width;
	surface->height = height;
	surface->pitch_bytes = (width * 4 + 63) & ~63u; // strides seen are multiples of 64 bytes
	return make_surface(drv, surface, (uint64_t)surface->pitch_bytes * height);
}

bool pvg_drv_surface_create_420v(struct pvg_drv *drv, struct pvg_drv_surface *surface,
	uint32_t width, uint32_t height) {
	memset(surface, 0, sizeof(*surface));
	surface->width = width;
	surface->height = height;
	surface->pitch_bytes = (width + 63) & ~63u;
	surface->chroma_offset = surface->pitch_bytes * height;
	return make_surface(drv, surface, surface->chroma_offset + surface->chroma_offset / 2);
}

bool pvg_drv_surface_destroy(struct pvg_drv *drv, struct pvg_drv_surface *surface) {
	uint64_t backing[] = { surface->id, drv->kernel.id };
	uint64_t resource[] = { drv->kernel.id, surface->id };
	uint64_t range[] = { drv->kernel.id, surface->gva,
		(uint64_t)surface->pages << PVG_ENC_PAGE_SHIFT };
	const struct pvg_enc_table *table = &pvg_enc_packet_table;
	bool ok = pvg_enc_task_set_slot(&drv->kernel, surface->id, 0, 0, 0) &&
		pvg_drv_send_plain(drv, PVG_DRV_IMMEDIATE, table, 0x36, backing) != 0 &&
		pvg_drv_send_plain(drv, PVG_DRV_IMMEDIATE, table, 0x25, resource) != 0 &&
		pvg_drv_send_plain(drv, PVG_DRV_IMMEDIATE, table, 0x22, range) != 0 &&
		pvg_drv_flush(drv, PVG_DRV_IMMEDIATE);
	if (!ok) {
		return false; // the host may still use the pages: they are not handed out again
	}
	pvg_enc_task_unmap(&drv->kernel, surface->gva, surface->pages);
	if (surface->scattered) {
		drv->ops->unmap_pages(drv->data, surface->pixels, surface->pages);
	}
	pvg_enc_mem_free(drv->mem, surface->pfn, surface->pages);
	memset(surface, 0, sizeof(*surface));
	return true;
}

uint32_t pvg_drv_surface_touched(struct pvg_drv *drv, struct pvg_drv_surface *surface) {
	uint64_t head[] = { drv->kernel.id, 0 };
	uint64_t resource[] = { surface->id, 1, 0, 0, 1 };
	struct pvg_enc_values values = { .head = head, .arrays = { resource }, .elements = { 1 } };
	return pvg_drv_send(drv, PVG_DRV_IMMEDIATE, pvg_enc_find(&pvg_enc_packet_table, 0x34),
		&values, NULL, 0);
}
