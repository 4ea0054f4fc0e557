// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_QUARANTINE_H
#define RENDER_SHADER_QUARANTINE_H

#include "cache.h"

/*
 * Which requests ended a worker, and how often. Two strikes and a request is refused from then on;
 * with a folder also after a restart, as long as the worker program is the same. One thread.
 */
struct pvg_shader_quarantine;

#define PVG_QUARANTINE_STRIKES 2u
// Entries kept, the newest: each is 40 bytes in memory and 32 in the file.
#define PVG_QUARANTINE_MAX 1024u

/*
 * folder is where the file "quarantine" lies, NULL for none. worker identifies the program (its
 * digest): a file of another one is removed, as is a damaged one. NULL when memory runs out.
 */
struct pvg_shader_quarantine *pvg_shader_quarantine_create(const char *folder,
	const uint8_t worker[PVG_SHA256_BYTES]);
void pvg_shader_quarantine_destroy(struct pvg_shader_quarantine *q);

/* Is it to be refused? */
bool pvg_shader_quarantine_has(const struct pvg_shader_quarantine *q,
	const struct pvg_shader_key *key);

/*
 * It ended a worker. lasting: worth writing down once it is refused; what may be the machine's
 * fault (a deadline under load) is not. Returns the strikes it has now.
 */
uint32_t pvg_shader_quarantine_strike(struct pvg_shader_quarantine *q,
	const struct pvg_shader_key *key, bool lasting);

#endif
