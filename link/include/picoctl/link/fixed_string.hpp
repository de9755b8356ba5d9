// Text as a template argument, and its joining at compile time: how a command's line of the
// description comes about without generated code.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace picoctl {

template <std::size_t N>
struct FixedString {
  char text[N] = {};

  constexpr FixedString() = default;
  constexpr FixedString(const char (&literal)[N]) { std::copy_n(literal, N, text); }  // NOLINT
  static constexpr std::size_t size() { return N - 1; }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

template <std::size_t... N>
consteval auto join(const FixedString<N>&... parts) {
  FixedString<(std::size_t{1} + ... + (N - 1))> joined;
  std::size_t at = 0;
  ((std::copy_n(parts.text, N - 1, joined.text + at), at += N - 1), ...);
  return joined;
}

namespace detail {
consteval std::size_t digits(std::size_t value) { return value < 10 ? 1 : 1 + digits(value / 10); }
}  // namespace detail

template <std::size_t Value>
consteval auto decimal() {
  FixedString<detail::digits(Value) + 1> text;
  std::size_t rest = Value;
  for (std::size_t i = text.size(); i-- > 0; rest /= 10) {
    text.text[i] = static_cast<char>('0' + rest % 10);
  }
  return text;
}

}  // namespace picoctl
