; SPDX-License-Identifier: GPL-2.0-or-later
; rect.vert with a depth: thousandths in the first word of the source.

declare <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32>)

%rect_out = type { <4 x float>, <4 x float>, <4 x float> }

define %rect_out @depth_rect_vertex(i32 %id, <4 x i32> %place, <4 x i32> %source, <4 x float> %color, ptr addrspace(2) %frame) {
  %size_i = load <4 x i32>, ptr addrspace(2) %frame, align 16
  %size = call <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32> %size_i)
  %place_f = call <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32> %place)
  %source_f = call <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32> %source)
  %right_bit = and i32 %id, 1
  %right = icmp ne i32 %right_bit, 0
  %low_bit = and i32 %id, 2
  %low = icmp ne i32 %low_bit, 0
  %x0 = extractelement <4 x float> %place_f, i32 0
  %y0 = extractelement <4 x float> %place_f, i32 1
  %w = extractelement <4 x float> %place_f, i32 2
  %h = extractelement <4 x float> %place_f, i32 3
  %x1 = fadd float %x0, %w
  %y1 = fadd float %y0, %h
  %x = select i1 %right, float %x1, float %x0
  %y = select i1 %low, float %y1, float %y0
  %target_w = extractelement <4 x float> %size, i32 0
  %target_h = extractelement <4 x float> %size, i32 1
  %x2 = fmul float %x, 2.0
  %x3 = fdiv float %x2, %target_w
  %ndc_x = fsub float %x3, 1.0
  %y2 = fmul float %y, 2.0
  %y3 = fdiv float %y2, %target_h
  %ndc_y = fsub float 1.0, %y3
  %z0 = extractelement <4 x float> %source_f, i32 0
  %z = fdiv float %z0, 1000.0
  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %ndc_x, i32 0
  %p1 = insertelement <4 x float> %p0, float %ndc_y, i32 1
  %p2 = insertelement <4 x float> %p1, float %z, i32 2
  ; where on the target, 0 to 1, and how deep
  %u = fdiv float %x, %target_w
  %v = fdiv float %y, %target_h
  %t0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %u, i32 0
  %t1 = insertelement <4 x float> %t0, float %v, i32 1
  %t2 = insertelement <4 x float> %t1, float %z, i32 2
  %o0 = insertvalue %rect_out undef, <4 x float> %p2, 0
  %o1 = insertvalue %rect_out %o0, <4 x float> %color, 1
  %o2 = insertvalue %rect_out %o1, <4 x float> %t2, 2
  ret %rect_out %o2
}

!air.vertex = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @depth_rect_vertex, !1, !5}
!1 = !{!2, !3, !4}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!3 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!4 = !{!"air.vertex_output", !"user(where)", !"air.arg_type_name", !"float4", !"air.arg_name", !"where"}
!5 = !{!6, !7, !8, !9, !10}
!6 = !{i32 0, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!7 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"int4", !"air.arg_name", !"place"}
!8 = !{i32 2, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"int4", !"air.arg_name", !"source"}
!9 = !{i32 3, !"air.vertex_input", !"air.location_index", i32 2, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!10 = !{i32 4, !"air.buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"int4", !"air.arg_name", !"frame"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
