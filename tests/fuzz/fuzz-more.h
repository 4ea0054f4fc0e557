// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the workload has not: rare paths of pipelines and memory, as valid objects and streams over
 * them. Numbers of streams go on where the workload's end.
 */
#ifndef TESTS_FUZZ_FUZZ_MORE_H
#define TESTS_FUZZ_FUZZ_MORE_H

#include "scene/workload.h"

enum fuzz_stream {
	FUZZ_STREAM_CUT =
		PVG_WL_STREAMS, // clip distances, flat values, lines, faces of the stencil
	FUZZ_STREAM_WRITTEN,              // indices and counts that a kernel wrote
	FUZZ_STREAM_PACKED,               // more buffers than blocks, and some of them overlap
	FUZZ_STREAM_TEXELS,               // coordinates in texels, counted samples, own target
	FUZZ_STREAM_SHARED,               // textures and buffers over the same bytes
	FUZZ_STREAMS
};

struct fuzz_more {
	struct pvg_workload *workload; // borrowed
	uint32_t written;              // buffer: what the kernel made of the indices
	uint32_t pages;                // buffer over the pages of the workload's surface
	uint32_t overlap;              // buffer over the second half of that
	uint32_t over_buffer;          // texture: RGBA8 16 x 16 over .written, from 0x1400
	uint32_t cut, cut_blended, many, patches, copy; // pipelines
	uint32_t sampler, stencil;     // coordinates in texels; a stencil of two faces
};

// False: drv->error says why.
bool fuzz_more_open(struct fuzz_more *more, struct pvg_workload *workload);
// A stream of the workload or of these into the open command buffer.
void fuzz_more_record(struct fuzz_more *more, unsigned int stream);

#endif
