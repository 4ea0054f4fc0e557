; args: --profile gles
; refused: limit_vertex_attributes
; args: --profile gles --variant attribute=0,7,5,1,0,160,0 --variant attribute=1,8,6,1,4,160,1 --variant attribute=2,9,7,2,8,160,2 --variant attribute=3,10,5,1,12,160,0 --variant attribute=4,11,6,1,16,160,1 --variant attribute=5,12,7,2,20,160,2 --variant attribute=6,19,5,1,24,160,0 --variant attribute=7,20,6,1,28,160,1 --variant attribute=8,21,7,2,32,160,2 --variant attribute=9,22,5,1,36,160,0 --variant attribute=10,23,6,1,40,160,1 --variant attribute=11,24,7,2,44,160,2 --variant attribute=12,25,5,1,48,160,0 --variant attribute=13,26,6,1,52,160,1 --variant attribute=14,27,7,2,56,160,2 --variant attribute=15,28,5,1,60,160,0 --variant attribute=16,29,6,1,64,160,1 --variant attribute=17,30,7,2,68,160,2 --variant attribute=18,31,5,1,72,160,0 --variant attribute=19,40,6,1,76,160,1 --variant attribute=20,41,7,2,80,160,2 --variant attribute=21,42,5,1,84,160,0 --variant attribute=22,47,6,1,88,160,1 --variant attribute=23,48,7,2,92,160,2 --variant attribute=24,51,5,1,96,160,0 --variant attribute=25,52,6,1,100,160,1 --variant attribute=26,53,7,2,104,160,2 --variant attribute=27,54,5,1,108,160,0 --variant attribute=28,55,6,1,112,160,1
; want: buffer 5 binding 0 r attributes
; want: attribute 20 float4 pulled
; args: --profile vulkan --variant attribute=0,7,5,1,0,160,0 --variant attribute=1,8,6,1,4,160,1 --variant attribute=2,9,7,2,8,160,2 --variant attribute=3,10,5,1,12,160,0 --variant attribute=4,11,6,1,16,160,1 --variant attribute=5,12,7,2,20,160,2 --variant attribute=6,19,5,1,24,160,0 --variant attribute=7,20,6,1,28,160,1 --variant attribute=8,21,7,2,32,160,2 --variant attribute=9,22,5,1,36,160,0 --variant attribute=10,23,6,1,40,160,1 --variant attribute=11,24,7,2,44,160,2 --variant attribute=12,25,5,1,48,160,0 --variant attribute=13,26,6,1,52,160,1 --variant attribute=14,27,7,2,56,160,2 --variant attribute=15,28,5,1,60,160,0 --variant attribute=16,29,6,1,64,160,1 --variant attribute=17,30,7,2,68,160,2 --variant attribute=18,31,5,1,72,160,0 --variant attribute=19,40,6,1,76,160,1 --variant attribute=20,41,7,2,80,160,2 --variant attribute=21,42,5,1,84,160,0 --variant attribute=22,47,6,1,88,160,1 --variant attribute=23,48,7,2,92,160,2 --variant attribute=24,51,5,1,96,160,0 --variant attribute=25,52,6,1,100,160,1 --variant attribute=26,53,7,2,104,160,2 --variant attribute=27,54,5,1,108,160,0 --variant attribute=28,55,6,1,112,160,1
; want: attribute 3 float4 pulled
; args: --profile gles --variant attribute=0,7,5,1,0,4294967295,0 --variant attribute=1,8,6,1,4,4294967295,1 --variant attribute=2,9,7,2,8,4294967295,2 --variant attribute=3,10,5,1,12,4294967295,0 --variant attribute=4,11,6,1,16,4294967295,1 --variant attribute=5,12,7,2,20,4294967295,2 --variant attribute=6,19,5,1,24,4294967295,0 --variant attribute=7,20,6,1,28,4294967295,1 --variant attribute=8,21,7,2,32,4294967295,2 --variant attribute=9,22,5,1,36,4294967295,0 --variant attribute=10,23,6,1,40,4294967295,1 --variant attribute=11,24,7,2,44,4294967295,2 --variant attribute=12,25,5,1,48,4294967295,0 --variant attribute=13,26,6,1,52,4294967295,1 --variant attribute=14,27,7,2,56,4294967295,2 --variant attribute=15,28,5,1,60,4294967295,0 --variant attribute=16,29,6,1,64,4294967295,1 --variant attribute=17,30,7,2,68,4294967295,2 --variant attribute=18,31,5,1,72,4294967295,0 --variant attribute=19,40,6,1,76,4294967295,1 --variant attribute=20,41,7,2,80,4294967295,2 --variant attribute=21,42,5,1,84,4294967295,0 --variant attribute=22,47,6,1,88,4294967295,1 --variant attribute=23,48,7,2,92,4294967295,2 --variant attribute=24,51,5,1,96,4294967295,0 --variant attribute=25,52,6,1,100,4294967295,1 --variant attribute=26,53,7,2,104,4294967295,2 --variant attribute=27,54,5,1,108,4294967295,0 --variant attribute=28,55,6,1,112,4294967295,1
; want: params binding 0
; args: --profile gles --variant attribute=0,36,1,1,0,16,1
; refused: air_argument_unsupported
; SPDX-License-Identifier: GPL-2.0-or-later
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <4 x float> @v(<4 x float> %a0, <4 x float> %a1, <4 x float> %a2, <4 x float> %a3, <4 x float> %a4, <4 x float> %a5, <4 x float> %a6, <4 x float> %a7, <4 x float> %a8, <4 x float> %a9, <4 x float> %a10, <4 x float> %a11, <4 x float> %a12, <4 x float> %a13, <4 x float> %a14, <4 x float> %a15, <4 x float> %a16, <4 x float> %a17, <4 x float> %a18, <4 x float> %a19, <4 x float> %a20, <4 x float> %a21, <4 x float> %a22, <4 x float> %a23, <4 x float> %a24, <4 x float> %a25, <4 x float> %a26, <4 x float> %a27, <4 x float> %a28) {
  %s1 = fadd <4 x float> %a0, %a1
  %s2 = fadd <4 x float> %s1, %a2
  %s3 = fadd <4 x float> %s2, %a3
  %s4 = fadd <4 x float> %s3, %a4
  %s5 = fadd <4 x float> %s4, %a5
  %s6 = fadd <4 x float> %s5, %a6
  %s7 = fadd <4 x float> %s6, %a7
  %s8 = fadd <4 x float> %s7, %a8
  %s9 = fadd <4 x float> %s8, %a9
  %s10 = fadd <4 x float> %s9, %a10
  %s11 = fadd <4 x float> %s10, %a11
  %s12 = fadd <4 x float> %s11, %a12
  %s13 = fadd <4 x float> %s12, %a13
  %s14 = fadd <4 x float> %s13, %a14
  %s15 = fadd <4 x float> %s14, %a15
  %s16 = fadd <4 x float> %s15, %a16
  %s17 = fadd <4 x float> %s16, %a17
  %s18 = fadd <4 x float> %s17, %a18
  %s19 = fadd <4 x float> %s18, %a19
  %s20 = fadd <4 x float> %s19, %a20
  %s21 = fadd <4 x float> %s20, %a21
  %s22 = fadd <4 x float> %s21, %a22
  %s23 = fadd <4 x float> %s22, %a23
  %s24 = fadd <4 x float> %s23, %a24
  %s25 = fadd <4 x float> %s24, %a25
  %s26 = fadd <4 x float> %s25, %a26
  %s27 = fadd <4 x float> %s26, %a27
  %s28 = fadd <4 x float> %s27, %a28
  ret <4 x float> %s28
}
declare <4 x float> @air.convert.f.v4f32.s.v4i32(<4 x i32>)

!air.vertex = !{!0}
!air.version = !{!3}
!0 = !{ptr @v, !1, !2}
!1 = !{!10}
!2 = !{!11, !12, !13, !14, !15, !16, !17, !18, !19, !20, !21, !22, !23, !24, !25, !26, !27, !28, !29, !30, !31, !32, !33, !34, !35, !36, !37, !38, !39}
!3 = !{i32 2, i32 7, i32 0}
!10 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!11 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a0"}
!12 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a1"}
!13 = !{i32 2, !"air.vertex_input", !"air.location_index", i32 2, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a2"}
!14 = !{i32 3, !"air.vertex_input", !"air.location_index", i32 3, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a3"}
!15 = !{i32 4, !"air.vertex_input", !"air.location_index", i32 4, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a4"}
!16 = !{i32 5, !"air.vertex_input", !"air.location_index", i32 5, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a5"}
!17 = !{i32 6, !"air.vertex_input", !"air.location_index", i32 6, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a6"}
!18 = !{i32 7, !"air.vertex_input", !"air.location_index", i32 7, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a7"}
!19 = !{i32 8, !"air.vertex_input", !"air.location_index", i32 8, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a8"}
!20 = !{i32 9, !"air.vertex_input", !"air.location_index", i32 9, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a9"}
!21 = !{i32 10, !"air.vertex_input", !"air.location_index", i32 10, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a10"}
!22 = !{i32 11, !"air.vertex_input", !"air.location_index", i32 11, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a11"}
!23 = !{i32 12, !"air.vertex_input", !"air.location_index", i32 12, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a12"}
!24 = !{i32 13, !"air.vertex_input", !"air.location_index", i32 13, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a13"}
!25 = !{i32 14, !"air.vertex_input", !"air.location_index", i32 14, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a14"}
!26 = !{i32 15, !"air.vertex_input", !"air.location_index", i32 15, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a15"}
!27 = !{i32 16, !"air.vertex_input", !"air.location_index", i32 16, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a16"}
!28 = !{i32 17, !"air.vertex_input", !"air.location_index", i32 17, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a17"}
!29 = !{i32 18, !"air.vertex_input", !"air.location_index", i32 18, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a18"}
!30 = !{i32 19, !"air.vertex_input", !"air.location_index", i32 19, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a19"}
!31 = !{i32 20, !"air.vertex_input", !"air.location_index", i32 20, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a20"}
!32 = !{i32 21, !"air.vertex_input", !"air.location_index", i32 21, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a21"}
!33 = !{i32 22, !"air.vertex_input", !"air.location_index", i32 22, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a22"}
!34 = !{i32 23, !"air.vertex_input", !"air.location_index", i32 23, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a23"}
!35 = !{i32 24, !"air.vertex_input", !"air.location_index", i32 24, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a24"}
!36 = !{i32 25, !"air.vertex_input", !"air.location_index", i32 25, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a25"}
!37 = !{i32 26, !"air.vertex_input", !"air.location_index", i32 26, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a26"}
!38 = !{i32 27, !"air.vertex_input", !"air.location_index", i32 27, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a27"}
!39 = !{i32 28, !"air.vertex_input", !"air.location_index", i32 28, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a28"}
