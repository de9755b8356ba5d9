// Both codecs make the same bytes of the same values: the one that knows the types when compiled and
// the one that reads them from a description.
#include <rapidcheck.h>

#include <bit>
#include <cmath>

#include "testing.hpp"
#include "text.hpp"
#include "value_codec.hpp"

namespace picoctl::controller::test {

enum class Direction : std::int8_t { back = -1, none = 0, forth = 1 };
enum class Colour : std::uint16_t { red = 1, green = 500 };

}  // namespace picoctl::controller::test

template <>
inline constexpr auto picoctl::enumerators<picoctl::controller::test::Direction> =
    picoctl::Enumerators<
        picoctl::Enumerator<"back", picoctl::controller::test::Direction::back>,
        picoctl::Enumerator<"none", picoctl::controller::test::Direction::none>,
        picoctl::Enumerator<"forth", picoctl::controller::test::Direction::forth>>{};
template <>
inline constexpr auto picoctl::enumerators<picoctl::controller::test::Colour> =
    picoctl::Enumerators<picoctl::Enumerator<"red", picoctl::controller::test::Colour::red>,
                         picoctl::Enumerator<"green", picoctl::controller::test::Colour::green>>{};

namespace picoctl::controller::test {
namespace {

struct Point {
  std::int16_t x = 0;
  std::int64_t y = 0;
  using fields = Fields<Field<"x", &Point::x>, Field<"y", &Point::y, "mm">>;
};

struct Everything {
  bool flag = false;
  std::uint8_t a = 0;
  std::uint16_t b = 0;
  std::uint32_t c = 0;
  std::uint64_t d = 0;
  std::int8_t e = 0;
  std::int32_t f = 0;
  float g = 0;
  double h = 0;
  Direction direction = Direction::none;
  Colour colour = Colour::red;
  Text<12> text;
  Bytes<9> bytes;
  std::array<std::uint16_t, 3> list{};
  std::array<Point, 2> points{};
  using fields =
      Fields<Field<"flag", &Everything::flag>, Field<"a", &Everything::a>,
             Field<"b", &Everything::b>, Field<"c", &Everything::c>,
             Field<"d", &Everything::d, "us">, Field<"e", &Everything::e>,
             Field<"f", &Everything::f>, Field<"g", &Everything::g>, Field<"h", &Everything::h>,
             Field<"direction", &Everything::direction>, Field<"colour", &Everything::colour>,
             Field<"text", &Everything::text>, Field<"bytes", &Everything::bytes>,
             Field<"list", &Everything::list>, Field<"points", &Everything::points>>;
};
using Round = Command<"round", "There and back", Everything, Everything>;

float finite(std::uint32_t bits) {
  const auto value = std::bit_cast<float>(bits);
  return std::isfinite(value) ? value : 0.5F;
}
double finite(std::uint64_t bits) {
  const auto value = std::bit_cast<double>(bits);
  return std::isfinite(value) ? value : 0.5;
}

Everything any() {
  const auto bytes = [](std::size_t most, auto low, auto high) {
    const auto size = *rc::gen::inRange<std::size_t>(0, most + 1);
    return *rc::gen::container<std::vector<std::uint8_t>>(
        size, rc::gen::inRange<std::uint8_t>(low, high));
  };
  Everything all;
  all.flag = *rc::gen::arbitrary<bool>();
  all.a = *rc::gen::arbitrary<std::uint8_t>();
  all.b = *rc::gen::arbitrary<std::uint16_t>();
  all.c = *rc::gen::arbitrary<std::uint32_t>();
  all.d = *rc::gen::arbitrary<std::uint64_t>();
  all.e = *rc::gen::arbitrary<std::int8_t>();
  all.f = *rc::gen::arbitrary<std::int32_t>();
  all.g = finite(*rc::gen::arbitrary<std::uint32_t>());
  all.h = finite(*rc::gen::arbitrary<std::uint64_t>());
  all.direction = *rc::gen::element(Direction::back, Direction::none, Direction::forth);
  all.colour = *rc::gen::element(Colour::red, Colour::green);
  const auto text = bytes(12, 0x20, 0x7F);
  all.text.assign({reinterpret_cast<const char*>(text.data()), text.size()});
  all.bytes.assign(bytes(9, 0, 0xFF));
  for (auto& item : all.list) item = *rc::gen::arbitrary<std::uint16_t>();
  for (Point& point : all.points) {
    point = {*rc::gen::arbitrary<std::int16_t>(), *rc::gen::arbitrary<std::int64_t>()};
  }
  return all;
}

std::vector<std::uint8_t> static_bytes(const Everything& all) {
  std::array<std::uint8_t, max_payload> room{};
  Writer writer(room);
  Codec<Everything>::encode(writer, all);
  return {writer.written().begin(), writer.written().end()};
}

const CommandInfo& round_command() {
  static const Description description = *parse_description(std::string(Round::line.view()));
  return description.commands().at(0);
}

std::vector<Value> members(const Value& reply) {
  std::vector<Value> args;
  for (const FieldInfo& field : round_command().args) args.push_back(reply.at(field.name));
  return args;
}

TEST(ValueProperty, BothCodecsAgree) {
  const bool held = rc::check([] {
    const auto bytes = static_bytes(any());
    const auto reply = decode_reply(round_command(), bytes);
    RC_ASSERT(reply.has_value());
    std::array<std::uint8_t, max_payload> room{};
    Writer writer(room);
    const auto encoded = encode_args(round_command(), members(*reply), writer);
    RC_ASSERT(encoded.has_value());
    RC_ASSERT(std::vector<std::uint8_t>(writer.written().begin(), writer.written().end()) == bytes);
  });
  EXPECT_TRUE(held);
}

// What is printed can be typed.
TEST(ValueProperty, ValuesSurviveTheShell) {
  const bool held = rc::check([] {
    const auto bytes = static_bytes(any());
    std::vector<Value> typed;
    for (const Value& value : members(*decode_reply(round_command(), bytes))) {
      std::string text;
      if (value.is_binary()) {
        text = "0x";
        for (const std::uint8_t byte : value.get_binary()) text += hex_byte(byte).substr(2);
      } else {
        text = value.is_string() ? value.get<std::string>() : value.dump();
      }
      typed.emplace_back(text);
    }
    std::array<std::uint8_t, max_payload> room{};
    Writer writer(room);
    RC_ASSERT(encode_args(round_command(), typed, writer).has_value());
    RC_ASSERT(std::vector<std::uint8_t>(writer.written().begin(), writer.written().end()) == bytes);
  });
  EXPECT_TRUE(held);
}

// Both agree too on what is no value at all.
TEST(ValueProperty, BothCodecsRefuseTheSame) {
  const bool held = rc::check([] {
    auto bytes = static_bytes(any());
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = *rc::gen::arbitrary<std::uint8_t>();
    if (*rc::gen::arbitrary<bool>()) bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size()));
    Everything all;
    Reader reader(bytes);
    Codec<Everything>::decode(reader, all);
    RC_ASSERT(reader.finished() == decode_reply(round_command(), bytes).has_value());
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace picoctl::controller::test
