// MOVE: the Pico of one unique id goes to another address, or is silent.
#include <gtest/gtest.h>

#include "test_rig.hpp"

namespace picoctl::target::test {
namespace {

constexpr std::uint64_t own_id = 0x1122334455667788ULL;

class MoveTest : public ::testing::Test {
 protected:
  MoveTest() { rig_.target.start(); }

  State ask(const MoveRequest& move) {
    std::array<std::uint8_t, move_request_size> payload{};
    Writer writer(payload);
    encode(writer, move);
    const Request request{
        {public_slot, 0}, static_cast<std::uint8_t>(PublicCommand::move), payload};
    answer_ = rig_.exchange(public_key, request, head_size + session_reply_size + payload_crc_size);
    rig_.turn_loop();
    return state_of(answer_);
  }
  void pass_ms(std::uint64_t ms) {
    rig_.board.time_us += ms * 1000;
    rig_.target.poll();
  }
  using Where = std::vector<std::uint8_t>;

  Rig<> rig_;
  std::vector<std::uint8_t> answer_;
};

TEST_F(MoveTest, TheOneThatIsMeantAnswersThenGoes) {
  EXPECT_EQ(ask({7, own_id, 0x42, 0}), State::done);
  const auto reply =
      decode_session_reply(std::span(answer_).subspan(head_size, session_reply_size));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->nonce, 7U);
  EXPECT_EQ(reply->status, SessionStatus::moves);
  EXPECT_EQ(reply->boot_id, rig_.target.identity().boot_id);
  EXPECT_TRUE(payload_crc_matches(answer_, Rig<>::address, public_key)) << "still from the old one";
  EXPECT_EQ(rig_.board.listened, Where{0x42});
  EXPECT_EQ(rig_.target.address(), 0x42);
  EXPECT_TRUE(decode_identity(rig_.read_register(registers::identity, 32), 0x42));
}

TEST_F(MoveTest, ItGoesAfter50msIfNobodyReadsTheAnswer) {
  std::array<std::uint8_t, move_request_size> payload{};
  Writer writer(payload);
  encode(writer, MoveRequest{7, own_id, 0x42, 0});
  rig_.write(rig_.frame(public_key, {{public_slot, 0}, 4, payload}));
  rig_.turn_loop();
  pass_ms(49);
  EXPECT_EQ(rig_.target.address(), 0x41);
  pass_ms(1);
  EXPECT_EQ(rig_.target.address(), 0x42);
}

TEST_F(MoveTest, NobodyElseObeys) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_EQ(ask({7, own_id ^ 1ULL << bit, 0x42, 0}), State::bad_frame) << bit;
  }
  pass_ms(100);
  EXPECT_EQ(rig_.target.address(), 0x41);
  EXPECT_TRUE(rig_.board.listened.empty());
}

TEST_F(MoveTest, AnAddressThatCannotBeIsRefused) {
  for (const std::uint8_t address : {0x01, 0x08, 0x0C, 0x55, 0x61, 0x78, 0xC1}) {
    EXPECT_EQ(ask({7, own_id, address, 0}), State::bad_frame) << int{address};
  }
  EXPECT_EQ(ask({7, own_id, 0, 0}), State::bad_frame) << "silent for ever";
  pass_ms(100);
  EXPECT_EQ(rig_.target.address(), 0x41);
}

TEST_F(MoveTest, SilenceEndsByItself) {
  EXPECT_EQ(ask({7, own_id, 0, 500}), State::done);
  EXPECT_EQ(rig_.target.address(), 0);
  pass_ms(499);
  EXPECT_EQ(rig_.board.listened, Where{0});
  pass_ms(1);
  EXPECT_EQ(rig_.board.listened, (Where{0, 0x41}));
  EXPECT_EQ(rig_.target.address(), 0x41);
  pass_ms(10'000);
  EXPECT_EQ(rig_.board.listened, (Where{0, 0x41}));
}

TEST_F(MoveTest, AVisitEndsByItself) {
  EXPECT_EQ(ask({7, own_id, 0x48, 200}), State::done);
  EXPECT_EQ(rig_.target.address(), 0x48);
  pass_ms(200);
  EXPECT_EQ(rig_.target.address(), 0x41);
}

// The key of a session holds the address, so what it sends to the old one is another Pico's.
TEST_F(MoveTest, ASessionFromBeforeMeetsNobody) {
  const std::uint16_t key = rig_.open(1);
  EXPECT_EQ(ask({7, own_id, 0x42, 0}), State::done);
  EXPECT_EQ(state_of(rig_.exchange(key, {{0, 1}, 3, {}}, 6)), State::bad_frame);
  EXPECT_TRUE(rig_.board.lines.empty());
}

TEST_F(MoveTest, NothingIsKept) {
  EXPECT_EQ(ask({7, own_id, 0x42, 0}), State::done);
  EXPECT_FALSE(rig_.board.has_stored);
}

TEST_F(MoveTest, ARestartThatWasAcknowledgedIsNotPutOff) {
  rig_.target.restart_after_answer();
  EXPECT_EQ(ask({7, own_id, 0x42, 0}), State::bad_frame);
  pass_ms(50);
  EXPECT_EQ(rig_.board.restarts, 1);
}

TEST_F(MoveTest, ARestartEndsAVisit) {
  EXPECT_EQ(ask({7, own_id, 0x48, 60'000}), State::done);
  rig_.target.restart_after_answer();
  pass_ms(50);
  EXPECT_EQ(rig_.board.restarts, 1);
}

TEST_F(MoveTest, MoreOrLessThanARequestIsABadFrame) {
  std::array<std::uint8_t, move_request_size + 1> payload{};
  Writer writer(payload);
  encode(writer, MoveRequest{7, own_id, 0x42, 0});
  for (const std::size_t size : {std::size_t{4}, move_request_size - 1, move_request_size + 1}) {
    const Request request{{public_slot, 0}, 4, std::span(payload).first(size)};
    EXPECT_EQ(state_of(rig_.exchange(public_key, request, 6)), State::bad_frame) << size;
  }
  const Request hello{{public_slot, 0}, 1, std::span(payload).first(move_request_size)};
  EXPECT_EQ(state_of(rig_.exchange(public_key, hello, 6)), State::bad_frame);
}

// --- the one that loses ---

TEST_F(MoveTest, WhoLostArbitrationSaysSoInItsIdentity) {
  const auto before = decode_identity(rig_.read_register(registers::identity, 32), 0x41);
  ASSERT_TRUE(before);
  EXPECT_FALSE(before->contested);
  rig_.write({registers::identity});
  rig_.target.face().begin_read();
  rig_.target.face().lose_arbitration();
  rig_.target.face().end_read();
  rig_.turn_loop();
  const auto after = decode_identity(rig_.read_register(registers::identity, 32), 0x41);
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->contested);
  EXPECT_EQ(ask({7, own_id, 0x42, 0}), State::done);
  const auto moved = decode_identity(rig_.read_register(registers::identity, 32), 0x42);
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->contested) << "elsewhere nobody was heard";
}

}  // namespace
}  // namespace picoctl::target::test
