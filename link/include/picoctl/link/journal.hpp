// The journal: one line per handler execution, written where the handler is called, below every
// counter of the link. Only builds for a PC keep one; in firmware all of this is compiled away.
#pragma once

#include <array>
#include <charconv>
#include <string_view>
#include <type_traits>

#include "picoctl/link/codec.hpp"
#include "picoctl/link/text.hpp"

#ifndef PICOCTL_JOURNAL
#define PICOCTL_JOURNAL 0
#endif

namespace picoctl {

class Context;

inline constexpr bool journaled = PICOCTL_JOURNAL != 0;

// Keeps the line; defined by the side that runs handlers, if `journaled`.
void journal(Context& context, std::string_view line);

// "led n=1 on=1", cut off rather than overflowing.
class JournalLine {
 public:
  explicit JournalLine(std::string_view command) { add(command); }

  void add(std::string_view text) {
    const std::size_t count = text.copy(text_.data() + size_, text_.size() - size_);
    size_ += count;
  }
  template <typename T>
  void add_number(T number) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    add({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 640> text_{};
  std::size_t size_ = 0;
};

template <typename T>
void print_value(JournalLine& line, const T& value);

template <typename T, FixedString... name, auto... member, FixedString... unit>
void print_fields(JournalLine& line, const T& value, Fields<Field<name, member, unit>...>) {
  ((line.add(" "), line.add(name.view()), line.add("="), print_value(line, value.*member)), ...);
}

inline void print_bytes(JournalLine& line, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    line.add(hex_digit(byte >> 4U));
    line.add(hex_digit(byte));
  }
}

template <std::size_t N>
void print_value(JournalLine& line, const Bytes<N>& value) {
  print_bytes(line, value.view());
}
// Text comes from the wire: as bytes, no line of the journal can be forged.
template <std::size_t N>
void print_value(JournalLine& line, const Text<N>& value) {
  print_bytes(line, value.bytes().view());
}
template <typename T, std::size_t N>
void print_value(JournalLine& line, const std::array<T, N>& value) {
  for (const T& element : value) {
    if (&element != value.data()) line.add(",");
    print_value(line, element);
  }
}
template <typename T>
void print_value(JournalLine& line, const T& value) {
  if constexpr (requires { typename T::fields; }) {
    line.add("(");
    print_fields(line, value, typename T::fields{});
    line.add(")");
  } else if constexpr (std::is_enum_v<T>) {
    line.add_number(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    line.add(value ? "1" : "0");
  } else {
    line.add_number(value);
  }
}

}  // namespace picoctl
