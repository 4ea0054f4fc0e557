// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz-gpu.h"

#include <poll.h>
#include <string.h>

#define PIPELINES_KEPT 256u
#define WAIT_MS 1000

struct kept { // a pipeline of the renderer, for all inputs that describe the same one
	struct pvg_gpu_pipeline *inner; // owned; NULL: a free place
	uint64_t hash, used;            // used: when last, for eviction
	unsigned int users;
};

struct pvg_gpu_pipeline { // what the device holds
	struct kept *kept;              // NULL: did not fit, .inner is this one's own
	struct pvg_gpu_pipeline *inner;
	bool built, failed;
};

struct fuzz_gpu {
	struct pvg_renderer base;
	struct pvg_renderer *inner; // owned for good
	bool hold, delay, fail, lost;
	uint64_t submitted, released;
	uint64_t inner_submitted; // what was not lost
	uint64_t buffers, images, views, samplers, pipelines; // alive
	struct kept kept[PIPELINES_KEPT];
	uint64_t clock;
	bool building; // fuzz_gpu_build was called: what is pending is built
};

static struct fuzz_gpu *gpu_of(const struct pvg_renderer *renderer) {
	return (struct fuzz_gpu *)(uintptr_t)renderer;
}

static void wait_inner(struct fuzz_gpu *gpu) {
	struct pollfd fd = { .fd = gpu->inner->ops->fd(gpu->inner), .events = POLLIN };
	(void)poll(&fd, 1, WAIT_MS);
	gpu->inner->ops->dispatch(gpu->inner);
}

/* ---- handles: passed on and counted ---------------------------------------------------------- */

#define COUNT(what, made) ((made) != NULL ? (gpu->what++, (made)) : NULL)

static uint32_t format_caps(struct pvg_renderer *renderer, uint16_t format) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	return gpu->inner->ops->format_caps(gpu->inner, format);
}

static struct pvg_gpu_buffer *buffer_create(struct pvg_renderer *renderer, uint64_t size_bytes,
	uint32_t usage) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	struct pvg_gpu_buffer *buffer = gpu->lost
		? NULL
		: gpu->inner->ops->buffer_create(gpu->inner, size_bytes, usage);
	return COUNT(buffers, buffer);
}

static void buffer_destroy(struct pvg_renderer *renderer, struct pvg_gpu_buffer *buffer) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	gpu->buffers -= buffer != NULL;
	gpu->inner->ops->buffer_destroy(gpu->inner, buffer);
}

static struct pvg_gpu_image *image_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	struct pvg_gpu_image *image =
		gpu->lost ? NULL : gpu->inner->ops->image_create(gpu->inner, desc);
	return COUNT(images, image);
}

static struct pvg_gpu_image *image_import(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc, const struct pvg_gpu_dmabuf *dmabuf) {
	return NULL; // nobody here has a descriptor to give
}

static void image_destroy(struct pvg_renderer *renderer, struct pvg_gpu_image *image) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	gpu->images -= image != NULL;
	gpu->inner->ops->image_destroy(gpu->inner, image);
}

static uint64_t image_bytes(struct pvg_renderer *renderer, const struct pvg_gpu_image *image) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	return gpu->inner->ops->image_bytes(gpu->inner, image);
}

static struct pvg_gpu_view *view_create(struct pvg_renderer *renderer, struct pvg_gpu_image *image,
	const struct pvg_gpu_view_desc *desc) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	struct pvg_gpu_view *view =
		gpu->lost ? NULL : gpu->inner->ops->view_create(gpu->inner, image, desc);
	return COUNT(views, view);
}

static void view_destroy(struct pvg_renderer *renderer, struct pvg_gpu_view *view) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	gpu->views -= view != NULL;
	gpu->inner->ops->view_destroy(gpu->inner, view);
}

static struct pvg_gpu_sampler *sampler_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_sampler_desc *desc) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	struct pvg_gpu_sampler *sampler =
		gpu->lost ? NULL : gpu->inner->ops->sampler_create(gpu->inner, desc);
	return COUNT(samplers, sampler);
}

static void sampler_destroy(struct pvg_renderer *renderer, struct pvg_gpu_sampler *sampler) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	gpu->samplers -= sampler != NULL;
	gpu->inner->ops->sampler_destroy(gpu->inner, sampler);
}

/* ---- pipelines: kept from input to input ----------------------------------------------------- */

static uint64_t hash(uint64_t h, const void *bytes, size_t size) {
	const uint8_t *at = bytes;
	for (size_t i = 0; i < size; i++) {
		h = (h ^ at[i]) * UINT64_C(0x100000001b3);
	}
	return h;
}

static uint64_t hash_function(uint64_t h, const struct pvg_gpu_function *function) {
	h = hash(h, &function->library_bytes, sizeof(function->library_bytes));
	h = function->library != NULL ? hash(h, function->library, function->library_bytes) : h;
	return function->name != NULL ? hash(h, function->name, strlen(function->name) + 1) : h;
}

static struct kept *find_kept(struct fuzz_gpu *gpu, uint64_t h) {
	struct kept *place = NULL;
	for (unsigned int i = 0; i < PIPELINES_KEPT; i++) {
		struct kept *kept = &gpu->kept[i];
		if (kept->inner != NULL && kept->hash == h) {
			return kept;
		}
		if (kept->users == 0 && (place == NULL || kept->used < place->used)) {
			place = kept;
		}
	}
	if (place != NULL && place->inner != NULL) {
		gpu->inner->ops->pipeline_destroy(gpu->inner, place->inner);
		place->inner = NULL;
	}
	return place;
}

static struct pvg_gpu_pipeline *pipeline_create(struct fuzz_gpu *gpu,
	const struct pvg_gpu_render_desc *render, const struct pvg_gpu_compute_desc *compute) {
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	if (gpu->lost) {
		return NULL;
	}
	if (render != NULL) {
		struct pvg_gpu_render_desc plain;
		memcpy(&plain, render, sizeof(plain)); // with what is between the members
		memset(&plain.vertex, 0, sizeof(plain.vertex));
		memset(&plain.fragment, 0, sizeof(plain.fragment));
		h = hash(h, &plain, sizeof(plain));
		h = hash_function(hash_function(h, &render->vertex), &render->fragment);
	} else {
		struct pvg_gpu_compute_desc plain;
		memcpy(&plain, compute, sizeof(plain));
		memset(&plain.kernel, 0, sizeof(plain.kernel));
		h = hash_function(hash(h, &plain, sizeof(plain)), &compute->kernel);
	}
	struct pvg_gpu_pipeline *pipeline = calloc(1, sizeof(*pipeline));
	FUZZ_CHECK(pipeline != NULL);
	pipeline->built = !gpu->delay;
	pipeline->failed = gpu->fail;
	pipeline->kept = find_kept(gpu, h);
	pipeline->inner = pipeline->kept != NULL ? pipeline->kept->inner : NULL;
	if (pipeline->inner == NULL) {
		pipeline->inner = render != NULL
			? gpu->inner->ops->render_pipeline_create(gpu->inner, render)
			: gpu->inner->ops->compute_pipeline_create(gpu->inner, compute);
	}
	if (pipeline->inner == NULL) {
		free(pipeline);
		return NULL;
	}
	if (pipeline->kept != NULL) {
		*pipeline->kept = (struct kept){ pipeline->inner, h, ++gpu->clock,
			pipeline->kept->users + 1 };
	}
	gpu->pipelines++;
	return pipeline;
}

static struct pvg_gpu_pipeline *render_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_render_desc *desc) {
	return pipeline_create(gpu_of(renderer), desc, NULL);
}

static struct pvg_gpu_pipeline *compute_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_compute_desc *desc) {
	return pipeline_create(gpu_of(renderer), NULL, desc);
}

static void pipeline_destroy(struct pvg_renderer *renderer, struct pvg_gpu_pipeline *pipeline) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	if (pipeline == NULL) {
		return;
	}
	gpu->pipelines--;
	if (pipeline->kept != NULL) {
		pipeline->kept->users--;
	} else {
		gpu->inner->ops->pipeline_destroy(gpu->inner, pipeline->inner);
	}
	free(pipeline);
}

static enum pvg_gpu_status made_up_status(const struct fuzz_gpu *gpu,
	struct pvg_gpu_pipeline *pipeline, const char **why) {
	if (!pipeline->built && !gpu->building && gpu->delay) {
		return PVG_GPU_PENDING;
	}
	pipeline->built = true;
	*why = pipeline->failed ? "the input wants it so" : NULL;
	return pipeline->failed ? PVG_GPU_FAILED : PVG_GPU_READY;
}

static enum pvg_gpu_status pipeline_status(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const char **why) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	enum pvg_gpu_status status = made_up_status(gpu, pipeline, why);
	while (status == PVG_GPU_READY &&
		(status = gpu->inner->ops->pipeline_status(gpu->inner, pipeline->inner, why)) ==
			PVG_GPU_PENDING) {
		wait_inner(gpu);
		status = PVG_GPU_READY;
	}
	return status;
}

static const struct pvg_gpu_pipeline_info *pipeline_info(struct pvg_renderer *renderer,
	const struct pvg_gpu_pipeline *pipeline) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	return gpu->inner->ops->pipeline_info(gpu->inner, pipeline->inner);
}

static enum pvg_gpu_status pipeline_prepare(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const struct pvg_gpu_use *use,
	struct pvg_gpu_program **program, const char **why) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	enum pvg_gpu_status status = made_up_status(gpu, pipeline, why);
	while (status == PVG_GPU_READY &&
		(status = gpu->inner->ops->pipeline_prepare(gpu->inner, pipeline->inner, use,
			 program, why)) == PVG_GPU_PENDING) {
		wait_inner(gpu);
		status = PVG_GPU_READY;
	}
	return status;
}

/* ---- lists ----------------------------------------------------------------------------------- */

#ifdef FUZZ_GLES
#include <GLES3/gl32.h>

// Whatever the guest says, GL is told nothing that it has to refuse but for want of memory.
static void check_errors(void) {
	for (GLenum error; (error = glGetError()) != GL_NO_ERROR;) {
		if (error != GL_OUT_OF_MEMORY) {
			fprintf(stderr, "GL error 0x%x\n", error);
			abort();
		}
	}
}
#else
static void check_errors(void) {
}
#endif

static void submit(struct pvg_renderer *renderer, const struct pvg_gpu_list *list,
	uint64_t serial) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	FUZZ_CHECK(serial > gpu->submitted);
	gpu->submitted = serial;
	if (gpu->lost) {
		return;
	}
	gpu->inner->ops->submit(gpu->inner, list, serial);
	gpu->inner_submitted = serial;
	check_errors();
	if (!gpu->hold) {
		gpu->released = serial;
	}
}

static uint64_t completed(struct pvg_renderer *renderer) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	if (gpu->lost) {
		return gpu->submitted;
	}
	while (gpu->inner->ops->completed(gpu->inner) < gpu->inner_submitted) {
		FUZZ_CHECK(!gpu->inner->ops->is_lost(gpu->inner));
		wait_inner(gpu);
	}
	return gpu->released;
}

static bool is_lost(struct pvg_renderer *renderer) {
	return gpu_of(renderer)->lost;
}

static bool restore(struct pvg_renderer *renderer) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	FUZZ_CHECK(gpu->buffers + gpu->images + gpu->views + gpu->samplers + gpu->pipelines == 0);
	gpu->lost = false;
	gpu->released = gpu->submitted;
	return true;
}

static int fd(struct pvg_renderer *renderer) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	return gpu->inner->ops->fd(gpu->inner);
}

static void dispatch(struct pvg_renderer *renderer) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	gpu->inner->ops->dispatch(gpu->inner);
}

static void destroy(struct pvg_renderer *renderer) {
	abort(); // lives as long as the process
}

static const struct pvg_renderer_ops ops = {
	.destroy = destroy,
	.format_caps = format_caps,
	.buffer_create = buffer_create,
	.buffer_destroy = buffer_destroy,
	.image_create = image_create,
	.image_import = image_import,
	.image_destroy = image_destroy,
	.image_bytes = image_bytes,
	.view_create = view_create,
	.view_destroy = view_destroy,
	.sampler_create = sampler_create,
	.sampler_destroy = sampler_destroy,
	.render_pipeline_create = render_pipeline_create,
	.compute_pipeline_create = compute_pipeline_create,
	.pipeline_destroy = pipeline_destroy,
	.pipeline_status = pipeline_status,
	.pipeline_info = pipeline_info,
	.pipeline_prepare = pipeline_prepare,
	.submit = submit,
	.completed = completed,
	.is_lost = is_lost,
	.restore = restore,
	.fd = fd,
	.dispatch = dispatch,
};

/* ---- life ------------------------------------------------------------------------------------ */

#ifdef FUZZ_GLES
#include "render/shader/client.h"

static struct pvg_renderer *create_inner(const struct pvg_null_hooks *hooks) {
	char error[256], worker[4096];
	const struct pvg_gles_options options = {
		.shader_worker = worker,
		.shader_cache_folder = getenv("FUZZ_SHADER_CACHE"),
		.without = getenv("FUZZ_WITHOUT"),
	};
	struct pvg_renderer *inner = NULL;
	if (!pvg_shader_find_worker(worker, sizeof(worker))) {
		snprintf(error, sizeof(error), "no shader worker (PVG_SHADERD)");
	} else {
		inner = pvg_renderer_gles_create(&options, error, sizeof(error));
	}
	if (inner == NULL) {
		printf("SKIP: no GLES renderer: %s\n", error);
		fflush(stdout);
		_Exit(77); // as meson knows it; nothing was tried
	}
	return inner;
}

// What drivers keep until the end of the process is not ours to free.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
	return "leak:libgallium\nleak:libEGL\nleak:libLLVM\nleak:libGLdispatch\n";
}
#else
static struct pvg_renderer *create_inner(const struct pvg_null_hooks *hooks) {
	struct pvg_renderer *inner = pvg_null_create(hooks);
	FUZZ_CHECK(inner != NULL);
	return inner;
}
#endif

struct pvg_renderer *fuzz_gpu_get(void (*use)(void *data, const struct pvg_gpu_render_desc *render,
	const struct pvg_gpu_compute_desc *compute, struct pvg_gpu_pipeline_info *info)) {
	static struct fuzz_gpu *gpu;
	if (gpu == NULL) {
		const struct pvg_null_hooks hooks = { .use = use };
		gpu = calloc(1, sizeof(*gpu));
		FUZZ_CHECK(gpu != NULL);
		gpu->inner = create_inner(&hooks);
		gpu->base.ops = &ops;
	}
	gpu->base.caps = gpu->inner->caps;
	gpu->hold = gpu->delay = gpu->fail = gpu->lost = gpu->building = false;
	gpu->submitted = gpu->released = gpu->base.serial;
	return &gpu->base;
}

void fuzz_gpu_hold(struct pvg_renderer *renderer, bool hold) {
	gpu_of(renderer)->hold = hold;
}

void fuzz_gpu_complete(struct pvg_renderer *renderer) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	gpu->released = gpu->submitted;
}

void fuzz_gpu_delay(struct pvg_renderer *renderer, bool delay, bool fail) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	gpu->delay = delay;
	gpu->fail = fail;
	gpu->building = false;
}

void fuzz_gpu_build(struct pvg_renderer *renderer) {
	gpu_of(renderer)->building = true;
}

void fuzz_gpu_lose(struct pvg_renderer *renderer) {
	gpu_of(renderer)->lost = true;
}

void fuzz_gpu_check(struct pvg_renderer *renderer) {
	struct fuzz_gpu *gpu = gpu_of(renderer);
	FUZZ_CHECK(gpu->buffers + gpu->images + gpu->views + gpu->samplers + gpu->pipelines == 0);
	check_errors();
#ifndef FUZZ_GLES
	const struct pvg_null_stats *stats = pvg_null_stats(gpu->inner);
	if (stats->errors != 0) {
		fprintf(stderr, "%s\n", stats->first_error);
	}
	FUZZ_CHECK(stats->errors == 0);
	FUZZ_CHECK(stats->buffers + stats->images + stats->views + stats->samplers == 0);
#endif
}

void fuzz_gpu_close(struct pvg_renderer *renderer, struct fuzz_machine *machine) {
	fuzz_gpu_build(renderer);
	fuzz_gpu_hold(renderer, false);
	fuzz_gpu_delay(renderer, false, false);
	for (unsigned int i = 0; i < 8; i++) {
		fuzz_gpu_complete(renderer);
		fuzz_machine_pass(machine, 120000000);
	}
	FUZZ_CHECK(pvg_drv_flush(&machine->drv, PVG_DRV_EXEC));
	fuzz_machine_check_good_guest(machine);
	fuzz_machine_destroy(machine);
	fuzz_gpu_check(renderer);
}
