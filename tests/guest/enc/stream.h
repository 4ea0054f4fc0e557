// SPDX-License-Identifier: GPL-2.0-or-later
// A command buffer's bytes: segments of records (spec 02 section 1), built in a caller's buffer.
#ifndef TESTS_GUEST_ENC_STREAM_H
#define TESTS_GUEST_ENC_STREAM_H

#include "record.h"

enum pvg_enc_segment_type {
	PVG_ENC_SEGMENT_RENDER = 0,
	PVG_ENC_SEGMENT_COMPUTE = 1,
	PVG_ENC_SEGMENT_BLIT = 2,
	PVG_ENC_SEGMENT_EVENT = 3,
	PVG_ENC_SEGMENT_INFO = 4,
	PVG_ENC_SEGMENT_ENVELOPE = 5,
};

struct pvg_enc_stream {
	uint8_t *at; // borrowed
	uint32_t room, length;
	uint32_t segment; // where the open one starts
	bool failed;      // something did not fit; stays set
};

struct pvg_enc_stream pvg_enc_stream_init(void *buffer, uint32_t room);
void pvg_enc_stream_begin(struct pvg_enc_stream *stream, enum pvg_enc_segment_type type,
	bool continues_previous, bool continues_next);
// A record with these values; NULL takes the samples with two elements in every array.
void pvg_enc_stream_record(struct pvg_enc_stream *stream, const struct pvg_enc_record *record,
	const struct pvg_enc_values *values);
void pvg_enc_stream_bytes(struct pvg_enc_stream *stream, const void *bytes, uint32_t size_bytes);
// Writes the segment's length.
void pvg_enc_stream_end(struct pvg_enc_stream *stream);
// The three pieces before a protected segment (spec 02 section 1.5), 16 bytes of length said.
void pvg_enc_stream_envelope(struct pvg_enc_stream *stream, uint64_t options);

#endif
