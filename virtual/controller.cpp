#include "picoctl/virtual/controller.hpp"

#include <string>

#include "transaction.hpp"

namespace picoctl::sim {

std::uint64_t pulse_after_hold_ns(Stretching stretching, std::uint64_t half_ns,
                                  std::uint64_t held_ns) {
  const bool whole = stretching == Stretching::waits ||
                     (stretching == Stretching::first_check && held_ns >= half_ns);
  return whole ? half_ns : half_ns - held_ns % half_ns;
}

// A pulse that targets take for a spike is a clock that they miss: Fault::slip, at the next bit.
void Transaction::look_at_clock(std::uint64_t held_ns) {
  if (waits_) return;
  const std::uint64_t pulse =
      pulse_after_hold_ns(bus_.options_.stretching, bus_.bit_ns_ / 2, held_ns);
  if (pulse > spike_ns) return;
  bus_.note(0, "SCL is high for " + std::to_string(pulse) + " ns: targets miss this clock");
  faults_.push_back({.request = {.fault = Fault::slip, .on = false, .value = 8 * byte_index_},
                     .of_controller = true});
}

// The pulse before a repeated START or a STOP carries no bit; nor is a model's doing somebody's fault.
void Transaction::forget_clock() {
  std::erase_if(faults_, [](const Due& due) { return due.of_controller; });
}

}  // namespace picoctl::sim
