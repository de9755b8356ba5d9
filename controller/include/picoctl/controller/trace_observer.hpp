// Sees everything that happens on a virtual bus, whoever makes it happen.
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "picoctl/controller/failure.hpp"
#include "picoctl/controller/trace.hpp"
#include "picoctl/socket/client.hpp"

namespace picoctl::controller::trace {

using Happening = std::variant<Recorded, Note>;

// What a virtual bus counts and who is on it.
struct BusReport {
  socket::Report totals;
  std::vector<socket::DeviceRow> devices;
};

class Observer {
 public:
  // `path` of the socket. Everything from here on is seen. Fails as connecting to that bus does.
  static Expected<Observer> open(const std::string& path);

  // What has happened since the last call, in order of time. What a finished transfer of another
  // connection did is here as soon as that connection has its result. Waits for the first thing
  // up to `patience`; an empty list says that nothing happened.
  Expected<std::vector<Happening>> take(std::chrono::milliseconds patience = {});

  // Inverts one bit of a transfer to come: `bit` counts from the address byte's first, ACKs left
  // out; `skip` transfers pass before it, whoever makes them.
  Expected<void> flip_bit(std::uint32_t bit, std::uint32_t skip = 0);
  // Ends a transfer to come with a STOP behind `byte`, 0 being the address; its caller sees EIO.
  Expected<void> cut_after(std::uint32_t byte, std::uint32_t skip = 0);

  Expected<BusReport> report();

  std::uint32_t speed_hz() const { return watching_.speed_hz(); }
  int fd() const { return watching_.fd(); }  // for poll(): readable when take() has something

 private:
  void add(const socket::Wire& wire, std::vector<Happening>& happenings);
  Expected<void> inject(const socket::FaultRequest& fault);

  socket::Client watching_;
  socket::Client acting_;  // faults and questions: their answers must not meet the events
  std::string path_;
  Recorded partial_;
};

}  // namespace picoctl::controller::trace
