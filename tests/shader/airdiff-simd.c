// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <math.h>
#include <string.h>

/* Air functions that threads do together, or on memory: simd groups, matrices, atomics, copies. */

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static double combine_float(const char *what, uint8_t kind, double a, double b) {
	return strcmp(what, "sum") == 0        ? diff_move(kind, (double)((float)a + (float)b), 1)
		: strcmp(what, "product") == 0 ? diff_move(kind, a * b, 1)
		: strcmp(what, "min") == 0     ? fmin(a, b)
					       : fmax(a, b);
}

static uint64_t combine_int(const char *what, bool is_signed, uint64_t a, uint64_t b) {
	uint64_t flip = is_signed ? UINT64_C(1) << 63 : 0;
	switch (what[0] == 'm' ? what[1] : what[0]) {
	case 's':
		return a + b;
	case 'p':
		return a * b;
	case 'i':
		return (a ^ flip) < (b ^ flip) ? a : b;
	case 'a':
		return what[0] == 'm' ? ((a ^ flip) > (b ^ flip) ? a : b) : a & b;
	case 'o':
		return a | b;
	default:
		return a ^ b;
	}
}

static bool reduction_name(const char *what) {
	static const char *const names[] = { "sum", "product", "min", "max", "and", "or", "xor" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(what, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

static void reduce(const struct diff_site *s, const char *what, bool is_signed, uint32_t active,
	void *result) {
	bool floats = diff_is_float(&s->result);
	for (uint32_t i = 0; i < s->result.count; i++) {
		double f = 0;
		uint64_t v = 0;
		bool begun = false;
		for (uint32_t lane = 0; lane < 32; lane++) {
			if (!(active >> lane & 1)) {
				continue;
			}
			void *theirs = diff_other(lane)[0];
			double x = floats ? diff_get_float(&s->args[0], theirs, i) : 0;
			uint64_t n = floats ? 0
				: is_signed ? (uint64_t)diff_get_signed(&s->args[0], theirs, i)
					    : diff_get_int(&s->args[0], theirs, i);
			f = begun && floats ? combine_float(what, s->result.kind, f, x) : x;
			v = begun && !floats ? combine_int(what, is_signed, v, n) : n;
			begun = true;
		}
		if (floats) {
			diff_set_float(&s->result, result, i, f);
		} else {
			diff_set_int(&s->result, result, i, v);
		}
	}
}

bool diff_simd_call(const struct diff_site *s, uint32_t number, const char *op, const char *rest,
	void **args, void *result, bool probe) {
	if (strcmp(op, "simdgroup") == 0) {
		if (!probe) {
			diff_meet(number, args);
		}
		return true;
	}
	if (!starts(op, "simd_")) {
		return false;
	}
	const char *what = op + 5;
	bool reduces = reduction_name(what), first = strcmp(what, "broadcast_first") == 0;
	bool ballot = strcmp(what, "ballot") == 0, vote = starts(what, "vote_"),
	     any = strcmp(what, "any") == 0, all = strcmp(what, "all") == 0;
	bool exclusive = strcmp(what, "shuffle_xor") == 0, up = strcmp(what, "shuffle_up") == 0;
	bool down = strcmp(what, "shuffle_down") == 0;
	bool direct = strcmp(what, "shuffle") == 0 || strcmp(what, "broadcast") == 0;
	bool known = reduces || ballot || vote || any || all || first || direct || exclusive ||
		up || down;
	if (probe || !known) {
		return known;
	}
	uint32_t active = diff_meet(number, args);
	if (reduces) {
		reduce(s, what, rest[0] == 's', active, result);
		return true;
	}
	if (ballot || any || all) {
		uint64_t mask = 0;
		for (uint32_t lane = 0; lane < 32; lane++) {
			if (active >> lane & 1 &&
				diff_get_int(&s->args[0], diff_other(lane)[0], 0)) {
				mask |= UINT64_C(1) << lane;
			}
		}
		diff_set_int(&s->result, result, 0,
			ballot        ? mask
				: any ? mask != 0
				      : mask == active);
		return true;
	}
	if (vote) {
		uint64_t mask = diff_get_int(&s->args[0], args[0], 0) & active;
		diff_set_int(&s->result, result, 0,
			strcmp(what, "vote_all") == 0 ? mask == active : mask != 0);
		return true;
	}
	uint32_t n = first ? 0 : (uint32_t)diff_get_signed(&s->args[1], args[1], 0),
		 own = diff_lane();
	uint32_t lane = first ? (uint32_t)__builtin_ctz(active)
		: exclusive   ? own ^ n
		: up          ? own - n
		: down        ? own + n
			      : n;
	// A lane that is not there gives anything: its own value, as the translation does.
	bool there = lane < 32 && (active >> lane & 1);
	memcpy(result, there ? diff_other(lane)[0] : args[0],
		(size_t)diff_type_bytes(s->result.kind) * s->result.count);
	return true;
}

/* ---- matrices: every lane holds all of it ---------------------------------------------------- */

static uint64_t pointer_of(void *arg) {
	uint64_t pointer;
	memcpy(&pointer, arg, sizeof(pointer));
	return pointer;
}

static void matrix_memory(const struct diff_site *s, bool load, void **args, void *matrix) {
	uint32_t at = load ? 0 : 1;
	const struct diff_type *t = load ? &s->result : &s->args[0];
	uint64_t stride = diff_get_int(&s->args[at + 1], args[at + 1], 0);
	uint64_t x0 = diff_get_int(&s->args[at + 2], args[at + 2], 0);
	uint64_t y0 = diff_get_int(&s->args[at + 2], args[at + 2], 1);
	bool transpose = diff_get_int(&s->args[at + 3], args[at + 3], 0);
	uint32_t size = diff_type_bytes(t->kind);
	for (uint32_t r = 0; r < 8; r++) {
		for (uint32_t c = 0; c < 8; c++) {
			uint64_t y = y0 + (transpose ? c : r), x = x0 + (transpose ? r : c);
			uint64_t pointer = pointer_of(args[at]) + (y * stride + x) * size;
			char *memory = diff_at(pointer, size, !load);
			char *element = (char *)matrix + (size_t)(r * 8 + c) * size;
			memcpy(load ? element : memory, load ? memory : element, size);
			if (!load) {
				diff_note(pointer, t->kind, 1, false);
			}
		}
	}
}

static bool matrix_call(const struct diff_site *s, uint32_t number, const char *what, void **args,
	void *result, bool probe) {
	bool load = strcmp(what, "load") == 0, store = strcmp(what, "store") == 0;
	bool fill = strcmp(what, "init_filled") == 0, diagonal = strcmp(what, "init_diag") == 0;
	bool multiply = strcmp(what, "multiply_accumulate") == 0;
	if (probe || (!load && !store && !fill && !diagonal && !multiply)) {
		return load || store || fill || diagonal || multiply;
	}
	// All lanes together: one must not store before another has loaded.
	diff_meet(number, args);
	bool first;
	void *shared = diff_meeting_result(&first);
	size_t bytes = store ? 0 : (size_t)64 * diff_type_bytes(s->result.kind);
	if (!first) {
		memcpy(result, shared, bytes);
		return true;
	}
	if (load || store) {
		matrix_memory(s, load, args, load ? shared : args[0]);
		memcpy(result, shared, bytes);
		return true;
	}
	for (uint32_t r = 0; r < 8; r++) {
		for (uint32_t c = 0; c < 8; c++) {
			double v = 0, terms = 0;
			if (fill || (diagonal && r == c)) {
				v = diff_get_float(&s->args[0], args[0], 0);
			} else if (multiply) {
				v = diff_get_float(&s->args[2], args[2], r * 8 + c);
				terms = fabs(v);
				for (uint32_t k = 0; k < 8; k++) {
					double term =
						diff_get_float(&s->args[0], args[0], r * 8 + k) *
						diff_get_float(&s->args[1], args[1], k * 8 + c);
					v += term;
					terms += fabs(term);
				}
			}
			// Eight products and sums: nobody says how they are rounded and ordered.
			double epsilon = s->result.kind == DIFF_T_HALF ? 0x1p-10
				: s->result.kind == DIFF_T_BFLOAT      ? 0x1p-7
								       : 0x1p-23;
			diff_set_float(&s->result, shared, r * 8 + c,
				diff_move_by(v, 2 * epsilon * terms));
		}
	}
	memcpy(result, shared, bytes);
	return true;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static bool atomic_call(const struct diff_site *s, const char *rest, void **args, void *result,
	bool probe) {
	const char *op = strchr(rest, '.');
	if (op == NULL) {
		return false;
	}
	op++;
	static const char *const names[] = { "add", "sub", "min", "max", "and", "or", "xor" };
	const char *name = NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (starts(op, names[i]) && op[strlen(names[i])] == '.') {
			name = names[i];
		}
	}
	bool load = starts(op, "load."), store = starts(op, "store."),
	     exchange = starts(op, "xchg.");
	bool compare = starts(op, "cmpxchg."), floats = strstr(op, ".f32") != NULL;
	bool known = (name != NULL || load || store || exchange || compare) &&
		strstr(op, "i64") == NULL && !(floats && name != NULL);
	if (probe || !known) {
		return known;
	}
	uint32_t old, value = 0;
	uint64_t pointer = pointer_of(args[0]);
	memcpy(&old, diff_at(pointer, 4, false), sizeof(old));
	bool stores = !load;
	if (compare) {
		uint32_t expected;
		void *place = diff_at(pointer_of(args[1]), 4, true);
		memcpy(&expected, place, sizeof(expected));
		memcpy(&value, args[2], sizeof(value));
		stores = old == expected;
		memcpy(place, &old, sizeof(old));
	} else if (!load) {
		memcpy(&value, args[1], 4);
		bool is_signed = strstr(op, ".s.") != NULL;
		if (name != NULL) {
			uint64_t a = is_signed ? (uint64_t)(int32_t)old : old;
			uint64_t b = is_signed ? (uint64_t)(int32_t)value : value;
			value = strcmp(name, "sub") == 0
				? old - value
				: (uint32_t)combine_int(strcmp(name, "add") == 0 ? "sum" : name,
					  is_signed, a, b);
		}
	}
	if (stores) {
		memcpy(diff_at(pointer, 4, true), &value, sizeof(value));
		diff_note(pointer, floats ? DIFF_T_FLOAT : DIFF_T_I32, 1, true);
	}
	if (s->result.kind != DIFF_T_VOID) {
		memcpy(result, &old, 4);
	}
	return true;
}

static void copy_element(uint64_t to, uint64_t from, uint32_t size, bool inside) {
	uint8_t value[64] = { 0 };
	size = size < sizeof(value) ? size : sizeof(value);
	if (inside) {
		memcpy(value, diff_at(from, size, false), size);
	}
	memcpy(diff_at(to, size, true), value, size);
	diff_note(to,
		size == 4           ? DIFF_T_FLOAT
			: size == 2 ? DIFF_T_HALF
				    : DIFF_T_I8,
		size == 4 || size == 2 ? 1 : size, false);
}

static void async_copy(const struct diff_site *s, bool two, void **args) {
	uint32_t size = (uint32_t)diff_get_int(&s->args[0], args[0], 0);
	uint64_t dst = pointer_of(args[2]), src = pointer_of(args[two ? 6 : 3]);
	if (!two) {
		for (uint64_t i = 0; i < diff_get_int(&s->args[4], args[4], 0); i++) {
			copy_element(dst + i * size, src + i * size, size, true);
		}
		return;
	}
	uint64_t dst_row = diff_get_int(&s->args[3], args[3], 0);
	uint64_t src_row = diff_get_int(&s->args[7], args[7], 0);
	uint64_t width = diff_get_int(&s->args[5], args[5], 0);
	uint64_t height = diff_get_int(&s->args[5], args[5], 1);
	uint64_t src_width = diff_get_int(&s->args[9], args[9], 0);
	uint64_t src_height = diff_get_int(&s->args[9], args[9], 1);
	if (width > 4096 || height > 4096) {
		diff_give_up("copies too much with these inputs", "");
	}
	for (uint64_t y = 0; y < height; y++) {
		for (uint64_t x = 0; x < width; x++) {
			bool inside = x < src_width && y < src_height;
			copy_element(dst + (y * dst_row + x) * size, src + (y * src_row + x) * size,
				size, inside);
		}
	}
}

bool diff_memory_call(const struct diff_site *s, uint32_t number, const char *op, const char *rest,
	void **args, void *result, bool probe) {
	if (strcmp(op, "atomic") == 0) {
		return strcmp(rest, "fence") == 0 || atomic_call(s, rest, args, result, probe);
	}
	if (strcmp(op, "wait_simdgroup_events") == 0) {
		if (!probe) {
			diff_meet(number, args);
		}
		return true;
	}
	if (starts(op, "simdgroup_matrix_8x8_")) {
		return matrix_call(s, number, op + 21, args, result, probe);
	}
	if (starts(op, "simdgroup_async_copy_")) {
		if (!probe) {
			bool first;
			diff_meet(number, args);
			diff_meeting_result(&first);
			if (first) {
				async_copy(s, op[21] == '2', args);
			}
			memset(result, 0, 8);
		}
		return true;
	}
	return false;
}
