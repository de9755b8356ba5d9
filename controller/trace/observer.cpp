#include "picoctl/controller/trace_observer.hpp"

#include <cerrno>
#include <cstring>

namespace picoctl::controller::trace {
namespace {

Error error_of(int number) {
  switch (number) {
    case ENAMETOOLONG: return Error::socket_path_too_long;
    case EACCES: return Error::bus_forbidden;
    case EPROTONOSUPPORT: return Error::socket_version;
    default: return Error::virtual_bus_absent;
  }
}

Unexpected<Failure> failure(const socket::Client& client, const std::string& path, int number) {
  const char* reason = client.refusal()[0] != 0 ? client.refusal() : std::strerror(number);
  return fail(error_of(number), path + ": " + reason);
}

std::uint64_t bit_time(std::uint32_t speed_hz) {
  return speed_hz == 0 ? 10'000 : (1'000'000'000 + speed_hz / 2) / speed_hz;
}

}  // namespace

Expected<Observer> Observer::open(const std::string& path) {
  Observer observer;
  observer.path_ = path;
  if (const int error = observer.watching_.connect(path, socket::role_observer, "picoctl trace")) {
    return failure(observer.watching_, path, error);
  }
  if (const int error = observer.acting_.connect(path, socket::role_control, "picoctl trace")) {
    return failure(observer.acting_, path, error);
  }
  return observer;
}

Expected<std::vector<Happening>> Observer::take(std::chrono::milliseconds patience) {
  std::vector<Happening> happenings;
  for (;;) {
    socket::Incoming incoming;
    // Half of a transfer is never the end: the other half is on its way.
    const bool wait = happenings.empty() || !partial_.events.empty();
    const int limit = partial_.events.empty() ? static_cast<int>(patience.count()) : 1000;
    const int error = watching_.next(incoming, wait ? limit : 0);
    if (error == EAGAIN) return happenings;
    if (error != 0) return failure(watching_, path_, error);
    if (incoming.type == socket::Type::noted) {
      happenings.emplace_back(
          Note{incoming.noted.time_ns, incoming.noted.address, std::string(incoming.noted.text)});
    } else if (incoming.type == socket::Type::wire) {
      add(incoming.wire, happenings);
    }
  }
}

void Observer::add(const socket::Wire& wire, std::vector<Happening>& happenings) {
  if ((wire.flags & socket::wire_first) != 0) partial_ = {};
  partial_.id = wire.id;
  partial_.events.insert(partial_.events.end(), wire.events, wire.events + wire.count);
  if ((wire.flags & socket::wire_last) == 0) return;
  partial_.error = static_cast<int>(wire.error);
  partial_.bit_ns = bit_time(speed_hz());
  happenings.emplace_back(std::move(partial_));
  partial_ = {};
}

Expected<void> Observer::flip_bit(std::uint32_t bit, std::uint32_t skip) {
  return inject({.fault = socket::Fault::flip_bit, .skip = skip, .value = bit});
}

Expected<void> Observer::cut_after(std::uint32_t byte, std::uint32_t skip) {
  return inject({.fault = socket::Fault::cut, .skip = skip, .value = byte});
}

Expected<void> Observer::inject(const socket::FaultRequest& fault) {
  if (const int error = acting_.control(fault)) return failure(acting_, path_, error);
  return {};
}

Expected<BusReport> Observer::report() {
  BusReport report;
  report.devices.resize(socket::max_rows);
  if (const int error = acting_.query(report.totals, report.devices)) {
    return failure(acting_, path_, error);
  }
  report.devices.resize(std::min<std::size_t>(report.totals.rows, socket::max_rows));
  return report;
}

}  // namespace picoctl::controller::trace
