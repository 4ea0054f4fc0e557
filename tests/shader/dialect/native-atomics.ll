; args: --profile gles --variant native
; refused: target_no_64_bit_atomics
; args: --profile vulkan
; refused: target_no_64_bit_atomics
; args: --profile vulkan --variant atomic64
; refused: target_no_64_bit_atomics
; args: --profile vulkan --variant atomic64 --variant int64
; has: Int64 Int64Atomics
; args: --profile vulkan --variant native --variant storage-buffers=1
; has: Int64 Int64Atomics
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %a, ptr addrspace(1) %b) {
  %box = alloca i64, align 8
  %n = load i64, ptr addrspace(1) %b, align 8
  %r0 = call i64 @air.atomic.global.add.s.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r1 = call i64 @air.atomic.global.add.u.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r2 = call i64 @air.atomic.global.sub.s.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r3 = call i64 @air.atomic.global.sub.u.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r4 = call i64 @air.atomic.global.and.s.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r5 = call i64 @air.atomic.global.and.u.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r6 = call i64 @air.atomic.global.or.s.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r7 = call i64 @air.atomic.global.or.u.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r8 = call i64 @air.atomic.global.xor.s.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r9 = call i64 @air.atomic.global.xor.u.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r10 = call i64 @air.atomic.global.min.s.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r11 = call i64 @air.atomic.global.min.u.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r12 = call i64 @air.atomic.global.max.s.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %r13 = call i64 @air.atomic.global.max.u.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %x = call i64 @air.atomic.global.xchg.i64(ptr addrspace(1) %a, i64 %n, i32 0, i32 2, i1 true)
  %l = call i64 @air.atomic.global.load.i64(ptr addrspace(1) %a, i32 0, i32 2, i1 true)
  call void @air.atomic.global.store.i64(ptr addrspace(1) %a, i64 %x, i32 0, i32 2, i1 true)
  store i64 %l, ptr %box, align 8
  %c = call i64 @air.atomic.global.cmpxchg.weak.i64(ptr addrspace(1) %a, ptr %box, i64 %x, i32 0, i32 0, i32 2, i1 true)
  %w = load i64, ptr %box, align 8
  %v = add i64 %w, %c
  store i64 %v, ptr addrspace(1) %b, align 8
  ret void
}

declare i64 @air.atomic.global.add.s.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.add.u.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.sub.s.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.sub.u.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.and.s.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.and.u.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.or.s.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.or.u.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.xor.s.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.xor.u.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.min.s.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.min.u.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.max.s.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.max.u.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.xchg.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.load.i64(ptr addrspace(1), i32, i32, i1)
declare void @air.atomic.global.store.i64(ptr addrspace(1), i64, i32, i32, i1)
declare i64 @air.atomic.global.cmpxchg.weak.i64(ptr addrspace(1), ptr, i64, i32, i32, i32, i1)

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 8, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"atomic_ulong", !"air.arg_name", !"a"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 8, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"ulong", !"air.arg_name", !"b"}
