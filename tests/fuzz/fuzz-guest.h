// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole machine in one process for the targets that attack the device: guest RAM, the register
 * file, libpvg, and the test guest's driver on virtual time. Every allocation has exactly its size,
 * so that a sanitizer sees a step outside of guest RAM or of a picture.
 */
#ifndef TESTS_FUZZ_FUZZ_GUEST_H
#define TESTS_FUZZ_FUZZ_GUEST_H

#include <pvg/device.h>
#include <pvg/regs.h>

#include "drv/drv.h"
#include "fuzz.h"
#include "pvg-link.h"

#define FUZZ_PORTS 2u
#define FUZZ_RAM_GPA UINT64_C(0x100000)
#define FUZZ_RAM_BYTES 0xa0000u // what most targets need
#define FUZZ_RAM_BYTES_MAX 0x300000u
#define FUZZ_HIGH_GPA UINT64_C(0x100000000) // a second span, beyond 4 GiB
#define FUZZ_HIGH_BYTES 0x10000u
#define FUZZ_TICK_NS 16666667

#define FUZZ_RING_PAGES 16u

struct fuzz_machine {
	struct pvg_regs regs;
	struct pvg_link_page *page; // owned
	uint8_t *ram, *high;        // borrowed: guest RAM, one for all machines
	uint32_t ram_bytes;         // of the low one
	struct pvg_device *device;  // owned
	struct pvg_enc_mem mem;
	struct pvg_drv drv;
	int64_t now_ns, tick_ns;
	int64_t due_ns; // when the device wants to run again
	uint64_t epoch;
	uint32_t ram_generation;
	bool irq;
	bool starved; // no picture is free
	// Where the rings are, as they were when the guest attached: RAM may say anything later.
	uint32_t ring_pfns[PVG_DRV_CHANNELS][FUZZ_RING_PAGES];
	struct pvg_image *shown[PVG_MAX_PORTS]; // owned
	uint64_t presented, cursor_glyphs;
	unsigned int images; // pictures that the device or we hold
};

// Attached, with FUZZ_PORTS displays online; NULL never. All machines of a process: one RAM size.
struct fuzz_machine *fuzz_machine_create(uint32_t ram_bytes);
// Disconnects and frees; checks that no picture was lost.
void fuzz_machine_destroy(struct fuzz_machine *machine);

/*
 * Bytes into a ring, with the counter and the doorbell, whatever the state of ring and RAM: the
 * driver's own way trusts both.
 */
void fuzz_machine_put(struct fuzz_machine *machine, uint32_t channel, const void *bytes,
	uint32_t size_bytes);

// The same for one packet of good framing, without waits.
void fuzz_machine_put_packet(struct fuzz_machine *machine, uint32_t channel, uint16_t opcode,
	const void *payload, uint32_t size_bytes);

// Time passes: the device runs when it wants to, ticks come, the driver takes its interrupts.
void fuzz_machine_pass(struct fuzz_machine *machine, int64_t span_ns);

// Replaces the memory table. @spans: bit 0 low RAM, bit 1 high RAM.
void fuzz_machine_set_ram(struct fuzz_machine *machine, unsigned int spans);

// Tells the device what port @port's output is like.
void fuzz_machine_describe(struct fuzz_machine *machine, unsigned int port, uint16_t width,
	uint16_t height, uint32_t gamma_entries);

// The machine reset button. Afterwards nothing may write into guest RAM: checked.
void fuzz_machine_reset(struct fuzz_machine *machine);

/*
 * Whatever happened: after a reset a good guest attaches and its frame is shown. The proof that
 * nothing was broken for good.
 */
void fuzz_machine_check_good_guest(struct fuzz_machine *machine);

// Silences the log; libFuzzer and standalone.c call it once.
int LLVMFuzzerInitialize(int *argc, char ***argv);

#endif
