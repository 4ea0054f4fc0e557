; SPDX-License-Identifier: GPL-2.0-or-later
; Three targets at once: the colour, the place in half floats, a number for the surface.

declare <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32>)
declare i32 @air.convert.u.i32.f.f32(float)

%gbuffer = type { <4 x float>, <4 x float>, i32 }

define %gbuffer @gbuffer_fragment(<4 x float> %color, <4 x float> %where) {
  %z = extractelement <4 x float> %where, i32 2
  %thousand = fmul float %z, 1.000000e+03
  %n = call i32 @air.convert.u.i32.f.f32(float %thousand)
  %o0 = insertvalue %gbuffer undef, <4 x float> %color, 0
  %o1 = insertvalue %gbuffer %o0, <4 x float> %where, 1
  %o2 = insertvalue %gbuffer %o1, i32 %n, 2
  ret %gbuffer %o2
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @gbuffer_fragment, !1, !5}
!1 = !{!2, !3, !4}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!"air.render_target", i32 1, i32 0, !"air.arg_type_name", !"float4"}
!4 = !{!"air.render_target", i32 2, i32 0, !"air.arg_type_name", !"uint"}
!5 = !{!6, !7}
!6 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!7 = !{i32 1, !"air.fragment_input", !"user(where)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"where"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
