// SPDX-License-Identifier: GPL-2.0-or-later
#include "micro.h"

#include <llvm-c/BitWriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airtext.h"
#include "micro-vk.h"
#include "render/shader/airc-gl.h"

/*
 * pvg-micro FILE.ll...: translates each case for both profiles, for vulkan also with numbers of 16
 * and 64 bits, and runs the GLES one. Those for vulkan are validated by the translator. Expected
 * values are in the cases (micro.h).
 *
 * pvg-micro --vulkan FILE.ll...: runs the cases that are kernels on buffers on a Vulkan device,
 * made of words and floats alone and with all widths that the device has. Others are skipped.
 */

struct counts {
	uint32_t passed, failed, skipped;
};

enum outcome {
	OUTCOME_FAILED,
	OUTCOME_PASSED,
	OUTCOME_SKIPPED,
};

static bool bitcode_of(const char *path, const char *text, uint8_t **data, size_t *size) {
	LLVMContextRef context = LLVMContextCreate();
	LLVMModuleRef module = airtext_parse(context, path, text, strlen(text));
	bool ok = module != NULL;
	if (ok) {
		LLVMSetTarget(module, ""); // no wrapper around the bitcode
		LLVMMemoryBufferRef buffer = LLVMWriteBitcodeToMemoryBuffer(module);
		*size = LLVMGetBufferSize(buffer);
		*data = malloc(*size);
		if (*data != NULL) {
			memcpy(*data, LLVMGetBufferStart(buffer), *size);
		}
		ok = *data != NULL;
		LLVMDisposeMemoryBuffer(buffer);
		LLVMDisposeModule(module);
	}
	LLVMContextDispose(context);
	return ok;
}

/* Was it refused as the case says, or translated when the case says nothing? */
static bool as_expected(const struct micro_case *c, uint32_t profile,
	const struct pvg_shader_status *status) {
	static const char *const names[] = { "gles", "vulkan" };
	if (status->reason == c->refuse[profile]) {
		return true;
	}
	printf("%s: %s: %s: %s, not %s\n", c->path, names[profile],
		pvg_shader_reason_name(status->reason), status->detail,
		pvg_shader_reason_name(c->refuse[profile]));
	return false;
}

/* Runs, by number: gles, vulkan, vulkan with numbers of all widths. */
#define NATIVE_RUN 2u

static enum outcome one_case(struct micro_case *c, const uint8_t *bitcode, size_t size) {
	bool ok = true, ran = true;
	for (uint32_t run = 0; run <= NATIVE_RUN; run++) {
		uint32_t profile = run == 0 ? PVG_PROFILE_GLES : PVG_PROFILE_VULKAN;
		struct pvg_shader_result result = { 0 };
		struct pvg_shader_status status = { 0 };
		struct pvg_shader_variant variant = c->variant;
		variant.profile = profile;
		if (profile == PVG_PROFILE_VULKAN) {
			variant.features |= PVG_FEATURE_SUBGROUPS | PVG_FEATURE_LAYER;
		}
		variant.features |= run == NATIVE_RUN ? PVG_FEATURE_NATIVE : 0;
		bool translated =
			pvg_shader_translate(bitcode, size, NULL, &variant, &result, &status);
		bool can_now = run == NATIVE_RUN && translated &&
			c->refuse[profile] == PVG_SHADER_ATOMIC64;
		ok = (can_now || as_expected(c, profile, &status)) && ok;
		if (ok && translated && profile == PVG_PROFILE_GLES) {
			const char *lacks = micro_lacks(&result);
			ran = lacks == NULL;
			if (ran) {
				ok = micro_run(c, &result);
			} else {
				printf("%s: not run: no %s here\n", c->path, lacks);
			}
		}
		pvg_shader_result_finish(&result);
	}
	return !ok ? OUTCOME_FAILED : ran ? OUTCOME_PASSED : OUTCOME_SKIPPED;
}

#ifdef PVG_HAVE_VULKAN
static enum outcome on_vulkan(struct micro_vk *vk, const struct micro_case *c,
	const uint8_t *bitcode, size_t size) {
	uint32_t had = 0, has = micro_vk_features(vk);
	for (uint32_t run = 0; run < 2; run++) {
		struct pvg_shader_result result = { 0 };
		struct pvg_shader_status status = { 0 };
		struct pvg_shader_variant variant = c->variant;
		variant.profile = PVG_PROFILE_VULKAN;
		variant.features |= PVG_FEATURE_LAYER |
			(has & (PVG_FEATURE_SUBGROUPS | (run ? PVG_FEATURE_NATIVE : 0u)));
		if (!pvg_shader_translate(bitcode, size, NULL, &variant, &result, &status)) {
			if (c->refuse[PVG_PROFILE_VULKAN] == PVG_SHADER_OK) {
				printf("%s: vulkan: %s\n", c->path, status.detail);
				return OUTCOME_FAILED;
			}
			continue;
		}
		bool can = micro_vk_can(&result);
		bool ok = !can || micro_vk_run(vk, c, &result);
		pvg_shader_result_finish(&result);
		if (!ok) {
			printf("%s: vulkan, %s\n", c->path, run ? "all widths" : "words only");
			return OUTCOME_FAILED;
		}
		had += can;
	}
	return had > 0 ? OUTCOME_PASSED : OUTCOME_SKIPPED;
}
#endif

static enum outcome run_case(struct micro_vk *vk, struct micro_case *c, const uint8_t *bitcode,
	size_t size) {
#ifdef PVG_HAVE_VULKAN
	if (vk != NULL) {
		return on_vulkan(vk, c, bitcode, size);
	}
#endif
	return one_case(c, bitcode, size);
}

static void one_file(struct micro_vk *vk, const char *path, struct counts *counts) {
	struct micro_case *c = calloc(1, sizeof(*c));
	uint8_t *bitcode = NULL;
	size_t size;
	char *text = airtext_read(path, &size);
	bool read = c != NULL && text != NULL && micro_parse(c, path, text) &&
		bitcode_of(path, text, &bitcode, &size);
	switch (read ? run_case(vk, c, bitcode, size) : OUTCOME_FAILED) {
	case OUTCOME_PASSED:
		counts->passed++;
		break;
	case OUTCOME_SKIPPED:
		counts->skipped++;
		break;
	case OUTCOME_FAILED:
		printf("%s: FAILED\n", path);
		counts->failed++;
		break;
	}
	if (c != NULL) {
		micro_free(c);
	}
	free(c);
	free(bitcode);
	free(text);
}

static int run_vulkan(int argc, char **argv, struct counts *counts) {
#ifdef PVG_HAVE_VULKAN
	char why[320];
	struct micro_vk *vk = micro_vk_create(why, sizeof(why));
	if (vk == NULL) {
		printf("skipped: %s\n", why);
		return 77;
	}
	uint32_t has = micro_vk_features(vk);
	printf("%s: subgroups of 32: %s; widths: 0x%x of 0x%x\n", micro_vk_name(vk),
		has & PVG_FEATURE_SUBGROUPS ? "yes" : "no", has & PVG_FEATURE_NATIVE,
		PVG_FEATURE_NATIVE);
	for (int i = 0; i < argc; i++) {
		one_file(vk, argv[i], counts);
	}
	micro_vk_destroy(vk);
	printf("%u passed, %u failed, %u skipped\n", counts->passed, counts->failed,
		counts->skipped);
	return counts->failed > 0 || counts->passed == 0 ? 1 : 0;
#else
	printf("skipped: built without Vulkan\n");
	return 77;
#endif
}

int main(int argc, char **argv) {
	struct airc_gl gl;
	struct counts counts = { 0 };
	char why[128];
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2) {
		fputs("usage: pvg-micro [--vulkan] FILE.ll...\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "--vulkan") == 0) {
		return run_vulkan(argc - 2, argv + 2, &counts);
	}
	if (!airc_gl_init(&gl, why, sizeof(why))) {
		printf("skipped: %s\n", why);
		return 77;
	}
	for (int i = 1; i < argc; i++) {
		one_file(NULL, argv[i], &counts);
	}
	airc_gl_finish(&gl);
	printf("%u passed, %u failed, %u skipped\n", counts.passed, counts.failed, counts.skipped);
	return counts.failed > 0 || counts.passed == 0 ? 1 : 0;
}
