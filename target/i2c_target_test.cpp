// The I2C target against a model of the block, with the interrupt delayed and interrupted by every
// number of bus steps (exhaustive for short exchanges) and by seeded chance (long ones).

#include "picoctl/target/i2c_target.hpp"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>

#include "dw_apb_i2c_model.hpp"

namespace picoctl::target::test {
namespace {

enum class Fill : std::uint8_t { one, exact, head_first, whole_fifo };

// What a face saw, in order. The byte k of the n-th read (n from 0) is answer(n, k).
struct Seen {
  enum class Kind : std::uint8_t { write, read, lost } kind;
  std::vector<std::uint8_t> bytes;
  friend bool operator==(const Seen&, const Seen&) = default;
};

std::uint8_t answer(std::size_t read, std::size_t index) {
  return static_cast<std::uint8_t>(0x80 | (read * 29 + index));
}

class RecordingFace {
 public:
  RecordingFace(Fill fill, std::vector<std::size_t> lengths)
      : fill_(fill), lengths_(std::move(lengths)) {}

  void begin_write() {
    misused_ |= write_open_;
    write_open_ = true;
    write_.clear();
  }
  void write(std::uint8_t byte) {
    misused_ |= !write_open_;
    write_.push_back(byte);
  }
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
    given_ = 0;
    seen.push_back({Seen::Kind::read, {}});
    ++reads_;
  }
  std::size_t fill(std::span<std::uint8_t> out) {
    misused_ |= !read_open_ || out.size() != 16;
    const std::size_t size = fill_size();
    for (std::size_t i = 0; i < size; ++i) out[i] = answer(reads_ - 1, given_++);
    return size;
  }
  void end_read() {
    misused_ |= !read_open_;
    read_open_ = false;
  }

  bool misused() const { return misused_; }
  bool open() const { return write_open_ || read_open_; }
  std::vector<Seen> seen;

 private:
  std::size_t fill_size() const {
    const std::size_t length = reads_ <= lengths_.size() ? lengths_[reads_ - 1] : 1;
    const std::size_t rest = length > given_ ? length - given_ : 1;
    switch (fill_) {
      case Fill::one: return 1;
      case Fill::exact: return std::min<std::size_t>(rest, 16);
      case Fill::head_first: return given_ == 0 ? 6 : 16;
      case Fill::whole_fifo: return 16;
    }
    return 1;
  }

  Fill fill_;
  std::vector<std::size_t> lengths_;
  std::vector<std::uint8_t> write_;
  std::size_t reads_ = 0;
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

std::vector<std::size_t> read_lengths(const Script& script) {
  std::vector<std::size_t> lengths;
  for (const Transaction& transaction : script.transactions) {
    for (const Segment& segment : transaction.segments) {
      if (segment.ours && segment.read) lengths.push_back(segment.count);
    }
  }
  return lengths;
}

std::vector<Seen> expected(const Script& script) {
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
class Run {
 public:
  Run(const Script& script, Schedule& schedule)
      : script_(script),
        schedule_(schedule),
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

  const Script& script_;
  Schedule& schedule_;
  bool moving_ = false;

 public:
  DwApbI2cModel model;
  RecordingFace face;
  I2cTarget<DwApbI2cModel, RecordingFace> target;
};

std::string text(const std::vector<Seen>& seen) {
  std::ostringstream out;
  for (const Seen& one : seen) {
    out << (one.kind == Seen::Kind::write ? " W" : one.kind == Seen::Kind::read ? " R" : " lost");
    for (const std::uint8_t byte : one.bytes) out << ' ' << static_cast<int>(byte);
  }
  return out.str();
}

// Every read and write in order and whole; a write is missing only where the face was told so.
bool in_order(const std::vector<Seen>& wanted, const std::vector<Seen>& seen) {
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

bool told_of_loss(const std::vector<Seen>& seen) {
  return std::ranges::any_of(seen, [](const Seen& s) { return s.kind == Seen::Kind::lost; });
}

// What the controller received is what the face answered, from its first byte on.
bool answers_right(const Script& script, const Run& run) {
  std::size_t read = 0;
  for (const Transaction& transaction : script.transactions) {
    for (const Segment& segment : transaction.segments) {
      if (!segment.ours || !segment.read) continue;
      const auto& got = run.model.received[read];
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
std::string fault_of(const Script& script, Run& run, bool ran) {
  if (!ran) return "the bus is stuck";
  run.tick(1);
  if (run.face.misused()) return "calls out of order:" + text(run.face.seen);
  if (run.face.open()) return "something was left open:" + text(run.face.seen);
  if (run.model.misuses > 0) return "the TX FIFO overflowed";
  if (run.model.resets > 0) return "reset without need";
  if (!in_order(expected(script), run.face.seen)) return "saw" + text(run.face.seen);
  if (told_of_loss(run.face.seen) && run.model.aborts == 0) return "a loss without an abort";
  if (!answers_right(script, run)) return "wrong bytes read";
  return {};
}

struct Explored {
  std::size_t runs = 0;
  std::size_t losses = 0;
  std::string fault;
};

// Every schedule with at most `moves` points at which the bus moves, each by every number.
void explore(const Script& script, const std::vector<std::size_t>& prefix, int moves,
             Explored& result) {
  ReplayedSchedule schedule(prefix, moves > 0);
  Run run(script, schedule);
  const bool ran = run.run();
  ++result.runs;
  result.fault = fault_of(script, run, ran);
  if (told_of_loss(run.face.seen)) ++result.losses;
  if (!result.fault.empty()) {
    for (const std::size_t steps : prefix) result.fault += " " + std::to_string(steps);
    return;
  }
  if (moves == 0) return;
  std::vector<std::size_t> longer = prefix;
  for (const std::size_t most : schedule.possible) {
    longer.push_back(0);
    for (longer.back() = 1; longer.back() <= most; ++longer.back()) {
      explore(script, longer, moves - 1, result);
      if (!result.fault.empty()) return;
    }
    longer.back() = 0;
  }
}

Segment write(std::vector<std::uint8_t> bytes) { return {.bytes = std::move(bytes)}; }
Segment read(std::size_t count) { return {.read = true, .count = count}; }
Segment foreign(std::vector<std::uint8_t> bytes) {
  return {.ours = false, .bytes = std::move(bytes)};
}
Transaction one(Segment segment) { return {{std::move(segment)}}; }
Transaction two(Segment first, Segment second) { return {{std::move(first), std::move(second)}}; }

std::vector<std::uint8_t> counting(std::size_t size, std::uint8_t from = 1) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(from + i);
  return bytes;
}

struct Named {
  const char* name;
  std::vector<Transaction> transactions;
};

std::vector<Named> short_exchanges() {
  const Segment unacked{.read = true, .count = 2, .nack_last = false};
  const Segment beaten{.read = true, .count = 3, .loses_arbitration_at = 1};
  return {
      {"one write", {one(write({1, 2, 3}))}},
      {"one byte", {one(write({1}))}},
      {"probes", {one(write({})), one(write({1})), one(write({}))}},
      {"back-to-back writes", {one(write({1, 2})), one(write({3})), one(write({4, 5, 6}))}},
      {"writes joined by repeated START", {{{write({1, 2}), write({3}), write({4, 5})}}}},
      {"write then read", {two(write({1, 2}), read(2))}},
      {"pointer then read", {two(write({9}), read(1)), two(write({8}), read(1))}},
      {"reads alone", {one(read(1)), one(read(2)), one(read(1))}},
      {"quick reads", {one(read(0)), one(write({1})), one(read(0))}},
      {"write, stop, read", {one(write({1, 2})), one(read(2)), one(write({3}))}},
      {"read then write", {two(read(2), write({1, 2})), one(write({3}))}},
      {"read not NACKed", {one(unacked), one(write({1})), one(unacked)}},
      {"arbitration lost", {one(beaten), one(write({1, 2})), one(read(1))}},
      {"foreign between", {one(write({1})), one(foreign({7, 7})), one(write({2, 3}))}},
      {"ours then foreign", {two(write({1, 2}), foreign({7})), one(write({3}))}},
      {"foreign then ours", {two(foreign({7}), write({1, 2})), two(foreign({7}), read(1))}},
      {"two reads and a write", {one(read(2)), two(write({5}), read(2)), one(write({1, 2}))}},
  };
}

std::vector<ModelOptions> every_option() {
  using Abort = ModelOptions::Abort;
  std::vector<ModelOptions> all;
  for (const Abort abort : {Abort::with_request, Abort::before_request, Abort::after_request}) {
    all.push_back({.abort = abort});
    all.push_back({.abort = abort, .active_on_foreign_start = false});
    all.push_back({.abort = abort, .stop_after_foreign_restart = true});
  }
  return all;
}

class EveryInterleaving : public ::testing::TestWithParam<Fill> {};

TEST_P(EveryInterleaving, ofShortExchanges) {
  std::size_t runs = 0;
  for (const Named& exchange : short_exchanges()) {
    for (const ModelOptions& options : every_option()) {
      const Script script{exchange.transactions, GetParam(), options};
      Explored result;
      explore(script, {}, 2, result);
      ASSERT_EQ(result.fault, "") << exchange.name;
      runs += result.runs;
    }
  }
  RecordProperty("runs", static_cast<int>(runs));
  EXPECT_GT(runs, 10'000U);
}

INSTANTIATE_TEST_SUITE_P(Fills, EveryInterleaving,
                         ::testing::Values(Fill::one, Fill::exact, Fill::head_first,
                                           Fill::whole_fifo));

}  // namespace
}  // namespace picoctl::target::test
