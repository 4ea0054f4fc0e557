// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Texels that GL cannot read or write as Metal means them: those of texture buffers, which have no
 * swizzle and only a few formats, and those of storage images that keep alpha in red. The texture
 * shows their bits, and the text of the function gets calls that make numbers of them.
 */
#ifndef RENDER_GLES_TEXEL_H
#define RENDER_GLES_TEXEL_H

#include "render/gles/gles.h"
#include "render/gles/text.h"

/* What the bits are. */
enum gles_texel_kind {
	GLES_TEXEL_PLAIN, // GL reads them right
	GLES_TEXEL_SRGB,
	GLES_TEXEL_SNORM8,
	GLES_TEXEL_UNORM16,
	GLES_TEXEL_SNORM16,
	GLES_TEXEL_RGB10A2,
	GLES_TEXEL_RGB10A2_UINT,
	GLES_TEXEL_RG11B10,
	GLES_TEXEL_RGB9E5,
	GLES_TEXEL_B5G6R5,
	GLES_TEXEL_A1BGR5,
	GLES_TEXEL_ABGR4,
	GLES_TEXEL_BGR5A1,
	GLES_TEXEL_KINDS,
};

/*
 * A kind and an order of channels in a number, which is part of a variant's key: four bits of enum
 * gles_texel_kind, then three for each of red, green, blue and alpha: 0, 1, or 2 + the channel that
 * it is taken from. 0: nothing has to be done.
 */
typedef uint16_t gles_texel_code;

static inline enum gles_texel_kind gles_texel_kind(gles_texel_code code) {
	return (enum gles_texel_kind)(code & 15);
}

/**
 * gles_texel_buffer_format - the internal format of a buffer texture that shows a format's bits
 *
 * 0: textures over buffers cannot have this format, in Metal neither.
 */
GLenum gles_texel_buffer_format(const struct gles_format *format);

/* What a function of a class has to do to sample or fetch a view. */
gles_texel_code gles_texel_sampled(const struct gles_view *view, uint8_t value_class);
/* The same for a storage image. Swizzles are not for writing. */
gles_texel_code gles_texel_stored(const struct gles_view *view, uint8_t value_class);

/* The class that the bits have, of a function of class @value_class (enum pvg_slot_class). */
uint8_t gles_texel_raw_class(gles_texel_code code, uint8_t value_class);

/**
 * gles_texel_say - writes a declaration's type and name, and the functions that follow it
 * @type:   of the declaration, behind its precision: "samplerBuffer", "image2D"
 * @name:   of the variable, as the edited text has it
 * @reads, @writes: of images
 * @said:   bit n: what kind n needs besides is in the text; 0 at first
 */
void gles_texel_say(struct gles_text *to, gles_texel_code code, const char *type, const char *name,
	bool reads, bool writes, uint32_t *said);

#define GLES_TEXEL_ROOM 4096u // of what gles_texel_say writes

#endif
