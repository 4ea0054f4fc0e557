; SPDX-License-Identifier: GPL-2.0-or-later
; Two planes of a picture, luma and chroma in video range, to red, green and blue (BT.709).

%sampled = type { <4 x float>, i8 }
declare %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)

define <4 x float> @video_fragment(<2 x float> %place, ptr addrspace(1) %luma, ptr addrspace(1) %chroma, ptr addrspace(2) %sampler) {
  %sy = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %luma, ptr addrspace(2) %sampler, <2 x float> %place, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %sc = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %chroma, ptr addrspace(2) %sampler, <2 x float> %place, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %y4 = extractvalue %sampled %sy, 0
  %c4 = extractvalue %sampled %sc, 0
  %y0 = extractelement <4 x float> %y4, i32 0
  %u0 = extractelement <4 x float> %c4, i32 0
  %v0 = extractelement <4 x float> %c4, i32 1
  %y1 = fsub float %y0, 6.250000e-02
  %y = fmul float %y1, 1.164062500000e+00
  %u = fsub float %u0, 5.000000e-01
  %v = fsub float %v0, 5.000000e-01
  %vr = fmul float %v, 1.792968750000e+00
  %r = fadd float %y, %vr
  %ug = fmul float %u, -2.12890625e-01
  %vg = fmul float %v, -5.33203125e-01
  %g0 = fadd float %y, %ug
  %g = fadd float %g0, %vg
  %ub = fmul float %u, 2.1123046875e+00
  %b = fadd float %y, %ub
  %o0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %r, i32 0
  %o1 = insertelement <4 x float> %o0, float %g, i32 1
  %o2 = insertelement <4 x float> %o1, float %b, i32 2
  ret <4 x float> %o2
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @video_fragment, !1, !3}
!1 = !{!2}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!4, !5, !6, !7}
!4 = !{i32 0, !"air.fragment_input", !"user(place)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"place"}
!5 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"luma"}
!6 = !{i32 2, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"chroma"}
!7 = !{i32 3, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
