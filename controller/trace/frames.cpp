// Request frames and answers in a trace. All that comes out of here is for people to read: a
// damaged frame is shown as it arrived, and is marked by its CRC.
#include <fmt/format.h>

#include "picoctl/link/batch.hpp"
#include "picoctl/link/dispatch.hpp"
#include "picoctl/link/session.hpp"
#include "reading.hpp"
#include "text.hpp"

namespace picoctl::controller::trace {
namespace {

std::string public_name(std::uint8_t command) {
  switch (static_cast<PublicCommand>(command)) {
    case PublicCommand::hello: return "HELLO";
    case PublicCommand::resume: return "RESUME";
    case PublicCommand::bye: return "BYE";
    case PublicCommand::move: return "MOVE";
  }
  return "public " + std::to_string(command);
}

std::string command_name(const Acquaintance& target, std::uint16_t number) {
  if (number == batch_command) return "batch";
  if (const CommandInfo* known = target.command(number)) return known->name;
  // By this one everything else becomes known, so it is known from the start.
  return number == 1 ? "system.describe" : "command " + std::to_string(number);
}

std::string status_name(SessionStatus status) {
  switch (status) {
    case SessionStatus::open: return "open";
    case SessionStatus::no_slot: return "no free slot";
    case SessionStatus::unknown: return "unknown session";
    case SessionStatus::key_refused: return "key refused";
    case SessionStatus::closed: return "closed";
    case SessionStatus::busy: return "busy";
    case SessionStatus::moves: return "moves";
  }
  return "status " + std::to_string(static_cast<unsigned>(status));
}

Check check(bool right) { return right ? Check::right : Check::wrong; }

// One number of `count` bytes as a named field.
void take_number(Reading& reading, Named& named, Meaning meaning, std::size_t count,
                 const std::string& name) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= std::uint64_t{reading.rest()[i]} << (8 * i);
  named.emplace_back(name, std::to_string(value));
  reading.take(meaning, count, name, named.back().second);
}

// --- requests ----------------------------------------------------------------------------------

void explain_session_request(Reading& reading, RequestSeen& request, std::size_t length) {
  request.command = public_name(static_cast<std::uint8_t>(request.number));
  const bool moves = request.number == static_cast<std::uint16_t>(PublicCommand::move);
  if (length != (moves ? move_request_size : session_request_size)) {
    return reading.take(Meaning::argument, length, "payload", hex(reading.rest().first(length)));
  }
  take_number(reading, request.arguments, Meaning::argument, 4, "nonce");
  if (!moves) return take_number(reading, request.arguments, Meaning::argument, 2, "bus_khz");
  take_number(reading, request.arguments, Meaning::argument, 8, "unique_id");
  take_number(reading, request.arguments, Meaning::argument, 1, "address");
  take_number(reading, request.arguments, Meaning::argument, 2, "time_ms");
}

std::vector<std::uint16_t> take_batch(Reading& reading, RequestSeen& request, std::size_t length) {
  std::vector<std::uint16_t> numbers;
  if (length == 0) return numbers;
  take_number(reading, request.arguments, Meaning::argument, 1, "flags");
  for (std::size_t left = length - 1; left >= batch_entry_overhead;) {
    const std::uint8_t number = reading.rest()[0];
    const std::size_t size = std::min<std::size_t>(reading.rest()[1], left - batch_entry_overhead);
    const std::string name = command_name(reading.target(), number);
    reading.take(Meaning::command, 1, "CMD", name);
    reading.take(Meaning::length, 1, "LEN", std::to_string(size));
    const CommandInfo* known = reading.target().command(number);
    Named values = reading.take_values(Meaning::argument, size,
                                       known != nullptr ? known->args : std::vector<FieldInfo>{});
    for (auto& [key, value] : values) {
      request.arguments.emplace_back(fmt::format("{}.{}", name, key), std::move(value));
    }
    numbers.push_back(number);
    left -= batch_entry_overhead + size;
  }
  return numbers;
}

Acquaintance::Asked explain_command(Reading& reading, RequestSeen& request, std::uint8_t byte,
                                    std::size_t length) {
  picoctl::Reader payload(reading.rest().first(length));
  request.number = take_command_number(byte, payload);
  const std::size_t taken = length - payload.remaining();
  reading.take(Meaning::command, taken, "CMD", "low byte");
  length -= taken;
  request.command = command_name(reading.target(), request.number);
  if (request.number == batch_command) {
    return {batch_command, take_batch(reading, request, length)};
  }
  const CommandInfo* known = reading.target().command(request.number);
  if (known == nullptr) {
    reading.take(Meaning::argument, length, "payload", hex(reading.rest().first(length)));
  } else {
    request.arguments = reading.take_values(Meaning::argument, length, known->args);
  }
  return {request.number, {}};
}

Check check_request(Reading& reading, std::span<const std::uint8_t> frame, std::uint8_t slot) {
  const auto key = reading.target().key(slot);
  if (!key) return Check::unknown;
  return check(request_crc_matches(frame, reading.address(), *key));
}

// --- answers -----------------------------------------------------------------------------------

void learn_session(Reading& reading, const SessionReply& reply) {
  Acquaintance& target = reading.target();
  const bool mine = reply.status == SessionStatus::open && target.nonce == reply.nonce;
  if (!mine || !target.identity || reply.slot >= max_slots) return;
  target.identity->boot_id = reply.boot_id;
  target.keys.at(reply.slot) = session_key(*target.identity, reply.nonce, reading.address());
}

void explain_session_reply(Reading& reading, AnswerSeen& answer) {
  const auto reply = decode_session_reply(reading.rest().first(session_reply_size));
  Named& named = answer.reply;
  take_number(reading, named, Meaning::reply, 4, "nonce");
  named.emplace_back("status", status_name(reply->status));
  reading.take(Meaning::reply, 1, "status", named.back().second);
  take_number(reading, named, Meaning::reply, 1, "slot");
  take_number(reading, named, Meaning::reply, 1, "last");
  take_number(reading, named, Meaning::reply, 1, "state");
  take_number(reading, named, Meaning::reply, 4, "boot_id");
  take_number(reading, named, Meaning::reply, 2, "wait_ms");
  if (answer.payload_crc == Check::right) learn_session(reading, *reply);
}

void explain_failure(Reading& reading, AnswerSeen& answer, std::size_t length) {
  const auto error = static_cast<Error>(reading.rest()[0]);
  answer.reply.emplace_back("error", std::string(picoctl::name(error)));
  reading.take(Meaning::failure, 1, "error", answer.reply.back().second);
  const auto text = reading.rest().first(length - 1);
  if (text.empty()) return;
  answer.reply.emplace_back("text", printable(std::string(text.begin(), text.end())));
  reading.take(Meaning::failure, text.size(), "text", answer.reply.back().second);
}

void explain_batch_reply(Reading& reading, AnswerSeen& answer, std::size_t length,
                         const std::vector<std::uint16_t>& entries) {
  take_number(reading, answer.reply, Meaning::reply, 1, "ran");
  std::size_t left = length - 1;
  for (std::size_t i = 0; left >= batch_entry_overhead; ++i) {
    const std::uint8_t status = reading.rest()[0];
    const std::size_t size = std::min<std::size_t>(reading.rest()[1], left - batch_entry_overhead);
    const std::string text =
        status == 0 ? "ok" : std::string(picoctl::name(static_cast<Error>(status)));
    reading.take(Meaning::reply, 1, "status", text);
    reading.take(Meaning::length, 1, "LEN", std::to_string(size));
    const CommandInfo* known =
        i < entries.size() && status == 0 ? reading.target().command(entries[i]) : nullptr;
    reading.take_values(Meaning::reply, size,
                        known != nullptr ? known->reply : std::vector<FieldInfo>{});
    left -= batch_entry_overhead + size;
  }
  reading.take(Meaning::unknown, left, "bytes", hex(reading.rest().first(left)));
}

void explain_reply(Reading& reading, AnswerSeen& answer, std::size_t length) {
  const Acquaintance& target = reading.target();
  if (answer.head.state == State::failed) return explain_failure(reading, answer, length);
  if (answer.head.sequence.slot == public_slot && length == session_reply_size) {
    return explain_session_reply(reading, answer);
  }
  const auto asked = target.asked.find(answer.head.sequence.byte());
  if (asked != target.asked.end() && asked->second.number == batch_command) {
    return explain_batch_reply(reading, answer, length, asked->second.entries);
  }
  const CommandInfo* known =
      asked != target.asked.end() ? target.command(asked->second.number) : nullptr;
  if (known != nullptr) {
    answer.reply = reading.take_values(Meaning::reply, length, known->reply);
  } else {
    reading.take(Meaning::reply, length, "reply", hex(reading.rest().first(length)));
  }
}

void explain_payload(Reading& reading, AnswerSeen& answer) {
  const std::size_t length = answer.head.length;
  if (length == 0) return;
  if (reading.left() < length + payload_crc_size) {
    return reading.take_rest(Meaning::reply, "reply", "the rest is read next");
  }
  explain_reply(reading, answer, length);
  reading.take(Meaning::crc, 2, "CRC", hex(reading.rest().first(2)), answer.payload_crc);
}

}  // namespace

std::string_view state_name(State state) {
  switch (state) {
    case State::idle: return "IDLE";
    case State::pending: return "PENDING";
    case State::busy: return "BUSY";
    case State::done: return "DONE";
    case State::failed: return "FAILED";
    case State::bad_frame: return "BAD_FRAME";
    case State::no_session: return "NO_SESSION";
    case State::out_of_order: return "OUT_OF_ORDER";
  }
  return "?";
}

void explain_request(Reading& reading) {
  if (reading.left() < registers::min_frame_bytes) {
    return reading.take_rest(Meaning::unknown, "too short", "for a frame: " + hex(reading.rest()));
  }
  std::vector<std::uint8_t> frame{registers::request};
  frame.insert(frame.end(), reading.rest().begin(), reading.rest().end());
  const auto sequence = Sequence::from(frame[1]);
  RequestSeen request{.sequence = sequence, .number = frame[3]};
  request.crc = check_request(reading, frame, sequence.slot);
  reading.take(Meaning::sequence, 1, "SEQ", sequence_text(sequence));
  reading.take(Meaning::length, 1, "LEN", std::to_string(frame[2]));
  const bool public_frame = sequence.slot == public_slot;
  picoctl::Reader peek{std::span(frame).subspan(4)};
  reading.take(Meaning::command, 1, "CMD",
               public_frame ? public_name(frame[3])
                            : command_name(reading.target(), take_command_number(frame[3], peek)));
  const std::size_t length = frame.size() - request_overhead;
  if (public_frame) {
    explain_session_request(reading, request, length);
    const bool hello = request.number == static_cast<std::uint16_t>(PublicCommand::hello);
    const auto asked = decode_session_request(std::span(frame).subspan(4, length));
    if (hello && request.crc == Check::right && asked) reading.target().nonce = asked->nonce;
  } else {
    auto asked = explain_command(reading, request, frame[3], length);
    if (request.crc != Check::wrong) reading.target().asked[sequence.byte()] = std::move(asked);
  }
  reading.take(Meaning::crc, 2, "CRC", hex(reading.rest().first(2)), request.crc);
  reading.transaction().request = std::move(request);
}

void explain_answer(Reading& reading) {
  const auto head = parse_head(reading.rest());
  if (!head) return reading.take_rest(Meaning::unknown, "no answer");
  AnswerSeen answer{.head = *head};
  if (const auto key = reading.target().key(head->sequence.slot)) {
    answer.head_crc = check(head_crc_matches(reading.rest(), reading.address(), *key));
    const bool whole = reading.left() >= head_size + head->length + payload_crc_size;
    if (head->length > 0 && whole) {
      answer.payload_crc = check(payload_crc_matches(reading.rest(), reading.address(), *key));
    }
  }
  std::string state(state_name(head->state));
  if (head->events) state += ", events wait";
  reading.take(Meaning::header, 1, "HDR", std::move(state));
  reading.take(Meaning::sequence, 1, "SEQ", sequence_text(head->sequence));
  reading.take(Meaning::length, 1, "LEN", std::to_string(head->length));
  reading.take(Meaning::epoch, 1, "EPOCH", "boot " + hex(head->epoch).substr(2));
  reading.take(Meaning::crc, 2, "CRC", hex(reading.rest().first(2)), answer.head_crc);
  explain_payload(reading, answer);
  reading.take_rest(Meaning::unknown, "past the end");
  reading.transaction().answer = std::move(answer);
}

}  // namespace picoctl::controller::trace
