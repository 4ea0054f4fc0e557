// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare.h"

#define PORT_DEBUGCON 0xe9
#define PORT_DEBUG_EXIT 0xf4
#define PORT_RESET 0xcf9
#define PORT_CMOS 0x70
#define PORT_PM1_STATUS 0x600 // where SeaBIOS puts the ACPI registers of both machines
#define PORT_PM1_ENABLE 0x602
#define PM1_POWER_BUTTON 0x100
#define CMOS_LIFE 0x70 // a byte that firmware does not use; a reset keeps it

// What the compiler may call.
void *memcpy(void *restrict to, const void *restrict from, size_t size) {
	void *start = to;
	size_t words = size / 8, rest = size % 8;
	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
	return start;
}

void *memset(void *to, int value, size_t size) {
	void *start = to;
	uint64_t pattern = 0x0101010101010101ull * (uint8_t)value;
	size_t words = size / 8, rest = size % 8;
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(value) : "memory");
	return start;
}

void bare_line(const char *text) {
	for (; *text != '\0'; text++) {
		outb(PORT_DEBUGCON, (uint8_t)*text);
	}
	outb(PORT_DEBUGCON, '\n');
}

void bare_exit(enum bare_exit code) {
	__asm__ volatile("cli");
	outl(PORT_DEBUG_EXIT, code);
	for (;;) { // no isa-debug-exit: stay here
		__asm__ volatile("hlt");
	}
}

uint32_t bare_life(void) {
	outb(PORT_CMOS, CMOS_LIFE);
	return inb(PORT_CMOS + 1);
}

void bare_power_init(void) {
	outw(PORT_PM1_STATUS, PM1_POWER_BUTTON); // writing the bit clears it
	outw(PORT_PM1_ENABLE, PM1_POWER_BUTTON); // or the machine does not set it
}

bool bare_power_pressed(void) {
	return (inw(PORT_PM1_STATUS) & PM1_POWER_BUTTON) != 0;
}

void bare_reset(void) {
	uint8_t life = (uint8_t)(bare_life() + 1);
	__asm__ volatile("cli");
	outb(PORT_CMOS, CMOS_LIFE);
	outb(PORT_CMOS + 1, life);
	outb(PORT_RESET, 0x02);
	outb(PORT_RESET, 0x06);
	for (;;) {
		__asm__ volatile("hlt");
	}
}
