// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "gpu/gpu-private.h"

#define PTE_PFN_MASK 0x7fffffffu
#define DEPTH_MAX 4u // spec 01 section 6.2
// A longer range is cheaper to forget as a whole than page by page.
#define INVALIDATE_PAGES_MAX 2048u

bool pvg_tasks_init(struct pvg_device *device) {
	struct pvg_tasks *tasks = &device->core->tasks;

	tasks->by_id = calloc(PVG_TASK_IDS, sizeof(struct pvg_task *));
	tasks->cache = calloc(PVG_XLAT_ENTRIES, sizeof(*tasks->cache));
	return tasks->by_id != NULL && tasks->cache != NULL;
}

static void task_destroy(struct pvg_device *device, struct pvg_task *task) {
	pvg_objects_drop_task(device, task);
	device->core->tasks.by_id[task->id] = NULL;
	free(task);
}

void pvg_tasks_clear(struct pvg_device *device) {
	struct pvg_tasks *tasks = &device->core->tasks;

	for (uint32_t id = 0; tasks->by_id != NULL && id < tasks->ids_end; id++) {
		if (tasks->by_id[id] != NULL) {
			task_destroy(device, tasks->by_id[id]);
		}
	}
	tasks->ids_end = 0;
}

void pvg_tasks_finish(struct pvg_device *device) {
	struct pvg_tasks *tasks = &device->core->tasks;

	pvg_tasks_clear(device);
	free(tasks->by_id);
	free(tasks->cache);
}

void pvg_tasks_flush(struct pvg_device *device) {
	struct pvg_tasks *tasks = &device->core->tasks;

	for (uint32_t id = 0; id < tasks->ids_end; id++) {
		if (tasks->by_id[id] != NULL) {
			pvg_task_invalidate_all(device, tasks->by_id[id]);
		}
	}
}

struct pvg_task *pvg_task_find(const struct pvg_device *device, uint32_t id) {
	return id < PVG_TASK_IDS ? device->core->tasks.by_id[id] : NULL;
}

bool pvg_task_is_live(const struct pvg_device *device, uint32_t task) {
	const struct pvg_task *t = pvg_task_find(device, task);

	return t != NULL && t->live;
}

struct pvg_task *pvg_task_get(struct pvg_device *device, uint32_t id, const char *what) {
	struct pvg_task *task = pvg_task_find(device, id);

	if (task != NULL && task->live) {
		return task;
	}
	if (device->core->fifo.no_history) {
		PVG_REFUSE(device, NO_HISTORY, "task %u: %s: defined before this host came", id,
			what);
	} else {
		PVG_REFUSE(device, TASK, "task %u: %s: no such task", id, what);
	}
	return NULL;
}

struct pvg_task *pvg_task_make(struct pvg_device *device, uint32_t id) {
	struct pvg_tasks *tasks = &device->core->tasks;

	if (tasks->by_id[id] != NULL) {
		return tasks->by_id[id];
	}
	struct pvg_task *task = calloc(1, sizeof(*task));
	if (task == NULL) {
		return NULL;
	}
	task->id = id;
	pvg_task_invalidate_all(device, task);
	tasks->by_id[id] = task;
	if (id >= tasks->ids_end) {
		tasks->ids_end = id + 1;
	}
	return task;
}

/* ---- translation ----------------------------------------------------------------------------- */

static unsigned int node_bits(const struct pvg_device *device) {
	return device->config.page_shift - 2;
}

// Page numbers above the reach of the table alias low ones (spec 01 section 6.2).
static uint64_t reduce(const struct pvg_device *device, uint32_t depth, uint64_t page) {
	return page & ((UINT64_C(1) << (depth * node_bits(device))) - 1);
}

static struct pvg_xlat *cache_slot(const struct pvg_device *device, const struct pvg_task *task,
	uint64_t page) {
	// Neighbouring pages take neighbouring slots; tasks start at scattered places.
	uint64_t at = page + task->cache_tag * UINT64_C(0x9e3779b97f4a7c15);

	return &device->core->tasks.cache[at % PVG_XLAT_ENTRIES];
}

static uint8_t *refuse_table(struct pvg_device *device, const struct pvg_task *task,
	const char *why, uint32_t value, enum pvg_access *access) {
	PVG_REFUSE(device, PAGE_TABLE, "task %u: page table: %s 0x%x", task->id, why, value);
	*access = PVG_ACCESS_BAD;
	return NULL;
}

// Root and depth are read again for each walk: the guest edits them with plain stores.
static bool read_directory(struct pvg_device *device, struct pvg_task *task, uint32_t *root_pfn,
	enum pvg_access *access) {
	uint64_t gpa = pvg_pfn_address(device, task->dir_pfn);

	if (task->dir_pfn == 0) {
		return refuse_table(device, task, "directory page", 0, access) != NULL;
	}
	const uint8_t *dir = pvg_gpa_ptr(device, gpa, 8, "page-table directory", access);
	if (dir == NULL) {
		return false;
	}
	*root_pfn = pvg_load_word(dir);
	uint32_t depth = pvg_load_word(dir + 4);
	if (device->recorder != NULL) {
		pvg_record_read(device, gpa, dir, 8);
	}
	if (*root_pfn == 0) {
		return refuse_table(device, task, "root page", 0, access) != NULL;
	}
	if (depth == 0 || depth > DEPTH_MAX) {
		return refuse_table(device, task, "depth", depth, access) != NULL;
	}
	if (depth != task->depth) {
		// Another reach: cached page numbers were reduced by the old one.
		pvg_task_invalidate_all(device, task);
		task->depth = depth;
	}
	return true;
}

static uint8_t *walk(struct pvg_device *device, struct pvg_task *task, uint64_t page, uint64_t *gpa,
	enum pvg_access *access) {
	uint32_t pfn;

	PVG_COUNT_DEVICE(device, walks);
	if (!read_directory(device, task, &pfn, access)) {
		return NULL;
	}
	unsigned int bits = node_bits(device);
	for (uint32_t level = task->depth; level-- > 0;) {
		uint64_t index = (page >> (bits * level)) & ((UINT64_C(1) << bits) - 1);
		uint64_t entry_gpa = pvg_pfn_address(device, pfn) + index * 4;
		const uint8_t *entry = pvg_gpa_ptr(device, entry_gpa, 4, "page-table node", access);
		if (entry == NULL) {
			return NULL;
		}
		uint32_t pte = pvg_load_word(entry);
		if (device->recorder != NULL) {
			pvg_record_read(device, entry_gpa, &pte, sizeof(pte));
		}
		if (pte == 0) {
			*access = PVG_ACCESS_UNMAPPED;
			return NULL;
		}
		pfn = pte & PTE_PFN_MASK;
		if (pfn == 0) {
			return refuse_table(device, task, "malformed entry", pte, access);
		}
	}
	*gpa = pvg_pfn_address(device, pfn);
	return pvg_gpa_ptr(device, *gpa, pvg_page_size(device), "page-table entry", access);
}

uint8_t *pvg_task_translate(struct pvg_device *device, struct pvg_task *task, uint64_t gva,
	uint64_t *gpa, enum pvg_access *access) {
	uint64_t page = gva >> device->config.page_shift;
	uint64_t found;

	if (task->depth != 0) {
		uint64_t reduced = reduce(device, task->depth, page);
		const struct pvg_xlat *hit = cache_slot(device, task, reduced);
		if (hit->tag == task->cache_tag && hit->page == reduced) {
			PVG_COUNT_DEVICE(device, walk_hits);
			*access = PVG_ACCESS_OK;
			if (gpa != NULL) {
				*gpa = hit->gpa;
			}
			return hit->hva;
		}
	}
	uint8_t *hva = walk(device, task, page, &found, access);
	if (hva == NULL) {
		return NULL;
	}
	page = reduce(device, task->depth, page);
	*cache_slot(device, task, page) = (struct pvg_xlat){
		.tag = task->cache_tag,
		.page = page,
		.gpa = found,
		.hva = hva,
	};
	if (gpa != NULL) {
		*gpa = found;
	}
	return hva;
}

void pvg_task_invalidate_all(struct pvg_device *device, struct pvg_task *task) {
	struct pvg_tasks *tasks = &device->core->tasks;

	task->cache_tag = ++tasks->last_tag;
	task->map_generation = ++tasks->last_map_generation;
}

void pvg_task_invalidate(struct pvg_device *device, struct pvg_task *task, uint64_t gva,
	uint64_t length_bytes) {
	uint64_t last;

	if (length_bytes == 0) {
		return;
	}
	if (!pvg_add(gva, length_bytes - 1, &last)) {
		last = UINT64_MAX;
	}
	uint64_t page = gva >> device->config.page_shift;
	uint64_t pages = (last >> device->config.page_shift) - page + 1;
	if (task->depth == 0 || pages > INVALIDATE_PAGES_MAX) {
		pvg_task_invalidate_all(device, task);
		return;
	}
	task->map_generation = ++device->core->tasks.last_map_generation;
	for (; pages > 0; pages--, page++) {
		uint64_t reduced = reduce(device, task->depth, page);
		struct pvg_xlat *entry = cache_slot(device, task, reduced);
		if (entry->tag == task->cache_tag && entry->page == reduced) {
			entry->tag = 0;
		}
	}
}

/* ---- packets --------------------------------------------------------------------------------- */

enum pvg_verdict pvg_op_define_task(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t id = pvg_rd32(&c) >> 1; // bit 0: kernel (spec 01 section 4.8)
	uint64_t va_length_bytes = pvg_rd64(&c);
	uint32_t dir_pfn = pvg_rd32(&c);

	if (id >= PVG_TASK_IDS) {
		PVG_REFUSE(device, TASK, "task %u: DefineTask2: id above %u", id, PVG_TASK_IDS - 1);
		return PVG_DONE;
	}
	struct pvg_task *task = pvg_task_make(device, id);
	if (task == NULL) {
		PVG_REFUSE(device, TASK, "task %u: DefineTask2: out of memory", id);
		return PVG_DONE;
	}
	// Also for a live task: another directory, the same objects (spec 01 section 4.8).
	task->live = true;
	task->dir_pfn = dir_pfn;
	task->va_length_bytes = va_length_bytes;
	task->depth = 0;
	pvg_task_invalidate_all(device, task);
	if (device->gpu != NULL) {
		pvg_gpu_mapping_changed(device->gpu, id, 0, UINT64_MAX);
	}
	pvg_debug("task %u: directory page 0x%x, %llu MiB", id, dir_pfn,
		(unsigned long long)(va_length_bytes >> 20));
	return PVG_DONE;
}

enum pvg_verdict pvg_op_delete_task(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t id = pvg_rd32(&c);
	struct pvg_task *task = pvg_task_get(device, id, "DeleteTask");

	if (task != NULL) {
		if (device->gpu != NULL) {
			pvg_gpu_task_gone(device->gpu, id);
		}
		task_destroy(device, task);
		pvg_exec_task_deleted(device->exec, id);
	}
	return PVG_DONE;
}

// 0x39 and 0x22: only the range counts, its pages are not looked at (spec 01 section 6.3).
enum pvg_verdict pvg_op_map_memory(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t id = pvg_rd32(&c);
	uint64_t gva = pvg_rd64(&c);
	uint64_t length_bytes = pvg_rd64(&c);
	struct pvg_task *task =
		pvg_task_get(device, id, packet->opcode == 0x22 ? "UnmapMemory" : "MapMemory2");

	if (task != NULL) {
		pvg_task_invalidate(device, task, gva, length_bytes);
		if (device->gpu != NULL) {
			pvg_gpu_mapping_changed(device->gpu, id, gva, length_bytes);
		}
	}
	return PVG_DONE;
}
