// Every way in which one command can go, on virtual time.
#include "caller.hpp"

#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class CallerTest : public ConnectionTest {
 protected:
  CallerTest() { open(); }
  Expected<Value> add() { return call("add", {2, 3}); }
};

TEST_F(CallerTest, OneTransactionForAnAcknowledgedCommand) {
  const auto transfers = bus->transfers();
  ASSERT_TRUE(note(1));
  EXPECT_EQ(bus->transfers() - transfers, 1U);
  ASSERT_EQ(bus->written.size(), 1U);
  EXPECT_EQ(bus->written[0].size(), request_overhead + 4);
  EXPECT_EQ(bus->read_sizes, (std::vector<std::size_t>{head_size}));
  EXPECT_EQ(noted(1), 1);
}

TEST_F(CallerTest, AFixedReplyIsReadAtOnce) {
  const auto sum = add();
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->at("sum"), 5);
  EXPECT_EQ(bus->read_sizes, (std::vector<std::size_t>{head_size + 4 + 2}));
}

TEST_F(CallerTest, AShortVariableReplyIsReadAtOnce) {
  const auto name = call("system.identify");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->at("board"), "test");
  EXPECT_EQ(bus->read_sizes, (std::vector<std::size_t>{head_size + 24 + 2}));
}

TEST_F(CallerTest, ALongVariableReplyTakesASecondReadOfTheRest) {
  const std::string text(60, 'x');
  const auto echo = call("system.echo", {text});
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->at("data").get_binary().size(), 60U);
  const std::size_t first = head_size + 24 + 2;
  const std::size_t rest = head_size + 61 + 2 - first;
  EXPECT_EQ(bus->read_sizes, (std::vector<std::size_t>{first, rest}));
  EXPECT_EQ(bus->written.back(), (std::vector<std::uint8_t>{registers::response + first}));
  EXPECT_EQ(connection->counters().second_reads, before.second_reads + 1);
}

TEST_F(CallerTest, ASecondReadThatIsDamagedIsNotBelieved) {
  bus->script = {&usual, damaged_reply(3)};
  const auto echo = call("system.echo", {std::string(60, 'x')});
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->at("data").get_binary(), Value::binary_t(std::vector<std::uint8_t>(60, 'x')));
  EXPECT_EQ(connection->counters().retries, before.retries + 1);
  EXPECT_EQ(pico.target().stats().repeated, 1U);
}

TEST_F(CallerTest, ASecondReadThatFailsIsMadeUpFor) {
  bus->script = {&usual, failing(Error::bus_io)};
  ASSERT_TRUE(call("system.echo", {std::string(60, 'x')}));
  EXPECT_EQ(pico.target().stats().repeated, 1U);
}

// Another program's request came between the two reads.
TEST_F(CallerTest, ASecondReadOfAnothersAnswerIsNotBelieved) {
  auto other = make();
  ASSERT_TRUE(other->open(4s));
  ASSERT_TRUE(other->description());
  const std::vector<Value> data{std::string(60, 'y')};
  bus->script = {&usual, in_turn([&] { ASSERT_TRUE(other->call("system.echo", data, {})); })};
  const auto echo = call("system.echo", {std::string(60, 'x')});
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->at("data").get_binary(), Value::binary_t(std::vector<std::uint8_t>(60, 'x')));
}

TEST_F(CallerTest, ALostRequestIsSentAgain) {
  bus->script = {&lost_request};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().retries, before.retries + 1);
  EXPECT_EQ(connection->counters().bus_errors, before.bus_errors + 1);
}

TEST_F(CallerTest, ALostReplyIsAnsweredFromWhatWasKept) {
  bus->script = {&lost_reply};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(pico.target().stats().repeated, 1U);
}

TEST_F(CallerTest, TheSameBytesAreSentAgain) {
  bus->script = {&lost_reply, &lost_request, damaged_reply(0)};
  ASSERT_TRUE(note(1));
  ASSERT_EQ(bus->written.size(), 4U);
  for (const auto& bytes : bus->written) EXPECT_EQ(bytes, bus->written[0]);
}

TEST_F(CallerTest, AReadThatDidNotHappenIsNoticed) {
  bus->script = {&skipped_read};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().bad_answers, before.bad_answers + 1);
}

TEST_F(CallerTest, EveryDamagedBitOfTheRequestIsNoticed) {
  for (std::size_t byte = 0; byte < request_overhead + 4; ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const auto token = static_cast<std::uint32_t>(1000 + 8 * byte + bit);
      bus->script = {damaged_request(byte, static_cast<std::uint8_t>(1U << bit))};
      const auto result = note(token);
      ASSERT_TRUE(result) << summary(result.error());
      EXPECT_EQ(noted(token), 1) << "byte " << byte << " bit " << bit;
    }
  }
  EXPECT_EQ(connection->counters().unknown, 0U);
}

TEST_F(CallerTest, EveryDamagedBitOfTheAnswerIsNoticed) {
  for (std::size_t byte = 0; byte < head_size + 4 + 2; ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bus->script = {damaged_reply(byte, static_cast<std::uint8_t>(1U << bit))};
      const auto sum = add();
      ASSERT_TRUE(sum);
      EXPECT_EQ(sum->at("sum"), 5) << "byte " << byte << " bit " << bit;
    }
  }
}

TEST_F(CallerTest, PendingIsPolledUntilDone) {
  pico.loops = false;
  bus->script = {&usual, &usual, &usual, in_turn([&] { pico.loops = true, pico.loop(); })};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().polls, before.polls + 3);
  EXPECT_EQ(connection->counters().retries, before.retries);
}

// A loop with 100 ms of its own work in each turn: who sends again too soon never hears the verdict.
TEST_F(CallerTest, ASlowLoopIsNotStarved) {
  pico.loops = false;
  auto next_turn = bus->now() + 100ms;
  bus->always = [&](TestBus& wire, TestBus::Messages messages) {
    if (wire.now() >= next_turn) {
      pico.target().poll();
      next_turn += 100ms;
    }
    return wire.usual(messages);
  };
  for (std::uint32_t token = 1; token <= 5; ++token) {
    const auto result = note(token);
    ASSERT_TRUE(result) << summary(result.error());
    EXPECT_EQ(noted(token), 1);
  }
}

TEST_F(CallerTest, BusyIsPolledUntilDone) {
  bus->script = {receives_and_shows_busy(), shows_busy(), shows_busy()};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().polls, before.polls + 3);
  EXPECT_EQ(connection->counters().transmissions, before.transmissions + 1);
}

TEST_F(CallerTest, BusyAtTheDeadlineIsStillRunning) {
  bus->always = shows_busy();
  const auto start = bus->now();
  expect_failure(note(1), Error::still_running, Outcome::still_running);
  EXPECT_GE(bus->now() - start, 1s);
  EXPECT_LT(bus->now() - start, 1100ms);
  expect_healthy();
  EXPECT_EQ(connection->counters().sessions_opened, 2U);
}

// While the Pico says that it runs, it keeps the session: then a caller may wait for long.
TEST_F(CallerTest, ALongDeadlineIsWaitedOutWhileBusy) {
  const auto until = bus->now() + 8s;
  bus->script = {receives_and_shows_busy()};
  bus->always = [until, busy = shows_busy()](TestBus& wire, TestBus::Messages messages) {
    return wire.now() < until ? busy(wire, messages) : wire.usual(messages);
  };
  ASSERT_TRUE(call("note", {1}, CallOptions{10s}));
  EXPECT_EQ(noted(1), 1);
}

TEST_F(CallerTest, ALongDeadlineIsNotWaitedOutInSilence) {
  bus->always = &lost_request;
  const auto start = bus->now();
  expect_failure(call("note", {1}, CallOptions{60s}), Error::outcome_unknown, Outcome::unknown);
  EXPECT_LT(bus->now() - start, 3s);  // keep_ms: from then on the slot may be another's
  expect_healthy();
}

// C3: neither another's head nor a public answer to somebody else is taken for mine.
TEST_F(CallerTest, AnothersHeadIsNotMine) {
  auto other = make();
  ASSERT_TRUE(other->open(4s));
  const std::uint16_t others = pico.slot(1).key;
  const std::uint8_t number = next_number(pico.slot().last);
  bus->script = {
      shows(head_bytes(others, State::done, {1, number})),
      shows(head_bytes(others, State::done, {0, number})),
      shows(head_bytes(key(), State::done, {0, static_cast<std::uint8_t>(number + 1U)}))};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().retries, before.retries + 3);
}

TEST_F(CallerTest, PublicAnswersDoNotCountInAPoll) {
  pico.loops = false;
  bus->script = {&usual, shows_public(State::no_session),
                 in_turn([this] { pico.loops = true, pico.loop(); })};
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().sessions_opened, 1U);
}

TEST_F(CallerTest, AFailureOfTheHandlerIsDone) {
  const auto result = call("refuse", {static_cast<unsigned>(Error::bad_value)});
  expect_failure(result, Error::bad_value, Outcome::done);
  EXPECT_EQ(result.error().detail, "because 7");
  EXPECT_EQ(connection->counters().done, before.done + 1);
  expect_healthy();
}

TEST_F(CallerTest, TheUsersOwnErrorsKeepTheirNumber) {
  const auto result = call("refuse", {0x65});
  ASSERT_FALSE(result);
  EXPECT_EQ(static_cast<unsigned>(result.error().error), 0x65U);
  EXPECT_EQ(info(result.error().error).error, Error::user_error);
  EXPECT_EQ(result.error().detail, "error 0x65, because 7");
  EXPECT_EQ(result.error().outcome, Outcome::done);
  provoked(Error::user_error);
}

TEST_F(CallerTest, AnErrorThatNoPicoMaySendIsHandlerFailed) {
  const auto result = call("refuse", {static_cast<unsigned>(Error::outcome_unknown)});
  expect_failure(result, Error::handler_failed, Outcome::done);
}

// What no description leads to: sent all the same, the Pico refuses it.
class OrderTest : public ConnectionTest {
 protected:
  void expect_refused(const Order& order, Error error) {
    const auto result = caller.run(order, 1s);
    ASSERT_FALSE(result);
    EXPECT_EQ(name(result.error().error), name(error));
    EXPECT_EQ(result.error().outcome, Outcome::done);
    provoked(error);
  }
  LinkCounters counters;
  Wire wire{*bus, 0x41, counters};
  Session session{wire, &random_nonce, counters};
  Caller caller{wire, session, counters};
};

TEST_F(OrderTest, UnknownNumbersAndWrongArgumentsAreRefused) {
  const std::array<std::uint8_t, 3> bytes{1, 2, 3};
  expect_refused({.name = "nothing", .number = 99, .args = bytes, .description = {}},
                 Error::unknown_command);
  expect_refused({.name = "nothing", .number = 999, .args = bytes, .description = {}},
                 Error::unknown_command);
  expect_refused({.name = "system.describe", .number = 1, .args = bytes, .description = {}},
                 Error::bad_arguments);
  EXPECT_TRUE(pico.journal.empty());
}

TEST_F(CallerTest, TheSequenceWrapsAround) {
  for (std::uint32_t token = 1; token <= 100; ++token) ASSERT_TRUE(note(token));
  for (std::uint32_t token = 1; token <= 100; ++token) EXPECT_EQ(noted(token), 1);
  EXPECT_EQ(connection->counters().retries, before.retries);
}

TEST_F(CallerTest, CountersAddUp) {
  bus->script = {&lost_reply};
  ASSERT_TRUE(note(1));
  const LinkCounters after = connection->counters();
  EXPECT_EQ(after.calls - before.calls, 1U);
  EXPECT_EQ(after.done - before.done, 1U);
  EXPECT_EQ(after.transmissions - before.transmissions, 2U);
}

}  // namespace
}  // namespace picoctl::controller::test
