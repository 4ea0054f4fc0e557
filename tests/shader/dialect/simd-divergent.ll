; args: --profile gles
; want: flag lockstep
; args: --profile vulkan
; want: flag subgroup-32
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %out, i32 %id) {
entry:
  %odd = and i32 %id, 1
  %c = icmp eq i32 %odd, 0
  br i1 %c, label %yes, label %no
yes:
  %s = call i32 @air.simd_sum.u.i32(i32 %id)
  br label %no
no:
  %r = phi i32 [ %s, %yes ], [ 7, %entry ]
  %o = getelementptr i32, ptr addrspace(1) %out, i32 %id
  store i32 %r, ptr addrspace(1) %o, align 4
  ret void
}
declare i32 @air.simd_sum.u.i32(i32) convergent

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!11 = !{i32 1, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_position_in_grid"}
