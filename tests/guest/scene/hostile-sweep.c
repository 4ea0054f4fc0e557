// SPDX-License-Identifier: GPL-2.0-or-later
#include "hostile-sweep.h"

#include "text.h"

#define RECORD_BYTES 1024u
#define ELEMENTS 2u
#define STALE 9999u
#define NAN32 0x7fc00000u
#define NAN64 0x7ff8000000000000ull
#define MUCH 0xffffu // of a legal draw or dispatch, that costs seconds
#define TOO_MUCH (1ull << 37) // of any

static const struct pvg_enc_table *const tables[] = { &pvg_enc_render_table, &pvg_enc_compute_table,
	&pvg_enc_blit_table, &pvg_enc_misc_table, &pvg_enc_object_table };

// Destroy records and segments are not part of command buffers.
static bool is_swept(const struct pvg_enc_record *record) {
	return record->space != PVG_ENC_DESTROY && record->space != PVG_ENC_SEGMENT;
}

static const struct pvg_enc_record *record_at(uint32_t index) {
	for (size_t i = 0; i < PVG_ENC_COUNT(tables); i++) {
		if (index < tables[i]->count) {
			return &tables[i]->records[index];
		}
		index -= (uint32_t)tables[i]->count;
	}
	return NULL;
}

const struct pvg_enc_record *pvg_hostile_sweep_next(const struct pvg_hostile_sweep *sweep) {
	return record_at(sweep->record);
}

/* ---- values ------------------------------------------------------------------------------ */

static bool ends_in(const char *name, const char *end) {
	size_t length = 0, wanted = 0;
	while (name[length] != '\0') {
		length++;
	}
	while (end[wanted] != '\0') {
		wanted++;
	}
	return length >= wanted && pvg_str_equal(name + length - wanted, end);
}

// In the tables' samples objects have small numbers.
static bool is_ref(const struct pvg_enc_field *field) {
	static const char *const ends[] = { "buf", "texture", "ref", "buffer", "src", "dst", "tex",
		"icb", "fence", "map", "pipeline", "object" };
	bool named = false;
	for (size_t i = 0; i < PVG_ENC_COUNT(ends); i++) {
		named = named || ends_in(field->name, ends[i]);
	}
	return named && field->type == PVG_ENC_U32;
}

static bool is_draw(const struct pvg_enc_record *record) {
	return record->space == PVG_ENC_RENDER && (record->opcode <= 0x13 ||
		record->opcode == 0x1c || record->opcode == 0x1d);
}

static bool is_patch_draw(const struct pvg_enc_record *record) {
	return is_draw(record) && ((record->opcode >= 0x0c && record->opcode <= 0x0f) ||
		record->opcode == 0x12 || record->opcode == 0x13);
}

static bool is_dispatch(const struct pvg_enc_record *record) {
	return record->space == PVG_ENC_COMPUTE && record->opcode >= 0xc8 && record->opcode <= 0xca;
}

// The object that a working command buffer would name.
static uint64_t good_ref(const struct pvg_workload *w, const struct pvg_enc_record *record,
	const struct pvg_enc_field *field) {
	bool from_buffer = record->opcode == 0x12c || record->opcode == 0x12d;
	bool to_buffer = record->opcode == 0x12d || record->opcode == 0x12e;
	if (record->space == PVG_ENC_OBJECT) {
		return ends_in(field->name, "buffer_ref") ? w->buffers[PVG_WL_CONSTANTS]
			: ends_in(field->name, "heap_ref") ? 4
							   : w->textures[PVG_WL_TARGET];
	}
	if (ends_in(field->name, "fence") || record->opcode == 0x13c || record->opcode == 0x13d ||
		record->opcode == 0xd4 || record->opcode == 0xd5) {
		return w->fence;
	}
	bool arguments = record->opcode == 0xc9 || record->opcode == 0xe6;
	if (ends_in(field->name, "ibuf") || ends_in(field->name, "ind_buf") || arguments) {
		return w->buffers[PVG_WL_INDICES];
	}
	if (record->opcode == 0x12d && ends_in(field->name, "src")) {
		return w->buffers[PVG_WL_VERTICES];
	}
	if (ends_in(field->name, "buf") || ends_in(field->name, "buffer_ref") ||
		(ends_in(field->name, "src") && from_buffer) ||
		(ends_in(field->name, "dst") && to_buffer)) {
		return w->buffers[PVG_WL_RESULTS];
	}
	if (record->opcode == 0x74 || record->opcode == 0x1c9) {
		return w->pipelines[PVG_WL_SOLID];
	}
	if (record->opcode == 0xd0 || record->opcode == 0x1c2) {
		return w->pipelines[PVG_WL_KERNEL];
	}
	if (record->opcode == 0x68) {
		return w->depth_states[0];
	}
	if (ends_in(field->name, "sampler_ref") || record->opcode == 0x70 ||
		record->opcode == 0x7f || record->opcode == 0xcc) {
		return w->samplers[0];
	}
	return record->space == PVG_ENC_BLIT && !ends_in(field->name, "dst")
		? w->textures[PVG_WL_MIPS]
		: w->textures[PVG_WL_TARGET];
}

// Values with which the record does something.
static uint64_t good_value(const struct pvg_workload *w, const struct pvg_enc_record *record,
	const struct pvg_enc_field *field) {
	const char *name = field->name;
	bool optional = ends_in(name, ".resolve_texture") || ends_in(name, "visibility_buffer") ||
		ends_in(name, "patch_ibuf") || ends_in(name, ".texture");
	if (pvg_str_equal(name, "colour0.texture")) {
		return w->textures[PVG_WL_TARGET];
	} else if (is_ref(field)) {
		return optional ? 0 : good_ref(w, record, field);
	} else if (is_draw(record) && (ends_in(name, "start") || ends_in(name, "offset") ||
			   ends_in(name, "off") || ends_in(name, "ioff") || ends_in(name, "cps") ||
			   ends_in(name, "base_vertex"))) {
		return ends_in(name, "ind_offset") || ends_in(name, "ind_off") ? 0x1000 : 0;
	} else if (is_draw(record) && ends_in(name, "count")) {
		return 3;
	} else if (record->space == PVG_ENC_BLIT && (ends_in(name, ".x") || ends_in(name, ".y") ||
			   ends_in(name, "level") || ends_in(name, "slice"))) {
		return 0;
	} else if (record->opcode == 0x1a && (ends_in(name, "width") || ends_in(name, "height"))) {
		return PVG_WORKLOAD_EDGE;
	} else if (ends_in(name, "width") || ends_in(name, "height") || ends_in(name, ".w") ||
		ends_in(name, ".h")) {
		return field->type == PVG_ENC_F64 ? field->sample : 8;
	} else if (pvg_str_equal(name, "first") || pvg_str_equal(name, "index")) {
		return 0;
	} else if (record->opcode == 0x13e && ends_in(name, "count")) {
		return 1;
	} else if (record->space == PVG_ENC_COMPUTE && field->type == PVG_ENC_U64 &&
		pvg_str_equal(name, "offset")) {
		return is_dispatch(record) || record->opcode == 0xe6 ? 0x1040 : 0x800;
	}
	return field->sample;
}

#define EDGES 12u

static uint64_t edge_ref(const struct pvg_workload *w, uint32_t which) {
	const uint64_t refs[EDGES] = { 0, STALE, ~0ull, PVG_ENC_LIST_COUNT,
		w->buffers[PVG_WL_VERTICES], w->textures[PVG_WL_UINTS], w->textures[PVG_WL_DEPTH],
		w->textures[PVG_WL_SAMPLES], w->samplers[1], w->pipelines[PVG_WL_MSAA],
		w->pipelines[PVG_WL_KERNEL], w->fence };
	return refs[which];
}

static uint64_t edge_value(const struct pvg_enc_record *record, const struct pvg_enc_field *field,
	uint32_t which, uint64_t before) {
	const uint64_t values[EDGES] = { 0, 1, ~0ull, 0x7fffffff, 0x80000000, 1ull << 40,
		1ull << 63, before + 1, before << 8, STALE, NAN32, NAN64 };
	uint64_t value = values[which];
	bool amount = (is_draw(record) || is_dispatch(record)) && field->type == PVG_ENC_U64;
	return amount && value > MUCH && value < TOO_MUCH ? TOO_MUCH : value;
}

/* ---- one variation ------------------------------------------------------------------------ */

static uint32_t field_count(const struct pvg_enc_record *record) {
	return record->field_count + record->arrays[0].field_count;
}

// Encoded into @bytes with field @changed (~0: none) at an edge; the length.
static uint32_t encode(const struct pvg_workload *w, const struct pvg_enc_record *record,
	uint32_t changed, uint32_t edge, uint8_t *bytes) {
	static uint64_t head[192], elements[ELEMENTS * 8];
	const struct pvg_enc_array *array = &record->arrays[0];
	struct pvg_enc_values values = { .head = head, .arrays = { elements }, .unwritten = 0xcb };
	for (uint32_t i = 0; i < field_count(record); i++) {
		bool inner = i >= record->field_count;
		const struct pvg_enc_field *field = inner
			? &array->fields[i - record->field_count]
			: &record->fields[i];
		uint64_t value = good_value(w, record, field);
		if (i == changed) {
			value = is_ref(field) ? edge_ref(w, edge)
					      : edge_value(record, field, edge, value);
		}
		if (!inner) {
			head[i] = value;
			continue;
		}
		for (uint32_t k = 0; k < ELEMENTS; k++) {
			elements[k * array->field_count + i - record->field_count] = value;
		}
	}
	values.elements[0] = array->element_bytes != 0 ? ELEMENTS : 0;
	uint32_t length = pvg_enc_encode(record, &values, bytes, RECORD_BYTES);
	// Counts are the encoder's own unless they are what is changed.
	if (changed < record->field_count) {
		const struct pvg_enc_field *field = &record->fields[changed];
		uint32_t size = pvg_enc_type_bytes((enum pvg_enc_type)field->type);
		pvg_put(bytes + 8 + field->offset, head[changed], size);
	}
	return length;
}

/*
 * Variation @number of @length bytes at @at: 0 as it is, then cut at each byte, then zeros, ones
 * and each field. False: there is none of that number. Sets how many bytes are left.
 */
static bool spoil(const struct pvg_workload *w, const struct pvg_enc_record *record,
	uint32_t number, uint8_t *at, uint32_t *length, bool *cut) {
	uint32_t whole = *length;
	*cut = false;
	if (number == 0) {
		return true;
	}
	number--;
	if (number < whole) {
		*cut = number != 0;
		if (number % 2 != 0 && number >= 8) {
			pvg_put(at + 4, number, 4); // only says so
		} else {
			*length = number; // the segment ends there
		}
		return true;
	}
	number -= whole;
	if (number < 2) {
		memset(at + 8, number == 0 ? 0 : 0xff, whole - 8);
		return true;
	}
	number -= 2;
	if (number / EDGES >= field_count(record)) {
		return false;
	}
	*length = encode(w, record, number / EDGES, number % EDGES, at);
	return true;
}

/* ---- in a command buffer -------------------------------------------------------------------- */

static void begin_pass(struct pvg_workload *w) {
	struct pvg_mtl_pass pass;
	memset(&pass, 0, sizeof(pass));
	pass.colors[0].ref = w->textures[PVG_WL_TARGET];
	pass.colors[0].load = MTL_CLEAR;
	pass.colors[0].store = MTL_STORE;
	pass.visibility = w->buffers[PVG_WL_RESULTS];
	pvg_mtl_pass(w->mtl, &pass);
}

static void use(struct pvg_workload *w, enum pvg_workload_pipeline pipeline) {
	MTL_RENDER(w->mtl, 0x74, w->pipelines[pipeline]);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x7d, 0, w->buffers[PVG_WL_VERTICES], 0);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x7d, 1, w->buffers[PVG_WL_CONSTANTS], 0);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x72, 0, w->textures[PVG_WL_MIPS], 0);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x70, 0, w->samplers[0], 0);
}

static void begin(struct pvg_workload *w, const struct pvg_enc_record *record) {
	struct pvg_mtl *m = w->mtl;
	if (record->space == PVG_ENC_RENDER && record->opcode == 0x1a) {
		pvg_mtl_segment(m, PVG_ENC_SEGMENT_RENDER);
	} else if (record->space == PVG_ENC_RENDER) {
		begin_pass(w);
		use(w, is_patch_draw(record) ? PVG_WL_PATCHES : PVG_WL_TEXTURED);
		MTL_RENDER(m, 0x7a, w->buffers[PVG_WL_FACTORS], 0, 0);
	} else if (record->space == PVG_ENC_COMPUTE) {
		const uint32_t results = w->buffers[PVG_WL_RESULTS];
		pvg_mtl_segment(m, PVG_ENC_SEGMENT_COMPUTE);
		MTL_COMPUTE(m, 0xd0, w->pipelines[PVG_WL_KERNEL]);
		for (uint32_t i = 0; i < 3; i++) {
			pvg_mtl_bind(m, PVG_ENC_COMPUTE, 0xcb, i, results, 0x800 * i);
		}
		pvg_mtl_bind(m, PVG_ENC_COMPUTE, 0xcb, 3, w->buffers[PVG_WL_CONSTANTS], 0x100);
		if (record->opcode == 0xe1 || record->opcode == 0xe2) {
			MTL_COMPUTE(m, 0xe0, w->buffers[PVG_WL_FACTORS], 0x800, 0, 0);
		}
	} else if (record->space == PVG_ENC_BLIT) {
		pvg_mtl_segment(m, PVG_ENC_SEGMENT_BLIT);
	} else {
		pvg_mtl_segment(m, record->space == PVG_ENC_EVENT ? PVG_ENC_SEGMENT_EVENT
								 : PVG_ENC_SEGMENT_INFO);
	}
}

// What would show that state is broken; after a record cut by the segment's end there is nothing.
static void end(struct pvg_workload *w, const struct pvg_enc_record *record) {
	if (record->space == PVG_ENC_RENDER) {
		if (record->opcode == 0x1a || is_patch_draw(record)) {
			use(w, PVG_WL_TEXTURED);
		}
		pvg_mtl_draw(w->mtl, MTL_TRIANGLE_STRIP, 0, 4, 2);
	} else if (record->space == PVG_ENC_COMPUTE) {
		MTL_COMPUTE(w->mtl, 0xc8, 1, 1, 1, 16, 1, 1);
		if (record->opcode == 0xe0 || record->opcode == 0xe1) {
			MTL_COMPUTE(w->mtl, 0xe2, 0);
		}
	}
}

static void submit(struct pvg_workload *w) {
	uint32_t signal = pvg_mtl_commit(w->mtl);
	if (signal != 0) {
		pvg_mtl_wait(w->mtl, signal);
	}
}

static bool run_record(struct pvg_hostile_sweep *sweep, const struct pvg_enc_record *record) {
	static uint8_t bytes[RECORD_BYTES];
	struct pvg_workload *w = sweep->workload;
	uint32_t whole = encode(w, record, ~0u, 0, bytes), length = whole;
	if (!spoil(w, record, sweep->variation, bytes, &length, &sweep->cut)) {
		return false;
	}
	begin(w, record);
	pvg_enc_stream_bytes(&w->mtl->stream, bytes, length);
	if (length == whole) {
		end(w, record);
	}
	submit(w);
	return true;
}

/* ---- as an object --------------------------------------------------------------------------- */

static void look_at(struct pvg_workload *w, const struct pvg_enc_record *record, uint32_t ref) {
	if (record->opcode == 0x03 || record->opcode == 0x04) {
		begin_pass(w);
		use(w, PVG_WL_TEXTURED);
		if (record->opcode == 0x03) {
			pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x70, 0, ref, 0);
		} else {
			MTL_RENDER(w->mtl, 0x68, ref);
		}
		pvg_mtl_draw(w->mtl, MTL_TRIANGLE_STRIP, 0, 4, 1);
	} else {
		pvg_mtl_segment(w->mtl, PVG_ENC_SEGMENT_BLIT);
		MTL_BLIT(w->mtl, 0x12e, ref, w->buffers[PVG_WL_RESULTS], 0, 0, 0, 1, 1, 1, 0, 256,
			256, 0, 0, 0);
	}
	submit(w);
}

static bool run_object(struct pvg_hostile_sweep *sweep, const struct pvg_enc_record *record) {
	static const uint16_t derived[] = { 0x07, 0x08, 0x09, 0x15, 0x1b, 0x37, 0x38 };
	static uint8_t bytes[RECORD_BYTES];
	struct pvg_workload *w = sweep->workload;
	uint32_t length = encode(w, record, ~0u, 0, bytes), ref = w->end_ref + 8;
	uint8_t type = 7;
	for (size_t i = 0; i < PVG_ENC_COUNT(derived); i++) {
		type = record->opcode == derived[i] ? 8 : type;
	}
	if (!spoil(w, record, sweep->variation, bytes, &length, &sweep->cut)) {
		return false;
	}
	sweep->cut = sweep->cut && type == 8;
	if (length == 0) {
		return true;
	}
	// The last one dies as whatever it was.
	static const uint16_t kinds[] = { 0x3e9, 0x3eb, 0x3ea };
	for (size_t i = 0; i < PVG_ENC_COUNT(kinds); i++) {
		const uint64_t gone[] = { w->mtl->task.id, kinds[i], 12, ref };
		pvg_drv_send_plain(w->mtl->drv, PVG_DRV_IMMEDIATE, &pvg_enc_packet_table, 0x28,
			gone);
	}
	if (!pvg_drv_flush(w->mtl->drv, PVG_DRV_IMMEDIATE)) {
		return true;
	}
	if (!pvg_enc_task_declare(&w->mtl->task, ref, type, bytes, length)) {
		pvg_drv_fail(w->mtl->drv, "an object cannot be declared");
		return true;
	}
	look_at(w, record, ref);
	return true;
}

bool pvg_hostile_sweep_run(struct pvg_hostile_sweep *sweep) {
	const struct pvg_enc_record *record = record_at(sweep->record);
	bool there = is_swept(record) &&
		(record->space == PVG_ENC_OBJECT ? run_object(sweep, record)
						 : run_record(sweep, record));
	if (there) {
		sweep->variation += sweep->step;
		sweep->done++;
	} else {
		pvg_workload_fill(sweep->workload);
		sweep->record++;
		sweep->variation = sweep->variation % sweep->step;
		sweep->cut = false;
	}
	return sweep->workload->mtl->drv->error == NULL;
}
