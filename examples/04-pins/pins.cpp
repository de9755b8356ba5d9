// Drives several pins at the same instant, with types that the compiler checks.
#include <cstdio>

#include "picoctl/commands/gpio.hpp"
#include "picoctl/controller/pico.hpp"

int main() {
  namespace gpio = picoctl::gpio;
  auto pico = picoctl::connect();
  if (!pico) {
    std::fputs(picoctl::explain(pico.error()).c_str(), stderr);
    return 1;
  }
  // GP2, GP3 and GP4, bit n is GPn: on, off, on.
  const auto done = pico->call<gpio::WriteGroup>({.mask = 0b11100, .values = 0b10100});
  const auto pins = pico->call<gpio::ReadGroup>({.mask = 0b11100});
  if (!done || !pins) return 1;
  std::printf("GP2 %u, GP3 %u, GP4 %u\n", pins->values >> 2 & 1U, pins->values >> 3 & 1U,
              pins->values >> 4 & 1U);
}
// It prints: GP2 1, GP3 0, GP4 1
// The journal then says: gpio.write_group mask=28 values=20
// The journal then says: gpio.read_group mask=28
