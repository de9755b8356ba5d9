#include "picoctl/target/core.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "picoctl/commands/gpio.hpp"
#include "picoctl/commands/led.hpp"
#include "picoctl/commands/pulse.hpp"
#include "picoctl/link/batch.hpp"
#include "picoctl/link/description.hpp"
#include "test_rig.hpp"

namespace picoctl::target::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Numbers of the commands in `all_modules`, as a controller finds them in the description.
template <typename C>
std::uint8_t number_of() {
  std::uint8_t number = 1;
  for (const Module* module : all_modules) {
    for (const Entry& entry : module->commands) {
      if (entry.line == C::line.view()) return number;
      ++number;
    }
  }
  return 0;
}

class CoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rig_.target.start();
    key_ = rig_.open(1);
  }
  template <typename C>
  std::vector<std::uint8_t> call(std::uint8_t sequence, const typename C::Args& args = {}) {
    Writer payload(room_);
    Codec<typename C::Args>::encode(payload, args);
    return rig_.exchange(key_, {{0, sequence}, number_of<C>(), payload.written()});
  }
  Error error_of(std::span<const std::uint8_t> answer) {
    EXPECT_EQ(state_of(answer), State::failed);
    EXPECT_TRUE(payload_crc_matches(answer, rig_.address, key_));
    return static_cast<Error>(answer[head_size]);
  }
  std::string text_of(std::span<const std::uint8_t> answer) {
    const auto text = answer.subspan(head_size + 1, answer[2] - 1U);
    return {text.begin(), text.end()};
  }

  Rig<> rig_;
  std::uint16_t key_ = 0;
  std::array<std::uint8_t, max_payload> room_{};
};

TEST_F(CoreTest, ACommandRunsOnceHoweverOftenItComes) {
  for (int times = 0; times < 5; ++times) {
    EXPECT_EQ(state_of(call<gpio::Write>(1, {15, true})), State::done);
  }
  EXPECT_THAT(rig_.board.lines, ElementsAre("gpio.write pin=15 on=1"));
  EXPECT_EQ(rig_.target.stats().repeated, 4U);
}

// T3: the kept answer is the slot's own, whoever was answered last.
TEST_F(CoreTest, EachSlotKeepsItsOwnAnswer) {
  const std::uint16_t other = rig_.open(2);
  const Request first{{0, 1}, number_of<system::Identify>(), {}};
  const Request second{{1, 1}, number_of<system::Ping>(), {}};
  const auto identified = rig_.exchange(key_, first);
  const auto pinged = rig_.exchange(other, second);
  EXPECT_EQ(rig_.exchange(key_, first), identified);
  EXPECT_EQ(rig_.exchange(other, second), pinged);
  EXPECT_THAT(rig_.board.lines, SizeIs(2));
}

TEST_F(CoreTest, APulseDrivesAPinForItsTimeAndTheWatchdogIsFed) {
  EXPECT_EQ(state_of(call<pulse::Pulse>(1, {15, 1000})), State::done);
  EXPECT_EQ(rig_.board.slept_high_us, 1'000'000U);
  EXPECT_EQ(rig_.board.levels & rig_.board.outputs, 0U) << "low again";
  EXPECT_LE(rig_.board.longest_silence_us, 100'000U);
}

TEST_F(CoreTest, APulseThatIsTooLongOrOnTheLinksPinsIsRefused) {
  EXPECT_EQ(error_of(call<pulse::Pulse>(1, {15, 1001})), Error::bad_value);
  EXPECT_EQ(error_of(call<pulse::Pulse>(2, {1, 1})), Error::pin_reserved);
  EXPECT_EQ(error_of(call<pulse::Pulse>(3, {30, 1})), Error::no_such_pin);
  EXPECT_EQ(rig_.board.outputs, 0U);
}

TEST_F(CoreTest, TheNumbersWrapAndEachRunsOnce) {
  for (int i = 1; i <= 100; ++i) {
    EXPECT_EQ(state_of(call<gpio::Write>(static_cast<std::uint8_t>(i % 32), {15, true})),
              State::done);
  }
  EXPECT_THAT(rig_.board.lines, SizeIs(100));
}

TEST_F(CoreTest, ASkippedNumberIsOutOfOrderAndRunsNothing) {
  EXPECT_EQ(state_of(call<gpio::Write>(2, {15, true})), State::out_of_order);
  EXPECT_EQ(state_of(call<gpio::Write>(0, {15, true})), State::out_of_order) << "nothing is kept";
  EXPECT_THAT(rig_.board.lines, IsEmpty());
}

TEST_F(CoreTest, EveryOneBitDamageToAFrameIsRefused) {
  const std::vector<std::uint8_t> good =
      rig_.frame(key_, {{0, 1}, number_of<gpio::Write>(), std::array<std::uint8_t, 2>{15, 1}});
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
    rig_.write(bad);
    rig_.turn_loop();
    EXPECT_THAT(rig_.board.lines, IsEmpty()) << "bit " << bit;
  }
  rig_.write(good);
  rig_.turn_loop();
  EXPECT_THAT(rig_.board.lines, SizeIs(1)) << "and the undamaged one still runs";
}

TEST_F(CoreTest, BusyIsShownWhileTheHandlerRuns) {
  static Rig<>* inside;
  static State seen;
  Rig<> rig;
  inside = &rig;
  rig.target.command("peek", [] { seen = state_of(inside->read(6)); });
  rig.target.start();
  const std::uint16_t key = rig.open(1);
  std::uint8_t number = 0;
  while (name_of(*rig.target.Core::commands().find(++number)) != "peek") {
  }
  EXPECT_EQ(state_of(rig.exchange(key, {{0, 1}, number, {}}, 6)), State::done);
  EXPECT_EQ(seen, State::busy);
}

TEST_F(CoreTest, AFrameOfAClosedSlotGetsNoSession) {
  EXPECT_EQ(state_of(rig_.exchange(key_, {{1, 1}, 3, {}})), State::no_session);
  EXPECT_EQ(state_of(rig_.exchange(key_, {{6, 1}, 3, {}})), State::no_session) << "no such slot";
}

TEST_F(CoreTest, AnUnknownPublicCommandIsABadFrame) {
  EXPECT_EQ(state_of(rig_.exchange(public_key, {{public_slot, 0}, 9, {}})), State::bad_frame);
  EXPECT_EQ(state_of(rig_.exchange(public_key, {{public_slot, 0}, 1, {}})), State::bad_frame);
}

TEST_F(CoreTest, UnknownCommandsAndWrongArgumentsAreAnsweredInTheSession) {
  EXPECT_EQ(error_of(rig_.exchange(key_, {{0, 1}, 99, {}})), Error::unknown_command);
  const std::array<std::uint8_t, 1> one{15};
  EXPECT_EQ(error_of(rig_.exchange(key_, {{0, 2}, number_of<gpio::Write>(), one})),
            Error::bad_arguments);
  const std::array<std::uint8_t, 3> three{15, 1, 0};
  EXPECT_EQ(error_of(rig_.exchange(key_, {{0, 3}, number_of<gpio::Write>(), three})),
            Error::bad_arguments);
  EXPECT_THAT(rig_.board.lines, IsEmpty());
}

TEST_F(CoreTest, TheLinksOwnPinsAreRefusedByName) {
  const auto answer = call<gpio::Write>(1, {1, true});
  EXPECT_EQ(error_of(answer), Error::pin_reserved);
  EXPECT_EQ(text_of(answer), "GP1 is this link's SCL");
  const auto group = call<gpio::WriteGroup>(2, {0b1000'0000'0000'0001, 0});
  EXPECT_EQ(error_of(group), Error::pin_reserved);
  EXPECT_EQ(rig_.board.outputs, 0U) << "nothing is done in part";
  EXPECT_EQ(error_of(call<gpio::Read>(3, {30})), Error::no_such_pin);
  EXPECT_EQ(error_of(call<gpio::SetMode>(4, {30, gpio::Mode::output, gpio::Pull::none})),
            Error::no_such_pin);
  EXPECT_EQ(error_of(call<gpio::ReadGroup>(5, {0b10})), Error::pin_reserved);
  EXPECT_EQ(error_of(call<gpio::ReadGroup>(6, {1U << 31})), Error::no_such_pin);
}

TEST_F(CoreTest, ALightThatIsNotThereIsRefused) {
  EXPECT_EQ(error_of(call<led::Set>(1, {4, true})), Error::bad_value);
  EXPECT_EQ(rig_.board.outputs, 0U);
}

TEST_F(CoreTest, ARegisterThatIsNotThereCannotBeSet) {
  const std::vector<std::uint8_t> before = rig_.read_register(0, 0x80);
  rig_.target.set_register(0x7F, 1);
  EXPECT_EQ(rig_.read_register(0, 0x80), before);
}

TEST(Reply, ThatHasNoRoomIsAFailureAndTheCommandCountsAsRun) {
  Rig<Limits{.slots = 1, .reply = 16}> rig;
  rig.target.start();
  const std::uint16_t key = rig.open(1);
  std::vector<std::uint8_t> twenty(21);
  twenty[0] = 20;
  const auto answer = rig.exchange(key, {{0, 1}, number_of<system::Echo>(), twenty});
  EXPECT_EQ(state_of(answer), State::failed);
  EXPECT_EQ(static_cast<Error>(answer[head_size]), Error::reply_too_long);
}

TEST_F(CoreTest, GpioActsOnAllPinsOfAGroupAtOnce) {
  EXPECT_EQ(state_of(call<gpio::WriteGroup>(1, {0xC, 0x4})), State::done);
  EXPECT_EQ(rig_.board.levels, 0x4U);
  EXPECT_EQ(rig_.board.outputs, 0xCU);
  EXPECT_EQ(error_of(call<gpio::WriteGroup>(2, {0x4, 0x8})), Error::bad_value);
  rig_.board.inputs = 0xFFFF0000;
  const auto answer = call<gpio::ReadGroup>(3, {0x0003000C});
  EXPECT_THAT(std::vector<std::uint8_t>(answer.begin() + 6, answer.begin() + 10),
              ElementsAre(0x04, 0, 0x03, 0));
}

TEST_F(CoreTest, ABatchIsCheckedWhollyBeforeAnyOfItRuns) {
  const std::uint8_t write = number_of<gpio::Write>();
  const std::array<std::uint8_t, 10> good{0, write, 2, 15, 1, write, 2, 14, 1, 0};
  auto answer = rig_.exchange(key_, {{0, 1}, batch_command, std::span(good).first(9)});
  EXPECT_EQ(state_of(answer), State::done);
  EXPECT_EQ(answer[head_size], 2);
  EXPECT_THAT(rig_.board.lines, SizeIs(2));

  const std::array<std::uint8_t, 9> bad_second{0, write, 2, 15, 0, write, 2, 14, 2};
  EXPECT_EQ(error_of(rig_.exchange(key_, {{0, 2}, batch_command, bad_second})),
            Error::bad_arguments);
  const std::array<std::uint8_t, 3> nested{0, batch_command, 0};
  EXPECT_EQ(error_of(rig_.exchange(key_, {{0, 3}, batch_command, nested})), Error::bad_batch);
  const std::array<std::uint8_t, 3> restart{0, number_of<system::Restart>(), 0};
  EXPECT_EQ(error_of(rig_.exchange(key_, {{0, 4}, batch_command, restart})), Error::bad_batch);
  EXPECT_THAT(rig_.board.lines, SizeIs(2));
}

TEST_F(CoreTest, ABatchStopsAtTheFirstFailureUnlessToldToGoOn) {
  const std::uint8_t write = number_of<gpio::Write>();
  std::array<std::uint8_t, 9> batch{0, write, 2, 0, 1, write, 2, 14, 1};
  auto answer = rig_.exchange(key_, {{0, 1}, batch_command, batch});
  EXPECT_THAT(std::vector<std::uint8_t>(answer.begin() + 6, answer.begin() + 9),
              ElementsAre(1, static_cast<std::uint8_t>(Error::pin_reserved), 0));
  batch[0] = batch_goes_on;
  answer = rig_.exchange(key_, {{0, 2}, batch_command, batch});
  EXPECT_THAT(std::vector<std::uint8_t>(answer.begin() + 6, answer.begin() + 11),
              ElementsAre(2, static_cast<std::uint8_t>(Error::pin_reserved), 0, 0, 0));
}

TEST_F(CoreTest, AnEntryWhoseReplyWouldNotFitIsNotStarted) {
  const std::uint8_t echo = number_of<system::Echo>();
  std::vector<std::uint8_t> batch{0, echo, 1, 0, echo, 1, 0};
  const auto answer = rig_.exchange(key_, {{0, 1}, batch_command, batch});
  EXPECT_EQ(state_of(answer), State::done);
  EXPECT_EQ(answer[head_size], 0) << "echo's largest reply and the batch's own bytes exceed 240";
  EXPECT_THAT(rig_.board.lines, IsEmpty());
}

TEST_F(CoreTest, TheDescriptionCanBeReadInPiecesAndHasTheHashOfTheIdentity) {
  std::string text;
  for (std::uint8_t sequence = 1; sequence < 31; ++sequence) {
    const auto answer = call<system::Describe>(sequence, {static_cast<std::uint16_t>(text.size())});
    ASSERT_TRUE(payload_crc_matches(answer, rig_.address, key_));
    const std::size_t length = answer[head_size];
    if (length == 0) break;
    text.append(answer.begin() + 7, answer.begin() + 7 + static_cast<std::ptrdiff_t>(length));
  }
  EXPECT_EQ(description_hash(text), rig_.target.identity().description);
  EXPECT_EQ(text.substr(0, text.find('\n')), system::Describe::line.view());
  EXPECT_NE(text.find("0x01 light1:u8 # Light 1, GP15\n"), std::string::npos);
}

TEST_F(CoreTest, RestartAnswersFirst) {
  EXPECT_EQ(state_of(call<system::Restart>(1)), State::done);
  EXPECT_EQ(rig_.board.restarts, 0);
  rig_.turn_loop();
  EXPECT_EQ(rig_.board.restarts, 1) << "the answer was read";
}

TEST_F(CoreTest, RestartComesAfter50MsEvenIfNobodyReadsTheAnswer) {
  rig_.write(rig_.frame(key_, {{0, 1}, number_of<system::Restart>(), {}}));
  rig_.turn_loop();
  rig_.board.time_us += 49'999;
  rig_.turn_loop();
  EXPECT_EQ(rig_.board.restarts, 0);
  rig_.board.time_us += 1;
  rig_.turn_loop();
  EXPECT_EQ(rig_.board.restarts, 1);
}

// Each masking can delay an answer on the bus.
TEST_F(CoreTest, AnIdleLoopNeverMasksTheInterrupt) {
  rig_.turn_loop();
  rig_.target.poll();
  const int before = rig_.board.masks;
  for (int turn = 0; turn < 1000; ++turn) EXPECT_FALSE(rig_.target.poll());
  EXPECT_EQ(rig_.board.masks, before);
  rig_.write({0x01, 1});
  rig_.turn_loop();
  EXPECT_THAT(rig_.board.lines, ElementsAre("light1 value=1"));
  EXPECT_GT(rig_.board.masks, before);
}

TEST_F(CoreTest, NameAndAddressAreCheckedAndKept) {
  EXPECT_EQ(state_of(call<system::Name>(1, {std::string_view("plotter")})), State::done);
  EXPECT_EQ(rig_.board.stored.name(), "plotter");
  EXPECT_EQ(error_of(call<system::Name>(2, {std::string_view("\x01")})), Error::bad_value);
  EXPECT_EQ(state_of(call<system::Address>(3, {0x42})), State::done);
  EXPECT_EQ(error_of(call<system::Address>(4, {0x03})), Error::bad_value);
  EXPECT_EQ(rig_.board.stored.address, 0x42);
  EXPECT_EQ(rig_.target.address(), 0x41) << "until the next start";
  rig_.board.flash_fails = true;
  EXPECT_EQ(error_of(call<system::Name>(5, {std::string_view("other")})), Error::not_saved);
  EXPECT_EQ(rig_.target.name(), "plotter");
}

TEST_F(CoreTest, StatsCountWhatTheLinkSaw) {
  call<gpio::Write>(1, {15, true});
  call<gpio::Write>(1, {15, true});
  rig_.write({0xA0, 1});
  rig_.write({0x10, 1});
  const auto answer = call<system::Stats>(2);
  ASSERT_EQ(state_of(answer), State::done);
  Reader reader{std::span(answer).subspan(head_size, answer[2])};
  system::StatsReply stats;
  Codec<system::StatsReply>::decode(reader, stats);
  EXPECT_TRUE(reader.finished());
  EXPECT_EQ(stats.frames, 5U);
  EXPECT_EQ(stats.ran, 1U) << "this one is not through yet";
  EXPECT_EQ(stats.repeated, 1U);
  EXPECT_EQ(stats.bad_frames, 1U);
  EXPECT_EQ(stats.refused_writes, 1U);
  EXPECT_EQ(stats.sessions, 1U);
}

// --- lambda commands ---

TEST(LambdaCommand, TakesItsTypesFromTheLambdaAndItsNamesFromTheText) {
  Rig<> rig;
  rig.target.command("aim angle fast # Turn the head", [](float, bool) {});
  rig.target.command("add a b -> sum", [](std::int32_t a, std::int32_t b) { return a + b; });
  rig.target.plain_register(0x10, "speed # Turns a minute", [](std::uint16_t) {});
  rig.target.start();
  std::vector<std::uint8_t> room(4000);
  DescriptionSlice slice(0, room);
  describe(rig.target.Core::commands(), slice);
  const std::string text(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(slice.size()));
  EXPECT_NE(text.find("\naim angle:f32 fast:bool # Turn the head\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nadd a:i32 b:i32 -> sum:i32\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n0x10 speed:u16 # Turns a minute\n"), std::string::npos) << text;
}

TEST(LambdaCommand, RunsWithItsArgumentsItsCaptureAndItsReply) {
  Rig<> rig;
  int total = 0;
  rig.target.command("add amount -> total", [&total](std::int16_t amount) -> Result<std::int32_t> {
    if (amount == 0) return Unexpected{Error::bad_value};
    return total += amount;
  });
  rig.target.start();
  const std::uint16_t key = rig.open(1);
  std::uint8_t number = 0;
  while (name_of(*rig.target.Core::commands().find(++number)) != "add") {
  }
  const std::array<std::uint8_t, 2> minus_two{0xFE, 0xFF};
  const auto answer = rig.exchange(key, {{0, 1}, number, minus_two}, 12);
  EXPECT_EQ(total, -2);
  EXPECT_THAT(std::vector<std::uint8_t>(answer.begin() + 6, answer.begin() + 10),
              ElementsAre(0xFE, 0xFF, 0xFF, 0xFF));
  EXPECT_THAT(rig.board.lines, ElementsAre("add amount=-2"));
  const std::array<std::uint8_t, 2> zero{};
  EXPECT_EQ(state_of(rig.exchange(key, {{0, 2}, number, zero}, 9)), State::failed);
}

TEST(LambdaCommand, ARegistersHandlerGetsTheWholeValue) {
  Rig<> rig;
  std::int32_t seen = 0;
  rig.target.plain_register(0x10, "speed", [&seen](std::int16_t rpm) { seen = rpm; });
  rig.target.start();
  rig.write({0x10, 0xFE});
  rig.turn_loop();
  EXPECT_EQ(seen, 0) << "half a register";
  rig.write({0x10, 0xFE, 0xFF});
  rig.turn_loop();
  EXPECT_EQ(seen, -2);
}

TEST(LambdaCommand, StartingTwiceIsNoMistake) {
  Rig<> rig;
  rig.target.plain_register(0x10, "speed", [](std::uint32_t) {});
  rig.target.start();
  rig.target.start();
  rig.write({0x10, 1, 2, 3, 4});
  EXPECT_EQ(rig.read_register(0x10, 4), (std::vector<std::uint8_t>{1, 2, 3, 4}));
}

using LambdaDeathTest = CoreTest;
TEST_F(LambdaDeathTest, AMistakeInTheProgramTrapsAtOnce) {
  Rig<Limits{.slots = 1, .commands = 1}> rig;
  rig.target.command("mine", [] {});
  EXPECT_DEATH(rig.target.command("second", [] {}), "");
  EXPECT_DEATH((Rig<Limits{.slots = 1, .modules = 3}>()), "") << "there are four";
  Rig<> other;
  EXPECT_DEATH(other.target.command("led", [] {}), "") << "the module has that name";
  EXPECT_DEATH(other.target.plain_register(0x7E, "mine", [](std::uint32_t) {}), "")
      << "beyond 0x7F";
  other.target.plain_register(0x03, "mine", [](std::uint8_t) {});
  EXPECT_DEATH(other.target.start(), "") << "the module has that register";
}

}  // namespace
}  // namespace picoctl::target::test
