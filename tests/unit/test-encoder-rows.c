// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The validation table of encoders (spec 03 section 13.2), row by row: each bad value is refused by
 * the name that docs/coverage.md says, and what is good beside it is not.
 */
#include "encoder-rig.h"

#define F64(x) \
	(((union { \
		double f; \
		uint64_t u; \
	}){ .f = (x) }) \
			.u)
#define NAN32 0x7fc00000u
#define BEYOND (UINT64_C(1) << 40)
#define INF64 UINT64_C(0x7ff0000000000000)

enum { PYRAMID = 60, FLOATS, STENCILS, BLOCKS };

struct row {
	const char *name; // of the record
	struct field fields[8];
};

static void more_textures(struct encoder_rig *e) {
	const struct shape pyramid = { 2, 7, 1, 1, 252, 64, 64, 1 };
	const struct shape floats = { 2, 1, 1, 1, 55, 64, 64, 1 };
	const struct shape stencils = { 2, 1, 1, 1, 255, 64, 64, 1 };
	const struct shape blocks = { 2, 1, 1, 1, 152, 64, 64, 1 };
	declare_texture(e->rig, PYRAMID, 0x1c0000, &pyramid);
	declare_texture(e->rig, FLOATS, 0x1d0000, &floats);
	declare_texture(e->rig, STENCILS, 0x1d8000, &stencils);
	declare_blocks(e->rig, BLOCKS, 0x1e0000, &blocks, 16);
}

static const struct pvg_enc_record *record_of(const struct pvg_enc_table *table, const char *name) {
	for (size_t i = 0; i < table->count; i++) {
		if (strcmp(table->records[i].name, name) == 0) {
			return &table->records[i];
		}
	}
	fail_msg("no record %s", name);
	return NULL;
}

static bool has_field(const struct pvg_enc_record *record, const char *name) {
	bool has = false;
	for (unsigned int i = 0; i < record->field_count; i++) {
		has = has || strcmp(record->fields[i].name, name) == 0;
	}
	return has;
}

// The record with @usual as far as it has those fields, and with @row's over them unless NULL.
static void put_row(struct encoder_rig *e, const struct pvg_enc_table *table, const char *name,
	const struct field *usual, size_t usual_count, const struct row *row) {
	const struct pvg_enc_record *record = record_of(table, name);
	struct field fields[64];
	size_t count = 0;
	for (size_t i = 0; i < usual_count; i++) {
		if (has_field(record, usual[i].name)) {
			fields[count++] = usual[i];
		}
	}
	for (size_t i = 0; row != NULL && i < 8 && row->fields[i].name != NULL; i++) {
		fields[count++] = row->fields[i];
	}
	put_record(e, table, name, fields, count, 0, NULL);
}

/* ---- 0x1a ------------------------------------------------------------------------------------ */

static void bad_attachments(void **state) {
	static const struct row rows[] = {
		{ "store action", { { "colour0.texture", TARGET }, { "colour0.store", 6 } } },
		{ "compressed", { { "colour0.texture", BLOCKS } } },
		{ "stencil in a depth format", { { "stencil.texture", DEPTH } } },
		{ "colour in a stencil format", { { "colour0.texture", STENCILS } } },
		{ "resolve: none there",
			{ { "colour0.texture", SAMPLES }, { "colour0.resolve_texture", 99 } } },
		{ "resolve: a buffer",
			{ { "colour0.texture", SAMPLES },
				{ "colour0.resolve_texture", VERTICES } } },
		{ "resolve: more samples",
			{ { "colour0.texture", SAMPLES },
				{ "colour0.resolve_texture", SAMPLES } } },
		{ "resolve: another format",
			{ { "colour0.texture", SAMPLES }, { "colour0.resolve_texture", FLOATS } } },
		{ "resolve: no such level",
			{ { "colour0.texture", SAMPLES }, { "colour0.resolve_texture", TARGET },
				{ "colour0.resolve_level", 1 } } },
		{ "resolve: no such slice",
			{ { "colour0.texture", SAMPLES }, { "colour0.resolve_texture", ARRAY },
				{ "colour0.resolve_slice", 4 } } },
		{ "resolve: no such plane",
			{ { "colour0.texture", SAMPLES }, { "colour0.resolve_texture", VOLUME },
				{ "colour0.resolve_plane", 8 } } },
		{ "colours twice",
			{ { "colour0.texture", ARRAY }, { "colour0.slice", 2 },
				{ "colour7.texture", ARRAY }, { "colour7.slice", 2 } } },
		{ "planes twice",
			{ { "colour2.texture", VOLUME }, { "colour2.plane", 2 },
				{ "colour7.texture", VOLUME }, { "colour7.plane", 2 } } },
		{ "height", { { "colour0.texture", TARGET }, { "height", 16385 } } },
		{ "layers of a volume", { { "colour0.texture", VOLUME }, { "array_length", 9 } } },
		{ "too many layers", { { "colour0.texture", ARRAY }, { "array_length", 2049 } } },
	};
	struct encoder_rig *e = *state;
	more_textures(e);
	static const struct field usual[] = { { "depth.texture", 0 }, { "colour0.texture", 0 },
		{ "width", 0 }, { "height", 0 } };
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		begin(e, 0);
		put_row(e, &pvg_enc_render_table, "renderPassDescriptor", usual,
			PVG_ENC_COUNT(usual), &rows[i]);
		pipeline(e, DRAW_PLAIN);
		draw3(e);
		end(e);
		run(e);
		if (e->text_bytes != 0 || rig_refused(e->rig, PVG_REFUSAL_PASS) != i + 1) {
			fail_msg("%s: %s", rows[i].name, e->text);
		}
	}
	// Slices and planes that are next to each other are two places.
	static const struct row good = { "",
		{ { "colour0.texture", ARRAY }, { "colour0.slice", 1 },
			{ "colour1.texture", ARRAY }, { "colour1.slice", 2 },
			{ "colour3.texture", VOLUME }, { "colour3.plane", 3 },
			{ "colour4.texture", VOLUME }, { "colour4.plane", 4 } } };
	begin(e, 0);
	put_row(e, &pvg_enc_render_table, "renderPassDescriptor", usual, PVG_ENC_COUNT(usual),
		&good);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	assert_non_null(strstr(e->text, "draw3"));
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_PASS), PVG_ENC_COUNT(rows));
}

// What is no number is 0, and depth and stencil are cut to what they can hold.
static void clear_values_are_what_the_attachment_holds(void **state) {
	struct encoder_rig *e = *state;
	more_textures(e);
	begin(e, 0);
	PUT(e, render, "renderPassDescriptor", { "depth.texture", STENCILS }, { "depth.load", 2 },
		{ "depth.clear", F64(7) }, { "stencil.texture", STENCILS }, { "stencil.load", 2 },
		{ "stencil.clear", 0x1ff }, { "colour0.texture", TARGET },
		{ "colour0.clear_r", F64(0.0 / 0.0) }, { "colour0.clear_g", F64(0.25) },
		{ "colour0.clear_b", F64(1.0 / 0.0) }, { "colour0.clear_a", F64(-3) },
		{ "width", 0 }, { "height", 0 });
	end(e);
	run(e);
	assert_non_null(strstr(e->text, "c0:clear"));
	static const double color[] = { 0, 0.25, 0, -3 };
	for (unsigned int i = 0; i < 4; i++) {
		assert_true(e->clear_color[i] == color[i]);
	}
	assert_true(e->clear_depth == 1);
	assert_int_equal(e->clear_stencil, 0xff);
	assert_int_equal(all_refusals(e->rig), 0);
}

/* ---- draws ----------------------------------------------------------------------------------- */

static void bad_index_ranges(void **state) {
	static const struct row rows[] = {
		{ "drawIndexedPrimitives", { { "ioffset", 0xffff }, { "icount", 3 } } },
		{ "drawIndexedPrimitivesWide", { { "ioffset", UINT64_MAX - 3 } } },
		{ "drawIndexedPrimitivesWide", { { "icount", 0x8001 } } },
		{ "drawIndexedPrimitivesWide", { { "icount", 0x4001 }, { "itype", 1 } } },
		{ "drawIndexedPrimitivesInstancedWide", { { "ioffset", BEYOND } } },
		{ "drawIndexedPrimitivesInstanced", { { "ibuf", 99 } } },
		{ "drawIndexedPrimitivesInstancedBases", { { "ibuf", TARGET } } },
		{ "drawIndexedPrimitivesInstancedBases2", { { "itype", 2 } } },
		{ "drawIndexedPrimitivesInstancedBasesWide2", { { "prim", 5 } } },
		{ "drawIndexedPrimitivesIndirect", { { "ioffset", 0x10000 } } },
		{ "drawIndexedPrimitivesIndirect", { { "ind_offset", 0x10000 - 16 } } },
		{ "drawIndexedPrimitivesIndirect", { { "ind_offset", UINT64_MAX - 7 } } },
		{ "drawIndexedPrimitivesIndirect", { { "ind_buf", 0 } } },
		{ "drawPrimitivesIndirect", { { "prim", 5 } } },
	};
	static const struct field usual[] = { { "prim", 3 }, { "itype", 0 }, { "ibuf", INDICES },
		{ "ioffset", 0 }, { "icount", 6 }, { "instances", 1 }, { "base_vertex", 0 },
		{ "base_inst", 0 }, { "ind_buf", ARGUMENTS }, { "ind_offset", 0 } };
	struct encoder_rig *e = *state;
	const uint32_t words[] = { 6, 1, 0, 0, 0 };
	memcpy(e->rig->ram + DATA_GPA + 0x40000, words, sizeof(words));
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		for (unsigned int bad = 0; bad < 2; bad++) {
			uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_DRAW);
			begin(e, 0);
			pass(e, TARGET, 1, 1);
			pipeline(e, DRAW_PLAIN);
			put_row(e, &pvg_enc_render_table, rows[i].name, usual, PVG_ENC_COUNT(usual),
				bad != 0 ? &rows[i] : NULL);
			end(e);
			run(e);
			if (rig_refused(e->rig, PVG_REFUSAL_DRAW) != refused + bad ||
				(strstr(e->text, "draw3") != NULL) != (bad == 0)) {
				fail_msg("row %zu, %s, bad %u: %s", i, rows[i].name, bad, e->text);
			}
		}
	}
}

/* ---- state and bindings ---------------------------------------------------------------------- */

static void bad_values_of_state(void **state) {
	static const struct row rows[] = {
		{ "setCullMode", { { "value", 3 } } },
		{ "setCullMode", { { "value", UINT64_C(1) << 32 } } },
		{ "setFrontFacingWinding", { { "value", UINT64_C(1) << 63 } } },
		{ "setTriangleFillMode", { { "value", 2 } } },
		{ "setTriangleFillMode", { { "value", 1 | UINT64_C(1) << 32 } } },
		{ "setDepthClipMode", { { "value", 2 } } },
		{ "setDepthBias", { { "slope_scale", NAN32 } } },
		{ "setDepthBias", { { "clamp", 0x7f800000 } } },
		{ "setBlendColor", { { "a", NAN32 } } },
		{ "setLineWidth", { { "value", NAN32 } } },
		{ "setScissorRect", { { "x", UINT64_C(1) << 32 } } },
		{ "setScissorRect", { { "h", UINT64_MAX } } },
		{ "setDepthStoreAction", { { "value", 6 } } },
		{ "setStencilStoreAction", { { "value", UINT64_C(1) << 32 } } },
		{ "setColorStoreAction", { { "action", 0x10001 }, { "index", 0 } } },
		{ "setColorStoreAction", { { "index", 8 } } },
		{ "setDepthStoreActionOptions", { { "value", 4 } } },
		{ "setVisibilityResultMode", { { "offset", 0 }, { "mode", 3 } } },
		{ "setVisibilityResultMode", { { "offset", 0 }, { "mode", UINT64_C(1) << 32 } } },
		{ "setVisibilityResultMode", { { "offset", 12 } } },
	};
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		begin(e, 0);
		PUT(e, render, "renderPassDescriptor", { "depth.texture", DEPTH },
			{ "depth.load", 1 }, { "colour0.texture", TARGET }, { "width", 0 },
			{ "height", 0 }, { "visibility_buffer", OUTPUT });
		pipeline(e, DRAW_PLAIN);
		put_row(e, &pvg_enc_render_table, rows[i].name, NULL, 0, &rows[i]);
		draw3(e);
		end(e);
		run(e);
		if (rig_refused(e->rig, PVG_REFUSAL_STATE) != i + 1 ||
			strstr(e->text, "draw3") == NULL) {
			fail_msg("row %zu, %s: %s", i, rows[i].name, e->text);
		}
	}
	assert_int_equal(all_refusals(e->rig), PVG_ENC_COUNT(rows));
}

static void viewports_are_sixteen_numbers_at_most(void **state) {
	struct encoder_rig *e = *state;
	uint64_t values[17 * 6];
	for (unsigned int i = 0; i < PVG_ENC_COUNT(values); i++) {
		values[i] = i % 6 < 2 || i % 6 == 4 ? 0 : F64(i % 6 == 5 ? 1 : 32);
	}
	for (unsigned int i = 0; i < 3; i++) {
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_PLAIN);
		values[6 + 2] = i == 2 ? F64(0.0 / 0.0) : F64(32); // of the second
		put_record(e, &pvg_enc_render_table, "setViewports", NULL, 0, i == 1 ? 17 : 16,
			values);
		draw3(e);
		end(e);
		run(e);
		assert_int_equal(strstr(e->text, "viewports 16") != NULL, i == 0);
		assert_int_equal(strstr(e->text, "draw3") != NULL, i == 0);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), i);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), i);
	}
}

// At its end, beyond it, and with a stride that no buffer has.
static void bad_offsets_of_bindings(void **state) {
	static const uint64_t offsets[] = { 0x10000, 0x10001, UINT64_MAX };
	struct encoder_rig *e = *state;
	for (size_t i = 0; i <= PVG_ENC_COUNT(offsets); i++) {
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_INPUT);
		BIND(e, render, "setVertexBuffers", 1, 1, UNIFORMS, 0);
		if (i < PVG_ENC_COUNT(offsets)) {
			BIND(e, render, "setVertexBuffers", 0, 1, VERTICES, offsets[i]);
		} else {
			BIND(e, render, "setVertexBuffersStride", 0, 1, VERTICES, 0,
				(UINT64_C(1) << 31) + 1);
		}
		draw3(e);
		end(e);
		run(e);
		assert_null(strstr(e->text, "draw3"));
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BINDING), i + 1);
	}
	begin(e, 0); // not used by the program: nobody asks
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	BIND(e, render, "setVertexBuffers", 0, 1, VERTICES, BEYOND);
	draw3(e);
	end(e);
	run(e);
	assert_non_null(strstr(e->text, "draw3"));
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BINDING), PVG_ENC_COUNT(offsets) + 1);
}

// References of these may be stale, and nobody looks.
static void lists_of_resources_are_not_resolved(void **state) {
	static const char *const names[] = { "useResources", "useHeaps", "useResourcesStages",
		"useHeapsStages", "memoryBarrierWithResources" };
	struct encoder_rig *e = *state;
	static const uint64_t refs[] = { 9999, 0, UINT32_MAX, SAMPLER };
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	for (size_t i = 0; i < PVG_ENC_COUNT(names); i++) {
		put_record(e, &pvg_enc_render_table, names[i], NULL, 0, i == 2 ? 0 : 4, refs);
	}
	draw3(e);
	end(e);
	begin(e, 1);
	for (size_t i = 0; i < 2; i++) {
		put_record(e, &pvg_enc_compute_table, names[i], NULL, 0, 4, refs);
	}
	put_record(e, &pvg_enc_compute_table, names[4], NULL, 0, 4, refs);
	end(e);
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:load-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

/* ---- compute --------------------------------------------------------------------------------- */

static void kernel_of(struct encoder_rig *e) {
	PUT(e, compute, "setComputePipelineState", { "ref", KERNEL });
	BIND(e, compute, "setBuffers", 0, 2, UNIFORMS, 0, OUTPUT, 0x100);
}

static void bad_dispatches(void **state) {
	static const struct row rows[] = {
		{ "dispatchThreads", { { "threads_per_group.w", 1025 } } },
		{ "dispatchThreads", { { "threads_per_group.d", 65 } } },
		{ "dispatchThreads", // above 1024 in all, and above what the kernel can
			{ { "threads_per_group.w", 64 }, { "threads_per_group.h", 32 } } },
		{ "dispatchThreads", { { "threads_per_group.w", 1024 } } },
		{ "dispatchThreads", { { "threads_per_group.w", (UINT64_C(1) << 32) + 1 } } },
		{ "dispatchThreadgroups", { { "grid.w", UINT64_C(1) << 60 } } },
		{ "dispatchThreadgroups", { { "grid.h", UINT64_C(1) << 32 } } },
		{ "dispatchThreads",
			{ { "grid.w", 0xffff }, { "grid.h", 0xffff }, { "grid.d", 0xffff } } },
		{ "dispatchThreadgroupsIndirect", { { "threads_per_group.w", 2048 } } },
		{ "dispatchThreadgroupsIndirect", { { "buf", TARGET } } },
		{ "dispatchThreadsIndirect", { { "buf", 0 } } },
		{ "dispatchThreadsIndirect", { { "offset", 0x10000 - 20 } } },
		{ "dispatchThreadsIndirect", { { "offset", 2 } } },
		{ "setStageInRegionIndirect", { { "offset", UINT64_MAX } } },
	};
	static const struct field usual[] = { { "grid.w", 4 }, { "grid.h", 1 }, { "grid.d", 1 },
		{ "threads_per_group.w", 8 }, { "threads_per_group.h", 1 },
		{ "threads_per_group.d", 1 }, { "buf", ARGUMENTS }, { "offset", 0 } };
	struct encoder_rig *e = *state;
	const uint32_t words[] = { 1, 1, 1, 8, 1, 1 };
	memcpy(e->rig->ram + DATA_GPA + 0x40000, words, sizeof(words));
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		for (unsigned int bad = 0; bad < 2; bad++) {
			uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_DISPATCH);
			begin(e, 1);
			kernel_of(e);
			put_row(e, &pvg_enc_compute_table, rows[i].name, usual,
				PVG_ENC_COUNT(usual), bad != 0 ? &rows[i] : NULL);
			end(e);
			run(e);
			if (rig_refused(e->rig, PVG_REFUSAL_DISPATCH) != refused + bad ||
				(bad != 0 && strstr(e->text, "dispatch") != NULL)) {
				fail_msg("row %zu, %s, bad %u: %s", i, rows[i].name, bad, e->text);
			}
		}
	}
}

static void bad_threadgroup_memory(void **state) {
	static const struct row rows[] = {
		{ "setThreadgroupMemoryLength", { { "length", 32769 } } },
		{ "setThreadgroupMemoryLength", { { "length", UINT64_C(1) << 32 } } },
		{ "setThreadgroupMemoryLength", { { "length", 16 }, { "index", 31 } } },
		{ "setThreadgroupMemoryLength", { { "length", 16 }, { "index", UINT32_MAX } } },
	};
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		begin(e, 1);
		kernel_of(e);
		put_row(e, &pvg_enc_compute_table, rows[i].name, NULL, 0, &rows[i]);
		PUT(e, compute, "dispatchThreads", { "grid.w", 8 });
		end(e);
		run(e);
		ASSERT_TEXT(e, ""); // not with less than was asked for
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), i + 1);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DISPATCH), i + 1);
	}
}

// Sixteen deep, and not one more.
static void nesting_has_an_end(void **state) {
	struct encoder_rig *e = *state;
	for (unsigned int deep = 16; deep < 18; deep++) {
		begin(e, 1);
		kernel_of(e);
		for (unsigned int i = 0; i < deep; i++) {
			PUT(e, compute, "startIf", { "buf", ARGUMENTS }, { "offset", 0 },
				{ "comparison", 7 }, { "reference", 0 });
		}
		PUT(e, compute, "dispatchThreads", { "grid.w", 8 });
		for (unsigned int i = 0; i < deep; i++) {
			PUT0(e, compute, "endIf");
		}
		end(e);
		run(e);
		assert_int_equal(strstr(e->text, "dispatch") != NULL, deep == 16);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DISPATCH) != 0, deep == 17);
	}
}

static void bad_predicates_and_ends(void **state) {
	static const struct row rows[] = {
		{ "startIf", { { "comparison", 8 } } },
		{ "startIf", { { "offset", 0x10000 - 3 } } },
		{ "startWhile", { { "buf", 0 } } },
		{ "startElse", { { NULL, 0 } } },
		{ "endWhile", { { NULL, 0 } } },
		{ "endDoWhile", { { NULL, 0 } } },
		{ "endIf", { { NULL, 0 } } },
	};
	static const struct field usual[] = { { "buf", ARGUMENTS }, { "offset", 0 },
		{ "comparison", 7 }, { "reference", 0 } };
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_DISPATCH);
		begin(e, 1);
		kernel_of(e);
		put_row(e, &pvg_enc_compute_table, rows[i].name, usual, PVG_ENC_COUNT(usual),
			&rows[i]);
		PUT(e, compute, "dispatchThreads", { "grid.w", 8 });
		end(e);
		run(e);
		ASSERT_TEXT(e, "");
		assert_true(rig_refused(e->rig, PVG_REFUSAL_DISPATCH) >= refused + 2);
	}
}

/* ---- blits ----------------------------------------------------------------------------------- */

static void bad_blits(void **state) {
	static const struct row rows[] = {
		{ "copyBufferToTexture", { { "src", 99 } } },
		{ "copyBufferToTexture", { { "src", TARGET } } },
		{ "copyBufferToTexture", { { "src_off", 0x10000 - 255 } } },
		{ "copyBufferToTexture", { { "src_off", UINT64_MAX } } },
		{ "copyBufferToTexture", { { "bytes_per_row", 31 } } },
		{ "copyBufferToTexture", { { "bytes_per_row", UINT64_C(1) << 62 } } },
		{ "copyBufferToTexture",
			{ { "dst", VOLUME }, { "size.d", 2 }, { "bytes_per_image", 255 } } },
		{ "copyBufferToTexture", { { "dst_origin.z", 1 } } },
		{ "copyBufferToTexture", { { "dst", SAMPLES } } },
		{ "copyBufferToTexture", { { "options", 4 } } }, // PVRTC
		{ "copyBufferToTexture", { { "options", 1 } } }, // no depth in it
		{ "copyBufferToTexture", { { "dst", STENCILS } } }, // both at once
		{ "copyBufferToTexture", { { "dst", BLOCKS }, { "size.w", 6 } } },
		{ "copyBufferToTexture", { { "dst", BLOCKS }, { "dst_origin.y", 2 } } },
		{ "copyTextureToBuffer", { { "dst_off", 0x10000 } } },
		{ "copyTextureToBuffer", { { "src", BLOCKS }, { "src_origin.x", 3 } } },
		{ "copyTextureToBuffer", { { "src", STENCILS }, { "options", 3 } } },
		{ "copyTextureToBuffer", { { "src_slice", 1 } } },
		{ "copyBufferToBuffer", { { "size", 0x10001 } } },
		{ "copyBufferToBuffer", { { "src_off", UINT64_MAX - 7 } } },
		{ "copyBufferToBuffer", { { "dst_off", 0xfff8 } } },
		{ "copyTextureRegion", { { "size.w", 65 } } },
		{ "copyTextureRegion", { { "size.d", 2 } } },
		{ "copyTextureRegion", { { "dst", FLOATS }, { "src", STENCILS } } },
		{ "copyTextureRegionOptions", { { "options", 2 } } },
		{ "copyTextureLevels", { { "slice_count", 2 } } },
		{ "copyTextureLevels", { { "src_level", 0xffff } } },
		{ "copyTextureLevels", { { "src", VOLUME }, { "dst", VOLUME } } },
		{ "fillBuffer", { { "location", 0xfffd } } },
		{ "fillBuffer", { { "length", BEYOND } } },
		{ "fillBuffer", { { "location", UINT64_MAX }, { "length", UINT64_MAX } } },
		{ "fillBufferPattern4", { { "length", 6 } } },
		{ "fillBufferPattern4", { { "location", 0x10000 } } },
		{ "fillTextureBytes", { { "size.w", 65 } } },
		{ "fillTextureBytes", { { "bytes_off", 0xfffe } } },
		{ "fillTextureBytes", { { "length", UINT64_C(1) << 32 } } },
		{ "fillTextureBytes", { { "tex", SAMPLES } } },
		{ "fillTextureBytes", { { "level", 1 } } },
		{ "fillTextureColor", { { "origin.x", 60 } } },
		{ "fillTextureColor", { { "a", INF64 } } },
		{ "fillTextureColor", { { "pixel_format", 999 } } },
		{ "generateMipmaps", { { "ref", PYRAMID } } },
		{ "generateMipmaps", { { "ref", 99 } } },
	};
	static const struct field usual[] = { { "tex", TARGET }, { "buf", OUTPUT },
		{ "ref", SOURCE }, { "size.w", 8 }, { "size.h", 8 }, { "size.d", 1 },
		{ "src_origin.x", 0 }, { "src_origin.y", 0 }, { "src_origin.z", 0 },
		{ "dst_origin.x", 0 }, { "dst_origin.y", 0 }, { "dst_origin.z", 0 },
		{ "origin.x", 0 }, { "origin.y", 0 }, { "origin.z", 0 }, { "src_slice", 0 },
		{ "src_level", 0 }, { "dst_slice", 0 }, { "dst_level", 0 }, { "slice_count", 1 },
		{ "level_count", 1 }, { "options", 0 }, { "level", 0 }, { "slice", 0 },
		{ "bytes_buf", ARGUMENTS }, { "bytes_off", 0 }, { "location", 0 }, { "length", 4 },
		{ "src_off", 0 }, { "dst_off", 0 }, { "size", 16 }, { "bytes_per_row", 0 },
		{ "bytes_per_image", 0 }, { "pixel_format", 80 }, { "src", TARGET },
		{ "dst", OTHER } };
	struct encoder_rig *e = *state;
	more_textures(e);
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		const char *name = rows[i].name;
		struct field mine[PVG_ENC_COUNT(usual)];
		memcpy(mine, usual, sizeof(mine));
		if (strncmp(name, "copyBuffer", 10) == 0) {
			mine[PVG_ENC_COUNT(usual) - 2].value = UNIFORMS;
		}
		if (strstr(name, "ToBuffer") != NULL) {
			mine[PVG_ENC_COUNT(usual) - 1].value = OUTPUT;
		}
		for (unsigned int bad = 0; bad < 2; bad++) {
			uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_BLIT);
			begin(e, 2);
			put_row(e, &pvg_enc_blit_table, name, mine, PVG_ENC_COUNT(mine),
				bad != 0 ? &rows[i] : NULL);
			end(e);
			run(e);
			if (rig_refused(e->rig, PVG_REFUSAL_BLIT) != refused + bad ||
				(bad != 0 && e->text_bytes != 0)) {
				fail_msg("row %zu, %s, bad %u: %s", i, name, bad, e->text);
			}
		}
	}
}

// Nothing of any kind is nothing to do, wherever it would have been done.
static void empty_blits_are_done(void **state) {
	static const struct row rows[] = {
		{ "copyBufferToTexture",
			{ { "src", UNIFORMS }, { "dst", TARGET }, { "size.w", 0 } } },
		{ "copyTextureToBuffer",
			{ { "src", TARGET }, { "dst", OUTPUT }, { "size.h", 0 } } },
		{ "copyTextureRegion", { { "src", TARGET }, { "dst", OTHER }, { "size.d", 0 } } },
		{ "copyTextureLevels", { { "slice_count", 0 } } },
		{ "copyTextureLevels", { { "level_count", 0 } } },
		{ "copyBufferToBuffer", { { "src", UNIFORMS }, { "dst", OUTPUT }, { "size", 0 } } },
		{ "fillBuffer", { { "buf", OUTPUT }, { "length", 0 } } },
		{ "fillBufferPattern4", { { "buf", OUTPUT }, { "location", 2 }, { "length", 0 } } },
		{ "fillTextureBytes", { { "tex", TARGET }, { "size.w", 0 } } },
		{ "fillTextureColor", { { "tex", TARGET }, { "size.h", 0 } } },
	};
	static const struct field usual[] = { { "src_slice", 0 }, { "src_level", 0 },
		{ "dst_slice", 0 }, { "dst_level", 0 }, { "level", 0 }, { "slice", 0 } };
	struct encoder_rig *e = *state;
	begin(e, 2);
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		put_row(e, &pvg_enc_blit_table, rows[i].name, usual, PVG_ENC_COUNT(usual),
			&rows[i]);
	}
	end(e);
	run(e);
	ASSERT_TEXT(e, "");
	assert_int_equal(all_refusals(e->rig), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, encoder_setup, encoder_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(bad_attachments),
		CASE(clear_values_are_what_the_attachment_holds),
		CASE(bad_index_ranges),
		CASE(bad_values_of_state),
		CASE(viewports_are_sixteen_numbers_at_most),
		CASE(bad_offsets_of_bindings),
		CASE(lists_of_resources_are_not_resolved),
		CASE(bad_dispatches),
		CASE(bad_threadgroup_memory),
		CASE(nesting_has_an_end),
		CASE(bad_predicates_and_ends),
		CASE(bad_blits),
		CASE(empty_blits_are_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
