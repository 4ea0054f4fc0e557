// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keyboards, pointers and touch screens, to the guest or to client windows, never to both (spec 04
 * section 13). seat.c has the devices and who has the input, keyboard.c, pointer.c and touch.c what
 * they send.
 */
#ifndef COMPOSITOR_SEAT_H
#define COMPOSITOR_SEAT_H

#include <stdbool.h>
#include <stdint.h>

struct pk_output;
struct pk_port;
struct pk_seat;
struct pk_server;
struct wlr_input_device;
struct wlr_seat;

struct pk_seat *pk_seat_create(struct pk_server *server);
void pk_seat_destroy(struct pk_seat *seat);
struct wlr_seat *pk_seat_wlr(struct pk_seat *seat);
void pk_seat_add_device(struct pk_seat *seat, struct wlr_input_device *device);
// Outputs came, went or changed their places: pointers and touch screens that belong to one follow.
// NULL is fine.
void pk_seat_map_devices(struct pk_seat *seat);
// True while keys and motion go to the guest.
bool pk_seat_guest_has_input(const struct pk_seat *seat);
// True while the user has taken the input from the guest with the chord.
bool pk_seat_is_released(const struct pk_seat *seat);

// After anything that decides who has the input.
void pk_seat_update_focus(struct pk_seat *seat);
// The seat goes to somebody else: nothing may stay down in the guest.
void pk_seat_release_keys(struct pk_seat *seat);
// The VM is gone: what it held is nobody's, what it has is not known.
void pk_seat_forget_vm(struct pk_seat *seat);
// The guest starts anew: its pointer was neither shown nor hidden yet.
void pk_seat_forget_motion(struct pk_seat *seat);
// The guest showed or hid its pointer on some display.
void pk_seat_guest_pointer(struct pk_seat *seat);
// The guest moved its pointer. NULL is fine.
void pk_seat_guest_moved(struct pk_seat *seat, const struct pk_port *port);
// The session's pointer left our windows, or shows something else. NULL is fine.
void pk_seat_host_left(struct pk_seat *seat);
// The session's pointer is where the guest's is, in the window of @output. NULL is fine.
bool pk_seat_carries_pointer(const struct pk_seat *seat, const struct pk_output *output);
// Pointing devices of the VM, enum pvg_link_input_device.
void pk_seat_set_devices(struct pk_seat *seat, uint32_t pointers);

/*
 * Fingers on a window of ours: @x and @y from 0 to 1 across @output. Touch screens that are devices
 * of our own come by themselves.
 */
void pk_seat_touch_down(struct pk_seat *seat, struct pk_output *output, int32_t id, double x,
	double y, uint32_t time_msec);
void pk_seat_touch_motion(struct pk_seat *seat, struct pk_output *output, int32_t id, double x,
	double y, uint32_t time_msec);
void pk_seat_touch_up(struct pk_seat *seat, int32_t id, uint32_t time_msec);

#endif
