#pragma once
// Any board that the pico-sdk knows: its name, and its LED if that hangs on a pin of the chip.

#include <string_view>

#include "hardware/gpio.h"
#include "pico.h"

namespace picoctl::pico::board {

#ifdef PICO_BOARD
inline constexpr std::string_view name = PICO_BOARD;
#else
inline constexpr std::string_view name = "rp2";
#endif

#ifdef PICO_DEFAULT_LED_PIN
inline void led_start() {
  gpio_init(PICO_DEFAULT_LED_PIN);
  gpio_set_dir(PICO_DEFAULT_LED_PIN, true);
}
inline void led_write(bool on) { gpio_put(PICO_DEFAULT_LED_PIN, on); }
#else
inline void led_start() {}
inline void led_write(bool) {}
#endif

}  // namespace picoctl::pico::board
