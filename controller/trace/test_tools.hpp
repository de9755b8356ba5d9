// Transfers made by hand, as an observer of a bus at 100 kHz would have seen them.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "picoctl/controller/trace.hpp"
#include "picoctl/link/session.hpp"

namespace picoctl::controller::trace {

class WireScript {
 public:
  static constexpr std::uint64_t bit_ns = 10'000;

  explicit WireScript(std::uint64_t id = 1, std::uint64_t now_ns = 0) : now_ns_(now_ns) {
    recorded_.id = id;
    recorded_.bit_ns = bit_ns;
  }

  // START (a repeated one after the first), address, data, each byte acknowledged.
  WireScript& write(std::uint8_t address, std::span<const std::uint8_t> bytes) {
    begin(write_address(address));
    for (const std::uint8_t byte : bytes) add(WireKind::data, 9, byte, socket::wire_ack);
    return *this;
  }
  // More bytes of the same write.
  WireScript& more(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) add(WireKind::data, 9, byte, socket::wire_ack);
    return *this;
  }
  // The same from the target; the controller acknowledges all but the last byte.
  WireScript& read(std::uint8_t address, std::span<const std::uint8_t> bytes) {
    begin(read_address(address));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const bool last = i + 1 == bytes.size();
      add(WireKind::data, 9, bytes[i],
          static_cast<std::uint8_t>(socket::wire_read | (last ? 0 : socket::wire_ack)));
    }
    return *this;
  }
  // Inverts bits of the byte that was added last.
  WireScript& damage(std::uint8_t bits) {
    recorded_.events.back().byte ^= bits;
    recorded_.events.back().flipped = bits;
    return *this;
  }
  Recorded stop() {
    add(WireKind::stop, 1);
    return recorded_;
  }
  std::uint64_t now_ns() const { return now_ns_; }

 private:
  void begin(std::uint8_t address) {
    add(recorded_.events.empty() ? WireKind::start : WireKind::restart, 1);
    add(WireKind::address, 9, address, socket::wire_ack);
  }
  void add(WireKind kind, unsigned bits, std::uint8_t byte = 0, std::uint8_t flags = 0) {
    recorded_.events.push_back({.time_ns = now_ns_, .kind = kind, .byte = byte, .flags = flags});
    now_ns_ += bits * bit_ns;
  }

  Recorded recorded_;
  std::uint64_t now_ns_;
};

// "09 7B"
inline std::string hex_of(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (!text.empty()) text += ' ';
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

// The traffic of one session with a Pico at 0x41 whose command 2 is "led n:u8 on:bool".
class SessionScript {
 public:
  static constexpr std::uint8_t address = 0x41;

  Recorded identity() {
    const std::array<std::uint8_t, 1> number{registers::identity};
    return script()
        .write(address, number)
        .read(address, encode_identity(identity_, address))
        .stop();
  }
  Recorded hello() {
    std::array<std::uint8_t, session_request_size> asked{};
    picoctl::Writer question(asked);
    encode(question, SessionRequest{nonce_, 100});
    std::array<std::uint8_t, session_reply_size> told{};
    picoctl::Writer reply(told);
    encode(reply, SessionReply{.nonce = nonce_,
                               .status = SessionStatus::open,
                               .slot = slot_,
                               .state = SlotState::fresh,
                               .boot_id = identity_.boot_id});
    return script()
        .write(address, framed({public_slot, 0}, public_key, 1, asked))
        .read(address, sealed(State::done, {public_slot, 0}, public_key, told))
        .stop();
  }
  std::vector<std::uint8_t> request(std::uint8_t number, std::uint8_t command,
                                    std::span<const std::uint8_t> payload) const {
    return framed({slot_, number}, key(), command, payload);
  }
  std::vector<std::uint8_t> answer(State state, std::uint8_t number,
                                   std::span<const std::uint8_t> payload = {}) const {
    return sealed(state, {slot_, number}, key(), payload);
  }
  std::vector<std::uint8_t> refusal(State state) const {
    return sealed(state, {public_slot, 0}, public_key, {});
  }
  WireScript script() {
    ++next_id_;
    return WireScript(next_id_, 1'000'000 * next_id_);
  }

  static std::shared_ptr<const Description> description() {
    auto parsed = parse_description(
        "system.describe offset:u16 -> text:bytes<239> # This\nled n:u8 on:bool # A light\n"
        "gpio.read pin:u8 -> on:bool level:f32[V]\n0x01 light1:u8 # Light 1\n");
    return std::make_shared<const Description>(std::move(parsed).value());
  }

 private:
  std::uint16_t key() const { return session_key(identity_, nonce_, address); }
  static std::vector<std::uint8_t> framed(Sequence sequence, std::uint16_t key,
                                          std::uint8_t command,
                                          std::span<const std::uint8_t> payload) {
    std::vector<std::uint8_t> frame(max_request_size);
    frame.resize(encode_request(frame, address, key, {sequence, command, payload}));
    return frame;
  }
  static std::vector<std::uint8_t> sealed(State state, Sequence sequence, std::uint16_t key,
                                          std::span<const std::uint8_t> payload) {
    std::vector<std::uint8_t> answer(max_answer_size);
    std::copy(payload.begin(), payload.end(), answer.begin() + head_size);
    const Head head{.state = state, .sequence = sequence, .epoch = 0x78};
    answer.resize(seal_answer(answer, address, key, head, payload.size()));
    return answer;
  }

  Identity identity_{.max_request = 64,
                     .max_reply = 64,
                     .slots = 4,
                     .boot_id = 0x1234'5678,
                     .description = 0xDEAD'BEEF,
                     .unique_id = 0x0102'0304'0506'0708,
                     .firmware = {}};
  std::uint32_t nonce_ = 0xCAFE'F00D;
  std::uint8_t slot_ = 2;
  std::uint64_t next_id_ = 0;
};

}  // namespace picoctl::controller::trace
