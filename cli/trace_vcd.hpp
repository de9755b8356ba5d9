// Transactions as a Value Change Dump (IEEE 1364-2005, clause 18) of the wires `scl` and `sda`, for
// GTKWave, PulseView and sigrok-cli.
#pragma once

#include <span>
#include <string>

#include "picoctl/controller/trace.hpp"

namespace picoctl::cli {

// The rests between transactions are drawn as at most 20 bit times.
std::string vcd(std::span<const controller::trace::Transaction> transactions);

}  // namespace picoctl::cli
