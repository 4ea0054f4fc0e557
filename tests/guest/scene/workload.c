// SPDX-License-Identifier: GPL-2.0-or-later
#include "workload.h"

#include "shaders.h"
#include "text.h"

enum {
	FORMAT_UCHAR4_NORMALIZED = 9,
	FORMAT_SHORT2 = 16,
	FORMAT_SHORT4 = 18,
	STEP_PER_VERTEX = 1,
	STEP_PER_INSTANCE = 2,
	TYPE_2D = 2,
	TYPE_2D_ARRAY = 3,
	TYPE_MULTISAMPLE = 4,
	TYPE_CUBE = 5,
	TYPE_3D = 7,
	COMPARE_LESS = 1,
};

#define CORNERS_AT 0x1000u
#define FRAME_AT 0x100u
#define WIDE_INDICES_AT 0x800u
#define ARGUMENTS_AT 0x1000u
#define INSTANCE_BYTES 20u

/* ---- objects ---------------------------------------------------------------------------- */

static uint32_t function(struct pvg_workload *w, const char *name) {
	for (const struct pvg_shader *shader = pvg_shaders; shader->name != NULL; shader++) {
		if (pvg_str_equal(shader->name, name)) {
			return pvg_mtl_function(w->mtl, shader->library, shader->size_bytes);
		}
	}
	// Built without shaders: something that is no library.
	return pvg_mtl_function(w->mtl, "MTLB", 4);
}

static uint32_t texture(struct pvg_workload *w, uint8_t type, uint16_t format, uint8_t element,
	uint32_t edge, uint32_t depth, uint16_t levels, uint16_t layers, uint16_t samples) {
	bool hidden = samples > 1 || format == MTL_DEPTH32_STENCIL8;
	struct pvg_mtl_texture t = {
		.type = type,
		.storage = hidden ? MTL_PRIVATE : MTL_MANAGED,
		.usage = MTL_USAGE_READ | MTL_USAGE_TARGET |
			(hidden ? 0 : MTL_USAGE_VIEW | MTL_USAGE_WRITE),
		.format = format,
		.levels = levels,
		.samples = samples,
		.layers = layers,
		.width = edge,
		.height = edge,
		.depth = depth,
		.element_bytes = element,
	};
	return pvg_mtl_texture(w->mtl, &t);
}

static void make_textures(struct pvg_workload *w) {
	const uint32_t edge = PVG_WORKLOAD_EDGE;
	uint32_t *t = w->textures;
	t[PVG_WL_TARGET] = texture(w, TYPE_2D, MTL_BGRA8, 4, edge, 1, 1, 1, 1);
	t[PVG_WL_MIPS] = texture(w, TYPE_2D, MTL_BGRA8, 4, edge, 1, 6, 1, 1);
	t[PVG_WL_DEPTH] = texture(w, TYPE_2D, MTL_DEPTH32_STENCIL8, 8, edge, 1, 1, 1, 1);
	t[PVG_WL_ARRAY] = texture(w, TYPE_2D_ARRAY, MTL_RGBA8, 4, edge, 1, 1, 3, 1);
	t[PVG_WL_SAMPLES] = texture(w, TYPE_MULTISAMPLE, MTL_BGRA8, 4, edge, 1, 1, 1, 4);
	t[PVG_WL_VOLUME] = texture(w, TYPE_3D, MTL_RGBA8, 4, 8, 4, 1, 1, 1);
	t[PVG_WL_CUBE] = texture(w, TYPE_CUBE, MTL_RGBA16_FLOAT, 8, 8, 1, 2, 1, 1);
	t[PVG_WL_UINTS] = texture(w, TYPE_2D, MTL_R32_UINT, 4, edge, 1, 1, 1, 1);
	t[PVG_WL_HALF] = texture(w, TYPE_2D, MTL_RGBA16_FLOAT, 8, edge, 1, 1, 1, 1);
	if (pvg_drv_surface_create(w->mtl->drv, &w->surface, edge, edge)) {
		t[PVG_WL_SURFACE] = pvg_mtl_surface(w->mtl, &w->surface, MTL_BGRA8);
	}
	t[PVG_WL_SRGB] =
		pvg_mtl_view(w->mtl, t[PVG_WL_TARGET], MTL_BGRA8_SRGB, TYPE_2D, 0, 1, 0, 1);
	t[PVG_WL_LAYER] = pvg_mtl_view(w->mtl, t[PVG_WL_ARRAY], MTL_RGBA8, TYPE_2D, 0, 1, 1, 1);
	const uint32_t linear = TYPE_2D | 1u << 6 | MTL_USAGE_READ << 8 | (uint32_t)MTL_R8 << 16;
	uint64_t over_buffer[] = { 0, w->buffers[PVG_WL_CONSTANTS], 0x400, 256, linear, 16, 8, 1,
		1, 1, 1, MTL_SHARED, 0 };
	t[PVG_WL_LINEAR] = pvg_mtl_object(w->mtl, 8, 0x09, over_buffer);
	const uint32_t in_heap = TYPE_2D | 1u << 6 | 5u << 8 | (uint32_t)MTL_RGBA8 << 16;
	uint64_t heap[] = { 0, 4, in_heap, edge, edge, 1, 1, 1, 1, MTL_PRIVATE << 4, 0, 0, 0 };
	t[PVG_WL_HEAP] = pvg_mtl_object(w->mtl, 8, 0x15, heap);
	const uint32_t blocks = TYPE_2D | 1u << 6 | MTL_USAGE_READ << 8 | (uint32_t)MTL_BC3 << 16;
	uint64_t in_blocks[] = { 0, 4, blocks, 16, 16, 1, 2, 1, 1, MTL_PRIVATE << 4, 0, 0, 0 };
	t[PVG_WL_BLOCKS] = pvg_mtl_object(w->mtl, 8, 0x15, in_blocks);
}

static void rect_input(struct pvg_enc_render_pipeline *p) {
	static const struct pvg_enc_attribute attributes[] = {
		{ 0, FORMAT_SHORT4, 0, 0 },
		{ 1, FORMAT_SHORT4, 8, 0 },
		{ 2, FORMAT_UCHAR4_NORMALIZED, 16, 0 },
	};
	p->attribute_count = PVG_ENC_COUNT(attributes);
	memcpy(p->attributes, attributes, sizeof(attributes));
	p->layout_count = 1;
	p->layouts[0] = (struct pvg_enc_layout){ 0, STEP_PER_INSTANCE, 1, INSTANCE_BYTES };
}

static void corner_input(struct pvg_enc_render_pipeline *p) {
	p->attribute_count = 2;
	p->attributes[0] = (struct pvg_enc_attribute){ 0, FORMAT_SHORT2, 0, 0 };
	p->attributes[1] = (struct pvg_enc_attribute){ 1, FORMAT_UCHAR4_NORMALIZED, 4, 0 };
	p->layout_count = 1;
	p->layouts[0] = (struct pvg_enc_layout){ 0, STEP_PER_VERTEX, 1, 8 };
}

static void make_pipelines(struct pvg_workload *w) {
	const uint32_t rect = function(w, "rect.vert"), corner = function(w, "triangle.vert");
	const uint32_t solid = function(w, "solid.frag");
	const struct pvg_enc_colour color = { .format = MTL_BGRA8, .source_rgb = 1,
		.source_alpha = 1, .write_mask = 0xf };
	struct pvg_enc_render_pipeline empty, p;
	memset(&empty, 0, sizeof(empty));
	empty.colour_count = 1;
	empty.colours[0] = color;

	p = empty;
	rect_input(&p);
	p.vertex_function = rect;
	p.fragment_function = solid;
	w->pipelines[PVG_WL_SOLID] = pvg_mtl_render_pipeline(w->mtl, &p);
	p.fragment_function = function(w, "glass.frag");
	w->pipelines[PVG_WL_GLASS] = pvg_mtl_render_pipeline(w->mtl, &p);
	p.fragment_function = function(w, "textured.frag");
	p.colours[0].blend = true;
	p.colours[0].destination_rgb = p.colours[0].destination_alpha = 5;
	w->pipelines[PVG_WL_TEXTURED] = pvg_mtl_render_pipeline(w->mtl, &p);

	p = empty;
	rect_input(&p);
	p.vertex_function = function(w, "depth-rect.vert");
	p.fragment_function = function(w, "gbuffer.frag");
	p.depth_format = p.stencil_format = MTL_DEPTH32_STENCIL8;
	p.colour_count = 3;
	static const uint16_t formats[] = { MTL_BGRA8, MTL_RGBA16_FLOAT, MTL_R32_UINT };
	for (uint32_t i = 0; i < 3; i++) {
		p.colours[i] = color;
		p.colours[i].index = i;
		p.colours[i].format = formats[i];
	}
	w->pipelines[PVG_WL_DEFERRED] = pvg_mtl_render_pipeline(w->mtl, &p);

	p = empty;
	corner_input(&p);
	p.vertex_function = corner;
	p.fragment_function = solid;
	p.sample_count = 4;
	w->pipelines[PVG_WL_MSAA] = pvg_mtl_render_pipeline(w->mtl, &p);
	p.sample_count = 1;
	p.depth_format = p.stencil_format = MTL_DEPTH32_STENCIL8;
	w->pipelines[PVG_WL_CORNERS] = pvg_mtl_render_pipeline(w->mtl, &p);

	p = empty;
	p.vertex_function = function(w, "tess.vert");
	p.fragment_function = solid;
	p.max_factor = 16;
	p.factor_step = 1;
	w->pipelines[PVG_WL_PATCHES] = pvg_mtl_render_pipeline(w->mtl, &p);
	w->pipelines[PVG_WL_KERNEL] =
		pvg_mtl_compute_pipeline(w->mtl, function(w, "particles.kernel"));
}

void pvg_workload_fill(struct pvg_workload *w) {
	for (uint32_t i = 0; i < PVG_WL_BUFFERS; i++) {
		memset(w->bytes[i], 0, PVG_WORKLOAD_BUFFER_BYTES);
	}
	for (uint32_t i = 0; i < 16; i++) {
		uint8_t *rect = w->bytes[PVG_WL_VERTICES] + i * INSTANCE_BYTES;
		const uint32_t values[] = { 2 * i, i, 8, 8, 0, 0, 8, 8 };
		for (unsigned int k = 0; k < PVG_ENC_COUNT(values); k++) {
			pvg_put(rect + 2 * k, values[k], 2);
		}
		pvg_put(rect + 16, 0xff804020u + i, 4);
		uint8_t *corner = w->bytes[PVG_WL_VERTICES] + CORNERS_AT + i * 8;
		pvg_put(corner, (i % 3) * 400 - 500, 2);
		pvg_put(corner + 2, (i % 2) * 900 - 400, 2);
		pvg_put(corner + 4, 0xff2060c0u, 4);
		pvg_put(w->bytes[PVG_WL_INDICES] + 2 * i, i, 2);
		pvg_put(w->bytes[PVG_WL_INDICES] + WIDE_INDICES_AT + 4 * i, i, 4);
	}
	uint8_t *constants = w->bytes[PVG_WL_CONSTANTS];
	for (uint32_t i = 0; i < 4; i++) {
		pvg_put(constants + 4 * i, PVG_WORKLOAD_EDGE, 4);
	}
	const uint32_t frame[] = { 1, PVG_WORKLOAD_EDGE, PVG_WORKLOAD_EDGE, 16 };
	// Four words of a draw, five of an indexed one, three of a dispatch, in blocks of 32 bytes.
	const uint32_t arguments[][5] = { { 4, 1, 0, 0 }, { 6, 1, 0, 0, 0 }, { 1, 1, 1 },
		{ 1, 1, 0, 0 } };
	for (uint32_t i = 0; i < PVG_ENC_COUNT(frame); i++) {
		pvg_put(constants + FRAME_AT + 4 * i, frame[i], 4);
	}
	for (uint32_t i = 0; i < PVG_ENC_COUNT(arguments); i++) {
		for (uint32_t k = 0; k < 5; k++) {
			pvg_put(w->bytes[PVG_WL_INDICES] + ARGUMENTS_AT + 32 * i + 4 * k,
				arguments[i][k], 4);
		}
	}
	for (uint32_t i = 0; i < 64; i++) {
		pvg_put(w->bytes[PVG_WL_FACTORS] + 2 * i, 0x4000, 2); // 2.0
	}
}

bool pvg_workload_open(struct pvg_workload *w, struct pvg_mtl *mtl) {
	memset(w, 0, sizeof(*w));
	w->mtl = mtl;
	w->first_ref = mtl->next_ref;
	for (uint32_t i = 0; i < PVG_WL_BUFFERS; i++) {
		w->buffers[i] = pvg_mtl_buffer(mtl, PVG_WORKLOAD_BUFFER_BYTES, &w->bytes[i]);
		if (w->buffers[i] == 0) {
			return false;
		}
	}
	pvg_workload_fill(w);
	make_textures(w);
	make_pipelines(w);
	const struct pvg_mtl_sampler samplers[] = { { .linear = true, .mipmapped = true },
		{ .address = 2, .compare = 1, .anisotropy = 4 } };
	for (uint32_t i = 0; i < 2; i++) {
		w->samplers[i] = pvg_mtl_sampler(mtl, &samplers[i]);
		w->depth_states[i] = pvg_mtl_depth_stencil(mtl, i == 0 ? COMPARE_LESS : 7, i == 0);
	}
	uint64_t fence[] = { 0 };
	w->fence = pvg_mtl_object(mtl, 7, 0x0d, fence);
	w->end_ref = mtl->next_ref;
	return mtl->drv->error == NULL;
}

/* ---- streams ---------------------------------------------------------------------------- */

static void begin(struct pvg_workload *w, uint32_t color, uint32_t depth, uint8_t load) {
	struct pvg_mtl_pass pass;
	memset(&pass, 0, sizeof(pass));
	pass.colors[0].ref = color;
	pass.colors[0].load = load;
	pass.colors[0].store = MTL_STORE;
	pass.depth.ref = pass.stencil.ref = depth;
	pass.depth.load = pass.stencil.load = MTL_CLEAR;
	pass.depth.clear[0] = pvg_mtl_f64(1, 1);
	pass.visibility = w->buffers[PVG_WL_RESULTS];
	pvg_mtl_pass(w->mtl, &pass);
	pvg_mtl_viewport(w->mtl, 0, 0, PVG_WORKLOAD_EDGE, PVG_WORKLOAD_EDGE);
}

static void use(struct pvg_workload *w, enum pvg_workload_pipeline pipeline, uint64_t vertices) {
	MTL_RENDER(w->mtl, 0x74, w->pipelines[pipeline]);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x7d, 0, w->buffers[PVG_WL_VERTICES], vertices);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x7d, 1, w->buffers[PVG_WL_CONSTANTS], 0);
}

static void record_draws(struct pvg_workload *w) {
	const uint32_t indices = w->buffers[PVG_WL_INDICES];
	struct pvg_mtl *m = w->mtl;
	begin(w, w->textures[PVG_WL_TARGET], 0, MTL_CLEAR);
	use(w, PVG_WL_SOLID, 0);
	MTL_RENDER(m, 0x00, MTL_TRIANGLE_STRIP, 0, 4);
	MTL_RENDER(m, 0x01, MTL_TRIANGLE_STRIP, 0, 4);
	MTL_RENDER(m, 0x02, 0, 4, 2, MTL_TRIANGLE_STRIP);
	MTL_RENDER(m, 0x03, 0, 4, 2, MTL_TRIANGLE_STRIP);
	MTL_RENDER(m, 0x04, 0, 4, 2, 1, MTL_TRIANGLE_STRIP);
	MTL_RENDER(m, 0x05, 0, 4, 2, 1, MTL_TRIANGLE_STRIP);
	MTL_RENDER(m, 0x06, MTL_TRIANGLE, 1, indices, 6, WIDE_INDICES_AT);
	MTL_RENDER(m, 0x07, MTL_TRIANGLE_STRIP, 0, indices, 4, 0);
	MTL_RENDER(m, 0x08, MTL_TRIANGLE, 1, indices, 6, WIDE_INDICES_AT, 2);
	MTL_RENDER(m, 0x09, MTL_LINE_STRIP, 0, indices, 6, 2, 2);
	MTL_RENDER(m, 0x0a, MTL_TRIANGLE, 1, indices, WIDE_INDICES_AT, 6, 2, (uint64_t)-1, 1);
	MTL_RENDER(m, 0x0b, MTL_TRIANGLE, 0, indices, 4, 6, 2, 1, 1);
	MTL_RENDER(m, 0x1c, MTL_TRIANGLE, 1, indices, WIDE_INDICES_AT, 6, 2, 1, 1);
	MTL_RENDER(m, 0x1d, MTL_POINT, 0, indices, 4, 6, 2, 1, 1);
	MTL_RENDER(m, 0x10, ARGUMENTS_AT, indices, MTL_TRIANGLE_STRIP);
	MTL_RENDER(m, 0x11, MTL_TRIANGLE, 0, indices, indices, 0, ARGUMENTS_AT + 32);
}

static void record_states(struct pvg_workload *w) {
	const uint64_t f = pvg_mtl_f32(1, 2), edge = PVG_WORKLOAD_EDGE;
	const uint64_t rects[] = { 0, 0, edge, edge, 4, 4, 8, 8 };
	const uint64_t far = pvg_mtl_f64(1, 1), side = pvg_mtl_f64((int32_t)edge, 1);
	const uint64_t ports[] = { 0, 0, side, side, 0, far, 0, 0, side, side, 0, far };
	struct pvg_mtl *m = w->mtl;
	begin(w, w->textures[PVG_WL_MIPS], w->textures[PVG_WL_DEPTH], MTL_LOAD);
	use(w, PVG_WL_CORNERS, CORNERS_AT);
	MTL_RENDER(m, 0x68, w->depth_states[0]);
	MTL_RENDER(m, 0x77, 1, 2);
	MTL_RENDER(m, 0x6b, 2);
	MTL_RENDER(m, 0x73, 1);
	MTL_RENDER(m, 0x7c, 1);
	MTL_RENDER(m, 0x6c, f, f, f);
	MTL_RENDER(m, 0x6d, 1);
	MTL_RENDER(m, 0x84, 8, 1);
	pvg_mtl_draw(m, MTL_TRIANGLE, 0, 6, 1);
	MTL_RENDER(m, 0x84, 16, 2);
	MTL_RENDER(m, 0x68, w->depth_states[1]);
	pvg_mtl_draw(m, MTL_LINE, 0, 6, 1);
	MTL_RENDER(m, 0x69, 1);
	MTL_RENDER(m, 0x78, 1);
	begin(w, w->textures[PVG_WL_SRGB], 0, MTL_LOAD);
	use(w, PVG_WL_TEXTURED, 0);
	MTL_RENDER(m, 0x65, f, f, f, f);
	MTL_RENDER(m, 0x75, 0, 0, edge / 2, edge / 2);
	pvg_mtl_counted(m, PVG_ENC_RENDER, 0x76, (const uint64_t[]){ 2 }, rects, 2);
	pvg_mtl_counted(m, PVG_ENC_RENDER, 0x83, (const uint64_t[]){ 2 }, ports, 2);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x72, 0, w->textures[PVG_WL_MIPS], 0);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x70, 0, w->samplers[0], 0);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 4);
	const uint64_t lod[] = { w->samplers[0], 0, pvg_mtl_f32(2, 1) };
	pvg_mtl_counted(m, PVG_ENC_RENDER, 0x71, (const uint64_t[]){ 0, 1 }, lod, 1);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x72, 0, w->textures[PVG_WL_LINEAR], 0);
	MTL_RENDER(m, 0x7e, 0, INSTANCE_BYTES);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 4);
	const uint64_t stride[] = { w->buffers[PVG_WL_VERTICES], 0, 2 * INSTANCE_BYTES };
	pvg_mtl_counted(m, PVG_ENC_RENDER, 0xa5, (const uint64_t[]){ 0, 1 }, stride, 1);
	MTL_RENDER(m, 0xa6, 0, 4 * INSTANCE_BYTES, INSTANCE_BYTES);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x72, 0, w->textures[PVG_WL_LAYER], 0);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 4);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x72, 0, w->textures[PVG_WL_BLOCKS], 0);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 4);
	MTL_RENDER(m, 0x66, 1, 0);
}

static void record_opengl(struct pvg_workload *w) {
	const uint32_t indices = w->buffers[PVG_WL_INDICES];
	const uint64_t one = pvg_mtl_f32(1, 1), half = pvg_mtl_f32(1, 2), sampler = w->samplers[0];
	struct pvg_mtl *m = w->mtl;
	begin(w, w->textures[PVG_WL_SRGB], 0, MTL_LOAD);
	use(w, PVG_WL_TEXTURED, 0);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x72, 0, w->textures[PVG_WL_MIPS], 0);
	MTL_RENDER(m, 0x8d, sampler, 0, one, half, 0);
	MTL_RENDER(m, 0x8e, sampler, 0, one, half, 0);
	MTL_RENDER(m, 0x8a, half);
	MTL_RENDER(m, 0x8b, pvg_mtl_f32(3, 1));
	MTL_RENDER(m, 0x8c, one, one, half, one, 2);
	MTL_RENDER(m, 0x90, 1);
	MTL_RENDER(m, 0x91, 1, 3);
	MTL_RENDER(m, 0x92, 0, 1);
	MTL_RENDER(m, 0x07, MTL_TRIANGLE_STRIP, 0, indices, 4, 0);
	MTL_RENDER(m, 0x06, MTL_TRIANGLE, 1, indices, 6, WIDE_INDICES_AT);
	MTL_RENDER(m, 0x11, MTL_TRIANGLE, 0, indices, indices, 0, ARGUMENTS_AT + 32);
	MTL_RENDER(m, 0x91, 0, 0);
	MTL_RENDER(m, 0x8f, 0);
	MTL_RENDER(m, 0x1d, MTL_POINT, 0, indices, 4, 6, 2, 1, 1);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 4);
	MTL_RENDER(m, 0x93, 0);
	MTL_RENDER(m, 0x94, 0);
	MTL_RENDER(m, 0x95, 0);
	begin(w, w->textures[PVG_WL_SAMPLES], 0, MTL_CLEAR);
	MTL_RENDER(m, 0x66, MTL_RESOLVE, 0);
	MTL_RENDER(m, 0x96, w->textures[PVG_WL_SURFACE], 0, 0, 0, 0, 0);
	use(w, PVG_WL_MSAA, CORNERS_AT);
	pvg_mtl_draw(m, MTL_TRIANGLE, 0, 6, 1);
	MTL_RENDER(m, 0x96, w->textures[PVG_WL_SURFACE], 0, 0, 0, 1, 0);
	MTL_RENDER(m, 0x97, 0, 0, 0, 0, 0);
	MTL_RENDER(m, 0x98, 0, 0, 0, 0, 0);
	pvg_mtl_draw(m, MTL_TRIANGLE, 0, 3, 1);
}

static void record_targets(struct pvg_workload *w) {
	struct pvg_mtl *m = w->mtl;
	struct pvg_mtl_pass pass;
	memset(&pass, 0, sizeof(pass));
	pass.colors[0].ref = w->textures[PVG_WL_SAMPLES];
	pass.colors[0].resolve = w->textures[PVG_WL_SURFACE];
	pass.colors[0].load = MTL_CLEAR;
	pass.colors[0].store = MTL_RESOLVE;
	pvg_mtl_pass(m, &pass);
	use(w, PVG_WL_MSAA, CORNERS_AT);
	pvg_mtl_draw(m, MTL_TRIANGLE, 0, 6, 1);

	memset(&pass, 0, sizeof(pass));
	static const uint8_t targets[] = { PVG_WL_TARGET, PVG_WL_HALF, PVG_WL_UINTS };
	for (uint32_t i = 0; i < PVG_ENC_COUNT(targets); i++) {
		pass.colors[i].ref = w->textures[targets[i]];
		pass.colors[i].load = MTL_CLEAR;
		pass.colors[i].store = MTL_STORE;
	}
	pass.depth.ref = pass.stencil.ref = w->textures[PVG_WL_DEPTH];
	pass.depth.load = pass.stencil.load = MTL_CLEAR;
	pvg_mtl_pass(m, &pass);
	use(w, PVG_WL_DEFERRED, 0);
	MTL_RENDER(m, 0x68, w->depth_states[0]);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 3);

	memset(&pass, 0, sizeof(pass));
	pass.colors[0].ref = w->textures[PVG_WL_ARRAY];
	pass.colors[0].load = MTL_CLEAR;
	pass.colors[0].store = MTL_STORE;
	pass.layers = 3;
	pvg_mtl_pass(m, &pass);
	memset(&pass, 0, sizeof(pass));
	pass.colors[0].ref = w->textures[PVG_WL_MIPS];
	pass.colors[0].level = 1;
	pass.colors[0].load = MTL_CLEAR;
	pass.colors[0].store = MTL_STORE;
	pvg_mtl_pass(m, &pass);

	begin(w, w->textures[PVG_WL_TARGET], 0, MTL_LOAD);
	use(w, PVG_WL_GLASS, 0);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x72, 0, w->textures[PVG_WL_TARGET], 0);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x70, 0, w->samplers[0], 0);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 2);
	MTL_RENDER(m, 0x85, 0);
	use(w, PVG_WL_TEXTURED, 0);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 2);
}

static void record_patches(struct pvg_workload *w) {
	const uint32_t indices = w->buffers[PVG_WL_INDICES];
	struct pvg_mtl *m = w->mtl;
	begin(w, w->textures[PVG_WL_TARGET], 0, MTL_CLEAR);
	MTL_RENDER(m, 0x74, w->pipelines[PVG_WL_PATCHES]);
	MTL_RENDER(m, 0x7a, w->buffers[PVG_WL_FACTORS], 0, 0);
	MTL_RENDER(m, 0x7b, pvg_mtl_f32(1, 1));
	MTL_RENDER(m, 0x0c, 0, 2, 0, 0, 1, 0, 0);
	MTL_RENDER(m, 0x0d, 0, 2, 0, 0, 1, 0, 0);
	MTL_RENDER(m, 0x0d, 0, 2, indices, WIDE_INDICES_AT, 1, 0, 0);
	MTL_RENDER(m, 0x0f, 0, 2, 0, 0, indices, 0, 1, 0, 0);
	MTL_RENDER(m, 0x12, 0, indices, 0, ARGUMENTS_AT + 96, 0);
	MTL_RENDER(m, 0x13, 0, indices, indices, 0, 0, ARGUMENTS_AT + 96, 0);
}

static void record_kernels(struct pvg_workload *w) {
	const uint32_t buffers[] = { w->buffers[PVG_WL_RESULTS], w->buffers[PVG_WL_RESULTS],
		w->buffers[PVG_WL_RESULTS], w->buffers[PVG_WL_CONSTANTS] };
	const uint64_t offsets[] = { 0, 0x1000, 0x1800, FRAME_AT };
	const uint32_t factors = w->buffers[PVG_WL_FACTORS];
	struct pvg_mtl *m = w->mtl;
	pvg_mtl_segment(m, PVG_ENC_SEGMENT_COMPUTE);
	MTL_COMPUTE(m, 0xdb, 0);
	MTL_COMPUTE(m, 0xd0, w->pipelines[PVG_WL_KERNEL]);
	for (uint32_t i = 0; i < 4; i++) {
		pvg_mtl_bind(m, PVG_ENC_COMPUTE, 0xcb, i, buffers[i], offsets[i]);
	}
	MTL_COMPUTE(m, 0xc8, 1, 1, 1, 16, 1, 1);
	MTL_COMPUTE(m, 0xca, 16, 1, 1, 16, 1, 1);
	MTL_COMPUTE(m, 0xc9, 16, 1, 1, ARGUMENTS_AT + 64, w->buffers[PVG_WL_INDICES]);
	MTL_COMPUTE(m, 0xe6, ARGUMENTS_AT + 64, w->buffers[PVG_WL_INDICES]);
	MTL_COMPUTE(m, 0xd3, 256, 0);
	MTL_COMPUTE(m, 0xd1, 8, 8, 1, 0, 0, 0);
	MTL_COMPUTE(m, 0xd7, 3);
	MTL_COMPUTE(m, 0xcf, 3, FRAME_AT);
	MTL_COMPUTE(m, 0xe0, factors, 0x800, 0, 0);
	MTL_COMPUTE(m, 0xc8, 1, 1, 1, 16, 1, 1);
	MTL_COMPUTE(m, 0xe1, 0);
	MTL_COMPUTE(m, 0xe2, 0);
	MTL_COMPUTE(m, 0xdc, 0);
	MTL_COMPUTE(m, 0xc8, 1, 1, 1, 16, 1, 1);
	MTL_COMPUTE(m, 0xdd, factors, 0x800, 5, 0);
	MTL_COMPUTE(m, 0xd4, w->fence);
	MTL_COMPUTE(m, 0xd5, w->fence);
}

static void record_copies(struct pvg_workload *w) {
	const uint32_t *t = w->textures, *b = w->buffers;
	struct pvg_mtl *m = w->mtl;
	pvg_mtl_segment(m, PVG_ENC_SEGMENT_BLIT);
	MTL_BLIT(m, 0x12c, b[PVG_WL_VERTICES], t[PVG_WL_MIPS], 0, 64, 512, 16, 8, 1, 4, 4, 0, 0, 0,
		0);
	MTL_BLIT(m, 0x12d, b[PVG_WL_VERTICES], b[PVG_WL_RESULTS], 0, 64, 256);
	MTL_BLIT(m, 0x12e, t[PVG_WL_MIPS], b[PVG_WL_RESULTS], 0, 0, 0, 16, 16, 1, 0, 64, 1024, 0, 1,
		0);
	MTL_BLIT(m, 0x12f, t[PVG_WL_MIPS], t[PVG_WL_TARGET], 0, 0, 0, 8, 8, 1, 8, 8, 0, 0, 0, 0, 0);
	MTL_BLIT(m, 0x130, t[PVG_WL_LAYER], t[PVG_WL_ARRAY], 0, 0, 0, 8, 8, 1, 8, 8, 0, 0, 0, 2, 0,
		0);
	MTL_BLIT(m, 0x12c, b[PVG_WL_VERTICES], t[PVG_WL_VOLUME], 0, 32, 256, 8, 8, 2, 0, 0, 1, 0, 0,
		0);
	MTL_BLIT(m, 0x12f, t[PVG_WL_CUBE], t[PVG_WL_HALF], 0, 0, 0, 8, 8, 1, 0, 0, 0, 5, 0, 0, 0);
	MTL_BLIT(m, 0x12e, t[PVG_WL_DEPTH], b[PVG_WL_RESULTS], 0, 0, 0, 8, 8, 1, 0, 64, 512, 0, 0,
		1);
	MTL_BLIT(m, 0x132, b[PVG_WL_RESULTS], 16, 64, 0x7f);
	MTL_BLIT(m, 0x13f, b[PVG_WL_RESULTS], 128, 64, 0xdeadbeef);
	MTL_BLIT(m, 0x140, t[PVG_WL_UINTS], 0, 0, 8, 8, 1, 0, 0, 0, b[PVG_WL_VERTICES], 0, 4);
	MTL_BLIT(m, 0x141, t[PVG_WL_TARGET], 0, 0, 8, 8, 1, 4, 4, 0, pvg_mtl_f64(1, 2), 0, 0,
		pvg_mtl_f64(1, 1), MTL_BGRA8);
	MTL_BLIT(m, 0x133, t[PVG_WL_MIPS]);
	MTL_BLIT(m, 0x13e, t[PVG_WL_TARGET], t[PVG_WL_MIPS], 0, 0, 0, 0, 1, 1);
	MTL_BLIT(m, 0x12f, t[PVG_WL_HEAP], t[PVG_WL_ARRAY], 0, 0, 0, 8, 8, 1, 0, 0, 0, 0, 0, 0, 0);
	// Blocks in and out, and the texture that is a buffer's own memory.
	MTL_BLIT(m, 0x12c, b[PVG_WL_VERTICES], t[PVG_WL_BLOCKS], 0, 64, 256, 16, 16, 1, 0, 0, 0, 0,
		0, 0);
	MTL_BLIT(m, 0x12c, b[PVG_WL_VERTICES], t[PVG_WL_BLOCKS], 0, 32, 64, 8, 8, 1, 0, 0, 0, 0, 1,
		0);
	MTL_BLIT(m, 0x12e, t[PVG_WL_BLOCKS], b[PVG_WL_RESULTS], 4, 4, 0, 8, 8, 1, 0, 32, 64, 0, 0,
		0);
	MTL_BLIT(m, 0x12c, b[PVG_WL_VERTICES], t[PVG_WL_LINEAR], 0, 16, 128, 16, 8, 1, 0, 0, 0, 0,
		0, 0);
	MTL_BLIT(m, 0x12e, t[PVG_WL_LINEAR], b[PVG_WL_RESULTS], 0, 0, 0, 16, 8, 1, 0, 16, 128, 0, 0,
		0);
	MTL_BLIT(m, 0x134, t[PVG_WL_TARGET]);
	MTL_BLIT(m, 0x137, t[PVG_WL_MIPS], 0, 1);
	MTL_BLIT(m, 0x13a, t[PVG_WL_TARGET]);
	MTL_BLIT(m, 0x13b, t[PVG_WL_MIPS], 0, 0);
	MTL_BLIT(m, 0x13c, w->fence);
	MTL_BLIT(m, 0x13d, w->fence);
}

static void record_misc(struct pvg_workload *w) {
	const uint64_t refs[] = { w->textures[PVG_WL_TARGET], w->buffers[PVG_WL_RESULTS] };
	const uint32_t results = w->buffers[PVG_WL_RESULTS];
	struct pvg_mtl *m = w->mtl;
	pvg_mtl_segment(m, PVG_ENC_SEGMENT_EVENT);
	pvg_mtl_record(m, PVG_ENC_EVENT, 0x191, (const uint64_t[]){ 7, 1 });
	pvg_mtl_record(m, PVG_ENC_EVENT, 0x190, (const uint64_t[]){ 7, 1 });
	pvg_mtl_record(m, PVG_ENC_EVENT, 0x192, (const uint64_t[]){ 7, 1, 10 });
	pvg_mtl_segment(m, PVG_ENC_SEGMENT_INFO);
	pvg_mtl_record(m, PVG_ENC_INFO, 0x1c2,
		(const uint64_t[]){ w->pipelines[PVG_WL_KERNEL], results, 0x100 });
	pvg_mtl_record(m, PVG_ENC_INFO, 0x1c9,
		(const uint64_t[]){ w->pipelines[PVG_WL_SOLID], results, 0x140 });
	pvg_mtl_record(m, PVG_ENC_INFO, 0x1cd,
		(const uint64_t[]){ w->buffers[PVG_WL_VERTICES], results, 0x180 });
	pvg_mtl_record(m, PVG_ENC_INFO, 0x1ce,
		(const uint64_t[]){ w->textures[PVG_WL_TARGET], results, 0x1c0 });
	begin(w, w->textures[PVG_WL_TARGET], 0, MTL_LOAD);
	use(w, PVG_WL_SOLID, 0);
	pvg_mtl_counted(m, PVG_ENC_RENDER, 0x16, (const uint64_t[]){ 2, 2, 1 }, refs, 2);
	MTL_RENDER(m, 0x17, 3, 0, 2, 1);
	MTL_RENDER(m, 0x18, w->fence, 2);
	MTL_RENDER(m, 0x19, w->fence, 1);
	pvg_mtl_counted(m, PVG_ENC_RENDER, 0x86, (const uint64_t[]){ 2 }, refs, 2);
	pvg_mtl_counted(m, PVG_ENC_RENDER, 0x87, (const uint64_t[]){ 2, 1 }, refs, 2);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 1);
}

void pvg_workload_record(struct pvg_workload *w, enum pvg_workload_stream which) {
	static void (*const records[])(struct pvg_workload *) = { record_draws, record_states,
		record_opengl, record_targets, record_patches, record_kernels, record_copies,
		record_misc };
	records[which](w);
}
