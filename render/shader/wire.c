// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool pvg_shader_variant_check(const struct pvg_shader_variant *v,
	struct pvg_shader_status *status) {
	if (v->profile > PVG_PROFILE_VULKAN || v->constant_count > PVG_MAX_FUNCTION_CONSTANTS ||
		v->sample_count > 64 ||
		v->attribute_count > PVG_MAX_ATTRIBUTES || v->fetch > PVG_FETCH_COPY ||
		v->alpha_test > 8 || v->tess_partition > 3 || v->tess_winding > 1 ||
		v->control_indices > 1 || v->biased_samplers > UINT16_MAX) {
		return pvg_shader_refuse(status, PVG_SHADER_BAD_REQUEST, "variant");
	}
	for (uint32_t i = 0; i < v->constant_count; i++) {
		const struct pvg_function_constant *c = &v->constants[i];
		if (memchr(c->name, '\0', sizeof(c->name)) == NULL || c->count > 4) {
			return pvg_shader_refuse(status, PVG_SHADER_BAD_REQUEST,
				"function constant %u", i);
		}
	}
	return true;
}

bool pvg_shader_request_check(const struct pvg_shader_request *q, size_t size,
	struct pvg_shader_status *status) {
	if (size != sizeof(*q) || q->magic != PVG_SHADER_WIRE_MAGIC ||
		q->version != PVG_SHADER_TRANSLATOR_VERSION || q->module_bytes == 0 ||
		q->module_bytes > PVG_SHADER_MAX_MODULE_BYTES ||
		memchr(q->entry, '\0', sizeof(q->entry)) == NULL) {
		return pvg_shader_refuse(status, PVG_SHADER_BAD_REQUEST, "request");
	}
	return pvg_shader_variant_check(&q->variant, status);
}

bool pvg_shader_reply_check(const struct pvg_shader_reply *r, size_t size, uint64_t id) {
	if (size != sizeof(*r) || r->magic != PVG_SHADER_WIRE_MAGIC || r->id != id ||
		r->reason >= PVG_SHADER_REASON_COUNT ||
		memchr(r->detail, '\0', sizeof(r->detail)) == NULL) {
		return false;
	}
	return r->reason != PVG_SHADER_OK ||
		(r->spirv_words >= 5 && r->spirv_words <= PVG_SHADER_MAX_SPIRV_BYTES / 4 &&
			r->glsl_bytes <= PVG_SHADER_MAX_GLSL_BYTES &&
			pvg_reflection_check(&r->reflection, sizeof(r->reflection)));
}

bool pvg_shader_reply_take(const struct pvg_shader_reply *r, const uint8_t *bytes, size_t size,
	struct pvg_shader_result *out) {
	size_t words = (size_t)r->spirv_words * 4;
	uint32_t magic = 0;
	*out = (struct pvg_shader_result){0};
	if (r->reason != PVG_SHADER_OK || words < 20 || size != words + r->glsl_bytes) {
		return false;
	}
	memcpy(&magic, bytes, sizeof(magic));
	if (magic != PVG_SHADER_SPIRV_MAGIC ||
		memchr(bytes + words, '\0', r->glsl_bytes) != NULL) {
		return false;
	}
	out->spirv = malloc(words);
	out->glsl = r->glsl_bytes > 0 ? malloc((size_t)r->glsl_bytes + 1) : NULL;
	if (out->spirv == NULL || (r->glsl_bytes > 0 && out->glsl == NULL)) {
		free(out->spirv);
		free(out->glsl);
		*out = (struct pvg_shader_result){0};
		return false;
	}
	memcpy(out->spirv, bytes, words);
	out->spirv_words = r->spirv_words;
	out->glsl_bytes = r->glsl_bytes;
	out->reflection = r->reflection;
	if (out->glsl != NULL) {
		memcpy(out->glsl, bytes + words, r->glsl_bytes);
		out->glsl[r->glsl_bytes] = '\0';
	}
	return true;
}

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

bool pvg_shader_send(int socket, const void *data, size_t size, int fd) {
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {(void *)(uintptr_t)data, size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	if (fd >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	ssize_t n;
	do {
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)size;
}

long pvg_shader_receive(int socket, void *data, size_t size, int *fd) {
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {data, size};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	*fd = -1;
	ssize_t n;
	do {
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	for (struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&msg) : NULL; c != NULL;
			c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
			continue;
		}
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int received;
			memcpy(&received, CMSG_DATA(c) + i * sizeof(int), sizeof(received));
			// One is expected: more would pile up.
			if (*fd < 0) {
				*fd = received;
			} else {
				close(received);
			}
		}
	}
	if (n < 0 || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		if (*fd >= 0) {
			close(*fd);
			*fd = -1;
		}
		return -1;
	}
	return n;
}

bool pvg_shader_write_all(int fd, const void *data, size_t size) {
	const char *at = data;
	while (size > 0) {
		ssize_t n = write(fd, at, size);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return false;
		}
		at += n;
		size -= (size_t)n;
	}
	return true;
}

int pvg_shader_memfd(const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
	int fd = memfd_create("pvg-shader", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 &&
		(!pvg_shader_write_all(fd, a, a_bytes) || !pvg_shader_write_all(fd, b, b_bytes) ||
			fcntl(fd, F_ADD_SEALS, SEALS) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool pvg_shader_memfd_check(int fd, size_t size) {
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	return seals >= 0 && (seals & SEALS) == SEALS && fstat(fd, &st) == 0 &&
		st.st_size == (off_t)size;
}
