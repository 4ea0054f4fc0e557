// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_WIRE_H
#define RENDER_SHADER_WIRE_H

#include "translate.h"

/*
 * Between client.c and the worker: one socketpair of packets, one request at a time. The module and
 * the results travel as sealed memory files. Both sides are built together; the worker may have
 * been taken over by what it translated, so the client checks every field of a reply.
 */

#define PVG_SHADER_WIRE_MAGIC 0x31485350u // "PSH1"
#define PVG_SHADER_MAX_MODULE_BYTES (16u << 20)
#define PVG_SHADER_SPIRV_MAGIC 0x07230203u

struct pvg_shader_request {
	uint32_t magic;
	uint32_t version; // PVG_SHADER_TRANSLATOR_VERSION
	uint64_t id;
	uint32_t module_bytes; // in the memory file that comes along
	char entry[256]; // empty: the only one
	struct pvg_shader_variant variant;
};

struct pvg_shader_reply {
	uint32_t magic;
	uint32_t reason; // enum pvg_shader_reason
	uint64_t id;
	uint32_t spirv_words; // in the memory file that comes along: words, then GLSL
	uint32_t glsl_bytes;
	char detail[160];
	struct pvg_reflection reflection;
};

/*
 * A packet of size bytes as the worker gets it, with the module beside it: every count, name and
 * size in range? What is not gets BAD_REQUEST.
 */
bool pvg_shader_request_check(const struct pvg_shader_request *q, size_t size,
	struct pvg_shader_status *status);
/* The answer to request id, without what is in the memory file. */
bool pvg_shader_reply_check(const struct pvg_shader_reply *r, size_t size, uint64_t id);
/*
 * Copies what came in a memory file, `bytes` of it, into out (owned by the caller) after checking
 * that it has the shape which the reply promises. False also when memory runs out.
 */
bool pvg_shader_reply_take(const struct pvg_shader_reply *r, const uint8_t *bytes, size_t size,
	struct pvg_shader_result *out);

/* One packet with at most one descriptor. The descriptor received is the caller's to close. */
bool pvg_shader_send(int socket, const void *data, size_t size, int fd);
/* Bytes of the packet, 0 at the end, -1 on an error or when it does not fit. *fd is -1 or owned. */
long pvg_shader_receive(int socket, void *data, size_t size, int *fd);

/* Writes all of it; false when some could not be. */
bool pvg_shader_write_all(int fd, const void *data, size_t size);

/* A sealed memory file with these bytes; -1 on failure. */
int pvg_shader_memfd(const void *a, size_t a_bytes, const void *b, size_t b_bytes);
/* Is fd a memory file sealed against change, of exactly this size? */
bool pvg_shader_memfd_check(int fd, size_t size);

#endif
