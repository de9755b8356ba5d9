// Opening, resuming and leaving a session, and who it is opened with.
#include "session.hpp"

#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class SessionTest : public ConnectionTest {
 protected:
  void expect_not_opened(Error error, std::string_view words = {}) {
    const auto opened = connection->open(wait);
    ASSERT_FALSE(opened);
    EXPECT_EQ(name(opened.error().error), name(error)) << opened.error().detail;
    EXPECT_EQ(opened.error().outcome, Outcome::not_run);
    EXPECT_NE(opened.error().detail.find(words), std::string::npos) << opened.error().detail;
    provoked(error);
  }
  std::vector<std::uint8_t> identity_with(std::function<void(Identity&)> change) {
    Identity identity = pico.target().identity();
    change(identity);
    const auto bytes = encode_identity(identity, 0x41);
    return {bytes.begin(), bytes.end()};
  }
  std::chrono::milliseconds wait{1000};
};

TEST_F(SessionTest, OpensWithTwoTransactions) {
  ASSERT_TRUE(connection->open(wait));
  EXPECT_EQ(bus->transfers(), 2U);
  EXPECT_EQ(pico.slot().nonce, 100U);
  EXPECT_EQ(pico.target().bus_khz(), 400U);
  EXPECT_EQ(connection->identity().unique_id, 0x1122334455667788U);
}

TEST_F(SessionTest, NobodyThereIsKnownWithin50ms) {
  bus->picos.clear();
  const auto start = bus->now();
  expect_not_opened(Error::no_answer);
  EXPECT_EQ(bus->transfers(), 3U);
  EXPECT_GE(bus->now() - start, 50ms);  // time for a contact that bounces, or a Pico that starts
  EXPECT_LT(bus->now() - start, 55ms);
}

TEST_F(SessionTest, TheThirdTryMaySucceed) {
  bus->script = {&lost_request, damaged_reply(7)};
  EXPECT_TRUE(connection->open(wait));
}

TEST_F(SessionTest, AHeldBusIsFreedFirst) {
  bus->script = {failing(Error::bus_stuck)};
  EXPECT_TRUE(connection->open(wait));
  EXPECT_EQ(bus->recoveries, 1);
}

// A loop that stands still: the interrupt shows PENDING for ever.
TEST_F(SessionTest, HelloEndsWithTheCallsTime) {
  for (const auto deadline : {300ms, 2000ms}) {
    pico.loops = true;
    connection = std::make_unique<Connection>(bus, std::uint8_t{0x41}, CallOptions{deadline},
                                              [this] { return nonce++; });
    pico.loops = false;
    const auto start = bus->now();
    const auto opened = connection->open(0ms);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().outcome, Outcome::not_run);
    EXPECT_GE(bus->now() - start, deadline);
    EXPECT_LT(bus->now() - start, deadline + 20ms);
  }
}

TEST_F(SessionTest, ALateAnswerToHelloCountsWhileTheCallHasTime) {
  connection = std::make_unique<Connection>(bus, std::uint8_t{0x41}, CallOptions{2000ms},
                                            [this] { return nonce++; });
  pico.loops = false;
  const auto start = bus->now();
  bus->always = [this, start](TestBus& wire, TestBus::Messages messages) {
    pico.loops = wire.now() - start > 1500ms;
    return wire.usual(messages);
  };
  const auto opened = connection->open(0ms);
  EXPECT_TRUE(opened) << summary(opened.error());
}

TEST_F(SessionTest, ABusThatIsHeldDuringHelloIsFreed) {
  bus->script = {&usual, failing(Error::bus_stuck)};
  EXPECT_TRUE(connection->open(wait));
  EXPECT_EQ(bus->recoveries, 1);
}

TEST_F(SessionTest, ABusThatStaysHeldIsNamed) {
  bus->always = failing(Error::bus_stuck);
  expect_not_opened(Error::bus_stuck);
}

TEST_F(SessionTest, AnotherChipIsNoPico) {
  bus->always = shows(std::vector<std::uint8_t>(32, 0x5A));
  expect_not_opened(Error::not_picoctl, "0x41 on test");
}

TEST_F(SessionTest, ANewerVersionIsNamedOnBothSides) {
  bus->script = {shows(identity_with([](Identity& identity) {
    identity.version = {protocol_version.major,
                        static_cast<std::uint8_t>(protocol_version.minor + 2)};
  }))};
  expect_not_opened(Error::version_mismatch, "speaks 1.2, this program 1.0");
  EXPECT_EQ(bus->transfers(), 1U);  // nothing but IDENTITY was asked for
}

// 0.1 is what the Picos of before spoke, and differs from 1.0 in the number alone.
TEST_F(SessionTest, AnOlderVersionIsNamedOnBothSides) {
  bus->script = {shows(identity_with([](Identity& identity) {
    identity.version = ProtocolVersion{0, 1};
  }))};
  expect_not_opened(Error::version_mismatch, "speaks 0.1, this program 1.0");
  EXPECT_EQ(bus->transfers(), 1U);
}

TEST_F(SessionTest, ANeighbouringVersionIsUnderstood) {
  pico.target();
  bus->script = {shows(identity_with([](Identity& identity) { ++identity.version.minor; }))};
  EXPECT_TRUE(connection->open(wait));
}

TEST_F(SessionTest, ALostHelloIsSentAgain) {
  bus->script = {&usual, &lost_request};
  EXPECT_TRUE(connection->open(wait));
  EXPECT_EQ(pico.slot().nonce, 100U);
}

// The same nonce finds the same slot: no second one is taken.
TEST_F(SessionTest, ALostAnswerToHelloTakesNoSecondSlot) {
  bus->script = {&usual, &lost_reply, damaged_reply(10), &skipped_read};
  EXPECT_TRUE(connection->open(wait));
  EXPECT_EQ(pico.target().slots().open_count(), 1U);
}

TEST_F(SessionTest, HelloIsPolledWhilePending) {
  pico.loops = false;
  bus->script = {&usual, &usual, &usual, in_turn([this] { pico.loops = true, pico.loop(); })};
  EXPECT_TRUE(connection->open(wait));
  EXPECT_EQ(bus->written.size(), 4U);  // IDENTITY, HELLO, two polls
}

TEST_F(SessionTest, AnAnswerToAnotherNonceIsNotMine) {
  const auto other_hello = [this](TestBus& wire, TestBus::Messages messages) {
    nonce = 55;
    const auto other = make();
    auto opened = other->open(1s);
    nonce = 101;
    return wire.usual(messages.last(1));
  };
  bus->script = {&usual, other_hello};
  EXPECT_TRUE(connection->open(wait));
  EXPECT_EQ(pico.slot().state, SlotState::fresh);
}

TEST_F(SessionTest, HelloThatIsNeverAnsweredEnds) {
  bus->script = {&usual};
  bus->always = shows_public(State::idle);
  const auto start = bus->now();
  expect_not_opened(Error::not_run, "no valid answer");
  EXPECT_LT(bus->now() - start, 1100ms);
}

TEST_F(SessionTest, APicoThatVanishesAfterIdentityIsNoAnswer) {
  bus->script = {&usual};
  bus->always = &lost_request;
  expect_not_opened(Error::no_answer);
}

// Between IDENTITY and HELLO it restarted: the key would be wrong.
TEST_F(SessionTest, ARestartWhileOpeningIsNoticed) {
  bus->script = {&usual, in_turn([this] { pico.boot(); })};
  ASSERT_TRUE(connection->open(wait));
  EXPECT_EQ(connection->identity().boot_id, pico.board().boot_id());
  EXPECT_TRUE(note(1));
}

TEST_F(SessionTest, ARefusedKeyMeansAnotherNonce) {
  ASSERT_TRUE(connection->open(wait));
  connection.reset();
  nonce = 100;  // the one that slot 0 had last
  connection = make();
  ASSERT_TRUE(connection->open(wait));
  EXPECT_EQ(pico.slot().nonce, 101U);
  EXPECT_TRUE(note(1));
}

TEST_F(SessionTest, EndlessRefusalEnds) {
  ASSERT_TRUE(connection->open(wait));
  connection.reset();
  connection =
      std::make_unique<Connection>(bus, std::uint8_t{0x41}, CallOptions{}, [] { return 100U; });
  expect_not_opened(Error::not_run, "no session could be opened");
}

class FullPico : public SessionTest {
 protected:
  FullPico() {
    for (auto& other : others) {
      other = make();
      EXPECT_TRUE(other->open(1s));
    }
  }
  std::array<std::unique_ptr<Connection>, 2> others;
};

TEST_F(FullPico, NoSlotIsSaid) {
  const auto start = bus->now();
  expect_not_opened(Error::no_slot);
  EXPECT_GE(bus->now() - start, 1s);
  EXPECT_LT(bus->now() - start, 1100ms);
}

TEST_F(FullPico, ASilentSessionsSlotIsWaitedFor) {
  wait = 4s;
  const auto start = bus->now();
  ASSERT_TRUE(connection->open(wait));
  EXPECT_LT(bus->now() - start, 3300ms);
  EXPECT_TRUE(note(1));
}

TEST_F(FullPico, ASlotThatIsLeftIsTakenSoon) {
  bus->script.assign(6, &usual);
  bus->script.push_back(in_turn([this] { others[1].reset(); }));
  const auto start = bus->now();
  wait = 4s;
  ASSERT_TRUE(connection->open(wait));
  EXPECT_LT(bus->now() - start, 1500ms);
}

// As where the Pico's clock is slow: the slots of killed programs stay taken for longer.
TEST_F(FullPico, WhoGivesItsCallsLongerWaitsAsLongForASlot) {
  const auto until = bus->now() + 6s;
  bus->always = [&](TestBus& wire, TestBus::Messages messages) {
    const auto now_ms = static_cast<std::uint32_t>(pico.board().time_us / 1000);
    for (const std::uint8_t at : {0, 1}) {
      if (wire.now() < until) pico.slot(at).heard_ms = now_ms;
    }
    return wire.usual(messages);
  };
  const auto usual = picoctl::connect(bus, {.bus = {}, .address = 0x41});
  ASSERT_FALSE(usual);
  EXPECT_EQ(usual.error().error, Error::no_slot);
  const auto patient =
      picoctl::connect(bus, {.bus = {}, .address = 0x41, .call = CallOptions{10s}});
  EXPECT_TRUE(patient) << explain(patient.error());
}

// Its session was given away meanwhile: that is found out before the command is sent.
TEST_F(FullPico, AnEvictedSessionIsOpenedAnew) {
  for (auto& other : others) ASSERT_TRUE(other->description());
  bus->pass(4s);
  ASSERT_TRUE(connection->open(wait));  // takes the slot of others[0]
  bus->pass(4s);
  const std::vector<Value> one{1};
  EXPECT_TRUE(others[0]->call("note", one, {}));
  const std::vector<Value> two{2};
  EXPECT_TRUE(others[1]->call("note", two, {}));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(noted(2), 1);
}

TEST_F(SessionTest, ASessionThatWasSilentForLongIsAskedAfter) {
  open();
  bus->pass(10s);
  ASSERT_TRUE(note(1));
  EXPECT_EQ(bus->written.size(), 2U);  // RESUME, the command
  ASSERT_TRUE(note(2));
  EXPECT_EQ(bus->written.size(), 3U);
  EXPECT_EQ(connection->counters().sessions_opened, 1U);
}

TEST_F(SessionTest, ARestartDuringSilenceIsNoDoubt) {
  open();
  pico.boot();
  bus->pass(10s);
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
}

TEST_F(SessionTest, APicoUnpluggedDuringSilenceIsKnownAtOnce) {
  open();
  bus->pass(10s);
  bus->picos.clear();
  const auto start = bus->now();
  expect_failure(note(1), Error::no_answer, Outcome::not_run);
  EXPECT_LT(bus->now() - start, 100ms);
  bus->picos = {&pico};
  pico.boot();
  EXPECT_TRUE(note(2));
}

TEST_F(SessionTest, LeavingFreesTheSlot) {
  ASSERT_TRUE(connection->open(wait));
  EXPECT_EQ(pico.target().slots().open_count(), 1U);
  connection.reset();
  EXPECT_EQ(pico.target().slots().open_count(), 0U);
}

TEST_F(SessionTest, LeavingAPicoThatIsGoneDoesNotLinger) {
  ASSERT_TRUE(connection->open(wait));
  bus->picos.clear();
  const auto start = bus->now();
  connection.reset();
  EXPECT_LT(bus->now() - start, 50ms);
}

TEST_F(SessionTest, AnAbandonedSessionIsLeftBeforeTheNext) {
  ASSERT_TRUE(connection->open(wait));
  ASSERT_TRUE(connection->description());
  for (std::uint32_t token = 1; token <= 5; ++token) {
    bus->always = &lost_request;
    expect_failure(note(token), Error::outcome_unknown, Outcome::unknown);
    expect_healthy();
    EXPECT_EQ(pico.target().slots().open_count(), 1U);
    pico.journal.clear();
  }
}

TEST(Nonce, IsNeverTheSame) {
  const std::uint32_t first = random_nonce();
  EXPECT_NE(first, 0U);
  EXPECT_NE(first, random_nonce());
}

}  // namespace
}  // namespace picoctl::controller::test
