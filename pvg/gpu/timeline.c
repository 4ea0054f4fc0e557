// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From lists to stamps (spec 01 section 5): commit numbers a list and hands it to the renderer;
 * what is to happen after it waits in one queue, in order, so that no stamp overtakes an earlier
 * one of its slot, nor the write-backs that belong to it.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"

#define ENTRIES_FIRST 64u

struct pvg_device *pvg_gpu_device(const struct pvg_gpu *gpu) {
	return gpu->device;
}

struct pvg_renderer *pvg_gpu_renderer(const struct pvg_gpu *gpu) {
	return gpu->renderer;
}

uint64_t pvg_gpu_next_serial(const struct pvg_gpu *gpu) {
	return gpu->timeline.submitted + 1;
}

uint64_t pvg_gpu_last_serial(const struct pvg_gpu *gpu) {
	return gpu->timeline.submitted;
}

bool pvg_gpu_is_complete(const struct pvg_gpu *gpu, uint64_t serial) {
	return serial <= gpu->timeline.completed;
}

bool pvg_gpu_may_write(const struct pvg_gpu *gpu) {
	return gpu->timeline.may_write;
}

/* ---- actions --------------------------------------------------------------------------------- */

static bool add_action(struct pvg_gpu *gpu, struct pvg_timeline_actions *actions,
	pvg_gpu_action action, void *data) {
	if (actions->count == actions->capacity) {
		size_t capacity = actions->capacity != 0 ? actions->capacity * 2 : 32;
		struct pvg_timeline_action *items =
			realloc(actions->items, capacity * sizeof(*items));
		if (items == NULL) {
			free(data);
			gpu->list.failed = true;
			return false;
		}
		actions->items = items;
		actions->capacity = capacity;
	}
	actions->items[actions->count++] = (struct pvg_timeline_action){ action, data };
	return true;
}

bool pvg_gpu_at_commit(struct pvg_gpu *gpu, pvg_gpu_action action, void *data) {
	return add_action(gpu, &gpu->timeline.at_commit, action, data);
}

bool pvg_gpu_at_completion(struct pvg_gpu *gpu, pvg_gpu_action action, void *data) {
	return add_action(gpu, &gpu->timeline.at_completion, action, data);
}

static void drop_actions(struct pvg_timeline_actions *actions) {
	for (size_t i = 0; i < actions->count; i++) {
		free(actions->items[i].data);
	}
	actions->count = 0;
}

/* ---- the queue ------------------------------------------------------------------------------- */

// Room for @more entries; false without memory.
static bool reserve(struct pvg_timeline *timeline, size_t more) {
	size_t capacity = timeline->capacity != 0 ? timeline->capacity : ENTRIES_FIRST;

	while (capacity - timeline->count < more) {
		capacity *= 2;
	}
	if (capacity == timeline->capacity) {
		return true;
	}
	struct pvg_timeline_entry *entries = malloc(capacity * sizeof(*entries));
	if (entries == NULL) {
		return false;
	}
	for (size_t i = 0; i < timeline->count; i++) {
		entries[i] = timeline->entries[(timeline->head + i) & (timeline->capacity - 1)];
	}
	free(timeline->entries);
	timeline->entries = entries;
	timeline->capacity = capacity;
	timeline->head = 0;
	return true;
}

static void push(struct pvg_timeline *timeline, const struct pvg_timeline_entry *entry) {
	size_t at = (timeline->head + timeline->count++) & (timeline->capacity - 1);

	timeline->entries[at] = *entry;
}

static struct pvg_timeline_entry pop(struct pvg_timeline *timeline) {
	struct pvg_timeline_entry entry = timeline->entries[timeline->head];

	timeline->head = (timeline->head + 1) & (timeline->capacity - 1);
	timeline->count--;
	return entry;
}

static uint32_t *queued_of(struct pvg_timeline *timeline, uint32_t slot) {
	return &timeline->queued[slot % PVG_TIMELINE_SLOTS];
}

/*
 * Does what is due. @gpu_done: serial that the renderer has completed. Stops at a stamp while the
 * gate is closed: a stopped machine goes on later, a reset drops the queue.
 */
static bool run_due(struct pvg_gpu *gpu, uint64_t gpu_done) {
	struct pvg_timeline *timeline = &gpu->timeline;
	bool interrupt = false;
	bool any = false;

	if (timeline->running) { // an action that committed something
		return false;
	}
	timeline->running = true;
	while (timeline->count > 0) {
		const struct pvg_timeline_entry *next = &timeline->entries[timeline->head];
		if (next->serial > gpu_done) {
			break;
		}
		bool is_void = next->serial != 0 && next->serial <= timeline->void_up_to;
		if (!is_void && !pvg_gate_enter(gpu->device)) {
			break;
		}
		struct pvg_timeline_entry entry = pop(timeline);
		if (entry.run == NULL) {
			--*queued_of(timeline, entry.stamp.slot);
			pvg_stamp_complete(gpu->device, &entry.stamp);
			pvg_gate_leave(gpu->device);
			interrupt = true;
		} else {
			if (!is_void) {
				pvg_gate_leave(gpu->device); // it enters for each write
			}
			timeline->may_write = !is_void;
			entry.run(gpu, entry.data);
			free(entry.data);
		}
		any = true;
	}
	uint64_t done = gpu_done;
	if (timeline->count > 0 && timeline->entries[timeline->head].serial <= gpu_done) {
		done = timeline->entries[timeline->head].serial; // held up by the gate
		done -= done > 0;
	}
	if (done > timeline->completed) {
		timeline->completed = done;
		any = true;
		if (done == timeline->submitted) {
			PVG_ADD_DEVICE(gpu->device, gpu.busy_ns,
				(uint64_t)(pvg_now_ns(gpu->device) - timeline->busy_since_ns));
		}
	}
	timeline->running = false;
	if (any) {
		pvg_gpu_memory_completed(gpu);
	}
	if (interrupt && pvg_gate_enter(gpu->device)) {
		pvg_stamp_interrupt(gpu->device);
		pvg_gate_leave(gpu->device);
	}
	return any;
}

bool pvg_timeline_run(struct pvg_gpu *gpu) {
	struct pvg_timeline *timeline = &gpu->timeline;

	if (timeline->count == 0 && timeline->completed == timeline->submitted) {
		return false;
	}
	uint64_t done = gpu->renderer->ops->completed(gpu->renderer);
	return run_due(gpu, done < timeline->submitted ? done : timeline->submitted);
}

/* ---- held packets ---------------------------------------------------------------------------- */

void pvg_gpu_hold(struct pvg_gpu *gpu) {
	gpu->timeline.hold = true;
}

bool pvg_gpu_is_holding(const struct pvg_gpu *gpu) {
	return gpu->timeline.hold;
}

bool pvg_gpu_take_hold(struct pvg_gpu *gpu) {
	bool hold = gpu->timeline.hold;

	gpu->timeline.hold = false;
	gpu->timeline.held = gpu->timeline.held || hold;
	return hold;
}

uint64_t pvg_gpu_wakeups(const struct pvg_gpu *gpu) {
	return gpu->timeline.wakeups;
}

void pvg_gpu_wake(struct pvg_gpu *gpu) {
	gpu->timeline.held = false;
	gpu->timeline.wakeups++;
}

static bool is_readable(int fd) {
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) > 0;
}

bool pvg_timeline_is_waiting(const struct pvg_gpu *gpu) {
	const struct pvg_timeline *timeline = &gpu->timeline;

	return timeline->held || timeline->count > 0 || timeline->completed != timeline->submitted;
}

bool pvg_timeline_dispatch(struct pvg_gpu *gpu) {
	const struct pvg_renderer_ops *ops = gpu->renderer->ops;
	int fd = ops->fd(gpu->renderer);

	// Without a list in flight too: programs that were built ahead are told by it, and whoever
	// sleeps on the descriptor would not sleep again until somebody has read it.
	if (fd >= 0 ? !is_readable(fd) : !pvg_timeline_is_waiting(gpu)) {
		return false;
	}
	ops->dispatch(gpu->renderer);
	return true;
}

/* ---- commit ---------------------------------------------------------------------------------- */

void pvg_gpu_commit(struct pvg_gpu *gpu) {
	struct pvg_timeline *timeline = &gpu->timeline;
	struct pvg_timeline_actions *at_commit = &timeline->at_commit;
	struct pvg_timeline_actions *at_completion = &timeline->at_completion;

	for (size_t i = 0; i < at_commit->count; i++) { // they may add more
		struct pvg_timeline_action action = at_commit->items[i];
		action.run(gpu, action.data);
		free(action.data);
	}
	at_commit->count = 0;
	pvg_gpu_memory_sealing(gpu);
	if (gpu->list.failed || !reserve(timeline, at_completion->count)) {
		PVG_REFUSE(gpu->device, NO_MEMORY, "command list of %zu commands: no memory",
			gpu->list.count);
		pvg_gpu_abandon(gpu);
		return;
	}
	if (gpu->list.count > 0) {
		const struct pvg_gpu_list list = { gpu->list.cmds, gpu->list.count };
		if (timeline->completed == timeline->submitted) {
			timeline->busy_since_ns = pvg_now_ns(gpu->device);
		}
		timeline->submitted++;
		gpu->renderer->serial = timeline->submitted;
		gpu->renderer->ops->submit(gpu->renderer, &list, timeline->submitted);
	}
	for (size_t i = 0; i < at_completion->count; i++) {
		const struct pvg_timeline_entry entry = {
			.serial = timeline->submitted,
			.run = at_completion->items[i].run,
			.data = at_completion->items[i].data,
		};
		push(timeline, &entry);
	}
	at_completion->count = 0;
	pvg_gpu_builder_clear(&gpu->list);
	pvg_gpu_memory_committed(gpu);
	(void)pvg_timeline_run(gpu);
}

void pvg_gpu_abandon(struct pvg_gpu *gpu) {
	drop_actions(&gpu->timeline.at_commit);
	drop_actions(&gpu->timeline.at_completion);
	pvg_gpu_builder_clear(&gpu->list);
	pvg_gpu_memory_abandoned(gpu);
}

bool pvg_gpu_stamp(struct pvg_gpu *gpu, const struct pvg_completion *completion, uint64_t serial) {
	struct pvg_timeline *timeline = &gpu->timeline;
	uint32_t *queued = queued_of(timeline, completion->slot);

	if (serial <= timeline->completed && *queued == 0) {
		return false;
	}
	if (!reserve(timeline, 1)) {
		return false; // early rather than never: a stamp that is missing hangs the guest
	}
	if (timeline->count > 0) {
		size_t last = (timeline->head + timeline->count - 1) & (timeline->capacity - 1);
		if (timeline->entries[last].serial > serial) {
			serial = timeline->entries[last].serial;
		}
	}
	const struct pvg_timeline_entry entry = { .serial = serial, .stamp = *completion };
	++*queued;
	push(timeline, &entry);
	return true;
}

/* ---- life ------------------------------------------------------------------------------------ */

void pvg_timeline_start(struct pvg_gpu *gpu, uint64_t serial) {
	gpu->timeline.submitted = gpu->timeline.completed = serial;
}

void pvg_timeline_reset(struct pvg_gpu *gpu) {
	struct pvg_timeline *timeline = &gpu->timeline;
	size_t count = timeline->count;

	pvg_gpu_abandon(gpu);
	timeline->void_up_to = timeline->submitted;
	for (size_t i = 0; i < count; i++) { // stamps go, actions stay in order
		struct pvg_timeline_entry entry = pop(timeline);
		if (entry.run != NULL) {
			push(timeline, &entry);
		}
	}
	memset(timeline->queued, 0, sizeof(timeline->queued));
}

void pvg_timeline_finish(struct pvg_gpu *gpu) {
	struct pvg_timeline *timeline = &gpu->timeline;

	pvg_timeline_reset(gpu);
	timeline->may_write = false;
	while (timeline->count > 0) {
		struct pvg_timeline_entry entry = pop(timeline);
		entry.run(gpu, entry.data);
		free(entry.data);
	}
	timeline->completed = timeline->submitted;
	free(timeline->entries);
	free(timeline->at_commit.items);
	free(timeline->at_completion.items);
	*timeline = (struct pvg_timeline){ 0 };
}
