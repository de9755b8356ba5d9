// What the bus sees of a target: a chip with 256 registers (docs/PROTOCOL.md, "Registers").
//
// One side is called by the link's interrupt, byte by byte (TargetFace in i2c_target_concepts.hpp); the other
// by the event loop, which takes requests and publishes answers. The interrupt only moves bytes,
// and where a read will find what it shows is looked up before it comes: at the end of the write
// that names the register, and behind each piece of an answer.
//
// The two sides share a request's buffer by its flag `full`, and its answer by one pointer beside it
// that only its owner stores. So neither ever waits for the other.
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

// Where that lies which a read of RESPONSE shows: a whole answer, which tells its own length.
// Written by the loop in one store, so that the interrupt need not be held off.
using Shown = std::atomic<const std::uint8_t*>;

// One request, as it came off the wire, and what is to be shown in answer to it.
struct ReceivedFrame {
  std::span<std::uint8_t> room;
  Shown answer = nullptr;          // the interrupt sets it to PENDING
  std::uint32_t number = 0;        // counts all requests, so that the older of two is known
  std::uint16_t size = 0;          // bytes in room, register byte included
  std::atomic<bool> full = false;  // belongs to the loop while true
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
  void begin_write(std::uint8_t number);
  [[gnu::always_inline]] inline std::span<std::uint8_t> room() const {
    return {put_, static_cast<std::size_t>(put_end_ - put_)};
  }
  [[gnu::always_inline]] inline void wrote(std::size_t count) { put_ += count; }
  [[gnu::always_inline]] inline void overflow() { overflow_ = true; }
  void end_write();
  void lose_write();
  [[gnu::always_inline]] inline void lose_arbitration() {
    contested_.store(true, std::memory_order_relaxed);
    has_work_.store(true, std::memory_order_relaxed);
  }
  // The answer is looked up here and not before, so that it is the newest one; the rest of the way
  // to it was prepared.
  [[gnu::always_inline]] inline std::span<const std::uint8_t> upcoming() const {
    return {source_->load(std::memory_order_relaxed), upcoming_size_};
  }
  void begin_read();
  void advance();
  void end_read();

  // --- the same for a bus of function calls ---

  // Behind begin_write() come write()s, the register number first; without one end_write() means
  // nothing.
  void begin_write() { first_ = true; }
  void write(std::uint8_t byte);
  // upcoming() copied to `out` (16 long), then advance(). How many bytes, 1-16.
  std::size_t fill(std::span<std::uint8_t> out);

  // --- called by the loop, without holding the interrupt off ---

  // False: neither a request nor a written register waits.
  bool has_work() const { return has_work_.load(std::memory_order_relaxed); }
  // Before the loop looks what there is: what comes from now on is work again.
  void looks() { has_work_.store(false, std::memory_order_relaxed); }
  // There may be more.
  void looks_again() { has_work_.store(true, std::memory_order_relaxed); }
  // The oldest request that waits, or null. It stays the loop's until release().
  ReceivedFrame* oldest();
  static void release(ReceivedFrame& frame) { frame.full.store(false, std::memory_order_relaxed); }
  // Shows `answer`, a whole one, from the next read on; but a read behind a newer request does not
  // find it (T4): that has an answer of its own. The bytes must stay as they are until the next
  // request arrives. `frame`: not released yet.
  void publish(ReceivedFrame& frame, const std::uint8_t* answer);
  // A read would begin inside of the answer. Only then refresh() is needed behind publish().
  bool shows_part() const { return pointer_ > registers::response; }
  // Whether another target was heard to answer at the same address, since introduce().
  bool contested() const { return contested_.load(std::memory_order_relaxed); }
  // True once the answer published last has been read to its end by the controller.
  bool answer_was_read() const;

  // --- called by the loop, with the link's interrupt held off ---

  // Who this is; also prepares the answers that the interrupt gives by itself. Call first.
  void introduce(const Identity& identity, std::uint8_t address);
  void refresh();

  RegisterBank& bank() { return bank_; }
  const FaceStats& stats() const { return stats_; }

 private:
  static constexpr std::size_t max_piece = 16;  // as deep as the block's transmit FIFO
  using HeadBytes = std::array<std::uint8_t, head_size>;

  void open_frame();
  void end_frame();
  void end_plain_write();
  void prepare_read();
  void look_up(std::size_t most);
  const std::uint8_t* shown_end() const;

  RegisterBank& bank_;

  // The write in progress.
  std::uint8_t* put_ = nullptr;      // where it stores its next byte
  std::uint8_t* put_end_ = nullptr;  //

  // The read in progress; without one, the read that comes next.
  const Shown* source_ = &upcoming_;   // where it finds the next piece: the newest answer, or
  Shown upcoming_ = &beyond_;          // one that was looked up
  const std::uint8_t* at_ = nullptr;   // where that lies in what it reads from
  const std::uint8_t* end_ = nullptr;  // of what it reads from
  std::uint8_t upcoming_size_ = 1;     // of the next piece
  bool reading_ = false;

  std::uint8_t written_register_ = registers::identity;
  std::uint8_t pointer_ = registers::identity;     // where the next read starts
  bool first_ = false;                             // the next byte is the register number
  bool overflow_ = false;                          // the write in progress is longer than its room
  const std::uint8_t beyond_ = registers::beyond;  // in RAM, as all that the interrupt reads
  std::atomic<bool> has_work_ = false;

  ReceivedFrame* receiving_ = nullptr;
  const Shown* shown_ = &own_;  // a read of RESPONSE shows this
  Shown own_ = nullptr;         // what the interrupt itself says to the newest request
  Shown read_to_ = nullptr;     // the end of the answer that was read to its end
  std::uint32_t newest_ = 0;    // number of the newest request
  std::array<ReceivedFrame, 2> frames_;
  std::array<std::uint8_t, registers::max_plain_write + 1> plain_{};

  IdentityBytes identity_{};
  HeadBytes idle_{}, pending_{}, bad_frame_{};
  std::atomic<bool> contested_ = false;  // here it takes no room
  FaceStats stats_;
};

}  // namespace picoctl::target
