; args: --profile gles
; glsl: barrier()
; want: params binding 0
; args: --profile vulkan
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(2) %args, ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %id, i32 %group) {
entry:
  %n = load i32, ptr addrspace(2) %args, align 4
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %j, %loop ]
  %acc = phi float [ 0.0, %entry ], [ %acc2, %loop ]
  %at = add i32 %i, %id
  %p = getelementptr float, ptr addrspace(1) %in, i32 %at
  %v = load float, ptr addrspace(1) %p, align 4
  %s = call float @air.simd_sum.f32(float %v)
  %acc2 = fadd float %acc, %s
  %j = add i32 %i, 1
  %m = add i32 %n, %group
  %more = icmp ult i32 %j, %m
  br i1 %more, label %loop, label %done
done:
  %o = getelementptr float, ptr addrspace(1) %out, i32 %id
  store float %acc2, ptr addrspace(1) %o, align 4
  ret void
}
declare float @air.simd_sum.f32(float) convergent

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12, !13, !14}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"args"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"in"}
!12 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!13 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_position_in_grid"}
!14 = !{i32 4, !"air.threadgroup_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"threadgroup_position_in_grid"}
