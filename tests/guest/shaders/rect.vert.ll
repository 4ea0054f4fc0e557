; SPDX-License-Identifier: GPL-2.0-or-later
; A rectangle for each instance, in pixels of the target, with a place in a texture and a colour.
; Corners come from the vertex number of a strip of four. Integers only: the guest has no floats.

declare <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32>)

%rect_out = type { <4 x float>, <4 x float>, <2 x float> }

define %rect_out @rect_vertex(i32 %id, <4 x i32> %place, <4 x i32> %source, <4 x float> %color, ptr addrspace(2) %frame) {
  ; frame: width and height of the target, width and height of the texture
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

  %u0 = extractelement <4 x float> %source_f, i32 0
  %v0 = extractelement <4 x float> %source_f, i32 1
  %uw = extractelement <4 x float> %source_f, i32 2
  %vh = extractelement <4 x float> %source_f, i32 3
  %u1 = fadd float %u0, %uw
  %v1 = fadd float %v0, %vh
  %u = select i1 %right, float %u1, float %u0
  %v = select i1 %low, float %v1, float %v0

  %target_w = extractelement <4 x float> %size, i32 0
  %target_h = extractelement <4 x float> %size, i32 1
  %texture_w = extractelement <4 x float> %size, i32 2
  %texture_h = extractelement <4 x float> %size, i32 3
  %x2 = fmul float %x, 2.0
  %x3 = fdiv float %x2, %target_w
  %ndc_x = fsub float %x3, 1.0
  %y2 = fmul float %y, 2.0
  %y3 = fdiv float %y2, %target_h
  %ndc_y = fsub float 1.0, %y3
  %tu = fdiv float %u, %texture_w
  %tv = fdiv float %v, %texture_h

  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %ndc_x, i32 0
  %p1 = insertelement <4 x float> %p0, float %ndc_y, i32 1
  %t0 = insertelement <2 x float> undef, float %tu, i32 0
  %t1 = insertelement <2 x float> %t0, float %tv, i32 1
  %o0 = insertvalue %rect_out undef, <4 x float> %p1, 0
  %o1 = insertvalue %rect_out %o0, <4 x float> %color, 1
  %o2 = insertvalue %rect_out %o1, <2 x float> %t1, 2
  ret %rect_out %o2
}

!air.vertex = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @rect_vertex, !1, !5}
!1 = !{!2, !3, !4}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!3 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!4 = !{!"air.vertex_output", !"user(place)", !"air.arg_type_name", !"float2", !"air.arg_name", !"place"}
!5 = !{!6, !7, !8, !9, !10}
!6 = !{i32 0, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!7 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"int4", !"air.arg_name", !"place"}
!8 = !{i32 2, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"int4", !"air.arg_name", !"source"}
!9 = !{i32 3, !"air.vertex_input", !"air.location_index", i32 2, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!10 = !{i32 4, !"air.buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"int4", !"air.arg_name", !"frame"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
