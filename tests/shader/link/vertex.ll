; SPDX-License-Identifier: GPL-2.0-or-later
; Linked by test-link-gl.c: the fragment function says how values are interpolated.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <{ <4 x float>, <2 x float>, float, i32, <4 x half> }> @v(i32 %id) {
  %f = uitofp i32 %id to float
  %p = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %f, i32 0
  %a = shufflevector <4 x float> %p, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %h = fptrunc <4 x float> %p to <4 x half>
  %r0 = insertvalue <{ <4 x float>, <2 x float>, float, i32, <4 x half> }> undef, <4 x float> %p, 0
  %r1 = insertvalue <{ <4 x float>, <2 x float>, float, i32, <4 x half> }> %r0, <2 x float> %a, 1
  %r2 = insertvalue <{ <4 x float>, <2 x float>, float, i32, <4 x half> }> %r1, float %f, 2
  %r3 = insertvalue <{ <4 x float>, <2 x float>, float, i32, <4 x half> }> %r2, i32 %id, 3
  %r4 = insertvalue <{ <4 x float>, <2 x float>, float, i32, <4 x half> }> %r3, <4 x half> %h, 4
  ret <{ <4 x float>, <2 x float>, float, i32, <4 x half> }> %r4
}

!air.vertex = !{!0}
!air.version = !{!3}
!0 = !{ptr @v, !1, !2}
!1 = !{!10, !11, !12, !13, !14}
!2 = !{!15}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!11 = !{!"air.vertex_output", !"user(locn0)", !"air.arg_type_name", !"float2", !"air.arg_name", !"x"}
!12 = !{!"air.vertex_output", !"generated(9interp_id)", !"air.arg_type_name", !"float", !"air.arg_name", !"x"}
!13 = !{!"air.vertex_output", !"user(n)", !"air.arg_type_name", !"uint", !"air.arg_name", !"x"}
!14 = !{!"air.vertex_output", !"user(half)", !"air.arg_type_name", !"half4", !"air.arg_name", !"x"}
!15 = !{i32 0, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"vertex_id"}
