// The levels of SCL and SDA over time, drawn from wire events: what a VCD file and a picture share.
//
// Edges lie where UM10204 puts them within a bit time T: SCL is low for the first 0.6 T, SDA
// changes at 0.15 T. START, repeated START and STOP take one T each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "picoctl/controller/trace.hpp"

namespace picoctl::controller::trace {

enum class Wire : std::uint8_t { scl, sda };
enum class Driver : std::uint8_t { controller, target, nobody };  // who decides the level of SDA

struct Edge {
  std::uint64_t time_ns = 0;
  Wire wire = Wire::scl;
  bool high = true;
  Driver driver = Driver::controller;  // from here on, on SDA
};

// Both wires are high before the first edge. `longest_hold_bits`: stretches and stuck lines longer
// than this are drawn as this long, and everything behind them is drawn earlier.
std::vector<Edge> edges(const Transaction& transaction, std::uint64_t longest_hold_bits);

}  // namespace picoctl::controller::trace
