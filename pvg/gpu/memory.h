// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory on both sides: what the GPU has of the guest's bytes, what the guest has of the GPU's, and
 * what has to move (spec 03 section 9.9). Device thread.
 *
 * Everything here moves as if the list being built will run; the hooks of gpu.h say how it ended.
 */
#ifndef PVG_GPU_MEMORY_H
#define PVG_GPU_MEMORY_H

#include "gpu/object.h"
#include "wire/texture-object.h"

struct pvg_format;

/* ---- guest pages: guest.c -------------------------------------------------------------------- */

// Reads of one task's memory in rising order are cheap: a run of pages is looked up once.
struct pvg_gpu_reader {
	struct pvg_device *device;
	uint32_t task;
	bool surface; // pages of the device's own rings are refused (spec 01 section 6.5)
	bool missed; // some page was not mapped: it reads as zeros
	uint64_t run_gva, run_bytes;
	const uint8_t *run;
	uint64_t task_generation; // of the mappings that @run was found with
};

struct pvg_gpu_reader pvg_gpu_reader(struct pvg_gpu *gpu, uint32_t task, bool surface);
/*
 * Contiguous host bytes at @gva, at most @size_bytes of them: *piece. NULL with *access OK: not
 * mapped, @piece zeros; with *access RETRY: the memory table is on its way.
 */
const uint8_t *pvg_gpu_reader_piece(struct pvg_gpu_reader *reader, uint64_t gva,
	uint64_t size_bytes, size_t *piece, enum pvg_access *access);
// Hash of guest bytes, continued from @hash. False: RETRY.
bool pvg_gpu_reader_hash(struct pvg_gpu_reader *reader, uint64_t gva, uint64_t size_bytes,
	uint64_t *hash);
bool pvg_gpu_reader_copy(struct pvg_gpu_reader *reader, uint64_t gva, uint64_t size_bytes,
	uint8_t *dst);

// 64 bits of @size_bytes bytes. Fast, not safe against somebody who wants collisions: a guest that
// makes them sees stale pixels of its own.
uint64_t pvg_gpu_hash(uint64_t seed, const void *bytes, size_t size_bytes);

/* ---- rings: ring.c --------------------------------------------------------------------------- */

struct pvg_gpu_slab {
	struct pvg_gpu_slab *next;
	struct pvg_gpu_buffer *buffer; // owned
	uint64_t size_bytes, used_bytes;
	uint64_t serial; // the last list that named it
	uint64_t epoch; // in which it was filled
};

struct pvg_gpu_ring {
	uint32_t usage; // enum pvg_gpu_buffer_usage
	struct pvg_gpu_slab *current; // owned
	struct pvg_gpu_slab *busy, **busy_end; // owned, oldest first
	struct pvg_gpu_slab *idle; // owned
	// What a peak left is given back: as many as were idle all the time.
	unsigned int idle_count, idle_least, commits;
	uint64_t bytes; // of all slabs
	// Where the list being built began.
	struct pvg_gpu_slab *mark; // borrowed: current then
	uint64_t mark_bytes;
};

#define PVG_GPU_SLAB_BYTES (UINT64_C(8) << 20)
#define PVG_GPU_RING_BYTES_MAX (UINT64_C(512) << 20) // of one ring
#define PVG_GPU_RING_COMMITS 512u // so long an idle slab waits to be needed

void pvg_gpu_ring_init(struct pvg_gpu_ring *ring, uint32_t usage);
void pvg_gpu_ring_finish(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring);
// RETRY: lists in flight have it; MISSING: refused by GPU_MEMORY.
enum pvg_gpu_found pvg_gpu_ring_take(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring,
	uint64_t size_bytes, uint32_t alignment, struct pvg_gpu_span *span, uint8_t **map);
void pvg_gpu_ring_committed(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring);
void pvg_gpu_ring_abandoned(struct pvg_gpu *gpu, struct pvg_gpu_ring *ring);

/* ---- storages: storage.c --------------------------------------------------------------------- */

// Where the guest keeps a storage's bytes.
struct pvg_gpu_source {
	enum {
		PVG_SOURCE_NONE, // nowhere: heap textures, memoryless ones, multisample ones
		PVG_SOURCE_MEMORY, // in pages of a task
		PVG_SOURCE_BUFFER, // in a type-1 buffer that may be used as such too
	} kind;
	bool surface; // pages of a type-4 surface
	bool silent; // the guest's CPU writes without saying so: looked at before each use
	uint32_t task;
	uint64_t gva; // of slice 0
	uint64_t slice_bytes;
	struct pvg_texture_level levels[PVG_TEXTURE_LEVELS];
	struct pvg_gpu_backing buffer; // PVG_SOURCE_BUFFER
	uint32_t heap; // ref, 0: none
	uint64_t heap_first, heap_end; // bytes of the heap, none: not placed by the guest
};

// One level of one slice.
struct pvg_gpu_part {
	bool resident; // the image holds what it should
	bool newer; // and guest memory does not
	bool payable; // and guest pages may be written with it when somebody asks
	bool hashed; // @hashes are of what the image holds
	uint64_t paid; // list whose end brings it to guest memory; before that they differ
	uint64_t looked; // epoch in which guest memory was last compared
	uint64_t journaled; // epoch in which the state was saved
	uint64_t *hashes; // owned, by band, NULL: none yet
};

struct pvg_gpu_storage {
	// What names it: the object, the plane of a surface, the texel size and extent seen.
	uint32_t task, ref, plane;
	bool orphan; // its object is gone: nothing finds it any more
	unsigned int users; // textures
	struct pvg_gpu_source source;
	struct pvg_gpu_image_desc desc;
	const struct pvg_format *format; // of desc
	uint32_t slices; // physical
	struct pvg_gpu_image *image; // owned or .home's, NULL until it is used
	struct pvg_gpu_home *home; // owned, NULL: the image is not the display's
	uint64_t image_bytes; // of the budget
	uint64_t used_epoch; // last list that named it
	uint64_t written; // the last list that may have changed the image
	struct pvg_gpu_part *parts; // owned, slice-major: slice * levels + level
	struct pvg_gpu_texture_node *textures; // borrowed: those that see it
	bool shared; // there is another one of the same surface's plane
	unsigned int aliases; // places where a buffer shows its bytes, too
	unsigned int twins;   // buffers that show some of its pages
	uint64_t writes; // by the host, counted while there are any
	bool indexed; // its pages are known, as far as they were mapped
	struct page *pages; // owned: alias.c
	uint32_t pages_count;
	uint64_t due_epoch; // list that is to bring it to guest memory
	struct pvg_gpu_storage *next_due; // in pvg_gpu_memory.due
	uint64_t overwritten; // epoch in which another texture of its heap took its place, 0: none
	struct pvg_gpu_storage *next_placed; // in pvg_gpu_memory.placed
	struct pvg_gpu_storage *newer, *older; // by use
	struct pvg_gpu_storage *next_in_bucket;
};

// A texture as object-texture.c keeps it.
struct pvg_gpu_texture_node {
	struct pvg_gpu_node node;
	struct pvg_gpu_texture texture;
	uint32_t surface_task, surface, surface_generation; // type 5
	struct pvg_gpu_texture_node *next_of_storage; // pvg_gpu_storage.textures
};

bool pvg_gpu_storages_init(struct pvg_gpu_memory *memory);
void pvg_gpu_storages_finish(struct pvg_gpu_memory *memory);
// All of them go with what they hold.
void pvg_gpu_storages_clear(struct pvg_gpu *gpu);

// Finds the storage of these names and layout, or makes it. NULL: no memory, refused.
struct pvg_gpu_storage *pvg_gpu_storage_get(struct pvg_gpu *gpu, uint32_t task, uint32_t ref,
	uint32_t plane, const struct pvg_gpu_source *source, const struct pvg_gpu_image_desc *desc);
// The first one that an object named, NULL: none. The next ones: pvg_gpu_storage_next.
struct pvg_gpu_storage *pvg_gpu_storage_first(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
struct pvg_gpu_storage *pvg_gpu_storage_next(const struct pvg_gpu_storage *storage);
// A texture begins and ceases to see it. With the last one it goes, unless a surface keeps it.
void pvg_gpu_storage_add_user(struct pvg_gpu_storage *storage, struct pvg_gpu_texture_node *node);
void pvg_gpu_storage_remove_user(struct pvg_gpu *gpu, struct pvg_gpu_texture_node *node);
// The object that named them is gone: nothing finds them any more, nothing is owed.
void pvg_gpu_storages_orphan(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
void pvg_gpu_storages_orphan_task(struct pvg_gpu *gpu, uint32_t task);
// The image is there and counted as used by the list being built.
enum pvg_gpu_found pvg_gpu_storage_image(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage);
// Drops the image with all views of it; what it held is lost.
void pvg_gpu_storage_evict(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage);
// Evicts the one that was not used for longest and can be made again; @task: its, UINT32_MAX: any.
bool pvg_gpu_storages_evict_one(struct pvg_gpu *gpu, uint32_t task);

static inline struct pvg_gpu_part *pvg_gpu_storage_part(const struct pvg_gpu_storage *storage,
	uint32_t level, uint32_t slice) {
	return &storage->parts[(size_t)slice * storage->desc.levels + level];
}

// It is written: what others at its place of a heap hold is undefined, and may go.
void pvg_gpu_storage_take_place(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage);
bool pvg_gpu_storage_is_newer(const struct pvg_gpu_storage *storage);
// Saves a part's state for the case that the list is abandoned; before any change while building.
void pvg_gpu_part_journal(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage, uint32_t level,
	uint32_t slice);
// Guest memory is the newest from now on.
void pvg_gpu_part_invalidate(struct pvg_gpu_part *part);
// What was taken from guest memory is compared with it once more.
void pvg_gpu_storage_look_again(struct pvg_gpu_storage *storage);
// The mappings of these pages changed: host contents stay, debts are void, the rest is looked at.
void pvg_gpu_storages_remapped(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end);

/* ---- what moves: texture.c ------------------------------------------------------------------- */

// Makes the views of everything that sees the storage anew: it has another image.
void pvg_gpu_storage_set_image(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	struct pvg_gpu_image *image);

// For the list being built; see pvg_gpu_texture_use.
enum pvg_gpu_found pvg_gpu_part_use(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	uint32_t level, uint32_t slice, uint32_t use);
// Guest memory has just been made what the image holds: the next look finds that out.
void pvg_gpu_part_rehash(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage, uint32_t level,
	uint32_t slice);
// A READ or UPLOAD of a whole part, tight rows; @span is to be set.
struct pvg_gpu_transfer *pvg_gpu_part_transfer(struct pvg_gpu *gpu, enum pvg_gpu_op op,
	const struct pvg_gpu_storage *storage, uint32_t level, uint32_t slice);

/* ---- textures whose bytes a buffer shows, too: alias.c ------------------------------------- */

// For a new storage over a buffer. False: no memory, refused.
bool pvg_gpu_alias_over_buffer(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage);
// Remembers which pages a surface's storage lies in.
void pvg_gpu_alias_index_surface(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage);
// Finds the surfaces whose pages the buffer shows; forgets what was known of it. False: not all of
// it is mapped, to be called again.
bool pvg_gpu_alias_look(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing);
void pvg_gpu_alias_buffer_gone(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
void pvg_gpu_aliases_remapped(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end);
// The storage goes.
void pvg_gpu_aliases_drop(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage);
void pvg_gpu_aliases_finish(struct pvg_gpu_memory *memory);
/*
 * Before bytes are used as a buffer's: what textures wrote there is copied into the buffer. What
 * textures hold of bytes that will be written is forgotten. @except: whose own use it is, or NULL.
 */
enum pvg_gpu_found pvg_gpu_aliases_land(struct pvg_gpu *gpu, uint32_t task, uint64_t gva,
	uint64_t end, bool written, const struct pvg_gpu_storage *except);
// Is there something that it would copy? @surfaces: of those, too.
bool pvg_gpu_aliases_have_news(const struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end,
	bool surfaces);
// Before a use of the storage: the same for other textures over its bytes.
enum pvg_gpu_found pvg_gpu_alias_use(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	bool written);
// Copies the buffer's bytes into the image where they are newer than guest memory: *loaded.
enum pvg_gpu_found pvg_gpu_alias_load(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	bool *loaded);
// Sees to it that the buffer of a texture over it can be written when the list ends.
enum pvg_gpu_found pvg_gpu_alias_reserve(struct pvg_gpu *gpu,
	const struct pvg_gpu_storage *storage);
// Between lists, before a present: what buffers wrote into the surface's pages is in its images.
void pvg_gpu_alias_settle(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
void pvg_gpu_aliases_sealing(struct pvg_gpu *gpu);
void pvg_gpu_aliases_abandoned(struct pvg_gpu *gpu);

/* ---- pages that several names show otherwise: twin.c ----------------------------------------- */

// Pages of a surface that a buffer shows at @gva, which are no alias.
void pvg_gpu_twin_surface(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	const struct pvg_gpu_backing *backing, uint64_t gva, uint64_t width_bytes);
// Notes a buffer's page, and finds the buffers that show it elsewhere.
void pvg_gpu_twins_note(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing, uint64_t gva,
	uint64_t gpa, uint64_t width_bytes);
// False: none of the buffers that were looked at has the page.
bool pvg_gpu_twins_may_show(const struct pvg_gpu *gpu, uint64_t gpa);
void pvg_gpu_twins_drop_surface(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage);
void pvg_gpu_twins_drop_buffer(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
void pvg_gpu_twins_remapped(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end);
void pvg_gpu_twins_clear(struct pvg_gpu *gpu);
/*
 * Before bytes are used as a buffer's: RETRY with .wants_commit set when they are not in guest
 * memory yet because another name of theirs was written. @written: they will be.
 */
enum pvg_gpu_found pvg_gpu_twins_settle(struct pvg_gpu *gpu, uint32_t task, uint64_t gva,
	uint64_t end, bool written);
// Would it wait?
bool pvg_gpu_twins_have_news(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end);
// The same before a use of a surface's storage.
enum pvg_gpu_found pvg_gpu_twins_use(struct pvg_gpu *gpu, const struct pvg_gpu_storage *storage,
	bool written);

/* ---- textures: object-texture.c ------------------------------------------------------------ */

// object-texture.c. The node of a ref as it is; the node that a lookup makes, nothing refused when
// the ref is no texture.
struct pvg_gpu_texture_node *pvg_gpu_texture_peek(struct pvg_gpu *gpu, uint32_t task, uint32_t ref);
struct pvg_gpu_texture_node *pvg_gpu_texture_named(struct pvg_gpu *gpu, uint32_t task,
	uint32_t ref);
// Image and view are there.
enum pvg_gpu_found pvg_gpu_texture_realize(struct pvg_gpu *gpu, struct pvg_gpu_texture *texture);

/* ---- debts: debt.c --------------------------------------------------------------------------- */

// Bytes that a submitted list will bring to guest pages.
struct pvg_gpu_debt {
	uint64_t id; // 0: free
	uint64_t epoch;
	uint32_t task;
	uint64_t gva, end; // [gva, end)
	bool is_void; // the pages are others now: nothing may be written
};

// 0: no memory; the list fails.
uint64_t pvg_gpu_debt_add(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t size_bytes);
// Ends a debt. True: it may be paid now. @task and @gva: for the refusal of a void one.
bool pvg_gpu_debt_take(struct pvg_gpu *gpu, uint64_t id);
void pvg_gpu_debts_void(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end);
void pvg_gpu_debts_abandon(struct pvg_gpu *gpu);
/*
 * Textures in shared storage are the CPU's without a word once the stamp is there: what the list
 * wrote of them is paid with it.
 */
void pvg_gpu_storages_sealing(struct pvg_gpu *gpu);
// Reads a part back and pays it at completion.
enum pvg_gpu_found pvg_gpu_part_pay(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	uint32_t level, uint32_t slice);

/* ---- buffers: buffer.c, shadow.c ------------------------------------------------------------- */

struct pvg_gpu_window {
	uint32_t task;
	uint64_t gva, size_bytes;
	uint64_t hash;
	uint64_t epoch; // in which @span was found good
	struct pvg_gpu_span span;
	struct pvg_gpu_block *block; // owned, NULL: in the ring
	uint8_t unchanged; // times in a row
	struct pvg_gpu_window *next_in_bucket;
	struct pvg_gpu_window *newer, *older; // by use
};

#define PVG_GPU_WINDOWS_MAX 16384u
#define PVG_GPU_WINDOW_BYTES_MAX (UINT64_C(256) << 20)
#define PVG_GPU_WINDOW_BUCKETS 8192u
#define PVG_GPU_CAPTURES 16u
#define PVG_GPU_TALLIES 256u

struct pvg_gpu_windows {
	struct pvg_gpu_window **buckets; // owned
	struct pvg_gpu_window *newest, *oldest;
	size_t count;
	// Larger captures of the list being built, for windows that lie within.
	struct pvg_gpu_capture {
		uint64_t epoch;
		uint32_t task;
		uint64_t gva, size_bytes;
		struct pvg_gpu_span span;
	} captures[PVG_GPU_CAPTURES];
	unsigned int next_capture;
	// How much of a buffer the list has captured.
	struct pvg_gpu_tally {
		uint64_t epoch;
		uint32_t task;
		uint64_t gva, bytes;
	} tallies[PVG_GPU_TALLIES];
	struct pvg_gpu_pools *pools; // owned: memory of windows that do not change
};

bool pvg_gpu_windows_init(struct pvg_gpu_windows *windows);
void pvg_gpu_windows_finish(struct pvg_gpu *gpu, struct pvg_gpu_windows *windows);
void pvg_gpu_windows_clear(struct pvg_gpu *gpu);
void pvg_gpu_windows_committed(struct pvg_gpu *gpu);
void pvg_gpu_windows_completed(struct pvg_gpu *gpu);
enum pvg_gpu_found pvg_gpu_window_read(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes, uint32_t alignment, struct pvg_gpu_span *span);

struct pvg_gpu_shadow;
void pvg_gpu_shadows_finish(struct pvg_gpu *gpu);
void pvg_gpu_shadows_sealing(struct pvg_gpu *gpu);
void pvg_gpu_shadows_committed(struct pvg_gpu *gpu);
void pvg_gpu_shadows_abandoned(struct pvg_gpu *gpu);
void pvg_gpu_shadows_drop(struct pvg_gpu *gpu, uint32_t task, uint64_t gva, uint64_t end);
// Drops one that nothing needs. False: there is none.
bool pvg_gpu_shadow_evict(struct pvg_gpu *gpu);
// Does a shadow reach over the range that has, or may have, newer bytes than guest memory?
bool pvg_gpu_shadow_is_over(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes);
enum pvg_gpu_found pvg_gpu_shadow_window(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes, uint32_t use, struct pvg_gpu_span *span);
// Is GPU work on its way that writes these bytes?
bool pvg_gpu_shadow_is_pending(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t offset_bytes, uint64_t size_bytes);

/* ---- homes: scanout.c ------------------------------------------------------------------------ */

/*
 * A picture of the display's that a surface's storage lives in: what is drawn there is scanned out
 * (spec 04 section 14.3). One that the display shows is never written: the storage moves on to
 * another one first (rename, DSP-30).
 */
struct pvg_gpu_home {
	struct pvg_gpu_home *next;   // in the list of spares, or of those that go
	struct pvg_image *host;      // the host's, until home_release
	struct pvg_gpu_image *image; // owned
	uint64_t bytes;              // of the budget
	unsigned int port;
	uint32_t width, height, fourcc;
	uint16_t format;
	uint64_t serial; // of those that go: the last list that may draw into it
};

// A storage that moved while the list is built: what it had before.
struct pvg_gpu_move {
	struct pvg_gpu_storage *storage;
	struct pvg_gpu_home *home; // owned, NULL: @image was no home's
	struct pvg_gpu_image *image;
	uint64_t image_bytes;
};

struct pvg_gpu_homes {
	struct pvg_gpu_home *spares, *going; // owned
	struct pvg_gpu_move *moves;          // owned
	size_t moves_count, moves_room;
	struct {
		bool set;
		uint32_t width, height, fourcc;
	} refused[PVG_MAX_PORTS]; // by the renderer: not asked again until something changes
};

#define PVG_GPU_SPARES_MAX 4u

void pvg_gpu_homes_clear(struct pvg_gpu *gpu);  // spares and moves
void pvg_gpu_homes_finish(struct pvg_gpu *gpu); // those that go, too
void pvg_gpu_homes_committed(struct pvg_gpu *gpu);
void pvg_gpu_homes_abandoned(struct pvg_gpu *gpu);
void pvg_gpu_homes_completed(struct pvg_gpu *gpu);
// The storage's image goes: the home with it, and what a move has kept. False: it has none.
bool pvg_gpu_home_leave(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage);
/*
 * Before commands that write the image: moves the storage when the display shows it. @copy: what it
 * holds is still needed. Without a free home it gets an image of its own.
 */
enum pvg_gpu_found pvg_gpu_home_guard(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	bool copy);

enum pvg_gpu_housed {
	PVG_GPU_HOUSED,
	PVG_GPU_HOUSED_LATER, // the host has none now
	PVG_GPU_HOUSED_NOT,   // *why
};
/*
 * For a present: the storage lives in a home of this display afterwards. Between lists; commits one
 * when something has to be copied.
 */
enum pvg_gpu_housed pvg_gpu_home_move_in(struct pvg_gpu *gpu, struct pvg_gpu_storage *storage,
	unsigned int port, const struct pvg_surface *surface,
	const struct pvg_present_format *format, enum pvg_read_back *why);

/* ---- presents: present.c --------------------------------------------------------------------- */

void pvg_gpu_presents_finish(struct pvg_gpu *gpu);

/* ---- all of it: memory.c --------------------------------------------------------------------- */

struct pvg_gpu_grave { // a handle that the list being built may name
	enum {
		PVG_GRAVE_IMAGE,
		PVG_GRAVE_VIEW,
		PVG_GRAVE_BUFFER,
		PVG_GRAVE_SAMPLER,
	} kind;
	void *handle;
};

struct pvg_gpu_saved { // a part before the list being built
	struct pvg_gpu_storage *storage;
	size_t index;
	struct pvg_gpu_part part; // without hashes
};

struct pvg_gpu_memory {
	uint64_t epoch; // moves with the end of each list
	struct pvg_gpu_ring upload, readback;
	struct pvg_gpu_storage **buckets; // owned, by task and ref
	struct pvg_gpu_storage *newest, *oldest; // storages by use
	size_t storages_count;
	struct pvg_gpu_grave *graves; // owned
	size_t graves_count, graves_room;
	struct pvg_gpu_saved *saved; // owned
	size_t saved_count, saved_room;
	struct pvg_gpu_debt *debts; // owned
	size_t debts_count, debts_room;
	uint64_t last_debt;
	uint64_t *hashes; // owned scratch of one part's bands
	size_t hashes_room;
	struct pvg_gpu_windows windows;
	struct pvg_gpu_alias *aliases; // owned
	struct pvg_gpu_alias_index *alias_index; // owned, NULL: no surface was used
	size_t indexed_pages;
	uint32_t alias_generation; // moves when a buffer may have become an alias
	bool alias_holes; // a large buffer was not mapped as a whole when it was looked at
	struct pvg_gpu_twin *twins; // owned
	unsigned int twins_count;
	struct pvg_gpu_owner *owners; // owned, NULL: no buffer was used
	bool owners_lossy; // not every page of every buffer is among them
	bool wants_commit; // RETRY: once what this list has so far has completed
	bool ignores_twins; // this record waits for itself
	struct pvg_gpu_storage *placed; // borrowed: those at places of heaps
	struct pvg_gpu_storage *due; // borrowed: shared ones that the list being built writes
	struct pvg_gpu_shadow *shadows; // owned
	struct pvg_gpu_presents *presents; // owned
	struct pvg_gpu_homes homes;
	// Budget.
	uint64_t used_bytes, limit_bytes, task_limit_bytes;
	uint64_t *task_bytes; // owned, by task id
};

// Is there a buffer whose bytes have another name? Everything else goes the short way.
static inline bool pvg_gpu_has_names(const struct pvg_gpu *gpu) {
	return gpu->memory->aliases != NULL || gpu->memory->twins != NULL;
}

// Destroys a handle when the list being built is over.
void pvg_gpu_bury_image(struct pvg_gpu *gpu, struct pvg_gpu_image *image);
void pvg_gpu_bury_view(struct pvg_gpu *gpu, struct pvg_gpu_view *view);
void pvg_gpu_bury_buffer(struct pvg_gpu *gpu, struct pvg_gpu_buffer *buffer);
void pvg_gpu_bury_sampler(struct pvg_gpu *gpu, struct pvg_gpu_sampler *sampler);

// Between lists: what was buried goes now.
void pvg_gpu_memory_reap(struct pvg_gpu *gpu);

/**
 * pvg_gpu_budget_take - count host memory before it is allocated
 * @task: whose it is; 0 for the device's own and the guest kernel's: no limit of its own
 *
 * Evicts what can be rebuilt from guest memory, oldest use first. False: refused by GPU_MEMORY.
 */
bool pvg_gpu_budget_take(struct pvg_gpu *gpu, uint32_t task, uint64_t size_bytes, const char *what);
// Counts what is there already, whatever the limit says.
void pvg_gpu_budget_add(struct pvg_gpu *gpu, uint32_t task, uint64_t size_bytes);
void pvg_gpu_budget_give(struct pvg_gpu *gpu, uint32_t task, uint64_t size_bytes);

// Room for one more element of an array; false without memory.
bool pvg_gpu_grow(void **items, size_t *room, size_t count, size_t item_bytes);

#endif
