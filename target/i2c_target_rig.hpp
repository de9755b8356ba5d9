#pragma once
// For tests only: the I2C target between the model of the block and a face that records what it
// sees, with the bus moving at chosen moments, and the rules that every run must keep.

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "dw_apb_i2c_model.hpp"
#include "picoctl/target/i2c_target.hpp"

namespace picoctl::target::test {

// head_then_all: at first no more than a head is known, with the read's beginning all.
enum class Fill : std::uint8_t { one, exact, head_first, head_then_all, whole_fifo };

// What a face saw, in order. The byte k of the n-th read (n from 0) is answer(n, k).
struct Seen {
  enum class Kind : std::uint8_t { write, read, lost } kind;
  std::vector<std::uint8_t> bytes;
  friend bool operator==(const Seen&, const Seen&) = default;
};

inline std::uint8_t answer(std::size_t read, std::size_t index) {
  return static_cast<std::uint8_t>(0x80 | (read * 29 + index));
}

class RecordingFace {
 public:
  RecordingFace(Fill fill, std::vector<std::size_t> lengths)
      : fill_(fill), lengths_(std::move(lengths)) {}

  // `most`: bytes behind a write's first one that there is room for.
  void keep_at_most(std::size_t most) { most_ = most; }

  void begin_write(std::uint8_t byte) {
    misused_ |= write_open_;
    write_open_ = true;
    overflowed_ = false;
    write_.assign(1, byte);
  }
  std::span<std::uint8_t> room() {
    misused_ |= !write_open_;
    room_.fill(0xEE);
    return std::span(room_).first(std::min(room_.size(), most_ + 1 - write_.size()));
  }
  void wrote(std::size_t count) {
    misused_ |= !write_open_ || count > room_.size();
    write_.insert(write_.end(), room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  void overflow() {
    misused_ |= !write_open_ || write_.size() != most_ + 1;
    overflowed_ = true;
  }
  bool overflowed() const { return overflowed_; }
  void end_write() {
    misused_ |= !write_open_ || write_.empty();
    write_open_ = false;
    seen.push_back({Seen::Kind::write, write_});
  }
  void lose_write() {
    write_open_ = false;
    seen.push_back({Seen::Kind::lost, {}});
  }
  void begin_read() {
    misused_ |= read_open_ || write_open_;
    read_open_ = true;
    seen.push_back({Seen::Kind::read, {}});
  }
  std::span<const std::uint8_t> upcoming() {
    misused_ |= write_open_;
    pieces_.push_back({});
    const auto piece = std::span(pieces_.back()).first(fill_size());
    for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = answer(reads_, given_ + i);
    return piece;
  }
  void advance() {
    misused_ |= !read_open_;
    given_ += fill_size();
  }
  void end_read() {
    misused_ |= !read_open_;
    read_open_ = false;
    ++reads_;
    given_ = 0;
    pieces_.clear();
  }

  bool misused() const { return misused_; }
  bool open() const { return write_open_ || read_open_; }
  std::vector<Seen> seen;

 private:
  std::size_t fill_size() const {
    const std::size_t length = reads_ < lengths_.size() ? lengths_[reads_] : 1;
    const std::size_t rest = length > given_ ? length - given_ : 1;
    switch (fill_) {
      case Fill::one: return 1;
      case Fill::exact: return std::min<std::size_t>(rest, 16);
      case Fill::head_first: return given_ == 0 ? 6 : 16;
      case Fill::head_then_all: return std::min<std::size_t>(rest, read_open_ ? 16 : 6);
      case Fill::whole_fifo: return 16;
    }
    return 1;
  }

  Fill fill_;
  std::vector<std::size_t> lengths_;
  std::vector<std::uint8_t> write_;
  std::array<std::uint8_t, 16> room_{};
  std::size_t most_ = 1000;
  bool overflowed_ = false;
  std::deque<std::array<std::uint8_t, 16>> pieces_;  // of the read in progress
  std::size_t reads_ = 0;                            // that are over
  std::size_t given_ = 0;
  bool write_open_ = false;
  bool read_open_ = false;
  bool misused_ = false;
};

// Where the bus moves while the software is at work: at each point, a number of steps.
class Schedule {
 public:
  virtual ~Schedule() = default;
  virtual std::size_t choose(const DwApbI2cModel& bus) = 0;  // 0..bus.steps_ahead()
};

// Replays a prefix, then never moves the bus; keeps what was possible after the prefix.
class ReplayedSchedule final : public Schedule {
 public:
  ReplayedSchedule(const std::vector<std::size_t>& prefix, bool keep)
      : prefix_(prefix), keep_(keep) {}
  std::size_t choose(const DwApbI2cModel& bus) override {
    if (at_ < prefix_.size()) return prefix_[at_++];
    if (keep_) possible.push_back(bus.steps_ahead());
    return 0;
  }
  std::vector<std::size_t> possible;

 private:
  const std::vector<std::size_t>& prefix_;
  bool keep_;
  std::size_t at_ = 0;
};

class RandomSchedule final : public Schedule {
 public:
  RandomSchedule(std::uint64_t seed, unsigned rarity) : random_(seed), rarity_(rarity) {}
  std::size_t choose(const DwApbI2cModel& bus) override {
    if (random_() % rarity_ != 0) return 0;
    return random_() % (bus.steps_ahead() + 1);
  }

 private:
  std::mt19937_64 random_;
  unsigned rarity_;
};

struct Script {
  std::vector<Transaction> transactions;
  Fill fill = Fill::exact;
  ModelOptions options = {};
};

inline std::vector<std::size_t> read_lengths(const Script& script) {
  std::vector<std::size_t> lengths;
  for (const Transaction& transaction : script.transactions) {
    for (const Segment& segment : transaction.segments) {
      if (segment.ours && segment.read) lengths.push_back(segment.count);
    }
  }
  return lengths;
}

inline std::vector<Seen> expected(const Script& script) {
  std::vector<Seen> all;
  for (const Transaction& transaction : script.transactions) {
    for (const Segment& segment : transaction.segments) {
      if (!segment.ours) continue;
      if (segment.read) all.push_back({Seen::Kind::read, {}});
      if (!segment.read && !segment.bytes.empty()) {
        all.push_back({Seen::Kind::write, segment.bytes});
      }
    }
  }
  return all;
}

// One run of a script: the bus, the block, the state machine, the face.
class Rig {
 public:
  Rig(const Script& script, Schedule& schedule)
      : schedule_(schedule),
        model(script.options),
        face(script.fill, read_lengths(script)),
        target(model, face) {
    model.load(script.transactions);
    model.before_access = [this] { move_bus(); };
  }

  // Until the bus has done its script and nothing is pending. False: stuck.
  bool run(int limit = 100'000) {
    for (int turn = 0; turn < limit; ++turn) {
      if (model.interrupt()) {
        move_bus();
        target.on_interrupt();
      } else if (!model.step()) {
        return model.finished();
      }
    }
    return false;
  }

  void tick(std::uint64_t now_us) { target.tick(now_us); }

 private:
  void move_bus() {
    if (moving_) return;
    moving_ = true;
    for (std::size_t steps = schedule_.choose(model); steps > 0; --steps) {
      model.step();
    }
    moving_ = false;
  }

  Schedule& schedule_;
  bool moving_ = false;

 public:
  DwApbI2cModel model;
  RecordingFace face;
  I2cTarget<DwApbI2cModel&, RecordingFace> target;
};

inline std::string text(const std::vector<Seen>& seen) {
  std::ostringstream out;
  for (const Seen& one : seen) {
    out << (one.kind == Seen::Kind::write ? " W" : one.kind == Seen::Kind::read ? " R" : " lost");
    for (const std::uint8_t byte : one.bytes) out << ' ' << static_cast<int>(byte);
  }
  return out.str();
}

// Every read and write in order and whole; a write is missing only where the face was told so.
inline bool in_order(const std::vector<Seen>& wanted, const std::vector<Seen>& seen) {
  std::size_t at = 0;
  bool told = false;
  for (const Seen& one : seen) {
    if (one.kind == Seen::Kind::lost) {
      told = true;
      continue;
    }
    while (told && at < wanted.size() && wanted[at].kind == Seen::Kind::write &&
           !(wanted[at] == one)) {
      ++at;
    }
    if (at == wanted.size() || !(wanted[at] == one)) return false;
    ++at;
    told = false;
  }
  while (told && at < wanted.size() && wanted[at].kind == Seen::Kind::write) ++at;
  return at == wanted.size();
}

inline bool told_of_loss(const std::vector<Seen>& seen) {
  return std::ranges::any_of(seen, [](const Seen& s) { return s.kind == Seen::Kind::lost; });
}

// What the controller received is what the face answered, from its first byte on.
inline bool answers_right(const Script& script, const Rig& rig) {
  std::size_t read = 0;
  for (const Transaction& transaction : script.transactions) {
    for (const Segment& segment : transaction.segments) {
      if (!segment.ours || !segment.read) continue;
      const auto& got = rig.model.received[read];
      const std::size_t good = segment.loses_arbitration_at < 0
                                   ? segment.count
                                   : static_cast<std::size_t>(segment.loses_arbitration_at);
      for (std::size_t i = 0; i < good; ++i) {
        if (got[i] != answer(read, i)) return false;
      }
      ++read;
    }
  }
  return true;
}

// Empty: as it should be. Otherwise what is wrong.
inline std::string fault_of(const Script& script, Rig& rig, bool ran) {
  if (!ran) return "the bus is stuck";
  rig.tick(1);
  if (rig.face.misused()) return "calls out of order:" + text(rig.face.seen);
  if (rig.face.open()) return "something was left open:" + text(rig.face.seen);
  if (rig.model.misuses > 0) return "the TX FIFO overflowed";
  if (rig.model.resets > 0) return "reset without need";
  if (!in_order(expected(script), rig.face.seen)) return "saw" + text(rig.face.seen);
  if (told_of_loss(rig.face.seen) && rig.model.aborts == 0) return "a loss without an abort";
  if (!answers_right(script, rig)) return "wrong bytes read";
  return {};
}

inline Segment write(std::vector<std::uint8_t> bytes) { return {.bytes = std::move(bytes)}; }
inline Segment read(std::size_t count) { return {.read = true, .count = count}; }
inline Segment foreign(std::vector<std::uint8_t> bytes) {
  return {.ours = false, .bytes = std::move(bytes)};
}
inline Transaction one(Segment segment) { return {{std::move(segment)}}; }
inline Transaction two(Segment first, Segment second) {
  return {{std::move(first), std::move(second)}};
}

inline std::vector<std::uint8_t> counting(std::size_t size, std::uint8_t from = 1) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(from + i);
  return bytes;
}

}  // namespace picoctl::target::test
