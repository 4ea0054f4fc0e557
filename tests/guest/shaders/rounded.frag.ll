; SPDX-License-Identifier: GPL-2.0-or-later
; A texture with round corners of ten texels, one texel of them soft.

%sampled = type { <4 x float>, i8 }
declare %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)
declare <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32>)
declare float @air.fast_fmax.f32(float, float)
declare float @air.fast_fmin.f32(float, float)
declare float @air.fast_sqrt.f32(float)
declare float @air.fast_fabs.f32(float)

define <4 x float> @rounded_fragment(<4 x float> %color, <2 x float> %place, ptr addrspace(1) %picture, ptr addrspace(2) %sampler, ptr addrspace(2) %sizes) {
  %s = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %place, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  %size_i = load <4 x i32>, ptr addrspace(2) %sizes, align 16
  %size = call <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32> %size_i)
  %w = extractelement <4 x float> %size, i32 2
  %h = extractelement <4 x float> %size, i32 3
  %u = extractelement <2 x float> %place, i32 0
  %v = extractelement <2 x float> %place, i32 1
  ; how far outside the rectangle of the corners' centres
  %cu = fsub float %u, 5.000000e-01
  %cv = fsub float %v, 5.000000e-01
  %px = fmul float %cu, %w
  %py = fmul float %cv, %h
  %ax = call float @air.fast_fabs.f32(float %px)
  %ay = call float @air.fast_fabs.f32(float %py)
  %hw = fmul float %w, 5.000000e-01
  %hh = fmul float %h, 5.000000e-01
  %ex = fsub float %hw, 1.000000e+01
  %ey = fsub float %hh, 1.000000e+01
  %dx0 = fsub float %ax, %ex
  %dy0 = fsub float %ay, %ey
  %dx = call float @air.fast_fmax.f32(float %dx0, float 0.0)
  %dy = call float @air.fast_fmax.f32(float %dy0, float 0.0)
  %xx = fmul float %dx, %dx
  %yy = fmul float %dy, %dy
  %sum = fadd float %xx, %yy
  %distance = call float @air.fast_sqrt.f32(float %sum)
  %in0 = fsub float 1.050000e+01, %distance
  %in1 = call float @air.fast_fmax.f32(float %in0, float 0.0)
  %in = call float @air.fast_fmin.f32(float %in1, float 1.0)
  %i0 = insertelement <4 x float> undef, float %in, i32 0
  %i1 = shufflevector <4 x float> %i0, <4 x float> undef, <4 x i32> zeroinitializer
  %tinted = fmul <4 x float> %texel, %color
  %out = fmul <4 x float> %tinted, %i1
  ret <4 x float> %out
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @rounded_fragment, !1, !3}
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
