// Rules C2-C6: what a call does next, given what came back.
#include "picoctl/link/exchange.hpp"

#include <gtest/gtest.h>

#include "testing.hpp"

namespace picoctl {
namespace {

using testing::flipped;
using testing::Octets;

constexpr std::uint8_t address = 0x41;
constexpr std::uint16_t key = 0x1D0F;
constexpr Sequence mine{2, 9};

Octets head(State state, Sequence sequence, std::uint16_t under) {
  Octets bytes(head_size, 0);
  encode_head(std::span(bytes).first<head_size>(), address, under, {state, sequence, 0, 0, false});
  return bytes;
}
Answer judged(State state, Sequence sequence, std::uint16_t under, bool own = true) {
  return judge(head(state, sequence, under), address, key, mine, own);
}

// --- C3: whose is an answer? ---

TEST(Judge, MineCountsUnderMyKeyInAnyTransaction) {
  for (const bool own : {true, false}) {
    EXPECT_EQ(judged(State::busy, mine, key, own), Answer::mine_busy);
    EXPECT_EQ(judged(State::done, mine, key, own), Answer::mine_done);
    EXPECT_EQ(judged(State::failed, mine, key, own), Answer::mine_done);
  }
}

TEST(Judge, AnotherKeyIsNotMine) {
  EXPECT_EQ(judged(State::done, mine, key + 1), Answer::not_mine);
  EXPECT_EQ(judged(State::done, mine, public_key), Answer::not_mine);
}

TEST(Judge, AnotherNumberOrSlotIsNotMine) {
  EXPECT_EQ(judged(State::done, {2, 8}, key), Answer::not_mine);
  EXPECT_EQ(judged(State::done, {1, 9}, key), Answer::not_mine);
}

TEST(Judge, OtherStatesUnderMyKeySayNothing) {
  for (const State state : {State::idle, State::pending, State::bad_frame, State::no_session,
                            State::out_of_order, static_cast<State>(9)}) {
    EXPECT_EQ(judged(state, mine, key), Answer::not_mine);
  }
}

TEST(Judge, PublicAnswersCountInMyOwnTransactionOnly) {
  const std::pair<State, Answer> all[] = {
      {State::pending, Answer::pending},       {State::bad_frame, Answer::bad_frame},
      {State::no_session, Answer::no_session}, {State::out_of_order, Answer::out_of_order},
      {State::idle, Answer::not_mine},         {State::done, Answer::not_mine},
      {State::busy, Answer::not_mine}};
  for (const auto& [state, answer] : all) {
    EXPECT_EQ(judged(state, {public_slot, 0}, public_key, true), answer);
    EXPECT_EQ(judged(state, {public_slot, 0}, public_key, false), Answer::not_mine);
    EXPECT_EQ(judged(state, {public_slot, 0}, key, true), Answer::not_mine);
  }
}

TEST(Judge, ADamagedAnswerIsNotMine) {
  const Octets good = head(State::done, mine, key);
  const Octets refusal = head(State::no_session, {public_slot, 0}, public_key);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    EXPECT_EQ(judge(flipped(good, bit), address, key, mine, true), Answer::not_mine) << bit;
    EXPECT_EQ(judge(flipped(refusal, bit), address, key, mine, true), Answer::not_mine) << bit;
  }
  EXPECT_EQ(judge(std::span(good).first(5), address, key, mine, true), Answer::not_mine);
  EXPECT_EQ(judge(good, address + 1, key, mine, true), Answer::not_mine);
  EXPECT_EQ(judge({}, address, key, mine, true), Answer::not_mine);
}

// --- a refusal: whose request does it refuse? It gives that request's CRC back. ---

class RefusalTest : public ::testing::Test {
 protected:
  // What a target shows behind `request`: a public head, and that request's CRC as its payload.
  Octets refusal(std::uint8_t slot = public_slot, std::size_t payload = crc_size) {
    Octets answer(head_size + payload + payload_crc_size, 0);
    std::copy(request_.end() - crc_size, request_.end(), answer.begin() + head_size);
    seal_answer(answer, address, public_key, {State::no_session, {slot, 0}, 0, 0, false}, payload);
    return answer;
  }
  Octets request_{0xA0, 0x49, 0, 3, 0x12, 0x34};
};

TEST_F(RefusalTest, IsMineIfItGivesBackMyChecksum) {
  EXPECT_TRUE(refuses(refusal(), address, request_));
  Octets other = request_;
  other.back() ^= 1;
  EXPECT_FALSE(refuses(refusal(), address, other));
}

TEST_F(RefusalTest, AnswersOfAnotherFormAreNone) {
  EXPECT_FALSE(refuses(refusal(3), address, request_)) << "a session's";
  EXPECT_FALSE(refuses(refusal(public_slot, 4), address, request_)) << "a payload of four bytes";
  EXPECT_FALSE(refuses({}, address, request_));
  EXPECT_FALSE(refuses(refusal(), address, std::span(request_).first(5)))
      << "no request is so short";
}

TEST_F(RefusalTest, ADamagedOneIsNone) {
  const Octets good = refusal();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    const std::size_t byte = bit / 8;
    const bool head_crc = byte == head_size - 2 || byte == head_size - 1;
    if (!head_crc) EXPECT_FALSE(refuses(flipped(good, bit), address, request_)) << bit;
  }
}

// --- C2, C4-C6 ---

class ExchangeTest : public ::testing::Test {
 protected:
  void send(Answer answer) {
    ASSERT_EQ(exchange_.next(), Step::send);
    exchange_.sent();
    exchange_.on_answer(answer);
  }
  void ends(Outcome outcome) {
    EXPECT_EQ(exchange_.next(), Step::finish);
    EXPECT_EQ(exchange_.outcome(), outcome);
  }
  SessionReply session(SessionStatus status, std::uint8_t last) {
    SessionReply reply;
    reply.status = status;
    reply.last = last;
    return reply;
  }
  Exchange exchange_;
};

TEST_F(ExchangeTest, DoneAtOnce) {
  send(Answer::mine_done);
  ends(Outcome::done);
  EXPECT_EQ(exchange_.transmissions(), 1U);
}

TEST_F(ExchangeTest, BusyAndPendingArePolled) {
  send(Answer::pending);
  EXPECT_EQ(exchange_.next(), Step::poll);
  exchange_.on_answer(Answer::mine_busy);
  EXPECT_EQ(exchange_.next(), Step::poll);
  exchange_.on_answer(Answer::mine_done);
  ends(Outcome::done);
  EXPECT_EQ(exchange_.transmissions(), 1U);
}

TEST_F(ExchangeTest, AfterAnyErrorTheSameBytesAgain) {
  exchange_.sent();
  exchange_.on_bus_error();
  send(Answer::not_mine);
  send(Answer::bad_frame);
  send(Answer::mine_busy);
  exchange_.on_answer(Answer::not_mine);  // polled, and somebody else's answer lay there
  send(Answer::mine_done);
  ends(Outcome::done);
  EXPECT_EQ(exchange_.transmissions(), 5U);
}

TEST_F(ExchangeTest, NoSessionToTheOnlyTransmissionOpensAnother) {
  send(Answer::no_session);
  EXPECT_EQ(exchange_.next(), Step::open_session);
  exchange_.on_session_opened();
  EXPECT_EQ(exchange_.transmissions(), 0U);
  send(Answer::mine_done);
  ends(Outcome::done);
}

TEST_F(ExchangeTest, NoSessionMayOpenAgainAndAgain) {
  for (int i = 0; i < 3; ++i) {
    send(Answer::no_session);
    exchange_.on_session_opened();
  }
  send(Answer::mine_done);
  ends(Outcome::done);
}

TEST_F(ExchangeTest, NoSessionToALaterTransmissionIsUnknown) {
  exchange_.sent();
  exchange_.on_bus_error();
  send(Answer::no_session);
  ends(Outcome::unknown);
}

TEST_F(ExchangeTest, ThreeRefusalsInARowAskResume) {
  for (const Answer refusal : {Answer::bad_frame, Answer::out_of_order}) {
    exchange_ = Exchange{};
    send(refusal);
    EXPECT_EQ(exchange_.next(), Step::send);
    send(refusal);
    EXPECT_EQ(exchange_.next(), Step::send);
    send(refusal);
    EXPECT_EQ(exchange_.next(), Step::resume);
  }
}

TEST_F(ExchangeTest, AnythingElseBreaksTheRow) {
  const auto two_refusals_and_on = [this] {
    send(Answer::bad_frame);
    send(Answer::out_of_order);
    EXPECT_EQ(exchange_.next(), Step::send);
  };
  two_refusals_and_on();
  send(Answer::not_mine);
  two_refusals_and_on();
  exchange_.sent();
  exchange_.on_bus_error();
  two_refusals_and_on();
  send(Answer::pending);
  exchange_.on_answer(Answer::not_mine);
  two_refusals_and_on();
  send(Answer::bad_frame);
  EXPECT_EQ(exchange_.next(), Step::resume);
}

TEST_F(ExchangeTest, AnotherSessionStartsTheRowAnew) {
  send(Answer::no_session);
  exchange_.on_session_opened();
  send(Answer::bad_frame);
  send(Answer::bad_frame);
  EXPECT_EQ(exchange_.next(), Step::send);
}

TEST_F(ExchangeTest, ResumeThatKnowsTheCommandSendsOn) {
  for (const std::uint8_t last : {9, 8}) {  // arrived, or awaited
    exchange_ = Exchange{};
    for (int i = 0; i < 3; ++i) send(Answer::bad_frame);
    exchange_.on_resumed(session(SessionStatus::open, last), 9);
    send(Answer::bad_frame);
    send(Answer::bad_frame);
    EXPECT_EQ(exchange_.next(), Step::send) << "the count starts anew";
    send(Answer::mine_done);
    ends(Outcome::done);
  }
}

TEST_F(ExchangeTest, ResumeAcrossTheWrapOfNumbers) {
  for (int i = 0; i < 3; ++i) send(Answer::bad_frame);
  exchange_.on_resumed(session(SessionStatus::open, 31), 0);
  EXPECT_EQ(exchange_.next(), Step::send);
}

TEST_F(ExchangeTest, ResumeThatKnowsNothingIsUnknown) {
  const SessionReply strange[] = {session(SessionStatus::unknown, 9),
                                  session(SessionStatus::open, 10), session(SessionStatus::open, 7),
                                  session(SessionStatus::no_slot, 9)};
  for (const SessionReply& reply : strange) {
    exchange_ = Exchange{};
    for (int i = 0; i < 3; ++i) send(Answer::out_of_order);
    exchange_.on_resumed(reply, 9);
    ends(Outcome::unknown);
  }
}

TEST_F(ExchangeTest, DeadlineBeforeAnythingWasSent) {
  exchange_.on_deadline();
  ends(Outcome::not_run);
}

TEST_F(ExchangeTest, DeadlineWhileAnotherSessionIsOpened) {
  send(Answer::no_session);
  exchange_.on_deadline();
  ends(Outcome::not_run);
  exchange_ = Exchange{};
  send(Answer::no_session);
  exchange_.on_session_opened();
  exchange_.on_deadline();
  ends(Outcome::not_run);
}

TEST_F(ExchangeTest, DeadlineOnceSomethingWasSent) {
  exchange_.sent();
  exchange_.on_bus_error();
  exchange_.on_deadline();
  ends(Outcome::unknown);
}

TEST_F(ExchangeTest, DeadlineAfterPendingIsUnknown) {
  send(Answer::pending);
  exchange_.on_deadline();
  ends(Outcome::unknown);
}

TEST_F(ExchangeTest, DeadlineIsStillRunningIfTheLastWordWasBusy) {
  send(Answer::mine_busy);
  exchange_.on_bus_error();  // no word at all
  exchange_.on_deadline();
  ends(Outcome::still_running);
}

TEST_F(ExchangeTest, DeadlineAfterALaterWordIsUnknown) {
  send(Answer::mine_busy);
  exchange_.on_answer(Answer::not_mine);
  exchange_.on_deadline();
  ends(Outcome::unknown);
}

TEST_F(ExchangeTest, DeadlineAfterTheEndChangesNothing) {
  send(Answer::mine_done);
  exchange_.on_deadline();
  ends(Outcome::done);
}

}  // namespace
}  // namespace picoctl
