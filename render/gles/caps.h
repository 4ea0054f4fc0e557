// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_GLES_CAPS_H
#define RENDER_GLES_CAPS_H

#include "render/gles/gles.h"

// Fills limits, format states and the seam's capabilities from the current context.
void gles_caps_load(struct gles_renderer *r);

#endif
