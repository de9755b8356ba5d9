// The boot ROM's fixed part: vectors, the header at 0x10 that the pico-sdk looks things up by, and
// the way from reset into the second boot stage (RP2040 datasheet sections 2.8.1 and 2.8.3).
    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .section .vectors, "a"
    .word 0x20041f00            // below the place of the second stage
    .word rom_reset
    .word rom_stop              // NMI
    .word rom_stop              // HardFault
    .byte 'M', 'u', 1, 3        // magic; the version whose tables these are
    .hword rom_functions
    .hword rom_data
    .hword rom_table_lookup + 1
    .hword 0
    .word 0, 0, 0, 0
    .word rom_stop              // SVCall, at 0x2c
    .word 0, 0
    .word rom_stop, rom_stop    // PendSV, SysTick

    .text
// What only the machine around the chip can do is asked for by a breakpoint: see rom_calls.ts.
    .macro breakpoint name, number
    .global \name
    .type \name, %function
\name:
    bkpt #\number
    b \name
    .endm

    breakpoint rom_stop, 0xe0
    breakpoint rom_no_program, 0xe1
    breakpoint rom_usb_boot, 0xe2

    .global rom_enter_stage2
    .type rom_enter_stage2, %function
rom_enter_stage2:               // r0: its address, odd; it sees by LR = 0 that the ROM called it
    movs r1, #0
    mov lr, r1
    bx r0

    .global rom_enter
    .type rom_enter, %function
rom_enter:                      // r0: stack, r1: program, as watchdog_reboot() asks for
    msr msp, r0
    bx r1

    .global rom_wait_for_vector
    .type rom_wait_for_vector, %function
rom_wait_for_vector:
    wfe
    b rom_wait_for_vector

// Comparison by flags, as the run-time ABI's: Z for equal, C clear for less.
    .global rom_fcmp_flags
    .type rom_fcmp_flags, %function
rom_fcmp_flags:
    push {r4, lr}
    bl __aeabi_cfcmple
    pop {r4, pc}
    .global rom_dcmp_flags
    .type rom_dcmp_flags, %function
rom_dcmp_flags:
    push {r4, lr}
    bl __aeabi_cdcmple
    pop {r4, pc}
