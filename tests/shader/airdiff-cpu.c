// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* The kernel on the CPU: every call of an air function goes through diff_air_call, every thread is
 * a fiber. The process ends by itself when the kernel reads or writes outside what it was given. */

#define STACK_BYTES (256u << 10)
#define MAX_SITES 8192u
#define RESERVE_BYTES (UINT64_C(4) << 30)

struct fiber {
	ucontext_t context;
	void *stack; // owned
	uint32_t site; // 0 runs, UINT32_MAX done, bit 30: barrier
	void **args; // of the call it waits in
	uint32_t active;
};

static struct diff_site sites[MAX_SITES];
static uint32_t site_count;
static struct fiber fibers[DIFF_THREADS];
static ucontext_t scheduler;
static uint32_t current;
static struct diff_run *shared;
static uint8_t *memory[DIFF_MAX_BUFFERS]; // in the middle of nothing
static uint8_t *tg_memory[DIFF_MAX_BUFFERS];

static uint32_t meet(uint32_t site, void **args) {
	struct fiber *f = &fibers[current];
	f->site = site + 1;
	f->args = args;
	swapcontext(&f->context, &scheduler);
	return f->active;
}

static void **other(uint32_t lane) {
	return fibers[(current & ~31u) + lane].args;
}

static void barrier(void) {
	struct fiber *f = &fibers[current];
	f->site = 1u << 30;
	swapcontext(&f->context, &scheduler);
}

static void note(void *pointer, uint32_t kind, uint32_t bytes) {
	uint8_t *p = pointer;
	uint8_t mark = kind == DIFF_T_FLOAT ? DIFF_F32 : kind == DIFF_T_HALF ? DIFF_F16 :
		kind == DIFF_T_BFLOAT ? DIFF_BF16 : DIFF_INT;
	for (uint32_t b = 0; b < DIFF_MAX_BUFFERS; b++) {
		if (memory[b] != NULL && p >= memory[b] &&
			p + bytes <= memory[b] + DIFF_BUFFER_BYTES) {
			memset(shared->kinds[b] + (p - memory[b]), mark, bytes);
		}
	}
}

/* Called by the kernel for every air function and every store. */
static void handle_call(uint32_t number, void **args, void *result) {
	struct diff_group group = {current & 31, meet, other, barrier, note};
	if (!diff_air_call(&sites[number], number, args, result, &group)) {
		snprintf(shared->why, sizeof(shared->why), "air function %s", sites[number].name);
		_exit(0);
	}
}

static void handle_store(void *pointer, uint32_t kind, uint32_t bytes) {
	note(pointer, kind, bytes);
}

static void give_up(const char *why, const char *what) {
	snprintf(shared->why, sizeof(shared->why), "%s %s", why, what);
	_exit(0);
}

/* bfloat has no instruction on most machines: what LLVM calls for it, by its ABI. */
__attribute__((visibility("default"))) __bf16 __truncsfbf2(float f);
__attribute__((visibility("default"))) __bf16 __truncsfbf2(float f) {
	uint32_t bits;
	memcpy(&bits, &f, sizeof(bits));
	uint16_t half = f != f ? 0x7fc0 : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
	__bf16 r;
	memcpy(&r, &half, sizeof(r));
	return r;
}

static struct diff_type type_of(LLVMTypeRef t) {
	struct diff_type r = {DIFF_T_OTHER, 1};
	if (LLVMGetTypeKind(t) == LLVMVectorTypeKind) {
		r.count = (uint8_t)LLVMGetVectorSize(t);
		t = LLVMGetElementType(t);
	}
	switch (LLVMGetTypeKind(t)) {
	case LLVMVoidTypeKind:
		r.kind = DIFF_T_VOID;
		break;
	case LLVMIntegerTypeKind: {
		unsigned w = LLVMGetIntTypeWidth(t);
		r.kind = w == 1 ? DIFF_T_I1
			: w == 8    ? DIFF_T_I8
			: w == 16   ? DIFF_T_I16
			: w == 32   ? DIFF_T_I32
			: w == 64   ? DIFF_T_I64
						: DIFF_T_OTHER;
		break;
	}
	case LLVMHalfTypeKind:
		r.kind = DIFF_T_HALF;
		break;
	case LLVMBFloatTypeKind:
		r.kind = DIFF_T_BFLOAT;
		break;
	case LLVMFloatTypeKind:
		r.kind = DIFF_T_FLOAT;
		break;
	case LLVMPointerTypeKind:
		r.kind = DIFF_T_PTR;
		break;
	default:
		break;
	}
	return r;
}

struct jit {
	LLVMContextRef context;
	LLVMModuleRef module;
	LLVMValueRef call, store; // functions declared in the module
	LLVMBuilderRef builder;
};

/* Vectors of bools are packed bits in memory: they travel as bytes. */
static LLVMTypeRef memory_type(const struct jit *j, LLVMTypeRef t) {
	LLVMTypeRef i8 = LLVMInt8TypeInContext(j->context);
	if (LLVMGetTypeKind(t) == LLVMVectorTypeKind &&
			LLVMGetElementType(t) == LLVMInt1TypeInContext(j->context)) {
		return LLVMVectorType(i8, LLVMGetVectorSize(t));
	}
	return t;
}

static LLVMValueRef alloca_at_top(const struct jit *j, LLVMValueRef fn, LLVMTypeRef type) {
	LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(fn);
	LLVMPositionBuilderBefore(j->builder, LLVMGetFirstInstruction(entry));
	return LLVMBuildAlloca(j->builder, type, "");
}

static void replace_call(struct jit *j, LLVMValueRef fn, LLVMValueRef call, const char *name) {
	if (site_count == MAX_SITES) {
		give_up("too many", "calls");
	}
	struct diff_site *s = &sites[site_count];
	unsigned n = LLVMGetNumArgOperands(call);
	LLVMTypeRef result = LLVMTypeOf(call), ptr = LLVMPointerTypeInContext(j->context, 0);
	LLVMTypeRef i32 = LLVMInt32TypeInContext(j->context);
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->result = type_of(result);
	s->arg_count = n;
	if (n > DIFF_MAX_ARGS) {
		give_up("arguments of", name);
	}
	LLVMTypeRef list_type = LLVMArrayType2(ptr, DIFF_MAX_ARGS);
	LLVMValueRef list = alloca_at_top(j, fn, list_type), slots[DIFF_MAX_ARGS], out;
	for (unsigned i = 0; i < n; i++) {
		LLVMTypeRef t = LLVMTypeOf(LLVMGetOperand(call, i));
		s->args[i] = type_of(t);
		slots[i] = alloca_at_top(j, fn, memory_type(j, t));
	}
	bool is_void = s->result.kind == DIFF_T_VOID;
	out = is_void ? LLVMConstPointerNull(ptr) : alloca_at_top(j, fn, memory_type(j, result));
	if (!diff_air_known(s)) {
		give_up("air function", name);
	}
	LLVMPositionBuilderBefore(j->builder, call);
	for (unsigned i = 0; i < n; i++) {
		LLVMValueRef v = LLVMGetOperand(call, i), at = LLVMConstInt(i32, i, false);
		LLVMTypeRef t = LLVMTypeOf(v);
		if (memory_type(j, t) != t) {
			v = LLVMBuildZExt(j->builder, v, memory_type(j, t), "");
		}
		LLVMBuildStore(j->builder, v, slots[i]);
		LLVMValueRef place = LLVMBuildGEP2(j->builder, ptr, list, &at, 1, "");
		LLVMBuildStore(j->builder, slots[i], place);
	}
	LLVMValueRef args[] = {LLVMConstInt(i32, site_count, false), list, out};
	LLVMBuildCall2(j->builder, LLVMGlobalGetValueType(j->call), j->call, args, 3, "");
	if (!is_void) {
		LLVMValueRef v = LLVMBuildLoad2(j->builder, memory_type(j, result), out, "");
		if (memory_type(j, result) != result) {
			v = LLVMBuildTrunc(j->builder, v, result, "");
		}
		LLVMReplaceAllUsesWith(call, v);
	}
	LLVMInstructionEraseFromParent(call);
	site_count++;
}

/* Tells what a store to device memory was, so that it can be compared as that. */
static void note_store(struct jit *j, LLVMValueRef store) {
	LLVMValueRef value = LLVMGetOperand(store, 0), pointer = LLVMGetOperand(store, 1);
	if (LLVMGetPointerAddressSpace(LLVMTypeOf(pointer)) != 1) {
		return;
	}
	LLVMTypeRef i32 = LLVMInt32TypeInContext(j->context),
				ptr = LLVMPointerTypeInContext(j->context, 0);
	struct diff_type t = type_of(LLVMTypeOf(value));
	uint64_t bytes = LLVMStoreSizeOfType(LLVMGetModuleDataLayout(j->module), LLVMTypeOf(value));
	LLVMPositionBuilderBefore(j->builder, store);
	LLVMValueRef args[] = {
		LLVMBuildAddrSpaceCast(j->builder, pointer, ptr, ""),
		LLVMConstInt(i32, t.kind, false),
		LLVMConstInt(i32, bytes, false),
	};
	LLVMBuildCall2(j->builder, LLVMGlobalGetValueType(j->store), j->store, args, 3, "");
}

static void instrument(struct jit *j) {
	for (LLVMValueRef fn = LLVMGetFirstFunction(j->module); fn != NULL;
		fn = LLVMGetNextFunction(fn)) {
		static const char features[] = "+f16c,+avx2,+fma";
		if (LLVMIsDeclaration(fn)) {
			continue;
		}
		LLVMAddTargetDependentFunctionAttr(fn, "target-features", features);
		for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b != NULL;
			b = LLVMGetNextBasicBlock(b)) {
			LLVMValueRef next;
			for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL; i = next) {
				next = LLVMGetNextInstruction(i);
				if (LLVMGetInstructionOpcode(i) == LLVMStore) {
					note_store(j, i);
				}
				LLVMValueRef callee = LLVMGetInstructionOpcode(i) == LLVMCall ?
					LLVMGetCalledValue(i) : NULL;
				size_t n;
				const char *name =
					callee != NULL ? LLVMGetValueName2(callee, &n) : "";
				if (callee != NULL && strncmp(name, "air.", 4) == 0 &&
					LLVMIsDeclaration(callee)) {
					replace_call(j, fn, i, name + 4);
				}
			}
		}
	}
}

/* Function constants are all off: zero, and not defined (as the translation was asked for). */
static void fold_constants(struct jit *j) {
	for (LLVMValueRef g = LLVMGetFirstGlobal(j->module); g != NULL; g = LLVMGetNextGlobal(g)) {
		LLVMTypeRef t = LLVMGlobalGetValueType(g);
		if (LLVMIsExternallyInitialized(g)) {
			LLVMSetExternallyInitialized(g, false);
			LLVMSetInitializer(g, LLVMConstNull(t));
			LLVMSetLinkage(g, LLVMInternalLinkage);
		}
	}
	LLVMValueRef fn = LLVMGetNamedFunction(j->module, "air.is_function_constant_defined");
	LLVMUseRef use = fn != NULL ? LLVMGetFirstUse(fn) : NULL;
	while (use != NULL) {
		LLVMValueRef call = LLVMGetUser(use);
		use = LLVMGetNextUse(use);
		LLVMReplaceAllUsesWith(call, LLVMConstNull(LLVMTypeOf(call)));
		LLVMInstructionEraseFromParent(call);
	}
	fn = LLVMGetNamedFunction(j->module, "air.normalize_function_constant_predicate.i8");
	use = fn != NULL ? LLVMGetFirstUse(fn) : NULL;
	while (use != NULL) {
		LLVMValueRef call = LLVMGetUser(use);
		use = LLVMGetNextUse(use);
		LLVMReplaceAllUsesWith(call, LLVMGetOperand(call, 0));
		LLVMInstructionEraseFromParent(call);
	}
	const char *tables[] = {"llvm.used", "llvm.compiler.used"};
	for (unsigned i = 0; i < 2; i++) {
		LLVMValueRef table = LLVMGetNamedGlobal(j->module, tables[i]);
		if (table != NULL) {
			LLVMDeleteGlobal(table);
		}
	}
	LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
	LLVMErrorRef error = LLVMRunPasses(j->module, "globalopt,always-inline,globaldce,"
		"function(sroa,instcombine<no-verify-fixpoint>,simplifycfg,adce),globaldce", NULL, options);
	LLVMDisposePassBuilderOptions(options);
	if (error != NULL) {
		give_up("passes", "");
	}
}

/* ---- arguments ------------------------------------------------------------------------------- */

static bool text_is(LLVMValueRef v, const char *text) {
	unsigned n = 0;
	const char *s = v != NULL && LLVMIsAMDString(v) ? LLVMGetMDString(v, &n) : NULL;
	return s != NULL && n == strlen(text) && memcmp(s, text, n) == 0;
}

static uint32_t operands(LLVMValueRef node, LLVMValueRef *ops, uint32_t max) {
	if (node == NULL || !LLVMIsAMDNode(node) || LLVMIsAMDString(node)) {
		return 0;
	}
	unsigned n = LLVMGetMDNodeNumOperands(node);
	if (n > max) {
		give_up("metadata", "");
	}
	LLVMGetMDNodeOperands(node, ops);
	return n;
}

static uint32_t random_state = 1;

static uint32_t next_random(void) {
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 8;
}

static void put(uint8_t *at, uint64_t v, uint32_t bytes) {
	memcpy(at, &v, bytes);
}

/* Parameter structs hold sizes and strides: small numbers keep the kernel inside its buffers. */
static void fill_struct(uint8_t *data, LLVMValueRef node) {
	LLVMValueRef ops[1024];
	uint32_t n = operands(node, ops, 1024);
	for (uint32_t i = 0; i + 4 < n; i += 5) {
		while (i + 4 < n && (text_is(ops[i], "air.struct_type_info") ||
				text_is(ops[i], "air.indirect_argument"))) {
			i += 2;
		}
		if (i + 4 >= n || LLVMIsAConstantInt(ops[i]) == NULL) {
			return;
		}
		uint64_t offset = LLVMConstIntGetZExtValue(ops[i]),
				 size = LLVMConstIntGetZExtValue(ops[i + 1]);
		uint64_t count = LLVMConstIntGetZExtValue(ops[i + 2]);
		unsigned length;
		const char *type = LLVMGetMDString(ops[i + 3], &length);
		count = count > 0 ? count : 1;
		for (uint64_t k = 0;
			k < count && offset + (k + 1) * size <= DIFF_BUFFER_BYTES && size > 0;
			k++) {
			uint8_t *at = data + offset + k * size;
			float f = 0.25f * (float)(1 + next_random() % 8);
			if (size == 8 && type[length - 1] == 'g') {
				put(at, 256 * (1 + next_random() % 2), 8);
			} else if (strncmp(type, "float", 5) == 0) {
				for (uint64_t w = 0; w + 4 <= size; w += 4) {
					memcpy(at + w, &f, 4);
				}
			} else {
				uint32_t step = size % 4 == 0 ? 4 : size % 2 == 0 ? 2 : 1;
				for (uint64_t w = 0; w < size; w += step) {
					put(at + w,
						step == 4 ? 32u << next_random() % 2
							  : 1 + next_random() % 2,
						step);
				}
			}
		}
	}
}

static void fill_buffer(uint32_t b, const char *type, unsigned length, LLVMValueRef info,
		bool constant) {
	uint8_t *data = shared->input[b];
	random_state = b * 7919 + 17;
	bool is_float = length >= 5 && strncmp(type, "float", 5) == 0;
	for (uint32_t i = 0; i < DIFF_BUFFER_BYTES; i += 4) {
		if (constant && !is_float) {
			put(data + i, 1 + next_random() % 4, 4);
		} else if (is_float) {
			static const uint32_t edges[] = {
				0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f7fffff, 0x00000001};
			uint32_t r = next_random();
			float f = (float)(int32_t)(r % 2001 - 1000) / 128.0f;
			memcpy(data + i, &f, 4);
			if (r % 97 == 0) {
				put(data + i, edges[r / 97 % 6], 4);
			}
		} else {
			// Two halves of moderate size, which are also a float and bytes of moderate
			// size.
			put(data + i,
				(0x3000 + next_random() % 0x0c00) |
					(0x3400 + next_random() % 0x0800) << 16,
				4);
		}
	}
	if (info != NULL) {
		fill_struct(data, info);
	}
}

static uint8_t *reserve(void) {
	uint8_t *base = mmap(NULL, RESERVE_BYTES, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED) {
		give_up("memory", "");
	}
	uint8_t *middle = base + RESERVE_BYTES / 2;
	if (mprotect(middle, DIFF_BUFFER_BYTES, PROT_READ | PROT_WRITE) != 0) {
		give_up("memory", "");
	}
	return middle;
}

struct argument {
	enum {
		ARG_BUFFER, ARG_THREADGROUP, ARG_BUILTIN, ARG_UNUSED,
	} kind;
	uint32_t location;
	char role[64];
	struct diff_type type;
};

static struct argument arguments[64];
static uint32_t argument_count;

static void read_arguments(struct jit *j, const char *entry, LLVMValueRef *fn) {
	unsigned kernels = LLVMGetNamedMetadataNumOperands(j->module, "air.kernel");
	LLVMValueRef nodes[64], ops[8], inputs[64], keys[64];
	if (kernels == 0 || kernels > 64) {
		give_up("no kernel", "");
	}
	LLVMGetNamedMetadataOperands(j->module, "air.kernel", nodes);
	uint32_t n = 0;
	for (unsigned k = 0; k < kernels; k++) {
		operands(nodes[k], ops, 8);
		size_t length;
		const char *name = LLVMGetValueName2(ops[0], &length);
		if (strcmp(name, entry) == 0) {
			*fn = ops[0];
			n = operands(ops[2], inputs, 64);
		}
	}
	if (*fn == NULL) {
		give_up("no kernel", entry);
	}
	argument_count = LLVMCountParams(*fn);
	if (argument_count > 64) {
		give_up("arguments", "");
	}
	for (uint32_t i = 0; i < argument_count; i++) {
		arguments[i].kind = ARG_UNUSED;
		arguments[i].type = type_of(LLVMTypeOf(LLVMGetParam(*fn, i)));
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t count = operands(inputs[i], keys, 64);
		struct argument *a = &arguments[LLVMConstIntGetZExtValue(keys[0]) % 64];
		LLVMValueRef param = LLVMGetParam(*fn, (unsigned)LLVMConstIntGetZExtValue(keys[0]));
		if (text_is(keys[1], "air.function_constant") || LLVMGetFirstUse(param) == NULL) {
			continue; // off, or not used
		}
		unsigned length;
		const char *role = LLVMGetMDString(keys[1], &length);
		snprintf(a->role, sizeof(a->role), "%.*s", (int)length, role);
		a->kind = ARG_BUILTIN;
		if (strcmp(a->role, "air.buffer") != 0) {
			if (a->type.kind == DIFF_T_PTR) {
				give_up("argument", a->role);
			}
			continue;
		}
		uint64_t space = LLVMGetPointerAddressSpace(LLVMTypeOf(param));
		a->kind = space == 3 ? ARG_THREADGROUP : ARG_BUFFER;
		LLVMValueRef info = NULL, type = NULL;
		for (uint32_t k = 2; k + 1 < count; k++) {
			if (text_is(keys[k], "air.location_index")) {
				a->location = (uint32_t)LLVMConstIntGetZExtValue(keys[k + 1]) %
					DIFF_MAX_BUFFERS;
			} else if (text_is(keys[k], "air.struct_type_info")) {
				info = keys[k + 1];
			} else if (text_is(keys[k], "air.arg_type_name")) {
				type = keys[k + 1];
			}
		}
		if (a->kind == ARG_BUFFER) {
			const char *text = type != NULL ? LLVMGetMDString(type, &length) : "";
			shared->used[a->location] = true;
			fill_buffer(a->location, text, type != NULL ? length : 0, info, space == 2);
		}
	}
}

static void builtin_value(const char *role, uint32_t thread, uint32_t group, uint32_t v[3]) {
	uint32_t x = thread % DIFF_THREADS_X, y = thread / DIFF_THREADS_X;
	const char *name = role + 4;
	uint32_t one = 0;
	uint32_t three[3] = {0, 0, 0};
	bool scalar = true;
	if (strcmp(name, "thread_position_in_grid") == 0) {
		three[0] = group * DIFF_THREADS_X + x;
		three[1] = y;
		scalar = false;
	} else if (strcmp(name, "threadgroup_position_in_grid") == 0) {
		three[0] = group;
		scalar = false;
	} else if (strcmp(name, "thread_position_in_threadgroup") == 0) {
		three[0] = x;
		three[1] = y;
		scalar = false;
	} else if (strstr(name, "threads_per_threadgroup") != NULL) {
		three[0] = DIFF_THREADS_X;
		three[1] = DIFF_THREADS_Y;
		three[2] = 1;
		scalar = false;
	} else if (strcmp(name, "threadgroups_per_grid") == 0) {
		three[0] = DIFF_GROUPS;
		three[1] = three[2] = 1;
		scalar = false;
	} else if (strcmp(name, "threads_per_grid") == 0) {
		three[0] = DIFF_GROUPS * DIFF_THREADS_X;
		three[1] = DIFF_THREADS_Y;
		three[2] = 1;
		scalar = false;
	} else if (strcmp(name, "thread_index_in_threadgroup") == 0) {
		one = thread;
	} else if (strcmp(name, "thread_index_in_simdgroup") == 0) {
		one = thread & 31;
	} else if (strcmp(name, "simdgroup_index_in_threadgroup") == 0) {
		one = thread >> 5;
	} else if (strcmp(name, "threads_per_simdgroup") == 0) {
		one = 32;
	} else if (strstr(name, "simdgroups_per_threadgroup") != NULL) {
		one = DIFF_THREADS / 32;
	} else {
		give_up("argument", role);
	}
	memcpy(v, scalar ? (uint32_t[]){one, 0, 0} : three, 3 * sizeof(*v));
}

/* ---- running --------------------------------------------------------------------------------- */

/* void run(ptr list): loads the arguments and calls the kernel. */
static void make_wrapper(struct jit *j, LLVMValueRef kernel) {
	LLVMTypeRef ptr = LLVMPointerTypeInContext(j->context, 0);
	LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(j->context), &ptr, 1, false);
	LLVMValueRef fn = LLVMAddFunction(j->module, "airdiff_run", type), args[64];
	LLVMPositionBuilderAtEnd(j->builder, LLVMAppendBasicBlockInContext(j->context, fn, ""));
	for (unsigned i = 0; i < argument_count; i++) {
		LLVMValueRef at = LLVMConstInt(LLVMInt32TypeInContext(j->context), i, false);
		LLVMValueRef place =
			LLVMBuildGEP2(j->builder, ptr, LLVMGetParam(fn, 0), &at, 1, "");
		LLVMValueRef slot = LLVMBuildLoad2(j->builder, ptr, place, "");
		args[i] = LLVMBuildLoad2(j->builder, LLVMTypeOf(LLVMGetParam(kernel, i)), slot, "");
		LLVMSetAlignment(args[i], 1);
	}
	LLVMBuildCall2(j->builder, LLVMGlobalGetValueType(kernel), kernel, args, argument_count,
		"");
	LLVMBuildRetVoid(j->builder);
}

typedef void (*run_fn)(void **list);
static run_fn jitted;
static uint64_t values[DIFF_THREADS][64][2];
static void *lists[DIFF_THREADS][64];

static void fiber_main(void) {
	jitted(lists[current]);
	fibers[current].site = UINT32_MAX;
	swapcontext(&fibers[current].context, &scheduler);
}

static void prepare_thread(uint32_t thread, uint32_t group) {
	for (uint32_t i = 0; i < argument_count; i++) {
		const struct argument *a = &arguments[i];
		uint8_t *out = (uint8_t *)values[thread][i];
		uint32_t v[3] = {0};
		lists[thread][i] = out;
		memset(out, 0, sizeof(values[thread][i]));
		if (a->kind == ARG_BUFFER) {
			memcpy(out, &memory[a->location], sizeof(void *));
		} else if (a->kind == ARG_THREADGROUP) {
			memcpy(out, &tg_memory[a->location], sizeof(void *));
		} else if (a->kind == ARG_BUILTIN) {
			builtin_value(a->role, thread, group, v);
			for (uint32_t k = 0; k < 3 && k < a->type.count; k++) {
				memcpy(out + k * diff_type_bytes(a->type.kind), &v[k],
					diff_type_bytes(a->type.kind));
			}
		}
	}
}

/* The lanes of a simd group at its lowest site go on; a barrier opens when all stand at one. */
static bool decide(void) {
	bool alive = false, all_at_barrier = true;
	for (uint32_t t = 0; t < DIFF_THREADS; t++) {
		alive |= fibers[t].site != UINT32_MAX;
		all_at_barrier &= fibers[t].site >= 1u << 30;
	}
	for (uint32_t base = 0; base < DIFF_THREADS; base += 32) {
		uint32_t lowest = UINT32_MAX, mask = 0;
		for (uint32_t l = 0; l < 32; l++) {
			lowest = fibers[base + l].site < lowest ? fibers[base + l].site : lowest;
		}
		for (uint32_t l = 0; l < 32; l++) {
			mask |= (uint32_t)(fibers[base + l].site == lowest) << l;
		}
		for (uint32_t l = 0; l < 32; l++) {
			struct fiber *f = &fibers[base + l];
			if (lowest < 1u << 30 ? f->site == lowest
					      : all_at_barrier && f->site == 1u << 30) {
				f->site = 0;
				f->active = mask;
			}
		}
	}
	return alive;
}

static void run_group(uint32_t group) {
	for (uint32_t i = 0; i < DIFF_MAX_BUFFERS; i++) {
		if (tg_memory[i] != NULL) {
			memset(tg_memory[i], shared->reversed ? 0x3c : 0, DIFF_TG_BYTES);
		}
	}
	for (uint32_t t = 0; t < DIFF_THREADS; t++) {
		prepare_thread(t, group);
		struct fiber *f = &fibers[t];
		f->site = 0;
		getcontext(&f->context);
		f->context.uc_stack.ss_sp = f->stack;
		f->context.uc_stack.ss_size = STACK_BYTES;
		f->context.uc_link = &scheduler;
		makecontext(&f->context, fiber_main, 0);
	}
	do {
		for (uint32_t t = 0; t < DIFF_THREADS; t++) {
			current = shared->reversed ? DIFF_THREADS - 1 - t : t;
			if (fibers[current].site == 0) {
				swapcontext(&scheduler, &fibers[current].context);
			}
		}
	} while (decide());
}

static void compile(struct jit *j) {
	char *message = NULL;
	LLVMExecutionEngineRef engine;
	struct LLVMMCJITCompilerOptions options;
	LLVMInitializeMCJITCompilerOptions(&options, sizeof(options));
	options.OptLevel = 1;
	if (LLVMVerifyModule(j->module, LLVMReturnStatusAction, &message)) {
		give_up("verifier:", message);
	}
	if (LLVMCreateMCJITCompilerForModule(&engine, j->module, &options, sizeof(options),
		    &message)) {
		give_up("JIT:", message);
	}
	LLVMAddGlobalMapping(engine, j->call, (void *)(uintptr_t)handle_call);
	LLVMAddGlobalMapping(engine, j->store, (void *)(uintptr_t)handle_store);
	jitted = (run_fn)LLVMGetFunctionAddress(engine, "airdiff_run");
}

static void handle_diagnostic(LLVMDiagnosticInfoRef info, void *data) {
}

void diff_cpu_run(struct diff_run *run, const uint8_t *bitcode, size_t size, const char *entry) {
	struct jit j = {.context = LLVMContextCreate()};
	shared = run;
	LLVMLinkInMCJIT();
	LLVMInitializeNativeTarget();
	LLVMInitializeNativeAsmPrinter();
	LLVMContextSetDiagnosticHandler(j.context, handle_diagnostic, NULL);
	LLVMMemoryBufferRef buffer =
		LLVMCreateMemoryBufferWithMemoryRangeCopy((const char *)bitcode, size, "air");
	if (LLVMParseBitcodeInContext2(j.context, buffer, &j.module)) {
		give_up("bitcode", "");
	}
	LLVMStripModuleDebugInfo(j.module);
	LLVMValueRef kernel = NULL;
	fold_constants(&j);
	read_arguments(&j, entry, &kernel);
	LLVMSetTarget(j.module, LLVMGetDefaultTargetTriple());
	LLVMSetDataLayout(j.module, "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-"
		"n8:16:32:64-S128");
	j.builder = LLVMCreateBuilderInContext(j.context);
	LLVMTypeRef i32 = LLVMInt32TypeInContext(j.context),
				ptr = LLVMPointerTypeInContext(j.context, 0);
	LLVMTypeRef none = LLVMVoidTypeInContext(j.context);
	j.call = LLVMAddFunction(j.module, "airdiff_call",
		LLVMFunctionType(none, (LLVMTypeRef[]){i32, ptr, ptr}, 3, false));
	j.store = LLVMAddFunction(j.module, "airdiff_store",
		LLVMFunctionType(none, (LLVMTypeRef[]){ptr, i32, i32}, 3, false));
	instrument(&j);
	make_wrapper(&j, kernel);
	compile(&j);
	for (uint32_t i = 0; i < argument_count; i++) {
		const struct argument *a = &arguments[i];
		if (a->kind == ARG_BUFFER && memory[a->location] == NULL) {
			memory[a->location] = reserve();
			memcpy(memory[a->location], run->input[a->location], DIFF_BUFFER_BYTES);
		} else if (a->kind == ARG_THREADGROUP) {
			tg_memory[a->location] = reserve();
		}
	}
	for (uint32_t t = 0; t < DIFF_THREADS; t++) {
		fibers[t].stack = malloc(STACK_BYTES);
	}
	for (uint32_t g = 0; g < DIFF_GROUPS; g++) {
		run_group(run->reversed ? DIFF_GROUPS - 1 - g : g);
	}
	for (uint32_t b = 0; b < DIFF_MAX_BUFFERS; b++) {
		if (memory[b] != NULL) {
			memcpy(run->output[b], memory[b], DIFF_BUFFER_BYTES);
		}
	}
	run->done = true;
}
