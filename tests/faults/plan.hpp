// Which cases make a sweep.
#pragma once

#include <map>

#include "cases.hpp"

namespace picoctl::faults {

// An exchange that nothing disturbs.
struct Undisturbed {
  std::vector<std::uint32_t> bytes;  // on the wire, of each transfer
  std::uint64_t took_ns = 0;         // with the exchange that follows
};
using Baselines = std::map<std::string, Undisturbed>;

// Every fault at every place where it can strike. `every`: only each n-th place, another each time.
std::vector<Case> exhaustive(const Baselines& baselines, std::uint32_t seed);
// Two faults in the core exchanges: every pair of kinds, `each` times at places by chance.
std::vector<Case> pairs(const Baselines& baselines, std::uint32_t seed, std::uint32_t each);
// Number `index` of a run of one to three faults by chance.
Case random_case(const Baselines& baselines, std::uint64_t seed, std::uint64_t index);
// For Picos that run in real time: `count` single faults in core exchanges, all kinds in turn.
std::vector<Case> core(const Baselines& baselines, std::uint32_t seed, std::uint32_t count);

}  // namespace picoctl::faults
