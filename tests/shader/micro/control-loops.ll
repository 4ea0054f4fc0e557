; SPDX-License-Identifier: GPL-2.0-or-later
; Nested loops whose bounds are data: the sum of the Collatz lengths of 1 to n.
; THREADS 8 1 1
; IN 0 u32: 1 2 3 6 7 9 11 27
; SIZE 1 32
; CHECK 1[0] u32: 0 1 8 23 39 61 81 387

define void @loops(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %id) {
entry:
  %wide = zext i32 %id to i64
  %from = getelementptr i32, ptr addrspace(1) %in, i64 %wide
  %n = load i32, ptr addrspace(1) %from, align 4
  br label %outer

outer:
  %k = phi i32 [ 1, %entry ], [ %k2, %done ]
  %sum = phi i32 [ 0, %entry ], [ %count, %done ]
  %more = icmp ule i32 %k, %n
  br i1 %more, label %inner, label %end

inner:
  %x = phi i32 [ %k, %outer ], [ %x2, %latch ]
  %count = phi i32 [ %sum, %outer ], [ %count2, %latch ]
  %is_one = icmp eq i32 %x, 1
  br i1 %is_one, label %done, label %step

step:
  %low = and i32 %x, 1
  %odd = icmp ne i32 %low, 0
  br i1 %odd, label %triple, label %halve

triple:
  %three = mul i32 %x, 3
  %up = add i32 %three, 1
  br label %latch

halve:
  %down = lshr i32 %x, 1
  br label %latch

latch:
  %x2 = phi i32 [ %up, %triple ], [ %down, %halve ]
  %count2 = add i32 %count, 1
  br label %inner

done:
  %k2 = add i32 %k, 1
  br label %outer

end:
  %to = getelementptr i32, ptr addrspace(1) %out, i64 %wide
  store i32 %sum, ptr addrspace(1) %to, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!9}
!0 = !{ptr @loops, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!5 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!9 = !{i32 2, i32 7, i32 0}
