// Which exchanges are swept, with which faults, and how one such case is written down:
//
//   short:flip_bit:2:47          bit 47 of transfer 2 of the exchange "short" is inverted
//   batch:reset:3:9+cut:4:2      two faults in one run
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stage.hpp"

namespace picoctl::faults {

struct Exchange {
  const char* name;
  void (*calls)(Stage& stage, Connection& pico);
  std::uint32_t loop_us = 5;      // of the virtual Pico's event loop, for one command
  bool core = false;              // also with two faults at once, and on the slower Picos
  bool describes = false;         // reads the description over the wire
  bool writes_registers = false;  // which are outside the CRC
};
const std::vector<Exchange>& exchanges();

// What a fault's place counts.
enum class Unit : std::uint8_t { transfer, byte, bit, pulse };

// What has to be seen at least once in all the cases of a kind, or the way out of it was never gone.
enum Path : unsigned {
  retried = 1,     // the same bytes again
  kept = 2,        // answered from the kept answer
  renewed = 4,     // a new session
  clocked = 8,     // SDA freed by pulses
  restarted = 16,  // the Pico
};

struct Kind {
  const char* name;
  unsigned row;      // of the fault catalogue
  const char* says;  // for the table
  Unit unit;
  // Every call is acknowledged all the same.
  bool harmless;
  unsigned paths;  // Path
  // What the bus is asked for just before the transfer; empty if the case's own hand does it.
  std::optional<FaultRequest> (*request)(std::uint32_t place, std::uint32_t chance);
  // Further forms of it at one place, by `chance` 0 to forms - 1.
  std::uint32_t forms = 1;
  bool local = false;  // needs a virtual Pico of the sweep's own
};
const std::vector<Kind>& kinds();

struct Strike {
  const Kind* kind;
  std::uint32_t transfer;
  std::uint32_t place;
  std::uint32_t chance;  // form, or the seed of whatever the kind leaves open
};
struct Case {
  const Exchange* exchange;
  std::vector<Strike> strikes;
  std::string text() const;
  static std::optional<Case> parse(std::string_view text);
};

}  // namespace picoctl::faults
