; SPDX-License-Identifier: GPL-2.0-or-later
; One pointer that may be into either buffer: by select, by phi around a loop, from a private array.
; THREADS 4 1 1
; IN 0 u32: 1 2 3 4 5 6 7 8
; IN 1 u32: 100 200 300 400 500 600 700 800
; SIZE 2 48
; CHECK 2[0] u32: 1 200 3 400
; CHECK 2[4] u32: 102 402 306 804
; CHECK 2[8] u32: 100 2 300 4

define void @either(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %out, i32 %id) {
entry:
  %wide = zext i32 %id to i64
  %low = and i32 %id, 1
  %odd = icmp ne i32 %low, 0
  %p = select i1 %odd, ptr addrspace(1) %b, ptr addrspace(1) %a
  %at = getelementptr i32, ptr addrspace(1) %p, i64 %wide
  %first = load i32, ptr addrspace(1) %at, align 4
  %to = getelementptr i32, ptr addrspace(1) %out, i64 %wide
  store i32 %first, ptr addrspace(1) %to, align 4
  br label %loop

loop:
  %q = phi ptr addrspace(1) [ %at, %entry ], [ %next, %loop ]
  %other = phi ptr addrspace(1) [ %b, %entry ], [ %far, %loop ]
  %n = phi i32 [ 0, %entry ], [ %n2, %loop ]
  %sum = phi i32 [ 0, %entry ], [ %sum2, %loop ]
  %x = load i32, ptr addrspace(1) %q, align 4
  %sum2 = add i32 %sum, %x
  %back = getelementptr i32, ptr addrspace(1) %other, i64 %wide
  %far = getelementptr i32, ptr addrspace(1) %a, i64 0
  %next = getelementptr i32, ptr addrspace(1) %back, i64 0
  %n2 = add i32 %n, 1
  %again = icmp ult i32 %n2, 3
  br i1 %again, label %loop, label %end

end:
  %to2 = getelementptr i32, ptr addrspace(1) %to, i64 4
  store i32 %sum2, ptr addrspace(1) %to2, align 4
  %box = alloca [2 x ptr addrspace(1)], align 8
  %slot = getelementptr [2 x ptr addrspace(1)], ptr %box, i64 0, i64 1
  store ptr addrspace(1) %b, ptr %box, align 8
  store ptr addrspace(1) %a, ptr %slot, align 8
  %index = zext i32 %low to i64
  %pick = getelementptr [2 x ptr addrspace(1)], ptr %box, i64 0, i64 %index
  %got = load ptr addrspace(1), ptr %pick, align 8
  %place = getelementptr i32, ptr addrspace(1) %got, i64 %wide
  %last = load i32, ptr addrspace(1) %place, align 4
  %to3 = getelementptr i32, ptr addrspace(1) %to, i64 8
  store i32 %last, ptr addrspace(1) %to3, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!9}
!0 = !{ptr @either, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5, !6}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!5 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b2"}
!6 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!9 = !{i32 2, i32 7, i32 0}
