// What a caller does when a command's first tries led nowhere: RESUME, another session, giving up.
#include "caller.hpp"

#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class RecoveryTest : public ConnectionTest {
 protected:
  RecoveryTest() { open(); }
};

TEST_F(RecoveryTest, ThreeBadFramesLeadToResumeAndOn) {
  bus->script = {damaged_request(4), damaged_request(4), damaged_request(4)};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().resumes, before.resumes + 1);
  EXPECT_EQ(connection->counters().refused_frames, before.refused_frames + 3);
}

// A loop too slow for the repeated START shows each refusal to a poll only, where it counts for nothing.
TEST_F(RecoveryTest, ARestartIsFoundOutWhileItsRefusalsComeTooLate) {
  const auto slow = [this](TestBus& wire, TestBus::Messages messages) {
    pico.loops = messages.front().length == 1;  // a poll names its register only
    if (pico.loops) pico.loop();
    return wire.usual(messages);
  };
  pico.loops = false;
  bus->script = {in_turn([this] { pico.boot(); }, &lost_request)};
  bus->always = slow;
  const auto start = bus->now();
  const auto result = note(1);
  expect_failure(result, Error::outcome_unknown, Outcome::unknown);
  EXPECT_NE(result.error().detail.find("restarted"), std::string::npos) << result.error().detail;
  EXPECT_LT(bus->now() - start, 300ms) << "not at the deadline only";
}

TEST_F(RecoveryTest, TwoBadFramesDoNot) {
  bus->script = {damaged_request(4), damaged_request(4)};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(connection->counters().resumes, before.resumes);
}

TEST_F(RecoveryTest, OutOfOrderThreeTimesLeadsToResume) {
  bus->script = {shows_public(State::out_of_order), shows_public(State::out_of_order),
                 shows_public(State::out_of_order)};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(connection->counters().resumes, before.resumes + 1);
  EXPECT_EQ(noted(1), 1);
}

// The command ran, its answer was lost, and then only damage: RESUME says that it arrived.
TEST_F(RecoveryTest, ResumeFindsThatItRan) {
  bus->script = {&lost_reply, damaged_request(4), damaged_request(4), damaged_request(4)};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().resumes, before.resumes + 1);
}

TEST_F(RecoveryTest, ResumeOfALostSessionIsUnknown) {
  bus->script = {damaged_request(4), damaged_request(4),
                 in_turn([this] { pico.target().slots().on_bye(nonce - 1); })};
  // The session closes between the second and the third transmission, which then meets no session.
  expect_failure(note(1), Error::outcome_unknown, Outcome::unknown);
  EXPECT_EQ(noted(1), 0);
  expect_healthy();
}

TEST_F(RecoveryTest, ResumeAfterARestartIsUnknownAndSaysSo) {
  bus->script = {shows_public(State::bad_frame), shows_public(State::bad_frame),
                 in_turn([this] { pico.boot(); }, shows_public(State::bad_frame))};
  const auto result = note(1);
  expect_failure(result, Error::outcome_unknown, Outcome::unknown);
  EXPECT_NE(result.error().detail.find("restarted"), std::string::npos) << result.error().detail;
  expect_healthy();
}

// C5: after a restart an old HELLO, late on its way, has opened this nonce once more. It is another
// session: the boot id says so.
TEST_F(RecoveryTest, ResumeOfTheSameNonceInAnotherBootIsUnknown) {
  const auto reopened = [this] {
    pico.boot();
    pico.target().slots().on_hello(nonce - 1, 0);
  };
  bus->script = {shows_public(State::bad_frame), shows_public(State::bad_frame),
                 in_turn(reopened, shows_public(State::bad_frame))};
  const auto result = note(1);
  expect_failure(result, Error::outcome_unknown, Outcome::unknown);
  EXPECT_NE(result.error().detail.find("restarted"), std::string::npos) << result.error().detail;
  // Three times the command, and never again; then system.identify, to say why it restarted.
  EXPECT_EQ(connection->counters().transmissions, before.transmissions + 4);
  EXPECT_EQ(noted(1), 0);
  expect_healthy();
}

// Before anything was sent the Pico restarted: the very first frame meets no session.
TEST_F(RecoveryTest, NoSessionAtFirstOpensANewOne) {
  pico.boot();
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().sessions_opened, 2U);
}

TEST_F(RecoveryTest, NoSessionLaterIsUnknown) {
  bus->script = {in_turn([] {}, &lost_reply), in_turn([this] { pico.boot(); })};
  const auto result = note(1);
  expect_failure(result, Error::outcome_unknown, Outcome::unknown);
  EXPECT_NE(result.error().detail.find("restarted"), std::string::npos) << result.error().detail;
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().unknown, 1U);
  expect_healthy();
}

TEST_F(RecoveryTest, NoSessionThenNoPicoIsNotRun) {
  pico.boot();
  bus->script = {&usual, &lost_request, &lost_request, &lost_request, &lost_request};
  expect_failure(note(1), Error::no_answer, Outcome::not_run);
  EXPECT_EQ(noted(1), 0);
  expect_healthy();
}

TEST_F(RecoveryTest, AReflashedPicoIsCalledByItsNewDescription) {
  pico.program([](TestTarget& target) {
    target.command("first", [] {});
    target.command("note other", [](std::uint32_t) {});
  });
  pico.boot();
  ASSERT_TRUE(note(7));
  EXPECT_EQ(pico.ran("note other=7"), 1);
  EXPECT_EQ(pico.ran("first"), 0);
}

TEST_F(RecoveryTest, AReflashedPicoWithoutTheCommandSaysSo) {
  pico.program([](TestTarget& target) { target.command("first", [] {}); });
  pico.boot();
  expect_failure(note(7), Error::no_such_command, Outcome::not_run);
}

TEST_F(RecoveryTest, NothingButSilenceIsUnknown) {
  bus->always = &lost_request;
  const auto start = bus->now();
  const auto result = note(1);
  expect_failure(result, Error::outcome_unknown, Outcome::unknown);
  EXPECT_NE(result.error().detail.find("nobody answered"), std::string::npos);
  EXPECT_GE(bus->now() - start, 1s);
  EXPECT_LT(bus->now() - start, 1100ms);
  EXPECT_LT(bus->written.size(), 200U);  // the bus is not hammered
  expect_healthy();
}

TEST_F(RecoveryTest, NothingButPendingIsUnknown) {
  pico.loops = false;
  expect_failure(note(1), Error::outcome_unknown, Outcome::unknown);
  expect_healthy();
  EXPECT_LE(noted(1), 1);
}

TEST_F(RecoveryTest, NothingButDamageIsUnknown) {
  bus->always = damaged_reply(5);
  const auto result = note(1);
  expect_failure(result, Error::outcome_unknown, Outcome::unknown);
  EXPECT_NE(result.error().detail.find("damaged"), std::string::npos);
  EXPECT_EQ(noted(1), 1);
  expect_healthy();
}

TEST_F(RecoveryTest, ADeadlineDuringResumeIsUnknown) {
  bus->script = {damaged_request(4), damaged_request(4), damaged_request(4)};
  bus->always = &lost_request;
  expect_failure(note(1), Error::outcome_unknown, Outcome::unknown);
  EXPECT_EQ(noted(1), 0);
  expect_healthy();
}

TEST_F(RecoveryTest, ADeadlineThatHasPassedSendsNothing) {
  expect_failure(call("note", {1}, CallOptions{0ms}), Error::not_run, Outcome::not_run);
  EXPECT_TRUE(bus->written.empty());
  EXPECT_EQ(noted(1), 0);
}

TEST_F(RecoveryTest, AHeldBusIsFreed) {
  bus->script = {failing(Error::bus_stuck), failing(Error::bus_stuck)};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(bus->recoveries, 2);
}

}  // namespace
}  // namespace picoctl::controller::test
