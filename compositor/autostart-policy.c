// SPDX-License-Identifier: GPL-2.0-or-later
#include "autostart.h"

bool pk_autostart_again(struct pk_autostart *autostart, enum pk_restart policy, int status,
	int64_t now_ms) {
	int64_t *slot = &autostart->ends_ms[autostart->ends % PK_AUTOSTART_BURST];
	// The slot still has the end that was PK_AUTOSTART_BURST ends ago.
	bool storm =
		autostart->ends >= PK_AUTOSTART_BURST && now_ms - *slot < PK_AUTOSTART_BURST_MS;
	*slot = now_ms;
	autostart->ends++;
	return !storm &&
		(policy == PK_RESTART_ALWAYS || (policy == PK_RESTART_FAILURE && status != 0));
}
