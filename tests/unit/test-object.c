// SPDX-License-Identifier: GPL-2.0-or-later
// Object lists, snapshots, generations and deletes (spec 02 section 3).
#include <stdlib.h>

#include "core.h"
#include "fake-parts.h"
#include "harness.h"

#define ANY 0xffffffffu
#define BUFFER (1u << PVG_OBJECT_BUFFER)
#define SURFACE (1u << PVG_OBJECT_SURFACE)
#define STATE (1u << PVG_OBJECT_STATE)

struct fixture {
	struct harness h;
	struct pvg_enc_task guest; // task 1
};

static int setup(void **state) {
	struct fixture *f = malloc(sizeof(*f));

	fake_parts = (struct fake_parts){ 0 };
	assert_non_null(f);
	harness_init(&f->h, 12);
	attach(&f->h);
	assert_true(pvg_enc_task_init(&f->guest, &f->h.mem, 1, 3));
	define_task(&f->h, &f->guest);
	run(&f->h);
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;

	harness_finish(&f->h);
	free(f);
	return 0;
}

static void declare(struct fixture *f, uint32_t ref, uint8_t type, uint8_t fill, uint32_t bytes) {
	uint8_t desc[256];

	memset(desc, fill, sizeof(desc));
	if (type == PVG_OBJECT_STATE || type == PVG_OBJECT_DERIVED_TEXTURE) {
		pvg_put(desc, fill, 4); // record opcode
		pvg_put(desc + 4, bytes, 4);
	}
	assert_true(pvg_enc_task_declare(&f->guest, ref, type, desc, bytes));
}

static const struct pvg_object *lookup(struct fixture *f, uint32_t ref, uint32_t types,
	enum pvg_access want) {
	enum pvg_access access;
	const struct pvg_object *object = pvg_object_lookup(f->h.device, 1, ref, types, &access);

	assert_int_equal(access, want);
	assert_int_equal(object != NULL, want == PVG_ACCESS_OK);
	return object;
}

static void send(struct fixture *f) {
	run(&f->h);
	assert_true(acked(&f->h, 2));
}

static void an_object_is_read_when_it_is_named(void **state) {
	struct fixture *f = *state;

	lookup(f, 5, BUFFER, PVG_ACCESS_UNMAPPED);
	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	const struct pvg_object *object = lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	assert_int_equal(object->task, 1);
	assert_int_equal(object->ref, 5);
	assert_int_equal(object->type, PVG_OBJECT_BUFFER);
	assert_int_equal(object->size_bytes, 16);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(object->descriptor[i], 0x11);
	}
	lookup(f, 0, ANY, PVG_ACCESS_UNMAPPED); // nothing bound is no error
	assert_int_equal(refused(&f->h, PVG_REFUSAL_OBJECT), 0);
}

static void a_slot_may_straddle_a_page(void **state) {
	struct fixture *f = *state;

	// Slot 341 ends at byte 4104 of the list.
	declare(f, 341, PVG_OBJECT_BUFFER, 0x22, 16);
	declare(f, 342, PVG_OBJECT_BUFFER, 0x33, 16);
	assert_int_equal(lookup(f, 341, BUFFER, PVG_ACCESS_OK)->descriptor[0], 0x22);
	// The second page of the list is not there: not yet.
	lookup(f, 700, BUFFER, PVG_ACCESS_UNMAPPED);
}

static void the_snapshot_outlives_the_descriptor(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	uint32_t generation = lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation;
	uint8_t slot[12];
	assert_int_equal(pvg_task_read(f->h.device, 1, f->guest.list_gva + 60, slot, 12),
		PVG_ACCESS_OK);
	uint8_t other[16];
	memset(other, 0x99, sizeof(other));
	assert_true(pvg_enc_task_write(&f->guest, pvg_get(slot + 4, 8), other, 16));
	const struct pvg_object *object = lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	assert_int_equal(object->descriptor[0], 0x11);
	assert_int_equal(object->generation, generation);
	// Nor does an emptied slot end it, only a delete does.
	assert_true(pvg_enc_task_set_slot(&f->guest, 5, 0, 0, 0));
	assert_int_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation, generation);
}

static void nothing_is_kept_of_a_failure(void **state) {
	struct fixture *f = *state;
	uint64_t gva = pvg_enc_task_reserve(&f->guest, 1);

	// The slot is there, the descriptor is not mapped yet.
	assert_true(pvg_enc_task_set_slot(&f->guest, 5, PVG_OBJECT_BUFFER, 16, gva));
	lookup(f, 5, BUFFER, PVG_ACCESS_UNMAPPED);
	assert_true(pvg_enc_task_map(&f->guest, gva, pvg_enc_mem_alloc(&f->h.mem, 1), 1));
	lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	// Shorter than its type needs: refused, and right a moment later.
	declare(f, 6, PVG_OBJECT_SURFACE, 0, 19);
	lookup(f, 6, SURFACE, PVG_ACCESS_BAD);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_DESCRIPTOR), 1);
	declare(f, 6, PVG_OBJECT_SURFACE, 0, 36);
	lookup(f, 6, SURFACE, PVG_ACCESS_OK);
}

static void types_are_checked(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	lookup(f, 5, SURFACE | STATE, PVG_ACCESS_BAD);
	lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	lookup(f, 5, SURFACE, PVG_ACCESS_BAD); // cached or not
	declare(f, 6, 77, 0, 16);
	lookup(f, 6, ANY, PVG_ACCESS_BAD);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_OBJECT_TYPE), 3);
}

static void the_list_bounds_refs(void **state) {
	struct fixture *f = *state;
	enum pvg_access access;

	lookup(f, PVG_ENC_LIST_COUNT, ANY, PVG_ACCESS_BAD);
	lookup(f, 0xffffffff, ANY, PVG_ACCESS_BAD);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_OBJECT), 2);
	assert_null(pvg_object_lookup(f->h.device, 9, 1, ANY, &access));
	assert_int_equal(access, PVG_ACCESS_BAD);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_TASK), 1);
	struct pvg_enc_task other;
	assert_true(pvg_enc_task_init(&other, &f->h.mem, 2, 3));
	PUT(&f->h, 2, 0x38, pvg_enc_task_word(&other), 0, 4, other.dir_pfn);
	send(f);
	assert_null(pvg_object_lookup(f->h.device, 2, 1, ANY, &access));
	assert_int_equal(refused(&f->h, PVG_REFUSAL_OBJECT_LIST), 1);
}

static void the_list_may_come_before_the_kernel_task(void **state) {
	struct fixture *f = *state;
	enum pvg_access access;

	// Task 0 again, from nothing, in the other order.
	PUT(&f->h, 2, 0x20, 0);
	PUT(&f->h, 2, 0x33, 0, 1, 0x100000);
	send(f);
	assert_false(pvg_task_is_live(f->h.device, 0));
	assert_null(pvg_object_lookup(f->h.device, 0, 5, ANY, &access));
	assert_int_equal(access, PVG_ACCESS_BAD);
	PUT(&f->h, 2, 0x38, 1, 0, 4, f->h.task.dir_pfn);
	send(f);
	assert_null(pvg_object_lookup(f->h.device, 0, 5, ANY, &access));
	assert_int_equal(access, PVG_ACCESS_UNMAPPED);
}

static void rebinding_the_list_keeps_objects(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	uint32_t generation = lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation;
	PUT(&f->h, 2, 0x33, 1, 0x30000, 2);
	send(f);
	assert_int_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation, generation);
	lookup(f, 6, BUFFER, PVG_ACCESS_BAD);
	PUT(&f->h, 2, 0x33, 1, 1, 0);
	PUT(&f->h, 2, 0x38, 2, 0, 4, f->guest.dir_pfn); // a live id: objects stay
	send(f);
	assert_int_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation, generation);
}

static void a_list_that_cannot_be_leaves_the_old_one(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	PUT(&f->h, 2, 0x33, 1, 0, 16); // no page
	send(f);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_OBJECT_LIST), 1);
	lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	PUT(&f->h, 2, 0x33, 1, 1, PVG_LIST_SLOTS_MAX + 1);
	PUT(&f->h, 2, 0x33, 1, 0xffffffff, 0xffffffff);
	send(f);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_OBJECT_LIST), 3);
	lookup(f, PVG_ENC_LIST_COUNT, ANY, PVG_ACCESS_BAD); // beyond the old one
	PUT(&f->h, 2, 0x33, 9, 1, 16);
	send(f);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_TASK), 1);
	// The longest that may be, at the last page there is.
	PUT(&f->h, 2, 0x33, 1, 0xffffffff, PVG_LIST_SLOTS_MAX);
	send(f);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_OBJECT_LIST), 3);
	lookup(f, PVG_LIST_SLOTS_MAX - 1, ANY, PVG_ACCESS_UNMAPPED);
}

static void a_deleted_ref_gets_another_generation(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	uint32_t first = lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation;
	PUT(&f->h, 2, 0x25, 1, 5);
	PUT(&f->h, 2, 0x25, 1, 4711); // never heard of: no error
	send(f);
	uint32_t second = lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation;
	assert_int_not_equal(first, second);
	PUT(&f->h, 2, 0x25, 1, 5);
	send(f);
	assert_true(pvg_enc_task_set_slot(&f->guest, 5, 0, 0, 0));
	lookup(f, 5, BUFFER, PVG_ACCESS_UNMAPPED);
}

static void a_redeclaration_is_another_generation(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	uint32_t first = lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation;
	declare(f, 5, PVG_OBJECT_BUFFER, 0x22, 16); // elsewhere
	const struct pvg_object *object = lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	assert_int_not_equal(object->generation, first);
	assert_int_equal(object->descriptor[0], 0x22);
	declare(f, 5, PVG_OBJECT_SURFACE, 0, 36); // as something else
	lookup(f, 5, BUFFER, PVG_ACCESS_BAD);
	lookup(f, 5, SURFACE, PVG_ACCESS_OK);
}

// Where the slot of a ref says that its descriptor is.
static uint64_t descriptor_of(struct fixture *f, uint32_t ref) {
	uint8_t slot[12];

	assert_int_equal(pvg_task_read(f->h.device, 1, f->guest.list_gva + 12 * ref, slot, 12),
		PVG_ACCESS_OK);
	return pvg_get(slot + 4, 8);
}

static void changed(struct fixture *f, uint32_t ref) {
	PUT(&f->h, 2, 0x34, 1, 1, ref, 0x00000001);
	send(f);
}

static void the_same_words_elsewhere_are_no_redeclaration(void **state) {
	struct fixture *f = *state;
	static const uint8_t pipelines[] = { 0x0b, 0x0e };

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	uint32_t first = lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation;
	uint64_t before = descriptor_of(f, 5);
	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	assert_int_not_equal(descriptor_of(f, 5), before);
	assert_int_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation, first);
	lookup(f, 5, SURFACE, PVG_ACCESS_BAD); // it is still what it is
	// Functions and pipelines are more than their descriptors say.
	declare(f, 6, PVG_OBJECT_FUNCTION, 0x11, 36);
	first = lookup(f, 6, ANY, PVG_ACCESS_OK)->generation;
	declare(f, 6, PVG_OBJECT_FUNCTION, 0x11, 36);
	assert_int_not_equal(lookup(f, 6, ANY, PVG_ACCESS_OK)->generation, first);
	for (uint32_t i = 0; i < 2; i++) {
		declare(f, 7 + i, PVG_OBJECT_STATE, pipelines[i], 36);
		first = lookup(f, 7 + i, STATE, PVG_ACCESS_OK)->generation;
		declare(f, 7 + i, PVG_OBJECT_STATE, pipelines[i], 36);
		assert_int_not_equal(lookup(f, 7 + i, STATE, PVG_ACCESS_OK)->generation, first);
	}
}

static void an_invalidate_shows_a_descriptor_that_changed_in_place(void **state) {
	struct fixture *f = *state;
	uint8_t desc[16];

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	uint32_t first = lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation;
	changed(f, 5);
	assert_int_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation, first);
	memset(desc, 0x22, sizeof(desc));
	assert_true(pvg_enc_task_write(&f->guest, descriptor_of(f, 5), desc, sizeof(desc)));
	assert_int_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation, first); // nobody said so
	changed(f, 5);
	const struct pvg_object *object = lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	assert_int_not_equal(object->generation, first);
	assert_int_equal(object->descriptor[15], 0x22);
	// No longer mapped: what is known stays.
	first = object->generation;
	uint64_t gva = descriptor_of(f, 5);
	pvg_enc_task_unmap(&f->guest, gva & ~UINT64_C(0xfff), 1);
	PUT(&f->h, 2, 0x22, 1, (uint32_t)gva & ~0xfffu, 0, 0x1000, 0);
	send(f);
	changed(f, 5);
	assert_int_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation, first);
}

static void descriptor_memory_of_another_object_declares_nothing(void **state) {
	struct fixture *f = *state;
	uint8_t desc[36] = { 3 };

	// The record there names another ref.
	pvg_put(desc + 4, 36, 4);
	pvg_put(desc + 8, 5, 4);
	assert_true(pvg_enc_task_declare(&f->guest, 5, PVG_OBJECT_STATE, desc, 36));
	uint32_t first = lookup(f, 5, STATE, PVG_ACCESS_OK)->generation;
	pvg_put(desc + 8, 6, 4);
	assert_true(pvg_enc_task_write(&f->guest, descriptor_of(f, 5), desc, 36));
	changed(f, 5);
	assert_int_equal(lookup(f, 5, STATE, PVG_ACCESS_OK)->generation, first);
	pvg_put(desc + 8, 5, 4);
	pvg_put(desc + 12, 77, 4); // its own again, with another value
	assert_true(pvg_enc_task_write(&f->guest, descriptor_of(f, 5), desc, 36));
	changed(f, 5);
	assert_int_not_equal(lookup(f, 5, STATE, PVG_ACCESS_OK)->generation, first);
	// A buffer names none: its memory is another object's since.
	declare(f, 7, PVG_OBJECT_BUFFER, 0x11, 16);
	first = lookup(f, 7, BUFFER, PVG_ACCESS_OK)->generation;
	memset(desc, 0x22, 16);
	assert_true(pvg_enc_task_write(&f->guest, descriptor_of(f, 7), desc, 16));
	assert_true(pvg_enc_task_set_slot(&f->guest, 8, PVG_OBJECT_BUFFER, 16,
		descriptor_of(f, 7)));
	lookup(f, 8, BUFFER, PVG_ACCESS_OK);
	changed(f, 7);
	assert_int_equal(lookup(f, 7, BUFFER, PVG_ACCESS_OK)->generation, first);
}

static void the_same_ref_under_two_tasks_is_two_objects(void **state) {
	struct fixture *f = *state;
	enum pvg_access access;
	uint8_t desc[36] = { 7 };

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	assert_true(pvg_enc_task_declare(&f->h.task, 5, PVG_OBJECT_SURFACE, desc, 36));
	lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	const struct pvg_object *surface = pvg_object_lookup(f->h.device, 0, 5, SURFACE, &access);
	assert_non_null(surface);
	uint32_t generation = surface->generation;
	PUT(&f->h, 2, 0x20, 1);
	send(f);
	surface = pvg_object_lookup(f->h.device, 0, 5, SURFACE, &access);
	assert_int_equal(surface->generation, generation);
}

static void destroy_records_end_their_own_kind_only(void **state) {
	static const struct {
		uint32_t destroy;
		uint8_t type, declare;
	} kinds[] = {
		{ 0x3ea, 7, 0x04 },
		{ 0x3eb, 7, 0x03 },
		{ 0x3ed, 6, 0 },
		{ 0x3ee, 7, 0x0b },
		{ 0x3ef, 7, 0x0e },
		{ 0x3f1, 7, 0x0d },
		{ 0x3f6, 7, 0x32 },
		{ 0x3f7, 7, 0x36 },
	};
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 8; i++) {
		declare(f, 10 + i, kinds[i].type, kinds[i].declare, 36);
		uint32_t generation = lookup(f, 10 + i, ANY, PVG_ACCESS_OK)->generation;
		for (uint32_t opcode = 0x3e7; opcode < 0x3fa; opcode++) {
			if (opcode != kinds[i].destroy) {
				PUT(&f->h, 2, 0x28, 1, opcode, 12, 10 + i);
			}
		}
		send(f);
		assert_int_equal(lookup(f, 10 + i, ANY, PVG_ACCESS_OK)->generation, generation);
		PUT(&f->h, 2, 0x28, 1, kinds[i].destroy, 12, 10 + i);
		send(f);
		assert_int_not_equal(lookup(f, 10 + i, ANY, PVG_ACCESS_OK)->generation, generation);
	}
	// Destroy refs of buffers and textures are not list indices.
	declare(f, 30, PVG_OBJECT_BUFFER, 1, 16);
	uint32_t generation = lookup(f, 30, ANY, PVG_ACCESS_OK)->generation;
	PUT(&f->h, 2, 0x28, 1, 0x3e8, 12, 30);
	PUT(&f->h, 2, 0x28, 1, 0x3e9, 12, 30);
	send(f);
	assert_int_equal(lookup(f, 30, ANY, PVG_ACCESS_OK)->generation, generation);
}

static void destroy_records_that_are_none_are_named(void **state) {
	struct fixture *f = *state;
	static const uint32_t others[] = { 0, 3, 0x3e7, 0x3ec, 0x3f0, 0x3f2, 0x3f3, 0x3f5, 0x3f8,
		0xffffffff };
	uint32_t count = 0;

	declare(f, 5, PVG_OBJECT_STATE, 3, 36);
	uint32_t generation = lookup(f, 5, ANY, PVG_ACCESS_OK)->generation;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		PUT(&f->h, 2, 0x28, 1, others[i], 12, 5);
		send(f);
		assert_int_equal(refused(&f->h, PVG_REFUSAL_DELETE), ++count);
	}
	PUT(&f->h, 2, 0x28, 1, 0x3eb, 16, 5, 0); // longer than it is
	send(f);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_DELETE), ++count);
	assert_int_equal(lookup(f, 5, ANY, PVG_ACCESS_OK)->generation, generation);
	// All eleven, of objects that are not there: no error.
	for (uint32_t opcode = 0x3e8; opcode <= 0x3f7; opcode++) {
		if (opcode != 0x3ec && opcode != 0x3f0 && opcode != 0x3f2 && opcode != 0x3f3 &&
			opcode != 0x3f5) {
			PUT(&f->h, 2, 0x28, 1, opcode, 12, 4711);
		}
	}
	send(f);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_DELETE), count);
}

static void delete_resource_leaves_states_and_functions(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_STATE, 3, 36);
	declare(f, 6, PVG_OBJECT_FUNCTION, 3, 36);
	uint32_t five = lookup(f, 5, ANY, PVG_ACCESS_OK)->generation;
	uint32_t six = lookup(f, 6, ANY, PVG_ACCESS_OK)->generation;
	PUT(&f->h, 2, 0x25, 1, 5);
	PUT(&f->h, 2, 0x25, 1, 6);
	send(f);
	assert_int_equal(lookup(f, 5, ANY, PVG_ACCESS_OK)->generation, five);
	assert_int_equal(lookup(f, 6, ANY, PVG_ACCESS_OK)->generation, six);
}

static void a_surface_backing_may_be_deleted(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_SURFACE, 0, 36);
	declare(f, 6, PVG_OBJECT_BUFFER, 0, 16);
	uint32_t five = lookup(f, 5, ANY, PVG_ACCESS_OK)->generation;
	uint32_t six = lookup(f, 6, ANY, PVG_ACCESS_OK)->generation;
	PUT(&f->h, 2, 0x36, 5, 1); // object first
	PUT(&f->h, 2, 0x36, 6, 1); // not a surface
	send(f);
	assert_int_not_equal(lookup(f, 5, ANY, PVG_ACCESS_OK)->generation, five);
	assert_int_equal(lookup(f, 6, ANY, PVG_ACCESS_OK)->generation, six);
}

static void a_record_fills_its_descriptor(void **state) {
	struct fixture *f = *state;
	uint8_t desc[36] = { 3 };

	pvg_put(desc + 4, 32, 4);
	assert_true(pvg_enc_task_declare(&f->guest, 5, PVG_OBJECT_STATE, desc, 36));
	lookup(f, 5, STATE, PVG_ACCESS_BAD);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_DESCRIPTOR), 1);
	pvg_put(desc + 4, 36, 4);
	assert_true(pvg_enc_task_declare(&f->guest, 5, PVG_OBJECT_STATE, desc, 36));
	lookup(f, 5, STATE, PVG_ACCESS_OK);
}

static void descriptors_have_a_largest_size(void **state) {
	struct fixture *f = *state;
	uint64_t gva;

	assert_non_null(pvg_enc_task_alloc(&f->guest, PVG_DESCRIPTOR_MAX + 4096, &gva));
	assert_true(pvg_enc_task_set_slot(&f->guest, 5, PVG_OBJECT_FUNCTION, PVG_DESCRIPTOR_MAX,
		gva));
	lookup(f, 5, ANY, PVG_ACCESS_OK);
	assert_true(pvg_enc_task_set_slot(&f->guest, 5, PVG_OBJECT_FUNCTION, PVG_DESCRIPTOR_MAX + 1,
		gva));
	lookup(f, 5, ANY, PVG_ACCESS_BAD);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_DESCRIPTOR), 1);
}

static void all_snapshots_together_have_a_largest_size(void **state) {
	struct fixture *f = *state;
	uint64_t gva;

	assert_non_null(pvg_enc_task_alloc(&f->guest, PVG_DESCRIPTOR_MAX, &gva));
	uint32_t fit = PVG_DESCRIPTORS_BYTES_MAX / PVG_DESCRIPTOR_MAX;
	for (uint32_t ref = 1; ref <= fit; ref++) {
		assert_true(pvg_enc_task_set_slot(&f->guest, ref, PVG_OBJECT_FUNCTION,
			PVG_DESCRIPTOR_MAX, gva));
		lookup(f, ref, ANY, PVG_ACCESS_OK);
	}
	assert_true(pvg_enc_task_set_slot(&f->guest, fit + 1, PVG_OBJECT_FUNCTION, 16, gva));
	lookup(f, fit + 1, ANY, PVG_ACCESS_BAD);
	assert_int_equal(refused(&f->h, PVG_REFUSAL_OBJECT), 1);
	PUT(&f->h, 2, 0x20, 1);
	send(f);
	assert_int_equal(f->h.device->core->objects.descriptors_bytes, 0);
	assert_int_equal(f->h.device->core->objects.count, 0);
}

static void many_objects_are_found_and_go_with_their_task(void **state) {
	struct fixture *f = *state;

	for (uint32_t ref = 1; ref <= 5000; ref++) {
		declare(f, ref, PVG_OBJECT_BUFFER, (uint8_t)ref, 16);
		lookup(f, ref, BUFFER, PVG_ACCESS_OK);
	}
	for (uint32_t ref = 1; ref <= 5000; ref++) {
		assert_int_equal(lookup(f, ref, BUFFER, PVG_ACCESS_OK)->descriptor[3],
			(uint8_t)ref);
	}
	for (uint32_t ref = 1; ref <= 5000; ref += 2) {
		PUT(&f->h, 2, 0x25, 1, ref);
		if (ref % 64 == 1) {
			send(f);
		}
	}
	send(f);
	assert_int_equal(f->h.device->core->objects.count, 2500);
	PUT(&f->h, 2, 0x20, 1);
	send(f);
	assert_int_equal(f->h.device->core->objects.count, 0);
}

static void validity_bytes_clear_before_they_set(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	const struct pvg_object *object = lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	assert_false(object->host_valid);
	assert_true(object->guest_valid);
	for (uint32_t quad = 0; quad < 16; quad++) {
		const uint8_t bytes[4] = { quad & 1, quad >> 1 & 1, quad >> 2 & 1, quad >> 3 & 1 };
		bool host = object->host_valid, guest = object->guest_valid;
		uint32_t word;
		memcpy(&word, bytes, 4);
		PUT(&f->h, 2, 0x34, 1, 3, 0, word, 4711, word, 5, word);
		send(f);
		object = lookup(f, 5, BUFFER, PVG_ACCESS_OK);
		host = (host && !bytes[0]) || bytes[1];
		guest = (guest && !bytes[2]) || bytes[3];
		assert_int_equal(object->host_valid, host);
		assert_int_equal(object->guest_valid, guest);
	}
}

static void synchronising_makes_guest_memory_valid(void **state) {
	struct fixture *f = *state;
	static const struct {
		uint16_t opcode;
		bool valid;
	} cases[] = { { 0x35, true }, { 0x3e, true }, { 0x3f, false } };

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	lookup(f, 5, BUFFER, PVG_ACCESS_OK);
	for (size_t i = 0; i < 3; i++) {
		PUT(&f->h, 2, 0x34, 1, 1, 5, 0x00010100); // host valid, guest stale
		PUT(&f->h, 2, cases[i].opcode, 1, 3, 0, 4711, 5);
		send(f);
		assert_int_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->guest_valid, cases[i].valid);
	}
}

static void a_forgotten_object_is_read_again(void **state) {
	struct fixture *f = *state;

	declare(f, 5, PVG_OBJECT_BUFFER, 0x11, 16);
	uint32_t first = lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation;
	pvg_object_forget(f->h.device, 1, 5);
	pvg_object_forget(f->h.device, 1, 6);
	assert_int_not_equal(lookup(f, 5, BUFFER, PVG_ACCESS_OK)->generation, first);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
		T(an_object_is_read_when_it_is_named),
		T(a_slot_may_straddle_a_page),
		T(the_snapshot_outlives_the_descriptor),
		T(nothing_is_kept_of_a_failure),
		T(types_are_checked),
		T(the_list_bounds_refs),
		T(the_list_may_come_before_the_kernel_task),
		T(rebinding_the_list_keeps_objects),
		T(a_list_that_cannot_be_leaves_the_old_one),
		T(a_deleted_ref_gets_another_generation),
		T(a_redeclaration_is_another_generation),
		T(the_same_words_elsewhere_are_no_redeclaration),
		T(an_invalidate_shows_a_descriptor_that_changed_in_place),
		T(descriptor_memory_of_another_object_declares_nothing),
		T(the_same_ref_under_two_tasks_is_two_objects),
		T(destroy_records_end_their_own_kind_only),
		T(destroy_records_that_are_none_are_named),
		T(delete_resource_leaves_states_and_functions),
		T(a_surface_backing_may_be_deleted),
		T(a_record_fills_its_descriptor),
		T(descriptors_have_a_largest_size),
		T(all_snapshots_together_have_a_largest_size),
		T(many_objects_are_found_and_go_with_their_task),
		T(validity_bytes_clear_before_they_set),
		T(synchronising_makes_guest_memory_valid),
		T(a_forgotten_object_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
