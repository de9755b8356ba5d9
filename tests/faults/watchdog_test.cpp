// A handler that outlasts its time: the link says BUSY, the watchdog bites, and the reason is told.
#include <gtest/gtest.h>

#include "faults/world.hpp"

namespace picoctl::test {
namespace {

using namespace std::chrono_literals;

TEST(Watchdog, AHandlerThatHangsIsEndedAndTheReasonIsTold) {
  World world;
  auto pico = world.connect();
  ASSERT_TRUE(pico);
  const auto lost = pico->call_values("hang", std::array{Value(60'000)}, CallOptions{3000ms});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().outcome, Outcome::unknown);
  EXPECT_NE(lost.error().detail.find("(reset: watchdog)"), std::string::npos)
      << lost.error().detail;
  EXPECT_EQ(world.pico().boots(), 2U);
  EXPECT_EQ(pico->name()->reset, "watchdog");
  EXPECT_EQ(world.light(*pico, 1), Outcome::done);
  world.check("after the watchdog");
}

TEST(Watchdog, ItBitesWhenTheDeclaredTimeIsOverAndNotBefore) {
  for (const std::uint32_t time : {900U, 999U, 1001U, 1100U}) {
    World world;
    auto pico = world.connect();
    ASSERT_TRUE(pico);
    static_cast<void>(pico->call_values("hang", std::array{Value(time)}, CallOptions{1500ms}));
    EXPECT_EQ(world.pico().boots(), time < 1000 ? 1U : 2U) << time;
  }
}

TEST(Watchdog, AHandlerThatIsAliveMayTakeLonger) {
  World world;
  auto pico = world.connect();
  ASSERT_TRUE(pico);
  const auto waited = pico->call_values("wait", std::array{Value(5000)}, CallOptions{6000ms});
  EXPECT_TRUE(waited) << (waited ? "" : explain(waited.error()));
  EXPECT_EQ(world.pico().boots(), 1U);
}

// A batch gives each of its commands its own time.
TEST(Watchdog, EachCommandOfABatchHasItsOwnTime) {
  World world;
  auto pico = world.connect();
  ASSERT_TRUE(pico);
  const std::vector<BatchItem> items(3, {"hang", {Value(700)}});
  const auto result = pico->batch(items, {.go_on = false, .call = {2400ms}});
  EXPECT_TRUE(result) << (result ? "" : explain(result.error()));
  EXPECT_EQ(world.pico().boots(), 1U);
}

}  // namespace
}  // namespace picoctl::test
