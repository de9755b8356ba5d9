// What the bus sees of a target: a chip with 256 registers (docs/PROTOCOL.md, "Registers").
//
// One side is called by the link's interrupt, byte by byte (TargetFace in i2c_target.hpp); the other
// by the event loop, which takes requests and publishes answers. The interrupt only moves bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "picoctl/link/frame.hpp"
#include "picoctl/link/identity.hpp"
#include "picoctl/target/register_bank.hpp"

namespace picoctl::target {

// One request, as it came off the wire.
struct ReceivedFrame {
  std::span<std::uint8_t> room;
  std::uint16_t size = 0;    // bytes in room, register byte included
  std::uint32_t number = 0;  // counts all requests, so that the newest is known
  bool full = false;         // belongs to the loop while true
};

struct FaceStats {
  std::uint32_t frames = 0;          // requests, good or not
  std::uint32_t short_frames = 0;    // writes to 0xA0 that cannot be a frame
  std::uint32_t dropped = 0;         // came while both buffers were full
  std::uint32_t refused_writes = 0;  // plain writes that fit no register
};

class RegisterFace {
 public:
  // `room`: shared evenly by two request buffers.
  RegisterFace(RegisterBank& bank, std::span<std::uint8_t> room);

  // --- called by the link's interrupt, in bus order (concept TargetFace) ---
  void begin_write();
  void write(std::uint8_t byte);
  void end_write();
  void begin_read();
  std::size_t fill(std::span<std::uint8_t> out);
  void end_read();

  // --- called by the loop, with the link's interrupt masked ---

  // Who this is; also prepares the answers that the interrupt gives by itself. Call first.
  void introduce(const Identity& identity, std::uint8_t address);
  // The oldest request that waits, or null. It stays the loop's until release().
  ReceivedFrame* oldest();
  static void release(ReceivedFrame& frame) { frame.full = false; }
  // Shows `answer` from the next read on, but only while request `number` is the newest one: the
  // read behind a newer request must not find this answer (T4). The bytes must stay as they are
  // until the next request arrives.
  void publish(std::uint32_t number, std::span<const std::uint8_t> answer);
  // True once a published answer has been read to its end by the controller.
  bool answer_was_read() const { return answer_was_read_; }

  RegisterBank& bank() { return bank_; }
  const FaceStats& stats() const { return stats_; }

 private:
  using HeadBytes = std::array<std::uint8_t, head_size>;

  void open(std::uint8_t number);
  void open_frame();
  void end_frame();
  void end_plain_write();
  void show(std::span<const std::uint8_t> answer);
  std::size_t fill_from(std::span<const std::uint8_t> source, std::span<std::uint8_t> out);

  RegisterBank& bank_;
  std::array<ReceivedFrame, 2> frames_;
  std::array<std::uint8_t, registers::max_plain_write + 1> plain_{};

  std::uint8_t* put_ = nullptr;      // where the write in progress stores its next byte
  std::uint8_t* put_end_ = nullptr;  //
  ReceivedFrame* receiving_ = nullptr;
  bool first_ = false;     // the next byte is the register number
  bool overflow_ = false;  // the write in progress is longer than its room
  std::uint8_t written_register_ = registers::identity;

  std::uint8_t pointer_ = registers::identity;  // where the next read starts
  std::uint32_t newest_ = 0;                    // number of the newest request
  std::span<const std::uint8_t> answer_;        // the next read of RESPONSE shows this
  std::span<const std::uint8_t> latched_;       // the read in progress shows this
  std::size_t at_ = 0;                          // its next byte, from the start of what it shows
  bool reading_user_ = false;
  bool answer_was_read_ = false;

  IdentityBytes identity_{};
  HeadBytes idle_{}, pending_{}, bad_frame_{};
  FaceStats stats_;
};

}  // namespace picoctl::target
