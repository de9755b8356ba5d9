// Faults that are asked for: what each does to the wires, the devices and the controller.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "bus_test_tools.hpp"
#include "picoctl/virtual/devices.hpp"

namespace picoctl::sim {
namespace {

using testing::ElementsAre;

class FaultTest : public testing::Test {
 protected:
  FaultTest() {
    bus.attach(device);
    bus.add_sink(recorder);
  }
  int write(Bytes data) { return bus.transfer(Transfer().write(0x41, data)).error; }
  int read(std::size_t size) {
    last_read.assign(size, 0);
    return bus.transfer(Transfer().read(0x41, last_read)).error;
  }

  Bus bus;
  Scripted device{0x41};
  Recorder recorder;
  Bytes last_read;
};

TEST_F(FaultTest, FlippedDataBitReachesTheDevice) {
  ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .value = 8 + 7}), 0);
  EXPECT_EQ(write({0x10}), 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 17", "stop"));
  EXPECT_EQ(recorder.text()[2], "100000 data 11 ack flipped 01");
  EXPECT_EQ(bus.counters().faults_applied, 1U);
  EXPECT_EQ(write({0x10}), 0);
  EXPECT_EQ(device.calls[4], "write 16");
}

TEST_F(FaultTest, FlippedBitOfAReadReachesTheController) {
  device.to_send = {0x00, 0x00};
  ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .value = 16}), 0);
  EXPECT_EQ(read(2), 0);
  EXPECT_THAT(last_read, ElementsAre(0x00, 0x80));
}

TEST_F(FaultTest, SkipCountsTransfersAndALateBitIsMissed) {
  ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .skip = 1, .value = 15}), 0);
  ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .skip = 2, .value = 16}), 0);
  EXPECT_EQ(bus.faults_pending(), 2U);
  write({0});
  write({0});
  write({0});
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 0", "stop", "start w", "write 1", "stop",
                                        "start w", "write 0", "stop"));
  EXPECT_EQ(bus.counters().faults_applied, 1U);
  EXPECT_EQ(bus.counters().faults_missed, 1U);
  EXPECT_EQ(bus.faults_pending(), 0U);
}

TEST_F(FaultTest, FlippedAddressBitReachesAnother) {
  Scripted other(0x40);
  bus.attach(other);
  ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .value = 6}), 0);
  EXPECT_EQ(write({5}), 0);
  EXPECT_TRUE(device.calls.empty());
  EXPECT_THAT(other.calls, ElementsAre("start w", "write 5", "stop"));
}

TEST_F(FaultTest, FlippedDirectionMakesAWriteFail) {
  device.to_send = {0x0f};
  ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .value = 7}), 0);
  EXPECT_EQ(write({0xf5, 1}), EREMOTEIO);
  EXPECT_THAT(device.calls, ElementsAre("start r", "read", "lost", "nacked", "stop"));
  EXPECT_EQ(recorder.text()[2], "100000 data 05 nack");
}

TEST_F(FaultTest, FlippedDirectionMakesAReadAWriteOfOnes) {
  ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .value = 7}), 0);
  EXPECT_EQ(read(2), 0);
  EXPECT_THAT(last_read, ElementsAre(0xff, 0xff));
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 255", "write 255", "stop"));
}

TEST_F(FaultTest, LostAckAfterTheAddress) {
  ASSERT_EQ(bus.inject({.fault = Fault::flip_ack, .value = 0}), 0);
  EXPECT_EQ(write({5}), EREMOTEIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "stop"));
}

TEST_F(FaultTest, LostAckAfterAByteThatArrived) {
  ASSERT_EQ(bus.inject({.fault = Fault::flip_ack, .value = 1}), 0);
  EXPECT_EQ(write({5, 6}), EREMOTEIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 5", "stop"));
  EXPECT_EQ(recorder.text()[2], "100000 data 05 nack ack-flipped");
}

TEST_F(FaultTest, AckFromNowhere) {
  device.address = 0x42;
  ASSERT_EQ(bus.inject({.fault = Fault::flip_ack, .value = 0}), 0);
  EXPECT_EQ(read(1), 0);
  EXPECT_THAT(last_read, ElementsAre(0xff));
}

TEST_F(FaultTest, LostControllerAckEndsTheTargetsSending) {
  device.to_send = {1, 2, 3};
  ASSERT_EQ(bus.inject({.fault = Fault::flip_ack, .value = 1}), 0);
  EXPECT_EQ(read(3), 0);
  EXPECT_THAT(last_read, ElementsAre(1, 0xff, 0xff));
  EXPECT_THAT(device.calls, ElementsAre("start r", "read", "nacked", "stop"));
}

TEST_F(FaultTest, LastNackSeenAsAckLoadsOneByteMore) {
  device.to_send = {1, 2};
  ASSERT_EQ(bus.inject({.fault = Fault::flip_ack, .value = 1}), 0);
  EXPECT_EQ(read(1), 0);
  EXPECT_THAT(device.calls, ElementsAre("start r", "read", "acked", "read", "stop"));
}

TEST_F(FaultTest, NackAddressForTwoTransfers) {
  ASSERT_EQ(bus.inject({.fault = Fault::nack_address, .value = 2}), 0);
  EXPECT_EQ(write({1}), EREMOTEIO);
  EXPECT_EQ(write({1}), EREMOTEIO);
  EXPECT_EQ(write({1}), 0);
  EXPECT_EQ(device.calls.size(), 3U);
}

TEST_F(FaultTest, VanishAndComeBack) {
  ASSERT_EQ(bus.inject({.fault = Fault::vanish, .address = 0x41}), 0);
  EXPECT_EQ(write({1}), EREMOTEIO);
  EXPECT_EQ(bus.rows()[0].state, socket::DeviceState::vanished);
  ASSERT_EQ(bus.inject({.fault = Fault::restore, .address = 0x41}), 0);
  EXPECT_EQ(write({1}), 0);
  EXPECT_EQ(bus.inject({.fault = Fault::vanish, .address = 0x42}), EINVAL);
}

TEST_F(FaultTest, OneOfTwoAtAnAddressByIndex) {
  Scripted twin(0x41);
  bus.attach(twin);
  ASSERT_EQ(bus.inject({.fault = Fault::vanish, .address = socket::by_index + 0}), 0);
  EXPECT_EQ(write({1}), 0);
  EXPECT_TRUE(device.calls.empty());
  EXPECT_EQ(twin.calls.size(), 3U);
  EXPECT_EQ(bus.inject({.fault = Fault::vanish, .address = socket::by_index + 2}), EINVAL);
}

TEST_F(FaultTest, FrozenDeviceHoldsTheWholeBus) {
  Scripted other(0x42);
  bus.attach(other);
  Bytes byte{1};
  ASSERT_EQ(bus.inject({.fault = Fault::freeze, .address = 0x41}), 0);
  EXPECT_EQ(bus.transfer(Transfer().write(0x42, byte)).error, 0);
  EXPECT_EQ(write({1}), ETIMEDOUT);
  EXPECT_TRUE(bus.scl_held());
  EXPECT_EQ(bus.transfer(Transfer().write(0x42, byte)).error, ETIMEDOUT);
  EXPECT_EQ(bus.recover(), ETIMEDOUT);
  ASSERT_EQ(bus.inject({.fault = Fault::restore, .address = 0x41}), 0);
  EXPECT_EQ(write({1}), 0);
}

TEST_F(FaultTest, StuckLinesTakeTheTimeoutAndNoDeviceHears) {
  for (const Fault line : {Fault::hold_sda, Fault::hold_scl}) {
    const std::uint64_t before = bus.now_ns();
    ASSERT_EQ(bus.inject({.fault = line}), 0);
    EXPECT_EQ(write({1}), ETIMEDOUT);
    EXPECT_EQ(bus.now_ns() - before, Bus::stretch_limit_ns);
    ASSERT_EQ(bus.inject({.fault = line, .on = false}), 0);
  }
  EXPECT_TRUE(device.calls.empty());
  EXPECT_EQ(write({1}), 0);
}

TEST_F(FaultTest, RecoveryClocksUntilSdaIsFree) {
  ASSERT_EQ(bus.inject({.fault = Fault::hold_sda, .value = 3}), 0);
  EXPECT_EQ(write({1}), ETIMEDOUT);
  EXPECT_EQ(bus.recover(), 0);
  EXPECT_EQ(recorder.text()[1], "35000000 pulses 03");
  EXPECT_EQ(recorder.text()[2], "35030000 stop");
  EXPECT_EQ(write({1}), 0);
  ASSERT_EQ(bus.inject({.fault = Fault::hold_sda, .value = 12}), 0);
  EXPECT_EQ(bus.recover(), ETIMEDOUT);
  EXPECT_EQ(bus.recover(), 0);
}

// Pulses on a clock that is held low are none, and nobody may count them.
TEST_F(FaultTest, RecoveryGivesNoPulseWhileTheClockIsHeld) {
  ASSERT_EQ(bus.inject({.fault = Fault::hold_sda, .value = 3}), 0);
  ASSERT_EQ(bus.inject({.fault = Fault::hold_scl}), 0);
  EXPECT_EQ(bus.recover(), ETIMEDOUT);
  for (const std::string& line : recorder.text()) {
    EXPECT_EQ(line.find("pulses"), std::string::npos) << line;
  }
  ASSERT_EQ(bus.inject({.fault = Fault::hold_scl, .on = false}), 0);
  EXPECT_EQ(bus.recover(), 0);
}

TEST_F(FaultTest, ArbitrationLostAndBusy) {
  ASSERT_EQ(bus.inject({.fault = Fault::lose_arbitration, .value = 1}), 0);
  EXPECT_EQ(write({1}), EAGAIN);
  ASSERT_EQ(bus.inject({.fault = Fault::busy, .value = 2}), 0);
  EXPECT_EQ(write({1}), EBUSY);
  EXPECT_EQ(write({1}), EBUSY);
  EXPECT_TRUE(device.calls.empty());
  EXPECT_EQ(write({1}), 0);
  EXPECT_EQ(bus.counters().faults_applied, 3U);
}

TEST_F(FaultTest, CutEndsWithStop) {
  ASSERT_EQ(bus.inject({.fault = Fault::cut, .value = 1}), 0);
  EXPECT_EQ(write({1, 2, 3}), EIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 1", "stop"));
}

TEST_F(FaultTest, SkippedReadSaysSuccess) {
  device.to_send = {9};
  ASSERT_EQ(bus.inject({.fault = Fault::skip_read}), 0);
  Bytes written{1};
  Bytes read_into{0x77};
  const Outcome outcome = bus.transfer(Transfer().write(0x41, written).read(0x41, read_into));
  EXPECT_EQ(outcome.error, 0);
  EXPECT_TRUE(outcome.read_skipped);
  EXPECT_THAT(read_into, ElementsAre(0x77));
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 1", "stop"));
}

TEST_F(FaultTest, MeaninglessRequestsAndTooMany) {
  EXPECT_EQ(bus.inject({.fault = Fault::nack_address, .value = 0}), EINVAL);
  EXPECT_EQ(bus.inject({.fault = static_cast<Fault>(99)}), EINVAL);
  for (int i = 0; i < 256; ++i) EXPECT_EQ(bus.inject({.fault = Fault::flip_bit}), 0);
  EXPECT_EQ(bus.inject({.fault = Fault::flip_bit}), ENOSPC);
  EXPECT_EQ(bus.inject({.fault = Fault::clear}), 0);
  EXPECT_EQ(bus.faults_pending(), 0U);
}

// No bit of an exchange can be inverted without somebody seeing another byte or another device.
TEST_F(FaultTest, EveryBitOfAnExchangeChangesTheWire) {
  for (std::uint32_t bit = 0; bit < 6 * 8; ++bit) {
    const std::uint64_t applied = bus.counters().faults_applied;
    device.to_send = {1, 2};
    Bytes written{3, 4};
    Bytes read_into(2);
    ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .value = bit}), 0);
    const Outcome outcome = bus.transfer(Transfer().write(0x41, written).read(0x41, read_into));
    if (outcome.error == 0) {
      EXPECT_EQ(bus.counters().faults_applied, applied + 1) << bit;
    }
    bus.clear_faults();
  }
}

}  // namespace
}  // namespace picoctl::sim
