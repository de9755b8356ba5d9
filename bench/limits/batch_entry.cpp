// How few cycles of the loop can an entry of a batch take, both CRCs included? The goal was 100. Two
// loops, both as short as their author could make them, over the link's own CRC:
//  bare      what the wire format asks for: of each entry two bytes checked and two answered under a
//            CRC, its arguments looked at before anything runs, and its handler called.
//  promised  what picoctl promises on top, each in its cheapest form: a frame cut short is refused; a
//            reply that finds no room is not begun; the watchdog gets the handler's declared time (one
//            store); a handler may fail, with its error and without its reply; handlers of every type
//            are called alike, with the bytes of their arguments and a place for their reply.
// The link itself looks commands up by number besides, and reaches the watchdog by way of its board.
//
// ./bench/run --only limits builds it and counts the cycles of one entry in the emulator.
#include <array>

#include "hardware/structs/systick.h"
#include "hardware/structs/watchdog.h"
#include "picoctl/link/crc16.hpp"
#include "picoctl/pico/pico.hpp"

namespace {

using namespace picoctl;

pico::PicoBoard board;
Target<> the_target{board, board.address()};

// --- bare ---

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

bool bare(std::span<const std::uint8_t> entries, std::span<std::uint8_t> answer) {
  return walk(entries, false, answer.data()) && walk(entries, true, answer.data());
}

// --- promised ---

struct Arguments {
  const std::uint8_t* at;
  std::size_t size;
};
struct Handler {
  // Where its reply ends; null: it failed, and the error lies there.
  std::uint8_t* (*run)(const Arguments& args, std::uint8_t* reply);
  std::uint32_t watchdog_load;
  std::uint8_t plain_args;
  std::uint8_t max_reply;
};
[[gnu::noinline]] std::uint8_t* does_nothing(const Arguments& args, std::uint8_t* reply) {
  return args.size == 0 ? reply : nullptr;
}
const Handler handler{&does_nothing, 2'000'000, 0, 0};
const Handler* const volatile handlers[] = {nullptr, &handler};

[[gnu::noinline]] bool all_right(const std::uint8_t* at, const std::uint8_t* end) {
  const unsigned plain = handlers[1]->plain_args;
  while (end - at >= 2) {
    if (at[0] != 1 || at[1] != plain) return false;
    at += 2 + at[1];
  }
  return at == end;
}

[[gnu::noinline]] bool run_all(const std::uint8_t* at, const std::uint8_t* end, std::uint8_t* out,
                               const std::uint8_t* room) {
  const Handler* const found = handlers[1];  // looked up once: they are all alike
  while (at != end) {
    const Arguments args{at + 2, at[1]};
    std::uint8_t* const reply = out + 2;
    if (room - reply < found->max_reply) return true;
    watchdog_hw->load = found->watchdog_load;
    std::uint8_t* const behind = found->run(args, reply);
    out[0] = behind == nullptr ? reply[0] : 0;
    if (behind == nullptr) return false;
    out[1] = static_cast<std::uint8_t>(behind - reply);
    out = behind;
    at = args.at + args.size;
  }
  return true;
}

bool promised(std::span<const std::uint8_t> entries, std::span<std::uint8_t> answer) {
  const std::uint8_t* const end = entries.data() + entries.size();
  return all_right(entries.data(), end) &&
         run_all(entries.data(), end, answer.data(), answer.data() + answer.size());
}

// Cycles of a batch of so many entries.
template <bool batch(std::span<const std::uint8_t>, std::span<std::uint8_t>)>
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
  const bool right = batch(entries, answer);
  const std::uint16_t said =
      Crc16(public_key).add(std::span<const std::uint8_t>(answer).first(2U * count)).value();
  const std::uint32_t end = systick_hw->cvr;
  answer[0] = static_cast<std::uint8_t>(asked + said);
  return right ? (start - end) & 0xFFFFFF : 0;
}

}  // namespace

int main() {
  the_target.command("bare count -> cycles",
                     [](std::uint8_t count) { return cycles_of<bare>(count); });
  the_target.command("promised count -> cycles",
                     [](std::uint8_t count) { return cycles_of<promised>(count); });
  board.run(the_target);
}
