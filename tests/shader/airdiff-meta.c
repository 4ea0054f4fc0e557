// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff-jit.h"

#include <llvm-c/Target.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* AIR metadata, read a second time and in another way than the translator does (spec 05 §3). */

#define MAX_OPERANDS 1600u

static bool text_is(LLVMValueRef v, const char *text) {
	unsigned n = 0;
	const char *s = v != NULL && LLVMIsAMDString(v) ? LLVMGetMDString(v, &n) : NULL;
	return s != NULL && n == strlen(text) && memcmp(s, text, n) == 0;
}

static void copy_text(char *out, size_t bytes, LLVMValueRef v) {
	unsigned n = 0;
	const char *s = v != NULL && LLVMIsAMDString(v) ? LLVMGetMDString(v, &n) : "";
	snprintf(out, bytes, "%.*s", (int)n, s);
}

static uint32_t operands(LLVMValueRef node, LLVMValueRef *ops) {
	if (node == NULL || !LLVMIsAMDNode(node) || LLVMIsAMDString(node)) {
		return 0;
	}
	unsigned n = LLVMGetMDNodeNumOperands(node);
	if (n > MAX_OPERANDS) {
		diff_give_up("metadata", "");
	}
	LLVMGetMDNodeOperands(node, ops);
	return n;
}

static bool is_int(LLVMValueRef v) {
	return v != NULL && LLVMIsAConstantInt(v) != NULL;
}

static uint32_t number(LLVMValueRef v) {
	return is_int(v) ? (uint32_t)LLVMConstIntGetZExtValue(v) : 0;
}

/* A number, or a global that holds one after its initialiser ran; -1 when it is neither. */
static int64_t evaluated(LLVMValueRef v) {
	LLVMValueRef global = v != NULL && !is_int(v) ? LLVMIsAGlobalVariable(v) : NULL;
	LLVMValueRef value = global != NULL ? LLVMGetInitializer(global) : v;
	return is_int(value) ? LLVMConstIntGetSExtValue(value) : -1;
}

static void keep(LLVMValueRef v) {
	if (v != NULL && LLVMIsAGlobalVariable(v)) {
		LLVMSetLinkage(v, LLVMExternalLinkage);
	}
}

/* Globals that nodes refer to: metadata keeps nothing alive. */
static void keep_globals(LLVMValueRef list) {
	LLVMValueRef nodes[MAX_OPERANDS], keys[MAX_OPERANDS], guard[MAX_OPERANDS];
	uint32_t n = operands(list, nodes);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t count = operands(nodes[i], keys);
		for (uint32_t k = 0; k + 1 < count; k++) {
			if (text_is(keys[k], "air.function_constant") &&
				operands(keys[k + 1], guard) > 0) {
				keep(guard[0]);
			} else if (text_is(keys[k], "air.location_index") ||
				text_is(keys[k], "air.render_target")) {
				keep(keys[k + 1]);
			}
		}
	}
}

void diff_meta_find(struct diff_module *m, const char *entry) {
	static const char *const lists[] = { "air.vertex", "air.fragment", "air.kernel" };
	static LLVMValueRef nodes[4096];
	for (uint32_t s = 0; s < 3; s++) {
		unsigned n = LLVMGetNamedMetadataNumOperands(m->module, lists[s]);
		if (n > 4096) {
			diff_give_up("metadata", "");
		}
		LLVMGetNamedMetadataOperands(m->module, lists[s], nodes);
		for (unsigned k = 0; k < n; k++) {
			LLVMValueRef ops[MAX_OPERANDS];
			uint32_t count = operands(nodes[k], ops);
			size_t length;
			if (count >= 3 && ops[0] != NULL && LLVMIsAFunction(ops[0]) &&
				strcmp(LLVMGetValueName2(ops[0], &length), entry) == 0) {
				diff.stage = (enum diff_stage)s;
				m->entry = ops[0];
				m->output_node = ops[1];
				m->input_node = ops[2];
				for (uint32_t e = 3; e < count; e++) {
					diff.early_tests |= text_is(ops[e], "early_fragment_tests");
				}
			}
		}
	}
	if (m->entry == NULL) {
		diff_give_up("stage: no vertex, fragment or kernel function of that name", "");
	}
	keep_globals(m->input_node);
	keep_globals(m->output_node);
}

/* Members of a struct, those of structs in it in their place. */
static void read_fields(LLVMValueRef node, uint32_t base, struct diff_argument *a, uint32_t depth) {
	LLVMValueRef ops[MAX_OPERANDS], inner = NULL;
	uint32_t n = operands(node, ops);
	for (uint32_t i = 0; i < n && depth < 6;) {
		if (i + 1 < n && text_is(ops[i], "air.struct_type_info")) {
			inner = ops[i + 1];
			i += 2;
			continue;
		}
		if (i + 1 < n && text_is(ops[i], "air.indirect_argument")) {
			i += 2;
			continue;
		}
		if (i + 4 >= n || !is_int(ops[i]) || a->field_count == DIFF_MAX_FIELDS) {
			return;
		}
		struct diff_field f = { base + number(ops[i]), number(ops[i + 1]),
			number(ops[i + 2]), "", "" };
		copy_text(f.type, sizeof(f.type), ops[i + 3]);
		copy_text(f.name, sizeof(f.name), ops[i + 4]);
		f.count = f.count > 0 ? f.count : 1;
		if (inner != NULL) {
			for (uint32_t k = 0; k < f.count && k < 32; k++) {
				read_fields(inner, f.offset_bytes + k * f.size_bytes, a, depth + 1);
			}
			inner = NULL;
		} else {
			a->fields[a->field_count++] = f;
		}
		i += 5;
	}
}

static uint32_t guarded(LLVMValueRef *keys, uint32_t count, uint32_t at, bool *off) {
	LLVMValueRef guard[MAX_OPERANDS];
	if (at + 1 < count && text_is(keys[at], "air.function_constant")) {
		*off = operands(keys[at + 1], guard) == 0 || evaluated(guard[0]) == 0 ||
			!LLVMIsAGlobalVariable(guard[0]);
		return at + 2;
	}
	*off = false;
	return at;
}

/* "texture2d_ms_array<ushort, read>" */
static void read_texture(struct diff_argument *a, bool writes) {
	if (a->location >= DIFF_TEXTURES) {
		diff_give_up("texture index", "");
	}
	struct diff_texture *t = &diff.textures[a->location];
	const char *s = a->type_name, *component = strchr(s, '<');
	char shape[32];
	snprintf(shape, sizeof(shape), "%.*s", (int)strcspn(s, "<"), s);
	if (component == NULL || strcmp(shape, "texture_buffer") == 0) {
		diff_give_up("texture buffers", "");
	}
	component++;
	t->used = true;
	t->array = strstr(shape, "_array") != NULL;
	t->multisample = strstr(shape, "_ms") != NULL;
	t->depth = strncmp(shape, "depth", 5) == 0;
	t->dim = strstr(shape, "1d") != NULL    ? DIFF_1D
		: strstr(shape, "3d") != NULL   ? DIFF_3D
		: strstr(shape, "cube") != NULL ? DIFF_CUBE
						: DIFF_2D;
	t->half = strncmp(component, "half", 4) == 0;
	t->texel_class = strncmp(component, "int", 3) == 0 || strncmp(component, "short", 5) == 0
		? DIFF_CLASS_SINT
		: component[0] == 'u' ? DIFF_CLASS_UINT
				      : DIFF_CLASS_FLOAT;
	t->written |= writes;
	t->channels = writes && strstr(s, "read_write") != NULL ? 1 : 4;
	a->written = writes;
}

static void read_argument(struct diff_module *m, LLVMValueRef node) {
	LLVMValueRef keys[MAX_OPERANDS];
	uint32_t count = operands(node, keys);
	uint32_t index = count > 1 ? number(keys[0]) : DIFF_MAX_ARGUMENTS;
	bool off, handle = false;
	if (index >= diff.argument_count) {
		diff_give_up("metadata", "of an argument");
	}
	struct diff_argument *a = &diff.arguments[index];
	LLVMValueRef param = LLVMGetParam(m->entry, index), info = NULL;
	uint32_t at = guarded(keys, count, 1, &off);
	if (off || at >= count || LLVMGetFirstUse(param) == NULL) {
		return;
	}
	static const struct {
		const char *role;
		uint8_t kind;
	} roles[] = {
		{ "air.buffer", DIFF_ARG_BUFFER },
		{ "air.texture", DIFF_ARG_TEXTURE },
		{ "air.sampler", DIFF_ARG_SAMPLER },
		{ "air.vertex_input", DIFF_ARG_ATTRIBUTE },
		{ "air.fragment_input", DIFF_ARG_VARYING },
		{ "air.render_target", DIFF_ARG_FETCH },
	};
	copy_text(a->role, sizeof(a->role), keys[at]);
	uint8_t kind = DIFF_ARG_BUILTIN;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		kind = strcmp(a->role, roles[i].role) == 0 ? roles[i].kind : kind;
	}
	bool writes = false;
	if (kind == DIFF_ARG_FETCH) {
		a->location = number(keys[at + 1]);
	}
	for (uint32_t k = at + 1; k < count; k++) {
		LLVMValueRef next = k + 1 < count ? keys[k + 1] : NULL;
		if (text_is(keys[k], "air.location_index")) {
			int64_t location = evaluated(next);
			handle = handle || location < 0;
			a->location = (uint32_t)location;
		} else if (text_is(keys[k], "air.struct_type_info")) {
			info = next;
		} else if (text_is(keys[k], "air.arg_type_name")) {
			copy_text(a->type_name, sizeof(a->type_name), next);
		} else if (text_is(keys[k], "air.arg_name")) {
			copy_text(a->name, sizeof(a->name), next);
		} else if (text_is(keys[k], "air.arg_type_size")) {
			a->type_bytes = number(next);
		} else if (text_is(keys[k], "air.flat")) {
			a->flat = true;
		} else if (text_is(keys[k], "air.write") || text_is(keys[k], "air.read_write")) {
			writes = true;
		} else if (a->semantic[0] == '\0' && LLVMIsAMDString(keys[k])) {
			char text[64];
			copy_text(text, sizeof(text), keys[k]);
			if (strncmp(text, "user(", 5) == 0 ||
				strncmp(text, "generated(", 10) == 0) {
				snprintf(a->semantic, sizeof(a->semantic), "%s", text);
			}
		}
	}
	if (handle) {
		return; // its index says that it is absent
	}
	a->kind = kind;
	if (kind == DIFF_ARG_BUFFER) {
		if (LLVMGetPointerAddressSpace(LLVMTypeOf(param)) == 3) {
			a->kind = DIFF_ARG_THREADGROUP;
		}
		if (a->location >= DIFF_BUFFERS) {
			diff_give_up("buffer index", "");
		}
		a->written = writes;
		a->space = (uint8_t)LLVMGetPointerAddressSpace(LLVMTypeOf(param));
		a->fields = calloc(DIFF_MAX_FIELDS, sizeof(*a->fields));
		if (info != NULL && a->fields != NULL) {
			read_fields(info, 0, a, 0);
		}
	} else if (kind == DIFF_ARG_TEXTURE) {
		read_texture(a, writes);
	} else if ((kind == DIFF_ARG_BUILTIN || kind == DIFF_ARG_VARYING) &&
		a->type.kind == DIFF_T_PTR) {
		diff_give_up("argument", a->role);
	}
}

static LLVMTypeRef member(LLVMTypeRef type, uint32_t i) {
	return LLVMGetTypeKind(type) == LLVMStructTypeKind ? LLVMStructGetTypeAtIndex(type, i)
							   : type;
}

static void read_output(struct diff_module *m, LLVMValueRef node, uint32_t index,
	LLVMTypeRef type) {
	LLVMValueRef keys[MAX_OPERANDS];
	uint32_t count = operands(node, keys);
	struct diff_output *o = &diff.outputs[index];
	uint32_t at = guarded(keys, count, 0, &o->off);
	copy_text(o->role, sizeof(o->role), at < count ? keys[at] : NULL);
	LLVMTypeRef t = member(type, index);
	if (LLVMGetTypeKind(type) == LLVMStructTypeKind) {
		o->offset_bytes = (uint32_t)LLVMOffsetOfElement(LLVMGetModuleDataLayout(m->module),
			type, index);
	}
	if (LLVMGetTypeKind(t) == LLVMArrayTypeKind) {
		o->type = diff_type_of(LLVMGetElementType(t));
		o->type.count = (uint8_t)LLVMGetArrayLength2(t);
	} else {
		o->type = diff_type_of(t);
	}
	if (strcmp(o->role, "air.render_target") == 0) {
		int64_t slot = at + 1 < count ? evaluated(keys[at + 1]) : -1;
		o->off |= slot < 0;
		o->location = (uint32_t)slot;
		o->second = at + 2 < count ? number(keys[at + 2]) : 0;
	}
	for (uint32_t k = at + 1; k < count; k++) {
		char text[64];
		copy_text(text, sizeof(text), keys[k]);
		if (strncmp(text, "user(", 5) == 0 || strncmp(text, "generated(", 10) == 0) {
			snprintf(o->semantic, sizeof(o->semantic), "%s", text);
		} else if (text_is(keys[k], "air.arg_type_name") && k + 1 < count) {
			copy_text(text, sizeof(text), keys[k + 1]);
			o->is_signed = text[0] != 'u' && strncmp(text, "bool", 4) != 0;
		}
	}
	// What GLES gives back: a second source, a sample mask and the like only blending sees.
	static const char *const seen[] = { "air.position", "air.point_size", "air.vertex_output",
		"air.render_target", "air.depth" };
	bool comes_back = false;
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		comes_back |= strcmp(o->role, seen[i]) == 0;
	}
	o->off |= !comes_back || o->second > 0;
	if (o->type.kind == DIFF_T_OTHER || o->type.count > 8) {
		diff_give_up("output", o->role);
	}
}

void diff_meta_read(struct diff_module *m) {
	LLVMValueRef nodes[MAX_OPERANDS];
	diff.argument_count = LLVMCountParams(m->entry);
	if (diff.argument_count > DIFF_MAX_ARGUMENTS) {
		diff_give_up("arguments", "");
	}
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		diff.arguments[i].type = diff_type_of(LLVMTypeOf(LLVMGetParam(m->entry, i)));
	}
	uint32_t n = operands(m->input_node, nodes);
	for (uint32_t i = 0; i < n; i++) {
		read_argument(m, nodes[i]);
	}
	n = operands(m->output_node, nodes);
	LLVMTypeRef type = LLVMGetReturnType(LLVMGlobalGetValueType(m->entry));
	if (n > DIFF_MAX_OUTPUTS || LLVMGetTypeKind(type) == LLVMVoidTypeKind) {
		n = 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		read_output(m, nodes[i], i, type);
	}
	diff.output_count = n;
}
