; args: --profile gles
; glsl: imageAtomicCompSwap
; want: image 0 binding 0 2d uint format 33 rw
; args: --profile vulkan --variant image=0,33 --variant image=1,24 --variant image=2,33 --variant image=3,33 --variant image=4,33
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %t0, ptr addrspace(1) %t1, ptr addrspace(1) %t2, ptr addrspace(1) %t3, ptr addrspace(1) %t4, ptr addrspace(1) %out) {
  %e = alloca <4 x i32>, align 16
  %a0 = call <4 x i32> @air.atomic_fetch_add_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x0 = extractelement <4 x i32> %a0, i32 0
  %o0 = getelementptr i32, ptr addrspace(1) %out, i32 0
  store i32 %x0, ptr addrspace(1) %o0, align 4
  %a1 = call <4 x i32> @air.atomic_fetch_sub_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x1 = extractelement <4 x i32> %a1, i32 0
  %o1 = getelementptr i32, ptr addrspace(1) %out, i32 1
  store i32 %x1, ptr addrspace(1) %o1, align 4
  %a2 = call <4 x i32> @air.atomic_fetch_min_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x2 = extractelement <4 x i32> %a2, i32 0
  %o2 = getelementptr i32, ptr addrspace(1) %out, i32 2
  store i32 %x2, ptr addrspace(1) %o2, align 4
  %a3 = call <4 x i32> @air.atomic_fetch_max_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x3 = extractelement <4 x i32> %a3, i32 0
  %o3 = getelementptr i32, ptr addrspace(1) %out, i32 3
  store i32 %x3, ptr addrspace(1) %o3, align 4
  %a4 = call <4 x i32> @air.atomic_fetch_and_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x4 = extractelement <4 x i32> %a4, i32 0
  %o4 = getelementptr i32, ptr addrspace(1) %out, i32 4
  store i32 %x4, ptr addrspace(1) %o4, align 4
  %a5 = call <4 x i32> @air.atomic_fetch_or_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x5 = extractelement <4 x i32> %a5, i32 0
  %o5 = getelementptr i32, ptr addrspace(1) %out, i32 5
  store i32 %x5, ptr addrspace(1) %o5, align 4
  %a6 = call <4 x i32> @air.atomic_fetch_xor_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x6 = extractelement <4 x i32> %a6, i32 0
  %o6 = getelementptr i32, ptr addrspace(1) %out, i32 6
  store i32 %x6, ptr addrspace(1) %o6, align 4
  %a7 = call <4 x i32> @air.atomic_exchange_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x7 = extractelement <4 x i32> %a7, i32 0
  %o7 = getelementptr i32, ptr addrspace(1) %out, i32 7
  store i32 %x7, ptr addrspace(1) %o7, align 4
  store <4 x i32> <i32 0, i32 0, i32 0, i32 0>, ptr %e, align 16
  %c0 = call i1 @air.atomic_compare_exchange_weak_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t0, <2 x i32> zeroinitializer, <2 x i32> zeroinitializer, ptr %e, <4 x i32> <i32 7, i32 0, i32 0, i32 0>, i32 0, i32 0, i32 3)
  %z0 = zext i1 %c0 to i32
  %y0 = getelementptr i32, ptr addrspace(1) %out, i32 100
  store i32 %z0, ptr addrspace(1) %y0, align 4
  %a8 = call <4 x i32> @air.atomic_fetch_add_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x8 = extractelement <4 x i32> %a8, i32 0
  %o8 = getelementptr i32, ptr addrspace(1) %out, i32 8
  store i32 %x8, ptr addrspace(1) %o8, align 4
  %a9 = call <4 x i32> @air.atomic_fetch_sub_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x9 = extractelement <4 x i32> %a9, i32 0
  %o9 = getelementptr i32, ptr addrspace(1) %out, i32 9
  store i32 %x9, ptr addrspace(1) %o9, align 4
  %a10 = call <4 x i32> @air.atomic_fetch_min_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x10 = extractelement <4 x i32> %a10, i32 0
  %o10 = getelementptr i32, ptr addrspace(1) %out, i32 10
  store i32 %x10, ptr addrspace(1) %o10, align 4
  %a11 = call <4 x i32> @air.atomic_fetch_max_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x11 = extractelement <4 x i32> %a11, i32 0
  %o11 = getelementptr i32, ptr addrspace(1) %out, i32 11
  store i32 %x11, ptr addrspace(1) %o11, align 4
  %a12 = call <4 x i32> @air.atomic_fetch_and_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x12 = extractelement <4 x i32> %a12, i32 0
  %o12 = getelementptr i32, ptr addrspace(1) %out, i32 12
  store i32 %x12, ptr addrspace(1) %o12, align 4
  %a13 = call <4 x i32> @air.atomic_fetch_or_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x13 = extractelement <4 x i32> %a13, i32 0
  %o13 = getelementptr i32, ptr addrspace(1) %out, i32 13
  store i32 %x13, ptr addrspace(1) %o13, align 4
  %a14 = call <4 x i32> @air.atomic_fetch_xor_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x14 = extractelement <4 x i32> %a14, i32 0
  %o14 = getelementptr i32, ptr addrspace(1) %out, i32 14
  store i32 %x14, ptr addrspace(1) %o14, align 4
  %a15 = call <4 x i32> @air.atomic_exchange_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x15 = extractelement <4 x i32> %a15, i32 0
  %o15 = getelementptr i32, ptr addrspace(1) %out, i32 15
  store i32 %x15, ptr addrspace(1) %o15, align 4
  store <4 x i32> <i32 1, i32 0, i32 0, i32 0>, ptr %e, align 16
  %c1 = call i1 @air.atomic_compare_exchange_weak_explicit_texture_3d.s.v4i32(ptr addrspace(1) %t1, <3 x i32> zeroinitializer, <3 x i32> zeroinitializer, ptr %e, <4 x i32> <i32 7, i32 0, i32 0, i32 0>, i32 0, i32 0, i32 3)
  %z1 = zext i1 %c1 to i32
  %y1 = getelementptr i32, ptr addrspace(1) %out, i32 101
  store i32 %z1, ptr addrspace(1) %y1, align 4
  %a16 = call <4 x i32> @air.atomic_fetch_add_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x16 = extractelement <4 x i32> %a16, i32 0
  %o16 = getelementptr i32, ptr addrspace(1) %out, i32 16
  store i32 %x16, ptr addrspace(1) %o16, align 4
  %a17 = call <4 x i32> @air.atomic_fetch_sub_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x17 = extractelement <4 x i32> %a17, i32 0
  %o17 = getelementptr i32, ptr addrspace(1) %out, i32 17
  store i32 %x17, ptr addrspace(1) %o17, align 4
  %a18 = call <4 x i32> @air.atomic_fetch_min_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x18 = extractelement <4 x i32> %a18, i32 0
  %o18 = getelementptr i32, ptr addrspace(1) %out, i32 18
  store i32 %x18, ptr addrspace(1) %o18, align 4
  %a19 = call <4 x i32> @air.atomic_fetch_max_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x19 = extractelement <4 x i32> %a19, i32 0
  %o19 = getelementptr i32, ptr addrspace(1) %out, i32 19
  store i32 %x19, ptr addrspace(1) %o19, align 4
  %a20 = call <4 x i32> @air.atomic_fetch_and_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x20 = extractelement <4 x i32> %a20, i32 0
  %o20 = getelementptr i32, ptr addrspace(1) %out, i32 20
  store i32 %x20, ptr addrspace(1) %o20, align 4
  %a21 = call <4 x i32> @air.atomic_fetch_or_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x21 = extractelement <4 x i32> %a21, i32 0
  %o21 = getelementptr i32, ptr addrspace(1) %out, i32 21
  store i32 %x21, ptr addrspace(1) %o21, align 4
  %a22 = call <4 x i32> @air.atomic_fetch_xor_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x22 = extractelement <4 x i32> %a22, i32 0
  %o22 = getelementptr i32, ptr addrspace(1) %out, i32 22
  store i32 %x22, ptr addrspace(1) %o22, align 4
  %a23 = call <4 x i32> @air.atomic_exchange_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x23 = extractelement <4 x i32> %a23, i32 0
  %o23 = getelementptr i32, ptr addrspace(1) %out, i32 23
  store i32 %x23, ptr addrspace(1) %o23, align 4
  store <4 x i32> <i32 2, i32 0, i32 0, i32 0>, ptr %e, align 16
  %c2 = call i1 @air.atomic_compare_exchange_weak_explicit_texture_2d_array.u.v4i32(ptr addrspace(1) %t2, <2 x i32> zeroinitializer, i32 1, <2 x i32> zeroinitializer, ptr %e, <4 x i32> <i32 7, i32 0, i32 0, i32 0>, i32 0, i32 0, i32 3)
  %z2 = zext i1 %c2 to i32
  %y2 = getelementptr i32, ptr addrspace(1) %out, i32 102
  store i32 %z2, ptr addrspace(1) %y2, align 4
  %a24 = call <4 x i32> @air.atomic_fetch_add_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x24 = extractelement <4 x i32> %a24, i32 0
  %o24 = getelementptr i32, ptr addrspace(1) %out, i32 24
  store i32 %x24, ptr addrspace(1) %o24, align 4
  %a25 = call <4 x i32> @air.atomic_fetch_sub_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x25 = extractelement <4 x i32> %a25, i32 0
  %o25 = getelementptr i32, ptr addrspace(1) %out, i32 25
  store i32 %x25, ptr addrspace(1) %o25, align 4
  %a26 = call <4 x i32> @air.atomic_fetch_min_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x26 = extractelement <4 x i32> %a26, i32 0
  %o26 = getelementptr i32, ptr addrspace(1) %out, i32 26
  store i32 %x26, ptr addrspace(1) %o26, align 4
  %a27 = call <4 x i32> @air.atomic_fetch_max_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x27 = extractelement <4 x i32> %a27, i32 0
  %o27 = getelementptr i32, ptr addrspace(1) %out, i32 27
  store i32 %x27, ptr addrspace(1) %o27, align 4
  %a28 = call <4 x i32> @air.atomic_fetch_and_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x28 = extractelement <4 x i32> %a28, i32 0
  %o28 = getelementptr i32, ptr addrspace(1) %out, i32 28
  store i32 %x28, ptr addrspace(1) %o28, align 4
  %a29 = call <4 x i32> @air.atomic_fetch_or_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x29 = extractelement <4 x i32> %a29, i32 0
  %o29 = getelementptr i32, ptr addrspace(1) %out, i32 29
  store i32 %x29, ptr addrspace(1) %o29, align 4
  %a30 = call <4 x i32> @air.atomic_fetch_xor_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x30 = extractelement <4 x i32> %a30, i32 0
  %o30 = getelementptr i32, ptr addrspace(1) %out, i32 30
  store i32 %x30, ptr addrspace(1) %o30, align 4
  %a31 = call <4 x i32> @air.atomic_exchange_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x31 = extractelement <4 x i32> %a31, i32 0
  %o31 = getelementptr i32, ptr addrspace(1) %out, i32 31
  store i32 %x31, ptr addrspace(1) %o31, align 4
  store <4 x i32> <i32 3, i32 0, i32 0, i32 0>, ptr %e, align 16
  %c3 = call i1 @air.atomic_compare_exchange_weak_explicit_texture_1d.u.v4i32(ptr addrspace(1) %t3, i32 3, ptr %e, <4 x i32> <i32 7, i32 0, i32 0, i32 0>, i32 0, i32 0, i32 3)
  %z3 = zext i1 %c3 to i32
  %y3 = getelementptr i32, ptr addrspace(1) %out, i32 103
  store i32 %z3, ptr addrspace(1) %y3, align 4
  %a32 = call <4 x i32> @air.atomic_fetch_add_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x32 = extractelement <4 x i32> %a32, i32 0
  %o32 = getelementptr i32, ptr addrspace(1) %out, i32 32
  store i32 %x32, ptr addrspace(1) %o32, align 4
  %a33 = call <4 x i32> @air.atomic_fetch_sub_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x33 = extractelement <4 x i32> %a33, i32 0
  %o33 = getelementptr i32, ptr addrspace(1) %out, i32 33
  store i32 %x33, ptr addrspace(1) %o33, align 4
  %a34 = call <4 x i32> @air.atomic_fetch_min_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x34 = extractelement <4 x i32> %a34, i32 0
  %o34 = getelementptr i32, ptr addrspace(1) %out, i32 34
  store i32 %x34, ptr addrspace(1) %o34, align 4
  %a35 = call <4 x i32> @air.atomic_fetch_max_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x35 = extractelement <4 x i32> %a35, i32 0
  %o35 = getelementptr i32, ptr addrspace(1) %out, i32 35
  store i32 %x35, ptr addrspace(1) %o35, align 4
  %a36 = call <4 x i32> @air.atomic_fetch_and_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x36 = extractelement <4 x i32> %a36, i32 0
  %o36 = getelementptr i32, ptr addrspace(1) %out, i32 36
  store i32 %x36, ptr addrspace(1) %o36, align 4
  %a37 = call <4 x i32> @air.atomic_fetch_or_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x37 = extractelement <4 x i32> %a37, i32 0
  %o37 = getelementptr i32, ptr addrspace(1) %out, i32 37
  store i32 %x37, ptr addrspace(1) %o37, align 4
  %a38 = call <4 x i32> @air.atomic_fetch_xor_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x38 = extractelement <4 x i32> %a38, i32 0
  %o38 = getelementptr i32, ptr addrspace(1) %out, i32 38
  store i32 %x38, ptr addrspace(1) %o38, align 4
  %a39 = call <4 x i32> @air.atomic_exchange_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %x39 = extractelement <4 x i32> %a39, i32 0
  %o39 = getelementptr i32, ptr addrspace(1) %out, i32 39
  store i32 %x39, ptr addrspace(1) %o39, align 4
  store <4 x i32> <i32 4, i32 0, i32 0, i32 0>, ptr %e, align 16
  %c4 = call i1 @air.atomic_compare_exchange_weak_explicit_texture_2d.u.v4i32.b(ptr addrspace(1) %t4, <2 x i32> zeroinitializer, ptr %e, <4 x i32> <i32 7, i32 0, i32 0, i32 0>, i32 0, i32 0, i32 3)
  %z4 = zext i1 %c4 to i32
  %y4 = getelementptr i32, ptr addrspace(1) %out, i32 104
  store i32 %z4, ptr addrspace(1) %y4, align 4
  ret void
}
declare <4 x i32> @air.atomic_exchange_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_exchange_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_exchange_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_exchange_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_exchange_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_add_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_add_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_add_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_add_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_add_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_and_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_and_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_and_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_and_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_and_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_max_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_max_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_max_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_max_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_max_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_min_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_min_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_min_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_min_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_min_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_or_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_or_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_or_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_or_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_or_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_sub_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_sub_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_sub_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_sub_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_sub_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_xor_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_xor_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_xor_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_xor_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_xor_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, <4 x i32>, i32, i32)
declare i1 @air.atomic_compare_exchange_weak_explicit_texture_1d.u.v4i32(ptr addrspace(1), i32, ptr, <4 x i32>, i32, i32, i32)
declare i1 @air.atomic_compare_exchange_weak_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <2 x i32>, ptr, <4 x i32>, i32, i32, i32)
declare i1 @air.atomic_compare_exchange_weak_explicit_texture_2d.u.v4i32.b(ptr addrspace(1), <2 x i32>, ptr, <4 x i32>, i32, i32, i32)
declare i1 @air.atomic_compare_exchange_weak_explicit_texture_2d_array.u.v4i32(ptr addrspace(1), <2 x i32>, i32, <2 x i32>, ptr, <4 x i32>, i32, i32, i32)
declare i1 @air.atomic_compare_exchange_weak_explicit_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, <3 x i32>, ptr, <4 x i32>, i32, i32, i32)

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12, !13, !14, !15}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.arg_type_name", !"texture2d<uint, read_write>", !"air.arg_name", !"t0"}
!11 = !{i32 1, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.arg_type_name", !"texture3d<int, read_write>", !"air.arg_name", !"t1"}
!12 = !{i32 2, !"air.texture", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.arg_type_name", !"texture2d_array<uint, read_write>", !"air.arg_name", !"t2"}
!13 = !{i32 3, !"air.texture", !"air.location_index", i32 3, i32 1, !"air.read_write", !"air.arg_type_name", !"texture1d<uint, read_write>", !"air.arg_name", !"t3"}
!14 = !{i32 4, !"air.texture", !"air.location_index", i32 4, i32 1, !"air.read_write", !"air.arg_type_name", !"texture2d<uint, read_write>", !"air.arg_name", !"t4"}
!15 = !{i32 5, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
