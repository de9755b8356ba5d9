// The renderers of a trace: no input may break them, and what they draw is all there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "picoctl/link/bytes.hpp"
#include "trace/test_tools.hpp"
#include "trace_svg.hpp"
#include "trace_text.hpp"
#include "trace_vcd.hpp"

namespace picoctl::cli {
namespace {

using controller::trace::Decoder;
using controller::trace::SessionScript;
using controller::trace::Transaction;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint8_t at = SessionScript::address;

class Pictures : public testing::Test {
 protected:
  Pictures() {
    decoder_.know(at, SessionScript::description());
    decoder_.decode(session_.identity());
    decoder_.decode(session_.hello());
  }
  Transaction led(std::uint8_t flipped = 0) {
    const std::array<std::uint8_t, 2> args{1, 1};
    const auto frame = session_.request(1, 2, args);
    auto script = session_.script();
    script.write(at, std::span(frame).first(5));
    if (flipped != 0) script.damage(flipped);
    script.more(std::span(frame).subspan(5));
    const auto answer =
        flipped != 0 ? session_.refusal(State::bad_frame) : session_.answer(State::done, 1);
    return decoder_.decode(script.read(at, answer).stop());
  }
  static Picture picture(std::vector<Transaction> transactions) {
    return {"led 1 on", true, {}, std::move(transactions)};
  }
  static std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t i = text.find(what); i != std::string::npos; i = text.find(what, i + 1))
      ++found;
    return found;
  }

  SessionScript session_;
  Decoder decoder_;
};

TEST_F(Pictures, the_same_call_is_the_same_file) {
  const Transaction one = led();
  EXPECT_EQ(svg(picture({one})), svg(picture({one})));
}

TEST_F(Pictures, a_light_that_goes_on_is_animated) {
  Transaction one = led();
  EXPECT_THAT(svg(picture({one})), Not(HasSubstr("@keyframes l1")));
  one.notes.push_back({one.segments[1].time_ns, at, "GP15=1"});
  EXPECT_THAT(svg(picture({one})), HasSubstr("@keyframes l1"));
}

TEST_F(Pictures, bits_are_drawn_one_by_one) {
  EXPECT_EQ(count(svg(picture({led()})), "<tspan"), 16U * 8U);
}

TEST_F(Pictures, damage_is_marked) {
  const std::string text = svg(picture({led(0x04), led()}));
  EXPECT_THAT(text, HasSubstr("the Pico refused"));
  EXPECT_THAT(text, HasSubstr("WRONG"));
  EXPECT_THAT(text, HasSubstr("BAD_FRAME"));
}

TEST_F(Pictures, what_is_typed_is_escaped) {
  Picture one = picture({led()});
  one.command = "name <b>&\"x\"";
  const std::string text = svg(one);
  EXPECT_THAT(text, HasSubstr("name &lt;b&gt;&amp;&quot;x&quot;"));
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
}

TEST_F(Pictures, transfers_of_any_length_and_end_are_drawn) {
  std::vector<Transaction> all;
  for (std::size_t size = 0; size < 60; size += 7) {
    const std::vector<std::uint8_t> bytes(size, 0xA5);
    auto recorded = session_.script().write(at, bytes).read(at, bytes).stop();
    all.push_back(decoder_.decode(recorded));
    recorded.events.resize(recorded.events.size() / 2);
    recorded.error = 121;
    all.push_back(decoder_.decode(recorded));
  }
  for (const auto kind : {socket::WireKind::arbitration_lost, socket::WireKind::stuck,
                          socket::WireKind::stretch, socket::WireKind::pulses}) {
    auto recorded = session_.script().write(at, {}).stop();
    recorded.events.push_back({.time_ns = 99, .kind = kind, .byte = 2, .duration_ns = 1'000'000});
    all.push_back(decoder_.decode(recorded));
  }
  all.push_back(Transaction{});
  EXPECT_THAT(svg(picture(all)), HasSubstr("</svg>"));
  EXPECT_THAT(vcd(all), HasSubstr("$enddefinitions"));
  for (const Transaction& one : all) {
    EXPECT_FALSE(trace_lines(one, Style(true)).empty());
    trace_table(one, Style(false));
    EXPECT_FALSE(trace_json(one).dump().empty());
  }
}

TEST_F(Pictures, long_fields_are_told_in_several_lines) {
  const std::vector<std::uint8_t> payload(40, 7);
  const Transaction one =
      decoder_.decode(session_.script().write(at, session_.request(1, 99, payload)).stop());
  const auto lines = trace_lines(one, Style(false));
  std::size_t bytes = 0;
  for (const std::string& line : lines)
    bytes += count(line, "07 ") + (line.ends_with("07") ? 1 : 0);
  EXPECT_GE(bytes, 40U);
}

}  // namespace
}  // namespace picoctl::cli
