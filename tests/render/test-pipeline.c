// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/gles/pipeline.h"

/* Building: what waits, what fails and why, and that nothing else is held up. */

static const double black[4] = { 0, 0, 0, 0 };

static void a_pipeline_is_pending_until_it_is_built(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_numbers", "f_color", RIG_RGBA32F);
	const char *why = "";
	struct rig_image image = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_pipeline *p = rig->r->ops->render_pipeline_create(rig->r, &desc);
	assert_non_null(p);
	assert_int_equal(rig->r->ops->pipeline_status(rig->r, p, &why), PVG_GPU_PENDING);
	// Other lists run meanwhile.
	static const double red[4] = { 1, 0, 0, 1 };
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	rig_begin(rig, &image, red);
	rig_end(rig);
	rig_read(rig, &image, texels, 4);
	assert_int_equal(texels[3][3], 0xff0000ff);
	assert_int_equal(rig_wait(rig, p, &why), PVG_GPU_READY);
	assert_non_null(rig_draws(rig, p, 0));
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &image);
}

static void a_pipeline_says_what_it_uses(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_texture", RIG_RGBA8);
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	const struct pvg_gpu_pipeline_info *info = rig->r->ops->pipeline_info(rig->r, p);
	assert_int_equal(info->input_buffers, 1);
	assert_int_equal(info->stage[PVG_GPU_VERTEX].buffers, 0);
	assert_int_equal(info->stage[PVG_GPU_FRAGMENT].textures[0], 1);
	assert_int_equal(info->stage[PVG_GPU_FRAGMENT].samplers, 1);
	assert_int_equal(info->colors_read, 0);
	rig->r->ops->pipeline_destroy(rig->r, p);

	desc = rig_desc(rig, "v_numbers", "f_uniform", RIG_RGBA8);
	p = rig_pipeline(rig, &desc);
	info = rig->r->ops->pipeline_info(rig->r, p);
	assert_int_equal(info->stage[PVG_GPU_FRAGMENT].buffers, 1);
	assert_int_equal(info->stage[PVG_GPU_FRAGMENT].buffer_bytes[0], 16);
	rig->r->ops->pipeline_destroy(rig->r, p);

	p = rig_kernel(rig, "k_copy");
	info = rig->r->ops->pipeline_info(rig->r, p);
	assert_int_equal(info->stage[PVG_GPU_KERNEL].buffers, 3);
	assert_int_equal(info->stage[PVG_GPU_KERNEL].buffers_written, 2);
	assert_int_equal(info->stage[PVG_GPU_KERNEL].buffer_bytes[0], 0);
	assert_int_equal(info->execution_width, 32);
	assert_true(info->max_threads >= 256);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void expect_failure(struct rig *rig, const struct pvg_gpu_render_desc *desc,
	const char *reason) {
	const char *why = NULL;
	struct pvg_gpu_pipeline *p = rig->r->ops->render_pipeline_create(rig->r, desc);
	assert_non_null(p);
	assert_int_equal(rig_wait(rig, p, &why), PVG_GPU_FAILED);
	assert_non_null(why);
	if (strstr(why, reason) == NULL) {
		fail_msg("\"%s\" does not say \"%s\"", why, reason);
	}
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void what_cannot_be_built_says_why(void **state) {
	static const uint8_t garbage[64] = { 'B', 'C', 0xc0, 0xde, 1, 2, 3 };
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_numbers", "f_color", RIG_RGBA8);
	desc.vertex.library = garbage;
	desc.vertex.library_bytes = sizeof(garbage);
	expect_failure(rig, &desc, "air_bitcode_unreadable");

	desc = rig_desc(rig, "v_numbers", "f_color", RIG_RGBA8);
	desc.fragment.library_bytes = 40;
	expect_failure(rig, &desc, "container_");

	desc = rig_desc(rig, "not_there", "f_color", RIG_RGBA8);
	expect_failure(rig, &desc, "not_there");

	desc = rig_desc(rig, "f_color", "f_color", RIG_RGBA8);
	expect_failure(rig, &desc, "no vertex function");
}

/* Both functions are good and do not go together: the pipeline is, no program comes of it. */
static void what_does_not_link_says_why(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_numbers", "f_missing", RIG_RGBA8);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program;
	const char *why = NULL;
	struct pvg_gpu_use use = { .primitive = 3 };
	assert_int_equal(rig_prepare(rig, p, &use, &program, &why), PVG_GPU_FAILED);
	assert_non_null(strstr(why, "link_varying_missing"));
	rig->r->ops->pipeline_destroy(rig->r, p);

	desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA8); // and no vertex descriptor
	p = rig_pipeline(rig, &desc);
	assert_int_equal(rig_prepare(rig, p, &use, &program, &why), PVG_GPU_FAILED);
	assert_non_null(strstr(why, "attribute 0"));
	rig->r->ops->pipeline_destroy(rig->r, p);

	desc = rig_desc(rig, "v_point_int", "f_color", RIG_RGBA8);
	rig_two_attributes(&desc); // floats, read as integers
	p = rig_pipeline(rig, &desc);
	assert_int_equal(rig_prepare(rig, p, &use, &program, &why), PVG_GPU_FAILED);
	assert_non_null(strstr(why, "read as an integer"));
	rig->r->ops->pipeline_destroy(rig->r, p);
}

static void a_pipeline_may_go_before_it_is_built(void **state) {
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 8; i++) {
		struct pvg_gpu_render_desc desc = rig_desc(rig, "v_numbers", "f_two", RIG_RGBA32F);
		desc.colors[1] = desc.colors[0];
		desc.colors[1].format =
			i & 1 ? RIG_BGRA8 : RIG_RGBA8; // another translation each time
		struct pvg_gpu_pipeline *p = rig->r->ops->render_pipeline_create(rig->r, &desc);
		for (uint32_t k = 0; k < i; k++) {
			rig->r->ops->dispatch(rig->r);
		}
		rig->r->ops->pipeline_destroy(rig->r, p);
	}
	// What was on its way arrives at nobody.
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_numbers", "f_color", RIG_RGBA8);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	rig_draws(rig, p, 0);
	rig->r->ops->pipeline_destroy(rig->r, p);
}

/* A loop without end is ended by the guard: the list completes, and the next one draws. */
static void a_loop_without_end_ends(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_point", "f_forever", RIG_RGBA8);
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, 0);
	struct rig_image image = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	struct pvg_gpu_buffer *zeros = rig_buffer(rig, NULL, 256);
	rig_begin(rig, &image, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, zeros, 0);
	rig_bind(rig, PVG_GPU_FRAGMENT, 0, zeros, 0);
	rig_draw(rig, 0, 0, 1);
	rig_end(rig);
	rig_run(rig);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, zeros);
	rig_image_destroy(rig, &image);
}

/* A draw whose program, buffers and textures are not there draws nothing bad. */
static void nothing_bound_is_harmless(void **state) {
	struct rig *rig = *state;
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_texture", RIG_RGBA8);
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, 3);
	struct rig_image image = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	rig_begin(rig, &image, black);
	rig_draw(rig, 3, 0, 3);
	rig_use(rig, program);
	rig_draw(rig, 3, 0, 3);
	rig_end(rig);
	rig_read(rig, &image, texels, 4);
	assert_int_equal(texels[0][0], 0);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig_image_destroy(rig, &image);
}

/* ---- linked programs in files --------------------------------------------------------------- */

// One start: draws with one pipeline; how many programs were compiled and loaded.
static struct gles_builder_counts start(const char *folder) {
	struct rig *rig = rig_create_cached(folder);
	struct pvg_gpu_render_desc desc = rig_desc(rig, "v_color", "f_color", RIG_RGBA8);
	static const float v[3][8] = { { -1, 3, 0, 1, 0, 1, 0, 1 }, { -1, -1, 0, 1, 0, 1, 0, 1 },
		{ 3, -1, 0, 1, 0, 1, 0, 1 } };
	struct pvg_gpu_buffer *vertices = rig_buffer(rig, v, sizeof(v));
	struct rig_image image = rig_image(rig, RIG_RGBA8, RIG_SIDE, RIG_SIDE, 1);
	uint32_t texels[RIG_SIDE][RIG_SIDE];
	rig_two_attributes(&desc);
	struct pvg_gpu_pipeline *p = rig_pipeline(rig, &desc);
	struct pvg_gpu_program *program = rig_draws(rig, p, 3);
	rig_begin(rig, &image, black);
	rig_use(rig, program);
	rig_bind(rig, PVG_GPU_VERTEX, 0, vertices, 0);
	rig_draw(rig, 3, 0, 3);
	rig_end(rig);
	rig_read(rig, &image, texels, 4);
	assert_int_equal(texels[5][7], 0xff00ff00);
	struct gles_builder_counts counts =
		gles_builder_count(gles_renderer(rig->r)->pipelines->builder);
	rig->r->ops->pipeline_destroy(rig->r, p);
	rig->r->ops->buffer_destroy(rig->r, vertices);
	rig_image_destroy(rig, &image);
	rig_destroy(rig);
	return counts;
}

// Does something to each file of a folder; how many there were.
static unsigned int each_file(const char *folder, void (*change)(const char *path)) {
	DIR *dir = opendir(folder);
	unsigned int count = 0;
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		char path[512];
		if (e->d_type == DT_REG) {
			snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
			change(path);
			count++;
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	return count;
}

static void cut(const char *path) {
	assert_int_equal(truncate(path, 200), 0);
}

static void damage(const char *path) {
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "\xff\x00\xff", 3, 300), 3);
	close(fd);
}

static void replace_by_pipe(const char *path) {
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void no_change(const char *path) {
	assert_int_equal(access(path, R_OK), 0);
}

static void drop(const char *path) {
	unlink(path);
}

static void a_second_start_compiles_nothing(void **state) {
	static void (*const broken[])(const char *path) = { cut, damage, replace_by_pipe };
	char folder[] = "/tmp/pvg-programs-XXXXXX", programs[64];
	assert_non_null(mkdtemp(folder));
	snprintf(programs, sizeof(programs), "%s/programs", folder);
	struct gles_builder_counts counts = start(folder);
	assert_int_equal(counts.loaded, 0);
	assert_int_equal(counts.compiled, 1);
	if (each_file(programs, no_change) == 0) {
		print_message("this driver gives no binaries\n");
	} else {
		counts = start(folder);
		assert_int_equal(counts.loaded, 1);
		assert_int_equal(counts.compiled, 0);
		for (unsigned int i = 0; i < 3; i++) {
			assert_int_equal(each_file(programs, broken[i]), 1);
			counts = start(folder);
			assert_int_equal(counts.loaded, 0);
			assert_int_equal(counts.compiled, 1);
			counts = start(folder); // written anew
			assert_int_equal(counts.loaded, 1);
		}
	}
	each_file(programs, drop);
	rmdir(programs);
	each_file(folder, drop);
	assert_int_equal(rmdir(folder), 0);
}

// A folder that cannot be made costs time, nothing else.
static void without_a_folder_it_compiles(void **state) {
	struct gles_builder_counts counts = start("/proc/no-such-folder");
	assert_int_equal(counts.compiled, 1);
}

/* What every image needs has no fallback: such a host is refused, by that name. */
static void a_host_without_texture_views_is_refused(void **state) {
	(void)state;
	const struct pvg_gles_options options = {
		.without = "GL_OES_texture_view GL_EXT_texture_view",
	};
	char error[256] = "";
	assert_null(pvg_renderer_gles_create(&options, error, sizeof(error)));
	assert_non_null(strstr(error, "GL_EXT_texture_view"));
}

int main(void) {
	const struct CMUnitTest hosts[] = {
		cmocka_unit_test(a_host_without_texture_views_is_refused),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipeline_is_pending_until_it_is_built),
		cmocka_unit_test(a_pipeline_says_what_it_uses),
		cmocka_unit_test(what_cannot_be_built_says_why),
		cmocka_unit_test(what_does_not_link_says_why),
		cmocka_unit_test(a_pipeline_may_go_before_it_is_built),
		cmocka_unit_test(a_loop_without_end_ends),
		cmocka_unit_test(nothing_bound_is_harmless),
	};
	const struct CMUnitTest files[] = {
		cmocka_unit_test(a_second_start_compiles_nothing),
		cmocka_unit_test(without_a_folder_it_compiles),
	};
	// Before there is a renderer: this one takes the thread's context with it.
	int failed = cmocka_run_group_tests_name("hosts", hosts, NULL, NULL);
	return failed + cmocka_run_group_tests_name("pipeline", tests, rig_set_up, rig_tear_down) +
		cmocka_run_group_tests_name("files", files, NULL, NULL);
}
