// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare.h"

#include "../scene/gpu.h"

#define MULTIBOOT_MEMORY 0x1u
#define MULTIBOOT_COMMAND_LINE 0x4u
#define MULTIBOOT_MODULES 0x8u
#define MODULE_BYTES 16u // begin, end, text, reserved
#define LIBRARIES 8u
#define NAME_BYTES 64u
#define VIEWS_BASE (1ull << 39) // entry 1 of the top table
#define VIEW_BYTES (128ull << 20)
#define VIEWS 64u
#define PRESENT_WRITE 0x3ull
#define MAX_RAM (3ull << 30)
#define TABLES_BYTES (4ull << 20)

extern uint64_t page_map[512];
extern uint8_t bare_end[];

static uint64_t view_directories[512] __attribute__((aligned(4096)));
static bool view_used[VIEWS];
static struct pvg_enc_mem tables; // of the views; apart, since scenes cut up the rest as they like

static const uint8_t *modules(uint32_t multiboot_info, uint32_t *count) {
	const uint8_t *info = (const uint8_t *)(uintptr_t)multiboot_info;
	bool any = (pvg_get(info, 4) & MULTIBOOT_MODULES) != 0;
	*count = any ? (uint32_t)pvg_get(info + 20, 4) : 0;
	return (const uint8_t *)(uintptr_t)pvg_get(info + 24, 4);
}

// The file's name without folder and extension; what was added to it behind a blank is not part.
static void copy_name(const char *path, char *name) {
	size_t length = 0;
	for (; *path != '\0' && *path != ' '; path++) {
		if (*path == '/') {
			length = 0;
		} else if (length + 1 < NAME_BYTES) {
			name[length++] = *path;
		}
	}
	while (length != 0 && name[length] != '.') {
		length--;
	}
	name[length] = '\0';
}

uint32_t bare_libraries(uint32_t multiboot_info) {
	static struct pvg_shader libraries[LIBRARIES + 1];
	static char names[LIBRARIES][NAME_BYTES];
	uint32_t count;
	const uint8_t *module = modules(multiboot_info, &count);
	count = count < LIBRARIES ? count : LIBRARIES;
	for (uint32_t i = 0; i < count; i++, module += MODULE_BYTES) {
		uint64_t begin = pvg_get(module, 4), end = pvg_get(module + 4, 4);
		copy_name((const char *)(uintptr_t)pvg_get(module + 8, 4), names[i]);
		libraries[i] = (struct pvg_shader){ names[i], (const uint8_t *)(uintptr_t)begin,
			(uint32_t)(end - begin) };
	}
	pvg_gs_set_libraries(libraries);
	return count;
}

void bare_memory_init(struct pvg_enc_mem *mem, uint32_t multiboot_info) {
	const uint8_t *info = (const uint8_t *)(uintptr_t)multiboot_info;
	uint64_t end = 64ull << 20;
	if ((pvg_get(info, 4) & MULTIBOOT_MEMORY) != 0) {
		end = 0x100000 + (pvg_get(info + 8, 4) << 10);
	}
	if (end > MAX_RAM) {
		end = MAX_RAM;
	}
	// Above the image, its modules and whatever else the loader put behind it.
	uint64_t used = (uint64_t)(uintptr_t)bare_end;
	uint32_t count;
	const uint8_t *module = modules(multiboot_info, &count);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t module_end = pvg_get(module + i * MODULE_BYTES + 4, 4);
		used = module_end > used ? module_end : used;
	}
	uint64_t start = (used + 0x3fffff) & ~0x1fffffull;
	pvg_enc_mem_init(&tables, (void *)(uintptr_t)start, start, TABLES_BYTES);
	start += TABLES_BYTES;
	pvg_enc_mem_init(mem, (void *)(uintptr_t)start, start, end - start);
	page_map[1] = (uint64_t)(uintptr_t)view_directories | PRESENT_WRITE;
}

const char *bare_command_line(uint32_t multiboot_info) {
	const uint8_t *info = (const uint8_t *)(uintptr_t)multiboot_info;
	if ((pvg_get(info, 4) & MULTIBOOT_COMMAND_LINE) == 0) {
		return "";
	}
	return (const char *)(uintptr_t)pvg_get(info + 16, 4);
}

static uint64_t *next_table(uint64_t *entry) {
	if (*entry == 0) {
		uint32_t pfn = pvg_enc_mem_alloc(&tables, 1);
		if (pfn == 0) {
			return NULL;
		}
		*entry = (uint64_t)pfn << PVG_ENC_PAGE_SHIFT | PRESENT_WRITE;
	}
	return (uint64_t *)(uintptr_t)(*entry & ~0xfffull);
}

static bool map_page(uint64_t address, uint32_t pfn) {
	uint64_t *directory = next_table(&view_directories[address >> 30 & 511]);
	uint64_t *table = directory != NULL ? next_table(&directory[address >> 21 & 511]) : NULL;
	if (table == NULL) {
		return false;
	}
	table[address >> 12 & 511] =
		pfn != 0 ? (uint64_t)pfn << PVG_ENC_PAGE_SHIFT | PRESENT_WRITE : 0;
	return true;
}

static void flush_tlb(void) {
	uint64_t value;
	__asm__ volatile("movq %%cr3, %0; movq %0, %%cr3" : "=r"(value) : : "memory");
}

void *bare_map_pages(void *data, const uint32_t *pfns, uint32_t pages) {
	unsigned int view = 0;
	while (view < VIEWS && view_used[view]) {
		view++;
	}
	if (view == VIEWS || ((uint64_t)pages << PVG_ENC_PAGE_SHIFT) > VIEW_BYTES) {
		return NULL;
	}
	uint64_t base = VIEWS_BASE + view * VIEW_BYTES;
	for (uint32_t i = 0; i < pages; i++) {
		if (!map_page(base + ((uint64_t)i << PVG_ENC_PAGE_SHIFT), pfns[i])) {
			return NULL;
		}
	}
	flush_tlb();
	view_used[view] = true;
	return (void *)(uintptr_t)base;
}

void bare_unmap_pages(void *data, void *view, uint32_t pages) {
	uint64_t base = (uint64_t)(uintptr_t)view;
	for (uint32_t i = 0; i < pages; i++) {
		map_page(base + ((uint64_t)i << PVG_ENC_PAGE_SHIFT), 0);
	}
	flush_tlb();
	view_used[(base - VIEWS_BASE) / VIEW_BYTES] = false;
}
