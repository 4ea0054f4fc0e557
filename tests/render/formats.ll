; SPDX-License-Identifier: GPL-2.0-or-later
; Texels of any format: read, stored and drawn, one a thread or pixel of a row, as floats (f), signed (i)
; and unsigned (u) integers.

%texel_f = type { <4 x float>, i8 }
%texel_i = type { <4 x i32>, i8 }

declare %texel_f @air.read_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)
declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)
declare %texel_i @air.read_texture_2d.s.v4i32(ptr addrspace(1), <2 x i32>, i32, i32)
declare void @air.write_texture_2d.s.v4i32(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare %texel_i @air.read_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, i32, i32)
declare void @air.write_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)

; One triangle over everything.
define <4 x float> @v_whole(i32 %id) {
  %one = icmp eq i32 %id, 1
  %two = icmp eq i32 %id, 2
  %x = select i1 %one, float 3.0, float -1.0
  %y = select i1 %two, float 3.0, float -1.0
  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %x, i32 0
  %p1 = insertelement <4 x float> %p0, float %y, i32 1
  ret <4 x float> %p1
}

define void @k_read_f(ptr addrspace(1) %picture, ptr addrspace(1) %out, i32 %x) {
  %at = insertelement <2 x i32> zeroinitializer, i32 %x, i32 0
  %s = call %texel_f @air.read_texture_2d.v4f32(ptr addrspace(1) %picture, <2 x i32> %at, i32 0, i32 1)
  %texel = extractvalue %texel_f %s, 0
  %p = getelementptr <4 x float>, ptr addrspace(1) %out, i32 %x
  store <4 x float> %texel, ptr addrspace(1) %p, align 16
  ret void
}

define void @k_store_f(ptr addrspace(1) %picture, ptr addrspace(1) %in, i32 %x) {
  %at = insertelement <2 x i32> zeroinitializer, i32 %x, i32 0
  %p = getelementptr <4 x float>, ptr addrspace(1) %in, i32 %x
  %texel = load <4 x float>, ptr addrspace(1) %p, align 16
  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %picture, <2 x i32> %at, <4 x float> %texel, i32 0, i32 2)
  ret void
}

define <4 x float> @f_draw_f(<4 x float> %at, ptr addrspace(1) %in) {
  %fx = extractelement <4 x float> %at, i32 0
  %x = fptoui float %fx to i32
  %p = getelementptr <4 x float>, ptr addrspace(1) %in, i32 %x
  %texel = load <4 x float>, ptr addrspace(1) %p, align 16
  ret <4 x float> %texel
}

define void @k_read_i(ptr addrspace(1) %picture, ptr addrspace(1) %out, i32 %x) {
  %at = insertelement <2 x i32> zeroinitializer, i32 %x, i32 0
  %s = call %texel_i @air.read_texture_2d.s.v4i32(ptr addrspace(1) %picture, <2 x i32> %at, i32 0, i32 1)
  %texel = extractvalue %texel_i %s, 0
  %p = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 %x
  store <4 x i32> %texel, ptr addrspace(1) %p, align 16
  ret void
}

define void @k_store_i(ptr addrspace(1) %picture, ptr addrspace(1) %in, i32 %x) {
  %at = insertelement <2 x i32> zeroinitializer, i32 %x, i32 0
  %p = getelementptr <4 x i32>, ptr addrspace(1) %in, i32 %x
  %texel = load <4 x i32>, ptr addrspace(1) %p, align 16
  call void @air.write_texture_2d.s.v4i32(ptr addrspace(1) %picture, <2 x i32> %at, <4 x i32> %texel, i32 0, i32 2)
  ret void
}

define <4 x i32> @f_draw_i(<4 x float> %at, ptr addrspace(1) %in) {
  %fx = extractelement <4 x float> %at, i32 0
  %x = fptoui float %fx to i32
  %p = getelementptr <4 x i32>, ptr addrspace(1) %in, i32 %x
  %texel = load <4 x i32>, ptr addrspace(1) %p, align 16
  ret <4 x i32> %texel
}

define void @k_read_u(ptr addrspace(1) %picture, ptr addrspace(1) %out, i32 %x) {
  %at = insertelement <2 x i32> zeroinitializer, i32 %x, i32 0
  %s = call %texel_i @air.read_texture_2d.u.v4i32(ptr addrspace(1) %picture, <2 x i32> %at, i32 0, i32 1)
  %texel = extractvalue %texel_i %s, 0
  %p = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 %x
  store <4 x i32> %texel, ptr addrspace(1) %p, align 16
  ret void
}

define void @k_store_u(ptr addrspace(1) %picture, ptr addrspace(1) %in, i32 %x) {
  %at = insertelement <2 x i32> zeroinitializer, i32 %x, i32 0
  %p = getelementptr <4 x i32>, ptr addrspace(1) %in, i32 %x
  %texel = load <4 x i32>, ptr addrspace(1) %p, align 16
  call void @air.write_texture_2d.u.v4i32(ptr addrspace(1) %picture, <2 x i32> %at, <4 x i32> %texel, i32 0, i32 2)
  ret void
}

define <4 x i32> @f_draw_u(<4 x float> %at, ptr addrspace(1) %in) {
  %fx = extractelement <4 x float> %at, i32 0
  %x = fptoui float %fx to i32
  %p = getelementptr <4 x i32>, ptr addrspace(1) %in, i32 %x
  %texel = load <4 x i32>, ptr addrspace(1) %p, align 16
  ret <4 x i32> %texel
}

!air.vertex = !{!10}
!air.fragment = !{!108, !128, !148}
!air.kernel = !{!100, !104, !120, !124, !140, !144}
!air.version = !{!1}
!air.language_version = !{!2}
!1 = !{i32 2, i32 7, i32 0}
!2 = !{!"Metal", i32 3, i32 2, i32 0}
!4 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"x"}
!5 = !{}
!6 = !{i32 0, !"air.position", !"air.center", !"air.no_perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"at"}

!10 = !{ptr @v_whole, !11, !12}
!11 = !{!13}
!12 = !{!14}
!13 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!14 = !{i32 0, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}

!100 = !{ptr @k_read_f, !5, !101}
!101 = !{!102, !103, !4}
!102 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<float, read>", !"air.arg_name", !"picture"}
!103 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"texels"}
!104 = !{ptr @k_store_f, !5, !105}
!105 = !{!106, !107, !4}
!106 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<float, write>", !"air.arg_name", !"picture"}
!107 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"texels"}
!108 = !{ptr @f_draw_f, !109, !111}
!109 = !{!110}
!110 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!111 = !{!6, !107}

!120 = !{ptr @k_read_i, !5, !121}
!121 = !{!122, !123, !4}
!122 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<int, read>", !"air.arg_name", !"picture"}
!123 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"int4", !"air.arg_name", !"texels"}
!124 = !{ptr @k_store_i, !5, !125}
!125 = !{!126, !127, !4}
!126 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<int, write>", !"air.arg_name", !"picture"}
!127 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"int4", !"air.arg_name", !"texels"}
!128 = !{ptr @f_draw_i, !129, !131}
!129 = !{!130}
!130 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"int4"}
!131 = !{!6, !127}

!140 = !{ptr @k_read_u, !5, !141}
!141 = !{!142, !143, !4}
!142 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<uint, read>", !"air.arg_name", !"picture"}
!143 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"uint4", !"air.arg_name", !"texels"}
!144 = !{ptr @k_store_u, !5, !145}
!145 = !{!146, !147, !4}
!146 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<uint, write>", !"air.arg_name", !"picture"}
!147 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"uint4", !"air.arg_name", !"texels"}
!148 = !{ptr @f_draw_u, !149, !151}
!149 = !{!150}
!150 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"uint4"}
!151 = !{!6, !147}
