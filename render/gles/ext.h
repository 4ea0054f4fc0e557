// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Extensions the GLES renderer uses beyond OpenGL ES 3.2: a flag for each, set when the host has
 * it and the options do not forbid it, and the functions they bring.
 */
#ifndef RENDER_GLES_EXT_H
#define RENDER_GLES_EXT_H

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>

#include <GLES2/gl2ext.h> // needs what the core header defines
#include <stdbool.h>

// name of the flag, then the strings any of which sets it
#define GLES_EXTENSIONS(X) \
	X(base_instance, "GL_EXT_base_instance", NULL) \
	X(blend_func_extended, "GL_EXT_blend_func_extended", NULL) \
	X(buffer_storage, "GL_EXT_buffer_storage", NULL) \
	X(clear_texture, "GL_EXT_clear_texture", NULL) \
	X(clip_control, "GL_EXT_clip_control", NULL) \
	X(clip_cull_distance, "GL_EXT_clip_cull_distance", NULL) \
	X(color_buffer_float, "GL_EXT_color_buffer_float", NULL) \
	X(color_buffer_half_float, "GL_EXT_color_buffer_half_float", "GL_EXT_color_buffer_float") \
	X(depth_clamp, "GL_EXT_depth_clamp", NULL) \
	X(float_blend, "GL_EXT_float_blend", NULL) \
	X(framebuffer_fetch, "GL_EXT_shader_framebuffer_fetch", NULL) \
	X(framebuffer_fetch_non_coherent, "GL_EXT_shader_framebuffer_fetch_non_coherent", NULL) \
	X(geometry_point_size, "GL_EXT_geometry_point_size", "GL_OES_geometry_point_size") \
	X(image_formats, "GL_NV_image_formats", NULL) \
	X(mirror_clamp, "GL_EXT_texture_mirror_clamp_to_edge", NULL) \
	X(multi_draw_indirect, "GL_EXT_multi_draw_indirect", NULL) \
	X(norm16, "GL_EXT_texture_norm16", NULL) \
	X(occlusion_samples, "GL_NV_occlusion_query_samples", NULL) \
	X(parallel_compile, "GL_KHR_parallel_shader_compile", NULL) \
	X(polygon_mode, "GL_NV_polygon_mode", NULL) \
	X(polygon_offset_clamp, "GL_EXT_polygon_offset_clamp", NULL) \
	X(read_depth_stencil, "GL_NV_read_depth_stencil", NULL) \
	X(render_snorm, "GL_EXT_render_snorm", NULL) \
	X(robustness, "GL_KHR_robustness", "GL_EXT_robustness") \
	X(srgb_r8, "GL_EXT_texture_sRGB_R8", NULL) \
	X(srgb_rg8, "GL_EXT_texture_sRGB_RG8", NULL) \
	X(subgroup, "GL_KHR_shader_subgroup", NULL) \
	X(texture_barrier, "GL_NV_texture_barrier", NULL) \
	X(texture_view, "GL_OES_texture_view", "GL_EXT_texture_view") \
	X(viewport_array, "GL_OES_viewport_array", "GL_NV_viewport_array") \
	X(anisotropic, "GL_EXT_texture_filter_anisotropic", NULL) \
	X(float_linear, "GL_OES_texture_float_linear", NULL) \
	X(dxt1, "GL_EXT_texture_compression_dxt1", "GL_EXT_texture_compression_s3tc") \
	X(s3tc, "GL_EXT_texture_compression_s3tc", NULL) \
	X(s3tc_srgb, "GL_EXT_texture_compression_s3tc_srgb", "GL_NV_sRGB_formats") \
	X(rgtc, "GL_EXT_texture_compression_rgtc", NULL) \
	X(bptc, "GL_EXT_texture_compression_bptc", NULL) \
	X(astc_hdr, "GL_KHR_texture_compression_astc_hdr", "GL_OES_texture_compression_astc") \
	X(egl_image_storage, "GL_EXT_EGL_image_storage", NULL) \
	X(egl_image, "GL_OES_EGL_image", NULL) \
	X(debug_label, "GL_KHR_debug", NULL) \
	X(query_64, "GL_EXT_disjoint_timer_query", NULL) \
	X(dmabuf, "EGL_EXT_image_dma_buf_import", NULL) \
	X(dmabuf_modifiers, "EGL_EXT_image_dma_buf_import_modifiers", NULL) \
	X(native_fence, "EGL_ANDROID_native_fence_sync", NULL)

struct gles_ext {
#define GLES_EXT_FLAG(name, first, second) bool name;
	GLES_EXTENSIONS(GLES_EXT_FLAG)
#undef GLES_EXT_FLAG
};

// type, member, then the names under which drivers offer it
#define GLES_PROCS(X) \
	X(PFNGLBUFFERSTORAGEEXTPROC, buffer_storage, "glBufferStorageEXT", NULL) \
	X(PFNGLCLEARTEXIMAGEEXTPROC, clear_tex_image, "glClearTexImageEXT", NULL) \
	X(PFNGLCLEARTEXSUBIMAGEEXTPROC, clear_tex_sub_image, "glClearTexSubImageEXT", NULL) \
	X(PFNGLCLIPCONTROLEXTPROC, clip_control, "glClipControlEXT", NULL) \
	X(PFNGLGETQUERYOBJECTUI64VEXTPROC, get_query_64, "glGetQueryObjectui64vEXT", NULL) \
	X(PFNGLPOLYGONMODENVPROC, polygon_mode, "glPolygonModeNV", NULL) \
	X(PFNGLPOLYGONOFFSETCLAMPEXTPROC, polygon_offset_clamp, "glPolygonOffsetClampEXT", NULL) \
	X(PFNGLBLENDBARRIERNVPROC, texture_barrier, "glTextureBarrierNV", NULL) \
	X(PFNGLTEXTUREVIEWOESPROC, texture_view, "glTextureViewOES", "glTextureViewEXT") \
	X(PFNGLFRAMEBUFFERFETCHBARRIEREXTPROC, framebuffer_fetch_barrier, \
		"glFramebufferFetchBarrierEXT", NULL) \
	X(PFNGLVIEWPORTINDEXEDFOESPROC, viewport_indexed, "glViewportIndexedfOES", \
		"glViewportIndexedfNV") \
	X(PFNGLVIEWPORTARRAYVOESPROC, viewport_array, "glViewportArrayvOES", "glViewportArrayvNV") \
	X(PFNGLSCISSORARRAYVOESPROC, scissor_array, "glScissorArrayvOES", "glScissorArrayvNV") \
	X(PFNGLDEPTHRANGEINDEXEDFOESPROC, depth_range_indexed, "glDepthRangeIndexedfOES", \
		"glDepthRangeIndexedfNV") \
	X(PFNGLDRAWARRAYSINSTANCEDBASEINSTANCEEXTPROC, draw_arrays_base_instance, \
		"glDrawArraysInstancedBaseInstanceEXT", NULL) \
	X(PFNGLDRAWELEMENTSINSTANCEDBASEVERTEXBASEINSTANCEEXTPROC, draw_elements_base, \
		"glDrawElementsInstancedBaseVertexBaseInstanceEXT", NULL) \
	X(PFNGLMAXSHADERCOMPILERTHREADSKHRPROC, max_compiler_threads, \
		"glMaxShaderCompilerThreadsKHR", NULL) \
	X(PFNGLEGLIMAGETARGETTEXSTORAGEEXTPROC, egl_image_storage, \
		"glEGLImageTargetTexStorageEXT", NULL) \
	X(PFNGLEGLIMAGETARGETTEXTURE2DOESPROC, egl_image_texture, "glEGLImageTargetTexture2DOES", \
		NULL) \
	X(PFNEGLCREATEIMAGEKHRPROC, egl_create_image, "eglCreateImageKHR", NULL) \
	X(PFNEGLDESTROYIMAGEKHRPROC, egl_destroy_image, "eglDestroyImageKHR", NULL) \
	X(PFNEGLQUERYDMABUFMODIFIERSEXTPROC, egl_query_modifiers, "eglQueryDmaBufModifiersEXT", \
		NULL) \
	X(PFNEGLDUPNATIVEFENCEFDANDROIDPROC, egl_dup_fence, "eglDupNativeFenceFDANDROID", NULL)

struct gles_proc {
#define GLES_PROC_MEMBER(type, name, first, second) type name;
	GLES_PROCS(GLES_PROC_MEMBER)
#undef GLES_PROC_MEMBER
};

struct gles_renderer;

// Does options.without name it? For what is no extension.
bool gles_left_out(const struct gles_renderer *r, const char *word);

// Fills r->ext and r->gl for the current context, less what options.without names.
void gles_ext_load(struct gles_renderer *r, const char *egl_extensions);

#endif
