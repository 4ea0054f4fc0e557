; SPDX-License-Identifier: GPL-2.0-or-later
; Functions that read and write textures over buffers, and one that writes a picture.

%sampled = type { <4 x float>, i8 }
%counted = type { <4 x i32>, i8 }
%lit = type <{ <4 x float>, <4 x float> }>

declare %sampled @air.read_texture_buffer_1d.v4f32(ptr addrspace(1), i32, i32)
declare %counted @air.read_texture_buffer_1d.u.v4i32(ptr addrspace(1), i32, i32)
declare void @air.write_texture_buffer_1d.v4f32(ptr addrspace(1), i32, <4 x float>, i32)
declare void @air.write_texture_buffer_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32)
declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)

; Texel after texel to a buffer, and the other way.
define void @k_read(ptr addrspace(1) %texels, ptr addrspace(1) %out, i32 %at) {
  %s = call %sampled @air.read_texture_buffer_1d.v4f32(ptr addrspace(1) %texels, i32 %at, i32 0)
  %texel = extractvalue %sampled %s, 0
  %q = getelementptr <4 x float>, ptr addrspace(1) %out, i32 %at
  store <4 x float> %texel, ptr addrspace(1) %q, align 16
  ret void
}

define void @k_read_uint(ptr addrspace(1) %texels, ptr addrspace(1) %out, i32 %at) {
  %s = call %counted @air.read_texture_buffer_1d.u.v4i32(ptr addrspace(1) %texels, i32 %at, i32 0)
  %texel = extractvalue %counted %s, 0
  %q = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 %at
  store <4 x i32> %texel, ptr addrspace(1) %q, align 16
  ret void
}

define void @k_write(ptr addrspace(1) %texels, ptr addrspace(1) %in, i32 %at) {
  %q = getelementptr <4 x float>, ptr addrspace(1) %in, i32 %at
  %texel = load <4 x float>, ptr addrspace(1) %q, align 16
  call void @air.write_texture_buffer_1d.v4f32(ptr addrspace(1) %texels, i32 %at, <4 x float> %texel, i32 2)
  ret void
}

define void @k_write_uint(ptr addrspace(1) %texels, ptr addrspace(1) %in, i32 %at) {
  %q = getelementptr <4 x i32>, ptr addrspace(1) %in, i32 %at
  %texel = load <4 x i32>, ptr addrspace(1) %q, align 16
  call void @air.write_texture_buffer_1d.u.v4i32(ptr addrspace(1) %texels, i32 %at, <4 x i32> %texel, i32 2)
  ret void
}

; Each texel becomes half of what it was.
define void @k_halve(ptr addrspace(1) %texels, i32 %at) {
  %s = call %sampled @air.read_texture_buffer_1d.v4f32(ptr addrspace(1) %texels, i32 %at, i32 0)
  %texel = extractvalue %sampled %s, 0
  %half = fmul <4 x float> %texel, <float 0.5, float 0.5, float 0.5, float 0.5>
  call void @air.write_texture_buffer_1d.v4f32(ptr addrspace(1) %texels, i32 %at, <4 x float> %half, i32 2)
  ret void
}

; A picture 8 wide, from a buffer.
define void @k_write_picture(ptr addrspace(1) %picture, ptr addrspace(1) %in, <2 x i32> %at) {
  %x = extractelement <2 x i32> %at, i32 0
  %y = extractelement <2 x i32> %at, i32 1
  %row = shl i32 %y, 3
  %n = add i32 %row, %x
  %q = getelementptr <4 x float>, ptr addrspace(1) %in, i32 %n
  %texel = load <4 x float>, ptr addrspace(1) %q, align 16
  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %picture, <2 x i32> %at, <4 x float> %texel, i32 0, i32 2)
  ret void
}

; The vertex stage reads its colour: texel 1 of the texture over a buffer, and texel 2 is added by
; the fragment stage, out of the same slot.
define %lit @v_texel(<4 x float> %position, ptr addrspace(1) %texels) {
  %s = call %sampled @air.read_texture_buffer_1d.v4f32(ptr addrspace(1) %texels, i32 1, i32 0)
  %texel = extractvalue %sampled %s, 0
  %r0 = insertvalue %lit undef, <4 x float> %position, 0
  %r1 = insertvalue %lit %r0, <4 x float> %texel, 1
  ret %lit %r1
}

define <4 x float> @f_texel(<4 x float> %color, ptr addrspace(1) %texels) {
  %s = call %sampled @air.read_texture_buffer_1d.v4f32(ptr addrspace(1) %texels, i32 2, i32 0)
  %texel = extractvalue %sampled %s, 0
  %sum = fadd <4 x float> %texel, %color
  ret <4 x float> %sum
}

!air.vertex = !{!100}
!air.fragment = !{!200}
!air.kernel = !{!400, !410, !420, !430, !440, !450}
!air.version = !{!1}
!air.language_version = !{!2}
!1 = !{i32 2, i32 7, i32 0}
!2 = !{!"Metal", i32 3, i32 2, i32 0}

!10 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!11 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!12 = !{!10, !11}
!13 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!14 = !{!13}
!17 = !{}
!20 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture_buffer<float, read>", !"air.arg_name", !"texels"}
!21 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture_buffer<float, read>", !"air.arg_name", !"texels"}
!22 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture_buffer<uint, read>", !"air.arg_name", !"texels"}
!23 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture_buffer<float, write>", !"air.arg_name", !"texels"}
!24 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture_buffer<uint, write>", !"air.arg_name", !"texels"}
!25 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.arg_type_name", !"texture_buffer<float, read_write>", !"air.arg_name", !"texels"}
!26 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<float, write>", !"air.arg_name", !"picture"}
!30 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"out"}
!31 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"at"}
!32 = !{i32 1, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"at"}
!33 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint2", !"air.arg_name", !"at"}
!34 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!35 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}

!100 = !{ptr @v_texel, !12, !101}
!101 = !{!34, !21}
!200 = !{ptr @f_texel, !14, !201}
!201 = !{!35, !21}
!400 = !{ptr @k_read, !17, !401}
!401 = !{!20, !30, !31}
!410 = !{ptr @k_read_uint, !17, !411}
!411 = !{!22, !30, !31}
!420 = !{ptr @k_write, !17, !421}
!421 = !{!23, !30, !31}
!430 = !{ptr @k_write_uint, !17, !431}
!431 = !{!24, !30, !31}
!440 = !{ptr @k_halve, !17, !441}
!441 = !{!25, !32}
!450 = !{ptr @k_write_picture, !17, !451}
!451 = !{!26, !30, !33}
