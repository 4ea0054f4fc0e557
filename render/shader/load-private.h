// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_LOAD_PRIVATE_H
#define RENDER_SHADER_LOAD_PRIVATE_H

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>

#include "ir.h"

#if LLVM_VERSION_MAJOR < 18
#error "LLVM 18 or newer is needed: one pointer model, fast-math getters"
#endif

/* Shared by the load-*.c files, the only ones that see LLVM. */

/* Spec 05 §6.4: after inlining. */
#define LOAD_MAX_INSTRUCTIONS 200000u
/* Before it, while what function constants turn off is still there. */
#define LOAD_MAX_INLINED 1000000u
#define LOAD_MAX_ARGS 256u
#define LOAD_MAX_COMPS 4096u
#define LOAD_MAX_TABLE_BYTES (1u << 20)

struct load_map_entry {
	const void *key;
	void *value;
};

struct load_map {
	struct load_map_entry *entries; // owned
	size_t capacity, count;
};

/* An argument or output as the metadata has it, before function constants are known. */
struct load_param {
	struct air_param param;
	LLVMValueRef guard; // borrowed; the global that says whether it exists, or NULL
	LLVMValueRef location; // borrowed; the global that holds the location, or NULL
	uint32_t arg_index;
};

struct loader {
	LLVMContextRef context; // owned
	LLVMModuleRef module; // owned
	LLVMTargetDataRef layout; // borrowed from the module
	LLVMValueRef entry; // borrowed
	struct pvg_arena *arena; // borrowed
	struct pvg_shader_status *status; // borrowed
	const struct air_load_options *options; // borrowed
	struct air_function *function; // borrowed: what is being filled
	struct load_param *inputs; // arena
	uint32_t input_count;
	struct load_param *outputs; // arena
	uint32_t output_count;
	struct load_map values; // LLVMValueRef -> air_value
	struct load_map types; // LLVMTypeRef -> air_type
	struct load_map globals; // LLVMValueRef -> air_global
	struct load_map blocks; // LLVMBasicBlockRef -> air_block
};

void *load_map_get(const struct load_map *map, const void *key);
bool load_map_put(struct load_map *map, const void *key, void *value);
void load_map_finish(struct load_map *map);

/* load-meta.c: picks the entry point and reads its nodes into inputs and outputs. */
bool load_entry(struct loader *l);

/* load-meta.c: names of all entry points, in the arena. */
bool load_list(struct loader *l, const char ***names, uint32_t *count);

/* load-budget.c: would everything inlined be too much? Refuses recursion too. */
bool load_check_growth(struct loader *l);

/* load-constants.c: values of function constants, guards, static initialisers (spec 05 §3.7). */
bool load_function_constants(struct loader *l);
/* After the initialisers ran: drops what the guards turn off, sets computed locations. */
bool load_fold_params(struct loader *l);

/* load-ir.c: the optimised entry function to own IR. */
bool load_convert(struct loader *l);
const struct air_type *load_type(struct loader *l, LLVMTypeRef type);

/* Text of a metadata string operand, NULL when it is none. Not terminated: n is its length. */
const char *load_md_text(LLVMValueRef value, unsigned *n);
bool load_md_is(LLVMValueRef value, const char *text);

#endif
