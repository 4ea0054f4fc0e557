// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect.h"

#include <inttypes.h>
#include <string.h>

static bool check_slot(const struct pvg_reflection_slot *s) {
	static const uint16_t limits[PVG_SLOT_KIND_COUNT] = {
		[PVG_SLOT_BUFFER] = 31, [PVG_SLOT_TEXTURE] = 128, [PVG_SLOT_IMAGE] = 128,
		[PVG_SLOT_SAMPLER] = 16, [PVG_SLOT_STATIC_SAMPLER] = 64, [PVG_SLOT_COLOR_INPUT] = 8,
	};
	return s->kind < PVG_SLOT_KIND_COUNT && s->metal_index < limits[s->kind] &&
		s->access <= (PVG_SLOT_READ | PVG_SLOT_WRITE) && s->dim < PVG_SLOT_DIM_COUNT &&
		s->value_class < PVG_CLASS_COUNT && s->binding < 512 && s->image_format < 64;
}

bool pvg_reflection_check(const void *data, size_t size) {
	struct pvg_reflection r;
	if (data == NULL || size != sizeof(r)) {
		return false;
	}
	memcpy(&r, data, sizeof(r));
	if (r.magic != PVG_REFLECTION_MAGIC || r.version != PVG_REFLECTION_VERSION ||
		r.size_bytes != sizeof(r) || r.stage >= PVG_STAGE_COUNT || r.flags > 0xfff ||
		r.patch >= PVG_PATCH_COUNT || r.control_points > 32 ||
		r.slot_count > PVG_REFLECTION_SLOTS ||
		r.attribute_count > PVG_REFLECTION_ATTRIBUTES ||
		r.varying_count > PVG_REFLECTION_VARYINGS ||
		r.output_count > PVG_REFLECTION_OUTPUTS || r.pair_count > PVG_REFLECTION_PAIRS ||
		r.params_binding > 512 || r.threadgroup_bytes > 65536 || r.max_threads > 1u << 20) {
		return false;
	}
	for (unsigned i = 0; i < 3; i++) {
		if (r.local_size[i] > 1024) {
			return false;
		}
	}
	for (uint32_t i = 0; i < r.slot_count; i++) {
		if (!check_slot(&r.slots[i])) {
			return false;
		}
	}
	for (uint32_t i = 0; i < r.attribute_count; i++) {
		const struct pvg_reflection_attribute *a = &r.attributes[i];
		if (a->location > 31 || a->pulled > 1 || a->components < 1 || a->components > 4 ||
				a->value_class >= PVG_CLASS_COUNT) {
			return false;
		}
	}
	for (uint32_t i = 0; i < r.varying_count; i++) {
		const struct pvg_reflection_varying *v = &r.varyings[i];
		if (memchr(v->name, '\0', sizeof(v->name)) == NULL || v->location > 63 ||
			v->components < 1 || v->components > 4 ||
			v->value_class >= PVG_CLASS_COUNT ||
			v->interpolation >= PVG_INTERPOLATION_COUNT ||
			v->sampling >= PVG_SAMPLING_COUNT) {
			return false;
		}
	}
	for (uint32_t i = 0; i < r.output_count; i++) {
		const struct pvg_reflection_output *o = &r.outputs[i];
		if (o->kind >= PVG_OUTPUT_KIND_COUNT || o->location > 7 || o->dual_source > 1 ||
				o->components > 8 || o->value_class >= PVG_CLASS_COUNT) {
			return false;
		}
	}
	for (uint32_t i = 0; i < r.pair_count; i++) {
		const struct pvg_reflection_pair *p = &r.pairs[i];
		if (p->texture_slot >= r.slot_count ||
			(r.slots[p->texture_slot].kind != PVG_SLOT_TEXTURE &&
				!(r.slots[p->texture_slot].flags & PVG_SLOT_COPY)) ||
			p->unit >= 192 ||
			(p->sampler_slot != UINT16_MAX && p->sampler_slot >= r.slot_count)) {
			return false;
		}
	}
	return true;
}

static const char *const class_names[PVG_CLASS_COUNT] = {"float", "int", "uint"};

static void print_slot(const struct pvg_reflection_slot *s, FILE *out) {
	static const char *const kinds[PVG_SLOT_KIND_COUNT] = {
		"buffer", "texture", "image", "sampler", "static-sampler", "color-input",
	};
	static const char *const dims[PVG_SLOT_DIM_COUNT] = {
		"none",
		"2d",
		"2d-array",
		"2d-ms",
		"2d-ms-array",
		"3d",
		"cube",
		"cube-array",
		"buffer",
	};
	fprintf(out, "%s %u binding %u", kinds[s->kind], s->metal_index, s->binding);
	if (s->kind == PVG_SLOT_BUFFER) {
		fprintf(out, " %s%s", s->access & PVG_SLOT_READ ? "r" : "",
			s->access & PVG_SLOT_WRITE ? "w" : "");
		if (s->size_bytes > 0) {
			fprintf(out, " %u bytes", s->size_bytes);
		}
		fprintf(out, "%s%s%s", s->flags & PVG_SLOT_UNIFORM ? " uniform" : "",
			s->flags & PVG_SLOT_PACKED ? " packed" : "",
			s->flags & PVG_SLOT_ATTRIBUTES ? " attributes" : "");
	} else if (s->kind == PVG_SLOT_TEXTURE || s->kind == PVG_SLOT_IMAGE) {
		fprintf(out, " %s %s%s%s%s", dims[s->dim], class_names[s->value_class],
			s->flags & PVG_SLOT_SHADOW ? " shadow" : "",
			s->flags & PVG_SLOT_CUBE_AS_ARRAY ? " cube-as-array" : "",
			s->flags & PVG_SLOT_ONE_DIMENSIONAL ? " 1d" : "");
		if (s->kind == PVG_SLOT_IMAGE) {
			fprintf(out, " format %u %s%s", s->image_format,
				s->access & PVG_SLOT_READ ? "r" : "",
				s->access & PVG_SLOT_WRITE ? "w" : "");
		}
	} else if (s->kind == PVG_SLOT_COLOR_INPUT) {
		fprintf(out, " %s%s", class_names[s->value_class],
			s->flags & PVG_SLOT_COPY ? " copy" : "");
	} else if (s->kind == PVG_SLOT_STATIC_SAMPLER) {
		fprintf(out, " 0x%016" PRIx64 " 0x%016" PRIx64, s->sampler_words[0],
			s->sampler_words[1]);
	}
	fputc('\n', out);
}

void pvg_reflection_print(const struct pvg_reflection *r, FILE *out) {
	static const char *const stages[PVG_STAGE_COUNT] = {
		"vertex", "fragment", "kernel", "tessellation",
	};
	static const char *const patches[PVG_PATCH_COUNT] = {"none", "triangle", "quad"};
	static const char *const interpolations[PVG_INTERPOLATION_COUNT] = {
		"", " no-perspective", " flat",
	};
	static const char *const samplings[PVG_SAMPLING_COUNT] = {"", " centroid", " sample"};
	static const char *const flags[] = {
		"early-tests", "discard", "params", "sample-rate", "lockstep", "subgroup-32",
		"framebuffer-fetch", "local-size", "dispatcher", "subgroups",
		"patch-instance", "constants",
	};
	static const char *const outputs[PVG_OUTPUT_KIND_COUNT] = {
		"color",
		"depth",
		"stencil",
		"sample-mask",
		"position",
		"point-size",
		"clip-distance",
		"layer",
		"viewport",
	};
	fprintf(out, "stage %s\n", stages[r->stage]);
	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (r->flags & 1u << i) {
			fprintf(out, "flag %s\n", flags[i]);
		}
	}
	if (r->stage == PVG_STAGE_KERNEL) {
		fprintf(out, "local-size %u %u %u\nthreadgroup-memory %u bytes\n", r->local_size[0],
			r->local_size[1], r->local_size[2], r->threadgroup_bytes);
	}
	if (r->stage == PVG_STAGE_TESSELLATION) {
		fprintf(out, "patch %s control-points %u\n", patches[r->patch], r->control_points);
	}
	if (r->max_threads > 0) {
		fprintf(out, "max-threads %u\n", r->max_threads);
	}
	if (r->flags & PVG_REFLECT_PARAMS) {
		fprintf(out, "params binding %u\n", r->params_binding);
	}
	for (uint32_t i = 0; i < r->slot_count; i++) {
		print_slot(&r->slots[i], out);
	}
	for (uint32_t i = 0; i < r->attribute_count; i++) {
		const struct pvg_reflection_attribute *a = &r->attributes[i];
		fprintf(out, "attribute %u %s%u%s\n", a->location, class_names[a->value_class],
			a->components, a->pulled ? " pulled" : "");
	}
	for (uint32_t i = 0; i < r->varying_count; i++) {
		const struct pvg_reflection_varying *v = &r->varyings[i];
		fprintf(out, "varying %s location %u %s%u%s%s\n", v->name, v->location,
			class_names[v->value_class], v->components,
			interpolations[v->interpolation], samplings[v->sampling]);
	}
	for (uint32_t i = 0; i < r->output_count; i++) {
		const struct pvg_reflection_output *o = &r->outputs[i];
		fprintf(out, "output %s %u", outputs[o->kind], o->location);
		if (o->kind == PVG_OUTPUT_COLOR) {
			fprintf(out, " %s%u%s", class_names[o->value_class], o->components,
				o->dual_source ? " second-source" : "");
		}
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < r->pair_count; i++) {
		const struct pvg_reflection_pair *p = &r->pairs[i];
		const struct pvg_reflection_slot *t = &r->slots[p->texture_slot];
		fprintf(out, "unit %u %s %u", p->unit,
			t->kind == PVG_SLOT_TEXTURE ? "texture" : "color-copy", t->metal_index);
		if (p->sampler_slot != UINT16_MAX) {
			fprintf(out, " %s %u",
				r->slots[p->sampler_slot].kind == PVG_SLOT_SAMPLER
					? "sampler"
					: "static-sampler",
				r->slots[p->sampler_slot].metal_index);
		}
		fputc('\n', out);
	}
}
