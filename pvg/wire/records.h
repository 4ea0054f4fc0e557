// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every record type of the command stream, of object descriptors and of destroys, in one table:
 * number, name, length and what this device does with it (spec 02 section 2, 03 sections 3 to 7).
 *
 * X(space, opcode, name, length rule, action). Lengths include the record's 8-byte header. Render
 * 0x0e, 0x1c and 0x1d come from a deserializer's table only (spec 03 section 4.1, 4.2).
 */
#ifndef PVG_WIRE_RECORDS_H
#define PVG_WIRE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_OBJECT_RECORDS(X) \
	X(OBJECT, 0x01, "new-texture-narrow", LEN(44), ELSEWHERE) \
	X(OBJECT, 0x03, "new-sampler", LEN(36), ELSEWHERE) \
	X(OBJECT, 0x04, "new-depth-stencil", LEN(40), ELSEWHERE) \
	X(OBJECT, 0x07, "texture-view-format", LEN(20), ELSEWHERE) \
	X(OBJECT, 0x08, "texture-view", LEN(52), ELSEWHERE) \
	X(OBJECT, 0x09, "buffer-texture-narrow", LEN(64), ELSEWHERE) \
	X(OBJECT, 0x0b, "compute-pipeline", OPEN(16), ELSEWHERE) \
	X(OBJECT, 0x0c, "surface-texture-narrow", LEN(48), ELSEWHERE) \
	X(OBJECT, 0x0d, "new-fence", LEN(12), ELSEWHERE) \
	X(OBJECT, 0x0e, "render-pipeline", OPEN(16), ELSEWHERE) \
	X(OBJECT, 0x15, "heap-texture-narrow", LEN(60), ELSEWHERE) \
	X(OBJECT, 0x16, "heap-texture-query", LEN(40), ELSEWHERE) \
	X(OBJECT, 0x1b, "texture-view-swizzle", LEN(56), ELSEWHERE) \
	X(OBJECT, 0x2f, "surface-texture-rotation", LEN(48), ELSEWHERE) \
	X(OBJECT, 0x32, "rate-map", OPEN(28), ELSEWHERE) \
	X(OBJECT, 0x34, "new-texture-wide", LEN(52), ELSEWHERE) \
	X(OBJECT, 0x36, "indirect-command-buffer", LEN(88), ELSEWHERE) \
	X(OBJECT, 0x37, "buffer-texture-wide", LEN(72), ELSEWHERE) \
	X(OBJECT, 0x38, "heap-texture-wide", LEN(68), ELSEWHERE) \
	X(OBJECT, 0x39, "surface-texture-wide", LEN(56), ELSEWHERE)

#define PVG_RENDER_RECORDS(X) \
	X(RENDER, 0x00, "draw-primitives-wide", LEN(28), DRAW) \
	X(RENDER, 0x01, "draw-primitives", LEN(16), DRAW) \
	X(RENDER, 0x02, "draw-primitives-instanced-wide", LEN(36), DRAW) \
	X(RENDER, 0x03, "draw-primitives-instanced", LEN(16), DRAW) \
	X(RENDER, 0x04, "draw-primitives-instanced-base-instance-wide", LEN(44), DRAW) \
	X(RENDER, 0x05, "draw-primitives-instanced-base-instance", LEN(20), DRAW) \
	X(RENDER, 0x06, "draw-indexed-primitives-wide", LEN(32), DRAW) \
	X(RENDER, 0x07, "draw-indexed-primitives", LEN(20), DRAW) \
	X(RENDER, 0x08, "draw-indexed-primitives-instanced-wide", LEN(40), DRAW) \
	X(RENDER, 0x09, "draw-indexed-primitives-instanced", LEN(24), DRAW) \
	X(RENDER, 0x0a, "draw-indexed-primitives-instanced-bases-wide", LEN(56), DRAW) \
	X(RENDER, 0x0b, "draw-indexed-primitives-instanced-bases", LEN(28), DRAW) \
	X(RENDER, 0x0c, "draw-patches-wide", EITHER(56, 68), PATCHES) \
	X(RENDER, 0x0d, "draw-patches", LEN(24), PATCHES) \
	X(RENDER, 0x0e, "draw-indexed-patches-wide", LEN(68), PATCHES) \
	X(RENDER, 0x0f, "draw-indexed-patches", LEN(32), PATCHES) \
	X(RENDER, 0x10, "draw-primitives-indirect-buffer", LEN(24), DRAW) \
	X(RENDER, 0x11, "draw-indexed-primitives-indirect-buffer", LEN(36), DRAW) \
	X(RENDER, 0x12, "draw-patches-indirect-buffer", LEN(36), PATCHES) \
	X(RENDER, 0x13, "draw-indexed-patches-indirect-buffer", LEN(48), PATCHES) \
	X(RENDER, 0x14, "execute-commands-in-buffer-range-from-indirect-buffer", LEN(24), REFUSE) \
	X(RENDER, 0x15, "execute-commands-in-buffer-with-range", LEN(28), REFUSE) \
	X(RENDER, 0x16, "memory-barrier-with-resources", COUNTED(16, 4, 0, 4), NOTE) \
	X(RENDER, 0x17, "memory-barrier-with-scope", LEN(12), NOTE) \
	X(RENDER, 0x18, "update-fence-after-stages", LEN(16), FENCE) \
	X(RENDER, 0x19, "wait-for-fence-before-stages", LEN(16), FENCE) \
	X(RENDER, 0x1a, "render-pass", LEN(592), STATE) \
	X(RENDER, 0x1b, "use-heaps-stages", COUNTED(16, 4, 0, 4), HINT) \
	X(RENDER, 0x1c, "draw-indexed-primitives-instanced-bases-wide-v2", LEN(56), DRAW) \
	X(RENDER, 0x1d, "draw-indexed-primitives-instanced-bases-v2", LEN(28), DRAW) \
	X(RENDER, 0x1e, "default-raster-sample-count", LEN(12), STATE) \
	X(RENDER, 0x20, "programmable-sample-positions", COUNTED(12, 8, 0, 4), REFUSE) \
	X(RENDER, 0x21, "pass-rasterization-rate-map", LEN(12), REFUSE) \
	X(RENDER, 0x22, "pass-imageblock-sample-length", LEN(12), REFUSE) \
	X(RENDER, 0x23, "pass-threadgroup-memory-length", LEN(12), REFUSE) \
	X(RENDER, 0x24, "pass-tile-size", LEN(12), REFUSE) \
	X(RENDER, 0x65, "set-blend-color", LEN(24), STATE) \
	X(RENDER, 0x66, "set-color-store-action", LEN(16), STATE) \
	X(RENDER, 0x67, "set-color-store-action-options", LEN(20), STATE) \
	X(RENDER, 0x68, "set-depth-stencil-state", LEN(12), STATE) \
	X(RENDER, 0x69, "set-depth-store-action", LEN(16), STATE) \
	X(RENDER, 0x6a, "set-depth-store-action-options", LEN(16), STATE) \
	X(RENDER, 0x6b, "set-cull-mode", LEN(16), STATE) \
	X(RENDER, 0x6c, "set-depth-bias", LEN(20), STATE) \
	X(RENDER, 0x6d, "set-depth-clip-mode", LEN(16), STATE) \
	X(RENDER, 0x6e, "set-fragment-buffers", BIND(12), BIND_FRAGMENT) \
	X(RENDER, 0x6f, "set-fragment-buffer-offset", LEN(20), BIND_FRAGMENT) \
	X(RENDER, 0x70, "set-fragment-sampler-states", BIND(4), BIND_FRAGMENT) \
	X(RENDER, 0x71, "set-fragment-sampler-states-with-lod-clamps", BIND(12), BIND_FRAGMENT) \
	X(RENDER, 0x72, "set-fragment-textures", BIND(4), BIND_FRAGMENT) \
	X(RENDER, 0x73, "set-front-facing-winding", LEN(16), STATE) \
	X(RENDER, 0x74, "set-render-pipeline-state", LEN(12), STATE) \
	X(RENDER, 0x75, "set-scissor-rect", LEN(40), STATE) \
	X(RENDER, 0x76, "set-scissor-rects", COUNTED(16, 32, 0, 8), STATE) \
	X(RENDER, 0x77, "set-stencil-reference", LEN(16), STATE) \
	X(RENDER, 0x78, "set-stencil-store-action", LEN(16), STATE) \
	X(RENDER, 0x79, "set-stencil-store-action-options", LEN(16), STATE) \
	X(RENDER, 0x7a, "set-tessellation-factor-buffer", LEN(28), STATE) \
	X(RENDER, 0x7b, "set-tessellation-factor-scale", LEN(12), STATE) \
	X(RENDER, 0x7c, "set-triangle-fill-mode", LEN(16), STATE) \
	X(RENDER, 0x7d, "set-vertex-buffers", BIND(12), BIND_VERTEX) \
	X(RENDER, 0x7e, "set-vertex-buffer-offset", LEN(20), BIND_VERTEX) \
	X(RENDER, 0x7f, "set-vertex-sampler-states", BIND(4), BIND_VERTEX) \
	X(RENDER, 0x80, "set-vertex-sampler-states-with-lod-clamps", BIND(12), BIND_VERTEX) \
	X(RENDER, 0x81, "set-vertex-textures", BIND(4), BIND_VERTEX) \
	X(RENDER, 0x82, "set-viewport", LEN(56), STATE) \
	X(RENDER, 0x83, "set-viewports", COUNTED(12, 48, 0, 4), STATE) \
	X(RENDER, 0x84, "set-visibility-result-mode", LEN(24), STATE) \
	X(RENDER, 0x85, "texture-barrier", LEN(8), NOTE) \
	X(RENDER, 0x86, "use-heaps", COUNTED(12, 4, 0, 4), HINT) \
	X(RENDER, 0x87, "use-resources", COUNTED(16, 4, 0, 4), HINT) \
	X(RENDER, 0x88, "set-line-width", LEN(12), STATE) \
	X(RENDER, 0x89, "use-resources-stages", COUNTED(16, 4, 0, 4), HINT) \
	X(RENDER, 0x8a, "set-alpha-test-reference-value", LEN(12), OPENGL) \
	X(RENDER, 0x8b, "set-point-size", LEN(12), OPENGL) \
	X(RENDER, 0x8c, "set-clip-plane", LEN(28), OPENGL) \
	X(RENDER, 0x8d, "set-vertex-sampler-state-with-lod-clamps-and-bias", LEN(28), OPENGL) \
	X(RENDER, 0x8e, "set-fragment-sampler-state-with-lod-clamps-and-bias", LEN(28), OPENGL) \
	X(RENDER, 0x8f, "set-viewport-transform-enabled", LEN(12), OPENGL) \
	X(RENDER, 0x90, "set-provoking-vertex-mode", LEN(12), OPENGL) \
	X(RENDER, 0x91, "set-primitive-restart-enabled", LEN(16), OPENGL) \
	X(RENDER, 0x92, "set-triangle-fill-modes", LEN(12), OPENGL) \
	X(RENDER, 0x93, "set-transform-feedback-state", LEN(12), FEEDBACK) \
	X(RENDER, 0x94, "set-depth-cleared", LEN(8), OPENGL) \
	X(RENDER, 0x95, "set-stencil-cleared", LEN(8), OPENGL) \
	X(RENDER, 0x96, "set-color-resolve-texture", LEN(24), OPENGL) \
	X(RENDER, 0x97, "set-depth-resolve-texture", LEN(20), OPENGL) \
	X(RENDER, 0x98, "set-stencil-resolve-texture", LEN(20), OPENGL) \
	X(RENDER, 0x99, "set-vertex-amplification-mode", LEN(16), REFUSE) \
	X(RENDER, 0x9a, "set-vertex-amplification-count", COUNTED(12, 8, 0, 4), REFUSE) \
	X(RENDER, 0x9b, "dispatch-threads-per-tile", LEN(32), REFUSE) \
	X(RENDER, 0x9c, "set-threadgroup-memory-length", LEN(28), REFUSE) \
	X(RENDER, 0x9d, "set-tile-buffers", BIND(12), REFUSE) \
	X(RENDER, 0x9e, "set-tile-buffer-offset", LEN(20), REFUSE) \
	X(RENDER, 0x9f, "set-tile-sampler-states", BIND(4), REFUSE) \
	X(RENDER, 0xa0, "set-tile-sampler-states-with-lod-clamps", BIND(12), REFUSE) \
	X(RENDER, 0xa1, "set-tile-textures", BIND(4), REFUSE) \
	X(RENDER, 0xa2, "dispatch-threads-per-tile-in-region", LEN(84), REFUSE) \
	X(RENDER, 0xa3, "dispatch-threads-per-tile-in-region-render-target-index", LEN(84), \
		REFUSE) \
	X(RENDER, 0xa4, "get-tile-dimensions", LEN(20), QUERY) \
	X(RENDER, 0xa5, "set-vertex-buffers-with-attribute-strides", BIND(20), BIND_VERTEX) \
	X(RENDER, 0xa6, "set-vertex-buffer-offset-with-attribute-stride", LEN(28), BIND_VERTEX)

#define PVG_COMPUTE_RECORDS(X) \
	X(COMPUTE, 0x86, "use-heaps", COUNTED(12, 4, 0, 4), HINT) \
	X(COMPUTE, 0x87, "use-resources", COUNTED(16, 4, 0, 4), HINT) \
	X(COMPUTE, 0xc8, "dispatch-threadgroups", LEN(56), COMPUTE) \
	X(COMPUTE, 0xc9, "dispatch-threadgroups-indirect-buffer", LEN(44), COMPUTE) \
	X(COMPUTE, 0xca, "dispatch-threads", LEN(56), COMPUTE) \
	X(COMPUTE, 0xcb, "set-buffers", BIND(12), BIND_KERNEL) \
	X(COMPUTE, 0xcc, "set-sampler-states", BIND(4), BIND_KERNEL) \
	X(COMPUTE, 0xcd, "set-sampler-states-with-lod-clamps", BIND(12), BIND_KERNEL) \
	X(COMPUTE, 0xce, "set-textures", BIND(4), BIND_KERNEL) \
	X(COMPUTE, 0xcf, "set-buffer-offset", LEN(20), BIND_KERNEL) \
	X(COMPUTE, 0xd0, "set-compute-pipeline-state", LEN(12), COMPUTE) \
	X(COMPUTE, 0xd1, "set-stage-in-region", LEN(56), COMPUTE) \
	X(COMPUTE, 0xd2, "set-stage-in-region-indirect-buffer", LEN(20), COMPUTE) \
	X(COMPUTE, 0xd3, "set-threadgroup-memory-length", LEN(20), COMPUTE) \
	X(COMPUTE, 0xd4, "update-fence", LEN(12), FENCE) \
	X(COMPUTE, 0xd5, "wait-for-fence", LEN(12), FENCE) \
	X(COMPUTE, 0xd6, "memory-barrier-with-resources", COUNTED(12, 4, 0, 4), NOTE) \
	X(COMPUTE, 0xd7, "memory-barrier-scope", LEN(12), NOTE) \
	X(COMPUTE, 0xd8, "set-imageblock-size", LEN(16), REFUSE) \
	X(COMPUTE, 0xd9, "set-buffers-with-attribute-strides", BIND(20), BIND_KERNEL) \
	X(COMPUTE, 0xda, "set-buffer-offset-with-attribute-stride", LEN(28), BIND_KERNEL) \
	X(COMPUTE, 0xdb, "compute-pass", LEN(12), NOTE) \
	X(COMPUTE, 0xdc, "start-do-while", LEN(8), FLOW) \
	X(COMPUTE, 0xdd, "end-do-while", LEN(28), FLOW) \
	X(COMPUTE, 0xde, "start-while", LEN(28), FLOW) \
	X(COMPUTE, 0xdf, "end-while", LEN(8), FLOW) \
	X(COMPUTE, 0xe0, "start-if", LEN(28), FLOW) \
	X(COMPUTE, 0xe1, "start-else", LEN(8), FLOW) \
	X(COMPUTE, 0xe2, "end-if", LEN(8), FLOW) \
	X(COMPUTE, 0xe3, "flush-compressed-reinterpretation", LEN(8), HINT) \
	X(COMPUTE, 0xe4, "execute-commands-in-buffer-with-range", LEN(28), REFUSE) \
	X(COMPUTE, 0xe5, "execute-commands-in-buffer-range-from-indirect-buffer", LEN(24), REFUSE) \
	X(COMPUTE, 0xe6, "dispatch-threads-indirect-buffer", LEN(20), COMPUTE)

#define PVG_BLIT_RECORDS(X) \
	X(BLIT, 0x12c, "copy-buffer-to-texture", LEN(96), BLIT_TEXTURE) \
	X(BLIT, 0x12d, "copy-buffer-to-buffer", LEN(40), BLIT) \
	X(BLIT, 0x12e, "copy-texture-to-buffer", LEN(96), BLIT_TEXTURE) \
	X(BLIT, 0x12f, "copy-texture-region", LEN(96), BLIT_TEXTURE) \
	X(BLIT, 0x130, "copy-texture-region-options", LEN(100), BLIT_TEXTURE) \
	X(BLIT, 0x131, "copy-indirect-commands", LEN(40), REFUSE) \
	X(BLIT, 0x132, "fill-buffer", LEN(32), BLIT) \
	X(BLIT, 0x133, "generate-mipmaps", LEN(12), BLIT_TEXTURE) \
	X(BLIT, 0x134, "optimize-for-cpu", LEN(12), HINT) \
	X(BLIT, 0x135, "optimize-for-gpu", LEN(12), HINT) \
	X(BLIT, 0x136, "optimize-for-cpu-level", LEN(16), HINT) \
	X(BLIT, 0x137, "optimize-for-gpu-level", LEN(16), HINT) \
	X(BLIT, 0x138, "optimize-indirect-commands", LEN(28), HINT) \
	X(BLIT, 0x139, "reset-indirect-commands", LEN(28), REFUSE) \
	X(BLIT, 0x13a, "synchronize-resource", LEN(12), NOTE) \
	X(BLIT, 0x13b, "synchronize-texture-level", LEN(16), NOTE) \
	X(BLIT, 0x13c, "update-fence", LEN(12), FENCE) \
	X(BLIT, 0x13d, "wait-for-fence", LEN(12), FENCE) \
	X(BLIT, 0x13e, "copy-texture-levels", LEN(28), BLIT_TEXTURE) \
	X(BLIT, 0x13f, "fill-buffer-pattern4", LEN(32), BLIT) \
	X(BLIT, 0x140, "fill-texture-bytes", LEN(84), BLIT_TEXTURE) \
	X(BLIT, 0x141, "fill-texture-color", LEN(100), BLIT_TEXTURE) \
	X(BLIT, 0x142, "invalidate-compressed-texture", LEN(12), HINT) \
	X(BLIT, 0x143, "invalidate-compressed-texture-level", LEN(16), HINT)

#define PVG_EVENT_RECORDS(X) \
	X(EVENT, 0x190, "wait-event", LEN(20), EVENT) \
	X(EVENT, 0x191, "signal-event", LEN(20), EVENT) \
	X(EVENT, 0x192, "wait-event-timeout", LEN(24), EVENT)

#define PVG_INFO_RECORDS(X) \
	X(INFO, 0x1c2, "compute-pipeline-info", LEN(24), QUERY) \
	X(INFO, 0x1c3, "heap-texture-size-narrow", LEN(52), QUERY) \
	X(INFO, 0x1c4, "rate-map-info", LEN(32), QUERY) \
	X(INFO, 0x1c5, "copy-rate-map-parameters", LEN(24), REFUSE) \
	X(INFO, 0x1c6, "map-screen-to-physical", LEN(36), QUERY) \
	X(INFO, 0x1c7, "map-physical-to-screen", LEN(36), QUERY) \
	X(INFO, 0x1c8, "map-coordinates", COUNTED(40, 8, 24, 4), QUERY) \
	X(INFO, 0x1c9, "render-pipeline-info", LEN(24), QUERY) \
	X(INFO, 0x1ca, "render-imageblock-length", LEN(48), QUERY) \
	X(INFO, 0x1cb, "compute-imageblock-length", LEN(48), QUERY) \
	X(INFO, 0x1cc, "object-identifier", LEN(28), QUERY) \
	X(INFO, 0x1cd, "buffer-host-resource-info", LEN(24), QUERY) \
	X(INFO, 0x1ce, "texture-host-resource-info", LEN(24), QUERY) \
	X(INFO, 0x1cf, "heap-host-resource-info", LEN(24), QUERY) \
	X(INFO, 0x1d0, "sampler-host-resource-info", LEN(24), QUERY) \
	X(INFO, 0x1d1, "indirect-command-buffer-host-resource-info", LEN(24), QUERY) \
	X(INFO, 0x1d2, "render-pipeline-host-resource-info", LEN(24), QUERY) \
	X(INFO, 0x1d3, "compute-pipeline-host-resource-info", LEN(24), QUERY) \
	X(INFO, 0x1d4, "depth-stencil-host-resource-info", LEN(24), QUERY) \
	X(INFO, 0x1d5, "heap-texture-size-wide", LEN(60), QUERY)

#define PVG_DESTROY_RECORDS(X) \
	X(DESTROY, 0x3e8, "delete-buffer", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3e9, "delete-texture", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3ea, "delete-depth-stencil-state", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3eb, "delete-sampler-state", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3ed, "delete-function", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3ee, "delete-compute-pipeline", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3ef, "delete-render-pipeline", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3f1, "delete-fence", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3f4, "delete-heap", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3f6, "delete-rate-map", LEN(12), ELSEWHERE) \
	X(DESTROY, 0x3f7, "delete-indirect-command-buffer", LEN(12), ELSEWHERE)

#define PVG_RECORDS(X) \
	PVG_OBJECT_RECORDS(X) \
	PVG_RENDER_RECORDS(X) \
	PVG_COMPUTE_RECORDS(X) \
	PVG_BLIT_RECORDS(X) \
	PVG_EVENT_RECORDS(X) \
	PVG_INFO_RECORDS(X) \
	PVG_DESTROY_RECORDS(X)

// Numbers mean something only together with their space (spec 02 section 1.7).
enum pvg_record_space {
	PVG_SPACE_RENDER,  // segment type 0
	PVG_SPACE_COMPUTE, // 1
	PVG_SPACE_BLIT,    // 2
	PVG_SPACE_EVENT,   // 3
	PVG_SPACE_INFO,    // 4
	PVG_SPACE_OBJECT,  // object-list descriptors
	PVG_SPACE_DESTROY, // packet 0x28
	PVG_SPACES_MAX,
};

enum pvg_record_row {
#define X(space, opcode, name, rule, action) PVG_RECORD_##space##_##opcode,
	PVG_RECORDS(X)
#undef X
	PVG_RECORDS_COUNT,
};

/*
 * What becomes of a record. NOTE and below need no renderer; the others are refused without one.
 */
enum pvg_record_action {
	PVG_RECORD_HINT,      // execution in order already gives what it asks for
	PVG_RECORD_FENCE,     // the same, for fences
	PVG_RECORD_NOTE,      // the same, and encoders look at it: barriers, synchronisation
	PVG_RECORD_EVENT,     // executed: spec 02 section 4.23
	PVG_RECORD_QUERY,     // answered: spec 02 section 5
	PVG_RECORD_REFUSE,    // never executed: pvg_record_why
	PVG_RECORD_ELSEWHERE, // never in a command stream
	// Executed by pvg/gpu/.
	PVG_RECORD_STATE,
	PVG_RECORD_DRAW,
	PVG_RECORD_PATCHES,
	PVG_RECORD_BIND_VERTEX,
	PVG_RECORD_BIND_FRAGMENT,
	PVG_RECORD_BIND_KERNEL,
	PVG_RECORD_OPENGL,   // no layout was captured: spec 03 section 4.9
	PVG_RECORD_FEEDBACK, // the same, and nothing is known of what it does
	PVG_RECORD_COMPUTE,
	PVG_RECORD_FLOW,
	PVG_RECORD_BLIT,
	PVG_RECORD_BLIT_TEXTURE,
	PVG_RECORD_ACTIONS,
};

enum pvg_record_rule {
	PVG_RULE_LEN,     // length
	PVG_RULE_EITHER,  // length or other
	PVG_RULE_COUNTED, // length + element * n, n at count_at of the payload
	PVG_RULE_BIND,    // as COUNTED, and n is never 0 (spec 03 section 1.1)
	PVG_RULE_OPEN,    // length or more: a grammar of its own
};

struct pvg_record_info {
	uint8_t space; // enum pvg_record_space
	uint8_t rule;
	uint8_t action;
	uint8_t count_at, count_bytes;
	uint16_t opcode;
	uint16_t length, other, element; // bytes
	const char *name;
};

extern const struct pvg_record_info pvg_record_table[PVG_RECORDS_COUNT];

/**
 * pvg_record_find - the row of an opcode, NULL for one that is unknown in this space
 */
const struct pvg_record_info *pvg_record_find(enum pvg_record_space space, uint32_t opcode);

static inline size_t pvg_record_row(const struct pvg_record_info *info) {
	return (size_t)(info - pvg_record_table);
}

/**
 * pvg_record_length_ok - is @length what the row says for this payload?
 * @payload: of length - 8 bytes
 */
bool pvg_record_length_ok(const struct pvg_record_info *info, const uint8_t *payload,
	uint32_t length);

const char *pvg_record_space_name(enum pvg_record_space space);

// Why a row of action REFUSE is not executed, in a few words.
const char *pvg_record_why(const struct pvg_record_info *info);

#endif
