// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <math.h>
#include <string.h>

#include "render/shader/float.h"

/* The air functions in C, for one thread (spec 05 §4). Arguments and results are in memory. */

uint32_t diff_type_bytes(uint8_t kind) {
	static const uint8_t bytes[] = {0, 1, 1, 2, 4, 8, 2, 2, 4, 8, 0};
	return bytes[kind];
}

static double get_float(const struct diff_type *t, const void *p, uint32_t i) {
	if (t->kind == DIFF_T_FLOAT) {
		float f;
		memcpy(&f, (const char *)p + 4 * i, 4);
		return f;
	}
	uint16_t half;
	memcpy(&half, (const char *)p + 2 * i, 2);
	return t->kind == DIFF_T_HALF ? pvg_half_to_float(half)
				      : pvg_bits_float((uint32_t)half << 16);
}

static void set_float(const struct diff_type *t, void *p, uint32_t i, double v) {
	float f = (float)v;
	if (t->kind == DIFF_T_FLOAT) {
		memcpy((char *)p + 4 * i, &f, 4);
		return;
	}
	uint16_t half = pvg_float_to_half(f);
	if (t->kind == DIFF_T_BFLOAT) {
		uint32_t bits = pvg_float_bits(f);
		half = isnan(f) ? 0x7fc0 : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
	}
	memcpy((char *)p + 2 * i, &half, 2);
}

static uint64_t get_int(const struct diff_type *t, const void *p, uint32_t i) {
	uint64_t v = 0;
	uint32_t n = diff_type_bytes(t->kind);
	memcpy(&v, (const char *)p + n * i, n);
	return t->kind == DIFF_T_I1 ? v & 1 : v;
}

static int64_t get_signed(const struct diff_type *t, const void *p, uint32_t i) {
	uint32_t shift = t->kind == DIFF_T_I1 ? 63 : 64 - 8 * diff_type_bytes(t->kind);
	return (int64_t)(get_int(t, p, i) << shift) >> shift;
}

static void set_int(const struct diff_type *t, void *p, uint32_t i, uint64_t v) {
	uint32_t n = diff_type_bytes(t->kind);
	memcpy((char *)p + n * i, &v, n);
}

static bool is_float(const struct diff_type *t) {
	return t->kind == DIFF_T_HALF || t->kind == DIFF_T_BFLOAT || t->kind == DIFF_T_FLOAT;
}

static bool starts(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* ---- functions of components ----------------------------------------------------------------- */

static double fn_fract(double x) {
	return fmin(x - floor(x), 0x1.fffffep-1);
}

static double fn_rsqrt(double x) {
	return 1 / sqrt(x);
}

static double fn_saturate(double x) {
	return fmin(fmax(x, 0), 1);
}

static double fn_sign(double x) {
	return isnan(x) ? 0 : x > 0 ? 1 : x < 0 ? -1 : x;
}

static double fn_exp10(double x) {
	return pow(10, x);
}

static const struct {
	const char *name;
	double (*one)(double);
	double (*two)(double, double);
} float_functions[] = {
	{"fabs", fabs, NULL}, {"floor", floor, NULL}, {"ceil", ceil, NULL}, {"trunc", trunc, NULL},
	{"rint", rint, NULL}, {"round", round, NULL}, {"sin", sin, NULL}, {"cos", cos, NULL},
	{"tan", tan, NULL}, {"asin", asin, NULL}, {"acos", acos, NULL}, {"atan", atan, NULL},
	{"sinh", sinh, NULL}, {"cosh", cosh, NULL}, {"tanh", tanh, NULL}, {"exp", exp, NULL},
	{"exp2", exp2, NULL}, {"exp10", fn_exp10, NULL}, {"log", log, NULL}, {"log2", log2, NULL},
	{"log10", log10, NULL}, {"sqrt", sqrt, NULL}, {"rsqrt", fn_rsqrt, NULL},
	{"fract", fn_fract, NULL}, {"saturate", fn_saturate, NULL}, {"sign", fn_sign, NULL},
	{"pow", NULL, pow}, {"powr", NULL, pow}, {"fmin", NULL, fmin}, {"fmax", NULL, fmax},
	{"fmod", NULL, fmod}, {"atan2", NULL, atan2}, {"copysign", NULL, copysign},
};

static bool float_call(const struct diff_site *s, const char *op, void **args, void *result) {
	for (size_t k = 0; k < sizeof(float_functions) / sizeof(float_functions[0]); k++) {
		if (strcmp(op, float_functions[k].name) != 0) {
			continue;
		}
		for (uint32_t i = 0; result != NULL && i < s->result.count; i++) {
			double x = get_float(&s->args[0], args[0], i);
			set_float(&s->result, result, i, float_functions[k].one != NULL ?
				float_functions[k].one(x) :
				float_functions[k].two(x, get_float(&s->args[1], args[1], i)));
		}
		return true;
	}
	static const char *const three[] = {"fma", "mix", "clamp", "fmin3", "fmax3"};
	for (size_t k = 0; k < sizeof(three) / sizeof(three[0]); k++) {
		if (strcmp(op, three[k]) != 0) {
			continue;
		}
		for (uint32_t i = 0; result != NULL && i < s->result.count; i++) {
			double x = get_float(&s->args[0], args[0], i),
			       y = get_float(&s->args[1], args[1], i);
			double z = get_float(&s->args[2], args[2], i);
			set_float(&s->result, result, i,
				k == 0           ? fma(x, y, z)
					: k == 1 ? x + (y - x) * z
					: k == 2 ? fmin(fmax(x, y), z)
					: k == 3 ? fmin(fmin(x, y), z)
						 : fmax(fmax(x, y), z));
		}
		return true;
	}
	if (strcmp(op, "dot") == 0) {
		double sum = 0;
		for (uint32_t i = 0; result != NULL && i < s->args[0].count; i++) {
			sum += get_float(&s->args[0], args[0], i) *
				get_float(&s->args[1], args[1], i);
		}
		if (result != NULL) {
			set_float(&s->result, result, 0, sum);
		}
		return true;
	}
	return false;
}

static bool int_call(const struct diff_site *s, const char *op, const char *rest, void **args,
		void *result) {
	bool is_signed = rest[0] == 's', min = strcmp(op, "min") == 0, max = strcmp(op, "max") == 0;
	bool all = strcmp(op, "all") == 0, any = strcmp(op, "any") == 0;
	if (all || any) {
		bool r = all;
		for (uint32_t i = 0; result != NULL && i < s->args[0].count; i++) {
			bool b = get_int(&s->args[0], args[0], i);
			r = all ? r && b : r || b;
		}
		if (result != NULL) {
			set_int(&s->result, result, 0, r);
		}
		return true;
	}
	bool clamp = strcmp(op, "clamp") == 0, absolute = strcmp(op, "abs") == 0;
	if (!min && !max && !clamp && !absolute) {
		return false;
	}
	for (uint32_t i = 0; result != NULL && i < s->result.count; i++) {
		// Sign-extended both ways orders unsigned values of one width just as well.
		uint64_t flip = is_signed ? UINT64_C(1) << 63 : 0;
		uint64_t v[3] = {0};
		for (uint32_t k = 0; k < 3 && k < s->arg_count; k++) {
			v[k] = is_signed ? (uint64_t)get_signed(&s->args[k], args[k], i) :
				get_int(&s->args[k], args[k], i);
		}
		uint64_t r = v[0];
		if (absolute) {
			r = is_signed && (int64_t)r < 0 ? 0 - r : r;
		} else if (clamp) {
			r = (r ^ flip) < (v[1] ^ flip) ? v[1] : r;
			r = (r ^ flip) > (v[2] ^ flip) ? v[2] : r;
		} else if (min ? (v[1] ^ flip) < (r ^ flip) : (v[1] ^ flip) > (r ^ flip)) {
			r = v[1];
		}
		set_int(&s->result, result, i, r);
	}
	return true;
}

static void convert(const struct diff_site *s, const char *rest, void **args, void *result) {
	const char *second = strchr(strchr(rest, '.') + 1, '.') + 1;
	bool from_signed = second[0] == 's', to_signed = rest[0] == 's';
	for (uint32_t i = 0; i < s->result.count; i++) {
		if (is_float(&s->args[0])) {
			double x = get_float(&s->args[0], args[0], i);
			if (is_float(&s->result)) {
				set_float(&s->result, result, i, x);
				continue;
			}
			uint32_t bits = 8 * diff_type_bytes(s->result.kind);
			double high = ldexp(1, (int)bits - to_signed), low = to_signed ? -high : 0;
			uint64_t max = UINT64_MAX >> (64 - bits + to_signed);
			uint64_t v = isnan(x) ? 0
				: x >= high   ? max
				: x <= low    ? (to_signed ? max + 1 : 0)
				: to_signed   ? (uint64_t)(int64_t)x
					      : (uint64_t)x;
			set_int(&s->result, result, i, s->result.kind == DIFF_T_I1 ? x != 0 : v);
		} else {
			uint64_t v = from_signed ? (uint64_t)get_signed(&s->args[0], args[0], i) :
				get_int(&s->args[0], args[0], i);
			if (is_float(&s->result)) {
				// Through float: what a double would round twice is nothing next to
				// the tolerance.
				set_float(&s->result, result, i,
					from_signed ? (double)(int64_t)v : (double)v);
			} else {
				set_int(&s->result, result, i,
					s->result.kind == DIFF_T_I1 ? v != 0 : v);
			}
		}
	}
}

/* ---- simd groups ----------------------------------------------------------------------------- */

static double combine_float(const char *what, double a, double b) {
	return strcmp(what, "sum") == 0        ? (double)((float)a + (float)b)
		: strcmp(what, "product") == 0 ? a * b
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
	static const char *const names[] = {"sum", "product", "min", "max", "and", "or", "xor"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(what, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

static bool simd_call(const struct diff_site *s, uint32_t number, const char *what,
		const char *rest, void **args, void *result, const struct diff_group *g) {
	bool reduce = reduction_name(what), shuffle = starts(what, "shuffle") ||
		strcmp(what, "broadcast") == 0, first = strcmp(what, "broadcast_first") == 0;
	bool ballot = strcmp(what, "ballot") == 0, vote = starts(what, "vote_"),
		any = strcmp(what, "any") == 0, all = strcmp(what, "all") == 0;
	bool known = reduce || ballot || vote || any || all || first ||
		strcmp(what, "shuffle") == 0 || strcmp(what, "shuffle_xor") == 0 ||
		strcmp(what, "shuffle_up") == 0 || strcmp(what, "shuffle_down") == 0 ||
		strcmp(what, "broadcast") == 0;
	if (result == NULL || !known) {
		return known;
	}
	uint32_t active = g->meet(number, args);
	if (reduce) {
		bool is_signed = rest[0] == 's', floats = is_float(&s->result);
		for (uint32_t i = 0; i < s->result.count; i++) {
			double f = 0;
			uint64_t v = 0;
			bool begun = false;
			for (uint32_t lane = 0; lane < 32; lane++) {
				if (!(active >> lane & 1)) {
					continue;
				}
				void *theirs = g->other(lane)[0];
				double x = floats ? get_float(&s->args[0], theirs, i) : 0;
				uint64_t n = floats ? 0
					: is_signed ? (uint64_t)get_signed(&s->args[0], theirs, i)
						    : get_int(&s->args[0], theirs, i);
				f = begun && floats ? combine_float(what, f, x) : x;
				v = begun && !floats ? combine_int(what, is_signed, v, n) : n;
				begun = true;
			}
			if (floats) {
				set_float(&s->result, result, i, f);
			} else {
				set_int(&s->result, result, i, v);
			}
		}
		return true;
	}
	if (ballot || any || all) {
		uint64_t mask = 0;
		for (uint32_t lane = 0; lane < 32; lane++) {
			if (active >> lane & 1 && get_int(&s->args[0], g->other(lane)[0], 0)) {
				mask |= UINT64_C(1) << lane;
			}
		}
		set_int(&s->result, result, 0, ballot ? mask : any ? mask != 0 : mask == active);
		return true;
	}
	if (vote) {
		uint64_t mask = get_int(&s->args[0], args[0], 0) & active;
		set_int(&s->result, result, 0,
			strcmp(what, "vote_all") == 0 ? mask == active : mask != 0);
		return true;
	}
	uint32_t n = shuffle && !first ? (uint32_t)get_signed(&s->args[1], args[1], 0) : 0;
	uint32_t lane = first ? (uint32_t)__builtin_ctz(active) :
		strcmp(what, "shuffle_xor") == 0 ? g->lane ^ n : strcmp(what, "shuffle_up") == 0 ?
		g->lane - n : strcmp(what, "shuffle_down") == 0 ? g->lane + n : n;
	// A lane that is not there gives anything: its own value, as the translation does.
	bool there = lane < 32 && (active >> lane & 1);
	memcpy(result, there ? g->other(lane)[0] : args[0],
		diff_type_bytes(s->result.kind) * s->result.count);
	return true;
}

/* ---- matrices: every lane holds all of it ---------------------------------------------------- */

static void matrix_memory(const struct diff_site *s, bool load, void **args, void *matrix,
		const struct diff_group *g) {
	uint32_t at = load ? 0 : 1;
	const struct diff_type *t = load ? &s->result : &s->args[0];
	char *base;
	memcpy(&base, args[at], sizeof(base));
	uint64_t stride = get_int(&s->args[at + 1], args[at + 1], 0);
	uint64_t x0 = get_int(&s->args[at + 2], args[at + 2], 0);
	uint64_t y0 = get_int(&s->args[at + 2], args[at + 2], 1);
	bool transpose = get_int(&s->args[at + 3], args[at + 3], 0);
	uint32_t size = diff_type_bytes(t->kind);
	for (uint32_t r = 0; r < 8; r++) {
		for (uint32_t c = 0; c < 8; c++) {
			uint64_t y = y0 + (transpose ? c : r), x = x0 + (transpose ? r : c);
			char *memory = base + (y * stride + x) * size;
			char *element = (char *)matrix + (r * 8 + c) * size;
			memcpy(load ? element : memory, load ? memory : element, size);
			if (!load) {
				g->note(memory, t->kind, size);
			}
		}
	}
}

static bool matrix_call(const struct diff_site *s, const char *what, void **args, void *result,
		const struct diff_group *g, bool probe) {
	bool load = strcmp(what, "load") == 0, store = strcmp(what, "store") == 0;
	bool fill = strcmp(what, "init_filled") == 0, diagonal = strcmp(what, "init_diag") == 0;
	bool multiply = strcmp(what, "multiply_accumulate") == 0;
	if (probe || (!load && !store && !fill && !diagonal && !multiply)) {
		return load || store || fill || diagonal || multiply;
	}
	if (load || store) {
		matrix_memory(s, load, args, load ? result : args[0], g);
		return true;
	}
	for (uint32_t r = 0; r < 8; r++) {
		for (uint32_t c = 0; c < 8; c++) {
			double v = fill || r == c ? get_float(&s->args[0], args[0], 0) : 0;
			if (multiply) {
				v = get_float(&s->args[2], args[2], r * 8 + c);
				for (uint32_t k = 0; k < 8; k++) {
					v += get_float(&s->args[0], args[0], r * 8 + k) *
						get_float(&s->args[1], args[1], k * 8 + c);
				}
			}
			set_float(&s->result, result, r * 8 + c, v);
		}
	}
	return true;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static bool atomic_call(const struct diff_site *s, const char *rest, void **args, void *result,
		const struct diff_group *g, bool probe) {
	const char *op = strchr(rest, '.');
	if (op == NULL) {
		return false;
	}
	op++;
	static const char *const names[] = {"add", "sub", "min", "max", "and", "or", "xor"};
	const char *name = NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (starts(op, names[i]) && op[strlen(names[i])] == '.') {
			name = names[i];
		}
	}
	bool load = starts(op, "load."), store = starts(op, "store."),
	     exchange = starts(op, "xchg.");
	bool floats = strstr(op, ".f32") != NULL;
	if (probe || (name == NULL && !load && !store && !exchange) || strstr(op, "i64") != NULL ||
			(floats && name != NULL)) {
		return probe && (name != NULL || load || store || exchange) &&
			strstr(op, "i64") == NULL && !(floats && name != NULL);
	}
	uint32_t *word, old, value = 0;
	memcpy(&word, args[0], sizeof(word));
	old = *word;
	if (!load) {
		memcpy(&value, args[1], 4);
		bool is_signed = strstr(op, ".s.") != NULL;
		if (name != NULL) {
			uint64_t a = is_signed ? (uint64_t)(int32_t)old : old;
			uint64_t b = is_signed ? (uint64_t)(int32_t)value : value;
			value = strcmp(name, "sub") == 0 ? old - value : (uint32_t)combine_int(
				strcmp(name, "add") == 0 ? "sum" : name, is_signed, a, b);
		}
		*word = value;
		g->note(word, DIFF_T_I32, 4);
	}
	if (s->result.kind != DIFF_T_VOID) {
		memcpy(result, &old, 4);
	}
	return true;
}

static void async_copy(const struct diff_site *s, bool two, void **args) {
	char *dst, *src;
	uint64_t size = get_int(&s->args[0], args[0], 0);
	memcpy(&dst, args[2], sizeof(dst));
	memcpy(&src, args[two ? 6 : 3], sizeof(src));
	if (!two) {
		memcpy(dst, src, size * get_int(&s->args[4], args[4], 0));
		return;
	}
	uint64_t dst_row = get_int(&s->args[3], args[3], 0),
		 src_row = get_int(&s->args[7], args[7], 0);
	for (uint64_t y = 0; y < get_int(&s->args[5], args[5], 1); y++) {
		for (uint64_t x = 0; x < get_int(&s->args[5], args[5], 0); x++) {
			bool inside = x < get_int(&s->args[9], args[9], 0) &&
				y < get_int(&s->args[9], args[9], 1);
			char *to = dst + (y * dst_row + x) * size;
			if (inside) {
				memcpy(to, src + (y * src_row + x) * size, size);
			} else {
				memset(to, 0, size);
			}
		}
	}
}

static bool call(const struct diff_site *s, uint32_t number, void **args, void *result,
		const struct diff_group *g, bool probe) {
	char op[96];
	size_t n = strcspn(s->name, ".");
	memcpy(op, s->name, n);
	op[n] = '\0';
	const char *rest = s->name[n] == '.' ? s->name + n + 1 : "";
	if (strcmp(op, "wg") == 0 || strcmp(op, "simdgroup") == 0 ||
			strcmp(op, "wait_simdgroup_events") == 0) {
		if (!probe && op[0] == 'w' && op[1] == 'g') {
			g->barrier();
		} else if (!probe) {
			g->meet(number, args);
		}
		return true;
	}
	if (strcmp(op, "convert") == 0) {
		if (!probe) {
			convert(s, rest, args, result);
		}
		return true;
	}
	if (strcmp(op, "atomic") == 0) {
		return atomic_call(s, rest, args, result, g, probe);
	}
	if (starts(op, "simdgroup_matrix_8x8_")) {
		// All lanes together: one must not store before another has loaded.
		if (!probe) {
			g->meet(number, args);
		}
		return matrix_call(s, op + 21, args, result, g, probe);
	}
	if (starts(op, "simdgroup_async_copy_")) {
		if (!probe) {
			g->meet(number, args);
			async_copy(s, op[21] == '2', args);
			memset(result, 0, 8);
		}
		return true;
	}
	if (starts(op, "simd_")) {
		return simd_call(s, number, op + 5, rest, args, probe ? NULL : result, g);
	}
	const char *base = starts(op, "fast_") ? op + 5 : op;
	bool floats = s->arg_count > 0 && is_float(&s->args[0]);
	return floats ? float_call(s, base, args, probe ? NULL : result) :
		int_call(s, base, rest, args, probe ? NULL : result);
}

bool diff_air_known(const struct diff_site *site) {
	return call(site, 0, NULL, NULL, NULL, true);
}

bool diff_air_call(const struct diff_site *site, uint32_t number, void **args, void *result,
		const struct diff_group *group) {
	return call(site, number, args, result, group, false);
}
