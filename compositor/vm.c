// SPDX-License-Identifier: GPL-2.0-or-later
#include "vm.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <pvg/log.h>
#include <pvg/renderer.h>

#include "gamma.h"
#include "gpu.h"
#include "image.h"
#include "pacing.h"
#include "pvg-link-io.h"
#include "scanout.h"
#include "server.h"

enum command_type {
	COMMAND_CONNECT,
	COMMAND_DISCONNECT,
	COMMAND_RAM,
	COMMAND_RUNNING,
	COMMAND_RECORDER,
	COMMAND_QUIT,
};

struct pk_vm_command {
	struct wl_list link; // pk_vm.commands
	enum command_type type;
	struct pk_vm_wires wires;
	struct pvg_ram *ram; // owned reference
	bool running;
	struct pvg_recorder *recorder; // borrowed
};

static void wires_finish(struct pk_vm_wires *wires) {
	if (wires->page != NULL) {
		munmap(wires->page, PVG_LINK_PAGE_SIZE);
	}
	if (wires->doorbell_fd >= 0) {
		close(wires->doorbell_fd);
	}
	if (wires->irq_fd >= 0) {
		close(wires->irq_fd);
	}
	*wires = (struct pk_vm_wires){ .doorbell_fd = -1, .irq_fd = -1 };
}

/* ---- what libpvg asks for -------------------------------------------------------------------- */

void pk_vm_irq(struct pk_vm *vm) {
	pthread_mutex_lock(&vm->irq_lock);
	if (vm->irq_fd >= 0) {
		pvg_link_signal(vm->irq_fd);
	}
	pthread_mutex_unlock(&vm->irq_lock);
}

static void host_irq(void *data) {
	pk_vm_irq(data);
}

static struct pvg_image *host_image_acquire(void *data, unsigned int port, uint32_t width,
		uint32_t height, uint32_t fourcc) {
	struct pk_vm *vm = data;
	return pk_pool_acquire(vm->pool, port, width, height, fourcc);
}

static void host_image_present(void *data, unsigned int port, struct pvg_image *image,
		const struct pvg_frame_info *info) {
	struct pk_vm *vm = data;
	pk_pool_queue(vm->pool, image, info, vm->woke_ns);
}

static void host_image_cancel(void *data, unsigned int port, struct pvg_image *image) {
	struct pk_vm *vm = data;
	pk_pool_cancel(vm->pool, image);
}

static enum pvg_home_answer host_home_acquire(void *data, unsigned int port, uint32_t width,
		uint32_t height, uint32_t fourcc, struct pvg_image **image) {
	struct pk_vm *vm = data;
	return pk_pool_home_acquire(vm->pool, port, width, height, fourcc, image);
}

static void host_home_release(void *data, struct pvg_image *image) {
	struct pk_vm *vm = data;
	pk_pool_home_release(vm->pool, image);
}

static unsigned int host_home_state(void *data, const struct pvg_image *image) {
	struct pk_vm *vm = data;
	return pk_pool_home_state(vm->pool, image);
}

static bool host_home_fence(void *data, struct pvg_image *image, int sync_file) {
	return pk_pool_home_fence(image, sync_file);
}

static void host_cursor_glyph(void *data, unsigned int port, const struct pvg_cursor_glyph *glyph) {
	struct pk_vm *vm = data;
	size_t pixels = (size_t)glyph->width * glyph->height;
	if (port >= PVG_MAX_PORTS || glyph->width > PVG_MAX_CURSOR_EDGE ||
			glyph->height > PVG_MAX_CURSOR_EDGE) {
		return;
	}
	struct pk_glyph *copy = malloc(sizeof(*copy) + pixels * sizeof(uint32_t));
	if (copy == NULL) {
		return; // the old glyph stays
	}
	*copy = (struct pk_glyph){ glyph->width, glyph->height, glyph->hot_x, glyph->hot_y };
	memcpy(copy->pixels, glyph->argb8888, pixels * sizeof(uint32_t));
	pthread_mutex_lock(&vm->lock);
	struct pk_glyph *old = vm->events.ports[port].glyph;
	vm->events.ports[port].glyph = copy;
	vm->events.ports[port].glyph_new = true;
	pthread_mutex_unlock(&vm->lock);
	free(old);
	pvg_link_signal(vm->wake_fd);
}

static void host_cursor_state(void *data, unsigned int port, const struct pvg_cursor_state *state) {
	struct pk_vm *vm = data;
	if (port >= PVG_MAX_PORTS) {
		return;
	}
	pthread_mutex_lock(&vm->lock);
	if (!vm->events.ports[port].cursor_new) {
		vm->events.ports[port].cursor_ns = vm->woke_ns;
	}
	vm->events.ports[port].cursor = *state;
	vm->events.ports[port].cursor_new = true;
	pthread_mutex_unlock(&vm->lock);
	pvg_link_signal(vm->wake_fd);
}

static void host_gamma(void *data, unsigned int port, const struct pvg_gamma *gamma) {
	struct pk_vm *vm = data;
	if (port >= PVG_MAX_PORTS) {
		return;
	}
	struct pk_gamma_table *table = pk_gamma_copy(gamma);
	pthread_mutex_lock(&vm->lock);
	struct pk_gamma_table *old = vm->events.ports[port].gamma;
	vm->events.ports[port].gamma = table;
	vm->events.ports[port].gamma_new = true;
	pthread_mutex_unlock(&vm->lock);
	free(old);
	pvg_link_signal(vm->wake_fd);
}

static void host_sleep(void *data, unsigned int port, bool asleep) {
	struct pk_vm *vm = data;
	if (port >= PVG_MAX_PORTS) {
		return;
	}
	pthread_mutex_lock(&vm->lock);
	vm->events.ports[port].asleep = asleep;
	vm->events.ports[port].sleep_new = true;
	pthread_mutex_unlock(&vm->lock);
	pvg_link_signal(vm->wake_fd);
}

static void host_display_state(void *data, unsigned int port, enum pvg_display_state state) {
	struct pk_vm *vm = data;
	if (port >= PVG_MAX_PORTS) {
		return;
	}
	pthread_mutex_lock(&vm->lock);
	vm->events.ports[port].state = state;
	vm->events.ports[port].state_new = true;
	pthread_mutex_unlock(&vm->lock);
	pvg_link_signal(vm->wake_fd);
}

static void host_reset_done(void *data, uint64_t epoch) {
	struct pk_vm *vm = data;
	// What the old life queued must not be shown by the next one.
	pk_pool_drop_queued(vm->pool);
	pthread_mutex_lock(&vm->lock);
	vm->events.reset = true;
	vm->events.reset_epoch = epoch;
	vm->events.connection = vm->wires.connection;
	pthread_mutex_unlock(&vm->lock);
	pvg_link_signal(vm->wake_fd);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void vm_disconnect(struct pk_vm *vm) {
	if (!vm->connected) {
		return;
	}
	pvg_device_disconnect(vm->device);
	// The next VM's doorbell may come before its memory table: it must not find this one's RAM.
	pvg_device_set_ram(vm->device, NULL);
	pthread_mutex_lock(&vm->irq_lock);
	vm->irq_fd = -1;
	pthread_mutex_unlock(&vm->irq_lock);
	wires_finish(&vm->wires);
	vm->connected = false;
	vm->failed = false;
}

static void vm_fail(struct pk_vm *vm, const char *why) {
	vm->failed = true;
	pthread_mutex_lock(&vm->lock);
	vm->events.failed = why;
	vm->events.connection = vm->wires.connection;
	pthread_mutex_unlock(&vm->lock);
	pvg_link_signal(vm->wake_fd);
}

static void vm_connect(struct pk_vm *vm, const struct pk_vm_wires *wires) {
	vm_disconnect(vm);
	vm->wires = *wires;
	vm->connected = true;
	pthread_mutex_lock(&vm->lock);
	vm->events.reset = false;
	vm->events.failed = NULL;
	pthread_mutex_unlock(&vm->lock);
	pthread_mutex_lock(&vm->irq_lock);
	vm->irq_fd = wires->irq_fd;
	pthread_mutex_unlock(&vm->irq_lock);
	pvg_device_set_running(vm->device, true);
	if (!pvg_device_connect(vm->device, wires->page, wires->displays, wires->epoch)) {
		vm_fail(vm, "the register page is not valid");
		return;
	}
	// A reset between HELLO and now: the device never knew the life before, but the shim is
	// owed its answer (spec 06 section 6.4 rule 4).
	uint32_t epoch = atomic_load_explicit(&wires->page->epoch, memory_order_acquire);
	if (epoch != (uint32_t)wires->epoch) {
		host_reset_done(vm, (wires->epoch & ~UINT64_C(0xffffffff)) | epoch);
	}
}

static void set_recorder(struct pk_vm *vm, struct pvg_recorder *recorder) {
	bool attached = pvg_device_is_attached(vm->device);
	pvg_device_set_recorder(vm->device, recorder);
	pthread_mutex_lock(&vm->lock);
	vm->events.recorder_settled = true;
	vm->events.attached = attached;
	pthread_mutex_unlock(&vm->lock);
	pvg_link_signal(vm->wake_fd);
}

// Returns false to end the thread.
static bool run_command(struct pk_vm *vm, struct pk_vm_command *command) {
	bool go_on = true;
	switch (command->type) {
	case COMMAND_CONNECT:
		vm_connect(vm, &command->wires);
		break;
	case COMMAND_DISCONNECT:
		vm_disconnect(vm);
		break;
	case COMMAND_RAM:
		pvg_device_set_ram(vm->device, command->ram);
		break;
	case COMMAND_RUNNING:
		pvg_device_set_running(vm->device, command->running);
		break;
	case COMMAND_RECORDER:
		set_recorder(vm, command->recorder);
		break;
	case COMMAND_QUIT:
		vm_disconnect(vm);
		pvg_device_set_recorder(vm->device, NULL);
		go_on = false;
		break;
	}
	free(command);
	return go_on;
}

static struct pk_vm_command *next_command(struct pk_vm *vm) {
	struct pk_vm_command *command = NULL;
	pthread_mutex_lock(&vm->lock);
	if (!wl_list_empty(&vm->commands)) {
		command = wl_container_of(vm->commands.next, command, link);
		wl_list_remove(&command->link);
	}
	pthread_mutex_unlock(&vm->lock);
	return command;
}

static void wait_for_work(struct pk_vm *vm, int64_t deadline_ns) {
	bool listening = vm->connected && !vm->failed;
	struct pvg_renderer *renderer = vm->renderer;
	struct pollfd fds[3] = {
		{ .fd = vm->control_fd, .events = POLLIN },
		{ .fd = listening ? vm->wires.doorbell_fd : -1, .events = POLLIN },
		// Read by the device: pvg_device_run dispatches.
		{ .fd = listening && renderer != NULL ? renderer->ops->fd(renderer) : -1,
			.events = POLLIN },
	};
	struct timespec timeout = { 0 }, *wait = NULL;
	if (deadline_ns != INT64_MAX) {
		int64_t left = deadline_ns - pk_now_ns();
		if (left > 0) {
			timeout.tv_sec = left / 1000000000;
			timeout.tv_nsec = left % 1000000000;
		}
		wait = &timeout;
	}
	ppoll(fds, 3, wait, NULL);
	vm->woke_ns = pk_now_ns();
	atomic_fetch_add_explicit(&vm->wakeups, 1, memory_order_relaxed);
	// Cleared before anything is looked at: what comes later rings again (spec 06 section 6.4
	// rule 1).
	if ((fds[0].revents & POLLIN) != 0) {
		pvg_link_drain(vm->control_fd);
	}
	if ((fds[1].revents & POLLIN) != 0) {
		pvg_link_drain(vm->wires.doorbell_fd);
	}
}

// Gives the lent ticks that are due. Returns when the next one is, INT64_MAX without any.
static int64_t run_lent_ticks(struct pk_vm *vm) {
	int64_t next_ns = INT64_MAX;
	int64_t now = pk_now_ns();
	bool ticked = false;
	for (unsigned int port = 0; port < PVG_MAX_PORTS; port++) {
		pthread_mutex_lock(&vm->tick_lock);
		struct pk_lent_ticks *lent = &vm->lent[port];
		bool delivered = false;
		if (lent->active) {
			int64_t slot = pk_grid_floor(lent->grid_ns, lent->period_ns, now);
			if (slot > lent->visited_ns) {
				lent->visited_ns = slot;
				delivered = pvg_display_tick(vm->device, port, slot).delivered;
			}
			if (delivered) {
				lent->delivered_ns = slot;
				lent->done_ns = pk_now_ns();
				lent->active = false;
			} else if (slot + lent->period_ns < next_ns) {
				next_ns = slot + lent->period_ns;
			}
		}
		pthread_mutex_unlock(&vm->tick_lock);
		if (delivered) {
			pthread_mutex_lock(&vm->lock);
			vm->events.ports[port].ticked = true;
			pthread_mutex_unlock(&vm->lock);
			ticked = true;
		}
	}
	if (ticked) {
		pvg_link_signal(vm->wake_fd);
	}
	return next_ns;
}

// The renderer's context is this thread's.
static bool start_renderer(struct pk_vm *vm) {
	vm->renderer = pk_gpu_create(vm->gpu_options, &vm->gpu_failed);
	if (vm->renderer != NULL) {
		pvg_device_set_renderer(vm->device, vm->renderer);
		pthread_mutex_lock(&vm->lock);
		snprintf(vm->renderer_name, sizeof(vm->renderer_name), "%s",
			vm->renderer->caps.name);
		pthread_mutex_unlock(&vm->lock);
	}
	bool go_on = !vm->gpu_failed;
	sem_post(&vm->up);
	pvg_link_signal(vm->wake_fd);
	return go_on;
}

static void stop_renderer(struct pk_vm *vm) {
	if (vm->renderer != NULL) {
		pvg_device_set_renderer(vm->device, NULL);
		vm->renderer->ops->destroy(vm->renderer);
		vm->renderer = NULL;
	}
}

static void *device_thread(void *data) {
	struct pk_vm *vm = data;
	int64_t deadline_ns = INT64_MAX;
	if (!start_renderer(vm)) {
		return NULL;
	}
	for (;;) {
		wait_for_work(vm, deadline_ns);
		struct pk_vm_command *command;
		while ((command = next_command(vm)) != NULL) {
			if (!run_command(vm, command)) {
				stop_renderer(vm);
				return NULL;
			}
		}
		deadline_ns = INT64_MAX;
		if (vm->connected && !vm->failed) {
			deadline_ns = pvg_device_run(vm->device);
			const char *why = pvg_device_failed(vm->device);
			if (why != NULL) {
				vm_fail(vm, why);
				deadline_ns = INT64_MAX;
			}
		}
		int64_t tick_ns = run_lent_ticks(vm);
		if (tick_ns < deadline_ns) {
			deadline_ns = tick_ns;
		}
	}
}

/* ---- main thread ----------------------------------------------------------------------------- */

static struct pk_vm_command *command_new(enum command_type type) {
	struct pk_vm_command *command = calloc(1, sizeof(*command));
	if (command != NULL) {
		command->type = type;
	} else {
		pvg_error("no memory for a message to the device thread");
	}
	return command;
}

static void send_command(struct pk_vm *vm, struct pk_vm_command *command) {
	struct pk_vm_command *old = NULL;
	pthread_mutex_lock(&vm->lock);
	// A memory table or run state that the thread has not taken yet is superseded: a peer that
	// floods them must not grow the queue.
	if (!wl_list_empty(&vm->commands)) {
		struct pk_vm_command *last = wl_container_of(vm->commands.prev, last, link);
		if (last->type == command->type &&
				(last->type == COMMAND_RAM || last->type == COMMAND_RUNNING)) {
			wl_list_remove(&last->link);
			old = last;
		}
	}
	wl_list_insert(vm->commands.prev, &command->link);
	pthread_mutex_unlock(&vm->lock);
	if (old != NULL) {
		pvg_ram_unref(old->ram);
		free(old);
	}
	pvg_link_signal(vm->control_fd);
}

bool pk_vm_is_up(struct pk_vm *vm, bool wait) {
	while (!vm->up_seen) {
		if ((wait ? sem_wait(&vm->up) : sem_trywait(&vm->up)) == 0) {
			vm->up_seen = true;
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

struct pvg_renderer *pk_vm_renderer(const struct pk_vm *vm) {
	return vm->up_seen ? vm->renderer : NULL;
}

bool pk_vm_connect(struct pk_vm *vm, const struct pk_vm_wires *wires) {
	struct pk_vm_command *command = command_new(COMMAND_CONNECT);
	if (command == NULL) {
		return false;
	}
	command->wires = *wires;
	send_command(vm, command);
	return true;
}

bool pk_vm_disconnect(struct pk_vm *vm) {
	struct pk_vm_command *command = command_new(COMMAND_DISCONNECT);
	if (command == NULL) {
		return false;
	}
	send_command(vm, command);
	return true;
}

bool pk_vm_set_ram(struct pk_vm *vm, struct pvg_ram *ram) {
	struct pk_vm_command *command = command_new(COMMAND_RAM);
	if (command == NULL) {
		return false;
	}
	command->ram = ram;
	send_command(vm, command);
	return true;
}

bool pk_vm_set_running(struct pk_vm *vm, bool running) {
	struct pk_vm_command *command = command_new(COMMAND_RUNNING);
	if (command == NULL) {
		return false;
	}
	command->running = running;
	send_command(vm, command);
	return true;
}

bool pk_vm_set_recorder(struct pk_vm *vm, struct pvg_recorder *recorder) {
	struct pk_vm_command *command = command_new(COMMAND_RECORDER);
	if (command == NULL) {
		return false;
	}
	command->recorder = recorder;
	send_command(vm, command);
	return true;
}

void pk_vm_renderer_name(struct pk_vm *vm, char *name, size_t size) {
	pthread_mutex_lock(&vm->lock);
	snprintf(name, size, "%s", vm->renderer_name);
	pthread_mutex_unlock(&vm->lock);
}

void pk_vm_kick(struct pk_vm *vm) {
	pvg_link_signal(vm->control_fd);
}

void pk_vm_lend_ticks(struct pk_vm *vm, unsigned int port, int64_t grid_ns, int64_t period_ns,
		int64_t visited_ns) {
	pthread_mutex_lock(&vm->tick_lock);
	vm->lent[port] = (struct pk_lent_ticks){
		.active = true,
		.grid_ns = grid_ns,
		.period_ns = period_ns,
		.visited_ns = visited_ns,
		.delivered_ns = INT64_MIN,
	};
	pthread_mutex_unlock(&vm->tick_lock);
	pk_vm_kick(vm);
}

struct pk_lent_ticks pk_vm_take_ticks(struct pk_vm *vm, unsigned int port) {
	pthread_mutex_lock(&vm->tick_lock);
	struct pk_lent_ticks lent = vm->lent[port];
	vm->lent[port].active = false;
	vm->lent[port].delivered_ns = INT64_MIN;
	pthread_mutex_unlock(&vm->tick_lock);
	return lent;
}

void pk_vm_take_events(struct pk_vm *vm, struct pk_vm_events *events) {
	pthread_mutex_lock(&vm->lock);
	*events = vm->events;
	vm->events = (struct pk_vm_events){ 0 };
	pthread_mutex_unlock(&vm->lock);
}

struct pk_vm *pk_vm_create(const struct pvg_device_info *info, const struct pk_gpu_options *gpu,
		struct pk_pool *pool, struct pvg_recorder *recorder) {
	static const struct pvg_host host = {
		.irq = host_irq,
		.image_acquire = host_image_acquire,
		.image_present = host_image_present,
		.image_cancel = host_image_cancel,
		.home_acquire = host_home_acquire,
		.home_release = host_home_release,
		.home_state = host_home_state,
		.home_fence = host_home_fence,
		.cursor_glyph = host_cursor_glyph,
		.cursor_state = host_cursor_state,
		.gamma = host_gamma,
		.sleep = host_sleep,
		.display_state = host_display_state,
		.reset_done = host_reset_done,
	};
	struct pk_vm *vm = calloc(1, sizeof(*vm));
	if (vm == NULL) {
		return NULL;
	}
	vm->pool = pool;
	vm->irq_fd = -1;
	vm->wires = (struct pk_vm_wires){ .doorbell_fd = -1, .irq_fd = -1 };
	wl_list_init(&vm->commands);
	pthread_mutex_init(&vm->lock, NULL);
	pthread_mutex_init(&vm->irq_lock, NULL);
	pthread_mutex_init(&vm->tick_lock, NULL);
	sem_init(&vm->up, 0, 0);
	vm->gpu_options = gpu;
	vm->control_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vm->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	const struct pvg_device_config config = { .page_shift = 12, .info = *info };
	vm->device = pvg_device_create(&config, &host, vm);
	vm->quit = command_new(COMMAND_QUIT);
	if (vm->control_fd < 0 || vm->wake_fd < 0 || vm->device == NULL || vm->quit == NULL) {
		pvg_error("device thread: %s", strerror(errno));
		pk_vm_destroy(vm);
		return NULL;
	}
	pvg_device_set_recorder(vm->device, recorder);
	// Signals are the main loop's.
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(&vm->thread, NULL, device_thread, vm);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0) {
		pvg_error("device thread: %s", strerror(error));
		pk_vm_destroy(vm);
		return NULL;
	}
	vm->started = true;
	pthread_setname_np(vm->thread, "pvg-device");
	if (gpu->renderer != PK_RENDERER_AUTO && pk_vm_is_up(vm, true) && vm->gpu_failed) {
		pvg_error("the renderer that was asked for cannot be had");
		pk_vm_destroy(vm);
		return NULL;
	}
	return vm;
}

void pk_vm_destroy(struct pk_vm *vm) {
	if (vm == NULL) {
		return;
	}
	if (vm->started) {
		send_command(vm, vm->quit); // freed by the thread
		vm->quit = NULL;
		pthread_join(vm->thread, NULL);
	}
	struct pk_vm_command *command;
	while ((command = next_command(vm)) != NULL) {
		if (command->type == COMMAND_CONNECT) {
			wires_finish(&command->wires);
		} else if (command->type == COMMAND_RAM) {
			pvg_ram_unref(command->ram);
		}
		free(command);
	}
	free(vm->quit);
	pvg_device_destroy(vm->device);
	for (unsigned int port = 0; port < PVG_MAX_PORTS; port++) {
		free(vm->events.ports[port].glyph);
		free(vm->events.ports[port].gamma);
	}
	if (vm->control_fd >= 0) {
		close(vm->control_fd);
	}
	if (vm->wake_fd >= 0) {
		close(vm->wake_fd);
	}
	sem_destroy(&vm->up);
	pthread_mutex_destroy(&vm->tick_lock);
	pthread_mutex_destroy(&vm->irq_lock);
	pthread_mutex_destroy(&vm->lock);
	free(vm);
}
