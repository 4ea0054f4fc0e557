// SPDX-License-Identifier: GPL-2.0-or-later
#include "front.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_GPA 0x200000u
#define MESSAGE_DATA 0x4142u
#define ARENA_GPA 0x1000000u
#define POLL_NS 200000

static int64_t now_ns(void *data) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// The memfd of QEMU's memory backend, opened through /proc: the only one of that size.
static int open_ram(pid_t pid, size_t ram_bytes) {
	char folder[64];
	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(folder);
	int found = -1;
	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL && found < 0;) {
		char path[512], target[256] = "";
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (readlink(path, target, sizeof(target) - 1) < 0 ||
			strncmp(target, "/memfd:", 7) != 0) {
			continue;
		}
		int fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && lseek(fd, 0, SEEK_END) == (off_t)ram_bytes) {
			found = fd;
		} else if (fd >= 0) {
			close(fd);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	return found;
}

static uint32_t mmio_read(void *data, uint32_t offset) {
	struct front *front = data;
	return vm_reg(front->vm, offset);
}

static void mmio_write(void *data, uint32_t offset, uint32_t value) {
	struct front *front = data;
	vm_set_reg(front->vm, offset, value);
}

static uint64_t mmio_access(void *data, uint32_t offset, unsigned int size_bytes, bool write,
	uint64_t value) {
	struct front *front = data;
	if (write) {
		vm_write(front->vm, VM_BAR0 + offset, size_bytes, value);
		return 0;
	}
	return vm_read(front->vm, VM_BAR0 + offset, size_bytes);
}

static bool wait(void *data, uint32_t seen, int64_t deadline_ns) {
	struct front *front = data;
	const struct timespec pause = { .tv_nsec = POLL_NS };
	for (;;) {
		if (__atomic_exchange_n(front->message, 0, __ATOMIC_SEQ_CST) != 0) {
			pvg_drv_isr(&front->drv);
		}
		if (front->drv.irq_count != seen) {
			return true;
		}
		if (now_ns(data) >= deadline_ns) {
			return false;
		}
		nanosleep(&pause, NULL); // a word of RAM wakes nobody
	}
}

static void log_text(void *data, const char *text) {
	print_message("guest: %s\n", text);
}

const struct pvg_drv_ops front_ops = {
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.now_ns = now_ns,
	.wait = wait,
	.log = log_text,
	.mmio_access = mmio_access,
};

static void scene_line(void *data, const char *json) {
	struct front *front = data;
	pvg_text_str(&front->lines, json);
	pvg_text_str(&front->lines, "\n");
}

static bool scene_reset(void *data) {
	struct front *front = data;
	for (unsigned int port = 0; port < PVG_DRV_PORTS; port++) {
		front->drv.ports[port].registered = false;
	}
	vm_qmp(front->vm, "{'execute':'system_reset'}");
	vm_wait_event(front->vm, "RESET");
	// Everything that firmware had programmed is gone.
	vm_map_bar0(front->vm, VM_DEVFN, VM_BAR0);
	vm_msi(front->vm, VM_DEVFN, MESSAGE_GPA, MESSAGE_DATA, true);
	pvg_enc_mem_init(&front->mem, front->ram + ARENA_GPA, ARENA_GPA,
		front->ram_bytes - ARENA_GPA);
	enum pvg_drv_style style = front->drv.style;
	pvg_drv_init(&front->drv, &front_ops, front, &front->mem, style);
	front->env.life++;
	return true;
}

static bool scene_stopped(void *data) {
	return false;
}

static uint32_t *scene_scratch(void *data, unsigned int port, uint32_t bytes) {
	struct front *front = data;
	free(front->scratch[port]);
	front->scratch[port] = malloc(bytes);
	return front->scratch[port];
}

void front_init(struct front *front, struct vm *vm, size_t ram_bytes, enum pvg_drv_style style) {
	memset(front, 0, sizeof(*front));
	front->vm = vm;
	front->ram_bytes = ram_bytes;
	int fd = open_ram(vm->pid, ram_bytes);
	assert_true(fd >= 0);
	front->ram = mmap(NULL, ram_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	assert_true(front->ram != MAP_FAILED);
	front->message = (volatile uint32_t *)(void *)(front->ram + MESSAGE_GPA);
	*front->message = 0;
	vm_msi(vm, VM_DEVFN, MESSAGE_GPA, MESSAGE_DATA, true);
	pvg_enc_mem_init(&front->mem, front->ram + ARENA_GPA, ARENA_GPA, ram_bytes - ARENA_GPA);
	pvg_drv_init(&front->drv, &front_ops, front, &front->mem, style);
	front->lines = pvg_text_init(front->text, sizeof(front->text));
	front->env = (struct pvg_scene_env){
		.drv = &front->drv,
		.data = front,
		.line = scene_line,
		.reset = scene_reset,
		.stopped = scene_stopped,
		.scratch = scene_scratch,
	};
}

void front_finish(struct front *front) {
	munmap(front->ram, front->ram_bytes);
	for (unsigned int port = 0; port < PVG_DRV_PORTS; port++) {
		free(front->scratch[port]);
	}
}
