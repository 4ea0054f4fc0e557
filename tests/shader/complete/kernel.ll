; SPDX-License-Identifier: GPL-2.0-or-later
; A kernel with one of everything that pvg-airc --check counts.

declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)
declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)
declare <4 x i32> @air.atomic_fetch_add_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)
declare void @air.wg.barrier(i32, i32)

define void @everything(ptr addrspace(1) %in, ptr addrspace(1) %out, ptr addrspace(1) %count, ptr addrspace(1) %from, ptr addrspace(1) %to, ptr addrspace(1) %bins, ptr addrspace(2) %sampler, ptr addrspace(1) %unused, i32 %id) {
  %wide = zext i32 %id to i64
  %a = getelementptr i32, ptr addrspace(1) %in, i64 %wide
  %x = load i32, ptr addrspace(1) %a, align 4
  %b = getelementptr i32, ptr addrspace(1) %out, i64 %wide
  store i32 %x, ptr addrspace(1) %b, align 4
  %c = getelementptr i32, ptr addrspace(1) %b, i64 64
  store i32 %id, ptr addrspace(1) %c, align 4
  call void @air.wg.barrier(i32 1, i32 1)
  %old = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %count, i32 1, i32 0, i32 2, i1 true)
  %both = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %from, ptr addrspace(2) %sampler, <2 x float> <float 0.5, float 0.5>, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)
  %texel = extractvalue { <4 x float>, i8 } %both, 0
  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %to, <2 x i32> <i32 1, i32 1>, <4 x float> %texel, i32 0, i32 2)
  %old4 = call <4 x i32> @air.atomic_fetch_add_explicit_texture_2d.u.v4i32(ptr addrspace(1) %bins, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  ret void
}

!air.kernel = !{!0}
!air.version = !{!20}
!0 = !{ptr @everything, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5, !6, !7, !8, !9, !10, !11}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"in"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
!5 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"count"}
!6 = !{i32 3, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"from"}
!7 = !{i32 4, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<float, write>", !"air.arg_name", !"to"}
!8 = !{i32 5, !"air.texture", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.arg_type_name", !"texture2d<uint, read_write>", !"air.arg_name", !"bins"}
!9 = !{i32 6, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}
!10 = !{i32 7, !"air.buffer", !"air.location_index", i32 5, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"unused"}
!11 = !{i32 8, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!20 = !{i32 2, i32 7, i32 0}
