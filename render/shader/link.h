// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_LINK_H
#define RENDER_SHADER_LINK_H

#include <stdint.h>

#include "reflect.h"
#include "status.h"

/*
 * Stages are translated one by one, in any order, and linked when a pipeline names a pair (spec 05
 * §3.5, §5.8). The rule:
 *
 * - a fragment input is the output of the vertex (or tessellation) function with the same
 * semantic:
 * user(locn0), user(name), generated(...). Order, position in a struct and location mean nothing;
 * - a fragment input that the function in front does not write, or writes with another number
 * class
 *    or fewer components, is refused (link_varying_missing, link_varying_type);
 *  - what nobody reads may stay;
 *  - how a value is interpolated is what the fragment function says.
 *
 * GLSL: variables are named after the semantic and have no locations, so the linker of the driver
 * pairs them; but GLSL ES wants the same interpolation words on both sides, and a vertex function
 * does not know them: pvg_link_glsl writes them into its text. The result is to be compiled
 * instead.
 *
 * SPIR-V: locations of fragment inputs are provisional: pvg_link_spirv replaces them by those of
 * the
 * vertex outputs.
 *
 * Both take reflections that pvg_reflection_check accepted. Any thread.
 */

/* Text of the vertex stage for this fragment function. Owned by the caller; NULL when refused. */
char *pvg_link_glsl(const struct pvg_reflection *vertex, const char *vertex_glsl,
	const struct pvg_reflection *fragment, struct pvg_shader_status *status);

/* Changes the locations of the fragment function's inputs in place. False when refused. */
bool pvg_link_spirv(const struct pvg_reflection *vertex, const struct pvg_reflection *fragment,
	uint32_t *fragment_words, size_t word_count, struct pvg_shader_status *status);

/*
 * What the reflection calls the varying of a semantic: the semantic itself, or when that is too
 * long
 * its beginning and a digest of all of it.
 */
void pvg_varying_key(const char *semantic, char out[PVG_REFLECTION_NAME_BYTES]);

/*
 * The GLSL name of a varying of the reflection: "user(locn0)" to "v_user_locn0_". Keys that differ
 * only in what GLSL does not allow get a digest.
 */
void pvg_varying_name(const char *semantic, char out[PVG_REFLECTION_NAME_BYTES]);

#endif
