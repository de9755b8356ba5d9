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

namespace picoctl {

// Takes a text piece by piece. One class above all that do, so that an image holds the making of the
// text once.
class DescriptionSink {
 public:
  virtual constexpr void add(std::string_view piece) = 0;

 protected:
  ~DescriptionSink() = default;
};

// FNV-1a, 32 bits, over the whole text: it tells descriptions apart; frames have CRCs.
class DescriptionHash final : public DescriptionSink {
 public:
  constexpr void add(std::string_view text) override {
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
class DescriptionSlice final : public DescriptionSink {
 public:
  DescriptionSlice(std::size_t offset, std::span<std::uint8_t> out) : skip_(offset), out_(out) {}
  void add(std::string_view piece) override;
  std::size_t size() const { return size_; }

 private:
  std::size_t skip_;
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
};

// Gives a command's line to `sink.add(piece)`, newline included. The names of a command made from a
// lambda ("led n on # Help") meet their types here.
void describe(const Entry& entry, DescriptionSink& sink);
// "0x01 light1:u8 # Light 1"
void describe(const RegisterEntry& entry, DescriptionSink& sink);
void describe(const Commands& commands, DescriptionSink& sink);

}  // namespace picoctl
