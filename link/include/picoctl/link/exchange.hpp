// Exactly once, the controller's half: what to do next about one command, given what came back.
// Rules C2-C6 of docs/PROTOCOL.md. Pure: it neither reads nor writes a bus, keeps no time and draws
// no randomness, so that the model's counterexamples run against it as tests.
#pragma once

#include <cstdint>
#include <span>

#include "picoctl/link/frame.hpp"
#include "picoctl/link/session.hpp"

namespace picoctl {

// What is known of a command when its call ends.
enum class Outcome : std::uint8_t {
  done,           // ran exactly once; the answer is its own
  not_run,        // did not run and never will
  still_running,  // began to run, no answer within the deadline
  unknown,        // ran once or never
};

// One answer, judged as C3 asks: whose is it, and what does it say?
enum class Answer : std::uint8_t {
  mine_busy,     // under my key, with my SEQ
  mine_done,     // under my key, with my SEQ: done or failed
  pending,       // public, in my own transaction
  bad_frame,     // public, in my own transaction
  no_session,    // public, in my own transaction
  out_of_order,  // public, in my own transaction
  not_mine,      // anything else: damaged, another's, or public but in a mere poll
};

// `own_transaction`: the read stood behind a repeated START after my own request.
Answer judge(std::span<const std::uint8_t> answer, std::uint8_t address, std::uint16_t key,
             Sequence mine, bool own_transaction);

// A mailbox target cannot answer within the transaction of a request. In its refusals it gives back
// the CRC bytes of the frame that it refused, as their payload: true if `answer` is a public refusal
// of the very bytes of `request`. Then it counts as one seen in the request's own transaction.
bool refuses(std::span<const std::uint8_t> answer, std::uint8_t address,
             std::span<const std::uint8_t> request);

enum class Step : std::uint8_t {
  send,          // transmit the request (the same bytes as before) and read
  poll,          // read the answer register only
  resume,        // ask RESUME what became of the session
  open_session,  // the command did not run: open a new session, number it anew
  finish,        // outcome() tells
};

class Exchange {
 public:
  Step next() const { return next_; }
  Outcome outcome() const { return outcome_; }
  unsigned transmissions() const { return transmissions_; }

  void sent() { ++transmissions_; }  // just before the request goes on the wire
  void on_answer(Answer answer);     // after `send` or `poll`
  void on_bus_error();               // after `send` or `poll`: nothing that can be trusted
  void on_resumed(const SessionReply& reply, std::uint8_t my_number);  // after `resume`
  void on_session_opened();                                            // after `open_session`
  void on_deadline();                                                  // C6, at any time

 private:
  void finish(Outcome outcome);

  Step next_ = Step::send;
  Outcome outcome_ = Outcome::not_run;
  unsigned transmissions_ = 0;  // of these bytes; the first counts even if it was never heard
  unsigned strikes_ = 0;        // refusals in a row (C5)
  bool last_was_busy_ = false;
};

inline constexpr unsigned strikes_before_resume = 3;

}  // namespace picoctl
