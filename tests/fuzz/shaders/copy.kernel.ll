; SPDX-License-Identifier: GPL-2.0-or-later
; A word for each thread, at most 15: what this wrote is not known to the CPU, and a count that the
; GPU reads is nobody's to check. A driver without a GPU would draw for hours.

define void @copy(ptr addrspace(1) %from, ptr addrspace(1) %to, i32 %at) {
  %i = zext i32 %at to i64
  %p = getelementptr i32, ptr addrspace(1) %from, i64 %i
  %q = getelementptr i32, ptr addrspace(1) %to, i64 %i
  %v = load i32, ptr addrspace(1) %p, align 4
  %small = icmp ult i32 %v, 15
  %word = select i1 %small, i32 %v, i32 15
  store i32 %word, ptr addrspace(1) %q, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @copy, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"from"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"to"}
!5 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"at"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
