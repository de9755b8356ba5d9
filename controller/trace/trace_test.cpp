// Traces: from wire events to meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "picoctl/controller/trace_recorder.hpp"
#include "picoctl/controller/trace_wave.hpp"
#include "trace/test_tools.hpp"

namespace picoctl::controller::trace {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr std::uint8_t at = SessionScript::address;
constexpr std::array<std::uint8_t, 2> light_1_on{1, 1};

std::vector<std::string> names(const Segment& segment) {
  std::vector<std::string> list;
  for (const Field& field : segment.fields) list.push_back(field.name + "=" + field.value);
  return list;
}

// A decoder that has heard a session begin.
class Trace : public testing::Test {
 protected:
  Trace() {
    decoder_.know(at, SessionScript::description());
    decoder_.decode(session_.identity());
    decoder_.decode(session_.hello());
  }
  Transaction call(std::span<const std::uint8_t> request, std::span<const std::uint8_t> answer) {
    return decoder_.decode(session_.script().write(at, request).read(at, answer).stop());
  }

  SessionScript session_;
  Decoder decoder_;
};

TEST_F(Trace, every_byte_of_an_acknowledged_command_has_a_meaning) {
  const auto frame = session_.request(1, 2, light_1_on);
  const Transaction one = call(frame, session_.answer(State::done, 1));
  ASSERT_EQ(one.segments.size(), 2U);
  EXPECT_THAT(names(one.segments[0]),
              ElementsAre("address=0x41 write", "register=REQUEST", "SEQ=slot 2, number 1", "LEN=2",
                          "CMD=led", "n=1", "on=true", "CRC=" + hex_of(std::span(frame).last(2))));
  EXPECT_EQ(one.segments[1].fields[1].value, "DONE");
  EXPECT_TRUE(one.segments[1].repeated);
  EXPECT_TRUE(one.stopped);
  EXPECT_EQ(one.bits(), 147U);
  ASSERT_TRUE(one.request && one.answer);
  EXPECT_THAT(one.request->arguments, ElementsAre(Pair("n", "1"), Pair("on", "true")));
  EXPECT_EQ(one.request->crc, Check::right);
  EXPECT_EQ(one.answer->head_crc, Check::right);
  EXPECT_EQ(one.answer->head.state, State::done);
}

TEST_F(Trace, a_damaged_bit_is_shown_where_it_is_and_the_check_is_wrong) {
  auto frame = session_.request(1, 2, light_1_on);
  auto script = session_.script();
  script.write(at, std::span(frame).first(5)).damage(0x80);
  script.more(std::span(frame).subspan(5)).read(at, session_.refusal(State::bad_frame));
  const Transaction one = decoder_.decode(script.stop());
  EXPECT_TRUE(one.damaged());
  EXPECT_EQ(one.segments[0].bytes[5].flipped, 0x80);
  EXPECT_EQ(one.request->crc, Check::wrong);
  EXPECT_EQ(one.request->arguments.front().second, "129");
  EXPECT_EQ(one.answer->head.state, State::bad_frame);
  EXPECT_EQ(one.answer->head_crc, Check::right);  // the refusal is public
}

TEST_F(Trace, a_reply_is_told_by_the_command_that_was_asked) {
  const std::array<std::uint8_t, 1> pin{15};
  const std::array<std::uint8_t, 5> reply{1, 0, 0, 0x20, 0x40};
  const Transaction one = call(session_.request(3, 3, pin), session_.answer(State::done, 3, reply));
  EXPECT_THAT(one.answer->reply, ElementsAre(Pair("on", "true"), Pair("level", "2.5 V")));
  EXPECT_EQ(one.answer->payload_crc, Check::right);
}

TEST_F(Trace, a_failure_gives_its_error_and_text) {
  const std::array<std::uint8_t, 6> reply{0x40, 'l', 'i', 'g', 'h', 't'};
  const Transaction one =
      call(session_.request(1, 2, light_1_on), session_.answer(State::failed, 1, reply));
  EXPECT_THAT(one.answer->reply, ElementsAre(Pair("error", "bad_value"), Pair("text", "light")));
}

TEST_F(Trace, a_read_in_the_middle_of_an_answer_says_so) {
  const std::array<std::uint8_t, 5> reply{1, 0, 0, 0x20, 0x40};
  const auto whole = session_.answer(State::done, 3, reply);
  const std::array<std::uint8_t, 1> pin{15};
  const Transaction one = call(session_.request(3, 3, pin), std::span(whole).first(8));
  EXPECT_EQ(one.answer->payload_crc, Check::none);
  EXPECT_EQ(one.segments[1].fields.back().value, "the rest is read next");
}

TEST(TraceWithoutSession, what_was_not_heard_is_unknown_never_wrong) {
  SessionScript session;
  Decoder decoder;
  const Transaction one = decoder.decode(session.script()
                                             .write(at, session.request(1, 2, light_1_on))
                                             .read(at, session.answer(State::done, 1))
                                             .stop());
  EXPECT_EQ(one.request->crc, Check::unknown);
  EXPECT_EQ(one.answer->head_crc, Check::unknown);
  EXPECT_EQ(one.request->command, "command 2");
}

TEST_F(Trace, plain_registers_have_their_names) {
  const std::array<std::uint8_t, 2> written{0x01, 0x01};
  const Transaction one = decoder_.decode(session_.script().write(at, written).stop());
  EXPECT_THAT(names(one.segments[0]),
              ElementsAre("address=0x41 write", "register=light1", "light1=1"));
  EXPECT_FALSE(one.request);
}

TEST_F(Trace, any_bytes_at_all_are_covered_by_fields) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<std::uint8_t> bytes{registers::request};
    for (std::size_t i = 0; i < size; ++i)
      bytes.push_back(static_cast<std::uint8_t>(37 * i + size));
    const Transaction one =
        decoder_.decode(session_.script().write(at, bytes).read(at, bytes).stop());
    for (const Segment& segment : one.segments) {
      std::size_t next = 0;
      for (const Field& field : segment.fields) {
        EXPECT_EQ(field.first, next);
        next += field.count;
      }
      EXPECT_EQ(next, segment.bytes.size());
    }
  }
}

TEST_F(Trace, an_address_that_nobody_acknowledges_ends_the_transfer) {
  auto recorded = WireScript().write(at, {}).stop();
  recorded.events[1].flags = 0;
  recorded.error = 121;
  const Transaction one = decoder_.decode(recorded);
  EXPECT_EQ(one.segments[0].bytes[0].ack, Ack::no);
  EXPECT_EQ(one.error, 121);
}

// --- the wires ---------------------------------------------------------------------------------

// Reads the bytes back from the drawn levels, as a logic analyser would.
std::vector<std::uint8_t> sampled(const std::vector<Edge>& edges) {
  std::vector<std::uint8_t> bytes;
  bool scl = true, sda = true;
  unsigned bits = 0, count = 0;
  for (const Edge& edge : edges) {
    if (edge.wire == Wire::sda) {
      if (scl && edge.high != sda) bits = count = 0;  // START or STOP
      sda = edge.high;
      continue;
    }
    scl = edge.high;
    if (!scl) continue;
    if (++count == 9) {
      bytes.push_back(static_cast<std::uint8_t>(bits));
      bits = count = 0;
    } else {
      bits = bits << 1U | (sda ? 1U : 0U);
    }
  }
  return bytes;
}

TEST_F(Trace, the_drawn_wires_carry_the_same_bytes) {
  const auto frame = session_.request(1, 2, light_1_on);
  const auto answer = session_.answer(State::done, 1);
  const Transaction one = call(frame, answer);
  std::vector<std::uint8_t> expected{write_address(at)};
  expected.insert(expected.end(), frame.begin(), frame.end());
  expected.push_back(read_address(at));
  expected.insert(expected.end(), answer.begin(), answer.end());
  EXPECT_EQ(sampled(edges(one, 20)), expected);
}

TEST(Wave, sda_moves_only_while_scl_is_low_except_for_start_and_stop) {
  const std::array<std::uint8_t, 3> bytes{0x55, 0x00, 0xFF};
  const Transaction one = assemble(WireScript().write(at, bytes).read(at, bytes).stop());
  bool scl = true, sda = true;
  int conditions = 0;
  for (const Edge& edge : edges(one, 20)) {
    if (edge.wire == Wire::scl) scl = edge.high;
    if (edge.wire == Wire::sda && edge.high != sda) {
      sda = edge.high;
      conditions += scl ? 1 : 0;
    }
  }
  EXPECT_EQ(conditions, 3);  // START, repeated START, STOP
}

// --- a bus that has no observers ---------------------------------------------------------------

class QuietBus final : public Bus {
 public:
  std::string name() const override { return "quiet"; }
  void claim(std::chrono::milliseconds) override { ++claims; }
  void release() override { --claims; }
  bool answers = true;
  int claims = 0;

 private:
  Expected<void> do_transfer(std::span<const Message> messages) override {
    if (!answers) return fail(Error::no_answer);
    for (const Message& message : messages) {
      if (message.is_read()) std::fill_n(message.data, message.length, std::uint8_t{0x5A});
    }
    return {};
  }
};

TEST(Recorder, what_went_over_a_bus_is_written_down) {
  RecordingBus bus(std::make_unique<QuietBus>());
  std::array<std::uint8_t, 1> out{0x80};
  std::array<std::uint8_t, 2> in{};
  const std::array messages{Message{at, 0, 1, out.data()},
                            Message{at, socket::flag_read, 2, in.data()}};
  ASSERT_TRUE(bus.transfer(messages));
  const auto recorded = bus.take();
  ASSERT_EQ(recorded.size(), 1U);
  const Transaction one = assemble(recorded[0]);
  EXPECT_FALSE(one.exact);
  ASSERT_EQ(one.segments.size(), 2U);
  EXPECT_EQ(one.segments[1].bytes[2].value, 0x5A);
  EXPECT_EQ(one.segments[1].bytes[2].ack, Ack::no);
  EXPECT_TRUE(bus.take().empty());
}

TEST(Recorder, a_mailbox_is_claimed_through_it) {
  auto behind = std::make_unique<QuietBus>();
  const QuietBus& quiet = *behind;
  RecordingBus bus(std::move(behind));
  bus.claim(std::chrono::milliseconds(250));
  EXPECT_EQ(quiet.claims, 1);
  bus.release();
  EXPECT_EQ(quiet.claims, 0);
}

TEST(Recorder, where_an_unanswered_transfer_broke_off_is_not_known) {
  auto quiet = std::make_unique<QuietBus>();
  quiet->answers = false;
  RecordingBus bus(std::move(quiet));
  std::array<std::uint8_t, 1> out{0x80};
  const std::array messages{Message{at, 0, 1, out.data()}};
  EXPECT_FALSE(bus.transfer(messages));
  const Transaction one = assemble(bus.take().at(0));
  EXPECT_EQ(one.error, 121);
  EXPECT_EQ(one.segments[0].bytes[0].ack, Ack::unknown);
}

}  // namespace
}  // namespace picoctl::controller::trace
