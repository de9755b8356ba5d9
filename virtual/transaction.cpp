#include "transaction.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace picoctl::sim {
namespace {

std::uint32_t saturate(std::uint64_t ns) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(ns, std::numeric_limits<std::uint32_t>::max()));
}

bool bit_of(std::uint8_t byte, int bit) { return ((byte >> bit) & 1) != 0; }

}  // namespace

Transaction::Transaction(Bus& bus, std::uint64_t id, const std::vector<FaultRequest>& faults)
    : bus_(bus), id_(id) {
  for (const FaultRequest& fault : faults) faults_.push_back({fault});
}

Outcome Transaction::run(std::span<const Message> messages) {
  Outcome outcome{.id = id_, .start_ns = bus_.now_ns_};
  outcome.error = before_start();
  if (outcome.error == 0) outcome.error = perform(messages, outcome);
  for (const Fault unheard : {Fault::lose_answer, Fault::hang_up}) {
    if (find(unheard) == nullptr) continue;
    applied(unheard);
    outcome.hang_up = outcome.hang_up || unheard == Fault::hang_up;
    outcome.error = EIO;
  }
  finish(outcome);
  return outcome;
}

void Transaction::finish(Outcome& outcome) {
  outcome.end_ns = bus_.now_ns_;
  forget_clock();
  for (const Due& due : faults_) {
    ++(due.applied ? bus_.counters_.faults_applied : bus_.counters_.faults_missed);
  }
}

void Transaction::for_steps(const BusDevice* own) {
  own_ = own;
  waits_ = true;
}

void Transaction::forget(BusDevice& device) {
  std::erase(active_, &device);
  std::erase(addressed_, &device);
  std::erase_if(senders_, [&](const Sender& sender) { return sender.device == &device; });
}

int Transaction::perform(std::span<const Message> messages, Outcome& outcome) {
  meet_second_controller();
  double_frame(messages.front());
  int error = 0;
  bool first = true;
  for (const Message& one : messages) {
    if (one.is_read() && find(Fault::skip_read) != nullptr) {
      applied(Fault::skip_read);
      outcome.read_skipped = true;
      break;
    }
    error = message(one, first);
    first = false;
    if (error != 0) break;
  }
  if (!first) conclude(error);
  return error;
}

void Transaction::conclude(int error) {
  if (gone_ || error == ETIMEDOUT || error == EAGAIN || error == EBUSY) return;
  if (find(Fault::lose_stop) != nullptr) {
    applied(Fault::lose_stop);
  } else {
    stop();
  }
}

// What keeps a transfer from beginning at all.
int Transaction::before_start() {
  if (bus_.scl_held() || bus_.sda_held()) {
    bus_.stuck(id_, bus_.scl_held());
    return ETIMEDOUT;
  }
  bus_.abandoned_.clear();  // the START that comes makes them begin anew
  if (find(Fault::busy) != nullptr) {
    applied(Fault::busy);
    return EBUSY;
  }
  return 0;
}

int Transaction::message(const Message& message, bool first) {
  if (const int error = start(first); error != 0) return error;
  const int error =
      address(static_cast<std::uint8_t>(message.address << 1 | (message.is_read() ? 1 : 0)));
  return error != 0 ? error : body(message);
}

// START or repeated START.
int Transaction::start(bool first) {
  if (!first) {
    forget_clock();
    for (BusDevice* device : active_) {
      reach(*device);
      device->restart();
    }
  }
  bus_.emit(id_, {.time_ns = bus_.now_ns_, .kind = first ? WireKind::start : WireKind::restart});
  bus_.now_ns_ += bus_.bit_ns_;
  active_.clear();
  const FaultRequest* rival = find(Fault::lose_arbitration);
  if (first && rival != nullptr && rival->address == 0) {
    // The other controller's address differs from ours within the first byte, here at bit 4; it
    // finishes quickly.
    applied(Fault::lose_arbitration);
    bus_.now_ns_ += 4 * bus_.bit_ns_;
    bus_.emit(id_, {.time_ns = bus_.now_ns_, .kind = WireKind::arbitration_lost});
    bus_.now_ns_ += bus_.bit_ns_;
    return EAGAIN;
  }
  return 0;
}

int Transaction::address(std::uint8_t sent, bool elsewhere) {
  const std::uint8_t flipped = flips();
  const auto seen = static_cast<std::uint8_t>(sent ^ flipped);
  targets_send_ = (seen & 1) != 0;
  WireEvent event{.time_ns = bus_.now_ns_, .kind = WireKind::address, .byte = seen};
  event.flipped = flipped;
  if (leaves({.first = true, .byte = seen})) return EIO;
  if (here(Fault::slip, 8) != nullptr) return slipped_byte(event, true);
  bus_.now_ns_ += 8 * bus_.bit_ns_;
  frozen_ = false;
  call(seen);
  if (frozen_ || elsewhere || !active_.empty()) event.flags |= socket::wire_ack;
  const int error = finish_byte(event);
  if (frozen_ && error == 0) {
    bus_.stuck(id_, true);
    return ETIMEDOUT;
  }
  return error;
}

// All whose address this is hear it.
void Transaction::call(std::uint8_t byte) {
  for (Bus::Slot& slot : bus_.slots_) {
    const std::uint8_t address = byte >> 1;
    if (slot.state == socket::DeviceState::vanished || !slot.claims(address)) continue;
    if (slot.device == own_) continue;
    if (find(Fault::nack_address) != nullptr) {
      applied(Fault::nack_address);
    } else if (slot.state == socket::DeviceState::frozen) {
      slot.holds_scl = frozen_ = true;
    } else {
      reach(*slot.device);
      if (std::ranges::count(addressed_, slot.device) == 0) addressed_.push_back(slot.device);
      if (slot.device->start(slot.heard(address), targets_send_)) active_.push_back(slot.device);
      note_stretch(*slot.device);
    }
  }
}

int Transaction::body(const Message& message) {
  for (std::size_t i = 0; i < message.length; ++i) {
    const int error = message.is_read() ? read_byte(message.data[i], i + 1 == message.length)
                                        : write_byte(message.data[i]);
    if (error != 0) return error;
  }
  return 0;
}

int Transaction::write_byte(std::uint8_t byte, bool elsewhere) {
  WireEvent event{.time_ns = bus_.now_ns_, .kind = WireKind::data};
  // A flipped direction bit makes the targets send while we do: the wire is the AND of all.
  if (targets_send_) byte = gather(byte);
  if (const int error = hold(); error != 0) return error;
  event.time_ns = bus_.now_ns_;
  event.flipped = flips();
  event.byte = byte ^ event.flipped;
  if (leaves({.sends = targets_send_, .byte = event.byte})) return EIO;
  if (!targets_send_ && here(Fault::slip, 8) != nullptr) return slipped_byte(event, false);
  const FaultRequest* rival = find(Fault::lose_arbitration);
  const bool loses = rival != nullptr && rival->address == byte_index_ && event.byte != 0;
  if (loses && !targets_send_) return outvoted(event.byte);
  bus_.now_ns_ += 8 * bus_.bit_ns_;
  if (targets_send_) {
    tell_ack(false);
  } else if (offer(event.byte) || elsewhere) {
    event.flags |= socket::wire_ack;
  }
  return finish_byte(event);
}

int Transaction::read_byte(std::uint8_t& byte, bool last) {
  const int error = take_byte(byte);
  return error != 0 ? error : acknowledge(!last);
}

int Transaction::take_byte(std::uint8_t& byte) {
  WireEvent event{.kind = WireKind::data, .flags = socket::wire_read};
  if (leaves({.sends = targets_send_, .byte = 0xff})) return EIO;
  std::uint8_t line = 0xff;
  if (targets_send_) line = gather(0xff);
  if (const int error = hold(); error != 0) return error;
  event.time_ns = bus_.now_ns_;
  event.flipped = flips();
  const FaultRequest* slip = targets_send_ ? here(Fault::slip, 8) : nullptr;
  slipped_ = slip != nullptr;
  if (slipped_) event.flipped = slipped_answer(line, *slip);
  event.byte = byte = line ^ event.flipped;
  bus_.now_ns_ += 8 * bus_.bit_ns_;
  taken_ = event;
  return 0;
}

int Transaction::acknowledge(bool acks, std::uint8_t seen) {
  WireEvent& event = taken_;
  overrule(static_cast<std::uint8_t>(event.byte & ~seen));
  event.byte &= seen;
  bus_.now_ns_ += bus_.bit_ns_;
  const bool flip = ack_flips();
  const bool acked = acks != flip;
  if (flip) event.flags |= socket::wire_ack_flipped;
  if (acked) event.flags |= socket::wire_ack;
  bus_.emit(id_, event);
  if (targets_send_) {
    tell_ack(acked && !slipped_);  // after a slip it looks for the ACK where nobody gives one
    // A target that saw an ACK where we sent none loads the byte that nobody will fetch.
    if (flip && acked && !slipped_) gather(0xff);
  } else {
    offer(event.byte);  // it thinks that this all-ones byte is for it
  }
  return after_byte();
}

// The ninth bit of an address or written byte, as the controller sees it.
int Transaction::finish_byte(WireEvent event) {
  bus_.now_ns_ += bus_.bit_ns_;
  if ((event.flags & socket::wire_ack) == 0) ++bus_.counters_.nacks;
  if (ack_flips()) event.flags ^= socket::wire_ack | socket::wire_ack_flipped;
  bus_.emit(id_, event);
  const bool hangs = stretch_ns_ > Bus::stretch_limit_ns;
  if ((event.flags & socket::wire_ack) == 0 && !hangs) {
    stretch_ns_ = 0;
    ++bus_.counters_.wire_bytes;
    return EREMOTEIO;
  }
  return after_byte();
}

int Transaction::after_byte() {
  ++bus_.counters_.wire_bytes;
  strike_devices(Fault::reset);
  strike_devices(Fault::brown_out);
  if (here(Fault::cut) != nullptr) {
    applied(Fault::cut);
    return EIO;
  }
  if (const FaultRequest* held = here(Fault::stretch); held != nullptr) {
    applied(Fault::stretch);
    stretch_ns_ = std::max(stretch_ns_, held->on ? held->address * std::uint64_t{1000} : forever);
  }
  ++byte_index_;
  return hold();
}

// Lets the stretch that devices wished for pass.
int Transaction::hold() {
  const std::uint64_t wanted = stretch_ns_;
  stretch_ns_ = 0;
  if (wanted == 0) return 0;
  if (wanted > Bus::stretch_limit_ns) {
    bus_.stuck(id_, true);
    return ETIMEDOUT;
  }
  bus_.emit(id_,
            {.time_ns = bus_.now_ns_, .kind = WireKind::stretch, .duration_ns = saturate(wanted)});
  bus_.now_ns_ += wanted;
  look_at_clock(wanted);
  return 0;
}

void Transaction::stop() {
  bus_.emit(id_, {.time_ns = bus_.now_ns_, .kind = WireKind::stop});
  bus_.now_ns_ += bus_.bit_ns_;
  for (BusDevice* device : addressed_) {
    reach(*device);
    device->stop();
  }
}

// The byte that results when every active target sends its own and the controller pulls the zeros
// of `controller_bits`: wired-AND, bit by bit, in which a loser may notice and let go.
std::uint8_t Transaction::gather(std::uint8_t controller_bits) {
  senders_.clear();
  for (BusDevice* device : active_) {
    reach(*device);
    senders_.push_back({device, device->read()});
    note_stretch(*device);
  }
  std::uint8_t line = 0;
  for (int bit = 7; bit >= 0; --bit) {
    bool level = bit_of(controller_bits, bit);
    for (const Sender& sender : senders_) level = level && bit_of(sender.bits, bit);
    line = static_cast<std::uint8_t>(line << 1 | (level ? 1 : 0));
    for (Sender& sender : senders_) {
      if (sender.told || level || !bit_of(sender.bits, bit)) continue;
      sender.told = true;
      if (!sender.device->arbitration_lost()) continue;
      sender.bits = 0xff;
      std::erase(active_, sender.device);
    }
  }
  return line;
}

// Whoever sent a 1 where somebody beyond this bus has pulled SDA low has lost.
void Transaction::overrule(std::uint8_t zeros) {
  for (Sender& sender : senders_) {
    if (sender.told || (sender.bits & zeros) == 0) continue;
    sender.told = true;
    if (sender.device->arbitration_lost()) std::erase(active_, sender.device);
  }
}

// Gives a written byte to the active targets; whether any of them ACKed.
bool Transaction::offer(std::uint8_t byte) {
  std::erase_if(active_, [&](BusDevice* device) {
    reach(*device);
    const bool acked = device->write(byte);
    note_stretch(*device);
    return !acked;
  });
  return !active_.empty();
}

void Transaction::tell_ack(bool acked) {
  for (BusDevice* device : active_) {
    reach(*device);
    device->read_acked(acked);
    note_stretch(*device);
  }
  if (!acked) active_.clear();
}

void Transaction::reach(BusDevice& device) const { device.time_passed(bus_.now_ns_); }

void Transaction::note_stretch(BusDevice& device) {
  stretch_ns_ = std::max(stretch_ns_, device.stretch_ns());
}

}  // namespace picoctl::sim
