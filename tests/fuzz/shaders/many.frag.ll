; SPDX-License-Identifier: GPL-2.0-or-later
; More buffers than a host has blocks for: all are read, all but six written.

define <4 x float> @many_fragment(ptr addrspace(1) %b0, ptr addrspace(1) %b1, ptr addrspace(1) %b2, ptr addrspace(1) %b3, ptr addrspace(1) %b4, ptr addrspace(1) %b5, ptr addrspace(1) %b6, ptr addrspace(1) %b7, ptr addrspace(1) %b8, ptr addrspace(1) %b9, ptr addrspace(1) %b10, ptr addrspace(1) %b11, ptr addrspace(1) %b12, ptr addrspace(1) %b13, ptr addrspace(1) %b14, ptr addrspace(1) %b15, ptr addrspace(1) %b16, ptr addrspace(1) %b17, ptr addrspace(1) %b18, ptr addrspace(1) %b19, ptr addrspace(1) %b20, ptr addrspace(1) %b21, ptr addrspace(1) %b22, ptr addrspace(1) %b23) {
  %l0 = load float, ptr addrspace(1) %b0, align 4
  %s0 = fadd float 0.0, %l0
  %l1 = load float, ptr addrspace(1) %b1, align 4
  %s1 = fadd float %s0, %l1
  %l2 = load float, ptr addrspace(1) %b2, align 4
  %s2 = fadd float %s1, %l2
  %l3 = load float, ptr addrspace(1) %b3, align 4
  %s3 = fadd float %s2, %l3
  %l4 = load float, ptr addrspace(1) %b4, align 4
  %s4 = fadd float %s3, %l4
  %l5 = load float, ptr addrspace(1) %b5, align 4
  %s5 = fadd float %s4, %l5
  %l6 = load float, ptr addrspace(1) %b6, align 4
  %s6 = fadd float %s5, %l6
  %l7 = load float, ptr addrspace(1) %b7, align 4
  %s7 = fadd float %s6, %l7
  %l8 = load float, ptr addrspace(1) %b8, align 4
  %s8 = fadd float %s7, %l8
  %l9 = load float, ptr addrspace(1) %b9, align 4
  %s9 = fadd float %s8, %l9
  %l10 = load float, ptr addrspace(1) %b10, align 4
  %s10 = fadd float %s9, %l10
  %l11 = load float, ptr addrspace(1) %b11, align 4
  %s11 = fadd float %s10, %l11
  %l12 = load float, ptr addrspace(1) %b12, align 4
  %s12 = fadd float %s11, %l12
  %l13 = load float, ptr addrspace(1) %b13, align 4
  %s13 = fadd float %s12, %l13
  %l14 = load float, ptr addrspace(1) %b14, align 4
  %s14 = fadd float %s13, %l14
  %l15 = load float, ptr addrspace(1) %b15, align 4
  %s15 = fadd float %s14, %l15
  %l16 = load float, ptr addrspace(1) %b16, align 4
  %s16 = fadd float %s15, %l16
  %l17 = load float, ptr addrspace(1) %b17, align 4
  %s17 = fadd float %s16, %l17
  %l18 = load float, ptr addrspace(1) %b18, align 4
  %s18 = fadd float %s17, %l18
  %l19 = load float, ptr addrspace(1) %b19, align 4
  %s19 = fadd float %s18, %l19
  %l20 = load float, ptr addrspace(1) %b20, align 4
  %s20 = fadd float %s19, %l20
  %l21 = load float, ptr addrspace(1) %b21, align 4
  %s21 = fadd float %s20, %l21
  %l22 = load float, ptr addrspace(1) %b22, align 4
  %s22 = fadd float %s21, %l22
  %l23 = load float, ptr addrspace(1) %b23, align 4
  %s23 = fadd float %s22, %l23
  store float %s6, ptr addrspace(1) %b6, align 4
  store float %s7, ptr addrspace(1) %b7, align 4
  store float %s8, ptr addrspace(1) %b8, align 4
  store float %s9, ptr addrspace(1) %b9, align 4
  store float %s10, ptr addrspace(1) %b10, align 4
  store float %s11, ptr addrspace(1) %b11, align 4
  store float %s12, ptr addrspace(1) %b12, align 4
  store float %s13, ptr addrspace(1) %b13, align 4
  store float %s14, ptr addrspace(1) %b14, align 4
  store float %s15, ptr addrspace(1) %b15, align 4
  store float %s16, ptr addrspace(1) %b16, align 4
  store float %s17, ptr addrspace(1) %b17, align 4
  store float %s18, ptr addrspace(1) %b18, align 4
  store float %s19, ptr addrspace(1) %b19, align 4
  store float %s20, ptr addrspace(1) %b20, align 4
  store float %s21, ptr addrspace(1) %b21, align 4
  store float %s22, ptr addrspace(1) %b22, align 4
  store float %s23, ptr addrspace(1) %b23, align 4
  %r = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %s23, i32 0
  ret <4 x float> %r
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @many_fragment, !1, !3}
!1 = !{!2}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!100, !101, !102, !103, !104, !105, !106, !107, !108, !109, !110, !111, !112, !113, !114, !115, !116, !117, !118, !119, !120, !121, !122, !123}
!100 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b0"}
!101 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b1"}
!102 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b2"}
!103 = !{i32 3, !"air.buffer", !"air.location_index", i32 3, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b3"}
!104 = !{i32 4, !"air.buffer", !"air.location_index", i32 4, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b4"}
!105 = !{i32 5, !"air.buffer", !"air.location_index", i32 5, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b5"}
!106 = !{i32 6, !"air.buffer", !"air.location_index", i32 6, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b6"}
!107 = !{i32 7, !"air.buffer", !"air.location_index", i32 7, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b7"}
!108 = !{i32 8, !"air.buffer", !"air.location_index", i32 8, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b8"}
!109 = !{i32 9, !"air.buffer", !"air.location_index", i32 9, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b9"}
!110 = !{i32 10, !"air.buffer", !"air.location_index", i32 10, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b10"}
!111 = !{i32 11, !"air.buffer", !"air.location_index", i32 11, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b11"}
!112 = !{i32 12, !"air.buffer", !"air.location_index", i32 12, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b12"}
!113 = !{i32 13, !"air.buffer", !"air.location_index", i32 13, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b13"}
!114 = !{i32 14, !"air.buffer", !"air.location_index", i32 14, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b14"}
!115 = !{i32 15, !"air.buffer", !"air.location_index", i32 15, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b15"}
!116 = !{i32 16, !"air.buffer", !"air.location_index", i32 16, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b16"}
!117 = !{i32 17, !"air.buffer", !"air.location_index", i32 17, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b17"}
!118 = !{i32 18, !"air.buffer", !"air.location_index", i32 18, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b18"}
!119 = !{i32 19, !"air.buffer", !"air.location_index", i32 19, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b19"}
!120 = !{i32 20, !"air.buffer", !"air.location_index", i32 20, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b20"}
!121 = !{i32 21, !"air.buffer", !"air.location_index", i32 21, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b21"}
!122 = !{i32 22, !"air.buffer", !"air.location_index", i32 22, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b22"}
!123 = !{i32 23, !"air.buffer", !"air.location_index", i32 23, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b23"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
