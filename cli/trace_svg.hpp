// One call on the two wires as a picture for people who have never seen I2C: plain SVG, animated
// with CSS alone, complete when it stands still (printed, or with reduced motion).
//
// The layout depends on the number of bytes only, so the same call gives the same file but for the
// bytes that differ from session to session: CRCs and the epoch.
#pragma once

#include <string>
#include <vector>

#include "board.hpp"
#include "picoctl/controller/trace.hpp"

namespace picoctl::cli {

struct Picture {
  std::string command;  // "led 1 on"
  bool is_virtual = false;
  Board before;  // the lights as they were
  std::vector<controller::trace::Transaction> transactions;
};

std::string svg(const Picture& picture);

}  // namespace picoctl::cli
