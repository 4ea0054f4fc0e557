// SPDX-License-Identifier: GPL-2.0-or-later
#include "mtlb.h"

#include <stdlib.h>
#include <string.h>

/*
 * Reader of the Metal library container. All offsets come from the guest: every read is checked
 * against the span it must lie in, spans are checked against the span around them.
 */

#define WRAPPER_MAGIC 0x0b17c0deu
#define BITCODE_MAGIC 0xdec04342u // "BC" 0xC0DE
#define HEADER_BYTES 88u
#define WRAPPER_BYTES 20u

struct span {
	const uint8_t *data; // borrowed from the caller of pvg_mtlb_parse
	size_t size;
};

#define TAG(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

static bool read_u16(struct span s, size_t at, uint16_t *v) {
	if (at > s.size || s.size - at < 2) {
		return false;
	}
	*v = (uint16_t)(s.data[at] | s.data[at + 1] << 8);
	return true;
}

static bool read_u32(struct span s, size_t at, uint32_t *v) {
	if (at > s.size || s.size - at < 4) {
		return false;
	}
	*v = (uint32_t)s.data[at] | (uint32_t)s.data[at + 1] << 8 | (uint32_t)s.data[at + 2] << 16 |
		(uint32_t)s.data[at + 3] << 24;
	return true;
}

static bool read_u64(struct span s, size_t at, uint64_t *v) {
	uint32_t low, high;
	if (!read_u32(s, at, &low) || !read_u32(s, at + 4, &high)) {
		return false;
	}
	*v = (uint64_t)high << 32 | low;
	return true;
}

static bool sub_span(struct span s, uint64_t offset, uint64_t size, struct span *sub) {
	if (offset > s.size || size > s.size - offset) {
		return false;
	}
	*sub = (struct span){s.data + offset, (size_t)size};
	return true;
}

/* One tag of a group. The end tag has no length field (spec 05 §1.4). */
struct tag {
	uint32_t name;
	struct span data;
};

static bool next_tag(struct span s, size_t *at, struct tag *tag) {
	if (!read_u32(s, *at, &tag->name)) {
		return false;
	}
	*at += 4;
	if (tag->name == TAG('E', 'N', 'D', 'T')) {
		tag->data = (struct span){NULL, 0};
		return true;
	}
	uint16_t length;
	if (!read_u16(s, *at, &length) || !sub_span(s, *at + 2u, length, &tag->data)) {
		return false;
	}
	*at += 2u + length;
	return true;
}

static enum pvg_mtlb_type type_of_byte(uint8_t byte) {
	return byte < PVG_MTLB_UNKNOWN ? (enum pvg_mtlb_type)byte : PVG_MTLB_UNKNOWN;
}

/* Finds the raw bitcode in a blob: behind the 20-byte wrapper, or the blob itself. */
static bool find_bitcode(struct span blob, size_t blob_offset, struct pvg_mtlb_function *f,
		struct pvg_shader_status *status) {
	uint32_t magic;
	if (!read_u32(blob, 0, &magic)) {
		return pvg_shader_refuse(status, PVG_SHADER_TRUNCATED, "bitcode blob is %zu bytes",
			blob.size);
	}
	f->blob_offset_bytes = blob_offset;
	f->blob_size_bytes = blob.size;
	f->bitcode_offset_bytes = blob_offset;
	f->bitcode_size_bytes = blob.size;
	if (magic == WRAPPER_MAGIC) {
		uint32_t offset, size;
		struct span raw;
		if (!read_u32(blob, 8, &offset) || !read_u32(blob, 12, &size) ||
			blob.size < WRAPPER_BYTES || !sub_span(blob, offset, size, &raw)) {
			return pvg_shader_refuse(status, PVG_SHADER_TRUNCATED, "bitcode wrapper");
		}
		f->bitcode_offset_bytes = blob_offset + offset;
		f->bitcode_size_bytes = size;
		if (!read_u32(raw, 0, &magic)) {
			return pvg_shader_refuse(status, PVG_SHADER_TRUNCATED,
				"wrapped bitcode is %u bytes", size);
		}
	}
	if (magic != BITCODE_MAGIC) {
		return pvg_shader_refuse(status, PVG_SHADER_BAD_MAGIC, "bitcode magic 0x%08x",
			magic);
	}
	// LLVM reads whole 32-bit words and padding after the module confuses it.
	f->bitcode_size_bytes &= ~(size_t)3;
	return true;
}

/* What a function group says, before the bitcode is found. */
struct group {
	bool has_size, has_offset, has_hash;
	uint64_t size, offset;
	const uint8_t *hash; // borrowed, 32 bytes
};

static bool parse_group(struct span s, struct pvg_mtlb_function *f, struct group *g) {
	size_t at = 4;
	struct tag tag;
	f->type = PVG_MTLB_UNKNOWN;
	do {
		if (!next_tag(s, &at, &tag)) {
			return false;
		}
		bool ok = true;
		switch (tag.name) {
		case TAG('N', 'A', 'M', 'E'): {
			size_t n = strnlen((const char *)tag.data.data, tag.data.size);
			n = n < PVG_MTLB_NAME_BYTES - 1 ? n : PVG_MTLB_NAME_BYTES - 1;
			memcpy(f->name, tag.data.data, n);
			f->name[n] = '\0';
			break;
		}
		case TAG('T', 'Y', 'P', 'E'):
			ok = tag.data.size >= 1;
			f->type = ok ? type_of_byte(tag.data.data[0]) : PVG_MTLB_UNKNOWN;
			break;
		case TAG('H', 'A', 'S', 'H'):
			ok = tag.data.size == PVG_SHA256_BYTES;
			g->has_hash = ok;
			g->hash = tag.data.data;
			break;
		case TAG('M', 'D', 'S', 'Z'):
			ok = g->has_size = read_u64(tag.data, 0, &g->size);
			break;
		case TAG('O', 'F', 'F', 'T'):
			// Offsets into the public, private and bitcode sections; only the last is
			// needed.
			ok = g->has_offset = read_u64(tag.data, 16, &g->offset);
			break;
		case TAG('V', 'E', 'R', 'S'):
			ok = read_u16(tag.data, 0, &f->air_major) &&
				read_u16(tag.data, 2, &f->air_minor) &&
				read_u16(tag.data, 4, &f->language_major) &&
				read_u16(tag.data, 6, &f->language_minor);
			break;
		case TAG('L', 'A', 'Y', 'R'):
			f->layered = true;
			break;
		case TAG('T', 'E', 'S', 'S'):
			ok = tag.data.size >= 1;
			f->tess = ok ? tag.data.data[0] : 0;
			break;
		default:
			break;
		}
		if (!ok) {
			return false;
		}
	} while (tag.name != TAG('E', 'N', 'D', 'T'));
	return g->has_offset;
}

/* Files of AIR 1.x carry no MDSZ: a function ends where the next one begins (spec 05 §1.4). */
static uint64_t size_to_next(const struct group *groups, size_t count, size_t i, uint64_t section) {
	uint64_t end = section;
	for (size_t k = 0; k < count; k++) {
		if (groups[k].offset > groups[i].offset && groups[k].offset < end) {
			end = groups[k].offset;
		}
	}
	return end - groups[i].offset;
}

static bool check_extension(struct span file, uint64_t begin, uint64_t end,
		struct pvg_shader_status *status) {
	struct span s;
	if (end <= begin || !sub_span(file, begin, end - begin, &s)) {
		return true;
	}
	size_t at = 0;
	struct tag tag;
	do {
		if (!next_tag(s, &at, &tag)) {
			return pvg_shader_refuse(status, PVG_SHADER_BAD_CONTAINER,
				"header extension");
		}
	} while (tag.name != TAG('E', 'N', 'D', 'T'));
	return true;
}

static bool parse_functions(struct pvg_mtlb *lib, struct span file, struct span list,
		struct span bitcode, struct pvg_shader_status *status) {
	uint32_t count;
	if (!read_u32(list, 0, &count)) {
		return pvg_shader_refuse(status, PVG_SHADER_TRUNCATED, "function list");
	}
	if (count > PVG_MTLB_MAX_FUNCTIONS) {
		return pvg_shader_refuse(status, PVG_SHADER_TOO_LARGE, "%u functions", count);
	}
	if (count == 0) {
		return pvg_shader_refuse(status, PVG_SHADER_NO_FUNCTION, "empty function list");
	}
	struct group *groups = calloc(count, sizeof(*groups));
	lib->functions = calloc(count, sizeof(*lib->functions));
	if (groups == NULL || lib->functions == NULL) {
		free(groups);
		return pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "%u functions", count);
	}
	bool ok = true;
	size_t at = 4;
	for (uint32_t i = 0; ok && i < count; i++) {
		uint32_t size;
		struct span s;
		// The size of a group includes itself.
		ok = read_u32(list, at, &size) && size >= 8 && sub_span(list, at, size, &s) &&
			parse_group(s, &lib->functions[i], &groups[i]);
		if (!ok) {
			pvg_shader_refuse(status, PVG_SHADER_BAD_CONTAINER, "function group %u", i);
			break;
		}
		at += size;
	}
	for (uint32_t i = 0; ok && i < count; i++) {
		struct group *g = &groups[i];
		if (g->offset > bitcode.size) {
			ok = pvg_shader_refuse(status, PVG_SHADER_TRUNCATED,
				"bitcode of function %u", i);
			break;
		}
		if (!g->has_size) {
			g->size = size_to_next(groups, count, i, bitcode.size);
		}
		struct span blob;
		if (!sub_span(bitcode, g->offset, g->size, &blob)) {
			ok = pvg_shader_refuse(status, PVG_SHADER_TRUNCATED,
				"bitcode of function %u", i);
			break;
		}
		if (g->has_hash) {
			// A mismatch is a torn read of guest memory, or damage (spec 05 §1.8).
			uint8_t digest[PVG_SHA256_BYTES];
			pvg_sha256(blob.data, blob.size, digest);
			if (memcmp(digest, g->hash, sizeof(digest)) != 0) {
				ok = pvg_shader_refuse(status, PVG_SHADER_BAD_HASH, "function %u",
					i);
				break;
			}
		}
		ok = find_bitcode(blob, (size_t)(blob.data - file.data), &lib->functions[i],
			status);
	}
	free(groups);
	lib->function_count = ok ? count : 0;
	return ok;
}

static bool parse_container(struct pvg_mtlb *lib, struct span file,
		struct pvg_shader_status *status) {
	uint64_t list_offset, list_size, public_offset, bitcode_offset, bitcode_size;
	if (file.size < HEADER_BYTES) {
		return pvg_shader_refuse(status, PVG_SHADER_TRUNCATED, "header of %zu bytes",
			file.size);
	}
	read_u16(file, 4, &lib->platform);
	read_u16(file, 6, &lib->format_major);
	read_u16(file, 8, &lib->format_minor);
	lib->library_type = file.data[10];
	lib->target_os = file.data[11];
	read_u64(file, 24, &list_offset);
	read_u64(file, 32, &list_size);
	read_u64(file, 40, &public_offset);
	read_u64(file, 72, &bitcode_offset);
	read_u64(file, 80, &bitcode_size);
	struct span list, bitcode;
	// The header's list size leaves out the count in front of the groups.
	if (list_size > UINT32_MAX || !sub_span(file, list_offset, list_size + 4, &list)) {
		return pvg_shader_refuse(status, PVG_SHADER_TRUNCATED, "function list");
	}
	if (!sub_span(file, bitcode_offset, bitcode_size, &bitcode)) {
		return pvg_shader_refuse(status, PVG_SHADER_TRUNCATED, "bitcode section");
	}
	return check_extension(file, list_offset + list_size + 4, public_offset, status) &&
		parse_functions(lib, file, list, bitcode, status);
}

bool pvg_mtlb_parse(struct pvg_mtlb *lib, const uint8_t *data, size_t size,
		struct pvg_shader_status *status) {
	*lib = (struct pvg_mtlb){0};
	struct span file = {data, size};
	uint32_t magic;
	if (size > PVG_MTLB_MAX_BYTES) {
		return pvg_shader_refuse(status, PVG_SHADER_TOO_LARGE, "%zu bytes", size);
	}
	if (!read_u32(file, 0, &magic)) {
		return pvg_shader_refuse(status, PVG_SHADER_TRUNCATED, "%zu bytes", size);
	}
	bool ok;
	if (magic == TAG('M', 'T', 'L', 'B')) {
		ok = parse_container(lib, file, status);
	} else if (magic == WRAPPER_MAGIC || magic == BITCODE_MAGIC) {
		lib->bare = true;
		lib->functions = calloc(1, sizeof(*lib->functions));
		if (lib->functions == NULL) {
			return pvg_shader_refuse(status, PVG_SHADER_NO_MEMORY, "bare module");
		}
		lib->functions->type = PVG_MTLB_UNKNOWN;
		lib->function_count = 1;
		ok = find_bitcode(file, 0, lib->functions, status);
	} else {
		ok = pvg_shader_refuse(status, PVG_SHADER_BAD_MAGIC, "0x%08x", magic);
	}
	if (!ok) {
		pvg_mtlb_finish(lib);
	}
	return ok;
}

void pvg_mtlb_finish(struct pvg_mtlb *lib) {
	free(lib->functions);
	*lib = (struct pvg_mtlb){0};
}

const struct pvg_mtlb_function *pvg_mtlb_lookup(const struct pvg_mtlb *lib, const char *name) {
	for (size_t i = 0; i < lib->function_count; i++) {
		if (strcmp(lib->functions[i].name, name) == 0) {
			return &lib->functions[i];
		}
	}
	return NULL;
}

const char *pvg_mtlb_type_name(enum pvg_mtlb_type type) {
	switch (type) {
	case PVG_MTLB_VERTEX:
		return "vertex";
	case PVG_MTLB_FRAGMENT:
		return "fragment";
	case PVG_MTLB_KERNEL:
		return "kernel";
	case PVG_MTLB_UNQUALIFIED:
		return "unqualified";
	case PVG_MTLB_VISIBLE:
		return "visible";
	case PVG_MTLB_EXTERN:
		return "extern";
	case PVG_MTLB_INTERSECTION:
		return "intersection";
	case PVG_MTLB_MESH:
		return "mesh";
	case PVG_MTLB_OBJECT:
		return "object";
	case PVG_MTLB_UNKNOWN:
		break;
	}
	return "unknown";
}
