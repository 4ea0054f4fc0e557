; SPDX-License-Identifier: GPL-2.0-or-later
; Functions with more buffers than a host has storage blocks, all of them written.

%lit = type <{ <4 x float>, <4 x float> }>

; One after the other: the word of buffer n becomes twice what it is, and n + 1.
define void @k_turns(ptr addrspace(1) %b0, ptr addrspace(1) %b1, ptr addrspace(1) %b2, ptr addrspace(1) %b3, ptr addrspace(1) %b4, ptr addrspace(1) %b5, ptr addrspace(1) %b6, ptr addrspace(1) %b7, ptr addrspace(1) %b8, ptr addrspace(1) %b9, ptr addrspace(1) %b10, ptr addrspace(1) %b11, ptr addrspace(1) %b12, ptr addrspace(1) %b13, ptr addrspace(1) %b14, ptr addrspace(1) %b15, ptr addrspace(1) %b16, ptr addrspace(1) %b17, ptr addrspace(1) %b18, ptr addrspace(1) %b19, ptr addrspace(1) %b20, ptr addrspace(1) %b21, ptr addrspace(1) %b22, ptr addrspace(1) %b23) {
  %l0 = load i32, ptr addrspace(1) %b0, align 4
  %d0 = shl i32 %l0, 1
  %s0 = add i32 %d0, 1
  store i32 %s0, ptr addrspace(1) %b0, align 4
  %l1 = load i32, ptr addrspace(1) %b1, align 4
  %d1 = shl i32 %l1, 1
  %s1 = add i32 %d1, 2
  store i32 %s1, ptr addrspace(1) %b1, align 4
  %l2 = load i32, ptr addrspace(1) %b2, align 4
  %d2 = shl i32 %l2, 1
  %s2 = add i32 %d2, 3
  store i32 %s2, ptr addrspace(1) %b2, align 4
  %l3 = load i32, ptr addrspace(1) %b3, align 4
  %d3 = shl i32 %l3, 1
  %s3 = add i32 %d3, 4
  store i32 %s3, ptr addrspace(1) %b3, align 4
  %l4 = load i32, ptr addrspace(1) %b4, align 4
  %d4 = shl i32 %l4, 1
  %s4 = add i32 %d4, 5
  store i32 %s4, ptr addrspace(1) %b4, align 4
  %l5 = load i32, ptr addrspace(1) %b5, align 4
  %d5 = shl i32 %l5, 1
  %s5 = add i32 %d5, 6
  store i32 %s5, ptr addrspace(1) %b5, align 4
  %l6 = load i32, ptr addrspace(1) %b6, align 4
  %d6 = shl i32 %l6, 1
  %s6 = add i32 %d6, 7
  store i32 %s6, ptr addrspace(1) %b6, align 4
  %l7 = load i32, ptr addrspace(1) %b7, align 4
  %d7 = shl i32 %l7, 1
  %s7 = add i32 %d7, 8
  store i32 %s7, ptr addrspace(1) %b7, align 4
  %l8 = load i32, ptr addrspace(1) %b8, align 4
  %d8 = shl i32 %l8, 1
  %s8 = add i32 %d8, 9
  store i32 %s8, ptr addrspace(1) %b8, align 4
  %l9 = load i32, ptr addrspace(1) %b9, align 4
  %d9 = shl i32 %l9, 1
  %s9 = add i32 %d9, 10
  store i32 %s9, ptr addrspace(1) %b9, align 4
  %l10 = load i32, ptr addrspace(1) %b10, align 4
  %d10 = shl i32 %l10, 1
  %s10 = add i32 %d10, 11
  store i32 %s10, ptr addrspace(1) %b10, align 4
  %l11 = load i32, ptr addrspace(1) %b11, align 4
  %d11 = shl i32 %l11, 1
  %s11 = add i32 %d11, 12
  store i32 %s11, ptr addrspace(1) %b11, align 4
  %l12 = load i32, ptr addrspace(1) %b12, align 4
  %d12 = shl i32 %l12, 1
  %s12 = add i32 %d12, 13
  store i32 %s12, ptr addrspace(1) %b12, align 4
  %l13 = load i32, ptr addrspace(1) %b13, align 4
  %d13 = shl i32 %l13, 1
  %s13 = add i32 %d13, 14
  store i32 %s13, ptr addrspace(1) %b13, align 4
  %l14 = load i32, ptr addrspace(1) %b14, align 4
  %d14 = shl i32 %l14, 1
  %s14 = add i32 %d14, 15
  store i32 %s14, ptr addrspace(1) %b14, align 4
  %l15 = load i32, ptr addrspace(1) %b15, align 4
  %d15 = shl i32 %l15, 1
  %s15 = add i32 %d15, 16
  store i32 %s15, ptr addrspace(1) %b15, align 4
  %l16 = load i32, ptr addrspace(1) %b16, align 4
  %d16 = shl i32 %l16, 1
  %s16 = add i32 %d16, 17
  store i32 %s16, ptr addrspace(1) %b16, align 4
  %l17 = load i32, ptr addrspace(1) %b17, align 4
  %d17 = shl i32 %l17, 1
  %s17 = add i32 %d17, 18
  store i32 %s17, ptr addrspace(1) %b17, align 4
  %l18 = load i32, ptr addrspace(1) %b18, align 4
  %d18 = shl i32 %l18, 1
  %s18 = add i32 %d18, 19
  store i32 %s18, ptr addrspace(1) %b18, align 4
  %l19 = load i32, ptr addrspace(1) %b19, align 4
  %d19 = shl i32 %l19, 1
  %s19 = add i32 %d19, 20
  store i32 %s19, ptr addrspace(1) %b19, align 4
  %l20 = load i32, ptr addrspace(1) %b20, align 4
  %d20 = shl i32 %l20, 1
  %s20 = add i32 %d20, 21
  store i32 %s20, ptr addrspace(1) %b20, align 4
  %l21 = load i32, ptr addrspace(1) %b21, align 4
  %d21 = shl i32 %l21, 1
  %s21 = add i32 %d21, 22
  store i32 %s21, ptr addrspace(1) %b21, align 4
  %l22 = load i32, ptr addrspace(1) %b22, align 4
  %d22 = shl i32 %l22, 1
  %s22 = add i32 %d22, 23
  store i32 %s22, ptr addrspace(1) %b22, align 4
  %l23 = load i32, ptr addrspace(1) %b23, align 4
  %d23 = shl i32 %l23, 1
  %s23 = add i32 %d23, 24
  store i32 %s23, ptr addrspace(1) %b23, align 4
  ret void
}

; Word 0 of buffer n becomes 100 + n, of each vertex the same.
define %lit @v_words(<4 x float> %position, ptr addrspace(1) %b0, ptr addrspace(1) %b1, ptr addrspace(1) %b2, ptr addrspace(1) %b3, ptr addrspace(1) %b4, ptr addrspace(1) %b5, ptr addrspace(1) %b6, ptr addrspace(1) %b7, ptr addrspace(1) %b8, ptr addrspace(1) %b9, ptr addrspace(1) %b10, ptr addrspace(1) %b11, ptr addrspace(1) %b12, ptr addrspace(1) %b13, ptr addrspace(1) %b14, ptr addrspace(1) %b15, ptr addrspace(1) %b16, ptr addrspace(1) %b17, ptr addrspace(1) %b18, ptr addrspace(1) %b19, ptr addrspace(1) %b20, ptr addrspace(1) %b21, ptr addrspace(1) %b22, ptr addrspace(1) %b23) {
  store i32 100, ptr addrspace(1) %b0, align 4
  store i32 101, ptr addrspace(1) %b1, align 4
  store i32 102, ptr addrspace(1) %b2, align 4
  store i32 103, ptr addrspace(1) %b3, align 4
  store i32 104, ptr addrspace(1) %b4, align 4
  store i32 105, ptr addrspace(1) %b5, align 4
  store i32 106, ptr addrspace(1) %b6, align 4
  store i32 107, ptr addrspace(1) %b7, align 4
  store i32 108, ptr addrspace(1) %b8, align 4
  store i32 109, ptr addrspace(1) %b9, align 4
  store i32 110, ptr addrspace(1) %b10, align 4
  store i32 111, ptr addrspace(1) %b11, align 4
  store i32 112, ptr addrspace(1) %b12, align 4
  store i32 113, ptr addrspace(1) %b13, align 4
  store i32 114, ptr addrspace(1) %b14, align 4
  store i32 115, ptr addrspace(1) %b15, align 4
  store i32 116, ptr addrspace(1) %b16, align 4
  store i32 117, ptr addrspace(1) %b17, align 4
  store i32 118, ptr addrspace(1) %b18, align 4
  store i32 119, ptr addrspace(1) %b19, align 4
  store i32 120, ptr addrspace(1) %b20, align 4
  store i32 121, ptr addrspace(1) %b21, align 4
  store i32 122, ptr addrspace(1) %b22, align 4
  store i32 123, ptr addrspace(1) %b23, align 4
  %r0 = insertvalue %lit undef, <4 x float> %position, 0
  %r1 = insertvalue %lit %r0, <4 x float> %position, 1
  ret %lit %r1
}

; Word 1 of buffer n becomes 200 + n.
define <4 x float> @f_words(<4 x float> %color, ptr addrspace(1) %b0, ptr addrspace(1) %b1, ptr addrspace(1) %b2, ptr addrspace(1) %b3, ptr addrspace(1) %b4, ptr addrspace(1) %b5, ptr addrspace(1) %b6, ptr addrspace(1) %b7, ptr addrspace(1) %b8, ptr addrspace(1) %b9, ptr addrspace(1) %b10, ptr addrspace(1) %b11, ptr addrspace(1) %b12, ptr addrspace(1) %b13, ptr addrspace(1) %b14, ptr addrspace(1) %b15, ptr addrspace(1) %b16, ptr addrspace(1) %b17, ptr addrspace(1) %b18, ptr addrspace(1) %b19, ptr addrspace(1) %b20, ptr addrspace(1) %b21, ptr addrspace(1) %b22, ptr addrspace(1) %b23) {
  %p0 = getelementptr i32, ptr addrspace(1) %b0, i32 1
  store i32 200, ptr addrspace(1) %p0, align 4
  %p1 = getelementptr i32, ptr addrspace(1) %b1, i32 1
  store i32 201, ptr addrspace(1) %p1, align 4
  %p2 = getelementptr i32, ptr addrspace(1) %b2, i32 1
  store i32 202, ptr addrspace(1) %p2, align 4
  %p3 = getelementptr i32, ptr addrspace(1) %b3, i32 1
  store i32 203, ptr addrspace(1) %p3, align 4
  %p4 = getelementptr i32, ptr addrspace(1) %b4, i32 1
  store i32 204, ptr addrspace(1) %p4, align 4
  %p5 = getelementptr i32, ptr addrspace(1) %b5, i32 1
  store i32 205, ptr addrspace(1) %p5, align 4
  %p6 = getelementptr i32, ptr addrspace(1) %b6, i32 1
  store i32 206, ptr addrspace(1) %p6, align 4
  %p7 = getelementptr i32, ptr addrspace(1) %b7, i32 1
  store i32 207, ptr addrspace(1) %p7, align 4
  %p8 = getelementptr i32, ptr addrspace(1) %b8, i32 1
  store i32 208, ptr addrspace(1) %p8, align 4
  %p9 = getelementptr i32, ptr addrspace(1) %b9, i32 1
  store i32 209, ptr addrspace(1) %p9, align 4
  %p10 = getelementptr i32, ptr addrspace(1) %b10, i32 1
  store i32 210, ptr addrspace(1) %p10, align 4
  %p11 = getelementptr i32, ptr addrspace(1) %b11, i32 1
  store i32 211, ptr addrspace(1) %p11, align 4
  %p12 = getelementptr i32, ptr addrspace(1) %b12, i32 1
  store i32 212, ptr addrspace(1) %p12, align 4
  %p13 = getelementptr i32, ptr addrspace(1) %b13, i32 1
  store i32 213, ptr addrspace(1) %p13, align 4
  %p14 = getelementptr i32, ptr addrspace(1) %b14, i32 1
  store i32 214, ptr addrspace(1) %p14, align 4
  %p15 = getelementptr i32, ptr addrspace(1) %b15, i32 1
  store i32 215, ptr addrspace(1) %p15, align 4
  %p16 = getelementptr i32, ptr addrspace(1) %b16, i32 1
  store i32 216, ptr addrspace(1) %p16, align 4
  %p17 = getelementptr i32, ptr addrspace(1) %b17, i32 1
  store i32 217, ptr addrspace(1) %p17, align 4
  %p18 = getelementptr i32, ptr addrspace(1) %b18, i32 1
  store i32 218, ptr addrspace(1) %p18, align 4
  %p19 = getelementptr i32, ptr addrspace(1) %b19, i32 1
  store i32 219, ptr addrspace(1) %p19, align 4
  %p20 = getelementptr i32, ptr addrspace(1) %b20, i32 1
  store i32 220, ptr addrspace(1) %p20, align 4
  %p21 = getelementptr i32, ptr addrspace(1) %b21, i32 1
  store i32 221, ptr addrspace(1) %p21, align 4
  %p22 = getelementptr i32, ptr addrspace(1) %b22, i32 1
  store i32 222, ptr addrspace(1) %p22, align 4
  %p23 = getelementptr i32, ptr addrspace(1) %b23, i32 1
  store i32 223, ptr addrspace(1) %p23, align 4
  ret <4 x float> %color
}

!air.vertex = !{!100}
!air.fragment = !{!200}
!air.kernel = !{!400}
!air.version = !{!1}
!air.language_version = !{!2}
!1 = !{i32 2, i32 7, i32 0}
!2 = !{!"Metal", i32 3, i32 2, i32 0}

!10 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!11 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!12 = !{!10, !11}
!13 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!14 = !{!13}
!17 = !{}
!34 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!35 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}

!100 = !{ptr @v_words, !12, !101}
!101 = !{!34, !500, !501, !502, !503, !504, !505, !506, !507, !508, !509, !510, !511, !512, !513, !514, !515, !516, !517, !518, !519, !520, !521, !522, !523}
!200 = !{ptr @f_words, !14, !201}
!201 = !{!35, !500, !501, !502, !503, !504, !505, !506, !507, !508, !509, !510, !511, !512, !513, !514, !515, !516, !517, !518, !519, !520, !521, !522, !523}
!400 = !{ptr @k_turns, !17, !401}
!401 = !{!600, !601, !602, !603, !604, !605, !606, !607, !608, !609, !610, !611, !612, !613, !614, !615, !616, !617, !618, !619, !620, !621, !622, !623}
!500 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!501 = !{i32 2, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!502 = !{i32 3, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b2"}
!503 = !{i32 4, !"air.buffer", !"air.location_index", i32 3, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b3"}
!504 = !{i32 5, !"air.buffer", !"air.location_index", i32 4, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b4"}
!505 = !{i32 6, !"air.buffer", !"air.location_index", i32 5, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b5"}
!506 = !{i32 7, !"air.buffer", !"air.location_index", i32 6, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b6"}
!507 = !{i32 8, !"air.buffer", !"air.location_index", i32 7, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b7"}
!508 = !{i32 9, !"air.buffer", !"air.location_index", i32 8, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b8"}
!509 = !{i32 10, !"air.buffer", !"air.location_index", i32 9, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b9"}
!510 = !{i32 11, !"air.buffer", !"air.location_index", i32 10, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b10"}
!511 = !{i32 12, !"air.buffer", !"air.location_index", i32 11, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b11"}
!512 = !{i32 13, !"air.buffer", !"air.location_index", i32 12, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b12"}
!513 = !{i32 14, !"air.buffer", !"air.location_index", i32 13, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b13"}
!514 = !{i32 15, !"air.buffer", !"air.location_index", i32 14, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b14"}
!515 = !{i32 16, !"air.buffer", !"air.location_index", i32 15, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b15"}
!516 = !{i32 17, !"air.buffer", !"air.location_index", i32 16, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b16"}
!517 = !{i32 18, !"air.buffer", !"air.location_index", i32 17, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b17"}
!518 = !{i32 19, !"air.buffer", !"air.location_index", i32 18, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b18"}
!519 = !{i32 20, !"air.buffer", !"air.location_index", i32 19, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b19"}
!520 = !{i32 21, !"air.buffer", !"air.location_index", i32 20, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b20"}
!521 = !{i32 22, !"air.buffer", !"air.location_index", i32 21, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b21"}
!522 = !{i32 23, !"air.buffer", !"air.location_index", i32 22, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b22"}
!523 = !{i32 24, !"air.buffer", !"air.location_index", i32 23, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b23"}
!600 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!601 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!602 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b2"}
!603 = !{i32 3, !"air.buffer", !"air.location_index", i32 3, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b3"}
!604 = !{i32 4, !"air.buffer", !"air.location_index", i32 4, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b4"}
!605 = !{i32 5, !"air.buffer", !"air.location_index", i32 5, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b5"}
!606 = !{i32 6, !"air.buffer", !"air.location_index", i32 6, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b6"}
!607 = !{i32 7, !"air.buffer", !"air.location_index", i32 7, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b7"}
!608 = !{i32 8, !"air.buffer", !"air.location_index", i32 8, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b8"}
!609 = !{i32 9, !"air.buffer", !"air.location_index", i32 9, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b9"}
!610 = !{i32 10, !"air.buffer", !"air.location_index", i32 10, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b10"}
!611 = !{i32 11, !"air.buffer", !"air.location_index", i32 11, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b11"}
!612 = !{i32 12, !"air.buffer", !"air.location_index", i32 12, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b12"}
!613 = !{i32 13, !"air.buffer", !"air.location_index", i32 13, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b13"}
!614 = !{i32 14, !"air.buffer", !"air.location_index", i32 14, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b14"}
!615 = !{i32 15, !"air.buffer", !"air.location_index", i32 15, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b15"}
!616 = !{i32 16, !"air.buffer", !"air.location_index", i32 16, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b16"}
!617 = !{i32 17, !"air.buffer", !"air.location_index", i32 17, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b17"}
!618 = !{i32 18, !"air.buffer", !"air.location_index", i32 18, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b18"}
!619 = !{i32 19, !"air.buffer", !"air.location_index", i32 19, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b19"}
!620 = !{i32 20, !"air.buffer", !"air.location_index", i32 20, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b20"}
!621 = !{i32 21, !"air.buffer", !"air.location_index", i32 21, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b21"}
!622 = !{i32 22, !"air.buffer", !"air.location_index", i32 22, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b22"}
!623 = !{i32 23, !"air.buffer", !"air.location_index", i32 23, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"b23"}
