// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest and a device in one process, without sockets or a clock of their own: the guest driver of
 * tests/guest writes the registers, the device runs when the driver waits. For tests that look at
 * every pixel of a frame, and for benches that time nothing but the device and its renderer.
 */
#ifndef TESTS_SCENES_MACHINE_H
#define TESTS_SCENES_MACHINE_H

#include <pvg/counters.h>
#include <pvg/device.h>
#include <pvg/regs.h>
#include <pvg/renderer.h>

#include "pvg-link.h"
#include "scene/gpu.h"

#define MACHINE_SURFACES 2u

struct machine {
	struct pvg_link_page *page; // owned
	uint8_t *ram;               // owned
	uint64_t ram_bytes;
	struct pvg_regs regs;
	struct pvg_device *device;     // owned
	struct pvg_renderer *renderer; // borrowed, NULL: none
	struct pvg_enc_mem mem;
	struct pvg_drv drv;
	struct pvg_gs gpu;
	struct pvg_painter painter;
	struct pvg_drv_surface surfaces[MACHINE_SURFACES];
	uint32_t targets[MACHINE_SURFACES];
	uint32_t width, height;
	bool irq; // raised and not taken
	// The newest presented picture: XRGB8888 rows of width * 4 bytes.
	uint8_t *pixels; // owned
	uint64_t presented;
};

/**
 * machine_create - power on, attach, display on line, scene set up
 * @renderer: borrowed until machine_destroy
 *
 * NULL: *error says why.
 */
struct machine *machine_create(struct pvg_renderer *renderer, const char *scene, uint32_t width,
	uint32_t height, const char **error);
// The same with a limit for what the device makes on the GPU; 0: the device's own.
struct machine *machine_create_limited(struct pvg_renderer *renderer, const char *scene,
	uint32_t width, uint32_t height, uint64_t gpu_memory_bytes, const char **error);
void machine_destroy(struct machine *machine);

// Records and submits frame @number; the exec channel's signal, 0: failed.
uint32_t machine_submit(struct machine *machine, uint64_t number);
// Until the submission's stamp was written.
bool machine_wait(struct machine *machine, uint32_t signal);
// Presents what frame @number drew and waits until the picture is in .pixels.
bool machine_present(struct machine *machine, uint64_t number, uint32_t signal);
// All three.
bool machine_frame(struct machine *machine, uint64_t number);

struct pvg_counters machine_counters(const struct machine *machine);

#endif
