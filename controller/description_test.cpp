#include "picoctl/controller/description.hpp"

#include <random>

#include "picoctl/commands/gpio.hpp"
#include "picoctl/commands/led.hpp"
#include "picoctl/commands/system.hpp"
#include "picoctl/link/description.hpp"
#include "testing.hpp"
#include "text.hpp"

namespace picoctl::controller::test {
namespace {

using Kind = TypeInfo::Kind;

Description parsed(std::string text) {
  auto description = parse_description(std::move(text));
  EXPECT_TRUE(description) << summary(description.error());
  return description ? *description : Description();
}

std::string problem(std::string text) {
  const auto description = parse_description(std::move(text));
  if (description) return "none";
  EXPECT_EQ(description.error().error, Error::bad_description);
  EXPECT_EQ(description.error().outcome, Outcome::not_run);
  EXPECT_TRUE(is_printable(description.error().detail));
  provoked(Error::bad_description);
  return description.error().detail;
}

TEST(Description, CommandsAreNumberedFromOne) {
  const auto description = parsed("first\nsecond a:u8\n");
  ASSERT_EQ(description.commands().size(), 2U);
  EXPECT_EQ(description.find("first")->number, 1);
  EXPECT_EQ(description.find("second")->number, 2);
  EXPECT_EQ(description.find("third"), nullptr);
  EXPECT_EQ(description.hash(), description_hash("first\nsecond a:u8\n"));
}

TEST(Description, AWholeLine) {
  const auto description =
      parsed("pump.run time:u32[ms] speed:f32 -> litres:f64[l] ok:bool @2500ms # Pumps, a while\n");
  const CommandInfo& command = description.commands().at(0);
  EXPECT_EQ(command.name, "pump.run");
  ASSERT_EQ(command.args.size(), 2U);
  EXPECT_EQ(command.args[0].name, "time");
  EXPECT_EQ(command.args[0].unit, "ms");
  EXPECT_EQ(command.args[0].type.kind, Kind::unsigned_integer);
  EXPECT_EQ(command.args[0].type.size, 4U);
  EXPECT_EQ(command.args[1].type.kind, Kind::floating);
  ASSERT_EQ(command.reply.size(), 2U);
  EXPECT_EQ(command.reply[0].unit, "l");
  EXPECT_EQ(command.reply[1].type.kind, Kind::boolean);
  EXPECT_EQ(command.max_time_ms, 2500U);
  EXPECT_EQ(command.help, "Pumps, a while");
  EXPECT_EQ(command.signature, "pump.run time:u32[ms] speed:f32 -> litres:f64[l] ok:bool");
  EXPECT_EQ(command.max_args, 8U);
  EXPECT_EQ(command.min_reply, 9U);
  EXPECT_EQ(command.max_reply, 9U);
}

TEST(Description, Defaults) {
  const auto description = parsed("a");
  EXPECT_EQ(description.commands()[0].max_time_ms, default_max_time_ms);
  EXPECT_EQ(description.commands()[0].help, "");
  EXPECT_TRUE(parsed("").commands().empty());
}

struct TypeRow {
  const char* text;
  Kind kind;
  std::size_t min_wire, max_wire;
};
class Types : public ::testing::TestWithParam<TypeRow> {};

TEST_P(Types, AreRead) {
  const TypeRow& row = GetParam();
  const auto description = parsed(std::string("c x:") + row.text + "\n");
  ASSERT_EQ(description.commands().size(), 1U);
  const TypeInfo& type = description.commands()[0].args.at(0).type;
  EXPECT_EQ(type.kind, row.kind);
  EXPECT_EQ(type.text, row.text);
  EXPECT_EQ(type.min_wire, row.min_wire);
  EXPECT_EQ(type.max_wire, row.max_wire);
}

INSTANTIATE_TEST_SUITE_P(
    All, Types,
    ::testing::Values(
        TypeRow{"bool", Kind::boolean, 1, 1}, TypeRow{"u8", Kind::unsigned_integer, 1, 1},
        TypeRow{"u64", Kind::unsigned_integer, 8, 8}, TypeRow{"i16", Kind::signed_integer, 2, 2},
        TypeRow{"f32", Kind::floating, 4, 4}, TypeRow{"f64", Kind::floating, 8, 8},
        TypeRow{"str<16>", Kind::text, 1, 17}, TypeRow{"bytes<0>", Kind::bytes, 1, 1},
        TypeRow{"bytes<239>", Kind::bytes, 1, 240},
        TypeRow{"u8{input=0,output=1}", Kind::enumeration, 1, 1},
        TypeRow{"i16{low=-300,Off=0}", Kind::enumeration, 2, 2},
        TypeRow{"u16*4", Kind::array, 8, 8}, TypeRow{"u16*4*2", Kind::array, 16, 16},
        TypeRow{"str<3>*2", Kind::array, 2, 8}, TypeRow{"u8{a=1}*3", Kind::array, 3, 3},
        TypeRow{"(x:i16,y:i16)", Kind::structure, 4, 4},
        TypeRow{"(a:(b:u8[ms],c:bool)*2,d:str<4>)", Kind::structure, 5, 9},
        TypeRow{"()", Kind::structure, 0, 0}));

TEST(Description, EnumeratorsKeepTheirValues) {
  const auto description = parsed("c x:i8{low=-128,high=127}\nd x:u64{all=18446744073709551615}\n");
  const TypeInfo& small = description.commands()[0].args[0].type;
  EXPECT_TRUE(small.is_signed);
  EXPECT_EQ(small.enumerators[0].value, ~std::uint64_t{0} << 7U);
  EXPECT_EQ(small.enumerators[1].value, 127U);
  EXPECT_EQ(description.commands()[1].args[0].type.enumerators[0].value, ~std::uint64_t{0});
}

TEST(Description, Registers) {
  const auto description =
      parsed("c\n0x01 light1:u8 # Light 1\n0x10 speed:u16[1/min]\n0x7c end:i32\n");
  ASSERT_EQ(description.registers().size(), 3U);
  EXPECT_EQ(description.find_register("speed")->number, 0x10);
  EXPECT_EQ(description.find_register("speed")->unit, "1/min");
  EXPECT_EQ(description.find_register(std::uint8_t{1})->help, "Light 1");
  EXPECT_EQ(description.find_register(std::uint8_t{0x11}), nullptr);
  for (const char* which : {"speed", "0x10", "16", "0X10"}) {
    const auto entry = description.register_named(which);
    ASSERT_TRUE(entry) << which;
    EXPECT_EQ((*entry)->name, "speed");
  }
  for (const char* which : {"spede", "0x11", "256", "", "0x", "1x", "-1"}) {
    const auto entry = description.register_named(which);
    ASSERT_FALSE(entry) << which;
    EXPECT_EQ(entry.error().error, Error::no_such_register);
  }
  EXPECT_EQ(description.register_named("spede").error().detail, "'spede'; did you mean 'speed'?");
  provoked(Error::no_such_register);
}

TEST(Description, UnknownCommandsAreGuessed) {
  const auto description = parsed("led n:u8\ngpio.write pin:u8\n");
  EXPECT_EQ(description.command("lde").error().detail, "'lde'; did you mean 'led'?");
  EXPECT_EQ(description.command("write").error().detail, "'write'; did you mean 'gpio.write'?");
  EXPECT_EQ(description.command("zebra").error().detail, "'zebra'");
  EXPECT_EQ(description.command("\x1b[31mled").error().error, Error::no_such_command);
  EXPECT_TRUE(is_printable(description.command("\x1b[31mled").error().detail));
  provoked(Error::no_such_command);
}

TEST(Description, EveryBadLineIsNamed) {
  EXPECT_EQ(problem("fine\nBad\n"), "line 2, 'Bad': no name at 'Bad'");
  EXPECT_EQ(problem("fine\n\nmore\n"), "line 2, '': no name at ''");
  EXPECT_EQ(problem("a x\n"), "line 1, 'a x': 'x' has no type");
  EXPECT_EQ(problem("a x:u9\n"), "line 1, 'a x:u9': no type at 'u9'");
}

class BadLines : public ::testing::TestWithParam<const char*> {};
TEST_P(BadLines, AreRefused) { EXPECT_NE(problem(GetParam()), "none"); }

INSTANTIATE_TEST_SUITE_P(
    Commands, BadLines,
    ::testing::Values(" a", "1a", "a-b", "a  x:u8", "a x:", "a :u8", "a x:u8[", "a x:u8[]",
                      "a x:u8[ms", "a x:u8[a unit much too long]", "a x:u8*", "a x:u8*0",
                      "a x:u8*241", "a x:u64*31", "a x:str<16", "a x:str<>", "a x:str<240>",
                      "a x:str<-1>", "a x:bytes<99999999999999999999>", "a x:u8{", "a x:u8{}",
                      "a x:u8{=1}", "a x:u8{a=256}", "a x:u8{a=-1}", "a x:u8{a=1", "a x:i8{a=128}",
                      "a x:i8{a=-129}", "a x:u8{a=1,}", "a x:bool{a=1}", "a x:f32{a=1}", "a x:(",
                      "a x:(y)", "a x:(y:u8", "a x:(y:u8,)", "a x:(y:u8;z:u8)", "a x:()*2",
                      "a x:(y:())*2", "a ->", "a -> ", "a -> x", "a -> x:u8 -> y:u8", "a @", "a @5",
                      "a @ms", "a @70000ms", "a @5ms7", "a x:bytes<200> y:bytes<200>",
                      "a -> x:bytes<200> y:bytes<200>", "a\na", "a x:u8 y:u8\nb\na", "a\tb", "a\r",
                      "a # \x1b[31m", "a # \xff", "a # \xc2\x9b", "a x:((((((((y:u8))))))))",
                      "a x:u8*1*1*1*1*1*1*1*1*1*1",
                      "an_extraordinarily_long_name_for_a_command x:u8"));
INSTANTIATE_TEST_SUITE_P(Registers, BadLines,
                         ::testing::Values("0x", "0x1 a:u8", "0xg1 a:u8", "0x01a:u8", "0x01 a",
                                           "0x01 a:bool", "0x01 a:u64", "0x01 a:f32",
                                           "0x01 a:str<3>", "0x80 a:u8", "0x7f a:u16",
                                           "0x01 a:u8 b:u8", "0x01 a:u8\n0x01 b:u8",
                                           "0x01 a:u16\n0x02 b:u8", "0x01 a:u8\n0x02 a:u8",
                                           "0x01 a:u8\ncommand"));

TEST(Description, TooLongIsRefused) {
  EXPECT_NE(problem(std::string(max_description_size + 1, 'a')), "none");
  EXPECT_NE(problem("a # " + std::string(4000, 'x')), "none");
  std::string fields = "a";
  for (int i = 0; i < 65; ++i) fields += " x" + std::to_string(i) + ":()";
  EXPECT_NE(problem(fields), "none");
}

TEST(Description, NestingIsBounded) {
  std::string deep = "a x:";
  for (int i = 0; i < 60'000; ++i) deep += "(x:";
  EXPECT_NE(problem(deep), "none");
  std::string within = "a x:";
  for (unsigned i = 0; i < max_type_depth - 1; ++i) within += "(x:";
  within += "u8" + std::string(max_type_depth - 1, ')');
  EXPECT_EQ(parsed(within).commands()[0].args[0].type.depth, max_type_depth);
}

// Whatever bytes come: an answer, and no more than a frame's worth of anything.
TEST(Description, RandomDamageNeverHurts) {
  const std::string good =
      "system.describe offset:u16 -> text:bytes<239> # This description\n"
      "gpio.mode pin:u8 mode:u8{input=0,output=1} pull:u8{none=0,up=1,down=2} # Mode\n"
      "aim to:(x:i16,y:i16)*3 speeds:u16*4[mm/s] -> hit:bool why:str<16> @5000ms # Aims\n"
      "0x01 light1:u8 # Light 1\n0x10 speed:u16[1/min]\n";
  ASSERT_TRUE(parse_description(good));
  constexpr std::string_view likely = "(){}[]<>*:,=-> #@0123456789abufx\n";
  std::mt19937 random(1);
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text = good;
    for (unsigned i = random() % 6 + 1; i > 0; --i) {
      const char c =
          random() % 4 == 0 ? static_cast<char>(random()) : likely[random() % likely.size()];
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = c; break;
        case 1: text.insert(at, 1, c); break;
        default: text.erase(at, random() % 9); break;
      }
    }
    const auto description = parse_description(text);
    if (!description) continue;
    ++accepted;
    for (const CommandInfo& command : description->commands()) {
      ASSERT_LE(command.max_args, max_payload);
      ASSERT_LE(command.max_reply, max_payload);
      ASSERT_TRUE(is_printable(command.help));
    }
  }
  EXPECT_GT(accepted, 25);
}

template <typename... C>
struct Lines {
  static void check() { (check_one<C>(), ...); }
  template <typename One>
  static void check_one() {
    const std::string line(One::line.view());
    const auto description = parsed(line + "\n");
    const CommandInfo* command = description.find(One::name.view());
    ASSERT_NE(command, nullptr) << line;
    EXPECT_EQ(command->signature, signature_of(One::line.view()));
    EXPECT_EQ(command->help, One::help.view());
    EXPECT_EQ(command->max_args, Codec<typename One::Args>::max_size);
    EXPECT_EQ(command->min_reply, Codec<typename One::Reply>::min_size);
    EXPECT_EQ(command->max_reply, Codec<typename One::Reply>::max_size);
    EXPECT_EQ(command->args.size(), One::Args::fields::count);
    EXPECT_EQ(command->reply.size(), One::Reply::fields::count);
    EXPECT_EQ(command->max_time_ms, One::max_time_ms);
  }
};

TEST(Description, OfEveryDeclaredCommand) {
  Lines<system::Describe, system::Identify, system::Ping, system::Echo, system::Stats, system::Name,
        system::Address, system::Restart, gpio::SetMode, gpio::Write, gpio::Read, gpio::WriteGroup,
        gpio::ReadGroup, led::Set, Command<"slow", "Takes long", Nothing, Nothing, 2000>>::check();
}

TEST(Description, OfATargetWithCommandsOfAllKinds) {
  TestPico pico;
  struct Sink final : DescriptionSink {
    std::string text;
    void add(std::string_view piece) override { text += piece; }
  } sink;
  describe(pico.target().commands(), sink);
  const auto description = parsed(sink.text);
  ASSERT_NE(description.find("add"), nullptr);
  EXPECT_EQ(description.find("add")->signature, "add a:i32 b:i32 -> sum:i32");
  EXPECT_EQ(description.find("add")->help, "Sums two numbers");
  EXPECT_EQ(description.find("refuse")->help, "");
  ASSERT_NE(description.find_register("tilt"), nullptr);
  EXPECT_TRUE(description.find_register("tilt")->type.is_signed);
}

}  // namespace
}  // namespace picoctl::controller::test
