// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is the guest's pointer where the host's is? As long as it follows, a session around us may show
 * the guest's glyph as its own pointer, which moves without any delay (spec 04 section 11). A guest
 * that moves its pointer by itself, or does not follow, has it drawn where it says. Pure.
 */
#ifndef COMPOSITOR_TOGETHER_H
#define COMPOSITOR_TOGETHER_H

#include <stdbool.h>
#include <stdint.h>

#define PK_TOGETHER_AFTER_NS 250000000 // for a guest to arrive where the host's pointer rests

struct pk_together {
	int host_x, host_y, guest_x, guest_y; // output pixels
	int64_t moved_ns; // newest motion of the host's
	bool host_known, guest_known;
	bool yes; // the newest answer
};

void pk_together_host(struct pk_together *together, int x, int y, int64_t now_ns);
void pk_together_guest(struct pk_together *together, int x, int y);
// The host's pointer is elsewhere, or motion is relative: apart until both were seen again.
void pk_together_forget(struct pk_together *together);

/**
 * pk_together_judge - are they together?
 * @tolerance: output pixels
 *
 * While the host's moves the guest's is behind, so that the answer stays what it was; it is no once
 * the host's rested for PK_TOGETHER_AFTER_NS and the guest's is still elsewhere.
 */
bool pk_together_judge(struct pk_together *together, int tolerance, int64_t now_ns);
// When to ask again though nothing moves, INT64_MAX: not at all.
int64_t pk_together_deadline(const struct pk_together *together, int tolerance);

#endif
