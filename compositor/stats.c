// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pvg/counters.h>
#include <pvg/device.h>
#include <pvg/log.h>

#include "link.h"
#include "server.h"

#define RSS_EVERY 10 // lines: reading smaps costs milliseconds

struct pk_stats {
	struct pk_server *server; // borrowed
	FILE *file;               // owned, NULL: lines are written to others' files
	struct wl_event_source *timer;
	int64_t started_ns, last_ns;
	uint64_t last_presented, last_wakeups, last_device_wakeups;
	unsigned int lines;
	// A thread of its own looks through smaps: that took 18 ms of the main loop at 1 ns an
	// instruction.
	pthread_t sampler;
	bool sampling; // .sampler was started and not joined
	_Atomic long rss_kb;
};

// What is resident of ours: everything but the VM's RAM, which is shared and not ours.
static long read_rss_kb(struct pk_server *server) {
	FILE *file = fopen("/proc/self/smaps", "re");
	if (file == NULL) {
		return -1;
	}
	char line[4500];
	long total = 0;
	bool ours = true;
	while (fgets(line, sizeof(line), file) != NULL) {
		uintptr_t start, end;
		long kb;
		char dash;
		if (sscanf(line, "%" SCNxPTR "%c%" SCNxPTR, &start, &dash, &end) == 3 &&
			dash == '-') {
			ours = !pk_link_is_guest_ram(server->link, start, end);
		} else if (ours && sscanf(line, "Rss: %ld kB", &kb) == 1) {
			total += kb;
		}
	}
	fclose(file);
	return total;
}

static void *sample(void *data) {
	struct pk_stats *stats = data;
	atomic_store_explicit(&stats->rss_kb, read_rss_kb(stats->server), memory_order_relaxed);
	return NULL;
}

static void finish_sample(struct pk_stats *stats) {
	if (stats->sampling) {
		pthread_join(stats->sampler, NULL);
		stats->sampling = false;
	}
}

// Ready long before it is due again, so that waiting for the last one costs nothing.
static void start_sample(struct pk_stats *stats) {
	finish_sample(stats);
	stats->sampling = pthread_create(&stats->sampler, NULL, sample, stats) == 0;
}

static double cpu_seconds(void) {
	struct timespec ts;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void write_refusals(FILE *file, const struct pvg_counters *counters) {
	const char *comma = "";
	fputs(", \"refusals\": {", file);
	for (int i = 0; i < PVG_REFUSALS_MAX; i++) {
		if (counters->refusals[i] != 0) {
			fprintf(file, "%s\"%s\": %" PRIu64, comma,
				pvg_refusal_name((enum pvg_refusal)i), counters->refusals[i]);
			comma = ", ";
		}
	}
	fputc('}', file);
}

static void write_gpu(FILE *file, const struct pvg_gpu_counters *gpu) {
	fprintf(file,
		", \"gpu\": {\"uploads\": %" PRIu64 ", \"bytes_uploaded\": %" PRIu64
		", \"uploads_skipped\": %" PRIu64 ", \"write_backs\": %" PRIu64
		", \"bytes_written_back\": %" PRIu64 ", \"images\": %" PRIu64
		", \"evictions\": %" PRIu64 ", \"contexts_lost\": %" PRIu64
		", \"presents_read\": %" PRIu64 ", \"presents_shown\": %" PRIu64
		", \"homes\": %" PRIu64 ", \"renames\": %" PRIu64
		", \"busy_us\": %" PRIu64 ", \"memory_bytes\": %" PRIu64,
		gpu->uploads, gpu->bytes_uploaded, gpu->uploads_skipped, gpu->write_backs,
		gpu->bytes_written_back, gpu->images, gpu->evictions, gpu->contexts_lost,
		gpu->presents_read, gpu->presents_shown, gpu->homes, gpu->renames,
		gpu->busy_ns / 1000, gpu->memory_bytes);
	const char *comma = "";
	fputs(", \"read_backs\": {", file);
	for (int i = 0; i < PVG_READ_BACKS_MAX; i++) {
		if (gpu->read_backs[i] != 0) {
			fprintf(file, "%s\"%s\": %" PRIu64, comma,
				pvg_read_back_text((enum pvg_read_back)i), gpu->read_backs[i]);
			comma = ", ";
		}
	}
	fputs("}}", file);
}

// Where ticks and pictures lie in a refresh; the state is of the first display.
static void write_pacing(FILE *file, const struct pk_port *port, const struct pk_port_stats *sum) {
	const struct pk_pacing *pacing = &port->pacing;
	const struct {
		const char *name;
		const struct pk_histogram *histogram;
	} all[] = {
		{ "tick_late", &sum->tick_late },
		{ "slack", &sum->slack },
		{ "commit_after", &sum->commit_after },
		{ "cursor_after", &sum->cursor_after },
	};
	const char *source = pacing->vrr ? "variable"
		: pacing->synthetic || pacing->no_vblank ? "timer"
							 : "vblank";
	fprintf(file,
		", \"pacing\": {\"source\": \"%s\", \"period_ns\": %" PRId64
		", \"offset_us\": %.1f, \"lead_us\": %.1f, \"phase_misses\": %" PRIu64
		", \"phase_strangers\": %" PRIu64 ", \"drained\": %" PRIu64
		", \"queued\": %" PRIu64 ", \"cursor_over\": %" PRIu64,
		source, pacing->period_ns,
		(double)pk_phase_offset(&pacing->phase, pacing->period_ns) / 1e3,
		(double)pk_phase_lead(&pacing->phase, pacing->period_ns) / 1e3,
		pacing->phase.misses, pacing->phase.strangers, pacing->drained, sum->queued,
		sum->cursor_over);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		fprintf(file, ", \"%s\": ", all[i].name);
		pk_histogram_write(all[i].histogram, file);
	}
	fputc('}', file);
}

static void write_line(struct pk_stats *stats, FILE *file, bool summary) {
	struct pk_server *server = stats->server;
	struct pvg_counters counters;
	struct pk_port_stats sum = { 0 };
	uint64_t presented = 0, replaced = 0, copied = 0, unarmed = 0;
	pvg_device_get_counters(server->vm->device, &counters);
	double tick_hz = 0;
	const char *left_plane = NULL;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		const struct pk_port_stats *port = &server->ports[i].stats;
		presented += counters.ports[i].presented;
		copied += counters.ports[i].bytes_copied;
		replaced += server->pool.ports[i].replaced;
		sum.flips += port->flips;
		sum.ticks += port->ticks;
		unarmed += counters.ports[i].ticks_unarmed;
		sum.missed += port->missed;
		sum.watchdogs += port->watchdogs;
		pk_histogram_sum(&sum.tick_late, &port->tick_late);
		pk_histogram_sum(&sum.slack, &port->slack);
		pk_histogram_sum(&sum.commit_after, &port->commit_after);
		pk_histogram_sum(&sum.cursor_after, &port->cursor_after);
		sum.cursor_over += port->cursor_over;
		sum.commits += port->commits;
		sum.cpu_bytes += port->cpu_bytes;
		if (left_plane == NULL) {
			left_plane = server->ports[i].left_plane;
		}
		sum.queued += port->queued;
		sum.delay_sum_ns += port->delay_sum_ns;
		if (port->delay_max_ns > sum.delay_max_ns) {
			sum.delay_max_ns = port->delay_max_ns;
		}
		for (int cause = 0; cause < PK_LATE_COUNT; cause++) {
			sum.late[cause] += port->late[cause];
		}
		for (int way = 0; way < PK_WAY_COUNT; way++) {
			sum.ways[way] += port->ways[way];
		}
		if (i == 0 && port->span_ns > 0) {
			tick_hz = (double)port->spans * 1e9 / (double)port->span_ns;
		}
	}
	int64_t now = pk_now_ns();
	double seconds = (double)(now - stats->started_ns) / 1e9;
	double window = summary ? seconds : (double)(now - stats->last_ns) / 1e9;
	uint64_t device_wakeups = atomic_load_explicit(&server->vm->wakeups, memory_order_relaxed);
	uint64_t frames = summary ? presented : presented - stats->last_presented;
	uint64_t wakeups = summary ? server->wakeups : server->wakeups - stats->last_wakeups;
	uint64_t device = summary ? device_wakeups : device_wakeups - stats->last_device_wakeups;
	if (summary) {
		finish_sample(stats);
		sample(stats);
	}
	const struct pk_output *output = NULL;
	if (!wl_list_empty(&server->outputs)) {
		output = wl_container_of(server->outputs.next, output, link);
	}
	if (window <= 0) {
		window = 1e-9;
	}
	fprintf(file,
		"{\"seconds\": %.3f, \"summary\": %s, \"output_backend\": \"%s\", "
		"\"flip_source\": \"%s\", ",
		seconds, summary ? "true" : "false", server->backend_name,
		output == NULL              ? "none"
			: output->synthetic ? "timer"
					    : "output");
	if (output != NULL) {
		fprintf(file, "\"output\": \"%s\", \"mode\": \"%dx%d@%.3f\", ", output->wlr->name,
			output->wlr->width, output->wlr->height,
			(output->wlr->refresh != 0 ? output->wlr->refresh : PK_PACING_DEFAULT_MHZ) /
				1000.0);
	} else {
		fputs("\"output\": null, \"mode\": null, ", file);
	}
	fprintf(file,
		"\"vm\": %s, \"presented\": %" PRIu64 ", \"guest_fps\": %.2f, \"flips\": %" PRIu64
		", \"commits\": %" PRIu64 ", \"replaced\": %" PRIu64 ", \"ticks\": %" PRIu64
		", \"unarmed\": %" PRIu64 ", \"tick_hz\": %.3f, \"missed\": %" PRIu64,
		server->vm_connected ? "true" : "false", presented, (double)frames / window,
		sum.flips, sum.commits, replaced, sum.ticks, unarmed, tick_hz, sum.missed);
	fprintf(file,
		", \"late\": {\"main\": %" PRIu64 ", \"lock\": %" PRIu64 ", \"sched\": %" PRIu64
		", \"flip\": %" PRIu64 "}, \"watchdogs\": %" PRIu64
		", \"delay_us\": {\"mean\": %.1f, "
		"\"max\": %.1f}",
		sum.late[PK_LATE_MAIN], sum.late[PK_LATE_LOCK], sum.late[PK_LATE_SCHED],
		sum.late[PK_LATE_FLIP], sum.watchdogs,
		sum.ticks != 0 ? (double)sum.delay_sum_ns / (double)sum.ticks / 1e3 : 0.0,
		(double)sum.delay_max_ns / 1e3);
	fprintf(file,
		", \"ways\": {\"plane\": %" PRIu64 ", \"composite\": %" PRIu64
		", \"upload\": %" PRIu64 ", \"readback\": %" PRIu64
		"}, \"indirect\": \"%s\", \"left_plane\": %s%s%s, \"bytes_copied\": %" PRIu64
		", \"cpu_bytes_shown\": %" PRIu64,
		sum.ways[PK_WAY_PLANE], sum.ways[PK_WAY_COMPOSITE], sum.ways[PK_WAY_UPLOAD],
		sum.ways[PK_WAY_READBACK],
		output != NULL ? pk_indirect_name(output->indirect) : "no output",
		left_plane != NULL ? "\"" : "", left_plane != NULL ? left_plane : "null",
		left_plane != NULL ? "\"" : "", copied, sum.cpu_bytes);
	write_pacing(file, &server->ports[0], &sum);
	write_gpu(file, &counters.gpu);
	write_refusals(file, &counters);
	fprintf(file,
		", \"wakeups\": %" PRIu64 ", \"device_wakeups\": %" PRIu64
		", \"wakeups_per_s\": %.1f, \"cpu_seconds\": %.3f, \"rss_kb\": %ld}\n",
		wakeups, device, (double)(wakeups + device) / window, cpu_seconds(),
		atomic_load_explicit(&stats->rss_kb, memory_order_relaxed));
	stats->last_ns = now;
	stats->last_presented = presented;
	stats->last_wakeups = server->wakeups;
	stats->last_device_wakeups = device_wakeups;
}

static int handle_second(void *data) {
	struct pk_stats *stats = data;
	if (stats->lines++ % RSS_EVERY == 0) {
		start_sample(stats);
	}
	write_line(stats, stats->file, false);
	fflush(stats->file);
	wl_event_source_timer_update(stats->timer, 1000);
	return 0;
}

void pk_stats_write(struct pk_stats *stats, FILE *file) {
	if (stats->lines++ % RSS_EVERY == RSS_EVERY - 1) {
		start_sample(stats);
	}
	write_line(stats, file, false);
}

void pk_stats_sample(struct pk_stats *stats) {
	start_sample(stats);
}

// The first line's rates are about what follows, not about all before.
static void begin_window(struct pk_stats *stats) {
	struct pk_server *server = stats->server;
	struct pvg_counters counters;
	pvg_device_get_counters(server->vm->device, &counters);
	stats->last_ns = pk_now_ns();
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		stats->last_presented += counters.ports[i].presented;
	}
	stats->last_wakeups = server->wakeups;
	stats->last_device_wakeups =
		atomic_load_explicit(&server->vm->wakeups, memory_order_relaxed);
}

struct pk_stats *pk_stats_create(struct pk_server *server, const char *path) {
	struct pk_stats *stats = calloc(1, sizeof(*stats));
	if (stats == NULL) {
		return NULL;
	}
	stats->server = server;
	stats->started_ns = server->started_ns;
	stats->rss_kb = -1; // unknown until the first sample is there
	begin_window(stats);
	if (path == NULL) {
		return stats;
	}
	stats->file = fopen(path, "we");
	if (stats->file == NULL) {
		pvg_error("stats %s: %s", path, strerror(errno));
		free(stats);
		return NULL;
	}
	stats->timer = wl_event_loop_add_timer(server->loop, handle_second, stats);
	wl_event_source_timer_update(stats->timer, 1000);
	return stats;
}

void pk_stats_destroy(struct pk_stats *stats) {
	if (stats == NULL) {
		return;
	}
	if (stats->file != NULL) {
		write_line(stats, stats->file, true);
		wl_event_source_remove(stats->timer);
		if (fclose(stats->file) != 0) {
			pvg_error("stats: the file could not be written: %s", strerror(errno));
		}
	}
	finish_sample(stats);
	free(stats);
}
