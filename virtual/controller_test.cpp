// The Pi's controllers: their clocks after a stretch, and what targets make of it.
#include "picoctl/virtual/controller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "bus_test_tools.hpp"

namespace picoctl::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t half_ns = 5000;

std::uint64_t pulse(Stretching stretching, std::uint64_t held_ns) {
  return pulse_after_hold_ns(stretching, half_ns, held_ns);
}

// The same figures as emulator/test/bsc.test.ts, where the blocks meet on wires.
TEST(ControllerTest, WithoutAHoldAPulseIsWholeUnderEveryAccount) {
  for (const ControllerModel& model : controller_models) {
    EXPECT_EQ(pulse(model.stretching, 0), half_ns) << model.name;
  }
}

TEST(ControllerTest, AReleaseBeforeTheFirstLookLeavesAPulseAsShortAsTheRest) {
  EXPECT_EQ(pulse(Stretching::every_check, 4000), 1000U);
  EXPECT_EQ(pulse(Stretching::first_check, 4000), 1000U);
  EXPECT_EQ(pulse(Stretching::waits, 4000), half_ns);
}

TEST(ControllerTest, AfterTheFirstLookTheAccountsDiffer) {
  EXPECT_EQ(pulse(Stretching::every_check, 9000), 1000U);
  EXPECT_EQ(pulse(Stretching::first_check, 9000), half_ns);
  EXPECT_EQ(pulse(Stretching::first_check, 5000), half_ns);
}

TEST(ControllerTest, HalfWayBetweenTwoLooksBothGiveHalfOfAHalfPeriodOrMore) {
  for (const std::uint64_t held : {2500, 7500, 12'500}) {
    EXPECT_GE(pulse(Stretching::every_check, held), half_ns / 2) << held;
    EXPECT_GE(pulse(Stretching::first_check, held), half_ns / 2) << held;
  }
}

class StretchTest : public ::testing::Test {
 protected:
  // What is read of a device that sends these bytes, and holds SCL before the first.
  Bytes read(Stretching stretching, std::uint64_t held_ns) {
    Bus bus({.stretching = stretching});
    bus.attach(chip_);
    bus.add_sink(recorder_);
    chip_.to_send = {0x5a, 0x33, 0xcc};
    chip_.stretch = held_ns;
    Bytes data(3);
    EXPECT_EQ(bus.transfer(Transfer().read(0x20, data)).error, 0);
    EXPECT_EQ(bus.counters().faults_applied, 0U) << "nobody asked for a fault";
    return data;
  }

  Scripted chip_{0x20};
  Recorder recorder_;
};

TEST_F(StretchTest, AControllerThatWaitsReadsWhatIsSent) {
  EXPECT_THAT(read(Stretching::waits, 4960), ElementsAre(0x5a, 0x33, 0xcc));
  EXPECT_THAT(recorder_.notes, IsEmpty());
}

TEST_F(StretchTest, ATargetThatMissesAClockSendsEachBitLateAndThenIsNotAcknowledged) {
  for (const Stretching account : {Stretching::every_check, Stretching::first_check}) {
    EXPECT_THAT(read(account, 4960), ElementsAre(0x2d, 0xff, 0xff));
    EXPECT_THAT(recorder_.notes, ElementsAre("SCL is high for 40 ns: targets miss this clock"));
    recorder_.notes.clear();
  }
}

TEST_F(StretchTest, APulseLongerThanASpikeIsAClock) {
  EXPECT_THAT(read(Stretching::every_check, 4949), ElementsAre(0x5a, 0x33, 0xcc));
}

TEST_F(StretchTest, AByteThatIsWrittenBehindAMissedClockIsNotAcknowledged) {
  Bus bus({.stretching = Stretching::every_check});
  bus.attach(chip_);
  chip_.stretch = 4960;  // after the address
  Bytes data{0x41, 0x42};
  EXPECT_EQ(bus.transfer(Transfer().write(0x20, data)).error, EREMOTEIO);
}

TEST_F(StretchTest, ThePulseOfARepeatedStartCarriesNoBit) {
  Bus bus({.stretching = Stretching::every_check});
  bus.attach(chip_);
  chip_.to_send = {0x5a};
  Bytes none;
  Bytes data(1);
  chip_.stretch = 4960;  // after the address of an empty write
  EXPECT_EQ(bus.transfer(Transfer().write(0x20, none).read(0x20, data)).error, 0);
  EXPECT_THAT(data, ElementsAre(0x5a));
}

TEST(ControllerTest, OnlyThePi5FreesAHeldBusByItself) {
  for (const auto rules : {ControllerRules::bcm2835, ControllerRules::any_mix}) {
    Bus bus({.rules = rules});
    Scripted chip(0x20);
    bus.attach(chip);
    bus.inject({.fault = Fault::hold_sda, .on = true, .value = 3});
    Bytes data{1};
    EXPECT_EQ(bus.transfer(Transfer().write(0x20, data)).error, ETIMEDOUT);
    EXPECT_EQ(bus.sda_held(), rules == ControllerRules::bcm2835);
    EXPECT_EQ(bus.transfer(Transfer().write(0x20, data)).error,
              rules == ControllerRules::bcm2835 ? ETIMEDOUT : 0);
  }
}

}  // namespace
}  // namespace picoctl::sim
