// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The FIFO registers, which channels exist, and the order in which they get their turn.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define HEADER_BYTES 12u

void pvg_fifo_init(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;

	for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
		fifo->channels[id].id = id;
	}
	fifo->irq_ns = INT64_MIN / 2;
}

void pvg_fifo_finish(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;

	for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
		pvg_ring_finish(&fifo->channels[id].ring);
	}
	free(fifo->scratch);
	free(fifo->owned_pages);
}

/* ---- teardown and geometry ------------------------------------------------------------------- */

static void stop_root(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;
	struct pvg_channel *root = &fifo->channels[0];

	pvg_ring_finish(&root->ring);
	root->defined = false;
	root->wait_counted = false;
	fifo->owned_slots = 0;
	fifo->root_state = fifo->control != 0 ? PVG_ROOT_WANTED : PVG_ROOT_OFF;
}

void pvg_fifo_teardown(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;

	pvg_stamps_set(device, NULL, 0);
	for (uint32_t id = 1; id < PVG_LINK_CHANNELS; id++) {
		if (fifo->channels[id].defined) {
			pvg_channel_free(device, &fifo->channels[id]);
		}
	}
	stop_root(device);
	fifo->adopt = false;
	if (device->page != NULL && pvg_gate_enter(device)) {
		for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
			atomic_store_explicit(&device->page->taken[id], 0, memory_order_release);
		}
		pvg_gate_leave(device);
	}
}

// Spec 01 sections 4.1 and 7.1. The ring must not reach into the stamps.
static bool geometry_is_good(const struct pvg_device *device, const struct pvg_fifo *fifo) {
	return fifo->base_pfn != 0 && fifo->length_bytes <= PVG_FIFO_LENGTH_MAX &&
		fifo->start_bytes >= pvg_page_size(device) &&
		fifo->length_bytes > fifo->start_bytes &&
		fifo->length_bytes - fifo->start_bytes >= HEADER_BYTES;
}

static enum pvg_access fill_root_ring(struct pvg_device *device, struct pvg_ring *ring) {
	const struct pvg_fifo *fifo = &device->core->fifo;
	uint64_t base = pvg_pfn_address(device, fifo->base_pfn);
	uint32_t pages = (uint32_t)((fifo->length_bytes + pvg_page_size(device) - 1) >>
		device->config.page_shift);
	enum pvg_access access = PVG_ACCESS_OK;

	if (!pvg_ring_alloc(ring, pages)) {
		return PVG_ACCESS_RETRY;
	}
	for (uint32_t i = 0; i < pages; i++) {
		ring->gpas[i] = base + ((uint64_t)i << device->config.page_shift);
		ring->pages[i] =
			pvg_gpa_ptr(device, ring->gpas[i], pvg_page_size(device), NULL, &access);
		if (ring->pages[i] == NULL) {
			pvg_ring_finish(ring);
			return access;
		}
	}
	ring->first_offset = fifo->start_bytes;
	ring->size_bytes = fifo->length_bytes - fifo->start_bytes;
	return PVG_ACCESS_OK;
}

// Leaves the state at WANTED when memory is on its way.
static void start_root(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;
	struct pvg_channel *root = &fifo->channels[0];
	enum pvg_access access = PVG_ACCESS_BAD;

	if (geometry_is_good(device, fifo)) {
		access = fill_root_ring(device, &root->ring);
	}
	if (access == PVG_ACCESS_RETRY) {
		return;
	}
	if (access != PVG_ACCESS_OK) {
		PVG_REFUSE(device, FIFO_GEOMETRY, "root FIFO: page 0x%x, %u bytes, ring at 0x%x",
			fifo->base_pfn, fifo->length_bytes, fifo->start_bytes);
		fifo->root_state = PVG_ROOT_REFUSED;
		return;
	}
	fifo->root_state = PVG_ROOT_ON;
	fifo->owned_slots = 0;
	root->defined = true;
	pvg_stamps_set(device, root->ring.pages[0], root->ring.gpas[0]);
	if (device->recorder != NULL) {
		// Waits and stamps look at single words of it later.
		pvg_record_read(device, root->ring.gpas[0], root->ring.pages[0],
			(size_t)pvg_page_size(device));
	}
	// The first sign of a driver, and the answer to "does it attach".
	if (pvg_line_is_due(device, PVG_LINE_ATTACH)) {
		pvg_info("root FIFO on: version %u, page 0x%x, ring of %u bytes, read 0x%x",
			device->version, fifo->base_pfn, root->ring.size_bytes, root->head);
	}
}

void pvg_fifo_forget_addresses(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;
	struct pvg_stamps *stamps = &device->core->stamps;

	for (uint32_t id = 1; id < PVG_LINK_CHANNELS; id++) {
		pvg_channel_forget_ring(device, &fifo->channels[id]);
		fifo->channels[id].record = NULL;
	}
	stop_root(device);
	// Completions that are under way go on: same guest page, new address.
	if (stamps->page != NULL) {
		enum pvg_access access;
		pvg_stamps_set(device,
			pvg_gpa_ptr(device, stamps->gpa, pvg_page_size(device), NULL, &access),
			stamps->gpa);
	}
}

/* ---- registers ------------------------------------------------------------------------------- */

static void publish_fifo_read(struct pvg_device *device) {
	const struct pvg_fifo *fifo = &device->core->fifo;

	atomic_store_explicit(&device->page->fifo_read,
		(uint64_t)fifo->gen << 32 | fifo->channels[0].head, memory_order_release);
}

// The guest's driver starts over: counters from 0, and nothing of before means anything.
static void begin_life(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;

	fifo->channels[0].head = 0;
	fifo->no_history = false;
	pvg_tasks_clear(device);
	pvg_exec_reset(device->exec);
}

static void write_control(struct pvg_device *device, uint32_t value, uint32_t fifo_written,
	uint32_t gen) {
	struct pvg_fifo *fifo = &device->core->fifo;

	// Another fifo_gen is an edge also where the falling one was not seen (overrun, late host).
	bool edge = value != 0 && (fifo->control == 0 || gen != fifo->gen);
	if ((value == 0 && fifo->control != 0) || (edge && fifo->control != 0)) {
		pvg_fifo_teardown(device);
	}
	fifo->control = value;
	if (edge) {
		// By the entry's FIFO_WRITTEN, not by the live one (spec 06 section 6.4 rule 3).
		if (fifo_written == 0) {
			begin_life(device);
		}
		fifo->gen = gen;
		publish_fifo_read(device);
	}
	if (edge || value == 0) {
		stop_root(device);
	}
}

// A change of the buffer's place or size ends everything (spec 01 section 8).
static void write_geometry(struct pvg_device *device, uint32_t *reg, uint32_t value) {
	struct pvg_fifo *fifo = &device->core->fifo;

	if (*reg == value) {
		return;
	}
	*reg = value;
	if (fifo->control != 0) {
		pvg_fifo_teardown(device);
	}
}

void pvg_fifo_register(struct pvg_device *device, uint32_t offset, uint32_t value,
	uint32_t fifo_written, uint32_t gen) {
	struct pvg_fifo *fifo = &device->core->fifo;

	switch (offset) {
	case PVG_REG_CONTROL_FIFO:
		write_control(device, value, fifo_written, gen);
		break;
	case PVG_REG_FIFO_LENGTH:
		write_geometry(device, &fifo->length_bytes, value);
		break;
	case PVG_REG_FIFO_BASE_PAGE:
		write_geometry(device, &fifo->base_pfn, value);
		break;
	case PVG_REG_FIFO_START:
		write_geometry(device, &fifo->start_bytes, value);
		break;
	case PVG_REG_ROOT_PAGE:
		if (fifo->root_pfn != value) {
			fifo->root_pfn = value;
			for (uint32_t id = 1; id < PVG_LINK_CHANNELS; id++) {
				fifo->channels[id].record = NULL;
			}
			fifo->owned_slots = 0;
		}
		break;
	case PVG_REG_VERSION:
		device->version = value;
		break;
	default:
		break; // the EFI block: the mirror keeps it for whoever shows the boot console
	}
}

static uint32_t mirror(struct pvg_link_page *page, uint32_t offset) {
	return atomic_load_explicit(&page->mirror[(offset - 0x1000) / 4], memory_order_acquire);
}

void pvg_fifo_load(struct pvg_device *device, struct pvg_link_page *page) {
	struct pvg_fifo *fifo = &device->core->fifo;
	uint32_t gen = atomic_load_explicit(&page->fifo_gen, memory_order_acquire);
	uint64_t read = atomic_load_explicit(&page->fifo_read, memory_order_acquire);

	fifo->control = mirror(page, PVG_REG_CONTROL_FIFO);
	fifo->length_bytes = mirror(page, PVG_REG_FIFO_LENGTH);
	fifo->start_bytes = mirror(page, PVG_REG_FIFO_START);
	fifo->base_pfn = mirror(page, PVG_REG_FIFO_BASE_PAGE);
	fifo->root_pfn = mirror(page, PVG_REG_ROOT_PAGE);
	device->version = mirror(page, PVG_REG_VERSION);
	for (uint32_t id = 1; id < PVG_LINK_CHANNELS; id++) {
		fifo->channels[id].record = NULL;
	}
	fifo->gen = gen;
	fifo->channels[0].head = (uint32_t)(read >> 32) == gen ? (uint32_t)read : 0;
	fifo->written = fifo->channels[0].head; // until the intake has looked
	// Nothing was ever taken from this ring: then nothing was missed (spec 06 section 6.4 rule
	// 8).
	fifo->adopt = fifo->control != 0 && fifo->channels[0].head != 0;
	stop_root(device);
	publish_fifo_read(device);
}

/* ---- channels -------------------------------------------------------------------------------- */

// Channel ids in payloads: 0 and what has no status bit are refused (spec 01 section 7.1).
static struct pvg_channel *payload_channel(struct pvg_device *device,
	const struct pvg_packet *packet, const char *what) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t id = pvg_rd32(&c);

	if (id == 0 || id >= PVG_LINK_CHANNELS) {
		PVG_REFUSE(device, CHANNEL_ID, "channel %u: %s: no such id", id, what);
		return NULL;
	}
	return &device->core->fifo.channels[id];
}

enum pvg_verdict pvg_op_define_fifo(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_channel *channel = payload_channel(device, packet, "DefineFIFO");

	if (channel != NULL) {
		pvg_channel_define(device, channel);
	}
	return PVG_DONE;
}

enum pvg_verdict pvg_op_free_fifo(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_channel *channel = payload_channel(device, packet, "FreeFIFO");

	if (channel != NULL && channel->defined) {
		pvg_channel_free(device, channel);
	}
	return PVG_DONE;
}

// Spec 06 section 6.4 rule 8. False: the root page is still to come.
static bool adopt_channels(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;
	uint32_t bits = 1u; // slot 0: the root
	enum pvg_access access = PVG_ACCESS_OK;

	for (uint32_t id = 1; id < PVG_LINK_CHANNELS; id++) {
		if (!pvg_channel_find_record(device, &fifo->channels[id], &access)) {
			break;
		}
	}
	if (access == PVG_ACCESS_RETRY) {
		return false;
	}
	for (uint32_t id = 1; access == PVG_ACCESS_OK && id < PVG_LINK_CHANNELS; id++) {
		struct pvg_channel *channel = &fifo->channels[id];
		if (pvg_channel_list_pfn(device, channel) == 0) {
			continue;
		}
		bits |= 1u << (pvg_channel_stamp_slot(device, channel) & 31);
		pvg_channel_define(device, channel);
		pvg_debug("channel %u: adopted", id);
	}
	if (pvg_line_is_due(device, PVG_LINE_ADOPTED)) {
		pvg_info("rings adopted from the guest's records: stamp slots 0x%x", bits);
	}
	if (!pvg_gate_enter(device)) {
		return false;
	}
	// `read` moves before the stamp is written: a host that died in between owes these.
	for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
		uint64_t taken =
			atomic_load_explicit(&device->page->taken[id], memory_order_acquire);
		if (taken != 0) {
			const struct pvg_completion completion = {
				.life = device->core->stamps.life,
				.channel = id,
				.slot = (uint32_t)(taken >> 32),
				.signal = (uint32_t)taken,
			};
			pvg_stamp_complete(device, &completion);
		}
	}
	atomic_fetch_or_explicit(&device->page->intr_gpu, bits, memory_order_release);
	pvg_stamp_interrupt(device);
	pvg_gate_leave(device);
	fifo->adopt = false;
	return true;
}

bool pvg_fifo_run(struct pvg_device *device, bool *more) {
	struct pvg_fifo *fifo = &device->core->fifo;
	uint64_t before;
	bool retry = false;

	*more = false;
	if (fifo->root_state == PVG_ROOT_WANTED) {
		start_root(device);
	}
	if (fifo->root_state != PVG_ROOT_ON) {
		return fifo->root_state == PVG_ROOT_WANTED;
	}
	if (fifo->adopt && !adopt_channels(device)) {
		return true;
	}
	for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
		fifo->channels[id].spent_ns = 0;
		fifo->channels[id].turn = PVG_TURN_EMPTY;
	}
	// Again as long as stamps were published: some channel may have waited for them.
	do {
		before = device->counters->values.packets;
		for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
			struct pvg_channel *channel = &fifo->channels[id];
			if (!channel->defined || channel->turn == PVG_TURN_BUDGET ||
				channel->turn == PVG_TURN_RETRY) {
				continue;
			}
			if (channel->spent_ns >= pvg_channel_budget_ns(device)) {
				// Also time that went into looking at a packet which waits.
				channel->turn = PVG_TURN_BUDGET;
				*more = true;
				continue;
			}
			channel->turn = pvg_channel_drain(device, channel);
			if (channel->turn == PVG_TURN_CLOSED) {
				*more = true; // a reset waits
				return false;
			}
			*more = *more || channel->turn == PVG_TURN_BUDGET;
			retry = retry || channel->turn == PVG_TURN_RETRY;
		}
	} while (device->counters->values.packets != before);
	return retry;
}

/* ---- pages that belong to the device --------------------------------------------------------- */

static size_t owned_at(const struct pvg_fifo *fifo, uint64_t page) {
	size_t at = (size_t)((page * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (fifo->owned_slots - 1);

	while (fifo->owned_pages[at] != UINT64_MAX && fifo->owned_pages[at] != page) {
		at = (at + 1) & (fifo->owned_slots - 1);
	}
	return at;
}

static void own(const struct pvg_device *device, uint64_t gpa) {
	struct pvg_fifo *fifo = &device->core->fifo;
	uint64_t page = gpa >> device->config.page_shift;

	fifo->owned_pages[owned_at(fifo, page)] = page;
}

static bool rebuild_owned(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;
	size_t pages = 1;
	size_t slots = 64;

	for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
		pages += fifo->channels[id].ring.pages_count + 1;
	}
	while (slots < pages * 2) {
		slots *= 2;
	}
	uint64_t *set = realloc(fifo->owned_pages, slots * sizeof(*set));
	if (set == NULL) {
		return false;
	}
	fifo->owned_pages = set;
	fifo->owned_slots = slots;
	memset(set, 0xff, slots * sizeof(*set));
	own(device, pvg_pfn_address(device, fifo->root_pfn));
	for (uint32_t id = 0; id < PVG_LINK_CHANNELS; id++) {
		const struct pvg_channel *channel = &fifo->channels[id];
		if (channel->list_pfn != 0) {
			own(device, pvg_pfn_address(device, channel->list_pfn));
		}
		for (uint32_t i = 0; i < channel->ring.pages_count; i++) {
			own(device, channel->ring.gpas[i]);
		}
	}
	return true;
}

bool pvg_fifo_owns_page(struct pvg_device *device, uint64_t gpa) {
	struct pvg_fifo *fifo = &device->core->fifo;

	if (fifo->owned_slots == 0 && !rebuild_owned(device)) {
		return true; // out of memory: rather no picture than a corrupt ring
	}
	return fifo->owned_pages[owned_at(fifo, gpa >> device->config.page_shift)] != UINT64_MAX;
}
