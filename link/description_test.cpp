#include "picoctl/link/description.hpp"

#include <gtest/gtest.h>

#include "testing.hpp"

namespace picoctl {
namespace {

using testing::Octets;

struct Collected final : DescriptionSink {
  std::string text;
  void add(std::string_view piece) override { text += piece; }
};

template <typename What>
std::string described(const What& what) {
  Collected sink;
  describe(what, sink);
  return sink.text;
}

Entry lambda(std::string_view line, const std::string_view* types) {
  Entry entry{};
  entry.line = line;
  entry.types = types;
  return entry;
}

TEST(Describe, ADeclaredCommandIsItsLine) {
  EXPECT_EQ(described(lambda("led n:u8 # Light", nullptr)), "led n:u8 # Light\n");
}

TEST(Describe, ALambdasNamesMeetTheirTypes) {
  constexpr std::string_view types[] = {"u8", "bool", "i32"};
  EXPECT_EQ(described(lambda("led n on # Light # 1", types)), "led n:u8 on:bool # Light # 1\n");
  EXPECT_EQ(described(lambda("led n on", types)), "led n:u8 on:bool\n");
  EXPECT_EQ(described(lambda("led  n  on  # x", types)), "led n:u8 on:bool # x\n");
  EXPECT_EQ(described(lambda("add a b -> sum", types)), "add a:u8 b:bool -> sum:i32\n");
  EXPECT_EQ(described(lambda("now -> t # Time", types)), "now -> t:u8 # Time\n");
  EXPECT_EQ(described(lambda("stop # Stop", types)), "stop # Stop\n");
  EXPECT_EQ(described(lambda("stop", types)), "stop\n");
}

TEST(Describe, Registers) {
  const RegisterEntry declared{0x01, 1, "light1:u8 # Light 1", "", nullptr, nullptr};
  const RegisterEntry typed{0x7F, 2, "speed # In mm/s", "i16", nullptr, nullptr};
  const RegisterEntry bare{0x2A, 4, "count", "u32", nullptr, nullptr};
  EXPECT_EQ(described(declared), "0x01 light1:u8 # Light 1\n");
  EXPECT_EQ(described(typed), "0x7f speed:i16 # In mm/s\n");
  EXPECT_EQ(described(bare), "0x2a count:u32\n");
}

TEST(Describe, AllCommandsThenAllRegisters) {
  const Entry one[] = {lambda("a # A", nullptr)};
  const Entry two[] = {lambda("b # B", nullptr), lambda("c # C", nullptr)};
  const RegisterEntry r1[] = {{0x01, 1, "x:u8", "", nullptr, nullptr}};
  const RegisterEntry r2[] = {{0x02, 1, "y:u8", "", nullptr, nullptr}};
  const Module modules[] = {{one, r1}, {two, r2}};
  EXPECT_EQ(described(Commands{modules}), "a # A\nb # B\nc # C\n0x01 x:u8\n0x02 y:u8\n");
}

TEST(Hash, IsFnv1a) {
  EXPECT_EQ(description_hash(""), 0x811C9DC5U);
  EXPECT_EQ(description_hash("a"), 0xE40C292CU);
  EXPECT_EQ(description_hash("foobar"), 0xBF9CF968U);
}

TEST(Hash, DoesNotDependOnThePieces) {
  DescriptionHash hash;
  hash.add("foo");
  hash.add("");
  hash.add("bar");
  EXPECT_EQ(hash.value(), description_hash("foobar"));
}

// Every slice of a text given in pieces is the slice of the text.
TEST(Slice, IsTheTextFromAnOffsetOn) {
  const std::string text = "abcdefgh";
  for (std::size_t offset = 0; offset <= text.size() + 2; ++offset) {
    for (std::size_t room = 0; room <= text.size() + 1; ++room) {
      Octets out(room, 0);
      DescriptionSlice slice(offset, out);
      for (const char* piece : {"a", "", "bcd", "efgh"}) slice.add(piece);
      const std::string expected = offset < text.size() ? text.substr(offset, room) : std::string{};
      EXPECT_EQ(std::string(out.begin(), out.begin() + static_cast<int>(slice.size())), expected);
    }
  }
}

}  // namespace
}  // namespace picoctl
