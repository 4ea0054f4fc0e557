// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --trace FILE: one JSON line for each flip event of an output and each tick given to the guest,
 * for tests and for pacing work. Times are CLOCK_MONOTONIC in nanoseconds. Lines stay in memory
 * until the buffer is full, so that writing them does not disturb what they report.
 */
#ifndef COMPOSITOR_TRACE_H
#define COMPOSITOR_TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct pk_trace;

// NULL when the file cannot be written (said).
struct pk_trace *pk_trace_create(const char *path);
void pk_trace_destroy(struct pk_trace *trace); // NULL is fine

struct pk_trace_flip {
	unsigned int port;
	uint32_t sequence; // of the vertical blank, as the output counts them
	int64_t when_ns;
	uint32_t flags;     // enum wp_presentation_feedback_kind, as the output reports them
	const char *way;    // how a guest frame got there, NULL: the flip showed no new one
	uint64_t cpu_bytes; // that were copied for it
};

// Without a trace (NULL) these do nothing.
void pk_trace_flip(struct pk_trace *trace, const struct pk_trace_flip *flip);
// @when_ns: the vertical blank, @due_ns: when its tick was to come.
void pk_trace_tick(struct pk_trace *trace, unsigned int port, int64_t when_ns, int64_t due_ns,
	bool from_flip, bool delivered, int64_t begin_ns, int64_t end_ns);
// A new picture of the guest; @slack_ns INT64_MIN: the output has no latch.
void pk_trace_commit(struct pk_trace *trace, unsigned int port, int64_t arrived_ns,
	int64_t committed_ns, int64_t slack_ns, int64_t offset_ns);

#endif
