// SPDX-License-Identifier: GPL-2.0-or-later
#include <spirv_cross/spirv_cross_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "translate.h"

/* SPIR-V to GLSL ES 3.20 with SPIRV-Cross (spec 05 §5.7, §5.13). */

static void handle_error(void *data, const char *text) {
	pvg_shader_refuse(data, PVG_SHADER_INVALID_GLSL, "%s", text);
}

static uint16_t slot_of_binding(const struct pvg_reflection *r, unsigned binding, bool sampler) {
	for (uint32_t i = 0; i < r->slot_count; i++) {
		uint8_t kind = r->slots[i].kind;
		bool is_sampler = kind == PVG_SLOT_SAMPLER || kind == PVG_SLOT_STATIC_SAMPLER;
		if (r->slots[i].binding == binding && is_sampler == sampler &&
			(sampler || kind == PVG_SLOT_TEXTURE ||
				r->slots[i].flags & PVG_SLOT_COPY)) {
			return (uint16_t)i;
		}
	}
	return UINT16_MAX;
}

/* GLSL knows a texture and a sampler as one: gives each pair that is used a unit. */
static bool combine(spvc_compiler compiler, struct pvg_reflection *r) {
	spvc_variable_id dummy = 0;
	if (spvc_compiler_build_dummy_sampler_for_combined_images(compiler, &dummy) !=
			SPVC_SUCCESS ||
		spvc_compiler_build_combined_image_samplers(compiler) != SPVC_SUCCESS) {
		return false;
	}
	const spvc_combined_image_sampler *pairs;
	size_t count;
	if (spvc_compiler_get_combined_image_samplers(compiler, &pairs, &count) != SPVC_SUCCESS ||
			count > 32) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		unsigned image = spvc_compiler_get_decoration(compiler, pairs[i].image_id,
			SpvDecorationBinding);
		uint16_t sampler = UINT16_MAX;
		if (pairs[i].sampler_id != dummy) {
			sampler = slot_of_binding(r,
				spvc_compiler_get_decoration(compiler, pairs[i].sampler_id,
					SpvDecorationBinding),
				true);
		}
		struct pvg_reflection_pair *pair = &r->pairs[r->pair_count++];
		*pair = (struct pvg_reflection_pair){
			.texture_slot = slot_of_binding(r, image, false), .sampler_slot = sampler,
			.unit = (uint16_t)i,
		};
		char name[32];
		snprintf(name, sizeof(name), "unit_%zu", i);
		spvc_compiler_set_name(compiler, pairs[i].combined_id, name);
		spvc_compiler_set_decoration(compiler, pairs[i].combined_id, SpvDecorationBinding,
			(unsigned)i);
		if (pair->texture_slot == UINT16_MAX) {
			return false;
		}
	}
	return true;
}

/* Textures over buffers have no sampler to be combined with: units behind those that have. */
static bool number_buffers(spvc_compiler compiler, struct pvg_reflection *r) {
	spvc_resources resources;
	const spvc_reflected_resource *list;
	size_t count;
	if (spvc_compiler_create_shader_resources(compiler, &resources) != SPVC_SUCCESS ||
		spvc_resources_get_resource_list_for_type(resources,
			SPVC_RESOURCE_TYPE_SEPARATE_IMAGE, &list, &count) != SPVC_SUCCESS) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		spvc_type type = spvc_compiler_get_type_handle(compiler, list[i].base_type_id);
		if (spvc_type_get_image_dimension(type) != SpvDimBuffer) {
			continue;
		}
		uint16_t slot = slot_of_binding(r,
			spvc_compiler_get_decoration(compiler, list[i].id, SpvDecorationBinding),
			false);
		if (slot == UINT16_MAX || r->pair_count >= PVG_REFLECTION_PAIRS) {
			return false;
		}
		struct pvg_reflection_pair *pair = &r->pairs[r->pair_count];
		*pair = (struct pvg_reflection_pair){
			.texture_slot = slot,
			.sampler_slot = UINT16_MAX,
			.unit = (uint16_t)r->pair_count,
		};
		spvc_compiler_set_decoration(compiler, list[i].id, SpvDecorationBinding,
			r->pair_count);
		r->pair_count++;
	}
	return true;
}

/* Bindings of one class of resources become 0, 1, 2...; slots of these kinds follow. */
static void renumber_type(spvc_compiler compiler, spvc_resources resources,
		spvc_resource_type type, struct pvg_reflection *r, int kind, bool uniform) {
	const spvc_reflected_resource *list;
	size_t count;
	if (spvc_resources_get_resource_list_for_type(resources, type, &list, &count) !=
		SPVC_SUCCESS) {
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		unsigned old =
			spvc_compiler_get_decoration(compiler, list[i].id, SpvDecorationBinding);
		spvc_compiler_set_decoration(compiler, list[i].id, SpvDecorationBinding, i);
		if (uniform && r->flags & PVG_REFLECT_PARAMS && r->params_binding == old + 256) {
			r->params_binding = i;
			continue;
		}
		for (uint32_t k = 0; k < r->slot_count; k++) {
			// Numbers below 256 are the emitter's: each is renumbered once.
			struct pvg_reflection_slot *s = &r->slots[k];
			if (s->kind == kind && s->binding == old + 256 &&
				((s->flags & PVG_SLOT_UNIFORM) != 0 && kind == PVG_SLOT_BUFFER) ==
					uniform) {
				s->binding = (uint16_t)i;
			}
		}
	}
}

/* Bindings of GLSL are one sequence for each kind. */
static bool renumber(spvc_compiler compiler, struct pvg_reflection *r) {
	spvc_resources resources;
	if (spvc_compiler_create_shader_resources(compiler, &resources) != SPVC_SUCCESS) {
		return false;
	}
	for (uint32_t i = 0; i < r->slot_count; i++) {
		if (r->slots[i].kind == PVG_SLOT_BUFFER || r->slots[i].kind == PVG_SLOT_IMAGE) {
			r->slots[i].binding = (uint16_t)(r->slots[i].binding + 256);
		}
	}
	r->params_binding += 256;
	renumber_type(compiler, resources, SPVC_RESOURCE_TYPE_STORAGE_BUFFER, r, PVG_SLOT_BUFFER,
		false);
	renumber_type(compiler, resources, SPVC_RESOURCE_TYPE_STORAGE_IMAGE, r, PVG_SLOT_IMAGE,
		false);
	renumber_type(compiler, resources, SPVC_RESOURCE_TYPE_UNIFORM_BUFFER, r, PVG_SLOT_BUFFER,
		true);
	if (!(r->flags & PVG_REFLECT_PARAMS)) {
		r->params_binding = 0;
	}
	return true;
}

/* Framebuffer fetch: the C API cannot say inout, so the declarations of fetched outputs change. */
static char *make_inout(const char *text, size_t *length, const struct pvg_reflection *r) {
	size_t n = strlen(text);
	char *out = malloc(n + 8 * 8 + 1);
	if (out == NULL) {
		return NULL;
	}
	size_t used = 0;
	for (const char *line = text; *line != '\0';) {
		const char *end = strchr(line, '\n');
		size_t size = end != NULL ? (size_t)(end - line) + 1 : strlen(line);
		const char *name = size > 16 ? memmem(line, size, " color_", 7) : NULL;
		const char *direction = name != NULL ? memmem(line, size, " out ", 5) : NULL;
		bool fetched = false;
		for (uint32_t i = 0; direction != NULL && i < r->slot_count; i++) {
			fetched |= r->slots[i].kind == PVG_SLOT_COLOR_INPUT &&
				!(r->slots[i].flags & PVG_SLOT_COPY) &&
				r->slots[i].metal_index == (unsigned)(name[7] - '0');
		}
		if (fetched && direction < name) {
			size_t head = (size_t)(direction - line) + 1;
			memcpy(out + used, line, head);
			memcpy(out + used + head, "inout", 5);
			memcpy(out + used + head + 5, direction + 4, size - head - 3);
			used += size + 2;
		} else {
			memcpy(out + used, line, size);
			used += size;
		}
		line += size;
	}
	out[used] = '\0';
	*length = used;
	return out;
}

static bool compile(spvc_compiler compiler, struct pvg_shader_result *result,
		struct pvg_shader_status *status) {
	struct pvg_reflection *r = &result->reflection;
	spvc_compiler_options options;
	spvc_compiler_create_compiler_options(compiler, &options);
	spvc_compiler_options_set_uint(options, SPVC_COMPILER_OPTION_GLSL_VERSION, 320);
	spvc_compiler_options_set_bool(options, SPVC_COMPILER_OPTION_GLSL_ES, SPVC_TRUE);
	spvc_compiler_options_set_bool(options, SPVC_COMPILER_OPTION_GLSL_VULKAN_SEMANTICS,
		SPVC_FALSE);
	spvc_compiler_options_set_bool(options,
		SPVC_COMPILER_OPTION_GLSL_SUPPORT_NONZERO_BASE_INSTANCE, SPVC_FALSE);
	spvc_compiler_options_set_bool(options,
		SPVC_COMPILER_OPTION_GLSL_ES_DEFAULT_FLOAT_PRECISION_HIGHP, SPVC_TRUE);
	spvc_compiler_options_set_bool(options,
		SPVC_COMPILER_OPTION_GLSL_ES_DEFAULT_INT_PRECISION_HIGHP, SPVC_TRUE);
	spvc_compiler_install_compiler_options(compiler, options);
	for (uint32_t i = 0; i < r->output_count; i++) {
		if (r->outputs[i].kind == PVG_OUTPUT_CLIP_DISTANCE) {
			spvc_compiler_require_extension(compiler, "GL_EXT_clip_cull_distance");
		}
		if (r->outputs[i].dual_source != 0) {
			spvc_compiler_require_extension(compiler, "GL_EXT_blend_func_extended");
		}
	}
	if (r->flags & PVG_REFLECT_FRAMEBUFFER_FETCH) {
		spvc_compiler_require_extension(compiler, "GL_EXT_shader_framebuffer_fetch");
	}
	if (!combine(compiler, r) || !number_buffers(compiler, r) || !renumber(compiler, r)) {
		return pvg_shader_refuse(status, PVG_SHADER_LIMIT_TEXTURES,
			"textures with samplers");
	}
	const char *text;
	if (spvc_compiler_compile(compiler, &text) != SPVC_SUCCESS) {
		return pvg_shader_refuse(status, PVG_SHADER_INVALID_GLSL, "not converted");
	}
	if (strlen(text) > PVG_SHADER_MAX_GLSL_BYTES) {
		return pvg_shader_refuse(status, PVG_SHADER_LIMIT_OUTPUT, "%zu bytes of GLSL",
			strlen(text));
	}
	result->glsl = make_inout(text, &result->glsl_bytes, r);
	return result->glsl != NULL || pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "GLSL");
}

bool pvg_shader_to_glsl(struct pvg_shader_result *result, struct pvg_shader_status *status) {
	spvc_context context;
	if (spvc_context_create(&context) != SPVC_SUCCESS) {
		return pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "SPIRV-Cross");
	}
	spvc_context_set_error_callback(context, handle_error, status);
	spvc_parsed_ir ir;
	spvc_compiler compiler;
	bool ok = spvc_context_parse_spirv(context, result->spirv, result->spirv_words, &ir) ==
		SPVC_SUCCESS && spvc_context_create_compiler(context, SPVC_BACKEND_GLSL, ir,
		SPVC_CAPTURE_MODE_TAKE_OWNERSHIP, &compiler) == SPVC_SUCCESS &&
		compile(compiler, result, status);
	if (!ok) {
		pvg_shader_refuse(status, PVG_SHADER_INVALID_GLSL, "not converted");
	}
	spvc_context_destroy(context);
	return ok && status->reason == PVG_SHADER_OK;
}
