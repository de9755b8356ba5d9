#include "picoctl/link/batch.hpp"

#include <gtest/gtest.h>

#include "testing.hpp"

namespace picoctl {
namespace {

using testing::octets;
using testing::Octets;

struct One {
  std::uint8_t n = 0;
  using fields = Fields<Field<"n", &One::n>>;
};
struct Four {
  std::uint32_t value = 0;
  using fields = Fields<Field<"value", &Four::value>>;
};
using Put = Command<"put", "n over 9 is refused", One>;
using Get = Command<"get", "n as four bytes", One, Four>;
using Alone = Command<"alone", "never in a batch">;
using Spill = Command<"spill", "writes, then fails", Nothing, Four>;

Result<void> on_put(Context&, const One& args) {
  if (args.n > 9) return Unexpected{Error::bad_value};
  return {};
}
Result<Four> on_get(Context&, const One& args) { return Four{args.n}; }
Result<void> on_alone(Context&, const Nothing&) { return {}; }
Result<void> on_spill(Context&, const Nothing&, Writer& reply) {
  reply.integer<std::uint32_t>(0xFFFFFFFFU);
  return Unexpected{Error::handler_failed};
}

constexpr Entry entries[] = {entry<Put, on_put>(), entry<Get, on_get>(),
                             entry<Alone, on_alone>(true), entry<Spill, on_spill>()};
constexpr Module modules[] = {{entries, {}}};
constexpr int put = 1, get = 2, alone = 3, spill = 4;

class BatchTest : public ::testing::Test {
 protected:
  // Runs it with room for `room` bytes of answer; the error, or the answer's bytes.
  Result<Octets> run(const Octets& payload, std::size_t room = 240) {
    std::array<std::uint8_t, 240> answer{};
    Writer reply{std::span(answer).first(room)};
    const auto result = run_batch(Commands{modules}, context_, Reader(payload), reply);
    if (!result) return Unexpected{result.error()};
    EXPECT_TRUE(reply.ok());
    return octets(reply.written());
  }
  Context context_;
};

TEST_F(BatchTest, RunsItsEntriesInOrder) {
  const auto answer = run(octets({0, put, 1, 1, get, 1, 7, put, 1, 2}));
  EXPECT_EQ(*answer, octets({3, 0, 0, 0, 4, 7, 0, 0, 0, 0, 0}));
  EXPECT_EQ(context_.journal, (std::vector<std::string>{"put n=1", "get n=7", "put n=2"}));
}

TEST_F(BatchTest, MayBeEmpty) { EXPECT_EQ(*run(octets({0})), octets({0})); }

TEST_F(BatchTest, StopsAtTheFirstFailure) {
  const auto answer = run(octets({0, put, 1, 1, put, 1, 10, put, 1, 2}));
  EXPECT_EQ(*answer, octets({2, 0, 0, static_cast<int>(Error::bad_value), 0}));
  EXPECT_EQ(context_.journal.size(), 2U);
}

TEST_F(BatchTest, GoesOnIfTheFlagSaysSo) {
  const auto answer = run(octets({1, put, 1, 10, put, 1, 2}));
  EXPECT_EQ(*answer, octets({2, static_cast<int>(Error::bad_value), 0, 0, 0}));
  EXPECT_EQ(context_.journal.size(), 2U);
}

TEST_F(BatchTest, AFailedEntryRepliesNothing) {
  const auto answer = run(octets({1, spill, 0, put, 1, 1}));
  EXPECT_EQ(*answer, octets({2, static_cast<int>(Error::handler_failed), 0, 0, 0}));
}

TEST_F(BatchTest, RunsNothingIfAnyEntryIsWrong) {
  RecordProperty("provokes", "bad_batch,bad_arguments");
  const std::pair<Octets, Error> wrong[] = {
      {{}, Error::bad_batch},                                        // not even flags
      {octets({2, put, 1, 1}), Error::bad_batch},                    // an unknown flag
      {octets({0, put, 1, 1, put}), Error::bad_batch},               // no length
      {octets({0, put, 1, 1, put, 1}), Error::bad_batch},            // cut short
      {octets({0, put, 1, 1, 99, 0}), Error::bad_batch},             // no such command
      {octets({0, put, 1, 1, 0, 1, 0}), Error::bad_batch},           // a batch inside
      {octets({0, put, 1, 1, 0x80, 1, 0}), Error::bad_batch},        // the same in disguise
      {octets({0, put, 1, 1, alone, 0}), Error::bad_batch},          // only alone
      {octets({0, put, 1, 1, put, 0}), Error::bad_arguments},        // too few arguments
      {octets({0, put, 1, 1, put, 2, 1, 1}), Error::bad_arguments},  // too many
      {octets({0, put, 1, 1, 0x80, 1, put}), Error::bad_arguments},  // long form, nothing behind
  };
  for (const auto& [payload, error] : wrong) {
    const auto answer = run(payload);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error(), error);
  }
  EXPECT_TRUE(context_.journal.empty());
}

TEST_F(BatchTest, TakesLongCommandNumbers) {
  EXPECT_EQ(*run(octets({0, 0x80, 2, get, 5})), octets({1, 0, 4, 5, 0, 0, 0}));
}

TEST_F(BatchTest, AnEntryWhoseLargestReplyDoesNotFitIsNotStarted) {
  const Octets payload = octets({0, get, 1, 1, get, 1, 2, put, 1, 3});
  EXPECT_EQ(*run(payload, 1 + 6 + 6 + 2), octets({3, 0, 4, 1, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0}));
  context_.journal.clear();
  EXPECT_EQ(*run(payload, 1 + 6 + 6 + 1), octets({2, 0, 4, 1, 0, 0, 0, 0, 4, 2, 0, 0, 0}));
  EXPECT_EQ(*run(payload, 1 + 6 + 5), octets({1, 0, 4, 1, 0, 0, 0}));
  EXPECT_EQ(*run(payload, 1), octets({0}));
  EXPECT_EQ(context_.journal.size(), 3U);
}

// What is remembered of an entry is for its like only.
TEST_F(BatchTest, LooksAtEachEntryAlsoBehindItsLike) {
  EXPECT_EQ(run(octets({0, put, 1, 1, put, 2, 1, 1, put, 1, 1})).error(), Error::bad_arguments);
  EXPECT_EQ(run(octets({0, spill, 0, spill, 1, 0})).error(), Error::bad_arguments);
  EXPECT_EQ(run(octets({0, spill, 0, spill})).error(), Error::bad_batch);
  EXPECT_EQ(run(octets({0, put, 1, 1, alone, 1, 1})).error(), Error::bad_batch);
  EXPECT_EQ(run(octets({0, 0x80, 2, put, 1, 0x80, 2, 99, 1})).error(), Error::bad_batch);
  EXPECT_TRUE(context_.journal.empty());
  EXPECT_EQ(
      *run(octets({0, get, 1, 7, put, 1, 1, get, 1, 8, 0x80, 2, get, 9, get, 1, 6})),
      octets({5, 0, 4, 7, 0, 0, 0, 0, 0, 0, 4, 8, 0, 0, 0, 0, 4, 9, 0, 0, 0, 0, 4, 6, 0, 0, 0}));
}

TEST_F(BatchTest, NeedsRoomForItsCount) {
  EXPECT_EQ(run(octets({0, put, 1, 1}), 0).error(), Error::reply_too_long);
  EXPECT_TRUE(context_.journal.empty());
}

TEST(BatchEntry, IsPutOnlyIfItFits) {
  std::array<std::uint8_t, 6> room{};
  Writer payload(room);
  const Octets args = octets({1, 2});
  EXPECT_TRUE(put_batch_entry(payload, {7, args}));
  EXPECT_EQ(octets(payload.written()), octets({7, 2, 1, 2}));
  EXPECT_FALSE(put_batch_entry(payload, {7, args}));

  std::array<std::uint8_t, 300> large{};
  Writer roomy(large);
  EXPECT_TRUE(put_batch_entry(roomy, {7, Octets(240, 0)}));
  roomy.rewind();
  EXPECT_FALSE(put_batch_entry(roomy, {7, Octets(241, 0)}));
  EXPECT_EQ(roomy.size(), 0U);
}

TEST(BatchReply, IsTakenWhole) {
  const Octets wire = octets({0, 2, 8, 9, 0x40, 0, 0, 3, 1});
  Reader reader(wire);
  EXPECT_EQ(octets(take_batch_reply(reader)->reply), octets({8, 9}));
  EXPECT_EQ(take_batch_reply(reader)->status, 0x40);
  EXPECT_FALSE(take_batch_reply(reader));
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace picoctl
