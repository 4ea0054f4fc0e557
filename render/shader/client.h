// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_CLIENT_H
#define RENDER_SHADER_CLIENT_H

#include "cache.h"

/*
 * Translations in worker processes, without waiting: submit, poll one descriptor, dispatch, be
 * called back. One thread. Modules that end a worker twice are refused from then on, also after a
 * restart (quarantine.h); a worker is replaced after a crash, a missed deadline and every 200
 * modules.
 */
struct pvg_shader_client;
struct pvg_shader_job;

struct pvg_shader_client_options {
	const char *worker; // path of pvg-shaderd
	uint32_t worker_count; // 0: one
	uint32_t deadline_ms; // 0: 20000
	const char *cache_folder; // NULL: no files
	uint64_t cache_bytes; // 0: 64 MiB
};

/*
 * Called once per job, from submit (cache hit) or from dispatch. result is borrowed: valid until
 * the client is destroyed when status is OK, NULL otherwise. May submit and cancel other jobs.
 */
typedef void (*pvg_shader_done)(void *data, const struct pvg_shader_status *status,
	const struct pvg_shader_result *result);

/*
 * The worker to start: where PVG_SHADERD says, else beside this program, where a build has it for
 * programs of other folders, or where it was installed. False when that is no program; path then
 * says what was looked for last.
 */
bool pvg_shader_find_worker(char *path, size_t path_bytes);

/* NULL when no worker can be started. */
struct pvg_shader_client *pvg_shader_client_create(const struct pvg_shader_client_options *options);
/* Jobs that are not done are called back with CANCELLED. */
void pvg_shader_client_destroy(struct pvg_shader_client *client);

/*
 * bitcode is copied. Higher priorities first. Returns NULL when done was called already, or when
 * the copy failed (done was called with NO_MEMORY).
 */
struct pvg_shader_job *pvg_shader_client_submit(struct pvg_shader_client *client,
	const uint8_t *bitcode, size_t size, const char *entry,
	const struct pvg_shader_variant *variant, int priority, pvg_shader_done done, void *data);
/* done is not called any more. A translation that runs goes on, for the cache. */
void pvg_shader_client_cancel(struct pvg_shader_client *client, struct pvg_shader_job *job);

/* Readable when dispatch has something to do. */
int pvg_shader_client_fd(const struct pvg_shader_client *client);
void pvg_shader_client_dispatch(struct pvg_shader_client *client);

/* Process ids of the workers, for tests that kill them. */
uint32_t pvg_shader_client_pids(const struct pvg_shader_client *client, int *pids, uint32_t max);

#endif
