// Faults on a virtual bus, on request: what wires, controllers and chips can suffer. Off until asked
// for. What each number means stands in socket/FORMAT.md; the names are the Linux kernel's where its
// I2C fault injector has the same one (Documentation/i2c/gpio-fault-injection.rst).
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "picoctl/controller/failure.hpp"
#include "picoctl/controller/trace_observer.hpp"
#include "picoctl/socket/client.hpp"

namespace picoctl {

// Where an option of a fault goes.
enum class FaultField : std::uint8_t { none, value, address, off };

struct FaultOption {
  std::string_view name;  // "at", "times", "device", …; empty: no option
  FaultField field = FaultField::none;
  bool needed = false;
  std::string_view help = {};
};

struct FaultInfo {
  std::string_view name;  // "flip_bit"
  socket::Fault fault;
  std::string_view help;
  bool waits;  // strikes a transfer to come: `skip` others pass before
  std::array<FaultOption, 3> options{};
};

// All of them, in the order of their numbers.
std::span<const FaultInfo> fault_table();
const FaultInfo* find_fault(std::string_view name);

class FaultInjector {
 public:
  // `path` of the socket. Fails as connecting to that bus does.
  static Expected<FaultInjector> open(const std::string& path);

  // Failures: usage (it has no meaning: no device there, nothing to count), unsupported (that device
  // cannot suffer it), bus_io (256 wait already), virtual_bus_absent.
  Expected<void> inject(const socket::FaultRequest& request);
  Expected<controller::trace::BusReport> report();

 private:
  Unexpected<Failure> lost(int error) const;

  socket::Client client_;
  std::string path_;
};

}  // namespace picoctl
