// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports: the shared page, the event mailbox and the life cycle of spec 04 sections 3 to 6.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "display-private.h"

#define MS_NS INT64_C(1000000)
#define ENABLE_POLL_NS (4 * MS_NS)   // DSP-14
#define PULSE_RETRY_NS (200 * MS_NS) // spec 04 section 6.2
#define PULSE_TRIES 150
#define CURSOR_FEATURES 3 // kicks on show and on move: hardware cursor
#define PROPERTIES_LOGGED_MAX 16

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	"the shared page's words are accessed in place");

/* ---- the page: everything here runs with the port's lock held -------------------------------- */

static _Atomic uint32_t *page_word(uint8_t *page, uint32_t offset) {
	return (_Atomic uint32_t *)(void *)(page + offset);
}

static void page_put16(uint8_t *page, uint32_t offset, uint16_t value) {
	atomic_store_explicit((_Atomic uint16_t *)(void *)(page + offset), value,
		memory_order_relaxed);
}

static void page_put32(uint8_t *page, uint32_t offset, uint32_t value) {
	atomic_store_explicit(page_word(page, offset), value, memory_order_relaxed);
}

static void page_put_float(uint8_t *page, uint32_t offset, float value) {
	uint32_t bits;
	memcpy(&bits, &value, sizeof(bits));
	page_put32(page, offset, bits);
}

static void port_set_state(struct pvg_displays *displays, struct pvg_port *port,
	enum pvg_display_state state) {
	port->state = state;
	atomic_store(&displays->changed, true);
	uint32_t bit = 1u << port->index;
	if (state == PVG_DISPLAY_ONLINE || state == PVG_DISPLAY_UPDATING) {
		atomic_fetch_or(&displays->online_ports, bit);
	} else {
		atomic_fetch_and(&displays->online_ports, ~bit);
	}
}

static void port_drop_page(struct pvg_displays *displays, struct pvg_port *port) {
	port->page = NULL;
	port->page_gpa = 0;
	atomic_fetch_and(&displays->paged_ports, ~(1u << port->index));
	port_set_state(displays, port, PVG_DISPLAY_ABSENT);
}

/*
 * The guest frees a page without a command when it tears a pipe down (spec 01 section 4.9, 6), so
 * whatever is about to be written must still look like the page it was.
 */
static bool port_page_is_ours(struct pvg_displays *displays, struct pvg_port *port) {
	if (port->page == NULL) {
		return false;
	}
	uint16_t index = atomic_load_explicit(
		(_Atomic uint16_t *)(void *)(port->page + PVG_PAGE_PORT), memory_order_relaxed);
	uint32_t enable = atomic_load_explicit(page_word(port->page, PVG_PAGE_ENABLE),
		memory_order_acquire);
	port->enable_seen = enable;
	if (index == port->index && (enable & ~(uint32_t)PVG_EVENT_ALL) == 0) {
		return true;
	}
	port->page_lost = true;
	port_drop_page(displays, port);
	return false;
}

// Gate entered and lock held. DSP-9 and DSP-10.
static uint32_t port_signal(struct pvg_displays *displays, struct pvg_port *port, uint32_t want) {
	if (!port_page_is_ours(displays, port)) {
		return 0;
	}
	uint32_t bits = want & port->enable_seen;
	if (bits == 0) {
		return 0;
	}
	_Atomic uint32_t *pending = page_word(port->page, PVG_PAGE_PENDING);
	atomic_fetch_or_explicit(pending, bits, memory_order_seq_cst);
	/*
	 * The guest may have disarmed in between, and a bit of a disarmed class is never cleared:
	 * it would fire stale when the class is armed again.
	 */
	uint32_t enable = atomic_load_explicit(page_word(port->page, PVG_PAGE_ENABLE),
		memory_order_seq_cst);
	uint32_t withdrawn = bits & ~enable;
	if (withdrawn != 0) {
		atomic_fetch_and_explicit(pending, ~withdrawn, memory_order_seq_cst);
		bits &= enable;
	}
	if (bits != 0) {
		pvg_raise_display(displays->device, port->index);
	}
	return bits;
}

// Gate entered and lock held: takes back an event that the guest has not fetched yet.
static void port_withdraw(struct pvg_displays *displays, struct pvg_port *port, uint32_t bits) {
	if (port_page_is_ours(displays, port)) {
		atomic_fetch_and_explicit(page_word(port->page, PVG_PAGE_PENDING), ~bits,
			memory_order_seq_cst);
	}
}

static bool port_pulse_online(struct pvg_displays *displays, struct pvg_port *port,
	int64_t now_ns) {
	port->next_ns = now_ns + PULSE_RETRY_NS;
	if (port_signal(displays, port, PVG_EVENT_ONLINE) == 0) {
		return false;
	}
	atomic_fetch_add_explicit(&port->count.online_pulses, 1, memory_order_relaxed);
	return true;
}

// Gate entered and lock held. Only fields that the host owns, each by itself (DSP-4); the order is
// DSP-6.
static void port_fill(struct pvg_port *port) {
	const struct pvg_display_desc *desc = &port->desc;
	uint8_t *page = port->page;

	page_put32(page, PVG_PAGE_SERIAL, desc->serial);
	memcpy(page + PVG_PAGE_NAME, desc->name, sizeof(desc->name));
	page_put16(page, PVG_PAGE_PORT, (uint16_t)port->index);
	page_put16(page, PVG_PAGE_WIDTH_MM, desc->width_mm);
	page_put16(page, PVG_PAGE_HEIGHT_MM, desc->height_mm);
	page_put16(page, PVG_PAGE_CURSOR_MAX_W, desc->cursor_max_width);
	page_put16(page, PVG_PAGE_CURSOR_MAX_H, desc->cursor_max_height);
	page_put32(page, PVG_PAGE_GAMMA_ENTRIES, desc->gamma_entries);
	page_put32(page, PVG_PAGE_CURSOR_FEATURES, CURSOR_FEATURES);
	page_put_float(page, PVG_PAGE_WIDTH_MM_F, (float)desc->width_mm);
	page_put_float(page, PVG_PAGE_HEIGHT_MM_F, (float)desc->height_mm);
	for (uint32_t i = 0; i < desc->mode_count; i++) {
		const struct pvg_mode *mode = &desc->modes[i];
		uint32_t at = PVG_PAGE_MODES + 16 * i;
		page_put16(page, at, mode->width);
		page_put16(page, at + 2, mode->height);
		// 16.16 Hz, rounded (spec 04 section 3.2).
		page_put32(page, at + 4,
			(uint32_t)(((uint64_t)mode->refresh_mhz * 65536 + 500) / 1000));
		page_put32(page, at + 8, 0);
		page_put32(page, at + 12, 0);
	}
	page_put16(page, PVG_PAGE_MODE_COUNT, (uint16_t)desc->mode_count);
	port->generation++;
	atomic_store_explicit(page_word(page, PVG_PAGE_GENERATION), port->generation,
		memory_order_release);
}

static void port_restart(struct pvg_port *port) {
	port->tries = 0;
	port->gave_up = false;
}

/* ---- signals, ticks -------------------------------------------------------------------------- */

// What the device reads of the page is guest input like any other, so a capture needs it.
static void record_enable(struct pvg_displays *displays, uint64_t page_gpa, uint32_t enable) {
	if (page_gpa != 0) {
		pvg_record_read(displays->device, page_gpa + PVG_PAGE_ENABLE, &enable,
			sizeof(enable));
	}
}

uint32_t pvg_display_signal(struct pvg_displays *displays, struct pvg_port *port, uint32_t want) {
	if (!pvg_gate_enter(displays->device)) {
		return 0;
	}
	pthread_mutex_lock(&port->lock);
	uint32_t bits = port_signal(displays, port, want);
	uint64_t gpa = port->page_gpa;
	uint32_t enable = port->enable_seen;
	pthread_mutex_unlock(&port->lock);
	pvg_gate_leave(displays->device);
	record_enable(displays, gpa, enable);
	return bits;
}

struct pvg_tick_result pvg_display_tick(struct pvg_device *device, unsigned int index,
	int64_t when_ns) {
	struct pvg_tick_result result = { 0 };
	if (index >= PVG_MAX_PORTS) {
		return result;
	}
	struct pvg_displays *displays = device->displays;
	struct pvg_port *port = &displays->ports[index];
	if (!pvg_gate_enter(device)) {
		// Closed for good or for a moment: nothing was signalled, so no slot is spent.
		result.online = (atomic_load(&displays->online_ports) & 1u << index) != 0;
		return result;
	}
	pthread_mutex_lock(&port->lock);
	/*
	 * While UPDATING ticks go on: the guest may want its last transaction retired before it
	 * acknowledges, and a wait for that has no time limit (spec 04 section 8.6).
	 */
	if (port->state == PVG_DISPLAY_ONLINE || port->state == PVG_DISPLAY_UPDATING) {
		uint32_t classes = PVG_EVENT_VBL | PVG_EVENT_TRANSACTION;
		result.delivered = port_signal(displays, port, classes) != 0;
		result.online = port->page != NULL;
		result.armed = result.online && (port->enable_seen & classes) != 0;
	}
	uint64_t gpa = port->page_gpa;
	uint32_t enable = port->enable_seen;
	pthread_mutex_unlock(&port->lock);
	pvg_gate_leave(device);

	if (result.delivered) {
		atomic_fetch_add_explicit(&port->count.ticks, 1, memory_order_relaxed);
	} else if (result.online) {
		atomic_fetch_add_explicit(&port->count.ticks_unarmed, 1, memory_order_relaxed);
	}
	if (result.online) {
		record_enable(displays, gpa, enable);
		pvg_record_tick(device, index, when_ns);
	}
	return result;
}

/* ---- polling --------------------------------------------------------------------------------- */

// Tells the host what changed since the last time. Device thread, no lock held.
static void displays_notify(struct pvg_displays *displays) {
	struct pvg_device *device = displays->device;
	if (!atomic_exchange(&displays->changed, false)) {
		return;
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pvg_port *port = &displays->ports[i];
		pthread_mutex_lock(&port->lock);
		enum pvg_display_state state = port->state;
		bool lost = port->page_lost;
		bool gave_up =
			port->gave_up && !port->gave_up_told && state != PVG_DISPLAY_UNPLUGGED;
		port->page_lost = false;
		port->gave_up_told = port->gave_up;
		pthread_mutex_unlock(&port->lock);
		if (gave_up) {
			pvg_error("port %u: display not acknowledged after %d tries", i,
				PULSE_TRIES);
		}
		if (lost) {
			PVG_REFUSE(device, DISPLAY_PAGE,
				"port %u: shared page is no longer the guest's, forgotten", i);
		}
		if (state == port->told_state) {
			continue;
		}
		pvg_info("port %u: %s, was %s", i, pvg_display_state_name(state),
			pvg_display_state_name(port->told_state));
		port->told_state = state;
		if (device->host.display_state != NULL) {
			device->host.display_state(device->host_data, i, state);
		}
	}
}

static void port_republish(struct pvg_displays *displays, struct pvg_port *port, int64_t now_ns);

// Gate entered and lock held. Returns when to look again.
static int64_t port_poll(struct pvg_displays *displays, struct pvg_port *port, int64_t now_ns) {
	if (port->republish_owed) {
		port_republish(displays, port, now_ns);
	}
	switch (port->state) {
	case PVG_DISPLAY_ABSENT:
	case PVG_DISPLAY_ONLINE:
		return INT64_MAX;
	case PVG_DISPLAY_REGISTERED:
		if (!port->bound) {
			return INT64_MAX;
		}
		if (!port_pulse_online(displays, port, now_ns)) {
			return port->page != NULL ? now_ns + ENABLE_POLL_NS : INT64_MAX;
		}
		port_restart(port);
		port_set_state(displays, port, PVG_DISPLAY_PULSED);
		return port->next_ns;
	case PVG_DISPLAY_PULSED:
	case PVG_DISPLAY_UPDATING:
		if (port->gave_up) {
			return INT64_MAX;
		}
		if (now_ns < port->next_ns) {
			return port->next_ns;
		}
		if (port->tries >= PULSE_TRIES) {
			port->gave_up = true;
			atomic_store(&displays->changed, true);
			return INT64_MAX;
		}
		port->tries++;
		(void)port_pulse_online(displays, port, now_ns);
		return port->next_ns;
	case PVG_DISPLAY_UNPLUGGED:
		if (port->gave_up || !port_page_is_ours(displays, port)) {
			return INT64_MAX;
		}
		if (now_ns < port->next_ns) {
			return port->next_ns;
		}
		// DSP-12: again while the guest has not fetched it, so that no lost interrupt is
		// final.
		if (port->offline_delivered &&
			(atomic_load(page_word(port->page, PVG_PAGE_PENDING)) &
				PVG_EVENT_OFFLINE) == 0) {
			port->gave_up = true;
			return INT64_MAX;
		}
		if (port->tries >= PULSE_TRIES) {
			port->gave_up = true;
			return INT64_MAX;
		}
		port->tries++;
		port->next_ns = now_ns + PULSE_RETRY_NS;
		if (port_signal(displays, port, PVG_EVENT_OFFLINE) != 0) {
			port->offline_delivered = true;
		}
		return port->next_ns;
	}
	return INT64_MAX;
}

int64_t pvg_displays_poll(struct pvg_displays *displays, int64_t now_ns) {
	int64_t next_ns = INT64_MAX;
	uint32_t paged = atomic_load(&displays->paged_ports);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pvg_port *port = &displays->ports[i];
		if ((paged & 1u << i) == 0) {
			continue;
		}
		if (!pvg_gate_enter(displays->device)) {
			break;
		}
		pthread_mutex_lock(&port->lock);
		bool refilled = port->republish_owed;
		int64_t at_ns = port_poll(displays, port, now_ns);
		uint64_t gpa = port->page_gpa;
		uint32_t enable = port->enable_seen;
		pthread_mutex_unlock(&port->lock);
		pvg_gate_leave(displays->device);
		if (refilled && gpa != 0) {
			pvg_record_write(displays->device, gpa, PVG_PAGE_USED);
		}
		record_enable(displays, gpa, enable);
		if (at_ns < next_ns) {
			next_ns = at_ns;
		}
		pvg_cursor_sample(displays, port, false);
	}
	displays_notify(displays);
	return next_ns;
}

bool pvg_displays_any_online(const struct pvg_displays *displays) {
	return atomic_load_explicit(&displays->online_ports, memory_order_relaxed) != 0;
}

/* ---- packets --------------------------------------------------------------------------------- */

struct pvg_port *pvg_display_port(struct pvg_device *device, const struct pvg_packet *packet,
	uint32_t port) {
	if (port < device->displays_count && port < PVG_MAX_PORTS) {
		return &device->displays->ports[port];
	}
	PVG_REFUSE(device, PORT, "channel %" PRIu32 ": opcode 0x%02x names port %" PRIu32 " of %u",
		packet->channel, packet->opcode, port, device->displays_count);
	return NULL;
}

void pvg_display_check_long(struct pvg_device *device, const struct pvg_packet *packet,
	size_t known_bytes) {
	if (packet->payload_size > known_bytes) {
		PVG_REFUSE(device, PAYLOAD_LONG,
			"channel %" PRIu32 ": opcode 0x%02x: %zu payload bytes, %zu are known",
			packet->channel, packet->opcode, packet->payload_size, known_bytes);
	}
}

static void port_register(struct pvg_displays *displays, struct pvg_port *port, uint64_t gpa,
	uint8_t *page, uint32_t channel) {
	struct pvg_device *device = displays->device;
	if (!pvg_gate_enter(device)) {
		return;
	}
	pthread_mutex_lock(&port->lock);
	port->page = page;
	port->page_gpa = gpa;
	atomic_fetch_or(&displays->paged_ports, 1u << port->index);
	port->page_channel = channel;
	port->page_lost = false;
	port->enable_seen = 0;
	port_restart(port);
	port_fill(port);
	port->republish_owed = false;
	port_set_state(displays, port, PVG_DISPLAY_REGISTERED);
	pthread_mutex_unlock(&port->lock);
	pvg_gate_leave(device);
	pvg_record_write(device, gpa, PVG_PAGE_USED);
}

enum pvg_verdict pvg_op_display_set_page(struct pvg_device *device,
	const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t index = pvg_rd32(&c);
	uint64_t gpa = (uint64_t)pvg_rd32(&c) << device->config.page_shift;
	if (c.failed) {
		return PVG_DONE;
	}
	pvg_display_check_long(device, packet, 8);
	struct pvg_port *port = pvg_display_port(device, packet, index);
	if (port == NULL) {
		return PVG_DONE;
	}
	struct pvg_displays *displays = device->displays;
	uint8_t *page = NULL;
	if (gpa != 0) {
		// Read through the ordinary way first: it knows whether a newer table is due.
		uint8_t seed[PVG_PAGE_USED];
		enum pvg_access access = pvg_gpa_read(device, gpa, seed, sizeof(seed));
		if (access == PVG_ACCESS_RETRY) {
			return PVG_RETRY;
		}
		if (access == PVG_ACCESS_OK && displays->ram != NULL) {
			page = pvg_ram_ptr(displays->ram, gpa,
				UINT64_C(1) << device->config.page_shift);
		}
		if (page == NULL || ((uintptr_t)page & 7) != 0) {
			PVG_REFUSE(device, DISPLAY_PAGE,
				"port %" PRIu32 ": shared page 0x%" PRIx64 " is not RAM", index,
				gpa);
			page = NULL;
		}
	}
	pvg_cursor_forget(port);
	pvg_gamma_forget(port);
	if (page != NULL) {
		port_register(displays, port, gpa, page, packet->channel);
	} else {
		pthread_mutex_lock(&port->lock);
		port_drop_page(displays, port);
		pthread_mutex_unlock(&port->lock);
	}
	displays_notify(displays);
	return PVG_DONE;
}

enum pvg_verdict pvg_op_display_ack(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t index = pvg_rd32(&c);
	uint32_t generation = pvg_rd32(&c);
	if (c.failed) {
		return PVG_DONE;
	}
	pvg_display_check_long(device, packet, 8);
	struct pvg_port *port = pvg_display_port(device, packet, index);
	if (port == NULL || !pvg_gate_enter(device)) {
		return PVG_DONE;
	}
	struct pvg_displays *displays = device->displays;
	int64_t now_ns = pvg_now_ns(device);
	pthread_mutex_lock(&port->lock);
	// DSP-11: a left-over ONLINE would make the guest rebuild the display later.
	port_withdraw(displays, port, PVG_EVENT_ONLINE);
	if (port->state == PVG_DISPLAY_PULSED || port->state == PVG_DISPLAY_UPDATING) {
		if (generation == port->generation) {
			port_set_state(displays, port, PVG_DISPLAY_ONLINE);
		} else {
			port->next_ns = now_ns; // an older list: pulse again at the next poll
		}
	}
	pthread_mutex_unlock(&port->lock);
	pvg_gate_leave(device);
	displays_notify(displays);
	return PVG_DONE;
}

enum pvg_verdict pvg_op_display_sleep(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t index = pvg_rd32(&c);
	bool asleep = pvg_rd32(&c) != 0;
	if (c.failed) {
		return PVG_DONE;
	}
	pvg_display_check_long(device, packet, 8);
	struct pvg_port *port = pvg_display_port(device, packet, index);
	if (port == NULL) {
		return PVG_DONE;
	}
	pvg_info("port %u: %s", port->index, asleep ? "asleep" : "awake");
	if (device->host.sleep != NULL) {
		device->host.sleep(device->host_data, port->index, asleep);
	}
	return PVG_DONE;
}

enum pvg_verdict pvg_op_display_properties(struct pvg_device *device,
	const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t index = pvg_rd32(&c);
	uint32_t property = pvg_rd32(&c);
	size_t words = pvg_cursor_left(&c) / 4;
	uint32_t first = words > 0 ? pvg_rd32(&c) : 0;
	if (c.failed) {
		return PVG_DONE;
	}
	struct pvg_port *port = pvg_display_port(device, packet, index);
	if (port == NULL) {
		return PVG_DONE;
	}
	// No property's meaning is known (spec 04 section 4.3): the log is how one will be learnt.
	if (port->properties_logged < PROPERTIES_LOGGED_MAX) {
		port->properties_logged++;
		pvg_info("port %u: property %" PRId32 ", %zu words, first 0x%" PRIx32, port->index,
			(int32_t)property, words, first);
	}
	return PVG_DONE;
}

/* ---- descriptions ---------------------------------------------------------------------------- */

// Gate entered and lock held: the page follows a new description, or its loss.
static void port_republish(struct pvg_displays *displays, struct pvg_port *port, int64_t now_ns) {
	port->republish_owed = false;
	if (!port_page_is_ours(displays, port)) {
		return;
	}
	enum pvg_display_state state = port->state;
	if (!port->bound) {
		if (state == PVG_DISPLAY_PULSED || state == PVG_DISPLAY_UPDATING ||
			state == PVG_DISPLAY_ONLINE) {
			port_withdraw(displays, port, PVG_EVENT_ONLINE);
			port_restart(port);
			port->offline_delivered =
				port_signal(displays, port, PVG_EVENT_OFFLINE) != 0;
			port->next_ns = now_ns + PULSE_RETRY_NS;
			port_set_state(displays, port, PVG_DISPLAY_UNPLUGGED);
		}
		return;
	}
	port_fill(port);
	port_restart(port);
	switch (state) {
	case PVG_DISPLAY_ABSENT:
	case PVG_DISPLAY_REGISTERED: // the poll pulses when the guest is ready
		return;
	case PVG_DISPLAY_UNPLUGGED:
		// An OFFLINE that was not fetched is no longer true.
		port_withdraw(displays, port, PVG_EVENT_OFFLINE);
		port_set_state(displays, port, PVG_DISPLAY_PULSED);
		break;
	case PVG_DISPLAY_ONLINE:
		port_set_state(displays, port, PVG_DISPLAY_UPDATING);
		break;
	case PVG_DISPLAY_PULSED:
	case PVG_DISPLAY_UPDATING:
		break;
	}
	(void)port_pulse_online(displays, port, now_ns);
}

void pvg_display_set_desc(struct pvg_device *device, unsigned int index,
	const struct pvg_display_desc *desc) {
	if (index >= PVG_MAX_PORTS) {
		return;
	}
	struct pvg_displays *displays = device->displays;
	struct pvg_port *port = &displays->ports[index];
	struct pvg_display_desc checked;
	if (desc != NULL) {
		pvg_desc_check(displays, index, desc, &checked);
	}
	pvg_record_display(device, index, desc != NULL ? &checked : NULL);
	int64_t now_ns = pvg_now_ns(device);
	bool open = pvg_gate_enter(device);
	pthread_mutex_lock(&port->lock);
	bool changed = port->bound != (desc != NULL) ||
		(desc != NULL && !pvg_desc_equal(&port->desc, &checked));
	uint64_t filled_gpa = 0;
	if (changed) {
		port->bound = desc != NULL;
		if (desc != NULL) {
			port->desc = checked;
		}
		if (open) {
			port_republish(displays, port, now_ns);
			filled_gpa = port->page_gpa;
		} else { // the gate may be shut for a moment only: the next poll catches up
			port->republish_owed = true;
		}
	}
	pthread_mutex_unlock(&port->lock);
	if (open) {
		pvg_gate_leave(device);
	}
	if (filled_gpa != 0) {
		pvg_record_write(device, filled_gpa, PVG_PAGE_USED);
	}
}

void pvg_display_set_descs(struct pvg_device *device,
	const struct pvg_display_desc *const descs[PVG_MAX_PORTS]) {
	pvg_desc_release_serials(device->displays);
	// What is there comes first: at no moment has the guest fewer displays than it should.
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		if (descs[i] != NULL) {
			pvg_display_set_desc(device, i, descs[i]);
		}
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pvg_display_desc before;
		if (descs[i] == NULL && pvg_displays_get_desc(device->displays, i, &before)) {
			pvg_display_set_desc(device, i, NULL);
		}
	}
}

bool pvg_displays_get_desc(struct pvg_displays *displays, unsigned int index,
	struct pvg_display_desc *desc) {
	struct pvg_port *port = &displays->ports[index];
	pthread_mutex_lock(&port->lock);
	bool bound = port->bound;
	*desc = port->desc;
	pthread_mutex_unlock(&port->lock);
	return bound;
}

/* ---- life ------------------------------------------------------------------------------------ */

struct pvg_displays *pvg_displays_create(struct pvg_device *device) {
	struct pvg_displays *displays = calloc(1, sizeof(*displays));
	if (displays == NULL) {
		return NULL;
	}
	displays->device = device;
	pthread_mutex_init(&displays->serial_lock, NULL);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pvg_port *port = &displays->ports[i];
		port->index = i;
		pthread_mutex_init(&port->lock, NULL);
		pvg_desc_check(displays, i, &(struct pvg_display_desc){ 0 }, &port->desc);
		pvg_cursor_forget(port);
	}
	return displays;
}

void pvg_displays_destroy(struct pvg_displays *displays) {
	if (displays == NULL) {
		return;
	}
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		pthread_mutex_destroy(&displays->ports[i].lock);
	}
	pthread_mutex_destroy(&displays->serial_lock);
	pvg_ram_unref(displays->ram);
	free(displays->row);
	free(displays);
}

void pvg_displays_reset(struct pvg_displays *displays) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pvg_port *port = &displays->ports[i];
		pthread_mutex_lock(&port->lock);
		port_drop_page(displays, port);
		port->page_lost = false;
		port->generation = 0;
		port_restart(port);
		pthread_mutex_unlock(&port->lock);
		port->properties_logged = 0;
		port->frame = (struct pvg_port_frame){ 0 };
		pvg_cursor_forget(port);
		pvg_gamma_forget(port);
	}
	memset(displays->hold, 0, sizeof(displays->hold));
}

void pvg_displays_channel_freed(struct pvg_displays *displays, uint32_t channel) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pvg_port *port = &displays->ports[i];
		pthread_mutex_lock(&port->lock);
		if (port->page != NULL && port->page_channel == channel) {
			port_drop_page(displays, port);
		}
		pthread_mutex_unlock(&port->lock);
	}
	if (channel < PVG_CHANNELS_MAX) {
		displays->hold[channel].waiting = false;
	}
	displays_notify(displays);
}

void pvg_displays_set_ram(struct pvg_displays *displays, struct pvg_ram *ram) {
	uint64_t page_size = UINT64_C(1) << displays->device->config.page_shift;
	struct pvg_ram *old = displays->ram;
	displays->ram = ram != NULL ? pvg_ram_ref(ram) : NULL;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pvg_port *port = &displays->ports[i];
		pthread_mutex_lock(&port->lock);
		if (port->page != NULL) {
			port->page =
				ram != NULL ? pvg_ram_ptr(ram, port->page_gpa, page_size) : NULL;
			if (port->page == NULL || ((uintptr_t)port->page & 7) != 0) {
				port->page_lost = true;
				port_drop_page(displays, port);
			}
		}
		pthread_mutex_unlock(&port->lock);
	}
	pvg_ram_unref(old);
}

void pvg_displays_get_counters(const struct pvg_displays *displays, struct pvg_counters *counters) {
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		const struct pvg_port_atomics *from = &displays->ports[i].count;
		struct pvg_port_counters *to = &counters->ports[i];
		to->presented = atomic_load_explicit(&from->presented, memory_order_relaxed);
		to->ticks = atomic_load_explicit(&from->ticks, memory_order_relaxed);
		to->ticks_unarmed =
			atomic_load_explicit(&from->ticks_unarmed, memory_order_relaxed);
		to->online_pulses =
			atomic_load_explicit(&from->online_pulses, memory_order_relaxed);
		to->mode_changes = atomic_load_explicit(&from->mode_changes, memory_order_relaxed);
		to->bytes_copied = atomic_load_explicit(&from->bytes_copied, memory_order_relaxed);
		to->image_waits = atomic_load_explicit(&from->image_waits, memory_order_relaxed);
		to->cursor_glyphs =
			atomic_load_explicit(&from->cursor_glyphs, memory_order_relaxed);
		to->cursor_moves = atomic_load_explicit(&from->cursor_moves, memory_order_relaxed);
	}
}

enum pvg_display_state pvg_display_get_state(struct pvg_device *device, unsigned int index) {
	if (index >= PVG_MAX_PORTS) {
		return PVG_DISPLAY_ABSENT;
	}
	struct pvg_port *port = &device->displays->ports[index];
	pthread_mutex_lock(&port->lock);
	enum pvg_display_state state = port->state;
	pthread_mutex_unlock(&port->lock);
	return state;
}

const char *pvg_display_state_name(enum pvg_display_state state) {
	switch (state) {
	case PVG_DISPLAY_ABSENT:
		return "absent";
	case PVG_DISPLAY_REGISTERED:
		return "registered";
	case PVG_DISPLAY_PULSED:
		return "pulsed";
	case PVG_DISPLAY_ONLINE:
		return "online";
	case PVG_DISPLAY_UPDATING:
		return "updating";
	case PVG_DISPLAY_UNPLUGGED:
		return "unplugged";
	}
	return "?";
}
