; args: --profile gles
; refused: air_argument_unsupported
; args: --profile gles --variant attribute=0,31,3,5,0,16,1
; want: buffer 3 binding 0 r attributes
; args: --profile vulkan --variant attribute=0,31,3,6,0,16,1
; want: attribute 0 float4 pulled
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(<4 x float> %a, ptr addrspace(1) %out, i32 %id, <3 x i32> %size) {
  %w = extractelement <3 x i32> %size, i32 0
  %at = add i32 %id, %w
  %o = getelementptr <4 x float>, ptr addrspace(1) %out, i32 %at
  store <4 x float> %a, ptr addrspace(1) %o, align 16
  ret void
}

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12, !13}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.stage_in", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"out"}
!12 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_position_in_grid"}
!13 = !{i32 3, !"air.stage_in_grid_size", !"air.arg_type_name", !"uint3", !"air.arg_name", !"stage_in_grid_size"}
