// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain.h"

#include <EGL/eglext.h>
#include <GLES2/gl2ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene/bars.h"

static const struct plain_scene *const scenes[] = {
	&plain_scene_desktop,
	&plain_scene_maps,
	&plain_scene_textured,
	&plain_scene_particles,
	&plain_scene_msaa,
	&plain_scene_angle_blits,
	&plain_scene_imgui,
	&plain_scene_imgui_linear,
	&plain_scene_sdl2d,
	&plain_scene_shadow,
	&plain_scene_mrt_deferred,
	&plain_scene_video,
	&plain_scene_tess,
	&plain_scene_triangle,
};

static PFNGLCLIPCONTROLEXTPROC clip_control;
static PFNGLBUFFERSTORAGEEXTPROC buffer_storage;

const char plain_rect_vertex[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"layout(location = 0) in ivec4 rect;\n"
	"layout(location = 1) in ivec4 source;\n"
	"layout(location = 2) in vec4 tint;\n"
	"uniform vec4 sizes;\n"
	"out vec4 color;\n"
	"out vec2 place;\n"
	"void main() {\n"
	"	vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
	"	vec2 at = vec2(rect.xy) + corner * vec2(rect.zw);\n"
	"	gl_Position = vec4(at.x * 2.0 / sizes.x - 1.0, 1.0 - at.y * 2.0 / sizes.y, 0.0, 1.0);\n"
	"	color = tint;\n"
	"	place = (vec2(source.xy) + corner * vec2(source.zw)) / sizes.zw;\n"
	"}\n";

const char plain_color_fragment[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"in vec4 color;\n"
	"out vec4 result;\n"
	"void main() {\n"
	"	result = color;\n"
	"}\n";

const char plain_tinted_vertex[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"layout(location = 0) in vec2 at;\n"
	"layout(location = 1) in vec2 uv;\n"
	"layout(location = 2) in vec4 tint;\n"
	"uniform mat4 matrix;\n"
	"out vec4 color;\n"
	"out vec2 place;\n"
	"void main() {\n"
	"	gl_Position = matrix[0] * at.x + matrix[1] * at.y + matrix[3];\n"
	"	gl_Position.y = -gl_Position.y;\n"
	"	color = tint;\n"
	"	place = uv;\n"
	"}\n";

const char plain_textured_fragment[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"uniform highp sampler2D picture;\n"
	"in vec4 color;\n"
	"in vec2 place;\n"
	"out vec4 result;\n"
	"void main() {\n"
	"	result = texture(picture, place) * color;\n"
	"}\n";

static const char corner_vertex[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"layout(location = 0) in ivec2 at;\n"
	"layout(location = 1) in vec4 tint;\n"
	"out vec4 color;\n"
	"void main() {\n"
	"	gl_Position = vec4(vec2(at) / 1000.0, 0.5, 1.0);\n"
	"	color = tint;\n"
	"}\n";

static GLuint compile(GLenum stage, const char *source) {
	GLuint shader = glCreateShader(stage);
	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	GLint ok;
	glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
	if (ok == 0) {
		char log[1024];
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		fprintf(stderr, "plain shader: %s\n", log);
	}
	return shader;
}

GLuint plain_program(const char *vertex, const char *fragment) {
	GLuint program = glCreateProgram();
	GLuint stages[] = { compile(GL_VERTEX_SHADER, vertex),
		compile(GL_FRAGMENT_SHADER, fragment) };
	for (size_t i = 0; i < 2; i++) {
		glAttachShader(program, stages[i]);
		glDeleteShader(stages[i]);
	}
	glLinkProgram(program);
	GLint ok;
	glGetProgramiv(program, GL_LINK_STATUS, &ok);
	if (ok == 0) {
		fprintf(stderr, "plain program does not link\n");
	}
	return program;
}

void plain_set_origin(GLenum origin) {
	clip_control(origin, GL_ZERO_TO_ONE_EXT);
}

GLuint plain_buffer(GLenum target, uint32_t size_bytes, uint8_t **bytes) {
	GLuint buffer;
	GLbitfield flags = GL_MAP_WRITE_BIT | GL_MAP_PERSISTENT_BIT_EXT | GL_MAP_COHERENT_BIT_EXT;
	glGenBuffers(1, &buffer);
	glBindBuffer(target, buffer);
	buffer_storage(target, size_bytes, NULL, flags);
	*bytes = glMapBufferRange(target, 0, size_bytes, flags);
	return buffer;
}

void plain_make_corners(uint32_t size_bytes, struct plain_corners *corners, uint8_t **bytes) {
	corners->program = plain_program(corner_vertex, plain_color_fragment);
	glGenVertexArrays(1, &corners->array);
	glBindVertexArray(corners->array);
	corners->buffer = plain_buffer(GL_ARRAY_BUFFER, size_bytes, bytes);
	glVertexAttribIFormat(0, 2, GL_SHORT, 0);
	glVertexAttribFormat(1, 4, GL_UNSIGNED_BYTE, GL_TRUE, 4);
	for (GLuint i = 0; i < 2; i++) {
		glVertexAttribBinding(i, 0);
		glEnableVertexAttribArray(i);
	}
}

/* ---- life ---------------------------------------------------------------------------------- */

static bool open_context(struct plain *plain, const char **error) {
	const EGLint attributes[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 2,
		EGL_NONE };
	EGLint major, minor;
	plain->display =
		eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	if (plain->display == EGL_NO_DISPLAY || !eglInitialize(plain->display, &major, &minor)) {
		*error = "no surfaceless EGL";
		return false;
	}
	eglBindAPI(EGL_OPENGL_ES_API);
	plain->context =
		eglCreateContext(plain->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (plain->context == EGL_NO_CONTEXT ||
		!eglMakeCurrent(plain->display, EGL_NO_SURFACE, EGL_NO_SURFACE, plain->context)) {
		*error = "no GLES 3.2 context";
		return false;
	}
	clip_control = (PFNGLCLIPCONTROLEXTPROC)eglGetProcAddress("glClipControlEXT");
	buffer_storage = (PFNGLBUFFERSTORAGEEXTPROC)eglGetProcAddress("glBufferStorageEXT");
	if (clip_control == NULL || buffer_storage == NULL) {
		*error = "no EXT_clip_control or EXT_buffer_storage";
		return false;
	}
	return true;
}

static void open_rects(struct plain *plain) {
	const uint32_t stride = PVG_GS_INSTANCE_BYTES;
	glGenVertexArrays(1, &plain->rect_array);
	glBindVertexArray(plain->rect_array);
	plain->rect_buffer = plain_buffer(GL_ARRAY_BUFFER,
		PVG_GS_FRAMES * PVG_GS_INSTANCES * stride, &plain->rect_bytes);
	glVertexAttribIFormat(0, 4, GL_SHORT, 0);
	glVertexAttribIFormat(1, 4, GL_SHORT, 8);
	glVertexAttribFormat(2, 4, GL_UNSIGNED_BYTE, GL_TRUE, 16);
	for (GLuint i = 0; i < 3; i++) {
		glVertexAttribBinding(i, 0);
		glEnableVertexAttribArray(i);
	}
	glVertexBindingDivisor(0, 1);
	plain->solid = plain_program(plain_rect_vertex, plain_color_fragment);
	plain->textured = plain_program(plain_rect_vertex, plain_textured_fragment);
	plain->solid_sizes = glGetUniformLocation(plain->solid, "sizes");
	plain->textured_sizes = glGetUniformLocation(plain->textured, "sizes");
}

struct plain *plain_create(const char *scene, uint32_t width, uint32_t height, const char **error) {
	struct plain *plain = calloc(1, sizeof(*plain));
	*error = "no memory";
	if (plain == NULL) {
		return NULL;
	}
	plain->context = EGL_NO_CONTEXT;
	plain->width = width;
	plain->height = height;
	for (size_t i = 0; i < PVG_ENC_COUNT(scenes); i++) {
		if (strcmp(scenes[i]->name, scene) == 0) {
			plain->scene = scenes[i];
		}
	}
	if (plain->scene == NULL) {
		*error = "no such scene";
		plain_destroy(plain);
		return NULL;
	}
	if (!open_context(plain, error)) {
		plain_destroy(plain);
		return NULL;
	}
	static uint32_t gradient[2 * PVG_PAINT_MAX_WIDTH];
	pvg_paint_init(&plain->painter, width, height, 60000, 0, gradient);
	clip_control(GL_UPPER_LEFT_EXT, GL_ZERO_TO_ONE_EXT);
	glGenTextures(1, &plain->target);
	glBindTexture(GL_TEXTURE_2D, plain->target);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, (GLsizei)width, (GLsizei)height);
	glGenFramebuffers(1, &plain->target_fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, plain->target,
		0);
	open_rects(plain);
	if (!plain->scene->set_up(plain) || glGetError() != GL_NO_ERROR) {
		*error = "the scene cannot be set up";
		plain_destroy(plain);
		return NULL;
	}
	return plain;
}

void plain_destroy(struct plain *plain) {
	if (plain == NULL) {
		return;
	}
	if (plain->context != EGL_NO_CONTEXT) {
		eglMakeCurrent(plain->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		eglDestroyContext(plain->display, plain->context);
	}
	free(plain);
}

/* ---- rectangles ---------------------------------------------------------------------------- */

uint32_t plain_put_rects(struct plain *plain, const struct pvg_plan_rect *rects, uint32_t count) {
	uint32_t first = plain->used;
	if (count > PVG_GS_INSTANCES - first) {
		fprintf(stderr, "too many rectangles in a frame\n");
		abort();
	}
	// The instance's layout in memory is the structure's.
	_Static_assert(sizeof(struct pvg_plan_rect) == PVG_GS_INSTANCE_BYTES, "instance layout");
	memcpy(plain->rect_bytes +
			((size_t)plain->page * PVG_GS_INSTANCES + first) * PVG_GS_INSTANCE_BYTES,
		rects, (size_t)count * PVG_GS_INSTANCE_BYTES);
	plain->used += count;
	return first;
}

void plain_draw_rects(struct plain *plain, GLint sizes, uint32_t first, uint32_t count,
	uint32_t target_w, uint32_t target_h, uint32_t texture_w, uint32_t texture_h) {
	GLintptr at = ((GLintptr)plain->page * PVG_GS_INSTANCES + first) * PVG_GS_INSTANCE_BYTES;
	glBindVertexBuffer(0, plain->rect_buffer, at, PVG_GS_INSTANCE_BYTES);
	glUniform4f(sizes, (float)target_w, (float)target_h, (float)texture_w, (float)texture_h);
	glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, (GLsizei)count);
}

static void draw_bars(struct plain *plain, uint64_t number) {
	struct pvg_plan_rect rects[PVG_BARS_RECTS];
	for (unsigned int strip = 0; strip < PVG_BARS_STRIPS; strip++) {
		pvg_bars_strip(&plain->painter, strip, number, rects);
		uint32_t first = plain_put_rects(plain, rects, PVG_BARS_RECTS);
		plain_draw_rects(plain, plain->solid_sizes, first, PVG_BARS_RECTS, plain->width,
			plain->height, 1, 1);
	}
}

void plain_frame(struct plain *plain, uint64_t number) {
	plain->page = (uint32_t)(number % PVG_GS_FRAMES);
	plain->used = 0;
	if (plain->fences[plain->page] != NULL) {
		glClientWaitSync(plain->fences[plain->page], GL_SYNC_FLUSH_COMMANDS_BIT,
			GL_TIMEOUT_IGNORED);
		glDeleteSync(plain->fences[plain->page]);
	}
	plain->scene->frame(plain, number);
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glDisable(GL_BLEND);
	glDisable(GL_DEPTH_TEST);
	glUseProgram(plain->solid);
	glBindVertexArray(plain->rect_array);
	draw_bars(plain, number);
	plain->fences[plain->page] = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
	glFlush();
}

void plain_finish(struct plain *plain) {
	glFinish();
}

void plain_swap_red_blue(uint8_t *pixels, size_t count) {
	for (uint8_t *p = pixels; p < pixels + 4 * count; p += 4) {
		uint8_t red = p[0];
		p[0] = p[2];
		p[2] = red;
	}
}

void plain_read(struct plain *plain, uint8_t *pixels) {
	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glReadPixels(0, 0, (GLsizei)plain->width, (GLsizei)plain->height, GL_RGBA,
		GL_UNSIGNED_BYTE, pixels);
	plain_swap_red_blue(pixels, (size_t)plain->width * plain->height);
}

bool plain_write_ppm(const char *path, const uint8_t *xrgb, uint32_t width, uint32_t height) {
	FILE *file = fopen(path, "wb");
	if (file == NULL) {
		return false;
	}
	fprintf(file, "P6\n%u %u\n255\n", width, height);
	for (size_t i = 0; i < (size_t)width * height; i++) {
		const uint8_t rgb[] = { xrgb[4 * i + 2], xrgb[4 * i + 1], xrgb[4 * i] };
		fwrite(rgb, 1, 3, file);
	}
	return fclose(file) == 0;
}
