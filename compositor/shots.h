// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Screenshots: what each output shows, pointer included, as PNG. The picture is composited once
 * more into memory; encoding happens on a thread of its own so that no tick waits for it.
 */
#ifndef COMPOSITOR_SHOTS_H
#define COMPOSITOR_SHOTS_H

#include <stdbool.h>
#include <stdint.h>

struct pk_output;
struct pk_server;
struct pk_shots;

struct pk_shots *pk_shots_create(struct pk_server *server);
void pk_shots_destroy(struct pk_shots *shots);

// Takes one now (SIGUSR1).
void pk_shots_now(struct pk_shots *shots);
/**
 * pk_shots_picture - what @output shows now, as XRGB8888 rows without padding
 * @pixels: zeroed, of the output's size
 */
bool pk_shots_picture(struct pk_output *output, uint32_t *pixels);
// A guest frame reached the screen: --screenshot-at counts these.
void pk_shots_frame(struct pk_shots *shots);
// The guest's picture is about to go: keep it for the screenshot at exit.
void pk_shots_before_loss(struct pk_shots *shots);
// Writes the screenshot at exit and waits for it. False when one could not be written.
bool pk_shots_finish(struct pk_shots *shots);

#endif
