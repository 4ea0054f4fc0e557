; args: --profile gles
; want: texture 3 binding 0 2d float
; want: unit 1 texture 4 sampler 1
; want: unit 0 texture 3 sampler 1
; args: --profile vulkan
; want: stage fragment
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <4 x float> @f(ptr %textures, ptr %samplers, <2 x float> %uv, i32 %n) {
  %p = getelementptr { ptr addrspace(1) }, ptr %textures, i32 %n, i32 0
  %t = load ptr addrspace(1), ptr %p, align 8
  %sp = getelementptr i8, ptr %samplers, i64 8
  %s = load ptr addrspace(2), ptr %sp, align 8
  %r = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %uv, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %c = extractvalue { <4 x float>, i8 } %r, 0
  ret <4 x float> %c
}
declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)

!air.fragment = !{!0}
!air.version = !{!3}
!0 = !{ptr @f, !1, !2}
!1 = !{!10}
!2 = !{!11, !12, !13, !14}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!11 = !{i32 0, !"air.texture", !"air.location_index", i32 3, i32 3, !"air.sample", !"air.arg_type_name", !"array<texture2d<float, sample>, 3>", !"air.arg_name", !"t3"}
!12 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 2, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s0"}
!13 = !{i32 2, !"air.fragment_input", !"user(locn0)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!14 = !{i32 3, !"air.fragment_input", !"user(locn1)", !"air.flat", !"air.arg_type_name", !"uint", !"air.arg_name", !"n"}
