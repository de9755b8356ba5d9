#include "style.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace picoctl::cli {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::dim: return "2";
    case Tone::strong: return "1";
    case Tone::good: return "32";
    case Tone::bad: return "1;31";
    case Tone::address: return "35";
    case Tone::register_number: return "36";
    case Tone::frame: return "34";
    case Tone::command: return "1;33";
    case Tone::value: return "33";
    case Tone::check: return "32";
  }
  return "";
}

}  // namespace

std::string Style::operator()(Tone tone, std::string_view text) const {
  const std::string_view code = code_of(tone);
  if (!colour_ || code.empty() || text.empty()) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", code, text);
}

Style style_for(int descriptor) {
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  const bool plain = (refused != nullptr && refused[0] != '\0') || dumb;
  return Style(!plain && ::isatty(descriptor) == 1);
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(std::string_view text, std::size_t columns) {
  const std::size_t have = width(text);
  return std::string(text) + std::string(columns > have ? columns - have : 0, ' ');
}

}  // namespace picoctl::cli
