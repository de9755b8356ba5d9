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
// Whoever took it with this flag lets go of it; resets it, unless somebody else has it by now.
void free_block(unsigned block, const bool& taken);

// In the interrupt: whether the block is set up otherwise than we did. It then raises interrupts that
// nobody would end; they are off after this, and the block counts as taken.
bool was_set_up_by_others(unsigned block, std::uint32_t our_interrupts);

void mask_block(unsigned block);
void unmask_block(unsigned block);

}  // namespace picoctl::micropython
