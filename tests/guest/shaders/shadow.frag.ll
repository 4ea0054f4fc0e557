; SPDX-License-Identifier: GPL-2.0-or-later
; The colour, dimmed where the light's depth map has something nearer.

%compared = type { float, i8 }
declare %compared @air.sample_compare_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, i1, <2 x i32>, i1, float, float, i32)

define <4 x float> @shadow_fragment(<4 x float> %color, <4 x float> %where, ptr addrspace(1) %map, ptr addrspace(2) %sampler) {
  %uv = shufflevector <4 x float> %where, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  ; the light stands to the left and above
  %moved = fadd <2 x float> %uv, <float 3.125000e-02, float 3.125000e-02>
  %depth = extractelement <4 x float> %where, i32 2
  %c = call %compared @air.sample_compare_depth_2d.f32(ptr addrspace(1) %map, ptr addrspace(2) %sampler, i32 1, <2 x float> %moved, float %depth, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)
  %lit = extractvalue %compared %c, 0
  %l0 = fmul float %lit, 7.500000e-01
  %l1 = fadd float %l0, 2.500000e-01
  %r = extractelement <4 x float> %color, i32 0
  %g = extractelement <4 x float> %color, i32 1
  %b = extractelement <4 x float> %color, i32 2
  %r1 = fmul float %r, %l1
  %g1 = fmul float %g, %l1
  %b1 = fmul float %b, %l1
  %o0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %r1, i32 0
  %o1 = insertelement <4 x float> %o0, float %g1, i32 1
  %o2 = insertelement <4 x float> %o1, float %b1, i32 2
  ret <4 x float> %o2
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @shadow_fragment, !1, !3}
!1 = !{!2}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!4, !5, !6, !7}
!4 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!5 = !{i32 1, !"air.fragment_input", !"user(where)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"where"}
!6 = !{i32 2, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d<float, sample>", !"air.arg_name", !"map"}
!7 = !{i32 3, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
