// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Own IR (render/shader/ir.h) from bytes: functions as the loader makes them, in SSA form, with
 * arguments, outputs, any flow graph, memory, textures and calls.
 */
#ifndef TESTS_FUZZ_GEN_AIR_H
#define TESTS_FUZZ_GEN_AIR_H

#include "render/shader/translate.h"

#include "fuzz.h"

/*
 * wild: calls whose operands and results are not those of the name, and arguments whose types are
 * not those of the role, which bitcode of a guest may contain. Such a function may be refused in
 * any way that has a name; one that is not wild must come out valid or be refused for what it is.
 */
struct gen_air {
	struct fuzz_input *in; // borrowed
	struct pvg_arena *arena; // borrowed
	bool wild;
};

/* Fills the function and what it is to be translated for; all of it lives in the arena. */
void gen_air(const struct gen_air *gen, struct air_function *function,
	struct pvg_shader_variant *variant);

#endif
