// A program that crashes again and again is not run any more; the link goes on.
#include "picoctl/target/safe_mode.hpp"

#include <gtest/gtest.h>

#include "picoctl/link/description.hpp"
#include "test_rig.hpp"

namespace picoctl::target::test {
namespace {

std::uint8_t after(std::initializer_list<ResetCause> causes, bool memory_kept = false) {
  std::uint8_t count = 0;
  for (const ResetCause cause : causes) count = crashes(count, cause, memory_kept);
  return count;
}

TEST(SafeMode, IsReachedByThreeCrashesInARow) {
  using enum ResetCause;
  EXPECT_LT(after({power_on, watchdog, watchdog}), crashes_before_safe_mode);
  EXPECT_EQ(after({power_on, watchdog, watchdog, watchdog}), crashes_before_safe_mode);
  EXPECT_EQ(after({watchdog, watchdog, watchdog, watchdog, watchdog}), crashes_before_safe_mode);
}

TEST(SafeMode, IsLeftByAStartThatSomebodyAskedFor) {
  using enum ResetCause;
  for (const ResetCause asked : {restarted, run_pin, debugger, power_on}) {
    EXPECT_EQ(after({watchdog, watchdog, watchdog, asked}), 0) << static_cast<int>(asked);
  }
}

// A motor that starts with the program, and pulls the supply down.
TEST(SafeMode, PowerThatFallsForAMomentIsACrash) {
  using enum ResetCause;
  EXPECT_EQ(after({power_on, power_on, power_on}, true), crashes_before_safe_mode);
  EXPECT_EQ(after({power_on, power_on, power_on}, false), 0);
}

class InSafeMode : public ::testing::Test {
 protected:
  InSafeMode() {
    rig_.board.safe = true;
    rig_.target.command("mine", [] {});
    rig_.target.plain_register(0x10, "speed", [](std::uint16_t) {});
    rig_.target.start();
    key_ = rig_.open(1);
  }
  Rig<> rig_;
  std::uint16_t key_ = 0;
};

TEST_F(InSafeMode, TheLinkAnswersAndSaysSo) {
  const auto identity = decode_identity(rig_.read_register(registers::identity, 32), 0x41);
  ASSERT_TRUE(identity);
  EXPECT_TRUE(identity->safe_mode);
  EXPECT_EQ(state_of(rig_.exchange(key_, {{0, 1}, 3, {}}, 6)), State::done) << "system.ping";
  EXPECT_EQ(rig_.board.lines, std::vector<std::string>{"system.ping"});
}

TEST_F(InSafeMode, NothingOfTheProgramRuns) {
  for (std::uint8_t number = 9; number < 40; ++number) {
    const Sequence sequence{0, static_cast<std::uint8_t>(number - 8 & 31)};
    EXPECT_EQ(state_of(rig_.exchange(key_, {sequence, number, {}}, 6)), State::failed)
        << int{number};
  }
  rig_.write({0x10, 1, 2});
  rig_.write({0x01, 1});
  rig_.turn_loop();
  EXPECT_TRUE(rig_.board.lines.empty());
  EXPECT_EQ(rig_.target.face().stats().refused_writes, 2U);
  EXPECT_EQ(rig_.board.outputs, 0U);
  EXPECT_FALSE(rig_.board.led);
}

TEST_F(InSafeMode, ItsDescriptionIsWhatItCanDo) {
  std::vector<std::uint8_t> room(4000);
  DescriptionSlice slice(0, room);
  describe(rig_.target.Core::commands(), slice);
  const std::string text(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(slice.size()));
  EXPECT_EQ(text.find("mine"), std::string::npos);
  EXPECT_EQ(text.find("gpio."), std::string::npos);
  EXPECT_NE(text.find("system.restart"), std::string::npos);
  EXPECT_EQ(rig_.target.identity().description, description_hash(text));
}

}  // namespace
}  // namespace picoctl::target::test
