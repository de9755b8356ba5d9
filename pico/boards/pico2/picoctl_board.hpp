#pragma once
// Raspberry Pi Pico 2 (RP2350). The LED is on GP25.

#include <string_view>

#include "hardware/gpio.h"

namespace picoctl::pico::board {

inline constexpr std::string_view name = "pico2";
inline constexpr unsigned led_pin = 25;

inline void led_start() {
  gpio_init(led_pin);
  gpio_set_dir(led_pin, true);
}
inline void led_write(bool on) { gpio_put(led_pin, on); }

}  // namespace picoctl::pico::board
