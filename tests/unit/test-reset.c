// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host that looks at the shared page in the middle of a reset (spec 06 section 6.4 rule 4). The
 * processor's single step stops pvg_regs_reset after each instruction; wherever a word that the
 * host reads has changed, a device is given a turn, once for each such place.
 */
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "core.h"
#include "harness.h"

#define MOMENTS_MAX 1024u
#define TRAP_FLAG 0x100u
#define PATTERN 0xa5

#ifdef __x86_64__

// What the host reads of the page: the words before the ring, and the registers.
struct words {
	uint8_t head[offsetof(struct pvg_link_page, ring_tail)];
	uint32_t registers[0x40];
};

static struct {
	struct harness *h;
	struct words seen;
	unsigned long step, steps;
	unsigned long moments[MOMENTS_MAX]; // steps after which something had changed
	unsigned int moments_count;
	unsigned long turn_at; // the device gets its turn after this step, 0: collect moments
} stepper;

static void take_words(struct words *words, const struct pvg_link_page *page) {
	memset(words, 0, sizeof(*words));
	memcpy(words->head, page, sizeof(words->head));
	memcpy(words->registers, (const void *)page->mirror, sizeof(words->registers));
}

static void on_step(int signal_number, siginfo_t *info, void *context) {
	struct words now;

	stepper.step++;
	if (stepper.turn_at != 0) {
		if (stepper.step == stepper.turn_at) {
			run(stepper.h);
		}
		return;
	}
	take_words(&now, stepper.h->page);
	if (memcmp(&now, &stepper.seen, sizeof(now)) != 0 && stepper.moments_count < MOMENTS_MAX) {
		stepper.seen = now;
		stepper.moments[stepper.moments_count++] = stepper.step;
	}
}

// Below the red zone: what the compiler keeps there stays.
#define SET_TRAP_FLAG(how, mask) \
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\t" how " %0, (%%rsp)\n\tpopfq\n\t" \
			 "lea 128(%%rsp), %%rsp" ::"i"(mask) \
		: "memory", "cc")

static void reset_in_steps(struct harness *h, unsigned long turn_at) {
	struct sigaction action = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO };
	struct sigaction before;

	stepper.h = h;
	stepper.step = 0;
	stepper.turn_at = turn_at;
	take_words(&stepper.seen, h->page);
	assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
	SET_TRAP_FLAG("orq", TRAP_FLAG);
	pvg_regs_reset(&h->regs);
	SET_TRAP_FLAG("andq", ~TRAP_FLAG);
	assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
	stepper.steps = stepper.step;
}

// A guest at work: packets were taken, others are in its rings, all its words have values.
static void begin(struct harness *h) {
	harness_init(h, 12);
	attach(h);
	PUT(h, 1, 0x1e, 0);
	run(h);
	assert_true(acked(h, 1));
	PUT(h, 0, 0x1e, 0);
	PUT(h, 1, 0x1e, 0);
	ring_doorbell(h, 1);
	w32(h, PVG_REG_CURSOR_KICK, 0);
	atomic_store(&h->page->intr_gpu, 3);
	atomic_store(&h->page->intr_disp, 1);
}

static uint64_t refused_in_all(struct harness *h) {
	const struct pvg_counters c = counters(h);
	uint64_t sum = c.resyncs;

	for (size_t i = 0; i < sizeof(c.refusals) / sizeof(c.refusals[0]); i++) {
		sum += c.refusals[i];
	}
	return sum;
}

static void check_moment(unsigned long moment) {
	struct harness h;

	begin(&h);
	uint64_t refusals = refused_in_all(&h);
	reset_in_steps(&h, moment);
	bool answered = atomic_load(&h.page->epoch_seen) == atomic_load(&h.page->epoch);
	if (!answered) {
		run(&h);
		assert_int_equal(atomic_load(&h.page->epoch_seen), atomic_load(&h.page->epoch));
	}
	// The answer is there: the memory has another owner.
	memset(h.ram.low, PATTERN, RAM_LOW_BYTES);
	for (int i = 0; i < 3; i++) {
		run(&h);
		h.now_ns += 1000000000;
	}
	for (size_t i = 0; i < RAM_LOW_BYTES; i++) {
		if (h.ram.low[i] != PATTERN) {
			fail_msg("looked at after step %lu: wrote to 0x%zx of the next guest",
				moment, i);
		}
	}
	if (h.device->core->fifo.control != 0 || h.device->core->fifo.channels[0].defined) {
		fail_msg("looked at after step %lu: attached to the old guest's FIFO", moment);
	}
	if (refused_in_all(&h) != refusals) {
		fail_msg("looked at after step %lu: refused what nobody asked for", moment);
	}
	r32_is(&h, PVG_REG_FIFO_READ, 0);
	r32_is(&h, PVG_REG_INTR_STATUS_GPU, 0);
	r32_is(&h, PVG_REG_INTR_STATUS_DISP, 0);
	harness_finish(&h);
}

static void a_host_may_look_at_any_moment_of_a_reset(void **state) {
	struct harness h;

	begin(&h);
	stepper.moments_count = 0;
	reset_in_steps(&h, 0);
	harness_finish(&h);
	if (stepper.steps == 0) {
		print_message("no single steps here\n");
		skip();
	}
	// Eight registers, the generation, the epoch, FIFO_WRITTEN and three more words at least.
	assert_in_range(stepper.moments_count, 10, MOMENTS_MAX - 1);
	for (unsigned int i = 0; i < stepper.moments_count; i++) {
		check_moment(stepper.moments[i]);
	}
}

#else

static void a_host_may_look_at_any_moment_of_a_reset(void **state) {
	print_message("single steps are known for x86-64 only\n");
	skip();
}

#endif

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_may_look_at_any_moment_of_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
