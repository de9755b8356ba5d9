// The target's I2C state machine. In two ways: before the model of the block, which keeps to its
// datasheet while the bus moves at any moment; and before a block that keeps to nothing, whose
// registers show anything at all.
#include "input.hpp"
#include "target/i2c_target_rig.hpp"

namespace picoctl::fuzz {
namespace {

using namespace target::test;
using target::I2cTarget;
using target::RxEntry;
namespace i2c_event = target::i2c_event;

// --- by the datasheet -----------------------------------------------------------------------

class ChosenSchedule final : public Schedule {
 public:
  explicit ChosenSchedule(Input& input) : input_(input) {}
  std::size_t choose(const DwApbI2cModel& bus) override {
    if (input_.over()) return 0;
    const std::uint8_t chosen = input_.byte();
    return (chosen & 3U) != 0 ? 0 : (chosen >> 2U) % (bus.steps_ahead() + 1);
  }

 private:
  Input& input_;
};

// No two writes are alike: which of them was lost could not be told.
Segment segment(Input& input, std::uint8_t number) {
  const std::uint8_t kind = input.byte();
  Segment one;
  one.ours = (kind & 12U) != 0;
  one.read = (kind & 1U) != 0;
  if (one.read) {
    one.count = (kind & 2U) != 0 ? input.below(7) : input.below(40);
    one.nack_last = (kind & 0x10U) == 0;
    if ((kind & 0xE0U) == 0xE0U && one.count > 0) {
      one.loses_arbitration_at = static_cast<int>(input.below(one.count));
    }
  } else {
    one.bytes = counting((kind & 2U) != 0 ? input.below(4) : input.below(40), number);
  }
  return one;
}

// Repeated STARTs are detected, as both chips do: else a surplus answer could take the end of a write
// along without a trace.
void by_the_datasheet(Input& input) {
  Script script;
  const std::uint8_t options = input.byte();
  script.options.abort = static_cast<ModelOptions::Abort>(options % 3);
  script.options.active_on_foreign_start = (options & 4U) != 0;
  script.options.stop_after_foreign_restart = (options & 8U) != 0;
  script.fill = static_cast<Fill>((options >> 5U) & 3U);
  const std::size_t count = 1 + input.below(5);
  for (std::size_t i = 0; i < count; ++i) {
    Transaction transaction;
    const std::size_t segments = 1 + input.below(3);
    for (std::size_t k = 0; k < segments; ++k) {
      const auto number = static_cast<std::uint8_t>(i * 3 + k);
      transaction.segments.push_back(segment(input, number));
    }
    script.transactions.push_back(std::move(transaction));
  }
  ChosenSchedule schedule(input);
  Rig rig(script, schedule);
  const bool ran = rig.run();
  rig.tick(1);  // two writes whose ends made no event take a tick each
  const std::string fault = fault_of(script, rig, ran);
  if (!fault.empty()) std::fprintf(stderr, "%s\n", fault.c_str());
  expect(fault.empty(), "the block's model and the state machine disagree");
}

// --- by nothing -----------------------------------------------------------------------------

// Every register shows what the input says, until that is over: then a request, and then rest.
class AnyPort {
 public:
  explicit AnyPort(Input& input) : input_(input) {}

  std::uint32_t events() {
    ++accesses;
    if (!input_.over()) {
      seen_ = static_cast<std::uint32_t>(input_.byte() << 8U | input_.byte()) & i2c_event::all;
    } else {
      seen_ = waiting ? i2c_event::rd_req : 0;
    }
    return seen_;
  }
  void clear(std::uint32_t which) {
    ++accesses;
    if ((which & i2c_event::rd_req) != 0) cleared_ = true;
  }
  std::uint32_t abort_source() {
    ++accesses;
    return static_cast<std::uint32_t>(input_.byte() << 8U);
  }
  std::size_t rx_level() const {
    ++accesses;
    return input_.over() ? 0 : input_.byte();
  }
  struct Fifo {
    RxEntry pop() const { return port->pop(); }
    AnyPort* port;
  };
  Fifo rx_fifo() { return {this}; }
  RxEntry pop() {
    ++accesses;
    const std::uint8_t byte = input_.byte();
    return {byte, (byte & 7U) == 0};
  }
  void rx_threshold(std::uint8_t threshold) { expect(threshold < 16, "no such threshold"); }
  std::size_t tx_level() const { return input_.over() ? 0 : input_.byte() % 17; }
  void push(std::span<const std::uint8_t> bytes) {
    expect(!bytes.empty() && bytes.size() <= 16, "an answer that the FIFO cannot hold");
    given_ = 0;
    add(bytes);
    if (cleared_ || (seen_ & i2c_event::rd_req) != 0) waiting = false;
    ++pushes;
  }
  void add(std::span<const std::uint8_t> bytes) {
    given_ += bytes.size();
    expect(given_ <= 16, "more of an answer than the FIFO can hold");
    for (const std::uint8_t byte : bytes) sum_ = static_cast<std::uint8_t>(sum_ + byte);
  }
  bool active() const { return !input_.over() && input_.flag(); }
  void reset_block() {
    ++resets;
    waiting = false;
  }

  bool waiting = false;
  std::size_t pushes = 0, resets = 0;
  mutable std::size_t accesses = 0;

 private:
  Input& input_;
  std::uint32_t seen_ = 0;
  bool cleared_ = false;
  std::size_t given_ = 0;          // since push(), that included
  volatile std::uint8_t sum_ = 0;  // so that the bytes are looked at
};

class StrictFace {  // lets through what a face may be told, in the order in which it may be
 public:
  void begin_write(std::uint8_t) {
    expect(!writing_, "a write within a write");
    writing_ = true;
  }
  std::span<std::uint8_t> room() {
    expect(writing_, "bytes of no write");
    return room_;
  }
  void wrote(std::size_t count) { expect(writing_ && count <= room_.size(), "bytes of no write"); }
  void overflow() { expect(writing_, "bytes of no write"); }
  void end_write() {
    expect(writing_, "the end of no write");
    writing_ = false;
  }
  void lose_write() { writing_ = false; }
  std::span<const std::uint8_t> upcoming() {
    expect(!writing_, "an answer within a write");
    return std::span(pieces_).first(size_);
  }
  void begin_read() {
    expect(!reading_ && !writing_, "a read within something");
    reading_ = true;
  }
  void advance() {
    expect(reading_, "an answer to no read");
    size_ = 1 + size_ % 16;
  }
  void end_read() {
    expect(reading_, "the end of no read");
    reading_ = false;
  }

 private:
  std::array<std::uint8_t, 16> room_{}, pieces_{};
  std::size_t size_ = 1;
  bool writing_ = false;
  bool reading_ = false;
};

void by_nothing(Input& input) {
  AnyPort port(input);
  StrictFace face;
  I2cTarget<AnyPort&, StrictFace> target(port, face);
  std::uint64_t now = 0;
  for (int turn = 0; turn < 64 && !input.over(); ++turn) {
    const std::size_t before = port.accesses;
    target.on_interrupt();
    // A round of the handler drains the FIFO at most 8 times 16 deep; each needs one input byte.
    expect(port.accesses - before < 400'000, "the interrupt does not come to its end");
    now += input.byte() * std::uint64_t{500};
    target.tick(now);
  }
  // The bus is held: whatever the block showed before, the next request is answered.
  port.waiting = true;
  target.on_interrupt();
  expect(!port.waiting, "the bus is held for ever");
}

}  // namespace
}  // namespace picoctl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  picoctl::fuzz::Input input(data, size);
  if (input.flag()) {
    picoctl::fuzz::by_the_datasheet(input);
  } else {
    picoctl::fuzz::by_nothing(input);
  }
  return 0;
}
