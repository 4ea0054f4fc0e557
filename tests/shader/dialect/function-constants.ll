; args: --profile gles
; want: flag constants
; args: --profile gles --constant 0=7
; glsl: 7u
; args: --profile vulkan
; want: flag constants
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

@_Z5count.MTL_FC_INIT_0_j = internal addrspace(2) externally_initialized global i32 undef, align 4

define void @k(ptr addrspace(1) %out) {
  %c = load i32, ptr addrspace(2) @_Z5count.MTL_FC_INIT_0_j, align 4
  store i32 %c, ptr addrspace(1) %out, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!3}
!air.function_constants = !{!4}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10}
!3 = !{i32 2, i32 7, i32 0}
!4 = !{ptr addrspace(2) @_Z5count.MTL_FC_INIT_0_j, !"uint", !"count", i32 0, i1 true}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
