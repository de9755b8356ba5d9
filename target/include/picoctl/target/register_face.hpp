// What the bus sees of a target: a chip with 256 registers (docs/PROTOCOL.md, "Registers").
//
// One side is called by the link's interrupt, byte by byte (TargetFace in i2c_target.hpp); the other
// by the event loop, which takes requests and publishes answers. The interrupt only moves bytes,
// and what a read will show is looked up before it comes: at the end of the write that names the
// register, at publish(), and behind each piece of an answer.
#pragma once

#include <array>
#include <atomic>
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
  std::uint32_t number = 0;  // counts all requests, so that the newest is known
  std::uint16_t size = 0;    // bytes in room, register byte included
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
  RegisterFace(const RegisterFace&) = delete;
  RegisterFace& operator=(const RegisterFace&) = delete;

  // --- called by the link's interrupt, in bus order (concept TargetFace) ---
  void begin_write();
  void write(std::uint8_t byte);
  void end_write();
  void lose_write();
  [[gnu::always_inline]] inline void begin_read() { reading_ = true; }
  [[gnu::always_inline]] inline std::span<const std::uint8_t> upcoming() const {
    return {upcoming_, upcoming_size_};
  }
  void advance();
  void end_read();

  // For a bus of function calls: upcoming() copied to `out` (16 long), then advance(). How many
  // bytes, 1-16.
  std::size_t fill(std::span<std::uint8_t> out);

  // --- called by the loop ---

  // False: neither a request nor a written register waits. Without masking, so that a loop with
  // nothing to do never delays the interrupt.
  bool has_work() const { return has_work_.load(std::memory_order_relaxed); }

  // --- called by the loop, with the link's interrupt masked ---

  // Who this is; also prepares the answers that the interrupt gives by itself. Call first.
  void introduce(const Identity& identity, std::uint8_t address);
  // The oldest request that waits, or null. It stays the loop's until release().
  ReceivedFrame* oldest();
  // The loop found nothing more to do.
  void rest() { has_work_.store(false, std::memory_order_relaxed); }
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
  static constexpr std::size_t max_piece = 16;  // as deep as the block's transmit FIFO
  using HeadBytes = std::array<std::uint8_t, head_size>;

  void open(std::uint8_t number);
  void open_frame();
  void end_frame();
  void end_plain_write();
  void keep(std::span<const std::uint8_t> answer) {
    answer_ = answer;
    answer_was_read_ = false;
  }
  void prepare_read();
  void look_up(std::size_t most);

  RegisterBank& bank_;
  std::array<ReceivedFrame, 2> frames_;
  std::array<std::uint8_t, registers::max_plain_write + 1> plain_{};

  std::uint8_t written_register_ = registers::identity;
  std::uint8_t* put_ = nullptr;      // where the write in progress stores its next byte
  std::uint8_t* put_end_ = nullptr;  //
  ReceivedFrame* receiving_ = nullptr;
  bool first_ = false;     // the next byte is the register number
  bool overflow_ = false;  // the write in progress is longer than its room

  // The read in progress; without one, the read that comes next.
  std::uint8_t upcoming_size_ = 1;                 //
  const std::uint8_t* upcoming_ = &beyond_;        // what it shows next
  const std::uint8_t* at_ = nullptr;               // where that lies in what it reads from
  const std::uint8_t* end_ = nullptr;              // of what it reads from
  std::span<const std::uint8_t> answer_;           // a read of RESPONSE shows this
  std::uint32_t newest_ = 0;                       // number of the newest request
  std::uint8_t pointer_ = registers::identity;     // where the next read starts
  const std::uint8_t beyond_ = registers::beyond;  // in RAM, as all that the interrupt reads
  bool reading_ = false;
  bool answer_was_read_ = false;
  std::atomic<bool> has_work_ = false;

  IdentityBytes identity_{};
  HeadBytes idle_{}, pending_{}, bad_frame_{};
  FaceStats stats_;
};

}  // namespace picoctl::target
