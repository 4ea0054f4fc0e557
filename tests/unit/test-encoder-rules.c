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

#define CASE(function) cmocka_unit_test_setup_teardown(function, encoder_setup, encoder_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(each_armed_result_is_written),
		CASE(an_encoder_counts_its_own_draws),
		CASE(a_result_is_begun_anew_by_the_next_encoder),
		CASE(visibility_without_a_pass_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
