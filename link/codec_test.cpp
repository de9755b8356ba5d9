// Values and their bytes. tests/vectors holds one of every type; here stand the rules.
#include "picoctl/link/codec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "picoctl/link/command.hpp"
#include "testing.hpp"

namespace picoctl::testing {

enum class Mode : std::uint8_t { input = 0, output = 1, special = 7 };
enum class Depth : std::int8_t { below = -3, level = 0, above = 3 };

}  // namespace picoctl::testing

template <>
inline constexpr auto picoctl::enumerators<picoctl::testing::Mode> =
    picoctl::Enumerators<picoctl::Enumerator<"input", picoctl::testing::Mode::input>,
                         picoctl::Enumerator<"output", picoctl::testing::Mode::output>,
                         picoctl::Enumerator<"special", picoctl::testing::Mode::special>>{};
template <>
inline constexpr auto picoctl::enumerators<picoctl::testing::Depth> =
    picoctl::Enumerators<picoctl::Enumerator<"below", picoctl::testing::Depth::below>,
                         picoctl::Enumerator<"level", picoctl::testing::Depth::level>,
                         picoctl::Enumerator<"above", picoctl::testing::Depth::above>>{};

namespace picoctl {
namespace {

using testing::Depth;
using testing::Mode;
using testing::octets;
using testing::Octets;

struct Point {
  std::int16_t x = 0;
  std::int16_t y = 0;
  using fields = Fields<Field<"x", &Point::x>, Field<"y", &Point::y, "mm">>;
};
struct Shape {
  Text<6> name;
  std::array<Point, 2> corners{};
  bool filled = false;
  using fields = Fields<Field<"name", &Shape::name>, Field<"corners", &Shape::corners>,
                        Field<"filled", &Shape::filled>>;
};

template <typename T>
Octets encoded(const T& value) {
  std::array<std::uint8_t, Codec<T>::max_size> room{};
  Writer writer(room);
  Codec<T>::encode(writer, value);
  EXPECT_TRUE(writer.ok());
  return octets(writer.written());
}
template <typename T>
std::optional<T> decoded(const Octets& bytes) {
  Reader reader(bytes);
  T value{};
  Codec<T>::decode(reader, value);
  if (!reader.finished()) return std::nullopt;
  return value;
}

template <typename T>
class IntegerTest : public ::testing::Test {};
using Integers = ::testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t,
                                  std::int8_t, std::int16_t, std::int32_t, std::int64_t>;
TYPED_TEST_SUITE(IntegerTest, Integers);

TYPED_TEST(IntegerTest, KeepsItsValue) {
  using Limits = std::numeric_limits<TypeParam>;
  for (const TypeParam value :
       {TypeParam{0}, TypeParam{1}, static_cast<TypeParam>(-1), Limits::min(), Limits::max()}) {
    EXPECT_EQ(encoded(value).size(), sizeof(TypeParam));
    EXPECT_EQ(decoded<TypeParam>(encoded(value)), value);
  }
}
TYPED_TEST(IntegerTest, AnyOtherSizeIsRefused) {
  EXPECT_FALSE(decoded<TypeParam>(Octets(sizeof(TypeParam) - 1, 0)));
  EXPECT_FALSE(decoded<TypeParam>(Octets(sizeof(TypeParam) + 1, 0)));
}

TEST(Codec, Bool) {
  EXPECT_EQ(encoded(true), octets({1}));
  EXPECT_EQ(encoded(false), octets({0}));
  EXPECT_EQ(decoded<bool>(octets({1})), true);
  EXPECT_EQ(decoded<bool>(octets({0})), false);
  for (int byte = 2; byte < 256; ++byte) EXPECT_FALSE(decoded<bool>(octets({byte})));
}

TEST(Codec, FloatsKeepEveryBit) {
  for (const float value : {0.0F, -0.0F, 1.5F, std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::denorm_min()}) {
    const auto back = decoded<float>(encoded(value));
    ASSERT_TRUE(back);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(*back), std::bit_cast<std::uint32_t>(value));
  }
  EXPECT_TRUE(std::isnan(*decoded<double>(encoded(std::nan("")))));
  EXPECT_EQ(encoded(1.0), octets({0, 0, 0, 0, 0, 0, 0xF0, 0x3F}));
}

TEST(Codec, EnumsLetOnlyNamedValuesThrough) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool named = byte == 0 || byte == 1 || byte == 7;
    EXPECT_EQ(decoded<Mode>(octets({byte})).has_value(), named) << byte;
  }
  EXPECT_EQ(encoded(Mode::special), octets({7}));
  EXPECT_EQ(Codec<Mode>::text.view(), "u8{input=0,output=1,special=7}");
}

TEST(Codec, EnumsMayBeNegative) {
  EXPECT_EQ(encoded(Depth::below), octets({0xFD}));
  EXPECT_EQ(decoded<Depth>(octets({0xFD})), Depth::below);
  EXPECT_FALSE(decoded<Depth>(octets({0xFE})));
  EXPECT_EQ(Codec<Depth>::text.view(), "i8{below=-3,level=0,above=3}");
}

TEST(Codec, TextIsBounded) {
  EXPECT_EQ(encoded(Text<6>("pico")), octets({4, 'p', 'i', 'c', 'o'}));
  EXPECT_EQ(decoded<Text<6>>(octets({6, 'a', 'b', 'c', 'd', 'e', 'f'}))->view(), "abcdef");
  EXPECT_EQ(decoded<Text<6>>(octets({0}))->view(), "");
  EXPECT_FALSE(decoded<Text<6>>(octets({7, 'a', 'b', 'c', 'd', 'e', 'f', 'g'})));
  EXPECT_FALSE(decoded<Text<6>>(octets({3, 'a', 'b'})));
  EXPECT_FALSE(decoded<Text<6>>(octets({1, 'a', 'b'})));
  EXPECT_FALSE(decoded<Text<6>>({}));
}

TEST(Codec, TextSaysIfItWasCut) {
  Text<4> text;
  EXPECT_TRUE(text.assign("pico"));
  EXPECT_FALSE(text.assign("picos"));
  EXPECT_EQ(text.view(), "pico");
  EXPECT_TRUE(text.assign(""));
  EXPECT_EQ(text.view(), "");
}

TEST(Codec, BytesOfAnySizeUpToTheLargest) {
  Bytes<239> value;
  value.resize(239);
  for (std::size_t i = 0; i < 239; ++i) value.room()[i] = static_cast<std::uint8_t>(i);
  const Octets wire = encoded(value);
  EXPECT_EQ(wire.size(), 240U);
  EXPECT_EQ(octets(decoded<Bytes<239>>(wire)->view()), octets(value.view()));
  value.resize(1000);
  EXPECT_EQ(value.size(), 239U);
  EXPECT_FALSE(decoded<Bytes<239>>(Octets(241, 240)));
}

TEST(Codec, BytesMayHoldNothingAtAll) {
  EXPECT_EQ(encoded(Bytes<0>{}), octets({0}));
  EXPECT_TRUE(decoded<Bytes<0>>(octets({0})));
  EXPECT_FALSE(decoded<Bytes<0>>(octets({1, 5})));
}

TEST(Codec, Arrays) {
  using Four = std::array<std::uint16_t, 4>;
  EXPECT_EQ(encoded(Four{1, 2, 3, 0x0405}), octets({1, 0, 2, 0, 3, 0, 5, 4}));
  EXPECT_EQ(decoded<Four>(octets({1, 0, 2, 0, 3, 0, 5, 4})), (Four{1, 2, 3, 0x0405}));
  EXPECT_FALSE(decoded<Four>(Octets(7, 0)));
  EXPECT_FALSE(decoded<Four>(Octets(9, 0)));
  EXPECT_EQ(Codec<Four>::text.view(), "u16*4");
}

TEST(Codec, Structs) {
  Shape shape;
  shape.name.assign("box");
  shape.corners = {Point{1, -1}, Point{2, 3}};
  shape.filled = true;
  const Octets wire = encoded(shape);
  EXPECT_EQ(wire, octets({3, 'b', 'o', 'x', 1, 0, 0xFF, 0xFF, 2, 0, 3, 0, 1}));
  const auto back = decoded<Shape>(wire);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name.view(), "box");
  EXPECT_EQ(back->corners[0].y, -1);
  EXPECT_EQ(back->corners[1].x, 2);
  EXPECT_TRUE(back->filled);
  EXPECT_EQ(Codec<Shape>::text.view(), "(name:str<6>,corners:(x:i16,y:i16[mm])*2,filled:bool)");
}

TEST(Codec, EveryCutOfAStructIsRefused) {
  Shape shape;
  shape.name.assign("box");
  const Octets wire = encoded(shape);
  for (std::size_t size = 0; size < wire.size(); ++size) {
    EXPECT_FALSE(decoded<Shape>(Octets(wire.begin(), wire.begin() + static_cast<int>(size))));
  }
}

TEST(Codec, KnowsItsSizes) {
  EXPECT_EQ(std::size_t{Codec<Shape>::min_size}, 1U + 8 + 1);
  EXPECT_EQ(std::size_t{Codec<Shape>::max_size}, 7U + 8 + 1);
  EXPECT_EQ(std::size_t{Codec<Nothing>::max_size}, 0U);
  EXPECT_EQ((std::size_t{Codec<std::array<Text<3>, 2>>::min_size}), 2U);
  EXPECT_EQ((std::size_t{Codec<std::array<Text<3>, 2>>::max_size}), 8U);
}

TEST(Codec, EncodingNeverOverruns) {
  std::array<std::uint8_t, 3> room{0, 0, 0xAA};
  Writer writer{std::span(room).first(2)};
  Codec<Text<6>>::encode(writer, Text<6>("pico"));
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(room[2], 0xAA);
}

TEST(Name, OnlyPlainOnesAreValid) {
  for (const char* good : {"a", "led", "gpio.write_group", "a1", "x2y"}) {
    EXPECT_TRUE(valid_name(good)) << good;
  }
  for (const char* bad : {"", "1a", "_a", ".a", "Led", "a b", "a-b", "a#", "\xC3\xA4"}) {
    EXPECT_FALSE(valid_name(bad)) << bad;
  }
  EXPECT_TRUE(valid_name(std::string(32, 'a')));
  EXPECT_FALSE(valid_name(std::string(33, 'a')));
}

TEST(FixedString, NumbersBecomeText) {
  EXPECT_EQ(decimal<0>().view(), "0");
  EXPECT_EQ(decimal<9>().view(), "9");
  EXPECT_EQ(decimal<10>().view(), "10");
  EXPECT_EQ(decimal<4294967295U>().view(), "4294967295");
}

TEST(Command, SaysEverythingInItsLine) {
  using Draw = Command<"draw", "Draw it", Shape, Point, 2500>;
  EXPECT_EQ(Draw::line.view(),
            "draw name:str<6> corners:(x:i16,y:i16[mm])*2 filled:bool -> x:i16 y:i16[mm] "
            "@2500ms # Draw it");
  using Plain = Command<"stop", "Stop">;
  EXPECT_EQ(Plain::line.view(), "stop # Stop");
}

}  // namespace
}  // namespace picoctl
