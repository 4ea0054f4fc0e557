; args: --profile gles
; want: stage kernel
; args: --profile vulkan
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %n) {
  %a = load i24, ptr addrspace(1) %in, align 1
  %b = load i48, ptr addrspace(1) %in, align 2
  %c = load i96, ptr addrspace(1) %in, align 4
  %d = load i128, ptr addrspace(1) %in, align 8
  %e = load i72, ptr addrspace(1) %in, align 1
  %a1 = add i24 %a, 70000
  %a2 = ashr i24 %a1, 3
  %a3 = sext i24 %a2 to i32
  %a4 = sitofp i24 %a1 to float
  store i32 %a3, ptr addrspace(1) %out, align 4
  %o1 = getelementptr i8, ptr addrspace(1) %out, i64 4
  store float %a4, ptr addrspace(1) %o1, align 4
  %b1 = mul i48 %b, 3
  %b2 = sdiv i48 %b1, 1000
  %b3 = icmp slt i48 %b2, 5
  %b4 = select i1 %b3, i48 %b1, i48 %b2
  %o2 = getelementptr i8, ptr addrspace(1) %out, i64 8
  store i48 %b4, ptr addrspace(1) %o2, align 2
  %c1 = lshr i96 %c, 40
  %c2 = trunc i96 %c1 to i32
  %o3 = getelementptr i8, ptr addrspace(1) %out, i64 16
  store i32 %c2, ptr addrspace(1) %o3, align 4
  %z = zext i32 %n to i96
  %s = shl i96 %z, 32
  %x = or i96 %c, %s
  %y = and i96 %x, -79228162514264337589248983041
  %o4 = getelementptr i8, ptr addrspace(1) %out, i64 20
  store i96 %y, ptr addrspace(1) %o4, align 4
  %v = bitcast i96 %y to <3 x float>
  %v2 = extractelement <3 x float> %v, i32 2
  %o5 = getelementptr i8, ptr addrspace(1) %out, i64 32
  store float %v2, ptr addrspace(1) %o5, align 4
  %q = icmp eq i128 %d, 18446744073709551617
  %q2 = zext i1 %q to i32
  %o6 = getelementptr i8, ptr addrspace(1) %out, i64 36
  store i32 %q2, ptr addrspace(1) %o6, align 4
  %w = sext i48 %b to i128
  %o7 = getelementptr i8, ptr addrspace(1) %out, i64 48
  store i128 %w, ptr addrspace(1) %o7, align 8
  %t = bitcast <3 x i8> <i8 1, i8 2, i8 3> to i24
  %t2 = xor i24 %t, %a
  %o8 = getelementptr i8, ptr addrspace(1) %out, i64 64
  store i24 %t2, ptr addrspace(1) %o8, align 4
  %o9 = getelementptr i8, ptr addrspace(1) %out, i64 68
  store i72 %e, ptr addrspace(1) %o9, align 1
  ret void
}

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"in"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!12 = !{i32 2, !"air.thread_index_in_threadgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_index_in_threadgroup"}
