// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects from their descriptors to the renderer's: lookups, lifetimes, refusals.
 */
#include "gpu-rig.h"

#include "core.h"
#include "enc/pipeline.h"

#define REF 10u
#define VERTEX 20u
#define FRAGMENT 21u
#define KERNEL 22u

static void declare_sampler(struct gpu_rig *g, uint32_t ref, uint32_t state_bits,
	uint32_t lod_min) {
	struct bytes b = { .size = 0 };
	add(&b, 3, 4);
	add(&b, 36, 4);
	add(&b, ref, 4);
	add(&b, state_bits, 4);
	add(&b, 0xa1, 1);
	add(&b, 0xcbcbcb, 3);
	add(&b, lod_min, 4);
	add(&b, 0x7f7fffff, 4);
	add(&b, 0xcbcbcbcbcbcbcbcb, 8);
	declare(g, ref, 7, &b);
}

static void a_sampler_is_made_once_for_each_declaration(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_sampler *sampler = NULL, *same = NULL;
	bool pixels = false;
	declare_sampler(g, REF, 0xa1102105, 0);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &sampler, &pixels),
		PVG_GPU_FOUND);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &same, &pixels), PVG_GPU_FOUND);
	assert_ptr_equal(sampler, same);
	assert_int_equal(g->fake.sampler.min_filter, 1);
	assert_int_equal(g->fake.sampler.mag_filter, 1);
	assert_int_equal(g->fake.sampler.address[0], 1);
	assert_int_equal(g->fake.sampler.address[1], 2);
	assert_int_equal(g->fake.sampler.border, 1);
	assert_int_equal(g->fake.sampler.mip_filter, 1);
	assert_int_equal(g->fake.sampler.max_anisotropy, 8);
	assert_true(g->fake.sampler.normalized);
	assert_false(pixels);
	// Deleted and declared again: another one.
	const uint32_t destroy[4] = { TASK, 0x3eb, 12, REF };
	rig_send(g->rig, 1, 0x28, destroy, sizeof(destroy));
	assert_int_equal(g->fake.samplers, 0);
	declare_sampler(g, REF, 0x80000000, 0);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &sampler, &pixels),
		PVG_GPU_FOUND);
	assert_false(g->fake.sampler.min_filter);
	assert_int_equal(g->fake.sampler.max_anisotropy, 1);
}

static void samplers_with_bad_values_are_refused(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_sampler *sampler;
	bool pixels = false;
	static const uint32_t bad[] = { 6u << 8, 7u << 12, 6u << 16, 3u << 20, 3u << 24,
		17u << 26 };
	for (uint32_t i = 0; i < 6; i++) {
		declare_sampler(g, REF + i, bad[i], 0);
		assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF + i, &sampler, &pixels),
			PVG_GPU_MISSING);
		assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_SAMPLER), i + 1);
	}
	declare_sampler(g, REF + 6, 0, 0x7fc00000); // NaN
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF + 6, &sampler, &pixels),
		PVG_GPU_MISSING);
	// Published well a moment later.
	declare_sampler(g, REF, 0, 0);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &sampler, &pixels),
		PVG_GPU_FOUND);
	assert_true(pixels); // bit 31 is clear
}

static void a_depth_stencil_state_has_its_faces(void **state) {
	struct gpu_rig *g = *state;
	const struct pvg_gpu_depth_stencil *ds = NULL;
	struct bytes b = { .size = 0 };
	add(&b, 4, 4);
	add(&b, 40, 4);
	add(&b, REF, 4);
	add(&b, 0xd9, 1); // less, write, front face present, unwritten bits
	add(&b, 0xcbcbcb, 3);
	add(&b, 2 | 3 << 3 | 4 << 6 | 5 << 9, 4);
	add(&b, 0x0f, 4);
	add(&b, 0xf0, 4);
	add(&b, 0xcbcbcbcbcbcbcbcb, 8);
	add(&b, 0xcbcbcbcb, 4);
	declare(g, REF, 7, &b);
	assert_int_equal(pvg_gpu_depth_stencil_state(g->gpu, TASK, REF, &ds), PVG_GPU_FOUND);
	assert_int_equal(ds->compare, 1);
	assert_true(ds->write && ds->stencil);
	assert_int_equal(ds->front.compare, 2);
	assert_int_equal(ds->front.fail, 3);
	assert_int_equal(ds->front.depth_fail, 4);
	assert_int_equal(ds->front.pass, 5);
	assert_int_equal(ds->front.read_mask, 0x0f);
	assert_int_equal(ds->back.compare, 7);
	assert_int_equal(ds->back.write_mask, UINT32_MAX);
}

static void declare_function(struct gpu_rig *g, uint32_t ref, uint32_t offset, uint32_t size) {
	struct bytes b = { .size = 0 };
	add(&b, DATA_GVA + offset, 8);
	add(&b, size, 4);
	add(&b, 0, 8);
	add(&b, 1, 4);
	declare(g, ref, 6, &b);
}

static void declare_pipeline(struct gpu_rig *g, uint32_t ref,
	const struct pvg_enc_render_pipeline *pipeline) {
	struct bytes b = { .size = 0 };
	b.size = pvg_enc_render_pipeline(pipeline, b.at, sizeof(b.at));
	assert_int_not_equal(b.size, 0);
	declare(g, ref, 7, &b);
}

static const struct pvg_enc_render_pipeline example = {
	.object_ref = REF,
	.label = "window",
	.vertex_function = VERTEX,
	.fragment_function = FRAGMENT,
	.depth_format = 252,
	.attribute_count = 2,
	.attributes = { { 0, 30, 0, 3 }, { 5, 9, 12, 3 } },
	.layout_count = 1,
	.layouts = { { 3, 1, 1, 16 } },
	.colour_count = 1,
	.colours = { { 0, 81, true, 1, 5, 0, 1, 5, 0, 0xf } },
};

static void a_pipeline_is_built_from_its_functions(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_pipeline_state *p = NULL, *same = NULL;
	declare_pipeline(g, REF, &example);
	// Functions that are not there yet.
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_MISSING);
	declare_function(g, VERTEX, 0x1000, 0x1234);
	declare_function(g, FRAGMENT, 0x3000, 0x100);
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_FOUND);
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &same), PVG_GPU_FOUND);
	assert_ptr_equal(p, same);
	assert_int_equal(g->fake.pipelines_made, 1);
	assert_int_equal(g->fake.library_bytes, 0x1234 + 0x100);
	assert_int_equal(p->render.colors[0].format, 81);
	assert_true(p->render.colors[0].blend);
	assert_int_equal(p->render.colors[0].dst_rgb, 5);
	assert_int_equal(p->render.depth_format, 252);
	assert_int_equal(p->render.samples, 1);
	assert_true(p->render.rasterize);
	assert_int_equal(p->render.input.attribute_count, 2);
	assert_int_equal(p->render.input.attributes[1].location, 5);
	assert_int_equal(p->render.input.layouts[3].stride_bytes, 16);
	assert_false(p->render.input.layouts[0].used);
	assert_null(p->render.vertex.library);
	// The functions go, the pipeline stays; asked for as what it is not, it is refused.
	const uint32_t destroy[4] = { TASK, 0x3ed, 12, VERTEX };
	rig_send(g->rig, 1, 0x28, destroy, sizeof(destroy));
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_FOUND);
	assert_int_equal(pvg_gpu_compute_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_OBJECT_TYPE), 1);
	// That did it no harm.
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &same), PVG_GPU_FOUND);
	assert_ptr_equal(p, same);
	assert_int_equal(g->fake.pipelines_made, 1);
}

static void a_compute_pipeline_is_built(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_pipeline_state *p = NULL;
	struct bytes b = { .size = 0 };
	b.size = pvg_enc_compute_pipeline(&(struct pvg_enc_compute_pipeline){ .object_ref = REF,
						  .function = KERNEL },
		b.at, sizeof(b.at));
	declare(g, REF, 7, &b);
	declare_function(g, KERNEL, 0x1000, 0x200);
	assert_int_equal(pvg_gpu_compute_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_FOUND);
	assert_true(p->compute);
	assert_int_equal(g->fake.library_bytes, 0x200);
}

static void pipelines_that_cannot_be_honoured_are_refused(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_pipeline_state *p;
	unsigned int refused = 0;
	declare_function(g, VERTEX, 0x1000, 0x1000);
	declare_function(g, FRAGMENT, 0x3000, 0x100);
	for (unsigned int i = 0; i < 8; i++) {
		struct pvg_enc_render_pipeline bad = example;
		switch (i) {
		case 0:
			bad.vertex_function = 0;
			break;
		case 1:
			bad.sample_count = 8; // the host has 4
			break;
		case 2:
			bad.sample_count = 3;
			break;
		case 3:
			bad.colours[0].format = 500;
			break;
		case 4:
			bad.colours[0].source_rgb = 19;
			break;
		case 5:
			bad.attributes[1].offset = 14; // beyond the stride
			break;
		case 6:
			bad.attributes[1].buffer = 4; // no layout
			break;
		case 7:
			bad.attributes[1].format = 43;
			break;
		}
		declare_pipeline(g, 30 + i, &bad);
		assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, 30 + i, &p),
			PVG_GPU_MISSING);
		assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_PIPELINE), ++refused);
	}
	// A library that is not mapped, and one that is too large.
	declare_pipeline(g, REF, &example);
	declare_function(g, VERTEX, DATA_BYTES, 0x1000);
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_PIPELINE), ++refused);
	declare_function(g, VERTEX, 0x1000, 0x1000001);
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_PIPELINE), ++refused);
	assert_int_equal(g->fake.pipelines_made, 0);
}

static void a_ref_that_comes_back_as_something_else_is_that(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_sampler *sampler;
	bool pixels = false;
	const struct pvg_gpu_depth_stencil *ds;
	struct pvg_gpu_texture *t;
	const struct shape s = { .type = 2, .format = 80, .width = 8, .height = 8 };
	declare_sampler(g, REF, 0, 0);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &sampler, &pixels),
		PVG_GPU_FOUND);
	declare_linear(g, REF, 0, &s);
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, REF, &t), PVG_GPU_FOUND);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &sampler, &pixels),
		PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_depth_stencil_state(g->gpu, TASK, REF, &ds), PVG_GPU_MISSING);
	// The sampler that the list being built may name lives until its end.
	assert_int_equal(g->fake.samplers, 1);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.samplers, 0);
	// Nothing at all, and nobody's task.
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, 77, &t), PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, 0, &t), PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_texture(g->gpu, 3, REF, &t), PVG_GPU_MISSING);
}

static void what_is_asked_for_as_something_else_is_refused_and_stays(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_sampler *sampler, *same;
	bool pixels;
	const struct pvg_gpu_depth_stencil *ds;
	struct pvg_gpu_pipeline_state *p;
	struct pvg_gpu_texture *t;
	struct pvg_gpu_backing b;
	declare_sampler(g, REF, 0, 0);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &sampler, &pixels),
		PVG_GPU_FOUND);
	assert_int_equal(pvg_gpu_depth_stencil_state(g->gpu, TASK, REF, &ds), PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_compute_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, REF, &t), PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_buffer(g->gpu, TASK, REF, &b), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_OBJECT_TYPE), 5);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &same, &pixels), PVG_GPU_FOUND);
	assert_ptr_equal(same, sampler);
	// A buffer where a texture is meant, and the other way round.
	const struct shape s = { .type = 2, .format = 80, .width = 8, .height = 8 };
	declare_buffer(g, REF + 1, 0, 0x1000);
	declare_linear(g, REF + 2, 0x1000, &s);
	assert_int_equal(pvg_gpu_texture(g->gpu, TASK, REF + 1, &t), PVG_GPU_MISSING);
	assert_int_equal(pvg_gpu_buffer(g->gpu, TASK, REF + 2, &b), PVG_GPU_MISSING);
	assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_OBJECT_TYPE), 7);
	assert_int_equal(pvg_gpu_buffer(g->gpu, TASK, REF + 1, &b), PVG_GPU_FOUND);
}

static void the_same_declaration_builds_nothing_again(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_sampler *sampler, *same;
	bool pixels;
	struct shape s = { .type = 2, .format = 80, .width = 8, .height = 8, .mode = 1 };
	declare_sampler(g, REF, 0, 0);
	declare_linear(g, REF + 1, 0, &s);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &sampler, &pixels),
		PVG_GPU_FOUND);
	struct pvg_gpu_texture *t = use(g, REF + 1, PVG_GPU_READS);
	struct pvg_gpu_image *image = t->image;
	pvg_gpu_commit(g->gpu);
	RIG_SEND(g->rig, 1, 0x34, TASK, 2, REF, 0, REF + 1, 0x01000001);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &same, &pixels), PVG_GPU_FOUND);
	assert_ptr_equal(same, sampler);
	t = use(g, REF + 1, PVG_GPU_READS);
	assert_ptr_equal(t->image, image);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.images_made, 1);
	// Another one in the same place: nothing of the old one is used.
	s.width = 16;
	declare_linear(g, REF + 1, 0, &s);
	declare_sampler(g, REF, 0, 0x3f800000);
	assert_int_equal(texture(g, REF + 1)->desc.width, 8); // nobody said so
	RIG_SEND(g->rig, 1, 0x34, TASK, 2, REF, 0, REF + 1, 0x01000001);
	t = use(g, REF + 1, PVG_GPU_READS);
	assert_int_equal(t->desc.width, 16);
	assert_int_equal(t->image->desc.width, 16);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF, &same, &pixels), PVG_GPU_FOUND);
	assert_true(g->fake.sampler.lod_min == 1);
	pvg_gpu_commit(g->gpu);
	assert_int_equal(g->fake.images, 1);
	assert_int_equal(g->fake.samplers, 1);
}

static void a_type_without_a_decoder_is_refused_by_name(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_backing b;
	struct pvg_gpu_texture *t;
	static const uint8_t types[] = { 10, 12, 13, 14, 15, 31, 32, 255 };
	struct bytes bytes = { .size = 0 };
	add(&bytes, 0x1000, 8);
	add(&bytes, DATA_GVA >> 12, 8);
	for (uint32_t i = 0; i < sizeof(types); i++) {
		declare(g, REF + i, types[i], &bytes);
		for (unsigned int again = 0; again < 2; again++) {
			assert_int_equal(pvg_gpu_buffer(g->gpu, TASK, REF + i, &b),
				PVG_GPU_MISSING);
			assert_int_equal(pvg_gpu_texture(g->gpu, TASK, REF + i, &t),
				PVG_GPU_MISSING);
		}
		assert_int_equal(rig_refused(g->rig, PVG_REFUSAL_OBJECT_TYPE), 4 * (i + 1));
	}
	assert_int_equal(g->rig->device->core->objects.shown_count, sizeof(types));
}

static void a_deleted_task_takes_its_handles_along(void **state) {
	struct gpu_rig *g = *state;
	struct pvg_gpu_sampler *sampler;
	bool pixels = false;
	struct pvg_gpu_pipeline_state *p;
	const struct shape s = { .type = 2, .format = 80, .width = 8, .height = 8 };
	declare_sampler(g, REF + 1, 0, 0);
	declare_linear(g, REF + 2, 0, &s);
	declare_function(g, VERTEX, 0x1000, 0x1000);
	declare_function(g, FRAGMENT, 0x3000, 0x100);
	declare_pipeline(g, REF, &example);
	assert_int_equal(pvg_gpu_sampler_state(g->gpu, TASK, REF + 1, &sampler, &pixels),
		PVG_GPU_FOUND);
	assert_int_equal(pvg_gpu_render_pipeline(g->gpu, TASK, REF, &p), PVG_GPU_FOUND);
	use(g, REF + 2, PVG_GPU_WRITES);
	pvg_gpu_commit(g->gpu);
	RIG_SEND(g->rig, 0, 0x20, TASK);
	assert_int_equal(g->fake.samplers + g->fake.pipelines + g->fake.images + g->fake.views, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, gpu_setup, gpu_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_sampler_is_made_once_for_each_declaration),
		TEST(samplers_with_bad_values_are_refused),
		TEST(a_depth_stencil_state_has_its_faces),
		TEST(a_pipeline_is_built_from_its_functions),
		TEST(a_compute_pipeline_is_built),
		TEST(pipelines_that_cannot_be_honoured_are_refused),
		TEST(a_ref_that_comes_back_as_something_else_is_that),
		TEST(what_is_asked_for_as_something_else_is_refused_and_stays),
		TEST(the_same_declaration_builds_nothing_again),
		TEST(a_type_without_a_decoder_is_refused_by_name),
		TEST(a_deleted_task_takes_its_handles_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
