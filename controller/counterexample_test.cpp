// Why the rules are as they are: for each simpler rule the trace that breaks it (docs/PROTOCOL.md,
// "Why the simpler rules fail"). Here A and B are two programs of this library.
#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class Counterexample : public ConnectionTest {
 protected:
  Counterexample() {
    open();
    a = std::move(connection);
    b = make();
  }
  Expected<Value> note(Connection& who, std::uint32_t token) {
    const std::vector<Value> args{token};
    return who.call("note", args, {});
  }
  std::unique_ptr<Connection> a, b;
};

// "The CRC of the head has a fixed seed": A's command is lost; B's HELLO takes A's slot and B's
// command of the same number is done; A polls and takes B's DONE for its own.
TEST_F(Counterexample, AnotherSessionsDoneIsNotMine) {
  const std::uint8_t number = next_number(pico.slot().last);
  const auto b_takes_the_slot = [&] {
    pico.target().slots().on_bye(100);
    ASSERT_TRUE(b->open(1s));
    ASSERT_EQ(pico.slot().nonce, nonce - 1);
    for (std::uint32_t i = 0; pico.slot().last != number; ++i) ASSERT_TRUE(note(*b, 500 + i));
  };
  const auto lost_but_read = [&](TestBus& wire, TestBus::Messages messages) -> Expected<void> {
    b_takes_the_slot();
    // Nothing of A's request arrives; its read finds the answer to B's, of A's slot and number.
    return wire.usual(messages.last(1));
  };
  bus->script = {lost_but_read};
  const auto result = note(*a, 1);
  EXPECT_EQ(noted(1), result ? 1 : 0);
}

// "HELLO is idempotent; if not run, the same again": A's command runs, its answer is lost, the Pico
// restarts; A is told NO_SESSION, opens a session and sends it again: it ran twice.
TEST_F(Counterexample, WhatMayHaveRunIsNotRepeatedAfterARestart) {
  bus->script = {&lost_reply, in_turn([this] { pico.boot(); })};
  const auto result = note(*a, 1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().outcome, Outcome::unknown);
  EXPECT_EQ(noted(1), 1);
}

// "Nothing is said about giving up": A's command runs, the deadline passes; the next call takes the
// same number and is given the old DONE.
TEST_F(Counterexample, ANumberThatWasGivenUpIsNotUsedAgain) {
  bus->script = {&lost_reply};
  bus->always = &lost_request;
  ASSERT_FALSE(note(*a, 1));
  bus->always = {};
  ASSERT_TRUE(note(*a, 2));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(noted(2), 1);
}

// "A poll takes any public answer as its own": B's command is accepted and pending, the Pico
// restarts, A sends and is shown NO_SESSION; B polls, takes that as its own, opens a session and
// sends again. Here A is the one that polls.
TEST_F(Counterexample, APollTakesNoPublicAnswerAsItsOwn) {
  ASSERT_TRUE(b->open(1s));
  bus->script = {in_turn([this] { pico.loops = false; }),  // A's request waits
                 in_turn([this] {
                   pico.loops = true;
                   pico.loop();  // it runs
                   pico.boot();
                   const auto frame = std::vector<std::uint8_t>{0xA0, 0x20, 0, 9, 0, 0};
                   pico.write(frame);
                   pico.loop();  // somebody else is shown NO_SESSION
                 })};
  const auto result = note(*a, 1);
  EXPECT_EQ(noted(1), 1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().outcome, Outcome::unknown);
}

// "The first number and the window are not defined": the first command of a session must neither be
// taken for one that ran, nor be swallowed.
TEST_F(Counterexample, TheFirstNumberOfASessionIsOne) {
  ASSERT_TRUE(b->open(1s));
  EXPECT_EQ(pico.slot(1).last, 0U);
  ASSERT_TRUE(note(*b, 1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_GE(pico.slot(1).last, 1U);
  // A frame of number 0, the one that "ran last" in a session in which nothing ran.
  const auto c = [this] {
    b.reset();
    return make();
  }();
  ASSERT_TRUE(c->open(1s));
  std::array<std::uint8_t, 10> frame{};
  const std::array<std::uint8_t, 4> token{9, 0, 0, 0};
  const auto command = (*c->description())->find("note");
  connection = make();
  encode_request(frame, 0x41, pico.slot(1).key,
                 {{1, 31}, static_cast<std::uint8_t>(command->number), token});
  pico.write(frame);
  pico.loop();
  EXPECT_EQ(noted(9), 0);
}

}  // namespace
}  // namespace picoctl::controller::test
