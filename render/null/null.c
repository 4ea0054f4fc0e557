// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A renderer without a GPU: handles are notes, lists are checked and counted. Copies and fills of
 * buffers are done, so that what the device owes its guest can be followed to the guest's memory.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <pvg/format.h>

#include "private.h"

#define DEAD_KEPT 4096u
#define BUFFER_BYTES_MAX (UINT64_C(1) << 32)

static struct null_renderer *null_of(const struct pvg_renderer *renderer) {
	return (struct null_renderer *)(uintptr_t)renderer;
}

/* ---- handles --------------------------------------------------------------------------------- */

static void free_handle(struct null_handle *handle) {
	if (handle->kind == NULL_BUFFER) {
		struct null_buffer *buffer = (struct null_buffer *)(uintptr_t)((uint8_t *)handle -
			offsetof(struct null_buffer, handle));
		free(buffer->base.map);
		free(buffer);
		return;
	}
	free(handle); // first in all others
}

static void bury(struct null_renderer *null, struct null_handle *handle) {
	handle->alive = false;
	handle->next = NULL;
	*null->dead_end = handle;
	null->dead_end = &handle->next;
	if (++null->dead_count > DEAD_KEPT) {
		struct null_handle *oldest = null->dead;
		null->dead = oldest->next;
		null->dead_count--;
		free_handle(oldest);
	}
}

static struct pvg_gpu_buffer *buffer_create(struct pvg_renderer *renderer, uint64_t size_bytes,
	uint32_t usage) {
	struct null_renderer *null = null_of(renderer);

	if (size_bytes == 0 || size_bytes > BUFFER_BYTES_MAX) {
		return NULL;
	}
	struct null_buffer *buffer = calloc(1, sizeof(*buffer));
	if (buffer == NULL) {
		return NULL;
	}
	buffer->base.map = calloc(1, (size_t)size_bytes);
	if (buffer->base.map == NULL) {
		free(buffer);
		return NULL;
	}
	buffer->base.size_bytes = size_bytes;
	buffer->base.usage = usage;
	buffer->handle = (struct null_handle){ .kind = NULL_BUFFER, .alive = true };
	null->stats.buffers++;
	return &buffer->base;
}

static void buffer_destroy(struct pvg_renderer *renderer, struct pvg_gpu_buffer *buffer) {
	struct null_renderer *null = null_of(renderer);

	if (buffer != NULL) {
		struct null_buffer *whole = (struct null_buffer *)buffer;
		null->stats.buffers--;
		free(whole->base.map); // may be large; only the note stays
		whole->base.map = NULL;
		bury(null, &whole->handle);
	}
}

static uint32_t physical_slices(const struct pvg_gpu_image_desc *desc) {
	uint32_t layers = desc->layers != 0 ? desc->layers : 1;

	return desc->kind == PVG_GPU_CUBE || desc->kind == PVG_GPU_CUBE_ARRAY ? layers * 6 : layers;
}

static struct pvg_gpu_image *image_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc) {
	struct null_renderer *null = null_of(renderer);

	if (pvg_format_get(desc->format) == NULL || desc->width == 0 || desc->height == 0 ||
		desc->depth == 0 || desc->levels == 0 || desc->samples == 0 ||
		desc->width > null->base.caps.max_size_2d ||
		desc->height > null->base.caps.max_size_2d) {
		return NULL;
	}
	struct pvg_gpu_image *image = calloc(1, sizeof(*image));
	if (image == NULL) {
		return NULL;
	}
	image->handle = (struct null_handle){ .kind = NULL_IMAGE, .alive = true };
	image->desc = *desc;
	image->slices = physical_slices(desc);
	null->stats.images++;
	return image;
}

static struct pvg_gpu_image *image_import(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc, const struct pvg_gpu_dmabuf *dmabuf) {
	return NULL;
}

static void image_destroy(struct pvg_renderer *renderer, struct pvg_gpu_image *image) {
	struct null_renderer *null = null_of(renderer);

	if (image == NULL) {
		return;
	}
	if (image->views != 0) {
		null->stats.errors++; // the image must outlive its views
	}
	null->stats.images--;
	bury(null, &image->handle);
}

static uint64_t image_bytes(struct pvg_renderer *renderer, const struct pvg_gpu_image *image) {
	const struct pvg_gpu_image_desc *desc = &image->desc;
	const struct pvg_format *format = pvg_format_get(desc->format);

	return pvg_format_row_bytes(format, desc->width) * pvg_format_rows(format, desc->height) *
		desc->depth * image->slices * desc->samples;
}

static struct pvg_gpu_view *view_create(struct pvg_renderer *renderer, struct pvg_gpu_image *image,
	const struct pvg_gpu_view_desc *desc) {
	struct null_renderer *null = null_of(renderer);

	if (!image->handle.alive || desc->levels == 0 || desc->slices == 0 ||
		desc->first_level + desc->levels > image->desc.levels ||
		(uint32_t)desc->first_slice + desc->slices > image->slices) {
		return NULL;
	}
	struct pvg_gpu_view *view = calloc(1, sizeof(*view));
	if (view == NULL) {
		return NULL;
	}
	view->handle = (struct null_handle){ .kind = NULL_VIEW, .alive = true };
	view->image = image;
	view->desc = *desc;
	image->views++;
	null->stats.views++;
	return view;
}

static void view_destroy(struct pvg_renderer *renderer, struct pvg_gpu_view *view) {
	struct null_renderer *null = null_of(renderer);

	if (view != NULL) {
		view->image->views--;
		null->stats.views--;
		bury(null, &view->handle);
	}
}

static struct pvg_gpu_sampler *sampler_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_sampler_desc *desc) {
	struct null_renderer *null = null_of(renderer);
	struct pvg_gpu_sampler *sampler = calloc(1, sizeof(*sampler));

	if (sampler != NULL) {
		sampler->handle = (struct null_handle){ .kind = NULL_SAMPLER, .alive = true };
		null->stats.samplers++;
	}
	return sampler;
}

static void sampler_destroy(struct pvg_renderer *renderer, struct pvg_gpu_sampler *sampler) {
	struct null_renderer *null = null_of(renderer);

	if (sampler != NULL) {
		null->stats.samplers--;
		bury(null, &sampler->handle);
	}
}

/* ---- pipelines ------------------------------------------------------------------------------- */

static struct pvg_gpu_pipeline *pipeline_create(struct null_renderer *null,
	const struct pvg_gpu_render_desc *render, const struct pvg_gpu_compute_desc *compute) {
	struct pvg_gpu_pipeline *pipeline = calloc(1, sizeof(*pipeline));

	if (pipeline == NULL) {
		return NULL;
	}
	pipeline->handle = (struct null_handle){ .kind = NULL_PIPELINE, .alive = true };
	pipeline->compute = compute != NULL;
	pipeline->built = !null->delay;
	pipeline->failed = null->fail;
	for (unsigned int i = 0; render != NULL && i < PVG_GPU_ATTRIBUTES; i++) {
		const struct pvg_gpu_attribute *attribute = &render->input.attributes[i];
		if (attribute->used) {
			pipeline->info.input_buffers |= 1u << (attribute->buffer & 31);
		}
	}
	pipeline->info.max_threads = 1024;
	pipeline->info.execution_width = 32;
	if (null->hooks.use != NULL) {
		null->hooks.use(null->hooks.data, render, compute, &pipeline->info);
	}
	if (!pipeline->built) {
		pipeline->next_pending = null->pending;
		null->pending = pipeline;
	}
	null->stats.pipelines++;
	return pipeline;
}

static struct pvg_gpu_pipeline *render_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_render_desc *desc) {
	return pipeline_create(null_of(renderer), desc, NULL);
}

static struct pvg_gpu_pipeline *compute_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_compute_desc *desc) {
	return pipeline_create(null_of(renderer), NULL, desc);
}

static void pipeline_destroy(struct pvg_renderer *renderer, struct pvg_gpu_pipeline *pipeline) {
	struct null_renderer *null = null_of(renderer);

	if (pipeline == NULL) {
		return;
	}
	for (struct pvg_gpu_pipeline **at = &null->pending; *at != NULL;
		at = &(*at)->next_pending) {
		if (*at == pipeline) {
			*at = pipeline->next_pending;
			break;
		}
	}
	while (pipeline->programs != NULL) {
		struct pvg_gpu_program *next = pipeline->programs->next;
		bury(null, &pipeline->programs->handle);
		pipeline->programs = next;
	}
	null->stats.pipelines--;
	bury(null, &pipeline->handle);
}

static enum pvg_gpu_status pipeline_status(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const char **why) {
	if (!pipeline->built) {
		return PVG_GPU_PENDING;
	}
	if (pipeline->failed) {
		*why = "the test wants it so";
		return PVG_GPU_FAILED;
	}
	return PVG_GPU_READY;
}

static const struct pvg_gpu_pipeline_info *pipeline_info(struct pvg_renderer *renderer,
	const struct pvg_gpu_pipeline *pipeline) {
	return &pipeline->info;
}

static enum pvg_gpu_status pipeline_prepare(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const struct pvg_gpu_use *use,
	struct pvg_gpu_program **program, const char **why) {
	struct null_renderer *null = null_of(renderer);
	enum pvg_gpu_status status = pipeline_status(renderer, pipeline, why);

	if (status != PVG_GPU_READY) {
		return status;
	}
	struct pvg_gpu_program *found = pipeline->programs;
	while (found != NULL &&
		(found->control_points != use->control_points || found->lines != use->lines ||
			found->gpu_vertices != use->gpu_vertices ||
			found->wide_strides != use->wide_strides ||
			found->opengl != (use->opengl != NULL) ||
			memcmp(found->local_size, use->local_size, sizeof(use->local_size)) != 0 ||
			memcmp(found->pixel_samplers, use->pixel_samplers,
				sizeof(use->pixel_samplers)) != 0)) {
		found = found->next;
	}
	if (found == NULL) {
		found = calloc(1, sizeof(*found));
		if (found == NULL) {
			*why = "no memory";
			return PVG_GPU_FAILED;
		}
		found->handle = (struct null_handle){ .kind = NULL_PROGRAM, .alive = true };
		found->pipeline = pipeline;
		found->control_points = use->control_points;
		found->lines = use->lines;
		found->gpu_vertices = use->gpu_vertices;
		found->wide_strides = use->wide_strides;
		found->opengl = use->opengl != NULL;
		memcpy(found->local_size, use->local_size, sizeof(found->local_size));
		memcpy(found->pixel_samplers, use->pixel_samplers, sizeof(found->pixel_samplers));
		found->next = pipeline->programs;
		pipeline->programs = found;
		null->stats.programs++;
	}
	*program = found;
	return PVG_GPU_READY;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void execute(const struct pvg_gpu_list *list) {
	for (size_t i = 0; i < list->count; i++) {
		const struct pvg_gpu_cmd *cmd = &list->cmds[i];
		if (cmd->op == PVG_GPU_OP_COPY_BUFFER) {
			const struct pvg_gpu_span *from = &cmd->copy_buffer->from;
			const struct pvg_gpu_span *to = &cmd->copy_buffer->to;
			memcpy(to->buffer->map + to->offset_bytes,
				from->buffer->map + from->offset_bytes, (size_t)from->size_bytes);
		} else if (cmd->op == PVG_GPU_OP_FILL_BUFFER) {
			const struct pvg_gpu_span *span = &cmd->fill_buffer.span;
			for (uint64_t at = 0; at < span->size_bytes; at++) {
				span->buffer->map[span->offset_bytes + at] =
					(uint8_t)(cmd->fill_buffer.pattern >> (at % 4 * 8));
			}
		}
	}
}

static void signal_fd(struct null_renderer *null) {
	const uint64_t one = 1;

	(void)!write(null->fd, &one, sizeof(one));
}

static void submit(struct pvg_renderer *renderer, const struct pvg_gpu_list *list,
	uint64_t serial) {
	struct null_renderer *null = null_of(renderer);

	if (serial <= null->submitted) {
		null->stats.errors++;
	}
	null->submitted = serial;
	if (null->lost) {
		return;
	}
	null->stats.lists++;
	if (null_check(null, list)) {
		execute(list);
	}
	if (null->hooks.list != NULL) {
		null->hooks.list(null->hooks.data, list, serial);
	}
	if (!null->hold) {
		null->completed = serial;
	}
}

static uint64_t completed(struct pvg_renderer *renderer) {
	const struct null_renderer *null = null_of(renderer);

	return null->lost ? null->submitted : null->completed;
}

static bool is_lost(struct pvg_renderer *renderer) {
	return null_of(renderer)->lost;
}

static bool restore(struct pvg_renderer *renderer) {
	struct null_renderer *null = null_of(renderer);
	const struct pvg_null_stats *stats = &null->stats;

	if (stats->buffers + stats->images + stats->views + stats->samplers + stats->pipelines !=
		0) {
		null->stats.errors++; // handles of the lost context
	}
	null->lost = false;
	null->completed = null->submitted;
	return true;
}

static int fd(struct pvg_renderer *renderer) {
	return null_of(renderer)->fd;
}

static void dispatch(struct pvg_renderer *renderer) {
	uint64_t count;

	(void)!read(null_of(renderer)->fd, &count, sizeof(count));
}

static uint32_t format_caps(struct pvg_renderer *renderer, uint16_t number) {
	const struct pvg_format *format = pvg_format_get(number);

	if (format == NULL) {
		return 0;
	}
	if (format->kind != PVG_FORMAT_PLAIN) {
		return PVG_GPU_SAMPLE | PVG_GPU_FILTER | PVG_GPU_COPY;
	}
	if (format->view_only) {
		return PVG_GPU_SAMPLE;
	}
	uint32_t caps = PVG_GPU_SAMPLE | PVG_GPU_RENDER | PVG_GPU_MULTISAMPLE | PVG_GPU_COPY;
	bool integer = format->type == PVG_FORMAT_UINT || format->type == PVG_FORMAT_SINT;
	if (!integer && !format->stencil) {
		caps |= PVG_GPU_FILTER;
	}
	if (!format->depth && !format->stencil) {
		caps |= integer ? 0 : PVG_GPU_BLEND;
		// Packed ones of two bytes have no image format in any API.
		caps |= format->block_bytes == 2 && format->components > 2 ? 0 : PVG_GPU_STORAGE;
	}
	return caps;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void destroy(struct pvg_renderer *renderer) {
	struct null_renderer *null = null_of(renderer);

	while (null->dead != NULL) {
		struct null_handle *next = null->dead->next;
		free_handle(null->dead);
		null->dead = next;
	}
	(void)close(null->fd);
	free(null);
}

static const struct pvg_renderer_ops null_ops = {
	.destroy = destroy,
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
	.pipeline_prepare = pipeline_prepare,
	.submit = submit,
	.completed = completed,
	.is_lost = is_lost,
	.restore = restore,
	.fd = fd,
	.dispatch = dispatch,
};

struct pvg_renderer *pvg_null_create(const struct pvg_null_hooks *hooks) {
	struct null_renderer *null = calloc(1, sizeof(*null));

	if (null == NULL) {
		return NULL;
	}
	null->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (null->fd < 0) {
		free(null);
		return NULL;
	}
	null->dead_end = &null->dead;
	if (hooks != NULL) {
		null->hooks = *hooks;
	}
	null->base.ops = &null_ops;
	null->base.caps = (struct pvg_gpu_caps){
		.name = "null",
		.max_samples = 8,
		.max_colors = PVG_GPU_COLORS,
		.max_size_2d = 16384,
		.max_size_3d = 2048,
		.max_layers = 2048,
		.max_threads = 1024,
		.max_threads_axis = { 1024, 1024, 64 },
		.threadgroup_bytes = 32768,
		.max_anisotropy = 16,
		.max_attribute_stride = 2048,
		.framebuffer_fetch = true,
		.reads_attachments = true,
		.depth_clamp = true,
		.base_instance = true,
		.clear_texture = true,
		.bc = true,
		.astc = true,
		.etc = true,
		.tessellation = true,
		.texture_barrier = true,
		.float_filter = true,
		.software = true,
	};
	return &null->base;
}

struct pvg_renderer *pvg_renderer_null_create(void) {
	return pvg_null_create(NULL);
}

const struct pvg_null_stats *pvg_null_stats(const struct pvg_renderer *renderer) {
	return &null_of(renderer)->stats;
}

void pvg_null_hold(struct pvg_renderer *renderer, bool hold) {
	null_of(renderer)->hold = hold;
}

void pvg_null_complete(struct pvg_renderer *renderer, uint64_t serial) {
	struct null_renderer *null = null_of(renderer);

	null->completed = serial < null->submitted ? serial : null->submitted;
	signal_fd(null);
}

void pvg_null_delay(struct pvg_renderer *renderer, bool delay, bool fail) {
	null_of(renderer)->delay = delay;
	null_of(renderer)->fail = fail;
}

void pvg_null_build(struct pvg_renderer *renderer) {
	struct null_renderer *null = null_of(renderer);

	while (null->pending != NULL) {
		null->pending->built = true;
		null->pending = null->pending->next_pending;
	}
	signal_fd(null);
}

void pvg_null_lose(struct pvg_renderer *renderer) {
	null_of(renderer)->lost = true;
	signal_fd(null_of(renderer));
}

void pvg_null_trust(struct pvg_renderer *renderer) {
	null_of(renderer)->trust = true;
}
