// SPDX-License-Identifier: GPL-2.0-or-later
#include "airc-run.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

struct airc_runner {
	struct pvg_shader_client *client; // owned
	bool done;
	struct pvg_shader_status *status; // borrowed during a translation
	struct pvg_shader_result *result; // borrowed during a translation
};

struct airc_runner *airc_runner_create(char *why, size_t why_bytes) {
	char path[4096];
	bool found = pvg_shader_find_worker(path, sizeof(path));
	struct pvg_shader_client_options options = {.worker = path};
	struct airc_runner *runner = calloc(1, sizeof(*runner));
	if (runner != NULL && found) {
		runner->client = pvg_shader_client_create(&options);
	}
	if (runner == NULL || runner->client == NULL) {
		snprintf(why, why_bytes, "no worker %s", path);
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
