#include "cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace picoctl::faults {
namespace {

using Request = std::optional<FaultRequest>;
using At = std::uint32_t;

constexpr std::uint16_t pico = target::default_address;

template <Fault fault>
Request at_place(At place, At) {
  return FaultRequest{.fault = fault, .value = place};
}
template <Fault fault, std::uint32_t count = 1>
Request for_transfers(At, At) {
  return FaultRequest{.fault = fault, .value = count};
}
template <Fault fault>
Request at_device(At place, At) {
  return FaultRequest{.fault = fault, .address = pico, .value = place};
}
Request second_controller(At, At) {
  return FaultRequest{.fault = Fault::second_controller, .address = pico, .value = 1};
}
Request by_hand(At, At) { return std::nullopt; }

// Two to sixteen bits between two that are inverted for certain.
Request burst(At place, At chance) {
  const unsigned length = 2 + chance % 15;
  const unsigned inside = (chance * 0x9E3779B1U) >> 16U;
  const unsigned mask = (0x8000U | 0x8000U >> (length - 1) | inside) & (0xFFFF0000U >> length);
  return FaultRequest{
      .fault = Fault::burst, .address = static_cast<std::uint16_t>(mask), .value = place};
}
Request slip(At place, At chance) {
  return FaultRequest{.fault = Fault::slip, .on = chance % 2 == 1, .value = place};
}
Request stretch(At place, At chance) {
  constexpr std::uint16_t us[] = {1, 7, 300, 10'000, 34'999};
  return FaultRequest{.fault = Fault::stretch, .address = us[chance % 5], .value = place};
}
Request stretch_beyond(At place, At chance) {
  return FaultRequest{
      .fault = Fault::stretch, .on = chance % 2 == 1, .address = 36'000, .value = place};
}
Request lose_arbitration(At place, At) {
  return FaultRequest{
      .fault = Fault::lose_arbitration, .address = static_cast<std::uint16_t>(place), .value = 1};
}
Request hold_sda(At, At chance) {
  return FaultRequest{.fault = Fault::hold_sda, .value = 1 + chance % 9};
}
Request power_loss(At, At chance) {
  return FaultRequest{.fault = Fault::power_loss_at_flash, .address = pico, .value = chance};
}

}  // namespace

const std::vector<Exchange>& exchanges() {
  static const std::vector<Exchange> all{
      {.name = "short", .calls = [](Stage& s, Connection& p) { s.light(p); }, .core = true},
      {.name = "several",
       .calls =
           [](Stage& s, Connection& p) {
             for (int i = 0; i < 4; ++i) s.light(p);
           }},
      {.name = "longest", .calls = [](Stage& s, Connection& p) { s.echo(p, 239); }},
      {.name = "two_reads",
       .calls =
           [](Stage& s, Connection& p) {
             s.echo(p, 100);
             s.echo(p, 4);
           }},
      {.name = "batch", .calls = [](Stage& s, Connection& p) { s.batch(p, 5); }, .core = true},
      {.name = "polled",
       .calls =
           [](Stage& s, Connection& p) {
             s.wait(p);
             s.light(p);
           },
       .core = true},
      {.name = "pending", .calls = [](Stage& s, Connection& p) { s.light(p); }, .loop_us = 400},
      {.name = "pending_busy",
       .calls =
           [](Stage& s, Connection& p) {
             s.wait(p);
             s.light(p);
           },
       .loop_us = 400},
      {.name = "refused",
       .calls =
           [](Stage& s, Connection& p) {
             s.refused(p);
             s.light(p);
           }},
      {.name = "registers",
       .calls =
           [](Stage& s, Connection& p) {
             s.registers(p);
             s.light(p);
           },
       .writes_registers = true},
      {.name = "description",
       .calls =
           [](Stage& s, Connection& p) {
             static_cast<void>(p.description());
             s.light(p);
           },
       .describes = true},
      {.name = "silence",
       .calls =
           [](Stage& s, Connection& p) {
             s.light(p);
             s.wires().sleep(std::chrono::milliseconds(2600));  // then it asks after its session
             s.light(p);
           }},
      {.name = "settings",
       .calls =
           [](Stage& s, Connection& p) {
             s.rename(p);
             s.rename(p);
             s.light(p);
           }},
  };
  return all;
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"flip_bit", 1, "one bit inverted", Unit::bit, true, retried, &at_place<Fault::flip_bit>},
      {"flip_ack", 4, "an acknowledge inverted", Unit::byte, true, retried,
       &at_place<Fault::flip_ack>},
      {"burst", 2, "2 to 16 bits in a row damaged", Unit::bit, true, retried, &burst},
      {"slip", 2, "a clock pulse lost or doubled", Unit::bit, true, retried, &slip, 2},
      {"nack_address", 3, "the address is not acknowledged", Unit::transfer, true, retried,
       &for_transfers<Fault::nack_address>},
      {"cut", 4, "a message ends behind a byte", Unit::byte, true, retried, &at_place<Fault::cut>},
      {"lose_answer", 5, "all happens, and is told to have failed", Unit::transfer, true,
       retried | kept, &for_transfers<Fault::lose_answer>},
      {"skip_read", 5, "a read is told to have happened, and has not", Unit::transfer, true,
       retried | kept, &for_transfers<Fault::skip_read, 0>},
      {"double_frame", 6, "a frame comes twice", Unit::transfer, true, kept,
       &for_transfers<Fault::double_frame>},
      {"stale_frame", 6, "a frame comes again, one to three transfers later", Unit::transfer, true,
       0, &by_hand, 3},
      {"hold_sda", 7, "SDA is held for 1 to 9 pulses", Unit::transfer, true, clocked, &hold_sda, 9},
      {"stuck_sda", 7, "SDA is held until after the call", Unit::transfer, false, 0, &by_hand},
      {"incomplete_address_phase", 7, "a foreign read ends within its address's acknowledge",
       Unit::transfer, true, clocked, &at_device<Fault::incomplete_address_phase>},
      {"incomplete_write_byte", 8, "a foreign write ends within a byte's acknowledge",
       Unit::transfer, true, clocked, &at_device<Fault::incomplete_write_byte>},
      {"inject_panic", 8, "the controller goes away at a clock pulse", Unit::pulse, true,
       retried | clocked, &at_place<Fault::inject_panic>},
      {"lose_stop", 8, "no STOP at the end", Unit::transfer, true, 0, &at_place<Fault::lose_stop>},
      {"stretch", 9, "SCL is held up to 35 ms", Unit::byte, true, 0, &stretch, 5},
      {"stretch_beyond", 9, "SCL is held longer than the controller waits", Unit::byte, true,
       retried, &stretch_beyond, 2},
      {"stuck_scl", 9, "SCL is held until after the call", Unit::transfer, false, 0, &by_hand},
      {"lose_arbitration", 10, "another controller wins the bus at a byte", Unit::byte, true,
       retried, &lose_arbitration},
      {"busy", 10, "another controller has the bus", Unit::transfer, true, retried,
       &for_transfers<Fault::busy>},
      {"second_controller", 10, "another controller reads in between", Unit::transfer, true, 0,
       &second_controller},
      {"second_session", 10, "another program's command in between", Unit::transfer, true, 0,
       &by_hand},
      {"twin", 11, "another Pico at the same address until after the call", Unit::transfer, false,
       0, &by_hand, 1, true},
      {"reset", 12, "the Pico's RUN pin is pulled behind a byte", Unit::byte, false,
       renewed | restarted, &at_device<Fault::reset>},
      {"brown_out", 13, "the Pico's power fails behind a byte", Unit::byte, false,
       renewed | restarted, &at_device<Fault::brown_out>},
      {"vanish", 23, "the Pico is unplugged for 10, 300 or 2000 ms", Unit::transfer, false, retried,
       &by_hand, 3},
      {"power_loss_at_flash", 24, "the power fails while settings are written", Unit::transfer,
       false, restarted, &power_loss, 2},
  };
  return all;
}

std::string Case::text() const {
  std::string text = exchange->name;
  for (const Strike& one : strikes) {
    text += fmt::format("{}{}:{}:{}:{}", &one == &strikes.front() ? ":" : "+", one.kind->name,
                        one.transfer, one.place, one.chance);
  }
  return text;
}

namespace {

std::string_view take(std::string_view& text, char end) {
  const auto at = text.find(end);
  const std::string_view word = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return word;
}

template <typename Row>
const Row* named(const std::vector<Row>& rows, std::string_view name) {
  const auto found =
      std::ranges::find_if(rows, [name](const Row& row) { return name == row.name; });
  return found == rows.end() ? nullptr : &*found;
}

bool number(std::string_view word, std::uint32_t& value) {
  return std::from_chars(word.data(), word.data() + word.size(), value).ec == std::errc{};
}

}  // namespace

std::optional<Case> Case::parse(std::string_view text) {
  Case one{named(exchanges(), take(text, ':')), {}};
  if (one.exchange == nullptr) return std::nullopt;
  while (!text.empty()) {
    std::string_view part = take(text, '+');
    Strike strike{named(kinds(), take(part, ':')), 0, 0, 0};
    const bool sound = strike.kind != nullptr && number(take(part, ':'), strike.transfer) &&
                       number(take(part, ':'), strike.place) &&
                       (part.empty() || number(part, strike.chance));
    if (!sound) return std::nullopt;
    one.strikes.push_back(strike);
  }
  return one;
}

}  // namespace picoctl::faults
