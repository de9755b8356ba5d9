// A Pico whose outputs go to a safe level when the program that commands them is silent. On the Pi:
//
//   pico.call("failsafe.arm", 15, False, 500)    # GP15 low, if nothing comes for 500 ms
//   pico.gpio.write(15, True)
//   while True: pico.system.ping(); …            # a sign of life: any command is one
#include "hardware/gpio.h"
#include "picoctl/pico/failsafe.hpp"

picoctl::pico::PicoBoard board;  // SDA on GP0, SCL on GP1
picoctl::Target<> target{board, board.address()};
picoctl::target::Failsafe<> failsafe{target};  // for up to four outputs

// What can crash, such as a sensor that does not answer. It is left out if it did three times.
void prepare() {
  gpio_init(16);
  gpio_pull_up(16);
}

int main() {
  target.command("door -> open # Whether the door's contact on GP16 is open",
                 [] { return gpio_get(16); });
  failsafe.add_to(target);
  picoctl::pico::watch(failsafe, board);
  board.run(target, prepare);
}
