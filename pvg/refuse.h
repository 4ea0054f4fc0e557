// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters and the limit on what refusals log. Counters are plain words touched with atomic
 * builtins, so that struct pvg_counters stays the one list of them.
 */
#ifndef PVG_REFUSE_H
#define PVG_REFUSE_H

#include "device-private.h"

// Lines that a guest can cause as often as it likes, beside refusals.
enum pvg_line {
	PVG_LINE_RESYNC,
	PVG_LINE_MEMORY,
	PVG_LINE_ATTACH,
	PVG_LINE_ADOPTED,
	PVG_LINE_OVERRUN,
	PVG_LINES,
};

struct pvg_atomic_counters {
	struct pvg_counters values;
	// Per reason: when a line may be logged again, and what was kept back since the last one.
	int64_t next_line_ns[PVG_REFUSALS_MAX];
	uint64_t held_back[PVG_REFUSALS_MAX];
	int64_t next_event_ns[PVG_LINES]; // device thread
};

// Any thread.
#define PVG_COUNT(device, field) \
	((void)__atomic_fetch_add(&(device)->counters->values.field, 1, __ATOMIC_RELAXED))

// Cheaper, for counters that only the device thread moves.
#define PVG_COUNT_DEVICE(device, field) \
	__atomic_store_n(&(device)->counters->values.field, (device)->counters->values.field + 1, \
		__ATOMIC_RELAXED)

// The same with an amount, and for gauges.
#define PVG_ADD_DEVICE(device, field, amount) \
	__atomic_store_n(&(device)->counters->values.field, \
		(device)->counters->values.field + (amount), __ATOMIC_RELAXED)
#define PVG_SET_DEVICE(device, field, value) \
	__atomic_store_n(&(device)->counters->values.field, (value), __ATOMIC_RELAXED)

// May a line of this kind be logged now? One a second. Device thread.
bool pvg_line_is_due(struct pvg_device *device, enum pvg_line line);

/*
 * What this thread refuses from now on was refused before, when the same bytes were looked at for
 * the first time: neither counted nor logged.
 */
void pvg_refuse_mute(bool mute);

struct pvg_atomic_counters *pvg_counters_create(void);
void pvg_counters_destroy(struct pvg_atomic_counters *counters);
void pvg_counters_read(const struct pvg_atomic_counters *counters, struct pvg_counters *out);

#endif
