// Outputs whose session is silent, through the whole link on virtual time: the controller goes away,
// others go on.
#include <gtest/gtest.h>

#include "faults/world.hpp"

namespace picoctl::test {
namespace {

using namespace std::chrono_literals;

class FailsafeWorld : public ::testing::Test {
 protected:
  static constexpr std::uint32_t gp15 = 1U << 15;

  FailsafeWorld() : pico_(world_.connect()) {
    EXPECT_TRUE(pico_->call("gpio.write", 15, true));
    EXPECT_TRUE(pico_->call("failsafe.arm", 15, false, 200));
  }
  bool is_high() { return (world_.pico().pins_high() & gp15) != 0; }

  World world_;
  Expected<Pico> pico_;
};

TEST_F(FailsafeWorld, AControllerThatIsKilledLeavesASafeOutput) {
  world_.wire()->sleep(199ms);
  EXPECT_TRUE(is_high());
  world_.wire()->sleep(11ms);
  EXPECT_FALSE(is_high());
}

// The transaction that it was killed in holds the wires for a while.
TEST_F(FailsafeWorld, AlsoIfItWasKilledAmidATransaction) {
  ASSERT_EQ(world_.bus().inject({.fault = sim::Fault::inject_panic, .value = 50}), 0);
  const auto start = world_.wire()->now();
  std::array<std::uint8_t, 6> head{};
  std::array<std::uint8_t, 1> from{0xD0};
  const std::array<Message, 2> messages{Message{0x41, 0, 1, from.data()},
                                        Message{0x41, socket::flag_read, 6, head.data()}};
  static_cast<void>(world_.wire()->transfer(messages));
  while (world_.wire()->now() - start < 210ms) world_.wire()->sleep(1ms);
  EXPECT_FALSE(is_high());
}

TEST_F(FailsafeWorld, WhateverOtherSessionsDo) {
  auto other = world_.connect();
  ASSERT_TRUE(other);
  const auto start = world_.wire()->now();
  while (world_.wire()->now() - start < 190ms) {
    ASSERT_TRUE(other->call("light", 1, true, 1));
    EXPECT_TRUE(is_high());
    world_.wire()->sleep(5ms);
  }
  while (world_.wire()->now() - start < 210ms) ASSERT_TRUE(other->call("system.ping"));
  EXPECT_FALSE(is_high());
}

// Another session's handler that takes long does not keep the output from being safe.
TEST_F(FailsafeWorld, AlsoWhileAHandlerRuns) {
  auto other = world_.connect();
  ASSERT_TRUE(other);
  bool high_at_190 = false;
  bool high_at_211 = true;
  const auto start = world_.wire()->now();
  world_.wire()->after = [&](std::size_t) {
    const auto passed = world_.wire()->now() - start;
    if (passed < 190ms) high_at_190 = is_high();
    if (passed > 211ms && passed < 400ms) high_at_211 = is_high();
  };
  EXPECT_TRUE(other->call_values("wait", std::array{Value(500)}, CallOptions{2000ms}));
  world_.wire()->after = nullptr;
  EXPECT_TRUE(high_at_190);
  EXPECT_FALSE(high_at_211);
}

TEST_F(FailsafeWorld, AsLongAsItSpeaksTheOutputIsItsOwn) {
  for (int i = 0; i < 20; ++i) {
    world_.wire()->sleep(150ms);
    ASSERT_TRUE(pico_->call("system.ping"));
  }
  EXPECT_TRUE(is_high());
}

TEST_F(FailsafeWorld, AGoodbyeIsSilence) {
  { const Pico leaves = std::move(*pico_); }
  world_.wire()->sleep(10ms);
  EXPECT_FALSE(is_high());
}

TEST_F(FailsafeWorld, ARestartLeavesTheOutputUndriven) {
  world_.pico().power_cycle();
  EXPECT_FALSE(is_high());
  ASSERT_TRUE(pico_->call("gpio.write", 15, true));
  world_.wire()->sleep(1s);
  EXPECT_TRUE(is_high()) << "nothing is armed";
}

}  // namespace
}  // namespace picoctl::test
