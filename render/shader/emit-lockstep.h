// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_EMIT_LOCKSTEP_H
#define RENDER_SHADER_EMIT_LOCKSTEP_H

#include "emit-private.h"

/*
 * The other way to do without subgroups, where all threads come to every operation together: the
 * operands go to shared memory between two barriers (emit-uniform.c says when).
 */
bool emit_plan_exchange(struct emit *e);
void emit_exchange(struct emit *e, const struct air_value *v);

/*
 * Behind a simd operation in the state machine, or an exchange: what the other lanes of the group
 * brought.
 */
uint32_t emit_lockstep_word(struct emit *e, uint32_t lane, uint32_t word);
/* The lanes that stand at the same operation. */
uint32_t emit_lockstep_active(struct emit *e);
/* Those of them whose first word is not zero. */
uint32_t emit_lockstep_ballot(struct emit *e);

/* Ends a block before every operation that waits. Once per function, before anything else. */
void emit_split_blocks(struct emit *e);

#endif
