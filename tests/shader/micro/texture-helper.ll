; SPDX-License-Identifier: GPL-2.0-or-later
; Helpers take the texture and the sampler; which of two textures is read depends on the thread.
; THREADS 2 1 1
; TEXTURE 0 2d rgba32f 8x4x1
; TEXTURE 3 2d rgba32f 4x4x1 zero
; SAMPLER 1 nearest
; SIZE 0 32
; CHECK 0[0] f32: 12 12.25 12.5 1 0 0 0 0

declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)

define internal fastcc <4 x float> @look(ptr addrspace(1) %texture, ptr addrspace(2) %sampler) noinline {
  %both = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, <2 x float> <float 0.3125, float 0.375>, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)
  %texel = extractvalue { <4 x float>, i8 } %both, 0
  ret <4 x float> %texel
}

define void @helper(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(2) %sampler, ptr addrspace(1) %out, i32 %id) {
  %second = icmp ne i32 %id, 0
  %texture = select i1 %second, ptr addrspace(1) %b, ptr addrspace(1) %a
  %texel = call fastcc <4 x float> @look(ptr addrspace(1) %texture, ptr addrspace(2) %sampler)
  %wide = zext i32 %id to i64
  %to = getelementptr <4 x float>, ptr addrspace(1) %out, i64 %wide
  store <4 x float> %texel, ptr addrspace(1) %to, align 16
  ret void
}

!air.kernel = !{!0}
!air.version = !{!8}
!0 = !{ptr @helper, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5, !6, !7}
!3 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"a"}
!4 = !{i32 1, !"air.texture", !"air.location_index", i32 3, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"b"}
!5 = !{i32 2, !"air.sampler", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!6 = !{i32 3, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"out"}
!7 = !{i32 4, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!8 = !{i32 2, i32 7, i32 0}
