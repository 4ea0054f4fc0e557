// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A QEMU under test: started without a guest, driven by qtest (registers, ports, guest RAM) and by
 * QMP. Each failure ends the running cmocka test; vm_stop in the teardown ends the process.
 *
 * Environment: PVG_QEMU (binary), PVG_SHIM (the plugin; "builtin" for a QEMU with the overlay).
 */
#ifndef TESTS_QTEST_VM_H
#define TESTS_QTEST_VM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#define VM_DEADLINE_MS 60000 // a loaded machine takes its time; nobody waits for it otherwise

#define VM_BAR0 0xfe000000u
#define VM_DEVFN 0x28 // slot 5 of the root bus

struct vm {
	pid_t pid; // 0: ended and collected
	int status;
	int qtest, qmp, log; // owned; -1
	char dir[64];        // temporary folder, removed by vm_stop
	char socket_path[96];
	char *log_text; // owned, NUL-terminated: stderr so far
	size_t log_size;
	char line[4 << 20]; // one answer of qtest or QMP
	size_t line_fill;
	unsigned int qmp_owed; // answers that nobody waited for
	char events[16384];    // events that came while something else was waited for
	size_t events_fill;
	char fds_before[4096]; // what vm_fd_count saw
};

// Exits with 77 and says why when there is no QEMU or no plugin; call first in main().
void vm_require(void);

// A folder and a socket path in it; no process yet.
struct vm *vm_create(void);

/**
 * vm_start - start QEMU with the device at slot 5
 * @device: more comma options of the device, "" for none; NULL: no -device of ours
 * @extra:  further arguments, NULL-terminated, or NULL
 *
 * vm_start_default has 256 MiB of sealed memfd on q35. vm_spawn does not wait for QEMU to be up.
 */
void vm_spawn(struct vm *vm, const char *memory, const char *device, const char *const *extra);
void vm_start(struct vm *vm, const char *memory, const char *device, const char *const *extra);
#define VM_MEMORY_256M "size=256M"

// Waits for QEMU to end by itself; returns its exit status.
int vm_wait(struct vm *vm);
// Ends QEMU however it is and frees everything. NULL is fine.
void vm_stop(struct vm *vm);

uint64_t vm_read(struct vm *vm, uint64_t addr, unsigned int size);
void vm_write(struct vm *vm, uint64_t addr, unsigned int size, uint64_t value);
void vm_read_bytes(struct vm *vm, uint64_t addr, void *bytes, size_t size);
void vm_write_bytes(struct vm *vm, uint64_t addr, const void *bytes, size_t size);
uint32_t vm_in(struct vm *vm, uint16_t port, unsigned int size);
void vm_out(struct vm *vm, uint16_t port, unsigned int size, uint32_t value);

uint32_t vm_pci_read(struct vm *vm, uint8_t devfn, uint8_t reg, unsigned int size);
void vm_pci_write(struct vm *vm, uint8_t devfn, uint8_t reg, unsigned int size, uint32_t value);
// Places BAR0 at @base and enables memory and bus mastering.
void vm_map_bar0(struct vm *vm, uint8_t devfn, uint32_t base);
// Sets address and data of the message and the enable bit.
void vm_msi(struct vm *vm, uint8_t devfn, uint32_t address, uint16_t data, bool on);

static inline uint32_t vm_reg(struct vm *vm, uint32_t offset) {
	return (uint32_t)vm_read(vm, VM_BAR0 + offset, 4);
}

static inline void vm_set_reg(struct vm *vm, uint32_t offset, uint32_t value) {
	vm_write(vm, VM_BAR0 + offset, 4, value);
}

// Sends one qtest command and does not wait; vm_qtest_answer takes the answer.
void vm_qtest_send(struct vm *vm, const char *line);
// True when an answer arrived within @ms.
bool vm_qtest_answer(struct vm *vm, int ms);

// One QMP command, e.g. "{'execute':'cont'}" (single quotes are turned); returns the answer's text,
// valid until the next call. vm_hmp runs a monitor command.
const char *vm_qmp(struct vm *vm, const char *command);
const char *vm_hmp(struct vm *vm, const char *command);
// Sends a command whose answer nobody waits for, e.g. a reset that the test has to answer first.
void vm_qmp_send(struct vm *vm, const char *command);
// Waits for a QMP event, or finds it among those that came already, and forgets all others.
void vm_wait_event(struct vm *vm, const char *event);
// Waits until query-status says @state, e.g. "paused".
void vm_wait_status(struct vm *vm, const char *state);

// Waits for a text on stderr. vm_log_has looks without waiting; vm_log_count counts.
void vm_wait_log(struct vm *vm, const char *text);
bool vm_log_has(struct vm *vm, const char *text);
unsigned int vm_log_count(struct vm *vm, const char *text);

// Open descriptors of QEMU, once their number stands still. vm_wait_fd_count waits until it is
// @count.
unsigned int vm_fd_count(struct vm *vm);
void vm_wait_fd_count(struct vm *vm, unsigned int count);

int64_t vm_now_ms(void);

#endif
