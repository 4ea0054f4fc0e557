; args: --profile gles
; want: flag params
; args: --profile vulkan
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %t0, ptr addrspace(1) %t1, ptr addrspace(1) %t2, ptr addrspace(1) %t3, ptr addrspace(1) %t4, ptr addrspace(1) %t5, ptr addrspace(1) %t6, ptr addrspace(1) %t7, ptr addrspace(1) %t8, ptr addrspace(1) %t9, ptr addrspace(1) %t10, ptr addrspace(1) %t11, ptr addrspace(1) %t12, ptr addrspace(1) %t13, ptr addrspace(1) %t14, ptr addrspace(1) %out) {
  %q0 = call i32 @air.get_width_texture_1d(ptr addrspace(1) %t0, i32 0)
  %o0 = getelementptr i32, ptr addrspace(1) %out, i32 0
  store i32 %q0, ptr addrspace(1) %o0, align 4
  %q1 = call i32 @air.get_num_mip_levels_texture_1d(ptr addrspace(1) %t0)
  %o1 = getelementptr i32, ptr addrspace(1) %out, i32 1
  store i32 %q1, ptr addrspace(1) %o1, align 4
  %q2 = call i32 @air.get_width_texture_1d_array(ptr addrspace(1) %t1, i32 0)
  %o2 = getelementptr i32, ptr addrspace(1) %out, i32 2
  store i32 %q2, ptr addrspace(1) %o2, align 4
  %q3 = call i32 @air.get_array_size_texture_1d_array(ptr addrspace(1) %t1)
  %o3 = getelementptr i32, ptr addrspace(1) %out, i32 3
  store i32 %q3, ptr addrspace(1) %o3, align 4
  %q4 = call i32 @air.get_num_mip_levels_texture_1d_array(ptr addrspace(1) %t1)
  %o4 = getelementptr i32, ptr addrspace(1) %out, i32 4
  store i32 %q4, ptr addrspace(1) %o4, align 4
  %q5 = call i32 @air.get_width_texture_2d(ptr addrspace(1) %t2, i32 0)
  %o5 = getelementptr i32, ptr addrspace(1) %out, i32 5
  store i32 %q5, ptr addrspace(1) %o5, align 4
  %q6 = call i32 @air.get_height_texture_2d(ptr addrspace(1) %t2, i32 0)
  %o6 = getelementptr i32, ptr addrspace(1) %out, i32 6
  store i32 %q6, ptr addrspace(1) %o6, align 4
  %q7 = call i32 @air.get_num_mip_levels_texture_2d(ptr addrspace(1) %t2)
  %o7 = getelementptr i32, ptr addrspace(1) %out, i32 7
  store i32 %q7, ptr addrspace(1) %o7, align 4
  %q8 = call i32 @air.get_width_texture_2d_array(ptr addrspace(1) %t3, i32 0)
  %o8 = getelementptr i32, ptr addrspace(1) %out, i32 8
  store i32 %q8, ptr addrspace(1) %o8, align 4
  %q9 = call i32 @air.get_height_texture_2d_array(ptr addrspace(1) %t3, i32 0)
  %o9 = getelementptr i32, ptr addrspace(1) %out, i32 9
  store i32 %q9, ptr addrspace(1) %o9, align 4
  %q10 = call i32 @air.get_array_size_texture_2d_array(ptr addrspace(1) %t3)
  %o10 = getelementptr i32, ptr addrspace(1) %out, i32 10
  store i32 %q10, ptr addrspace(1) %o10, align 4
  %q11 = call i32 @air.get_num_mip_levels_texture_2d_array(ptr addrspace(1) %t3)
  %o11 = getelementptr i32, ptr addrspace(1) %out, i32 11
  store i32 %q11, ptr addrspace(1) %o11, align 4
  %q12 = call i32 @air.get_width_texture_3d(ptr addrspace(1) %t4, i32 0)
  %o12 = getelementptr i32, ptr addrspace(1) %out, i32 12
  store i32 %q12, ptr addrspace(1) %o12, align 4
  %q13 = call i32 @air.get_height_texture_3d(ptr addrspace(1) %t4, i32 0)
  %o13 = getelementptr i32, ptr addrspace(1) %out, i32 13
  store i32 %q13, ptr addrspace(1) %o13, align 4
  %q14 = call i32 @air.get_depth_texture_3d(ptr addrspace(1) %t4, i32 0)
  %o14 = getelementptr i32, ptr addrspace(1) %out, i32 14
  store i32 %q14, ptr addrspace(1) %o14, align 4
  %q15 = call i32 @air.get_num_mip_levels_texture_3d(ptr addrspace(1) %t4)
  %o15 = getelementptr i32, ptr addrspace(1) %out, i32 15
  store i32 %q15, ptr addrspace(1) %o15, align 4
  %q16 = call i32 @air.get_width_texture_cube(ptr addrspace(1) %t5, i32 0)
  %o16 = getelementptr i32, ptr addrspace(1) %out, i32 16
  store i32 %q16, ptr addrspace(1) %o16, align 4
  %q17 = call i32 @air.get_height_texture_cube(ptr addrspace(1) %t5, i32 0)
  %o17 = getelementptr i32, ptr addrspace(1) %out, i32 17
  store i32 %q17, ptr addrspace(1) %o17, align 4
  %q18 = call i32 @air.get_num_mip_levels_texture_cube(ptr addrspace(1) %t5)
  %o18 = getelementptr i32, ptr addrspace(1) %out, i32 18
  store i32 %q18, ptr addrspace(1) %o18, align 4
  %q19 = call i32 @air.get_width_texture_cube_array(ptr addrspace(1) %t6, i32 0)
  %o19 = getelementptr i32, ptr addrspace(1) %out, i32 19
  store i32 %q19, ptr addrspace(1) %o19, align 4
  %q20 = call i32 @air.get_height_texture_cube_array(ptr addrspace(1) %t6, i32 0)
  %o20 = getelementptr i32, ptr addrspace(1) %out, i32 20
  store i32 %q20, ptr addrspace(1) %o20, align 4
  %q21 = call i32 @air.get_array_size_texture_cube_array(ptr addrspace(1) %t6)
  %o21 = getelementptr i32, ptr addrspace(1) %out, i32 21
  store i32 %q21, ptr addrspace(1) %o21, align 4
  %q22 = call i32 @air.get_num_mip_levels_texture_cube_array(ptr addrspace(1) %t6)
  %o22 = getelementptr i32, ptr addrspace(1) %out, i32 22
  store i32 %q22, ptr addrspace(1) %o22, align 4
  %q23 = call i32 @air.get_width_texture_2d_ms(ptr addrspace(1) %t7)
  %o23 = getelementptr i32, ptr addrspace(1) %out, i32 23
  store i32 %q23, ptr addrspace(1) %o23, align 4
  %q24 = call i32 @air.get_height_texture_2d_ms(ptr addrspace(1) %t7)
  %o24 = getelementptr i32, ptr addrspace(1) %out, i32 24
  store i32 %q24, ptr addrspace(1) %o24, align 4
  %q25 = call i32 @air.get_num_samples_texture_2d_ms(ptr addrspace(1) %t7)
  %o25 = getelementptr i32, ptr addrspace(1) %out, i32 25
  store i32 %q25, ptr addrspace(1) %o25, align 4
  %q26 = call i32 @air.get_width_texture_2d_ms_array(ptr addrspace(1) %t8)
  %o26 = getelementptr i32, ptr addrspace(1) %out, i32 26
  store i32 %q26, ptr addrspace(1) %o26, align 4
  %q27 = call i32 @air.get_height_texture_2d_ms_array(ptr addrspace(1) %t8)
  %o27 = getelementptr i32, ptr addrspace(1) %out, i32 27
  store i32 %q27, ptr addrspace(1) %o27, align 4
  %q28 = call i32 @air.get_array_size_texture_2d_ms_array(ptr addrspace(1) %t8)
  %o28 = getelementptr i32, ptr addrspace(1) %out, i32 28
  store i32 %q28, ptr addrspace(1) %o28, align 4
  %q29 = call i32 @air.get_num_samples_texture_2d_ms_array(ptr addrspace(1) %t8)
  %o29 = getelementptr i32, ptr addrspace(1) %out, i32 29
  store i32 %q29, ptr addrspace(1) %o29, align 4
  %q30 = call i32 @air.get_width_texture_buffer_1d(ptr addrspace(1) %t9)
  %o30 = getelementptr i32, ptr addrspace(1) %out, i32 30
  store i32 %q30, ptr addrspace(1) %o30, align 4
  %q31 = call i32 @air.get_width_depth_2d(ptr addrspace(1) %t10, i32 0)
  %o31 = getelementptr i32, ptr addrspace(1) %out, i32 31
  store i32 %q31, ptr addrspace(1) %o31, align 4
  %q32 = call i32 @air.get_height_depth_2d(ptr addrspace(1) %t10, i32 0)
  %o32 = getelementptr i32, ptr addrspace(1) %out, i32 32
  store i32 %q32, ptr addrspace(1) %o32, align 4
  %q33 = call i32 @air.get_num_mip_levels_depth_2d(ptr addrspace(1) %t10)
  %o33 = getelementptr i32, ptr addrspace(1) %out, i32 33
  store i32 %q33, ptr addrspace(1) %o33, align 4
  %q34 = call i32 @air.get_width_depth_2d_array(ptr addrspace(1) %t11, i32 0)
  %o34 = getelementptr i32, ptr addrspace(1) %out, i32 34
  store i32 %q34, ptr addrspace(1) %o34, align 4
  %q35 = call i32 @air.get_height_depth_2d_array(ptr addrspace(1) %t11, i32 0)
  %o35 = getelementptr i32, ptr addrspace(1) %out, i32 35
  store i32 %q35, ptr addrspace(1) %o35, align 4
  %q36 = call i32 @air.get_array_size_depth_2d_array(ptr addrspace(1) %t11)
  %o36 = getelementptr i32, ptr addrspace(1) %out, i32 36
  store i32 %q36, ptr addrspace(1) %o36, align 4
  %q37 = call i32 @air.get_num_mip_levels_depth_2d_array(ptr addrspace(1) %t11)
  %o37 = getelementptr i32, ptr addrspace(1) %out, i32 37
  store i32 %q37, ptr addrspace(1) %o37, align 4
  %q38 = call i32 @air.get_width_depth_cube(ptr addrspace(1) %t12, i32 0)
  %o38 = getelementptr i32, ptr addrspace(1) %out, i32 38
  store i32 %q38, ptr addrspace(1) %o38, align 4
  %q39 = call i32 @air.get_height_depth_cube(ptr addrspace(1) %t12, i32 0)
  %o39 = getelementptr i32, ptr addrspace(1) %out, i32 39
  store i32 %q39, ptr addrspace(1) %o39, align 4
  %q40 = call i32 @air.get_num_mip_levels_depth_cube(ptr addrspace(1) %t12)
  %o40 = getelementptr i32, ptr addrspace(1) %out, i32 40
  store i32 %q40, ptr addrspace(1) %o40, align 4
  %q41 = call i32 @air.get_width_depth_cube_array(ptr addrspace(1) %t13, i32 0)
  %o41 = getelementptr i32, ptr addrspace(1) %out, i32 41
  store i32 %q41, ptr addrspace(1) %o41, align 4
  %q42 = call i32 @air.get_height_depth_cube_array(ptr addrspace(1) %t13, i32 0)
  %o42 = getelementptr i32, ptr addrspace(1) %out, i32 42
  store i32 %q42, ptr addrspace(1) %o42, align 4
  %q43 = call i32 @air.get_array_size_depth_cube_array(ptr addrspace(1) %t13)
  %o43 = getelementptr i32, ptr addrspace(1) %out, i32 43
  store i32 %q43, ptr addrspace(1) %o43, align 4
  %q44 = call i32 @air.get_num_mip_levels_depth_cube_array(ptr addrspace(1) %t13)
  %o44 = getelementptr i32, ptr addrspace(1) %out, i32 44
  store i32 %q44, ptr addrspace(1) %o44, align 4
  %q45 = call i32 @air.get_width_depth_2d_ms(ptr addrspace(1) %t14)
  %o45 = getelementptr i32, ptr addrspace(1) %out, i32 45
  store i32 %q45, ptr addrspace(1) %o45, align 4
  %q46 = call i32 @air.get_height_depth_2d_ms(ptr addrspace(1) %t14)
  %o46 = getelementptr i32, ptr addrspace(1) %out, i32 46
  store i32 %q46, ptr addrspace(1) %o46, align 4
  %q47 = call i32 @air.get_num_samples_depth_2d_ms(ptr addrspace(1) %t14)
  %o47 = getelementptr i32, ptr addrspace(1) %out, i32 47
  store i32 %q47, ptr addrspace(1) %o47, align 4
  ret void
}
declare i32 @air.get_width_texture_1d(ptr addrspace(1), i32)
declare i32 @air.get_num_mip_levels_texture_1d(ptr addrspace(1))
declare i32 @air.get_width_texture_1d_array(ptr addrspace(1), i32)
declare i32 @air.get_array_size_texture_1d_array(ptr addrspace(1))
declare i32 @air.get_num_mip_levels_texture_1d_array(ptr addrspace(1))
declare i32 @air.get_width_texture_2d(ptr addrspace(1), i32)
declare i32 @air.get_height_texture_2d(ptr addrspace(1), i32)
declare i32 @air.get_num_mip_levels_texture_2d(ptr addrspace(1))
declare i32 @air.get_width_texture_2d_array(ptr addrspace(1), i32)
declare i32 @air.get_height_texture_2d_array(ptr addrspace(1), i32)
declare i32 @air.get_array_size_texture_2d_array(ptr addrspace(1))
declare i32 @air.get_num_mip_levels_texture_2d_array(ptr addrspace(1))
declare i32 @air.get_width_texture_3d(ptr addrspace(1), i32)
declare i32 @air.get_height_texture_3d(ptr addrspace(1), i32)
declare i32 @air.get_depth_texture_3d(ptr addrspace(1), i32)
declare i32 @air.get_num_mip_levels_texture_3d(ptr addrspace(1))
declare i32 @air.get_width_texture_cube(ptr addrspace(1), i32)
declare i32 @air.get_height_texture_cube(ptr addrspace(1), i32)
declare i32 @air.get_num_mip_levels_texture_cube(ptr addrspace(1))
declare i32 @air.get_width_texture_cube_array(ptr addrspace(1), i32)
declare i32 @air.get_height_texture_cube_array(ptr addrspace(1), i32)
declare i32 @air.get_array_size_texture_cube_array(ptr addrspace(1))
declare i32 @air.get_num_mip_levels_texture_cube_array(ptr addrspace(1))
declare i32 @air.get_width_texture_2d_ms(ptr addrspace(1))
declare i32 @air.get_height_texture_2d_ms(ptr addrspace(1))
declare i32 @air.get_num_samples_texture_2d_ms(ptr addrspace(1))
declare i32 @air.get_width_texture_2d_ms_array(ptr addrspace(1))
declare i32 @air.get_height_texture_2d_ms_array(ptr addrspace(1))
declare i32 @air.get_array_size_texture_2d_ms_array(ptr addrspace(1))
declare i32 @air.get_num_samples_texture_2d_ms_array(ptr addrspace(1))
declare i32 @air.get_width_texture_buffer_1d(ptr addrspace(1))
declare i32 @air.get_width_depth_2d(ptr addrspace(1), i32)
declare i32 @air.get_height_depth_2d(ptr addrspace(1), i32)
declare i32 @air.get_num_mip_levels_depth_2d(ptr addrspace(1))
declare i32 @air.get_width_depth_2d_array(ptr addrspace(1), i32)
declare i32 @air.get_height_depth_2d_array(ptr addrspace(1), i32)
declare i32 @air.get_array_size_depth_2d_array(ptr addrspace(1))
declare i32 @air.get_num_mip_levels_depth_2d_array(ptr addrspace(1))
declare i32 @air.get_width_depth_cube(ptr addrspace(1), i32)
declare i32 @air.get_height_depth_cube(ptr addrspace(1), i32)
declare i32 @air.get_num_mip_levels_depth_cube(ptr addrspace(1))
declare i32 @air.get_width_depth_cube_array(ptr addrspace(1), i32)
declare i32 @air.get_height_depth_cube_array(ptr addrspace(1), i32)
declare i32 @air.get_array_size_depth_cube_array(ptr addrspace(1))
declare i32 @air.get_num_mip_levels_depth_cube_array(ptr addrspace(1))
declare i32 @air.get_width_depth_2d_ms(ptr addrspace(1))
declare i32 @air.get_height_depth_2d_ms(ptr addrspace(1))
declare i32 @air.get_num_samples_depth_2d_ms(ptr addrspace(1))

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12, !13, !14, !15, !16, !17, !18, !19, !20, !21, !22, !23, !24, !25}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d<float, sample>", !"air.arg_name", !"t0"}
!11 = !{i32 1, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d_array<float, sample>", !"air.arg_name", !"t1"}
!12 = !{i32 2, !"air.texture", !"air.location_index", i32 2, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t2"}
!13 = !{i32 3, !"air.texture", !"air.location_index", i32 3, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d_array<float, sample>", !"air.arg_name", !"t3"}
!14 = !{i32 4, !"air.texture", !"air.location_index", i32 4, i32 1, !"air.sample", !"air.arg_type_name", !"texture3d<float, sample>", !"air.arg_name", !"t4"}
!15 = !{i32 5, !"air.texture", !"air.location_index", i32 5, i32 1, !"air.sample", !"air.arg_type_name", !"texturecube<float, sample>", !"air.arg_name", !"t5"}
!16 = !{i32 6, !"air.texture", !"air.location_index", i32 6, i32 1, !"air.sample", !"air.arg_type_name", !"texturecube_array<float, sample>", !"air.arg_name", !"t6"}
!17 = !{i32 7, !"air.texture", !"air.location_index", i32 7, i32 1, !"air.read", !"air.arg_type_name", !"texture2d_ms<float, read>", !"air.arg_name", !"t7"}
!18 = !{i32 8, !"air.texture", !"air.location_index", i32 8, i32 1, !"air.read", !"air.arg_type_name", !"texture2d_ms_array<float, read>", !"air.arg_name", !"t8"}
!19 = !{i32 9, !"air.texture", !"air.location_index", i32 9, i32 1, !"air.read", !"air.arg_type_name", !"texture_buffer<float, read>", !"air.arg_name", !"t9"}
!20 = !{i32 10, !"air.texture", !"air.location_index", i32 10, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d<float, sample>", !"air.arg_name", !"t10"}
!21 = !{i32 11, !"air.texture", !"air.location_index", i32 11, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d_array<float, sample>", !"air.arg_name", !"t11"}
!22 = !{i32 12, !"air.texture", !"air.location_index", i32 12, i32 1, !"air.sample", !"air.arg_type_name", !"depthcube<float, sample>", !"air.arg_name", !"t12"}
!23 = !{i32 13, !"air.texture", !"air.location_index", i32 13, i32 1, !"air.sample", !"air.arg_type_name", !"depthcube_array<float, sample>", !"air.arg_name", !"t13"}
!24 = !{i32 14, !"air.texture", !"air.location_index", i32 14, i32 1, !"air.read", !"air.arg_type_name", !"depth2d_ms<float, read>", !"air.arg_name", !"t14"}
!25 = !{i32 15, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
