// Failure: why a call did not give its value, and what that means for the command.
#pragma once

#include <string>
#include <utility>

#include "picoctl/link/error.hpp"
#include "picoctl/link/error_table.hpp"
#include "picoctl/link/exchange.hpp"
#include "picoctl/link/result.hpp"

namespace picoctl {

struct Failure {
  Error error = Error::outcome_unknown;  // which row of link/error.def
  Outcome outcome = Outcome::not_run;  // what is known of the command: done, not run, unknown, …
  std::string detail;  // what exactly, e.g. "no answer at 0x41 on i2c:1"; may be empty

  bool operator==(const Failure&) const = default;
};

template <typename T>
using Expected = Result<T, Failure>;

// The failure of something that sent nothing, or is known not to have run.
inline Unexpected<Failure> fail(Error error, std::string detail = {},
                                Outcome outcome = Outcome::not_run) {
  return Unexpected{Failure{error, outcome, std::move(detail)}};
}

// "nobody answered at that address: no answer at 0x41 on i2c:1", one line.
std::string summary(const Failure& failure);

// Three lines for a person: what happened, the likely cause, what to do next.
std::string explain(const Failure& failure);

}  // namespace picoctl
