; SPDX-License-Identifier: GPL-2.0-or-later
; Corners of triangle.vert, cut where x is below 0; the second distance is above 0 everywhere.

declare <2 x float> @air.convert.f.v2f32.s.v2i32(<2 x i32>)

%clipped = type <{ <4 x float>, <4 x float>, [2 x float] }>

define %clipped @clip_vertex(<2 x i32> %place, <4 x float> %color) {
  %f = call <2 x float> @air.convert.f.v2f32.s.v2i32(<2 x i32> %place)
  %x0 = extractelement <2 x float> %f, i32 0
  %y0 = extractelement <2 x float> %f, i32 1
  %x = fdiv float %x0, 1000.0
  %y = fdiv float %y0, 1000.0
  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0
  %p1 = insertelement <4 x float> %p0, float %y, i32 1
  %o0 = insertvalue %clipped undef, <4 x float> %p1, 0
  %o1 = insertvalue %clipped %o0, <4 x float> %color, 1
  %o2 = insertvalue %clipped %o1, float %x, 2, 0
  %o3 = insertvalue %clipped %o2, float 1.0, 2, 1
  ret %clipped %o3
}

!air.vertex = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @clip_vertex, !1, !4}
!1 = !{!2, !3, !7}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!3 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!4 = !{!5, !6}
!5 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"int2", !"air.arg_name", !"place"}
!6 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!7 = !{!"air.clip_distance", !"air.clip_distance_array_size", i32 2, !"air.arg_type_name", !"float"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
