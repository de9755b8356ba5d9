// The user's plain registers, 0x00-0x7F: the values that the bus reads and writes, and which of
// them were written since the loop last looked. Outside the CRC, by nature and on purpose.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "picoctl/link/dispatch.hpp"
#include "picoctl/link/registers.hpp"

namespace picoctl::target {

class RegisterBank {
 public:
  explicit constexpr RegisterBank(std::span<const Module> modules) : modules_(modules) {}

  // --- called by the link's interrupt, or with it masked ---

  // A plain write of 1-4 bytes. Obeyed only if it covers whole declared registers exactly; so a
  // damaged frame, a PEC byte or a write to nowhere changes nothing. False: refused.
  bool write(std::uint8_t number, std::span<const std::uint8_t> bytes);
  // Copies the register that covers `number`, from there to its end, at one instant: a value is
  // never half old and half new. An undeclared byte reads 0xFF. Returns how many bytes, 1-4; `out`
  // has room for 4.
  std::size_t read(std::uint8_t number, std::span<std::uint8_t> out) const;
  // The next register written since the last call, its mark taken away; null: none.
  const RegisterEntry* take_written();
  std::uint32_t value(const RegisterEntry& entry) const;
  // What the bus reads from now on. Does not run the handler. False: not declared.
  bool set(std::uint8_t number, std::uint32_t value);

 private:
  const RegisterEntry* find(std::uint8_t number) const;
  const RegisterEntry* covering(std::uint8_t number) const;

  std::span<const Module> modules_;
  std::array<std::uint8_t, registers::user_end> bytes_{};
  std::array<std::uint32_t, registers::user_end / 32> written_{};  // a bit per first byte
};

}  // namespace picoctl::target
