#pragma once
// For tests only: the target side of a DW_apb_i2c block and the bus in front of it, step by step.
// Written from the RP2040 datasheet, section 4.3 (register descriptions of IC_RAW_INTR_STAT,
// IC_TX_ABRT_SOURCE, IC_DATA_CMD, IC_CON, IC_STATUS), not from the code under test. A bus step is
// the smallest thing after which the registers can read differently: START, address, one byte,
// STOP. Steps that the block stretches are blocked until the software has done its part.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "picoctl/target/i2c_target.hpp"

namespace picoctl::target::test {

// One address and what follows it. A transaction is some of them, joined by repeated STARTs.
struct Segment {
  bool ours = true;  // false: addressed to another target
  bool read = false;
  std::vector<std::uint8_t> bytes = {};  // of a write
  std::size_t count = 0;                 // of a read; 0 is SMBus's quick read
  bool nack_last = true;                 // false: the controller ends a read without a NACK
  int loses_arbitration_at = -1;         // the read byte at which another target wins
};

struct Transaction {
  std::vector<Segment> segments;
  bool vanishes = false;  // the controller dies before the STOP
};

// What the datasheet leaves open. The state machine must be right with each.
struct ModelOptions {
  enum class Abort : std::uint8_t { with_request, before_request, after_request };
  Abort abort = Abort::with_request;        // when surplus TX bytes are flushed
  bool active_on_foreign_start = true;      // SLV_ACTIVITY during any address phase
  bool stop_after_foreign_restart = false;  // STOP_DET if the last address was not ours
  bool restart_detected = true;             // false: RESTART_DET never comes
};

// A FIFO as deep as the block's. Not a std::deque: the models are copied by the million.
template <typename T>
class Fifo {
 public:
  static constexpr std::size_t depth = 16;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == depth; }
  void clear() { size_ = 0; }
  void push(T value) { slots_[(first_ + size_++) % depth] = value; }
  T pop() {
    const T value = slots_[first_];
    first_ = (first_ + 1) % depth;
    --size_;
    return value;
  }

 private:
  std::array<T, depth> slots_{};
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

class DwApbI2cModel {
 public:
  explicit DwApbI2cModel(ModelOptions options = {}) : options_(options) {}

  // Called before every register access: the moment at which the bus may move.
  std::function<void()> before_access;

  // --- the bus --------------------------------------------------------------------------
  // `script` outlives its playing.
  void load(const std::vector<Transaction>& script) {
    script_ = &script;
    transaction_ = segment_ = 0;
    phase_ = Phase::start;
  }
  bool finished() const { return script_ == nullptr || transaction_ >= script_->size(); }
  bool blocked() const;
  // One step, if there is one and it is not blocked.
  bool step();
  // How many steps could be taken in a row now.
  std::size_t steps_ahead() const;

  bool interrupt() const { return (raw() & i2c_event::all) != 0; }

  // What the controller received, one entry for each read segment of ours.
  std::vector<std::vector<std::uint8_t>> received;
  std::size_t bytes_lost = 0;  // written bytes that the block dropped
  std::size_t aborts = 0;
  std::size_t resets = 0;
  std::size_t misuses = 0;  // accesses that a driver must not make

  // --- the registers: the Port ----------------------------------------------------------
  std::uint32_t events() { return access(), raw() & i2c_event::all; }
  void clear(std::uint32_t which);
  std::uint32_t abort_source() { return access(), abort_source_; }
  std::size_t rx_level() const { return access(), rx_.size(); }
  struct RxFifo {
    DwApbI2cModel& model;
    RxEntry pop() const { return model.rx_pop(); }
  };
  RxFifo rx_fifo() { return {*this}; }
  void rx_threshold(std::uint8_t threshold) { access(), threshold_ = threshold; }
  std::size_t tx_level() const { return access(), tx_.size(); }
  // All at once: the stores are a few cycles apart, a byte on the bus takes at least 9 us.
  void push(std::span<const std::uint8_t> bytes) { access(), add(bytes); }
  void add(std::span<const std::uint8_t> bytes);
  bool active() const { return access(), active_; }
  void reset_block();

 private:
  enum class Phase : std::uint8_t { start, address, flush, request, data, stop };

  RxEntry rx_pop();
  void access() const {
    if (before_access) before_access();
  }
  std::uint32_t raw() const { return flags_ | (rx_.size() > threshold_ ? i2c_event::rx_full : 0U); }
  const Segment& segment() const { return (*script_)[transaction_].segments[segment_]; }
  bool last_segment() const { return segment_ + 1 == (*script_)[transaction_].segments.size(); }
  bool aborted() const { return (flags_ & i2c_event::tx_abort) != 0; }
  bool serving() const { return addressed_ && !lost_; }

  void start();
  void address();
  void address_for_read();
  void flush();
  void abort(std::uint32_t source);
  void data();
  void write_byte();
  void read_byte();
  void end_segment();
  void stop();

  ModelOptions options_;
  const std::vector<Transaction>* script_ = nullptr;
  std::size_t transaction_ = 0;
  std::size_t segment_ = 0;
  std::size_t byte_ = 0;
  Phase phase_ = Phase::start;

  Fifo<RxEntry> rx_;
  Fifo<std::uint8_t> tx_;
  std::uint32_t flags_ = 0;
  std::uint32_t abort_source_ = 0;
  std::size_t threshold_ = 0;
  bool active_ = false;
  bool addressed_ = false;       // the current segment is for us
  bool ever_addressed_ = false;  // a segment of this transaction was
  bool lost_ = false;            // another target took over the current read
};

inline bool DwApbI2cModel::blocked() const {
  if (finished()) return true;
  if (!addressed_ || lost_) return false;
  const bool byte_phase = phase_ == Phase::data;
  const bool quick_read = phase_ == Phase::stop && segment().read && segment().count == 0;
  if (segment().read) return (byte_phase || quick_read) && (tx_.empty() || aborted());
  // RX_FIFO_FULL_HLD_CTRL: a byte that has no room is held before its ACK.
  return byte_phase && rx_.full() && !aborted();
}

inline std::size_t DwApbI2cModel::steps_ahead() const {
  DwApbI2cModel copy = *this;
  copy.before_access = nullptr;
  std::size_t steps = 0;
  while (copy.step()) ++steps;
  return steps;
}

inline bool DwApbI2cModel::step() {
  if (blocked()) return false;
  switch (phase_) {
    case Phase::start: start(); break;
    case Phase::address: address(); break;
    case Phase::flush: flush(); break;
    case Phase::request:
      flags_ |= i2c_event::rd_req;
      phase_ = segment().count > 0 ? Phase::data : Phase::stop;
      break;
    case Phase::data: data(); break;
    case Phase::stop: stop(); break;
  }
  return true;
}

inline void DwApbI2cModel::start() {
  if (segment_ > 0 && addressed_ && options_.restart_detected) flags_ |= i2c_event::restart;
  if (segment_ == 0) ever_addressed_ = false;
  if (options_.active_on_foreign_start) active_ = true;
  addressed_ = lost_ = false;
  byte_ = 0;
  phase_ = Phase::address;
}

inline void DwApbI2cModel::address() {
  addressed_ = segment().ours;
  ever_addressed_ |= addressed_;
  active_ = addressed_;
  if (segment().read && addressed_) {
    address_for_read();
    return;
  }
  phase_ = segment().ours && !segment().bytes.empty() ? Phase::data : Phase::stop;
  if (phase_ == Phase::stop) end_segment();
}

inline void DwApbI2cModel::address_for_read() {
  received.emplace_back();
  using Abort = ModelOptions::Abort;
  const bool surplus = !tx_.empty();
  if (surplus && options_.abort == Abort::before_request) {
    flush();
    phase_ = Phase::request;
    return;
  }
  if (surplus && options_.abort == Abort::with_request) flush();
  flags_ |= i2c_event::rd_req;
  phase_ = segment().count > 0 ? Phase::data : Phase::stop;
  if (surplus && options_.abort == Abort::after_request) phase_ = Phase::flush;
}

inline void DwApbI2cModel::flush() {
  abort(i2c_abort::flushed_tx);
  if (phase_ == Phase::flush) phase_ = segment().count > 0 ? Phase::data : Phase::stop;
}

inline void DwApbI2cModel::abort(std::uint32_t source) {
  ++aborts;
  bytes_lost += rx_.size();
  rx_.clear();
  tx_.clear();
  abort_source_ |= source;
  flags_ |= i2c_event::tx_abort;
}

inline void DwApbI2cModel::data() { segment().read ? read_byte() : write_byte(); }

inline void DwApbI2cModel::write_byte() {
  const std::uint8_t byte = segment().bytes[byte_];
  if (!serving() || aborted()) {
    ++bytes_lost;
  } else {
    rx_.push({byte, byte_ == 0});
  }
  if (++byte_ == segment().bytes.size()) end_segment();
}

inline void DwApbI2cModel::read_byte() {
  const int index = static_cast<int>(byte_);
  if (serving() && segment().loses_arbitration_at == index) {
    lost_ = true;
    active_ = false;
    abort(i2c_abort::lost_arbitration);
  }
  received.back().push_back(serving() ? tx_.pop() : 0xFF);
  const bool last = ++byte_ == segment().count;
  if (last && segment().nack_last && serving()) flags_ |= i2c_event::rx_done;
  if (!last && serving() && tx_.empty()) flags_ |= i2c_event::rd_req;
  if (last) end_segment();
}

// After the last byte: a repeated START at once, or the STOP as a step of its own.
inline void DwApbI2cModel::end_segment() {
  phase_ = Phase::stop;
  if (last_segment()) return;
  ++segment_;
  phase_ = Phase::start;
}

inline void DwApbI2cModel::stop() {
  const bool quick_read = segment().read && segment().count == 0 && serving();
  if (quick_read) tx_.pop();  // it was in the shift register
  if (!last_segment()) {
    ++segment_;
    phase_ = Phase::start;
    return;
  }
  if (!(*script_)[transaction_].vanishes) {
    const bool tell = addressed_ || (ever_addressed_ && options_.stop_after_foreign_restart);
    if (tell && !lost_) flags_ |= i2c_event::stop;
    active_ = addressed_ = false;
  }
  ++transaction_;
  segment_ = 0;
  phase_ = Phase::start;
}

inline void DwApbI2cModel::clear(std::uint32_t which) {
  // One register read for each bit, at which the bus may move in between.
  for (std::uint32_t bit = 1; bit <= i2c_event::restart; bit <<= 1) {
    if ((which & bit) == 0) continue;
    access();
    flags_ &= ~bit;
    if (bit == i2c_event::tx_abort) abort_source_ = 0;
  }
}

inline RxEntry DwApbI2cModel::rx_pop() {
  access();
  if (rx_.empty()) return {0xEE, true};  // flushed since its level was read: an old entry
  return rx_.pop();
}

inline void DwApbI2cModel::add(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    if (aborted()) continue;  // the FIFO is in reset: the byte vanishes
    if (!tx_.full()) {
      tx_.push(byte);
    } else if (phase_ != Phase::flush) {  // about to be flushed: nothing is lost by it
      ++misuses;
    }
  }
}

inline void DwApbI2cModel::reset_block() {
  ++resets;
  rx_.clear();
  tx_.clear();
  flags_ = abort_source_ = 0;
  threshold_ = 0;
  active_ = addressed_ = ever_addressed_ = lost_ = false;
}

}  // namespace picoctl::target::test
