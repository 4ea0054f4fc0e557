// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guest RAM files: each is mapped once, whole, and shared by every memory table that names it
 * (spec 06 section 7.2).
 */
#ifndef COMPOSITOR_GUESTRAM_H
#define COMPOSITOR_GUESTRAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-util.h>

struct pvg_link_mem_table;
struct pvg_ram;

struct pk_guestram {
	pthread_mutex_t lock; // guards maps and their counts: tables are released on any thread
	struct wl_list maps;  // pk_ram_map.link
};

struct pk_guestram *pk_guestram_create(void);
// Every table must have been released.
void pk_guestram_destroy(struct pk_guestram *guestram);

/**
 * pk_guestram_table - make libpvg's table of a MEM_TABLE message
 * @fds: the message's descriptors; stay the caller's
 * @why: set to a static string when NULL is returned
 */
struct pvg_ram *pk_guestram_table(struct pk_guestram *guestram,
	const struct pvg_link_mem_table *message, const int *fds, const char **why);

bool pk_guestram_covers(struct pk_guestram *guestram, uintptr_t start, uintptr_t end);

#endif
