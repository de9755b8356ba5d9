// Sums over cases, one row for each kind of fault.
#pragma once

#include <nlohmann/json.hpp>

#include "play.hpp"

namespace picoctl::faults {

struct Row {
  std::uint64_t tried = 0;
  std::uint64_t changed = 0;
  std::uint64_t detected = 0;
  std::uint64_t paths[5] = {};  // by the bits of Path
  std::uint64_t lost = 0, doubled = 0, in_part = 0, strange = 0;
  std::uint64_t worst_ns = 0;  // beyond what the same takes without a fault
  std::string worst_case;
};

struct Wrong {
  std::string where;  // the case, as --replay takes it
  std::string what;
};

class Tally {
 public:
  void add(const std::string& name, const Case& one, const Verdict& verdict,
           std::uint64_t undisturbed_ns);
  void add(const Tally& other);
  // Kinds whose way out was never taken, or that never changed anything.
  std::vector<std::string> untaken() const;

  nlohmann::json json() const;
  static Tally from(const nlohmann::json& json);

  std::map<std::string, Row> rows;
  std::vector<Wrong> wrong;       // the first of them
  std::uint64_t wrong_count = 0;  //
};

}  // namespace picoctl::faults
