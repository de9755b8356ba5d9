#include "picoctl/link/crc16.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "testing.hpp"

namespace picoctl {
namespace {

using testing::flipped;
using testing::octets;
using testing::Octets;

std::uint16_t crc_of(std::uint16_t key, const Octets& bytes) {
  return Crc16(key).add(bytes).value();
}

TEST(Crc16, HasThePublishedCheckValue) {
  constexpr std::string_view digits = "123456789";
  Crc16 crc(public_key);
  for (const char c : digits) crc.add(static_cast<std::uint8_t>(c));
  EXPECT_EQ(crc.value(), 0x9DB1);
}

TEST(Crc16, StartsAtItsKey) {
  EXPECT_EQ(Crc16(0x1234).value(), 0x1234);
  EXPECT_NE(crc_of(0x1234, octets({1, 2})), crc_of(0x1235, octets({1, 2})));
}

TEST(Crc16, IntegersGoLeastSignificantByteFirst) {
  EXPECT_EQ(Crc16(0).add_integer<4>(0x04030201U).value(), crc_of(0, octets({1, 2, 3, 4})));
  EXPECT_EQ(Crc16(0).add_integer<8>(std::uint64_t{0x0807060504030201U}).value(),
            crc_of(0, octets({1, 2, 3, 4, 5, 6, 7, 8})));
}

// Hamming distance 6 up to 11 bytes, CRC included: any 5 flipped bits or fewer are noticed. Here
// every pair and triple of a 9-byte frame, and every burst of up to 16 bits.
TEST(Crc16, NoticesEveryPairAndTripleOfFlips) {
  const auto frame = octets({0x82, 0xA0, 0x01, 0x02, 0x0C, 0x01, 0x01});
  const std::uint16_t good = crc_of(public_key, frame);
  const std::size_t bits = frame.size() * 8;
  for (std::size_t i = 0; i < bits; ++i) {
    const Octets one = flipped(frame, i);
    ASSERT_NE(crc_of(public_key, one), good);
    for (std::size_t j = 0; j < i; ++j) {
      const Octets two = flipped(one, j);
      ASSERT_NE(crc_of(public_key, two), good) << i << " " << j;
      for (std::size_t k = 0; k < j; ++k) {
        ASSERT_NE(crc_of(public_key, flipped(two, k)), good) << i << " " << j << " " << k;
      }
    }
  }
}

TEST(Crc16, NoticesEveryBurstOfSixteenBits) {
  const Octets frame(20, 0x5A);
  const std::uint16_t good = crc_of(public_key, frame);
  for (const std::size_t at : {0U, 5U, 72U, 144U}) {  // a sample of places: the CRC is linear
    for (unsigned pattern = 1; pattern < 0x10000; pattern += 2) {
      Octets damaged = frame;
      for (std::size_t bit = 0; bit < 16; ++bit) {
        if ((pattern >> bit & 1U) != 0) damaged = flipped(std::move(damaged), at + bit);
      }
      ASSERT_NE(crc_of(public_key, damaged), good) << at << " " << pattern;
    }
  }
}

}  // namespace
}  // namespace picoctl
