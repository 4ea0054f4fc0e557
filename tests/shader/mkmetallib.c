// SPDX-License-Identifier: GPL-2.0-or-later
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airtext.h"
#include "render/shader/mtlb.h"
#include "render/shader/sha256.h"

/*
 * pvg-mkmetallib: text of AIR to a Metal library, for tests and scenes that bring shaders of their
 * own. As Apple's linker does, it writes one module a function: the others are taken out of it.
 * The same files give the same bytes.
 */

#define WRAPPER_BYTES 20u
#define HEADER_BYTES 88u

static const uint8_t wrapper_magic[4] = {0xde, 0xc0, 0x17, 0x0b};

static const char *const stage_nodes[] = {
	"air.vertex", "air.fragment", "air.kernel", "air.mesh", "air.object", "air.intersection",
	"air.visible",
};

static const uint8_t stage_types[] = {
	PVG_MTLB_VERTEX, PVG_MTLB_FRAGMENT, PVG_MTLB_KERNEL, PVG_MTLB_MESH, PVG_MTLB_OBJECT,
	PVG_MTLB_INTERSECTION, PVG_MTLB_VISIBLE,
};

#define STAGE_COUNT (sizeof(stage_nodes) / sizeof(stage_nodes[0]))

struct bytes {
	uint8_t *data; // owned
	size_t size, capacity;
};

struct library {
	struct bytes groups, public_metadata, private_metadata, bitcode;
	uint32_t count;
	const char *only; // borrowed from argv; NULL: every function
	bool bare; // one module with all of its functions, no container
};

static void put(struct bytes *b, const void *data, size_t size) {
	if (b->size + size > b->capacity) {
		b->capacity = (b->size + size) * 2;
		b->data = realloc(b->data, b->capacity);
		if (b->data == NULL) {
			perror("pvg-mkmetallib");
			exit(1);
		}
	}
	if (size > 0) {
		memcpy(b->data + b->size, data, size);
	}
	b->size += size;
}

static void put_int(struct bytes *b, uint64_t value, unsigned size) {
	uint8_t le[8];
	for (unsigned i = 0; i < size; i++) {
		le[i] = (uint8_t)(value >> 8 * i);
	}
	put(b, le, size);
}

static void put_tag(struct bytes *b, const char *name, const void *data, size_t size) {
	put(b, name, 4);
	put_int(b, size, 2);
	put(b, data, size);
}

/* The two metadata sections: nothing in them is needed, but every function has an entry. */
static uint64_t put_empty_entry(struct bytes *section) {
	uint64_t offset = section->size;
	put_int(section, 4, 4);
	put(section, "ENDT", 4);
	return offset;
}

/* Puts spaces over [from, to): places in messages stay right. */
static void blank(char *from, const char *to) {
	memset(from, ' ', (size_t)(to - from));
}

/* The n-th reference of a list stays, the others are blanked. */
static void keep_reference(char *list, const char *end, unsigned n) {
	for (unsigned i = 0; list < end; i++) {
		char *from = memchr(list, '!', (size_t)(end - list));
		if (from == NULL) {
			return;
		}
		char *to = from + 1 + strspn(from + 1, "0123456789");
		if (i != n) {
			blank(from, to);
		}
		char *comma = to + strspn(to, " ");
		if (*comma == ',') {
			*comma++ = ' ';
		}
		list = comma;
	}
}

/*
 * Leaves one entry point in the text. Done here and not on the module, because the C interface of
 * LLVM cannot shorten a named list. A list has to stand on one line, as LLVM writes it.
 */
static void keep_entry(char *text, size_t stage, unsigned index) {
	for (char *line = text; line != NULL;) {
		char *end = line + strcspn(line, "\n");
		for (size_t s = 0; s < STAGE_COUNT; s++) {
			size_t n = strlen(stage_nodes[s]);
			if (line[0] != '!' || strncmp(line + 1, stage_nodes[s], n) != 0 ||
					line[1 + n + strspn(line + 1 + n, " ")] != '=') {
				continue;
			}
			char *list = memchr(line, '{', (size_t)(end - line));
			if (s == stage && list != NULL) {
				keep_reference(list, end, index);
			} else {
				blank(line, end);
			}
		}
		line = *end == '\n' ? end + 1 : NULL;
	}
}

/* One entry point of a file, or all of them. */
struct wanted {
	bool all;
	size_t stage;
	unsigned index;
};

static LLVMModuleRef parse(LLVMContextRef context, const char *path, const struct wanted *wanted) {
	size_t size;
	char *text = airtext_read(path, &size);
	if (text == NULL) {
		return NULL;
	}
	if (!wanted->all) {
		keep_entry(text, wanted->stage, wanted->index);
	}
	LLVMModuleRef module = airtext_parse(context, path, text, size);
	free(text);
	return module;
}

/* The entry nodes of a stage; NULL when there are none. The caller frees them. */
static LLVMValueRef *entry_nodes(LLVMModuleRef module, size_t stage, unsigned *count) {
	*count = LLVMGetNamedMetadataNumOperands(module, stage_nodes[stage]);
	LLVMValueRef *nodes = *count > 0 ? calloc(*count, sizeof(LLVMValueRef)) : NULL;
	if (nodes != NULL) {
		LLVMGetNamedMetadataOperands(module, stage_nodes[stage], nodes);
	} else {
		*count = 0;
	}
	return nodes;
}

/* The function of an entry node, NULL when it has none. */
static LLVMValueRef entry_function(LLVMValueRef node) {
	unsigned n = LLVMGetMDNodeNumOperands(node);
	if (n == 0 || n > 64) {
		return NULL;
	}
	LLVMValueRef ops[64];
	LLVMGetMDNodeOperands(node, ops);
	return ops[0] != NULL ? LLVMIsAFunction(ops[0]) : NULL;
}

/* Version numbers of !air.version or !air.language_version; the oldest where there are none. */
static void read_version(LLVMModuleRef module, const char *name, unsigned first,
		uint16_t version[2]) {
	LLVMValueRef node, ops[8];
	version[0] = 1;
	version[1] = 0;
	if (LLVMGetNamedMetadataNumOperands(module, name) != 1) {
		return;
	}
	LLVMGetNamedMetadataOperands(module, name, &node);
	unsigned n = LLVMGetMDNodeNumOperands(node);
	if (n < first + 2 || n > 8) {
		return;
	}
	LLVMGetMDNodeOperands(node, ops);
	for (unsigned i = 0; i < 2; i++) {
		if (ops[first + i] != NULL && LLVMIsAConstantInt(ops[first + i]) != NULL) {
			version[i] = (uint16_t)LLVMConstIntGetZExtValue(ops[first + i]);
		}
	}
}

/* Functions nobody calls: the other entry points of the file. */
static void drop_unused(LLVMModuleRef module, LLVMValueRef entry) {
	for (LLVMValueRef fn = LLVMGetFirstFunction(module), next; fn != NULL; fn = next) {
		next = LLVMGetNextFunction(fn);
		if (fn != entry && LLVMGetFirstUse(fn) == NULL) {
			LLVMDeleteFunction(fn);
		}
	}
}

/*
 * Wrapper, bitcode and padding to 16 bytes (spec 05 §1.7), at the end of *blob. LLVM writes the
 * wrapper itself when the triple is one of Apple's.
 */
static void put_blob(struct bytes *blob, LLVMModuleRef module) {
	LLVMMemoryBufferRef bitcode = LLVMWriteBitcodeToMemoryBuffer(module);
	const char *data = LLVMGetBufferStart(bitcode);
	size_t size = LLVMGetBufferSize(bitcode), start = blob->size;
	if (size < 4 || memcmp(data, wrapper_magic, 4) != 0) {
		put(blob, wrapper_magic, 4);
		put_int(blob, 0, 4);
		put_int(blob, WRAPPER_BYTES, 4);
		put_int(blob, size, 4);
		put_int(blob, UINT32_MAX, 4);
	}
	put(blob, data, size);
	while ((blob->size - start) % 16 != 0) {
		put_int(blob, 0, 1);
	}
	LLVMDisposeMemoryBuffer(bitcode);
}

static void add_function(struct library *lib, LLVMModuleRef module, const char *name, size_t n,
		uint8_t type) {
	uint16_t air[2], language[2];
	uint64_t offsets[3] = {
		put_empty_entry(&lib->public_metadata),
		put_empty_entry(&lib->private_metadata),
		lib->bitcode.size,
	};
	put_blob(&lib->bitcode, module);
	uint64_t size = lib->bitcode.size - offsets[2];
	uint8_t hash[PVG_SHA256_BYTES];
	pvg_sha256(lib->bitcode.data + offsets[2], size, hash);
	read_version(module, "air.version", 0, air);
	read_version(module, "air.language_version", 1, language);
	struct bytes tags = {0};
	put(&tags, "NAME", 4);
	put_int(&tags, n + 1, 2);
	put(&tags, name, n);
	put_int(&tags, 0, 1);
	put_tag(&tags, "TYPE", &type, 1);
	put_tag(&tags, "HASH", hash, sizeof(hash));
	put(&tags, "MDSZ", 4);
	put_int(&tags, 8, 2);
	put_int(&tags, size, 8);
	put(&tags, "OFFT", 4);
	put_int(&tags, 24, 2);
	for (unsigned i = 0; i < 3; i++) {
		put_int(&tags, offsets[i], 8);
	}
	put(&tags, "VERS", 4);
	put_int(&tags, 8, 2);
	for (unsigned i = 0; i < 2; i++) {
		put_int(&tags, air[i], 2);
	}
	for (unsigned i = 0; i < 2; i++) {
		put_int(&tags, language[i], 2);
	}
	put(&tags, "ENDT", 4);
	// The size of a group includes itself.
	put_int(&lib->groups, tags.size + 4, 4);
	put(&lib->groups, tags.data, tags.size);
	free(tags.data);
	lib->count++;
}

/* One module for an entry point: the text is read again without the others. */
static bool add_entry(struct library *lib, const char *path, const struct wanted *wanted) {
	LLVMContextRef context = LLVMContextCreate();
	LLVMModuleRef module = parse(context, path, wanted);
	bool ok = module != NULL;
	if (ok) {
		unsigned count;
		LLVMValueRef *nodes = entry_nodes(module, wanted->stage, &count);
		LLVMValueRef fn = count == 1 ? entry_function(nodes[0]) : NULL;
		free(nodes);
		size_t n;
		const char *name = fn != NULL ? LLVMGetValueName2(fn, &n) : NULL;
		if (name == NULL) {
			fprintf(stderr, "pvg-mkmetallib: %s: entry %u of !%s is no function\n", path,
				wanted->index, stage_nodes[wanted->stage]);
			ok = false;
		} else if (lib->only == NULL ||
				(strlen(lib->only) == n && memcmp(lib->only, name, n) == 0)) {
			drop_unused(module, fn);
			add_function(lib, module, name, n, stage_types[wanted->stage]);
		}
		LLVMDisposeModule(module);
	}
	LLVMContextDispose(context);
	return ok;
}

static bool add_file(struct library *lib, const char *path) {
	LLVMContextRef context = LLVMContextCreate();
	LLVMModuleRef module = parse(context, path, &(struct wanted){.all = true});
	bool ok = module != NULL;
	unsigned total = 0, counts[STAGE_COUNT] = {0};
	if (ok) {
		for (size_t s = 0; s < STAGE_COUNT; s++) {
			counts[s] = LLVMGetNamedMetadataNumOperands(module, stage_nodes[s]);
			total += counts[s];
		}
		if (lib->bare) {
			put_blob(&lib->bitcode, module);
			lib->count++;
		}
		LLVMDisposeModule(module);
	}
	LLVMContextDispose(context);
	if (ok && total == 0) {
		fprintf(stderr, "pvg-mkmetallib: %s: no !air.vertex, !air.fragment or !air.kernel\n", path);
		return false;
	}
	for (size_t s = 0; ok && !lib->bare && s < STAGE_COUNT; s++) {
		for (unsigned i = 0; ok && i < counts[s]; i++) {
			ok = add_entry(lib, path, &(struct wanted){.stage = s, .index = i});
		}
	}
	return ok;
}

/* Header, function list, an empty header extension, the sections (spec 05 §1.3 to §1.7). */
static void put_container(struct library *lib, struct bytes *out) {
	uint64_t list_end = HEADER_BYTES + 4 + lib->groups.size + 4;
	uint64_t private_offset = list_end + lib->public_metadata.size;
	uint64_t bitcode_offset = private_offset + lib->private_metadata.size;
	put(out, "MTLB", 4);
	put_int(out, 0x8001, 2); // macOS
	put_int(out, 2, 2);
	put_int(out, 7, 2);
	put_int(out, 0, 1); // executable
	put_int(out, 0x81, 1); // macOS
	put_int(out, 14, 2);
	put_int(out, 0, 2);
	put_int(out, bitcode_offset + lib->bitcode.size, 8);
	put_int(out, HEADER_BYTES, 8);
	put_int(out, lib->groups.size, 8); // without the count
	put_int(out, list_end, 8);
	put_int(out, lib->public_metadata.size, 8);
	put_int(out, private_offset, 8);
	put_int(out, lib->private_metadata.size, 8);
	put_int(out, bitcode_offset, 8);
	put_int(out, lib->bitcode.size, 8);
	put_int(out, lib->count, 4);
	put(out, lib->groups.data, lib->groups.size);
	put(out, "ENDT", 4);
	put(out, lib->public_metadata.data, lib->public_metadata.size);
	put(out, lib->private_metadata.data, lib->private_metadata.size);
	put(out, lib->bitcode.data, lib->bitcode.size);
}

static bool write_file(const char *path, const struct bytes *b) {
	FILE *f = fopen(path, "wb");
	bool ok = f != NULL && fwrite(b->data, 1, b->size, f) == b->size;
	if (f != NULL) {
		ok = fclose(f) == 0 && ok;
	}
	if (!ok) {
		perror(path);
	}
	return ok;
}

static int usage(FILE *out) {
	fputs(
		"usage: pvg-mkmetallib -o OUT [--function NAME] [--bare] FILE.ll...\n"
		"\n"
		"Assembles LLVM text with the metadata of AIR (!air.vertex, !air.fragment, !air.kernel...)\n"
		"into a Metal library: one function and one module for every entry point of the files.\n"
		"A file without `target datalayout` or `target triple` gets those of AIR.\n"
		"\n"
		"  -o OUT           the library to write\n"
		"  --function NAME  only this entry point: what a guest sends for one function\n"
		"  --bare           no container: one wrapped module with all entry points of one file\n",
		out);
	return out == stdout ? 0 : 2;
}

int main(int argc, char **argv) {
	const char *out_path = NULL;
	struct library lib = {0};
	int first = 1;
	for (; first < argc && argv[first][0] == '-'; first++) {
		if (strcmp(argv[first], "-o") == 0 && first + 1 < argc) {
			out_path = argv[++first];
		} else if (strcmp(argv[first], "--function") == 0 && first + 1 < argc) {
			lib.only = argv[++first];
		} else if (strcmp(argv[first], "--bare") == 0) {
			lib.bare = true;
		} else {
			return usage(strcmp(argv[first], "--help") == 0 ? stdout : stderr);
		}
	}
	if (out_path == NULL || first >= argc ||
		(lib.bare && (argc - first != 1 || lib.only != NULL))) {
		return usage(stderr);
	}
	bool ok = true;
	for (int i = first; ok && i < argc; i++) {
		ok = add_file(&lib, argv[i]);
	}
	if (ok && (lib.count == 0 || lib.count > PVG_MTLB_MAX_FUNCTIONS)) {
		fprintf(stderr, "pvg-mkmetallib: %u functions\n", lib.count);
		ok = false;
	}
	struct bytes out = {0};
	if (ok && !lib.bare) {
		put_container(&lib, &out);
	}
	ok = ok && write_file(out_path, lib.bare ? &lib.bitcode : &out);
	free(out.data);
	free(lib.groups.data);
	free(lib.public_metadata.data);
	free(lib.private_metadata.data);
	free(lib.bitcode.data);
	return ok ? 0 : 1;
}
