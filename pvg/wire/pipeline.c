// SPDX-License-Identifier: GPL-2.0-or-later
#include <pvg/format.h>

#include "wire/cursor.h"
#include "wire/pipeline.h"

#define HEAD_BYTES 16u

enum {
	KIND_COMPUTE = 0x0b,
	KIND_RENDER = 0x0e,
};

// What the properties of an entry are read into; @where names it in logs.
struct plist {
	const uint8_t *bytes; // the payload, from byte 16 of the descriptor
	size_t size_bytes;
	struct pvg_pipeline *pipeline;
	const char *why; // sticky: the first thing that is wrong
};

struct property {
	uint8_t tag, length;
	uint64_t value;
};

// An entry: count, then tag, length, value.
struct entry {
	size_t at; // of its first byte in the payload
	struct pvg_cursor cursor;
	uint32_t left;
};

static void fail(struct plist *list, const char *why) {
	if (list->why == NULL) {
		list->why = why;
	}
}

static struct entry entry_at(struct plist *list, uint64_t at) {
	struct entry entry = { 0 };

	if (list->why != NULL || at >= list->size_bytes) {
		fail(list, "offset outside of the list");
		return entry;
	}
	entry.at = (size_t)at;
	entry.cursor = pvg_cursor_init(list->bytes + at, list->size_bytes - (size_t)at);
	entry.left = pvg_rd8(&entry.cursor);
	return entry;
}

static bool next_property(struct plist *list, struct entry *entry, struct property *property) {
	if (list->why != NULL || entry->left == 0) {
		return false;
	}
	entry->left--;
	property->tag = pvg_rd8(&entry->cursor);
	property->length = pvg_rd8(&entry->cursor);
	const uint8_t *value = pvg_rd_bytes(&entry->cursor, property->length);
	if (value == NULL) {
		fail(list, "property list ends within a property");
		return false;
	}
	if (property->length > 8) {
		fail(list, "property of more than 8 bytes");
		return false;
	}
	property->value = 0;
	for (uint8_t i = 0; i < property->length; i++) {
		property->value |= (uint64_t)value[i] << (8 * i);
	}
	return true;
}

const char *pvg_property_place_name(enum pvg_property_place place) {
	static const char *const names[] = { "render pipeline", "compute pipeline",
		"colour attachment", "vertex descriptor", "stage-in descriptor", "attribute",
		"layout" };

	return place < PVG_PLACES ? names[place] : "unknown";
}

static void unknown(struct plist *list, enum pvg_property_place place,
	const struct property *property) {
	struct pvg_pipeline *pipeline = list->pipeline;

	if (pipeline->unknown_count < PVG_UNKNOWN_PROPERTIES) {
		pipeline->unknown[pipeline->unknown_count] = (struct pvg_unknown_property){
			.place = (uint8_t)place,
			.tag = property->tag,
			.length = property->length,
			.value = property->value,
		};
	}
	pipeline->unknown_count++;
}

// A value that must not exceed @max; @why otherwise.
static uint32_t limited(struct plist *list, const struct property *property, uint64_t max,
	const char *why) {
	if (property->value > max) {
		fail(list, why);
		return 0;
	}
	return (uint32_t)property->value;
}

struct array {
	size_t at;
	uint32_t count;
};

// An array section: count, then offsets from its own first byte.
static struct array array_at(struct plist *list, uint64_t at, uint32_t max) {
	struct array array = { 0 };

	if (list->why != NULL || at > list->size_bytes || list->size_bytes - at < 4) {
		fail(list, "array outside of the list");
		return array;
	}
	struct pvg_cursor c = pvg_cursor_init(list->bytes + at, list->size_bytes - (size_t)at);
	uint32_t count = pvg_rd32(&c);
	if (count > max || (uint64_t)count * 4 > pvg_cursor_left(&c)) {
		fail(list, "array is too long");
		return array;
	}
	return (struct array){ .at = (size_t)at, .count = count };
}

static struct entry array_entry(struct plist *list, const struct array *array, uint32_t index) {
	struct pvg_cursor c = pvg_cursor_init(list->bytes + array->at + 4 + (size_t)4 * index, 4);

	return entry_at(list, (uint64_t)array->at + pvg_rd32(&c));
}

/* ---- vertex and stage-in descriptors --------------------------------------------------------- */

static void read_attribute(struct plist *list, struct entry entry, uint32_t position,
	struct pvg_gpu_vertex_desc *desc) {
	struct pvg_gpu_attribute attribute = { .location = (uint8_t)position, .used = true };
	struct property p;

	while (next_property(list, &entry, &p)) {
		switch (p.tag) {
		case 0x00:
			attribute.location = (uint8_t)limited(list, &p, PVG_GPU_ATTRIBUTES - 1,
				"attribute above 30");
			break;
		case 0x01:
			attribute.format =
				(uint8_t)limited(list, &p, UINT8_MAX, "unknown vertex format");
			break;
		case 0x02:
			attribute.offset_bytes =
				limited(list, &p, UINT32_MAX, "attribute offset above 4 GiB");
			break;
		case 0x03:
			attribute.buffer = (uint8_t)limited(list, &p, PVG_GPU_BUFFERS - 1,
				"attribute of a buffer above 30");
			break;
		default:
			unknown(list, PVG_PLACE_ATTRIBUTE, &p);
			break;
		}
	}
	if (attribute.format == 0) { // not used
		return;
	}
	if (pvg_vertex_format_bytes(attribute.format) == 0) {
		fail(list, "unknown vertex format");
		return;
	}
	if (desc->attribute_count < PVG_GPU_ATTRIBUTES) {
		desc->attributes[desc->attribute_count++] = attribute;
	}
}

static void read_layout(struct plist *list, struct entry entry, uint32_t position, bool compute,
	struct pvg_gpu_vertex_desc *desc) {
	// Of a fresh Metal layout; for stage-in the first is not measured (spec 02 section 4.18).
	struct pvg_gpu_layout layout = { .step = compute ? 0 : 1, .rate = 1, .used = true };
	uint32_t index = position;
	struct property p;

	while (next_property(list, &entry, &p)) {
		switch (p.tag) {
		case 0x00:
			index = limited(list, &p, PVG_GPU_BUFFERS - 1, "layout above 30");
			break;
		case 0x01:
			layout.step = (uint8_t)limited(list, &p, compute ? 8 : 4,
				"unknown step function");
			break;
		case 0x02:
			layout.rate = limited(list, &p, UINT32_MAX, "step rate");
			break;
		case 0x03:
			layout.stride_bytes = limited(list, &p, UINT32_MAX, "stride above 4 GiB");
			break;
		default:
			unknown(list, PVG_PLACE_LAYOUT, &p);
			break;
		}
	}
	if (index >= PVG_GPU_BUFFERS) {
		fail(list, "layout above 30");
		return;
	}
	if (layout.rate == 0 && layout.step != 0) {
		fail(list, "step rate 0");
		return;
	}
	desc->layouts[index] = layout;
}

static void check_attributes(struct plist *list, const struct pvg_gpu_vertex_desc *desc) {
	for (uint32_t i = 0; i < desc->attribute_count; i++) {
		const struct pvg_gpu_attribute *attribute = &desc->attributes[i];
		const struct pvg_gpu_layout *layout = &desc->layouts[attribute->buffer];
		uint64_t end = (uint64_t)attribute->offset_bytes +
			pvg_vertex_format_bytes(attribute->format);
		if (!layout->used) {
			fail(list, "attribute without a layout");
		} else if (layout->stride_bytes != 0 && layout->step != 0 &&
			end > layout->stride_bytes) {
			fail(list, "attribute reaches beyond its stride");
		}
		for (uint32_t j = 0; j < i; j++) {
			if (desc->attributes[j].location == attribute->location) {
				fail(list, "attribute described twice");
			}
		}
	}
}

static void read_input(struct plist *list, uint64_t at, bool compute,
	struct pvg_gpu_vertex_desc *desc) {
	struct entry entry = entry_at(list, at);
	uint64_t attributes = 0, layouts = 0;
	struct property p;

	while (next_property(list, &entry, &p)) {
		if (p.tag == 0x00) {
			attributes = p.value;
		} else if (p.tag == 0x01) {
			layouts = p.value;
		} else if (p.tag == 0x02 && compute) {
			desc->index_type = (uint8_t)limited(list, &p, 1, "unknown index type");
		} else if (p.tag == 0x03 && compute) {
			desc->index_buffer = (uint8_t)limited(list, &p, PVG_GPU_BUFFERS - 1,
				"index buffer above 30");
		} else {
			unknown(list, compute ? PVG_PLACE_STAGE_IN : PVG_PLACE_VERTEX, &p);
		}
	}
	// Counted from the entry's own first byte.
	uint64_t attributes_at = 0, layouts_at = 0;
	if (!pvg_add(entry.at, attributes, &attributes_at) ||
		!pvg_add(entry.at, layouts, &layouts_at)) {
		fail(list, "array outside of the list");
		return;
	}
	if (layouts != 0) {
		struct array array = array_at(list, layouts_at, PVG_GPU_BUFFERS);
		for (uint32_t i = 0; i < array.count && list->why == NULL; i++) {
			read_layout(list, array_entry(list, &array, i), i, compute, desc);
		}
	}
	if (attributes != 0) {
		struct array array = array_at(list, attributes_at, PVG_GPU_ATTRIBUTES);
		for (uint32_t i = 0; i < array.count && list->why == NULL; i++) {
			read_attribute(list, array_entry(list, &array, i), i, desc);
		}
	}
	check_attributes(list, desc);
}

/* ---- render ---------------------------------------------------------------------------------- */

enum { BLEND_FACTOR_LAST = 18, BLEND_OPERATION_LAST = 4 };

static void read_color(struct plist *list, struct entry entry, uint32_t position,
	struct pvg_gpu_render_desc *desc) {
	struct pvg_gpu_color_desc color = { .src_rgb = 1, .src_alpha = 1, .write_mask = 0xf };
	uint32_t index = position;
	struct property p;

	while (next_property(list, &entry, &p)) {
		uint8_t *factor = NULL, *operation = NULL;
		switch (p.tag) {
		case 0x00:
			index = limited(list, &p, PVG_GPU_COLORS - 1, "colour attachment above 7");
			break;
		case 0x01:
			color.format = (uint16_t)limited(list, &p, UINT16_MAX, "unknown format");
			break;
		case 0x02:
			color.blend = p.value != 0;
			break;
		case 0x03:
			factor = &color.src_rgb;
			break;
		case 0x04:
			factor = &color.dst_rgb;
			break;
		case 0x05:
			operation = &color.op_rgb;
			break;
		case 0x06:
			factor = &color.src_alpha;
			break;
		case 0x07:
			factor = &color.dst_alpha;
			break;
		case 0x08:
			operation = &color.op_alpha;
			break;
		case 0x09:
			color.write_mask = (uint8_t)limited(list, &p, 0xf, "write mask");
			break;
		default:
			unknown(list, PVG_PLACE_COLOR, &p);
			break;
		}
		if (factor != NULL) {
			*factor = (uint8_t)limited(list, &p, BLEND_FACTOR_LAST,
				"unknown blend factor");
		}
		if (operation != NULL) {
			*operation = (uint8_t)limited(list, &p, BLEND_OPERATION_LAST,
				"unknown blend operation");
		}
	}
	if (index >= PVG_GPU_COLORS) {
		fail(list, "colour attachment above 7");
	} else if (color.format != 0 && pvg_format_get(color.format) == NULL) {
		fail(list, "unknown colour format");
	} else {
		desc->colors[index] = color;
	}
}

static uint16_t read_depth_format(struct plist *list, const struct property *p) {
	uint32_t number = limited(list, p, UINT16_MAX, "unknown depth or stencil format");
	const struct pvg_format *format = pvg_format_get(number);

	if (number != 0 && (format == NULL || (!format->depth && !format->stencil))) {
		fail(list, "unknown depth or stencil format");
	}
	return (uint16_t)number;
}

static void read_render(struct plist *list) {
	struct pvg_gpu_render_desc *desc = &list->pipeline->render;
	struct entry entry = entry_at(list, 0);
	uint64_t input = 0, colors = 0;
	struct property p;

	*desc = (struct pvg_gpu_render_desc){
		.samples = 1,
		.rasterize = true,
		.tessellation = { .max_factor = 16 },
	};
	while (next_property(list, &entry, &p)) {
		switch (p.tag) {
		case 0x00: // label
			break;
		case 0x01:
			list->pipeline->vertex = limited(list, &p, UINT32_MAX, "function ref");
			break;
		case 0x02:
			list->pipeline->fragment = limited(list, &p, UINT32_MAX, "function ref");
			break;
		case 0x03:
			input = p.value;
			break;
		case 0x04:
			desc->samples = (uint8_t)limited(list, &p, UINT8_MAX, "sample count");
			break;
		case 0x05:
			desc->alpha_to_coverage = p.value != 0;
			break;
		case 0x06:
			desc->alpha_to_one = p.value != 0;
			break;
		case 0x07:
			desc->rasterize = p.value != 0;
			break;
		case 0x08:
			colors = p.value;
			break;
		case 0x09:
			desc->depth_format = read_depth_format(list, &p);
			break;
		case 0x0a:
			desc->stencil_format = read_depth_format(list, &p);
			break;
		case 0x0b:
			desc->topology =
				(uint8_t)limited(list, &p, 3, "unknown primitive topology");
			break;
		case 0x0c:
			desc->tessellation.partition =
				(uint8_t)limited(list, &p, 3, "unknown tessellation partition");
			break;
		case 0x0d:
			desc->tessellation.max_factor =
				(uint16_t)limited(list, &p, 64, "tessellation factor above 64");
			break;
		case 0x0e:
			desc->tessellation.scale = p.value != 0;
			break;
		case 0x0f:
			desc->tessellation.factor_format =
				(uint8_t)limited(list, &p, 0, "unknown tessellation factor format");
			break;
		case 0x10:
			desc->tessellation.control_point_index =
				(uint8_t)limited(list, &p, 2, "unknown control point index type");
			break;
		case 0x11:
			desc->tessellation.factor_step =
				(uint8_t)limited(list, &p, 3, "unknown tessellation step function");
			break;
		case 0x12:
			desc->tessellation.winding =
				(uint8_t)limited(list, &p, 1, "unknown winding");
			break;
		default:
			unknown(list, PVG_PLACE_RENDER, &p);
			break;
		}
	}
	if (list->pipeline->vertex == 0) {
		fail(list, "no vertex function");
	}
	if (desc->samples != 1 && desc->samples != 2 && desc->samples != 4 && desc->samples != 8) {
		fail(list, "sample count");
	}
	if (input != 0) {
		read_input(list, input, false, &desc->input);
	}
	if (colors != 0) {
		struct array array = array_at(list, colors, PVG_GPU_COLORS);
		for (uint32_t i = 0; i < array.count && list->why == NULL; i++) {
			read_color(list, array_entry(list, &array, i), i, desc);
		}
	}
}

static void read_compute(struct plist *list) {
	struct entry entry = entry_at(list, 0);
	uint64_t input = 0;
	struct property p;

	while (next_property(list, &entry, &p)) {
		switch (p.tag) {
		case 0x00:
			list->pipeline->kernel = limited(list, &p, UINT32_MAX, "function ref");
			break;
		case 0x01: // a promise about sizes that changes nothing here
		case 0x02: // label
			break;
		case 0x03:
			input = p.value;
			break;
		default:
			unknown(list, PVG_PLACE_COMPUTE, &p);
			break;
		}
	}
	if (list->pipeline->kernel == 0) {
		fail(list, "no function");
	}
	if (input != 0) {
		read_input(list, input, true, &list->pipeline->stage_in);
	}
}

static const char *parse(struct pvg_pipeline *pipeline, const uint8_t *bytes, size_t size_bytes,
	uint32_t kind, void (*read)(struct plist *list)) {
	struct pvg_cursor c = pvg_cursor_init(bytes, size_bytes);
	bool right = pvg_rd32(&c) == kind;
	uint32_t length = pvg_rd32(&c);

	*pipeline = (struct pvg_pipeline){ 0 };
	pvg_rd_skip(&c, 4); // own ref
	uint32_t payload_bytes = pvg_rd32(&c);
	if (c.failed || !right || length != size_bytes) {
		return "record and descriptor disagree";
	}
	if (payload_bytes > size_bytes - HEAD_BYTES) {
		return "payload longer than the record";
	}
	struct plist list = {
		.bytes = bytes + HEAD_BYTES,
		.size_bytes = payload_bytes,
		.pipeline = pipeline,
	};
	read(&list);
	return list.why;
}

const char *pvg_render_pipeline_parse(struct pvg_pipeline *pipeline, const uint8_t *bytes,
	size_t size_bytes) {
	return parse(pipeline, bytes, size_bytes, KIND_RENDER, read_render);
}

const char *pvg_compute_pipeline_parse(struct pvg_pipeline *pipeline, const uint8_t *bytes,
	size_t size_bytes) {
	return parse(pipeline, bytes, size_bytes, KIND_COMPUTE, read_compute);
}
