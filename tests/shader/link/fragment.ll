; SPDX-License-Identifier: GPL-2.0-or-later
; Linked by test-link-gl.c: the fragment function says how values are interpolated.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <4 x float> @f(float %a, i32 %n, <4 x float> %h, <2 x float> %c) {
  %f = uitofp i32 %n to float
  %g = fadd float %f, %a
  %s = insertelement <4 x float> %h, float %g, i32 0
  %x = extractelement <2 x float> %c, i32 1
  %t = insertelement <4 x float> %s, float %x, i32 2
  ret <4 x float> %t
}

!air.fragment = !{!0}
!air.version = !{!3}
!0 = !{ptr @f, !1, !2}
!1 = !{!10}
!2 = !{!11, !12, !13, !14}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!11 = !{i32 0, !"air.fragment_input", !"generated(9interp_id)", !"air.flat", !"air.arg_type_name", !"float", !"air.arg_name", !"n0"}
!12 = !{i32 1, !"air.fragment_input", !"user(n)", !"air.flat", !"air.arg_type_name", !"uint", !"air.arg_name", !"n1"}
!13 = !{i32 2, !"air.fragment_input", !"user(half)", !"air.center", !"air.no_perspective", !"air.arg_type_name", !"half4", !"air.arg_name", !"n2"}
!14 = !{i32 3, !"air.fragment_input", !"user(locn0)", !"air.centroid", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"n3"}
