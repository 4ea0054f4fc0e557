// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The capture that is being written: from the start (--record), or begun and ended while the kiosk
 * runs. The device thread takes recorders in and lets go of them between packets; the main thread,
 * which gives ticks, frees them.
 */
#ifndef COMPOSITOR_CAPTURE_H
#define COMPOSITOR_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

struct pk_capture;
struct pk_server;
struct pvg_recorder;

/**
 * pk_capture_create - with @path: one that begins at once
 *
 * NULL when the file cannot be written (said).
 */
struct pk_capture *pk_capture_create(struct pk_server *server, const char *path);
// The device thread has ended. NULL is fine.
void pk_capture_destroy(struct pk_capture *capture);

// What the device is to begin with; NULL: nothing.
struct pvg_recorder *pk_capture_first(struct pk_capture *capture);

// A regular file that can be written from its beginning.
bool pk_capture_file_is_good(int fd);

/**
 * pk_capture_start - empties the file and writes a capture into it; @fd is taken over
 *
 * NULL, or why not. The end of it comes by pk_control_capture_settled.
 */
const char *pk_capture_start(struct pk_capture *capture, int fd);
const char *pk_capture_stop(struct pk_capture *capture);

// The device thread did as it was told. @attached: there was a guest whose beginning is not known.
void pk_capture_settled(struct pk_capture *capture, bool attached);

// As pvg_control_status_v1.capture says it: 0 none, 1 since the attach, 2 begun under a guest.
uint32_t pk_capture_state(const struct pk_capture *capture);

#endif
