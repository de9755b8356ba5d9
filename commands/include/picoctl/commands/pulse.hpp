// pulse: a pin high for a while. Its handler takes as long as the pulse; the link goes on meanwhile.
#pragma once

#include <cstdint>

#include "picoctl/link/command.hpp"

namespace picoctl::pulse {

inline constexpr std::uint16_t longest_ms =
    1000;  // the time that a command has if it declares none

struct Args {
  std::uint8_t pin = 0;
  std::uint16_t time = 0;  // 0 to longest_ms
  using fields = Fields<Field<"pin", &Args::pin>, Field<"time", &Args::time, "ms">>;
};
using Pulse = Command<"pulse", "Drive a pin high for so long, then low", Args>;

}  // namespace picoctl::pulse
