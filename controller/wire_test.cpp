#include "wire.hpp"

#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class Waiting : public ::testing::Test {
 protected:
  std::vector<long> pauses_until(Bus::Clock::time_point until, int count) {
    Pauses pauses(wire, until);
    std::vector<long> waited;
    for (int i = 0; i < count; ++i) {
      const auto start = bus.now();
      pauses.wait();
      waited.push_back(static_cast<long>((bus.now() - start) / 1us));
    }
    return waited;
  }
  static void expect_windows(Patience patience, std::initializer_list<long> windows) {
    Bus::Clock::time_point now{};
    for (const long window : windows) {
      patience.sent(now);
      EXPECT_FALSE(patience.over(now + window * 1ms - 1us)) << window;
      EXPECT_TRUE(patience.over(now + window * 1ms)) << window;
    }
  }
  TestBus bus;
  LinkCounters counters;
  Wire wire{bus, 0x41, counters};
};

TEST_F(Waiting, PausesAreNoneAtFirstThenLongerUpTo10ms) {
  EXPECT_EQ(pauses_until(bus.now() + 1h, 12),
            (std::vector<long>{0, 50, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000}));
}

TEST_F(Waiting, PausesOfAMailboxBeginLonger) {
  wire.set_mailbox(true);
  EXPECT_EQ(pauses_until(bus.now() + 1h, 7),
            (std::vector<long>{500, 1000, 2000, 4000, 8000, 10000, 10000}));
}

TEST_F(Waiting, PausesGoNeverFarBeyondTheDeadline) {
  const auto until = bus.now() + 70us;
  pauses_until(until, 5);
  EXPECT_GE(bus.now(), until);
  EXPECT_LE(bus.now(), until + 2us);
}

TEST_F(Waiting, PatienceGrowsWithEachSending) {
  expect_windows(Patience(wire), {2, 8, 32, 128, 512, 512});
}

TEST_F(Waiting, PatienceWithAMailboxBeginsLonger) {
  wire.set_mailbox(true);
  expect_windows(Patience(wire), {50, 200, 200});
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
