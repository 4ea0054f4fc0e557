// SPDX-License-Identifier: GPL-2.0-or-later
#include "drv.h"

#define STAMP_DEADLINE_NS 1000000000ll // the guest sleeps this long, re-reads, and goes on (01 5.5)

void pvg_drv_init(struct pvg_drv *drv, const struct pvg_drv_ops *ops, void *data,
	struct pvg_enc_mem *mem, enum pvg_drv_style style) {
	__atomic_store_n(&drv->ops, NULL, __ATOMIC_SEQ_CST);
	memset(drv, 0, sizeof(*drv));
	drv->data = data;
	drv->mem = mem;
	drv->style = style;
	drv->patience_ns = 30 * STAMP_DEADLINE_NS;
	drv->announce = true;
	drv->next_surface_id = 7;
	__atomic_store_n(&drv->ops, ops, __ATOMIC_SEQ_CST);
}

bool pvg_drv_fail(struct pvg_drv *drv, const char *error) {
	if (drv->error == NULL) {
		drv->error = error;
		if (drv->ops->log != NULL) {
			drv->ops->log(drv->data, error);
		}
	}
	return false;
}

static void take_refresh(struct pvg_drv_port *port, int64_t now_ns) {
	int64_t last = port->tick_ns;
	port->tick_ns = now_ns;
	if (port->tick_is_first || last == 0) {
		port->tick_is_first = false;
		return;
	}
	int64_t interval = now_ns - last;
	if (port->intervals == 0 || interval < port->interval_min_ns) {
		port->interval_min_ns = interval;
	}
	if (interval > port->interval_max_ns) {
		port->interval_max_ns = interval;
	}
	if (port->period_ns != 0 && interval > port->period_ns * 3 / 2) {
		port->late_intervals++;
	}
	port->interval_sum_ns += interval;
	port->intervals++;
}

static void take_events(struct pvg_drv *drv, unsigned int index, int64_t now_ns) {
	struct pvg_drv_port *port = &drv->ports[index];
	if (!port->registered) {
		return;
	}
	uint32_t stale;
	uint32_t events = pvg_enc_page_take_events(port->page, &stale);
	if (stale != 0) {
		port->stale_events++;
	}
	if ((events & (PVG_ENC_EVENT_VBL | PVG_ENC_EVENT_TRANSACTION)) != 0) {
		take_refresh(port, now_ns);
		// One-shot arming: macOS 13 and 11 both fall back to 0xc until the next frame.
		pvg_enc_page_disable(port->page, PVG_ENC_EVENT_VBL | PVG_ENC_EVENT_TRANSACTION);
	}
	port->vbl_events += (events & PVG_ENC_EVENT_VBL) != 0;
	port->transaction_events += (events & PVG_ENC_EVENT_TRANSACTION) != 0;
	port->online_events += (events & PVG_ENC_EVENT_ONLINE) != 0;
	port->offline_events += (events & PVG_ENC_EVENT_OFFLINE) != 0;
}

void pvg_drv_isr(struct pvg_drv *drv) {
	if (__atomic_load_n(&drv->ops, __ATOMIC_SEQ_CST) == NULL) {
		return;
	}
	int64_t now_ns = drv->ops->now_ns(drv->data);
	uint32_t gpu = drv->ops->mmio_read(drv->data, REG_INTR_STATUS_GPU);
	uint32_t display = drv->ops->mmio_read(drv->data, REG_INTR_STATUS_DISP);
	uint32_t fault = drv->ops->mmio_read(drv->data, REG_INTR_FAULT);
	drv->stats.irqs++;
	drv->stats.gpu_irqs += gpu != 0;
	drv->stats.display_irqs += display != 0;
	drv->stats.spurious_irqs += gpu == 0 && display == 0;
	drv->stats.faults += fault != 0;
	for (unsigned int port = 0; port < PVG_DRV_PORTS; port++) {
		if ((display >> port & 1) != 0) {
			take_events(drv, port, now_ns);
		}
	}
	__atomic_fetch_add(&drv->irq_count, 1, __ATOMIC_SEQ_CST);
}

static uint32_t load32(const void *at) {
	return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
}

static uint32_t ring_read(struct pvg_drv *drv, struct pvg_drv_channel *channel) {
	return channel->record != NULL ? load32(channel->record + 4)
				       : drv->ops->mmio_read(drv->data, REG_FIFO_READ);
}

static bool wait_for_room(struct pvg_drv *drv, struct pvg_drv_channel *channel, uint32_t need) {
	if (need > channel->ring.size_bytes) {
		return pvg_drv_fail(drv, "packet larger than the ring");
	}
	// The guest reads the counter in a loop without limit; this one ends.
	int64_t deadline = drv->ops->now_ns(drv->data) + drv->patience_ns;
	while (pvg_enc_ring_room(&channel->ring, ring_read(drv, channel)) < need) {
		uint32_t seen = __atomic_load_n(&drv->irq_count, __ATOMIC_SEQ_CST);
		int64_t now = drv->ops->now_ns(drv->data);
		if (now > deadline) {
			return pvg_drv_fail(drv, "no room in a ring");
		}
		if (pvg_enc_ring_room(&channel->ring, ring_read(drv, channel)) < need) {
			drv->ops->wait(drv->data, seen, now + 1000000);
		}
	}
	return true;
}

bool pvg_drv_send_bytes(struct pvg_drv *drv, uint32_t id, const void *bytes, uint32_t size_bytes) {
	struct pvg_drv_channel *channel = &drv->channels[id];
	if (!channel->defined && channel->record == NULL && id != PVG_DRV_ROOT) {
		return pvg_drv_fail(drv, "channel is not set up");
	}
	if (!wait_for_room(drv, channel, size_bytes)) {
		return false;
	}
	uint32_t before = channel->ring.written;
	pvg_enc_ring_put(&channel->ring, bytes, size_bytes);
	drv->stats.packets++;
	if (channel->record == NULL) {
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		drv->ops->mmio_write(drv->data, REG_FIFO_WRITTEN, channel->ring.written);
		drv->stats.doorbells++;
		return true;
	}
	__atomic_store_n((uint32_t *)(void *)channel->record, channel->ring.written,
		__ATOMIC_SEQ_CST);
	// Only a ring that was empty is announced (01 section 4.6).
	if (channel->defined && load32(channel->record + 4) == before) {
		drv->ops->mmio_write(drv->data, REG_CHILD_DOORBELL, id);
		drv->stats.doorbells++;
	}
	return true;
}

uint32_t pvg_drv_send(struct pvg_drv *drv, uint32_t id, const struct pvg_enc_record *record,
	const struct pvg_enc_values *values, const struct pvg_enc_wait *waits,
	uint16_t wait_count) {
	uint8_t packet[PVG_DRV_PACKET_BYTES];
	struct pvg_drv_channel *channel = &drv->channels[id];
	uint32_t signal = channel->issued + 1;
	uint32_t size =
		pvg_enc_packet(record, values, signal, waits, wait_count, packet, sizeof(packet));
	if (size == 0) {
		pvg_drv_fail(drv, "packet larger than the command allocator");
		return 0;
	}
	channel->issued = signal;
	return pvg_drv_send_bytes(drv, id, packet, size) ? signal : 0;
}

uint32_t pvg_drv_send_plain(struct pvg_drv *drv, uint32_t channel,
	const struct pvg_enc_table *table, uint16_t opcode, const uint64_t *head) {
	struct pvg_enc_values values = { .head = head };
	return pvg_drv_send(drv, channel, pvg_enc_find(table, opcode), &values, NULL, 0);
}

uint32_t pvg_drv_stamp(const struct pvg_drv *drv, uint32_t slot) {
	const uint8_t *stamps = pvg_enc_mem_page(drv->mem, drv->fifo_pfn);
	return load32(stamps + 4 * slot);
}

bool pvg_drv_wait_stamp(struct pvg_drv *drv, uint32_t slot, uint32_t value) {
	int64_t start = drv->ops->now_ns(drv->data);
	int64_t retry = start + STAMP_DEADLINE_NS;
	for (;;) {
		uint32_t seen = __atomic_load_n(&drv->irq_count, __ATOMIC_SEQ_CST);
		if ((int32_t)(value - pvg_drv_stamp(drv, slot)) <= 0) {
			return true;
		}
		int64_t now = drv->ops->now_ns(drv->data);
		if (now - start > drv->patience_ns) {
			return pvg_drv_fail(drv, "timed out waiting for stamp");
		}
		if (now >= retry) {
			drv->stats.stamp_retries++;
			retry = now + STAMP_DEADLINE_NS;
		}
		drv->ops->wait(drv->data, seen, retry);
	}
}

bool pvg_drv_flush(struct pvg_drv *drv, uint32_t id) {
	struct pvg_drv_channel *channel = &drv->channels[id];
	return pvg_drv_wait_stamp(drv, channel->slot, channel->issued);
}
