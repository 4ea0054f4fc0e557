// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Event counters of command streams: one value for each (task, ref), initially 0 (spec 01 section
 * 5.4, 02 section 4.23).
 */
#include <stdlib.h>

#include "exec-private.h"

static uint32_t event_hash(uint32_t task, uint32_t ref) {
	uint64_t key = ((uint64_t)task << 32 | ref) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(key >> 32);
}

// The slot of (task, ref) or the free one where it belongs. The table is never full.
static struct pvg_event *event_slot(const struct pvg_events *events, uint32_t task, uint32_t ref) {
	uint32_t mask = events->capacity - 1;
	for (uint32_t i = event_hash(task, ref) & mask;; i = (i + 1) & mask) {
		struct pvg_event *slot = &events->slots[i];
		if (slot->ref == 0 || (slot->ref == ref && slot->task == task)) {
			return slot;
		}
	}
}

// Moves what is not @drop_task's into a table of @capacity slots.
static bool events_rehash(struct pvg_events *events, uint32_t capacity, const uint32_t *drop_task) {
	struct pvg_events next = {
		.slots = calloc(capacity, sizeof(*next.slots)),
		.capacity = capacity,
	};
	if (next.slots == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < events->capacity; i++) {
		const struct pvg_event *event = &events->slots[i];
		if (event->ref != 0 && (drop_task == NULL || event->task != *drop_task)) {
			*event_slot(&next, event->task, event->ref) = *event;
			next.used++;
		}
	}
	free(events->slots);
	*events = next;
	return true;
}

bool pvg_events_signal(struct pvg_events *events, uint32_t task, uint32_t ref, uint64_t value) {
	if (ref == 0) {
		return true;
	}
	struct pvg_event *slot = events->capacity != 0 ? event_slot(events, task, ref) : NULL;
	if (slot == NULL || slot->ref == 0) {
		if (events->used >= PVG_EVENTS_MAX) {
			return false;
		}
		if (events->used * 2 >= events->capacity) {
			uint32_t capacity = events->capacity != 0 ? events->capacity * 2 : 64;
			if (!events_rehash(events, capacity, NULL)) {
				return false;
			}
		}
		slot = event_slot(events, task, ref);
		*slot = (struct pvg_event){ .task = task, .ref = ref };
		events->used++;
	}
	if (value > slot->value) {
		slot->value = value;
	}
	return true;
}

uint64_t pvg_events_value(const struct pvg_events *events, uint32_t task, uint32_t ref) {
	return events->capacity != 0 && ref != 0 ? event_slot(events, task, ref)->value : 0;
}

void pvg_events_drop_task(struct pvg_events *events, uint32_t task) {
	bool found = false;
	for (uint32_t i = 0; i < events->capacity; i++) {
		if (events->slots[i].ref != 0 && events->slots[i].task == task) {
			events->slots[i].value = 0; // enough for the guest, should the table stay
			found = true;
		}
	}
	if (found) {
		(void)events_rehash(events, events->capacity, &task);
	}
}

void pvg_events_finish(struct pvg_events *events) {
	free(events->slots);
	*events = (struct pvg_events){ 0 };
}
