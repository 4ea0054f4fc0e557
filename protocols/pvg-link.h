// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-link: the wire between libpvg-shim.so (inside QEMU) and the PVG host (pvg-kiosk).
 *
 * AF_UNIX SOCK_SEQPACKET, one message per packet, little-endian, at most PVG_LINK_MAX_PACKET bytes,
 * at most PVG_LINK_MAX_FDS descriptors. The shim connects, the host listens. Beside the socket the
 * two share one page area (struct pvg_link_page) and two eventfds. The document is pvg-link.md.
 *
 * This header has no dependency but C11 and is used by QEMU code, by libpvg and by the tests.
 */
#ifndef PROTOCOLS_PVG_LINK_H
#define PROTOCOLS_PVG_LINK_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_LINK_MAGIC 0x31475650u // "PVG1"
#define PVG_LINK_MAJOR 1
#define PVG_LINK_MINOR 1

#define PVG_LINK_MAX_PACKET 4096
#define PVG_LINK_MAX_FDS 16
#define PVG_LINK_MAX_REGIONS 32
#define PVG_LINK_MAX_MODES 64

enum pvg_link_type {
	// shim -> host
	PVG_LINK_HELLO = 0x01,
	PVG_LINK_MEM_TABLE = 0x02,
	PVG_LINK_READY = 0x03,
	PVG_LINK_RUNSTATE = 0x04,
	PVG_LINK_RESET = 0x05,
	PVG_LINK_MODES = 0x06,
	PVG_LINK_BYE = 0x07,
	PVG_LINK_INPUT = 0x08, // since 1.1, not critical
	// host -> shim
	PVG_LINK_WELCOME = 0x41,
	PVG_LINK_RESET_ACK = 0x42,
	PVG_LINK_KEY = 0x43,
	PVG_LINK_POINTER = 0x44,
	PVG_LINK_POWER = 0x45,
	PVG_LINK_FRAME_INFO = 0x46,
	PVG_LINK_CURSOR = 0x47,
	PVG_LINK_JOURNAL = 0x48,
};

#define PVG_LINK_FLAG_CRITICAL 0x1u // an unknown type with this flag closes the connection

struct pvg_link_header {
	uint16_t type;
	uint16_t nfds;
	uint32_t length; // payload bytes that follow
	uint32_t serial;
	uint32_t flags;
};

enum pvg_link_feature {
	PVG_LINK_FEATURE_IRQFD = 1u << 0,
	PVG_LINK_FEATURE_DOORBELL_EVENTFD = 1u << 1,
	PVG_LINK_FEATURE_BOOT_FB = 1u << 2,
	PVG_LINK_FEATURE_DIRTY_TRACKING = 1u << 3, // reserved
	PVG_LINK_FEATURE_FRAME_READBACK = 1u << 4,
	PVG_LINK_FEATURE_JOURNAL = 1u << 5,
};

// Descriptors of HELLO, in this order; boot-fb and journal only with their feature bit.
enum pvg_link_hello_fd {
	PVG_LINK_HELLO_FD_SHM = 0,
	PVG_LINK_HELLO_FD_DOORBELL = 1,
	PVG_LINK_HELLO_FD_IRQ = 2,
	PVG_LINK_HELLO_FD_FIXED = 3,
};

struct pvg_link_hello {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t qemu_version; // major << 16 | minor << 8 | micro, 0: not QEMU
	uint32_t page_shift;   // 12
	uint32_t bar0_size;    // 0x4000
	uint32_t features;
	uint64_t epoch;
	uint8_t uuid[16];
	char name[32];     // NUL-terminated
	uint32_t displays; // 1..8
	uint32_t zero;
};

enum pvg_link_region_flag {
	PVG_LINK_REGION_WRITABLE = 1u << 0,
	PVG_LINK_REGION_SEALED_SHRINK = 1u << 1,
	PVG_LINK_REGION_HUGETLB = 1u << 2,
};

struct pvg_link_region {
	uint64_t gpa, size, fd_offset; // bytes
	uint32_t fd_index;
	uint32_t flags;
	uint64_t page_size; // bytes, of the backing file
	uint64_t block_id;
};

struct pvg_link_mem_table {
	uint32_t generation;
	uint32_t count; // <= PVG_LINK_MAX_REGIONS
	uint32_t nfd;
	uint32_t reserved;
	struct pvg_link_region regions[];
};

struct pvg_link_ready {
	uint32_t mem_generation;
};

enum pvg_link_run_reason { // why it does not run; a reader takes unknown ones as OTHER
	PVG_LINK_RUN_OTHER = 0,
	PVG_LINK_RUN_PAUSED = 1,
	PVG_LINK_RUN_SHUTDOWN = 2,
	PVG_LINK_RUN_PANICKED = 3,
	PVG_LINK_RUN_ERROR = 4,
};

struct pvg_link_runstate {
	uint32_t running;
	uint32_t reason;
};

struct pvg_link_reset { // 12 bytes: the epoch is split so that nothing pads it
	uint32_t epoch_low, epoch_high;
	uint32_t kind; // 0 cold
};

struct pvg_link_mode {
	uint16_t width, height, hz, zero;
};

struct pvg_link_modes {
	uint32_t count; // <= PVG_LINK_MAX_MODES
	struct pvg_link_mode modes[];
};

enum pvg_link_bye_reason {
	PVG_LINK_BYE_UNPLUG = 0,
	PVG_LINK_BYE_QUIT = 1,
	PVG_LINK_BYE_SHUTDOWN = 2,
};

struct pvg_link_bye {
	uint32_t reason;
};

// Pointing devices of the machine, as QEMU lists them.
enum pvg_link_input_device {
	PVG_LINK_INPUT_ABSOLUTE = 1u << 0, // takes PVG_LINK_POINTER_ABS
	PVG_LINK_INPUT_RELATIVE = 1u << 1, // takes PVG_LINK_POINTER_REL, and is no PS/2 mouse
	PVG_LINK_INPUT_PS2_MOUSE = 1u << 2, // the same; macOS has no driver for it
};

struct pvg_link_input {
	uint32_t pointers; // enum pvg_link_input_device; a reader ignores unknown bits
};

struct pvg_link_welcome {
	uint16_t major, minor;
	uint32_t features; // accepted
	uint64_t state_token;
};

struct pvg_link_reset_ack {
	uint64_t epoch;
};

struct pvg_link_key {
	uint32_t code; // Linux evdev
	uint32_t down;
};

enum pvg_link_pointer_kind {
	PVG_LINK_POINTER_ABS = 0,    // a, b: 0..32767 across the picture; c: port
	PVG_LINK_POINTER_REL = 1,    // a, b: dx, dy
	PVG_LINK_POINTER_BUTTON = 2, // a: evdev code, b: down
	PVG_LINK_POINTER_WHEEL = 3,  // a, b: vertical, horizontal, 1/120 notch
};

struct pvg_link_pointer {
	uint32_t kind;
	int32_t a, b;
	uint32_t c;
};

enum pvg_link_power_what {
	PVG_LINK_POWER_BUTTON = 0,
	PVG_LINK_POWER_QUIT = 1,
	PVG_LINK_POWER_RESET = 2,
};

struct pvg_link_power {
	uint32_t what;
};

struct pvg_link_frame_info { // one memfd: linear readback for screendump
	uint32_t width, height, stride, fourcc;
};

struct pvg_link_cursor { // one memfd with the glyph when w, h are not 0
	int32_t x, y;
	uint32_t visible, w, h, hx, hy;
};

struct pvg_link_journal { // one memfd
	uint64_t state_token;
};

/*
 * The shared page area: a memfd of PVG_LINK_PAGE_SIZE bytes, sealed SHRINK | GROW | SEAL. Every
 * connection gets a new one, so a host that was given up writes into memory that nobody reads.
 * One 64-byte line per writer group. Rules: pvg-link.md, "Rules of the page".
 */
#define PVG_LINK_PAGE_SIZE 0x10000u
#define PVG_LINK_PAGE_MAGIC 0x50475650u // "PVGP"
#define PVG_LINK_PAGE_LAYOUT 1
#define PVG_LINK_RING_ENTRIES 1024u
#define PVG_LINK_MIRROR_WORDS 1024u // BAR0 0x1000..0x1fff
#define PVG_LINK_CHANNELS 32u

struct pvg_link_ring_entry {
	uint16_t bar_offset;
	uint16_t fifo_gen; // low half of page.fifo_gen
	uint32_t value;
	uint32_t epoch;        // low word
	uint32_t fifo_written; // FIFO_WRITTEN at that moment
};

struct pvg_link_page {
	// 0x000, shim
	uint32_t magic;
	uint32_t layout;
	uint32_t size;
	_Atomic uint32_t epoch;          // 0x00c low word; authoritative
	_Atomic uint32_t mem_generation; // 0x010 of the newest MEM_TABLE
	uint32_t pad014[11];
	// 0x040, host ORs, shim swaps
	_Atomic uint32_t intr_disp;   // BAR0 0x1014
	_Atomic uint32_t intr_gpu;    // BAR0 0x1018
	_Atomic uint64_t fifo_read;   // low: FIFO_READ (0x100c), high: the fifo_gen it belongs to
	_Atomic uint32_t epoch_seen;  // 0x050
	uint32_t pad054[11];
	// 0x080, shim ORs, host swaps
	_Atomic uint32_t child_doorbells; // bit = channel
	_Atomic uint32_t fifo_written;    // 0x084
	_Atomic uint32_t root_kicks;      // 0x088
	_Atomic uint32_t cursor_kicks;    // 0x08c bit = port
	uint32_t pad090[12];
	// 0x0c0, shim
	_Atomic uint32_t ring_head;
	_Atomic uint32_t ring_overruns; // 0x0c4
	_Atomic uint32_t fifo_gen;      // 0x0c8
	uint32_t pad0cc[13];
	// 0x100, host
	_Atomic uint32_t ring_tail;
	uint32_t pad104[63];
	// 0x200, host: per channel, low: signal, high: stamp slot of the newest packet taken
	_Atomic uint64_t taken[PVG_LINK_CHANNELS];
	uint32_t pad300[0xd00 / 4];
	// 0x1000, shim
	struct pvg_link_ring_entry ring[PVG_LINK_RING_ENTRIES];
	// 0x5000, shim
	_Atomic uint32_t mirror[PVG_LINK_MIRROR_WORDS];
	uint8_t pad6000[0xa000];
};

#define PVG_LINK_AT(field, off) \
	static_assert(offsetof(struct pvg_link_page, field) == (off), \
		"pvg-link page layout: " #field)
PVG_LINK_AT(epoch, 0x00c);
PVG_LINK_AT(mem_generation, 0x010);
PVG_LINK_AT(intr_disp, 0x040);
PVG_LINK_AT(fifo_read, 0x048);
PVG_LINK_AT(epoch_seen, 0x050);
PVG_LINK_AT(child_doorbells, 0x080);
PVG_LINK_AT(cursor_kicks, 0x08c);
PVG_LINK_AT(ring_head, 0x0c0);
PVG_LINK_AT(fifo_gen, 0x0c8);
PVG_LINK_AT(ring_tail, 0x100);
PVG_LINK_AT(taken, 0x200);
PVG_LINK_AT(ring, 0x1000);
PVG_LINK_AT(mirror, 0x5000);
#undef PVG_LINK_AT
static_assert(sizeof(struct pvg_link_page) == PVG_LINK_PAGE_SIZE, "pvg-link page size");
static_assert(sizeof(struct pvg_link_header) == 16, "pvg-link header");
static_assert(sizeof(struct pvg_link_hello) == 88, "pvg-link HELLO");
static_assert(sizeof(struct pvg_link_reset) == 12, "pvg-link RESET");
static_assert(sizeof(struct pvg_link_region) == 48, "pvg-link region");

#endif
