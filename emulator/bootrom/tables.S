// What is looked up by a code of two letters, and the floating point functions by number. Every
// address of a function is odd, as Thumb code's.
    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .section .rodata, "a"
    .balign 4

    .macro function first, second, name
    .byte \first, \second
    .hword \name + 1
    .endm

    .global rom_functions
rom_functions:
    function 'P', '3', rom_popcount
    function 'R', '3', rom_reverse
    function 'L', '3', rom_clz
    function 'T', '3', rom_ctz
    function 'M', 'S', rom_memset
    function 'S', '4', rom_memset4
    function 'M', 'C', rom_memcpy
    function 'C', '4', rom_memcpy44
    function 'U', 'B', rom_usb_boot
    function 'W', 'V', rom_wait_for_vector
    function 'I', 'F', rom_connect_flash
    function 'E', 'X', rom_exit_xip
    function 'R', 'E', rom_flash_erase
    function 'R', 'P', rom_flash_program
    function 'F', 'C', rom_flush_cache
    function 'C', 'X', rom_enter_cmd_xip
    .word 0

    .macro data first, second, name
    .byte \first, \second
    .hword \name
    .endm

    .global rom_data
rom_data:
    data 'S', 'F', rom_floats
    data 'S', 'D', rom_doubles
    data 'C', 'R', rom_copyright
    data 'G', 'R', rom_revision
    .word 0

rom_copyright:
    .asciz "picoctl's boot ROM for the emulator, MIT licence"
    .balign 4
rom_revision:
    .word 0

    .macro functions names:vararg
    .irp name, \names
    .word rom_\name + 1
    .endr
    .endm

    .balign 4
    .byte 0, 0, 32, 0           // how many there are
rom_floats:
    functions fadd, fsub, fmul, fdiv, fcmp, fcmp_flags, fsqrt, f2int, f2fix, f2uint, f2ufix
    functions int2f, fix2f, uint2f, ufix2f, fcos, fsin, ftan, fsin, fexp, fln
    functions fcmp, fatan2, int642f, fix642f, uint642f, ufix642f
    functions f2int64, f2fix64, f2uint64, f2ufix64, f2d
rom_doubles:
    functions dadd, dsub, dmul, ddiv, dcmp, dcmp_flags, dsqrt, d2int, d2fix, d2uint, d2ufix
    functions int2d, fix2d, uint2d, ufix2d, dcos, dsin, dtan, dsincos, dexp, dln
    functions dcmp, datan2, int642d, fix642d, uint642d, ufix642d
    functions d2int64, d2fix64, d2uint64, d2ufix64, d2f

    .text
    .type rom_dsincos, %function
rom_dsincos:                    // the sine in r0 and r1, the cosine in r2 and r3
    push {r4, lr}
    sub sp, #16
    mov r2, sp
    bl rom_dsincos_into
    pop {r0, r1, r2, r3}
    pop {r4, pc}
