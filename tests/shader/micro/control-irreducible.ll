; SPDX-License-Identifier: GPL-2.0-or-later
; A cycle with two entries: into a from even numbers, into b from odd ones.
; THREADS 8 1 1
; IN 0 u32: 0 1 2 3 10 49 51 200
; SIZE 1 32
; CHECK 1[0] u32: 186 122 122 186 122 202 102 406

define void @cycle(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %id) {
entry:
  %wide = zext i32 %id to i64
  %from = getelementptr i32, ptr addrspace(1) %in, i64 %wide
  %n = load i32, ptr addrspace(1) %from, align 4
  %low = and i32 %n, 1
  %odd = icmp ne i32 %low, 0
  br i1 %odd, label %b, label %a

a:
  %x = phi i32 [ %n, %entry ], [ %z, %b ]
  %y = add i32 %x, 3
  br label %b

b:
  %w = phi i32 [ %n, %entry ], [ %y, %a ]
  %z = shl i32 %w, 1
  %again = icmp ult i32 %z, 100
  br i1 %again, label %a, label %end

end:
  %to = getelementptr i32, ptr addrspace(1) %out, i64 %wide
  store i32 %z, ptr addrspace(1) %to, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!9}
!0 = !{ptr @cycle, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!5 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!9 = !{i32 2, i32 7, i32 0}
