// Faults of the wires themselves: lost and doubled pulses, controllers that go away or fight, resets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "bus_test_tools.hpp"
#include "picoctl/virtual/devices.hpp"

namespace picoctl::sim {
namespace {

using testing::ElementsAre;

class WireFaultTest : public testing::Test {
 protected:
  WireFaultTest() { bus.attach(device); }
  int write(Bytes data) { return bus.transfer(Transfer().write(0x41, data)).error; }
  int read(std::size_t size) {
    last_read.assign(size, 0);
    return bus.transfer(Transfer().read(0x41, last_read)).error;
  }
  void inject(const FaultRequest& fault) { ASSERT_EQ(bus.inject(fault), 0); }

  Bus bus;
  Scripted device{0x41};
  Bytes last_read;
};

TEST_F(WireFaultTest, ABurstInvertsThePatternAcrossBytes) {
  inject({.fault = Fault::burst, .address = 0x8101, .value = 12});
  EXPECT_EQ(write({0x00, 0x00}), 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 8", "write 16", "stop"));
  EXPECT_EQ(bus.counters().faults_applied, 1U);
}

TEST_F(WireFaultTest, ADoubledPulseShiftsAWrittenByteAndItsAcknowledgeIsMissed) {
  inject({.fault = Fault::slip, .value = 8 + 1});
  EXPECT_EQ(write({0b10110011, 7}), EREMOTEIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 153", "stop"));  // 10011001
}

TEST_F(WireFaultTest, AMissedPulseLeavesAWrittenByteUnfinished) {
  inject({.fault = Fault::slip, .on = false, .value = 8 + 1});
  EXPECT_EQ(write({0b10110011, 7}), EREMOTEIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "stop"));
}

TEST_F(WireFaultTest, ASlipInAReadShiftsItAndEndsTheSending) {
  device.to_send = {0b10110011, 1, 2};
  inject({.fault = Fault::slip, .value = 8 + 1});
  EXPECT_EQ(read(3), 0);
  EXPECT_THAT(last_read, ElementsAre(0b10100111, 0xff, 0xff));
  device.to_send = {0b10110011, 1, 2};
  inject({.fault = Fault::slip, .on = false, .value = 8 + 1});
  EXPECT_EQ(read(3), 0);
  EXPECT_THAT(last_read, ElementsAre(0b10011001, 0xff, 0xff));
}

TEST_F(WireFaultTest, StretchTakesItsTimeOrEndsTheTransfer) {
  inject({.fault = Fault::stretch, .address = 500, .value = 0});
  EXPECT_EQ(write({1}), 0);
  EXPECT_EQ(bus.now_ns(), 20 * 10'000U + 500'000U);
  inject({.fault = Fault::stretch, .on = false, .value = 1});
  EXPECT_EQ(write({1, 2}), ETIMEDOUT);
}

TEST_F(WireFaultTest, FramesComeTwiceAndAnswersAreNotTold) {
  inject({.fault = Fault::double_frame, .value = 1});
  EXPECT_EQ(write({1}), 0);
  EXPECT_THAT(device.calls,
              ElementsAre("start w", "write 1", "stop", "start w", "write 1", "stop"));
  device.calls.clear();
  inject({.fault = Fault::lose_answer, .value = 1});
  EXPECT_EQ(write({2}), EIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 2", "stop"));
}

TEST_F(WireFaultTest, WithoutStopTheDeviceHearsOfTheEndLater) {
  inject({.fault = Fault::lose_stop});
  EXPECT_EQ(write({1}), 0);
  EXPECT_EQ(write({2}), 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 1", "start w", "write 2", "stop"));
}

TEST_F(WireFaultTest, AnotherControllerWinsAtAByteAndItsByteArrives) {
  inject({.fault = Fault::lose_arbitration, .address = 2, .value = 1});
  EXPECT_EQ(write({1, 0b0110, 3}), EAGAIN);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 1", "write 4", "stop"));
  inject({.fault = Fault::lose_arbitration, .address = 1, .value = 1});
  EXPECT_EQ(write({0}), 0) << "nobody can win against zeros";
  EXPECT_EQ(bus.counters().faults_missed, 1U);
}

TEST_F(WireFaultTest, AnotherControllerReadsInBetween) {
  inject({.fault = Fault::second_controller, .address = 0x41, .value = 1});
  EXPECT_EQ(write({9}), 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 0", "restart", "start r", "read", "acked",
                                        "read", "nacked", "stop", "start w", "write 9", "stop"));
}

TEST_F(WireFaultTest, ADeviceAnswersAtASecondAddress) {
  Bytes byte{5};
  inject({.fault = Fault::answer_at, .address = 0x41, .value = 0x50});
  EXPECT_EQ(bus.transfer(Transfer().write(0x50, byte)).error, 0);
  EXPECT_EQ(bus.rows().size(), 2U);
  inject({.fault = Fault::answer_at, .on = false, .address = 0x41, .value = 0x50});
  EXPECT_EQ(bus.transfer(Transfer().write(0x50, byte)).error, EREMOTEIO);
}

TEST_F(WireFaultTest, WhoCannotBeResetSaysSo) {
  EXPECT_EQ(bus.inject({.fault = Fault::reset, .address = 0x42, .value = 0}), EINVAL);
  EXPECT_EQ(bus.inject({.fault = Fault::power_loss_at_flash, .address = 0x41}), EOPNOTSUPP);
}

TEST_F(WireFaultTest, HangUpIsTold) {
  inject({.fault = Fault::hang_up});
  Bytes byte{5};
  const Outcome outcome = bus.transfer(Transfer().write(0x41, byte));
  EXPECT_TRUE(outcome.hang_up);
  EXPECT_EQ(outcome.error, EIO);
}

// --- the controller goes away ---

TEST_F(WireFaultTest, GoneAmidAWrittenByteNothingOfItArrives) {
  inject({.fault = Fault::inject_panic, .value = 2 * 9 + 5});
  EXPECT_EQ(write({1, 2, 3}), EIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 1"));
  EXPECT_FALSE(bus.sda_held());
  EXPECT_EQ(write({4}), 0);
}

TEST_F(WireFaultTest, GoneAmidAReadByteSdaIsHeldUntilItsNextOne) {
  device.to_send = {0b11100010};
  inject({.fault = Fault::inject_panic, .value = 9 + 3});
  EXPECT_EQ(read(2), EIO);
  EXPECT_TRUE(bus.sda_held());
  EXPECT_EQ(write({1}), ETIMEDOUT);
  EXPECT_EQ(bus.recover(), 0);
  EXPECT_FALSE(bus.sda_held());
  EXPECT_EQ(device.calls.back(), "stop");
  EXPECT_EQ(write({1}), 0);
}

TEST_F(WireFaultTest, RecoveryEndsWithinNinePulsesFromEveryPulseOfEveryByte) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (std::uint32_t pulse = 0; pulse < 9; ++pulse) {
      device.to_send = {static_cast<std::uint8_t>(byte)};
      inject({.fault = Fault::inject_panic, .value = 9 + pulse});
      EXPECT_EQ(read(1), EIO);
      ASSERT_EQ(bus.recover(), 0) << byte << " at " << pulse;
      ASSERT_FALSE(bus.sda_held());
    }
  }
}

// The kernel's words: "either check SDA or send additional STOP conditions", or random data is written.
TEST_F(WireFaultTest, AnIncompleteWriteIsFreedWithoutAByteWritten) {
  inject({.fault = Fault::incomplete_write_byte, .address = 0x41});
  EXPECT_TRUE(bus.sda_held());
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 0"));
  EXPECT_EQ(bus.recover(), 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 0", "stop"));
}

TEST_F(WireFaultTest, ABlindRecoveryWouldWriteAByte) {
  inject({.fault = Fault::incomplete_write_byte, .address = 0x41});
  for (int pulse = 0; pulse < 9; ++pulse) device.clocked();
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 0", "write 255"));
}

TEST_F(WireFaultTest, AnIncompleteAddressIsFreedThoughTheByteBehindItIsZero) {
  device.to_send = {0x00};
  inject({.fault = Fault::incomplete_address_phase, .address = 0x41});
  EXPECT_TRUE(bus.sda_held());
  EXPECT_EQ(bus.recover(), 0);
  EXPECT_THAT(device.calls, ElementsAre("start r", "read", "nacked", "stop"));
}

}  // namespace
}  // namespace picoctl::sim
