// SPDX-License-Identifier: GPL-2.0-or-later
#include "desc.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_PPI 100.0 // HiDPI off (section 14.9)
#define MM_PER_INCH 25.4

static uint32_t fnv1a(uint32_t hash, const void *bytes, size_t size) {
	const uint8_t *p = bytes;
	for (size_t i = 0; i < size; i++) {
		hash = (hash ^ p[i]) * 16777619u;
	}
	return hash;
}

static uint32_t fnv1a_text(uint32_t hash, const char *text) {
	// The terminator separates the fields.
	return text != NULL ? fnv1a(hash, text, strlen(text) + 1) : fnv1a(hash, "", 1);
}

static bool known(const char *text) {
	return text != NULL && *text != '\0' && strcmp(text, "Unknown") != 0;
}

uint32_t pk_desc_serial(const struct pk_desc_input *input) {
	uint32_t hash = 2166136261u;
	if (known(input->serial) || known(input->model)) {
		hash = fnv1a_text(hash, input->make);
		hash = fnv1a_text(hash, input->model);
		hash = fnv1a_text(hash, input->serial);
		if (!known(input->serial) || input->twin) {
			// Two panels of one model: the connector keeps them apart.
			hash = fnv1a_text(hash, input->connector);
		}
	} else {
		hash = fnv1a_text(hash, input->connector);
		hash = fnv1a(hash, input->vm_uuid, sizeof(input->vm_uuid));
	}
	return hash != 0 ? hash : 1 + input->port;
}

static const char *text_of(const char *text) {
	return text != NULL ? text : "";
}

void pk_desc_identity(const struct pk_desc_input *input, char *id, size_t size) {
	memset(id, 0, size);
	if (known(input->serial) || known(input->model)) {
		bool connector = !known(input->serial) || input->twin;
		snprintf(id, size, "%s\n%s\n%s\n%s", text_of(input->make), text_of(input->model),
			text_of(input->serial), connector ? text_of(input->connector) : "");
	} else {
		snprintf(id, size, "%s", text_of(input->connector));
	}
}

static uint32_t gcd(uint32_t a, uint32_t b) {
	while (b != 0) {
		uint32_t t = a % b;
		a = b;
		b = t;
	}
	return a;
}

static uint16_t clamp_mm(double mm) {
	double ten = mm / 10;
	int64_t cm = (int64_t)(ten + 0.5);
	if (cm < 1) {
		cm = 1;
	}
	return cm > 6550 ? 65500 : (uint16_t)(cm * 10);
}

// Centimetres, inches or what not: the shape alone, which some panels have where a size should be.
static bool is_shape(int width_mm, int height_mm) {
	static const int shapes[][2] = { { 16, 9 }, { 16, 10 }, { 4, 3 }, { 5, 4 }, { 21, 9 } };
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		int most = i < 2 ? 100 : 10; // there are panels of 400x300 mm
		for (int factor = 1; factor <= most; factor *= 10) {
			if (width_mm == shapes[i][0] * factor &&
					height_mm == shapes[i][1] * factor) {
				return true;
			}
		}
	}
	return false;
}

double pk_desc_ppi(uint32_t width, uint32_t height, int phys_width_mm, int phys_height_mm,
		unsigned int configured) {
	if (configured != 0) {
		return configured;
	}
	if (phys_width_mm <= 0 || phys_height_mm <= 0 || is_shape(phys_width_mm, phys_height_mm)) {
		return DEFAULT_PPI;
	}
	double ppi_x = width * MM_PER_INCH / phys_width_mm;
	double ppi_y = height * MM_PER_INCH / phys_height_mm;
	bool sane = ppi_x > 40 && ppi_x < 600 && ppi_x < ppi_y * 1.2 && ppi_y < ppi_x * 1.2;
	return sane ? ppi_x : DEFAULT_PPI;
}

void pk_desc_size(uint32_t width, uint32_t height, double ppi, uint16_t *width_mm,
		uint16_t *height_mm) {
	double want = width * MM_PER_INCH / ppi;
	uint32_t divisor = gcd(width, height);
	uint32_t a = divisor != 0 ? width / divisor : 1;
	uint32_t b = divisor != 0 ? height / divisor : 1;
	if (a > 200 || b > 200) {
		*width_mm = clamp_mm(want);
		*height_mm = clamp_mm(height * MM_PER_INCH / ppi);
		return;
	}
	int64_t k = (int64_t)(want / (10.0 * a) + 0.5);
	if (k < 1) {
		k = 1;
	}
	uint32_t edge = a > b ? a : b;
	if ((uint64_t)k * 10 * edge > 65500) {
		k = 65500 / (10 * edge);
	}
	*width_mm = (uint16_t)(10 * a * (uint32_t)k);
	*height_mm = (uint16_t)(10 * b * (uint32_t)k);
}

static void add_mode(struct pvg_display_desc *desc, struct pvg_mode mode) {
	if (mode.width == 0 || mode.height == 0 || mode.width > PVG_MAX_SURFACE_EDGE ||
			mode.height > PVG_MAX_SURFACE_EDGE || desc->mode_count == PVG_MAX_MODES) {
		return;
	}
	if (mode.refresh_mhz == 0) {
		mode.refresh_mhz = 60000;
	}
	for (uint32_t i = 0; i < desc->mode_count; i++) {
		const struct pvg_mode *have = &desc->modes[i];
		if (have->width == mode.width && have->height == mode.height &&
				have->refresh_mhz == mode.refresh_mhz) {
			return;
		}
	}
	desc->modes[desc->mode_count++] = mode;
}

static void add_usual_modes(struct pvg_display_desc *desc, const struct pvg_mode *current) {
	// The sizes that other hosts offer (spec 04 section 7), and the small ones of firmware.
	static const uint16_t sizes[][2] = {
		{ 1920, 1080 }, { 1680, 1050 }, { 1440, 1080 }, { 1440, 900 },
		{ 1280, 1024 }, { 1280, 800 }, { 1280, 720 }, { 1024, 768 },
	};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		add_mode(desc, (struct pvg_mode){ sizes[i][0], sizes[i][1], current->refresh_mhz });
	}
}

void pk_desc_build(const struct pk_desc_input *input, struct pvg_display_desc *desc) {
	*desc = (struct pvg_display_desc){
		.serial = pk_desc_serial(input),
		.cursor_max_width = input->cursor_width != 0 ? input->cursor_width : 64,
		.cursor_max_height = input->cursor_height != 0 ? input->cursor_height : 64,
	};
	const char *name = input->name != NULL ? input->name : input->model;
	if (known(name)) {
		size_t n = 0;
		for (const char *p = name; *p != '\0' && n < sizeof(desc->name) - 1; p++) {
			desc->name[n++] = *p >= ' ' && *p <= '~' ? *p : '?';
		}
	} else {
		snprintf(desc->name, sizeof(desc->name), "pvg-linux-%u", input->port % 100);
	}
	if (input->user_mode_count > 0) {
		for (size_t i = 0; i < input->user_mode_count; i++) {
			add_mode(desc, input->user_modes[i]);
		}
	}
	if (desc->mode_count == 0) {
		add_mode(desc, input->current);
		for (size_t i = 0; i < input->mode_count; i++) {
			add_mode(desc, input->modes[i]);
		}
		if (input->any_size) {
			add_usual_modes(desc, &input->current);
		}
	}
	if (desc->mode_count == 0) {
		add_mode(desc, (struct pvg_mode){ 1920, 1080, 60000 });
	}
	double ppi = pk_desc_ppi(desc->modes[0].width, desc->modes[0].height, input->phys_width_mm,
		input->phys_height_mm, input->ppi);
	pk_desc_size(desc->modes[0].width, desc->modes[0].height, ppi, &desc->width_mm,
		&desc->height_mm);
}
