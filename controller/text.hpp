// Text that came over a wire, made fit to be shown.
#pragma once

#include <string>
#include <string_view>

namespace picoctl::controller {

// Bytes of the UTF-8 character at the start of `text`; 0 if there is none (RFC 3629: no overlong
// forms, no surrogates).
std::size_t utf8_size(std::string_view text);

// Every byte that belongs to no character becomes U+FFFD.
std::string valid_utf8(std::string_view text);

// As above, and control characters become '?': nothing can move the cursor or recolour the terminal.
std::string printable(std::string_view text);

// True for text without control characters (C0, DEL, C1) and with nothing but valid UTF-8.
bool is_printable(std::string_view text);

// "0x41"
std::string hex_byte(unsigned value);

}  // namespace picoctl::controller
