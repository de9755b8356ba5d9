// Turns light 1 on: GP15 of the Pico goes high.
#include <cstdio>

#include "picoctl/controller/pico.hpp"

int main() {
  auto pico = picoctl::connect();
  if (!pico) {
    std::fputs(picoctl::explain(pico.error()).c_str(), stderr);
    return 1;
  }
  const auto done = pico->call("led", 1, true);
  if (!done) {
    std::fputs(picoctl::explain(done.error()).c_str(), stderr);
    return 1;
  }
  std::puts("light 1 is on");
}
// It prints: light 1 is on
// The journal then says: led n=1 on=1
