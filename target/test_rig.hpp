// For tests of the portable target: a board of plain variables, and a bus of plain function calls.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "picoctl/link/session.hpp"
#include "picoctl/target/target.hpp"

namespace picoctl::target::test {

class FakeBoard final : public Board {
 public:
  std::uint64_t time_us = 1000;
  std::uint32_t levels = 0, outputs = 0, inputs = 0;
  bool led = false;
  int restarts = 0;
  std::uint64_t slept_high_us = 0;       // in handlers, while any pin was high
  std::uint64_t longest_silence_us = 0;  // of handlers, towards the watchdog
  bool flash_fails = false;
  Settings stored;
  bool has_stored = false;
  int masks = 0;                       // how often the interrupt was held off
  bool safe = false;                   // mode
  std::vector<std::uint8_t> listened;  // at, one after the other
  std::vector<std::string> lines;

  std::uint64_t now_us() override { return time_us; }
  void sleep_us(std::uint32_t us) override {
    time_us += us;
    slept_high_us += (outputs & levels) != 0 ? us : 0;
    longest_silence_us = std::max(longest_silence_us, time_us - fed_us_);
  }
  void watchdog_feed() override { fed_us_ = time_us; }
  void mask_interrupts() override {
    masked_ = true;
    ++masks;
  }
  void unmask_interrupts() override { masked_ = false; }
  [[nodiscard]] bool masked() const { return masked_; }
  void listen(std::uint8_t at) override { listened.push_back(at); }
  [[nodiscard]] bool safe_mode() const override { return safe; }
  [[nodiscard]] std::uint8_t pin_count() const override { return 30; }
  [[nodiscard]] std::uint32_t link_pins() const override { return 0b11; }
  void gpio_mode(std::uint8_t pin, bool output, Pull) override {
    outputs = output ? outputs | 1U << pin : outputs & ~(1U << pin);
  }
  void gpio_write(std::uint32_t mask, std::uint32_t values) override {
    levels = (levels & ~mask) | (values & mask);
  }
  std::uint32_t gpio_read() override { return (outputs & levels) | (~outputs & inputs); }
  void led_write(bool on) override { led = on; }
  [[nodiscard]] Chip chip() const override { return Chip::virtual_pico; }
  [[nodiscard]] std::string_view board_name() const override { return "fake"; }
  [[nodiscard]] std::uint64_t unique_id() const override { return 0x1122334455667788ULL; }
  [[nodiscard]] std::uint32_t boot_id() const override { return 0xB007B007U; }
  [[nodiscard]] ResetCause reset_cause() const override { return ResetCause::power_on; }
  bool load_settings(Settings& settings) override {
    settings = stored;
    return has_stored;
  }
  bool save_settings(const Settings& settings) override {
    if (flash_fails) return false;
    stored = settings;
    return has_stored = true;
  }
  void restart() override { ++restarts; }
  void journal(std::string_view line) override { lines.emplace_back(line); }

 private:
  bool masked_ = false;
  std::uint64_t fed_us_ = 0;
};

inline constexpr std::array<const Module*, 4> all_modules{&system_module, &gpio_module, &led_module,
                                                          &pulse_module};

// One target on a bus that has nobody else on it.
template <Limits limits = Limits{.slots = 2}>
class Rig {
 public:
  static constexpr std::uint8_t address = 0x41;
  FakeBoard board;
  Target<limits> target{board, address, all_modules};

  void write(std::span<const std::uint8_t> bytes) {
    if (!bytes.empty()) target.face().begin_write();
    for (const std::uint8_t byte : bytes) target.face().write(byte);
    if (!bytes.empty()) target.face().end_write();
  }
  void write(std::initializer_list<std::uint8_t> bytes) { write(std::vector<std::uint8_t>(bytes)); }
  std::vector<std::uint8_t> read(std::size_t count) {
    std::vector<std::uint8_t> bytes;
    std::array<std::uint8_t, 16> fifo{};
    target.face().begin_read();
    while (bytes.size() < count) {
      const std::size_t filled = target.face().fill(fifo);
      bytes.insert(bytes.end(), fifo.begin(), fifo.begin() + static_cast<std::ptrdiff_t>(filled));
    }
    target.face().end_read();
    bytes.resize(count);
    return bytes;
  }
  void turn_loop() {
    for (int turns = 0; turns < 100 && target.poll(); ++turns) {
    }
  }
  std::vector<std::uint8_t> read_register(std::uint8_t number, std::size_t count) {
    write({number});
    return read(count);
  }

  // A request under `key`, answered after the loop has turned.
  std::vector<std::uint8_t> exchange(std::uint16_t key, const Request& request,
                                     std::size_t answer_size = max_answer_size) {
    write(frame(key, request));
    turn_loop();
    return read(answer_size);
  }
  std::vector<std::uint8_t> frame(std::uint16_t key, const Request& request) {
    std::vector<std::uint8_t> bytes(max_request_size);
    bytes.resize(encode_request(bytes, address, key, request));
    return bytes;
  }
  SessionReply ask(PublicCommand command, std::uint32_t nonce) {
    std::array<std::uint8_t, session_request_size> payload{};
    Writer writer(payload);
    encode(writer, SessionRequest{nonce, 400});
    const auto answer =
        exchange(public_key, {{public_slot, 0}, static_cast<std::uint8_t>(command), payload},
                 head_size + session_reply_size + payload_crc_size);
    if (!payload_crc_matches(answer, address, public_key)) return {};
    const auto bytes = std::span(answer).subspan(head_size, session_reply_size);
    return decode_session_reply(bytes).value_or(SessionReply{});
  }
  // Opens a session; its key.
  std::uint16_t open(std::uint32_t nonce) {
    ask(PublicCommand::hello, nonce);
    return session_key(target.identity(), nonce, address);
  }
};

inline State state_of(std::span<const std::uint8_t> answer) {
  const auto head = parse_head(answer);
  return head ? head->state : State::idle;
}

}  // namespace picoctl::target::test
