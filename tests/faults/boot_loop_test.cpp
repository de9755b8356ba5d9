// A program that crashes at its start again and again: the outputs are safe, the link answers, and the
// controller is told why and what to do.
#include <gtest/gtest.h>

#include "faults/world.hpp"
#include "support/provoked.hpp"

namespace picoctl::test {
namespace {

using namespace std::chrono_literals;

class BootLoop : public ::testing::Test {
 protected:
  BootLoop() : pico_(world_.connect()) {}
  void hang() {
    static_cast<void>(pico_->call_values("hang", std::array{Value(60'000)}, CallOptions{1500ms}));
  }
  void expect_safe_mode() {
    const auto refused = pico_->call("light", 1, true, 7);
    ASSERT_FALSE(refused);
    EXPECT_EQ(name(refused.error().error), name(Error::safe_mode)) << explain(refused.error());
    EXPECT_EQ(refused.error().outcome, Outcome::not_run);
    provoked(Error::safe_mode);
  }
  World world_;
  Expected<Pico> pico_;
};

TEST_F(BootLoop, ThreeCrashesInARowEndInSafeMode) {
  for (int crash = 0; crash < 3; ++crash) {
    ASSERT_EQ(world_.light(*pico_, 2 * static_cast<unsigned>(crash) + 1), Outcome::done) << crash;
    EXPECT_FALSE(pico_->identity().safe_mode) << crash;
    hang();
  }
  EXPECT_EQ(world_.pico().boots(), 4U);
  expect_safe_mode();
  EXPECT_TRUE(pico_->identity().safe_mode);
  EXPECT_EQ(pico_->name()->reset, "watchdog");
  world_.check("in safe mode");
}

TEST_F(BootLoop, InSafeModeNoOutputIsDriven) {
  for (int crash = 0; crash < 3; ++crash) {
    ASSERT_TRUE(pico_->call("gpio.write", 15, true));
    EXPECT_NE(world_.pico().pins_high(), 0U);
    hang();
    EXPECT_EQ(world_.pico().pins_high(), 0U) << "from the first instruction on";
  }
  EXPECT_FALSE(pico_->call("gpio.write", 15, true));
  EXPECT_EQ(world_.pico().pins_high(), 0U);
}

TEST_F(BootLoop, ARestartThatIsAskedForTriesTheProgramAnew) {
  for (int crash = 0; crash < 3; ++crash) hang();
  expect_safe_mode();
  ASSERT_TRUE(pico_->call("system.restart"));
  world_.wire()->sleep(100ms);
  EXPECT_EQ(world_.light(*pico_, 1), Outcome::done);
  EXPECT_FALSE(pico_->identity().safe_mode);
}

TEST_F(BootLoop, SoDoesPower) {
  for (int crash = 0; crash < 3; ++crash) hang();
  world_.pico().power_cycle();
  EXPECT_EQ(world_.light(*pico_, 1), Outcome::done);
}

TEST_F(BootLoop, CrashesFarApartAreNone) {
  for (int crash = 0; crash < 6; ++crash) {
    world_.wire()->sleep(10s);
    hang();
  }
  EXPECT_EQ(world_.light(*pico_, 1), Outcome::done);
}

// What an on_restart() wants to set again cannot be set: it is told so, and nothing hangs.
TEST_F(BootLoop, StateIsNotAppliedToWhatDoesNotRun) {
  std::vector<std::string> told;
  pico_->on_restart([&](Pico& pico, const Restart&) {
    const auto done = pico.call("light", 1, true, 100);
    told.emplace_back(done ? "done" : name(done.error().error));
  });
  for (int crash = 0; crash < 3; ++crash) hang();
  expect_safe_mode();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), "safe_mode");
}

}  // namespace
}  // namespace picoctl::test
