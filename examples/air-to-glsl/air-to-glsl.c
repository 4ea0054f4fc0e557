// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/shader/client.h"
#include "render/shader/mtlb.h"

/*
 * air-to-glsl LIBRARY [FUNCTION]: the GLSL ES of one function of a Metal library.
 *
 * Shows the way a renderer takes: parse the container in this process, which needs no LLVM; submit
 * the bitcode to the worker; go on with other things; be called back from the event loop.
 */

struct wait {
	bool done, ok;
};

/* The result belongs to the client: print it or copy it, do not keep it past the client. */
static void handle_done(void *data, const struct pvg_shader_status *status,
		const struct pvg_shader_result *result) {
	struct wait *wait = data;
	wait->done = true;
	wait->ok = result != NULL;
	if (result == NULL) {
		fprintf(stderr, "air-to-glsl: %s: %s\n", pvg_shader_reason_name(status->reason),
			status->detail);
		return;
	}
	// What has to be bound where: the renderer sets up its draw from this.
	pvg_reflection_print(&result->reflection, stderr);
	fputs(result->glsl, stdout);
}

static uint8_t *read_file(const char *path, size_t *size) {
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(PVG_MTLB_MAX_BYTES);
	*size = f != NULL && data != NULL ? fread(data, 1, PVG_MTLB_MAX_BYTES, f) : 0;
	if (f != NULL) {
		fclose(f);
	}
	return data;
}

int main(int argc, char **argv) {
	if (argc < 2 || argc > 3) {
		fputs("usage: air-to-glsl LIBRARY [FUNCTION]\n", stderr);
		return 2;
	}
	size_t size;
	uint8_t *data = read_file(argv[1], &size);
	struct pvg_mtlb library;
	struct pvg_shader_status status = {0};
	if (data == NULL || !pvg_mtlb_parse(&library, data, size, &status)) {
		fprintf(stderr, "air-to-glsl: %s: %s\n", argv[1],
			pvg_shader_reason_name(status.reason));
		return 1;
	}
	const struct pvg_mtlb_function *function = argc == 3 && !library.bare ?
		pvg_mtlb_lookup(&library, argv[2]) : &library.functions[0];
	if (function == NULL) {
		fprintf(stderr, "air-to-glsl: no function %s\n", argv[2]);
		return 1;
	}

	const char *worker = getenv("PVG_SHADERD");
	struct pvg_shader_client_options options = {
		.worker = worker != NULL ? worker : PVG_SHADERD,
	};
	struct pvg_shader_client *client = pvg_shader_client_create(&options);
	if (client == NULL) {
		fprintf(stderr, "air-to-glsl: no worker %s\n", options.worker);
		return 1;
	}

	// What the code may depend on besides the module. Kernels need a group size.
	struct pvg_shader_variant variant = {
		.profile = PVG_PROFILE_GLES,
		.local_size = {64, 1, 1},
		.features = PVG_FEATURE_BUFFER_OFFSETS,
	};
	for (unsigned i = 0; i < 31; i++) {
		variant.threadgroup_bytes[i] = 4096;
	}
	struct wait wait = {0};
	pvg_shader_client_submit(client, data + function->bitcode_offset_bytes,
		function->bitcode_size_bytes, argc == 3 ? argv[2] : NULL, &variant, 0, handle_done,
		&wait);

	// An event loop of one descriptor.
	struct pollfd fd = {.fd = pvg_shader_client_fd(client), .events = POLLIN};
	while (!wait.done) {
		poll(&fd, 1, -1);
		pvg_shader_client_dispatch(client);
	}
	pvg_shader_client_destroy(client);
	pvg_mtlb_finish(&library);
	free(data);
	return wait.ok ? 0 : 1;
}
