// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compute and blit encoders, and what is common to all: held packets, pauses, encoders that go on
 * in the next segment (spec 03 sections 5, 6, 9; 02 section 1.4).
 */
#include "encoder-rig.h"

static void kernel(struct encoder_rig *e) {
	PUT(e, compute, "setComputePipelineState", { "ref", KERNEL });
	BIND(e, compute, "setBuffers", 0, 2, UNIFORMS, 0, OUTPUT, 0x100);
}

static void grid(struct encoder_rig *e, const char *name, uint64_t w, uint64_t tpg) {
	PUT(e, compute, name, { "grid.w", w }, { "grid.h", 2 }, { "grid.d", 1 },
		{ "threads_per_group.w", tpg }, { "threads_per_group.h", 1 },
		{ "threads_per_group.d", 1 });
}

static void dispatches_of_each_form(void **state) {
	struct encoder_rig *e = *state;
	const uint32_t words[] = { 7, 8, 9, 100, 2, 1, 8, 2, 1 };
	memcpy(e->rig->ram + DATA_GPA + 0x40000, words, sizeof(words));
	begin(e, 1);
	PUT(e, compute, "computePassDescriptor", { "dispatch_type", 0 });
	kernel(e);
	grid(e, "dispatchThreadgroups", 3, 16);
	grid(e, "dispatchThreads", 50, 16);
	PUT(e, compute, "dispatchThreadgroupsIndirect", { "buf", ARGUMENTS }, { "offset", 0 });
	PUT(e, compute, "dispatchThreadsIndirect", { "buf", ARGUMENTS }, { "offset", 12 });
	grid(e, "dispatchThreads", 0, 16); // nothing
	grid(e, "dispatchThreads", 16, 0);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"program\nkbuffer0 16\nkbuffer1 65280w\n"
		"dispatch 3x2x1\n"
		"barrier\n"
		"program\nkbuffer0 16\nkbuffer1 65280w\n"
		"dispatch 50x2x1 exact\n"
		"barrier\n"
		"program\nkbuffer0 16\nkbuffer1 65280w\n"
		"dispatch 7x8x9\n"
		"barrier\n"
		"program\nkbuffer0 16\nkbuffer1 65280w\n"
		"dispatch 100x2x1 exact\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void concurrent_dispatches_have_no_barrier_between(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 1);
	PUT(e, compute, "computePassDescriptor", { "dispatch_type", 1 });
	kernel(e);
	grid(e, "dispatchThreads", 32, 16);
	grid(e, "dispatchThreads", 48, 16);
	PUT(e, compute, "memoryBarrierWithScope", { "scope", 3 });
	grid(e, "dispatchThreads", 64, 16);
	end(e);
	begin(e, 0); // what it wrote may be drawn with
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"program\nkbuffer0 16\nkbuffer1 65280w\n"
		"dispatch 32x2x1 exact\n"
		"dispatch 48x2x1 exact\n"
		"barrier\n"
		"program\nkbuffer0 16\nkbuffer1 65280w\n"
		"dispatch 64x2x1 exact\n"
		"barrier\n"
		"begin 64x64 c0:load-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
}

static void bad_dispatches_are_refused(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 1);
	grid(e, "dispatchThreads", 16, 16); // no pipeline
	kernel(e);
	grid(e, "dispatchThreads", 16, 2048);
	grid(e, "dispatchThreadgroups", 0x10000000, 16); // 2^32 threads in a row
	grid(e, "dispatchThreads", UINT64_C(1) << 32, 16);
	PUT(e, compute, "dispatchThreads", { "grid.w", 1u << 16 }, { "grid.h", 1u << 16 },
		{ "grid.d", 17 }, { "threads_per_group.w", 16 }, { "threads_per_group.h", 1 },
		{ "threads_per_group.d", 1 });
	PUT(e, compute, "dispatchThreadgroupsIndirect", { "buf", ARGUMENTS }, { "offset", 2 });
	PUT(e, compute, "dispatchThreadgroupsIndirect", { "buf", ARGUMENTS },
		{ "offset", 0x10000 - 8 });
	PUT(e, compute, "setThreadgroupMemoryLength", { "length", 40000 }, { "index", 0 });
	grid(e, "dispatchThreads", 16, 16);
	end(e);
	run(e);
	ASSERT_TEXT(e, "");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_PIPELINE), 1);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DISPATCH), 7);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 0);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), 1);
}

// Metal has no number of groups that is too large for an axis; hosts have.
static void large_grids_are_the_renderers_to_split(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 1);
	PUT(e, compute, "computePassDescriptor", { "dispatch_type", 1 });
	kernel(e);
	grid(e, "dispatchThreadgroups", 70000, 16);
	grid(e, "dispatchThreads", 0xffffffff, 16);
	end(e);
	run(e);
	assert_non_null(strstr(e->text, "dispatch 70000x2x1\n"));
	assert_non_null(strstr(e->text, "dispatch 4294967295x2x1 exact\n"));
	assert_int_equal(all_refusals(e->rig), 0);
}

#define PREDICATE(e, name, offset_, comparison_, reference_) \
	PUT(e, compute, name, { "buf", ARGUMENTS }, { "offset", (offset_) }, \
		{ "comparison", (comparison_) }, { "reference", (reference_) })

// Without the words that repeat.
static void assert_dispatches(struct encoder_rig *e, const char *expected) {
	char found[256] = "";
	for (const char *at = e->text; (at = strstr(at, "dispatch ")) != NULL; at++) {
		size_t used = strlen(found);
		(void)snprintf(found + used, sizeof(found) - used, "%lu ",
			strtoul(at + 9, NULL, 10));
	}
	assert_string_equal(found, expected);
}

static void conditions_choose_a_branch(void **state) {
	struct encoder_rig *e = *state;
	const uint32_t words[] = { 5 };
	memcpy(e->rig->ram + DATA_GPA + 0x40000, words, sizeof(words));
	begin(e, 1);
	kernel(e);
	for (uint32_t comparison = 0; comparison < 8; comparison++) {
		PREDICATE(e, "startIf", 0, comparison, 5);
		grid(e, "dispatchThreads", 10 + comparison, 16);
		PUT0(e, compute, "startElse");
		grid(e, "dispatchThreads", 20 + comparison, 16);
		PUT0(e, compute, "endIf");
	}
	PREDICATE(e, "startIf", 0, 0, 5); // never: nothing inside is looked at
	PREDICATE(e, "startWhile", 0, 7, 0);
	grid(e, "dispatchThreads", 99, 16);
	PUT0(e, compute, "endWhile");
	PUT0(e, compute, "endIf");
	grid(e, "dispatchThreads", 30, 16);
	end(e);
	run(e);
	assert_dispatches(e, "20 21 12 13 24 25 16 17 30 ");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void loops_turn_until_their_predicate_fails(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 2); // the GPU wrote it: the walk waits for that
	PUT(e, blit, "fillBuffer", { "buf", ARGUMENTS }, { "location", 0 }, { "length", 4 },
		{ "value", 1 });
	end(e);
	begin(e, 1);
	kernel(e);
	PREDICATE(e, "startWhile", 0, 2, 0x01010101);
	grid(e, "dispatchThreads", 11, 16);
	end(e);
	begin(e, 3); // not reached: the loop has no end
	end(e);
	run(e);
	assert_dispatches(e, "11 ");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DISPATCH), 1);
	begin(e, 1);
	kernel(e);
	PUT0(e, compute, "startDoWhile");
	grid(e, "dispatchThreads", 12, 16);
	PREDICATE(e, "endDoWhile", 0, 0, 0); // once
	PREDICATE(e, "startWhile", 0, 0, 0); // never
	grid(e, "dispatchThreads", 13, 16);
	PUT0(e, compute, "endWhile");
	PUT0(e, compute, "startDoWhile");
	PREDICATE(e, "endDoWhile", 0, 7, 0); // an empty loop for ever
	grid(e, "dispatchThreads", 14, 16);
	end(e);
	run(e);
	assert_dispatches(e, "12 14 ");
}

static void a_loop_without_end_is_ended(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 1);
	PUT0(e, compute, "startDoWhile");
	PUT0(e, compute, "insertCompressedTextureReinterpretationFlush");
	PREDICATE(e, "endDoWhile", 0, 7, 0);
	kernel(e);
	grid(e, "dispatchThreads", 14, 16);
	end(e);
	begin(e, 1);
	kernel(e);
	grid(e, "dispatchThreads", 15, 16);
	PUT0(e, compute, "endIf"); // none is open
	end(e);
	run(e);
	assert_dispatches(e, "15 ");
}

static void buffers_are_copied_and_filled(void **state) {
	struct encoder_rig *e = *state;
	uint8_t *ram = e->rig->ram + DATA_GPA;
	memset(ram, 0x5a, 256);
	begin(e, 2);
	PUT(e, blit, "copyBufferToBuffer", { "src", VERTICES }, { "dst", OUTPUT },
		{ "src_off", 16 }, { "dst_off", 32 }, { "size", 100 });
	PUT(e, blit, "fillBuffer", { "buf", OUTPUT }, { "location", 200 }, { "length", 3 },
		{ "value", 0x77 });
	PUT(e, blit, "fillBufferPattern4", { "buf", OUTPUT }, { "location", 204 }, { "length", 8 },
		{ "pattern", 0x04030201 });
	PUT(e, blit, "copyBufferToBuffer", { "src", OUTPUT }, { "dst", UNIFORMS },
		{ "src_off", 200 }, { "dst_off", 0 }, { "size", 12 });
	end(e);
	run(e);
	assert_int_equal(all_refusals(e->rig), 0);
	assert_memory_equal(ram + 0x30020, ram, 100);
	assert_int_equal(ram[0x30020 + 100], 0);
	static const uint8_t filled[] = { 0x77, 0x77, 0x77, 0, 1, 2, 3, 4, 1, 2, 3, 4 };
	assert_memory_equal(ram + 0x30000 + 200, filled, sizeof(filled));
	assert_memory_equal(ram + 0x20000, filled, sizeof(filled));
}

static void textures_are_copied(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 2);
	PUT(e, blit, "copyTextureRegion", { "src", SOURCE }, { "dst", ARRAY },
		{ "src_origin.x", 4 }, { "src_origin.y", 8 }, { "src_origin.z", 0 },
		{ "size.w", 16 }, { "size.h", 8 }, { "size.d", 1 }, { "dst_origin.x", 1 },
		{ "dst_origin.y", 2 }, { "dst_origin.z", 0 }, { "src_slice", 0 },
		{ "src_level", 1 }, { "dst_slice", 2 }, { "dst_level", 0 });
	PUT(e, blit, "copyTextureLevels", { "src", TARGET }, { "dst", SOURCE }, { "src_slice", 0 },
		{ "src_level", 0 }, { "dst_slice", 0 }, { "dst_level", 0 }, { "slice_count", 1 },
		{ "level_count", 1 });
	PUT(e, blit, "copyTextureLevels", { "src", VOLUME }, { "dst", VOLUME }, { "src_slice", 0 },
		{ "src_level", 0 }, { "dst_slice", 0 }, { "dst_level", 0 }, { "slice_count", 0 },
		{ "level_count", 0 });
	PUT(e, blit, "generateMipmaps", { "ref", SOURCE });
	PUT(e, blit, "generateMipmaps", { "ref", TARGET }); // one level: nothing to do
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"copy-image 4,8,0@1/0 to 1,2,0@0/2 16x8x1\n"
		"copy-image 0,0,0@0/0 to 0,0,0@0/0 64x64x1\n"
		"mipmaps\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void textures_are_filled(void **state) {
	struct encoder_rig *e = *state;
	const uint64_t half = 0x3fe0000000000000, one = 0x3ff0000000000000;
	memcpy(e->rig->ram + DATA_GPA + 0x40000 + 8, "\x11\x22\x33\x44", 4);
	begin(e, 2);
	PUT(e, blit, "fillTextureColor", { "tex", TARGET }, { "level", 0 }, { "slice", 0 },
		{ "size.w", 8 }, { "size.h", 4 }, { "size.d", 1 }, { "origin.x", 0 },
		{ "origin.y", 0 }, { "origin.z", 0 }, { "r", one }, { "g", half }, { "b", 0 },
		{ "a", one }, { "pixel_format", 80 });
	PUT(e, blit, "fillTextureBytes", { "tex", ARRAY }, { "level", 0 }, { "slice", 3 },
		{ "size.w", 64 }, { "size.h", 64 }, { "size.d", 1 }, { "origin.x", 0 },
		{ "origin.y", 0 }, { "origin.z", 0 }, { "bytes_buf", ARGUMENTS },
		{ "bytes_off", 8 }, { "length", 4 });
	end(e);
	run(e);
	ASSERT_TEXT(e,
		"fill-image 8x4x1 0080ffff\n"
		"fill-image 64x64x1 11223344\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void bad_copies_are_refused(void **state) {
	static const struct {
		const char *name;
		struct field fields[8];
	} cases[] = {
		{ "copyTextureRegion", { { "src", 99 } } },
		{ "copyTextureRegion", { { "src_level", 9 } } },
		{ "copyTextureRegion", { { "src_origin.x", 60 } } },
		{ "copyTextureRegion", { { "dst_origin.y", UINT64_MAX } } },
		{ "copyTextureRegion", { { "dst", DEPTH } } },
		{ "copyTextureRegion", { { "dst", SAMPLES } } },
		{ "copyTextureRegion", { { "dst", TARGET } } }, // overlaps
		{ "copyTextureRegionOptions", { { "options", 3 } } },
		{ "copyTextureRegionOptions", { { "options", 4 } } },
		{ "copyTextureRegionOptions", { { "options", 1 } } },
		{ "copyTextureLevels", { { "level_count", 2 } } },
		{ "copyBufferToTexture", { { "bytes_per_row", 16 } } },
		{ "copyBufferToTexture", { { "options", 8 } } },
		{ "copyTextureToBuffer", { { "size.h", 65 } } },
		{ "fillTextureBytes", { { "length", 3 } } },
		{ "fillTextureColor", { { "r", 0x7ff8000000000000 } } },
		{ "fillTextureColor", { { "pixel_format", 115 } } },
		{ "copyBufferToBuffer", { { "dst_off", 8 } } }, // overlaps
		{ "fillBufferPattern4", { { "location", 2 } } },
	};
	// What all of them have in common, as far as they have it.
	static const struct field usual[] = { { "src", TARGET }, { "dst", OTHER },
		{ "tex", TARGET }, { "buf", OUTPUT }, { "size.w", 8 }, { "size.h", 8 },
		{ "size.d", 1 }, { "src_origin.x", 0 }, { "src_origin.y", 0 },
		{ "src_origin.z", 0 }, { "dst_origin.x", 0 }, { "dst_origin.y", 0 },
		{ "dst_origin.z", 0 }, { "origin.x", 0 }, { "origin.y", 0 }, { "origin.z", 0 },
		{ "src_slice", 0 }, { "src_level", 0 }, { "dst_slice", 0 }, { "dst_level", 0 },
		{ "slice_count", 1 }, { "level_count", 1 }, { "options", 0 }, { "level", 0 },
		{ "slice", 0 }, { "bytes_buf", ARGUMENTS }, { "bytes_off", 0 }, { "location", 0 },
		{ "length", 4 }, { "src_off", 0 }, { "dst_off", 0 }, { "size", 16 },
		{ "bytes_per_row", 0 }, { "bytes_per_image", 0 }, { "pixel_format", 80 } };
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_ENC_COUNT(cases); i++) {
		const struct pvg_enc_record *record = NULL;
		for (size_t k = 0; k < pvg_enc_blit_table.count; k++) {
			if (strcmp(pvg_enc_blit_table.records[k].name, cases[i].name) == 0) {
				record = &pvg_enc_blit_table.records[k];
			}
		}
		assert_non_null(record);
		for (unsigned int bad = 0; bad < 2; bad++) {
			struct field fields[64];
			size_t count = 0;
			for (size_t k = 0; k < PVG_ENC_COUNT(usual); k++) {
				for (unsigned int f = 0; f < record->field_count; f++) {
					if (strcmp(record->fields[f].name, usual[k].name) == 0) {
						fields[count++] = usual[k];
					}
				}
			}
			bool buffers = strcmp(cases[i].name, "copyBufferToTexture") == 0;
			if (buffers || strcmp(cases[i].name, "copyBufferToBuffer") == 0) {
				fields[count++] = (struct field){ "src", OUTPUT };
			}
			if (!buffers && strstr(cases[i].name, "ToBuffer") != NULL) {
				fields[count++] = (struct field){ "dst",
					strstr(cases[i].name, "BufferToB") != NULL && bad == 0
						? UNIFORMS
						: OUTPUT };
			}
			for (size_t k = 0; bad == 1 && cases[i].fields[k].name != NULL; k++) {
				fields[count++] = cases[i].fields[k];
			}
			uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_BLIT);
			begin(e, 2);
			put_record(e, &pvg_enc_blit_table, cases[i].name, fields, count, 0, NULL);
			end(e);
			run(e);
			if (rig_refused(e->rig, PVG_REFUSAL_BLIT) != refused + bad) {
				fail_msg("case %zu, %s, bad %u", i, cases[i].name, bad);
			}
		}
	}
}

static void what_is_never_executed_is_refused_by_name(void **state) {
	struct encoder_rig *e = *state;
	for (size_t i = 0; i < PVG_RECORDS_COUNT; i++) {
		const struct pvg_record_info *info = &pvg_record_table[i];
		if (info->action != PVG_RECORD_REFUSE) {
			continue;
		}
		uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_NOT_SUPPORTED);
		begin(e, (uint8_t)info->space);
		uint32_t at = e->stream.size + 8;
		uint32_t count = info->rule >= PVG_RULE_COUNTED ? 1 : 0;
		record(&e->stream, info->opcode, info->length + count * info->element);
		memcpy(e->stream.bytes + at + info->count_at, &count, count * 4);
		end(e);
		run(e);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_NOT_SUPPORTED), refused + 1);
		assert_int_equal(seen(e->rig, pvg_record_space_name(info->space), info->opcode)
					 .refused,
			1);
		assert_true(strlen(pvg_record_why(info)) > 4);
	}
}

/* ---- held packets ---------------------------------------------------------------------------- */

static void a_pipeline_that_is_built_holds_its_packet_alone(void **state) {
	struct encoder_rig *e = *state;
	pvg_null_delay(e->null, true, false);
	begin(e, 3);
	event(&e->stream, 0x191, 5, 1);
	end(e);
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	PUT(e, render, "setCullMode", { "value", 9 }); // refused, once
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	clear_text(e);
	memcpy(e->rig->ram + CB_GPA, e->stream.bytes, e->stream.size);
	const uint32_t payload[] = { 1, 0, 1, CB_GVA, 0, e->stream.size, 0 };
	e->stream.size = 0;
	uint32_t signal = rig_publish(e->rig, 1, 0x37, payload, sizeof(payload));
	rig_run(e->rig);
	assert_true(rig_stamp(e->rig, 1) != signal);
	assert_int_equal(e->text_bytes, 0);
	RIG_SEND(e->rig, 2, 0x1e, 0); // others go on
	struct pvg_counters before = rig_counters(e->rig);
	for (unsigned int i = 0; i < 20; i++) { // no busy waiting: it is not even looked at
		rig_advance(e->rig, RIG_MS);
		rig_run(e->rig);
	}
	assert_int_equal(rig_counters(e->rig).retries, before.retries);
	pvg_null_build(e->null);
	rig_run(e->rig);
	assert_int_equal(rig_stamp(e->rig, 1), signal);
	ASSERT_TEXT(e, "begin 64x64 c0:clear-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_STATE), 1);
	assert_int_equal(seen(e->rig, "render", 0x6b).seen, 1);
	assert_int_equal(seen(e->rig, "event", 0x191).seen, 1);
}

static void the_pipelines_of_a_packet_are_begun_together(void **state) {
	struct encoder_rig *e = *state;
	pvg_null_delay(e->null, true, false);
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	pipeline(e, DRAW_TEXTURED);
	pipeline(e, 999); // nothing there: refused when it is executed
	end(e);
	begin(e, 1);
	PUT(e, compute, "setComputePipelineState", { "ref", KERNEL });
	end(e);
	uint32_t first = e->stream.size;
	begin(e, 0);
	pipeline(e, DRAW_SAMPLES);
	end(e);
	memcpy(e->rig->ram + CB_GPA, e->stream.bytes, e->stream.size);
	const uint32_t payload[] = { 1, 0, 2, CB_GVA, 0, first, 0, CB_GVA + first, 0,
		e->stream.size - first, 0 };
	e->stream.size = 0;
	uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_OBJECT);
	uint32_t signal = rig_publish(e->rig, 1, 0x37, payload, sizeof(payload));
	rig_run(e->rig);
	assert_true(rig_stamp(e->rig, 1) != signal);
	assert_int_equal(pvg_null_stats(e->null)->pipelines, 4);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_OBJECT), refused);
	pvg_null_build(e->null);
	rig_run(e->rig);
	assert_int_equal(rig_stamp(e->rig, 1), signal);
}

static void a_failed_pipeline_refuses_its_draws(void **state) {
	struct encoder_rig *e = *state;
	pvg_null_delay(e->null, false, true);
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:clear-store\nend 1\n"); // the clear is still due
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_PIPELINE), 2);
}

static void stamps_wait_for_the_gpu_and_other_slots_do_not(void **state) {
	struct encoder_rig *e = *state;
	pvg_null_hold(e->null, true);
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	end(e);
	memcpy(e->rig->ram + CB_GPA, e->stream.bytes, e->stream.size);
	const uint32_t payload[] = { 1, 0, 1, CB_GVA, 0, e->stream.size, 0 };
	e->stream.size = 0;
	uint32_t first = rig_publish(e->rig, 1, 0x37, payload, sizeof(payload));
	uint32_t second = rig_publish(e->rig, 1, 0x1e, NULL, 0);
	rig_run(e->rig);
	assert_true((int32_t)(rig_stamp(e->rig, 1) - first) < 0);
	RIG_SEND(e->rig, 2, 0x1e, 0);
	pvg_null_complete(e->null, 1);
	rig_run(e->rig);
	assert_int_equal(rig_stamp(e->rig, 1), second);
	pvg_null_hold(e->null, false);
}

/* ---- encoders that go on --------------------------------------------------------------------- */

static void an_encoder_goes_on_in_the_next_segment_and_buffer(void **state) {
	struct encoder_rig *e = *state;
	struct stream *s = &e->stream;
	segment_begin(s, 0, 0, 1);
	pass(e, TARGET, 2, 0); // drops in the end
	pipeline(e, DRAW_PLAIN);
	PUT(e, render, "setCullMode", { "value", 1 });
	draw3(e);
	segment_end(s);
	segment_begin(s, 0, 1, 1);
	draw3(e);
	segment_end(s);
	uint32_t first = s->size;
	segment_begin(s, 0, 1, 0);
	draw3(e);
	segment_end(s);
	clear_text(e);
	memcpy(e->rig->ram + CB_GPA, s->bytes, s->size);
	RIG_SEND(e->rig, 1, 0x37, 1, 0, 2, CB_GVA, 0, first, 0, CB_GVA + first, 0, s->size - first,
		0);
	s->size = 0;
	ASSERT_TEXT(e,
		"begin 64x64 c0:clear-drop\nprogram\n"
		"raster cull=1 front=0 fill=0 ref=0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 1\n" // kept for the next buffer
		"begin 64x64 c0:load-drop\nprogram\n"
		"raster cull=1 front=0 fill=0 ref=0\n"
		"draw3 i0 0+3 x1 base 0,0\n"
		"end 0\n");
	assert_int_equal(all_refusals(e->rig), 0);
}

static void the_device_goes_on_without_its_renderer(void **state) {
	struct encoder_rig *e = *state;
	begin(e, 0);
	pass(e, TARGET, 2, 1);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	struct stream kept = e->stream;
	run(e);
	pvg_device_set_renderer(e->rig->device, NULL);
	const struct pvg_null_stats *stats = pvg_null_stats(e->null);
	assert_int_equal(stats->images + stats->views + stats->buffers + stats->pipelines, 0);
	e->stream = kept;
	run(e);
	ASSERT_TEXT(e, "");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_RECORD_NO_RENDERER), 3);
	pvg_device_set_renderer(e->rig->device, e->null);
	e->stream = kept;
	run(e);
	ASSERT_TEXT(e, "begin 64x64 c0:clear-store\nprogram\ndraw3 i0 0+3 x1 base 0,0\nend 1\n");
}

static void kernel_limits_are_those_of_the_pipeline(void **state) {
	struct encoder_rig *e = *state;
	uint8_t *reply = e->rig->ram + DATA_GPA + 0x30000;
	RIG_SEND(e->rig, 2, 0x3b, 1, KERNEL, 5, 6, DATA_GVA + 0x30000, 0);
	const uint32_t *pairs = (const uint32_t *)reply;
	const uint32_t expected[] = { 1, 512, 3, 16, 4, 4096, 0, 0 };
	assert_memory_equal(pairs, expected, sizeof(expected));
	// While it is built, the packet waits.
	pvg_null_delay(e->null, true, false);
	declare_kernel(e->rig, KERNEL + 1);
	const uint32_t payload[] = { 1, KERNEL + 1, 5, 6, DATA_GVA + 0x30000, 0 };
	uint32_t signal = rig_publish(e->rig, 2, 0x3b, payload, sizeof(payload));
	rig_run(e->rig);
	assert_true(rig_stamp(e->rig, 2) != signal);
	pvg_null_build(e->null);
	rig_run(e->rig);
	assert_int_equal(rig_stamp(e->rig, 2), signal);
	pvg_null_delay(e->null, false, false);
}

static void ask_device_info(struct encoder_rig *e, uint32_t value[45]) {
	memset(value, 0, 45 * sizeof(*value));
	RIG_SEND(e->rig, 0, 0x3a, 45, 64, 0x300);
	for (unsigned int i = 0; i < 44; i++) {
		uint32_t key = rig_get32(e->rig, 0x300000 + i * 8);
		value[key < 45 ? key : 0] = rig_get32(e->rig, 0x300000 + i * 8 + 4);
	}
}

static void device_info_promises_no_more_than_the_host_has(void **state) {
	struct encoder_rig *e = *state;
	uint32_t value[45];
	struct pvg_gpu_caps *caps = &e->null->caps;
	ask_device_info(e, value);
	assert_int_equal(value[1], 8);
	assert_int_equal(value[2], 1);
	assert_int_equal(value[7], 1);
	assert_int_equal(value[27], 1);
	assert_int_equal(value[35], 2048);
	caps->max_samples = 4;
	caps->max_colors = 4;
	caps->max_layers = 256;
	caps->max_threads = 512;
	caps->max_threads_axis[0] = 256;
	caps->max_threads_axis[1] = 128;
	caps->max_threads_axis[2] = 32;
	caps->threadgroup_bytes = 16384;
	caps->framebuffer_fetch = false;
	ask_device_info(e, value);
	assert_int_equal(value[1], 4);
	assert_int_equal(value[3], 256);
	assert_int_equal(value[4], 128);
	assert_int_equal(value[5], 32);
	assert_int_equal(value[6], 16384);
	assert_int_equal(value[7], 1); // by copies
	assert_int_equal(value[27], 0);
	assert_int_equal(value[29], 512);
	assert_int_equal(value[30], 16384);
	assert_int_equal(value[31], 16384);
	assert_int_equal(value[35], 256);
	caps->reads_attachments = false;
	caps->max_samples = 0; // which a guest would divide by
	ask_device_info(e, value);
	assert_int_equal(value[1], 1);
	assert_int_equal(value[7], 0);
}

// What a kernel writes there goes nowhere, and that is said.
static void formats_that_the_host_cannot_write_are_named(void **state) {
	struct encoder_rig *e = *state;
	static const uint32_t textures[] = { TARGET, DEPTH };
	e->kernel_stores = true;
	declare_kernel(e->rig, KERNEL + 2);
	for (uint32_t i = 0; i < 2; i++) {
		begin(e, 1);
		kernel(e);
		PUT(e, compute, "setComputePipelineState", { "ref", KERNEL + 2 });
		BIND(e, compute, "setTextures", 0, 1, textures[i]);
		grid(e, "dispatchThreads", 16, 16);
		end(e);
		run(e);
		assert_non_null(strstr(e->text, "dispatch 16x2x1 exact\n"));
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BINDING), i);
	}
	assert_int_equal(all_refusals(e->rig), 1);
}

static void attachments_that_the_host_has_not_cost_the_pass(void **state) {
	struct encoder_rig *e = *state;
	uint64_t refused = rig_refused(e->rig, PVG_REFUSAL_PASS);
	e->null->caps.max_colors = 4;
	begin(e, 0); // more attachments than the host has
	put_record(e, &pvg_enc_render_table, "renderPassDescriptor",
		(struct field[]){ { "depth.texture", 0 }, { "colour0.texture", 0 }, { "height", 0 },
			{ "colour4.texture", TARGET } },
		4, 0, NULL);
	pipeline(e, DRAW_PLAIN);
	draw3(e);
	end(e);
	run(e);
	ASSERT_TEXT(e, "");
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_PASS), refused + 1);
}

static void what_is_bound_and_is_not_that_is_neutral_and_named(void **state) {
	struct encoder_rig *e = *state;
	const struct {
		uint64_t buffer, texture;
		unsigned int kinds; // refused by their kind
	} cases[] = { { SOURCE, UNIFORMS, 2 }, { SAMPLER, SAMPLER, 2 }, { 77, 78, 0 } };
	uint64_t bindings = 0, kinds = 0;
	for (size_t i = 0; i < PVG_ENC_COUNT(cases); i++) {
		begin(e, 0);
		pass(e, TARGET, 1, 1);
		pipeline(e, DRAW_TEXTURED);
		BIND(e, render, "setVertexBuffers", 0, 1, cases[i].buffer, 0);
		BIND(e, render, "setFragmentTextures", 0, 1, cases[i].texture);
		draw3(e);
		end(e);
		run(e);
		ASSERT_TEXT(e,
			"begin 64x64 c0:load-store\n"
			"program\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"end 1\n");
		bindings += 3; // the buffer is not there, so nothing is bound, as for the texture
		kinds += cases[i].kinds;
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BINDING), bindings);
		assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_OBJECT_TYPE), kinds);
	}
	// One that was there a moment ago.
	begin(e, 0);
	pass(e, TARGET, 1, 1);
	pipeline(e, DRAW_TEXTURED);
	BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 0);
	BIND(e, render, "setFragmentTextures", 0, 1, SOURCE);
	draw3(e);
	end(e);
	run(e);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_BINDING), bindings);
	assert_int_equal(rig_refused(e->rig, PVG_REFUSAL_DRAW), 0);
}

// What a list has somewhere is bound there again, whatever else was bound in between.
static void constants_are_uploaded_once_a_list(void **state) {
	struct encoder_rig *e = *state;
	uint8_t *uniforms = e->rig->ram + UNIFORMS_GPA;
	for (unsigned int i = 0; i < 64; i++) { // two values, each at four places
		for (unsigned int k = 0; k < 8; k++) {
			uniforms[256 * k + i] = (uint8_t)(i + k % 2);
		}
	}
	for (unsigned int time = 0; time < 3; time++) {
		struct pvg_gpu_counters before = rig_counters(e->rig).gpu;
		begin(e, 0);
		for (unsigned int k = 0; k < 8; k++) {
			if (k % 4 == 0) { // two passes
				pass(e, k == 0 ? TARGET : OTHER, 1, 1);
				pipeline(e, DRAW_TEXTURED);
				BIND(e, render, "setFragmentTextures", 0, 1, SOURCE);
			}
			BIND(e, render, "setVertexBuffers", 0, 1, UNIFORMS, 256 * k);
			draw3(e);
			if (k % 4 == 3) {
				end(e);
				k == 3 ? begin(e, 0) : (void)0;
			}
		}
		run(e);
		ASSERT_TEXT(e,
			"begin 64x64 c0:load-store\n"
			"program\n"
			"vbuffer0 64\n"
			"ftexture0\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"end 1\n"
			"begin 64x64 c0:load-store\n"
			"program\n"
			"vbuffer0 64\n"
			"ftexture0\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"vbuffer0 64\n"
			"draw3 i0 0+3 x1 base 0,0\n"
			"end 1\n");
		struct pvg_gpu_counters after = rig_counters(e->rig).gpu;
		if (time > 0) { // the first brings the textures along
			assert_int_equal(after.uploads - before.uploads, 2);
			assert_int_equal(after.bytes_uploaded - before.bytes_uploaded, 2 * 64);
		}
		for (unsigned int k = 0; k < 8; k++) {
			uniforms[256 * k]++;
		}
	}
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, encoder_setup, encoder_teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		CASE(what_is_bound_and_is_not_that_is_neutral_and_named),
		CASE(dispatches_of_each_form),
		CASE(concurrent_dispatches_have_no_barrier_between),
		CASE(bad_dispatches_are_refused),
		CASE(large_grids_are_the_renderers_to_split),
		CASE(conditions_choose_a_branch),
		CASE(loops_turn_until_their_predicate_fails),
		CASE(a_loop_without_end_is_ended),
		CASE(buffers_are_copied_and_filled),
		CASE(textures_are_copied),
		CASE(textures_are_filled),
		CASE(bad_copies_are_refused),
		CASE(what_is_never_executed_is_refused_by_name),
		CASE(a_pipeline_that_is_built_holds_its_packet_alone),
		CASE(the_pipelines_of_a_packet_are_begun_together),
		CASE(a_failed_pipeline_refuses_its_draws),
		CASE(stamps_wait_for_the_gpu_and_other_slots_do_not),
		CASE(an_encoder_goes_on_in_the_next_segment_and_buffer),
		CASE(the_device_goes_on_without_its_renderer),
		CASE(constants_are_uploaded_once_a_list),
		CASE(kernel_limits_are_those_of_the_pipeline),
		CASE(device_info_promises_no_more_than_the_host_has),
		CASE(formats_that_the_host_cannot_write_are_named),
		CASE(attachments_that_the_host_has_not_cost_the_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
