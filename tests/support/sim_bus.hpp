// A controller's Bus straight into a virtual bus of the same process, on virtual time, with faults
// at whole frames: what the sweeps stand on.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include "picoctl/controller/bus.hpp"
#include "picoctl/virtual/bus.hpp"

namespace picoctl::test {

// What happens to one transfer instead of, or besides, what was asked for.
enum class FrameFault {
  none,
  request_lost,     // nothing reaches the Pico; the controller is told nobody answered
  answer_lost,      // the Pico hears all; the controller is told nobody answered
  answer_skipped,   // the Pico hears the write; "success", but nothing was read (a BSC fault)
  request_doubled,  // the written bytes arrive twice, each a transfer of its own
  answer_stale,     // the Pico hears all; the controller is given the answer of the transfer before
};

class SimBus final : public Bus {
 public:
  explicit SimBus(sim::Bus& bus) : bus_(bus) {}

  // Asked before each transfer, with its number from 0.
  std::function<FrameFault(std::size_t number, std::span<const Message> messages)> fault;
  // Called after each transfer: for resets and other clients at chosen moments.
  std::function<void(std::size_t number)> after;

  std::string name() const override { return "virtual:in-process"; }
  bool is_virtual() const override { return true; }
  std::uint16_t speed_khz() const override {
    return static_cast<std::uint16_t>(bus_.options().speed_hz / 1000);
  }
  Clock::time_point now() override {
    return Clock::time_point(std::chrono::nanoseconds(bus_.now_ns()));
  }
  void sleep(std::chrono::microseconds pause) override {
    const std::uint64_t until = bus_.now_ns() + static_cast<std::uint64_t>(pause.count()) * 1000;
    while (bus_.wake_at_ns() < until)
      bus_.idle_until(std::max(bus_.wake_at_ns(), bus_.now_ns() + 1));
    bus_.idle_until(until);
  }
  std::size_t count() const { return count_; }
  Expected<void> recover() override {
    if (bus_.recover() == 0) return {};
    return fail(Error::bus_stuck, "still held", Outcome::unknown);
  }

 private:
  Expected<void> do_transfer(std::span<const Message> messages) override {
    const std::size_t number = count_++;
    const FrameFault what = fault ? fault(number, messages) : FrameFault::none;
    auto result = perform(what, messages);
    bus_.idle(20'000);  // the software between two transactions
    if (after) after(number);
    return result;
  }

  Expected<void> perform(FrameFault what, std::span<const Message> messages) {
    for (const Message& message : messages) {
      if (message.is_read()) std::memset(message.data, 0, message.length);
    }
    const auto nobody = fail(Error::no_answer, "lost by the test", Outcome::unknown);
    switch (what) {
      case FrameFault::request_lost: return nobody;
      case FrameFault::answer_lost: {
        const auto heard = copy_of(messages);
        bus_.transfer(heard.messages);
        return nobody;
      }
      case FrameFault::answer_skipped: {
        const auto heard = copy_of(messages);
        bus_.transfer(heard.messages);
        return {};
      }
      case FrameFault::answer_stale: {
        const auto heard = copy_of(messages);
        bus_.transfer(heard.messages);
        give(last_answer_, messages);
        return {};
      }
      case FrameFault::request_doubled:
        if (!messages.front().is_read()) bus_.transfer(messages.first(1));
        break;
      case FrameFault::none: break;
    }
    return plain(messages);
  }

  Expected<void> plain(std::span<const Message> messages) {
    const int error = bus_.transfer(messages).error;
    if (error != 0) return fail(error_of(error), name(), Outcome::unknown);
    const Message& last = messages.back();
    if (last.is_read()) last_answer_.assign(last.data, last.data + last.length);
    return {};
  }

  // As controller/buses/errno_failure.cpp tells them apart.
  static Error error_of(int number) {
    switch (number) {
      case EREMOTEIO: return Error::no_answer;
      case ETIMEDOUT: return Error::bus_stuck;
      case EAGAIN:
      case EBUSY: return Error::arbitration_lost;
      default: return Error::bus_io;
    }
  }

  struct Copy {
    std::vector<std::vector<std::uint8_t>> storage;
    std::vector<Message> messages;
  };
  static Copy copy_of(std::span<const Message> messages) {
    Copy copy;
    for (const Message& message : messages) {
      copy.storage.emplace_back(message.data, message.data + message.length);
    }
    for (std::size_t i = 0; i < messages.size(); ++i) {
      copy.messages.push_back(messages[i]);
      copy.messages.back().data = copy.storage[i].data();
    }
    return copy;
  }
  static void give(const std::vector<std::uint8_t>& answer, std::span<const Message> messages) {
    const Message& last = messages.back();
    if (!last.is_read()) return;
    std::memset(last.data, registers_beyond, last.length);
    std::copy_n(answer.begin(), std::min<std::size_t>(answer.size(), last.length), last.data);
  }
  static constexpr int registers_beyond = 0xFF;

  sim::Bus& bus_;
  std::size_t count_ = 0;
  std::vector<std::uint8_t> last_answer_;
};

}  // namespace picoctl::test
