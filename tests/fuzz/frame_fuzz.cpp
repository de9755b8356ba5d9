// Link's decoders on any bytes: they read nothing beyond the end, and what they accept says the same
// when it is encoded again.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "input.hpp"
#include "picoctl/link/batch.hpp"
#include "picoctl/link/codec.hpp"
#include "picoctl/link/description.hpp"
#include "picoctl/link/exchange.hpp"
#include "picoctl/link/frame.hpp"
#include "picoctl/link/identity.hpp"
#include "picoctl/link/session.hpp"

namespace picoctl::fuzz {

enum class Mode : std::uint8_t { low = 0, high = 7 };
enum class Sign : std::int16_t { minus = -300, plus = 300 };

}  // namespace picoctl::fuzz

template <>
inline constexpr auto picoctl::enumerators<picoctl::fuzz::Mode> =
    picoctl::Enumerators<picoctl::Enumerator<"low", picoctl::fuzz::Mode::low>,
                         picoctl::Enumerator<"high", picoctl::fuzz::Mode::high>>{};
template <>
inline constexpr auto picoctl::enumerators<picoctl::fuzz::Sign> =
    picoctl::Enumerators<picoctl::Enumerator<"minus", picoctl::fuzz::Sign::minus>,
                         picoctl::Enumerator<"plus", picoctl::fuzz::Sign::plus>>{};

namespace picoctl::fuzz {
namespace {

using Octets = std::span<const std::uint8_t>;

constexpr std::uint8_t address = 0x41;

struct Inner {
  std::int16_t x = 0;
  Text<5> name;
  using fields = Fields<Field<"x", &Inner::x>, Field<"name", &Inner::name>>;
};
struct Everything {
  bool flag = false;
  std::uint64_t wide = 0;
  float real = 0;
  double exact = 0;
  Mode mode = Mode::low;
  Sign sign = Sign::minus;
  Bytes<20> bytes;
  std::array<Inner, 2> pair{};
  using fields = Fields<Field<"flag", &Everything::flag>, Field<"wide", &Everything::wide>,
                        Field<"real", &Everything::real>, Field<"exact", &Everything::exact>,
                        Field<"mode", &Everything::mode>, Field<"sign", &Everything::sign>,
                        Field<"bytes", &Everything::bytes>, Field<"pair", &Everything::pair>>;
};

bool equal(Octets a, Octets b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void request(Octets bytes, std::uint16_t key) {
  const auto parsed = parse_request(bytes);
  if (!parsed) return;
  std::array<std::uint8_t, max_request_size> again{};
  const std::size_t size = encode_request(again, address, key, *parsed);
  expect(size == bytes.size(), "a request of another size when encoded again");
  expect(equal(Octets(again).first(size - crc_size), bytes.first(size - crc_size)),
         "a request that says something else when encoded again");
  expect(request_crc_matches(bytes, address, key) == equal(Octets(again).first(size), bytes),
         "a request whose check is not that of its bytes");
}

void answer(Octets bytes, std::uint16_t key, Octets request) {
  const auto head = parse_head(bytes);
  const bool checked = head_crc_matches(bytes, address, key);
  if (head && checked) {
    std::array<std::uint8_t, head_size> again{};
    encode_head(again, address, key, *head);
    expect(equal(again, bytes.first(head_size)), "a head that says something else again");
  }
  if (payload_crc_matches(bytes, address, key)) {
    expect(checked, "a payload is right under a head that is not");
    const bool whole = bytes[2] == 0 || bytes.size() >= head_size + bytes[2] + payload_crc_size;
    expect(whole, "a payload that is not there is right");
  }
  for (const bool own : {false, true}) {
    const Answer said = judge(bytes, address, key, {2, 9}, own);
    const bool mine = said == Answer::mine_busy || said == Answer::mine_done;
    expect(!mine || (checked && bytes[1] == Sequence{2, 9}.byte()), "another's answer is mine");
    expect(own || mine || said == Answer::not_mine, "a public answer counts in a poll");
  }
  static_cast<void>(refuses(bytes, address, request));
}

void batch(Octets bytes) {
  Reader entries(bytes);
  std::vector<std::uint8_t> again(bytes.size());
  Writer writer(again);
  while (entries.remaining() > 0) {
    const auto entry = take_batch_entry(entries);
    if (!entry) return;
    if (!put_batch_entry(writer, *entry)) return;
  }
  expect(equal(again, bytes), "a batch that says something else when encoded again");
  Reader replies(bytes);
  while (replies.remaining() > 0 && take_batch_reply(replies)) {
  }
}

void values(Octets bytes) {
  Reader reader(bytes);
  Everything value;
  Codec<Everything>::decode(reader, value);
  if (!reader.finished()) return;
  std::array<std::uint8_t, Codec<Everything>::max_size> again{};
  Writer writer(again);
  Codec<Everything>::encode(writer, value);
  expect(writer.ok() && equal(writer.written(), bytes), "a value that encodes otherwise");
}

void others(Octets bytes) {
  if (const auto identity = decode_identity(bytes, address)) {
    // Flags and bytes that mean nothing yet are not kept; all that is known is.
    const auto again = decode_identity(encode_identity(*identity, address), address);
    expect(again && *again == *identity, "an identity that says something else again");
  }
  static_cast<void>(decode_session_request(bytes));
  static_cast<void>(decode_move_request(bytes));
  if (const auto reply = decode_session_reply(bytes)) {
    std::array<std::uint8_t, session_reply_size> again{};
    Writer writer(again);
    encode(writer, *reply);
    expect(equal(again, bytes), "a session reply that encodes otherwise");
  }
  std::array<std::uint8_t, 32> room{};
  DescriptionSlice slice(bytes.empty() ? 0 : bytes[0], room);
  slice.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace
}  // namespace picoctl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picoctl;
  fuzz::Input input(data, size);
  const std::uint8_t what = input.byte();
  const auto key = static_cast<std::uint16_t>((what & 0x80U) != 0 ? public_key : 0x2E0D);
  const bool checked = (what & 0x40U) != 0;  // its CRC is made right: no fuzzer hits on one
  const auto all = input.rest();
  std::vector<std::uint8_t> bytes(all.begin(), all.end());
  switch (what & 7U) {
    case 0:
      if (checked && bytes.size() >= request_overhead) {
        if (const auto parsed = parse_request(bytes)) {
          const auto copy = std::vector(parsed->payload.begin(), parsed->payload.end());
          encode_request(bytes, fuzz::address, key, {parsed->sequence, parsed->command, copy});
        }
      }
      fuzz::request(bytes, key);
      break;
    case 1:
      if (checked && bytes.size() >= head_size) {
        if (const auto head = parse_head(bytes)) {
          bytes.resize(std::max(bytes.size(), head_size + head->length + payload_crc_size));
          seal_answer(bytes, fuzz::address, key, *head, head->length);
        }
      }
      fuzz::answer(bytes, key, all);
      break;
    case 2: fuzz::batch(bytes); break;
    case 3: fuzz::values(bytes); break;
    default: fuzz::others(bytes); break;
  }
  return 0;
}
