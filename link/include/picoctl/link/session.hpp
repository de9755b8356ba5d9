// Opening, resuming and closing a session, and telling one of several Picos to go away: the payloads
// of the public commands, which travel in slot 7 under the public key. Every answer echoes the nonce
// it answers to.
//
//   request  nonce (4) | bus_khz (2); of MOVE: nonce (4) | unique id (8) | address | time_ms (2)
//   answer   nonce (4) | status | slot | last | state | boot id (4) | wait_ms (2)
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "picoctl/link/bytes.hpp"

namespace picoctl {

// CMD of a frame in the public slot.
enum class PublicCommand : std::uint8_t {
  hello = 1,   // open a session, or find the one that this nonce opened
  resume = 2,  // ask what became of a session; never opens one
  bye = 3,     // close a session; closing one that is closed changes nothing
  move = 4,    // the Pico of this unique id goes to another address, or to none
};

// What MOVE asks. It is obeyed once its answer was read, or 50 ms later, and never kept in flash.
struct MoveRequest {
  std::uint32_t nonce = 0;      // random, so that the answer is known
  std::uint64_t unique_id = 0;  // of the one that is meant; all others refuse
  std::uint8_t address = 0;     // 7 bits; 0: none, it is silent
  std::uint16_t time_ms = 0;    // then back to where it was; 0: until it starts anew
};

struct SessionRequest {
  std::uint32_t nonce = 0;    // fresh and random for every HELLO, never opened twice
  std::uint16_t bus_khz = 0;  // the bus's speed, for the target's hold mode; 0: unknown
};

enum class SessionStatus : std::uint8_t {
  open = 0,         // the nonce has this slot
  no_slot = 1,      // all slots are taken; try again after wait_ms
  unknown = 2,      // no slot has this nonce: never opened, evicted, closed, or the Pico restarted
  key_refused = 3,  // this nonce gives the key that the slot used last: choose another
  closed = 4,       // answer to BYE
  busy = 5,         // answer to BYE: its command still runs, the slot stays
  moves = 6,        // answer to MOVE: it is the one that is meant
};

enum class SlotState : std::uint8_t {
  closed = 0,
  fresh = 1,  // open, nothing ran yet, nothing kept
  busy = 2,   // command `last` is running
  done = 3,   // command `last` ran, its answer is kept
};

struct SessionReply {
  std::uint32_t nonce = 0;
  SessionStatus status = SessionStatus::unknown;
  std::uint8_t slot = 0;
  std::uint8_t last = 0;  // number of the last command that began to run; 0 at first
  SlotState state = SlotState::closed;
  std::uint32_t boot_id = 0;
  std::uint16_t wait_ms = 0;  // with no_slot: until one may be free
};

inline constexpr std::size_t session_request_size = 6;
inline constexpr std::size_t move_request_size = 15;  // the longest
inline constexpr std::size_t session_reply_size = 14;

inline void encode(Writer& writer, const SessionRequest& request) {
  writer.integer(request.nonce);
  writer.integer(request.bus_khz);
}
inline std::optional<SessionRequest> decode_session_request(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  SessionRequest request;
  request.nonce = reader.integer<std::uint32_t>();
  request.bus_khz = reader.integer<std::uint16_t>();
  if (!reader.finished()) return std::nullopt;
  return request;
}

inline void encode(Writer& writer, const MoveRequest& request) {
  writer.integer(request.nonce);
  writer.integer(request.unique_id);
  writer.byte(request.address);
  writer.integer(request.time_ms);
}
inline std::optional<MoveRequest> decode_move_request(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  MoveRequest request;
  request.nonce = reader.integer<std::uint32_t>();
  request.unique_id = reader.integer<std::uint64_t>();
  request.address = reader.byte();
  request.time_ms = reader.integer<std::uint16_t>();
  if (!reader.finished()) return std::nullopt;
  return request;
}

inline void encode(Writer& writer, const SessionReply& reply) {
  writer.integer(reply.nonce);
  writer.byte(static_cast<std::uint8_t>(reply.status));
  writer.byte(reply.slot);
  writer.byte(reply.last);
  writer.byte(static_cast<std::uint8_t>(reply.state));
  writer.integer(reply.boot_id);
  writer.integer(reply.wait_ms);
}
inline std::optional<SessionReply> decode_session_reply(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  SessionReply reply;
  reply.nonce = reader.integer<std::uint32_t>();
  reply.status = static_cast<SessionStatus>(reader.byte());
  reply.slot = reader.byte();
  reply.last = reader.byte();
  reply.state = static_cast<SlotState>(reader.byte());
  reply.boot_id = reader.integer<std::uint32_t>();
  reply.wait_ms = reader.integer<std::uint16_t>();
  if (!reader.finished()) return std::nullopt;
  return reply;
}

}  // namespace picoctl
