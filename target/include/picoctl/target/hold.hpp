#pragma once
// When to release SCL after a read request, for the sake of the Raspberry Pi 0 to 4.
//
// Their I2C block (BSC) has a clock that runs on while a target holds SCL, and looks at the line
// every half period. Two accounts of its fault are published (raspberrypi/linux issues 254 and
// 4884), and they differ: by one, every release just before such a look makes a clock pulse too
// short; by the other, only short holds directly after a read's address do. What is safe by both:
// release well before the first look, so that nothing is stretched at all; or, if it is too late
// for that, half-way between two later looks. Both accounts are models: a sweep over a Pi's own
// bus is the proof. The Pi 5 has another block, and needs none of this.

#include <cstdint>

namespace picoctl::target {

// How long to go on holding, in clock cycles. `held`: cycles since SCL fell after the address's
// ACK. `setup`: cycles from handing over the first byte to the release (IC_SDA_SETUP).
// `half_period`: of the controller's SCL, in cycles; 0: not known, release at once.
constexpr std::uint32_t release_wait(std::uint32_t held, std::uint32_t setup,
                                     std::uint32_t half_period) {
  const std::uint32_t release = held + setup;
  if (half_period == 0 || release <= half_period - half_period / 4) return 0;
  // Later than this is no wait for timing's sake any more. No division: it would be a call.
  constexpr int last_look = 64;
  std::uint32_t midway = half_period + half_period / 2;
  for (int look = 1; look < last_look; ++look, midway += half_period) {
    if (midway >= release) return midway - release;
  }
  return 0;
}

}  // namespace picoctl::target
