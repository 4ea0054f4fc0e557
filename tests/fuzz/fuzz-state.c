// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz-state.h"

#include <string.h>

#include "device-private.h"
#include "gpu/memory.h"

#define RAM_BYTES 0x280000u
#define TASK 1u
#define EXEC_OPCODE 0x37
#define LIST_REFS 128u // that inputs name: the workload's, and some that are empty

/* ---- life ------------------------------------------------------------------------------------ */


// For the null renderer, which does not read functions: by what tells the pipelines apart.
static void use(void *data, const struct pvg_gpu_render_desc *render,
	const struct pvg_gpu_compute_desc *compute, struct pvg_gpu_pipeline_info *info) {
	if (compute != NULL) {
		info->stage[PVG_GPU_KERNEL].buffers = 15;
		info->stage[PVG_GPU_KERNEL].buffers_written = 7;
		info->stage[PVG_GPU_KERNEL].buffer_bytes[3] = 16;
		return;
	}
	info->tessellates = render->tessellation.factor_step == 1; // the only one
	info->stage[PVG_GPU_VERTEX].buffers = render->input.attribute_count == 3 ? 2 : 0;
	info->stage[PVG_GPU_VERTEX].buffer_bytes[1] = 16;
	info->stage[PVG_GPU_FRAGMENT].textures[0] = render->colors[0].blend ? 1 : 0;
	info->stage[PVG_GPU_FRAGMENT].samplers = render->colors[0].blend ? 1 : 0;
}

void fuzz_state_open(struct fuzz_state *state) {
	memset(state, 0, sizeof(*state));
	state->machine = fuzz_machine_create(RAM_BYTES);
	state->renderer = fuzz_gpu_get(use);
	pvg_device_set_renderer(state->machine->device, state->renderer);
	FUZZ_CHECK(pvg_mtl_open(&state->mtl, &state->machine->drv, TASK));
	FUZZ_CHECK(pvg_workload_open(&state->workload, &state->mtl));
	FUZZ_CHECK(fuzz_more_open(&state->more, &state->workload));
	FUZZ_CHECK(state->mtl.next_ref < LIST_REFS);
}

void fuzz_state_close(struct fuzz_state *state) {
	struct fuzz_input none = { 0 };
	fuzz_state_submit(state, &none);
	fuzz_gpu_close(state->renderer, state->machine);
}

/* ---- values ---------------------------------------------------------------------------------- */

// Edges, small numbers, numbers that stand for objects, or what the input says.
static uint64_t value(struct fuzz_input *in, uint64_t before) {
	static const uint64_t edges[] = { 0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 64, 127, 128, 255,
		256, 0x1000, 0x2000, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
		0xfffffff0, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
		0xfffffffffffff000, 0xffffffffffffffff, 0x7f800000, 0x7fc00000, 0x7ff0000000000000,
		0x7ff8000000000000, 0x3f800000, 0xbf800000, 0x3ff0000000000000 };
	uint8_t how = (uint8_t)fuzz_take(in, 1);
	if (how < 96) {
		return edges[how % PVG_ENC_COUNT(edges)];
	}
	if (how < 160) {
		return how - 96u; // small
	}
	if (how < 224) {
		return 16u + (how - 160u); // references begin at 16
	}
	if (how < 240) {
		return before + how - 232u;
	}
	if (how < 248) {
		return before << (how - 239u);
	}
	return fuzz_take(in, how < 252 ? 2 : 8);
}

/* ---- command buffers ------------------------------------------------------------------------- */

static void end_segment(struct fuzz_state *state) {
	if (state->mtl.segment_open) {
		pvg_enc_stream_end(&state->mtl.stream);
		state->mtl.segment_open = false;
	}
}

void fuzz_state_record(struct fuzz_state *state, struct fuzz_input *in) {
	unsigned int which = (unsigned int)fuzz_take(in, 1) % FUZZ_STREAMS;
	fuzz_more_record(&state->more, which);
	end_segment(state);
	state->recorded = true;
}

struct place {
	uint8_t *at; // the record's header
	uint32_t length, left; // as its header says, and to the end of the buffer
	enum pvg_enc_space space;
};

// Record @number, counted through all segments as long as their framing holds.
static bool find_record(struct fuzz_state *state, uint32_t number, struct place *place) {
	static const uint8_t spaces[] = { PVG_ENC_RENDER, PVG_ENC_COMPUTE, PVG_ENC_BLIT,
		PVG_ENC_EVENT, PVG_ENC_INFO };
	uint8_t *stream = state->mtl.stream.at;
	uint32_t end = state->recorded ? state->mtl.stream.length : 0, count = 0;
	for (unsigned int pass = 0; pass < 2 && end != 0; pass++) {
		uint32_t at = 0;
		number = pass == 1 && count != 0 ? number % count : number;
		for (count = 0; at + 8 <= end;) {
			uint64_t segment = pvg_get(stream + at, 4);
			uint8_t type = stream[at + 4];
			if (segment < 8 || segment > end - at || type > 4) {
				break;
			}
			uint32_t stop = at + (uint32_t)segment;
			for (uint32_t r = at + 8; r + 8 <= stop; count++) {
				uint64_t length = pvg_get(stream + r + 4, 4);
				if (length < 8 || length > stop - r) {
					break;
				}
				if (count == number) {
					*place = (struct place){ stream + r, (uint32_t)length,
						end - r, (enum pvg_enc_space)spaces[type] };
					return true;
				}
				r += (uint32_t)length;
			}
			at = stop;
		}
		if (count == 0) {
			return false;
		}
	}
	return false;
}

static void change_place(struct fuzz_input *in, const struct place *place,
	const struct pvg_enc_field *field, uint32_t base) {
	uint32_t bytes = pvg_enc_type_bytes((enum pvg_enc_type)field->type);
	if (base + field->offset + bytes <= place->length) {
		uint8_t *at = place->at + base + field->offset;
		pvg_put(at, value(in, pvg_get(at, bytes)), bytes);
	}
}

void fuzz_state_change_field(struct fuzz_state *state, struct fuzz_input *in) {
	struct place place;
	uint32_t number = (uint32_t)fuzz_take(in, 2);
	uint32_t pick = (uint32_t)fuzz_take(in, 1);
	if (!find_record(state, number, &place)) {
		return;
	}
	uint32_t opcode = (uint32_t)pvg_get(place.at, 4);
	const struct pvg_enc_record *record =
		opcode < PVG_MTL_OPCODES ? state->mtl.records[place.space][opcode] : NULL;
	uint32_t fields = record != NULL ? record->field_count : 0;
	uint32_t inner = record != NULL ? record->arrays[0].field_count : 0;
	if (fields + inner == 0) {
		pvg_put(place.at, value(in, opcode), 4);
		return;
	}
	pick %= fields + inner + 1;
	if (pick < fields) {
		change_place(in, &place, &record->fields[pick], 8);
	} else if (pick < fields + inner) {
		uint32_t element = (uint32_t)fuzz_take(in, 1) % 4;
		change_place(in, &place, &record->arrays[0].fields[pick - fields],
			record->length + element * record->arrays[0].element_bytes);
	} else {
		pvg_put(place.at, value(in, opcode), 4);
	}
}

void fuzz_state_change_framing(struct fuzz_state *state, struct fuzz_input *in) {
	struct place place, other;
	uint8_t how = (uint8_t)fuzz_take(in, 1);
	uint32_t number = (uint32_t)fuzz_take(in, 2);
	struct pvg_enc_stream *stream = &state->mtl.stream;
	if (!find_record(state, number, &place)) {
		return;
	}
	switch (how % 8) {
	case 0: // the length it says
		pvg_put(place.at + 4, value(in, place.length), 4);
		break;
	case 1: // cut within it
		stream->length -= place.left - (uint32_t)(fuzz_take(in, 1) % place.length);
		break;
	case 2: // twice, over what follows
		if (place.left >= 2 * place.length) {
			memmove(place.at + place.length, place.at, place.length);
		}
		break;
	case 3: // bytes
		for (unsigned int i = 0; i < 4; i++) {
			place.at[fuzz_take(in, 1) % place.length] = (uint8_t)fuzz_take(in, 1);
		}
		break;
	case 4: // another record's content
		if (find_record(state, (uint32_t)fuzz_take(in, 2), &other)) {
			memmove(place.at, other.at,
				place.length < other.length ? place.length : other.length);
		}
		break;
	case 5: // a segment's header
		stream->at[fuzz_take(in, 1) % 8] = (uint8_t)fuzz_take(in, 1);
		break;
	case 6: // all ones
		memset(place.at + 8, 0xff, place.length - 8);
		break;
	default: // taken out
		memmove(place.at, place.at + place.length, place.left - place.length);
		stream->length -= place.length;
		break;
	}
}

void fuzz_state_submit(struct fuzz_state *state, struct fuzz_input *in) {
	uint8_t payload[12 + 4 * 24 + 16] = { 0 };
	struct fuzz_output out = { .bytes = payload };
	uint8_t count = (uint8_t)fuzz_take(in, 1) % 5;
	if (!state->recorded) {
		return;
	}
	end_segment(state);
	fuzz_put(&out, TASK, 4);
	fuzz_put(&out, count, 4);
	fuzz_put(&out, 1, 4);
	for (unsigned int i = 0; i < count; i++) {
		uint8_t flags = (uint8_t)fuzz_take(in, 1);
		fuzz_put(&out, 16 + fuzz_take(in, 1) % (LIST_REFS - 16), 4);
		for (unsigned int bit = 0; bit < 4; bit++) {
			fuzz_put(&out, flags >> bit & 1, 1);
		}
		fuzz_put(&out, 0, 8);
		fuzz_put(&out, 0, 8);
	}
	fuzz_put(&out, state->mtl.slots[state->mtl.slot].gva, 8);
	fuzz_put(&out, state->mtl.stream.length, 8);
	fuzz_machine_put_packet(state->machine, PVG_DRV_EXEC, EXEC_OPCODE, payload,
		(uint32_t)out.size);
	fuzz_machine_pass(state->machine, 2000000);
	// The next one has memory of its own: the host may still be reading this one.
	state->mtl.slot = (state->mtl.slot + 1) % PVG_MTL_SLOTS;
	state->mtl.recording = false;
	state->recorded = false;
}

/* ---- objects --------------------------------------------------------------------------------- */

static uint32_t take_ref(struct fuzz_input *in) {
	return 16 + (uint32_t)fuzz_take(in, 1) % (LIST_REFS - 16);
}

static uint8_t *task_memory(struct fuzz_state *state, uint64_t gva) {
	uint32_t pfn = pvg_enc_task_pte(&state->mtl.task, gva) & 0x7fffffff;
	return pfn != 0 ? pvg_enc_mem_ptr(&state->machine->mem,
				  (uint64_t)pfn << PVG_ENC_PAGE_SHIFT |
					  (gva & (PVG_ENC_PAGE_BYTES - 1)))
			: NULL;
}

// The declaration of @ref as it is: bytes of its descriptor in @desc.
static uint32_t read_slot(struct fuzz_state *state, uint32_t ref, uint8_t *type, uint8_t *desc,
	uint32_t room) {
	uint8_t slot[PVG_ENC_SLOT_BYTES];
	uint64_t gva = state->mtl.task.list_gva + (uint64_t)ref * PVG_ENC_SLOT_BYTES;
	for (uint32_t i = 0; i < sizeof(slot); i++) {
		const uint8_t *at = task_memory(state, gva + i);
		slot[i] = at != NULL ? *at : 0;
	}
	uint32_t size = (uint32_t)pvg_get(slot, 4) >> 8;
	size = size < room ? size : room;
	*type = slot[0];
	for (uint32_t i = 0; i < size; i++) {
		const uint8_t *at = task_memory(state, pvg_get(slot + 4, 8) + i);
		desc[i] = at != NULL ? *at : 0;
	}
	return size;
}

static void declare(struct fuzz_state *state, uint32_t ref, uint8_t type, const uint8_t *desc,
	uint32_t size) {
	// Without memory left it stays as it was: that is an input's own fault.
	(void)pvg_enc_task_declare(&state->mtl.task, ref, type, desc, size);
}

void fuzz_state_delete(struct fuzz_state *state, struct fuzz_input *in) {
	static const uint16_t kinds[] = { 0x3e8, 0x3e9, 0x3ea, 0x3eb, 0x3ed, 0x3ee, 0x3ef, 0x3f1,
		0x3f4, 0x3f6, 0x3f7 };
	uint8_t how = (uint8_t)fuzz_take(in, 1);
	uint32_t ref = take_ref(in);
	uint8_t payload[16];
	pvg_put(payload, TASK, 4);
	if (how % 4 == 0) {
		pvg_put(payload + 4, ref, 4);
		fuzz_machine_put_packet(state->machine, PVG_DRV_IMMEDIATE, 0x25, payload, 8);
		return;
	}
	if (how % 4 == 1) {
		pvg_enc_task_set_slot(&state->mtl.task, ref, 0, 0, 0);
	}
	pvg_put(payload + 4, kinds[how / 4 % PVG_ENC_COUNT(kinds)], 4);
	pvg_put(payload + 8, 12, 4);
	pvg_put(payload + 12, ref, 4);
	fuzz_machine_put_packet(state->machine, PVG_DRV_IMMEDIATE, 0x28, payload, 16);
}

void fuzz_state_redeclare(struct fuzz_state *state, struct fuzz_input *in) {
	uint8_t desc[1024], type;
	uint8_t how = (uint8_t)fuzz_take(in, 1);
	uint32_t ref = take_ref(in), to = ref;
	uint32_t size = read_slot(state, ref, &type, desc, sizeof(desc));
	if (size == 0) {
		return;
	}
	for (unsigned int i = 0; i <= how % 4; i++) {
		uint32_t at = (uint32_t)fuzz_take(in, 1) % size;
		uint32_t bytes = 1u << fuzz_take(in, 1) % 4;
		bytes = bytes < size - at ? bytes : 1;
		pvg_put(desc + at, value(in, pvg_get(desc + at, bytes)), bytes);
	}
	if ((how & 0x10) != 0) {
		to = take_ref(in);
	}
	if ((how & 0x20) != 0) {
		type = (uint8_t)fuzz_take(in, 1) % 16;
	}
	if ((how & 0x40) != 0) {
		size = (uint32_t)fuzz_take(in, 1) % (size + 1);
	}
	if ((how & 0x80) == 0) { // as guests do it: the old one dies first
		uint8_t payload[16];
		static const uint16_t kinds[] = { 0x3e9, 0x3e8, 0x3ef, 0x3eb };
		pvg_put(payload, TASK, 4);
		pvg_put(payload + 4, kinds[how >> 2 & 3], 4);
		pvg_put(payload + 8, 12, 4);
		pvg_put(payload + 12, to, 4);
		fuzz_machine_put_packet(state->machine, PVG_DRV_IMMEDIATE, 0x28, payload, 16);
	}
	declare(state, to, type, desc, size);
}

// Another name for an object's memory, or for memory some pages beyond it.
static void declare_again(struct fuzz_state *state, struct fuzz_input *in) {
	uint8_t desc[1024], type, pages;
	uint32_t from = take_ref(in), to = take_ref(in);
	uint32_t size = read_slot(state, from, &type, desc, sizeof(desc));
	pages = (uint8_t)fuzz_take(in, 1) % 3;
	if ((type == 1 || type == 2) && size >= 12) { // buffers and textures: the first page
		pvg_put(desc + 8, pvg_get(desc + 8, 4) + pages, 4);
	}
	if (size != 0) {
		declare(state, to, type, desc, size);
	}
}

void fuzz_state_declare(struct fuzz_state *state, struct fuzz_input *in) {
	static const struct pvg_enc_table *const tables[] = { &pvg_enc_object_table,
		&pvg_enc_descriptor_table };
	uint64_t head[64], array[4 * 8], tail[16];
	uint8_t pick = (uint8_t)fuzz_take(in, 1), desc[1024];
	if (pick >= 240) {
		declare_again(state, in);
		return;
	}
	uint32_t ref = take_ref(in);
	const struct pvg_enc_table *table = tables[pick >= 192];
	const struct pvg_enc_record *record = &table->records[pick % table->count];
	struct pvg_enc_values values = { .head = head, .arrays = { array }, .tail = tail,
		.unwritten = 0xcb };
	if (record->field_count > PVG_ENC_COUNT(head) ||
		record->tail_field_count > PVG_ENC_COUNT(tail)) {
		return;
	}
	for (unsigned int i = 0; i < record->field_count; i++) {
		head[i] = (fuzz_take(in, 1) & 3) == 3 ? value(in, record->fields[i].sample)
						      : record->fields[i].sample;
	}
	for (unsigned int i = 0; i < record->tail_field_count; i++) {
		tail[i] = (fuzz_take(in, 1) & 3) == 3 ? value(in, record->tail_fields[i].sample)
						      : record->tail_fields[i].sample;
	}
	const struct pvg_enc_array *inner = &record->arrays[0];
	if (inner->element_bytes != 0) {
		values.elements[0] = (uint32_t)fuzz_take(in, 1) % 5;
		unsigned int count = values.elements[0] * inner->field_count;
		for (unsigned int i = 0; i < count && i < PVG_ENC_COUNT(array); i++) {
			array[i] = (fuzz_take(in, 1) & 3) == 3
				? value(in, 0)
				: inner->fields[i % inner->field_count].sample;
		}
	}
	uint32_t size = pvg_enc_encode(record, &values, desc, sizeof(desc));
	uint8_t type = pick >= 192 ? (uint8_t)record->opcode : pick % 2 != 0 ? 7 : 8;
	declare(state, ref, type, desc, size);
}

void fuzz_state_tell(struct fuzz_state *state, struct fuzz_input *in) {
	static const uint16_t opcodes[] = { 0x34, 0x35, 0x3c, 0x3e, 0x3f, 0x3b, 0x40, 0x22, 0x39 };
	uint16_t opcode = opcodes[fuzz_take(in, 1) % PVG_ENC_COUNT(opcodes)];
	uint8_t payload[64] = { 0 };
	struct fuzz_output out = { .bytes = payload };
	fuzz_put(&out, TASK, 4);
	if (opcode == 0x22 || opcode == 0x39) {
		uint64_t gva = state->mtl.task.gva_next & ~(uint64_t)(PVG_ENC_PAGE_BYTES - 1);
		fuzz_put(&out, gva - (fuzz_take(in, 1) << PVG_ENC_PAGE_SHIFT), 8);
		fuzz_put(&out, fuzz_take(in, 1) << PVG_ENC_PAGE_SHIFT, 8);
	} else if (opcode == 0x3c) {
		fuzz_put(&out, take_ref(in), 4);
	} else if (opcode == 0x3b || opcode == 0x40) {
		fuzz_put(&out, take_ref(in), 4);
		for (unsigned int i = 0; i < 12; i++) {
			fuzz_put(&out, value(in, 0), 4);
		}
	} else {
		unsigned int count = (unsigned int)fuzz_take(in, 1) % 5;
		fuzz_put(&out, count, 4);
		for (unsigned int i = 0; i < count; i++) {
			fuzz_put(&out, take_ref(in), 4);
			if (opcode == 0x34) {
				fuzz_put(&out, fuzz_take(in, 1) & 1, 1);
				fuzz_put(&out, fuzz_take(in, 1) & 1, 1);
				fuzz_put(&out, fuzz_take(in, 1) & 1, 1);
				fuzz_put(&out, fuzz_take(in, 1) & 1, 1);
			}
		}
	}
	fuzz_machine_put_packet(state->machine, PVG_DRV_IMMEDIATE, opcode, payload,
		(uint32_t)out.size);
}

/* ---- memory and time ------------------------------------------------------------------------- */

void fuzz_state_change_memory(struct fuzz_state *state, struct fuzz_input *in) {
	uint8_t how = (uint8_t)fuzz_take(in, 1);
	uint32_t at = (uint32_t)fuzz_take(in, 2);
	if (how < 192) {
		uint8_t *bytes = state->workload.bytes[how % PVG_WL_BUFFERS] +
			at % (PVG_WORKLOAD_BUFFER_BYTES - 32);
		for (unsigned int i = 0; i < 5; i++) {
			pvg_put(bytes + 4 * i, value(in, pvg_get(bytes + 4 * i, 4)), 4);
		}
		return;
	}
	// A page of the address space goes, comes back, or was never RAM.
	struct pvg_enc_task *task = &state->mtl.task;
	uint64_t pages = task->gva_next >> PVG_ENC_PAGE_SHIFT;
	uint64_t gva = (pages - 1 - at % (pages < 600 ? pages : 600)) << PVG_ENC_PAGE_SHIFT;
	uint32_t pte = how < 212 ? 0
		: how < 232      ? 0x7fffffff
				 : pvg_enc_task_pte(task, gva ^ PVG_ENC_PAGE_BYTES);
	(void)pvg_enc_task_map_page(task, gva, pte);
}

// The process ends; then another one has its number and its tables.
static void end_task(struct fuzz_state *state, bool again) {
	struct pvg_drv *drv = &state->machine->drv;
	const uint64_t gone[] = { TASK };
	const uint64_t define[] = { pvg_enc_task_word(&state->mtl.task), PVG_ENC_TASK_VA_BYTES,
		state->mtl.task.dir_pfn };
	const uint64_t list[] = { TASK, PVG_ENC_LIST_GVA_PAGE, PVG_ENC_LIST_COUNT };
	(void)pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x20, gone);
	if (again) {
		(void)pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x38, define);
		(void)pvg_drv_send_plain(drv, PVG_DRV_ROOT, &pvg_enc_packet_table, 0x33, list);
	}
	(void)pvg_drv_flush(drv, PVG_DRV_ROOT);
}

// As on a small machine: what can be made again is given up, what cannot be is refused.
static void limit_memory(struct fuzz_state *state, unsigned int shift) {
	struct pvg_gpu *gpu = state->machine->device->gpu;
	if (gpu != NULL && gpu->memory != NULL) {
		gpu->memory->limit_bytes = UINT64_C(1) << shift;
		gpu->memory->task_limit_bytes = gpu->memory->limit_bytes / 4 * 3;
	}
}

void fuzz_state_control(struct fuzz_state *state, struct fuzz_input *in) {
	uint8_t what = (uint8_t)fuzz_take(in, 1);
	switch (what % 8) {
	case 0:
		fuzz_gpu_hold(state->renderer, what >= 128);
		break;
	case 1:
		fuzz_gpu_complete(state->renderer);
		break;
	case 2:
		fuzz_gpu_delay(state->renderer, what >= 128, what >= 192);
		break;
	case 3:
		fuzz_gpu_build(state->renderer);
		break;
	case 4:
		// Both ways of a feedback loop; GLES needs the extension for the first.
		state->renderer->caps.texture_barrier =
			what >= 128 && state->renderer->caps.texture_barrier;
		break;
	case 5:
		if (what == 253) {
			fuzz_gpu_lose(state->renderer);
		} else if (what >= 229) { // 229, 237, 245
			end_task(state, what != 229);
		} else if (what >= 197) {
			limit_memory(state, 14 + what / 8 % 4 * 4);
		}
		break;
	case 6:
		(void)pvg_drv_present(&state->machine->drv, 0, &state->workload.surface);
		break;
	default:
		fuzz_machine_pass(state->machine, 20000000);
		break;
	}
}
