// Words with or without colour, and columns of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace picoctl::cli {

enum class Tone : std::uint8_t {
  plain,
  dim,
  strong,
  good,     // right, done
  bad,      // wrong, damaged
  address,  // the kinds of bytes on the wires, as in the picture's legend
  register_number,
  frame,
  command,
  value,
  check,
};

class Style {
 public:
  explicit Style(bool colour = false) : colour_(colour) {}
  bool colour() const { return colour_; }
  std::string operator()(Tone tone, std::string_view text) const;

 private:
  bool colour_;
};

// Whether this descriptor is a terminal that may be coloured: not with NO_COLOR (no-color.org) or
// TERM=dumb.
Style style_for(int descriptor);

// Characters on a terminal, as far as UTF-8 tells: no continuation bytes are counted.
std::size_t width(std::string_view text);
std::string padded(std::string_view text, std::size_t columns);

}  // namespace picoctl::cli
