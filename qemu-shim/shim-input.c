// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The seat is the host's, so keys and pointer come over the link and go into QEMU's input layer:
 * PS/2 or USB keyboard, USB tablet or mouse, whatever the machine has (spec 06 section 9).
 */
#include "shim.h"

#include <linux/input-event-codes.h>

#define NOTCH 120
#define NOTCHES_AT_ONCE 16 // a hostile number must not turn into millions of clicks
#define LOOK_AGAIN_MS 1000

static bool bit_test(const uint32_t *words, uint32_t bit) {
	return (words[bit / 32] & 1u << (bit % 32)) != 0;
}

static void bit_set(uint32_t *words, uint32_t bit, bool on) {
	if (on) {
		words[bit / 32] |= 1u << (bit % 32);
	} else {
		words[bit / 32] &= ~(1u << (bit % 32));
	}
}

// QEMU drops input to a VM that does not run.
static bool input_is_taken(void) {
	return runstate_is_running() || runstate_check(RUN_STATE_SUSPENDED);
}

void shim_input_key(PVGShim *s, const struct pvg_link_key *key) {
	bool down = key->down != 0;
	if (!input_is_taken()) {
		if (!down && bit_test(s->input.held, key->code)) {
			bit_set(s->input.release, key->code, true);
		}
		return;
	}
	bit_set(s->input.release, key->code, false);
	bit_set(s->input.held, key->code, down);
	shim_send_linux_key(s->console.con, key->code, down);
}

static bool button_from_evdev(int32_t code, InputButton *button) {
	switch (code) {
	case BTN_LEFT:
		*button = INPUT_BUTTON_LEFT;
		return true;
	case BTN_RIGHT:
		*button = INPUT_BUTTON_RIGHT;
		return true;
	case BTN_MIDDLE:
		*button = INPUT_BUTTON_MIDDLE;
		return true;
	case BTN_SIDE:
	case BTN_BACK:
		*button = INPUT_BUTTON_SIDE;
		return true;
	case BTN_EXTRA:
	case BTN_FORWARD:
		*button = INPUT_BUTTON_EXTRA;
		return true;
	default:
		return false;
	}
}

static uint32_t button_bit(int32_t code) {
	return code >= BTN_MOUSE && code < BTN_MOUSE + 32 ? 1u << (code - BTN_MOUSE) : 0;
}

static void press_button(PVGShim *s, int32_t code, bool down) {
	InputButton button;
	if (!button_from_evdev(code, &button)) {
		shim_log(s, SHIM_LOG_INPUT, false, "host: pointer button 0x%x has no match in QEMU",
			(unsigned int)code);
		return;
	}
	uint32_t bit = button_bit(code);
	s->input.buttons = down ? s->input.buttons | bit : s->input.buttons & ~bit;
	s->input.buttons_release &= ~bit;
	qemu_input_queue_btn(s->console.con, button, down);
}

static void turn_wheel(PVGShim *s, int32_t *rest, int32_t units, InputButton negative,
	InputButton positive) {
	if ((*rest > 0 && units < 0) || (*rest < 0 && units > 0)) {
		*rest = 0; // turned back: the first notch must not be eaten
	}
	int64_t sum = (int64_t)*rest + units;
	int64_t notches = sum / NOTCH;
	*rest = (int32_t)(sum % NOTCH);
	if (notches > NOTCHES_AT_ONCE || notches < -NOTCHES_AT_ONCE) {
		notches = notches > 0 ? NOTCHES_AT_ONCE : -NOTCHES_AT_ONCE;
	}
	InputButton button = notches > 0 ? positive : negative;
	for (int64_t i = notches < 0 ? -notches : notches; i > 0; i--) {
		qemu_input_queue_btn(s->console.con, button, true);
		qemu_input_event_sync();
		qemu_input_queue_btn(s->console.con, button, false);
		qemu_input_event_sync();
	}
}

void shim_input_pointer(PVGShim *s, const struct pvg_link_pointer *pointer) {
	if (!input_is_taken()) {
		if (pointer->kind == PVG_LINK_POINTER_BUTTON && pointer->b == 0) {
			s->input.buttons_release |= button_bit(pointer->a) & s->input.buttons;
		}
		return;
	}
	if (qemu_clock_get_ms(QEMU_CLOCK_REALTIME) - s->input.announce_ms >= LOOK_AGAIN_MS) {
		shim_input_announce(s); // QEMU tells nobody about a mouse that is plugged in
	}
	QemuConsole *con = s->console.con;
	switch (pointer->kind) {
	case PVG_LINK_POINTER_ABS:
		qemu_input_queue_abs(con, INPUT_AXIS_X, pointer->a, INPUT_EVENT_ABS_MIN,
			INPUT_EVENT_ABS_MAX);
		qemu_input_queue_abs(con, INPUT_AXIS_Y, pointer->b, INPUT_EVENT_ABS_MIN,
			INPUT_EVENT_ABS_MAX);
		break;
	case PVG_LINK_POINTER_REL:
		qemu_input_queue_rel(con, INPUT_AXIS_X, pointer->a);
		qemu_input_queue_rel(con, INPUT_AXIS_Y, pointer->b);
		break;
	case PVG_LINK_POINTER_BUTTON:
		press_button(s, pointer->a, pointer->b != 0);
		break;
	case PVG_LINK_POINTER_WHEEL:
		turn_wheel(s, &s->input.wheel_v, pointer->a, INPUT_BUTTON_WHEEL_UP,
			INPUT_BUTTON_WHEEL_DOWN);
		turn_wheel(s, &s->input.wheel_h, pointer->b, INPUT_BUTTON_WHEEL_LEFT,
			INPUT_BUTTON_WHEEL_RIGHT);
		return;
	}
	qemu_input_event_sync();
}

static void release(PVGShim *s, const uint32_t *keys, uint32_t buttons) {
	for (uint32_t code = 0; code < SHIM_KEY_WORDS * 32; code++) {
		if (bit_test(keys, code) && bit_test(s->input.held, code)) {
			shim_send_linux_key(s->console.con, code, false);
			bit_set(s->input.held, code, false);
		}
	}
	for (int32_t code = BTN_MOUSE; code < BTN_MOUSE + 32; code++) {
		if ((buttons & s->input.buttons & button_bit(code)) != 0) {
			press_button(s, code, false);
			qemu_input_event_sync();
		}
	}
}

static uint32_t find_pointers(void) {
	uint32_t found = 0;
	MouseInfoList *mice = qmp_query_mice(NULL);
	for (const MouseInfoList *at = mice; at != NULL; at = at->next) {
		if (at->value->absolute) {
			found |= PVG_LINK_INPUT_ABSOLUTE;
		} else if (strstr(at->value->name, "PS/2") != NULL) {
			found |= PVG_LINK_INPUT_PS2_MOUSE;
		} else {
			found |= PVG_LINK_INPUT_RELATIVE;
		}
	}
	qapi_free_MouseInfoList(mice);
	return found;
}

void shim_input_announce(PVGShim *s) {
	s->input.announce_ms = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
	uint32_t pointers = find_pointers();
	if (!s->input.announced || pointers != s->input.pointers) {
		s->input.announced = true;
		s->input.pointers = pointers;
		shim_link_input(s, pointers);
	}
}

static void handle_mode_change(Notifier *notifier, void *data) {
	struct shim_input *input = container_of(notifier, struct shim_input, mode_notifier);
	shim_input_announce(container_of(input, PVGShim, input));
}

void shim_input_init(PVGShim *s) {
	s->input.mode_notifier.notify = handle_mode_change;
	qemu_add_mouse_mode_change_notifier(&s->input.mode_notifier);
	s->input.mode_registered = true;
}

void shim_input_finish(PVGShim *s) {
	if (s->input.mode_registered) {
		qemu_remove_mouse_mode_change_notifier(&s->input.mode_notifier);
		s->input.mode_registered = false;
	}
}

// A host that died with a key down must not leave the guest with it.
void shim_input_release_all(PVGShim *s) {
	s->input.wheel_v = 0;
	s->input.wheel_h = 0;
	if (!input_is_taken()) {
		memcpy(s->input.release, s->input.held, sizeof(s->input.release));
		s->input.buttons_release = s->input.buttons;
		return;
	}
	uint32_t all[SHIM_KEY_WORDS];
	memset(all, 0xff, sizeof(all));
	release(s, all, UINT32_MAX);
}

void shim_input_resume(PVGShim *s) {
	release(s, s->input.release, s->input.buttons_release);
	memset(s->input.release, 0, sizeof(s->input.release));
	s->input.buttons_release = 0;
}
