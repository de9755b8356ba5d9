// The I2C target with an interrupt that comes at once, on a bus that hangs, and on an idle one.

#include "picoctl/target/i2c_target.hpp"

#include <gtest/gtest.h>

#include "i2c_target_rig.hpp"

namespace picoctl::target::test {
namespace {

// The bus does not move while the software is at work.
struct Prompt final : Schedule {
  std::size_t choose(const DwApbI2cModel&) override { return 0; }
};
Prompt prompt;

// --- without delay ------------------------------------------------------------------------

Script whole_fifo(std::vector<Transaction> transactions) {
  return {std::move(transactions), Fill::whole_fifo};
}

// What i2cget does all day: every read leaves surplus bytes, which the next one flushes.
TEST(I2cTarget, losesNothingOnSurplusIfTheInterruptComesInTime) {
  std::vector<Transaction> script;
  for (std::uint8_t i = 0; i < 20; ++i) {
    script.push_back(two(write({i}), read(1)));
    script.push_back(two(write(counting(12, i)), read(6)));
    script.push_back(one(read(2)));
  }
  const Script whole = whole_fifo(script);
  Rig rig(whole, prompt);
  const bool ran = rig.run();
  EXPECT_EQ(fault_of(whole, rig, ran), "");
  EXPECT_FALSE(told_of_loss(rig.face.seen));
  EXPECT_GT(rig.model.aborts, 50U);
  EXPECT_EQ(rig.target.counts().aborts, rig.model.aborts);
}

// The event loop has the 9 bit times of the read's address to do what the write asked for; the
// same again for the second write.
TEST(I2cTarget, closesAWriteAtTheRepeatedStart) {
  const Script script{{two(write({1, 2, 3}), read(1)), two(write({4, 5, 6}), read(1))}};
  Rig rig(script, prompt);
  const auto step = [&rig](int steps) {
    while (steps-- > 0) {
      ASSERT_TRUE(rig.model.step());
      if (rig.model.interrupt()) rig.target.on_interrupt();
    }
  };
  step(6);  // START, address, three bytes, repeated START
  EXPECT_EQ(text(rig.face.seen), " W 1 2 3");
  step(3);  // address, byte, STOP
  step(6);
  EXPECT_EQ(text(rig.face.seen), " W 1 2 3 R W 4 5 6");
}

TEST(I2cTarget, endsAReadAtItsLastByte) {
  const Script script{{one(read(1))}};
  Rig rig(script, prompt);
  rig.model.step();
  rig.model.step();
  rig.target.on_interrupt();
  EXPECT_TRUE(rig.face.open());
  rig.model.step();  // the byte, NACKed; no STOP yet
  rig.target.on_interrupt();
  EXPECT_FALSE(rig.face.open());
}

TEST(I2cTarget, needsNoRestartDetection) {
  const ModelOptions options{.restart_detected = false};
  const Script script{
      {two(write({1, 2}), read(2)), {{write({3}), write({4})}}}, Fill::exact, options};
  Rig rig(script, prompt);
  const bool ran = rig.run();
  EXPECT_EQ(fault_of(script, rig, ran), "");
}

// Each request holds the bus.
TEST(I2cTarget, isAskedOnceForWhatTheFifoHolds) {
  const Script script{{one(read(16))}, Fill::head_then_all};
  Rig rig(script, prompt);
  int requests = 0;
  while (!rig.model.finished()) {
    rig.model.step();
    if (!rig.model.interrupt()) continue;
    if ((rig.model.events() & i2c_event::rd_req) != 0) ++requests;
    rig.target.on_interrupt();
  }
  EXPECT_EQ(requests, 1);
  EXPECT_EQ(fault_of(script, rig, true), "");
}

TEST(I2cTarget, isInterruptedOncePerEightBytesOfALongWrite) {
  const Script script{{one(write(counting(65)))}};
  Rig rig(script, prompt);
  int interrupts = 0;
  while (!rig.model.finished()) {
    rig.model.step();
    if (!rig.model.interrupt()) continue;
    rig.target.on_interrupt();
    ++interrupts;
  }
  EXPECT_EQ(interrupts, 1 + 8 + 1);  // the first byte, eight times eight, the STOP
  EXPECT_EQ(fault_of(script, rig, true), "");
}

// What there is no room for is taken out of the block all the same, and the face is told.
TEST(I2cTarget, tellsOfBytesThatFoundNoRoom) {
  for (const std::size_t room : {0U, 1U, 7U, 19U, 20U}) {
    const Script script{{one(write(counting(21))), one(write({1}))}};
    Rig rig(script, prompt);
    rig.face.keep_at_most(room);
    bool overflowed = false;
    while (!rig.model.finished()) {
      rig.model.step();
      if (rig.model.interrupt()) rig.target.on_interrupt();
      overflowed |= rig.face.overflowed();
    }
    EXPECT_FALSE(rig.face.misused()) << room;
    EXPECT_EQ(overflowed, room < 20) << room;
    ASSERT_EQ(rig.face.seen.size(), 2U);
    EXPECT_EQ(rig.face.seen[0].bytes, counting(room + 1));
    EXPECT_EQ(rig.face.seen[1].bytes, counting(1));
  }
}

// Probes and transactions of others do not reach the face, nor wake the interrupt for nothing.
TEST(I2cTarget, ignoresWhatIsNotForIt) {
  const Script script{{one(foreign({1, 2, 3})), two(foreign({1}), foreign({2}))}};
  Rig rig(script, prompt);
  while (rig.model.step()) ASSERT_FALSE(rig.model.interrupt());
  EXPECT_TRUE(rig.face.seen.empty());
  EXPECT_TRUE(rig.target.idle());
}

// A face that answers nothing must not hold the bus.
TEST(I2cTarget, answersForAFaceThatDoesNot) {
  struct SilentFace {
    void begin_write(std::uint8_t) {}
    std::span<std::uint8_t> room() { return {}; }
    void wrote(std::size_t) {}
    void overflow() {}
    void end_write() {}
    void begin_read() {}
    std::span<const std::uint8_t> upcoming() { return {}; }
    void advance() {}
    void end_read() {}
  } face;
  DwApbI2cModel model;
  I2cTarget<DwApbI2cModel&, SilentFace> target(model, face);
  const std::vector<Transaction> script{one(read(3))};
  model.load(script);
  for (int turn = 0; turn < 100 && !model.finished(); ++turn) {
    if (!model.step()) target.on_interrupt();
  }
  EXPECT_TRUE(model.finished());
  EXPECT_EQ(model.received[0], (std::vector<std::uint8_t>{0xFF, 0xFF, 0xFF}));
}

// --- the bus hangs ------------------------------------------------------------------------

constexpr std::uint64_t ms = 1000;

struct Vanishing : ::testing::TestWithParam<Segment> {};

TEST_P(Vanishing, controllerIsNoticedAndTheBlockReset) {
  const Script script{{{{GetParam()}, true}}, Fill::whole_fifo};
  Rig rig(script, prompt);
  rig.tick(5 * ms);
  EXPECT_TRUE(rig.run());
  for (std::uint64_t now = 10; now < 37; ++now) rig.tick(now * ms);
  EXPECT_EQ(rig.model.resets, 0U);
  EXPECT_FALSE(rig.target.idle());
  rig.tick(37 * ms);
  EXPECT_EQ(rig.model.resets, 1U);
  EXPECT_EQ(rig.target.counts().resets, 1U);
  EXPECT_TRUE(rig.target.idle());
  EXPECT_FALSE(rig.face.open());
  const std::size_t before = rig.face.seen.size();
  const std::vector<Transaction> next{two(write({4, 5}), read(2))};
  rig.model.load(next);
  EXPECT_TRUE(rig.run());
  EXPECT_EQ(
      text({rig.face.seen.begin() + static_cast<std::ptrdiff_t>(before), rig.face.seen.end()}),
      " W 4 5 R");
}

INSTANTIATE_TEST_SUITE_P(At, Vanishing,
                         ::testing::Values(write({}), write({1}), write({1, 2, 3}), read(0),
                                           read(1), read(20)));

// Only the low 32 bits of the time are kept; they wrap every 72 minutes.
TEST(I2cTarget, timesAVanishedControllerAcrossTheWrapAndBehindIt) {
  for (const std::uint64_t before_wrap : {0, 20, 1000}) {
    const std::uint64_t begin = (std::uint64_t{1} << 32U) - before_wrap * ms;
    const Script script{{{{write({1, 2, 3})}, true}}, Fill::whole_fifo};
    Rig rig(script, prompt);
    EXPECT_TRUE(rig.run());
    for (std::uint64_t now = 5; now < 32; ++now) rig.tick(begin + now * ms);
    EXPECT_EQ(rig.model.resets, 0U) << before_wrap;
    rig.tick(begin + 33 * ms);
    EXPECT_EQ(rig.model.resets, 1U) << before_wrap;
  }
}

// 9 bytes in 100 ms are slow, but they move: the block is left alone.
TEST(I2cTarget, isPatientWithASlowController) {
  const Script script{{two(write(counting(9)), read(9))}};
  Rig rig(script, prompt);
  for (std::uint64_t now = 0; !rig.model.finished(); now += 10 * ms) {
    rig.model.step();
    if (rig.model.interrupt()) rig.target.on_interrupt();
    rig.tick(now);
    rig.tick(now + 5 * ms);
  }
  EXPECT_EQ(fault_of(script, rig, true), "");
}

// A handler ran for a second; the bus was active when it began and is active now.
TEST(I2cTarget, doesNotTakeAGapBetweenTicksForSilence) {
  const Script script{{one(write({1, 2, 3}))}};
  Rig rig(script, prompt);
  rig.model.step();
  rig.tick(1 * ms);
  rig.tick(1000 * ms);
  EXPECT_EQ(rig.model.resets, 0U);
  EXPECT_TRUE(rig.run());
  EXPECT_EQ(text(rig.face.seen), " W 1 2 3");
}

// Each time that the loop holds the interrupt off can delay an answer.
TEST(I2cTarget, needsTheInterruptHeldOffOnlyIfThereIsSomethingToDo) {
  const Script script{{two(write(counting(20)), read(20)), one(write({1})), one(read(3))}};
  Rig rig(script, prompt);
  std::uint64_t now = 0;
  while (!rig.model.finished()) {
    rig.model.step();
    if (rig.model.interrupt()) rig.target.on_interrupt();
    EXPECT_FALSE(rig.target.needs_care(now += 1 * ms));
  }
}

TEST(I2cTarget, closesAWriteThatMadeNoEventAtItsEnd) {
  const Script script{{two(write({1, 2}), foreign({7}))}, Fill::exact, {.restart_detected = false}};
  Rig rig(script, prompt);
  EXPECT_TRUE(rig.run());
  EXPECT_EQ(text(rig.face.seen), "");
  ASSERT_TRUE(rig.target.needs_care(1 * ms));
  rig.target.care();
  EXPECT_EQ(text(rig.face.seen), " W 1 2");
  EXPECT_FALSE(rig.target.needs_care(2 * ms));
}

// Between the two questions the interrupt may come.
TEST(I2cTarget, leavesTheBlockAloneIfItMovedAtTheLastMoment) {
  const Script script{{one(write({1, 2}))}};
  Rig rig(script, prompt);
  rig.model.step();
  for (std::uint64_t now = 5; now < 32; now += 3) EXPECT_FALSE(rig.target.needs_care(now * ms));
  EXPECT_TRUE(rig.target.needs_care(32 * ms));
  for (int step = 0; step < 2; ++step) {
    rig.model.step();
    if (rig.model.interrupt()) rig.target.on_interrupt();
  }
  rig.target.care();
  EXPECT_EQ(rig.model.resets, 0U);
  EXPECT_TRUE(rig.run());
  EXPECT_EQ(text(rig.face.seen), " W 1 2");
}

// Row 25: 71 minutes after the start, when 32 bits of microseconds have wrapped.
TEST(I2cTarget, givesASlowTransferItsTimeBehindTheWrapOfTheClock) {
  const Script script{{one(write({1, 2}))}};
  Rig rig(script, prompt);
  rig.model.step();
  const std::uint64_t start = (std::uint64_t{1} << 32U) - 10 * ms;
  for (std::uint64_t now = 0; now < 27; now += 3)
    EXPECT_FALSE(rig.target.needs_care(start + now * ms));
  EXPECT_TRUE(rig.target.needs_care(start + 28 * ms));
}

TEST(I2cTarget, staysQuietOnAnIdleBus) {
  DwApbI2cModel model;
  RecordingFace face(Fill::one, {});
  I2cTarget<DwApbI2cModel&, RecordingFace> target(model, face);
  for (std::uint64_t now = 0; now < 1000 * ms; now += 10 * ms) target.tick(now);
  EXPECT_EQ(model.resets, 0U);
}

}  // namespace
}  // namespace picoctl::target::test
