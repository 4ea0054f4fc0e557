// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef PVG_LOG_H
#define PVG_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum pvg_log_level {
	PVG_LOG_ERROR, // the user loses something
	PVG_LOG_INFO,  // start, attach, mode change, refusals (one line a second for each reason)
	PVG_LOG_DEBUG,
};

typedef void (*pvg_log_func)(enum pvg_log_level level, const char *fmt, va_list args);

/**
 * pvg_log_init - where libpvg's messages go; without it errors and info go to stderr
 *
 * Call once, before any other thread exists. @func may be called from any thread.
 */
void pvg_log_init(enum pvg_log_level level, pvg_log_func func);

bool pvg_log_enabled(enum pvg_log_level level);

__attribute__((format(printf, 2, 3))) void pvg_log(enum pvg_log_level level, const char *fmt, ...);

#define pvg_error(...) pvg_log(PVG_LOG_ERROR, __VA_ARGS__)
#define pvg_info(...) pvg_log(PVG_LOG_INFO, __VA_ARGS__)
#define pvg_debug(...) \
	do { \
		if (pvg_log_enabled(PVG_LOG_DEBUG)) { \
			pvg_log(PVG_LOG_DEBUG, __VA_ARGS__); \
		} \
	} while (0)

#endif
