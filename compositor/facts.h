// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is known about the panel of a display, and the file that keeps it for a start without any
 * panel: the guest then finds the display that it had, by its serial number (spec 04 section 14.9).
 * Pure but for the file itself.
 */
#ifndef COMPOSITOR_FACTS_H
#define COMPOSITOR_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <pvg/display.h>

#include "modes.h"

#define PK_FACTS_FILE_MAX_BYTES (16 * 1024)

struct pk_facts {
	bool known; // there was an output
	char make[64], model[64], serial[64], connector[32];
	bool twin; // another panel says that it is the same one
	struct pvg_mode current, native;
	struct pk_modes modes;
	bool any_size;
	int phys_width_mm, phys_height_mm;
	unsigned int ppi; // 0: by the size
	uint16_t cursor_width, cursor_height;
};

void pk_facts_write(const struct pk_facts facts[PVG_MAX_PORTS], FILE *out);

/**
 * pk_facts_read - the same from the text of a file
 *
 * False: it is none, and @facts is as it was. The modes are the one that was in force and smaller
 * ones.
 */
bool pk_facts_read(const char *text, struct pk_facts facts[PVG_MAX_PORTS]);

// From and to the user's state folder. Nothing there is no error; what goes wrong is logged.
void pk_facts_load(struct pk_facts facts[PVG_MAX_PORTS]);
void pk_facts_save(const char *text);

#endif
