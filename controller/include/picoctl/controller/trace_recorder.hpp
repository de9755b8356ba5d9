// A bus that remembers what went over it: for a trace of a bus that has no observers, a real one.
//
// From its end of the wires a controller sees bytes and the outcome, neither the ACKs of single
// bytes nor times of bits. The events made up from that are marked so (Recorded::exact).
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "picoctl/controller/bus.hpp"
#include "picoctl/controller/trace.hpp"

namespace picoctl::controller::trace {

class RecordingBus final : public Bus {
 public:
  explicit RecordingBus(std::unique_ptr<Bus> bus) : bus_(std::move(bus)) {}

  // The transfers since the last call, in order.
  std::vector<Recorded> take();

  std::string name() const override { return bus_->name(); }
  bool is_virtual() const override { return bus_->is_virtual(); }
  std::uint16_t speed_khz() const override { return bus_->speed_khz(); }
  bool in_use(std::uint8_t address) override { return bus_->in_use(address); }
  bool has_quick() const override { return bus_->has_quick(); }
  Expected<void> recover() override { return bus_->recover(); }
  Clock::time_point now() override { return bus_->now(); }
  void sleep(std::chrono::microseconds pause) override { bus_->sleep(pause); }

 private:
  Expected<void> do_transfer(std::span<const Message> messages) override;

  std::unique_ptr<Bus> bus_;
  std::mutex mutex_;
  std::vector<Recorded> recorded_;
  std::uint64_t next_id_ = 1;
  std::uint64_t now_ns_ = 0;
};

}  // namespace picoctl::controller::trace
