#include "picoctl/link/frame.hpp"

#include <gtest/gtest.h>

#include "picoctl/link/registers.hpp"
#include "testing.hpp"

namespace picoctl {
namespace {

using testing::flipped;
using testing::octets;
using testing::Octets;

constexpr std::uint8_t address = 0x41;
constexpr std::uint16_t key = 0x1D0F;

Octets request_of(const Octets& payload, Sequence sequence = {2, 9}, std::uint8_t command = 12) {
  std::array<std::uint8_t, max_request_size> room{};
  const std::size_t size = encode_request(room, address, key, {sequence, command, payload});
  return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size)};
}

Octets answer_of(const Octets& payload, Head head = {State::done, {2, 9}, 0, 0xCD, false}) {
  std::array<std::uint8_t, max_answer_size> room{};
  std::copy(payload.begin(), payload.end(), room.begin() + head_size);
  const std::size_t size = seal_answer(room, address, key, head, payload.size());
  return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST(Sequence, PacksSlotAndNumber) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto sequence = Sequence::from(static_cast<std::uint8_t>(byte));
    EXPECT_LT(sequence.slot, 8);
    EXPECT_LT(sequence.number, 32);
    EXPECT_EQ(sequence.byte(), byte);
  }
  EXPECT_EQ((Sequence{1, 33}).byte(), (Sequence{1, 1}).byte());
}

TEST(Sequence, NumbersWrap) {
  EXPECT_EQ(next_number(0), 1);
  EXPECT_EQ(next_number(30), 31);
  EXPECT_EQ(next_number(31), 0);
}

TEST(Request, RoundTrip) {
  for (const std::size_t size : {0U, 1U, 2U, 239U, 240U}) {
    const Octets payload(size, 0x5A);
    const Octets frame = request_of(payload);
    EXPECT_EQ(frame.size(), request_overhead + size);
    EXPECT_EQ(frame[0], registers::request);
    const auto parsed = parse_request(frame);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->sequence, (Sequence{2, 9}));
    EXPECT_EQ(parsed->command, 12);
    EXPECT_EQ(octets(parsed->payload), payload);
    EXPECT_TRUE(request_crc_matches(frame, address, key));
  }
}

TEST(Request, IsNeverShorterThanAPlainWriteMayBe) {
  EXPECT_GE(request_of({}).size() - 1, std::size_t{registers::min_frame_bytes});
}

TEST(Request, ThatDoesNotFitIsNotWritten) {
  std::array<std::uint8_t, max_request_size + 8> room{};
  const Octets payload(241, 0);
  EXPECT_EQ(encode_request(room, address, key, {{}, 1, payload}), 0U);
  const Octets small(4, 0);
  EXPECT_EQ(encode_request(std::span(room).first(9), address, key, {{}, 1, small}), 0U);
  EXPECT_EQ(encode_request(std::span(room).first(10), address, key, {{}, 1, small}), 10U);
}

TEST(Request, OfAnyOtherLengthIsRefused) {
  const Octets frame = request_of({1, 2, 3});
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_FALSE(parse_request(std::span(frame).first(size))) << size;
  }
  Octets longer = frame;
  longer.push_back(0);
  EXPECT_FALSE(parse_request(longer));
  Octets elsewhere = frame;
  elsewhere[0] = 0xA1;
  EXPECT_FALSE(parse_request(elsewhere));
}

TEST(Request, LengthBeyondTheLargestIsRefused) {
  Octets frame(request_overhead + 241, 0);
  frame[0] = registers::request;
  frame[2] = 241;
  EXPECT_FALSE(parse_request(frame));
}

TEST(Request, EveryFlippedBitIsNoticed) {
  const Octets frame = request_of({1, 1});
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    const Octets damaged = flipped(frame, bit);
    const bool passes =
        parse_request(damaged).has_value() && request_crc_matches(damaged, address, key);
    EXPECT_FALSE(passes) << bit;
  }
}

TEST(Request, CountsOnlyAtItsAddressUnderItsKey) {
  const Octets frame = request_of({1, 1});
  EXPECT_FALSE(request_crc_matches(frame, address + 1, key));
  EXPECT_FALSE(request_crc_matches(frame, address, key + 1));
  EXPECT_FALSE(request_crc_matches(frame, address, public_key));
}

TEST(Answer, RoundTrip) {
  for (const std::size_t size : {0U, 1U, 239U, 240U}) {
    const Octets payload(size, 0xA5);
    const Octets answer = answer_of(payload);
    EXPECT_EQ(answer.size(), head_size + size + (size > 0 ? payload_crc_size : 0));
    const auto head = parse_head(answer);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->state, State::done);
    EXPECT_EQ(head->sequence, (Sequence{2, 9}));
    EXPECT_EQ(head->length, size);
    EXPECT_EQ(head->epoch, 0xCD);
    EXPECT_FALSE(head->events);
    EXPECT_TRUE(head_crc_matches(answer, address, key));
    EXPECT_TRUE(payload_crc_matches(answer, address, key));
  }
}

TEST(Answer, SaysThatEventsWait) {
  const Octets answer = answer_of({}, {State::busy, {0, 0}, 0, 0, true});
  EXPECT_EQ(answer[0], 0xC2);
  EXPECT_TRUE(parse_head(answer)->events);
}

TEST(Answer, WithABitThatStaysUnusedIsNone) {
  for (const unsigned bit : {0x10U, 0x20U}) {
    Octets answer = answer_of({});
    answer[0] |= static_cast<std::uint8_t>(bit);
    EXPECT_FALSE(parse_head(answer)) << bit;
  }
}

TEST(Answer, TheHeadIsValidByItself) {
  const Octets answer = answer_of({1, 2, 3});
  const auto head = std::span(answer).first<head_size>();
  EXPECT_TRUE(head_crc_matches(head, address, key));
  EXPECT_FALSE(payload_crc_matches(head, address, key));
  EXPECT_FALSE(head_crc_matches(head.first<5>(), address, key));
  EXPECT_FALSE(payload_crc_matches(head.first<5>(), address, key));
}

TEST(Answer, APayloadCutShortIsNoticed) {
  const Octets answer = answer_of({1, 2, 3});
  for (std::size_t size = 0; size < answer.size(); ++size) {
    EXPECT_FALSE(payload_crc_matches(std::span(answer).first(size), address, key)) << size;
  }
}

TEST(Answer, EveryFlippedBitIsNoticed) {
  const Octets answer = answer_of({1, 2, 3});
  for (std::size_t bit = 0; bit < answer.size() * 8; ++bit) {
    const Octets damaged = flipped(answer, bit);
    EXPECT_FALSE(parse_head(damaged) && payload_crc_matches(damaged, address, key)) << bit;
  }
}

// The payload's CRC is tied to its head and to the key: the payload of one answer behind the head
// of another of the same length does not pass.
TEST(Answer, APayloadBelongsToItsHead) {
  const Octets first = answer_of({1, 2, 3}, {State::done, {2, 9}, 0, 0xCD, false});
  const Octets second = answer_of({4, 5, 6}, {State::done, {2, 10}, 0, 0xCD, false});
  Octets mixed = first;
  std::copy(second.begin() + head_size, second.end(), mixed.begin() + head_size);
  EXPECT_TRUE(head_crc_matches(mixed, address, key));
  EXPECT_FALSE(payload_crc_matches(mixed, address, key));
}

TEST(Answer, CountsOnlyAtItsAddressUnderItsKey) {
  const Octets answer = answer_of({1});
  EXPECT_FALSE(head_crc_matches(answer, address + 1, key));
  EXPECT_FALSE(head_crc_matches(answer, address, key + 1));
  EXPECT_FALSE(payload_crc_matches(answer, address, key ^ 1U));
}

TEST(Answer, ARequestIsNoAnswer) {
  // The same bytes in both directions: the address byte differs in its last bit.
  const Octets frame = request_of({});
  EXPECT_FALSE(parse_head(frame) && head_crc_matches(frame, address, key));
}

TEST(Head, WhatIsNoneIsRefused) {
  const Octets head = answer_of({});
  EXPECT_TRUE(parse_head(head));
  for (const std::size_t bit : {0U, 2U, 3U}) EXPECT_FALSE(parse_head(flipped(head, bit))) << bit;
  EXPECT_TRUE(parse_head(flipped(head, 1)));
  EXPECT_FALSE(parse_head(std::span(head).first(5)));
  Octets long_one = head;
  long_one[2] = 240;
  EXPECT_TRUE(parse_head(long_one));
  long_one[2] = 241;
  EXPECT_FALSE(parse_head(long_one));
  EXPECT_FALSE(parse_head(Octets(6, 0xFF)));
  EXPECT_FALSE(parse_head(Octets(6, 0x00)));
}

}  // namespace
}  // namespace picoctl
