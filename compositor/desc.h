// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a port's shared page says about its output (spec 04 sections 3.5 and 14.9). Pure: an output
 * is handed in as plain values.
 */
#ifndef COMPOSITOR_DESC_H
#define COMPOSITOR_DESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pvg/display.h>

struct pk_desc_input {
	unsigned int port;
	const char *name; // what the user calls it, NULL: the model's name
	const char *make, *model, *serial; // borrowed; NULL or empty: unknown
	const char *connector;             // borrowed
	bool twin; // another panel says that it is the same one: the connector tells them apart
	uint8_t vm_uuid[16];
	struct pvg_mode current;     // the mode in force: becomes mode 0
	const struct pvg_mode *modes; // borrowed: what else the output can do
	size_t mode_count;
	const struct pvg_mode *user_modes; // borrowed: replace all of the above when there are any
	size_t user_mode_count;
	bool any_size; // no list of its own: add usual sizes
	int phys_width_mm, phys_height_mm;
	unsigned int ppi; // what the user says, 0: as the panel does
	uint16_t cursor_width, cursor_height; // 0: unknown
};

void pk_desc_build(const struct pk_desc_input *input, struct pvg_display_desc *desc);

uint32_t pk_desc_serial(const struct pk_desc_input *input);

// What tells a panel from others, as text that is cut to @size. The serial is made of the same.
void pk_desc_identity(const struct pk_desc_input *input, char *id, size_t size);

// Pixels per inch of a mode of @width pixels: what the user says, what the panel is, or 100.
double pk_desc_ppi(uint32_t width, uint32_t height, int phys_width_mm, int phys_height_mm,
	unsigned int configured);

/**
 * pk_desc_size - millimetres that give the guest square pixels (section 14.9)
 *
 * The guest keeps whole centimetres, so both sides are multiples of 10 mm in the picture's aspect.
 */
void pk_desc_size(uint32_t width, uint32_t height, double ppi, uint16_t *width_mm,
	uint16_t *height_mm);

#endif
