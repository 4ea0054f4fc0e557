// SPDX-License-Identifier: GPL-2.0-or-later
#include <pvg/device.h>

#include <stdlib.h>
#include <time.h>

#include "core.h"
#include "gpu/timeline.h"

// The rescue poll (spec 01 section 4.6).
#define BUSY_NS INT64_C(1000000000)
#define POLL_BUSY_NS INT64_C(4000000)
#define POLL_DISPLAY_NS INT64_C(16666667)
#define POLL_IDLE_NS INT64_C(100000000)
// A packet or memory that is to be tried again.
#define RETRY_NS INT64_C(1000000)

int64_t pvg_now_ns(const struct pvg_device *device) {
	struct timespec now;

	if (device->host.now_ns != NULL) {
		return device->host.now_ns(device->host_data);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct pvg_device *pvg_device_create(const struct pvg_device_config *config,
	const struct pvg_host *host, void *data) {
	if (config->page_shift != 12 && config->page_shift != 14) {
		return NULL;
	}
	struct pvg_device *device = calloc(1, sizeof(*device));
	if (device == NULL) {
		return NULL;
	}
	device->config = *config;
	device->host = *host;
	device->host_data = data;
	device->displays_count = 1;
	device->counters = pvg_counters_create();
	device->core = calloc(1, sizeof(*device->core));
	if (device->counters == NULL || device->core == NULL) {
		goto error_parts;
	}
	if (!pvg_gate_init(&device->core->gate)) {
		goto error_parts;
	}
	pvg_fifo_init(device);
	if (!pvg_tasks_init(device) || !pvg_objects_init(device)) {
		goto error_core;
	}
	device->exec = pvg_exec_create(device);
	device->displays = device->exec != NULL ? pvg_displays_create(device) : NULL;
	if (device->displays == NULL) {
		goto error_exec;
	}
	return device;

error_exec:
	if (device->exec != NULL) {
		pvg_exec_destroy(device->exec);
	}
error_core:
	pvg_tasks_finish(device);
	pvg_objects_finish(device);
	pvg_fifo_finish(device);
	pvg_gate_finish(&device->core->gate);
error_parts:
	free(device->core);
	pvg_counters_destroy(device->counters);
	free(device);
	return NULL;
}

void pvg_device_destroy(struct pvg_device *device) {
	if (device == NULL) {
		return;
	}
	pvg_device_disconnect(device);
	pvg_device_set_renderer(device, NULL);
	pvg_device_set_ram(device, NULL);
	pvg_displays_destroy(device->displays);
	pvg_tasks_clear(device);
	pvg_exec_destroy(device->exec);
	pvg_tasks_finish(device);
	pvg_objects_finish(device);
	pvg_fifo_finish(device);
	pvg_gate_finish(&device->core->gate);
	free(device->core);
	pvg_counters_destroy(device->counters);
	free(device);
}

// The host words that a connection starts with; older ones speak of a guest that is gone.
static void claim_page(struct pvg_link_page *page, uint32_t epoch) {
	if (atomic_load_explicit(&page->epoch_seen, memory_order_acquire) == epoch) {
		return;
	}
	for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
		atomic_store_explicit(&page->taken[id], 0, memory_order_relaxed);
	}
	atomic_store_explicit(&page->intr_disp, 0, memory_order_relaxed);
	atomic_store_explicit(&page->intr_gpu, 0, memory_order_relaxed);
}

static void record_ram(struct pvg_device *device) {
	const struct pvg_ram_span *spans;

	if (device->recorder != NULL && device->core->ram != NULL) {
		size_t count = pvg_ram_spans(device->core->ram, &spans);
		pvg_record_ram(device, pvg_ram_generation(device->core->ram), spans, count);
	}
}

bool pvg_device_connect(struct pvg_device *device, struct pvg_link_page *page,
	unsigned int displays, uint64_t epoch) {
	struct pvg_core *core = device->core;

	if (device->page != NULL || displays == 0 || displays > PVG_MAX_PORTS ||
		page->magic != PVG_LINK_PAGE_MAGIC || page->layout != PVG_LINK_PAGE_LAYOUT ||
		page->size != PVG_LINK_PAGE_SIZE) {
		return false;
	}
	device->page = page;
	device->displays_count = displays;
	core->failed = NULL;
	core->running = true;
	core->epoch = atomic_load_explicit(&page->epoch, memory_order_acquire);
	core->epoch_full = (epoch & ~UINT64_C(0xffffffff)) | core->epoch;
	claim_page(page, core->epoch);
	core->intake = (struct pvg_intake){
		.overruns = atomic_load_explicit(&page->ring_overruns, memory_order_acquire),
	};
	// Tail first, then the mirror (spec 06 section 6.4 rule 2).
	core->intake.tail = atomic_load_explicit(&page->ring_head, memory_order_acquire);
	atomic_store_explicit(&page->ring_tail, core->intake.tail, memory_order_release);
	pvg_fifo_load(device, page);
	core->fifo.no_history = core->fifo.adopt;
	pvg_gate_open(device, page, core->epoch);
	atomic_store_explicit(&page->epoch_seen, core->epoch, memory_order_release);
	core->due_ns = pvg_now_ns(device);
	core->active_ns = core->due_ns;
	if (device->recorder != NULL) {
		pvg_record_connect(device, core->epoch_full);
		record_ram(device);
	}
	return true;
}

void pvg_device_disconnect(struct pvg_device *device) {
	struct pvg_core *core = device->core;

	if (device->page == NULL) {
		return;
	}
	pvg_gate_close(device);
	core->fifo.control = 0;
	pvg_fifo_teardown(device);
	core->fifo.no_history = false;
	core->fifo.irq_owed = false;
	pvg_tasks_clear(device);
	pvg_exec_reset(device->exec);
	pvg_displays_reset(device->displays);
	pvg_gate_lock(device);
	core->gate.page = NULL;
	pvg_gate_unlock(device);
	device->page = NULL;
	device->version = 0;
}

void pvg_device_set_ram(struct pvg_device *device, struct pvg_ram *ram) {
	struct pvg_core *core = device->core;
	struct pvg_ram *old = core->ram;

	core->ram = ram;
	pvg_tasks_flush(device);
	pvg_fifo_forget_addresses(device);
	pvg_displays_set_ram(device->displays, ram);
	if (device->gpu != NULL) {
		pvg_gpu_wake(device->gpu);
	}
	record_ram(device);
	pvg_ram_unref(old);
}

void pvg_device_set_renderer(struct pvg_device *device, struct pvg_renderer *renderer) {
	if (device->gpu != NULL) {
		pvg_gpu_destroy(device->gpu);
		device->gpu = NULL;
	}
	if (renderer == NULL) {
		return;
	}
	device->gpu = pvg_gpu_create(device, renderer);
	if (device->gpu == NULL) {
		pvg_error("renderer %s: no memory, drawing is refused", renderer->caps.name);
		return;
	}
	pvg_timeline_start(device->gpu, renderer->serial);
}

void pvg_device_set_running(struct pvg_device *device, bool running) {
	struct pvg_core *core = device->core;

	if (core->running == running) {
		return;
	}
	core->running = running;
	if (!running) {
		pvg_gate_close(device); // after what is in flight (spec 06 section 6.4 rule 9)
	} else if (device->page != NULL && core->failed == NULL) {
		pvg_gate_open(device, device->page, core->epoch);
	}
}

static void refuse_undefined(struct pvg_device *device, uint32_t doorbells) {
	const struct pvg_fifo *fifo = &device->core->fifo;

	// While the root waits, the 0x30 of that channel may be behind the wait.
	if (fifo->root_state == PVG_ROOT_ON && fifo->channels[0].turn != PVG_TURN_EMPTY) {
		return;
	}
	for (uint32_t id = 1; id < PVG_LINK_CHANNELS; id++) {
		if ((doorbells >> id & 1) != 0 && !fifo->channels[id].defined) {
			PVG_REFUSE(device, CHANNEL_UNDEFINED,
				"channel %u: doorbell without DefineFIFO", id);
		}
	}
}

static int64_t next_poll(const struct pvg_device *device, int64_t now_ns) {
	const struct pvg_core *core = device->core;

	if (core->fifo.root_state != PVG_ROOT_ON) {
		return INT64_MAX; // no ring whose doorbell could be lost
	}
	if (now_ns - core->active_ns < BUSY_NS) {
		return now_ns + POLL_BUSY_NS;
	}
	return now_ns +
		(pvg_displays_any_online(device->displays) ? POLL_DISPLAY_NS : POLL_IDLE_NS);
}

static int64_t fail(struct pvg_device *device) {
	pvg_error("link page: %s", device->core->failed);
	pvg_gate_close(device);
	return INT64_MAX;
}

int64_t pvg_device_run(struct pvg_device *device) {
	struct pvg_core *core = device->core;

	PVG_COUNT_DEVICE(device, runs);
	if (device->page == NULL || core->failed != NULL) {
		return INT64_MAX;
	}
	int64_t now_ns = pvg_now_ns(device);
	bool due = now_ns >= core->due_ns;
	bool woken = pvg_intake_run(device);
	if (core->failed != NULL) {
		return fail(device);
	}
	// After the rings were looked at, never before (spec 06 section 6.4 rule 1).
	uint32_t doorbells =
		atomic_exchange_explicit(&device->page->child_doorbells, 0, memory_order_acq_rel);
	uint32_t cursor_ports =
		atomic_exchange_explicit(&device->page->cursor_kicks, 0, memory_order_acq_rel);
	core->intake.cursor_ports |= cursor_ports;
	if (doorbells != 0 || cursor_ports != 0) {
		pvg_record_doorbells(device, doorbells, cursor_ports);
		woken = true;
	}
	if (woken) {
		core->active_ns = now_ns;
	}
	core->fifo.rescuing = due && !woken;
	if (core->fifo.rescuing) {
		PVG_COUNT_DEVICE(device, polls);
	}
	if (!core->running) {
		return core->due_ns = INT64_MAX;
	}

	if (device->gpu != NULL && pvg_gpu_poll(device->gpu)) {
		core->active_ns = now_ns;
	}

	/*
	 * Every channel is looked at, rung or not: with an ioeventfd the value of a doorbell is
	 * lost, and a guest that read an old `read` does not ring at all (spec 01 section 4.6).
	 */
	bool more = false;
	bool retry = pvg_fifo_run(device, &more);
	refuse_undefined(device, doorbells);
	if (core->intake.cursor_ports != 0) {
		uint32_t ports = core->intake.cursor_ports;
		core->intake.cursor_ports = 0;
		pvg_displays_cursor_kick(device->displays, ports);
	}
	now_ns = pvg_now_ns(device);
	int64_t due_ns = pvg_displays_poll(device->displays, now_ns);
	int64_t poll_ns = next_poll(device, now_ns);
	if (poll_ns < due_ns) {
		due_ns = poll_ns;
	}
	if (retry && now_ns + RETRY_NS < due_ns) {
		due_ns = now_ns + RETRY_NS;
	}
	// More to do at once: a budget used up, or the page moved while the channels ran.
	if (more || pvg_intake_is_pending(device)) {
		due_ns = now_ns;
	}
	return core->due_ns = due_ns;
}

const char *pvg_device_failed(const struct pvg_device *device) {
	return device->core->failed;
}

void pvg_device_set_recorder(struct pvg_device *device, struct pvg_recorder *recorder) {
	device->recorder = recorder;
	if (recorder != NULL && device->page != NULL) {
		pvg_record_connect(device, device->core->epoch_full);
		record_ram(device);
	}
}

bool pvg_device_is_attached(const struct pvg_device *device) {
	return device->page != NULL && device->core->fifo.control != 0;
}

void pvg_device_set_tap(struct pvg_device *device, const struct pvg_tap *tap) {
	device->tap = tap;
}

bool pvg_device_waits_for_renderer(const struct pvg_device *device) {
	return device->gpu != NULL && pvg_timeline_is_waiting(device->gpu);
}

void pvg_device_get_counters(const struct pvg_device *device, struct pvg_counters *counters) {
	pvg_counters_read(device->counters, counters);
	pvg_displays_get_counters(device->displays, counters);
	pvg_exec_get_counters(device->exec, counters);
}
