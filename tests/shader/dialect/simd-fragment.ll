; args: --profile gles
; refused: target_stage_feature
; args: --profile vulkan
; want: flag subgroup-32
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <4 x float> @f(<4 x float> %c, i32 %lane) {
  %s = call <4 x float> @air.simd_sum.v4f32(<4 x float> %c)
  %l = uitofp i32 %lane to float
  %r = insertelement <4 x float> %s, float %l, i32 3
  ret <4 x float> %r
}
declare <4 x float> @air.simd_sum.v4f32(<4 x float>) convergent

!air.fragment = !{!0}
!air.version = !{!3}
!0 = !{ptr @f, !1, !2}
!1 = !{!10}
!2 = !{!11, !12}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!11 = !{i32 0, !"air.fragment_input", !"user(locn0)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"n0"}
!12 = !{i32 1, !"air.thread_index_in_simdgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_index_in_simdgroup"}
