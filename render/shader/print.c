// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ir.h"

/* Own IR as text, one line an instruction (pvg-airc --emit ir). */

static const char *const op_names[] = {
	"arg",
	"const",
	"add",
	"sub",
	"mul",
	"udiv",
	"sdiv",
	"urem",
	"srem",
	"shl",
	"lshr",
	"ashr",
	"and",
	"or",
	"xor",
	"fadd",
	"fsub",
	"fmul",
	"fdiv",
	"frem",
	"fneg",
	"icmp",
	"fcmp",
	"trunc",
	"zext",
	"sext",
	"fptrunc",
	"fpext",
	"fptoui",
	"fptosi",
	"uitofp",
	"sitofp",
	"bitcast",
	"copy",
	"select",
	"phi",
	"load",
	"store",
	"ptradd",
	"alloca",
	"extract",
	"insert",
	"shuffle",
	"extract_dynamic",
	"insert_dynamic",
	"call",
};

static const char *const kind_names[] = {
	"bool", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "ptr",
};

struct line {
	char text[1024];
	size_t n;
};

__attribute__((format(printf, 2, 3)))
static void put(struct line *l, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(l->text + l->n, sizeof(l->text) - l->n, fmt, args);
	va_end(args);
	l->n = n < 0 || (size_t)n >= sizeof(l->text) - l->n ? sizeof(l->text) - 1
							    : l->n + (size_t)n;
}

static void put_type(struct line *l, const struct air_type *t) {
	for (uint32_t i = 0; i < t->comp_count && i < 8; i++) {
		uint8_t kind = t->comps[i].kind;
		if (kind & AIR_ODD) {
			put(l, "%si%u", i > 0 ? "," : "", air_kind_bits(kind));
			continue;
		}
		put(l, "%s%s", i > 0 ? "," : "", kind_names[kind]);
	}
	put(l, "%s", t->comp_count > 8 ? ",..." : t->comp_count == 0 ? "void" : "");
}

static void put_operand(struct line *l, const struct air_value *v) {
	if (v->op != AIR_CONST) {
		put(l, " %s%u", v->op == AIR_ARG ? "a" : "v", v->op == AIR_ARG ? v->arg : v->index);
		return;
	}
	put(l, " {");
	for (uint32_t i = 0; i < v->type->comp_count && i < 8; i++) {
		put(l, "%s%s%" PRIx64, i > 0 ? " " : "",
			v->constant.globals[i] != NULL ? v->constant.globals[i]->name : "",
			v->constant.bits[i]);
	}
	put(l, "}");
}

static void put_inst(struct line *l, const struct air_value *v) {
	put(l, "\t");
	if (v->type->comp_count > 0) {
		put(l, "v%u:", v->index);
		put_type(l, v->type);
		put(l, " = ");
	}
	put(l, "%s", op_names[v->op]);
	if (v->op == AIR_CALL) {
		put(l, " %s", v->callee);
	} else if (v->op == AIR_ICMP || v->op == AIR_FCMP) {
		put(l, " p%d", (int)v->predicate);
	} else if (v->op == AIR_PTRADD) {
		put(l, " %+" PRId64, v->ptradd.offset_bytes);
	} else if (v->op == AIR_EXTRACT || v->op == AIR_INSERT) {
		put(l, " [%u]", v->first);
	} else if (v->op == AIR_ALLOCA) {
		put(l, " %u", v->alloca_bytes);
	} else if (v->op == AIR_LOAD || v->op == AIR_STORE) {
		put(l, " align %u", v->memory.align_bytes);
	}
	for (uint32_t i = 0; i < v->op_count; i++) {
		put_operand(l, v->ops[i]);
		if (v->op == AIR_PHI) {
			put(l, "@b%u", v->phi_blocks[i]->index);
		} else if (v->op == AIR_PTRADD && i > 0) {
			put(l, "*%" PRId64, v->ptradd.scales_bytes[i - 1]);
		}
	}
	put(l, "\n");
}

void air_print(const struct air_function *f, void (*write)(void *data, const char *text),
		void *data) {
	struct line l = {.n = 0};
	put(&l, "function %s air %u.%u\n", f->name, f->air_major, f->air_minor);
	write(data, l.text);
	for (uint32_t i = 0; i < f->arg_count; i++) {
		l.n = 0;
		put(&l, "a%u:", i);
		put_type(&l, f->args[i].type);
		put(&l, " role %d location %u %s\n", (int)f->args[i].role, f->args[i].location,
			f->args[i].name);
		write(data, l.text);
	}
	for (uint32_t b = 0; b < f->block_count; b++) {
		const struct air_block *block = f->blocks[b];
		l.n = 0;
		put(&l, "b%u:\n", b);
		write(data, l.text);
		for (uint32_t i = 0; i < block->count; i++) {
			l.n = 0;
			put_inst(&l, block->insts[i]);
			write(data, l.text);
		}
		l.n = 0;
		if (block->terminator == AIR_RET) {
			put(&l, "\tret");
			if (block->result != NULL) {
				put_operand(&l, block->result);
			}
		} else {
			put(&l, "\tbr");
			if (block->condition != NULL) {
				put_operand(&l, block->condition);
			}
			for (uint32_t k = 0; k < 2 && block->next[k] != NULL; k++) {
				put(&l, " b%u", block->next[k]->index);
			}
		}
		put(&l, "\n");
		write(data, l.text);
	}
}
