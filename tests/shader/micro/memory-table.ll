; SPDX-License-Identifier: GPL-2.0-or-later
; A table in constant memory by a computed index, a struct in a constant buffer, vectors by index.
; THREADS 4 1 1
; IN 0 u32: 3 0 2 1
; IN 1 f32: 1.5 2.5 3.5 4.5 5.5
; SIZE 2 64
; CHECK 2[0] f32: 40.25 10.25 30.25 20.25
; CHECK 2[4] f32: 4.5 1.5 3.5 2.5
; CHECK 2[8] f32: 9 1.5 9 2.5 9 3.5 9 4.5

@table = internal addrspace(2) constant [4 x float] [float 10.25, float 20.25, float 30.25, float 40.25], align 4

define void @look(ptr addrspace(1) %in, ptr addrspace(2) %values, ptr addrspace(1) %out, i32 %id) {
  %wide = zext i32 %id to i64
  %from = getelementptr i32, ptr addrspace(1) %in, i64 %wide
  %n = load i32, ptr addrspace(1) %from, align 4
  %index = zext i32 %n to i64
  %entry = getelementptr [4 x float], ptr addrspace(2) @table, i64 0, i64 %index
  %a = load float, ptr addrspace(2) %entry, align 4
  %to = getelementptr float, ptr addrspace(1) %out, i64 %wide
  store float %a, ptr addrspace(1) %to, align 4
  %all = load <4 x float>, ptr addrspace(2) %values, align 16
  %b = extractelement <4 x float> %all, i32 %n
  %to2 = getelementptr float, ptr addrspace(1) %to, i64 4
  store float %b, ptr addrspace(1) %to2, align 4
  %own = extractelement <4 x float> %all, i32 %id
  %low = and i32 %n, 1
  %pair0 = insertelement <2 x float> <float 9.0, float 9.0>, float %own, i32 1
  %to3 = getelementptr <2 x float>, ptr addrspace(1) %out, i64 %wide
  %to4 = getelementptr i8, ptr addrspace(1) %to3, i64 32
  store <2 x float> %pair0, ptr addrspace(1) %to4, align 8
  ret void
}

!air.kernel = !{!0}
!air.version = !{!9}
!0 = !{ptr @look, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5, !6}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b1"}
!5 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b2"}
!6 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!9 = !{i32 2, i32 7, i32 0}
