// SPDX-License-Identifier: GPL-2.0-or-later
#include "together.h"

#include <stdlib.h>

void pk_together_host(struct pk_together *together, int x, int y, int64_t now_ns) {
	together->host_known = true;
	together->host_x = x;
	together->host_y = y;
	together->moved_ns = now_ns;
}

void pk_together_guest(struct pk_together *together, int x, int y) {
	together->guest_known = true;
	together->guest_x = x;
	together->guest_y = y;
}

void pk_together_forget(struct pk_together *together) {
	*together = (struct pk_together){ 0 };
}

static bool is_near(const struct pk_together *together, int tolerance) {
	return together->host_known && together->guest_known &&
		abs(together->host_x - together->guest_x) <= tolerance &&
		abs(together->host_y - together->guest_y) <= tolerance;
}

bool pk_together_judge(struct pk_together *together, int tolerance, int64_t now_ns) {
	if (is_near(together, tolerance)) {
		together->yes = true;
	} else if (now_ns >= together->moved_ns + PK_TOGETHER_AFTER_NS) {
		together->yes = false;
	}
	return together->yes;
}

int64_t pk_together_deadline(const struct pk_together *together, int tolerance) {
	return together->yes && !is_near(together, tolerance)
		? together->moved_ns + PK_TOGETHER_AFTER_NS
		: INT64_MAX;
}
