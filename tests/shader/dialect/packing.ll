; args: --profile gles
; want: buffer 0 binding 0 r 88 bytes
; args: --profile vulkan
; want: buffer 1 binding 2 rw 176 bytes
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define void @k(ptr addrspace(1) %in, ptr addrspace(1) %out) {
  %i0f32 = getelementptr i64, ptr addrspace(1) %in, i64 0
  %w0f32 = load i32, ptr addrspace(1) %i0f32, align 8
  %u0f32 = call <4 x float> @air.unpack.unorm4x8.v4f32(i32 %w0f32)
  %d0f32 = fadd <4 x float> %u0f32, %u0f32
  %p0f32 = call i32 @air.pack.unorm4x8.v4f32(<4 x float> %d0f32)
  %o0f32 = getelementptr i64, ptr addrspace(1) %out, i64 0
  store i32 %p0f32, ptr addrspace(1) %o0f32, align 8
  %i0f16 = getelementptr i64, ptr addrspace(1) %in, i64 0
  %w0f16 = load i32, ptr addrspace(1) %i0f16, align 8
  %u0f16 = call <4 x half> @air.unpack.unorm4x8.v4f16(i32 %w0f16)
  %d0f16 = fadd <4 x half> %u0f16, %u0f16
  %p0f16 = call i32 @air.pack.unorm4x8.v4f16(<4 x half> %d0f16)
  %o0f16 = getelementptr i64, ptr addrspace(1) %out, i64 1
  store i32 %p0f16, ptr addrspace(1) %o0f16, align 8
  %i1f32 = getelementptr i64, ptr addrspace(1) %in, i64 1
  %w1f32 = load i32, ptr addrspace(1) %i1f32, align 8
  %u1f32 = call <4 x float> @air.unpack.snorm4x8.v4f32(i32 %w1f32)
  %d1f32 = fadd <4 x float> %u1f32, %u1f32
  %p1f32 = call i32 @air.pack.snorm4x8.v4f32(<4 x float> %d1f32)
  %o1f32 = getelementptr i64, ptr addrspace(1) %out, i64 2
  store i32 %p1f32, ptr addrspace(1) %o1f32, align 8
  %i1f16 = getelementptr i64, ptr addrspace(1) %in, i64 1
  %w1f16 = load i32, ptr addrspace(1) %i1f16, align 8
  %u1f16 = call <4 x half> @air.unpack.snorm4x8.v4f16(i32 %w1f16)
  %d1f16 = fadd <4 x half> %u1f16, %u1f16
  %p1f16 = call i32 @air.pack.snorm4x8.v4f16(<4 x half> %d1f16)
  %o1f16 = getelementptr i64, ptr addrspace(1) %out, i64 3
  store i32 %p1f16, ptr addrspace(1) %o1f16, align 8
  %i2f32 = getelementptr i64, ptr addrspace(1) %in, i64 2
  %w2f32 = load i32, ptr addrspace(1) %i2f32, align 8
  %u2f32 = call <4 x float> @air.unpack.unorm4x8.srgb.v4f32(i32 %w2f32)
  %d2f32 = fadd <4 x float> %u2f32, %u2f32
  %p2f32 = call i32 @air.pack.unorm4x8.srgb.v4f32(<4 x float> %d2f32)
  %o2f32 = getelementptr i64, ptr addrspace(1) %out, i64 4
  store i32 %p2f32, ptr addrspace(1) %o2f32, align 8
  %i2f16 = getelementptr i64, ptr addrspace(1) %in, i64 2
  %w2f16 = load i32, ptr addrspace(1) %i2f16, align 8
  %u2f16 = call <4 x half> @air.unpack.unorm4x8.srgb.v4f16(i32 %w2f16)
  %d2f16 = fadd <4 x half> %u2f16, %u2f16
  %p2f16 = call i32 @air.pack.unorm4x8.srgb.v4f16(<4 x half> %d2f16)
  %o2f16 = getelementptr i64, ptr addrspace(1) %out, i64 5
  store i32 %p2f16, ptr addrspace(1) %o2f16, align 8
  %i3f32 = getelementptr i64, ptr addrspace(1) %in, i64 3
  %w3f32 = load i32, ptr addrspace(1) %i3f32, align 8
  %u3f32 = call <2 x float> @air.unpack.unorm2x16.v2f32(i32 %w3f32)
  %d3f32 = fadd <2 x float> %u3f32, %u3f32
  %p3f32 = call i32 @air.pack.unorm2x16.v2f32(<2 x float> %d3f32)
  %o3f32 = getelementptr i64, ptr addrspace(1) %out, i64 6
  store i32 %p3f32, ptr addrspace(1) %o3f32, align 8
  %i3f16 = getelementptr i64, ptr addrspace(1) %in, i64 3
  %w3f16 = load i32, ptr addrspace(1) %i3f16, align 8
  %u3f16 = call <2 x half> @air.unpack.unorm2x16.v2f16(i32 %w3f16)
  %d3f16 = fadd <2 x half> %u3f16, %u3f16
  %p3f16 = call i32 @air.pack.unorm2x16.v2f16(<2 x half> %d3f16)
  %o3f16 = getelementptr i64, ptr addrspace(1) %out, i64 7
  store i32 %p3f16, ptr addrspace(1) %o3f16, align 8
  %i4f32 = getelementptr i64, ptr addrspace(1) %in, i64 4
  %w4f32 = load i32, ptr addrspace(1) %i4f32, align 8
  %u4f32 = call <2 x float> @air.unpack.snorm2x16.v2f32(i32 %w4f32)
  %d4f32 = fadd <2 x float> %u4f32, %u4f32
  %p4f32 = call i32 @air.pack.snorm2x16.v2f32(<2 x float> %d4f32)
  %o4f32 = getelementptr i64, ptr addrspace(1) %out, i64 8
  store i32 %p4f32, ptr addrspace(1) %o4f32, align 8
  %i4f16 = getelementptr i64, ptr addrspace(1) %in, i64 4
  %w4f16 = load i32, ptr addrspace(1) %i4f16, align 8
  %u4f16 = call <2 x half> @air.unpack.snorm2x16.v2f16(i32 %w4f16)
  %d4f16 = fadd <2 x half> %u4f16, %u4f16
  %p4f16 = call i32 @air.pack.snorm2x16.v2f16(<2 x half> %d4f16)
  %o4f16 = getelementptr i64, ptr addrspace(1) %out, i64 9
  store i32 %p4f16, ptr addrspace(1) %o4f16, align 8
  %i5f32 = getelementptr i64, ptr addrspace(1) %in, i64 5
  %w5f32 = load i32, ptr addrspace(1) %i5f32, align 8
  %u5f32 = call <4 x float> @air.unpack.unorm.rgb10a2.v4f32(i32 %w5f32)
  %d5f32 = fadd <4 x float> %u5f32, %u5f32
  %p5f32 = call i32 @air.pack.unorm.rgb10a2.v4f32(<4 x float> %d5f32)
  %o5f32 = getelementptr i64, ptr addrspace(1) %out, i64 10
  store i32 %p5f32, ptr addrspace(1) %o5f32, align 8
  %i5f16 = getelementptr i64, ptr addrspace(1) %in, i64 5
  %w5f16 = load i32, ptr addrspace(1) %i5f16, align 8
  %u5f16 = call <4 x half> @air.unpack.unorm.rgb10a2.v4f16(i32 %w5f16)
  %d5f16 = fadd <4 x half> %u5f16, %u5f16
  %p5f16 = call i32 @air.pack.unorm.rgb10a2.v4f16(<4 x half> %d5f16)
  %o5f16 = getelementptr i64, ptr addrspace(1) %out, i64 11
  store i32 %p5f16, ptr addrspace(1) %o5f16, align 8
  %i6f32 = getelementptr i64, ptr addrspace(1) %in, i64 6
  %w6f32 = load i16, ptr addrspace(1) %i6f32, align 8
  %u6f32 = call <3 x float> @air.unpack.unorm.rgb565.v3f32(i16 %w6f32)
  %d6f32 = fadd <3 x float> %u6f32, %u6f32
  %p6f32 = call i16 @air.pack.unorm.rgb565.v3f32(<3 x float> %d6f32)
  %o6f32 = getelementptr i64, ptr addrspace(1) %out, i64 12
  store i16 %p6f32, ptr addrspace(1) %o6f32, align 8
  %i6f16 = getelementptr i64, ptr addrspace(1) %in, i64 6
  %w6f16 = load i16, ptr addrspace(1) %i6f16, align 8
  %u6f16 = call <3 x half> @air.unpack.unorm.rgb565.v3f16(i16 %w6f16)
  %d6f16 = fadd <3 x half> %u6f16, %u6f16
  %p6f16 = call i16 @air.pack.unorm.rgb565.v3f16(<3 x half> %d6f16)
  %o6f16 = getelementptr i64, ptr addrspace(1) %out, i64 13
  store i16 %p6f16, ptr addrspace(1) %o6f16, align 8
  %i7f32 = getelementptr i64, ptr addrspace(1) %in, i64 7
  %w7f32 = load i32, ptr addrspace(1) %i7f32, align 8
  %u7f32 = call <3 x float> @air.unpack.unorm.rg11b10f.v3f32(i32 %w7f32)
  %d7f32 = fadd <3 x float> %u7f32, %u7f32
  %p7f32 = call i32 @air.pack.unorm.rg11b10f.v3f32(<3 x float> %d7f32)
  %o7f32 = getelementptr i64, ptr addrspace(1) %out, i64 14
  store i32 %p7f32, ptr addrspace(1) %o7f32, align 8
  %i7f16 = getelementptr i64, ptr addrspace(1) %in, i64 7
  %w7f16 = load i32, ptr addrspace(1) %i7f16, align 8
  %u7f16 = call <3 x half> @air.unpack.unorm.rg11b10f.v3f16(i32 %w7f16)
  %d7f16 = fadd <3 x half> %u7f16, %u7f16
  %p7f16 = call i32 @air.pack.unorm.rg11b10f.v3f16(<3 x half> %d7f16)
  %o7f16 = getelementptr i64, ptr addrspace(1) %out, i64 15
  store i32 %p7f16, ptr addrspace(1) %o7f16, align 8
  %i8f32 = getelementptr i64, ptr addrspace(1) %in, i64 8
  %w8f32 = load i32, ptr addrspace(1) %i8f32, align 8
  %u8f32 = call <3 x float> @air.unpack.unorm.rgb9e5.v3f32(i32 %w8f32)
  %d8f32 = fadd <3 x float> %u8f32, %u8f32
  %p8f32 = call i32 @air.pack.unorm.rgb9e5.v3f32(<3 x float> %d8f32)
  %o8f32 = getelementptr i64, ptr addrspace(1) %out, i64 16
  store i32 %p8f32, ptr addrspace(1) %o8f32, align 8
  %i8f16 = getelementptr i64, ptr addrspace(1) %in, i64 8
  %w8f16 = load i32, ptr addrspace(1) %i8f16, align 8
  %u8f16 = call <3 x half> @air.unpack.unorm.rgb9e5.v3f16(i32 %w8f16)
  %d8f16 = fadd <3 x half> %u8f16, %u8f16
  %p8f16 = call i32 @air.pack.unorm.rgb9e5.v3f16(<3 x half> %d8f16)
  %o8f16 = getelementptr i64, ptr addrspace(1) %out, i64 17
  store i32 %p8f16, ptr addrspace(1) %o8f16, align 8
  %i9f32 = getelementptr i64, ptr addrspace(1) %in, i64 9
  %w9f32 = load i64, ptr addrspace(1) %i9f32, align 8
  %u9f32 = call <4 x float> @air.unpack.unorm4x16.v4f32(i64 %w9f32)
  %d9f32 = fadd <4 x float> %u9f32, %u9f32
  %p9f32 = call i64 @air.pack.unorm4x16.v4f32(<4 x float> %d9f32)
  %o9f32 = getelementptr i64, ptr addrspace(1) %out, i64 18
  store i64 %p9f32, ptr addrspace(1) %o9f32, align 8
  %i9f16 = getelementptr i64, ptr addrspace(1) %in, i64 9
  %w9f16 = load i64, ptr addrspace(1) %i9f16, align 8
  %u9f16 = call <4 x half> @air.unpack.unorm4x16.v4f16(i64 %w9f16)
  %d9f16 = fadd <4 x half> %u9f16, %u9f16
  %p9f16 = call i64 @air.pack.unorm4x16.v4f16(<4 x half> %d9f16)
  %o9f16 = getelementptr i64, ptr addrspace(1) %out, i64 19
  store i64 %p9f16, ptr addrspace(1) %o9f16, align 8
  %i10f32 = getelementptr i64, ptr addrspace(1) %in, i64 10
  %w10f32 = load i64, ptr addrspace(1) %i10f32, align 8
  %u10f32 = call <4 x float> @air.unpack.snorm4x16.v4f32(i64 %w10f32)
  %d10f32 = fadd <4 x float> %u10f32, %u10f32
  %p10f32 = call i64 @air.pack.snorm4x16.v4f32(<4 x float> %d10f32)
  %o10f32 = getelementptr i64, ptr addrspace(1) %out, i64 20
  store i64 %p10f32, ptr addrspace(1) %o10f32, align 8
  %i10f16 = getelementptr i64, ptr addrspace(1) %in, i64 10
  %w10f16 = load i64, ptr addrspace(1) %i10f16, align 8
  %u10f16 = call <4 x half> @air.unpack.snorm4x16.v4f16(i64 %w10f16)
  %d10f16 = fadd <4 x half> %u10f16, %u10f16
  %p10f16 = call i64 @air.pack.snorm4x16.v4f16(<4 x half> %d10f16)
  %o10f16 = getelementptr i64, ptr addrspace(1) %out, i64 21
  store i64 %p10f16, ptr addrspace(1) %o10f16, align 8
  ret void
}
declare <4 x float> @air.unpack.unorm4x8.v4f32(i32)
declare i32 @air.pack.unorm4x8.v4f32(<4 x float>)
declare <4 x half> @air.unpack.unorm4x8.v4f16(i32)
declare i32 @air.pack.unorm4x8.v4f16(<4 x half>)
declare <4 x float> @air.unpack.snorm4x8.v4f32(i32)
declare i32 @air.pack.snorm4x8.v4f32(<4 x float>)
declare <4 x half> @air.unpack.snorm4x8.v4f16(i32)
declare i32 @air.pack.snorm4x8.v4f16(<4 x half>)
declare <4 x float> @air.unpack.unorm4x8.srgb.v4f32(i32)
declare i32 @air.pack.unorm4x8.srgb.v4f32(<4 x float>)
declare <4 x half> @air.unpack.unorm4x8.srgb.v4f16(i32)
declare i32 @air.pack.unorm4x8.srgb.v4f16(<4 x half>)
declare <2 x float> @air.unpack.unorm2x16.v2f32(i32)
declare i32 @air.pack.unorm2x16.v2f32(<2 x float>)
declare <2 x half> @air.unpack.unorm2x16.v2f16(i32)
declare i32 @air.pack.unorm2x16.v2f16(<2 x half>)
declare <2 x float> @air.unpack.snorm2x16.v2f32(i32)
declare i32 @air.pack.snorm2x16.v2f32(<2 x float>)
declare <2 x half> @air.unpack.snorm2x16.v2f16(i32)
declare i32 @air.pack.snorm2x16.v2f16(<2 x half>)
declare <4 x float> @air.unpack.unorm.rgb10a2.v4f32(i32)
declare i32 @air.pack.unorm.rgb10a2.v4f32(<4 x float>)
declare <4 x half> @air.unpack.unorm.rgb10a2.v4f16(i32)
declare i32 @air.pack.unorm.rgb10a2.v4f16(<4 x half>)
declare <3 x float> @air.unpack.unorm.rgb565.v3f32(i16)
declare i16 @air.pack.unorm.rgb565.v3f32(<3 x float>)
declare <3 x half> @air.unpack.unorm.rgb565.v3f16(i16)
declare i16 @air.pack.unorm.rgb565.v3f16(<3 x half>)
declare <3 x float> @air.unpack.unorm.rg11b10f.v3f32(i32)
declare i32 @air.pack.unorm.rg11b10f.v3f32(<3 x float>)
declare <3 x half> @air.unpack.unorm.rg11b10f.v3f16(i32)
declare i32 @air.pack.unorm.rg11b10f.v3f16(<3 x half>)
declare <3 x float> @air.unpack.unorm.rgb9e5.v3f32(i32)
declare i32 @air.pack.unorm.rgb9e5.v3f32(<3 x float>)
declare <3 x half> @air.unpack.unorm.rgb9e5.v3f16(i32)
declare i32 @air.pack.unorm.rgb9e5.v3f16(<3 x half>)
declare <4 x float> @air.unpack.unorm4x16.v4f32(i64)
declare i64 @air.pack.unorm4x16.v4f32(<4 x float>)
declare <4 x half> @air.unpack.unorm4x16.v4f16(i64)
declare i64 @air.pack.unorm4x16.v4f16(<4 x half>)
declare <4 x float> @air.unpack.snorm4x16.v4f32(i64)
declare i64 @air.pack.snorm4x16.v4f32(<4 x float>)
declare <4 x half> @air.unpack.snorm4x16.v4f16(i64)
declare i64 @air.pack.snorm4x16.v4f16(<4 x half>)

!air.kernel = !{!0}
!air.version = !{!3}
!0 = !{ptr @k, !1, !2}
!1 = !{}
!2 = !{!10, !11}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"in"}
!11 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"out"}
