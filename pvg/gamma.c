// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The gamma table that comes with a present (spec 04 section 10.1): planar float32 R, G, B.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "display-private.h"

#define GAMMA_ENTRIES_MAX 4096
#define IDENTITY_TOLERANCE (0.5f / 65535) // what a 16-bit LUT can tell apart

void pvg_gamma_forget(struct pvg_port *port) {
	port->gamma.valid = false;
	port->gamma.sum_logged = false;
}

static bool is_identity(const float *table, uint32_t entries) {
	for (uint32_t channel = 0; channel < 3; channel++) {
		for (uint32_t i = 0; i < entries; i++) {
			float ramp = (float)i / (float)(entries - 1);
			if (fabsf(table[(size_t)channel * entries + i] - ramp) >
				IDENTITY_TOLERANCE) {
				return false;
			}
		}
	}
	return true;
}

static void gamma_refuse(struct pvg_device *device, const struct pvg_port *port,
	const struct pvg_gamma_source *source, const char *why) {
	PVG_REFUSE(device, GAMMA,
		"port %u: gamma table of %" PRIu32 " entries, %" PRIu64 " bytes at 0x%" PRIx64
		" of task %" PRIu32 ": %s",
		port->index, source->entries, source->mapped_bytes, source->gva, source->task, why);
}

enum pvg_verdict pvg_gamma_take(struct pvg_displays *displays, struct pvg_port *port,
	const struct pvg_gamma_source *source) {
	struct pvg_device *device = displays->device;
	struct pvg_port_gamma *gamma = &port->gamma;
	uint32_t entries = source->entries;
	if (entries < 2 || entries > GAMMA_ENTRIES_MAX) {
		gamma_refuse(device, port, source, "number of entries");
		return PVG_DONE;
	}
	if (gamma->valid && gamma->entries == entries && gamma->sum == source->sum) {
		return PVG_DONE;
	}
	size_t count = (size_t)entries * 3;
	size_t size_bytes = count * sizeof(float);
	uint64_t end;
	if (source->mapped_bytes < size_bytes || !pvg_add(source->gva, size_bytes, &end)) {
		gamma_refuse(device, port, source, "mapped length too small");
		return PVG_DONE;
	}
	float *table = malloc(size_bytes); // 48 KiB at most
	if (table == NULL) {
		gamma_refuse(device, port, source, "no memory");
		return PVG_DONE;
	}
	enum pvg_access access =
		pvg_task_read(device, source->task, source->gva, table, size_bytes);
	if (access != PVG_ACCESS_OK) {
		free(table);
		if (access == PVG_ACCESS_RETRY) {
			return PVG_RETRY;
		}
		gamma_refuse(device, port, source, "not readable");
		return PVG_DONE;
	}
	uint32_t sum = 0;
	bool finite = true;
	for (size_t i = 0; i < count; i++) {
		uint32_t word;
		memcpy(&word, &table[i], sizeof(word));
		sum += word;
		finite = finite && isfinite(table[i]);
		table[i] = fminf(fmaxf(table[i], 0), 1);
	}
	if (!finite) {
		free(table);
		gamma_refuse(device, port, source, "a value that is no number");
		return PVG_DONE;
	}
	if (sum != source->sum && !gamma->sum_logged) {
		// The checksum is inferred from one recorded value: a change key, not a reason to
		// refuse.
		gamma->sum_logged = true;
		pvg_info("port %u: gamma table sums to 0x%08" PRIx32
			 ", the guest says 0x%08" PRIx32,
			port->index, sum, source->sum);
	}
	gamma->valid = true;
	gamma->entries = entries;
	gamma->sum = source->sum;
	if (device->host.gamma != NULL) {
		device->host.gamma(device->host_data, port->index,
			&(struct pvg_gamma){
				.entries = entries,
				.sum = source->sum,
				.identity = is_identity(table, entries),
				.red = table,
				.green = table + entries,
				.blue = table + (size_t)entries * 2,
			});
	}
	free(table);
	return PVG_DONE;
}
