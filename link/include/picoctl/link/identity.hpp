// IDENTITY: 32 bytes at register 0x80 that say who this is. Read-only and checked under the public
// key, so that a controller knows a picoctl Pico from any other chip before it writes anything
// more.
//
//   0  F0 'P' 'C'            8  boot id (4)             24  chip
//   3  version major|minor   12 description hash (4)    25  firmware major, minor, patch
//   4  flags                 16 unique id (8)           28  00 00
//   5  max request, max reply, slots                    30  CRC over address(R), bytes 0-29
//
// Flags: bit 0 mailbox, bit 1 contested, bit 2 safe mode.
// Integers least significant byte first, the CRC most significant byte first, as in frames.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "picoctl/link/registers.hpp"

namespace picoctl {

// Minor versions within 1 of each other understand each other (docs/PROTOCOL.md, "Versions").
struct ProtocolVersion {
  std::uint8_t major = 0;  // 0-15
  std::uint8_t minor = 0;  // 0-15

  constexpr bool understands(ProtocolVersion other) const {
    const int distance = int{minor} - int{other.minor};
    return major == other.major && distance >= -1 && distance <= 1;
  }
  constexpr bool operator==(const ProtocolVersion&) const = default;
};
inline constexpr ProtocolVersion protocol_version{1, 0};

enum class Chip : std::uint8_t { virtual_pico = 0, rp2040 = 1, rp2350 = 2 };

struct FirmwareVersion {
  std::uint8_t major = 0, minor = 0, patch = 0;
  constexpr bool operator==(const FirmwareVersion&) const = default;
};

struct Identity {
  ProtocolVersion version = protocol_version;
  bool mailbox = false;            // two transactions per command (docs/PROTOCOL.md, "Mailbox")
  bool contested = false;          // somebody else was sending while it answered at this address
  bool safe_mode = false;          // its program crashed again and again and does not run now
  std::uint8_t max_request = 0;    // payload bytes of the longest request, 0-240
  std::uint8_t max_reply = 0;      // payload bytes of the longest answer, 0-240
  std::uint8_t slots = 0;          // sessions it keeps at once, 1-7
  std::uint32_t boot_id = 0;       // fresh at every boot
  std::uint32_t description = 0;   // hash of its description (description.hpp)
  std::uint64_t unique_id = 0;     // of the flash chip (RP2040) or the chip (RP2350)
  Chip chip = Chip::virtual_pico;  //
  FirmwareVersion firmware;        //
  constexpr bool operator==(const Identity&) const = default;
};

using IdentityBytes = std::array<std::uint8_t, registers::identity_size>;

IdentityBytes encode_identity(const Identity& identity, std::uint8_t address);

// Empty if these bytes are no undamaged IDENTITY read at `address`. The protocol version is not
// judged here: the caller wants to name both versions.
std::optional<Identity> decode_identity(std::span<const std::uint8_t> bytes, std::uint8_t address);

// The key of a session's frames: both ends derive it, and nothing but the right nonce, boot, board,
// description and address leads to it. So of two Picos at one address only one obeys, and a
// controller with an old description cannot run the wrong command. CRC-16 with the public key over
// nonce (4), boot id (4), unique id (8), description hash (4), each least significant byte first,
// and the 7-bit address (1).
std::uint16_t session_key(const Identity& identity, std::uint32_t nonce, std::uint8_t address);

}  // namespace picoctl
