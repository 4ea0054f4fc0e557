// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guest RAM as the host maps it: a table of (guest address, file, offset), rebuilt from QEMU's flat
 * view at every change of the memory map and sent only when it differs (spec 06 section 7.1).
 */
#include "shim.h"

#include <fcntl.h>
#include <sys/stat.h>

/*
 * Firmware flips this window between RAM, ROM and read-only many times while it starts. No guest
 * puts GPU data there, so it is left out and the table stays still (spec 06 trap 5).
 */
#define LOW_WINDOW_START 0xa0000u
#define LOW_WINDOW_END 0x100000u

#define PAGE_BYTES 4096u

static int table_fd(struct shim_table *table, int fd) {
	for (uint32_t i = 0; i < table->nfd; i++) {
		if (table->fds[i] == fd) {
			return (int)i;
		}
	}
	if (table->nfd == PVG_LINK_MAX_FDS) {
		return -1;
	}
	table->fds[table->nfd] = fd;
	return (int)table->nfd++;
}

static void table_add(struct shim_table *table, uint64_t gpa, uint64_t end, uint64_t fd_offset,
	int fd, uint32_t flags, uint64_t page_size, uint64_t block_id) {
	// Whole pages only; a part of a page is no memory that a guest could name.
	uint64_t start = ROUND_UP(gpa, PAGE_BYTES);
	end = ROUND_DOWN(end, PAGE_BYTES);
	if (start >= end || ((fd_offset + (start - gpa)) & (PAGE_BYTES - 1)) != 0) {
		return;
	}
	fd_offset += start - gpa;
	int index = table_fd(table, fd);
	if (index < 0) {
		table->truncated = true;
		return;
	}
	if (table->count > 0) {
		struct pvg_link_region *last = &table->regions[table->count - 1];
		if (last->gpa + last->size == start && last->fd_offset + last->size == fd_offset &&
			last->fd_index == (uint32_t)index && last->flags == flags) {
			last->size += end - start;
			return;
		}
	}
	if (table->count == PVG_LINK_MAX_REGIONS) {
		table->truncated = true;
		return;
	}
	table->regions[table->count++] = (struct pvg_link_region){
		.gpa = start,
		.size = end - start,
		.fd_offset = fd_offset,
		.fd_index = (uint32_t)index,
		.flags = flags,
		.page_size = page_size,
		.block_id = block_id,
	};
}

static void add_section(PVGShim *s, MemoryRegionSection *section) {
	MemoryRegion *mr = section->mr;
	s->mem.seen = true;
	if (!memory_region_is_ram(mr) || memory_region_is_romd(mr) ||
		memory_region_is_ram_device(mr) || memory_region_is_protected(mr)) {
		return;
	}
	// Our own frame buffer has its own way to the host.
	Object *owner = memory_region_owner(mr);
	if (owner != NULL && object_dynamic_cast(owner, TYPE_PVG_SHIM) != NULL) {
		return;
	}
	int fd = memory_region_get_fd(mr);
	if (fd < 0) {
		return;
	}
	ram_addr_t unused;
	RAMBlock *block = qemu_ram_block_from_host(memory_region_get_ram_ptr(mr), false, &unused);
	struct stat st;
	if (block == NULL || !qemu_ram_is_shared(block) || fstat(fd, &st) != 0) {
		return;
	}
	uint64_t page_size = qemu_ram_pagesize(block);
	uint32_t flags = section->readonly ? 0 : PVG_LINK_REGION_WRITABLE;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals >= 0 && (seals & F_SEAL_SHRINK) != 0) {
		flags |= PVG_LINK_REGION_SEALED_SHRINK;
	}
	if (page_size > PAGE_BYTES) {
		flags |= PVG_LINK_REGION_HUGETLB;
	}
	uint64_t gpa = section->offset_within_address_space;
	uint64_t end = gpa + int128_get64(section->size);
	uint64_t offset = shim_ram_fd_offset(block) + section->offset_within_region;
	struct shim_table *next = &s->mem.next;
	if (gpa < LOW_WINDOW_START) {
		uint64_t cut = MIN(end, LOW_WINDOW_START);
		table_add(next, gpa, cut, offset, fd, flags, page_size, st.st_ino);
	}
	if (end > LOW_WINDOW_END) {
		uint64_t from = MAX(gpa, LOW_WINDOW_END);
		table_add(next, from, end, offset + (from - gpa), fd, flags, page_size, st.st_ino);
	}
}

static PVGShim *listener_shim(MemoryListener *listener) {
	return container_of(listener, PVGShim, mem.listener);
}

static void handle_begin(MemoryListener *listener) {
	PVGShim *s = listener_shim(listener);
	memset(&s->mem.next, 0, sizeof(s->mem.next));
	s->mem.seen = false;
}

static void handle_section(MemoryListener *listener, MemoryRegionSection *section) {
	add_section(listener_shim(listener), section);
}

static bool tables_equal(const struct shim_table *a, const struct shim_table *b) {
	return a->count == b->count && a->nfd == b->nfd &&
		memcmp(a->regions, b->regions, a->count * sizeof(a->regions[0])) == 0 &&
		memcmp(a->fds, b->fds, a->nfd * sizeof(a->fds[0])) == 0;
}

static void handle_commit(MemoryListener *listener) {
	PVGShim *s = listener_shim(listener);
	struct shim_mem *mem = &s->mem;
	if (!mem->seen || tables_equal(&mem->current, &mem->next)) {
		return;
	}
	if (mem->next.truncated) {
		shim_log(s, SHIM_LOG_MEMORY, true,
			"guest RAM is in more than %d pieces or %d files: the rest is left out",
			PVG_LINK_MAX_REGIONS, PVG_LINK_MAX_FDS);
	}
	mem->current = mem->next;
	mem->generation++;
	// Before the guest can use the new memory: a host that misses an address looks here first.
	if (s->page != NULL) {
		atomic_store(&s->page->mem_generation, mem->generation);
	}
	shim_link_table_changed(s);
}

// Address 0 and the first page above 1 MiB: main RAM of every PC, whatever its size.
static bool table_has_main_ram(const struct shim_table *table, uint32_t *flags) {
	bool low = false, high = false;
	for (uint32_t i = 0; i < table->count; i++) {
		const struct pvg_link_region *region = &table->regions[i];
		if (region->gpa == 0) {
			low = true;
			*flags = region->flags;
		}
		high = high ||
			(region->gpa <= LOW_WINDOW_END &&
				LOW_WINDOW_END < region->gpa + region->size);
	}
	return low && high;
}

bool shim_mem_init(PVGShim *s, Error **errp) {
	s->mem.listener = (MemoryListener){
		.begin = handle_begin,
		.commit = handle_commit,
		.region_add = handle_section,
		.region_nop = handle_section,
		.name = TYPE_PVG_SHIM,
	};
	memory_listener_register(&s->mem.listener, &address_space_memory);
	s->mem.registered = true;
	uint32_t flags = 0;
	if (!table_has_main_ram(&s->mem.current, &flags)) {
		if (s->require_shared_ram) {
			error_setg(errp,
				"guest RAM is not shareable: no file descriptor, or not share=on");
			error_append_hint(errp,
				"Use -object memory-backend-memfd,id=ram,size=SIZE,share=on "
				"-machine memory-backend=ram in place of plain -m, or start with pvg-qemu.\n");
			return false;
		}
	} else if ((flags & PVG_LINK_REGION_SEALED_SHRINK) == 0) {
		warn_report(TYPE_PVG_SHIM
			": guest RAM is not sealed against shrinking; a host may refuse "
			"it. Use memory-backend-memfd with its default seal=on.");
	}
	return true;
}

void shim_mem_finish(PVGShim *s) {
	if (s->mem.registered) {
		memory_listener_unregister(&s->mem.listener);
		s->mem.registered = false;
	}
}
