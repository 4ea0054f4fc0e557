// SPDX-License-Identifier: GPL-2.0-or-later
#include "status.h"

#include <stdarg.h>
#include <stdio.h>

const char *pvg_shader_reason_name(enum pvg_shader_reason reason) {
	switch (reason) {
#define PVG_SHADER_NAME(name, text) \
	case PVG_SHADER_##name: \
		return text;
	PVG_SHADER_REASONS(PVG_SHADER_NAME)
#undef PVG_SHADER_NAME
	case PVG_SHADER_REASON_COUNT:
		break;
	}
	return "unknown_reason";
}

bool pvg_shader_refuse(struct pvg_shader_status *status, enum pvg_shader_reason reason,
		const char *fmt, ...) {
	if (status->reason != PVG_SHADER_OK) {
		return false;
	}
	status->reason = reason;
	va_list args;
	va_start(args, fmt);
	vsnprintf(status->detail, sizeof(status->detail), fmt, args);
	va_end(args);
	// The detail travels in logs and replies: one printable line, whatever the guest named
	// things.
	for (char *c = status->detail; *c != '\0'; c++) {
		if (*c < 0x20 || *c > 0x7e) {
			*c = '?';
		}
	}
	return false;
}
