#include <cstdio>

#include "picoctl/commands/led.hpp"
#include "picoctl/controller/pico.hpp"

int main() {
  auto pico = picoctl::connect();
  const auto done =
      pico ? pico->call<picoctl::led::Set>({1, true}) : picoctl::Unexpected{pico.error()};
  std::puts(done ? "light 1 is on" : picoctl::explain(done.error()).c_str());
}
