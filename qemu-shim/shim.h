// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apple-gfx-pci inside QEMU: the PCI device, its registers and the connection to the PVG host (spec
 * 06 sections 5 to 10). Everything runs under the BQL, on a vCPU thread (registers, resets) or on
 * the main loop (socket, timers); the shim starts no thread of its own.
 */
#ifndef QEMU_SHIM_SHIM_H
#define QEMU_SHIM_SHIM_H

#include "compat.h"

#include <pvg/regs.h>

#include "pvg-link-io.h"
#include "pvg-link.h"

#define TYPE_PVG_SHIM "apple-gfx-pci"
OBJECT_DECLARE_SIMPLE_TYPE(PVGShim, PVG_SHIM)

#define SHIM_KEY_WORDS (0x300 / 32)

// Spec 06 section 6.1. LOST is passed through within one call: the next state is CONNECTING.
enum shim_link_state {
	SHIM_LINK_OFF,
	SHIM_LINK_CONNECTING,
	SHIM_LINK_HELLO_SENT,
	SHIM_LINK_TABLE_SENT,
	SHIM_LINK_LIVE,
};

enum shim_on_disconnect {
	SHIM_DISCONNECT_CONTINUE,
	SHIM_DISCONNECT_PAUSE,
	SHIM_DISCONNECT_SHUTDOWN,
};

struct shim_mode {
	uint16_t width, height, hz;
};

struct shim_table {
	uint32_t count, nfd;
	bool truncated; // something did not fit
	struct pvg_link_region regions[PVG_LINK_MAX_REGIONS];
	int fds[PVG_LINK_MAX_FDS]; // borrowed from the RAM blocks, which a newer table outlives
};

struct shim_mem {
	MemoryListener listener;
	bool registered;
	bool seen; // the transaction showed at least one section
	uint32_t generation;
	struct shim_table current, next;
};

struct shim_irq {
	int fd; // owned; -1 without a connection
	EventNotifier notifier;
	int virq; // -1: no irqfd, the main loop reads fd
	MSIMessage message;
	bool msi_was_on;
};

struct shim_link {
	enum shim_link_state state;
	int sock;       // owned; -1
	int doorbell;   // owned; -1
	EventNotifier doorbell_notifier;
	bool doorbell_is_ioeventfd;
	int journal;    // owned; -1. Kept for the next host (spec 06 section 10)
	uint64_t journal_token;
	QEMUTimer *timer; // owned: retry, or the wait for WELCOME
	QEMUBH *bh;       // owned: what a register handler may not do itself
	const char *failure; // static text: why the bottom half shall drop the connection
	const char *refusal; // static text: why the last connection ended before it was live
	int64_t retry_ms;
	int logged_errno; // the last connect error that was told, 0: none
	bool table_stale; // the host has an older table
	bool was_live;
	bool tried;        // the first attempt is over
	bool waited_first; // paused once for a first host; from then on the user's cont counts
	bool paused_by_us;
};

struct shim_console {
	QemuConsole *con; // borrowed from QEMU, closed at exit
	void *frame;      // owned mapping of a FRAME_INFO memfd, NULL: placeholder
	size_t frame_bytes;
	dev_t frame_dev; // names the memfd that is mapped
	ino_t frame_ino;
	struct pvg_link_frame_info info;
	int64_t updated_ms;
};

struct shim_input {
	uint32_t held[SHIM_KEY_WORDS];    // what the guest believes
	uint32_t release[SHIM_KEY_WORDS]; // came up while the VM was stopped
	uint32_t buttons;                 // held, BTN_MOUSE + bit
	uint32_t buttons_release;         // came up while the VM was stopped
	int32_t wheel_v, wheel_h;         // 1/120 notches left over
	uint32_t pointers;                // enum pvg_link_input_device, as the host was told
	bool announced;                   // .pointers went over this connection
	int64_t announce_ms;              // when the devices were last looked at
	Notifier mode_notifier;
	bool mode_registered;
};

struct PVGShim {
	PCIDevice pci;
	MemoryRegion bar0;
	MemoryRegion bar1;
	bool has_bar1, in_realize;
	int boot_fb; // owned memfd behind BAR1; -1
	bool discard_disabled;

	struct pvg_regs regs;
	struct pvg_link_page *page; // owned mapping of page_fd; regs.page is the same
	int page_fd;                // owned
	bool page_shared;           // a host may hold it
	uint64_t epoch;
	bool reset_done; // the register file is ready

	struct shim_mem mem;
	struct shim_irq irq;
	struct shim_link link;
	struct shim_console console;
	struct shim_input input;

	Error *migration_blocker; // owned by QEMU's list while set
	VMChangeStateEntry *runstate_entry;
	Notifier shutdown_notifier;
	bool shutdown_registered;
	int64_t log_second[8]; // second in which a reason was last told
	uint32_t log_dropped[8];

	// Properties.
	char *socket_path; // owned by qdev
	char *name;        // owned by qdev
	char *on_disconnect_text;
	enum shim_on_disconnect on_disconnect;
	bool doorbell_eventfd;
	bool irqfd;
	bool require_shared_ram;
	OnOffAuto boot_fb_mode;
	uint32_t displays;
	struct shim_mode *modes; // owned by qdev
	uint32_t num_modes;
};

// Defaults that -plugin file=...,socket=...,name=... gives to every device.
struct shim_defaults {
	char *socket_path;
	char *name;
};
extern struct shim_defaults shim_defaults;

void shim_register_types(void);

enum shim_log_reason {
	SHIM_LOG_LINK,
	SHIM_LOG_PEER,
	SHIM_LOG_GUEST,
	SHIM_LOG_MEMORY,
	SHIM_LOG_IRQ,
	SHIM_LOG_INPUT,
	SHIM_LOG_CONSOLE,
	SHIM_LOG_REASONS,
};

// At most one line a second and reason; what was left out is counted into the next one.
__attribute__((format(printf, 4, 5))) void shim_log(PVGShim *s, enum shim_log_reason reason,
	bool warning, const char *fmt, ...);

// shim-mem.c
bool shim_mem_init(PVGShim *s, Error **errp);
void shim_mem_finish(PVGShim *s);

// shim-irq.c
void shim_irq_init(PVGShim *s);
void shim_irq_attach(PVGShim *s, int fd); // takes fd
void shim_irq_detach(PVGShim *s);
void shim_irq_update(PVGShim *s); // after the guest may have changed the MSI registers
void shim_irq_reset(PVGShim *s);
// Signals again when a status bit is set: a signal may have been dropped (spec 06 6.4 rule 5).
void shim_irq_resignal(PVGShim *s);

// shim-link.c
bool shim_link_init(PVGShim *s, Error **errp);
void shim_link_finish(PVGShim *s, enum pvg_link_bye_reason reason);
void shim_link_doorbell(PVGShim *s);
void shim_link_table_changed(PVGShim *s);
void shim_link_runstate(PVGShim *s, bool running, RunState state);
void shim_link_input(PVGShim *s, uint32_t pointers); // enum pvg_link_input_device
// From places that may not close things, e.g. a register handler: the main loop drops the link.
void shim_link_fail_later(PVGShim *s, const char *why);
// Tells the host about a reset and waits until it let go of the old guest (spec 06 6.4 rule 4).
void shim_link_reset(PVGShim *s);

// shim-console.c
void shim_console_init(PVGShim *s);
void shim_console_finish(PVGShim *s);
void shim_console_placeholder(PVGShim *s, const char *what);
const char *shim_console_frame(PVGShim *s, const struct pvg_link_frame_info *info, int fd);
const char *shim_console_cursor(PVGShim *s, const struct pvg_link_cursor *cursor, int fd);

// shim-input.c
void shim_input_key(PVGShim *s, const struct pvg_link_key *key);
void shim_input_pointer(PVGShim *s, const struct pvg_link_pointer *pointer);
void shim_input_release_all(PVGShim *s);
void shim_input_resume(PVGShim *s);
void shim_input_init(PVGShim *s);
void shim_input_finish(PVGShim *s);
// Tells the host what pointing devices there are, when it does not know that yet.
void shim_input_announce(PVGShim *s);

// shim-page.c
bool shim_page_init(PVGShim *s, Error **errp);
bool shim_page_renew(PVGShim *s);
void shim_page_finish(PVGShim *s);
// A memfd of @size bytes that nobody can shrink, grow or unseal; -1 on failure.
int shim_memfd(const char *name, uint64_t size);

#endif
