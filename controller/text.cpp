#include "text.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace picoctl::controller {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Utf8Form {
  std::uint8_t mask, lead;  // the first byte
  std::size_t size;
  std::uint32_t least;  // the smallest code point that needs this many bytes
};
constexpr std::array<Utf8Form, 4> forms{{{0x80, 0x00, 1, 0x0},
                                         {0xE0, 0xC0, 2, 0x80},
                                         {0xF0, 0xE0, 3, 0x800},
                                         {0xF8, 0xF0, 4, 0x10000}}};

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

bool complete(std::string_view text, const Utf8Form& form) {
  if (text.size() < form.size) return false;
  std::uint32_t point = byte_at(text, 0) & static_cast<std::uint8_t>(~form.mask);
  for (std::size_t i = 1; i < form.size; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80U) return false;
    point = (point << 6U) | (byte_at(text, i) & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point >= form.least && point <= 0x10FFFF && !surrogate;
}

bool is_control(std::string_view character) {
  const std::uint8_t first = byte_at(character, 0);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && byte_at(character, 1) < 0xA0;
}

template <typename Each>
void for_each_character(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    each(text.substr(0, size == 0 ? 1 : size), size != 0);
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

}  // namespace

std::size_t utf8_size(std::string_view text) {
  if (text.empty()) return 0;
  for (const Utf8Form& form : forms) {
    if ((byte_at(text, 0) & form.mask) == form.lead) return complete(text, form) ? form.size : 0;
  }
  return 0;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  for_each_character(text, [&](std::string_view c, bool valid) { out += valid ? c : replacement; });
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for_each_character(text, [&](std::string_view c, bool valid) {
    out += !valid ? replacement : is_control(c) ? "?" : c;
  });
  return out;
}

bool is_printable(std::string_view text) {
  bool all = true;
  for_each_character(text,
                     [&](std::string_view c, bool valid) { all = all && valid && !is_control(c); });
  return all;
}

std::string hex_byte(unsigned value) { return fmt::format("0x{:02x}", value); }

}  // namespace picoctl::controller
