// SPDX-License-Identifier: GPL-2.0-or-later
#include "mtl.h"

#define DEPTH 3u
#define FIRST_REF 16u
#define DESC_BYTES 2048u

enum entry_type {
	ENTRY_BUFFER = 1,
	ENTRY_TEXTURE = 2,
	ENTRY_SURFACE_TEXTURE = 5,
	ENTRY_FUNCTION = 6,
	ENTRY_STATE = 7,
	ENTRY_DERIVED = 8,
};

static void index_table(struct pvg_mtl *mtl, const struct pvg_enc_table *table) {
	for (size_t i = 0; i < table->count; i++) {
		const struct pvg_enc_record *record = &table->records[i];
		// The first of several with one number: 0x0c is drawPatchesWide.
		if (record->opcode < PVG_MTL_OPCODES &&
			mtl->records[record->space][record->opcode] == NULL) {
			mtl->records[record->space][record->opcode] = record;
		}
	}
}

bool pvg_mtl_open(struct pvg_mtl *mtl, struct pvg_drv *drv, uint32_t id) {
	memset(mtl, 0, sizeof(*mtl));
	mtl->drv = drv;
	mtl->next_ref = FIRST_REF;
	mtl->channel = PVG_DRV_EXEC;
	index_table(mtl, &pvg_enc_descriptor_table);
	index_table(mtl, &pvg_enc_object_table);
	index_table(mtl, &pvg_enc_render_table);
	index_table(mtl, &pvg_enc_compute_table);
	index_table(mtl, &pvg_enc_blit_table);
	index_table(mtl, &pvg_enc_misc_table);
	if (!pvg_enc_task_init(&mtl->task, drv->mem, id, DEPTH)) {
		return pvg_drv_fail(drv, "no memory for a task");
	}
	uint64_t define[] = { pvg_enc_task_word(&mtl->task), PVG_ENC_TASK_VA_BYTES,
		mtl->task.dir_pfn };
	uint64_t list[] = { id, PVG_ENC_LIST_GVA_PAGE, mtl->task.list_count };
	uint32_t signal = 0;
	if (pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x38, define) != 0) {
		signal = pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x33, list);
	}
	// Another channel names the task next: it has to be there.
	if (signal == 0 || !pvg_drv_wait_stamp(drv, PVG_DRV_ROOT, signal)) {
		return false;
	}
	for (uint32_t i = 0; i < PVG_MTL_SLOTS; i++) {
		mtl->slots[i].at =
			pvg_enc_task_alloc(&mtl->task, PVG_MTL_SLOT_BYTES, &mtl->slots[i].gva);
		if (mtl->slots[i].at == NULL) {
			return pvg_drv_fail(drv, "no memory for command buffers");
		}
	}
	return true;
}

// Tells the host of new mappings, as the guest's kernel does for every allocation.
static bool announce_range(struct pvg_mtl *mtl, uint64_t gva, uint64_t length) {
	uint64_t bytes = (length + PVG_ENC_PAGE_BYTES - 1) & ~(uint64_t)(PVG_ENC_PAGE_BYTES - 1);
	uint64_t range[] = { mtl->task.id, gva, bytes };
	return pvg_drv_send_plain(mtl->drv, PVG_DRV_IMMEDIATE, &pvg_enc_packet_table, 0x39,
		       range) != 0;
}

static uint8_t *allocate(struct pvg_mtl *mtl, uint32_t size_bytes, uint64_t *gva) {
	uint8_t *at = pvg_enc_task_alloc(&mtl->task, size_bytes, gva);
	if (at == NULL) {
		pvg_drv_fail(mtl->drv, "no memory for a resource");
		return NULL;
	}
	return announce_range(mtl, *gva, size_bytes) ? at : NULL;
}

static uint32_t declare(struct pvg_mtl *mtl, uint8_t type, const void *desc, uint32_t size) {
	uint32_t ref = mtl->next_ref++;
	if (size == 0 || !pvg_enc_task_declare(&mtl->task, ref, type, desc, size)) {
		pvg_drv_fail(mtl->drv, "an object cannot be declared");
		return 0;
	}
	return ref;
}

static uint32_t declare_record(struct pvg_mtl *mtl, uint8_t type, enum pvg_enc_space space,
	uint16_t opcode, const struct pvg_enc_values *values) {
	uint8_t desc[DESC_BYTES];
	const struct pvg_enc_record *record = mtl->records[space][opcode];
	return declare(mtl, type, desc, pvg_enc_encode(record, values, desc, sizeof(desc)));
}

uint32_t pvg_mtl_object(struct pvg_mtl *mtl, uint8_t type, uint16_t opcode, uint64_t *head) {
	head[0] = mtl->next_ref;
	struct pvg_enc_values values = { .head = head, .unwritten = 0xcb };
	return declare_record(mtl, type, PVG_ENC_OBJECT, opcode, &values);
}

uint32_t pvg_mtl_buffer(struct pvg_mtl *mtl, uint32_t size_bytes, uint8_t **bytes) {
	uint64_t gva;
	uint8_t *at = allocate(mtl, size_bytes, &gva);
	if (at == NULL) {
		return 0;
	}
	if (bytes != NULL) {
		*bytes = at;
	}
	uint64_t rounded = (size_bytes + PVG_ENC_PAGE_BYTES - 1) & ~(PVG_ENC_PAGE_BYTES - 1);
	uint64_t head[] = { rounded, gva >> PVG_ENC_PAGE_SHIFT };
	struct pvg_enc_values values = { .head = head };
	return declare_record(mtl, ENTRY_BUFFER, PVG_ENC_DESCRIPTOR, ENTRY_BUFFER, &values);
}

uint64_t pvg_mtl_map(struct pvg_mtl *mtl, const uint32_t *pfns, uint32_t pages) {
	uint64_t gva = pvg_enc_task_reserve(&mtl->task, pages);
	for (uint32_t i = 0; i < pages; i++) {
		if (!pvg_enc_task_map_page(&mtl->task, gva + ((uint64_t)i << PVG_ENC_PAGE_SHIFT),
			    pfns[i])) {
			pvg_drv_fail(mtl->drv, "no memory for a page table");
			return 0;
		}
	}
	return announce_range(mtl, gva, (uint64_t)pages << PVG_ENC_PAGE_SHIFT) ? gva : 0;
}

uint32_t pvg_mtl_buffer_at(struct pvg_mtl *mtl, uint64_t gva, uint32_t size_bytes) {
	uint64_t head[] = { size_bytes, gva >> PVG_ENC_PAGE_SHIFT };
	struct pvg_enc_values values = { .head = head };
	return declare_record(mtl, ENTRY_BUFFER, PVG_ENC_DESCRIPTOR, ENTRY_BUFFER, &values);
}

uint32_t pvg_mtl_function(struct pvg_mtl *mtl, const void *library, uint32_t size_bytes) {
	return pvg_mtl_named_function(mtl, library, size_bytes, NULL);
}

uint32_t pvg_mtl_named_function(struct pvg_mtl *mtl, const void *library, uint32_t size_bytes,
	const char *name) {
	uint64_t gva;
	uint8_t *at = allocate(mtl, size_bytes, &gva);
	if (at == NULL) {
		return 0;
	}
	memcpy(at, library, size_bytes);
	if (name != NULL && !pvg_mtl_pick(at, size_bytes, name)) {
		pvg_drv_fail(mtl->drv, "no such function in the library");
		return 0;
	}
	uint64_t head[] = { gva, size_bytes, mtl->next_ref };
	struct pvg_enc_values values = { .head = head, .unwritten = 0xcb };
	return declare_record(mtl, ENTRY_FUNCTION, PVG_ENC_DESCRIPTOR, ENTRY_FUNCTION, &values);
}

/* ---- textures --------------------------------------------------------------------------- */

// Word 0 of the narrow block (spec 02 section 4.2).
static uint32_t packed(const struct pvg_mtl_texture *texture) {
	return (texture->type & 0xfu) | 1u << 6 | (uint32_t)texture->usage << 8 |
		(uint32_t)texture->format << 16;
}

static uint32_t at_least_1(uint32_t value) {
	return value != 0 ? value : 1;
}

static uint32_t shrunk(uint32_t size, uint32_t level) {
	return at_least_1(size >> level);
}

uint32_t pvg_mtl_texture(struct pvg_mtl *mtl, struct pvg_mtl_texture *texture) {
	uint32_t levels = at_least_1(texture->levels);
	uint32_t depth = at_least_1(texture->depth);
	bool cube = texture->type == 5 || texture->type == 6;
	uint32_t layers = at_least_1(texture->layers);
	uint32_t slices = layers * (cube ? 6 : 1);
	uint32_t samples = at_least_1(texture->samples);
	uint64_t level_values[16 * 6];
	uint32_t offset = 0;
	if (levels > 16) {
		pvg_drv_fail(mtl->drv, "too many levels");
		return 0;
	}
	for (uint32_t i = 0; i < levels; i++) {
		uint32_t width = shrunk(texture->width, i), height = shrunk(texture->height, i);
		uint32_t deep = texture->type == 7 ? shrunk(depth, i) : 1;
		uint32_t pitch = (width * texture->element_bytes * samples + 63) & ~63u;
		uint64_t values[6] = { offset, (uint64_t)pitch * height * deep, pitch, width,
			height, deep };
		memcpy(&level_values[i * 6], values, sizeof(values));
		texture->pitch_bytes[i] = pitch;
		offset += pitch * height * deep;
	}
	uint64_t gva;
	uint8_t *at = allocate(mtl, offset * slices, &gva);
	if (at == NULL) {
		return 0;
	}
	for (uint32_t i = 0; i < levels; i++) {
		texture->level[i] = at + level_values[i * 6];
	}
	texture->slice_bytes = offset;
	texture->ref = mtl->next_ref;
	uint64_t length =
		((uint64_t)offset * slices + PVG_ENC_PAGE_BYTES - 1) & ~(PVG_ENC_PAGE_BYTES - 1ull);
	uint64_t head[] = { length, gva >> PVG_ENC_PAGE_SHIFT, levels | (cube ? 1u << 14 : 0),
		layers, 0, offset, texture->element_bytes };
	uint64_t tail[] = { 1, 44, texture->ref, packed(texture), texture->width, texture->height,
		depth, levels, samples, layers, (uint64_t)texture->storage << 4, 0 };
	struct pvg_enc_values values = {
		.head = head,
		.arrays = { level_values },
		.elements = { levels },
		.tail = tail,
		.unwritten = 0xcb,
	};
	// The count field carries the cube bit too, which encoding an array overwrites.
	uint8_t desc[DESC_BYTES];
	const struct pvg_enc_record *record = mtl->records[PVG_ENC_DESCRIPTOR][ENTRY_TEXTURE];
	uint32_t size = pvg_enc_encode(record, &values, desc, sizeof(desc));
	if (size != 0) {
		pvg_put(desc + 12, head[2], 2);
	}
	return declare(mtl, ENTRY_TEXTURE, desc, size);
}

uint32_t pvg_mtl_buffer_texture(struct pvg_mtl *mtl, uint32_t buffer, uint64_t offset_bytes,
	uint64_t pitch_bytes, const struct pvg_mtl_texture *texture) {
	uint64_t head[] = { 0, buffer, offset_bytes, pitch_bytes, packed(texture), texture->width,
		texture->height, 1, 1, 1, 1, (uint64_t)texture->storage << 4, 0 };
	return pvg_mtl_object(mtl, ENTRY_DERIVED, 0x09, head);
}

uint32_t pvg_mtl_surface(struct pvg_mtl *mtl, const struct pvg_drv_surface *surface,
	uint16_t format) {
	return pvg_mtl_plane(mtl, surface, 0, format, surface->width, surface->height);
}

uint32_t pvg_mtl_plane(struct pvg_mtl *mtl, const struct pvg_drv_surface *surface, uint16_t plane,
	uint16_t format, uint32_t width, uint32_t height) {
	const struct pvg_mtl_texture texture = {
		.type = 2,
		.usage = MTL_USAGE_READ | MTL_USAGE_TARGET,
		.format = format,
	};
	uint64_t head[] = { surface->id, 0, 0x2f, 48, mtl->next_ref, packed(&texture),
		width, height, 1, 1, 1, 1, MTL_MANAGED << 4, 0, plane, 0 };
	struct pvg_enc_values values = { .head = head, .unwritten = 0xcb };
	return declare_record(mtl, ENTRY_SURFACE_TEXTURE, PVG_ENC_DESCRIPTOR, ENTRY_SURFACE_TEXTURE,
		&values);
}

uint32_t pvg_mtl_view(struct pvg_mtl *mtl, uint32_t base, uint16_t format, uint16_t type,
	uint32_t first_level, uint32_t levels, uint32_t first_slice, uint32_t slices) {
	uint64_t head[] = { 0, base, format, type, first_level, levels, first_slice, slices };
	return pvg_mtl_object(mtl, ENTRY_DERIVED, 0x08, head);
}

/* ---- states ----------------------------------------------------------------------------- */

uint32_t pvg_mtl_sampler(struct pvg_mtl *mtl, const struct pvg_mtl_sampler *sampler) {
	uint32_t mip = !sampler->mipmapped ? 0 : sampler->mip_linear ? 2 : 1;
	uint32_t state = (sampler->linear ? 1u | 1u << 2 : 0) | (uint32_t)sampler->compare << 5 |
		(uint32_t)sampler->address << 8 | (uint32_t)sampler->address << 12 |
		(uint32_t)sampler->address << 16 | (uint32_t)sampler->border << 20 | mip << 24 |
		at_least_1(sampler->anisotropy) << 26 | (sampler->unnormalized ? 0 : 1u << 31);
	uint64_t head[] = { 0, state, 0, 0, 0x7f7fffff };
	return pvg_mtl_object(mtl, ENTRY_STATE, 0x03, head);
}

uint32_t pvg_mtl_depth_stencil(struct pvg_mtl *mtl, uint8_t compare, bool write) {
	uint64_t head[] = { 0, compare | (write ? 8u : 0), 0, 0, 0, 0, 0, 0 };
	return pvg_mtl_object(mtl, ENTRY_STATE, 0x04, head);
}

uint32_t pvg_mtl_render_pipeline(struct pvg_mtl *mtl, struct pvg_enc_render_pipeline *pipeline) {
	uint8_t desc[DESC_BYTES];
	pipeline->object_ref = mtl->next_ref;
	uint32_t size = pvg_enc_render_pipeline(pipeline, desc, sizeof(desc));
	return declare(mtl, ENTRY_STATE, desc, size);
}

uint32_t pvg_mtl_compute_pipeline(struct pvg_mtl *mtl, uint32_t function) {
	uint8_t desc[DESC_BYTES];
	const struct pvg_enc_compute_pipeline pipeline = {
		.object_ref = mtl->next_ref,
		.function = function,
	};
	uint32_t size = pvg_enc_compute_pipeline(&pipeline, desc, sizeof(desc));
	return declare(mtl, ENTRY_STATE, desc, size);
}
