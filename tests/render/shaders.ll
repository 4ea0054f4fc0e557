; SPDX-License-Identifier: GPL-2.0-or-later
; The functions that the renderer's tests draw with.

%sampled = type { <4 x float>, i8 }
%compared = type { float, i8 }
%lit = type <{ <4 x float>, <4 x float> }>

declare %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)
declare %compared @air.sample_compare_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, i1, <2 x i32>, i1, float, float, i32)
declare %sampled @air.read_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)
declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)
declare void @air.wg.barrier(i32, i32)
declare float @air.dfdx.f32(float)
declare float @air.dfdy.f32(float)
declare { <4 x float> } @point.MTL_CONTROL_POINT_FN(i32, ptr) section "air.externally_defined"

define internal %lit @make(<4 x float> %position, <4 x float> %color) {
  %r0 = insertvalue %lit undef, <4 x float> %position, 0
  %r1 = insertvalue %lit %r0, <4 x float> %color, 1
  ret %lit %r1
}

; The middle of pixel number id of an image 16 wide and 16 high.
define internal <4 x float> @pixel(i32 %id) {
  %x = and i32 %id, 15
  %y = lshr i32 %id, 4
  %fx = uitofp i32 %x to float
  %fy = uitofp i32 %y to float
  %mx = fadd float %fx, 0.5
  %my = fadd float %fy, 0.5
  %sx = fmul float %mx, 0.125
  %sy = fmul float %my, 0.125
  %px = fsub float %sx, 1.0
  %py = fsub float 1.0, %sy
  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %px, i32 0
  %p1 = insertelement <4 x float> %p0, float %py, i32 1
  ret <4 x float> %p1
}

define %lit @v_color(<4 x float> %position, <4 x float> %color) {
  %r = call %lit @make(<4 x float> %position, <4 x float> %color)
  ret %lit %r
}

define %lit @v_point(<4 x float> %value, i32 %id) {
  %p = call <4 x float> @pixel(i32 %id)
  %r = call %lit @make(<4 x float> %p, <4 x float> %value)
  ret %lit %r
}

; x and y say where a texture is sampled, which goes out as z.
define %lit @v_texture(<4 x float> %value, ptr addrspace(1) %picture, ptr addrspace(2) %sampler, i32 %id) {
  %p = call <4 x float> @pixel(i32 %id)
  %at = shufflevector <4 x float> %value, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %s = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %at, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  %red = extractelement <4 x float> %texel, i32 0
  %color = insertelement <4 x float> %value, float %red, i32 2
  %r = call %lit @make(<4 x float> %p, <4 x float> %color)
  ret %lit %r
}

define %lit @v_point_int(<4 x i32> %value, i32 %id) {
  %p = call <4 x float> @pixel(i32 %id)
  %f = sitofp <4 x i32> %value to <4 x float>
  %r = call %lit @make(<4 x float> %p, <4 x float> %f)
  ret %lit %r
}

define %lit @v_point_uint(<4 x i32> %value, i32 %id) {
  %p = call <4 x float> @pixel(i32 %id)
  %f = uitofp <4 x i32> %value to <4 x float>
  %r = call %lit @make(<4 x float> %p, <4 x float> %f)
  ret %lit %r
}

; Pixel number vertex + 4 * instance; tells vertex, instance and bases.
define %lit @v_numbers(i32 %id, i32 %instance, i32 %base_vertex, i32 %base_instance) {
  %row = shl i32 %instance, 2
  %n = add i32 %id, %row
  %p = call <4 x float> @pixel(i32 %n)
  %v0 = uitofp i32 %id to float
  %v1 = uitofp i32 %instance to float
  %v2 = sitofp i32 %base_vertex to float
  %v3 = uitofp i32 %base_instance to float
  %c0 = insertelement <4 x float> undef, float %v0, i32 0
  %c1 = insertelement <4 x float> %c0, float %v1, i32 1
  %c2 = insertelement <4 x float> %c1, float %v2, i32 2
  %c3 = insertelement <4 x float> %c2, float %v3, i32 3
  %r = call %lit @make(<4 x float> %p, <4 x float> %c3)
  ret %lit %r
}

; Layer or viewport: the number of the instance.
%laid = type <{ <4 x float>, <4 x float>, i32 }>
define internal %laid @lay(<4 x float> %position, <4 x float> %color, i32 %instance) {
  %part = uitofp i32 %instance to float
  %tinted = insertelement <4 x float> %color, float %part, i32 1
  %r0 = insertvalue %laid undef, <4 x float> %position, 0
  %r1 = insertvalue %laid %r0, <4 x float> %tinted, 1
  %r2 = insertvalue %laid %r1, i32 %instance, 2
  ret %laid %r2
}

define %laid @v_layer(<4 x float> %position, <4 x float> %color, i32 %instance) {
  %r = call %laid @lay(<4 x float> %position, <4 x float> %color, i32 %instance)
  ret %laid %r
}

; Seen where x is above 0; the second distance is above 0 everywhere.
%clipped = type <{ <4 x float>, <4 x float>, [2 x float] }>
define %clipped @v_clip(<4 x float> %position, <4 x float> %color) {
  %x = extractelement <4 x float> %position, i32 0
  %r0 = insertvalue %clipped undef, <4 x float> %position, 0
  %r1 = insertvalue %clipped %r0, <4 x float> %color, 1
  %r2 = insertvalue %clipped %r1, float %x, 2, 0
  %r3 = insertvalue %clipped %r2, float 1.0, 2, 1
  ret %clipped %r3
}

%clipped_layer = type <{ <4 x float>, <4 x float>, [2 x float], i32 }>
define %clipped_layer @v_clip_layer(<4 x float> %position, <4 x float> %color, i32 %instance) {
  %x = extractelement <4 x float> %position, i32 0
  %r0 = insertvalue %clipped_layer undef, <4 x float> %position, 0
  %r1 = insertvalue %clipped_layer %r0, <4 x float> %color, 1
  %r2 = insertvalue %clipped_layer %r1, float %x, 2, 0
  %r3 = insertvalue %clipped_layer %r2, float 1.0, 2, 1
  %r4 = insertvalue %clipped_layer %r3, i32 %instance, 3
  ret %clipped_layer %r4
}

define %laid @v_viewport(<4 x float> %position, <4 x float> %color, i32 %instance) {
  %r = call %laid @lay(<4 x float> %position, <4 x float> %color, i32 %instance)
  ret %laid %r
}

define %lit @v_patch(ptr %points, <3 x float> %at, i32 %id) {
  %a = call { <4 x float> } @point.MTL_CONTROL_POINT_FN(i32 0, ptr %points)
  %b = call { <4 x float> } @point.MTL_CONTROL_POINT_FN(i32 1, ptr %points)
  %c = call { <4 x float> } @point.MTL_CONTROL_POINT_FN(i32 2, ptr %points)
  %pa = extractvalue { <4 x float> } %a, 0
  %pb = extractvalue { <4 x float> } %b, 0
  %pc = extractvalue { <4 x float> } %c, 0
  %u = shufflevector <3 x float> %at, <3 x float> undef, <4 x i32> zeroinitializer
  %v = shufflevector <3 x float> %at, <3 x float> undef, <4 x i32> <i32 1, i32 1, i32 1, i32 1>
  %w = shufflevector <3 x float> %at, <3 x float> undef, <4 x i32> <i32 2, i32 2, i32 2, i32 2>
  %ua = fmul <4 x float> %u, %pa
  %vb = fmul <4 x float> %v, %pb
  %wc = fmul <4 x float> %w, %pc
  %s0 = fadd <4 x float> %ua, %vb
  %s1 = fadd <4 x float> %s0, %wc
  %fid = uitofp i32 %id to float
  %color = insertelement <4 x float> <float 0.0, float 1.0, float 0.0, float 1.0>, float %fid, i32 0
  %r = call %lit @make(<4 x float> %s1, <4 x float> %color)
  ret %lit %r
}

define %lit @v_patch_instance(ptr %points, <3 x float> %at, i32 %id, i32 %instance) {
  %r = call %lit @v_patch(ptr %points, <3 x float> %at, i32 %id)
  %p = extractvalue %lit %r, 0
  %c = extractvalue %lit %r, 1
  %i = uitofp i32 %instance to float
  %color = insertelement <4 x float> %c, float %i, i32 1
  %s = call %lit @make(<4 x float> %p, <4 x float> %color)
  ret %lit %s
}

define <4 x float> @f_color(<4 x float> %color) {
  ret <4 x float> %color
}

; Leaves only what is red enough.
declare void @air.discard_fragment()
define <4 x float> @f_discard(<4 x float> %color) {
  %r = extractelement <4 x float> %color, i32 0
  %c = fcmp olt float %r, 5.000000e-01
  br i1 %c, label %gone, label %out
gone:
  call void @air.discard_fragment()
  br label %out
out:
  ret <4 x float> %color
}

define <4 x float> @f_flat(<4 x float> %color) {
  ret <4 x float> %color
}

define <4 x float> @f_missing(<4 x float> %other) {
  ret <4 x float> %other
}

define <4 x float> @f_uniform(ptr addrspace(2) %colors) {
  %c = load <4 x float>, ptr addrspace(2) %colors, align 16
  ret <4 x float> %c
}

define <{ <4 x float>, <4 x float> }> @f_two(<4 x float> %color) {
  %back = shufflevector <4 x float> %color, <4 x float> undef, <4 x i32> <i32 3, i32 2, i32 1, i32 0>
  %r0 = insertvalue <{ <4 x float>, <4 x float> }> undef, <4 x float> %color, 0
  %r1 = insertvalue <{ <4 x float>, <4 x float> }> %r0, <4 x float> %back, 1
  ret <{ <4 x float>, <4 x float> }> %r1
}

define <{ <4 x float>, <4 x float> }> @f_dual(<4 x float> %color, ptr addrspace(2) %second) {
  %s = load <4 x float>, ptr addrspace(2) %second, align 16
  %r0 = insertvalue <{ <4 x float>, <4 x float> }> undef, <4 x float> %color, 0
  %r1 = insertvalue <{ <4 x float>, <4 x float> }> %r0, <4 x float> %s, 1
  ret <{ <4 x float>, <4 x float> }> %r1
}

define <4 x i32> @f_uint(<4 x float> %color) {
  %u = fptoui <4 x float> %color to <4 x i32>
  ret <4 x i32> %u
}

; The colour says where: x and y.
define <4 x float> @f_texture(<4 x float> %color, ptr addrspace(1) %picture, ptr addrspace(2) %sampler) {
  %at = shufflevector <4 x float> %color, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %s = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %at, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  ret <4 x float> %texel
}

; The red that it samples, and the one that the vertex function did.
define <4 x float> @f_texture_too(<4 x float> %color, ptr addrspace(1) %picture, ptr addrspace(2) %sampler) {
  %at = shufflevector <4 x float> %color, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %s = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %at, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  %red = extractelement <4 x float> %texel, i32 0
  %other = extractelement <4 x float> %color, i32 2
  %r0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %red, i32 0
  %r1 = insertelement <4 x float> %r0, float %other, i32 1
  ret <4 x float> %r1
}

; x and y say where, z is compared.
define <4 x float> @f_compare(<4 x float> %color, ptr addrspace(1) %picture, ptr addrspace(2) %sampler) {
  %at = shufflevector <4 x float> %color, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %z = extractelement <4 x float> %color, i32 2
  %s = call %compared @air.sample_compare_depth_2d.f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, i32 1, <2 x float> %at, float %z, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %x = extractvalue %compared %s, 0
  %v = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %x, i32 0
  ret <4 x float> %v
}

define <4 x float> @f_fetch(<4 x float> %old, <4 x float> %color) {
  %r = fadd <4 x float> %old, %color
  ret <4 x float> %r
}

; What the target holds already, read as a texture, plus the colour.
define <4 x float> @f_own(<4 x float> %at, <4 x float> %color, ptr addrspace(1) %target) {
  %xy = shufflevector <4 x float> %at, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %i = fptoui <2 x float> %xy to <2 x i32>
  %s = call %sampled @air.read_texture_2d.v4f32(ptr addrspace(1) %target, <2 x i32> %i, i32 0, i32 1)
  %old = extractvalue %sampled %s, 0
  %r = fadd <4 x float> %old, %color
  ret <4 x float> %r
}

; Where it is, and 1/w.
define <4 x float> @f_where(<4 x float> %at, <4 x float> %color, i1 %front) {
  ret <4 x float> %at
}

; How that changes to the right and down, how the color does, which side it is of.
define <4 x float> @f_slopes(<4 x float> %at, <4 x float> %color, i1 %front) {
  %x = extractelement <4 x float> %at, i32 0
  %y = extractelement <4 x float> %at, i32 1
  %g = extractelement <4 x float> %color, i32 1
  %right = call float @air.dfdx.f32(float %x)
  %down = call float @air.dfdy.f32(float %y)
  %slope = call float @air.dfdy.f32(float %g)
  %side = select i1 %front, float 1.0, float 0.0
  %r0 = insertelement <4 x float> undef, float %right, i32 0
  %r1 = insertelement <4 x float> %r0, float %down, i32 1
  %r2 = insertelement <4 x float> %r1, float %slope, i32 2
  %r3 = insertelement <4 x float> %r2, float %side, i32 3
  ret <4 x float> %r3
}

; Never ends unless the buffer says so, which it does not.
define <4 x float> @f_forever(<4 x float> %color, ptr addrspace(2) %stop) {
entry:
  br label %loop
loop:
  %n = phi i32 [ 0, %entry ], [ %next, %loop ]
  %next = add i32 %n, 3
  %at = and i32 %next, 3
  %p = getelementptr i32, ptr addrspace(2) %stop, i32 %at
  %w = load i32, ptr addrspace(2) %p, align 4
  %done = icmp eq i32 %w, 12345
  br i1 %done, label %out, label %loop
out:
  ret <4 x float> %color
}

; The number of each thread plus one, in order.
define void @k_fill(ptr addrspace(1) %out, <3 x i32> %at, <3 x i32> %grid) {
  %x = extractelement <3 x i32> %at, i32 0
  %y = extractelement <3 x i32> %at, i32 1
  %z = extractelement <3 x i32> %at, i32 2
  %w = extractelement <3 x i32> %grid, i32 0
  %h = extractelement <3 x i32> %grid, i32 1
  %zh = mul i32 %z, %h
  %row = add i32 %y, %zh
  %start = mul i32 %row, %w
  %n = add i32 %start, %x
  %value = add i32 %n, 1
  %p = getelementptr i32, ptr addrspace(1) %out, i32 %n
  store i32 %value, ptr addrspace(1) %p, align 4
  ret void
}

; Counts threads in a word, whatever they are.
define void @k_count(ptr addrspace(1) %out, <3 x i32> %at) {
  %old = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %out, i32 1, i32 0, i32 2, i1 true)
  ret void
}
declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)

define void @k_image(ptr addrspace(1) %picture, <2 x i32> %at) {
  %f = uitofp <2 x i32> %at to <2 x float>
  %s = fmul <2 x float> %f, <float 0x3FB1111120000000, float 0x3FB1111120000000>
  %x = extractelement <2 x float> %s, i32 0
  %y = extractelement <2 x float> %s, i32 1
  %c0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.25, float 1.0>, float %x, i32 0
  %c1 = insertelement <4 x float> %c0, float %y, i32 1
  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %picture, <2 x i32> %at, <4 x float> %c1, i32 0, i32 2)
  ret void
}

; Each thread of a group writes its number, the next one reads it.
define void @k_shared(ptr addrspace(3) %memory, ptr addrspace(1) %out, i32 %local, i32 %at, i32 %size) {
  %p = getelementptr i32, ptr addrspace(3) %memory, i32 %local
  store i32 %at, ptr addrspace(3) %p, align 4
  call void @air.wg.barrier(i32 2, i32 1)
  %n1 = add i32 %local, 1
  %n = urem i32 %n1, %size
  %q = getelementptr i32, ptr addrspace(3) %memory, i32 %n
  %v = load i32, ptr addrspace(3) %q, align 4
  %o = getelementptr i32, ptr addrspace(1) %out, i32 %at
  store i32 %v, ptr addrspace(1) %o, align 4
  ret void
}

; Each of two targets becomes the other with the colour added.
define <{ <4 x float>, <4 x float> }> @f_fetch_two(<4 x float> %old0, <4 x float> %old1, <4 x float> %color) {
  %a = fadd <4 x float> %old1, %color
  %b = fadd <4 x float> %old0, %color
  %r0 = insertvalue <{ <4 x float>, <4 x float> }> undef, <4 x float> %a, 0
  %r1 = insertvalue <{ <4 x float>, <4 x float> }> %r0, <4 x float> %b, 1
  ret <{ <4 x float>, <4 x float> }> %r1
}

; A point eight pixels wide, and where in it a pixel is.
%sized = type <{ <4 x float>, <4 x float>, float }>
define %sized @v_big_point(<4 x float> %position, <4 x float> %color) {
  %r0 = insertvalue %sized undef, <4 x float> %position, 0
  %r1 = insertvalue %sized %r0, <4 x float> %color, 1
  %r2 = insertvalue %sized %r1, float 8.0, 2
  ret %sized %r2
}

define <4 x float> @f_point_coord(<4 x float> %color, <2 x float> %at) {
  %x = extractelement <2 x float> %at, i32 0
  %y = extractelement <2 x float> %at, i32 1
  %r0 = insertelement <4 x float> %color, float %x, i32 0
  %r1 = insertelement <4 x float> %r0, float %y, i32 1
  ret <4 x float> %r1
}

; Reads texel number x + 16 * y of a texture over a buffer.
declare %sampled @air.read_texture_buffer_1d.v4f32(ptr addrspace(1), i32, i32)
define <4 x float> @f_texels(<4 x float> %at, ptr addrspace(1) %texels) {
  %fx = extractelement <4 x float> %at, i32 0
  %fy = extractelement <4 x float> %at, i32 1
  %x = fptoui float %fx to i32
  %y = fptoui float %fy to i32
  %row = shl i32 %y, 4
  %n = add i32 %row, %x
  %s = call %sampled @air.read_texture_buffer_1d.v4f32(ptr addrspace(1) %texels, i32 %n, i32 0)
  %texel = extractvalue %sampled %s, 0
  ret <4 x float> %texel
}

; An attribute of each thread, doubled.
define void @k_stage_in(<4 x float> %value, ptr addrspace(1) %out, i32 %at) {
  %twice = fadd <4 x float> %value, %value
  %q = getelementptr <4 x float>, ptr addrspace(1) %out, i32 %at
  store <4 x float> %twice, ptr addrspace(1) %q, align 16
  ret void
}

; More buffers than a host has blocks for: buffer n counts n + 1 times.
define <4 x float> @f_many(ptr addrspace(1) %b0, ptr addrspace(1) %b1, ptr addrspace(1) %b2, ptr addrspace(1) %b3, ptr addrspace(1) %b4, ptr addrspace(1) %b5, ptr addrspace(1) %b6, ptr addrspace(1) %b7, ptr addrspace(1) %b8, ptr addrspace(1) %b9, ptr addrspace(1) %b10, ptr addrspace(1) %b11, ptr addrspace(1) %b12, ptr addrspace(1) %b13, ptr addrspace(1) %b14, ptr addrspace(1) %b15, ptr addrspace(1) %b16, ptr addrspace(1) %b17, ptr addrspace(1) %b18, ptr addrspace(1) %b19, ptr addrspace(1) %b20, ptr addrspace(1) %b21, ptr addrspace(1) %b22, ptr addrspace(1) %b23) {
  %l0 = load float, ptr addrspace(1) %b0, align 4
  %m0 = fmul float %l0, 1.0
  %s0 = fadd float 0.000000e+00, %m0
  %l1 = load float, ptr addrspace(1) %b1, align 4
  %m1 = fmul float %l1, 2.0
  %s1 = fadd float %s0, %m1
  %l2 = load float, ptr addrspace(1) %b2, align 4
  %m2 = fmul float %l2, 3.0
  %s2 = fadd float %s1, %m2
  %l3 = load float, ptr addrspace(1) %b3, align 4
  %m3 = fmul float %l3, 4.0
  %s3 = fadd float %s2, %m3
  %l4 = load float, ptr addrspace(1) %b4, align 4
  %m4 = fmul float %l4, 5.0
  %s4 = fadd float %s3, %m4
  %l5 = load float, ptr addrspace(1) %b5, align 4
  %m5 = fmul float %l5, 6.0
  %s5 = fadd float %s4, %m5
  %l6 = load float, ptr addrspace(1) %b6, align 4
  %m6 = fmul float %l6, 7.0
  %s6 = fadd float %s5, %m6
  %l7 = load float, ptr addrspace(1) %b7, align 4
  %m7 = fmul float %l7, 8.0
  %s7 = fadd float %s6, %m7
  %l8 = load float, ptr addrspace(1) %b8, align 4
  %m8 = fmul float %l8, 9.0
  %s8 = fadd float %s7, %m8
  %l9 = load float, ptr addrspace(1) %b9, align 4
  %m9 = fmul float %l9, 10.0
  %s9 = fadd float %s8, %m9
  %l10 = load float, ptr addrspace(1) %b10, align 4
  %m10 = fmul float %l10, 11.0
  %s10 = fadd float %s9, %m10
  %l11 = load float, ptr addrspace(1) %b11, align 4
  %m11 = fmul float %l11, 12.0
  %s11 = fadd float %s10, %m11
  %l12 = load float, ptr addrspace(1) %b12, align 4
  %m12 = fmul float %l12, 13.0
  %s12 = fadd float %s11, %m12
  %l13 = load float, ptr addrspace(1) %b13, align 4
  %m13 = fmul float %l13, 14.0
  %s13 = fadd float %s12, %m13
  %l14 = load float, ptr addrspace(1) %b14, align 4
  %m14 = fmul float %l14, 15.0
  %s14 = fadd float %s13, %m14
  %l15 = load float, ptr addrspace(1) %b15, align 4
  %m15 = fmul float %l15, 16.0
  %s15 = fadd float %s14, %m15
  %l16 = load float, ptr addrspace(1) %b16, align 4
  %m16 = fmul float %l16, 17.0
  %s16 = fadd float %s15, %m16
  %l17 = load float, ptr addrspace(1) %b17, align 4
  %m17 = fmul float %l17, 18.0
  %s17 = fadd float %s16, %m17
  %l18 = load float, ptr addrspace(1) %b18, align 4
  %m18 = fmul float %l18, 19.0
  %s18 = fadd float %s17, %m18
  %l19 = load float, ptr addrspace(1) %b19, align 4
  %m19 = fmul float %l19, 20.0
  %s19 = fadd float %s18, %m19
  %l20 = load float, ptr addrspace(1) %b20, align 4
  %m20 = fmul float %l20, 21.0
  %s20 = fadd float %s19, %m20
  %l21 = load float, ptr addrspace(1) %b21, align 4
  %m21 = fmul float %l21, 22.0
  %s21 = fadd float %s20, %m21
  %l22 = load float, ptr addrspace(1) %b22, align 4
  %m22 = fmul float %l22, 23.0
  %s22 = fadd float %s21, %m22
  %r = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %s22, i32 0
  store float %s22, ptr addrspace(1) %b23, align 4
  ret <4 x float> %r
}

; Reads 24 buffers and writes 18 of them, at the word that the first one says.
define <4 x float> @f_many_written(ptr addrspace(1) %b0, ptr addrspace(1) %b1, ptr addrspace(1) %b2, ptr addrspace(1) %b3, ptr addrspace(1) %b4, ptr addrspace(1) %b5, ptr addrspace(1) %b6, ptr addrspace(1) %b7, ptr addrspace(1) %b8, ptr addrspace(1) %b9, ptr addrspace(1) %b10, ptr addrspace(1) %b11, ptr addrspace(1) %b12, ptr addrspace(1) %b13, ptr addrspace(1) %b14, ptr addrspace(1) %b15, ptr addrspace(1) %b16, ptr addrspace(1) %b17, ptr addrspace(1) %b18, ptr addrspace(1) %b19, ptr addrspace(1) %b20, ptr addrspace(1) %b21, ptr addrspace(1) %b22, ptr addrspace(1) %b23) {
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
  %n = fptoui float %l0 to i32
  %at = sub i32 %n, 1
  %w6 = fadd float %l6, 100.0
  %w7 = fadd float %l7, 100.0
  %w8 = fadd float %l8, 100.0
  %w9 = fadd float %l9, 100.0
  %w10 = fadd float %l10, 100.0
  %w11 = fadd float %l11, 100.0
  %w12 = fadd float %l12, 100.0
  %w13 = fadd float %l13, 100.0
  %w14 = fadd float %l14, 100.0
  %w15 = fadd float %l15, 100.0
  %w16 = fadd float %l16, 100.0
  %w17 = fadd float %l17, 100.0
  %w18 = fadd float %l18, 100.0
  %w19 = fadd float %l19, 100.0
  %w20 = fadd float %l20, 100.0
  %w21 = fadd float %l21, 100.0
  %w22 = fadd float %l22, 100.0
  %w23 = fadd float %l23, -100.0
  %p6 = getelementptr float, ptr addrspace(1) %b6, i32 %at
  store float %w6, ptr addrspace(1) %p6, align 4
  %p7 = getelementptr float, ptr addrspace(1) %b7, i32 %at
  store float %w7, ptr addrspace(1) %p7, align 4
  %p8 = getelementptr float, ptr addrspace(1) %b8, i32 %at
  store float %w8, ptr addrspace(1) %p8, align 4
  %p9 = getelementptr float, ptr addrspace(1) %b9, i32 %at
  store float %w9, ptr addrspace(1) %p9, align 4
  %p10 = getelementptr float, ptr addrspace(1) %b10, i32 %at
  store float %w10, ptr addrspace(1) %p10, align 4
  %p11 = getelementptr float, ptr addrspace(1) %b11, i32 %at
  store float %w11, ptr addrspace(1) %p11, align 4
  %p12 = getelementptr float, ptr addrspace(1) %b12, i32 %at
  store float %w12, ptr addrspace(1) %p12, align 4
  %p13 = getelementptr float, ptr addrspace(1) %b13, i32 %at
  store float %w13, ptr addrspace(1) %p13, align 4
  %p14 = getelementptr float, ptr addrspace(1) %b14, i32 %at
  store float %w14, ptr addrspace(1) %p14, align 4
  %p15 = getelementptr float, ptr addrspace(1) %b15, i32 %at
  store float %w15, ptr addrspace(1) %p15, align 4
  %p16 = getelementptr float, ptr addrspace(1) %b16, i32 %at
  store float %w16, ptr addrspace(1) %p16, align 4
  %p17 = getelementptr float, ptr addrspace(1) %b17, i32 %at
  store float %w17, ptr addrspace(1) %p17, align 4
  %p18 = getelementptr float, ptr addrspace(1) %b18, i32 %at
  store float %w18, ptr addrspace(1) %p18, align 4
  %p19 = getelementptr float, ptr addrspace(1) %b19, i32 %at
  store float %w19, ptr addrspace(1) %p19, align 4
  %p20 = getelementptr float, ptr addrspace(1) %b20, i32 %at
  store float %w20, ptr addrspace(1) %p20, align 4
  %p21 = getelementptr float, ptr addrspace(1) %b21, i32 %at
  store float %w21, ptr addrspace(1) %p21, align 4
  %p22 = getelementptr float, ptr addrspace(1) %b22, i32 %at
  store float %w22, ptr addrspace(1) %p22, align 4
  %p23 = getelementptr float, ptr addrspace(1) %b23, i32 %at
  store float %w23, ptr addrspace(1) %p23, align 4
  %r = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %s23, i32 0
  ret <4 x float> %r
}

; Copies words: makes arguments of draws and dispatches on the GPU.
define void @k_copy(ptr addrspace(1) %from, ptr addrspace(1) %to, i32 %at) {
  %p = getelementptr i32, ptr addrspace(1) %from, i32 %at
  %v = load i32, ptr addrspace(1) %p, align 4
  %q = getelementptr i32, ptr addrspace(1) %to, i32 %at
  store i32 %v, ptr addrspace(1) %q, align 4
  ret void
}

; What a picture holds, texel after texel.
define void @k_read(ptr addrspace(1) %picture, ptr addrspace(1) %out, <2 x i32> %at, <2 x i32> %grid) {
  %s = call %sampled @air.read_texture_2d.v4f32(ptr addrspace(1) %picture, <2 x i32> %at, i32 0, i32 1)
  %texel = extractvalue %sampled %s, 0
  %x = extractelement <2 x i32> %at, i32 0
  %y = extractelement <2 x i32> %at, i32 1
  %w = extractelement <2 x i32> %grid, i32 0
  %row = mul i32 %y, %w
  %n = add i32 %row, %x
  %q = getelementptr <4 x float>, ptr addrspace(1) %out, i32 %n
  store <4 x float> %texel, ptr addrspace(1) %q, align 16
  ret void
}

; Textures of one dimension: the number of the texel, and of the layer.
declare %sampled @air.sample_texture_1d.v4f32(ptr addrspace(1), ptr addrspace(2), float, i1, i32, i1, float, float, i32)
declare %sampled @air.sample_texture_1d_array.v4f32(ptr addrspace(1), ptr addrspace(2), float, i32, i1, i32, i1, float, float, i32)
declare %sampled @air.read_texture_1d.v4f32(ptr addrspace(1), i32, i32, i32)
declare %sampled @air.read_texture_1d_array.v4f32(ptr addrspace(1), i32, i32, i32, i32)
declare void @air.write_texture_1d.v4f32(ptr addrspace(1), i32, <4 x float>, i32, i32)
declare void @air.write_texture_1d_array.v4f32(ptr addrspace(1), i32, i32, <4 x float>, i32, i32)

define internal <4 x float> @numbered(i32 %x, i32 %layer) {
  %fx = uitofp i32 %x to float
  %fl = uitofp i32 %layer to float
  %r = fmul float %fx, 0x3FB1111120000000
  %g = fmul float %fl, 0.25
  %c0 = insertelement <4 x float> <float 0.0, float 0.0, float 1.0, float 1.0>, float %r, i32 0
  %c1 = insertelement <4 x float> %c0, float %g, i32 1
  ret <4 x float> %c1
}

define void @k_line(ptr addrspace(1) %line, i32 %at) {
  %c = call <4 x float> @numbered(i32 %at, i32 3)
  call void @air.write_texture_1d.v4f32(ptr addrspace(1) %line, i32 %at, <4 x float> %c, i32 0, i32 2)
  ret void
}

define void @k_lines(ptr addrspace(1) %lines, <2 x i32> %at) {
  %x = extractelement <2 x i32> %at, i32 0
  %y = extractelement <2 x i32> %at, i32 1
  %c = call <4 x float> @numbered(i32 %x, i32 %y)
  call void @air.write_texture_1d_array.v4f32(ptr addrspace(1) %lines, i32 %x, i32 %y, <4 x float> %c, i32 0, i32 2)
  ret void
}

define void @k_read_line(ptr addrspace(1) %line, ptr addrspace(1) %out, i32 %at) {
  %s = call %sampled @air.read_texture_1d.v4f32(ptr addrspace(1) %line, i32 %at, i32 0, i32 1)
  %texel = extractvalue %sampled %s, 0
  %q = getelementptr <4 x float>, ptr addrspace(1) %out, i32 %at
  store <4 x float> %texel, ptr addrspace(1) %q, align 16
  ret void
}

define void @k_read_lines(ptr addrspace(1) %lines, ptr addrspace(1) %out, <2 x i32> %at, <2 x i32> %grid) {
  %x = extractelement <2 x i32> %at, i32 0
  %y = extractelement <2 x i32> %at, i32 1
  %s = call %sampled @air.read_texture_1d_array.v4f32(ptr addrspace(1) %lines, i32 %x, i32 %y, i32 0, i32 1)
  %texel = extractvalue %sampled %s, 0
  %w = extractelement <2 x i32> %grid, i32 0
  %row = mul i32 %y, %w
  %n = add i32 %row, %x
  %q = getelementptr <4 x float>, ptr addrspace(1) %out, i32 %n
  store <4 x float> %texel, ptr addrspace(1) %q, align 16
  ret void
}

define <4 x float> @f_line(<4 x float> %color, ptr addrspace(1) %line, ptr addrspace(2) %sampler) {
  %x = extractelement <4 x float> %color, i32 0
  %s = call %sampled @air.sample_texture_1d.v4f32(ptr addrspace(1) %line, ptr addrspace(2) %sampler, float %x, i1 false, i32 0, i1 false, float 0.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  ret <4 x float> %texel
}

define <4 x float> @f_lines(<4 x float> %color, ptr addrspace(1) %lines, ptr addrspace(2) %sampler) {
  %x = extractelement <4 x float> %color, i32 0
  %y = extractelement <4 x float> %color, i32 1
  %layer = fptoui float %y to i32
  %s = call %sampled @air.sample_texture_1d_array.v4f32(ptr addrspace(1) %lines, ptr addrspace(2) %sampler, float %x, i32 %layer, i1 false, i32 0, i1 false, float 0.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  ret <4 x float> %texel
}

; The colour is a texel that the vertex function samples; the colour it is given says where.
define %lit @v_sampled(<4 x float> %position, <4 x float> %color, ptr addrspace(1) %picture, ptr addrspace(2) %sampler) {
  %at = shufflevector <4 x float> %color, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %s = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %at, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  %r = call %lit @make(<4 x float> %position, <4 x float> %texel)
  ret %lit %r
}

; Level 1, with gradients of two texels of 16, and with a level of its own.
declare %sampled @air.sample_texture_2d_grad.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, <2 x float>, <2 x float>, float, i1, <2 x i32>, i32)
define <4 x float> @f_texture_grad(<4 x float> %color, ptr addrspace(1) %picture, ptr addrspace(2) %sampler) {
  %at = shufflevector <4 x float> %color, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %s = call %sampled @air.sample_texture_2d_grad.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %at, <2 x float> <float 0.125, float 0.0>, <2 x float> <float 0.0, float 0.125>, float 0.0, i1 true, <2 x i32> zeroinitializer, i32 0)
  %texel = extractvalue %sampled %s, 0
  ret <4 x float> %texel
}

define <4 x float> @f_texture_level(<4 x float> %color, ptr addrspace(1) %picture, ptr addrspace(2) %sampler) {
  %at = shufflevector <4 x float> %color, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %s = call %sampled @air.sample_texture_2d.v4f32(ptr addrspace(1) %picture, ptr addrspace(2) %sampler, <2 x float> %at, i1 true, <2 x i32> zeroinitializer, i1 true, float 1.0, float 0.0, i32 0)
  %texel = extractvalue %sampled %s, 0
  ret <4 x float> %texel
}

!air.vertex = !{!100, !110, !120, !130, !140, !150, !160, !170, !180, !190, !193, !196, !810, !900}
!air.fragment = !{!200, !205, !210, !220, !230, !240, !250, !260, !270, !280, !290, !300, !310, !320, !330, !340, !350, !360, !370, !380, !820, !830, !840, !910, !920}
!air.kernel = !{!400, !410, !420, !430, !440, !450, !460, !470, !480, !490, !500}
!air.version = !{!1}
!air.language_version = !{!2}
!1 = !{i32 2, i32 7, i32 0}
!2 = !{!"Metal", i32 3, i32 2, i32 0}

!10 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!11 = !{!"air.vertex_output", !"user(color)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!12 = !{!10, !11}
!13 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!14 = !{!13}
!15 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!16 = !{i32 1, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!17 = !{}

!100 = !{ptr @v_color, !12, !101}
!101 = !{!102, !103}
!102 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!103 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}

!110 = !{ptr @v_point, !12, !111}
!111 = !{!112, !16}
!112 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"value"}

!120 = !{ptr @v_point_int, !12, !121}
!121 = !{!122, !16}
!122 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"int4", !"air.arg_name", !"value"}

!130 = !{ptr @v_point_uint, !12, !131}
!131 = !{!132, !16}
!132 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"uint4", !"air.arg_name", !"value"}

!140 = !{ptr @v_numbers, !12, !141}
!141 = !{!142, !143, !144, !145}
!142 = !{i32 0, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!143 = !{i32 1, !"air.instance_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"instance"}
!144 = !{i32 2, !"air.base_vertex", !"air.arg_type_name", !"uint", !"air.arg_name", !"base_vertex"}
!145 = !{i32 3, !"air.base_instance", !"air.arg_type_name", !"uint", !"air.arg_name", !"base_instance"}

!150 = !{ptr @v_patch, !12, !151, !152}
!151 = !{!153, !156, !157}
!152 = !{!"air.patch", !"triangle", !"air.patch_control_point", i32 3}
!153 = !{i32 0, !"air.patch_control_point_input", !154, !155}
!154 = !{!"air.patch_control_point_function", ptr @point.MTL_CONTROL_POINT_FN}
!155 = !{!"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"p"}
!156 = !{i32 1, !"air.position_in_patch", !"air.arg_type_name", !"float3", !"air.arg_name", !"at"}
!157 = !{i32 2, !"air.patch_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}

!160 = !{ptr @v_patch_instance, !12, !161, !152}
!161 = !{!153, !156, !157, !162}
!162 = !{i32 3, !"air.instance_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"instance"}

!170 = !{ptr @v_layer, !171, !172}
!171 = !{!10, !11, !173}
!172 = !{!102, !103, !174}
!173 = !{!"air.render_target_array_index", !"air.arg_type_name", !"uint", !"air.arg_name", !"layer"}
!174 = !{i32 2, !"air.instance_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"instance"}

!180 = !{ptr @v_viewport, !181, !172}
!181 = !{!10, !11, !182}
!182 = !{!"air.viewport_array_index", !"air.arg_type_name", !"uint", !"air.arg_name", !"viewport"}

!190 = !{ptr @v_big_point, !191, !101}
!191 = !{!10, !11, !192}
!192 = !{!"air.point_size", !"air.arg_type_name", !"float", !"air.arg_name", !"size"}

!193 = !{ptr @v_clip, !194, !101}
!194 = !{!10, !11, !195}
!195 = !{!"air.clip_distance", !"air.clip_distance_array_size", i32 2, !"air.arg_type_name", !"float"}
!196 = !{ptr @v_clip_layer, !197, !172}
!197 = !{!10, !11, !195, !173}

!200 = !{ptr @f_color, !14, !201}
!201 = !{!15}

!205 = !{ptr @f_discard, !14, !201}
!210 = !{ptr @f_flat, !14, !211}
!211 = !{!212}
!212 = !{i32 0, !"air.fragment_input", !"user(color)", !"air.flat", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}

!220 = !{ptr @f_missing, !14, !221}
!221 = !{!222}
!222 = !{i32 0, !"air.fragment_input", !"user(other)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"other"}

!230 = !{ptr @f_uniform, !14, !231}
!231 = !{!232}
!232 = !{i32 0, !"air.buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"colors"}

!240 = !{ptr @f_two, !241, !201}
!241 = !{!13, !242}
!242 = !{!"air.render_target", i32 1, i32 0, !"air.arg_type_name", !"float4"}

!250 = !{ptr @f_dual, !251, !253}
!251 = !{!13, !252}
!252 = !{!"air.render_target", i32 0, i32 1, !"air.arg_type_name", !"float4"}
!253 = !{!15, !254}
!254 = !{i32 1, !"air.buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"second"}

!260 = !{ptr @f_uint, !261, !201}
!261 = !{!262}
!262 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"uint4"}

!270 = !{ptr @f_texture, !14, !271}
!271 = !{!15, !272, !273}
!272 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"picture"}
!273 = !{i32 2, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}

!810 = !{ptr @v_texture, !12, !811}
!811 = !{!112, !812, !813, !814}
!812 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"picture"}
!813 = !{i32 2, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}
!814 = !{i32 3, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}

!820 = !{ptr @f_texture_too, !14, !271}

!280 = !{ptr @f_compare, !14, !281}
!281 = !{!15, !282, !273}
!282 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d<float, sample>", !"air.arg_name", !"picture"}

!290 = !{ptr @f_fetch, !14, !291}
!291 = !{!292, !293}
!292 = !{i32 0, !"air.render_target", i32 0, !"air.arg_type_name", !"float4", !"air.arg_name", !"old"}
!293 = !{i32 1, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}

!300 = !{ptr @f_own, !14, !301}
!301 = !{!302, !293, !303}
!302 = !{i32 0, !"air.position", !"air.center", !"air.no_perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"at"}
!303 = !{i32 2, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<float, read>", !"air.arg_name", !"target"}

!830 = !{ptr @f_where, !14, !831}
!831 = !{!302, !293, !832}
!832 = !{i32 2, !"air.front_facing", !"air.arg_type_name", !"bool", !"air.arg_name", !"front"}
!840 = !{ptr @f_slopes, !14, !831}

!310 = !{ptr @f_forever, !14, !311}
!311 = !{!15, !312}
!312 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"stop"}

!320 = !{ptr @f_fetch_two, !241, !321}
!321 = !{!322, !323, !324}
!322 = !{i32 0, !"air.render_target", i32 0, !"air.arg_type_name", !"float4", !"air.arg_name", !"old0"}
!323 = !{i32 1, !"air.render_target", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"old1"}
!324 = !{i32 2, !"air.fragment_input", !"user(color)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}

!330 = !{ptr @f_point_coord, !14, !331}
!331 = !{!15, !332}
!332 = !{i32 1, !"air.point_coord", !"air.arg_type_name", !"float2", !"air.arg_name", !"at"}

!340 = !{ptr @f_texels, !14, !341}
!341 = !{!302, !342}
!342 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture_buffer<float, read>", !"air.arg_name", !"texels"}

!350 = !{ptr @f_many, !14, !351}
!351 = !{!600, !601, !602, !603, !604, !605, !606, !607, !608, !609, !610, !611, !612, !613, !614, !615, !616, !617, !618, !619, !620, !621, !622, !623}
!600 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b0"}
!601 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b1"}
!602 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b2"}
!603 = !{i32 3, !"air.buffer", !"air.location_index", i32 3, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b3"}
!604 = !{i32 4, !"air.buffer", !"air.location_index", i32 4, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b4"}
!605 = !{i32 5, !"air.buffer", !"air.location_index", i32 5, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b5"}
!606 = !{i32 6, !"air.buffer", !"air.location_index", i32 6, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b6"}
!607 = !{i32 7, !"air.buffer", !"air.location_index", i32 7, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b7"}
!608 = !{i32 8, !"air.buffer", !"air.location_index", i32 8, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b8"}
!609 = !{i32 9, !"air.buffer", !"air.location_index", i32 9, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b9"}
!610 = !{i32 10, !"air.buffer", !"air.location_index", i32 10, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b10"}
!611 = !{i32 11, !"air.buffer", !"air.location_index", i32 11, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b11"}
!612 = !{i32 12, !"air.buffer", !"air.location_index", i32 12, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b12"}
!613 = !{i32 13, !"air.buffer", !"air.location_index", i32 13, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b13"}
!614 = !{i32 14, !"air.buffer", !"air.location_index", i32 14, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b14"}
!615 = !{i32 15, !"air.buffer", !"air.location_index", i32 15, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b15"}
!616 = !{i32 16, !"air.buffer", !"air.location_index", i32 16, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b16"}
!617 = !{i32 17, !"air.buffer", !"air.location_index", i32 17, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b17"}
!618 = !{i32 18, !"air.buffer", !"air.location_index", i32 18, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b18"}
!619 = !{i32 19, !"air.buffer", !"air.location_index", i32 19, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b19"}
!620 = !{i32 20, !"air.buffer", !"air.location_index", i32 20, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b20"}
!621 = !{i32 21, !"air.buffer", !"air.location_index", i32 21, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b21"}
!622 = !{i32 22, !"air.buffer", !"air.location_index", i32 22, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b22"}
!623 = !{i32 23, !"air.buffer", !"air.location_index", i32 23, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b23"}

!360 = !{ptr @f_many_written, !14, !361}
!361 = !{!600, !601, !602, !603, !604, !605, !706, !707, !708, !709, !710, !711, !712, !713, !714, !715, !716, !717, !718, !719, !720, !721, !722, !723}
!706 = !{i32 6, !"air.buffer", !"air.location_index", i32 6, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b6"}
!707 = !{i32 7, !"air.buffer", !"air.location_index", i32 7, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b7"}
!708 = !{i32 8, !"air.buffer", !"air.location_index", i32 8, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b8"}
!709 = !{i32 9, !"air.buffer", !"air.location_index", i32 9, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b9"}
!710 = !{i32 10, !"air.buffer", !"air.location_index", i32 10, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b10"}
!711 = !{i32 11, !"air.buffer", !"air.location_index", i32 11, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b11"}
!712 = !{i32 12, !"air.buffer", !"air.location_index", i32 12, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b12"}
!713 = !{i32 13, !"air.buffer", !"air.location_index", i32 13, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b13"}
!714 = !{i32 14, !"air.buffer", !"air.location_index", i32 14, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b14"}
!715 = !{i32 15, !"air.buffer", !"air.location_index", i32 15, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b15"}
!716 = !{i32 16, !"air.buffer", !"air.location_index", i32 16, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b16"}
!717 = !{i32 17, !"air.buffer", !"air.location_index", i32 17, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b17"}
!718 = !{i32 18, !"air.buffer", !"air.location_index", i32 18, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b18"}
!719 = !{i32 19, !"air.buffer", !"air.location_index", i32 19, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b19"}
!720 = !{i32 20, !"air.buffer", !"air.location_index", i32 20, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b20"}
!721 = !{i32 21, !"air.buffer", !"air.location_index", i32 21, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b21"}
!722 = !{i32 22, !"air.buffer", !"air.location_index", i32 22, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b22"}
!723 = !{i32 23, !"air.buffer", !"air.location_index", i32 23, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"float", !"air.arg_name", !"b23"}

!40 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
!41 = !{i32 1, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint3", !"air.arg_name", !"at"}

!400 = !{ptr @k_fill, !17, !401}
!401 = !{!40, !41, !402}
!402 = !{i32 2, !"air.threads_per_grid", !"air.arg_type_name", !"uint3", !"air.arg_name", !"grid"}

!410 = !{ptr @k_count, !17, !411}
!411 = !{!40, !41}

!420 = !{ptr @k_image, !17, !421}
!421 = !{!422, !423}
!422 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<float, write>", !"air.arg_name", !"picture"}
!423 = !{i32 1, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint2", !"air.arg_name", !"at"}

!430 = !{ptr @k_shared, !17, !431}
!431 = !{!432, !433, !434, !435, !436}
!432 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 3, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"memory"}
!433 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
!434 = !{i32 2, !"air.thread_index_in_threadgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"local"}
!435 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"at"}
!436 = !{i32 4, !"air.threads_per_threadgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"size"}

!440 = !{ptr @k_copy, !17, !441}
!441 = !{!442, !443, !444}
!442 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"from"}
!443 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"to"}
!444 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"at"}

!450 = !{ptr @k_stage_in, !17, !451}
!451 = !{!452, !453, !454}
!452 = !{i32 0, !"air.stage_in", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"value"}
!453 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"out"}
!454 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"at"}

!460 = !{ptr @k_read, !17, !461}
!461 = !{!462, !463, !464, !465}
!462 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"picture"}
!463 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"out"}
!464 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint2", !"air.arg_name", !"at"}
!465 = !{i32 3, !"air.threads_per_grid", !"air.arg_type_name", !"uint2", !"air.arg_name", !"grid"}

!370 = !{ptr @f_line, !14, !371}
!371 = !{!15, !372, !273}
!372 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d<float, sample>", !"air.arg_name", !"line"}
!380 = !{ptr @f_lines, !14, !381}
!381 = !{!15, !382, !273}
!382 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d_array<float, sample>", !"air.arg_name", !"lines"}

!470 = !{ptr @k_line, !17, !471}
!471 = !{!472, !473}
!472 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture1d<float, write>", !"air.arg_name", !"line"}
!473 = !{i32 1, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"at"}
!480 = !{ptr @k_lines, !17, !481}
!481 = !{!482, !423}
!482 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture1d_array<float, write>", !"air.arg_name", !"lines"}
!490 = !{ptr @k_read_line, !17, !491}
!491 = !{!492, !463, !444}
!492 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture1d<float, read>", !"air.arg_name", !"line"}
!500 = !{ptr @k_read_lines, !17, !501}
!501 = !{!502, !463, !464, !465}
!502 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d_array<float, sample>", !"air.arg_name", !"lines"}

!900 = !{ptr @v_sampled, !12, !901}
!901 = !{!102, !103, !902, !903}
!902 = !{i32 2, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"picture"}
!903 = !{i32 3, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}

!910 = !{ptr @f_texture_grad, !14, !271}
!920 = !{ptr @f_texture_level, !14, !271}
