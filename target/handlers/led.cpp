#include "picoctl/commands/led.hpp"

#include "picoctl/target/core.hpp"
#include "picoctl/target/modules.hpp"

namespace picoctl::target {
namespace {

Result<void> set(Context& context, const led::SetArgs& args) {
  if (args.n >= led::count) {
    return context.fail(Error::bad_value, "lights are 0 to ", led::count - 1U);
  }
  set_light(context, args.n, args.on);
  return {};
}

// i2cset -y 1 0x41 0x01 0x01: register n is light n.
void register_written(Context& context, const RegisterEntry& entry, std::uint32_t value) {
  set_light(context, entry.number, value != 0);
}

constexpr Entry commands[] = {entry<led::Set, &set>()};

constexpr RegisterEntry lights[] = {
    {0, 1, "light0:u8 # The board's own LED", {}, &register_written, nullptr},
    {1, 1, "light1:u8 # Light 1, GP15", {}, &register_written, nullptr},
    {2, 1, "light2:u8 # Light 2, GP14", {}, &register_written, nullptr},
    {3, 1, "light3:u8 # Light 3, GP13", {}, &register_written, nullptr},
};
static_assert(std::size(lights) == led::count);

}  // namespace

void set_light(Context& context, std::uint8_t n, bool on) {
  Board& board = context.board();
  if (n == 0) {
    board.led_write(on);
  } else {
    const std::uint32_t bit = 1U << led::pins[n];
    board.gpio_write(bit, on ? bit : 0);
    board.gpio_mode(led::pins[n], true, gpio::Pull::none);
  }
  context.core().set_register(n, on ? 1 : 0);
}

constinit const Module led_module{commands, lights};

}  // namespace picoctl::target
