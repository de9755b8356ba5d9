#include "errno_failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace picoctl::controller {
namespace {

Error error_of(int number) {
  switch (number) {
    case ENXIO:      // i2c-tiny-usb, i2c-designware
    case EREMOTEIO:  // i2c-bcm2835
      return Error::no_answer;
    case ETIMEDOUT: return Error::bus_stuck;
    case EAGAIN:
    case EBUSY: return Error::arbitration_lost;
    case EOPNOTSUPP:
    case EINVAL: return Error::bus_unsupported;
    case ENODEV: return Error::bus_absent;  // a USB adapter was unplugged
    default: return Error::bus_io;
  }
}

}  // namespace

std::string errno_text(int number) { return std::generic_category().message(number); }

Unexpected<Failure> transfer_failure(int number, std::string_view bus, unsigned address) {
  const Error error = error_of(number);
  std::string detail = error == Error::no_answer
                           ? fmt::format("no answer at 0x{:02x} on {}", address, bus)
                           : fmt::format("0x{:02x} on {}: {}", address, bus, errno_text(number));
  return fail(error, std::move(detail), Outcome::unknown);
}

}  // namespace picoctl::controller
