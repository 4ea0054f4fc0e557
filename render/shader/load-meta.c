// SPDX-License-Identifier: GPL-2.0-or-later
#include "load-private.h"

#include <stdlib.h>
#include <string.h>

/* AIR metadata to entry description: spec 05 §3.2 to §3.6. Keys are found by name, not position. */

const char *load_md_text(LLVMValueRef value, unsigned *n) {
	return value != NULL && LLVMIsAMDString(value) ? LLVMGetMDString(value, n) : NULL;
}

bool load_md_is(LLVMValueRef value, const char *text) {
	unsigned n = 0;
	const char *s = load_md_text(value, &n);
	return s != NULL && n == strlen(text) && memcmp(s, text, n) == 0;
}

/* The operands of a node, in the arena; *count is 0 when it is no node. */
static LLVMValueRef *operands(struct loader *l, LLVMValueRef node, uint32_t *count) {
	*count = 0;
	// A constant in metadata comes out as the constant itself.
	if (node == NULL || LLVMIsAMDNode(node) == NULL || LLVMIsAMDString(node) != NULL ||
			LLVMIsAConstant(node) != NULL) {
		return NULL;
	}
	unsigned n = LLVMGetMDNodeNumOperands(node);
	if (n == 0 || n > 4096) {
		return NULL;
	}
	LLVMValueRef *ops = pvg_arena_alloc(l->arena, n, sizeof(LLVMValueRef));
	LLVMGetMDNodeOperands(node, ops);
	*count = n;
	return ops;
}

static bool int_operand(LLVMValueRef value, uint32_t *v) {
	if (value == NULL || LLVMIsAConstantInt(value) == NULL) {
		return false;
	}
	*v = (uint32_t)LLVMConstIntGetZExtValue(value);
	return true;
}

static const char *arena_md_text(struct loader *l, LLVMValueRef value) {
	unsigned n = 0;
	const char *s = load_md_text(value, &n);
	return s != NULL ? pvg_arena_text(l->arena, s, n) : "";
}

struct builtin_name {
	const char *text;
	enum air_builtin builtin;
};

static const struct builtin_name builtin_names[] = {
	{"air.amplification_count", AIR_BI_AMPLIFICATION_COUNT},
	{"air.amplification_id", AIR_BI_AMPLIFICATION_ID},
	{"air.base_instance", AIR_BI_BASE_INSTANCE},
	{"air.base_vertex", AIR_BI_BASE_VERTEX},
	{"air.dispatch_quadgroups_per_threadgroup", AIR_BI_QUADGROUPS_PER_THREADGROUP},
	{"air.dispatch_simdgroups_per_threadgroup", AIR_BI_SIMDGROUPS_PER_THREADGROUP},
	{"air.dispatch_threads_per_threadgroup", AIR_BI_THREADS_PER_THREADGROUP},
	{"air.front_facing", AIR_BI_FRONT_FACING},
	{"air.instance_id", AIR_BI_INSTANCE_ID},
	{"air.patch_id", AIR_BI_PATCH_ID},
	{"air.point_coord", AIR_BI_POINT_COORD},
	{"air.position_in_patch", AIR_BI_POSITION_IN_PATCH},
	{"air.primitive_id", AIR_BI_PRIMITIVE_ID},
	{"air.quadgroup_index_in_threadgroup", AIR_BI_QUADGROUP_INDEX},
	{"air.quadgroups_per_threadgroup", AIR_BI_QUADGROUPS_PER_THREADGROUP},
	{"air.render_target_array_index", AIR_BI_LAYER_IN},
	{"air.sample_id", AIR_BI_SAMPLE_ID},
	{"air.sample_mask_in", AIR_BI_SAMPLE_MASK_IN},
	{"air.simdgroup_index_in_threadgroup", AIR_BI_SIMDGROUP_INDEX},
	{"air.simdgroups_per_threadgroup", AIR_BI_SIMDGROUPS_PER_THREADGROUP},
	{"air.stage_in_grid_origin", AIR_BI_STAGE_IN_ORIGIN},
	{"air.stage_in_grid_size", AIR_BI_STAGE_IN_SIZE},
	{"air.thread_execution_width", AIR_BI_THREADS_PER_SIMDGROUP},
	{"air.thread_index_in_quadgroup", AIR_BI_THREAD_INDEX_IN_QUADGROUP},
	{"air.thread_index_in_simdgroup", AIR_BI_THREAD_INDEX_IN_SIMDGROUP},
	{"air.thread_index_in_threadgroup", AIR_BI_THREAD_INDEX_IN_THREADGROUP},
	{"air.thread_position_in_grid", AIR_BI_THREAD_POSITION_IN_GRID},
	{"air.thread_position_in_threadgroup", AIR_BI_THREAD_POSITION_IN_THREADGROUP},
	{"air.threadgroup_position_in_grid", AIR_BI_THREADGROUP_POSITION_IN_GRID},
	{"air.threadgroups_per_grid", AIR_BI_THREADGROUPS_PER_GRID},
	{"air.threads_per_grid", AIR_BI_THREADS_PER_GRID},
	{"air.threads_per_simdgroup", AIR_BI_THREADS_PER_SIMDGROUP},
	{"air.threads_per_threadgroup", AIR_BI_THREADS_PER_THREADGROUP},
	{"air.vertex_id", AIR_BI_VERTEX_ID},
	{"air.viewport_array_index", AIR_BI_VIEWPORT_IN},
};

/* "texture2d_ms_array<ushort, read>" and the like. */
static bool parse_texture_type(const char *text, struct air_texture *t) {
	static const struct {
		const char *name;
		struct air_texture texture;
	} shapes[] = {
		{"texture1d", {AIR_DIM_1D, false, false, false, AIR_F32, false}},
		{"texture1d_array", {AIR_DIM_1D, true, false, false, AIR_F32, false}},
		{"texture2d", {AIR_DIM_2D, false, false, false, AIR_F32, false}},
		{"texture2d_array", {AIR_DIM_2D, true, false, false, AIR_F32, false}},
		{"texture2d_ms", {AIR_DIM_2D, false, true, false, AIR_F32, false}},
		{"texture2d_ms_array", {AIR_DIM_2D, true, true, false, AIR_F32, false}},
		{"texture3d", {AIR_DIM_3D, false, false, false, AIR_F32, false}},
		{"texturecube", {AIR_DIM_CUBE, false, false, false, AIR_F32, false}},
		{"texturecube_array", {AIR_DIM_CUBE, true, false, false, AIR_F32, false}},
		{"texture_buffer", {AIR_DIM_BUFFER, false, false, false, AIR_F32, false}},
		{"depth2d", {AIR_DIM_2D, false, false, true, AIR_F32, false}},
		{"depth2d_array", {AIR_DIM_2D, true, false, true, AIR_F32, false}},
		{"depth2d_ms", {AIR_DIM_2D, false, true, true, AIR_F32, false}},
		{"depth2d_ms_array", {AIR_DIM_2D, true, true, true, AIR_F32, false}},
		{"depthcube", {AIR_DIM_CUBE, false, false, true, AIR_F32, false}},
		{"depthcube_array", {AIR_DIM_CUBE, true, false, true, AIR_F32, false}},
	};
	static const struct {
		const char *name;
		uint8_t kind;
		bool is_signed;
	} components[] = {
		{"float", AIR_F32, false}, {"half", AIR_F16, false}, {"int", AIR_I32, true},
		{"uint", AIR_I32, false}, {"short", AIR_I16, true}, {"ushort", AIR_I16, false},
	};
	if (strncmp(text, "array<", 6) == 0) {
		text += 6;
	}
	size_t n = strcspn(text, "<");
	bool found = false;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (strlen(shapes[i].name) == n && memcmp(shapes[i].name, text, n) == 0) {
			*t = shapes[i].texture;
			found = true;
		}
	}
	if (!found || text[n] != '<') {
		return false;
	}
	text += n + 1;
	n = strcspn(text, ",> ");
	for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++) {
		if (strlen(components[i].name) == n && memcmp(components[i].name, text, n) == 0) {
			t->component = components[i].kind;
			t->component_signed = components[i].is_signed;
			return true;
		}
	}
	return false;
}

/* Handles that may be declared and never used: their intrinsics are refused, not they. */
static bool is_opaque_role(const char *role) {
	return strcmp(role, "air.visible_function_table") == 0 ||
		strcmp(role, "air.intersection_function_table") == 0 ||
		strstr(role, "acceleration_structure") != NULL;
}

static bool refused_role(struct loader *l, const char *role) {
	static const struct {
		const char *prefix;
		enum pvg_shader_reason reason;
	} refused[] = {
		{"air.imageblock", PVG_SHADER_IMAGEBLOCK},
		{"air.payload", PVG_SHADER_MESH},
		{"air.mesh", PVG_SHADER_MESH},
		{"air.patch", PVG_SHADER_TESSELLATION},
		{"air.barycentric", PVG_SHADER_TARGET_STAGE},
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strncmp(role, refused[i].prefix, strlen(refused[i].prefix)) == 0) {
			return pvg_shader_refuse(l->status, refused[i].reason, "%s", role);
		}
	}
	return pvg_shader_refuse(l->status, PVG_SHADER_ARGUMENT, "%s", role);
}

/* Reads the keys that arguments and outputs share; at points behind the role. */
static void parse_keys(struct loader *l, struct load_param *p, LLVMValueRef *ops, uint32_t count,
		uint32_t at) {
	struct air_param *a = &p->param;
	a->count = 1;
	for (uint32_t i = at; i < count; i++) {
		LLVMValueRef next = i + 1 < count ? ops[i + 1] : NULL;
		unsigned n = 0;
		const char *s = load_md_text(ops[i], &n);
		if (s == NULL) {
			continue;
		}
		if (load_md_is(ops[i], "air.location_index")) {
			if (!int_operand(next, &a->location)) {
				p->location = next != NULL ? LLVMIsAGlobalVariable(next) : NULL;
			}
			if (i + 2 < count) {
				int_operand(ops[i + 2], &a->count);
			}
			i += 2;
		} else if (load_md_is(ops[i], "air.buffer_size")) {
			int_operand(next, &a->buffer_bytes);
			i++;
		} else if (load_md_is(ops[i], "air.address_space")) {
			uint32_t space = a->space;
			int_operand(next, &space);
			a->space = (uint8_t)space;
			i++;
		} else if (load_md_is(ops[i], "air.arg_type_align_size")) {
			int_operand(next, &a->type_align_bytes);
			i++;
		} else if (load_md_is(ops[i], "air.clip_distance_array_size")) {
			int_operand(next, &a->array_size);
			i++;
		} else if (load_md_is(ops[i], "air.arg_name")) {
			a->name = arena_md_text(l, next);
			i++;
		} else if (load_md_is(ops[i], "air.arg_type_name")) {
			a->type_name = arena_md_text(l, next);
			if (a->role == AIR_ROLE_TEXTURE &&
				!parse_texture_type(arena_md_text(l, next), &a->texture)) {
				pvg_shader_refuse(l->status, PVG_SHADER_TEXTURE, "%s",
					arena_md_text(l, next));
			}
			i++;
		} else if (load_md_is(ops[i], "air.arg_type_size") ||
				load_md_is(ops[i], "air.raster_order_group") ||
				load_md_is(ops[i], "air.struct_type_info")) {
			i++;
		} else if (load_md_is(ops[i], "air.read")) {
			a->access = AIR_ACCESS_READ;
		} else if (load_md_is(ops[i], "air.write")) {
			a->access = AIR_ACCESS_WRITE;
		} else if (load_md_is(ops[i], "air.read_write")) {
			a->access = AIR_ACCESS_READ_WRITE;
		} else if (load_md_is(ops[i], "air.sample")) {
			a->access = AIR_ACCESS_SAMPLE;
			a->interpolation = AIR_INTERPOLATION_SAMPLE;
		} else if (load_md_is(ops[i], "air.centroid")) {
			a->interpolation = AIR_INTERPOLATION_CENTROID;
		} else if (load_md_is(ops[i], "air.flat")) {
			a->interpolation = AIR_INTERPOLATION_FLAT;
		} else if (load_md_is(ops[i], "air.no_perspective")) {
			a->no_perspective = true;
		} else if (load_md_is(ops[i], "air.interpolation_function")) {
			a->pull_model = true;
		} else if (load_md_is(ops[i], "air.invariant")) {
			a->invariant = true;
		} else if (load_md_is(ops[i], "air.less")) {
			a->depth_qualifier = 1;
		} else if (load_md_is(ops[i], "air.greater")) {
			a->depth_qualifier = 2;
		} else if ((n > 5 && memcmp(s, "user(", 5) == 0) ||
			(n > 10 && memcmp(s, "generated(", 10) == 0)) {
			a->semantic = arena_md_text(l, ops[i]);
		}
	}
}

/* A guard in front of the role: the argument exists only if the constant is true. */
static uint32_t parse_guard(struct loader *l, struct load_param *p, LLVMValueRef *ops,
		uint32_t count, uint32_t at) {
	if (at + 1 < count && load_md_is(ops[at], "air.function_constant")) {
		uint32_t n;
		LLVMValueRef *guard = operands(l, ops[at + 1], &n);
		p->guard = n > 0 && guard[0] != NULL ? LLVMIsAGlobalVariable(guard[0]) : NULL;
		return at + 2;
	}
	return at;
}

/*
 * {"air.patch_control_point_function", function} and a node for each member of what it returns. The
 * function has no body: the call is what reads a control point.
 */
static bool parse_control_points(struct loader *l, LLVMValueRef *ops, uint32_t count, uint32_t at,
		struct air_param *a) {
	a->role = AIR_ROLE_CONTROL_POINTS;
	a->members = pvg_arena_alloc(l->arena, count, sizeof(*a->members));
	LLVMValueRef function = NULL;
	for (uint32_t i = at; i < count; i++) {
		uint32_t n;
		LLVMValueRef *node = operands(l, ops[i], &n);
		if (n >= 2 && load_md_is(node[0], "air.patch_control_point_function")) {
			function = node[1] != NULL ? LLVMIsAFunction(node[1]) : NULL;
			continue;
		}
		struct load_param member = {0};
		member.param.type_name = "";
		parse_keys(l, &member, node, n, 0);
		a->members[a->member_count++] = (struct air_member){
			.location = member.param.location, .type_name = member.param.type_name,
		};
	}
	LLVMTypeRef type = function != NULL ? LLVMGetReturnType(LLVMGlobalGetValueType(function)) :
		NULL;
	if (type == NULL || LLVMGetTypeKind(type) != LLVMStructTypeKind ||
			LLVMCountStructElementTypes(type) != a->member_count) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA, "control points");
	}
	size_t length;
	const char *name = LLVMGetValueName2(function, &length);
	a->name = pvg_arena_text(l->arena, name, length);
	for (uint32_t i = 0; i < a->member_count; i++) {
		const struct air_type *t = load_type(l, LLVMStructGetTypeAtIndex(type, i));
		if (t == NULL) {
			return false;
		}
		a->members[i].components = t->comp_count;
	}
	return true;
}

/*
 * One resource is a pointer into device, constant or threadgroup memory. Several are a pointer to
 * that many handles in private memory, or that many handles.
 */
static bool handles_match(struct loader *l, LLVMTypeRef type, const struct air_param *a) {
	if (LLVMGetTypeKind(type) == LLVMPointerTypeKind) {
		bool is_private = LLVMGetPointerAddressSpace(type) == AIR_SPACE_PRIVATE;
		return is_private ? a->count > 0 && a->count <= 128 : a->count == 1;
	}
	const struct air_type *t = load_type(l, type);
	if (t == NULL || t->comp_count != a->count || a->count < 2) {
		return false;
	}
	for (uint32_t i = 0; i < t->comp_count; i++) {
		if (t->comps[i].kind != AIR_PTR) {
			return false;
		}
	}
	return true;
}

static bool parse_input(struct loader *l, LLVMValueRef node, struct load_param *p) {
	uint32_t count;
	LLVMValueRef *ops = operands(l, node, &count);
	p->param.name = p->param.semantic = p->param.type_name = "";
	if (count < 2 || !int_operand(ops[0], &p->arg_index) ||
			p->arg_index >= LLVMCountParams(l->entry)) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA, "input node");
	}
	uint32_t at = parse_guard(l, p, ops, count, 1);
	unsigned n = 0;
	if (at >= count || load_md_text(ops[at], &n) == NULL) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA,
			"input without a role");
	}
	LLVMTypeRef type = LLVMTypeOf(LLVMGetParam(l->entry, p->arg_index));
	const char *role = arena_md_text(l, ops[at]);
	struct air_param *a = &p->param;
	bool is_pointer = LLVMGetTypeKind(type) == LLVMPointerTypeKind;
	if (strcmp(role, "air.buffer") == 0 || strcmp(role, "air.indirect_buffer") == 0) {
		a->role = AIR_ROLE_BUFFER;
		a->space = is_pointer ? (uint8_t)LLVMGetPointerAddressSpace(type) : 0;
	} else if (strcmp(role, "air.texture") == 0) {
		a->role = AIR_ROLE_TEXTURE;
	} else if (strcmp(role, "air.sampler") == 0) {
		a->role = AIR_ROLE_SAMPLER;
	} else if (strcmp(role, "air.vertex_input") == 0 || strcmp(role, "air.stage_in") == 0) {
		a->role = AIR_ROLE_VERTEX_INPUT;
	} else if (strcmp(role, "air.patch_input") == 0) {
		a->role = AIR_ROLE_PATCH_INPUT;
	} else if (strcmp(role, "air.patch_control_point_input") == 0) {
		return parse_control_points(l, ops, count, at + 1, a);
	} else if (strcmp(role, "air.fragment_input") == 0) {
		a->role = AIR_ROLE_FRAGMENT_INPUT;
	} else if (strcmp(role, "air.render_target") == 0) {
		a->role = AIR_ROLE_RENDER_TARGET;
		if (at + 1 < count && !int_operand(ops[at + 1], &a->location)) {
			p->location =
				ops[at + 1] != NULL ? LLVMIsAGlobalVariable(ops[at + 1]) : NULL;
		}
	} else if (strcmp(role, "air.position") == 0) {
		a->role = AIR_ROLE_BUILTIN;
		a->builtin = AIR_BI_FRAG_COORD;
	} else {
		for (size_t i = 0; i < sizeof(builtin_names) / sizeof(builtin_names[0]); i++) {
			if (strcmp(role, builtin_names[i].text) == 0) {
				a->role = AIR_ROLE_BUILTIN;
				a->builtin = builtin_names[i].builtin;
			}
		}
		if (a->role == AIR_ROLE_UNUSED && !is_opaque_role(role)) {
			return refused_role(l, role);
		}
	}
	parse_keys(l, p, ops, count, at + 1);
	bool resource = a->role == AIR_ROLE_BUFFER || a->role == AIR_ROLE_TEXTURE ||
		a->role == AIR_ROLE_SAMPLER;
	if (resource && !handles_match(l, type, a)) {
		return pvg_shader_refuse(l->status, PVG_SHADER_ARGUMENT, "array of resources: %s",
			a->name);
	}
	if (a->role == AIR_ROLE_FRAGMENT_INPUT && is_pointer) {
		a->pull_model = true;
	}
	return l->status->reason == PVG_SHADER_OK;
}

static bool parse_output(struct loader *l, LLVMValueRef node, struct load_param *p) {
	static const struct {
		const char *text;
		enum air_role role;
	} roles[] = {
		{"air.render_target", AIR_ROLE_RENDER_TARGET},
		{"air.depth", AIR_ROLE_DEPTH},
		{"air.stencil", AIR_ROLE_STENCIL},
		{"air.sample_mask", AIR_ROLE_SAMPLE_MASK},
		{"air.position", AIR_ROLE_POSITION},
		{"air.vertex_output", AIR_ROLE_VERTEX_OUTPUT},
		{"air.clip_distance", AIR_ROLE_CLIP_DISTANCE},
		{"air.point_size", AIR_ROLE_POINT_SIZE},
		{"air.render_target_array_index", AIR_ROLE_LAYER},
		{"air.viewport_array_index", AIR_ROLE_VIEWPORT},
	};
	uint32_t count;
	LLVMValueRef *ops = operands(l, node, &count);
	struct air_param *a = &p->param;
	a->name = a->semantic = a->type_name = "";
	uint32_t at = parse_guard(l, p, ops, count, 0);
	unsigned n = 0;
	if (at >= count || load_md_text(ops[at], &n) == NULL) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA,
			"output without a role");
	}
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (load_md_is(ops[at], roles[i].text)) {
			a->role = roles[i].role;
		}
	}
	if (a->role == AIR_ROLE_UNUSED) {
		return pvg_shader_refuse(l->status, PVG_SHADER_OUTPUT, "%s",
			arena_md_text(l, ops[at]));
	}
	if (a->role == AIR_ROLE_RENDER_TARGET) {
		// AIR 1.8 has only the slot, later versions the dual-source index behind it.
		if (at + 1 < count && !int_operand(ops[at + 1], &a->location)) {
			p->location =
				ops[at + 1] != NULL ? LLVMIsAGlobalVariable(ops[at + 1]) : NULL;
		}
		if (at + 2 < count) {
			int_operand(ops[at + 2], &a->dual_source);
		}
	}
	parse_keys(l, p, ops, count, at + 1);
	return l->status->reason == PVG_SHADER_OK;
}

/* Strings and nodes behind the inputs (spec 05 §3.2). */
static bool parse_extras(struct loader *l, LLVMValueRef *ops, uint32_t count) {
	for (uint32_t i = 3; i < count; i++) {
		if (load_md_is(ops[i], "early_fragment_tests")) {
			l->function->early_fragment_tests = true;
			continue;
		}
		uint32_t n;
		LLVMValueRef *extra = operands(l, ops[i], &n);
		if (n >= 2 && load_md_is(extra[0], "air.max_work_group_size")) {
			int_operand(extra[1], &l->function->max_work_group_size);
		} else if (n >= 1 && load_md_is(extra[0], "air.patch")) {
			l->function->patch = n >= 2 && load_md_is(extra[1], "quad") ? 2 : 1;
			for (uint32_t k = 2; k + 1 < n; k++) {
				if (load_md_is(extra[k], "air.patch_control_point")) {
					int_operand(extra[k + 1], &l->function->control_points);
				}
			}
			if (l->function->control_points > 32) {
				return pvg_shader_refuse(l->status, PVG_SHADER_TESSELLATION,
					"%u control points", l->function->control_points);
			}
		}
	}
	return true;
}

static bool parse_entry(struct loader *l, LLVMValueRef node) {
	uint32_t count, n;
	LLVMValueRef *ops = operands(l, node, &count);
	if (count < 3) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA, "entry node");
	}
	LLVMValueRef *outputs = operands(l, ops[1], &n);
	if (n > LOAD_MAX_ARGS) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA, "%u outputs", n);
	}
	l->outputs = pvg_arena_alloc(l->arena, n, sizeof(*l->outputs));
	l->output_count = n;
	for (uint32_t i = 0; i < n; i++) {
		if (!parse_output(l, outputs[i], &l->outputs[i])) {
			return false;
		}
	}
	LLVMValueRef *inputs = operands(l, ops[2], &n);
	if (n > LOAD_MAX_ARGS) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_METADATA, "%u inputs", n);
	}
	l->inputs = pvg_arena_alloc(l->arena, n, sizeof(*l->inputs));
	l->input_count = n;
	for (uint32_t i = 0; i < n; i++) {
		if (!parse_input(l, inputs[i], &l->inputs[i])) {
			return false;
		}
	}
	return parse_extras(l, ops, count);
}

static void read_versions(struct loader *l) {
	LLVMValueRef node;
	uint32_t count;
	if (LLVMGetNamedMetadataNumOperands(l->module, "air.version") == 1) {
		LLVMGetNamedMetadataOperands(l->module, "air.version", &node);
		LLVMValueRef *ops = operands(l, node, &count);
		if (count >= 2) {
			int_operand(ops[0], &l->function->air_major);
			int_operand(ops[1], &l->function->air_minor);
		}
	}
	unsigned n = LLVMGetNamedMetadataNumOperands(l->module, "air.compile_options");
	if (n == 0 || n > 64) {
		return;
	}
	LLVMValueRef options[64];
	LLVMGetNamedMetadataOperands(l->module, "air.compile_options", options);
	for (unsigned i = 0; i < n; i++) {
		LLVMValueRef *ops = operands(l, options[i], &count);
		if (count > 0 && load_md_is(ops[0], "air.compile.fast_math_enable")) {
			l->function->fast_math = true;
		}
	}
}

static const struct {
	const char *node;
	int stage; // enum air_stage, or -1
	enum pvg_shader_reason reason;
} stages[] = {
	{"air.vertex", AIR_VERTEX, PVG_SHADER_OK},
	{"air.fragment", AIR_FRAGMENT, PVG_SHADER_OK},
	{"air.kernel", AIR_KERNEL, PVG_SHADER_OK},
	{"air.mesh", -1, PVG_SHADER_MESH},
	{"air.object", -1, PVG_SHADER_MESH},
	{"air.intersection", -1, PVG_SHADER_RAY_TRACING},
	{"air.visible", -1, PVG_SHADER_STAGE},
};

/* Calls visit for every entry node until it returns false. */
static void for_entries(struct loader *l,
	bool (*visit)(struct loader *l, size_t stage, LLVMValueRef node, LLVMValueRef fn,
		void *data),
	void *data) {
	for (size_t s = 0; s < sizeof(stages) / sizeof(stages[0]); s++) {
		unsigned n = LLVMGetNamedMetadataNumOperands(l->module, stages[s].node);
		if (n == 0 || n > 4096) {
			continue;
		}
		LLVMValueRef *nodes = pvg_arena_alloc(l->arena, n, sizeof(LLVMValueRef));
		LLVMGetNamedMetadataOperands(l->module, stages[s].node, nodes);
		for (unsigned i = 0; i < n; i++) {
			uint32_t count;
			LLVMValueRef *ops = operands(l, nodes[i], &count);
			LLVMValueRef fn =
				count > 0 && ops[0] != NULL ? LLVMIsAFunction(ops[0]) : NULL;
			if (fn != NULL && !visit(l, s, nodes[i], fn, data)) {
				return;
			}
		}
	}
}

struct pick {
	size_t stage;
	LLVMValueRef node; // borrowed
	LLVMValueRef function; // borrowed
};

static bool pick_entry(struct loader *l, size_t stage, LLVMValueRef node, LLVMValueRef fn,
		void *data) {
	struct pick *pick = data;
	size_t n;
	const char *name = LLVMGetValueName2(fn, &n);
	if (l->options->entry == NULL || (strlen(l->options->entry) == n &&
			memcmp(name, l->options->entry, n) == 0)) {
		*pick = (struct pick){stage, node, fn};
		return false;
	}
	return true;
}

bool load_entry(struct loader *l) {
	struct pick pick = {0};
	for_entries(l, pick_entry, &pick);
	if (pick.function == NULL) {
		return pvg_shader_refuse(l->status, PVG_SHADER_NO_FUNCTION, "%s",
			l->options->entry != NULL ? l->options->entry : "no entry point");
	}
	size_t n;
	const char *name = LLVMGetValueName2(pick.function, &n);
	l->function->name = pvg_arena_text(l->arena, name, n);
	if (stages[pick.stage].stage < 0) {
		return pvg_shader_refuse(l->status, stages[pick.stage].reason, "%s",
			stages[pick.stage].node + 4);
	}
	if (LLVMIsDeclaration(pick.function)) {
		return pvg_shader_refuse(l->status, PVG_SHADER_BAD_BITCODE,
			"entry point without a body");
	}
	l->function->stage = (enum air_stage)stages[pick.stage].stage;
	l->entry = pick.function;
	read_versions(l);
	return parse_entry(l, pick.node);
}

struct list {
	const char **names; // arena
	uint32_t count;
};

static bool list_entry(struct loader *l, size_t stage, LLVMValueRef node, LLVMValueRef fn,
		void *data) {
	struct list *list = data;
	size_t n;
	const char *name = LLVMGetValueName2(fn, &n);
	if (list->count < 256) {
		list->names[list->count++] = pvg_arena_text(l->arena, name, n);
	}
	return true;
}

bool load_list(struct loader *l, const char ***names, uint32_t *count) {
	struct list list = {pvg_arena_alloc(l->arena, 256, sizeof(char *)), 0};
	for_entries(l, list_entry, &list);
	*names = list.names;
	*count = list.count;
	return list.count > 0 ||
		pvg_shader_refuse(l->status, PVG_SHADER_NO_FUNCTION, "no entry point");
}
