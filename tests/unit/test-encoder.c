// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Render encoders: what a stream becomes as a command list (spec 03 sections 3, 4, 9).
 */
#include "encoder-rig.h"

#define F32(x) \
	(((union { \
		float f; \
		uint32_t u; \
	}){ .f = (x) }) \
			.u)
#define F64(x) \
	(((union { \
		double f; \
		uint64_t u; \
	}){ .f = (x) }) \
			.u)

static void one_draw_is_one_pass(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:clear-store\n"
		"program\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void a_clear_needs_no_draw(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	end(e);
	begin(e, 0);
	pass(e, OTHER, 1, 1); // loads and stores: nothing
	end(e);
	begin(e, 0);
	pass(e, OTHER, 2, 0); // clears and drops: nothing either
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:clear-store\n"
		"end 1\n");
}

static void passes_on_the_same_attachments_become_one(void **state) {
	struct encoder_rig *e = *state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(e, 0);
		pass(e, TARGET, i == 0 ? 2 : 1, 1);
		pipeline(e, DRAW_PLAIN);
		if (i == 1) { // state of one encoder is not the next one's
			PUT(e, render, "setCullMode", { "value", 2 });
		}
		draw3(e);
		end(e);
	}
	begin(e, 0);
	pass(e, OTHER, 1, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:clear-store\n"
		"program\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"raster cull=2 front=0 fill=0 ref=0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"raster cull=0 front=0 fill=0 ref=0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n"
		"begin 64x64 c0:load-store\n"
		"program\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
}

static void a_clear_or_a_blit_between_keeps_passes_apart(void **state) {
	struct encoder_rig *e = *state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(e, 0);
		pass(e, TARGET, i == 1 ? 2 : 1, 1);
		pipeline(e, DRAW_PLAIN);
		draw3(e);
		end(e);
		if (i == 1) {
			begin(e, 2);
			PUT(e, blit, "fillBuffer", { "buf", OUTPUT }, { "location", 0 },
				{ "length", 16 }, { "value", 7 });
			end(e);
		}
	}
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n"
		"begin 64x64 c0:clear-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n"
		"fill-buffer 16 07070707\n"
		"begin 64x64 c0:load-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
}

static void each_draw_form_has_its_numbers(void **state) {
	static const struct {
		const char *name, *text;
	} forms[] = {
		{ "drawPrimitives", "draw3 i0 6+3 x1 base 0,0\n" },
		{ "drawPrimitivesWide", "draw3 i0 65536+3 x1 base 0,0\n" },
		{ "drawPrimitivesInstanced", "draw3 i0 6+3 x2 base 0,0\n" },
		{ "drawPrimitivesInstancedWide", "draw3 i0 65536+3 x2 base 0,0\n" },
		{ "drawPrimitivesInstancedBase", "draw3 i0 6+3 x2 base 0,1\n" },
		{ "drawPrimitivesInstancedBaseWide", "draw3 i0 65536+3 x2 base 0,1\n" },
		{ "drawIndexedPrimitives", "draw3 i2 0+6 x1 base 0,0\n" },
		{ "drawIndexedPrimitivesInstanced", "draw3 i2 0+6 x2 base 0,0\n" },
		{ "drawIndexedPrimitivesInstancedBases", "draw3 i4 0+6 x2 base -3,1\n" },
		{ "drawIndexedPrimitivesInstancedBases2", "draw3 i4 0+6 x2 base -3,1\n" },
	};
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(forms); i++) {
		begin(e, 0);
		pass(e, TARGET, 0, 1);
		pipeline(e, DRAW_PLAIN);
		PUT0(e, render, forms[i].name);
		end(e);
		run(e);
		char expected[200];
		(void)snprintf(expected, sizeof(expected),
			"begin 64x64 c0:any-store\nprogram\n%send 1\n", forms[i].text);
		ASSERT_TEXT(e, expected);
	}
	// The wide ones of indices begin at 64 KiB, where this buffer ends.
	static const char *const wide[] = { "drawIndexedPrimitivesWide",
		"drawIndexedPrimitivesInstancedWide", "drawIndexedPrimitivesInstancedBasesWide",
		"drawIndexedPrimitivesInstancedBasesWide2" };
	for (size_t i = 0; i < PVG_ENC_COUNT(wide); i++) {
		uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_DRAW);
		begin(e, 0);
		pass(e, TARGET, 0, 1);
		pipeline(e, DRAW_PLAIN);
		PUT0(e, render, wide[i]);
		PUT(e, render, wide[i], { "ioffset", 32 }, { "ibuf", INDICES });
		end(e);
		run(e);
		assert_non_null(strstr(e->text, "draw3 i4 0+6"));
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), refused + 1);
	}
}

static void nothing_to_draw_is_no_refusal(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "drawPrimitives", { "vcount", 0 });
	PUT(e, render, "drawPrimitivesInstanced", { "instances", 0 });
	PUT(e, render, "drawIndexedPrimitives", { "icount", 0 }, { "ibuf", INDICES });
	PUT(e, render, "setViewport", { "w", F64(0) });
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void refused_draws_leave_the_others_alone(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	draw3(e); // no pipeline
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "drawPrimitives", { "prim", 5 });
	PUT(e, render, "drawIndexedPrimitives", { "itype", 2 }, { "ibuf", INDICES });
	PUT(e, render, "drawIndexedPrimitives", { "ibuf", 0 });
	PUT(e, render, "drawIndexedPrimitives", { "ibuf", TARGET });
	PUT(e, render, "drawPrimitivesInstancedWide", { "vcount", UINT64_C(1) << 32 });
	PUT(e, render, "drawPrimitivesInstancedWide", { "vstart", 0 }, { "vcount", 1u << 31 },
		{ "instances", 2 });
	pipeline(e, 99);
	draw3(e);
	pipeline(e, DRAW_PATCHES); // a draw is no patch
	draw3(e);
	pipeline(e, DRAW_SAMPLES); // another sample count
	draw3(e);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 7);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_PIPELINE), 3);
	assert_int_equal(seen(e->rig, "render", 0x01).seen, 6);
	assert_int_equal(seen(e->rig, "render", 0x01).refused, 5);
}

static void state_is_told_once_and_only_when_it_matters(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	for (unsigned int i = 0; i < 2; i++) {
		PUT(e, render, "setViewport", { "w", F64(64) }, { "h", F64(32) });
		PUT(e, render, "setScissorRect", { "x", 8 }, { "y", 8 }, { "w", 1000 }, { "h", 8 });
		PUT(e, render, "setCullMode", { "value", 1 });
		PUT(e, render, "setFrontFacingWinding", { "value", 1 });
		PUT(e, render, "setStencilReferenceValue", { "front", 3 }, { "back", 4 });
		draw3(e);
	}
	PUT(e, render, "setScissorRect", { "x", 0 }, { "y", 0 }, { "w", 64 }, { "h", 64 });
	draw3(e);
	PUT(e, render, "setScissorRect", { "x", 80 }, { "y", 0 }, { "w", 64 }, { "h", 64 });
	draw3(e); // all of it is cut
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"raster cull=1 front=1 fill=0 ref=3\n"
		"viewports 1 0,0 64x32\n"
		"scissors 1 8,8 56x8\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"scissors 0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"scissors 1 64,0 0x64\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
}

static void values_out_of_range_are_refused_and_defaults_taken(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "setCullMode", { "value", UINT64_C(1) << 32 });
	PUT(e, render, "setFrontFacingWinding", { "value", 2 });
	PUT(e, render, "setDepthBias", { "bias", 0x7fc00000 });
	PUT(e, render, "setBlendColor", { "r", 0x7f800000 });
	PUT(e, render, "setLineWidth", { "value", F32(0) });
	draw3(e);
	PUT(e, render, "setViewport", { "w", F64(0.0 / 0.0) });
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), 6);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 1);
}

// Constants are compared by value: what is the same elsewhere needs no other binding.
static void constants_that_are_the_same_are_bound_once(void **state) {
	struct encoder_rig *e = *state;
	uint8_t *uniforms = e->rig->ram + UNIFORMS_GPA;
	for (unsigned int i = 0; i < 64; i++) {
		uniforms[i] = uniforms[256 + i] = uniforms[1024 + i] = (uint8_t)(i + 1);
	}
	uniforms[512 + 63] = 7; // the last byte counts too
	uniforms[1024 + 64] = 9; // this one is not the program's
	for (unsigned int time = 0; time < 2; time++) {
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_TEXTURED);
		BIND(e, render, "setFragmentTextures", 0, 1, SOURCE);
		BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 0);
		draw3(e);
		BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 256);
		draw3(e);
		BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 512);
		draw3(e);
		BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 1024);
		draw3(e);
		BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 256);
		draw3(e);
		end(e);
		run(e);
		ASSERT_TEXT(e,
			"begin 64x64 c0:load-store\n"
			"program\n"
			"vbuffer0 64\n"
			"ftexture0\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"end 1\n");
		uniforms[0]++; // all but one: each list looks again
		uniforms[256]++;
		uniforms[1024]++;
	}
}

static void bindings_are_what_the_program_uses(void **state) {
	struct encoder_rig *e = *state;
	e->rig->ram[UNIFORMS_GPA + 1024] = 1;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_TEXTURED);
	BIND(e, render, "setVertexBuffers", 0, 2, UNIFORMS, 256, UNIFORMS, 512); // 1: not used
	BIND(e, render, "setFragmentTextures", 0, 2, SOURCE, OTHER);
	BIND(e, render, "setFragmentSamplerStatesLod", 0, 1, SAMPLER, F32(1), F32(2));
	draw3(e);
	draw3(e);
	BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 256); // the same again
	draw3(e);
	PUT(e, render, "setVertexBufferOffset", { "index", 0 }, { "offset", 1024 });
	BIND(e, render, "setFragmentTextures", 0, 1, OTHER);
	BIND(e, render, "setFragmentSamplerStates", 0, 1, SAMPLER);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"vbuffer0 64\n"
		"ftexture0\n"
		"fsampler0 lod=1..2\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"vbuffer0 64\n"
		"ftexture0\n"
		"fsampler0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

// Coordinates in texels are another variant: asked for with the first draw that needs it.
static void a_sampler_in_texels_has_a_program_of_its_own(void **state) {
	struct encoder_rig *e = *state;
	for (uint32_t i = 0; i < 2; i++) {
		struct bytes b = { .size = 0 };
		add(&b, 0x03, 4);
		add(&b, 36, 4);
		add(&b, SAMPLER + 2 + i, 4);
		add(&b, i == 0 ? 0x80000000 : 0, 4); // 1: in texels
		add(&b, 0, 8);
		add(&b, 0, 8);
		add(&b, 0, 4);
		declare(e->rig, SAMPLER + 2 + i, 7, &b);
	}
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_TEXTURED);
	BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 256);
	BIND(e, render, "setFragmentTextures", 0, 1, SOURCE);
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t ref = i == 0 || i == 3 ? SAMPLER + 2 : SAMPLER + 3;
		BIND(e, render, "setFragmentSamplerStates", 0, 1, ref);
		BIND(e, render, "setVertexSamplerStates", 0, 1, SAMPLER + 3); // not used
		draw3(e);
	}
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"vbuffer0 64\n"
		"ftexture0\n"
		"fsampler0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"program\n"
		"fsampler0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"program\n"
		"fsampler0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(pvg_null_stats(e->null)->programs, 2);
	assert_int_equal(all_refusals(e->rig), 0);
}

static void what_is_not_bound_is_neutral_and_named(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_TEXTURED);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"vbuffer0 64\n" // and no texture
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BINDING), 2);
}

static void a_slot_beyond_the_tables_ends_the_drawing(void **state) {
	static const struct {
		const char *name;
		uint32_t first;
	} binds[] = { { "setVertexBuffers", 30 }, { "setFragmentTextures", 127 },
		{ "setVertexSamplerStates", 15 }, { "setFragmentBuffers", UINT32_MAX } };
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(binds); i++) {
		uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_DRAW);
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_PLAIN);
		BIND(e, render, binds[i].name, binds[i].first, 2, SAMPLER, SAMPLER, SAMPLER,
			SAMPLER);
		draw3(e);
		end(e);
		begin(e, 0); // the next encoder is a good one
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_PLAIN);
		draw3(e);
		end(e);
		run(e);
		ASSERT_TEXT(e,
			"begin 64x64 c0:load-store\n"
			"program\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"end 1\n");
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), refused + 1);
	}
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BINDING), PVG_ENC_COUNT(binds));
}

static void vertex_data_is_taken_as_far_as_the_draw_reaches(void **state) {
	struct encoder_rig *e = *state;
	const uint16_t indices[] = { 5, 900, 7, 2, 3, 1 };
	memcpy(e->rig->ram + DATA_GPA + 0x10000, indices, sizeof(indices));
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_INPUT);
	BIND(e, render, "setVertexBuffers", 0, 2, VERTICES, 0, UNIFORMS, 0);
	PUT(e, render, "drawPrimitivesInstancedBase", { "vstart", 10 }, { "vcount", 6 },
		{ "instances", 4 }, { "base_inst", 2 });
	PUT(e, render, "drawIndexedPrimitives", { "ibuf", INDICES }, { "ioffset", 0 },
		{ "icount", 6 });
	BIND(e, render, "setVertexBuffersStride", 0, 1, VERTICES, 0, 100);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"vbuffer0 252\n"  // 16 elements of 16 bytes, the last one of 12
		"vbuffer1 96\n"   // 6 of 16
		"draw3 i0 10+6 x4 base 0,2\n"
		"vbuffer0 14412\n" // index 900
		"draw3 i2 0+6 x1 base 0,0\n"
		"vbuffer0 14412 stride=100\n" // what was taken already
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
}

static void attachments_of_every_kind(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	PUT(e, render, "renderPassDescriptor", { "depth.texture", DEPTH }, { "depth.load", 2 },
		{ "depth.store", 0 }, { "colour0.texture", SOURCE }, { "colour0.level", 2 },
		{ "colour0.load", 1 }, { "colour1.texture", ARRAY }, { "colour1.slice", 3 },
		{ "colour1.load", 0 }, { "colour1.store", 1 }, { "colour3.texture", VOLUME },
		{ "colour3.plane", 5 }, { "colour3.load", 2 }, { "colour3.store", 1 },
		{ "width", 0 }, { "height", 10 });
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "setDepthStencilState", { "ref", DEPTH_STATE });
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 16x10 c0:load-store@2/0/0 c1:any-store@0/3/0 "
		"c3:clear-store@0/0/5 d0:clear-drop\n"
		"program\n"
		"depth 1\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void layers_and_samples(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 }, { "colour0.texture", ARRAY },
		{ "colour0.load", 2 }, { "array_length", 4 }, { "width", 0 }, { "height", 0 });
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	begin(e, 0);
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 },
		{ "colour0.texture", SAMPLES }, { "colour0.resolve_texture", TARGET },
		{ "colour0.load", 2 }, { "colour0.store", 2 }, { "width", 0 }, { "height", 0 });
	pipeline(e, DRAW_SAMPLES);
	draw3(e);
	end(e);
	begin(e, 0); // a resolve alone
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 },
		{ "colour0.texture", SAMPLES }, { "colour0.resolve_texture", TARGET },
		{ "colour0.load", 1 }, { "colour0.store", 3 }, { "width", 0 }, { "height", 0 });
	end(e);
	begin(e, 0); // what resolves without an attachment is none
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 },
		{ "colour0.texture", SAMPLES }, { "colour0.load", 1 }, { "colour0.store", 1 },
		{ "colour1.resolve_texture", TARGET }, { "colour1.store", 3 }, { "width", 0 },
		{ "height", 0 });
	pipeline(e, DRAW_SAMPLES);
	draw3(e);
	end(e);
	begin(e, 0); // layers count from the slice or plane
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 }, { "colour0.texture", ARRAY },
		{ "colour0.load", 2 }, { "colour0.slice", 1 }, { "array_length", 3 },
		{ "width", 0 }, { "height", 0 });
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64x4 c0:clear-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n"
		"begin 64x64 c0:clear-resolve\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 2\n"
		"begin 64x64 c0:load-both\nend 3\n"
		"begin 64x64 c0:load-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n"
		"begin 64x64x3 c0:clear-store@0/1/0\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void bad_passes_are_refused_whole(void **state) {
	static const struct {
		struct field fields[4];
	} cases[] = {
		{ { { "colour0.texture", 99 } } },
		{ { { "colour0.texture", VERTICES } } },
		{ { { "colour0.texture", TARGET }, { "colour0.level", 1 } } },
		{ { { "colour0.texture", TARGET }, { "colour0.slice", 1 } } },
		{ { { "colour0.texture", TARGET }, { "colour0.plane", 1 } } },
		{ { { "colour0.texture", VOLUME }, { "colour0.plane", 8 } } },
		{ { { "colour0.texture", DEPTH } } },
		{ { { "depth.texture", TARGET } } },
		{ { { "colour0.texture", TARGET }, { "colour1.texture", TARGET } } },
		{ { { "colour0.texture", TARGET }, { "colour1.texture", SAMPLES } } },
		{ { { "colour0.texture", SAMPLES }, { "colour0.resolve_texture", SOURCE },
			{ "colour0.resolve_level", 1 } } },
		{ { { "colour0.texture", ARRAY }, { "array_length", 5 } } },
		{ { { "colour0.texture", ARRAY }, { "array_length", 3 }, { "colour0.slice", 2 } } },
		{ { { "colour0.texture", TARGET }, { "array_length", 3000 } } },
		{ { { "colour0.texture", TARGET }, { "width", 100000 } } },
		{ { { "colour0.texture", 0 }, { "width", 0 } } },
	};
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(cases); i++) {
		struct field fields[7] = { { "depth.texture", 0 }, { "colour0.texture", 0 },
			{ "height", 0 } };
		size_t count = 3;
		for (size_t k = 0; k < 4 && cases[i].fields[k].name != NULL; k++) {
			fields[count++] = cases[i].fields[k];
		}
		begin(e, 0);
		put_record(e, &pvg_enc_render_table, "renderPassDescriptor", fields, count, 0,
			NULL);
		pipeline(e, DRAW_PLAIN);
		draw3(e);
		draw3(e);
		end(e);
		run(e);
		ASSERT_TEXT(e, "");
		if (rig_refused(e->rig, PVG_REFUSAL_PASS) != i + 1 ||
			rig_refused(e->rig, PVG_REFUSAL_DRAW) != i + 1) {
			fail_msg("case %zu: %llu passes, %llu draws refused", i,
				(unsigned long long)rig_refused(e->rig, PVG_REFUSAL_PASS),
				(unsigned long long)rig_refused(e->rig, PVG_REFUSAL_DRAW));
		}
	}
	begin(e, 0); // and no pass at all
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "");
}

static void store_actions_are_those_at_the_end(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 },
		{ "colour0.texture", TARGET }, { "colour0.load", 2 }, { "colour0.store", 4 },
		{ "width", 0 }, { "height", 0 });
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	PUT(e, render, "setColorStoreAction", { "action", 0 }, { "index", 0 });
	PUT(e, render, "setColorStoreAction", { "action", 1 }, { "index", 1 }); // not there
	PUT(e, render, "setColorStoreAction", { "action", 6 }, { "index", 0 });
	end(e);
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:clear-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 0\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), 2);
}

// Vibrancy: a shader samples what it draws to (spec 03 section 9.14).
static void an_attachment_that_is_sampled(void **state) {
	struct encoder_rig *e = *state;
	for (unsigned int barrier = 0; barrier < 2; barrier++) {
		e->null->caps.texture_barrier = barrier == 1;
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_TEXTURED);
		BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 0);
		BIND(e, render, "setFragmentTextures", 0, 1, TARGET);
		PUT(e, render, "setScissorRect", { "x", 8 }, { "y", 16 }, { "w", 20 }, { "h", 10 });
		draw3(e);
		draw3(e);
		end(e);
		run(e);
		if (barrier == 1) {
			ASSERT_TEXT(e,
				"begin 64x64 c0:load-store\nprogram\nscissors 1 8,16 20x10\nvbuffer0 64\nftexture0\n"
				"draw3 i0 0+3 x1 base 0,0\n"
				"texture-barrier\n"
				"draw3 i0 0+3 x1 base 0,0\n"
				"end 1\n");
		} else {
			ASSERT_TEXT(e,
				"begin 64x64 c0:load-store\nend 1\n"
				"copy-image 0,0,0@0/0 to 0,0,0@0/0 64x64x1\n"
				"begin 64x64 c0:load-store\nprogram\nscissors 1 8,16 20x10\nvbuffer0 64\nftexture0\n"
				"draw3 i0 0+3 x1 base 0,0\n"
				"end 1\n"
				"copy-image 8,16,0@0/0 to 8,16,0@0/0 20x10x1\n"
				"begin 64x64 c0:load-store\nprogram\nscissors 1 8,16 20x10\nvbuffer0 64\nftexture0\n"
				"draw3 i0 0+3 x1 base 0,0\n"
				"end 1\n");
		}
	}
}

static void indirect_arguments_are_read_by_the_cpu_or_by_the_gpu(void **state) {
	struct encoder_rig *e = *state;
	const uint32_t words[] = { 6, 2, 3, 1, 12, 1, 2, (uint32_t)-4, 7 };
	memcpy(e->rig->ram + DATA_GPA + 0x40000, words, sizeof(words));
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "drawPrimitivesIndirect", { "ind_buf", ARGUMENTS }, { "ind_offset", 0 });
	PUT(e, render, "drawIndexedPrimitivesIndirect", { "ind_buf", ARGUMENTS },
		{ "ind_offset", 16 }, { "ibuf", INDICES }, { "ioffset", 0 });
	PUT(e, render, "drawPrimitivesIndirect", { "ind_buf", ARGUMENTS },
		{ "ind_offset", 0x10000 - 12 });
	PUT(e, render, "drawPrimitivesIndirect", { "ind_buf", ARGUMENTS }, { "ind_offset", 2 });
	end(e);
	begin(e, 2);
	PUT(e, blit, "fillBuffer", { "buf", ARGUMENTS }, { "location", 0 }, { "length", 64 },
		{ "value", 1 });
	end(e);
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "drawPrimitivesIndirect", { "ind_buf", ARGUMENTS }, { "ind_offset", 0 });
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\nprogram\n"
		"draw3 i0 3+6 x2 base 0,1\n"
		"draw3 i4 0+12 x1 base -4,7\n"
		"end 1\n"
		"fill-buffer 64 01010101\n"
		"begin 64x64 c0:load-store\nprogram\n"
		"draw3 i0 0+0 x1 base 0,0 indirect\n"
		"end 1\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 2);
}

// At any offset, also where they are not copied on their way.
static void indices_of_the_gpu_begin_anywhere(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 2);
	PUT(e, blit, "fillBuffer", { "buf", INDICES }, { "location", 0 }, { "length", 64 },
		{ "value", 0 });
	end(e);
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	for (unsigned int offset = 0; offset < 4; offset++) {
		PUT(e, render, "drawIndexedPrimitives", { "ibuf", INDICES }, { "ioffset", offset },
			{ "icount", 3 }, { "itype", offset & 1 });
	}
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"fill-buffer 64 00000000\n"
		"begin 64x64 c0:load-store\nprogram\n"
		"draw3 i2 0+3 x1 base 0,0\n"
		"draw3 i4 0+3 x1 base 0,0\n"
		"draw3 i2 0+3 x1 base 0,0\n"
		"draw3 i4 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

// Lines, and counts that only the GPU knows, are variants.
static void rare_draws_have_programs_of_their_own(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 2);
	PUT(e, blit, "fillBuffer", { "buf", ARGUMENTS }, { "location", 0 }, { "length", 64 },
		{ "value", 1 });
	end(e);
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	PUT(e, render, "setTriangleFillMode", { "value", 1 });
	draw3(e);
	PUT(e, render, "drawPrimitivesIndirect", { "ind_buf", ARGUMENTS }, { "ind_offset", 0 });
	PUT(e, render, "setTriangleFillMode", { "value", 0 });
	PUT(e, render, "drawIndexedPrimitivesIndirect", { "ind_buf", ARGUMENTS },
		{ "ind_offset", 16 }, { "ibuf", INDICES }, { "ioffset", 0 });
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"fill-buffer 64 01010101\n"
		"begin 64x64 c0:load-store\n"
		"program\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"program\n"
		"raster cull=0 front=0 fill=1 ref=0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"program\n"
		"draw3 i0 0+0 x1 base 0,0 indirect\n"
		"program\n"
		"raster cull=0 front=0 fill=0 ref=0\n"
		"draw3 i4 0+0 x1 base 0,0 indirect\n"
		"end 1\n");
	assert_int_equal(pvg_null_stats(e->null)->programs, 3);
	assert_int_equal(all_refusals(e->rig), 0);
}

static void patches_of_each_form(void **state) {
	static const struct {
		const char *name, *text;
	} forms[] = {
		{ "drawPatches", "patches 1+5 x1 cps=4 patch-indices\n" },
		{ "drawIndexedPatches", "patches 1+5 x1 cps=4 patch-indices indices\n" },
		{ "drawPatchesIndirect", "patches 3+6 x2 cps=4 patch-indices\n" },
		{ "drawIndexedPatchesIndirect", "patches 3+6 x2 cps=4 patch-indices indices\n" },
		{ "drawPatchesWide", "patches 0+65537 x1 cps=4\n" },
		{ "drawIndexedPatchesWide", "patches 0+65537 x1 cps=4 indices\n" },
		{ "drawIndexedPatchesWideDeserializer", "patches 0+65537 x1 cps=4 indices\n" },
	};
	struct encoder_rig *e = *state;
	const uint32_t words[] = { 6, 2, 3, 1 };
	memcpy(e->rig->ram + DATA_GPA + 0x40000 + 128, words, sizeof(words));
	memcpy(e->rig->ram + DATA_GPA + 0x40000 + 192, words, sizeof(words));
	for (size_t i = 0; i < PVG_ENC_COUNT(forms); i++) {
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		bool indexed = strstr(forms[i].name, "Indexed") != NULL;
		pipeline(e, indexed ? DRAW_INDEXED_PATCHES : DRAW_PATCHES);
		BIND(e, render, "setVertexBuffers", 0, 2, VERTICES, 0, UNIFORMS, 0);
		PUT(e, render, "setTessellationFactorBuffer", { "buf", OUTPUT }, { "offset", 0 },
			{ "instance_stride", 0 });
		const struct pvg_enc_record *record = NULL;
		for (size_t k = 0; k < pvg_enc_render_table.count; k++) {
			if (strcmp(pvg_enc_render_table.records[k].name, forms[i].name) == 0) {
				record = &pvg_enc_render_table.records[k];
			}
		}
		assert_non_null(record);
		struct field fields[4];
		size_t count = 0;
		for (unsigned int k = 0; k < record->field_count; k++) {
			const char *name = record->fields[k].name;
			if (strcmp(name, "ind_buf") == 0) {
				fields[count++] = (struct field){ name, ARGUMENTS };
			} else if (strcmp(name, "cp_ibuf") == 0) {
				fields[count++] = (struct field){ name, INDICES };
			}
		}
		put_record(e, &pvg_enc_render_table, forms[i].name, fields, count, 0, NULL);
		end(e);
		run(e);
		if (strstr(e->text, forms[i].text) == NULL) {
			fail_msg("%s: %s", forms[i].name, e->text);
		}
	}
	assert_int_equal(all_refusals(e->rig), 0);
	begin(e, 0); // without factors, and with a pipeline that does not tessellate
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PATCHES);
	PUT(e, render, "drawPatches", { "patch_ibuf", 0 });
	PUT(e, render, "setTessellationFactorBuffer", { "buf", OUTPUT }, { "offset", 0 });
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "drawPatches", { "patch_ibuf", 0 });
	pipeline(e, DRAW_INDEXED_PATCHES); // control points by index or not, as the pipeline says
	PUT(e, render, "drawPatches", { "patch_ibuf", 0 });
	pipeline(e, DRAW_PATCHES);
	PUT(e, render, "drawIndexedPatches", { "patch_ibuf", 0 }, { "cp_ibuf", INDICES });
	pipeline(e, DRAW_INDEXED_PATCHES); // at an offset that splits an index
	PUT(e, render, "drawIndexedPatches", { "patch_ibuf", 0 }, { "cp_ibuf", INDICES },
		{ "cp_ioff", 3 });
	PUT(e, render, "drawIndexedPatches", { "patch_ibuf", INDICES }, { "patch_ioff", 2 },
		{ "cp_ibuf", INDICES }, { "cp_ioff", 0 });
	end(e);
	run(e);
	assert_null(strstr(e->text, "patches"));
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 6);
}

static void visibility_results_reach_the_guest(void **state) {
	struct encoder_rig *e = *state;
	memset(e->rig->ram + DATA_GPA + 0x30000, 0xff, 64);
	begin(e, 0);
	PUT(e, render, "renderPassDescriptor", { "depth.texture", 0 },
		{ "colour0.texture", TARGET }, { "colour0.load", 1 }, { "width", 0 },
		{ "height", 0 }, { "visibility_buffer", OUTPUT });
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	PUT(e, render, "setVisibilityResultMode", { "offset", 8 }, { "mode", 1 });
	draw3(e);
	PUT(e, render, "setVisibilityResultMode", { "offset", 16 }, { "mode", 2 });
	draw3(e);
	PUT(e, render, "setVisibilityResultMode", { "offset", 0 }, { "mode", 0 });
	draw3(e);
	PUT(e, render, "setVisibilityResultMode", { "offset", 4 }, { "mode", 1 }); // misplaced
	PUT(e, render, "setVisibilityResultMode", { "offset", 0x10000 }, { "mode", 1 }); // beyond
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\nprogram\n"
		"draw3 i0 0+3 x1 base 0,0\nvisibility 1\n"
		"draw3 i0 0+3 x1 base 0,0\nvisibility 2\n"
		"draw3 i0 0+3 x1 base 0,0\nvisibility 0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"draw3 i0 0+3 x1 base 0,0\nend 1\n");
	const uint64_t *words = (const uint64_t *)(e->rig->ram + DATA_GPA + 0x30000);
	assert_true(words[0] == UINT64_MAX && words[1] == 0 && words[2] == 0 &&
		words[3] == UINT64_MAX);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), 1);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 1); // the draw itself is drawn
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, encoder_setup, encoder_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(one_draw_is_one_pass),
		CASE(a_clear_needs_no_draw),
		CASE(passes_on_the_same_attachments_become_one),
		CASE(a_clear_or_a_blit_between_keeps_passes_apart),
		CASE(each_draw_form_has_its_numbers),
		CASE(nothing_to_draw_is_no_refusal),
		CASE(refused_draws_leave_the_others_alone),
		CASE(state_is_told_once_and_only_when_it_matters),
		CASE(values_out_of_range_are_refused_and_defaults_taken),
		CASE(constants_that_are_the_same_are_bound_once),
		CASE(bindings_are_what_the_program_uses),
		CASE(a_sampler_in_texels_has_a_program_of_its_own),
		CASE(what_is_not_bound_is_neutral_and_named),
		CASE(a_slot_beyond_the_tables_ends_the_drawing),
		CASE(vertex_data_is_taken_as_far_as_the_draw_reaches),
		CASE(attachments_of_every_kind),
		CASE(layers_and_samples),
		CASE(bad_passes_are_refused_whole),
		CASE(store_actions_are_those_at_the_end),
		CASE(an_attachment_that_is_sampled),
		CASE(indirect_arguments_are_read_by_the_cpu_or_by_the_gpu),
		CASE(indices_of_the_gpu_begin_anywhere),
		CASE(rare_draws_have_programs_of_their_own),
		CASE(patches_of_each_form),
		CASE(visibility_results_reach_the_guest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
