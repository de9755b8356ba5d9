// Two Picos at one address: finding that out, naming both, and moving one.
//
// Commands are obeyed by one of them only, since a session's key holds its unique id. Which one that is
// the wires decide: of two that answer, the one that sends a 0 where the other sends a 1. Here each in
// turn is told by its unique id to be silent for a moment, so that the next one can be read.
//
// Programs that use these Picos meanwhile may find nobody for as long (0.6 s).
#pragma once

#include <cstdint>
#include <vector>

#include "picoctl/controller/bus.hpp"
#include "picoctl/controller/failure.hpp"
#include "picoctl/link/identity.hpp"

namespace picoctl {

struct AtAddress {
  std::vector<Identity> picos;  // at least one, in the order in which they win
  // False: the last of them would not be silent (a mailbox, or an older program), and may hide others.
  bool all_known = true;
};

// All picoctl Picos at `address`, 0x08-0x77. Failures: bad_address, bus_in_use, no_answer, not_picoctl,
// and those of Bus::transfer().
Expected<AtAddress> picos_at(Bus& bus, std::uint8_t address);

struct Move {
  std::uint8_t from = 0;        // 7-bit addresses
  std::uint8_t to = 0;          // nobody may have it yet
  std::uint64_t unique_id = 0;  // of the Pico that is meant; no other obeys
  bool keep = false;            // in its flash; else until it starts anew
};

// Its identity at the new address; sessions that it had are gone. Its program runs on as it is. Failures:
// bad_address, address_taken, not_moved, not_saved (it is there, and will be at the old address
// after its next start), bus_in_use, no_answer, and those of Bus::transfer().
Expected<Identity> move_pico(Bus& bus, const Move& move);

}  // namespace picoctl
