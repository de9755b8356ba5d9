#include "picoctl/link/bytes.hpp"

#include <gtest/gtest.h>

#include "testing.hpp"

namespace picoctl {
namespace {

using testing::octets;

TEST(Reader, ReadsIntegersLeastSignificantByteFirst) {
  const auto wire = octets({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  Reader reader(wire);
  EXPECT_EQ(reader.byte(), 1);
  EXPECT_EQ(reader.integer<std::uint16_t>(), 0x0302);
  EXPECT_EQ(reader.integer<std::uint32_t>(), 0x07060504U);
  EXPECT_EQ(reader.integer<std::uint64_t>(), 0x0F0E0D0C0B0A0908U);
  EXPECT_TRUE(reader.finished());
}

TEST(Reader, RemembersTheFirstFailure) {
  const auto wire = octets({1, 2, 3});
  Reader reader(wire);
  EXPECT_TRUE(reader.take(4).empty());
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_EQ(reader.byte(), 0);
  EXPECT_TRUE(reader.take(0).empty());
  EXPECT_FALSE(reader.ok());
  EXPECT_FALSE(reader.finished());
}

TEST(Reader, IsFinishedOnlyWithNothingLeft) {
  const auto wire = octets({1, 2});
  Reader reader(wire);
  EXPECT_EQ(reader.byte(), 1);
  EXPECT_TRUE(reader.ok());
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(reader.rest().size(), 1U);
  reader.fail();
  EXPECT_EQ(reader.byte(), 2);
  EXPECT_FALSE(reader.finished());
}

TEST(Reader, AnIntegerCutShortIsAFailureAndZero) {
  const auto wire = octets({0xFF});
  Reader reader(wire);
  EXPECT_EQ(reader.integer<std::uint16_t>(), 0);
  EXPECT_FALSE(reader.ok());
}

TEST(Writer, WritesIntegersLeastSignificantByteFirst) {
  std::array<std::uint8_t, 7> room{};
  Writer writer(room);
  writer.integer<std::uint32_t>(0x04030201U);
  writer.integer<std::uint16_t>(0x0605U);
  writer.byte(7);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.free(), 0U);
  EXPECT_EQ(octets(writer.written()), octets({1, 2, 3, 4, 5, 6, 7}));
}

TEST(Writer, NeverWritesBehindItsRoom) {
  std::array<std::uint8_t, 3> room{0xAA, 0xAA, 0xAA};
  Writer writer{std::span(room).first(2)};
  writer.bytes(octets({1, 2, 3}));
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.size(), 0U);
  writer.rewind();
  writer.integer<std::uint32_t>(0x04030201U);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(octets(room), octets({1, 2, 0xAA}));
}

TEST(Writer, RewindForgetsWhatIsBehindIt) {
  std::array<std::uint8_t, 4> room{};
  Writer writer(room);
  writer.bytes(octets({1, 2, 3, 4}));
  writer.byte(5);
  EXPECT_FALSE(writer.ok());
  writer.rewind(1);
  EXPECT_TRUE(writer.ok());
  writer.byte(9);
  EXPECT_EQ(octets(writer.written()), octets({1, 9}));
}

TEST(Writer, SkipTakesWhatSomebodyPutThere) {
  std::array<std::uint8_t, 4> room{};
  Writer writer(room);
  room[1] = 7;
  writer.byte(1);
  writer.skip(2);
  EXPECT_EQ(octets(writer.written()), octets({1, 7, 0}));
  writer.skip(2);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.size(), 3U);
}

TEST(Writer, TakesNothingGracefully) {
  Writer writer(std::span<std::uint8_t>{});
  writer.bytes({});
  EXPECT_TRUE(writer.ok());
  writer.byte(1);
  EXPECT_FALSE(writer.ok());
}

}  // namespace
}  // namespace picoctl
