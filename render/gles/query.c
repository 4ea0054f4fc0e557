// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Visibility results (spec 03 section 9.5). GLES can only say whether any sample passed: that is
 * the boolean result. Where samples are to be counted NV_occlusion_query_samples does it, else the
 * fragment stage (plan.c), in a word that each query has. A draw whose program could not have that
 * counts as all samples of the pass, so that a guest which culls by a threshold draws rather too
 * much than too little.
 */
#include <stdlib.h>
#include <string.h>

#include "render/gles/draw.h"
#include "render/gles/timeline.h"

#ifndef GL_SAMPLES_PASSED_NV
#define GL_SAMPLES_PASSED_NV 0x8914
#endif

struct gles_query {
	struct gles_query *next;
	GLuint id;
	GLenum target; // of the query
	struct gles_buffer *buffer; // borrowed; NULL: it was destroyed
	uint64_t offset_bytes, value, serial;
	struct gles_buffer *counter; // owned, made when first counted with
	bool counts;          // @counter is used
	bool exact, inexact; // a draw counted, a draw could not
};

struct gles_queries {
	struct gles_query *active, *pending, *free; // owned; pending: newest first
};

// What an extension's name promises is tried before anything relies on it.
static bool counts_samples(void) {
	GLuint id, result = 0;
	(void)gles_no_error(); // of before
	glGenQueries(1, &id);
	glBeginQuery(GL_SAMPLES_PASSED_NV, id);
	glEndQuery(GL_SAMPLES_PASSED_NV);
	glGetQueryObjectuiv(id, GL_QUERY_RESULT, &result);
	glDeleteQueries(1, &id);
	return glGetError() == GL_NO_ERROR;
}

bool gles_queries_init(struct gles_renderer *r) {
	r->queries = calloc(1, sizeof(*r->queries));
	r->ext.occlusion_samples = r->ext.occlusion_samples && counts_samples();
	return r->queries != NULL;
}

static void free_list(struct gles_renderer *r, struct gles_query *query) {
	while (query != NULL) {
		struct gles_query *next = query->next;
		glDeleteQueries(1, &query->id);
		if (query->counter != NULL) {
			gles_buffer_destroy(&r->base, &query->counter->base);
		}
		free(query);
		query = next;
	}
}

void gles_queries_finish(struct gles_renderer *r) {
	if (r->queries != NULL) {
		free_list(r, r->queries->active);
		free_list(r, r->queries->pending);
		free_list(r, r->queries->free);
		free(r->queries);
		r->queries = NULL;
	}
}

void gles_queries_end(struct gles_renderer *r) {
	struct gles_query *query = r->queries->active;
	if (query != NULL) {
		glEndQuery(query->target);
		query->serial = r->serial;
		query->next = r->queries->pending;
		r->queries->pending = query;
		r->queries->active = NULL;
	}
}

// Two words that are zero, for the fragment stage. False: no memory.
static bool begin_count(struct gles_renderer *r, struct gles_query *query) {
	if (query->counter == NULL) {
		query->counter = gles_buffer(gles_buffer_create(&r->base, 16,
			PVG_GPU_BUFFER_UPLOAD | PVG_GPU_BUFFER_READBACK));
	}
	if (query->counter == NULL) {
		return false;
	}
	const struct pvg_gpu_span span = { &query->counter->base, 0, 16 };
	memset(query->counter->base.map, 0, 16);
	gles_span_read(r, &span, 16);
	gles_span_written(r, &span, 16);
	return true;
}

bool gles_queries_counting(const struct gles_renderer *r) {
	const struct gles_query *query = r->queries->active;
	return query != NULL && (query->counts || query->target == GL_SAMPLES_PASSED_NV);
}

// A query object keeps the target that it began with.
static struct gles_query *take_query(struct gles_renderer *r, GLenum target) {
	for (struct gles_query **at = &r->queries->free; *at != NULL; at = &(*at)->next) {
		struct gles_query *query = *at;
		if (query->target == target) {
			*at = query->next;
			return query;
		}
	}
	struct gles_query *query = calloc(1, sizeof(*query));
	if (query != NULL) {
		query->target = target;
		glGenQueries(1, &query->id);
	}
	return query;
}

GLuint gles_queries_counter(struct gles_renderer *r, bool program_counts) {
	struct gles_query *query = r->queries->active;
	if (query == NULL || !query->counts) {
		return 0;
	}
	query->exact |= program_counts;
	query->inexact |= !program_counts;
	r->draws->shaders_wrote = r->draws->list_wrote = true;
	return query->counter->id;
}

void gles_cmd_visibility(struct gles_renderer *r, uint8_t mode, struct pvg_gpu_buffer *buffer,
	uint64_t offset_bytes) {
	gles_queries_end(r);
	if (mode == 0 || buffer == NULL || !r->pass.open) {
		return;
	}
	if (offset_bytes > buffer->size_bytes || buffer->size_bytes - offset_bytes < 8) {
		pvg_info("gles: visibility result at %llu of a buffer of %llu bytes refused",
			(unsigned long long)offset_bytes, (unsigned long long)buffer->size_bytes);
		return;
	}
	bool samples_are_asked = mode == 2 && r->ext.occlusion_samples;
	struct gles_query *query = take_query(r,
		samples_are_asked ? GL_SAMPLES_PASSED_NV : GL_ANY_SAMPLES_PASSED);
	if (query == NULL) {
		return;
	}
	uint64_t samples = r->pass.samples > 1 ? r->pass.samples : 1;
	query->next = NULL;
	query->buffer = gles_buffer(buffer);
	query->offset_bytes = offset_bytes;
	query->value = mode == 1 ? 1 : (uint64_t)r->pass.width * r->pass.height * samples;
	query->counts = mode == 2 && !samples_are_asked && begin_count(r, query);
	query->exact = query->inexact = false;
	r->queries->active = query;
	glBeginQuery(query->target, query->id);
	r->draws->news |= GLES_NEW_RASTER; // what a draw made twice depends on
}

void gles_queries_completed(struct gles_renderer *r, uint64_t serial) {
	struct gles_query **at = &r->queries->pending;
	while (*at != NULL) {
		struct gles_query *query = *at;
		if (query->serial > serial) {
			at = &query->next;
			continue;
		}
		GLuint64 passed = 0;
		if (r->ext.query_64) {
			r->gl.get_query_64(query->id, GL_QUERY_RESULT, &passed);
		} else {
			GLuint narrow = 0;
			glGetQueryObjectuiv(query->id, GL_QUERY_RESULT, &narrow);
			passed = narrow;
		}
		if (query->target == GL_SAMPLES_PASSED_NV) {
			query->value = passed;
		}
		if (passed != 0 && query->buffer != NULL) {
			uint64_t sum;
			uint8_t *to = query->buffer->base.map + query->offset_bytes;
			memcpy(&sum, to, sizeof(sum));
			if (query->exact && !query->inexact) { // the word and its carries
				memcpy(&query->value, query->counter->base.map,
					sizeof(query->value));
			}
			sum += query->value;
			memcpy(to, &sum, sizeof(sum));
		}
		*at = query->next;
		query->next = r->queries->free;
		r->queries->free = query;
	}
}

void gles_queries_drop_buffer(struct gles_renderer *r, struct gles_buffer *buffer) {
	for (struct gles_query *q = r->queries->pending; q != NULL; q = q->next) {
		if (q->buffer == buffer) {
			q->buffer = NULL;
		}
	}
}
