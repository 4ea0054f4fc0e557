; SPDX-License-Identifier: GPL-2.0-or-later
; Lights what gbuffer.frag wrote: brighter towards the middle, odd surfaces in bands.

%read4 = type { <4 x float>, i8 }
%readu = type { <4 x i32>, i8 }
declare %read4 @air.read_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)
declare %readu @air.read_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, i32, i32)
declare <2 x i32> @air.convert.s.v2i32.f.v2f32(<2 x float>)

define <4 x float> @light_fragment(<4 x float> %position, ptr addrspace(1) %albedo, ptr addrspace(1) %places, ptr addrspace(1) %numbers) {
  %xy = shufflevector <4 x float> %position, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %at = call <2 x i32> @air.convert.s.v2i32.f.v2f32(<2 x float> %xy)
  %ra = call %read4 @air.read_texture_2d.v4f32(ptr addrspace(1) %albedo, <2 x i32> %at, i32 0, i32 1)
  %rp = call %read4 @air.read_texture_2d.v4f32(ptr addrspace(1) %places, <2 x i32> %at, i32 0, i32 1)
  %rn = call %readu @air.read_texture_2d.u.v4i32(ptr addrspace(1) %numbers, <2 x i32> %at, i32 0, i32 1)
  %color = extractvalue %read4 %ra, 0
  %place = extractvalue %read4 %rp, 0
  %number4 = extractvalue %readu %rn, 0
  %number = extractelement <4 x i32> %number4, i32 0
  %px = extractelement <4 x float> %place, i32 0
  %py = extractelement <4 x float> %place, i32 1
  %dx = fsub float %px, 5.000000e-01
  %dy = fsub float %py, 5.000000e-01
  %xx = fmul float %dx, %dx
  %yy = fmul float %dy, %dy
  %far = fadd float %xx, %yy
  %f0 = fmul float %far, -1.500000e+00
  %bright = fadd float %f0, 1.000000e+00
  %row = extractelement <2 x i32> %at, i32 1
  %band0 = lshr i32 %row, 2
  %band1 = and i32 %band0, %number
  %band2 = and i32 %band1, 1
  %banded = icmp ne i32 %band2, 0
  %dim = select i1 %banded, float 7.500000e-01, float 1.000000e+00
  %scale = fmul float %bright, %dim
  %s0 = insertelement <4 x float> undef, float %scale, i32 0
  %s1 = shufflevector <4 x float> %s0, <4 x float> undef, <4 x i32> zeroinitializer
  %lit = fmul <4 x float> %color, %s1
  %out = insertelement <4 x float> %lit, float 1.000000e+00, i32 3
  ret <4 x float> %out
}

!air.fragment = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @light_fragment, !1, !3}
!1 = !{!2}
!2 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!3 = !{!4, !5, !6, !7}
!4 = !{i32 0, !"air.position", !"air.center", !"air.no_perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!5 = !{i32 1, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<float, read>", !"air.arg_name", !"albedo"}
!6 = !{i32 2, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<float, read>", !"air.arg_name", !"places"}
!7 = !{i32 3, !"air.texture", !"air.location_index", i32 2, i32 1, !"air.read", !"air.arg_type_name", !"texture2d<uint, read>", !"air.arg_name", !"numbers"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
