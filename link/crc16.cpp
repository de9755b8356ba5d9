#include "picoctl/link/crc16.hpp"

namespace picoctl {

Crc16& Crc16::add(std::span<const std::uint8_t> bytes) {
  std::uint32_t high = value_ >> 8U;
  std::uint32_t low = value_ & 0xFFU;
  // One base a table: an address that is computed from the other's costs a cycle at each byte.
  const std::uint8_t* low_of = detail::crc_table.low.data();
  __asm__("" : "+r"(low_of));
#pragma GCC unroll 4
  for (const std::uint8_t byte : bytes) {
    const std::uint32_t index = high ^ byte;
    high = low ^ detail::crc_table.high[index];
    low = low_of[index];
  }
  value_ = static_cast<std::uint16_t>(high << 8U | low);
  return *this;
}

}  // namespace picoctl
