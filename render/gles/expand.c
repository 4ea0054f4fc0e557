// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <stdlib.h>
#include <string.h>

/*
 * What index.c does with indices that the CPU knows, for those that the GPU may have written: a
 * kernel writes the primitives out as lists. Counts from the GPU stay there as well; the list is
 * then as long as the indices could make it. Rare.
 */

#define GROUP 256u
#define GROUPS_MOST 1024u

static const char *const source[] = {
	"#version 320 es\n"
	"layout(local_size_x = 256) in;\n"
	"precision highp float;\n"
	"precision highp int;\n"
	"layout(binding = 0, std430) readonly buffer pvg_from { uint words[]; } from;\n"
	"layout(binding = 1, std430) writeonly buffer pvg_to { uint words[]; } to;\n"
	"layout(binding = 2, std430) readonly buffer pvg_given { uint words[]; } given;\n"
	"layout(binding = 3, std430) writeonly buffer pvg_made { uint words[]; } made;\n"
	// First byte in the block, bytes of an index, how many there are, how many are drawn.
	"uniform uvec4 pvg_input;\n"
	// Primitive type, enum gles_rewrite, counts from the GPU, first word of the output.
	"uniform uvec4 pvg_what;\n"
	"uniform uint pvg_bases;\n" // all ones where GL adds base instances
	"uniform uvec3 pvg_restart;\n" // is there one, which index, the largest of a vertex
	"shared uint starts[256];\n"
	"const uint NONE = 0xffffffffu;\n",
	"uint index(uint i)\n"
	"{\n"
	"    uint at = pvg_input.x + i * pvg_input.y, over = at & 3u;\n"
	"    uint word = from.words[at >> 2u] >> (over * 8u);\n"
	"    if (over + pvg_input.y > 4u) {\n"
	"        word |= from.words[(at >> 2u) + 1u] << (32u - over * 8u);\n"
	"    }\n"
	"    return pvg_input.y == 2u ? word & 0xffffu : word;\n"
	"}\n"
	"bool restarts(uint value)\n"
	"{\n"
	"    return pvg_restart.x != 0u && value == pvg_restart.y;\n"
	"}\n"
	"uint at;\n"
	"void put(uint value)\n"
	"{\n"
	"    to.words[at++] = value;\n"
	"}\n"
	"void triangle(uint a, uint b, uint c)\n"
	"{\n"
	"    if (pvg_what.y != 1u) {\n"
	"        put(a);\n"
	"    }\n"
	"    put(b);\n"
	"    put(c);\n"
	"    if (pvg_what.y == 1u) {\n"
	"        put(a);\n"
	"    }\n"
	"}\n",
	"void main()\n"
	"{\n"
	"    uint primitive = pvg_what.x, first = 0u, count = pvg_input.w;\n"
	"    if (pvg_what.z != 0u) {\n"
	"        first = min(given.words[2], pvg_input.z);\n"
	"        count = min(given.words[0], pvg_input.z - first);\n"
	"    }\n"
	"    bool strip = primitive == 4u, list = (primitive & 1u) != 0u;\n"
	"    uint size = primitive == 0u ? 1u : primitive < 3u ? 2u : 3u;\n"
	// A list that is cut: any index may be the first of a primitive.
	"    bool cut = list && pvg_restart.x != 0u;\n"
	"    uint units = list && !cut ? count / size : max(count, size - 1u) - (size - 1u);\n"
	"    if (pvg_what.z != 0u && gl_GlobalInvocationID.x == 0u) {\n"
	"        made.words[0] = units * size;\n"
	"        made.words[1] = given.words[1];\n"
	"        made.words[2] = pvg_what.w;\n"
	"        made.words[3] = given.words[3];\n"
	"        made.words[4] = given.words[4] & pvg_bases;\n"
	"    }\n"
	"    uint start = 0u;\n" // of the strip that the last group of indices ended in
	"    for (uint base = gl_WorkGroupID.x * 256u; base < units;\n"
	"            base += gl_NumWorkGroups.x * 256u) {\n"
	"        uint i = base + gl_LocalInvocationIndex, mine = 0u;\n"
	"        if (strip || cut) {\n" // one group: after which restart each of them is
	"            mine = i < units && restarts(index(first + i)) ? i + 1u : 0u;\n"
	"            for (uint step = 1u; step < 256u; step *= 2u) {\n"
	"                starts[gl_LocalInvocationIndex] = mine;\n"
	"                barrier();\n"
	"                if (gl_LocalInvocationIndex >= step) {\n"
	"                    mine = max(mine, starts[gl_LocalInvocationIndex - step]);\n"
	"                }\n"
	"                barrier();\n"
	"            }\n"
	"            starts[gl_LocalInvocationIndex] = mine;\n"
	"            barrier();\n"
	"            mine = max(mine, start);\n"
	"            start = max(start, starts[255]);\n"
	"            barrier();\n"
	"        }\n"
	"        if (i >= units) {\n"
	"            continue;\n"
	"        }\n"
	"        at = i * size;\n"
	"        uint of = first + i * (list && !cut ? size : 1u);\n"
	"        uint a = index(of), b = size > 1u ? index(of + 1u) : a;\n"
	"        uint c = size > 2u ? index(of + 2u) : b;\n"
	"        bool dead = restarts(a) || restarts(b) || restarts(c) ||\n"
	"            (cut && (i - mine) % size != 0u);\n"
	"        uvec3 v = dead ? uvec3(NONE) : min(uvec3(a, b, c), pvg_restart.zzz);\n"
	"        a = v.x;\n"
	"        b = v.y;\n"
	"        c = v.z;\n"
	"        if (size == 1u) {\n"
	"            put(a);\n"
	"        } else if (size == 2u) {\n"
	"            put(pvg_what.y == 1u ? b : a);\n"
	"            put(pvg_what.y == 1u ? a : b);\n"
	"        } else if (strip && ((i - mine) & 1u) != 0u && pvg_what.y == 3u) {\n"
	"            triangle(b, a, c);\n" // every other one turns round
	"        } else if (strip && ((i - mine) & 1u) != 0u) {\n"
	"            triangle(a, c, b);\n"
	"        } else {\n"
	"            triangle(a, b, c);\n"
	"        }\n"
	"    }\n"
	"}\n",
};

struct gles_expander {
	GLuint id; // owned, 0: refused by the driver
	GLint input, what, bases, restart;
};

static struct gles_expander *expander(struct gles_renderer *r) {
	struct gles_draws *d = r->draws;
	if (d->expander != NULL) {
		return d->expander;
	}
	d->expander = calloc(1, sizeof(*d->expander));
	if (d->expander == NULL) {
		return NULL;
	}
	GLuint id = glCreateProgram(), shader = glCreateShader(GL_COMPUTE_SHADER);
	GLint good = 0;
	glShaderSource(shader, sizeof(source) / sizeof(source[0]), source, NULL);
	glCompileShader(shader);
	glAttachShader(id, shader);
	glLinkProgram(id);
	glDeleteShader(shader);
	glGetProgramiv(id, GL_LINK_STATUS, &good);
	if (!good) {
		char log[512] = "";
		glGetProgramInfoLog(id, sizeof(log), NULL, log);
		pvg_error("gles: a program of our own was refused: %s", log);
		glDeleteProgram(id);
		return d->expander;
	}
	d->expander->id = id;
	d->expander->input = glGetUniformLocation(id, "pvg_input");
	d->expander->what = glGetUniformLocation(id, "pvg_what");
	d->expander->bases = glGetUniformLocation(id, "pvg_bases");
	d->expander->restart = glGetUniformLocation(id, "pvg_restart");
	return d->expander;
}

void gles_expander_finish(struct gles_renderer *r) {
	struct gles_expander *e = r->draws->expander;
	if (e != NULL && e->id != 0) {
		gles_state_drop_program(r, e->id);
		glDeleteProgram(e->id);
	}
	free(e);
	r->draws->expander = NULL;
}

// Primitives of @size vertices that @count indices make at most. @cut: a list with restarts.
static uint64_t units_of(uint8_t primitive, uint64_t size, uint64_t count, bool cut) {
	if ((primitive & 1) != 0 && !cut) {
		return count / size;
	}
	return count >= size ? count - (size - 1) : 0;
}

static bool refuse(struct gles_renderer *r) {
	gles_refuse(r, GLES_REFUSE_NO_MEMORY, "no memory for indices");
	return false;
}

/* The words of a guest's command, and room for the one that GL gets. */
static bool take_command(struct gles_renderer *r, const struct pvg_gpu_span *given, uint32_t align,
	struct gles_piece *words, struct gles_piece *command) {
	if (!gles_ring_take(r, 32, align, words) || !gles_ring_take(r, 32, align, command)) {
		return refuse(r);
	}
	if (gles_buffer(given->buffer)->shadow) {
		gles_span_read(r, given, 20);
	}
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, gles_buffer(given->buffer)->id);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, words->buffer->id);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER,
		(GLintptr)given->offset_bytes, (GLintptr)words->offset_bytes, 20);
	return true;
}

bool gles_expand_indices(struct gles_renderer *r, const struct pvg_gpu_draw *draw,
	enum gles_rewrite rewrite, struct gles_elements *out, struct gles_piece *command) {
	bool counted = draw->indirect.buffer != NULL;
	struct gles_buffer *buffer = gles_buffer(draw->indices.buffer);
	uint32_t align = (uint32_t)r->limits.storage_alignment;
	uint64_t first = draw->indices.offset_bytes & ~((uint64_t)align - 1);
	uint64_t over = draw->indices.offset_bytes - first;
	uint64_t left = buffer->base.size_bytes - draw->indices.offset_bytes;
	left = counted && draw->indices.size_bytes < left ? draw->indices.size_bytes : left;
	uint64_t there = counted ? left / draw->index_size : draw->count;
	struct gles_restart restart = gles_restart_of(&r->draws->opengl, draw);
	bool cut = restart.on && (draw->primitive & 1) != 0;
	uint64_t size = draw->primitive == 0 ? 1 : draw->primitive < 3 ? 2 : 3;
	uint64_t units = units_of(draw->primitive, size, there, cut);
	uint64_t read = (over + there * draw->index_size + 3) & ~UINT64_C(3);
	read = read < buffer->base.size_bytes - first ? read : buffer->base.size_bytes - first;
	struct gles_piece list, given = { 0 };
	struct gles_expander *e = expander(r);
	if (units == 0) {
		return false;
	}
	if (e == NULL || e->id == 0 || units * size * 4 > GLES_INDEX_BYTES_MAX ||
		read > (uint64_t)r->limits.storage_block_bytes ||
		!gles_ring_take(r, units * size * 4, align, &list)) {
		return refuse(r);
	}
	if (counted && !take_command(r, &draw->indirect, align, &given, command)) {
		return false;
	}
	if (buffer->shadow) {
		gles_span_read(r, &draw->indices, there * draw->index_size);
	}
	gles_use_program(r, e->id);
	gles_bind_storage(r, 0, buffer->id, first, read);
	gles_bind_storage(r, 1, list.buffer->id, list.offset_bytes, units * size * 4);
	GLuint trash = r->draws->trash->id;
	gles_bind_storage(r, 2, counted ? given.buffer->id : trash, given.offset_bytes, 32);
	gles_bind_storage(r, 3, counted ? command->buffer->id : trash,
		counted ? command->offset_bytes : 64, 32);
	glUniform4ui(e->input, (GLuint)over, draw->index_size, (GLuint)there, draw->count);
	glUniform4ui(e->what, draw->primitive, rewrite, counted,
		(GLuint)(list.offset_bytes / 4));
	glUniform1ui(e->bases, r->ext.base_instance ? UINT32_MAX : 0);
	// Where all ones would be a vertex, it is one that no buffer has either.
	glUniform3ui(e->restart, restart.on, restart.index,
		r->draws->has_opengl ? UINT32_MAX - 1 : UINT32_MAX);
	uint64_t groups = (units + GROUP - 1) / GROUP;
	groups = draw->primitive == 4 || cut ? 1 : groups < GROUPS_MOST ? groups : GROUPS_MOST;
	glDispatchCompute((GLuint)groups, 1, 1);
	glMemoryBarrier(GL_ELEMENT_ARRAY_BARRIER_BIT | GL_COMMAND_BARRIER_BIT |
		GL_SHADER_STORAGE_BARRIER_BIT | GL_BUFFER_UPDATE_BARRIER_BIT);
	// The draw's own bindings come again.
	r->draws->news |= GLES_NEW_PROGRAM;
	*out = (struct gles_elements){
		.mode = size == 1 ? GL_POINTS : size == 2 ? GL_LINES : GL_TRIANGLES,
		.index_size = 4,
		.buffer = list.buffer->id,
		.offset_bytes = list.offset_bytes,
		.count = (uint32_t)(units * size),
		.base_vertex = draw->base_vertex,
		.dead = true,
	};
	return true;
}
