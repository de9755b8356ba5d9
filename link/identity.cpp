#include "picoctl/link/identity.hpp"

#include <algorithm>

#include "picoctl/link/bytes.hpp"
#include "picoctl/link/crc16.hpp"

namespace picoctl {
namespace {

// The first byte has bit 7 set: SDA is released at a read's first bit after reset.
constexpr std::array<std::uint8_t, 3> magic{0xF0, 'P', 'C'};
constexpr std::uint8_t flag_mailbox = 0x01;
constexpr std::uint8_t flag_contested = 0x02;
constexpr std::uint8_t flag_safe_mode = 0x04;
constexpr std::size_t covered = registers::identity_size - 2U;

std::uint8_t flags_of(const Identity& identity) {
  return static_cast<std::uint8_t>((identity.mailbox ? flag_mailbox : 0) |
                                   (identity.contested ? flag_contested : 0) |
                                   (identity.safe_mode ? flag_safe_mode : 0));
}

std::uint16_t crc_of(std::span<const std::uint8_t> bytes, std::uint8_t address) {
  return Crc16(public_key)
      .add(static_cast<std::uint8_t>(address << 1U | 1U))
      .add(bytes.first(covered))
      .value();
}

}  // namespace

// At the start only: compiled for size.
[[gnu::cold]] IdentityBytes encode_identity(const Identity& identity, std::uint8_t address) {
  IdentityBytes bytes{};
  Writer writer(bytes);
  writer.bytes(magic);
  writer.byte(static_cast<std::uint8_t>(identity.version.major << 4U | identity.version.minor));
  writer.byte(flags_of(identity));
  writer.byte(identity.max_request);
  writer.byte(identity.max_reply);
  writer.byte(identity.slots);
  writer.integer(identity.boot_id);
  writer.integer(identity.description);
  writer.integer(identity.unique_id);
  writer.byte(static_cast<std::uint8_t>(identity.chip));
  writer.byte(identity.firmware.major);
  writer.byte(identity.firmware.minor);
  writer.byte(identity.firmware.patch);
  const std::uint16_t crc = crc_of(bytes, address);
  bytes[covered] = static_cast<std::uint8_t>(crc >> 8U);
  bytes[covered + 1] = static_cast<std::uint8_t>(crc);
  return bytes;
}

std::optional<Identity> decode_identity(std::span<const std::uint8_t> bytes, std::uint8_t address) {
  if (bytes.size() != registers::identity_size) return std::nullopt;
  if (!std::equal(magic.begin(), magic.end(), bytes.begin())) return std::nullopt;
  const unsigned stored = bytes[covered] << 8U | bytes[covered + 1];
  if (crc_of(bytes, address) != stored) return std::nullopt;

  Reader reader(bytes.subspan(magic.size()));
  Identity identity;
  const std::uint8_t version = reader.byte();
  identity.version = {static_cast<std::uint8_t>(version >> 4U),
                      static_cast<std::uint8_t>(version & 0x0FU)};
  const std::uint8_t flags = reader.byte();
  identity.mailbox = (flags & flag_mailbox) != 0;
  identity.contested = (flags & flag_contested) != 0;
  identity.safe_mode = (flags & flag_safe_mode) != 0;
  identity.max_request = reader.byte();
  identity.max_reply = reader.byte();
  identity.slots = reader.byte();
  identity.boot_id = reader.integer<std::uint32_t>();
  identity.description = reader.integer<std::uint32_t>();
  identity.unique_id = reader.integer<std::uint64_t>();
  identity.chip = static_cast<Chip>(reader.byte());
  identity.firmware.major = reader.byte();
  identity.firmware.minor = reader.byte();
  identity.firmware.patch = reader.byte();
  return identity;
}

std::uint16_t session_key(const Identity& identity, std::uint32_t nonce, std::uint8_t address) {
  std::array<std::uint8_t, 21> bytes{};
  put_integer(&bytes[0], nonce);
  put_integer(&bytes[4], identity.boot_id);
  put_integer(&bytes[8], identity.unique_id);
  put_integer(&bytes[16], identity.description);
  bytes[20] = address;
  return Crc16(public_key).add(bytes).value();
}

}  // namespace picoctl
