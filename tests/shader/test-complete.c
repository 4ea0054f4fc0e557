// SPDX-License-Identifier: GPL-2.0-or-later
// cmocka wants these four before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <llvm-c/BitWriter.h>
#include <spirv/unified1/spirv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airtext.h"
#include "render/shader/airc-check.h"

/*
 * pvg-airc --check says ok only for what is complete. Here things are taken out of good
 * translations one by one, and it has to say which.
 */

static const char *folder; // borrowed from argv

struct job {
	uint8_t *bitcode; // owned
	size_t size;
	struct pvg_shader_variant variant;
	struct pvg_shader_result result;
};

static void begin(struct job *j, const char *name, uint32_t profile) {
	char path[4096];
	size_t size;
	*j = (struct job){ .variant = { .profile = profile, .local_size = { 64, 1, 1 } } };
	snprintf(path, sizeof(path), "%s/%s.ll", folder, name);
	char *text = airtext_read(path, &size);
	assert_non_null(text);
	LLVMContextRef context = LLVMContextCreate();
	LLVMModuleRef module = airtext_parse(context, path, text, size);
	assert_non_null(module);
	LLVMSetTarget(module, "");
	LLVMMemoryBufferRef buffer = LLVMWriteBitcodeToMemoryBuffer(module);
	j->size = LLVMGetBufferSize(buffer);
	j->bitcode = malloc(j->size);
	assert_non_null(j->bitcode);
	memcpy(j->bitcode, LLVMGetBufferStart(buffer), j->size);
	LLVMDisposeMemoryBuffer(buffer);
	LLVMDisposeModule(module);
	LLVMContextDispose(context);
	free(text);
	struct pvg_shader_status status = { 0 };
	assert_true(pvg_shader_translate(j->bitcode, j->size, NULL, &j->variant, &j->result,
		&status));
}

static void end(struct job *j) {
	pvg_shader_result_finish(&j->result);
	free(j->bitcode);
}

/* NULL: complete; else what is said to be missing. */
static const char *judge(const struct job *j) {
	static char why[256];
	why[0] = '\0';
	return airc_check_module(j->bitcode, j->size, NULL, &j->variant, &j->result, why,
		       sizeof(why))
		? NULL
		: why;
}

static void assert_missing(const struct job *j, const char *what) {
	const char *why = judge(j);
	if (why == NULL || strstr(why, what) == NULL) {
		fail_msg("expected \"%s\", got \"%s\"", what, why != NULL ? why : "complete");
	}
}

/* The variable that a pointer points into, 0 when there is none. */
static uint32_t variable_of(const struct job *j, uint32_t pointer) {
	const uint32_t *words = j->result.spirv;
	for (size_t at = 5; at < j->result.spirv_words; at += words[at] >> 16) {
		uint32_t op = words[at] & 0xffff;
		if (op == SpvOpVariable && words[at + 2] == pointer) {
			return pointer;
		}
		if (op == SpvOpAccessChain && words[at + 2] == pointer) {
			return variable_of(j, words[at + 3]);
		}
	}
	return 0;
}

static bool points_into(const struct job *j, uint32_t pointer, uint32_t storage) {
	const uint32_t *words = j->result.spirv;
	uint32_t variable = variable_of(j, pointer);
	for (size_t at = 5; at < j->result.spirv_words; at += words[at] >> 16) {
		if ((words[at] & 0xffff) == SpvOpVariable && words[at + 2] == variable) {
			return words[at + 3] == storage;
		}
	}
	return false;
}

/* Turns the n-th instruction of that kind into nothing; storage is that of a store's target. */
static void remove_op(struct job *j, uint32_t op, uint32_t storage, uint32_t n) {
	uint32_t *words = j->result.spirv;
	for (size_t at = 5; at < j->result.spirv_words; at += words[at] >> 16) {
		uint32_t length = words[at] >> 16;
		if ((words[at] & 0xffff) != op ||
			(storage != 0 && !points_into(j, words[at + 1], storage)) || n-- > 0) {
			continue;
		}
		for (uint32_t i = 0; i < length; i++) {
			words[at + i] = 1u << 16 | SpvOpNop;
		}
		return;
	}
	fail_msg("no instruction %u to remove", op);
}

static void whole_translations_are_complete(void **state) {
	static const char *const names[] = { "kernel", "vertex", "fragment" };
	for (uint32_t i = 0; i < 3; i++) {
		for (uint32_t profile = 0; profile < 2; profile++) {
			struct job j;
			begin(&j, names[i], profile);
			const char *why = judge(&j);
			if (why != NULL) {
				fail_msg("%s: %s", names[i], why);
			}
			end(&j);
		}
	}
}

static void missing_operations_are_seen(void **state) {
	static const struct {
		const char *module;
		uint32_t op, storage, n;
		const char *what;
	} rows[] = {
		{ "kernel", SpvOpStore, SpvStorageClassStorageBuffer, 0, "stores" },
		{ "kernel", SpvOpStore, SpvStorageClassStorageBuffer, 1, "stores" },
		{ "kernel", SpvOpAtomicIAdd, 0, 0, "atomics" },
		{ "kernel", SpvOpImageWrite, 0, 0, "texture writes: 1 in AIR, 0 in SPIR-V" },
		{ "kernel", SpvOpImageTexelPointer, 0, 0, "texture atomics" },
		{ "kernel", SpvOpImageSampleExplicitLod, 0, 0, "samples and fetches" },
		{ "kernel", SpvOpControlBarrier, 0, 0, "barriers" },
		{ "vertex", SpvOpStore, SpvStorageClassOutput, 0, "position" },
		{ "vertex", SpvOpStore, SpvStorageClassOutput, 1, "varyings" },
		{ "vertex", SpvOpStore, SpvStorageClassOutput, 2, "varyings" },
		{ "fragment", SpvOpStore, SpvStorageClassOutput, 0, "output 0" },
		{ "fragment", SpvOpStore, SpvStorageClassOutput, 1, "output 1" },
		{ "fragment", SpvOpKill, 0, 0, "discards" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct job j;
		begin(&j, rows[i].module, PVG_PROFILE_GLES);
		remove_op(&j, rows[i].op, rows[i].storage, rows[i].n);
		assert_missing(&j, rows[i].what);
		end(&j);
	}
}

/* One store too few to a buffer is seen although another buffer has one too many. */
static void stores_are_counted_per_buffer(void **state) {
	struct job j;
	begin(&j, "kernel", PVG_PROFILE_VULKAN);
	uint32_t *words = j.result.spirv, first = 0;
	for (size_t at = 5; at < j.result.spirv_words; at += words[at] >> 16) {
		uint32_t op = words[at] & 0xffff;
		if (op == SpvOpAtomicIAdd &&
			points_into(&j, words[at + 3], SpvStorageClassStorageBuffer)) {
			first = variable_of(&j, words[at + 3]);
		}
	}
	for (size_t at = 5; at < j.result.spirv_words && first != 0; at += words[at] >> 16) {
		if ((words[at] & 0xffff) == SpvOpStore &&
			points_into(&j, words[at + 1], SpvStorageClassStorageBuffer)) {
			words[at + 1] = first;
			break;
		}
	}
	assert_missing(&j, "stores to buffer 1: 2 in AIR, 1 in SPIR-V");
	end(&j);
}

static void missing_slots_are_seen(void **state) {
	struct job j;
	begin(&j, "kernel", PVG_PROFILE_GLES);
	struct pvg_reflection whole = j.result.reflection;
	assert_true(whole.slot_count >= 7);
	for (uint32_t i = 0; i < whole.slot_count; i++) {
		j.result.reflection = whole;
		struct pvg_reflection *r = &j.result.reflection;
		r->slots[i] = r->slots[--r->slot_count];
		assert_missing(&j, "is used and not in the reflection");
	}
	for (uint32_t i = 0; i < whole.slot_count; i++) {
		// What is written and said to be read only.
		j.result.reflection = whole;
		bool written =
			whole.slots[i].metal_index == 1 && whole.slots[i].kind == PVG_SLOT_BUFFER;
		j.result.reflection.slots[i].access &= (uint8_t)~PVG_SLOT_WRITE;
		if (written) {
			assert_missing(&j, "argument 1 out");
		}
	}
	end(&j);
}

static void missing_interfaces_are_seen(void **state) {
	struct job j;
	begin(&j, "vertex", PVG_PROFILE_GLES);
	struct pvg_reflection whole = j.result.reflection;
	j.result.reflection.attribute_count = 0;
	assert_missing(&j, "argument 0 a");
	j.result.reflection = whole;
	j.result.reflection.varying_count--;
	assert_missing(&j, "user(n)");
	j.result.reflection = whole;
	j.result.reflection.output_count = 0;
	assert_missing(&j, "position");
	end(&j);
	begin(&j, "fragment", PVG_PROFILE_GLES);
	whole = j.result.reflection;
	j.result.reflection.varying_count = 0;
	assert_missing(&j, "argument 0 uv");
	j.result.reflection = whole;
	j.result.reflection.outputs[0].location = 5;
	assert_missing(&j, "output 0");
	end(&j);
}

static void damaged_words_are_incomplete(void **state) {
	struct job j;
	begin(&j, "kernel", PVG_PROFILE_GLES);
	j.result.spirv[5] = 0; // an instruction of no length
	assert_non_null(judge(&j));
	j.result.spirv[0] = 0;
	assert_non_null(judge(&j));
	end(&j);
}

int main(int argc, char **argv) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_translations_are_complete),
		cmocka_unit_test(missing_operations_are_seen),
		cmocka_unit_test(stores_are_counted_per_buffer),
		cmocka_unit_test(missing_slots_are_seen),
		cmocka_unit_test(missing_interfaces_are_seen),
		cmocka_unit_test(damaged_words_are_incomplete),
	};
	if (argc != 2) {
		fputs("usage: test-complete FOLDER\n", stderr);
		return 2;
	}
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
