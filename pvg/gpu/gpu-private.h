// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the files between the protocol and a renderer know of each other.
 *
 *   exec.c, fifo.c  packets, segments, records                     (pvg/)
 *   encoder-*.c     encoder state, records to commands             (pvg/gpu/)
 *   object-*.c      descriptors to renderer handles                (pvg/gpu/)
 *   memory.c, texture.c, surface.c  what must move between guest memory and host, and when
 *   list.c, timeline.c  the command list, fences to stamps
 *
 * A command buffer becomes one list. Building a list changes nothing that the guest could see, so
 * that a list may be thrown away and built again when a pipeline is not ready (spec 03 section
 * 9.1); what the guest sees (replies, events, stamps, bytes written back) is an action that runs at
 * commit, or when the list has completed. Device thread.
 */
#ifndef PVG_GPU_PRIVATE_H
#define PVG_GPU_PRIVATE_H

#include <pvg/renderer.h>

#include "device-private.h"
#include "wire/texture.h"

struct pvg_gpu;
struct pvg_completion;
struct pvg_record_info;

/* ---- life: gpu.c ----------------------------------------------------------------------------- */

// NULL without memory. One for each renderer; the renderer is borrowed.
struct pvg_gpu *pvg_gpu_create(struct pvg_device *device, struct pvg_renderer *renderer);
// Destroys every handle.
void pvg_gpu_destroy(struct pvg_gpu *gpu);
// Device reset or lost link: forgets the guest; what was submitted completes and writes nothing.
void pvg_gpu_reset(struct pvg_gpu *gpu);
struct pvg_device *pvg_gpu_device(const struct pvg_gpu *gpu);
struct pvg_renderer *pvg_gpu_renderer(const struct pvg_gpu *gpu);
// At each run of the device: dispatches the renderer, runs what completed. True: something did.
bool pvg_gpu_poll(struct pvg_gpu *gpu);

/* ---- the list being built: list.c ------------------------------------------------------------ */

struct pvg_gpu_builder {
	struct pvg_gpu_cmd *cmds; // owned
	size_t count, capacity;
	struct pvg_gpu_chunk *chunks;  // owned: the arena
	struct pvg_gpu_chunk *current; // the first one with room
	bool failed; // out of memory: the list is not to be submitted
};

// A zeroed command at the end; never NULL (a scratch command when memory is out).
struct pvg_gpu_cmd *pvg_gpu_emit(struct pvg_gpu_builder *builder, enum pvg_gpu_op op);
// Copies commands to the end; what they point to stays where it is.
void pvg_gpu_append(struct pvg_gpu_builder *builder, const struct pvg_gpu_cmd *cmds, size_t count);
// Zeroed memory that lives as long as the list; never NULL up to 64 KiB.
void *pvg_gpu_alloc(struct pvg_gpu_builder *builder, size_t size_bytes);
// Empties the list and keeps its memory.
void pvg_gpu_builder_clear(struct pvg_gpu_builder *builder);
void pvg_gpu_builder_finish(struct pvg_gpu_builder *builder);

/* ---- the timeline: timeline.c ---------------------------------------------------------------- */

// The serial that the list being built will have.
uint64_t pvg_gpu_next_serial(const struct pvg_gpu *gpu);
// Of the last list that was committed, 0: none.
uint64_t pvg_gpu_last_serial(const struct pvg_gpu *gpu);
// Has everything up to this serial completed, with its write-backs done?
bool pvg_gpu_is_complete(const struct pvg_gpu *gpu, uint64_t serial);

/*
 * Something to do at commit of the list being built (before submit, in order), or once it has
 * completed (before its stamps, in order). @data is freed with free() afterwards, or without a call
 * when the list is thrown away. An action at commit may add actions at completion.
 *
 * After a reset the completion actions of what was submitted before still run, for what they have
 * to free; pvg_gpu_may_write says whether the guest that they were for is still there. False from
 * the functions: no memory, @data was freed, and the list will not be submitted.
 */
typedef void (*pvg_gpu_action)(struct pvg_gpu *gpu, void *data);
bool pvg_gpu_at_commit(struct pvg_gpu *gpu, pvg_gpu_action action, void *data);
bool pvg_gpu_at_completion(struct pvg_gpu *gpu, pvg_gpu_action action, void *data);
// Only meaningful in an action at completion: may it write guest memory?
bool pvg_gpu_may_write(const struct pvg_gpu *gpu);

// Submits the list being built and its actions. Nothing to submit: actions run in order anyway.
void pvg_gpu_commit(struct pvg_gpu *gpu);
// Throws away the list being built with its actions.
void pvg_gpu_abandon(struct pvg_gpu *gpu);
/*
 * A packet's stamp. True: it will be written once the list @serial and all before it have completed
 * and older stamps of its slot are written. False: nothing is in its way, the caller writes it now.
 */
bool pvg_gpu_stamp(struct pvg_gpu *gpu, const struct pvg_completion *completion, uint64_t serial);

/*
 * For a handler that returns PVG_RETRY because GPU work or a pipeline is on its way: the packet is
 * held until the renderer's descriptor was readable, not tried again by the clock.
 */
void pvg_gpu_hold(struct pvg_gpu *gpu);
bool pvg_gpu_is_holding(const struct pvg_gpu *gpu);
// Was that said since the last call?
bool pvg_gpu_take_hold(struct pvg_gpu *gpu);
// Moves when held packets should be tried again.
uint64_t pvg_gpu_wakeups(const struct pvg_gpu *gpu);
void pvg_gpu_wake(struct pvg_gpu *gpu);

/* ---- objects: object-*.c (spec 02 section 4) ------------------------------------------------- */

/*
 * How a lookup ended. MISSING: not there yet, or refused (counted then); the caller drops the draw
 * or binds a stand-in. RETRY: the memory table or a pipeline is on its way: abandon the list.
 */
enum pvg_gpu_found { PVG_GPU_FOUND, PVG_GPU_MISSING, PVG_GPU_RETRY };

// A type-1 buffer's place in guest memory.
struct pvg_gpu_backing {
	uint32_t task, ref, generation;
	uint64_t gva, size_bytes;
};
enum pvg_gpu_found pvg_gpu_buffer(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_backing *backing);

/*
 * A texture in any of its forms: plain, linear, buffer-backed, surface plane, IOSurface, heap, or a
 * view of one. Storage is shared by everything that names the same bytes (a surface and all its
 * sRGB and plane views, a base and its views), residency is kept for each level and slice of it.
 */
struct pvg_gpu_storage; // texture.c
struct pvg_gpu_texture {
	uint32_t task, ref, generation;
	struct pvg_gpu_storage *storage; // borrowed
	struct pvg_gpu_image *image;     // of the storage, NULL until it was used
	struct pvg_gpu_view *view;       // over all that the texture declares, with its swizzle
	struct pvg_texture_desc desc;    // as declared, after view overrides
	uint16_t first_level, first_slice; // of the view in the storage
};
// *texture is good until the list is committed or abandoned: look it up again for the next one. Its
// image and view are there once it was used.
enum pvg_gpu_found pvg_gpu_texture(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_texture **texture);

// *pixels: it takes coordinates in texels.
enum pvg_gpu_found pvg_gpu_sampler_state(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_sampler **sampler, bool *pixels);
enum pvg_gpu_found pvg_gpu_depth_stencil_state(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	const struct pvg_gpu_depth_stencil **state);

/*
 * A pipeline with its functions handed to the renderer. FOUND says that it exists, not that it is
 * built: ask the renderer's pipeline_status and pipeline_prepare.
 */
struct pvg_gpu_pipeline_state {
	uint32_t task, ref, generation;
	struct pvg_gpu_pipeline *pipeline; // owned
	bool compute;
	bool failed_logged; // one line a pipeline
	struct pvg_gpu_render_desc render;   // functions' libraries are not kept
	struct pvg_gpu_vertex_desc stage_in; // compute
	uint64_t input_reach[PVG_GPU_BUFFERS]; // render: bytes of an element that attributes take
};
enum pvg_gpu_found pvg_gpu_render_pipeline(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_pipeline_state **state);
enum pvg_gpu_found pvg_gpu_compute_pipeline(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	struct pvg_gpu_pipeline_state **state);

// Deleted, declared again, or its task went: handles die once nothing in flight needs them.
void pvg_gpu_object_gone(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
void pvg_gpu_task_gone(struct pvg_gpu *gpu, uint32_t task);
// 0x3c: the object's pages are others, at the same addresses. What the host owes is owed to those.
void pvg_gpu_pages_replaced(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
// 0x39, 0x22, 0x38: mappings changed, debts for those pages are void (spec 03 section 9.9).
void pvg_gpu_mapping_changed(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t length);
// The flag bytes of a resource table entry, after object.c took note of them.
void pvg_gpu_validity(struct pvg_gpu *gpu, uint32_t task, uint32_t ref, const uint8_t quad[4]);

/* ---- memory: memory.c, texture.c, surface.c (spec 03 section 9.9) ---------------------------- */

/*
 * DISCARDS alone is for what is drawn and thrown away (store action DontCare): the image must
 * exist, what it held is lost, nothing is owed.
 */
enum pvg_gpu_use_bits {
	PVG_GPU_READS = 1,
	PVG_GPU_WRITES = 2,
	PVG_GPU_DISCARDS = 4, // written whole: no upload needed
	PVG_GPU_TOUCHES = 8,  // with READS: drawn over, and not stored
};

/**
 * pvg_gpu_window - GPU-visible bytes of a guest buffer for the list being built
 * @size_bytes: wanted; cut at the buffer's end. 0: to the end
 * @alignment:  of the span's offset, a power of two
 *
 * Read-only windows are captured into the upload ring once a packet. A buffer that GPU work
 * writes (@use has WRITES) gets memory of its own for the packet: every later window of it in the
 * packet lies there, and its bytes go back to guest pages before the stamp, resolved at that
 * moment.
 * Commands to copy or upload are appended to the list when needed. MISSING: out of range or not
 * mapped; refused by name.
 */
enum pvg_gpu_found pvg_gpu_window(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes, uint32_t alignment, uint32_t use,
	struct pvg_gpu_span *span);

/*
 * Bytes of a guest buffer as the CPU would see them now, for indirect arguments and ICB ranges.
 * RETRY while GPU work that writes them is in flight or in the list being built: then the list up
 * to here has to be committed first (the caller does, see encoder.c).
 */
enum pvg_gpu_found pvg_gpu_read_bytes(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, void *dst, size_t size_bytes);
// The same without a word: true only when guest memory alone has them.
bool pvg_gpu_peek(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, void *dst, size_t size_bytes);

// Scratch in the upload ring for data of the host's own making (staging, zero buffers).
bool pvg_gpu_ring_alloc(struct pvg_gpu *gpu, uint64_t size_bytes, uint32_t alignment,
	struct pvg_gpu_span *span, uint8_t **map);
// Memory that the GPU writes and the CPU reads once the list has completed; freed then.
bool pvg_gpu_readback_alloc(struct pvg_gpu *gpu, uint64_t size_bytes, struct pvg_gpu_span *span,
	const uint8_t **map);

/**
 * pvg_gpu_texture_use - make a range of a texture current on the host, note what is done to it
 * @levels, @slices: of the texture (a view's own numbering), 0: all from the first
 *
 * Appends uploads to the list: an encoder collects a pass's commands in a builder of its own and
 * splices them behind, so that uploads come before BEGIN_PASS. With WRITES the host copy becomes
 * the newest and guest memory is owed.
 * Counts as use for eviction. MISSING: could not be made; refused by name.
 */
enum pvg_gpu_found pvg_gpu_texture_use(struct pvg_gpu *gpu, struct pvg_gpu_texture *texture,
	uint16_t first_level, uint16_t levels, uint16_t first_slice, uint16_t slices, uint32_t use);
// Is there something to upload before a read? For deciding whether a pass must be interrupted.
bool pvg_gpu_texture_is_stale(const struct pvg_gpu_texture *texture);

// 0x35, 0x3e, 0x3f, 0x13a, 0x13b: what is owed goes to guest pages before the stamp.
enum pvg_gpu_found pvg_gpu_synchronize(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);

struct pvg_surface;
struct pvg_present_format;

/**
 * pvg_gpu_present - show a presented surface whose newest pixels are on the host
 * @patient: the packet may wait for a free home
 * @shown:   set with SHOW: the surface's home
 *
 * The surface moves into a home of the display's when it is presented first; where that cannot be,
 * it is read back. To be called again for the same port and surface while it answers PENDING.
 * NOT_MINE: guest memory is current, present.c copies from there. SHOW: @shown is to be presented.
 * NO_HOME: none is free yet. DONE: the pixels wait for pvg_gpu_present_copy. FAILED: refused by
 * name.
 */
enum pvg_gpu_present {
	PVG_GPU_PRESENT_NOT_MINE,
	PVG_GPU_PRESENT_PENDING,
	PVG_GPU_PRESENT_SHOW,
	PVG_GPU_PRESENT_NO_HOME,
	PVG_GPU_PRESENT_DONE,
	PVG_GPU_PRESENT_FAILED,
};
struct pvg_gpu_present_request {
	unsigned int port;
	uint32_t task, id; // of the surface
	const struct pvg_surface *surface;
	const struct pvg_present_format *format;
	bool patient;
};
enum pvg_gpu_present pvg_gpu_present(struct pvg_gpu *gpu,
	const struct pvg_gpu_present_request *request, struct pvg_image **shown);
// The home was presented.
void pvg_gpu_present_shown(struct pvg_gpu *gpu, unsigned int port);
// Copies what was read back into @image, which fits @surface, and ends the present; why it had to
// be read back.
const char *pvg_gpu_present_copy(struct pvg_gpu *gpu, unsigned int port,
	const struct pvg_surface *surface, const struct pvg_present_format *format,
	const struct pvg_image *image);

/* ---- encoders: encoder-*.c ------------------------------------------------------------------- */

struct pvg_encoders; // one open encoder for each channel
struct pvg_encoders *pvg_encoders_create(struct pvg_gpu *gpu);
void pvg_encoders_destroy(struct pvg_encoders *encoders);
// Reset, lost context: handles that encoders remember are gone.
void pvg_encoders_reset(struct pvg_encoders *encoders);

/**
 * pvg_gpu_buffer_begin - the records that follow come from a command buffer of this channel
 * @fresh: the first one of its packet: no encoder is open
 *
 * False: no memory; the command buffer is to be refused. pvg_gpu_buffer_end commits the list.
 * pvg_gpu_buffer_abandon throws it away; the encoder left open is then what it was at begin.
 */
bool pvg_gpu_buffer_begin(struct pvg_gpu *gpu, uint32_t channel, bool fresh);
void pvg_gpu_buffer_end(struct pvg_gpu *gpu);
void pvg_gpu_buffer_abandon(struct pvg_gpu *gpu);
/*
 * After PVG_RETRY from pvg_gpu_record: the record needs what GPU work before it in the same command
 * buffer writes. Commits the list up to here and returns true: the packet is held, and goes on with
 * this very record (pvg_gpu_buffer_begin, no segment_begin) when that has completed.
 */
bool pvg_gpu_buffer_pause(struct pvg_gpu *gpu);

// Segment boundaries, as exec.c walks them. @type: 0 render, 1 compute, 2 blit, others: what has
// been encoded so far ends.
enum pvg_verdict pvg_gpu_segment_begin(struct pvg_gpu *gpu, uint32_t task, uint8_t type,
	bool continues);
/**
 * pvg_gpu_record - execute one drawing record into the list being built
 * @at:      where in its segment the record is; changed when the walk has to go on elsewhere
 * @refused: set when the record was refused (the reason is counted)
 *
 * Its length has been checked against the table. PVG_RETRY: abandon the list, hold the packet.
 */
enum pvg_verdict pvg_gpu_record(struct pvg_gpu *gpu, const struct pvg_record_info *info,
	const uint8_t *payload, uint32_t payload_bytes, uint32_t *at, bool *refused);
enum pvg_verdict pvg_gpu_segment_end(struct pvg_gpu *gpu, bool continues);

/* ---- ahead.c --------------------------------------------------------------------------------- */

// Does the packet that was just held wait for a pipeline? Forgets it.
bool pvg_gpu_take_ahead(struct pvg_gpu *gpu);
// Begins every pipeline that a command buffer names. The caller mutes refusals: what is wrong is
// refused when it is executed.
void pvg_gpu_ahead(struct pvg_gpu *gpu, uint32_t task, const uint8_t *bytes, size_t size_bytes);

#endif
