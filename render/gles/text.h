// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_GLES_TEXT_H
#define RENDER_GLES_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render/shader/reflect.h"

// GLSL that is put together here: room for it, and how much there is. What does not fit is
// left out.
struct gles_text {
	char *at;
	size_t used, room;
};

void gles_text_say(struct gles_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * What has to change in translated GLSL before two stages make a program: bindings are numbers of
 * the program and not of the stage, and names of blocks and samplers must differ. The translator
 * writes one declaration a line. Varyings are render/shader/link.h's.
 */
struct gles_text_edit {
	const char *glsl;
	// Added to the stage's binding numbers.
	uint32_t uniform_base, storage_base, unit_base, image_base;
	bool rename;       // a stage before the fragment stage: its names get another ending
	const char *head;  // NULL, or declarations
	const char *tail;  // NULL, or the body of a new main(); the old one is pvg_main()
	uint32_t params;   // length of the parameter block's array, 0: as it is
	// By number of the stage's images: SpvImageFormat to declare instead, 0: the translator's.
	const uint8_t *image_formats;
	// By number of the stage's units and images: what is done to texels (texel.h); NULL: none.
	const uint16_t *unit_texels, *image_texels;
	// Outputs of this function go to a geometry stage and get its ending; NULL: they do not.
	const struct pvg_reflection *varyings;
	const char *word, *instead; // a word of the code and what it becomes, NULL: none
	bool split; // kernels: number of the group comes with pvg_group, how many with pvg_groups
};

#define GLES_TEXT_IMAGES 32u // of a stage whose format can be said
#define GLES_TEXT_UNITS 64u  // of a stage whose texels can be changed

/* What to translate with for an SpvImageFormat: itself, or one of its class that is in core. */
uint8_t gles_text_stand_in(uint8_t format);

/* The edited text, owned by the caller; NULL: out of memory. */
char *gles_text_edit(const struct gles_text_edit *edit);

/*
 * Which words of the parameter block a text reads: bit c of used[n] is component c of vector n.
 * Returns the number of vectors up to the last one that is read.
 */
uint32_t gles_text_params(const char *glsl, uint8_t used[PVG_PARAMS_COUNT]);

#endif
