// A bus on which something sits that knows the protocol and means no good: it answers anything, of
// any length, damaged or with a valid check, as the input says. Without input it is well-behaved.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "input.hpp"
#include "picoctl/commands/system.hpp"
#include "picoctl/controller/bus.hpp"
#include "picoctl/link/description.hpp"
#include "picoctl/link/exchange.hpp"
#include "picoctl/link/registers.hpp"
#include "picoctl/link/session.hpp"

namespace picoctl::fuzz {

class HostileBus final : public Bus {
 public:
  static constexpr std::uint8_t address = 0x41;

  HostileBus(Input& input, std::string text) : input_(input), text_(std::move(text)) {
    identity_.max_request = static_cast<std::uint8_t>(240 - input.byte());
    identity_.max_reply = static_cast<std::uint8_t>(240 - input.byte());
    identity_.slots = 4;
    identity_.boot_id = 0x0B007001;
    identity_.unique_id = 0x1122334455667788;
    identity_.description = description_hash(text_);
    const std::uint8_t odd = input.byte();
    identity_.mailbox = (odd & 1U) != 0;
    if ((odd & 0xE0U) == 0xE0U) identity_.version.minor ^= odd & 3U;
    if ((odd & 0x1CU) == 0x1CU) ++identity_.description;
  }

  std::string name() const override { return "hostile"; }
  Clock::time_point now() override { return now_; }
  void sleep(std::chrono::microseconds pause) override {
    expect(pause.count() >= 0, "a pause that is over before it begins");
    now_ += pause;
  }
  Expected<void> recover() override { return {}; }

  // How often it said, under the caller's own key, that the caller's command is done.
  std::size_t done = 0;

 private:
  using Octets = std::vector<std::uint8_t>;

  Expected<void> do_transfer(std::span<const Message> messages) override {
    now_ += std::chrono::microseconds(200);
    expect(!messages.empty() && messages.size() <= 42, "a transfer of no or too many messages");
    const std::uint8_t mood = input_.byte();
    const bool hears = mood != 1;
    for (const Message& message : messages) {
      expect(message.length <= 8192, "a message longer than any adapter takes");
      if (message.is_read()) {
        std::memset(message.data, 0, message.length);
        if (mood != 2 && mood != 3) answer({message.data, message.length}, mood);
      } else if (hears && message.length > 0) {
        hear({message.data, message.length});
      }
    }
    switch (mood) {
      case 1:
      case 2: return fail(Error::no_answer, "hostile", Outcome::unknown);
      case 4: return fail(Error::bus_stuck, "hostile", Outcome::unknown);
      case 5: return fail(Error::bus_io, "hostile", Outcome::unknown);
      default: return {};
    }
  }

  void hear(std::span<const std::uint8_t> bytes) {
    pointer_ = bytes[0];
    if (pointer_ != registers::request || bytes.size() < request_overhead) return;
    frame_.assign(bytes.begin(), bytes.end());
    pointer_ = registers::response;
    answer_ = compose();
  }

  void answer(std::span<std::uint8_t> out, std::uint8_t mood) {
    Octets bytes;
    if (pointer_ >= registers::response) {
      const std::size_t from = pointer_ - registers::response;
      if (from < answer_.size())
        bytes.assign(answer_.begin() + static_cast<long>(from), answer_.end());
    } else if (pointer_ >= registers::identity) {
      const auto own = encode_identity(identity_, address);
      bytes.assign(own.begin(), own.end());
    }
    bytes.resize(out.size(), registers::beyond);
    if (mood >= 0xF0) {
      const auto any = input_.bytes(out.size());
      std::copy(any.begin(), any.end(), bytes.begin());
    }
    if (mood >= 0xE0 && !bytes.empty()) bytes[input_.below(bytes.size())] ^= input_.byte();
    std::copy(bytes.begin(), bytes.end(), out.begin());
  }

  // The answer to the frame at hand, with a valid check.
  Octets compose() {
    const auto request = parse_request(frame_);
    if (!request) return {};
    const std::uint8_t how = input_.byte();
    Octets bytes(max_answer_size);
    auto payload = std::span(bytes).subspan(head_size, max_payload);
    Head head{State::done, request->sequence, 0, static_cast<std::uint8_t>(identity_.boot_id),
              false};
    std::size_t size = 0;
    std::uint16_t key = key_;
    if (request->sequence.slot == public_slot) {
      size = session_matters(*request, how, payload);
      key = public_key;
    } else {
      size = reply(*request, how, payload);
    }
    if ((how & 0x70U) == 0x70U) head.state = static_cast<State>(input_.byte() & 15U);
    if ((how & 0x78U) == 0x78U) head.sequence = Sequence::from(input_.byte());
    if (head.sequence.slot == public_slot) key = public_key;
    const bool mine = head.sequence == request->sequence && key == key_;
    if (mine && (head.state == State::done || head.state == State::failed)) ++done;
    bytes.resize(seal_answer(bytes, address, key, head, size));
    return bytes;
  }

  std::size_t session_matters(const Request& request, std::uint8_t how,
                              std::span<std::uint8_t> payload) {
    const auto asked = decode_session_request(request.payload);
    expect(asked.has_value(), "the controller asks for a session in words of its own");
    SessionReply reply;
    reply.nonce = asked->nonce;
    reply.status = SessionStatus::open;
    reply.slot = 2;
    reply.last = request.command == static_cast<std::uint8_t>(PublicCommand::hello) ? 0 : last_;
    reply.state = reply.last == 0 ? SlotState::fresh : SlotState::done;
    reply.boot_id = identity_.boot_id;
    if ((how & 3U) == 3) {
      reply.status = static_cast<SessionStatus>(input_.byte() % 8);
      reply.slot = input_.byte();
      reply.last = input_.byte();
      reply.wait_ms = static_cast<std::uint16_t>(input_.byte() << 6U);
      if ((how & 4U) != 0) reply.boot_id = ++identity_.boot_id;
    }
    if (request.command == static_cast<std::uint8_t>(PublicCommand::hello)) {
      key_ = session_key(identity_, asked->nonce, address);
    }
    Writer writer(payload);
    encode(writer, reply);
    return writer.size();
  }

  std::size_t reply(const Request& request, std::uint8_t how, std::span<std::uint8_t> payload) {
    last_ = request.sequence.number;
    Writer writer(payload);
    if (request.command == system::describe_number && (how & 1U) == 0) {
      Reader args(request.payload);
      const std::size_t from = std::min<std::size_t>(args.integer<std::uint16_t>(), text_.size());
      const std::size_t size = std::min(text_.size() - from, std::size_t{239});
      writer.byte(static_cast<std::uint8_t>(size));
      writer.bytes({reinterpret_cast<const std::uint8_t*>(text_.data()) + from, size});
    } else {
      writer.bytes(input_.some(max_payload));
    }
    return writer.size();
  }

  Input& input_;
  std::string text_;
  Identity identity_;
  Octets frame_, answer_;
  std::uint16_t key_ = 0;
  std::uint8_t last_ = 0;
  std::uint8_t pointer_ = registers::identity;
  Clock::time_point now_{std::chrono::hours(1)};
};

}  // namespace picoctl::fuzz
