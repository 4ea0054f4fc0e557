// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

#define DEADLINE_MS 60000

uint8_t *rig_load(const char *path, size_t *bytes) {
	FILE *f = path != NULL ? fopen(path, "rb") : NULL;
	if (f == NULL) {
		fprintf(stderr, "%s: no such file\n", path != NULL ? path : "PVG_TEST_LIBRARY");
		exit(1);
	}
	fseek(f, 0, SEEK_END);
	*bytes = (size_t)ftell(f);
	rewind(f);
	uint8_t *data = malloc(*bytes);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *bytes, f), *bytes);
	fclose(f);
	return data;
}

static struct rig *create(const char *without, const char *folder) {
	char error[256] = "";
	const char *worker = getenv("PVG_TEST_WORKER"); // a sanitized one dies in its sandbox
	struct pvg_gles_options options = {
		.shader_worker = worker != NULL ? worker : getenv("PVG_SHADERD"),
		.shader_workers = 1,
		.shader_cache_folder = folder,
		.without = without,
	};
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	rig->r = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (rig->r == NULL) {
		printf("SKIP: no GLES renderer: %s\n", error);
		exit(77);
	}
	if (driver_is_other(rig->r->caps.name)) {
		exit(77);
	}
	rig->library = rig_load(getenv("PVG_TEST_LIBRARY"), &rig->library_bytes);
	return rig;
}

struct rig *rig_create(const char *without) {
	return create(without, NULL);
}

struct rig *rig_create_cached(const char *folder) {
	return create(NULL, folder);
}

void rig_destroy(struct rig *rig) {
	rig->r->ops->destroy(rig->r);
	free(rig->library);
	free(rig);
}

int rig_set_up(void **state) {
	*state = rig_create(NULL);
	return 0;
}

int rig_tear_down(void **state) {
	rig_destroy(*state);
	return 0;
}

struct pvg_gpu_buffer *rig_buffer(struct rig *rig, const void *data, size_t bytes) {
	struct pvg_gpu_buffer *buffer =
		rig->r->ops->buffer_create(rig->r, bytes, PVG_GPU_BUFFER_UPLOAD);
	assert_non_null(buffer);
	if (data != NULL) {
		memcpy(buffer->map, data, bytes);
	}
	return buffer;
}

struct pvg_gpu_buffer *rig_readback(struct rig *rig, size_t bytes) {
	struct pvg_gpu_buffer *buffer = rig->r->ops->buffer_create(rig->r, bytes,
		PVG_GPU_BUFFER_UPLOAD | PVG_GPU_BUFFER_READBACK);
	assert_non_null(buffer);
	memset(buffer->map, 0, bytes);
	return buffer;
}

struct rig_image rig_image(struct rig *rig, uint16_t format, uint32_t width, uint32_t height,
	uint32_t samples) {
	struct rig_image image = {
		.desc = {
			.kind = samples > 1 ? PVG_GPU_2D_MS : PVG_GPU_2D,
			.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET |
				(samples > 1 ? 0 : PVG_GPU_IMAGE_STORAGE) | PVG_GPU_IMAGE_VIEWS,
			.format = format, .width = width, .height = height, .depth = 1, .levels = 1,
			.samples = (uint16_t)samples, .layers = 1,
		},
	};
	image.image = rig->r->ops->image_create(rig->r, &image.desc);
	assert_non_null(image.image);
	struct pvg_gpu_view_desc view = {
		.kind = image.desc.kind,
		.format = format,
		.levels = 1,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 },
	};
	image.view = rig->r->ops->view_create(rig->r, image.image, &view);
	assert_non_null(image.view);
	return image;
}

void rig_image_destroy(struct rig *rig, struct rig_image *image) {
	rig->r->ops->view_destroy(rig->r, image->view);
	rig->r->ops->image_destroy(rig->r, image->image);
}

struct pvg_gpu_function rig_function(struct rig *rig, const char *name) {
	return (struct pvg_gpu_function){ rig->library, rig->library_bytes, name };
}

struct pvg_gpu_render_desc rig_desc(struct rig *rig, const char *vertex, const char *fragment,
	uint16_t format) {
	struct pvg_gpu_render_desc desc = {
		.vertex = rig_function(rig, vertex),
		.samples = 1,
		.rasterize = true,
		.colors[0] = { .format = format, .src_rgb = 1, .src_alpha = 1, .write_mask = 15 },
	};
	if (fragment != NULL) {
		desc.fragment = rig_function(rig, fragment);
	}
	return desc;
}

void rig_two_attributes(struct pvg_gpu_render_desc *desc) {
	desc->input.attribute_count = 2;
	for (uint8_t i = 0; i < 2; i++) {
		desc->input.attributes[i] = (struct pvg_gpu_attribute){
			.location = i,
			.format = 31,
			.buffer = 0,
			.used = true,
			.offset_bytes = i * 16u,
		};
	}
	desc->input.layouts[0] = (struct pvg_gpu_layout){
		.step = 1,
		.used = true,
		.rate = 1,
		.stride_bytes = 32,
	};
}

static void wait_a_little(struct rig *rig) {
	struct pollfd p = { .fd = rig->r->ops->fd(rig->r), .events = POLLIN };
	assert_int_not_equal(poll(&p, 1, DEADLINE_MS), 0); // nothing comes any more
	rig->r->ops->dispatch(rig->r);
}

enum pvg_gpu_status rig_wait(struct rig *rig, struct pvg_gpu_pipeline *p, const char **why) {
	enum pvg_gpu_status status;
	while ((status = rig->r->ops->pipeline_status(rig->r, p, why)) == PVG_GPU_PENDING) {
		wait_a_little(rig);
	}
	return status;
}

enum pvg_gpu_status rig_prepare(struct rig *rig, struct pvg_gpu_pipeline *p,
	const struct pvg_gpu_use *use, struct pvg_gpu_program **program, const char **why) {
	enum pvg_gpu_status status;
	while ((status = rig->r->ops->pipeline_prepare(rig->r, p, use, program, why)) ==
		PVG_GPU_PENDING) {
		wait_a_little(rig);
	}
	return status;
}

struct pvg_gpu_pipeline *rig_pipeline(struct rig *rig, const struct pvg_gpu_render_desc *desc) {
	const char *why = NULL;
	struct pvg_gpu_pipeline *p = rig->r->ops->render_pipeline_create(rig->r, desc);
	assert_non_null(p);
	if (rig_wait(rig, p, &why) != PVG_GPU_READY) {
		fail_msg("pipeline: %s", why);
	}
	return p;
}

struct pvg_gpu_pipeline *rig_kernel(struct rig *rig, const char *name) {
	const char *why = NULL;
	struct pvg_gpu_compute_desc desc = { .kernel = rig_function(rig, name) };
	struct pvg_gpu_pipeline *p = rig->r->ops->compute_pipeline_create(rig->r, &desc);
	assert_non_null(p);
	if (rig_wait(rig, p, &why) != PVG_GPU_READY) {
		fail_msg("pipeline: %s", why);
	}
	return p;
}

struct pvg_gpu_program *rig_program(struct rig *rig, struct pvg_gpu_pipeline *p,
	const struct pvg_gpu_use *use) {
	struct pvg_gpu_program *program;
	const char *why = NULL;
	if (rig_prepare(rig, p, use, &program, &why) != PVG_GPU_READY) {
		fail_msg("program: %s", why);
	}
	return program;
}

struct pvg_gpu_program *rig_draws(struct rig *rig, struct pvg_gpu_pipeline *p, uint8_t primitive) {
	struct pvg_gpu_use use = { .primitive = primitive };
	return rig_program(rig, p, &use);
}

/* ---- lists --------------------------------------------------------------------------------- */

struct pvg_gpu_cmd *rig_add(struct rig *rig, enum pvg_gpu_op op) {
	assert_true(rig->count < sizeof(rig->cmds) / sizeof(rig->cmds[0]));
	struct pvg_gpu_cmd *cmd = &rig->cmds[rig->count++];
	*cmd = (struct pvg_gpu_cmd){ .op = op };
	return cmd;
}

void *rig_keep(struct rig *rig, const void *data, size_t bytes) {
	rig->used = (rig->used + 15) & ~(size_t)15;
	assert_true(rig->used + bytes <= sizeof(rig->arena));
	void *at = rig->arena + rig->used;
	memcpy(at, data, bytes);
	rig->used += bytes;
	return at;
}

struct pvg_gpu_pass *rig_begin(struct rig *rig, const struct rig_image *target,
	const double clear[4]) {
	struct pvg_gpu_pass pass = { 0 };
	pass.width = target->desc.width;
	pass.height = target->desc.height;
	pass.layers = 1;
	pass.samples = target->desc.samples;
	pass.colors[0].view = target->view;
	pass.colors[0].load = clear != NULL ? PVG_GPU_LOAD_CLEAR : PVG_GPU_LOAD;
	pass.colors[0].store = PVG_GPU_STORE;
	if (clear != NULL) {
		memcpy(pass.colors[0].clear.color, clear, 4 * sizeof(clear[0]));
	}
	struct pvg_gpu_pass *kept = rig_keep(rig, &pass, sizeof(pass));
	rig_add(rig, PVG_GPU_OP_BEGIN_PASS)->pass = kept;
	return kept;
}

void rig_end(struct rig *rig) {
	rig_add(rig, PVG_GPU_OP_END_PASS);
}

void rig_use(struct rig *rig, struct pvg_gpu_program *program) {
	rig_add(rig, PVG_GPU_OP_PROGRAM)->program = program;
}

void rig_bind(struct rig *rig, uint8_t stage, uint8_t slot, struct pvg_gpu_buffer *buffer,
	uint64_t offset) {
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_BUFFER);
	cmd->buffer.stage = stage;
	cmd->buffer.slot = slot;
	if (buffer != NULL) {
		cmd->buffer.span =
			(struct pvg_gpu_span){ buffer, offset, buffer->size_bytes - offset };
	}
}

void rig_bind_texture(struct rig *rig, uint8_t stage, uint8_t slot, struct pvg_gpu_view *view) {
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_TEXTURE);
	cmd->texture.stage = stage;
	cmd->texture.slot = slot;
	cmd->texture.view = view;
}

void rig_bind_sampler(struct rig *rig, uint8_t stage, uint8_t slot,
	struct pvg_gpu_sampler *sampler) {
	struct pvg_gpu_cmd *cmd = rig_add(rig, PVG_GPU_OP_SAMPLER);
	cmd->sampler.stage = stage;
	cmd->sampler.slot = slot;
	cmd->sampler.sampler = sampler;
}

void rig_draw(struct rig *rig, uint8_t primitive, uint32_t first, uint32_t count) {
	struct pvg_gpu_draw draw = {
		.primitive = primitive,
		.first = first,
		.count = count,
		.instances = 1,
	};
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = rig_keep(rig, &draw, sizeof(draw));
}

struct pvg_gpu_draw *rig_draw_indexed(struct rig *rig, uint8_t primitive, uint8_t index_size,
	struct pvg_gpu_buffer *indices, uint64_t offset, uint32_t count) {
	struct pvg_gpu_draw draw = {
		.primitive = primitive,
		.index_size = index_size,
		.count = count,
		.instances = 1,
		.indices = { indices, offset, indices->size_bytes - offset },
	};
	struct pvg_gpu_draw *kept = rig_keep(rig, &draw, sizeof(draw));
	rig_add(rig, PVG_GPU_OP_DRAW)->draw = kept;
	return kept;
}

void rig_run(struct rig *rig) {
	struct pvg_gpu_list list = { rig->cmds, rig->count };
	rig->r->ops->submit(rig->r, &list, ++rig->serial);
	rig->count = rig->used = 0;
	while (rig->r->ops->completed(rig->r) < rig->serial) {
		wait_a_little(rig);
	}
}

void rig_read(struct rig *rig, const struct rig_image *image, void *texels, size_t texel_bytes) {
	size_t row = image->desc.width * texel_bytes, bytes = row * image->desc.height;
	struct pvg_gpu_buffer *buffer = rig_readback(rig, bytes);
	struct pvg_gpu_transfer transfer = {
		.span = { buffer, 0, bytes },
		.row_bytes = row,
		.image_bytes = bytes,
		.at = { .image = image->image },
		.width = image->desc.width,
		.height = image->desc.height,
		.depth = 1,
	};
	rig_add(rig, PVG_GPU_OP_READ)->transfer = rig_keep(rig, &transfer, sizeof(transfer));
	rig_run(rig);
	memcpy(texels, buffer->map, bytes);
	rig->r->ops->buffer_destroy(rig->r, buffer);
}

uint32_t rig_noise(uint32_t *state) {
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

bool rig_near(uint32_t a, uint32_t b, int within) {
	for (int shift = 0; shift < 32; shift += 8) {
		int difference = (int)(a >> shift & 255) - (int)(b >> shift & 255);
		if (difference > within || difference < -within) {
			return false;
		}
	}
	return true;
}
