// From wire events to segments of bytes. Knows I2C and nothing of what is said over it.
#include <algorithm>

#include "picoctl/controller/trace.hpp"

namespace picoctl::controller::trace {
namespace {

Ack ack_of(const WireEvent& event, const Recorded& recorded) {
  if (recorded.exact || recorded.error == 0) {
    return (event.flags & socket::wire_ack) != 0 ? Ack::yes : Ack::no;
  }
  return Ack::unknown;
}

Byte byte_of(const WireEvent& event, const Recorded& recorded) {
  Byte byte{.value = event.byte, .ack = ack_of(event, recorded)};
  byte.from_target = (event.flags & socket::wire_read) != 0;
  byte.flipped = event.flipped;
  byte.ack_flipped = (event.flags & socket::wire_ack_flipped) != 0;
  byte.time_ns = event.time_ns;
  return byte;
}

// When the event is over. What an observer sees of time is where each event begins.
std::uint64_t end_of(const WireEvent& event, std::uint64_t bit_ns) {
  switch (event.kind) {
    case WireKind::address:
    case WireKind::data: return event.time_ns + 9 * bit_ns;
    case WireKind::stretch:
    case WireKind::stuck: return event.time_ns + event.duration_ns;
    case WireKind::pulses: return event.time_ns + event.byte * bit_ns;
    default: return event.time_ns + bit_ns;
  }
}

}  // namespace

bool Segment::damaged() const {
  return std::ranges::any_of(
      bytes, [](const Byte& byte) { return byte.flipped != 0 || byte.ack_flipped; });
}

bool Transaction::damaged() const {
  return std::ranges::any_of(segments, [](const Segment& one) { return one.damaged(); });
}

Transaction assemble(const Recorded& recorded) {
  Transaction transaction{.id = recorded.id, .error = recorded.error, .exact = recorded.exact};
  transaction.bit_ns = recorded.bit_ns;
  transaction.events = recorded.events;
  if (recorded.events.empty()) return transaction;
  transaction.start_ns = recorded.events.front().time_ns;
  transaction.end_ns = end_of(recorded.events.back(), recorded.bit_ns);
  for (const WireEvent& event : recorded.events) {
    const bool starts = event.kind == WireKind::start || event.kind == WireKind::restart;
    const bool is_byte = event.kind == WireKind::address || event.kind == WireKind::data;
    if (starts) {
      transaction.segments.push_back(
          {.repeated = event.kind == WireKind::restart, .time_ns = event.time_ns});
    } else if (is_byte && !transaction.segments.empty()) {
      transaction.segments.back().bytes.push_back(byte_of(event, recorded));
    }
    transaction.stopped = event.kind == WireKind::stop;
  }
  return transaction;
}

}  // namespace picoctl::controller::trace
