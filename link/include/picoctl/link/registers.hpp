// The register map that a picoctl Pico shows to the bus (docs/PROTOCOL.md, "Registers").
// Every write starts with a register number; a read returns bytes from the register named last.
#pragma once

#include <cstdint>

namespace picoctl::registers {

inline constexpr std::uint8_t user_end = 0x80;      // 0x00-0x7F: the user's own, only declared ones
inline constexpr std::uint8_t identity = 0x80;      // 0x80-0x9F: who this is, read-only
inline constexpr std::uint8_t identity_size = 32;   //
inline constexpr std::uint8_t request = 0xA0;       // write a request frame here; reads 0xFF
inline constexpr std::uint8_t response = 0xD0;      // 0xD0+k: the answer from its byte k on
inline constexpr std::uint8_t beyond = 0xFF;        // what a read finds where nothing is
inline constexpr std::uint8_t max_plain_write = 4;  // data bytes of a plain register write
inline constexpr std::uint8_t min_frame_bytes = 5;  // data bytes of the shortest frame

static_assert(min_frame_bytes > max_plain_write,
              "a frame whose register byte is damaged must never pass for a register write");

}  // namespace picoctl::registers
