#pragma once
// The two I2C blocks, each with at most one user of picoctl's: a link, or a bytes target.

#include <cstdint>

#include "hardware/irq.h"
#include "link.h"

namespace picoctl::micropython {

inline constexpr unsigned block_count = 2;

// Takes a block, its interrupt (not enabled yet, at the highest priority) and its pins. `taken`
// becomes true if something else in the program takes the block away later.
picoctl_opening take_block(const picoctl_pins& pins, irq_handler_t handler, bool& taken);
// Resets it and lets go of its pins; nothing if somebody else took it.
void free_block(unsigned block);
// From an interrupt too: somebody else has it now, and its interrupt is no longer ours.
void lose_block(unsigned block);

// Whether the block is set up otherwise than we did: its interrupts would be nobody's.
bool is_foreign(unsigned block, std::uint32_t our_interrupts);

void mask_block(unsigned block);
void unmask_block(unsigned block);

}  // namespace picoctl::micropython
