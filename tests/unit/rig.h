// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole device with a host that keeps what it is told, attached the way the worked example of
 * spec 04 section 16 is: root page 0x100000, FIFO buffer 0x101000, port p on channel 5 + p with its
 * shared page at PFN 0x120 + p, task 0 with page tables and its object list at GVA 0x1000.
 */
#ifndef TESTS_UNIT_RIG_H
#define TESTS_UNIT_RIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <pvg/device.h>
#include <pvg/regs.h>
#include <pvg/renderer.h>

#include "pvg-link.h"

#define RIG_RAM_BYTES (UINT64_C(96) << 20)
#define RIG_STAMP_GPA 0x101000u
#define RIG_PAGE_GPA 0x120000u // shared page of port 0
#define RIG_MS INT64_C(1000000)
#define RIG_BGRA 0x42475241u

#define RIG_HOMES 16u

struct rig_home { // a picture that a surface may live in
	struct pvg_image image;
	struct pvg_gpu_dmabuf dmabuf; // fake-gpu.c finds the pixels in .modifier
	bool made, kept;
	unsigned int state; // enum pvg_home_state, the test's to set
	unsigned int port;
	unsigned int acquired; // times
};

struct rig_port { // what the host was told
	unsigned int presented, cancelled, refused_acquires;
	struct pvg_frame_info frame;
	uint32_t width, height, fourcc;
	uint8_t *pixels; // owned copy of the newest picture
	size_t stride;
	unsigned int glyphs;
	struct pvg_cursor_glyph glyph; // argb8888 is not kept
	uint32_t glyph_first, glyph_last;
	unsigned int cursor_states;
	struct pvg_cursor_state cursor;
	unsigned int gammas;
	struct pvg_gamma gamma; // tables are not kept
	float gamma_red1, gamma_blue0;
	unsigned int sleeps;
	bool asleep;
	unsigned int states;
	enum pvg_display_state state;
};

struct rig {
	struct pvg_device_config config;
	unsigned int displays;
	struct pvg_link_page *page; // owned
	struct pvg_regs regs;
	uint8_t *ram; // owned
	struct pvg_device *device; // owned
	_Atomic int64_t now_ns;
	int64_t clock_step_ns; // added at each look at the clock
	_Atomic unsigned int irqs;
	unsigned int resets;

	// How the fake host behaves.
	unsigned int images_free; // pictures it still gives out
	bool homes_never;
	unsigned int homes_free; // that it still gives out
	struct rig_home homes[RIG_HOMES];
	bool fence_taken; // the answer to home_fence
	unsigned int fences;
	const struct pvg_image *shown; // the newest present was of this home
	uint32_t force_fourcc;    // 0: as asked
	struct rig_port ports[PVG_MAX_PORTS];

	// The guest's book-keeping.
	uint32_t fifo_written;
	uint32_t written[32], signal[32];
	uint32_t next_pfn; // of page-table nodes, a bump allocator
	struct {
		uint32_t dir_pfn, root_pfn;
	} tasks[8];
};

// Attached up to and without the display pipes' 0x01; the profile is "proven".
struct rig *rig_create(unsigned int displays);
// The same in two steps: connected and with RAM, then what the guest's driver does.
struct rig *rig_create_bare(unsigned int displays);
void rig_attach(struct rig *rig);
void rig_destroy(struct rig *rig);

struct rig_home *rig_home(struct rig *rig, const struct pvg_image *image);

// Turns of the device thread until nothing is due.
int64_t rig_run(struct rig *rig);
void rig_advance(struct rig *rig, int64_t ns);

void rig_put32(struct rig *rig, uint64_t gpa, uint32_t value);
uint32_t rig_get32(struct rig *rig, uint64_t gpa);
uint16_t rig_get16(struct rig *rig, uint64_t gpa);
// The word as a guest CPU sees it.
_Atomic uint32_t *rig_word(struct rig *rig, uint64_t gpa);
uint32_t rig_stamp(struct rig *rig, uint32_t slot);
struct pvg_counters rig_counters(struct rig *rig);
uint64_t rig_refused(struct rig *rig, enum pvg_refusal reason);

void rig_map(struct rig *rig, uint32_t task, uint64_t gva, uint64_t gpa, uint64_t size_bytes);
void rig_unmap(struct rig *rig, uint32_t task, uint64_t gva, uint64_t size_bytes);
void rig_define_task(struct rig *rig, uint32_t task);

// Publishes a packet on a channel (0: root) and rings; returns its signal. Does not run the device.
uint32_t rig_publish(struct rig *rig, uint32_t channel, uint16_t opcode, const void *payload,
	uint32_t payload_bytes);
// The same, raw words as they lie in memory.
void rig_publish_raw(struct rig *rig, uint32_t channel, const uint32_t *words, uint32_t count);
// Publishes, runs, and fails the test unless the stamp was written.
void rig_send(struct rig *rig, uint32_t channel, uint16_t opcode, const void *payload,
	uint32_t payload_bytes);
#define RIG_SEND(rig, channel, opcode, ...) \
	rig_send((rig), (channel), (opcode), (const uint32_t[]){ __VA_ARGS__ }, \
		(uint32_t)sizeof((const uint32_t[]){ __VA_ARGS__ }))

// Object-list entry @ref of @task; its descriptor lies at @desc_gva, which must be mapped.
void rig_object(struct rig *rig, uint32_t task, uint32_t ref, uint8_t type, uint64_t desc_gva,
	const void *descriptor, uint32_t size_bytes);
struct rig_surface {
	uint64_t gva, gpa;
	uint32_t format, width, height, stride, offset, element;
};
// A one-plane surface in task 0, its backing mapped.
void rig_surface(struct rig *rig, uint32_t ref, const struct rig_surface *surface);

// The description of spec 04 section 16.
void rig_desc(struct pvg_display_desc *desc);
// 0x01, enable 0xc, poll, ack: port @port is ONLINE afterwards. It needs a description.
void rig_online(struct rig *rig, unsigned int port);

#endif
