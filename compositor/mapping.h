// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which output shows which display of the VM (spec 04 section 14.9). Pure.
 */
#ifndef COMPOSITOR_MAPPING_H
#define COMPOSITOR_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

// One output: what is known and wished, and the answer.
struct pk_mapping {
	bool enabled;
	enum pk_output_display display;
	bool primary;   // of several that show one display, this one drives it
	int remembered; // the display that this panel had before, -1: none

	int port;    // the display it shows, -1: none
	bool mirror; // another output drives that display
};

/**
 * pk_mapping_solve - gives each output its display
 * @outputs: in order of their names or of their appearance
 * @ports: displays there are
 * @mirror_extra: outputs that are left over show what the first of the others does
 *
 * First what is wished by number, then what panels had before, then the lowest that is free.
 */
void pk_mapping_solve(struct pk_mapping *outputs, size_t count, unsigned int ports,
	bool mirror_extra);

#endif
