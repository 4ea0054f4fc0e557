// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Multiboot entry. Long mode is entered at once with tables that the assembler made: some nested
 * hypervisors cannot run much 32-bit code without paging (spec 06 section 12.2).
 */
#define MAGIC 0x1badb002
#define FLAGS 0x3 // modules on page boundaries, memory information

	.section .multiboot, "a"
	.align 4
	.long MAGIC, FLAGS, -(MAGIC + FLAGS)

	.section .text.start, "ax"
	.code32
	.globl _start
_start:
	cli
	movl $stack_top, %esp
	movl %ebx, multiboot_info
	movl $gdt_pointer, %eax
	lgdt (%eax)
	movl %cr4, %eax
	orl $0x20, %eax // PAE
	movl %eax, %cr4
	movl $page_map, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx // EFER
	rdmsr
	orl $0x100, %eax // LME
	wrmsr
	movl %cr0, %eax
	orl $0x80000001, %eax // PG, PE
	movl %eax, %cr0
	ljmp $0x08, $long_mode

	.code64
long_mode:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	xorl %eax, %eax
	movw %ax, %fs
	movw %ax, %gs
	movq $stack_top, %rsp
	movl multiboot_info, %edi
	call bare_main
1:	hlt
	jmp 1b

	.section .data
	.align 8
gdt:
	.quad 0
	.quad 0x00af9a000000ffff // code, 64 bit
	.quad 0x00cf92000000ffff // data
gdt_pointer:
	.word . - gdt - 1
	.long gdt
	.align 4
multiboot_info:
	.long 0

	// 4 GiB mapped as they are, in pages of 2 MiB; entry 1 of page_map is for surfaces.
	.align 4096
	.globl page_map
page_map:
	.quad page_directories_low + 3
	.fill 511, 8, 0
page_directories_low:
	.quad page_tables_low + 0x0003
	.quad page_tables_low + 0x1003
	.quad page_tables_low + 0x2003
	.quad page_tables_low + 0x3003
	.fill 508, 8, 0
page_tables_low:
	.set address, 0
	.rept 2048
	.quad address + 0x83
	.set address, address + 0x200000
	.endr

	.section .bss
	.align 16
	.skip 65536
stack_top:
	.section .note.GNU-stack, "", @progbits
