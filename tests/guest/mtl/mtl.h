// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metal as a guest process uses it: a task of its own with an object list, objects, command buffers
 * of render, compute and blit segments, submission on the exec channel (spec 02, 03). Written from
 * the specification, freestanding, without floating point: values of that kind are bit patterns.
 *
 * Every function that can fail keeps the first error in drv->error and returns 0 or false; later
 * calls then do nothing harmful, so that a scene looks once, at commit.
 */
#ifndef TESTS_GUEST_MTL_H
#define TESTS_GUEST_MTL_H

#include "../drv/drv.h"
#include "../enc/pipeline.h"
#include "../enc/stream.h"

#define PVG_MTL_SLOTS 4u // command buffers in flight
#define PVG_MTL_SLOT_BYTES (256u << 10)
#define PVG_MTL_RESOURCES 24u // named by one submission: its packet is 1 KiB at most
#define PVG_MTL_OPCODES 0x200u

// Metal's ordinals (spec 02 section 6), as far as scenes name them.
enum {
	MTL_R8 = 10,
	MTL_RG8 = 30,
	MTL_R32_UINT = 53,
	MTL_RGBA8 = 70,
	MTL_RGBA8_SRGB = 71,
	MTL_BGRA8 = 80,
	MTL_BGRA8_SRGB = 81,
	MTL_RGBA16_FLOAT = 115,
	MTL_BC3 = 134,
	MTL_DEPTH32 = 252,
	MTL_STENCIL8 = 253,
	MTL_DEPTH32_STENCIL8 = 260,
};
enum { MTL_POINT, MTL_LINE, MTL_LINE_STRIP, MTL_TRIANGLE, MTL_TRIANGLE_STRIP };
enum { MTL_LOAD_DONT_CARE, MTL_LOAD, MTL_CLEAR };
enum { MTL_STORE_DONT_CARE, MTL_STORE, MTL_RESOLVE, MTL_STORE_AND_RESOLVE };
enum { MTL_SHARED = 0, MTL_MANAGED = 1, MTL_PRIVATE = 2, MTL_MEMORYLESS = 3 };
enum {
	MTL_USAGE_READ = 1,
	MTL_USAGE_WRITE = 2,
	MTL_USAGE_TARGET = 4,
	MTL_USAGE_VIEW = 16,
};

// Bits of @numerator / @denominator, rounded towards zero. The denominator is not 0.
uint32_t pvg_mtl_f32(int32_t numerator, uint32_t denominator);
uint64_t pvg_mtl_f64(int32_t numerator, uint32_t denominator);

struct pvg_mtl_resource { // an entry of the submission's table
	uint32_t ref;
	uint8_t quad[4]; // clr_host, set_host, clr_guest, set_guest
};

struct pvg_mtl {
	struct pvg_drv *drv; // borrowed, attached
	struct pvg_enc_task task;
	uint32_t next_ref;
	uint32_t channel; // that it submits on, PVG_DRV_EXEC unless something else is set
	struct pvg_enc_wait after; // stamp that the next submission waits for, slot 0: none
	struct {
		uint8_t *at; // borrowed: guest RAM
		uint64_t gva;
		uint32_t signal; // of its last submission, 0: none
	} slots[PVG_MTL_SLOTS];
	uint32_t slot;
	struct pvg_enc_stream stream;
	bool recording, segment_open;
	struct pvg_mtl_resource resources[PVG_MTL_RESOURCES];
	uint32_t resource_count;
	// Descriptions by opcode, so that a record costs no search.
	const struct pvg_enc_record *records[PVG_ENC_SPACES][PVG_MTL_OPCODES];
};

// Task @id with page tables, object list and command memory.
bool pvg_mtl_open(struct pvg_mtl *mtl, struct pvg_drv *drv, uint32_t id);

/* ---- objects: object.c ------------------------------------------------------------------ */

// A buffer in shared storage; *bytes: where the guest CPU sees it. 0: drv->error is set.
uint32_t pvg_mtl_buffer(struct pvg_mtl *mtl, uint32_t size_bytes, uint8_t **bytes);
// Page frames in the order given, mapped and announced; where they are, 0: drv->error is set.
uint64_t pvg_mtl_map(struct pvg_mtl *mtl, const uint32_t *pfns, uint32_t pages);
// A buffer over memory that is mapped already.
uint32_t pvg_mtl_buffer_at(struct pvg_mtl *mtl, uint64_t gva, uint32_t size_bytes);
// A function in a Metal library of its own, copied.
uint32_t pvg_mtl_function(struct pvg_mtl *mtl, const void *library, uint32_t size_bytes);
// The one of that name in a library of several. 0: drv->error is set.
uint32_t pvg_mtl_named_function(struct pvg_mtl *mtl, const void *library, uint32_t size_bytes,
	const char *name);
// library.c: leaves one function in the list of @library. False: none of that name.
bool pvg_mtl_pick(uint8_t *library, uint32_t size_bytes, const char *name);

struct pvg_mtl_texture {
	uint8_t type; // MTLTextureType: 2 for 2D
	uint8_t storage, usage;
	uint16_t format, levels, samples, layers; // 0 is taken as 1
	uint32_t width, height, depth;            // depth 0 is taken as 1
	uint8_t element_bytes;                    // of a pixel
	// Filled in: where level @n of slice 0 lies and how far its rows are apart.
	uint32_t ref;
	uint8_t *level[16];
	uint32_t pitch_bytes[16];
	uint32_t slice_bytes;
};
// With linear guest memory behind it, as all textures of x86 guests have.
uint32_t pvg_mtl_texture(struct pvg_mtl *mtl, struct pvg_mtl_texture *texture);
// Over a buffer's bytes: type, format, size, storage and usage of @texture.
uint32_t pvg_mtl_buffer_texture(struct pvg_mtl *mtl, uint32_t buffer, uint64_t offset_bytes,
	uint64_t pitch_bytes, const struct pvg_mtl_texture *texture);
// A texture over a surface of task 0.
uint32_t pvg_mtl_surface(struct pvg_mtl *mtl, const struct pvg_drv_surface *surface,
	uint16_t format);
// Over one plane of it.
uint32_t pvg_mtl_plane(struct pvg_mtl *mtl, const struct pvg_drv_surface *surface, uint16_t plane,
	uint16_t format, uint32_t width, uint32_t height);
uint32_t pvg_mtl_view(struct pvg_mtl *mtl, uint32_t base, uint16_t format, uint16_t type,
	uint32_t first_level, uint32_t levels, uint32_t first_slice, uint32_t slices);

struct pvg_mtl_sampler {
	bool linear, mip_linear, mipmapped, unnormalized;
	uint8_t address; // of all three
	uint8_t compare, anisotropy, border;
};
uint32_t pvg_mtl_sampler(struct pvg_mtl *mtl, const struct pvg_mtl_sampler *sampler);
uint32_t pvg_mtl_depth_stencil(struct pvg_mtl *mtl, uint8_t compare, bool write);
// .object_ref is filled in.
uint32_t pvg_mtl_render_pipeline(struct pvg_mtl *mtl, struct pvg_enc_render_pipeline *pipeline);
uint32_t pvg_mtl_compute_pipeline(struct pvg_mtl *mtl, uint32_t function);
// Any record of the object space as an object: entry type 7, or 8 for derived textures.
uint32_t pvg_mtl_object(struct pvg_mtl *mtl, uint8_t type, uint16_t opcode, uint64_t *head);

/* ---- command buffers: command.c --------------------------------------------------------- */

void pvg_mtl_segment(struct pvg_mtl *mtl, enum pvg_enc_segment_type type);
// A record of the open segment: head values in the order of its fields.
void pvg_mtl_record(struct pvg_mtl *mtl, enum pvg_enc_space space, uint16_t opcode,
	const uint64_t *head);
#define MTL_RENDER(mtl, opcode, ...) \
	pvg_mtl_record((mtl), PVG_ENC_RENDER, (opcode), (const uint64_t[]){ __VA_ARGS__ })
#define MTL_COMPUTE(mtl, opcode, ...) \
	pvg_mtl_record((mtl), PVG_ENC_COMPUTE, (opcode), (const uint64_t[]){ __VA_ARGS__ })
#define MTL_BLIT(mtl, opcode, ...) \
	pvg_mtl_record((mtl), PVG_ENC_BLIT, (opcode), (const uint64_t[]){ __VA_ARGS__ })
// The counted forms: @count elements of values behind the head.
void pvg_mtl_counted(struct pvg_mtl *mtl, enum pvg_enc_space space, uint16_t opcode,
	const uint64_t *head, const uint64_t *elements, uint32_t count);
// Binds one slot. @opcode: 0x7d, 0x6e, 0xcb buffers; 0x81, 0x72, 0xce textures; 0x7f, 0x70, 0xcc
// samplers.
void pvg_mtl_bind(struct pvg_mtl *mtl, enum pvg_enc_space space, uint16_t opcode, uint32_t slot,
	uint32_t ref, uint64_t offset_bytes);

struct pvg_mtl_attachment {
	uint32_t ref, resolve; // 0: none
	uint16_t level, slice;
	uint8_t load, store;
	uint64_t clear[4]; // f64 bits; depth in [0]; stencil in [0] as an integer
};
struct pvg_mtl_pass {
	struct pvg_mtl_attachment colors[8], depth, stencil;
	uint32_t width, height;
	uint32_t visibility;
	uint32_t layers;
};
// Opens a render segment with this descriptor.
void pvg_mtl_pass(struct pvg_mtl *mtl, const struct pvg_mtl_pass *pass);
void pvg_mtl_viewport(struct pvg_mtl *mtl, uint32_t x, uint32_t y, uint32_t width, uint32_t height);
// 0x01 or 0x03, whichever a guest takes.
void pvg_mtl_draw(struct pvg_mtl *mtl, uint32_t primitive, uint32_t first, uint32_t count,
	uint32_t instances);
void pvg_mtl_draw_indexed(struct pvg_mtl *mtl, uint32_t primitive, uint32_t index_bytes,
	uint32_t buffer, uint32_t offset_bytes, uint32_t count, uint32_t instances);
void pvg_mtl_dispatch(struct pvg_mtl *mtl, const uint32_t grid[3], const uint32_t group[3],
	bool exact);

// Into the resource table of the next commit. Quads: the guest CPU wrote it; GPU work writes it.
void pvg_mtl_touched(struct pvg_mtl *mtl, uint32_t ref);
void pvg_mtl_written(struct pvg_mtl *mtl, uint32_t ref);
// Submits what was recorded; the signal value on its channel, 0 when something failed.
uint32_t pvg_mtl_commit(struct pvg_mtl *mtl);
bool pvg_mtl_wait(struct pvg_mtl *mtl, uint32_t signal);

#endif
