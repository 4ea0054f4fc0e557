; args: --profile gles
; want: stage kernel
; args: --profile vulkan
; want: flag subgroup-32
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %id) {
  %p = getelementptr i64, ptr addrspace(1) %in, i32 %id
  %a = load i64, ptr addrspace(1) %p, align 8
  %f = trunc i64 %a to i32
  %g = bitcast i32 %f to float
  %h = trunc i64 %a to i16
  %q = getelementptr i64, ptr addrspace(1) %out, i32 %id
  %r0 = call i64 @air.simd_sum.u.i64(i64 %a)
  %e0 = add i64 %r0, 0
  %x0 = xor i64 %a, %e0
  %r1 = call i32 @air.simd_sum.s.i32(i32 %f)
  %e1 = zext i32 %r1 to i64
  %x1 = xor i64 %x0, %e1
  %r2 = call float @air.simd_sum.f32(float %g)
  %b2 = bitcast float %r2 to i32
  %e2 = zext i32 %b2 to i64
  %x2 = xor i64 %x1, %e2
  %r3 = call i16 @air.simd_sum.s.i16(i16 %h)
  %e3 = zext i16 %r3 to i64
  %x3 = xor i64 %x2, %e3
  %r4 = call i64 @air.simd_product.u.i64(i64 %a)
  %e4 = add i64 %r4, 0
  %x4 = xor i64 %x3, %e4
  %r5 = call i32 @air.simd_product.s.i32(i32 %f)
  %e5 = zext i32 %r5 to i64
  %x5 = xor i64 %x4, %e5
  %r6 = call float @air.simd_product.f32(float %g)
  %b6 = bitcast float %r6 to i32
  %e6 = zext i32 %b6 to i64
  %x6 = xor i64 %x5, %e6
  %r7 = call i16 @air.simd_product.s.i16(i16 %h)
  %e7 = zext i16 %r7 to i64
  %x7 = xor i64 %x6, %e7
  %r8 = call i64 @air.simd_min.u.i64(i64 %a)
  %e8 = add i64 %r8, 0
  %x8 = xor i64 %x7, %e8
  %r9 = call i32 @air.simd_min.s.i32(i32 %f)
  %e9 = zext i32 %r9 to i64
  %x9 = xor i64 %x8, %e9
  %r10 = call float @air.simd_min.f32(float %g)
  %b10 = bitcast float %r10 to i32
  %e10 = zext i32 %b10 to i64
  %x10 = xor i64 %x9, %e10
  %r11 = call i16 @air.simd_min.s.i16(i16 %h)
  %e11 = zext i16 %r11 to i64
  %x11 = xor i64 %x10, %e11
  %r12 = call i64 @air.simd_max.u.i64(i64 %a)
  %e12 = add i64 %r12, 0
  %x12 = xor i64 %x11, %e12
  %r13 = call i32 @air.simd_max.s.i32(i32 %f)
  %e13 = zext i32 %r13 to i64
  %x13 = xor i64 %x12, %e13
  %r14 = call float @air.simd_max.f32(float %g)
  %b14 = bitcast float %r14 to i32
  %e14 = zext i32 %b14 to i64
  %x14 = xor i64 %x13, %e14
  %r15 = call i16 @air.simd_max.s.i16(i16 %h)
  %e15 = zext i16 %r15 to i64
  %x15 = xor i64 %x14, %e15
  %r16 = call i64 @air.simd_and.u.i64(i64 %a)
  %e16 = add i64 %r16, 0
  %x16 = xor i64 %x15, %e16
  %r17 = call i32 @air.simd_and.s.i32(i32 %f)
  %e17 = zext i32 %r17 to i64
  %x17 = xor i64 %x16, %e17
  %r18 = call i16 @air.simd_and.u.i16(i16 %h)
  %e18 = zext i16 %r18 to i64
  %x18 = xor i64 %x17, %e18
  %r19 = call i64 @air.simd_or.s.i64(i64 %a)
  %e19 = add i64 %r19, 0
  %x19 = xor i64 %x18, %e19
  %r20 = call i32 @air.simd_or.u.i32(i32 %f)
  %e20 = zext i32 %r20 to i64
  %x20 = xor i64 %x19, %e20
  %r21 = call i16 @air.simd_or.s.i16(i16 %h)
  %e21 = zext i16 %r21 to i64
  %x21 = xor i64 %x20, %e21
  %r22 = call i64 @air.simd_xor.u.i64(i64 %a)
  %e22 = add i64 %r22, 0
  %x22 = xor i64 %x21, %e22
  %r23 = call i32 @air.simd_xor.s.i32(i32 %f)
  %e23 = zext i32 %r23 to i64
  %x23 = xor i64 %x22, %e23
  %r24 = call i16 @air.simd_xor.u.i16(i16 %h)
  %e24 = zext i16 %r24 to i64
  %x24 = xor i64 %x23, %e24
  %r25 = call i64 @air.simd_prefix_inclusive_sum.s.i64(i64 %a)
  %e25 = add i64 %r25, 0
  %x25 = xor i64 %x24, %e25
  %r26 = call i32 @air.simd_prefix_inclusive_sum.u.i32(i32 %f)
  %e26 = zext i32 %r26 to i64
  %x26 = xor i64 %x25, %e26
  %r27 = call float @air.simd_prefix_inclusive_sum.f32(float %g)
  %b27 = bitcast float %r27 to i32
  %e27 = zext i32 %b27 to i64
  %x27 = xor i64 %x26, %e27
  %r28 = call i16 @air.simd_prefix_inclusive_sum.u.i16(i16 %h)
  %e28 = zext i16 %r28 to i64
  %x28 = xor i64 %x27, %e28
  %r29 = call i64 @air.simd_prefix_exclusive_sum.s.i64(i64 %a)
  %e29 = add i64 %r29, 0
  %x29 = xor i64 %x28, %e29
  %r30 = call i32 @air.simd_prefix_exclusive_sum.u.i32(i32 %f)
  %e30 = zext i32 %r30 to i64
  %x30 = xor i64 %x29, %e30
  %r31 = call float @air.simd_prefix_exclusive_sum.f32(float %g)
  %b31 = bitcast float %r31 to i32
  %e31 = zext i32 %b31 to i64
  %x31 = xor i64 %x30, %e31
  %r32 = call i16 @air.simd_prefix_exclusive_sum.u.i16(i16 %h)
  %e32 = zext i16 %r32 to i64
  %x32 = xor i64 %x31, %e32
  %r33 = call i64 @air.simd_prefix_inclusive_product.s.i64(i64 %a)
  %e33 = add i64 %r33, 0
  %x33 = xor i64 %x32, %e33
  %r34 = call i32 @air.simd_prefix_inclusive_product.u.i32(i32 %f)
  %e34 = zext i32 %r34 to i64
  %x34 = xor i64 %x33, %e34
  %r35 = call float @air.simd_prefix_inclusive_product.f32(float %g)
  %b35 = bitcast float %r35 to i32
  %e35 = zext i32 %b35 to i64
  %x35 = xor i64 %x34, %e35
  %r36 = call i16 @air.simd_prefix_inclusive_product.u.i16(i16 %h)
  %e36 = zext i16 %r36 to i64
  %x36 = xor i64 %x35, %e36
  %r37 = call i64 @air.simd_prefix_exclusive_product.s.i64(i64 %a)
  %e37 = add i64 %r37, 0
  %x37 = xor i64 %x36, %e37
  %r38 = call i32 @air.simd_prefix_exclusive_product.u.i32(i32 %f)
  %e38 = zext i32 %r38 to i64
  %x38 = xor i64 %x37, %e38
  %r39 = call float @air.simd_prefix_exclusive_product.f32(float %g)
  %b39 = bitcast float %r39 to i32
  %e39 = zext i32 %b39 to i64
  %x39 = xor i64 %x38, %e39
  %r40 = call i16 @air.simd_prefix_exclusive_product.u.i16(i16 %h)
  %e40 = zext i16 %r40 to i64
  %x40 = xor i64 %x39, %e40
  %r41 = call i64 @air.quad_sum.s.i64(i64 %a)
  %e41 = add i64 %r41, 0
  %x41 = xor i64 %x40, %e41
  %r42 = call i32 @air.quad_sum.u.i32(i32 %f)
  %e42 = zext i32 %r42 to i64
  %x42 = xor i64 %x41, %e42
  %r43 = call float @air.quad_sum.f32(float %g)
  %b43 = bitcast float %r43 to i32
  %e43 = zext i32 %b43 to i64
  %x43 = xor i64 %x42, %e43
  %r44 = call i16 @air.quad_sum.u.i16(i16 %h)
  %e44 = zext i16 %r44 to i64
  %x44 = xor i64 %x43, %e44
  %r45 = call i64 @air.quad_product.s.i64(i64 %a)
  %e45 = add i64 %r45, 0
  %x45 = xor i64 %x44, %e45
  %r46 = call i32 @air.quad_product.u.i32(i32 %f)
  %e46 = zext i32 %r46 to i64
  %x46 = xor i64 %x45, %e46
  %r47 = call float @air.quad_product.f32(float %g)
  %b47 = bitcast float %r47 to i32
  %e47 = zext i32 %b47 to i64
  %x47 = xor i64 %x46, %e47
  %r48 = call i16 @air.quad_product.u.i16(i16 %h)
  %e48 = zext i16 %r48 to i64
  %x48 = xor i64 %x47, %e48
  %r49 = call i64 @air.quad_min.s.i64(i64 %a)
  %e49 = add i64 %r49, 0
  %x49 = xor i64 %x48, %e49
  %r50 = call i32 @air.quad_min.u.i32(i32 %f)
  %e50 = zext i32 %r50 to i64
  %x50 = xor i64 %x49, %e50
  %r51 = call float @air.quad_min.f32(float %g)
  %b51 = bitcast float %r51 to i32
  %e51 = zext i32 %b51 to i64
  %x51 = xor i64 %x50, %e51
  %r52 = call i16 @air.quad_min.u.i16(i16 %h)
  %e52 = zext i16 %r52 to i64
  %x52 = xor i64 %x51, %e52
  %r53 = call i64 @air.quad_max.s.i64(i64 %a)
  %e53 = add i64 %r53, 0
  %x53 = xor i64 %x52, %e53
  %r54 = call i32 @air.quad_max.u.i32(i32 %f)
  %e54 = zext i32 %r54 to i64
  %x54 = xor i64 %x53, %e54
  %r55 = call float @air.quad_max.f32(float %g)
  %b55 = bitcast float %r55 to i32
  %e55 = zext i32 %b55 to i64
  %x55 = xor i64 %x54, %e55
  %r56 = call i16 @air.quad_max.u.i16(i16 %h)
  %e56 = zext i16 %r56 to i64
  %x56 = xor i64 %x55, %e56
  %r57 = call i64 @air.quad_and.s.i64(i64 %a)
  %e57 = add i64 %r57, 0
  %x57 = xor i64 %x56, %e57
  %r58 = call i32 @air.quad_and.u.i32(i32 %f)
  %e58 = zext i32 %r58 to i64
  %x58 = xor i64 %x57, %e58
  %r59 = call i16 @air.quad_and.s.i16(i16 %h)
  %e59 = zext i16 %r59 to i64
  %x59 = xor i64 %x58, %e59
  %r60 = call i64 @air.quad_or.u.i64(i64 %a)
  %e60 = add i64 %r60, 0
  %x60 = xor i64 %x59, %e60
  %r61 = call i32 @air.quad_or.s.i32(i32 %f)
  %e61 = zext i32 %r61 to i64
  %x61 = xor i64 %x60, %e61
  %r62 = call i16 @air.quad_or.u.i16(i16 %h)
  %e62 = zext i16 %r62 to i64
  %x62 = xor i64 %x61, %e62
  %r63 = call i64 @air.quad_xor.s.i64(i64 %a)
  %e63 = add i64 %r63, 0
  %x63 = xor i64 %x62, %e63
  %r64 = call i32 @air.quad_xor.u.i32(i32 %f)
  %e64 = zext i32 %r64 to i64
  %x64 = xor i64 %x63, %e64
  %r65 = call i16 @air.quad_xor.s.i16(i16 %h)
  %e65 = zext i16 %r65 to i64
  %x65 = xor i64 %x64, %e65
  %r66 = call i64 @air.quad_prefix_inclusive_sum.u.i64(i64 %a)
  %e66 = add i64 %r66, 0
  %x66 = xor i64 %x65, %e66
  %r67 = call i32 @air.quad_prefix_inclusive_sum.s.i32(i32 %f)
  %e67 = zext i32 %r67 to i64
  %x67 = xor i64 %x66, %e67
  %r68 = call float @air.quad_prefix_inclusive_sum.f32(float %g)
  %b68 = bitcast float %r68 to i32
  %e68 = zext i32 %b68 to i64
  %x68 = xor i64 %x67, %e68
  %r69 = call i16 @air.quad_prefix_inclusive_sum.s.i16(i16 %h)
  %e69 = zext i16 %r69 to i64
  %x69 = xor i64 %x68, %e69
  %r70 = call i64 @air.quad_prefix_exclusive_sum.u.i64(i64 %a)
  %e70 = add i64 %r70, 0
  %x70 = xor i64 %x69, %e70
  %r71 = call i32 @air.quad_prefix_exclusive_sum.s.i32(i32 %f)
  %e71 = zext i32 %r71 to i64
  %x71 = xor i64 %x70, %e71
  %r72 = call float @air.quad_prefix_exclusive_sum.f32(float %g)
  %b72 = bitcast float %r72 to i32
  %e72 = zext i32 %b72 to i64
  %x72 = xor i64 %x71, %e72
  %r73 = call i16 @air.quad_prefix_exclusive_sum.s.i16(i16 %h)
  %e73 = zext i16 %r73 to i64
  %x73 = xor i64 %x72, %e73
  %r74 = call i64 @air.quad_prefix_inclusive_product.u.i64(i64 %a)
  %e74 = add i64 %r74, 0
  %x74 = xor i64 %x73, %e74
  %r75 = call i32 @air.quad_prefix_inclusive_product.s.i32(i32 %f)
  %e75 = zext i32 %r75 to i64
  %x75 = xor i64 %x74, %e75
  %r76 = call float @air.quad_prefix_inclusive_product.f32(float %g)
  %b76 = bitcast float %r76 to i32
  %e76 = zext i32 %b76 to i64
  %x76 = xor i64 %x75, %e76
  %r77 = call i16 @air.quad_prefix_inclusive_product.s.i16(i16 %h)
  %e77 = zext i16 %r77 to i64
  %x77 = xor i64 %x76, %e77
  %r78 = call i64 @air.quad_prefix_exclusive_product.u.i64(i64 %a)
  %e78 = add i64 %r78, 0
  %x78 = xor i64 %x77, %e78
  %r79 = call i32 @air.quad_prefix_exclusive_product.s.i32(i32 %f)
  %e79 = zext i32 %r79 to i64
  %x79 = xor i64 %x78, %e79
  %r80 = call float @air.quad_prefix_exclusive_product.f32(float %g)
  %b80 = bitcast float %r80 to i32
  %e80 = zext i32 %b80 to i64
  %x80 = xor i64 %x79, %e80
  %r81 = call i16 @air.quad_prefix_exclusive_product.s.i16(i16 %h)
  %e81 = zext i16 %r81 to i64
  %x81 = xor i64 %x80, %e81
  store i64 %x81, ptr addrspace(1) %q, align 8
  ret void
}
declare i64 @air.simd_sum.u.i64(i64) convergent
declare i32 @air.simd_sum.s.i32(i32) convergent
declare float @air.simd_sum.f32(float) convergent
declare i16 @air.simd_sum.s.i16(i16) convergent
declare i64 @air.simd_product.u.i64(i64) convergent
declare i32 @air.simd_product.s.i32(i32) convergent
declare float @air.simd_product.f32(float) convergent
declare i16 @air.simd_product.s.i16(i16) convergent
declare i64 @air.simd_min.u.i64(i64) convergent
declare i32 @air.simd_min.s.i32(i32) convergent
declare float @air.simd_min.f32(float) convergent
declare i16 @air.simd_min.s.i16(i16) convergent
declare i64 @air.simd_max.u.i64(i64) convergent
declare i32 @air.simd_max.s.i32(i32) convergent
declare float @air.simd_max.f32(float) convergent
declare i16 @air.simd_max.s.i16(i16) convergent
declare i64 @air.simd_and.u.i64(i64) convergent
declare i32 @air.simd_and.s.i32(i32) convergent
declare i16 @air.simd_and.u.i16(i16) convergent
declare i64 @air.simd_or.s.i64(i64) convergent
declare i32 @air.simd_or.u.i32(i32) convergent
declare i16 @air.simd_or.s.i16(i16) convergent
declare i64 @air.simd_xor.u.i64(i64) convergent
declare i32 @air.simd_xor.s.i32(i32) convergent
declare i16 @air.simd_xor.u.i16(i16) convergent
declare i64 @air.simd_prefix_inclusive_sum.s.i64(i64) convergent
declare i32 @air.simd_prefix_inclusive_sum.u.i32(i32) convergent
declare float @air.simd_prefix_inclusive_sum.f32(float) convergent
declare i16 @air.simd_prefix_inclusive_sum.u.i16(i16) convergent
declare i64 @air.simd_prefix_exclusive_sum.s.i64(i64) convergent
declare i32 @air.simd_prefix_exclusive_sum.u.i32(i32) convergent
declare float @air.simd_prefix_exclusive_sum.f32(float) convergent
declare i16 @air.simd_prefix_exclusive_sum.u.i16(i16) convergent
declare i64 @air.simd_prefix_inclusive_product.s.i64(i64) convergent
declare i32 @air.simd_prefix_inclusive_product.u.i32(i32) convergent
declare float @air.simd_prefix_inclusive_product.f32(float) convergent
declare i16 @air.simd_prefix_inclusive_product.u.i16(i16) convergent
declare i64 @air.simd_prefix_exclusive_product.s.i64(i64) convergent
declare i32 @air.simd_prefix_exclusive_product.u.i32(i32) convergent
declare float @air.simd_prefix_exclusive_product.f32(float) convergent
declare i16 @air.simd_prefix_exclusive_product.u.i16(i16) convergent
declare i64 @air.quad_sum.s.i64(i64) convergent
declare i32 @air.quad_sum.u.i32(i32) convergent
declare float @air.quad_sum.f32(float) convergent
declare i16 @air.quad_sum.u.i16(i16) convergent
declare i64 @air.quad_product.s.i64(i64) convergent
declare i32 @air.quad_product.u.i32(i32) convergent
declare float @air.quad_product.f32(float) convergent
declare i16 @air.quad_product.u.i16(i16) convergent
declare i64 @air.quad_min.s.i64(i64) convergent
declare i32 @air.quad_min.u.i32(i32) convergent
declare float @air.quad_min.f32(float) convergent
declare i16 @air.quad_min.u.i16(i16) convergent
declare i64 @air.quad_max.s.i64(i64) convergent
declare i32 @air.quad_max.u.i32(i32) convergent
declare float @air.quad_max.f32(float) convergent
declare i16 @air.quad_max.u.i16(i16) convergent
declare i64 @air.quad_and.s.i64(i64) convergent
declare i32 @air.quad_and.u.i32(i32) convergent
declare i16 @air.quad_and.s.i16(i16) convergent
declare i64 @air.quad_or.u.i64(i64) convergent
declare i32 @air.quad_or.s.i32(i32) convergent
declare i16 @air.quad_or.u.i16(i16) convergent
declare i64 @air.quad_xor.s.i64(i64) convergent
declare i32 @air.quad_xor.u.i32(i32) convergent
declare i16 @air.quad_xor.s.i16(i16) convergent
declare i64 @air.quad_prefix_inclusive_sum.u.i64(i64) convergent
declare i32 @air.quad_prefix_inclusive_sum.s.i32(i32) convergent
declare float @air.quad_prefix_inclusive_sum.f32(float) convergent
declare i16 @air.quad_prefix_inclusive_sum.s.i16(i16) convergent
declare i64 @air.quad_prefix_exclusive_sum.u.i64(i64) convergent
declare i32 @air.quad_prefix_exclusive_sum.s.i32(i32) convergent
declare float @air.quad_prefix_exclusive_sum.f32(float) convergent
declare i16 @air.quad_prefix_exclusive_sum.s.i16(i16) convergent
declare i64 @air.quad_prefix_inclusive_product.u.i64(i64) convergent
declare i32 @air.quad_prefix_inclusive_product.s.i32(i32) convergent
declare float @air.quad_prefix_inclusive_product.f32(float) convergent
declare i16 @air.quad_prefix_inclusive_product.s.i16(i16) convergent
declare i64 @air.quad_prefix_exclusive_product.u.i64(i64) convergent
declare i32 @air.quad_prefix_exclusive_product.s.i32(i32) convergent
declare float @air.quad_prefix_exclusive_product.f32(float) convergent
declare i16 @air.quad_prefix_exclusive_product.s.i16(i16) convergent

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11, !12}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"in"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
!12 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"thread_position_in_grid"}
