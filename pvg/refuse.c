// SPDX-License-Identifier: GPL-2.0-or-later
#include "refuse.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_INTERVAL_NS INT64_C(1000000000)
#define LINE_BYTES 512

const char *pvg_refusal_name(enum pvg_refusal reason) {
	static const char *const names[] = {
#define X(id, name) [PVG_REFUSAL_##id] = name,
		PVG_REFUSALS(X)
#undef X
	};
	return reason < PVG_REFUSALS_MAX ? names[reason] : "unknown";
}

struct pvg_atomic_counters *pvg_counters_create(void) {
	struct pvg_atomic_counters *counters = calloc(1, sizeof(*counters));
	if (counters == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < PVG_REFUSALS_MAX; i++) {
		counters->next_line_ns[i] = INT64_MIN;
	}
	for (size_t i = 0; i < PVG_LINES; i++) {
		counters->next_event_ns[i] = INT64_MIN;
	}
	return counters;
}

void pvg_counters_destroy(struct pvg_atomic_counters *counters) {
	free(counters);
}

void pvg_counters_read(const struct pvg_atomic_counters *counters, struct pvg_counters *out) {
	static_assert(sizeof(struct pvg_counters) % sizeof(uint64_t) == 0, "counters are words");
	const uint64_t *from = (const uint64_t *)&counters->values;
	uint64_t *to = (uint64_t *)out;

	for (size_t i = 0; i < sizeof(*out) / sizeof(uint64_t); i++) {
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	}
}

// One thread wins the line of this second; the others only count.
static bool take_line(struct pvg_atomic_counters *counters, enum pvg_refusal reason,
	int64_t now_ns) {
	int64_t next = __atomic_load_n(&counters->next_line_ns[reason], __ATOMIC_RELAXED);

	return now_ns >= next &&
		__atomic_compare_exchange_n(&counters->next_line_ns[reason], &next,
			now_ns + LINE_INTERVAL_NS, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

bool pvg_line_is_due(struct pvg_device *device, enum pvg_line line) {
	int64_t *next_ns = &device->counters->next_event_ns[line];
	int64_t now_ns = pvg_now_ns(device);

	if (now_ns < *next_ns) {
		return false;
	}
	*next_ns = now_ns + LINE_INTERVAL_NS;
	return true;
}

static _Thread_local bool muted;

void pvg_refuse_mute(bool mute) {
	muted = mute;
}

void pvg_refuse(struct pvg_device *device, enum pvg_refusal reason, const char *fmt, ...) {
	struct pvg_atomic_counters *counters = device->counters;

	if (muted) {
		return;
	}
	PVG_COUNT(device, refusals[reason]);
	if (!pvg_log_enabled(PVG_LOG_INFO)) {
		return;
	}
	if (!take_line(counters, reason, pvg_now_ns(device))) {
		__atomic_fetch_add(&counters->held_back[reason], 1, __ATOMIC_RELAXED);
		return;
	}
	char line[LINE_BYTES];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	uint64_t held = __atomic_exchange_n(&counters->held_back[reason], 0, __ATOMIC_RELAXED);
	if (held > 0) {
		pvg_info("%s [%s, %llu more since the last line]", line, pvg_refusal_name(reason),
			(unsigned long long)held);
	} else {
		pvg_info("%s [%s]", line, pvg_refusal_name(reason));
	}
}
