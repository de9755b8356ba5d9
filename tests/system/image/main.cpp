// What the system tests command, on a chip: all modules, and the commands of the virtual Pico's
// own program (standard_program in virtual/machine/pico.cpp).
#include <algorithm>
#include <array>

#include "pico/time.h"
#include "picoctl/commands/led.hpp"
#include "picoctl/pico/failsafe.hpp"

namespace {

using namespace picoctl;

constexpr std::array modules{&target::system_module, &target::gpio_module, &target::led_module};
constexpr Limits limits{.slots = 7};

#if PICOCTL_MID_PHASE
pico::PicoBoard board{{.hold = pico::Hold::mid_phase}};
#else
pico::PicoBoard board;
#endif
Target<limits> the_target{board, board.address(), modules};
target::Failsafe<> failsafe{the_target};

}  // namespace

int main() {
  the_target.command("light n on token # Turn a light on or off; the journal holds the token",
                     [](Context& context, std::uint8_t n, bool on, std::uint32_t) -> Result<void> {
                       if (n >= led::count) return context.fail(Error::bad_value, "no such light");
                       target::set_light(context, n, on);
                       return {};
                     });
  the_target.command("wait time # Sleep so many milliseconds in the handler",
                     [](Context& context, std::uint32_t time) {
                       for (; time > 0; time -= std::min<std::uint32_t>(time, 100)) {
                         context.alive();
                         sleep_ms(std::min<std::uint32_t>(time, 100));
                       }
                     });
  the_target.command(
      "hang time # The same without a sign of life: beyond a second the watchdog bites",
      [](std::uint32_t time) { sleep_ms(time); });
  failsafe.add_to(the_target);
  pico::watch(failsafe, board);
  board.run(the_target);
}
