; SPDX-License-Identifier: GPL-2.0-or-later
; Letters: the colour where the atlas has ink.

%sampled = type { <4 x float>, i8 }
declare %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)

define <4 x float> @glyph_fragment(<4 x float> %color, <2 x float> %place, ptr addrspace(1) %picture, ptr addrspace(2) %sampler) {
  %s = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %place, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  %ink = extractelement <4 x float> %texel, i32 0
  %i0 = insertelement <4 x float> undef, float %ink, i32 0
  %i1 = shufflevector <4 x float> %i0, <4 x float> undef, <4 x i32> zeroinitializer
  %out = fmul <4 x float> %color, %i1
  ret <4 x float> %out
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @glyph_fragment, !1, !3}
!1 = !{!2}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!4, !5, !6, !7}
!4 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!5 = !{i32 1, !"air.fragment_input", !"user(place)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"place"}
!6 = !{i32 2, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"picture"}
!7 = !{i32 3, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
