// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host that dies at any moment: a thousand connections, each ended at a random step of the
 * greeting, between messages, in the middle of a reset or with signals under way, while the guest
 * goes on using the registers. QEMU answers every access, nothing of the guest's state is lost, no
 * descriptor leaks (spec 06 sections 6.1, 6.4, 10).
 */
#include "fixture.h"

#include <linux/input-event-codes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES 10
#define KILLS 1000
#define BAR_STEP 0x10000u

enum step {
	STEP_ACCEPT,       // nothing read
	STEP_HELLO,        // HELLO read, no WELCOME
	STEP_WELCOME,      // WELCOME sent, nothing more read
	STEP_TABLE,        // part of what follows WELCOME read
	STEP_LIVE,         // everything read
	STEP_EPOCH,        // the epoch taken
	STEP_INTERRUPT,    // status bits set, signalled or not
	STEP_INPUT,        // input sent
	STEP_CURSOR,
	STEP_FRAME,
	STEP_JOURNAL,
	STEP_HALF_MESSAGE, // something malformed on top
	STEP_DOORBELL,     // the guest rings meanwhile
	STEP_STEPS,
};

struct seat {
	struct fakehost host;
	struct fakelink link;
	bool open;
	enum step step, last;
	uint32_t scratch; // what the guest wrote last into 0x1208
	unsigned int index, kills;
};

static uint32_t seed = 0x2545f491;

static uint32_t next_random(void) {
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static uint64_t bar(const struct seat *seat) {
	return VM_BAR0 + seat->index * (uint64_t)BAR_STEP;
}

static int frame_fd, journal_fd;

static void do_step(struct ctx *ctx, struct seat *seat) {
	struct fakelink *link = &seat->link;
	switch (seat->step) {
	case STEP_ACCEPT:
		break;
	case STEP_HELLO:
		fakelink_hello(link);
		assert_int_equal((uint32_t)link->hello.epoch, atomic_load(&link->page->epoch));
		// Nothing of the guest's may be lost on the way from page to page.
		assert_int_equal(atomic_load(&link->page->mirror[0x208 / 4]), seat->scratch);
		break;
	case STEP_WELCOME:
		fakelink_welcome(link);
		break;
	case STEP_TABLE:
		for (uint32_t n = next_random() % 3; n > 0; n--) {
			fakelink_receive(link, VM_DEADLINE_MS);
		}
		break;
	case STEP_LIVE:
		fakelink_wait(link, &link->runstates, 1);
		assert_int_equal(link->mem_count, 2);
		break;
	case STEP_EPOCH:
		atomic_store(&link->page->epoch_seen, atomic_load(&link->page->epoch));
		break;
	case STEP_INTERRUPT:
		atomic_fetch_or(&link->page->intr_gpu, 1u << (next_random() & 31));
		if (next_random() % 2 == 0) {
			pvg_link_signal(link->irq);
		}
		break;
	case STEP_INPUT: {
		struct pvg_link_key key = { .code = KEY_A + next_random() % 10, .down = 1 };
		fakelink_send(link, PVG_LINK_KEY, &key, sizeof(key), NULL, 0);
		break;
	}
	case STEP_CURSOR: {
		struct pvg_link_cursor cursor = { .visible = 1, .w = 8, .h = 8 };
		fakelink_send(link, PVG_LINK_CURSOR, &cursor, sizeof(cursor), &frame_fd, 1);
		break;
	}
	case STEP_FRAME: {
		struct pvg_link_frame_info info = {
			.width = 16, .height = 16, .stride = 64, .fourcc = 0x34325258
		};
		fakelink_send(link, PVG_LINK_FRAME_INFO, &info, sizeof(info), &frame_fd, 1);
		break;
	}
	case STEP_JOURNAL: {
		struct pvg_link_journal journal = { .state_token = 1 };
		fakelink_send(link, PVG_LINK_JOURNAL, &journal, sizeof(journal), &journal_fd, 1);
		break;
	}
	case STEP_HALF_MESSAGE: {
		struct pvg_link_header header = { .type = PVG_LINK_KEY, .length = 8 };
		fakelink_send_raw(link, &header, sizeof(header), NULL, 0);
		break;
	}
	case STEP_DOORBELL:
		vm_write(ctx->vm, bar(seat) + 0x1020, 4, 1 + next_random() % 31);
		break;
	case STEP_STEPS:
		break;
	}
}

static void begin(struct seat *seat) {
	fakehost_accept(&seat->host, &seat->link);
	seat->open = true;
	seat->step = STEP_ACCEPT;
	// One in sixteen dies before WELCOME, which makes the shim wait longer and longer; the
	// others anywhere later.
	seat->last = next_random() % 16 == 0
		? next_random() % 2
		: STEP_WELCOME + next_random() % (STEP_STEPS - STEP_WELCOME);
}

static void die(struct seat *seat) {
	fakelink_close(&seat->link);
	seat->open = false;
	seat->kills++;
}

static void guest_goes_on(struct ctx *ctx, struct seat *seat) {
	seat->scratch = next_random();
	vm_write(ctx->vm, bar(seat) + 0x1208, 4, seat->scratch);
	assert_int_equal(vm_read(ctx->vm, bar(seat) + 0x1208, 4), seat->scratch);
	assert_int_equal(vm_read(ctx->vm, bar(seat) + 0x102c, 4), 0);
	assert_int_equal(vm_read(ctx->vm, bar(seat) + 0x1204, 4), 1);
}

// Waits until one of the hosts without a connection gets one.
static void wait_any(struct seat *seats) {
	struct pollfd fds[DEVICES];
	nfds_t n = 0;
	for (unsigned int i = 0; i < DEVICES; i++) {
		if (!seats[i].open) {
			fds[n++] =
				(struct pollfd){ .fd = seats[i].host.listener, .events = POLLIN };
		}
	}
	if (poll(fds, n, VM_DEADLINE_MS) <= 0) {
		fail_msg("no device comes back");
	}
}

static unsigned int kill_round(struct ctx *ctx, struct seat *seats) {
	unsigned int killed = 0, open = 0;
	for (unsigned int i = 0; i < DEVICES; i++) {
		struct seat *seat = &seats[i];
		if (!seat->open && fakehost_pending(&seat->host, 0)) {
			begin(seat);
		}
		if (!seat->open) {
			continue;
		}
		open++;
		do_step(ctx, seat);
		if (next_random() % 4 == 0) {
			guest_goes_on(ctx, seat);
		}
		if (seat->step == seat->last) {
			die(seat);
			guest_goes_on(ctx, seat);
			killed++;
		} else {
			seat->step++;
		}
	}
	if (open == 0) {
		wait_any(seats);
	}
	return killed;
}

static void a_thousand_deaths_cost_nothing(void **state) {
	struct ctx *ctx = *state;
	static struct seat seats[DEVICES];
	const char *extra[2 * DEVICES + 1];
	char devices[DEVICES][192];
	for (unsigned int i = 0; i < DEVICES; i++) {
		char path[96];
		snprintf(path, sizeof(path), "%s/%u.sock", ctx->vm->dir, i);
		fakehost_listen(&seats[i].host, path);
		seats[i].index = i;
		snprintf(devices[i], sizeof(devices[i]), "apple-gfx-pci,addr=%x,socket=%s", 5 + i,
			path);
		extra[2 * i] = "-device";
		extra[2 * i + 1] = devices[i];
	}
	extra[2 * DEVICES] = NULL;
	frame_fd = fake_memfd(4096, 0x55, 2 /* F_SEAL_SHRINK */);
	journal_fd = fake_memfd(4096, 0, 2 | 4 /* F_SEAL_GROW */);
	vm_start(ctx->vm, VM_MEMORY_256M, NULL, extra);
	uint8_t pattern[4096], back[4096];
	memset(pattern, 0x3c, sizeof(pattern));
	vm_write_bytes(ctx->vm, 0x300000, pattern, sizeof(pattern));
	for (unsigned int i = 0; i < DEVICES; i++) {
		vm_map_bar0(ctx->vm, (uint8_t)((5 + i) << 3), (uint32_t)bar(&seats[i]));
		vm_write(ctx->vm, bar(&seats[i]) + 0x1208, 4, 0);
	}

	unsigned int killed = 0, baseline = 0;
	while (killed < KILLS) {
		killed += kill_round(ctx, seats);
	}
	// Everybody comes back, every device has a journal: now the descriptors are counted, and
	// again after one more life each.
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < DEVICES; i++) {
			struct seat *seat = &seats[i];
			if (seat->open) {
				die(seat);
			}
			fakehost_attach(&seat->host, &seat->link);
			seat->open = true;
			assert_int_equal(atomic_load(&seat->link.page->mirror[0x208 / 4]),
				seat->scratch);
			guest_goes_on(ctx, seat);
			seat->step = STEP_JOURNAL;
			do_step(ctx, seat);
			seat->step = STEP_FRAME;
			do_step(ctx, seat);
			assert_in_range(seat->kills, KILLS / DEVICES / 4, KILLS);
		}
		unsigned int count = vm_fd_count(ctx->vm);
		if (round == 0) {
			baseline = count;
		} else {
			vm_wait_fd_count(ctx->vm, baseline);
		}
	}
	// What each device has: page, two eventfds, a socket, a journal; and QEMU its own dozen.
	assert_in_range(baseline, DEVICES * 5, DEVICES * 6 + 20);
	vm_read_bytes(ctx->vm, 0x300000, back, sizeof(back));
	assert_memory_equal(pattern, back, sizeof(pattern));
	for (unsigned int i = 0; i < DEVICES; i++) {
		fakelink_close(&seats[i].link);
		fakehost_close(&seats[i].host);
	}
	print_message("%u deaths\n", killed);
}

static void deaths_during_resets_cost_nothing(void **state) {
	struct ctx *ctx = *state;
	for (unsigned int i = 0; i < 40; i++) {
		uint32_t epoch = atomic_load(&ctx->link.page->epoch);
		vm_qmp_send(ctx->vm, "{'execute':'system_reset'}");
		switch (next_random() % 4) {
		case 0: // before the reset is told
			fakelink_close(&ctx->link);
			break;
		case 1: // after it was told
			fakelink_wait(&ctx->link, &ctx->link.resets, 1);
			fakelink_close(&ctx->link);
			break;
		case 2: // having let go
			fakelink_wait(&ctx->link, &ctx->link.resets, 1);
			fakelink_take_epoch(&ctx->link);
			fakelink_close(&ctx->link);
			break;
		case 3: // not at all
			fakelink_wait(&ctx->link, &ctx->link.resets, 1);
			fakelink_take_epoch(&ctx->link);
			break;
		}
		vm_wait_event(ctx->vm, "RESET");
		vm_map_bar0(ctx->vm, VM_DEVFN, VM_BAR0);
		assert_int_equal(vm_reg(ctx->vm, 0x1208), 0);
		if (ctx->link.sock < 0) {
			fakehost_attach(&ctx->host, &ctx->link);
			assert_true(ctx->link.hello.epoch == epoch + 1);
		}
		ctx->link.resets = 0;
		assert_int_equal(atomic_load(&ctx->link.page->epoch), epoch + 1);
		vm_set_reg(ctx->vm, 0x1208, i);
		vm_set_reg(ctx->vm, 0x1020, 1);
		assert_true(fakelink_rung(&ctx->link, VM_DEADLINE_MS));
	}
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		TEST_EMPTY(a_thousand_deaths_cost_nothing),
		TEST_STARTED(deaths_during_resets_cost_nothing),
	};
	return cmocka_run_group_tests_name("qtest kill", tests, NULL, NULL);
}
