// What people are told about an error. Not for firmware: its text stays out of flash.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "picoctl/link/error.hpp"

namespace picoctl {

// The exit codes of every picoctl program (docs/ERRORS.md).
enum class ExitClass : std::uint8_t {
  success = 0,
  failed = 1,       // the command reached the Pico, and the Pico said no
  usage = 2,        // the request makes no sense; nothing was sent
  unreachable = 3,  // no bus, no Pico, no answer; the command did not run
  unknown = 4,      // the command ran once or not at all
  running = 5,      // the command runs; its answer did not come in time
  local = 6,        // this machine: a file, a socket, a program
};

struct ErrorInfo {
  Error error;
  std::string_view id;
  ExitClass exit_class;
  std::string_view text;
  std::string_view cause;
  std::string_view cure;
};

inline constexpr std::array error_table{
#define PICOCTL_ERROR(code, id, exit_class, text, cause, cure) \
  ErrorInfo{Error::id, #id, ExitClass::exit_class, text, cause, cure},
#include "picoctl/link/error.def"
#undef PICOCTL_ERROR
};

// The row of `error`. A code of the user's own range has the row of user_error; one that a newer
// Pico sent, that of handler_failed.
constexpr const ErrorInfo& info(Error error) {
  const auto row_of = [](Error wanted) {
    return std::find_if(error_table.begin(), error_table.end(),
                        [wanted](const ErrorInfo& row) { return row.error == wanted; });
  };
  if (const auto row = row_of(error); row != error_table.end()) return *row;
  const auto code = static_cast<std::uint8_t>(error);
  return *row_of(code >= 0x60 && code < 0x80 ? Error::user_error : Error::handler_failed);
}

constexpr std::string_view name(Error error) { return info(error).id; }

}  // namespace picoctl
