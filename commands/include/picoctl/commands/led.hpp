// led: lights by number. 0 is the board's own LED, 1 is GP15, 2 GP14, 3 GP13.
#pragma once

#include <array>
#include <cstdint>

#include "picoctl/link/command.hpp"

namespace picoctl::led {

inline constexpr std::uint8_t count = 4;
// The pin of lights 1, 2, 3: three neighbours at the corner of the board, beside a GND pin.
inline constexpr std::array<std::uint8_t, count> pins{0, 15, 14, 13};  // [0] is not used

struct SetArgs {
  std::uint8_t n = 0;
  bool on = false;
  using fields = Fields<Field<"n", &SetArgs::n>, Field<"on", &SetArgs::on>>;
};
using Set = Command<"led", "Turn a light on or off: 0 is the board's LED, 1 is GP15", SetArgs>;

}  // namespace picoctl::led
