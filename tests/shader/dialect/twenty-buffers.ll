; args: --profile gles
; want: buffer 18 binding 14 r packed
; want: buffer 14 binding 14 r packed
; args: --profile gles --variant storage-buffers=1
; want: buffer 19 binding 0 rw packed
; want: buffer 0 binding 0 r packed
; args: --profile gles --variant storage-buffers=4294967295
; refused: limit_buffers
; args: --profile vulkan
; want: buffer 18 binding 19 r
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %b0, ptr addrspace(1) %b1, ptr addrspace(1) %b2, ptr addrspace(1) %b3, ptr addrspace(1) %b4, ptr addrspace(1) %b5, ptr addrspace(1) %b6, ptr addrspace(1) %b7, ptr addrspace(1) %b8, ptr addrspace(1) %b9, ptr addrspace(1) %b10, ptr addrspace(1) %b11, ptr addrspace(1) %b12, ptr addrspace(1) %b13, ptr addrspace(1) %b14, ptr addrspace(1) %b15, ptr addrspace(1) %b16, ptr addrspace(1) %b17, ptr addrspace(1) %b18, ptr addrspace(1) %b19, i32 %id) {
  %p0 = getelementptr float, ptr addrspace(1) %b0, i32 %id
  %v0 = load float, ptr addrspace(1) %p0, align 4
  %s0 = fadd float 0.0, %v0
  %p1 = getelementptr float, ptr addrspace(1) %b1, i32 %id
  %v1 = load float, ptr addrspace(1) %p1, align 4
  %s1 = fadd float %s0, %v1
  %p2 = getelementptr float, ptr addrspace(1) %b2, i32 %id
  %v2 = load float, ptr addrspace(1) %p2, align 4
  %s2 = fadd float %s1, %v2
  %p3 = getelementptr float, ptr addrspace(1) %b3, i32 %id
  %v3 = load float, ptr addrspace(1) %p3, align 4
  %s3 = fadd float %s2, %v3
  %p4 = getelementptr float, ptr addrspace(1) %b4, i32 %id
  %v4 = load float, ptr addrspace(1) %p4, align 4
  %s4 = fadd float %s3, %v4
  %p5 = getelementptr float, ptr addrspace(1) %b5, i32 %id
  %v5 = load float, ptr addrspace(1) %p5, align 4
  %s5 = fadd float %s4, %v5
  %p6 = getelementptr float, ptr addrspace(1) %b6, i32 %id
  %v6 = load float, ptr addrspace(1) %p6, align 4
  %s6 = fadd float %s5, %v6
  %p7 = getelementptr float, ptr addrspace(1) %b7, i32 %id
  %v7 = load float, ptr addrspace(1) %p7, align 4
  %s7 = fadd float %s6, %v7
  %p8 = getelementptr float, ptr addrspace(1) %b8, i32 %id
  %v8 = load float, ptr addrspace(1) %p8, align 4
  %s8 = fadd float %s7, %v8
  %p9 = getelementptr float, ptr addrspace(1) %b9, i32 %id
  %v9 = load float, ptr addrspace(1) %p9, align 4
  %s9 = fadd float %s8, %v9
  %p10 = getelementptr float, ptr addrspace(1) %b10, i32 %id
  %v10 = load float, ptr addrspace(1) %p10, align 4
  %s10 = fadd float %s9, %v10
  %p11 = getelementptr float, ptr addrspace(1) %b11, i32 %id
  %v11 = load float, ptr addrspace(1) %p11, align 4
  %s11 = fadd float %s10, %v11
  %p12 = getelementptr float, ptr addrspace(1) %b12, i32 %id
  %v12 = load float, ptr addrspace(1) %p12, align 4
  %s12 = fadd float %s11, %v12
  %p13 = getelementptr float, ptr addrspace(1) %b13, i32 %id
  %v13 = load float, ptr addrspace(1) %p13, align 4
  %s13 = fadd float %s12, %v13
  %p14 = getelementptr float, ptr addrspace(1) %b14, i32 %id
  %v14 = load float, ptr addrspace(1) %p14, align 4
  %s14 = fadd float %s13, %v14
  %p15 = getelementptr float, ptr addrspace(1) %b15, i32 %id
  %v15 = load float, ptr addrspace(1) %p15, align 4
  %s15 = fadd float %s14, %v15
  %p16 = getelementptr float, ptr addrspace(1) %b16, i32 %id
  %v16 = load float, ptr addrspace(1) %p16, align 4
  %s16 = fadd float %s15, %v16
  %p17 = getelementptr float, ptr addrspace(1) %b17, i32 %id
  %v17 = load float, ptr addrspace(1) %p17, align 4
  %s17 = fadd float %s16, %v17
  %p18 = getelementptr float, ptr addrspace(1) %b18, i32 %id
  %v18 = load float, ptr addrspace(1) %p18, align 4
  %s18 = fadd float %s17, %v18
  %o = getelementptr float, ptr addrspace(1) %b19, i32 %id
  store float %s18, ptr addrspace(1) %o, align 4
  ret void
}

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12, !13, !14, !15, !16, !17, !18, !19, !20, !21, !22, !23, !24, !25, !26, !27, !28, !29, !30}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b0"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b1"}
!12 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b2"}
!13 = !{i32 3, !"air.buffer", !"air.location_index", i32 3, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b3"}
!14 = !{i32 4, !"air.buffer", !"air.location_index", i32 4, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b4"}
!15 = !{i32 5, !"air.buffer", !"air.location_index", i32 5, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b5"}
!16 = !{i32 6, !"air.buffer", !"air.location_index", i32 6, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b6"}
!17 = !{i32 7, !"air.buffer", !"air.location_index", i32 7, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b7"}
!18 = !{i32 8, !"air.buffer", !"air.location_index", i32 8, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b8"}
!19 = !{i32 9, !"air.buffer", !"air.location_index", i32 9, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b9"}
!20 = !{i32 10, !"air.buffer", !"air.location_index", i32 10, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b10"}
!21 = !{i32 11, !"air.buffer", !"air.location_index", i32 11, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b11"}
!22 = !{i32 12, !"air.buffer", !"air.location_index", i32 12, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b12"}
!23 = !{i32 13, !"air.buffer", !"air.location_index", i32 13, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b13"}
!24 = !{i32 14, !"air.buffer", !"air.location_index", i32 14, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b14"}
!25 = !{i32 15, !"air.buffer", !"air.location_index", i32 15, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b15"}
!26 = !{i32 16, !"air.buffer", !"air.location_index", i32 16, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b16"}
!27 = !{i32 17, !"air.buffer", !"air.location_index", i32 17, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b17"}
!28 = !{i32 18, !"air.buffer", !"air.location_index", i32 18, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b18"}
!29 = !{i32 19, !"air.buffer", !"air.location_index", i32 19, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b19"}
!30 = !{i32 20, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_position_in_grid"}
