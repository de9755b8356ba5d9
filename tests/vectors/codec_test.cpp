// The C++ codec and the lines of commands against the golden vectors.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "picoctl/link/codec.hpp"
#include "picoctl/link/command.hpp"
#include "vectors.hpp"

namespace picoctl::vectors {

enum class Mode : std::uint8_t { input = 0, output = 1 };
enum class Level : std::int16_t { low = 0, high = 1000 };

}  // namespace picoctl::vectors

template <>
inline constexpr auto picoctl::enumerators<picoctl::vectors::Mode> =
    picoctl::Enumerators<picoctl::Enumerator<"input", picoctl::vectors::Mode::input>,
                         picoctl::Enumerator<"output", picoctl::vectors::Mode::output>>{};
template <>
inline constexpr auto picoctl::enumerators<picoctl::vectors::Level> =
    picoctl::Enumerators<picoctl::Enumerator<"low", picoctl::vectors::Level::low>,
                         picoctl::Enumerator<"high", picoctl::vectors::Level::high>>{};

namespace picoctl::vectors {
namespace {

struct Point {
  std::int16_t x = 0;
  std::int16_t y = 0;
  using fields = Fields<Field<"x", &Point::x>, Field<"y", &Point::y, "mm">>;
};
struct Nested {
  std::uint8_t id = 0;
  std::array<Point, 2> at{};
  Mode mode = Mode::input;
  using fields =
      Fields<Field<"id", &Nested::id>, Field<"at", &Nested::at>, Field<"mode", &Nested::mode>>;
};

// --- values from JSON, as tests/vectors/generate.py writes them ---

void read(const Json& json, bool& value) { value = json; }
template <std::integral T>
void read(const Json& json, T& value) {
  const auto text = json.get<std::string>();
  if constexpr (std::is_signed_v<T>) {
    value = static_cast<T>(std::stoll(text));
  } else {
    value = static_cast<T>(std::stoull(text));
  }
}
void read(const Json& json, float& value) {
  value = std::strtof(json.get<std::string>().c_str(), nullptr);
}
void read(const Json& json, double& value) {
  value = std::strtod(json.get<std::string>().c_str(), nullptr);
}
void read(const Json& json, Mode& value) { value = json == "input" ? Mode::input : Mode::output; }
void read(const Json& json, Level& value) { value = json == "low" ? Level::low : Level::high; }
template <std::size_t N>
void read(const Json& json, Text<N>& value) {
  EXPECT_TRUE(value.assign(json.get<std::string>()));
}
template <std::size_t N>
void read(const Json& json, Bytes<N>& value) {
  EXPECT_TRUE(value.assign(from_hex(json)));
}
void read(const Json&, Nothing&) {}
void read(const Json& json, Point& value) {
  read(json["x"], value.x);
  read(json["y"], value.y);
}
template <typename T, std::size_t N>
void read(const Json& json, std::array<T, N>& value) {
  ASSERT_EQ(json.size(), N);
  for (std::size_t i = 0; i < N; ++i) read(json[i], value[i]);
}
void read(const Json& json, Nested& value) {
  read(json["id"], value.id);
  read(json["at"], value.at);
  read(json["mode"], value.mode);
}

template <typename T>
std::string encoded(const T& value) {
  std::array<std::uint8_t, Codec<T>::max_size + 1> room{};
  Writer writer(room);
  Codec<T>::encode(writer, value);
  EXPECT_TRUE(writer.ok());
  EXPECT_GE(writer.size(), std::size_t{Codec<T>::min_size});
  EXPECT_LE(writer.size(), std::size_t{Codec<T>::max_size});
  return to_hex(writer.written());
}

// What of one type the vectors ask for.
struct Kind {
  std::string (*encode)(const Json& value);
  std::optional<std::string> (*decode_and_encode)(const Octets& bytes);
};

template <typename T>
constexpr Kind kind{[](const Json& json) {
                      T value{};
                      read(json, value);
                      return encoded(value);
                    },
                    [](const Octets& bytes) -> std::optional<std::string> {
                      Reader reader(bytes);
                      T value{};
                      Codec<T>::decode(reader, value);
                      if (!reader.finished()) return std::nullopt;
                      return encoded(value);
                    }};

template <typename... T>
std::map<std::string_view, Kind> kinds_of() {
  return {{Codec<T>::text.view(), kind<T>}...};
}

const std::map<std::string_view, Kind> kinds =
    kinds_of<bool, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, std::int8_t,
             std::int16_t, std::int32_t, std::int64_t, float, double, Mode, Level, Text<8>,
             Bytes<4>, std::array<std::uint16_t, 4>, std::array<bool, 2>, std::array<Text<3>, 2>,
             Point, Nested, Nothing>();

TEST(Vectors, CodecValues) {
  std::map<std::string, int> seen;
  for (const Json& c : load("codec", "cases")) {
    const auto type = c["type"].get<std::string>();
    ++seen[type];
    const auto found = kinds.find(type);
    ASSERT_NE(found, kinds.end()) << "no C++ type is described as " << type;
    EXPECT_EQ(found->second.encode(c["value"]), c["bytes"].get<std::string>()) << c;
    EXPECT_EQ(found->second.decode_and_encode(from_hex(c["bytes"])), c["bytes"].get<std::string>())
        << c;
  }
  EXPECT_EQ(seen.size(), kinds.size());
}

TEST(Vectors, CodecMalformed) {
  for (const Json& c : load("codec", "malformed")) {
    const auto found = kinds.find(c["type"].get<std::string>());
    ASSERT_NE(found, kinds.end()) << c;
    EXPECT_FALSE(found->second.decode_and_encode(from_hex(c["bytes"]))) << c;
  }
}

// --- the lines of description.json, declared ---

struct Pin {
  std::uint8_t pin = 0;
  using fields = Fields<Field<"pin", &Pin::pin>>;
};
struct On {
  bool on = false;
  using fields = Fields<Field<"on", &On::on>>;
};
struct PinMode {
  std::uint8_t pin = 0;
  Mode mode = Mode::input;
  using fields = Fields<Field<"pin", &PinMode::pin>, Field<"mode", &PinMode::mode>>;
};
struct MoveArgs {
  Point to;
  float speed = 0;
  using fields = Fields<Field<"to", &MoveArgs::to>, Field<"speed", &MoveArgs::speed, "mm/s">>;
};
struct MoveReply {
  std::uint32_t late = 0;
  std::array<std::uint16_t, 4> way{};
  using fields = Fields<Field<"late", &MoveReply::late, "ms">, Field<"way", &MoveReply::way>>;
};

TEST(Vectors, CommandLines) {
  using Restart = Command<"system.restart", "Answer, then start anew">;
  using ReadPin = Command<"gpio.read", "Read a pin", Pin, On>;
  using Move = Command<"move", "Go there", MoveArgs, MoveReply, 2500>;
  using SetMode = Command<"gpio.mode", "Make a pin an input or an output", PinMode>;
  const std::map<std::string, std::string_view> declared = {
      {"system.restart", Restart::line.view()},
      {"gpio.read", ReadPin::line.view()},
      {"move", Move::line.view()},
      {"gpio.mode", SetMode::line.view()}};
  std::size_t compared = 0;
  for (const Json& c : load("description", "lines")) {
    EXPECT_EQ(c["line"].get<std::string>(), declared.at(c["name"])) << c["name"];
    ++compared;
  }
  EXPECT_EQ(compared, declared.size());
}

}  // namespace
}  // namespace picoctl::vectors
