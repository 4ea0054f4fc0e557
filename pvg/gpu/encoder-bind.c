// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Argument tables (spec 03 sections 1.1, 1.2, 4.7, 9.2). A record only notes refs and offsets; a
 * draw resolves what its program uses, once a list for each binding, and emits what the pass has
 * not been told yet.
 */
#include "encoder.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "gpu/memory.h"

#define WINDOW_ALIGNMENT 256u // what the strictest drivers want of a constant buffer
// And of a vertex buffer. What is written lies where it lies: the renderer binds from an offset
// that the driver takes, and tells the shader how far behind it the bytes begin.
#define INPUT_ALIGNMENT 4u
#define NEIGHBOURS_BYTES UINT64_C(4096) // taken at once of buffers that draws go through
#define ZERO_BYTES 4096u      // stands in for a buffer that is not bound
#define STRIDE_MAX (UINT64_C(1) << 31)

void pvg_stage_reset(struct pvg_encoder_stage *stage) {
	stage->buffers_bound = stage->samplers_bound = 0;
	stage->textures_bound[0] = stage->textures_bound[1] = 0;
	stage->buffers_ok = stage->samplers_ok = 0;
	stage->any_feedback = false;
	stage->textures_ok[0] = stage->textures_ok[1] = 0;
	stage->pixel_samplers = 0;
	stage->views_changed = true;
}

void pvg_stage_look_again(struct pvg_encoder_stage *stage, uint32_t build) {
	stage->buffers_ok = 0;
	stage->constants_known = 0;
	for (unsigned int word = 0; word < 2; word++) {
		for (uint64_t todo = stage->textures_bound[word]; todo != 0; todo &= todo - 1) {
			unsigned int index = word * 64 + (unsigned int)__builtin_ctzll(todo);
			struct pvg_slot_texture *slot = &stage->textures[index];
			if (slot->build == build && slot->texture != NULL &&
				slot->texture->storage->aliases +
						slot->texture->storage->twins !=
					0) {
				slot->build = 0;
				stage->textures_ok[word] &= ~(todo & -todo);
			}
		}
	}
}

void pvg_stage_forget_emitted(struct pvg_encoder_stage *stage) {
	stage->buffers_ok = stage->samplers_ok = 0;
	stage->textures_ok[0] = stage->textures_ok[1] = 0;
	memset(stage->emitted_buffers, 0, sizeof(stage->emitted_buffers));
	stage->constants_known = 0;
	memset(stage->constant_misses, 0, sizeof(stage->constant_misses));
	memset(stage->emitted_views, 0, sizeof(stage->emitted_views));
	memset(stage->emitted_samplers, 0, sizeof(stage->emitted_samplers));
}

static const char *stage_name(enum pvg_gpu_stage stage) {
	static const char *const names[] = { "vertex", "fragment", "compute" };

	return stage < PVG_GPU_STAGES ? names[stage] : "?";
}

/* ---- records --------------------------------------------------------------------------------- */

// A slot that no table has: whatever draws now would miss it (spec 03 section 1.1).
static enum pvg_step overflow(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	enum pvg_gpu_stage stage, const struct pvg_record_info *info, uint64_t slot) {
	encoder->broken = "an argument table was too small";
	return PVG_ENCODER_REFUSE(gpu, BINDING, "task %" PRIu32 ": %s: %s slot %" PRIu64,
		encoder->task, info->name, stage_name(stage), slot);
}

// What is drawn to a texture over a buffer comes to its bytes with their next lookup.
static bool lands_nothing(const struct pvg_gpu *gpu) {
	return !pvg_gpu_has_names(gpu);
}

static void bind_buffer(const struct pvg_gpu *gpu, struct pvg_encoder_stage *stage, uint32_t index,
	const struct pvg_wire_bind *bind, bool has_stride) {
	struct pvg_slot_buffer *slot = &stage->buffers[index];
	uint32_t bit = 1u << index;

	if (bind->ref == 0) {
		stage->buffers_bound &= ~bit;
		stage->buffers_ok &= ~bit;
		return;
	}
	if ((stage->buffers_bound & bit) != 0 && slot->ref == bind->ref) {
		if (slot->offset == bind->offset && slot->has_stride == has_stride &&
			(!has_stride || slot->stride == (uint32_t)bind->stride)) {
			return; // nothing new
		}
	} else if (slot->ref != bind->ref || !lands_nothing(gpu)) {
		slot->ref = bind->ref;
		slot->build = 0;
	} // else an earlier encoder's: what was found for it is still good in the same list
	slot->offset = bind->offset;
	slot->has_stride = has_stride;
	slot->stride = (uint32_t)bind->stride;
	stage->buffers_bound |= bit;
	stage->buffers_ok &= ~bit;
}

static enum pvg_step bind_buffers(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	struct pvg_encoder_stage *stage, enum pvg_gpu_stage which,
	const struct pvg_record_info *info, struct pvg_wire_binds binds, bool stride) {
	for (uint32_t i = 0; i < binds.count; i++) {
		uint64_t index = (uint64_t)binds.first + i;
		struct pvg_wire_bind bind =
			pvg_wire_next_bind(&binds, stride ? PVG_WIRE_BUF_STRIDE : PVG_WIRE_BUF);
		if (index >= PVG_GPU_BUFFERS) {
			return overflow(gpu, encoder, which, info, index);
		}
		if (bind.stride > STRIDE_MAX) {
			encoder->broken = "a stride is out of range";
			return PVG_ENCODER_REFUSE(gpu, BINDING,
				"task %" PRIu32 ": %s: stride %" PRIu64, encoder->task, info->name,
				bind.stride);
		}
		encoder->wide_strides |=
			stride && bind.stride > gpu->renderer->caps.max_attribute_stride;
		bind_buffer(gpu, stage, (uint32_t)index, &bind, stride);
	}
	return PVG_STEP_DONE;
}

static enum pvg_step bind_textures(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	struct pvg_encoder_stage *stage, enum pvg_gpu_stage which,
	const struct pvg_record_info *info, struct pvg_wire_binds binds) {
	for (uint32_t i = 0; i < binds.count; i++) {
		uint64_t index = (uint64_t)binds.first + i;
		struct pvg_wire_bind bind = pvg_wire_next_bind(&binds, PVG_WIRE_REF);
		if (index >= PVG_GPU_TEXTURES) {
			return overflow(gpu, encoder, which, info, index);
		}
		struct pvg_slot_texture *slot = &stage->textures[index];
		uint64_t bit = UINT64_C(1) << (index % 64);
		bool bound = (stage->textures_bound[index / 64] & bit) != 0;
		if (bound && slot->ref == bind.ref) {
			continue;
		}
		*slot = (struct pvg_slot_texture){ .ref = bind.ref };
		stage->textures_ok[index / 64] &= ~bit;
		if (bind.ref != 0) {
			stage->textures_bound[index / 64] |= bit;
		} else {
			stage->textures_bound[index / 64] &= ~bit;
		}
	}
	return PVG_STEP_DONE;
}

static enum pvg_step bind_samplers(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	struct pvg_encoder_stage *stage, enum pvg_gpu_stage which,
	const struct pvg_record_info *info, struct pvg_wire_binds binds, bool lod) {
	for (uint32_t i = 0; i < binds.count; i++) {
		uint64_t index = (uint64_t)binds.first + i;
		struct pvg_wire_bind bind =
			pvg_wire_next_bind(&binds, lod ? PVG_WIRE_SAMPLER_LOD : PVG_WIRE_REF);
		if (index >= PVG_GPU_SAMPLERS) {
			return overflow(gpu, encoder, which, info, index);
		}
		uint32_t bit = 1u << index;
		stage->samplers_ok &= ~bit;
		if (bind.ref == 0) {
			stage->samplers_bound &= ~bit;
			continue;
		}
		// What is no number clamps nothing.
		bool clamps = lod && !isnan(bind.lod_min) && !isnan(bind.lod_max);
		stage->samplers_bound |= bit;
		stage->samplers[index] = (struct pvg_slot_sampler){
			.ref = bind.ref,
			.has_lod = clamps,
			.lod_min = clamps ? bind.lod_min : 0,
			.lod_max = clamps ? bind.lod_max : 0,
		};
	}
	return PVG_STEP_DONE;
}

static enum pvg_step set_offset(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	struct pvg_encoder_stage *stage, enum pvg_gpu_stage which,
	const struct pvg_record_info *info, const struct pvg_wire_offset *offset, bool stride) {
	if (offset->index >= PVG_GPU_BUFFERS) {
		return overflow(gpu, encoder, which, info, offset->index);
	}
	uint32_t bit = 1u << offset->index;
	bool bad_stride = offset->stride > STRIDE_MAX;
	if ((stage->buffers_bound & bit) == 0 || bad_stride) {
		if (bad_stride) { // what draws now would take another
			encoder->broken = "a stride is out of range";
		}
		return PVG_ENCODER_REFUSE(gpu, BINDING,
			"task %" PRIu32 ": %s: %s buffer %" PRIu32 ": %s", encoder->task,
			info->name, stage_name(which), offset->index,
			bad_stride ? "stride out of range" : "nothing is bound");
	}
	encoder->wide_strides |= offset->stride > gpu->renderer->caps.max_attribute_stride;
	struct pvg_slot_buffer *slot = &stage->buffers[offset->index];
	slot->offset = offset->offset;
	if (stride) { // the plain form leaves an earlier stride alone
		slot->has_stride = true;
		slot->stride = (uint32_t)offset->stride;
	}
	stage->buffers_ok &= ~bit;
	return PVG_STEP_DONE;
}

enum pvg_step pvg_bind_record(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage which, const struct pvg_record_info *info, const uint8_t *payload,
	uint32_t payload_bytes) {
	struct pvg_encoder *encoder = &context->encoder;
	struct pvg_encoder_stage *stage = &context->stages[which];
	bool stride = false;

	switch (info->opcode) {
	case 0xa5:
	case 0xd9:
		stride = true; // fallthrough
	case 0x7d:
	case 0x6e:
	case 0xcb:
		return bind_buffers(gpu, encoder, stage, which, info,
			pvg_wire_binds(payload, payload_bytes), stride);
	case 0xa6:
	case 0xda:
		stride = true; // fallthrough
	case 0x7e:
	case 0x6f:
	case 0xcf: {
		struct pvg_wire_offset offset = pvg_wire_offset(payload, payload_bytes, stride);
		return set_offset(gpu, encoder, stage, which, info, &offset, stride);
	}
	case 0x81:
	case 0x72:
	case 0xce:
		return bind_textures(gpu, encoder, stage, which, info,
			pvg_wire_binds(payload, payload_bytes));
	default: // 0x7f, 0x70, 0xcc and, with clamps, 0x80, 0x71, 0xcd
		return bind_samplers(gpu, encoder, stage, which, info,
			pvg_wire_binds(payload, payload_bytes),
			info->opcode == 0x80 || info->opcode == 0x71 || info->opcode == 0xcd);
	}
}

/* ---- textures -------------------------------------------------------------------------------- */

static enum pvg_step resolve_texture(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_slot_texture *slot, bool written) {
	struct pvg_encoders *encoders = gpu->encoders;
	enum pvg_gpu_found found;

	if (slot->build != encoders->build) {
		slot->texture = NULL;
		slot->written = false;
		found = pvg_gpu_texture(gpu, context->encoder.task, slot->ref, &slot->texture);
		if (found == PVG_GPU_RETRY) {
			return pvg_step_of(gpu, found);
		}
		if (found == PVG_GPU_FOUND) {
			found = pvg_gpu_texture_use(gpu, slot->texture, 0, 0, 0, 0, PVG_GPU_READS);
			if (found == PVG_GPU_RETRY) {
				return pvg_step_of(gpu, found);
			}
		}
		if (found != PVG_GPU_FOUND) {
			slot->texture = NULL;
		}
		slot->build = encoders->build;
	}
	if (written && slot->texture != NULL && !slot->written) {
		found = pvg_gpu_texture_use(gpu, slot->texture, 0, 0, 0, 0,
			PVG_GPU_READS | PVG_GPU_WRITES);
		if (found == PVG_GPU_RETRY) {
			return pvg_step_of(gpu, found);
		}
		if (found == PVG_GPU_MISSING) {
			return PVG_STEP_DROP;
		}
		slot->written = true;
	}
	return PVG_STEP_DONE;
}

void pvg_encoders_rebind(struct pvg_encoders *encoders, const struct pvg_gpu_storage *storage) {
	struct pvg_context *context = encoders->current;

	for (unsigned int i = 0; context != NULL && i < PVG_GPU_STAGES; i++) {
		struct pvg_encoder_stage *stage = &context->stages[i];
		for (unsigned int index = 0; index < PVG_GPU_TEXTURES; index++) {
			struct pvg_slot_texture *slot = &stage->textures[index];
			uint64_t bit = UINT64_C(1) << index % 64;
			if ((stage->textures_bound[index / 64] & bit) != 0 &&
				slot->build == encoders->build && slot->texture != NULL &&
				slot->texture->storage == storage) {
				slot->build = 0;
				stage->textures_ok[index / 64] &= ~bit;
			}
		}
	}
}

static enum pvg_step resolve_samplers(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_encoder_stage *stage, uint32_t todo) {
	uint32_t pixel_samplers = stage->pixel_samplers & ~todo;

	for (; todo != 0; todo &= todo - 1) {
		unsigned int index = (unsigned int)__builtin_ctz(todo);
		struct pvg_slot_sampler *slot = &stage->samplers[index];
		bool pixels = false;
		if ((stage->samplers_bound & 1u << index) == 0) {
			continue;
		}
		switch (pvg_gpu_sampler_state(gpu, context->encoder.task, slot->ref, &slot->sampler,
			&pixels)) {
		case PVG_GPU_FOUND:
			pixel_samplers |= pixels ? 1u << index : 0;
			break;
		case PVG_GPU_MISSING:
			slot->sampler = NULL;
			break;
		case PVG_GPU_RETRY:
			return pvg_step_of(gpu, PVG_GPU_RETRY);
		}
	}
	if (stage->pixel_samplers != pixel_samplers) {
		stage->pixel_samplers = (uint16_t)pixel_samplers;
		stage->views_changed = true;
	}
	return PVG_STEP_DONE;
}

// Textures over buffers are written as numbers, whatever their format is.
static bool can_be_stored_into(const struct pvg_gpu *gpu, const struct pvg_gpu_texture *texture) {
	struct pvg_renderer *renderer = gpu->renderer;

	return texture->desc.type == PVG_TEXTURE_BUFFER ||
		(renderer->ops->format_caps(renderer, texture->desc.format) & PVG_GPU_STORAGE) != 0;
}

enum pvg_step pvg_bind_textures(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage which) {
	struct pvg_encoder_stage *stage = &context->stages[which];
	const struct pvg_gpu_stage_use *use = &context->encoder.info->stage[which];

	if (((use->textures[0] & ~stage->textures_ok[0]) |
		    (use->textures[1] & ~stage->textures_ok[1]) |
		    (use->samplers & ~stage->samplers_ok)) == 0) {
		return PVG_STEP_DONE; // as for the draw before
	}
	for (unsigned int word = 0; word < 2; word++) {
		uint64_t todo = use->textures[word] & ~stage->textures_ok[word];
		while (todo != 0) {
			unsigned int index = word * 64 + (unsigned int)__builtin_ctzll(todo);
			uint64_t bit = todo & -todo;
			todo &= todo - 1;
			struct pvg_gpu_view *view = NULL;
			bool refused = false;
			struct pvg_slot_texture *slot = &stage->textures[index];
			if ((stage->textures_bound[word] & bit) != 0) {
				bool written = (use->textures_written[word] & bit) != 0;
				enum pvg_step step = resolve_texture(gpu, context, slot, written);
				if (step != PVG_STEP_DONE) {
					return step;
				}
				if (slot->texture != NULL && written &&
					!can_be_stored_into(gpu, slot->texture)) {
					pvg_refuse(gpu->device, PVG_REFUSAL_BINDING,
						"task %" PRIu32 ": %s texture %u: the host cannot "
						"write its format, %u",
						context->encoder.task, stage_name(which), index,
						slot->texture->desc.format);
					refused = true;
				} else if (slot->texture != NULL) {
					view = slot->texture->view;
					slot->feedback = which != PVG_GPU_KERNEL &&
						pvg_pass_has(context, slot->texture);
					stage->any_feedback |= slot->feedback;
				}
			}
			if (view == NULL && !refused) {
				pvg_refuse(gpu->device, PVG_REFUSAL_BINDING,
					"task %" PRIu32 ": %s texture %u is not bound",
					context->encoder.task, stage_name(which), index);
				// Zero texels of its kind, which is the program's to know.
			}
			if (stage->views[index] != view) {
				stage->views[index] = view;
				stage->views_changed = true;
			}
		}
	}
	uint32_t samplers = use->samplers & ~stage->samplers_ok & ((1u << PVG_GPU_SAMPLERS) - 1);
	return samplers != 0 ? resolve_samplers(gpu, context, stage, samplers) : PVG_STEP_DONE;
}

/* ---- buffers --------------------------------------------------------------------------------- */

// Looks up the slot's buffer, once a list.
static enum pvg_step resolve_buffer(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_slot_buffer *slot) {
	if (slot->build == gpu->encoders->build && slot->task == context->encoder.task) {
		return PVG_STEP_DONE;
	}
	enum pvg_gpu_found found =
		pvg_gpu_buffer(gpu, context->encoder.task, slot->ref, &slot->backing);
	if (found == PVG_GPU_RETRY) {
		return pvg_step_of(gpu, found);
	}
	slot->found = found;
	slot->task = context->encoder.task;
	slot->build = gpu->encoders->build;
	slot->window_tag = 0;
	slot->window_written = false;
	return PVG_STEP_DONE;
}

// Does the slot's window hold what is wanted from its offset on, at a place that fits?
static bool find_in_window(const struct pvg_slot_buffer *slot, uint64_t size_bytes,
	uint32_t alignment, bool written, struct pvg_gpu_span *span) {
	uint64_t skip = slot->offset - slot->window_offset;

	if (slot->offset < slot->window_offset || skip > slot->window.size_bytes ||
		size_bytes > slot->window.size_bytes - skip || (written && !slot->window_written) ||
		(slot->window.offset_bytes + skip) % alignment != 0) {
		return false;
	}
	*span = (struct pvg_gpu_span){
		.buffer = slot->window.buffer,
		.offset_bytes = slot->window.offset_bytes + skip,
		.size_bytes = skip == 0 ? slot->window.size_bytes : size_bytes,
	};
	return true;
}

// Another part of the same buffer: the next ones will be near. What the GPU writes is left alone.
static void with_neighbours(struct pvg_gpu *gpu, const struct pvg_gpu_backing *backing,
	uint64_t *offset_bytes, uint64_t *size_bytes) {
	uint64_t first = *offset_bytes - *offset_bytes % NEIGHBOURS_BYTES;
	uint64_t left = backing->size_bytes - first;
	uint64_t bytes = *offset_bytes - first + *size_bytes;

	bytes = bytes > NEIGHBOURS_BYTES ? bytes : NEIGHBOURS_BYTES;
	bytes = bytes < left ? bytes : left;
	if (!pvg_gpu_shadow_is_over(gpu, backing, first, bytes)) {
		*offset_bytes = first;
		*size_bytes = bytes;
	}
}

/*
 * The window of a bound buffer from its offset on, @size_bytes 0: to its end. Draws that go through
 * a buffer in small steps find the next ones in what was taken for the one before.
 */
static enum pvg_step bind_window(struct pvg_gpu *gpu, struct pvg_context *context,
	struct pvg_slot_buffer *slot, uint64_t size_bytes, uint32_t alignment, bool written,
	struct pvg_gpu_span *span) {
	struct pvg_encoders *encoders = gpu->encoders;
	enum pvg_step step = resolve_buffer(gpu, context, slot);

	if (step != PVG_STEP_DONE) {
		return step;
	}
	if (slot->found != PVG_GPU_FOUND || slot->offset >= slot->backing.size_bytes) {
		return PVG_ENCODER_REFUSE(gpu, BINDING,
			"task %" PRIu32 ": buffer %" PRIu32 " at %" PRIu64 ": %s",
			context->encoder.task, slot->ref, slot->offset,
			slot->found != PVG_GPU_FOUND ? "not there" : "beyond its end");
	}
	uint64_t first = slot->offset;
	uint64_t left = slot->backing.size_bytes - first;
	if (size_bytes == 0 || size_bytes > left) {
		size_bytes = left;
	}
	uint64_t wanted = size_bytes;
	if (slot->window_tag == encoders->window_tag) {
		if ((slot->window_offset == first || lands_nothing(gpu)) &&
			find_in_window(slot, size_bytes, alignment, written, span)) {
			return PVG_STEP_DONE;
		}
		if (slot->window_offset == first) {
			// It grows from draw to draw: fewer, larger steps.
			uint64_t twice = slot->window.size_bytes * 2;
			wanted = twice > size_bytes ? twice : size_bytes;
			wanted = wanted < left ? wanted : left;
		} else if (!written && size_bytes < NEIGHBOURS_BYTES && first % alignment == 0 &&
			lands_nothing(gpu)) {
			with_neighbours(gpu, &slot->backing, &first, &wanted);
		}
	}
	enum pvg_gpu_found found = pvg_gpu_window(gpu, &slot->backing, first, wanted, alignment,
		written ? PVG_GPU_READS | PVG_GPU_WRITES : PVG_GPU_READS, &slot->window);
	if (found != PVG_GPU_FOUND) {
		return pvg_step_of(gpu, found);
	}
	if (written && !slot->window_written) {
		// Other slots may have had the same bytes elsewhere until now.
		encoders->window_tag++;
		for (unsigned int i = 0; i < PVG_GPU_STAGES; i++) {
			context->stages[i].buffers_ok = 0;
			context->stages[i].constants_known = 0;
		}
	}
	slot->window_tag = encoders->window_tag;
	slot->window_written = written;
	slot->window_offset = first;
	return find_in_window(slot, size_bytes, alignment, written, span) ? PVG_STEP_DONE
									  : PVG_STEP_DROP;
}

static void emit_buffer(struct pvg_encoder_stage *stage, enum pvg_gpu_stage which,
	unsigned int index, const struct pvg_emitted_buffer *next,
	struct pvg_gpu_builder *commands) {
	struct pvg_emitted_buffer *last = &stage->emitted_buffers[index];

	if (last->span.buffer == next->span.buffer &&
		last->span.offset_bytes == next->span.offset_bytes &&
		last->span.size_bytes == next->span.size_bytes && last->written == next->written &&
		last->has_stride == next->has_stride && last->stride == next->stride) {
		return;
	}
	*last = *next;
	struct pvg_gpu_cmd *cmd = pvg_gpu_emit(commands, PVG_GPU_OP_BUFFER);
	cmd->buffer.stage = (uint8_t)which;
	cmd->buffer.slot = (uint8_t)index;
	cmd->buffer.written = next->written;
	cmd->buffer.has_stride = next->has_stride;
	cmd->buffer.stride_bytes = next->stride;
	cmd->buffer.span = next->span;
}

// For a buffer that the program reads and nobody bound (spec 03 section 9.2).
static enum pvg_step zero_buffer(struct pvg_gpu *gpu, struct pvg_encoder *encoder,
	enum pvg_gpu_stage which, unsigned int index, uint64_t size_bytes, bool written,
	struct pvg_gpu_span *span) {
	uint8_t *map;

	pvg_refuse(gpu->device, PVG_REFUSAL_BINDING, "task %" PRIu32 ": %s buffer %u is not bound",
		encoder->task, stage_name(which), index);
	if (written) {
		*span = (struct pvg_gpu_span){ 0 }; // what is written goes nowhere
		return PVG_STEP_DONE;
	}
	size_bytes = size_bytes == 0 || size_bytes > ZERO_BYTES ? ZERO_BYTES : size_bytes;
	if (!pvg_gpu_ring_alloc(gpu, size_bytes, WINDOW_ALIGNMENT, span, &map)) {
		return PVG_STEP_DROP;
	}
	memset(map, 0, (size_t)size_bytes);
	return PVG_STEP_DONE;
}

/*
 * Constants by value: draw after draw binds the next ones of a buffer that says the same, and
 * drivers pay for each buffer that is bound. Guest memory is read once for it, @now: what was.
 * What a list has somewhere is bound there, by whatever pass and pipeline wants it next.
 */
static bool read_constant(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage which, unsigned int index, struct pvg_emitted_constant *now) {
	struct pvg_encoder_stage *stage = &context->stages[which];
	struct pvg_slot_buffer *slot = &stage->buffers[index];
	const struct pvg_gpu_stage_use *use = &context->encoder.info->stage[which];
	bool is_input = which == PVG_GPU_VERTEX &&
		(context->encoder.info->input_buffers & 1u << index) != 0;

	if (is_input || slot->has_stride || (use->buffers_written & 1u << index) != 0 ||
		use->buffer_bytes[index] == 0 || use->buffer_bytes[index] > PVG_CONSTANT_BYTES ||
		stage->constant_misses[index] >= PVG_CONSTANT_MISSES ||
		resolve_buffer(gpu, context, slot) != PVG_STEP_DONE ||
		slot->found != PVG_GPU_FOUND) {
		return false;
	}
	now->size_bytes = (uint32_t)use->buffer_bytes[index];
	return pvg_gpu_peek(gpu, &slot->backing, slot->offset, now->bytes, now->size_bytes);
}

static bool same_constant(struct pvg_encoder_stage *stage, unsigned int index,
	const struct pvg_emitted_constant *now) {
	const struct pvg_emitted_constant *last = &stage->emitted_constants[index];

	return (stage->constants_known & 1u << index) != 0 && last->size_bytes >= now->size_bytes &&
		memcmp(last->bytes, now->bytes, now->size_bytes) == 0;
}

static bool is_kept(const struct pvg_encoders *encoders, const struct pvg_kept_constant *kept,
	const struct pvg_emitted_constant *now) {
	return kept->build == encoders->build && kept->size_bytes == now->size_bytes &&
		memcmp(kept->bytes, now->bytes, now->size_bytes) == 0;
}

// The place of the value: it has it (*found), or is the next to take another one.
static struct pvg_kept_constant *kept_constant(struct pvg_encoders *encoders,
	const struct pvg_emitted_constant *now, bool *found) {
	uint64_t hash = pvg_gpu_hash(0, now->bytes, now->size_bytes);
	struct pvg_kept_constant *ways = encoders->constants[hash % PVG_CONSTANT_SETS];

	*found = true;
	for (unsigned int i = 0; i < PVG_CONSTANT_WAYS; i++) {
		if (is_kept(encoders, &ways[i], now)) {
			return &ways[i];
		}
	}
	*found = false;
	return &ways[encoders->next_constant++ % PVG_CONSTANT_WAYS];
}

// The value alone, where a block of it can be bound: what surrounds it is of no use.
static enum pvg_step put_constant(struct pvg_gpu *gpu, struct pvg_kept_constant *kept,
	const struct pvg_emitted_constant *now) {
	uint32_t size_bytes = (now->size_bytes + 15) & ~15u;
	struct pvg_gpu_span span;
	uint8_t *map;
	enum pvg_gpu_found found = pvg_gpu_ring_take(gpu, &gpu->memory->upload, size_bytes,
		WINDOW_ALIGNMENT, &span, &map);

	if (found != PVG_GPU_FOUND) {
		return pvg_step_of(gpu, found);
	}
	memcpy(map, now->bytes, now->size_bytes);
	memset(map + now->size_bytes, 0, size_bytes - now->size_bytes);
	PVG_COUNT_DEVICE(gpu->device, gpu.uploads);
	PVG_ADD_DEVICE(gpu->device, gpu.bytes_uploaded, now->size_bytes);
	span.size_bytes = size_bytes;
	*kept = (struct pvg_kept_constant){
		.build = gpu->encoders->build,
		.size_bytes = now->size_bytes,
		.span = span,
	};
	memcpy(kept->bytes, now->bytes, now->size_bytes);
	return PVG_STEP_DONE;
}

// Deleted, not there yet, or no buffer at all: as if nothing was bound (spec 02 section 8.2).
static bool is_absent(const struct pvg_slot_buffer *slot, enum pvg_step step) {
	return step == PVG_STEP_DROP && slot->found == PVG_GPU_MISSING;
}

static enum pvg_step emit_buffers(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage which, struct pvg_gpu_builder *commands) {
	struct pvg_encoder_stage *stage = &context->stages[which];
	const struct pvg_gpu_stage_use *use = &context->encoder.info->stage[which];
	uint32_t used = use->buffers & ((1u << PVG_GPU_BUFFERS) - 1);
	uint32_t todo;

	// A written one may send those before it back; at most once each.
	while ((todo = used & ~stage->buffers_ok) != 0) {
		unsigned int index = (unsigned int)__builtin_ctz(todo);
		uint32_t bit = todo & -todo;
		bool written = (use->buffers_written & bit) != 0;
		struct pvg_slot_buffer *slot = &stage->buffers[index];
		struct pvg_emitted_buffer next = { .written = written };
		struct pvg_emitted_constant now;
		enum pvg_step step = PVG_STEP_DROP;
		bool bound = (stage->buffers_bound & bit) != 0;
		bool constant = bound && read_constant(gpu, context, which, index, &now);
		if (constant && same_constant(stage, index, &now)) {
			stage->constant_misses[index] = 0;
			stage->buffers_ok |= bit;
			continue;
		}
		stage->constants_known &= ~bit;
		bool found = false;
		struct pvg_kept_constant *kept =
			constant ? kept_constant(gpu->encoders, &now, &found) : NULL;
		if (kept != NULL) {
			step = found ? PVG_STEP_DONE : put_constant(gpu, kept, &now);
			next.span = kept->span;
		} else if (bound) {
			step = bind_window(gpu, context, slot, use->buffer_bytes[index],
				written ? INPUT_ALIGNMENT : WINDOW_ALIGNMENT, written, &next.span);
			next.has_stride = slot->has_stride;
			next.stride = slot->has_stride ? slot->stride : 0;
		}
		if (!bound || is_absent(slot, step)) {
			step = zero_buffer(gpu, &context->encoder, which, index,
				use->buffer_bytes[index], written, &next.span);
		}
		if (step != PVG_STEP_DONE) {
			return step;
		}
		emit_buffer(stage, which, index, &next, commands);
		stage->buffers_ok |= bit;
		if (constant) {
			stage->emitted_constants[index].size_bytes = now.size_bytes;
			memcpy(stage->emitted_constants[index].bytes, now.bytes, now.size_bytes);
			stage->constants_known |= bit;
			stage->constant_misses[index] =
				found ? 0 : (uint8_t)(stage->constant_misses[index] + 1);
		}
	}
	if (use->buffers_written != 0) {
		gpu->encoders->unseen_writes = true;
	}
	return PVG_STEP_DONE;
}

enum pvg_step pvg_bind_input(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage which, unsigned int index, uint64_t size_bytes,
	struct pvg_gpu_builder *commands) {
	struct pvg_encoder_stage *stage = &context->stages[which];
	struct pvg_slot_buffer *slot = &stage->buffers[index];
	struct pvg_emitted_buffer next = { 0 };
	const struct pvg_gpu_stage_use *use = &context->encoder.info->stage[which];

	if ((stage->buffers_bound & 1u << index) == 0) {
		enum pvg_step step = zero_buffer(gpu, &context->encoder, which, index, size_bytes,
			false, &next.span);
		if (step != PVG_STEP_DONE) {
			return step;
		}
	} else {
		// The same slot may be an argument too: its reach does not bound the stream.
		uint64_t reach =
			(use->buffers & 1u << index) != 0 ? use->buffer_bytes[index] : size_bytes;
		size_bytes = size_bytes == 0 || reach == 0 ? 0
			: reach > size_bytes               ? reach
							   : size_bytes;
		next.written = (use->buffers_written & 1u << index) != 0;
		bool argument = (use->buffers & 1u << index) != 0;
		uint32_t alignment = argument && !next.written ? WINDOW_ALIGNMENT : INPUT_ALIGNMENT;
		enum pvg_step step = bind_window(gpu, context, slot, size_bytes, alignment,
			next.written, &next.span);
		if (is_absent(slot, step)) {
			step = zero_buffer(gpu, &context->encoder, which, index, size_bytes,
				next.written, &next.span);
		}
		if (step != PVG_STEP_DONE) {
			return step;
		}
		next.has_stride = slot->has_stride;
		next.stride = slot->has_stride ? slot->stride : 0;
	}
	emit_buffer(stage, which, index, &next, commands);
	return PVG_STEP_DONE;
}

/* ---- emission -------------------------------------------------------------------------------- */

static void emit_samplers(struct pvg_context *context, enum pvg_gpu_stage which,
	struct pvg_gpu_builder *commands) {
	struct pvg_encoder_stage *stage = &context->stages[which];
	uint32_t todo = context->encoder.info->stage[which].samplers & ~stage->samplers_ok &
		((1u << PVG_GPU_SAMPLERS) - 1);

	while (todo != 0) {
		unsigned int index = (unsigned int)__builtin_ctz(todo);
		uint32_t bit = todo & -todo;
		todo &= todo - 1;
		const struct pvg_slot_sampler *slot = &stage->samplers[index];
		struct pvg_emitted_sampler next = { 0 };
		if ((stage->samplers_bound & bit) != 0 && slot->sampler != NULL) {
			next.sampler = slot->sampler;
			next.has_lod = slot->has_lod;
			next.lod_min = slot->lod_min;
			next.lod_max = slot->lod_max;
			next.lod_bias = slot->lod_bias;
		}
		stage->samplers_ok |= bit;
		struct pvg_emitted_sampler *last = &stage->emitted_samplers[index];
		if (last->sampler == next.sampler && last->has_lod == next.has_lod &&
			last->lod_min == next.lod_min && last->lod_max == next.lod_max &&
			last->lod_bias == next.lod_bias) {
			continue;
		}
		*last = next;
		struct pvg_gpu_cmd *cmd = pvg_gpu_emit(commands, PVG_GPU_OP_SAMPLER);
		cmd->sampler.stage = (uint8_t)which;
		cmd->sampler.slot = (uint8_t)index;
		cmd->sampler.sampler = next.sampler;
		cmd->sampler.has_lod = next.has_lod;
		cmd->sampler.lod_min = next.lod_min;
		cmd->sampler.lod_max = next.lod_max;
		cmd->sampler.lod_bias = next.lod_bias;
	}
}

static void emit_textures(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage which, struct pvg_gpu_builder *commands) {
	struct pvg_encoder_stage *stage = &context->stages[which];
	const struct pvg_gpu_stage_use *use = &context->encoder.info->stage[which];

	for (unsigned int word = 0; word < 2; word++) {
		uint64_t todo = use->textures[word] & ~stage->textures_ok[word];
		stage->textures_ok[word] |= todo;
		while (todo != 0) {
			unsigned int index = word * 64 + (unsigned int)__builtin_ctzll(todo);
			todo &= todo - 1;
			if (stage->emitted_views[index] == stage->views[index]) {
				continue;
			}
			stage->emitted_views[index] = stage->views[index];
			struct pvg_gpu_cmd *cmd = pvg_gpu_emit(commands, PVG_GPU_OP_TEXTURE);
			cmd->texture.stage = (uint8_t)which;
			cmd->texture.slot = (uint8_t)index;
			cmd->texture.view = stage->views[index];
		}
	}
	if ((use->textures_written[0] | use->textures_written[1]) != 0) {
		gpu->encoders->unseen_writes = true;
	}
}

enum pvg_step pvg_bind_emit(struct pvg_gpu *gpu, struct pvg_context *context,
	enum pvg_gpu_stage which, struct pvg_gpu_builder *commands) {
	const struct pvg_encoder_stage *stage = &context->stages[which];
	const struct pvg_gpu_stage_use *use = &context->encoder.info->stage[which];

	if (((use->buffers & ~stage->buffers_ok) | (use->samplers & ~stage->samplers_ok) |
		    use->buffers_written) == 0 &&
		((use->textures[0] & ~stage->textures_ok[0]) |
			(use->textures[1] & ~stage->textures_ok[1]) | use->textures_written[0] |
			use->textures_written[1]) == 0) {
		return PVG_STEP_DONE; // as for the draw before
	}
	enum pvg_step step = emit_buffers(gpu, context, which, commands);
	if (step == PVG_STEP_DONE) {
		emit_textures(gpu, context, which, commands);
		emit_samplers(context, which, commands);
	}
	return step;
}
