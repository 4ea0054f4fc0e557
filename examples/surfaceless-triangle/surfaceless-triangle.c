// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One triangle from a guest's Metal commands to a PNG, with libpvg and the GLES renderer and
 * nothing else: no QEMU, no compositor, no window. Both sides of the device are in this process.
 *
 *   surfaceless-triangle FILE.png
 *
 * The host: a device, a renderer, one display, pictures in memory. The guest: the driver and the
 * encoder of tests/guest, which write registers, rings and command buffers as macOS does.
 * Exit status 77: no GLES 3.2 or no shader translator here.
 */
#include <png.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pvg/device.h>
#include <pvg/regs.h>
#include <pvg/renderer.h>

#include "mtl/mtl.h"
#include "pvg-link.h"
#include "render/renderer.h"
#include "render/shader/client.h"
#include "scene/shaders.h"

#define WIDTH 320u
#define HEIGHT 240u
#define RAM_BYTES (UINT64_C(32) << 20)
#define RAM_GPA UINT64_C(0x100000)
#define SECOND_NS INT64_C(1000000000)

// Metal's vertex formats and step function (spec 02 section 6.2).
enum { UCHAR4_NORMALIZED = 9, SHORT2 = 16, PER_VERTEX = 1 };

struct program {
	struct pvg_link_page *page;
	struct pvg_regs regs;
	struct pvg_device *device;
	struct pvg_renderer *renderer;
	struct pvg_enc_mem mem;
	struct pvg_drv drv;
	bool irq;
	const char *path;
	bool written;
};

/* ---- the host: what a program around libpvg provides ----------------------------------------- */

static void raise_irq(void *data) {
	((struct program *)data)->irq = true;
}

static struct pvg_image *image_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc) {
	struct pvg_image *image = calloc(1, sizeof(*image));
	uint8_t *pixels = malloc((size_t)width * height * 4);
	if (image == NULL || pixels == NULL) {
		free(image);
		free(pixels);
		return NULL;
	}
	*image = (struct pvg_image){ .width = width, .height = height, .stride_bytes = width * 4,
		.fourcc = fourcc, .pixels = pixels };
	return image;
}

static void image_cancel(void *data, unsigned int port, struct pvg_image *image) {
	free(image->pixels);
	free(image);
}

// The guest presented, and everything it drew is in the picture.
static void image_present(void *data, unsigned int port, struct pvg_image *image,
	const struct pvg_frame_info *info) {
	struct program *p = data;
	uint8_t *pixels = image->pixels;
	for (size_t i = 3; i < (size_t)image->width * image->height * 4; i += 4) {
		pixels[i] = 0xff; // X of XRGB8888 is nobody's
	}
	png_image png = { .version = PNG_IMAGE_VERSION, .width = image->width,
		.height = image->height, .format = PNG_FORMAT_BGRA };
	p->written = png_image_write_to_file(&png, p->path, 0, pixels,
			     (png_int_32)image->stride_bytes, NULL) != 0;
	image_cancel(data, port, image);
}

static void no_glyph(void *data, unsigned int port, const struct pvg_cursor_glyph *glyph) {
}

static void no_cursor(void *data, unsigned int port, const struct pvg_cursor_state *state) {
}

static void no_gamma(void *data, unsigned int port, const struct pvg_gamma *gamma) {
}

static void no_sleep(void *data, unsigned int port, bool asleep) {
}

static void no_state(void *data, unsigned int port, enum pvg_display_state state) {
}

static void no_reset(void *data, uint64_t epoch) {
}

static const struct pvg_host host = {
	.irq = raise_irq,
	.image_acquire = image_acquire,
	.image_present = image_present,
	.image_cancel = image_cancel,
	.cursor_glyph = no_glyph,
	.cursor_state = no_cursor,
	.gamma = no_gamma,
	.sleep = no_sleep,
	.display_state = no_state,
	.reset_done = no_reset,
};

/* ---- the machine between them: registers, interrupts, time ------------------------------- */

static int64_t now_ns(void *data) {
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

static uint32_t mmio_read(void *data, uint32_t offset) {
	return (uint32_t)pvg_regs_read(&((struct program *)data)->regs, offset, 4);
}

static void mmio_write(void *data, uint32_t offset, uint32_t value) {
	pvg_regs_write(&((struct program *)data)->regs, offset, 4, value);
}

static void ignore_doorbell(void *data) {
	// The device runs whenever the guest waits.
}

// The guest waits for an interrupt: the device and the GPU get their turn.
static bool wait_for_irq(void *data, uint32_t seen, int64_t deadline_ns) {
	struct program *p = data;
	while (p->drv.irq_count == seen && now_ns(NULL) < deadline_ns) {
		struct pollfd fd = { .fd = p->renderer->ops->fd(p->renderer), .events = POLLIN };
		pvg_device_run(p->device);
		pvg_display_tick(p->device, 0, now_ns(NULL));
		if (p->irq) {
			p->irq = false;
			pvg_drv_isr(&p->drv);
		} else {
			(void)poll(&fd, 1, 2);
		}
	}
	return p->drv.irq_count != seen;
}

static const struct pvg_drv_ops machine = {
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.now_ns = now_ns,
	.wait = wait_for_irq,
};

static bool power_on(struct program *p) {
	struct pvg_device_config config = { .page_shift = 12 };
	const struct pvg_display_desc desc = { .serial = 1, .name = "paper", .width_mm = 160,
		.height_mm = 120, .cursor_max_width = 64, .cursor_max_height = 64, .mode_count = 1,
		.modes = { { WIDTH, HEIGHT, 60000 } } };
	uint8_t *ram = calloc(1, RAM_BYTES);
	p->page = aligned_alloc(4096, sizeof(*p->page));
	if (ram == NULL || p->page == NULL || !pvg_info_profile(&config.info, "proven")) {
		return false;
	}
	memset(p->page, 0, sizeof(*p->page));
	p->device = pvg_device_create(&config, &host, p);
	if (p->device == NULL) {
		return false;
	}
	pvg_device_set_renderer(p->device, p->renderer);
	pvg_display_set_desc(p->device, 0, &desc);
	pvg_regs_init(&p->regs, p->page, 1, ignore_doorbell, p);
	const struct pvg_ram_span span = { RAM_GPA, RAM_BYTES, ram };
	pvg_enc_mem_init(&p->mem, ram, RAM_GPA, RAM_BYTES);
	bool connected = pvg_device_connect(p->device, p->page, 1, 1);
	pvg_device_set_ram(p->device, pvg_ram_create(&span, 1, 0, NULL, NULL));
	return connected;
}

/* ---- the guest: a driver attaches, a process draws --------------------------------------- */

static uint32_t function(struct pvg_mtl *mtl, const char *name) {
	const struct pvg_shader *shader = pvg_shaders;
	while (shader->name != NULL && strcmp(shader->name, name) != 0) {
		shader++;
	}
	return pvg_mtl_function(mtl, shader->library, shader->size_bytes);
}

static uint32_t draw(struct pvg_mtl *mtl, uint32_t target) {
	// Place in thousandths of clip space, colour as bytes.
	static const struct {
		int16_t x, y;
		uint8_t rgba[4];
	} corners[] = { { -800, -700, { 230, 60, 60, 255 } }, { 800, -700, { 60, 200, 90, 255 } },
		{ 0, 800, { 70, 90, 240, 255 } } };
	struct pvg_enc_render_pipeline pipeline = {
		.vertex_function = function(mtl, "triangle.vert"),
		.fragment_function = function(mtl, "solid.frag"),
		.attribute_count = 2,
		.attributes = { { 0, SHORT2, 0, 0 }, { 1, UCHAR4_NORMALIZED, 4, 0 } },
		.layout_count = 1,
		.layouts = { { 0, PER_VERTEX, 1, sizeof(corners[0]) } },
		.colour_count = 1,
		.colours = { { .format = MTL_BGRA8, .source_rgb = 1, .source_alpha = 1,
			.write_mask = 0xf } },
	};
	struct pvg_mtl_pass pass = { .width = WIDTH, .height = HEIGHT };
	uint8_t *vertices;
	uint32_t buffer = pvg_mtl_buffer(mtl, sizeof(corners), &vertices);
	uint32_t state = pvg_mtl_render_pipeline(mtl, &pipeline);
	if (buffer == 0) {
		return 0;
	}
	memcpy(vertices, corners, sizeof(corners));
	pass.colors[0].ref = target;
	pass.colors[0].load = MTL_CLEAR;
	pass.colors[0].store = MTL_STORE;
	pass.colors[0].clear[0] = pass.colors[0].clear[1] = pvg_mtl_f64(1, 8);
	pass.colors[0].clear[2] = pvg_mtl_f64(1, 5);
	pass.colors[0].clear[3] = pvg_mtl_f64(1, 1);
	pvg_mtl_pass(mtl, &pass);
	pvg_mtl_viewport(mtl, 0, 0, WIDTH, HEIGHT);
	MTL_RENDER(mtl, 0x74, state); // setRenderPipelineState
	pvg_mtl_bind(mtl, PVG_ENC_RENDER, 0x7d, 0, buffer, 0); // setVertexBuffer
	pvg_mtl_draw(mtl, MTL_TRIANGLE, 0, 3, 1);
	pvg_mtl_written(mtl, target);
	return pvg_mtl_commit(mtl);
}

static bool run_guest(struct program *p) {
	static struct pvg_mtl mtl;
	struct pvg_drv_surface surface;
	pvg_drv_init(&p->drv, &machine, p, &p->mem, PVG_DRV_MACOS13);
	p->drv.patience_ns = 60 * SECOND_NS; // a shader is translated and built meanwhile
	if (!pvg_drv_attach(&p->drv) || !pvg_drv_port_open(&p->drv, 0) ||
		!pvg_drv_port_wait_online(&p->drv, 0, 5 * SECOND_NS) ||
		!pvg_drv_surface_create(&p->drv, &surface, WIDTH, HEIGHT) ||
		!pvg_mtl_open(&mtl, &p->drv, 1)) {
		return false;
	}
	uint32_t signal = draw(&mtl, pvg_mtl_surface(&mtl, &surface, MTL_BGRA8));
	return pvg_mtl_wait(&mtl, signal) && pvg_drv_present_drawn(&p->drv, 0, &surface, signal) &&
		pvg_drv_wait_stamp(&p->drv, PVG_DRV_DISPLAY, surface.presented);
}

int main(int argc, char **argv) {
	char error[256] = "no shader translator", worker[4096];
	struct program p = { .path = argc == 2 ? argv[1] : NULL };
	if (p.path == NULL) {
		fputs("usage: surfaceless-triangle FILE.png\n", stderr);
		return 2;
	}
	const struct pvg_gles_options options = { .shader_worker = worker };
	if (pvg_shader_find_worker(worker, sizeof(worker))) {
		p.renderer = pvg_renderer_gles_create(&options, error, sizeof(error));
	}
	if (p.renderer == NULL) {
		printf("SKIP: %s\n", error);
		return 77;
	}
	bool ok = power_on(&p) && run_guest(&p) && p.written;
	printf("%s: %s\n", p.path, ok ? p.renderer->caps.name : "not written");
	if (!ok && p.drv.error != NULL) {
		fprintf(stderr, "%s\n", p.drv.error);
	}
	if (p.device != NULL) {
		pvg_device_disconnect(p.device);
		pvg_device_destroy(p.device);
	}
	p.renderer->ops->destroy(p.renderer);
	free(p.mem.base);
	free(p.page);
	return ok ? 0 : 1;
}
