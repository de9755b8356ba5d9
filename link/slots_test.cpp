// Rules T1-T6, each with the cases on both sides of its edge. The model (tests/model) searches all
// interleavings of the same rules; here the code is held to each single one.
#include "picoctl/link/slots.hpp"

#include <gtest/gtest.h>

#include "testing.hpp"

namespace picoctl {
namespace {

using testing::flipped;
using testing::Octets;

constexpr std::uint8_t address = 0x41;

class SlotsTest : public ::testing::Test {
 protected:
  SlotsTest() {
    identity_.boot_id = 0x1234ABCD;
    identity_.unique_id = 42;
  }

  std::uint16_t key(std::uint32_t nonce) const { return session_key(identity_, nonce, address); }

  Octets frame(std::uint16_t key, Sequence sequence, std::uint8_t command = 1) const {
    std::array<std::uint8_t, max_request_size> room{};
    const std::size_t size = encode_request(room, address, key, {sequence, command, {}});
    return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size)};
  }

  Verdict send(const Octets& bytes, std::uint32_t now_ms = 0) {
    return slots_.on_request(bytes, *parse_request(bytes), now_ms);
  }
  // A request of the session that `nonce` opened in `slot`.
  Verdict send(std::uint32_t nonce, std::uint8_t slot, std::uint8_t number,
               std::uint32_t now_ms = 0) {
    return send(frame(key(nonce), {slot, number}), now_ms);
  }
  void run(std::uint32_t nonce, std::uint8_t slot, std::uint8_t number, std::uint32_t now_ms = 0) {
    ASSERT_EQ(send(nonce, slot, number, now_ms), Verdict::run);
    slots_.finish(slots_.slot(slot), 6);
  }

  Identity identity_;
  std::array<Slot, 3> memory_{};  // the third is not the target's
  Slots slots_{std::span(memory_).first(2), identity_, address};
};

// --- T1: complete, and the CRC right under the named slot's key ---

TEST_F(SlotsTest, AClosedSlotHasNoSession) {
  EXPECT_EQ(send(1, 0, 1), Verdict::no_session);
  memory_[2].key = key(1);
  memory_[2].state = SlotState::fresh;
  EXPECT_EQ(send(1, 2, 1), Verdict::no_session) << "a slot that this target does not have";
  EXPECT_EQ(send(1, 6, 1), Verdict::no_session);
}

TEST_F(SlotsTest, ADamagedFrameChangesNothing) {
  (void)slots_.on_hello(1, 0);
  const Octets good = frame(key(1), {0, 1});
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    const Octets damaged = flipped(good, bit);
    const auto request = parse_request(damaged);
    if (!request) continue;
    const Verdict verdict = slots_.on_request(damaged, *request, 5);
    EXPECT_TRUE(verdict == Verdict::bad_frame || verdict == Verdict::no_session) << bit;
  }
  EXPECT_EQ(slots_.slot(0).state, SlotState::fresh);
  EXPECT_EQ(slots_.slot(0).heard_ms, 0U) << "noise is no sign of life";
  EXPECT_EQ(send(good), Verdict::run);
}

TEST_F(SlotsTest, AFrameUnderAnotherKeyIsBad) {
  (void)slots_.on_hello(1, 0);
  EXPECT_EQ(send(frame(key(2), {0, 1})), Verdict::bad_frame);
  EXPECT_EQ(send(frame(public_key, {0, 1})), Verdict::bad_frame);
}

TEST_F(SlotsTest, ThePublicSlotHasThePublicKey) {
  EXPECT_EQ(send(frame(public_key, {public_slot, 0})), Verdict::to_public);
  EXPECT_EQ(send(frame(public_key, {public_slot, 31})), Verdict::to_public);
  EXPECT_EQ(send(frame(key(1), {public_slot, 0})), Verdict::bad_frame);
}

// --- T2: run, show, or out of order ---

TEST_F(SlotsTest, TheFirstCommandIsNumberOne) {
  (void)slots_.on_hello(1, 0);
  for (std::uint8_t number = 0; number < 32; ++number) {
    if (number == 1) continue;
    EXPECT_EQ(send(1, 0, number), Verdict::out_of_order) << int{number};
  }
  EXPECT_EQ(send(1, 0, 1), Verdict::run);
}

TEST_F(SlotsTest, WhatRunsIsBusyAndRunsOnce) {
  (void)slots_.on_hello(1, 0);
  ASSERT_EQ(send(1, 0, 1), Verdict::run);
  EXPECT_EQ(slots_.slot(0).state, SlotState::busy);
  EXPECT_EQ(send(1, 0, 1), Verdict::show_kept);
  EXPECT_EQ(send(1, 0, 2), Verdict::out_of_order) << "busy: the next one waits";
  slots_.finish(slots_.slot(0), 9);
  EXPECT_EQ(slots_.slot(0).state, SlotState::done);
  EXPECT_EQ(slots_.slot(0).kept_size, 9U);
  EXPECT_EQ(send(1, 0, 1), Verdict::show_kept);
}

TEST_F(SlotsTest, TheNextCommandDropsTheKeptAnswer) {
  (void)slots_.on_hello(1, 0);
  run(1, 0, 1);
  ASSERT_EQ(send(1, 0, 2), Verdict::run);
  EXPECT_EQ(slots_.slot(0).kept_size, 0U);
  EXPECT_EQ(send(1, 0, 1), Verdict::out_of_order);
}

TEST_F(SlotsTest, OnlyTheLastAndTheNextNumberAreInOrderAcrossTheWrap) {
  (void)slots_.on_hello(1, 0);
  for (int round = 0; round < 70; ++round) {
    const auto last = static_cast<std::uint8_t>(round % 32);
    const std::uint8_t next = next_number(last);
    for (std::uint8_t number = 0; number < 32; ++number) {
      if (number == next) continue;
      const bool again = number == last && round > 0;
      EXPECT_EQ(send(1, 0, number), again ? Verdict::show_kept : Verdict::out_of_order);
    }
    run(1, 0, next);
  }
}

// --- T3: the kept answer belongs to the slot ---

TEST_F(SlotsTest, SessionsDoNotTouchEachOther) {
  (void)slots_.on_hello(1, 0);
  EXPECT_EQ(slots_.on_hello(2, 0).slot, 1);
  run(1, 0, 1);
  run(2, 1, 1);
  run(2, 1, 2);
  EXPECT_EQ(send(1, 0, 1), Verdict::show_kept);
  EXPECT_EQ(send(2, 1, 2), Verdict::show_kept);
}

// --- T5: HELLO ---

TEST_F(SlotsTest, HelloOpensAFreeSlot) {
  const SessionReply reply = slots_.on_hello(7, 100);
  EXPECT_EQ(reply.nonce, 7U);
  EXPECT_EQ(reply.status, SessionStatus::open);
  EXPECT_EQ(reply.slot, 0);
  EXPECT_EQ(reply.last, 0);
  EXPECT_EQ(reply.state, SlotState::fresh);
  EXPECT_EQ(reply.boot_id, identity_.boot_id);
  EXPECT_EQ(reply.wait_ms, 0);
  EXPECT_EQ(slots_.open_count(), 1U);
}

TEST_F(SlotsTest, HelloWithAKnownNonceChangesNothing) {
  (void)slots_.on_hello(7, 0);
  run(7, 0, 1);
  const SessionReply reply = slots_.on_hello(7, 10);
  EXPECT_EQ(reply.status, SessionStatus::open);
  EXPECT_EQ(reply.slot, 0);
  EXPECT_EQ(reply.last, 1);
  EXPECT_EQ(reply.state, SlotState::done);
  EXPECT_EQ(slots_.open_count(), 1U);
  EXPECT_EQ(send(7, 0, 1), Verdict::show_kept);
}

TEST_F(SlotsTest, HelloFindsNoSlotWhileAllAreHeard) {
  (void)slots_.on_hello(1, 1000);
  (void)slots_.on_hello(2, 1500);
  const SessionReply reply = slots_.on_hello(3, 1000 + keep_ms - 1);
  EXPECT_EQ(reply.status, SessionStatus::no_slot);
  EXPECT_EQ(reply.nonce, 3U);
  EXPECT_EQ(reply.wait_ms, 1);
  EXPECT_EQ(slots_.on_hello(3, 1500).wait_ms, keep_ms - 500);
  EXPECT_EQ(send(1, 0, 1), Verdict::run) << "nobody was evicted";
}

TEST_F(SlotsTest, HelloTakesTheLongestSilentSlot) {
  (void)slots_.on_hello(1, 0);
  (void)slots_.on_hello(2, 10);
  run(1, 0, 1, 20);
  const SessionReply reply = slots_.on_hello(3, 10 + keep_ms);
  EXPECT_EQ(reply.status, SessionStatus::open);
  EXPECT_EQ(reply.slot, 1) << "the slot of 2, silent since 10 ms";
  EXPECT_EQ(reply.last, 0);
  EXPECT_EQ(slots_.slot(1).kept_size, 0U);
  EXPECT_EQ(send(2, 1, 1), Verdict::bad_frame) << "frames of the evicted session fail";
  EXPECT_EQ(send(3, 1, 1), Verdict::run);
}

TEST_F(SlotsTest, ATakenSlotBeginsAnew) {
  (void)slots_.on_hello(1, 0);
  (void)slots_.on_hello(2, 1);
  for (std::uint8_t number = 1; number <= 5; ++number) run(1, 0, number);
  ASSERT_NE(slots_.slot(0).kept_size, 0U);
  const SessionReply reply = slots_.on_hello(3, keep_ms);
  EXPECT_EQ(reply.slot, 0);
  EXPECT_EQ(reply.last, 0);
  EXPECT_EQ(reply.state, SlotState::fresh);
  EXPECT_EQ(slots_.slot(0).kept_size, 0U);
  EXPECT_EQ(send(3, 0, 6), Verdict::out_of_order);
  EXPECT_EQ(send(3, 0, 0), Verdict::out_of_order) << "nothing is kept";
  EXPECT_EQ(send(3, 0, 1), Verdict::run);
}

TEST_F(SlotsTest, HelloOfAKnownSessionKeepsIt) {
  (void)slots_.on_hello(1, 0);
  (void)slots_.on_hello(2, 10);
  (void)slots_.on_hello(1, 20);
  EXPECT_EQ(slots_.on_hello(3, 10 + keep_ms).slot, 1);
}

TEST_F(SlotsTest, EverythingValidOfASessionKeepsIt) {
  (void)slots_.on_hello(1, 0);
  (void)slots_.on_hello(2, 0);
  const std::uint32_t late = keep_ms - 1;
  EXPECT_EQ(send(1, 0, 5, late), Verdict::out_of_order);
  (void)slots_.on_resume(2, late);
  EXPECT_EQ(slots_.on_hello(3, keep_ms).status, SessionStatus::no_slot);
  EXPECT_EQ(slots_.on_hello(3, late + keep_ms - 1).status, SessionStatus::no_slot);
  (void)slots_.on_hello(2, late + keep_ms - 1);
  EXPECT_EQ(slots_.on_hello(3, late + keep_ms).slot, 0);
}

TEST_F(SlotsTest, ABusySlotIsNeverTaken) {
  (void)slots_.on_hello(1, 0);
  (void)slots_.on_hello(2, 0);
  ASSERT_EQ(send(1, 0, 1), Verdict::run);
  EXPECT_EQ(slots_.on_hello(3, 2 * keep_ms).slot, 1);
  ASSERT_EQ(send(3, 1, 1, 2 * keep_ms), Verdict::run);
  const SessionReply reply = slots_.on_hello(4, 9 * keep_ms);
  EXPECT_EQ(reply.status, SessionStatus::no_slot);
  EXPECT_EQ(reply.wait_ms, keep_ms) << "all busy: nothing is known of when";
}

TEST_F(SlotsTest, AgesAreRightAcrossTheClocksWrap) {
  const std::uint32_t before = 0xFFFFFFFFU - 100;
  (void)slots_.on_hello(1, before);
  (void)slots_.on_hello(2, before + 50);
  EXPECT_EQ(slots_.on_hello(3, before + 200).status, SessionStatus::no_slot);
  EXPECT_EQ(slots_.on_hello(3, before + keep_ms - 1).status, SessionStatus::no_slot);
  const SessionReply reply = slots_.on_hello(3, before + keep_ms);
  EXPECT_EQ(reply.status, SessionStatus::open);
  EXPECT_EQ(reply.slot, 0);
}

TEST_F(SlotsTest, TheKeyOfTheSlotsLastSessionIsRefused) {
  (void)slots_.on_hello(1, 0);
  run(1, 0, 1);
  (void)slots_.on_bye(1);
  const SessionReply reply = slots_.on_hello(1, 0);
  EXPECT_EQ(reply.status, SessionStatus::key_refused);
  EXPECT_EQ(slots_.open_count(), 0U);
  EXPECT_EQ(send(1, 0, 1), Verdict::no_session) << "a stale frame must not run again";
  EXPECT_EQ(slots_.on_hello(2, 0).status, SessionStatus::open);
}

TEST_F(SlotsTest, AnotherNonceWithTheSameKeyIsRefusedToo) {
  (void)slots_.on_hello(1, 0);
  std::uint32_t twin = 2;
  while (key(twin) != key(1)) ++twin;
  (void)slots_.on_bye(1);
  EXPECT_EQ(slots_.on_hello(twin, 0).status, SessionStatus::key_refused);
  (void)slots_.on_hello(3, 0);
  (void)slots_.on_hello(4, 1);
  EXPECT_EQ(slots_.on_hello(twin, keep_ms).status, SessionStatus::open) << "slot 0 is 3's now";
}

// --- T6: RESUME and BYE ---

TEST_F(SlotsTest, ResumeTellsAndNeverOpens) {
  EXPECT_EQ(slots_.on_resume(1, 0).status, SessionStatus::unknown);
  EXPECT_EQ(slots_.open_count(), 0U);
  (void)slots_.on_hello(1, 0);
  ASSERT_EQ(send(1, 0, 1), Verdict::run);
  const SessionReply reply = slots_.on_resume(1, 0);
  EXPECT_EQ(reply.nonce, 1U);
  EXPECT_EQ(reply.status, SessionStatus::open);
  EXPECT_EQ(reply.slot, 0);
  EXPECT_EQ(reply.last, 1);
  EXPECT_EQ(reply.state, SlotState::busy);
}

TEST_F(SlotsTest, ByeFreesTheSlot) {
  (void)slots_.on_hello(1, 0);
  (void)slots_.on_hello(2, 0);
  const SessionReply reply = slots_.on_bye(1);
  EXPECT_EQ(reply.status, SessionStatus::closed);
  EXPECT_EQ(reply.nonce, 1U);
  EXPECT_EQ(slots_.open_count(), 1U);
  EXPECT_EQ(slots_.on_bye(1).status, SessionStatus::unknown);
  EXPECT_EQ(slots_.on_hello(3, 0).slot, 0);
}

TEST_F(SlotsTest, ByeDoesNotFreeARunningSlot) {
  (void)slots_.on_hello(1, 0);
  ASSERT_EQ(send(1, 0, 1), Verdict::run);
  EXPECT_EQ(slots_.on_bye(1).status, SessionStatus::busy);
  EXPECT_EQ(slots_.open_count(), 1U);
  slots_.finish(slots_.slot(0), 6);
  EXPECT_EQ(slots_.on_bye(1).status, SessionStatus::closed);
}

TEST_F(SlotsTest, NonceZeroIsNoSpecialCase) {
  EXPECT_EQ(slots_.on_resume(0, 0).status, SessionStatus::unknown);
  EXPECT_EQ(slots_.on_hello(0, 0).status, SessionStatus::open);
  EXPECT_EQ(slots_.on_resume(0, 0).status, SessionStatus::open);
}

}  // namespace
}  // namespace picoctl
