#include "picoctl/commands/pulse.hpp"

#include <algorithm>

#include "picoctl/target/context.hpp"
#include "picoctl/target/modules.hpp"

namespace picoctl::target {
namespace {

constexpr std::uint32_t slice_us = 100'000;  // between two signs of life

void sleep(Context& context, std::uint32_t us) {
  for (std::uint32_t left = us; left > 0; left -= std::min(left, slice_us)) {
    context.alive();
    context.board().sleep_us(std::min(left, slice_us));
  }
}

Result<void> pulse_pin(Context& context, const pulse::Args& args) {
  if (auto checked = check_pin(context, args.pin); !checked) return checked;
  if (args.time > pulse::longest_ms) {
    return context.fail(Error::bad_value, "a pulse is at most ", pulse::longest_ms, " ms");
  }
  Board& board = context.board();
  const std::uint32_t bit = 1U << args.pin;
  board.gpio_write(bit, bit);
  board.gpio_mode(args.pin, true, gpio::Pull::none);
  sleep(context, args.time * 1000U);
  board.gpio_write(bit, 0);
  return {};
}

constexpr Entry commands[] = {entry<pulse::Pulse, &pulse_pin>()};

}  // namespace

constinit const Module pulse_module{commands, {}};

}  // namespace picoctl::target
