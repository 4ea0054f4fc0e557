// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz-guest.h"

#include <string.h>

#include <pvg/log.h>

#define FOURCC_XRGB8888 0x34325258u
#define MAX_PIXELS (1u << 20) // larger pictures are "not free": a retry, then a refusal
#define SURFACE_WIDTH 32u
#define SURFACE_HEIGHT 16u

/* ---- the device's host ----------------------------------------------------------------------- */

static void handle_irq(void *data) {
	struct fuzz_machine *machine = data;
	machine->irq = true;
}

static int64_t handle_now(void *data) {
	const struct fuzz_machine *machine = data;
	return machine->now_ns;
}

static void image_free(struct fuzz_machine *machine, struct pvg_image *image) {
	if (image != NULL) {
		machine->images--;
		free(image->pixels);
		free(image);
	}
}

static struct pvg_image *handle_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc) {
	struct fuzz_machine *machine = data;
	FUZZ_CHECK(port < FUZZ_PORTS);
	FUZZ_CHECK(width > 0 && height > 0 && width <= PVG_MAX_SURFACE_EDGE &&
		height <= PVG_MAX_SURFACE_EDGE);
	if (machine->starved || (uint64_t)width * height > MAX_PIXELS) {
		return NULL;
	}
	struct pvg_image *image = calloc(1, sizeof(*image));
	FUZZ_CHECK(image != NULL);
	// An odd stride for odd widths: what the host pads is not the guest's business.
	uint32_t stride = width * 4 + (width % 2 != 0 ? 64 : 0);
	*image = (struct pvg_image){ .width = width,
		.height = height,
		.stride_bytes = stride,
		.fourcc = width % 3 == 0 ? FOURCC_XRGB8888 : fourcc,
		.pixels = malloc((size_t)stride * height) };
	FUZZ_CHECK(image->pixels != NULL);
	machine->images++;
	return image;
}

static void handle_present(void *data, unsigned int port, struct pvg_image *image,
	const struct pvg_frame_info *info) {
	struct fuzz_machine *machine = data;
	FUZZ_CHECK(port < FUZZ_PORTS && info->sequence > 0);
	image_free(machine, machine->shown[port]);
	machine->shown[port] = image;
	machine->presented++;
}

static void handle_cancel(void *data, unsigned int port, struct pvg_image *image) {
	image_free(data, image);
}

static void handle_glyph(void *data, unsigned int port, const struct pvg_cursor_glyph *glyph) {
	struct fuzz_machine *machine = data;
	FUZZ_CHECK(glyph->width <= PVG_MAX_CURSOR_EDGE && glyph->height <= PVG_MAX_CURSOR_EDGE);
	// Every byte must be there; the sum keeps the reads.
	static volatile uint32_t sink;
	uint32_t sum = 0;
	for (size_t i = 0; i < (size_t)glyph->width * glyph->height * 4; i++) {
		sum += glyph->argb8888[i];
	}
	sink = sum;
	(void)sink;
	machine->cursor_glyphs++;
}

static void handle_cursor(void *data, unsigned int port, const struct pvg_cursor_state *state) {
	FUZZ_CHECK(port < FUZZ_PORTS);
}

static void handle_gamma(void *data, unsigned int port, const struct pvg_gamma *gamma) {
	static volatile float sink;
	float sum = 0;
	for (uint32_t i = 0; i < gamma->entries; i++) {
		sum += gamma->red[i] + gamma->green[i] + gamma->blue[i];
	}
	sink = sum;
	(void)sink;
}

static void handle_sleep(void *data, unsigned int port, bool asleep) {
	FUZZ_CHECK(port < FUZZ_PORTS);
}

static void handle_display_state(void *data, unsigned int port, enum pvg_display_state state) {
	FUZZ_CHECK(port < PVG_MAX_PORTS && pvg_display_state_name(state) != NULL);
}

static void handle_reset_done(void *data, uint64_t epoch) {
	FUZZ_CHECK(epoch != 0);
}

static const struct pvg_host host = {
	.irq = handle_irq,
	.now_ns = handle_now,
	.image_acquire = handle_acquire,
	.image_present = handle_present,
	.image_cancel = handle_cancel,
	.cursor_glyph = handle_glyph,
	.cursor_state = handle_cursor,
	.gamma = handle_gamma,
	.sleep = handle_sleep,
	.display_state = handle_display_state,
	.reset_done = handle_reset_done,
};

/* ---- the driver's machine -------------------------------------------------------------------- */

static uint32_t drv_read(void *data, uint32_t offset) {
	struct fuzz_machine *machine = data;
	return (uint32_t)pvg_regs_read(&machine->regs, offset, 4);
}

static void drv_write(void *data, uint32_t offset, uint32_t value) {
	struct fuzz_machine *machine = data;
	pvg_regs_write(&machine->regs, offset, 4, value);
}

static int64_t drv_now(void *data) {
	return handle_now(data);
}

static void connect(struct fuzz_machine *machine) {
	FUZZ_CHECK(pvg_device_connect(machine->device, machine->page, FUZZ_PORTS, machine->epoch));
	machine->due_ns = machine->now_ns;
}

// What the program around a device does: a page that cannot be trusted ends the connection.
static void reconnect(struct fuzz_machine *machine) {
	pvg_device_disconnect(machine->device);
	struct pvg_link_page *page = aligned_alloc(64, PVG_LINK_PAGE_SIZE);
	FUZZ_CHECK(page != NULL);
	memset(page, 0, PVG_LINK_PAGE_SIZE);
	free(machine->page);
	machine->page = page;
	pvg_regs_init(&machine->regs, page, FUZZ_PORTS, NULL, NULL);
	machine->epoch = page->epoch;
	connect(machine);
}

static void run_device(struct fuzz_machine *machine) {
	// A device that always wants to run again at once would starve everything else.
	for (unsigned int i = 0; i < 4096; i++) {
		machine->due_ns = pvg_device_run(machine->device);
		if (pvg_device_failed(machine->device) != NULL) {
			reconnect(machine);
			continue;
		}
		if (machine->due_ns > machine->now_ns) {
			return;
		}
	}
	FUZZ_CHECK(!"the device comes to rest");
}

static void take_interrupt(struct fuzz_machine *machine) {
	if (machine->irq) {
		machine->irq = false;
		pvg_drv_isr(&machine->drv);
	}
}

static void step_to(struct fuzz_machine *machine, int64_t end_ns) {
	int64_t next = machine->tick_ns < end_ns ? machine->tick_ns : end_ns;
	if (machine->due_ns < next) {
		next = machine->due_ns;
	}
	if (next > machine->now_ns) {
		machine->now_ns = next;
	}
	if (machine->now_ns >= machine->tick_ns) {
		for (unsigned int port = 0; port < FUZZ_PORTS; port++) {
			pvg_display_tick(machine->device, port, machine->tick_ns);
		}
		machine->tick_ns += FUZZ_TICK_NS;
	}
}

static bool drv_wait(void *data, uint32_t seen, int64_t deadline_ns) {
	struct fuzz_machine *machine = data;
	for (;;) {
		run_device(machine);
		take_interrupt(machine);
		if (machine->drv.irq_count != seen) {
			return true;
		}
		if (machine->now_ns >= deadline_ns) {
			return false;
		}
		step_to(machine, deadline_ns);
	}
}

static const struct pvg_drv_ops drv_ops = {
	.mmio_read = drv_read,
	.mmio_write = drv_write,
	.now_ns = drv_now,
	.wait = drv_wait,
};

void fuzz_machine_pass(struct fuzz_machine *machine, int64_t span_ns) {
	int64_t end_ns = machine->now_ns + span_ns;
	do {
		run_device(machine);
		take_interrupt(machine);
		step_to(machine, end_ns);
	} while (machine->now_ns < end_ns);
	run_device(machine);
	take_interrupt(machine);
}

void fuzz_machine_set_ram(struct fuzz_machine *machine, unsigned int spans) {
	struct pvg_ram_span table[2] = { 0 };
	size_t count = 0;
	if ((spans & 1) != 0) {
		table[count++] =
			(struct pvg_ram_span){ FUZZ_RAM_GPA, machine->ram_bytes, machine->ram };
	}
	if ((spans & 2) != 0) {
		table[count++] =
			(struct pvg_ram_span){ FUZZ_HIGH_GPA, FUZZ_HIGH_BYTES, machine->high };
	}
	struct pvg_ram *ram = pvg_ram_create(table, count, ++machine->ram_generation, NULL, NULL);
	FUZZ_CHECK(ram != NULL || count == 0);
	if (ram != NULL) {
		machine->page->mem_generation = machine->ram_generation;
		pvg_device_set_ram(machine->device, ram);
	}
}

void fuzz_machine_describe(struct fuzz_machine *machine, unsigned int port, uint16_t width,
	uint16_t height, uint32_t gamma_entries) {
	struct pvg_display_desc desc = { .serial = 100 + port, .name = "fuzz", .width_mm = 300,
		.height_mm = 200, .cursor_max_width = 64, .cursor_max_height = 64,
		.gamma_entries = gamma_entries, .mode_count = 2,
		.modes = { { width, height, 60000 }, { 640, 480, 59940 } } };
	pvg_display_set_desc(machine->device, port, &desc);
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool attach(struct fuzz_machine *machine) {
	memset(machine->ram, 0, machine->ram_bytes);
	memset(machine->high, 0, FUZZ_HIGH_BYTES);
	pvg_enc_mem_init(&machine->mem, machine->ram, FUZZ_RAM_GPA, machine->ram_bytes);
	pvg_drv_init(&machine->drv, &drv_ops, machine, &machine->mem, PVG_DRV_MACOS13);
	machine->drv.patience_ns = 2000000000;
	if (!pvg_drv_attach(&machine->drv)) {
		return false;
	}
	for (unsigned int port = 0; port < FUZZ_PORTS; port++) {
		if (!pvg_drv_port_open(&machine->drv, port) ||
			!pvg_drv_port_wait_online(&machine->drv, port, 1000000000)) {
			return false;
		}
	}
	for (uint32_t id = 0; id < PVG_DRV_CHANNELS; id++) {
		const struct pvg_enc_ring *ring = &machine->drv.channels[id].ring;
		for (uint32_t i = 0; i < FUZZ_RING_PAGES; i++) {
			const uint8_t *list = ring->list_pfn != 0
				? pvg_enc_mem_page(&machine->mem, ring->list_pfn)
				: NULL;
			machine->ring_pfns[id][i] = list != NULL
				? (uint32_t)pvg_get(list + 4 * i, 4)
				: (uint32_t)(ring->base_gpa >> PVG_ENC_PAGE_SHIFT) + i;
		}
	}
	return true;
}

void fuzz_machine_put(struct fuzz_machine *machine, uint32_t id, const void *bytes,
	uint32_t size_bytes) {
	struct pvg_drv_channel *channel = &machine->drv.channels[id];
	struct pvg_enc_ring *ring = &channel->ring;
	if (ring->size_bytes == 0) {
		return;
	}
	for (uint32_t i = 0; i < size_bytes; i++) {
		uint32_t at = (ring->written + i) % ring->size_bytes;
		uint32_t pfn = machine->ring_pfns[id][at >> PVG_ENC_PAGE_SHIFT];
		uint64_t gpa = (uint64_t)pfn << PVG_ENC_PAGE_SHIFT | at % PVG_ENC_PAGE_BYTES;
		uint8_t *to = pvg_enc_mem_ptr(&machine->mem, gpa);
		if (to != NULL) {
			*to = ((const uint8_t *)bytes)[i];
		}
	}
	ring->written += size_bytes;
	if (channel->record != NULL) {
		pvg_put(channel->record, ring->written, 4);
		pvg_regs_write(&machine->regs, PVG_REG_CHILD_DOORBELL, 4, id);
	} else if (id == PVG_DRV_ROOT) {
		pvg_regs_write(&machine->regs, PVG_REG_FIFO_WRITTEN, 4, ring->written);
	}
}

void fuzz_machine_put_packet(struct fuzz_machine *machine, uint32_t id, uint16_t opcode,
	const void *payload, uint32_t size_bytes) {
	uint8_t packet[12 + PVG_DRV_PACKET_BYTES];
	if (size_bytes > PVG_DRV_PACKET_BYTES) {
		size_bytes = PVG_DRV_PACKET_BYTES;
	}
	// {u16 opcode, u16 waits, u32 size with the header, u32 signal}: spec 01 section 4.5
	pvg_put(packet, opcode, 2);
	pvg_put(packet + 2, 0, 2);
	pvg_put(packet + 4, 12 + size_bytes, 4);
	pvg_put(packet + 8, ++machine->drv.channels[id].issued, 4);
	memcpy(packet + 12, payload, size_bytes);
	fuzz_machine_put(machine, id, packet, 12 + size_bytes);
}

// Kept from run to run: fresh pages for each would take half of the time.
static uint8_t *keep(uint8_t **block, size_t size_bytes) {
	if (*block == NULL) {
		*block = malloc(size_bytes);
		FUZZ_CHECK(*block != NULL);
	}
	return *block;
}

struct fuzz_machine *fuzz_machine_create(uint32_t ram_bytes) {
	static uint8_t *ram, *high; // a target asks for one size only
	struct fuzz_machine *machine = calloc(1, sizeof(*machine));
	FUZZ_CHECK(machine != NULL);
	machine->now_ns = 1000000000;
	machine->tick_ns = machine->now_ns;
	machine->ram_bytes = ram_bytes;
	machine->ram = keep(&ram, ram_bytes);
	machine->high = keep(&high, FUZZ_HIGH_BYTES);
	machine->page = aligned_alloc(64, PVG_LINK_PAGE_SIZE);
	FUZZ_CHECK(machine->page != NULL);
	memset(machine->page, 0, PVG_LINK_PAGE_SIZE);
	pvg_regs_init(&machine->regs, machine->page, FUZZ_PORTS, NULL, NULL);
	machine->epoch = machine->page->epoch;

	struct pvg_device_config config = { .page_shift = 12 };
	FUZZ_CHECK(ram_bytes <= FUZZ_RAM_BYTES_MAX);
	FUZZ_CHECK(pvg_info_profile(&config.info, "proven"));
	machine->device = pvg_device_create(&config, &host, machine);
	FUZZ_CHECK(machine->device != NULL);
	for (unsigned int port = 0; port < FUZZ_PORTS; port++) {
		fuzz_machine_describe(machine, port, 800, 600, port == 0 ? 257 : 0);
	}
	fuzz_machine_set_ram(machine, 3);
	connect(machine);
	FUZZ_CHECK(attach(machine));
	return machine;
}

void fuzz_machine_destroy(struct fuzz_machine *machine) {
	pvg_device_disconnect(machine->device);
	pvg_device_destroy(machine->device);
	for (unsigned int port = 0; port < PVG_MAX_PORTS; port++) {
		image_free(machine, machine->shown[port]);
	}
	FUZZ_CHECK(machine->images == 0);
	free(machine->page);
	free(machine);
}

/*
 * What is in RAM when the next life begins: anything, but the display pages are as they were and
 * armed, so that a late tick would change something.
 */
static uint8_t next_life[FUZZ_RAM_BYTES_MAX];

static void begin_next_life(struct fuzz_machine *machine) {
	memset(next_life, 0xa5, machine->ram_bytes);
	for (unsigned int port = 0; port < FUZZ_PORTS; port++) {
		const uint8_t *page = machine->drv.ports[port].page;
		if (page != NULL) {
			uint8_t *copy = next_life + (page - machine->ram);
			memcpy(copy, page, PVG_ENC_PAGE_BYTES);
			pvg_enc_page_set_enabled(copy, 0xf);
			pvg_put(copy + 0x100, 0, 4); // pending
		}
	}
	memcpy(machine->ram, next_life, machine->ram_bytes);
}

static void check_untouched(const struct fuzz_machine *machine) {
	FUZZ_CHECK(memcmp(machine->ram, next_life, machine->ram_bytes) == 0);
}

static void tick_all(struct fuzz_machine *machine) {
	for (unsigned int port = 0; port < FUZZ_PORTS; port++) {
		pvg_display_tick(machine->device, port, machine->now_ns);
	}
}

void fuzz_machine_reset(struct fuzz_machine *machine) {
	pvg_regs_reset(&machine->regs);
	// Spec 06 section 6.4 rule 4: the guest's memory is its next life's from here on, also for
	// a tick before the device has seen the reset.
	begin_next_life(machine);
	tick_all(machine);
	check_untouched(machine);
	run_device(machine);
	FUZZ_CHECK(machine->page->epoch_seen == machine->page->epoch);
	machine->epoch = machine->page->epoch;
	for (unsigned int i = 0; i < 8; i++) {
		machine->now_ns += FUZZ_TICK_NS;
		run_device(machine);
		tick_all(machine);
	}
	machine->tick_ns = machine->now_ns;
	machine->irq = false;
	check_untouched(machine);
}

void fuzz_machine_check_good_guest(struct fuzz_machine *machine) {
	machine->starved = false;
	pvg_device_set_running(machine->device, true);
	fuzz_machine_set_ram(machine, 3);
	fuzz_machine_reset(machine);
	for (unsigned int port = 0; port < FUZZ_PORTS; port++) {
		fuzz_machine_describe(machine, port, 1024, 768, 257);
	}
	uint64_t before = machine->presented;
	struct pvg_drv_surface surface;
	FUZZ_CHECK(attach(machine));
	FUZZ_CHECK(pvg_drv_surface_create(&machine->drv, &surface, SURFACE_WIDTH, SURFACE_HEIGHT));
	memset(surface.pixels, 0x40, (size_t)surface.pitch_bytes * surface.height);
	FUZZ_CHECK(pvg_drv_present(&machine->drv, 0, &surface));
	FUZZ_CHECK(pvg_drv_flush(&machine->drv, PVG_DRV_DISPLAY));
	FUZZ_CHECK(machine->presented == before + 1);
	FUZZ_CHECK(machine->shown[0]->width == SURFACE_WIDTH &&
		machine->shown[0]->pixels[0] == 0x40);
	FUZZ_CHECK(pvg_drv_wait_refresh(&machine->drv, 0, 1000000000));
}

static void no_log(enum pvg_log_level level, const char *fmt, va_list args) {
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
	if (getenv("FUZZ_LOG") == NULL) {
		pvg_log_init(PVG_LOG_ERROR, no_log);
	}
	return 0;
}
