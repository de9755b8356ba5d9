// Parts of a text. std::string_view::substr() throws beyond the end, and so would link the library's
// exceptions into every image, even where the compiler could see that it never does.
#pragma once

#include <cstddef>
#include <string_view>

namespace picoctl {

// From `from` on at most `count` characters; what lies beyond the end is not there.
constexpr std::string_view part(std::string_view text, std::size_t from,
                                std::size_t count = std::string_view::npos) {
  text.remove_prefix(from < text.size() ? from : text.size());
  if (count < text.size()) text.remove_suffix(text.size() - count);
  return text;
}

constexpr std::string_view hex_digit(unsigned value) {
  return part("0123456789abcdef", value & 15U, 1);
}

}  // namespace picoctl
