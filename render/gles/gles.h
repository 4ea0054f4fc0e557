// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The GLES 3.2 renderer: what its files share.
 *
 * Everything runs on the thread that created the renderer, with its context current there, unless
 * said otherwise. What the host can do is decided by extension strings at start, never by driver
 * names.
 *
 * Texels lie in GL textures in the guest's byte order. A BGRA format is an RGBA texture whose "red"
 * holds blue: sampling puts it right by the texture swizzle, rendering and storage images by the
 * shader (struct gles_view: bgra). An sRGB and a linear format over one image are two views of one
 * storage, so that nothing is converted twice.
 */
#ifndef RENDER_GLES_GLES_H
#define RENDER_GLES_GLES_H

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>

#include <GLES2/gl2ext.h> // needs what the core header defines
#include <pthread.h>
#include <stdatomic.h>

#include <pvg/log.h>

#include "render/gles/ext.h"
#include "render/gles/format.h"
#include "render/renderer.h"

#define GLES_TEXTURE_UNITS 96u // that the state cache knows; the host's own limit may be lower
#define GLES_BINDINGS 128u // indexed buffer bindings of a kind that are cached
#define GLES_UNKNOWN UINT32_MAX

struct gles_limits {
	GLint texture_size, texture_3d_size, layers, samples;
	GLint attributes, attribute_stride, attribute_offset;
	GLint textures[PVG_GPU_STAGES], images[PVG_GPU_STAGES];
	GLint storage_blocks[PVG_GPU_STAGES], uniform_blocks[PVG_GPU_STAGES];
	GLint scratch_unit; // for gles_bind_scratch
	GLint combined_textures, storage_bindings, image_units, color_attachments;
	GLint uniform_bindings; // GLES_BINDINGS at most
	GLint storage_alignment, uniform_alignment, texture_buffer_alignment;
	GLint64 storage_block_bytes, uniform_block_bytes;
	GLint texture_buffer_texels;
	GLfloat anisotropy, line_width;
	GLint viewport[2];
};

/*
 * GL state as it was set last. Whoever changes one of these goes through the functions of state.c;
 * code that cannot do so calls gles_state_forget. Draw state that only draws use (blending, depth,
 * attributes) is cached by draw.c, which hears of foreign changes by gles_draw_forget.
 */
struct gles_state {
	GLuint program, vertex_array, draw_fbo, read_fbo;
	GLuint unit; // active texture unit
	GLuint texture[GLES_TEXTURE_UNITS + 1], sampler[GLES_TEXTURE_UNITS + 1];
	GLenum target[GLES_TEXTURE_UNITS + 1];
	GLuint pack_buffer, unpack_buffer, copy_read, copy_write;
};

struct gles_buffer {
	struct pvg_gpu_buffer base;
	GLuint id;
	bool shadow; // no persistent mapping: .map is memory of ours, see buffer.c
};

struct gles_dirty { // a range that a submitted list writes and shadow memory has not got yet
	struct gles_buffer *buffer; // borrowed: goes with it
	uint64_t first, end, serial;
};

struct gles_image {
	struct pvg_gpu_image_desc desc;
	const struct gles_format *format;
	const struct gles_format *shown; // the texture's: .format, or what its blocks become
	uint8_t *blocks; // owned: where the texture cannot hold them (blocks.h), else NULL
	GLuint texture; // owned; of a texture buffer: over .buffer
	GLenum target;
	// What transfers go to: the texels in the raw format of their size where there is one, and
	// cubes as an array of faces. Owned unless equal to .texture.
	GLuint raw;
	GLenum raw_target;
	GLuint buffer; // kind TEXTURE_BUFFER only
	EGLImageKHR egl_image; // imported
	uint32_t slices; // physical: faces and layers; 1 for 3D
	GLint samples; // that GL has made, which may be more than asked for
	uint64_t bytes;
};

struct gles_view {
	struct gles_image *image; // borrowed: outlives the view
	struct pvg_gpu_view_desc desc;
	const struct gles_format *format; // of desc.format
	// For sampling, attachment and storage image; the swizzle is part of it.
	GLuint texture;
	GLenum target;
	bool owns_texture;
	GLenum gl_format; // internal, as glBindImageTexture wants it
	// GL red is the guest's blue: shaders swap outputs, fetches, image loads and stores.
	bool bgra;
	bool alpha; // A8: the guest's alpha is GL's red
	bool srgb; // GL converts
	// A cube as an array of its faces, and what storage images show; made when first asked for.
	GLuint array_texture, stored_texture;
	struct gles_layers *layers; // owned: some of its slices, for passes (pass-layers.c)
	uint32_t width, height, depth; // of the view's first level
};

struct gles_lod_sampler { // the same with other LOD limits, or for alpha that lies in red
	struct gles_lod_sampler *next;
	float lod_min, lod_max;
	bool alpha;
	GLuint id;
};

struct gles_sampler {
	struct pvg_gpu_sampler_desc desc;
	GLuint id;
	struct gles_lod_sampler *variants; // owned
};

struct gles_layers; // pass-layers.c

// An array that is drawn to in place of planes of a volume.
struct gles_stand_in {
	struct gles_view *view; // owned, with its image; NULL: none
	struct pvg_gpu_attachment home; // what it stands for
};

// The pass that is open, as draws need it.
struct gles_pass {
	bool open;
	bool partial; // smaller than one of its attachments
	struct pvg_gpu_pass desc;
	struct gles_view *colors[PVG_GPU_COLORS]; // NULL: no attachment
	struct gles_view *depth, *stencil;
	uint8_t bgra_mask, alpha_mask, srgb_mask; // bit n: colour attachment n is such a view
	uint32_t width, height, layers, samples;
	GLuint fbo;
	bool stands_in; // some of
	struct gles_stand_in stand_ins[PVG_GPU_COLORS];
};

struct gles_fbo_cache;
struct gles_fences;
struct gles_queries;
struct gles_blitter;
struct gles_pass_copies;
struct gles_pipelines; // program.c
struct gles_draws; // draw.c

struct gles_renderer {
	struct pvg_renderer base;
	struct gles_ext ext;
	struct gles_proc gl; // functions of extensions; NULL where absent
	struct gles_limits limits;
	bool robust, debug, software;
	// Pixel buffer uploads through a view in another format put the bits where they belong.
	bool upload_views;

	EGLDisplay display;
	EGLContext context;
	EGLContext build_context; // of the thread that links programs

	struct pvg_gles_options options; // strings owned
	struct gles_state state;
	struct gles_pass pass;
	bool lost;
	bool stay_lost; // a test wants it
	int epoll_fd; // what fd() answers

	struct gles_format_state formats[GLES_FORMATS]; // by index of gles_formats
	struct gles_fbo_cache *fbos;
	struct gles_fences *fences;
	struct gles_queries *queries;
	struct gles_blitter *blitter;
	struct gles_pass_copies *copies; // pass-copy.c, made when first needed
	struct gles_dirty *dirty; // owned
	size_t dirty_count, dirty_room;
	uint64_t serial; // of the list that is being submitted
	uint64_t image_bytes; // of all images

	struct gles_pipelines *pipelines;
	struct gles_draws *draws;
};

static inline struct gles_renderer *gles_renderer(struct pvg_renderer *renderer) {
	return (struct gles_renderer *)renderer;
}

static inline struct gles_buffer *gles_buffer(struct pvg_gpu_buffer *buffer) {
	return (struct gles_buffer *)buffer;
}

static inline struct gles_image *gles_image(struct pvg_gpu_image *image) {
	return (struct gles_image *)image;
}

static inline struct gles_view *gles_view(struct pvg_gpu_view *view) {
	return (struct gles_view *)view;
}

static inline struct gles_sampler *gles_sampler(struct pvg_gpu_sampler *sampler) {
	return (struct gles_sampler *)sampler;
}

/* ---- context.c ------------------------------------------------------------------------------- */

// Was there no GL error since the last look? They are forgotten. The thread's context.
bool gles_no_error(void);

/**
 * gles_context_create_shared - a context that shares objects with the renderer's, for a thread
 *
 * Any thread. EGL_NO_CONTEXT when the driver refuses. Whoever makes it destroys it.
 */
EGLContext gles_context_create_shared(struct gles_renderer *r);

/**
 * gles_watch - have the renderer's descriptor become readable when @fd is
 *
 * dispatch calls gles_pipelines_dispatch every time; the watcher drains its descriptor there.
 */
bool gles_watch(struct gles_renderer *r, int fd);
void gles_unwatch(struct gles_renderer *r, int fd);

/* ---- state.c --------------------------------------------------------------------------------- */

void gles_state_forget(struct gles_renderer *r);
void gles_use_program(struct gles_renderer *r, GLuint program);
void gles_bind_vertex_array(struct gles_renderer *r, GLuint vertex_array);
// @target: GL_FRAMEBUFFER sets both.
void gles_bind_framebuffer(struct gles_renderer *r, GLenum target, GLuint fbo);
void gles_bind_texture(struct gles_renderer *r, uint32_t unit, GLenum target, GLuint texture);
// To change a texture, not to draw with it: on a unit that no draw uses, so that what draws bound
// stays.
void gles_bind_scratch(struct gles_renderer *r, GLenum target, GLuint texture);
void gles_bind_sampler(struct gles_renderer *r, uint32_t unit, GLuint sampler);
// GL_PIXEL_PACK_BUFFER, GL_PIXEL_UNPACK_BUFFER, GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER
void gles_bind_buffer(struct gles_renderer *r, GLenum target, GLuint buffer);
// Called when a name is deleted, so that a new object with the same name is bound anew.
void gles_state_drop_texture(struct gles_renderer *r, GLuint texture);
void gles_state_drop_sampler(struct gles_renderer *r, GLuint sampler);
void gles_state_drop_buffer(struct gles_renderer *r, GLuint buffer);
void gles_state_drop_program(struct gles_renderer *r, GLuint program);
void gles_state_drop_vertex_array(struct gles_renderer *r, GLuint vertex_array);

/* ---- buffer.c -------------------------------------------------------------------------------- */

struct pvg_gpu_buffer *gles_buffer_create(struct pvg_renderer *renderer, uint64_t size_bytes,
	uint32_t usage);
void gles_buffer_destroy(struct pvg_renderer *renderer, struct pvg_gpu_buffer *buffer);

/**
 * gles_span_read - GL is about to read a span: with shadow memory its bytes go there now
 * @bytes: what is read from the span's start; 0: to the buffer's end
 */
void gles_span_read(struct gles_renderer *r, const struct pvg_gpu_span *span, uint64_t bytes);
// GL is about to write a span: with shadow memory it is fetched when the list completed.
void gles_span_written(struct gles_renderer *r, const struct pvg_gpu_span *span, uint64_t bytes);
// Dispatch: fetches what lists up to @serial wrote into shadow memory.
void gles_buffers_completed(struct gles_renderer *r, uint64_t serial);
void gles_buffers_finish(struct gles_renderer *r);

/* ---- image.c, view.c, import.c --------------------------------------------------------------- */

struct pvg_gpu_image *gles_image_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc);
// For what the renderer itself fills before it is read: content is anything. Changes nothing that a
// draw has set.
struct pvg_gpu_image *gles_image_create_raw(struct gles_renderer *r,
	const struct pvg_gpu_image_desc *desc);
size_t gles_dmabuf_modifiers(struct pvg_renderer *renderer, uint32_t fourcc, uint64_t *modifiers,
	size_t max);
struct pvg_gpu_image *gles_image_import(struct pvg_renderer *renderer,
	const struct pvg_gpu_image_desc *desc, const struct pvg_gpu_dmabuf *dmabuf);
void gles_image_destroy(struct pvg_renderer *renderer, struct pvg_gpu_image *image);
uint64_t gles_image_bytes(struct pvg_renderer *renderer, const struct pvg_gpu_image *image);
struct pvg_gpu_view *gles_view_create(struct pvg_renderer *renderer, struct pvg_gpu_image *image,
	const struct pvg_gpu_view_desc *desc);
void gles_view_destroy(struct pvg_renderer *renderer, struct pvg_gpu_view *view);

static inline bool gles_kind_is_cube(uint8_t kind) {
	return kind == PVG_GPU_CUBE || kind == PVG_GPU_CUBE_ARRAY;
}

static inline bool gles_kind_is_multisample(uint8_t kind) {
	return kind == PVG_GPU_2D_MS || kind == PVG_GPU_2D_MS_ARRAY;
}

GLenum gles_target_of_kind(uint8_t kind);
// Sets the swizzle of the texture that is bound to @target: the format's own, then @swizzle.
void gles_set_swizzle(GLenum target, const struct gles_format *format, const uint8_t swizzle[4]);

static inline uint32_t gles_level_size(uint32_t size, uint32_t level) {
	size >>= level < 31 ? level : 31;
	return size > 0 ? size : 1;
}

/**
 * gles_view_array_texture - a cube view as GL_TEXTURE_2D_ARRAY of its faces; 0: not possible
 */
GLuint gles_view_array_texture(struct gles_renderer *r, struct gles_view *view);

/**
 * gles_view_stored_format - the internal format of a storage image that shows a view
 *
 * sRGB by its linear form and shared exponents by their bits: functions encode (texel.h).
 */
GLenum gles_view_stored_format(const struct gles_view *view);
/* A texture of that format; cubes as GL_TEXTURE_2D_ARRAY of their faces; 0: not possible. */
GLuint gles_view_stored_texture(struct gles_renderer *r, struct gles_view *view);

/* ---- sampler.c ------------------------------------------------------------------------------- */

struct pvg_gpu_sampler *gles_sampler_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_sampler_desc *desc);
void gles_sampler_destroy(struct pvg_renderer *renderer, struct pvg_gpu_sampler *sampler);

/**
 * gles_sampler_id - the GL sampler for a binding
 * @has_lod: with @lod_min and @lod_max in place of the sampler's own
 *
 * .desc.normalized == false is the shader's business: GL has no such coordinates.
 */
GLuint gles_sampler_id(struct gles_renderer *r, struct gles_sampler *sampler, bool has_lod,
	float lod_min, float lod_max);
// The one for a texture whose only component is alpha, which lies in red: its border is another.
GLuint gles_sampler_alpha_id(struct gles_renderer *r, struct gles_sampler *sampler, bool has_lod,
	float lod_min, float lod_max);

/* ---- pass.c, pass-copy.c, query.c ------------------------------------------------------------ */

void gles_cmd_begin_pass(struct gles_renderer *r, const struct pvg_gpu_pass *pass);
void gles_cmd_end_pass(struct gles_renderer *r, const struct pvg_gpu_stores *stores);
void gles_cmd_texture_barrier(struct gles_renderer *r);
void gles_cmd_visibility(struct gles_renderer *r, uint8_t mode, struct pvg_gpu_buffer *buffer,
	uint64_t offset_bytes);

/**
 * gles_pass_conflict - is a view's memory attached to the open pass?
 *
 * Sampling it is then a feedback loop: legal for the same texel with NV_texture_barrier
 * (gles_cmd_texture_barrier), else the draw reads a copy (gles_pass_copy).
 */
bool gles_pass_conflict(const struct gles_renderer *r, const struct gles_view *view);

/**
 * gles_pass_copy - a texture with the present content of an attachment, for reading in a draw
 * @view: as the shader sees it
 *
 * Valid until the end of the draw; 0: no memory. Changes no state that draws have set.
 */
GLuint gles_pass_copy(struct gles_renderer *r, struct gles_view *view);
// The same of a colour attachment, as a plain texture of its level and slice, @area only: for a
// function that fetches the colour of its own pixel.
GLuint gles_pass_copy_color(struct gles_renderer *r, uint32_t index,
	const struct pvg_gpu_rect *area);
void gles_pass_copies_finish(struct gles_renderer *r);

/* ---- pass-layers.c --------------------------------------------------------------------------- */

void gles_view_layers_finish(struct gles_renderer *r, struct gles_view *view);
// Are colour attachments of different targets? GL takes none as layers then.
bool gles_pass_mixes(const struct pvg_gpu_pass *pass);
// Exchanges attachments of the pass that is being opened for arrays. False: no memory.
bool gles_pass_stand_in(struct gles_renderer *r);
// What was drawn to them goes to the volumes, which can be read then.
void gles_pass_stand_in_return(struct gles_renderer *r);
void gles_pass_stand_in_finish(struct gles_renderer *r);

/* ---- transfer.c, copy.c, fill.c, mipmap.c ---------------------------------------------------- */

void gles_cmd_upload(struct gles_renderer *r, const struct pvg_gpu_transfer *transfer);
void gles_cmd_read(struct gles_renderer *r, const struct pvg_gpu_transfer *transfer);
void gles_cmd_copy_buffer(struct gles_renderer *r, const struct pvg_gpu_copy_buffer *copy);
void gles_cmd_copy_image(struct gles_renderer *r, const struct pvg_gpu_copy_image *copy);
void gles_cmd_fill_buffer(struct gles_renderer *r, const struct pvg_gpu_span *span,
	uint32_t pattern);
void gles_cmd_fill_image(struct gles_renderer *r, const struct pvg_gpu_fill_image *fill);
void gles_cmd_mipmaps(struct gles_renderer *r, struct gles_view *view);

/* ---- submit.c, fence.c ----------------------------------------------------------------------- */

void gles_submit(struct pvg_renderer *renderer, const struct pvg_gpu_list *list, uint64_t serial);
uint64_t gles_completed(struct pvg_renderer *renderer);
int gles_fence(struct pvg_renderer *renderer, uint64_t serial);
bool gles_is_lost(struct pvg_renderer *renderer);
int gles_fd(struct pvg_renderer *renderer);
void gles_dispatch(struct pvg_renderer *renderer);

/* ---- pipeline.c, program.c, draw.c, vertex.c, compute.c -------------------------------------- */

bool gles_pipelines_init(struct gles_renderer *r);
void gles_pipelines_finish(struct gles_renderer *r);
void gles_pipelines_dispatch(struct gles_renderer *r); // takes finished translations and links
struct pvg_gpu_pipeline *gles_render_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_render_desc *desc);
struct pvg_gpu_pipeline *gles_compute_pipeline_create(struct pvg_renderer *renderer,
	const struct pvg_gpu_compute_desc *desc);
void gles_pipeline_destroy(struct pvg_renderer *renderer, struct pvg_gpu_pipeline *pipeline);
enum pvg_gpu_status gles_pipeline_status(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const char **why);
const struct pvg_gpu_pipeline_info *gles_pipeline_info(struct pvg_renderer *renderer,
	const struct pvg_gpu_pipeline *pipeline);
enum pvg_gpu_status gles_pipeline_prepare(struct pvg_renderer *renderer,
	struct pvg_gpu_pipeline *pipeline, const struct pvg_gpu_use *use,
	struct pvg_gpu_program **program, const char **why);

bool gles_draws_init(struct gles_renderer *r);
void gles_draws_finish(struct gles_renderer *r);
// BEGIN_PASS, after the framebuffer is bound and loaded: no bindings, Metal's defaults.
void gles_draws_begin(struct gles_renderer *r);
// What was bound is another encoder's: the next kernel starts with nothing.
void gles_draws_end(struct gles_renderer *r);
// All commands of the list were given: what shaders wrote is to be seen in mapped memory.
void gles_draws_written(struct gles_renderer *r);
// Transfers and passes changed blending, masks, tests, viewport or scissor behind draw.c's back.
void gles_draws_forget(struct gles_renderer *r);
// What the clears of the pass want of scissor, masks and discarding; they keep to its area.
void gles_raster_clears(struct gles_renderer *r, const struct pvg_gpu_pass *pass);
// A view, sampler or buffer dies: forget bindings and cached sets that name it.
void gles_draws_drop_view(struct gles_renderer *r, struct gles_view *view);
void gles_draws_drop_sampler(struct gles_renderer *r, struct gles_sampler *sampler);
// One of its GL samplers is gone: where it is bound it is bound anew.
void gles_draws_renew_sampler(struct gles_renderer *r, const struct gles_sampler *sampler);
void gles_draws_drop_buffer(struct gles_renderer *r, struct gles_buffer *buffer);

void gles_cmd_program(struct gles_renderer *r, struct pvg_gpu_program *program);
void gles_cmd_depth_stencil(struct gles_renderer *r, const struct pvg_gpu_depth_stencil *state);
void gles_cmd_raster(struct gles_renderer *r, const struct pvg_gpu_raster *raster);
void gles_cmd_opengl(struct gles_renderer *r, const struct pvg_gpu_opengl *opengl);
void gles_cmd_viewports(struct gles_renderer *r, const struct pvg_gpu_viewport *rects,
	uint32_t count);
void gles_cmd_scissors(struct gles_renderer *r, const struct pvg_gpu_rect *rects, uint32_t count);
void gles_cmd_bind_buffer(struct gles_renderer *r, const struct pvg_gpu_cmd *cmd);
void gles_cmd_bind_texture(struct gles_renderer *r, const struct pvg_gpu_cmd *cmd);
void gles_cmd_bind_sampler(struct gles_renderer *r, const struct pvg_gpu_cmd *cmd);
void gles_cmd_draw(struct gles_renderer *r, const struct pvg_gpu_draw *draw);
void gles_cmd_patches(struct gles_renderer *r, const struct pvg_gpu_patches *patches);
void gles_cmd_dispatch(struct gles_renderer *r, const struct pvg_gpu_dispatch *dispatch);
void gles_cmd_barrier(struct gles_renderer *r);

#endif
