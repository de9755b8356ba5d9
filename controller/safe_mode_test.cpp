// A Pico in safe mode: what it cannot do now is told as that, and nothing is sent for it.
#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class SafeModeTest : public ConnectionTest {
 protected:
  SafeModeTest() {
    pico.safe = true;
    pico.boot();
    open();
  }
};

TEST_F(SafeModeTest, AMissingCommandIsExplained) {
  expect_failure(note(1), Error::safe_mode, Outcome::not_run);
  expect_failure(call("add", {1, 2}), Error::safe_mode, Outcome::not_run);
}

TEST_F(SafeModeTest, ARegisterToo) {
  const auto read = connection->get("speed");
  ASSERT_FALSE(read);
  EXPECT_EQ(name(read.error().error), name(Error::safe_mode));
}

TEST_F(SafeModeTest, TheLinksOwnCommandsWork) {
  EXPECT_TRUE(call("system.ping"));
  EXPECT_TRUE(connection->identity().safe_mode);
}

TEST_F(SafeModeTest, OtherMistakesStayWhatTheyAre) {
  expect_failure(call("system.ping", {1}), Error::wrong_count, Outcome::not_run);
}

TEST_F(SafeModeTest, ItEndsWithARestart) {
  pico.safe = false;
  pico.boot();
  EXPECT_TRUE(note(1));
}

}  // namespace
}  // namespace picoctl::controller::test
