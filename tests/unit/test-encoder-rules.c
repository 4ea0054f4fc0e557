// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encoders at their edges: what is owed to the guest whatever was refused, and checks that leave no
 * state half applied (spec 03 sections 4.8, 9.5, 13.1 and 13.2).
 */
#include "encoder-rig.h"

#define F64(x) \
	(((union { \
		double f; \
		uint64_t u; \
	}){ .f = (x) }) \
			.u)

static void queried_pass(struct encoder_rig *e, uint32_t texture) {
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 },
		{ "colour0.texture", texture }, { "colour0.load", 1 }, { "colour0.store", 1 },
		{ "width", 0 }, { "height", 0 }, { "visibility_buffer", OUTPUT });
}

static void arm(struct encoder_rig *e, uint64_t offset, uint64_t mode) {
	PUT(e, render, "setVisibilityResultMode", { "offset", offset }, { "mode", mode });
}

static const uint64_t *results(const struct encoder_rig *e) {
	return (const uint64_t *)(e->rig->ram + DATA_GPA + 0x30000);
}

/* ---- visibility results ---------------------------------------------------------------------- */

// A guest culls by what it reads: what was there before must not stay.
static void each_armed_result_is_written(void **state) {
	struct encoder_rig *e = *state;
	memset(e->rig->ram + DATA_GPA + 0x30000, 0xff, 64);
	begin(e, 0);
	queried_pass(e, TARGET);
	pipeline(e, DRAW_PLAIN);
	arm(e, 0, 1); // no draw: nothing passed
	arm(e, 8, 1); // a refused one: not known to be hidden
	PUT(e, render, "drawPrimitives", { "prim", 7 });
	arm(e, 16, 2); // one that is drawn and one that is not
	draw3(e);
	pipeline(e, DRAW_SAMPLES);
	draw3(e);
	arm(e, 24, 2); // nothing to draw is no refusal
	PUT(e, render, "drawPrimitives", { "vcount", 0 });
	arm(e, 32, 0); // not armed
	end(e);
	begin(e, 0); // a pass that is refused, and the encoder ends armed
	queried_pass(e, SAMPLER);
	pipeline(e, DRAW_PLAIN);
	arm(e, 40, 1);
	draw3(e);
	end(e);
	run(e);
	const uint64_t *words = results(e);
	assert_int_equal(words[0], 0);
	assert_int_equal(words[1], 1);
	assert_int_equal(words[2], 1);
	assert_int_equal(words[3], 0);
	assert_true(words[4] == UINT64_MAX && words[5] == 1 && words[6] == UINT64_MAX);
}

// Encoders that become one pass keep their results apart.
static void an_encoder_counts_its_own_draws(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	queried_pass(e, TARGET);
	pipeline(e, DRAW_PLAIN);
	arm(e, 8, 1);
	draw3(e);
	end(e);
	begin(e, 0); // not asked about
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	begin(e, 0); // the same place once more: a result of its own
	queried_pass(e, TARGET);
	pipeline(e, DRAW_PLAIN);
	arm(e, 8, 2);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\nprogram\nvisibility 1\n"
		"draw3 i0 0+3 x1 base 0,0\nvisibility 0\n"
		"draw3 i0 0+3 x1 base 0,0\nvisibility 2\n"
		"draw3 i0 0+3 x1 base 0,0\nend 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

// The second result of a place is what it holds in the end, not the sum of both.
static void a_result_is_begun_anew_by_the_next_encoder(void **state) {
	struct encoder_rig *e = *state;
	memset(e->rig->ram + DATA_GPA + 0x30000, 0xff, 64);
	for (unsigned int i = 0; i < 2; i++) {
		begin(e, 0);
		queried_pass(e, TARGET);
		pipeline(e, DRAW_PLAIN);
		arm(e, 8, 1);
		if (i == 0) {
			PUT(e, render, "drawPrimitives", { "prim", 7 });
		}
		draw3(e);
		end(e);
	}
	run(e);
	assert_int_equal(results(e)[1], 0);
}

static void visibility_without_a_pass_is_refused(void **state) {
	struct encoder_rig *e = *state;
	memset(e->rig->ram + DATA_GPA + 0x30000, 0xff, 64);
	begin(e, 0);
	queried_pass(e, TARGET);
	end(e);
	begin(e, 0); // the one before had a buffer for results
	arm(e, 8, 1);
	end(e);
	run(e);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), 1);
	assert_true(results(e)[1] == UINT64_MAX);
}

/* ---- what a pass leaves ---------------------------------------------------------------------- */

static void draw_over(struct encoder_rig *e, uint32_t store, bool said, uint32_t action) {
	begin(e, 0);
	pass(e, TARGET, 2, store);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	if (said) {
		PUT(e, render, "setColorStoreAction", { "action", action }, { "index", 0 });
	}
	end(e);
	begin(e, 2);
	PUT(e, blit, "synchronizeResource", { "ref", TARGET });
	end(e);
	run(e);
}

// Whatever the descriptor said: what is stored is owed to the guest, and what is not is not.
static void the_last_word_on_a_store_action_decides_what_is_owed(void **state) {
	struct encoder_rig *e = *state;
	static const struct {
		uint32_t store;
		bool said;
		uint32_t action;
		unsigned int reads;
	} cases[] = { { 1, false, 0, 1 }, { 0, false, 0, 0 }, { 0, true, 1, 1 }, { 4, false, 0, 1 },
		{ 4, true, 0, 0 }, { 4, true, 1, 1 }, { 1, true, 0, 0 }, { 5, false, 0, 1 } };
	for (size_t i = 0; i < PVG_ENC_COUNT(cases); i++) {
		draw_over(e, cases[i].store, cases[i].said, cases[i].action);
		if (e->reads != cases[i].reads) {
			fail_msg("case %zu: %u read back", i, e->reads);
		}
	}
	assert_int_equal(all_refusals(e->rig), 0);
}

// What draws miss, the clear of their pass is not.
static void an_encoder_that_draws_no_more_still_clears(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	pipeline(e, DRAW_PLAIN);
	BIND(e, render, "setVertexBuffers", 31, 1, VERTICES, 0);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:clear-store\nend 1\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 1);
}

// Attachments that the formats allow and the GPU does not, or that mean nothing.
static void attachments_that_do_not_go_together_are_refused(void **state) {
	static const struct {
		struct field fields[3];
		const char *why;
	} cases[] = {
		{ { { "colour0.texture", TARGET }, { "colour0.resolve_texture", OTHER } },
			"one sample to be resolved" },
		{ { { "depth.texture", DEPTH }, { "stencil.texture", 60 } },
			"depth and stencil in two places" },
	};
	struct encoder_rig *e = *state;
	const struct shape shape = { 2, 1, 1, 1, 255, 64, 64, 1 }; // both aspects
	declare_texture(e->rig, 60, 0x1c0000, &shape);
	for (size_t i = 0; i < PVG_ENC_COUNT(cases); i++) {
		struct field fields[6] = { { "depth.texture", 0 }, { "width", 0 },
			{ "height", 0 } };
		memcpy(fields + 3, cases[i].fields, sizeof(cases[i].fields));
		begin(e, 0);
		put_record(e, &pvg_enc_render_table, "renderPassDescriptor", fields, 5, 0, NULL);
		pipeline(e, DRAW_PLAIN);
		draw3(e);
		draw3(e);
		end(e);
		run(e);
		ASSERT_TEXT(e, "");
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_PASS), i + 1);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), i + 1);
	}
	e->null->caps.separate_stencil = true;
	begin(e, 0);
	PUT(e, render, "renderPassDescriptor", { "depth.texture", DEPTH }, { "depth.load", 2 },
		{ "stencil.texture", 60 }, { "stencil.load", 1 }, { "colour0.texture", 0 },
		{ "width", 0 }, { "height", 0 });
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	assert_non_null(strstr(e->text, "draw3"));
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_PASS), PVG_ENC_COUNT(cases));
}

/* ---- copies ---------------------------------------------------------------------------------- */

static void copy_all(struct encoder_rig *e, uint32_t from, uint32_t to, uint32_t edge) {
	begin(e, 2);
	PUT(e, blit, "copyTextureRegion", { "src", from }, { "dst", to }, { "src_origin.x", 0 },
		{ "src_origin.y", 0 }, { "src_origin.z", 0 }, { "size.w", edge },
		{ "size.h", edge }, { "size.d", 1 }, { "dst_origin.x", 0 }, { "dst_origin.y", 0 },
		{ "dst_origin.z", 0 }, { "src_slice", 0 }, { "src_level", 0 }, { "dst_slice", 0 },
		{ "dst_level", 0 });
	end(e);
	run(e);
}

// Blocks go to their own format, encoded or not, and nowhere else; never parts of them.
static void blocks_are_copied_whole_and_to_their_like(void **state) {
	struct encoder_rig *e = *state;
	const uint16_t formats[] = { 152, 153, 134, 204 }; // BC7, its sRGB form, BC3, ASTC 4x4
	for (uint32_t i = 0; i < 4; i++) {
		const struct shape shape = { 2, 1, 1, 1, formats[i], 64, 64, 1 };
		declare_blocks(e->rig, 60 + i, 0x1c0000 + i * 0x4000, &shape, 16);
	}
	for (uint32_t i = 0; i < 2; i++) {
		copy_all(e, 60, 60 + 1 - i, 64);
		assert_int_equal(strstr(e->text, "64x64x1") != NULL, i == 0); // 1: onto itself
	}
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BLIT), 1);
	for (uint32_t i = 0; i < 3; i++) {
		copy_all(e, 60, i < 2 ? 62 + i : 61, i < 2 ? 64 : 30);
		ASSERT_TEXT(e, "");
	}
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BLIT), 4);
}

// A blit reads what the GPU drew, not what guest memory holds: nothing of that is looked at.
static void a_blit_takes_what_was_drawn(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	begin(e, 2);
	PUT(e, blit, "copyTextureLevels", { "src", TARGET }, { "dst", OTHER }, { "src_slice", 0 },
		{ "src_level", 0 }, { "dst_slice", 0 }, { "dst_level", 0 }, { "slice_count", 1 },
		{ "level_count", 1 });
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:clear-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n"
		"copy-image 0,0,0@0/0 to 0,0,0@0/0 64x64x1\n");
	assert_int_equal(e->uploads, 0);
	// In the next command buffer too; the copy is owed to the guest as a draw would be.
	begin(e, 2);
	PUT(e, blit, "copyTextureLevels", { "src", OTHER }, { "dst", SOURCE }, { "src_slice", 0 },
		{ "src_level", 0 }, { "dst_slice", 0 }, { "dst_level", 0 }, { "slice_count", 1 },
		{ "level_count", 1 });
	PUT(e, blit, "synchronizeResource", { "ref", OTHER });
	end(e);
	run(e);
	assert_int_equal(e->uploads, 0);
	assert_int_equal(e->reads, 1);
	assert_int_equal(all_refusals(e->rig), 0);
}

// All draws of a pass are in it, and its clear comes once, before them.
static void a_pass_has_all_of_its_draws(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	pipeline(e, DRAW_PLAIN);
	for (unsigned int i = 0; i < 3; i++) {
		PUT(e, render, "drawPrimitives", { "prim", 3 }, { "vstart", 3 * i },
			{ "vcount", 3 });
	}
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:clear-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\n"
		"draw3 i0 3+3 x1 base 0,0\ndraw3 i0 6+3 x1 base 0,0\nend 1\n");
}

// The distance of the only row from the next says nothing.
static void one_row_has_no_pitch(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 2);
	for (uint32_t rows = 1; rows < 3; rows++) {
		PUT(e, blit, "copyBufferToTexture", { "src", UNIFORMS }, { "dst", TARGET },
			{ "src_off", 0 }, { "bytes_per_row", UINT64_C(1) << 40 },
			{ "bytes_per_image", 0 }, { "size.w", 8 }, { "size.h", rows },
			{ "size.d", 1 }, { "dst_origin.x", 0 }, { "dst_origin.y", 0 },
			{ "dst_origin.z", 0 }, { "dst_slice", 0 }, { "dst_level", 0 },
			{ "options", 0 });
	}
	end(e);
	run(e);
	assert_int_equal(e->row_bytes, 32);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BLIT), 1);
}

/* ---- nothing half applied -------------------------------------------------------------------- */

static void state_that_cannot_be_honoured_ends_the_drawing(void **state) {
	struct encoder_rig *e = *state;
	static const uint64_t rects[17 * 4] = { 0, 0, 8, 8 };
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_DRAW);
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_PLAIN);
		BIND(e, render, "setVertexBuffersStride", 0, 1, VERTICES, 0, 16);
		if (i == 0) { // more than there are
			put_record(e, &pvg_enc_render_table, "setScissorRects", NULL, 0, 17, rects);
		} else if (i == 1) {
			PUT(e, render, "setViewport", { "w", F64(-8) });
		} else if (i == 2) {
			PUT(e, render, "setVertexBufferOffsetStride", { "index", 0 },
				{ "offset", 0 }, { "attribute_stride", UINT64_C(1) << 32 });
		} else {
			PUT(e, render, "defaultRasterSampleCount", { "count", 3 });
		}
		draw3(e);
		if (i < 2) { // a good one makes it good
			PUT(e, render, "setScissorRect", { "x", 0 }, { "y", 0 }, { "w", 64 },
				{ "h", 64 });
			PUT(e, render, "setViewport", { "w", F64(64) });
			draw3(e);
		}
		end(e);
		run(e);
		assert_int_equal(strstr(e->text, "draw3") != NULL, i < 2);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), refused + 1);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE) +
				rig_refused(e->rig, PVG_REFUSAL_BINDING),
			i + 1);
	}
}

// A kernel would read its attributes from where an earlier region began.
static void a_region_that_cannot_be_honoured_ends_the_dispatches(void **state) {
	struct encoder_rig *e = *state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(e, 1);
		PUT(e, compute, "setComputePipelineState", { "ref", KERNEL });
		BIND(e, compute, "setBuffers", 0, 2, UNIFORMS, 0, OUTPUT, 0x100);
		if (i == 0) {
			PUT(e, compute, "setStageInRegion", { "origin.x", UINT64_C(1) << 32 });
		} else if (i == 1) {
			PUT(e, compute, "setStageInRegionIndirect", { "buf", ARGUMENTS },
				{ "offset", 0x10000 - 20 });
		} else {
			PUT(e, compute, "setStageInRegionIndirect", { "buf", ARGUMENTS },
				{ "offset", 0 });
		}
		PUT(e, compute, "dispatchThreads", { "grid.w", 8 });
		end(e);
		run(e);
		assert_int_equal(strstr(e->text, "dispatch") != NULL, i == 2);
	}
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), 1);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DISPATCH), 3);
}

static void what_is_not_there_is_not_synchronised(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 2);
	PUT(e, blit, "synchronizeResource", { "ref", 99 });
	PUT(e, blit, "synchronizeTexture", { "tex", 0 }, { "slice", 7 }, { "level", 9 });
	PUT(e, blit, "synchronizeResource", { "ref", SAMPLER });
	PUT(e, blit, "synchronizeResource", { "ref", TARGET }); // which owes nothing
	PUT(e, blit, "synchronizeResource", { "ref", UNIFORMS });
	end(e);
	run(e);
	ASSERT_TEXT(e, "");
	assert_int_equal(e->reads, 0);
	assert_int_equal(seen(e->rig, "blit", 0x13a).seen, 4);
}

// Named and counted, and the drawing goes on as the specification says.
static void values_that_mean_nothing_are_named(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 9, 1); // as if nobody cared
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "setColorStoreActionOptions", { "options", 1 }, { "index", 0 });
	PUT(e, render, "setColorStoreActionOptions", { "options", 1 }, { "index", 1 }); // not there
	PUT(e, render, "setColorStoreActionOptions", { "options", 1 }, { "index", 8 });
	PUT(e, render, "setColorStoreActionOptions", { "options", 2 }, { "index", 0 });
	PUT(e, render, "setDepthStoreActionOptions", { "value", 2 });
	PUT(e, render, "setStencilStoreActionOptions", { "value", UINT64_C(1) << 32 });
	PUT(e, render, "setTessellationFactorScale", { "value", 0x7fc00000 });
	uint32_t at = e->stream.size + 8;
	PUT(e, render, "memoryBarrierWithScope", { "scope", 1 });
	e->stream.bytes[at + 1] = 1; // was 0 in every capture
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:any-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), 8);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 0);
}

// What was looked at once is executed, whatever the guest writes there meanwhile.
static void a_command_buffer_is_copied_once(void **state) {
	struct encoder_rig *e = *state;
	pvg_null_hold(e->null, true);
	begin(e, 2);
	PUT(e, blit, "fillBuffer", { "buf", ARGUMENTS }, { "location", 0 }, { "length", 64 },
		{ "value", 0 });
	end(e);
	begin(e, 1);
	PUT(e, compute, "setComputePipelineState", { "ref", KERNEL });
	BIND(e, compute, "setBuffers", 0, 2, UNIFORMS, 0, OUTPUT, 0x100);
	PUT(e, compute, "startIf", { "buf", ARGUMENTS }, { "offset", 0 }, { "comparison", 7 },
		{ "reference", 0 }); // the CPU waits for what the GPU fills
	PUT(e, compute, "dispatchThreads", { "grid.w", 8 });
	PUT0(e, compute, "endIf");
	end(e);
	clear_text(e);
	memcpy(e->rig->ram + CB_GPA, e->stream.bytes, e->stream.size);
	const uint32_t payload[] = { 1, 0, 1, CB_GVA, 0, e->stream.size, 0 };
	uint32_t signal = rig_publish(e->rig, 1, 0x37, payload, sizeof(payload));
	rig_run(e->rig);
	assert_true(rig_stamp(e->rig, 1) != signal);
	assert_null(strstr(e->text, "dispatch"));
	memset(e->rig->ram + CB_GPA, 0xff, e->stream.size);
	e->stream.size = 0;
	pvg_null_hold(e->null, false);
	pvg_null_complete(e->null, 1);
	rig_run(e->rig);
	assert_int_equal(rig_stamp(e->rig, 1), signal);
	assert_non_null(strstr(e->text, "dispatch"));
	assert_int_equal(all_refusals(e->rig), 0);
}

/* ---- amounts --------------------------------------------------------------------------------- */

// Above 2^32 of anything, above 2^31 vertices in all: refused, whatever form says it.
static void draws_of_too_much_are_refused(void **state) {
	static const struct {
		const char *name;
		struct field fields[3];
	} cases[] = {
		{ "drawPrimitivesWide", { { "vcount", UINT64_C(1) << 32 } } },
		{ "drawPrimitivesWide", { { "vstart", UINT64_C(1) << 32 } } },
		{ "drawPrimitivesWide", { { "vstart", UINT64_MAX }, { "vcount", 2 } } },
		{ "drawPrimitivesWide", { { "vstart", UINT32_MAX }, { "vcount", 1 } } },
		{ "drawPrimitivesInstancedWide", { { "instances", UINT64_C(1) << 32 } } },
		{ "drawPrimitivesInstancedWide",
			{ { "vstart", 0 }, { "vcount", 0x10000 }, { "instances", 0x8001 } } },
		{ "drawPrimitivesInstancedWide",
			{ { "vstart", 0 }, { "vcount", UINT32_MAX },
				{ "instances", UINT32_MAX } } },
		{ "drawPrimitivesInstancedBaseWide", { { "base_inst", UINT64_C(1) << 32 } } },
		{ "drawPrimitivesInstancedBaseWide",
			{ { "base_inst", UINT32_MAX }, { "instances", 1 } } },
		{ "drawIndexedPrimitivesWide", { { "icount", UINT64_C(1) << 32 } } },
		{ "drawIndexedPrimitivesInstancedWide", { { "instances", UINT64_C(1) << 32 } } },
		{ "drawIndexedPrimitivesInstancedWide",
			{ { "icount", 0x10000 }, { "instances", 0x8001 } } },
		{ "drawIndexedPrimitivesInstancedBasesWide",
			{ { "base_inst", UINT64_C(1) << 32 } } },
		{ "drawIndexedPrimitivesInstancedBasesWide",
			{ { "base_vertex", UINT64_C(1) << 31 } } },
		{ "drawIndexedPrimitivesInstancedBasesWide",
			{ { "base_vertex", (uint64_t)(INT64_C(-1) - INT32_MAX - 1) } } },
		{ "drawIndexedPrimitivesInstancedBasesWide2", { { "icount", UINT64_C(1) << 32 } } },
		{ "drawIndexedPrimitivesInstancedBasesWide2",
			{ { "instances", UINT64_C(1) << 32 } } },
		{ "drawPatchesWide", { { "count", UINT64_C(1) << 32 } } },
		{ "drawPatchesWide", { { "start", UINT32_MAX }, { "count", 1 } } },
		{ "drawPatchesWide", { { "instances", UINT64_C(1) << 32 } } },
		{ "drawPatchesWide", { { "count", 0x10000 }, { "instances", 0x8001 } } },
		{ "drawPatchesWide", { { "base_inst", UINT64_C(1) << 32 } } },
		{ "drawPatchesWide", { { "cps", 33 } } },
		{ "drawIndexedPatchesWide", { { "count", UINT64_C(1) << 32 } } },
	};
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(cases); i++) {
		size_t count = 0;
		while (count < 3 && cases[i].fields[count].name != NULL) {
			count++;
		}
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_PLAIN);
		PUT(e, render, "setTessellationFactorBuffer", { "buf", OUTPUT }, { "offset", 0 },
			{ "instance_stride", 0 });
		put_record(e, &pvg_enc_render_table, cases[i].name, cases[i].fields, count, 0,
			NULL);
		end(e);
		run(e);
		if (rig_refused(e->rig, PVG_REFUSAL_DRAW) != i + 1) {
			fail_msg("case %zu, %s: not refused", i, cases[i].name);
		}
		ASSERT_TEXT(e, "");
	}
	// And as an argument that the CPU reads.
	const uint32_t words[] = { 0x10000, 0x8001, 0, 0, 0xffffffff, 1, 1, 0 };
	memcpy(e->rig->ram + DATA_GPA + 0x40000, words, sizeof(words));
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	for (unsigned int i = 0; i < 2; i++) {
		PUT(e, render, "drawPrimitivesIndirect", { "ind_buf", ARGUMENTS },
			{ "ind_offset", 16 * i });
	}
	end(e);
	run(e);
	ASSERT_TEXT(e, "");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), PVG_ENC_COUNT(cases) + 2);
}

static void patches_need_a_gpu_that_tessellates(void **state) {
	struct encoder_rig *e = *state;
	e->null->caps.tessellation = false;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PATCHES);
	PUT(e, render, "setTessellationFactorBuffer", { "buf", OUTPUT }, { "offset", 0 },
		{ "instance_stride", 0 });
	PUT(e, render, "drawPatches", { "patch_ibuf", 0 });
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:load-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_NOT_SUPPORTED), 1);
}

// The largest that is none of this.
static void draws_of_much_are_drawn(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "drawPrimitivesInstancedWide", { "vstart", 0 }, { "vcount", 0x10000 },
		{ "instances", 0x8000 });
	PUT(e, render, "drawPrimitivesWide", { "vstart", UINT32_MAX - 3 }, { "vcount", 3 });
	end(e);
	run(e);
	assert_non_null(strstr(e->text, "0+65536 x32768"));
	assert_non_null(strstr(e->text, "4294967292+3 x1"));
	assert_int_equal(all_refusals(e->rig), 0);
}

// GL's own limit is no limit of Metal's: the function fetches, from the first such bind on.
static void wide_strides_have_programs_of_their_own(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_INPUT);
	BIND(e, render, "setVertexBuffersStride", 0, 2, VERTICES, 0, 2048, UNIFORMS, 0, 16);
	draw3(e);
	PUT(e, render, "setVertexBufferOffsetStride", { "index", 0 }, { "offset", 0 },
		{ "attribute_stride", 2052 });
	draw3(e);
	BIND(e, render, "setVertexBuffersStride", 0, 1, VERTICES, 0, 4096);
	draw3(e);
	end(e);
	begin(e, 0);
	pass(e, OTHER, 1, 1);
	pipeline(e, DRAW_INPUT);
	BIND(e, render, "setVertexBuffersStride", 0, 2, VERTICES, 0, 4096, UNIFORMS, 0, 16);
	draw3(e);
	end(e);
	run(e);
	assert_int_equal(pvg_null_stats(e->null)->programs, 2);
	assert_int_equal(all_refusals(e->rig), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, encoder_setup, encoder_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(each_armed_result_is_written),
		CASE(an_encoder_counts_its_own_draws),
		CASE(a_result_is_begun_anew_by_the_next_encoder),
		CASE(visibility_without_a_pass_is_refused),
		CASE(the_last_word_on_a_store_action_decides_what_is_owed),
		CASE(an_encoder_that_draws_no_more_still_clears),
		CASE(attachments_that_do_not_go_together_are_refused),
		CASE(blocks_are_copied_whole_and_to_their_like),
		CASE(a_blit_takes_what_was_drawn),
		CASE(a_pass_has_all_of_its_draws),
		CASE(one_row_has_no_pitch),
		CASE(state_that_cannot_be_honoured_ends_the_drawing),
		CASE(a_region_that_cannot_be_honoured_ends_the_dispatches),
		CASE(what_is_not_there_is_not_synchronised),
		CASE(values_that_mean_nothing_are_named),
		CASE(a_command_buffer_is_copied_once),
		CASE(draws_of_too_much_are_refused),
		CASE(patches_need_a_gpu_that_tessellates),
		CASE(draws_of_much_are_drawn),
		CASE(wide_strides_have_programs_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
