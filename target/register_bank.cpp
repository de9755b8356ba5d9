#include "picoctl/target/register_bank.hpp"

#include "picoctl/target/hot.hpp"

namespace picoctl::target {

void RegisterBank::start() {
  declared_ = continues_ = {};
  for (const Module& module : modules_) {
    for (const RegisterEntry& entry : module.registers) declare(entry);
  }
}

void RegisterBank::declare(const RegisterEntry& entry) {
  if (entry.number + entry.size > registers::user_end) __builtin_trap();
  const unsigned all = (1U << entry.size) - 1;
  if ((declared_.window(entry.number) & all) != 0) __builtin_trap();
  declared_.add_window(entry.number, all);
  continues_.add_window(entry.number, all & ~1U);
}

PICOCTL_HOT bool RegisterBank::write(std::uint8_t number, std::span<const std::uint8_t> bytes) {
  const unsigned all = (1U << bytes.size()) - 1;
  const unsigned continues = continues_.window(number);
  const bool cut = (continues & (1U | (all + 1))) != 0;  // a register at the start, or at the end
  if (cut || (declared_.window(number) & all) != all) return false;
  written_.add_window(number, all & ~continues);
  std::uint8_t* to = bytes_.data() + number;
  for (const std::uint8_t byte : bytes) *to++ = byte;
  return true;
}

PICOCTL_HOT std::size_t RegisterBank::rest_of(std::uint8_t number) const {
  std::size_t rest = declared_.window(number) & 1U;
  for (unsigned rests = continues_.window(number) >> 1U; (rests & 1U) != 0; rests >>= 1U) ++rest;
  return rest;
}

std::optional<std::uint8_t> RegisterBank::Bits::lowest() const {
  for (unsigned i = 0; i < bits_.size(); ++i) {
    const unsigned bits = static_cast<const volatile std::uint8_t&>(bits_[i]);
    if (bits == 0) continue;
    return static_cast<std::uint8_t>(i * 8 + static_cast<unsigned>(__builtin_ctz(bits)));
  }
  return std::nullopt;
}

std::optional<std::uint8_t> RegisterBank::written() const { return written_.lowest(); }

std::uint32_t RegisterBank::take(const RegisterEntry& entry) {
  written_.remove(entry.number);
  return value(entry);
}

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
