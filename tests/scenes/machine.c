// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define RAM_BYTES (UINT64_C(768) << 20)
#define RAM_START UINT64_C(0x100000)
#define ONLINE_NS INT64_C(5000000000)
#define PATIENCE_NS INT64_C(60000000000)

static int64_t now_ns(void *data) {
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* ---- the host ---------------------------------------------------------------------------- */

static void host_irq(void *data) {
	struct machine *machine = data;
	machine->irq = true;
}

static struct pvg_image *host_image_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc) {
	struct pvg_image *image = calloc(1, sizeof(*image));
	if (image == NULL) {
		return NULL;
	}
	*image = (struct pvg_image){
		.width = width,
		.height = height,
		.stride_bytes = width * 4,
		.fourcc = fourcc,
		.pixels = malloc((size_t)width * height * 4),
	};
	if (image->pixels == NULL) {
		free(image);
		return NULL;
	}
	return image;
}

static void host_image_cancel(void *data, unsigned int port, struct pvg_image *image) {
	free(image->pixels);
	free(image);
}

static void host_image_present(void *data, unsigned int port, struct pvg_image *image,
	const struct pvg_frame_info *info) {
	struct machine *machine = data;
	machine->presented = info->sequence;
	if (machine_home_show(machine, image)) {
		const struct machine_home *home = machine_home_shown(machine);
		free(machine->pixels);
		machine->pixels = malloc((size_t)image->width * image->height * 4);
		if (machine->pixels != NULL) {
			machine_home_read(home, machine->pixels);
		}
		return;
	}
	machine_home_show(machine, NULL);
	free(machine->pixels);
	machine->pixels = image->pixels;
	free(image);
}

static const struct pvg_host host = {
	.irq = host_irq,
	.image_acquire = host_image_acquire,
	.image_present = host_image_present,
	.image_cancel = host_image_cancel,
};

static const struct pvg_host host_with_homes = {
	.irq = host_irq,
	.image_acquire = host_image_acquire,
	.image_present = host_image_present,
	.image_cancel = host_image_cancel,
	.home_acquire = machine_home_acquire,
	.home_release = machine_home_release,
	.home_state = machine_home_state,
};

/* ---- the machine that the driver sees ------------------------------------------------------ */

static uint32_t mmio_read(void *data, uint32_t offset) {
	struct machine *machine = data;
	return (uint32_t)pvg_regs_read(&machine->regs, offset, 4);
}

static void mmio_write(void *data, uint32_t offset, uint32_t value) {
	struct machine *machine = data;
	pvg_regs_write(&machine->regs, offset, 4, value);
}

static void ignore_doorbell(void *data) {
	// The device runs whenever the driver waits.
}

static bool wait_for_irq(void *data, uint32_t seen, int64_t deadline_ns) {
	struct machine *machine = data;
	for (;;) {
		int64_t due_ns = pvg_device_run(machine->device);
		int64_t now = now_ns(NULL);
		// Every look is a refresh: nothing here is paced.
		pvg_display_tick(machine->device, 0, now);
		if (machine->irq) {
			machine->irq = false;
			pvg_drv_isr(&machine->drv);
		}
		if (machine->drv.irq_count != seen) {
			return true;
		}
		if (now >= deadline_ns || pvg_device_failed(machine->device) != NULL) {
			return false;
		}
		struct pollfd fd = { .fd = -1, .events = POLLIN };
		if (machine->renderer != NULL) {
			fd.fd = machine->renderer->ops->fd(machine->renderer);
		}
		int64_t until = due_ns < deadline_ns ? due_ns : deadline_ns;
		int64_t ms = until <= now ? 0 : (until - now) / 1000000 + 1;
		poll(&fd, 1, ms > 10 ? 10 : (int)ms);
	}
}

static const struct pvg_drv_ops drv_ops = {
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.now_ns = now_ns,
	.wait = wait_for_irq,
};

static bool power_on(struct machine *machine, uint32_t width, uint32_t height,
	uint64_t gpu_memory_bytes) {
	struct pvg_device_config config = { .page_shift = 12,
		.gpu_memory_bytes = gpu_memory_bytes };
	if (!pvg_info_profile(&config.info, "proven")) {
		return false;
	}
	machine->ram_bytes = RAM_BYTES;
	machine->ram = mmap(NULL, machine->ram_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	machine->page = aligned_alloc(4096, sizeof(*machine->page));
	if (machine->ram == MAP_FAILED || machine->page == NULL) {
		return false;
	}
	memset(machine->page, 0, sizeof(*machine->page));
	machine->device = pvg_device_create(&config,
		machine->housed ? &host_with_homes : &host, machine);
	if (machine->device == NULL) {
		return false;
	}
	if (machine->renderer != NULL) {
		pvg_device_set_renderer(machine->device, machine->renderer);
	}
	const struct pvg_display_desc desc = {
		.serial = 1,
		.name = "pvg display",
		.width_mm = 300,
		.height_mm = 200,
		.cursor_max_width = 64,
		.cursor_max_height = 64,
		.mode_count = 1,
		.modes = { { (uint16_t)width, (uint16_t)height, 60000 } },
	};
	pvg_display_set_desc(machine->device, 0, &desc);
	pvg_regs_init(&machine->regs, machine->page, 1, ignore_doorbell, machine);
	if (!pvg_device_connect(machine->device, machine->page, 1, 1)) {
		return false;
	}
	const struct pvg_ram_span span = { 0, machine->ram_bytes, machine->ram };
	pvg_device_set_ram(machine->device, pvg_ram_create(&span, 1, 0, NULL, NULL));
	pvg_enc_mem_init(&machine->mem, machine->ram + RAM_START, RAM_START,
		machine->ram_bytes - RAM_START);
	return true;
}

static bool boot(struct machine *machine, const struct pvg_gs_scene *scene) {
	struct pvg_drv *drv = &machine->drv;
	pvg_drv_init(drv, &drv_ops, machine, &machine->mem, PVG_DRV_MACOS13);
	drv->patience_ns = PATIENCE_NS;
	if (!pvg_drv_attach(drv) || !pvg_drv_port_open(drv, 0) ||
		!pvg_drv_port_wait_online(drv, 0, ONLINE_NS)) {
		return false;
	}
	for (unsigned int i = 0; i < MACHINE_SURFACES; i++) {
		if (!pvg_drv_surface_create(drv, &machine->surfaces[i], machine->width,
			    machine->height)) {
			return false;
		}
	}
	static uint32_t gradient[2 * PVG_PAINT_MAX_WIDTH];
	pvg_paint_init(&machine->painter, machine->width, machine->height, 60000, 0, gradient);
	if (!pvg_gs_open(&machine->gpu, drv, 1, scene, machine->width, machine->height)) {
		return false;
	}
	for (unsigned int i = 0; i < MACHINE_SURFACES; i++) {
		machine->targets[i] =
			pvg_mtl_surface(&machine->gpu.mtl, &machine->surfaces[i], MTL_BGRA8);
	}
	return drv->error == NULL;
}

struct machine *machine_create(struct pvg_renderer *renderer, const char *scene, uint32_t width,
	uint32_t height, const char **error) {
	return machine_create_limited(renderer, scene, width, height, 0, error);
}

static struct machine *create(struct pvg_renderer *renderer, const char *scene, uint32_t width,
	uint32_t height, uint64_t gpu_memory_bytes, bool housed, const char **error) {
	const struct pvg_gs_scene *found = pvg_gs_scene_find(scene);
	struct machine *machine = calloc(1, sizeof(*machine));
	*error = "no memory";
	if (machine == NULL) {
		return NULL;
	}
	machine->renderer = renderer;
	machine->housed = housed;
	machine->udmabuf = housed ? open("/dev/udmabuf", O_RDWR | O_CLOEXEC) : -1;
	machine->width = width;
	machine->height = height;
	if (found == NULL) {
		*error = "no such scene";
	} else if (power_on(machine, width, height, gpu_memory_bytes)) {
		if (boot(machine, found)) {
			return machine;
		}
		*error = machine->drv.error != NULL ? machine->drv.error : "not booted";
	}
	machine_destroy(machine);
	return NULL;
}

struct machine *machine_create_limited(struct pvg_renderer *renderer, const char *scene,
	uint32_t width, uint32_t height, uint64_t gpu_memory_bytes, const char **error) {
	return create(renderer, scene, width, height, gpu_memory_bytes, false, error);
}

struct machine *machine_create_housed(struct pvg_renderer *renderer, const char *scene,
	uint32_t width, uint32_t height, const char **error) {
	return create(renderer, scene, width, height, 0, true, error);
}

void machine_destroy(struct machine *machine) {
	if (machine == NULL) {
		return;
	}
	if (machine->device != NULL) {
		pvg_device_disconnect(machine->device);
		pvg_device_set_renderer(machine->device, NULL);
	}
	pvg_device_destroy(machine->device);
	machine_home_show(machine, NULL);
	if (machine->udmabuf >= 0) {
		close(machine->udmabuf);
	}
	free(machine->pixels);
	free(machine->page);
	if (machine->ram != NULL && machine->ram != MAP_FAILED) {
		munmap(machine->ram, machine->ram_bytes);
	}
	free(machine);
}

/* ---- frames ------------------------------------------------------------------------------- */

uint32_t machine_submit(struct machine *machine, uint64_t number) {
	return pvg_gs_frame(&machine->gpu, &machine->painter,
		machine->targets[number % MACHINE_SURFACES], number);
}

bool machine_wait(struct machine *machine, uint32_t signal) {
	return pvg_mtl_wait(&machine->gpu.mtl, signal);
}

bool machine_present(struct machine *machine, uint64_t number, uint32_t signal) {
	struct pvg_drv_surface *surface = &machine->surfaces[number % MACHINE_SURFACES];
	return pvg_drv_present_drawn(&machine->drv, 0, surface, signal) &&
		pvg_drv_wait_stamp(&machine->drv, PVG_DRV_DISPLAY, surface->presented);
}

bool machine_frame(struct machine *machine, uint64_t number) {
	uint32_t signal = machine_submit(machine, number);
	return signal != 0 && machine_wait(machine, signal) &&
		machine_present(machine, number, signal);
}

struct pvg_counters machine_counters(const struct machine *machine) {
	struct pvg_counters counters;
	pvg_device_get_counters(machine->device, &counters);
	return counters;
}
