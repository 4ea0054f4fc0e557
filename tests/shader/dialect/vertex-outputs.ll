; args: --profile gles
; want: varying pvg(layer) location 1 uint1 flat
; want: varying pvg(viewport) location 2 uint1 flat
; want: output clip-distance 0
; glsl: GL_EXT_clip_cull_distance
; args: --profile gles --variant no-layer --variant y-flip
; want: output viewport 0
; args: --profile vulkan
; want: output layer 0
; args: --profile vulkan --variant no-layer
; refused: target_stage_feature
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <{ <4 x float>, <2 x float>, i32, i32, float, [2 x float] }> @v(i32 %vid, i32 %iid, i32 %bv, i32 %bi, i16 %amp) {
  %s = add i32 %vid, %iid
  %t = add i32 %s, %bv
  %u = add i32 %t, %bi
  %az = zext i16 %amp to i32
  %w = add i32 %u, %az
  %x = uitofp i32 %w to float
  %p = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0
  %q = shufflevector <4 x float> %p, <4 x float> undef, <2 x i32> <i32 0, i32 2>
  %c = insertvalue [2 x float] undef, float %x, 0
  %d = insertvalue [2 x float] %c, float 1.0, 1
  %r0 = insertvalue <{ <4 x float>, <2 x float>, i32, i32, float, [2 x float] }> undef, <4 x float> %p, 0
  %r1 = insertvalue <{ <4 x float>, <2 x float>, i32, i32, float, [2 x float] }> %r0, <2 x float> %q, 1
  %r2 = insertvalue <{ <4 x float>, <2 x float>, i32, i32, float, [2 x float] }> %r1, i32 %iid, 2
  %r3 = insertvalue <{ <4 x float>, <2 x float>, i32, i32, float, [2 x float] }> %r2, i32 %vid, 3
  %r4 = insertvalue <{ <4 x float>, <2 x float>, i32, i32, float, [2 x float] }> %r3, float %x, 4
  %r5 = insertvalue <{ <4 x float>, <2 x float>, i32, i32, float, [2 x float] }> %r4, [2 x float] %d, 5
  ret <{ <4 x float>, <2 x float>, i32, i32, float, [2 x float] }> %r5
}

!air.vertex = !{!0}
!air.version = !{!3}
!0 = !{ptr @v, !1, !2}
!1 = !{!10, !11, !12, !13, !14, !15}
!2 = !{!16, !17, !18, !19, !20}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.position", !"air.invariant", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!11 = !{!"air.vertex_output", !"user(locn0)", !"air.arg_type_name", !"float2", !"air.arg_name", !"t"}
!12 = !{!"air.render_target_array_index", !"air.arg_type_name", !"uint"}
!13 = !{!"air.viewport_array_index", !"air.arg_type_name", !"uint"}
!14 = !{!"air.point_size", !"air.arg_type_name", !"float"}
!15 = !{!"air.clip_distance", !"air.clip_distance_array_size", i32 2, !"air.arg_type_name", !"float"}
!16 = !{i32 0, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"vertex_id"}
!17 = !{i32 1, !"air.instance_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"instance_id"}
!18 = !{i32 2, !"air.base_vertex", !"air.arg_type_name", !"uint", !"air.arg_name", !"base_vertex"}
!19 = !{i32 3, !"air.base_instance", !"air.arg_type_name", !"uint", !"air.arg_name", !"base_instance"}
!20 = !{i32 4, !"air.amplification_id", !"air.arg_type_name", !"ushort", !"air.arg_name", !"amplification_id"}
