// A Pico with a command of its own. On the Pi: picoctl call led 1 on
#include "hardware/gpio.h"
#include "picoctl/pico/pico.hpp"

picoctl::pico::PicoBoard board;  // SDA on GP0, SCL on GP1
picoctl::Target<> target{board, board.address()};

int main() {
  gpio_init_mask(0b111 << 14);
  gpio_set_dir_out_masked(0b111 << 14);
  target.command("led n on", [](std::uint8_t n, bool on) { gpio_put(14 + n, on); });
  target.plain_register(1, "light1", [](std::uint8_t on) { gpio_put(15, on); });
  board.run(target);
}
