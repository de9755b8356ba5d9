// Commands to a mailbox target: two transactions each, and refusals that name what they refuse.
#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

// A mailbox in front of the Pico: a request lies there until its loop comes round, with the next
// transaction but `laziness`; what it shows stays until then.
class Mailbox {
 public:
  explicit Mailbox(TestPico& pico) : pico_(pico), shown_(48, registers::beyond) {}

  Expected<void> transfer(TestBus&, TestBus::Messages messages) {
    if (--wait_ <= 0) look();
    for (const Message& message : messages) {
      if (message.is_read()) {
        read({message.data, message.length});
      } else if (message.length > 0) {
        write({message.data, message.length});
      }
    }
    return {};
  }
  // What it shows, as if its loop had come to that.
  void show(std::vector<std::uint8_t> answer) { shown_ = std::move(answer); }

  int laziness = 1;     // transactions that pass before its loop looks
  bool deaf = false;    // its loop never looks
  bool damage = false;  // of the next request
  std::vector<std::vector<std::uint8_t>> seen;

 private:
  void write(std::span<const std::uint8_t> bytes) {
    pointer_ = bytes[0];
    if (bytes[0] != registers::request || bytes.size() == 1) return;
    if (request_.empty()) wait_ = laziness;
    request_.assign(bytes.begin(), bytes.end());
    if (damage) request_[3] ^= 1;
    damage = false;
  }
  void read(std::span<std::uint8_t> out) {
    std::fill(out.begin(), out.end(), registers::beyond);
    if (pointer_ == registers::identity) {
      Identity identity = pico_.target().identity();
      identity.mailbox = true;
      const auto bytes = encode_identity(identity, 0x41);
      std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
    } else if (pointer_ >= registers::response) {
      const std::size_t skip = pointer_ - registers::response;
      for (std::size_t i = skip; i < shown_.size() && i - skip < out.size(); ++i) {
        out[i - skip] = shown_[i];
      }
    }
  }
  void look() {
    if (request_.empty() || deaf) return;
    seen.push_back(request_);
    pico_.write(request_);
    pico_.loop();
    std::vector<std::uint8_t> answer(max_answer_size);
    pico_.read(answer);
    const Head head = *parse_head(answer);
    const bool refused = head.state == State::bad_frame || head.state == State::no_session ||
                         head.state == State::out_of_order;
    if (refused) {
      std::copy_n(request_.end() - crc_size, crc_size, answer.begin() + head_size);
      seal_answer(answer, 0x41, public_key, head, crc_size);
    }
    shown_ = std::move(answer);
    request_.clear();
  }

  TestPico& pico_;
  std::vector<std::uint8_t> request_;
  std::vector<std::uint8_t> shown_;
  std::uint8_t pointer_ = registers::identity;
  int wait_ = 0;
};

class MailboxTest : public ConnectionTest {
 protected:
  MailboxTest() {
    bus->always = [this](TestBus& wire, TestBus::Messages messages) {
      return mailbox.transfer(wire, messages);
    };
    open();
  }
  void next(TestBus::Step step) { bus->script.push_back(std::move(step)); }
  TestBus::Step delivered() {
    return [this](TestBus& wire, TestBus::Messages messages) {
      return mailbox.transfer(wire, messages);
    };
  }
  // It arrives, and the controller hears of an error.
  TestBus::Step delivered_unheard() {
    return [this](TestBus& wire, TestBus::Messages messages) -> Expected<void> {
      static_cast<void>(mailbox.transfer(wire, messages));
      return TestBus::error(Error::bus_io);
    };
  }
  Mailbox mailbox{pico};
};

TEST_F(MailboxTest, ACommandIsWrittenAndReadInTwoTransactions) {
  const auto sum = call("add", {2, 3});
  ASSERT_TRUE(sum) << summary(sum.error());
  EXPECT_EQ((*sum)["sum"], 5);
  ASSERT_EQ(bus->written.size(), 2U);
  EXPECT_EQ(bus->written[0][0], registers::request);
  EXPECT_EQ(bus->written[1], std::vector<std::uint8_t>{registers::response});
}

TEST_F(MailboxTest, ASlowLoopIsWaitedForAndAskedOnce) {
  mailbox.laziness = 6;
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(mailbox.seen.back(), bus->written[0]);
  EXPECT_EQ(connection->counters().transmissions, before.transmissions + 1);
}

TEST_F(MailboxTest, AVerySlowLoopIsAskedAgainInTheSameWords) {
  mailbox.laziness = 40;
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_GT(connection->counters().transmissions, before.transmissions + 1);
}

TEST_F(MailboxTest, TheLastAnswerIsNotTakenForThis) {
  ASSERT_TRUE(note(1));
  mailbox.laziness = 3;
  ASSERT_TRUE(note(2));
  EXPECT_EQ(noted(2), 1);
}

TEST_F(MailboxTest, DamageIsRefusedAndSentAgain) {
  mailbox.damage = true;
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().refused_frames, before.refused_frames + 1);
}

TEST_F(MailboxTest, ALostWriteIsSentAgain) {
  next(&lost_request);
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
}

TEST_F(MailboxTest, ALostReadRunsNothingTwice) {
  next(delivered());
  next(&lost_reply);
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
}

// C4, and not by the lock: only a refusal of these very bytes says that they did not run.
TEST_F(MailboxTest, NoSessionToMyOwnFrameOpensAnother) {
  pico.slot().state = SlotState::closed;
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().sessions_opened, before.sessions_opened + 1);
}

TEST_F(MailboxTest, AnothersRefusalIsNotMine) {
  // Another program was told NO_SESSION; mine is looked at later, and runs.
  std::vector<std::uint8_t> refusal(head_size + 2 * crc_size, 0x55);
  seal_answer(refusal, 0x41, public_key, {State::no_session, {public_slot, 0}, 0, 1, false},
              crc_size);
  mailbox.laziness = 4;
  next([this, refusal](TestBus& wire, TestBus::Messages messages) {
    auto done = mailbox.transfer(wire, messages);
    mailbox.show(refusal);
    return done;
  });
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
  EXPECT_EQ(connection->counters().sessions_opened, before.sessions_opened) << "none was opened";
}

TEST_F(MailboxTest, APublicHeadWithoutANameCountsForNothing) {
  mailbox.laziness = 4;
  next([this](TestBus& wire, TestBus::Messages messages) {
    auto done = mailbox.transfer(wire, messages);
    mailbox.show(head_bytes(public_key, State::no_session, {public_slot, 0}));
    return done;
  });
  ASSERT_TRUE(note(1));
  EXPECT_EQ(noted(1), 1);
}

TEST_F(MailboxTest, NoSessionToALaterTransmissionIsUnknown) {
  next(delivered_unheard());
  next([this](TestBus& wire, TestBus::Messages messages) {
    pico.boot();
    return mailbox.transfer(wire, messages);
  });
  expect_failure(note(1), Error::outcome_unknown, Outcome::unknown);
  ASSERT_TRUE(note(2));
  EXPECT_EQ(noted(2), 1);
}

TEST_F(MailboxTest, ALoopThatNeverLooksEndsAtTheDeadline) {
  mailbox.deaf = true;
  const auto start = bus->now();
  expect_failure(note(1), Error::outcome_unknown, Outcome::unknown);
  EXPECT_LT(bus->now() - start, 1100ms);
  EXPECT_EQ(noted(1), 0);
}

TEST_F(MailboxTest, ItIsClaimedUntilItsAnswerAndNoLonger) {
  int claims = 0;
  int held_at_write = 0;
  bus->on_claim = [&](bool taken) { claims += taken ? 1 : -1; };
  next([&](TestBus& wire, TestBus::Messages messages) {
    held_at_write = claims;
    return mailbox.transfer(wire, messages);
  });
  ASSERT_TRUE(note(1));
  EXPECT_EQ(held_at_write, 1);
  EXPECT_EQ(claims, 0);
  bus->on_claim = nullptr;
}

TEST_F(MailboxTest, ACallWaitsAQuarterOfItsTimeForItsTurn) {
  ASSERT_TRUE(note(1));
  EXPECT_EQ(bus->claimed_for, 250ms);
  ASSERT_TRUE(call("note", {2}, CallOptions{4s}));
  EXPECT_EQ(bus->claimed_for, 1000ms);
  ASSERT_TRUE(call("note", {3}, CallOptions{60s}));
  EXPECT_EQ(bus->claimed_for, 2000ms) << "who holds it may be frozen";
}

// Its session grows old meanwhile; and it was not the Pico that said nothing.
TEST_F(MailboxTest, ALongWaitForItsTurnIsNoSilenceOfThePico) {
  bus->on_claim = [&](bool taken) {
    if (taken) bus->pass(2s);
  };
  for (std::uint32_t token = 1; token <= 5; ++token) {
    pico.loops = true;
    const auto ran = call("note", {token}, CallOptions{20s});
    ASSERT_TRUE(ran) << summary(ran.error());
    EXPECT_EQ(noted(token), 1);
    bus->pass(800ms);
  }
  bus->on_claim = nullptr;
}

TEST_F(MailboxTest, ItIsNotClaimedBehindACallThatFailed) {
  int claims = 0;
  bus->on_claim = [&](bool taken) { claims += taken ? 1 : -1; };
  mailbox.deaf = true;
  EXPECT_FALSE(note(1));
  EXPECT_EQ(claims, 0);
  bus->on_claim = nullptr;
}

}  // namespace
}  // namespace picoctl::controller::test
