// Exactly once: carries one command through a session, whatever the wires do. It does what
// link's Exchange decides; here are the bytes, the clock and the pauses.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "picoctl/link/exchange.hpp"
#include "session.hpp"
#include "wire.hpp"

namespace picoctl::controller {

// A command to run.
struct Order {
  std::string_view name;                     // for failures
  std::uint16_t number = 0;                  // 0: a batch
  std::span<const std::uint8_t> args;        //
  std::size_t min_reply = 0;                 // bytes on the wire
  std::size_t max_reply = 0;                 //
  std::optional<std::uint32_t> description;  // hash of the description that `number` is from
};

class Caller {
 public:
  using Time = Bus::Clock::time_point;

  Caller(Wire& wire, Session& session, LinkCounters& counters)
      : wire_(wire), session_(session), counters_(counters) {}

  // A command that would be the first in a session with a restarted Pico is not sent: not_run.
  void hold_back_at_restart(bool on) { holds_back_ = on; }
  bool held_back() const { return held_back_; }  // the last call

  // The reply's bytes, valid until the next call. A failure of the handler is a Failure with
  // outcome `done`. unknown_command with outcome `not_run`: the Pico has another description now.
  Expected<std::span<const std::uint8_t>> run(const Order& order,
                                              std::chrono::milliseconds deadline);

 private:
  Expected<void> prepare(const Order& order);
  Expected<void> encode(const Order& order);
  std::size_t guess(const Order& order) const;
  Time look_at_the_clock() { return now_ = wire_.bus().now(); }
  bool late() const;

  void take_step(Exchange& exchange, const Order& order);
  void send(Exchange& exchange);
  void poll(Exchange& exchange);
  void judge_answer(Exchange& exchange, bool own_transaction);
  bool complete();
  void resume(Exchange& exchange);
  void reopen(Exchange& exchange, const Order& order);
  void note_bus_error(Exchange& exchange, const Failure& failure);
  void note_answer(Answer answer);

  Expected<std::span<const std::uint8_t>> conclude(const Exchange& exchange, const Order& order);
  Expected<std::span<const std::uint8_t>> done(const Order& order);
  Unexpected<Failure> ended(Error error, Outcome outcome, const Order& order) const;

  Wire& wire_;
  Session& session_;
  LinkCounters& counters_;

  // Of the call at hand.
  std::array<std::uint8_t, max_request_size> request_{};
  std::size_t request_size_ = 0;
  std::size_t read_size_ = 0;
  Sequence sequence_;
  Time now_{};        // when the clock was looked at last: before each step, and after each pause
  Time until_{};      // the caller's deadline
  Time last_word_{};  // when the Pico last showed that it keeps this session
  Time sent_at_{};    // the latest request
  Patience patience_;
  std::optional<Pauses> pauses_;
  bool holds_back_ = false;
  bool held_back_ = false;
  unsigned strangers_ = 0;          // answers in a row that were not mine
  std::optional<Failure> refused_;  // ended before anything of the command was on the wire
  std::string trouble_;             // what went wrong last, in words
};

}  // namespace picoctl::controller
