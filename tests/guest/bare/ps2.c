// SPDX-License-Identifier: GPL-2.0-or-later
// Keyboard and mouse of the PC: what the host's input turns into, printed for tests to compare.
#include "bare.h"

#define PORT_DATA 0x60
#define PORT_STATUS 0x64
#define STATUS_FULL 0x01
#define STATUS_BUSY 0x02
#define STATUS_MOUSE 0x20
#define QUEUE 256u

static volatile uint16_t queue[QUEUE]; // bit 8: from the mouse
static volatile uint32_t queue_head;
static uint32_t queue_tail;
static uint8_t packet[3];
static unsigned int packet_bytes;
static bool extended; // 0xe0 came

static void wait_ready(void) {
	for (unsigned int i = 0; i < 100000 && (inb(PORT_STATUS) & STATUS_BUSY) != 0; i++) {
	}
}

static void command(uint8_t value) {
	wait_ready();
	outb(PORT_STATUS, value);
}

static void data(uint8_t value) {
	wait_ready();
	outb(PORT_DATA, value);
}

static uint8_t answer(void) {
	for (unsigned int i = 0; i < 100000; i++) {
		if ((inb(PORT_STATUS) & STATUS_FULL) != 0) {
			return inb(PORT_DATA);
		}
	}
	return 0;
}

// Runs before interrupts are on, or the answers would be taken for input.
void bare_ps2_init(void) {
	command(0xa8); // mouse on
	command(0x20);
	uint8_t config = answer();
	command(0x60);
	data(config | 0x3); // both interrupts, translation as firmware left it
	command(0xd4);
	data(0xf4); // mouse: report
	answer();
	data(0xf4); // keyboard: scan
	answer();
}

void bare_ps2_interrupt(void) {
	for (uint8_t status = inb(PORT_STATUS); (status & STATUS_FULL) != 0;
		status = inb(PORT_STATUS)) {
		uint16_t from = (status & STATUS_MOUSE) != 0 ? 0x100 : 0;
		queue[queue_head % QUEUE] = from | inb(PORT_DATA);
		queue_head = queue_head + 1;
	}
}

static void report_key(uint8_t code) {
	if (code == 0xe0) {
		extended = true;
		return;
	}
	char line[96];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "event", "ps2-key");
	pvg_text_key_u64(&text, "scancode", (code & 0x7fu) | (extended ? 0xe000u : 0));
	pvg_text_key_u64(&text, "down", (code & 0x80) == 0);
	pvg_text_str(&text, "}");
	bare_line(line);
	extended = false;
}

static void report_mouse(uint8_t byte) {
	if (packet_bytes == 0 && (byte & 0x08) == 0) {
		return; // not the first byte of a packet
	}
	packet[packet_bytes++] = byte;
	if (packet_bytes < 3) {
		return;
	}
	packet_bytes = 0;
	char line[128];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "event", "ps2-mouse");
	pvg_text_key_u64(&text, "buttons", packet[0] & 7u);
	pvg_text_key(&text, "dx");
	pvg_text_i64(&text, (int64_t)packet[1] - ((packet[0] & 0x10) != 0 ? 256 : 0));
	pvg_text_key(&text, "dy");
	pvg_text_i64(&text, (int64_t)packet[2] - ((packet[0] & 0x20) != 0 ? 256 : 0));
	pvg_text_str(&text, "}");
	bare_line(line);
}

void bare_ps2_report(void) {
	while (queue_tail != queue_head) {
		uint16_t entry = queue[queue_tail % QUEUE];
		queue_tail++;
		if ((entry & 0x100) != 0) {
			report_mouse((uint8_t)entry);
		} else {
			report_key((uint8_t)entry);
		}
	}
}
