// The semantics and the timing of the bus.
#include "picoctl/virtual/bus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <deque>

#include "bus_test_tools.hpp"
#include "picoctl/virtual/devices.hpp"

namespace picoctl::sim {
namespace {

using testing::ElementsAre;

TEST(BusTime, AcknowledgedCommandTakes165Bits) {
  for (const auto& [speed, bit] : {std::pair{100'000U, 10'000U},
                                   {400'000U, 2'500U},
                                   {1'000'000U, 1'000U},
                                   {62'500U, 16'000U}}) {
    Bus bus({.speed_hz = speed});
    Scripted device(0x41);
    bus.attach(device);
    Bytes request(10, 0x55);
    Bytes head(6);
    const Outcome outcome = bus.transfer(Transfer().write(0x41, request).read(0x41, head));
    EXPECT_EQ(outcome.error, 0);
    EXPECT_EQ(outcome.end_ns - outcome.start_ns, 165ULL * bit) << speed;
    EXPECT_EQ(bus.now_ns(), outcome.end_ns);
  }
}

TEST(BusTime, EveryEventHasItsTime) {
  Bus bus({.speed_hz = 1'000'000});
  Scripted device(0x41);
  device.to_send = {0xab};
  Recorder recorder;
  bus.attach(device);
  bus.add_sink(recorder);
  Bytes written{0x01};
  Bytes read(1);
  bus.transfer(Transfer().write(0x41, written).read(0x41, read));
  EXPECT_THAT(recorder.text(),
              ElementsAre("0 start", "1000 address 82 ack", "10000 data 01 ack", "19000 restart",
                          "20000 address 83 ack", "29000 data ab read nack", "38000 stop"));
  EXPECT_EQ(bus.now_ns(), 39'000U);
}

TEST(BusTime, IdlePassesOnlyWhenTold) {
  Bus bus;
  Scripted device(0x41);
  bus.attach(device);
  device.wake_at = 500;
  bus.idle(2'000);
  EXPECT_EQ(bus.now_ns(), 2'000U);
  EXPECT_THAT(device.times, ElementsAre(500, 2'000));
  bus.idle_until(1'000);
  EXPECT_EQ(bus.now_ns(), 2'000U);
}

TEST(BusDevices, SeeOneTransferInOrder) {
  Bus bus;
  Scripted device(0x41);
  device.to_send = {1, 2};
  bus.attach(device);
  Bytes written{7, 8};
  Bytes read(2);
  EXPECT_EQ(bus.transfer(Transfer().write(0x41, written).read(0x41, read)).error, 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 7", "write 8", "restart", "start r",
                                        "read", "acked", "read", "nacked", "stop"));
  EXPECT_THAT(read, ElementsAre(1, 2));
}

TEST(BusDevices, NobodyElseIsDisturbed) {
  Bus bus;
  Scripted one(0x41);
  Scripted other(0x42);
  bus.attach(one);
  bus.attach(other);
  Bytes written{1};
  bus.transfer(Transfer().write(0x41, written));
  EXPECT_TRUE(other.calls.empty());
}

TEST(BusDevices, StopComesOnceAfterTwoTargetsInOneTransfer) {
  Bus bus;
  Scripted one(0x41);
  Scripted other(0x42);
  bus.attach(one);
  bus.attach(other);
  Bytes written{1};
  bus.transfer(Transfer().write(0x41, written).write(0x42, written));
  EXPECT_THAT(one.calls, ElementsAre("start w", "write 1", "restart", "stop"));
  EXPECT_THAT(other.calls, ElementsAre("start w", "write 1", "stop"));
}

TEST(BusDevices, QuickIsAnAddressAlone) {
  Bus bus;
  Scripted device(0x41);
  bus.attach(device);
  Bytes none;
  EXPECT_EQ(bus.transfer(Transfer().write(0x41, none)).error, 0);
  EXPECT_EQ(bus.now_ns(), 11U * bus.bit_ns());
  EXPECT_EQ(bus.transfer(Transfer().read(0x41, none)).error, 0);
  EXPECT_THAT(device.calls, ElementsAre("start w", "stop", "start r", "stop"));
  EXPECT_EQ(bus.transfer(Transfer().read(0x42, none)).error, EREMOTEIO);
}

TEST(BusErrors, AddressNack) {
  Bus bus;
  Recorder recorder;
  bus.add_sink(recorder);
  Bytes written{1};
  EXPECT_EQ(bus.transfer(Transfer().write(0x41, written)).error, EREMOTEIO);
  EXPECT_THAT(recorder.text(), ElementsAre("0 start", "10000 address 82 nack", "100000 stop"));
  EXPECT_EQ(bus.counters().nacks, 1U);
}

TEST(BusErrors, DataNackEndsTheTransfer) {
  Bus bus;
  Scripted device(0x41);
  device.accepts = 1;
  bus.attach(device);
  Bytes written{1, 2, 3};
  EXPECT_EQ(bus.transfer(Transfer().write(0x41, written)).error, EREMOTEIO);
  EXPECT_THAT(device.calls, ElementsAre("start w", "write 1", "write 2", "stop"));
  EXPECT_EQ(bus.now_ns(), (2U + 3 * 9) * bus.bit_ns());
}

TEST(BusErrors, ReadInTheMiddleNeedsAnyMix) {
  Scripted device(0x41);
  Bytes byte(1);
  Bus old;
  old.attach(device);
  EXPECT_EQ(old.transfer(Transfer().read(0x41, byte).write(0x41, byte)).error, EOPNOTSUPP);
  EXPECT_EQ(old.now_ns(), 0U);
  EXPECT_TRUE(device.calls.empty());
  Bus pi5({.rules = ControllerRules::any_mix});
  pi5.attach(device);
  EXPECT_EQ(pi5.transfer(Transfer().read(0x41, byte).write(0x41, byte)).error, 0);
}

TEST(BusErrors, FlagsAndLimits) {
  Bus bus;
  Scripted device(0x41);
  bus.attach(device);
  Bytes data(8193);
  Message message{.address = 0x41, .length = 1, .data = data.data()};
  const auto with_flags = [&](std::uint16_t flags) {
    message.flags = flags;
    return bus.transfer({&message, 1}).error;
  };
  EXPECT_EQ(with_flags(socket::flag_ten_bit), EOPNOTSUPP);
  EXPECT_EQ(with_flags(0x4000), EOPNOTSUPP);  // I2C_M_NOSTART
  EXPECT_EQ(with_flags(0x0400), EOPNOTSUPP);  // I2C_M_RECV_LEN
  EXPECT_EQ(with_flags(socket::flag_dma_safe), 0);
  message.address = 0x80;
  EXPECT_EQ(with_flags(0), EINVAL);
  message.address = 0x41;
  message.length = 8193;
  EXPECT_EQ(with_flags(0), EINVAL);
  EXPECT_EQ(bus.transfer({}).error, EINVAL);
  const std::vector<Message> many(43, {.address = 0x41});
  EXPECT_EQ(bus.transfer(many).error, EINVAL);
  EXPECT_EQ(bus.transfer(std::span(many).first(42)).error, 0);
}

TEST(BusStretch, TakesTimeBeforeTheReadByte) {
  Bus bus;
  Scripted device(0x41);
  device.to_send = {5};
  device.read_stretch = 7'500;
  Recorder recorder;
  bus.attach(device);
  bus.add_sink(recorder);
  Bytes read(1);
  EXPECT_EQ(bus.transfer(Transfer().read(0x41, read)).error, 0);
  EXPECT_THAT(recorder.text(), ElementsAre("0 start", "10000 address 83 ack", "100000 stretch 7500",
                                           "107500 data 05 read nack", "197500 stop"));
}

TEST(BusStretch, BeyondTheLimitIsATimeout) {
  Bus bus;
  Scripted device(0x41);
  device.read_stretch = Bus::stretch_limit_ns + 1;
  bus.attach(device);
  Bytes read(1);
  EXPECT_EQ(bus.transfer(Transfer().read(0x41, read)).error, ETIMEDOUT);
  device.read_stretch = Bus::stretch_limit_ns;
  EXPECT_EQ(bus.transfer(Transfer().read(0x41, read)).error, 0);
  device.read_stretch = forever;
  EXPECT_EQ(bus.transfer(Transfer().read(0x41, read)).error, ETIMEDOUT);
}

TEST(BusWiredAnd, SimpleChipsAreAndedBitByBit) {
  Bus bus;
  Scripted one(0x41);
  Scripted other(0x41);
  one.to_send = {0b1100'1010};
  other.to_send = {0b1010'0110};
  bus.attach(one);
  bus.attach(other);
  Bytes read(1);
  EXPECT_EQ(bus.transfer(Transfer().read(0x41, read)).error, 0);
  EXPECT_EQ(read[0], 0b1000'0010);
}

TEST(BusWiredAnd, TheLoserThatNoticesLetsGo) {
  Bus bus;
  Scripted loser(0x41);
  Scripted winner(0x41);
  loser.to_send = {0b1100'1010, 0x00};
  loser.notices_loss = true;
  winner.to_send = {0b1010'0110, 0xf1};
  winner.notices_loss = true;
  bus.attach(loser);
  bus.attach(winner);
  Bytes read(2);
  EXPECT_EQ(bus.transfer(Transfer().read(0x41, read)).error, 0);
  EXPECT_THAT(read, ElementsAre(0b1010'0110 & 0b1010'0110, 0xf1));
  EXPECT_THAT(loser.calls, ElementsAre("start r", "read", "lost", "stop"));
  EXPECT_THAT(winner.calls, ElementsAre("start r", "read", "acked", "read", "nacked", "stop"));
}

TEST(BusWiredAnd, OneAckIsEnough) {
  Bus bus;
  Scripted refuses(0x41);
  Scripted accepts(0x41);
  refuses.accepts = 0;
  bus.attach(refuses);
  bus.attach(accepts);
  Bytes written{1, 2};
  EXPECT_EQ(bus.transfer(Transfer().write(0x41, written)).error, 0);
  EXPECT_THAT(refuses.calls, ElementsAre("start w", "write 1", "stop"));
}

TEST(BusChips, RegistersRemember) {
  Bus bus;
  RegisterFile chip;
  bus.attach(chip);
  Bytes written{0xfe, 1, 2, 3};
  EXPECT_EQ(bus.transfer(Transfer().write(0x50, written)).error, 0);
  Bytes pointer{0xfe};
  Bytes read(3);
  EXPECT_EQ(bus.transfer(Transfer().write(0x50, pointer).read(0x50, read)).error, 0);
  EXPECT_THAT(read, ElementsAre(1, 2, 3));
  EXPECT_EQ(chip.bytes()[0], 3);
}

TEST(BusChips, PortExpanderCountsEveryByte) {
  Bus bus;
  Pcf8574 chip;
  bus.attach(chip);
  Bytes written{1, 2, 3};
  Bytes read(4);
  bus.transfer(Transfer().write(0x20, written));
  bus.transfer(Transfer().read(0x20, read));
  EXPECT_EQ(chip.bytes_received(), 3U);
  EXPECT_EQ(chip.starts(), 2U);
  EXPECT_THAT(read, ElementsAre(3, 3, 3, 3));
}

}  // namespace
}  // namespace picoctl::sim
