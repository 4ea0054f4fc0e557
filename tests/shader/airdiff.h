// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef TESTS_SHADER_AIRDIFF_H
#define TESTS_SHADER_AIRDIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * pvg-airdiff runs a kernel twice: its AIR on the CPU through LLVM's JIT with our own C versions of
 * the air functions (airdiff-cpu.c, airdiff-air.c), and its translation on OpenGL ES compute
 * (airdiff.c). The two share no code but the container reader.
 */

#define DIFF_MAX_BUFFERS 31u
#define DIFF_BUFFER_BYTES (1u << 20)
#define DIFF_THREADS_X 32u
#define DIFF_THREADS_Y 2u
#define DIFF_THREADS (DIFF_THREADS_X * DIFF_THREADS_Y)
#define DIFF_GROUPS 2u
#define DIFF_TG_BYTES 8192u

/* What the last store to a byte was: decides how it is compared. */
enum diff_kind {
	DIFF_UNTOUCHED,
	DIFF_INT,
	DIFF_F32,
	DIFF_F16,
	DIFF_BF16,
};

/* In memory shared by the parent and the child that runs the CPU side. */
struct diff_run {
	uint32_t buffer_count;
	bool used[DIFF_MAX_BUFFERS];
	uint8_t input[DIFF_MAX_BUFFERS][DIFF_BUFFER_BYTES];
	uint8_t output[DIFF_MAX_BUFFERS][DIFF_BUFFER_BYTES];
	uint8_t kinds[DIFF_MAX_BUFFERS][DIFF_BUFFER_BYTES];
	bool reversed; // threads in the other order, threadgroup memory full of something else
	bool done;
	char why[160]; // when not done
};

/* Fills inputs, runs the kernel on the CPU, leaves outputs and kinds. In a process of its own. */
void diff_cpu_run(struct diff_run *run, const uint8_t *bitcode, size_t size, const char *entry);

/* ---- between airdiff-cpu.c and airdiff-air.c ---- */

enum diff_type_kind {
	DIFF_T_VOID,
	DIFF_T_I1,
	DIFF_T_I8,
	DIFF_T_I16,
	DIFF_T_I32,
	DIFF_T_I64,
	DIFF_T_HALF,
	DIFF_T_BFLOAT,
	DIFF_T_FLOAT,
	DIFF_T_PTR,
	DIFF_T_OTHER,
};

struct diff_type {
	uint8_t kind; // enum diff_type_kind
	uint8_t count; // of a vector
};

#define DIFF_MAX_ARGS 16u

struct diff_site {
	char name[96]; // without "air."
	struct diff_type result;
	struct diff_type args[DIFF_MAX_ARGS];
	uint32_t arg_count;
};

uint32_t diff_type_bytes(uint8_t kind);

/* What one thread needs from its group. */
struct diff_group {
	uint32_t lane; // of the thread
	/* Waits until the lanes that go on together have brought their arguments. Bits: who. */
	uint32_t (*meet)(uint32_t site, void **args);
	/* Arguments of a lane that takes part. */
	void **(*other)(uint32_t lane);
	void (*barrier)(void);
	void (*note)(void *pointer, uint32_t kind, uint32_t bytes);
};

/* Does one call; false when the function is not known here. */
bool diff_air_call(const struct diff_site *site, uint32_t number, void **args, void *result,
	const struct diff_group *group);
bool diff_air_known(const struct diff_site *site);

#endif
