; SPDX-License-Identifier: GPL-2.0-or-later
; A kernel written by hand from the signatures of spec 05: a loop, a branch, bytes and a convert.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

declare float @air.convert.f.f32.u.i32(i32)

define void @micro(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %id) {
entry:
  %wide = zext i32 %id to i64
  %from = getelementptr i8, ptr addrspace(1) %in, i64 %wide
  %byte = load i8, ptr addrspace(1) %from, align 1
  %n = zext i8 %byte to i32
  br label %loop

loop:
  %i = phi i32 [ 0, %entry ], [ %next, %latch ]
  %sum = phi i32 [ 0, %entry ], [ %sum2, %latch ]
  %odd = and i32 %i, 1
  %is_odd = icmp ne i32 %odd, 0
  br i1 %is_odd, label %add, label %latch

add:
  %more = add i32 %sum, %i
  br label %latch

latch:
  %sum2 = phi i32 [ %sum, %loop ], [ %more, %add ]
  %next = add i32 %i, 1
  %again = icmp ult i32 %next, %n
  br i1 %again, label %loop, label %done

done:
  %f = call float @air.convert.f.f32.u.i32(i32 %sum2)
  %to = getelementptr float, ptr addrspace(1) %out, i64 %wide
  store float %f, ptr addrspace(1) %to, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!6}
!0 = !{ptr @micro, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 1, !"air.arg_type_align_size", i32 1, !"air.arg_type_name", !"uchar", !"air.arg_name", !"in"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!5 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!6 = !{i32 2, i32 7, i32 0}
