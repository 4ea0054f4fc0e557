// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the guest play something? Then a screen must not go dark although nobody touches a key. A
 * blinking cursor, a clock and typing present a few frames a second; films, games and scrolling
 * many. Pure.
 */
#ifndef COMPOSITOR_PLAY_H
#define COMPOSITOR_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#define PK_PLAY_WINDOW_NS INT64_C(2000000000)
#define PK_PLAY_FRAMES 20u // in a window

struct pk_play {
	int64_t since_ns; // of the window
	unsigned int frames;
	bool playing;
};

// A frame of the guest's reached a screen. True when .playing changed.
bool pk_play_frame(struct pk_play *play, int64_t now_ns);
// Time went by: to be called at least once a window while .playing. True when .playing changed.
bool pk_play_look(struct pk_play *play, int64_t now_ns);

#endif
