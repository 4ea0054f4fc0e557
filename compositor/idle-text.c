// SPDX-License-Identifier: GPL-2.0-or-later
#include "idle-text.h"

#include <stdio.h>
#include <string.h>

static const char *guest_words(const struct pk_idle_state *state) {
	if (state->paused) {
		return "paused";
	}
	if (state->no_display) {
		return "no display for this screen";
	}
	if (state->asleep) {
		return "the display is asleep";
	}
	if (state->renderer_restarted) {
		return "the renderer was restarted\nwaiting for the guest to draw again";
	}
	if (state->online) {
		return "the guest has not shown anything yet";
	}
	if (state->registered) {
		return "the guest switches its display on";
	}
	return "the guest is starting";
}

void pk_idle_words(const struct pk_idle_state *state, char *text, size_t size) {
	if (state->vm == NULL) {
		const char *reason = state->reason != NULL ? state->reason : "pvg-kiosk";
		bool it = strncmp(reason, "the VM ", strlen("the VM ")) == 0;
		snprintf(text, size, "%s%s%s\nwaiting for a VM on\n%s",
			state->reason != NULL ? "VM ended: " : "", it ? "it " : "",
			it ? reason + strlen("the VM ") : reason, state->socket);
		return;
	}
	// What happened stays until the guest's display is there again.
	bool happened = state->reason != NULL && !state->online && !state->asleep;
	snprintf(text, size, "VM %s%s%s\n%s", state->vm, happened ? "\n" : "",
		happened ? state->reason : "", guest_words(state));
}
