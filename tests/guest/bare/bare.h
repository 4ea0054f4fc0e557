// SPDX-License-Identifier: GPL-2.0-or-later
// The machine under the bare guest: a PC with one CPU in long mode.
#ifndef TESTS_GUEST_BARE_H
#define TESTS_GUEST_BARE_H

#include "../drv/drv.h"
#include "../scene/scene.h"

// Exit status of QEMU with isa-debug-exit is value * 2 + 1.
enum bare_exit {
	BARE_EXIT_OK = 0x10,        // 33
	BARE_EXIT_FAILED = 0x11,    // 35
	BARE_EXIT_NO_DEVICE = 0x12, // 37
	BARE_EXIT_CRASHED = 0x13,   // 39
	BARE_EXIT_SLOW = 0x14,      // 41: no device, and a CPU that cannot paint
};

static inline void outb(uint16_t port, uint8_t value) {
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port) {
	uint8_t value;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outw(uint16_t port, uint16_t value) {
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint16_t inw(uint16_t port) {
	uint16_t value;
	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outl(uint16_t port, uint32_t value) {
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t inl(uint16_t port) {
	uint32_t value;
	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* ---- console.c -------------------------------------------------------- */

void bare_line(const char *text); // one line on port 0xe9
__attribute__((noreturn)) void bare_exit(enum bare_exit code);
__attribute__((noreturn)) void bare_reset(void); // port 0xcf9
uint32_t bare_life(void); // resets since power-on, kept in CMOS
void bare_power_init(void);
bool bare_power_pressed(void); // the ACPI power button, since init

/* ---- time.c ----------------------------------------------------------- */

void bare_time_init(void);
// What one step of a small loop costs. Some nested hypervisors emulate every instruction.
uint32_t bare_step_ns(void);
int64_t bare_now_ns(void);
// Interrupts once after that long, at most a second from now.
void bare_timer_arm(int64_t delay_ns);

/* ---- interrupts.c ----------------------------------------------------- */

#define BARE_VECTOR_MSI 0x40u

void bare_interrupts_init(void);
extern void (*bare_msi_handler)(void);
extern volatile uint32_t bare_msi_count;
// Sleeps until the next interrupt unless *word differs from @seen already.
void bare_sleep_unless(const volatile uint32_t *word, uint32_t seen);

/* ---- pci.c ------------------------------------------------------------ */

struct bare_pci {
	uint8_t bus, device, function;
	uint32_t bar0;
};

// Looks behind bridges too. False: not there.
bool bare_pci_find(uint16_t vendor, uint16_t device, struct bare_pci *found);
// Memory, bus master, MSI to this CPU. False: no MSI capability.
bool bare_pci_enable(struct bare_pci *pci);

/* ---- ps2.c ------------------------------------------------------------ */

void bare_ps2_init(void);
void bare_ps2_interrupt(void); // from IRQ 1 and 12
void bare_ps2_report(void); // prints what came since, outside of interrupts

/* ---- memory.c --------------------------------------------------------- */

void bare_memory_init(struct pvg_enc_mem *mem, uint32_t multiboot_info);
const char *bare_command_line(uint32_t multiboot_info);
// The loader's modules (-initrd A.metallib,B.metallib) as libraries for scenes; how many.
uint32_t bare_libraries(uint32_t multiboot_info);
void *bare_map_pages(void *data, const uint32_t *pfns, uint32_t pages);
void bare_unmap_pages(void *data, void *view, uint32_t pages);

#endif
