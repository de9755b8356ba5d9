#include "picoctl/link/batch.hpp"

#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class BatchTest : public ConnectionTest {
 protected:
  BatchTest() { open(); }
  Expected<std::vector<BatchItemResult>> batch(std::vector<BatchItem> items, bool go_on = false) {
    return connection->batch(items, {go_on, {}});
  }
  void expect_refused(const std::vector<BatchItem>& items, Error error,
                      Outcome outcome = Outcome::not_run) {
    const auto result = batch(items);
    ASSERT_FALSE(result);
    EXPECT_EQ(name(result.error().error), name(error)) << result.error().detail;
    EXPECT_EQ(result.error().outcome, outcome);
    provoked(error);
  }
};

TEST_F(BatchTest, RunsAllInOneTransaction) {
  const auto result = batch({{"note", {1}}, {"add", {2, 3}}, {"note", {4}}});
  ASSERT_TRUE(result) << summary(result.error());
  ASSERT_EQ(result->size(), 3U);
  for (const BatchItemResult& item : *result) EXPECT_TRUE(item.ran && !item.failure);
  EXPECT_EQ((*result)[1].reply.at("sum"), 5);
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(noted(4), 1);
  EXPECT_EQ(connection->counters().transmissions, before.transmissions + 1);
}

TEST_F(BatchTest, StopsAtTheFirstFailure) {
  const auto result = batch({{"note", {1}}, {"refuse", {0x65}}, {"note", {2}}});
  ASSERT_TRUE(result);
  EXPECT_TRUE((*result)[0].ran);
  EXPECT_TRUE((*result)[1].ran);
  ASSERT_TRUE((*result)[1].failure);
  EXPECT_EQ((*result)[1].failure->outcome, Outcome::done);
  EXPECT_EQ((*result)[1].failure->detail, "'refuse': error 0x65");
  EXPECT_FALSE((*result)[2].ran);
  EXPECT_EQ(noted(2), 0);
}

TEST_F(BatchTest, GoesOnIfTold) {
  const auto result = batch({{"refuse", {0x40}}, {"note", {2}}}, true);
  ASSERT_TRUE(result);
  EXPECT_EQ((*result)[0].failure->error, Error::bad_value);
  EXPECT_TRUE((*result)[1].ran);
  EXPECT_EQ(noted(2), 1);
}

TEST_F(BatchTest, OfNothing) {
  const auto result = batch({});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->empty());
}

TEST_F(BatchTest, IsCheckedBeforeAnythingIsSent) {
  const auto transfers = bus->transfers();
  expect_refused({{"note", {1}}, {"nota", {1}}}, Error::no_such_command);
  expect_refused({{"note", {1}}, {"note", {}}}, Error::wrong_count);
  expect_refused({{"note", {1}}, {"note", {"x"}}}, Error::wrong_type);
  expect_refused({{"note", {1}}, {"note", {-1}}}, Error::out_of_range);
  expect_refused(std::vector<BatchItem>(50, {"note", {1}}), Error::too_long);
  EXPECT_EQ(bus->transfers(), transfers);
}

TEST_F(BatchTest, WhatMayNotBePartOfItIsRefusedByThePico) {
  expect_refused({{"note", {1}}, {"system.restart", {}}}, Error::bad_batch, Outcome::done);
  EXPECT_EQ(noted(1), 0);
}

TEST_F(BatchTest, WhatHasNoRoomForItsReplyIsNotStarted) {
  const std::string text(70, 'x');
  const auto result = batch({{"system.echo", {text}}, {"system.echo", {text}}});
  ASSERT_TRUE(result) << summary(result.error());
  EXPECT_FALSE((*result)[1].ran);
}

TEST_F(BatchTest, RunsOnceWhateverIsLost) {
  bus->script = {&lost_reply, damaged_reply(4), &lost_request};
  ASSERT_TRUE(batch({{"note", {1}}, {"note", {2}}}));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(noted(2), 1);
}

TEST_F(BatchTest, AnAnswerThatMakesNoSenseIsSaid) {
  bus->script = {[this](TestBus& wire, TestBus::Messages messages) {
    auto done = wire.usual(messages);
    messages[1].data[head_size] = 9;  // more than were sent
    const std::span answer(messages[1].data, messages[1].length);
    seal_answer(answer, 0x41, key(), *parse_head(answer), answer[2]);
    return done;
  }};
  expect_refused({{"note", {1}}}, Error::bad_description, Outcome::done);
}

}  // namespace
}  // namespace picoctl::controller::test
