// What one Pico is told and asked, transaction by transaction: bytes to and from its registers.
// Knows no sessions and no rules; counts bus errors.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include "picoctl/controller/bus.hpp"
#include "picoctl/controller/pico.hpp"
#include "picoctl/link/frame.hpp"

namespace picoctl::controller {

class Wire {
 public:
  using Bytes = std::span<const std::uint8_t>;
  // Who has no more to say about it waits so long for his turn: two of it leave half of a call's second.
  static constexpr std::chrono::milliseconds usual_claim{250};

  Wire(Bus& bus, std::uint8_t address, LinkCounters& counters)
      : bus_(bus), address_(address), counters_(counters) {}

  // Writes `sent`, then reads `size` bytes (at most max_answer_size) behind a repeated START. What
  // was read stays in answer() until the next call.
  Expected<void> ask(Bytes sent, std::size_t size);
  // Sends a request, then reads `size` bytes of what is shown: behind a repeated START; of a mailbox
  // target, which has no verdict yet then, in a transaction of its own.
  Expected<void> request(Bytes frame, std::size_t size);
  // Reads the answer register from its start.
  Expected<void> poll(std::size_t size);
  // Reads on until answer() has `total` bytes.
  Expected<void> read_rest(std::size_t total);
  // Writes only.
  Expected<void> tell(Bytes sent);

  // Whether this Pico needs two transactions (flag bit 0 of its IDENTITY).
  void set_mailbox(bool mailbox) { mailbox_ = mailbox; }
  bool mailbox() const { return mailbox_; }
  // A mailbox has room for one request: keeps other programs that do the same off the bus until it
  // is answered. Nothing at all for other targets.
  void claim(std::chrono::milliseconds at_most = usual_claim);
  void release();

  Bytes answer() const { return {answer_.data(), answer_size_}; }
  Bus& bus() const { return bus_; }
  std::uint8_t address() const { return address_; }

 private:
  Expected<void> transfer(Bytes sent, std::span<std::uint8_t> read);
  Expected<void> read_response(std::size_t size);

  Bus& bus_;
  std::uint8_t address_;
  LinkCounters& counters_;
  std::array<std::uint8_t, max_answer_size> answer_{};
  std::size_t answer_size_ = 0;
  bool mailbox_ = false;
  bool claimed_ = false;
};

// Releases what was claimed meanwhile.
class Turn {
 public:
  explicit Turn(Wire& wire) : wire_(wire) {}
  ~Turn() { wire_.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Wire& wire_;
};

// What a program in Python takes to look at its mailbox, at the least: no use in reading sooner.
inline constexpr std::chrono::microseconds mailbox_time{500};

// The pauses between tries: none before the first (of a mailbox 500 us), then twice as long each
// time, up to 10 ms.
class Pauses {
 public:
  Pauses(const Wire& wire, Bus::Clock::time_point until)
      : bus_(wire.bus()),
        until_(until),
        next_(wire.mailbox() ? mailbox_time : std::chrono::microseconds{}) {}
  void wait();

 private:
  Bus& bus_;
  Bus::Clock::time_point until_;
  std::chrono::microseconds next_;
};

// How long to go on polling while nothing but a public PENDING is shown, before the request is sent
// again: 2 ms at first, four times as long after each sending, up to half a second. Sending at once
// would starve a slow loop: it shows a verdict only until the next request arrives.
// A mailbox that has not looked shows what it showed before; its loop is slow, but what another
// program's request has overwritten it never sees: so 50 ms at first, then 200.
class Patience {
 public:
  Patience() = default;
  explicit Patience(const Wire& wire)
      : next_(wire.mailbox() ? 50 : 2), most_(wire.mailbox() ? 200 : 512) {}
  void sent(Bus::Clock::time_point now);
  bool over(Bus::Clock::time_point now) const { return now >= until_; }

 private:
  Bus::Clock::time_point until_{};
  std::chrono::milliseconds next_{2};
  std::chrono::milliseconds most_{512};
};

// Whether `answer` says that some request has arrived and none was looked at yet.
bool shows_pending(Wire::Bytes answer, std::uint8_t address);

}  // namespace picoctl::controller
