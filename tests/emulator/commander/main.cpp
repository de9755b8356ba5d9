// Commands the picoctl Pico at 0x41 as I2C controller, with nothing of picoctl but the link's pure
// half: system.echo with a number that counts up, each exactly once. Says on UART0 what came of it.
#include <array>
#include <cstdio>

#include "hardware/i2c.h"
#include "pico/stdlib.h"
#include "picoctl/link/exchange.hpp"
#include "picoctl/link/identity.hpp"

namespace {

using namespace picoctl;
using Octets = std::array<std::uint8_t, 64>;

constexpr std::uint8_t there = 0x41, nobody = 0x22;
constexpr std::uint8_t echo_number = 4;  // docs/COMMANDS.md
constexpr unsigned sda = 4, scl = 5;
constexpr std::uint32_t commands = 60;
constexpr unsigned patience = 200;  // tries of one command

// A write, a repeated START, a read; whether all of it was acknowledged.
bool transact(std::span<const std::uint8_t> out, std::span<std::uint8_t> in) {
  const auto sent = i2c_write_blocking(i2c0, there, out.data(), out.size(), true);
  if (sent != static_cast<int>(out.size())) return false;
  const auto got = i2c_read_blocking(i2c0, there, in.data(), in.size(), false);
  return got == static_cast<int>(in.size());
}

std::optional<Identity> identity() {
  IdentityBytes bytes{};
  const std::uint8_t at = registers::identity;
  if (!transact({&at, 1}, bytes)) return std::nullopt;
  return decode_identity(bytes, there);
}

std::optional<SessionReply> hello(std::uint32_t nonce) {
  std::array<std::uint8_t, session_request_size> payload{};
  Writer writer(payload);
  encode(writer, SessionRequest{.nonce = nonce, .bus_khz = 400});
  Octets frame{};
  const Sequence sequence{public_slot, 0};
  const auto command = static_cast<std::uint8_t>(PublicCommand::hello);
  const auto size = encode_request(frame, there, public_key, {sequence, command, payload});
  std::array<std::uint8_t, head_size + session_reply_size + payload_crc_size> answer{};
  for (unsigned i = 0; i < patience; ++i) {
    if (!transact(std::span(frame).first(size), answer)) continue;
    if (!head_crc_matches(answer, there, public_key)) continue;
    if (!payload_crc_matches(answer, there, public_key)) continue;
    const auto reply =
        decode_session_reply(std::span(answer).subspan(head_size, session_reply_size));
    if (reply && reply->nonce == nonce) return reply;
  }
  return std::nullopt;
}

class Session {
 public:
  Session(std::uint8_t slot, std::uint16_t key) : slot_(slot), key_(key) {}

  Outcome echo(std::uint32_t number) {
    sequence_ = {slot_, next_number(sequence_.number)};
    std::array<std::uint8_t, 5> payload{4};
    for (unsigned i = 0; i < 4; ++i)
      payload[1 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    Octets frame{};
    const auto size = encode_request(frame, there, key_, {sequence_, echo_number, payload});
    Exchange exchange;
    for (unsigned i = 0; i < patience; ++i) {
      std::array<std::uint8_t, head_size> answer{};
      bool right = false;
      const bool sends = exchange.next() == Step::send;
      if (sends) {
        exchange.sent();
        right = transact(std::span(frame).first(size), answer);
      } else if (exchange.next() == Step::poll) {
        const std::uint8_t at = registers::response;
        right = transact({&at, 1}, answer);
      } else {
        break;
      }
      if (right) {
        exchange.on_answer(judge(answer, there, key_, sequence_, sends));
      } else {
        exchange.on_bus_error();
        sleep_us(500);
      }
    }
    if (exchange.next() != Step::finish) exchange.on_deadline();
    return exchange.outcome();
  }

 private:
  std::uint8_t slot_;
  std::uint16_t key_;
  Sequence sequence_{};
};

void command_it() {
  const auto who = identity();
  const auto session = hello(0x600D0001);
  if (!who || !session) {
    std::puts("nobody to command");
    return;
  }
  Identity now = *who;
  now.boot_id = session->boot_id;
  Session mine(session->slot, session_key(now, session->nonce, there));
  std::uint32_t done = 0;
  for (std::uint32_t number = 0; number < commands; ++number) {
    if (mine.echo(number) == Outcome::done) ++done;
  }
  std::printf("done %u of %u\n", static_cast<unsigned>(done), static_cast<unsigned>(commands));
}

}  // namespace

int main() {
  stdio_init_all();
  gpio_set_function(sda, GPIO_FUNC_I2C);
  gpio_set_function(scl, GPIO_FUNC_I2C);
  gpio_pull_up(sda);
  gpio_pull_up(scl);
  i2c_init(i2c0, 400'000);
  const std::uint8_t byte = 0;
  std::printf("nobody: %d\n", i2c_write_blocking(i2c0, nobody, &byte, 1, false));
  command_it();
  while (true) sleep_ms(1000);
}
