// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ll
#define RETRY_MIN_NS (100 * MS)
#define RETRY_MAX_NS (2000 * MS)
#define WELCOME_NS (5000 * MS)
#define RESET_NS (1000 * MS)

// A PC's RAM has a hole below 1 MiB; the table has two regions, so hosts meet that here too.
#define LOW_END 0xa0000ull
#define HIGH_START 0x100000ull

int64_t sim_now_ns(void *data) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int make_memfd(const char *name, uint64_t size_bytes, void **map) {
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		return -1;
	}
	*map = MAP_FAILED;
	if (ftruncate(fd, (off_t)size_bytes) == 0 &&
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
		*map = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	}
	if (*map == MAP_FAILED) {
		close(fd);
		return -1;
	}
	return fd;
}

static void ring_doorbell(void *data) {
	struct sim *sim = data;
	if (sim->doorbell_fd >= 0) {
		pvg_link_signal(sim->doorbell_fd);
	}
}

static void line(struct sim *sim, const char *event, const char *detail) {
	char text[256];
	snprintf(text, sizeof(text), "{\"event\":\"%s\",\"detail\":\"%s\"}", event, detail);
	sim->line(text);
}

bool sim_init(struct sim *sim) {
	void *ram, *page;
	sim->sock = sim->doorbell_fd = sim->irq_fd = sim->page_fd = -1;
	sim->retry_ns = RETRY_MIN_NS;
	sim->ram_fd = make_memfd("guest-ram", sim->ram_bytes, &ram);
	if (sim->ram_fd < 0) {
		return false;
	}
	sim->ram = ram;
	sim->page_fd = make_memfd("pvg-page", PVG_LINK_PAGE_SIZE, &page);
	if (sim->page_fd < 0) {
		return false;
	}
	sim->page = page;
	pvg_regs_init(&sim->regs, sim->page, sim->displays, ring_doorbell, sim);
	sim->epoch = atomic_load(&sim->page->epoch);
	pvg_enc_mem_init(&sim->mem, sim->ram + HIGH_START, HIGH_START, sim->ram_bytes - HIGH_START);
	return true;
}

static void close_fd(int *fd) {
	if (*fd >= 0) {
		close(*fd);
		*fd = -1;
	}
}

static void drop_link(struct sim *sim, const char *why) {
	if (sim->state == SIM_LIVE) {
		line(sim, "link-lost", why);
	}
	close_fd(&sim->sock);
	close_fd(&sim->doorbell_fd);
	close_fd(&sim->irq_fd);
	sim->state = SIM_CONNECTING;
	sim->retry_at_ns = sim_now_ns(sim) + sim->retry_ns;
	sim->retry_ns = sim->retry_ns * 2 < RETRY_MAX_NS ? sim->retry_ns * 2 : RETRY_MAX_NS;
	// The host may have died between a status bit and its signal (06 section 6.4 rule 5).
	pvg_drv_isr(sim->drv);
}

void sim_finish(struct sim *sim) {
	if (sim->state != SIM_CONNECTING) {
		struct pvg_link_bye bye = { .reason = PVG_LINK_BYE_QUIT };
		pvg_link_send(sim->sock, PVG_LINK_BYE, &bye, sizeof(bye), NULL, 0);
	}
	close_fd(&sim->sock);
	close_fd(&sim->doorbell_fd);
	close_fd(&sim->irq_fd);
	close_fd(&sim->page_fd);
	close_fd(&sim->ram_fd);
	munmap(sim->page, PVG_LINK_PAGE_SIZE);
	munmap(sim->ram, sim->ram_bytes);
}

// Each connection gets a page of its own (06 section 6.1).
static bool renew_page(struct sim *sim) {
	void *page;
	if (!sim->page_shared) {
		return true;
	}
	int fd = make_memfd("pvg-page", PVG_LINK_PAGE_SIZE, &page);
	if (fd < 0) {
		return false;
	}
	struct pvg_link_page *old = sim->page;
	pvg_regs_rebase(&sim->regs, page);
	munmap(old, PVG_LINK_PAGE_SIZE);
	close(sim->page_fd);
	sim->page = page;
	sim->page_fd = fd;
	atomic_store(&sim->page->epoch, (uint32_t)sim->epoch);
	sim->page_shared = false;
	return true;
}

static bool send_hello(struct sim *sim) {
	struct pvg_link_hello hello = {
		.magic = PVG_LINK_MAGIC,
		.major = PVG_LINK_MAJOR,
		.minor = PVG_LINK_MINOR,
		.page_shift = 12,
		.bar0_size = PVG_BAR0_SIZE,
		.epoch = sim->epoch,
		.name = "guestsim",
		.displays = sim->displays,
	};
	const int fds[] = { sim->page_fd, sim->doorbell_fd, sim->irq_fd };
	return pvg_link_send(sim->sock, PVG_LINK_HELLO, &hello, sizeof(hello), fds, 3);
}

static bool send_table(struct sim *sim) {
	struct pvg_link_mem_table head = { .generation = 1, .count = 2, .nfd = 1 };
	struct pvg_link_region regions[] = {
		{ .gpa = 0, .size = LOW_END },
		{ .gpa = HIGH_START, .size = sim->ram_bytes - HIGH_START, .fd_offset = HIGH_START },
	};
	for (unsigned int i = 0; i < 2; i++) {
		regions[i].flags = PVG_LINK_REGION_WRITABLE | PVG_LINK_REGION_SEALED_SHRINK;
		regions[i].page_size = 4096;
		regions[i].block_id = 1;
	}
	uint8_t table[sizeof(head) + sizeof(regions)];
	memcpy(table, &head, sizeof(head));
	memcpy(table + sizeof(head), regions, sizeof(regions));
	atomic_store(&sim->page->mem_generation, 1);
	struct pvg_link_ready ready = { .mem_generation = 1 };
	struct pvg_link_runstate running = { .running = 1 };
	return pvg_link_send(sim->sock, PVG_LINK_MEM_TABLE, table, sizeof(table), &sim->ram_fd,
		       1) &&
		pvg_link_send(sim->sock, PVG_LINK_READY, &ready, sizeof(ready), NULL, 0) &&
		pvg_link_send(sim->sock, PVG_LINK_RUNSTATE, &running, sizeof(running), NULL, 0);
}

static void try_connect(struct sim *sim) {
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", sim->socket_path);
	sim->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	sim->doorbell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sim->irq_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sim->sock < 0 || sim->doorbell_fd < 0 || sim->irq_fd < 0 || !renew_page(sim) ||
		connect(sim->sock, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		drop_link(sim, strerror(errno));
		return;
	}
	sim->page_shared = true;
	sim->state = SIM_HELLO_SENT;
	sim->welcome_by_ns = sim_now_ns(sim) + WELCOME_NS;
	if (!send_hello(sim)) {
		drop_link(sim, "host does not take HELLO");
	}
}

static const char *handle_welcome(struct sim *sim) {
	if (sim->state != SIM_HELLO_SENT) {
		return "second WELCOME";
	}
	if (!send_table(sim)) {
		return "host does not read its messages";
	}
	sim->state = SIM_LIVE;
	sim->retry_ns = RETRY_MIN_NS;
	sim->connections++;
	line(sim, "link-live", sim->socket_path);
	ring_doorbell(sim);
	pvg_drv_isr(sim->drv);
	return NULL;
}

// As macOS does, without its acceleration, once it has acknowledged the display.
static void move_pointer(struct sim *sim, const struct pvg_link_pointer *p) {
	if (p->c >= PVG_DRV_PORTS || !sim->drv->ports[p->c].online) {
		return;
	}
	const struct pvg_enc_mode *mode = &sim->drv->ports[p->c].desc.modes[0];
	uint32_t x = (uint32_t)p->a * mode->width >> 15, y = (uint32_t)p->b * mode->height >> 15;
	pvg_drv_cursor_move(sim->drv, p->c, (uint16_t)x, (uint16_t)y);
}

// NULL, or why the connection ends.
static const char *handle_message(struct sim *sim, const struct pvg_link_msg *msg) {
	char text[160];
	text[0] = '\0';
	switch (msg->header.type) {
	case PVG_LINK_WELCOME:
		return handle_welcome(sim);
	case PVG_LINK_KEY: {
		const struct pvg_link_key *key = (const void *)msg->payload;
		snprintf(text, sizeof(text), "{\"event\":\"key\",\"code\":%u,\"down\":%u}",
			key->code, key->down);
		break;
	}
	case PVG_LINK_POINTER: {
		const struct pvg_link_pointer *p = (const void *)msg->payload;
		snprintf(text, sizeof(text),
			"{\"event\":\"pointer\",\"kind\":%u,\"a\":%d,\"b\":%d,\"c\":%u}", p->kind,
			p->a, p->b, p->c);
		if (sim->follow && p->kind == PVG_LINK_POINTER_ABS) {
			move_pointer(sim, p);
		}
		break;
	}
	case PVG_LINK_POWER: {
		const struct pvg_link_power *power = (const void *)msg->payload;
		snprintf(text, sizeof(text), "{\"event\":\"power\",\"what\":%u}", power->what);
		*sim->stop = 1;
		break;
	}
	default: // RESET_ACK only wakes; pictures and journals are nothing to a guest
		break;
	}
	if (text[0] != '\0') {
		sim->line(text);
	}
	return NULL;
}

static void handle_socket(struct sim *sim) {
	struct pvg_link_msg msg;
	while (sim->sock >= 0) {
		const char *why = NULL;
		switch (pvg_link_recv(sim->sock, PVG_LINK_FROM_HOST, &msg, &why)) {
		case PVG_LINK_OK:
			why = handle_message(sim, &msg);
			pvg_link_msg_finish(&msg);
			if (why != NULL) {
				drop_link(sim, why);
			}
			break;
		case PVG_LINK_IGNORE:
			break;
		case PVG_LINK_AGAIN:
			return;
		case PVG_LINK_EOF:
			drop_link(sim, "host is gone");
			return;
		case PVG_LINK_BAD:
			drop_link(sim, why);
			return;
		}
	}
}

// One look at everything, waiting at most until @deadline_ns.
static void turn(struct sim *sim, int64_t deadline_ns) {
	int64_t now = sim_now_ns(sim);
	if (sim->state == SIM_CONNECTING && now >= sim->retry_at_ns) {
		try_connect(sim);
	} else if (sim->state == SIM_HELLO_SENT && now >= sim->welcome_by_ns) {
		drop_link(sim, "no WELCOME within 5 s");
	}
	int64_t until = deadline_ns;
	int64_t own = sim->state == SIM_CONNECTING ? sim->retry_at_ns : sim->welcome_by_ns;
	if (sim->state != SIM_LIVE && own < until) {
		until = own;
	}
	int64_t left = until - sim_now_ns(sim);
	left = left < 0 ? 0 : left;
	struct timespec timeout = { left / 1000000000, left % 1000000000 };
	struct pollfd fds[] = {
		{ .fd = sim->sock, .events = POLLIN },
		{ .fd = sim->irq_fd, .events = POLLIN },
	};
	if (ppoll(fds, 2, &timeout, NULL) <= 0) {
		return;
	}
	if (fds[1].revents != 0 && pvg_link_drain(sim->irq_fd)) {
		pvg_drv_isr(sim->drv);
	}
	if (fds[0].revents != 0) {
		handle_socket(sim);
	}
	if (sim->sock >= 0 && pvg_regs_host_is_bad(&sim->regs)) {
		drop_link(sim, "host moved the ring's tail past its head");
	}
}

bool sim_wait(void *data, uint32_t seen, int64_t deadline_ns) {
	struct sim *sim = data;
	do {
		turn(sim, deadline_ns);
		if (sim->drv->irq_count != seen) {
			return true;
		}
	} while (sim_now_ns(sim) < deadline_ns && *sim->stop == 0);
	return false;
}

bool sim_connect(struct sim *sim, int64_t timeout_ns) {
	int64_t deadline_ns = sim_now_ns(sim) + timeout_ns;
	while (sim->state != SIM_LIVE && *sim->stop == 0) {
		if (sim_now_ns(sim) >= deadline_ns) {
			return false;
		}
		turn(sim, deadline_ns);
	}
	return sim->state == SIM_LIVE;
}

bool sim_reset(struct sim *sim) {
	pvg_regs_reset(&sim->regs);
	sim->epoch++;
	if (sim->state == SIM_LIVE) {
		struct pvg_link_reset reset = {
			.epoch_low = (uint32_t)sim->epoch,
			.epoch_high = (uint32_t)(sim->epoch >> 32),
		};
		if (!pvg_link_send(sim->sock, PVG_LINK_RESET, &reset, sizeof(reset), NULL, 0)) {
			drop_link(sim, "host does not read its messages");
		}
	}
	int64_t deadline_ns = sim_now_ns(sim) + RESET_NS;
	while (sim->state == SIM_LIVE &&
		atomic_load(&sim->page->epoch_seen) != (uint32_t)sim->epoch) {
		turn(sim, sim_now_ns(sim) + MS);
		if (sim_now_ns(sim) >= deadline_ns) {
			drop_link(sim,
				"host did not let go of the old guest within 1 s of a reset");
			return false;
		}
	}
	pvg_enc_mem_init(&sim->mem, sim->ram + HIGH_START, HIGH_START, sim->ram_bytes - HIGH_START);
	return true;
}

static uint32_t mmio_read(void *data, uint32_t offset) {
	struct sim *sim = data;
	return (uint32_t)pvg_regs_read(&sim->regs, offset, 4);
}

static void mmio_write(void *data, uint32_t offset, uint32_t value) {
	struct sim *sim = data;
	pvg_regs_write(&sim->regs, offset, 4, value);
}

static uint64_t mmio_access(void *data, uint32_t offset, unsigned int size_bytes, bool write,
	uint64_t value) {
	struct sim *sim = data;
	if (write) {
		pvg_regs_write(&sim->regs, offset, size_bytes, value);
		return 0;
	}
	return pvg_regs_read(&sim->regs, offset, size_bytes);
}

static void *map_pages(void *data, const uint32_t *pfns, uint32_t pages) {
	struct sim *sim = data;
	size_t size = (size_t)pages << PVG_ENC_PAGE_SHIFT;
	uint8_t *view = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (view == MAP_FAILED) {
		return NULL;
	}
	for (uint32_t i = 0; i < pages;) {
		uint32_t run = 1;
		while (i + run < pages && pfns[i + run] == pfns[i] + run) {
			run++;
		}
		void *at = mmap(view + ((size_t)i << PVG_ENC_PAGE_SHIFT),
			(size_t)run << PVG_ENC_PAGE_SHIFT, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, sim->ram_fd, (off_t)pfns[i] << PVG_ENC_PAGE_SHIFT);
		if (at == MAP_FAILED) {
			munmap(view, size);
			return NULL;
		}
		i += run;
	}
	return view;
}

static void unmap_pages(void *data, void *view, uint32_t pages) {
	munmap(view, (size_t)pages << PVG_ENC_PAGE_SHIFT);
}

static void log_text(void *data, const char *text) {
	fprintf(stderr, "pvg-guestsim: %s\n", text);
}

const struct pvg_drv_ops sim_drv_ops = {
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.now_ns = sim_now_ns,
	.wait = sim_wait,
	.map_pages = map_pages,
	.unmap_pages = unmap_pages,
	.log = log_text,
	.mmio_access = mmio_access,
};
