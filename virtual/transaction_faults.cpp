// What faults do to one transfer: see Fault in picoctl/socket/format.hpp.
#include <algorithm>
#include <array>
#include <cerrno>

#include "transaction.hpp"

namespace picoctl::sim {
namespace {

// The eight bits that are seen if the pulse of bit `at` (0 is the first) counts twice, or not at
// all, for one of the two ends: see Fault::slip in FORMAT.md.
std::uint8_t slipped(std::uint8_t byte, unsigned at, bool twice) {
  const unsigned first = 0xFF00U >> (at + 1) & 0xFFU;  // up to that bit
  const unsigned rest = 0xFFU & ~first;
  if (twice) return static_cast<std::uint8_t>((byte & first) | (byte >> 1U & rest));
  return static_cast<std::uint8_t>((byte & first) | (byte << 1U & rest) | 1U);
}

}  // namespace

// It reads two bytes of the device's first register, and is done before we begin.
void Transaction::meet_second_controller() {
  const FaultRequest* other = find(Fault::second_controller);
  if (other == nullptr) return;
  applied(Fault::second_controller);
  std::array<std::uint8_t, 2> bytes{};
  const Message messages[] = {{other->address, 0, 1, bytes.data()},
                              {other->address, socket::flag_read, 2, bytes.data()}};
  Transaction before(bus_, id_, {});
  before.own_ = own_;  // who waits for us cannot answer another one
  before.run(messages);
}

void Transaction::double_frame(const Message& message) {
  if (find(Fault::double_frame) == nullptr || message.is_read()) return;
  applied(Fault::double_frame);
  Transaction(bus_, id_, {}).run({&message, 1});
}

// After its eighth bit the targets are a bit ahead or behind: what they acknowledge is not the ninth.
int Transaction::slipped_byte(WireEvent event, bool address) {
  const FaultRequest slip = *here(Fault::slip, 8);
  applied(Fault::slip);
  const auto heard = slipped(event.byte, slip.value % 8, slip.on);
  bus_.now_ns_ += 8 * bus_.bit_ns_;
  if (slip.on && address) {
    targets_send_ = (heard & 1) != 0;
    call(heard);
  } else if (slip.on) {
    offer(heard);
  }
  return finish_byte(event);
}

// Another controller sends the same up to here, and now a 0 where we send a 1. It has the bus.
int Transaction::outvoted(std::uint8_t byte) {
  applied(Fault::lose_arbitration);
  bus_.now_ns_ += 8 * bus_.bit_ns_;
  bus_.emit(id_, {.time_ns = bus_.now_ns_, .kind = WireKind::arbitration_lost});
  offer(byte & static_cast<std::uint8_t>(byte - 1));
  bus_.now_ns_ += 2 * bus_.bit_ns_;
  stretch_ns_ = 0;
  for (BusDevice* device : addressed_) {
    reach(*device);
    device->stop();
  }
  return EAGAIN;
}

// Whether the controller goes away within the byte at hand. The targets stay as they are then.
bool Transaction::leaves(const Broken& broken) {
  const FaultRequest* panic = here(Fault::inject_panic, 9);
  if (panic == nullptr) return false;
  applied(Fault::inject_panic);
  gone_ = true;
  Broken at = broken;
  at.pulses = static_cast<std::uint8_t>(panic->value % 9);
  bus_.now_ns_ += at.pulses * bus_.bit_ns_;
  if (at.first) {
    // The START has reached everybody; an address that is not whole has reached nobody.
    for (Bus::Slot& slot : bus_.slots_) {
      const bool meant = slot.state == socket::DeviceState::present && slot.claims(at.byte >> 1);
      if (meant) active_.push_back(slot.device);
    }
  }
  for (BusDevice* device : active_) {
    reach(*device);
    device->abandoned(at);
  }
  bus_.abandoned_ = active_;
  return true;
}

void Transaction::strike_devices(Fault fault) {
  const FaultRequest* struck = here(fault);
  if (struck == nullptr) return;
  bus_.each_meant(struck->address, [&](Bus::Slot& slot) {
    reach(*slot.device);
    if (slot.device->reset(fault == Fault::brown_out)) applied(fault);
    std::erase(active_, slot.device);
    std::erase(addressed_, slot.device);
  });
}

FaultRequest* Transaction::find(Fault fault) {
  for (Due& due : faults_) {
    if (due.request.fault == fault) return &due.request;
  }
  return nullptr;
}

FaultRequest* Transaction::here(Fault fault, std::uint32_t per_byte) {
  for (Due& due : faults_) {
    const bool strikes = due.request.fault == fault && due.request.value / per_byte == byte_index_;
    if (strikes) return &due.request;
  }
  return nullptr;
}

void Transaction::applied(Fault fault) {
  for (Due& due : faults_) {
    if (due.request.fault == fault) due.applied = true;
  }
}

std::uint8_t Transaction::flips() {
  std::uint8_t mask = 0;
  for (Due& due : faults_) {
    const FaultRequest& one = due.request;
    if (one.fault != Fault::flip_bit && one.fault != Fault::burst) continue;
    const unsigned bits = one.fault == Fault::burst ? one.address : 0x8000U;
    // Bit 31 of `all` is bit `value` of the transfer; the byte at hand begins `before` bits later.
    const std::int64_t before = std::int64_t{8} * byte_index_ - one.value;
    if (before <= -8 || before >= 16) continue;
    const std::uint32_t all = bits << 16U;
    const auto part =
        static_cast<std::uint8_t>(before >= 0 ? (all << before) >> 24U : all >> (24 - before));
    if (part == 0) continue;
    mask ^= part;
    due.applied = true;
  }
  return mask;
}

bool Transaction::ack_flips() {
  bool flip = false;
  for (Due& due : faults_) {
    if (due.request.fault != Fault::flip_ack || due.request.value != byte_index_) continue;
    flip = !flip;
    due.applied = true;
  }
  return flip;
}

// What the controller sees inverted of a byte: for it the others' slip is one the other way round.
std::uint8_t Transaction::slipped_answer(std::uint8_t line, const FaultRequest& slip) {
  applied(Fault::slip);
  return static_cast<std::uint8_t>(line ^ slipped(line, slip.value % 8, !slip.on));
}

}  // namespace picoctl::sim
