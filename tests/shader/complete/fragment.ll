; SPDX-License-Identifier: GPL-2.0-or-later
; A fragment function: a varying in, a discard, a colour and a depth out.

declare void @air.discard_fragment()

define <{ <4 x float>, float }> @fragments(<2 x float> %uv) {
  %u = extractelement <2 x float> %uv, i32 0
  %low = fcmp olt float %u, 0.5
  br i1 %low, label %kill, label %go

kill:
  call void @air.discard_fragment()
  br label %go

go:
  %c = insertelement <4 x float> zeroinitializer, float %u, i32 1
  %r0 = insertvalue <{ <4 x float>, float }> undef, <4 x float> %c, 0
  %r1 = insertvalue <{ <4 x float>, float }> %r0, float %u, 1
  ret <{ <4 x float>, float }> %r1
}

!air.fragment = !{!0}
!air.version = !{!20}
!0 = !{ptr @fragments, !1, !4}
!1 = !{!2, !3}
!2 = !{!"air.render_target", i32 1, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!"air.depth", !"air.depth_qualifier", !"air.any", !"air.arg_type_name", !"float"}
!4 = !{!5}
!5 = !{i32 0, !"air.fragment_input", !"user(uv)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!20 = !{i32 2, i32 7, i32 0}
