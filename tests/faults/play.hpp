// Plays one case and judges it: the promises of docs/RELIABILITY.md, counted from the journal.
#pragma once

#include "cases.hpp"

namespace picoctl::faults {

struct Verdict {
  bool changed = false;   // something was otherwise on the wire, or the fault was done by hand
  bool detected = false;  // somebody noticed
  unsigned paths = 0;     // Path: the ways out that were gone
  unsigned lost = 0;      // acknowledged, and not run
  unsigned doubled = 0;   // run more than once
  unsigned in_part = 0;   // some commands of a call ran, others did not
  unsigned strange = 0;   // run, and sent by nobody; or run although "not run" was told
  std::uint64_t took_ns = 0;
  std::size_t transfers = 0;  // of the exchange, before the one that shows that all is well
  std::vector<std::string> complaints;
  bool sound() const { return complaints.empty(); }
};

// `transfers`: of the exchange when nothing disturbs it.
Verdict play(Stage& stage, const Case& one, std::size_t transfers);

}  // namespace picoctl::faults
