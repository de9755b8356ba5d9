// Outputs that go to a safe level when the session that armed them is silent.
#include "picoctl/target/failsafe.hpp"

#include <gtest/gtest.h>

#include "test_rig.hpp"

namespace picoctl::target::test {
namespace {

class FailsafeTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t gp15 = 1U << 15, gp14 = 1U << 14;

  FailsafeTest() {
    failsafe_.add_to(rig_.target);
    rig_.target.start();
    open(0);
    open(1);
  }
  void open(std::uint8_t slot) {
    keys_[slot] = rig_.open(++nonce_);
    last_[slot] = 0;
  }
  std::uint8_t number_of(std::string_view name) {
    std::uint8_t number = 0;
    while (name_of(*rig_.target.Core::commands().find(++number)) != name) continue;
    return number;
  }
  State call(std::uint8_t slot, std::string_view name, std::vector<std::uint8_t> args = {}) {
    last_[slot] = next_number(last_[slot]);
    const Request request{{slot, last_[slot]}, number_of(name), args};
    answer_ = rig_.exchange(keys_[slot], request);
    return state_of(answer_);
  }
  State arm(std::uint8_t slot, std::uint8_t pin, bool on, std::uint16_t ms) {
    return call(slot, "failsafe.arm",
                {pin, static_cast<std::uint8_t>(on), static_cast<std::uint8_t>(ms),
                 static_cast<std::uint8_t>(ms >> 8)});
  }
  State ping(std::uint8_t slot) { return call(slot, "system.ping"); }
  State drive(std::uint8_t slot, std::uint8_t pin, bool on) {
    return call(slot, "gpio.write", {pin, static_cast<std::uint8_t>(on)});
  }
  void pass_ms(std::uint32_t ms) {
    for (; ms > 0; --ms) {
      rig_.board.time_us += 1000;
      if (rig_.board.time_us % 5000 < 1000) failsafe_.tick(rig_.board);
    }
  }
  std::uint32_t high() const { return rig_.board.levels & rig_.board.outputs; }

  Rig<Limits{.slots = 2}> rig_;
  Failsafe<2> failsafe_{rig_.target};
  std::uint32_t nonce_ = 0;
  std::array<std::uint16_t, 2> keys_{};
  std::array<std::uint8_t, 2> last_{};
  std::vector<std::uint8_t> answer_;
};

TEST_F(FailsafeTest, TheOutputIsSafeWithinItsTimeAnd10ms) {
  ASSERT_EQ(drive(0, 15, true), State::done);
  ASSERT_EQ(arm(0, 15, false, 100), State::done);
  pass_ms(100);
  EXPECT_EQ(high(), gp15) << "not before";
  pass_ms(10);
  EXPECT_EQ(high(), 0U);
  EXPECT_EQ(failsafe_.tripped(), gp15);
}

TEST_F(FailsafeTest, EachOutputHasItsOwnLevelAndTime) {
  drive(0, 15, true);
  drive(0, 14, false);
  arm(0, 15, false, 300);
  arm(0, 14, true, 100);
  pass_ms(110);
  EXPECT_EQ(high(), gp15 | gp14);
  pass_ms(200);
  EXPECT_EQ(high(), gp14);
}

TEST_F(FailsafeTest, EveryFrameOfThatSessionIsALifeSign) {
  drive(0, 15, true);
  arm(0, 15, false, 100);
  for (int i = 0; i < 20; ++i) {
    pass_ms(90);
    ASSERT_EQ(ping(0), State::done);
  }
  EXPECT_EQ(high(), gp15);
  EXPECT_EQ(failsafe_.tripped(), 0U);
}

TEST_F(FailsafeTest, NothingElseIs) {
  drive(0, 15, true);
  arm(0, 15, false, 100);
  const auto damaged = [this] {
    auto frame = rig_.frame(keys_[0], {{0, next_number(last_[0])}, 3, {}});
    frame[3] ^= 1;
    rig_.write(frame);
    rig_.turn_loop();
  };
  for (int i = 0; i < 11; ++i) {
    pass_ms(10);
    ASSERT_EQ(ping(1), State::done) << "another session";
    rig_.read_register(registers::identity, 32);
    rig_.read_register(registers::response, 6);
    rig_.ask(PublicCommand::resume, 99);
    damaged();
  }
  EXPECT_EQ(high(), 0U);
}

TEST_F(FailsafeTest, ASessionThatIsLeftTripsAtOnce) {
  drive(0, 15, true);
  arm(0, 15, false, 60'000);
  rig_.ask(PublicCommand::bye, 1);
  pass_ms(5);
  EXPECT_EQ(high(), 0U);
}

TEST_F(FailsafeTest, SoDoesOneWhoseSlotIsGivenAway) {
  drive(0, 15, true);
  arm(0, 15, false, 60'000);
  pass_ms(2000);
  ping(1);
  pass_ms(1500);
  open(0);
  pass_ms(5);
  EXPECT_EQ(high(), 0U);
}

TEST_F(FailsafeTest, AfterwardsTheOutputObeysAgain) {
  drive(0, 15, true);
  arm(0, 15, false, 100);
  pass_ms(110);
  EXPECT_EQ(drive(0, 15, true), State::done);
  pass_ms(1000);
  EXPECT_EQ(high(), gp15) << "it is not armed any more";
}

TEST_F(FailsafeTest, OthersCanNeitherDisarmNorArmIt) {
  drive(0, 15, true);
  arm(0, 15, false, 100);
  EXPECT_EQ(call(1, "failsafe.disarm", {15}), State::failed);
  EXPECT_EQ(arm(1, 15, true, 1000), State::failed);
  pass_ms(110);
  EXPECT_EQ(high(), 0U);
  EXPECT_EQ(arm(1, 15, true, 1000), State::done) << "now it is free";
}

TEST_F(FailsafeTest, ItsOwnSessionCan) {
  drive(0, 15, true);
  arm(0, 15, false, 100);
  EXPECT_EQ(call(0, "failsafe.disarm", {15}), State::done);
  pass_ms(500);
  EXPECT_EQ(high(), gp15);
}

TEST_F(FailsafeTest, WhatCannotBeIsRefused) {
  EXPECT_EQ(arm(0, 0, false, 100), State::failed) << "the link's own pin";
  EXPECT_EQ(arm(0, 40, false, 100), State::failed);
  EXPECT_EQ(arm(0, 15, false, 0), State::failed);
  EXPECT_EQ(arm(0, 15, false, 100), State::done);
  EXPECT_EQ(arm(0, 14, false, 100), State::done);
  EXPECT_EQ(arm(0, 13, false, 100), State::failed) << "room for two";
}

TEST_F(FailsafeTest, ToDisarmWhatIsNotArmedIsNoMistake) {
  EXPECT_EQ(call(0, "failsafe.disarm", {40}), State::failed) << "but there has to be such a pin";
  EXPECT_EQ(call(0, "failsafe.disarm", {15}), State::done);
  arm(0, 14, false, 100);
  arm(0, 13, false, 100);
  EXPECT_EQ(call(0, "failsafe.disarm", {15}), State::done) << "with no room for it either";
}

TEST_F(FailsafeTest, WhatASessionThatIsGoneHasArmedIsAnybodys) {
  arm(0, 15, true, 60'000);
  rig_.ask(PublicCommand::bye, 1);
  EXPECT_EQ(arm(1, 15, false, 60'000), State::done) << "before the next tick";
}

TEST_F(FailsafeTest, ARoomThatTellsOfAPinIsGivenAwayLast) {
  arm(0, 15, true, 100);
  arm(0, 14, true, 100);
  pass_ms(110);
  arm(0, 13, true, 60'000);
  EXPECT_EQ(failsafe_.tripped(), gp15) << "one of the two had to go";
  call(0, "failsafe.disarm", {13});
  EXPECT_EQ(arm(0, 12, true, 60'000), State::done);
  EXPECT_EQ(failsafe_.tripped(), gp15) << "there was a free one";
}

TEST_F(FailsafeTest, TellsWhichWereTripped) {
  arm(0, 15, true, 100);
  pass_ms(110);
  ASSERT_EQ(call(0, "failsafe.tripped"), State::done);
  const std::vector<std::uint8_t> pins(answer_.begin() + head_size,
                                       answer_.begin() + head_size + 4);
  EXPECT_EQ(pins, (std::vector<std::uint8_t>{0, 0x80, 0, 0}));
}

TEST_F(FailsafeTest, AnOutputThatIsArmedAgainIsNotTripped) {
  arm(0, 15, true, 100);
  arm(0, 14, true, 100);
  pass_ms(110);
  EXPECT_EQ(failsafe_.tripped(), gp15 | gp14);
  arm(0, 14, true, 100);
  EXPECT_EQ(failsafe_.tripped(), gp15);
}

TEST_F(FailsafeTest, ItIsRightAcrossTheWrapOfTheClock) {
  rig_.board.time_us = (std::uint64_t{1} << 32) * 1000 - 50'000;
  ping(0);
  ping(1);
  drive(0, 15, true);
  arm(0, 15, false, 100);
  pass_ms(100);
  EXPECT_EQ(high(), gp15);
  pass_ms(10);
  EXPECT_EQ(high(), 0U);
}

}  // namespace
}  // namespace picoctl::target::test
