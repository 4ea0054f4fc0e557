// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * testhost SOCKET: the PVG device of libpvg behind pvg-link, one connection at a time, no GPU and
 * no screen. What the guest presents goes to QEMU's console as FRAME_INFO, its cursor as CURSOR, so
 * a screendump shows it. One thread, one poll loop: the smallest complete host.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <pvg/device.h>

#include "pvg-link-io.h"

#define TICK_NS INT64_C(16666667)
#define FOURCC_XR24 0x34325258u

struct picture {
	struct pvg_image image; // first: the device hands it back
	int fd;		 // owned memfd under image.pixels
	size_t size_bytes;
};

struct mapping { // of one memory table
	size_t count;
	struct {
		void *at;
		size_t size_bytes;
	} files[PVG_LINK_MAX_FDS];
};

struct host {
	struct pvg_device *device; // owned
	int listener, sock, doorbell, irq; // owned; -1
	struct pvg_link_page *page; // owned mapping
	int64_t next_tick_ns;
	struct picture *shown; // owned; the newest presented picture stays mapped in QEMU anyway
	bool failed; // the socket took no message: drop the connection
};

static int64_t now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int sealed_memfd(size_t size_bytes) {
	int fd = memfd_create("testhost", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 &&
		(ftruncate(fd, (off_t)size_bytes) != 0 ||
			fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void send_message(struct host *host, enum pvg_link_type type, const void *payload,
	size_t size, int fd) {
	if (host->sock >= 0 &&
		!pvg_link_send(host->sock, type, payload, size, &fd, fd >= 0 ? 1 : 0)) {
		host->failed = true;
	}
}

static void handle_irq(void *data) {
	struct host *host = data;
	if (host->irq >= 0) {
		pvg_link_signal(host->irq);
	}
}

static void picture_destroy(struct picture *picture) {
	if (picture != NULL) {
		munmap(picture->image.pixels, picture->size_bytes);
		close(picture->fd);
		free(picture);
	}
}

static struct pvg_image *handle_acquire(void *data, unsigned int port, uint32_t width,
	uint32_t height, uint32_t fourcc) {
	struct picture *picture = calloc(1, sizeof(*picture));
	if (picture == NULL) {
		return NULL;
	}
	picture->size_bytes = (size_t)width * 4 * height;
	picture->fd = sealed_memfd(picture->size_bytes);
	void *map = picture->fd < 0 ? MAP_FAILED
				    : mmap(NULL, picture->size_bytes, PROT_READ | PROT_WRITE,
					      MAP_SHARED, picture->fd, 0);
	if (map == MAP_FAILED) {
		if (picture->fd >= 0) {
			close(picture->fd);
		}
		free(picture);
		return NULL;
	}
	picture->image = (struct pvg_image){
		.width = width,
		.height = height,
		.stride_bytes = width * 4,
		.fourcc = FOURCC_XR24,
		.pixels = map,
	};
	return &picture->image;
}

static void handle_present(void *data, unsigned int port, struct pvg_image *image,
	const struct pvg_frame_info *info) {
	struct host *host = data;
	struct picture *picture = (struct picture *)(void *)image;
	struct pvg_link_frame_info frame = {
		.width = image->width,
		.height = image->height,
		.stride = image->stride_bytes,
		.fourcc = FOURCC_XR24,
	};
	send_message(host, PVG_LINK_FRAME_INFO, &frame, sizeof(frame), picture->fd);
	picture_destroy(host->shown);
	host->shown = picture;
}

static void handle_cancel(void *data, unsigned int port, struct pvg_image *image) {
	picture_destroy((struct picture *)(void *)image);
}

static void handle_glyph(void *data, unsigned int port, const struct pvg_cursor_glyph *glyph) {
	struct host *host = data;
	size_t size_bytes = (size_t)glyph->width * glyph->height * 4;
	struct pvg_link_cursor cursor = {
		.visible = 1,
		.w = glyph->width,
		.h = glyph->height,
		.hx = glyph->hot_x,
		.hy = glyph->hot_y,
	};
	int fd = sealed_memfd(size_bytes);
	if (fd >= 0) {
		if (pwrite(fd, glyph->argb8888, size_bytes, 0) == (ssize_t)size_bytes) {
			send_message(host, PVG_LINK_CURSOR, &cursor, sizeof(cursor), fd);
		}
		close(fd);
	}
}

static void handle_cursor(void *data, unsigned int port, const struct pvg_cursor_state *state) {
	struct pvg_link_cursor cursor = { .x = state->x, .y = state->y, .visible = state->visible };
	send_message(data, PVG_LINK_CURSOR, &cursor, sizeof(cursor), -1);
}

static void handle_gamma(void *data, unsigned int port, const struct pvg_gamma *gamma) {
}

static void handle_sleep(void *data, unsigned int port, bool asleep) {
	printf("port %u %s\n", port, asleep ? "sleeps" : "wakes");
}

static void handle_state(void *data, unsigned int port, enum pvg_display_state state) {
	printf("port %u is %s\n", port, pvg_display_state_name(state));
}

static void handle_reset_done(void *data, uint64_t epoch) {
	struct pvg_link_reset_ack ack = { .epoch = epoch };
	printf("reset to epoch %llu\n", (unsigned long long)epoch);
	send_message(data, PVG_LINK_RESET_ACK, &ack, sizeof(ack), -1);
}

static void unmap_table(void *data) {
	struct mapping *mapping = data;
	for (size_t i = 0; i < mapping->count; i++) {
		munmap(mapping->files[i].at, mapping->files[i].size_bytes);
	}
	free(mapping);
}

static const char *take_table(struct host *host, struct pvg_link_msg *msg) {
	const struct pvg_link_mem_table *table = (const void *)msg->payload;
	struct pvg_ram_span spans[PVG_LINK_MAX_REGIONS];
	uint64_t ends[PVG_LINK_MAX_FDS] = { 0 };
	const char *why = NULL;
	for (uint32_t i = 0; i < table->count; i++) {
		uint64_t end = table->regions[i].fd_offset + table->regions[i].size;
		uint64_t *known = &ends[table->regions[i].fd_index];
		*known = end > *known ? end : *known;
	}
	struct mapping *mapping = calloc(1, sizeof(*mapping));
	if (mapping == NULL) {
		return "out of memory";
	}
	for (uint32_t i = 0; i < table->nfd; i++) {
		if (!pvg_link_check_memfd(msg->fds[i], ends[i], &why)) {
			unmap_table(mapping);
			return why;
		}
		void *at = mmap(NULL, ends[i], PROT_READ | PROT_WRITE, MAP_SHARED, msg->fds[i], 0);
		if (at == MAP_FAILED) {
			unmap_table(mapping);
			return "guest RAM cannot be mapped";
		}
		mapping->files[i].at = at;
		mapping->files[i].size_bytes = ends[i];
		mapping->count++;
	}
	for (uint32_t i = 0; i < table->count; i++) {
		const struct pvg_link_region *region = &table->regions[i];
		spans[i] = (struct pvg_ram_span){
			.gpa = region->gpa,
			.size_bytes = region->size,
			.hva = (uint8_t *)mapping->files[region->fd_index].at + region->fd_offset,
		};
	}
	struct pvg_ram *ram =
		pvg_ram_create(spans, table->count, table->generation, unmap_table, mapping);
	if (ram == NULL) {
		unmap_table(mapping);
		return "the table is no table";
	}
	pvg_device_set_ram(host->device, ram);
	return NULL;
}

static const char *take_hello(struct host *host, struct pvg_link_msg *msg) {
	const struct pvg_link_hello *hello = (const void *)msg->payload;
	const char *why = NULL;
	if (host->page != NULL) {
		return "a second HELLO";
	}
	if (!pvg_link_check_memfd(msg->fds[PVG_LINK_HELLO_FD_SHM], PVG_LINK_PAGE_SIZE, &why) ||
		!pvg_link_check_eventfd(msg->fds[PVG_LINK_HELLO_FD_DOORBELL], &why) ||
		!pvg_link_check_eventfd(msg->fds[PVG_LINK_HELLO_FD_IRQ], &why)) {
		return why;
	}
	void *page = mmap(NULL, PVG_LINK_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		msg->fds[PVG_LINK_HELLO_FD_SHM], 0);
	if (page == MAP_FAILED) {
		return "the page cannot be mapped";
	}
	host->page = page;
	host->doorbell = pvg_link_msg_take_fd(msg, PVG_LINK_HELLO_FD_DOORBELL);
	host->irq = pvg_link_msg_take_fd(msg, PVG_LINK_HELLO_FD_IRQ);
	struct pvg_link_welcome welcome = {
		.major = PVG_LINK_MAJOR,
		.minor = PVG_LINK_MINOR,
		.features = hello->features &
			(PVG_LINK_FEATURE_IRQFD | PVG_LINK_FEATURE_DOORBELL_EVENTFD |
				PVG_LINK_FEATURE_FRAME_READBACK),
	};
	send_message(host, PVG_LINK_WELCOME, &welcome, sizeof(welcome), -1);
	return pvg_device_connect(host->device, host->page, hello->displays, hello->epoch)
		? NULL
		: "the device does not take the page";
}

static const char *take_message(struct host *host, struct pvg_link_msg *msg) {
	if (msg->header.type != PVG_LINK_HELLO && host->page == NULL) {
		return "a message before HELLO";
	}
	switch (msg->header.type) {
	case PVG_LINK_HELLO:
		return take_hello(host, msg);
	case PVG_LINK_MEM_TABLE:
		return take_table(host, msg);
	case PVG_LINK_RUNSTATE: {
		const struct pvg_link_runstate *state = (const void *)msg->payload;
		pvg_device_set_running(host->device, state->running != 0);
		return NULL;
	}
	case PVG_LINK_BYE:
		printf("bye\n");
		return NULL;
	default:
		return NULL; // READY, RESET: the page says it; MODES: one mode will do here
	}
}

static void drop_link(struct host *host, const char *why) {
	printf("link closed: %s\n", why);
	pvg_device_disconnect(host->device);
	if (host->page != NULL) {
		munmap(host->page, PVG_LINK_PAGE_SIZE);
		host->page = NULL;
	}
	int *fds[] = { &host->sock, &host->doorbell, &host->irq };
	for (size_t i = 0; i < 3; i++) {
		if (*fds[i] >= 0) {
			close(*fds[i]);
			*fds[i] = -1;
		}
	}
	host->failed = false;
}

static void read_socket(struct host *host) {
	for (;;) {
		struct pvg_link_msg msg;
		const char *why = NULL;
		switch (pvg_link_recv(host->sock, PVG_LINK_FROM_SHIM, &msg, &why)) {
		case PVG_LINK_OK:
			why = take_message(host, &msg);
			pvg_link_msg_finish(&msg);
			if (why != NULL) {
				drop_link(host, why);
				return;
			}
			break;
		case PVG_LINK_IGNORE:
			break;
		case PVG_LINK_AGAIN:
			return;
		case PVG_LINK_EOF:
			drop_link(host, "end of file");
			return;
		case PVG_LINK_BAD:
			drop_link(host, why);
			return;
		}
	}
}

static void tick_displays(struct host *host, int64_t now) {
	if (now < host->next_tick_ns) {
		return;
	}
	for (unsigned int port = 0; port < PVG_MAX_PORTS; port++) {
		pvg_display_tick(host->device, port, now);
	}
	host->next_tick_ns = now + TICK_NS;
}

static void turn(struct host *host) {
	int64_t due_ns = INT64_MAX;
	if (host->page != NULL) {
		due_ns = pvg_device_run(host->device);
		const char *why = pvg_device_failed(host->device);
		if (why != NULL || host->failed) {
			drop_link(host, why != NULL ? why : "the peer does not read");
			return;
		}
		tick_displays(host, now_ns());
		due_ns = due_ns < host->next_tick_ns ? due_ns : host->next_tick_ns;
	}
	struct pollfd fds[3] = {
		{ .fd = host->sock < 0 ? host->listener : -1, .events = POLLIN },
		{ .fd = host->sock, .events = POLLIN },
		{ .fd = host->doorbell, .events = POLLIN },
	};
	int64_t wait_ns = due_ns == INT64_MAX ? -1 : due_ns - now_ns();
	struct timespec wait = { 0, 0 };
	if (wait_ns > 0) {
		wait = (struct timespec){ wait_ns / 1000000000, wait_ns % 1000000000 };
	}
	if (ppoll(fds, 3, due_ns == INT64_MAX ? NULL : &wait, NULL) < 0 && errno != EINTR) {
		exit(1);
	}
	if (fds[2].revents != 0) {
		pvg_link_drain(host->doorbell);
	}
	if (fds[1].revents != 0) {
		read_socket(host);
	}
	if (fds[0].revents != 0) {
		host->sock = accept4(host->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	}
}

static int listen_at(const char *path) {
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(addr.sun_path)) {
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	unlink(path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(fd, 4) != 0) {
		return -1;
	}
	return fd;
}

int main(int argc, char **argv) {
	static const struct pvg_host callbacks = {
		.irq = handle_irq,
		.image_acquire = handle_acquire,
		.image_present = handle_present,
		.image_cancel = handle_cancel,
		.cursor_glyph = handle_glyph,
		.cursor_state = handle_cursor,
		.gamma = handle_gamma,
		.sleep = handle_sleep,
		.display_state = handle_state,
		.reset_done = handle_reset_done,
	};
	static const struct pvg_display_desc desc = {
		.serial = 1,
		.name = "testhost",
		.width_mm = 480,
		.height_mm = 270,
		.cursor_max_width = 64,
		.cursor_max_height = 64,
		.mode_count = 1,
		.modes = { { 1920, 1080, 60000 } },
	};
	struct pvg_device_config config = { .page_shift = 12 };
	struct host host = { .sock = -1, .doorbell = -1, .irq = -1 };
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	host.listener = argc == 2 ? listen_at(argv[1]) : -1;
	if (host.listener < 0 || !pvg_info_profile(&config.info, "proven")) {
		fprintf(stderr, "usage: testhost SOCKET\n");
		return 2;
	}
	host.device = pvg_device_create(&config, &callbacks, &host);
	if (host.device == NULL) {
		return 1;
	}
	pvg_display_set_desc(host.device, 0, &desc);
	for (;;) {
		turn(&host);
	}
}
