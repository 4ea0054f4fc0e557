// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "core.h"

// Spec 06 section 6.4 rule 7: what misses while a newer table is on its way is not refused.
static enum pvg_access miss(struct pvg_device *device) {
	const struct pvg_ram *ram = device->core->ram;
	uint32_t have = ram != NULL ? pvg_ram_generation(ram) : 0;

	if (device->page != NULL) {
		uint32_t newest =
			atomic_load_explicit(&device->page->mem_generation, memory_order_acquire);
		if ((int32_t)(newest - have) > 0) {
			return PVG_ACCESS_RETRY;
		}
	}
	return PVG_ACCESS_BAD;
}

uint8_t *pvg_gpa_ptr(struct pvg_device *device, uint64_t gpa, uint64_t size_bytes, const char *what,
	enum pvg_access *access) {
	const struct pvg_ram *ram = device->core->ram;
	uint8_t *hva = ram != NULL ? pvg_ram_ptr(ram, gpa, size_bytes) : NULL;

	if (hva != NULL) {
		*access = PVG_ACCESS_OK;
		return hva;
	}
	*access = miss(device);
	if (*access == PVG_ACCESS_BAD && what != NULL) {
		PVG_REFUSE(device, ADDRESS, "%s: guest-physical 0x%llx is not RAM", what,
			(unsigned long long)gpa);
	}
	return NULL;
}

static size_t left_in_page(const struct pvg_device *device, uint64_t address, size_t size_bytes) {
	uint64_t left = pvg_page_size(device) - (address & (pvg_page_size(device) - 1));

	return left < size_bytes ? (size_t)left : size_bytes;
}

enum pvg_access pvg_gpa_read(struct pvg_device *device, uint64_t gpa, void *dst,
	size_t size_bytes) {
	uint8_t *out = dst;
	enum pvg_access access = PVG_ACCESS_OK;

	while (size_bytes > 0) {
		size_t piece = left_in_page(device, gpa, size_bytes);
		const uint8_t *hva = pvg_gpa_ptr(device, gpa, piece, "read", &access);
		if (hva == NULL) {
			return access;
		}
		memcpy(out, hva, piece);
		pvg_record_read(device, gpa, out, piece);
		gpa += piece;
		out += piece;
		size_bytes -= piece;
	}
	return access;
}

// A closed gate means that the guest which asked is gone: the packet is never finished.
static enum pvg_access write_piece(struct pvg_device *device, uint64_t gpa, uint8_t *hva,
	const uint8_t *src, size_t size_bytes) {
	if (!pvg_gate_enter(device)) {
		return PVG_ACCESS_RETRY;
	}
	memcpy(hva, src, size_bytes);
	pvg_gate_leave(device);
	pvg_record_write(device, gpa, size_bytes);
	return PVG_ACCESS_OK;
}

enum pvg_access pvg_gpa_write(struct pvg_device *device, uint64_t gpa, const void *src,
	size_t size_bytes) {
	const uint8_t *in = src;
	enum pvg_access access = PVG_ACCESS_OK;

	while (size_bytes > 0 && access == PVG_ACCESS_OK) {
		size_t piece = left_in_page(device, gpa, size_bytes);
		uint8_t *hva = pvg_gpa_ptr(device, gpa, piece, "write", &access);
		if (hva == NULL) {
			return access;
		}
		access = write_piece(device, gpa, hva, in, piece);
		gpa += piece;
		in += piece;
		size_bytes -= piece;
	}
	return access;
}

enum pvg_access pvg_task_read(struct pvg_device *device, uint32_t task, uint64_t gva, void *dst,
	size_t size_bytes) {
	struct pvg_task *t = pvg_task_get(device, task, "read");
	uint8_t *out = dst;
	enum pvg_access access = PVG_ACCESS_OK;

	if (t == NULL) {
		return PVG_ACCESS_BAD;
	}
	while (size_bytes > 0) {
		uint64_t offset = gva & (pvg_page_size(device) - 1);
		size_t piece = left_in_page(device, gva, size_bytes);
		uint64_t gpa;
		const uint8_t *page = pvg_task_translate(device, t, gva, &gpa, &access);
		if (page == NULL) {
			return access;
		}
		memcpy(out, page + offset, piece);
		if (device->recorder != NULL) {
			pvg_record_read(device, gpa + offset, out, piece);
		}
		gva += piece;
		out += piece;
		size_bytes -= piece;
	}
	return access;
}

enum pvg_access pvg_task_write(struct pvg_device *device, uint32_t task, uint64_t gva,
	const void *src, size_t size_bytes) {
	struct pvg_task *t = pvg_task_get(device, task, "write");
	const uint8_t *in = src;
	enum pvg_access access = PVG_ACCESS_OK;

	if (t == NULL) {
		return PVG_ACCESS_BAD;
	}
	while (size_bytes > 0 && access == PVG_ACCESS_OK) {
		uint64_t offset = gva & (pvg_page_size(device) - 1);
		size_t piece = left_in_page(device, gva, size_bytes);
		uint64_t gpa;
		uint8_t *page = pvg_task_translate(device, t, gva, &gpa, &access);
		if (page == NULL) {
			return access;
		}
		access = write_piece(device, gpa + offset, page + offset, in, piece);
		gva += piece;
		in += piece;
		size_bytes -= piece;
	}
	return access;
}

const uint8_t *pvg_task_page(struct pvg_device *device, uint32_t task, uint64_t gva,
	enum pvg_access *access) {
	struct pvg_task *t = pvg_task_get(device, task, "page");
	uint64_t gpa;

	if (t == NULL) {
		*access = PVG_ACCESS_BAD;
		return NULL;
	}
	const uint8_t *page = pvg_task_translate(device, t, gva, &gpa, access);
	if (page != NULL && device->recorder != NULL) {
		pvg_record_read(device, gpa, page, (size_t)pvg_page_size(device));
	}
	return page;
}

const uint8_t *pvg_task_surface_page(struct pvg_device *device, uint32_t task, uint64_t gva,
	enum pvg_access *access) {
	struct pvg_task *t = pvg_task_get(device, task, "surface");
	uint64_t gpa;

	if (t == NULL) {
		*access = PVG_ACCESS_BAD;
		return NULL;
	}
	const uint8_t *page = pvg_task_translate(device, t, gva, &gpa, access);
	if (page != NULL && pvg_fifo_owns_page(device, gpa)) {
		PVG_REFUSE(device, SURFACE_PAGES,
			"task %u: surface page 0x%llx lies in the device's own rings", task,
			(unsigned long long)gpa);
		*access = PVG_ACCESS_BAD;
		return NULL;
	}
	if (page != NULL && device->recorder != NULL) {
		pvg_record_read(device, gpa, page, (size_t)pvg_page_size(device));
	}
	return page;
}
