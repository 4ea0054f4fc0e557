// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Captures of what a device took in: register writes, doorbells, RAM that was read, resets, ticks.
 * The format is documented in docs/capture-format.md.
 */
#ifndef PVG_RECORD_H
#define PVG_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct pvg_recorder;

/**
 * pvg_recorder_create - start a capture into @fd, which is taken over
 *
 * Returns NULL when the header cannot be written. Later write errors end the capture with a log
 * line; they never disturb the device.
 */
struct pvg_recorder *pvg_recorder_create(int fd);
/*
 * Writes the trailer and closes the file. False: the file is not complete. No thread may be in a
 * function of the device's that began before pvg_device_set_recorder took the recorder away. NULL
 * is fine.
 */
bool pvg_recorder_destroy(struct pvg_recorder *recorder);

#endif
