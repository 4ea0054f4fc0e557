; SPDX-License-Identifier: GPL-2.0-or-later
; Three corners with a colour each, from a buffer: place as short2 in thousandths, rgba as bytes.

declare <2 x float> @air.convert.f.v2f32.s.v2i32(<2 x i32>)

%corner_out = type { <4 x float>, <4 x float> }

define %corner_out @triangle_vertex(<2 x i32> %place, <4 x float> %color) {
  %f = call <2 x float> @air.convert.f.v2f32.s.v2i32(<2 x i32> %place)
  %x0 = extractelement <2 x float> %f, i32 0
  %y0 = extractelement <2 x float> %f, i32 1
  %x = fdiv float %x0, 1000.0
  %y = fdiv float %y0, 1000.0
  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0
  %p1 = insertelement <4 x float> %p0, float %y, i32 1
  %o0 = insertvalue %corner_out undef, <4 x float> %p1, 0
  %o1 = insertvalue %corner_out %o0, <4 x float> %color, 1
  ret %corner_out %o1
}

!air.vertex = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @triangle_vertex, !1, !4}
!1 = !{!2, !3}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!3 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!4 = !{!5, !6}
!5 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"int2", !"air.arg_name", !"place"}
!6 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
