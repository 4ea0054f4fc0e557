// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the device's own files (everything but display, exec, info and record) keep. Members belong
 * to the device thread unless a comment names a lock.
 */
#ifndef PVG_CORE_H
#define PVG_CORE_H

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pvg/ram.h>

#include <pvg/regs.h>

#include "device-private.h"
#include "pvg-link.h"
#include "refuse.h"

// Words in guest memory are little-endian (spec 01 section 0) and touched as host words.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian hosts only");

/* ---- limits; docs/limits.md has the reasons -------------------------------------------------- */

#define PVG_FIFO_LENGTH_MAX (1u << 20) // spec 01 section 7.1
#define PVG_RING_PAGES_MAX 1024u // one list page, spec 01 section 4.3
#define PVG_TASK_IDS 65536u // guests use a few hundred
#define PVG_DESCRIPTOR_MAX (1u << 20) // spec 02 section 3.3
#define PVG_LIST_SLOTS_MAX (4u << 20) // of one task, spec 02 section 8.2
#define PVG_OBJECTS_MAX (1u << 20) // the list of one task, spec 02 section 3.1
#define PVG_DESCRIPTORS_BYTES_MAX (1u << 28) // snapshots of one device
#define PVG_WAITS_USUAL 64u // spec 01 section 4.5: above it is logged, not refused

/* ---- gate.c ---------------------------------------------------------------------------------- */

struct pvg_gate {
	// Shared: a write is going on. Protects the members below and struct pvg_stamps.
	pthread_rwlock_t lock;
	struct pvg_link_page *page; // borrowed, NULL while not connected
	uint32_t epoch; // writes are for the guest of this epoch
	bool open;
};

bool pvg_gate_init(struct pvg_gate *gate);
void pvg_gate_finish(struct pvg_gate *gate);
// Waits for writes that are going on; none begins until pvg_gate_open. Device thread.
void pvg_gate_close(struct pvg_device *device);
void pvg_gate_open(struct pvg_device *device, struct pvg_link_page *page, uint32_t epoch);
// For changing what the lock protects. Device thread, not recursive.
void pvg_gate_lock(struct pvg_device *device);
void pvg_gate_unlock(struct pvg_device *device);

/* ---- memory.c -------------------------------------------------------------------------------- */

/**
 * pvg_gpa_ptr - host address of guest-physical memory, NULL with *access BAD or RETRY otherwise
 * @what: for the refusal by ADDRESS; NULL: the caller refuses
 *
 * Valid until the memory table changes.
 */
uint8_t *pvg_gpa_ptr(struct pvg_device *device, uint64_t gpa, uint64_t size_bytes, const char *what,
	enum pvg_access *access);

static inline uint64_t pvg_page_size(const struct pvg_device *device) {
	return UINT64_C(1) << device->config.page_shift;
}

static inline uint64_t pvg_pfn_address(const struct pvg_device *device, uint32_t pfn) {
	return (uint64_t)pfn << device->config.page_shift;
}

// One aligned word that the guest may store to at any moment.
static inline uint32_t pvg_load_word(const void *hva) {
	return __atomic_load_n((const uint32_t *)hva, __ATOMIC_ACQUIRE);
}

static inline void pvg_store_word(void *hva, uint32_t value) {
	__atomic_store_n((uint32_t *)hva, value, __ATOMIC_RELEASE);
}

/* ---- task.c ---------------------------------------------------------------------------------- */

struct pvg_object_node;

struct pvg_task {
	uint32_t id;
	// false: only an object list is known, which may come before 0x38 (spec 01 section 2.5)
	bool live;
	uint32_t dir_pfn;
	uint64_t va_length_bytes;
	uint64_t cache_tag; // translations with another tag are stale
	uint64_t map_generation; // moves with every change of a mapping
	uint32_t depth; // of the last walk
	// Object list.
	bool list_bound;
	uint32_t list_pfn, list_count;
	struct pvg_object_node *objects; // owned: those of this task, pvg_object_node.next_of_task
};

#define PVG_XLAT_ENTRIES 16384u // 64 MiB of 4 KiB pages: two 4K surfaces

struct pvg_xlat {
	uint64_t tag; // 0: empty
	uint64_t page; // GVA page number, reduced to the reach of the table
	uint64_t gpa;
	uint8_t *hva; // borrowed from the memory table
};

struct pvg_tasks {
	struct pvg_task **by_id; // owned, PVG_TASK_IDS entries, each owned
	struct pvg_xlat *cache; // owned, PVG_XLAT_ENTRIES
	uint32_t ids_end; // one above the highest id in use since the last clear
	uint64_t last_tag;
	uint64_t last_map_generation;
};

bool pvg_tasks_init(struct pvg_device *device);
void pvg_tasks_finish(struct pvg_device *device);
// Drops every task with its objects.
void pvg_tasks_clear(struct pvg_device *device);
// Drops every translation: the memory table changed.
void pvg_tasks_flush(struct pvg_device *device);
// Also tasks that are not live; NULL when there is none.
struct pvg_task *pvg_task_find(const struct pvg_device *device, uint32_t id);
// The live task, or NULL: then refused by TASK, or NO_HISTORY when rings were adopted.
struct pvg_task *pvg_task_get(struct pvg_device *device, uint32_t id, const char *what);
// Makes the entry when there is none; NULL without memory.
struct pvg_task *pvg_task_make(struct pvg_device *device, uint32_t id);
/**
 * pvg_task_translate - host address of the page of @gva in a live task
 * @gpa: of that page, may be NULL
 *
 * Valid until the next packet. NULL with *access UNMAPPED, BAD (refused) or RETRY.
 */
uint8_t *pvg_task_translate(struct pvg_device *device, struct pvg_task *task, uint64_t gva,
	uint64_t *gpa, enum pvg_access *access);
// Drops cached translations of a range (0x39, 0x22) or of the whole task (0x38, 0x3c, 0x36).
void pvg_task_invalidate(struct pvg_device *device, struct pvg_task *task, uint64_t gva,
	uint64_t length_bytes);
void pvg_task_invalidate_all(struct pvg_device *device, struct pvg_task *task);

/* ---- object.c -------------------------------------------------------------------------------- */

struct pvg_objects {
	struct pvg_object_node **buckets; // owned
	size_t buckets_count; // a power of two
	size_t count;
	uint64_t descriptors_bytes;
	uint32_t last_generation;
	uint32_t shown[16]; // types and lengths not decoded, or not whole, that were logged
	size_t shown_count;
};

bool pvg_objects_init(struct pvg_device *device);
void pvg_objects_finish(struct pvg_device *device);
void pvg_objects_drop_task(struct pvg_device *device, struct pvg_task *task);

/* ---- stamp.c --------------------------------------------------------------------------------- */

// Protected by the gate's lock: completions may come from any thread.
struct pvg_stamps {
	uint8_t *page; // borrowed from the memory table, NULL: no stamp page
	uint64_t gpa; // of it
	uint32_t slots;
	uint32_t life; // moves when the FIFO goes: completions of another life write nothing
};

/*
 * What is owed to the guest for one packet. Made at consumption; handed to pvg_stamp_complete at
 * once, or later by whoever waits for the GPU, in the order of consumption for each slot.
 */
struct pvg_completion {
	uint32_t life;
	uint32_t channel;
	uint32_t slot;
	uint32_t signal;
};

// Any thread, inside the gate. The interrupt is still to be raised: pvg_stamp_interrupt.
void pvg_stamp_complete(struct pvg_device *device, const struct pvg_completion *completion);
// Any thread, inside the gate: raises MSI 0.
void pvg_stamp_interrupt(struct pvg_device *device);
// (int32)(stamp[slot] - value) >= 0; true also for what can never be decided (spec 01 section 5.2).
bool pvg_stamp_reached(struct pvg_device *device, uint32_t slot, uint32_t value);
// Where the stamps are from now on; NULL: nowhere. Starts a new life when @gpa differs. Takes the
// gate.
void pvg_stamps_set(struct pvg_device *device, uint8_t *page, uint64_t gpa);

/* ---- fifo.c, channel.c ----------------------------------------------------------------------- */

struct pvg_ring {
	uint32_t size_bytes; // 0: no ring
	uint32_t first_offset; // of the ring in its first page
	uint32_t pages_count;
	uint8_t **pages; // owned array of addresses borrowed from the memory table
	uint64_t *gpas; // owned, page by page
};

enum pvg_turn { // why a channel stopped
	PVG_TURN_EMPTY,
	PVG_TURN_HELD, // an unmet wait, or work of the GPU
	PVG_TURN_RETRY, // the packet, or memory that is on its way
	PVG_TURN_BUDGET, // there may be more
	PVG_TURN_CLOSED, // the epoch is over
};

struct pvg_channel {
	uint32_t id;
	bool defined;
	bool head_known; // children: the record's `read` was taken as head
	bool wait_counted; // the packet at the head is counted as held
	uint32_t head; // free-running
	uint32_t incarnation; // moves with 0x30 and 0x31
	uint32_t list_pfn; // the list that @ring was read from, 0: none
	uint8_t *record; // borrowed from the memory table, NULL: look it up
	uint64_t record_gpa;
	struct pvg_ring ring;
	int64_t spent_ns; // of this run's budget
	bool gpu_held; // the packet at the head waits for the GPU or a pipeline
	uint64_t gpu_wakeups; // as it was then
	int64_t gpu_retry_ns; // when it is tried again all the same
	enum pvg_turn turn;
};

enum pvg_root_state {
	PVG_ROOT_OFF, // CONTROL_FIFO is 0
	PVG_ROOT_WANTED, // CONTROL_FIFO is set, the geometry is still to be checked
	PVG_ROOT_REFUSED, // CONTROL_FIFO is set, the geometry is bad: wait for another
	PVG_ROOT_ON,
};

struct pvg_fifo {
	// Registers.
	uint32_t control, length_bytes, start_bytes, base_pfn, root_pfn;
	uint32_t written; // FIFO_WRITTEN, checked against the write ring (intake.c)
	uint32_t gen; // fifo_gen of the counters
	enum pvg_root_state root_state;
	bool adopt; // channels are to be taken from the records (spec 06 section 6.4 rule 8)
	bool no_history; // by this connection: tasks and objects of before are unknown
	struct pvg_channel channels[PVG_LINK_CHANNELS]; // 0: root
	uint8_t *scratch; // owned: the packet being handled
	size_t scratch_bytes;
	bool many_waits_logged;
	bool irq_owed; // a status bit was set since the last interrupt
	int64_t irq_ns; // when the last one was raised
	bool rescuing; // this run was woken by time alone
	// Pages that no surface may name; rebuilt when rings change.
	uint64_t *owned_pages; // owned: open addressing, UINT64_MAX: free
	size_t owned_slots; // a power of two, 0: to be rebuilt
};

void pvg_fifo_init(struct pvg_device *device);
void pvg_fifo_finish(struct pvg_device *device);
// A register write that was ordered by the ring. @gen is the ring entry's fifo_gen, extended.
void pvg_fifo_register(struct pvg_device *device, uint32_t offset, uint32_t value,
	uint32_t fifo_written, uint32_t gen);
// All registers at once: connection, reset, overrun.
void pvg_fifo_load(struct pvg_device *device, struct pvg_link_page *page);
// CONTROL_FIFO 0: all channels and pipes go.
void pvg_fifo_teardown(struct pvg_device *device);
// The memory table changed: forget host addresses.
void pvg_fifo_forget_addresses(struct pvg_device *device);
// Does what there is to do in all channels. Returns true when something should be tried again soon,
// *more when a channel used up its budget.
bool pvg_fifo_run(struct pvg_device *device, bool *more);
// Does the page at @gpa belong to the FIFO buffer, the root page, or a channel's list or ring?
bool pvg_fifo_owns_page(struct pvg_device *device, uint64_t gpa);

// channel.c
void pvg_channel_define(struct pvg_device *device, struct pvg_channel *channel);
// Also ends the display pipe that owns it.
void pvg_channel_free(struct pvg_device *device, struct pvg_channel *channel);
void pvg_channel_forget_ring(struct pvg_device *device, struct pvg_channel *channel);
bool pvg_channel_find_record(struct pvg_device *device, struct pvg_channel *channel,
	enum pvg_access *access);
// From the record, which must have been found.
uint32_t pvg_channel_list_pfn(struct pvg_device *device, const struct pvg_channel *channel);
uint32_t pvg_channel_stamp_slot(struct pvg_device *device, const struct pvg_channel *channel);
// Takes packets until there are none, one cannot be done, or the run's budget is used up.
enum pvg_turn pvg_channel_drain(struct pvg_device *device, struct pvg_channel *channel);
// Time that a channel may use in one run.
int64_t pvg_channel_budget_ns(const struct pvg_device *device);
void pvg_channel_flush_irq(struct pvg_device *device);

// ring.c
void pvg_ring_finish(struct pvg_ring *ring);
bool pvg_ring_alloc(struct pvg_ring *ring, uint32_t pages_count);
void pvg_ring_copy(struct pvg_device *device, const struct pvg_ring *ring, uint32_t counter,
	uint8_t *dst, uint32_t size_bytes);

// packet.c
enum pvg_verdict pvg_packet_dispatch(struct pvg_device *device, const struct pvg_packet *packet);
// Does the handler do more than book-keeping? Then interrupts that are owed go out first.
bool pvg_packet_is_heavy(uint16_t opcode);

enum pvg_verdict pvg_op_ack(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_define_fifo(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_free_fifo(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_define_task(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_delete_task(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_map_memory(struct pvg_device *, const struct pvg_packet *); // 39, 22
enum pvg_verdict pvg_op_set_object_list(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_delete_resource(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_delete_object(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_delete_surface(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_replace_physical(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_invalidate(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_synchronize(struct pvg_device *, const struct pvg_packet *); // 35, 3e, 3f

/* ---- intake.c -------------------------------------------------------------------------------- */

struct pvg_intake {
	uint32_t tail, overruns, root_kicks;
	uint32_t cursor_ports; // kicks that wait for the VM to run
};

// Spec 06 section 6.4 rules 1, 2, 4, 6. Returns true when the guest or the shim did something.
bool pvg_intake_run(struct pvg_device *device);
// Takes a newer FIFO_WRITTEN when no register write precedes it. False: nothing new, or run the
// intake.
bool pvg_intake_written(struct pvg_device *device);
// Did the epoch or the write ring move since? Then the next run is due at once.
bool pvg_intake_is_pending(const struct pvg_device *device);
// Forgets the guest and takes over what the page says now.
void pvg_intake_reset(struct pvg_device *device, uint32_t epoch);

/* ---- device.c -------------------------------------------------------------------------------- */

struct pvg_core {
	struct pvg_gate gate;
	struct pvg_stamps stamps;
	struct pvg_tasks tasks;
	struct pvg_objects objects;
	struct pvg_fifo fifo;
	struct pvg_intake intake;
	struct pvg_ram *ram; // owned reference, NULL before the first table
	uint32_t epoch; // accepted
	uint64_t epoch_full; // as HELLO and resets count it
	bool running;
	const char *failed; // static string
	int64_t due_ns; // what the last run returned
	int64_t active_ns; // when the guest last did something
};

#endif
