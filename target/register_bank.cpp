#include "picoctl/target/register_bank.hpp"

#include "picoctl/target/hot.hpp"

namespace picoctl::target {

void RegisterBank::start() {
  for (const Module& module : modules_) {
    for (const RegisterEntry& entry : module.registers) declare(entry);
  }
}

void RegisterBank::declare(const RegisterEntry& entry) {
  if (entry.number + entry.size > registers::user_end) __builtin_trap();
  for (unsigned at = entry.number; at != entry.number + entry.size; ++at) {
    if (declared_.has(at)) __builtin_trap();
    declared_.add(at);
    if (at != entry.number) continues_.add(at);
  }
}

PICOCTL_HOT bool RegisterBank::write(std::uint8_t number, std::span<const std::uint8_t> bytes) {
  const unsigned end = number + static_cast<unsigned>(bytes.size());
  if (end > registers::user_end || continues_.has(number)) return false;
  if (end < registers::user_end && continues_.has(end)) return false;
  for (unsigned at = number; at != end; ++at) {
    if (!declared_.has(at)) return false;
  }
  for (unsigned at = number; at != end; ++at) {
    bytes_[at] = bytes[at - number];
    if (!continues_.has(at)) written_.add(at);
  }
  return true;
}

PICOCTL_HOT std::size_t RegisterBank::rest_of(std::uint8_t number) const {
  if (!declared_.has(number)) return 0;
  unsigned end = number + 1U;
  while (end < registers::user_end && continues_.has(end)) ++end;
  return end - number;
}

std::optional<std::uint8_t> RegisterBank::Bits::take_lowest() {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (words_[i] == 0) continue;
    const unsigned bit = static_cast<unsigned>(__builtin_ctz(words_[i]));
    words_[i] &= words_[i] - 1;
    return static_cast<std::uint8_t>(i * 32 + bit);
  }
  return std::nullopt;
}

std::optional<std::uint8_t> RegisterBank::take_written() { return written_.take_lowest(); }

std::uint32_t RegisterBank::value(const RegisterEntry& entry) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < entry.size; ++i) {
    value |= static_cast<std::uint32_t>(bytes_[entry.number + i]) << (8 * i);
  }
  return value;
}

void RegisterBank::set(const RegisterEntry& entry, std::uint32_t value) {
  for (unsigned i = 0; i < entry.size; ++i) {
    bytes_[entry.number + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

const RegisterEntry* RegisterBank::find(std::uint8_t number) const {
  for (const Module& module : modules_) {
    for (const RegisterEntry& entry : module.registers) {
      if (entry.number == number) return &entry;
    }
  }
  return nullptr;
}

}  // namespace picoctl::target
