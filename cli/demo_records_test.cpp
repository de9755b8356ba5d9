// The demonstration's comparison must be able to say no.
#include "demo_records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace picoctl::cli {
namespace {

namespace trace = controller::trace;
using testing::ElementsAre;
using testing::HasSubstr;
using Runs = std::map<Token, std::size_t>;

trace::Transaction exchange(Token token, std::uint8_t number, trace::Check request_crc,
                            State state = State::done,
                            trace::Check head_crc = trace::Check::right) {
  trace::Transaction one;
  one.request = trace::RequestSeen{.sequence = {1, number},
                                   .command = "light",
                                   .arguments = {{"token", std::to_string(token)}},
                                   .crc = request_crc};
  one.answer =
      trace::AnswerSeen{.head = {.state = state, .sequence = {1, number}}, .head_crc = head_crc};
  if (state == State::bad_frame) one.answer->head.sequence = {public_slot, 0};
  return one;
}

TEST(DemoRecords, all_three_agree) {
  const Verdict verdict = compare({7, 9}, Runs{{7, 1}, {9, 1}}, Runs{{7, 1}, {9, 1}});
  EXPECT_TRUE(verdict.good());
  EXPECT_EQ(verdict.ran_once, 2U);
}

TEST(DemoRecords, a_lost_command_is_named) {
  const Verdict verdict = compare({7, 9}, Runs{{7, 1}}, Runs{{7, 1}, {9, 1}});
  EXPECT_FALSE(verdict.good());
  EXPECT_EQ(verdict.lost, 1U);
  EXPECT_THAT(verdict.disagreements, ElementsAre(HasSubstr("token 9")));
}

TEST(DemoRecords, a_command_that_ran_twice_is_named) {
  const Verdict verdict = compare({7}, Runs{{7, 2}}, Runs{{7, 1}});
  EXPECT_FALSE(verdict.good());
  EXPECT_EQ(verdict.ran_once, 0U);
  EXPECT_THAT(verdict.disagreements, ElementsAre(HasSubstr("2 times in the Pico's journal")));
}

TEST(DemoRecords, one_that_nobody_sent_is_named) {
  EXPECT_THAT(compare({7}, Runs{{7, 1}, {8, 1}}, Runs{{7, 1}}).disagreements,
              ElementsAre(HasSubstr("token 8: never sent")));
  EXPECT_THAT(compare({7}, Runs{{7, 1}}, Runs{{7, 1}, {8, 1}}).disagreements,
              ElementsAre(HasSubstr("on the wires")));
}

TEST(DemoRecords, one_that_the_wires_did_not_see_is_named) {
  EXPECT_FALSE(compare({7}, Runs{{7, 1}}, Runs{}).good());
}

TEST(DemoRecords, tokens_of_a_journal) {
  const Runs runs = journal_runs(
      "0.001 light n=1 on=1 token=5\n0.002 led n=1 on=1\n"
      "0.003 0x41 light n=1 on=0 token=4294967295\n0.004 light token=5\n");
  EXPECT_EQ(runs, (Runs{{5, 2}, {4294967295U, 1}}));
}

TEST(WireRecord, a_damaged_request_does_not_count_and_its_repetition_does) {
  WireRecord wires;
  wires.add(exchange(7, 1, trace::Check::wrong, State::bad_frame));
  EXPECT_TRUE(wires.runs().empty());
  wires.add(exchange(7, 1, trace::Check::right));
  EXPECT_EQ(wires.runs(), (Runs{{7, 1}}));
}

TEST(WireRecord, the_same_bytes_again_are_one_command) {
  WireRecord wires;
  wires.add(exchange(7, 1, trace::Check::right, State::done, trace::Check::wrong));
  EXPECT_TRUE(wires.runs().empty());  // its answer was damaged
  wires.add(exchange(7, 1, trace::Check::right));
  wires.add(exchange(7, 1, trace::Check::right));
  EXPECT_EQ(wires.runs(), (Runs{{7, 1}}));
}

TEST(WireRecord, a_sequence_number_that_comes_round_again_is_another_command) {
  WireRecord wires;
  wires.add(exchange(7, 1, trace::Check::right));
  wires.add(exchange(8, 1, trace::Check::right));
  EXPECT_EQ(wires.runs(), (Runs{{7, 1}, {8, 1}}));
}

TEST(WireRecord, a_token_under_two_numbers_ran_twice) {
  WireRecord wires;
  wires.add(exchange(7, 1, trace::Check::right));
  wires.add(exchange(7, 2, trace::Check::right));
  EXPECT_EQ(wires.runs(), (Runs{{7, 2}}));
}

}  // namespace
}  // namespace picoctl::cli
