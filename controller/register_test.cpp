#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class RegisterTest : public ConnectionTest {
 protected:
  RegisterTest() { open(); }
  Expected<Value> set(std::string_view which, std::vector<Value> values) {
    const auto done = connection->set(which, values);
    if (!done) return Unexpected{done.error()};
    return Value();
  }
};

TEST_F(RegisterTest, ReadsWhatWasWritten) {
  ASSERT_TRUE(set("speed", {0x1234}));
  EXPECT_EQ(*connection->get("speed"), 0x1234);
  EXPECT_EQ(*connection->get("0x10"), 0x1234);
  EXPECT_EQ(pico.ran("speed value=4660"), 1);
  ASSERT_TRUE(set("tilt", {"-5"}));
  EXPECT_EQ(*connection->get("18"), -5);
}

TEST_F(RegisterTest, TakesOneTransactionEach) {
  ASSERT_TRUE(set("speed", {1}));
  EXPECT_EQ(bus->written, (std::vector<std::vector<std::uint8_t>>{{0x10, 1, 0}}));
  ASSERT_TRUE(connection->get("speed"));
  EXPECT_EQ(bus->written.back(), (std::vector<std::uint8_t>{0x10}));
  EXPECT_EQ(bus->read_sizes, (std::vector<std::size_t>{2}));
}

TEST_F(RegisterTest, SeveralGoToThoseBehind) {
  ASSERT_TRUE(set("speed", {7, -1}));
  EXPECT_EQ(*connection->get("speed"), 7);
  EXPECT_EQ(*connection->get("tilt"), -1);
}

TEST_F(RegisterTest, IsCheckedBeforeAnythingIsSent) {
  expect_failure(set("sped", {1}), Error::no_such_register, Outcome::not_run);
  expect_failure(connection->get("0x11"), Error::no_such_register, Outcome::not_run);
  expect_failure(set("tilt", {1, 2}), Error::no_such_register, Outcome::not_run);
  expect_failure(set("tilt", {200}), Error::out_of_range, Outcome::not_run);
  expect_failure(set("tilt", {"x"}), Error::wrong_type, Outcome::not_run);
  expect_failure(set("tilt", {}), Error::wrong_count, Outcome::not_run);
  EXPECT_TRUE(bus->written.empty());
}

TEST_F(RegisterTest, AWriteOfMoreThanFourBytesIsRefused) {
  pico.program([](TestTarget& target) {
    target.plain_register(0, "a", [](std::uint32_t) {});
    target.plain_register(4, "b", [](std::uint8_t) {});
  });
  pico.boot();
  ASSERT_TRUE(call("system.ping"));
  expect_failure(set("a", {1, 2}), Error::too_long, Outcome::not_run);
}

TEST_F(RegisterTest, ThreeTriesThenTheReason) {
  bus->script = {&lost_request, failing(Error::bus_stuck)};
  ASSERT_TRUE(set("speed", {3}));
  EXPECT_EQ(*connection->get("speed"), 3);
  EXPECT_EQ(bus->recoveries, 1);
  bus->always = &lost_request;
  expect_failure(set("speed", {4}), Error::no_answer, Outcome::unknown);
  expect_failure(connection->get("speed"), Error::no_answer, Outcome::not_run);
}

}  // namespace
}  // namespace picoctl::controller::test
