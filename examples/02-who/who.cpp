// Asks a Pico who it is and what it can do.
#include <cstdio>

#include "picoctl/controller/pico.hpp"

int main() {
  auto pico = picoctl::connect();
  if (!pico) {
    std::fputs(picoctl::explain(pico.error()).c_str(), stderr);
    return 1;
  }
  const auto name = pico->name();
  const auto description = pico->description();
  if (!name || !description) return 1;
  const picoctl::Identity who = pico->identity();
  std::printf("0x%02x is a Pico: board %s, protocol %d.%d\n", pico->address(), name->board.c_str(),
              who.version.major, who.version.minor);
  for (const auto& command : (*description)->commands()) {
    std::printf("  %s\n", command.signature.c_str());
  }
}
// It prints: 0x41 is a Pico: board virtual, protocol 1.0
// It prints:   led n:u8 on:bool
