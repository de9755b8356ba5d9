// A Pico that restarts: it is noticed, its reason is told, and its state is applied again if asked for.
#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class RestartTest : public ConnectionTest {
 protected:
  RestartTest() { open(); }
  void reapply_by(std::uint32_t token) {
    connection->on_restart([this, token](const Restart& restart) {
      restarts.push_back(restart);
      EXPECT_TRUE(note(token));
    });
  }
  std::vector<Restart> restarts;
};

TEST_F(RestartTest, WhatItHadBeenSetToIsSetAgainBeforeTheNextCommand) {
  ASSERT_TRUE(note(1));
  reapply_by(100);
  pico.boot();
  ASSERT_TRUE(note(2));
  ASSERT_EQ(restarts.size(), 1U);
  EXPECT_EQ(restarts[0].cause, "power_on");
  EXPECT_EQ(restarts[0].boot_id, pico.target().identity().boot_id);
  const std::vector<std::string> tail(pico.journal.end() - 3, pico.journal.end());
  EXPECT_EQ(tail, (std::vector<std::string>{"system.identify", "note token=100", "note token=2"}));
}

TEST_F(RestartTest, ItIsDoneOnceForEachRestart) {
  reapply_by(100);
  pico.boot();
  ASSERT_TRUE(note(1));
  ASSERT_TRUE(note(2));
  EXPECT_EQ(noted(100), 1);
  reapply_by(101);
  pico.boot();
  ASSERT_TRUE(note(3));
  EXPECT_EQ(noted(101), 1);
  EXPECT_EQ(restarts.size(), 2U);
}

TEST_F(RestartTest, AfterALongSilenceToo) {
  reapply_by(100);
  pico.boot();
  bus->pass(std::chrono::seconds(4));
  ASSERT_TRUE(note(1));
  EXPECT_EQ(pico.journal.back(), "note token=1");
  EXPECT_EQ(noted(100), 1);
}

TEST_F(RestartTest, NothingIsSetAgainUnasked) {
  pico.boot();
  ASSERT_TRUE(note(1));
  EXPECT_EQ(pico.journal.back(), "note token=1");
  EXPECT_EQ(noted(1), 1);
}

TEST_F(RestartTest, NorWhenItWasOnlyTheSessionThatWentAway) {
  reapply_by(100);
  pico.slot().state = SlotState::closed;
  ASSERT_TRUE(note(1));
  EXPECT_TRUE(restarts.empty());
}

// The command itself was lost with the Pico: its outcome stays unknown, and the reason is told.
TEST_F(RestartTest, ALostCommandIsNeverRepeatedAndTheReasonIsTold) {
  reapply_by(100);
  bus->script = {&lost_reply, in_turn([this] { pico.boot(); })};
  const auto result = note(1);
  expect_failure(result, Error::outcome_unknown, Outcome::unknown);
  EXPECT_NE(result.error().detail.find("(reset: power_on)"), std::string::npos)
      << result.error().detail;
  EXPECT_EQ(noted(1), 1) << "it ran before the restart";
  EXPECT_EQ(noted(100), 1) << "and the state is there again";
}

}  // namespace
}  // namespace picoctl::controller::test
