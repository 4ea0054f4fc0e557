// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passes (spec 03 section 3, 9.3, 9.4): attachments resolved at the first draw, load and store
 * actions, clears without draws, and consecutive passes on the same attachments made into one.
 *
 * A pass collects its commands apart from the list, so that uploads which its draws turn out to
 * need come before it.
 */
#include "encoder.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <pvg/format.h>

#define STORE_UNKNOWN 4u // the encoder says later, or the guest forgot

static uint32_t at_level(uint32_t size, unsigned int level) {
	return level < 32 && size >> level != 0 ? size >> level : 1;
}

static uint32_t slices_of(const struct pvg_texture_desc *desc) {
	uint32_t layers = desc->layers != 0 ? desc->layers : 1;

	return desc->type == PVG_TEXTURE_CUBE || desc->type == PVG_TEXTURE_CUBE_ARRAY ? layers * 6
										      : layers;
}

/* ---- attachments ----------------------------------------------------------------------------- */

struct resolved { // what pvg_pass_begin makes of the descriptor
	struct pvg_gpu_pass pass;
	struct pvg_target targets[PVG_TARGETS], resolves[PVG_TARGETS];
	uint32_t mask;
	uint32_t width, height; // smallest attachment
	uint32_t samples; // 0: none known yet
};

static struct pvg_gpu_attachment *attachment_of(struct pvg_gpu_pass *pass, unsigned int index) {
	return index == PVG_TARGET_DEPTH      ? &pass->depth
		: index == PVG_TARGET_STENCIL ? &pass->stencil
					      : &pass->colors[index];
}

static const struct pvg_wire_attachment *wire_of(const struct pvg_wire_pass *wire,
	unsigned int index) {
	return index == PVG_TARGET_DEPTH      ? &wire->depth
		: index == PVG_TARGET_STENCIL ? &wire->stencil
					      : &wire->colors[index];
}

static void refused(struct pvg_encoder *encoder) {
	encoder->broken = "its pass was refused";
	encoder->pass_refused = true;
}

static enum pvg_step refuse_pass(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	unsigned int index, const char *why) {
	char what[16] = "colour ?";

	what[7] = (char)('0' + index);
	refused(encoder);
	return PVG_ENCODER_REFUSE(gpu, PASS, "task %" PRIu32 ": pass: %s texture %" PRIu32 ": %s",
		encoder->task,
		index == PVG_TARGET_DEPTH             ? "depth"
			: index == PVG_TARGET_STENCIL ? "stencil"
						      : what,
		wire_of(&encoder->wire, index)->target.ref, why);
}

// NULL: can be drawn to.
static const char *target_fault(struct pvg_gpu *gpu, const struct pvg_texture_desc *desc,
	const struct pvg_wire_target *target, uint32_t layers, unsigned int index) {
	const struct pvg_format *format = pvg_format_get(desc->format);
	uint32_t depth = desc->type == PVG_TEXTURE_3D ? at_level(desc->depth, target->level) : 1;

	if (target->level >= desc->levels) {
		return "no such level";
	}
	if (target->slice >= slices_of(desc) ||
		(desc->type != PVG_TEXTURE_3D && layers > slices_of(desc) - target->slice)) {
		return "no such slice";
	}
	if (target->plane >= depth ||
		(desc->type == PVG_TEXTURE_3D && layers > depth - target->plane)) {
		return "no such depth plane";
	}
	if (format == NULL ||
		(gpu->renderer->ops->format_caps(gpu->renderer, desc->format) & PVG_GPU_RENDER) ==
			0) {
		return "its format cannot be drawn to";
	}
	bool wanted = index == PVG_TARGET_DEPTH ? format->depth
		: index == PVG_TARGET_STENCIL   ? format->stencil
						: !format->depth && !format->stencil;
	return wanted ? NULL : "its format is of another kind";
}

static enum pvg_step resolve_target(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	unsigned int index, const struct pvg_wire_target *wire, uint32_t layers,
	struct pvg_target *target) {
	enum pvg_gpu_found found = pvg_gpu_texture(gpu, encoder->task, wire->ref, &target->texture);

	if (found == PVG_GPU_RETRY) {
		return pvg_step_of(gpu, found);
	}
	if (found == PVG_GPU_MISSING) {
		return refuse_pass(gpu, encoder, index, "not there");
	}
	const char *why = target_fault(gpu, &target->texture->desc, wire, layers, index);
	if (why != NULL) {
		return refuse_pass(gpu, encoder, index, why);
	}
	target->level = wire->level;
	target->slice = wire->slice;
	target->plane = wire->plane;
	return PVG_STEP_DONE;
}

static bool same_place(const struct pvg_target *a, const struct pvg_target *b, uint32_t layers) {
	if (a->texture == NULL || b->texture == NULL ||
		a->texture->storage != b->texture->storage ||
		a->texture->first_level + a->level != b->texture->first_level + b->level) {
		return false;
	}
	uint32_t a_slice = (uint32_t)a->texture->first_slice + a->slice + a->plane;
	uint32_t b_slice = (uint32_t)b->texture->first_slice + b->slice + b->plane;
	return a_slice < b_slice + layers && b_slice < a_slice + layers;
}

// All pairs; depth and stencil may be two aspects of one texture.
static int aliased(const struct resolved *r) {
	bool resolves = false;

	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		resolves = resolves || r->resolves[i].texture != NULL;
	}
	if (!resolves && (r->mask & (r->mask - 1)) == 0) {
		return -1; // one attachment, as nearly always
	}
	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		for (unsigned int k = 0; k < PVG_TARGETS; k++) {
			bool aspects = i >= PVG_TARGET_DEPTH && k >= PVG_TARGET_DEPTH;
			if (i < k && !aspects &&
				(same_place(&r->targets[i], &r->targets[k], r->pass.layers) ||
					same_place(&r->resolves[i], &r->resolves[k], 1))) {
				return (int)k;
			}
			if ((!aspects || i == k) &&
				same_place(&r->targets[i], &r->resolves[k], r->pass.layers)) {
				return (int)k;
			}
		}
	}
	return -1;
}

#define STORE_ACTION_LAST 5u // MTLStoreActionCustomSampleDepthStore

// Metal's numbers above 3 are decided by the encoder before it ends (spec 03 section 3.1).
static uint8_t store_of(const struct pvg_wire_attachment *wire) {
	bool resolves = wire->resolve.ref != 0;
	if (wire->target.ref == 0) {
		return PVG_GPU_STORE_DONT_CARE; // whatever else is said about it
	}
	uint16_t store = wire->store > PVG_GPU_STORE_AND_RESOLVE ? PVG_GPU_STORE : wire->store;

	if (!resolves && store >= PVG_GPU_STORE_RESOLVE) {
		return store == PVG_GPU_STORE_RESOLVE ? PVG_GPU_STORE_DONT_CARE : PVG_GPU_STORE;
	}
	return (uint8_t)store;
}

static double clear_value(double value) {
	return isfinite(value) ? value : 0;
}

static void fill_clear(struct pvg_gpu_attachment *a, unsigned int index,
	const struct pvg_wire_attachment *wire) {
	if (index == PVG_TARGET_STENCIL) {
		a->clear.stencil = wire->clear_stencil & 0xff;
	} else if (index == PVG_TARGET_DEPTH) {
		double depth = clear_value(wire->clear[0]);
		a->clear.depth = depth < 0 ? 0 : depth > 1 ? 1 : depth;
	} else {
		for (unsigned int k = 0; k < 4; k++) {
			a->clear.color[k] = clear_value(wire->clear[k]);
		}
	}
}

static bool resolve_fits(const struct pvg_target *from, const struct pvg_target *to) {
	const struct pvg_texture_desc *a = &from->texture->desc, *b = &to->texture->desc;

	return b->samples <= 1 && a->format == b->format &&
		at_level(a->width, from->level) == at_level(b->width, to->level) &&
		at_level(a->height, from->level) == at_level(b->height, to->level);
}

static void fill_resolve(struct pvg_gpu_attachment *a, const struct pvg_target *resolve,
	const struct pvg_wire_attachment *wire) {
	a->resolve_level = resolve->level;
	a->resolve_slice = resolve->slice;
	a->resolve_plane = resolve->plane;
	a->resolve_filter = (uint8_t)wire->filter;
	a->resolve_inverted = wire->resolve_inverted;
}

static enum pvg_step resolve_attachment(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	unsigned int index, struct resolved *r) {
	const struct pvg_wire_attachment *wire = wire_of(&encoder->wire, index);
	struct pvg_gpu_attachment *a = attachment_of(&r->pass, index);
	struct pvg_target *target = &r->targets[index];
	enum pvg_step step =
		resolve_target(gpu, encoder, index, &wire->target, r->pass.layers, target);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (index < PVG_GPU_COLORS && index >= gpu->renderer->caps.max_colors) {
		return refuse_pass(gpu, encoder, index, "more than the host has");
	}
	if (wire->store > STORE_ACTION_LAST) {
		return refuse_pass(gpu, encoder, index, "no such store action");
	}
	if (wire->load > PVG_GPU_LOAD_CLEAR) { // as if nobody cared
		pvg_refuse(gpu->device, PVG_REFUSAL_STATE, "task %" PRIu32 ": load action %u",
			encoder->task, wire->load);
	}
	const struct pvg_texture_desc *desc = &target->texture->desc;
	uint32_t samples = desc->samples != 0 ? desc->samples : 1;
	if (r->samples != 0 && r->samples != samples) {
		return refuse_pass(gpu, encoder, index, "another sample count than the others");
	}
	r->samples = samples;
	uint32_t width = at_level(desc->width, target->level);
	uint32_t height = at_level(desc->height, target->level);
	r->width = width < r->width ? width : r->width;
	r->height = height < r->height ? height : r->height;
	if (wire->resolve.ref != 0) {
		struct pvg_target *resolve = &r->resolves[index];
		step = resolve_target(gpu, encoder, index, &wire->resolve, r->pass.layers, resolve);
		if (step != PVG_STEP_DONE) {
			return step;
		}
		if (samples == 1) {
			return refuse_pass(gpu, encoder, index, "one sample to be resolved");
		}
		if (!resolve_fits(target, resolve)) {
			return refuse_pass(gpu, encoder, index,
				"the resolve texture does not fit it");
		}
	}
	r->mask |= 1u << index;
	a->level = target->level;
	a->slice = target->slice;
	a->plane = target->plane;
	a->load = wire->load <= PVG_GPU_LOAD_CLEAR ? (uint8_t)wire->load : PVG_GPU_LOAD_DONT_CARE;
	a->store = store_of(wire);
	fill_resolve(a, &r->resolves[index], wire);
	fill_clear(a, index, wire);
	return PVG_STEP_DONE;
}

static enum pvg_step resolve_all(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	struct resolved *r) {
	const struct pvg_wire_pass *wire = &encoder->wire;

	*r = (struct resolved){ .width = PVG_PASS_EDGE_MAX, .height = PVG_PASS_EDGE_MAX };
	if (!encoder->described) {
		encoder->broken = "it has no pass descriptor";
		return PVG_ENCODER_REFUSE(gpu, PASS, "task %" PRIu32 ": a draw without a pass",
			encoder->task);
	}
	if (wire->array_length > PVG_PASS_LAYERS_MAX || wire->width > PVG_PASS_EDGE_MAX ||
		wire->height > PVG_PASS_EDGE_MAX) {
		refused(encoder);
		return PVG_ENCODER_REFUSE(gpu, PASS,
			"task %" PRIu32 ": pass of %" PRIu64 "x%" PRIu64 ", %" PRIu64 " layers",
			encoder->task, wire->width, wire->height, wire->array_length);
	}
	r->pass.layers = wire->array_length > 1 ? (uint32_t)wire->array_length : 1;
	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		if (wire_of(wire, i)->target.ref == 0) {
			continue;
		}
		enum pvg_step step = resolve_attachment(gpu, encoder, i, r);
		if (step != PVG_STEP_DONE) {
			return step;
		}
	}
	int twice = aliased(r);
	if (twice >= 0) {
		return refuse_pass(gpu, encoder, (unsigned int)twice,
			"two attachments in one place");
	}
	const struct pvg_target *depth = &r->targets[PVG_TARGET_DEPTH];
	const struct pvg_target *stencil = &r->targets[PVG_TARGET_STENCIL];
	if (depth->texture != NULL && stencil->texture != NULL &&
		!gpu->renderer->caps.separate_stencil &&
		(depth->texture->storage != stencil->texture->storage ||
			!same_place(depth, stencil, 1))) {
		return refuse_pass(gpu, encoder, PVG_TARGET_STENCIL,
			"depth and stencil in two places, which this GPU cannot draw to");
	}
	if (r->mask == 0 && (wire->width == 0 || wire->height == 0)) {
		refused(encoder);
		return PVG_ENCODER_REFUSE(gpu, PASS,
			"task %" PRIu32 ": pass without attachments and without a size",
			encoder->task);
	}
	r->pass.width =
		wire->width != 0 && wire->width < r->width ? (uint32_t)wire->width : r->width;
	r->pass.height =
		wire->height != 0 && wire->height < r->height ? (uint32_t)wire->height : r->height;
	r->pass.samples = r->mask == 0 ? encoder->raster_samples : r->samples;
	if (r->pass.samples == 0 || r->pass.samples > gpu->renderer->caps.max_samples) {
		refused(encoder);
		return PVG_ENCODER_REFUSE(gpu, PASS,
			"task %" PRIu32 ": pass of %" PRIu32 " samples", encoder->task,
			r->pass.samples);
	}
	return PVG_STEP_DONE;
}

static bool is_whole(const struct pvg_gpu_pass *pass, const struct pvg_target *target) {
	const struct pvg_texture_desc *desc = &target->texture->desc;

	return pass->width >= at_level(desc->width, target->level) &&
		pass->height >= at_level(desc->height, target->level) &&
		(desc->type != PVG_TEXTURE_3D || at_level(desc->depth, target->level) == 1);
}

static enum pvg_step use_layers(struct pvg_gpu *gpu, const struct pvg_gpu_pass *pass,
	const struct pvg_target *target, uint32_t use) {
	uint32_t slices = target->texture->desc.type == PVG_TEXTURE_3D ? 1 : pass->layers;

	return pvg_step_of(gpu,
		pvg_gpu_texture_use(gpu, target->texture, target->level, 1, target->slice,
			(uint16_t)slices, use));
}

// Uploads what is loaded, notes what will be newer on the host.
static enum pvg_step use_target(struct pvg_gpu *gpu, const struct resolved *r,
	const struct pvg_target *target, bool loads, bool publishes) {
	bool whole = is_whole(&r->pass, target);

	return use_layers(gpu, &r->pass, target,
		(loads || !whole ? PVG_GPU_READS : PVG_GPU_DISCARDS) |
			(publishes ? PVG_GPU_WRITES : PVG_GPU_TOUCHES));
}

static bool publishes(uint8_t store) {
	return store == PVG_GPU_STORE || store == PVG_GPU_STORE_AND_RESOLVE;
}

static enum pvg_step use_targets(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	struct resolved *r, bool resumed) {
	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		struct pvg_gpu_attachment *a = attachment_of(&r->pass, i);
		if ((r->mask & 1u << i) == 0) {
			continue;
		}
		enum pvg_step step = use_target(gpu, r, &r->targets[i],
			resumed || a->load == PVG_GPU_LOAD, publishes(a->store));
		if (step == PVG_STEP_DONE && r->resolves[i].texture != NULL) {
			step = use_target(gpu, r, &r->resolves[i], false, true);
		}
		if (step == PVG_STEP_DROP) {
			return refuse_pass(gpu, encoder, i, "there is no image for it");
		}
		if (step != PVG_STEP_DONE) {
			return step;
		}
		// Only now there are images, and with them views.
		a->view = r->targets[i].texture->view;
		a->resolve = r->resolves[i].texture != NULL ? r->resolves[i].texture->view : NULL;
		if (a->view == NULL || (r->resolves[i].texture != NULL && a->resolve == NULL)) {
			return refuse_pass(gpu, encoder, i, "there is no view of it");
		}
	}
	return PVG_STEP_DONE;
}

/* ---- begin, merge, end ----------------------------------------------------------------------- */

void pvg_pass_stores(struct pvg_context *context) {
	const struct pvg_wire_pass *wire = &context->encoder.wire;
	struct pvg_gpu_stores *stores = &context->pass.stores;

	for (unsigned int i = 0; i < PVG_GPU_COLORS; i++) {
		stores->colors[i] = store_of(&wire->colors[i]);
	}
	stores->depth = store_of(&wire->depth);
	stores->stencil = store_of(&wire->stencil);
}

static uint32_t published(const struct pvg_gpu_stores *stores) {
	uint32_t mask = (uint32_t)publishes(stores->depth) << PVG_TARGET_DEPTH |
		(uint32_t)publishes(stores->stencil) << PVG_TARGET_STENCIL;

	for (unsigned int i = 0; i < PVG_GPU_COLORS; i++) {
		mask |= (uint32_t)publishes(stores->colors[i]) << i;
	}
	return mask;
}

// Records of the encoder changed what is stored since its attachments were used.
static enum pvg_step settle_stores(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_open_pass *pass = &context->pass;
	uint32_t now = published(&pass->stores);
	uint32_t todo = (now ^ pass->published) & pass->targets_count;

	pass->published = now;
	for (; todo != 0; todo &= todo - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(todo);
		bool loads = attachment_of(&pass->desc, i)->load == PVG_GPU_LOAD;
		uint32_t use = PVG_GPU_DISCARDS;
		if ((now & 1u << i) != 0) {
			use |= PVG_GPU_WRITES;
		} else if (loads || !is_whole(&pass->desc, &pass->targets[i])) {
			continue; // what is loaded was somebody's before
		}
		enum pvg_step step = use_layers(gpu, &pass->desc, &pass->targets[i], use);
		if (step == PVG_STEP_RETRY) {
			return step;
		}
	}
	return PVG_STEP_DONE;
}

static void forget_emitted(struct pvg_context *context) {
	pvg_stage_forget_emitted(&context->stages[PVG_GPU_VERTEX]);
	pvg_stage_forget_emitted(&context->stages[PVG_GPU_FRAGMENT]);
	context->emitted_program = NULL;
	context->emitted_raster = (struct pvg_gpu_raster){ 0 };
	context->emitted_any_opengl = false;
	context->emitted_depth = NULL;
	context->emitted_visibility = false;
	context->emitted_viewport_count = 0;
	context->emitted_scissor_count = 0;
	context->encoder.raster_dirty = true;
	context->encoder.viewports_dirty = true;
	context->encoder.scissors_dirty = true;
	context->encoder.depth_dirty = true;
	context->encoder.visibility_dirty = true;
}

static void emit_begin(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_open_pass *pass = &context->pass;

	pass->pass = pvg_gpu_alloc(&gpu->list, sizeof(*pass->pass));
	*pass->pass = pass->desc;
	pvg_gpu_emit(&pass->commands, PVG_GPU_OP_BEGIN_PASS)->pass = pass->pass;
	pass->open = true;
	pass->pending = false;
	pass->suspended = false;
	pass->drawn = false;
	pass->wrote = false;
	gpu->encoders->passes++;
	forget_emitted(context);
}

// Nothing but loads, and what the open pass leaves is what they would find.
static bool can_merge(const struct pvg_open_pass *open, const struct resolved *r) {
	if (!open->open || !open->pending || open->wrote || open->targets_count != r->mask ||
		open->desc.width != r->pass.width || open->desc.height != r->pass.height ||
		open->desc.layers != r->pass.layers || r->mask == 0) {
		return false;
	}
	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		if ((r->mask & 1u << i) == 0) {
			continue;
		}
		const struct pvg_target *a = &open->targets[i];
		const struct pvg_target *b = &r->targets[i];
		const struct pvg_gpu_attachment *next =
			attachment_of((struct pvg_gpu_pass *)(uintptr_t)&r->pass, i);
		if (a->texture != b->texture || a->level != b->level || a->slice != b->slice ||
			a->plane != b->plane || next->load == PVG_GPU_LOAD_CLEAR ||
			open->resolves[i].texture != NULL) {
			return false;
		}
	}
	return true;
}

enum pvg_step pvg_pass_begin(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_open_pass *open = &context->pass;
	bool resumed = encoder->begun;
	struct resolved r;

	if (open->open && !open->pending && encoder->begun) {
		return PVG_STEP_DONE;
	}
	enum pvg_step step = resolve_all(gpu, encoder, &r);
	if (step != PVG_STEP_DONE) {
		return step;
	}
	bool merge = !resumed && can_merge(open, &r);
	if (!merge) {
		pvg_pass_flush(gpu, context);
		pvg_encoder_see_writes(gpu);
	}
	step = use_targets(gpu, encoder, &r, resumed);
	if (step != PVG_STEP_DONE) {
		return step;
	}
	for (unsigned int i = 0; i < PVG_TARGETS && resumed; i++) {
		attachment_of(&r.pass, i)->load = PVG_GPU_LOAD;
	}
	encoder->begun = true;
	memcpy(open->targets, r.targets, sizeof(open->targets));
	memcpy(open->resolves, r.resolves, sizeof(open->resolves));
	open->targets_count = r.mask;
	open->samples = r.pass.samples;
	if (merge) {
		for (unsigned int i = 0; i < PVG_TARGETS; i++) {
			struct pvg_gpu_attachment *a = attachment_of(open->pass, i);
			const struct pvg_gpu_attachment *next = attachment_of(&r.pass, i);
			a->resolve = next->resolve;
			a->resolve_level = next->resolve_level;
			a->resolve_slice = next->resolve_slice;
			a->resolve_plane = next->resolve_plane;
			a->resolve_filter = next->resolve_filter;
			a->resolve_inverted = next->resolve_inverted;
		}
		open->desc = *open->pass;
		open->pending = false;
		gpu->encoders->merged_passes++;
	} else {
		open->desc = r.pass;
		emit_begin(gpu, context);
	}
	pvg_pass_stores(context);
	open->published = published(&open->stores);
	return PVG_STEP_DONE;
}

static void splice(struct pvg_gpu *gpu, struct pvg_context *context,
	const struct pvg_gpu_stores *stores) {
	struct pvg_open_pass *pass = &context->pass;
	struct pvg_gpu_stores *copy = pvg_gpu_alloc(&gpu->list, sizeof(*copy));

	*copy = *stores;
	pvg_gpu_emit(&pass->commands, PVG_GPU_OP_END_PASS)->stores = copy;
	if (pass->commands.failed) {
		gpu->list.failed = true;
	}
	pvg_gpu_append(&gpu->list, pass->commands.cmds, pass->commands.count);
	pass->commands.count = 0;
	pass->open = false;
	pass->pending = false;
	context->emitted_program = NULL;
}

void pvg_pass_flush(struct pvg_gpu *gpu, struct pvg_context *context) {
	if (context->pass.open) {
		splice(gpu, context, &context->pass.stores);
	}
}

void pvg_pass_suspend(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_gpu_stores stores;

	memset(&stores, PVG_GPU_STORE, sizeof(stores));
	splice(gpu, context, &stores);
	context->pass.suspended = true;
	gpu->encoders->suspended_passes++;
}

void pvg_pass_resume(struct pvg_gpu *gpu, struct pvg_context *context) {
	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		attachment_of(&context->pass.desc, i)->load = PVG_GPU_LOAD;
	}
	pvg_encoder_see_writes(gpu);
	emit_begin(gpu, context);
}

// A resolve texture that a record names is judged at once: a bad one leaves the pass as it was.
static enum pvg_step check_resolve(struct pvg_gpu *gpu, const struct pvg_encoder *encoder,
	unsigned int index, const struct pvg_wire_target *wire) {
	const struct pvg_wire_target *from_wire = &wire_of(&encoder->wire, index)->target;
	const uint64_t layers = encoder->wire.array_length;
	struct pvg_target from = { .level = from_wire->level }, to = { .level = wire->level };
	const char *why = NULL;

	enum pvg_gpu_found found = from_wire->ref == 0
		? PVG_GPU_MISSING
		: pvg_gpu_texture(gpu, encoder->task, from_wire->ref, &from.texture);
	if (found == PVG_GPU_FOUND) {
		found = pvg_gpu_texture(gpu, encoder->task, wire->ref, &to.texture);
	}
	if (found == PVG_GPU_RETRY) {
		return pvg_step_of(gpu, found);
	}
	if (found == PVG_GPU_MISSING) {
		why = from.texture == NULL ? "of an attachment that is not there" : "not there";
	} else {
		why = target_fault(gpu, &to.texture->desc, wire,
			layers > 1 && layers <= PVG_PASS_LAYERS_MAX ? (uint32_t)layers : 1, index);
	}
	if (why == NULL && !resolve_fits(&from, &to)) {
		why = "does not fit the attachment";
	}
	if (why == NULL && from.texture->desc.samples <= 1) {
		why = "one sample to be resolved";
	}
	return why == NULL ? PVG_STEP_DONE
			   : PVG_ENCODER_REFUSE(gpu, PASS,
				     "task %" PRIu32 ": resolve texture %" PRIu32 ": %s",
				     encoder->task, wire->ref, why);
}

enum pvg_step pvg_pass_resolve(struct pvg_gpu *gpu, struct pvg_context *context, unsigned int index,
	const struct pvg_wire_target *target, bool inverted) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_wire_attachment *wire =
		(struct pvg_wire_attachment *)(uintptr_t)wire_of(&encoder->wire, index);

	if (target->ref != 0) {
		enum pvg_step step = check_resolve(gpu, encoder, index, target);
		if (step != PVG_STEP_DONE) {
			return step;
		}
	}
	if (encoder->begun && context->pass.open && !context->pass.pending) {
		// Begun again with it by the next draw, or by the encoder's end.
		pvg_pass_suspend(gpu, context);
	}
	wire->resolve = *target;
	wire->resolve_inverted = inverted && target->ref != 0;
	return PVG_STEP_DONE;
}

// Does the pass change anything without a draw?
static bool has_effect(const struct pvg_wire_pass *wire) {
	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		const struct pvg_wire_attachment *a = wire_of(wire, i);
		if (a->target.ref != 0 &&
			((a->load == PVG_GPU_LOAD_CLEAR && a->store != PVG_GPU_STORE_DONT_CARE) ||
				store_of(a) >= PVG_GPU_STORE_RESOLVE)) {
			return true;
		}
	}
	return false;
}

enum pvg_step pvg_pass_end(struct pvg_gpu *gpu, struct pvg_context *context) {
	struct pvg_encoder *encoder = &context->encoder;

	if (pvg_state_visibility(gpu, context) == PVG_STEP_RETRY) {
		return PVG_STEP_RETRY;
	}
	if (encoder->described && !encoder->begun && !encoder->pass_refused &&
		has_effect(&encoder->wire)) {
		enum pvg_step step = pvg_pass_begin(gpu, context);
		if (step == PVG_STEP_RETRY) {
			return step;
		}
	}
	if (encoder->begun && !context->pass.open && context->pass.suspended) {
		// Left open by an earlier list: its store actions are still due.
		enum pvg_step step = pvg_pass_begin(gpu, context);
		if (step == PVG_STEP_RETRY) {
			return step;
		}
	}
	if (context->pass.open && encoder->begun) {
		pvg_pass_stores(context);
		if (settle_stores(gpu, context) == PVG_STEP_RETRY) {
			return PVG_STEP_RETRY;
		}
		context->pass.pending = true;
	}
	encoder->begun = false;
	return PVG_STEP_DONE;
}

bool pvg_pass_has(const struct pvg_context *context, const struct pvg_gpu_texture *texture) {
	const struct pvg_open_pass *pass = &context->pass;

	for (unsigned int i = 0; i < PVG_TARGETS; i++) {
		if ((pass->targets_count & 1u << i) != 0 &&
			pass->targets[i].texture->storage == texture->storage) {
			return true;
		}
	}
	return false;
}
