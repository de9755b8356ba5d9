// A bus that remembers what went over it: for a trace of a bus that has no observers, a real one.
//
// From its end of the wires a controller sees bytes and the outcome, neither the ACKs of single
// bytes nor times of bits. The events made up from that are marked so (Recorded::exact).
#pragma once

#include <mutex>
#include <vector>

#include "picoctl/controller/forwarding_bus.hpp"
#include "picoctl/controller/trace.hpp"

namespace picoctl::controller::trace {

class RecordingBus final : public ForwardingBus {
 public:
  using ForwardingBus::ForwardingBus;

  // The transfers since the last call, in order.
  std::vector<Recorded> take();

 private:
  Expected<void> do_transfer(std::span<const Message> messages) override;

  std::mutex mutex_;
  std::vector<Recorded> recorded_;
  std::uint64_t next_id_ = 1;
  std::uint64_t now_ns_ = 0;
};

}  // namespace picoctl::controller::trace
