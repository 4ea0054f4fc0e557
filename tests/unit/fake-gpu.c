// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <pvg/format.h>

#include "fake-gpu.h"

struct pvg_gpu_sampler {
	int unused;
};
struct pvg_gpu_pipeline {
	struct pvg_gpu_pipeline_info info;
};

static struct fake_gpu *of(struct pvg_renderer *renderer) {
	return (struct fake_gpu *)renderer;
}

static uint32_t edge(uint32_t size, uint32_t level) {
	return size >> level != 0 ? size >> level : 1;
}

struct part {
	uint8_t *bytes;
	uint64_t row, plane; // bytes
	uint32_t rows, depth;
};

static struct part part_of(const struct pvg_gpu_image *image, uint32_t level, uint32_t slice) {
	const struct pvg_format *format = pvg_format_get(image->desc.format);
	struct part part = {
		.row = pvg_format_row_bytes(format, edge(image->desc.width, level)),
		.rows = pvg_format_rows(format, edge(image->desc.height, level)),
		.depth = edge(image->desc.depth, level),
	};
	assert_true(level < image->desc.levels && slice < image->slices);
	part.plane = part.row * part.rows;
	part.bytes = image->parts[level] + part.plane * part.depth * slice;
	return part;
}

uint8_t *fake_gpu_texel(const struct pvg_gpu_image *image, uint32_t level, uint32_t slice,
	uint32_t x, uint32_t y) {
	const struct pvg_format *format = pvg_format_get(image->desc.format);
	struct part part = part_of(image, level, slice);
	return part.bytes + part.row * y + (uint64_t)x * format->block_bytes;
}

/* ---- handles --------------------------------------------------------------------------------- */

static uint32_t format_caps(struct pvg_renderer *renderer, uint16_t format) {
	const struct pvg_format *f = pvg_format_get(format);
	uint32_t caps = f == NULL || f->kind == PVG_FORMAT_PVRTC ? 0 : 0x7f;
	return caps & ~of(renderer)->format_lacks;
}

static struct pvg_gpu_buffer *buffer_create(struct pvg_renderer *renderer, uint64_t size_bytes,
	uint32_t usage) {
	if (of(renderer)->refuse_buffers) {
		return NULL;
	}
	struct pvg_gpu_buffer *buffer = calloc(1, sizeof(*buffer));
	assert_non_null(buffer);
	buffer->map = calloc(1, size_bytes);
	assert_non_null(buffer->map);
	buffer->size_bytes = size_bytes;
	buffer->usage = usage;
	of(renderer)->buffers++;
	return buffer;
}

static void buffer_destroy(struct pvg_renderer *renderer, struct pvg_gpu_buffer *buffer) {
	free(buffer->map);
	free(buffer);
	of(renderer)->buffers--;
}

static struct pvg_gpu_image *image_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc) {
	if (of(renderer)->refuse_images) {
		return NULL;
	}
	struct pvg_gpu_image *image = calloc(1, sizeof(*image));
	assert_non_null(image);
	image->desc = *desc;
	bool cube = desc->kind == PVG_GPU_CUBE || desc->kind == PVG_GPU_CUBE_ARRAY;
	image->slices = (uint32_t)desc->layers * (cube ? 6 : 1);
	for (uint32_t level = 0; level < desc->levels; level++) {
		struct part part = part_of(image, level, 0);
		image->parts[level] = calloc(image->slices, part.plane * part.depth);
		assert_non_null(image->parts[level]);
	}
	of(renderer)->images++;
	of(renderer)->images_made++;
	return image;
}

// Memory of the rig's (rig.c): the pointer is in the modifier, rows are tight.
static struct pvg_gpu_image *image_import(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc, const struct pvg_gpu_dmabuf *dmabuf) {
	if (of(renderer)->refuse_imports) {
		return NULL;
	}
	struct pvg_gpu_image *image = calloc(1, sizeof(*image));
	assert_non_null(image);
	assert_true(desc->kind == PVG_GPU_2D && desc->levels == 1 && desc->layers == 1);
	assert_true(desc->width == dmabuf->width && desc->height == dmabuf->height);
	image->desc = *desc;
	image->slices = 1;
	image->parts[0] = (uint8_t *)(uintptr_t)dmabuf->modifier;
	image->imported = true;
	of(renderer)->images++;
	of(renderer)->imports++;
	return image;
}

static void image_destroy(struct pvg_renderer *renderer, struct pvg_gpu_image *image) {
	for (uint32_t level = 0; level < image->desc.levels && !image->imported; level++) {
		free(image->parts[level]);
	}
	free(image);
	of(renderer)->images--;
}

static uint64_t image_bytes(struct pvg_renderer *renderer, const struct pvg_gpu_image *image) {
	uint64_t bytes = 0;
	for (uint32_t level = 0; level < image->desc.levels; level++) {
		struct part part = part_of(image, level, 0);
		bytes += part.plane * part.depth * image->slices * image->desc.samples;
	}
	return bytes;
}

static struct pvg_gpu_view *view_create(struct pvg_renderer *renderer, struct pvg_gpu_image *image,
	const struct pvg_gpu_view_desc *desc) {
	struct pvg_gpu_view *view = calloc(1, sizeof(*view));
	assert_non_null(view);
	assert_true(desc->first_level + desc->levels <= image->desc.levels);
	assert_true(desc->first_slice + desc->slices <= image->slices);
	view->image = image;
	view->desc = *desc;
	of(renderer)->view = *desc;
	of(renderer)->views++;
	return view;
}

static void view_destroy(struct pvg_renderer *renderer, struct pvg_gpu_view *view) {
	(void)view->image->desc.kind; // the image outlives its views
	free(view);
	of(renderer)->views--;
}

static struct pvg_gpu_sampler *sampler_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_sampler_desc *desc) {
	of(renderer)->sampler = *desc;
	of(renderer)->samplers++;
	return calloc(1, sizeof(struct pvg_gpu_sampler));
}

static void sampler_destroy(struct pvg_renderer *renderer, struct pvg_gpu_sampler *sampler) {
	free(sampler);
	of(renderer)->samplers--;
}

static struct pvg_gpu_pipeline *pipeline_create(struct fake_gpu *gpu) {
	gpu->pipelines++;
	gpu->pipelines_made++;
	return calloc(1, sizeof(struct pvg_gpu_pipeline));
}

static struct pvg_gpu_pipeline *render_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_render_desc *desc) {
	struct fake_gpu *gpu = of(renderer);
	gpu->render = *desc;
	gpu->library_bytes = desc->vertex.library_bytes + desc->fragment.library_bytes;
	gpu->render.vertex.library = gpu->render.fragment.library = NULL;
	return pipeline_create(gpu);
}

static struct pvg_gpu_pipeline *compute_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_compute_desc *desc) {
	of(renderer)->library_bytes = desc->kernel.library_bytes;
	return pipeline_create(of(renderer));
}

static void pipeline_destroy(struct pvg_renderer *renderer, struct pvg_gpu_pipeline *pipeline) {
	free(pipeline);
	of(renderer)->pipelines--;
}

static enum pvg_gpu_status pipeline_status(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const char **why) {
	return PVG_GPU_READY;
}

static const struct pvg_gpu_pipeline_info *pipeline_info(struct pvg_renderer *renderer,
	const struct pvg_gpu_pipeline *pipeline) {
	return &pipeline->info;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static uint8_t *at(const struct pvg_gpu_span *span, uint64_t offset, uint64_t size_bytes) {
	assert_true(span->offset_bytes <= span->buffer->size_bytes);
	assert_true(offset + size_bytes <= span->buffer->size_bytes - span->offset_bytes);
	return span->buffer->map + span->offset_bytes + offset;
}

static void transfer(struct fake_gpu *gpu, const struct pvg_gpu_transfer *t, bool upload) {
	const struct pvg_format *format = pvg_format_get(t->at.image->desc.format);
	struct part part = part_of(t->at.image, t->at.level, t->at.slice);
	uint64_t row_bytes = pvg_format_row_bytes(format, t->width);
	uint32_t first = t->at.y / format->block_height;
	uint64_t left = (uint64_t)(t->at.x / format->block_width) * format->block_bytes;
	uint32_t rows = pvg_format_rows(format, t->height);

	assert_int_equal(t->at.y % format->block_height, 0);
	assert_true(left + row_bytes <= part.row && first + rows <= part.rows);
	assert_true(t->at.z + t->depth <= part.depth);
	for (uint32_t z = 0; z < t->depth; z++) {
		for (uint32_t y = 0; y < rows; y++) {
			uint8_t *bytes =
				at(&t->span, t->image_bytes * z + t->row_bytes * y, row_bytes);
			uint8_t *texels = part.bytes + part.plane * (t->at.z + z) +
				part.row * (first + y) + left;
			memcpy(upload ? texels : bytes, upload ? bytes : texels, row_bytes);
		}
	}
	if (upload) {
		gpu->uploaded_bytes += row_bytes * rows * t->depth;
	}
}

static void fill_buffer(const struct pvg_gpu_span *span, uint32_t pattern) {
	uint8_t *bytes = at(span, 0, span->size_bytes);
	for (uint64_t i = 0; i < span->size_bytes; i++) {
		bytes[i] = (uint8_t)(pattern >> 8 * (i % 4));
	}
}

static void fill_image(const struct pvg_gpu_fill_image *fill) {
	const struct pvg_format *format = pvg_format_get(fill->at.image->desc.format);
	for (uint32_t y = 0; y < fill->height; y++) {
		for (uint32_t x = 0; x < fill->width; x++) {
			memcpy(fake_gpu_texel(fill->at.image, fill->at.level, fill->at.slice,
				       fill->at.x + x, fill->at.y + y),
				fill->texel, format->block_bytes);
		}
	}
}

static void copy_image(const struct pvg_gpu_copy_image *copy) {
	const struct pvg_format *format = pvg_format_get(copy->from.image->desc.format);
	for (uint32_t y = 0; y < copy->height; y++) {
		for (uint32_t x = 0; x < copy->width; x++) {
			memcpy(fake_gpu_texel(copy->to.image, copy->to.level, copy->to.slice,
				       copy->to.x + x, copy->to.y + y),
				fake_gpu_texel(copy->from.image, copy->from.level, copy->from.slice,
					copy->from.x + x, copy->from.y + y),
				format->block_bytes);
		}
	}
}

static void submit(struct pvg_renderer *renderer, const struct pvg_gpu_list *list,
	uint64_t serial) {
	struct fake_gpu *gpu = of(renderer);
	assert_true(serial > gpu->submitted);
	gpu->submitted = serial;
	for (size_t i = 0; i < list->count; i++) {
		const struct pvg_gpu_cmd *cmd = &list->cmds[i];
		gpu->commands[cmd->op]++;
		switch (cmd->op) {
		case PVG_GPU_OP_UPLOAD:
		case PVG_GPU_OP_READ:
			transfer(gpu, cmd->transfer, cmd->op == PVG_GPU_OP_UPLOAD);
			break;
		case PVG_GPU_OP_COPY_BUFFER:
			memmove(at(&cmd->copy_buffer->to, 0, cmd->copy_buffer->to.size_bytes),
				at(&cmd->copy_buffer->from, 0, cmd->copy_buffer->to.size_bytes),
				cmd->copy_buffer->to.size_bytes);
			break;
		case PVG_GPU_OP_COPY_IMAGE:
			copy_image(cmd->copy_image);
			break;
		case PVG_GPU_OP_FILL_BUFFER:
			fill_buffer(&cmd->fill_buffer.span, cmd->fill_buffer.pattern);
			break;
		case PVG_GPU_OP_FILL_IMAGE:
			fill_image(cmd->fill_image);
			break;
		default:
			fail_msg("command %d", cmd->op);
		}
	}
	if (!gpu->held) {
		gpu->completed = serial;
	}
}

static uint64_t completed(struct pvg_renderer *renderer) {
	return of(renderer)->lost ? of(renderer)->submitted : of(renderer)->completed;
}

static int fence(struct pvg_renderer *renderer, uint64_t serial) {
	assert_true(serial <= of(renderer)->submitted);
	return of(renderer)->has_fences && serial > of(renderer)->completed ? dup(2) : -1;
}

static bool is_lost(struct pvg_renderer *renderer) {
	return of(renderer)->lost;
}

static int fd(struct pvg_renderer *renderer) {
	return -1;
}

static void dispatch(struct pvg_renderer *renderer) {
}

static const struct pvg_renderer_ops ops = {
	.format_caps = format_caps,
	.buffer_create = buffer_create,
	.buffer_destroy = buffer_destroy,
	.image_create = image_create,
	.image_import = image_import,
	.image_destroy = image_destroy,
	.image_bytes = image_bytes,
	.view_create = view_create,
	.view_destroy = view_destroy,
	.sampler_create = sampler_create,
	.sampler_destroy = sampler_destroy,
	.render_pipeline_create = render_pipeline_create,
	.compute_pipeline_create = compute_pipeline_create,
	.pipeline_destroy = pipeline_destroy,
	.pipeline_status = pipeline_status,
	.pipeline_info = pipeline_info,
	.submit = submit,
	.completed = completed,
	.fence = fence,
	.is_lost = is_lost,
	.fd = fd,
	.dispatch = dispatch,
};

void fake_gpu_init(struct fake_gpu *gpu) {
	*gpu = (struct fake_gpu){
		.renderer = {
			.ops = &ops,
			.caps = {
				.name = "fake",
				.max_samples = 4,
				.max_colors = PVG_GPU_COLORS,
				.max_size_2d = 16384,
				.max_size_3d = 2048,
				.max_layers = 2048,
				.max_attribute_stride = 2048,
				.dmabuf_import = true,
			},
		},
	};
}

void fake_gpu_finish(struct fake_gpu *gpu) {
	assert_int_equal(gpu->buffers, 0);
	assert_int_equal(gpu->images, 0);
	assert_int_equal(gpu->views, 0);
	assert_int_equal(gpu->samplers, 0);
	assert_int_equal(gpu->pipelines, 0);
}

void fake_gpu_complete(struct fake_gpu *gpu) {
	gpu->completed = gpu->submitted;
}
