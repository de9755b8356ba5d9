// Plain registers: what i2cset and i2cget do. They are outside picoctl's checks.
#include <cstdio>

#include "picoctl/controller/pico.hpp"

int main() {
  auto pico = picoctl::connect();
  if (!pico) {
    std::fputs(picoctl::explain(pico.error()).c_str(), stderr);
    return 1;
  }
  if (!pico->set("light1", 1)) return 1;
  const auto value = pico->get("light1");
  if (!value) return 1;
  std::printf("light1 is %d\n", value->get<int>());
}
// It prints: light1 is 1
// The journal then says: light1 value=1
