#include "picoctl/target/register_face.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_rig.hpp"

namespace picoctl::target::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

class RegisterFaceTest : public ::testing::Test {
 protected:
  void SetUp() override { rig_.target.start(); }
  Rig<> rig_;
};

TEST_F(RegisterFaceTest, AfterResetTheFirstReadFindsIdentityWithSdaReleased) {
  const auto bytes = rig_.read(32);
  EXPECT_GE(bytes[0], 0x80);
  EXPECT_TRUE(decode_identity(bytes, rig_.address).has_value());
}

TEST_F(RegisterFaceTest, ReadsConsumeNothing) {
  const auto first = rig_.read_register(registers::identity, 32);
  EXPECT_EQ(rig_.read(32), first);
  EXPECT_EQ(rig_.read_register(registers::identity + 4, 28),
            std::vector<std::uint8_t>(first.begin() + 4, first.end()));
}

TEST_F(RegisterFaceTest, BehindIdentityAndInRequestAllIsFF) {
  EXPECT_EQ(rig_.read_register(registers::identity, 40).back(), 0xFF);
  EXPECT_THAT(rig_.read_register(registers::request, 8), Each(0xFF));
}

TEST_F(RegisterFaceTest, APlainWriteSetsTheRegisterAndRunsItsHandlerOnce) {
  rig_.write({0x01, 0x01});
  EXPECT_THAT(rig_.read_register(0x01, 1), ElementsAre(1));
  EXPECT_TRUE(rig_.board.lines.empty()) << "the interrupt runs no handler";
  rig_.turn_loop();
  EXPECT_THAT(rig_.board.lines, ElementsAre("light1 value=1"));
  EXPECT_NE(rig_.board.levels & 1U << 15, 0U);
}

TEST_F(RegisterFaceTest, OneWriteMayCoverSeveralWholeRegisters) {
  rig_.write({0x00, 1, 1, 0, 1});
  rig_.turn_loop();
  EXPECT_THAT(rig_.read_register(0x00, 5), ElementsAre(1, 1, 0, 1, 0xFF));
  EXPECT_EQ(rig_.board.lines.size(), 4U);
}

// What must never be obeyed: longer than a plain write, into nothing, or with a PEC byte behind.
TEST_F(RegisterFaceTest, WritesThatFitNoRegisterExactlyChangeNothing) {
  rig_.write({0x03, 1, 0x5A});           // i2cset with PEC: the register behind does not exist
  rig_.write({0x10, 1});                 // not declared
  rig_.write({0x00, 1, 1, 1, 1, 1});     // a frame's length
  rig_.write({0x85, 1});                 // IDENTITY is read-only
  rig_.write({0xD0, 1, 2, 3, 4, 5, 6});  // so is RESPONSE
  rig_.turn_loop();
  EXPECT_TRUE(rig_.board.lines.empty());
  EXPECT_EQ(rig_.target.face().stats().refused_writes, 5U);
  EXPECT_THAT(rig_.read_register(0x00, 4), Each(0));
}

// Five bytes are the shortest frame, its register byte damaged: however well they would fit.
TEST(PlainWrite, OfFiveBytesIsNoneWhateverIsDeclared) {
  Rig<> rig;
  rig.target.plain_register(0x20, "wide # Four bytes", [](std::uint32_t) {});
  rig.target.plain_register(0x24, "next # And one", [](std::uint8_t) {});
  rig.target.start();
  rig.write({0x20, 1, 2, 3, 4, 5});
  EXPECT_EQ(rig.target.face().stats().refused_writes, 1U);
  EXPECT_THAT(rig.read_register(0x20, 5), Each(0));
  rig.write({0x20, 1, 2, 3, 4});
  rig.write({0x24, 5});
  EXPECT_THAT(rig.read_register(0x20, 5), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(RegisterFaceTest, SendingOnlyTheRegisterNumberRunsNothing) {
  for (int number = 0; number < 256; ++number) rig_.write({static_cast<std::uint8_t>(number)});
  rig_.turn_loop();
  EXPECT_TRUE(rig_.board.lines.empty());
  EXPECT_EQ(rig_.target.face().stats().frames, 0U);
  EXPECT_EQ(rig_.target.face().stats().refused_writes, 0U);
}

TEST_F(RegisterFaceTest, WritesCoalesceAndTheLastValueWins) {
  for (const std::uint8_t value : {1, 0, 1, 0}) rig_.write({0x02, value});
  rig_.turn_loop();
  EXPECT_THAT(rig_.board.lines, ElementsAre("light2 value=0"));
}

TEST_F(RegisterFaceTest, AFrameByHandThatCannotBeOneIsABadFrameAtOnce) {
  rig_.write({0xA0, 1, 2, 3, 4});
  EXPECT_EQ(state_of(rig_.read(6)), State::bad_frame);
  EXPECT_EQ(rig_.target.face().stats().short_frames, 1U);
}

TEST_F(RegisterFaceTest, ATooLongFrameIsABadFrameAndOverflowsNothing) {
  std::vector<std::uint8_t> bytes(5000, 0x55);
  bytes[0] = registers::request;
  rig_.write(bytes);
  EXPECT_EQ(state_of(rig_.read(6)), State::bad_frame);
  rig_.turn_loop();
  EXPECT_TRUE(rig_.board.lines.empty());
}

TEST_F(RegisterFaceTest, TheReadBehindAFrameShowsPendingUntilTheLoopHasItsVerdict) {
  const std::uint16_t key = rig_.open(1);
  rig_.write(rig_.frame(key, {{0, 1}, 3, {}}));
  EXPECT_EQ(state_of(rig_.read(6)), State::pending);
  rig_.turn_loop();
  EXPECT_EQ(state_of(rig_.read(6)), State::done);
}

// T4: the verdict on an older frame must not stand behind a newer one.
TEST_F(RegisterFaceTest, AVerdictIsShownOnlyBehindItsOwnFrame) {
  const std::uint16_t key = rig_.open(1);
  rig_.write(rig_.frame(key, {{0, 1}, 3, {}}));
  rig_.write(rig_.frame(key, {{0, 2}, 3, {}}));
  rig_.target.poll();  // the first one only
  EXPECT_EQ(rig_.board.lines.size(), 1U);
  EXPECT_EQ(state_of(rig_.read(6)), State::pending);
  rig_.turn_loop();
  EXPECT_EQ(parse_head(rig_.read(6))->sequence, (Sequence{0, 2}));
}

TEST_F(RegisterFaceTest, AFrameThatFindsBothBuffersFullIsDroppedAndPending) {
  const std::uint16_t key = rig_.open(1);
  for (std::uint8_t number = 1; number <= 3; ++number) {
    rig_.write(rig_.frame(key, {{0, number}, 3, {}}));
  }
  rig_.turn_loop();
  EXPECT_EQ(rig_.board.lines.size(), 2U);
  EXPECT_EQ(rig_.target.face().stats().dropped, 1U);
  EXPECT_EQ(state_of(rig_.read(6)), State::pending);
}

TEST_F(RegisterFaceTest, OfTwoFramesThatWaitTheOlderIsTheFirst) {
  const std::uint16_t key = rig_.open(1);
  for (std::uint8_t number = 1; number <= 5;
       ++number) {  // so each of the two buffers is the older one
    rig_.write(rig_.frame(key, {{0, number}, 3, {}}));
    if (number > 1) EXPECT_TRUE(rig_.target.poll());
  }
  rig_.turn_loop();
  EXPECT_EQ(rig_.board.lines.size(), 5U) << "none was out of order";
}

// Between the two that wait and the one that is dropped came something else.
TEST_F(RegisterFaceTest, BehindADroppedFrameNoOlderVerdictIsShown) {
  const std::uint16_t key = rig_.open(1);
  rig_.write(rig_.frame(key, {{0, 1}, 3, {}}));
  rig_.write(rig_.frame(key, {{0, 2}, 3, {}}));
  rig_.write({registers::request, 1, 2});
  ASSERT_EQ(state_of(rig_.read(6)), State::bad_frame);
  rig_.write(rig_.frame(key, {{0, 3}, 3, {}}));
  EXPECT_EQ(state_of(rig_.read(6)), State::pending);
}

// T4: a read is a snapshot; what the loop publishes meanwhile does not mix in.
TEST_F(RegisterFaceTest, AReadInProgressKeepsWhatItBeganWith) {
  const std::uint16_t key = rig_.open(1);
  rig_.write(rig_.frame(key, {{0, 1}, 3, {}}));
  std::array<std::uint8_t, 16> fifo{};
  rig_.target.face().begin_read();
  EXPECT_EQ(rig_.target.face().fill(fifo), head_size);
  EXPECT_EQ(state_of(fifo), State::pending);
  rig_.turn_loop();  // publishes a reply of 8 bytes
  EXPECT_EQ(rig_.target.face().fill(fifo), 1U);
  EXPECT_EQ(fifo[0], 0xFF);
  rig_.target.face().end_read();
}

// What the block holds is what the controller will fetch: surplus would cost an abort.
// While the bus waits, nothing is known of an answer but that it has a head.
TEST_F(RegisterFaceTest, TheHeadIsHandedOverFirstAndEachRegisterAlone) {
  const auto pieces = [this](std::uint8_t number) {
    rig_.write({number});
    std::vector<std::size_t> sizes{rig_.target.face().upcoming().size()};
    rig_.target.face().begin_read();
    for (int piece = 0; piece < 4; ++piece) {
      sizes.push_back(rig_.target.face().upcoming().size());
      rig_.target.face().advance();
    }
    rig_.target.face().end_read();
    return sizes;
  };
  const std::uint16_t key = rig_.open(1);
  const std::vector<std::uint8_t> echo(30, 0x5A);
  std::vector<std::uint8_t> payload{30};
  payload.insert(payload.end(), echo.begin(), echo.end());
  rig_.exchange(key, {{0, 1}, 4, payload});
  EXPECT_THAT(pieces(registers::response), ElementsAre(6, 16, 16, 7, 1));  // 6 + 31 + 2, then 0xFF
  EXPECT_THAT(pieces(registers::response + 4), ElementsAre(16, 16, 16, 3, 1));
  EXPECT_THAT(pieces(registers::response + 6), ElementsAre(16, 16, 16, 1, 1));
  EXPECT_THAT(pieces(registers::identity), ElementsAre(1, 1, 16, 15, 1));
  EXPECT_THAT(pieces(registers::request), ElementsAre(1, 1, 1, 1, 1));
  EXPECT_THAT(pieces(0x02), ElementsAre(1, 1, 1, 1, 1));
  const std::vector<std::uint8_t> nothing{0};
  rig_.exchange(key, {{0, 2}, 4, nothing});  // a reply of one byte
  EXPECT_THAT(pieces(registers::response), ElementsAre(6, 9, 1, 1, 1));
}

// Whoever publishes holds nothing off: the interrupt may come between any two of its instructions.
class Published : public RegisterFaceTest {
 protected:
  ReceivedFrame& request(std::uint8_t number) {
    rig_.write(rig_.frame(public_key, {{public_slot, number}, 9, {}}));
    return *face_.oldest();
  }
  State shown() { return state_of(rig_.read_register(registers::response, head_size)); }
  std::array<std::uint8_t, head_size> answer(State state) {
    std::array<std::uint8_t, head_size> bytes{};
    encode_head(bytes, rig_.address, public_key, {state, {public_slot, 0}, 0, 0, false});
    return bytes;
  }
  RegisterFace& face_ = rig_.target.face();
};

TEST_F(Published, IsShownByTheReadThatFollowsTheRequestWithoutAnotherWrite) {
  ReceivedFrame& frame = request(1);
  const auto done = answer(State::done);
  face_.publish(frame, done.data());
  EXPECT_EQ(state_of(rig_.read(head_size)), State::done);
}

TEST_F(Published, IsNotShownBehindANewerRequest) {
  ReceivedFrame& older = request(1);
  rig_.write(rig_.frame(public_key, {{public_slot, 2}, 9, {}}));
  const auto done = answer(State::done);
  face_.publish(older, done.data());
  EXPECT_EQ(state_of(rig_.read(head_size)), State::pending);
  RegisterFace::release(older);
  const auto busy = answer(State::busy);
  face_.publish(*face_.oldest(), busy.data());
  EXPECT_EQ(shown(), State::busy);
}

TEST_F(Published, IsNotShownBehindARequestThatWasDroppedOrTooShort) {
  ReceivedFrame& first = request(1);
  request(2);
  const auto done = answer(State::done);
  rig_.write(rig_.frame(public_key, {{public_slot, 3}, 9, {}}));
  face_.publish(first, done.data());
  EXPECT_EQ(shown(), State::pending);
  rig_.write({registers::request, 1});
  face_.publish(first, done.data());
  EXPECT_EQ(shown(), State::bad_frame);
}

TEST_F(Published, DoesNotChangeAReadThatHasBegun) {
  ReceivedFrame& frame = request(1);
  const auto done = answer(State::done);
  face_.begin_read();
  face_.publish(frame, done.data());
  EXPECT_EQ(state_of(face_.upcoming()), State::pending);
  face_.end_read();
  EXPECT_FALSE(face_.answer_was_read());
  EXPECT_EQ(shown(), State::done);
  EXPECT_TRUE(face_.answer_was_read());
}

// One from inside of an answer is looked up at the write before it, and anew when another is published.
TEST_F(Published, DoesNotChangeAReadFromInsideThatHasBegun) {
  ReceivedFrame& frame = request(1);
  const auto pending = rig_.read_register(registers::response, head_size);
  rig_.write({registers::response + 1});
  ASSERT_TRUE(face_.shows_part());
  const auto done = answer(State::done);
  face_.begin_read();
  face_.publish(frame, done.data());
  face_.refresh();
  EXPECT_THAT(face_.upcoming(), ElementsAreArray(std::span(pending).subspan(1)));
  face_.end_read();
  face_.begin_read();
  EXPECT_THAT(face_.upcoming(), ElementsAreArray(std::span(done).subspan(1)));
  face_.end_read();
}

TEST_F(Published, IsReadOnlyWhenItsLastByteWas) {
  ReceivedFrame& frame = request(1);
  const auto busy = answer(State::busy);
  const auto done = answer(State::done);
  face_.publish(frame, busy.data());
  EXPECT_EQ(shown(), State::busy);
  face_.begin_read();  // of BUSY once more, which ends when DONE is there already
  face_.advance();
  face_.publish(frame, done.data());
  face_.end_read();
  EXPECT_FALSE(face_.answer_was_read());
  EXPECT_EQ(shown(), State::done);
  EXPECT_TRUE(face_.answer_was_read());
}

// A look at the answer does not change what a read in progress shows, nor does it use it up.
TEST_F(RegisterFaceTest, LookingChangesNothing) {
  const auto first = rig_.target.face().upcoming();
  const auto again = rig_.target.face().upcoming();
  EXPECT_EQ(first.data(), again.data());
  EXPECT_EQ(rig_.read(32), rig_.read(32));
}

TEST_F(RegisterFaceTest, ALostWriteRunsNothingAndShowsNothingUntilTheNext) {
  RegisterFace& face = rig_.target.face();
  const std::uint16_t key = rig_.open(1);
  const auto frame = rig_.frame(key, {{0, 1}, 3, {}});
  for (const std::vector<std::uint8_t>& lost :
       {frame, std::vector<std::uint8_t>{0x01, 0x01}, std::vector<std::uint8_t>{0x01}}) {
    rig_.write({registers::response});
    face.begin_write();
    for (const std::uint8_t byte : lost) face.write(byte);
    face.lose_write();
    EXPECT_THAT(rig_.read(8), Each(0xFF));
    EXPECT_THAT(rig_.read(8), Each(0xFF));
    rig_.turn_loop();
    EXPECT_THAT(rig_.board.lines, IsEmpty());
  }
  EXPECT_THAT(rig_.read_register(0x01, 1), ElementsAre(0));
  EXPECT_EQ(state_of(rig_.read_register(registers::response, 6)), State::done) << "HELLO's answer";
  EXPECT_EQ(state_of(rig_.exchange(key, {{0, 1}, 3, {}})), State::done) << "both buffers are free";
}

// A write may have been lost whole: then nothing of it was seen at all.
TEST_F(RegisterFaceTest, ALossWithoutAWriteShowsNothingEither) {
  rig_.write({0x80});
  rig_.target.face().lose_write();
  EXPECT_THAT(rig_.read(4), Each(0xFF));
  rig_.write({0x80});
  EXPECT_EQ(rig_.read(1)[0], 0xF0);
}

TEST_F(RegisterFaceTest, AnAnswerThatIsReadyAfterALossIsNotShownUnasked) {
  const std::uint16_t key = rig_.open(1);
  rig_.write(rig_.frame(key, {{0, 1}, 3, {}}));
  rig_.target.face().lose_write();
  rig_.turn_loop();
  EXPECT_THAT(rig_.read(6), Each(0xFF));
  EXPECT_EQ(state_of(rig_.read_register(registers::response, 6)), State::done);
}

TEST_F(RegisterFaceTest, ALossDuringAReadLeavesThatReadAlone) {
  RegisterFace& face = rig_.target.face();
  rig_.write({registers::identity});
  face.begin_read();
  face.lose_write();
  EXPECT_EQ(face.upcoming()[0], 0xF0);
  face.end_read();
  EXPECT_THAT(rig_.read(2), Each(0xFF));
}

TEST_F(RegisterFaceTest, AnAnswerCanBeReadFromAnyByteOn) {
  const std::uint16_t key = rig_.open(1);
  const auto whole = rig_.exchange(key, {{0, 1}, 3, {}}, 16);
  for (std::uint8_t skip = 1; skip < 16; ++skip) {
    EXPECT_EQ(rig_.read_register(registers::response + skip, 16U - skip),
              std::vector<std::uint8_t>(whole.begin() + skip, whole.end()));
  }
}

}  // namespace
}  // namespace picoctl::target::test
