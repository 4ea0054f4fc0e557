// SPDX-License-Identifier: GPL-2.0-or-later
#include <pvg/log.h>

#include <stddef.h>
#include <stdio.h>

static void log_to_stderr(enum pvg_log_level level, const char *fmt, va_list args) {
	flockfile(stderr);
	(void)fputs("pvg: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	funlockfile(stderr);
}

// Written before any other thread exists, read by all.
static enum pvg_log_level log_level = PVG_LOG_INFO;
static pvg_log_func log_func = log_to_stderr;

void pvg_log_init(enum pvg_log_level level, pvg_log_func func) {
	log_level = level;
	log_func = func != NULL ? func : log_to_stderr;
}

bool pvg_log_enabled(enum pvg_log_level level) {
	return level <= log_level;
}

void pvg_log(enum pvg_log_level level, const char *fmt, ...) {
	if (!pvg_log_enabled(level)) {
		return;
	}
	va_list args;
	va_start(args, fmt);
	log_func(level, fmt, args);
	va_end(args);
}
