// SPDX-License-Identifier: GPL-2.0-or-later
#include "hostile.h"

#include "hostile-rows.h"
#include "hostile-sweep.h"

#define SECOND_NS 1000000000ll
#define ANSWER_NS (5 * SECOND_NS) // within which a packet is acknowledged after a hostile one
#define ROWS_TASK 2u
#define BUILD_NS (60 * SECOND_NS) // the same where the host has to build shaders
#define STORM_BURST 200u          // random actions between two attaches
#define SWEEP_STEP 23u            // of all variations of all records, so that it takes seconds

uint32_t pvg_storm_random(struct storm *storm, uint32_t below) {
	storm->random ^= storm->random << 13;
	storm->random ^= storm->random >> 7;
	storm->random ^= storm->random << 17;
	return (uint32_t)(storm->random >> 32) % below;
}

uint32_t pvg_storm_nasty(struct storm *storm) {
	static const uint32_t values[] = { 0, 1, 2, 3, 4, 7, 12, 0x20, 0x40, 0x1000, 0x2000,
		0x10000, 0x100000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffc, 0xffffffff };
	uint32_t kind = pvg_storm_random(storm, 8);
	if (kind == 0) {
		return 1u << pvg_storm_random(storm, 32);
	} else if (kind == 1) {
		return pvg_storm_pfn(storm);
	} else if (kind == 2) {
		return (uint32_t)storm->prey_gva + pvg_storm_random(storm, STORM_PAGES * 4096);
	}
	return values[pvg_storm_random(storm, PVG_ENC_COUNT(values))];
}

uint32_t pvg_storm_pfn(struct storm *storm) {
	static const uint32_t not_ram[] = { 0, 0xa0, 0xbf, 0xfee00, 0xfec00, 0x7ffffff, 0x7fffffff,
		0xffffffff };
	uint32_t pick = pvg_storm_random(storm, PVG_ENC_COUNT(not_ram) + STORM_PAGES);
	return pick < STORM_PAGES ? storm->prey_pfn + pick : not_ram[pick - STORM_PAGES];
}

void pvg_storm_bytes(struct storm *storm, uint32_t channel, const void *bytes, uint32_t size) {
	if (storm->drv->error == NULL) {
		pvg_drv_send_bytes(storm->drv, channel, bytes, size);
		storm->packets++;
	}
}

void pvg_storm_packet(struct storm *storm, uint32_t channel, uint16_t opcode, const uint32_t *words,
	unsigned int count) {
	uint32_t packet[64];
	if (count > PVG_ENC_COUNT(packet) - 3) {
		count = PVG_ENC_COUNT(packet) - 3;
	}
	packet[0] = opcode;
	packet[1] = 12 + 4 * count;
	packet[2] = ++storm->drv->channels[channel].issued;
	memcpy(packet + 3, words, 4 * (size_t)count);
	pvg_storm_bytes(storm, channel, packet, packet[1]);
}

void pvg_storm_pause(struct storm *storm, int64_t time_ns) {
	const struct pvg_drv *drv = storm->drv;
	int64_t end_ns = drv->ops->now_ns(drv->data) + time_ns;
	while (drv->ops->now_ns(drv->data) < end_ns) {
		drv->ops->wait(drv->data, drv->irq_count, end_ns);
	}
}

// Attaches from scratch in the half of RAM that the last life did not use.
static bool attach(struct storm *storm) {
	struct pvg_drv *drv = storm->drv;
	struct pvg_enc_mem *mem = &storm->halves[storm->attaches % 2];
	if (storm->attaches > 0) {
		pvg_drv_teardown(drv);
	}
	if (storm->surface.scattered) {
		drv->ops->unmap_pages(drv->data, storm->surface.pixels, storm->surface.pages);
		storm->surface.scattered = false;
	}
	const struct pvg_drv_ops *ops = drv->ops;
	uint64_t base = mem->gpa, size = mem->size_bytes;
	pvg_enc_mem_init(mem, mem->base, base, size);
	pvg_drv_init(drv, ops, drv->data, mem, storm->style);
	drv->patience_ns = ANSWER_NS;
	storm->attaches++;
	if (!pvg_drv_attach(drv) || !pvg_drv_port_open(drv, 0) ||
		!pvg_drv_port_wait_online(drv, 0, 2 * ANSWER_NS)) {
		return false;
	}
	storm->prey_pfn = pvg_enc_mem_alloc(mem, STORM_PAGES);
	if (storm->prey_pfn == 0 || !pvg_enc_task_init(&storm->task, mem, 1, 3)) {
		return pvg_drv_fail(drv, "no memory for a storm");
	}
	// The same addresses in both tasks, so that a wrong task changes nothing for the guest.
	storm->prey_gva = 0x20000000;
	uint64_t define[] = { pvg_enc_task_word(&storm->task), PVG_ENC_TASK_VA_BYTES,
		storm->task.dir_pfn };
	uint64_t list[] = { 1, PVG_ENC_LIST_GVA_PAGE, PVG_ENC_LIST_COUNT };
	return pvg_enc_task_map(&storm->task, storm->prey_gva, storm->prey_pfn, STORM_PAGES) &&
		pvg_enc_task_map(&drv->kernel, storm->prey_gva, storm->prey_pfn, STORM_PAGES) &&
		pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x38, define) != 0 &&
		pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x33, list) != 0 &&
		pvg_drv_surface_create(drv, &storm->surface, 64, 64) &&
		pvg_drv_flush(drv, PVG_DRV_ROOT) && pvg_drv_flush(drv, PVG_DRV_IMMEDIATE);
}

static void tell(struct storm *storm, const char *event, const char *what) {
	char line[256];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "event", event);
	pvg_text_key_str(&text, "case", what);
	pvg_text_key_str(&text, "error", storm->drv->error);
	pvg_text_key_u64(&text, "attaches", storm->attaches);
	pvg_text_key_u64(&text, "packets", storm->packets);
	pvg_text_str(&text, "}");
	storm->env->line(storm->env->data, line);
}

// Everything sent so far is acknowledged, and so is one packet more on each channel of ours.
static bool still_answers(struct storm *storm, const char *what) {
	static const uint32_t channels[] = { PVG_DRV_ROOT, PVG_DRV_EXEC, PVG_DRV_IMMEDIATE,
		PVG_DRV_DISPLAY };
	for (unsigned int i = 0; i < PVG_ENC_COUNT(channels); i++) {
		if (storm->drv->error != NULL ||
			pvg_drv_send_plain(storm->drv, channels[i], &pvg_enc_packet_table, 0x1e,
				NULL) == 0 ||
			!pvg_drv_flush(storm->drv, channels[i])) {
			tell(storm, "no-answer", what);
			return false;
		}
	}
	return true;
}

static bool run_case(struct storm *storm, const struct storm_case *one) {
	one->run(storm);
	bool ok = one->breaks || still_answers(storm, one->name);
	if (storm->drv->ports[0].stale_events != 0) { // DSP-9
		storm->wrong = "a stale event";
	}
	if (storm->wrong != NULL) {
		pvg_drv_fail(storm->drv, storm->wrong);
		tell(storm, "wrong", one->name);
		storm->wrong = NULL;
		storm->drv->error = NULL;
		ok = false;
	}
	if (one->breaks || !ok) {
		if (!attach(storm)) {
			tell(storm, "no-attach", one->name);
			return false;
		}
	}
	return ok;
}

static bool run_catalogue(struct storm *storm) {
	bool ok = true;
	unsigned int start = pvg_storm_random(storm, pvg_storm_case_count);
	for (unsigned int i = 0; i < pvg_storm_case_count; i++) {
		const struct storm_case *one = &pvg_storm_cases[(start + i) % pvg_storm_case_count];
		if (storm->env->stopped(storm->env->data)) {
			return ok;
		}
		ok = run_case(storm, one) && ok;
		if (storm->drv->error != NULL) {
			return false;
		}
	}
	tell(storm, "catalogue-done", NULL);
	return ok;
}

static void tell_rows(struct storm *storm, const char *event, const char *row, uint32_t rows,
	uint32_t shown) {
	char line[256];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "event", event);
	pvg_text_key_str(&text, "row", row);
	pvg_text_key_str(&text, "error", storm->drv->error);
	pvg_text_key_u64(&text, "rows", rows);
	pvg_text_key_u64(&text, "shown", shown);
	pvg_text_str(&text, "}");
	storm->env->line(storm->env->data, line);
}

/*
 * Every record with everything wrong, every so many variations: which ones is the seed's to say. A
 * good frame follows each record.
 */
static bool run_sweep(struct storm *storm, struct pvg_workload *workload) {
	struct pvg_hostile_sweep sweep = { .workload = workload, .step = SWEEP_STEP,
		.variation = (uint32_t)(storm->random % SWEEP_STEP) };
	const struct pvg_enc_record *record;
	uint32_t records = 0, shown = 0;
	bool ok = true, right = false;
	while (ok && (record = pvg_hostile_sweep_next(&sweep)) != NULL &&
		!storm->env->stopped(storm->env->data)) {
		uint32_t before = sweep.record;
		ok = pvg_hostile_sweep_run(&sweep);
		if (ok && sweep.record != before) {
			ok = pvg_hostile_good_frame(workload, &right);
			records++;
			shown += right;
		}
		if (!ok || (sweep.record != before && !right)) {
			tell_rows(storm, ok ? "row-not-shown" : "no-answer", record->name, records,
				shown);
		}
	}
	tell_rows(storm, "records-done", NULL, records, shown);
	return ok;
}

/*
 * Command buffers and objects with one thing wrong at a time. After each of them a frame is drawn
 * and looked at; a host without a renderer shows none: whoever reads the line is to judge.
 */
static bool run_rows(struct storm *storm) {
	static struct pvg_mtl mtl;
	static struct pvg_workload workload;
	uint32_t shown = 0;
	bool right = false;
	if (!attach(storm)) {
		tell(storm, "no-attach", "rows");
		return false;
	}
	storm->drv->patience_ns = BUILD_NS;
	bool ok = pvg_mtl_open(&mtl, storm->drv, ROWS_TASK) && pvg_workload_open(&workload, &mtl) &&
		pvg_hostile_good_frame(&workload, &right);
	for (unsigned int i = 0; ok && i < pvg_hostile_row_count; i++) {
		const struct pvg_hostile_row *row = &pvg_hostile_rows[i];
		if (storm->env->stopped(storm->env->data)) {
			break;
		}
		ok = pvg_hostile_row_run(&workload, row) &&
			pvg_hostile_good_frame(&workload, &right);
		shown += right;
		if (!ok || !right) {
			tell_rows(storm, ok ? "row-not-shown" : "no-answer", row->name,
				pvg_hostile_row_count, shown);
		}
	}
	tell_rows(storm, "rows-done", NULL, pvg_hostile_row_count, shown);
	ok = ok && run_sweep(storm, &workload);
	storm->drv->patience_ns = ANSWER_NS;
	if (workload.surface.scattered) {
		storm->drv->ops->unmap_pages(storm->drv->data, workload.surface.pixels,
			workload.surface.pages);
	}
	return attach(storm) && ok;
}

// Frames that the host writes to must not be the guest's own.
static uint32_t *frame_written(uint16_t opcode, uint32_t *words) {
	switch (opcode) {
	case 0x01:
	case 0x2d:
		return &words[1];
	case 0x3a:
		return &words[2];
	default:
		return NULL;
	}
}

static void random_packet(struct storm *storm) {
	static const uint32_t channels[] = { PVG_DRV_ROOT, PVG_DRV_EXEC, PVG_DRV_IMMEDIATE,
		PVG_DRV_UPLOADS, PVG_DRV_DISPLAY };
	uint32_t words[20];
	unsigned int count = pvg_storm_random(storm, PVG_ENC_COUNT(words));
	for (unsigned int i = 0; i < count; i++) {
		words[i] = pvg_storm_nasty(storm);
	}
	uint32_t channel = channels[pvg_storm_random(storm, PVG_ENC_COUNT(channels))];
	uint16_t opcode = (uint16_t)pvg_storm_random(storm, 0x44);
	// Taking our own channels away would end the burst early.
	if (opcode == 0x30 || opcode == 0x31) {
		words[0] = 14 + pvg_storm_random(storm, 100);
		count = count == 0 ? 1 : count;
	}
	uint32_t *frame = frame_written(opcode, words);
	if (frame != NULL) {
		*frame = pvg_storm_pfn(storm);
	}
	pvg_storm_packet(storm, channel, opcode, words, count);
}

// A legal packet with one field changed.
static void changed_packet(struct storm *storm) {
	const struct pvg_enc_table *table =
		pvg_storm_random(storm, 2) != 0 ? &pvg_enc_packet_table : &pvg_enc_display_table;
	const struct pvg_enc_record *record =
		&table->records[pvg_storm_random(storm, (uint32_t)table->count)];
	if (record->opcode == 0x30 || record->opcode == 0x31) {
		return;
	}
	bool display = table == &pvg_enc_display_table;
	uint32_t channel = display ? (uint32_t)PVG_DRV_DISPLAY : (uint32_t)PVG_DRV_IMMEDIATE;
	uint64_t head[32];
	for (unsigned int i = 0; i < record->field_count; i++) {
		head[i] = record->fields[i].sample;
		// Samples name frames of the worked examples; these must be ours.
		if (record->fields[i].name[0] == 'p' || record->fields[i].name[0] == 'r' ||
			record->fields[i].name[0] == 'd') {
			head[i] = record->fields[i].sample >= 0x80 ? pvg_storm_pfn(storm) : head[i];
		}
	}
	if (record->field_count > 0) {
		head[pvg_storm_random(storm, record->field_count)] = pvg_storm_nasty(storm);
	}
	if (record->opcode == 0x3a) {
		head[2] = pvg_storm_pfn(storm);
	} else if (record->opcode == 0x2d || record->opcode == 0x01) {
		head[1] = pvg_storm_pfn(storm);
	}
	uint8_t packet[PVG_DRV_PACKET_BYTES];
	struct pvg_enc_values values = { .head = head,
		.elements = { pvg_storm_random(storm, 3), 0 } };
	if (record->arrays[0].element_bytes == 0) {
		values.elements[0] = 0;
	}
	uint32_t size = pvg_enc_packet(record, &values, ++storm->drv->channels[channel].issued,
		NULL, 0, packet, sizeof(packet));
	pvg_storm_bytes(storm, channel, packet, size);
}

static void scribble(struct storm *storm) {
	uint32_t page = pvg_storm_random(storm, STORM_PAGES);
	uint8_t *at = pvg_enc_mem_page(storm->drv->mem, storm->prey_pfn + page);
	for (unsigned int i = 0; i < 64; i++) {
		pvg_put(at + 4 * pvg_storm_random(storm, 1024), pvg_storm_nasty(storm), 4);
	}
}

static void change_translation(struct storm *storm) {
	uint64_t gva = storm->prey_gva + ((uint64_t)pvg_storm_random(storm, STORM_PAGES) << 12);
	uint32_t pte = pvg_storm_pfn(storm) | (pvg_storm_random(storm, 4) == 0 ? 0x80000000u : 0);
	pvg_enc_task_map_page(&storm->task, gva, pte);
	pvg_enc_task_set_slot(&storm->drv->kernel, 700 + pvg_storm_random(storm, 100),
		(uint8_t)pvg_storm_random(storm, 16), pvg_storm_random(storm, 200),
		storm->prey_gva + pvg_storm_random(storm, STORM_PAGES * 4096));
	const uint32_t words[] = { 0, 700 + pvg_storm_random(storm, 100), 0 };
	pvg_storm_packet(storm, PVG_DRV_DISPLAY, 0x06, words, 3);
}

// Command buffers of random bytes that look a little like segments and records.
static void random_stream(struct storm *storm) {
	uint32_t page = pvg_storm_random(storm, STORM_PAGES - 1);
	uint8_t *at = pvg_enc_mem_page(storm->drv->mem, storm->prey_pfn + page);
	uint32_t length = 8 + 4 * pvg_storm_random(storm, 500);
	pvg_put(at, pvg_storm_random(storm, 4) != 0 ? length : pvg_storm_nasty(storm), 4);
	pvg_put(at + 4, pvg_storm_random(storm, 7), 4);
	for (uint32_t offset = 8; offset + 8 <= length;) {
		uint32_t size = 8 + 4 * pvg_storm_random(storm, 24);
		pvg_put(at + offset, pvg_storm_random(storm, 0x200), 4);
		pvg_put(at + offset + 4,
			pvg_storm_random(storm, 16) != 0 ? size : pvg_storm_nasty(storm), 4);
		for (uint32_t i = 8; i < size && offset + i + 4 <= length; i += 4) {
			pvg_put(at + offset + i, pvg_storm_nasty(storm), 4);
		}
		offset += size;
	}
	const uint32_t words[] = { 1, 0, 1, (uint32_t)storm->prey_gva + page * 4096, 0, length, 0 };
	pvg_storm_packet(storm, PVG_DRV_EXEC, 0x37, words, 7);
}

static void random_register(struct storm *storm) {
	static const uint32_t offsets[] = { REG_CHILD_DOORBELL, 0x1024, 0x1028, REG_CURSOR_KICK,
		0x1200, 0x1208, 0x1210, 0x1214, 0x1218, 0x121c, 0x1228, REG_INTR_STATUS_DISP,
		REG_INTR_STATUS_GPU, REG_INTR_FAULT, 0x1800, 0x2000, 0x3ffc };
	storm->drv->ops->mmio_write(storm->drv->data,
		offsets[pvg_storm_random(storm, PVG_ENC_COUNT(offsets))], pvg_storm_nasty(storm));
}

static void random_action(struct storm *storm) {
	switch (pvg_storm_random(storm, 8)) {
	case 0:
	case 1:
		random_packet(storm);
		break;
	case 2:
	case 3:
		changed_packet(storm);
		break;
	case 4:
		scribble(storm);
		break;
	case 5:
		change_translation(storm);
		break;
	case 6:
		random_stream(storm);
		break;
	default:
		random_register(storm);
		break;
	}
}

static bool run_storm(struct storm *storm, int64_t end_ns) {
	bool ok = true;
	while (storm->drv->ops->now_ns(storm->drv->data) < end_ns &&
		!storm->env->stopped(storm->env->data)) {
		for (unsigned int i = 0; i < STORM_BURST && storm->drv->error == NULL; i++) {
			random_action(storm);
		}
		ok = still_answers(storm, "storm") && ok;
		if (!attach(storm)) {
			tell(storm, "no-attach", "storm");
			return false;
		}
	}
	tell(storm, "storm-done", NULL);
	return ok;
}

bool pvg_scene_hostile(struct pvg_scene_env *env, const struct pvg_scene_config *config) {
	static struct storm storm;
	struct pvg_scene_config good = *config;
	good.seconds = 2;
	if (env->life > 0) { // after the reset: the device must serve a good guest again
		good.first_frame = config->first_frame + ((uint64_t)env->life << 20);
		return pvg_scene_attach(env, &good) && pvg_scene_frames(env, &good, 1);
	}
	struct pvg_enc_mem *whole = env->drv->mem;
	uint64_t half = (whole->size_bytes / 2) & ~(uint64_t)(PVG_ENC_PAGE_BYTES - 1);
	memset(&storm, 0, sizeof(storm));
	storm.env = env;
	storm.drv = env->drv;
	storm.style = config->style;
	storm.random = config->seed * 0x9e3779b97f4a7c15ull | 1;
	pvg_enc_mem_init(&storm.halves[0], whole->base, whole->gpa, half);
	pvg_enc_mem_init(&storm.halves[1], whole->base + half, whole->gpa + half, half);
	int64_t end_ns =
		env->drv->ops->now_ns(env->drv->data) + (int64_t)config->seconds * SECOND_NS;
	bool ok = attach(&storm) && run_catalogue(&storm);
	ok = storm.drv->error == NULL && run_rows(&storm) && ok;
	ok = storm.drv->error == NULL && run_storm(&storm, end_ns) && ok;
	const char *error = env->drv->error;
	pvg_scene_event(env, ok ? "resetting" : "hostile-failed");
	if (!ok) {
		return pvg_drv_fail(env->drv,
			error != NULL ? error : "a hostile packet was not answered");
	}
	return env->reset(env->data) && pvg_scene_hostile(env, config);
}
