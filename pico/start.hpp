#pragma once
// What is known only once, when the chip starts.

#include <cstdint>

#include "picoctl/target/board.hpp"

namespace picoctl::pico {

struct Start {
  std::uint32_t boot_id;  // random; never the last one again after a reset that left RAM as it was
  target::ResetCause cause;
  bool safe_mode;
};
// Once, before the watchdog is started.
Start find_start();
// The program has lasted long enough: what comes is no crash at its start.
void lasted();

}  // namespace picoctl::pico
