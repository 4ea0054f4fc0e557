// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/shader/mtlb.h"

/* A library made here: one vertex and one kernel function of 24 bytes of "bitcode" each. */
struct builder {
	uint8_t bytes[2048];
	size_t size;
};

static void put(struct builder *b, const void *data, size_t n) {
	assert_true(b->size + n <= sizeof(b->bytes));
	memcpy(b->bytes + b->size, data, n);
	b->size += n;
}

static void put_u16(struct builder *b, uint16_t v) {
	put(b, (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8)}, 2);
}

static void put_u32(struct builder *b, uint32_t v) {
	put_u16(b, (uint16_t)v);
	put_u16(b, (uint16_t)(v >> 16));
}

static void put_u64(struct builder *b, uint64_t v) {
	put_u32(b, (uint32_t)v);
	put_u32(b, (uint32_t)(v >> 32));
}

static void put_tag(struct builder *b, const char *name, const void *data, uint16_t n) {
	put(b, name, 4);
	put_u16(b, n);
	put(b, data, n);
}

#define BLOB_BYTES 48u

static void make_blob(uint8_t blob[BLOB_BYTES], uint8_t fill) {
	struct builder b = {0};
	put_u32(&b, 0x0b17c0de);
	put_u32(&b, 0);
	put_u32(&b, 20);
	put_u32(&b, 24);
	put_u32(&b, 0xffffffff);
	put_u32(&b, 0xdec04342);
	memset(b.bytes + b.size, fill, 24);
	memcpy(blob, b.bytes, BLOB_BYTES);
}

static void put_group(struct builder *b, const char *name, uint8_t type, const uint8_t *blob,
		uint64_t offset, bool with_size) {
	struct builder g = {0};
	put_tag(&g, "NAME", name, (uint16_t)(strlen(name) + 1));
	put_tag(&g, "TYPE", &type, 1);
	uint8_t hash[PVG_SHA256_BYTES];
	pvg_sha256(blob, BLOB_BYTES, hash);
	put_tag(&g, "HASH", hash, sizeof(hash));
	struct builder v = {0};
	put_u64(&v, BLOB_BYTES);
	if (with_size) {
		put_tag(&g, "MDSZ", v.bytes, 8);
	}
	v.size = 0;
	put_u64(&v, 0);
	put_u64(&v, 0);
	put_u64(&v, offset);
	put_tag(&g, "OFFT", v.bytes, 24);
	v.size = 0;
	put_u16(&v, 2);
	put_u16(&v, 7);
	put_u16(&v, 3);
	put_u16(&v, 2);
	put_tag(&g, "VERS", v.bytes, 8);
	put_tag(&g, "WHAT", "unknown tags are skipped", 24);
	put(&g, "ENDT", 4);
	put_u32(b, (uint32_t)g.size + 4);
	put(b, g.bytes, g.size);
}

static void make_library(struct builder *b, bool with_size) {
	uint8_t blobs[2][BLOB_BYTES];
	make_blob(blobs[0], 0x11);
	make_blob(blobs[1], 0x22);
	struct builder list = {0};
	put_u32(&list, 2);
	put_group(&list, "vertex_main", 0, blobs[0], 0, with_size);
	put_group(&list, "kernel_main", 2, blobs[1], BLOB_BYTES, with_size);
	struct builder extension = {0};
	put_tag(&extension, "UUID", "0123456789abcdef", 16);
	put(&extension, "ENDT", 4);
	uint64_t public_at = 88 + list.size + extension.size;
	put(b, "MTLB", 4);
	put_u16(b, 0x8001);
	put_u16(b, 2);
	put_u16(b, 7);
	put_u16(b, 0x8100);
	put_u32(b, 14);
	put_u64(b, public_at + 2 * BLOB_BYTES);
	put_u64(b, 88);
	put_u64(b, list.size - 4);
	put_u64(b, public_at);
	put_u64(b, 0);
	put_u64(b, public_at);
	put_u64(b, 0);
	put_u64(b, public_at);
	put_u64(b, 2 * BLOB_BYTES);
	put(b, list.bytes, list.size);
	put(b, extension.bytes, extension.size);
	put(b, blobs, sizeof(blobs));
}

/* Parses a heap copy of exactly n bytes, so that the sanitizer sees any read past the end. */
static bool parse_copy(const uint8_t *data, size_t n, struct pvg_mtlb *lib,
		struct pvg_shader_status *status) {
	uint8_t *copy = malloc(n > 0 ? n : 1);
	assert_non_null(copy);
	memcpy(copy, data, n);
	*status = (struct pvg_shader_status){0};
	bool ok = pvg_mtlb_parse(lib, copy, n, status);
	free(copy);
	return ok;
}

static void check_sha256(void) {
	static const uint8_t abc[] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
		0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	uint8_t digest[PVG_SHA256_BYTES];
	pvg_sha256("abc", 3, digest);
	assert_memory_equal(digest, abc, sizeof(abc));
	// One million times "a", in pieces that do not divide the block.
	struct pvg_sha256 sha;
	pvg_sha256_init(&sha);
	char a[77];
	memset(a, 'a', sizeof(a));
	for (size_t left = 1000000; left > 0;) {
		size_t n = left < sizeof(a) ? left : sizeof(a);
		pvg_sha256_update(&sha, a, n);
		left -= n;
	}
	pvg_sha256_final(&sha, digest);
	assert_int_equal(digest[0], 0xcd);
	assert_int_equal(digest[1], 0xc7);
	assert_int_equal(digest[31], 0xd0);
}

static void sha256_matches_the_published_vectors(void **state) {
	pvg_sha256_use_plain(true);
	check_sha256();
	pvg_sha256_use_plain(false);
	check_sha256();
	// Both ways agree at every length around the blocks.
	uint8_t bytes[300], plain[PVG_SHA256_BYTES], native[PVG_SHA256_BYTES];
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(i * 7 + i / 5);
	}
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		pvg_sha256_use_plain(true);
		pvg_sha256(bytes, n, plain);
		pvg_sha256_use_plain(false);
		pvg_sha256(bytes, n, native);
		assert_memory_equal(plain, native, sizeof(plain));
	}
}

static void a_library_lists_its_functions(void **state) {
	for (int with_size = 0; with_size < 2; with_size++) {
		struct builder b = {0};
		make_library(&b, with_size == 1);
		struct pvg_mtlb lib;
		struct pvg_shader_status status;
		assert_true(parse_copy(b.bytes, b.size, &lib, &status));
		assert_int_equal(lib.function_count, 2);
		assert_string_equal(lib.functions[0].name, "vertex_main");
		assert_int_equal(lib.functions[0].type, PVG_MTLB_VERTEX);
		assert_int_equal(lib.functions[1].type, PVG_MTLB_KERNEL);
		assert_int_equal(lib.functions[1].air_minor, 7);
		assert_int_equal(lib.functions[1].blob_size_bytes, BLOB_BYTES);
		assert_int_equal(lib.functions[1].bitcode_size_bytes, 24);
		assert_ptr_equal(pvg_mtlb_lookup(&lib, "kernel_main"), &lib.functions[1]);
		assert_null(pvg_mtlb_lookup(&lib, "kernel"));
		pvg_mtlb_finish(&lib);
	}
}

static void a_bare_wrapper_and_raw_bitcode_are_one_function(void **state) {
	uint8_t blob[BLOB_BYTES];
	make_blob(blob, 0x33);
	struct pvg_mtlb lib;
	struct pvg_shader_status status;
	assert_true(parse_copy(blob, sizeof(blob), &lib, &status));
	assert_true(lib.bare);
	assert_int_equal(lib.functions[0].bitcode_offset_bytes, 20);
	pvg_mtlb_finish(&lib);
	assert_true(parse_copy(blob + 20, 24, &lib, &status));
	assert_int_equal(lib.functions[0].bitcode_offset_bytes, 0);
	pvg_mtlb_finish(&lib);
}

static void a_library_cut_anywhere_is_refused(void **state) {
	struct builder b = {0};
	make_library(&b, true);
	for (size_t n = 0; n < b.size; n++) {
		struct pvg_mtlb lib;
		struct pvg_shader_status status;
		assert_false(parse_copy(b.bytes, n, &lib, &status));
		assert_int_not_equal(status.reason, PVG_SHADER_OK);
		assert_null(lib.functions);
	}
}

static void a_changed_byte_of_bitcode_is_a_hash_mismatch(void **state) {
	struct builder b = {0};
	make_library(&b, true);
	b.bytes[b.size - 3] ^= 1;
	struct pvg_mtlb lib;
	struct pvg_shader_status status;
	assert_false(parse_copy(b.bytes, b.size, &lib, &status));
	assert_int_equal(status.reason, PVG_SHADER_BAD_HASH);
}

static void extremes_in_any_field_do_not_read_outside(void **state) {
	static const uint64_t extremes[] = {
		0, 1, 3, 4, 5, 7, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffb,
		0xfffffffc,
		0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffc, UINT64_MAX,
	};
	struct builder b = {0};
	make_library(&b, true);
	for (size_t at = 0; at + 8 <= b.size; at++) {
		for (size_t e = 0; e < sizeof(extremes) / sizeof(extremes[0]); e++) {
			for (size_t width = 1; width <= 8; width *= 2) {
				struct builder c = b;
				memcpy(c.bytes + at, &extremes[e], width);
				struct pvg_mtlb lib;
				struct pvg_shader_status status;
				if (parse_copy(c.bytes, c.size, &lib, &status)) {
					for (size_t i = 0; i < lib.function_count; i++) {
						const struct pvg_mtlb_function *f =
							&lib.functions[i];
						assert_true(f->bitcode_offset_bytes <= c.size);
						assert_true(f->bitcode_size_bytes <=
							c.size - f->bitcode_offset_bytes);
					}
				}
				pvg_mtlb_finish(&lib);
			}
		}
	}
}

static void every_library_of_the_corpus_parses(void **state) {
	const char *folder = getenv("PVG_METALLIB_DIR");
	DIR *dir = folder != NULL ? opendir(folder) : NULL;
	if (dir == NULL) {
		print_message("no corpus at %s\n", folder != NULL ? folder : "PVG_METALLIB_DIR");
		skip();
	}
	size_t files = 0, functions = 0;
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		const char *dot = strrchr(e->d_name, '.');
		if (dot == NULL || (strcmp(dot, ".metallib") != 0 && strcmp(dot, ".air") != 0)) {
			continue;
		}
		char path[4096];
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		FILE *f = fopen(path, "rb");
		assert_non_null(f);
		fseek(f, 0, SEEK_END);
		long size = ftell(f);
		rewind(f);
		uint8_t *data = malloc((size_t)size);
		assert_non_null(data);
		assert_int_equal(fread(data, 1, (size_t)size, f), size);
		fclose(f);
		struct pvg_mtlb lib;
		struct pvg_shader_status status = {0};
		if (!pvg_mtlb_parse(&lib, data, (size_t)size, &status)) {
			fail_msg("%s: %s: %s", e->d_name, pvg_shader_reason_name(status.reason),
				status.detail);
		}
		files++;
		functions += lib.function_count;
		pvg_mtlb_finish(&lib);
		free(data);
	}
	closedir(dir);
	print_message("%zu files, %zu functions\n", files, functions);
	assert_true(files > 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_matches_the_published_vectors),
		cmocka_unit_test(a_library_lists_its_functions),
		cmocka_unit_test(a_bare_wrapper_and_raw_bitcode_are_one_function),
		cmocka_unit_test(a_library_cut_anywhere_is_refused),
		cmocka_unit_test(a_changed_byte_of_bitcode_is_a_hash_mismatch),
		cmocka_unit_test(extremes_in_any_field_do_not_read_outside),
		cmocka_unit_test(every_library_of_the_corpus_parses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
