; args: --profile gles --variant native
; has-not: Int16 Int64 Float16 Int64Atomics
; args: --profile vulkan
; has-not: Int16 Int64 Float16 Int64Atomics StorageBuffer16BitAccess StorageBuffer8BitAccess
; args: --profile vulkan --variant int16
; has: Int16
; has-not: Int64 Float16 StorageBuffer16BitAccess
; args: --profile vulkan --variant int64
; has: Int64
; has-not: Int16 Float16 Int64Atomics
; args: --profile vulkan --variant float16
; has: Float16
; has-not: Int16 Int64
; args: --profile vulkan --variant storage16
; has: StorageBuffer16BitAccess
; has-not: Int16 Int64 Float16 StorageBuffer8BitAccess
; want: buffer 0 binding 2 rw
; args: --profile vulkan --variant storage8
; has: StorageBuffer8BitAccess
; has-not: Int8 StorageBuffer16BitAccess
; args: --profile vulkan --variant native --variant bounds
; has: Int16 Int64 Float16 StorageBuffer16BitAccess StorageBuffer8BitAccess
; args: --profile vulkan --variant native --variant storage-buffers=1
; has: Int16 Int64 Float16 StorageBuffer16BitAccess StorageBuffer8BitAccess
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %out, ptr addrspace(1) %in) {
  %i = load i64, ptr addrspace(1) %in, align 8
  %pj = getelementptr i8, ptr addrspace(1) %in, i64 8
  %j = load i64, ptr addrspace(1) %pj, align 8
  %d = sdiv i64 %i, %j
  %r = urem i64 %d, %j
  %s = shl i64 %r, %i
  %c = icmp slt i64 %s, %j
  %f = sitofp i64 %s to float
  %g = select i1 %c, float %f, float 1.0
  %b = call i64 @air.convert.u.i64.f.f32(float %g)
  store i64 %b, ptr addrspace(1) %out, align 8
  %ph = getelementptr i8, ptr addrspace(1) %in, i64 16
  %h = load <3 x half>, ptr addrspace(1) %ph, align 8
  %h1 = fadd <3 x half> %h, %h
  %h2 = fmul <3 x half> %h1, %h
  %oh = getelementptr i8, ptr addrspace(1) %out, i64 8
  store <3 x half> %h2, ptr addrspace(1) %oh, align 8
  %pk = getelementptr i8, ptr addrspace(1) %in, i64 24
  %k = load i16, ptr addrspace(1) %pk, align 2
  %k1 = mul i16 %k, %k
  %k2 = ashr i16 %k1, %k
  %kw = zext i16 %k2 to i64
  %ok = getelementptr i16, ptr addrspace(1) %out, i64 %kw
  store i16 %k2, ptr addrspace(1) %ok, align 2
  %k3 = trunc i16 %k2 to i8
  %oc = getelementptr i8, ptr addrspace(1) %out, i64 %kw
  store i8 %k3, ptr addrspace(1) %oc, align 1
  ret void
}

declare i64 @air.convert.u.i64.f.f32(float)

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 8, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"ulong", !"air.arg_name", !"out"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 8, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"ulong", !"air.arg_name", !"in"}
