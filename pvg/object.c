// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects are declared by lists in guest memory (spec 02 section 3). What was resolved once is kept
 * as a snapshot until it is deleted, because the guest reuses descriptor memory at once; what did
 * not resolve is not remembered, because the guest publishes lazily.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "gpu/gpu-private.h"
#include "wire/records.h"

#define ENTRY_BYTES 12u
#define BUCKETS_MIN 256u
#define SHOWN_BYTES 128u // of a descriptor that nobody can read
#define COMPARED_BYTES 256u // at a time

struct pvg_object_node {
	struct pvg_object object;
	uint32_t type_len; // the slot's words, to notice a redeclaration
	uint64_t desc_gva;
	struct pvg_object_node *next_in_bucket; // borrowed
	struct pvg_object_node *next_of_task;   // pvg_task.objects
	struct pvg_object_node **link_of_task;  // what points here
};

bool pvg_objects_init(struct pvg_device *device) {
	struct pvg_objects *objects = &device->core->objects;

	objects->buckets = calloc(BUCKETS_MIN, sizeof(struct pvg_object_node *));
	objects->buckets_count = BUCKETS_MIN;
	return objects->buckets != NULL;
}

void pvg_objects_finish(struct pvg_device *device) {
	free(device->core->objects.buckets); // empty: tasks own the nodes
}

static struct pvg_object_node **bucket_of(const struct pvg_objects *objects, uint32_t task,
	uint32_t ref) {
	uint64_t key = (uint64_t)task << 32 | ref;

	key *= UINT64_C(0x9e3779b97f4a7c15);
	return &objects->buckets[(key >> 32) & (objects->buckets_count - 1)];
}

static struct pvg_object_node *find_node(const struct pvg_device *device, uint32_t task,
	uint32_t ref) {
	struct pvg_object_node *node = *bucket_of(&device->core->objects, task, ref);

	while (node != NULL && (node->object.task != task || node->object.ref != ref)) {
		node = node->next_in_bucket;
	}
	return node;
}

// Without memory the table stays as it is: slower, not wrong.
static void grow(struct pvg_objects *objects) {
	struct pvg_objects bigger = { .buckets_count = objects->buckets_count * 2 };

	bigger.buckets = calloc(bigger.buckets_count, sizeof(struct pvg_object_node *));
	if (bigger.buckets == NULL) {
		return;
	}
	for (size_t i = 0; i < objects->buckets_count; i++) {
		struct pvg_object_node *node = objects->buckets[i];
		while (node != NULL) {
			struct pvg_object_node *next = node->next_in_bucket;
			struct pvg_object_node **bucket =
				bucket_of(&bigger, node->object.task, node->object.ref);
			node->next_in_bucket = *bucket;
			*bucket = node;
			node = next;
		}
	}
	free(objects->buckets);
	objects->buckets = bigger.buckets;
	objects->buckets_count = bigger.buckets_count;
}

static void insert_node(struct pvg_device *device, struct pvg_task *task,
	struct pvg_object_node *node) {
	struct pvg_objects *objects = &device->core->objects;

	if (objects->count >= objects->buckets_count) {
		grow(objects);
	}
	struct pvg_object_node **bucket = bucket_of(objects, node->object.task, node->object.ref);
	node->next_in_bucket = *bucket;
	*bucket = node;
	node->next_of_task = task->objects;
	node->link_of_task = &task->objects;
	if (task->objects != NULL) {
		task->objects->link_of_task = &node->next_of_task;
	}
	task->objects = node;
	objects->count++;
	objects->descriptors_bytes += node->object.size_bytes;
}

static void drop_node(struct pvg_device *device, struct pvg_object_node *node) {
	struct pvg_objects *objects = &device->core->objects;
	struct pvg_object_node **link = bucket_of(objects, node->object.task, node->object.ref);

	while (*link != node) {
		link = &(*link)->next_in_bucket;
	}
	*link = node->next_in_bucket;
	*node->link_of_task = node->next_of_task;
	if (node->next_of_task != NULL) {
		node->next_of_task->link_of_task = node->link_of_task;
	}
	objects->count--;
	objects->descriptors_bytes -= node->object.size_bytes;
	free(node->object.descriptor);
	free(node);
}

void pvg_objects_drop_task(struct pvg_device *device, struct pvg_task *task) {
	while (task->objects != NULL) {
		drop_node(device, task->objects);
	}
}

void pvg_object_forget(struct pvg_device *device, uint32_t task, uint32_t ref) {
	struct pvg_object_node *node = find_node(device, task, ref);

	if (node != NULL) {
		drop_node(device, node);
	}
}

bool pvg_object_is_known(const struct pvg_device *device, uint32_t task, uint32_t ref) {
	return find_node(device, task, ref) != NULL;
}

void pvg_object_set_alias_generation(struct pvg_device *device, const struct pvg_object *object,
	uint32_t generation) {
	find_node(device, object->task, object->ref)->object.alias_generation = generation;
}

/* ---- resolving ------------------------------------------------------------------------------- */

// What the type's decoder needs at the least (spec 02 section 4).
static uint32_t descriptor_min(uint8_t type) {
	switch (type) {
	case PVG_OBJECT_BUFFER:
		return 16;
	case PVG_OBJECT_TEXTURE_2:
	case PVG_OBJECT_TEXTURE_3:
		return 116;
	case PVG_OBJECT_SURFACE:
		return 20;
	case PVG_OBJECT_SURFACE_TEXTURE:
		return 16;
	case PVG_OBJECT_STATE:
	case PVG_OBJECT_DERIVED_TEXTURE:
		return 8;
	default:
		return 1;
	}
}

// Spec 02 section 3.2: a serializer record fills its descriptor.
static bool record_fits(const struct pvg_object *object) {
	if (object->type != PVG_OBJECT_STATE && object->type != PVG_OBJECT_DERIVED_TEXTURE) {
		return true;
	}
	struct pvg_cursor c = pvg_cursor_init(object->descriptor, object->size_bytes);
	pvg_rd_skip(&c, 4);
	uint32_t length = pvg_rd32(&c);
	return !c.failed && length == object->size_bytes;
}

static enum pvg_access read_entry(struct pvg_device *device, const struct pvg_task *task,
	uint32_t ref, uint32_t *type_len, uint64_t *desc_gva) {
	uint8_t entry[ENTRY_BYTES];
	uint64_t gva = pvg_pfn_address(device, task->list_pfn) + (uint64_t)ref * ENTRY_BYTES;
	enum pvg_access access = pvg_task_read(device, task->id, gva, entry, sizeof(entry));

	if (access == PVG_ACCESS_OK) {
		struct pvg_cursor c = pvg_cursor_init(entry, sizeof(entry));
		*type_len = pvg_rd32(&c);
		*desc_gva = pvg_rd64(&c);
	}
	return access;
}

static enum pvg_access construct(struct pvg_device *device, struct pvg_task *task, uint32_t ref,
	uint32_t type_len, uint64_t desc_gva, struct pvg_object_node **out) {
	struct pvg_objects *objects = &device->core->objects;
	uint8_t type = (uint8_t)type_len;
	uint32_t size_bytes = type_len >> 8;
	enum pvg_access access = PVG_ACCESS_BAD;

	if (size_bytes > PVG_DESCRIPTOR_MAX || size_bytes < descriptor_min(type)) {
		PVG_REFUSE(device, DESCRIPTOR, "task %u: object %u: type %u with %u bytes",
			task->id, ref, type, size_bytes);
		return PVG_ACCESS_BAD;
	}
	if (objects->count >= PVG_OBJECTS_MAX ||
		objects->descriptors_bytes + size_bytes > PVG_DESCRIPTORS_BYTES_MAX) {
		PVG_REFUSE(device, OBJECT, "task %u: object %u: %zu objects are alive", task->id,
			ref, objects->count);
		return PVG_ACCESS_BAD;
	}
	struct pvg_object_node *node = calloc(1, sizeof(*node));
	uint8_t *descriptor = malloc(size_bytes);
	if (node == NULL || descriptor == NULL) {
		PVG_REFUSE(device, OBJECT, "task %u: object %u: out of memory", task->id, ref);
		goto error;
	}
	access = pvg_task_read(device, task->id, desc_gva, descriptor, size_bytes);
	if (access != PVG_ACCESS_OK) {
		goto error;
	}
	node->object = (struct pvg_object){
		.task = task->id,
		.ref = ref,
		.type = type,
		.size_bytes = size_bytes,
		.descriptor = descriptor,
		.guest_valid = true, // declared by the guest, nothing of ours yet
	};
	if (!record_fits(&node->object)) {
		PVG_REFUSE(device, DESCRIPTOR,
			"task %u: object %u: type %u: record and list disagree", task->id, ref,
			type);
		access = PVG_ACCESS_BAD;
		goto error;
	}
	node->object.generation = ++objects->last_generation;
	node->type_len = type_len;
	node->desc_gva = desc_gva;
	insert_node(device, task, node);
	*out = node;
	return PVG_ACCESS_OK;

error:
	free(descriptor);
	free(node);
	return access;
}

/*
 * Types that have no decoder are shown once for each length: somebody has to write it. So are
 * buffers that say more than one range: only the first is used (spec 02 section 4.1).
 */
static void show_unknown(struct pvg_device *device, const struct pvg_task *task, uint32_t ref,
	uint32_t type_len, uint64_t desc_gva) {
	struct pvg_objects *objects = &device->core->objects;
	uint8_t bytes[SHOWN_BYTES];
	char text[2 * SHOWN_BYTES + 1];
	uint32_t size_bytes = type_len >> 8;
	uint8_t type = (uint8_t)type_len;

	bool whole = type == PVG_OBJECT_BUFFER ? size_bytes <= descriptor_min(type)
					       : type <= PVG_OBJECT_DERIVED_TEXTURE ||
			type == PVG_OBJECT_MEMORYLESS || type == PVG_OBJECT_MAPPER_TEXTURE;
	if (whole || objects->shown_count == sizeof(objects->shown) / sizeof(objects->shown[0])) {
		return;
	}
	for (size_t i = 0; i < objects->shown_count; i++) {
		if (objects->shown[i] == type_len) {
			return;
		}
	}
	size_t count = size_bytes < sizeof(bytes) ? size_bytes : sizeof(bytes);
	if (pvg_task_read(device, task->id, desc_gva, bytes, count) != PVG_ACCESS_OK) {
		return;
	}
	objects->shown[objects->shown_count++] = type_len;
	for (size_t i = 0; i < count; i++) {
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	}
	pvg_info("task %u: object %u: type %u %s, %u bytes: %s", task->id, ref, type,
		type == PVG_OBJECT_BUFFER ? "has more than a range" : "has no decoder", size_bytes,
		text);
}

static bool refuse_type(struct pvg_device *device, uint32_t task, uint32_t ref, uint8_t type,
	uint32_t types, enum pvg_access *access) {
	if (type < 32 && (types >> type & 1) != 0) {
		return false;
	}
	PVG_REFUSE(device, OBJECT_TYPE, "task %u: object %u: type %u is not wanted here", task, ref,
		type);
	*access = PVG_ACCESS_BAD;
	return true;
}

static const struct pvg_object *check_type(struct pvg_device *device,
	const struct pvg_object_node *node, uint32_t types, enum pvg_access *access) {
	const struct pvg_object *object = &node->object;

	if (refuse_type(device, object->task, object->ref, object->type, types, access)) {
		return NULL;
	}
	*access = PVG_ACCESS_OK;
	return object;
}

/* ---- declared again -------------------------------------------------------------------------- */

// Are the descriptor's bytes at @gva those of the snapshot? UNMAPPED, RETRY: not known.
static enum pvg_access compare(struct pvg_device *device, const struct pvg_object *object,
	uint64_t gva, bool *same) {
	uint8_t bytes[COMPARED_BYTES];

	*same = true;
	for (uint32_t at = 0; at < object->size_bytes && *same; at += sizeof(bytes)) {
		uint32_t left = object->size_bytes - at;
		size_t count = left < sizeof(bytes) ? left : sizeof(bytes);
		uint64_t from;
		enum pvg_access access = pvg_add(gva, at, &from)
			? pvg_task_read(device, object->task, from, bytes, count)
			: PVG_ACCESS_UNMAPPED;
		if (access != PVG_ACCESS_OK) {
			return access;
		}
		*same = memcmp(bytes, object->descriptor + at, count) == 0;
	}
	return PVG_ACCESS_OK;
}

/*
 * Functions and pipelines are more than their descriptors say: code at the same place, functions
 * under the same refs may be others.
 */
static bool is_all_said(const struct pvg_object *object) {
	struct pvg_cursor c = pvg_cursor_init(object->descriptor, object->size_bytes);

	if (object->type == PVG_OBJECT_STATE) {
		uint32_t opcode = pvg_rd32(&c);
		return opcode != 0x0b && opcode != 0x0e;
	}
	return object->type != PVG_OBJECT_FUNCTION;
}

// A slot that was written again and says the same as before: nothing is built again.
static bool says_the_same(struct pvg_device *device, struct pvg_object_node *node,
	uint32_t type_len, uint64_t desc_gva) {
	bool same;

	if (node->type_len != type_len || !is_all_said(&node->object) ||
		compare(device, &node->object, desc_gva, &same) != PVG_ACCESS_OK || !same) {
		return false;
	}
	node->desc_gva = desc_gva;
	return true;
}

/*
 * Descriptor memory may be used again for another object at once (spec 02 section 3.3): what stands
 * there now is a declaration of this ref only when it names this ref, where its kind names one, and
 * no later object has been declared with that memory.
 */
static bool declares(const struct pvg_device *device, const struct pvg_object_node *node) {
	const struct pvg_object *object = &node->object;
	const struct pvg_task *task = pvg_task_find(device, object->task);
	uint8_t head[20]; // a record's header and its own ref, behind a type-5 head
	uint32_t at = object->type == PVG_OBJECT_SURFACE_TEXTURE ? 8 : 0;
	bool named = at != 0 || object->type == PVG_OBJECT_DERIVED_TEXTURE ||
		object->type == PVG_OBJECT_STATE;

	for (const struct pvg_object_node *other = task->objects; other != NULL;
		other = other->next_of_task) {
		if (other->desc_gva == node->desc_gva &&
			other->object.generation > object->generation) {
			return false;
		}
	}
	if (!named || object->size_bytes < at + 12) {
		return true;
	}
	if (pvg_task_read((struct pvg_device *)device, object->task, node->desc_gva, head,
		    at + 12) != PVG_ACCESS_OK) {
		return false;
	}
	struct pvg_cursor c = pvg_cursor_init(head, at + 12);
	pvg_rd_skip(&c, at + 4);
	uint32_t length = pvg_rd32(&c);
	return length == object->size_bytes - at && pvg_rd32(&c) == object->ref;
}

/*
 * The guest has named the object as changed: its descriptor may have been, in place (spec 02
 * section 3.5 rule 3). Then it is another generation, which the next use reads.
 */
static void check_declaration(struct pvg_device *device, uint32_t task_id, uint32_t ref) {
	const struct pvg_task *task = pvg_task_find(device, task_id);
	struct pvg_object_node *node = find_node(device, task_id, ref);
	uint32_t type_len;
	uint64_t desc_gva;
	bool same;

	if (node == NULL || task == NULL || !task->list_bound || ref >= task->list_count ||
		read_entry(device, task, ref, &type_len, &desc_gva) != PVG_ACCESS_OK ||
		type_len != node->type_len || desc_gva != node->desc_gva) {
		return; // a slot that changed is seen by the lookup
	}
	if (compare(device, &node->object, desc_gva, &same) == PVG_ACCESS_OK && !same &&
		declares(device, node)) {
		drop_node(device, node);
	}
}

const struct pvg_object *pvg_object_lookup(struct pvg_device *device, uint32_t task_id,
	uint32_t ref, uint32_t types, enum pvg_access *access) {
	uint32_t type_len = 0;
	uint64_t desc_gva = 0;

	*access = PVG_ACCESS_UNMAPPED;
	if (ref == 0) {
		return NULL;
	}
	*access = PVG_ACCESS_BAD;
	struct pvg_task *task = pvg_task_get(device, task_id, "object");
	if (task == NULL) {
		return NULL;
	}
	struct pvg_object_node *node = find_node(device, task_id, ref);
	if (!task->list_bound || ref >= task->list_count) {
		// A new list does not destroy what an older one declared (spec 01 section 4.8).
		if (node != NULL) {
			return check_type(device, node, types, access);
		}
		if (!task->list_bound) {
			PVG_REFUSE(device, OBJECT_LIST, "task %u: object %u: no object list",
				task_id, ref);
		} else {
			PVG_REFUSE(device, OBJECT, "task %u: object %u: the list has %u", task_id,
				ref, task->list_count);
		}
		return NULL;
	}
	*access = read_entry(device, task, ref, &type_len, &desc_gva);
	bool empty = *access != PVG_ACCESS_OK || type_len >> 8 == 0 || desc_gva == 0;
	if (node != NULL && (empty || (node->type_len == type_len && node->desc_gva == desc_gva))) {
		return check_type(device, node, types, access);
	}
	if (empty) {
		if (*access == PVG_ACCESS_OK) {
			*access = PVG_ACCESS_UNMAPPED;
		}
		return NULL;
	}
	if (node != NULL) {
		// Declared again without a delete (spec 02 section 3.5 rule 3): another generation.
		if (says_the_same(device, node, type_len, desc_gva)) {
			return check_type(device, node, types, access);
		}
		drop_node(device, node);
	}
	if (refuse_type(device, task_id, ref, (uint8_t)type_len, types, access)) {
		show_unknown(device, task, ref, type_len, desc_gva);
		return NULL;
	}
	*access = construct(device, task, ref, type_len, desc_gva, &node);
	if (*access != PVG_ACCESS_OK) {
		return NULL;
	}
	show_unknown(device, task, ref, type_len, desc_gva);
	return &node->object;
}

void pvg_object_apply_validity(struct pvg_device *device, uint32_t task, uint32_t ref,
	const uint8_t quad[4]) {
	if (ref != 0) {
		check_declaration(device, task, ref);
	}
	if (device->gpu != NULL) {
		pvg_gpu_validity(device->gpu, task, ref, quad); // may resolve it
	}
	struct pvg_object_node *node = ref != 0 ? find_node(device, task, ref) : NULL;
	if (node == NULL) {
		return;
	}
	struct pvg_object *object = &node->object;
	if (quad[0] != 0) {
		object->host_valid = false;
	}
	if (quad[1] != 0) {
		object->host_valid = true;
	}
	if (quad[2] != 0) {
		object->guest_valid = false;
	}
	if (quad[3] != 0) {
		object->guest_valid = true;
	}
}

/* ---- packets --------------------------------------------------------------------------------- */

enum pvg_verdict pvg_op_set_object_list(struct pvg_device *device,
	const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t id = pvg_rd32(&c);
	uint32_t pfn = pvg_rd32(&c);
	uint32_t count = pvg_rd32(&c);
	/*
	 * The order of the first root commands is not fixed, and the kernel's task exists before
	 * any other (spec 01 section 2.5, 02 section 3.3): its list may come before its 0x38.
	 */
	struct pvg_task *task =
		id == 0 ? pvg_task_make(device, id) : pvg_task_get(device, id, "SetObjectList");

	if (task == NULL) {
		return PVG_DONE;
	}
	if (pfn == 0 || count > PVG_LIST_SLOTS_MAX) { // the old one stays (spec 02 section 8.2)
		PVG_REFUSE(device, OBJECT_LIST, "task %u: object list of %u slots at page 0x%x", id,
			count, pfn);
		return PVG_DONE;
	}
	task->list_bound = true;
	task->list_pfn = pfn;
	task->list_count = count;
	return PVG_DONE;
}

// @node: NULL when it does not resolve any more; what was made of it before goes all the same.
static void object_gone(struct pvg_device *device, uint32_t task, uint32_t ref,
	struct pvg_object_node *node) {
	if (device->gpu != NULL) {
		pvg_gpu_object_gone(device->gpu, task, ref);
	}
	if (node != NULL) {
		drop_node(device, node);
	}
}

// Types of DeleteResource's space (spec 02 section 3.5).
static bool is_resource(uint8_t type) {
	return type != PVG_OBJECT_FUNCTION && type != PVG_OBJECT_STATE && type != 10;
}

enum pvg_verdict pvg_op_delete_resource(struct pvg_device *device,
	const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t id = pvg_rd32(&c);
	uint32_t ref = pvg_rd32(&c);

	if (pvg_task_get(device, id, "DeleteResource") == NULL) {
		return PVG_DONE;
	}
	// Deleting what was never needed is no error.
	struct pvg_object_node *node = find_node(device, id, ref);
	if (node == NULL || is_resource(node->object.type)) {
		object_gone(device, id, ref, node);
	}
	return PVG_DONE;
}

/*
 * The kind that a destroy record names, as the record opcode of its declaration. Buffers and
 * textures (0x3e8, 0x3e9) are missing on purpose: their destroy refs are not list indices, and
 * deleting by them would end unrelated objects (spec 01 section 4.8, note on 0x28).
 */
static bool destroys(const struct pvg_object *object, uint32_t destroy_opcode) {
	static const struct {
		uint32_t destroy, declare;
	} kinds[] = {
		{ 0x3ea, 0x04 }, // depth-stencil state
		{ 0x3eb, 0x03 }, // sampler
		{ 0x3ee, 0x0b }, // compute pipeline
		{ 0x3ef, 0x0e }, // render pipeline
		{ 0x3f1, 0x0d }, // fence
		{ 0x3f6, 0x32 }, // rate map
		{ 0x3f7, 0x36 }, // indirect command buffer
	};

	if (object->type == PVG_OBJECT_FUNCTION) {
		return destroy_opcode == 0x3ed;
	}
	if (object->type != PVG_OBJECT_STATE) {
		return false;
	}
	struct pvg_cursor c = pvg_cursor_init(object->descriptor, object->size_bytes);
	uint32_t declare = pvg_rd32(&c);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].destroy == destroy_opcode) {
			return kinds[i].declare == declare;
		}
	}
	return false;
}

enum pvg_verdict pvg_op_delete_object(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t id = pvg_rd32(&c);
	uint32_t opcode = pvg_rd32(&c);
	uint32_t length_bytes = pvg_rd32(&c);
	uint32_t ref = pvg_rd32(&c);

	const struct pvg_record_info *info = pvg_record_find(PVG_SPACE_DESTROY, opcode);
	if (info == NULL || length_bytes != info->length ||
		length_bytes > packet->payload_size - 4) {
		PVG_REFUSE(device, DELETE, "task %u: DeleteObject: record 0x%x of %u bytes in %zu",
			id, opcode, length_bytes, packet->payload_size);
		return PVG_DONE;
	}
	if (pvg_task_get(device, id, "DeleteObject") == NULL) {
		return PVG_DONE;
	}
	struct pvg_object_node *node = find_node(device, id, ref);
	if (node != NULL && destroys(&node->object, opcode)) {
		object_gone(device, id, ref, node);
	}
	return PVG_DONE;
}

enum pvg_verdict pvg_op_delete_surface(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t ref = pvg_rd32(&c); // this order: spec 01 section 4.8
	uint32_t id = pvg_rd32(&c);
	struct pvg_task *task = pvg_task_get(device, id, "DeleteIOSurfaceBacking2");

	if (task == NULL) {
		return PVG_DONE;
	}
	struct pvg_object_node *node = find_node(device, id, ref);
	if (node == NULL || node->object.type == PVG_OBJECT_SURFACE) {
		object_gone(device, id, ref, node);
	}
	pvg_task_invalidate_all(device, task);
	return PVG_DONE;
}

enum pvg_verdict pvg_op_replace_physical(struct pvg_device *device,
	const struct pvg_packet *packet) {
	struct pvg_cursor c = pvg_cursor_init(packet->payload, packet->payload_size);
	uint32_t id = pvg_rd32(&c);
	uint32_t ref = pvg_rd32(&c);
	struct pvg_task *task = pvg_task_get(device, id, "ReplacePhysical");

	if (task != NULL) {
		// Its range is its decoder's to know: all translations go. The object stays.
		pvg_task_invalidate_all(device, task);
		if (device->gpu != NULL && ref != 0) {
			pvg_gpu_pages_replaced(device->gpu, id, ref);
		}
	}
	return PVG_DONE;
}

// {task, count} and count items; false: refused.
static bool begin_list(struct pvg_device *device, const struct pvg_packet *packet,
	struct pvg_cursor *c, size_t item_bytes, uint32_t *id, uint32_t *count, const char *what) {
	uint64_t need;

	*c = pvg_cursor_init(packet->payload, packet->payload_size);
	*id = pvg_rd32(c);
	*count = pvg_rd32(c);
	if (!pvg_mul(*count, item_bytes, &need) || need > pvg_cursor_left(c)) {
		PVG_REFUSE(device, COUNT, "task %u: %s: %u items in %zu bytes", *id, what, *count,
			packet->payload_size);
		return false;
	}
	return pvg_task_get(device, *id, what) != NULL;
}

enum pvg_verdict pvg_op_invalidate(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c;
	uint32_t id, count;

	if (!begin_list(device, packet, &c, 8, &id, &count, "InvalidateResources")) {
		return PVG_DONE;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t ref = pvg_rd32(&c);
		pvg_object_apply_validity(device, id, ref, pvg_rd_bytes(&c, 4));
	}
	return PVG_DONE;
}

/*
 * 0x35, 0x3e: what the host holds must be in guest memory before the stamp; 0x3e, 0x3f: copies may
 * go. Without a renderer guest memory is always the newest.
 */
enum pvg_verdict pvg_op_synchronize(struct pvg_device *device, const struct pvg_packet *packet) {
	struct pvg_cursor c;
	uint32_t id, count;

	if (!begin_list(device, packet, &c, 4, &id, &count, "SynchronizeResources")) {
		return PVG_DONE;
	}
	for (uint32_t i = 0; i < count && packet->opcode != 0x3f; i++) {
		uint32_t ref = pvg_rd32(&c);
		struct pvg_object_node *node = ref != 0 ? find_node(device, id, ref) : NULL;
		if (node == NULL) {
			continue;
		}
		node->object.guest_valid = true;
		if (device->gpu != NULL &&
			pvg_gpu_synchronize(device->gpu, id, ref) == PVG_GPU_RETRY) {
			pvg_gpu_abandon(device->gpu);
			pvg_gpu_hold(device->gpu);
			return PVG_RETRY;
		}
	}
	if (device->gpu != NULL) {
		pvg_gpu_commit(device->gpu);
	}
	return PVG_DONE;
}
