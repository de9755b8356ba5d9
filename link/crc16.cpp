#include "picoctl/link/crc16.hpp"

namespace picoctl {

// In a register of the processor's own width: what is shifted out above bit 15 is never looked at.
Crc16& Crc16::add(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = value_;
#pragma GCC unroll 4
  for (const std::uint8_t byte : bytes) {
    crc = (crc << 8U) ^ detail::crc_table[((crc >> 8U) ^ byte) & 0xFFU];
  }
  value_ = static_cast<std::uint16_t>(crc);
  return *this;
}

}  // namespace picoctl
