// The checksum of every frame: CRC-16 with polynomial 0xA2EB, most significant bit first, no final
// XOR. Hamming distance 6 up to 11 bytes and 4 up to 4093 bytes (Koopman's tables for this
// polynomial). The initial value is a key: 0xFFFF for public frames, the session's key otherwise.
// Golden value: crc of "123456789" with key 0xFFFF is 0x9DB1.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "picoctl/link/bytes.hpp"

namespace picoctl {

inline constexpr std::uint16_t crc_polynomial = 0xA2EB;
inline constexpr std::uint16_t public_key = 0xFFFF;

namespace detail {
// By the byte that is shifted out; its halves apart, so that a step over a byte shifts nothing.
struct CrcTable {
  std::array<std::uint8_t, 256> high{};
  std::array<std::uint8_t, 256> low{};
};
consteval CrcTable make_crc_table() {
  CrcTable table;
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::uint16_t crc = static_cast<std::uint16_t>(byte << 8U);
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (crc & 0x8000U) != 0;
      crc = static_cast<std::uint16_t>(crc << 1U);
      if (carry) crc = static_cast<std::uint16_t>(crc ^ crc_polynomial);
    }
    table.high[byte] = static_cast<std::uint8_t>(crc >> 8U);
    table.low[byte] = static_cast<std::uint8_t>(crc);
  }
  return table;
}
inline constexpr CrcTable crc_table = make_crc_table();
}  // namespace detail

class Crc16 {
 public:
  explicit constexpr Crc16(std::uint16_t key) : value_(key) {}

  constexpr Crc16& add(std::uint8_t byte) {
    const unsigned index = (value_ >> 8U) ^ byte;
    const unsigned high = (value_ & 0xFFU) ^ detail::crc_table.high[index];
    value_ = static_cast<std::uint16_t>(high << 8U | detail::crc_table.low[index]);
    return *this;
  }
  Crc16& add(std::span<const std::uint8_t> bytes);
  // An integer of `Bytes` bytes, least significant first: the byte order of the whole link.
  template <unsigned Bytes, typename T>
  Crc16& add_integer(T value) {
    static_assert(sizeof(T) == Bytes);
    std::array<std::uint8_t, Bytes> bytes;
    put_integer(bytes.data(), value);
    return add(bytes);
  }
  constexpr std::uint16_t value() const { return value_; }

 private:
  std::uint16_t value_;
};

}  // namespace picoctl
