// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare.h"

#define APIC 0xfee00000u
#define APIC_EOI 0xb0
#define APIC_SPURIOUS 0xf0
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_LINT0 0x350
#define VECTOR_PIC 0x20u
#define VECTOR_TIMER 0x41u
#define VECTOR_SPURIOUS 0xffu
#define PORT_PIC1 0x20
#define PORT_PIC2 0xa0

struct interrupt_frame;

struct gate {
	uint16_t offset_low, selector;
	uint8_t stack, flags;
	uint16_t offset_middle;
	uint32_t offset_high, zero;
};

static struct gate idt[256] __attribute__((aligned(16)));

void (*bare_msi_handler)(void);
volatile uint32_t bare_msi_count;

static volatile uint32_t *apic(uint32_t offset) {
	return (volatile uint32_t *)(uintptr_t)(APIC + offset);
}

__attribute__((interrupt)) static void handle_msi(struct interrupt_frame *frame) {
	bare_msi_count++;
	if (bare_msi_handler != NULL) {
		bare_msi_handler();
	}
	*apic(APIC_EOI) = 0;
}

__attribute__((interrupt)) static void handle_timer(struct interrupt_frame *frame) {
	*apic(APIC_EOI) = 0; // it only had to wake the CPU
}

__attribute__((interrupt)) static void handle_spurious(struct interrupt_frame *frame) {
}

__attribute__((interrupt)) static void handle_keyboard(struct interrupt_frame *frame) {
	bare_ps2_interrupt();
	outb(PORT_PIC1, 0x20);
}

__attribute__((interrupt)) static void handle_mouse(struct interrupt_frame *frame) {
	bare_ps2_interrupt();
	outb(PORT_PIC2, 0x20);
	outb(PORT_PIC1, 0x20);
}

static void crashed(const char *what, uint64_t error) {
	char line[128];
	uint64_t address;
	__asm__ volatile("movq %%cr2, %0" : "=r"(address));
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "event", "crashed");
	pvg_text_key_str(&text, "fault", what);
	pvg_text_key_u64(&text, "error", error);
	pvg_text_key_u64(&text, "cr2", address);
	pvg_text_str(&text, "}");
	bare_line(line);
	bare_exit(BARE_EXIT_CRASHED);
}

__attribute__((interrupt)) static void handle_fault(struct interrupt_frame *frame) {
	crashed("exception", 0);
}

__attribute__((interrupt)) static void handle_fault_code(struct interrupt_frame *frame,
	uint64_t error) {
	crashed("exception with error code", error);
}

static void set_gate(unsigned int vector, uint64_t handler) {
	idt[vector] = (struct gate){
		.offset_low = (uint16_t)handler,
		.selector = 0x08,
		.flags = 0x8e, // present, interrupt gate
		.offset_middle = (uint16_t)(handler >> 16),
		.offset_high = (uint32_t)(handler >> 32),
	};
}

// Everything masked but keyboard, cascade and mouse.
static void set_up_pic(void) {
	outb(PORT_PIC1, 0x11);
	outb(PORT_PIC2, 0x11);
	outb(PORT_PIC1 + 1, VECTOR_PIC);
	outb(PORT_PIC2 + 1, VECTOR_PIC + 8);
	outb(PORT_PIC1 + 1, 4);
	outb(PORT_PIC2 + 1, 2);
	outb(PORT_PIC1 + 1, 1);
	outb(PORT_PIC2 + 1, 1);
	outb(PORT_PIC1 + 1, 0xff & ~(1u << 1 | 1u << 2));
	outb(PORT_PIC2 + 1, 0xff & ~(1u << 4));
}

void bare_interrupts_init(void) {
	// Vectors whose fault pushes an error code.
	const uint32_t with_code = 1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 |
		1u << 17 | 1u << 21 | 1u << 29 | 1u << 30;
	for (unsigned int i = 0; i < 32; i++) {
		set_gate(i,
			(with_code >> i & 1) != 0 ? (uint64_t)(uintptr_t)handle_fault_code
						  : (uint64_t)(uintptr_t)handle_fault);
	}
	for (unsigned int i = 32; i < 256; i++) {
		set_gate(i, (uint64_t)(uintptr_t)handle_spurious);
	}
	set_gate(VECTOR_PIC + 1, (uint64_t)(uintptr_t)handle_keyboard);
	set_gate(VECTOR_PIC + 12, (uint64_t)(uintptr_t)handle_mouse);
	set_gate(BARE_VECTOR_MSI, (uint64_t)(uintptr_t)handle_msi);
	set_gate(VECTOR_TIMER, (uint64_t)(uintptr_t)handle_timer);
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} pointer = { sizeof(idt) - 1, (uint64_t)(uintptr_t)idt };
	__asm__ volatile("lidt %0" : : "m"(pointer));
	set_up_pic();
	*apic(APIC_SPURIOUS) = 0x100 | VECTOR_SPURIOUS;
	*apic(APIC_LVT_LINT0) = 0x700; // the PIC's interrupts, as firmware leaves it
	*apic(APIC_LVT_TIMER) = VECTOR_TIMER; // one shot
	__asm__ volatile("sti");
}

void bare_sleep_unless(const volatile uint32_t *word, uint32_t seen) {
	__asm__ volatile("cli" : : : "memory");
	if (*word != seen) {
		__asm__ volatile("sti" : : : "memory");
		return;
	}
	// Interrupts are taken only after the instruction that follows sti: none is missed.
	__asm__ volatile("sti; hlt" : : : "memory");
}
