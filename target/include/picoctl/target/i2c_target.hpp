#pragma once
// The I2C target as a pure state machine: it turns the events of a DW_apb_i2c block (RP2040
// datasheet section 4.3, RP2350 datasheet section 12.2; the block is the same) into whole writes
// and reads for a face. It runs on a PC as on a Pico; the block is reached through a Port.
//
// It is right however late the interrupt comes, by these rules:
//  - A write is closed only on proof that it is over: the next write's first byte (marked by the
//    block), a read request, or an end of transfer that cannot be an older transfer's end.
//  - While a read request is pending the bus is held, so whatever else is pending is older than
//    it: everything else is handled first, then the read is answered. Each one is answered.
//  - The block empties its receive FIFO when it drops surplus answer bytes (TX_ABRT at the next
//    read). If a write may have been damaged so, the face is told; a part of a write is never
//    passed off as the whole.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "picoctl/target/i2c_target_concepts.hpp"

namespace picoctl::target {

// Since boot; they wrap.
struct I2cTargetCounts {
  std::uint32_t aborts = 0;  // TX_ABRT of any kind; harmless in themselves
  std::uint32_t lost = 0;    // writes that were damaged or may have been lost
  std::uint32_t resets = 0;  // times that the block was reset because it hung
};

// `Port` may be a reference type: then it lives elsewhere; else it is a part of this.
template <typename Port, TargetFace Face>
requires TargetPort<std::remove_reference_t<Port>>
class I2cTarget {
 public:
  static constexpr std::size_t fifo_depth = 16;
  // SMBus's timeout is 25 to 35 ms and the Pi gives up after 35 ms (SMBus 3.2 table 2).
  static constexpr std::uint32_t stuck_after_us = 27'000;
  // During a write the interrupt comes for eight bytes at once; the first one comes alone,
  // because its early handling is what makes a later RESTART or STOP provably this write's.
  static constexpr std::uint8_t batch_threshold = 7;

  // `face` outlives this. The block may be enabled before or after.
  I2cTarget(Port port, Face& face) : port_(port), face_(face) {}

  Port& port() { return port_; }

  // The block's interrupt handler. It may leave events pending: the interrupt is a level, so that
  // what is left raises it again.
  void on_interrupt() {
    const auto drained = [this](bool expected) { return drain(expected); };
    on_interrupt([&](std::uint32_t events) { return handle_older(events, drained); }, drained,
                 [this] { after_answer(); });
  }

  // The same in parts, for a chip: `older` calls handle_older(), `drained` calls drain(), `answered`
  // calls after_answer(), each in a function of its own. So the way to an answer is short and needs
  // few registers saved, and the loop over received bytes has all registers to itself.
  template <typename Older, typename Drain, typename Answered>
  [[gnu::always_inline]] inline void on_interrupt(Older older, Drain drained, Answered answered) {
    while (true) {
      const std::uint32_t events = port_.events();
      // Without an open write the threshold is 0: so no rx_full means an empty FIFO.
      if (events == i2c_event::rd_req && !write_open_) {
        answer();
        return answered();
      }
      if (events == i2c_event::rx_full) {  // what handle_older() would do, on the shortest way
        drained(true);
        if (!fresh_) return;
      } else if (!older(events)) {
        return;
      }
    }
  }

  // All that `events` ask for but the answer to a request. That holds the bus: whatever else is
  // pending came before it. True: look at the events again, at once.
  template <typename Drain>
  [[gnu::always_inline]] inline bool handle_older(std::uint32_t events, Drain drained) {
    const bool was_fresh = fresh_;
    fresh_ = false;
    if (events == 0) return false;
    moved_ = true;
    // Cleared before the drain: an end that comes later stays pending, and every byte that came
    // before the ends seen now is in the FIFO. RD_REQ is cleared only when it is answered.
    port_.clear(events & (ends | i2c_event::rx_done));
    const bool in_reset = (events & i2c_event::tx_abort) != 0;
    const bool only_rest = !in_reset && drained((events & (ends | i2c_event::rx_full)) != 0);
    if (in_reset) handle_abort(events);
    if ((events & (ends | i2c_event::rx_done)) != 0) close_read();
    if ((events & ends) != 0) handle_end(events, only_rest && !was_fresh);
    // The bus is held and the FIFO was drained: nothing of the open write can be missing.
    if ((events & i2c_event::rd_req) != 0) {
      close_write();
      return true;
    }
    return fresh_;
  }

  // Takes out what lies in the RX FIFO: all that came before the events were looked at, straight to
  // where the face wants it. True if nothing was lost on the way and it held no write's first byte:
  // what came was the rest of the open write. `expected`: bytes may have come since the last look,
  // so that an abort meanwhile (it empties the FIFO) may have taken some.
  [[gnu::always_inline]] inline bool drain(bool expected) {
    fresh_ = false;
    moved_ = true;
    std::size_t left = port_.rx_level();
    bool only_rest = true;
    while (left > 0 || expected) {
      expected = false;
      // Without an open write they are the tail of one whose head was lost: the face was told.
      const auto room = write_open_ ? face_.room() : std::span<std::uint8_t>();
      RxEntry entry;
      const std::size_t taken = take(left, room, entry);
      // Only now is it known that the entries are what came over the bus.
      if (aborted()) {
        lose_write();
        return false;
      }
      if (write_open_) keep(taken, room.size());
      if (!entry.first_of_write()) break;
      only_rest = false;
      open_write(entry.byte());
      left -= taken + 1;
    }
    return only_rest;
  }

  // What of an answer can wait until SCL is released.
  [[gnu::always_inline]] inline void after_answer() {
    moved_ = true;
    answer_ = piece();
    if (!read_open_) {
      read_open_ = true;
      face_.begin_read();
      const std::size_t given = answer_.size();
      answer_ = face_.upcoming();
      if (answer_.size() > given) port_.add(answer_.subspan(given));
    }
    face_.advance();
  }

  // From the event loop, every 5 ms or more often: closes a write whose end made no event, and frees
  // the bus when the block is active and nothing has moved for stuck_after_us. `now`: monotonic
  // microseconds. With the interrupt held off; or so that it hardly ever must be:
  //   if (target.needs_care(now)) { mask(); target.care(); unmask(); }
  void tick(std::uint64_t now) {
    if (needs_care(now)) care();
  }

  // Without holding the interrupt off: of what that writes too this changes only moved_, and what it
  // misses so happened just now.
  bool needs_care(std::uint64_t now) {
    const auto now_us = static_cast<std::uint32_t>(now);  // differences survive the wrap
    const bool active = port_.active();
    const auto levels =
        static_cast<std::uint16_t>(port_.rx_level() * (fifo_depth + 1) + port_.tx_level());
    // After a gap between ticks nobody knows what moved meanwhile: count anew.
    const bool gap = now_us - ticked_at_us_ > stuck_after_us / 4;
    ticked_at_us_ = now_us;
    if (as_it_is_now(moved_) || gap || levels != levels_ || !active) {
      moved_ = !active;  // the time runs from the first tick that sees it active
      levels_ = levels;
      moved_at_us_ = now_us;
      return !active && as_it_is_now(write_open_);
    }
    return now_us - moved_at_us_ >= stuck_after_us;
  }

  // With the interrupt held off, directly after needs_care().
  void care() {
    if (!port_.active()) {
      if (write_open_ && drain(true)) close_write();
    } else if (!moved_) {
      recover();
    }
  }

  // The block begins anew, whatever is under way. With the interrupt held off.
  void restart() {
    port_.reset_block();
    if (write_open_) lose_write();
    close_read();
    moved_ = true;
  }

  // No write or read is under way, nothing waits in the FIFO. With the interrupt held off.
  bool idle() const {
    return !write_open_ && !read_open_ && port_.rx_level() == 0 && !port_.active();
  }

  const I2cTargetCounts& counts() const { return counts_; }

 private:
  static constexpr std::uint32_t ends = i2c_event::stop | i2c_event::restart;

  // An end belongs to the open write for certain if the write's first byte had been taken out
  // before the last look at the events that did not show (or that cleared) an older end.
  [[gnu::always_inline]] inline void handle_end(std::uint32_t events, bool certain) {
    // A STOP that is not certain counts if nothing is under way any more. Otherwise, as with a
    // RESTART that is not certain, what follows closes the write, at the latest tick().
    if (certain || ((events & i2c_event::stop) != 0 && quiet())) close_write();
  }

  // Asked in this order: an idle block, then an empty FIFO, then no abort that emptied it, leave
  // no byte of the open write to come.
  [[gnu::always_inline]] inline bool quiet() const {
    return !port_.active() && port_.rx_level() == 0 && !aborted();
  }

  // Up to `count` entries, as far as there is room into that; to the first one of another write,
  // which is `last` then. How many it were before that.
  [[gnu::always_inline]] inline std::size_t take(std::size_t count, std::span<std::uint8_t> room,
                                                 RxEntry& last) {
    const auto fifo = port_.rx_fifo();
    for (std::size_t taken = 0; taken < count; ++taken) {
      const RxEntry entry = fifo.pop();
      if (entry.first_of_write()) {
        last = entry;
        return taken;
      }
      if (taken < room.size()) room[taken] = entry.byte();
    }
    return count;
  }

  [[gnu::always_inline]] inline void keep(std::size_t taken, std::size_t room) {
    face_.wrote(std::min(taken, room));
    if (taken > room) face_.overflow();
  }

  // The interrupt may have written it since the last look.
  static bool as_it_is_now(const bool& flag) { return static_cast<const volatile bool&>(flag); }

  [[gnu::always_inline]] inline bool aborted() const {
    return (port_.events() & i2c_event::tx_abort) != 0;
  }

  [[gnu::always_inline]] inline void open_write(std::uint8_t first) {
    close_write();
    write_open_ = true;
    fresh_ = true;
    port_.rx_threshold(batch_threshold);
    face_.begin_write(first);
  }

  [[gnu::always_inline]] inline void handle_abort(std::uint32_t events) {
    ++counts_.aborts;
    const std::uint32_t source = port_.abort_source();  // clearing the abort clears this too
    port_.clear(i2c_event::tx_abort);
    if (may_have_lost(events, source)) lose_write();
    if constexpr (RivalAwareFace<Face>) {
      if ((source & i2c_abort::lost_arbitration) != 0) face_.lose_arbitration();
    }
    const bool answered = read_open_ && (events & (ends | i2c_event::rx_done)) == 0;
    if (answered && (source & i2c_abort::flushed_tx) != 0 && (events & i2c_event::rd_req) == 0) {
      // The flush came after our answer and took it along; the bus waits for these very bytes.
      port_.push(answer_);
      return;
    }
    close_read();
  }

  // The abort emptied the RX FIFO and kept it empty until it was cleared. At a read that flushes
  // surplus bytes the bus is held: without an end in the same look every byte of ours had been
  // taken out before, because bytes are followed by an end before a read can abort; with one, the
  // bytes before that end may have been in the FIFO. After a lost arbitration the bus goes on:
  // a write since then has shown an end by now, or is under way.
  [[gnu::always_inline]] inline bool may_have_lost(std::uint32_t events, std::uint32_t source) {
    if ((events & ends) != 0) return true;
    if ((source & i2c_abort::lost_arbitration) == 0) return false;
    return port_.active() || (port_.events() & ends) != 0;
  }

  // With no write open: whatever came before the request has been handled.
  [[gnu::always_inline]] inline void answer() {
    const std::span<const std::uint8_t> bytes = piece();
    // In this order: the request for the byte after these must not be cleared unseen.
    port_.clear(i2c_event::rd_req);
    port_.push(bytes);
  }

  [[gnu::always_inline]] inline std::span<const std::uint8_t> piece() {
    const std::span<const std::uint8_t> bytes = face_.upcoming();
    const std::uint8_t* first = bytes.data();
    std::size_t size = bytes.size();
    if (size == 0) {  // a broken face must not hold the bus
      first = &beyond_;
      size = 1;
    }
    return {first, size};
  }

  [[gnu::always_inline]] inline void close_write() {
    if (!write_open_) return;
    write_open_ = false;
    fresh_ = false;
    port_.rx_threshold(0);
    face_.end_write();
  }

  [[gnu::always_inline]] inline void close_read() {
    if (!read_open_) return;
    read_open_ = false;
    face_.end_read();
  }

  [[gnu::always_inline]] inline void lose_write() {
    ++counts_.lost;
    write_open_ = false;
    fresh_ = false;
    port_.rx_threshold(0);
    if constexpr (LossAwareFace<Face>) face_.lose_write();
  }

  void recover() {
    ++counts_.resets;
    restart();
  }

  Port port_;
  Face& face_;
  bool write_open_ = false;  // between the face's begin_write and end_write
  bool read_open_ = false;   // between its begin_read and end_read
  bool fresh_ = false;       // the open write's first byte came in the latest look
  bool moved_ = true;        // something happened since the last tick
  const std::uint8_t beyond_ = 0xFF;
  std::uint16_t levels_ = 0;
  std::span<const std::uint8_t> answer_;  // handed over last
  std::uint32_t moved_at_us_ = 0;
  std::uint32_t ticked_at_us_ = 0;
  I2cTargetCounts counts_;
};

}  // namespace picoctl::target
