; args: --profile gles
; want: varying user(locn0) location 0 float4 centroid
; want: varying user(a_b) location 1 float2 no-perspective
; want: varying user(locn2) location 2 uint1 flat
; glsl: v_user_a_b_;
; glsl: noperspective
; args: --profile vulkan
; want: varying user(locn3) location 4 float4 sample
; want: flag sample-rate
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <4 x float> @f(<4 x float> %a, <2 x half> %b, i16 %c, <4 x float> %d, <4 x float> %e, ptr %i) {
  %x = fpext <2 x half> %b to <2 x float>
  %y = shufflevector <2 x float> %x, <2 x float> undef, <4 x i32> <i32 0, i32 1, i32 0, i32 1>
  %z = fmul <4 x float> %a, %y
  %n = uitofp i16 %c to float
  %w = insertelement <4 x float> %z, float %n, i32 2
  %s = fadd <4 x float> %w, %d
  %t = fadd <4 x float> %s, %e
  %p = call <4 x float> @air.interpolate_offset_perspective.v4f32(ptr %i, <2 x float> <float 0.25, float 0.75>)
  %q = call <4 x float> @air.interpolate_centroid_perspective.v4f32(ptr %i)
  %r = fadd <4 x float> %p, %q
  %o = fadd <4 x float> %r, %t
  ret <4 x float> %o
}
declare <4 x float> @air.interpolate_offset_perspective.v4f32(ptr, <2 x float>)
declare <4 x float> @air.interpolate_centroid_perspective.v4f32(ptr)

!air.fragment = !{!0}
!air.version = !{!3}
!0 = !{ptr @f, !1, !2}
!1 = !{!10}
!2 = !{!11, !12, !13, !14, !15, !16}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!11 = !{i32 0, !"air.fragment_input", !"user(locn0)", !"air.centroid", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"n0"}
!12 = !{i32 1, !"air.fragment_input", !"user(a_b)", !"air.center", !"air.no_perspective", !"air.arg_type_name", !"half2", !"air.arg_name", !"n1"}
!13 = !{i32 2, !"air.fragment_input", !"user(locn2)", !"air.flat", !"air.arg_type_name", !"ushort", !"air.arg_name", !"n2"}
!14 = !{i32 3, !"air.fragment_input", !"generated(9attribute9attribute9attribute9attribute9attribute9attribute9attribute9attribute)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"n3"}
!15 = !{i32 4, !"air.fragment_input", !"user(locn3)", !"air.sample", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"n4"}
!16 = !{i32 5, !"air.fragment_input", !"user(a__b)", !"air.interpolation_function", !"air.arg_type_name", !"float4", !"air.arg_name", !"n5"}
