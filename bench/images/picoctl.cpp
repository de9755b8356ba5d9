// picoctl's side of the benchmark: the link as users have it, and commands that do next to nothing.
#include <array>

#include "hardware/structs/systick.h"
#include "hardware/sync.h"
#include "picoctl/link/crc16.hpp"
#include "picoctl/pico/pico.hpp"

namespace {

using namespace picoctl;

#if PICOCTL_MID_PHASE
pico::PicoBoard board{{.hold = pico::Hold::mid_phase}};
#else
pico::PicoBoard board;
#endif
constexpr Limits limits{.slots = 7, .registers = 8};
Target<limits> the_target{board, board.address()};
volatile std::uint32_t last_value;

}  // namespace

// The emulator looks for this name: a handler has been reached.
extern "C" [[gnu::noinline, gnu::used]] void bench_handler() { asm volatile(""); }

namespace {

// Processor cycles of one checksum, the call of SysTick's reading left out.
std::uint32_t cycles_of_crc(std::uint8_t size) {
  const std::uint32_t before[] = {systick_hw->csr,
                                  systick_hw->rvr};  // mid_phase counts with it too
  static std::array<std::uint8_t, 255> bytes{};
  systick_hw->rvr = 0xFFFFFF;
  systick_hw->cvr = 0;
  systick_hw->csr = M0PLUS_SYST_CSR_ENABLE_BITS | M0PLUS_SYST_CSR_CLKSOURCE_BITS;
  const std::uint32_t start = systick_hw->cvr;
  last_value = Crc16(public_key).add(std::span(bytes).first(size)).value();
  const std::uint32_t end = systick_hw->cvr;
  systick_hw->rvr = before[1];
  systick_hw->csr = before[0];
  return (start - end) & 0xFFFFFF;
}

}  // namespace

int main() {
  the_target.command("nothing", [] {});
  the_target.command("note value", [](std::uint32_t value) {
    bench_handler();
    last_value = value;
  });
  the_target.command("take data", [](const Bytes<239>& data) { last_value = data.view().size(); });
  the_target.command("crc size -> cycles", [](std::uint8_t size) { return cycles_of_crc(size); });
  for (std::uint8_t number = 0; number < limits.registers; ++number) {
    static constexpr std::array names{"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"};
    the_target.plain_register(number, names[number],
                              [](std::uint8_t value) { last_value = value; });
  }
#if BENCH_SLEEPING
  board.attach(the_target);
  while (true) {
    the_target.poll();
    __wfe();  // an interrupt since poll() began lets it through at once
  }
#else
  board.run(the_target);
#endif
}
