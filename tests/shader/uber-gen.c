// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * uber-gen [--seed N] [--loops N] [--stage kernel|fragment] > FILE.ll: text of a function of the
 * class of the desktop's largest shaders (spec 05 §6.9, §7): tens of loops whose bounds come from a
 * buffer, loops in loops, early exits, ladders of switches with shared and falling cases, cycles
 * with two entries, and arithmetic between them. Every loop ends after at most 16 rounds, so that
 * the function can be run. The same arguments give the same text.
 *
 * A float f and an int n run through the whole function as pointers to private memory, which is
 * what a compiler's front end leaves behind; the loader's passes make phis of them.
 */

struct gen {
	uint64_t state; // of the random numbers
	uint32_t temp, label, loops_left, depth;
	bool fragment;
};

static uint32_t pick(struct gen *g, uint32_t below) {
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return (uint32_t)(g->state >> 33) % below;
}

static uint32_t temp(struct gen *g) {
	return ++g->temp;
}

/* Loads one of 40 numbers of the parameter buffer; the name is %tN. */
static uint32_t parameter(struct gen *g, const char *type) {
	uint32_t at = temp(g), v = temp(g);
	printf("  %%t%u = getelementptr i8, ptr addrspace(2) %%params, i64 %u\n", at,
		pick(g, 40) * 4);
	printf("  %%t%u = load %s, ptr addrspace(2) %%t%u, align 4\n", v, type, at);
	return v;
}

static void some_math(struct gen *g) {
	static const char *const ops[] = { "fadd", "fsub", "fmul" };
	static const char *const calls[] = { "floor", "fast_fabs", "fract", "fast_saturate",
		"sqrt" };
	uint32_t count = 7 + pick(g, 10), f = temp(g);
	printf("  %%t%u = load float, ptr %%f, align 4\n", f);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t p = parameter(g, "float"), r = temp(g);
		printf("  %%t%u = %s float %%t%u, %%t%u\n", r, ops[pick(g, 3)], f, p);
		if (pick(g, 3) == 0) {
			f = temp(g);
			printf("  %%t%u = call float @air.%s.f32(float %%t%u)\n", f,
				calls[pick(g, 5)], r);
		} else {
			f = r;
		}
	}
	// Back into a range in which nothing overflows.
	uint32_t r = temp(g);
	printf("  %%t%u = call float @air.fast_clamp.f32(float %%t%u, float -64.0, float 64.0)\n",
		r, f);
	printf("  store float %%t%u, ptr %%f, align 4\n", r);
}

static void some_integers(struct gen *g) {
	uint32_t n = temp(g), p, r = temp(g), s = temp(g);
	printf("  %%t%u = load i32, ptr %%n, align 4\n", n);
	p = parameter(g, "i32");
	printf("  %%t%u = mul i32 %%t%u, %u\n", r, n, 2 * pick(g, 500) + 3);
	printf("  %%t%u = xor i32 %%t%u, %%t%u\n", s, r, p);
	printf("  store i32 %%t%u, ptr %%n, align 4\n", s);
}

static void sample(struct gen *g) {
	uint32_t f = temp(g), x = temp(g), both = temp(g), texel = temp(g), c = temp(g),
		 r = temp(g);
	printf("  %%t%u = load float, ptr %%f, align 4\n", f);
	printf("  %%t%u = insertelement <2 x float> zeroinitializer, float %%t%u, i32 %u\n", x, f,
		pick(g, 2));
	printf("  %%t%u = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %%tex%u, "
	       "ptr addrspace(2) %%smp, <2 x float> %%t%u, i1 true, <2 x i32> zeroinitializer, i1 true, "
	       "float 0.0, float 0.0, i32 0)\n",
		both, pick(g, 4), x);
	printf("  %%t%u = extractvalue { <4 x float>, i8 } %%t%u, 0\n", texel, both);
	printf("  %%t%u = extractelement <4 x float> %%t%u, i32 %u\n", c, texel, pick(g, 4));
	printf("  %%t%u = fadd float %%t%u, %%t%u\n", r, f, c);
	printf("  store float %%t%u, ptr %%f, align 4\n", r);
}

static void statements(struct gen *g, uint32_t count);

static uint32_t compare(struct gen *g) {
	uint32_t n = temp(g), p, c = temp(g);
	printf("  %%t%u = load i32, ptr %%n, align 4\n", n);
	p = parameter(g, "i32");
	printf("  %%t%u = icmp %s i32 %%t%u, %%t%u\n", c, pick(g, 2) ? "slt" : "ugt", n, p);
	return c;
}

static void branch(struct gen *g) {
	uint32_t l = ++g->label, c = compare(g);
	printf("  br i1 %%t%u, label %%then%u, label %%else%u\nthen%u:\n", c, l, l, l);
	statements(g, 1 + pick(g, 2));
	printf("  br label %%endif%u\nelse%u:\n", l, l);
	statements(g, pick(g, 2));
	printf("  br label %%endif%u\nendif%u:\n", l, l);
}

/* Cases that share a target, and some that fall into the next. */
static void ladder(struct gen *g) {
	uint32_t l = ++g->label, n = temp(g), m = temp(g), cases = 4 + pick(g, 8);
	printf("  %%t%u = load i32, ptr %%n, align 4\n", n);
	printf("  %%t%u = and i32 %%t%u, 15\n", m, n);
	printf("  switch i32 %%t%u, label %%other%u [", m, l);
	for (uint32_t i = 0; i < cases + 3; i++) {
		printf(" i32 %u, label %%case%u_%u", i, l, i % cases);
	}
	printf(" ]\n");
	for (uint32_t i = 0; i < cases; i++) {
		printf("case%u_%u:\n", l, i);
		if (pick(g, 2)) {
			some_math(g);
		} else {
			some_integers(g);
		}
		bool falls = i + 1 < cases && pick(g, 3) == 0;
		if (falls) {
			printf("  br label %%case%u_%u\n", l, i + 1);
		} else {
			printf("  br label %%endswitch%u\n", l);
		}
	}
	printf("other%u:\n", l);
	statements(g, 1);
	printf("  br label %%endswitch%u\nendswitch%u:\n", l, l);
}

/* At most 16 rounds, a bound from the buffer, perhaps an exit in the middle. */
static void loop(struct gen *g) {
	uint32_t l = ++g->label, bound = parameter(g, "i32"), few = temp(g), i = temp(g),
		 more = temp(g);
	g->loops_left--;
	g->depth++;
	printf("  %%t%u = and i32 %%t%u, 15\n", few, bound);
	printf("  store i32 0, ptr %%i%u, align 4\n  br label %%head%u\nhead%u:\n", g->depth, l, l);
	printf("  %%t%u = load i32, ptr %%i%u, align 4\n", i, g->depth);
	printf("  %%t%u = icmp ult i32 %%t%u, %%t%u\n", more, i, few);
	printf("  br i1 %%t%u, label %%body%u, label %%done%u\nbody%u:\n", more, l, l, l);
	uint32_t next = temp(g);
	printf("  %%t%u = add i32 %%t%u, 1\n", next, i);
	printf("  store i32 %%t%u, ptr %%i%u, align 4\n", next, g->depth);
	statements(g, 1 + pick(g, 3));
	uint32_t exit = pick(g, 3);
	if (exit == 0) {
		uint32_t c = compare(g);
		printf("  br i1 %%t%u, label %%done%u, label %%rest%u\nrest%u:\n", c, l, l, l);
		statements(g, 1);
	} else if (exit == 1) {
		uint32_t c = compare(g);
		printf("  br i1 %%t%u, label %%head%u, label %%rest%u\nrest%u:\n", c, l, l, l);
		some_math(g);
	}
	printf("  br label %%head%u\ndone%u:\n", l, l);
	g->depth--;
}

/* Two blocks that jump to each other, entered at either. */
static void cycle(struct gen *g) {
	uint32_t l = ++g->label, c = compare(g);
	g->loops_left--;
	g->depth++;
	printf("  store i32 0, ptr %%i%u, align 4\n", g->depth);
	printf("  br i1 %%t%u, label %%left%u, label %%right%u\nleft%u:\n", c, l, l, l);
	some_math(g);
	printf("  br label %%right%u\nright%u:\n", l, l);
	some_integers(g);
	uint32_t i = temp(g), next = temp(g), again = temp(g);
	printf("  %%t%u = load i32, ptr %%i%u, align 4\n", i, g->depth);
	printf("  %%t%u = add i32 %%t%u, 1\n", next, i);
	printf("  store i32 %%t%u, ptr %%i%u, align 4\n", next, g->depth);
	printf("  %%t%u = icmp ult i32 %%t%u, %u\n", again, next, 2 + pick(g, 6));
	printf("  br i1 %%t%u, label %%left%u, label %%leave%u\nleave%u:\n", again, l, l, l);
	g->depth--;
}

static void statements(struct gen *g, uint32_t count) {
	for (uint32_t k = 0; k < count; k++) {
		uint32_t what = pick(g, 10);
		if (what < 3 && g->loops_left > 0 && g->depth < 4) {
			loop(g);
		} else if (what == 3 && g->loops_left > 0 && g->depth < 4) {
			cycle(g);
		} else if (what == 4 && g->depth < 3) {
			ladder(g);
		} else if (what == 5) {
			sample(g);
		} else if (what == 6) {
			branch(g);
		} else if (what == 7) {
			some_integers(g);
		} else {
			some_math(g);
		}
	}
}

static void metadata(const struct gen *g) {
	printf("!air.%s = !{!0}\n!air.version = !{!90}\n", g->fragment ? "fragment" : "kernel");
	printf("!0 = !{ptr @uber, !1, !2}\n");
	printf(g->fragment ? "!1 = !{!80}\n" : "!1 = !{}\n");
	printf("!2 = !{!3, !4, !5, !6, !7, !8, !9}\n");
	printf("!3 = !{i32 0, !\"air.buffer\", !\"air.buffer_size\", i32 160, !\"air.location_index\", "
	       "i32 0, i32 1, !\"air.read\", !\"air.address_space\", i32 2, !\"air.arg_type_size\", "
	       "i32 160, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"Params\", "
	       "!\"air.arg_name\", !\"params\"}\n");
	for (uint32_t i = 0; i < 4; i++) {
		printf("!%u = !{i32 %u, !\"air.texture\", !\"air.location_index\", i32 %u, i32 1, "
		       "!\"air.sample\", !\"air.arg_type_name\", !\"texture2d<float, sample>\", "
		       "!\"air.arg_name\", !\"tex%u\"}\n",
			4 + i, 1 + i, i, i);
	}
	printf("!8 = !{i32 5, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, "
	       "!\"air.arg_type_name\", !\"sampler\", !\"air.arg_name\", !\"smp\"}\n");
	if (g->fragment) {
		printf("!9 = !{i32 6, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", "
		       "!\"air.perspective\", !\"air.arg_type_name\", !\"float\", !\"air.arg_name\", !\"uv\"}\n");
		printf("!80 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n");
	} else {
		printf("!9 = !{i32 6, !\"air.buffer\", !\"air.location_index\", i32 1, i32 1, "
		       "!\"air.read_write\", !\"air.address_space\", i32 1, !\"air.arg_type_size\", i32 4, "
		       "!\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"float\", "
		       "!\"air.arg_name\", !\"out\"}\n");
	}
	printf("!90 = !{i32 2, i32 7, i32 0}\n");
}

static void function(struct gen *g) {
	printf("; SPDX-License-Identifier: GPL-2.0-or-later\n");
	static const char *const unary[] = { "floor", "fast_fabs", "fract", "fast_saturate",
		"sqrt" };
	for (uint32_t i = 0; i < 5; i++) {
		printf("declare float @air.%s.f32(float)\n", unary[i]);
	}
	printf("declare float @air.fast_clamp.f32(float, float, float)\n"
	       "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), "
	       "ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)\n\n");
	printf("define %s @uber(ptr addrspace(2) %%params, ptr addrspace(1) %%tex0, "
	       "ptr addrspace(1) %%tex1, ptr addrspace(1) %%tex2, ptr addrspace(1) %%tex3, "
	       "ptr addrspace(2) %%smp, %s) {\n",
		g->fragment ? "<4 x float>" : "void",
		g->fragment ? "float %uv" : "ptr addrspace(1) %out");
	printf("  %%f = alloca float, align 4\n  %%n = alloca i32, align 4\n");
	for (uint32_t i = 1; i <= 5; i++) {
		printf("  %%i%u = alloca i32, align 4\n", i);
	}
	printf("  store float %s, ptr %%f, align 4\n  store i32 1, ptr %%n, align 4\n",
		g->fragment ? "%uv" : "0.5");
	while (g->loops_left > 0) {
		statements(g, 4);
	}
	uint32_t f = temp(g), n = temp(g), x = temp(g), r = temp(g);
	printf("  %%t%u = load float, ptr %%f, align 4\n  %%t%u = load i32, ptr %%n, align 4\n", f,
		n);
	printf("  %%t%u = uitofp i32 %%t%u to float\n", x, n);
	printf("  %%t%u = fadd float %%t%u, %%t%u\n", r, f, x);
	if (g->fragment) {
		uint32_t v = temp(g);
		printf("  %%t%u = insertelement <4 x float> zeroinitializer, float %%t%u, i32 0\n",
			v, r);
		printf("  ret <4 x float> %%t%u\n}\n\n", v);
	} else {
		printf("  store float %%t%u, ptr addrspace(1) %%out, align 4\n  ret void\n}\n\n",
			r);
	}
}

int main(int argc, char **argv) {
	struct gen g = { .state = 0x9e3779b97f4a7c15u, .loops_left = 58 };
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seed") == 0) {
			g.state ^= strtoull(argv[i + 1], NULL, 0) * 0xd1342543de82ef95u;
		} else if (strcmp(argv[i], "--loops") == 0) {
			g.loops_left = (uint32_t)strtoul(argv[i + 1], NULL, 0);
		} else if (strcmp(argv[i], "--stage") == 0) {
			g.fragment = strcmp(argv[i + 1], "fragment") == 0;
		} else {
			argc = 0;
		}
	}
	if (argc % 2 == 0) {
		fputs("usage: uber-gen [--seed N] [--loops N] [--stage kernel|fragment]\n", stderr);
		return 2;
	}
	function(&g);
	metadata(&g);
	return 0;
}
