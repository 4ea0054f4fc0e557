// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline.h"

#define HEADER_BYTES 16u // kind, declared length, object ref, payload length

enum {
	KIND_COMPUTE = 0x0b,
	KIND_RENDER = 0x0e,
	KIND_RATE_MAP = 0x32,
};

struct blob {
	uint8_t *at; // borrowed
	uint32_t room, length;
	bool failed;
};

struct property {
	uint8_t tag;
	uint32_t value;
};

static uint32_t grow(struct blob *blob, uint32_t size) {
	uint32_t at = blob->length;
	if (blob->failed || size > blob->room - blob->length) {
		blob->failed = true;
		return 0;
	}
	memset(blob->at + at, 0, size);
	blob->length += size;
	return at;
}

// An entry: u8 count, then tag, length, value of each property.
static uint32_t put_entry(struct blob *blob, const struct property *properties, uint32_t count) {
	uint32_t at = grow(blob, 1 + 6 * count);
	if (blob->failed) {
		return 0;
	}
	blob->at[at] = (uint8_t)count;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *p = blob->at + at + 1 + 6 * i;
		p[0] = properties[i].tag;
		p[1] = 4;
		pvg_put(p + 2, properties[i].value, 4);
	}
	return at;
}

// Where the value of property @index of the entry at @entry is.
static void set_value(struct blob *blob, uint32_t entry, uint32_t index, uint32_t value) {
	if (!blob->failed) {
		pvg_put(blob->at + entry + 1 + 6 * index + 2, value, 4);
	}
}

// An array section: u32 count and offsets from its own first byte, filled by set_element.
static uint32_t put_array(struct blob *blob, uint32_t count) {
	uint32_t at = grow(blob, 4 + 4 * count);
	if (!blob->failed) {
		pvg_put(blob->at + at, count, 4);
	}
	return at;
}

static void set_element(struct blob *blob, uint32_t array, uint32_t index, uint32_t entry) {
	if (!blob->failed) {
		pvg_put(blob->at + array + 4 + 4 * index, entry - array, 4);
	}
}

static uint32_t put_label(struct blob *blob, const char *label) {
	uint32_t size = 0;
	while (label[size] != '\0') {
		size++;
	}
	uint32_t at = grow(blob, size + 1);
	if (!blob->failed) {
		memcpy(blob->at + at, label, size);
	}
	return at;
}

static void add(struct property *list, uint32_t *count, uint8_t tag, uint32_t value,
	uint32_t default_value) {
	if (value != default_value) {
		list[*count] = (struct property){ tag, value };
		(*count)++;
	}
}

static uint32_t put_attributes(struct blob *blob, const struct pvg_enc_attribute *attributes,
	uint32_t count) {
	uint32_t array = put_array(blob, count);
	for (uint32_t i = 0; i < count; i++) {
		// Every entry logged from a live guest carried tag 0, also for index 0.
		struct property list[4] = { { 0x00, attributes[i].index } };
		uint32_t n = 1;
		add(list, &n, 0x01, attributes[i].format, 0);
		add(list, &n, 0x02, attributes[i].offset, 0);
		add(list, &n, 0x03, attributes[i].buffer, 0);
		set_element(blob, array, i, put_entry(blob, list, n));
	}
	return array;
}

static uint32_t put_layouts(struct blob *blob, const struct pvg_enc_layout *layouts,
	uint32_t count) {
	uint32_t array = put_array(blob, count);
	for (uint32_t i = 0; i < count; i++) {
		struct property list[4] = { { 0x00, layouts[i].buffer } };
		uint32_t n = 1;
		add(list, &n, 0x01, layouts[i].step_function, 1);
		add(list, &n, 0x02, layouts[i].step_rate, 1);
		add(list, &n, 0x03, layouts[i].stride, 0);
		set_element(blob, array, i, put_entry(blob, list, n));
	}
	return array;
}

// Offsets inside a nested entry count from that entry's first byte.
static uint32_t put_vertex_descriptor(struct blob *blob,
	const struct pvg_enc_render_pipeline *pipeline) {
	const struct property list[2] = { { 0x00, 0 }, { 0x01, 0 } };
	uint32_t entry = put_entry(blob, list, 2);
	set_value(blob, entry, 0,
		put_attributes(blob, pipeline->attributes, pipeline->attribute_count) - entry);
	set_value(blob, entry, 1,
		put_layouts(blob, pipeline->layouts, pipeline->layout_count) - entry);
	return entry;
}

static uint32_t put_colours(struct blob *blob, const struct pvg_enc_colour *colours,
	uint32_t count) {
	uint32_t array = put_array(blob, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct pvg_enc_colour *c = &colours[i];
		struct property list[10] = { { 0x00, c->index } };
		uint32_t n = 1;
		add(list, &n, 0x01, c->format, 0);
		add(list, &n, 0x02, c->blend, 0);
		add(list, &n, 0x03, c->source_rgb, 1);
		add(list, &n, 0x04, c->destination_rgb, 0);
		add(list, &n, 0x05, c->operation_rgb, 0);
		add(list, &n, 0x06, c->source_alpha, 1);
		add(list, &n, 0x07, c->destination_alpha, 0);
		add(list, &n, 0x08, c->operation_alpha, 0);
		add(list, &n, 0x09, c->write_mask, 0xf);
		set_element(blob, array, i, put_entry(blob, list, n));
	}
	return array;
}

static uint32_t finish(struct blob *blob, uint32_t kind, uint32_t object_ref) {
	uint32_t payload = blob->length - HEADER_BYTES;
	grow(blob, (4 - payload % 4) % 4);
	if (blob->failed) {
		return 0;
	}
	pvg_put(blob->at, kind, 4);
	pvg_put(blob->at + 4, blob->length, 4);
	pvg_put(blob->at + 8, object_ref, 4);
	pvg_put(blob->at + 12, payload, 4);
	return blob->length;
}

uint32_t pvg_enc_render_pipeline(const struct pvg_enc_render_pipeline *pipeline, void *out,
	uint32_t room) {
	struct blob blob = { .at = out, .room = room };
	struct property list[10];
	uint32_t n = 0, label = 0, vertex = 0, colours = 0;
	grow(&blob, HEADER_BYTES);
	if (pipeline->label != NULL) {
		label = n;
		list[n++] = (struct property){ 0x00, 0 };
	}
	add(list, &n, 0x01, pipeline->vertex_function, 0);
	add(list, &n, 0x02, pipeline->fragment_function, 0);
	if (pipeline->attribute_count + pipeline->layout_count > 0) {
		vertex = n;
		list[n++] = (struct property){ 0x03, 0 };
	}
	if (pipeline->sample_count > 1) {
		list[n++] = (struct property){ 0x04, pipeline->sample_count };
	}
	if (pipeline->colour_count > 0) {
		colours = n;
		list[n++] = (struct property){ 0x08, 0 };
	}
	add(list, &n, 0x0d, pipeline->max_factor, 0);
	add(list, &n, 0x10, pipeline->control_point_index, 0);
	add(list, &n, 0x11, pipeline->factor_step, 0);
	add(list, &n, 0x09, pipeline->depth_format, 0);
	add(list, &n, 0x0a, pipeline->stencil_format, 0);
	uint32_t top = put_entry(&blob, list, n);
	if (pipeline->label != NULL) {
		set_value(&blob, top, label, put_label(&blob, pipeline->label) - HEADER_BYTES);
	}
	if (pipeline->attribute_count + pipeline->layout_count > 0) {
		set_value(&blob, top, vertex,
			put_vertex_descriptor(&blob, pipeline) - HEADER_BYTES);
	}
	if (pipeline->colour_count > 0) {
		set_value(&blob, top, colours,
			put_colours(&blob, pipeline->colours, pipeline->colour_count) -
				HEADER_BYTES);
	}
	return finish(&blob, KIND_RENDER, pipeline->object_ref);
}

uint32_t pvg_enc_compute_pipeline(const struct pvg_enc_compute_pipeline *pipeline, void *out,
	uint32_t room) {
	struct blob blob = { .at = out, .room = room };
	struct property list[3];
	uint32_t n = 0, label = 0;
	grow(&blob, HEADER_BYTES);
	add(list, &n, 0x00, pipeline->function, 0);
	add(list, &n, 0x01, pipeline->size_is_multiple, 0);
	if (pipeline->label != NULL) {
		label = n;
		list[n++] = (struct property){ 0x02, 0 };
	}
	uint32_t top = put_entry(&blob, list, n);
	if (pipeline->label != NULL) {
		set_value(&blob, top, label, put_label(&blob, pipeline->label) - HEADER_BYTES);
	}
	return finish(&blob, KIND_COMPUTE, pipeline->object_ref);
}

uint32_t pvg_enc_rate_map(uint32_t object_ref, uint16_t screen_width, uint16_t screen_height,
	const struct pvg_enc_rate_layer *layers, uint32_t layer_count, const uint32_t *qualities,
	uint8_t unwritten, void *out, uint32_t room) {
	uint32_t floats = 0;
	for (uint32_t i = 0; i < layer_count; i++) {
		floats += (uint32_t)layers[i].width + layers[i].height;
	}
	uint32_t total = 44 + 4 * layer_count + 4 * floats;
	uint8_t *p = out;
	if (total > room) {
		return 0;
	}
	memset(p, unwritten, total);
	pvg_put(p, KIND_RATE_MAP, 4);
	pvg_put(p + 4, total, 4);
	pvg_put(p + 8, object_ref, 4);
	pvg_put(p + 12, screen_width, 2);
	pvg_put(p + 14, screen_height, 2);
	pvg_put(p + 16, layer_count, 4);
	pvg_put(p + 20, 2, 4);
	pvg_put(p + 24, 0, 4);
	for (uint32_t i = 0; i < layer_count; i++) {
		pvg_put(p + 28 + 4 * i, layers[i].width, 2);
		pvg_put(p + 30 + 4 * i, layers[i].height, 2);
	}
	for (uint32_t i = 0; i < floats; i++) {
		pvg_put(p + 28 + 4 * layer_count + 4 * i, qualities[i], 4);
	}
	return total;
}
