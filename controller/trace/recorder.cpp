#include "picoctl/controller/trace_recorder.hpp"

#include <cerrno>

namespace picoctl::controller::trace {
namespace {

constexpr std::uint64_t nominal_bit_ns = 10'000;

int number_of(const Expected<void>& outcome) {
  if (outcome) return 0;
  return outcome.error().error == Error::no_answer ? EREMOTEIO : EIO;
}

// The transfer as it must have looked, bit after bit.
class Drawing {
 public:
  Drawing(Recorded& recorded, std::uint64_t& now_ns, std::uint64_t bit_ns)
      : recorded_(recorded), now_ns_(now_ns), bit_ns_(bit_ns) {}

  void add(WireKind kind, unsigned bits, std::uint8_t byte = 0, std::uint8_t flags = 0) {
    recorded_.events.push_back({.time_ns = now_ns_, .kind = kind, .byte = byte, .flags = flags});
    now_ns_ += bits * bit_ns_;
  }
  void add(const Message& message, bool first) {
    add(first ? WireKind::start : WireKind::restart, 1);
    const auto address =
        static_cast<std::uint8_t>(message.address << 1U | (message.is_read() ? 1U : 0U));
    add(WireKind::address, 9, address, socket::wire_ack);
    for (unsigned i = 0; i < message.length; ++i) {
      const bool wanted = !message.is_read() || i + 1U < message.length;
      std::uint8_t flags = wanted ? socket::wire_ack : 0;
      if (message.is_read()) flags |= socket::wire_read;
      add(WireKind::data, 9, message.data[i], flags);
    }
  }

 private:
  Recorded& recorded_;
  std::uint64_t& now_ns_;
  std::uint64_t bit_ns_;
};

}  // namespace

Expected<void> RecordingBus::do_transfer(std::span<const Message> messages) {
  auto outcome = behind().transfer(messages);
  const std::lock_guard lock(mutex_);
  const std::uint64_t khz = speed_khz();
  Recorded recorded{.id = next_id_++, .error = number_of(outcome), .exact = false};
  recorded.bit_ns = khz == 0 ? nominal_bit_ns : 1'000'000 / khz;
  Drawing drawing(recorded, now_ns_, recorded.bit_ns);
  for (const Message& message : messages) {
    // Of a failed read nothing arrived that could be shown.
    const bool shown = outcome.has_value() || !message.is_read();
    if (shown) drawing.add(message, &message == messages.data());
  }
  drawing.add(WireKind::stop, 1);
  recorded_.push_back(std::move(recorded));
  return outcome;
}

std::vector<Recorded> RecordingBus::take() {
  const std::lock_guard lock(mutex_);
  return std::move(recorded_);
}

}  // namespace picoctl::controller::trace
