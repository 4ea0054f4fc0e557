// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff-texture.h"
#include "airdiff.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "render/shader/float.h"

/*
 * Inputs are made up. What a buffer holds comes from the name of its type, what a member of a
 * parameter struct holds from its own name: sizes ("ne01") and strides in bytes ("nb01") of tensors
 * that lie within the buffers, small numbers otherwise. Attempts differ in sizes, in the shape of
 * the
 * threadgroup and in what untyped bytes hold.
 */

static uint32_t random_state = 1;

static uint32_t next_random(void) {
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 8;
}

static void put(uint8_t *at, uint64_t v, uint32_t bytes) {
	memcpy(at, &v, bytes);
}

/* What an attempt chooses. */
struct choice {
	uint32_t local[3], groups[3];
	uint32_t row; // elements in a row: ne00
	uint32_t element; // bytes: nb00
	bool small; // untyped bytes hold small integers
	uint32_t texels; // textures are squares of that size; 0: 16 x 8
};

/* For anything; for simdgroup matrices, that take several simd groups; for textures. */
static const struct choice plain[] = {
	{ { 32, 2, 1 }, { 2, 2, 1 }, 32, 4, false, 0 },
	{ { 32, 2, 1 }, { 2, 2, 1 }, 256, 4, false, 0 },
	{ { 32, 1, 1 }, { 4, 4, 2 }, 256, 4, false, 0 },
	{ { 32, 2, 1 }, { 2, 2, 1 }, 256, 8, true, 0 },
	{ { 32, 4, 1 }, { 2, 1, 1 }, 256, 4, false, 0 },
	{ { 64, 1, 1 }, { 2, 2, 2 }, 64, 8, true, 0 },
	{ { 1, 1, 1 }, { 8, 4, 2 }, 4, 4, true, 0 },
	{ { 8, 8, 1 }, { 1, 1, 1 }, 32, 4, true, 0 },
	{ { 32, 1, 1 }, { 4, 1, 1 }, 64, 4, false, 0 },
};
static const struct choice matrices[] = {
	{ { 128, 1, 1 }, { 1, 2, 1 }, 64, 4, false, 0 },
	{ { 32, 4, 1 }, { 2, 1, 1 }, 64, 4, false, 0 },
	{ { 32, 1, 1 }, { 2, 2, 1 }, 64, 4, false, 0 },
	{ { 32, 2, 1 }, { 1, 2, 1 }, 128, 4, true, 0 },
	{ { 128, 1, 1 }, { 1, 2, 1 }, 256, 4, true, 0 },
};
static const struct choice pixels[] = {
	{ { 8, 8, 1 }, { 2, 1, 1 }, 8, 4, false, 0 },
	{ { 8, 4, 2 }, { 2, 2, 2 }, 8, 4, true, 0 },
	{ { 32, 1, 1 }, { 2, 1, 1 }, 8, 4, true, 0 },
	{ { 8, 8, 1 }, { 1, 1, 2 }, 8, 4, true, 16 }, // a group for all of the second level
};

static struct choice chosen;

/* ---- members of structs, and numbers passed alone -------------------------------------------- */

/* The last digit of a name that is "ne" or "nb" and digits: a dimension. */
static bool tensor_name(const char *name, const char *prefix, uint32_t *dimension) {
	if (strncmp(name, prefix, 2) != 0 || name[2] == '\0') {
		return false;
	}
	for (const char *c = name + 2; *c != '\0'; c++) {
		if ((*c < '0' || *c > '9') && *c != '_' && *c != 'i') {
			return false;
		}
		if (*c >= '0' && *c <= '9') {
			*dimension = (uint32_t)(*c - '0');
		}
	}
	return *dimension < 4;
}

static uint64_t integer_for(const char *name) {
	static const char *const ones[] = { "r2", "r3", "s0", "s1", "d0", "d1", "nsg", "n_groups" };
	uint32_t dimension = 4, strides[4] = { 0 };
	if (tensor_name(name, "ne", &dimension)) {
		uint32_t sizes[4] = { chosen.row, 8, 2, 1 };
		return sizes[dimension];
	}
	if (tensor_name(name, "nb", &dimension)) {
		strides[0] = chosen.element;
		strides[1] = chosen.row * 4 > 256 ? chosen.row * 4 : 256;
		strides[2] = strides[1] * 8;
		strides[3] = strides[2] * 2;
		return strides[dimension];
	}
	if (strstr(name, "evel") != NULL || strstr(name, "ayer") != NULL ||
		strstr(name, "lice") != NULL) {
		return chosen.texels > 0 ? 0 : next_random() % 2;
	}
	if (strncmp(name, "off", 3) == 0 || strncmp(name, "ofs", 3) == 0 ||
		strncmp(name, "p0", 2) == 0) {
		return 0;
	}
	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++) {
		if (strcmp(name, ones[i]) == 0) {
			return 1;
		}
	}
	static const struct {
		const char *name;
		uint32_t value;
	} known[] = {
		{ "nxpsg", 8 },
		{ "r1ptg", 2 },
		{ "n_head_log2", 2 },
		{ "n_dims", 16 },
		{ "nr0", 4 },
		{ "ncols", 32 },
		{ "ncols_pad", 32 },
		{ "nei0", 2 },
		{ "nei1", 4 },
		{ "nbi1", 256 },
		{ "neh11", 8 },
		{ "nbh11", 256 },
		{ "nbh12", 2048 },
		{ "neh0", 8 },
		{ "neh1", 8 },
		{ "ne20", 2 },
		{ "ne21", 4 },
		{ "nb21", 256 },
		{ "d_state", 32 },
		{ "d_inner", 2 },
		{ "n_seq_tokens", 2 },
		{ "n_seqs", 2 },
		{ "n_group", 2 },
		{ "dim", 16 },
		{ "max_period", 1000 },
		{ "nk0", 2 },
		{ "np", 64 },
		{ "ngrp", 2 },
		{ "n_ctx_orig", 4096 },
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i].name) == 0) {
			return known[i].value;
		}
	}
	return 1 + next_random() % 4;
}

static bool is_float_type(const char *type) {
	return strncmp(type, "float", 5) == 0 || strncmp(type, "packed_float", 12) == 0;
}

static bool is_half_type(const char *type) {
	return strncmp(type, "half", 4) == 0 || strncmp(type, "packed_half", 11) == 0;
}

/* A float of ordinary size with few bits, or now and then one from the edge. */
static uint32_t some_float(bool edges) {
	static const uint32_t usual[] = { 0, 0x80000000, 0x3f800000, 0xbf800000, 0x00000001,
		0x80400000 };
	static const uint32_t rare[] = { 0x7fc00000, 0x7f800000, 0xff800000, 0x7f7fffff, 0x007fffff,
		0xff7fffff };
	uint32_t r = next_random();
	if (r % 61 == 0) {
		return usual[r / 61 % 6];
	}
	if (edges && r % 199 == 0) {
		return rare[r / 199 % 6];
	}
	return pvg_float_bits((float)(int32_t)(r % 2001) / 128.0f - 1000.0f / 128.0f);
}

static uint32_t some_half(bool edges) {
	static const uint16_t usual[] = { 0, 0x8000, 0x3c00, 0xbc00, 0x0001, 0x8200 };
	static const uint16_t rare[] = { 0x7e00, 0x7c00, 0xfc00, 0x7bff, 0x03ff, 0xfbff };
	uint32_t r = next_random();
	if (r % 61 == 0) {
		return usual[r / 61 % 6];
	}
	if (edges && r % 199 == 0) {
		return rare[r / 199 % 6];
	}
	return 0x3000 + r % 0x1000 + (r >> 20 & 1) * 0x8000;
}

static void fill_member(uint8_t *at, const struct diff_field *f, const char *name) {
	uint32_t size = f->size_bytes;
	if (is_float_type(f->type) && size >= 4) {
		for (uint32_t w = 0; w + 4 <= size; w += 4) {
			put(at + w, pvg_float_bits(0.25f * (float)(1 + next_random() % 8)), 4);
		}
	} else if (is_half_type(f->type)) {
		for (uint32_t w = 0; w + 2 <= size; w += 2) {
			put(at + w, 0x3000 + next_random() % 0x0c00, 2);
		}
	} else if (strncmp(f->type, "bool", 4) == 0) {
		for (uint32_t w = 0; w < size; w++) {
			at[w] = next_random() & 1;
		}
	} else if (strstr(f->type, "char") != NULL) {
		// Bytes of packed numbers.
		for (uint32_t w = 0; w < size; w++) {
			at[w] = (uint8_t)next_random();
		}
	} else {
		uint32_t step = strstr(f->type, "long") != NULL || strcmp(f->type, "size_t") == 0
			? 8
			: strstr(f->type, "short") != NULL ? 2
			: size % 4 == 0                    ? 4
							   : 1;
		for (uint32_t w = 0; w + step <= size; w += step) {
			uint64_t v = integer_for(name);
			uint32_t dimension = 4;
			// Wide numbers are offsets, unless they are sizes.
			bool offset = step == 8 && !tensor_name(name, "ne", &dimension) && v < 16;
			put(at + w, offset ? v * 16 : v, step);
		}
	}
}

static void fill_structs(uint8_t *data, const struct diff_argument *a) {
	uint32_t stride = a->type_bytes;
	if (a->field_count == 0 || stride == 0 || stride > DIFF_BUFFER_BYTES) {
		return;
	}
	uint32_t n = a->space == 2 && a->type_bytes > 64 ? 1 : DIFF_BUFFER_BYTES / stride;
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < a->field_count; k++) {
			const struct diff_field *f = &a->fields[k];
			for (uint32_t c = 0; c < f->count; c++) {
				uint32_t at = f->offset_bytes + c * f->size_bytes;
				if (f->size_bytes > 0 && at + f->size_bytes <= stride) {
					fill_member(data + (size_t)i * stride + at, f, f->name);
				}
			}
		}
	}
}

static void fill_buffer(const struct diff_argument *a, bool edges) {
	uint8_t *data = diff.regions[a->location].input;
	const char *type = a->type_name;
	random_state = a->location * 7919 + 17;
	struct diff_field alone = { 0, a->type_bytes, 1, "", "" };
	snprintf(alone.type, sizeof(alone.type), "%s", type);
	bool integer = strncmp(type, "int", 3) == 0 || strncmp(type, "uint", 4) == 0 ||
		strncmp(type, "long", 4) == 0 || strncmp(type, "ulong", 5) == 0 ||
		strncmp(type, "short", 5) == 0 || strncmp(type, "ushort", 6) == 0;
	bool bytes = strncmp(type, "uchar", 5) == 0;
	// Untyped bytes that are numbers of rows: of 32 bits at every eighth byte, or of 64.
	bool indices = strcmp(a->name, "ids") == 0 ||
		(chosen.small && (strcmp(a->name, "src1") == 0 || strcmp(a->name, "src2") == 0));
	for (uint32_t i = 0; i < DIFF_BUFFER_BYTES; i += 4) {
		uint32_t r = next_random();
		uint32_t word = is_float_type(type) ? some_float(edges)
			: is_half_type(type)        ? some_half(edges) | some_half(edges) << 16
			: integer && a->space == 2  ? 1 + r % 4
			: integer                   ? (r & 31                 ? r % 8
								      : edges ? 0x80000000
									      : 0)
			: bytes                     ? r ^ r << 16
			: indices
			? (i % 8 == 0 ? r % 4 : 0)
			:
			// Two halves of moderate size, which are also a float and bytes.
			((0x3000 + r % 0x0c00) | (0x3400 + next_random() % 0x0800) << 16);
		put(data + i, word, 4);
	}
	if (strncmp(type, "bfloat", 6) == 0) {
		for (uint32_t i = 0; i < DIFF_BUFFER_BYTES; i += 2) {
			put(data + i, some_float(edges) >> 16, 2);
		}
	}
	if (a->field_count > 0) {
		fill_structs(data, a);
	} else if (a->space == 2 && a->type_bytes <= 16 && a->type_bytes > 0) {
		fill_member(data, &alone, a->name); // a number by reference
	}
}

/* ---- textures -------------------------------------------------------------------------------- */

static void size_texture(struct diff_texture *t) {
	t->width = chosen.texels > 0 ? chosen.texels : t->dim == DIFF_CUBE ? 8 : 16;
	t->height = t->dim == DIFF_1D ? 1 : chosen.texels > 0 ? chosen.texels : 8;
	t->layers = t->array ? 3 : 1;
	t->slices = t->dim == DIFF_3D ? 4 : t->dim == DIFF_CUBE ? 6 * t->layers : t->layers;
	bool implicit_cube = t->dim == DIFF_CUBE && diff.stage == DIFF_FRAGMENT;
	t->levels = t->multisample || t->written || implicit_cube || t->dim == DIFF_1D ? 1
		: t->dim == DIFF_2D                                                    ? 4
										       : 3;
	t->samples = t->multisample ? 4 : 1;
}

static void fill_texture(uint32_t location, bool edges) {
	struct diff_texture *t = &diff.textures[location];
	static const uint32_t corners[] = { 0, 0xffffffff, 0x80000000, 0x7fffffff, 1 };
	size_texture(t);
	uint32_t bytes = diff_texel_offset(t, t->levels, 0, 0, 0, 0);
	diff_region_open(DIFF_FIRST_TEXTURE + location, bytes);
	random_state = location * 104729 + 3;
	for (uint32_t i = 0; i < bytes; i += 4) {
		uint32_t r = next_random();
		uint32_t word = r % 23 == 0 && edges ? corners[r / 23 % 5] : r % 256;
		if (t->texel_class == DIFF_CLASS_FLOAT) {
			// Colours, mostly; exact in a half.
			word = pvg_float_bits(t->depth || r % 7 != 0
					? (float)(r % 257) / 256.0f
					: (float)(r % 1024) / 128.0f - 4.0f);
		}
		put(diff.regions[DIFF_FIRST_TEXTURE + location].input + i, word, 4);
	}
}

/* Words as static samplers have them (spec 05 §3.8). */
static uint64_t sampler_words(uint32_t address, bool linear, uint32_t mip) {
	return UINT64_C(0x807bff0000000000) | address | address << 3 | address << 6 |
		(uint64_t)linear << 9 | (uint64_t)linear << 11 | (uint64_t)mip << 13;
}

static void choose_samplers(uint32_t attempt) {
	bool linear = true;
	for (uint32_t i = 0; i < DIFF_TEXTURES; i++) {
		// Neither integers nor depth without a comparison can be filtered.
		linear &= !diff.textures[i].used ||
			(diff.textures[i].texel_class == DIFF_CLASS_FLOAT &&
				!diff.textures[i].depth);
	}
	for (uint32_t i = 0; i < 16; i++) {
		static const uint32_t modes[] = { 1, 2, 3 };
		diff.samplers[i][0] =
			sampler_words(modes[(i + attempt) % 3], linear && i % 2 == 0, (i + 1) % 2);
		diff.samplers[i][1] = 0;
	}
}

/* ---- stage inputs ---------------------------------------------------------------------------- */

static void fill_stage_inputs(bool edges) {
	random_state = 4711;
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		for (uint32_t t = 0; t < DIFF_TILES; t++) {
			for (uint32_t k = 0; k < 4; k++) {
				// Steps of 1/64: sums of them are exact on both sides.
				float *v = diff.varying[i][t][k];
				v[0] = (float)(next_random() % 65) / 64.0f - (t == 3 ? 0.5f : 0);
				v[1] = ((float)(next_random() % 9) - 4.0f) /
					(t == 0 ? 64.0f : 16.0f);
				v[2] = ((float)(next_random() % 9) - 4.0f) /
					(t == 1 ? 64.0f : 16.0f);
				const struct diff_argument *a = &diff.arguments[i];
				bool floats = diff_is_float(&a->type);
				diff.flat[i][t][k] = floats
					? pvg_float_bits((float)(next_random() % 64) / 64.0f)
					: next_random() % 4;
			}
		}
		for (uint32_t v = 0; v < DIFF_VERTICES; v++) {
			for (uint32_t k = 0; k < 4; k++) {
				bool floats = diff_is_float(&diff.arguments[i].type);
				diff.attribute[i][v][k] = floats
					? some_float(edges && v >= DIFF_VERTICES / 2)
					: diff.arguments[i].type.kind == DIFF_T_I8
					? next_random() % 256
					: next_random() % 8;
			}
		}
	}
	for (uint32_t t = 0; t < DIFF_TILES; t++) {
		diff.depth_in[t] = (float)(t + 1) / 8.0f;
	}
}

/* Numbers choose kinds and formats, or are sizes of matrices; variants go through small ones. */
double diff_constant(const char *name, const char *type, const double *numbers,
	uint32_t number_count) {
	static const uint32_t others[DIFF_VARIANTS] = { 0, 1, 2, 3, 4, 5, 16, 32, 8 };
	uint32_t v = diff.variant;
	if (strncmp(type, "bool", 4) == 0) {
		return v == 1 || v == 4 || v == 7;
	} else if (strncmp(type, "float", 5) == 0 || strncmp(type, "half", 4) == 0) {
		return 0.5 * v;
	}
	// Matrices: all dimensions alike, blocks of what a simd group multiplies.
	static const struct {
		const char *name;
		uint32_t value;
	} sizes[] = {
		{ "M", 16 },
		{ "N", 16 },
		{ "K", 16 },
		{ "R", 16 },
		{ "C", 16 },
		{ "H", 2 },
		{ "D", 16 },
		{ "M_simd", 16 },
		{ "N_simd", 16 },
		{ "K_simd", 16 },
		{ "R_simd", 16 },
		{ "C_simd", 16 },
		{ "M_splits", 2 },
		{ "N_splits", 2 },
		{ "K_splits", 1 },
		{ "R_splits", 2 },
		{ "kNumColorOutputs", 1 },
	};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (strcmp(name, sizes[i].name) == 0) {
			return sizes[i].value;
		}
	}
	// Formats and kinds are compared with the ones there are: any of them.
	bool whole = strncmp(type, "float", 5) != 0 && strncmp(type, "half", 4) != 0;
	return whole && number_count > 1 && v > 0 ? numbers[(v - 1) * 5 % number_count]
						   : others[v];
}

/* ---- all of it ------------------------------------------------------------------------------- */

static uint8_t *shared_memory(uint32_t bytes) {
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		diff_give_up("memory", "");
	}
	return p;
}

void diff_region_open(uint32_t region, uint32_t bytes) {
	struct diff_region *r = &diff.regions[region];
	if (r->room == 0) {
		// Textures are up to twice as wide and high in other attempts.
		r->room = region < DIFF_FIRST_TEXTURE ? bytes : 4 * bytes;
		r->input = shared_memory(r->room);
		r->output = shared_memory(r->room);
		r->kinds = shared_memory(r->room);
	}
	if (bytes > r->room) {
		diff_give_up("memory", "");
	}
	r->bytes = bytes;
}

/* The right number of elements of a threadgroup array is not said: as much as there is. */
static void size_threadgroup_memory(void) {
	uint32_t n = 0, used = 0;
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		n += diff.arguments[i].kind == DIFF_ARG_THREADGROUP;
	}
	for (uint32_t i = 0; i < diff_global_count; i++) {
		used += diff_globals[i].space == 3 ? (uint32_t)diff_globals[i].bytes : 0;
	}
	// The emulation of simd groups keeps two words a thread there.
	uint32_t room = 32768 - 2048;
	room = used < room ? room - used : 0;
	diff.threadgroup_bytes = n > 0 ? room / n & ~255u : 0;
	diff.threadgroup_bytes = diff.threadgroup_bytes > 28672 ? 28672 : diff.threadgroup_bytes;
}

bool diff_inputs(uint32_t attempt, bool edges) {
	bool textures = false;
	for (uint32_t i = 0; i < DIFF_TEXTURES; i++) {
		textures |= diff.textures[i].used;
	}
	const struct choice *list = diff.uses_matrices ? matrices : textures ? pixels : plain;
	uint32_t n = diff.uses_matrices ? sizeof(matrices) / sizeof(matrices[0])
		: textures              ? sizeof(pixels) / sizeof(pixels[0])
					: sizeof(plain) / sizeof(plain[0]);
	n = diff.stage == DIFF_KERNEL ? n : 2;
	diff.vertices = 3; // the corners of a triangle, where positions come from a table
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		diff.vertices = diff.arguments[i].kind == DIFF_ARG_ATTRIBUTE ? DIFF_VERTICES
									     : diff.vertices;
	}
	if (attempt >= n) {
		return false;
	}
	chosen = list[attempt];
	memcpy(diff.local, chosen.local, sizeof(diff.local));
	memcpy(diff.groups, chosen.groups, sizeof(diff.groups));
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		const struct diff_argument *a = &diff.arguments[i];
		if (a->kind == DIFF_ARG_BUFFER) {
			diff_region_open(a->location, DIFF_BUFFER_BYTES);
			fill_buffer(a, edges);
		}
	}
	for (uint32_t i = 0; i < DIFF_TEXTURES; i++) {
		if (diff.textures[i].used) {
			fill_texture(i, edges);
		}
	}
	choose_samplers(attempt);
	if (diff.stage != DIFF_KERNEL) {
		uint32_t n_outputs = diff.stage == DIFF_VERTEX ? DIFF_VERTICES : DIFF_INVOCATIONS;
		fill_stage_inputs(edges);
		diff_region_open(DIFF_OUTPUTS_REGION, n_outputs * DIFF_OUTPUT_BYTES);
	}
	size_threadgroup_memory();
	return true;
}
