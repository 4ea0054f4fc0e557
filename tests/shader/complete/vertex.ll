; SPDX-License-Identifier: GPL-2.0-or-later
; A vertex function: an attribute in, a position and two varyings out.

define <{ <4 x float>, <2 x float>, i32 }> @vertices(<4 x float> %a, i32 %id) {
  %uv = shufflevector <4 x float> %a, <4 x float> %a, <2 x i32> <i32 0, i32 1>
  %r0 = insertvalue <{ <4 x float>, <2 x float>, i32 }> undef, <4 x float> %a, 0
  %r1 = insertvalue <{ <4 x float>, <2 x float>, i32 }> %r0, <2 x float> %uv, 1
  %r2 = insertvalue <{ <4 x float>, <2 x float>, i32 }> %r1, i32 %id, 2
  ret <{ <4 x float>, <2 x float>, i32 }> %r2
}

!air.vertex = !{!0}
!air.version = !{!20}
!0 = !{ptr @vertices, !1, !5}
!1 = !{!2, !3, !4}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!3 = !{!"air.vertex_output", !"user(uv)", !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!4 = !{!"air.vertex_output", !"user(n)", !"air.arg_type_name", !"uint", !"air.arg_name", !"n"}
!5 = !{!6, !7}
!6 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 2, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a"}
!7 = !{i32 1, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!20 = !{i32 2, i32 7, i32 0}
