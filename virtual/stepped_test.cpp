// A transaction byte by byte: what the targets hear of it, what is on the wires, and what faults do.
#include "picoctl/virtual/stepped.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

#include "bus_test_tools.hpp"

namespace picoctl::sim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint8_t to_write = 0x82;  // address bytes of 0x41
constexpr std::uint8_t to_read = 0x83;

class SteppedTest : public testing::Test {
 protected:
  SteppedTest() {
    bus.attach(device);
    bus.add_sink(recorder);
  }
  // A read of one byte, to its end.
  std::uint8_t read_one() {
    EXPECT_EQ(steps.start(to_read, false).value, 1);
    const std::uint8_t byte = steps.read().value;
    EXPECT_EQ(steps.acknowledge(false, 0xff).error, 0);
    EXPECT_EQ(steps.stop().error, 0);
    return byte;
  }

  Bus bus;
  Scripted device{0x41};
  Recorder recorder;
  SteppedTransaction steps{bus};
};

TEST_F(SteppedTest, IsOnTheWiresWhatATransferIs) {
  device.to_send = {0x5a, 0xa5, 0x5a, 0xa5};
  device.read_stretch = 3'000;
  Bytes pointer{7};
  Bytes data(2);
  ASSERT_EQ(bus.transfer(Transfer().write(0x41, pointer).read(0x41, data)).error, 0);
  const auto heard = device.calls;
  const auto seen = recorder.text();
  const std::uint64_t took = bus.now_ns();
  device.calls.clear();
  recorder.events.clear();

  EXPECT_EQ(steps.start(to_write, false).value, 1);
  EXPECT_EQ(steps.write(7, false).value, 1);
  EXPECT_EQ(steps.start(to_read, false).value, 1);
  auto read = steps.read();
  EXPECT_EQ(read.value, 0x5a);
  EXPECT_EQ(read.stretch_ns, 3'000U);
  EXPECT_EQ(steps.acknowledge(true, 0xff).error, 0);
  EXPECT_EQ(steps.read().value, 0xa5);
  EXPECT_EQ(steps.acknowledge(false, 0xff).error, 0);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_FALSE(steps.begun());
  EXPECT_EQ(device.calls, heard);
  EXPECT_EQ(bus.now_ns(), 2 * took);
  for (WireEvent& event : recorder.events) event.time_ns -= took;
  EXPECT_EQ(recorder.text(), seen);
  ASSERT_EQ(recorder.outcomes.size(), 2U);
  EXPECT_EQ(recorder.outcomes[1].error, 0);
  EXPECT_EQ(recorder.outcomes[1].id, 2U);
}

TEST_F(SteppedTest, ANackIsAValueAndTheObserversSeeTheTransferFail) {
  EXPECT_EQ(steps.start(0x40, false).value, 0);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_EQ(recorder.outcomes.at(0).error, EREMOTEIO);
  device.accepts = 1;
  EXPECT_EQ(steps.start(to_write, false).value, 1);
  EXPECT_EQ(steps.write(1, false).value, 1);
  EXPECT_EQ(steps.write(2, false).value, 0);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 1", "write 2", "stop"));
  EXPECT_EQ(bus.counters().nacks, 2U);
}

TEST_F(SteppedTest, TheRulesOfThePiDoNotBind) {
  device.to_send = {1};
  EXPECT_EQ(steps.start(to_read, false).value, 1);
  EXPECT_EQ(steps.read().value, 1);
  EXPECT_EQ(steps.acknowledge(false, 0xff).error, 0);
  EXPECT_EQ(steps.start(to_write, false).value, 1);
  EXPECT_EQ(steps.write(9, false).value, 1);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_EQ(recorder.outcomes.at(0).error, 0);
}

TEST_F(SteppedTest, ItsOwnDeviceIsNotCalledAndItsAcknowledgeIsOnTheWires) {
  Scripted own{0x41};
  bus.attach(own);
  SteppedTransaction mine(bus, &own);
  device.accepts = 0;
  EXPECT_EQ(mine.start(to_write, true).value, 1);
  EXPECT_EQ(mine.write(5, true).value, 1);
  EXPECT_EQ(mine.write(6, true).value, 1);
  EXPECT_EQ(mine.stop().error, 0);
  EXPECT_THAT(own.calls, IsEmpty());
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 5", "stop"));
  EXPECT_EQ(recorder.outcomes.at(0).error, 0);
  EXPECT_THAT(recorder.text(), Contains("190000 data 06 ack"));
}

TEST_F(SteppedTest, ZerosFromElsewhereOverruleWhoSendsAOne) {
  device.to_send = {0b1100'0000, 0};
  device.notices_loss = true;
  EXPECT_EQ(steps.start(to_read, true).value, 1);
  EXPECT_EQ(steps.read().value, 0b1100'0000);
  EXPECT_EQ(steps.acknowledge(true, 0b1000'0000).error, 0);
  EXPECT_EQ(steps.read().value, 0xff) << "it has let go";
  EXPECT_EQ(steps.acknowledge(false, 0x80).error, 0);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_THAT(device.calls, ElementsAre("start r", "read", "lost", "stop"));
  EXPECT_THAT(recorder.text(), Contains("100000 data 80 read ack"));
}

TEST_F(SteppedTest, WhoSaysNothingMoreIsEndedWithNackAndStop) {
  device.to_send = {1};
  EXPECT_EQ(steps.start(to_read, false).value, 1);
  EXPECT_EQ(steps.read().value, 1);
  steps.end(ETIMEDOUT);
  EXPECT_THAT(device.calls, ElementsAre("start r", "read", "nacked", "stop"));
  EXPECT_EQ(recorder.outcomes.at(0).error, ETIMEDOUT);
  {
    SteppedTransaction gone(bus);
    EXPECT_EQ(gone.start(to_write, false).value, 1);
  }
  EXPECT_EQ(recorder.outcomes.at(1).error, EIO);
  EXPECT_EQ(device.calls.back(), "stop");
}

TEST_F(SteppedTest, ADeviceThatGoesAwayAnswersNothingMore) {
  EXPECT_EQ(steps.start(to_write, false).value, 1);
  ASSERT_EQ(bus.inject({.fault = Fault::vanish, .address = 0x41}), 0);
  EXPECT_EQ(steps.write(1, false).value, 0);
  EXPECT_EQ(steps.stop().error, 0);
  ASSERT_EQ(bus.inject({.fault = Fault::restore, .address = 0x41}), 0);
  {
    auto guest = std::make_unique<Scripted>(0x42);
    bus.attach(*guest);
    EXPECT_EQ(steps.start(0x85, false).value, 1);
    bus.detach(*guest);
  }
  EXPECT_EQ(steps.read().value, 0xff);
  EXPECT_EQ(steps.acknowledge(true, 0xff).error, 0);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_THAT(device.calls, ElementsAre("start w"));
}

TEST_F(SteppedTest, APauseIsTimeOnTheWires) {
  EXPECT_EQ(steps.start(to_write, false).value, 1);
  steps.pause(40'000);
  EXPECT_EQ(steps.write(1, false).value, 1);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_EQ(bus.now_ns(), 20 * bus.bit_ns() + 40'000);
  EXPECT_EQ(device.times.back(), bus.now_ns());
}

// --- faults ---

TEST_F(SteppedTest, BitsFlipForItAsForAnybody) {
  ASSERT_EQ(bus.inject({.fault = Fault::flip_bit, .value = 15}), 0);
  EXPECT_EQ(steps.start(to_write, false).value, 1);
  EXPECT_EQ(steps.write(0x10, false).value, 1);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 17", "stop"));
  ASSERT_EQ(bus.inject({.fault = Fault::flip_ack, .value = 0}), 0);
  EXPECT_EQ(steps.start(to_write, false).value, 0);
  EXPECT_EQ(steps.stop().error, 0);
  EXPECT_EQ(bus.counters().faults_applied, 2U);
}

TEST_F(SteppedTest, AnErrorEndsIt) {
  const auto start_after = [&](const FaultRequest& fault) {
    EXPECT_EQ(bus.inject(fault), 0);
    const int error = steps.start(to_write, false).error;
    EXPECT_FALSE(steps.begun());
    bus.clear_faults();
    return error;
  };
  EXPECT_EQ(start_after({.fault = Fault::busy, .value = 1}), EBUSY);
  EXPECT_EQ(start_after({.fault = Fault::lose_arbitration, .value = 1}), EAGAIN);
  EXPECT_EQ(start_after({.fault = Fault::hold_scl}), ETIMEDOUT);
  EXPECT_EQ(start_after({.fault = Fault::freeze, .address = 0x41}), ETIMEDOUT);
  EXPECT_EQ(start_after({.fault = Fault::cut, .value = 0}), EIO);
  EXPECT_EQ(start_after({.fault = Fault::inject_panic, .value = 3}), EIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "stop")) << "of the one that was cut";
  EXPECT_EQ(read_one(), 0xff);
}

TEST_F(SteppedTest, ArbitrationIsLostInAByte) {
  ASSERT_EQ(bus.inject({.fault = Fault::lose_arbitration, .address = 1, .value = 1}), 0);
  EXPECT_EQ(steps.start(to_write, false).value, 1);
  EXPECT_EQ(steps.write(0x03, false).error, EAGAIN);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 2", "stop"));
}

TEST_F(SteppedTest, ASecondControllerDoesNotReachWhoWaits) {
  ASSERT_EQ(bus.inject({.fault = Fault::second_controller, .address = 0x41, .value = 2}), 0);
  EXPECT_EQ(read_one(), 0xff);
  EXPECT_THAT(device.calls, Contains("write 0"));
  device.calls.clear();
  SteppedTransaction mine(bus, &device);
  EXPECT_EQ(mine.start(0x60, false).value, 0);
  EXPECT_EQ(mine.stop().error, 0);
  EXPECT_THAT(device.calls, IsEmpty());
}

TEST_F(SteppedTest, FaultsOfADriverFindNothing) {
  for (const Fault fault :
       {Fault::skip_read, Fault::double_frame, Fault::lose_answer, Fault::hang_up}) {
    ASSERT_EQ(bus.inject({.fault = fault, .value = 1}), 0);
  }
  device.to_send = {3};
  EXPECT_EQ(read_one(), 3);
  EXPECT_EQ(bus.counters().faults_missed, 4U);
  EXPECT_EQ(bus.faults_pending(), 0U);
}

TEST(SteppedModels, AClockThatThePiOfTheBusWouldMissIsWaitedFor) {
  Bus bus({.speed_hz = 100'000, .stretching = Stretching::every_check});
  Scripted device{0x41};
  bus.attach(device);
  device.to_send = {0x5a};
  device.read_stretch = 4'960;  // 40 ns before the next look of a Pi 0-4: see controller_test.cpp
  SteppedTransaction steps(bus);
  EXPECT_EQ(steps.start(to_read, false).value, 1);
  EXPECT_EQ(steps.read().value, 0x5a);
}

}  // namespace
}  // namespace picoctl::sim
