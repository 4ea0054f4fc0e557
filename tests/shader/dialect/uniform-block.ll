; args: --profile gles
; want: buffer 0 binding 0 r 36 bytes
; want: buffer 1 binding 1 r
; args: --profile gles --variant uniform-buffers=4
; want: buffer 0 binding 1 r 36 bytes uniform
; want: buffer 1 binding 0 r
; glsl: uniform buffer_00
; args: --profile gles --variant uniform-buffers=4 --variant uniform-bytes=32
; want: buffer 0 binding 0 r 36 bytes
; args: --profile vulkan --variant uniform-buffers=4
; want: buffer 0 binding 1 r 36 bytes uniform
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(2) %c, ptr addrspace(2) %open, ptr addrspace(1) %out, i32 %id) {
  %p = getelementptr i8, ptr addrspace(2) %c, i64 32
  %a = load float, ptr addrspace(2) %p, align 4
  %q = getelementptr float, ptr addrspace(2) %open, i32 %id
  %b = load float, ptr addrspace(2) %q, align 4
  %s = fadd float %a, %b
  %o = getelementptr float, ptr addrspace(1) %out, i32 %id
  store float %s, ptr addrspace(1) %o, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12, !13}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"c"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"open"}
!12 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!13 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_position_in_grid"}
