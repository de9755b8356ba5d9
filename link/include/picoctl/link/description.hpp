// A target's description: text that says everything it can do, one line each.
//
//   gpio.read pin:u8 -> on:bool # Read a pin            a command; the first line is number 1
//   led n:u8 on:bool @2000ms                            a handler that may take 2 seconds
//   0x01 light1:u8 # Light 1 (GP15)                     a register
//
// Its hash is part of every session's key, so no command can run by an outdated description.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "picoctl/link/dispatch.hpp"
#include "picoctl/link/text.hpp"

namespace picoctl {

// FNV-1a, 32 bits, over the whole text: it tells descriptions apart; frames have CRCs.
class DescriptionHash {
 public:
  constexpr void add(std::string_view text) {
    for (const char c : text) value_ = (value_ ^ static_cast<std::uint8_t>(c)) * 0x01000193U;
  }
  constexpr std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 0x811C9DC5U;
};

constexpr std::uint32_t description_hash(std::string_view text) {
  DescriptionHash hash;
  hash.add(text);
  return hash.value();
}

// Copies the part of a text, given piece by piece, that lies behind `offset` and fits `out`.
class DescriptionSlice {
 public:
  DescriptionSlice(std::size_t offset, std::span<std::uint8_t> out) : skip_(offset), out_(out) {}
  void add(std::string_view piece);
  std::size_t size() const { return size_; }

 private:
  std::size_t skip_;
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
};

// Gives a command's line to `sink.add(piece)`, newline included. The names of a command made from a
// lambda ("led n on # Help") meet their types here.
template <typename Sink>
void describe(const Entry& entry, Sink& sink) {
  std::string_view rest = entry.line;
  if (entry.types != nullptr) {
    const std::string_view* type = entry.types;
    const std::size_t help = rest.find('#');
    std::string_view words = part(rest, 0, help);
    rest = part(rest, help);
    for (bool first = true; !words.empty(); first = false) {
      const std::size_t end = words.find(' ');
      const std::string_view word = part(words, 0, end);
      words = part(words, word.size() + 1);
      if (word.empty()) continue;
      if (!first) sink.add(" ");
      sink.add(word);
      if (first || word == "->" || word[0] == '@') continue;
      sink.add(":");
      sink.add(*type++);
    }
    if (!rest.empty()) sink.add(" ");
  }
  sink.add(rest);
  sink.add("\n");
}

// "0x01 light1:u8 # Light 1"
template <typename Sink>
void describe(const RegisterEntry& entry, Sink& sink) {
  sink.add("0x");
  sink.add(hex_digit(entry.number >> 4U));
  sink.add(hex_digit(entry.number));
  sink.add(" ");
  const std::size_t name_end = entry.type.empty() ? entry.line.size() : entry.line.find(' ');
  sink.add(part(entry.line, 0, name_end));
  if (!entry.type.empty()) {
    sink.add(":");
    sink.add(entry.type);
    sink.add(part(entry.line, name_end));
  }
  sink.add("\n");
}

template <typename Sink>
void describe(const Commands& commands, Sink& sink) {
  for (const Module& module : commands.modules()) {
    for (const Entry& entry : module.commands) describe(entry, sink);
  }
  for (const Module& module : commands.modules()) {
    for (const RegisterEntry& entry : module.registers) describe(entry, sink);
  }
}

}  // namespace picoctl
