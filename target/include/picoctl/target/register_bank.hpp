// The user's plain registers, 0x00-0x7F: the values that the bus reads and writes, and which of
// them were written since the loop last looked. Outside the CRC, by nature and on purpose.
//
// The tables that declare them lie in flash, which cannot be read while settings are written. So
// the interrupt never looks at a table: what it must know is noted in RAM when the target starts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "picoctl/link/dispatch.hpp"
#include "picoctl/link/registers.hpp"

namespace picoctl::target {

class RegisterBank {
 public:
  explicit constexpr RegisterBank(std::span<const Module> modules) : modules_(modules) {}
  RegisterBank(const RegisterBank&) = delete;
  RegisterBank& operator=(const RegisterBank&) = delete;

  // Notes which registers there are. When all are declared, and before the bus is up. Traps if two
  // share a byte, or one lies outside 0x00-0x7F.
  void start();

  // --- called by the link's interrupt ---

  // A plain write of 1-4 bytes, from register 0x00-0x7F on. Obeyed only if it covers whole declared
  // registers exactly; so a damaged frame, a PEC byte or a write to nowhere changes nothing.
  // False: refused.
  bool write(std::uint8_t number, std::span<const std::uint8_t> bytes);
  // All values, register 0x00 first; a register's bytes change only with the interrupt masked.
  std::span<const std::uint8_t, registers::user_end> bytes() const { return bytes_; }
  // How many bytes there are from `number` (0x00-0x7F) to the end of the register that covers it,
  // 1-4; 0: no register does.
  std::size_t rest_of(std::uint8_t number) const;

  // --- called by the loop, with the link's interrupt masked ---

  // The value of a register that was written; its mark is taken away.
  std::uint32_t take(const RegisterEntry& entry);
  std::uint32_t value(const RegisterEntry& entry) const;
  // What the bus reads from now on. Does not run the handler.
  void set(const RegisterEntry& entry, std::uint32_t value);

  // --- called by the loop ---

  // The first byte of a register that was written and not taken since.
  std::optional<std::uint8_t> written() const;
  // The register that begins at `number`; null: none.
  const RegisterEntry* find(std::uint8_t number) const;

 private:
  // A bit per byte of all registers. `window` is what a plain write and its neighbour need: bit k is
  // that of byte `from` + k, for k up to 8.
  class Bits {
   public:
    [[gnu::always_inline]] inline unsigned window(unsigned from) const {
      return (bits_[from / 8] | unsigned{bits_[from / 8 + 1]} << 8U) >> from % 8;
    }
    [[gnu::always_inline]] inline void add_window(unsigned from, unsigned window) {
      bits_[from / 8] |= static_cast<std::uint8_t>(window << from % 8);
      bits_[from / 8 + 1] |= static_cast<std::uint8_t>(window << from % 8 >> 8U);
    }
    [[gnu::always_inline]] inline void remove(unsigned bit) {
      bits_[bit / 8] &= static_cast<std::uint8_t>(~(1U << bit % 8));
    }
    std::optional<std::uint8_t> lowest() const;

   private:
    std::array<std::uint8_t, registers::user_end / 8 + 1> bits_{};  // one more: windows overlap it
  };

  void declare(const RegisterEntry& entry);

  std::span<const Module> modules_;
  std::array<std::uint8_t, registers::user_end> bytes_{};
  Bits declared_;   // some register has this byte
  Bits continues_;  // and it is not that register's first
  Bits written_;    // first bytes only
};

}  // namespace picoctl::target
