// For the link's own tests: a Context to run handlers in, a journal to read back, bytes in short.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "picoctl/link/dispatch.hpp"

namespace picoctl {

class Context {
 public:
  std::vector<std::string> journal;
};
inline void journal(Context& context, std::string_view line) { context.journal.emplace_back(line); }

namespace testing {

using Octets = std::vector<std::uint8_t>;

inline Octets octets(std::initializer_list<int> values) {
  Octets bytes;
  for (const int value : values) bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}
inline Octets octets(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

// A copy of `bytes` with one bit flipped; bit 0 is the first on the wire.
inline Octets flipped(Octets bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (0x80U >> (bit % 8)));
  return bytes;
}

}  // namespace testing
}  // namespace picoctl
