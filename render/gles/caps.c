// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "render/gles/bc.h"
#include "render/gles/caps.h"

static GLint get(GLenum name) {
	GLint value = 0;
	glGetIntegerv(name, &value);
	return value;
}

static GLint64 get64(GLenum name) {
	GLint64 value = 0;
	glGetInteger64v(name, &value);
	return value;
}

static GLint least(GLint a, GLint b) {
	return a < b ? a : b;
}

static void load_limits(struct gles_renderer *r) {
	struct gles_limits *l = &r->limits;
	l->texture_size = get(GL_MAX_TEXTURE_SIZE);
	l->texture_3d_size = get(GL_MAX_3D_TEXTURE_SIZE);
	l->layers = get(GL_MAX_ARRAY_TEXTURE_LAYERS);
	l->samples = least(get(GL_MAX_COLOR_TEXTURE_SAMPLES), get(GL_MAX_DEPTH_TEXTURE_SAMPLES));
	l->attributes = get(GL_MAX_VERTEX_ATTRIBS);
	l->attribute_stride = get(GL_MAX_VERTEX_ATTRIB_STRIDE);
	l->attribute_offset = get(GL_MAX_VERTEX_ATTRIB_RELATIVE_OFFSET);
	static const GLenum textures[] = { GL_MAX_VERTEX_TEXTURE_IMAGE_UNITS,
		GL_MAX_TEXTURE_IMAGE_UNITS, GL_MAX_COMPUTE_TEXTURE_IMAGE_UNITS };
	static const GLenum images[] = { GL_MAX_VERTEX_IMAGE_UNIFORMS,
		GL_MAX_FRAGMENT_IMAGE_UNIFORMS, GL_MAX_COMPUTE_IMAGE_UNIFORMS };
	static const GLenum storage[] = { GL_MAX_VERTEX_SHADER_STORAGE_BLOCKS,
		GL_MAX_FRAGMENT_SHADER_STORAGE_BLOCKS, GL_MAX_COMPUTE_SHADER_STORAGE_BLOCKS };
	static const GLenum uniform[] = { GL_MAX_VERTEX_UNIFORM_BLOCKS,
		GL_MAX_FRAGMENT_UNIFORM_BLOCKS, GL_MAX_COMPUTE_UNIFORM_BLOCKS };
	for (int stage = 0; stage < PVG_GPU_STAGES; stage++) {
		l->textures[stage] = get(textures[stage]);
		l->images[stage] = get(images[stage]);
		l->storage_blocks[stage] = get(storage[stage]);
		l->uniform_blocks[stage] = get(uniform[stage]);
	}
	l->scratch_unit =
		least(get(GL_MAX_COMBINED_TEXTURE_IMAGE_UNITS), GLES_TEXTURE_UNITS + 1) - 1;
	l->combined_textures = least(get(GL_MAX_COMBINED_TEXTURE_IMAGE_UNITS), GLES_TEXTURE_UNITS);
	l->storage_bindings = get(GL_MAX_SHADER_STORAGE_BUFFER_BINDINGS);
	l->image_units = get(GL_MAX_IMAGE_UNITS);
	l->color_attachments = least(get(GL_MAX_COLOR_ATTACHMENTS), get(GL_MAX_DRAW_BUFFERS));
	l->uniform_bindings = least(get(GL_MAX_UNIFORM_BUFFER_BINDINGS), GLES_BINDINGS);
	l->storage_alignment = get(GL_SHADER_STORAGE_BUFFER_OFFSET_ALIGNMENT);
	l->uniform_alignment = get(GL_UNIFORM_BUFFER_OFFSET_ALIGNMENT);
	l->texture_buffer_alignment = get(GL_TEXTURE_BUFFER_OFFSET_ALIGNMENT);
	l->storage_block_bytes = get64(GL_MAX_SHADER_STORAGE_BLOCK_SIZE);
	l->uniform_block_bytes = get64(GL_MAX_UNIFORM_BLOCK_SIZE);
	l->texture_buffer_texels = get(GL_MAX_TEXTURE_BUFFER_SIZE);
	GLfloat widths[2] = { 1, 1 };
	glGetFloatv(GL_ALIASED_LINE_WIDTH_RANGE, widths);
	l->line_width = widths[1];
	glGetIntegerv(GL_MAX_VIEWPORT_DIMS, l->viewport);
	l->anisotropy = 1;
	if (r->ext.anisotropic) {
		glGetFloatv(GL_MAX_TEXTURE_MAX_ANISOTROPY_EXT, &l->anisotropy);
	}
}

// Drivers with one kind of depth-stencil surface refuse two images, which GL lets them.
static bool draws_to_two(struct gles_renderer *r) {
	static const GLenum formats[] = { GL_DEPTH_COMPONENT32F, GL_STENCIL_INDEX8 };
	static const GLenum points[] = { GL_DEPTH_ATTACHMENT, GL_STENCIL_ATTACHMENT };
	GLuint textures[2], fbo;
	glGenTextures(2, textures);
	glGenFramebuffers(1, &fbo);
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, fbo);
	for (unsigned int i = 0; i < 2; i++) {
		gles_bind_scratch(r, GL_TEXTURE_2D, textures[i]);
		glTexStorage2D(GL_TEXTURE_2D, 1, formats[i], 4, 4);
		glFramebufferTexture2D(GL_FRAMEBUFFER, points[i], GL_TEXTURE_2D, textures[i], 0);
	}
	bool good = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	good = gles_no_error() && good;
	gles_bind_framebuffer(r, GL_FRAMEBUFFER, 0);
	glDeleteFramebuffers(1, &fbo);
	for (unsigned int i = 0; i < 2; i++) {
		gles_state_drop_texture(r, textures[i]);
	}
	glDeleteTextures(2, textures);
	return good;
}

void gles_caps_load(struct gles_renderer *r) {
	load_limits(r);
	gles_formats_probe(r);
	const struct gles_limits *l = &r->limits;
	struct pvg_gpu_caps *c = &r->base.caps;
	snprintf(c->name, sizeof(c->name), "%s, %s", glGetString(GL_RENDERER),
		glGetString(GL_VERSION));
	c->max_samples = (uint32_t)l->samples;
	c->max_colors = (uint32_t)least(l->color_attachments, PVG_GPU_COLORS);
	c->max_size_2d = (uint32_t)l->texture_size;
	c->max_size_3d = (uint32_t)l->texture_3d_size;
	c->max_layers = (uint32_t)l->layers;
	c->max_threads = (uint32_t)get(GL_MAX_COMPUTE_WORK_GROUP_INVOCATIONS);
	for (GLuint i = 0; i < 3; i++) {
		GLint size = 0;
		glGetIntegeri_v(GL_MAX_COMPUTE_WORK_GROUP_SIZE, i, &size);
		c->max_threads_axis[i] = (uint32_t)size;
	}
	c->threadgroup_bytes = (uint32_t)get(GL_MAX_COMPUTE_SHARED_MEMORY_SIZE);
	c->max_anisotropy = (uint32_t)l->anisotropy;
	c->max_attribute_stride = (uint32_t)l->attribute_stride;
	c->separate_stencil = draws_to_two(r);
	c->framebuffer_fetch = r->ext.framebuffer_fetch;
	c->reads_attachments = true; // copies where there is no extension (pass-copy.c)
	c->depth_clamp = r->ext.depth_clamp;
	c->base_instance = r->ext.base_instance;
	c->clear_texture = r->ext.clear_texture;
	c->bc = true;
	for (uint16_t number = 130; number <= 153; number++) {
		c->bc = c->bc && (gles_bc_find(number) == NULL || r->formats[number].caps != 0);
	}
	c->astc = (r->formats[204].caps & PVG_GPU_SAMPLE) != 0;
	c->etc = (r->formats[180].caps & PVG_GPU_SAMPLE) != 0;
	c->tessellation = true;
	c->texture_barrier = r->ext.texture_barrier;
	c->float_filter = r->ext.float_linear;
	c->dmabuf_import = r->ext.dmabuf && r->ext.egl_image_storage;
	c->software = r->software;
}
