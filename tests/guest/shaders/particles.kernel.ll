; SPDX-License-Identifier: GPL-2.0-or-later
; A particle a thread: its place follows from the frame's number, its colour from an age that each
; frame adds to. Counts itself into the arguments of an indirect draw.

declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)

; buffer 0: instances of five words (rect.vert); 1: four words of a draw; 2: ages; 3: frame, width,
; height, number of particles
define void @particles(ptr addrspace(1) %instances, ptr addrspace(1) %arguments, ptr addrspace(1) %ages, ptr addrspace(2) %frame, i32 %id) {
entry:
  %info = load <4 x i32>, ptr addrspace(2) %frame, align 16
  %number = extractelement <4 x i32> %info, i32 0
  %width = extractelement <4 x i32> %info, i32 1
  %height = extractelement <4 x i32> %info, i32 2
  %count = extractelement <4 x i32> %info, i32 3
  %alive = icmp ult i32 %id, %count
  br i1 %alive, label %go, label %done

go:
  %h0 = mul i32 %id, -1640531535
  %h1 = lshr i32 %h0, 13
  %hash = xor i32 %h0, %h1
  %speed_x0 = and i32 %hash, 3
  %speed_x = add i32 %speed_x0, 1
  %h2 = lshr i32 %hash, 2
  %speed_y0 = and i32 %h2, 3
  %speed_y = add i32 %speed_y0, 1
  %h3 = lshr i32 %hash, 4
  %start_x = and i32 %h3, 4095
  %h4 = lshr i32 %hash, 16
  %start_y = and i32 %h4, 4095
  %way_x = mul i32 %speed_x, %number
  %way_y = mul i32 %speed_y, %number
  %at_x = add i32 %start_x, %way_x
  %at_y = add i32 %start_y, %way_y
  %x = urem i32 %at_x, %width
  %y = urem i32 %at_y, %height

  %wide = zext i32 %id to i64
  %age_at = getelementptr i32, ptr addrspace(1) %ages, i64 %wide
  %age = load i32, ptr addrspace(1) %age_at, align 4
  %older = add i32 %age, 1
  store i32 %older, ptr addrspace(1) %age_at, align 4

  ; place and size as four shorts, no source, colour by age
  %y_high = shl i32 %y, 16
  %place = or i32 %y_high, %x
  %size = or i32 262144, 4
  %first = mul i32 %id, 5
  %first_wide = zext i32 %first to i64
  %to = getelementptr i32, ptr addrspace(1) %instances, i64 %first_wide
  store i32 %place, ptr addrspace(1) %to, align 4
  %to1 = getelementptr i32, ptr addrspace(1) %to, i64 1
  store i32 %size, ptr addrspace(1) %to1, align 4
  %to2 = getelementptr i32, ptr addrspace(1) %to, i64 2
  store i32 0, ptr addrspace(1) %to2, align 4
  %to3 = getelementptr i32, ptr addrspace(1) %to, i64 3
  store i32 0, ptr addrspace(1) %to3, align 4
  %red = and i32 %older, 63
  %green0 = and i32 %hash, 63
  %green = shl i32 %green0, 8
  %blue0 = sub i32 96, %red
  %blue = shl i32 %blue0, 16
  %c0 = or i32 %red, %green
  %c1 = or i32 %c0, %blue
  %color = or i32 %c1, -16777216
  %to4 = getelementptr i32, ptr addrspace(1) %to, i64 4
  store i32 %color, ptr addrspace(1) %to4, align 4

  ; instanceCount is the second word
  %counter = getelementptr i32, ptr addrspace(1) %arguments, i64 1
  %old = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %counter, i32 1, i32 0, i32 2, i1 true)
  %is_first = icmp eq i32 %id, 0
  br i1 %is_first, label %corners, label %done

corners:
  store i32 4, ptr addrspace(1) %arguments, align 4
  br label %done

done:
  ret void
}

!air.kernel = !{!0}
!air.version = !{!20}
!air.language_version = !{!21}
!0 = !{ptr @particles, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5, !6, !7}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"instances"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"arguments"}
!5 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"ages"}
!6 = !{i32 3, !"air.buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 3, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"uint4", !"air.arg_name", !"frame"}
!7 = !{i32 4, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!20 = !{i32 2, i32 7, i32 0}
!21 = !{!"Metal", i32 3, i32 2, i32 0}
