// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "render/gles/gles.h"

void gles_state_forget(struct gles_renderer *r) {
	memset(&r->state, 0xff, sizeof(r->state));
}

void gles_use_program(struct gles_renderer *r, GLuint program) {
	if (r->state.program != program) {
		glUseProgram(program);
		r->state.program = program;
	}
}

void gles_bind_vertex_array(struct gles_renderer *r, GLuint vertex_array) {
	if (r->state.vertex_array != vertex_array) {
		glBindVertexArray(vertex_array);
		r->state.vertex_array = vertex_array;
	}
}

void gles_bind_framebuffer(struct gles_renderer *r, GLenum target, GLuint fbo) {
	bool draw = target != GL_READ_FRAMEBUFFER && r->state.draw_fbo != fbo;
	bool read = target != GL_DRAW_FRAMEBUFFER && r->state.read_fbo != fbo;
	if (draw && read) {
		glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	} else if (draw) {
		glBindFramebuffer(GL_DRAW_FRAMEBUFFER, fbo);
	} else if (read) {
		glBindFramebuffer(GL_READ_FRAMEBUFFER, fbo);
	}
	r->state.draw_fbo = draw ? fbo : r->state.draw_fbo;
	r->state.read_fbo = read ? fbo : r->state.read_fbo;
}

// A unit holds one texture for each target in GL; two are never left there, because a shader that
// samples by one would make the other's absence from the cache harmless only by luck.
void gles_bind_texture(struct gles_renderer *r, uint32_t unit, GLenum target, GLuint texture) {
	struct gles_state *s = &r->state;
	if (s->texture[unit] == texture && s->target[unit] == target) {
		return;
	}
	if (s->unit != unit) {
		glActiveTexture(GL_TEXTURE0 + unit);
		s->unit = unit;
	}
	glBindTexture(target, texture);
	s->texture[unit] = texture;
	s->target[unit] = target;
}

void gles_bind_scratch(struct gles_renderer *r, GLenum target, GLuint texture) {
	uint32_t unit = (uint32_t)r->limits.scratch_unit;
	// What follows works on the active unit's texture, also when that is bound already.
	if (r->state.unit != unit) {
		glActiveTexture(GL_TEXTURE0 + unit);
		r->state.unit = unit;
	}
	gles_bind_texture(r, unit, target, texture);
}

void gles_bind_sampler(struct gles_renderer *r, uint32_t unit, GLuint sampler) {
	if (r->state.sampler[unit] != sampler) {
		glBindSampler(unit, sampler);
		r->state.sampler[unit] = sampler;
	}
}

void gles_bind_buffer(struct gles_renderer *r, GLenum target, GLuint buffer) {
	GLuint *bound = target == GL_PIXEL_PACK_BUFFER ? &r->state.pack_buffer
		: target == GL_PIXEL_UNPACK_BUFFER     ? &r->state.unpack_buffer
		: target == GL_COPY_READ_BUFFER        ? &r->state.copy_read
						       : &r->state.copy_write;
	if (*bound != buffer) {
		glBindBuffer(target, buffer);
		*bound = buffer;
	}
}

void gles_state_drop_texture(struct gles_renderer *r, GLuint texture) {
	for (uint32_t i = 0; i <= GLES_TEXTURE_UNITS; i++) {
		if (r->state.texture[i] == texture) {
			r->state.texture[i] = GLES_UNKNOWN;
		}
	}
}

void gles_state_drop_sampler(struct gles_renderer *r, GLuint sampler) {
	for (uint32_t i = 0; i <= GLES_TEXTURE_UNITS; i++) {
		if (r->state.sampler[i] == sampler) {
			r->state.sampler[i] = GLES_UNKNOWN;
		}
	}
}

void gles_state_drop_buffer(struct gles_renderer *r, GLuint buffer) {
	GLuint *const all[] = { &r->state.pack_buffer, &r->state.unpack_buffer, &r->state.copy_read,
		&r->state.copy_write };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (*all[i] == buffer) {
			*all[i] = GLES_UNKNOWN;
		}
	}
}

void gles_state_drop_program(struct gles_renderer *r, GLuint program) {
	if (r->state.program == program) {
		r->state.program = GLES_UNKNOWN;
	}
}

void gles_state_drop_vertex_array(struct gles_renderer *r, GLuint vertex_array) {
	if (r->state.vertex_array == vertex_array) {
		r->state.vertex_array = GLES_UNKNOWN;
	}
}
