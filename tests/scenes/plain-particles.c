// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain.h"

#include <string.h>

#define PARTICLES 3000u
#define GROUP 64u

enum { KERNEL, ARRAY, INSTANCES, ARGUMENTS, AGES };

static const char kernel[] =
	"#version 320 es\n"
	"precision highp float;\n"
	"precision highp int;\n"
	"layout(local_size_x = 64) in;\n"
	"layout(std430, binding = 0) buffer a { uint instances[]; };\n"
	"layout(std430, binding = 1) buffer b { uint arguments[]; };\n"
	"layout(std430, binding = 2) buffer c { uint ages[]; };\n"
	"uniform uvec4 frame;\n"
	"void main() {\n"
	"	uint id = gl_GlobalInvocationID.x;\n"
	"	if (id >= frame.w) {\n"
	"		return;\n"
	"	}\n"
	"	uint hash = id * 2654435761u;\n"
	"	hash ^= hash >> 13;\n"
	"	uint x = ((hash >> 4 & 4095u) + ((hash & 3u) + 1u) * frame.x) % frame.y;\n"
	"	uint y = ((hash >> 16 & 4095u) + ((hash >> 2 & 3u) + 1u) * frame.x) % frame.z;\n"
	"	uint age = ages[id] + 1u;\n"
	"	ages[id] = age;\n"
	"	uint red = age & 63u;\n"
	"	instances[id * 5u] = y << 16 | x;\n"
	"	instances[id * 5u + 1u] = 4u << 16 | 4u;\n"
	"	instances[id * 5u + 2u] = 0u;\n"
	"	instances[id * 5u + 3u] = 0u;\n"
	"	instances[id * 5u + 4u] = red | (hash & 63u) << 8 | (96u - red) << 16 | 255u << 24;\n"
	"	atomicAdd(arguments[1], 1u);\n"
	"	if (id == 0u) {\n"
	"		arguments[0] = 4u;\n"
	"	}\n"
	"}\n";

static GLuint storage(GLsizeiptr bytes) {
	GLuint buffer;
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_SHADER_STORAGE_BUFFER, buffer);
	glBufferData(GL_SHADER_STORAGE_BUFFER, bytes, NULL, GL_DYNAMIC_COPY);
	void *at = glMapBufferRange(GL_SHADER_STORAGE_BUFFER, 0, bytes, GL_MAP_WRITE_BIT);
	memset(at, 0, (size_t)bytes);
	glUnmapBuffer(GL_SHADER_STORAGE_BUFFER);
	return buffer;
}

static bool set_up(struct plain *plain) {
	const char *source = kernel;
	plain->own[KERNEL] = glCreateShaderProgramv(GL_COMPUTE_SHADER, 1, &source);
	plain->own[INSTANCES] = storage(PARTICLES * PVG_GS_INSTANCE_BYTES);
	plain->own[ARGUMENTS] = storage(16);
	plain->own[AGES] = storage(PARTICLES * 4);
	glGenVertexArrays(1, &plain->own[ARRAY]);
	glBindVertexArray(plain->own[ARRAY]);
	glVertexAttribIFormat(0, 4, GL_SHORT, 0);
	glVertexAttribIFormat(1, 4, GL_SHORT, 8);
	glVertexAttribFormat(2, 4, GL_UNSIGNED_BYTE, GL_TRUE, 16);
	for (GLuint i = 0; i < 3; i++) {
		glVertexAttribBinding(i, 0);
		glEnableVertexAttribArray(i);
	}
	glVertexBindingDivisor(0, 1);
	glBindVertexBuffer(0, plain->own[INSTANCES], 0, PVG_GS_INSTANCE_BYTES);
	return true;
}

static void frame(struct plain *plain, uint64_t number) {
	static const uint32_t none[4] = { 0 };
	glBindBuffer(GL_DRAW_INDIRECT_BUFFER, plain->own[ARGUMENTS]);
	glBufferSubData(GL_DRAW_INDIRECT_BUFFER, 0, sizeof(none), none);
	glUseProgram(plain->own[KERNEL]);
	for (GLuint i = 0; i < 3; i++) {
		glBindBufferBase(GL_SHADER_STORAGE_BUFFER, i, plain->own[INSTANCES + i]);
	}
	glUniform4ui(glGetUniformLocation(plain->own[KERNEL], "frame"), (GLuint)number,
		plain->width, plain->height, PARTICLES);
	glDispatchCompute(PARTICLES / GROUP + 1, 1, 1);
	glMemoryBarrier(GL_COMMAND_BARRIER_BIT | GL_VERTEX_ATTRIB_ARRAY_BARRIER_BIT);

	glBindFramebuffer(GL_FRAMEBUFFER, plain->target_fbo);
	glViewport(0, 0, (GLsizei)plain->width, (GLsizei)plain->height);
	glClearBufferfv(GL_COLOR, 0, (const float[]){ 8 / 255.0f, 8 / 255.0f, 16 / 255.0f, 1 });
	glEnable(GL_BLEND);
	glBlendFunc(GL_ONE, GL_ONE);
	glUseProgram(plain->solid);
	glUniform4f(plain->solid_sizes, (float)plain->width, (float)plain->height, 1, 1);
	glBindVertexArray(plain->own[ARRAY]);
	glDrawArraysIndirect(GL_TRIANGLE_STRIP, NULL);
}

const struct plain_scene plain_scene_particles = { "particles", set_up, frame };
