// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of spec 06 section 6.3: what register accesses cost, and how long it takes from a
 * doorbell to the interrupt and to the stamp.
 */
#include "scene.h"

#define ACCESSES 20000u
#define ROUNDS 2000u

struct series {
	uint64_t count;
	int64_t min_ns, max_ns, sum_ns;
};

static void add(struct series *series, int64_t value_ns) {
	if (series->count == 0 || value_ns < series->min_ns) {
		series->min_ns = value_ns;
	}
	if (value_ns > series->max_ns) {
		series->max_ns = value_ns;
	}
	series->sum_ns += value_ns;
	series->count++;
}

static void report(struct pvg_scene_env *env, const char *what, const struct series *series) {
	char line[256];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "bench", what);
	pvg_text_key(&text, "value");
	pvg_text_milli(&text, series->count != 0 ? (uint64_t)series->sum_ns / series->count : 0);
	pvg_text_key_str(&text, "unit", "us");
	pvg_text_key(&text, "min");
	pvg_text_milli(&text, (uint64_t)series->min_ns);
	pvg_text_key(&text, "max");
	pvg_text_milli(&text, (uint64_t)series->max_ns);
	pvg_text_key_u64(&text, "count", series->count);
	pvg_text_str(&text, "}");
	env->line(env->data, line);
}

static void measure_access(struct pvg_scene_env *env, const char *what, uint32_t offset, bool write,
	uint32_t value) {
	struct pvg_drv *drv = env->drv;
	struct series series = { 0 };
	for (unsigned int i = 0; i < ACCESSES; i++) {
		int64_t start = drv->ops->now_ns(drv->data);
		if (write) {
			drv->ops->mmio_write(drv->data, offset, value);
		} else {
			(void)drv->ops->mmio_read(drv->data, offset);
		}
		add(&series, drv->ops->now_ns(drv->data) - start);
	}
	report(env, what, &series);
}

// One NOP on Immediate, then wait for the interrupt and for the stamp.
static bool measure_round_trip(struct pvg_scene_env *env) {
	struct pvg_drv *drv = env->drv;
	struct series to_irq = { 0 }, to_stamp = { 0 };
	for (unsigned int i = 0; i < ROUNDS && !env->stopped(env->data); i++) {
		uint32_t seen = __atomic_load_n(&drv->irq_count, __ATOMIC_SEQ_CST);
		int64_t start = drv->ops->now_ns(drv->data);
		uint32_t signal = pvg_drv_send_plain(drv, PVG_DRV_IMMEDIATE, &pvg_enc_packet_table,
			0x1e, NULL);
		if (signal == 0) {
			return false;
		}
		if (drv->ops->wait(drv->data, seen, start + 1000000000)) {
			add(&to_irq, drv->ops->now_ns(drv->data) - start);
		}
		if (!pvg_drv_wait_stamp(drv, PVG_DRV_IMMEDIATE, signal)) {
			return false;
		}
		add(&to_stamp, drv->ops->now_ns(drv->data) - start);
	}
	report(env, "doorbell-to-interrupt", &to_irq);
	report(env, "doorbell-to-stamp", &to_stamp);
	// An interrupt may be coalesced into an earlier one, but not in a run of single packets.
	return to_irq.count > ROUNDS / 2 || pvg_drv_fail(drv, "latency: interrupts got lost");
}

bool pvg_scene_latency(struct pvg_scene_env *env, const struct pvg_scene_config *config) {
	(void)config;
	measure_access(env, "bar-read-version", REG_VERSION, false, 0);
	measure_access(env, "bar-read-status", REG_INTR_STATUS_GPU, false, 0);
	measure_access(env, "bar-read-fifo-read", REG_FIFO_READ, false, 0);
	measure_access(env, "bar-write-storage", 0x2000, true, 1);
	measure_access(env, "bar-write-doorbell", REG_CHILD_DOORBELL, true, PVG_DRV_IMMEDIATE);
	return measure_round_trip(env);
}
