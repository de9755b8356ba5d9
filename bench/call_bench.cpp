// One connection and COUNT acknowledged commands over PICOCTL_BUS, for whoever counts what that
// costs: system calls by strace, instructions by callgrind. Prints the bus's own times.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "picoctl/commands/gpio.hpp"
#include "picoctl/controller/pico.hpp"

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 1000;
  auto pico = picoctl::connect();
  if (!pico) {
    std::fprintf(stderr, "%s\n", picoctl::explain(pico.error()).c_str());
    return 3;
  }
  (void)pico->call<picoctl::gpio::Write>({15, true});  // reads the description
  const auto before = pico->bus().transfers();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    if (!pico->call<picoctl::gpio::Write>({15, i % 2 == 0})) return 1;
  }
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  std::printf("{\"calls\": %d, \"transfers\": %llu, \"us_per_call\": %.1f}\n", count,
              static_cast<unsigned long long>(pico->bus().transfers() - before),
              spent.count() / (count > 0 ? count : 1));
  return 0;
}
