// SPDX-License-Identifier: GPL-2.0-or-later
#include "guestram.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <pvg/ram.h>

#include "pvg-link-io.h"

struct pk_ram_map {
	struct wl_list link; // pk_guestram.maps
	dev_t dev;
	ino_t ino;
	uint8_t *address;
	uint64_t size_bytes;
	unsigned int users; // tables
};

struct table {
	struct pk_guestram *guestram; // borrowed: destroyed after the last table
	struct pk_ram_map *maps[PVG_LINK_MAX_FDS]; // counted
	unsigned int count;
};

struct pk_guestram *pk_guestram_create(void) {
	struct pk_guestram *guestram = calloc(1, sizeof(*guestram));
	if (guestram != NULL) {
		wl_list_init(&guestram->maps);
		pthread_mutex_init(&guestram->lock, NULL);
	}
	return guestram;
}

void pk_guestram_destroy(struct pk_guestram *guestram) {
	if (guestram != NULL) {
		pthread_mutex_destroy(&guestram->lock);
		free(guestram);
	}
}

// Any thread.
static void table_release(void *data) {
	struct table *table = data;
	struct pk_guestram *guestram = table->guestram;
	struct pk_ram_map *gone[PVG_LINK_MAX_FDS];
	unsigned int count = 0;
	pthread_mutex_lock(&guestram->lock);
	for (unsigned int i = 0; i < table->count; i++) {
		if (--table->maps[i]->users == 0) {
			wl_list_remove(&table->maps[i]->link);
			gone[count++] = table->maps[i];
		}
	}
	pthread_mutex_unlock(&guestram->lock);
	for (unsigned int i = 0; i < count; i++) {
		munmap(gone[i]->address, gone[i]->size_bytes);
		free(gone[i]);
	}
	free(table);
}

static struct pk_ram_map *map_file(int fd, const struct stat *st, const char **why) {
	struct pk_ram_map *map = calloc(1, sizeof(*map));
	if (map == NULL) {
		*why = "MEM_TABLE: out of memory";
		return NULL;
	}
	void *address = mmap(NULL, (size_t)st->st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (address == MAP_FAILED) {
		*why = "MEM_TABLE: a RAM file cannot be mapped readable and writable";
		free(map);
		return NULL;
	}
	madvise(address, (size_t)st->st_size, MADV_DONTDUMP);
	*map = (struct pk_ram_map){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.address = address,
		.size_bytes = (uint64_t)st->st_size,
	};
	return map;
}

static struct pk_ram_map *get_map(struct pk_guestram *guestram, int fd, uint64_t need_bytes,
		const char **why) {
	struct stat st;
	if (!pvg_link_check_memfd(fd, need_bytes, why)) {
		return NULL;
	}
	if (fstat(fd, &st) != 0 || st.st_size <= 0) {
		*why = "MEM_TABLE: a RAM file is empty";
		return NULL;
	}
	struct pk_ram_map *map;
	pthread_mutex_lock(&guestram->lock);
	wl_list_for_each(map, &guestram->maps, link) {
		if (map->dev == st.st_dev && map->ino == st.st_ino &&
			map->size_bytes >= need_bytes) {
			map->users++;
			pthread_mutex_unlock(&guestram->lock);
			return map;
		}
	}
	pthread_mutex_unlock(&guestram->lock);
	map = map_file(fd, &st, why);
	if (map != NULL) {
		map->users = 1;
		pthread_mutex_lock(&guestram->lock);
		wl_list_insert(&guestram->maps, &map->link);
		pthread_mutex_unlock(&guestram->lock);
	}
	return map;
}

struct pvg_ram *pk_guestram_table(struct pk_guestram *guestram,
		const struct pvg_link_mem_table *message, const int *fds, const char **why) {
	struct table *table = calloc(1, sizeof(*table));
	if (table == NULL) {
		*why = "MEM_TABLE: out of memory";
		return NULL;
	}
	table->guestram = guestram;
	// pvg_link_recv has checked indices, alignment, order and sums.
	for (uint32_t fd = 0; fd < message->nfd; fd++) {
		uint64_t need = 1;
		for (uint32_t i = 0; i < message->count; i++) {
			const struct pvg_link_region *region = &message->regions[i];
			if (region->fd_index == fd && region->fd_offset + region->size > need) {
				need = region->fd_offset + region->size;
			}
		}
		struct pk_ram_map *map = get_map(guestram, fds[fd], need, why);
		if (map == NULL) {
			table_release(table);
			return NULL;
		}
		table->maps[table->count++] = map;
	}
	struct pvg_ram_span spans[PVG_LINK_MAX_REGIONS];
	for (uint32_t i = 0; i < message->count; i++) {
		const struct pvg_link_region *region = &message->regions[i];
		spans[i] = (struct pvg_ram_span){
			.gpa = region->gpa,
			.size_bytes = region->size,
			.hva = table->maps[region->fd_index]->address + region->fd_offset,
		};
	}
	struct pvg_ram *ram =
		pvg_ram_create(spans, message->count, message->generation, table_release, table);
	if (ram == NULL) {
		*why = "MEM_TABLE: not a valid table";
		table_release(table);
	}
	return ram;
}

bool pk_guestram_covers(struct pk_guestram *guestram, uintptr_t start, uintptr_t end) {
	bool covers = false;
	pthread_mutex_lock(&guestram->lock);
	struct pk_ram_map *map;
	wl_list_for_each(map, &guestram->maps, link) {
		uintptr_t address = (uintptr_t)map->address;
		covers |= start >= address && end <= address + map->size_bytes + 4095;
	}
	pthread_mutex_unlock(&guestram->lock);
	return covers;
}
