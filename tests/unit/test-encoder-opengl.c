// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Render records 0x8a to 0x98 (spec 03 section 4.9): their layout, and what they become.
 */
#include "encoder-rig.h"

#include <math.h>

#include "wire/opengl.h"

static uint32_t bits(float value) {
	uint32_t word;
	memcpy(&word, &value, sizeof(word));
	return word;
}

// A record of these words.
#define GL(e, opcode, ...) \
	gl((e), (opcode), (const uint32_t[]){ __VA_ARGS__ }, \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void gl(struct encoder_rig *e, uint32_t opcode, const uint32_t *words, size_t count) {
	const struct pvg_record_info *info = pvg_record_find(PVG_SPACE_RENDER, opcode);
	assert_int_equal(info->length, 8 + 4 * count);
	put32(&e->stream, opcode);
	put32(&e->stream, info->length);
	for (size_t i = 0; i < count; i++) {
		put32(&e->stream, words[i]);
	}
}

/* ---- layout ---------------------------------------------------------------------------------- */

static void each_layout_has_its_length_and_its_arguments(void **state) {
	static const struct {
		uint8_t arguments;
		uint8_t narrow; // bit n: argument n is 16 bits wide
	} rows[] = { { 1, 0 }, { 1, 0 }, { 5, 0 }, { 5, 0 }, { 5, 0 }, { 1, 0 }, { 1, 0 }, { 2, 0 },
		{ 2, 3 }, { 1, 0 }, { 0, 0 }, { 0, 0 }, { 6, 30 }, { 5, 30 }, { 5, 30 } };
	uint8_t bytes[32];
	struct pvg_wire_opengl a;
	for (unsigned int i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(0x11 + i);
	}
	for (uint32_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		uint32_t opcode = PVG_WIRE_OPENGL_FIRST + i;
		const struct pvg_record_info *info = pvg_record_find(PVG_SPACE_RENDER, opcode);
		uint32_t length = info->length - 8, at = 0;
		assert_int_equal(info->action,
			opcode == 0x93 ? PVG_RECORD_FEEDBACK : PVG_RECORD_OPENGL);
		assert_true(pvg_wire_opengl(opcode, bytes, length, &a));
		for (uint32_t k = 0; k < PVG_WIRE_OPENGL_ARGUMENTS; k++) {
			uint32_t want = 0;
			if (k < rows[i].arguments) {
				uint32_t width = rows[i].narrow >> k & 1 ? 2 : 4;
				memcpy(&want, bytes + at, width);
				at += width;
			}
			assert_int_equal(a.u[k], want);
			assert_int_equal(bits(a.f[k]), want);
		}
		assert_int_equal(at, length); // nothing is left over
		for (uint32_t size = 0; size <= sizeof(bytes); size++) {
			assert_int_equal(pvg_wire_opengl(opcode, bytes, size, &a), size == length);
		}
	}
	assert_false(pvg_wire_opengl(PVG_WIRE_OPENGL_FIRST - 1, bytes, 4, &a));
	assert_false(pvg_wire_opengl(PVG_WIRE_OPENGL_LAST + 1, bytes, 4, &a));
}

/* ---- state ----------------------------------------------------------------------------------- */

static void values_become_state(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	GL(e, 0x8a, bits(0.5f));
	GL(e, 0x8b, bits(4));
	GL(e, 0x8c, bits(1), bits(0), bits(-2), bits(0.5f), 3);
	GL(e, 0x8f, 0);
	GL(e, 0x90, 1);
	GL(e, 0x91, 1, 7);
	draw3(e);
	draw3(e); // nothing new
	GL(e, 0x8c, bits(0), bits(-0.0f), bits(0), bits(0), 3);
	GL(e, 0x91, 1, UINT32_MAX);
	draw3(e);
	GL(e, 0x91, 0, 7);
	GL(e, 0x8a, bits(0));
	draw3(e);
	GL(e, 0x8b, bits(1));
	GL(e, 0x8f, 1);
	GL(e, 0x90, 0);
	GL(e, 0x93, 0); // what there is to do for these is nothing
	gl(e, 0x94, NULL, 0);
	gl(e, 0x95, NULL, 0);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"program\n"
		"opengl restart=index,7 last window point=4 alpha=0.5 plane3=1,0,-2,0.5\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"opengl restart=largest last window point=4 alpha=0.5\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"opengl restart=never last window point=4\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"opengl restart=never\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void state_is_gone_with_its_encoder(void **state) {
	struct encoder_rig *e = *state;
	for (unsigned int i = 0; i < 2; i++) { // both become one pass
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_PLAIN);
		if (i == 0) {
			GL(e, 0x8b, bits(2.5f));
			GL(e, 0x92, 1); // front 1, back 0
		}
		draw3(e);
		end(e);
	}
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\n"
		"program\n"
		"opengl point=2.5\n"
		"raster cull=2 front=0 fill=1 ref=0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"program\n"
		"raster cull=1 front=0 fill=0 ref=0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"program\n"
		"opengl none\n"
		"raster cull=0 front=0 fill=0 ref=0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n");
}

static void bad_values_are_refused_and_change_nothing(void **state) {
	static const struct {
		uint32_t opcode, words[5];
		size_t count;
		enum pvg_refusal reason;
	} rows[] = {
		{ 0x8a, { 0x7fc00000 }, 1, PVG_REFUSAL_STATE }, // no number
		{ 0x8a, { 0xff800000 }, 1, PVG_REFUSAL_STATE }, // infinite
		{ 0x8b, { 0x7f800000 }, 1, PVG_REFUSAL_STATE },
		{ 0x8b, { 0 }, 1, PVG_REFUSAL_STATE },
		{ 0x8b, { 0xbf800000 }, 1, PVG_REFUSAL_STATE },
		{ 0x8b, { 0xffffffff }, 1, PVG_REFUSAL_STATE },
		{ 0x8c, { 0x3f800000, 0, 0, 0, 8 }, 5, PVG_REFUSAL_STATE },
		{ 0x8c, { 0x3f800000, 0, 0, 0, 0xffffffff }, 5, PVG_REFUSAL_STATE },
		{ 0x8c, { 0x3f800000, 0, 0, 0x7fc00000, 0 }, 5, PVG_REFUSAL_STATE },
		{ 0x8d, { SAMPLER, 0, 0, 0, 16 }, 5, PVG_REFUSAL_BINDING },
		{ 0x8d, { SAMPLER, 0x40000000, 0x3f800000, 0, 0 }, 5, PVG_REFUSAL_BINDING },
		{ 0x8e, { SAMPLER, 0, 0x7fc00000, 0, 0 }, 5, PVG_REFUSAL_BINDING },
		{ 0x8e, { SAMPLER, 0, 0, 0x7f800000, 0 }, 5, PVG_REFUSAL_BINDING },
		{ 0x8f, { 2 }, 1, PVG_REFUSAL_STATE },
		{ 0x90, { 0xffffffff }, 1, PVG_REFUSAL_STATE },
		{ 0x91, { 2, 0 }, 2, PVG_REFUSAL_STATE },
		{ 0x91, { 0xffffffff, 0xffffffff }, 2, PVG_REFUSAL_STATE },
		{ 0x92, { 2 }, 1, PVG_REFUSAL_STATE },
		{ 0x92, { 2 << 16 }, 1, PVG_REFUSAL_STATE },
		{ 0x93, { 1 }, 1, PVG_REFUSAL_NOT_SUPPORTED },
		{ 0x96, { TARGET, 0, 0, 8 }, 4, PVG_REFUSAL_PASS },
		{ 0x96, { TARGET, 0, 0xffff0000, 0 }, 4, PVG_REFUSAL_STATE },
		{ 0x97, { TARGET, 0, 2 << 16 }, 3, PVG_REFUSAL_STATE },
		{ 0x98, { TARGET, 0, 2 << 16 }, 3, PVG_REFUSAL_STATE },
	};
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		uint64_t before = rig_refused(e->rig, rows[i].reason), all = all_refusals(e->rig);
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_PLAIN);
		gl(e, rows[i].opcode, rows[i].words, rows[i].count);
		draw3(e);
		end(e);
		run(e);
		ASSERT_TEXT(e,
			"begin 64x64 c0:load-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
		assert_int_equal(rig_refused(e->rig, rows[i].reason), before + 1);
		assert_int_equal(all_refusals(e->rig), all + 1);
		assert_true(seen(e->rig, "render", rows[i].opcode).refused > 0);
	}
}

/* All ones, all zeros and each length: no record leaves anything behind but a counter. */
static void damaged_records_leave_the_others_alone(void **state) {
	struct encoder_rig *e = *state;
	for (uint32_t opcode = PVG_WIRE_OPENGL_FIRST; opcode <= PVG_WIRE_OPENGL_LAST; opcode++) {
		const struct pvg_record_info *info = pvg_record_find(PVG_SPACE_RENDER, opcode);
		for (uint32_t length = 8; length <= info->length + 8u; length += 4) {
			for (unsigned int fill = 0; fill < 2; fill++) {
				begin(e, 0);
				pass(e, TARGET, 1, 1);
				pipeline(e, DRAW_PLAIN);
				record(&e->stream, opcode, length);
				memset(e->stream.bytes + e->stream.size - (length - 8),
					fill != 0 ? 0xff : 0, length - 8);
				draw3(e);
				end(e);
				run(e);
				if (length == info->length) {
					assert_non_null(strstr(e->text, "draw3"));
				}
			}
		}
	}
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:load-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
}

/* ---- fill modes ------------------------------------------------------------------------------ */

static void each_side_has_its_fill_mode(void **state) {
	static const struct {
		uint32_t cull, modes; // front, back << 16
		const char *text;
	} rows[] = {
		{ 0, 0x10000,
			"raster cull=2 front=0 fill=0 ref=0\nDRAW\nprogram\n"
			"raster cull=1 front=0 fill=1 ref=0\nDRAW\n" },
		{ 0, 0x00001,
			"raster cull=2 front=0 fill=1 ref=0\nDRAW\nprogram\n"
			"raster cull=1 front=0 fill=0 ref=0\nDRAW\n" },
		{ 1, 0x10000, "raster cull=1 front=0 fill=1 ref=0\nDRAW\n" }, // no front faces
		{ 2, 0x10000, "raster cull=2 front=0 fill=0 ref=0\nDRAW\n" },
		{ 0, 0x10001, "raster cull=0 front=0 fill=1 ref=0\nDRAW\n" },
		{ 0, 0, "DRAW\n" },
	};
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		char want[600] = "begin 64x64 c0:load-store\nprogram\n";
		for (const char *at = rows[i].text; *at != '\0';) {
			bool draw = strncmp(at, "DRAW", 4) == 0;
			const char *line = draw ? "draw3 i0 0+3 x1 base 0,0" : at;
			size_t n = strcspn(line, "\n");
			(void)snprintf(want + strlen(want), sizeof(want) - strlen(want), "%.*s\n",
				(int)n, line);
			at += strcspn(at, "\n") + 1;
		}
		(void)snprintf(want + strlen(want), sizeof(want) - strlen(want), "end 1\n");
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_PLAIN);
		PUT(e, render, "setCullMode", { "value", rows[i].cull });
		GL(e, 0x92, rows[i].modes);
		draw3(e);
		end(e);
		run(e);
		ASSERT_TEXT(e, want);
	}
	begin(e, 0); // lines have no sides, and the other record is for both
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	GL(e, 0x92, 1);
	PUT(e, render, "drawPrimitives", { "prim", 1 }, { "vstart", 0 }, { "vcount", 2 });
	PUT(e, render, "setTriangleFillMode", { "value", 1 });
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-store\nprogram\ndraw1 i0 0+2 x1 base 0,0\n"
		"program\nraster cull=0 front=0 fill=1 ref=0\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

/* ---- samplers, indices, resolves ------------------------------------------------------------- */

static void a_bias_is_told_and_has_a_program_of_its_own(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	PUT(e, render, "renderPassDescriptor", { "depth.texture", DEPTH }, { "depth.load", 1 },
		{ "depth.store", 1 }, { "colour0.texture", TARGET }, { "colour0.load", 1 },
		{ "colour0.store", 1 }, { "width", 0 }, { "height", 0 });
	pipeline(e, DRAW_TEXTURED);
	BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 0);
	BIND(e, render, "setFragmentTextures", 0, 1, SOURCE);
	GL(e, 0x8e, SAMPLER, bits(0), bits(3), bits(1.5f), 0);
	draw3(e);
	GL(e, 0x8e, SAMPLER, bits(0), bits(3), bits(-2), 0);
	draw3(e);
	BIND(e, render, "setFragmentSamplerStates", 0, 1, SAMPLER);
	draw3(e);
	GL(e, 0x8e, 0, bits(0), bits(0), bits(0), 0); // nothing is bound any more
	draw3(e);
	end(e);
	run(e);
	const char *text = strstr(e->text, "opengl");
	assert_non_null(text);
	assert_non_null(strstr(text, "opengl biased=0,1\n"));
	assert_non_null(strstr(text, "fsampler0 lod=0..3 bias=1.5\n"));
	assert_non_null(strstr(text, "fsampler0 lod=0..3 bias=-2\ndraw3"));
	assert_non_null(strstr(text, "fsampler0\ndraw3"));
	assert_non_null(strstr(text, "fsampler0 none\ndraw3"));
	assert_null(strstr(strstr(text, "draw3"), "opengl")); // told once
}

/* How far vertices are read depends on which indices are none. */
static void vertex_data_reaches_as_far_as_indices_say(void **state) {
	static const uint16_t strip[] = { 0, 1, 2, 9, 3, 4, 0xffff, 5 };
	static const struct {
		uint32_t flag, index;
		uint64_t vertices;
	} rows[] = {
		{ 1, UINT32_MAX, 10 },
		{ 1, 9, 0x10000 }, // 0xffff is one, and all of the buffer is not enough
		{ 0, 0, 0x10000 },
	};
	struct encoder_rig *e = *state;
	memcpy(e->rig->ram + DATA_GPA + 0x10000, strip, sizeof(strip));
	for (size_t i = 0; i < PVG_ENC_COUNT(rows); i++) {
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_INPUT);
		BIND(e, render, "setVertexBuffers", 0, 2, VERTICES, 0, VERTICES, 0);
		GL(e, 0x91, rows[i].flag, rows[i].index);
		PUT(e, render, "drawIndexedPrimitives", { "prim", 4 }, { "itype", 0 },
			{ "ibuf", INDICES }, { "icount", 8 }, { "ioffset", 0 });
		end(e);
		run(e);
		char want[64];
		uint64_t bytes = (rows[i].vertices - 1) * 16 + 12;
		(void)snprintf(want, sizeof(want), "vbuffer0 %" PRIu64 "\n",
			bytes < 0x10000 ? (bytes + 3) & ~UINT64_C(3) : 0x10000);
		if (strstr(e->text, want) == NULL) {
			fail_msg("row %zu: no %sin\n%s", i, want, e->text);
		}
	}
}

static void resolve_textures_are_the_last_ones_said(void **state) {
	struct encoder_rig *e = *state;
	const struct field samples[] = { { "depth.texture", 0 }, { "colour0.texture", SAMPLES },
		{ "colour0.load", 1 }, { "colour0.store", 2 }, { "width", 0 }, { "height", 0 } };
	begin(e, 0); // before the first draw
	put_record(e, &pvg_enc_render_table, "renderPassDescriptor", samples, 6, 0, NULL);
	GL(e, 0x96, OTHER, 0, 0, 0);
	GL(e, 0x96, TARGET, 0, 1 << 16, 0);
	pipeline(e, DRAW_SAMPLES);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-resolve inverted\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 2\n");
	begin(e, 0); // behind a draw: the pass goes on with it
	put_record(e, &pvg_enc_render_table, "renderPassDescriptor", samples, 6, 0, NULL);
	pipeline(e, DRAW_SAMPLES);
	draw3(e);
	GL(e, 0x96, TARGET, 0, 1 << 16, 0);
	GL(e, 0x96, SOURCE, 0, 1, 0); // level 1 does not fit: it stays
	GL(e, 0x96, 999, 0, 0, 0); // not there
	GL(e, 0x96, TARGET, 0, 0, 3); // of an attachment that is not there
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"begin 64x64 c0:load-drop\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n"
		"begin 64x64 c0:load-resolve inverted\nend 2\n");
	begin(e, 0); // and away again
	put_record(e, &pvg_enc_render_table, "renderPassDescriptor", samples, 6, 0, NULL);
	GL(e, 0x96, TARGET, 0, 1 << 16, 0);
	GL(e, 0x96, 0, 0, 1 << 16, 0);
	pipeline(e, DRAW_SAMPLES);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:load-drop\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 0\n");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, encoder_setup, encoder_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_layout_has_its_length_and_its_arguments),
		CASE(values_become_state),
		CASE(state_is_gone_with_its_encoder),
		CASE(bad_values_are_refused_and_change_nothing),
		CASE(damaged_records_leave_the_others_alone),
		CASE(each_side_has_its_fill_mode),
		CASE(a_bias_is_told_and_has_a_program_of_its_own),
		CASE(vertex_data_reaches_as_far_as_indices_say),
		CASE(resolve_textures_are_the_last_ones_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
