// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff-texture.h"
#include "airdiff.h"

#include <math.h>
#include <string.h>

#include "render/shader/float.h"

/* Textures and samplers in software, by Metal's rules (spec 05 §3.8, §4.2). */

uint32_t diff_level_size(uint32_t size, uint32_t level) {
	return size >> level > 0 ? size >> level : 1;
}

static uint32_t slices_of(const struct diff_texture *t, uint32_t level) {
	return t->dim == DIFF_3D ? diff_level_size(t->slices, level) : t->slices;
}

uint32_t diff_texel_offset(const struct diff_texture *t, uint32_t level, uint32_t slice, uint32_t y,
	uint32_t x, uint32_t sample) {
	uint32_t texels = 0;
	for (uint32_t l = 0; l < level; l++) {
		texels += diff_level_size(t->width, l) * diff_level_size(t->height, l) *
			slices_of(t, l) * t->samples;
	}
	uint32_t w = diff_level_size(t->width, level), h = diff_level_size(t->height, level);
	return 16 * (texels + ((slice * h + y) * w + x) * t->samples + sample);
}

struct texel {
	double f[4];
	uint32_t u[4];
};

struct access {
	const struct diff_texture *t;
	uint32_t location;
};

static struct texel load_texel(const struct access *a, uint32_t level, uint32_t slice, uint32_t y,
	uint32_t x, uint32_t sample) {
	struct texel v;
	const uint8_t *at = diff.regions[DIFF_FIRST_TEXTURE + a->location].output +
		diff_texel_offset(a->t, level, slice, y, x, sample);
	memcpy(v.u, at, sizeof(v.u));
	for (uint32_t i = 0; i < 4; i++) {
		if (i >= a->t->channels) {
			// Formats with fewer channels read as (r, 0, 0, 1).
			v.u[i] = i < 3 ? 0 : a->t->texel_class == DIFF_CLASS_FLOAT ? 0x3f800000 : 1;
		}
		v.f[i] = (double)pvg_bits_float(v.u[i]);
	}
	return v;
}

static void give(const struct diff_site *s, void *result, const struct access *a,
	const struct texel *v) {
	for (uint32_t i = 0; i < s->result.count; i++) {
		if (a->t->texel_class == DIFF_CLASS_FLOAT) {
			diff_set_float(&s->result, result, i, v->f[i % 4]);
		} else {
			diff_set_int(&s->result, result, i, v->u[i % 4]);
		}
	}
	if (s->residency) {
		((uint8_t *)result)[diff_type_bytes(s->result.kind) *
			(s->result.count == 3 ? 4u : s->result.count)] = 1;
	}
}

/* ---- sampling -------------------------------------------------------------------------------- */

struct sampler {
	uint32_t address[3]; // 0 zero or border, 1 edge, 2 repeat, 3 mirror
	uint32_t mag, min, mip; // 0 nearest, 1 linear; mip: 0 none, 1 nearest, 2 linear
	bool pixels;
	uint32_t compare, border;
	double lod_min, lod_max;
};

static struct sampler read_sampler(void *arg) {
	uint64_t pointer, w;
	memcpy(&pointer, arg, sizeof(pointer));
	memcpy(&w, (const void *)(uintptr_t)pointer, sizeof(w));
	return (struct sampler){
		.address = { w & 7, w >> 3 & 7, w >> 6 & 7 },
		.mag = w >> 9 & 3,
		.min = w >> 11 & 3,
		.mip = w >> 13 & 3,
		.pixels = w >> 15 & 1,
		.compare = w >> 16 & 15,
		.border = w >> 56 & 3,
		.lod_min = (double)pvg_half_to_float((uint16_t)(w >> 24)),
		.lod_max = (double)pvg_half_to_float((uint16_t)(w >> 40)),
	};
}

/* A texel index in range, or -1 for the border. */
static int32_t wrap(int32_t i, int32_t size, uint32_t mode) {
	if (mode == 2) {
		return (i % size + size) % size;
	} else if (mode == 3) {
		int32_t m = (i % (2 * size) + 2 * size) % (2 * size);
		return m < size ? m : 2 * size - 1 - m;
	} else if (mode == 1) {
		return i < 0 ? 0 : i >= size ? size - 1 : i;
	}
	return i < 0 || i >= size ? -1 : i;
}

static bool passes(uint32_t compare, double reference, double texel) {
	switch (compare) {
	case 1:
		return reference < texel;
	case 2:
		return reference <= texel;
	case 3:
		return reference > texel;
	case 4:
		return reference >= texel;
	case 5:
		return reference == texel;
	case 6:
		return reference != texel;
	default:
		return compare == 7;
	}
}

struct lookup {
	struct access a;
	struct sampler s;
	uint32_t dims, first_slice;
	bool compares, seam; // seam: a cube's edge is in the way of a filter
	double reference;
};

static struct texel border_texel(const struct lookup *l) {
	struct texel v = { { 0 }, { 0 } };
	if (l->s.border == 2) {
		v.f[0] = v.f[1] = v.f[2] = 1;
	}
	// Formats without alpha would be opaque: ours have it.
	v.f[3] = l->s.border != 0;
	return v;
}

static struct texel fetch(const struct lookup *l, uint32_t level, const int32_t at[3]) {
	const struct diff_texture *t = l->a.t;
	int32_t size[3] = { (int32_t)diff_level_size(t->width, level),
		(int32_t)diff_level_size(t->height, level), (int32_t)slices_of(t, level) };
	int32_t i[3] = { 0 };
	bool outside = false;
	for (uint32_t k = 0; k < l->dims; k++) {
		i[k] = wrap(at[k], size[k], t->dim == DIFF_CUBE ? 1 : l->s.address[k]);
		outside |= i[k] < 0;
	}
	uint32_t slice = l->first_slice + (t->dim == DIFF_3D ? (uint32_t)i[2] : 0);
	struct texel v = outside
		? border_texel(l)
		: load_texel(&l->a, level, slice, (uint32_t)i[1], (uint32_t)i[0], 0);
	if (l->compares) {
		v.f[0] = passes(l->s.compare, l->reference, v.f[0]);
	}
	return v;
}

static struct texel filter_level(struct lookup *l, const double coord[3], uint32_t level,
	bool linear) {
	const struct diff_texture *t = l->a.t;
	double size[3] = { diff_level_size(t->width, level), diff_level_size(t->height, level),
		slices_of(t, level) };
	int32_t base[3] = { 0 };
	double part[3] = { 0 };
	for (uint32_t k = 0; k < l->dims; k++) {
		double c = l->s.pixels ? coord[k] : coord[k] * size[k];
		// Nobody counts texels in more than 14 fractional bits.
		c = diff_move_by(c, 0x1p-14) - (linear ? 0.5 : 0);
		c = fmin(fmax(isnan(c) ? 0 : c, -1e6), 1e6);
		base[k] = (int32_t)floor(c);
		part[k] = linear ? c - floor(c) : 0;
		if (t->dim == DIFF_CUBE && linear &&
			(base[k] < 0 || base[k] + 1 >= (int32_t)size[k])) {
			l->seam = true;
		}
	}
	if (!linear) {
		return fetch(l, level, base);
	}
	struct texel sum = { { 0 }, { 0 } };
	for (uint32_t corner = 0; corner < 1u << l->dims; corner++) {
		int32_t at[3];
		double weight = 1;
		for (uint32_t k = 0; k < 3; k++) {
			bool far = corner >> k & 1;
			at[k] = base[k] + (k < l->dims && far);
			weight *= k >= l->dims ? 1 : far ? part[k] : 1 - part[k];
		}
		struct texel v = fetch(l, level, at);
		for (uint32_t i = 0; i < 4; i++) {
			sum.f[i] += weight * v.f[i];
		}
	}
	for (uint32_t i = 0; i < 4; i++) {
		// At a cube's edge one texel is as good as its neighbour.
		sum.f[i] = diff_move_by(sum.f[i], l->seam ? 4 : 0x1p-20 * (1 + fabs(sum.f[i])));
	}
	return sum;
}

/*
 * Face and coordinates in it of a direction, as in table 8.19 of the OpenGL ES 3.2 specification.
 */
static uint32_t cube_face(const double d[3], double out[3]) {
	double x = fabs(d[0]), y = fabs(d[1]), z = fabs(d[2]), s, t, m;
	uint32_t face;
	if (x >= y && x >= z) {
		face = d[0] >= 0 ? 0 : 1;
		m = x;
		s = d[0] >= 0 ? -d[2] : d[2];
		t = -d[1];
	} else if (y >= z) {
		face = d[1] >= 0 ? 2 : 3;
		m = y;
		s = d[0];
		t = d[1] >= 0 ? d[2] : -d[2];
	} else {
		face = d[2] >= 0 ? 4 : 5;
		m = z;
		s = d[2] >= 0 ? d[0] : -d[0];
		t = -d[1];
	}
	m = m > 0 ? m : 1;
	out[0] = (s / m + 1) / 2;
	out[1] = (t / m + 1) / 2;
	out[2] = 0;
	return face;
}

/* Level of detail of the quad, from the coordinates all of its lanes brought. */
static double implicit_lod(const struct lookup *l, const struct diff_site *s, uint32_t coord_arg,
	void **args) {
	double v[4][3] = { { 0 } }, size[3] = { l->a.t->width, l->a.t->height, l->a.t->slices },
	       most = 0;
	for (uint32_t k = 0; k < 4; k++) {
		void **other = diff_other(k);
		for (uint32_t i = 0; i < s->args[coord_arg].count && i < 3; i++) {
			v[k][i] = diff_get_float(&s->args[coord_arg],
				(other != NULL ? other : args)[coord_arg], i);
			v[k][i] *= l->s.pixels ? 1 : size[i];
		}
	}
	// One difference may stand for the quad, or each lane have its own.
	uint32_t lane = diff_move_by(0, 1) > 0 ? 0 : diff_lane();
	for (uint32_t d = 0; d < 2; d++) {
		uint32_t to = d == 0 ? (lane | 1) : (lane | 2),
			 from = d == 0 ? (lane & 2) : (lane & 1);
		double sum = 0;
		for (uint32_t i = 0; i < l->dims; i++) {
			sum += (v[to & 3][i] - v[from & 3][i]) * (v[to & 3][i] - v[from & 3][i]);
		}
		most = fmax(most, sqrt(sum));
	}
	return most > 0 ? log2(most) : -1000;
}

static double gradient_lod(const struct lookup *l, const struct diff_site *s, uint32_t first,
	void **args) {
	double most = 0, size[3] = { l->a.t->width, l->a.t->height, l->a.t->slices };
	for (uint32_t d = 0; d < 2; d++) {
		double sum = 0;
		for (uint32_t i = 0; i < l->dims && i < s->args[first + d].count; i++) {
			double v =
				diff_get_float(&s->args[first + d], args[first + d], i) * size[i];
			sum += v * v;
		}
		most = fmax(most, sqrt(sum));
	}
	return most > 0 ? log2(most) : -1000;
}

static struct texel filter(struct lookup *l, const double coord[3], double lod) {
	uint32_t last = l->a.t->levels - 1;
	lod = fmin(fmax(lod, l->s.lod_min), l->s.lod_max);
	lod = diff_move_by(lod, 0x1p-7);
	bool linear = lod <= 0 ? l->s.mag != 0 : l->s.min != 0;
	double level = l->s.mip == 0 ? 0 : fmin(fmax(lod, 0), last);
	if (l->s.mip != 2 || level == floor(level)) {
		return filter_level(l, coord, (uint32_t)floor(level + 0.5), linear);
	}
	struct texel a = filter_level(l, coord, (uint32_t)level, linear);
	struct texel b = filter_level(l, coord, (uint32_t)level + 1, linear);
	for (uint32_t i = 0; i < 4; i++) {
		a.f[i] += (b.f[i] - a.f[i]) * (level - floor(level));
	}
	return a;
}

static uint32_t clamp_layer(const struct access *a, int64_t layer) {
	return layer < 0 ? 0 : layer >= a->t->layers ? a->t->layers - 1 : (uint32_t)layer;
}

static void sample(const struct diff_site *s, uint32_t number, const struct access *a,
	const char *op, void **args, void *result) {
	bool compares = strncmp(op, "sample_compare", 14) == 0, grad = strstr(op, "_grad") != NULL;
	struct lookup l = { .a = *a, .s = read_sampler(args[1]), .compares = compares };
	uint32_t at = a->t->depth ? 3 : 2, coord_arg = at++;
	double coord[3] = { 0 }, lod = 0;
	l.dims = a->t->dim == DIFF_1D ? 1 : a->t->dim == DIFF_3D ? 3 : 2;
	for (uint32_t i = 0; i < s->args[coord_arg].count && i < 3; i++) {
		coord[i] = diff_get_float(&s->args[coord_arg], args[coord_arg], i);
	}
	uint32_t layer =
		a->t->array ? clamp_layer(a, diff_get_signed(&s->args[at], args[at], 0)) : 0;
	at += a->t->array;
	if (compares) {
		l.reference = diff_get_float(&s->args[at], args[at], 0);
		at++;
	}
	if (diff.stage == DIFF_FRAGMENT && !grad) {
		// Where not all of the quad are, there are no differences to speak of.
		bool whole = (diff_meet(number, args) & 15) == 15;
		if ((!whole || a->t->dim == DIFF_CUBE) &&
			(a->t->levels > 1 || l.s.mag != l.s.min)) {
			diff_saw_nan(); // nothing is promised then
		}
		lod = implicit_lod(&l, s, coord_arg, args);
	}
	if (grad) {
		lod = gradient_lod(&l, s, at, args);
	} else {
		if (a->t->dim != DIFF_CUBE) {
			at += 2; // offset: never used by what we have
		}
		bool explicit_lod = diff_get_int(&s->args[at], args[at], 0);
		double given = diff_get_float(&s->args[at + 1], args[at + 1], 0);
		lod = explicit_lod ? given : diff.stage == DIFF_FRAGMENT ? lod + given : 0;
		if (at + 2 < s->arg_count && diff_is_float(&s->args[at + 2])) {
			lod = fmax(lod, diff_get_float(&s->args[at + 2], args[at + 2], 0));
		}
	}
	l.first_slice = a->t->dim == DIFF_3D ? 0 : layer;
	if (a->t->dim == DIFF_CUBE) {
		double direction[3] = { coord[0], coord[1], coord[2] };
		l.first_slice = 6 * layer + cube_face(direction, coord);
	}
	struct texel v = filter(&l, coord, lod);
	give(s, result, a, &v);
}

/* ---- texels ---------------------------------------------------------------------------------- */

struct place {
	uint32_t x, y, slice, level, sample;
	bool inside;
};

/* tex pos [face] [layer] ... [level] access: value is the argument to leave out, or 0. */
static struct place find_place(const struct diff_site *s, const struct access *a, void **args,
	uint32_t at, bool write) {
	struct place p = { .inside = true };
	const struct diff_texture *t = a->t;
	uint32_t pos[3] = { 0 };
	for (uint32_t i = 0; i < s->args[at].count && i < 3; i++) {
		pos[i] = (uint32_t)diff_get_int(&s->args[at], args[at], i);
	}
	at++;
	uint32_t face = 0, layer = 0;
	if (t->dim == DIFF_CUBE) {
		face = (uint32_t)diff_get_int(&s->args[at], args[at], 0);
		p.inside &= face < 6;
		at++;
	}
	if (t->array) {
		layer = (uint32_t)diff_get_int(&s->args[at], args[at], 0);
		p.inside &= layer < t->layers;
		at++;
	}
	at += write;
	if (t->multisample) {
		p.sample = (uint32_t)diff_get_int(&s->args[at], args[at], 0);
		p.inside &= p.sample < t->samples;
	} else {
		p.level = (uint32_t)diff_get_int(&s->args[at], args[at], 0);
		p.inside &= p.level < t->levels;
	}
	uint32_t level = p.inside ? p.level : 0;
	p.x = pos[0];
	p.y = t->dim == DIFF_1D ? 0 : pos[1];
	p.slice = t->dim == DIFF_3D ? pos[2] : t->dim == DIFF_CUBE ? 6 * layer + face : layer;
	p.inside &= p.x < diff_level_size(t->width, level) &&
		p.y < diff_level_size(t->height, level) && p.slice < slices_of(t, level);
	return p;
}

static void read_texel(const struct diff_site *s, const struct access *a, void **args,
	void *result) {
	struct place p = find_place(s, a, args, a->t->depth ? 2 : 1, false);
	struct texel v = { { 0 }, { 0 } };
	if (p.inside) {
		v = load_texel(a, p.level, p.slice, p.y, p.x, p.sample);
	}
	give(s, result, a, &v);
}

static void write_texel(const struct diff_site *s, const struct access *a, void **args) {
	struct place p = find_place(s, a, args, 1, true);
	uint32_t at = 2 + a->t->array + (a->t->dim == DIFF_CUBE),
		 region = DIFF_FIRST_TEXTURE + a->location;
	if (!p.inside || diff_is_discarded()) {
		return;
	}
	uint32_t offset = diff_texel_offset(a->t, p.level, p.slice, p.y, p.x, p.sample);
	for (uint32_t i = 0; i < a->t->channels && i < s->args[at].count; i++) {
		uint8_t *to = diff.regions[region].output + offset + 4 * i;
		bool floats = a->t->texel_class == DIFF_CLASS_FLOAT;
		uint32_t word = floats
			? pvg_float_bits((float)diff_get_float(&s->args[at], args[at], i))
			: (uint32_t)(a->t->texel_class == DIFF_CLASS_SINT
					  ? (uint64_t)diff_get_signed(&s->args[at], args[at], i)
					  : diff_get_int(&s->args[at], args[at], i));
		memcpy(to, &word, sizeof(word));
		diff_note(DIFF_BASE(region) + offset + 4 * i, floats ? DIFF_T_FLOAT : DIFF_T_I32, 1,
			false);
		uint8_t *kind = diff.regions[region].kinds + offset + 4 * i;
		if (s->args[at].kind == DIFF_T_HALF && (*kind & DIFF_KINDS) == DIFF_F32) {
			memset(kind, DIFF_F16_IN_32, 4);
			*kind |= DIFF_HEAD;
		}
	}
}

static void query(const struct diff_site *s, const struct access *a, const char *op, void **args,
	void *result) {
	const struct diff_texture *t = a->t;
	uint32_t level = s->arg_count > 1 ? (uint32_t)diff_get_int(&s->args[1], args[1], 0) : 0;
	if (level >= t->levels) {
		diff_give_up("asks for a level that is not there with these inputs", "");
	}
	uint32_t v = strncmp(op, "get_width", 9) == 0        ? diff_level_size(t->width, level)
		: strncmp(op, "get_height", 10) == 0         ? diff_level_size(t->height, level)
		: strncmp(op, "get_depth", 9) == 0           ? diff_level_size(t->slices, level)
		: strncmp(op, "get_array_size", 14) == 0     ? t->layers
		: strncmp(op, "get_num_mip_levels", 18) == 0 ? t->levels
							     : t->samples;
	diff_set_int(&s->result, result, 0, v);
}

bool diff_texture_call(const struct diff_site *s, uint32_t number, void **args, void *result,
	bool probe) {
	const char *op = s->name;
	bool samples = strncmp(op, "sample_", 7) == 0, reads = strncmp(op, "read_", 5) == 0;
	bool writes = strncmp(op, "write_", 6) == 0,
	     queries = strncmp(op, "get_", 4) == 0 && strncmp(op, "get_null", 8) != 0 &&
		strncmp(op, "get_function", 12) != 0 && strncmp(op, "get_read", 8) != 0;
	if (probe || (!samples && !reads && !writes && !queries)) {
		return samples || reads || writes || queries;
	}
	uint64_t handle;
	memcpy(&handle, args[0], sizeof(handle));
	uint32_t location = (uint32_t)handle;
	if (handle >> 61 != 1 || location >= DIFF_TEXTURES || !diff.textures[location].used) {
		diff_give_up("texture handle", "");
	}
	struct access a = { &diff.textures[location], location };
	if (samples) {
		sample(s, number, &a, op, args, result);
	} else if (reads) {
		read_texel(s, &a, args, result);
	} else if (writes) {
		write_texel(s, &a, args);
	} else {
		query(s, &a, op, args, result);
	}
	return true;
}
