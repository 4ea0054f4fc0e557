; SPDX-License-Identifier: GPL-2.0-or-later
; Half of what the attachment holds at this pixel, read as a texture, and half the colour.

%sampled = type { <4 x float>, i8 }
declare %sampled @air.read_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)
declare <2 x i32> @air.convert.s.v2i32.f.v2f32(<2 x float>)

define <4 x float> @glass_fragment(<4 x float> %color, <4 x float> %position, ptr addrspace(1) %picture) {
  %xy = shufflevector <4 x float> %position, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %at = call <2 x i32> @air.convert.s.v2i32.f.v2f32(<2 x float> %xy)
  %r = call %sampled @air.read_texture_2d.v4f32(ptr addrspace(1) %picture, <2 x i32> %at, i32 0, i32 1)
  %there = extractvalue %sampled %r, 0
  %half = fmul <4 x float> %there, <float 5.000000e-01, float 5.000000e-01, float 5.000000e-01, float 5.000000e-01>
  %own = fmul <4 x float> %color, <float 5.000000e-01, float 5.000000e-01, float 5.000000e-01, float 5.000000e-01>
  %out = fadd <4 x float> %half, %own
  ret <4 x float> %out
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @glass_fragment, !1, !3}
!1 = !{!2}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!4, !5, !6}
!4 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!5 = !{i32 1, !"air.position", !"air.center", !"air.no_perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!6 = !{i32 2, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<float, read>", !"air.arg_name", !"picture"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
