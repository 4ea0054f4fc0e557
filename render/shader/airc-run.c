// SPDX-License-Identifier: GPL-2.0-or-later
#include "airc-run.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

struct airc_runner {
	struct pvg_shader_client *client; // owned
	bool done;
	struct pvg_shader_status *status; // borrowed during a translation
	struct pvg_shader_result *result; // borrowed during a translation
};

/* Where PVG_SHADERD says, beside this program, or where it was installed. */
static const char *worker_path(char *path, size_t size) {
	const char *given = getenv("PVG_SHADERD");
	if (given != NULL) {
		return given;
	}
	ssize_t n = readlink("/proc/self/exe", path, size - 16);
	if (n <= 0) {
		return NULL;
	}
	path[n] = '\0';
	char *slash = strrchr(path, '/');
	if (slash == NULL) {
		return NULL;
	}
	memcpy(slash + 1, "pvg-shaderd", 12);
	return access(path, X_OK) == 0 ? path : PVG_SHADERD_INSTALLED;
}

struct airc_runner *airc_runner_create(char *why, size_t why_bytes) {
	char path[4096];
	struct pvg_shader_client_options options = {.worker = worker_path(path, sizeof(path))};
	struct airc_runner *runner = calloc(1, sizeof(*runner));
	if (runner != NULL && options.worker != NULL && access(options.worker, X_OK) == 0) {
		runner->client = pvg_shader_client_create(&options);
	}
	if (runner == NULL || runner->client == NULL) {
		snprintf(why, why_bytes, "no worker %s", options.worker != NULL ? options.worker : "");
		free(runner);
		return NULL;
	}
	return runner;
}

void airc_runner_destroy(struct airc_runner *runner) {
	pvg_shader_client_destroy(runner->client);
	free(runner);
}

static void handle_done(void *data, const struct pvg_shader_status *status,
		const struct pvg_shader_result *result) {
	struct airc_runner *runner = data;
	*runner->status = *status;
	runner->done = true;
	if (result == NULL) {
		return;
	}
	*runner->result = *result;
	runner->result->spirv = malloc(result->spirv_words * sizeof(uint32_t));
	runner->result->glsl = result->glsl != NULL ? strdup(result->glsl) : NULL;
	if (runner->result->spirv == NULL) {
		pvg_shader_refuse(runner->status, PVG_SHADER_NO_MEMORY, "result");
		return;
	}
	memcpy(runner->result->spirv, result->spirv, result->spirv_words * sizeof(uint32_t));
}

bool airc_runner_translate(struct airc_runner *runner, const uint8_t *bitcode, size_t size,
	const char *entry, const struct pvg_shader_variant *variant,
	struct pvg_shader_result *result, struct pvg_shader_status *status) {
	runner->done = false;
	runner->status = status;
	runner->result = result;
	pvg_shader_client_submit(runner->client, bitcode, size, entry, variant, 0, handle_done,
		runner);
	struct pollfd fd = {.fd = pvg_shader_client_fd(runner->client), .events = POLLIN};
	while (!runner->done) {
		poll(&fd, 1, -1);
		pvg_shader_client_dispatch(runner->client);
	}
	return status->reason == PVG_SHADER_OK;
}
