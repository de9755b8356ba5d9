// Commands as typed, boards as told, pictures of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "board.hpp"
#include "command_words.hpp"
#include "context.hpp"
#include "style.hpp"

namespace picoctl::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

TEST(SplitLine, as_a_shell_does) {
  EXPECT_EQ(split_line("led 1  on"), (Words{"led", "1", "on"}));
  EXPECT_EQ(split_line("name 'a b' \"c \\\" d\" e\\ f"), (Words{"name", "a b", "c \" d", "e f"}));
  EXPECT_EQ(split_line("echo ''"), (Words{"echo", ""}));
  EXPECT_EQ(split_line("led 1 on # the first"), (Words{"led", "1", "on"}));
  EXPECT_EQ(split_line("tag a#b"), (Words{"tag", "a#b"}));
  EXPECT_EQ(split_line("  # nothing"), Words{});
  EXPECT_EQ(split_line("led 1 on\r"), (Words{"led", "1", "on"}));
}

TEST(SplitLine, an_open_quote_is_no_line) {
  EXPECT_EQ(split_line("name 'a"), std::nullopt);
  EXPECT_EQ(split_line("name \\"), std::nullopt);
}

TEST(SplitCommands, at_plus) {
  const auto items = split_commands({"led", "1", "on", "+", "system.ping"});
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].name, "led");
  EXPECT_THAT(items[0].args, ElementsAre("1", "on"));
  EXPECT_EQ(items[1].name, "system.ping");
  EXPECT_THROW(split_commands({"led", "+"}), Failed);
  EXPECT_THROW(split_commands({"+", "led"}), Failed);
}

TEST(TakeProgram, leaves_our_own_options) {
  const auto taken = [](Words words, Words& left) {
    auto program = take_program(words);
    left = words;
    return program;
  };
  Words left;
  EXPECT_EQ(taken({"--bus", "run", "run", "--as", "5", "sh", "-c", "--"}, left),
            (Words{"sh", "-c", "--"}));
  EXPECT_EQ(left, (Words{"--bus", "run", "run", "--as", "5"}));
  EXPECT_EQ(taken({"run", "--json", "--", "--json"}, left), Words{"--json"});
  EXPECT_EQ(left, (Words{"run", "--json"}));
  EXPECT_EQ(taken({"call", "run", "--", "x"}, left), Words{});
  EXPECT_EQ(left.size(), 4U);
  EXPECT_EQ(taken({"run", "--help"}, left), Words{});
  EXPECT_EQ(taken({"run", "--bus"}, left), Words{});
}

TEST(HiddenNumbers, are_shown_again) {
  EXPECT_NE(hide_number("-3"), "-3");
  EXPECT_EQ(hide_number("--json"), "--json");
  EXPECT_EQ(hide_number("-h"), "-h");
  EXPECT_EQ(shown({hide_number("-3"), hide_number("-.5"), hide_number("-inf"), "x"}),
            (Words{"-3", "-.5", "-inf", "x"}));
}

TEST(ParseAddress, either_way) {
  EXPECT_EQ(parse_address("0x41"), 0x41);
  EXPECT_EQ(parse_address("65"), 0x41);
  for (const char* bad : {"", "0x", "0x07", "0x78", "128", "41h", "-1", "0x141"}) {
    EXPECT_THROW(parse_address(bad), Failed) << bad;
  }
}

TEST(BoardNotes, levels_and_nothing_else) {
  Board board;
  EXPECT_TRUE(board.note("GP15=1"));
  EXPECT_FALSE(board.note("GP15=1"));
  EXPECT_TRUE(board.note("LED=1"));
  EXPECT_FALSE(board.note("restarted"));
  EXPECT_FALSE(board.note("GP15=2"));
  EXPECT_TRUE(board.note("GP2=1"));
  EXPECT_EQ(board_line(board), "LED on · GP15 on · GP14 off · GP13 off");
  EXPECT_EQ(board.other_pins(), "GP2=1");
}

TEST(BoardPicture, is_as_wide_with_colours_as_without) {
  Board board;
  board.note("GP15=1");
  const auto plain = board_picture(board, false);
  EXPECT_THAT(plain.back(), HasSubstr("●"));
  for (std::size_t i = 0; i + 3 < plain.size(); ++i)
    EXPECT_EQ(width(plain[i]), width(plain[0])) << i;
}

TEST(Style, without_colour_nothing_is_added) {
  EXPECT_EQ(Style(false)(Tone::bad, "x"), "x");
  EXPECT_EQ(Style(true)(Tone::bad, "x"), "\033[1;31mx\033[0m");
  EXPECT_EQ(padded("é", 3), "é  ");
}

}  // namespace
}  // namespace picoctl::cli
