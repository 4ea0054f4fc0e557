// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

const struct pvg_enc_record *pvg_enc_find(const struct pvg_enc_table *table, uint16_t opcode) {
	for (size_t i = 0; i < table->count; i++) {
		if (table->records[i].opcode == opcode) {
			return &table->records[i];
		}
	}
	return NULL;
}

static bool same(const char *a, const char *b) {
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct pvg_enc_record *pvg_enc_find_name(const struct pvg_enc_table *table,
	enum pvg_enc_space space, const char *name) {
	for (size_t i = 0; i < table->count; i++) {
		if (table->records[i].space == space && same(table->records[i].name, name)) {
			return &table->records[i];
		}
	}
	return NULL;
}

const char *pvg_enc_space_name(enum pvg_enc_space space) {
	static const char *const names[PVG_ENC_SPACES] = { "packet", "display", "descriptor",
		"object", "render", "compute", "blit", "event", "info", "destroy", "segment" };
	return names[space];
}

unsigned int pvg_enc_type_bytes(enum pvg_enc_type type) {
	static const uint8_t bytes[] = { 1, 2, 4, 8, 2, 8, 4, 8 };
	return bytes[type];
}

unsigned int pvg_enc_header_bytes(enum pvg_enc_space space) {
	switch (space) {
	case PVG_ENC_PACKET:
	case PVG_ENC_DISPLAY:
		return 12;
	case PVG_ENC_DESCRIPTOR:
	case PVG_ENC_SEGMENT: // the fields are the header
		return 0;
	default:
		return 8;
	}
}

uint32_t pvg_enc_record_bytes(const struct pvg_enc_record *record,
	const struct pvg_enc_values *values) {
	uint32_t total = record->length;
	for (unsigned int i = 0; i < PVG_ENC_MAX_ARRAYS; i++) {
		total += (uint32_t)record->arrays[i].element_bytes * values->elements[i];
	}
	return total;
}

// Samples of later elements differ from the first one's where the field is a wide integer.
static uint64_t sample(const struct pvg_enc_field *field, uint32_t element) {
	bool wide = field->type == PVG_ENC_U32 || field->type == PVG_ENC_U64;
	return field->sample + (wide ? element : 0);
}

static void put_fields(uint8_t *to, const struct pvg_enc_field *fields, unsigned int count,
	const uint64_t *values, uint32_t element) {
	for (unsigned int i = 0; i < count; i++) {
		pvg_put(to + fields[i].offset,
			values != NULL ? values[i] : sample(&fields[i], element),
			pvg_enc_type_bytes(fields[i].type));
	}
}

static void put_count(const struct pvg_enc_record *record, uint8_t *head, const char *name,
	uint32_t count) {
	for (unsigned int i = 0; i < record->field_count; i++) {
		if (same(record->fields[i].name, name)) {
			pvg_put(head + record->fields[i].offset, count,
				pvg_enc_type_bytes(record->fields[i].type));
		}
	}
}

static uint32_t put_payload(const struct pvg_enc_record *record,
	const struct pvg_enc_values *values, uint8_t *out) {
	unsigned int header = pvg_enc_header_bytes(record->space);
	uint32_t total = pvg_enc_record_bytes(record, values) - header;
	memset(out, values->unwritten, total);
	put_fields(out, record->fields, record->field_count, values->head, 0);
	uint8_t *at = out + record->length - header - record->extra - record->tail;
	for (unsigned int i = 0; i < PVG_ENC_MAX_ARRAYS; i++) {
		const struct pvg_enc_array *array = &record->arrays[i];
		if (array->element_bytes == 0) {
			continue;
		}
		const uint64_t *element = values->arrays[i];
		for (uint32_t j = 0; j < values->elements[i]; j++) {
			put_fields(at, array->fields, array->field_count, element, j);
			if (element != NULL) {
				element += array->field_count;
			}
			at += array->element_bytes;
		}
		put_count(record, out, array->count_field, values->elements[i]);
	}
	put_fields(at, record->tail_fields, record->tail_field_count, values->tail, 0);
	return total;
}

uint32_t pvg_enc_encode(const struct pvg_enc_record *record, const struct pvg_enc_values *values,
	void *out, uint32_t room) {
	uint32_t total = pvg_enc_record_bytes(record, values);
	unsigned int header = pvg_enc_header_bytes(record->space);
	if (total > room) {
		return 0;
	}
	uint8_t *p = out;
	if (header == 12) {
		return pvg_enc_packet(record, values, 0, NULL, 0, out, room);
	}
	put_payload(record, values, p + header);
	if (header == 8) {
		pvg_put(p, record->opcode, 4);
		pvg_put(p + 4, total, 4);
	}
	return total;
}

uint32_t pvg_enc_packet(const struct pvg_enc_record *record, const struct pvg_enc_values *values,
	uint32_t signal, const struct pvg_enc_wait *waits, uint16_t wait_count, void *out,
	uint32_t room) {
	uint32_t total = pvg_enc_record_bytes(record, values) + 8u * wait_count;
	uint8_t *p = out;
	if (total > room) {
		return 0;
	}
	pvg_put(p, record->opcode, 2);
	pvg_put(p + 2, wait_count, 2);
	pvg_put(p + 4, total, 4);
	pvg_put(p + 8, signal, 4);
	for (unsigned int i = 0; i < wait_count; i++) {
		pvg_put(p + 12 + 8 * i, waits[i].slot, 4);
		pvg_put(p + 16 + 8 * i, waits[i].value, 4);
	}
	put_payload(record, values, p + 12 + 8 * wait_count);
	return total;
}
