; SPDX-License-Identifier: GPL-2.0-or-later
; A switch with a shared case, one that falls into another, and a default inside a loop.
; THREADS 8 1 1
; IN 0 u32: 0 1 2 3 7 8 4294967295 100
; SIZE 1 32
; CHECK 1[0] u32: 33 39 69 3009 231 3024 5 3300

define void @ladder(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %id) {
entry:
  %wide = zext i32 %id to i64
  %from = getelementptr i32, ptr addrspace(1) %in, i64 %wide
  %n = load i32, ptr addrspace(1) %from, align 4
  br label %loop

loop:
  %round = phi i32 [ 0, %entry ], [ %round2, %latch ]
  %sum = phi i32 [ 0, %entry ], [ %sum2, %latch ]
  switch i32 %n, label %other [
    i32 0, label %zero
    i32 1, label %small
    i32 2, label %small
    i32 7, label %seven
    i32 -1, label %leave
  ]

zero:
  br label %latch

small:
  %ten = mul i32 %n, 10
  br label %fall

seven:
  br label %fall

fall:
  %base = phi i32 [ %ten, %small ], [ 74, %seven ]
  %three = add i32 %base, 3
  br label %latch

other:
  %far = add i32 %n, 1000
  br label %latch

latch:
  %part = phi i32 [ 11, %zero ], [ %three, %fall ], [ %far, %other ]
  %sum2 = add i32 %sum, %part
  %round2 = add i32 %round, 1
  %again = icmp ult i32 %round2, 3
  br i1 %again, label %loop, label %end

leave:
  br label %end

end:
  %result = phi i32 [ %sum2, %latch ], [ 5, %leave ]
  %to = getelementptr i32, ptr addrspace(1) %out, i64 %wide
  store i32 %result, ptr addrspace(1) %to, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!9}
!0 = !{ptr @ladder, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!5 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!9 = !{i32 2, i32 7, i32 0}
