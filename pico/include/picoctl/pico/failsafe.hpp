#pragma once
// Outputs that go to a safe level when the session that asked for it is silent (target/failsafe.hpp):
//
//   picoctl::pico::PicoBoard board;
//   picoctl::Target<> target{board, board.address()};
//   picoctl::target::Failsafe<> failsafe{target};
//   int main() {
//     failsafe.add_to(target);
//     picoctl::pico::watch(failsafe, board);
//     board.run(target);
//   }
//
// Not a part of the default image, whose flash is full.

#include "picoctl/pico/pico.hpp"
#include "picoctl/target/failsafe.hpp"

namespace picoctl::pico {

// Looks every 5 ms, from the interrupt of a hardware alarm that is claimed for it; so handlers, of
// whomever, do not delay it. What does is a write to flash (system.name, system.address): up to 400 ms,
// in which only the link's interrupt runs. One per program; traps if no alarm is free.
void watch(target::FailsafeOutputs& failsafe, PicoBoard& board);

}  // namespace picoctl::pico
