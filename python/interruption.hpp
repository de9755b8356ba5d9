// Ctrl-C in the middle of a call. The library knows nothing of Python's signals; but all its waiting
// goes through its bus. So the bus it is given looks after them, and when a handler raises, lets
// time be over: the call then ends by its own rules, with its session left behind in good order.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <span>
#include <string>

#include "picoctl/controller/forwarding_bus.hpp"

namespace picoctl::python {

// One call of this thread into the library, made without the GIL. Nests: a signal's handler may
// make calls of its own.
class Interruptible {
 public:
  Interruptible();
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  static Interruptible* current();

  bool over() const { return static_cast<bool>(raised_); }
  // Without the GIL: runs what handlers are due, at most every 20 ms unless `now`.
  void look(bool now = false);
  // With the GIL: this call is to end, as if a signal's handler had raised that.
  void end_by(pybind11::error_already_set raised);
  // With the GIL: if a handler raised, raises that, with `cause` (may be empty) behind it.
  void raise_if_over(const pybind11::object& cause);

 private:
  Interruptible* outer_;
  Bus::Clock::time_point looked_;
  std::unique_ptr<pybind11::error_already_set> raised_;
};

class InterruptibleBus final : public controller::ForwardingBus {
 public:
  using ForwardingBus::ForwardingBus;

  Expected<void> recover() override;
  Clock::time_point now() override;
  void sleep(std::chrono::microseconds pause) override;

 private:
  Expected<void> do_transfer(std::span<const Message> messages) override;
};

}  // namespace picoctl::python
