// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of the idle picture. Pure.
 */
#ifndef COMPOSITOR_IDLE_TEXT_H
#define COMPOSITOR_IDLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct pk_idle_state {
	const char *socket; // where VMs connect
	const char *vm;     // name; NULL: none is connected
	const char *reason; // NULL, or why there is no picture any more
	bool paused;
	bool registered;    // the guest's display driver is there
	bool online;        // and uses the display
	bool asleep;        // and switched it off
	bool no_display;    // the VM has no display for this output
	bool renderer_restarted; // since there was a picture
};

// Lines, separated by newlines.
void pk_idle_words(const struct pk_idle_state *state, char *text, size_t size);

#endif
