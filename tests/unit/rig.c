// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <pvg/log.h>

#include "rig.h"

#define ROOT_GPA 0x100000u
#define FIFO_PFN 0x101u
#define FIFO_BYTES 0x10000u
#define ROOT_RING_GPA 0x102000u
#define ROOT_RING_BYTES (FIFO_BYTES - 0x1000u)
#define LIST_GVA 0x1000u
#define LIST_GPA 0x300000u // 64 KiB for each task
#define NODES_PFN 0x200u
#define SURFACE_DESC_GVA 0xf00000u
#define SURFACE_DESC_GPA 0x2f0000u

static uint32_t channel_list_pfn(uint32_t channel) {
	if (channel == 5) {
		return 0x110; // as in the worked example
	}
	return channel < 5 ? 0x130 + (channel - 1) * 0x20 : 0x1b0 + (channel - 6) * 2;
}

static uint32_t channel_pages(uint32_t channel) {
	return channel < 5 ? 16 : 1;
}

static uint64_t channel_record(uint32_t channel) {
	return ROOT_GPA + 0x400 + (uint64_t)(channel - 1) * 0x14;
}

/* ---- the host -------------------------------------------------------------------------------- */

static void host_irq(void *data) {
	struct rig *rig = data;
	atomic_fetch_add(&rig->irqs, 1);
}

static int64_t host_now_ns(void *data) {
	struct rig *rig = data;
	return atomic_fetch_add(&rig->now_ns, rig->clock_step_ns);
}

static struct pvg_image *host_image_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc) {
	struct rig *rig = data;
	if (rig->images_free == 0) {
		rig->ports[port].refused_acquires++;
		return NULL;
	}
	rig->images_free--;
	struct pvg_image *image = calloc(1, sizeof(*image));
	assert_non_null(image);
	image->width = width;
	image->height = height;
	image->stride_bytes = width * 4 + 64; // not the guest's
	image->fourcc = rig->force_fourcc != 0 ? rig->force_fourcc : fourcc;
	image->pixels = malloc((size_t)image->stride_bytes * height);
	assert_non_null(image->pixels);
	memset(image->pixels, 0xee, (size_t)image->stride_bytes * height);
	return image;
}

struct rig_home *rig_home(struct rig *rig, const struct pvg_image *image) {
	for (unsigned int i = 0; i < RIG_HOMES; i++) {
		if (&rig->homes[i].image == image) {
			return &rig->homes[i];
		}
	}
	fail_msg("not a home");
	return NULL;
}

static void home_make(struct rig_home *home, uint32_t width, uint32_t height, uint32_t fourcc) {
	free(home->image.pixels);
	home->image = (struct pvg_image){
		.width = width,
		.height = height,
		.stride_bytes = width * 4,
		.fourcc = fourcc,
		.pixels = calloc(height, width * 4),
		.dmabuf = &home->dmabuf,
	};
	assert_non_null(home->image.pixels);
	home->dmabuf = (struct pvg_gpu_dmabuf){
		.width = width,
		.height = height,
		.fourcc = fourcc,
		.modifier = (uintptr_t)home->image.pixels,
		.plane_count = 1,
		.fd = { -1, -1, -1, -1 },
		.stride_bytes = { width * 4 },
	};
	memset(home->image.pixels, 0xdd, (size_t)height * width * 4);
	home->made = true;
}

static enum pvg_home_answer host_home_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc, struct pvg_image **image) {
	struct rig *rig = data;
	if (rig->homes_never) {
		return PVG_HOME_NEVER;
	}
	for (unsigned int i = 0; i < RIG_HOMES && rig->homes_free > 0; i++) {
		struct rig_home *home = &rig->homes[i];
		if (!home->kept && home->state == 0) {
			home_make(home, width, height, fourcc);
			rig->homes_free--;
			home->kept = true;
			home->acquired++;
			home->port = port;
			*image = &home->image;
			return PVG_HOME_GIVEN;
		}
	}
	return PVG_HOME_LATER;
}

static void host_home_release(void *data, struct pvg_image *image) {
	struct rig *rig = data;
	struct rig_home *home = rig_home(rig, image);
	assert_true(home->kept);
	home->kept = false;
	rig->homes_free++;
}

static unsigned int host_home_state(void *data, const struct pvg_image *image) {
	struct rig *rig = data;
	const struct rig_home *home = rig_home(rig, image);
	assert_true(home->kept);
	return home->state;
}

static bool host_home_fence(void *data, struct pvg_image *image, int sync_file) {
	struct rig *rig = data;
	assert_true(rig_home(rig, image)->kept && sync_file >= 0);
	rig->fences++;
	return rig->fence_taken;
}

static void host_image_present(void *data, unsigned int index, struct pvg_image *image,
	const struct pvg_frame_info *info) {
	struct rig *rig = data;
	struct rig_port *port = &rig->ports[index];
	port->presented++;
	port->frame = *info;
	rig->shown = NULL;
	if (info->zero_copy) {
		struct rig_home *home = rig_home(rig, image);
		assert_true(home->kept && info->bytes_copied == 0);
		home->state |= PVG_HOME_SHOWN;
		rig->shown = image;
		return;
	}
	port->width = image->width;
	port->height = image->height;
	port->fourcc = image->fourcc;
	port->stride = image->stride_bytes;
	free(port->pixels);
	port->pixels = image->pixels;
	free(image);
	rig->images_free++;
}

static void host_image_cancel(void *data, unsigned int index, struct pvg_image *image) {
	struct rig *rig = data;
	rig->ports[index].cancelled++;
	free(image->pixels);
	free(image);
	rig->images_free++;
}

static void host_cursor_glyph(void *data, unsigned int index,
	const struct pvg_cursor_glyph *glyph) {
	struct rig *rig = data;
	struct rig_port *port = &rig->ports[index];
	port->glyphs++;
	port->glyph = *glyph;
	port->glyph.argb8888 = NULL;
	memcpy(&port->glyph_first, glyph->argb8888, 4);
	memcpy(&port->glyph_last,
		glyph->argb8888 + ((size_t)glyph->width * glyph->height - 1) * 4, 4);
}

static void host_cursor_state(void *data, unsigned int index,
	const struct pvg_cursor_state *state) {
	struct rig *rig = data;
	rig->ports[index].cursor_states++;
	rig->ports[index].cursor = *state;
}

static void host_gamma(void *data, unsigned int index, const struct pvg_gamma *gamma) {
	struct rig *rig = data;
	struct rig_port *port = &rig->ports[index];
	port->gammas++;
	port->gamma = *gamma;
	port->gamma_red1 = gamma->red[1];
	port->gamma_blue0 = gamma->blue[0];
	port->gamma.red = port->gamma.green = port->gamma.blue = NULL;
}

static void host_sleep(void *data, unsigned int index, bool asleep) {
	struct rig *rig = data;
	rig->ports[index].sleeps++;
	rig->ports[index].asleep = asleep;
}

static void host_display_state(void *data, unsigned int index, enum pvg_display_state state) {
	struct rig *rig = data;
	rig->ports[index].states++;
	rig->ports[index].state = state;
}

static void host_reset_done(void *data, uint64_t epoch) {
	struct rig *rig = data;
	rig->resets++;
}

static const struct pvg_host host = {
	.irq = host_irq,
	.now_ns = host_now_ns,
	.image_acquire = host_image_acquire,
	.image_present = host_image_present,
	.image_cancel = host_image_cancel,
	.home_acquire = host_home_acquire,
	.home_release = host_home_release,
	.home_state = host_home_state,
	.home_fence = host_home_fence,
	.cursor_glyph = host_cursor_glyph,
	.cursor_state = host_cursor_state,
	.gamma = host_gamma,
	.sleep = host_sleep,
	.display_state = host_display_state,
	.reset_done = host_reset_done,
};

static void ignore_doorbell(void *data) {
	// The test runs the device itself.
}

static void ignore_log(enum pvg_log_level level, const char *fmt, va_list args) {
}

/* ---- guest memory ---------------------------------------------------------------------------- */

_Atomic uint32_t *rig_word(struct rig *rig, uint64_t gpa) {
	return (_Atomic uint32_t *)(void *)(rig->ram + gpa);
}

void rig_put32(struct rig *rig, uint64_t gpa, uint32_t value) {
	atomic_store_explicit(rig_word(rig, gpa), value, memory_order_relaxed);
}

uint32_t rig_get32(struct rig *rig, uint64_t gpa) {
	return atomic_load(rig_word(rig, gpa));
}

uint16_t rig_get16(struct rig *rig, uint64_t gpa) {
	uint16_t value;
	memcpy(&value, rig->ram + gpa, sizeof(value));
	return value;
}

uint32_t rig_stamp(struct rig *rig, uint32_t slot) {
	return rig_get32(rig, RIG_STAMP_GPA + 4 * slot);
}

struct pvg_counters rig_counters(struct rig *rig) {
	struct pvg_counters counters;
	pvg_device_get_counters(rig->device, &counters);
	return counters;
}

uint64_t rig_refused(struct rig *rig, enum pvg_refusal reason) {
	return rig_counters(rig).refusals[reason];
}

static void map_page(struct rig *rig, uint32_t task, uint64_t gva, uint32_t pfn) {
	uint64_t index = gva >> 12;
	uint32_t node = rig->tasks[task].root_pfn;
	for (unsigned int level = 0; level < 2; level++) {
		uint64_t at = ((uint64_t)node << 12) + 4 * (index >> (10 * (2 - level)) & 1023);
		if (rig_get32(rig, at) == 0) {
			rig_put32(rig, at, rig->next_pfn++);
		}
		node = rig_get32(rig, at);
	}
	rig_put32(rig, ((uint64_t)node << 12) + 4 * (index & 1023), pfn);
}

void rig_map(struct rig *rig, uint32_t task, uint64_t gva, uint64_t gpa, uint64_t size_bytes) {
	for (uint64_t done = 0; done < size_bytes; done += 0x1000) {
		map_page(rig, task, gva + done, (uint32_t)((gpa + done) >> 12));
	}
	RIG_SEND(rig, 2, 0x39, task, (uint32_t)gva, (uint32_t)(gva >> 32), (uint32_t)size_bytes, 0);
}

void rig_unmap(struct rig *rig, uint32_t task, uint64_t gva, uint64_t size_bytes) {
	for (uint64_t done = 0; done < size_bytes; done += 0x1000) {
		map_page(rig, task, gva + done, 0);
	}
	RIG_SEND(rig, 2, 0x22, task, (uint32_t)gva, (uint32_t)(gva >> 32), (uint32_t)size_bytes, 0);
}

void rig_define_task(struct rig *rig, uint32_t task) {
	rig->tasks[task].dir_pfn = rig->next_pfn++;
	rig->tasks[task].root_pfn = rig->next_pfn++;
	uint64_t dir = (uint64_t)rig->tasks[task].dir_pfn << 12;
	rig_put32(rig, dir, rig->tasks[task].root_pfn);
	rig_put32(rig, dir + 4, 3);
	RIG_SEND(rig, 0, 0x38, task == 0 ? 1 : task << 1, 0, 4, rig->tasks[task].dir_pfn);
	for (uint64_t done = 0; done < 0xf000; done += 0x1000) { // up to GVA 0x10000
		map_page(rig, task, LIST_GVA + done,
			(uint32_t)((LIST_GPA + task * 0x10000 + done) >> 12));
	}
	RIG_SEND(rig, 0, 0x33, task, 1, 0x100000);
}

void rig_object(struct rig *rig, uint32_t task, uint32_t ref, uint8_t type, uint64_t desc_gva,
	const void *descriptor, uint32_t size_bytes) {
	uint64_t index = desc_gva >> 12;
	uint32_t node = rig->tasks[task].root_pfn;
	for (unsigned int level = 0; level < 3; level++) {
		node = rig_get32(rig,
			((uint64_t)node << 12) + 4 * (index >> (10 * (2 - level)) & 1023));
		assert_int_not_equal(node, 0);
	}
	memcpy(rig->ram + ((uint64_t)node << 12) + (desc_gva & 0xfff), descriptor, size_bytes);
	uint8_t *slot = rig->ram + LIST_GPA + task * 0x10000 + (size_t)12 * ref;
	uint32_t head = type | size_bytes << 8;
	memcpy(slot, &head, 4);
	memcpy(slot + 4, &desc_gva, 8);
}

void rig_surface(struct rig *rig, uint32_t ref, const struct rig_surface *s) {
	uint64_t length = s->offset + (uint64_t)s->stride * s->height;
	rig_map(rig, 0, s->gva, s->gpa, (length + 0xfff) & ~UINT64_C(0xfff));
	const uint32_t words[9] = { (uint32_t)length, (uint32_t)(length >> 32),
		(uint32_t)(s->gva >> 12), s->format, 1, s->offset, s->width, s->height,
		s->stride | s->element << 24 };
	uint64_t at = (uint64_t)(ref % 64) * 64; // one page of descriptors
	rig_map(rig, 0, SURFACE_DESC_GVA, SURFACE_DESC_GPA, 0x1000);
	rig_object(rig, 0, ref, 4, SURFACE_DESC_GVA + at, words, sizeof(words));
}

/* ---- packets --------------------------------------------------------------------------------- */

static void ring_put(struct rig *rig, uint32_t channel, uint32_t counter, uint32_t word) {
	if (channel == 0) {
		rig_put32(rig, ROOT_RING_GPA + counter % ROOT_RING_BYTES, word);
		return;
	}
	uint32_t at = counter % (channel_pages(channel) * 0x1000);
	uint64_t list = (uint64_t)channel_list_pfn(channel) << 12;
	rig_put32(rig, ((uint64_t)rig_get32(rig, list + at / 0x1000 * 4) << 12) + at % 0x1000,
		word);
}

void rig_publish_raw(struct rig *rig, uint32_t channel, const uint32_t *words, uint32_t count) {
	uint32_t *written = channel == 0 ? &rig->fifo_written : &rig->written[channel];
	for (uint32_t i = 0; i < count; i++) {
		ring_put(rig, channel, *written + 4 * i, words[i]);
	}
	*written += 4 * count;
	if (channel == 0) {
		pvg_regs_write(&rig->regs, PVG_REG_FIFO_WRITTEN, 4, *written);
		return;
	}
	atomic_store_explicit(rig_word(rig, channel_record(channel)), *written,
		memory_order_release);
	pvg_regs_write(&rig->regs, PVG_REG_CHILD_DOORBELL, 4, channel);
}

uint32_t rig_publish(struct rig *rig, uint32_t channel, uint16_t opcode, const void *payload,
	uint32_t payload_bytes) {
	uint32_t words[4096];
	assert_true(payload_bytes % 4 == 0 && payload_bytes <= sizeof(words) - 12);
	words[0] = opcode;
	words[1] = 12 + payload_bytes;
	words[2] = ++rig->signal[channel];
	if (payload_bytes != 0) {
		memcpy(words + 3, payload, payload_bytes);
	}
	rig_publish_raw(rig, channel, words, 3 + payload_bytes / 4);
	return words[2];
}

void rig_send(struct rig *rig, uint32_t channel, uint16_t opcode, const void *payload,
	uint32_t payload_bytes) {
	uint32_t signal = rig_publish(rig, channel, opcode, payload, payload_bytes);
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, channel), signal);
}

int64_t rig_run(struct rig *rig) {
	int64_t due_ns;
	unsigned int turns = 0;
	do {
		due_ns = pvg_device_run(rig->device);
		assert_null(pvg_device_failed(rig->device));
		assert_true(++turns < 1000);
	} while (due_ns <= atomic_load(&rig->now_ns));
	return due_ns;
}

void rig_advance(struct rig *rig, int64_t ns) {
	atomic_fetch_add(&rig->now_ns, ns);
}

/* ---- attach ---------------------------------------------------------------------------------- */

static void attach_channel(struct rig *rig, uint32_t channel) {
	uint64_t list = (uint64_t)channel_list_pfn(channel) << 12;
	for (uint32_t i = 0; i < channel_pages(channel); i++) {
		rig_put32(rig, list + 4 * i, channel_list_pfn(channel) + 1 + i);
	}
	rig_put32(rig, list + 4 * channel_pages(channel), 0);
	rig_put32(rig, channel_record(channel) + 12, channel);
	rig_put32(rig, channel_record(channel) + 16, channel_list_pfn(channel));
	RIG_SEND(rig, 0, 0x30, channel);
}

struct rig *rig_create_bare(unsigned int displays) {
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	pvg_log_init(PVG_LOG_INFO, ignore_log);
	rig->ram = mmap(NULL, RIG_RAM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
	rig->page = aligned_alloc(4096, sizeof(*rig->page));
	assert_ptr_not_equal(rig->ram, MAP_FAILED);
	assert_non_null(rig->page);
	memset(rig->page, 0, sizeof(*rig->page));
	rig->now_ns = 1000 * RIG_MS;
	rig->images_free = 3;
	rig->homes_never = true;
	rig->next_pfn = NODES_PFN;
	rig->displays = displays;

	rig->config.page_shift = 12;
	assert_true(pvg_info_profile(&rig->config.info, "proven"));
	rig->device = pvg_device_create(&rig->config, &host, rig);
	assert_non_null(rig->device);
	pvg_regs_init(&rig->regs, rig->page, displays, ignore_doorbell, rig);
	assert_true(pvg_device_connect(rig->device, rig->page, displays, 1));
	struct pvg_ram_span span = { 0, RIG_RAM_BYTES, rig->ram };
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 0, NULL, NULL));
	return rig;
}

void rig_attach(struct rig *rig) {
	pvg_regs_write(&rig->regs, PVG_REG_VERSION, 4, 4);
	pvg_regs_write(&rig->regs, PVG_REG_ROOT_PAGE, 4, ROOT_GPA >> 12);
	pvg_regs_write(&rig->regs, PVG_REG_FIFO_BASE_PAGE, 4, FIFO_PFN);
	pvg_regs_write(&rig->regs, PVG_REG_FIFO_LENGTH, 4, FIFO_BYTES);
	pvg_regs_write(&rig->regs, PVG_REG_FIFO_START, 4, 0x1000);
	pvg_regs_write(&rig->regs, PVG_REG_CONTROL_FIFO, 4, 1);
	rig_run(rig);
	for (uint32_t channel = 1; channel <= 4; channel++) {
		attach_channel(rig, channel);
	}
	rig_define_task(rig, 0);
	for (uint32_t port = 0; port < rig->displays; port++) {
		attach_channel(rig, 5 + port);
	}
	(void)pvg_regs_read(&rig->regs, PVG_REG_INTR_STATUS_GPU, 4);
	rig->irqs = 0;
}

struct rig *rig_create(unsigned int displays) {
	struct rig *rig = rig_create_bare(displays);
	rig_attach(rig);
	return rig;
}

void rig_destroy(struct rig *rig) {
	pvg_device_destroy(rig->device);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		free(rig->ports[i].pixels);
	}
	for (unsigned int i = 0; i < RIG_HOMES; i++) {
		assert_false(rig->homes[i].kept);
		free(rig->homes[i].image.pixels);
	}
	free(rig->page);
	munmap(rig->ram, RIG_RAM_BYTES);
	free(rig);
}

void rig_desc(struct pvg_display_desc *desc) {
	*desc = (struct pvg_display_desc){
		.serial = 1,
		.name = "pvg display",
		.width_mm = 480,
		.height_mm = 270,
		.cursor_max_width = 256,
		.cursor_max_height = 256,
		.mode_count = 2,
		.modes = { { 1920, 1080, 60000 }, { 1280, 720, 60000 } },
	};
}

void rig_online(struct rig *rig, unsigned int port) {
	uint64_t page = RIG_PAGE_GPA + 0x1000 * port;
	RIG_SEND(rig, 5 + port, 0x01, port, (uint32_t)(page >> 12));
	atomic_store(rig_word(rig, page + 0x104), 0xc);
	rig_advance(rig, 4 * RIG_MS);
	rig_run(rig);
	assert_int_equal(atomic_fetch_and(rig_word(rig, page + 0x100), ~0xcu), 4);
	RIG_SEND(rig, 5 + port, 0x02, port, rig_get32(rig, page + 0x200));
	assert_int_equal(pvg_display_get_state(rig->device, port), PVG_DISPLAY_ONLINE);
	(void)pvg_regs_read(&rig->regs, PVG_REG_INTR_STATUS_DISP, 4);
	rig->irqs = 0;
}
