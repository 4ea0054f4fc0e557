; SPDX-License-Identifier: GPL-2.0-or-later
; A corner of a user interface: place and texture place as floats, colour as bytes, a projection.

%ui_out = type { <4 x float>, <4 x float>, <2 x float> }

define %ui_out @ui_vertex(<2 x float> %at, <2 x float> %uv, <4 x float> %tint, ptr addrspace(2) %matrix) {
  ; four columns; only x and y of the point are not 0 and 1
  %c0 = load <4 x float>, ptr addrspace(2) %matrix, align 16
  %p1 = getelementptr <4 x float>, ptr addrspace(2) %matrix, i64 1
  %c1 = load <4 x float>, ptr addrspace(2) %p1, align 16
  %p3 = getelementptr <4 x float>, ptr addrspace(2) %matrix, i64 3
  %c3 = load <4 x float>, ptr addrspace(2) %p3, align 16
  %xx = shufflevector <2 x float> %at, <2 x float> undef, <4 x i32> zeroinitializer
  %yy = shufflevector <2 x float> %at, <2 x float> undef, <4 x i32> <i32 1, i32 1, i32 1, i32 1>
  %mx = fmul <4 x float> %c0, %xx
  %my = fmul <4 x float> %c1, %yy
  %s0 = fadd <4 x float> %mx, %my
  %s1 = fadd <4 x float> %s0, %c3
  %o0 = insertvalue %ui_out undef, <4 x float> %s1, 0
  %o1 = insertvalue %ui_out %o0, <4 x float> %tint, 1
  %o2 = insertvalue %ui_out %o1, <2 x float> %uv, 2
  ret %ui_out %o2
}

!air.vertex = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @ui_vertex, !1, !5}
!1 = !{!2, !3, !4}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!3 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!4 = !{!"air.vertex_output", !"user(place)", !"air.arg_type_name", !"float2", !"air.arg_name", !"place"}
!5 = !{!6, !7, !8, !9}
!6 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float2", !"air.arg_name", !"at"}
!7 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!8 = !{i32 2, !"air.vertex_input", !"air.location_index", i32 2, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"tint"}
!9 = !{i32 3, !"air.buffer", !"air.buffer_size", i32 64, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 64, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4x4", !"air.arg_name", !"matrix"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
