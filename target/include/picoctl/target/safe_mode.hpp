#pragma once
// When a program has crashed again and again right after its start, it is not run any more: the Pico
// answers on the link, says so (IDENTITY, flag bit 2), and obeys system.* only. A start that was asked
// for - system.restart, the RUN pin, power - tries the program anew.

#include <algorithm>
#include <cstdint>

#include "picoctl/commands/system.hpp"

namespace picoctl::target {

// So many crashes in a row; one that lasted long enough in between does not belong to them.
inline constexpr std::uint8_t crashes_before_safe_mode = 3;
inline constexpr std::uint64_t lasted_us = 10'000'000;

// Crashes in a row up to this start, of which `before` were counted at the last one. `memory_kept`: the
// RAM holds what it held then; so when power "came", it had fallen too low for a moment only.
constexpr std::uint8_t crashes(std::uint8_t before, system::ResetCause cause, bool memory_kept) {
  const bool crashed = cause == system::ResetCause::watchdog ||
                       (cause == system::ResetCause::power_on && memory_kept);
  if (!crashed) return 0;
  return std::min<std::uint8_t>(before, crashes_before_safe_mode - 1) + 1;
}

}  // namespace picoctl::target
