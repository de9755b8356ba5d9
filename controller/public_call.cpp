#include "public_call.hpp"

#include <fmt/format.h>

#include <array>

#include "text.hpp"

namespace picoctl::controller {
namespace {

constexpr std::size_t answer_size = head_size + session_reply_size + payload_crc_size;

// The Pico has not looked at the request. A mailbox shows some older answer then.
bool may_be_answered_yet(const Wire& wire) {
  return wire.mailbox() || shows_pending(wire.answer(), wire.address());
}

// Empty: not the answer to this nonce's request.
std::optional<SessionReply> understand(const Wire& wire, LinkCounters& counters,
                                       std::uint32_t nonce) {
  const auto bytes = wire.answer();
  const auto head = parse_head(bytes);
  if (!head || head->state != State::done || head->length != session_reply_size) {
    return std::nullopt;
  }
  const bool is_public = head->sequence == Sequence{public_slot, 0};
  if (!is_public || !payload_crc_matches(bytes, wire.address(), public_key)) {
    ++counters.bad_answers;
    return std::nullopt;
  }
  const auto reply = decode_session_reply(bytes.subspan(head_size, session_reply_size));
  return reply && reply->nonce == nonce ? reply : std::nullopt;
}

}  // namespace

Unexpected<Failure> failure_at(const Wire& wire, Error error, std::string_view what) {
  return fail(error, fmt::format("{} on {}{}", hex_byte(wire.address()), wire.bus().name(), what));
}

Unexpected<Failure> nothing_ran(Failure failure) {
  failure.outcome = Outcome::not_run;
  return Unexpected{std::move(failure)};
}

// The echoed nonce makes the answer mine, so that here a mere poll counts: a loop too slow for the
// repeated START could never answer otherwise.
Expected<SessionReply> public_call(Wire& wire, LinkCounters& counters, PublicCommand command,
                                   Wire::Bytes payload, const Limit& limit) {
  const std::uint32_t nonce = Reader(payload).integer<std::uint32_t>();
  std::array<std::uint8_t, request_overhead + move_request_size> room{};
  const auto frame = std::span(room).first(request_overhead + payload.size());
  encode_request(frame, wire.address(), public_key,
                 {{public_slot, 0}, static_cast<std::uint8_t>(command), payload});
  const Turn turn(wire);
  Pauses pauses(wire, limit.until);
  Patience patience(wire);
  bool poll = false;
  unsigned bus_errors = 0;
  do {
    if (!poll) patience.sent(wire.bus().now());
    const auto done = poll ? wire.poll(answer_size) : wire.request(frame, answer_size);
    if (done) {
      bus_errors = 0;
      if (auto reply = understand(wire, counters, nonce)) return *reply;
      poll = may_be_answered_yet(wire) && !patience.over(wire.bus().now());
      pauses.wait();
    } else {
      poll = false;
      if (done.error().error == Error::bus_stuck) static_cast<void>(wire.bus().recover());
      if (++bus_errors >= limit.bus_errors) return nothing_ran(done.error());
      wire.bus().sleep(between_tries);
    }
  } while (wire.bus().now() < limit.until);
  return failure_at(wire, Error::not_run, ": no valid answer");
}

}  // namespace picoctl::controller
