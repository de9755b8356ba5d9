#include "wire.hpp"

#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

TEST(Pauses, NoneAtFirstThenLongerUpTo10ms) {
  TestBus bus;
  Pauses pauses(bus, bus.now() + 1h);
  std::vector<long> waited;
  for (int i = 0; i < 12; ++i) {
    const auto start = bus.now();
    pauses.wait();
    waited.push_back(static_cast<long>((bus.now() - start) / 1us));
  }
  EXPECT_EQ(waited,
            (std::vector<long>{0, 50, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000}));
}

TEST(Pauses, NeverFarBeyondTheDeadline) {
  TestBus bus;
  const auto until = bus.now() + 70us;
  Pauses pauses(bus, until);
  for (int i = 0; i < 5; ++i) pauses.wait();
  EXPECT_GE(bus.now(), until);
  EXPECT_LE(bus.now(), until + 2us);
}

TEST(Patience, GrowsWithEachSending) {
  Patience patience;
  Bus::Clock::time_point now{};
  for (const auto window : {2ms, 8ms, 32ms, 128ms, 512ms, 512ms}) {
    patience.sent(now);
    EXPECT_FALSE(patience.over(now + window - 1us));
    EXPECT_TRUE(patience.over(now + window));
  }
}

TEST(Wire, ReadsOnWhereItStopped) {
  TestPico pico;
  auto bus = TestBus();
  bus.picos = {&pico};
  LinkCounters counters;
  Wire wire(bus, 0x41, counters);
  ASSERT_TRUE(wire.ask(std::array<std::uint8_t, 1>{registers::response}, 3));
  EXPECT_EQ(wire.answer().size(), 3U);
  ASSERT_TRUE(wire.read_rest(head_size));
  EXPECT_EQ(wire.answer().size(), head_size);
  EXPECT_EQ(parse_head(wire.answer())->state, State::idle);
  EXPECT_TRUE(head_crc_matches(wire.answer(), 0x41, public_key));
}

// No register number is left for the byte where it stopped: it reads again from the last there is.
TEST(Wire, ReadsOnAlsoBehindTheLastRegister) {
  TestPico pico;
  auto bus = TestBus();
  bus.picos = {&pico};
  LinkCounters counters;
  Wire wire(bus, 0x41, counters);
  ASSERT_TRUE(wire.ask(std::array<std::uint8_t, 1>{registers::response}, 100));
  ASSERT_TRUE(wire.read_rest(120));
  EXPECT_EQ(wire.answer().size(), 120U);
  EXPECT_EQ(bus.written.back(), (std::vector<std::uint8_t>{0xFF}));
  EXPECT_EQ(bus.read_sizes.back(), 120U - 47U);
}

TEST(Wire, AFailedTransactionLeavesNoAnswer) {
  TestBus bus;
  LinkCounters counters;
  Wire wire(bus, 0x41, counters);
  EXPECT_FALSE(wire.poll(head_size));
  EXPECT_TRUE(wire.answer().empty());
  EXPECT_EQ(counters.bus_errors, 1U);
}

TEST(Wire, PendingIsKnownByItsCheck) {
  auto bytes = head_bytes(public_key, State::pending, {public_slot, 0});
  EXPECT_TRUE(shows_pending(bytes, 0x41));
  EXPECT_FALSE(shows_pending(bytes, 0x42));
  bytes[3] ^= 1;
  EXPECT_FALSE(shows_pending(bytes, 0x41));
  EXPECT_FALSE(shows_pending(head_bytes(public_key, State::idle, {public_slot, 0}), 0x41));
  EXPECT_FALSE(shows_pending(head_bytes(public_key, State::pending, {0, 1}), 0x41));
  EXPECT_FALSE(shows_pending({}, 0x41));
}

}  // namespace
}  // namespace picoctl::controller::test
