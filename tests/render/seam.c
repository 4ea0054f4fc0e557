// SPDX-License-Identifier: GPL-2.0-or-later
#include "seam.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/log.h>

#include "driver.h"
#include "render/gles/blitter.h"
#include "render/gles/gles.h"
#include "render/renderer.h"

#define DEADLINE_MS 20000

unsigned int seam_gl_errors, seam_refusals;
char seam_last[512];
static const char *without;

static void handle_log(enum pvg_log_level level, const char *fmt, va_list args) {
	char line[512];
	vsnprintf(line, sizeof(line), fmt, args);
	if (strstr(line, "gles: GL error") != NULL) {
		seam_gl_errors++;
		fprintf(stderr, "%s\n", line);
	} else if (strstr(line, "refused") != NULL) {
		seam_refusals++;
		memcpy(seam_last, line, sizeof(line));
	} else if (level == PVG_LOG_ERROR) {
		fprintf(stderr, "%s\n", line);
	}
}

void seam_forget_log(void) {
	seam_gl_errors = seam_refusals = 0;
	seam_last[0] = '\0';
}

static int setup(void **state) {
	char error[256] = "";
	struct seam *s = calloc(1, sizeof(*s));
	struct pvg_gles_options options = { .without = without };
	s->r = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (s->r == NULL) {
		fprintf(stderr, "%s\n", error);
		free(s);
		return -1;
	}
	seam_forget_log();
	*state = s;
	return 0;
}

static int teardown(void **state) {
	struct seam *s = *state;
	s->r->ops->destroy(s->r);
	free(s);
	return seam_gl_errors == 0 ? 0 : -1;
}

int seam_main(const struct CMUnitTest *tests, size_t count, const char *name, const char *absent) {
	struct CMUnitTest *all = calloc(count, sizeof(*all));
	char error[256] = "";
	pvg_log_init(PVG_LOG_DEBUG, handle_log);
	if (absent != NULL && absent[0] == '\0') {
		absent = NULL;
	}
	without = absent;
	struct pvg_gles_options options = { .without = absent };
	struct pvg_renderer *r = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (r == NULL) {
		fprintf(stderr, "skipped: %s\n", error);
		free(all);
		return 77;
	}
	if (driver_is_other(r->caps.name)) {
		r->ops->destroy(r);
		free(all);
		return 77;
	}
	printf("%s%s%s\n", r->caps.name, absent != NULL ? " without " : "",
		absent != NULL ? absent : "");
	r->ops->destroy(r);
	for (size_t i = 0; i < count; i++) {
		all[i] = tests[i];
		all[i].setup_func = setup;
		all[i].teardown_func = teardown;
	}
	int failed = _cmocka_run_group_tests(name, all, count, NULL, NULL);
	free(all);
	return failed;
}

struct pvg_gpu_cmd *seam_add(struct seam *s, enum pvg_gpu_op op) {
	assert_true(s->count < SEAM_CMDS);
	struct pvg_gpu_cmd *cmd = &s->cmds[s->count++];
	memset(cmd, 0, sizeof(*cmd));
	cmd->op = op;
	return cmd;
}

void *seam_keep(struct seam *s, const void *data, size_t bytes) {
	assert_true(s->used + bytes <= SEAM_ARENA);
	void *to = s->arena + s->used;
	memcpy(to, data, bytes);
	s->used += (bytes + 15) & ~(size_t)15;
	return to;
}

void seam_run(struct seam *s) {
	struct pvg_gpu_list list = { s->cmds, s->count };
	s->r->ops->submit(s->r, &list, ++s->serial);
	s->count = s->used = 0;
	while (s->r->ops->completed(s->r) < s->serial) {
		struct pollfd fd = { .fd = s->r->ops->fd(s->r), .events = POLLIN };
		assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
		s->r->ops->dispatch(s->r);
	}
	assert_false(s->r->ops->is_lost(s->r));
}

struct pvg_gpu_buffer *seam_buffer(struct seam *s, size_t bytes) {
	struct pvg_gpu_buffer *buffer = s->r->ops->buffer_create(s->r, bytes,
		PVG_GPU_BUFFER_UPLOAD | PVG_GPU_BUFFER_READBACK);
	assert_non_null(buffer);
	return buffer;
}

struct pvg_gpu_image *seam_image(struct seam *s, uint8_t kind, uint16_t format, uint32_t width,
	uint32_t height, uint32_t depth, uint16_t levels, uint16_t layers, uint16_t samples) {
	struct pvg_gpu_image_desc desc = {
		.kind = kind,
		.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET | PVG_GPU_IMAGE_VIEWS,
		.format = format,
		.width = width,
		.height = height,
		.depth = depth,
		.levels = levels,
		.layers = layers,
		.samples = samples,
	};
	return s->r->ops->image_create(s->r, &desc);
}

struct pvg_gpu_view *seam_view(struct seam *s, struct pvg_gpu_image *image, uint16_t format) {
	const struct gles_image *i = gles_image(image);
	struct pvg_gpu_view_desc desc = {
		.kind = i->desc.kind,
		.format = format,
		.levels = i->desc.levels,
		.slices = (uint16_t)i->slices,
		.swizzle = { 2, 3, 4, 5 },
	};
	struct pvg_gpu_view *view = s->r->ops->view_create(s->r, image, &desc);
	assert_non_null(view);
	return view;
}

static struct pvg_gpu_transfer *transfer(struct seam *s, enum pvg_gpu_op op,
	struct pvg_gpu_buffer *buffer, uint64_t offset, uint64_t row_bytes,
	struct pvg_gpu_image *image, uint16_t level, uint16_t slice, uint32_t width,
	uint32_t height) {
	struct pvg_gpu_transfer t = {
		.span = { buffer, offset, buffer->size_bytes - offset },
		.row_bytes = row_bytes,
		.at = { .image = image, .level = level, .slice = slice },
		.width = width,
		.height = height,
		.depth = 1,
	};
	struct pvg_gpu_transfer *kept = seam_keep(s, &t, sizeof(t));
	seam_add(s, op)->transfer = kept;
	return kept;
}

struct pvg_gpu_transfer *seam_upload(struct seam *s, struct pvg_gpu_buffer *from, uint64_t offset,
	uint64_t row_bytes, struct pvg_gpu_image *image, uint16_t level, uint16_t slice,
	uint32_t width, uint32_t height) {
	return transfer(s, PVG_GPU_OP_UPLOAD, from, offset, row_bytes, image, level, slice, width,
		height);
}

struct pvg_gpu_transfer *seam_read(struct seam *s, struct pvg_gpu_buffer *to, uint64_t offset,
	uint64_t row_bytes, struct pvg_gpu_image *image, uint16_t level, uint16_t slice,
	uint32_t width, uint32_t height) {
	return transfer(s, PVG_GPU_OP_READ, to, offset, row_bytes, image, level, slice, width,
		height);
}

struct pvg_gpu_pass *seam_begin(struct seam *s, struct pvg_gpu_view *view, uint32_t width,
	uint32_t height) {
	struct pvg_gpu_pass pass = { .width = width, .height = height, .layers = 1, .samples = 1 };
	const struct gles_format *f = gles_view(view)->format;
	struct pvg_gpu_attachment attachment = {
		.view = view, .load = PVG_GPU_LOAD_CLEAR, .store = PVG_GPU_STORE
	};
	if (f->value < GLES_DEPTH) {
		pass.colors[0] = attachment;
	}
	if (f->value == GLES_DEPTH || f->value == GLES_DEPTH_STENCIL) {
		pass.depth = attachment;
	}
	if (f->value >= GLES_STENCIL) {
		pass.stencil = attachment;
	}
	struct pvg_gpu_pass *kept = seam_keep(s, &pass, sizeof(pass));
	seam_add(s, PVG_GPU_OP_BEGIN_PASS)->pass = kept;
	return kept;
}

void seam_end(struct seam *s) {
	seam_add(s, PVG_GPU_OP_END_PASS)->stores = NULL;
}

void seam_destroy_image(struct seam *s, struct pvg_gpu_image *image) {
	s->r->ops->image_destroy(s->r, image);
}

void seam_destroy_view(struct seam *s, struct pvg_gpu_view *view) {
	s->r->ops->view_destroy(s->r, view);
}

void seam_destroy_buffer(struct seam *s, struct pvg_gpu_buffer *buffer) {
	s->r->ops->buffer_destroy(s->r, buffer);
}

static GLuint program(const char *sampler, const char *fetch) {
	const char *vertex = "#version 320 es\nvoid main() {\n"
			     "gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0,\n"
			     "gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }\n";
	char fragment[512];
	snprintf(fragment, sizeof(fragment),
		"#version 320 es\nprecision highp float;\nprecision highp int;\n"
		"uniform highp %s t;\nuniform ivec3 at;\nout vec4 o;\n"
		"void main() { o = vec4(%s); }\n",
		sampler, fetch);
	GLuint id = glCreateProgram();
	const char *sources[2] = { vertex, fragment };
	const GLenum types[2] = { GL_VERTEX_SHADER, GL_FRAGMENT_SHADER };
	for (int i = 0; i < 2; i++) {
		GLuint shader = glCreateShader(types[i]);
		glShaderSource(shader, 1, &sources[i], NULL);
		glCompileShader(shader);
		glAttachShader(id, shader);
		glDeleteShader(shader);
	}
	glLinkProgram(id);
	GLint good = 0;
	glGetProgramiv(id, GL_LINK_STATUS, &good);
	assert_true(good);
	return id;
}

void seam_fetch(struct seam *s, struct pvg_gpu_view *base, int level, int x, int y,
	float texel[4]) {
	struct gles_renderer *r = gles_renderer(s->r);
	struct gles_view *view = gles_view(base);
	uint8_t value = view->format->value;
	bool samples = view->target == GL_TEXTURE_2D_MULTISAMPLE;
	char sampler[32];
	snprintf(sampler, sizeof(sampler), "%ssampler2D%s",
		value == GLES_SINT                                    ? "i"
			: value == GLES_UINT || value == GLES_STENCIL ? "u"
								      : "",
		samples ? "MS" : "");
	GLuint id = program(sampler, "texelFetch(t, at.xy, at.z)");
	GLuint vertices, fbo, target, nearest;
	glGenVertexArrays(1, &vertices);
	glGenFramebuffers(1, &fbo);
	glGenTextures(1, &target);
	glGenSamplers(1, &nearest);
	glSamplerParameteri(nearest, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	glSamplerParameteri(nearest, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(GL_TEXTURE_2D, target);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA32F, 1, 1);
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, target, 0);
	gles_blitter_state(r);
	glViewport(0, 0, 1, 1);
	glUseProgram(id);
	glUniform3i(glGetUniformLocation(id, "at"), x, y, level);
	glBindTexture(view->target, view->texture);
	glBindSampler(0, nearest);
	glBindVertexArray(vertices);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_FLOAT, texel);
	glDeleteProgram(id);
	glDeleteVertexArrays(1, &vertices);
	glDeleteFramebuffers(1, &fbo);
	glDeleteTextures(1, &target);
	glDeleteSamplers(1, &nearest);
	gles_state_forget(r);
}

uint32_t seam_random(void) {
	static uint64_t state = 0x9e3779b97f4a7c15ull;
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 32);
}
