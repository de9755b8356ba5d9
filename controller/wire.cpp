#include "wire.hpp"

#include <algorithm>
#include <chrono>

#include "picoctl/link/registers.hpp"

namespace picoctl::controller {
namespace {

using namespace std::chrono_literals;

Message write_message(std::uint8_t address, Wire::Bytes sent) {
  // Message serves reads too; a write's bytes are never touched.
  return {address, 0, static_cast<std::uint16_t>(sent.size()),
          const_cast<std::uint8_t*>(sent.data())};
}

}  // namespace

Expected<void> Wire::transfer(Bytes sent, std::span<std::uint8_t> read) {
  const std::array<Message, 2> messages{
      write_message(address_, sent),
      Message{address_, socket::flag_read, static_cast<std::uint16_t>(read.size()), read.data()}};
  auto done = bus_.transfer(std::span(messages).first(read.empty() ? 1 : 2));
  if (!done) ++counters_.bus_errors;
  return done;
}

Expected<void> Wire::ask(Bytes sent, std::size_t size) {
  answer_size_ = 0;
  auto done = transfer(sent, std::span(answer_).first(size));
  if (done) answer_size_ = size;
  return done;
}

Expected<void> Wire::request(Bytes frame, std::size_t size) {
  if (!mailbox_) return ask(frame, size);
  claim();
  if (auto sent = tell(frame); !sent) return sent;
  bus_.sleep(mailbox_time);
  return read_response(size);
}

Expected<void> Wire::poll(std::size_t size) {
  ++counters_.polls;
  return read_response(size);
}

Expected<void> Wire::read_response(std::size_t size) {
  const std::array<std::uint8_t, 1> from{registers::response};
  return ask(from, size);
}

void Wire::claim(std::chrono::milliseconds at_most) {
  if (!mailbox_ || claimed_) return;
  bus_.claim(at_most);
  claimed_ = true;
}

void Wire::release() {
  if (claimed_) bus_.release();
  claimed_ = false;
}

// A read can start at any byte that has a register number, so that little is read twice.
Expected<void> Wire::read_rest(std::size_t total) {
  ++counters_.second_reads;
  const std::size_t start =
      std::min(answer_size_, std::size_t{registers::beyond - registers::response});
  const std::array<std::uint8_t, 1> from{static_cast<std::uint8_t>(registers::response + start)};
  auto done = transfer(from, std::span(answer_).subspan(start, total - start));
  if (done) answer_size_ = total;
  return done;
}

Expected<void> Wire::tell(Bytes sent) { return transfer(sent, {}); }

void Pauses::wait() {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until_ - bus_.now());
  // One microsecond more than is left, so that the end is reached on any clock.
  if (next_ > 0us && left > 0us) bus_.sleep(std::min(next_, left + 1us));
  next_ = next_ == 0us ? 50us : std::min<std::chrono::microseconds>(2 * next_, 10ms);
}

void Patience::sent(Bus::Clock::time_point now) {
  until_ = now + next_;
  next_ = std::min<std::chrono::milliseconds>(4 * next_, most_);
}

bool shows_pending(Wire::Bytes answer, std::uint8_t address) {
  const auto head = parse_head(answer);
  return head && head->state == State::pending && head->sequence == Sequence{public_slot, 0} &&
         head_crc_matches(answer, address, public_key);
}

}  // namespace picoctl::controller
