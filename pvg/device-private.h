// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the files of libpvg know of each other. One struct pvg_device; each part keeps its state in
 * a struct of its own, declared in its header and embedded here.
 */
#ifndef PVG_DEVICE_PRIVATE_H
#define PVG_DEVICE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pvg/device.h>
#include <pvg/log.h>
#include <pvg/ram.h>

#include "wire/cursor.h"

/* ---- refusals: refuse.c ---------------------------------------------------------------------- */

/**
 * PVG_REFUSE - count a refusal and log it, one line a second for each reason
 *
 * The text names object, value and reason: "task 7: DeleteResource 12: no such task". Any thread.
 */
#define PVG_REFUSE(device, reason, ...) pvg_refuse((device), PVG_REFUSAL_##reason, __VA_ARGS__)
__attribute__((format(printf, 3, 4))) void pvg_refuse(struct pvg_device *device,
	enum pvg_refusal reason, const char *fmt, ...);

/* ---- the write gate: gate.c (spec 06 section 6.4 rule 4) ------------------------------------- */

/**
 * pvg_gate_enter - may guest RAM and status words be written now?
 *
 * Any thread. True: yes, until pvg_gate_leave; false: the epoch is over, write nothing. Not
 * recursive. Hold it for the length of a copy, never while waiting.
 */
bool pvg_gate_enter(struct pvg_device *device);
void pvg_gate_leave(struct pvg_device *device);

/* ---- guest memory: memory.c, task.c ---------------------------------------------------------- */

enum pvg_access {
	PVG_ACCESS_OK,
	PVG_ACCESS_UNMAPPED, // no translation: normal, the object is not there yet
	// malformed table, or an address that is not RAM. Already refused by name
	PVG_ACCESS_BAD,
	PVG_ACCESS_RETRY,    // a newer memory table is on its way (spec 06 section 6.4 rule 7)
};

// Guest-physical. Reads copy out of RAM; writes pass the gate. Device thread.
enum pvg_access pvg_gpa_read(struct pvg_device *device, uint64_t gpa, void *dst, size_t size_bytes);
enum pvg_access pvg_gpa_write(struct pvg_device *device, uint64_t gpa, const void *src,
	size_t size_bytes);

// A task's address space, page by page. Device thread. @task is the id, not 0x38's word.
enum pvg_access pvg_task_read(struct pvg_device *device, uint32_t task, uint64_t gva, void *dst,
	size_t size_bytes);
enum pvg_access pvg_task_write(struct pvg_device *device, uint32_t task, uint64_t gva,
	const void *src, size_t size_bytes);

/**
 * pvg_task_page - host address of the guest page that holds @gva, for gather copies
 *
 * Valid until the device takes its next packet. NULL with *access set otherwise.
 */
const uint8_t *pvg_task_page(struct pvg_device *device, uint32_t task, uint64_t gva,
	enum pvg_access *access);

/**
 * pvg_task_surface_page - pvg_task_page for a surface's backing (spec 01 section 6.5)
 *
 * Refuses by SURFACE_PAGES a page that belongs to the FIFO buffer, the root page, or a channel's
 * list or ring.
 */
const uint8_t *pvg_task_surface_page(struct pvg_device *device, uint32_t task, uint64_t gva,
	enum pvg_access *access);

bool pvg_task_is_live(const struct pvg_device *device, uint32_t task);

/* ---- objects: object.c (spec 02 section 3) --------------------------------------------------- */

enum pvg_object_type { // the list entry's type byte
	PVG_OBJECT_BUFFER = 1,
	PVG_OBJECT_TEXTURE_2 = 2,
	PVG_OBJECT_TEXTURE_3 = 3,
	PVG_OBJECT_SURFACE = 4,
	PVG_OBJECT_SURFACE_TEXTURE = 5,
	PVG_OBJECT_FUNCTION = 6,
	PVG_OBJECT_STATE = 7,
	PVG_OBJECT_DERIVED_TEXTURE = 8,
	PVG_OBJECT_MEMORYLESS = 9,
	PVG_OBJECT_MAPPER_TEXTURE = 11,
};

struct pvg_object {
	uint32_t task, ref;
	uint32_t generation; // changes when the ref is deleted or declared again
	uint8_t type;        // enum pvg_object_type, or a number without a decoder
	uint32_t size_bytes; // of the descriptor
	uint8_t *descriptor; // owned snapshot
	// Validity as the guest sees it (spec 01 section 6.6).
	bool host_valid, guest_valid;
	uint32_t alias_generation; // gpu/alias.c: when its pages were last looked for
};

/**
 * pvg_object_lookup - resolve a ref, reading the list when needed
 * @types: bit n set: entry type n is wanted
 *
 * NULL: *access is UNMAPPED when unbound or not there yet (not counted), BAD when refused
 * (counted), RETRY when the packet should be tried again. Borrowed until the next packet.
 */
const struct pvg_object *pvg_object_lookup(struct pvg_device *device, uint32_t task, uint32_t ref,
	uint32_t types, enum pvg_access *access);

/**
 * pvg_object_forget - drop what was resolved for a ref
 *
 * For decoders that found the descriptor bad: what does not decode is not kept, so that the next
 * use reads the list again (spec 02 section 3.3). The object is gone when this returns.
 */
void pvg_object_forget(struct pvg_device *device, uint32_t task, uint32_t ref);

// Has the ref been resolved, and not been deleted since?
bool pvg_object_is_known(const struct pvg_device *device, uint32_t task, uint32_t ref);

void pvg_object_set_alias_generation(struct pvg_device *device, const struct pvg_object *object,
	uint32_t generation);

/**
 * pvg_object_apply_validity - the flag bytes of a 0x34 or 0x37 entry, clear before set
 * @quad: clr_host, set_host, clr_guest, set_guest (spec 01 section 6.6)
 *
 * Ref 0 and objects that were never resolved are no error. A descriptor that was changed in place
 * makes another generation of the object.
 */
void pvg_object_apply_validity(struct pvg_device *device, uint32_t task, uint32_t ref,
	const uint8_t quad[4]);

/* ---- packets: packet.c dispatches, spec 01 section 4.7 --------------------------------------- */

enum pvg_verdict {
	PVG_DONE,  // acknowledge
	PVG_RETRY, // leave at the head, stamp untouched, try again later
};

struct pvg_packet {
	uint16_t opcode;
	uint32_t channel; // 0 root
	uint32_t signal;
	const uint8_t *payload; // private copy
	size_t payload_size;
};

/*
 * One handler per opcode, named in the table of wire/opcodes.h. The dispatcher has already checked
 * the payload against the table's minimum.
 */
typedef enum pvg_verdict (*pvg_packet_handler)(struct pvg_device *device,
	const struct pvg_packet *packet);

/* display.c */
enum pvg_verdict pvg_op_display_set_page(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_display_ack(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_display_sleep(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_display_properties(struct pvg_device *, const struct pvg_packet *);
/* present.c */
enum pvg_verdict pvg_op_present(struct pvg_device *, const struct pvg_packet *); // 06, 07, 08
/* cursor.c */
enum pvg_verdict pvg_op_cursor_glyph(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_cursor_show(struct pvg_device *, const struct pvg_packet *);
/* info.c, query.c */
enum pvg_verdict pvg_op_device_info(struct pvg_device *, const struct pvg_packet *); // 3a, 2d
enum pvg_verdict pvg_op_compute_info(struct pvg_device *, const struct pvg_packet *);
enum pvg_verdict pvg_op_heap_size(struct pvg_device *, const struct pvg_packet *);
/* exec.c */
enum pvg_verdict pvg_op_exec(struct pvg_device *, const struct pvg_packet *);

/* ---- interrupts: stamp.c --------------------------------------------------------------------- */

// Inside the gate: OR a display status bit and raise the interrupt. Any thread.
void pvg_raise_display(struct pvg_device *device, unsigned int port);

/* ---- display hooks that the device calls: display.c ------------------------------------------ */

struct pvg_displays; // display-private.h
struct pvg_displays *pvg_displays_create(struct pvg_device *device);
void pvg_displays_destroy(struct pvg_displays *displays);
/*
 * Device reset or lost link: forget pages, frames, cursors; descriptions stay. Device thread, gate
 * closed. Calls nobody; the next poll tells the host.
 */
void pvg_displays_reset(struct pvg_displays *displays);
// The table in use from now on, borrowed, NULL for none: after every change of it and before the
// old one is let go. Device thread.
void pvg_displays_set_ram(struct pvg_displays *displays, struct pvg_ram *ram);
// Adds the ports' counters. Any thread.
void pvg_displays_get_counters(const struct pvg_displays *displays, struct pvg_counters *counters);
// 0x31 for a pipe's channel, and a ring teardown.
void pvg_displays_channel_freed(struct pvg_displays *displays, uint32_t channel);
// Cursor kicks of register 0x1220 (bit = port), and the sampling of a poll.
void pvg_displays_cursor_kick(struct pvg_displays *displays, uint32_t ports);
/*
 * The ONLINE handshake and OFFLINE retries (spec 04 section 6.2). Returns when it wants to be
 * called next: 4 ms while a registered port waits for its enable bit, INT64_MAX when nothing is
 * pending.
 */
int64_t pvg_displays_poll(struct pvg_displays *displays, int64_t now_ns);
bool pvg_displays_any_online(const struct pvg_displays *displays);
// What a bound port advertises; false for one without an output. Any thread.
bool pvg_displays_get_desc(struct pvg_displays *displays, unsigned int port,
	struct pvg_display_desc *desc);

/* ---- exec hooks that the device calls: exec.c ------------------------------------------------ */

struct pvg_exec;
struct pvg_exec *pvg_exec_create(struct pvg_device *device);
void pvg_exec_destroy(struct pvg_exec *exec);
// Device reset or lost link. Device thread.
void pvg_exec_reset(struct pvg_exec *exec);
// 0x20: the task's events go.
void pvg_exec_task_deleted(struct pvg_exec *exec, uint32_t task);
// 0x31 and ring teardowns: what was parked at the channel's head is gone. Device thread.
void pvg_exec_channel_freed(struct pvg_exec *exec, uint32_t channel);
// Is a packet of another channel done in part only? Then no frame may be shown yet (spec 04 section
// 8.1).
bool pvg_exec_is_parked(const struct pvg_exec *exec, uint32_t except_channel);
// Adds .records. Any thread.
void pvg_exec_get_counters(const struct pvg_exec *exec, struct pvg_counters *counters);

/* ---- captures: record.c; each does nothing without a recorder -------------------------------- */

void pvg_record_register(struct pvg_device *device, uint32_t offset, uint32_t value,
	uint32_t fifo_written);
void pvg_record_doorbells(struct pvg_device *device, uint32_t channels, uint32_t cursor_ports);
// Whatever is read out of guest RAM, before it is used; pvg_task_page counts as reading the page.
void pvg_record_read(struct pvg_device *device, uint64_t gpa, const void *bytes, size_t size_bytes);
// The host wrote there: what the capture knows of those bytes is no longer true.
void pvg_record_write(struct pvg_device *device, uint64_t gpa, size_t size_bytes);
// A recorder was set, or a connection made with one: the configuration that a replay needs.
void pvg_record_connect(struct pvg_device *device, uint64_t epoch);
// The spans of a new memory table.
void pvg_record_ram(struct pvg_device *device, uint32_t generation,
	const struct pvg_ram_span *spans, size_t count);
// What pvg_display_set_desc was told.
void pvg_record_display(struct pvg_device *device, unsigned int port,
	const struct pvg_display_desc *desc);
void pvg_record_reset(struct pvg_device *device, uint64_t epoch);
void pvg_record_tick(struct pvg_device *device, unsigned int port, int64_t when_ns);
// The packet at this place of a ring was taken, or skipped as broken: a replay takes it here.
void pvg_record_packet(struct pvg_device *device, uint32_t channel, uint32_t position);

/* ---- replays and dumps ----------------------------------------------------------------------- */

struct pvg_record_info;

// Who steers a device packet by packet, and sees what it walks. Any function may be NULL.
struct pvg_tap {
	void *data;
	// May a child channel be read now (record, page list, ring)? False: it counts as empty.
	bool (*may_look)(void *data, uint32_t channel);
	// May the packet at this place be looked at now? False: its ring counts as empty.
	bool (*may_take)(void *data, uint32_t channel, uint32_t position);
	// It was taken, or skipped as broken.
	void (*taken)(void *data, uint32_t channel, uint32_t position);
	// About to be handled, again when it was held. @name: NULL for numbers without one.
	void (*packet)(void *data, const struct pvg_packet *packet, const char *name);
	void (*segment)(void *data, uint32_t task, const char *space, uint64_t size_bytes);
	// A record of a command buffer was executed or refused. @size_bytes: with its header.
	void (*record)(void *data, const struct pvg_record_info *info, uint32_t size_bytes,
		bool refused);
};

// Borrowed until NULL is set. Device thread.
void pvg_device_set_tap(struct pvg_device *device, const struct pvg_tap *tap);
// Does something wait for the renderer? Device thread.
bool pvg_device_waits_for_renderer(const struct pvg_device *device);

/*
 * The whole device. core.h (registers, channels, tasks, objects) and the parts' headers say what is
 * in each member.
 */
struct pvg_core;
struct pvg_device {
	struct pvg_host host;
	void *host_data;
	struct pvg_device_config config;
	struct pvg_link_page *page; // borrowed while connected
	unsigned int displays_count; // register 0x122c
	uint32_t version; // negotiated, register 0x1034
	struct pvg_core *core;         // owned
	struct pvg_displays *displays; // owned
	struct pvg_exec *exec;         // owned
	struct pvg_gpu *gpu;           // owned, NULL without a renderer
	struct pvg_recorder *_Atomic recorder;
	const struct pvg_tap *tap;     // borrowed, NULL: none
	struct pvg_atomic_counters *counters; // owned, refuse.h
};

int64_t pvg_now_ns(const struct pvg_device *device);

#endif
