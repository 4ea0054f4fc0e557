// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvg/log.h>

#define BUFFER_BYTES (1u << 20) // some 80 s of one output at 60 Hz

struct pk_trace {
	FILE *file;   // owned
	char *buffer; // owned, the file's
};

struct pk_trace *pk_trace_create(const char *path) {
	struct pk_trace *trace = calloc(1, sizeof(*trace));
	if (trace == NULL) {
		return NULL;
	}
	trace->buffer = malloc(BUFFER_BYTES);
	trace->file = fopen(path, "we");
	if (trace->file == NULL || trace->buffer == NULL) {
		pvg_error("trace %s: %s", path, strerror(errno));
		pk_trace_destroy(trace);
		return NULL;
	}
	setvbuf(trace->file, trace->buffer, _IOFBF, BUFFER_BYTES);
	return trace;
}

void pk_trace_destroy(struct pk_trace *trace) {
	if (trace == NULL) {
		return;
	}
	if (trace->file != NULL && fclose(trace->file) != 0) {
		pvg_error("trace: the file could not be written: %s", strerror(errno));
	}
	free(trace->buffer);
	free(trace);
}

void pk_trace_flip(struct pk_trace *trace, const struct pk_trace_flip *flip) {
	if (trace == NULL) {
		return;
	}
	const char *quote = flip->way != NULL ? "\"" : "";
	fprintf(trace->file, "{\"trace\": \"flip\", \"port\": %u, \"seq\": %" PRIu32
		", \"when_ns\": %" PRId64 ", \"way\": %s%s%s, \"flags\": %" PRIu32
		", \"cpu_bytes\": %" PRIu64 "}\n", flip->port, flip->sequence, flip->when_ns, quote,
		flip->way != NULL ? flip->way : "null", quote, flip->flags, flip->cpu_bytes);
}

void pk_trace_commit(struct pk_trace *trace, unsigned int port, int64_t arrived_ns,
		int64_t committed_ns, int64_t slack_ns, int64_t offset_ns) {
	if (trace == NULL) {
		return;
	}
	fprintf(trace->file,
		"{\"trace\": \"commit\", \"port\": %u, \"arrived_ns\": %" PRId64
		", \"committed_ns\": %" PRId64 ", \"slack_ns\": ",
		port, arrived_ns, committed_ns);
	if (slack_ns != INT64_MIN) {
		fprintf(trace->file, "%" PRId64, slack_ns);
	} else {
		fputs("null", trace->file);
	}
	fprintf(trace->file, ", \"offset_ns\": %" PRId64 "}\n", offset_ns);
}

void pk_trace_tick(struct pk_trace *trace, unsigned int port, int64_t when_ns, int64_t due_ns,
		bool from_flip, bool delivered, int64_t begin_ns, int64_t end_ns) {
	if (trace == NULL) {
		return;
	}
	fprintf(trace->file,
		"{\"trace\": \"tick\", \"port\": %u, \"when_ns\": %" PRId64
		", \"due_ns\": %" PRId64 ", \"from\": \"%s\", \"delivered\": %s, \"begin_ns\": %" PRId64
		", \"end_ns\": %" PRId64 "}\n",
		port, when_ns, due_ns, from_flip ? "flip" : "timer", delivered ? "true" : "false",
		begin_ns, end_ns);
}
