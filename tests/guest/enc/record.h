// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One description of every record, packet and object descriptor, and one function that encodes any
 * of them. Names, lengths and offsets are those of spec 01 section 4.8, 02 sections 2 to 5,
 * 03 sections 3 to 8 and 04 section 4.3.
 *
 * A description covers what the guest writes. Bytes that no field covers are those that Apple's
 * serializer leaves unwritten: the encoder fills them with a pattern so that a decoder which looks
 * at them fails its tests.
 */
#ifndef TESTS_GUEST_ENC_RECORD_H
#define TESTS_GUEST_ENC_RECORD_H

#include "bytes.h"

enum pvg_enc_space {
	PVG_ENC_PACKET,     // FIFO packet: 12-byte header and waits
	PVG_ENC_DISPLAY,    // a packet too; apart because its layouts are spec 04's
	PVG_ENC_DESCRIPTOR, // object list entry of the guest kernel, opcode = entry type; no header
	PVG_ENC_OBJECT, // object creation record inside a descriptor
	PVG_ENC_RENDER,
	PVG_ENC_COMPUTE,
	PVG_ENC_BLIT,
	PVG_ENC_EVENT,
	PVG_ENC_INFO,
	PVG_ENC_DESTROY,
	PVG_ENC_SEGMENT, // opcode = segment type; the header is the record
	PVG_ENC_SPACES,
};

enum pvg_enc_type {
	PVG_ENC_U8,
	PVG_ENC_U16,
	PVG_ENC_U32,
	PVG_ENC_U64,
	PVG_ENC_I16,
	PVG_ENC_I64,
	PVG_ENC_F32, // values are bit patterns: no floating point is needed to encode
	PVG_ENC_F64,
};

struct pvg_enc_field {
	const char *name;
	uint16_t offset; // bytes from the start of the payload, element or tail
	uint8_t type; // enum pvg_enc_type
	uint64_t sample; // a legal value, for streams and tests
};

#define PVG_ENC_MAX_ARRAYS 2

struct pvg_enc_array {
	const char *name;
	const char *count_field; // head field that carries the element count
	uint16_t element_bytes;
	uint16_t field_count;
	const struct pvg_enc_field *fields;
};

enum pvg_enc_flag {
	PVG_ENC_OPAQUE = 1u << 0, // the sources give the length, not the payload's layout
};

struct pvg_enc_record {
	uint8_t space; // enum pvg_enc_space
	uint8_t flags;
	uint16_t opcode;
	const char *name; // unique within the space
	uint16_t length; // bytes, header included, with no array element
	uint16_t extra; // declared beyond what is written
	uint16_t tail; // bytes after the arrays
	uint16_t field_count;
	const struct pvg_enc_field *fields;
	struct pvg_enc_array arrays[PVG_ENC_MAX_ARRAYS];
	uint16_t tail_field_count;
	const struct pvg_enc_field *tail_fields;
};

// Every description, in tables of one family each.
struct pvg_enc_table {
	const struct pvg_enc_record *records;
	size_t count;
};
extern const struct pvg_enc_table pvg_enc_packet_table, pvg_enc_display_table;
extern const struct pvg_enc_table pvg_enc_object_table, pvg_enc_descriptor_table;
extern const struct pvg_enc_table pvg_enc_render_table, pvg_enc_compute_table;
extern const struct pvg_enc_table pvg_enc_blit_table, pvg_enc_misc_table;

const struct pvg_enc_record *pvg_enc_find(const struct pvg_enc_table *table, uint16_t opcode);
const struct pvg_enc_record *pvg_enc_find_name(const struct pvg_enc_table *table,
	enum pvg_enc_space space, const char *name);
const char *pvg_enc_space_name(enum pvg_enc_space space);
unsigned int pvg_enc_type_bytes(enum pvg_enc_type type);
unsigned int pvg_enc_header_bytes(enum pvg_enc_space space);

/*
 * The values of a record. Head values stand in the order of the fields, array values element after
 * element. NULL takes the samples; counts then come from @elements all the same.
 */
struct pvg_enc_values {
	const uint64_t *head;
	const uint64_t *arrays[PVG_ENC_MAX_ARRAYS];
	uint32_t elements[PVG_ENC_MAX_ARRAYS];
	const uint64_t *tail;
	uint8_t unwritten; // pattern for bytes that the guest leaves alone
};

// Total bytes for these element counts.
uint32_t pvg_enc_record_bytes(const struct pvg_enc_record *record,
	const struct pvg_enc_values *values);

/*
 * Encodes one record with its header (packets: pvg_enc_packet). Returns the bytes, 0 when @room is
 * too small. Head fields that are an array's count are overwritten with the real one.
 */
uint32_t pvg_enc_encode(const struct pvg_enc_record *record, const struct pvg_enc_values *values,
	void *out, uint32_t room);

struct pvg_enc_wait {
	uint32_t slot, value;
};

// Encodes a FIFO packet: the payload of @record behind a packet header and its waits.
uint32_t pvg_enc_packet(const struct pvg_enc_record *record, const struct pvg_enc_values *values,
	uint32_t signal, const struct pvg_enc_wait *waits, uint16_t wait_count, void *out,
	uint32_t room);

#endif
