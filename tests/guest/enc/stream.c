// SPDX-License-Identifier: GPL-2.0-or-later
#include "stream.h"

#define UNWRITTEN 0xcb // what lies in bytes that the guest leaves alone

struct pvg_enc_stream pvg_enc_stream_init(void *buffer, uint32_t room) {
	return (struct pvg_enc_stream){ .at = buffer, .room = room };
}

void pvg_enc_stream_bytes(struct pvg_enc_stream *stream, const void *bytes, uint32_t size_bytes) {
	if (stream->failed || size_bytes > stream->room - stream->length) {
		stream->failed = true;
		return;
	}
	memcpy(stream->at + stream->length, bytes, size_bytes);
	stream->length += size_bytes;
}

void pvg_enc_stream_begin(struct pvg_enc_stream *stream, enum pvg_enc_segment_type type,
	bool continues_previous, bool continues_next) {
	const uint8_t header[8] = { 0, 0, 0, 0, (uint8_t)type, continues_previous, continues_next,
		UNWRITTEN };
	stream->segment = stream->length;
	pvg_enc_stream_bytes(stream, header, sizeof(header));
}

void pvg_enc_stream_record(struct pvg_enc_stream *stream, const struct pvg_enc_record *record,
	const struct pvg_enc_values *values) {
	struct pvg_enc_values samples = { .unwritten = UNWRITTEN };
	if (values == NULL) {
		for (unsigned int i = 0; i < PVG_ENC_MAX_ARRAYS; i++) {
			samples.elements[i] = record->arrays[i].element_bytes != 0 ? 2 : 0;
		}
		values = &samples;
	}
	uint32_t size = stream->failed ? 0
				       : pvg_enc_encode(record, values, stream->at + stream->length,
						 stream->room - stream->length);
	stream->failed = stream->failed || size == 0;
	stream->length += size;
}

void pvg_enc_stream_end(struct pvg_enc_stream *stream) {
	if (!stream->failed) {
		pvg_put(stream->at + stream->segment, stream->length - stream->segment, 4);
	}
}

void pvg_enc_stream_envelope(struct pvg_enc_stream *stream, uint64_t options) {
	uint8_t value[8];
	pvg_put(value, options, 8);
	pvg_enc_stream_begin(stream, PVG_ENC_SEGMENT_ENVELOPE, false, false);
	pvg_enc_stream_bytes(stream, value, sizeof(value));
	pvg_enc_stream_end(stream);
}
