// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time from the TSC, calibrated against the PIT. The local APIC's timer only wakes sleepers, so its
 * rate need not be exact.
 */
#include "bare.h"

#define PIT_HZ 1193182u
#define PIT_CALIBRATION 47727u // 40 ms, fits 16 bits
#define PORT_PIT_COUNT 0x42
#define PORT_PIT_CONTROL 0x43
#define PORT_PIT_GATE 0x61
#define APIC_TIMER_COUNT 0xfee00390u
#define APIC_TIMER_INITIAL 0xfee00380u
#define APIC_TIMER_DIVIDE 0xfee003e0u
#define CALIBRATIONS 3

static uint64_t tsc_start;
static uint64_t ns_per_tick_32_32; // fixed point
static uint64_t apic_per_ms;

static uint64_t tsc(void) {
	uint32_t low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static volatile uint32_t *apic(uint32_t address) {
	return (volatile uint32_t *)(uintptr_t)address;
}

// TSC ticks of one PIT run. Being scheduled away makes it longer, never shorter.
static uint64_t measure(uint64_t *apic_ticks) {
	outb(PORT_PIT_GATE, (inb(PORT_PIT_GATE) & ~0x2) | 0x1);
	outb(PORT_PIT_CONTROL, 0xb0); // channel 2, both bytes, interrupt on terminal count
	outb(PORT_PIT_COUNT, PIT_CALIBRATION & 0xff);
	*apic(APIC_TIMER_INITIAL) = 0xffffffffu;
	outb(PORT_PIT_COUNT, PIT_CALIBRATION >> 8);
	uint64_t start = tsc();
	while ((inb(PORT_PIT_GATE) & 0x20) == 0) {
	}
	uint64_t end = tsc();
	*apic_ticks = 0xffffffffu - *apic(APIC_TIMER_COUNT);
	*apic(APIC_TIMER_INITIAL) = 0;
	return end - start;
}

void bare_time_init(void) {
	uint64_t best = UINT64_MAX, best_apic = 0;
	*apic(APIC_TIMER_DIVIDE) = 0x3; // by 16
	for (unsigned int i = 0; i < CALIBRATIONS; i++) {
		uint64_t apic_ticks;
		uint64_t ticks = measure(&apic_ticks);
		if (ticks < best) {
			best = ticks;
			best_apic = apic_ticks;
		}
	}
	uint64_t ns = (uint64_t)PIT_CALIBRATION * 1000000000u / PIT_HZ;
	ns_per_tick_32_32 = (ns << 32) / best;
	apic_per_ms = best_apic * 1000000 / ns;
	tsc_start = tsc();
}

int64_t bare_now_ns(void) {
	__extension__ unsigned __int128 ticks = tsc() - tsc_start;
	return (int64_t)(ticks * ns_per_tick_32_32 >> 32);
}

uint32_t bare_step_ns(void) {
	const uint32_t steps = 20000;
	static volatile uint32_t words[256];
	int64_t start = bare_now_ns();
	for (uint32_t i = 0; i < steps; i++) {
		words[i % 256] = i;
	}
	(void)words[0];
	return (uint32_t)((bare_now_ns() - start) / steps);
}

void bare_timer_arm(int64_t delay_ns) {
	uint64_t us = delay_ns < 1000 ? 1 : (uint64_t)delay_ns / 1000;
	if (us > 1000000) {
		us = 1000000;
	}
	uint64_t ticks = us * apic_per_ms / 1000;
	*apic(APIC_TIMER_INITIAL) = ticks == 0 ? 1
		: ticks > 0xfffffffeu          ? 0xfffffffeu
					       : (uint32_t)ticks;
}
