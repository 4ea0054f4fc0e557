// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that does everything wrong. hostile-cases.c holds one case for each row of spec 01
 * section 7.1 and 04 section 17, hostile.c runs them and then a seeded storm.
 */
#ifndef TESTS_GUEST_SCENE_HOSTILE_H
#define TESTS_GUEST_SCENE_HOSTILE_H

#include "scene.h"

#define STORM_PAGES 64u // that a host may write into without harm to the guest

struct storm {
	struct pvg_scene_env *env;   // borrowed
	struct pvg_drv *drv;         // borrowed
	struct pvg_enc_mem halves[2]; // lives alternate, so late writes of the host hit no one
	unsigned int attaches;
	enum pvg_drv_style style;
	uint64_t random;
	struct pvg_enc_task task;       // id 1
	struct pvg_drv_surface surface; // 64 by 64
	uint32_t prey_pfn;              // STORM_PAGES pages
	uint64_t prey_gva;              // the same in task 1 and in task 0
	uint64_t packets;
	const char *wrong; // what the host did that no host may
};

struct storm_case {
	const char *name;
	void (*run)(struct storm *storm);
	bool breaks; // the device has to be attached again
};

extern const struct storm_case pvg_storm_cases[];
extern const unsigned int pvg_storm_case_count;

uint32_t pvg_storm_random(struct storm *storm, uint32_t below); // 0..below-1
// A number that is likely to hurt: 0, all ones, powers of two, frames that are not RAM.
uint32_t pvg_storm_nasty(struct storm *storm);
// A frame number: not RAM, or one of the prey pages.
uint32_t pvg_storm_pfn(struct storm *storm);

// One packet with its words as payload, well framed, with the next signal value.
void pvg_storm_packet(struct storm *storm, uint32_t channel, uint16_t opcode, const uint32_t *words,
	unsigned int count);
// Lets the host work for that long, interrupts are taken meanwhile.
void pvg_storm_pause(struct storm *storm, int64_t time_ns);
// Bytes as they are. Nothing is counted as issued.
void pvg_storm_bytes(struct storm *storm, uint32_t channel, const void *bytes, uint32_t size);

#endif
