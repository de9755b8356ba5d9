#include "interruption.hpp"

#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace picoctl::python {
namespace {

namespace py = pybind11;
using namespace std::chrono_literals;

constexpr auto between_looks = 20ms;  // taking the GIL may mean to wait for it
constexpr auto long_past = 1h;        // beyond any deadline

thread_local Interruptible* innermost = nullptr;

bool over() { return innermost != nullptr && innermost->over(); }

// Python runs handlers in its main thread only; after a fork that is the one that forked. Two system
// calls tell: so not before it matters.
bool in_main_thread() { return ::getpid() == ::gettid(); }

}  // namespace

Interruptible::Interruptible() : outer_(innermost), looked_(Bus::Clock::now()) { innermost = this; }

Interruptible::~Interruptible() { innermost = outer_; }

Interruptible* Interruptible::current() { return innermost; }

void Interruptible::look(bool now) {
  if (raised_) return;
  const auto time = Bus::Clock::now();
  if (!now && time - looked_ < between_looks) return;
  looked_ = time;
  if (!in_main_thread()) return;
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) raised_ = std::make_unique<py::error_already_set>();
}

void Interruptible::end_by(py::error_already_set raised) {
  raised_ = std::make_unique<py::error_already_set>(std::move(raised));
}

void Interruptible::raise_if_over(const py::object& cause) {
  if (!raised_) return;
  if (cause) PyException_SetCause(raised_->value().ptr(), cause.inc_ref().ptr());
  const auto raised = std::move(raised_);
  throw py::error_already_set(*raised);
}

Expected<void> InterruptibleBus::recover() {
  if (over()) return fail(Error::bus_io, "interrupted", Outcome::unknown);
  return behind().recover();
}

Bus::Clock::time_point InterruptibleBus::now() {
  return over() ? behind().now() + long_past : behind().now();
}

void InterruptibleBus::sleep(std::chrono::microseconds pause) {
  if (innermost == nullptr) return behind().sleep(pause);
  timespec left{static_cast<time_t>(pause / 1s), static_cast<long>((pause % 1s) / 1ns)};
  while (!over() && ::nanosleep(&left, &left) != 0 && errno == EINTR) innermost->look(true);
  innermost->look();
}

Expected<void> InterruptibleBus::do_transfer(std::span<const Message> messages) {
  if (over()) return fail(Error::bus_io, "interrupted", Outcome::unknown);
  auto done = behind().transfer(messages);
  if (innermost != nullptr) innermost->look();
  return done;
}

}  // namespace picoctl::python
