// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_VARIANT_H
#define RENDER_SHADER_VARIANT_H

#include "translate.h"

/*
 * Sets one thing of a variant from text, for tools and tests: a feature ("y-flip", "no-offsets"), a
 * number ("storage-buffers=4"), an image format ("image=SLOT,SPV_FORMAT") or an attribute to be
 * read
 * from a buffer ("attribute=LOCATION,FORMAT,BUFFER,STEP,OFFSET,STRIDE,RATE"). False: not
 * understood.
 */
bool pvg_shader_variant_set(struct pvg_shader_variant *variant, const char *text);

#endif
