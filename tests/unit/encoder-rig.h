// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device with the null renderer, a task with buffers, textures and pipelines, and every list it
 * submits as text: one word a command, so that a test says exactly what a stream becomes.
 */
#ifndef TESTS_UNIT_ENCODER_RIG_H
#define TESTS_UNIT_ENCODER_RIG_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "enc/pipeline.h"
#include "enc/record.h"
#include "exec-rig.h"
#include "render/null/null.h"

#define DATA_GVA 0x4000000u // buffers and textures
#define DATA_GPA 0x2000000u
#define UNIFORMS_GPA (DATA_GPA + 0x20000u) // of the buffer UNIFORMS
#define DATA_BYTES 0x1000000u
#define DESC_GVA 0xf00000u
#define DESC_GPA 0x2e0000u
#define DESC_BYTES 0x10000u

enum ref { // objects of the task, all declared by encoder_setup
	VERTICES = 10, // buffers of 64 KiB, 0x10000 apart in DATA
	INDICES = 11,
	UNIFORMS = 12,
	OUTPUT = 13,
	ARGUMENTS = 14,
	TARGET = 20,   // textures of 64x64, BGRA8
	SOURCE = 21,   // with 7 levels
	DEPTH = 22,    // Depth32Float
	ARRAY = 23,    // four slices
	SAMPLES = 24,  // 4 samples
	VOLUME = 25,   // 3D, 8 planes
	OTHER = 26,    // like TARGET
	DRAW_PLAIN = 40, // pipelines
	DRAW_TEXTURED = 41,
	DRAW_INPUT = 42,
	DRAW_PATCHES = 43,
	DRAW_SAMPLES = 44,
	KERNEL = 45,
	DRAW_INDEXED_PATCHES = 46,
	FUNCTION = 50,
	SAMPLER = 55,
	DEPTH_STATE = 56,
};

struct encoder_rig {
	struct rig *rig;
	struct pvg_renderer *null;
	char text[16384]; // of all lists since clear_text
	size_t text_bytes;
	const struct pvg_gpu_list *last;
	unsigned int uploads, reads; // of textures, since clear_text
	uint64_t row_bytes;          // of the last upload
	double clear_color[4], clear_depth; // of the last pass, its first colour
	uint32_t clear_stencil;
	struct stream stream;
	bool kernel_stores; // into texture 0: of kernels that are declared from then on
};

/* ---- lists as text --------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static inline void say(struct encoder_rig *e, const char *fmt,
	...) {
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(e->text + e->text_bytes, sizeof(e->text) - e->text_bytes, fmt, args);
	va_end(args);
	e->text_bytes += n > 0 && (size_t)n < sizeof(e->text) - e->text_bytes ? (size_t)n : 0;
}

static inline void say_attachment(struct encoder_rig *e, char name, unsigned int index,
	const struct pvg_gpu_attachment *a) {
	static const char *const loads[] = { "any", "load", "clear" };
	static const char *const stores[] = { "drop", "store", "resolve", "both" };
	if (a->view == NULL) {
		return;
	}
	say(e, " %c%u:%s-%s", name, index, loads[a->load], stores[a->store]);
	if (a->level != 0 || a->slice != 0 || a->plane != 0) {
		say(e, "@%u/%u/%u", a->level, a->slice, a->plane);
	}
	if (a->resolve_inverted) {
		say(e, " inverted");
	}
}

static inline void say_opengl(struct encoder_rig *e, const struct pvg_gpu_opengl *gl) {
	static const char *const restarts[] = { "", " restart=never", " restart=largest",
		" restart=index" };
	say(e, "opengl%s", gl == NULL ? " none" : restarts[gl->restart]);
	if (gl == NULL) {
		return;
	}
	if (gl->restart == PVG_GPU_RESTART_INDEX) {
		say(e, ",%u", gl->restart_index);
	}
	say(e, "%s%s", gl->last_vertex ? " last" : "", gl->window ? " window" : "");
	if (gl->point_size != 0) {
		say(e, " point=%g", (double)gl->point_size);
	}
	if (gl->alpha_reference != 0) {
		say(e, " alpha=%g", (double)gl->alpha_reference);
	}
	if ((gl->biased_samplers[0] | gl->biased_samplers[1]) != 0) {
		say(e, " biased=%x,%x", gl->biased_samplers[0], gl->biased_samplers[1]);
	}
	for (unsigned int i = 0; i < PVG_GPU_CLIP_PLANES; i++) {
		if (gl->clip_planes >> i & 1) {
			say(e, " plane%u=%g,%g,%g,%g", i, (double)gl->planes[i][0],
				(double)gl->planes[i][1], (double)gl->planes[i][2],
				(double)gl->planes[i][3]);
		}
	}
}

static inline void say_command(struct encoder_rig *e, const struct pvg_gpu_cmd *cmd) {
	static const char *const stages[] = { "v", "f", "k" };
	switch (cmd->op) {
	case PVG_GPU_OP_BEGIN_PASS:
		say(e, "begin %ux%u", cmd->pass->width, cmd->pass->height);
		memcpy(e->clear_color, cmd->pass->colors[0].clear.color, sizeof(e->clear_color));
		e->clear_depth = cmd->pass->depth.clear.depth;
		e->clear_stencil = cmd->pass->stencil.clear.stencil;
		if (cmd->pass->layers != 1) {
			say(e, "x%u", cmd->pass->layers);
		}
		for (unsigned int i = 0; i < PVG_GPU_COLORS; i++) {
			say_attachment(e, 'c', i, &cmd->pass->colors[i]);
		}
		say_attachment(e, 'd', 0, &cmd->pass->depth);
		say_attachment(e, 's', 0, &cmd->pass->stencil);
		break;
	case PVG_GPU_OP_END_PASS:
		say(e, "end %u", cmd->stores != NULL ? cmd->stores->colors[0] : 9);
		for (unsigned int i = 1; cmd->stores != NULL && i < PVG_GPU_COLORS; i++) {
			if (cmd->stores->colors[i] >= PVG_GPU_STORE_RESOLVE) {
				say(e, " c%u:%u", i, cmd->stores->colors[i]);
			}
		}
		break;
	case PVG_GPU_OP_PROGRAM:
		say(e, "program");
		break;
	case PVG_GPU_OP_DEPTH_STENCIL:
		say(e, "depth %d", cmd->depth_stencil != NULL ? cmd->depth_stencil->compare : -1);
		break;
	case PVG_GPU_OP_RASTER:
		say(e, "raster cull=%u front=%u fill=%u ref=%u", cmd->raster->cull,
			cmd->raster->front_face, cmd->raster->fill, cmd->raster->stencil_front);
		break;
	case PVG_GPU_OP_OPENGL:
		say_opengl(e, cmd->opengl);
		break;
	case PVG_GPU_OP_VIEWPORTS:
		say(e, "viewports %u %g,%g %gx%g", cmd->viewports.count, cmd->viewports.rects[0].x,
			cmd->viewports.rects[0].y, cmd->viewports.rects[0].width,
			cmd->viewports.rects[0].height);
		break;
	case PVG_GPU_OP_SCISSORS:
		say(e, "scissors %u", cmd->scissors.count);
		if (cmd->scissors.count > 0) {
			say(e, " %u,%u %ux%u", cmd->scissors.rects[0].x, cmd->scissors.rects[0].y,
				cmd->scissors.rects[0].width, cmd->scissors.rects[0].height);
		}
		break;
	case PVG_GPU_OP_BUFFER:
		say(e, "%sbuffer%u %" PRIu64 "%s", stages[cmd->buffer.stage], cmd->buffer.slot,
			cmd->buffer.span.size_bytes, cmd->buffer.written ? "w" : "");
		if (cmd->buffer.has_stride) {
			say(e, " stride=%u", cmd->buffer.stride_bytes);
		}
		break;
	case PVG_GPU_OP_TEXTURE:
		say(e, "%stexture%u%s", stages[cmd->texture.stage], cmd->texture.slot,
			cmd->texture.view == NULL ? " none" : "");
		break;
	case PVG_GPU_OP_SAMPLER:
		say(e, "%ssampler%u%s", stages[cmd->sampler.stage], cmd->sampler.slot,
			cmd->sampler.sampler == NULL ? " none" : "");
		if (cmd->sampler.has_lod) {
			say(e, " lod=%g..%g", (double)cmd->sampler.lod_min,
				(double)cmd->sampler.lod_max);
		}
		if (cmd->sampler.lod_bias != 0) {
			say(e, " bias=%g", (double)cmd->sampler.lod_bias);
		}
		break;
	case PVG_GPU_OP_VISIBILITY:
		say(e, "visibility %u", cmd->visibility.mode);
		break;
	case PVG_GPU_OP_DRAW:
		say(e, "draw%u i%u %u+%u x%u base %d,%u%s", cmd->draw->primitive,
			cmd->draw->index_size, cmd->draw->first, cmd->draw->count,
			cmd->draw->instances, cmd->draw->base_vertex, cmd->draw->base_instance,
			cmd->draw->indirect.buffer != NULL ? " indirect" : "");
		break;
	case PVG_GPU_OP_PATCHES:
		say(e, "patches %u+%u x%u cps=%u%s%s", cmd->patches->first, cmd->patches->count,
			cmd->patches->instances, cmd->patches->control_points,
			cmd->patches->patch_indices.buffer != NULL ? " patch-indices" : "",
			cmd->patches->control_point_indices.buffer != NULL ? " indices" : "");
		break;
	case PVG_GPU_OP_DISPATCH:
		say(e, "dispatch %ux%ux%u%s%s", cmd->dispatch->grid[0], cmd->dispatch->grid[1],
			cmd->dispatch->grid[2], cmd->dispatch->exact ? " exact" : "",
			cmd->dispatch->indirect.buffer != NULL ? " indirect" : "");
		break;
	case PVG_GPU_OP_BARRIER:
		say(e, "barrier");
		break;
	case PVG_GPU_OP_TEXTURE_BARRIER:
		say(e, "texture-barrier");
		break;
	case PVG_GPU_OP_UPLOAD:
	case PVG_GPU_OP_READ:
		say(e, "%s %u,%u,%u %ux%ux%u @%u/%u",
			cmd->op == PVG_GPU_OP_READ ? "read" : "upload", cmd->transfer->at.x,
			cmd->transfer->at.y, cmd->transfer->at.z, cmd->transfer->width,
			cmd->transfer->height, cmd->transfer->depth, cmd->transfer->at.level,
			cmd->transfer->at.slice);
		break;
	case PVG_GPU_OP_COPY_BUFFER:
		say(e, "copy-buffer %" PRIu64, cmd->copy_buffer->from.size_bytes);
		break;
	case PVG_GPU_OP_COPY_IMAGE:
		say(e, "copy-image %u,%u,%u@%u/%u to %u,%u,%u@%u/%u %ux%ux%u",
			cmd->copy_image->from.x, cmd->copy_image->from.y, cmd->copy_image->from.z,
			cmd->copy_image->from.level, cmd->copy_image->from.slice,
			cmd->copy_image->to.x, cmd->copy_image->to.y, cmd->copy_image->to.z,
			cmd->copy_image->to.level, cmd->copy_image->to.slice,
			cmd->copy_image->width, cmd->copy_image->height, cmd->copy_image->depth);
		break;
	case PVG_GPU_OP_FILL_BUFFER:
		say(e, "fill-buffer %" PRIu64 " %08x", cmd->fill_buffer.span.size_bytes,
			cmd->fill_buffer.pattern);
		break;
	case PVG_GPU_OP_FILL_IMAGE:
		say(e, "fill-image %ux%ux%u %02x%02x%02x%02x", cmd->fill_image->width,
			cmd->fill_image->height, cmd->fill_image->depth, cmd->fill_image->texel[0],
			cmd->fill_image->texel[1], cmd->fill_image->texel[2],
			cmd->fill_image->texel[3]);
		break;
	case PVG_GPU_OP_MIPMAPS:
		say(e, "mipmaps");
		break;
	}
	say(e, "\n");
}

// Uploads and the copies behind written buffers are another part's business, unless asked for.
static inline bool is_transfer(const struct pvg_gpu_cmd *cmd) {
	return cmd->op == PVG_GPU_OP_UPLOAD || cmd->op == PVG_GPU_OP_COPY_BUFFER ||
		cmd->op == PVG_GPU_OP_READ;
}

static inline void on_list(void *data, const struct pvg_gpu_list *list, uint64_t serial) {
	struct encoder_rig *e = data;
	for (size_t i = 0; i < list->count; i++) {
		e->uploads += list->cmds[i].op == PVG_GPU_OP_UPLOAD;
		e->reads += list->cmds[i].op == PVG_GPU_OP_READ;
		if (list->cmds[i].op == PVG_GPU_OP_UPLOAD) {
			e->row_bytes = list->cmds[i].transfer->row_bytes;
		}
		if (!is_transfer(&list->cmds[i])) {
			say_command(e, &list->cmds[i]);
		}
	}
}

static inline void clear_text(struct encoder_rig *e) {
	e->text_bytes = 0;
	e->text[0] = '\0';
	e->uploads = e->reads = 0;
}

/* ---- objects --------------------------------------------------------------------------------- */

struct bytes {
	uint8_t at[1024];
	uint32_t size;
};

static inline void add(struct bytes *b, uint64_t value, uint32_t size) {
	for (uint32_t i = 0; i < size; i++) {
		b->at[b->size++] = (uint8_t)(value >> 8 * i);
	}
}

static inline void declare(struct rig *rig, uint32_t ref, uint8_t type, const struct bytes *b) {
	rig_object(rig, 1, ref, type, DESC_GVA + ref * 512, b->at, b->size);
}

static inline void declare_buffer(struct rig *rig, uint32_t ref, uint32_t offset, uint32_t size) {
	struct bytes b = { .size = 0 };
	add(&b, size, 8);
	add(&b, (DATA_GVA + offset) >> 12, 8);
	declare(rig, ref, 1, &b);
}

struct shape {
	uint8_t type, levels, samples, layers;
	uint16_t format;
	uint32_t width, height, depth;
};

static inline void add_narrow(struct bytes *b, const struct shape *s) {
	add(b, s->type | 0x40u | 7u << 8 | (uint32_t)s->format << 16, 4);
	add(b, s->width, 4);
	add(b, s->height, 4);
	add(b, s->depth, 4);
	add(b, s->levels, 2);
	add(b, s->samples, 2);
	add(b, s->layers, 2);
	add(b, 0, 2);
	add(b, 0, 8);
}

// A type-2 texture; blocks are of 4x4 texels when they are larger than 4 bytes.
static inline void declare_blocks(struct rig *rig, uint32_t ref, uint32_t offset,
	const struct shape *s, uint32_t block_bytes) {
	uint32_t edge = block_bytes > 4 ? 4 : 1;
	uint32_t at = 0, sizes[16], strides[16];
	for (uint32_t i = 0; i < s->levels; i++) {
		uint32_t w = s->width >> i != 0 ? s->width >> i : 1;
		uint32_t h = s->height >> i != 0 ? s->height >> i : 1;
		uint32_t d = s->depth >> i != 0 ? s->depth >> i : 1;
		strides[i] = ((w + edge - 1) / edge * block_bytes + 63) & ~63u;
		sizes[i] = strides[i] * ((h + edge - 1) / edge) * d * s->samples;
		at += sizes[i];
	}
	struct bytes b = { .size = 0 };
	add(&b, (uint64_t)at * s->layers, 8);
	add(&b, (DATA_GVA + offset) >> 12, 4);
	add(&b, s->levels, 2);
	add(&b, s->layers, 2);
	add(&b, 0, 8);
	add(&b, at, 8);
	add(&b, 0, 3);
	add(&b, block_bytes, 1);
	at = 0;
	for (uint32_t i = 0; i < s->levels; at += sizes[i], i++) {
		add(&b, at, 8);
		add(&b, sizes[i], 8);
		add(&b, strides[i], 8);
		add(&b, s->width >> i != 0 ? s->width >> i : 1, 4);
		add(&b, s->height >> i != 0 ? s->height >> i : 1, 4);
		add(&b, s->depth >> i != 0 ? s->depth >> i : 1, 4);
	}
	add(&b, 1, 4);
	add(&b, 44, 4);
	add(&b, ref, 4);
	add_narrow(&b, s);
	declare(rig, ref, 2, &b);
}

static inline void declare_texture(struct rig *rig, uint32_t ref, uint32_t offset,
	const struct shape *s) {
	declare_blocks(rig, ref, offset, s, 4);
}

static inline void declare_pipeline(struct rig *rig, uint32_t ref, uint32_t samples,
	uint32_t depth_format, bool input) {
	struct bytes b = { .size = 0 };
	struct pvg_enc_render_pipeline p = {
		.object_ref = ref,
		.vertex_function = FUNCTION,
		.fragment_function = FUNCTION,
		.sample_count = samples,
		.depth_format = depth_format,
		.colour_count = 1,
		.colours = { { 0, 80, false, 1, 0, 0, 1, 0, 0, 0xf } },
		.control_point_index = ref == DRAW_INDEXED_PATCHES ? 1 : 0,
	};
	if (input) {
		p.attribute_count = 2;
		p.attributes[0] = (struct pvg_enc_attribute){ 0, 30, 0, 0 }; // float3 of buffer 0
		p.attributes[1] = (struct pvg_enc_attribute){ 1, 31, 0, 1 }; // float4 of buffer 1
		p.layout_count = 2;
		p.layouts[0] = (struct pvg_enc_layout){ 0, 1, 1, 16 };
		p.layouts[1] = (struct pvg_enc_layout){ 1, 2, 1, 16 }; // per instance
	}
	b.size = pvg_enc_render_pipeline(&p, b.at, sizeof(b.at));
	declare(rig, ref, 7, &b);
}

static inline void declare_kernel(struct rig *rig, uint32_t ref) {
	struct bytes b = { .size = 0 };
	const struct pvg_enc_compute_pipeline kernel = { .object_ref = ref, .function = FUNCTION };
	b.size = pvg_enc_compute_pipeline(&kernel, b.at, sizeof(b.at));
	declare(rig, ref, 7, &b);
}

// What the functions of each pipeline use: told by sample count and inputs, null reads no code.
static inline void on_use(void *data, const struct pvg_gpu_render_desc *render,
	const struct pvg_gpu_compute_desc *compute, struct pvg_gpu_pipeline_info *info) {
	if (compute != NULL) {
		struct pvg_gpu_stage_use *kernel = &info->stage[PVG_GPU_KERNEL];
		kernel->buffers = 3; // 0 is read, 1 is written
		kernel->buffers_written = 2;
		kernel->buffer_bytes[0] = 16;
		if (((struct encoder_rig *)data)->kernel_stores) {
			kernel->textures[0] = kernel->textures_written[0] = 1;
		}
		info->max_threads = 512;
		info->execution_width = 16;
		info->static_threadgroup_bytes = 4096;
		return;
	}
	// The depth format tells the pipelines apart.
	if (render->depth_format == 252) { // DRAW_TEXTURED
		info->stage[PVG_GPU_VERTEX].buffers = 1;
		info->stage[PVG_GPU_VERTEX].buffer_bytes[0] = 64;
		info->stage[PVG_GPU_FRAGMENT].textures[0] = 1;
		info->stage[PVG_GPU_FRAGMENT].samplers = 1;
	} else if (render->depth_format == 260) { // DRAW_PATCHES
		info->tessellates = true;
	}
}

static inline int encoder_setup(void **state) {
	struct encoder_rig *e = calloc(1, sizeof(*e));
	const struct pvg_null_hooks hooks = { .data = e, .use = on_use, .list = on_list };
	assert_non_null(e);
	e->rig = rig_create_bare(1);
	e->null = pvg_null_create(&hooks);
	pvg_device_set_renderer(e->rig->device, e->null);
	rig_attach(e->rig);
	rig_define_task(e->rig, 1);
	rig_map(e->rig, 1, CB_GVA, CB_GPA, CB_MAPPED);
	rig_map(e->rig, 1, DATA_GVA, DATA_GPA, DATA_BYTES);
	rig_map(e->rig, 1, DESC_GVA, DESC_GPA, DESC_BYTES);
	for (uint32_t i = 0; i < 5; i++) {
		declare_buffer(e->rig, VERTICES + i, i * 0x10000, 0x10000);
	}
	const struct shape plain = { 2, 1, 1, 1, 80, 64, 64, 1 };
	const struct shape pyramid = { 2, 7, 1, 1, 80, 64, 64, 1 };
	const struct shape depth = { 2, 1, 1, 1, 252, 64, 64, 1 };
	const struct shape array = { 3, 1, 1, 4, 80, 64, 64, 1 };
	const struct shape volume = { 7, 1, 1, 1, 80, 64, 64, 8 };
	const struct shape samples = { 4, 1, 4, 1, 80, 64, 64, 1 };
	declare_texture(e->rig, TARGET, 0x100000, &plain);
	declare_texture(e->rig, SOURCE, 0x110000, &pyramid);
	declare_texture(e->rig, DEPTH, 0x120000, &depth);
	declare_texture(e->rig, ARRAY, 0x130000, &array);
	declare_texture(e->rig, SAMPLES, 0x150000, &samples);
	declare_texture(e->rig, VOLUME, 0x170000, &volume);
	declare_texture(e->rig, OTHER, 0x1a0000, &plain);
	declare_pipeline(e->rig, DRAW_PLAIN, 1, 0, false);
	declare_pipeline(e->rig, DRAW_TEXTURED, 1, 252, false);
	declare_pipeline(e->rig, DRAW_INPUT, 1, 0, true);
	declare_pipeline(e->rig, DRAW_PATCHES, 1, 260, true);
	declare_pipeline(e->rig, DRAW_INDEXED_PATCHES, 1, 260, true);
	declare_pipeline(e->rig, DRAW_SAMPLES, 4, 0, false);
	declare_kernel(e->rig, KERNEL);
	struct bytes b = { .size = 0 };
	add(&b, DATA_GVA + 0x200000, 8);
	add(&b, 64, 4);
	add(&b, 0, 8);
	add(&b, 1, 4);
	declare(e->rig, FUNCTION, 6, &b);
	memcpy(e->rig->ram + DATA_GPA + 0x200000, "MTLB", 4);
	static const uint16_t states[][3] = { { 0x03, 36, SAMPLER }, { 0x04, 40, DEPTH_STATE } };
	for (unsigned int i = 0; i < 2; i++) {
		const struct pvg_enc_values values = { 0 };
		b.size = pvg_enc_encode(pvg_enc_find(&pvg_enc_object_table, states[i][0]), &values,
			b.at, sizeof(b.at));
		assert_int_equal(b.size, states[i][1]);
		declare(e->rig, states[i][2], 7, &b);
	}
	*state = e;
	return 0;
}

static inline int encoder_teardown(void **state) {
	struct encoder_rig *e = *state;
	const struct pvg_null_stats *stats = pvg_null_stats(e->null);
	if (stats->errors != 0) {
		fail_msg("%llu broken commands, first: %s", (unsigned long long)stats->errors,
			stats->first_error);
	}
	rig_destroy(e->rig);
	assert_int_equal(stats->buffers + stats->images + stats->views + stats->samplers +
			stats->pipelines,
		0);
	e->null->ops->destroy(e->null);
	free(e);
	return 0;
}

/* ---- streams --------------------------------------------------------------------------------- */

// A record with named fields: FIELD, value pairs; the rest as the samples say.
struct field {
	const char *name;
	uint64_t value;
};

static inline void put_record(struct encoder_rig *e, const struct pvg_enc_table *table,
	const char *name, const struct field *fields, size_t count, uint32_t elements,
	const uint64_t *array) {
	const struct pvg_enc_record *record = NULL;
	uint64_t head[192];
	for (size_t i = 0; i < table->count; i++) {
		if (strcmp(table->records[i].name, name) == 0) {
			record = &table->records[i];
		}
	}
	if (record == NULL) {
		fail_msg("no record %s", name);
	}
	assert_true(record->field_count <= 192);
	for (unsigned int i = 0; i < record->field_count; i++) {
		head[i] = record->fields[i].sample;
	}
	for (size_t k = 0; k < count; k++) {
		unsigned int i = 0;
		while (i < record->field_count &&
			strcmp(record->fields[i].name, fields[k].name) != 0) {
			i++;
		}
		if (i == record->field_count) {
			fail_msg("%s has no field %s", name, fields[k].name);
		}
		head[i] = fields[k].value;
	}
	const struct pvg_enc_values values = {
		.head = head,
		.arrays = { array },
		.elements = { elements },
		.unwritten = 0xcb,
	};
	struct stream *s = &e->stream;
	uint32_t size = pvg_enc_encode(record, &values, s->bytes + s->size,
		(uint32_t)sizeof(s->bytes) - s->size);
	assert_true(size > 0);
	s->size += size;
}

#define PUT(e, table, name, ...) \
	put_record((e), &pvg_enc_##table##_table, (name), (const struct field[]){ __VA_ARGS__ }, \
		sizeof((const struct field[]){ __VA_ARGS__ }) / sizeof(struct field), 0, NULL)
#define PUT0(e, table, name) put_record((e), &pvg_enc_##table##_table, (name), NULL, 0, 0, NULL)
#define BIND(e, table, name, first, elements, ...) \
	put_record((e), &pvg_enc_##table##_table, (name), \
		(const struct field[]){ { "first", (first) } }, 1, (elements), \
		(const uint64_t[]){ __VA_ARGS__ })

static inline void begin(struct encoder_rig *e, uint8_t type) {
	segment_begin(&e->stream, type, 0, 0);
}

static inline void end(struct encoder_rig *e) {
	segment_end(&e->stream);
}

// Sends what was put as one command buffer; the packet must be acknowledged.
static inline void run(struct encoder_rig *e) {
	clear_text(e);
	exec(e->rig, &e->stream);
	e->stream.size = 0;
}

// A pass with one colour attachment.
static inline void pass(struct encoder_rig *e, uint32_t texture, uint32_t load, uint32_t store) {
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 },
		{ "colour0.texture", texture }, { "colour0.load", load },
		{ "colour0.store", store }, { "width", 0 }, { "height", 0 });
}

static inline void pipeline(struct encoder_rig *e, uint32_t ref) {
	PUT(e, render, "setRenderPipelineState", { "ref", ref });
}

static inline void draw3(struct encoder_rig *e) {
	PUT(e, render, "drawPrimitives", { "prim", 3 }, { "vstart", 0 }, { "vcount", 3 });
}

#define ASSERT_TEXT(e, expected) assert_string_equal((e)->text, (expected))

#endif
