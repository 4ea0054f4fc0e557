; args: --profile gles
; args: --profile vulkan
; want: buffer 0 binding 1 r 24 bytes
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %in, ptr addrspace(1) %out) {
  %p0 = getelementptr i64, ptr addrspace(1) %in, i64 0
  %a0 = load i64, ptr addrspace(1) %p0, align 8
  %p1 = getelementptr i64, ptr addrspace(1) %in, i64 1
  %a1 = load i64, ptr addrspace(1) %p1, align 8
  %p2 = getelementptr i64, ptr addrspace(1) %in, i64 2
  %a2 = load i64, ptr addrspace(1) %p2, align 8
  %r0 = call i64 @air.mul_hi.s.i64(i64 %a0, i64 %a1)
  %o0 = getelementptr i64, ptr addrspace(1) %out, i64 0
  store i64 %r0, ptr addrspace(1) %o0, align 8
  %r1 = call i64 @air.mul_hi.u.i64(i64 %a0, i64 %a1)
  %o1 = getelementptr i64, ptr addrspace(1) %out, i64 1
  store i64 %r1, ptr addrspace(1) %o1, align 8
  %r2 = call i64 @air.mad_hi.s.i64(i64 %a0, i64 %a1, i64 %a2)
  %o2 = getelementptr i64, ptr addrspace(1) %out, i64 2
  store i64 %r2, ptr addrspace(1) %o2, align 8
  %r3 = call i64 @air.mad_sat.u.i64(i64 %a0, i64 %a1, i64 %a2)
  %o3 = getelementptr i64, ptr addrspace(1) %out, i64 3
  store i64 %r3, ptr addrspace(1) %o3, align 8
  %r4 = call i64 @air.mad_sat.s.i64(i64 %a0, i64 %a1, i64 %a2)
  %o4 = getelementptr i64, ptr addrspace(1) %out, i64 4
  store i64 %r4, ptr addrspace(1) %o4, align 8
  %r5 = call i64 @air.add_sat.s.i64(i64 %a0, i64 %a1)
  %o5 = getelementptr i64, ptr addrspace(1) %out, i64 5
  store i64 %r5, ptr addrspace(1) %o5, align 8
  %r6 = call i64 @air.sub_sat.u.i64(i64 %a0, i64 %a1)
  %o6 = getelementptr i64, ptr addrspace(1) %out, i64 6
  store i64 %r6, ptr addrspace(1) %o6, align 8
  %r7 = call i64 @air.hadd.s.i64(i64 %a0, i64 %a1)
  %o7 = getelementptr i64, ptr addrspace(1) %out, i64 7
  store i64 %r7, ptr addrspace(1) %o7, align 8
  %r8 = call i64 @air.rhadd.u.i64(i64 %a0, i64 %a1)
  %o8 = getelementptr i64, ptr addrspace(1) %out, i64 8
  store i64 %r8, ptr addrspace(1) %o8, align 8
  %r9 = call i64 @air.abs_diff.s.i64(i64 %a0, i64 %a1)
  %o9 = getelementptr i64, ptr addrspace(1) %out, i64 9
  store i64 %r9, ptr addrspace(1) %o9, align 8
  %r10 = call i64 @air.rotate.i64(i64 %a0, i64 %a1)
  %o10 = getelementptr i64, ptr addrspace(1) %out, i64 10
  store i64 %r10, ptr addrspace(1) %o10, align 8
  %r11 = call i64 @air.popcount.i64(i64 %a0)
  %o11 = getelementptr i64, ptr addrspace(1) %out, i64 11
  store i64 %r11, ptr addrspace(1) %o11, align 8
  %r12 = call i64 @air.reverse_bits.i64(i64 %a0)
  %o12 = getelementptr i64, ptr addrspace(1) %out, i64 12
  store i64 %r12, ptr addrspace(1) %o12, align 8
  %r13 = call i64 @air.min3.s.i64(i64 %a0, i64 %a1, i64 %a2)
  %o13 = getelementptr i64, ptr addrspace(1) %out, i64 13
  store i64 %r13, ptr addrspace(1) %o13, align 8
  %r14 = call i64 @air.median3.u.i64(i64 %a0, i64 %a1, i64 %a2)
  %o14 = getelementptr i64, ptr addrspace(1) %out, i64 14
  store i64 %r14, ptr addrspace(1) %o14, align 8
  %r15 = call i64 @air.clamp.s.i64(i64 %a0, i64 %a1, i64 %a2)
  %o15 = getelementptr i64, ptr addrspace(1) %out, i64 15
  store i64 %r15, ptr addrspace(1) %o15, align 8
  %x = call i64 @air.extract_bits.s.i64(i64 %a0, i32 7, i32 40)
  %y = call i64 @air.insert_bits.u.i64(i64 %a0, i64 %x, i32 30, i32 12)
  %z = call i64 @air.clz.i64(i64 %y, i1 false)
  %f = sitofp i64 %z to float
  %g = uitofp i64 %a1 to half
  %h = call bfloat @air.convert.f.bf16.u.i32(i32 -5)
  %ox = getelementptr i8, ptr addrspace(1) %out, i64 400
  store float %f, ptr addrspace(1) %ox, align 4
  %oy = getelementptr i8, ptr addrspace(1) %out, i64 404
  store half %g, ptr addrspace(1) %oy, align 2
  %oz = getelementptr i8, ptr addrspace(1) %out, i64 406
  store bfloat %h, ptr addrspace(1) %oz, align 2
  ret void
}
declare i64 @air.extract_bits.s.i64(i64, i32, i32)
declare i64 @air.insert_bits.u.i64(i64, i64, i32, i32)
declare i64 @air.clz.i64(i64, i1)
declare bfloat @air.convert.f.bf16.u.i32(i32)
declare i64 @air.mul_hi.s.i64(i64, i64)
declare i64 @air.mul_hi.u.i64(i64, i64)
declare i64 @air.mad_hi.s.i64(i64, i64, i64)
declare i64 @air.mad_sat.u.i64(i64, i64, i64)
declare i64 @air.mad_sat.s.i64(i64, i64, i64)
declare i64 @air.add_sat.s.i64(i64, i64)
declare i64 @air.sub_sat.u.i64(i64, i64)
declare i64 @air.hadd.s.i64(i64, i64)
declare i64 @air.rhadd.u.i64(i64, i64)
declare i64 @air.abs_diff.s.i64(i64, i64)
declare i64 @air.rotate.i64(i64, i64)
declare i64 @air.popcount.i64(i64)
declare i64 @air.reverse_bits.i64(i64)
declare i64 @air.min3.s.i64(i64, i64, i64)
declare i64 @air.median3.u.i64(i64, i64, i64)
declare i64 @air.clamp.s.i64(i64, i64, i64)

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"in"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
