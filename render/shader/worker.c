// SPDX-License-Identifier: GPL-2.0-or-later
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sandbox.h"
#include "wire.h"

/*
 * pvg-shaderd: translates modules that nobody trusts (spec 05 §6.8). Started by client.c with a
 * socket as descriptor 3; one request, one reply. Three in a hundred damaged modules crash LLVM:
 * that ends this process and nothing else. It can open no file, reach no network, make no process
 * and map nothing executable.
 */

#define SOCKET_FD 3

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
/*
 * LLVM aborts where memory runs out, C++ throws at places that catch nothing: neither says why. So
 * the allocator itself ends the process, in a way that has a name.
 */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size);
__attribute__((visibility("default"))) void *calloc(size_t count, size_t size);
__attribute__((visibility("default"))) void *realloc(void *old, size_t size);
__attribute__((visibility("default"))) void *aligned_alloc(size_t align, size_t size);

static void *got(void *p, size_t size) {
	if (p == NULL && size > 0) {
		_exit(PVG_SHADERD_EXIT_MEMORY);
	}
	return p;
}

void *malloc(size_t size) {
	return got(__libc_malloc(size), 1);
}

void *calloc(size_t count, size_t size) {
	return got(__libc_calloc(count, size), 1);
}

void *realloc(void *old, size_t size) {
	return got(__libc_realloc(old, size), size);
}

void *aligned_alloc(size_t align, size_t size) {
	return got(__libc_memalign(align, size), 1);
}
#endif

static void answer(const struct pvg_shader_request *q, size_t bytes, int module_fd,
	struct pvg_shader_reply *r, int *result_fd) {
	struct pvg_shader_status status = {0};
	struct pvg_shader_result result = {0};
	*result_fd = -1;
	*r = (struct pvg_shader_reply){.magic = PVG_SHADER_WIRE_MAGIC, .id = q->id};
	size_t size = q->module_bytes;
	void *module = MAP_FAILED;
	if (pvg_shader_request_check(q, bytes, &status) &&
		(module_fd < 0 || !pvg_shader_memfd_check(module_fd, size))) {
		pvg_shader_refuse(&status, PVG_SHADER_BAD_REQUEST, "module");
	}
	if (status.reason == PVG_SHADER_OK) {
		module = mmap(NULL, size, PROT_READ, MAP_PRIVATE, module_fd, 0);
		if (module == MAP_FAILED) {
			pvg_shader_refuse(&status, PVG_SHADER_NO_MEMORY, "module");
		}
	}
	if (status.reason == PVG_SHADER_OK && pvg_shader_translate(module, size,
			q->entry[0] != '\0' ? q->entry : NULL, &q->variant, &result, &status)) {
		*result_fd = pvg_shader_memfd(result.spirv, result.spirv_words * sizeof(uint32_t),
			result.glsl, result.glsl_bytes);
		if (*result_fd < 0) {
			pvg_shader_refuse(&status, PVG_SHADER_NO_MEMORY, "result");
		} else {
			r->spirv_words = (uint32_t)result.spirv_words;
			r->glsl_bytes = (uint32_t)result.glsl_bytes;
			r->reflection = result.reflection;
		}
	}
	r->reason = (uint32_t)status.reason;
	memcpy(r->detail, status.detail, sizeof(r->detail));
	pvg_shader_result_finish(&result);
	if (module != MAP_FAILED) {
		munmap(module, size);
	}
}

int main(int argc, char **argv) {
	if (argc > 1) {
		fputs("pvg-shaderd is started by its client, with a socket as descriptor 3\n", stderr);
		return 2;
	}
	if (!pvg_sandbox_limits()) {
		perror("pvg-shaderd: limits");
		return 1;
	}
	// More than the filter where the system lets a user have them; it holds without.
	pvg_sandbox_namespaces();
	pvg_sandbox_landlock();
	if (!pvg_sandbox_filter()) {
		fputs("pvg-shaderd: no seccomp filter: refusing to run\n", stderr);
		return 1;
	}
	// Memory given back after each module comes back page by page: keep it.
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 4 << 20);
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	static struct pvg_shader_request request;
	static struct pvg_shader_reply reply;
	for (;;) {
		int module_fd, result_fd;
		long n = pvg_shader_receive(SOCKET_FD, &request, sizeof(request), &module_fd);
		if (n <= 0) {
			return n < 0;
		}
		answer(&request, (size_t)n, module_fd, &reply, &result_fd);
		bool sent = pvg_shader_send(SOCKET_FD, &reply, sizeof(reply), result_fd);
		if (module_fd >= 0) {
			close(module_fd);
		}
		if (result_fd >= 0) {
			close(result_fd);
		}
		if (!sent) {
			return 1;
		}
	}
}
