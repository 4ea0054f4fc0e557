// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The seam between the device and a GPU API: command lists in, a timeline out.
 *
 * The device (pvg/gpu/) decodes objects and encoder records, owns guest memory, decides what must
 * be uploaded and what is owed to the guest, and writes a list of commands in Metal's terms. A
 * renderer (render/gles, render/null, later render/vulkan) executes lists and knows nothing of
 * guests. Numbers are Metal's public ordinals (spec 02 section 6): pixel formats, compare
 * functions, blend factors, vertex formats and so on; the device has checked them.
 *
 * Thread: all calls on the device thread, unless said otherwise. A renderer may have threads of its
 * own. Nothing here blocks: what takes time answers PVG_GPU_PENDING or completes on the timeline.
 *
 * Handles are owned by who created them and die by their destroy function; a renderer keeps what
 * submitted lists still use. A list may name only handles that live until submit returns.
 */
#ifndef PVG_RENDERER_H
#define PVG_RENDERER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pvg_device;
struct pvg_renderer;

/* ---- sizes of Metal's tables (spec 03 section 1.1) ------------------------------------------- */

#define PVG_GPU_BUFFERS 31u     // of a stage's argument table
#define PVG_GPU_TEXTURES 128u
#define PVG_GPU_SAMPLERS 16u
#define PVG_GPU_COLORS 8u       // attachments of a pass
#define PVG_GPU_ATTRIBUTES 31u
#define PVG_GPU_VIEWPORTS 16u

enum pvg_gpu_stage {
	PVG_GPU_VERTEX,
	PVG_GPU_FRAGMENT,
	PVG_GPU_KERNEL,
	PVG_GPU_STAGES,
};

enum pvg_gpu_status {
	PVG_GPU_READY,
	PVG_GPU_PENDING, // being built; ask again when the renderer's descriptor was readable
	PVG_GPU_FAILED,  // for good; .why says what
};

/* ---- what a renderer can do ------------------------------------------------------------------ */

enum pvg_gpu_format_caps {
	PVG_GPU_SAMPLE = 1,
	PVG_GPU_FILTER = 2,
	PVG_GPU_RENDER = 4,
	PVG_GPU_BLEND = 8,
	PVG_GPU_STORAGE = 16,
	PVG_GPU_MULTISAMPLE = 32,
	PVG_GPU_COPY = 64,
};

struct pvg_gpu_caps {
	char name[96]; // driver and version, for the log
	uint32_t max_samples;
	uint32_t max_colors; // attachments of a pass, at most PVG_GPU_COLORS
	uint32_t max_size_2d, max_size_3d, max_layers;
	uint32_t max_threads, max_threads_axis[3], threadgroup_bytes;
	uint32_t max_anisotropy;
	uint32_t max_attribute_stride; // above it draws say wide_strides
	bool separate_stencil; // depth and stencil attachments may be two images
	bool framebuffer_fetch, depth_clamp, base_instance, clear_texture, bc, astc, etc;
	bool tessellation, texture_barrier, float_filter, dmabuf_import;
	bool reads_attachments; // functions may fetch theirs: by framebuffer_fetch or otherwise
	bool software; // a CPU rasterizer: uploads are cheap, fill is not
};

/* ---- buffers --------------------------------------------------------------------------------- */

enum pvg_gpu_buffer_usage {
	PVG_GPU_BUFFER_UPLOAD = 1,   // the CPU writes, the GPU reads: rings
	PVG_GPU_BUFFER_READBACK = 2, // the GPU writes, the CPU reads
};

/*
 * Linear memory that CPU and GPU see at once. The mapping is persistent and coherent: the CPU may
 * write what no submitted list uses, and read what a completed list wrote.
 */
struct pvg_gpu_buffer {
	uint8_t *map;
	uint64_t size_bytes;
	uint32_t usage;
};

/* ---- images ---------------------------------------------------------------------------------- */

// Metal's MTLTextureType (spec 02 section 6.2).
enum pvg_gpu_image_kind {
	PVG_GPU_1D = 0,
	PVG_GPU_1D_ARRAY = 1,
	PVG_GPU_2D = 2,
	PVG_GPU_2D_ARRAY = 3,
	PVG_GPU_2D_MS = 4,
	PVG_GPU_CUBE = 5,
	PVG_GPU_CUBE_ARRAY = 6,
	PVG_GPU_3D = 7,
	PVG_GPU_2D_MS_ARRAY = 8,
	PVG_GPU_TEXTURE_BUFFER = 9,
};

enum pvg_gpu_image_usage {
	PVG_GPU_IMAGE_SAMPLED = 1,
	PVG_GPU_IMAGE_STORAGE = 2,
	PVG_GPU_IMAGE_TARGET = 4,
	PVG_GPU_IMAGE_VIEWS = 8, // views of another format will be made
};

struct pvg_gpu_image_desc {
	uint8_t kind;    // enum pvg_gpu_image_kind
	uint8_t usage;   // enum pvg_gpu_image_usage
	uint16_t format; // MTLPixelFormat
	uint32_t width, height, depth;
	uint16_t levels, samples, layers; // layers: array length; cubes count once
};

// A linear or tiled image that another API made; descriptors stay the caller's.
struct pvg_gpu_dmabuf {
	uint32_t width, height, fourcc;
	uint64_t modifier;
	uint32_t plane_count;
	int fd[4];
	uint32_t offset_bytes[4], stride_bytes[4];
};

struct pvg_gpu_image;

// A range of an image's levels and slices, seen as a kind and format, with a swizzle.
struct pvg_gpu_view_desc {
	uint8_t kind;
	uint16_t format; // same bytes a texel as the image's
	uint16_t first_level, levels;
	uint16_t first_slice, slices; // physical: cubes have six a layer
	uint8_t swizzle[4];           // 0 zero, 1 one, 2 red … 5 alpha; 2, 3, 4, 5 is identity
};

struct pvg_gpu_view;

/* ---- samplers -------------------------------------------------------------------------------- */

struct pvg_gpu_sampler_desc { // spec 02 section 4.13, 03 section 9.13
	uint8_t min_filter, mag_filter, mip_filter;
	uint8_t address[3]; // s, t, r
	uint8_t border;
	uint8_t compare; // MTLCompareFunction, never = no comparison
	uint8_t max_anisotropy;
	bool normalized;
	float lod_min, lod_max;
};

struct pvg_gpu_sampler;

/* ---- pipelines ------------------------------------------------------------------------------- */

struct pvg_gpu_function {
	const uint8_t *library; // Metal library or bare bitcode: borrowed for the call
	size_t library_bytes;
	const char *name; // NULL: the library's only function
};

struct pvg_gpu_attribute {
	uint8_t location, format, buffer; // MTLVertexFormat
	bool used;
	uint32_t offset_bytes;
};

struct pvg_gpu_layout {
	uint8_t step; // MTLVertexStepFunction; kernels: MTLStepFunction
	bool used;
	uint32_t rate, stride_bytes;
};

struct pvg_gpu_vertex_desc {
	uint8_t attribute_count;
	struct pvg_gpu_attribute attributes[PVG_GPU_ATTRIBUTES];
	struct pvg_gpu_layout layouts[PVG_GPU_BUFFERS]; // by buffer index
	uint8_t index_type, index_buffer;               // stage-in of kernels only
};

struct pvg_gpu_color_desc {
	uint16_t format; // 0: none
	bool blend;
	uint8_t src_rgb, dst_rgb, op_rgb, src_alpha, dst_alpha, op_alpha;
	uint8_t write_mask; // bit 0 alpha … bit 3 red, as Metal has it
};

struct pvg_gpu_tessellation_desc {
	uint8_t partition, factor_format, control_point_index, factor_step, winding;
	bool scale;
	uint16_t max_factor;
};

struct pvg_gpu_render_desc {
	struct pvg_gpu_function vertex, fragment; // fragment.library NULL: depth only
	struct pvg_gpu_vertex_desc input;
	struct pvg_gpu_color_desc colors[PVG_GPU_COLORS];
	uint16_t depth_format, stencil_format;
	uint8_t samples, topology; // topology: MTLPrimitiveTopologyClass, 0 unspecified
	bool alpha_to_coverage, alpha_to_one, rasterize;
	uint8_t alpha_test; // of the first colour: 0 none, else 1 + MTLCompareFunction
	struct pvg_gpu_tessellation_desc tessellation;
};

struct pvg_gpu_compute_desc {
	struct pvg_gpu_function kernel;
	struct pvg_gpu_vertex_desc input; // stage-in
};

// What the functions of a pipeline use, by Metal index. Valid once its status is READY.
struct pvg_gpu_stage_use {
	uint32_t buffers, buffers_written;     // bit n: index n
	uint32_t buffer_bytes[PVG_GPU_BUFFERS]; // reach from the bound offset, 0: unbounded
	uint64_t textures[2], textures_written[2];
	uint32_t samplers;
};

struct pvg_gpu_pipeline_info {
	struct pvg_gpu_stage_use stage[PVG_GPU_STAGES];
	uint32_t input_buffers; // bit n: buffer n feeds vertex attributes
	uint32_t max_threads, execution_width, static_threadgroup_bytes; // kernels
	uint8_t colors_read; // bit n: attachment n is fetched
	bool tessellates;    // the vertex function is a post-tessellation one
};

struct pvg_gpu_pipeline; // a render or a compute pipeline
struct pvg_gpu_program;  // one of its variants, owned by the pipeline, lives as long as it

/*
 * What OpenGL has and Metal has not, for guests whose OpenGL is a layer over Metal (spec 03 section
 * 4.9). All zero is Metal. No padding.
 */
#define PVG_GPU_CLIP_PLANES 8u

enum pvg_gpu_restart {
	PVG_GPU_RESTART_METAL,   // strips alone, at the index type's largest value
	PVG_GPU_RESTART_NEVER,
	PVG_GPU_RESTART_LARGEST, // every primitive, at the index type's largest value
	PVG_GPU_RESTART_INDEX,   // every primitive, at .restart_index
};

struct pvg_gpu_opengl {
	uint8_t restart;     // enum pvg_gpu_restart
	uint8_t last_vertex; // 1: flat values are those of a primitive's last vertex
	// 1: positions are pixels of the pass, y down, and depths from 0 to 1; w is as it is.
	uint8_t window;
	uint8_t clip_planes; // bit n: plane n cuts; not where the function gives clip distances
	uint16_t biased_samplers[2]; // bit n: sampler n may have a bias; vertex, fragment
	uint32_t restart_index;
	float point_size;      // where the function gives none; 0: 1
	float alpha_reference; // of the pipeline's alpha test
	float planes[PVG_GPU_CLIP_PLANES][4]; // stays: dot(plane, position in clip space) >= 0
};

// What a variant depends on beside the pipeline itself.
struct pvg_gpu_use {
	uint32_t local_size[3];                         // kernels: threads per threadgroup
	uint32_t threadgroup_bytes[PVG_GPU_BUFFERS];    // kernels: by index
	struct pvg_gpu_view *const
		*textures[PVG_GPU_STAGES]; // tables of PVG_GPU_TEXTURES, NULL: none
	uint8_t primitive;   // MTLPrimitiveType of the draw
	uint8_t control_points; // of a patch, 0: no patches
	bool patch_indices;     // patches by index
	bool counts;            // visibility results of mode 2 are on: samples are counted
	bool keeps;             // … and the draw's tests change neither depth nor stencil
	bool lines;             // fill mode lines
	bool wide_strides;      // a buffer is bound with a stride above caps.max_attribute_stride
	bool gpu_vertices;      // the GPU says how many vertices there are, without indices
	// Bit n: what is bound to sampler n takes coordinates in texels.
	uint16_t pixel_samplers[PVG_GPU_STAGES];
	// As the draw will have it: borrowed for the call. NULL: Metal's.
	const struct pvg_gpu_opengl *opengl;
};

/* ---- commands -------------------------------------------------------------------------------- */

enum pvg_gpu_load { PVG_GPU_LOAD_DONT_CARE, PVG_GPU_LOAD, PVG_GPU_LOAD_CLEAR };
enum pvg_gpu_store {
	PVG_GPU_STORE_DONT_CARE,
	PVG_GPU_STORE,
	PVG_GPU_STORE_RESOLVE,
	PVG_GPU_STORE_AND_RESOLVE,
};

struct pvg_gpu_attachment {
	struct pvg_gpu_view *view; // NULL: none
	struct pvg_gpu_view *resolve;
	uint16_t level, slice, plane, resolve_level, resolve_slice, resolve_plane; // in the view
	uint8_t load, store, resolve_filter; // MTLMultisampleDepthResolveFilter / Stencil…
	bool resolve_inverted;               // upside down: the area's last row is the first
	union {
		double color[4]; // linear for sRGB, integers for integer formats
		double depth;
		uint32_t stencil;
	} clear;
};

struct pvg_gpu_pass {
	struct pvg_gpu_attachment colors[PVG_GPU_COLORS], depth, stencil;
	uint32_t width, height; // of the area that is drawn and cleared
	uint32_t layers;        // rendering layered when above 1
	uint32_t samples;       // without attachments
};

struct pvg_gpu_stencil_face {
	uint8_t compare, fail, depth_fail, pass; // MTLCompareFunction, MTLStencilOperation
	uint32_t read_mask, write_mask;
};

struct pvg_gpu_depth_stencil {
	uint8_t compare;
	bool write, stencil;
	struct pvg_gpu_stencil_face front, back;
};

struct pvg_gpu_raster {
	uint8_t cull, front_face, fill, depth_clip; // MTLCullMode, MTLWinding, …
	float bias, slope_scale, bias_clamp;
	uint32_t stencil_front, stencil_back; // references
	float blend_color[4];
	float line_width; // of lines, 0: 1
};

struct pvg_gpu_viewport {
	double x, y, width, height, near, far;
};

struct pvg_gpu_rect {
	uint32_t x, y, width, height;
};

struct pvg_gpu_span { // part of a buffer
	struct pvg_gpu_buffer *buffer; // NULL: nothing bound
	uint64_t offset_bytes, size_bytes;
};

struct pvg_gpu_draw {
	uint8_t primitive;  // MTLPrimitiveType
	uint8_t index_size; // bytes: 0 not indexed, 2, 4
	uint32_t first, count; // vertices; indices count from @indices
	uint32_t instances, base_instance;
	int32_t base_vertex;
	struct pvg_gpu_span indices;
	struct pvg_gpu_span indirect; // .buffer set: counts come from here (spec 03 section 4.1)
};

struct pvg_gpu_patches {
	uint32_t first, count, instances, base_instance, control_points;
	struct pvg_gpu_span factors;
	uint64_t factor_instance_stride;
	float factor_scale;
	struct pvg_gpu_span patch_indices, control_point_indices, indirect; // .buffer NULL: none
};

struct pvg_gpu_location { // a texel position in an image
	struct pvg_gpu_image *image;
	uint16_t level, slice; // slice: physical
	uint32_t x, y, z;
};

enum pvg_gpu_aspect {
	PVG_GPU_ASPECT_ALL = 0,
	PVG_GPU_ASPECT_DEPTH = 1,
	PVG_GPU_ASPECT_STENCIL = 2
};

struct pvg_gpu_dispatch {
	// threads of the whole grid when @exact, else threadgroups
	uint32_t grid[3], origin[3];
	bool exact;
	struct pvg_gpu_span indirect; // three u32, threadgroups
};

struct pvg_gpu_transfer {
	struct pvg_gpu_span span;
	uint64_t row_bytes, image_bytes; // pitches in the buffer
	struct pvg_gpu_location at;
	uint32_t width, height, depth;
	uint8_t aspect; // enum pvg_gpu_aspect
};

struct pvg_gpu_copy_buffer {
	struct pvg_gpu_span from, to; // equal sizes, no overlap
};

struct pvg_gpu_copy_image {
	struct pvg_gpu_location from, to;
	uint32_t width, height, depth;
	uint8_t aspect;
};

struct pvg_gpu_fill_image {
	struct pvg_gpu_location at;
	uint32_t width, height, depth;
	uint16_t format;   // as what @texel is written
	uint8_t texel[16]; // one texel, or block, in memory order
};

enum pvg_gpu_op {
	PVG_GPU_OP_BEGIN_PASS,     // .pass
	PVG_GPU_OP_END_PASS,       // store actions and resolves happen here; .stores override
	PVG_GPU_OP_PROGRAM,        // .program
	PVG_GPU_OP_DEPTH_STENCIL,  // .depth_stencil, NULL: no tests
	PVG_GPU_OP_RASTER,         // .raster
	PVG_GPU_OP_OPENGL,         // .opengl, NULL: as Metal
	PVG_GPU_OP_VIEWPORTS,      // .viewports
	PVG_GPU_OP_SCISSORS,       // .scissors, count 0: the whole area
	PVG_GPU_OP_BUFFER,         // .buffer
	PVG_GPU_OP_TEXTURE,        // .texture
	PVG_GPU_OP_SAMPLER,        // .sampler
	PVG_GPU_OP_VISIBILITY,     // .visibility
	PVG_GPU_OP_DRAW,           // .draw
	PVG_GPU_OP_PATCHES,        // .patches
	PVG_GPU_OP_DISPATCH,       // .dispatch
	PVG_GPU_OP_BARRIER,        // earlier writes of shaders are seen by everything later
	PVG_GPU_OP_TEXTURE_BARRIER, // within a pass: attachments are read as textures next
	PVG_GPU_OP_UPLOAD,         // .transfer, buffer to image
	PVG_GPU_OP_READ,           // .transfer, image to buffer
	PVG_GPU_OP_COPY_BUFFER,    // .copy_buffer
	PVG_GPU_OP_COPY_IMAGE,     // .copy_image
	PVG_GPU_OP_FILL_BUFFER,    // .fill_buffer
	PVG_GPU_OP_FILL_IMAGE,     // .fill_image
	PVG_GPU_OP_MIPMAPS,        // .mipmaps
};

/*
 * State is that of one encoder: BEGIN_PASS forgets bindings and sets Metal's defaults, and so does
 * the first DISPATCH state after END_PASS or a transfer (PVG_GPU_OP_PROGRAM with a kernel).
 * Pointers lie in the list's own arena, live as long as the list.
 */
struct pvg_gpu_cmd {
	enum pvg_gpu_op op;
	union {
		const struct pvg_gpu_pass *pass;
		const struct pvg_gpu_stores *stores; // END_PASS, NULL: as the pass said
		struct pvg_gpu_program *program;
		const struct pvg_gpu_depth_stencil *depth_stencil;
		const struct pvg_gpu_raster *raster;
		const struct pvg_gpu_opengl *opengl;
		struct {
			const struct pvg_gpu_viewport *rects;
			uint32_t count;
		} viewports;
		struct {
			const struct pvg_gpu_rect *rects;
			uint32_t count;
		} scissors;
		struct {
			uint8_t stage, slot;
			bool written;           // the stage may write it
			bool has_stride;        // overrides the layout's
			uint32_t stride_bytes;
			struct pvg_gpu_span span;
		} buffer;
		struct {
			uint8_t stage, slot;
			struct pvg_gpu_view *view; // NULL: nothing is bound
		} texture;
		struct {
			uint8_t stage, slot;
			bool has_lod;
			// For this binding; a bias only in .biased_samplers of the program's use.
			float lod_min, lod_max, lod_bias;
			struct pvg_gpu_sampler *sampler;
		} sampler;
		struct {
			uint8_t mode; // MTLVisibilityResultMode
			// A u64 that is added to when the list completes; READBACK memory.
			struct pvg_gpu_buffer *buffer;
			uint64_t offset_bytes;
		} visibility;
		const struct pvg_gpu_draw *draw;
		const struct pvg_gpu_patches *patches;
		const struct pvg_gpu_dispatch *dispatch;
		const struct pvg_gpu_transfer *transfer;
		const struct pvg_gpu_copy_buffer *copy_buffer;
		const struct pvg_gpu_copy_image *copy_image;
		struct {
			struct pvg_gpu_span span;
			uint32_t pattern; // repeated from the span's first byte
		} fill_buffer;
		const struct pvg_gpu_fill_image *fill_image;
		struct {
			struct pvg_gpu_view *view;
		} mipmaps;
	};
};

// Store actions as the encoder left them (spec 03 section 4.8).
struct pvg_gpu_stores {
	uint8_t colors[PVG_GPU_COLORS], depth, stencil;
};

struct pvg_gpu_list {
	const struct pvg_gpu_cmd *cmds;
	size_t count;
};

/* ---- the renderer ---------------------------------------------------------------------------- */

struct pvg_renderer_ops {
	void (*destroy)(struct pvg_renderer *renderer);

	// enum pvg_gpu_format_caps of a MTLPixelFormat, 0: not known. Any thread.
	uint32_t (*format_caps)(struct pvg_renderer *renderer, uint16_t format);

	// NULL: out of memory, or a size the API refuses; logged.
	struct pvg_gpu_buffer *(*buffer_create)(struct pvg_renderer *renderer, uint64_t size_bytes,
		uint32_t usage);
	void (*buffer_destroy)(struct pvg_renderer *renderer, struct pvg_gpu_buffer *buffer);

	// Contents are zero. NULL: no memory, or the format or size is refused; logged.
	struct pvg_gpu_image *(*image_create)(struct pvg_renderer *renderer,
		const struct pvg_gpu_image_desc *desc);
	// Draws into memory of another API. @desc: kind 2D, one level. NULL: not possible.
	struct pvg_gpu_image *(*image_import)(struct pvg_renderer *renderer,
		const struct pvg_gpu_image_desc *desc, const struct pvg_gpu_dmabuf *dmabuf);
	// Modifiers with which a fourcc can be imported and drawn into; returns how many, at most
	// @max are written. NULL: none are known. Any thread.
	size_t (*dmabuf_modifiers)(struct pvg_renderer *renderer, uint32_t fourcc,
		uint64_t *modifiers, size_t max);
	void (*image_destroy)(struct pvg_renderer *renderer, struct pvg_gpu_image *image);
	// Host memory the image takes, for budgets.
	uint64_t (*image_bytes)(struct pvg_renderer *renderer, const struct pvg_gpu_image *image);

	// NULL: the reinterpretation is not possible; logged. The image must outlive its views.
	struct pvg_gpu_view *(*view_create)(struct pvg_renderer *renderer,
		struct pvg_gpu_image *image, const struct pvg_gpu_view_desc *desc);
	void (*view_destroy)(struct pvg_renderer *renderer, struct pvg_gpu_view *view);

	struct pvg_gpu_sampler *(*sampler_create)(struct pvg_renderer *renderer,
		const struct pvg_gpu_sampler_desc *desc);
	void (*sampler_destroy)(struct pvg_renderer *renderer, struct pvg_gpu_sampler *sampler);

	// Begins translation; never waits. NULL: no memory. Descriptions are copied.
	struct pvg_gpu_pipeline *(*render_pipeline_create)(struct pvg_renderer *renderer,
		const struct pvg_gpu_render_desc *desc);
	struct pvg_gpu_pipeline *(*compute_pipeline_create)(struct pvg_renderer *renderer,
		const struct pvg_gpu_compute_desc *desc);
	void (*pipeline_destroy)(struct pvg_renderer *renderer, struct pvg_gpu_pipeline *pipeline);
	// *why: static or owned by the pipeline, set when FAILED.
	enum pvg_gpu_status (*pipeline_status)(struct pvg_renderer *renderer,
		struct pvg_gpu_pipeline *pipeline, const char **why);
	const struct pvg_gpu_pipeline_info *(*pipeline_info)(struct pvg_renderer *renderer,
		const struct pvg_gpu_pipeline *pipeline);
	/*
	 * The variant for a use. PENDING until it can be drawn with without waiting for a compiler:
	 * the packet is held meanwhile (spec 03 section 9.1).
	 */
	enum pvg_gpu_status (*pipeline_prepare)(struct pvg_renderer *renderer,
		struct pvg_gpu_pipeline *pipeline, const struct pvg_gpu_use *use,
		struct pvg_gpu_program **program, const char **why);

	/*
	 * Executes a list after all earlier ones. @serial: above every earlier one; completed
	 * returns it when the list's last write can be seen by the CPU. The list may be freed when
	 * this returns.
	 */
	void (*submit)(struct pvg_renderer *renderer, const struct pvg_gpu_list *list,
		uint64_t serial);
	uint64_t (*completed)(struct pvg_renderer *renderer);
	/*
	 * A sync file that signals when everything submitted has completed, this serial included;
	 * the caller's to close. -1: there is none, or the serial is complete. NULL: never.
	 */
	int (*fence)(struct pvg_renderer *renderer, uint64_t serial);
	// True when the API's context was lost: nothing completes any more (all submitted serials
	// read as completed), every handle is dead but must still be destroyed.
	bool (*is_lost)(struct pvg_renderer *renderer);
	/*
	 * After a loss, when every handle has been destroyed: a new context, capabilities as they
	 * are now. False: not now, the device asks again later. NULL: never.
	 */
	bool (*restore)(struct pvg_renderer *renderer);

	// Readable when dispatch has something to do: a list completed, a pipeline is ready.
	int (*fd)(struct pvg_renderer *renderer);
	void (*dispatch)(struct pvg_renderer *renderer);
};

// Embedded first in an implementation's own struct.
struct pvg_renderer {
	const struct pvg_renderer_ops *ops;
	struct pvg_gpu_caps caps;
	// libpvg's: the last serial submitted. The next device of this renderer counts on from it.
	uint64_t serial;
};

/**
 * pvg_device_set_renderer - give the device a GPU, or take it away with NULL
 *
 * Borrowed until it is replaced or the device is destroyed; the device destroys every handle it
 * made before it lets go. Device thread, before pvg_device_connect (device info is computed from
 * the capabilities) or while nothing is connected. Call pvg_device_run when the renderer's
 * descriptor is readable: the device dispatches.
 */
void pvg_device_set_renderer(struct pvg_device *device, struct pvg_renderer *renderer);

#endif
