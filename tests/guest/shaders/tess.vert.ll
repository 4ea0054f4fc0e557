; SPDX-License-Identifier: GPL-2.0-or-later
; A point of a quad patch, four by three of them on the target, bulged; coloured by where it is.

declare <2 x float> @air.convert.f.v2f32.u.v2i32(<2 x i32>)

%point = type { <4 x float>, <4 x float> }

define %point @tess_vertex(<2 x float> %at, i32 %patch) {
  %column = urem i32 %patch, 4
  %row = udiv i32 %patch, 4
  %c0 = insertelement <2 x i32> undef, i32 %column, i32 0
  %c1 = insertelement <2 x i32> %c0, i32 %row, i32 1
  %cell = call <2 x float> @air.convert.f.v2f32.u.v2i32(<2 x i32> %c1)
  ; a parabola along u that is 0 at both ends
  %u = extractelement <2 x float> %at, i32 0
  %v = extractelement <2 x float> %at, i32 1
  %one_u = fsub float 1.000000e+00, %u
  %uu = fmul float %u, %one_u
  %bulge = fmul float %uu, 5.000000e-01
  %inner_x0 = fmul float %u, 8.750000e-01
  %inner_y0 = fmul float %v, 5.000000e-01
  %inner_y1 = fadd float %inner_y0, %bulge
  %cx = extractelement <2 x float> %cell, i32 0
  %cy = extractelement <2 x float> %cell, i32 1
  %x0 = fadd float %cx, %inner_x0
  %y0 = fadd float %cy, %inner_y1
  %x1 = fmul float %x0, 5.000000e-01
  %x2 = fsub float %x1, 9.375000e-01
  %y1 = fmul float %y0, 5.000000e-01
  %y2 = fsub float %y1, 7.500000e-01
  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 5.000000e-01, float 1.0>, float %x2, i32 0
  %p1 = insertelement <4 x float> %p0, float %y2, i32 1
  %k0 = insertelement <4 x float> <float 0.0, float 0.0, float 2.500000e-01, float 1.0>, float %u, i32 0
  %k1 = insertelement <4 x float> %k0, float %v, i32 1
  %o0 = insertvalue %point undef, <4 x float> %p1, 0
  %o1 = insertvalue %point %o0, <4 x float> %k1, 1
  ret %point %o1
}

!air.vertex = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @tess_vertex, !1, !4, !7}
!1 = !{!2, !3}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!3 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!4 = !{!5, !6}
!5 = !{i32 0, !"air.position_in_patch", !"air.arg_type_name", !"float2", !"air.arg_name", !"at"}
!6 = !{i32 1, !"air.patch_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"patch"}
!7 = !{!"air.patch", !"quad", !"air.patch_control_point", i32 0}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
