// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a draw costs between the seam and GL: lists of draws with the state that a desktop sends
 * (nearly all of it as it was), against hand-written GLES that makes the same draws, in turns on
 * one thread. Thread CPU time, so that a software rasterizer's threads are left out; with
 * GALLIUM_NOOP=true in the environment Mesa draws nothing and its own share becomes visible.
 */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "render/renderer.h"

#define SIDE 64u
#define DRAWS 1000u
#define ROUNDS 25u
#define TEXTURES 4u

/* ---- allocations of this thread ------------------------------------------------------------ */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static _Thread_local bool counting;
static _Thread_local uint64_t allocations;

void *malloc(size_t size) {
	allocations += counting;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
	allocations += counting;
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
	allocations += counting;
	return __libc_realloc(old, size);
}

static int64_t thread_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fail(const char *what) {
	fprintf(stderr, "bench draws: %s\n", what);
	exit(1);
}

/* ---- through the seam ---------------------------------------------------------------------- */

struct seam {
	struct pvg_renderer *r;
	struct pvg_gpu_image *target, *textures[TEXTURES];
	struct pvg_gpu_view *target_view, *texture_views[TEXTURES];
	struct pvg_gpu_sampler *sampler;
	struct pvg_gpu_buffer *vertices, *constants;
	struct pvg_gpu_pipeline *pipelines[2];
	struct pvg_gpu_program *programs[2];
	struct pvg_gpu_cmd *cmds; // owned
	size_t count;
	struct pvg_gpu_pass pass;
	struct pvg_gpu_raster raster;
	struct pvg_gpu_viewport viewport;
	struct pvg_gpu_rect scissors[DRAWS];
	struct pvg_gpu_draw draw;
	uint64_t serial;
};

static uint8_t *load(const char *path, size_t *bytes) {
	FILE *f = fopen(path, "rb");
	if (f == NULL) {
		fail("no library of shaders");
	}
	fseek(f, 0, SEEK_END);
	*bytes = (size_t)ftell(f);
	rewind(f);
	uint8_t *data = malloc(*bytes);
	if (data == NULL || fread(data, 1, *bytes, f) != *bytes) {
		fail("library of shaders");
	}
	fclose(f);
	return data;
}

static void wait_a_little(struct pvg_renderer *r) {
	struct pollfd p = { .fd = r->ops->fd(r), .events = POLLIN };
	if (poll(&p, 1, 60000) <= 0) {
		fail("nothing happens any more");
	}
	r->ops->dispatch(r);
}

static struct pvg_gpu_view *make_view(struct pvg_renderer *r, struct pvg_gpu_image *image,
	uint16_t format) {
	struct pvg_gpu_view_desc desc = {
		.kind = PVG_GPU_2D,
		.format = format,
		.levels = 1,
		.slices = 1,
		.swizzle = { 2, 3, 4, 5 },
	};
	return r->ops->view_create(r, image, &desc);
}

static void make_pipelines(struct seam *s, const uint8_t *library, size_t bytes) {
	static const char *const fragments[2] = { "f_uniform", "f_texture" };
	for (uint32_t i = 0; i < 2; i++) {
		struct pvg_gpu_render_desc desc = {
			.vertex = { library, bytes, "v_color" },
			.fragment = { library, bytes, fragments[i] },
			.samples = 1,
			.rasterize = true,
			.colors[0] = { .format = 80,
				.blend = true,
				.src_rgb = 1,
				.src_alpha = 1,
				.dst_rgb = 5,
				.dst_alpha = 5,
				.write_mask = 15 },
		};
		desc.input.attribute_count = 2;
		for (uint8_t a = 0; a < 2; a++) {
			desc.input.attributes[a] = (struct pvg_gpu_attribute){
				.location = a,
				.format = 31,
				.used = true,
				.offset_bytes = a * 16u,
			};
		}
		desc.input.layouts[0] = (struct pvg_gpu_layout){
			.step = 1, .used = true, .rate = 1, .stride_bytes = 32
		};
		const char *why = NULL;
		enum pvg_gpu_status status;
		struct pvg_gpu_use use = { .primitive = 3 };
		struct pvg_renderer *r = s->r;
		s->pipelines[i] = r->ops->render_pipeline_create(r, &desc);
		while ((status = r->ops->pipeline_prepare(r, s->pipelines[i], &use, &s->programs[i],
				&why)) == PVG_GPU_PENDING) {
			wait_a_little(r);
		}
		if (status != PVG_GPU_READY) {
			fail(why);
		}
	}
}

static void seam_init(struct seam *s) {
	char error[256];
	size_t bytes;
	uint8_t *library = load(BENCH_LIBRARY, &bytes);
	struct pvg_gles_options options = { .shader_worker = BENCH_SHADERD };
	s->r = pvg_renderer_gles_create(&options, error, sizeof(error));
	if (s->r == NULL) {
		fprintf(stderr, "bench draws: %s\n", error);
		exit(77);
	}
	struct pvg_renderer *r = s->r;
	struct pvg_gpu_image_desc desc = {
		.kind = PVG_GPU_2D,
		.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET,
		.format = 80,
		.width = SIDE,
		.height = SIDE,
		.depth = 1,
		.levels = 1,
		.samples = 1,
		.layers = 1,
	};
	s->target = r->ops->image_create(r, &desc);
	s->target_view = make_view(r, s->target, 80);
	for (uint32_t i = 0; i < TEXTURES; i++) {
		s->textures[i] = r->ops->image_create(r, &desc);
		s->texture_views[i] = make_view(r, s->textures[i], 80);
	}
	struct pvg_gpu_sampler_desc sampler = { .normalized = true, .max_anisotropy = 1 };
	s->sampler = r->ops->sampler_create(r, &sampler);
	s->vertices = r->ops->buffer_create(r, DRAWS * 96, PVG_GPU_BUFFER_UPLOAD);
	s->constants = r->ops->buffer_create(r, DRAWS * 256, PVG_GPU_BUFFER_UPLOAD);
	s->cmds = calloc(DRAWS * 12 + 4, sizeof(s->cmds[0]));
	make_pipelines(s, library, bytes);
	free(library);
}

static struct pvg_gpu_cmd *add(struct seam *s, enum pvg_gpu_op op) {
	struct pvg_gpu_cmd *cmd = &s->cmds[s->count++];
	*cmd = (struct pvg_gpu_cmd){ .op = op };
	return cmd;
}

static void add_buffer(struct seam *s, uint8_t stage, struct pvg_gpu_buffer *buffer,
	uint64_t offset, uint64_t bytes) {
	struct pvg_gpu_cmd *cmd = add(s, PVG_GPU_OP_BUFFER);
	cmd->buffer.stage = stage;
	cmd->buffer.span = (struct pvg_gpu_span){ buffer, offset, bytes };
}

/* What one draw brings: what changes, and what is only said again. */
static void add_draw(struct seam *s, uint32_t i) {
	s->scissors[i] = (struct pvg_gpu_rect){ 0, i / 4 % 4, SIDE, SIDE / 2 };
	add(s, PVG_GPU_OP_PROGRAM)->program = s->programs[i / 16 % 2];
	add(s, PVG_GPU_OP_DEPTH_STENCIL);
	add(s, PVG_GPU_OP_RASTER)->raster = &s->raster;
	struct pvg_gpu_cmd *cmd = add(s, PVG_GPU_OP_VIEWPORTS);
	cmd->viewports.rects = &s->viewport;
	cmd->viewports.count = 1;
	cmd = add(s, PVG_GPU_OP_SCISSORS);
	cmd->scissors.rects = &s->scissors[i];
	cmd->scissors.count = 1;
	add_buffer(s, PVG_GPU_VERTEX, s->vertices, i * 96u, 96);
	add_buffer(s, PVG_GPU_FRAGMENT, s->constants, i * 256u, 16);
	cmd = add(s, PVG_GPU_OP_TEXTURE);
	cmd->texture.stage = PVG_GPU_FRAGMENT;
	cmd->texture.view = s->texture_views[i / 8 % TEXTURES];
	cmd = add(s, PVG_GPU_OP_SAMPLER);
	cmd->sampler.stage = PVG_GPU_FRAGMENT;
	cmd->sampler.sampler = s->sampler;
	add(s, PVG_GPU_OP_DRAW)->draw = &s->draw;
}

static void seam_list(struct seam *s) {
	s->pass = (struct pvg_gpu_pass){ .width = SIDE, .height = SIDE, .layers = 1, .samples = 1 };
	s->pass.colors[0].view = s->target_view;
	s->pass.colors[0].load = PVG_GPU_LOAD_CLEAR;
	s->pass.colors[0].store = PVG_GPU_STORE;
	s->viewport = (struct pvg_gpu_viewport){ 0, 0, SIDE, SIDE, 0, 1 };
	s->draw = (struct pvg_gpu_draw){ .primitive = 3, .count = 3, .instances = 1 };
	s->count = 0;
	add(s, PVG_GPU_OP_BEGIN_PASS)->pass = &s->pass;
	for (uint32_t i = 0; i < DRAWS; i++) {
		add_draw(s, i);
	}
	add(s, PVG_GPU_OP_END_PASS);
}

static int64_t seam_round(struct seam *s) {
	struct pvg_gpu_list list = { s->cmds, s->count };
	int64_t start = thread_ns();
	counting = true;
	s->r->ops->submit(s->r, &list, ++s->serial);
	counting = false;
	int64_t end = thread_ns();
	while (s->r->ops->completed(s->r) < s->serial) {
		wait_a_little(s->r);
	}
	return end - start;
}

/* ---- by hand ------------------------------------------------------------------------------- */

struct plain {
	EGLDisplay display;
	EGLContext context;
	GLuint fbo, target, textures[TEXTURES], sampler, vertices, constants, array, programs[2];
};

static const char vertex_text[] =
	"#version 320 es\n"
	"layout(location = 0) in highp vec4 position;\n"
	"layout(location = 1) in highp vec4 color;\n"
	"out highp vec4 v;\n"
	"void main() { gl_Position = vec4(position.x, -position.y, position.zw); v = color; }\n";
static const char uniform_text[] = "#version 320 es\n"
				   "layout(std140, binding = 0) uniform block { highp vec4 c; };\n"
				   "layout(location = 0) out highp vec4 color;\n"
				   "void main() { color = c.bgra; }\n";
static const char texture_text[] = "#version 320 es\n"
				   "layout(binding = 0) uniform highp sampler2D t;\n"
				   "in highp vec4 v;\n"
				   "layout(location = 0) out highp vec4 color;\n"
				   "void main() { color = texture(t, v.xy).bgra; }\n";

static GLuint plain_shader(GLenum stage, const char *text) {
	GLuint shader = glCreateShader(stage);
	glShaderSource(shader, 1, &text, NULL);
	glCompileShader(shader);
	return shader;
}

static GLuint plain_program(const char *fragment) {
	GLint ok;
	GLuint program = glCreateProgram();
	glAttachShader(program, plain_shader(GL_VERTEX_SHADER, vertex_text));
	glAttachShader(program, plain_shader(GL_FRAGMENT_SHADER, fragment));
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &ok);
	if (!ok) {
		fail("the plain program does not link");
	}
	return program;
}

static GLuint plain_texture(void) {
	GLuint texture;
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIDE, SIDE);
	return texture;
}

static void plain_init(struct plain *p) {
	static const EGLint attributes[] = {
		EGL_CONTEXT_MAJOR_VERSION,
		3,
		EGL_CONTEXT_MINOR_VERSION,
		2,
		EGL_NONE,
	};
	p->display = eglGetCurrentDisplay(); // the renderer's, so that both have the same driver
	eglBindAPI(EGL_OPENGL_ES_API);
	p->context = eglCreateContext(p->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (!eglMakeCurrent(p->display, EGL_NO_SURFACE, EGL_NO_SURFACE, p->context)) {
		fail("no context for plain GLES");
	}
	p->programs[0] = plain_program(uniform_text);
	p->programs[1] = plain_program(texture_text);
	p->target = plain_texture();
	for (uint32_t i = 0; i < TEXTURES; i++) {
		p->textures[i] = plain_texture();
	}
	glGenFramebuffers(1, &p->fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, p->fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, p->target, 0);
	glGenSamplers(1, &p->sampler);
	glSamplerParameteri(p->sampler, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glSamplerParameteri(p->sampler, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glBindSampler(0, p->sampler);
	glGenBuffers(1, &p->vertices);
	glBindBuffer(GL_ARRAY_BUFFER, p->vertices);
	glBufferData(GL_ARRAY_BUFFER, DRAWS * 96, NULL, GL_DYNAMIC_DRAW);
	glGenBuffers(1, &p->constants);
	glBindBuffer(GL_UNIFORM_BUFFER, p->constants);
	glBufferData(GL_UNIFORM_BUFFER, DRAWS * 256, NULL, GL_DYNAMIC_DRAW);
	glGenVertexArrays(1, &p->array);
	glBindVertexArray(p->array);
	for (GLuint i = 0; i < 2; i++) {
		glEnableVertexAttribArray(i);
		glVertexAttribFormat(i, 4, GL_FLOAT, GL_FALSE, i * 16);
		glVertexAttribBinding(i, 0);
	}
	glEnable(GL_BLEND);
	glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
	glEnable(GL_SCISSOR_TEST);
	glViewport(0, 0, SIDE, SIDE);
}

/* Only what a careful program would call. */
static int64_t plain_round(struct plain *p) {
	int64_t start = thread_ns();
	counting = true;
	static const GLfloat black[4];
	glBindFramebuffer(GL_FRAMEBUFFER, p->fbo);
	glScissor(0, 0, SIDE, SIDE);
	glClearBufferfv(GL_COLOR, 0, black);
	for (uint32_t i = 0; i < DRAWS; i++) {
		if (i % 16 == 0) {
			glUseProgram(p->programs[i / 16 % 2]);
		}
		if (i % 8 == 0) {
			glBindTexture(GL_TEXTURE_2D, p->textures[i / 8 % TEXTURES]);
		}
		if (i % 4 == 0) {
			glScissor(0, (GLint)(i / 4 % 4), SIDE, SIDE / 2);
		}
		if (i / 16 % 2 == 0) {
			glBindBufferRange(GL_UNIFORM_BUFFER, 0, p->constants, i * 256, 16);
		}
		glBindVertexBuffer(0, p->vertices, i * 96, 32);
		glDrawArrays(GL_TRIANGLES, 0, 3);
	}
	glFlush();
	counting = false;
	int64_t end = thread_ns();
	glFinish();
	return end - start;
}

/* ---- in turns ------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(void) {
	static struct seam seam;
	static struct plain plain;
	double ours[ROUNDS], theirs[ROUNDS], ratios[ROUNDS];
	seam_init(&seam);
	EGLDisplay display = eglGetCurrentDisplay();
	EGLContext context = eglGetCurrentContext();
	plain_init(&plain);
	seam_list(&seam);
	uint64_t our_allocations = 0, their_allocations = 0;
	for (uint32_t i = 0; i < ROUNDS + 5; i++) { // the first ones warm caches
		eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
		allocations = 0;
		double a = (double)seam_round(&seam);
		our_allocations = allocations;
		eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, plain.context);
		allocations = 0;
		double b = (double)plain_round(&plain);
		their_allocations = allocations;
		if (i >= 5) {
			ours[i - 5] = a / DRAWS;
			theirs[i - 5] = b / DRAWS;
			ratios[i - 5] = a / b;
		}
	}
	qsort(ours, ROUNDS, sizeof(ours[0]), by_value);
	qsort(theirs, ROUNDS, sizeof(theirs[0]), by_value);
	qsort(ratios, ROUNDS, sizeof(ratios[0]), by_value);
	bench_line("draws-plain", theirs[ROUNDS / 2], "ns CPU/draw");
	bench_ratio("draws-seam", ours[ROUNDS / 2], "ns CPU/draw", ratios[ROUNDS / 2]);
	bench_line("draws-plain-allocations", (double)their_allocations, "a 1000 draws");
	bench_line("draws-seam-allocations", (double)our_allocations, "a 1000 draws");
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
	eglDestroyContext(display, plain.context);
	for (uint32_t i = 0; i < 2; i++) {
		seam.r->ops->pipeline_destroy(seam.r, seam.pipelines[i]);
	}
	seam.r->ops->buffer_destroy(seam.r, seam.vertices);
	seam.r->ops->buffer_destroy(seam.r, seam.constants);
	seam.r->ops->sampler_destroy(seam.r, seam.sampler);
	for (uint32_t i = 0; i < TEXTURES; i++) {
		seam.r->ops->view_destroy(seam.r, seam.texture_views[i]);
		seam.r->ops->image_destroy(seam.r, seam.textures[i]);
	}
	seam.r->ops->view_destroy(seam.r, seam.target_view);
	seam.r->ops->image_destroy(seam.r, seam.target);
	seam.r->ops->destroy(seam.r);
	free(seam.cmds);
	return 0;
}
