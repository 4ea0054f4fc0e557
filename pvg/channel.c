// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One channel: where its ring is, and the loop that takes packets out of it (spec 01 sections 4.2
 * to 4.6). The root FIFO is channel 0; its geometry comes from registers (fifo.c).
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "gpu/timeline.h"

// Child record, spec 01 section 4.2.
#define RECORDS_OFFSET 0x400u
#define RECORD_BYTES 0x14u
#define RECORD_READ 0x04u
#define RECORD_SLOT 0x0cu
#define RECORD_LIST 0x10u

#define HEADER_BYTES 12u
#define WAIT_BYTES 8u

#define BUDGET_DEFAULT_US 2000u
#define TURN_PACKETS_MAX 65536u // also where the clock stands still
// Interrupts may be coalesced (spec 01 section 3); no longer than the guest can notice.
#define IRQ_GAP_NS 20000
#define EXEC_OPCODE 0x37
// A packet that waits for the GPU is woken by the renderer; this is for a wake-up that got lost.
#define GPU_RETRY_NS INT64_C(100000000)

/* ---- the child's record and ring ------------------------------------------------------------- */

void pvg_channel_forget_ring(struct pvg_device *device, struct pvg_channel *channel) {
	pvg_ring_finish(&channel->ring);
	channel->list_pfn = 0;
	device->core->fifo.owned_slots = 0;
}

void pvg_channel_define(struct pvg_device *device, struct pvg_channel *channel) {
	pvg_channel_forget_ring(device, channel);
	channel->defined = true;
	channel->head_known = false;
	channel->wait_counted = false;
	channel->gpu_held = false;
	channel->record = NULL;
	channel->incarnation++;
}

void pvg_channel_free(struct pvg_device *device, struct pvg_channel *channel) {
	pvg_channel_forget_ring(device, channel);
	channel->defined = false;
	channel->head_known = false;
	channel->record = NULL;
	channel->gpu_held = false;
	channel->incarnation++;
	pvg_displays_channel_freed(device->displays, channel->id);
	pvg_exec_channel_freed(device->exec, channel->id);
}

bool pvg_channel_find_record(struct pvg_device *device, struct pvg_channel *channel,
	enum pvg_access *access) {
	const struct pvg_fifo *fifo = &device->core->fifo;

	*access = PVG_ACCESS_OK;
	if (channel->record != NULL) {
		return true;
	}
	if (fifo->root_pfn == 0) {
		*access = PVG_ACCESS_UNMAPPED;
		return false;
	}
	channel->record_gpa = pvg_pfn_address(device, fifo->root_pfn) + RECORDS_OFFSET +
		(uint64_t)(channel->id - 1) * RECORD_BYTES;
	channel->record =
		pvg_gpa_ptr(device, channel->record_gpa, RECORD_BYTES, "channel record", access);
	return channel->record != NULL;
}

static uint32_t record_word(struct pvg_device *device, const struct pvg_channel *channel,
	uint32_t offset) {
	// Sequentially consistent with the store to `read`: whoever stores first, the other sees
	// it.
	uint32_t value =
		__atomic_load_n((const uint32_t *)(channel->record + offset), __ATOMIC_SEQ_CST);

	if (device->recorder != NULL) {
		pvg_record_read(device, channel->record_gpa + offset, &value, sizeof(value));
	}
	return value;
}

uint32_t pvg_channel_list_pfn(struct pvg_device *device, const struct pvg_channel *channel) {
	return record_word(device, channel, RECORD_LIST);
}

uint32_t pvg_channel_stamp_slot(struct pvg_device *device, const struct pvg_channel *channel) {
	return record_word(device, channel, RECORD_SLOT) & 0xffff; // spec 01 section 4.2
}

static enum pvg_access fill_ring(struct pvg_device *device, struct pvg_channel *channel,
	const uint32_t *list, uint32_t count) {
	enum pvg_access access = PVG_ACCESS_OK;

	if (!pvg_ring_alloc(&channel->ring, count)) {
		return PVG_ACCESS_RETRY; // the host is out of memory: later
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t gpa = pvg_pfn_address(device, list[i]);
		channel->ring.gpas[i] = gpa;
		channel->ring.pages[i] =
			pvg_gpa_ptr(device, gpa, pvg_page_size(device), NULL, &access);
		if (channel->ring.pages[i] == NULL) {
			if (access == PVG_ACCESS_BAD) {
				PVG_REFUSE(device, RING_LIST,
					"channel %u: ring page %u at 0x%llx is not RAM",
					channel->id, i, (unsigned long long)gpa);
			}
			pvg_ring_finish(&channel->ring);
			return access;
		}
	}
	channel->ring.size_bytes = count << device->config.page_shift;
	return PVG_ACCESS_OK;
}

static enum pvg_access read_list(struct pvg_device *device, struct pvg_channel *channel,
	uint32_t list_pfn) {
	uint32_t list[PVG_RING_PAGES_MAX];
	uint32_t entries = (uint32_t)(pvg_page_size(device) / sizeof(list[0]));
	uint32_t count = 0;

	if (entries > PVG_RING_PAGES_MAX) {
		entries = PVG_RING_PAGES_MAX;
	}
	enum pvg_access access = pvg_gpa_read(device, pvg_pfn_address(device, list_pfn), list,
		entries * sizeof(list[0]));
	if (access != PVG_ACCESS_OK) {
		return access;
	}
	while (count < entries && list[count] != 0) {
		count++;
	}
	if (count == 0) {
		PVG_REFUSE(device, RING_LIST, "channel %u: the list at page 0x%x is empty",
			channel->id, list_pfn);
		return PVG_ACCESS_BAD;
	}
	access = fill_ring(device, channel, list, count);
	if (access == PVG_ACCESS_OK) {
		channel->list_pfn = list_pfn;
		device->core->fifo.owned_slots = 0;
	}
	return access;
}

// OK: record, ring and head are there.
static enum pvg_access prepare_child(struct pvg_device *device, struct pvg_channel *channel) {
	enum pvg_access access;

	if (!pvg_channel_find_record(device, channel, &access)) {
		return access;
	}
	uint32_t list_pfn = record_word(device, channel, RECORD_LIST);
	if (list_pfn != channel->list_pfn) {
		pvg_channel_forget_ring(device, channel);
	}
	if (list_pfn == 0) {
		return PVG_ACCESS_UNMAPPED; // not published yet
	}
	if (channel->ring.size_bytes == 0) {
		access = read_list(device, channel, list_pfn);
		if (access != PVG_ACCESS_OK) {
			return access;
		}
	}
	if (!channel->head_known) {
		channel->head = record_word(device, channel, RECORD_READ);
		channel->head_known = true;
	}
	return PVG_ACCESS_OK;
}

/* ---- taking a packet ------------------------------------------------------------------------- */

// Inside the gate.
static void publish_read(struct pvg_device *device, const struct pvg_channel *channel,
	uint8_t *record, uint32_t head) {
	if (channel->id == 0) {
		atomic_store_explicit(&device->page->fifo_read,
			(uint64_t)device->core->fifo.gen << 32 | head, memory_order_release);
		return;
	}
	__atomic_store_n((uint32_t *)(record + RECORD_READ), head, __ATOMIC_SEQ_CST);
	pvg_record_write(device, channel->record_gpa + RECORD_READ, 4);
}

static void note_taken(struct pvg_device *device, uint32_t channel, uint32_t position) {
	pvg_record_packet(device, channel, position);
	if (device->tap != NULL && device->tap->taken != NULL) {
		device->tap->taken(device->tap->data, channel, position);
	}
}

static enum pvg_turn resynchronise(struct pvg_device *device, struct pvg_channel *channel,
	uint32_t written) {
	if (pvg_line_is_due(device, PVG_LINE_RESYNC)) {
		pvg_error("channel %u: ring desynchronised, %u bytes skipped: what waits for them "
			  "hangs",
			channel->id, written - channel->head);
	}
	PVG_COUNT_DEVICE(device, resyncs);
	note_taken(device, channel->id, channel->head);
	if (!pvg_gate_enter(device)) {
		return PVG_TURN_CLOSED;
	}
	channel->head = written;
	publish_read(device, channel, channel->record, written);
	pvg_gate_leave(device);
	return PVG_TURN_EMPTY;
}

static bool reserve_scratch(struct pvg_fifo *fifo, uint32_t size_bytes) {
	if (size_bytes <= fifo->scratch_bytes) {
		return true;
	}
	uint8_t *bigger = realloc(fifo->scratch, size_bytes);
	if (bigger == NULL) {
		return false;
	}
	fifo->scratch = bigger;
	fifo->scratch_bytes = size_bytes;
	return true;
}

static bool waits_are_met(struct pvg_device *device, struct pvg_channel *channel,
	const uint8_t *waits, uint32_t count) {
	struct pvg_cursor c = pvg_cursor_init(waits, (size_t)count * WAIT_BYTES);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t slot = pvg_rd32(&c);
		uint32_t value = pvg_rd32(&c);
		if (!pvg_stamp_reached(device, slot, value)) {
			if (!channel->wait_counted) {
				channel->wait_counted = true;
				PVG_COUNT_DEVICE(device, waits_held);
			}
			return false;
		}
	}
	return true;
}

void pvg_channel_flush_irq(struct pvg_device *device) {
	struct pvg_fifo *fifo = &device->core->fifo;

	if (fifo->irq_owed && pvg_gate_enter(device)) {
		pvg_stamp_interrupt(device);
		pvg_gate_leave(device);
	}
	fifo->irq_owed = false;
}

/*
 * The packet is done: space, stamp, status, interrupt (spec 01 sections 3 and 5.1). @serial: of the
 * command list that the stamp has to wait for, 0: none.
 */
static enum pvg_turn consume(struct pvg_device *device, struct pvg_channel *channel,
	uint8_t *record, uint32_t head, const struct pvg_completion *completion, uint64_t serial) {
	struct pvg_fifo *fifo = &device->core->fifo;

	if (!pvg_gate_enter(device)) {
		return PVG_TURN_CLOSED;
	}
	// A host that takes over from here completes what this names (spec 06 section 6.4 rule 8).
	atomic_store_explicit(&device->page->taken[channel->id],
		(uint64_t)completion->slot << 32 | completion->signal, memory_order_release);
	publish_read(device, channel, record, head);
	int64_t now_ns = pvg_now_ns(device);
	if (device->gpu == NULL || !pvg_gpu_stamp(device->gpu, completion, serial)) {
		pvg_stamp_complete(device, completion);
		fifo->irq_owed = true;
	}
	if (fifo->irq_owed && now_ns - fifo->irq_ns >= IRQ_GAP_NS) {
		fifo->irq_owed = false;
		fifo->irq_ns = now_ns;
		pvg_stamp_interrupt(device);
	}
	pvg_gate_leave(device);
	channel->wait_counted = false;
	device->core->active_ns = now_ns;
	PVG_COUNT_DEVICE(device, packets);
	if (fifo->rescuing) {
		PVG_COUNT_DEVICE(device, rescued);
	}
	return PVG_TURN_EMPTY;
}

// Nothing has happened since that could let the packet at the head go on.
static bool is_gpu_held(struct pvg_device *device, struct pvg_channel *channel) {
	if (!channel->gpu_held || device->gpu == NULL) {
		return false;
	}
	if (pvg_gpu_wakeups(device->gpu) == channel->gpu_wakeups &&
		pvg_now_ns(device) < channel->gpu_retry_ns) {
		return true;
	}
	channel->gpu_held = false;
	return false;
}

static enum pvg_turn hold(struct pvg_device *device, struct pvg_channel *channel) {
	PVG_COUNT_DEVICE(device, retries);
	if (device->gpu == NULL || !pvg_gpu_take_hold(device->gpu)) {
		return PVG_TURN_RETRY;
	}
	channel->gpu_held = true;
	channel->gpu_wakeups = pvg_gpu_wakeups(device->gpu);
	channel->gpu_retry_ns = pvg_now_ns(device) + GPU_RETRY_NS;
	return PVG_TURN_HELD;
}

/*
 * Executes the packet at the head, whose header is @header. PVG_TURN_EMPTY: it was consumed. The
 * handler may redefine or free the very channel it came through.
 */
static enum pvg_turn execute(struct pvg_device *device, struct pvg_channel *channel,
	const uint8_t *header, uint32_t total) {
	struct pvg_fifo *fifo = &device->core->fifo;
	struct pvg_cursor c = pvg_cursor_init(header, HEADER_BYTES);
	uint16_t opcode = pvg_rd16(&c);
	uint16_t n_wait = pvg_rd16(&c);
	pvg_rd_skip(&c, 4);
	uint32_t signal = pvg_rd32(&c);

	if (!reserve_scratch(fifo, total)) {
		if (pvg_line_is_due(device, PVG_LINE_MEMORY)) {
			pvg_error("channel %u: no memory for a packet of %u bytes", channel->id,
				total);
		}
		return PVG_TURN_RETRY;
	}
	// Only what follows the header: it must not change between the checks and now.
	pvg_ring_copy(device, &channel->ring, channel->head + HEADER_BYTES, fifo->scratch,
		total - HEADER_BYTES);
	if (n_wait > PVG_WAITS_USUAL && !fifo->many_waits_logged) {
		fifo->many_waits_logged = true;
		pvg_info("channel %u: packet with %u waits", channel->id, n_wait);
	}
	if (!waits_are_met(device, channel, fifo->scratch, n_wait)) {
		return PVG_TURN_HELD;
	}
	if (fifo->irq_owed && pvg_packet_is_heavy(opcode)) {
		pvg_channel_flush_irq(device);
	}
	const struct pvg_packet packet = {
		.opcode = opcode,
		.channel = channel->id,
		.signal = signal,
		.payload = fifo->scratch + n_wait * WAIT_BYTES,
		.payload_size = total - HEADER_BYTES - n_wait * WAIT_BYTES,
	};
	// Taken down before the handler: afterwards channel and record may be others.
	const struct pvg_completion completion = {
		.life = device->core->stamps.life,
		.channel = channel->id,
		.slot = channel->id != 0 ? pvg_channel_stamp_slot(device, channel) : 0,
		.signal = signal,
	};
	uint8_t *record = channel->record;
	uint32_t incarnation = channel->incarnation;
	uint32_t position = channel->head;
	uint32_t head = position + total;
	uint64_t before = device->gpu != NULL ? pvg_gpu_last_serial(device->gpu) : 0;
	if (pvg_packet_dispatch(device, &packet) == PVG_RETRY) {
		return hold(device, channel);
	}
	note_taken(device, completion.channel, position);
	// An exec may have submitted in earlier turns; the others wait for what they caused.
	uint64_t serial = device->gpu != NULL ? pvg_gpu_last_serial(device->gpu) : 0;
	if (serial == before && opcode != EXEC_OPCODE) {
		serial = 0;
	}
	if (opcode < sizeof(device->counters->values.opcodes) / sizeof(uint64_t)) {
		PVG_COUNT_DEVICE(device, opcodes[opcode]);
	}
	enum pvg_turn turn = consume(device, channel, record, head, &completion, serial);
	if (turn == PVG_TURN_EMPTY && channel->incarnation == incarnation) {
		channel->head = head;
	}
	if (device->gpu != NULL) {
		(void)pvg_timeline_run(device->gpu); // it may have completed at once
	}
	return turn;
}

/*
 * Looks at the head of a channel. True: a whole packet, its header in @header and its length in
 * *total. False: *turn says why the turn ends.
 */
static bool next_packet(struct pvg_device *device, struct pvg_channel *channel, uint8_t *header,
	uint32_t *total, enum pvg_turn *turn) {
	uint32_t written;

	*turn = PVG_TURN_EMPTY;
	if (channel->id == 0) {
		if (device->core->fifo.written == channel->head && !pvg_intake_written(device)) {
			return false;
		}
		written = device->core->fifo.written;
	} else if (device->tap != NULL && device->tap->may_look != NULL &&
		!device->tap->may_look(device->tap->data, channel->id)) {
		return false;
	} else {
		enum pvg_access access = prepare_child(device, channel);
		if (access != PVG_ACCESS_OK) {
			*turn = access == PVG_ACCESS_RETRY ? PVG_TURN_RETRY : PVG_TURN_EMPTY;
			return false;
		}
		written = record_word(device, channel, 0);
	}
	uint32_t available = written - channel->head;
	if (available > 0 && device->tap != NULL && device->tap->may_take != NULL &&
		!device->tap->may_take(device->tap->data, channel->id, channel->head)) {
		*turn = PVG_TURN_HELD;
		return false;
	}
	if (available > channel->ring.size_bytes) {
		PVG_REFUSE(device, RING_DESYNC, "channel %u: %u bytes pending in a ring of %u",
			channel->id, available, channel->ring.size_bytes);
		*turn = resynchronise(device, channel, written);
		return false;
	}
	if (available < HEADER_BYTES) {
		return false;
	}
	pvg_ring_copy(device, &channel->ring, channel->head, header, HEADER_BYTES);
	struct pvg_cursor c = pvg_cursor_init(header + 2, 6);
	uint32_t need = HEADER_BYTES + pvg_rd16(&c) * WAIT_BYTES;
	*total = pvg_rd32(&c);
	if (*total < need || *total > channel->ring.size_bytes || *total % 4 != 0) {
		PVG_REFUSE(device, PACKET_SIZE,
			"channel %u: packet of %u bytes, at least %u, ring of %u", channel->id,
			*total, need, channel->ring.size_bytes);
		*turn = resynchronise(device, channel, written);
		return false;
	}
	return *total <= available; // else the guest is still writing
}

int64_t pvg_channel_budget_ns(const struct pvg_device *device) {
	uint32_t budget_us = device->config.retry_budget_us;

	return (int64_t)(budget_us != 0 ? budget_us : BUDGET_DEFAULT_US) * 1000;
}

enum pvg_turn pvg_channel_drain(struct pvg_device *device, struct pvg_channel *channel) {
	uint8_t header[HEADER_BYTES];
	uint32_t total = 0;
	enum pvg_turn turn = PVG_TURN_EMPTY;
	int64_t budget_ns = pvg_channel_budget_ns(device);
	int64_t start_ns = pvg_now_ns(device);

	for (uint32_t i = 0;; i++) {
		if (!channel->defined || !next_packet(device, channel, header, &total, &turn)) {
			break;
		}
		if (is_gpu_held(device, channel)) {
			turn = PVG_TURN_HELD;
			break;
		}
		turn = execute(device, channel, header, total);
		if (turn != PVG_TURN_EMPTY) {
			break;
		}
		// consume() has just asked the clock.
		if (device->core->active_ns - start_ns >= budget_ns - channel->spent_ns ||
			i >= TURN_PACKETS_MAX) {
			turn = PVG_TURN_BUDGET;
			break;
		}
	}
	pvg_channel_flush_irq(device);
	channel->spent_ns += pvg_now_ns(device) - start_ns;
	return turn;
}
