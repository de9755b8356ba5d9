#include "picoctl/link/identity.hpp"

#include <gtest/gtest.h>

#include "picoctl/link/crc16.hpp"
#include "testing.hpp"

namespace picoctl {
namespace {

using testing::flipped;
using testing::octets;
using testing::Octets;

Identity some_pico() {
  Identity identity;
  identity.mailbox = true;
  identity.max_request = 240;
  identity.max_reply = 64;
  identity.slots = 4;
  identity.boot_id = 0x1234ABCD;
  identity.description = 0xCAFEF00D;
  identity.unique_id = 0xE6614C311B7A3C2F;
  identity.chip = Chip::rp2350;
  identity.firmware = {1, 2, 3};
  return identity;
}

TEST(Identity, RoundTrip) {
  const Identity identity = some_pico();
  const IdentityBytes bytes = encode_identity(identity, 0x41);
  EXPECT_EQ(bytes.size(), std::size_t{registers::identity_size});
  EXPECT_EQ(decode_identity(bytes, 0x41), identity);
  Identity plain = identity;
  plain.mailbox = false;
  EXPECT_EQ(decode_identity(encode_identity(plain, 0x41), 0x41), plain);
}

TEST(Identity, ReleasesSdaAtItsFirstBit) { EXPECT_NE(encode_identity({}, 0x41)[0] & 0x80U, 0U); }

TEST(Identity, EveryFlippedBitIsNoticed) {
  const Octets bytes = octets(encode_identity(some_pico(), 0x41));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    EXPECT_FALSE(decode_identity(flipped(bytes, bit), 0x41)) << bit;
  }
}

TEST(Identity, IsReadAtItsAddressOnly) {
  const IdentityBytes bytes = encode_identity(some_pico(), 0x41);
  EXPECT_FALSE(decode_identity(bytes, 0x42));
}

TEST(Identity, OfAnotherLengthIsNone) {
  const IdentityBytes bytes = encode_identity(some_pico(), 0x41);
  EXPECT_FALSE(decode_identity(std::span(bytes).first(31), 0x41));
  EXPECT_FALSE(decode_identity({}, 0x41));
}

// Later minor versions may use them (docs/PROTOCOL.md, "Versions").
TEST(Identity, WhatIsReservedIsIgnored) {
  IdentityBytes bytes = encode_identity(some_pico(), 0x41);
  bytes[4] |= 0xF8;
  bytes[28] = 0x12;
  bytes[29] = 0x34;
  const std::uint16_t crc =
      Crc16(public_key).add(std::uint8_t{0x83}).add(std::span(bytes).first(30)).value();
  bytes[30] = static_cast<std::uint8_t>(crc >> 8U);
  bytes[31] = static_cast<std::uint8_t>(crc);
  EXPECT_EQ(decode_identity(bytes, 0x41), some_pico());
}

TEST(Version, NeighboursUnderstandEachOther) {
  constexpr ProtocolVersion mine{1, 4};
  EXPECT_TRUE(mine.understands({1, 3}));
  EXPECT_TRUE(mine.understands({1, 4}));
  EXPECT_TRUE(mine.understands({1, 5}));
  EXPECT_FALSE(mine.understands({1, 2}));
  EXPECT_FALSE(mine.understands({1, 6}));
  EXPECT_FALSE(mine.understands({2, 4}));
  EXPECT_FALSE(mine.understands({0, 4}));
}

TEST(Key, EverythingThatMattersChangesIt) {
  const Identity identity = some_pico();
  const std::uint16_t key = session_key(identity, 7, 0x41);
  EXPECT_NE(session_key(identity, 8, 0x41), key);
  EXPECT_NE(session_key(identity, 7, 0x42), key);
  Identity other = identity;
  other.boot_id ^= 0x80000000U;
  EXPECT_NE(session_key(other, 7, 0x41), key);
  other = identity;
  other.unique_id ^= 1ULL << 63U;
  EXPECT_NE(session_key(other, 7, 0x41), key);
  other = identity;
  other.description ^= 0x80000000U;
  EXPECT_NE(session_key(other, 7, 0x41), key);
}

TEST(Key, NothingElseChangesIt) {
  Identity other = some_pico();
  const std::uint16_t key = session_key(other, 7, 0x41);
  other.mailbox = false;
  other.max_reply = 1;
  other.firmware = {9, 9, 9};
  other.chip = Chip::virtual_pico;
  EXPECT_EQ(session_key(other, 7, 0x41), key);
}

}  // namespace
}  // namespace picoctl
