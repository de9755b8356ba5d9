// A command in the public slot: HELLO, RESUME, BYE or MOVE, and its answer. They need no session.
#pragma once

#include "picoctl/link/session.hpp"
#include "wire.hpp"

namespace picoctl::controller {

inline constexpr unsigned public_tries = 3;  // while nothing of a command is on the wire
inline constexpr std::chrono::milliseconds between_tries{25};  // so: 50 ms in all

// Until when, and how many failed transfers in a row are put up with.
struct Limit {
  Bus::Clock::time_point until;
  unsigned bus_errors = ~0U;
};

// "0x41 on i2c:1", and more words.
Unexpected<Failure> failure_at(const Wire& wire, Error error, std::string_view what = {});

// Of a call that has sent no command yet: whatever the bus says, nothing ran.
Unexpected<Failure> nothing_ran(Failure failure);

// Sends one and the same frame until its answer has come. Failures have the outcome not_run. `payload`
// begins with the nonce.
Expected<SessionReply> public_call(Wire& wire, LinkCounters& counters, PublicCommand command,
                                   Wire::Bytes payload, const Limit& limit);

}  // namespace picoctl::controller
