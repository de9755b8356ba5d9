#include "value_codec.hpp"

#include <cmath>

#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

CommandInfo command(std::string line) {
  const auto description = parse_description(std::move(line));
  EXPECT_TRUE(description) << summary(description.error());
  return description->commands().at(0);
}

Expected<std::vector<std::uint8_t>> encoded(const CommandInfo& info, std::vector<Value> args) {
  std::array<std::uint8_t, max_payload> room{};
  Writer writer(room);
  if (auto done = encode_args(info, args, writer); !done) return Unexpected{done.error()};
  EXPECT_TRUE(writer.ok());
  return std::vector<std::uint8_t>(writer.written().begin(), writer.written().end());
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

struct Row {
  const char* type;
  Value value;
  const char* bytes;  // or the id of the error
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.type << " " << row.value; }

class Encoding : public ::testing::TestWithParam<Row> {};
TEST_P(Encoding, Is) {
  const Row& row = GetParam();
  const auto bytes = encoded(command(std::string("c x:") + row.type), {row.value});
  if (bytes) {
    EXPECT_EQ(hex(*bytes), row.bytes);
    return;
  }
  EXPECT_EQ(name(bytes.error().error), row.bytes) << bytes.error().detail;
  EXPECT_EQ(bytes.error().outcome, Outcome::not_run);
  EXPECT_NE(bytes.error().detail.find("'x' of 'c'"), std::string::npos) << bytes.error().detail;
  provoked(bytes.error().error);
}

constexpr const char* type_error = "wrong_type";
constexpr const char* range_error = "out_of_range";

INSTANTIATE_TEST_SUITE_P(
    Booleans, Encoding,
    ::testing::Values(Row{"bool", true, "01"}, Row{"bool", 0, "00"}, Row{"bool", "on", "01"},
                      Row{"bool", "off", "00"}, Row{"bool", 2, range_error},
                      Row{"bool", -1, range_error}, Row{"bool", "maybe", type_error},
                      Row{"bool", 1.0, type_error}, Row{"bool", nullptr, type_error}));
INSTANTIATE_TEST_SUITE_P(
    Integers, Encoding,
    ::testing::Values(Row{"u8", 255, "ff"}, Row{"u8", 256, range_error}, Row{"u8", -1, range_error},
                      Row{"u8", "0x41", "41"}, Row{"u8", "256", range_error},
                      Row{"u8", "x", type_error}, Row{"u8", 3.0, "03"}, Row{"u8", 3.5, type_error},
                      Row{"u8", 1e300, range_error}, Row{"u8", std::nan(""), type_error},
                      Row{"u8", true, type_error}, Row{"u8", nullptr, type_error},
                      Row{"u8", Value::array(), type_error}, Row{"u16", 0x1234, "3412"},
                      Row{"u8", "-0", "00"}, Row{"u64", ~std::uint64_t{0}, "ffffffffffffffff"},
                      Row{"u64", -1, range_error}, Row{"u64", "99999999999999999999", range_error},
                      Row{"i8", -128, "80"}, Row{"i8", -129, range_error}, Row{"i8", 127, "7f"},
                      Row{"i8", 128, range_error}, Row{"i8", "-1", "ff"},
                      Row{"i64", std::numeric_limits<std::int64_t>::min(), "0000000000000080"},
                      Row{"i64", ~std::uint64_t{0}, range_error}, Row{"i16", -2, "feff"}));
INSTANTIATE_TEST_SUITE_P(
    Floats, Encoding,
    ::testing::Values(Row{"f32", 1.5, "0000c03f"}, Row{"f32", 2, "00000040"},
                      Row{"f32", "1.5", "0000c03f"}, Row{"f32", 1e39, range_error},
                      Row{"f64", 1.5, "000000000000f83f"}, Row{"f64", "inf", "000000000000f07f"},
                      Row{"f32", "inf", "0000807f"}, Row{"f64", "x", type_error},
                      Row{"f64", false, type_error}));
INSTANTIATE_TEST_SUITE_P(
    Enums, Encoding,
    ::testing::Values(Row{"u8{in=0,out=7}", "out", "07"}, Row{"u8{in=0,out=7}", 7, "07"},
                      Row{"u8{in=0,out=7}", "0x7", "07"}, Row{"u8{in=0,out=7}", "oat", type_error},
                      Row{"u8{in=0,out=7}", 1, range_error},
                      Row{"u8{in=0,out=7}", "1", range_error}, Row{"i8{low=-2}", "low", "fe"},
                      Row{"i8{low=-2}", -2, "fe"}, Row{"u16{a=258}", "a", "0201"},
                      Row{"u8{a=1}", true, type_error}));
INSTANTIATE_TEST_SUITE_P(
    Strings, Encoding,
    ::testing::Values(Row{"str<4>", "abcd", "0461626364"}, Row{"str<4>", "", "00"},
                      Row{"str<4>", "abcde", range_error}, Row{"str<4>", 5, type_error},
                      Row{"bytes<4>", "0x0102", "020102"}, Row{"bytes<4>", "hi", "026869"},
                      Row{"bytes<4>", "0x1", type_error},
                      Row{"bytes<4>", Value({1, "0x02"}), "020102"},
                      Row{"bytes<4>", Value::binary({9}), "0109"},
                      Row{"bytes<4>", Value({1, 256}), range_error},
                      Row{"bytes<4>", Value({1, "x"}), type_error},
                      Row{"bytes<1>", "hi", range_error}, Row{"bytes<4>", 1, type_error}));
INSTANTIATE_TEST_SUITE_P(
    Compounds, Encoding,
    ::testing::Values(Row{"u8*3", Value({1, 2, 3}), "010203"}, Row{"u8*3", "1,2,0x3", "010203"},
                      Row{"u8*3", "[1,2,3]", "010203"}, Row{"u8*3", Value({1, 2}), range_error},
                      Row{"u8*3", "1,2,x", type_error}, Row{"u8*3", 7, type_error},
                      Row{"u8*3", "[1,", type_error},
                      Row{"u8*2*2", Value({{1, 2}, {3, 4}}), "01020304"},
                      Row{"(a:u8,b:bool)", Value({{"a", 1}, {"b", true}}), "0101"},
                      Row{"(a:u8,b:bool)", R"({"b":"on","a":2})", "0201"},
                      Row{"(a:u8,b:bool)", Value({3, false}), "0300"},
                      Row{"(a:u8,b:bool)", Value({{"a", 1}, {"c", true}}), type_error},
                      Row{"(a:u8,b:bool)", Value({1}), type_error},
                      Row{"(a:u8,b:bool)", 1, type_error},
                      Row{"(a:u8)", R"({"a":256})", range_error}, Row{"()", Value::object(), ""}));

TEST(ValueCodec, TheNumberOfArgumentsIsChecked) {
  const auto bytes = encoded(command("led n:u8 on:bool"), {1});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().error, Error::wrong_count);
  EXPECT_EQ(bytes.error().detail, "'led' takes 2, not 1: led n:u8 on:bool");
  provoked(Error::wrong_count);
}

TEST(ValueCodec, FailuresNameArgumentTypeAndValue) {
  EXPECT_EQ(encoded(command("led n:u8"), {256}).error().detail, "'n' of 'led' is u8, not '256'");
  EXPECT_EQ(encoded(command("led on:bool"), {"x"}).error().detail,
            "'on' of 'led' is bool, not 'x': write on or off");
  const auto long_text =
      encoded(command("led n:u8"), {std::string(500, 'x') + "\x1b"}).error().detail;
  EXPECT_LT(long_text.size(), 100U);
}

std::optional<Value> decoded(std::string line, std::vector<std::uint8_t> bytes) {
  return decode_reply(command(std::move(line)), bytes);
}

TEST(ValueCodec, RepliesAreObjects) {
  EXPECT_EQ(decoded("c", {}), Value());
  EXPECT_EQ(decoded("c -> x:u8 y:bool", {5, 1}), Value({{"x", 5}, {"y", true}}));
  EXPECT_EQ(decoded("c -> x:i16", {0xFE, 0xFF})->at("x"), -2);
  EXPECT_EQ(decoded("c -> x:u8{a=1,b=2}", {2})->at("x"), "b");
  EXPECT_EQ(decoded("c -> x:i8{low=-2}", {0xFE})->at("x"), "low");
  EXPECT_EQ(decoded("c -> x:str<5>", {2, 'h', 'i'})->at("x"), "hi");
  EXPECT_EQ(decoded("c -> x:bytes<5>", {2, 1, 2})->at("x"), Value::binary({1, 2}));
  EXPECT_EQ(decoded("c -> x:u8*2", {1, 2})->at("x"), Value({1, 2}));
  EXPECT_EQ(decoded("c -> x:(y:f32)", {0, 0, 0xC0, 0x3F})->at("x").at("y"), 1.5);
}

TEST(ValueCodec, RepliesThatDoNotFitAreRefused) {
  EXPECT_FALSE(decoded("c", {1}));
  EXPECT_FALSE(decoded("c -> x:u8", {}));
  EXPECT_FALSE(decoded("c -> x:u8", {1, 2}));
  EXPECT_FALSE(decoded("c -> x:bool", {2}));
  EXPECT_FALSE(decoded("c -> x:u8{a=1}", {2}));
  EXPECT_FALSE(decoded("c -> x:str<1>", {2, 'h', 'i'}));
  EXPECT_FALSE(decoded("c -> x:str<5>", {3, 'h', 'i'}));
}

// Otherwise printing the reply as JSON would fail.
TEST(ValueCodec, TextIsAlwaysUtf8) {
  EXPECT_EQ(decoded("c -> x:str<5>", {2, 'h', 0xFF})->at("x"), "h\xEF\xBF\xBD");
  EXPECT_NO_FATAL_FAILURE(static_cast<void>(decoded("c -> x:str<5>", {2, 'h', 0xFF})->dump()));
}

}  // namespace
}  // namespace picoctl::controller::test
