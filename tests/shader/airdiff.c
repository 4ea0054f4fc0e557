// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <EGL/egl.h>
#include <GLES3/gl32.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "render/shader/airc-gl.h"
#include "render/shader/float.h"
#include "render/shader/mtlb.h"
#include "render/shader/translate.h"

/* pvg-airdiff [--every N | --function NAME] FILE...: kernels on the CPU and on GLES compute,
 * results compared. */

static struct diff_run *run; // shared with the child
static const char *only; // the one function to run, or NULL

struct counts {
	uint32_t agree, disagree, not_tried;
};

/*
 * How far floats may be apart. Metal's fast functions are a few ULP of the largest intermediate,
 * and sums are taken in another order on both sides: what is left after cancellation has an error
 * in proportion to the typical result.
 */
static bool close_enough(double a, double b, double relative, double scale) {
	if (isnan(a) || isnan(b)) {
		return isnan(a) && isnan(b);
	}
	if (isinf(a) || isinf(b)) {
		// One step over the largest number on one side only.
		return (isinf(a) && isinf(b) && (a > 0) == (b > 0)) || fabs(isinf(a) ? b : a) > 6e4;
	}
	double larger = fmax(fabs(a), fabs(b));
	return fabs(a - b) <= relative * larger + 5e-4 * scale + 1e-6;
}

/* Mean magnitude of the floats that were written: what an error of cancellation is relative to. */
static double typical(uint32_t b) {
	double sum = 0;
	uint32_t n = 0;
	for (uint32_t i = 0; i + 4 <= DIFF_BUFFER_BYTES; i += 4) {
		float f;
		memcpy(&f, run->output[b] + i, 4);
		if (run->kinds[b][i] == DIFF_F32 && isfinite(f) && fabsf(f) < 1e6f) {
			sum += fabs((double)f);
			n++;
		}
	}
	return n > 0 ? sum / n : 0;
}

static bool same_at(uint32_t b, uint32_t i, const uint8_t *gpu, double scale, uint32_t *step) {
	const uint8_t *cpu = run->output[b] + i;
	uint8_t kind = run->kinds[b][i];
	if (kind == DIFF_F32 && i % 4 == 0) {
		float x, y;
		memcpy(&x, cpu, 4);
		memcpy(&y, gpu + i, 4);
		*step = 4;
		return close_enough(x, y, 1e-3, scale);
	}
	if ((kind == DIFF_F16 || kind == DIFF_BF16) && i % 2 == 0) {
		uint16_t x, y;
		memcpy(&x, cpu, 2);
		memcpy(&y, gpu + i, 2);
		*step = 2;
		if (kind == DIFF_F16) {
			return close_enough(pvg_half_to_float(x), pvg_half_to_float(y), 4e-3,
				scale);
		}
		return close_enough(pvg_bits_float((uint32_t)x << 16),
			pvg_bits_float((uint32_t)y << 16), 2e-2, scale);
	}
	*step = 1;
	return *cpu == gpu[i];
}

static bool compare(uint32_t b, const uint8_t *gpu, char *why, size_t why_bytes) {
	uint32_t step;
	double scale = typical(b);
	for (uint32_t i = 0; i < DIFF_BUFFER_BYTES; i += step) {
		if (!same_at(b, i, gpu, scale, &step)) {
			uint32_t x, y;
			memcpy(&x, run->output[b] + (i & ~3u), 4);
			memcpy(&y, gpu + (i & ~3u), 4);
			snprintf(why, why_bytes,
				"buffer %u byte %u kind %u: cpu %08x %g gpu %08x %g", b, i,
				run->kinds[b][i], x, (double)pvg_bits_float(x), y,
				(double)pvg_bits_float(y));
			return false;
		}
	}
	return true;
}

static bool run_gpu(const struct pvg_shader_result *r, char *why, size_t why_bytes) {
	GLuint shader = glCreateShader(GL_COMPUTE_SHADER), program = glCreateProgram();
	const char *text = r->glsl;
	GLint ok = GL_FALSE;
	glShaderSource(shader, 1, &text, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &ok);
	glDeleteShader(shader);
	if (!ok) {
		snprintf(why, why_bytes, "does not link");
		glDeleteProgram(program);
		return false;
	}
	glUseProgram(program);
	GLuint buffers[DIFF_MAX_BUFFERS + 1] = {0};
	glGenBuffers(DIFF_MAX_BUFFERS + 1, buffers);
	if (r->reflection.flags & PVG_REFLECT_PARAMS) {
		uint32_t params[PVG_PARAMS_COUNT][4] = {{0}};
		params[PVG_PARAMS_GRID][0] = DIFF_GROUPS * DIFF_THREADS_X;
		params[PVG_PARAMS_GRID][1] = DIFF_THREADS_Y;
		params[PVG_PARAMS_GRID][2] = 1;
		glBindBuffer(GL_UNIFORM_BUFFER, buffers[DIFF_MAX_BUFFERS]);
		glBufferData(GL_UNIFORM_BUFFER, sizeof(params), params, GL_STATIC_DRAW);
		glBindBufferBase(GL_UNIFORM_BUFFER, r->reflection.params_binding,
			buffers[DIFF_MAX_BUFFERS]);
	}
	for (uint32_t i = 0; i < r->reflection.slot_count; i++) {
		const struct pvg_reflection_slot *s = &r->reflection.slots[i];
		if (s->kind == PVG_SLOT_BUFFER) {
			glBindBuffer(GL_SHADER_STORAGE_BUFFER, buffers[s->metal_index]);
			glBufferData(GL_SHADER_STORAGE_BUFFER, DIFF_BUFFER_BYTES,
				run->input[s->metal_index], GL_DYNAMIC_COPY);
			glBindBufferBase(GL_SHADER_STORAGE_BUFFER, s->binding,
				buffers[s->metal_index]);
		}
	}
	glDispatchCompute(DIFF_GROUPS, 1, 1);
	glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT | GL_SHADER_STORAGE_BARRIER_BIT);
	glFinish();
	bool same = true;
	for (uint32_t i = 0; same && i < r->reflection.slot_count; i++) {
		const struct pvg_reflection_slot *s = &r->reflection.slots[i];
		if (s->kind != PVG_SLOT_BUFFER || !(s->access & PVG_SLOT_WRITE)) {
			continue;
		}
		glBindBuffer(GL_SHADER_STORAGE_BUFFER, buffers[s->metal_index]);
		const uint8_t *gpu = glMapBufferRange(GL_SHADER_STORAGE_BUFFER, 0,
			DIFF_BUFFER_BYTES, GL_MAP_READ_BIT);
		same = gpu != NULL && compare(s->metal_index, gpu, why, why_bytes);
		glUnmapBuffer(GL_SHADER_STORAGE_BUFFER);
	}
	glDeleteBuffers(DIFF_MAX_BUFFERS + 1, buffers);
	glDeleteProgram(program);
	return same;
}

/* In a child: wild pointers and endless loops of random inputs end there. */
static bool run_cpu(const uint8_t *bitcode, size_t size, const char *name, bool reversed) {
	memset(run, 0, sizeof(*run));
	run->reversed = reversed;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(10);
		diff_cpu_run(run, bitcode, size, name);
		_exit(0);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	if (!run->done && run->why[0] == '\0') {
		snprintf(run->why, sizeof(run->why), "%s",
			WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM
				? "runs too long with these inputs"
				: "leaves its buffers with these inputs");
	}
	return run->done;
}

/* Results that depend on the order of threads or on what nobody wrote cannot be compared. */
static bool is_determined(const uint8_t *bitcode, size_t size, const char *name) {
	uint8_t *first = malloc(sizeof(run->output));
	if (first == NULL) {
		return false;
	}
	memcpy(first, run->output, sizeof(run->output));
	bool same = run_cpu(bitcode, size, name, true) &&
		memcmp(first, run->output, sizeof(run->output)) == 0;
	free(first);
	return same;
}

static uint32_t written(void) {
	uint32_t n = 0;
	for (uint32_t b = 0; b < DIFF_MAX_BUFFERS; b++) {
		for (uint32_t i = 0; run->used[b] && i < DIFF_BUFFER_BYTES; i++) {
			n += run->kinds[b][i] != DIFF_UNTOUCHED;
		}
	}
	return n;
}

static void one_kernel(const char *file, const char *name, const uint8_t *bitcode, size_t size,
		struct counts *c) {
	struct pvg_shader_variant variant = {
		.profile = PVG_PROFILE_GLES, .local_size = {DIFF_THREADS_X, DIFF_THREADS_Y, 1},
	};
	for (uint32_t i = 0; i < 31; i++) {
		variant.threadgroup_bytes[i] = DIFF_TG_BYTES;
	}
	struct pvg_shader_result result;
	struct pvg_shader_status status = {0};
	char why[200] = "";
	if (!pvg_shader_translate(bitcode, size, name, &variant, &result, &status)) {
		printf("%s %s: not tried: %s\n", file, name, pvg_shader_reason_name(status.reason));
		c->not_tried++;
		return;
	}
	if (!run_cpu(bitcode, size, name, false)) {
		printf("%s %s: not tried: %s\n", file, name, run->why);
		c->not_tried++;
	} else if (written() == 0) {
		printf("%s %s: not tried: writes nothing with these inputs\n", file, name);
		c->not_tried++;
	} else {
		uint32_t bytes = written();
		if (run_gpu(&result, why, sizeof(why))) {
			printf("%s %s: agrees, %u bytes\n", file, name, bytes);
			c->agree++;
		} else if (!is_determined(bitcode, size, name)) {
			printf("%s %s: not tried: depends on the order of threads with this group size\n", file,
				name);
			c->not_tried++;
		} else {
			printf("%s %s: DISAGREES: %s\n", file, name, why);
			c->disagree++;
		}
	}
	pvg_shader_result_finish(&result);
}

static void one_file(const char *path, uint32_t every, uint32_t *index, struct counts *c) {
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(PVG_MTLB_MAX_BYTES);
	size_t size = f != NULL && data != NULL ? fread(data, 1, PVG_MTLB_MAX_BYTES, f) : 0;
	if (f != NULL) {
		fclose(f);
	}
	struct pvg_mtlb lib;
	struct pvg_shader_status status = {0};
	const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	if (pvg_mtlb_parse(&lib, data, size, &status)) {
		for (size_t i = 0; i < lib.function_count; i++) {
			const struct pvg_mtlb_function *fn = &lib.functions[i];
			bool wanted = only == NULL || strcmp(only, fn->name) == 0;
			if (fn->type == PVG_MTLB_KERNEL && wanted && (*index)++ % every == 0) {
				one_kernel(base, fn->name, data + fn->bitcode_offset_bytes,
					fn->bitcode_size_bytes, c);
			}
		}
	}
	pvg_mtlb_finish(&lib);
	free(data);
}

int main(int argc, char **argv) {
	uint32_t every = 1, index = 0;
	int first = 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 2 && strcmp(argv[1], "--every") == 0) {
		every = (uint32_t)strtoul(argv[2], NULL, 0);
		first = 3;
	}
	if (argc > 2 && strcmp(argv[1], "--function") == 0) {
		only = argv[2];
		first = 3;
	}
	if (first >= argc || every == 0) {
		fputs("usage: pvg-airdiff [--every N | --function NAME] FILE...\n", stderr);
		return 2;
	}
	struct airc_gl gl;
	char why[128];
	if (!airc_gl_init(&gl, why, sizeof(why))) {
		printf("skipped: %s\n", why);
		return 77;
	}
	run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	struct counts c = {0};
	for (int i = first; i < argc; i++) {
		one_file(argv[i], every, &index, &c);
	}
	airc_gl_finish(&gl);
	printf("%u not tried\n%u passed, %u failed\n", c.not_tried, c.agree, c.disagree);
	return c.disagree > 0 || c.agree == 0 ? 1 : 0;
}
