; SPDX-License-Identifier: GPL-2.0-or-later
; expect: limit_module_size
; Twelve functions that call the next one twelve times each: everything inlined fills any memory.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define i32 @f0(i32 %x0) {
  %v0 = call i32 @f1(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f1(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f1(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f1(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f1(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f1(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f1(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f1(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f1(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f1(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f1(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f1(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f1(i32 %x0) {
  %v0 = call i32 @f2(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f2(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f2(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f2(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f2(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f2(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f2(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f2(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f2(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f2(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f2(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f2(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f2(i32 %x0) {
  %v0 = call i32 @f3(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f3(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f3(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f3(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f3(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f3(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f3(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f3(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f3(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f3(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f3(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f3(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f3(i32 %x0) {
  %v0 = call i32 @f4(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f4(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f4(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f4(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f4(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f4(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f4(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f4(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f4(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f4(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f4(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f4(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f4(i32 %x0) {
  %v0 = call i32 @f5(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f5(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f5(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f5(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f5(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f5(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f5(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f5(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f5(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f5(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f5(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f5(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f5(i32 %x0) {
  %v0 = call i32 @f6(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f6(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f6(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f6(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f6(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f6(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f6(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f6(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f6(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f6(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f6(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f6(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f6(i32 %x0) {
  %v0 = call i32 @f7(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f7(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f7(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f7(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f7(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f7(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f7(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f7(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f7(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f7(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f7(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f7(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f7(i32 %x0) {
  %v0 = call i32 @f8(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f8(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f8(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f8(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f8(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f8(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f8(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f8(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f8(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f8(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f8(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f8(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f8(i32 %x0) {
  %v0 = call i32 @f9(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f9(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f9(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f9(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f9(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f9(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f9(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f9(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f9(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f9(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f9(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f9(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f9(i32 %x0) {
  %v0 = call i32 @f10(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f10(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f10(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f10(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f10(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f10(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f10(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f10(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f10(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f10(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f10(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f10(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f10(i32 %x0) {
  %v0 = call i32 @f11(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f11(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f11(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f11(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f11(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f11(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f11(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f11(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f11(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f11(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f11(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f11(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f11(i32 %x0) {
  %v0 = call i32 @f12(i32 %x0)
  %x1 = add i32 %v0, 0
  %v1 = call i32 @f12(i32 %x1)
  %x2 = add i32 %v1, 1
  %v2 = call i32 @f12(i32 %x2)
  %x3 = add i32 %v2, 2
  %v3 = call i32 @f12(i32 %x3)
  %x4 = add i32 %v3, 3
  %v4 = call i32 @f12(i32 %x4)
  %x5 = add i32 %v4, 4
  %v5 = call i32 @f12(i32 %x5)
  %x6 = add i32 %v5, 5
  %v6 = call i32 @f12(i32 %x6)
  %x7 = add i32 %v6, 6
  %v7 = call i32 @f12(i32 %x7)
  %x8 = add i32 %v7, 7
  %v8 = call i32 @f12(i32 %x8)
  %x9 = add i32 %v8, 8
  %v9 = call i32 @f12(i32 %x9)
  %x10 = add i32 %v9, 9
  %v10 = call i32 @f12(i32 %x10)
  %x11 = add i32 %v10, 10
  %v11 = call i32 @f12(i32 %x11)
  %x12 = add i32 %v11, 11
  ret i32 %x12
}

define i32 @f12(i32 %x) {
  %y = mul i32 %x, 3
  ret i32 %y
}

define void @main0(ptr addrspace(1) %out, i32 %id) {
  %v = call i32 @f0(i32 %id)
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
