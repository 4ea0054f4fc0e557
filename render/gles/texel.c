// SPDX-License-Identifier: GPL-2.0-or-later
#include "texel.h"

#include <string.h>

#include "render/shader/reflect.h"

/* ---- formats ------------------------------------------------------------------------------- */

struct shape {
	GLenum view, bits; // as a view has it, and what a buffer texture shows
	uint8_t kind, channels;
};

// clang-format off
static const struct shape shapes[] = {
	{ GL_R8, GL_R8, GLES_TEXEL_PLAIN, 1 },
	{ GL_R8I, GL_R8I, GLES_TEXEL_PLAIN, 1 },
	{ GL_R8UI, GL_R8UI, GLES_TEXEL_PLAIN, 1 },
	{ GL_R16F, GL_R16F, GLES_TEXEL_PLAIN, 1 },
	{ GL_R16I, GL_R16I, GLES_TEXEL_PLAIN, 1 },
	{ GL_R16UI, GL_R16UI, GLES_TEXEL_PLAIN, 1 },
	{ GL_R32F, GL_R32F, GLES_TEXEL_PLAIN, 1 },
	{ GL_R32I, GL_R32I, GLES_TEXEL_PLAIN, 1 },
	{ GL_R32UI, GL_R32UI, GLES_TEXEL_PLAIN, 1 },
	{ GL_RG8, GL_RG8, GLES_TEXEL_PLAIN, 2 },
	{ GL_RG8I, GL_RG8I, GLES_TEXEL_PLAIN, 2 },
	{ GL_RG8UI, GL_RG8UI, GLES_TEXEL_PLAIN, 2 },
	{ GL_RG16F, GL_RG16F, GLES_TEXEL_PLAIN, 2 },
	{ GL_RG16I, GL_RG16I, GLES_TEXEL_PLAIN, 2 },
	{ GL_RG16UI, GL_RG16UI, GLES_TEXEL_PLAIN, 2 },
	{ GL_RG32F, GL_RG32F, GLES_TEXEL_PLAIN, 2 },
	{ GL_RG32I, GL_RG32I, GLES_TEXEL_PLAIN, 2 },
	{ GL_RG32UI, GL_RG32UI, GLES_TEXEL_PLAIN, 2 },
	{ GL_RGBA8, GL_RGBA8, GLES_TEXEL_PLAIN, 4 },
	{ GL_RGBA8I, GL_RGBA8I, GLES_TEXEL_PLAIN, 4 },
	{ GL_RGBA8UI, GL_RGBA8UI, GLES_TEXEL_PLAIN, 4 },
	{ GL_RGBA16F, GL_RGBA16F, GLES_TEXEL_PLAIN, 4 },
	{ GL_RGBA16I, GL_RGBA16I, GLES_TEXEL_PLAIN, 4 },
	{ GL_RGBA16UI, GL_RGBA16UI, GLES_TEXEL_PLAIN, 4 },
	{ GL_RGBA32F, GL_RGBA32F, GLES_TEXEL_PLAIN, 4 },
	{ GL_RGBA32I, GL_RGBA32I, GLES_TEXEL_PLAIN, 4 },
	{ GL_RGBA32UI, GL_RGBA32UI, GLES_TEXEL_PLAIN, 4 },
	{ GL_SR8_EXT, GL_R8, GLES_TEXEL_SRGB, 1 },
	{ GL_SRG8_EXT, GL_RG8, GLES_TEXEL_SRGB, 2 },
	{ GL_SRGB8_ALPHA8, GL_RGBA8, GLES_TEXEL_SRGB, 4 },
	{ GL_R8_SNORM, GL_R8I, GLES_TEXEL_SNORM8, 1 },
	{ GL_RG8_SNORM, GL_RG8I, GLES_TEXEL_SNORM8, 2 },
	{ GL_RGBA8_SNORM, GL_RGBA8I, GLES_TEXEL_SNORM8, 4 },
	{ GL_R16_EXT, GL_R16UI, GLES_TEXEL_UNORM16, 1 },
	{ GL_RG16_EXT, GL_RG16UI, GLES_TEXEL_UNORM16, 2 },
	{ GL_RGBA16_EXT, GL_RGBA16UI, GLES_TEXEL_UNORM16, 4 },
	{ GL_R16_SNORM_EXT, GL_R16I, GLES_TEXEL_SNORM16, 1 },
	{ GL_RG16_SNORM_EXT, GL_RG16I, GLES_TEXEL_SNORM16, 2 },
	{ GL_RGBA16_SNORM_EXT, GL_RGBA16I, GLES_TEXEL_SNORM16, 4 },
	{ GL_RGB10_A2, GL_R32UI, GLES_TEXEL_RGB10A2, 4 },
	{ GL_RGB10_A2UI, GL_R32UI, GLES_TEXEL_RGB10A2_UINT, 4 },
	{ GL_R11F_G11F_B10F, GL_R32UI, GLES_TEXEL_RG11B10, 3 },
	{ GL_RGB9_E5, GL_R32UI, GLES_TEXEL_RGB9E5, 3 },
	{ GL_RGB565, GL_R16UI, GLES_TEXEL_B5G6R5, 3 },
	{ GL_RGB5_A1, GL_R16UI, GLES_TEXEL_A1BGR5, 4 },
	{ GL_RGBA4, GL_R16UI, GLES_TEXEL_ABGR4, 4 },
};
// clang-format on

static const struct shape *shape_of(const struct gles_format *format) {
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].view == format->view) {
			return &shapes[i];
		}
	}
	return NULL;
}

static enum gles_texel_kind kind_of(const struct shape *shape, const struct gles_format *format) {
	bool rotated = (format->flags & GLES_FORMAT_ROTATE) != 0;
	return rotated ? GLES_TEXEL_BGR5A1 : (enum gles_texel_kind)shape->kind;
}

GLenum gles_texel_buffer_format(const struct gles_format *format) {
	const struct shape *shape = shape_of(format);
	return shape != NULL ? shape->bits : 0;
}

/* ---- codes --------------------------------------------------------------------------------- */

static uint8_t class_of(const struct gles_format *format) {
	return format->value == GLES_SINT    ? PVG_CLASS_SINT
		: format->value == GLES_UINT ? PVG_CLASS_UINT
					     : PVG_CLASS_FLOAT;
}

static gles_texel_code code_of(enum gles_texel_kind kind, const uint8_t order[4]) {
	gles_texel_code code = (gles_texel_code)kind;
	for (uint32_t i = 0; i < 4; i++) {
		code |= (gles_texel_code)(order[i] << (4 + 3 * i));
	}
	return code;
}

static void order_of(gles_texel_code code, uint8_t order[4]) {
	for (uint32_t i = 0; i < 4; i++) {
		order[i] = code >> (4 + 3 * i) & 7;
	}
}

// Where each channel of a format lies.
static void own_order(const struct gles_format *format, uint8_t channels, uint8_t order[4]) {
	static const uint8_t bgra[4] = { 4, 3, 2, 5 }, alpha[4] = { 0, 0, 0, 2 };
	const uint8_t plain[4] = { 2, channels > 1 ? 3 : 0, channels > 2 ? 4 : 0,
		channels > 3 ? 5 : 1 };
	memcpy(order,
		format->flags & GLES_FORMAT_BGRA            ? bgra
			: format->flags & GLES_FORMAT_ALPHA ? alpha
							    : plain,
		4);
}

gles_texel_code gles_texel_sampled(const struct gles_view *view, uint8_t value_class) {
	const struct gles_format *format = view->format;
	const struct shape *shape = shape_of(format);
	if (view->target != GL_TEXTURE_BUFFER || shape == NULL || class_of(format) != value_class) {
		return 0;
	}
	uint8_t own[4], order[4];
	bool same = (format->flags & (GLES_FORMAT_BGRA | GLES_FORMAT_ALPHA)) == 0;
	own_order(format, shape->channels, own);
	for (uint32_t i = 0; i < 4; i++) {
		uint8_t from = view->desc.swizzle[i];
		order[i] = from < 2 ? from : from < 6 ? own[from - 2] : 0;
		same &= order[i] == own[i];
	}
	enum gles_texel_kind kind = kind_of(shape, format);
	return same && kind == GLES_TEXEL_PLAIN ? 0 : code_of(kind, order);
}

gles_texel_code gles_texel_stored(const struct gles_view *view, uint8_t value_class) {
	const struct gles_format *format = view->format;
	const struct shape *shape = shape_of(format);
	if (shape == NULL || class_of(format) != value_class) {
		return 0;
	}
	enum gles_texel_kind kind = kind_of(shape, format);
	// Images have formats for the others.
	if (view->target != GL_TEXTURE_BUFFER && kind != GLES_TEXEL_SRGB &&
		kind != GLES_TEXEL_RGB9E5) {
		kind = GLES_TEXEL_PLAIN;
	}
	if (kind == GLES_TEXEL_PLAIN && (format->flags & GLES_FORMAT_ALPHA) == 0) {
		return 0; // the translator exchanges red and blue
	}
	uint8_t order[4];
	own_order(format, shape->channels, order);
	return code_of(kind, order);
}

uint8_t gles_texel_raw_class(gles_texel_code code, uint8_t value_class) {
	switch (gles_texel_kind(code)) {
	case GLES_TEXEL_PLAIN:
	case GLES_TEXEL_SRGB:
	case GLES_TEXEL_KINDS:
		return value_class;
	case GLES_TEXEL_SNORM8:
	case GLES_TEXEL_SNORM16:
		return PVG_CLASS_SINT;
	default:
		return PVG_CLASS_UINT;
	}
}

/* ---- texts --------------------------------------------------------------------------------- */

// From what was read, t, to what it means.
static const char *const decoded[GLES_TEXEL_KINDS] = {
	[GLES_TEXEL_PLAIN] = "t",
	[GLES_TEXEL_SRGB] = "vec4(mix(pow((t.rgb + 0.055) / 1.055, vec3(2.4)), t.rgb / 12.92,\n"
			    "        lessThanEqual(t.rgb, vec3(0.04045))), t.a)",
	[GLES_TEXEL_SNORM8] = "max(vec4(t) / 127.0, -1.0)",
	[GLES_TEXEL_UNORM16] = "vec4(t) / 65535.0",
	[GLES_TEXEL_SNORM16] = "max(vec4(t) / 32767.0, -1.0)",
	[GLES_TEXEL_RGB10A2] = "vec4(uvec4(t.x, t.x >> 10u, t.x >> 20u, t.x >> 30u) & 1023u) /\n"
			       "        vec4(1023.0, 1023.0, 1023.0, 3.0)",
	[GLES_TEXEL_RGB10A2_UINT] = "uvec4(t.x, t.x >> 10u, t.x >> 20u, t.x >> 30u) & 1023u",
	// Halves without the lower bits of their mantissa.
	[GLES_TEXEL_RG11B10] =
		"vec4(unpackHalf2x16((t.x & 0x7ffu) << 4u | (t.x & 0x3ff800u) << 9u),\n"
		"        unpackHalf2x16(t.x >> 22u << 5u).x, 1.0)",
	[GLES_TEXEL_RGB9E5] = "vec4(vec3(uvec3(t.x, t.x >> 9u, t.x >> 18u) & 511u) *\n"
			      "        uintBitsToFloat(((t.x >> 27u) + 103u) << 23u), 1.0)",
	[GLES_TEXEL_B5G6R5] =
		"vec4(vec3(uvec3(t.x >> 11u, t.x >> 5u, t.x) & uvec3(31u, 63u, 31u)) /\n"
		"        vec3(31.0, 63.0, 31.0), 1.0)",
	[GLES_TEXEL_A1BGR5] = "vec4(uvec4(t.x >> 11u, t.x >> 6u, t.x >> 1u, t.x) &\n"
			      "        uvec4(31u, 31u, 31u, 1u)) / vec4(31.0, 31.0, 31.0, 1.0)",
	[GLES_TEXEL_ABGR4] = "vec4(uvec4(t.x >> 12u, t.x >> 8u, t.x >> 4u, t.x) & 15u) / 15.0",
	[GLES_TEXEL_BGR5A1] = "vec4(uvec4(t.x >> 10u, t.x >> 5u, t.x, t.x >> 15u) &\n"
			      "        uvec4(31u, 31u, 31u, 1u)) / vec4(31.0, 31.0, 31.0, 1.0)",
};

// From a colour, c, to what is written. Whole numbers of packed formats are q.
static const char *const encoded[GLES_TEXEL_KINDS] = {
	[GLES_TEXEL_PLAIN] = "c",
	[GLES_TEXEL_SRGB] = "vec4(mix(1.055 * pow(clamp(c.rgb, 0.0, 1.0), vec3(1.0 / 2.4)) - 0.055,\n"
			    "        c.rgb * 12.92, lessThanEqual(c.rgb, vec3(0.0031308))), c.a)",
	[GLES_TEXEL_SNORM8] = "ivec4(roundEven(clamp(c, -1.0, 1.0) * 127.0))",
	[GLES_TEXEL_UNORM16] = "uvec4(roundEven(clamp(c, 0.0, 1.0) * 65535.0))",
	[GLES_TEXEL_SNORM16] = "ivec4(roundEven(clamp(c, -1.0, 1.0) * 32767.0))",
	[GLES_TEXEL_RGB10A2] = "uvec4(q.r | q.g << 10u | q.b << 20u | q.a << 30u, 0u, 0u, 0u)",
	[GLES_TEXEL_RGB10A2_UINT] = "uvec4(q.r | q.g << 10u | q.b << 20u | q.a << 30u, 0u, 0u, 0u)",
	[GLES_TEXEL_RG11B10] = "uvec4(pvg_small(c.r, 6u) | pvg_small(c.g, 6u) << 11u |\n"
			       "        pvg_small(c.b, 5u) << 22u, 0u, 0u, 0u)",
	[GLES_TEXEL_RGB9E5] = "uvec4(pvg_shared(c.rgb), 0u, 0u, 0u)",
	[GLES_TEXEL_B5G6R5] = "uvec4(q.r << 11u | q.g << 5u | q.b, 0u, 0u, 0u)",
	[GLES_TEXEL_A1BGR5] = "uvec4(q.r << 11u | q.g << 6u | q.b << 1u | q.a, 0u, 0u, 0u)",
	[GLES_TEXEL_ABGR4] = "uvec4(q.r << 12u | q.g << 8u | q.b << 4u | q.a, 0u, 0u, 0u)",
	[GLES_TEXEL_BGR5A1] = "uvec4(q.r << 10u | q.g << 5u | q.b | q.a << 15u, 0u, 0u, 0u)",
};

// The largest of each channel, where they are whole numbers of a few bits.
static const char *const largest[GLES_TEXEL_KINDS] = {
	[GLES_TEXEL_RGB10A2] = "1023.0, 1023.0, 1023.0, 3.0",
	[GLES_TEXEL_B5G6R5] = "31.0, 63.0, 31.0, 1.0",
	[GLES_TEXEL_A1BGR5] = "31.0, 31.0, 31.0, 1.0",
	[GLES_TEXEL_ABGR4] = "15.0, 15.0, 15.0, 15.0",
	[GLES_TEXEL_BGR5A1] = "31.0, 31.0, 31.0, 1.0",
};

// Of a stage's text each is there once, however many variables want it.
static const char small_float[] =
	"highp uint pvg_small(highp float x, highp uint bits)\n"
	"{\n"
	"    if (isnan(x) || isinf(x)) {\n"
	"        return isnan(x) ? 31u << bits | 1u << (bits - 1u) : x > 0.0 ? 31u << bits : 0u;\n"
	"    }\n"
	"    x = clamp(x, 0.0, (2.0 - 1.0 / float(1u << bits)) * 32768.0);\n"
	"    highp uint e = max(floatBitsToUint(x) >> 23u, 113u);\n"
	"    highp uint m = uint(roundEven(x * uintBitsToFloat((254u + bits - e) << 23u)));\n"
	"    return m + ((e - 113u) << bits);\n"
	"}\n";
static const char shared_exponent[] =
	"highp uint pvg_shared(highp vec3 c)\n"
	"{\n"
	"    c = clamp(mix(c, vec3(0.0), isnan(c)), 0.0, 65408.0);\n"
	"    highp float most = max(c.r, max(c.g, c.b));\n"
	"    highp uint e = max(floatBitsToUint(most) >> 23u, 111u);\n"
	"    e += uint(floor(most * uintBitsToFloat((262u - e) << 23u) + 0.5) >= 512.0);\n"
	"    highp uvec3 m = uvec3(floor(c * uintBitsToFloat((262u - e) << 23u) + 0.5));\n"
	"    return (e - 111u) << 27u | m.b << 18u | m.g << 9u | m.r;\n"
	"}\n";

static const char *prefix_of(uint8_t value_class) {
	return value_class == PVG_CLASS_SINT ? "i" : value_class == PVG_CLASS_UINT ? "u" : "";
}

// Channel @i of a vector, or a constant.
static const char *channel(uint8_t from, const char *prefix) {
	static const char *const names[] = { "c.r", "c.g", "c.b", "c.a" };
	if (from >= 2 && from < 6) {
		return names[from - 2];
	}
	return *prefix == '\0'   ? (from == 1 ? "1.0" : "0.0")
		: *prefix == 'u' ? (from == 1 ? "1u" : "0u")
				 : (from == 1 ? "1" : "0");
}

static void say_read(struct gles_text *to, gles_texel_code code, const char *prefix,
	const char *raw, const char *what, const char *call, const char *name,
	const char *coordinate) {
	uint8_t order[4];
	order_of(code, order);
	gles_text_say(to,
		"highp %svec4 pvg_%s_%s(highp %s at)\n"
		"{\n"
		"    highp %svec4 t = %s(%s, at);\n"
		"    highp %svec4 c = %s;\n"
		"    return %svec4(%s, %s, %s, %s);\n"
		"}\n",
		prefix, what, name, coordinate, raw, call, name, prefix,
		decoded[gles_texel_kind(code)], prefix, channel(order[0], prefix),
		channel(order[1], prefix), channel(order[2], prefix), channel(order[3], prefix));
}

static void say_write(struct gles_text *to, gles_texel_code code, const char *prefix,
	const char *name, const char *coordinate, uint32_t *said) {
	static const char *const names[] = { "v.r", "v.g", "v.b", "v.a" };
	enum gles_texel_kind kind = gles_texel_kind(code);
	const char *zero = channel(0, prefix), *from[4] = { zero, zero, zero, zero };
	uint8_t order[4];
	order_of(code, order);
	for (uint32_t i = 0; i < 4; i++) { // the other way round
		if (order[i] >= 2 && order[i] < 6) {
			from[order[i] - 2] = names[i];
		}
	}
	const char *helper = kind == GLES_TEXEL_RG11B10 ? small_float
		: kind == GLES_TEXEL_RGB9E5             ? shared_exponent
							: "";
	gles_text_say(to,
		"%s"
		"void pvg_write_%s(highp %s at, highp %svec4 v)\n"
		"{\n"
		"    highp %svec4 c = %svec4(%s, %s, %s, %s);\n",
		(*said >> kind & 1) == 0 ? helper : "", name, coordinate, prefix, prefix, prefix,
		from[0], from[1], from[2], from[3]);
	if (largest[kind] != NULL) {
		gles_text_say(to,
			"    highp uvec4 q = uvec4(roundEven(clamp(c, 0.0, 1.0) * vec4(%s)));\n",
			largest[kind]);
	} else if (kind == GLES_TEXEL_RGB10A2_UINT) {
		gles_text_say(to, "    highp uvec4 q = min(c, uvec4(1023u, 1023u, 1023u, 3u));\n");
	}
	gles_text_say(to, "    imageStore(%s, at, %s);\n}\n", name, encoded[kind]);
}

void gles_texel_say(struct gles_text *to, gles_texel_code code, const char *type, const char *name,
	bool reads, bool writes, uint32_t *said) {
	uint8_t value_class = type[0] == 'i' && type[1] != 'm' ? PVG_CLASS_SINT
		: type[0] == 'u'                               ? PVG_CLASS_UINT
							       : PVG_CLASS_FLOAT;
	const char *prefix = prefix_of(value_class);
	const char *raw = prefix_of(gles_texel_raw_class(code, value_class));
	const char *bare = type + strlen(prefix);
	const char *coordinate = strstr(type, "Buffer") != NULL ? "int"
		: strcmp(bare, "image2D") == 0                  ? "ivec2"
								: "ivec3";
	gles_text_say(to, "%s%s %s;\n", raw, bare, name);
	if (strncmp(bare, "sampler", 7) == 0) {
		say_read(to, code, prefix, raw, "texel", "texelFetch", name, coordinate);
		return;
	}
	if (reads) {
		say_read(to, code, prefix, raw, "read", "imageLoad", name, coordinate);
	}
	if (writes) {
		say_write(to, code, prefix, name, coordinate, said);
	}
}
