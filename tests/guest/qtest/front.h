// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest driver without a guest: registers through qtest, guest RAM through the memfd that QEMU
 * has open, interrupts by an MSI whose address is a word of guest RAM.
 */
#ifndef TESTS_GUEST_QTEST_FRONT_H
#define TESTS_GUEST_QTEST_FRONT_H

#include "../scene/scene.h"
#include "vm.h"

struct front {
	struct vm *vm; // borrowed: started, BAR0 mapped at VM_BAR0
	uint8_t *ram;  // owned mapping
	size_t ram_bytes;
	volatile uint32_t *message; // where the MSI lands
	struct pvg_enc_mem mem;
	struct pvg_drv drv;
	struct pvg_scene_env env;
	struct pvg_text lines; // what the scene said
	char text[32768];
	uint32_t *scratch[PVG_DRV_PORTS]; // owned
};

// Maps the RAM, programs the MSI. Fails the running test when something is missing.
void front_init(struct front *front, struct vm *vm, size_t ram_bytes, enum pvg_drv_style style);
void front_finish(struct front *front);

extern const struct pvg_drv_ops front_ops;

#endif
