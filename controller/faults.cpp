#include "picoctl/controller/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace picoctl {
namespace {

using socket::Fault;

constexpr FaultOption bit{"at", FaultField::value, true, "bit, 0 the address's first; no ACKs"};
constexpr FaultOption byte{"at", FaultField::value, true, "byte, 0 the first address"};
constexpr FaultOption times{"times", FaultField::value, false, "for so many transfers (1)"};
constexpr FaultOption device{"device", FaultField::address, true, "its address, or #N of the list"};
constexpr FaultOption off{"off", FaultField::off, false, "no longer"};

constexpr FaultInfo table[] = {
    {"clear", Fault::clear, "Every fault off, lines released, devices back", false},
    {"flip_bit", Fault::flip_bit, "One bit is seen inverted", true, {bit}},
    {"flip_ack", Fault::flip_ack, "A byte's acknowledge is seen inverted", true, {byte}},
    {"nack_address", Fault::nack_address, "Nobody acknowledges an address", true, {times}},
    {"vanish", Fault::vanish, "A device is unplugged", false, {device}},
    {"freeze", Fault::freeze, "A device holds SCL once it is addressed", false, {device}},
    {"restore", Fault::restore, "A device is as before", false, {device}},
    {"hold_sda",
     Fault::hold_sda,
     "SDA is held low",
     false,
     {off, FaultOption{"pulses", FaultField::value, false, "of a recovery, until it is let go"}}},
    {"hold_scl", Fault::hold_scl, "SCL is held low", false, {off}},
    {"lose_arbitration",
     Fault::lose_arbitration,
     "Another controller wins the bus",
     true,
     {times, FaultOption{"at", FaultField::address, false, "byte in which it wins (0)"}}},
    {"busy", Fault::busy, "Another controller has the bus", true, {times}},
    {"cut", Fault::cut, "The controller ends a message early, with STOP", true, {byte}},
    {"skip_read", Fault::skip_read, "A read is told to have happened, and has not", true},
    {"burst",
     Fault::burst,
     "Several bits in a row are damaged",
     true,
     {bit,
      FaultOption{"pattern", FaultField::address, true, "16 bits; each 1 inverts, MSB first"}}},
    {"slip",
     Fault::slip,
     "The targets see a clock pulse twice",
     true,
     {bit, FaultOption{"missed", FaultField::off, false, "or not at all"}}},
    {"stretch",
     Fault::stretch,
     "SCL is held behind a byte",
     true,
     {byte, FaultOption{"us", FaultField::address, false, "for so long, 1 to 65535"},
      FaultOption{"forever", FaultField::off, false, "until the controller gives up"}}},
    {"double_frame", Fault::double_frame, "What is written comes twice", true, {times}},
    {"lose_answer", Fault::lose_answer, "All happens, and is told to have failed", true, {times}},
    {"lose_stop", Fault::lose_stop, "There is no STOP at the end", true},
    {"second_controller",
     Fault::second_controller,
     "Another controller reads a device in between",
     true,
     {device, times}},
    {"reset", Fault::reset, "A device's RUN pin is pulled behind a byte", true, {device, byte}},
    {"brown_out", Fault::brown_out, "A device's power fails behind a byte", true, {device, byte}},
    {"power_loss_at_flash",
     Fault::power_loss_at_flash,
     "A device's power fails while it writes flash",
     false,
     {device, FaultOption{"at", FaultField::value, false, "erase or write from now on (0)"}}},
    {"inject_panic",
     Fault::inject_panic,
     "The controller is gone in the midst of a byte",
     true,
     {FaultOption{"at", FaultField::value, true, "SCL pulse, 9 a byte"}}},
    {"incomplete_address_phase",
     Fault::incomplete_address_phase,
     "Now: a read ends within its address's acknowledge",
     false,
     {device}},
    {"incomplete_write_byte",
     Fault::incomplete_write_byte,
     "Now: a write of 00 ends within its acknowledge",
     false,
     {device}},
    {"answer_at",
     Fault::answer_at,
     "A device answers at a second address",
     false,
     {device, FaultOption{"to", FaultField::value, true, "that address"}, off}},
    {"hang_up", Fault::hang_up, "A client loses its connection to the bus", true},
};
static_assert(std::size(table) == static_cast<std::size_t>(Fault::last) + 1);

}  // namespace

std::span<const FaultInfo> fault_table() { return table; }

const FaultInfo* find_fault(std::string_view name) {
  const auto* found = std::ranges::find(table, name, &FaultInfo::name);
  return found == std::end(table) ? nullptr : found;
}

Expected<FaultInjector> FaultInjector::open(const std::string& path) {
  FaultInjector injector;
  injector.path_ = path;
  const int error = injector.client_.connect(path, socket::role_control, "picoctl fault");
  if (error != 0) return injector.lost(error);
  return injector;
}

Unexpected<Failure> FaultInjector::lost(int error) const {
  const char* reason = client_.refusal()[0] != 0 ? client_.refusal() : std::strerror(error);
  return fail(error == EPROTONOSUPPORT ? Error::socket_version : Error::virtual_bus_absent,
              path_ + ": " + reason);
}

Expected<void> FaultInjector::inject(const socket::FaultRequest& request) {
  const int error = client_.control(request);
  if (error == 0) return {};
  if (!client_.alive()) return lost(error);
  const std::string_view name = table[static_cast<std::size_t>(request.fault)].name;
  switch (error) {
    case EINVAL: return fail(Error::usage, fmt::format("{}: no device is there", name));
    case EOPNOTSUPP: return fail(Error::unsupported, fmt::format("{}: not that device", name));
    case ENOSPC: return fail(Error::bus_io, "256 faults wait already: picoctl fault clear");
    default: return fail(Error::bus_io, fmt::format("{}: {}", name, std::strerror(error)));
  }
}

Expected<controller::trace::BusReport> FaultInjector::report() {
  controller::trace::BusReport report;
  report.devices.resize(socket::max_rows);
  const int error = client_.query(report.totals, report.devices);
  if (error != 0) return lost(error);
  report.devices.resize(std::min<std::size_t>(report.totals.rows, socket::max_rows));
  return report;
}

}  // namespace picoctl
