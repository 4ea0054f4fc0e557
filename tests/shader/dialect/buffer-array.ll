; args: --profile gles
; want: buffer 4 binding 0 r
; want: buffer 6 binding 2 r
; args: --profile vulkan
; args: --profile gles --variant storage-buffers=2
; want: buffer 5 binding 0 r packed
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr %buffers, ptr addrspace(1) %out, i32 %id) {
  %copy = alloca [3 x ptr addrspace(1)], align 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %copy, ptr align 8 %buffers, i64 24, i1 false)
  %n = urem i32 %id, 3
  %p = getelementptr [3 x ptr addrspace(1)], ptr %copy, i32 0, i32 %n
  %b = load ptr addrspace(1), ptr %p, align 8
  %q = getelementptr float, ptr addrspace(1) %b, i32 %id
  %v = load float, ptr addrspace(1) %q, align 4
  %o = getelementptr float, ptr addrspace(1) %out, i32 %id
  store float %v, ptr addrspace(1) %o, align 4
  ret void
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 4, i32 3, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 24, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"array<const device float*, 3>", !"air.arg_name", !"buffers"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!12 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_position_in_grid"}
