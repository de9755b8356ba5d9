#include "picoctl/link/journal.hpp"

#include <gtest/gtest.h>

#include "picoctl/link/session.hpp"
#include "testing.hpp"

namespace picoctl::testing {
enum class Colour : std::uint8_t { red = 1, blue = 2 };
}

template <>
inline constexpr auto picoctl::enumerators<picoctl::testing::Colour> =
    picoctl::Enumerators<picoctl::Enumerator<"red", picoctl::testing::Colour::red>,
                         picoctl::Enumerator<"blue", picoctl::testing::Colour::blue>>{};

namespace picoctl {
namespace {

struct Inner {
  std::int8_t depth = -1;
  using fields = Fields<Field<"depth", &Inner::depth>>;
};
struct All {
  bool on = true;
  std::uint8_t small = 255;
  std::int64_t large = -5;
  float real = 1.5F;
  testing::Colour colour = testing::Colour::blue;
  Text<8> text{"a\nb"};
  Bytes<4> bytes{testing::octets({0x00, 0xFF})};
  std::array<std::uint16_t, 3> list{1, 2, 3};
  Inner inner;
  using fields =
      Fields<Field<"on", &All::on>, Field<"small", &All::small>, Field<"large", &All::large>,
             Field<"real", &All::real>, Field<"colour", &All::colour>, Field<"text", &All::text>,
             Field<"bytes", &All::bytes>, Field<"list", &All::list>, Field<"inner", &All::inner>>;
};

TEST(Journal, PrintsEveryType) {
  JournalLine line("all");
  print_fields(line, All{}, All::fields{});
  EXPECT_EQ(line.text(),
            "all on=1 small=255 large=-5 real=1.5 colour=2 text=610a62 bytes=00ff list=1,2,3 "
            "inner=( depth=-1)");
}

TEST(Journal, CutsOffRatherThanOverflow) {
  JournalLine line("long");
  for (int i = 0; i < 100; ++i) line.add("0123456789");
  EXPECT_EQ(line.text().size(), 640U);
  line.add_number(7);
  EXPECT_EQ(line.text().size(), 640U);
}

TEST(Journal, HoldsTheLongestArguments) {
  Bytes<239> bytes;
  bytes.resize(239);
  JournalLine line("system.echo data=");
  print_value(line, bytes);
  EXPECT_EQ(line.text().size(), 17U + 2 * 239);
}

TEST(Session, ARequestOfAnyOtherSizeIsNone) {
  for (std::size_t size = 0; size < 20; ++size) {
    EXPECT_EQ(decode_session_request(testing::Octets(size, 1)).has_value(),
              size == session_request_size);
    EXPECT_EQ(decode_session_reply(testing::Octets(size, 1)).has_value(),
              size == session_reply_size);
  }
}

}  // namespace
}  // namespace picoctl
