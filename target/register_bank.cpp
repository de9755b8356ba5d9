#include "picoctl/target/register_bank.hpp"

#include "picoctl/target/hot.hpp"

namespace picoctl::target {

PICOCTL_HOT const RegisterEntry* RegisterBank::covering(std::uint8_t number) const {
  for (const Module& module : modules_) {
    for (const RegisterEntry& entry : module.registers) {
      if (number >= entry.number && number < entry.number + entry.size) return &entry;
    }
  }
  return nullptr;
}

PICOCTL_HOT const RegisterEntry* RegisterBank::find(std::uint8_t number) const {
  const RegisterEntry* entry = covering(number);
  return entry != nullptr && entry->number == number ? entry : nullptr;
}

PICOCTL_HOT bool RegisterBank::write(std::uint8_t number, std::span<const std::uint8_t> bytes) {
  const unsigned end = number + static_cast<unsigned>(bytes.size());
  for (unsigned at = number; at != end;) {
    const RegisterEntry* entry = find(static_cast<std::uint8_t>(at));
    if (entry == nullptr || at + entry->size > end) return false;
    at += entry->size;
  }
  for (unsigned at = number; at != end; ++at) bytes_[at] = bytes[at - number];
  for (unsigned at = number; at != end;) {
    written_[at / 32] |= 1U << (at % 32);
    at += find(static_cast<std::uint8_t>(at))->size;
  }
  return true;
}

PICOCTL_HOT std::size_t RegisterBank::read(std::uint8_t number, std::span<std::uint8_t> out) const {
  const RegisterEntry* entry = covering(number);
  if (entry == nullptr) {
    out[0] = registers::beyond;
    return 1;
  }
  const std::size_t count = entry->number + entry->size - number;
  for (std::size_t i = 0; i < count; ++i) out[i] = bytes_[number + i];
  return count;
}

const RegisterEntry* RegisterBank::take_written() {
  for (std::size_t word = 0; word < written_.size(); ++word) {
    if (written_[word] == 0) continue;
    const unsigned bit = static_cast<unsigned>(__builtin_ctz(written_[word]));
    written_[word] &= written_[word] - 1;
    return find(static_cast<std::uint8_t>(word * 32 + bit));
  }
  return nullptr;
}

std::uint32_t RegisterBank::value(const RegisterEntry& entry) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < entry.size; ++i) {
    value |= static_cast<std::uint32_t>(bytes_[entry.number + i]) << (8 * i);
  }
  return value;
}

bool RegisterBank::set(std::uint8_t number, std::uint32_t value) {
  const RegisterEntry* entry = find(number);
  if (entry == nullptr) return false;
  for (unsigned i = 0; i < entry->size; ++i) {
    bytes_[number + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return true;
}

}  // namespace picoctl::target
