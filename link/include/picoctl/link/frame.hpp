// The frames of the link: their bytes, and nothing of what they do.
//
//   request   0xA0 | SEQ | LEN | CMD | payload[LEN] | CRC   over address(W), 0xA0 .. payload
//   head      HDR | SEQ | LEN | EPOCH | CRC                 over address(R), HDR .. EPOCH
//   answer    head; if LEN > 0 then payload[LEN] | CRC      over address(R), HDR .. EPOCH, payload
//
// Integers travel least significant byte first; a CRC travels most significant byte first, in the
// order of its own shift register, so that every burst of up to 16 bits is caught. The answer's
// second CRC skips the head's: a CRC run over data and its own CRC is 0 whatever the data was, and
// would tie the payload neither to its head nor to the session's key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "picoctl/link/bytes.hpp"
#include "picoctl/link/crc16.hpp"

namespace picoctl {

inline constexpr std::size_t request_overhead = 6;         // register, SEQ, LEN, CMD, CRC
inline constexpr std::size_t head_size = 6;                // HDR, SEQ, LEN, EPOCH, CRC
inline constexpr std::size_t crc_size = 2;                 // of a head, a payload, a request
inline constexpr std::size_t payload_crc_size = crc_size;  // after a payload that is not empty
inline constexpr std::size_t max_payload = 240;            // LEN never exceeds this
inline constexpr std::size_t max_request_size = request_overhead + max_payload;
inline constexpr std::size_t max_answer_size = head_size + max_payload + payload_crc_size;

// SEQ: slot in bits 7-5, sequence in bits 4-0.
struct Sequence {
  std::uint8_t slot = 0;    // 0-6 sessions, 7 public
  std::uint8_t number = 0;  // 0-31

  static constexpr Sequence from(std::uint8_t byte) {
    return {static_cast<std::uint8_t>(byte >> 5U), static_cast<std::uint8_t>(byte & 31U)};
  }
  constexpr std::uint8_t byte() const {
    return static_cast<std::uint8_t>((slot << 5U) | (number & 31U));
  }
  constexpr bool operator==(const Sequence&) const = default;
};
constexpr std::uint8_t next_number(std::uint8_t number) { return (number + 1U) & 31U; }

inline constexpr std::uint8_t public_slot = 7;
inline constexpr std::uint8_t max_slots = 7;

// What an answer says about the request it belongs to. Carried in bits 3-0 of HDR.
enum class State : std::uint8_t {
  idle = 0,          // nothing asked yet
  pending = 1,       // a request arrived; no verdict yet. Acknowledges nothing
  busy = 2,          // this command is running
  done = 3,          // this command ran; the payload is its reply
  failed = 4,        // this command ran or was refused for good; the payload is error, text
  bad_frame = 5,     // public: the frame failed its check; no slot changed
  no_session = 6,    // public: the slot it names is closed
  out_of_order = 7,  // public: the sequence number is neither the last nor the next
};

// HDR: bit 7 always 1 (the Pi's BSC can turn the first bit after a stretch into a 1, so a 1 is sent
// there), bit 6 events waiting, bits 5-4 zero, bits 3-0 State.
inline constexpr std::uint8_t header_always = 0x80;
inline constexpr std::uint8_t header_events = 0x40;
inline constexpr std::uint8_t header_zero = 0x30;

struct Head {
  State state = State::idle;
  Sequence sequence;
  std::uint8_t length = 0;  // payload bytes, 0-240
  std::uint8_t epoch = 0;   // low byte of the boot id: a hint, never proof
  bool events = false;
};

struct Request {
  Sequence sequence;
  std::uint8_t command = 0;
  std::span<const std::uint8_t> payload;
};

// CMD: 0 is a batch, 1-127 an index into the target's description, 128-255 the high bits of a
// longer index whose low byte is the first byte of the payload.
inline constexpr std::uint8_t batch_command = 0;
inline constexpr std::uint16_t max_short_command = 127;

constexpr std::uint8_t write_address(std::uint8_t address) {
  return static_cast<std::uint8_t>(address << 1U);
}
constexpr std::uint8_t read_address(std::uint8_t address) {
  return static_cast<std::uint8_t>((address << 1U) | 1U);
}

// Writes a whole request, register byte first. Returns its size; 0 if it does not fit or the
// payload is longer than max_payload.
std::size_t encode_request(std::span<std::uint8_t> out, std::uint8_t address, std::uint16_t key,
                           const Request& request);

// The request in `frame` (register byte first), its CRC not looked at yet: which slot it names has
// to be known before its key is. Empty if the length does not fit.
std::optional<Request> parse_request(std::span<const std::uint8_t> frame);
bool request_crc_matches(std::span<const std::uint8_t> frame, std::uint8_t address,
                         std::uint16_t key);

// Writes a head. The caller has put no payload behind it, or calls seal_answer.
void encode_head(std::span<std::uint8_t, head_size> out, std::uint8_t address, std::uint16_t key,
                 const Head& head);

// Turns `payload_size` bytes already lying at answer[6] into a whole answer; returns its size.
std::size_t seal_answer(std::span<std::uint8_t> answer, std::uint8_t address, std::uint16_t key,
                        Head head, std::size_t payload_size);

// The head at the start of `answer`, whatever its key; empty if it is short or not a head at all.
inline std::optional<Head> parse_head(std::span<const std::uint8_t> answer) {
  if (answer.size() < head_size) return std::nullopt;
  const std::uint8_t header = answer[0];
  if ((header & header_always) == 0 || (header & header_zero) != 0) return std::nullopt;
  if (answer[2] > max_payload) return std::nullopt;
  return Head{static_cast<State>(header & 0x0FU), Sequence::from(answer[1]), answer[2], answer[3],
              (header & header_events) != 0};
}
bool head_crc_matches(std::span<const std::uint8_t> answer, std::uint8_t address,
                      std::uint16_t key);
// True if the payload that the head announces lies there complete and undamaged.
bool payload_crc_matches(std::span<const std::uint8_t> answer, std::uint8_t address,
                         std::uint16_t key);

}  // namespace picoctl
