// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz-more.h"

#include <string.h>

#include "scene/shaders.h"

#define EDGE PVG_WORKLOAD_EDGE
#define CORNERS_AT 0x1000u
#define WIDE_AT 0x800u // in the indices
#define ARGUMENTS_AT 0x1000u
#define TEXELS_AT 0x1400u // in .written, behind the arguments
#define OVERLAP_AT 0x1000u // the same
#define WORDS (PVG_WORKLOAD_BUFFER_BYTES / 4)
#define MANY 24u
#define BLEND_COLOR 11u

extern const struct pvg_shader fuzz_shaders[]; // ends with a NULL name

/* ---- objects --------------------------------------------------------------------------------- */

static uint32_t function_of(struct pvg_mtl *mtl, const struct pvg_shader *shader,
	const char *name) {
	for (; shader->name != NULL; shader++) {
		if (strcmp(shader->name, name) == 0) {
			return pvg_mtl_function(mtl, shader->library, shader->size_bytes);
		}
	}
	return pvg_mtl_function(mtl, "MTLB", 4); // built without shaders
}

static void make_pipelines(struct fuzz_more *more, struct pvg_mtl *mtl) {
	const uint32_t clip = function_of(mtl, fuzz_shaders, "clip.vert");
	struct pvg_enc_render_pipeline p = {
		.vertex_function = clip,
		.fragment_function = function_of(mtl, fuzz_shaders, "flat.frag"),
		.attribute_count = 2,
		.attributes = { { 0, 16, 0, 0 }, { 1, 9, 4, 0 } }, // Short2, UChar4Normalized
		.layout_count = 1,
		.layouts = { { 0, 1, 1, 8 } },
		.colour_count = 1,
		.colours = { { .format = MTL_BGRA8,
			.source_rgb = 1,
			.source_alpha = 1,
			.write_mask = 0xf } },
	};
	const struct pvg_enc_render_pipeline plain = p;
	p.depth_format = p.stencil_format = MTL_DEPTH32_STENCIL8;
	more->cut = pvg_mtl_render_pipeline(mtl, &p);
	p = plain;
	p.colours[0].blend = true;
	p.colours[0].source_rgb = p.colours[0].destination_alpha = BLEND_COLOR;
	more->cut_blended = pvg_mtl_render_pipeline(mtl, &p);
	p = plain;
	p.fragment_function = function_of(mtl, fuzz_shaders, "many.frag");
	more->many = pvg_mtl_render_pipeline(mtl, &p);
	memset(&p, 0, sizeof(p));
	p.vertex_function = function_of(mtl, pvg_shaders, "tess.vert");
	p.fragment_function = function_of(mtl, pvg_shaders, "solid.frag");
	p.max_factor = 16;
	p.factor_step = 1;
	p.control_point_index = 1; // u16
	p.colour_count = 1;
	p.colours[0] = plain.colours[0];
	more->patches = pvg_mtl_render_pipeline(mtl, &p);
	more->copy = pvg_mtl_compute_pipeline(mtl, function_of(mtl, fuzz_shaders, "copy.kernel"));
}

// A buffer over pages that are mapped; the host is told of them.
static uint32_t buffer_at(struct pvg_mtl *mtl, uint64_t gva, uint64_t bytes) {
	uint8_t desc[64];
	uint64_t head[] = { bytes, gva >> PVG_ENC_PAGE_SHIFT };
	uint64_t range[] = { mtl->task.id, gva, bytes };
	const struct pvg_enc_values values = { .head = head };
	uint32_t size =
		pvg_enc_encode(mtl->records[PVG_ENC_DESCRIPTOR][1], &values, desc, sizeof(desc));
	if (pvg_drv_send_plain(mtl->drv, PVG_DRV_IMMEDIATE, &pvg_enc_packet_table, 0x39, range) ==
			0 ||
		!pvg_enc_task_declare(&mtl->task, mtl->next_ref, 1, desc, size)) {
		return 0;
	}
	return mtl->next_ref++;
}

// The task maps the pages of a surface of task 0, and makes a buffer of them.
static uint32_t buffer_over(struct pvg_mtl *mtl, const struct pvg_drv_surface *surface) {
	uint64_t gva = pvg_enc_task_reserve(&mtl->task, surface->pages);
	for (uint32_t i = 0; i < surface->pages; i++) {
		uint64_t at = (uint64_t)i << PVG_ENC_PAGE_SHIFT;
		uint32_t pte = pvg_enc_task_pte(&mtl->drv->kernel, surface->gva + at);
		if (!pvg_enc_task_map_page(&mtl->task, gva + at, pte)) {
			return 0;
		}
	}
	return buffer_at(mtl, gva, (uint64_t)surface->pages << PVG_ENC_PAGE_SHIFT);
}

bool fuzz_more_open(struct fuzz_more *more, struct pvg_workload *workload) {
	struct pvg_mtl *mtl = workload->mtl;
	memset(more, 0, sizeof(*more));
	more->workload = workload;
	make_pipelines(more, mtl);
	uint64_t gva;
	if (pvg_enc_task_alloc(&mtl->task, PVG_WORKLOAD_BUFFER_BYTES, &gva) == NULL) {
		return false;
	}
	more->written = buffer_at(mtl, gva, PVG_WORKLOAD_BUFFER_BYTES);
	more->overlap = buffer_at(mtl, gva + OVERLAP_AT, PVG_WORKLOAD_BUFFER_BYTES - OVERLAP_AT);
	more->pages = buffer_over(mtl, &workload->surface);
	const uint32_t shape = 2u | 1u << 6 |
		(uint32_t)(MTL_USAGE_READ | MTL_USAGE_WRITE | MTL_USAGE_TARGET) << 8 |
		(uint32_t)MTL_RGBA8 << 16;
	uint64_t texture[] = { 0, more->written, TEXELS_AT, 64, shape, 16, 16, 1, 1, 1, 1,
		MTL_SHARED, 0 };
	more->over_buffer = pvg_mtl_object(mtl, 8, 0x09, texture);
	more->sampler = pvg_mtl_sampler(mtl,
		&(const struct pvg_mtl_sampler){ .linear = true, .unnormalized = true });
	// Less, written; front: always, keep, keep, replace; back: as the table's sample.
	uint64_t stencil[] = { 0, 0x39, 0x287, 0xff, 0xff, 0x007, 0x0f, 0xf0 };
	more->stencil = pvg_mtl_object(mtl, 7, 0x04, stencil);
	return mtl->drv->error == NULL && more->written != 0 && more->overlap != 0 &&
		more->pages != 0;
}

/* ---- streams --------------------------------------------------------------------------------- */

static void begin(const struct fuzz_more *more, uint32_t color, uint32_t depth, uint32_t edge) {
	const struct pvg_workload *w = more->workload;
	struct pvg_mtl_pass pass = { .visibility = w->buffers[PVG_WL_RESULTS] };
	pass.colors[0].ref = color;
	pass.colors[0].load = MTL_LOAD;
	pass.colors[0].store = MTL_STORE;
	pass.depth.ref = pass.stencil.ref = depth;
	pass.depth.load = pass.stencil.load = MTL_CLEAR;
	pass.depth.clear[0] = pvg_mtl_f64(1, 1);
	pvg_mtl_pass(w->mtl, &pass);
	pvg_mtl_viewport(w->mtl, 0, 0, edge, edge);
}

static void use(const struct fuzz_more *more, uint32_t pipeline, uint64_t vertices) {
	const struct pvg_workload *w = more->workload;
	MTL_RENDER(w->mtl, 0x74, pipeline);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x7d, 0, w->buffers[PVG_WL_VERTICES], vertices);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x7d, 1, w->buffers[PVG_WL_CONSTANTS], 0);
}

// Each kind of primitive, with and without indices out of @indices.
static void draw_each(struct pvg_mtl *m, uint32_t indices) {
	for (uint32_t primitive = MTL_POINT; primitive <= MTL_TRIANGLE_STRIP; primitive++) {
		pvg_mtl_draw(m, primitive, 0, 6, 1);
		MTL_RENDER(m, 0x06, primitive, primitive % 2, indices, 6,
			primitive % 2 != 0 ? WIDE_AT : 0);
		MTL_RENDER(m, 0x09, primitive, 0, indices, 6, 2, 2);
	}
}

static void record_cut(const struct fuzz_more *more) {
	const struct pvg_workload *w = more->workload;
	const uint64_t f = pvg_mtl_f32(1, 2);
	struct pvg_mtl *m = w->mtl;
	begin(more, w->textures[PVG_WL_TARGET], w->textures[PVG_WL_DEPTH], EDGE);
	use(more, more->cut, CORNERS_AT);
	MTL_RENDER(m, 0x68, more->stencil);
	MTL_RENDER(m, 0x77, 1, 2);
	MTL_RENDER(m, 0x84, 8, 2);
	draw_each(m, w->buffers[PVG_WL_INDICES]);
	MTL_RENDER(m, 0x7c, 1); // as lines
	MTL_RENDER(m, 0x84, 16, 1);
	draw_each(m, w->buffers[PVG_WL_INDICES]);
	begin(more, w->textures[PVG_WL_TARGET], 0, EDGE);
	use(more, more->cut_blended, CORNERS_AT);
	MTL_RENDER(m, 0x65, f, f, f, f);
	pvg_mtl_draw(m, MTL_TRIANGLE, 0, 6, 1);
}

static void copy_words(const struct fuzz_more *more, uint32_t from, uint32_t to, uint32_t words) {
	struct pvg_mtl *m = more->workload->mtl;
	pvg_mtl_segment(m, PVG_ENC_SEGMENT_COMPUTE);
	MTL_COMPUTE(m, 0xdb, 0);
	MTL_COMPUTE(m, 0xd0, more->copy);
	pvg_mtl_bind(m, PVG_ENC_COMPUTE, 0xcb, 0, from, 0);
	pvg_mtl_bind(m, PVG_ENC_COMPUTE, 0xcb, 1, to, 0);
	MTL_COMPUTE(m, 0xca, words, 1, 1, 32, 1, 1);
}

static void record_written(const struct fuzz_more *more) {
	const struct pvg_workload *w = more->workload;
	const uint32_t indices = more->written;
	struct pvg_mtl *m = w->mtl;
	copy_words(more, w->buffers[PVG_WL_INDICES], indices, WORDS);
	MTL_COMPUTE(m, 0xc9, 16, 1, 1, ARGUMENTS_AT + 64, indices);
	begin(more, w->textures[PVG_WL_TARGET], w->textures[PVG_WL_DEPTH], EDGE);
	use(more, more->cut, CORNERS_AT);
	for (unsigned int lines = 0; lines < 2; lines++) {
		MTL_RENDER(m, 0x7c, lines);
		draw_each(m, indices);
		for (uint32_t primitive = MTL_POINT; primitive <= MTL_TRIANGLE_STRIP; primitive++) {
			MTL_RENDER(m, 0x10, ARGUMENTS_AT, indices, primitive);
			MTL_RENDER(m, 0x11, primitive, primitive % 2, indices, indices, WIDE_AT,
				ARGUMENTS_AT + 32);
		}
	}
	begin(more, w->textures[PVG_WL_TARGET], 0, EDGE);
	use(more, w->pipelines[PVG_WL_SOLID], 0);
	MTL_RENDER(m, 0x10, ARGUMENTS_AT, indices, MTL_TRIANGLE_STRIP);
	MTL_RENDER(m, 0x11, MTL_TRIANGLE, 0, indices, indices, 0, ARGUMENTS_AT + 32);
	MTL_RENDER(m, 0x74, more->patches);
	MTL_RENDER(m, 0x7a, w->buffers[PVG_WL_FACTORS], 0, 0);
	MTL_RENDER(m, 0x0d, 0, 2, indices, WIDE_AT, 1, 0, 0);
	MTL_RENDER(m, 0x0f, 0, 2, 0, 0, indices, 0, 1, 0, 0);
	MTL_RENDER(m, 0x12, 0, indices, 0, ARGUMENTS_AT + 96, 0);
	MTL_RENDER(m, 0x13, 0, indices, indices, 0, 0, ARGUMENTS_AT + 96, 0);
}

static void record_packed(const struct fuzz_more *more) {
	const struct pvg_workload *w = more->workload;
	// None that has arguments: what this writes is anything.
	const uint32_t buffers[] = { w->buffers[PVG_WL_RESULTS], more->pages };
	struct pvg_mtl *m = w->mtl;
	begin(more, w->textures[PVG_WL_TARGET], 0, EDGE);
	use(more, more->many, CORNERS_AT);
	for (uint32_t i = 0; i < MANY; i++) {
		pvg_mtl_bind(m, PVG_ENC_RENDER, 0x6e, i, buffers[i % PVG_ENC_COUNT(buffers)],
			i % 3 == 0 ? 0x100 : 0x100 * (i / 4));
	}
	pvg_mtl_draw(m, MTL_TRIANGLE, 0, 3, 1);
	MTL_RENDER(m, 0x6f, 5, 0x80); // read only
	MTL_RENDER(m, 0x6f, 9, 0x200);
	MTL_RENDER(m, 0x10, ARGUMENTS_AT, w->buffers[PVG_WL_INDICES], MTL_TRIANGLE);
	MTL_RENDER(m, 0x6f, 8, 0x40); // written, and between two blocks
	pvg_mtl_draw(m, MTL_TRIANGLE, 3, 3, 2);
}

static void record_texels(const struct fuzz_more *more) {
	const struct pvg_workload *w = more->workload;
	const uint32_t *t = w->textures;
	const uint64_t lod[] = { more->sampler, 0, pvg_mtl_f32(2, 1) };
	const uint32_t sampled[] = { t[PVG_WL_MIPS], more->over_buffer, t[PVG_WL_LAYER],
		t[PVG_WL_TARGET], t[PVG_WL_SRGB], t[PVG_WL_LINEAR] };
	struct pvg_mtl *m = w->mtl;
	begin(more, t[PVG_WL_TARGET], 0, EDGE);
	use(more, w->pipelines[PVG_WL_TEXTURED], 0);
	pvg_mtl_bind(m, PVG_ENC_RENDER, 0x70, 0, more->sampler, 0);
	for (uint32_t i = 0; i < PVG_ENC_COUNT(sampled); i++) {
		MTL_RENDER(m, 0x84, 8 * i, i % 3);
		pvg_mtl_bind(m, PVG_ENC_RENDER, 0x72, 0, sampled[i], 0);
		pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 3);
	}
	MTL_RENDER(m, 0x85, 0);
	pvg_mtl_counted(m, PVG_ENC_RENDER, 0x71, (const uint64_t[]){ 0, 1 }, lod, 1);
	pvg_mtl_draw(m, MTL_TRIANGLE_STRIP, 0, 4, 3);
}

static void draw_onto(const struct fuzz_more *more, uint32_t target, uint32_t sampled,
	uint32_t edge) {
	const struct pvg_workload *w = more->workload;
	begin(more, target, 0, edge);
	use(more, w->pipelines[PVG_WL_TEXTURED], 0);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x72, 0, sampled, 0);
	pvg_mtl_bind(w->mtl, PVG_ENC_RENDER, 0x70, 0, w->samplers[0], 0);
	pvg_mtl_draw(w->mtl, MTL_TRIANGLE_STRIP, 0, 4, 2);
}

static void record_shared(const struct fuzz_more *more) {
	const struct pvg_workload *w = more->workload;
	const uint32_t *t = w->textures, results = w->buffers[PVG_WL_RESULTS];
	struct pvg_mtl *m = w->mtl;
	// Drawn, read as words; written as words, sampled: a surface, a texture over a buffer.
	draw_onto(more, t[PVG_WL_SURFACE], t[PVG_WL_MIPS], EDGE);
	copy_words(more, more->pages, results, 64);
	copy_words(more, results, more->pages, 64);
	draw_onto(more, t[PVG_WL_TARGET], t[PVG_WL_SURFACE], EDGE);
	pvg_mtl_segment(m, PVG_ENC_SEGMENT_BLIT);
	MTL_BLIT(m, 0x12d, more->written, results, TEXELS_AT, 64, 256);
	MTL_BLIT(m, 0x12c, w->buffers[PVG_WL_VERTICES], more->over_buffer, 0, 64, 512, 8, 8, 1, 4,
		4, 0, 0, 0, 0);
	MTL_BLIT(m, 0x132, more->written, TEXELS_AT + 16, 64, 0x7f);
	MTL_BLIT(m, 0x12f, more->over_buffer, t[PVG_WL_ARRAY], 0, 0, 0, 8, 8, 1, 8, 8, 0, 0, 0, 2,
		0);
	MTL_BLIT(m, 0x132, more->pages, 128, 64, 0x3f);
	MTL_BLIT(m, 0x12e, t[PVG_WL_SURFACE], more->overlap, 0, 0, 0, 8, 8, 1, 0x800, 64, 512, 0, 0,
		0);
	MTL_BLIT(m, 0x12d, results, more->pages, 0x1000, 256, 256);
	MTL_BLIT(m, 0x12d, more->overlap, results, 0, 0xff0, 64);
	copy_words(more, more->overlap, more->written, 1024);
	copy_words(more, more->written, more->overlap, 1024);
	draw_onto(more, t[PVG_WL_SURFACE], more->over_buffer, EDGE);
}

void fuzz_more_record(struct fuzz_more *more, unsigned int stream) {
	static void (*const records[])(const struct fuzz_more *) = { record_cut, record_written,
		record_packed, record_texels, record_shared };
	if (stream < PVG_WL_STREAMS) {
		pvg_workload_record(more->workload, (enum pvg_workload_stream)stream);
	} else if (stream < FUZZ_STREAMS) {
		records[stream - PVG_WL_STREAMS](more);
	}
}
