// One connection over PICOCTL_BUS and acknowledged commands of four bytes, for whoever counts what they
// cost: system calls by strace, instructions by callgrind, each other's share of one bus.
//   call_bench COUNT [ADDRESS]            that many
//   call_bench --seconds S [ADDRESS]      as many as it can, from the moment that standard input ends
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "picoctl/commands/gpio.hpp"
#include "picoctl/controller/pico.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Tally {
  std::uint64_t calls = 0;
  double longest_us = 0;
};

// False if it failed.
bool call(picoctl::Pico& pico) { return pico.call<picoctl::gpio::ReadGroup>({0x8000}).has_value(); }

bool call_for(picoctl::Pico& pico, Tally& tally, std::chrono::duration<double> seconds) {
  while (std::getchar() != EOF) {
  }
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(seconds);
  for (auto start = Clock::now(); start < end;) {
    if (!call(pico)) return false;
    const auto now = Clock::now();
    const std::chrono::duration<double, std::micro> spent = now - start;
    if (spent.count() > tally.longest_us) tally.longest_us = spent.count();
    start = now;
    ++tally.calls;
  }
  return true;
}

// Nothing but the calls: their instructions are counted.
bool call_times(picoctl::Pico& pico, Tally& tally, int count) {
  for (int i = 0; i < count; ++i) {
    if (!call(pico)) return false;
    ++tally.calls;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const bool timed = argc > 2 && std::strcmp(argv[1], "--seconds") == 0;
  const char* amount = argc > 1 ? argv[timed ? 2 : 1] : "1000";
  const char* address = argc > (timed ? 3 : 2) ? argv[timed ? 3 : 2] : nullptr;
  picoctl::ConnectOptions options;
  if (address != nullptr) {
    options.address = static_cast<std::uint8_t>(std::strtoul(address, nullptr, 0));
  }
  options.wait_for_slot = std::chrono::milliseconds(200);
  auto pico = picoctl::connect(options);
  if (!pico) {
    std::fprintf(stderr, "%s\n", picoctl::explain(pico.error()).c_str());
    return 3;
  }
  (void)pico->call<picoctl::gpio::ReadGroup>({0x8000});  // reads the description
  std::puts("ready");
  std::fflush(stdout);
  Tally tally;
  const auto before = pico->bus().transfers();
  const auto start = Clock::now();
  const bool done = timed ? call_for(*pico, tally, std::chrono::duration<double>(std::atof(amount)))
                          : call_times(*pico, tally, std::atoi(amount));
  const std::chrono::duration<double, std::micro> spent = Clock::now() - start;
  std::printf(
      "{\"calls\": %llu, \"transfers\": %llu, \"us_per_call\": %.1f, \"longest_us\": %.0f}\n",
      static_cast<unsigned long long>(tally.calls),
      static_cast<unsigned long long>(pico->bus().transfers() - before),
      spent.count() / static_cast<double>(tally.calls == 0 ? 1 : tally.calls), tally.longest_us);
  return done ? 0 : 1;
}
