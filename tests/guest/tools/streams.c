// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-streams: writes every record and packet that the encoder can make, OPCODE-SPACE-NAME.bin with
 * a .json that says what is in it, for comparison with independent decoders.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../enc/pipeline.h"
#include "../enc/record.h"
#include "../enc/stream.h"

#define MAX_RECORD 4096u
#define ELEMENTS 2u
#define UNWRITTEN 0xcb

struct writer {
	const char *folder; // borrowed
	unsigned int count;
	bool failed;
};

static const char *const type_names[] = { "u8", "u16", "u32", "u64", "i16", "i64", "f32", "f64" };

static const struct pvg_enc_table *const tables[] = {
	&pvg_enc_packet_table,
	&pvg_enc_display_table,
	&pvg_enc_descriptor_table,
	&pvg_enc_object_table,
	&pvg_enc_render_table,
	&pvg_enc_compute_table,
	&pvg_enc_blit_table,
	&pvg_enc_misc_table,
};

static void print_value(FILE *json, enum pvg_enc_type type, uint64_t bits) {
	if (type == PVG_ENC_F32) {
		uint32_t low = (uint32_t)bits;
		float value;
		memcpy(&value, &low, sizeof(value));
		fprintf(json, "%.9g", (double)value);
	} else if (type == PVG_ENC_F64) {
		double value;
		memcpy(&value, &bits, sizeof(value));
		fprintf(json, "%.17g", value);
	} else if (type == PVG_ENC_I16) {
		fprintf(json, "%d", (int)(int16_t)bits);
	} else if (type == PVG_ENC_I64) {
		fprintf(json, "%" PRId64, (int64_t)bits);
	} else {
		fprintf(json, "%" PRIu64, bits);
	}
}

struct cover {
	uint8_t written[MAX_RECORD];
	bool first;
};

static void print_field(FILE *json, struct cover *cover, const uint8_t *bytes, const char *prefix,
	int index, const struct pvg_enc_field *field, uint32_t base) {
	unsigned int size = pvg_enc_type_bytes(field->type);
	uint32_t at = base + field->offset;
	fprintf(json, "%s\n\t\t{ \"name\": \"", cover->first ? "" : ",");
	cover->first = false;
	if (prefix != NULL) {
		fprintf(json, "%s[%d].", prefix, index);
	}
	fprintf(json, "%s\", \"offset\": %u, \"type\": \"%s\", \"value\": ", field->name, at,
		type_names[field->type]);
	print_value(json, field->type, pvg_get(bytes + at, size));
	fputs(" }", json);
	memset(cover->written + at, 1, size);
}

static void print_fields(FILE *json, struct cover *cover, const struct pvg_enc_record *record,
	const uint8_t *bytes, const uint32_t *elements) {
	unsigned int header = pvg_enc_header_bytes(record->space);
	uint32_t at = record->length - record->extra - record->tail;
	for (unsigned int i = 0; i < record->field_count; i++) {
		print_field(json, cover, bytes, NULL, 0, &record->fields[i], header);
	}
	for (unsigned int i = 0; i < PVG_ENC_MAX_ARRAYS; i++) {
		const struct pvg_enc_array *array = &record->arrays[i];
		for (uint32_t j = 0; j < elements[i]; j++) {
			for (unsigned int k = 0; k < array->field_count; k++) {
				print_field(json, cover, bytes, array->name, (int)j,
					&array->fields[k], at);
			}
			at += array->element_bytes;
		}
	}
	for (unsigned int i = 0; i < record->tail_field_count; i++) {
		print_field(json, cover, bytes, NULL, 0, &record->tail_fields[i], at);
	}
}

static void print_unwritten(FILE *json, const struct cover *cover, uint32_t header, uint32_t size) {
	bool first = true;
	fputs("\t\"unwritten\": [", json);
	for (uint32_t at = header; at < size;) {
		uint32_t end = at;
		while (end < size && cover->written[end] == 0) {
			end++;
		}
		if (end > at) {
			fprintf(json, "%s[%u, %u]", first ? "" : ", ", at, end - at);
			first = false;
		}
		at = end > at ? end : at + 1;
	}
	fputs("]", json);
}

static FILE *open_file(struct writer *writer, const char *space, uint16_t opcode, const char *name,
	const char *suffix) {
	char path[1024];
	snprintf(path, sizeof(path), "%s/0x%04x-%s-%s.%s", writer->folder, opcode, space, name,
		suffix);
	FILE *file = fopen(path, "wb");
	if (file == NULL) {
		fprintf(stderr, "pvg-streams: %s: %s\n", path, strerror(errno));
		writer->failed = true;
	}
	return file;
}

static void close_file(struct writer *writer, FILE *file) {
	if (ferror(file) != 0 || fclose(file) != 0) {
		writer->failed = true;
	}
}

static FILE *begin(struct writer *writer, const char *space, uint16_t opcode, const char *name,
	const uint8_t *bytes, uint32_t size) {
	FILE *bin = open_file(writer, space, opcode, name, "bin");
	FILE *json = bin != NULL ? open_file(writer, space, opcode, name, "json") : NULL;
	if (bin != NULL) {
		fwrite(bytes, 1, size, bin);
		close_file(writer, bin);
	}
	if (json != NULL) {
		fprintf(json,
			"{\n\t\"space\": \"%s\",\n\t\"opcode\": %u,\n\t\"name\": \"%s\",\n"
			"\t\"length\": %u,\n",
			space, opcode, name, size);
	}
	return json;
}

static void end(struct writer *writer, FILE *json) {
	fputs("\n}\n", json);
	close_file(writer, json);
	writer->count++;
}

static void write_record(struct writer *writer, const struct pvg_enc_record *record) {
	uint8_t bytes[MAX_RECORD];
	struct cover cover = { .first = true };
	struct pvg_enc_values values = { .unwritten = UNWRITTEN };
	for (unsigned int i = 0; i < PVG_ENC_MAX_ARRAYS; i++) {
		values.elements[i] = record->arrays[i].element_bytes != 0 ? ELEMENTS : 0;
	}
	unsigned int header = pvg_enc_header_bytes(record->space);
	uint32_t size = header == 12
		? pvg_enc_packet(record, &values, 1, NULL, 0, bytes, sizeof(bytes))
		: pvg_enc_encode(record, &values, bytes, sizeof(bytes));
	if (size == 0) {
		fprintf(stderr, "pvg-streams: %s does not fit\n", record->name);
		writer->failed = true;
		return;
	}
	const char *space = pvg_enc_space_name(record->space);
	FILE *json = begin(writer, space, record->opcode, record->name, bytes, size);
	if (json == NULL) {
		return;
	}
	fprintf(json, "\t\"header\": %u,\n\t\"layout\": \"%s\",\n\t\"fields\": [", header,
		(record->flags & PVG_ENC_OPAQUE) != 0 ? "not captured" : "known");
	print_fields(json, &cover, record, bytes, values.elements);
	fprintf(json, "%s],\n", cover.first ? "" : "\n\t");
	print_unwritten(json, &cover, header, size);
	end(writer, json);
}

// A record whose content is a tree: the JSON lists what went in.
static void write_tree(struct writer *writer, uint16_t opcode, const char *name,
	const uint8_t *bytes, uint32_t size, const char *content) {
	if (size == 0) {
		writer->failed = true;
		return;
	}
	FILE *json = begin(writer, "object", opcode, name, bytes, size);
	if (json != NULL) {
		fprintf(json, "\t\"header\": 8,\n\t\"content\": %s", content);
		end(writer, json);
	}
}

static void write_pipelines(struct writer *writer) {
	uint8_t bytes[MAX_RECORD];
	const struct pvg_enc_render_pipeline render = {
		.object_ref = 20,
		.label = "quad",
		.vertex_function = 21,
		.fragment_function = 22,
		.sample_count = 4,
		.depth_format = 252,
		.attribute_count = 2,
		.attributes = { { 0, 29, 0, 0 }, { 1, 31, 8, 0 } },
		.layout_count = 1,
		.layouts = { { 0, 1, 1, 24 } },
		.colour_count = 1,
		.colours = { { 0, 80, true, 4, 5, 0, 1, 5, 0, 0xf } },
	};
	uint32_t size = pvg_enc_render_pipeline(&render, bytes, sizeof(bytes));
	write_tree(writer, 0x0e, "newRenderPipelineState", bytes, size,
		"{ \"object_ref\": 20, \"label\": \"quad\", \"vertexFunction\": 21, "
		"\"fragmentFunction\": 22, \"rasterSampleCount\": 4, "
		"\"depthAttachmentPixelFormat\": 252,\n\t\t\"attributes\": [ { \"index\": 0, "
		"\"format\": 29, "
		"\"offset\": 0, \"buffer\": 0 }, { \"index\": 1, \"format\": 31, \"offset\": 8, "
		"\"buffer\": 0 } ],\n\t\t\"layouts\": [ { \"buffer\": 0, \"stepFunction\": 1, "
		"\"stepRate\": 1, \"stride\": 24 } ],\n\t\t\"colorAttachments\": [ { \"index\": 0, "
		"\"pixelFormat\": 80, \"blendingEnabled\": 1, \"sourceRGB\": 4, "
		"\"destinationRGB\": 5, "
		"\"rgbOperation\": 0, \"sourceAlpha\": 1, \"destinationAlpha\": 5, "
		"\"alphaOperation\": 0, \"writeMask\": 15 } ] }");
	const struct pvg_enc_compute_pipeline compute = {
		.object_ref = 23,
		.label = "fill",
		.function = 24,
		.size_is_multiple = true,
	};
	size = pvg_enc_compute_pipeline(&compute, bytes, sizeof(bytes));
	write_tree(writer, 0x0b, "newComputePipelineState", bytes, size,
		"{ \"object_ref\": 23, \"label\": \"fill\", \"computeFunction\": 24, "
		"\"threadGroupSizeIsMultipleOfThreadExecutionWidth\": 1 }");
}

static void write_rate_map(struct writer *writer) {
	uint8_t bytes[MAX_RECORD];
	static const struct pvg_enc_rate_layer layers[] = { { 2, 2 }, { 3, 4 } };
	static const uint32_t half[11] = { 0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000,
		0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000,
		0x3f000000 };
	uint32_t size =
		pvg_enc_rate_map(25, 640, 480, layers, 2, half, UNWRITTEN, bytes, sizeof(bytes));
	write_tree(writer, 0x32, "rasterizationRateMap", bytes, size,
		"{ \"object_ref\": 25, \"screen\": [640, 480], \"layers\": [[2, 2], [3, 4]], "
		"\"qualities\": 0.5, \"unwritten_tail\": 16 }");
}

// Whole segments, so that a decoder's walk is tried on every type.
static void write_segments(struct writer *writer) {
	static const struct {
		const char *name;
		enum pvg_enc_segment_type type;
		const struct pvg_enc_table *table;
		uint16_t opcodes[3]; // 0xffff: none
	} segments[] = {
		{ "render-with-records", PVG_ENC_SEGMENT_RENDER, &pvg_enc_render_table,
			{ 0x1a, 0x74, 0x01 } },
		{ "compute-with-records", PVG_ENC_SEGMENT_COMPUTE, &pvg_enc_compute_table,
			{ 0xd0, 0xcb, 0xc8 } },
		{ "blit-with-records", PVG_ENC_SEGMENT_BLIT, &pvg_enc_blit_table,
			{ 0x132, 0x12d, 0x13a } },
		{ "event-with-records", PVG_ENC_SEGMENT_EVENT, &pvg_enc_misc_table,
			{ 0x190, 0x191, 0xffff } },
		{ "info-with-records", PVG_ENC_SEGMENT_INFO, &pvg_enc_misc_table,
			{ 0x1c2, 0x1c9, 0xffff } },
		{ "envelope-and-blit", PVG_ENC_SEGMENT_BLIT, &pvg_enc_blit_table,
			{ 0x133, 0xffff, 0xffff } },
	};
	for (size_t i = 0; i < PVG_ENC_COUNT(segments); i++) {
		uint8_t bytes[MAX_RECORD];
		struct pvg_enc_stream stream = pvg_enc_stream_init(bytes, sizeof(bytes));
		bool envelope = strcmp(segments[i].name, "envelope-and-blit") == 0;
		if (envelope) {
			pvg_enc_stream_envelope(&stream, 1);
		}
		pvg_enc_stream_begin(&stream, segments[i].type, false, false);
		char list[64] = "";
		for (unsigned int j = 0; j < 3 && segments[i].opcodes[j] != 0xffff; j++) {
			pvg_enc_stream_record(&stream,
				pvg_enc_find(segments[i].table, segments[i].opcodes[j]), NULL);
			size_t used = strlen(list);
			snprintf(list + used, sizeof(list) - used, "%s%u", j > 0 ? ", " : "",
				segments[i].opcodes[j]);
		}
		pvg_enc_stream_end(&stream);
		if (stream.failed) {
			writer->failed = true;
			return;
		}
		uint16_t opcode =
			envelope ? (uint16_t)PVG_ENC_SEGMENT_ENVELOPE : (uint16_t)segments[i].type;
		FILE *json =
			begin(writer, "segment", opcode, segments[i].name, bytes, stream.length);
		if (json != NULL) {
			fprintf(json, "\t\"header\": 8,\n\t\"records\": [%s]", list);
			end(writer, json);
		}
	}
}

static void usage(FILE *to) {
	fputs("usage: pvg-streams --out DIR\n"
	      "Writes each record and packet type as OPCODE-SPACE-NAME.bin with a .json beside "
	      "it.\n"
	      "DIR is made when it is not there.\n",
		to);
}

int main(int argc, char **argv) {
	static const struct option options[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct writer writer = { 0 };
	int c;
	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) >= 0) {
		switch (c) {
		case 'o':
			writer.folder = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("pvg-streams " PVG_PROJECT_VERSION);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (writer.folder == NULL || optind < argc) {
		usage(stderr);
		return 2;
	}
	if (mkdir(writer.folder, 0777) != 0 && errno != EEXIST) {
		fprintf(stderr, "pvg-streams: %s: %s\n", writer.folder, strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < PVG_ENC_COUNT(tables); i++) {
		for (size_t j = 0; j < tables[i]->count; j++) {
			write_record(&writer, &tables[i]->records[j]);
		}
	}
	write_pipelines(&writer);
	write_rate_map(&writer);
	write_segments(&writer);
	printf("%u records in %s\n", writer.count, writer.folder);
	return writer.failed ? 1 : 0;
}
