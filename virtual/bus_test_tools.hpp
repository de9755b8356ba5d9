// What the tests of this folder share: a device that remembers, a sink that spells, transfers
// that are easy to write down.
#pragma once

#include <cstdio>
#include <deque>
#include <string>
#include <vector>

#include "picoctl/virtual/bus.hpp"

namespace picoctl::sim {

using Bytes = std::vector<std::uint8_t>;

// Messages over the caller's buffers.
class Transfer {
 public:
  Transfer& write(std::uint16_t address, Bytes& data) { return add(address, 0, data); }
  Transfer& read(std::uint16_t address, Bytes& data) {
    return add(address, socket::flag_read, data);
  }
  operator std::span<const Message>() const { return messages_; }  // NOLINT: meant to convert

 private:
  Transfer& add(std::uint16_t address, std::uint16_t flags, Bytes& data) {
    messages_.push_back({address, flags, static_cast<std::uint16_t>(data.size()), data.data()});
    return *this;
  }
  std::vector<Message> messages_;
};

// Writes down every call; answers as it is told to.
class Scripted : public BusDevice {
 public:
  explicit Scripted(std::uint8_t at) : address(at) {}

  [[nodiscard]] bool claims(std::uint8_t at) const override { return at == address; }
  bool start(std::uint8_t, bool reads) override {
    calls.emplace_back(reads ? "start r" : "start w");
    return true;
  }
  bool write(std::uint8_t byte) override {
    calls.push_back("write " + std::to_string(byte));
    return accepts-- > 0;
  }
  std::uint8_t read() override {
    calls.emplace_back("read");
    stretch = read_stretch;
    if (to_send.empty()) return 0xff;
    const std::uint8_t byte = to_send.front();
    to_send.pop_front();
    return byte;
  }
  void read_acked(bool acked) override { calls.emplace_back(acked ? "acked" : "nacked"); }
  void restart() override { calls.emplace_back("restart"); }
  void stop() override { calls.emplace_back("stop"); }
  bool arbitration_lost() override {
    calls.emplace_back("lost");
    return notices_loss;
  }
  std::uint64_t stretch_ns() override {
    const std::uint64_t now = stretch;
    stretch = 0;
    return now;
  }
  void time_passed(std::uint64_t now_ns) override {
    times.push_back(now_ns);
    if (now_ns >= wake_at) wake_at = forever;
  }
  [[nodiscard]] std::uint64_t wake_at_ns() const override { return wake_at; }

  std::uint8_t address;
  std::deque<std::uint8_t> to_send;
  int accepts = 1'000'000;
  std::uint64_t read_stretch = 0;
  std::uint64_t stretch = 0;
  bool notices_loss = false;
  std::uint64_t wake_at = forever;
  std::vector<std::string> calls;
  std::vector<std::uint64_t> times;
};

// Every event as a line of text.
class Recorder : public TraceSink {
 public:
  void event(std::uint64_t, const WireEvent& event) override { events.push_back(event); }
  void end(const Outcome& outcome) override { outcomes.push_back(outcome); }
  void note(std::uint64_t, std::uint8_t, std::string_view text) override {
    notes.emplace_back(text);
  }

  [[nodiscard]] std::vector<std::string> text() const {
    std::vector<std::string> lines;
    for (const WireEvent& event : events) lines.push_back(spell(event));
    return lines;
  }

  std::vector<WireEvent> events;
  std::vector<Outcome> outcomes;
  std::vector<std::string> notes;

 private:
  static std::string spell(const WireEvent& event) {
    static constexpr const char* names[] = {"",      "start", "restart", "address",
                                            "data",  "stop",  "stretch", "arbitration lost",
                                            "stuck", "pulses"};
    char text[80];
    const bool is_byte = event.kind == WireKind::address || event.kind == WireKind::data;
    std::snprintf(text, sizeof text, "%llu %s", static_cast<unsigned long long>(event.time_ns),
                  names[static_cast<int>(event.kind)]);
    std::string line = text;
    std::snprintf(text, sizeof text, " %02x", event.byte);
    if (is_byte || event.kind == WireKind::stuck || event.kind == WireKind::pulses) line += text;
    if (event.kind == WireKind::stretch) line += " " + std::to_string(event.duration_ns);
    if ((event.flags & socket::wire_read) != 0) line += " read";
    if (is_byte) line += (event.flags & socket::wire_ack) != 0 ? " ack" : " nack";
    if ((event.flags & socket::wire_ack_flipped) != 0) line += " ack-flipped";
    std::snprintf(text, sizeof text, " flipped %02x", event.flipped);
    if (event.flipped != 0) line += text;
    return line;
  }
};

}  // namespace picoctl::sim
