; args: --profile gles --function relaxed
; glsl: atomicAdd
; no-glsl: memoryBarrier
; args: --profile gles --function release
; glsl: memoryBarrier
; args: --profile gles --function acquire
; glsl: memoryBarrier
; args: --profile gles --function exchange
; glsl: memoryBarrier
; args: --profile vulkan --function acquire
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @relaxed(ptr addrspace(1) %b) {
  %old = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %b, i32 1, i32 0, i32 2, i1 true)
  ret void
}
define void @release(ptr addrspace(1) %b) {
  store i32 7, ptr addrspace(1) %b, align 4
  %flag = getelementptr i32, ptr addrspace(1) %b, i32 1
  call void @air.atomic.global.store.i32(ptr addrspace(1) %flag, i32 1, i32 3, i32 2, i1 true)
  ret void
}
define void @acquire(ptr addrspace(1) %b) {
  %flag = call i32 @air.atomic.global.load.i32(ptr addrspace(1) %b, i32 2, i32 2, i1 true)
  %at = getelementptr i32, ptr addrspace(1) %b, i32 1
  %v = load i32, ptr addrspace(1) %at, align 4
  %r = add i32 %v, %flag
  %to = getelementptr i32, ptr addrspace(1) %b, i32 2
  store i32 %r, ptr addrspace(1) %to, align 4
  ret void
}
define void @exchange(ptr addrspace(1) %b) {
  %box = alloca i32, align 4
  store i32 0, ptr %box, align 4
  %old = call i32 @air.atomic.global.cmpxchg.weak.i32(ptr addrspace(1) %b, ptr %box, i32 1, i32 4, i32 0, i32 2, i1 true)
  ret void
}
declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)
declare void @air.atomic.global.store.i32(ptr addrspace(1), i32, i32, i32, i1)
declare i32 @air.atomic.global.load.i32(ptr addrspace(1), i32, i32, i1)
declare i32 @air.atomic.global.cmpxchg.weak.i32(ptr addrspace(1), ptr, i32, i32, i32, i32, i1)

!air.kernel = !{!0, !4, !5, !6}
!air.version = !{!3}
!0 = !{ptr @relaxed, !1, !2}
!4 = !{ptr @release, !1, !2}
!5 = !{ptr @acquire, !1, !2}
!6 = !{ptr @exchange, !1, !2}
!1 = !{}
!2 = !{!10}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b"}
