// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The Metal library container (spec 05 section 1), read in the host process. Input: the bytes
 * themselves.
 */
#include <string.h>

#include "render/shader/mtlb.h"

#include "fuzz.h"

static void put_tag(struct fuzz_output *out, const char *name, const void *data, size_t size) {
	fuzz_put_bytes(out, name, 4);
	fuzz_put(out, size, 2);
	fuzz_put_bytes(out, data, size);
}

/* A library of one function with an unknown tag and a header extension. */
static size_t library_seed(uint8_t buffer[FUZZ_MAX_INPUT], bool with_size) {
	static const uint8_t blob[32] = {
		0xde, 0xc0, 0x17, 0x0b, 0, 0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0x42, 0x43, 0xc0, 0xde,
	};
	uint8_t group_bytes[512], offsets[24] = {0}, size_bytes[8] = {sizeof(blob)}, type = 2;
	struct fuzz_output group = {group_bytes, 0}, out = {buffer, 0};
	put_tag(&group, "NAME", "kernel", 7);
	put_tag(&group, "TYPE", &type, 1);
	if (with_size) {
		put_tag(&group, "MDSZ", size_bytes, sizeof(size_bytes));
	}
	put_tag(&group, "OFFT", offsets, sizeof(offsets));
	put_tag(&group, "ELSE", "skipped", 7);
	fuzz_put_bytes(&group, "ENDT", 4);
	uint64_t list = 4 + group.size, at = 88 + 4 + list + 4;
	fuzz_put_bytes(&out, "MTLB", 4);
	fuzz_put(&out, 0x0007000200028001, 8);
	fuzz_put(&out, 0, 4);
	fuzz_put(&out, at + sizeof(blob), 8);
	const uint64_t fields[] = {88, list, at, 0, at, 0, at, sizeof(blob)};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		fuzz_put(&out, fields[i], 8);
	}
	fuzz_put(&out, 1, 4);
	fuzz_put(&out, list, 4);
	fuzz_put_bytes(&out, group_bytes, group.size);
	fuzz_put_bytes(&out, "ENDT", 4);
	fuzz_put_bytes(&out, blob, sizeof(blob));
	return out.size;
}

size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	switch (index) {
	case 0:
	case 1:
		return library_seed(buffer, index == 0);
	default:
		return 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct pvg_mtlb lib;
	struct pvg_shader_status status = {0};
	bool ok = pvg_mtlb_parse(&lib, data, size, &status);
	FUZZ_CHECK(ok == (status.reason == PVG_SHADER_OK));
	FUZZ_CHECK(ok ? lib.function_count > 0 : lib.functions == NULL);
	for (size_t i = 0; i < lib.function_count; i++) {
		const struct pvg_mtlb_function *f = &lib.functions[i];
		FUZZ_CHECK(f->bitcode_offset_bytes <= size);
		FUZZ_CHECK(f->bitcode_size_bytes <= size - f->bitcode_offset_bytes);
		FUZZ_CHECK(memchr(f->name, '\0', sizeof(f->name)) != NULL);
		FUZZ_CHECK(pvg_mtlb_lookup(&lib, f->name) != NULL);
	}
	pvg_mtlb_finish(&lib);
	return 0;
}
