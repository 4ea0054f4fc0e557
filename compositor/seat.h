// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keyboards and pointers, to the guest or to client windows, never to both (spec 04 section 13).
 */
#ifndef COMPOSITOR_SEAT_H
#define COMPOSITOR_SEAT_H

#include <stdbool.h>

struct pk_port;
struct pk_seat;
struct pk_server;
struct wlr_input_device;
struct wlr_seat;

struct pk_seat *pk_seat_create(struct pk_server *server);
void pk_seat_destroy(struct pk_seat *seat);
struct wlr_seat *pk_seat_wlr(struct pk_seat *seat);
void pk_seat_add_device(struct pk_seat *seat, struct wlr_input_device *device);

// After anything that decides who has the input.
void pk_seat_update_focus(struct pk_seat *seat);
// The seat goes to somebody else: nothing may stay down in the guest.
void pk_seat_release_keys(struct pk_seat *seat);
// The guest's end is gone: what it held is nobody's.
void pk_seat_forget_keys(struct pk_seat *seat);
// The guest showed or hid its pointer.
void pk_seat_guest_pointer(struct pk_seat *seat, bool visible, bool was_visible);

#endif
