#include "text.hpp"

#include <gtest/gtest.h>

namespace picoctl::controller {
namespace {

TEST(Text, Utf8CharactersAreMeasured) {
  EXPECT_EQ(utf8_size("a"), 1U);
  EXPECT_EQ(utf8_size("\xC2\xB0"), 2U);
  EXPECT_EQ(utf8_size("\xE2\x82\xAC"), 3U);
  EXPECT_EQ(utf8_size("\xF0\x9F\x92\xA1"), 4U);
}

TEST(Text, WhatIsNoUtf8IsFound) {
  for (const char* bad : {"", "\x80", "\xC0\x80", "\xC2", "\xE0\x80\x80", "\xED\xA0\x80", "\xFF",
                          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",
                          "\xC2"
                          "a"}) {
    EXPECT_EQ(utf8_size(bad), 0U) << bad;
  }
}

TEST(Text, BadBytesAreReplaced) {
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b\n"),
            "a\xEF\xBF\xBD"
            "b\n");
  EXPECT_EQ(printable("a\x1b[1m\xFF\xC2\x9B\x7F"
                      "b"),
            "a?[1m\xEF\xBF\xBD??b");
  EXPECT_EQ(printable("21 \xC2\xB0"
                      "C"),
            "21 \xC2\xB0"
            "C");
}

TEST(Text, WhatMayBeShown) {
  EXPECT_TRUE(is_printable("a \xC2\xB0"));
  for (const char* bad : {"\n", "\x1b", "\x7f", "\xC2\x85", "\xFF"})
    EXPECT_FALSE(is_printable(bad));
}

TEST(Text, Hex) { EXPECT_EQ(hex_byte(0x41), "0x41"); }

}  // namespace
}  // namespace picoctl::controller
