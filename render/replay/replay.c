// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <pvg/device.h>
#include <pvg/regs.h>
#include <pvg/renderer.h>

#include "device-private.h"
#include "pvg-link.h"

#define FOURCC_XRGB8888 0x34325258u
#define RAM_BYTES_MAX (UINT64_C(1) << 40) // address space, not memory
#define IMAGE_BYTES_MAX (UINT64_C(1) << 30)
#define PATIENCE_NS INT64_C(60000000000) // for the renderer
#define WAIT_MS 10
#define ROUNDS_MAX 100000u // of runs that find more to do at once

struct replay {
	const struct replay_options *options;
	struct replay_result *result;
	const char *error; // static
	int64_t now_ns;    // the capture's clock

	struct pvg_device *device;   // owned, NULL before CONNECT
	struct pvg_link_page *page;  // owned
	struct pvg_regs regs;
	struct pvg_tap tap;
	struct pvg_ram *ram; // borrowed from the device
	bool dirty;          // something came in since the device ran
	bool marked;         // the capture says when packets were taken
	bool rung;           // and there were any

	bool allowed; // the packet at:
	uint32_t channel, position;
};

/* ---- the host ---------------------------------------------------------------------------- */

static int64_t host_now_ns(void *data) {
	const struct replay *replay = data;
	return replay->now_ns;
}

static struct pvg_image *host_image_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc) {
	uint64_t size_bytes = (uint64_t)width * height * 4;
	struct pvg_image *image = calloc(1, sizeof(*image));
	if (image == NULL || size_bytes == 0 || size_bytes > IMAGE_BYTES_MAX) {
		free(image);
		return NULL;
	}
	*image = (struct pvg_image){
		.width = width,
		.height = height,
		.stride_bytes = width * 4,
		.fourcc = FOURCC_XRGB8888,
		.pixels = calloc(1, (size_t)size_bytes),
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
	struct replay *replay = data;
	const struct replay_options *options = replay->options;
	replay->result->presents++;
	if (options->present != NULL) {
		options->present(options->data, replay->result->presents, port, image, info);
	}
	host_image_cancel(data, port, image);
}

static const struct pvg_host host = {
	.now_ns = host_now_ns,
	.image_acquire = host_image_acquire,
	.image_present = host_image_present,
	.image_cancel = host_image_cancel,
};

/* ---- the order of packets ----------------------------------------------------------------- */

/*
 * What a later packet needs may not be in memory yet: each waits for its turn. So do rings: until
 * one is used, what stands at its place may be what an earlier guest left there.
 */
static bool may_look(void *data, uint32_t channel) {
	const struct replay *replay = data;
	return replay->allowed && replay->channel == channel;
}

static bool may_take(void *data, uint32_t channel, uint32_t position) {
	const struct replay *replay = data;
	return replay->allowed && replay->channel == channel && replay->position == position;
}

static void note_taken(void *data, uint32_t channel, uint32_t position) {
	struct replay *replay = data;
	replay->allowed = false;
	replay->result->packets++;
	const struct pvg_tap *watch = replay->options->watch;
	if (watch != NULL && watch->taken != NULL) {
		watch->taken(watch->data, channel, position);
	}
}

static void pass_packet(void *data, const struct pvg_packet *packet, const char *name) {
	const struct pvg_tap *watch = ((const struct replay *)data)->options->watch;
	if (watch != NULL && watch->packet != NULL) {
		watch->packet(watch->data, packet, name);
	}
}

static void pass_segment(void *data, uint32_t task, const char *space, uint64_t size_bytes) {
	const struct pvg_tap *watch = ((const struct replay *)data)->options->watch;
	if (watch != NULL && watch->segment != NULL) {
		watch->segment(watch->data, task, space, size_bytes);
	}
}

static void pass_record(void *data, const struct pvg_record_info *info, uint32_t size_bytes,
	bool refused) {
	const struct pvg_tap *watch = ((const struct replay *)data)->options->watch;
	if (watch != NULL && watch->record != NULL) {
		watch->record(watch->data, info, size_bytes, refused);
	}
}

/* ---- running ------------------------------------------------------------------------------ */

static int64_t real_ns(void) {
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void wait_for_renderer(struct replay *replay) {
	struct pvg_renderer *renderer = replay->options->renderer;
	struct pollfd fd = { .fd = renderer->ops->fd(renderer), .events = POLLIN };
	poll(&fd, 1, WAIT_MS);
	// Held packets look again after a while of the device's clock.
	replay->now_ns += 1000000;
}

// Until the device has nothing to do: what is drawn is drawn, what is shown was shown.
static void settle(struct replay *replay) {
	if (replay->device == NULL) {
		return;
	}
	replay->dirty = false;
	int64_t give_up_ns = real_ns() + PATIENCE_NS;
	for (uint32_t round = 0; replay->error == NULL; round++) {
		int64_t due_ns = pvg_device_run(replay->device);
		if (pvg_device_failed(replay->device) != NULL) {
			replay->error = pvg_device_failed(replay->device);
		} else if (pvg_device_waits_for_renderer(replay->device)) {
			wait_for_renderer(replay);
			if (real_ns() > give_up_ns) {
				replay->error = "the renderer does not come to an end";
			}
			round = 0;
		} else if (due_ns > replay->now_ns) {
			return;
		} else if (round > ROUNDS_MAX) {
			replay->error = "the device does not come to rest";
		}
	}
}

/* ---- chunks ------------------------------------------------------------------------------- */

static void add_counters(struct replay *replay) {
	struct pvg_counters counters;
	pvg_device_get_counters(replay->device, &counters);
	replay->result->records += counters.records;
	for (unsigned int i = 0; i < PVG_REFUSALS_MAX; i++) {
		replay->result->refusals[i] += counters.refusals[i];
	}
}

static void power_off(struct replay *replay) {
	if (replay->device != NULL) {
		add_counters(replay);
		pvg_device_disconnect(replay->device);
		pvg_device_set_renderer(replay->device, NULL);
		pvg_device_destroy(replay->device);
	}
	free(replay->page);
	replay->device = NULL;
	replay->page = NULL;
	replay->ram = NULL;
	replay->allowed = false;
}

static void ignore_doorbell(void *data) {
}

static void fill_page(struct replay *replay, const struct pvg_capture_chunk *chunk) {
	struct pvg_link_page *page = replay->page;
	for (uint32_t i = 0; i < chunk->connect.registers_count; i++) {
		uint32_t offset = chunk->connect.registers[i].offset;
		if (offset >= 0x1000 && (offset - 0x1000) / 4 < PVG_LINK_MIRROR_WORDS) {
			atomic_store(&page->mirror[(offset - 0x1000) / 4],
				chunk->connect.registers[i].value);
		}
	}
	uint32_t gen = chunk->connect.fifo_gen;
	atomic_store(&page->epoch, (uint32_t)chunk->connect.epoch);
	atomic_store(&page->fifo_written, chunk->connect.fifo_written);
	// A table is on its way: what misses until then is tried again, not refused.
	atomic_store(&page->mem_generation, 1);
	atomic_store(&page->fifo_gen, gen);
	atomic_store(&page->fifo_read, (uint64_t)gen << 32 | chunk->connect.fifo_read);
}

static void connect_device(struct replay *replay, const struct pvg_capture_chunk *chunk) {
	power_off(replay);
	const struct pvg_device_config config = {
		.page_shift = chunk->connect.page_shift,
		.info = chunk->connect.info,
	};
	replay->page = aligned_alloc(4096, sizeof(*replay->page));
	if (replay->page == NULL) {
		replay->error = "no memory";
		return;
	}
	memset(replay->page, 0, sizeof(*replay->page));
	replay->device = pvg_device_create(&config, &host, replay);
	if (replay->device == NULL) {
		replay->error = "no device of this page size";
		return;
	}
	pvg_device_set_tap(replay->device, &replay->tap);
	if (replay->options->renderer != NULL) {
		pvg_device_set_renderer(replay->device, replay->options->renderer);
	}
	pvg_regs_init(&replay->regs, replay->page, chunk->connect.displays, ignore_doorbell,
		replay);
	fill_page(replay, chunk);
	if (!pvg_device_connect(replay->device, replay->page, chunk->connect.displays,
		    chunk->connect.epoch)) {
		replay->error = "the connection is refused";
	}
}

struct mapping {
	size_t count;
	struct pvg_ram_span spans[PVG_LINK_MAX_REGIONS];
};

static void unmap(void *data) {
	struct mapping *mapping = data;
	for (size_t i = 0; i < mapping->count; i++) {
		munmap(mapping->spans[i].hva, (size_t)mapping->spans[i].size_bytes);
	}
	free(mapping);
}

// Pages take memory when they are written: by READ chunks, and by the device.
static bool map_spans(struct mapping *mapping, const struct pvg_capture_chunk *chunk) {
	uint64_t total_bytes = 0;
	for (uint32_t i = 0; i < chunk->ram.spans_count; i++) {
		const struct pvg_capture_span *span = &chunk->ram.spans[i];
		if (span->size_bytes > RAM_BYTES_MAX - total_bytes) {
			return false;
		}
		total_bytes += span->size_bytes;
		void *hva = mmap(NULL, (size_t)span->size_bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (hva == MAP_FAILED) {
			return false;
		}
		mapping->spans[mapping->count++] =
			(struct pvg_ram_span){ span->gpa, span->size_bytes, hva };
	}
	return true;
}

static void set_ram(struct replay *replay, const struct pvg_capture_chunk *chunk) {
	struct mapping *mapping = calloc(1, sizeof(*mapping));
	if (mapping == NULL) {
		replay->error = "no memory";
		return;
	}
	if (map_spans(mapping, chunk)) {
		replay->ram = pvg_ram_create(mapping->spans, mapping->count, chunk->ram.generation,
			unmap, mapping);
	} else {
		replay->ram = NULL;
	}
	if (replay->ram == NULL) {
		unmap(mapping);
		replay->error = "a memory table that cannot be had";
		pvg_device_set_ram(replay->device, NULL);
		return;
	}
	atomic_store(&replay->page->mem_generation, chunk->ram.generation);
	pvg_device_set_ram(replay->device, replay->ram);
}

static void fill_memory(struct replay *replay, const struct pvg_capture_chunk *chunk) {
	void *to = replay->ram != NULL
		? pvg_ram_ptr(replay->ram, chunk->read.gpa, chunk->read.size_bytes)
		: NULL;
	if (to == NULL) {
		replay->result->reads_outside++;
		return;
	}
	memcpy(to, chunk->read.bytes, chunk->read.size_bytes);
	replay->dirty = true;
}

static void write_register(struct replay *replay, const struct pvg_capture_chunk *chunk) {
	if (chunk->reg.offset < 0x1000) {
		return;
	}
	// What stood there then decides whether the guest starts over.
	atomic_store(&replay->page->fifo_written, chunk->reg.fifo_written);
	pvg_regs_write(&replay->regs, chunk->reg.offset, 4, chunk->reg.value);
	settle(replay);
}

static void take_packet(struct replay *replay, const struct pvg_capture_chunk *chunk) {
	replay->marked = true;
	replay->allowed = true;
	replay->channel = chunk->packet.channel;
	replay->position = chunk->packet.position;
	settle(replay);
	if (replay->allowed && replay->error == NULL) {
		replay->result->packets_missing++;
	}
	replay->allowed = false;
}

static void ring(struct replay *replay, const struct pvg_capture_chunk *chunk) {
	replay->rung = true;
	atomic_fetch_or(&replay->page->child_doorbells, chunk->doorbells.channels);
	atomic_fetch_or(&replay->page->cursor_kicks, chunk->doorbells.cursor_ports);
	settle(replay);
}

static void play(struct replay *replay, const struct pvg_capture_chunk *chunk) {
	if (chunk->when_ns > replay->now_ns) {
		replay->now_ns = chunk->when_ns;
	}
	if (replay->device == NULL && chunk->type != PVG_CAPTURE_CONNECT) {
		if (chunk->type != PVG_CAPTURE_UNKNOWN && chunk->type != PVG_CAPTURE_TICK &&
			chunk->type != PVG_CAPTURE_DISPLAY) {
			replay->error = "the capture does not begin with a connection";
		}
		return;
	}
	switch (chunk->type) {
	case PVG_CAPTURE_CONNECT:
		connect_device(replay, chunk);
		return;
	case PVG_CAPTURE_RAM:
		set_ram(replay, chunk);
		return;
	case PVG_CAPTURE_REGISTER:
		write_register(replay, chunk);
		return;
	case PVG_CAPTURE_DOORBELLS:
		ring(replay, chunk);
		return;
	case PVG_CAPTURE_READ:
		fill_memory(replay, chunk);
		return;
	case PVG_CAPTURE_PACKET:
		take_packet(replay, chunk);
		return;
	case PVG_CAPTURE_RESET:
		pvg_regs_reset(&replay->regs);
		settle(replay);
		return;
	case PVG_CAPTURE_TICK:
		if (replay->dirty) {
			settle(replay);
		}
		pvg_display_tick(replay->device, chunk->tick.port, chunk->tick.when_ns);
		return;
	case PVG_CAPTURE_DISPLAY:
		pvg_display_set_desc(replay->device, chunk->display.port, chunk->display.desc);
		return;
	case PVG_CAPTURE_END:
	case PVG_CAPTURE_UNKNOWN:
	case PVG_CAPTURE_TYPES_MAX:
		return;
	}
}

const char *replay_run(int fd, const struct replay_options *options, struct replay_result *result) {
	struct replay replay = { .options = options, .result = result };
	*result = (struct replay_result){ 0 };
	replay.tap = (struct pvg_tap){
		.data = &replay,
		.may_look = may_look,
		.may_take = may_take,
		.taken = note_taken,
		.packet = pass_packet,
		.segment = pass_segment,
		.record = pass_record,
	};
	struct pvg_capture *capture = pvg_capture_open(fd);
	if (capture == NULL) {
		return "no memory";
	}
	struct pvg_capture_chunk chunk;
	enum pvg_capture_result got = PVG_CAPTURE_OK;
	while (replay.error == NULL && !result->stopped &&
		(got = pvg_capture_next(capture, &chunk)) == PVG_CAPTURE_OK) {
		result->chunks++;
		if (options->chunk != NULL) {
			options->chunk(options->data, &chunk);
		}
		play(&replay, &chunk);
		result->stopped =
			options->presents_max != 0 && result->presents >= options->presents_max;
	}
	if (replay.error == NULL && got == PVG_CAPTURE_BAD) {
		replay.error = pvg_capture_error(capture);
	}
	result->cut = got == PVG_CAPTURE_CUT;
	if (replay.error == NULL && replay.rung && !replay.marked && !result->stopped) {
		replay.error = "the capture does not say when packets were taken: too old";
	}
	power_off(&replay);
	pvg_capture_close(capture);
	return replay.error;
}
