// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A display's pictures in udmabufs: what the kiosk has on a KMS plane, without the plane. Without
 * /dev/udmabuf they are memfds, which Mesa's software rasterizer maps as well.
 */
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

#define PITCH_BYTES 256u // of which it is a multiple

struct machine_home {
	struct pvg_image image; // first: the device has its address
	struct pvg_gpu_dmabuf dmabuf;
	struct machine_home *next;
	uint8_t *map; // owned
	size_t bytes;
	bool shown, released;
};

static int make_udmabuf(const struct machine *machine, struct machine_home *home) {
	int memory = memfd_create("home", MFD_CLOEXEC | MFD_ALLOW_SEALING), fd = -1;
	if (memory >= 0 && ftruncate(memory, (off_t)home->bytes) == 0 &&
		fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) == 0) {
		const struct udmabuf_create create = { .memfd = (uint32_t)memory,
			.flags = UDMABUF_FLAGS_CLOEXEC,
			.size = home->bytes };
		fd = machine->udmabuf >= 0 ? ioctl(machine->udmabuf, UDMABUF_CREATE, &create)
					   : fcntl(memory, F_DUPFD_CLOEXEC, 0);
		home->map = mmap(NULL, home->bytes, PROT_READ, MAP_SHARED, memory, 0);
	}
	if (memory >= 0) {
		close(memory);
	}
	return fd;
}

static void free_home(struct machine *machine, struct machine_home *home) {
	struct machine_home **link = &machine->homes;
	while (*link != home) {
		link = &(*link)->next;
	}
	*link = home->next;
	machine->homes_count--;
	close(home->dmabuf.fd[0]);
	munmap(home->map, home->bytes);
	free(home);
}

enum pvg_home_answer machine_home_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc, struct pvg_image **image) {
	struct machine *machine = data;
	struct machine_home *home = calloc(1, sizeof(*home));
	uint32_t stride = (width * 4 + PITCH_BYTES - 1) / PITCH_BYTES * PITCH_BYTES;
	if (home == NULL) {
		return PVG_HOME_NEVER;
	}
	home->bytes = ((size_t)stride * height + 4095) & ~(size_t)4095;
	int fd = make_udmabuf(machine, home);
	if (fd < 0 || home->map == MAP_FAILED) {
		free(home);
		return PVG_HOME_NEVER;
	}
	home->dmabuf = (struct pvg_gpu_dmabuf){ .width = width,
		.height = height,
		.fourcc = fourcc,
		.plane_count = 1,
		.fd = { fd },
		.stride_bytes = { stride } };
	home->image = (struct pvg_image){ .width = width,
		.height = height,
		.stride_bytes = stride,
		.fourcc = fourcc,
		.dmabuf = &home->dmabuf };
	home->next = machine->homes;
	machine->homes = home;
	machine->homes_count++;
	*image = &home->image;
	return PVG_HOME_GIVEN;
}

void machine_home_release(void *data, struct pvg_image *image) {
	struct machine_home *home = (struct machine_home *)image;
	home->released = true;
	if (!home->shown) {
		free_home(data, home);
	}
}

unsigned int machine_home_state(void *data, const struct pvg_image *image) {
	return ((const struct machine_home *)image)->shown ? PVG_HOME_SHOWN : 0;
}

bool machine_home_show(struct machine *machine, const struct pvg_image *image) {
	struct machine_home *next, *found = NULL;
	for (struct machine_home *home = machine->homes; home != NULL; home = home->next) {
		found = &home->image == image ? home : found;
	}
	for (struct machine_home *home = machine->homes; home != NULL; home = next) {
		next = home->next;
		if ((found != NULL || image == NULL) && home != found && home->shown) {
			home->shown = false;
			if (home->released) {
				free_home(machine, home);
			}
		}
	}
	if (found != NULL) {
		found->shown = true;
	}
	return found != NULL;
}

const struct machine_home *machine_home_shown(const struct machine *machine) {
	const struct machine_home *home = machine->homes;
	while (home != NULL && !home->shown) {
		home = home->next;
	}
	return home;
}

void machine_home_read(const struct machine_home *home, uint8_t *pixels) {
	for (uint32_t y = 0; y < home->image.height; y++) {
		memcpy(pixels + (size_t)y * home->image.width * 4,
			home->map + (size_t)y * home->image.stride_bytes,
			(size_t)home->image.width * 4);
	}
}
