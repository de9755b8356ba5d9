// The format against its golden vectors, and against bytes that nobody meant.
#include "picoctl/socket/codec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace picoctl::socket {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes from_hex(const std::string& hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string hex;
  char digits[3];
  for (const std::uint8_t byte : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", byte);
    hex += digits;
  }
  return hex;
}

std::map<std::string, std::string> vectors() {
  std::ifstream file(PICOCTL_SOCKET_VECTORS);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const std::regex entry(R"re("name": "(\w+)", "hex": "([0-9a-f]+)")re");
  std::map<std::string, std::string> found;
  for (std::sregex_iterator i(all.begin(), all.end(), entry), end; i != end; ++i) {
    found[(*i)[1]] = (*i)[2];
  }
  return found;
}

std::uint8_t buffer[max_small_frame];

template <class Body>
std::string encoded(Type type, const Body& body) {
  Writer out(buffer, type);
  encode(out, body);
  return to_hex(out.end());
}

struct Taken {
  Bytes bytes;
  Frame frame;
  explicit Taken(const std::string& hex) : bytes(from_hex(hex)), frame(next_frame(bytes)) {}
  [[nodiscard]] Reader body() const { return Reader(frame.body); }
};

TEST(SocketVectors, WhatTheClientSays) {
  const auto golden = vectors();
  ASSERT_GE(golden.size(), 30U);
  EXPECT_EQ(encoded(Type::hello, Hello{.roles = 9, .name = "picoctl"}), golden.at("hello"));
  EXPECT_EQ(encoded(Type::answer, Answer{9, 1, 7500}), golden.at("answer"));
  EXPECT_EQ(encoded(Type::control, Control{4, {.fault = Fault::flip_bit, .skip = 2, .value = 13}}),
            golden.at("control_flip_bit"));
  EXPECT_EQ(encoded(Type::control, Control{5, {.fault = Fault::hold_sda, .value = 3}}),
            golden.at("control_hold_sda"));
  EXPECT_EQ(encoded(Type::step, Step{9, StepKind::start, 0x82, 1, 7500}), golden.at("step"));
  EXPECT_EQ(encoded(Type::step, Step{.tag = 10, .kind = StepKind::read_ack, .wires = 0xa0}),
            golden.at("step_read_ack"));
  std::array<std::uint8_t, 3> data{0xa0, 1, 2};
  const Message messages[] = {{0x41, 0, 3, data.data()}, {0x41, flag_read, 6, nullptr}};
  Writer out(buffer, Type::transfer);
  encode(out, 7, messages);
  EXPECT_EQ(to_hex(out.end()), golden.at("transfer"));
}

TEST(SocketVectors, WhatTheServerSays) {
  const auto golden = vectors();
  EXPECT_EQ(encoded(Type::welcome, Welcome{.speed_hz = 100'000, .name = "bus"}),
            golden.at("welcome"));
  EXPECT_EQ(encoded(Type::refused, Refused{.error = 93, .reason = "other version"}),
            golden.at("refused"));
  EXPECT_EQ(encoded(Type::done, Done{4, 22, "no such device"}), golden.at("done"));
  EXPECT_EQ(encoded(Type::event, Event{9, TargetEvent::write, 0xa0, 190'000}), golden.at("event"));
  EXPECT_EQ(encoded(Type::stepped, Stepped{9, 0, 1, 7500, 190'000}), golden.at("stepped"));
  EXPECT_EQ(encoded(Type::stepped, Stepped{.tag = 10, .error = 110, .time_ns = 190'000}),
            golden.at("stepped_lost"));
  EXPECT_EQ(encoded(Type::noted, Noted{190'000, 0x41, "pin 15 high"}), golden.at("noted"));
  EXPECT_EQ(encoded(Type::result, Result{8, {13, 2'000, 112'000}, 121, 0}),
            golden.at("result_nack"));
  Writer out(buffer, Type::wire);
  const WireEvent events[] = {{0, WireKind::start},
                              {10'000, WireKind::address, 0x82, wire_ack, 0x02},
                              {.time_ns = 100'000, .kind = WireKind::stretch, .duration_ns = 7500}};
  encode(out, 12, wire_first | wire_last, 0, events);
  EXPECT_EQ(to_hex(out.end()), golden.at("wire"));
  Writer report(buffer, Type::report);
  const DeviceRow row{0, 0x50, DeviceState::vanished, "registers"};
  encode(report, 6, Report{400'000, 5, 4, 3, 2, 1, 0, 9, 3, 1}, std::span(&row, 1));
  EXPECT_EQ(to_hex(report.end()), golden.at("report"));
}

TEST(SocketVectors, AreUnderstood) {
  const auto golden = vectors();
  Transfer transfer;
  const Taken taken(golden.at("transfer"));
  ASSERT_EQ(taken.frame.type, Type::transfer);
  ASSERT_TRUE(decode(taken.body(), transfer));
  EXPECT_EQ(transfer.tag, 7U);
  ASSERT_EQ(transfer.count, 2);
  EXPECT_EQ(transfer.messages[0].data[0], 0xa0);
  EXPECT_TRUE(transfer.messages[1].is_read());
  EXPECT_EQ(transfer.read_bytes, 6U);
  Step step;
  ASSERT_TRUE(decode(Taken(golden.at("step")).body(), step));
  EXPECT_EQ(step.kind, StepKind::start);
  EXPECT_EQ(step.value, 0x82);
  EXPECT_EQ(step.wires, 1);
  EXPECT_EQ(step.pause_ns, 7500U);
  Stepped stepped;
  ASSERT_TRUE(decode(Taken(golden.at("stepped_lost")).body(), stepped));
  EXPECT_EQ(stepped.tag, 10U);
  EXPECT_EQ(stepped.error, 110U);
  EXPECT_EQ(stepped.time_ns, 190'000U);
  Wire wire;
  ASSERT_TRUE(decode(Taken(golden.at("wire")).body(), wire));
  EXPECT_EQ(wire.id, 12U);
  ASSERT_EQ(wire.count, 3);
  EXPECT_EQ(wire.events[1].flipped, 2);
  EXPECT_EQ(wire.events[2].duration_ns, 7500U);
  Report report;
  DeviceRow rows[2];
  std::uint32_t tag = 0;
  ASSERT_TRUE(decode(Taken(golden.at("report")).body(), tag, report, rows));
  EXPECT_EQ(report.faults_pending, 9U);
  EXPECT_EQ(rows[0].address, 0x50);
  EXPECT_STREQ(rows[0].name, "registers");
  const Taken result(golden.at("result"));
  Reader in = result.body();
  Result head;
  ASSERT_TRUE(decode(in, head));
  EXPECT_EQ(head.data_size, in.left());
}

// Decodes a frame's body as what its type says it is.
bool understood(const Frame& frame) {
  const Reader in(frame.body);
  switch (frame.type) {
    case Type::hello: {
      Hello body;
      return decode(in, body);
    }
    case Type::transfer: {
      static Transfer body;
      return decode(in, body);
    }
    case Type::control: {
      Control body;
      return decode(in, body);
    }
    case Type::step: {
      Step body;
      return decode(in, body);
    }
    case Type::wire: {
      static Wire body;
      return decode(in, body);
    }
    case Type::report: {
      Report body;
      DeviceRow rows[4];
      std::uint32_t tag = 0;
      return decode(in, tag, body, rows);
    }
    case Type::attach: {
      Reader reader = in;
      reader.u32();
      reader.bytes(reader.u8());
      return reader.at_end();
    }
    case Type::note: {
      Reader reader = in;
      reader.u8();
      reader.text();
      return reader.at_end();
    }
    default: return Reader(in).bytes(4).size() == 4 && in.left() == 4;
  }
}

TEST(SocketVectors, MalformedOnesAreRefused) {
  const auto golden = vectors();
  for (const char* name :
       {"length_zero", "length_beyond_all", "small_type_too_big", "hello_short",
        "hello_text_longer_than_frame", "hello_trailing", "transfer_no_message",
        "transfer_43_messages", "transfer_8193_bytes", "transfer_data_missing",
        "control_unknown_fault", "control_short", "attach_short", "note_too_long", "query_trailing",
        "step_unknown_kind", "step_short", "step_trailing"}) {
    const Taken taken(golden.at(name));
    const bool refused = taken.frame.state == Frame::State::malformed ||
                         (taken.frame.state == Frame::State::complete && !understood(taken.frame));
    EXPECT_TRUE(refused) << name;
  }
}

TEST(SocketCodec, AnyPrefixIsPartialAndNeverWrong) {
  for (const auto& [name, hex] : vectors()) {
    const Bytes whole = from_hex(hex);
    if (next_frame(whole).state != Frame::State::complete) continue;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(next_frame(std::span(whole).first(size)).state, Frame::State::partial) << name;
    }
  }
}

TEST(SocketCodec, RandomBytesDoNoHarm) {
  std::mt19937 random(20240501);  // NOLINT: the same bytes each time
  for (int round = 0; round < 200'000; ++round) {
    Bytes body(random() % 64);
    for (auto& byte : body) byte = static_cast<std::uint8_t>(random());
    constexpr Type types[] = {Type::hello,   Type::transfer, Type::attach, Type::control,
                              Type::query,   Type::note,     Type::wire,   Type::report,
                              Type::recover, Type::answer,   Type::step};
    Frame frame{Frame::State::complete, types[random() % std::size(types)], body, body.size() + 5};
    understood(frame);
    next_frame(body);
  }
}

TEST(SocketCodec, WriterStopsAtTheEnd) {
  std::array<std::uint8_t, 8> small{};
  Writer out(small, Type::note);
  out.u8(1).text("too long for it");
  EXPECT_FALSE(out.ok());
  EXPECT_TRUE(out.end().empty());
}

TEST(SocketCodec, LargestTransferFits) {
  static Bytes data(max_message_length);
  static Message messages[max_messages];
  for (Message& message : messages) message = {0x41, 0, max_message_length, data.data()};
  Bytes room(length_size + max_frame);
  Writer out(room, Type::transfer);
  encode(out, 1, messages);
  const auto frame = out.end();
  ASSERT_FALSE(frame.empty());
  EXPECT_EQ(next_frame(frame).state, Frame::State::complete);
}

}  // namespace
}  // namespace picoctl::socket
