// 64-bit division for the RP2350, which the SDK's start-up needs a few times. The compiler
// library's lies in RAM by the SDK's memory map, 800 bytes of it; this one lies in flash and is
// slow. (The RP2040 has the SDK's own, with the chip's divider.)

#include <stdint.h>

struct quotient_and_rest {
  uint64_t quotient, rest;
};

// Bit by bit, from the top.
__attribute__((used)) struct quotient_and_rest picoctl_divide(uint64_t number, uint64_t by) {
  struct quotient_and_rest result = {0, 0};
  for (int bit = 63; bit >= 0; --bit) {
    result.rest = result.rest << 1 | (number >> bit & 1);
    if (result.rest >= by) {
      result.rest -= by;
      result.quotient |= 1ull << bit;
    }
  }
  return result;
}

// Run-time ABI for the Arm Architecture, section 5.3.1: quotient in r0 and r1, rest in r2 and r3;
// C returns the two in memory.
__attribute__((naked)) void __aeabi_uldivmod(void) {
  __asm__ volatile(
      "push {r2, r3}\n"
      "mov r3, r1\n"
      "mov r2, r0\n"
      "pop {r0, r1}\n"
      "sub sp, #24\n"
      "str lr, [sp, #0]\n"
      "push {r0, r1}\n"
      "add r0, sp, #16\n"
      "bl picoctl_divide\n"
      "add sp, #8\n"
      "ldr lr, [sp, #0]\n"
      "ldrd r0, r1, [sp, #8]\n"
      "ldrd r2, r3, [sp, #16]\n"
      "add sp, #24\n"
      "bx lr\n");
}
