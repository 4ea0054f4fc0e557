; args: --profile gles
; want: stage tessellation
; want: patch triangle control-points 3
; want: attribute 0 float4
; want: flag patch-instance
; args: --profile gles --variant attribute=0,31,0,4,0,16,1 --variant attribute=1,29,1,4,0,8,1 --variant attribute=5,31,2,3,0,16,1
; want: buffer 0 binding 1 r attributes
; want: attribute 1 float2 pulled
; args: --profile vulkan --variant tess-partition=2
; want: attribute 5 float4
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <{ <4 x float>, <2 x float> }> @v(ptr %points, <4 x float> %patch, <3 x float> %at, i32 %id, i32 %instance) {
  %u = extractelement <3 x float> %at, i32 0
  %c0 = call { <4 x float>, <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32 0, ptr %points)
  %n = urem i32 %id, 3
  %c1 = call { <4 x float>, <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32 %n, ptr %points)
  %p0 = extractvalue { <4 x float>, <2 x float> } %c0, 0
  %p1 = extractvalue { <4 x float>, <2 x float> } %c1, 0
  %t = extractvalue { <4 x float>, <2 x float> } %c1, 1
  %ui = insertelement <4 x float> undef, float %u, i32 0
  %us = shufflevector <4 x float> %ui, <4 x float> undef, <4 x i32> zeroinitializer
  %m = fmul <4 x float> %p0, %us
  %s = fadd <4 x float> %m, %p1
  %fi = call float @air.convert.f.f32.u.i32(i32 %instance)
  %fs = insertelement <4 x float> %patch, float %fi, i32 1
  %s2 = fadd <4 x float> %s, %fs
  %r0 = insertvalue <{ <4 x float>, <2 x float> }> undef, <4 x float> %s2, 0
  %r1 = insertvalue <{ <4 x float>, <2 x float> }> %r0, <2 x float> %t, 1
  ret <{ <4 x float>, <2 x float> }> %r1
}
declare float @air.convert.f.f32.u.i32(i32)
declare { <4 x float>, <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32, ptr) section "air.externally_defined"
!30 = !{!"air.patch_control_point_function", ptr @_Z2CP.MTL_CONTROL_POINT_FN}
!31 = !{!"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"p"}
!32 = !{!"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"float2", !"air.arg_name", !"t"}
!33 = !{!"air.patch", !"triangle", !"air.patch_control_point", i32 3}

!air.vertex = !{!0}
!air.version = !{!3}
!0 = !{ptr @v, !1, !2, !33}
!1 = !{!10, !11}
!2 = !{!12, !13, !14, !15, !16}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!11 = !{!"air.vertex_output", !"generated(1tDv2_f)", !"air.arg_type_name", !"float2", !"air.arg_name", !"t"}
!12 = !{i32 0, !"air.patch_control_point_input", !30, !31, !32}
!13 = !{i32 1, !"air.patch_input", !"air.location_index", i32 5, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"patch"}
!14 = !{i32 2, !"air.position_in_patch", !"air.arg_type_name", !"float3", !"air.arg_name", !"position_in_patch"}
!15 = !{i32 3, !"air.patch_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"patch_id"}
!16 = !{i32 4, !"air.instance_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"instance_id"}
