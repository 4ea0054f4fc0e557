// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device thread: owns the libpvg device, sleeps on its doorbell, takes messages from the main
 * thread and leaves what the guest wants shown in a mailbox. No lock is held over a call into
 * libpvg or out of it.
 */
#ifndef COMPOSITOR_VM_H
#define COMPOSITOR_VM_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wayland-util.h>

#include <pvg/device.h>

struct pk_gamma_table;
struct pk_gpu_options;
struct pk_pool;
struct pvg_link_page;
struct pvg_recorder;
struct pvg_renderer;

// What a connection brings; handed over to the device thread by pk_vm_connect.
struct pk_vm_wires {
	struct pvg_link_page *page; // owned mapping
	int doorbell_fd, irq_fd;    // owned
	unsigned int displays;
	uint64_t epoch;
	uint32_t connection; // serial, so that news of an old one is not taken for a new one's
};

struct pk_glyph {
	uint32_t width, height, hot_x, hot_y;
	uint32_t pixels[]; // ARGB8888, premultiplied
};

// Ticks that the main thread lent to the device thread (pacing.h).
struct pk_lent_ticks {
	bool active;
	int64_t grid_ns, period_ns;
	int64_t visited_ns, delivered_ns; // INT64_MIN: none
	int64_t done_ns;                  // when the delivered one was out
};

struct pk_port_events {
	bool glyph_new, cursor_new, state_new, sleep_new, gamma_new;
	bool ticked; // a lent tick was delivered: take the ticks back
	struct pk_glyph *glyph; // owned by the reader; NULL: none
	struct pk_gamma_table *gamma; // owned by the reader; NULL: the identity
	struct pvg_cursor_state cursor;
	int64_t cursor_ns; // when the oldest move since the last look was known
	enum pvg_display_state state;
	bool asleep;
};

struct pk_vm_events {
	uint32_t connection; // what .reset and .failed are about
	bool reset;
	uint64_t reset_epoch;
	const char *failed; // static or NULL
	bool recorder_settled; // the newest recorder was taken in, or let go of
	bool attached;         // there was a guest then
	struct pk_port_events ports[PVG_MAX_PORTS];
};

struct pk_vm {
	// owned; used by the device thread, ticks and descriptions by any
	struct pvg_device *device;
	struct pk_pool *pool;      // borrowed
	pthread_t thread;
	bool started;
	int control_fd; // owned eventfd: messages wait, or a picture became free
	int wake_fd;    // owned eventfd: the mailbox or the pool has news for the main thread

	pthread_mutex_t lock; // guards commands and events
	struct wl_list commands; // pk_vm_command.link
	struct pk_vm_events events;
	struct pk_vm_command *quit; // owned, made early: ending must not need memory

	// guards lent; held over a lent tick, so that taking back is final
	pthread_mutex_t tick_lock;
	struct pk_lent_ticks lent[PVG_MAX_PORTS];

	pthread_mutex_t irq_lock; // guards irq_fd: raised by both threads, closed by one
	int irq_fd; // -1: not connected

	sem_t up; // posted once: the device thread has its renderer, none, or .gpu_failed
	bool gpu_failed;
	bool up_seen; // .up was taken; main thread
	char renderer_name[96]; // guarded by lock; empty: none, or not yet

	_Atomic uint64_t wakeups; // of the device thread

	/* Device thread only */
	struct pk_vm_wires wires;
	bool connected, failed;
	int64_t woke_ns; // newest return from sleep: when what was found since was known
	struct pvg_renderer *renderer; // owned, NULL: none
	const struct pk_gpu_options *gpu_options; // borrowed, outlives the VM
};

/**
 * pk_vm_create - the device, its renderer and its thread
 * @gpu:      borrowed, outlives the VM
 * @recorder: borrowed, NULL: none. Stays until pk_vm_set_recorder has taken effect, or until after
 *            pk_vm_destroy
 *
 * A renderer that was asked for by name is waited for, so that the lack of it is an error here. Any
 * other comes up beside the outputs; what VMs ask for in the meantime waits for it.
 */
struct pk_vm *pk_vm_create(const struct pvg_device_info *info, const struct pk_gpu_options *gpu,
	struct pk_pool *pool, struct pvg_recorder *recorder);
// Stops the thread and frees everything. NULL is fine.
void pk_vm_destroy(struct pk_vm *vm);

/**
 * pk_vm_is_up - the device thread has come to know its renderer
 * @wait: until it has. Main thread
 *
 * It signals .wake_fd then.
 */
bool pk_vm_is_up(struct pk_vm *vm, bool wait);
// NULL: none, or not up yet. The device thread's: only its capabilities may be looked at.
struct pvg_renderer *pk_vm_renderer(const struct pk_vm *vm);

/* Messages, main thread. False: out of memory, nothing was taken over. */

bool pk_vm_connect(struct pk_vm *vm, const struct pk_vm_wires *wires);
bool pk_vm_disconnect(struct pk_vm *vm);
bool pk_vm_set_ram(struct pk_vm *vm, struct pvg_ram *ram); // takes the reference
bool pk_vm_set_running(struct pk_vm *vm, bool running);
// NULL: none. Effective at .recorder_settled. Borrowed.
bool pk_vm_set_recorder(struct pk_vm *vm, struct pvg_recorder *recorder);
// Look at the page and the pool again.
void pk_vm_kick(struct pk_vm *vm);

// Lends the ticks of a port whose guest is idle, from the slot after @visited_ns on. Main thread.
void pk_vm_lend_ticks(struct pk_vm *vm, unsigned int port, int64_t grid_ns, int64_t period_ns,
	int64_t visited_ns);
// Takes them back: no lent tick is given after this returns. Main thread.
struct pk_lent_ticks pk_vm_take_ticks(struct pk_vm *vm, unsigned int port);

// Moves the mailbox out; the glyphs are the caller's to free. Main thread.
void pk_vm_take_events(struct pk_vm *vm, struct pk_vm_events *events);

// What draws for the guest, for people; empty: nothing does. Any thread.
void pk_vm_renderer_name(struct pk_vm *vm, char *name, size_t size);

// Raises MSI 0, any thread: the tick's interrupt too.
void pk_vm_irq(struct pk_vm *vm);

#endif
