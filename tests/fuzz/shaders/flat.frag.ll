; SPDX-License-Identifier: GPL-2.0-or-later
; The colour of a primitive's first vertex.

define <4 x float> @flat_fragment(<4 x float> %color) {
  ret <4 x float> %color
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @flat_fragment, !1, !3}
!1 = !{!2}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!4}
!4 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.flat", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
