// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Between buffers and images: pixel buffer transfers in the raw format of the texels.
 */
#include "render/gles/blitter.h"
#include "render/gles/blocks.h"
#include "render/gles/gles.h"

// A transfer with its pitches filled in and its slices counted.
struct box {
	const struct gles_format *format;
	uint32_t texel_bytes; // of a block, for the aspect
	uint64_t row_bytes, image_bytes;
	uint32_t blocks, rows; // in a row, in an image
	uint32_t images; // planes or slices
	uint32_t first; // plane or slice
	uint64_t bytes; // what it spans in the buffer
};

static bool refuse(const struct pvg_gpu_transfer *t, const char *what, const char *why) {
	const struct gles_image *image = gles_image(t->at.image);
	pvg_info("gles: %s of %ux%ux%u at %u,%u,%u level %u slice %u, format %u, refused: %s", what,
		t->width, t->height, t->depth, t->at.x, t->at.y, t->at.z, t->at.level, t->at.slice,
		image->desc.format, why);
	return false;
}

// The device has checked all this against the guest's objects; here it keeps GL from errors.
static bool measure(const struct pvg_gpu_transfer *t, const char *what, struct box *box) {
	const struct gles_image *image = gles_image(t->at.image);
	const struct gles_format *f = image->format;
	const struct pvg_gpu_image_desc *d = &image->desc;
	bool volume = d->kind == PVG_GPU_3D;
	if (gles_kind_is_multisample(d->kind)) {
		return refuse(t, what, "multisampled");
	}
	if (t->at.level >= d->levels) {
		return refuse(t, what, "no such level");
	}
	uint32_t depth = volume ? gles_level_size(d->depth, t->at.level) : image->slices;
	box->first = volume ? t->at.z : t->at.slice + t->at.z;
	box->images = t->depth;
	uint64_t width = gles_level_size(d->width, t->at.level);
	uint64_t height = gles_level_size(d->height, t->at.level);
	if ((uint64_t)t->at.x + t->width > width || (uint64_t)t->at.y + t->height > height ||
		(uint64_t)box->first + t->depth > depth) {
		return refuse(t, what, "outside the image");
	}
	if (t->at.x % f->block_width != 0 || t->at.y % f->block_height != 0 ||
		(t->width % f->block_width != 0 && t->at.x + t->width != width) ||
		(t->height % f->block_height != 0 && t->at.y + t->height != height)) {
		return refuse(t, what, "not whole blocks");
	}
	box->format = f;
	box->texel_bytes = gles_aspect_bytes(f, t->aspect);
	box->blocks = (t->width + f->block_width - 1u) / f->block_width;
	box->rows = (t->height + f->block_height - 1u) / f->block_height;
	uint64_t tight = (uint64_t)box->blocks * box->texel_bytes;
	box->row_bytes = t->row_bytes != 0 ? t->row_bytes : tight;
	if (box->row_bytes < tight || box->row_bytes > INT32_MAX) {
		return refuse(t, what, "rows closer than they are long, or too far apart");
	}
	box->image_bytes = t->image_bytes != 0 ? t->image_bytes : box->row_bytes * box->rows;
	uint64_t one = box->row_bytes * (box->rows - 1) + tight;
	if (box->images > 1 && (box->image_bytes < one || box->image_bytes > INT32_MAX)) {
		return refuse(t, what, "images closer than they are long, or too far apart");
	}
	box->bytes = box->image_bytes * (box->images - 1) + one;
	uint64_t size = t->span.buffer->size_bytes;
	if (t->span.offset_bytes > size || size - t->span.offset_bytes < box->bytes) {
		return refuse(t, what, "outside the buffer");
	}
	return true;
}

static bool is_nothing(const struct pvg_gpu_transfer *t) {
	return t->width == 0 || t->height == 0 || t->depth == 0 || t->span.buffer == NULL;
}

static const void *offset_pointer(uint64_t offset) {
	return (const void *)(uintptr_t)offset;
}

/* ---- texture buffers ------------------------------------------------------------------------- */

static void copy_texture_buffer(struct gles_renderer *r, const struct pvg_gpu_transfer *t,
	const struct box *box, bool upload) {
	const struct gles_image *image = gles_image(t->at.image);
	GLuint buffer = gles_buffer(t->span.buffer)->id;
	GLintptr inner = (GLintptr)((uint64_t)t->at.x * box->texel_bytes);
	GLintptr outer = (GLintptr)t->span.offset_bytes;
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, upload ? buffer : image->buffer);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, upload ? image->buffer : buffer);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, upload ? outer : inner,
		upload ? inner : outer, (GLsizeiptr)box->bytes);
}

/* ---- uploads --------------------------------------------------------------------------------- */

struct unpack {
	GLuint buffer;
	uint64_t offset;
	GLenum format, type;
	uint32_t align; // of offsets, for GL
};

static void sub_image(const struct gles_image *image, const struct pvg_gpu_transfer *t,
	const struct unpack *from, uint64_t offset, uint32_t y, uint32_t height, uint32_t z,
	uint32_t depth, GLsizei bytes) {
	GLenum target = image->raw_target;
	GLint level = t->at.level, x = (GLint)t->at.x;
	GLsizei w = (GLsizei)t->width, h = (GLsizei)height;
	const void *data = offset_pointer(offset);
	bool blocks = (image->format->flags & GLES_FORMAT_BLOCKS) != 0;
	if (target == GL_TEXTURE_2D) {
		if (blocks) {
			glCompressedTexSubImage2D(target, level, x, (GLint)y, w, h,
				image->format->storage, bytes, data);
		} else {
			glTexSubImage2D(target, level, x, (GLint)y, w, h, from->format, from->type,
				data);
		}
	} else if (blocks) {
		glCompressedTexSubImage3D(target, level, x, (GLint)y, (GLint)z, w, h,
			(GLsizei)depth, image->format->storage, bytes, data);
	} else {
		glTexSubImage3D(target, level, x, (GLint)y, (GLint)z, w, h, (GLsizei)depth,
			from->format, from->type, data);
	}
}

// As few calls as the pitches allow: all at once, an image at a time, a row at a time.
static void upload_rows(struct gles_renderer *r, const struct gles_image *image,
	const struct pvg_gpu_transfer *t, const struct box *box, const struct unpack *from) {
	bool blocks = (box->format->flags & GLES_FORMAT_BLOCKS) != 0;
	uint64_t tight = (uint64_t)box->blocks * box->texel_bytes;
	bool pitched = blocks ? box->row_bytes == tight : box->row_bytes % box->texel_bytes == 0;
	bool stacked = pitched && box->image_bytes % box->row_bytes == 0 &&
		(!blocks || box->image_bytes == tight * box->rows);
	gles_bind_buffer(r, GL_PIXEL_UNPACK_BUFFER, from->buffer);
	gles_bind_scratch(r, image->raw_target, image->raw);
	if (!blocks && pitched) {
		glPixelStorei(GL_UNPACK_ROW_LENGTH, (GLint)(box->row_bytes / box->texel_bytes));
		if (stacked) {
			glPixelStorei(GL_UNPACK_IMAGE_HEIGHT,
				(GLint)(box->image_bytes / box->row_bytes));
		}
	}
	uint64_t whole = tight * box->rows;
	if ((box->images == 1 || stacked) && pitched) {
		sub_image(image, t, from, from->offset, t->at.y, t->height, box->first, box->images,
			(GLsizei)(whole * box->images));
	}
	for (uint32_t i = 0; i < box->images && !((box->images == 1 || stacked) && pitched); i++) {
		uint64_t offset = from->offset + box->image_bytes * i;
		if (pitched) {
			sub_image(image, t, from, offset, t->at.y, t->height, box->first + i, 1,
				(GLsizei)whole);
			continue;
		}
		uint32_t step = box->format->block_height;
		for (uint32_t y = 0; y < t->height; y += step, offset += box->row_bytes) {
			uint32_t height = t->height - y < step ? t->height - y : step;
			sub_image(image, t, from, offset, t->at.y + y, height, box->first + i, 1,
				(GLsizei)tight);
		}
	}
	if (!blocks && pitched) {
		glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
		glPixelStorei(GL_UNPACK_IMAGE_HEIGHT, 0);
	}
}

// GL wants offsets (and rows) to be multiples of the components' size: a copy that is.
static bool align(struct gles_renderer *r, const struct box *box, struct unpack *from) {
	if (from->offset % from->align == 0 || from->align == 1) {
		return true;
	}
	GLuint staging = gles_blitter_buffer(r, box->bytes);
	if (staging == 0) {
		return false;
	}
	gles_bind_buffer(r, GL_COPY_READ_BUFFER, from->buffer);
	gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, staging);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, (GLintptr)from->offset, 0,
		(GLsizeiptr)box->bytes);
	from->buffer = staging;
	from->offset = 0;
	return true;
}

static uint32_t native_align(const struct gles_format *format) {
	if (format->flags & GLES_FORMAT_BLOCKS) {
		return 1;
	}
	return format->block_bytes < 4 ? format->block_bytes : 4;
}

// Texels that GL takes in no form: as integers first, then drawn.
static bool upload_drawn(struct gles_renderer *r, struct gles_image *image,
	const struct pvg_gpu_transfer *t, const struct box *box) {
	struct gles_image *words = gles_blitter_image(r, box->texel_bytes, t->width, t->height);
	if (words == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < box->images; i++) {
		struct pvg_gpu_transfer part = *t;
		part.span.offset_bytes += box->image_bytes * i;
		part.row_bytes = box->row_bytes;
		part.at = (struct pvg_gpu_location){ .image = (struct pvg_gpu_image *)words };
		part.depth = 1;
		part.aspect = PVG_GPU_ASPECT_ALL;
		gles_cmd_upload(r, &part);
		struct gles_rect rect = { t->at.x, t->at.y, t->width, t->height };
		if (!gles_blitter_unpack(r, words, image, t->at.level, box->first + i, &rect,
			    t->aspect)) {
			return false;
		}
	}
	return true;
}

/*
 * Texels whose raw texture is a view in another format, where the driver uploads into the image's
 * own format instead: into a texture that has the raw format, then copied, which moves bits.
 */
static bool upload_bits(struct gles_renderer *r, const struct gles_image *image,
	const struct pvg_gpu_transfer *t, const struct box *box) {
	struct gles_image *bits = gles_blitter_bits(r, box->texel_bytes, t->width, t->height);
	if (bits == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < box->images; i++) {
		struct pvg_gpu_transfer part = *t;
		part.span.offset_bytes += box->image_bytes * i;
		part.row_bytes = box->row_bytes;
		part.at = (struct pvg_gpu_location){ .image = (struct pvg_gpu_image *)bits };
		part.depth = 1;
		gles_cmd_upload(r, &part);
		glCopyImageSubData(bits->texture, bits->target, 0, 0, 0, 0, image->raw,
			image->raw_target, t->at.level, (GLint)t->at.x, (GLint)t->at.y,
			(GLint)(box->first + i), (GLsizei)t->width, (GLsizei)t->height, 1);
	}
	return true;
}

static struct gles_block_box blocks_of(const struct pvg_gpu_transfer *t, const struct box *box) {
	const uint32_t origin[3] = { t->at.x, t->at.y, box->first };
	const uint32_t size[3] = { t->width, t->height, box->images };
	return gles_block_box(gles_image(t->at.image), t->at.level, origin, size);
}

void gles_cmd_upload(struct gles_renderer *r, const struct pvg_gpu_transfer *t) {
	struct gles_image *image = gles_image(t->at.image);
	struct box box;
	if (is_nothing(t) || !measure(t, "upload", &box)) {
		return;
	}
	const struct gles_format *f = image->format;
	if (image->blocks != NULL) {
		struct gles_block_box blocks = blocks_of(t, &box);
		if (!gles_blocks_upload(r, image, &blocks, &t->span, box.row_bytes,
			    box.image_bytes)) {
			refuse(t, "upload", "no memory");
		}
		return;
	}
	gles_span_read(r, &t->span, box.bytes);
	if (image->target == GL_TEXTURE_BUFFER) {
		copy_texture_buffer(r, t, &box, true);
		return;
	}
	bool part = f->value == GLES_DEPTH_STENCIL && t->aspect != PVG_GPU_ASPECT_ALL;
	if (part || (f->flags & GLES_FORMAT_ROTATE)) {
		if (!upload_drawn(r, image, t, &box)) {
			refuse(t, "upload", "no memory, or no program");
		}
		return;
	}
	const struct gles_raw_format *raw = gles_raw_format(f);
	if (raw != NULL && raw->internal != f->storage && !r->upload_views) {
		if (!upload_bits(r, image, t, &box)) {
			refuse(t, "upload", "no memory");
		}
		return;
	}
	struct unpack from = {
		.buffer = gles_buffer(t->span.buffer)->id,
		.offset = t->span.offset_bytes,
		.format = raw != NULL ? raw->format : f->format,
		.type = raw != NULL ? raw->type : f->type,
		.align = raw != NULL ? raw->type_bytes : native_align(f),
	};
	if (box.row_bytes % from.align != 0 ||
		(box.images > 1 && box.image_bytes % from.align != 0)) {
		refuse(t, "upload", "pitches that split components");
		return;
	}
	if (!align(r, &box, &from)) {
		refuse(t, "upload", "no memory");
		return;
	}
	upload_rows(r, image, t, &box, &from);
	gles_bind_buffer(r, GL_PIXEL_UNPACK_BUFFER, 0);
}

/* ---- reads ----------------------------------------------------------------------------------- */

// Reads one image's raw rows into the bound pack buffer.
static void read_rows(struct gles_renderer *r, const struct gles_raw_format *raw,
	const struct gles_rect *rect, uint32_t texel_bytes, uint64_t row_bytes, uint64_t offset) {
	GLint x = (GLint)rect->x, y = (GLint)rect->y;
	GLsizei w = (GLsizei)rect->width, h = (GLsizei)rect->height;
	if (row_bytes % texel_bytes == 0) {
		glPixelStorei(GL_PACK_ROW_LENGTH, (GLint)(row_bytes / texel_bytes));
		glReadPixels(x, y, w, h, raw->format, raw->type, (void *)(uintptr_t)offset);
		glPixelStorei(GL_PACK_ROW_LENGTH, 0);
		return;
	}
	for (GLsizei i = 0; i < h; i++, offset += row_bytes) {
		glReadPixels(x, y + i, w, 1, raw->format, raw->type, (void *)(uintptr_t)offset);
	}
}

static bool read_raw(struct gles_renderer *r, const struct gles_image *image, uint32_t level,
	uint32_t slice, const struct gles_rect *rect, const struct pvg_gpu_transfer *t,
	const struct box *box, uint64_t offset) {
	const struct gles_raw_format *raw = gles_raw_format(image->format);
	GLuint buffer = gles_buffer(t->span.buffer)->id;
	uint64_t one = box->row_bytes * (box->rows - 1) + (uint64_t)box->blocks * box->texel_bytes;
	bool straight = offset % raw->type_bytes == 0 && box->row_bytes % raw->type_bytes == 0;
	if (!straight && box->row_bytes % raw->type_bytes != 0) {
		return refuse(t, "read", "pitches that split components");
	}
	struct gles_attach attach = gles_attach_raw(image, level, slice);
	static const struct gles_attach none;
	gles_bind_framebuffer(r, GL_READ_FRAMEBUFFER, gles_fbo_scratch(r, 1));
	gles_attach_now(r, GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, &attach);
	glReadBuffer(GL_COLOR_ATTACHMENT0);
	if (straight) {
		gles_bind_buffer(r, GL_PIXEL_PACK_BUFFER, buffer);
		read_rows(r, raw, rect, box->texel_bytes, box->row_bytes, offset);
	} else {
		// Through an aligned copy, with what lies between the rows.
		GLuint staging = gles_blitter_buffer(r, one);
		if (staging == 0) {
			return refuse(t, "read", "no memory");
		}
		gles_bind_buffer(r, GL_COPY_READ_BUFFER, buffer);
		gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, staging);
		glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, (GLintptr)offset, 0,
			(GLsizeiptr)one);
		gles_bind_buffer(r, GL_PIXEL_PACK_BUFFER, staging);
		read_rows(r, raw, rect, box->texel_bytes, box->row_bytes, 0);
		gles_bind_buffer(r, GL_COPY_READ_BUFFER, staging);
		gles_bind_buffer(r, GL_COPY_WRITE_BUFFER, buffer);
		glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, 0, (GLintptr)offset,
			(GLsizeiptr)one);
	}
	gles_attach_now(r, GL_READ_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, &none);
	gles_bind_buffer(r, GL_PIXEL_PACK_BUFFER, 0);
	return true;
}

// Brings texels without raw view into an image with one; NULL: not possible, logged.
static struct gles_image *read_words(struct gles_renderer *r, struct gles_image *image,
	const struct pvg_gpu_transfer *t, const struct box *box, uint32_t slice) {
	const struct gles_format *f = image->format;
	struct gles_image *words = gles_blitter_image(r, box->texel_bytes, box->blocks, box->rows);
	if (words == NULL) {
		return NULL;
	}
	if (f->flags & GLES_FORMAT_BLOCKS) {
		// Between compressed and plain images of the same texel size blocks become texels.
		glCopyImageSubData(image->raw, image->raw_target, t->at.level, (GLint)t->at.x,
			(GLint)t->at.y, (GLint)slice, words->texture, words->target, 0, 0, 0, 0,
			(GLsizei)t->width, (GLsizei)t->height, 1);
		return words;
	}
	struct gles_rect rect = { t->at.x, t->at.y, t->width, t->height };
	if (image->desc.kind != PVG_GPU_3D) {
		return gles_blitter_pack(r, image, t->at.level, slice, &rect, t->aspect, words)
			? words
			: NULL;
	}
	// A plane of a volume cannot be viewed: only packed colour comes here.
	struct pvg_gpu_image_desc desc = {
		.kind = PVG_GPU_2D,
		.usage = PVG_GPU_IMAGE_SAMPLED,
		.format = image->desc.format,
		.width = t->width,
		.height = t->height,
		.depth = 1,
		.levels = 1,
		.samples = 1,
		.layers = 1,
	};
	struct pvg_gpu_image *plane = gles_image_create_raw(r, &desc);
	if (plane == NULL) {
		return NULL;
	}
	glCopyImageSubData(image->texture, image->target, t->at.level, (GLint)t->at.x,
		(GLint)t->at.y, (GLint)slice, gles_image(plane)->texture, GL_TEXTURE_2D, 0, 0, 0, 0,
		(GLsizei)t->width, (GLsizei)t->height, 1);
	rect.x = rect.y = 0;
	bool good = gles_blitter_pack(r, gles_image(plane), 0, 0, &rect, t->aspect, words);
	gles_image_destroy(&r->base, plane);
	return good ? words : NULL;
}

// A float has no room for every 24-bit depth: these texels must not pass through a shader.
static void read_depth24(struct gles_renderer *r, const struct gles_image *image,
	const struct pvg_gpu_transfer *t, const struct box *box) {
	static const struct gles_attach none;
	bool both = t->aspect == PVG_GPU_ASPECT_ALL;
	const struct gles_raw_format words = {
		.format = both ? GL_DEPTH_STENCIL : GL_DEPTH_COMPONENT,
		.type = both ? GL_UNSIGNED_INT_24_8 : GL_UNSIGNED_INT,
	};
	if (box->row_bytes % 4 != 0 || t->span.offset_bytes % 4 != 0 ||
		(box->images > 1 && box->image_bytes % 4 != 0)) {
		refuse(t, "read", "pitches that split components");
		return;
	}
	gles_bind_framebuffer(r, GL_READ_FRAMEBUFFER, gles_fbo_scratch(r, 1));
	gles_bind_buffer(r, GL_PIXEL_PACK_BUFFER, gles_buffer(t->span.buffer)->id);
	for (uint32_t i = 0; i < box->images; i++) {
		struct gles_rect rect = { t->at.x, t->at.y, t->width, t->height };
		struct gles_attach attach = gles_attach_raw(image, t->at.level, box->first + i);
		gles_attach_now(r, GL_READ_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, &attach);
		glReadBuffer(GL_NONE);
		read_rows(r, &words, &rect, 4, box->row_bytes,
			t->span.offset_bytes + box->image_bytes * i);
	}
	gles_attach_now(r, GL_READ_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, &none);
	gles_bind_buffer(r, GL_PIXEL_PACK_BUFFER, 0);
}

void gles_cmd_read(struct gles_renderer *r, const struct pvg_gpu_transfer *t) {
	struct gles_image *image = gles_image(t->at.image);
	struct box box;
	if (is_nothing(t) || !measure(t, "read", &box)) {
		return;
	}
	gles_span_written(r, &t->span, box.bytes);
	if (image->blocks != NULL) {
		struct gles_block_box blocks = blocks_of(t, &box);
		if (!gles_blocks_read(r, image, &blocks, &t->span, box.row_bytes,
			    box.image_bytes)) {
			refuse(t, "read", "no memory");
		}
		return;
	}
	if (image->target == GL_TEXTURE_BUFFER) {
		copy_texture_buffer(r, t, &box, false);
		return;
	}
	if (image->format->storage == GL_DEPTH24_STENCIL8 && t->aspect != PVG_GPU_ASPECT_STENCIL) {
		read_depth24(r, image, t, &box);
		return;
	}
	for (uint32_t i = 0; i < box.images; i++) {
		struct gles_image *from = image;
		struct gles_rect rect = { t->at.x, t->at.y, t->width, t->height };
		uint32_t level = t->at.level, slice = box.first + i;
		if (gles_raw_format(image->format) == NULL) {
			from = read_words(r, image, t, &box, slice);
			if (from == NULL) {
				refuse(t, "read", "no memory, or no program");
				return;
			}
			rect = (struct gles_rect){ 0, 0, box.blocks, box.rows };
			level = slice = 0;
		}
		if (!read_raw(r, from, level, slice, &rect, t, &box,
			    t->span.offset_bytes + box.image_bytes * i)) {
			return;
		}
	}
}
