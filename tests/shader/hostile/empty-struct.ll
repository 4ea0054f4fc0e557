; SPDX-License-Identifier: GPL-2.0-or-later
; expect: ok air_type_unsupported air_instruction_unsupported
; A call that passes nothing.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define internal i32 @f({} %nothing, i32 %x) {
  ret i32 %x
}

declare void @air.wg.barrier({}, i32)

define void @main0(ptr addrspace(1) %out, i32 %id) {
  %v = call i32 @f({} undef, i32 %id)
  call void @air.wg.barrier({} undef, i32 1)
  store i32 %v, ptr addrspace(1) %out, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!5}
!0 = !{ptr @main0, !1, !2}
!1 = !{}
!2 = !{!3, !4}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
!4 = !{i32 1, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!5 = !{i32 2, i32 7, i32 0}
