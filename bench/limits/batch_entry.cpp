// How few cycles can an entry of a batch take? The goal was 100 with both CRCs. This is the least that
// the wire format asks for: of each entry two bytes checked and two answered under a CRC, its
// arguments checked by its own code before anything runs, and its handler called. No bounds of the
// answer, no error, no long command numbers, no watchdog: what the link does is more.
//
// bench/limits/run.sh builds it, runs it in the emulator and prints the cycles of one entry.
#include <array>

#include "hardware/structs/systick.h"
#include "picoctl/link/crc16.hpp"
#include "picoctl/pico/pico.hpp"

namespace {

using namespace picoctl;

pico::PicoBoard board;
Target<> the_target{board, board.address()};

using Step = bool (*)(bool run, const std::uint8_t* args, std::uint8_t size);
[[gnu::noinline]] bool nothing(bool, const std::uint8_t*, std::uint8_t size) { return size == 0; }
const std::array<Step, 2> steps{nullptr, &nothing};

bool walk(std::span<const std::uint8_t> entries, bool run, std::uint8_t* answer) {
  const std::uint8_t* at = entries.data();
  const std::uint8_t* const end = at + entries.size();
  while (at != end) {
    if (!steps[at[0]](run, at + 2, at[1])) return false;
    at += 2 + at[1];
    if (!run) continue;
    *answer++ = 0;
    *answer++ = 0;
  }
  return true;
}

// Cycles of a batch of so many entries.
[[gnu::noinline]] std::uint32_t cycles_of(std::uint8_t count) {
  static std::array<std::uint8_t, 240> request;
  static std::array<std::uint8_t, 240> answer;
  for (std::uint8_t i = 0; i < count; ++i) {
    request[2 * i] = 1;
    request[2 * i + 1] = 0;
  }
  const auto entries = std::span<const std::uint8_t>(request).first(2U * count);
  systick_hw->rvr = 0xFFFFFF;
  systick_hw->cvr = 0;
  systick_hw->csr = M0PLUS_SYST_CSR_ENABLE_BITS | M0PLUS_SYST_CSR_CLKSOURCE_BITS;
  const std::uint32_t start = systick_hw->cvr;
  const std::uint16_t asked = Crc16(public_key).add(entries).value();
  const bool right = walk(entries, false, answer.data()) && walk(entries, true, answer.data());
  const std::uint16_t said =
      Crc16(public_key).add(std::span<const std::uint8_t>(answer).first(2U * count)).value();
  const std::uint32_t end = systick_hw->cvr;
  answer[0] = static_cast<std::uint8_t>(asked + said + (right ? 1 : 0));
  return (start - end) & 0xFFFFFF;
}

}  // namespace

int main() {
  the_target.command("cycles count -> cycles", [](std::uint8_t count) { return cycles_of(count); });
  board.run(the_target);
}
