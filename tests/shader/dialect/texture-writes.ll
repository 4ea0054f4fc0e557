; args: --profile gles
; want: image 6 binding 6 buffer float format 1 w
; want: image 5 binding 5 2d-array float cube-as-array format 1 w
; args: --profile vulkan
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %t0, ptr addrspace(1) %t1, ptr addrspace(1) %t2, ptr addrspace(1) %t3, ptr addrspace(1) %t4, ptr addrspace(1) %t5, ptr addrspace(1) %t6, i32 %l, ptr addrspace(1) %in) {
  %v = load <4 x float>, ptr addrspace(1) %in, align 16
  %h = fptrunc <4 x float> %v to <4 x half>
  %i = bitcast <4 x float> %v to <4 x i32>
  call void @air.write_texture_1d.v4f32(ptr addrspace(1) %t0, i32 %l, <4 x float> %v, i32 0, i32 2)
  call void @air.fence_texture_1d(ptr addrspace(1) %t0)
  call void @air.write_texture_1d_array.v4f32(ptr addrspace(1) %t1, i32 %l, i32 1, <4 x float> %v, i32 0, i32 2)
  call void @air.fence_texture_1d_array(ptr addrspace(1) %t1)
  call void @air.write_texture_2d.v4f16(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, <4 x half> %h, i32 0, i32 2)
  call void @air.fence_texture_2d(ptr addrspace(1) %t2)
  call void @air.write_texture_2d_array.i16.s.v4i32(ptr addrspace(1) %t3, <2 x i16> <i16 1, i16 0>, i16 0, <4 x i32> %i, i16 0, i32 2)
  call void @air.fence_texture_2d_array(ptr addrspace(1) %t3)
  call void @air.write_texture_3d.u.v4i32(ptr addrspace(1) %t4, <3 x i32> zeroinitializer, <4 x i32> %i, i32 0, i32 2)
  call void @air.fence_texture_3d(ptr addrspace(1) %t4)
  call void @air.write_texture_cube.v4f32(ptr addrspace(1) %t5, <2 x i32> zeroinitializer, i32 2, <4 x float> %v, i32 0, i32 2)
  call void @air.fence_texture_cube(ptr addrspace(1) %t5)
  call void @air.write_texture_buffer_1d.v4f32(ptr addrspace(1) %t6, i32 %l, <4 x float> %v, i32 2)
  call void @air.fence_texture_buffer_1d(ptr addrspace(1) %t6)
  ret void
}
declare void @air.write_texture_1d.v4f32(ptr addrspace(1), i32, <4 x float>, i32, i32)
declare void @air.fence_texture_1d(ptr addrspace(1))
declare void @air.write_texture_1d_array.v4f32(ptr addrspace(1), i32, i32, <4 x float>, i32, i32)
declare void @air.fence_texture_1d_array(ptr addrspace(1))
declare void @air.write_texture_2d.v4f16(ptr addrspace(1), <2 x i32>, <4 x half>, i32, i32)
declare void @air.fence_texture_2d(ptr addrspace(1))
declare void @air.write_texture_2d_array.i16.s.v4i32(ptr addrspace(1), <2 x i16>, i16, <4 x i32>, i16, i32)
declare void @air.fence_texture_2d_array(ptr addrspace(1))
declare void @air.write_texture_3d.u.v4i32(ptr addrspace(1), <3 x i32>, <4 x i32>, i32, i32)
declare void @air.fence_texture_3d(ptr addrspace(1))
declare void @air.write_texture_cube.v4f32(ptr addrspace(1), <2 x i32>, i32, <4 x float>, i32, i32)
declare void @air.fence_texture_cube(ptr addrspace(1))
declare void @air.write_texture_buffer_1d.v4f32(ptr addrspace(1), i32, <4 x float>, i32)
declare void @air.fence_texture_buffer_1d(ptr addrspace(1))

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12, !13, !14, !15, !16, !17, !18}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture1d<float, write>", !"air.arg_name", !"t0"}
!11 = !{i32 1, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.write", !"air.arg_type_name", !"texture1d_array<float, write>", !"air.arg_name", !"t1"}
!12 = !{i32 2, !"air.texture", !"air.location_index", i32 2, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<half, write>", !"air.arg_name", !"t2"}
!13 = !{i32 3, !"air.texture", !"air.location_index", i32 3, i32 1, !"air.write", !"air.arg_type_name", !"texture2d_array<int, write>", !"air.arg_name", !"t3"}
!14 = !{i32 4, !"air.texture", !"air.location_index", i32 4, i32 1, !"air.write", !"air.arg_type_name", !"texture3d<uint, write>", !"air.arg_name", !"t4"}
!15 = !{i32 5, !"air.texture", !"air.location_index", i32 5, i32 1, !"air.write", !"air.arg_type_name", !"texturecube<float, write>", !"air.arg_name", !"t5"}
!16 = !{i32 6, !"air.texture", !"air.location_index", i32 6, i32 1, !"air.write", !"air.arg_type_name", !"texture_buffer<float, write>", !"air.arg_name", !"t6"}
!17 = !{i32 7, !"air.thread_index_in_threadgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_index_in_threadgroup"}
!18 = !{i32 8, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"in"}
