#include "value_text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace picoctl::controller {
namespace {

std::string whole(std::string_view text) {
  Whole number;
  switch (read_whole(text, number)) {
    case Reading::no_number: return "no number";
    case Reading::too_large: return "too large";
    case Reading::fine: break;
  }
  return (number.negative ? "-" : "") + std::to_string(number.magnitude);
}

TEST(ValueText, WholeNumbers) {
  EXPECT_EQ(whole("0"), "0");
  EXPECT_EQ(whole("12"), "12");
  EXPECT_EQ(whole("+12"), "12");
  EXPECT_EQ(whole("-3"), "-3");
  EXPECT_EQ(whole("0x1F"), "31");
  EXPECT_EQ(whole("0X1f"), "31");
  EXPECT_EQ(whole("-0x10"), "-16");
  EXPECT_EQ(whole("0b101"), "5");
  EXPECT_EQ(whole("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(whole("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(whole("18446744073709551616"), "too large");
  EXPECT_EQ(whole("-9223372036854775809"), "too large");
  for (const char* bad : {"", "-", "+", "x", "1x", "1.5", "0x", "0b2", "--1", " 1", "1 ", "1e3"}) {
    EXPECT_EQ(whole(bad), "no number") << bad;
  }
}

TEST(ValueText, FloatingNumbers) {
  EXPECT_EQ(read_floating("2.5"), 2.5);
  EXPECT_EQ(read_floating("-1e3"), -1000.0);
  EXPECT_EQ(read_floating("+7"), 7.0);
  EXPECT_TRUE(std::isnan(*read_floating("nan")));
  EXPECT_TRUE(std::isinf(*read_floating("-inf")));
  for (const char* bad : {"", "x", "1.5x", "1,5", " 1"}) EXPECT_FALSE(read_floating(bad)) << bad;
}

TEST(ValueText, Booleans) {
  for (const char* yes : {"on", "ON", "true", "yes", "high", "1"})
    EXPECT_EQ(read_boolean(yes), true);
  for (const char* no : {"off", "False", "no", "low", "0"}) EXPECT_EQ(read_boolean(no), false);
  for (const char* bad : {"", "2", "onn", "an"}) EXPECT_FALSE(read_boolean(bad)) << bad;
}

TEST(ValueText, ByteStrings) {
  using List = std::vector<std::uint8_t>;
  EXPECT_EQ(read_bytes("0x01fF"), (List{1, 255}));
  EXPECT_EQ(read_bytes("0x"), List{});
  EXPECT_EQ(read_bytes("hi"), (List{'h', 'i'}));
  EXPECT_EQ(read_bytes(""), List{});
  EXPECT_FALSE(read_bytes("0x1"));
  EXPECT_FALSE(read_bytes("0xgg"));
  EXPECT_FALSE(read_bytes("0x-1"));
}

TEST(ValueText, Compounds) {
  EXPECT_EQ(read_compound("[1,2]"), Value({1, 2}));
  EXPECT_EQ(read_compound("1,0x2"), Value({"1", "0x2"}));
  EXPECT_EQ(read_compound(R"({"x":1})"), Value({{"x", 1}}));
  EXPECT_EQ(read_compound(""), Value::array({""}));
  EXPECT_FALSE(read_compound("[1,"));
  EXPECT_FALSE(read_compound("{1}"));
  EXPECT_FALSE(read_compound(std::string(100, '[')));
  EXPECT_FALSE(read_compound("[" + std::string(10'000, ' ') + "]"));
}

}  // namespace
}  // namespace picoctl::controller
