// PICOCTL_HOT: code that an interrupt runs. On the chip it lies in RAM, so that neither a flash
// write nor a cache miss can hold the bus; elsewhere the mark means nothing.
#pragma once

#if defined(PICO_ON_DEVICE) && PICO_ON_DEVICE
#define PICOCTL_HOT __attribute__((noinline, section(".time_critical.picoctl")))
#else
#define PICOCTL_HOT
#endif
