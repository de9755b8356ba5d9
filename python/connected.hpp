// A Pico as Python holds it: the library's Pico, one lock around it, and its bus, so that Ctrl-C,
// threads and fork() each find it in good order.
#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "failures.hpp"
#include "interruption.hpp"
#include "picoctl/controller/pico.hpp"

namespace picoctl::python {

struct Wanted {
  std::string bus;                                    // "": found by itself
  std::optional<std::uint8_t> address;                //
  std::optional<std::string> name;                    // as system.name gave it
  std::optional<std::chrono::milliseconds> deadline;  // for calls that give none of their own
};

class Connected {
 public:
  using Deadline = std::optional<std::chrono::milliseconds>;

  explicit Connected(const Wanted& wanted);
  ~Connected();
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;

  // `by`: see Pico::call_values().
  pybind11::object call(const std::string& name, const pybind11::iterable& args, Deadline deadline,
                        std::optional<std::uint32_t> by);
  // The same between C++ and C++.
  Expected<Value> call_values(const std::string& name, std::span<const Value> args,
                              Deadline deadline, std::optional<std::uint32_t> by);
  // [(name, (arguments...))] to [(ran, exception or None, reply)].
  pybind11::list batch(const pybind11::iterable& items, bool go_on, Deadline deadline);
  pybind11::object get(const std::string& which);
  void set(const std::string& which, const pybind11::iterable& values);
  // `reapply(boot_id, cause)` is called within a call, and may call this very object; None: no more.
  void on_restart(pybind11::object reapply);
  // [(address, flags, bytes to write or length to read)] to [bytes of each read].
  pybind11::list transfer(const pybind11::iterable& messages);

  std::shared_ptr<const Description> description();
  Identity identity();
  std::uint32_t hash() { return identity().description; }
  LinkCounters counters();
  std::uint8_t address() const { return address_; }
  std::string bus() const { return bus_->name(); }
  bool is_virtual() const { return bus_->is_virtual(); }
  bool by_default() const { return by_default_; }  // virtual, and nobody asked for that

  void close();
  bool closed() const { return closed_; }

  // Around fork(): between the two no call is inside. False: this thread is inside one itself.
  bool hold();
  void let_go();

 private:
  template <typename Body>
  auto inside(Body body) -> decltype(body());
  template <typename Body>
  auto within_callback(Body body) -> decltype(body());
  void reapply(const Restart& restart);
  Pico& pico();
  bool enter();

  std::shared_ptr<Bus> bus_;
  bool by_default_ = false;
  std::uint8_t address_ = 0;
  Deadline deadline_;
  pybind11::object reapply_;  // goes after pico_, which is given up without the GIL
  std::optional<Pico> pico_;
  std::timed_mutex mutex_;
  std::atomic<std::thread::id> owner_{};
  bool in_callback_ = false;  // the owner's: its call waits for reapply_, outside the library
  std::atomic<bool> closed_ = false;
};

// Makes `body`'s call into the library without the GIL; a signal's handler that raises ends it.
template <typename Body>
auto without_gil(Body body) -> decltype(body()) {
  Interruptible here;
  std::optional<decltype(body())> result;
  {
    const pybind11::gil_scoped_release release;
    result.emplace(body());
  }
  here.raise_if_over(*result ? pybind11::object() : exception_of(result->error()));
  return std::move(*result);
}

}  // namespace picoctl::python
