// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/gles/blitter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What stays allocated for the next time, each.
#define KEPT_BYTES_MAX (16u << 20)

enum kind {
	PACK_DEPTH16,
	PACK_DEPTH32F,
	PACK_STENCIL,
	PACK_DEPTH32F_STENCIL,
	PACK_B5G6R5,
	PACK_A1BGR5,
	PACK_ABGR4,
	PACK_BGR5A1,
	UNPACK_DEPTH24,
	UNPACK_DEPTH32F,
	UNPACK_STENCIL,
	UNPACK_BGR5A1,
	RESOLVE_DEPTH,
	RESOLVE_STENCIL,
	RESOLVE_FLOAT,
	RESOLVE_SINT,
	RESOLVE_UINT,
	HALVE,
	KINDS,
};

// Where there are two textures, the first has depth and the second stencil.
#define FLOATS "uniform sampler2D a;\n"
#define WORDS "uniform usampler2D a;\n"
#define SECOND "uniform usampler2D b;\n"
#define FLIP "uniform ivec2 flip;\n"
#define SAMPLES "uniform sampler2DMS a;\nuniform int count;\nuniform int filter_;\n" FLIP
#define ROW "p.y = p.y * flip.x + flip.y;\n"
#define TO_WORDS "out uvec4 o;\nuint n(float v, float most) { return uint(v * most + 0.5); }\n"

static const struct {
	const char *declarations, *body;
} shaders[KINDS] = {
	[PACK_DEPTH16] = { FLOATS TO_WORDS, "o = uvec4(n(texelFetch(a, p, 0).r, 65535.0));" },
	[PACK_DEPTH32F] = { FLOATS TO_WORDS, "o = uvec4(floatBitsToUint(texelFetch(a, p, 0).r));" },
	[PACK_STENCIL] = { WORDS TO_WORDS, "o = uvec4(texelFetch(a, p, 0).r);" },
	[PACK_DEPTH32F_STENCIL] = { FLOATS SECOND TO_WORDS,
		"o = uvec4(floatBitsToUint(texelFetch(a, p, 0).r), texelFetch(b, p, 0).r, 0, 0);" },
	[PACK_B5G6R5] = { FLOATS TO_WORDS,
		"vec4 c = texelFetch(a, p, 0);\n"
		"o = uvec4(n(c.r, 31.0) << 11 | n(c.g, 63.0) << 5 | n(c.b, 31.0));" },
	[PACK_A1BGR5] = { FLOATS TO_WORDS,
		"vec4 c = texelFetch(a, p, 0);\n"
		"o = uvec4(n(c.r, 31.0) << 11 | n(c.g, 31.0) << 6 | n(c.b, 31.0) << 1 | n(c.a, 1.0));" },
	[PACK_ABGR4] = { FLOATS TO_WORDS,
		"vec4 c = texelFetch(a, p, 0);\n"
		"o = uvec4(n(c.r, 15.0) << 12 | n(c.g, 15.0) << 8 | n(c.b, 15.0) << 4 |\n"
		"n(c.a, 15.0));" },
	[PACK_BGR5A1] = { FLOATS TO_WORDS,
		"vec4 c = texelFetch(a, p, 0);\n"
		"o = uvec4(n(c.a, 1.0) << 15 | n(c.r, 31.0) << 10 | n(c.g, 31.0) << 5 |\n"
		"n(c.b, 31.0));" },
	[UNPACK_DEPTH24] = { WORDS,
		"gl_FragDepth = float(texelFetch(a, p, 0).r >> 8) / 16777215.0;" },
	[UNPACK_DEPTH32F] = { WORDS, "gl_FragDepth = uintBitsToFloat(texelFetch(a, p, 0).r);" },
	// One draw a bit, because a fragment shader cannot give a stencil value.
	[UNPACK_STENCIL] = { WORDS "uniform uint bit;\n",
		"if ((texelFetch(a, p, 0).r & bit) == 0u) discard;" },
	[UNPACK_BGR5A1] = { WORDS "out vec4 o;\n",
		"uint v = texelFetch(a, p, 0).r;\n"
		"o = vec4(uvec4(v >> 10, v >> 5, v, v >> 15) & uvec4(31, 31, 31, 1)) /\n"
		"vec4(31, 31, 31, 1);" },
	[RESOLVE_DEPTH] = { SAMPLES,
		ROW
		"float d = texelFetch(a, p, 0).r;\n"
		"for (int i = 1; i < count && filter_ != 0; i++) {\n"
		"	float v = texelFetch(a, p, i).r;\n"
		"	d = filter_ == 1 ? min(d, v) : max(d, v);\n"
		"}\n"
		"gl_FragDepth = d;" },
	// filter_ is that of depth: the first sample that has the resolved depth gives the stencil.
	[RESOLVE_STENCIL] = { SAMPLES "uniform usampler2DMS b;\nuniform uint bit;\n",
		ROW
		"int at = 0;\n"
		"for (int i = 1; i < count && filter_ != 0; i++) {\n"
		"	float v = texelFetch(a, p, i).r, d = texelFetch(a, p, at).r;\n"
		"	if (filter_ == 1 ? v < d : v > d) at = i;\n"
		"}\n"
		"if ((texelFetch(b, p, at).r & bit) == 0u) discard;" },
	[RESOLVE_FLOAT] = { SAMPLES "out vec4 o;\n",
		ROW
		"vec4 sum = vec4(0.0);\n"
		"for (int i = 0; i < count; i++) sum += texelFetch(a, p, i);\n"
		"o = sum / float(count);" },
	// Integers have no average: Metal leaves open which sample it is.
	[RESOLVE_SINT] = { "uniform isampler2DMS a;\nout ivec4 o;\n" FLIP,
		ROW "o = texelFetch(a, p, 0);" },
	[RESOLVE_UINT] = { "uniform usampler2DMS a;\nout uvec4 o;\n" FLIP,
		ROW "o = texelFetch(a, p, 0);" },
	// The next smaller level: between the texels of the larger.
	[HALVE] = { FLOATS "uniform vec2 size;\nout vec4 o;\n",
		"o = textureLod(a, gl_FragCoord.xy / size, 0.0);" },
};

// Texels of 1, 2, 4, 8, 16 bytes: integers for programs, then bits for uploads.
#define KEPT 10
static const struct {
	uint32_t bytes;
	uint16_t format;
} kept[KEPT] = { { 1, 13 }, { 2, 23 }, { 4, 53 }, { 8, 103 }, { 16, 123 }, { 1, 10 }, { 2, 30 },
	{ 4, 70 }, { 8, 113 }, { 16, 123 } };

struct gles_blitter {
	GLuint vertex_array, vertex_shader;
	struct {
		GLuint id;
		GLint offset, bit, count, filter, size, flip;
	} programs[KINDS];
	struct gles_image *images[KEPT]; // owned
	GLuint buffer;
	uint64_t buffer_bytes;
};

static GLuint compile(GLenum type, const char *const *parts, GLsizei count) {
	GLuint shader = glCreateShader(type);
	glShaderSource(shader, count, parts, NULL);
	glCompileShader(shader);
	GLint good = 0;
	glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
	if (!good) {
		char log[512] = "";
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		pvg_error("gles: a shader of our own was refused: %s", log);
		glDeleteShader(shader);
		return 0;
	}
	return shader;
}

bool gles_blitter_init(struct gles_renderer *r) {
	struct gles_blitter *b = calloc(1, sizeof(*b));
	r->blitter = b;
	if (b == NULL) {
		return false;
	}
	glGenVertexArrays(1, &b->vertex_array);
	// One triangle over everything; at z 0, which is inside with and without clip control.
	const char *source =
		"#version 320 es\n"
		"void main() {\n"
		"vec2 v = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);\n"
		"gl_Position = vec4(v, 0.0, 1.0);\n"
		"}\n";
	b->vertex_shader = compile(GL_VERTEX_SHADER, &source, 1);
	return b->vertex_shader != 0;
}

static void drop_buffer(struct gles_renderer *r) {
	if (r->blitter->buffer != 0) {
		gles_state_drop_buffer(r, r->blitter->buffer);
		glDeleteBuffers(1, &r->blitter->buffer);
		r->blitter->buffer = 0;
		r->blitter->buffer_bytes = 0;
	}
}

void gles_blitter_finish(struct gles_renderer *r) {
	struct gles_blitter *b = r->blitter;
	if (b == NULL) {
		return;
	}
	for (int i = 0; i < KEPT; i++) {
		gles_image_destroy(&r->base, (struct pvg_gpu_image *)b->images[i]);
	}
	drop_buffer(r);
	for (int i = 0; i < KINDS; i++) {
		if (b->programs[i].id != 0) {
			gles_state_drop_program(r, b->programs[i].id);
			glDeleteProgram(b->programs[i].id);
		}
	}
	glDeleteShader(b->vertex_shader);
	gles_state_drop_vertex_array(r, b->vertex_array);
	glDeleteVertexArrays(1, &b->vertex_array);
	free(b);
	r->blitter = NULL;
}

void gles_blitter_trim(struct gles_renderer *r) {
	struct gles_blitter *b = r->blitter;
	for (int i = 0; i < KEPT; i++) {
		if (b->images[i] != NULL && b->images[i]->bytes > KEPT_BYTES_MAX) {
			gles_image_destroy(&r->base, (struct pvg_gpu_image *)b->images[i]);
			b->images[i] = NULL;
		}
	}
	if (b->buffer_bytes > KEPT_BYTES_MAX) {
		drop_buffer(r);
	}
}

static struct gles_image *at_least(struct gles_renderer *r, int which, uint32_t width,
	uint32_t height) {
	struct gles_image **image = &r->blitter->images[which];
	if (*image != NULL && (*image)->desc.width >= width && (*image)->desc.height >= height) {
		return *image;
	}
	struct pvg_gpu_image_desc desc = {
		.kind = PVG_GPU_2D,
		.usage = PVG_GPU_IMAGE_SAMPLED | PVG_GPU_IMAGE_TARGET,
		.format = kept[which].format,
		.width = width,
		.height = height,
		.depth = 1,
		.levels = 1,
		.samples = 1,
		.layers = 1,
	};
	if (*image != NULL) {
		// Growing both ways keeps images of changing shape from taking turns.
		uint32_t w = (*image)->desc.width, h = (*image)->desc.height;
		desc.width = w > width ? w : width;
		desc.height = h > height ? h : height;
	}
	gles_image_destroy(&r->base, (struct pvg_gpu_image *)*image);
	*image = gles_image(gles_image_create_raw(r, &desc));
	return *image;
}

struct gles_image *gles_blitter_image(struct gles_renderer *r, uint32_t texel_bytes, uint32_t width,
	uint32_t height) {
	for (int i = 0; i < KEPT / 2; i++) {
		if (kept[i].bytes == texel_bytes) {
			return at_least(r, i, width, height);
		}
	}
	return NULL;
}

struct gles_image *gles_blitter_bits(struct gles_renderer *r, uint32_t texel_bytes, uint32_t width,
	uint32_t height) {
	for (int i = KEPT / 2; i < KEPT; i++) {
		if (kept[i].bytes == texel_bytes) {
			return at_least(r, i, width, height);
		}
	}
	return NULL;
}

GLuint gles_blitter_buffer(struct gles_renderer *r, uint64_t bytes) {
	struct gles_blitter *b = r->blitter;
	if (b->buffer == 0 || b->buffer_bytes < bytes) {
		drop_buffer(r);
		uint64_t size = bytes < 65536 ? 65536 : bytes;
		glGenBuffers(1, &b->buffer);
		gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, b->buffer);
		while (glGetError() == GL_OUT_OF_MEMORY) {
		}
		glBufferData(GL_COPY_WRITE_BUFFER, (GLsizeiptr)size, NULL, GL_STREAM_COPY);
		if (glGetError() == GL_OUT_OF_MEMORY) {
			drop_buffer(r);
			return 0;
		}
		b->buffer_bytes = size;
	}
	return b->buffer;
}

void gles_blitter_state(struct gles_renderer *r) {
	static const GLenum off[] = { GL_SCISSOR_TEST, GL_BLEND, GL_CULL_FACE, GL_DEPTH_TEST,
		GL_STENCIL_TEST, GL_RASTERIZER_DISCARD, GL_SAMPLE_ALPHA_TO_COVERAGE,
		GL_POLYGON_OFFSET_FILL };
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		glDisable(off[i]);
	}
	if (r->ext.depth_clamp) {
		glDisable(GL_DEPTH_CLAMP_EXT);
	}
	if (r->ext.clip_cull_distance) {
		for (GLenum i = 0; i < 8; i++) {
			glDisable(GL_CLIP_DISTANCE0_EXT + i);
		}
	}
	if (r->ext.polygon_mode) {
		r->gl.polygon_mode(GL_FRONT_AND_BACK, GL_FILL_NV);
	}
	glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
	glDepthMask(GL_TRUE);
	glStencilMask(0xff);
	gles_draws_forget(r);
}

// Makes a program current; false: the driver refused it.
static bool use(struct gles_renderer *r, enum kind kind) {
	struct gles_blitter *b = r->blitter;
	if (b->programs[kind].id == 0) {
		const char *parts[] = {
			"#version 320 es\nprecision highp float;\n"
			"precision highp int;\nprecision highp sampler2D;\n"
			"precision highp usampler2D;\nprecision highp sampler2DMS;\n"
			"precision highp usampler2DMS;\nuniform ivec2 offset;\n",
			shaders[kind].declarations,
			"void main() {\nivec2 p = ivec2(gl_FragCoord.xy) + offset;\n",
			shaders[kind].body, "\n}\n"
		};
		GLuint shader = compile(GL_FRAGMENT_SHADER, parts, 5);
		if (shader == 0) {
			return false;
		}
		GLuint id = glCreateProgram();
		glAttachShader(id, b->vertex_shader);
		glAttachShader(id, shader);
		glLinkProgram(id);
		glDeleteShader(shader);
		GLint good = 0;
		glGetProgramiv(id, GL_LINK_STATUS, &good);
		if (!good) {
			pvg_error("gles: a program of our own was refused");
			glDeleteProgram(id);
			return false;
		}
		b->programs[kind].id = id;
		b->programs[kind].offset = glGetUniformLocation(id, "offset");
		b->programs[kind].bit = glGetUniformLocation(id, "bit");
		b->programs[kind].count = glGetUniformLocation(id, "count");
		b->programs[kind].filter = glGetUniformLocation(id, "filter_");
		b->programs[kind].size = glGetUniformLocation(id, "size");
		b->programs[kind].flip = glGetUniformLocation(id, "flip");
		gles_use_program(r, id);
		glUniform1i(glGetUniformLocation(id, "a"), 0);
		GLint second = glGetUniformLocation(id, "b");
		if (second >= 0) {
			glUniform1i(second, 1);
		}
	}
	gles_use_program(r, b->programs[kind].id);
	return true;
}

// A texture on one level and slice for texelFetch; stencil by its mode. The caller deletes it.
static GLuint fetch_as(struct gles_renderer *r, const struct gles_image *image, GLenum format,
	GLenum target, uint32_t level, uint32_t slice, bool stencil, uint32_t unit) {
	GLuint texture = 0;
	glGenTextures(1, &texture);
	r->gl.texture_view(texture, target, image->texture, format, level, 1, slice, 1);
	gles_bind_texture(r, unit, target, texture);
	gles_bind_sampler(r, unit, 0);
	if (target == GL_TEXTURE_2D) {
		// Integers, and depth without comparison, are incomplete with the default filters.
		glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
		glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	}
	if (stencil && image->format->value == GLES_DEPTH_STENCIL) {
		glTexParameteri(target, GL_DEPTH_STENCIL_TEXTURE_MODE, GL_STENCIL_INDEX);
	}
	return texture;
}

static GLuint fetch_view(struct gles_renderer *r, const struct gles_image *image, GLenum target,
	uint32_t level, uint32_t slice, bool stencil, uint32_t unit) {
	return fetch_as(r, image, image->format->storage, target, level, slice, stencil, unit);
}

static void delete_view(struct gles_renderer *r, GLuint texture) {
	if (texture != 0) {
		gles_state_drop_texture(r, texture);
		glDeleteTextures(1, &texture);
	}
}

static void draw(struct gles_renderer *r, enum kind kind, int32_t dx, int32_t dy) {
	glUniform2i(r->blitter->programs[kind].offset, dx, dy);
	gles_bind_vertex_array(r, r->blitter->vertex_array);
	glDrawArrays(GL_TRIANGLES, 0, 3);
}

// Draws into stencil: zero first, then the bits that are set, one after the other.
static void draw_stencil(struct gles_renderer *r, enum kind kind, const struct gles_rect *rect,
	int32_t dx, int32_t dy) {
	glEnable(GL_SCISSOR_TEST);
	glScissor((GLint)rect->x, (GLint)rect->y, (GLsizei)rect->width, (GLsizei)rect->height);
	glClearBufferiv(GL_STENCIL, 0, &(GLint){ 0 });
	glEnable(GL_STENCIL_TEST);
	glStencilFunc(GL_ALWAYS, 0xff, 0xff);
	glStencilOp(GL_REPLACE, GL_REPLACE, GL_REPLACE);
	for (GLuint bit = 1; bit < 256; bit <<= 1) {
		glStencilMask(bit);
		glUniform1ui(r->blitter->programs[kind].bit, bit);
		draw(r, kind, dx, dy);
	}
	glStencilMask(0xff);
	glDisable(GL_STENCIL_TEST);
	glDisable(GL_SCISSOR_TEST);
}

static void detach(struct gles_renderer *r, GLenum point) {
	static const struct gles_attach none;
	gles_attach_now(r, GL_FRAMEBUFFER, point, &none);
}

static GLenum point_of(bool depth, bool stencil) {
	return depth && stencil ? GL_DEPTH_STENCIL_ATTACHMENT
		: depth         ? GL_DEPTH_ATTACHMENT
		: stencil       ? GL_STENCIL_ATTACHMENT
				: GL_COLOR_ATTACHMENT0;
}

static void begin(struct gles_renderer *r, GLenum point, const struct gles_attach *attach,
	const struct gles_rect *rect) {
	GLenum buffer = point == GL_COLOR_ATTACHMENT0 ? point : GL_NONE;
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, gles_fbo_scratch(r, 0));
	gles_attach_now(r, GL_FRAMEBUFFER, point, attach);
	glDrawBuffers(1, &buffer);
	gles_blitter_state(r);
	glViewport((GLint)rect->x, (GLint)rect->y, (GLsizei)rect->width, (GLsizei)rect->height);
}

uint32_t gles_aspect_bytes(const struct gles_format *format, uint8_t aspect) {
	if (aspect == PVG_GPU_ASPECT_STENCIL && format->value == GLES_DEPTH_STENCIL) {
		return 1;
	}
	if (aspect == PVG_GPU_ASPECT_DEPTH && format->block_bytes == 8) {
		return 4;
	}
	return format->block_bytes;
}

static enum kind pack_kind(const struct gles_format *f, uint8_t aspect) {
	bool both = aspect == PVG_GPU_ASPECT_ALL;
	switch (f->value) {
	case GLES_DEPTH:
		return f->block_bytes == 2 ? PACK_DEPTH16 : PACK_DEPTH32F;
	case GLES_STENCIL:
		return PACK_STENCIL;
	case GLES_DEPTH_STENCIL:
		if (aspect == PVG_GPU_ASPECT_STENCIL) {
			return PACK_STENCIL;
		}
		return both ? PACK_DEPTH32F_STENCIL : PACK_DEPTH32F;
	default:
		return f->storage == GL_RGB565          ? PACK_B5G6R5
			: f->storage == GL_RGBA4        ? PACK_ABGR4
			: f->flags & GLES_FORMAT_ROTATE ? PACK_BGR5A1
							: PACK_A1BGR5;
	}
}

bool gles_blitter_pack(struct gles_renderer *r, struct gles_image *from, uint32_t level,
	uint32_t slice, const struct gles_rect *rect, uint8_t aspect, struct gles_image *to) {
	enum kind kind = pack_kind(from->format, aspect);
	if (!use(r, kind)) {
		return false;
	}
	GLuint first = fetch_view(r, from, GL_TEXTURE_2D, level, slice, kind == PACK_STENCIL, 0);
	GLuint second = 0;
	if (kind == PACK_DEPTH32F_STENCIL) {
		second = fetch_view(r, from, GL_TEXTURE_2D, level, slice, true, 1);
	}
	struct gles_attach attach = { to->texture, to->target, 0, 0 };
	struct gles_rect target = { 0, 0, rect->width, rect->height };
	begin(r, GL_COLOR_ATTACHMENT0, &attach, &target);
	draw(r, kind, (int32_t)rect->x, (int32_t)rect->y);
	detach(r, GL_COLOR_ATTACHMENT0);
	delete_view(r, first);
	delete_view(r, second);
	return true;
}

bool gles_blitter_unpack(struct gles_renderer *r, struct gles_image *from, struct gles_image *to,
	uint32_t level, uint32_t slice, const struct gles_rect *rect, uint8_t aspect) {
	bool stencil = aspect == PVG_GPU_ASPECT_STENCIL;
	bool depth = !stencil && to->format->value == GLES_DEPTH_STENCIL;
	enum kind kind = stencil               ? UNPACK_STENCIL
		: !depth                       ? UNPACK_BGR5A1
		: to->format->block_bytes == 4 ? UNPACK_DEPTH24
					       : UNPACK_DEPTH32F;
	if (!use(r, kind)) {
		return false;
	}
	GLenum point = point_of(depth, stencil);
	struct gles_attach attach = { to->texture, to->target, level, slice };
	begin(r, point, &attach, rect);
	GLuint view = fetch_view(r, from, GL_TEXTURE_2D, 0, 0, false, 0);
	int32_t dx = -(int32_t)rect->x, dy = -(int32_t)rect->y;
	if (stencil) {
		draw_stencil(r, kind, rect, dx, dy);
	} else {
		if (depth) {
			glEnable(GL_DEPTH_TEST);
			glDepthFunc(GL_ALWAYS);
		}
		draw(r, kind, dx, dy);
	}
	detach(r, point);
	delete_view(r, view);
	return true;
}

// Of resolves: which row of the source a row comes from.
static void set_flip(struct gles_renderer *r, enum kind kind, bool inverted, uint32_t height) {
	glUniform2i(r->blitter->programs[kind].flip, inverted ? -1 : 1,
		inverted ? (GLint)height - 1 : 0);
}

bool gles_blitter_resolve(struct gles_renderer *r, struct gles_view *from,
	const struct gles_attach *source, const struct gles_attach *to, bool stencil,
	uint8_t filter, uint8_t depth_filter, bool inverted, uint32_t width, uint32_t height) {
	enum kind kind = stencil ? RESOLVE_STENCIL : RESOLVE_DEPTH;
	if (!use(r, kind)) {
		return false;
	}
	const struct gles_image *image = from->image;
	uint32_t slice = from->desc.first_slice + source->layer;
	GLenum target = GL_TEXTURE_2D_MULTISAMPLE;
	bool has_depth = image->format->value != GLES_STENCIL;
	GLuint first = has_depth ? fetch_view(r, image, target, 0, slice, false, 0) : 0;
	GLuint second = stencil ? fetch_view(r, image, target, 0, slice, true, 1) : 0;
	struct gles_rect rect = { 0, 0, width, height };
	GLenum point = point_of(!stencil, stencil);
	begin(r, point, to, &rect);
	// Stencil takes the depth's sample only when it was asked to and there is a depth.
	uint8_t use_filter = !stencil ? filter : filter != 0 && has_depth ? depth_filter : 0;
	set_flip(r, kind, inverted, height);
	glUniform1i(r->blitter->programs[kind].count, image->samples);
	glUniform1i(r->blitter->programs[kind].filter, use_filter);
	if (stencil) {
		draw_stencil(r, kind, &rect, 0, 0);
	} else {
		glEnable(GL_DEPTH_TEST);
		glDepthFunc(GL_ALWAYS);
		draw(r, kind, 0, 0);
	}
	detach(r, point);
	delete_view(r, first);
	delete_view(r, second);
	return true;
}

bool gles_blitter_resolve_color(struct gles_renderer *r, struct gles_view *from,
	const struct gles_attach *source, const struct gles_attach *to, bool inverted,
	uint32_t width, uint32_t height) {
	enum kind kind = from->format->value == GLES_SINT ? RESOLVE_SINT
		: from->format->value == GLES_UINT        ? RESOLVE_UINT
							  : RESOLVE_FLOAT;
	if (!use(r, kind)) {
		return false;
	}
	GLuint view = fetch_as(r, from->image, from->gl_format, GL_TEXTURE_2D_MULTISAMPLE, 0,
		from->desc.first_slice + source->layer, false, 0);
	struct gles_rect rect = { 0, 0, width, height };
	begin(r, GL_COLOR_ATTACHMENT0, to, &rect);
	set_flip(r, kind, inverted, height);
	glUniform1i(r->blitter->programs[kind].count, from->image->samples);
	draw(r, kind, 0, 0);
	detach(r, GL_COLOR_ATTACHMENT0);
	delete_view(r, view);
	return true;
}

bool gles_blitter_halve(struct gles_renderer *r, struct gles_view *view, uint32_t level,
	uint32_t slice) {
	if (!use(r, HALVE)) {
		return false;
	}
	GLuint larger = fetch_as(r, view->image, view->gl_format, GL_TEXTURE_2D,
		view->desc.first_level + level - 1, view->desc.first_slice + slice, false, 0);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	struct gles_attach to = gles_attach_view(view, level, slice, 0);
	struct gles_rect rect = { 0, 0, gles_level_size(view->width, level),
		gles_level_size(view->height, level) };
	begin(r, GL_COLOR_ATTACHMENT0, &to, &rect);
	glUniform2f(r->blitter->programs[HALVE].size, (float)rect.width, (float)rect.height);
	draw(r, HALVE, 0, 0);
	detach(r, GL_COLOR_ATTACHMENT0);
	delete_view(r, larger);
	return true;
}
