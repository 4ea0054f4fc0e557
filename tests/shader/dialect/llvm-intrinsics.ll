; args: --profile gles
; args: --profile vulkan
; want: stage kernel
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %n) {
  %a = load i32, ptr addrspace(1) %in, align 4
  %v = load <4 x float>, ptr addrspace(1) %in, align 16
  %f = extractelement <4 x float> %v, i32 1
  %o0 = call { i32, i1 } @llvm.sadd.with.overflow.i32(i32 %a, i32 %n)
  %o1 = call { i32, i1 } @llvm.ssub.with.overflow.i32(i32 %a, i32 %n)
  %o2 = call { i32, i1 } @llvm.smul.with.overflow.i32(i32 %a, i32 %n)
  %b0 = extractvalue { i32, i1 } %o0, 1
  %b1 = extractvalue { i32, i1 } %o1, 1
  %b2 = extractvalue { i32, i1 } %o2, 1
  %b3 = xor i1 %b0, %b1
  %b4 = xor i1 %b3, %b2
  %c = call i1 @llvm.is.fpclass.f32(float %f, i32 519)
  %b5 = xor i1 %b4, %c
  %b6 = zext i1 %b5 to i32
  %s = call i32 @llvm.scmp.i32.i32(i32 %a, i32 %n)
  %u = call i32 @llvm.ucmp.i32.i32(i32 %a, i32 %n)
  %t = call i32 @llvm.fptosi.sat.i32.f32(float %f)
  %r = call float @llvm.vector.reduce.fadd.v4f32(float 0.0, <4 x float> %v)
  %m = call float @llvm.vector.reduce.fmax.v4f32(<4 x float> %v)
  %x = fadd float %r, %m
  %e0 = add i32 %b6, %s
  %e1 = add i32 %e0, %u
  %e2 = add i32 %e1, %t
  %p = getelementptr i8, ptr addrspace(1) %in, i32 %n
  %d0 = ptrtoint ptr addrspace(1) %p to i64
  %d1 = ptrtoint ptr addrspace(1) %in to i64
  %d2 = sub i64 %d0, %d1
  %d3 = trunc i64 %d2 to i32
  %e3 = add i32 %e2, %d3
  store i32 %e3, ptr addrspace(1) %out, align 4
  %q = getelementptr i8, ptr addrspace(1) %out, i64 4
  store float %x, ptr addrspace(1) %q, align 4
  %w = getelementptr i8, ptr addrspace(1) %out, i64 8
  %len = zext i32 %n to i64
  call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) %w, ptr addrspace(1) %in, i64 %len, i1 false)
  ret void
}
declare { i32, i1 } @llvm.sadd.with.overflow.i32(i32, i32)
declare { i32, i1 } @llvm.ssub.with.overflow.i32(i32, i32)
declare { i32, i1 } @llvm.smul.with.overflow.i32(i32, i32)
declare i1 @llvm.is.fpclass.f32(float, i32)
declare i32 @llvm.scmp.i32.i32(i32, i32)
declare i32 @llvm.ucmp.i32.i32(i32, i32)
declare i32 @llvm.fptosi.sat.i32.f32(float)
declare float @llvm.vector.reduce.fadd.v4f32(float, <4 x float>)
declare float @llvm.vector.reduce.fmax.v4f32(<4 x float>)
declare void @llvm.memcpy.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"in"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!12 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_position_in_grid"}
