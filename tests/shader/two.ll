; SPDX-License-Identifier: GPL-2.0-or-later
; Two entry points and a helper both use: a vertex function that makes a triangle of its number, and
; a fragment function with one colour. No target lines: pvg-mkmetallib adds AIR's.

define internal float @twice(float %x) {
  %y = fmul float %x, 2.0
  ret float %y
}

define <{ <4 x float>, <2 x float> }> @triangle_vs(i32 %id) {
  %odd = and i32 %id, 1
  %half = lshr i32 %id, 1
  %u = uitofp i32 %odd to float
  %v = uitofp i32 %half to float
  %u2 = call float @twice(float %u)
  %v2 = call float @twice(float %v)
  %x = fsub float %u2, 1.0
  %y = fsub float %v2, 1.0
  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %x, i32 0
  %p1 = insertelement <4 x float> %p0, float %y, i32 1
  %t0 = insertelement <2 x float> zeroinitializer, float %u, i32 0
  %t1 = insertelement <2 x float> %t0, float %v, i32 1
  %r0 = insertvalue <{ <4 x float>, <2 x float> }> undef, <4 x float> %p1, 0
  %r1 = insertvalue <{ <4 x float>, <2 x float> }> %r0, <2 x float> %t1, 1
  ret <{ <4 x float>, <2 x float> }> %r1
}

define <4 x float> @colour_fs(<2 x float> %at) {
  %u = extractelement <2 x float> %at, i32 0
  %u2 = call float @twice(float %u)
  %c = insertelement <4 x float> <float 0.0, float 1.0, float 0.0, float 1.0>, float %u2, i32 0
  ret <4 x float> %c
}

!air.vertex = !{!0}
!air.fragment = !{!7}
!air.version = !{!12}
!air.language_version = !{!13}
!0 = !{ptr @triangle_vs, !1, !4}
!1 = !{!2, !3}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!3 = !{!"air.vertex_output", !"generated(2atDv2_f)", !"air.arg_type_name", !"float2", !"air.arg_name", !"at"}
!4 = !{!5}
!5 = !{i32 0, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!7 = !{ptr @colour_fs, !8, !10}
!8 = !{!9}
!9 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!10 = !{!11}
!11 = !{i32 0, !"air.fragment_input", !"generated(2atDv2_f)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"at"}
!12 = !{i32 2, i32 7, i32 0}
!13 = !{!"Metal", i32 3, i32 2, i32 0}
