#include "picoctl/link/dispatch.hpp"

#include <gtest/gtest.h>

#include "testing.hpp"

namespace picoctl {
namespace {

using testing::octets;
using testing::Octets;

struct Pair {
  std::uint8_t n = 0;
  bool on = false;
  using fields = Fields<Field<"n", &Pair::n>, Field<"on", &Pair::on>>;
};
struct Count {
  std::uint16_t count = 0;
  using fields = Fields<Field<"count", &Count::count>>;
};
using Set = Command<"set", "Set it", Pair>;
using Add = Command<"add", "Add them", Pair, Count, 70>;
using Fill = Command<"fill", "Fill the reply", Nothing, Count>;

Result<void> on_set(Context& context, const Pair& pair) {
  context.journal.push_back(pair.on ? "on" : "off");
  if (pair.n > 9) return Unexpected{Error::bad_value};
  return {};
}
Result<Count> on_add(Context&, const Pair& pair) {
  if (pair.n > 9) return Unexpected{Error::user_error};
  return Count{static_cast<std::uint16_t>(pair.n + (pair.on ? 256 : 0))};
}
Result<void> on_fill(Context&, const Nothing&, Writer& reply) {
  reply.integer<std::uint16_t>(0x0201);
  return {};
}

Result<void> on_count(Context&, const Count&) { return {}; }

constexpr Entry first[] = {entry<Set, on_set>(), entry<Add, on_add>(true)};
constexpr Entry second[] = {entry<Fill, on_fill>()};
constexpr Module modules[] = {{first, {}}, {{}, {}}, {second, {}}};
constexpr Commands commands{modules};

class DispatchTest : public ::testing::Test {
 protected:
  Result<void> call(const Entry& entry, const Octets& args, bool run = true) {
    Reader reader(args);
    reply_.rewind();
    return entry.invoke(run ? &context_ : nullptr, entry, reader, reply_);
  }
  Context context_;
  std::array<std::uint8_t, 16> room_{};
  Writer reply_{room_};
};

TEST_F(DispatchTest, RunsTheHandlerWithItsArguments) {
  EXPECT_TRUE(call(first[0], octets({1, 1})));
  EXPECT_EQ(context_.journal, (std::vector<std::string>{"set n=1 on=1", "on"}));
  EXPECT_EQ(reply_.size(), 0U);
}

TEST_F(DispatchTest, EncodesTheReply) {
  EXPECT_TRUE(call(first[1], octets({7, 1})));
  EXPECT_EQ(octets(reply_.written()), octets({7, 1}));
  EXPECT_TRUE(call(second[0], {}));
  EXPECT_EQ(octets(reply_.written()), octets({1, 2}));
}

TEST_F(DispatchTest, PassesOnWhyAHandlerRefuses) {
  EXPECT_EQ(call(first[0], octets({10, 0})).error(), Error::bad_value);
  EXPECT_EQ(call(first[1], octets({10, 0})).error(), Error::user_error);
  EXPECT_EQ(reply_.size(), 0U);
}

TEST_F(DispatchTest, RefusesWhatDoesNotDecodeAndRunsNothing) {
  const Octets malformed[] = {{}, octets({1}), octets({1, 2}), octets({1, 1, 0})};
  for (const Octets& args : malformed) {
    EXPECT_EQ(call(first[0], args).error(), Error::bad_arguments);
  }
  EXPECT_EQ(call(second[0], octets({0})).error(), Error::bad_arguments);
  EXPECT_TRUE(context_.journal.empty());
}

TEST_F(DispatchTest, WithoutAContextItOnlyChecks) {
  EXPECT_TRUE(call(first[0], octets({99, 1}), false));
  EXPECT_TRUE(call(first[1], octets({99, 1}), false));
  EXPECT_FALSE(call(first[1], octets({99, 2}), false));
  EXPECT_TRUE(context_.journal.empty());
  EXPECT_EQ(reply_.size(), 0U);
}

TEST(Entry, KnowsItsCommand) {
  EXPECT_EQ(first[0].line, Set::line.view());
  EXPECT_EQ(first[0].max_reply, 0);
  EXPECT_EQ(first[0].max_time_ms, 1000);
  EXPECT_FALSE(first[0].alone);
  EXPECT_EQ(first[1].max_reply, 2);
  EXPECT_EQ(first[1].max_time_ms, 70);
  EXPECT_TRUE(first[1].alone);
  EXPECT_EQ(name_of(first[1]), "add");
}

// The batch believes it, and does not look.
TEST(Entry, SaysWhichArgumentsNeedNoLook) {
  EXPECT_EQ(first[0].plain_args, Entry::must_look);  // a bool has two values
  EXPECT_EQ(second[0].plain_args, 0);
  static_assert(entry<Command<"count", "", Count>, on_count>().plain_args == 2);
  static_assert(Codec<std::array<float, 3>>::any_bytes);
  static_assert(!Codec<std::array<bool, 3>>::any_bytes);
  static_assert(!Codec<Bytes<3>>::any_bytes && !Codec<Text<3>>::any_bytes);
}

TEST(Names, Differ) {
  constexpr Entry twice[] = {entry<Set, on_set>(), entry<Fill, on_fill>(), entry<Set, on_set>()};
  static_assert(names_differ(first));
  static_assert(!names_differ(twice));
  EXPECT_TRUE(names_differ({}));
}

TEST(Commands, AreNumberedAcrossModulesFromOneOn) {
  EXPECT_EQ(commands.find(0), nullptr);
  EXPECT_EQ(commands.find(1), &first[0]);
  EXPECT_EQ(commands.find(2), &first[1]);
  EXPECT_EQ(commands.find(3), &second[0]);
  EXPECT_EQ(commands.find(4), nullptr);
  EXPECT_EQ(commands.find(0xFFFF), nullptr);
}

TEST(CommandNumber, HasALongForm) {
  const Octets payload = octets({0x22, 0x33});
  Reader reader(payload);
  EXPECT_EQ(take_command_number(0, reader), 0);
  EXPECT_EQ(take_command_number(127, reader), 127);
  EXPECT_EQ(reader.remaining(), 2U);
  EXPECT_EQ(take_command_number(0x80, reader), 0x22);
  EXPECT_EQ(take_command_number(0xFF, reader), 0x7F33);
  EXPECT_TRUE(reader.finished());
  (void)take_command_number(0x81, reader);
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace picoctl
