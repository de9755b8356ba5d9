#include "picoctl/controller/failure.hpp"

#include <fmt/format.h>

namespace picoctl {
namespace {

std::string_view said_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::done: return "The command ran once.";
    case Outcome::not_run: return "The command did not run.";
    case Outcome::still_running: return "The command is running.";
    case Outcome::unknown: break;
  }
  return "Whether the command ran is unknown.";
}

// Only where the row of the error does not say so itself.
bool worth_saying(const Failure& failure) {
  const ExitClass row = info(failure.error).exit_class;
  return row == ExitClass::unreachable && failure.error != Error::not_run &&
         failure.outcome == Outcome::unknown;
}

}  // namespace

std::string summary(const Failure& failure) {
  const std::string_view text = info(failure.error).text;
  if (failure.detail.empty()) return std::string(text);
  return fmt::format("{}: {}", text, failure.detail);
}

std::string explain(const Failure& failure) {
  const ErrorInfo& row = info(failure.error);
  const std::string outcome =
      worth_saying(failure) ? fmt::format(" {}", said_of(failure.outcome)) : std::string();
  return fmt::format("{}.{}\nLikely cause: {}.\nTo do: {}.", summary(failure), outcome, row.cause,
                     row.cure);
}

}  // namespace picoctl
