; SPDX-License-Identifier: GPL-2.0-or-later
; Types of every size at odd places: a byte beside another thread's, an unaligned word, vectors of three.
; THREADS 4 1 1
; IN 0 u8: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24
; SIZE 1 64
; CHECK 1[0] u8: 1 2 3 4 0xcc 2 3 4 5 0xcc 0xcc 0xcc
; CHECK 1[16] u8: 2 3 4 204 3 4 5 204 4 5 6 204 5 6 7 204
; CHECK 1[16] u16: 0x0302 0x0504 0x0706 0x0908 0x0605 0x0807 0x0a09 0x0c0b

define void @bytes(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %id) {
entry:
  %wide = zext i32 %id to i64
  %from = getelementptr i8, ptr addrspace(1) %in, i64 %wide
  %byte = load i8, ptr addrspace(1) %from, align 1
  %to = getelementptr i8, ptr addrspace(1) %out, i64 %wide
  store i8 %byte, ptr addrspace(1) %to, align 1
  %next = getelementptr i8, ptr addrspace(1) %from, i64 1
  %word = load i32, ptr addrspace(1) %next, align 1
  %first = icmp eq i32 %id, 0
  br i1 %first, label %store, label %go

store:
  %odd = getelementptr i8, ptr addrspace(1) %out, i64 5
  store i32 %word, ptr addrspace(1) %odd, align 1
  br label %go

go:
  %three = load <3 x i8>, ptr addrspace(1) %next, align 1
  %at = getelementptr <3 x i8>, ptr addrspace(1) %out, i64 %wide
  %place = getelementptr i8, ptr addrspace(1) %at, i64 16
  store <3 x i8> %three, ptr addrspace(1) %place, align 4
  %small = icmp ult i32 %id, 2
  br i1 %small, label %pairs, label %end

pairs:
  %long = mul i64 %wide, 2
  %source = getelementptr i8, ptr addrspace(1) %next, i64 %long
  %eight = load i64, ptr addrspace(1) %source, align 1
  %spot = getelementptr i64, ptr addrspace(1) %out, i64 %wide
  %spot2 = getelementptr i8, ptr addrspace(1) %spot, i64 32
  store i64 %eight, ptr addrspace(1) %spot2, align 8
  br label %end

end:
  ret void
}

!air.kernel = !{!0}
!air.version = !{!9}
!0 = !{ptr @bytes, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uchar", !"air.arg_name", !"b0"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uchar", !"air.arg_name", !"b1"}
!5 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!9 = !{i32 2, i32 7, i32 0}
