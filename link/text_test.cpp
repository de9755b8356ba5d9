#include "picoctl/link/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace picoctl {
namespace {

TEST(Part, IsWhatSubstrGivesInsideTheText) {
  const std::string text = "gpio.write pin=15";
  for (std::size_t from = 0; from <= text.size(); ++from) {
    EXPECT_EQ(part(text, from), text.substr(from));
    for (std::size_t count = 0; count <= text.size() + 2; ++count) {
      EXPECT_EQ(part(text, from, count), text.substr(from, count)) << from << " " << count;
    }
  }
}

TEST(Part, IsEmptyBeyondTheEndWhereSubstrThrows) {
  EXPECT_EQ(part("abc", 4), "");
  EXPECT_EQ(part("abc", std::string_view::npos), "");
  EXPECT_EQ(part("abc", std::string_view::npos, 2), "");
  EXPECT_EQ(part("", 0, 1), "");
  EXPECT_EQ(part("abc", 0, std::string_view::npos), "abc");
}

TEST(Part, WorksAtCompileTime) {
  static_assert(part("a b", 0, 1) == "a");
  static_assert(part("a b", 9).empty());
}

TEST(HexDigit, IsOneLowerCaseDigitOfTheLowFourBits) {
  std::string all;
  for (unsigned value = 0; value < 16; ++value) all += hex_digit(value);
  EXPECT_EQ(all, "0123456789abcdef");
  EXPECT_EQ(hex_digit(0x10), "0");
  EXPECT_EQ(hex_digit(0xAF), "f");
}

}  // namespace
}  // namespace picoctl
