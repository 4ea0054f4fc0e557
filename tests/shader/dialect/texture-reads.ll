; args: --profile gles
; want: stage kernel
; glsl: texelFetch
; args: --profile vulkan
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %t0, ptr addrspace(1) %t1, ptr addrspace(1) %t2, ptr addrspace(1) %t3, ptr addrspace(1) %t4, ptr addrspace(1) %t5, ptr addrspace(1) %t6, ptr addrspace(1) %t7, ptr addrspace(1) %t8, ptr addrspace(1) %t9, ptr addrspace(1) %t10, ptr addrspace(1) %t11, ptr addrspace(1) %t12, ptr addrspace(1) %t13, ptr addrspace(1) %out, i32 %l, <3 x i32> %p3) {
  %p2 = shufflevector <3 x i32> %p3, <3 x i32> undef, <2 x i32> <i32 0, i32 1>
  %q2 = trunc <2 x i32> %p2 to <2 x i16>
  %s = call ptr addrspace(2) @air.get_read_sampler()
  %r0 = call { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1) %t0, ptr addrspace(2) %s, <2 x i32> %p2, <2 x i32> <i32 1, i32 -1>, i32 0, i32 1)
  %v0 = extractvalue { <4 x float>, i8 } %r0, 0
  %o0 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 0
  store <4 x float> %v0, ptr addrspace(1) %o0, align 4
  %r1 = call { <4 x i16>, i8 } @air.read_texture_2d_array.u.v4i16(ptr addrspace(1) %t1, ptr addrspace(2) %s, <2 x i32> %p2, i32 %l, <2 x i32> zeroinitializer, i32 0, i32 1)
  %v1 = extractvalue { <4 x i16>, i8 } %r1, 0
  %o1 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 1
  store <4 x i16> %v1, ptr addrspace(1) %o1, align 4
  %r2 = call { <4 x i32>, i8 } @air.read_texture_3d.s.v4i32(ptr addrspace(1) %t2, ptr addrspace(2) %s, <3 x i32> %p3, <3 x i32> zeroinitializer, i32 0, i32 1)
  %v2 = extractvalue { <4 x i32>, i8 } %r2, 0
  %o2 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 2
  store <4 x i32> %v2, ptr addrspace(1) %o2, align 4
  %r3 = call { <4 x float>, i8 } @air.read_texture_cube.v4f32(ptr addrspace(1) %t3, ptr addrspace(2) %s, <2 x i32> %p2, i32 %l, i32 0, i32 1)
  %v3 = extractvalue { <4 x float>, i8 } %r3, 0
  %o3 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 3
  store <4 x float> %v3, ptr addrspace(1) %o3, align 4
  %r4 = call { <4 x half>, i8 } @air.read_texture_cube_array.v4f16(ptr addrspace(1) %t4, ptr addrspace(2) %s, <2 x i32> %p2, i32 %l, i32 %l, i32 0, i32 1)
  %v4 = extractvalue { <4 x half>, i8 } %r4, 0
  %o4 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 4
  store <4 x half> %v4, ptr addrspace(1) %o4, align 4
  %r5 = call { <4 x half>, i8 } @air.read_texture_2d_ms.v4f16(ptr addrspace(1) %t5, ptr addrspace(2) %s, <2 x i32> %p2, i32 %l, i32 1)
  %v5 = extractvalue { <4 x half>, i8 } %r5, 0
  %o5 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 5
  store <4 x half> %v5, ptr addrspace(1) %o5, align 4
  %r6 = call { <4 x float>, i8 } @air.read_texture_2d_ms_array.v4f32(ptr addrspace(1) %t6, ptr addrspace(2) %s, <2 x i32> %p2, i32 %l, i32 %l, i32 1)
  %v6 = extractvalue { <4 x float>, i8 } %r6, 0
  %o6 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 6
  store <4 x float> %v6, ptr addrspace(1) %o6, align 4
  %r7 = call { <4 x half>, i8 } @air.read_texture_buffer_1d.v4f16(ptr addrspace(1) %t7, ptr addrspace(2) %s, i32 %l, i32 1)
  %v7 = extractvalue { <4 x half>, i8 } %r7, 0
  %o7 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 7
  store <4 x half> %v7, ptr addrspace(1) %o7, align 4
  %r8 = call { <4 x float>, i8 } @air.read_texture_1d.v4f32(ptr addrspace(1) %t8, ptr addrspace(2) %s, i32 %l, i32 0, i32 1)
  %v8 = extractvalue { <4 x float>, i8 } %r8, 0
  %o8 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 8
  store <4 x float> %v8, ptr addrspace(1) %o8, align 4
  %r9 = call { <4 x float>, i8 } @air.read_texture_1d_array.v4f32(ptr addrspace(1) %t9, ptr addrspace(2) %s, i32 %l, i32 %l, i32 0, i32 1)
  %v9 = extractvalue { <4 x float>, i8 } %r9, 0
  %o9 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 9
  store <4 x float> %v9, ptr addrspace(1) %o9, align 4
  %r10 = call { float, i8 } @air.read_depth_2d.f32(ptr addrspace(1) %t10, ptr addrspace(2) %s, i32 1, <2 x i32> %p2, <2 x i32> zeroinitializer, i32 0, i32 0)
  %v10 = extractvalue { float, i8 } %r10, 0
  %o10 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 10
  store float %v10, ptr addrspace(1) %o10, align 4
  %r11 = call { float, i8 } @air.read_depth_2d_array.i16.f32(ptr addrspace(1) %t11, ptr addrspace(2) %s, i32 1, <2 x i16> %q2, i16 1, <2 x i16> zeroinitializer, i16 0, i32 0)
  %v11 = extractvalue { float, i8 } %r11, 0
  %o11 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 11
  store float %v11, ptr addrspace(1) %o11, align 4
  %r12 = call { float, i8 } @air.read_depth_cube.f32(ptr addrspace(1) %t12, ptr addrspace(2) %s, i32 1, <2 x i32> %p2, i32 %l, i32 0, i32 0)
  %v12 = extractvalue { float, i8 } %r12, 0
  %o12 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 12
  store float %v12, ptr addrspace(1) %o12, align 4
  %r13 = call { float, i8 } @air.read_depth_2d_ms_array.f32(ptr addrspace(1) %t13, ptr addrspace(2) %s, i32 1, <2 x i32> %p2, i32 %l, i32 %l, i32 0)
  %v13 = extractvalue { float, i8 } %r13, 0
  %o13 = getelementptr <4 x i32>, ptr addrspace(1) %out, i32 13
  store float %v13, ptr addrspace(1) %o13, align 4
  ret void
}
declare ptr addrspace(2) @air.get_read_sampler()
declare { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x i32>, <2 x i32>, i32, i32)
declare { <4 x i16>, i8 } @air.read_texture_2d_array.u.v4i16(ptr addrspace(1), ptr addrspace(2), <2 x i32>, i32, <2 x i32>, i32, i32)
declare { <4 x i32>, i8 } @air.read_texture_3d.s.v4i32(ptr addrspace(1), ptr addrspace(2), <3 x i32>, <3 x i32>, i32, i32)
declare { <4 x float>, i8 } @air.read_texture_cube.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x i32>, i32, i32, i32)
declare { <4 x half>, i8 } @air.read_texture_cube_array.v4f16(ptr addrspace(1), ptr addrspace(2), <2 x i32>, i32, i32, i32, i32)
declare { <4 x half>, i8 } @air.read_texture_2d_ms.v4f16(ptr addrspace(1), ptr addrspace(2), <2 x i32>, i32, i32)
declare { <4 x float>, i8 } @air.read_texture_2d_ms_array.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x i32>, i32, i32, i32)
declare { <4 x half>, i8 } @air.read_texture_buffer_1d.v4f16(ptr addrspace(1), ptr addrspace(2), i32, i32)
declare { <4 x float>, i8 } @air.read_texture_1d.v4f32(ptr addrspace(1), ptr addrspace(2), i32, i32, i32)
declare { <4 x float>, i8 } @air.read_texture_1d_array.v4f32(ptr addrspace(1), ptr addrspace(2), i32, i32, i32, i32)
declare { float, i8 } @air.read_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x i32>, <2 x i32>, i32, i32)
declare { float, i8 } @air.read_depth_2d_array.i16.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x i16>, i16, <2 x i16>, i16, i32)
declare { float, i8 } @air.read_depth_cube.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x i32>, i32, i32, i32)
declare { float, i8 } @air.read_depth_2d_ms_array.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x i32>, i32, i32, i32)

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12, !13, !14, !15, !16, !17, !18, !19, !20, !21, !22, !23, !24, !25, !26}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<float, read>", !"air.arg_name", !"t0"}
!11 = !{i32 1, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.read", !"air.arg_type_name", !"texture2d_array<ushort, read>", !"air.arg_name", !"t1"}
!12 = !{i32 2, !"air.texture", !"air.location_index", i32 2, i32 1, !"air.read", !"air.arg_type_name", !"texture3d<int, read>", !"air.arg_name", !"t2"}
!13 = !{i32 3, !"air.texture", !"air.location_index", i32 3, i32 1, !"air.read", !"air.arg_type_name", !"texturecube<float, read>", !"air.arg_name", !"t3"}
!14 = !{i32 4, !"air.texture", !"air.location_index", i32 4, i32 1, !"air.read", !"air.arg_type_name", !"texturecube_array<half, read>", !"air.arg_name", !"t4"}
!15 = !{i32 5, !"air.texture", !"air.location_index", i32 5, i32 1, !"air.read", !"air.arg_type_name", !"texture2d_ms<half, read>", !"air.arg_name", !"t5"}
!16 = !{i32 6, !"air.texture", !"air.location_index", i32 6, i32 1, !"air.read", !"air.arg_type_name", !"texture2d_ms_array<float, read>", !"air.arg_name", !"t6"}
!17 = !{i32 7, !"air.texture", !"air.location_index", i32 7, i32 1, !"air.read", !"air.arg_type_name", !"texture_buffer<half, read>", !"air.arg_name", !"t7"}
!18 = !{i32 8, !"air.texture", !"air.location_index", i32 8, i32 1, !"air.read", !"air.arg_type_name", !"texture1d<float, read>", !"air.arg_name", !"t8"}
!19 = !{i32 9, !"air.texture", !"air.location_index", i32 9, i32 1, !"air.read", !"air.arg_type_name", !"texture1d_array<float, read>", !"air.arg_name", !"t9"}
!20 = !{i32 10, !"air.texture", !"air.location_index", i32 10, i32 1, !"air.read", !"air.arg_type_name", !"depth2d<float, read>", !"air.arg_name", !"t10"}
!21 = !{i32 11, !"air.texture", !"air.location_index", i32 11, i32 1, !"air.read", !"air.arg_type_name", !"depth2d_array<float, read>", !"air.arg_name", !"t11"}
!22 = !{i32 12, !"air.texture", !"air.location_index", i32 12, i32 1, !"air.read", !"air.arg_type_name", !"depthcube<float, read>", !"air.arg_name", !"t12"}
!23 = !{i32 13, !"air.texture", !"air.location_index", i32 13, i32 1, !"air.read", !"air.arg_type_name", !"depth2d_ms_array<float, read>", !"air.arg_name", !"t13"}
!24 = !{i32 14, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!25 = !{i32 15, !"air.thread_index_in_threadgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_index_in_threadgroup"}
!26 = !{i32 16, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint3", !"air.arg_name", !"thread_position_in_grid"}
