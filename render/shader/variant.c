// SPDX-License-Identifier: GPL-2.0-or-later
#include "variant.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t bit;
} features[] = {
	{"subgroups", PVG_FEATURE_SUBGROUPS}, {"bounds", PVG_FEATURE_NO_ROBUST_ACCESS},
	{"loop-guard", PVG_FEATURE_LOOP_GUARD}, {"offsets", PVG_FEATURE_BUFFER_OFFSETS},
	{"y-flip", PVG_FEATURE_Y_FLIP}, {"depth-remap", PVG_FEATURE_DEPTH_REMAP},
	{"point-size", PVG_FEATURE_POINT_SIZE},
	{"layer", PVG_FEATURE_LAYER}, {"alpha-to-one", PVG_FEATURE_ALPHA_TO_ONE},
	{"int16", PVG_FEATURE_INT16}, {"int64", PVG_FEATURE_INT64},
	{"float16", PVG_FEATURE_FLOAT16}, {"storage16", PVG_FEATURE_STORAGE16},
	{"storage8", PVG_FEATURE_STORAGE8}, {"atomic64", PVG_FEATURE_ATOMIC64},
	{"native", PVG_FEATURE_NATIVE},
};

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{"sample-count", offsetof(struct pvg_shader_variant, sample_count)},
	{"swap-mask", offsetof(struct pvg_shader_variant, swap_mask)},
	{"pixel-samplers", offsetof(struct pvg_shader_variant, pixel_samplers)},
	{"biased-samplers", offsetof(struct pvg_shader_variant, biased_samplers)},
	{"fetch", offsetof(struct pvg_shader_variant, fetch)},
	{"alpha-test", offsetof(struct pvg_shader_variant, alpha_test)},
	{"storage-buffers", offsetof(struct pvg_shader_variant, storage_buffers)},
	{"uniform-buffers", offsetof(struct pvg_shader_variant, uniform_buffers)},
	{"uniform-bytes", offsetof(struct pvg_shader_variant, uniform_bytes)},
	{"tess-partition", offsetof(struct pvg_shader_variant, tess_partition)},
	{"tess-winding", offsetof(struct pvg_shader_variant, tess_winding)},
	{"control-indices", offsetof(struct pvg_shader_variant, control_indices)},
};

/* Comma-separated numbers; how many there were, 0 for anything else. */
static unsigned read_list(const char *text, uint32_t *out, unsigned max) {
	unsigned n = 0;
	for (;;) {
		char *end;
		unsigned long v = strtoul(text, &end, 0);
		if (end == text || n == max || (*end != ',' && *end != '\0')) {
			return 0;
		}
		out[n++] = (uint32_t)v;
		if (*end == '\0') {
			return n;
		}
		text = end + 1;
	}
}

static bool set_attribute(struct pvg_shader_variant *v, const char *text) {
	uint32_t n[7] = {0};
	if (read_list(text, n, 7) != 7 || v->attribute_count == PVG_MAX_ATTRIBUTES) {
		return false;
	}
	v->attributes[v->attribute_count++] = (struct pvg_shader_attribute){
		.location = (uint8_t)n[0],
		.format = (uint8_t)n[1],
		.buffer = (uint8_t)n[2],
		.step = (uint8_t)n[3],
		.offset_bytes = n[4],
		.stride_bytes = n[5],
		.step_rate = n[6],
	};
	return true;
}

bool pvg_shader_variant_set(struct pvg_shader_variant *v, const char *text) {
	const char *equal = strchr(text, '=');
	bool off = strncmp(text, "no-", 3) == 0;
	for (size_t i = 0; equal == NULL && i < sizeof(features) / sizeof(features[0]); i++) {
		if (strcmp(off ? text + 3 : text, features[i].name) == 0) {
			v->features = off ? v->features & ~features[i].bit
					  : v->features | features[i].bit;
			return true;
		}
	}
	if (equal == NULL) {
		return false;
	}
	size_t n = (size_t)(equal - text);
	uint32_t values[2];
	if (n == 9 && memcmp(text, "attribute", n) == 0) {
		return set_attribute(v, equal + 1);
	}
	if (n == 5 && memcmp(text, "image", n) == 0) {
		if (read_list(equal + 1, values, 2) != 2 || values[0] > 127 || values[1] > 63) {
			return false;
		}
		v->image_formats[values[0]] = (uint8_t)values[1];
		return true;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strlen(numbers[i].name) == n && memcmp(text, numbers[i].name, n) == 0 &&
				read_list(equal + 1, values, 1) == 1) {
			memcpy((char *)v + numbers[i].offset, values, sizeof(uint32_t));
			return true;
		}
	}
	return false;
}
