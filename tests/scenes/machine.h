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

// A picture of the display's in a dma-buf, where surfaces that the GPU draws may live.
struct machine_home;

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
	bool housed; // the display has homes
	int udmabuf; // where they come from, -1: from memfds
	struct machine_home *homes; // owned: all that are not free
	unsigned int homes_count;
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
// With homes.
struct machine *machine_create_housed(struct pvg_renderer *renderer, const char *scene,
	uint32_t width, uint32_t height, const char **error);
void machine_destroy(struct machine *machine);

/* ---- homes.c --------------------------------------------------------------------------- */

enum pvg_home_answer machine_home_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc, struct pvg_image **image);
void machine_home_release(void *data, struct pvg_image *image);
unsigned int machine_home_state(void *data, const struct pvg_image *image);
// A home is on the glass from now on, any other picture with NULL. False: @image is no home.
bool machine_home_show(struct machine *machine, const struct pvg_image *image);
// The one on the glass, NULL: none. Its texels as they are now, rows of width * 4 bytes.
const struct machine_home *machine_home_shown(const struct machine *machine);
void machine_home_read(const struct machine_home *home, uint8_t *pixels);

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
