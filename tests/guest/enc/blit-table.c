// SPDX-License-Identifier: GPL-2.0-or-later
// Blit records (spec 02 section 2, 03 section 6).
#include "table.h"

#define B(op, name, total, ...) REC(BLIT, op, name, total, __VA_ARGS__)
#define COPY_REFS U32("src", 0, 12), U32("dst", 4, 13)
#define COPY_REGION \
	COPY_REFS, XYZ("src_origin", 8, 0, 0, 0), WHD("size", 32, 64, 32, 1), \
		XYZ("dst_origin", 56, 8, 16, 0), U16("src_slice", 80, 0), U16("src_level", 82, 1), \
		U16("dst_slice", 84, 0), U16("dst_level", 86, 2)
#define SUBRESOURCE FIELDS(U32("tex", 0, 12), U16("slice", 4, 1), U16("level", 6, 2))
#define ICB_RANGE FIELDS(U32("icb", 0, 12), U64("location", 4, 2), U64("length", 12, 5))
#define FILL_TEXTURE \
	U32("tex", 0, 12), U16("level", 4, 2), U16("slice", 6, 1), WHD("size", 8, 64, 32, 1), \
		XYZ("origin", 32, 8, 16, 0)

static const struct pvg_enc_record records[] = {
	B(0x12c, "copyBufferToTexture", 96,
		FIELDS(COPY_REFS, U64("src_off", 8, 256), U64("bytes_per_row", 16, 256),
			U64("bytes_per_image", 24, 8192), WHD("size", 32, 64, 32, 1),
			XYZ("dst_origin", 56, 8, 16, 0), U16("dst_slice", 80, 0),
			U16("dst_level", 82, 1), U32("options", 84, 0))),
	B(0x12d, "copyBufferToBuffer", 40,
		FIELDS(COPY_REFS, U64("src_off", 8, 256), U64("dst_off", 16, 512),
			U64("size", 24, 1024))),
	B(0x12e, "copyTextureToBuffer", 96,
		FIELDS(COPY_REFS, XYZ("src_origin", 8, 8, 16, 0), WHD("size", 32, 64, 32, 1),
			U64("dst_off", 56, 256), U64("bytes_per_row", 64, 256),
			U64("bytes_per_image", 72, 8192), U16("src_slice", 80, 0),
			U16("src_level", 82, 1), U16("options", 84, 0))),
	B(0x12f, "copyTextureRegion", 96, FIELDS(COPY_REGION)),
	B(0x130, "copyTextureRegionOptions", 100, FIELDS(COPY_REGION, U32("options", 88, 1))),
	B(0x131, "copyIndirectCommandBuffer", 40,
		FIELDS(COPY_REFS, U64("location", 8, 2), U64("length", 16, 5),
			U64("dst_index", 24, 7))),
	B(0x132, "fillBuffer", 32,
		FIELDS(U32("buf", 0, 12), U64("location", 4, 256), U64("length", 12, 1024),
			U8("value", 20, 0x7f))),
	B(0x133, "generateMipmaps", 12, REF1),
	B(0x134, "optimizeForCPU", 12, REF1),
	B(0x135, "optimizeForGPU", 12, REF1),
	B(0x136, "optimizeSubresourceForCPU", 16, SUBRESOURCE),
	B(0x137, "optimizeSubresourceForGPU", 16, SUBRESOURCE),
	B(0x138, "optimizeIndirectCommandBuffer", 28, ICB_RANGE),
	B(0x139, "resetIndirectCommandBuffer", 28, ICB_RANGE),
	B(0x13a, "synchronizeResource", 12, REF1),
	B(0x13b, "synchronizeTexture", 16, SUBRESOURCE),
	B(0x13c, "updateFence", 12, REF1),
	B(0x13d, "waitForFence", 12, REF1),
	B(0x13e, "copyTextureLevels", 28,
		FIELDS(COPY_REFS, U16("src_slice", 8, 0), U16("src_level", 10, 1),
			U16("dst_slice", 12, 0), U16("dst_level", 14, 2), U16("slice_count", 16, 1),
			U16("level_count", 18, 3))),
	B(0x13f, "fillBufferPattern4", 32,
		FIELDS(U32("buf", 0, 12), U64("location", 4, 256), U64("length", 12, 1024),
			U32("pattern", 20, 0xdeadbeef))),
	B(0x140, "fillTextureBytes", 84,
		FIELDS(FILL_TEXTURE, U32("bytes_buf", 56, 13), U64("bytes_off", 60, 64),
			U64("length", 68, 4))),
	B(0x141, "fillTextureColor", 100,
		FIELDS(FILL_TEXTURE, F64("r", 56, F64_0_25), F64("g", 64, F64_0_5),
			F64("b", 72, F64_0), F64("a", 80, F64_1), U16("pixel_format", 88, 80))),
	B(0x142, "invalidateCompressedTexture", 12, REF1),
	B(0x143, "invalidateCompressedSubresource", 16, SUBRESOURCE),
};

const struct pvg_enc_table pvg_enc_blit_table = { records, PVG_ENC_COUNT(records) };
