// SPDX-License-Identifier: GPL-2.0-or-later
#include "drv.h"

#define CHILD_RING_PAGES 16u // 0x10000 bytes for channels 1 to 4 (01 section 4.3)
#define TASK_DEPTH 3u        // what every boot has

bool pvg_drv_define_channel(struct pvg_drv *drv, uint32_t id, uint32_t pages) {
	struct pvg_drv_channel *channel = &drv->channels[id];
	memset(channel, 0, sizeof(*channel));
	if (!pvg_enc_ring_init_child(&channel->ring, drv->mem, pages)) {
		return pvg_drv_fail(drv, "no memory for a ring");
	}
	channel->slot = (uint16_t)id;
	channel->issued = pvg_drv_stamp(drv, id);
	pvg_enc_ring_write_record(&channel->ring, drv->root_pfn, id, channel->slot);
	channel->record = pvg_enc_ring_record(drv->mem, drv->root_pfn, id);
	uint64_t head[] = { id };
	if (pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x30, head) == 0) {
		return false;
	}
	channel->defined = true;
	return true;
}

static bool setup_fifo(struct pvg_drv *drv) {
	drv->root_pfn = pvg_enc_mem_alloc(drv->mem, 1);
	drv->fifo_pfn = pvg_enc_mem_alloc(drv->mem, PVG_ENC_FIFO_BYTES >> PVG_ENC_PAGE_SHIFT);
	drv->info_pfn = pvg_enc_mem_alloc(drv->mem, 1);
	if (drv->root_pfn == 0 || drv->fifo_pfn == 0 || drv->info_pfn == 0) {
		return pvg_drv_fail(drv, "no memory for the FIFO");
	}
	pvg_enc_ring_init_root(&drv->channels[PVG_DRV_ROOT].ring, drv->mem, drv->fifo_pfn);
	drv->channels[PVG_DRV_ROOT].defined = true;
	drv->ops->mmio_write(drv->data, REG_ROOT_PAGE, drv->root_pfn);
	drv->ops->mmio_write(drv->data, REG_FIFO_BASE_PAGE, drv->fifo_pfn);
	drv->ops->mmio_write(drv->data, REG_FIFO_LENGTH, PVG_ENC_FIFO_BYTES);
	drv->ops->mmio_write(drv->data, REG_FIFO_START, PVG_ENC_FIFO_START);
	drv->ops->mmio_write(drv->data, REG_CONTROL_FIFO, 1);
	return true;
}

static bool setup_kernel_task(struct pvg_drv *drv) {
	if (!pvg_enc_task_init(&drv->kernel, drv->mem, 0, TASK_DEPTH)) {
		return pvg_drv_fail(drv, "no memory for the kernel task");
	}
	uint64_t define[] = { pvg_enc_task_word(&drv->kernel), PVG_ENC_TASK_VA_BYTES,
		drv->kernel.dir_pfn };
	uint64_t list[] = { drv->kernel.id, PVG_ENC_LIST_GVA_PAGE, drv->kernel.list_count };
	return pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x38, define) != 0 &&
		pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x33, list) != 0;
}

static bool setup_device_info(struct pvg_drv *drv) {
	static const uint32_t limits[] = { 7, 18, 45 };
	uint64_t head[] = { limits[drv->style], PVG_ENC_PAGE_BYTES / 8, drv->info_pfn };
	// The guest does not zero the buffer: whatever the host leaves is read as pairs.
	memset(pvg_enc_mem_page(drv->mem, drv->info_pfn), 0xff, PVG_ENC_PAGE_BYTES);
	uint32_t signal = pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x3a, head);
	if (signal == 0 || !pvg_drv_wait_stamp(drv, 0, signal)) {
		return false;
	}
	const uint8_t *pairs = pvg_enc_mem_page(drv->mem, drv->info_pfn);
	for (uint32_t i = 0; i < PVG_ENC_PAGE_BYTES / 8; i++) {
		if (pvg_get(pairs + 8 * i, 4) >= limits[drv->style]) {
			return pvg_drv_fail(drv, "device info: key out of range or no termination");
		}
	}
	return true;
}

bool pvg_drv_attach(struct pvg_drv *drv) {
	static const uint32_t proposals[] = { 4, 4, 6 };
	drv->error = NULL;
	uint32_t ports = drv->ops->mmio_read(drv->data, REG_DISPLAY_PORTS);
	drv->port_count = ports < 1 ? 1 : ports > PVG_DRV_PORTS ? PVG_DRV_PORTS : ports;
	drv->ops->mmio_write(drv->data, REG_VERSION, proposals[drv->style]);
	drv->version = drv->ops->mmio_read(drv->data, REG_VERSION);
	if (drv->version == 0 || drv->version > proposals[drv->style]) {
		return pvg_drv_fail(drv, "version read back is not what was proposed");
	}
	if (!setup_fifo(drv)) {
		return false;
	}
	for (uint32_t id = PVG_DRV_EXEC; id <= PVG_DRV_DOWNLOADS; id++) {
		if (!pvg_drv_define_channel(drv, id, CHILD_RING_PAGES)) {
			return false;
		}
	}
	return setup_kernel_task(drv) && setup_device_info(drv);
}

bool pvg_drv_info(const struct pvg_drv *drv, uint32_t key, uint32_t *value) {
	const uint8_t *pairs = pvg_enc_mem_page(drv->mem, drv->info_pfn);
	for (uint32_t i = 0; i < PVG_ENC_PAGE_BYTES / 8; i++) {
		if (pvg_get(pairs + 8 * i, 4) == key) {
			*value = (uint32_t)pvg_get(pairs + 8 * i + 4, 4);
			return true;
		}
	}
	return false;
}

void pvg_drv_teardown(struct pvg_drv *drv) {
	for (unsigned int port = 0; port < PVG_DRV_PORTS; port++) {
		drv->ports[port].registered = false;
	}
	drv->ops->mmio_write(drv->data, REG_CONTROL_FIFO, 0);
	drv->ops->mmio_write(drv->data, REG_FIFO_BASE_PAGE, 0);
	drv->ops->mmio_write(drv->data, REG_FIFO_LENGTH, 0);
	drv->ops->mmio_write(drv->data, REG_FIFO_WRITTEN, 0);
}
