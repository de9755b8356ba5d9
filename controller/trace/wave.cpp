#include "picoctl/controller/trace_wave.hpp"

#include <algorithm>

namespace picoctl::controller::trace {
namespace {

class Pen {
 public:
  Pen(std::uint64_t start_ns, std::uint64_t bit_ns) : now_(start_ns), bit_ns_(bit_ns) {}

  void start() {
    set(Wire::sda, false, 50, Driver::controller);
    now_ += bit_ns_;
  }
  void restart() {
    set(Wire::scl, false, 0);
    set(Wire::sda, true, 15, Driver::controller);
    set(Wire::scl, true, 40);
    set(Wire::sda, false, 70, Driver::controller);
    now_ += bit_ns_;
  }
  void stop() {
    set(Wire::scl, false, 0);
    set(Wire::sda, false, 15, Driver::controller);
    set(Wire::scl, true, 50);
    set(Wire::sda, true, 80, Driver::nobody);
    now_ += bit_ns_;
  }
  void byte(const WireEvent& event) {
    const bool from_target = (event.flags & socket::wire_read) != 0;
    const Driver sender = from_target ? Driver::target : Driver::controller;
    for (int i = 7; i >= 0; --i) bit(((event.byte >> i) & 1) != 0, sender);
    const bool acked = (event.flags & socket::wire_ack) != 0;
    const Driver receiver = from_target ? Driver::controller : Driver::target;
    bit(!acked, acked ? receiver : Driver::nobody);
  }
  void bit(bool high, Driver driver) {
    set(Wire::scl, false, 0);
    set(Wire::sda, high, 15, driver);
    set(Wire::scl, true, 60);
    now_ += bit_ns_;
  }
  void hold(Wire wire, std::uint64_t ns) {
    set(wire, false, 0, Driver::target);
    now_ += ns;
  }
  void release() {
    set(Wire::scl, true, 0);
    set(Wire::sda, true, 0, Driver::nobody);
  }
  std::vector<Edge> take() { return std::move(edges_); }

 private:
  void set(Wire wire, bool high, unsigned percent, Driver driver = Driver::controller) {
    bool& level = wire == Wire::scl ? scl_ : sda_;
    const bool same = level == high && (wire == Wire::scl || driver == driver_);
    if (same) return;
    level = high;
    if (wire == Wire::sda) driver_ = driver;
    edges_.push_back({now_ + bit_ns_ * percent / 100, wire, high, driver});
  }

  std::uint64_t now_;
  std::uint64_t bit_ns_;
  bool scl_ = true;
  bool sda_ = true;
  Driver driver_ = Driver::nobody;
  std::vector<Edge> edges_;
};

void draw(Pen& pen, const WireEvent& event, std::uint64_t longest_hold_ns) {
  const auto held = std::min<std::uint64_t>(event.duration_ns, longest_hold_ns);
  switch (event.kind) {
    case WireKind::start: return pen.start();
    case WireKind::restart: return pen.restart();
    case WireKind::address:
    case WireKind::data: return pen.byte(event);
    case WireKind::stop: return pen.stop();
    case WireKind::stretch: return pen.hold(Wire::scl, held);
    case WireKind::stuck:
      pen.hold(event.byte == 1 ? Wire::sda : Wire::scl, held);
      return pen.release();
    case WireKind::arbitration_lost:
      for (int i = 0; i < 4; ++i) pen.bit(false, Driver::nobody);
      return pen.stop();
    case WireKind::pulses:
      for (int i = 0; i < event.byte; ++i) pen.bit(false, Driver::target);
      return;
  }
}

}  // namespace

std::vector<Edge> edges(const Transaction& transaction, std::uint64_t longest_hold_bits) {
  Pen pen(transaction.start_ns, transaction.bit_ns);
  for (const WireEvent& event : transaction.events) {
    draw(pen, event, longest_hold_bits * transaction.bit_ns);
  }
  pen.release();
  return pen.take();
}

}  // namespace picoctl::controller::trace
