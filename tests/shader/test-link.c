// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/shader/link.h"

static struct pvg_reflection stage(uint32_t which, uint32_t count) {
	struct pvg_reflection r = {
		.magic = PVG_REFLECTION_MAGIC,
		.version = PVG_REFLECTION_VERSION,
		.size_bytes = sizeof(r),
		.stage = which,
		.varying_count = count,
	};
	for (uint32_t i = 0; i < count; i++) {
		snprintf(r.varyings[i].name, sizeof(r.varyings[i].name), "%s",
			i == 0 ? "user(locn0)" : "generated(5colorDv4_f)");
		r.varyings[i].components = 4;
		r.varyings[i].location = (uint8_t)i;
	}
	return r;
}

static const char text[] = "#version 320 es\nout highp vec4 v_user_locn0_;\n"
	"layout(location = 1) out highp vec4 v_generated_5colorDv4_f_;\nvoid main() {}\n";

static void interpolation_is_the_fragments(void **state) {
	(void)state;
	struct pvg_reflection v = stage(PVG_STAGE_VERTEX, 2), f = stage(PVG_STAGE_FRAGMENT, 2);
	struct pvg_shader_status status = {0};
	f.varyings[0].interpolation = PVG_INTERPOLATION_FLAT;
	char *linked = pvg_link_glsl(&v, text, &f, &status);
	assert_non_null(linked);
	assert_non_null(strstr(linked, "\nflat out highp vec4 v_user_locn0_;\n"));
	assert_non_null(strstr(linked, "\nlayout(location = 1) out highp vec4 v_generated"));
	char *again = pvg_link_glsl(&v, linked, &f, &status);
	assert_string_equal(again, linked);
	free(again);
	free(linked);
	f.varyings[1].interpolation = PVG_INTERPOLATION_NO_PERSPECTIVE;
	linked = pvg_link_glsl(&v, text, &f, &status);
	assert_non_null(strstr(linked, "#version 320 es\n#extension GL_NV_shader_noperspective"));
	assert_non_null(strstr(linked, "\nnoperspective layout(location = 1) out"));
	free(linked);
}

static void what_is_missing_is_named(void **state) {
	(void)state;
	struct pvg_reflection v = stage(PVG_STAGE_VERTEX, 1), f = stage(PVG_STAGE_FRAGMENT, 2);
	struct pvg_shader_status status = {0};
	assert_null(pvg_link_glsl(&v, text, &f, &status));
	assert_int_equal(status.reason, PVG_SHADER_LINK_MISSING);
	assert_string_equal(status.detail, "generated(5colorDv4_f)");
	status = (struct pvg_shader_status){0};
	v = stage(PVG_STAGE_VERTEX, 2);
	v.varyings[0].components = 3;
	assert_null(pvg_link_glsl(&v, text, &f, &status));
	assert_int_equal(status.reason, PVG_SHADER_LINK_TYPE);
	status = (struct pvg_shader_status){0};
	v = stage(PVG_STAGE_VERTEX, 2);
	assert_null(pvg_link_glsl(&v, "#version 320 es\n", &f, &status));
	assert_int_equal(status.reason, PVG_SHADER_LINK_MISSING);
	status = (struct pvg_shader_status){0};
	assert_null(pvg_link_glsl(&f, text, &v, &status));
	assert_int_equal(status.reason, PVG_SHADER_BAD_REQUEST);
}

static void locations_are_the_vertexs(void **state) {
	(void)state;
	struct pvg_reflection v = stage(PVG_STAGE_VERTEX, 2), f = stage(PVG_STAGE_FRAGMENT, 2);
	struct pvg_shader_status status = {0};
	v.varyings[0].location = 7;
	v.varyings[1].location = 0;
	uint32_t words[] = {
		0x07230203, 0x00010300, 0, 20, 0, // header
		4u << 16 | 71, 10, 30, 0, // OpDecorate %10 Location 0
		4u << 16 | 71, 11, 30, 1,
		4u << 16 | 71, 12, 30, 1, // an output
		4u << 16 | 59, 2, 10, 1, // OpVariable %10 Input
		4u << 16 | 59, 2, 11, 1,
		4u << 16 | 59, 2, 12, 3,
	};
	size_t n = sizeof(words) / sizeof(words[0]);
	assert_true(pvg_link_spirv(&v, &f, words, n, &status));
	assert_int_equal(words[8], 7);
	assert_int_equal(words[12], 0);
	assert_int_equal(words[16], 1);
	words[5] = 71; // no length
	assert_false(pvg_link_spirv(&v, &f, words, n, &status));
	assert_int_equal(status.reason, PVG_SHADER_BAD_REPLY);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interpolation_is_the_fragments),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(locations_are_the_vertexs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
