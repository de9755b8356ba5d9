#pragma once
// What is known only once, when the chip starts.

#include <cstdint>

#include "picoctl/target/board.hpp"

namespace picoctl::pico {

// Random; never the last one again after a reset that left RAM as it was.
std::uint32_t new_boot_id();
// Call once, before the watchdog is started.
target::ResetCause find_reset_cause();

}  // namespace picoctl::pico
