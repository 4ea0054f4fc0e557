// SPDX-License-Identifier: GPL-2.0-or-later
#include "load-private.h"

/*
 * How large the entry point would become with everything inlined, without inlining it: twelve
 * functions that call the next one twelve times each fill any memory (spec 05 §6.4, §6.8).
 */

struct node {
	uint64_t size; // with everything inlined, once it is known
	LLVMValueRef fn; // borrowed
	struct node **callees; // arena
	uint32_t callee_count, next;
	bool open, done;
};

static bool is_defined_call(LLVMValueRef inst, LLVMValueRef *callee) {
	if (LLVMGetInstructionOpcode(inst) != LLVMCall) {
		return false;
	}
	*callee = LLVMIsAFunction(LLVMGetCalledValue(inst));
	return *callee != NULL && !LLVMIsDeclaration(*callee);
}

/* Counts the instructions, and the calls of functions of the module. */
static void measure(struct node *n, struct load_map *nodes) {
	uint32_t calls = 0;
	for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(n->fn); b != NULL;
		b = LLVMGetNextBasicBlock(b)) {
		for (LLVMValueRef i = LLVMGetFirstInstruction(b); i != NULL;
			i = LLVMGetNextInstruction(i)) {
			LLVMValueRef callee;
			n->size++;
			if (is_defined_call(i, &callee)) {
				if (n->callees != NULL) {
					n->callees[calls] = load_map_get(nodes, callee);
				}
				calls++;
			}
		}
	}
	n->callee_count = calls;
}

static struct node *make_nodes(struct loader *l, struct load_map *nodes) {
	for (LLVMValueRef fn = LLVMGetFirstFunction(l->module); fn != NULL;
		fn = LLVMGetNextFunction(fn)) {
		if (!LLVMIsDeclaration(fn)) {
			struct node *n = pvg_arena_alloc(l->arena, 1, sizeof(*n));
			n->fn = fn;
			load_map_put(nodes, fn, n);
		}
	}
	return load_map_get(nodes, l->entry);
}

static void find_callees(struct loader *l, struct node *n, struct load_map *nodes) {
	measure(n, nodes);
	if (n->callee_count > 0) {
		n->callees = pvg_arena_alloc(l->arena, n->callee_count, sizeof(*n->callees));
		n->size = 0;
		measure(n, nodes);
	}
}

static bool walk(struct loader *l, struct node *entry, struct load_map *nodes) {
	struct node **stack = pvg_arena_alloc(l->arena, nodes->count + 1, sizeof(*stack));
	uint32_t depth = 0;
	stack[depth++] = entry;
	while (depth > 0) {
		struct node *n = stack[depth - 1];
		if (!n->open) {
			n->open = true;
			find_callees(l, n, nodes);
		}
		if (n->next == n->callee_count) {
			n->done = true;
			depth--;
			if (n->size > LOAD_MAX_INLINED) {
				return pvg_shader_refuse(l->status, PVG_SHADER_LIMIT_SIZE,
					"more than %u instructions, inlined", LOAD_MAX_INLINED);
			}
			continue;
		}
		struct node *callee = n->callees[n->next];
		if (callee == NULL || (callee->open && !callee->done)) {
			size_t length = 0;
			const char *name =
				callee != NULL ? LLVMGetValueName2(callee->fn, &length) : "";
			return pvg_shader_refuse(l->status, PVG_SHADER_RECURSION, "%.*s",
				(int)(length < 100 ? length : 100), name);
		}
		if (!callee->done) {
			stack[depth++] = callee;
			continue;
		}
		// Sizes are below the limit, so the sum is far from any overflow.
		n->size += callee->size;
		n->next++;
		if (n->size > LOAD_MAX_INLINED) {
			n->next = n->callee_count;
		}
	}
	return true;
}

bool load_check_growth(struct loader *l) {
	struct load_map nodes = {0};
	struct node *entry = make_nodes(l, &nodes);
	bool ok = entry == NULL || walk(l, entry, &nodes);
	load_map_finish(&nodes);
	return ok;
}
