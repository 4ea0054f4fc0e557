// SPDX-License-Identifier: GPL-2.0-or-later
#include <pvg/ram.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SPANS_MAX 32 // spec 06 section 6.1: a MEM_TABLE has at most 32 regions

struct pvg_ram {
	atomic_uint refs;
	uint32_t generation;
	void (*release)(void *data);
	void *data; // of @release
	size_t count;
	struct pvg_ram_span spans[];
};

// Words in RAM are read and written whole, so addresses must be aligned for them.
static bool span_is_valid(const struct pvg_ram_span *span) {
	uint64_t end;

	return span->size_bytes != 0 && span->hva != NULL &&
		!__builtin_add_overflow(span->gpa, span->size_bytes - 1, &end) &&
		span->gpa % 8 == 0 && (uintptr_t)span->hva % 8 == 0;
}

static bool spans_are_valid(const struct pvg_ram_span *spans, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (!span_is_valid(&spans[i])) {
			return false;
		}
		if (i > 0 && spans[i].gpa - spans[i - 1].gpa < spans[i - 1].size_bytes) {
			return false;
		}
		if (i > 0 && spans[i].gpa <= spans[i - 1].gpa) {
			return false;
		}
	}
	return true;
}

struct pvg_ram *pvg_ram_create(const struct pvg_ram_span *spans, size_t count, uint32_t generation,
	void (*release)(void *data), void *data) {
	if (count > SPANS_MAX || !spans_are_valid(spans, count)) {
		return NULL;
	}
	struct pvg_ram *ram = calloc(1, sizeof(*ram) + count * sizeof(spans[0]));
	if (ram == NULL) {
		return NULL;
	}
	atomic_init(&ram->refs, 1);
	ram->generation = generation;
	ram->release = release;
	ram->data = data;
	ram->count = count;
	if (count > 0) {
		memcpy(ram->spans, spans, count * sizeof(spans[0]));
	}
	return ram;
}

struct pvg_ram *pvg_ram_ref(struct pvg_ram *ram) {
	atomic_fetch_add_explicit(&ram->refs, 1, memory_order_relaxed);
	return ram;
}

void pvg_ram_unref(struct pvg_ram *ram) {
	if (ram == NULL || atomic_fetch_sub_explicit(&ram->refs, 1, memory_order_acq_rel) != 1) {
		return;
	}
	if (ram->release != NULL) {
		ram->release(ram->data);
	}
	free(ram);
}

uint32_t pvg_ram_generation(const struct pvg_ram *ram) {
	return ram->generation;
}

void *pvg_ram_ptr(const struct pvg_ram *ram, uint64_t gpa, uint64_t size_bytes) {
	// Two or three spans in every VM seen (spec 06 section 7.1): a search tree would be slower.
	for (size_t i = 0; i < ram->count; i++) {
		const struct pvg_ram_span *span = &ram->spans[i];
		uint64_t offset = gpa - span->gpa;
		if (gpa >= span->gpa && offset < span->size_bytes) {
			return size_bytes <= span->size_bytes - offset ? span->hva + offset : NULL;
		}
	}
	return NULL;
}

size_t pvg_ram_spans(const struct pvg_ram *ram, const struct pvg_ram_span **spans) {
	*spans = ram->spans;
	return ram->count;
}
