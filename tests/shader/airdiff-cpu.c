// SPDX-License-Identifier: GPL-2.0-or-later
#include "airdiff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/*
 * The invocations on the CPU. A thread is a fiber; a threadgroup, a quad of fragments or one vertex
 * is
 * run until all its fibers are done. Pointers of the function are numbers (DIFF_BASE): what lies
 * outside of a buffer reads as zero and is not written, as it is on the other side.
 */

#define STACK_BYTES (1u << 20) // of address space; pages that nobody touches cost nothing
#define KEPT_ARGS 5u

enum wait { WAIT_NOT, WAIT_MEET, WAIT_BARRIER, WAIT_DONE };

struct fiber {
	ucontext_t context;
	void *stack; // owned
	enum wait wait;
	uint32_t site; // of WAIT_MEET
	// Arguments of the call it waits in, and those of the one it was last let out of: another
	// lane may read them when this one waits in the next.
	uint8_t kept[KEPT_ARGS][32], shown[KEPT_ARGS][32];
	void *args[KEPT_ARGS];
	uint32_t active, meeting;
	uint32_t invocation; // of a vertex or fragment function
	bool discarded, saw_nan;
	uint8_t result[512];
};

static struct fiber fibers[DIFF_MAX_THREADS];
static uint32_t fiber_count, current;
static ucontext_t scheduler;
static const struct diff_how *how;
static uint8_t *threadgroup[DIFF_BUFFERS]; // owned
static bool group_saw_nan;
static uint32_t *writers[DIFF_REGIONS]; // owned; by byte, the thread that stored there last
static uint8_t *shadows[DIFF_REGIONS]; // owned; what it stored
static uint32_t group_number; // of its first thread
static uint32_t meetings, computed[DIFF_MAX_THREADS / 32]; // by simd group

void diff_give_up(const char *why, const char *what) {
	snprintf(diff.told->why, sizeof(diff.told->why), "%s%s%s", why, what[0] != '\0' ? " " : "",
		what);
	_exit(3);
}

/* ---- memory ---------------------------------------------------------------------------------- */

#define TAG_SHIFT 48u
#define THREADGROUP_TAG 128u

static uint8_t *region_of(uint64_t pointer, uint32_t *bytes, uint32_t *offset, bool *shared) {
	uint32_t tag = (uint32_t)(pointer >> TAG_SHIFT) & 0xff;
	*offset = (uint32_t)(pointer - DIFF_BASE(tag)); // 32 bits, as the translation has it
	*shared = tag >= THREADGROUP_TAG;
	if (*shared) {
		*bytes = diff.threadgroup_bytes;
		return tag - THREADGROUP_TAG < DIFF_BUFFERS ? threadgroup[tag - THREADGROUP_TAG]
							    : NULL;
	}
	*bytes = tag < DIFF_REGIONS ? diff.regions[tag].bytes : 0;
	return tag < DIFF_REGIONS ? diff.regions[tag].output : NULL;
}

void *diff_at(uint64_t pointer, uint32_t bytes, bool write) {
	static uint8_t nowhere[4096];
	if ((pointer >> 62 & 1) == 0) {
		return (void *)(uintptr_t)
			pointer; // a variable, a table, threadgroup memory declared inside
	}
	uint32_t size, offset;
	bool shared;
	uint8_t *memory = region_of(pointer, &size, &offset, &shared);
	if (bytes > sizeof(nowhere)) {
		diff_give_up("access of many bytes", "");
	}
	if (memory != NULL && offset <= size && bytes <= size - offset) {
		// A discarded fragment goes on, and what it stores is lost.
		return write && diff_is_discarded() ? nowhere : memory + offset;
	}
	if (shared) {
		diff_give_up("leaves its threadgroup memory with these inputs", "");
	}
	diff.told->straddles |= memory != NULL && offset < size;
	diff.told->outside++;
	memset(nowhere, 0, bytes);
	return nowhere;
}

void diff_note(uint64_t pointer, uint8_t type_kind, uint32_t count, bool atomic) {
	static const uint8_t kinds[] = {
		[DIFF_T_I1] = DIFF_I8,
		[DIFF_T_I8] = DIFF_I8,
		[DIFF_T_I16] = DIFF_I16,
		[DIFF_T_I32] = DIFF_I32,
		[DIFF_T_I64] = DIFF_I64,
		[DIFF_T_HALF] = DIFF_F16,
		[DIFF_T_BFLOAT] = DIFF_BF16,
		[DIFF_T_FLOAT] = DIFF_F32,
		[DIFF_T_PTR] = DIFF_I64,
		[DIFF_T_OTHER] = DIFF_I8,
	};
	uint32_t tag = (uint32_t)(pointer >> TAG_SHIFT) & 0xff, one = diff_type_bytes(type_kind);
	uint32_t offset = (uint32_t)(pointer - DIFF_BASE(tag));
	if ((pointer >> 62 & 1) == 0 || tag >= DIFF_REGIONS || diff.regions[tag].kinds == NULL ||
		diff_is_discarded() || offset > diff.regions[tag].bytes ||
		count * one > diff.regions[tag].bytes - offset) {
		return;
	}
	uint8_t kind = kinds[type_kind];
	if (group_saw_nan || fibers[current].saw_nan) {
		kind = DIFF_UNDEFINED;
	}
	uint8_t *at = diff.regions[tag].kinds + offset;
	uint32_t *writer = writers[tag];
	uint8_t *before = shadows[tag];
	const uint8_t *now = diff.regions[tag].output;
	for (uint32_t i = offset; writer != NULL && i < offset + count * one; i++) {
		// Two threads, one place and nothing that orders them: either may be the last. In
		// runs that move results even those who store the same differ.
		bool other = how->seed == 0 && diff.regions[tag].kinds[i] != DIFF_UNTOUCHED &&
			writer[i] != group_number + current && before[i] != now[i];
		kind = other && !diff.uses_neighbours && !atomic ? DIFF_UNDEFINED : kind;
		writer[i] = group_number + current;
		before[i] = now[i];
	}
	memset(at, kind, (size_t)count * one);
	for (uint32_t i = 0; i < count; i++) {
		at[(size_t)i * one] |= DIFF_HEAD;
	}
}

void diff_discard(void) {
	fibers[current].discarded = true;
}

bool diff_is_discarded(void) {
	return fibers[current].discarded;
}

/* Functions of the fast kind may do anything with it. What has neighbours tells them. */
void diff_saw_nan(void) {
	fibers[current].saw_nan = true;
	group_saw_nan |= diff.uses_neighbours;
	diff.told->undefined = true;
}

/* ---- threads --------------------------------------------------------------------------------- */

uint32_t diff_meet(uint32_t site, void **args) {
	struct fiber *f = &fibers[current];
	f->wait = WAIT_MEET;
	f->site = site;
	const struct diff_site *s = diff_site_of(site);
	for (uint32_t i = 0; i < s->arg_count && i < KEPT_ARGS; i++) {
		size_t bytes = (size_t)diff_type_bytes(s->args[i].kind) * s->args[i].count;
		memcpy(f->kept[i], args[i],
			bytes < sizeof(f->kept[i]) ? bytes : sizeof(f->kept[i]));
	}
	swapcontext(&f->context, &scheduler);
	return f->active;
}

void *diff_meeting_result(bool *first) {
	static uint8_t results[DIFF_MAX_THREADS / 32][512];
	uint32_t group = current / 32;
	*first = computed[group] != fibers[current].meeting;
	computed[group] = fibers[current].meeting;
	return results[group];
}

void **diff_other(uint32_t lane) {
	return fibers[(current & ~31u) + lane].args;
}

uint32_t diff_lane(void) {
	return current & 31;
}

void diff_barrier(void) {
	struct fiber *f = &fibers[current];
	f->wait = WAIT_BARRIER;
	swapcontext(&f->context, &scheduler);
}

static void builtin_value(const char *role, uint32_t thread, const uint32_t group[3],
	uint32_t v[4]) {
	const uint32_t *l = diff.local, *g = diff.groups;
	uint32_t threads = l[0] * l[1] * l[2], invocation = fibers[thread].invocation;
	uint32_t in[3] = { thread % l[0], thread / l[0] % l[1], thread / (l[0] * l[1]) };
	float position[4];
	const char *name = role + 4;
	for (uint32_t i = 0; i < 3; i++) {
		if (strcmp(name, "thread_position_in_grid") == 0) {
			v[i] = group[i] * l[i] + in[i];
		} else if (strcmp(name, "threadgroup_position_in_grid") == 0) {
			v[i] = group[i];
		} else if (strcmp(name, "thread_position_in_threadgroup") == 0) {
			v[i] = in[i];
		} else if (strstr(name, "threads_per_threadgroup") != NULL) {
			v[i] = l[i];
		} else if (strcmp(name, "threadgroups_per_grid") == 0) {
			v[i] = g[i];
		} else if (strcmp(name, "threads_per_grid") == 0) {
			v[i] = g[i] * l[i];
		}
	}
	static const char *const vectors[] = { "thread_position_in_grid",
		"threadgroup_position_in_grid", "thread_position_in_threadgroup",
		"threadgroups_per_grid", "threads_per_grid" };
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		if (strcmp(name, vectors[i]) == 0) {
			return;
		}
	}
	const struct {
		const char *name;
		uint32_t value;
	} scalars[] = {
		{ "thread_index_in_threadgroup", thread },
		{ "thread_index_in_simdgroup", thread & 31 },
		{ "simdgroup_index_in_threadgroup", thread >> 5 },
		{ "threads_per_simdgroup", 32 },
		{ "simdgroups_per_threadgroup", (threads + 31) / 32 },
		{ "dispatch_simdgroups_per_threadgroup", (threads + 31) / 32 },
		{ "thread_index_in_quadgroup", thread & 3 },
		{ "quadgroup_index_in_threadgroup", thread >> 2 },
		{ "quadgroups_per_threadgroup", (threads + 3) / 4 },
		{ "vertex_id", invocation },
		{ "instance_id", 0 },
		{ "base_vertex", 0 },
		{ "base_instance", 0 },
		{ "front_facing", 1 },
		{ "sample_id", 0 },
		{ "primitive_id", 0 },
		{ "render_target_array_index", 0 },
		{ "viewport_array_index", 0 },
		{ "amplification_id", 0 },
		{ "amplification_count", 1 },
	};
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		if (strcmp(name, scalars[i].name) == 0) {
			v[0] = scalars[i].value;
			return;
		}
	}
	if (strcmp(name, "position") == 0) {
		uint32_t tile = invocation / (DIFF_TILE * DIFF_TILE),
			 at = invocation % (DIFF_TILE * DIFF_TILE);
		position[0] = (float)(tile * DIFF_TILE + at % DIFF_TILE) + 0.5f;
		position[1] = (float)(at / DIFF_TILE) + 0.5f;
		position[2] = diff.depth_in[tile];
		position[3] = 1;
		memcpy(v, position, sizeof(position));
	} else if (strstr(name, "threads_per_threadgroup") == NULL) {
		diff_give_up("argument", role);
	}
}

static uint64_t values[DIFF_MAX_THREADS][DIFF_MAX_ARGUMENTS][4];
static void *lists[DIFF_MAX_THREADS][DIFF_MAX_ARGUMENTS];

/* A word of an interface as a component of the argument: half from float, narrow from wide. */
static void from_word(const struct diff_type *t, void *out, uint32_t i, uint32_t word) {
	if (diff_is_float(t)) {
		float f;
		memcpy(&f, &word, sizeof(f));
		diff_set_float(t, out, i, (double)f);
	} else {
		diff_set_int(t, out, i, word);
	}
}

static void varying(const struct diff_argument *a, uint32_t index, uint32_t invocation, void *out) {
	uint32_t tile = invocation / (DIFF_TILE * DIFF_TILE),
		 at = invocation % (DIFF_TILE * DIFF_TILE);
	for (uint32_t i = 0; i < a->type.count && i < 4; i++) {
		const float *v = diff.varying[index][tile][i];
		float f = v[0] + v[1] * ((float)(at % DIFF_TILE) + 0.5f) +
			v[2] * ((float)(at / DIFF_TILE) + 0.5f);
		uint32_t word = diff.flat[index][tile][i];
		if (!a->flat && diff_is_float(&a->type)) {
			memcpy(&word, &f, sizeof(word));
		}
		from_word(&a->type, out, i, word);
	}
}

static void prepare_thread(uint32_t thread, const uint32_t group[3]) {
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		const struct diff_argument *a = &diff.arguments[i];
		uint8_t *out = (uint8_t *)values[thread][i];
		uint64_t pointer = 0;
		uint32_t v[4] = { 0 }, invocation = fibers[thread].invocation;
		lists[thread][i] = out;
		memset(out, 0, sizeof(values[thread][i]));
		switch (a->kind) {
		case DIFF_ARG_BUFFER:
			pointer = DIFF_BASE(a->location);
			break;
		case DIFF_ARG_THREADGROUP:
			pointer = DIFF_BASE(THREADGROUP_TAG + a->location);
			break;
		case DIFF_ARG_TEXTURE:
			pointer = DIFF_HANDLE(a->location);
			break;
		case DIFF_ARG_SAMPLER:
			pointer = (uintptr_t)diff.samplers[a->location % 16];
			break;
		case DIFF_ARG_ATTRIBUTE:
			for (uint32_t k = 0; k < a->type.count && k < 4; k++) {
				from_word(&a->type, out, k,
					diff.attribute[i][invocation % DIFF_VERTICES][k]);
			}
			break;
		case DIFF_ARG_VARYING:
			varying(a, i, invocation, out);
			break;
		case DIFF_ARG_FETCH:
			for (uint32_t k = 0; k < a->type.count && k < 4; k++) {
				from_word(&a->type, out, k, diff.flat[i][0][k]);
			}
			break;
		case DIFF_ARG_BUILTIN:
			builtin_value(a->role, thread, group, v);
			for (uint32_t k = 0; k < 4 && k < a->type.count; k++) {
				if (diff_is_float(&a->type)) {
					from_word(&a->type, out, k, v[k]);
				} else {
					diff_set_int(&a->type, out, k, v[k]);
				}
			}
			break;
		default:
			break;
		}
		if (pointer != 0) {
			memcpy(out, &pointer, sizeof(pointer));
		}
	}
}

static void fiber_main(void) {
	diff_jitted(lists[current], fibers[current].result);
	fibers[current].wait = WAIT_DONE;
	swapcontext(&fibers[current].context, &scheduler);
}

/* The lanes of a simd group at its lowest site go on; a barrier opens when all stand at one. */
static bool decide(void) {
	bool alive = false, all_at_barrier = true;
	for (uint32_t t = 0; t < fiber_count; t++) {
		alive |= fibers[t].wait != WAIT_DONE;
		all_at_barrier &= fibers[t].wait == WAIT_BARRIER || fibers[t].wait == WAIT_DONE;
	}
	for (uint32_t base = 0; base < fiber_count; base += 32) {
		uint32_t lowest = UINT32_MAX, mask = 0,
			 n = fiber_count - base < 32 ? fiber_count - base : 32;
		for (uint32_t l = 0; l < n; l++) {
			const struct fiber *f = &fibers[base + l];
			lowest = f->wait == WAIT_MEET && f->site < lowest ? f->site : lowest;
		}
		for (uint32_t l = 0; l < n; l++) {
			const struct fiber *f = &fibers[base + l];
			mask |= (uint32_t)(f->wait == WAIT_MEET && f->site == lowest) << l;
		}
		meetings++;
		for (uint32_t l = 0; l < n; l++) {
			struct fiber *f = &fibers[base + l];
			if (mask >> l & 1 || (all_at_barrier && f->wait == WAIT_BARRIER)) {
				f->wait = WAIT_NOT;
				f->active = mask;
				f->meeting = meetings;
				memcpy(f->shown, f->kept, sizeof(f->shown));
			}
		}
	}
	return alive;
}

/* What an invocation returned, in words: integers wide, halves as floats. */
static void keep_outputs(const struct fiber *f) {
	static const struct diff_type word = { DIFF_T_FLOAT, 1 };
	struct diff_region *r = &diff.regions[DIFF_OUTPUTS_REGION];
	for (uint32_t o = 0; o < diff.output_count && !f->discarded; o++) {
		const struct diff_output *out = &diff.outputs[o];
		uint32_t base = f->invocation * DIFF_OUTPUT_BYTES + o * 32;
		for (uint32_t i = 0; !out->off && i < out->type.count; i++) {
			const void *value = f->result + out->offset_bytes;
			uint8_t kind = DIFF_I32, *to = r->output + base + 4 * i;
			if (diff_is_float(&out->type)) {
				double v = diff_get_float(&out->type, value, i);
				if (strcmp(out->role, "air.depth") == 0) {
					v = v < 0       ? 0
						: v > 1 ? 1
							: v; // to the range of the viewport
				}
				diff_set_float(&word, to, 0, v);
				kind = out->type.kind == DIFF_T_HALF ? DIFF_F16_IN_32 : DIFF_F32;
			} else {
				uint32_t v = (uint32_t)(out->is_signed
						? (uint64_t)diff_get_signed(&out->type, value, i)
						: diff_get_int(&out->type, value, i));
				memcpy(to, &v, sizeof(v));
			}
			kind = f->saw_nan || group_saw_nan ? DIFF_UNDEFINED : kind;
			memset(r->kinds + base + 4 * i, kind, 4);
			r->kinds[base + 4 * i] |= DIFF_HEAD;
		}
	}
}

static void run_group(const uint32_t group[3], uint32_t first, uint32_t count, bool quad) {
	// NaNs in one kind of run, large numbers in another: neither goes unnoticed in a minimum.
	uint8_t junk = how->reversed ? 0xff : how->seed % 2 != 0 ? 0x4b : 0;
	fiber_count = count;
	group_number += DIFF_MAX_THREADS;
	group_saw_nan = false;
	for (uint32_t i = 0; i < DIFF_BUFFERS; i++) {
		if (threadgroup[i] != NULL) {
			memset(threadgroup[i], junk, diff.threadgroup_bytes);
		}
	}
	for (uint32_t i = 0; i < diff_global_count; i++) {
		if (diff_globals[i].space == 3) {
			memset(diff_globals[i].memory, junk, diff_globals[i].bytes);
		}
	}
	for (uint32_t t = 0; t < count; t++) {
		struct fiber *f = &fibers[t];
		f->invocation = first + (quad ? t % 2 + t / 2 * DIFF_TILE : t);
		f->wait = WAIT_NOT;
		f->discarded = f->saw_nan = false;
		for (uint32_t i = 0; i < KEPT_ARGS; i++) {
			f->args[i] = f->shown[i];
		}
		prepare_thread(t, group);
		getcontext(&f->context);
		f->context.uc_stack.ss_sp = f->stack;
		f->context.uc_stack.ss_size = STACK_BYTES;
		f->context.uc_link = &scheduler;
		makecontext(&f->context, fiber_main, 0);
	}
	do {
		for (uint32_t t = 0; t < count; t++) {
			current = how->reversed ? count - 1 - t : t;
			if (fibers[current].wait == WAIT_NOT) {
				swapcontext(&scheduler, &fibers[current].context);
			}
		}
	} while (decide());
	for (uint32_t t = 0; t < count && diff.output_count > 0; t++) {
		keep_outputs(&fibers[t]);
	}
}

static void run_kernel(void) {
	uint32_t n = diff.groups[0] * diff.groups[1] * diff.groups[2];
	for (uint32_t i = 0; i < n; i++) {
		uint32_t g = how->reversed ? n - 1 - i : i;
		uint32_t group[3] = { g % diff.groups[0], g / diff.groups[0] % diff.groups[1],
			g / (diff.groups[0] * diff.groups[1]) };
		run_group(group, 0, diff.local[0] * diff.local[1] * diff.local[2], false);
	}
}

void diff_cpu_run(const struct diff_how *h) {
	static const uint32_t none[3];
	how = h;
	diff_numbers_begin(h);
	for (uint32_t i = 0; i < diff.argument_count; i++) {
		const struct diff_argument *a = &diff.arguments[i];
		if (a->kind == DIFF_ARG_THREADGROUP && threadgroup[a->location] == NULL) {
			threadgroup[a->location] = malloc(diff.threadgroup_bytes);
		}
	}
	for (uint32_t r = 0; r < DIFF_REGIONS; r++) {
		if (diff.regions[r].bytes > 0) {
			memcpy(diff.regions[r].output, diff.regions[r].input,
				diff.regions[r].bytes);
			memset(diff.regions[r].kinds, DIFF_UNTOUCHED, diff.regions[r].bytes);
			writers[r] = calloc(diff.regions[r].bytes, sizeof(uint32_t));
			shadows[r] = calloc(diff.regions[r].bytes, 1);
		}
	}
	for (uint32_t t = 0; t < DIFF_MAX_THREADS; t++) {
		fibers[t].stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (fibers[t].stack == MAP_FAILED) {
			diff_give_up("memory", "");
		}
	}
	switch (diff.stage) {
	case DIFF_KERNEL:
		run_kernel();
		break;
	case DIFF_VERTEX:
		for (uint32_t v = 0; v < diff.vertices; v++) {
			run_group(none, how->reversed ? diff.vertices - 1 - v : v, 1, false);
		}
		break;
	case DIFF_FRAGMENT:
		for (uint32_t i = 0; i < DIFF_INVOCATIONS / 4; i++) {
			uint32_t q = how->reversed ? DIFF_INVOCATIONS / 4 - 1 - i : i;
			uint32_t across = DIFF_TILE / 2, x = q % across, y = q / across;
			run_group(none, y * 2 * DIFF_TILE + x * 2, 4, true);
		}
		break;
	}
	diff.told->done = true;
}
