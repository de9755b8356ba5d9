#include "picoctl/pico/failsafe.hpp"

#include "hardware/timer.h"

namespace picoctl::pico {
namespace {

constexpr std::uint64_t every_us = 5'000;

target::FailsafeOutputs* watched = nullptr;
PicoBoard* the_board = nullptr;

void on_alarm(unsigned alarm) {
  watched->tick(*the_board);
  // True: that moment has passed already, as after a write to flash.
  while (hardware_alarm_set_target(alarm, from_us_since_boot(time_us_64() + every_us))) continue;
}

}  // namespace

void watch(target::FailsafeOutputs& failsafe, PicoBoard& board) {
  if (watched != nullptr) __builtin_trap();
  watched = &failsafe;
  the_board = &board;
  const int alarm = hardware_alarm_claim_unused(true);
  hardware_alarm_set_callback(static_cast<unsigned>(alarm), &on_alarm);
  on_alarm(static_cast<unsigned>(alarm));
}

}  // namespace picoctl::pico
