; args: --profile gles
; want: flag sample-rate
; glsl: gl_Layer
; args: --profile vulkan
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <{ <4 x float>, float, i32 }> @f(<4 x float> %pos, i1 %front, <2 x float> %pc, i32 %sid, i32 %mask, i32 %prim, i32 %layer, i32 %vp) {
  %a = select i1 %front, float 1.0, float 0.5
  %b = add i32 %sid, %prim
  %c = add i32 %b, %layer
  %d = add i32 %c, %vp
  %e = uitofp i32 %d to float
  %f = extractelement <2 x float> %pc, i32 1
  %g = fmul float %a, %f
  %h = insertelement <4 x float> %pos, float %g, i32 0
  %i = insertelement <4 x float> %h, float %e, i32 1
  %r0 = insertvalue <{ <4 x float>, float, i32 }> undef, <4 x float> %i, 0
  %r1 = insertvalue <{ <4 x float>, float, i32 }> %r0, float %g, 1
  %r2 = insertvalue <{ <4 x float>, float, i32 }> %r1, i32 %mask, 2
  ret <{ <4 x float>, float, i32 }> %r2
}

!air.fragment = !{!0}
!air.version = !{!3}
!0 = !{ptr @f, !1, !2}
!1 = !{!10, !11, !12}
!2 = !{!13, !14, !15, !16, !17, !18, !19, !20}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!11 = !{!"air.depth", !"air.depth_qualifier", !"air.less", !"air.arg_type_name", !"float"}
!12 = !{!"air.sample_mask", !"air.arg_type_name", !"uint"}
!13 = !{i32 0, !"air.position", !"air.center", !"air.no_perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"p"}
!14 = !{i32 1, !"air.front_facing", !"air.arg_type_name", !"bool", !"air.arg_name", !"front_facing"}
!15 = !{i32 2, !"air.point_coord", !"air.arg_type_name", !"float2", !"air.arg_name", !"point_coord"}
!16 = !{i32 3, !"air.sample_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"sample_id"}
!17 = !{i32 4, !"air.sample_mask_in", !"air.arg_type_name", !"uint", !"air.arg_name", !"sample_mask_in"}
!18 = !{i32 5, !"air.primitive_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"primitive_id"}
!19 = !{i32 6, !"air.render_target_array_index", !"air.arg_type_name", !"uint", !"air.arg_name", !"render_target_array_index"}
!20 = !{i32 7, !"air.viewport_array_index", !"air.arg_type_name", !"uint", !"air.arg_name", !"viewport_array_index"}
