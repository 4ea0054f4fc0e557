// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports: life cycle, event mailbox, descriptions, and the negative vectors of spec 04 section 17
 * that concern them. Presents are in test-present.c.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

#include "rig.h"

#define PENDING (RIG_PAGE_GPA + 0x100)
#define ENABLE (RIG_PAGE_GPA + 0x104)

#ifndef DELIVERIES
#define DELIVERIES 10000
#endif

static struct rig *rig_with_output(unsigned int displays) {
	struct rig *rig = rig_create(displays);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	for (unsigned int port = 0; port < displays; port++) {
		desc.serial = port + 1;
		pvg_display_set_desc(rig->device, port, &desc);
	}
	return rig;
}

static struct rig *rig_on_line(void) {
	struct rig *rig = rig_with_output(1);
	rig_online(rig, 0);
	return rig;
}

static uint32_t fetch_pending(struct rig *rig) {
	return atomic_exchange(rig_word(rig, PENDING), 0);
}

/* ---- life cycle ------------------------------------------------------------------------------ */

static void online_is_repeated_each_200_ms_and_given_up_after_150_tries(void **state) {
	struct rig *rig = rig_with_output(1);
	RIG_SEND(rig, 5, 0x01, 0, RIG_PAGE_GPA >> 12);
	atomic_store(rig_word(rig, ENABLE), 0xc);
	rig_run(rig);
	assert_int_equal(fetch_pending(rig), 4);
	unsigned int pulses = 1;
	for (unsigned int i = 0; i < 200 * 50; i++) {
		rig_advance(rig, 4 * RIG_MS);
		rig_run(rig);
		if (fetch_pending(rig) == 4) {
			pulses++;
			assert_int_equal((i + 1) % 50, 0);
		}
	}
	assert_int_equal(pulses, 151);
	assert_int_equal(rig_counters(rig).ports[0].online_pulses, 151);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_PULSED);
	// A new registration starts over.
	RIG_SEND(rig, 5, 0x01, 0, RIG_PAGE_GPA >> 12);
	assert_int_equal(fetch_pending(rig), 4);
	rig_destroy(rig);
}

static void nothing_is_pulsed_without_an_output(void **state) {
	struct rig *rig = rig_create(1);
	RIG_SEND(rig, 5, 0x01, 0, RIG_PAGE_GPA >> 12);
	// The page is whole all the same: the guest panics over a wrong port and hangs without
	// modes.
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x208), 1);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA), 1);
	atomic_store(rig_word(rig, ENABLE), 0xc);
	for (unsigned int i = 0; i < 100; i++) {
		rig_advance(rig, 4 * RIG_MS);
		rig_run(rig);
	}
	assert_int_equal(rig_get32(rig, PENDING), 0);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, &desc);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, PENDING), 4);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x208), 2);
	rig_destroy(rig);
}

static void an_older_generation_is_pulsed_again(void **state) {
	struct rig *rig = rig_on_line();
	struct pvg_display_desc desc;
	rig_desc(&desc);
	desc.mode_count = 1;
	pvg_display_set_desc(rig->device, 0, &desc);
	assert_int_equal(fetch_pending(rig), 4);
	RIG_SEND(rig, 5, 0x02, 0, 1);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_UPDATING);
	assert_int_equal(fetch_pending(rig), 4);
	RIG_SEND(rig, 5, 0x02, 0, 2);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ONLINE);
	rig_advance(rig, 1000 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	rig_destroy(rig);
}

static void ticks_go_on_while_updating(void **state) {
	struct rig *rig = rig_on_line();
	struct pvg_display_desc desc;
	rig_desc(&desc);
	desc.mode_count = 1;
	pvg_display_set_desc(rig->device, 0, &desc);
	atomic_store(rig_word(rig, ENABLE), 0xe);
	struct pvg_tick_result tick = pvg_display_tick(rig->device, 0, rig->now_ns);
	assert_true(tick.online && tick.delivered);
	assert_int_equal(rig_get32(rig, PENDING), 6);
	rig_destroy(rig);
}

static void the_same_description_changes_nothing(void **state) {
	struct rig *rig = rig_on_line();
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, &desc);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ONLINE);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA + 0x200), 1);
	assert_int_equal(rig->irqs, 0);
	rig_destroy(rig);
}

static void unplugging_signals_offline_until_it_is_fetched(void **state) {
	struct rig *rig = rig_on_line();
	pvg_display_set_desc(rig->device, 0, NULL);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_UNPLUGGED);
	assert_int_equal(rig_get32(rig, PENDING), 8);
	assert_int_equal(rig->irqs, 1);
	rig_run(rig);
	assert_int_equal(rig->ports[0].state, PVG_DISPLAY_UNPLUGGED);
	rig_advance(rig, 200 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig->irqs, 2); // the interrupt may have been lost
	assert_int_equal(fetch_pending(rig), 8);
	rig_advance(rig, 200 * RIG_MS);
	rig_run(rig);
	rig_advance(rig, 200 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	assert_int_equal(rig->irqs, 2);
	assert_false(pvg_display_tick(rig->device, 0, rig->now_ns).online);

	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, &desc);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_PULSED);
	assert_int_equal(fetch_pending(rig), 4);
	RIG_SEND(rig, 5, 0x02, 0, 2);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ONLINE);
	rig_destroy(rig);
}

static void an_offline_that_was_not_fetched_is_withdrawn(void **state) {
	struct rig *rig = rig_on_line();
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, NULL);
	assert_int_equal(rig_get32(rig, PENDING), 8);
	pvg_display_set_desc(rig->device, 0, &desc);
	assert_int_equal(rig_get32(rig, PENDING), 4);
	rig_destroy(rig);
}

static void offline_waits_until_it_is_enabled(void **state) {
	struct rig *rig = rig_on_line();
	atomic_store(rig_word(rig, ENABLE), 0x4);
	pvg_display_set_desc(rig->device, 0, NULL);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	atomic_store(rig_word(rig, ENABLE), 0xc);
	rig_run(rig);
	rig_advance(rig, 200 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, PENDING), 8);
	rig_destroy(rig);
}

static void reset_forgets_the_page(void **state) { // N20
	struct rig *rig = rig_on_line();
	pvg_regs_reset(&rig->regs);
	rig_run(rig);
	assert_int_equal(rig->resets, 1);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ABSENT);
	assert_int_equal(rig->ports[0].state, PVG_DISPLAY_ABSENT);
	atomic_store(rig_word(rig, ENABLE), 0xf);
	assert_false(pvg_display_tick(rig->device, 0, rig->now_ns).online);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	rig_destroy(rig);
}

static void a_disconnected_device_writes_nothing(void **state) {
	struct rig *rig = rig_on_line();
	uint8_t before[0x1000];
	memcpy(before, rig->ram + RIG_PAGE_GPA, sizeof(before));
	pvg_device_disconnect(rig->device);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	desc.mode_count = 1;
	pvg_display_set_desc(rig->device, 0, &desc);
	assert_false(pvg_display_tick(rig->device, 0, rig->now_ns).online);
	assert_memory_equal(before, rig->ram + RIG_PAGE_GPA, sizeof(before));
	rig_destroy(rig);
}

static void a_description_given_while_the_vm_is_stopped_arrives_later(void **state) {
	struct rig *rig = rig_on_line();
	pvg_device_set_running(rig->device, false);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	desc.mode_count = 1;
	pvg_display_set_desc(rig->device, 0, &desc);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x208), 2);
	atomic_store(rig_word(rig, ENABLE), 0xd);
	struct pvg_tick_result tick = pvg_display_tick(rig->device, 0, rig->now_ns);
	assert_true(tick.online && !tick.delivered);
	pvg_device_set_running(rig->device, true);
	rig_run(rig);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x208), 1);
	assert_int_equal(rig_get32(rig, PENDING), 4);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_UPDATING);
	rig_destroy(rig);
}

static void freeing_the_channel_ends_the_pipe(void **state) {
	struct rig *rig = rig_on_line();
	RIG_SEND(rig, 0, 0x31, 4); // another channel's end is none of ours
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ONLINE);
	RIG_SEND(rig, 0, 0x31, 5);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ABSENT);
	atomic_store(rig_word(rig, ENABLE), 0xf);
	pvg_display_tick(rig->device, 0, rig->now_ns);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	rig_destroy(rig);
}

static void a_page_that_is_no_longer_the_guests_is_forgotten(void **state) {
	const struct {
		uint32_t offset, value;
	} changes[] = { { 0x104, 0x1c }, { 0x104, 0x80000000 }, { 0x010, 0x00010000 } };
	for (size_t i = 0; i < 3; i++) {
		struct rig *rig = rig_on_line();
		atomic_store(rig_word(rig, ENABLE), 0xf);
		rig_put32(rig, RIG_PAGE_GPA + changes[i].offset, changes[i].value);
		assert_false(pvg_display_tick(rig->device, 0, rig->now_ns).online);
		assert_int_equal(rig_get32(rig, PENDING), 0);
		assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ABSENT);
		rig_run(rig);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_DISPLAY_PAGE), 1);
		rig_destroy(rig);
	}
}

static void ports_are_told_apart_by_payload_not_by_channel(void **state) {
	struct rig *rig = rig_with_output(3);
	// Port 2's page over port 0's channel (DSP-8).
	RIG_SEND(rig, 5, 0x01, 2, 0x122);
	assert_int_equal(rig_get16(rig, 0x122012), 2);
	assert_int_equal(rig_get32(rig, 0x122000), 3);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ABSENT);
	rig_online(rig, 0);
	rig_online(rig, 1);
	atomic_store(rig_word(rig, RIG_PAGE_GPA + 0x1104), 0xd);
	pvg_display_tick(rig->device, 1, rig->now_ns);
	assert_int_equal(pvg_regs_read(&rig->regs, PVG_REG_INTR_STATUS_DISP, 4), 2);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA + 0x1100), 1);
	rig_destroy(rig);
}

static void n18_a_second_page_replaces_the_first(void **state) {
	struct rig *rig = rig_on_line();
	atomic_store(rig_word(rig, ENABLE), 0xf);
	uint8_t before[0x1000];
	memcpy(before, rig->ram + RIG_PAGE_GPA, sizeof(before));
	RIG_SEND(rig, 5, 0x01, 0, 0x125);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_REGISTERED);
	assert_int_equal(rig_get32(rig, 0x125200), 2);
	pvg_display_tick(rig->device, 0, rig->now_ns);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	desc.mode_count = 1;
	pvg_display_set_desc(rig->device, 0, &desc);
	rig_advance(rig, 1000 * RIG_MS);
	rig_run(rig);
	assert_memory_equal(before, rig->ram + RIG_PAGE_GPA, sizeof(before));
	atomic_store(rig_word(rig, 0x125104), 0xc);
	rig_advance(rig, 4 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, 0x125100), 4);
	rig_destroy(rig);
}

static void n6_a_page_outside_ram_is_refused(void **state) {
	struct rig *rig = rig_with_output(1);
	RIG_SEND(rig, 5, 0x01, 0, 0xfffff);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ABSENT);
	assert_true(rig_refused(rig, PVG_REFUSAL_DISPLAY_PAGE) == 1);
	RIG_SEND(rig, 5, 0x01, 0, 0xffffffff);
	assert_true(rig_refused(rig, PVG_REFUSAL_DISPLAY_PAGE) == 2);
	RIG_SEND(rig, 5, 0x01, 0, 0); // no page at all is a request like any other
	assert_true(rig_refused(rig, PVG_REFUSAL_DISPLAY_PAGE) == 2);
	rig_destroy(rig);
}

static void n8_a_left_over_online_is_cleared_by_the_ack(void **state) {
	struct rig *rig = rig_with_output(1);
	RIG_SEND(rig, 5, 0x01, 0, RIG_PAGE_GPA >> 12);
	atomic_store(rig_word(rig, ENABLE), 0xc);
	rig_advance(rig, 4 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, PENDING), 4);
	RIG_SEND(rig, 5, 0x02, 0, 1);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	rig_advance(rig, 1000 * RIG_MS);
	rig_run(rig);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	rig_destroy(rig);
}

static void unknown_ports_are_refused(void **state) { // N5
	struct rig *rig = rig_on_line();
	const uint16_t opcodes[] = { 0x01, 0x02, 0x05, 0x09, 0x0a };
	for (size_t i = 0; i < 5; i++) {
		RIG_SEND(rig, 5, opcodes[i], 9, 1);
		RIG_SEND(rig, 5, opcodes[i], 1, 1); // one more than there are
	}
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PORT), 10);
	assert_int_equal(rig->ports[0].sleeps, 0);
	rig_destroy(rig);
}

static void long_payloads_are_read_from_their_front(void **state) {
	struct rig *rig = rig_on_line();
	RIG_SEND(rig, 5, 0x09, 0, 1, 77);
	assert_int_equal(rig->ports[0].sleeps, 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PAYLOAD_LONG), 1);
	rig_destroy(rig);
}

static void properties_are_acknowledged(void **state) {
	struct rig *rig = rig_on_line();
	RIG_SEND(rig, 5, 0x0a, 0, 5);
	RIG_SEND(rig, 5, 0x0a, 0, 5, 1, 2, 3);
	assert_int_equal(rig_counters(rig).opcodes[0x0a], 2);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PAYLOAD_LONG), 0);
	rig_destroy(rig);
}

static void a_page_in_ram_that_is_on_its_way_is_waited_for(void **state) {
	struct rig *rig = rig_with_output(1);
	struct pvg_ram_span span = { 0, 0x700000, rig->ram };
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 1, NULL, NULL));
	atomic_store(&rig->page->mem_generation, 2);
	uint32_t signal = rig_publish(rig, 5, 0x01, (const uint32_t[]){ 0, 0x800 }, 8);
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 5), signal - 1);
	span.size_bytes = RIG_RAM_BYTES;
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 2, NULL, NULL));
	rig_run(rig);
	assert_int_equal(rig_stamp(rig, 5), signal);
	assert_int_equal(rig_get32(rig, 0x800200), 1);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_ADDRESS), 0);
	rig_destroy(rig);
}

/* ---- the mailbox ----------------------------------------------------------------------------- */

static void n7_pending_never_has_what_is_not_enabled(void **state) {
	struct rig *rig = rig_on_line();
	rig_surface(rig, 7, &(struct rig_surface){ 0x1000000, 0x800000, RIG_BGRA, 64, 64, 256, 0,
		4 });
	for (uint32_t enable = 0; enable < 16; enable++) {
		atomic_store(rig_word(rig, ENABLE), enable);
		atomic_store(rig_word(rig, PENDING), 0);
		pvg_display_tick(rig->device, 0, rig->now_ns);
		assert_int_equal(rig_get32(rig, PENDING), enable & 3);
		atomic_store(rig_word(rig, PENDING), 0);
		RIG_SEND(rig, 5, 0x06, 0, 7, 0);
		assert_int_equal(rig_get32(rig, PENDING), enable & 2);
	}
	assert_int_equal(rig->ports[0].presented, 16);
	rig_destroy(rig);
}

static void what_is_not_armed_is_not_even_written(void **state) {
	struct rig *rig = rig_on_line();
	void *page = rig->ram + RIG_PAGE_GPA;
	for (uint32_t enable = 0; enable < 16; enable += 4) {
		atomic_store(rig_word(rig, ENABLE), enable);
		assert_int_equal(mprotect(page, 0x1000, PROT_READ), 0);
		assert_false(pvg_display_tick(rig->device, 0, rig->now_ns).armed);
		assert_int_equal(mprotect(page, 0x1000, PROT_READ | PROT_WRITE), 0);
	}
	rig_destroy(rig);
}

struct armer {
	struct rig *rig;
	_Atomic bool stop, done;
	_Atomic uint64_t ticks; // finished by the other thread
	_Atomic uint64_t rounds;
	bool offline_seen, stray_seen, stale_seen;
};

/*
 * A guest that arms and disarms as macOS 13 does for each frame. After it disarmed and took what
 * was there, nothing of that class may stay: the host withdraws what it set too late.
 */
static void *arm_and_disarm(void *data) {
	struct armer *armer = data;
	_Atomic uint32_t *pending = rig_word(armer->rig, PENDING);
	_Atomic uint32_t *enable = rig_word(armer->rig, ENABLE);
	uint32_t random = 12345;
	for (; !atomic_load(&armer->stop); armer->rounds++) {
		random = random * 1664525 + 1013904223;
		uint32_t armed = 0xd + (random >> 16) % 3;
		atomic_store(enable, armed);
		uint32_t seen = 0;
		for (uint32_t i = 0; i < random >> 25; i++) {
			seen |= atomic_fetch_and(pending, ~armed);
			if (i % 32 == 31) {
				sched_yield(); // on one CPU, ticks have to come while armed
			}
		}
		atomic_store(enable, 0xc);
		seen |= atomic_fetch_and(pending, ~armed);
		armer->offline_seen = armer->offline_seen || (seen & 8) != 0;
		armer->stray_seen = armer->stray_seen || (seen & ~0xfu) != 0;
		// A tick that began before is over when two more are.
		uint64_t ticks = atomic_load(&armer->ticks);
		while (atomic_load(&armer->ticks) < ticks + 2 && !atomic_load(&armer->stop)) {
			sched_yield();
		}
		armer->stale_seen = armer->stale_seen || atomic_exchange(pending, 0) != 0;
	}
	atomic_store(&armer->done, true);
	return NULL;
}

static void n7_holds_while_another_cpu_arms(void **state) {
	struct rig *rig = rig_on_line();
	struct armer armer = { .rig = rig };
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, arm_and_disarm, &armer), 0);
	// Until enough events went through while the guest armed; a busy machine gets its time.
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	time_t deadline = now.tv_sec + 60;
	uint64_t delivered = 0;
	for (uint64_t i = 0; now.tv_sec < deadline; i++) {
		delivered += pvg_display_tick(rig->device, 0, (int64_t)i).delivered ? 1 : 0;
		atomic_fetch_add(&armer.ticks, 1);
		if (i % 32 == 0) {
			sched_yield();
			clock_gettime(CLOCK_MONOTONIC, &now);
		}
		bool enough = delivered >= 100 && armer.rounds >= 10;
		if (enough && (delivered >= DELIVERIES || i > 20000000)) {
			break;
		}
	}
	atomic_store(&armer.stop, true);
	while (!atomic_load(&armer.done)) {
		pvg_display_tick(rig->device, 0, 0);
		atomic_fetch_add(&armer.ticks, 1);
	}
	pthread_join(thread, NULL);
	assert_true(delivered >= 100);
	assert_true(armer.rounds >= 10);
	assert_false(armer.offline_seen);
	assert_false(armer.stray_seen);
	assert_false(armer.stale_seen);
	rig_destroy(rig);
}

static void *tick_and_describe(void *data) {
	struct armer *armer = data;
	struct pvg_display_desc desc;
	rig_desc(&desc);
	for (uint32_t i = 0; !atomic_load(&armer->stop); i++) {
		pvg_display_tick(armer->rig->device, 0, i);
		if (i % 16 == 0) {
			desc.mode_count = 1 + i / 16 % 2;
			pvg_display_set_desc(armer->rig->device, 0, i % 48 == 0 ? NULL : &desc);
		}
		armer->rounds++;
	}
	return NULL;
}

static void descriptions_and_ticks_come_from_any_thread(void **state) {
	struct rig *rig = rig_with_output(1);
	atomic_store(rig_word(rig, ENABLE), 0xf);
	struct armer armer = { .rig = rig };
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, tick_and_describe, &armer), 0);
	// At least this long, and until both threads were really there.
	for (uint32_t i = 0; i < 300 || (atomic_load(&armer.rounds) < 64 && i < 1000000); i++) {
		RIG_SEND(rig, 5, 0x01, 0, 0x120 + i % 2);
		rig_put32(rig, RIG_PAGE_GPA + 0x1000 * (i % 2) + 0x104, 0xf);
		rig_advance(rig, 4 * RIG_MS);
		rig_run(rig);
		RIG_SEND(rig, 5, 0x02, 0, rig_get32(rig, RIG_PAGE_GPA + 0x1000 * (i % 2) + 0x200));
		if (i % 32 == 31) {
			struct pvg_ram_span span = { 0, RIG_RAM_BYTES, rig->ram };
			pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, i, NULL, NULL));
		}
	}
	atomic_store(&armer.stop, true);
	pthread_join(thread, NULL);
	assert_true(armer.rounds > 0);
	rig_destroy(rig);
}

static void ram_that_goes_away_takes_the_page_along(void **state) {
	struct rig *rig = rig_on_line();
	atomic_store(rig_word(rig, ENABLE), 0xf);
	struct pvg_ram_span span = { 0, 0x100000, rig->ram };
	pvg_device_set_ram(rig->device, pvg_ram_create(&span, 1, 1, NULL, NULL));
	assert_false(pvg_display_tick(rig->device, 0, rig->now_ns).online);
	assert_int_equal(rig_get32(rig, PENDING), 0);
	assert_int_equal(pvg_display_get_state(rig->device, 0), PVG_DISPLAY_ABSENT);
	rig_destroy(rig);
}

/* ---- cursor ---------------------------------------------------------------------------------- */

static void kick(struct rig *rig, uint32_t port) {
	pvg_regs_write(&rig->regs, PVG_REG_CURSOR_KICK, 4, port);
	rig_run(rig);
}

static void n11_a_hidden_cursor_keeps_its_position(void **state) {
	struct rig *rig = rig_on_line();
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 20 << 16 | 10);
	rig->ram[RIG_PAGE_GPA + 0xe04] = 1;
	kick(rig, 0);
	assert_true(rig->ports[0].cursor.visible);
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 0xffffffff);
	kick(rig, 0);
	assert_false(rig->ports[0].cursor.visible);
	assert_int_equal(rig->ports[0].cursor.x, 10);
	assert_int_equal(rig->ports[0].cursor.y, 20);
	assert_int_equal(rig_counters(rig).ports[0].cursor_moves, 1);
	rig_destroy(rig);
}

static void n12_doorbells_of_no_port_are_ignored(void **state) {
	struct rig *rig = rig_on_line();
	rig->ram[RIG_PAGE_GPA + 0xe04] = 1;
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 1);
	const uint32_t ports[] = { 1, 31, 32, 0xffffffff };
	for (size_t i = 0; i < 4; i++) {
		kick(rig, ports[i]);
	}
	assert_int_equal(rig->ports[0].cursor_states, 0);
	assert_int_equal(rig->irqs, 0);
	rig_destroy(rig);
}

static void a_lost_doorbell_is_seen_by_the_poll(void **state) {
	struct rig *rig = rig_on_line();
	rig->ram[RIG_PAGE_GPA + 0xe04] = 1;
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 5);
	kick(rig, 0);
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 6);
	rig_run(rig);
	assert_int_equal(rig->ports[0].cursor.x, 6);
	rig->ram[RIG_PAGE_GPA + 0xe04] = 0;
	rig_run(rig);
	assert_false(rig->ports[0].cursor.visible);
	rig_destroy(rig);
}

static void showing_by_packet_is_not_undone_by_the_byte(void **state) {
	struct rig *rig = rig_on_line();
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 5);
	RIG_SEND(rig, 5, 0x05, 0, 1);
	assert_true(rig->ports[0].cursor.visible);
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 6);
	rig_run(rig);
	assert_true(rig->ports[0].cursor.visible);
	assert_int_equal(rig->ports[0].cursor.x, 6);
	RIG_SEND(rig, 5, 0x05, 0, 0x100); // the low byte counts
	assert_false(rig->ports[0].cursor.visible);
	rig_destroy(rig);
}

static void n10_a_short_show_is_ignored(void **state) {
	struct rig *rig = rig_on_line();
	RIG_SEND(rig, 5, 0x05, 0);
	assert_int_equal(rig->ports[0].cursor_states, 0);
	assert_int_equal(rig_refused(rig, PVG_REFUSAL_PAYLOAD_SHORT), 1);
	rig_destroy(rig);
}

struct glyph {
	uint32_t width, height, stride, hot_x, hot_y;
	uint64_t gva, mapped;
};

static void send_glyph(struct rig *rig, const struct glyph *g) {
	RIG_SEND(rig, 5, 0x04, 0, 0, (uint32_t)g->gva, (uint32_t)(g->gva >> 32),
		(uint32_t)g->mapped, (uint32_t)(g->mapped >> 32), g->stride, 0,
		g->width | g->height << 16, g->hot_x | g->hot_y << 16, 0);
}

static void n9_bad_glyphs_leave_the_old_one(void **state) {
	struct rig *rig = rig_on_line();
	rig_map(rig, 0, 0x20000, 0x400000, 0x2000);
	memset(rig->ram + 0x400000, 0x11, 0x2000);
	const struct glyph good = { 32, 32, 128, 4, 4, 0x20000, 0x1000 };
	send_glyph(rig, &good);
	assert_int_equal(rig->ports[0].glyphs, 1);
	const struct glyph bad[] = {
		{ 0, 32, 128, 0, 4, 0x20000, 0x1000 },
		{ 32, 0, 128, 4, 0, 0x20000, 0x1000 },
		{ 513, 32, 2052, 4, 4, 0x20000, 0x20000 },
		{ 32, 513, 128, 4, 4, 0x20000, 0x20000 },
		{ 32, 32, 100, 4, 4, 0x20000, 0x1000 },
		{ 32, 32, 128, 32, 4, 0x20000, 0x1000 },
		{ 32, 32, 128, 4, 32, 0x20000, 0x1000 },
		{ 32, 32, 128, 4, 4, 0x20000, 31 * 128 + 127 },
		{ 32, 32, 128, 4, 4, 0x900000, 0x1000 },
		{ 32, 32, 128, 4, 4, 0x21800, 0x1000 }, // the second half is not mapped
		{ 32, 32, 128, 4, 4, 0xfffffffffffff000, 0x1001 },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		send_glyph(rig, &bad[i]);
		assert_int_equal(rig->ports[0].glyphs, 1);
		assert_int_equal(rig_refused(rig, PVG_REFUSAL_CURSOR_GLYPH), i + 1);
	}
	// The last row is not padded, so its stride does not count.
	const struct glyph tight = { 32, 32, 132, 31, 31, 0x20f7c, 31 * 132 + 128 };
	send_glyph(rig, &tight);
	assert_int_equal(rig->ports[0].glyphs, 2);
	rig_destroy(rig);
}

static void glyphs_of_512_pixels_are_taken(void **state) {
	struct rig *rig = rig_on_line();
	rig_map(rig, 0, 0x1000000, 0x800000, 0x200000);
	rig_put32(rig, 0x800000, 0x01020304);
	rig_put32(rig, 0x800000 + 511 * 4096 + 511 * 4, 0x05060708);
	send_glyph(rig, &(struct glyph){ 512, 512, 4096, 511, 511, 0x1000000, 0x200000 });
	assert_int_equal(rig->ports[0].glyphs, 1);
	assert_int_equal(rig->ports[0].glyph_first, 0x01020304);
	assert_int_equal(rig->ports[0].glyph_last, 0x05060708);
	rig_destroy(rig);
}

/* ---- descriptions ---------------------------------------------------------------------------- */

static void n19_modes_are_clipped_to_128(void **state) {
	struct rig *rig = rig_create(1);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	for (unsigned int i = 0; i < PVG_MAX_MODES; i++) {
		desc.modes[i] = (struct pvg_mode){ (uint16_t)(100 + i), 100, 59940 };
	}
	desc.mode_count = 200;
	pvg_display_set_desc(rig->device, 0, &desc);
	memset(rig->ram + RIG_PAGE_GPA + 0x210, 0x5a, 0xc00);
	RIG_SEND(rig, 5, 0x01, 0, RIG_PAGE_GPA >> 12);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x208), 128);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x210 + 127 * 16), 227);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA + 0x214), (59940ull * 65536 + 500) / 1000);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA + 0xa10), 0x5a5a5a5a);
	rig_destroy(rig);
}

static void impossible_modes_are_left_out(void **state) {
	struct rig *rig = rig_create(1);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	desc.mode_count = 5;
	desc.modes[0] = (struct pvg_mode){ 0, 100, 60000 };
	desc.modes[1] = (struct pvg_mode){ 100, 8193, 60000 };
	desc.modes[2] = (struct pvg_mode){ 100, 100, 0 };
	desc.modes[3] = (struct pvg_mode){ 8192, 100, 143856 };
	desc.modes[4] = (struct pvg_mode){ 9000, 100, 60000 };
	pvg_display_set_desc(rig->device, 0, &desc);
	RIG_SEND(rig, 5, 0x01, 0, RIG_PAGE_GPA >> 12);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x208), 1);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x210), 8192);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA + 0x214), 0x008fdb23);
	desc.mode_count = 3;
	pvg_display_set_desc(rig->device, 0, &desc);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x208), 1);
	assert_int_equal(rig_get16(rig, RIG_PAGE_GPA + 0x210), 1920);
	rig_destroy(rig);
}

static void names_end_and_serials_differ(void **state) {
	struct rig *rig = rig_create(4);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	memset(desc.name, 'x', sizeof(desc.name));
	desc.serial = 0xffffffff;
	for (unsigned int port = 0; port < 3; port++) {
		pvg_display_set_desc(rig->device, port, &desc);
	}
	desc.serial = 0;
	memset(desc.name, 0, sizeof(desc.name));
	pvg_display_set_desc(rig->device, 3, &desc);
	uint32_t serials[4];
	for (unsigned int port = 0; port < 4; port++) {
		RIG_SEND(rig, 5 + port, 0x01, port, 0x120 + port);
		serials[port] = rig_get32(rig, RIG_PAGE_GPA + 0x1000 * port);
		assert_int_not_equal(serials[port], 0);
		for (unsigned int other = 0; other < port; other++) {
			assert_int_not_equal(serials[port], serials[other]);
		}
	}
	assert_int_equal(serials[0], 0xffffffff);
	assert_int_equal(rig->ram[RIG_PAGE_GPA + 4 + 12], 'x');
	assert_int_equal(rig->ram[RIG_PAGE_GPA + 4 + 13], 0);
	assert_string_equal((char *)rig->ram + RIG_PAGE_GPA + 0x3000 + 4, "pvg-linux-3");
	rig_destroy(rig);
}

static void sizes_keep_the_aspect(void **state) {
	const struct {
		uint32_t width, height, panel_width, panel_height;
		uint16_t want_width, want_height;
	} cases[] = {
		{ 1920, 1080, 0, 0, 480, 270 },      // 100 ppi
		{ 1920, 1080, 160, 90, 480, 270 },   // an aspect, not a size
		{ 1920, 1080, 1600, 900, 480, 270 },
		{ 1920, 1080, 530, 300, 480, 270 },  // 92 ppi
		{ 2560, 1440, 600, 340, 640, 360 },
		{ 3840, 2160, 600, 340, 640, 360 },  // the panel's density is kept
		{ 1280, 1024, 340, 270, 350, 280 },  // 5:4
		{ 1366, 768, 0, 0, 350, 200 },       // 683:384: each side by itself
		{ 1, 1, 0, 0, 10, 10 },
		{ 8192, 1, 0, 0, 2080, 10 },
		{ 0, 0, 0, 0, 160, 90 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint16_t width, height;
		pvg_display_choose_mm(cases[i].width, cases[i].height, cases[i].panel_width,
			cases[i].panel_height, &width, &height);
		assert_int_equal(width, cases[i].want_width);
		assert_int_equal(height, cases[i].want_height);
	}
}

static void panels_that_change_places_keep_their_serials(void **state) {
	struct rig *rig = rig_with_output(2);
	struct pvg_display_desc a, b;
	const struct pvg_display_desc *descs[PVG_MAX_PORTS] = { &a, &b };
	rig_desc(&a);
	rig_desc(&b);
	for (uint32_t port = 0; port < 2; port++) {
		RIG_SEND(rig, 5 + port, 0x01, port, (RIG_PAGE_GPA >> 12) + port);
	}
	a.serial = 2; // each had the other's
	b.serial = 1;
	pvg_display_set_descs(rig->device, descs);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA), 2);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA + 0x1000), 1);
	b.serial = 2; // what one port left is free for another
	descs[0] = NULL;
	pvg_display_set_descs(rig->device, descs);
	assert_int_equal(rig_get32(rig, RIG_PAGE_GPA + 0x1000), 2);
	descs[0] = &a; // two that are the same are told apart all the same
	pvg_display_set_descs(rig->device, descs);
	assert_int_not_equal(rig_get32(rig, RIG_PAGE_GPA),
		rig_get32(rig, RIG_PAGE_GPA + 0x1000));
	rig_destroy(rig);
}

static void serials_are_fnv_1a(void **state) {
	const char *one[] = { "a" };
	const char *two[] = { "ab", NULL, "c" };
	const char *other[] = { "a", "bc" };
	assert_int_equal(pvg_display_serial(NULL, 0), 2166136261u);
	// FNV-1a of "a" is 0xe40c292c; 0xff ends a part.
	assert_int_equal(pvg_display_serial(one, 1), (0xe40c292cu ^ 0xff) * 16777619u);
	assert_int_not_equal(pvg_display_serial(two, 3), pvg_display_serial(other, 2));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(online_is_repeated_each_200_ms_and_given_up_after_150_tries),
		cmocka_unit_test(nothing_is_pulsed_without_an_output),
		cmocka_unit_test(an_older_generation_is_pulsed_again),
		cmocka_unit_test(ticks_go_on_while_updating),
		cmocka_unit_test(the_same_description_changes_nothing),
		cmocka_unit_test(unplugging_signals_offline_until_it_is_fetched),
		cmocka_unit_test(an_offline_that_was_not_fetched_is_withdrawn),
		cmocka_unit_test(offline_waits_until_it_is_enabled),
		cmocka_unit_test(reset_forgets_the_page),
		cmocka_unit_test(a_disconnected_device_writes_nothing),
		cmocka_unit_test(a_description_given_while_the_vm_is_stopped_arrives_later),
		cmocka_unit_test(freeing_the_channel_ends_the_pipe),
		cmocka_unit_test(a_page_that_is_no_longer_the_guests_is_forgotten),
		cmocka_unit_test(ports_are_told_apart_by_payload_not_by_channel),
		cmocka_unit_test(n18_a_second_page_replaces_the_first),
		cmocka_unit_test(n6_a_page_outside_ram_is_refused),
		cmocka_unit_test(a_page_in_ram_that_is_on_its_way_is_waited_for),
		cmocka_unit_test(n8_a_left_over_online_is_cleared_by_the_ack),
		cmocka_unit_test(unknown_ports_are_refused),
		cmocka_unit_test(long_payloads_are_read_from_their_front),
		cmocka_unit_test(properties_are_acknowledged),
		cmocka_unit_test(n7_pending_never_has_what_is_not_enabled),
		cmocka_unit_test(what_is_not_armed_is_not_even_written),
		cmocka_unit_test(n7_holds_while_another_cpu_arms),
		cmocka_unit_test(descriptions_and_ticks_come_from_any_thread),
		cmocka_unit_test(ram_that_goes_away_takes_the_page_along),
		cmocka_unit_test(n11_a_hidden_cursor_keeps_its_position),
		cmocka_unit_test(n12_doorbells_of_no_port_are_ignored),
		cmocka_unit_test(a_lost_doorbell_is_seen_by_the_poll),
		cmocka_unit_test(showing_by_packet_is_not_undone_by_the_byte),
		cmocka_unit_test(n10_a_short_show_is_ignored),
		cmocka_unit_test(n9_bad_glyphs_leave_the_old_one),
		cmocka_unit_test(glyphs_of_512_pixels_are_taken),
		cmocka_unit_test(n19_modes_are_clipped_to_128),
		cmocka_unit_test(impossible_modes_are_left_out),
		cmocka_unit_test(names_end_and_serials_differ),
		cmocka_unit_test(sizes_keep_the_aspect),
		cmocka_unit_test(panels_that_change_places_keep_their_serials),
		cmocka_unit_test(serials_are_fnv_1a),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
