// What happened on the two wires between START and STOP, taken apart down to the last byte.
//
// Two steps, both pure. assemble() turns a stream of wire events into a Transaction: segments (what
// lies between two STARTs) of bytes with their ACKs and times. A Decoder then says what the bytes
// mean to a picoctl Pico: register, SEQ, LEN, CMD, arguments by name, CRC right or wrong, answer.
// It learns the sessions' keys by listening: IDENTITY and HELLO are public. What it has not heard
// it calls unknown, never wrong.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "picoctl/controller/description.hpp"
#include "picoctl/link/frame.hpp"
#include "picoctl/link/identity.hpp"
#include "picoctl/link/registers.hpp"
#include "picoctl/socket/format.hpp"

namespace picoctl::controller::trace {

using socket::WireEvent;
using socket::WireKind;

// A remark of a device on a virtual bus: "GP15=1", "LED=1".
struct Note {
  std::uint64_t time_ns = 0;
  std::uint8_t address = 0;
  std::string text{};
};

// One transfer as it was observed. On a real bus nobody sees the ACKs of single bytes nor the
// times of bits: `exact` is false there, ACKs are known by the outcome alone, and times are
// nominal.
struct Recorded {
  std::uint64_t id = 0;
  int error = 0;  // 0 or errno: EREMOTEIO is "nobody acknowledged"
  bool exact = true;
  std::uint64_t bit_ns = 10'000;
  std::vector<WireEvent> events{};
};

enum class Ack : std::uint8_t { yes, no, unknown };

struct Byte {
  std::uint8_t value = 0;  // as its receiver saw it
  Ack ack = Ack::unknown;
  bool from_target = false;   // the Pico sent it; the ACK is the other side's
  std::uint8_t flipped = 0;   // bits that a fault inverted on the way
  bool ack_flipped = false;   //
  std::uint64_t time_ns = 0;  // its first bit
};

enum class Meaning : std::uint8_t {
  address,
  register_number,
  sequence,
  length,
  command,
  argument,  // of a command, or of the public HELLO, RESUME, BYE
  crc,
  header,
  epoch,
  reply,
  failure,  // error and text of a command that failed
  identity,
  data,     // of a plain register
  unknown,  // bytes that fit nothing
};

enum class Check : std::uint8_t { none, right, wrong, unknown };  // unknown: the key was not heard

// A run of bytes that mean one thing.
struct Field {
  Meaning meaning = Meaning::unknown;
  std::size_t first = 0;  // byte of the segment; 0 is the address
  std::size_t count = 0;
  std::string name{};   // "SEQ", "CMD", "token", "register"
  std::string value{};  // "slot 0, number 1", "led", "305419896"
  Check check = Check::none;
};

// From a START or repeated START to the next one or STOP.
struct Segment {
  bool repeated = false;
  std::uint64_t time_ns = 0;
  std::vector<Byte> bytes{};    // the address byte first; empty if the bus was lost before it
  std::vector<Field> fields{};  // cover all bytes, in order

  bool is_read() const { return !bytes.empty() && (bytes[0].value & 1U) != 0; }
  std::uint8_t address() const {
    return bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes[0].value >> 1U);
  }
  bool damaged() const;
};

using Named = std::vector<std::pair<std::string, std::string>>;  // name, value as text

// The request frame of a transaction, as far as it makes sense.
struct RequestSeen {
  Sequence sequence{};
  std::uint16_t number = 0;  // of the command; of the public command if the slot is public
  std::string command{};     // "led"; "HELLO"; "command 9" if the description is not known
  Named arguments{};
  Check crc = Check::unknown;
};

// The head and, if it was read to its end, the payload of an answer.
struct AnswerSeen {
  Head head{};
  Check head_crc = Check::unknown;
  Check payload_crc = Check::none;  // none: there is no payload, or it was not read to its end
  Named reply{};
};

struct Transaction {
  std::uint64_t id = 0;
  int error = 0;
  bool exact = true;
  bool stopped = false;  // ended with STOP, as all do but those that a stuck or lost bus ends
  std::uint64_t bit_ns = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::vector<Segment> segments{};
  std::vector<WireEvent> events{};  // as observed, for those who draw
  std::vector<Note> notes{};        // what devices said from its START on, before the next START
  std::optional<RequestSeen> request{};
  std::optional<AnswerSeen> answer{};

  bool damaged() const;
  std::uint64_t bits() const { return bit_ns == 0 ? 0 : (end_ns - start_ns) / bit_ns; }
};

// "DONE", "BAD_FRAME": how the states of an answer are called everywhere.
std::string_view state_name(State state);

// The bytes of a transfer, without their meaning (Segment::fields stay empty).
Transaction assemble(const Recorded& recorded);

// What a Decoder has learnt about one address.
struct Acquaintance {
  struct Asked {
    std::uint16_t number = 0;            // of the command; batch_command for a batch
    std::vector<std::uint16_t> entries;  // commands of a batch, in order
  };
  std::shared_ptr<const Description> description;
  std::optional<Identity> identity;
  std::array<std::optional<std::uint16_t>, max_slots> keys{};
  std::map<std::uint8_t, Asked> asked;  // by SEQ
  std::optional<std::uint32_t> nonce;   // of the last HELLO
  std::uint8_t pointer = registers::identity;

  const CommandInfo* command(std::uint16_t number) const;
  std::optional<std::uint16_t> key(std::uint8_t slot) const;
};

// Knows what was said before: keys, register pointers, which command an answer belongs to.
class Decoder {
 public:
  // What this address can do, by names and types; and, for one who came too late to hear it, who
  // it is.
  void know(std::uint8_t address, std::shared_ptr<const Description> description);
  void know(std::uint8_t address, const Identity& identity);

  // In the order in which they happened.
  Transaction decode(const Recorded& recorded);

 private:
  std::map<std::uint8_t, Acquaintance> targets_;  // by address
};

}  // namespace picoctl::controller::trace
