; args: --profile gles
; want: stage fragment
; glsl: textureGrad
; glsl: textureGather
; args: --profile vulkan
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <4 x float> @f(ptr addrspace(1) %t, ptr addrspace(1) %d, ptr addrspace(1) %a, ptr addrspace(2) %s, ptr addrspace(2) %c, <2 x float> %uv, i32 %n, float %x) {
  %odd = icmp eq i32 %n, 1
  %v = insertelement <2 x i32> zeroinitializer, i32 %n, i32 1
  %r0 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %uv, i1 true, <2 x i32> %v, i1 %odd, float %x, float 0.0, i32 0)
  %r1 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %uv, i1 true, <2 x i32> <i32 3, i32 -4>, i1 false, float %x, float %x, i32 0)
  %r2 = call { <4 x float>, i8 } @air.sample_texture_2d_grad.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %uv, <2 x float> %uv, <2 x float> %uv, float %x, i1 true, <2 x i32> zeroinitializer, i32 0)
  %r3 = call { <4 x float>, i8 } @air.gather_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %uv, i1 true, <2 x i32> %v, i32 %n, i32 0)
  %r4 = call { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1) %d, ptr addrspace(2) %c, i32 1, <2 x float> %uv, float %x, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %r5 = call { float, i8 } @air.sample_compare_depth_2d_grad.f32(ptr addrspace(1) %d, ptr addrspace(2) %c, i32 1, <2 x float> %uv, float %x, <2 x float> %uv, <2 x float> %uv, float 0.0, i1 true, <2 x i32> zeroinitializer, i32 0)
  %r6 = call { <4 x float>, i8 } @air.gather_compare_depth_2d.f32(ptr addrspace(1) %d, ptr addrspace(2) %c, i32 1, <2 x float> %uv, float %x, i1 true, <2 x i32> zeroinitializer, i32 0)
  %r7 = call { float, i8 } @air.sample_compare_depth_2d_array.f32(ptr addrspace(1) %a, ptr addrspace(2) %c, i32 1, <2 x float> %uv, i32 %n, float %x, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)
  %r8 = call float @air.calculate_clamped_lod_texture_2d(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %uv, i32 0)
  %v0 = extractvalue { <4 x float>, i8 } %r0, 0
  %v1 = extractvalue { <4 x float>, i8 } %r1, 0
  %v2 = extractvalue { <4 x float>, i8 } %r2, 0
  %v3 = extractvalue { <4 x float>, i8 } %r3, 0
  %v6 = extractvalue { <4 x float>, i8 } %r6, 0
  %v4 = extractvalue { float, i8 } %r4, 0
  %v5 = extractvalue { float, i8 } %r5, 0
  %v7 = extractvalue { float, i8 } %r7, 0
  %a0 = fadd <4 x float> %v0, %v1
  %a1 = fadd <4 x float> %a0, %v2
  %a2 = fadd <4 x float> %a1, %v3
  %a3 = fadd <4 x float> %a2, %v6
  %b0 = fadd float %v4, %v5
  %b1 = fadd float %b0, %v7
  %b2 = fadd float %b1, %r8
  %z = insertelement <4 x float> %a3, float %b2, i32 3
  ret <4 x float> %z
}
declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)
declare { <4 x float>, i8 } @air.sample_texture_2d_grad.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, <2 x float>, <2 x float>, float, i1, <2 x i32>, i32)
declare { <4 x float>, i8 } @air.gather_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i32, i32)
declare { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, i1, <2 x i32>, i1, float, float, i32)
declare { float, i8 } @air.sample_compare_depth_2d_grad.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, <2 x float>, <2 x float>, float, i1, <2 x i32>, i32)
declare { float, i8 } @air.sample_compare_depth_2d_array.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, i32, float, i1, <2 x i32>, i1, float, float, i32)
declare { <4 x float>, i8 } @air.gather_compare_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, i1, <2 x i32>, i32)
declare float @air.calculate_clamped_lod_texture_2d(ptr addrspace(1), ptr addrspace(2), <2 x float>, i32)

!air.fragment = !{!0}
!air.version = !{!3}
!0 = !{ptr @f, !1, !2}
!1 = !{!10}
!2 = !{!11, !12, !13, !14, !15, !16, !17, !18}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!11 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t0"}
!12 = !{i32 1, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d<float, sample>", !"air.arg_name", !"t1"}
!13 = !{i32 2, !"air.texture", !"air.location_index", i32 2, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d_array<float, sample>", !"air.arg_name", !"t2"}
!14 = !{i32 3, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s0"}
!15 = !{i32 4, !"air.sampler", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s1"}
!16 = !{i32 5, !"air.fragment_input", !"user(locn0)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"locn0"}
!17 = !{i32 6, !"air.fragment_input", !"user(locn1)", !"air.flat", !"air.arg_type_name", !"uint", !"air.arg_name", !"locn1"}
!18 = !{i32 7, !"air.fragment_input", !"user(locn2)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float", !"air.arg_name", !"locn2"}
