// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encoder records from a valid starting state: a task with buffers, textures and pipelines, and a
 * renderer: the null one, which checks every list, or GLES. Input: a program that picks records and
 * changes fields of them, submits, lets pipelines and lists wait.
 */
#include <string.h>

#include "enc/pipeline.h"
#include "fuzz-gpu.h"
#include "fuzz-guest.h"
#include "scene/shaders.h"

#define MAX_STEPS 400
#define STREAM_BYTES 0x4000u
#define EXEC_OPCODE 0x37
#define BUFFER_BYTES 0x2000u

enum {
	VERTEX_FUNCTION = 8, // functions of the scenes; the null renderer does not look
	FRAGMENT_FUNCTION = 9,
	KERNEL_FUNCTION = 10,
	PATCH_FUNCTION = 11,
	FIRST_BUFFER = 12, // 12..14, as the samples of the tables have them
	BUFFERS = 3,
	FIRST_TEXTURE = 20,
	TEXTURES = 6,
	FIRST_PIPELINE = 30,
	PIPELINES = 4,
	FIRST_KERNEL = 34,
	SAMPLER = 40,
	DEPTH_STATE = 41,
};

struct target {
	struct fuzz_machine *machine;
	struct pvg_renderer *renderer;
	uint8_t *stream; // borrowed: guest RAM
	uint64_t gva;
	uint32_t size, segment;
	uint8_t type;
};

/* ---- the starting state ---------------------------------------------------------------------- */

struct bytes {
	uint8_t at[512];
	uint32_t size;
};

static void add(struct bytes *b, uint64_t value, unsigned int size) {
	pvg_put(b->at + b->size, value, size);
	b->size += size;
}

static void declare(struct target *t, uint32_t ref, uint8_t type, const struct bytes *b) {
	FUZZ_CHECK(pvg_enc_task_declare(&t->machine->drv.kernel, ref, type, b->at, b->size));
}

static void declare_texture(struct target *t, uint32_t ref, uint8_t type, uint16_t format,
	uint32_t depth, uint16_t levels, uint16_t samples, uint16_t layers) {
	struct bytes b = { .size = 0 };
	uint32_t sizes[5], slice = 0;
	uint64_t gva;
	for (uint32_t i = 0; i < levels; i++) {
		uint32_t planes = depth >> i != 0 ? depth >> i : 1;
		sizes[i] = 64 * (16u >> i) * planes * samples;
		slice += sizes[i];
	}
	FUZZ_CHECK(pvg_enc_task_alloc(&t->machine->drv.kernel, slice * layers, &gva) != NULL);
	add(&b, (uint64_t)slice * layers, 8);
	add(&b, gva >> 12, 4);
	add(&b, levels, 2);
	add(&b, layers, 2);
	add(&b, 0, 8);
	add(&b, slice, 8);
	add(&b, 0, 3);
	add(&b, 4, 1);
	for (uint32_t i = 0, at = 0; i < levels; at += sizes[i], i++) {
		add(&b, at, 8);
		add(&b, sizes[i], 8);
		add(&b, 64, 8);
		add(&b, 16u >> i, 4);
		add(&b, 16u >> i, 4);
		add(&b, depth >> i != 0 ? depth >> i : 1, 4);
	}
	add(&b, 1, 4);
	add(&b, 44, 4);
	add(&b, ref, 4);
	add(&b, type | 0x40u | 7u << 8 | (uint32_t)format << 16, 4);
	add(&b, 16, 4);
	add(&b, 16, 4);
	add(&b, depth, 4);
	add(&b, levels, 2);
	add(&b, samples, 2);
	add(&b, layers, 2);
	add(&b, 0, 2);
	add(&b, 0, 8);
	declare(t, ref, 2, &b);
}

static void declare_function(struct target *t, uint32_t ref, const char *name) {
	struct bytes b = { .size = 0 };
	const struct pvg_shader *shader = pvg_shaders;
	uint64_t gva;
	while (shader->name != NULL && strcmp(shader->name, name) != 0) {
		shader++;
	}
	uint32_t size = shader->name != NULL ? shader->size_bytes : 64;
	uint8_t *code = pvg_enc_task_alloc(&t->machine->drv.kernel, size, &gva);
	FUZZ_CHECK(code != NULL);
	if (shader->name != NULL) {
		memcpy(code, shader->library, size);
	} else {
		memcpy(code, "MTLB", 4);
	}
	add(&b, gva, 8);
	add(&b, size, 4);
	add(&b, 0, 8);
	add(&b, 1, 4);
	declare(t, ref, 6, &b);
}

static void declare_all(struct target *t) {
	struct bytes b;
	uint64_t gva;
	for (uint32_t i = 0; i < BUFFERS; i++) {
		b.size = 0;
		FUZZ_CHECK(pvg_enc_task_alloc(&t->machine->drv.kernel, BUFFER_BYTES, &gva) != NULL);
		add(&b, BUFFER_BYTES, 8);
		add(&b, gva >> 12, 8);
		declare(t, FIRST_BUFFER + i, 1, &b);
	}
	declare_texture(t, FIRST_TEXTURE, 2, 80, 1, 1, 1, 1);
	declare_texture(t, FIRST_TEXTURE + 1, 2, 80, 1, 5, 1, 1);
	declare_texture(t, FIRST_TEXTURE + 2, 2, 252, 1, 1, 1, 1);
	declare_texture(t, FIRST_TEXTURE + 3, 3, 80, 1, 1, 1, 3);
	declare_texture(t, FIRST_TEXTURE + 4, 4, 80, 1, 1, 4, 1);
	declare_texture(t, FIRST_TEXTURE + 5, 7, 80, 4, 1, 1, 1);
	declare_function(t, VERTEX_FUNCTION, "rect.vert");
	declare_function(t, FRAGMENT_FUNCTION, "textured.frag");
	declare_function(t, KERNEL_FUNCTION, "particles.kernel");
	declare_function(t, PATCH_FUNCTION, "tess.vert");
	for (uint32_t i = 0; i < PIPELINES; i++) {
		const struct pvg_enc_render_pipeline p = {
			.object_ref = FIRST_PIPELINE + i,
			.vertex_function = i == 2 ? PATCH_FUNCTION : VERTEX_FUNCTION,
			.fragment_function = FRAGMENT_FUNCTION,
			.max_factor = i == 2 ? 16 : 0,
			.sample_count = i == 3 ? 4 : 1,
			.attribute_count = i == 1 ? 3 : 0,
			.attributes = { { 0, 18, 0, 0 }, { 1, 18, 8, 0 }, { 2, 9, 16, 0 } },
			.layout_count = i == 1 ? 1 : 0,
			.layouts = { { 0, 2, 1, 20 } },
			.colour_count = 1,
			.colours = { { 0, 80, false, 1, 0, 0, 1, 0, 0, i } }, // mask: see use()
		};
		b.size = pvg_enc_render_pipeline(&p, b.at, sizeof(b.at));
		declare(t, FIRST_PIPELINE + i, 7, &b);
	}
	const struct pvg_enc_compute_pipeline kernel = { FIRST_KERNEL, NULL, KERNEL_FUNCTION,
		false };
	b.size = pvg_enc_compute_pipeline(&kernel, b.at, sizeof(b.at));
	declare(t, FIRST_KERNEL, 7, &b);
	const struct pvg_enc_values values = { 0 };
	b.size = pvg_enc_encode(pvg_enc_find(&pvg_enc_object_table, 0x03), &values, b.at,
		sizeof(b.at));
	declare(t, SAMPLER, 7, &b);
	b.size = pvg_enc_encode(pvg_enc_find(&pvg_enc_object_table, 0x04), &values, b.at,
		sizeof(b.at));
	declare(t, DEPTH_STATE, 7, &b);
}

static void use(void *data, const struct pvg_gpu_render_desc *render,
	const struct pvg_gpu_compute_desc *compute, struct pvg_gpu_pipeline_info *info) {
	if (compute != NULL) {
		info->stage[PVG_GPU_KERNEL].buffers = 7;
		info->stage[PVG_GPU_KERNEL].buffers_written = 2;
		info->stage[PVG_GPU_KERNEL].textures[0] = 3;
		info->stage[PVG_GPU_KERNEL].textures_written[0] = 2;
		return;
	}
	if (render->colors[0].write_mask == 2) {
		info->tessellates = true;
	}
	info->stage[PVG_GPU_VERTEX].buffers = 6;
	info->stage[PVG_GPU_VERTEX].buffer_bytes[1] = 64;
	info->stage[PVG_GPU_FRAGMENT].buffers = 4;
	info->stage[PVG_GPU_FRAGMENT].buffers_written = render->colors[0].write_mask == 1 ? 4 : 0;
	info->stage[PVG_GPU_FRAGMENT].textures[0] = 5;
	info->stage[PVG_GPU_FRAGMENT].samplers = 1;
}

/* ---- records --------------------------------------------------------------------------------- */

static const struct pvg_enc_table *const tables[] = { &pvg_enc_render_table, &pvg_enc_compute_table,
	&pvg_enc_blit_table };

// What of the starting state a field may name.
static uint64_t ref_for(const struct pvg_enc_record *record, const char *name, uint8_t pick) {
	static const uint32_t all[] = { 0, FIRST_BUFFER, FIRST_TEXTURE, FIRST_PIPELINE,
		FIRST_KERNEL, SAMPLER, DEPTH_STATE, 77 };
	bool textures = record->opcode == 0x72 || record->opcode == 0x81 || record->opcode == 0xce;
	bool samplers = strstr(record->name, "Sampler") != NULL;
	bool blit = record->space == PVG_ENC_BLIT &&
		(strstr(record->name, "exture") != NULL || record->opcode >= 0x133);
	bool buffer = strstr(name, "buf") != NULL ||
		(strcmp(name, "src") == 0 && record->opcode <= 0x12d) ||
		(strcmp(name, "dst") == 0 && (record->opcode == 0x12d || record->opcode == 0x12e));
	if (pick >= 250) {
		return all[pick % 8];
	}
	if (buffer) {
		return FIRST_BUFFER + pick % BUFFERS;
	}
	if (textures || strstr(name, "tex") != NULL || (blit && !samplers)) {
		return FIRST_TEXTURE + pick % TEXTURES;
	}
	if (samplers) {
		return SAMPLER;
	}
	if (record->opcode == 0x74) {
		return FIRST_PIPELINE + pick % PIPELINES;
	}
	return record->opcode == 0xd0 ? FIRST_KERNEL : DEPTH_STATE;
}

static bool is_ref(const char *name) {
	static const char *const names[] = { "ref", "src", "dst", "tex", "buf", "ibuf", "ind_buf",
		"cp_ibuf", "patch_ibuf", "buffer_ref", "sampler_ref", "bytes_buf",
		"visibility_buffer" };
	for (size_t i = 0; i < PVG_ENC_COUNT(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			return true;
		}
	}
	return strstr(name, ".texture") != NULL || strstr(name, ".resolve_texture") != NULL;
}

static uint64_t value_for(struct fuzz_input *in, const struct pvg_enc_record *record,
	const struct pvg_enc_field *field) {
	uint8_t how = (uint8_t)fuzz_take(in, 1);
	bool optional = strstr(field->name, "colour") != NULL ||
		strstr(field->name, "depth") != NULL || strstr(field->name, "stencil") != NULL;
	if (is_ref(field->name)) {
		if (optional && strncmp(field->name, "colour0.texture", 15) != 0 && how < 128) {
			return 0;
		}
		return ref_for(record, field->name, how);
	}
	if (how < 96) {
		return field->sample;
	}
	if (how < 224) {
		return how % 32;
	}
	return fuzz_take(in, 8);
}

static void put_record(struct target *t, struct fuzz_input *in) {
	const struct pvg_enc_table *table = tables[t->type % 3];
	const struct pvg_enc_record *record = &table->records[fuzz_take(in, 1) % table->count];
	uint64_t head[192], array[4 * 8];
	struct pvg_enc_values values = { .head = head, .arrays = { array } };
	if (record->field_count > 192) {
		return;
	}
	for (unsigned int i = 0; i < record->field_count; i++) {
		head[i] = value_for(in, record, &record->fields[i]);
	}
	if (record->arrays[0].element_bytes != 0) {
		values.elements[0] = 1 + (uint32_t)fuzz_take(in, 1) % 4;
		size_t at = 0;
		for (uint32_t i = 0; i < values.elements[0]; i++) {
			for (unsigned int k = 0; k < record->arrays[0].field_count; k++) {
				array[at++] = value_for(in, record, &record->arrays[0].fields[k]);
			}
		}
	}
	if (record->arrays[0].element_bytes != 0 && strcmp(record->fields[0].name, "first") == 0 &&
		head[0] == 2) {
		head[0] = 0; // the slots that programs use
	}
	t->size += pvg_enc_encode(record, &values, t->stream + t->size, STREAM_BYTES - t->size);
}

/* ---- the program ----------------------------------------------------------------------------- */

static void end_segment(struct target *t) {
	pvg_put(t->stream + t->segment, t->size - t->segment, 4);
}

static void begin_segment(struct target *t, struct fuzz_input *in) {
	uint8_t flags = (uint8_t)fuzz_take(in, 1);
	end_segment(t);
	if (STREAM_BYTES - t->size < 64) {
		return;
	}
	t->segment = t->size;
	t->type = flags % 3;
	pvg_put(t->stream + t->size, 0, 4);
	t->stream[t->size + 4] = t->type;
	t->stream[t->size + 5] = flags >= 0xf0; // continues
	t->stream[t->size + 6] = flags >= 0xe0;
	t->stream[t->size + 7] = 0xcb;
	t->size += 8;
}

static void begin_stream(struct target *t) {
	static const uint8_t header[8] = { 8 };
	memcpy(t->stream, header, sizeof(header));
	t->segment = 0;
	t->size = 8;
	t->type = 0;
}

static void submit(struct target *t) {
	uint8_t payload[12 + 24 + 16] = { 0 };
	end_segment(t);
	pvg_put(payload + 4, 1, 4);
	pvg_put(payload + 8, 1, 4);
	pvg_put(payload + 12, FIRST_TEXTURE, 4);
	payload[16] = 1; // the guest's CPU wrote it
	pvg_put(payload + 36, t->gva, 8);
	pvg_put(payload + 44, t->size, 8);
	fuzz_machine_put_packet(t->machine, PVG_DRV_EXEC, EXEC_OPCODE, payload, sizeof(payload));
	fuzz_machine_pass(t->machine, 2000000);
}

static void control(struct target *t, struct fuzz_input *in) {
	uint8_t what = (uint8_t)fuzz_take(in, 1);
	switch (what % 8) {
	case 0:
		fuzz_gpu_hold(t->renderer, what >= 128);
		break;
	case 1:
		fuzz_gpu_complete(t->renderer);
		break;
	case 2:
		fuzz_gpu_delay(t->renderer, what >= 128, what >= 192);
		break;
	case 3:
		fuzz_gpu_build(t->renderer);
		break;
	case 4:
		t->renderer->caps.texture_barrier = what >= 128;
		break;
	case 5: { // DeleteResource of something in use
		uint8_t payload[8] = { 0 };
		pvg_put(payload + 4, 12 + what % 14, 4);
		fuzz_machine_put_packet(t->machine, PVG_DRV_IMMEDIATE, 0x25, payload, 8);
		break;
	}
	case 6:
		if (what == 254) {
			fuzz_gpu_lose(t->renderer);
		}
		break;
	default:
		fuzz_machine_pass(t->machine, 20000000);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = { .cur = data, .end = data + size };
	struct target t = {
		.machine = fuzz_machine_create(FUZZ_RAM_BYTES),
		.renderer = fuzz_gpu_get(use),
	};
	pvg_device_set_renderer(t.machine->device, t.renderer);
	t.stream = pvg_enc_task_alloc(&t.machine->drv.kernel, STREAM_BYTES, &t.gva);
	FUZZ_CHECK(t.stream != NULL);
	declare_all(&t);
	begin_stream(&t);
	for (unsigned int step = 0; !fuzz_done(&in) && step < MAX_STEPS; step++) {
		uint8_t op = (uint8_t)fuzz_take(&in, 1);
		if (op < 192) {
			put_record(&t, &in);
		} else if (op < 220) {
			begin_segment(&t, &in);
		} else if (op < 240) {
			submit(&t);
			begin_stream(&t);
		} else {
			control(&t, &in);
		}
	}
	submit(&t);
	fuzz_gpu_close(t.renderer, t.machine);
	return 0;
}

/* ---- seeds: each record once, behind what draws and dispatches need -------------------------- */

static void seed_record(struct fuzz_output *out, const struct pvg_enc_table *table,
	uint16_t opcode) {
	for (size_t i = 0; i < table->count; i++) {
		const struct pvg_enc_record *record = &table->records[i];
		if (record->opcode != opcode) {
			continue;
		}
		fuzz_put(out, 0, 1);
		fuzz_put(out, i, 1);
		for (unsigned int k = 0; k < record->field_count; k++) {
			fuzz_put(out, 0, 1);
		}
		if (record->arrays[0].element_bytes != 0) {
			fuzz_put(out, 2, 1);
			for (unsigned int k = 0; k < 3u * record->arrays[0].field_count; k++) {
				fuzz_put(out, 0, 1);
			}
		}
		return;
	}
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	static const uint16_t before[3][8] = {
		{ 0x1a, 0x74, 0x7d, 0x6e, 0x72, 0x70, 0x7a, 0x01 },
		{ 0xd0, 0xcb, 0xce, 0xcc, 0xca },
		{ 0x12f, 0x12c, 0x132 },
	};
	struct fuzz_output out = { .bytes = buffer };
	for (unsigned int type = 0; type < 3; type++) {
		if (index >= tables[type]->count) {
			index -= (unsigned int)tables[type]->count;
			continue;
		}
		fuzz_put(&out, 192, 1); // a segment of this type
		fuzz_put(&out, type, 1);
		for (unsigned int i = 0; i < 8 && (i == 0 || before[type][i] != 0); i++) {
			seed_record(&out, tables[type], before[type][i]);
		}
		seed_record(&out, tables[type], tables[type]->records[index].opcode);
		seed_record(&out, tables[type], type == 0 ? 0x01 : type == 1 ? 0xca : 0x12d);
		fuzz_put(&out, 220, 1); // submit
		fuzz_put(&out, index % 256, 1);
		return out.size;
	}
	return 0;
}
