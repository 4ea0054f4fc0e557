; SPDX-License-Identifier: GPL-2.0-or-later
; A tent of three by three texels.

%sampled = type { <4 x float>, i8 }
declare %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)
declare <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32>)

define <4 x float> @blur_fragment(<4 x float> %color, <2 x float> %place, ptr addrspace(1) %picture, ptr addrspace(2) %sampler, ptr addrspace(2) %sizes) {
  %size_i = load <4 x i32>, ptr addrspace(2) %sizes, align 16
  %size = call <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32> %size_i)
  %w = extractelement <4 x float> %size, i32 2
  %h = extractelement <4 x float> %size, i32 3
  %dx = fdiv float 1.0, %w
  %dy = fdiv float 1.0, %h
  %u = extractelement <2 x float> %place, i32 0
  %v = extractelement <2 x float> %place, i32 1
  %ul = fsub float %u, %dx
  %ur = fadd float %u, %dx
  %vt = fsub float %v, %dy
  %vb = fadd float %v, %dy
  %a0 = insertelement <2 x float> undef, float %ul, i32 0
  %b0 = insertelement <2 x float> %a0, float %vt, i32 1
  %s0 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b0, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t0 = extractvalue %sampled %s0, 0
  %w0 = fmul <4 x float> %t0, <float 6.250000e-02, float 6.250000e-02, float 6.250000e-02, float 6.250000e-02>
  %a1 = insertelement <2 x float> undef, float %u, i32 0
  %b1 = insertelement <2 x float> %a1, float %vt, i32 1
  %s1 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b1, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t1 = extractvalue %sampled %s1, 0
  %w1 = fmul <4 x float> %t1, <float 1.250000e-01, float 1.250000e-01, float 1.250000e-01, float 1.250000e-01>
  %sum1 = fadd <4 x float> %w0, %w1
  %a2 = insertelement <2 x float> undef, float %ur, i32 0
  %b2 = insertelement <2 x float> %a2, float %vt, i32 1
  %s2 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b2, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t2 = extractvalue %sampled %s2, 0
  %w2 = fmul <4 x float> %t2, <float 6.250000e-02, float 6.250000e-02, float 6.250000e-02, float 6.250000e-02>
  %sum2 = fadd <4 x float> %sum1, %w2
  %a3 = insertelement <2 x float> undef, float %ul, i32 0
  %b3 = insertelement <2 x float> %a3, float %v, i32 1
  %s3 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b3, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t3 = extractvalue %sampled %s3, 0
  %w3 = fmul <4 x float> %t3, <float 1.250000e-01, float 1.250000e-01, float 1.250000e-01, float 1.250000e-01>
  %sum3 = fadd <4 x float> %sum2, %w3
  %a4 = insertelement <2 x float> undef, float %u, i32 0
  %b4 = insertelement <2 x float> %a4, float %v, i32 1
  %s4 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b4, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t4 = extractvalue %sampled %s4, 0
  %w4 = fmul <4 x float> %t4, <float 2.500000e-01, float 2.500000e-01, float 2.500000e-01, float 2.500000e-01>
  %sum4 = fadd <4 x float> %sum3, %w4
  %a5 = insertelement <2 x float> undef, float %ur, i32 0
  %b5 = insertelement <2 x float> %a5, float %v, i32 1
  %s5 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b5, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t5 = extractvalue %sampled %s5, 0
  %w5 = fmul <4 x float> %t5, <float 1.250000e-01, float 1.250000e-01, float 1.250000e-01, float 1.250000e-01>
  %sum5 = fadd <4 x float> %sum4, %w5
  %a6 = insertelement <2 x float> undef, float %ul, i32 0
  %b6 = insertelement <2 x float> %a6, float %vb, i32 1
  %s6 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b6, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t6 = extractvalue %sampled %s6, 0
  %w6 = fmul <4 x float> %t6, <float 6.250000e-02, float 6.250000e-02, float 6.250000e-02, float 6.250000e-02>
  %sum6 = fadd <4 x float> %sum5, %w6
  %a7 = insertelement <2 x float> undef, float %u, i32 0
  %b7 = insertelement <2 x float> %a7, float %vb, i32 1
  %s7 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b7, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t7 = extractvalue %sampled %s7, 0
  %w7 = fmul <4 x float> %t7, <float 1.250000e-01, float 1.250000e-01, float 1.250000e-01, float 1.250000e-01>
  %sum7 = fadd <4 x float> %sum6, %w7
  %a8 = insertelement <2 x float> undef, float %ur, i32 0
  %b8 = insertelement <2 x float> %a8, float %vb, i32 1
  %s8 = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %b8, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %t8 = extractvalue %sampled %s8, 0
  %w8 = fmul <4 x float> %t8, <float 6.250000e-02, float 6.250000e-02, float 6.250000e-02, float 6.250000e-02>
  %sum8 = fadd <4 x float> %sum7, %w8
  %out = fmul <4 x float> %sum8, %color
  ret <4 x float> %out
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @blur_fragment, !1, !3}
!1 = !{!2}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!4, !5, !6, !7, !8}
!4 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!5 = !{i32 1, !"air.fragment_input", !"user(place)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"place"}
!6 = !{i32 2, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"picture"}
!7 = !{i32 3, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}
!8 = !{i32 4, !"air.buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"int4", !"air.arg_name", !"sizes"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
