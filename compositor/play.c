// SPDX-License-Identifier: GPL-2.0-or-later
#include "play.h"

bool pk_play_look(struct pk_play *play, int64_t now_ns) {
	int64_t spent = now_ns - play->since_ns;
	if (spent < PK_PLAY_WINDOW_NS) {
		return false;
	}
	// A window that nobody looked at when it ended says nothing about now.
	bool playing = spent < 2 * PK_PLAY_WINDOW_NS && play->frames >= PK_PLAY_FRAMES;
	bool changed = playing != play->playing;
	play->playing = playing;
	play->since_ns = now_ns;
	play->frames = 0;
	return changed;
}

bool pk_play_frame(struct pk_play *play, int64_t now_ns) {
	bool changed = pk_play_look(play, now_ns);
	play->frames++;
	return changed;
}
